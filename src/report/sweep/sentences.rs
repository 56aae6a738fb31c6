//! The verdict in two plain sentences: which cell is worth most, and what moves the lift.

use super::view::{cell_words, last_phase, short_names, value_text, values, window_words};
use crate::experiment::{MainEffect, NET_VALUE, Sensitivity, SweepResult};
use crate::report::number::{Uncertain, fixed, money};
use crate::report::wording::{capitalised, metric_words};

/// Two sentences for a strategist.
pub(super) fn verdict(found: &SweepResult) -> [String; 2] {
    let moves = if found.sensitivity.is_empty() && !found.main_effects.is_empty() { main(found) } else { rank(found) };
    [worth(found), moves]
}

fn worth(found: &SweepResult) -> String {
    let Some(best) = &found.best_on_value else { return "The value of no cell is known.".to_owned() };
    let rows = values(found);
    let row = rows[best.cell];
    let value = row.value.unwrap_or(f64::NAN);
    let interval = match (row.conf_low, row.conf_high) {
        (Some(low), Some(high)) => format!(" (95 % interval {} to {})", money(low), money(high)),
        _ => String::new(),
    };
    let verb = if value > 0.0 { "is worth most" } else { "loses least" };
    let (cells, close) = (found.cells.len(), best.not_distinguishable_from.len());
    let others = if cells == 1 {
        String::new()
    } else if close == 0 {
        "; every other cell is worse by more than chance".to_owned()
    } else if close + 1 == cells {
        "; no other cell can be told apart from it".to_owned()
    } else {
        format!("; {close} of the {} other cells cannot be told apart from it", cells - 1)
    };
    format!(
        "With {} the {} arm {verb}: {} against {} over the trial, net of human work and messages{interval}{others}.",
        cell_words(found, best.cell),
        found.arm,
        money(value),
        found.versus
    )
}

fn lift_words(found: &SweepResult) -> String {
    format!("the lift in {} ({})", metric_words(&found.metric), window_words(last_phase(found)))
}

/// `53 points (95 % interval 40 to 66)`.
fn span_words(effect: &MainEffect) -> String {
    let span = Uncertain { estimate: effect.span, std_error: effect.span_std_error }.percent();
    match (effect.span_conf_low, effect.span_conf_high) {
        (Some(low), Some(high)) => {
            let end = |end: f64| Uncertain { estimate: end, std_error: effect.span_std_error }.percent().spoken();
            format!("{} points (95 % interval {} to {})", span.spoken(), end(low), end(high))
        }
        _ => format!("{} points", span.spoken()),
    }
}

/// Whether the interval of a span excludes 0.
fn is_clear(effect: &MainEffect) -> bool {
    effect.span_conf_low.is_some_and(|low| low > 0.0)
}

fn main(found: &SweepResult) -> String {
    let name = |effect: &MainEffect| {
        let place = found.fields.iter().position(|field| field.path == effect.field).unwrap_or(0);
        short_names(found)[place].clone()
    };
    let mut effects: Vec<&MainEffect> = found.main_effects.iter().collect();
    effects.sort_by(|a, b| b.span.total_cmp(&a.span));
    let most = effects[0];
    let others: Vec<&&MainEffect> = effects.iter().skip(1).collect();
    if found.cells.len() == 1 {
        return "A single cell compares nothing.".to_owned();
    }
    let percent = |lift: f64| Uncertain { estimate: lift, std_error: most.span_std_error }.percent().spoken();
    let course = format!(
        "{} % with {} and {} % with {}",
        percent(most.lowest),
        value_text(&most.lowest_at),
        percent(most.highest),
        value_text(&most.highest_at)
    );
    let averaged = others.first().map_or_else(String::new, |other| format!(", averaged over {}", name(other)));
    let lift = capitalised(&lift_words(found));
    if !is_clear(most) {
        let which = if others.is_empty() { name(most) } else { format!("either field, most with {}", name(most)) };
        return format!("{lift} does not move beyond chance with {which}: {course}{averaged}, {} apart.", span_words(most));
    }
    let rest: Vec<String> =
        others.iter().map(|other| format!("; with {} it moves by {}", name(other), span_words(other))).collect();
    let most_of = if others.is_empty() { "" } else { " most" };
    format!("{lift} moves{most_of} with {}: {course}{averaged}, {} apart{}.", name(most), span_words(most), rest.concat())
}

/// The strongest of the coefficients of an output.
fn strongest<'a>(found: &'a SweepResult, output: &str) -> Option<(&'a Sensitivity, f64)> {
    let known = found.sensitivity.iter().filter(|row| row.output == output);
    known.filter_map(|row| Some((row, row.coefficient?))).max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
}

fn rank(found: &SweepResult) -> String {
    let Some((row, coefficient)) = strongest(found, "lift") else {
        let needed = found.fields.len() + 2;
        return format!(
            "What moves {} cannot be told from {} cells: {} fields need at least {needed} cells with lifts that differ.",
            lift_words(found),
            found.cells.len(),
            found.fields.len()
        );
    };
    let name = |row: &Sensitivity| {
        let place = found.fields.iter().position(|field| field.path == row.field).unwrap_or(0);
        short_names(found)[place].clone()
    };
    let (low, high) = (row.conf_low.unwrap_or(f64::NAN), row.conf_high.unwrap_or(f64::NAN));
    let numbers = format!("rank coefficient {}, 95 % interval {} to {}", fixed(coefficient, 2), fixed(low, 2), fixed(high, 2));
    let explained = format!("all fields together explain {} % of its ranks", fixed(row.explained * 100.0, 0));
    if low <= 0.0 && high >= 0.0 {
        let lift = capitalised(&lift_words(found));
        return format!("{lift} moves clearly with no field: the strongest is {} ({numbers}); {explained}.", name(row));
    }
    let is_numeric = found.fields.iter().any(|field| field.path == row.field && field.is_numeric);
    let direction = match (is_numeric, coefficient > 0.0) {
        (true, true) => "the higher it is, the higher the lift",
        (true, false) => "the higher it is, the lower the lift",
        (false, true) => "the later in its list, the higher the lift",
        (false, false) => "the later in its list, the lower the lift",
    };
    let value = strongest(found, NET_VALUE).filter(|(other, _)| other.field != row.field);
    let value = value.map_or_else(String::new, |(other, _)| format!("; net value is moved most by {}", name(other)));
    format!("{} moves most with {}: {direction} ({numbers}); {explained}{value}.", capitalised(&lift_words(found)), name(row))
}
