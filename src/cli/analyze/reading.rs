//! What reading a table yields, and the columns of numbers that both kinds of table share.

use super::arguments::{AnalyzeArguments, MissingChoice};
use super::arms::Compared;
use super::roles::Roles;
use super::table::NumberColumn;
use super::table::interner::Interner;
use super::table::rows::{Rows, Told};
use super::table::text::{identity, is_mangled_number};
use crate::analysis::trial_analysis::{LookSoFar, TrialColumns};
use crate::analysis::winsorize::Caps;
use crate::cli::failure::Failure;
use crate::report::number_words;

/// A table as columns.
pub(super) struct Gathered {
    pub(super) columns: TrialColumns,
    pub(super) arms: Compared,
    /// What the reader decided by itself, for the user to know.
    pub(super) notes: Vec<String>,
    /// For each outcome and arm, if looks were asked for.
    pub(super) looks: Vec<LookSums>,
    /// Names of the columns' rows.
    pub(super) names: UnitNames,
    /// Outcomes in which missing values count as 0.
    pub(super) filled: Vec<String>,
}

/// Sums of one outcome in one arm at each look, over everything that had arrived by then.
pub(super) struct LookSums {
    pub(super) outcome: String,
    pub(super) arm: String,
    pub(super) looks: Vec<LookSoFar>,
}

/// Names of units by row of the columns.
pub(super) enum UnitNames {
    /// Each row's unit by its number.
    Named(Interner, Vec<u32>),
    /// Rows are units: lines of the file.
    Lines(Vec<u64>),
}

impl UnitNames {
    pub(super) fn of(&self, row: usize) -> String {
        match self {
            Self::Named(names, numbers) => {
                numbers.get(row).map_or_else(String::new, |number| format!("`{}`", names.text_of(*number)))
            }
            Self::Lines(lines) => lines.get(row).map_or_else(String::new, |line| format!("that of line {line}")),
        }
    }
}

/// The asked columns of numbers of the current row.
pub(super) struct NumberReader {
    columns: Vec<NumberColumn>,
    /// Values of the current row; NaN where there is none.
    pub(super) row: Vec<f64>,
    /// Whether a missing value of the current row counts as 0, by number.
    pub(super) is_filled: Vec<bool>,
}

impl NumberReader {
    pub(super) fn new(roles: &Roles) -> Self {
        Self {
            columns: roles.numbers.iter().map(|column| NumberColumn::new(*column)).collect(),
            row: vec![0.0; roles.numbers.len()],
            is_filled: vec![false; roles.numbers.len()],
        }
    }

    /// Reads the current row; a missing outcome is 0 where the user says so.
    ///
    /// # Errors
    /// A cell that is no number; one without a value if those are refused.
    pub(super) fn read(&mut self, rows: &Rows, roles: &Roles) -> Result<(), Failure> {
        for (index, column) in self.columns.iter_mut().enumerate() {
            let value = column.read(rows, &roles.rules)?;
            self.is_filled[index] = value.is_none() && roles.missing == MissingChoice::Zero && roles.is_outcome(index);
            self.row[index] = match value {
                Some(value) => value,
                None if self.is_filled[index] => 0.0,
                None if roles.missing == MissingChoice::Refuse => return Err(refused(rows, roles.numbers[index])),
                None => f64::NAN,
            };
        }
        Ok(())
    }

    /// Outcomes of the current row in which a missing value counts as 0.
    pub(super) fn filled_outcomes<'a>(&'a self, roles: &'a Roles) -> impl Iterator<Item = usize> + 'a {
        let is_filled = |number: &usize| self.is_filled[*number];
        let outcomes = roles.outcomes.iter().enumerate();
        outcomes
            .filter(move |(_, own)| is_filled(&own.above) || own.below.as_ref().is_some_and(is_filled))
            .map(|(index, _)| index)
    }

    /// What only all rows could prove; and what the user should know.
    ///
    /// # Errors
    /// A column that could be read in two ways.
    pub(super) fn finish(&self, rows: &Rows) -> Result<Vec<String>, Failure> {
        let mut notes = Vec::new();
        for column in &self.columns {
            notes.extend(column.finish(rows)?);
        }
        Ok(notes)
    }
}

/// Units whose missing values of an outcome count as 0, by arm as read.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// By outcome, then by arm.
    units: Vec<Vec<u64>>,
}

impl Filled {
    pub(super) fn add(&mut self, outcome: usize, arm: u32) {
        let (outcomes, arms) = ((outcome + 1).max(self.units.len()), arm as usize + 1);
        self.units.resize(outcomes, Vec::new());
        let counts = &mut self.units[outcome];
        counts.resize(arms.max(counts.len()), 0);
        counts[arm as usize] += 1;
    }

    /// Names of outcomes with filled values, and how many of which arm.
    pub(super) fn told(&self, roles: &Roles, arms: &Compared) -> (Vec<String>, Vec<String>) {
        let (mut names, mut notes) = (Vec::new(), Vec::new());
        for (outcome, counts) in roles.outcomes.iter().zip(&self.units) {
            let of_arm = |(read, count): (usize, &u64)| {
                (arms.position(read as u32) < arms.count)
                    .then(|| format!("{count} units of arm {}", arms.names[arms.position(read as u32) as usize]))
            };
            let told: Vec<String> = counts.iter().enumerate().filter(|(_, count)| **count > 0).filter_map(of_arm).collect();
            if !told.is_empty() {
                names.push(outcome.name.clone());
                notes.push(format!("missing values of `{}` count as 0: {}", outcome.name, told.join(", ")));
            }
        }
        (names, notes)
    }
}

/// A value that is missing although that was refused.
pub(super) fn refused(rows: &Rows, column: usize) -> Failure {
    rows.mistake(
        column,
        Told {
            message: format!("`{}` has no value here", rows.name(column)),
            expected: "a value, because of --missing refuse".to_owned(),
            hint: Some("--missing drop leaves the unit out of this outcome and says so; --missing zero takes it as 0".to_owned()),
        },
    )
}

/// The name of a unit, cluster or stratum in a cell of the current row, as its identity.
///
/// # Errors
/// An empty cell or a word for a missing value; a long number that a spreadsheet has rounded.
pub(super) fn name_in<'a>(rows: &'a Rows, column: usize, roles: &Roles, expected: &str) -> Result<&'a [u8], Failure> {
    let cell = identity(rows.cell(column));
    let is_word = |words: &[&[u8]]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    let is_missing = cell.is_empty()
        || is_word(&[b"null", b"nan", b"\\n", b"<na>", b"#n/a"])
        || roles.rules.missing_words.iter().any(|word| word == cell);
    if is_missing {
        let name = rows.name(column);
        let message = if cell.is_empty() { format!("`{name}` is empty here") } else { format!("`{name}` has no name here") };
        let hint = (Some(column) != roles.unit)
            .then(|| "a unit that belongs to none is one of its own: give it a name that no other has".to_owned());
        return Err(rows.mistake(column, Told { message, expected: expected.to_owned(), hint }));
    }
    if cell.len() > 5 && is_mangled_number(cell) {
        let told = Told {
            message: format!("`{}` was rounded by a spreadsheet: different ones have become one", rows.name(column)),
            expected: expected.to_owned(),
            hint: Some(
                "Excel shows long numbers as 1.23457E+18 and saves what it shows: export the file again, or import the column as text"
                    .to_owned(),
            ),
        };
        return Err(rows.mistake(column, told));
    }
    Ok(cell)
}

/// That some names differ in nothing but capital letters, which makes two of what may be one.
pub(super) fn case_note(names: &Interner, column: &str, what: &str) -> Option<String> {
    // So many names differ in their letters because they are codes, not because of typing.
    const MOST_LOOKED_AT: usize = 200_000;
    if names.len() > MOST_LOOKED_AT {
        return None;
    }
    let mut folded = Interner::default();
    let mut firsts: Vec<u32> = Vec::new();
    for name in 0..names.len() as u32 {
        let found = folded.intern(&super::table::text::fold(names.bytes_of(name)));
        if found.is_new {
            firsts.push(name);
        } else {
            let (one, other) = (names.text_of(firsts[found.number as usize]), names.text_of(name));
            return Some(format!("`{column}`: `{one}` and `{other}` are taken as two {what}; write them alike if they are one"));
        }
    }
    None
}

/// Caps every outcome's values (and its past's) at a quantile over all of them; one note each.
///
/// # Errors
/// A cap that would leave one number only.
pub(super) fn winsorize(
    name: &str,
    columns: &mut [&mut Vec<f64>],
    arguments: &AnalyzeArguments,
) -> Result<Option<String>, Failure> {
    let Some(share) = arguments.winsorize else { return Ok(None) };
    let Some(caps) = Caps::at(columns.iter().flat_map(|column| column.iter().copied()), share) else { return Ok(None) };
    if caps.low == caps.high {
        let message = format!("--winsorize {share} would turn every value of `{name}` into {}", number_words(caps.low));
        let hint = "most values are the same: choose a quantile among the others, such as 0.999";
        return Err(Failure::input(message, Some(hint.to_owned())));
    }
    let capped: u64 = columns.iter_mut().map(|column| caps.apply(column)).sum();
    Ok(Some(format!(
        "`{name}` is capped at {} and {}, its quantiles {} and {} over all arms: {capped} values changed",
        number_words(caps.low),
        number_words(caps.high),
        (1.0 - share) as f32,
        share as f32
    )))
}
