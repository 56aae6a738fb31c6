//! How a table is laid out, told from its start: what stands between cells, how lines end, and the names in its header.

use super::text;
use csv::{ByteRecord, ReaderBuilder};

/// What may stand between cells, best guess first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows below the header that are looked at.
const ROWS: usize = 50;
/// Bytes of the start that are looked at.
const LOOKED_AT: usize = 1 << 16;

/// How a table is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// Whether a line that only names the separator comes before the header, as spreadsheets write it.
    pub(super) names_delimiter: bool,
    pub(super) line_ends: LineEnds,
    /// Said if more than one separator was possible.
    pub(super) note: Option<String>,
}

/// What lines end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// A line feed.
    Feeds,
    /// A carriage return and a line feed.
    ReturnsAndFeeds,
    /// A carriage return alone.
    Returns,
}

impl Layout {
    /// The layout of a table that begins so; a separator that was asked for is taken.
    pub(super) fn of(start: &[u8], is_whole: bool, asked: Option<u8>) -> Self {
        let feed = start.iter().position(|byte| *byte == b'\n');
        let line_ends = match feed {
            Some(feed) if start[..feed].ends_with(b"\r") => LineEnds::ReturnsAndFeeds,
            None if start.contains(&b'\r') => LineEnds::Returns,
            _ => LineEnds::Feeds,
        };
        let named = named_delimiter(start);
        let (guessed, was_open) = delimiter_of(start, is_whole);
        let delimiter = asked.or(named).unwrap_or(guessed);
        let note = (asked.is_none() && named.is_none() && was_open)
            .then(|| format!("cells are taken as separated by {}", delimiter_words(delimiter)));
        Self { delimiter, names_delimiter: named.is_some(), line_ends, note }
    }
}

/// The separator that a first line `sep=;` names.
fn named_delimiter(start: &[u8]) -> Option<u8> {
    let end = start.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let line = &start[..end];
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [name @ .., delimiter] if name.eq_ignore_ascii_case(b"sep=") => {
            (delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() && *delimiter != b'"').then_some(*delimiter)
        }
        _ => None,
    }
}

/// A separator in words.
pub(super) fn delimiter_words(delimiter: u8) -> String {
    match delimiter {
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'\t' => "tabs".to_owned(),
        b'|' => "bars".to_owned(),
        b' ' => "spaces".to_owned(),
        other => format!("`{}`", char::from(other)),
    }
}

/// The separator under which header and rows have equally many cells, most of them if several do; and whether the header left
/// it open.
fn delimiter_of(start: &[u8], is_whole: bool) -> (u8, bool) {
    let looked_at = &start[..start.len().min(LOOKED_AT)];
    let is_whole = is_whole && looked_at.len() == start.len();
    let fits = DELIMITERS.map(|delimiter| Fit::of(looked_at, is_whole, delimiter));
    let best = (0..DELIMITERS.len()).max_by_key(|index| (fits[*index].rank(), std::cmp::Reverse(*index)));
    let possible = fits.iter().filter(|fit| fit.names > 1).count();
    (best.map_or(b',', |index| DELIMITERS[index]), possible > 1)
}

/// How well a separator fits a table.
#[derive(Debug, Clone, Copy)]
struct Fit {
    /// Cells of the header, without empty ones at its end.
    names: usize,
    rows: usize,
    /// Rows that have as many cells as the header.
    agreeing: usize,
}

impl Fit {
    fn of(start: &[u8], is_whole: bool, delimiter: u8) -> Self {
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(start);
        let mut fit = Self { names: 0, rows: 0, agreeing: 0 };
        let mut record = ByteRecord::new();
        let mut header = None;
        let mut read = |record: &mut ByteRecord| {
            let has_one = reader.read_byte_record(record).unwrap_or(false);
            // The last row of a start may be cut off.
            has_one && (is_whole || reader.position().byte() < start.len() as u64)
        };
        if named_delimiter(start).is_some() {
            read(&mut record);
        }
        while fit.rows < ROWS && read(&mut record) {
            let Some(header) = header else {
                header = Some(Widths::of(&record));
                continue;
            };
            fit.rows += 1;
            fit.agreeing += usize::from(header.accept(Widths::of(&record)));
        }
        fit.names = header.map_or(0, |header| header.filled);
        fit
    }

    /// Better separators have larger ones.
    fn rank(self) -> (bool, bool, usize, usize) {
        let is_perfect = self.agreeing == self.rows;
        (self.names > 1, is_perfect, if is_perfect { self.names } else { self.agreeing }, self.names)
    }
}

/// Cells of a row, and of these up to the last that is not empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Widths {
    pub(super) cells: usize,
    pub(super) filled: usize,
}

impl Widths {
    pub(super) fn of(record: &ByteRecord) -> Self {
        let cells = record.len();
        let empty = (0..cells).rev().take_while(|cell| record.get(*cell).is_none_or(|cell| text::trimmed(cell).is_empty()));
        Self { cells, filled: cells - empty.count() }
    }

    /// Whether a row fits below this header: it may be longer by empty cells, and shorter by empty names.
    pub(super) fn accept(self, row: Self) -> bool {
        row.filled <= self.cells && row.cells >= self.filled
    }
}

/// The names in a header, and whether they were readable as UTF-8; if not they are read as Latin-1.
pub(super) fn names_in(header: &ByteRecord) -> (Vec<String>, bool) {
    let is_utf8 = header.iter().all(|name| std::str::from_utf8(name).is_ok());
    let name_in = |cell: &[u8]| match std::str::from_utf8(text::trimmed(cell)) {
        Ok(name) => name.to_owned(),
        Err(_) => text::trimmed(cell).iter().map(|byte| char::from(*byte)).collect(),
    };
    (header.iter().map(name_in).collect(), is_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_rows_together_tell_the_separator() {
        for (table, delimiter) in [
            ("a,b;c\n1;2\n", b';'),
            ("a;b\n", b';'),
            ("a\tb\n1\t2", b'\t'),
            ("\"a;b\"|c", b'|'),
            ("alone\n1\n", b','),
            ("id;arm;y;Umsatz, EUR\n1;0;2,5;3,5\n", b';'),
            ("id;arm;y;Umsatz, EUR\n", b';'),
            ("id;arm;y\n1;0;3,5\n2;1;4,5\n", b';'),
            ("id,arm,y\n1,0,3,5\n2,1,4,5\n", b','),
            ("id,arm,y\n1,0,\"3;5\"\n", b','),
            ("id\tarm\tlast, first\n1\t0\tA, B\n", b'\t'),
            ("id,arm,y\n1,0,3,\n2,1,4,\n", b','),
            ("id;arm;;\n1;0\n", b';'),
            ("sep=|\nid|a,b,c,d\n1|2\n", b'|'),
            ("", b','),
        ] {
            assert_eq!(Layout::of(table.as_bytes(), true, None).delimiter, delimiter, "{table}");
        }
        assert_eq!(Layout::of(b"a,b:c\n", true, Some(b':')).delimiter, b':');
    }

    #[test]
    fn a_row_that_is_cut_off_by_the_end_of_the_start_does_not_count() {
        assert_eq!(Layout::of(b"a,b;c\n1,2\n3", false, None).delimiter, b',');
        assert_eq!(Layout::of(b"a,b;c\n1,2\n3;4", true, None).delimiter, b',');
    }

    #[test]
    fn a_first_line_that_names_the_separator_is_known() {
        for (line, delimiter) in [
            ("sep=;\n", Some(b';')),
            ("SEP=\t\r\n", Some(b'\t')),
            ("\"sep=,\"\n", Some(b',')),
            ("sep=\n", None),
            ("sepal\n", None),
        ] {
            assert_eq!(named_delimiter(line.as_bytes()), delimiter, "{line}");
        }
    }

    #[test]
    fn a_header_in_latin_1_can_be_read() {
        let header = ByteRecord::from(vec![&b"gr\xf6\xdfe"[..], b"\xc2\xa0id "]);
        assert_eq!(names_in(&header), (vec!["größe".to_owned(), "id".to_owned()], false));
    }
}
