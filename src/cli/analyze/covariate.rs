//! A covariate while it is read: numbers, or categories that become one indicator per value but the first.
//!
//! The first cell decides which of the two, unless the user has: a number that turns up later as a text is then a typing
//! mistake with a place, not a new category.

use super::cells::{self, Cell};
use super::interner::Interner;
use super::rows::{Rows, Told};
use crate::analysis::trial_analysis::NamedColumn;
use crate::cli::failure::Failure;

/// Most values of a category.
const MOST_LEVELS: usize = 50;

/// A covariate so far.
pub(super) struct Covariate {
    /// Position in the file.
    pub(super) column: usize,
    kind: Kind,
}

enum Kind {
    Undecided,
    Numbers(Vec<f64>),
    Categories { levels: Interner, codes: Vec<u32> },
}

/// A covariate's value in one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Missing,
    Number(f64),
    Level(u32),
}

impl Covariate {
    pub(super) fn new((column, is_categorical): (usize, bool)) -> Self {
        let categories = Kind::Categories { levels: Interner::default(), codes: Vec::new() };
        Self { column, kind: if is_categorical { categories } else { Kind::Undecided } }
    }

    /// What a cell of the current row says.
    ///
    /// # Errors
    /// A text among numbers, an infinite number, too many categories.
    pub(super) fn read(&mut self, rows: &Rows, cell: &[u8]) -> Result<Value, Failure> {
        let cell = cell.trim_ascii();
        if cells::is_missing(cell) {
            return Ok(Value::Missing);
        }
        if matches!(self.kind, Kind::Undecided) {
            self.kind = match cells::read(cell) {
                Cell::Text => Kind::Categories { levels: Interner::default(), codes: Vec::new() },
                _ => Kind::Numbers(Vec::new()),
            };
        }
        match &mut self.kind {
            Kind::Categories { levels, .. } => {
                let level = levels.intern(cell).number;
                if levels.len() > MOST_LEVELS { Err(too_many_levels(rows, self.column)) } else { Ok(Value::Level(level)) }
            }
            Kind::Numbers(_) | Kind::Undecided => match cells::read(cell) {
                Cell::Number(value) => Ok(Value::Number(value)),
                Cell::Missing => Ok(Value::Missing),
                Cell::Infinite => Err(super::not_finite(rows, self.column)),
                Cell::Text => Err(no_number_any_more(rows, self.column)),
            },
        }
    }

    /// Keeps a value that `read` gave.
    pub(super) fn push(&mut self, value: Value) {
        match (&mut self.kind, value) {
            (Kind::Numbers(values), Value::Number(value)) => values.push(value),
            (Kind::Categories { codes, .. }, Value::Level(level)) => codes.push(level),
            _ => {}
        }
    }

    /// The column or its indicators, for the rows that `keep` accepts; and a note on categories.
    pub(super) fn columns(self, name: &str, keep: impl Fn(usize) -> bool) -> (Vec<NamedColumn>, Option<String>) {
        match self.kind {
            Kind::Undecided => (Vec::new(), None),
            Kind::Numbers(values) => {
                let kept = values.into_iter().enumerate().filter(|(row, _)| keep(*row)).map(|(_, value)| value).collect();
                (vec![NamedColumn { name: name.to_owned(), values: kept }], None)
            }
            Kind::Categories { levels, codes } => {
                let codes: Vec<u32> = codes.into_iter().enumerate().filter(|(row, _)| keep(*row)).map(|(_, code)| code).collect();
                indicators(name, &levels, &codes)
            }
        }
    }
}

/// One indicator per level but the first; levels in order, as numbers if all of them are.
fn indicators(name: &str, levels: &Interner, codes: &[u32]) -> (Vec<NamedColumn>, Option<String>) {
    let mut order: Vec<u32> = (0..levels.len() as u32).collect();
    let number = |level: u32| levels.text_of(level).parse::<f64>().ok();
    if order.iter().all(|level| number(*level).is_some()) {
        order.sort_by(|a, b| number(*a).unwrap_or_default().total_cmp(&number(*b).unwrap_or_default()));
    } else {
        order.sort_by(|a, b| levels.bytes_of(*a).cmp(levels.bytes_of(*b)));
    }
    let texts: Vec<String> = order.iter().map(|level| levels.text_of(*level)).collect();
    let columns = order.iter().zip(&texts).skip(1).map(|(level, text)| NamedColumn {
        name: format!("{name}={text}"),
        values: codes.iter().map(|code| f64::from(u8::from(code == level))).collect(),
    });
    let first = texts.first().cloned().unwrap_or_default();
    let note = format!("`{name}` is read as {} categories, one indicator for each but `{first}`", texts.len());
    (columns.collect(), Some(note))
}

fn too_many_levels(rows: &Rows, column: usize) -> Failure {
    let name = rows.name(column);
    rows.mistake(
        column,
        Told {
            message: format!("`{name}` has more than {MOST_LEVELS} different texts"),
            expected: format!("a number, or one of at most {MOST_LEVELS} categories"),
            hint: Some("turn it into numbers or fewer categories, or leave it out of --covariates".to_owned()),
        },
    )
}

fn no_number_any_more(rows: &Rows, column: usize) -> Failure {
    let name = rows.name(column);
    rows.mistake(
        column,
        Told {
            message: format!("`{name}` is not a number"),
            expected: "a number like the ones above".to_owned(),
            hint: Some(format!("leave the cell empty if the value is missing, or use --categorical {name}")),
        },
    )
}
