//! `longgame sweep`: the same trial in many cells that differ in a few fields, and the files that say what each of them does. Trials are
//! kept one by one in a folder of their own; the same command continues.

use crate::cli::arguments::SweepArguments;
use crate::cli::failure::Failure;
use crate::cli::results::{self, keep_earlier, make_writable};
use crate::cli::study::{Rendered, failure_in, hand_out, reporter_of, watch_for_interrupt};
use crate::cli::{diagnostics, machine, sources};
use crate::experiment::{StudyOptions, SweepStudy, run_sweep, summarise_sweep};
use crate::report::count;
use crate::report::{sweep_csv, sweep_json, sweep_png, sweep_table};
use crate::scenario::{Sweep, SweepRequest};
use std::path::Path;

/// Trials from which a sweep is called large before it starts.
const MANY_TRIALS: u32 = 5_000;

/// Runs a sweep.
pub(super) fn sweep(arguments: &SweepArguments) -> Result<(), Failure> {
    let study = load(arguments)?;
    let first = &study.sweep.cells[0].scenario;
    let name = &first.file.name;
    let folder = arguments.study.out.clone().unwrap_or_else(|| Path::new("output").join(name).join("sweep"));
    make_writable(&folder)?;
    keep_earlier(&folder, &study.digest, &results::SWEEP)?;
    warn_of_size(&study);
    let memories = study.sweep.cells.iter().map(|cell| cell.scenario.memory());
    let memory = memories.max_by_key(|memory| memory.replicate_bytes()).unwrap_or_else(|| first.memory());
    let threads = machine::threads(arguments.study.threads, machine::this_machine(), memory);
    let progress = reporter_of(&arguments.study, &format!("{name}, sweep of {} cells", study.sweep.cells.len()), "trials");
    let interrupted = watch_for_interrupt()?;
    let options = StudyOptions { threads, kept_in: Some(&folder) };
    let trials = run_sweep(&study, options, progress.as_ref(), &interrupted).map_err(|error| failure_in(&error, "trials"))?;
    let found = summarise_sweep(&study, &trials);
    results::write_worlds(&folder, first)?;
    let files =
        vec![(results::SWEEP.file, sweep_json(&found)), ("sweep.csv", sweep_csv(&found)), ("sweep.png", sweep_png(&found))];
    hand_out(Rendered { files, table: sweep_table(&found) }, &folder, arguments.study.json)
}

/// Reads and checks every cell.
fn load(arguments: &SweepArguments) -> Result<SweepStudy, Failure> {
    let source = sources::open(&arguments.study.scenario)?;
    let request = SweepRequest { over: arguments.over.clone(), samples: arguments.samples };
    let changes = arguments.study.changes.overrides();
    let sweep = Sweep::load_for(&machine::this_machine(), &source, &changes, &request)?;
    let hint = || Some("sweep fewer values, or ask for fewer --replicates".to_owned());
    SweepStudy::new(sweep).map_err(|error| Failure::input(error.to_string(), hint()))
}

fn warn_of_size(study: &SweepStudy) {
    if study.trials() < MANY_TRIALS {
        return;
    }
    let (cells, trials) = (count(study.sweep.cells.len() as u64), count(study.trials().into()));
    diagnostics::talk(&format!(
        "warning: {cells} cells × {} replicates are {trials} trials\n  hint: fewer values, --samples, --replicates or --customers make it \
         shorter; what is finished is kept, whenever you stop\n",
        count(study.replicates.into())
    ));
}
