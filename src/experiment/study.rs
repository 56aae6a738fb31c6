//! A study: all replicates of a scenario, run on any number of threads, kept one by one, returned in index order.

use crate::analysis::EstimatorName;
use crate::experiment::estimates::estimate_replicate;
use crate::experiment::journal::{JOURNAL, Journal};
use crate::experiment::records::{ReplicateResult, Study};
use crate::experiment::{Progress, Shard, Stage};
use crate::scenario::Scenario;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Why a study did not finish. What was finished before is in the journal.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// The journal cannot be read or written.
    #[error("cannot keep finished replicates in {path}: {source}")]
    Journal {
        /// The journal.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The threads could not be started.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The run was interrupted.
    #[error("interrupted after {finished} of {total} replicates")]
    Interrupted {
        /// Replicates that are finished and kept.
        finished: u32,
        /// Replicates asked for.
        total: u32,
    },
}

/// How a study is run; none of it moves a result.
#[derive(Clone, Copy, Debug)]
pub struct StudyOptions<'a> {
    /// Threads.
    pub threads: usize,
    /// Folder where finished replicates are kept; nowhere if `None`.
    pub kept_in: Option<&'a Path>,
}

/// A study that is done, and how much of it this run simulated.
#[derive(Debug)]
pub struct StudyRun {
    /// The study.
    pub study: Study,
    /// Replicates this run simulated; the others were found finished.
    pub simulated: u32,
}

/// How far a study is after one of its shards is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardRun {
    /// Replicates this run simulated.
    pub simulated: u32,
    /// Finished replicates of all journals in the folder.
    pub finished: u32,
    /// Replicates of the whole study.
    pub total: u32,
}

/// Runs all replicates of a scenario, or what is missing of them in all journals of the folder.
///
/// # Errors
/// See `StudyError`.
pub fn run_study(
    scenario: &Scenario,
    options: StudyOptions<'_>,
    progress: &dyn Progress,
    interrupted: &AtomicBool,
) -> Result<StudyRun, StudyError> {
    let total = scenario.file.study.replicates;
    let kept = options.kept_in.map(|folder| Kept { folder, name: JOURNAL.to_owned() });
    let work = Work { scenario, threads: options.threads, kept, replicates: (0..total).collect() };
    let (finished, simulated) = work.finish(progress, interrupted)?;
    let study = Study {
        metrics: scenario.metrics.iter().map(|metric| metric.name(&scenario.verticals)).collect(),
        windows: scenario.windows.iter().map(|window| window.name.clone()).collect(),
        arms: scenario.file.arms.iter().map(|arm| arm.name.clone()).collect(),
        estimators: estimators_of(scenario).iter().map(|estimator| estimator.as_str().to_owned()).collect(),
        replicates: finished.into_values().collect(),
    };
    Ok(StudyRun { study, simulated })
}

/// Runs the replicates of one shard, or what is missing of them, and keeps them in the shard's own journal in `folder`.
///
/// # Errors
/// See `StudyError`.
pub fn run_shard(
    scenario: &Scenario,
    shard: Shard,
    (folder, threads): (&Path, usize),
    progress: &dyn Progress,
    interrupted: &AtomicBool,
) -> Result<ShardRun, StudyError> {
    let total = scenario.file.study.replicates;
    let kept = Some(Kept { folder, name: shard.journal_name(JOURNAL) });
    let replicates = (0..total).filter(|replicate| shard.holds(*replicate)).collect();
    let (finished, simulated) = Work { scenario, threads, kept, replicates }.finish(progress, interrupted)?;
    Ok(ShardRun { simulated, finished: finished.len() as u32, total })
}

/// Where finished replicates are kept: in this journal, beside which others may lie.
struct Kept<'a> {
    folder: &'a Path,
    name: String,
}

/// A journal that all threads write to, and its place.
type OpenJournal = (Mutex<Journal>, PathBuf);

/// Replicates that have to be finished.
struct Work<'a> {
    scenario: &'a Scenario,
    threads: usize,
    kept: Option<Kept<'a>>,
    replicates: Vec<u32>,
}

impl Work<'_> {
    /// Simulates what no journal has yet; gives every finished replicate of the study and how many are new.
    fn finish(
        &self,
        progress: &dyn Progress,
        interrupted: &AtomicBool,
    ) -> Result<(BTreeMap<u32, ReplicateResult>, u32), StudyError> {
        let total = self.scenario.file.study.replicates;
        let (journal, mut finished) = self.open()?;
        finished.retain(|replicate, _| *replicate < total);
        let asked = self.replicates.len() as u32;
        let missing: Vec<u32> = self.replicates.iter().copied().filter(|replicate| !finished.contains_key(replicate)).collect();
        let simulated = missing.len() as u32;
        progress.started(asked, asked - simulated);
        let stage = Stage::new(self.scenario);
        let estimators = estimators_of(self.scenario);
        let run_one = |replicate: u32| -> Result<Option<ReplicateResult>, StudyError> {
            if interrupted.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let result = estimate_replicate(self.scenario, &estimators, replicate, &stage.run(replicate));
            if let Some((journal, path)) = &journal {
                let mut journal = journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                journal.keep(&result).map_err(|source| journal_error(path, source))?;
            }
            progress.replicate_done(replicate, result.events, result.customer_days);
            Ok(Some(result))
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build()?;
        let results: Vec<Result<Option<ReplicateResult>, StudyError>> =
            pool.install(|| missing.into_par_iter().with_max_len(1).map(run_one).collect());
        progress.finished();
        for result in results {
            if let Some(result) = result? {
                finished.insert(result.replicate, result);
            }
        }
        let done = self.replicates.iter().filter(|replicate| finished.contains_key(replicate)).count() as u32;
        if done < asked { Err(StudyError::Interrupted { finished: done, total: asked }) } else { Ok((finished, simulated)) }
    }

    /// Opens this work's journal and reads all that lie beside it.
    fn open(&self) -> Result<(Option<OpenJournal>, BTreeMap<u32, ReplicateResult>), StudyError> {
        let Some(kept) = &self.kept else { return Ok((None, BTreeMap::new())) };
        let path = kept.folder.join(&kept.name);
        let digest = &self.scenario.digest;
        let opened = Journal::open(&path, digest).map_err(|source| journal_error(&path, source));
        let (journal, mut finished) = opened?;
        for other in Journal::all_in(kept.folder).into_iter().filter(|other| *other != path) {
            let read = Journal::read(&other, digest).map_err(|source| journal_error(&other, source))?;
            finished.extend(read);
        }
        Ok((Some((Mutex::new(journal), path)), finished))
    }
}

/// The estimators a scenario asks for; names were checked with the scenario.
fn estimators_of(scenario: &Scenario) -> Vec<EstimatorName> {
    let asked = &scenario.file.study.estimators;
    EstimatorName::ALL.iter().copied().filter(|estimator| asked.iter().any(|name| name == estimator.as_str())).collect()
}

fn journal_error(path: &Path, source: std::io::Error) -> StudyError {
    StudyError::Journal { path: path.display().to_string(), source }
}
