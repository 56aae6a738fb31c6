//! Lin's fully interacted regression adjustment.
//!
//! **What**: the effect at the average unit, with a slope of its own per arm and pre-assignment column.
//! **Assumptions**: random assignment. No linear model need hold: in large samples it cannot be less precise than the
//! difference in means.
//! **Formula**: the slope of Z in `Y ~ 1 + Z + X_c + Z·X_c`, X centred on the whole sample, HC2, t(n − k). It is computed as one
//! regression per arm, `μ̂_a` its intercept: `τ̂ = μ̂1 − μ̂0`, `V = V_1 + V_0`, covariance with μ̂0 of `−V_0`, which is the same
//! arithmetic at a quarter of the cost. With clusters, which may cross arms, the joint regression is fitted with CR2. The lift
//! divides by μ̂0.
//! This variance covers the average effect on these units. For the population they were drawn from, the average of X varies
//! too, which adds `δ̂'S_X δ̂/n` to the effect's variance (δ̂ the interaction slopes), `β̂0'S_X β̂0/n` to that of μ̂0 and
//! `δ̂'S_X β̂0/n` to their covariance.
//! **Reference**: Lin 2013, Ann. Appl. Stat. 7, 295–318; Negi & Wooldridge 2021 for the population effect.
//! **Failure**: no column to adjust for; an arm with no more units than coefficients; a column that tells the arms apart.
//! Dependent columns are dropped, arm by arm.

use super::estimate::{ConfidenceLevel, EffectParts, Estimate};
use super::estimator::Estimator;
use super::regression::{Covariate, TreatmentDesign, checked_units, covariates_of};
use super::sample::{Column, NotEstimable, PerArm, Sample, first_not_finite, same_length};
use crate::stats::least_squares::{Design, dot};
use crate::stats::moments::{Moments, PairMoments};

/// Residuals smaller than this share of the outcome's size are rounding, not variation.
const ROUNDING: f64 = 1e-24;

/// Whose average effect the interval shall cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Estimand {
    /// The units of this trial.
    #[default]
    Sample,
    /// The population that the units of this trial were drawn from.
    Population,
}

/// The estimator by its name; see the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lin {
    /// Whose average effect the interval shall cover.
    pub estimand: Estimand,
}

impl Estimator for Lin {
    fn estimate(&self, sample: &Sample<'_>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        let covariates = covariates_of(sample);
        if covariates.is_empty() {
            return Err(NotEstimable::Missing { column: Column::Baseline });
        }
        interacted(sample, &covariates, self.estimand, level)
    }
}

/// The interacted regression on the given columns.
pub(crate) fn interacted(
    sample: &Sample<'_>,
    covariates: &[Covariate<'_>],
    estimand: Estimand,
    level: ConfidenceLevel,
) -> Result<Estimate, NotEstimable> {
    if sample.clusters.is_some() && estimand == Estimand::Sample {
        let units = checked_units(sample, covariates)?;
        return TreatmentDesign::new(sample.treated, covariates, true)?
            .fit(sample.outcome, sample.clusters)?
            .estimate(units, level);
    }
    checked_units(sample, covariates)?;
    let columns: Vec<&[f64]> = covariates.iter().map(|covariate| covariate.values).collect();
    InteractedDesign::new(&columns, sample.treated)?.estimate(sample.outcome, estimand, level)
}

/// The interacted design, prepared once for any number of outcomes of the same units.
///
/// Preparing costs 4 n k² operations, an outcome 4 n k; memory is n (k + 3) numbers.
#[derive(Debug)]
pub struct InteractedDesign<'a> {
    columns: Vec<&'a [f64]>,
    means: Vec<f64>,
    arms: PerArm<ArmDesign>,
}

#[derive(Debug)]
struct ArmDesign {
    rows: Vec<u32>,
    design: Design,
    /// `aᵢ²/(1 − hᵢ)` for the intercept: HC2 weights of squared residuals.
    weights: Vec<f64>,
}

struct ArmFit {
    /// Mean outcome of the arm at the average unit.
    mean: f64,
    mean_variance: f64,
    /// One slope per column, zero where it was dropped.
    slopes: Vec<f64>,
    varies: bool,
}

impl<'a> InteractedDesign<'a> {
    /// Prepares the design from columns fixed before assignment.
    ///
    /// # Errors
    /// Columns of different length or not finite, an arm with no more units than coefficients, a column that is constant
    /// within each arm but differs between them.
    pub fn new(columns: &[&'a [f64]], treated: &[bool]) -> Result<Self, NotEstimable> {
        for (index, values) in columns.iter().enumerate() {
            let column = Column::Covariate(index);
            same_length(column, values.len(), treated.len())?;
            if let Some(error) = first_not_finite(column, values) {
                return Err(error);
            }
            let moments = PerArm::<Moments>::of(values, treated)?;
            let spread = moments.control.centred_square_sum + moments.treated.centred_square_sum;
            if spread == 0.0 && moments.control.mean != moments.treated.mean {
                return Err(NotEstimable::TreatmentNotIdentified);
            }
        }
        let means: Vec<f64> = columns.iter().map(|values| Moments::of(values).mean).collect();
        let arm = |wanted: bool| ArmDesign::new(columns, &means, treated, wanted);
        Ok(Self { columns: columns.to_vec(), arms: PerArm { control: arm(false)?, treated: arm(true)? }, means })
    }

    /// The effect on one outcome.
    ///
    /// # Errors
    /// Another number of rows, values that are not finite.
    pub fn estimate(&self, outcome: &[f64], estimand: Estimand, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        let units = PerArm { control: self.arms.control.rows.len() as u64, treated: self.arms.treated.rows.len() as u64 };
        let total = (units.control + units.treated) as usize;
        same_length(Column::Outcome, outcome.len(), total)?;
        let not_finite = || first_not_finite(Column::Outcome, outcome).unwrap_or(NotEstimable::Overflow);
        let control = self.arms.control.fit(outcome, self.columns.len()).ok_or_else(not_finite)?;
        let treated = self.arms.treated.fit(outcome, self.columns.len()).ok_or_else(not_finite)?;
        let drawn = match estimand {
            Estimand::Sample => PairMoments::default(),
            Estimand::Population => self.fitted_spread(&control, &treated),
        };
        let per_unit = |variance: Option<f64>| variance.unwrap_or_default() / total as f64;
        let coefficients = self.arms.control.design.coefficients() + self.arms.treated.design.coefficients();
        EffectParts {
            effect: treated.mean - control.mean,
            effect_variance: control.mean_variance + treated.mean_variance + per_unit(drawn.first().variance()),
            denominator: control.mean,
            denominator_variance: control.mean_variance + per_unit(drawn.second().variance()),
            covariance: per_unit(drawn.covariance()) - control.mean_variance,
            degrees_of_freedom: (control.varies || treated.varies).then(|| (total - coefficients) as f64),
            units,
        }
        .estimate(level)
    }

    /// Moments over all units of what the fits say about each: its effect (first) and its outcome without treatment (second).
    fn fitted_spread(&self, control: &ArmFit, treated: &ArmFit) -> PairMoments {
        let rows = self.columns.first().map_or(0, |column| column.len());
        let mut spread = PairMoments::default();
        for row in 0..rows {
            let (mut effect, mut base) = (0.0, 0.0);
            for (k, column) in self.columns.iter().enumerate() {
                let centred = column[row] - self.means[k];
                effect += centred * (treated.slopes[k] - control.slopes[k]);
                base += centred * control.slopes[k];
            }
            spread.add(effect, base);
        }
        spread
    }
}

impl ArmDesign {
    fn new(columns: &[&[f64]], means: &[f64], treated: &[bool], wanted: bool) -> Result<Self, NotEstimable> {
        let rows: Vec<u32> = (0..).zip(treated).filter(|(_, treated)| **treated == wanted).map(|(row, _)| row).collect();
        let mut design = Design::new(rows.len());
        design.push(|_| 1.0);
        for (values, mean) in columns.iter().zip(means) {
            design.push(|position| values[rows[position] as usize] - mean);
        }
        if rows.len() <= design.coefficients() {
            return Err(NotEstimable::TooManyCoefficients { units: rows.len(), coefficients: design.coefficients() });
        }
        let weights = design.hc2_weights(0);
        Ok(Self { rows, design, weights })
    }

    fn fit(&self, outcome: &[f64], columns: usize) -> Option<ArmFit> {
        let outcome: Vec<f64> = self.rows.iter().map(|row| outcome[*row as usize]).collect();
        let fit = self.design.fit(&outcome)?;
        let varies = fit.residual_square_sum > ROUNDING * dot(&outcome, &outcome);
        let squares = fit.residuals.iter().zip(&self.weights).map(|(residual, weight)| weight * residual * residual);
        let mut slopes = vec![0.0; columns];
        for (coefficient, pushed) in fit.coefficients.iter().zip(self.design.kept()).skip(1) {
            slopes[pushed - 1] = *coefficient;
        }
        Some(ArmFit { mean: fit.coefficients[0], mean_variance: if varies { squares.sum() } else { 0.0 }, slopes, varies })
    }
}
