//! What speaks against reading a difference as an effect, in the words of the first sentence.

use super::super::check_words::arm_of;
use super::super::records::TrialReport;
use crate::analysis::trial_analysis::{CheckKind, DesignCheck, LARGE_LOSS, TrialAnalysis, Verdict};
use crate::report::number::{count, fixed};

/// Why no effect can be read at all: the first failed check.
pub(super) fn failure(report: &TrialReport) -> Option<String> {
    let failed = report.checks.iter().find(|check| check.verdict == "failed")?;
    Some(match failed.name {
        "sample_ratio" => "the arms do not have the sizes that were planned, so units were lost or misassigned".to_owned(),
        _ => failed.message.clone(),
    })
}

/// How many units of an outcome are left out, where that is more than a twentieth of any arm.
pub(super) fn loss(analysis: &TrialAnalysis, outcome: usize, report: &TrialReport) -> Option<String> {
    let outcome = &analysis.outcomes[outcome];
    let all: Vec<u64> = outcome.lost.iter().zip(&outcome.kept).map(|(lost, kept)| lost + kept).collect();
    if !outcome.lost.iter().zip(&all).any(|(lost, all)| *lost as f64 > LARGE_LOSS * *all as f64) {
        return None;
    }
    let share = |arm: usize| {
        format!("{} % of {}", fixed(100.0 * outcome.lost[arm] as f64 / all[arm].max(1) as f64, 1), arm_of(&report.design, arm))
    };
    let arms: Vec<String> = (0..all.len()).map(share).collect();
    Some(format!(
        "{} of the {} units assigned have no value of `{}` and are left out ({}), so this speaks only of the other {}",
        count(outcome.lost.iter().sum()),
        count(all.iter().sum()),
        outcome.outcome,
        arms.join(", "),
        count(outcome.kept.iter().sum())
    ))
}

/// Whether more units than a twentieth of any arm are left out of an outcome.
fn is_large_loss(check: &DesignCheck) -> bool {
    let CheckKind::Attrition { lost, kept, .. } = &check.kind else { return false };
    lost.iter().zip(kept).any(|(lost, kept)| *lost as f64 > LARGE_LOSS * (*lost + *kept) as f64)
}

/// Everything that speaks against reading a difference of this outcome as an effect.
pub(super) fn of_outcome(
    analysis: &TrialAnalysis,
    outcome: usize,
    report: &TrialReport,
    unit_name: &dyn Fn(usize) -> String,
) -> Vec<String> {
    let name = analysis.outcomes[outcome].outcome.as_str();
    let warnings = analysis.checks.iter().filter(|check| check.verdict == Verdict::Warning);
    warnings.filter_map(|check| doubt(check, name, report, unit_name)).collect()
}

fn doubt(check: &DesignCheck, name: &str, report: &TrialReport, unit_name: &dyn Fn(usize) -> String) -> Option<String> {
    let is_own = |outcome: &String| outcome == name;
    match &check.kind {
        CheckKind::SampleRatio { .. } => {
            Some("the sizes of the arms are not as even as an even split would make them".to_owned())
        }
        CheckKind::Clusters { clusters, .. } if report.design.permutations.is_none() => Some(format!(
            "from {} clusters intervals are too narrow (--randomization gives a p-value that holds)",
            count(*clusters)
        )),
        CheckKind::Attrition { outcome, .. } if is_own(outcome) => Some(if is_large_loss(check) {
            "what is left is not what was assigned".to_owned()
        } else {
            "the arms lost units differently".to_owned()
        }),
        CheckKind::PanelGaps { outcome, .. } if is_own(outcome) => Some("the arms lack periods differently".to_owned()),
        CheckKind::Balance { column, .. } => Some(format!("the arms already differed in `{column}` before assignment")),
        CheckKind::JointBalance { .. } => Some("the arms already differed before assignment".to_owned()),
        CheckKind::Predictions { column, .. } => Some(format!("the predictions `{column}` know the assignment")),
        CheckKind::PreTrend { outcome, .. } if is_own(outcome) => Some("the arms moved apart before the start".to_owned()),
        CheckKind::OneUnit { outcome, row, .. } if is_own(outcome) => {
            Some(format!("one unit, {}, may carry it alone", unit_name(*row)))
        }
        CheckKind::RatioDenominator { column } if name.ends_with(&format!("/{column}")) => {
            Some(format!("`{column}`, which the ratio divides by, moved too"))
        }
        CheckKind::NoVariationWithinArms { outcome } if is_own(outcome) => Some("nothing varies within the arms".to_owned()),
        _ => None,
    }
}
