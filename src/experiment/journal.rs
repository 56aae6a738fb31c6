//! The journal of a study: every finished replicate, kept at once, so that nothing finished is ever lost.
//!
//! One file that only grows. It opens with a line that names the digest of the scenario; then each replicate follows as length,
//! checksum and content. A record torn by a crash or a full disk is cut off when the journal is opened again; everything before it
//! counts. The number of replicates is not part of the digest, so a study can be continued to a larger number.

use crate::experiment::ReplicateResult;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Name of an undivided study's journal; those of shards carry their number before the dot.
pub const JOURNAL: &str = "replicates.journal";
/// First bytes of every journal.
const MAGIC: &str = "longgame journal 5 ";

/// What a journal keeps: results that carry the number of their replicate.
pub trait Kept: Serialize + DeserializeOwned + Send {
    /// Number of the replicate, from 0.
    fn replicate(&self) -> u32;
}

impl Kept for ReplicateResult {
    fn replicate(&self) -> u32 {
        self.replicate
    }
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
    end: u64,
}

impl Journal {
    /// Opens the journal at `path` for the scenario `digest`, and reads what is there. A journal of another scenario is begun anew.
    ///
    /// # Errors
    /// The file cannot be created, read or written.
    pub fn open<T: Kept>(path: &Path, digest: &str) -> io::Result<(Self, BTreeMap<u32, T>)> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (finished, end) = read_records(&bytes, digest);
        let mut journal = Self { file, end: end as u64 };
        journal.file.set_len(journal.end)?;
        if end == 0 {
            journal.append(header(digest).as_bytes())?;
        }
        Ok((journal, finished))
    }

    /// Reads the finished replicates of the scenario `digest` from a journal that somebody else may be writing.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read<T: Kept>(path: &Path, digest: &str) -> io::Result<BTreeMap<u32, T>> {
        Ok(read_records(&std::fs::read(path)?, digest).0)
    }

    /// Journals of other shards that lie beside this one: those of the same name but for the part after a `-`.
    pub fn beside(path: &Path) -> Vec<PathBuf> {
        let stem = |path: &Path| {
            let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.split('-').next().unwrap_or_default().to_owned()
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::all_in(folder).into_iter().filter(|other| other != path && stem(other) == stem(path)).collect()
    }

    /// Journals in a folder that go by no name that is read: neither one of `known` nor that of a shard of it.
    pub fn unread_in(folder: &Path, known: &[&str]) -> Vec<PathBuf> {
        let mut journals = Self::all_in(folder);
        for name in known {
            let path = folder.join(name);
            let beside = Self::beside(&path);
            journals.retain(|journal| *journal != path && !beside.contains(journal));
        }
        journals
    }

    /// All journals in a folder, in the order of their names.
    pub fn all_in(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_journal = |path: &PathBuf| path.extension().is_some_and(|own| own == "journal");
        let mut journals: Vec<PathBuf> = entries.filter(is_journal).collect();
        journals.sort();
        journals
    }

    /// Digest of the scenario that the journal at `path` belongs to; `None` if there is no journal.
    pub fn digest_at(path: &Path) -> Option<String> {
        let mut start = Vec::new();
        File::open(path).ok()?.take(128).read_to_end(&mut start).ok()?;
        let line = start.split(|byte| *byte == b'\n').next()?;
        std::str::from_utf8(line).ok()?.strip_prefix(MAGIC).map(str::to_owned)
    }

    /// Keeps a finished replicate.
    ///
    /// # Errors
    /// The record could not be written whole; what was kept before is not harmed.
    pub fn keep<T: Kept>(&mut self, result: &T) -> io::Result<()> {
        let content = postcard::to_stdvec(result).map_err(io::Error::other)?;
        let mut record = Vec::with_capacity(content.len() + 8);
        record.extend_from_slice(&(content.len() as u32).to_le_bytes());
        record.extend_from_slice(&checksum(&content).to_le_bytes());
        record.extend_from_slice(&content);
        self.append(&record)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.end += bytes.len() as u64,
            // Best effort: a torn record is cut off at the next opening in any case.
            Err(_) => drop(self.file.set_len(self.end)),
        }
        written
    }
}

fn header(digest: &str) -> String {
    format!("{MAGIC}{digest}\n")
}

/// The whole records of a journal of this scenario, and where they end; nothing if it belongs to another one.
fn read_records<T: Kept>(bytes: &[u8], digest: &str) -> (BTreeMap<u32, T>, usize) {
    let header = header(digest);
    let mut finished = BTreeMap::new();
    if !bytes.starts_with(header.as_bytes()) {
        return (finished, 0);
    }
    let mut end = header.len();
    while let Some((result, next)) = read_record::<T>(bytes, end) {
        finished.insert(result.replicate(), result);
        end = next;
    }
    (finished, end)
}

fn read_record<T: Kept>(bytes: &[u8], start: usize) -> Option<(T, usize)> {
    let word = |at: usize| -> Option<u32> { Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)) };
    let length = word(start)? as usize;
    let content = bytes.get(start + 8..(start + 8).checked_add(length)?)?;
    if checksum(content) != word(start + 4)? {
        return None;
    }
    Some((postcard::from_bytes(content).ok()?, start + 8 + length))
}

/// FNV-1a: enough to tell a torn record from a whole one.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(replicate: u32) -> ReplicateResult {
        ReplicateResult {
            replicate,
            estimates: Vec::new(),
            truth: Vec::new(),
            ledger: Vec::new(),
            traps: Vec::new(),
            beliefs: Vec::new(),
            events: 7,
            customer_days: 9,
        }
    }

    #[test]
    fn a_journal_under_another_name_is_not_passed_over_in_silence() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["replicates.journal", "replicates-2-of-5.journal", "from_monday.journal", "replicates.txt"] {
            std::fs::write(folder.path().join(name), b"").expect("written");
        }
        assert_eq!(Journal::unread_in(folder.path(), &[JOURNAL]), [folder.path().join("from_monday.journal")]);
    }

    #[test]
    fn a_finished_replicate_is_never_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let (mut journal, finished) = Journal::open::<ReplicateResult>(&path, "abc").expect("opens");
        assert!(finished.is_empty());
        journal.keep(&result(4)).expect("kept");
        journal.keep(&result(2)).expect("kept");
        drop(journal);
        // A crash in the middle of a third record.
        let mut bytes = std::fs::read(&path).expect("read");
        let whole = bytes.len();
        bytes.extend_from_slice(&[200, 0, 0, 0, 1, 2, 3]);
        std::fs::write(&path, &bytes).expect("written");
        let (mut journal, finished) = Journal::open::<ReplicateResult>(&path, "abc").expect("opens");
        assert_eq!(finished.keys().copied().collect::<Vec<_>>(), [2, 4]);
        assert_eq!(std::fs::metadata(&path).expect("there").len() as usize, whole);
        journal.keep(&result(5)).expect("kept");
        drop(journal);
        assert_eq!(Journal::open::<ReplicateResult>(&path, "abc").expect("opens").1.len(), 3);
        assert!(Journal::open::<ReplicateResult>(&path, "other scenario").expect("opens").1.is_empty());
    }
}
