//! `longgame run`: everything around a study. It validates all there is before work starts, watches for Ctrl-C, shows
//! progress, and leaves simulating to the experiment layer and showing results to the report layer.

use crate::cli::arguments::{ColorChoice, RunArguments};
use crate::cli::failure::Failure;
use crate::cli::{diagnostics, machine, output, progress, results, sources};
use crate::experiment::{
    Progress, Shard, ShardRun, SilentProgress, StudyError, StudyOptions, design_checks, run_shard, run_study, summarise_study,
};
use crate::report::{Check, CheckOutcome, Findings, OutputFile, Report, ReportContext, TableOptions, terminal_table};
use crate::scenario::{Overrides, Scenario};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A study that is ready to start: nothing the user typed can stop it any more.
pub(super) struct Plan {
    pub(super) scenario: Scenario,
    /// Folder for the results; exists and can be written to.
    pub(super) folder: PathBuf,
    pub(super) threads: usize,
    /// Only these replicates.
    shard: Option<Shard>,
    json: bool,
}

/// Runs a study.
pub(super) fn run(arguments: &RunArguments, _color: ColorChoice) -> Result<(), Failure> {
    let plan = plan(arguments, arguments.changes.overrides())?;
    let progress = if arguments.quiet { Box::new(SilentProgress) } else { progress::reporter(&plan.scenario.file.name) };
    let interrupted = watch_for_interrupt()?;
    execute(&plan, progress.as_ref(), &interrupted)
}

/// Makes ready for a study: loads and checks the scenario with its changes, and the folder.
pub(super) fn plan(arguments: &RunArguments, changes: Overrides) -> Result<Plan, Failure> {
    let source = sources::open(&arguments.scenario)?;
    let machine = machine::this_machine();
    let scenario = Scenario::load_for(&machine, &source, &changes)?;
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("output").join(&scenario.file.name));
    results::make_writable(&folder)?;
    let threads = machine::threads(arguments.threads, machine, scenario.memory());
    Ok(Plan { scenario, folder, threads, shard: arguments.shard, json: arguments.json })
}

/// Moves results of another scenario out of the way, and says so.
pub(super) fn clear_folder(plan: &Plan) -> Result<(), Failure> {
    if let Some(aside) = results::keep_earlier(&plan.folder, &plan.scenario.digest)? {
        diagnostics::talk(&format!("note: the results of another scenario were kept as {}\n", aside.display()));
    }
    Ok(())
}

/// Runs the replicates, writes the results and shows them.
fn execute(plan: &Plan, progress: &dyn Progress, interrupted: &AtomicBool) -> Result<(), Failure> {
    let Plan { scenario, folder, threads, shard, json } = plan;
    let clock = results::Clock::start();
    clear_folder(plan)?;
    if let Some(shard) = *shard {
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
    results::write_manifest(folder, scenario, &run, *threads, &clock)?;
    if *json {
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

/// How the failure of a study is told.
pub(super) fn failure_of(error: &StudyError) -> Failure {
    let again = "finished replicates are kept; the same command continues".to_owned();
    match error {
        StudyError::Interrupted { finished, total } => Failure::Interrupted {
            hint: format!("{finished} of {total} replicates are finished and kept; the same command continues"),
        },
        StudyError::Journal { .. } => Failure::Run { message: error.to_string(), hint: Some(again) },
        StudyError::Threads(_) => Failure::Run { message: error.to_string(), hint: Some("try fewer --threads".to_owned()) },
    }
}

/// A flag that Ctrl-C sets: replicates under way end first. A second Ctrl-C ends the program at once.
pub(super) fn watch_for_interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    let handler = move || {
        if flag.swap(true, Ordering::SeqCst) {
            process::exit(130);
        }
        crate::cli::diagnostics::talk("\nstopping: finished replicates are kept; press Ctrl-C again to stop at once\n");
    };
    ctrlc::set_handler(handler)
        .map_err(|error| Failure::Run { message: format!("cannot watch for Ctrl-C: {error}"), hint: None })?;
    Ok(interrupted)
}
