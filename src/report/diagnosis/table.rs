//! The diagnosis as text: sentences, then two tables for every headline metric and window (accuracy; intervals and tests), then judgements.

use super::sentences::sentences;
use crate::experiment::{Diagnosand, Diagnosis};
use crate::report::number::{Uncertain, fixed, significant};
use crate::report::terminal::push_wrapped;
use crate::report::wording::{capitalised, estimator_mark, metric_words};
use crate::stats::goodness::wilson_interval;

/// Ends of a 95 % interval, in standard errors.
const REACH: f64 = 1.96;
const ACCURACY: [&str; 7] = ["by", "truth", "bias", "empirical SE", "RMSE", "variance saved, %", "over CUPED, %"];
const INTERVALS: [&str; 7] = ["by", "model SE off, %", "coverage, %", "power, %", "type S, %", "exaggeration", "type I, %"];

/// Renders the table. Figures stand as value ± Monte-Carlo standard error.
pub fn diagnosis_table(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for sentence in sentences(diagnosis) {
        push_wrapped(&mut text, &sentence);
    }
    // Other estimands are in the files; on the terminal they would treble every line.
    let rows: Vec<&Diagnosand> = diagnosis.diagnosands.iter().filter(|row| row.estimand == "sate").collect();
    text.push_str("\nAgainst the effect on the customers of each trial (from twins)\n");
    push_block(&mut text, &ACCURACY, &rows, accuracy);
    push_block(&mut text, &INTERVALS, &rows, intervals);
    push_wrapped(
        &mut text,
        "Figures are value ± Monte-Carlo standard error (a share of 0 or 100 % has Wilson's 95 % interval instead); errors are taken against the truth of each replicate (Morris, White & Crowther 2019). \
         Variance saved: share of the error variance of the difference in means (of CUPED) that is gone, on the same replicates. Type I: \
         share of A/A trials with an effect at 5 %. Judged by the population effect, and by that of treating everybody where asked for, they stand in diagnosis.csv.",
    );
    text
}

fn accuracy(row: &Diagnosand) -> [String; 7] {
    [
        estimator_mark(&row.estimator),
        row.truth.map_or_else(unknown, |truth| significant(truth, 4)),
        figure(row.bias, row.bias_mcse, 1.0),
        figure(row.empirical_std_error, row.empirical_std_error_mcse, 1.0),
        figure(row.rmse, row.rmse_mcse, 1.0),
        figure(row.variance_reduction, row.variance_reduction_mcse, 100.0),
        figure(row.variance_reduction_over_cuped, row.variance_reduction_over_cuped_mcse, 100.0),
    ]
}

fn intervals(row: &Diagnosand) -> [String; 7] {
    let all = f64::from(row.replicates);
    [
        estimator_mark(&row.estimator),
        figure(row.model_excess, row.model_excess_mcse, 100.0),
        share(row.coverage, row.coverage_mcse, all),
        share(row.power, row.power_mcse, all),
        share(row.type_s, row.type_s_mcse, row.rejection_rate.map_or(all, |rate| (rate * all).round())),
        figure(row.exaggeration, row.exaggeration_mcse, 1.0),
        share(row.type_i_error, row.type_i_error_mcse, all),
    ]
}

fn unknown() -> String {
    "–".to_owned()
}

fn figure(value: Option<f64>, std_error: Option<f64>, scale: f64) -> String {
    let Some(value) = value else { return unknown() };
    match std_error {
        Some(error) if error > 1e-9 => Uncertain { estimate: value * scale, std_error: Some(error * scale) }.text(),
        _ => fixed(value * scale, if (value * scale).fract() == 0.0 { 0 } else { 3 }),
    }
}

/// A share in percent. One of 0 or 1 has a standard error of 0 by the formula, which says nothing: Wilson's interval stands in its place.
fn share(value: Option<f64>, std_error: Option<f64>, trials: f64) -> String {
    match value {
        Some(value) if (value == 0.0 || value == 1.0) && trials > 0.0 => {
            let (low, high) = wilson_interval(value, trials, REACH);
            let [value, low, high] = [value, low, high].map(|end| end * 100.0);
            let end = |end: f64| fixed(end, if (end.round() - end).abs() < 1e-9 { 0 } else { 1 });
            format!("{} [{}, {}]", fixed(value, 0), end(low), end(high))
        }
        _ => figure(value, std_error, 100.0),
    }
}

fn push_block(text: &mut String, heads: &[&str; 7], rows: &[&Diagnosand], cells: fn(&Diagnosand) -> [String; 7]) {
    let body: Vec<[String; 7]> = rows.iter().map(|row| cells(row)).collect();
    let mut widths = heads.map(|head| head.chars().count());
    for line in &body {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let aligned = |line: &[String; 7]| {
        let padded: Vec<String> = line
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") })
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let rule = "─".repeat(widths.iter().sum::<usize>() + 12);
    let head = heads.map(str::to_owned);
    text.push_str(&format!("{}\n{rule}\n", aligned(&head)));
    let mut before = String::new();
    for (row, line) in rows.iter().zip(&body) {
        let place = format!("{}, {}, {} against {}", capitalised(&metric_words(&row.metric)), row.window, row.arm, row.versus);
        if place != before {
            text.push_str(&format!("{place}\n"));
            before = place;
        }
        text.push_str(&format!("{}\n", aligned(line)));
    }
    text.push_str(&format!("{rule}\n"));
}
