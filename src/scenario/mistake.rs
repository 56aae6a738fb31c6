//! A user's mistakes as plain records: place, value, expectation, hint. How they are drawn is the command line's business.

use crate::scenario::Source;
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// One mistake and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Headline, a lowercase fragment.
    pub message: String,
    /// Path of the field, in the notation of `--set`; empty where no field is concerned.
    pub path: String,
    /// The value found, as text.
    pub value: Option<String>,
    /// What was expected instead, a fragment that follows "expected".
    pub expected: Option<String>,
    /// How to mend it.
    pub hint: Option<String>,
    /// The text it stands in.
    pub source: Source,
    /// Bytes of the text it concerns.
    pub span: Range<usize>,
    /// Another place that explains it, with a label.
    pub also: Option<(Range<usize>, String)>,
}

/// A mistake as a flat record, for programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MistakeRecord {
    /// File, or `command line`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Headline.
    pub message: String,
    /// Path of the field.
    pub path: String,
    /// The value found.
    pub value: Option<String>,
    /// What was expected instead.
    pub expected: Option<String>,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Mistake {
    /// The mistake as a flat record.
    pub fn record(&self) -> MistakeRecord {
        let position = self.source.position(self.span.start);
        MistakeRecord {
            file: self.source.name().to_owned(),
            line: position.line,
            column: position.column,
            message: self.message.clone(),
            path: self.path.clone(),
            value: self.value.clone(),
            expected: self.expected.clone(),
            hint: self.hint.clone(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = self.source.position(self.span.start);
        write!(f, "{}:{}:{}: {}", self.source.name(), position.line, position.column, self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}

/// A scenario that is not valid: all its mistakes, never none.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioError {
    /// The mistakes, in the order of the text.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioError {}
