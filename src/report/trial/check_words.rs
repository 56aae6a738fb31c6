//! What a check found, in words, and what to do about it.

use super::records::{CheckRow, DesignRow};
use super::sentences::p_words;
use crate::analysis::PerArm;
use crate::analysis::trial_analysis::{CheckKind, DesignCheck, Verdict};
use crate::report::number::{count, fixed};

/// A check as a flat record.
pub(super) fn check_row(check: &DesignCheck, design: &DesignRow) -> CheckRow {
    let mut row = CheckRow {
        name: "",
        column: None,
        verdict: match check.verdict {
            Verdict::Passed => "passed",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
            Verdict::NotDone => "not_done",
        },
        statistic: check.statistic,
        p_value: check.p_value,
        p_holm: None,
        standardised_difference: None,
        message: String::new(),
        hint: None,
    };
    let worries = matches!(check.verdict, Verdict::Warning | Verdict::Failed);
    let told = match &check.kind {
        CheckKind::SampleRatio { counts, of_clusters, expected_treated_share } => {
            sample_ratio(check, design, *counts, (*of_clusters, *expected_treated_share))
        }
        CheckKind::Attrition { dropped, kept } => attrition(check, design, *dropped, *kept),
        CheckKind::Balance { column, standardised_difference, holm_p_value } => {
            row.column = Some(column.clone());
            (row.standardised_difference, row.p_holm) = (*standardised_difference, *holm_p_value);
            balance(check, column, *standardised_difference)
        }
        CheckKind::JointBalance { columns } => joint_balance(check, *columns),
        CheckKind::Predictions { column, standardised_difference } => {
            row.column = Some(column.clone());
            row.standardised_difference = *standardised_difference;
            predictions(check, column)
        }
        CheckKind::PreTrend { outcome, restrictions } => {
            row.column = Some(outcome.clone());
            pre_trend(check, outcome, *restrictions)
        }
        CheckKind::Clusters { clusters } => few_clusters(*clusters),
        CheckKind::ConstantOutcome { outcome } => {
            row.column = Some(outcome.clone());
            let hint = "is it the right column? An outcome that nobody varies in cannot show an effect";
            ("constant_outcome", format!("`{outcome}` is the same for every unit"), hint.to_owned())
        }
    };
    (row.name, row.message) = (told.0, told.1);
    row.hint = Some(told.2).filter(|hint| !hint.is_empty() && (worries || check.verdict == Verdict::NotDone));
    row
}

type Told = (&'static str, String, String);

fn tested(check: &DesignCheck) -> String {
    check.p_value.map(p_words).unwrap_or_else(|| "no test is possible".to_owned())
}

fn sample_ratio(
    check: &DesignCheck,
    design: &DesignRow,
    counts: PerArm<u64>,
    (of_clusters, expected): (bool, Option<f64>),
) -> Told {
    let units = if of_clusters { "clusters" } else { "units" };
    let sizes = format!(
        "{} {} and {} {} {units}",
        count(counts.control),
        design.control_words(),
        count(counts.treated),
        design.treated_words()
    );
    let lost = "find out where units were lost or misassigned (assignment, logging, filters, bots) before any result is used";
    match (expected, check.verdict) {
        (Some(share), verdict) => {
            let planned = format!("where a share of {} % in {} was planned", fixed(share * 100.0, 1), design.treated_words());
            let message = match verdict {
                Verdict::Failed => {
                    format!("sample-ratio mismatch: {sizes} {planned} ({}); no effect below can be trusted", tested(check))
                }
                _ => format!("{sizes}, {planned} ({})", tested(check)),
            };
            ("sample_ratio", message, lost.to_owned())
        }
        (None, Verdict::Warning) => {
            let message =
                format!("{sizes}: if the arms were meant to be equal, this is a sample-ratio mismatch ({})", tested(check));
            ("sample_ratio", message, format!("say what was planned with --expected-share; if it was 0.5, {lost}"))
        }
        (None, _) => {
            let message = format!("{sizes}; not checked, because the planned share is not known");
            ("sample_ratio", message, "say what was planned: --expected-share 0.5".to_owned())
        }
    }
}

fn attrition(check: &DesignCheck, design: &DesignRow, dropped: PerArm<u64>, kept: PerArm<u64>) -> Told {
    let share = |dropped: u64, kept: u64| fixed(100.0 * dropped as f64 / (dropped + kept).max(1) as f64, 1);
    let message = format!(
        "{} of the {} units ({} %) and {} of the {} units ({} %) lack a value and are left out ({} for equal shares)",
        count(dropped.control),
        design.control_words(),
        share(dropped.control, kept.control),
        count(dropped.treated),
        design.treated_words(),
        share(dropped.treated, kept.treated),
        tested(check)
    );
    let hint = "arms that lose units differently are not comparable any more, and no estimator here mends that: find out why \
                values are missing; if missing means that nothing happened, use --missing zero";
    ("attrition", message, hint.to_owned())
}

fn balance(check: &DesignCheck, column: &str, difference: Option<f64>) -> Told {
    let message = match (check.p_value, difference) {
        (Some(_), Some(difference)) => {
            let size = fixed(difference, 3);
            format!("`{column}` differs by {size} standard deviations between arms before assignment ({})", tested(check))
        }
        (Some(_), None) => format!("`{column}` is one number in one arm and another in the other"),
        (None, _) => format!("`{column}` does not vary"),
    };
    let hint = "was it really fixed before assignment? If so, doubt the assignment; if not, leave it out: adjusting for what \
                treatment changed hides the effect";
    ("balance", message, hint.to_owned())
}

fn joint_balance(check: &DesignCheck, columns: usize) -> Told {
    let message = format!("all {columns} columns before assignment together ({})", tested(check));
    ("joint_balance", message, "together these columns tell the arms apart: doubt the assignment or the columns".to_owned())
}

fn predictions(check: &DesignCheck, column: &str) -> Told {
    let hint = "predictions that differ between arms have seen the assignment or something it changed; fit them without both";
    ("predictions", format!("predictions `{column}`, arm against arm ({})", tested(check)), hint.to_owned())
}

fn pre_trend(check: &DesignCheck, outcome: &str, restrictions: usize) -> Told {
    if restrictions == 0 {
        let message = format!("`{outcome}` has no test of the time before the start: it takes two periods that vary");
        return ("pre_trend", message, String::new());
    }
    let message = format!("`{outcome}` before the start: {restrictions} placebo effects that must be zero ({})", tested(check));
    let hint = "arms moved apart before there was a treatment: doubt the assignment, and do not read difference in differences";
    ("pre_trend", message, hint.to_owned())
}

fn few_clusters(clusters: u64) -> Told {
    let message = format!("{} clusters; standard errors are CR2 with Satterthwaite's degrees of freedom", count(clusters));
    let hint = "with few clusters, or a few very large ones, intervals are wide and rest on their number, not on that of units";
    ("clusters", message, hint.to_owned())
}
