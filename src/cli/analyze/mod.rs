//! `longgame analyze`: a trial's CSV file goes in; checks, effects, a table, JSON and charts come out.
//!
//! [`rows`] streams the file and [`roles`] says which column plays which part; [`cross_section`] or [`panel`] reads it into
//! columns of numbers, and every mistake has its place. `analysis::trial_analysis` does all the arithmetic; `report` words,
//! draws and writes. This file joins them and prints.

pub(super) mod arguments;
mod arms;
mod cells;
mod covariate;
mod cross_section;
mod cumulative;
mod interner;
mod labels;
mod mistake;
mod panel;
mod reading;
mod roles;
mod rows;

pub(super) use mistake::TableMistake;

use crate::analysis::trial_analysis::{AnalysisPlan, LookAnalysis, LookPlan, analyse_looks, analyse_trial};
use crate::analysis::{ConfidenceLevel, NotEstimable};
use crate::cli::failure::Failure;
use crate::cli::{diagnostics, output, results};
use crate::report::{DesignRow, TrialFrame, TrialReport, trial_files, trial_table};
use arguments::AnalyzeArguments;
use cells::Cell;
use reading::{Gathered, LookSums};
use roles::Roles;
use rows::{Rows, Told};
use std::fs;
use std::path::Path;

/// Analyses a trial's file.
pub(super) fn analyze(arguments: &AnalyzeArguments) -> Result<(), Failure> {
    let Some(folder) = &arguments.out else { return show(arguments, &report_on(arguments)?) };
    let existed = folder.is_dir();
    results::make_writable(folder)?;
    let report = report_on(arguments).inspect_err(|_| {
        if !existed {
            // Only our own empty folder goes away; one that cannot be removed does no harm.
            let _ = fs::remove_dir(folder);
        }
    })?;
    write(folder, &report)?;
    show(arguments, &report)
}

fn report_on(arguments: &AnalyzeArguments) -> Result<TrialReport, Failure> {
    let level = ConfidenceLevel::new(arguments.level).unwrap_or_default();
    let mut rows = Rows::open(&arguments.file, arguments.quiet)?;
    match cumulative::Columns::found_in(&rows, arguments) {
        Some(columns) => cumulative::report(&mut rows, &columns, arguments, level),
        None => unit_report(&mut rows, arguments, level),
    }
}

fn show(arguments: &AnalyzeArguments, report: &TrialReport) -> Result<(), Failure> {
    if arguments.json {
        return output::print_json(report);
    }
    output::print(&trial_table(report))?;
    match &arguments.out {
        Some(folder) => output::print(&format!("\nThe same as JSON, CSV and charts is in {}\n", folder.display())),
        None => Ok(()),
    }
}

/// The report on a table with one row per unit, or per unit and period.
fn unit_report(rows: &mut Rows, arguments: &AnalyzeArguments, level: ConfidenceLevel) -> Result<TrialReport, Failure> {
    let roles = Roles::new(arguments, rows)?;
    let gathered = match roles.time {
        Some(time) => panel::read(rows, &roles, time, arguments)?,
        None => cross_section::read(rows, &roles, arguments)?,
    };
    if !arguments.quiet {
        for loss in &gathered.losses {
            diagnostics::talk(&format!("warning: {loss}\n"));
        }
    }
    let plan = AnalysisPlan {
        estimators: Some(arguments.estimators.clone()).filter(|names| !names.is_empty()),
        level,
        expected_treated_share: arguments.expected_share,
        folds: arguments.folds,
        seed: arguments.seed,
    };
    let analysis = analyse_trial(&gathered.columns, &plan).map_err(|error| nothing_to_say(error, &gathered, rows))?;
    let looks = judged(&gathered.looks, arguments, level);
    let report = TrialReport::new(frame(rows, &roles, arguments, gathered), &analysis, &looks);
    if report.effects.is_empty() {
        let reasons: Vec<String> = report.left_out.iter().map(|row| format!("{} {}", row.estimator, row.reason)).collect();
        return Err(Failure::input(format!("{}: there is no estimate", rows.file), Some(reasons.join("; "))));
    }
    Ok(report)
}

fn judged(looks: &[LookSums], arguments: &AnalyzeArguments, level: ConfidenceLevel) -> Vec<(String, Vec<LookAnalysis>)> {
    let plan = LookPlan { level, tightest_at_units: arguments.planned_units, prior_variance: arguments.prior_variance };
    looks.iter().map(|sums| (sums.outcome.clone(), analyse_looks(&sums.looks, &plan))).collect()
}

fn nothing_to_say(error: NotEstimable, gathered: &Gathered, rows: &Rows) -> Failure {
    let (message, mut hint) = match error {
        NotEstimable::TooFewUnits { control, treated, needed } => {
            let arms = &gathered.arms;
            let (control_name, treated_name) = (&arms.control_name, &arms.treated_name);
            let sizes = format!("arm {control_name} has {control} and arm {treated_name} {treated} units with all values");
            (format!("{}: {sizes}; each needs at least {needed}", rows.file), None)
        }
        NotEstimable::TooFewClusters { .. } => {
            let hint = "does --cluster name the column with the clusters?";
            (format!("{}: all units are in one cluster, at least two are needed", rows.file), Some(hint.to_owned()))
        }
        other => (format!("{}: {other}", rows.file), None),
    };
    if !gathered.losses.is_empty() {
        hint = Some(format!("left out: {}", gathered.losses.join("; ")));
    }
    Failure::input(message, hint)
}

fn frame(rows: &Rows, roles: &Roles, arguments: &AnalyzeArguments, gathered: Gathered) -> TrialFrame {
    let name = |column: &usize| rows.name(*column).to_owned();
    let mut notes = gathered.notes;
    if !gathered.arms.others.is_empty() {
        notes.push(format!("units of other arms are left out: {}", gathered.arms.others.join(", ")));
    }
    if roles.missing == arguments::MissingChoice::Zero {
        notes.push("missing outcomes, and periods without a row, count as 0".to_owned());
    }
    let design = DesignRow {
        file: rows.file.clone(),
        unit: name(&roles.unit),
        treatment: name(&roles.treatment),
        control: gathered.arms.control_name,
        treated: gathered.arms.treated_name,
        cluster: roles.cluster.as_ref().map(name),
        time: roles.time.as_ref().map(name),
        start: arguments.start.clone(),
        pre: roles.pre.iter().map(name).collect(),
        covariates: roles.covariates.iter().map(|(column, _)| name(column)).collect(),
        given_predictions: !roles.predictions.is_empty(),
        folds: arguments.folds.get(),
        seed: arguments.seed,
        level: arguments.level,
        dropped_control: gathered.columns.dropped.control,
        dropped_treatment: gathered.columns.dropped.treated,
        ..DesignRow::default()
    };
    TrialFrame { design, notes, losses: gathered.losses }
}

/// Writes all files of a report; an earlier analysis of something else in the folder is moved aside, never overwritten.
fn write(folder: &Path, report: &TrialReport) -> Result<(), Failure> {
    let files = trial_files(report).map_err(|error| results::not_rendered(&error))?;
    let is_other = |name: &str, bytes: &[u8]| fs::read(folder.join(name)).is_ok_and(|found| found != bytes);
    if files.iter().any(|file| is_other(file.name, &file.bytes)) {
        let aside = results::move_aside(folder)?;
        diagnostics::talk(&format!("note: the earlier results were kept as {}\n", aside.display()));
    }
    files.iter().try_for_each(|file| results::write_whole(&folder.join(file.name), &file.bytes))
}

/// The number in a cell of the current row; `None` where there is none.
///
/// # Errors
/// A text, or an infinite number.
fn number(rows: &Rows, column: usize) -> Result<Option<f64>, Failure> {
    let cell = rows.cell(column);
    match cells::read(cell) {
        Cell::Number(value) => Ok(Some(value)),
        Cell::Missing => Ok(None),
        Cell::Infinite => Err(not_finite(rows, column)),
        Cell::Text => Err(rows.mistake(
            column,
            Told {
                message: format!("`{}` is not a number", rows.name(column)),
                expected: "a number".to_owned(),
                hint: Some(cells::hint_for(cell).to_owned()),
            },
        )),
    }
}

fn not_finite(rows: &Rows, column: usize) -> Failure {
    rows.mistake(
        column,
        Told {
            message: format!("`{}` is infinite", rows.name(column)),
            expected: "a finite number".to_owned(),
            hint: Some("infinities mostly come from a division by zero: mend the column, or leave the cell empty".to_owned()),
        },
    )
}

/// A cell that must hold a name.
fn name_in<'a>(rows: &'a Rows, column: usize, expected: &str) -> Result<&'a [u8], Failure> {
    let cell = rows.cell(column).trim_ascii();
    if cell.is_empty() {
        let told = Told { message: format!("`{}` is empty here", rows.name(column)), expected: expected.to_owned(), hint: None };
        return Err(rows.mistake(column, told));
    }
    Ok(cell)
}

fn refuse_no_rows(rows: &Rows, units: usize) -> Result<(), Failure> {
    if units > 0 {
        return Ok(());
    }
    let hint = "the file needs one line per unit below the header";
    Err(Failure::input(format!("{} has a header and no rows", rows.file), Some(hint.to_owned())))
}

/// Labels numbered from 0 without gaps, in order of first sight.
fn renumbered(labels: &[u32]) -> Vec<u32> {
    let largest = labels.iter().max().map_or(0, |largest| *largest as usize + 1);
    let mut numbers = vec![u32::MAX; largest];
    let mut next = 0;
    let number = |label: &u32| {
        let number = &mut numbers[*label as usize];
        if *number == u32::MAX {
            *number = next;
            next += 1;
        }
        *number
    };
    labels.iter().map(number).collect()
}
