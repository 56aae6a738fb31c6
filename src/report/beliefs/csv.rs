//! `beliefs.csv`: what the beliefs chart draws and what it has no room for. Shares are fractions; `regret` is a difference of open rates.
//!
//! One line per arm and month for all slots together, one per slot with its choices, and one per audience and slot with its cell of the
//! map. What does not exist for a line is an empty cell.

use crate::experiment::{BeliefSummaryRow, CellSummary, OverReplicates, SlotSummary};
use crate::report::ReportError;
use crate::report::contents::Report;
use serde::Serialize;

#[derive(Default, Serialize)]
struct Line<'a> {
    arm: &'a str,
    month: u32,
    audience: String,
    slot: &'a str,
    on_best: Option<f64>,
    on_best_std_error: Option<f64>,
    by_chance: Option<f64>,
    regret: Option<f64>,
    regret_std_error: Option<f64>,
    right: Option<f64>,
    right_std_error: Option<f64>,
    learned_by_beliefs: Option<f64>,
    learned_by_library: Option<f64>,
    learned_by_tastes: Option<f64>,
    unlearned_by_beliefs: Option<f64>,
    unlearned_by_library: Option<f64>,
    unlearned_by_tastes: Option<f64>,
    age_days: Option<f64>,
    age_days_std_error: Option<f64>,
}

/// Renders `beliefs.csv`: UTF-8, commas, a header, `\n` line ends.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn beliefs_csv(report: &Report) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    {
        let mut writer = csv::Writer::from_writer(&mut bytes);
        for row in &report.beliefs {
            writer.serialize(whole(row))?;
            for (slot, summary) in row.slots.iter().enumerate() {
                writer.serialize(of_slot(report, row, (slot, summary)))?;
            }
            for cell in &row.cells {
                writer.serialize(of_cell(report, row, cell))?;
            }
        }
        writer.flush().map_err(csv::Error::from)?;
    }
    Ok(bytes)
}

fn whole(row: &BeliefSummaryRow) -> Line<'_> {
    let mean = |value: OverReplicates| value.mean;
    let [learned_by_beliefs, learned_by_library, learned_by_tastes] = row.learned.map(mean);
    let [unlearned_by_beliefs, unlearned_by_library, unlearned_by_tastes] = row.unlearned.map(mean);
    Line {
        arm: &row.arm,
        month: row.month,
        on_best: row.on_best.mean,
        on_best_std_error: row.on_best.std_error,
        by_chance: row.by_chance.mean,
        regret: row.regret.mean,
        regret_std_error: row.regret.std_error,
        right: row.right.mean,
        right_std_error: row.right.std_error,
        learned_by_beliefs,
        learned_by_library,
        learned_by_tastes,
        unlearned_by_beliefs,
        unlearned_by_library,
        unlearned_by_tastes,
        age_days: row.age_days.mean,
        age_days_std_error: row.age_days.std_error,
        ..Line::default()
    }
}

fn of_slot<'a>(report: &'a Report, row: &'a BeliefSummaryRow, (slot, summary): (usize, &SlotSummary)) -> Line<'a> {
    Line {
        arm: &row.arm,
        month: row.month,
        slot: name(&report.context.slots, slot),
        on_best: summary.on_best.mean,
        on_best_std_error: summary.on_best.std_error,
        by_chance: summary.by_chance.mean,
        ..Line::default()
    }
}

fn of_cell<'a>(report: &'a Report, row: &'a BeliefSummaryRow, cell: &CellSummary) -> Line<'a> {
    Line {
        arm: &row.arm,
        month: row.month,
        audience: report.context.audience(cell.audience),
        slot: name(&report.context.slots, cell.slot.into()),
        right: cell.right.mean,
        right_std_error: cell.right.std_error,
        age_days: cell.age_days.mean,
        age_days_std_error: cell.age_days.std_error,
        ..Line::default()
    }
}

fn name(names: &[String], position: usize) -> &str {
    names.get(position).map_or("", String::as_str)
}
