//! ML-RATE: machine-learning regression-adjusted treatment effects.
//!
//! **What**: Lin's regression with one column, a machine's prediction of each unit's outcome from what was known before
//! assignment.
//! **Assumptions**: random assignment; each unit's prediction came from a model fitted on other units, both arms pooled, with
//! the treatment and everything after assignment left out. The predictions need not be good, nor consistent for anything.
//! **Formula**: one regression over all folds, `Y = α0 + α1 Z + α2 g + α3 Z (g − ḡ) + ε`; the effect is α1, HC2, g treated as
//! known (its estimation error is of second order). The lift divides by μ̂0 = α0 + α2 ḡ.
//! **Reference**: Guo, Coey, Konutgan, Li, Schoener & Goldman, NeurIPS 2021, arXiv 2106.07263. Its asymptotic variance, with
//! arm shares p and 1 − p and within-arm slopes b of Y on g, is
//! `n V = s1²/p + s0²/(1−p) − s_g²/(p(1−p)) · ((1−p) b1 + p b0)²`, the population version (see [`asymptotic_std_error`]).
//! **Failure**: no predictions. Constant predictions explain nothing and leave the difference in means. Predictions fitted in
//! sample bias the standard error downwards; nothing here can detect that.
//! Not here: how predictions are made (see `cross_fit`).

use super::estimate::{ConfidenceLevel, Estimate};
use super::estimator::Estimator;
use super::lin::{Estimand, interacted};
use super::regression::Covariate;
use super::sample::{Column, NotEstimable, PerArm, Sample, enough_units};

/// The estimator by its name; see the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct MlRate {
    /// Whose average effect the interval shall cover.
    pub estimand: Estimand,
}

impl Estimator for MlRate {
    fn estimate(&self, sample: &Sample<'_>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        let values = sample.predictions.ok_or(NotEstimable::Missing { column: Column::Predictions })?;
        interacted(sample, &[Covariate { column: Column::Predictions, values }], self.estimand, level)
    }
}

/// The paper's asymptotic standard error for the population effect, from sample moments.
///
/// # Errors
/// No predictions, columns of different length or not finite, an arm with fewer than two units.
pub fn asymptotic_std_error(sample: &Sample<'_>) -> Result<f64, NotEstimable> {
    let predictions = sample.predictions.ok_or(NotEstimable::Missing { column: Column::Predictions })?;
    let arms = PerArm::of_outcome_and_baseline(sample.outcome, predictions, sample.treated)?;
    enough_units(PerArm { control: arms.control.count, treated: arms.treated.count })?;
    let whole = arms.control.merged(arms.treated);
    let (count, share) = (whole.count as f64, arms.treated.count as f64 / whole.count as f64);
    let slope = |product_sum: f64, square_sum: f64| if square_sum > 0.0 { product_sum / square_sum } else { 0.0 };
    let control_slope = slope(arms.control.product_sum, arms.control.second_square_sum);
    let treated_slope = slope(arms.treated.product_sum, arms.treated.second_square_sum);
    let outcome_terms = arms.treated.first().variance().unwrap_or_default() / share
        + arms.control.first().variance().unwrap_or_default() / (1.0 - share);
    let mixed = (1.0 - share) * treated_slope + share * control_slope;
    let explained = whole.second().variance().unwrap_or_default() / (share * (1.0 - share)) * mixed * mixed;
    Ok(((outcome_terms - explained).max(0.0) / count).sqrt())
}
