//! Where the bytes of a table come from: a file or stdin, unpacked if compressed, refused if they are no text. No cells yet.

use crate::cli::failure::{Failure, describe_io};
use crate::domain::nearest;
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, IsTerminal, Read};
use std::path::Path;
use std::rc::Rc;

/// Bytes at the start of a table that decide about it.
const START: usize = 1 << 18;
/// Longest row, in bytes; so much of a file is held in memory at most.
const LONGEST_ROW: u64 = 1 << 26;
/// What a file of gzip begins with.
const GZIP: &[u8] = b"\x1f\x8b";

/// A table's bytes.
pub(super) struct Source {
    /// The first ones, without a byte-order mark.
    pub(super) start: Vec<u8>,
    /// Whether these are all.
    pub(super) is_whole: bool,
    /// All of them, without a byte-order mark.
    pub(super) bytes: Box<dyn Read>,
    /// How far they are read.
    pub(super) progress: Rc<Progress>,
}

/// How far a table is read.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Bytes handed out since it was last set to 0; too many are an error.
    pub(super) since_row: Cell<u64>,
    /// Whether the end was met.
    pub(super) has_ended: Cell<bool>,
}

/// Opens a file, with a progress bar if somebody watches.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn open(name: &str, quiet: bool) -> Result<(Box<dyn Read>, Option<ProgressBar>), Failure> {
    let cannot = |error: &io::Error| Failure::input(format!("cannot read {name}: {}", describe_io(error)), similar_file(name));
    let file = File::open(name).map_err(|error| cannot(&error))?;
    let length = file.metadata().map_err(|error| cannot(&error))?;
    if length.is_dir() {
        return Err(Failure::input(format!("cannot read {name}: it is a folder"), Some("name a CSV file".to_owned())));
    }
    let bar = (!quiet && io::stderr().is_terminal()).then(|| ProgressBar::new(length.len()));
    if let (Some(bar), Ok(style)) = (&bar, ProgressStyle::with_template("reading [{bar:32}] {bytes}/{total_bytes} · {eta} left"))
    {
        bar.set_style(style.progress_chars("=> "));
    }
    let input: Box<dyn Read> = match &bar {
        Some(bar) => Box::new(bar.wrap_read(file)),
        None => Box::new(file),
    };
    Ok((input, bar))
}

impl Source {
    /// Unpacks bytes and looks at their start.
    ///
    /// # Errors
    /// Bytes that cannot be read, or that are no text.
    pub(super) fn new(file: &str, mut input: Box<dyn Read>) -> Result<Self, Failure> {
        let cannot =
            |error: &io::Error| Failure::input(format!("cannot read {file}: {}", describe_io(error)), unpacking_hint(error));
        let head = read_start(&mut input, GZIP.len()).map_err(|error| cannot(&error))?;
        let is_packed = head == GZIP;
        let packed = Cursor::new(head).chain(input);
        let mut bytes: Box<dyn Read> = if is_packed { Box::new(Unpacked(MultiGzDecoder::new(packed))) } else { Box::new(packed) };
        let mut start = read_start(&mut bytes, START).map_err(|error| cannot(&error))?;
        let is_whole = start.len() < START;
        if start.starts_with(b"\xef\xbb\xbf") {
            start.drain(..3);
        }
        refuse_other_formats(file, &start)?;
        let progress = Rc::new(Progress::default());
        let bytes = Bounded { bytes: Cursor::new(start.clone()).chain(bytes), progress: Rc::clone(&progress) };
        Ok(Self { start, is_whole, bytes: Box::new(bytes), progress })
    }
}

/// So many bytes, or all if there are fewer.
fn read_start(input: &mut dyn Read, most: usize) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(most);
    input.take(most as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Bytes as long as rows end now and then: a quotation mark that is never closed must not fill the memory.
struct Bounded<R> {
    bytes: R,
    progress: Rc<Progress>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Progress { since_row, has_ended } = self.progress.as_ref();
        if since_row.get() > LONGEST_ROW {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a row is longer than 64 MB"));
        }
        let read = self.bytes.read(buffer)?;
        since_row.set(since_row.get() + read as u64);
        has_ended.set(read == 0);
        Ok(read)
    }
}

/// Unpacked bytes, with errors in plain words.
struct Unpacked<R>(MultiGzDecoder<R>);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the compressed file breaks off before its end"),
            kind @ (io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
                io::Error::new(kind, "the compressed file is damaged")
            }
            _ => error,
        })
    }
}

/// What to do about a compressed file that cannot be unpacked.
pub(super) fn unpacking_hint(error: &io::Error) -> Option<String> {
    let is_unpacking =
        matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData);
    is_unpacking.then(|| "copy or download it again; `gzip -t FILE` tells whether it is whole".to_owned())
}

fn refuse_other_formats(file: &str, start: &[u8]) -> Result<(), Failure> {
    let save = "save the table as CSV in UTF-8";
    let pipe = "unpack it first, or pipe it in, for example: zstdcat FILE | longgame analyze - …";
    let recode = "save the table as CSV in UTF-8, or pipe it in: iconv -f UTF-16 -t UTF-8 FILE | longgame analyze - …";
    let kinds: [(&[u8], &str, &str); 14] = [
        (b"\xff\xfe", "UTF-16 text", recode),
        (b"\xfe\xff", "UTF-16 text", recode),
        (GZIP, "compressed with gzip twice", pipe),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd", pipe),
        (b"\xfd7zXZ", "compressed with xz", pipe),
        (b"BZh", "compressed with bzip2", pipe),
        (b"PK\x03\x04", "a zip archive or an Excel workbook", save),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook", save),
        (b"PAR1", "a Parquet file", save),
        (b"{", "JSON", save),
        (b"[{", "JSON", save),
        (b"<!", "HTML", save),
        (b"<html", "HTML", save),
        (b"<?xml", "XML", save),
    ];
    if let Some((_, kind, hint)) = kinds.iter().find(|(magic, ..)| start.starts_with(magic)) {
        return Err(Failure::input(format!("cannot read {file}: it is {kind}, not CSV"), Some((*hint).to_owned())));
    }
    if start[..start.len().min(4096)].contains(&0) {
        return Err(Failure::input(format!("cannot read {file}: it is no text"), Some(save.to_owned())));
    }
    Ok(())
}

/// A table beside the one named that may have been meant.
fn similar_file(name: &str) -> Option<String> {
    let path = Path::new(name);
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_table = |path: &Path| {
        path.extension().is_some_and(|ending| ["csv", "tsv", "txt", "gz"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
    };
    let mut beside: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_table(path))
        .map(|path| path.strip_prefix("./").unwrap_or(&path).display().to_string())
        .collect();
    beside.sort();
    let known: Vec<&str> = beside.iter().map(String::as_str).collect();
    nearest(name, &known).filter(|near| *near != name).map(|near| format!("did you mean {near}?"))
}
