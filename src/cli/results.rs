//! The output folder: every file whole or absent, nothing finished destroyed.
//!
//! Files are written beside their place and moved onto it when they are whole. Results of another scenario or seed that already lie
//! in the folder are moved aside together, never overwritten.

use crate::cli::diagnostics::talk;
use crate::cli::failure::{Failure, describe_io};
use crate::experiment::{ATTRIBUTION_JOURNAL, HANDOFF_JOURNAL, JOURNAL, Journal, SWEEP_JOURNAL, StudyRun, program};
use crate::report::{Findings, Manifest, OutputFile, ReportError, manifest_json, uncertainty_csv};
use crate::scenario::Scenario;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

const MANIFEST: &str = "manifest.json";

/// When a command began.
pub(super) struct Clock {
    began: Instant,
    started: jiff::Timestamp,
}

impl Clock {
    /// Starts it.
    pub(super) fn start() -> Self {
        Self { began: Instant::now(), started: jiff::Timestamp::now() }
    }
}

/// Creates the output folder and tries that files can be made in it, so that a run does not end in a file it cannot write.
pub(super) fn make_writable(folder: &Path) -> Result<(), Failure> {
    let existed = folder.is_dir();
    fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, &error))?;
    let probe = tempfile::NamedTempFile::new_in(folder);
    if probe.is_err() && !existed {
        // Only our own empty folder goes away; one that cannot be removed does no harm.
        let _ = fs::remove_dir(folder);
    }
    probe.map(drop).map_err(|error| Failure::unwritable(folder, &error))
}

/// The results of one command in their folder: how to see whose they are.
pub(super) struct Kind {
    /// The file that programs read; it names its digest.
    pub(super) file: &'static str,
    /// The journal of finished replicates; it names its digest too.
    journal: &'static str,
    /// What results of another digest are called.
    others: &'static str,
}

/// Results of `run` and `diagnose`.
pub(super) const RUN: Kind = Kind { file: OutputFile::SummaryJson.name(), journal: JOURNAL, others: "another scenario" };
/// Results of `handoff`.
pub(super) const HANDOFF: Kind = Kind { file: "handoff.json", journal: HANDOFF_JOURNAL, others: "other handoffs" };
/// Results of `sweep`.
pub(super) const SWEEP: Kind = Kind { file: "sweep.json", journal: SWEEP_JOURNAL, others: "another sweep" };
/// Results of `run --attribute`.
pub(super) const ATTRIBUTION: Kind =
    Kind { file: "attribution.json", journal: ATTRIBUTION_JOURNAL, others: "another attribution" };

impl Kind {
    /// Digest of the results in a folder: of finished ones, or of those that a journal began.
    fn digest_in(&self, folder: &Path) -> Option<String> {
        let bytes = fs::read(folder.join(self.file)).ok();
        let finished = bytes.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        let finished = finished.and_then(|value| value.get("digest").and_then(|digest| digest.as_str().map(str::to_owned)));
        let journal = folder.join(self.journal);
        let journals = std::iter::once(journal.clone()).chain(Journal::beside(&journal));
        finished.or_else(|| journals.into_iter().find_map(|journal| Journal::digest_at(&journal)))
    }
}

/// Moves results of another digest out of the way, to `folder~1`, `folder~2`…, and says so.
pub(super) fn keep_earlier(folder: &Path, digest: &str, kind: &Kind) -> Result<(), Failure> {
    if kind.digest_in(folder).is_some_and(|found| found != digest) {
        let aside = move_aside(folder)?;
        talk(&format!("note: the results of {} were kept as {}\n", kind.others, aside.display()));
    }
    for journal in Journal::unread_in(folder, &[JOURNAL, HANDOFF_JOURNAL]) {
        let (name, kind) = (journal.display(), kind.journal);
        talk(&format!("note: {name} is not read: only {kind} and those of shards, such as {}, are\n", shard_example(kind)));
    }
    Ok(())
}

/// What the journal of a shard is called: `replicates-2-of-5.journal`.
fn shard_example(journal: &str) -> String {
    journal.replace('.', "-2-of-5.")
}

/// Renames a folder to `folder~1`, `folder~2`… and makes an empty one in its place; gives the new name.
pub(super) fn move_aside(folder: &Path) -> Result<PathBuf, Failure> {
    let name = folder.file_name().map_or_else(|| "results".into(), |name| name.to_string_lossy().into_owned());
    let places = (1..).map(|number| folder.with_file_name(format!("{name}~{number}")));
    let aside = places.into_iter().find(|place| !place.exists()).unwrap_or_else(|| folder.join("earlier"));
    fs::rename(folder, &aside).and_then(|()| fs::create_dir_all(folder)).map_err(|error| Failure::unwritable(&aside, &error))?;
    Ok(aside)
}

/// Writes all result files.
pub(super) fn write(folder: &Path, findings: Findings<'_>) -> Result<(), Failure> {
    for file in OutputFile::ALL.into_iter().filter(|file| file.is_written(findings)) {
        let bytes = file.render(findings).map_err(|error| not_rendered(&error))?;
        write_whole(&folder.join(file.name()), &bytes)?;
    }
    Ok(())
}

/// Writes what every replicate drew, where the scenario leaves fields open.
pub(super) fn write_worlds(folder: &Path, scenario: &Scenario) -> Result<(), Failure> {
    match uncertainty_csv(scenario).map_err(|error| not_rendered(&error))? {
        Some(bytes) => write_whole(&folder.join("uncertainty.csv"), &bytes),
        None => Ok(()),
    }
}

/// Writes the manifest.
pub(super) fn write_manifest(
    folder: &Path,
    scenario: &Scenario,
    run: &StudyRun,
    threads: usize,
    clock: &Clock,
) -> Result<(), Failure> {
    let manifest = Manifest {
        schema: 1,
        program: program(),
        scenario: scenario.file.name.clone(),
        digest: scenario.digest.clone(),
        seed: scenario.file.study.seed,
        replicates: run.study.replicates.len() as u32,
        started: clock.started.to_string(),
        finished: jiff::Timestamp::now().to_string(),
        wall_seconds: clock.began.elapsed().as_secs_f64(),
        replicates_simulated: run.simulated,
        events: run.study.replicates.iter().map(|replicate| replicate.events).sum(),
        customer_days: run.study.replicates.iter().map(|replicate| replicate.customer_days).sum(),
        peak_memory_bytes: peak_memory(),
        threads: threads as u32,
        resolved_scenario: scenario.file.clone(),
    };
    let bytes = manifest_json(&manifest).map_err(|error| not_rendered(&error))?;
    write_whole(&folder.join(MANIFEST), &bytes)
}

/// A renderer that failed.
pub(super) fn not_rendered(error: &ReportError) -> Failure {
    Failure::Run { message: format!("cannot make the results: {error}"), hint: Some("finished replicates are kept".to_owned()) }
}

/// Writes a file beside its place and moves it there when it is whole.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        readable_by_all(file.path())?;
        file.persist(path).map_err(|error| error.error)
    });
    let hint = "finished replicates are kept; the same command writes the files again";
    written.map(drop).map_err(|error| Failure::Run {
        message: format!("cannot write {}: {}", path.display(), describe_io(&error)),
        hint: Some(hint.to_owned()),
    })
}

/// Temporary files are private to their owner; results are not.
#[cfg(unix)]
fn readable_by_all(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Largest resident memory of this process in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
