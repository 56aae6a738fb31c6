//! Work on replicates, whatever is computed for each: on any number of threads, kept one by one, given back in index order.

use crate::experiment::journal::{Journal, Kept};
use crate::experiment::{Progress, StudyError};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where finished replicates are kept: in the journal of this name, beside which others may lie.
pub(super) struct Place<'a> {
    pub(super) folder: &'a Path,
    pub(super) name: String,
}

/// What one replicate came to.
pub(super) struct Finished<T> {
    pub(super) result: T,
    pub(super) events: u64,
    pub(super) customer_days: u64,
}

/// Replicates that have to be finished.
pub(super) struct Work<'a> {
    /// Digest of the scenario.
    pub(super) digest: &'a str,
    pub(super) threads: usize,
    pub(super) kept: Option<Place<'a>>,
    pub(super) replicates: Vec<u32>,
}

/// A journal that all threads write to, and its place.
type OpenJournal = (Mutex<Journal>, PathBuf);

impl Work<'_> {
    /// Computes what no journal has yet; gives everything in the journals and how many replicates are new.
    ///
    /// # Errors
    /// See `StudyError`.
    pub(super) fn finish<T: Kept>(
        &self,
        compute: &(impl Fn(u32) -> Finished<T> + Sync),
        progress: &dyn Progress,
        interrupted: &AtomicBool,
    ) -> Result<(BTreeMap<u32, T>, u32), StudyError> {
        let (journal, mut finished) = self.open::<T>()?;
        let asked = self.replicates.len() as u32;
        let missing: Vec<u32> = self.replicates.iter().copied().filter(|replicate| !finished.contains_key(replicate)).collect();
        let simulated = missing.len() as u32;
        progress.started(asked, asked - simulated);
        let one = |replicate: u32| -> Result<Option<T>, StudyError> {
            if interrupted.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let Finished { result, events, customer_days } = compute(replicate);
            if let Some((journal, path)) = &journal {
                let mut journal = journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                journal.keep(&result).map_err(|source| journal_error(path, source))?;
            }
            progress.replicate_done(replicate, events, customer_days);
            Ok(Some(result))
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build()?;
        let results: Vec<Result<Option<T>, StudyError>> =
            pool.install(|| missing.into_par_iter().with_max_len(1).map(one).collect());
        progress.finished();
        for result in results {
            if let Some(result) = result? {
                finished.insert(result.replicate(), result);
            }
        }
        let done = self.replicates.iter().filter(|replicate| finished.contains_key(replicate)).count() as u32;
        if done < asked { Err(StudyError::Interrupted { finished: done, total: asked }) } else { Ok((finished, simulated)) }
    }

    /// Opens this work's journal and reads all that lie beside it.
    fn open<T: Kept>(&self) -> Result<(Option<OpenJournal>, BTreeMap<u32, T>), StudyError> {
        let Some(kept) = &self.kept else { return Ok((None, BTreeMap::new())) };
        let path = kept.folder.join(&kept.name);
        let opened = Journal::open(&path, self.digest).map_err(|source| journal_error(&path, source));
        let (journal, mut finished) = opened?;
        for other in Journal::beside(&path) {
            let read = Journal::read(&other, self.digest).map_err(|source| journal_error(&other, source))?;
            finished.extend(read);
        }
        Ok((Some((Mutex::new(journal), path)), finished))
    }
}

fn journal_error(path: &Path, source: std::io::Error) -> StudyError {
    StudyError::Journal { path: path.display().to_string(), source }
}
