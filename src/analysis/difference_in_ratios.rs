//! Difference in ratios of sums, for metrics such as direct opens per message.
//!
//! **What**: r_T − r_C with r = ΣN/ΣD over an arm's units. A ratio of sums is not the mean of units' own ratios.
//! **Assumptions**: random assignment; the denominator is away from 0. Where treatment moves the denominator the ratio changes its
//! meaning, so both parts belong beside it.
//! **Formula**: Var(r) = (s²_N − 2 r s_ND + r² s²_D) / (n D̄²) in each arm; t reference with Welch's degrees of freedom.
//! **Reference**: Deng, Knoblich & Lu 2018 (delta method).
//! **Failure**: an arm whose denominator is 0 throughout has no ratio.

use super::estimate::{ConfidenceLevel, EffectParts, Estimate, welch_degrees_of_freedom};
use super::sample::{NotEstimable, PerArm, enough_units};
use crate::stats::moments::PairMoments;

/// The difference in ratios from the moments of numerator (first) and denominator (second) in each arm.
///
/// # Errors
/// An arm with fewer than two units or a denominator of 0.
pub fn difference_in_ratios(arms: PerArm<PairMoments>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
    let units = PerArm { control: arms.control.count, treated: arms.treated.count };
    enough_units(units)?;
    let control = ratio_and_variance(&arms.control).ok_or(NotEstimable::ZeroDenominator)?;
    let treated = ratio_and_variance(&arms.treated).ok_or(NotEstimable::ZeroDenominator)?;
    let variances = PerArm { control: control.1, treated: treated.1 };
    EffectParts {
        effect: treated.0 - control.0,
        effect_variance: control.1 + treated.1,
        denominator: control.0,
        denominator_variance: control.1,
        covariance: -control.1,
        degrees_of_freedom: welch_degrees_of_freedom(variances, units),
        units,
    }
    .estimate(level)
}

fn ratio_and_variance(arm: &PairMoments) -> Option<(f64, f64)> {
    if arm.second_mean == 0.0 {
        return None;
    }
    let ratio = arm.first_mean / arm.second_mean;
    let count = arm.count as f64;
    let variance =
        arm.first().mean_variance()? - 2.0 * ratio * arm.covariance()? / count + ratio * ratio * arm.second().mean_variance()?;
    Some((ratio, variance.max(0.0) / (arm.second_mean * arm.second_mean)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(pairs: &[(f64, f64)]) -> PairMoments {
        let mut moments = PairMoments::default();
        pairs.iter().for_each(|(numerator, denominator)| moments.add(*numerator, *denominator));
        moments
    }

    #[test]
    fn a_constant_denominator_of_one_gives_the_difference_in_means() {
        let control = [1.0, 0.0, 2.0, 1.0];
        let treated = [3.0, 1.0, 2.0, 2.0];
        let ones = |values: &[f64]| arm(&values.iter().map(|value| (*value, 1.0)).collect::<Vec<_>>());
        let arms = PerArm { control: ones(&control), treated: ones(&treated) };
        let ratio = difference_in_ratios(arms, ConfidenceLevel::default()).expect("an estimate");
        let plain = PerArm { control: arms.control.first(), treated: arms.treated.first() };
        let means = crate::analysis::difference_in_means(plain, ConfidenceLevel::default()).expect("an estimate");
        assert!((ratio.effect - means.effect).abs() < 1e-12 && (ratio.std_error - means.std_error).abs() < 1e-12);
    }

    #[test]
    fn an_arm_without_denominator_has_no_ratio() {
        let arms = PerArm { control: arm(&[(0.0, 0.0), (0.0, 0.0)]), treated: arm(&[(1.0, 2.0), (1.0, 3.0)]) };
        assert_eq!(difference_in_ratios(arms, ConfidenceLevel::default()), Err(NotEstimable::ZeroDenominator));
    }
}
