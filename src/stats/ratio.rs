//! Intervals for the ratio of two estimated quantities: Fieller's, and the linear and logarithmic delta methods.
//!
//! What: from two estimates, their variances and covariance, the ratio and an interval.
//! Assumptions: the pair is jointly (approximately) normal. Fieller's set needs nothing more; the delta methods also need
//! a denominator far from zero.
//! Formula: Fieller keeps every ratio ρ that the data do not reject, `(N − ρD)² ≤ c² (V_N − 2ρ C + ρ² V_D)`, a quadratic in
//! ρ (Fieller 1954, J. R. Stat. Soc. B 16, 175–185).
//! Failure: when the denominator is itself not distinguishable from zero (`g = c² V_D / D² ≥ 1`) Fieller's set is
//! unbounded, and it is reported so.
//! Not here: which quantities a lift divides (see `analysis`).

/// Two estimates to be divided, with their uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioTerms {
    /// The estimate above.
    pub numerator: f64,
    /// The estimate below.
    pub denominator: f64,
    /// Variance of the numerator's estimate.
    pub numerator_variance: f64,
    /// Variance of the denominator's estimate.
    pub denominator_variance: f64,
    /// Covariance of the two estimates.
    pub covariance: f64,
}

/// What can be said about a ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RatioInterval {
    /// Both ends are finite.
    Bounded {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// The denominator is not distinguishable from zero at this level: ratios of any size stay possible.
    Unbounded,
    /// The denominator is exactly zero or an input is not finite: there is no ratio.
    Undefined,
}

impl RatioInterval {
    /// The two ends, when there are two.
    #[must_use]
    pub fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Self::Bounded { low, high } => Some((low, high)),
            Self::Unbounded | Self::Undefined => None,
        }
    }

    /// Whether `value` lies in the interval; an unbounded one is taken to hold every value, `None` when undefined.
    #[must_use]
    pub fn contains(self, value: f64) -> Option<bool> {
        match self {
            Self::Bounded { low, high } => Some(low <= value && value <= high),
            Self::Unbounded => Some(true),
            Self::Undefined => None,
        }
    }
}

impl RatioTerms {
    fn is_defined(&self) -> bool {
        let all = [self.numerator, self.denominator, self.numerator_variance, self.denominator_variance, self.covariance];
        all.iter().all(|value| value.is_finite()) && self.denominator != 0.0
    }

    /// The ratio itself; `None` for a zero denominator or an input that is not finite.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        self.is_defined().then(|| self.numerator / self.denominator).filter(|ratio| ratio.is_finite())
    }

    /// Fieller's `g = c² V_D / D²`: below 1 the interval is bounded; far below 1 the delta method agrees with it.
    #[must_use]
    pub fn fieller_g(&self, critical_value: f64) -> Option<f64> {
        self.is_defined()
            .then(|| critical_value * critical_value * self.denominator_variance / (self.denominator * self.denominator))
    }

    /// Fieller's interval.
    #[must_use]
    pub fn fieller(&self, critical_value: f64) -> RatioInterval {
        let Some(g) = self.fieller_g(critical_value) else { return RatioInterval::Undefined };
        if g >= 1.0 {
            return RatioInterval::Unbounded;
        }
        let squared = critical_value * critical_value;
        let a = self.denominator * self.denominator - squared * self.denominator_variance;
        let b = self.numerator * self.denominator - squared * self.covariance;
        let c = self.numerator * self.numerator - squared * self.numerator_variance;
        // With g < 1 and a valid covariance matrix the discriminant cannot be negative; rounding can make it so.
        let root = (b * b - a * c).max(0.0).sqrt();
        bounded((b - root) / a, (b + root) / a)
    }

    /// Variance of the ratio by the linear delta method: `V_N/D² + N² V_D/D⁴ − 2 N C/D³` (Deng, Knoblich & Lu 2018).
    #[must_use]
    pub fn delta_variance(&self) -> Option<f64> {
        let ratio = self.ratio()?;
        let spread = self.numerator_variance + ratio * ratio * self.denominator_variance - 2.0 * ratio * self.covariance;
        Some((spread / (self.denominator * self.denominator)).max(0.0))
    }

    /// Linear delta interval, symmetric about the ratio.
    #[must_use]
    pub fn linear_delta(&self, critical_value: f64) -> RatioInterval {
        let (Some(ratio), Some(variance)) = (self.ratio(), self.delta_variance()) else { return RatioInterval::Undefined };
        let half_width = critical_value * variance.sqrt();
        bounded(ratio - half_width, ratio + half_width)
    }

    /// Logarithmic delta interval, `N/D · exp(± c √(V_N/N² + V_D/D² − 2C/(N D)))`; for a positive ratio only.
    #[must_use]
    pub fn log_delta(&self, critical_value: f64) -> RatioInterval {
        let Some(ratio) = self.ratio().filter(|ratio| *ratio > 0.0) else { return RatioInterval::Undefined };
        let (n, d) = (self.numerator, self.denominator);
        let variance = self.numerator_variance / (n * n) + self.denominator_variance / (d * d) - 2.0 * self.covariance / (n * d);
        let half_width = critical_value * variance.max(0.0).sqrt();
        bounded(ratio * (-half_width).exp(), ratio * half_width.exp())
    }
}

fn bounded(low: f64, high: f64) -> RatioInterval {
    if low.is_finite() && high.is_finite() { RatioInterval::Bounded { low, high } } else { RatioInterval::Undefined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fieller_is_unbounded_when_the_denominator_may_be_zero() {
        let terms =
            RatioTerms { numerator: 1.5, denominator: 1.0, numerator_variance: 0.3, denominator_variance: 0.3, covariance: 0.0 };
        assert!((terms.fieller_g(1.96).unwrap() - 1.15248).abs() < 1e-12);
        assert_eq!(terms.fieller(1.96), RatioInterval::Unbounded);
    }

    #[test]
    fn zero_denominator_and_nan_are_undefined() {
        let terms =
            RatioTerms { numerator: 1.0, denominator: 0.0, numerator_variance: 0.1, denominator_variance: 0.1, covariance: 0.0 };
        assert_eq!(terms.fieller(1.96), RatioInterval::Undefined);
        assert_eq!(terms.linear_delta(1.96), RatioInterval::Undefined);
        assert_eq!(RatioTerms { denominator: f64::NAN, ..terms }.log_delta(1.96), RatioInterval::Undefined);
        assert_eq!(RatioTerms { denominator: -1.0, ..terms }.log_delta(1.96), RatioInterval::Undefined);
    }

    #[test]
    fn without_uncertainty_below_every_method_scales_the_numerator() {
        let terms =
            RatioTerms { numerator: 3.0, denominator: 2.0, numerator_variance: 0.04, denominator_variance: 0.0, covariance: 0.0 };
        let RatioInterval::Bounded { low, high } = terms.fieller(2.0) else { panic!("bounded") };
        assert!((low - 1.3).abs() < 1e-12 && (high - 1.7).abs() < 1e-12);
        assert_eq!(terms.delta_variance(), Some(0.01));
    }
}
