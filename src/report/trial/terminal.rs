//! The table of a trial: plain sentences, checks, then estimators side by side with standard errors in parentheses and
//! intervals below, and what the numbers are. Plain UTF-8, no colour.

use super::records::{EffectRow, EventStudyRow, LookRow, QuantileRow, TrialReport};
use super::words::{level_decimals, p_text};
use crate::analysis::EstimatorName;
use crate::report::number::{count, decimals_for, fixed, significant};
use crate::report::wording::{capitalised, estimator_mark, estimator_words, unbroken};

/// Columns of a terminal that the table is made for.
const WIDTH: usize = 100;
/// Most periods or looks of one outcome that the table shows; files have all.
const MOST_LINES: usize = 40;

/// Renders the table.
pub fn trial_table(report: &TrialReport) -> String {
    let mut text = String::new();
    // Other failures stand in the first sentence whole.
    for check in report.checks.iter().filter(|check| check.verdict == "failed" && check.name == "sample_ratio") {
        push_wrapped(&mut text, "STOP: ", &format!("{}.", check.message));
        text.push('\n');
    }
    for sentence in &report.sentences {
        push_wrapped(&mut text, "", sentence);
    }
    if !report.checks.is_empty() {
        text.push('\n');
        push_checks(&mut text, report);
    }
    if !report.effects.is_empty() {
        text.push('\n');
        push_effects(&mut text, report);
    }
    push_quantiles(&mut text, report);
    for study in &report.event_study {
        text.push('\n');
        push_event_study(&mut text, study, report);
    }
    push_looks(&mut text, report);
    for note in footnotes(report) {
        push_wrapped(&mut text, "", &note);
    }
    text
}

fn push_checks(text: &mut String, report: &TrialReport) {
    push_line(text, "Checks before any result");
    let named = |verdict: &str| match verdict {
        "passed" => "ok       ",
        "warning" => "WARNING  ",
        "failed" => "FAILED   ",
        _ => "–        ",
    };
    // Many columns that are all fine need one line, not one each.
    let fine = report.checks.iter().filter(|check| check.name == "balance" && check.verdict == "passed").count();
    for check in &report.checks {
        if fine > 4 && check.name == "balance" && check.verdict == "passed" {
            continue;
        }
        push_wrapped(text, named(check.verdict), &check.message);
        if let Some(hint) = &check.hint {
            push_wrapped(text, "         hint: ", hint);
        }
    }
    if fine > 4 {
        push_line(text, &format!("ok       {fine} single columns before assignment do not differ between arms (Holm)"));
    }
}

fn push_effects(text: &mut String, report: &TrialReport) {
    let is_shown = |name: &EstimatorName| report.effects.iter().any(|row| row.estimator == *name);
    let shown: Vec<EstimatorName> = EstimatorName::OF_FILES.iter().copied().filter(is_shown).collect();
    let arms = report.treated_arms();
    let mut lines: Vec<(bool, Vec<String>)> = Vec::new();
    for outcome in report.outcomes() {
        for arm in &arms {
            let own = |name: &EstimatorName| {
                report.effects.iter().find(|row| row.outcome == outcome && row.arm == *arm && row.estimator == *name)
            };
            let rows: Vec<Option<&EffectRow>> = shown.iter().map(own).collect();
            let heading =
                if arms.len() > 1 { format!("{outcome}: {arm} against {}", report.design.control) } else { outcome.to_owned() };
            lines.push((true, vec![heading]));
            lines.extend(outcome_lines(&rows, report).into_iter().map(|cells| (false, cells)));
        }
    }
    let head: Vec<String> =
        std::iter::once(String::new()).chain(shown.iter().map(|name| estimator_mark(name.as_str()))).collect();
    let columns = head.len();
    let mut widths = vec![0; columns];
    for cells in std::iter::once(&head).chain(lines.iter().filter(|(is_heading, _)| !is_heading).map(|(_, cells)| cells)) {
        widths.iter_mut().zip(cells).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    let total = |gap: usize| widths.iter().sum::<usize>() + gap * (columns - 1);
    let gap = if total(2) <= WIDTH { 2 } else { 1 };
    push_cells(text, &head, &widths, gap);
    let rule = "─".repeat(total(gap));
    push_line(text, &rule);
    for (is_heading, cells) in &lines {
        if *is_heading { push_line(text, &cells[0]) } else { push_cells(text, cells, &widths, gap) }
    }
    push_line(text, &rule);
}

/// The lines of one outcome and arm: first cell the name of the line, then one per estimator.
fn outcome_lines(rows: &[Option<&EffectRow>], report: &TrialReport) -> Vec<Vec<String>> {
    let percent = percent_of(report);
    let line = |name: &str, cell: &dyn Fn(&EffectRow) -> String| {
        let cells = rows.iter().map(|row| row.map_or_else(unknown, cell));
        std::iter::once(format!("  {name}")).chain(cells).collect::<Vec<String>>()
    };
    let p_value = |p_value: Option<f64>| p_value.map_or_else(unknown, p_text);
    let mut lines = vec![
        line("effect", &|row| estimate_text(row.effect, row.std_error)),
        line("(SE)", &|row| row.std_error.map_or_else(unknown, |error| format!("({})", fixed(error, decimals_for(error, 2))))),
        line(&format!("[{percent} % CI]"), &|row| ends_text([row.conf_low, row.conf_high], decimals_of(row))),
        line("lift, %", &|row| {
            let decimals = lift_decimals(row);
            row.lift.map_or_else(unknown, |lift| fixed(lift * 100.0, decimals))
        }),
        line(&format!("[{percent} % CI]"), &lift_interval),
        line("control mean", &|row| significant(row.control_mean, 4)),
        line("p", &|row| p_value(row.p_value)),
    ];
    let has = |known: &dyn Fn(&EffectRow) -> bool| rows.iter().flatten().any(|row| known(row));
    if report.design.compared_arms() > 2 {
        lines.push(line("p, this arm alone", &|row| p_value(row.p_value_alone)));
    }
    if report.outcomes().len() > 1 {
        lines.push(line("p, Holm", &|row| p_value(row.p_holm)));
        lines.push(line("q, BH", &|row| p_value(row.q_value)));
    }
    if has(&|row| row.margin_p_value.is_some()) {
        lines.push(line("p, margin", &|row| p_value(row.margin_p_value)));
    }
    if has(&|row| row.randomization_p_value.is_some()) {
        lines.push(line("p, randomised", &|row| p_value(row.randomization_p_value)));
        if report.outcomes().len() > 1 {
            lines.push(line("p, randomised, Holm", &|row| p_value(row.randomization_p_holm)));
        }
    }
    let first = rows.iter().flatten().next();
    if rows.len() > 1 && first.is_some_and(|row| row.estimator == EstimatorName::DifferenceInMeans) {
        lines.push(line("variance saved", &|row| match row.variance_reduction {
            Some(_) if row.estimator == EstimatorName::DifferenceInMeans => String::new(),
            Some(saved) => format!("{} %", fixed(saved * 100.0, 0)),
            None => unknown(),
        }));
    }
    lines
}

fn unknown() -> String {
    "–".to_owned()
}

fn percent_of(report: &TrialReport) -> String {
    fixed(report.design.level * 100.0, level_decimals(report.design.level))
}

/// An estimate with the digits its standard error supports.
fn estimate_text(estimate: f64, std_error: Option<f64>) -> String {
    match std_error.filter(|error| *error > 0.0) {
        Some(error) => fixed(estimate, decimals_for(error, 2)),
        None => significant(estimate, 4),
    }
}

fn decimals_of(row: &EffectRow) -> usize {
    row.std_error.map_or(2, |error| decimals_for(error, 2))
}

fn interval(ends: Option<(f64, f64)>, decimals: usize) -> Option<String> {
    ends.map(|(low, high)| format!("[{}, {}]", fixed(low, decimals), fixed(high, decimals)))
}

/// An interval, open where one end was not asked for.
fn ends_text(ends: [Option<f64>; 2], decimals: usize) -> String {
    match ends {
        [None, None] => unknown(),
        [low, high] => {
            let end = |end: Option<f64>, open: &str| end.map_or_else(|| open.to_owned(), |end| fixed(end, decimals));
            format!("[{}, {}]", end(low, "−∞"), end(high, "∞"))
        }
    }
}

fn lift_decimals(row: &EffectRow) -> usize {
    let spread = match (row.lift, row.lift_conf_low, row.lift_conf_high) {
        (_, Some(low), Some(high)) => Some((high - low) * 25.0),
        (Some(lift), low, high) => low.or(high).map(|end| (end - lift).abs() * 50.0),
        _ => None,
    };
    spread.map_or(1, |spread| decimals_for(spread, 2))
}

fn lift_interval(row: &EffectRow) -> String {
    if row.lift_interval == "unbounded" {
        return "unbounded".to_owned();
    }
    ends_text([row.lift_conf_low, row.lift_conf_high].map(|end| end.map(|end| end * 100.0)), lift_decimals(row))
}

fn push_quantiles(text: &mut String, report: &TrialReport) {
    if report.quantiles.is_empty() {
        return;
    }
    text.push('\n');
    push_line(text, "Effects on quantiles");
    let head = ["outcome", "arm", "quantile", "control", "effect", "(SE)", &format!("[{} % CI]", percent_of(report)), "p"]
        .map(str::to_owned);
    let cells = |row: &QuantileRow| {
        let decimals = row.std_error.map_or(2, |error| decimals_for(error, 2));
        [
            row.outcome.clone(),
            row.arm.clone(),
            format!("{}", row.quantile),
            fixed(row.control_quantile, decimals),
            estimate_text(row.effect, row.std_error),
            row.std_error.map_or_else(unknown, |error| format!("({})", fixed(error, decimals))),
            interval(row.conf_low.zip(row.conf_high), decimals).unwrap_or_else(unknown),
            row.p_value.map_or_else(unknown, p_text),
        ]
    };
    let lines: Vec<[String; 8]> = report.quantiles.iter().map(cells).collect();
    push_grid(text, &head, &lines);
    push_wrapped(text, "", "Standard errors of quantiles are distribution-free; p and intervals hold for one quantile each.");
}

fn push_event_study(text: &mut String, study: &EventStudyRow, report: &TrialReport) {
    let percent = percent_of(report);
    let outcome = &study.outcome;
    let arm = if report.design.compared_arms() > 2 { format!(" in {}", study.arm) } else { String::new() };
    let of = format!("Event study of {outcome}{arm}: effect by period, relative to period {}", study.reference);
    push_wrapped(text, "", &format!("{of} ({} units with every period)", count(study.n_units)));
    let head = ["period", "effect", "(SE)", &format!("[{percent} % CI]"), &format!("[{percent} % band]")].map(str::to_owned);
    let periods = &study.periods[..study.periods.len().min(MOST_LINES)];
    let lines: Vec<[String; 5]> = periods
        .iter()
        .map(|period| {
            let decimals = decimals_for(period.std_error, 2);
            [
                if period.before_start { format!("{} (before)", period.period) } else { period.period.clone() },
                estimate_text(period.effect, Some(period.std_error)),
                format!("({})", fixed(period.std_error, decimals)),
                interval(period.conf_low.zip(period.conf_high), decimals).unwrap_or_else(unknown),
                interval(period.simultaneous_low.zip(period.simultaneous_high), decimals).unwrap_or_else(unknown),
            ]
        })
        .collect();
    push_grid(text, &head, &lines);
    if study.periods.len() > periods.len() {
        push_line(text, &format!("… {} more periods: see --json or --out", study.periods.len() - periods.len()));
    }
    push_wrapped(text, "", "CI: holds for one period; band: holds for all periods together (sup-t).");
}

fn push_looks(text: &mut String, report: &TrialReport) {
    if report.looks.is_empty() {
        return;
    }
    let percent = percent_of(report);
    let mut series: Vec<(&str, &str)> = report.looks.iter().map(|look| (look.outcome.as_str(), look.arm.as_str())).collect();
    series.dedup();
    let several = series.len() > 1;
    for (outcome, arm) in series {
        text.push('\n');
        let of_arm = if report.design.compared_arms() > 2 { format!(" in {arm}") } else { String::new() };
        push_line(text, &format!("Looks at {outcome}{of_arm}: difference in means of everything that had arrived"));
        let looks: Vec<&LookRow> = report.looks.iter().filter(|look| look.outcome == outcome && look.arm == arm).collect();
        let from = looks.len().saturating_sub(MOST_LINES);
        let always = if several { "p always, Holm" } else { "p always" };
        let head = ["look", "units", "effect", &format!("[{percent} % CI]"), &format!("[{percent} % always]"), "p", always];
        let lines: Vec<[String; 7]> = looks[from..].iter().map(|look| look_cells(look)).collect();
        push_grid(text, &head.map(str::to_owned), &lines);
        if from > 0 {
            push_line(text, &format!("{from} earlier looks: see --json or --out"));
        }
    }
    let notes = "CI and p hold for one look that was planned. Always: holds for all looks together, however often one looks and \
                 whenever one stops (asymptotic confidence sequence), as long as new units keep arriving.";
    push_wrapped(text, "", notes);
    if let Some(units) = report.design.planned_units {
        push_wrapped(text, "", &format!("It is tightest at {} units (--planned-units).", count(units)));
    }
}

fn look_cells(look: &LookRow) -> [String; 7] {
    let error = look.std_error.unwrap_or(0.0);
    let decimals = decimals_for(error, 2);
    [
        look.look.clone(),
        count(look.n_control + look.n_treatment),
        look.effect.map_or_else(unknown, |effect| estimate_text(effect, look.std_error)),
        interval(look.conf_low.zip(look.conf_high), decimals).unwrap_or_else(unknown),
        interval(look.always_valid_low.zip(look.always_valid_high), decimals).unwrap_or_else(unknown),
        look.p_value.map_or_else(unknown, p_text),
        look.always_valid_p_holm.or(look.always_valid_p_value).map_or_else(unknown, p_text),
    ]
}

/// Cells under their heads, the first column to the left, between two rules.
fn push_grid<const N: usize>(text: &mut String, head: &[String; N], lines: &[[String; N]]) {
    let mut widths = vec![0; N];
    for cells in std::iter::once(head).chain(lines) {
        widths.iter_mut().zip(cells).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    push_cells(text, head, &widths, 2);
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (N - 1));
    push_line(text, &rule);
    lines.iter().for_each(|cells| push_cells(text, cells, &widths, 2));
    push_line(text, &rule);
}

fn push_cells(text: &mut String, cells: &[String], widths: &[usize], gap: usize) {
    let padded: Vec<String> = cells
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(column, (cell, width))| if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") })
        .collect();
    push_line(text, padded.join(&" ".repeat(gap)).trim_end());
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A paragraph behind a prefix; further lines are indented by its width.
fn push_wrapped(text: &mut String, prefix: &str, paragraph: &str) {
    let mut line = prefix.to_owned();
    let mut is_empty = true;
    for word in unbroken(paragraph) {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            push_line(text, &line);
            line = " ".repeat(prefix.chars().count());
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(&word);
        is_empty = false;
    }
    push_line(text, &line);
}

fn footnotes(report: &TrialReport) -> Vec<String> {
    let design = &report.design;
    let mut notes = Vec::new();
    if !report.effects.is_empty() {
        notes.push(method_note(report));
        notes.extend(adjustment_note(report));
        notes.extend(left_out_note(report));
    }
    if report.checks.iter().any(|check| check.p_value.is_some()) {
        let rule = "Checks warn below p = 0.01 (single columns after Holm's adjustment); the sample ratio fails below 0.001";
        notes.push(format!("{rule}."));
    }
    notes.extend(report.losses.iter().map(|loss| format!("Left out: {loss}.")));
    notes.extend(report.notes.iter().map(|note| format!("Note: {note}.")));
    let size = if report.effects.is_empty() {
        String::new()
    } else {
        let compared = design.arms.iter().filter(|arm| arm.role != "left_out").enumerate();
        let counts: Vec<String> = compared
            .map(|(index, arm)| {
                format!("{} {} ({})", count(arm.n_assigned), if index == 0 { "control" } else { "treated" }, arm.name)
            })
            .collect();
        format!("; {} units assigned", super::words::joined(&counts, "and"))
    };
    notes.push(format!("{}{size}; {}.", design.file, report.program));
    notes
}

fn method_note(report: &TrialReport) -> String {
    let design = &report.design;
    let errors = match &design.cluster {
        Some(cluster) => format!("SE are CR2 by {cluster} with Satterthwaite's degrees of freedom"),
        None => "SE are HC2".to_owned(),
    };
    let arms = design.compared_arms() - 1;
    let tests = match (report.outcomes().len(), arms) {
        (0 | 1, 1) => "one outcome, p not adjusted".to_owned(),
        (0 | 1, _) => {
            format!("{arms} arms against {}: p and intervals hold for all of them together (single-step max-|t|)", design.control)
        }
        (outcomes, 1) => format!("{outcomes} outcomes: Holm and Benjamini–Hochberg over outcomes, estimator by estimator"),
        (outcomes, _) => format!(
            "{arms} arms against {}: p and intervals of an outcome hold for all of them together (single-step max-|t|); {outcomes} outcomes: \
             Holm over outcomes",
            design.control
        ),
    };
    let mut marks: Vec<EstimatorName> = report.effects.iter().map(|row| row.estimator).collect();
    marks.sort_unstable();
    marks.dedup();
    let marks: Vec<String> = marks
        .iter()
        .map(|name| (estimator_mark(name.as_str()), estimator_words(name.as_str())))
        .filter(|(mark, words)| mark != words)
        .map(|(mark, words)| format!("{mark} = {words}"))
        .collect();
    let per = if design.time.is_some() { ", effects per unit and period" } else { "" };
    let marks = if marks.is_empty() { String::new() } else { format!(" {}.", marks.join(", ")) };
    format!(
        "Intention to treat: every assigned unit counts, whatever it did. Unit: {}{per}; {errors}. Intervals are pointwise, t; lifts have \
         Fieller intervals and divide by the control mean shown, which adjusted estimators adjust too{}. {}.{marks}{}",
        design.unit,
        if report.effects.iter().any(|row| row.control_mean <= 0.0) { "; none where that is not above zero" } else { "" },
        capitalised(&tests),
        question_note(report)
    )
}

/// What was asked beside "is there an effect": a direction, a margin, randomisation.
fn question_note(report: &TrialReport) -> String {
    let design = &report.design;
    let mut notes = String::new();
    if design.alternative != "two-sided" && !design.alternative.is_empty() {
        notes.push_str(&format!(" p and intervals are one-sided (alternative: {}).", design.alternative));
    }
    if let Some(margin) = design.margin {
        let unit = if design.margin_is_relative { "of the control mean" } else { "in units of the outcome" };
        let shown =
            if design.margin_is_relative { format!("{} %", significant(margin * 100.0, 4)) } else { significant(margin, 4) };
        notes.push_str(&format!(
            " Margin: {shown} {unit}; p of the margin is one-sided, at half of what the interval leaves out."
        ));
    }
    if let Some(permutations) = design.permutations {
        let of_clusters = report.effects.iter().any(|row| row.randomization_of == Some("clusters"));
        let what = if of_clusters { "whole clusters" } else { "units" };
        let within = design.strata.as_ref().map(|strata| format!(" within {strata}")).unwrap_or_default();
        notes.push_str(&format!(
            " p, randomised: {what} reassigned{within} on a studentised statistic, exact where there are few assignments, else {} drawn \
             with seed {}.",
            count(u64::from(permutations)),
            design.seed
        ));
    }
    notes
}

fn adjustment_note(report: &TrialReport) -> Option<String> {
    let design = &report.design;
    let adjusts = report.effects.iter().any(|row| row.estimator != EstimatorName::DifferenceInMeans);
    if !adjusts {
        return None;
    }
    let past = match (&design.time, !design.pre.is_empty()) {
        (Some(_), _) => "each unit's mean before the start",
        (None, true) => "the outcome before assignment",
        (None, false) => "",
    };
    let others = design.covariates.join(", ");
    let adjusted = match (past.is_empty(), others.is_empty()) {
        (false, false) => format!("{past}, and for {others}; CUPED and DID for the outcome's own past only"),
        (false, true) => past.to_owned(),
        (true, false) => others,
        (true, true) => "the given predictions".to_owned(),
    };
    let has_trees = report.effects.iter().any(|row| row.estimator == EstimatorName::MlRate) && !design.given_predictions;
    let trees = if has_trees {
        let by = design.cluster.as_deref().unwrap_or(&design.unit);
        format!(" ML-RATE: boosted trees on the same columns, {} folds by {by}, seed {}.", design.folds, design.seed)
    } else {
        String::new()
    };
    Some(format!("Adjusted for {adjusted}.{trees}"))
}

/// Estimators without an estimate, those with the same reason together.
fn left_out_note(report: &TrialReport) -> Option<String> {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for row in &report.left_out {
        let where_ = if report.outcomes().len() > 1 { format!(" for {}", row.outcome) } else { String::new() };
        let who = format!("{}{where_}", estimator_mark(row.estimator.as_str()));
        match told.iter_mut().find(|(reason, _)| *reason == row.reason) {
            Some((_, names)) => names.push(who),
            None => told.push((row.reason.clone(), vec![who])),
        }
    }
    let told: Vec<String> =
        told.into_iter().map(|(reason, names)| format!("{} {reason}", super::words::joined(&names, "and"))).collect();
    (!told.is_empty()).then(|| format!("Without an estimate: {}.", told.join("; ")))
}
