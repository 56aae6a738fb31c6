//! `longgame analyze`: a trial's CSV file goes in; checks, effects, a table, JSON and charts come out.
//!
//! [`table`] is the file as text and [`roles`] says which column plays which part; [`cross_section`] or [`panel`] reads it into
//! columns of numbers, [`arms`] says who is compared with whom, and every mistake has its place. `analysis::trial_analysis` does all the arithmetic; `report` words,
//! draws and writes. This file joins them and prints.

pub(super) mod arguments;
mod arms;
mod covariate;
mod cross_section;
mod cumulative;
mod panel;
mod reading;
mod roles;
mod table;

pub(super) use table::TableMistake;

use crate::analysis::alternative::Alternative;
use crate::analysis::margin::Margin;
use crate::analysis::randomization::RandomizationPlan;
use crate::analysis::several_arms::Judgement;
use crate::analysis::trial_analysis::{AnalysisPlan, LookPlan, analyse_looks, analyse_trial};
use crate::analysis::{ConfidenceLevel, NotEstimable};
use crate::cli::failure::Failure;
use crate::cli::{diagnostics, output, results};
use crate::report::{ArmRow, DesignRow, OutcomeLooks, TrialFrame, TrialReport, trial_files, trial_table};
use arguments::{AnalyzeArguments, AssignedChoice};
use reading::{Gathered, LookSums};
use roles::Roles;
use std::fs;
use std::path::Path;
use table::rows::{RowOptions, Rows, Told};

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
    let options = RowOptions { quiet: arguments.quiet, delimiter: arguments.delimiter };
    report_over(&mut Rows::open(&arguments.file, &options)?, arguments)
}

/// The report on a table, wherever it comes from.
fn report_over(rows: &mut Rows, arguments: &AnalyzeArguments) -> Result<TrialReport, Failure> {
    let level = ConfidenceLevel::new(arguments.level).unwrap_or_default();
    check_question(arguments)?;
    match cumulative::Columns::found_in(rows, arguments) {
        Some(columns) => cumulative::report(rows, &columns, arguments, level),
        None => unit_report(rows, arguments, level),
    }
}

/// Flags that ask for something that does not exist together.
fn check_question(arguments: &AnalyzeArguments) -> Result<(), Failure> {
    let alternative = arguments.alternative.meant();
    if alternative != Alternative::TwoSided && arguments.level <= 0.5 {
        let hint = "--level 0.95 leaves 5 % outside the one end";
        return Err(Failure::input("a one-sided interval needs a --level above 0.5", Some(hint.to_owned())));
    }
    let contradicts = arguments.margin.is_some_and(|margin| match alternative {
        Alternative::TwoSided => false,
        Alternative::Greater => margin.value() > 0.0,
        Alternative::Less => margin.value() < 0.0,
    });
    if contradicts {
        let hint = "a margin below zero asks whether the effect is greater than it, one above zero whether it is less";
        return Err(Failure::input("--margin and --alternative look in opposite directions", Some(hint.to_owned())));
    }
    if !arguments.order.is_empty() && arguments.time.is_none() && arguments.look.is_none() {
        let hint = "it orders the values of --time or --look";
        return Err(Failure::input("--order orders nothing here", Some(hint.to_owned())));
    }
    Ok(())
}

/// The table that the command prints of bytes, without reading or writing anything else.
///
/// # Errors
/// What the command would have said on stderr.
pub(super) fn analyze_bytes(arguments: &AnalyzeArguments, bytes: Vec<u8>) -> Result<String, Failure> {
    let options = RowOptions { quiet: true, delimiter: arguments.delimiter };
    let mut rows = Rows::over("stdin", Box::new(std::io::Cursor::new(bytes)), &options)?;
    let report = report_over(&mut rows, arguments)?;
    Ok(trial_table(&report))
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
    let mut gathered = match roles.time {
        Some(time) => panel::read(rows, &roles, time, arguments)?,
        None => cross_section::read(rows, &roles, arguments)?,
    };
    let plan = AnalysisPlan {
        estimators: Some(arguments.estimators.clone()).filter(|names| !names.is_empty()),
        judgement: Judgement { level, alternative: arguments.alternative.meant(), margin: arguments.margin },
        expected_shares: arguments.expected_share.as_ref().map(|text| gathered.arms.expected_shares(text)).transpose()?,
        clusters_were_assigned: arguments.assigned.map(|assigned| assigned == AssignedChoice::Clusters),
        folds: arguments.folds,
        seed: arguments.seed,
        randomization: arguments.randomization.map(|permutations| RandomizationPlan { permutations, seed: arguments.seed }),
        quantiles: arguments.quantiles.clone(),
    };
    check_strata_of_clusters(&gathered, rows, &roles)?;
    warn_of_long_work(arguments, gathered.columns.units());
    let analysis = analyse_trial(&gathered.columns, &plan).map_err(|error| nothing_to_say(error, &gathered, rows))?;
    let looks = judged(&std::mem::take(&mut gathered.looks), arguments, level);
    let names = std::mem::replace(&mut gathered.names, reading::UnitNames::Lines(Vec::new()));
    let report = TrialReport::new(frame(rows, &roles, arguments, gathered), &analysis, &looks, &|row| names.of(row));
    if report.effects.is_empty() {
        let reasons: Vec<String> = report.left_out.iter().map(|row| format!("{} {}", row.estimator, row.reason)).collect();
        let reasons = if report.losses.is_empty() { reasons } else { report.losses.clone() };
        return Err(Failure::input(format!("{}: there is no estimate", rows.file), Some(reasons.join("; "))));
    }
    if !arguments.quiet {
        for loss in &report.losses {
            diagnostics::talk(&format!("warning: {loss}\n"));
        }
    }
    Ok(report)
}

/// Strata of whole clusters are those of all their units.
fn check_strata_of_clusters(gathered: &Gathered, rows: &Rows, roles: &Roles) -> Result<(), Failure> {
    let columns = &gathered.columns;
    let (Some(clusters), Some(strata), Some(cluster), Some(stratum)) =
        (&columns.clusters, &columns.strata, roles.cluster, roles.strata)
    else {
        return Ok(());
    };
    let size = clusters.iter().max().map_or(0, |largest| *largest as usize + 1);
    let mut seen: Vec<Option<(u32, u32)>> = vec![None; size];
    let (mut varies, mut is_pure) = (false, true);
    for ((label, stratum), arm) in clusters.iter().zip(strata).zip(&columns.arm_of) {
        let first = seen[*label as usize].get_or_insert((*stratum, *arm));
        varies |= first.0 != *stratum;
        is_pure &= first.1 == *arm;
    }
    if !(varies && is_pure) {
        return Ok(());
    }
    let (stratum, cluster) = (rows.name(stratum), rows.name(cluster));
    let message =
        format!("`{stratum}` varies within `{cluster}`, but whole clusters were assigned, so it is no stratum of theirs");
    Err(Failure::input(message, Some(format!("adjust for it instead: --categorical {stratum}"))))
}

/// Says beforehand what takes minutes.
fn warn_of_long_work(arguments: &AnalyzeArguments, units: usize) {
    let Some(permutations) = arguments.randomization.filter(|_| !arguments.quiet && arguments.cluster.is_none()) else { return };
    if units as u64 * u64::from(permutations) > 1_000_000_000 {
        let note = format!("note: {units} units are reassigned {permutations} times: --randomization=999 would be quicker\n");
        diagnostics::talk(&note);
    }
}

/// Looks as the rule has it; several arms share the level among them (Bonferroni), outcomes are adjusted in the report.
fn judged(looks: &[LookSums], arguments: &AnalyzeArguments, level: ConfidenceLevel) -> Vec<OutcomeLooks> {
    let plan = LookPlan { level, tightest_at_units: arguments.planned_units, prior_variance: arguments.prior_variance };
    let judge = |sums: &LookSums| OutcomeLooks {
        outcome: sums.outcome.clone(),
        arm: sums.arm.clone(),
        looks: analyse_looks(&sums.looks, &plan),
    };
    looks.iter().map(judge).collect()
}

fn nothing_to_say(error: NotEstimable, gathered: &Gathered, rows: &Rows) -> Failure {
    match error {
        NotEstimable::TooFewUnits { needed, .. } => {
            let units = gathered.columns.units_per_arm();
            let sizes = units.iter().zip(&gathered.arms.names).map(|(count, name)| format!("{count} in arm {name}"));
            let sizes: Vec<String> = sizes.collect();
            let message = format!("{}: too few units: {}; every arm needs at least {needed}", rows.file, sizes.join(", "));
            let hint = "every row is one unit: counts or sums of a whole arm or day have to be written out unit by unit";
            Failure::input(message, Some(hint.to_owned()))
        }
        NotEstimable::TooFewClusters { .. } => {
            let hint = "does --cluster name the column with the clusters?";
            Failure::input(format!("{}: all units are in one cluster, at least two are needed", rows.file), Some(hint.to_owned()))
        }
        other => Failure::input(format!("{}: {other}", rows.file), None),
    }
}

fn frame(rows: &Rows, roles: &Roles, arguments: &AnalyzeArguments, gathered: Gathered) -> TrialFrame {
    let name = |column: &usize| rows.name(*column).to_owned();
    let arms = &gathered.arms;
    let mut notes: Vec<String> = rows.notes.clone();
    notes.extend(arms.notes.iter().cloned());
    notes.extend(gathered.notes);
    if !arms.others().is_empty() {
        notes.push(format!("units of other arms are left out: {}", arms.others().join(", ")));
    }
    let arm_row = |(index, name): (usize, &String)| ArmRow {
        name: name.clone(),
        role: match index as u32 {
            0 => "control",
            index if index < arms.count => "treated",
            _ => "left_out",
        },
        n_assigned: gathered.columns.assigned.get(index).copied().unwrap_or(0),
    };
    let design = DesignRow {
        file: rows.file.clone(),
        unit: roles.unit.as_ref().map_or_else(|| "row".to_owned(), name),
        treatment: name(&roles.treatment),
        control: arms.names[0].clone(),
        treated: arms.names[1..arms.count as usize].join(", "),
        arms: arms.names.iter().enumerate().map(arm_row).collect(),
        cluster: roles.cluster.as_ref().map(name),
        time: roles.time.as_ref().map(name),
        start: arguments.start.clone(),
        pre: roles.pre.iter().map(|pre| pre.name.clone()).collect(),
        covariates: roles.covariates.iter().map(|(column, _)| name(column)).collect(),
        ratios: roles.outcomes.iter().filter(|outcome| outcome.below.is_some()).map(|outcome| outcome.name.clone()).collect(),
        filled: gathered.filled,
        look: roles.look.as_ref().map(name),
        planned_units: roles.look.map(|_| arguments.planned_units),
        missing: roles.missing.as_str(),
        strata: roles.strata.as_ref().map(name),
        winsorize: arguments.winsorize,
        alternative: arguments.alternative.meant().as_str(),
        margin: arguments.margin.map(Margin::value),
        margin_is_relative: matches!(arguments.margin, Some(Margin::Relative(_))),
        permutations: arguments.randomization,
        given_predictions: !roles.predictions.is_empty(),
        folds: arguments.folds.get(),
        seed: arguments.seed,
        level: arguments.level,
        ..DesignRow::default()
    };
    TrialFrame { design, notes }
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

fn not_finite(rows: &Rows, column: usize) -> Failure {
    rows.mistake(
        column,
        Told {
            message: format!("`{}` is infinite", rows.name(column)),
            expected: "a finite number".to_owned(),
            hint: Some(
                "infinities mostly come from a division by zero: mend the column; if it means no value, --na inf".to_owned(),
            ),
        },
    )
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
