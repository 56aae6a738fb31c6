//! One estimated effect: absolute and relative, each with its interval; and how the pieces turn into it.
//!
//! Invariant: no field is NaN. What does not exist (a p-value without variation, a lift over a zero denominator) is `None`
//! or a named variant. Zero lies in the lift's Fieller interval exactly when it lies in the effect's interval, so the two
//! never disagree.
//! Not here: any estimator (one file each), anything across replicates (see `monte_carlo`).

use super::sample::{NotEstimable, PerArm};
use crate::stats::distributions::StudentT;
use crate::stats::ratio::{RatioInterval, RatioTerms};

/// The share of intervals that shall hold the truth, strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct ConfidenceLevel(f64);

impl ConfidenceLevel {
    /// The customary 95 %.
    pub const NINETY_FIVE_PERCENT: Self = Self(0.95);

    /// `None` unless `share` lies strictly between 0 and 1.
    #[must_use]
    pub fn new(share: f64) -> Option<Self> {
        (share > 0.0 && share < 1.0).then_some(Self(share))
    }

    /// The level as a share.
    #[must_use]
    pub fn share(self) -> f64 {
        self.0
    }

    /// The quantile's probability of a two-sided critical value: 0.975 for 95 %.
    #[must_use]
    pub fn upper_probability(self) -> f64 {
        0.5 + 0.5 * self.0
    }
}

impl Default for ConfidenceLevel {
    fn default() -> Self {
        Self::NINETY_FIVE_PERCENT
    }
}

/// An effect of treatment on one outcome, as estimated in one trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Mean effect per unit, in units of the outcome.
    pub effect: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Degrees of freedom of the t reference; `None` when the outcome does not vary.
    pub degrees_of_freedom: Option<f64>,
    /// Lower end of the effect's interval; `None` when the outcome does not vary.
    pub conf_low: Option<f64>,
    /// Upper end of the effect's interval; `None` when the outcome does not vary.
    pub conf_high: Option<f64>,
    /// Two-sided p-value of no effect; `None` when the outcome does not vary.
    pub p_value: Option<f64>,
    /// What the lift divides by: the estimator's mean outcome without treatment.
    pub denominator: f64,
    /// Standard error of the denominator.
    pub denominator_std_error: f64,
    /// Covariance of effect and denominator.
    pub covariance: f64,
    /// Effect over denominator, a fraction; `None` when the denominator is zero.
    pub lift: Option<f64>,
    /// Fieller's interval for the lift.
    pub lift_interval: RatioInterval,
    /// Logarithmic delta interval for the lift, the alternative to Fieller's; undefined for a lift of −100 % or less.
    pub lift_interval_log_delta: RatioInterval,
    /// Units without treatment.
    pub n_control: u64,
    /// Units with treatment.
    pub n_treated: u64,
}

impl Estimate {
    /// Lower end of the lift's Fieller interval; `None` when it is unbounded or undefined.
    #[must_use]
    pub fn lift_low(&self) -> Option<f64> {
        self.lift_interval.bounds().map(|(low, _)| low)
    }

    /// Upper end of the lift's Fieller interval; `None` when it is unbounded or undefined.
    #[must_use]
    pub fn lift_high(&self) -> Option<f64> {
        self.lift_interval.bounds().map(|(_, high)| high)
    }
}

/// What every estimator arrives at before intervals are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EffectParts {
    pub(crate) effect: f64,
    pub(crate) effect_variance: f64,
    pub(crate) denominator: f64,
    pub(crate) denominator_variance: f64,
    /// Covariance of effect and denominator.
    pub(crate) covariance: f64,
    /// `None` when the outcome does not vary.
    pub(crate) degrees_of_freedom: Option<f64>,
    pub(crate) units: PerArm<u64>,
}

/// What an effect's size in standard errors is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reference {
    /// How many standard errors an interval reaches to either side.
    pub(crate) critical_value: f64,
    /// Two-sided p-value of the effect.
    pub(crate) p_value: f64,
}

impl EffectParts {
    /// Draws the intervals with Student's t.
    pub(crate) fn estimate(self, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        let std_error = self.std_error();
        let student = self.degrees_of_freedom.and_then(StudentT::new).filter(|_| std_error > 0.0);
        let reference = student.and_then(|t| {
            let critical_value = t.quantile(level.upper_probability())?;
            Some(Reference { critical_value, p_value: t.two_sided_p(self.effect / std_error) })
        });
        self.with_reference(reference)
    }

    /// Standard error of the effect.
    pub(crate) fn std_error(&self) -> f64 {
        self.effect_variance.max(0.0).sqrt()
    }

    /// Draws the intervals with another reference; none without one.
    pub(crate) fn with_reference(self, reference: Option<Reference>) -> Result<Estimate, NotEstimable> {
        let numbers = [self.effect, self.effect_variance, self.denominator, self.denominator_variance, self.covariance];
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(NotEstimable::Overflow);
        }
        let std_error = self.std_error();
        let critical_value = reference.map(|reference| reference.critical_value);
        let lift_terms = RatioTerms {
            numerator: self.effect,
            denominator: self.denominator,
            numerator_variance: self.effect_variance,
            denominator_variance: self.denominator_variance,
            covariance: self.covariance,
        };
        Ok(Estimate {
            effect: self.effect,
            std_error,
            degrees_of_freedom: reference.and(self.degrees_of_freedom),
            conf_low: critical_value.map(|critical| self.effect - critical * std_error),
            conf_high: critical_value.map(|critical| self.effect + critical * std_error),
            p_value: reference.map(|reference| reference.p_value),
            denominator: self.denominator,
            denominator_std_error: self.denominator_variance.max(0.0).sqrt(),
            covariance: self.covariance,
            lift: lift_terms.ratio(),
            lift_interval: critical_value.map_or(RatioInterval::Undefined, |critical| lift_terms.fieller(critical)),
            lift_interval_log_delta: critical_value.map_or(RatioInterval::Undefined, |critical| log_delta(lift_terms, critical)),
            n_control: self.units.control,
            n_treated: self.units.treated,
        })
    }
}

/// The log-delta interval of `(denominator + effect) / denominator`, less one.
fn log_delta(lift: RatioTerms, critical_value: f64) -> RatioInterval {
    let of_means = RatioTerms {
        numerator: lift.denominator + lift.numerator,
        numerator_variance: lift.numerator_variance + lift.denominator_variance + 2.0 * lift.covariance,
        covariance: lift.denominator_variance + lift.covariance,
        ..lift
    };
    match of_means.log_delta(critical_value) {
        RatioInterval::Bounded { low, high } => RatioInterval::Bounded { low: low - 1.0, high: high - 1.0 },
        other => other,
    }
}

/// `(Σ v)² / Σ v²/(n − 1)`, the degrees of freedom of a sum of independent squared standard errors (Welch 1947,
/// Satterthwaite 1946); `None` without variation.
pub(crate) fn welch_degrees_of_freedom(mean_variances: PerArm<f64>, units: PerArm<u64>) -> Option<f64> {
    let total = mean_variances.control + mean_variances.treated;
    if total <= 0.0 {
        return None;
    }
    // Shares, not squares of variances, so that tiny variances do not underflow.
    let (control, treated) = (mean_variances.control / total, mean_variances.treated / total);
    let spread = control * control / (units.control - 1) as f64 + treated * treated / (units.treated - 1) as f64;
    Some(spread.recip())
}
