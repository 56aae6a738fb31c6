//! What speaks against reading a difference as an effect, in the words of the first sentence.

use super::super::check_words::arm_of;
use super::super::records::{EffectRow, TrialReport};
use crate::analysis::trial_analysis::{CheckKind, DesignCheck, LARGE_LOSS, OutcomeAnalysis, TrialAnalysis, Verdict};
use crate::report::number::{count, fixed};

/// Why no effect can be read at all: the first failed check.
pub(super) fn failure(report: &TrialReport) -> Option<String> {
    let failed = report.checks.iter().find(|check| check.verdict == "failed")?;
    Some(match failed.name {
        "sample_ratio" => "the arms do not have the sizes that were planned, so units were lost or misassigned".to_owned(),
        _ => failed.message.clone(),
    })
}

/// More than this share lost, and what is left was selected, whether or not both arms lost as much.
const SELECTING_LOSS: f64 = 0.2;
/// A large loss whose shares differ between arms with a p-value below this is one that arms differ in.
const LOSS_DIFFERS_BELOW: f64 = 0.05;

/// How many units one comparison leaves out, where that is more than a twentieth of any arm.
pub(super) fn loss(outcome: &OutcomeAnalysis, row: &EffectRow, report: &TrialReport, arm: usize) -> Option<String> {
    let assigned: Vec<u64> = outcome.lost.iter().zip(&outcome.kept).map(|(lost, kept)| lost + kept).collect();
    // An estimator that needs more than an outcome, such as a past, has fewer units than have one.
    let needs_more = row.n_control < outcome.kept[0] || row.n_treatment < outcome.kept[arm];
    let lost = |index: usize| match (needs_more, index) {
        (false, _) => outcome.lost[index],
        (true, 0) => assigned[0] - row.n_control,
        (true, _) => assigned[index] - row.n_treatment,
    };
    let arms: Vec<usize> = if needs_more { vec![0, arm] } else { (0..assigned.len()).collect() };
    if !arms.iter().any(|arm| lost(*arm) as f64 > LARGE_LOSS * assigned[*arm] as f64) {
        return None;
    }
    let share = |arm: &usize| {
        let percent = fixed(100.0 * lost(*arm) as f64 / assigned[*arm].max(1) as f64, 1);
        format!("{percent} % of {}", arm_of(&report.design, *arm))
    };
    let lack = match (needs_more, report.design.time.is_some()) {
        (false, _) => format!("have no value of `{}`", outcome.outcome),
        (true, true) => format!("lack a period of `{}`", outcome.outcome),
        (true, false) => format!("lack `{}` before or after assignment", outcome.outcome),
    };
    let (gone, all) = (arms.iter().map(|arm| lost(*arm)).sum::<u64>(), arms.iter().map(|arm| assigned[*arm]).sum::<u64>());
    Some(format!(
        "{} of the {} units assigned {lack} and are left out ({}), so this speaks only of the other {}",
        count(gone),
        count(all),
        arms.iter().map(share).collect::<Vec<_>>().join(", "),
        count(all - gone)
    ))
}

/// What a loss that warns means for an effect on those that are left: nothing where it is small and alike in all arms.
fn lost_doubt(check: &DesignCheck) -> Option<String> {
    let CheckKind::Attrition { lost, kept, .. } = &check.kind else { return None };
    let largest = lost.iter().zip(kept).map(|(lost, kept)| *lost as f64 / (*lost + *kept).max(1) as f64).fold(0.0, f64::max);
    if check.p_value.is_some_and(|p_value| p_value < LOSS_DIFFERS_BELOW) {
        return Some("the arms lost units differently".to_owned());
    }
    (largest > SELECTING_LOSS).then(|| "what is left is not what was assigned".to_owned())
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
        CheckKind::Clusters { clusters, effective, .. } if effective.iter().any(|own| *own < 10.0) => Some(format!(
            "from {} clusters{} intervals may be too narrow (--randomization gives a p-value that holds)",
            count(*clusters),
            if effective.iter().sum::<f64>() < 0.5 * *clusters as f64 { " of so unequal sizes" } else { "" }
        )),
        CheckKind::FewUnits { .. } => {
            Some("from so few units intervals may be too narrow (--randomization gives a p-value that holds)".to_owned())
        }
        CheckKind::LookShares => Some("the arms' shares changed from look to look".to_owned()),
        CheckKind::FewEvents { outcome, .. } if is_own(outcome) && report.design.permutations.is_none() => {
            Some(format!("hardly any unit differs in `{outcome}` (--randomization gives a p-value that holds)"))
        }
        CheckKind::Strata { .. } => Some("the arms are spread unevenly over the strata".to_owned()),
        CheckKind::Attrition { outcome, .. } if is_own(outcome) => lost_doubt(check),
        CheckKind::PanelGaps { outcome, .. } if is_own(outcome) => Some("the arms lack periods differently".to_owned()),
        CheckKind::Balance { column, .. } => Some(format!("the arms already differed in `{column}` before assignment")),
        CheckKind::JointBalance { .. } => Some("the arms already differed before assignment".to_owned()),
        CheckKind::Predictions { column, .. } => Some(format!("the predictions `{column}` know the assignment")),
        CheckKind::PreTrend { outcome, .. } if is_own(outcome) => Some("the arms moved apart before the start".to_owned()),
        CheckKind::OneUnit { outcome, row, .. } if is_own(outcome) => {
            Some(format!("one unit, {}, may carry it alone", unit_name(*row)))
        }
        CheckKind::Skewness { outcome, .. } if is_own(outcome) && report.design.permutations.is_none() => Some(format!(
            "`{outcome}` is too skewed for intervals of arms so unequal (--randomization gives a p-value that holds)"
        )),
        CheckKind::RatioDenominator { column } if name.ends_with(&format!("/{column}")) => {
            Some(format!("`{column}`, which the ratio divides by, moved too"))
        }
        CheckKind::ConstantArm { outcome, arm } if is_own(outcome) => {
            Some(format!("every unit in {} has the same `{outcome}`", arm_of(&report.design, *arm as usize)))
        }
        CheckKind::NoVariationWithinArms { outcome } if is_own(outcome) => Some("nothing varies within the arms".to_owned()),
        _ => None,
    }
}
