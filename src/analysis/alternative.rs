//! Which differences count against "no effect": those in both directions, or those in one only.
//!
//! **What**: one-sided p-values and intervals from two-sided ones. **Formula**: at level L the one-sided interval is the one end of the
//! two-sided interval at level 2L − 1; p = p₂/2 where the effect lies on the asked side, else 1 − p₂/2.
//! **Assumptions**: the side was chosen before the data were seen. **Failure**: a level of one half or less has no one-sided interval.

use super::estimate::{ConfidenceLevel, Estimate};
use crate::stats::ratio::RatioInterval;
use crate::stats::simultaneous::Sides;

/// The hypothesis that is set against "no effect".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Alternative {
    /// Any effect.
    #[default]
    TwoSided,
    /// An effect above zero.
    Greater,
    /// An effect below zero.
    Less,
}

impl Alternative {
    /// The name as users type it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TwoSided => "two-sided",
            Self::Greater => "greater",
            Self::Less => "less",
        }
    }

    /// Which tails count.
    #[must_use]
    pub fn sides(self) -> Sides {
        match self {
            Self::TwoSided => Sides::Two,
            Self::Greater => Sides::Upper,
            Self::Less => Sides::Lower,
        }
    }

    /// Level of the two-sided interval whose one end is asked for.
    #[must_use]
    pub fn two_sided_level(self, level: ConfidenceLevel) -> ConfidenceLevel {
        match self {
            Self::TwoSided => level,
            Self::Greater | Self::Less => ConfidenceLevel::new(2.0 * level.share() - 1.0).unwrap_or(level),
        }
    }

    /// A two-sided estimate at [`Alternative::two_sided_level`] read in the asked direction.
    #[must_use]
    pub fn of_two_sided(self, estimate: Estimate) -> Estimate {
        let in_direction = match self {
            Self::TwoSided => return estimate,
            Self::Greater => estimate.effect > 0.0,
            Self::Less => estimate.effect < 0.0,
        };
        let one_sided = |p_value: f64| if in_direction { 0.5 * p_value } else { 1.0 - 0.5 * p_value };
        self.opened(Estimate { p_value: estimate.p_value.map(one_sided), ..estimate })
    }

    /// The same estimate without the end that the direction leaves open.
    #[must_use]
    pub fn opened(self, estimate: Estimate) -> Estimate {
        let opened = |interval: RatioInterval| match (self, interval) {
            (Self::Greater, RatioInterval::Bounded { low, .. }) => RatioInterval::Bounded { low, high: f64::INFINITY },
            (Self::Less, RatioInterval::Bounded { high, .. }) => RatioInterval::Bounded { low: f64::NEG_INFINITY, high },
            (_, other) => other,
        };
        Estimate {
            conf_low: estimate.conf_low.filter(|_| self != Self::Less),
            conf_high: estimate.conf_high.filter(|_| self != Self::Greater),
            lift_interval: opened(estimate.lift_interval),
            lift_interval_log_delta: opened(estimate.lift_interval_log_delta),
            ..estimate
        }
    }
}
