//! The regression that every adjusted estimator shares: outcome on a constant, pre-assignment columns and the treatment, and
//! from it the effect, the mean without treatment, and their joint uncertainty.
//!
//! Formula: pre-assignment columns are centred on the whole sample, so the intercept is μ̂0, the mean outcome without
//! treatment at the average unit. Uncertainty is HC2 with t(n − k), or CR2 with Satterthwaite's degrees of freedom when units
//! come in clusters. Variances and covariances are sums of products of scores (one per row or cluster).
//! Not here: which columns enter (each estimator's own file).

use super::estimate::{ConfidenceLevel, EffectParts, Estimate};
use super::sample::{Column, NotEstimable, PerArm, Sample, enough_units, first_not_finite, same_length};
use crate::stats::clustered::{ClusterCorrection, ClusteredDesign};
use crate::stats::least_squares::{Design, Fit, dot};
use crate::stats::moments::Moments;

/// Residuals smaller than this share of the outcome's size are rounding, not variation.
const ROUNDING: f64 = 1e-24;

/// A column fixed before assignment, with its name for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Covariate<'a> {
    pub(crate) column: Column,
    pub(crate) values: &'a [f64],
}

/// All pre-assignment columns of a sample: the baseline first, then the covariates.
pub(crate) fn covariates_of<'a>(sample: &Sample<'a>) -> Vec<Covariate<'a>> {
    let baseline = sample.baseline.map(|values| Covariate { column: Column::Baseline, values });
    let others = sample.covariates.iter().enumerate();
    let others = others.map(|(index, values)| Covariate { column: Column::Covariate(index), values });
    baseline.into_iter().chain(others).collect()
}

/// Checks lengths and finiteness of everything that enters; returns the units of each arm.
pub(crate) fn checked_units(sample: &Sample<'_>, covariates: &[Covariate<'_>]) -> Result<PerArm<u64>, NotEstimable> {
    let rows = sample.outcome.len();
    same_length(Column::Treated, sample.treated.len(), rows)?;
    if let Some(clusters) = sample.clusters {
        same_length(Column::Clusters, clusters.len(), rows)?;
    }
    for covariate in covariates {
        same_length(covariate.column, covariate.values.len(), rows)?;
    }
    let columns =
        std::iter::once(Covariate { column: Column::Outcome, values: sample.outcome }).chain(covariates.iter().copied());
    for covariate in columns {
        if let Some(error) = first_not_finite(covariate.column, covariate.values) {
            return Err(error);
        }
    }
    let treated = sample.treated.iter().filter(|treated| **treated).count() as u64;
    let units = PerArm { control: rows as u64 - treated, treated };
    enough_units(units)?;
    Ok(units)
}

/// `1 + X_c + Σ Z_k`, one indicator per arm but control, and with `interacted` also `Z_k · X_c`.
#[derive(Debug)]
pub(crate) struct TreatmentDesign {
    design: Design,
    /// Positions of the coefficients of arms 1, 2, …; the intercept's is 0.
    treatments: Vec<usize>,
}

impl TreatmentDesign {
    /// The design of two arms.
    ///
    /// # Errors
    /// The treatment is a combination of the other columns, or rows do not outnumber coefficients.
    pub(crate) fn new(treated: &[bool], covariates: &[Covariate<'_>], interacted: bool) -> Result<Self, NotEstimable> {
        Self::of_arms(treated.len(), 2, |row, _| treated[row], covariates, interacted)
    }

    /// The design of any number of arms, control among them; `is_in(row, arm)` for arms from 1 on.
    ///
    /// # Errors
    /// As [`TreatmentDesign::new`].
    pub(crate) fn of_arms(
        rows: usize,
        arms: u32,
        is_in: impl Fn(usize, u32) -> bool,
        covariates: &[Covariate<'_>],
        interacted: bool,
    ) -> Result<Self, NotEstimable> {
        let mut design = Design::new(rows);
        design.push(|_| 1.0);
        let means: Vec<f64> = covariates.iter().map(|covariate| Moments::of(covariate.values).mean).collect();
        for (covariate, mean) in covariates.iter().zip(&means) {
            design.push(|row| covariate.values[row] - mean);
        }
        let indicator = |row: usize, arm: u32| f64::from(u8::from(is_in(row, arm)));
        let treatments = (1..arms)
            .map(|arm| design.push(|row| indicator(row, arm)).ok_or(NotEstimable::TreatmentNotIdentified))
            .collect::<Result<Vec<usize>, NotEstimable>>()?;
        if interacted {
            for (covariate, mean) in covariates.iter().zip(&means) {
                for arm in 1..arms {
                    design.push(|row| indicator(row, arm) * (covariate.values[row] - mean));
                }
            }
        }
        if design.rows() <= design.coefficients() {
            return Err(NotEstimable::TooManyCoefficients { units: design.rows(), coefficients: design.coefficients() });
        }
        Ok(Self { design, treatments })
    }

    /// Fits one outcome and gathers its scores; for designs of two arms.
    ///
    /// # Errors
    /// Overflow, or fewer than two clusters.
    pub(crate) fn fit(&self, outcome: &[f64], clusters: Option<&[u32]>) -> Result<ScoredFit, NotEstimable> {
        self.fit_arms(outcome, clusters)?.pop().ok_or(NotEstimable::TreatmentNotIdentified)
    }

    /// Fits one outcome and gathers the scores of every arm against control.
    ///
    /// # Errors
    /// Overflow, or fewer than two clusters.
    pub(crate) fn fit_arms(&self, outcome: &[f64], clusters: Option<&[u32]>) -> Result<Vec<ScoredFit>, NotEstimable> {
        let fit = self.design.fit(outcome).ok_or(NotEstimable::Overflow)?;
        let varies = fit.residual_square_sum > ROUNDING * dot(outcome, outcome);
        let scores = match clusters {
            None => self.row_scores(&fit),
            Some(labels) => self.cluster_scores(&fit, labels)?,
        };
        let intercept_scores = scores.intercept;
        let of_arm = |(treatment, (treatment_scores, freedom)): (&usize, (Vec<f64>, Option<f64>))| ScoredFit {
            intercept: fit.coefficients[0],
            treatment: fit.coefficients[*treatment],
            intercept_scores: intercept_scores.clone(),
            treatment_scores,
            degrees_of_freedom: freedom.filter(|_| varies),
        };
        Ok(self.treatments.iter().zip(scores.of_arms).map(of_arm).collect())
    }

    fn row_scores(&self, fit: &Fit) -> Scored {
        let freedom = (self.design.rows() - self.design.coefficients()) as f64;
        Scored {
            intercept: fit.hc2_scores(&self.design, 0),
            of_arms: self.treatments.iter().map(|arm| (fit.hc2_scores(&self.design, *arm), Some(freedom))).collect(),
        }
    }

    fn cluster_scores(&self, fit: &Fit, labels: &[u32]) -> Result<Scored, NotEstimable> {
        let clustered = ClusteredDesign::new(&self.design, labels).ok_or(NotEstimable::TooFewClusters { clusters: 1 })?;
        let (clusters, coefficients) = (clustered.clusters(), self.design.coefficients());
        if clusters <= coefficients {
            return Err(NotEstimable::TooManyCoefficientsForClusters { clusters, coefficients });
        }
        let scores = clustered.scores(fit, ClusterCorrection::Cr2);
        let of_arm = |arm: &usize| (scores.of_coefficient(&self.design, *arm), clustered.satterthwaite_degrees_of_freedom(*arm));
        Ok(Scored { intercept: scores.of_coefficient(&self.design, 0), of_arms: self.treatments.iter().map(of_arm).collect() })
    }
}

/// Scores of the intercept and of each arm, by row or by cluster, and the degrees of freedom of each arm's coefficient.
struct Scored {
    intercept: Vec<f64>,
    of_arms: Vec<(Vec<f64>, Option<f64>)>,
}

/// Coefficients of one outcome with what each row or cluster contributes to their uncertainty.
#[derive(Debug, Clone)]
pub(crate) struct ScoredFit {
    pub(crate) intercept: f64,
    pub(crate) treatment: f64,
    pub(crate) intercept_scores: Vec<f64>,
    pub(crate) treatment_scores: Vec<f64>,
    /// `None` when nothing varies around the fit.
    pub(crate) degrees_of_freedom: Option<f64>,
}

impl ScoredFit {
    /// The treatment's coefficient over the intercept.
    pub(crate) fn estimate(&self, units: PerArm<u64>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        self.parts(units).estimate(level)
    }

    /// The same before intervals are drawn.
    pub(crate) fn parts(&self, units: PerArm<u64>) -> EffectParts {
        EffectParts {
            effect: self.treatment,
            effect_variance: dot(&self.treatment_scores, &self.treatment_scores),
            denominator: self.intercept,
            denominator_variance: dot(&self.intercept_scores, &self.intercept_scores),
            covariance: dot(&self.treatment_scores, &self.intercept_scores),
            degrees_of_freedom: self.degrees_of_freedom,
            units,
        }
    }
}
