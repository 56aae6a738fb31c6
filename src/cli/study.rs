//! What every command that simulates does before and around its study: load and check the scenario, make the folder ready, show progress,
//! watch for Ctrl-C, tell failures, write the files it found.

use crate::cli::arguments::StudyArguments;
use crate::cli::failure::Failure;
use crate::cli::progress::Naming;
use crate::cli::{machine, output, progress, results, sources};
use crate::experiment::{Progress, SilentProgress, StudyError};
use crate::report::ReportError;
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
}

/// Loads and checks the scenario with its changes, and makes the folder.
pub(super) fn plan(arguments: &StudyArguments, changes: Overrides) -> Result<Plan, Failure> {
    let scenario = load(arguments, changes)?;
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("output").join(&scenario.file.name));
    results::make_writable(&folder)?;
    let threads = machine::threads(arguments.threads, machine::this_machine(), scenario.memory());
    Ok(Plan { scenario, folder, threads })
}

/// Loads and checks the scenario with its changes.
pub(super) fn load(arguments: &StudyArguments, changes: Overrides) -> Result<Scenario, Failure> {
    let source = sources::open(&arguments.scenario)?;
    Ok(Scenario::load_for(&machine::this_machine(), &source, &changes)?)
}

/// Progress of a study's replicates under this name, if it is wanted.
pub(super) fn reporter(arguments: &StudyArguments, name: &str) -> Box<dyn Progress> {
    reporter_of(arguments, Naming::replicates(name))
}

/// Progress of work with parts of another kind, if it is wanted.
pub(super) fn reporter_of(arguments: &StudyArguments, naming: Naming) -> Box<dyn Progress> {
    if arguments.quiet { Box::new(SilentProgress) } else { progress::reporter(naming) }
}

/// What a command found, rendered: its files, the first of which is what programs read, and its table.
pub(super) struct Rendered<'a> {
    pub(super) files: Vec<(&'a str, Result<Vec<u8>, ReportError>)>,
    pub(super) table: String,
}

/// Writes the files, then prints the first of them or the table.
pub(super) fn hand_out(found: Rendered<'_>, folder: &Path, json: bool) -> Result<(), Failure> {
    let mut first = None;
    for (name, bytes) in found.files {
        let bytes = bytes.map_err(|error| results::not_rendered(&error))?;
        results::write_whole(&folder.join(name), &bytes)?;
        first.get_or_insert(bytes);
    }
    match first.filter(|_| json) {
        Some(bytes) => output::print(&String::from_utf8_lossy(&bytes)),
        None => output::print(&format!("{}\nCharts and tables are in {}\n", found.table, folder.display())),
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
