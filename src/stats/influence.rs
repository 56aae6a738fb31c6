//! Statistics of replicates with the influence of each replicate, so that what is computed from paired replicates keeps their pairing.
//!
//! **What**: a value and, for each replicate, its first-order influence on the value. Means, differences, multiples and ratios of such
//! statistics are again such statistics; standard errors, intervals and p-values follow from the influences.
//! **Assumptions**: replicates are independent; statistics that are combined come from the same replicates in the same order (common random
//! numbers make their influences alike, and their differences precise).
//! **Formula**: mean `x̄` has influences `x_r − x̄`; a ratio `A/B` has `(a_r − (A/B) b_r) / B` (the delta method); variance of the value
//! `Σ ψ_r² / (n (n − 1))`; intervals and tests with Student's t on `n − 1` degrees of freedom.
//! **Reference**: Deng, Knoblich & Lu 2018 for ratios; Glasserman & Yao 1992 for common random numbers.
//! **Failure**: fewer than two replicates have no standard error; a ratio to exactly 0 does not exist.

use crate::stats::distributions::StudentT;

/// A statistic with the influence of each replicate. Influences sum to 0 up to rounding.
#[derive(Clone, Debug, PartialEq)]
pub struct Influenced {
    /// The value.
    pub value: f64,
    influences: Vec<f64>,
}

/// Ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Influenced {
    /// The mean of one number per replicate; 0 of none.
    #[must_use]
    pub fn mean(values: &[f64]) -> Self {
        let value = values.iter().sum::<f64>() / values.len().max(1) as f64;
        Self { value, influences: values.iter().map(|own| own - value).collect() }
    }

    /// This statistic less another one of the same replicates.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&other.times(-1.0))
    }

    /// This statistic and another one of the same replicates, added up.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let influences = self.influences.iter().zip(&other.influences).map(|(own, other)| own + other).collect();
        Self { value: self.value + other.value, influences }
    }

    /// A multiple.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self { value: self.value * factor, influences: self.influences.iter().map(|own| own * factor).collect() }
    }

    /// This statistic divided by another one of the same replicates; `None` if that is 0.
    #[must_use]
    pub fn over(&self, other: &Self) -> Option<Self> {
        let value = self.value / other.value;
        let influence = |(own, below): (&f64, &f64)| (own - value * below) / other.value;
        let influences = self.influences.iter().zip(&other.influences).map(influence).collect();
        value.is_finite().then_some(Self { value, influences })
    }

    /// Standard error; `None` below two replicates.
    #[must_use]
    pub fn std_error(&self) -> Option<f64> {
        let count = self.influences.len() as f64;
        let squares: f64 = self.influences.iter().map(|own| own * own).sum();
        (count >= 2.0).then(|| (squares / (count * (count - 1.0))).sqrt())
    }

    /// 95 % interval; `None` below two replicates.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        let reach = self.std_error()? * self.student()?.quantile(0.975)?;
        Some(Interval { low: self.value - reach, high: self.value + reach })
    }

    /// Two-sided p-value of the hypothesis that the value is 0; `None` below two replicates. Where all replicates agree exactly it is 1 for
    /// a value of 0 and 0 for any other.
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        let error = self.std_error()?;
        if error == 0.0 {
            return Some(if self.value == 0.0 { 1.0 } else { 0.0 });
        }
        Some(self.student()?.two_sided_p(self.value / error))
    }

    fn student(&self) -> Option<StudentT> {
        StudentT::new(self.influences.len() as f64 - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOVE: [f64; 5] = [2.0, 3.5, 1.0, 4.0, 2.5];
    const BELOW: [f64; 5] = [4.0, 5.0, 3.0, 6.0, 4.5];

    #[test]
    fn a_paired_difference_has_the_textbook_t_interval() {
        // Differences −2, −1.5, −2, −2, −2: mean −1.9, sd 0.2236068, se 0.1, t(4) = 2.776445.
        let difference = Influenced::mean(&ABOVE).minus(&Influenced::mean(&BELOW));
        let interval = difference.interval().expect("five replicates");
        assert!((difference.value + 1.9).abs() < 1e-12);
        assert!((difference.std_error().expect("five") - 0.1).abs() < 1e-12);
        assert!((interval.low + 2.177_644_5).abs() < 1e-6 && (interval.high + 1.622_355_5).abs() < 1e-6, "{interval:?}");
        // t = −19 on 4 degrees of freedom: p = 4.5e-5.
        assert!((difference.p_value().expect("five") - 4.517e-5).abs() < 1e-7, "{:?}", difference.p_value());
    }

    #[test]
    fn a_ratio_has_the_delta_method_error() {
        // Var(R) = (s_a² − 2 R s_ab + R² s_b²) / (n b̄²) with s_a² = 1.425, s_b² = 1.25, s_ab = 1.3125.
        let ratio = Influenced::mean(&ABOVE).over(&Influenced::mean(&BELOW)).expect("not over zero");
        let value = 13.0 / 22.5;
        let variance = (1.425 - 2.0 * value * 1.3125 + value * value * 1.25) / (5.0 * 4.5 * 4.5);
        assert!((ratio.value - value).abs() < 1e-12);
        assert!((ratio.std_error().expect("five") - f64::sqrt(variance)).abs() < 1e-12);
        assert_eq!(ratio.over(&Influenced::mean(&[0.0; 5])), None);
    }

    #[test]
    fn what_all_replicates_agree_on_is_certain_and_what_one_says_is_not() {
        let same = Influenced::mean(&[0.0; 3]);
        assert_eq!((same.p_value(), same.times(2.0).plus(&Influenced::mean(&[1.0; 3])).p_value()), (Some(1.0), Some(0.0)));
        let single = Influenced::mean(&[7.0]);
        assert_eq!((single.value, single.std_error(), single.interval(), single.p_value()), (7.0, None, None, None));
    }
}
