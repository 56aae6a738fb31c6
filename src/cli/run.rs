//! `longgame run`: all replicates or one shard of them, checks of the design, and the results; simulating is left to the experiment layer and
//! showing results to the report layer.

use crate::cli::arguments::RunArguments;
use crate::cli::failure::Failure;
use crate::cli::study::{Plan, failure_of, plan, reporter, watch_for_interrupt};
use crate::cli::{diagnostics, output, results};
use crate::experiment::{Progress, Shard, ShardRun, StudyOptions, design_checks, run_shard, run_study, summarise_study};
use crate::report::{Check, CheckOutcome, Findings, OutputFile, Report, ReportContext, TableOptions, terminal_table};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Runs a study.
pub(super) fn run(arguments: &RunArguments) -> Result<(), Failure> {
    let plan = plan(&arguments.study, arguments.study.changes.overrides())?;
    let progress = reporter(&arguments.study, &plan.scenario.file.name);
    let interrupted = watch_for_interrupt()?;
    execute(arguments, &plan, progress.as_ref(), &interrupted)
}

/// Runs the replicates, writes the results and shows them.
fn execute(arguments: &RunArguments, plan: &Plan, progress: &dyn Progress, interrupted: &AtomicBool) -> Result<(), Failure> {
    let Plan { scenario, folder, threads } = plan;
    let clock = results::Clock::start();
    results::keep_earlier(folder, &scenario.digest, &results::RUN)?;
    if let Some(shard) = arguments.shard {
        let done = run_shard(scenario, shard, (folder, *threads), progress, interrupted).map_err(|error| failure_of(&error))?;
        if done.finished < done.total {
            return output::print(&shard_report(shard, done, folder));
        }
    }
    let options = StudyOptions { threads: *threads, kept_in: Some(folder) };
    let run = run_study(scenario, options, progress, interrupted).map_err(|error| failure_of(&error))?;
    let summary = summarise_study(scenario, &run.study);
    let mut report = Report::new(&ReportContext::from_scenario(&scenario.file), &summary, &run.study);
    report.checks = design_checks(scenario, &run.study).iter().map(Check::of_design).collect();
    warn_of(&report.checks);
    let findings = Findings { study: &run.study, summary: &summary, report: &report };
    results::write(folder, findings)?;
    results::write_worlds(folder, scenario)?;
    results::write_manifest(folder, scenario, &run, *threads, &clock)?;
    if arguments.study.json {
        let text = OutputFile::SummaryJson.render(findings).map_err(|error| results::not_rendered(&error))?;
        return output::print(&String::from_utf8_lossy(&text));
    }
    let table = terminal_table(&report, TableOptions { months: false });
    output::print(&format!("{table}\nCharts, tables and the report are in {}\n", folder.display()))
}

/// What is told when a shard is done and others are not.
fn shard_report(shard: Shard, done: ShardRun, folder: &Path) -> String {
    format!(
        "Shard {shard} is done: {} of {} replicates are finished in {}.\n\
         Run the other shards, here or elsewhere, put all their journals into one folder, and run the same command there without --shard.\n",
        done.finished,
        done.total,
        folder.display()
    )
}

/// Says on stderr, before any result, which checks did not pass.
fn warn_of(checks: &[Check]) {
    for check in checks.iter().filter(|check| check.outcome != CheckOutcome::Passed) {
        diagnostics::talk(&format!("warning: {}\n", check.finding));
        if let Some(hint) = &check.hint {
            diagnostics::talk(&format!("  hint: {hint}\n"));
        }
    }
}
