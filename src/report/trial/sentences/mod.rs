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
    let mut parts: Vec<Part> = Vec::new();
    for outcome in 0..outcomes.len() {
        let own: Vec<(usize, &EffectRow)> =
            rows.iter().filter(|row| row.0 == outcome).map(|(_, arm, row)| (*arm, *row)).collect();
        parts.extend(of_outcome(report, (analysis, outcome), &own, unit_name));
    }
    // What was found comes first, in the order of outcomes; nothing that was found may hide behind "more".
    parts.sort_by_key(|part| !part.is_clear);
    let shown = parts.iter().take_while(|part| part.is_clear).count().max(MOST_NAMED);
    let mut told: Vec<String> = parts.iter().take(shown).map(|part| part.words.clone()).collect();
    match parts.iter().skip(shown).map(|part| part.comparisons).sum::<usize>() {
        0 => {}
        1 => told.push("one more comparison stands in the table".to_owned()),
        more => told.push(format!("{more} more comparisons stand in the table")),
    }
    vec![format!("{}.", capitalised(&told.join("; "))), rest]
}

/// A part of the first sentence.
struct Part {
    words: String,
    /// Whether something was found.
    is_clear: bool,
    /// How many comparisons it speaks of.
    comparisons: usize,
}

/// The parts on one outcome: its arms one by one, but those that cannot be told apart from control together.
fn of_outcome(
    report: &TrialReport,
    (analysis, outcome): (&TrialAnalysis, usize),
    rows: &[(usize, &EffectRow)],
    unit_name: &dyn Fn(usize) -> String,
) -> Vec<Part> {
    let doubts = doubts::of_outcome(analysis, outcome, report, unit_name);
    let mut loss_told = String::new();
    let mut loss = |arm: usize, row: &EffectRow| {
        let loss = doubts::loss(&analysis.outcomes[outcome], row, report, arm)?;
        // Once is enough where all arms have the same.
        let words = if loss == loss_told { String::new() } else { format!("{loss}; ") };
        loss_told = loss;
        Some(words)
    };
    let unclear: Vec<(usize, &EffectRow)> =
        rows.iter().copied().filter(|(_, row)| effects::is_plainly_unclear(row, report)).collect();
    let is_together = unclear.len() > 1;
    let mut parts: Vec<Part> = Vec::new();
    for (arm, row) in rows {
        if is_together && effects::is_plainly_unclear(row, report) {
            continue;
        }
        let lead = loss(*arm, row);
        let words = effects::words(row, report, (*arm, &doubts, lead.is_some()));
        let is_clear = !effects::is_plainly_unclear(row, report);
        parts.push(Part { words: lead.unwrap_or_default() + &words, is_clear, comparisons: 1 });
    }
    if is_together {
        let lead = loss(unclear[0].0, unclear[0].1);
        let arms: Vec<usize> = unclear.iter().map(|(arm, _)| *arm).collect();
        let words = effects::unclear_together(unclear[0].1, report, (&arms, lead.is_some()), &doubts);
        parts.push(Part { words: lead.unwrap_or_default() + &words, is_clear: false, comparisons: unclear.len() });
    }
    parts
}

fn rests_on(report: &TrialReport, row: &EffectRow) -> String {
    let design = &report.design;
    let by = if report.looks.is_empty() {
        estimator_words(row.estimator.as_str())
    } else {
        "difference in means, look by look".to_owned()
    };
    let clusters = design.n_clusters.map(|clusters| format!(" in {} clusters", count(clusters))).unwrap_or_default();
    let verdicts = |wanted: &str| report.checks.iter().filter(|check| check.verdict == wanted).count();
    let checks = match (verdicts("failed"), verdicts("warning")) {
        (0, 0) if verdicts("passed") == 0 => "no check of the trial itself could be made".to_owned(),
        (0, 0) => "no check gives reason to doubt the trial".to_owned(),
        (0, 1) => "but one check warns: read it first".to_owned(),
        (0, more) => format!("but {more} checks warn: read them first"),
        _ => "but a check failed: do not use these numbers before the reason is found".to_owned(),
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
