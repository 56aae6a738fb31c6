//! What was known before assignment, arm against arm: single columns with Holm's adjustment, and all of them together.

use super::{CheckKind, DesignCheck, Verdict, WARNS_BELOW, below};
use crate::analysis::balance::balance;
use crate::analysis::estimate::ConfidenceLevel;
use crate::analysis::estimator::EstimatorName;
use crate::analysis::several_arms::{all_arms_differ, arms_differ, moments_by_arm};
use crate::analysis::trial_analysis::AnalysisPlan;
use crate::analysis::trial_analysis::adjusters::{Adjusters, WhyColumnLeftOut};
use crate::analysis::trial_analysis::columns::TrialColumns;
use crate::stats::goodness::independence;
use crate::stats::multiplicity::holm;
use std::borrow::Cow;

/// Columns that were given and are not used, each with the reason.
pub(super) fn left_out(adjusters: &Adjusters<'_>) -> Vec<DesignCheck> {
    let told = adjusters.left_out.iter().map(|column| {
        let (verdict, p_value) = match &column.why {
            WhyColumnLeftOut::GapsDiffer { p_value, .. } => (Verdict::Warning, Some(*p_value)),
            WhyColumnLeftOut::Constant | WhyColumnLeftOut::Combination => (Verdict::NotDone, None),
        };
        let kind = CheckKind::ColumnLeftOut { column: column.name.clone(), why: column.why.clone() };
        DesignCheck { kind, verdict, statistic: None, p_value }
    });
    told.collect()
}

/// Difference in standard deviations (of several arms the largest) and p-value of one column.
pub(super) fn compared(values: &[f64], arm_of: &[u32], arms: u32, clusters: Option<&[u32]>) -> (Option<f64>, Option<f64>) {
    let moments = moments_by_arm(values, arm_of, arms);
    let differences = moments[1..].iter().map(|arm| {
        let pooled = moments[0].variance().zip(arm.variance()).map(|(control, treated)| 0.5 * (control + treated));
        let gap = arm.mean - moments[0].mean;
        (gap, pooled.filter(|variance| *variance > 0.0).map(|variance| gap / variance.sqrt()))
    });
    let differences: Vec<(f64, Option<f64>)> = differences.collect();
    if differences.iter().any(|(gap, standardised)| standardised.is_none() && *gap != 0.0) {
        // It varies between arms and nowhere else: no test is needed.
        return (None, Some(0.0));
    }
    let largest =
        differences.iter().filter_map(|(_, standardised)| *standardised).reduce(|a, b| if b.abs() > a.abs() { b } else { a });
    (largest, arms_differ(values, arm_of, arms, clusters))
}

/// How many groups there are, and the p-value that arms have the same shares in all of them (Bonferroni over arms).
fn shares_differ(groups_of: &[u32], columns: &TrialColumns) -> (usize, Option<f64>) {
    let groups = groups_of.iter().max().map_or(0, |largest| *largest as usize + 1);
    let mut sizes = vec![0; groups];
    groups_of.iter().for_each(|group| sizes[*group as usize] += 1);
    let of_arm = |arm: u32| {
        let mut counts = vec![0; groups];
        let own = groups_of.iter().zip(&columns.arm_of).filter(|(_, own)| **own == arm);
        own.for_each(|(group, _)| counts[*group as usize] += 1);
        independence(&counts, &sizes).map(|test| test.p_value)
    };
    // With hardly anybody in a group the test says nothing.
    if sizes.len() * 10 > columns.units() {
        return (groups, None);
    }
    let smallest = (1..columns.arms).filter_map(of_arm).reduce(f64::min);
    (groups, smallest.map(|p_value| (p_value * f64::from(columns.arms - 1)).min(1.0)))
}

/// Whether arms kept their shares from look to look: where they did not, means of everything that had arrived compare early units with late.
pub(super) fn look_shares(columns: &TrialColumns) -> Option<DesignCheck> {
    let (_, p_value) = shares_differ(columns.looks.as_ref()?, columns);
    let verdict = below(p_value, WARNS_BELOW, Verdict::Warning);
    Some(DesignCheck { kind: CheckKind::LookShares, verdict, statistic: None, p_value })
}

/// Whether arms have the same shares in all strata: where they do not, plain means compare one stratum with another.
pub(super) fn strata_check(columns: &TrialColumns, plan: &AnalysisPlan) -> Option<DesignCheck> {
    let strata = columns.strata.as_ref()?;
    let (groups, p_value) = shares_differ(strata, columns);
    let adjusts = |name: &EstimatorName| matches!(name, EstimatorName::Ancova | EstimatorName::Lin | EstimatorName::MlRate);
    // Looks compare plain means, whatever else is asked.
    let is_adjusted = columns.looks.is_none() && plan.estimators.as_ref().is_none_or(|names| names.iter().any(adjusts));
    let is_uneven = p_value.is_some_and(|p_value| p_value < WARNS_BELOW);
    let holds_both = |stratum: u32| {
        let own = strata.iter().zip(&columns.arm_of).filter(|(label, _)| **label == stratum).map(|(_, arm)| *arm);
        let first = own.clone().next();
        own.clone().any(|arm| Some(arm) != first)
    };
    // Strata are searched one by one only where there are few: many hold one arm by chance.
    let is_nested = groups <= 50 && !(0..groups as u32).any(holds_both);
    let verdict = match p_value {
        _ if is_nested => Verdict::Failed,
        None => Verdict::NotDone,
        Some(_) if is_uneven && !is_adjusted => Verdict::Warning,
        Some(_) => Verdict::Passed,
    };
    let kind = CheckKind::Strata { strata: groups as u64, is_uneven, is_nested };
    Some(DesignCheck { kind, verdict, statistic: None, p_value })
}

/// Columns about the mean of each stratum, where units were assigned within strata: only what varies within is left to be balanced.
fn within_strata<'a>(before: Vec<(String, &'a [f64])>, strata: Option<&[u32]>) -> Vec<(String, Cow<'a, [f64]>)> {
    let Some(strata) = strata else {
        return before.into_iter().map(|(name, values)| (name, Cow::Borrowed(values))).collect();
    };
    let groups = strata.iter().max().map_or(0, |largest| *largest as usize + 1);
    let centred = |values: &[f64]| -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); groups];
        for (stratum, value) in strata.iter().zip(values) {
            let sum = &mut sums[*stratum as usize];
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
        strata.iter().zip(values).map(|(stratum, value)| value - sums[*stratum as usize].0 / sums[*stratum as usize].1).collect()
    };
    let varies = |values: &[f64]| {
        let size = values.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
        size > 1e-9
    };
    let columns = before.into_iter().map(|(name, values)| (name, Cow::Owned(centred(values))));
    columns.filter(|(_, values): &(String, Cow<'_, [f64]>)| varies(values)).collect()
}

/// Balance of every column, and of all together; within strata where units were assigned within them.
pub(super) fn balance_checks(columns: &TrialColumns, adjusters: &Adjusters<'_>, level: ConfidenceLevel) -> Vec<DesignCheck> {
    let before = within_strata(adjusters.all(), columns.strata.as_deref());
    let clusters = columns.clusters.as_deref();
    let found: Vec<(Option<f64>, Option<f64>)> =
        before.iter().map(|(_, values)| compared(values, &columns.arm_of, columns.arms, clusters)).collect();
    let adjusted = holm(&found.iter().map(|(_, p_value)| *p_value).collect::<Vec<_>>());
    let mut checks = Vec::with_capacity(before.len() + 1);
    for (((column, _), (standardised_difference, p_value)), holm_p_value) in before.iter().zip(found).zip(adjusted) {
        let column = column.clone();
        let kind = CheckKind::Balance { column, standardised_difference, holm_p_value };
        let verdict = below(holm_p_value, WARNS_BELOW, Verdict::Warning);
        checks.push(DesignCheck { kind, verdict, statistic: None, p_value });
    }
    // The joint test takes units as independent; with clusters the adjusted single tests have to do.
    if columns.clusters.is_none() && before.len() > 1 {
        let values: Vec<&[f64]> = before.iter().map(|(_, values)| &**values).collect();
        let p_value = joint(&values, columns, level);
        let kind = CheckKind::JointBalance { columns: before.len() };
        checks.push(DesignCheck { kind, verdict: below(p_value, WARNS_BELOW, Verdict::Warning), statistic: None, p_value });
    }
    checks
}

/// The joint test: of two arms by regression of the assignment on all columns, of several by the Wald test of all differences of all columns.
fn joint(values: &[&[f64]], columns: &TrialColumns, level: ConfidenceLevel) -> Option<f64> {
    if columns.arms == 2 {
        let treated: Vec<bool> = columns.arm_of.iter().map(|own| *own == 1).collect();
        return balance(values, &treated, level).ok()?.joint_p_value;
    }
    all_arms_differ(values, &columns.arm_of, columns.arms)
}
