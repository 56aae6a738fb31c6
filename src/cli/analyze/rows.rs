//! A CSV file as a stream of rows: where it comes from, how it is delimited, its header, and mistakes with their places.
//!
//! Nothing is kept but the current row. Understands a byte-order mark, quoted cells, CRLF, and commas, semicolons, tabs or
//! bars between cells.

use super::mistake::{Line, TableMistake};
use crate::cli::failure::{Failure, describe_io};
use crate::domain::nearest;
use csv::{ByteRecord, ReaderBuilder};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;

/// Bytes read at a time.
const BUFFER: usize = 1 << 20;
/// What may stand between cells, best guess first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A CSV file that is being read.
pub(super) struct Rows {
    reader: csv::Reader<Box<dyn Read>>,
    /// As users know it.
    pub(super) file: String,
    /// Names of the columns.
    pub(super) header: Vec<String>,
    delimiter: u8,
    /// Whether lines end with a carriage return before the line feed.
    has_returns: bool,
    record: ByteRecord,
    bar: Option<ProgressBar>,
}

impl Rows {
    /// Opens a file, or stdin for `-`, and reads its header.
    ///
    /// # Errors
    /// A file that cannot be read, is empty or is no text.
    pub(super) fn open(name: &str, quiet: bool) -> Result<Self, Failure> {
        if name == "-" {
            return Self::over("stdin", Box::new(io::stdin()), None);
        }
        let cannot =
            |error: &io::Error| Failure::input(format!("cannot read {name}: {}", describe_io(error)), similar_file(name));
        let file = File::open(name).map_err(|error| cannot(&error))?;
        let length = file.metadata().map_err(|error| cannot(&error))?;
        if length.is_dir() {
            return Err(Failure::input(format!("cannot read {name}: it is a folder"), Some("name a CSV file".to_owned())));
        }
        let bar = (!quiet && io::stderr().is_terminal()).then(|| ProgressBar::new(length.len()));
        if let (Some(bar), Ok(style)) =
            (&bar, ProgressStyle::with_template("reading [{bar:32}] {bytes}/{total_bytes} · {eta} left"))
        {
            bar.set_style(style.progress_chars("=> "));
        }
        let input: Box<dyn Read> = match &bar {
            Some(bar) => Box::new(bar.wrap_read(file)),
            None => Box::new(file),
        };
        Self::over(name, input, bar)
    }

    fn over(file: &str, input: Box<dyn Read>, bar: Option<ProgressBar>) -> Result<Self, Failure> {
        let mut input = BufReader::with_capacity(BUFFER, input);
        let cannot = |error: &io::Error| Failure::input(format!("cannot read {file}: {}", describe_io(error)), None);
        let start = input.fill_buf().map_err(|error| cannot(&error))?;
        refuse_other_formats(file, start)?;
        let mark = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let delimiter = delimiter_of(&start[mark..]);
        let has_returns = start.iter().position(|byte| *byte == b'\n').is_some_and(|feed| start[..feed].ends_with(b"\r"));
        input.consume(mark);
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(BUFFER)
            .from_reader(Box::new(input) as Box<dyn Read>);
        let (file, header, record) = (file.to_owned(), Vec::new(), ByteRecord::new());
        let mut rows = Self { reader, file, header, delimiter, has_returns, record, bar };
        rows.header = rows.read_header()?;
        Ok(rows)
    }

    fn read_header(&mut self) -> Result<Vec<String>, Failure> {
        let has_one = self.reader.read_byte_record(&mut self.record).map_err(|error| self.unreadable(&error))?;
        if !has_one {
            let hint = "a table needs a header line with the names of its columns, then one line per unit";
            return Err(Failure::input(format!("{} is empty", self.file), Some(hint.to_owned())));
        }
        Ok(self.record.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect())
    }

    /// Goes to the next row; `false` at the end.
    ///
    /// # Errors
    /// A row with another number of cells than the header; a file that cannot be read on.
    pub(super) fn advance(&mut self) -> Result<bool, Failure> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => {
                self.bar.as_ref().inspect(|bar| bar.finish_and_clear());
                return Ok(false);
            }
            Err(error) => return Err(self.unreadable(&error)),
        }
        if self.record.len() == self.header.len() { Ok(true) } else { Err(self.ragged()) }
    }

    /// A cell of the current row.
    pub(super) fn cell(&self, column: usize) -> &[u8] {
        self.record.get(column).unwrap_or_default()
    }

    /// Line of the file that the current row begins in, from 1.
    pub(super) fn line(&self) -> u64 {
        let begun = self.record.position().map_or(0, csv::Position::line);
        let within = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let ended = self.reader.position().line().saturating_sub(within);
        // The reader's own count begins before blank lines, and before the line feed that ends a line with a return.
        if self.has_returns { ended } else { begun.max(ended.saturating_sub(1)) }
    }

    fn ragged(&self) -> Failure {
        let (found, wanted) = (self.record.len(), self.header.len());
        let spans_lines = self.record.iter().any(|cell| cell.contains(&b'\n'));
        let hint = if spans_lines {
            "a quotation mark that is never closed swallows the lines after it"
        } else if found > wanted {
            "put cells that hold the separator in quotation marks"
        } else {
            "every line needs a cell for every column, empty ones too"
        };
        let (line, spans) = Line::of(&self.file, self.line(), &self.record, self.delimiter);
        let span = match spans.get(wanted) {
            Some(first) => first.start..line.text.len(),
            None => 0..line.text.len(),
        };
        let mistake = TableMistake {
            message: format!(
                "this line has {} where the header has {wanted}",
                if found == 1 { "1 cell".to_owned() } else { format!("{found} cells") }
            ),
            expected: format!("{wanted} cells"),
            hint: Some(hint.to_owned()),
            line,
            span,
        };
        self.failure(mistake)
    }

    /// A mistake in a cell of the current row.
    pub(super) fn mistake(&self, column: usize, told: Told) -> Failure {
        let (line, spans) = Line::of(&self.file, self.line(), &self.record, self.delimiter);
        let span = spans.get(column).cloned().unwrap_or(0..0);
        self.failure(TableMistake { message: told.message, expected: told.expected, hint: told.hint, line, span })
    }

    fn failure(&self, mistake: TableMistake) -> Failure {
        self.bar.as_ref().inspect(|bar| bar.finish_and_clear());
        Failure::Table(Box::new(mistake.shortened()))
    }

    fn unreadable(&self, error: &csv::Error) -> Failure {
        let reason = match error.kind() {
            csv::ErrorKind::Io(error) => describe_io(error),
            _ => error.to_string(),
        };
        Failure::input(format!("cannot read {}: {reason}", self.file), None)
    }

    /// Position of a column.
    ///
    /// # Errors
    /// A name that no column has, or more than one.
    pub(super) fn column(&self, name: &str, flag: &str) -> Result<usize, Failure> {
        let mut found = self.header.iter().enumerate().filter(|(_, known)| *known == name).map(|(index, _)| index);
        match (found.next(), found.next()) {
            (Some(index), None) => Ok(index),
            (Some(_), Some(_)) => Err(Failure::input(
                format!("{}: two columns are called `{name}`", self.file),
                Some("rename one of them in the header".to_owned()),
            )),
            (None, _) => Err(Failure::input(
                format!("{}: there is no column `{name}` for {flag}", self.file),
                Some(self.columns_hint(name)),
            )),
        }
    }

    fn columns_hint(&self, name: &str) -> String {
        let known: Vec<&str> = self.header.iter().map(String::as_str).collect();
        let listed = if known.len() > 20 { format!("{}, …", known[..20].join(", ")) } else { known.join(", ") };
        match nearest(name, &known) {
            Some(near) => format!("did you mean {near}? The columns are {listed}"),
            None => format!("the columns are {listed}"),
        }
    }

    /// Name of a column, for messages.
    pub(super) fn name(&self, column: usize) -> &str {
        &self.header[column]
    }
}

/// What is said about a cell.
pub(super) struct Told {
    pub(super) message: String,
    /// Follows "expected".
    pub(super) expected: String,
    pub(super) hint: Option<String>,
}

/// The separator that the header uses.
fn delimiter_of(start: &[u8]) -> u8 {
    let mut counts = [0; DELIMITERS.len()];
    let mut is_quoted = false;
    for byte in start {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            other if !is_quoted => {
                if let Some(index) = DELIMITERS.iter().position(|delimiter| delimiter == other) {
                    counts[index] += 1;
                }
            }
            _ => {}
        }
    }
    let first = counts.iter().position(|count| *count > 0);
    first.map_or(b',', |index| DELIMITERS[index])
}

fn refuse_other_formats(file: &str, start: &[u8]) -> Result<(), Failure> {
    let kinds: [(&[u8], &str); 6] = [
        (b"\xff\xfe", "UTF-16 text"),
        (b"\xfe\xff", "UTF-16 text"),
        (b"\x1f\x8b", "compressed with gzip"),
        (b"PK\x03\x04", "a zip archive or an Excel workbook"),
        (b"PAR1", "a Parquet file"),
        (b"{", "JSON"),
    ];
    if let Some((_, kind)) = kinds.iter().find(|(magic, _)| start.starts_with(magic)) {
        let hint = "save the table as CSV in UTF-8; a compressed one can be piped in: zcat FILE | longgame analyze - …";
        return Err(Failure::input(format!("cannot read {file}: it is {kind}, not CSV"), Some(hint.to_owned())));
    }
    if start[..start.len().min(4096)].contains(&0) {
        let hint = "save the table as CSV in UTF-8";
        return Err(Failure::input(format!("cannot read {file}: it is no text"), Some(hint.to_owned())));
    }
    Ok(())
}

/// A CSV file beside the one named that may have been meant.
fn similar_file(name: &str) -> Option<String> {
    let path = Path::new(name);
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")))
        .map(|path| path.strip_prefix("./").unwrap_or(&path).display().to_string())
        .collect();
    beside.sort();
    let known: Vec<&str> = beside.iter().map(String::as_str).collect();
    nearest(name, &known).filter(|near| *near != name).map(|near| format!("did you mean {near}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_separator() {
        for (header, delimiter) in
            [("a,b;c\n1;2;3;", b','), ("a;b\n", b';'), ("a\tb", b'\t'), ("\"a;b\"|c", b'|'), ("alone", b',')]
        {
            assert_eq!(delimiter_of(header.as_bytes()), delimiter, "{header}");
        }
    }
    #[test]
    fn a_row_knows_the_line_it_begins_in() {
        let tables: [(&str, &[u64]); 6] = [
            ("a,b\n1,2\n3,4\n5,6", &[2, 3, 4]),
            ("a,b\r\n1,2\r\n3,4\r\n5,6", &[2, 3, 4]),
            ("a,b\n\n1,2\n\n\n3,4\n", &[3, 6]),
            ("a,b\r\n\r\n1,2\r\n\r\n\r\n3,4\r\n", &[3, 6]),
            ("a,b\n\"1\n1\",2\n3,4\n", &[2, 4]),
            ("\u{feff}a,b\r\n\"1\r\n1\",2\r\n3,4\r\n", &[2, 4]),
        ];
        for (table, lines) in tables {
            let mut rows = Rows::over("t.csv", Box::new(table.as_bytes()), None).unwrap_or_else(|_| panic!("{table:?}"));
            let mut found = Vec::new();
            while rows.advance().unwrap_or_else(|_| panic!("{table:?}")) {
                found.push(rows.line());
            }
            assert_eq!(found, lines, "{table:?}");
        }
    }
}
