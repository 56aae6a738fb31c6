//! CUPED: controlled experiments using pre-experiment data.
//!
//! **What**: the difference in means of the outcome after removing what the pre-period outcome predicts.
//! **Assumptions**: random assignment; the baseline was fixed before it. No linear model need hold.
//! **Formula**: `θ̂ = cov(Y, X)/var(X)` over all units of both arms, `Ỹ = Y − θ̂ (X − X̄)`, then difference in means of Ỹ with
//! Welch's standard error and degrees of freedom; θ̂ is treated as known, which is right to first order. The lift divides by
//! the adjusted control mean. With clusters the same slope of `Ỹ ~ 1 + Z` gets CR2.
//! **Reference**: Deng, Xu, Kohavi & Walker 2013, eqs 4 and 5. Within-arm slopes instead of the pooled one give the analysis
//! of covariance (`ancova`); different slopes per arm, Lin's estimator (`lin`).
//! **Failure**: no baseline. A constant baseline explains nothing and leaves the difference in means. With very unequal arms
//! and effects that depend on X the pooled slope is not the best one; Lin's estimator never loses to it in large samples.

use super::estimate::{ConfidenceLevel, EffectParts, Estimate, welch_degrees_of_freedom};
use super::estimator::Estimator;
use super::regression::{TreatmentDesign, checked_units};
use super::sample::{Column, NotEstimable, PerArm, Sample, enough_units};
use crate::stats::least_squares::Design;
use crate::stats::moments::{Moments, PairMoments};

/// The estimator by its name; see the module.
#[derive(Debug, Clone, Copy)]
pub struct Cuped;

impl Estimator for Cuped {
    fn estimate(&self, sample: &Sample<'_>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        let baseline = sample.baseline.ok_or(NotEstimable::Missing { column: Column::Baseline })?;
        let arms = PerArm::of_outcome_and_baseline(sample.outcome, baseline, sample.treated)?;
        let Some(clusters) = sample.clusters else { return cuped(arms, level) };
        let units = checked_units(sample, &[])?;
        let whole = arms.control.merged(arms.treated);
        let slope = pooled_slope(whole);
        let adjusted: Vec<f64> =
            sample.outcome.iter().zip(baseline).map(|(outcome, before)| outcome - slope * (before - whole.second_mean)).collect();
        TreatmentDesign::new(sample.treated, &[], false)?.fit(&adjusted, Some(clusters))?.estimate(units, level)
    }
}

/// CUPED from the moments of the outcome (first) and of the baseline (second).
///
/// # Errors
/// An arm with fewer than two units; overflow.
pub fn cuped(arms: PerArm<PairMoments>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
    let units = PerArm { control: arms.control.count, treated: arms.treated.count };
    enough_units(units)?;
    let whole = arms.control.merged(arms.treated);
    let slope = pooled_slope(whole);
    let adjusted_mean = |arm: PairMoments| arm.first_mean - slope * (arm.second_mean - whole.second_mean);
    let adjusted_mean_variance = |arm: PairMoments| {
        let squares = arm.first_square_sum - 2.0 * slope * arm.product_sum + slope * slope * arm.second_square_sum;
        // What is left below the rounding of the three terms is no variation.
        let rounding = 4.0 * f64::EPSILON * (arm.first_square_sum + slope * slope * arm.second_square_sum);
        let squares = if squares <= rounding { 0.0 } else { squares };
        squares / (arm.count - 1) as f64 / arm.count as f64
    };
    let mean_variances = PerArm { control: adjusted_mean_variance(arms.control), treated: adjusted_mean_variance(arms.treated) };
    EffectParts {
        effect: adjusted_mean(arms.treated) - adjusted_mean(arms.control),
        effect_variance: mean_variances.control + mean_variances.treated,
        denominator: adjusted_mean(arms.control),
        denominator_variance: mean_variances.control,
        covariance: -mean_variances.control,
        degrees_of_freedom: welch_degrees_of_freedom(mean_variances, units),
        units,
    }
    .estimate(level)
}

/// The outcome less what several columns fixed before assignment predict of it, slopes pooled over all arms: CUPED where the baseline was
/// filled and an indicator says where.
///
/// # Errors
/// Overflow.
pub(crate) fn pooled_adjustment(outcome: &[f64], columns: &[&[f64]]) -> Result<Vec<f64>, NotEstimable> {
    let mut design = Design::new(outcome.len());
    design.push(|_| 1.0);
    for values in columns {
        let mean = Moments::of(values).mean;
        design.push(|row| values[row] - mean);
    }
    let mean = Moments::of(outcome).mean;
    let fit = design.fit(outcome).ok_or(NotEstimable::Overflow)?;
    Ok(fit.residuals.iter().map(|residual| mean + residual).collect())
}

/// `cov(Y, X)/var(X)`; zero for a baseline that does not vary.
fn pooled_slope(whole: PairMoments) -> f64 {
    if whole.second_square_sum > 0.0 { whole.product_sum / whole.second_square_sum } else { 0.0 }
}
