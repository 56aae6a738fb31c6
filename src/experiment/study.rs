//! A study: all replicates of a scenario, run on any number of threads, kept one by one, returned in index order.

use crate::analysis::EstimatorName;
use crate::experiment::estimates::estimate_replicate;
use crate::experiment::journal::Journal;
use crate::experiment::records::{ReplicateResult, Study};
use crate::experiment::{Progress, Stage};
use crate::scenario::Scenario;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
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
    /// Where finished replicates are kept; nowhere if `None`.
    pub journal: Option<&'a Path>,
}

/// A study that is done, and how much of it this run simulated.
#[derive(Debug)]
pub struct StudyRun {
    /// The study.
    pub study: Study,
    /// Replicates this run simulated; the others were found finished.
    pub simulated: u32,
}

/// Runs all replicates of a scenario, or what is missing of them.
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
    let (journal, mut finished) = match options.journal {
        Some(path) => {
            let opened = Journal::open(path, &scenario.digest).map_err(|source| journal_error(path, source));
            opened.map(|(journal, finished)| (Some(Mutex::new(journal)), finished))?
        }
        None => (None, BTreeMap::new()),
    };
    finished.retain(|replicate, _| *replicate < total);
    progress.started(total, finished.len() as u32);
    let missing: Vec<u32> = (0..total).filter(|replicate| !finished.contains_key(replicate)).collect();
    let simulated = missing.len() as u32;
    let stage = Stage::new(scenario);
    let estimators = estimators_of(scenario);
    let run_one = |replicate: u32| -> Result<Option<ReplicateResult>, StudyError> {
        if interrupted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let result = estimate_replicate(scenario, &estimators, replicate, &stage.run(replicate));
        if let (Some(journal), Some(path)) = (&journal, options.journal) {
            let mut journal = journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            journal.keep(&result).map_err(|source| journal_error(path, source))?;
        }
        progress.replicate_done(replicate, result.events, result.customer_days);
        Ok(Some(result))
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
    let results: Vec<Result<Option<ReplicateResult>, StudyError>> =
        pool.install(|| missing.into_par_iter().with_max_len(1).map(run_one).collect());
    progress.finished();
    for result in results {
        if let Some(result) = result? {
            finished.insert(result.replicate, result);
        }
    }
    if (finished.len() as u32) < total {
        return Err(StudyError::Interrupted { finished: finished.len() as u32, total });
    }
    let study = Study {
        metrics: scenario.metrics.iter().map(|metric| metric.name(&scenario.verticals)).collect(),
        windows: scenario.windows.iter().map(|window| window.name.clone()).collect(),
        arms: scenario.file.arms.iter().map(|arm| arm.name.clone()).collect(),
        estimators: estimators.iter().map(|estimator| estimator.as_str().to_owned()).collect(),
        replicates: finished.into_values().collect(),
    };
    Ok(StudyRun { study, simulated })
}

/// The estimators a scenario asks for; names were checked with the scenario.
fn estimators_of(scenario: &Scenario) -> Vec<EstimatorName> {
    let asked = &scenario.file.study.estimators;
    EstimatorName::ALL.iter().copied().filter(|estimator| asked.iter().any(|name| name == estimator.as_str())).collect()
}

fn journal_error(path: &Path, source: std::io::Error) -> StudyError {
    StudyError::Journal { path: path.display().to_string(), source }
}
