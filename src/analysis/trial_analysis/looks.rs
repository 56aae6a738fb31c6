//! A trial looked at while units keep arriving: what may be said at each look, however often one looks.
//!
//! **What**: at each look, from sums so far, the difference in means with its ordinary interval (right for one look that was
//! planned) and its always-valid one (right for all looks together).
//! **Assumptions**: see `always_valid`; the number of units the sequence is tuned for was chosen before the first look.
//! **Formula, reference**: see `always_valid`; the tuning is the published approximation, as `GrowthBook` has it.
//! **Failure**: an arm with fewer than two units, or with hardly a unit that differs from the others, at a look: that look has no interval.

use crate::analysis::always_valid::{AlwaysValid, ConfidenceSequence, Look, MixtureTest};
use crate::analysis::difference_in_means::difference_in_means;
use crate::analysis::estimate::{ConfidenceLevel, Estimate};
use crate::analysis::sample::PerArm;
use crate::stats::moments::Moments;

/// Fewer units of an arm than this that differ from what most have, and a look proves nothing: its standard error is luck.
const FEWEST_EVENTS: u64 = 10;

/// Everything that had arrived by a look.
#[derive(Debug, Clone, PartialEq)]
pub struct LookSoFar {
    /// As users know it.
    pub label: String,
    /// Moments of both arms.
    pub arms: PerArm<Moments>,
    /// Units of both arms that differ from the median of all; `None` where only sums are known.
    pub events: Option<PerArm<u64>>,
}

impl LookSoFar {
    /// Whether the look has a standard error worth the name.
    fn is_judged(&self) -> bool {
        match self.events {
            Some(events) => events.control.min(events.treated) >= FEWEST_EVENTS,
            None => self.arms.control.centred_square_sum > 0.0 && self.arms.treated.centred_square_sum > 0.0,
        }
    }
}

/// How looks are judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LookPlan {
    /// Of every interval.
    pub level: ConfidenceLevel,
    /// Units at which the always-valid interval is tightest.
    pub tightest_at_units: u64,
    /// Prior variance of the effect, for the mixture test beside the sequence.
    pub prior_variance: Option<f64>,
}

/// One look.
#[derive(Debug, Clone, PartialEq)]
pub struct LookAnalysis {
    /// As users know it.
    pub label: String,
    /// Difference in means of what has arrived so far; `None` while an arm has fewer than two units.
    pub estimate: Option<Estimate>,
    /// Units so far.
    pub units: PerArm<u64>,
    /// What holds over all looks.
    pub always_valid: Option<AlwaysValid>,
    /// Smallest always-valid p-value so far.
    pub running_p_value: Option<f64>,
    /// The mixture test, if asked for.
    pub mixture: Option<AlwaysValid>,
    /// Its smallest p-value so far.
    pub mixture_running_p_value: Option<f64>,
}

/// Judges looks. One at which an arm has hardly an event has no always-valid interval and enters no smallest p-value.
#[must_use]
pub fn analyse_looks(looks: &[LookSoFar], plan: &LookPlan) -> Vec<LookAnalysis> {
    let alpha = 1.0 - plan.level.share();
    let sequence = ConfidenceSequence::approximately_tightest_at(alpha, plan.tightest_at_units);
    let mixture = plan.prior_variance.and_then(|variance| MixtureTest::new(alpha, variance));
    let (mut smallest, mut smallest_mixture) = (None, None);
    let running = |smallest: &mut Option<f64>, now: Option<AlwaysValid>| {
        if let Some(now) = now {
            *smallest = Some(smallest.map_or(now.p_value, |before| before.min(now.p_value)));
        }
        *smallest
    };
    let judged = looks.iter().map(|so_far| {
        let LookSoFar { label, arms, .. } = so_far;
        let units = PerArm { control: arms.control.count, treated: arms.treated.count };
        let estimate = difference_in_means(*arms, plan.level).ok();
        let look =
            estimate.map(|found| Look { units: units.control + units.treated, effect: found.effect, std_error: found.std_error });
        let look = look.filter(|_| so_far.is_judged());
        let always_valid = look.and_then(|look| sequence?.at(look));
        let by_mixture = look.and_then(|look| mixture?.at(look));
        LookAnalysis {
            label: label.clone(),
            estimate,
            units,
            always_valid,
            running_p_value: running(&mut smallest, always_valid),
            mixture: by_mixture,
            mixture_running_p_value: running(&mut smallest_mixture, by_mixture),
        }
    });
    judged.collect()
}
