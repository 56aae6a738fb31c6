//! `longgame handoff`: the same trial handed over after each number of months, what each is worth, and the files that say so. Replicates are
//! kept one by one in a folder of their own; the same command continues.

use crate::cli::arguments::HandoffArguments;
use crate::cli::failure::Failure;
use crate::cli::results::{make_writable, move_aside, not_rendered, write_whole};
use crate::cli::run::{failure_of, watch_for_interrupt};
use crate::cli::{diagnostics, machine, output, progress, sources};
use crate::experiment::{
    HANDOFF_JOURNAL, HandoffStudy, Journal, Progress, SilentProgress, StudyOptions, run_handoff, summarise_handoff,
};
use crate::report::{handoff_csv, handoff_curve_csv, handoff_json, handoff_png, handoff_table};
use crate::scenario::Scenario;
use std::path::Path;

/// What a program reads.
const RESULTS: &str = "handoff.json";
/// A trial that is copied for a future of its own lies in memory beside its copy.
const TRIALS_HELD: u64 = 2;

/// Compares handoffs.
pub(super) fn handoff(arguments: &HandoffArguments) -> Result<(), Failure> {
    let source = sources::open(&arguments.scenario)?;
    let machine = machine::this_machine();
    let changes = arguments.changes.overrides();
    let scenario = Scenario::load_for(&machine, &source, &changes)?;
    let study = HandoffStudy::new(&scenario, &arguments.at)
        .map_err(|error| Failure::Input { message: error.to_string(), hint: Some(error.hint()) })?;
    let name = &scenario.file.name;
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("output").join(name).join("handoff"));
    make_writable(&folder)?;
    clear_folder(&folder, &study.digest)?;
    let threads = machine::threads(arguments.threads, machine, study.scenario.memory().times(TRIALS_HELD));
    let reporter: Box<dyn Progress> =
        if arguments.quiet { Box::new(SilentProgress) } else { progress::reporter(&format!("{name}, handoffs")) };
    let interrupted = watch_for_interrupt()?;
    let options = StudyOptions { threads, kept_in: Some(&folder) };
    let replicates = run_handoff(&study, options, reporter.as_ref(), &interrupted).map_err(|error| failure_of(&error))?;
    let found = summarise_handoff(&study, &replicates);
    let rendered = [
        (RESULTS, handoff_json(&found)),
        ("handoff.csv", handoff_csv(&found)),
        ("handoff_curve.csv", handoff_curve_csv(&found)),
        ("handoff.png", handoff_png(&found)),
    ];
    for (name, bytes) in rendered {
        write_whole(&folder.join(name), &bytes.map_err(|error| not_rendered(&error))?)?;
    }
    if arguments.json {
        let text = handoff_json(&found).map_err(|error| not_rendered(&error))?;
        return output::print(&String::from_utf8_lossy(&text));
    }
    let table = handoff_table(&found);
    output::print(&format!("{table}\nThe chart and its tables are in {}\n", folder.display()))
}

/// Moves results of another scenario, seed or list of handoffs out of the way, and says so.
fn clear_folder(folder: &Path, digest: &str) -> Result<(), Failure> {
    let finished = std::fs::read(folder.join(RESULTS)).ok();
    let finished = finished.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    let finished = finished.and_then(|value| value.get("digest").and_then(|digest| digest.as_str().map(str::to_owned)));
    let found = finished.or_else(|| Journal::digest_at(&folder.join(HANDOFF_JOURNAL)));
    if found.is_some_and(|found| found != digest) {
        let aside = move_aside(folder)?;
        diagnostics::talk(&format!("note: the results of other handoffs were kept as {}\n", aside.display()));
    }
    Ok(())
}
