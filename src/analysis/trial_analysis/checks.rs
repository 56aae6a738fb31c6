//! What is checked before any result is read. Numbers only; words are the report's.
//!
//! Checks never stop an analysis: they warn, and a sample-ratio mismatch says that results must not be trusted.

use super::{AnalysisPlan, NamedColumn, OutcomeAnalysis, TrialColumns};
use crate::analysis::balance::balance;
use crate::analysis::difference_in_means::DifferenceInMeans;
use crate::analysis::estimate::ConfidenceLevel;
use crate::analysis::estimator::Estimator;
use crate::analysis::sample::{PerArm, Sample};
use crate::analysis::sample_ratio::{BLOCKS_BELOW, sample_ratio};
use crate::stats::distributions::ChiSquared;
use crate::stats::moments::{Moments, by_group};
use crate::stats::multiplicity::holm;

/// Below this p-value a check warns. Lower than 5 % because several are made and a false alarm costs trust.
const WARNS_BELOW: f64 = 0.01;
/// Fewer clusters than this deserve a word (Cameron & Miller 2015).
const FEW_CLUSTERS: u64 = 40;
/// Shares of treatment that may have been meant as one half.
const NEAR_HALF: std::ops::Range<f64> = 0.4..0.6;

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

/// What was checked.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckKind {
    /// Sizes of arms against their shares.
    SampleRatio {
        /// Units or clusters per arm, whichever were randomised.
        counts: PerArm<u64>,
        /// Whether clusters were counted.
        of_clusters: bool,
        /// The share that treatment was meant to get.
        expected_treated_share: Option<f64>,
    },
    /// Units left out for missing values, arm against arm.
    Attrition {
        /// Left out.
        dropped: PerArm<u64>,
        /// Analysed.
        kept: PerArm<u64>,
    },
    /// One column before assignment, arm against arm; for the outcome's own past this is the placebo test.
    Balance {
        /// Its name.
        column: String,
        /// Difference of means in standard deviations.
        standardised_difference: Option<f64>,
        /// p-value adjusted for the number of columns.
        holm_p_value: Option<f64>,
    },
    /// All columns before assignment together.
    JointBalance {
        /// How many.
        columns: usize,
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
        /// Periods tested.
        restrictions: usize,
    },
    /// Number of clusters.
    Clusters {
        /// How many.
        clusters: u64,
    },
    /// An outcome that is the same for all units.
    ConstantOutcome {
        /// Which.
        outcome: String,
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

/// Plain means of both arms.
pub(super) fn plain_means(values: &[f64], treated: &[bool]) -> PerArm<f64> {
    let [control, treated] = by_group(values, treated);
    PerArm { control: control.mean, treated: treated.mean }
}

/// Every check that the columns allow.
pub(super) fn all_of(columns: &TrialColumns, outcomes: &[OutcomeAnalysis], plan: &AnalysisPlan) -> Vec<DesignCheck> {
    let mut checks = vec![sample_ratio_check(columns, plan)];
    checks.extend(attrition(columns));
    checks.extend(clusters(columns));
    checks.extend(balance_checks(columns, plan.level));
    for outcome in &columns.outcomes {
        checks.extend(outcome.predictions.as_ref().map(|given| predictions(columns, given, plan.level)));
        checks.extend(constant(columns, &outcome.outcome));
    }
    for outcome in outcomes {
        checks.extend(pre_trend(outcome));
    }
    checks
}

fn below(p_value: Option<f64>, level: f64, then: Verdict) -> Verdict {
    match p_value {
        Some(p_value) if p_value < level => then,
        Some(_) => Verdict::Passed,
        None => Verdict::NotDone,
    }
}

/// Units per arm, or clusters per arm where whole clusters were assigned.
fn randomised(columns: &TrialColumns) -> (PerArm<u64>, bool) {
    let units = (columns.units_per_arm(), false);
    let Some(labels) = &columns.clusters else { return units };
    let size = labels.iter().max().map_or(0, |largest| *largest as usize + 1);
    let mut arms: Vec<Option<bool>> = vec![None; size];
    for (label, treated) in labels.iter().zip(&columns.treated) {
        match arms[*label as usize] {
            Some(known) if known != *treated => return units,
            _ => arms[*label as usize] = Some(*treated),
        }
    }
    let count = |wanted| arms.iter().filter(|arm| **arm == Some(wanted)).count() as u64;
    (PerArm { control: count(false), treated: count(true) }, true)
}

fn sample_ratio_check(columns: &TrialColumns, plan: &AnalysisPlan) -> DesignCheck {
    let (mut counts, of_clusters) = randomised(columns);
    if !of_clusters {
        // Units lost to missing values were assigned too.
        counts.control += columns.dropped.control;
        counts.treated += columns.dropped.treated;
    }
    let expected = plan.expected_treated_share;
    let share = expected.unwrap_or(0.5);
    let test = sample_ratio(&[counts.control, counts.treated], &[1.0 - share, share]).map(|check| check.test);
    let observed = counts.treated as f64 / (counts.control + counts.treated) as f64;
    let is_suspicious = NEAR_HALF.contains(&observed) && test.is_some_and(|test| test.p_value < BLOCKS_BELOW);
    let p_value = test.map(|test| test.p_value);
    let verdict = match expected {
        Some(_) => below(p_value, BLOCKS_BELOW, Verdict::Failed),
        // Nobody said what was meant: an almost even split that is not even deserves a question, nothing more.
        None if is_suspicious => Verdict::Warning,
        None => Verdict::NotDone,
    };
    let is_told = expected.is_some() || is_suspicious;
    DesignCheck {
        kind: CheckKind::SampleRatio { counts, of_clusters, expected_treated_share: expected },
        verdict,
        statistic: test.filter(|_| is_told).map(|test| test.statistic),
        p_value: p_value.filter(|_| is_told),
    }
}

/// Pearson's test of the two-by-two table of arm and being left out.
fn attrition(columns: &TrialColumns) -> Option<DesignCheck> {
    let (dropped, kept) = (columns.dropped, columns.units_per_arm());
    let lost = dropped.control + dropped.treated;
    if lost == 0 {
        return None;
    }
    let (control, treated) = ((dropped.control + kept.control) as f64, (dropped.treated + kept.treated) as f64);
    let share = lost as f64 / (control + treated);
    let gap = dropped.treated as f64 / treated - dropped.control as f64 / control;
    let statistic = gap * gap / (share * (1.0 - share) * (1.0 / control + 1.0 / treated));
    let p_value = ChiSquared::new(1.0).and_then(|chi_squared| chi_squared.upper_tail(statistic));
    let verdict = below(p_value, WARNS_BELOW, Verdict::Warning);
    Some(DesignCheck { kind: CheckKind::Attrition { dropped, kept }, verdict, statistic: Some(statistic), p_value })
}

fn clusters(columns: &TrialColumns) -> Option<DesignCheck> {
    let clusters = super::distinct(columns.clusters.as_ref()?);
    let verdict = if clusters < FEW_CLUSTERS { Verdict::Warning } else { Verdict::Passed };
    Some(DesignCheck { kind: CheckKind::Clusters { clusters }, verdict, statistic: None, p_value: None })
}

/// Difference in standard deviations and p-value of one column.
fn compared(columns: &TrialColumns, values: &[f64], level: ConfidenceLevel) -> (Option<f64>, Option<f64>) {
    let [control, treated] = by_group(values, &columns.treated);
    let pooled = control.variance().zip(treated.variance()).map(|(control, treated)| 0.5 * (control + treated));
    let gap = treated.mean - control.mean;
    let standardised = pooled.filter(|variance| *variance > 0.0).map(|variance| gap / variance.sqrt());
    if standardised.is_none() && gap != 0.0 {
        // It varies between arms and nowhere else: no test is needed.
        return (None, Some(0.0));
    }
    let mut sample = Sample::new(values, &columns.treated);
    sample.clusters = columns.clusters.as_deref();
    (standardised, DifferenceInMeans.estimate(&sample, level).ok().and_then(|found| found.p_value))
}

fn balance_checks(columns: &TrialColumns, level: ConfidenceLevel) -> Vec<DesignCheck> {
    let before = columns.before_assignment();
    let found: Vec<(Option<f64>, Option<f64>)> = before.iter().map(|column| compared(columns, &column.values, level)).collect();
    let adjusted = holm(&found.iter().map(|(_, p_value)| *p_value).collect::<Vec<_>>());
    let mut checks: Vec<DesignCheck> = before
        .iter()
        .zip(found)
        .zip(adjusted)
        .map(|((column, (standardised_difference, p_value)), holm_p_value)| DesignCheck {
            kind: CheckKind::Balance { column: column.name.clone(), standardised_difference, holm_p_value },
            verdict: below(holm_p_value, WARNS_BELOW, Verdict::Warning),
            statistic: None,
            p_value,
        })
        .collect();
    // The joint test takes units as independent; with clusters the adjusted single tests have to do.
    if columns.clusters.is_none() && before.len() > 1 {
        let values: Vec<&[f64]> = before.iter().map(|column| column.values.as_slice()).collect();
        let p_value = balance(&values, &columns.treated, level).ok().and_then(|balance| balance.joint_p_value);
        let kind = CheckKind::JointBalance { columns: before.len() };
        checks.push(DesignCheck { kind, verdict: below(p_value, WARNS_BELOW, Verdict::Warning), statistic: None, p_value });
    }
    checks
}

fn predictions(columns: &TrialColumns, given: &NamedColumn, level: ConfidenceLevel) -> DesignCheck {
    let (standardised_difference, p_value) = compared(columns, &given.values, level);
    DesignCheck {
        kind: CheckKind::Predictions { column: given.name.clone(), standardised_difference },
        verdict: below(p_value, WARNS_BELOW, Verdict::Warning),
        statistic: None,
        p_value,
    }
}

fn constant(columns: &TrialColumns, outcome: &NamedColumn) -> Option<DesignCheck> {
    let [control, treated] = by_group(&outcome.values, &columns.treated);
    let whole: Moments = control.merged(treated);
    let kind = CheckKind::ConstantOutcome { outcome: outcome.name.clone() };
    (whole.centred_square_sum == 0.0).then_some(DesignCheck { kind, verdict: Verdict::Warning, statistic: None, p_value: None })
}

fn pre_trend(outcome: &OutcomeAnalysis) -> Option<DesignCheck> {
    let study = &outcome.event_study.as_ref()?.study;
    let test = study.pre_trend;
    let kind = CheckKind::PreTrend { outcome: outcome.outcome.clone(), restrictions: test.map_or(0, |test| test.restrictions) };
    let p_value = test.map(|test| test.f_p_value);
    let verdict = below(p_value, WARNS_BELOW, Verdict::Warning);
    Some(DesignCheck { kind, verdict, statistic: test.map(|test| test.chi_squared), p_value })
}
