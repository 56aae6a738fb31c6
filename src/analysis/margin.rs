//! Non-inferiority: whether an effect is not worse than a margin that was fixed beforehand.
//!
//! **What**: with a margin below zero (more is better) the test of "effect ≤ margin", with one above zero (less is better) that of "effect ≥
//! margin". The margin is in units of the outcome, or a share of the mean without treatment.
//! **Assumptions**: those of the estimator; the margin was chosen before the data were seen.
//! **Formula**: t = (τ̂ − m)/SE, relative t = (τ̂ − r μ̂0)/√(V_τ − 2 r C + r² V_μ0), one-sided. With two-sided intervals at level L each tail has
//! (1 − L)/2, so the verdict is "the interval (for a share: Fieller's) leaves the margin out"; with a one-sided alternative 1 − L.
//! **Reference**: CONSORT extension for non-inferiority trials, Piaggio et al. 2012; Fieller 1954.
//! **Failure**: no standard error; a share of a mean that is not above zero.

use super::estimate::Estimate;
use super::several_arms::Judgement;
use crate::stats::simultaneous::MaxT;

/// The largest loss that would still be accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// In units of the outcome.
    Absolute(f64),
    /// As a share of the mean outcome without treatment.
    Relative(f64),
}

/// What the test of a margin found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarginTest {
    /// One-sided p-value of "as bad as the margin or worse".
    pub p_value: f64,
    /// Whether the data speak against that.
    pub holds: bool,
}

impl Margin {
    /// The number as given, a share for a relative one.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Absolute(value) | Self::Relative(value) => value,
        }
    }

    /// Tests an estimate; `reference` is the distribution that its intervals come from.
    #[must_use]
    pub fn test(self, estimate: &Estimate, reference: &MaxT, judgement: &Judgement) -> Option<MarginTest> {
        let (gap, variance) = match self {
            Self::Absolute(margin) => (estimate.effect - margin, estimate.std_error.powi(2)),
            Self::Relative(_) if estimate.denominator <= 0.0 => return None,
            Self::Relative(share) => {
                let spread = share * share * estimate.denominator_std_error.powi(2) - 2.0 * share * estimate.covariance;
                (estimate.effect - share * estimate.denominator, estimate.std_error.powi(2) + spread)
            }
        };
        let freedom = estimate.degrees_of_freedom.filter(|_| variance > 0.0)?;
        let statistic = gap / variance.sqrt();
        let p_value = reference.p_value(statistic, freedom)?;
        if judgement.alternative != super::alternative::Alternative::TwoSided {
            return Some(MarginTest { p_value, holds: p_value < 1.0 - judgement.level.share() });
        }
        let is_better = if self.value() < 0.0 { statistic > 0.0 } else { statistic < 0.0 };
        let p_value = if is_better { 0.5 * p_value } else { 1.0 - 0.5 * p_value };
        Some(MarginTest { p_value, holds: p_value < 0.5 * (1.0 - judgement.level.share()) })
    }
}
