//! The plain sentences that come first: what the trial says and what that rests on. No numbers are computed here.
//!
//! Invariant: the first sentence holds under every check that was made. In this order: a failed check forbids any effect; where looks, a
//! margin, a direction or randomisation were asked for, they decide; an effect is claimed only where nothing in [`doubts`] speaks against
//! reading it as one; where more than a twentieth of an arm is missing, that is said before anything else.

mod doubts;
mod effects;
mod looks;

pub(super) use looks::of_looks;

use super::records::{EffectRow, TrialReport};
use super::words::joined;
use crate::analysis::trial_analysis::TrialAnalysis;
use crate::report::number::count;
use crate::report::wording::{capitalised, estimator_words};

/// Most comparisons that sentences name.
const MOST_NAMED: usize = 4;

/// The sentences on effects, and on looks where they were asked for.
pub(super) fn of_effects(report: &TrialReport, analysis: &TrialAnalysis, unit_name: &dyn Fn(usize) -> String) -> Vec<String> {
    let outcomes = report.outcomes();
    let arms = report.treated_arms();
    let rows: Vec<(usize, usize, &EffectRow)> = outcomes
        .iter()
        .enumerate()
        .flat_map(|(outcome, name)| {
            arms.iter().enumerate().filter_map(move |(arm, arm_name)| Some((outcome, arm + 1, report.main_row(name, arm_name)?)))
        })
        .collect();
    let Some((_, _, first)) = rows.first() else {
        return vec!["No estimator could say anything about this trial; the reasons stand below.".to_owned()];
    };
    let rest = rests_on(report, first);
    if let Some(failure) = doubts::failure(report) {
        let differences: Vec<String> =
            rows.iter().take(MOST_NAMED).map(|(_, arm, row)| effects::bare(row, report, *arm)).collect();
        return vec![
            format!("No effect can be read from this trial: {failure}."),
            format!("{}.", capitalised(&differences.join("; "))),
            rest,
        ];
    }
    if !report.looks.is_empty() {
        let reservations = |outcome: &str, arm: &str| {
            let named = |row: &&(usize, usize, &EffectRow)| row.2.outcome == outcome && row.2.arm == arm;
            let found = rows.iter().find(named).map(|(outcome, arm, row)| {
                let loss = doubts::loss(&analysis.outcomes[*outcome], row, report, *arm);
                looks::Reservations { loss, doubts: doubts::of_outcome(analysis, *outcome, report, unit_name) }
            });
            found.unwrap_or(looks::Reservations { loss: None, doubts: Vec::new() })
        };
        return looks::with_reservations(report, &reservations).into_iter().chain([rest]).collect();
    }
    let words = |(outcome, arm, row): &(usize, usize, &EffectRow)| {
        let doubts = doubts::of_outcome(analysis, *outcome, report, unit_name);
        match doubts::loss(&analysis.outcomes[*outcome], row, report, *arm) {
            Some(loss) => format!("{loss}; {}", effects::words(row, report, (*arm, &doubts, true))),
            None => effects::words(row, report, (*arm, &doubts, false)),
        }
    };
    let mut parts: Vec<String> = rows.iter().take(MOST_NAMED).map(words).collect();
    match rows.len().saturating_sub(MOST_NAMED) {
        0 => {}
        1 => parts.push("one more comparison stands in the table".to_owned()),
        more => parts.push(format!("{more} more comparisons stand in the table")),
    }
    vec![format!("{}.", capitalised(&parts.join("; "))), rest]
}

fn rests_on(report: &TrialReport, row: &EffectRow) -> String {
    let design = &report.design;
    let by = estimator_words(row.estimator.as_str());
    let clusters = design.n_clusters.map(|clusters| format!(" in {} clusters", count(clusters))).unwrap_or_default();
    let verdicts = |wanted: &str| report.checks.iter().filter(|check| check.verdict == wanted).count();
    let checks = match (verdicts("failed"), verdicts("warning")) {
        (0, 0) if verdicts("passed") == 0 => "no check of the trial itself could be made".to_owned(),
        (0, 0) => "no check gives reason to doubt the trial".to_owned(),
        (0, 1) => "but one check below warns: read it first".to_owned(),
        (0, more) => format!("but {more} checks below warn: read them first"),
        _ => "but a check below failed: do not use these numbers before the reason is found".to_owned(),
    };
    let first_of = |arm: &str| {
        report.effects.iter().find(|other| other.outcome == row.outcome && other.estimator == row.estimator && other.arm == arm)
    };
    let arms = report.treated_arms();
    let treated = arms.iter().enumerate().map(|(index, arm)| {
        let units = first_of(arm).map_or(0, |row| row.n_treatment);
        format!("{} {}", count(units), design.arm_words(index + 1))
    });
    let sizes: Vec<String> =
        std::iter::once(format!("{} {}", count(row.n_control), design.arm_words(0))).chain(treated).collect();
    format!("This rests on {} units{clusters} and on {by}; {checks}.", joined(&sizes, "and"))
}
