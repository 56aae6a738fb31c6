//! Difference in means.
//!
//! **What**: treated mean − control mean, the effect of assignment (intention to treat).
//! **Assumptions**: random assignment; units do not influence one another. No model of the outcome.
//! **Formula**: `τ̂ = ȳ_T − ȳ_C`, `V = s²_T/n_T + s²_C/n_C`, which is the HC2 variance of the slope in `Y ~ 1 + Z` and Neyman's
//! conservative estimator; t reference with Welch's degrees of freedom. With clusters the same slope gets CR2 and
//! Satterthwaite's degrees of freedom. The lift divides by `ȳ_C`; its covariance with the
//! effect is `−s²_C/n_C`.
//! **Reference**: Neyman 1923; Welch 1947; Samii & Aronow 2012 for the identity with HC2.
//! **Failure**: fewer than two units in an arm, values that are not finite. An outcome that does not vary has an effect but
//! no interval.

use super::estimate::{ConfidenceLevel, EffectParts, Estimate, welch_degrees_of_freedom};
use super::estimator::Estimator;
use super::regression::{TreatmentDesign, checked_units};
use super::sample::{NotEstimable, PerArm, Sample, enough_units};
use crate::stats::moments::Moments;

/// The estimator by its name; see the module.
#[derive(Debug, Clone, Copy)]
pub struct DifferenceInMeans;

impl Estimator for DifferenceInMeans {
    fn estimate(&self, sample: &Sample<'_>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        if sample.clusters.is_none() {
            return difference_in_means(PerArm::<Moments>::of(sample.outcome, sample.treated)?, level);
        }
        let units = checked_units(sample, &[])?;
        TreatmentDesign::new(sample.treated, &[], false)?.fit(sample.outcome, sample.clusters)?.estimate(units, level)
    }
}

/// The difference in means from the moments of the outcome in each arm.
///
/// # Errors
/// An arm with fewer than two units; overflow.
pub fn difference_in_means(arms: PerArm<Moments>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
    let units = PerArm { control: arms.control.count, treated: arms.treated.count };
    enough_units(units)?;
    let mean_variances = PerArm {
        control: arms.control.mean_variance().unwrap_or_default(),
        treated: arms.treated.mean_variance().unwrap_or_default(),
    };
    EffectParts {
        effect: arms.treated.mean - arms.control.mean,
        effect_variance: mean_variances.control + mean_variances.treated,
        denominator: arms.control.mean,
        denominator_variance: mean_variances.control,
        covariance: -mean_variances.control,
        degrees_of_freedom: welch_degrees_of_freedom(mean_variances, units),
        units,
    }
    .estimate(level)
}
