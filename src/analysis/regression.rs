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

/// Scores of intercept and treatment, unit by unit, and the degrees of freedom of the treatment.
type UnitScores = (Vec<f64>, Vec<f64>, Option<f64>);

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

/// `1 + X_c + Z`, and with `interacted` also `Z · X_c`.
#[derive(Debug)]
pub(crate) struct TreatmentDesign {
    pub(crate) design: Design,
    /// Position of the treatment's coefficient; the intercept's is 0.
    pub(crate) treatment: usize,
}

impl TreatmentDesign {
    /// # Errors
    /// The treatment is a combination of the other columns, or rows do not outnumber coefficients.
    pub(crate) fn new(treated: &[bool], covariates: &[Covariate<'_>], interacted: bool) -> Result<Self, NotEstimable> {
        let mut design = Design::new(treated.len());
        design.push(|_| 1.0);
        let means: Vec<f64> = covariates.iter().map(|covariate| Moments::of(covariate.values).mean).collect();
        for (covariate, mean) in covariates.iter().zip(&means) {
            design.push(|row| covariate.values[row] - mean);
        }
        let indicator = |row: usize| f64::from(u8::from(treated[row]));
        let treatment = design.push(indicator).ok_or(NotEstimable::TreatmentNotIdentified)?;
        if interacted {
            for (covariate, mean) in covariates.iter().zip(&means) {
                design.push(|row| indicator(row) * (covariate.values[row] - mean));
            }
        }
        if design.rows() <= design.coefficients() {
            return Err(NotEstimable::TooManyCoefficients { units: design.rows(), coefficients: design.coefficients() });
        }
        Ok(Self { design, treatment })
    }

    /// Fits one outcome and gathers its scores.
    ///
    /// # Errors
    /// Overflow, or fewer than two clusters.
    pub(crate) fn fit(&self, outcome: &[f64], clusters: Option<&[u32]>) -> Result<ScoredFit, NotEstimable> {
        let fit = self.design.fit(outcome).ok_or(NotEstimable::Overflow)?;
        let coefficients = (fit.coefficients[0], fit.coefficients[self.treatment]);
        let varies = fit.residual_square_sum > ROUNDING * dot(outcome, outcome);
        let (intercept_scores, treatment_scores, degrees_of_freedom) = match clusters {
            None => self.row_scores(&fit),
            Some(labels) => self.cluster_scores(&fit, labels)?,
        };
        Ok(ScoredFit {
            intercept: coefficients.0,
            treatment: coefficients.1,
            intercept_scores,
            treatment_scores,
            degrees_of_freedom: degrees_of_freedom.filter(|_| varies),
        })
    }

    fn row_scores(&self, fit: &Fit) -> UnitScores {
        let freedom = (self.design.rows() - self.design.coefficients()) as f64;
        (fit.hc2_scores(&self.design, 0), fit.hc2_scores(&self.design, self.treatment), Some(freedom))
    }

    fn cluster_scores(&self, fit: &Fit, labels: &[u32]) -> Result<UnitScores, NotEstimable> {
        let clustered = ClusteredDesign::new(&self.design, labels).ok_or(NotEstimable::TooFewClusters { clusters: 1 })?;
        let scores = clustered.scores(fit, ClusterCorrection::Cr2);
        Ok((
            scores.of_coefficient(&self.design, 0),
            scores.of_coefficient(&self.design, self.treatment),
            clustered.satterthwaite_degrees_of_freedom(self.treatment),
        ))
    }
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
        EffectParts {
            effect: self.treatment,
            effect_variance: dot(&self.treatment_scores, &self.treatment_scores),
            denominator: self.intercept,
            denominator_variance: dot(&self.intercept_scores, &self.intercept_scores),
            covariance: dot(&self.treatment_scores, &self.intercept_scores),
            degrees_of_freedom: self.degrees_of_freedom,
            units,
        }
        .estimate(level)
    }
}
