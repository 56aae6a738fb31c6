//! Texts that mistakes are found in: scenario files and command-line flags, with lines and columns. Reads no files.

use std::ops::Range;
use std::sync::Arc;

/// A named text; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

/// A place in a text as people count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Source {
    /// A text called `name` in messages (a file's path). A byte-order mark at the start is dropped.
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.into(), text: text.strip_prefix('\u{feff}').unwrap_or(text).into() }
    }

    /// What the text is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of the text in `span`, or nothing if the span does not lie in it.
    pub fn slice(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or("")
    }

    /// Line and column of a byte offset; offsets past the end count as the end.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }

    /// Byte offset of a line and column; positions past the end count as the end.
    pub fn offset(&self, position: Position) -> usize {
        let mut line_start = 0;
        for _ in 1..position.line {
            match self.text[line_start..].find('\n') {
                Some(newline) => line_start += newline + 1,
                None => return self.text.len(),
            }
        }
        let line = &self.text[line_start..];
        line.char_indices().nth(position.column.saturating_sub(1)).map_or(self.text.len(), |(offset, _)| line_start + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let source = Source::new("x", "añb\ncd");
        assert_eq!(source.position(3), Position { line: 1, column: 3 });
        assert_eq!(source.position(6), Position { line: 2, column: 2 });
        assert_eq!(source.position(999), Position { line: 2, column: 3 });
        for offset in [0, 1, 3, 4, 5, 6, 7] {
            assert_eq!(source.offset(source.position(offset)), offset);
        }
    }
}
