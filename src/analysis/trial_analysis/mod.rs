//! A whole trial at once: checks first, then every estimator that its columns allow, for every outcome and every arm against control.
//!
//! What goes in are plain columns, one row per unit of randomisation ([`TrialColumns`]); what comes out are plain records
//! ([`TrialAnalysis`]). A value that is missing is NaN in a column, and [`adjusters`] and [`frame`] decide what that means: an outcome that
//! is missing takes its unit out of that outcome's estimates and of nothing else; a column to adjust for takes nobody out.
//! Not here: reading files, words for people, any formula (each estimator has its own file).

mod adjusters;
mod checks;
mod columns;
mod estimates;
mod frame;
mod looks;
mod periods;

pub use adjusters::{LeftOutColumn, WhyColumnLeftOut};
pub use checks::{CheckKind, DesignCheck, ExpectedShares, LARGE_LOSS, Verdict};
pub use columns::{CovariateColumn, NamedColumn, OutcomeColumns, Timeline, TrialColumns};
pub use estimates::{LeftOut, NamedEstimate, WhyLeftOut};
pub use looks::{LookAnalysis, LookPlan, LookSoFar, analyse_looks};
pub use periods::{PeriodMean, PeriodStudy};

use super::cross_fit::fold_of;
use super::estimator::EstimatorName;
use super::quantile_effects::QuantileEffect;
use super::randomization::RandomizationPlan;
use super::sample::{NotEstimable, PerArm};
use super::several_arms::Judgement;
use crate::stats::multiplicity::{benjamini_hochberg, holm_over_families};
use adjusters::Adjusters;
use frame::OutcomeFrame;
use std::num::NonZeroU32;

/// Fewest units for which trees are fitted unless they are asked for: below, leaves of twenty units learn nothing.
pub const FEWEST_UNITS_FOR_TREES: usize = 200;

/// Most units that trees are fitted on: their histograms count no further.
pub const MOST_UNITS_FOR_TREES: usize = 1 << 23;

/// What shall be done with a trial's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisPlan {
    /// The estimators asked for; `None` for all that the columns allow.
    pub estimators: Option<Vec<EstimatorName>>,
    /// Level, direction and margin.
    pub judgement: Judgement,
    /// The shares that arms were meant to get.
    pub expected_shares: Option<ExpectedShares>,
    /// Whether whole clusters were assigned, if the user says so.
    pub clusters_were_assigned: Option<bool>,
    /// Folds of cross-fitting.
    pub folds: NonZeroU32,
    /// Which split into folds.
    pub seed: u64,
    /// Randomisation inference, if asked for.
    pub randomization: Option<RandomizationPlan>,
    /// Quantiles whose differences are asked for, each strictly between 0 and 1.
    pub quantiles: Vec<f64>,
}

/// Everything found about one outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeAnalysis {
    /// Its name.
    pub outcome: String,
    /// Whether a panel lacks rows or values of it.
    pub lacks_rows: bool,
    /// In the order of [`EstimatorName::OF_FILES`], within it by arm.
    pub estimates: Vec<NamedEstimate>,
    /// Estimators without an estimate, and why.
    pub left_out: Vec<LeftOut>,
    /// Plain means, by arm.
    pub means: Vec<f64>,
    /// Units with a value of the outcome, by arm.
    pub kept: Vec<u64>,
    /// Units without one, by arm.
    pub lost: Vec<u64>,
    /// Units that difference in differences rests on, if fewer than the outcome has.
    pub change_units: Option<u64>,
    /// p-values by randomisation, arm by arm.
    pub randomization: Vec<RandomizedArm>,
    /// Effects on quantiles.
    pub quantiles: Vec<QuantileEffect>,
    /// In a panel, the effect period by period.
    pub periods: Vec<PeriodMean>,
    /// In a panel, the event study of each arm.
    pub event_studies: Vec<PeriodStudy>,
}

/// What randomisation inference says about one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandomizedArm {
    /// From 1 on.
    pub arm: u32,
    /// The estimator whose effect was tested.
    pub estimator: EstimatorName,
    /// p-value that holds for all arms together.
    pub p_value: f64,
    /// Adjusted for the number of outcomes (Holm).
    pub holm_p_value: Option<f64>,
    /// Whether whole clusters were reassigned.
    pub of_clusters: bool,
    /// Whether every possible assignment was looked at.
    pub is_exact: bool,
    /// Assignments looked at.
    pub assignments: u64,
}

/// Everything found.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialAnalysis {
    /// In the order given.
    pub outcomes: Vec<OutcomeAnalysis>,
    /// What was checked before any result.
    pub checks: Vec<DesignCheck>,
    /// Columns that no estimator adjusts for although they were given.
    pub left_out_columns: Vec<LeftOutColumn>,
    /// Columns with missing values that were filled, each with an indicator; with how many.
    pub filled_columns: Vec<(String, u64)>,
    /// Units of each compared arm.
    pub units: Vec<u64>,
    /// Distinct clusters.
    pub clusters: Option<u64>,
}

/// Runs checks and estimators.
///
/// # Errors
/// An arm with fewer than two units, or one cluster only: no estimator can say anything. What a single estimator refuses is
/// recorded in [`OutcomeAnalysis::left_out`] instead.
pub fn analyse_trial(columns: &TrialColumns, plan: &AnalysisPlan) -> Result<TrialAnalysis, NotEstimable> {
    let units = columns.units_per_arm();
    for treated in &units[1..] {
        super::sample::enough_units(PerArm { control: units[0], treated: *treated })?;
    }
    let clusters = columns.clusters.as_ref().map(|labels| columns::distinct(labels));
    if clusters.is_some_and(|clusters| clusters < 2) {
        return Err(NotEstimable::TooFewClusters { clusters: 1 });
    }
    let adjusters = Adjusters::of(columns);
    let folds: Vec<u32> = columns.fold_keys.iter().map(|key| fold_of(key ^ plan.seed.rotate_left(17), plan.folds)).collect();
    let mut trees = estimates::Trees::new(&adjusters, &folds);
    let assignment = checks::Assignment::of(columns, plan);
    let mut outcomes = Vec::with_capacity(columns.outcomes.len());
    let mut checks = checks::of_design(columns, &adjusters, &assignment, plan);
    for index in 0..columns.outcomes.len() {
        let frame = OutcomeFrame::of(columns, &adjusters, index);
        let outcome = one_outcome(&frame, plan, &assignment, &mut trees);
        checks.extend(checks::of_outcome(&frame, &outcome));
        outcomes.push(outcome);
    }
    adjust_for_several_outcomes(&mut outcomes, units.len() as u32);
    Ok(TrialAnalysis {
        outcomes,
        checks,
        left_out_columns: adjusters.left_out,
        filled_columns: adjusters.filled,
        units,
        clusters,
    })
}

fn one_outcome(
    frame: &OutcomeFrame<'_>,
    plan: &AnalysisPlan,
    assignment: &checks::Assignment,
    trees: &mut estimates::Trees<'_>,
) -> OutcomeAnalysis {
    let (mut found, left_out) = estimates::all_of(frame, plan, trees);
    if assignment.forbids_intervals() {
        // One cluster says nothing of how clusters differ: the effect stays, its uncertainty is not known.
        found.iter_mut().for_each(estimates::NamedEstimate::without_uncertainty);
    }
    OutcomeAnalysis {
        outcome: frame.name.to_owned(),
        lacks_rows: frame.lacks_rows(),
        left_out,
        means: frame.means(),
        kept: frame.kept(),
        lost: frame.lost(),
        change_units: frame.change_units(),
        randomization: estimates::by_randomization(frame, plan, (assignment, &found)),
        quantiles: estimates::on_quantiles(frame, plan),
        periods: periods::by_period(frame, plan),
        event_studies: periods::studies(frame, plan),
        estimates: found,
    }
}

/// Holm and Benjamini–Hochberg over outcomes, estimator by estimator: estimators are alternatives for one hypothesis, outcomes
/// are several. p-values already hold for all arms of an outcome.
fn adjust_for_several_outcomes(outcomes: &mut [OutcomeAnalysis], arms: u32) {
    for name in EstimatorName::OF_FILES {
        let p_value = |outcome: &OutcomeAnalysis, arm: u32| {
            outcome
                .estimates
                .iter()
                .find(|found| found.name == *name && found.arm == arm)
                .and_then(|found| found.estimate.p_value)
        };
        let families: Vec<Vec<Option<f64>>> =
            outcomes.iter().map(|outcome| (1..arms).map(|arm| p_value(outcome, arm)).collect()).collect();
        let adjusted = holm_over_families(&families);
        // Exploration looks at single comparisons, not at families.
        let alone = |outcome: &OutcomeAnalysis, arm: u32| {
            let own = outcome.estimates.iter().find(|found| found.name == *name && found.arm == arm);
            own.and_then(|found| found.pointwise_p_value)
        };
        let flat: Vec<Option<f64>> =
            outcomes.iter().flat_map(|outcome| (1..arms).map(|arm| alone(outcome, arm)).collect::<Vec<_>>()).collect();
        let q_values = benjamini_hochberg(&flat);
        for (index, outcome) in outcomes.iter_mut().enumerate() {
            for found in outcome.estimates.iter_mut().filter(|found| found.name == *name) {
                let arm = found.arm as usize - 1;
                found.holm_p_value = adjusted[index][arm];
                found.q_value = q_values[index * (arms as usize - 1) + arm];
            }
        }
    }
    let by_outcome = |outcome: &OutcomeAnalysis| outcome.randomization.iter().map(|arm| Some(arm.p_value)).collect();
    let randomized: Vec<Vec<Option<f64>>> = outcomes.iter().map(by_outcome).collect();
    for (outcome, adjusted) in outcomes.iter_mut().zip(holm_over_families(&randomized)) {
        outcome.randomization.iter_mut().zip(adjusted).for_each(|(arm, adjusted)| arm.holm_p_value = adjusted);
    }
}
