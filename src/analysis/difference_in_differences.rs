//! Difference-in-differences of two periods in a randomised trial.
//!
//! **What**: the difference between arms of the mean change since the pre-period.
//! **Assumptions**: random assignment (or parallel trends); a balanced panel with one start date for all treated units; the
//! baseline is measured per unit of the same time as the outcome.
//! **Formula**: the slope of `ΔY ~ 1 + Z`, `ΔY_i = Y_i,post − Y_i,pre`, with HC2 and t(n − 2). This equals two-way fixed effects
//! on `Z × post`; clustering those by unit with CR2 gives the same standard error. The lift divides by the treated mean after
//! − the effect, the counterfactual mean that parallel trends imply; its variance and covariance follow from the treated
//! arm's covariance of outcome and change.
//! **Reference**: Angrist & Pischke 2009, section 5.2; Pustejovsky & Tipton 2018 for CR2.
//! **Failure**: no baseline, fewer than two units in an arm, values that are not finite. A change that does not vary has an
//! effect but no interval. With a noisy baseline (correlation below ½) the variance exceeds that of the difference in means
//! (Frison & Pocock 1992); adjusting for the baseline as Lin does never does worse in large samples.

use super::estimate::{ConfidenceLevel, EffectParts, Estimate};
use super::estimator::Estimator;
use super::regression::{ScoredFit, TreatmentDesign, checked_units};
use super::sample::{Column, NotEstimable, PerArm, Sample, enough_units};
use crate::stats::least_squares::dot;
use crate::stats::moments::PairMoments;

/// The estimator by its name; see the module.
#[derive(Debug, Clone, Copy)]
pub struct DifferenceInDifferences;

impl Estimator for DifferenceInDifferences {
    fn estimate(&self, sample: &Sample<'_>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        let baseline = sample.baseline.ok_or(NotEstimable::Missing { column: Column::Baseline })?;
        let arms = PerArm::of_outcome_and_change(sample.outcome, baseline, sample.treated)?;
        match sample.clusters {
            None => difference_in_differences(arms, level),
            Some(_) => clustered(sample, baseline, level),
        }
    }
}

/// The same regression with CR2; the denominator's scores are those of the treated mean after less those of the effect.
fn clustered(sample: &Sample<'_>, baseline: &[f64], level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
    let units = checked_units(sample, &[])?;
    let design = TreatmentDesign::new(sample.treated, &[], false)?;
    let change: Vec<f64> = sample.outcome.iter().zip(baseline).map(|(after, before)| after - before).collect();
    let (after, change) = (design.fit(sample.outcome, sample.clusters)?, design.fit(&change, sample.clusters)?);
    of_scores(&after, &change, units).estimate(level)
}

/// Effect and counterfactual mean from the regressions of the outcome after and of its change.
pub(crate) fn of_scores(after: &ScoredFit, change: &ScoredFit, units: PerArm<u64>) -> EffectParts {
    let denominator_scores: Vec<f64> = (0..after.intercept_scores.len())
        .map(|index| after.intercept_scores[index] + after.treatment_scores[index] - change.treatment_scores[index])
        .collect();
    EffectParts {
        effect: change.treatment,
        effect_variance: dot(&change.treatment_scores, &change.treatment_scores),
        denominator: after.intercept + after.treatment - change.treatment,
        denominator_variance: dot(&denominator_scores, &denominator_scores),
        covariance: dot(&change.treatment_scores, &denominator_scores),
        degrees_of_freedom: change.degrees_of_freedom,
        units,
    }
}

/// Difference-in-differences from the moments of the outcome (first) and of its change since the baseline (second).
///
/// # Errors
/// An arm with fewer than two units; overflow.
pub fn difference_in_differences(arms: PerArm<PairMoments>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
    let units = PerArm { control: arms.control.count, treated: arms.treated.count };
    enough_units(units)?;
    let treated_units = units.treated as f64;
    let treated_change_variance = arms.treated.second().mean_variance().unwrap_or_default();
    let control_change_variance = arms.control.second().mean_variance().unwrap_or_default();
    let treated_mean_variance = arms.treated.first().mean_variance().unwrap_or_default();
    let mean_effect_covariance = arms.treated.covariance().unwrap_or_default() / treated_units;
    let effect = arms.treated.second_mean - arms.control.second_mean;
    let effect_variance = treated_change_variance + control_change_variance;
    EffectParts {
        effect,
        effect_variance,
        denominator: arms.treated.first_mean - effect,
        denominator_variance: treated_mean_variance + effect_variance - 2.0 * mean_effect_covariance,
        covariance: mean_effect_covariance - effect_variance,
        degrees_of_freedom: (effect_variance > 0.0).then(|| (units.control + units.treated - 2) as f64),
        units,
    }
    .estimate(level)
}
