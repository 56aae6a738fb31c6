//! A covariate while it is read. Whether it holds numbers or categories is decided by all of its rows, never by the first.
//!
//! Cells that are all numbers, or words for a missing value, make a column of numbers; cells that are all texts make categories, among which
//! `NA` and `none` are values like any other. Where a few texts stand among numbers each is a mistake with a place; where many do, the column
//! holds categories some of which look like numbers.

use super::table::NumberColumn;
use super::table::cells::{Meaning, NumberRules};
use super::table::interner::Interner;
use super::table::rows::{Place, Rows, Told};
use super::table::text::{fold, trimmed};
use crate::analysis::trial_analysis::CovariateColumn;
use crate::cli::failure::Failure;

/// Most values of a category.
const MOST_LEVELS: usize = 50;
/// More spellings than this are no categories, whatever folds together.
const MOST_SPELLINGS: usize = 400;
/// Fewer texts than this among numbers are mistakes.
const FEW_TEXTS: f64 = 0.1;
/// A cell without a spelling that is kept.
pub(super) const NO_CODE: u32 = u32::MAX;

/// A covariate so far.
pub(super) struct Covariate {
    /// Position in the file.
    pub(super) column: usize,
    is_categorical: bool,
    reader: NumberColumn,
    /// Every different cell, while there are few; then nothing.
    spellings: Option<Interner>,
    numbers: u64,
    texts: u64,
    first_text: Option<Place>,
    /// Where the spellings became too many.
    overflow: Option<Place>,
    missing_words: u64,
}

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct CovariateCell {
    /// NaN where the cell holds no number.
    pub(super) number: f64,
    /// Number of its spelling; [`NO_CODE`] for an empty cell, or where spellings are no longer kept.
    pub(super) code: u32,
}

/// What the column turned out to hold.
pub(super) enum Decided {
    /// Numbers.
    Numbers,
    /// Categories: the level of each spelling, and names of levels in order.
    Categories { level_of_code: Vec<u32>, names: Vec<String> },
}

impl Covariate {
    pub(super) fn new((column, is_categorical): (usize, bool)) -> Self {
        Self {
            column,
            is_categorical,
            reader: NumberColumn::new(column),
            spellings: Some(Interner::default()),
            numbers: 0,
            texts: 0,
            first_text: None,
            overflow: None,
            missing_words: 0,
        }
    }

    /// What a cell of the current row says.
    ///
    /// # Errors
    /// An infinite number.
    pub(super) fn read(&mut self, rows: &Rows, rules: &NumberRules) -> Result<CovariateCell, Failure> {
        let cell = trimmed(rows.cell(self.column));
        let number = match self.reader.meaning(rows, rules) {
            Meaning::Number(value) => {
                self.numbers += 1;
                value
            }
            Meaning::Empty => return Ok(CovariateCell { number: f64::NAN, code: NO_CODE }),
            Meaning::MissingWord => {
                self.missing_words += 1;
                f64::NAN
            }
            Meaning::Infinite if !self.is_categorical => return Err(super::not_finite(rows, self.column)),
            Meaning::Infinite | Meaning::Text => {
                self.texts += 1;
                if self.first_text.is_none() {
                    self.first_text = Some(rows.place(self.column));
                }
                f64::NAN
            }
        };
        let code = match &mut self.spellings {
            None => NO_CODE,
            Some(spellings) => {
                let code = spellings.intern(cell).number;
                if spellings.len() > MOST_SPELLINGS {
                    self.spellings = None;
                    self.overflow = Some(rows.place(self.column));
                }
                code
            }
        };
        Ok(CovariateCell { number, code })
    }

    /// Whether two spellings are one category.
    pub(super) fn is_same(&self, one: u32, other: u32) -> bool {
        let key = |code| self.spellings.as_ref().map(|spellings| fold(spellings.bytes_of(code)));
        one == other || key(one) == key(other)
    }

    /// Whether spellings are still worth keeping.
    pub(super) fn keeps_codes(&self) -> bool {
        self.spellings.is_some()
    }

    /// Decides over all rows; and what the user should know.
    ///
    /// # Errors
    /// Texts among numbers, too many categories.
    pub(super) fn decide(&self, rows: &Rows) -> Result<(Decided, Vec<String>), Failure> {
        let name = rows.name(self.column);
        let share = self.texts as f64 / (self.texts + self.numbers).max(1) as f64;
        if !self.is_categorical {
            let has_words_only = self.numbers == 0 && self.texts == 0 && self.missing_words > 0;
            if self.texts == 0 && !has_words_only {
                return Ok((Decided::Numbers, self.reader.finish(rows)?));
            }
            if self.numbers > 0 && (share < FEW_TEXTS || self.spellings.is_none()) {
                return Err(self.text_among_numbers(rows));
            }
        }
        let Some(spellings) = &self.spellings else { return Err(self.too_many_levels(rows)) };
        let mut keys = Interner::default();
        let mut firsts: Vec<String> = Vec::new();
        let mut merged: Vec<String> = Vec::new();
        let level_of_code: Vec<u32> = (0..spellings.len() as u32)
            .map(|code| {
                let level = keys.intern(&fold(spellings.bytes_of(code)));
                let text = spellings.text_of(code);
                if level.is_new {
                    firsts.push(text)
                } else {
                    merged.push(format!("`{text}` as `{}`", firsts[level.number as usize]))
                }
                level.number
            })
            .collect();
        if firsts.len() > MOST_LEVELS {
            return Err(self.too_many_levels(rows));
        }
        let order = ordered(&firsts);
        let rank = |level: u32| order.iter().position(|known| *known == level as usize).unwrap_or(0) as u32;
        let names: Vec<String> = order.iter().map(|level| firsts[*level].clone()).collect();
        let mut notes = Vec::new();
        if names.len() > 1 {
            notes.push(format!("`{name}` is read as {} categories, one indicator for each but `{}`", names.len(), names[0]));
        }
        if !merged.is_empty() {
            notes.push(format!("`{name}`: {} is read as one category", merged.join(", ")));
        }
        Ok((Decided::Categories { level_of_code: level_of_code.into_iter().map(rank).collect(), names }, notes))
    }

    fn text_among_numbers(&self, rows: &Rows) -> Failure {
        let name = rows.name(self.column);
        let told = Told {
            message: format!(
                "`{name}` is a number in {} rows and a text in {}, the first of them here",
                self.numbers, self.texts
            ),
            expected: "a number like the others".to_owned(),
            hint: Some(format!(
                "if this text means that there is no value, say so with --na; if all values are names, use --categorical {name}"
            )),
        };
        match &self.first_text {
            Some(place) => rows.mistake_at(place, told),
            None => rows.mistake(self.column, told),
        }
    }

    fn too_many_levels(&self, rows: &Rows) -> Failure {
        let name = rows.name(self.column);
        let told = Told {
            message: format!("`{name}` has more than {MOST_LEVELS} different texts"),
            expected: format!("a number, or one of at most {MOST_LEVELS} categories"),
            hint: Some("turn it into numbers or fewer categories, or do not adjust for it".to_owned()),
        };
        match self.overflow.as_ref().or(self.first_text.as_ref()) {
            Some(place) => rows.mistake_at(place, told),
            None => rows.mistake(self.column, told),
        }
    }
}

/// Positions of texts in order: as numbers if all of them are.
fn ordered(texts: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    let numbers: Option<Vec<f64>> = texts.iter().map(|text| text.parse::<f64>().ok()).collect();
    match numbers {
        Some(numbers) => order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b])),
        None => order.sort_by(|a, b| texts[*a].cmp(&texts[*b])),
    }
    order
}

/// The covariate's columns: its numbers, or one indicator per level but the first; NaN where the cell was empty.
pub(super) fn columns(name: &str, decided: &Decided, numbers: Vec<f64>, codes: &[u32]) -> Vec<CovariateColumn> {
    let column = |name: String, values: Vec<f64>, source: &str| CovariateColumn { source: source.to_owned(), name, values };
    match decided {
        Decided::Numbers => vec![column(name.to_owned(), numbers, name)],
        Decided::Categories { level_of_code, names } => {
            let indicator = |level: u32| -> Vec<f64> {
                let value = |code: &u32| match level_of_code.get(*code as usize) {
                    Some(own) => f64::from(u8::from(*own == level)),
                    None => f64::NAN,
                };
                codes.iter().map(value).collect()
            };
            // A single level beside empty cells still says who has a value.
            let from = usize::from(names.len() > 1);
            names
                .iter()
                .enumerate()
                .skip(from)
                .map(|(level, text)| column(format!("{name}={text}"), indicator(level as u32), name))
                .collect()
        }
    }
}
