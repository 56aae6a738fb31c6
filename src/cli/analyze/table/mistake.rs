//! A mistake in a table: the line it stands in with the cell marked, what was expected, and how to mend it.

use miette::{Diagnostic, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::fmt;
use std::ops::Range;

/// Longest line that is shown whole; of longer ones the surroundings of the cell.
const LONGEST_LINE: usize = 90;

/// A mistake in one line of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct TableMistake {
    /// Headline, a lowercase fragment.
    pub(super) message: String,
    /// What was expected of the marked cell.
    pub(super) expected: String,
    /// How to mend it.
    pub(super) hint: Option<String>,
    /// The line it stands in.
    pub(super) line: Line,
    /// Bytes of the line that are marked.
    pub(super) span: Range<usize>,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) file: String,
    /// From 1.
    pub(super) number: u64,
    pub(super) text: String,
}

impl Line {
    /// The line of a file that these cells were read from; quotes are put where they are needed.
    pub(super) fn of(file: &str, number: u64, cells: &csv::ByteRecord, delimiter: u8) -> (Self, Vec<Range<usize>>) {
        let mut text = String::new();
        let mut spans = Vec::with_capacity(cells.len());
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                text.push(char::from(delimiter));
            }
            let start = text.len();
            let cell = String::from_utf8_lossy(cell);
            let cell: String = cell.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
            if cell.contains([char::from(delimiter), '"']) {
                text.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
            } else {
                text.push_str(&cell);
            }
            spans.push(start..text.len());
        }
        (Self { file: file.to_owned(), number, text }, spans)
    }
}

impl TableMistake {
    /// Cuts a long line down to the surroundings of the marked cell.
    pub(super) fn shortened(mut self) -> Self {
        let text = &self.line.text;
        if text.chars().count() <= LONGEST_LINE {
            return self;
        }
        let floor = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let end = floor(self.span.end.min(self.span.start + LONGEST_LINE / 2));
        let from = floor(self.span.start.saturating_sub(LONGEST_LINE / 2));
        let to = floor((end + LONGEST_LINE / 2).min(text.len()));
        let before = if from > 0 { "…" } else { "" };
        let after = if to < text.len() { "…" } else { "" };
        let shift = before.len();
        self.span = self.span.start - from + shift..end - from + shift;
        self.line.text = format!("{before}{}{after}", &text[from..to]);
        self
    }
}

impl fmt::Display for TableMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TableMistake {}

impl Diagnostic for TableMistake {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.line)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = format!("expected {}", self.expected);
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(Some(label), self.span.clone()))))
    }
}

impl SourceCode for Line {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, lines_before, lines_after)?;
        let above = usize::try_from(self.number).unwrap_or(usize::MAX).saturating_sub(1);
        Ok(Box::new(MietteSpanContents::new_named(
            self.file.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + above,
            inner.column(),
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_the_cell_on_letters() {
        let text = format!("{}abc{}", "é,".repeat(100), ",ü".repeat(100));
        let start = text.find("abc").unwrap();
        let line = Line { file: "x.csv".to_owned(), number: 7, text };
        let long = TableMistake { message: String::new(), expected: String::new(), hint: None, line, span: start..start + 3 };
        let short = long.shortened();
        assert_eq!(&short.line.text[short.span.clone()], "abc");
        assert!(short.line.text.starts_with('…') && short.line.text.ends_with('…'));
        assert!(short.line.text.chars().count() <= LONGEST_LINE + 5);
    }
}
