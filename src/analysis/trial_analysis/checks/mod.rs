//! What is checked before any result is read. Numbers only; words are the report's.
//!
//! Checks never stop an analysis: they warn, and a failed one says that no effect may be read from these numbers. [`assignment`]: who was
//! assigned to which arm; [`before`]: what was known before; [`outcome`]: what one outcome's values can carry.

mod assignment;
mod before;
mod outcome;

pub(super) use assignment::Assignment;
pub use outcome::LARGE_LOSS;

use super::adjusters::{Adjusters, WhyColumnLeftOut};
use super::columns::TrialColumns;
use super::frame::OutcomeFrame;
use super::{AnalysisPlan, OutcomeAnalysis};

/// Below this p-value a check warns. Lower than 5 % because several are made and a false alarm costs trust.
const WARNS_BELOW: f64 = 0.01;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to worry about.
    Passed,
    /// Worth a look before results are used.
    Warning,
    /// Results must not be trusted.
    Failed,
    /// There is nothing to check it with.
    NotDone,
}

/// The sizes that arms were meant to have.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpectedShares {
    /// The share of the one treated arm among everything assigned.
    OfTreated(f64),
    /// Weights of all arms of the file, in the order of [`TrialColumns::assigned`].
    OfArms(Vec<f64>),
}

/// What was checked.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckKind {
    /// Sizes of arms against their shares.
    SampleRatio {
        /// Units or clusters per arm of the file, whichever were assigned.
        counts: Vec<u64>,
        /// Whether clusters were counted.
        of_clusters: bool,
        /// The shares that arms were meant to get.
        expected: Option<ExpectedShares>,
        /// Whether a single share is taken of the two compared arms, not of all arms of the file: whichever fits better.
        of_compared: bool,
    },
    /// Clusters and how arms are spread over them.
    Clusters {
        /// How many hold units of each arm.
        per_arm: Vec<u64>,
        /// As many clusters of one size would carry the arm's units.
        effective: Vec<f64>,
        /// How many there are.
        clusters: u64,
        /// How many hold units of more than one arm.
        mixed: u64,
        /// Whether it is taken that whole clusters were assigned.
        were_assigned: bool,
    },
    /// An arm of fewer than ten units.
    FewUnits {
        /// Units, by arm.
        per_arm: Vec<u64>,
    },
    /// Shares of arms at the looks at which units arrived.
    LookShares,
    /// Shares of arms in the strata that units were assigned within.
    Strata {
        /// How many strata.
        strata: u64,
        /// Whether arms have other shares in some than in others.
        is_uneven: bool,
        /// Whether no stratum holds two arms, so that nothing can be compared within them.
        is_nested: bool,
    },
    /// Units without a value of an outcome, arm against arm.
    Attrition {
        /// Whose value.
        outcome: String,
        /// Left out.
        lost: Vec<u64>,
        /// Analysed.
        kept: Vec<u64>,
    },
    /// Units of a panel that lack a period, arm against arm.
    PanelGaps {
        /// Whose.
        outcome: String,
        /// Units with every period, by arm.
        complete: Vec<u64>,
        /// Units, by arm.
        units: Vec<u64>,
    },
    /// One column before assignment, arm against arm; for the outcome's own past this is the placebo test.
    Balance {
        /// Its name.
        column: String,
        /// Difference of means in standard deviations; of several arms the largest.
        standardised_difference: Option<f64>,
        /// p-value adjusted for the number of columns.
        holm_p_value: Option<f64>,
    },
    /// All columns before assignment together.
    JointBalance {
        /// How many.
        columns: usize,
    },
    /// A column that was given and is not adjusted for.
    ColumnLeftOut {
        /// Its name.
        column: String,
        /// Why.
        why: WhyColumnLeftOut,
    },
    /// Given predictions, arm against arm: they must not know the assignment.
    Predictions {
        /// Name of the column.
        column: String,
        /// Difference of means in standard deviations.
        standardised_difference: Option<f64>,
    },
    /// Effects before the start, which must not exist.
    PreTrend {
        /// Which outcome's.
        outcome: String,
        /// Of which arm, from 1 on.
        arm: u32,
        /// Periods tested.
        restrictions: usize,
    },
    /// An outcome that is the same for all units.
    ConstantOutcome {
        /// Which.
        outcome: String,
    },
    /// An outcome that is the same for all units of an arm, in every arm, but not in all arms.
    NoVariationWithinArms {
        /// Which.
        outcome: String,
    },
    /// An outcome that is one number for all units of one arm while it varies in others: mostly a recording that failed.
    ConstantArm {
        /// Which.
        outcome: String,
        /// The arm.
        arm: u32,
    },
    /// One unit that makes up much of an arm's spread.
    OneUnit {
        /// Which outcome's.
        outcome: String,
        /// The trial's row of the unit.
        row: usize,
        /// Its arm.
        arm: u32,
        /// Its share of the arm's total; `None` where values of both signs make that meaningless.
        share_of_total: Option<f64>,
        /// Its share of the arm's sum of squares about the mean.
        share_of_squares: f64,
        /// A share of units at which capping would bind without making the outcome one number.
        cap_at: Option<f64>,
    },
    /// An outcome that hardly any unit of an arm can be expected to differ in.
    FewEvents {
        /// Which.
        outcome: String,
        /// Units that differ from the median of all, by arm.
        events: Vec<u64>,
    },
    /// An outcome too skewed for the ordinary interval of arms so unequal in size.
    Skewness {
        /// Which.
        outcome: String,
        /// Of the difference in means, roughly.
        skewness: f64,
    },
    /// What a ratio divides by, arm against arm: where it moves, the ratio's meaning moves.
    RatioDenominator {
        /// Name of the column.
        column: String,
    },
}

/// One check.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignCheck {
    /// What was checked.
    pub kind: CheckKind,
    /// How it ended.
    pub verdict: Verdict,
    /// Test statistic, where there is one.
    pub statistic: Option<f64>,
    /// p-value, where there is one.
    pub p_value: Option<f64>,
}

/// Checks of the trial as a whole.
pub(super) fn of_design(
    columns: &TrialColumns,
    adjusters: &Adjusters<'_>,
    assignment: &Assignment,
    plan: &AnalysisPlan,
) -> Vec<DesignCheck> {
    let mut checks = vec![assignment.sample_ratio(columns, plan)];
    checks.extend(assignment.clusters_check(plan));
    checks.extend(assignment.units_check(columns, plan));
    checks.extend(before::strata_check(columns, plan));
    checks.extend(before::look_shares(columns));
    checks.extend(before::left_out(adjusters));
    checks.extend(before::balance_checks(columns, adjusters, plan.judgement.level));
    checks
}

/// Checks of one outcome.
pub(super) fn of_outcome(frame: &OutcomeFrame<'_>, found: &OutcomeAnalysis) -> Vec<DesignCheck> {
    let mut checks = Vec::new();
    checks.extend(outcome::attrition(frame, found));
    checks.extend(outcome::panel_gaps(frame));
    checks.extend(outcome::predictions(frame));
    checks.extend(outcome::variation(frame));
    checks.extend(outcome::ratio_denominator(frame));
    checks.extend(outcome::one_unit(frame));
    checks.extend(outcome::few_events(frame).or_else(|| outcome::skewness(frame)));
    checks.extend(outcome::pre_trends(found));
    checks
}

fn below(p_value: Option<f64>, level: f64, then: Verdict) -> Verdict {
    match p_value {
        Some(p_value) if p_value < level => then,
        Some(_) => Verdict::Passed,
        None => Verdict::NotDone,
    }
}
