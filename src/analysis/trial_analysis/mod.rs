//! A whole trial at once: checks first, then every estimator that its columns allow, for every outcome.
//!
//! What goes in are plain columns, one row per unit of randomisation ([`TrialColumns`]); what comes out are plain records
//! ([`TrialAnalysis`]). All estimators see the same rows.
//! Not here: reading files, words for people, any formula (each estimator has its own file).

mod checks;
mod estimates;
mod looks;
mod periods;

pub use checks::{CheckKind, DesignCheck, Verdict};
pub use estimates::{LeftOut, NamedEstimate, WhyLeftOut};
pub use looks::{LookAnalysis, LookPlan, analyse_looks};
pub use periods::{PeriodMean, PeriodStudy};

use super::cross_fit::fold_of;
use super::estimate::ConfidenceLevel;
use super::estimator::EstimatorName;
use super::sample::{NotEstimable, PerArm};
use crate::stats::multiplicity::{benjamini_hochberg, holm};
use std::num::NonZeroU32;

/// Fewest units for which trees are fitted unless they are asked for: below, leaves of twenty units learn nothing.
pub const FEWEST_UNITS_FOR_TREES: usize = 200;

/// Most units that trees are fitted on: their histograms count no further.
pub const MOST_UNITS_FOR_TREES: usize = 1 << 23;

/// A column with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedColumn {
    /// As users know it.
    pub name: String,
    /// One value per unit.
    pub values: Vec<f64>,
}

/// What is known of one outcome, one value per unit in every column.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeColumns {
    /// The outcome after assignment; in a panel each unit's mean over the periods from the start on.
    pub outcome: NamedColumn,
    /// The same before assignment; in a panel each unit's mean over the periods before the start.
    pub baseline: Option<NamedColumn>,
    /// Given out-of-fold predictions.
    pub predictions: Option<NamedColumn>,
    /// In a panel: one column per period, in time order.
    pub periods: Vec<Vec<f64>>,
}

/// The periods of a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Names in time order.
    pub labels: Vec<String>,
    /// How many of them lie before the start: at least one, and not all.
    pub before: usize,
}

/// A trial's columns; all of them have one row per unit.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialColumns {
    /// At least one.
    pub outcomes: Vec<OutcomeColumns>,
    /// Further columns fixed before assignment; categories as indicators.
    pub covariates: Vec<NamedColumn>,
    /// Whether the unit was assigned to treatment.
    pub treated: Vec<bool>,
    /// Cluster of each unit, numbered from 0.
    pub clusters: Option<Vec<u32>>,
    /// A number for each unit, or for its cluster, that splits units into folds: unrelated to any outcome.
    pub fold_keys: Vec<u64>,
    /// In a panel, its periods.
    pub timeline: Option<Timeline>,
    /// Units that were left out because a value is missing.
    pub dropped: PerArm<u64>,
}

/// What shall be done with them.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisPlan {
    /// The estimators asked for; `None` for all that the columns allow.
    pub estimators: Option<Vec<EstimatorName>>,
    /// Of every interval.
    pub level: ConfidenceLevel,
    /// The share of units that treatment was meant to get.
    pub expected_treated_share: Option<f64>,
    /// Folds of cross-fitting.
    pub folds: NonZeroU32,
    /// Which split into folds.
    pub seed: u64,
}

/// Everything found about one outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeAnalysis {
    /// Its name.
    pub outcome: String,
    /// In the order of [`EstimatorName::ALL`].
    pub estimates: Vec<NamedEstimate>,
    /// Estimators without an estimate, and why.
    pub left_out: Vec<LeftOut>,
    /// Plain means of the two arms.
    pub means: PerArm<f64>,
    /// In a panel, the effect period by period.
    pub periods: Vec<PeriodMean>,
    /// In a panel, the event study.
    pub event_study: Option<PeriodStudy>,
}

/// Everything found.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialAnalysis {
    /// In the order given.
    pub outcomes: Vec<OutcomeAnalysis>,
    /// What was checked before any result.
    pub checks: Vec<DesignCheck>,
    /// Units analysed.
    pub units: PerArm<u64>,
    /// Distinct clusters.
    pub clusters: Option<u64>,
}

impl TrialColumns {
    /// Rows.
    #[must_use]
    pub fn units(&self) -> usize {
        self.treated.len()
    }

    /// Units in each arm.
    #[must_use]
    pub fn units_per_arm(&self) -> PerArm<u64> {
        let treated = self.treated.iter().filter(|treated| **treated).count() as u64;
        PerArm { control: self.treated.len() as u64 - treated, treated }
    }

    /// Columns known before assignment: baselines of all outcomes, then covariates.
    fn before_assignment(&self) -> Vec<&NamedColumn> {
        let baselines = self.outcomes.iter().filter_map(|outcome| outcome.baseline.as_ref());
        baselines.chain(&self.covariates).collect()
    }
}

/// Runs checks and estimators.
///
/// # Errors
/// An arm with fewer than two units, or one cluster only: no estimator can say anything. What a single estimator refuses is
/// recorded in [`OutcomeAnalysis::left_out`] instead.
pub fn analyse_trial(columns: &TrialColumns, plan: &AnalysisPlan) -> Result<TrialAnalysis, NotEstimable> {
    let units = columns.units_per_arm();
    super::sample::enough_units(units)?;
    let clusters = columns.clusters.as_ref().map(|labels| distinct(labels));
    if clusters.is_some_and(|clusters| clusters < 2) {
        return Err(NotEstimable::TooFewClusters { clusters: 1 });
    }
    let folds: Vec<u32> = columns.fold_keys.iter().map(|key| fold_of(key ^ plan.seed.rotate_left(17), plan.folds)).collect();
    let mut cross_fitter = estimates::CrossFitting::new(columns, folds);
    let mut outcomes = Vec::with_capacity(columns.outcomes.len());
    for outcome in &columns.outcomes {
        let (found, left_out) = estimates::all_of(columns, outcome, plan, &mut cross_fitter);
        outcomes.push(OutcomeAnalysis {
            outcome: outcome.outcome.name.clone(),
            estimates: found,
            left_out,
            means: checks::plain_means(&outcome.outcome.values, &columns.treated),
            periods: periods::by_period(columns, outcome, plan.level),
            event_study: periods::study(columns, outcome, plan.level),
        });
    }
    adjust_for_several_outcomes(&mut outcomes);
    let checks = checks::all_of(columns, &outcomes, plan);
    Ok(TrialAnalysis { outcomes, checks, units, clusters })
}

fn distinct(labels: &[u32]) -> u64 {
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len() as u64
}

/// Holm and Benjamini–Hochberg over outcomes, estimator by estimator: estimators are alternatives for one hypothesis, outcomes
/// are several.
fn adjust_for_several_outcomes(outcomes: &mut [OutcomeAnalysis]) {
    for name in EstimatorName::ALL {
        let p_values: Vec<Option<f64>> = outcomes
            .iter()
            .map(|outcome| outcome.estimates.iter().find(|found| found.name == *name).and_then(|found| found.estimate.p_value))
            .collect();
        let (holm, q_values) = (holm(&p_values), benjamini_hochberg(&p_values));
        for (index, outcome) in outcomes.iter_mut().enumerate() {
            if let Some(found) = outcome.estimates.iter_mut().find(|found| found.name == *name) {
                (found.holm_p_value, found.q_value) = (holm[index], q_values[index]);
            }
        }
    }
}
