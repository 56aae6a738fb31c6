//! How many units a trial of two arms needs to find an effect, and which effect so many units can find.
//!
//! **What**: the power of a test of two arms' means or rates, solved for the number of units or for the effect.
//! **Assumptions**: units are independent; with clusters of equal size, units in one correlate by the intra-cluster
//! correlation. Means have one standard deviation in both arms.
//! **Formula**: rates by the normal approximation, with the variances of both arms under the alternative, unpooled:
//! `se² = p_c(1−p_c)/n_c + p_t(1−p_t)/n_t`. Means by the two-sample t test: its power is the tail of a noncentral t with
//! `n_c + n_t − 2` degrees of freedom. Both tails count in a two-sided test. Clusters multiply units by `1 + (m−1)ρ`.
//! **Reference**: Chow, Shao & Wang, Sample Size Calculations in Clinical Research, 2008, ch. 3–4; Donner & Klar, 2000.
//! **Failure**: effects that no number of units finds (none, or a rate outside 0 to 1), and power that chance alone reaches:
//! `None`. Rates of very few expected events are beyond a normal approximation; the caller has to say so.

use super::alternative::Alternative;
use crate::stats::distributions::{Normal, StudentT};

/// Most units that are worth an answer.
const MOST_UNITS: f64 = 1e15;
/// Degrees of freedom beyond which t and normal cannot be told apart.
const MANY_DEGREES: f64 = 1e7;

/// What is compared between arms, as it is in control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline {
    /// A share of units, strictly between 0 and 1.
    Rate(f64),
    /// A mean over units.
    Mean {
        /// In units of the outcome.
        mean: f64,
        /// Standard deviation between units, above zero.
        std_dev: f64,
    },
}

/// A trial of two arms and its test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoArmTest {
    /// What is compared.
    pub baseline: Baseline,
    /// Share of units that are treated, strictly between 0 and 1.
    pub treated_share: f64,
    /// Error of the first kind, strictly between 0 and 1.
    pub alpha: f64,
    /// Which effects the test looks for.
    pub alternative: Alternative,
    /// Units needed for one independent unit's worth, at least 1.
    pub design_effect: f64,
}

/// `1 + (m − 1)ρ` for clusters of `m` units with intra-cluster correlation `ρ`.
#[must_use]
pub fn design_effect(cluster_size: f64, correlation: f64) -> f64 {
    1.0 + (cluster_size - 1.0) * correlation
}

impl TwoArmTest {
    /// The probability to find an absolute effect with so many units in both arms together.
    #[must_use]
    pub fn power(&self, effect: f64, units: f64) -> f64 {
        let units = units / self.design_effect;
        let (control, treated) = (units * (1.0 - self.treated_share), units * self.treated_share);
        match self.baseline {
            Baseline::Rate(rate) => {
                let other = rate + effect;
                if !(0.0..=1.0).contains(&other) {
                    return f64::NAN;
                }
                let std_error = (rate * (1.0 - rate) / control + other * (1.0 - other) / treated).sqrt();
                self.rejection(effect / std_error, f64::INFINITY)
            }
            Baseline::Mean { std_dev, .. } => {
                let std_error = std_dev * (1.0 / control + 1.0 / treated).sqrt();
                self.rejection(effect / std_error, control + treated - 2.0)
            }
        }
    }

    /// The probability to reject when the statistic is off by so many standard errors.
    fn rejection(&self, offset: f64, degrees: f64) -> f64 {
        let tail = if self.alternative == Alternative::TwoSided { self.alpha / 2.0 } else { self.alpha };
        let critical = if degrees > MANY_DEGREES {
            Normal.quantile(1.0 - tail)
        } else {
            StudentT::new(degrees).and_then(|law| law.quantile(1.0 - tail))
        };
        let Some(critical) = critical else { return 0.0 };
        let above = |offset: f64| noncentral_upper_tail(critical, degrees, offset);
        match self.alternative {
            Alternative::Greater => above(offset),
            Alternative::Less => above(-offset),
            Alternative::TwoSided => above(offset) + above(-offset),
        }
    }

    /// The least number of units in both arms together, not rounded, that finds an absolute effect with this probability.
    #[must_use]
    pub fn units_needed(&self, effect: f64, power: f64) -> Option<f64> {
        let is_enough = |units: f64| self.power(effect, units) >= power;
        if power <= self.alpha || !is_enough(MOST_UNITS) {
            return None;
        }
        // A t test needs more units than it has means.
        let least = match self.baseline {
            Baseline::Rate(_) => f64::MIN_POSITIVE,
            Baseline::Mean { .. } => 3.0 * self.design_effect,
        };
        Some(first_true(least, MOST_UNITS, is_enough))
    }

    /// The least absolute effect, in the direction that the test looks for (up, if both), that so many units in both arms
    /// together find with this probability.
    #[must_use]
    pub fn detectable_effect(&self, units: f64, power: f64) -> Option<f64> {
        let sign = if self.alternative == Alternative::Less { -1.0 } else { 1.0 };
        let most = match self.baseline {
            Baseline::Rate(rate) if sign > 0.0 => 1.0 - rate,
            Baseline::Rate(rate) => rate,
            Baseline::Mean { std_dev, .. } => std_dev * 1e6,
        };
        // Just inside the last possible rate.
        let most = most * (1.0 - 1e-12);
        let is_enough = |size: f64| self.power(sign * size, units) >= power;
        (power > self.alpha && is_enough(most)).then(|| sign * first_true(most * 1e-18, most, is_enough))
    }
}

/// Where a condition that stays true once it is true becomes so, between two positive numbers, by halving their ratio.
fn first_true(mut low: f64, mut high: f64, is_true: impl Fn(f64) -> bool) -> f64 {
    if is_true(low) {
        return low;
    }
    while high / low > 1.0 + 1e-12 {
        let middle = low.sqrt() * high.sqrt();
        if middle <= low || middle >= high {
            break;
        }
        if is_true(middle) { high = middle } else { low = middle }
    }
    high
}

/// `P(T > t)` for a noncentral t: the mean of `Φ(δ − t·s)` over the law of `s = √(χ²_ν / ν)`, by Simpson's rule.
fn noncentral_upper_tail(t: f64, degrees: f64, offset: f64) -> f64 {
    if degrees > MANY_DEGREES {
        return Normal.upper_tail(t - offset);
    }
    const STEPS: u32 = 600;
    let reach = 10.0 / (2.0 * degrees).sqrt();
    let (low, high) = ((1.0 - reach).max(1e-9), 1.0 + reach);
    let step = (high - low) / f64::from(STEPS);
    let (mut sum, mut weights) = (0.0, 0.0);
    for index in 0..=STEPS {
        let s = low + step * f64::from(index);
        let log_density = (degrees - 1.0) * s.ln() - 0.5 * degrees * (s * s - 1.0);
        let simpson = match index {
            0 | STEPS => 1.0,
            odd if odd % 2 == 1 => 4.0,
            _ => 2.0,
        };
        let weight = simpson * log_density.exp();
        weights += weight;
        sum += weight * Normal.upper_tail(t * s - offset);
    }
    sum / weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(baseline: Baseline, treated_share: f64, alternative: Alternative) -> TwoArmTest {
        TwoArmTest { baseline, treated_share, alpha: 0.05, alternative, design_effect: 1.0 }
    }

    fn assert_close(found: f64, wanted: f64) {
        assert!((found / wanted - 1.0).abs() < 1e-6, "{found} is not {wanted}");
    }

    #[test]
    fn means_need_what_statsmodels_says() {
        // statsmodels 0.15.0, TTestIndPower: standardised effect, treated share, alternative, power, units in both arms.
        for (effect, share, alternative, power, units) in [
            (0.1, 0.5, Alternative::TwoSided, 0.8, 3_141.466_086_104_007_4),
            (0.5, 0.5, Alternative::TwoSided, 0.8, 127.531_221_177_823_38),
            (1.2, 0.5, Alternative::TwoSided, 0.9, 31.239_339_141_606_93),
            (0.3, 0.2, Alternative::Greater, 0.9, 596.069_289_370_887_5),
            (-0.3, 0.5, Alternative::Less, 0.8, 276.143_101_792_362_24),
        ] {
            let test = test(Baseline::Mean { mean: 10.0, std_dev: 2.0 }, share, alternative);
            assert_close(test.units_needed(2.0 * effect, power).expect("enough"), units);
        }
        let test = test(Baseline::Mean { mean: 0.0, std_dev: 1.0 }, 0.5, Alternative::TwoSided);
        assert_close(test.power(1.0, 20.0), 0.562_006_646_586_149_1);
        assert_close(test.power(2.0, 6.0), 0.462_640_811_891_306_35);
    }

    #[test]
    fn rates_need_what_statsmodels_says() {
        // statsmodels 0.15.0, normal_power_het with unpooled variances as null and alternative: rate, effect, treated share,
        // alternative, power, units in both arms.
        for (rate, effect, share, alternative, power, units) in [
            (0.05, 0.005, 0.5, Alternative::TwoSided, 0.8, 62_461.231_933_217_9),
            (0.05, 0.005, 0.1, Alternative::TwoSided, 0.8, 179_747.626_619_691_44),
            (0.2, -0.05, 0.5, Alternative::TwoSided, 0.9, 2_416.706_464_228_876_5),
            (0.3, 0.1, 0.5, Alternative::Greater, 0.8, 556.430_150_881_779_5),
        ] {
            let test = test(Baseline::Rate(rate), share, alternative);
            assert_close(test.units_needed(effect, power).expect("enough"), units);
        }
        let test = test(Baseline::Rate(0.05), 0.5, Alternative::TwoSided);
        assert_close(test.detectable_effect(20_000.0, 0.8).expect("an effect"), 0.008_991_801_860_955_563);
    }

    #[test]
    fn clusters_multiply_units_by_the_design_effect() {
        let alone = test(Baseline::Rate(0.05), 0.5, Alternative::TwoSided);
        let clustered = TwoArmTest { design_effect: design_effect(20.0, 0.05), ..alone };
        let ratio = clustered.units_needed(0.005, 0.8).expect("enough") / alone.units_needed(0.005, 0.8).expect("enough");
        assert_close(ratio, 1.95);
    }

    #[test]
    fn effect_and_units_are_inverse_to_one_another() {
        for alternative in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
            for baseline in [Baseline::Rate(0.2), Baseline::Mean { mean: 10.0, std_dev: 3.0 }] {
                let test = test(baseline, 0.3, alternative);
                let effect = test.detectable_effect(1000.0, 0.9).expect("an effect");
                assert_close(test.units_needed(effect, 0.9).expect("enough"), 1000.0);
            }
        }
    }

    #[test]
    fn what_no_number_of_units_finds_has_no_answer() {
        let rate = test(Baseline::Rate(0.5), 0.5, Alternative::Greater);
        assert_eq!(rate.units_needed(0.0, 0.8), None);
        assert_eq!(rate.units_needed(0.6, 0.8), None);
        assert_eq!(rate.units_needed(-0.1, 0.8), None);
        assert_eq!(rate.units_needed(0.1, 0.05), None);
        assert_eq!(rate.detectable_effect(2.0, 0.999_999), None);
    }
}
