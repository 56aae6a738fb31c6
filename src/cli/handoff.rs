//! `longgame handoff`: the same trial handed over after each number of months, what each is worth, and the files that say so. Replicates are
//! kept one by one in a folder of their own; the same command continues.

use crate::cli::arguments::HandoffArguments;
use crate::cli::failure::Failure;
use crate::cli::machine;
use crate::cli::results::{self, keep_earlier, make_writable};
use crate::cli::study::{Rendered, failure_of, hand_out, load, reporter, watch_for_interrupt};
use crate::experiment::{HandoffStudy, StudyOptions, run_handoff, summarise_handoff};
use crate::report::{handoff_csv, handoff_curve_csv, handoff_html, handoff_json, handoff_png, handoff_table};
use std::path::Path;

/// A trial that is copied for a future of its own lies in memory beside its copy.
const TRIALS_HELD: u64 = 2;

/// Compares handoffs.
pub(super) fn handoff(arguments: &HandoffArguments) -> Result<(), Failure> {
    let scenario = load(&arguments.study, arguments.study.changes.overrides())?;
    let study = HandoffStudy::new(&scenario, &arguments.at)
        .map_err(|error| Failure::Input { message: error.to_string(), hint: Some(error.hint()) })?;
    let name = &scenario.file.name;
    let folder = arguments.study.out.clone().unwrap_or_else(|| Path::new("output").join(name).join("handoff"));
    make_writable(&folder)?;
    keep_earlier(&folder, &study.digest, &results::HANDOFF)?;
    let memory = study.scenario.memory().times(TRIALS_HELD);
    let threads = machine::threads(arguments.study.threads, machine::this_machine(), memory);
    let progress = reporter(&arguments.study, &format!("{name}, handoffs"));
    let interrupted = watch_for_interrupt()?;
    let options = StudyOptions { threads, kept_in: Some(&folder) };
    let replicates = run_handoff(&study, options, progress.as_ref(), &interrupted).map_err(|error| failure_of(&error))?;
    let found = summarise_handoff(&study, &replicates);
    results::write_worlds(&folder, &study.scenario)?;
    let files = vec![
        (results::HANDOFF.file, handoff_json(&found)),
        ("handoff.csv", handoff_csv(&found)),
        ("handoff_curve.csv", handoff_curve_csv(&found)),
        ("handoff.png", handoff_png(&found)),
        ("handoff.html", handoff_html(&found)),
    ];
    hand_out(Rendered { files, table: handoff_table(&found) }, &folder, arguments.study.json)
}
