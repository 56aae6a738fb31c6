//! A study: all replicates of a scenario, run on any number of threads, kept one by one, returned in index order.

use crate::analysis::EstimatorName;
use crate::experiment::estimates::estimate_replicate;
use crate::experiment::journal::JOURNAL;
use crate::experiment::records::{ReplicateResult, Study};
use crate::experiment::stages::Stages;
use crate::experiment::work::{Finished, Place, Work};
use crate::experiment::{Progress, Shard};
use crate::scenario::Scenario;
use std::path::Path;
use std::sync::atomic::AtomicBool;

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
    let kept = options.kept_in.map(|folder| Place { folder, name: JOURNAL.to_owned() });
    let work = Work { digest: &scenario.digest, threads: options.threads, kept, replicates: (0..total).collect() };
    let (mut finished, simulated) = work.finish(&Simulated::new(scenario).one(), progress, interrupted)?;
    finished.retain(|replicate, _| *replicate < total);
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
    let kept = Some(Place { folder, name: shard.journal_name(JOURNAL) });
    let replicates = (0..total).filter(|replicate| shard.holds(*replicate)).collect();
    let work = Work { digest: &scenario.digest, threads, kept, replicates };
    let (mut finished, simulated) = work.finish(&Simulated::new(scenario).one(), progress, interrupted)?;
    finished.retain(|replicate, _| *replicate < total);
    Ok(ShardRun { simulated, finished: finished.len() as u32, total })
}

/// Replicates of a scenario's study.
struct Simulated<'a> {
    scenario: &'a Scenario,
    stages: Stages<'a>,
    estimators: Vec<EstimatorName>,
}

impl<'a> Simulated<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        Self { scenario, stages: Stages::new(scenario), estimators: estimators_of(scenario) }
    }

    fn one(&self) -> impl Fn(u32) -> Finished<ReplicateResult> + Sync {
        |replicate| {
            let trial = self.stages.with(replicate, |stage| stage.run(replicate));
            let result = estimate_replicate(self.scenario, &self.estimators, replicate, &trial);
            Finished { events: result.events, customer_days: result.customer_days, result }
        }
    }
}

/// The estimators a scenario asks for; names were checked with the scenario.
fn estimators_of(scenario: &Scenario) -> Vec<EstimatorName> {
    let asked = &scenario.file.study.estimators;
    EstimatorName::ALL.iter().copied().filter(|estimator| asked.iter().any(|name| name == estimator.as_str())).collect()
}
