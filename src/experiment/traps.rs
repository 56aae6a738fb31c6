//! Traps: what an analyst might do wrong on the same trial, recorded so that its cost can be measured.
//!
//! For the first headline metric that is a count, and every arm:
//! 1. looks at the difference in means so far, at the end of every month (peeking);
//! 2. a regression over the whole trial that adjusts for something the treatment itself moves (a post-treatment covariate).
//!
//! Neither enters any result; `diagnosis` shows them beside the sound estimates.

use crate::analysis::{ConfidenceLevel, EstimatorName, Sample};
use crate::domain::Metric;
use crate::experiment::TrialOutcome;
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// A wrong turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrapKind {
    /// The difference in means over this many months from the start.
    LookAfterMonths(u16),
    /// The whole trial, adjusted for the sessions during it.
    PostTreatmentCovariate,
}

/// What came of it in one replicate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrapRow {
    /// Which.
    pub kind: TrapKind,
    /// Arm, by position in `Study::arms`.
    pub arm: u16,
    /// Estimated effect per customer, in units of the metric.
    pub effect: Option<f64>,
    /// Its standard error.
    pub std_error: Option<f64>,
}

/// The metric that traps are shown on; `None` if no headline metric is a count.
pub fn trap_metric(scenario: &Scenario) -> Option<Metric> {
    scenario.headline.iter().copied().find(|metric| *metric != Metric::DirectOpensPerMessage)
}

/// What is adjusted for by mistake: sessions, which the treatment moves; opens where sessions are the outcome.
fn consequence_of(metric: Metric) -> Metric {
    if metric == Metric::Sessions { Metric::DirectAppOpens } else { Metric::Sessions }
}

/// All traps of one replicate, arm by arm.
pub(super) fn traps_of(scenario: &Scenario, trial: &TrialOutcome) -> Vec<TrapRow> {
    let Some(metric) = trap_metric(scenario) else { return Vec::new() };
    let months = scenario.calendar.months() as usize;
    let mut so_far = Vec::new();
    let mut rows = Vec::new();
    for arm in 1..scenario.file.arms.len() {
        let assignment = trial.panel.assignment.iter().enumerate();
        let members: Vec<usize> = assignment
            .filter(|(_, assigned)| **assigned == 0 || usize::from(**assigned) == arm)
            .map(|(customer, _)| customer)
            .collect();
        let treated: Vec<bool> = members.iter().map(|customer| trial.panel.assignment[*customer] != 0).collect();
        let of_members = |column: &[f64]| -> Vec<f64> { members.iter().map(|customer| column[*customer]).collect() };
        let mut push = |kind: TrapKind, estimator: EstimatorName, sample: Sample<'_>| {
            let estimate = estimator.implementation().estimate(&sample, ConfidenceLevel::NINETY_FIVE_PERCENT).ok();
            rows.push(TrapRow {
                kind,
                arm: arm as u16,
                effect: estimate.map(|estimate| estimate.effect),
                std_error: estimate.map(|estimate| estimate.std_error),
            });
        };
        for month in 1..=months {
            trial.panel.sum(1..month + 1, metric, &mut so_far);
            let outcome = of_members(&so_far);
            push(TrapKind::LookAfterMonths(month as u16), EstimatorName::DifferenceInMeans, Sample::new(&outcome, &treated));
        }
        let outcome = of_members(&so_far);
        trial.panel.sum(1..months + 1, consequence_of(metric), &mut so_far);
        let consequence = of_members(&so_far);
        let covariates: [&[f64]; 1] = [&consequence];
        push(
            TrapKind::PostTreatmentCovariate,
            EstimatorName::Ancova,
            Sample::new(&outcome, &treated).with_covariates(&covariates),
        );
    }
    rows
}
