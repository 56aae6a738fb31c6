//! A CSV file as a stream of rows: its header, the current row, and mistakes with their places.
//!
//! Nothing is kept but the current row. Understands a byte-order mark, gzip, quoted cells, CRLF, and commas, semicolons, tabs
//! or bars between cells. Rows without any value are skipped; a row with another number of cells than the header is refused,
//! unless only empty cells make the difference.

use super::layout::{Layout, LineEnds, Widths, delimiter_words, names_in};
use super::mistake::{Line, TableMistake};
use super::source::{self, Progress, Source};
use super::text;
use crate::cli::failure::{Failure, describe_io};
use crate::domain::nearest;
use csv::{ByteRecord, ReaderBuilder};
use indicatif::ProgressBar;
use std::io::{self, Read};
use std::ops::Range;
use std::rc::Rc;

/// Bytes read at a time.
const BUFFER: usize = 1 << 20;

/// How a file is to be read.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::cli::analyze) struct RowOptions {
    /// Without a progress bar.
    pub(in crate::cli::analyze) quiet: bool,
    /// What stands between cells, if the file shall not be asked.
    pub(in crate::cli::analyze) delimiter: Option<u8>,
}

/// A CSV file that is being read.
pub(in crate::cli::analyze) struct Rows {
    reader: csv::Reader<Box<dyn Read>>,
    /// As users know it.
    pub(in crate::cli::analyze) file: String,
    /// Names of the columns.
    pub(in crate::cli::analyze) header: Vec<String>,
    /// What was decided while reading, for the user to know; complete after the last row.
    pub(in crate::cli::analyze) notes: Vec<String>,
    header_cells: ByteRecord,
    widths: Widths,
    header_is_utf8: bool,
    delimiter: u8,
    line_ends: LineEnds,
    record: ByteRecord,
    /// Rows read, header included.
    read: u64,
    empty: Skipped,
    longer: Skipped,
    progress: Rc<Progress>,
    bar: Option<ProgressBar>,
}

/// Rows that were forgiven something.
#[derive(Debug, Clone, Copy, Default)]
struct Skipped {
    rows: u64,
    first_line: u64,
}

impl Skipped {
    fn count(&mut self, line: u64) {
        if self.rows == 0 {
            self.first_line = line;
        }
        self.rows += 1;
    }
}

/// A cell's place in the file, for a mistake that shows only later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli::analyze) struct Place {
    line: Line,
    span: Range<usize>,
}

/// What is said about a cell.
pub(in crate::cli::analyze) struct Told {
    pub(in crate::cli::analyze) message: String,
    /// Follows "expected".
    pub(in crate::cli::analyze) expected: String,
    pub(in crate::cli::analyze) hint: Option<String>,
}

impl Rows {
    /// Opens a file, or stdin for `-`, and reads its header.
    ///
    /// # Errors
    /// A file that cannot be read, is empty or is no text.
    pub(in crate::cli::analyze) fn open(name: &str, options: &RowOptions) -> Result<Self, Failure> {
        if name == "-" {
            return Self::over("stdin", Box::new(io::stdin()), options);
        }
        let (input, bar) = source::open(name, options.quiet)?;
        let mut rows = Self::over(name, input, options).inspect_err(|_| bar.iter().for_each(ProgressBar::finish_and_clear))?;
        rows.bar = bar;
        Ok(rows)
    }

    /// Reads the header of a table that comes from anywhere.
    ///
    /// # Errors
    /// Bytes that cannot be read, are none or are no text.
    pub(in crate::cli::analyze) fn over(file: &str, input: Box<dyn Read>, options: &RowOptions) -> Result<Self, Failure> {
        let source = Source::new(file, input)?;
        let layout = Layout::of(&source.start, source.is_whole, options.delimiter);
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(layout.delimiter)
            .buffer_capacity(BUFFER)
            .from_reader(source.bytes);
        let mut rows = Self {
            reader,
            file: file.to_owned(),
            header: Vec::new(),
            notes: layout.note.into_iter().collect(),
            header_cells: ByteRecord::new(),
            widths: Widths { cells: 0, filled: 0 },
            header_is_utf8: true,
            delimiter: layout.delimiter,
            line_ends: layout.line_ends,
            record: ByteRecord::new(),
            read: 0,
            empty: Skipped::default(),
            longer: Skipped::default(),
            progress: source.progress,
            bar: None,
        };
        rows.read_header(layout.names_delimiter)?;
        Ok(rows)
    }

    fn read_header(&mut self, names_delimiter: bool) -> Result<(), Failure> {
        if !(self.read_record()? && (!names_delimiter || self.read_record()?)) {
            let hint = "a table needs a header line with the names of its columns, then one line per unit";
            return Err(Failure::input(format!("{} is empty", self.file), Some(hint.to_owned())));
        }
        (self.header, self.header_is_utf8) = names_in(&self.record);
        if !self.header_is_utf8 {
            self.notes.push("the header is not UTF-8 and is read as Latin-1".to_owned());
        }
        self.widths = Widths::of(&self.record);
        self.header_cells = self.record.clone();
        Ok(())
    }

    fn read_record(&mut self) -> Result<bool, Failure> {
        let has_one = self.reader.read_byte_record(&mut self.record).map_err(|error| self.unreadable(&error))?;
        self.progress.since_row.set(0);
        self.read += u64::from(has_one);
        Ok(has_one)
    }

    /// Goes to the next row; `false` at the end.
    ///
    /// # Errors
    /// A row with more values than the header has names, or too few cells; a file that cannot be read on.
    pub(in crate::cli::analyze) fn advance(&mut self) -> Result<bool, Failure> {
        loop {
            if !self.read_record()? {
                self.finish();
                return Ok(false);
            }
            if self.may_have_swallowed_lines() {
                return Err(self.never_closed());
            }
            if self.record.as_slice().is_empty() {
                self.empty.count(self.line());
            } else if self.record.len() == self.widths.cells {
                return Ok(true);
            } else if self.widths.accept(Widths::of(&self.record)) {
                if self.record.len() > self.widths.cells {
                    self.longer.count(self.line());
                }
                return Ok(true);
            } else {
                return Err(self.ragged());
            }
        }
    }

    fn finish(&mut self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
        let told = [
            (std::mem::take(&mut self.empty), "without any value", "skipped"),
            (std::mem::take(&mut self.longer), "with more cells than the header", "read, because these cells are empty"),
        ];
        for (skipped, which, done) in told.into_iter().filter(|(skipped, ..)| skipped.rows > 0) {
            let rows = if skipped.rows == 1 { "1 row".to_owned() } else { format!("{} rows", skipped.rows) };
            let verb = if skipped.rows == 1 { "is" } else { "are" };
            self.notes.push(format!("{rows} {which} (first in line {}) {verb} {done}", skipped.first_line));
        }
    }

    /// A cell of the current row.
    pub(in crate::cli::analyze) fn cell(&self, column: usize) -> &[u8] {
        self.record.get(column).unwrap_or_default()
    }

    /// Line of the file that the current row begins in, from 1.
    pub(in crate::cli::analyze) fn line(&self) -> u64 {
        let begun = self.record.position().map_or(0, csv::Position::line);
        let within = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let ended = self.reader.position().line().saturating_sub(within);
        // The reader's own count begins before blank lines, and before the line feed that ends a line with a return.
        match self.line_ends {
            LineEnds::ReturnsAndFeeds => ended,
            LineEnds::Feeds => begun.max(ended.saturating_sub(1)),
            LineEnds::Returns => self.read,
        }
    }

    /// Whether the current row is the header once more, as where files were joined.
    pub(in crate::cli::analyze) fn is_header_again(&self) -> bool {
        let cells = self.header_cells.iter().zip(&self.record);
        self.read > 1
            && cells.clone().count() > 1
            && cells.into_iter().all(|(name, cell)| text::trimmed(name) == text::trimmed(cell))
    }

    /// Whether a quotation mark in the current row was never closed, so that lines after it were taken for a part of a cell.
    fn may_have_swallowed_lines(&self) -> bool {
        let Some(start) = self.record.position() else { return false };
        let end = self.reader.position();
        let has_ended = self.progress.has_ended.get();
        let ends_line = u64::from(!has_ended);
        if end.line() <= start.line() + ends_line || !self.record.as_slice().contains(&b'\n') {
            return false;
        }
        // Bytes that these cells take if every cell that needs quotation marks has both of them.
        let quoted = |cell: &[u8]| {
            let marks = cell.iter().filter(|byte| **byte == b'"').count();
            if cell.contains(&b'\n') { cell.len() + marks + 2 } else { cell.len() }
        };
        let cells: usize = self.record.iter().map(quoted).sum();
        let has_returns = self.line_ends == LineEnds::ReturnsAndFeeds && self.record.as_slice().contains(&b'\r');
        let line_end = match (has_ended, has_returns) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        };
        let least = cells + self.record.len().saturating_sub(1) + line_end;
        end.byte() - start.byte() < least as u64
    }

    fn never_closed(&self) -> Failure {
        let (line, spans) = self.marked_line();
        let within = |cell: &[u8]| cell.contains(&b'\n');
        let span = self.record.iter().position(within).and_then(|column| spans.get(column).cloned());
        let told = Told {
            message: "a quotation mark here is never closed and swallows the lines after it".to_owned(),
            expected: "a cell that ends in this line".to_owned(),
            hint: Some("close it, or write it twice if it belongs to the text: \"\"".to_owned()),
        };
        self.mistake_at(&Place { line, span: span.unwrap_or(0..0) }, told)
    }

    fn ragged(&self) -> Failure {
        let (found, wanted) = (self.record.len(), self.widths.cells);
        let (line, spans) = self.marked_line();
        let span = match spans.get(wanted) {
            Some(first) => first.start..line.text.len(),
            None => 0..line.text.len(),
        };
        let told = Told {
            message: format!(
                "this line has {} where the header has {wanted}",
                if found == 1 { "1 cell".to_owned() } else { format!("{found} cells") }
            ),
            expected: format!("{wanted} cells"),
            hint: Some(self.ragged_hint(found, wanted)),
        };
        self.mistake_at(&Place { line, span }, told)
    }

    fn ragged_hint(&self, found: usize, wanted: usize) -> String {
        let separators = delimiter_words(self.delimiter);
        if self.record.iter().any(|cell| cell.contains(&b'\n')) {
            return "a quotation mark that is never closed swallows the lines after it".to_owned();
        }
        if self.record.len() == 1 && wanted > 1 {
            return format!("cells are separated by {separators} here; if this file has another separator: --delimiter ';'");
        }
        if wanted == 1 {
            return "the first line of the file must hold the names of all columns: is there a title above it?".to_owned();
        }
        if found > wanted {
            let numbers =
                if self.delimiter == b',' && self.has_decimal_commas() { ", such as numbers with a decimal comma," } else { "" };
            let marks = format!("put cells that hold the separator{numbers} in quotation marks");
            let is_first = found == wanted + 1 && self.read == 2;
            let name = if is_first { "; if the first cell is only a row's number, give it a name in the header" } else { "" };
            return format!("{marks}{name}");
        }
        "every line needs a cell for every column, empty ones too".to_owned()
    }

    /// Whether two cells side by side may be one number with a decimal comma.
    fn has_decimal_commas(&self) -> bool {
        let are_digits = |cell: &[u8]| !cell.is_empty() && cell.iter().all(u8::is_ascii_digit);
        let cells: Vec<&[u8]> = self.record.iter().collect();
        cells.windows(2).any(|pair| are_digits(pair[0].strip_prefix(b"-").unwrap_or(pair[0])) && are_digits(pair[1]))
    }

    fn marked_line(&self) -> (Line, Vec<Range<usize>>) {
        Line::of(&self.file, self.line(), &self.record, self.delimiter)
    }

    /// The place of a cell of the current row.
    pub(in crate::cli::analyze) fn place(&self, column: usize) -> Place {
        let (line, spans) = self.marked_line();
        Place { line, span: spans.get(column).cloned().unwrap_or(0..0) }
    }

    /// A mistake in a cell of the current row.
    pub(in crate::cli::analyze) fn mistake(&self, column: usize, told: Told) -> Failure {
        if !self.is_header_again() {
            return self.mistake_at(&self.place(column), told);
        }
        let (line, _) = self.marked_line();
        let span = 0..line.text.len();
        let told = Told {
            message: format!("line {} is the header again", line.number),
            expected: "a row".to_owned(),
            hint: Some("files that were joined keep one header only: take this line out".to_owned()),
        };
        self.mistake_at(&Place { line, span }, told)
    }

    /// A mistake in a cell that was read before.
    pub(in crate::cli::analyze) fn mistake_at(&self, place: &Place, told: Told) -> Failure {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
        let Place { line, span } = place.clone();
        let mistake = TableMistake { message: told.message, expected: told.expected, hint: told.hint, line, span };
        Failure::Table(Box::new(mistake.shortened()))
    }

    fn unreadable(&self, error: &csv::Error) -> Failure {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
        let (reason, hint) = match error.kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                let begun = self.record.position().map_or(0, csv::Position::line);
                let hint = "a quotation mark that is never closed swallows the lines after it";
                (format!("the row that begins in line {begun} is longer than 64 MB"), Some(hint.to_owned()))
            }
            csv::ErrorKind::Io(error) => (describe_io(error), source::unpacking_hint(error)),
            _ => (error.to_string(), None),
        };
        Failure::input(format!("cannot read {}: {reason}", self.file), hint)
    }

    /// Position of a column.
    ///
    /// # Errors
    /// A name that no column has, or more than one.
    pub(in crate::cli::analyze) fn column(&self, name: &str, flag: &str) -> Result<usize, Failure> {
        let wanted = text::shown(name.as_bytes());
        let mut found = self.header.iter().enumerate().filter(|(_, known)| **known == wanted).map(|(index, _)| index);
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
        let known: Vec<&str> = self.header.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        let listed = if known.len() > 20 { format!("{}, …", known[..20].join(", ")) } else { known.join(", ") };
        let mut hint = match nearest(name, &known) {
            Some(near) => format!("did you mean {near}? The columns are {listed}"),
            None if known.len() == 1 => format!(
                "the first line has one name only, {listed}: it must hold the names of all columns, and --delimiter tells what \
                 separates them"
            ),
            None => format!("the columns are {listed}"),
        };
        if !self.header_is_utf8 {
            hint.push_str("; the file is not UTF-8, and names with accents may be read wrongly: save it as UTF-8");
        }
        hint
    }

    /// Name of a column, for messages.
    pub(in crate::cli::analyze) fn name(&self, column: usize) -> &str {
        &self.header[column]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn over(table: &[u8]) -> Result<Rows, Failure> {
        Rows::over("t.csv", Box::new(io::Cursor::new(table.to_vec())), &RowOptions::default())
    }

    /// All rows as texts with bars between cells, or what went wrong.
    fn all(table: &[u8]) -> Result<(Vec<String>, Vec<String>), String> {
        let told = |failure: Failure| failure.to_string();
        let mut rows = over(table).map_err(told)?;
        let mut found = Vec::new();
        while rows.advance().map_err(told)? {
            let cells: Vec<_> = (0..rows.header.len()).map(|column| text::shown(rows.cell(column)).into_owned()).collect();
            found.push(cells.join("|"));
        }
        Ok((found, rows.notes))
    }

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn a_row_knows_the_line_it_begins_in() {
        let tables: [(&str, &[u64]); 8] = [
            ("a,b\n1,2\n3,4\n5,6", &[2, 3, 4]),
            ("a,b\r\n1,2\r\n3,4\r\n5,6", &[2, 3, 4]),
            ("a,b\r1,2\r3,4\r5,6", &[2, 3, 4]),
            ("sep=,\r\na,b\r\n1,2\r\n3,4\r\n", &[3, 4]),
            ("a,b\n\n1,2\n\n\n3,4\n", &[3, 6]),
            ("a,b\r\n\r\n1,2\r\n\r\n\r\n3,4\r\n", &[3, 6]),
            ("a,b\n\"1\n1\",2\n3,4\n", &[2, 4]),
            ("\u{feff}a,b\r\n\"1\r\n1\",2\r\n3,4\r\n", &[2, 4]),
        ];
        for (table, lines) in tables {
            let mut rows = over(table.as_bytes()).unwrap_or_else(|_| panic!("{table:?}"));
            let mut found = Vec::new();
            while rows.advance().unwrap_or_else(|_| panic!("{table:?}")) {
                found.push(rows.line());
            }
            assert_eq!(found, lines, "{table:?}");
        }
    }

    #[test]
    fn gzip_is_read_as_if_it_were_not_there() {
        let joined: Vec<u8> = [packed(b"\xef\xbb\xbfa,b\n1,2\n"), packed(b"3,4\n")].concat();
        assert_eq!(all(&joined).map(|found| found.0), Ok(vec!["1|2".to_owned(), "3|4".to_owned()]));
    }

    #[test]
    fn gzip_that_is_cut_off_or_damaged_is_told_plainly() {
        let table: String =
            std::iter::once("a,b\n".to_owned()).chain((0..90_000).map(|row| format!("{row},{}\n", row % 97))).collect();
        let whole = packed(table.as_bytes());
        for length in [3, 9, 40, whole.len() / 2, whole.len() - 1] {
            let told = all(&whole[..length]).expect_err("cut off");
            assert_eq!(told, "cannot read t.csv: the compressed file breaks off before its end", "{length}");
        }
        let mut damaged = whole.clone();
        let last = damaged.len() - 6;
        damaged[last] ^= 0xff;
        assert_eq!(all(&damaged), Err("cannot read t.csv: the compressed file is damaged".to_owned()));
        assert_eq!(all(&packed(&whole)), Err("cannot read t.csv: it is compressed with gzip twice, not CSV".to_owned()));
    }

    #[test]
    fn a_row_without_end_is_refused_before_it_fills_the_memory() {
        let start = io::Cursor::new(b"a,b\n1,2\n\"".to_vec());
        let mut rows =
            Rows::over("t.csv", Box::new(start.chain(io::repeat(b'x'))), &RowOptions::default()).unwrap_or_else(|_| panic!());
        assert!(rows.advance().is_ok_and(|has_one| has_one));
        let told = rows.advance().expect_err("no end").to_string();
        assert_eq!(told, "cannot read t.csv: the row that begins in line 3 is longer than 64 MB");
    }

    #[test]
    fn only_empty_cells_may_make_rows_longer_or_shorter() {
        let (rows, notes) = all(b"a,b\n1,2,\n3,4, ,\n5,6\n").expect("longer by empty cells");
        assert_eq!(rows, ["1|2", "3|4", "5|6"]);
        assert_eq!(notes, ["2 rows with more cells than the header (first in line 2) are read, because these cells are empty"]);
        assert_eq!(all(b"a,b,,\n1,2\n3,4,5,6\n").map(|found| found.0), Ok(vec!["1|2||".to_owned(), "3|4|5|6".to_owned()]));
        assert_eq!(all(b"a,b\n1,2,3\n"), Err("this line has 3 cells where the header has 2".to_owned()));
        assert_eq!(all(b"a,b,c\n1,2\n"), Err("this line has 2 cells where the header has 3".to_owned()));
        let (rows, notes) = all(b"a,b\n1,2\n,\n\n3,4\n,,,\n").expect("rows without values");
        assert_eq!(rows, ["1|2", "3|4"]);
        assert_eq!(notes, ["2 rows without any value (first in line 3) are skipped"]);
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_loses_no_rows_in_silence() {
        for table in
            ["a,b\n1,\"x\n2,y\n3,z\n", "a,b\n1,\"x\n2,\"y\"\n3,z\n", "a,b\r\n1,\"x\r\n2,\"y\"\r\n3,z\r\n", "a,b\n1,\"x\n2,y"]
        {
            let told = all(table.as_bytes()).expect_err(table);
            assert_eq!(told, "a quotation mark here is never closed and swallows the lines after it", "{table:?}");
        }
        for table in [
            "a,b\n1,\"x\ny\"\n2,z\n",
            "a,b\r\n1,\"x\r\ny \"\"q\"\"\"\r\n2,z",
            "a,b\n\"1\n\n\",\"x\"\n2,z",
            "a,b\n1,\"x\ny\"",
            "a,b\n\n\n1,5\" pipe\n2,3",
        ] {
            assert!(all(table.as_bytes()).is_ok(), "{table:?}");
        }
    }

    #[test]
    fn names_are_found_whatever_surrounds_them() {
        let rows = over("\u{feff}\u{a0}id\u{a0},\"arm \",\u{200b}y\n1,0,2\n".as_bytes()).unwrap_or_else(|_| panic!());
        assert_eq!(rows.header, ["id", "arm", "y"]);
        assert!(["id", " arm", "y"].iter().all(|name| rows.column(name, "--unit").is_ok()));
        let Err(Failure::Input { hint, .. }) = rows.column("ID", "--unit") else { panic!("another case is another name") };
        assert_eq!(hint.as_deref(), Some("did you mean id? The columns are id, arm, y"));
    }

    #[test]
    fn a_header_that_is_not_utf_8_says_so() {
        let rows = over(b"id;gr\xf6\xdfe\n1;2\n").unwrap_or_else(|_| panic!());
        assert!(rows.column("größe", "--outcome").is_ok());
        let Err(Failure::Input { hint, .. }) = rows.column("taille", "--outcome") else { panic!("no such name") };
        assert!(hint.is_some_and(|hint| hint.contains("not UTF-8")));
    }

    #[test]
    fn a_header_in_the_middle_is_known_and_told() {
        let mut rows = over(b"id,y\n1,2\nid, y\n3,4\n").unwrap_or_else(|_| panic!());
        let mut again = Vec::new();
        while rows.advance().unwrap_or_else(|_| panic!()) {
            again.push(rows.is_header_again());
            let told = Told { message: "`y` is not a number".to_owned(), expected: "a number".to_owned(), hint: None };
            let message = rows.mistake(1, told).to_string();
            assert_eq!(message == "line 3 is the header again", rows.is_header_again());
        }
        assert_eq!(again, [false, true, false]);
    }
}
