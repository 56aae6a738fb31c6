//! A table of looks: one row per look with counts, sums and sums of squares of both arms over everything that had arrived.
//!
//! What a dashboard keeps when units are gone: `look,n_c,sum_c,sumsq_c,n_t,sum_t,sumsq_t`. Recognised by its header.

use super::arguments::AnalyzeArguments;
use super::reading::LookSums;
use super::table::NumberColumn;
use super::table::cells::NumberRules;
use super::table::rows::{Rows, Told};
use crate::analysis::trial_analysis::LookSoFar;
use crate::analysis::{ConfidenceLevel, PerArm};
use crate::cli::failure::Failure;
use crate::report::{DesignRow, TrialFrame, TrialReport};
use crate::stats::moments::Moments;

/// Names of the columns.
const NAMES: [&str; 7] = ["look", "n_c", "sum_c", "sumsq_c", "n_t", "sum_t", "sumsq_t"];

/// Where the columns are.
pub(super) struct Columns([usize; NAMES.len()]);

impl Columns {
    /// The columns, if the header has all of them and no flag asks for others.
    pub(super) fn found_in(rows: &Rows, arguments: &AnalyzeArguments) -> Option<Self> {
        if arguments.unit.is_some() || arguments.treatment.is_some() || !arguments.outcome.is_empty() {
            return None;
        }
        let mut columns = [0; NAMES.len()];
        for (column, name) in columns.iter_mut().zip(NAMES) {
            *column = rows.header.iter().position(|known| known == name)?;
        }
        Some(Self(columns))
    }
}

/// Reads all looks and judges them.
pub(super) fn report(
    rows: &mut Rows,
    columns: &Columns,
    arguments: &AnalyzeArguments,
    level: ConfidenceLevel,
) -> Result<TrialReport, Failure> {
    let [look, ..] = columns.0;
    let mut readers = columns.0.map(NumberColumn::new);
    let rules = NumberRules { missing_words: Vec::new(), decimal: arguments.decimal };
    let mut looks: Vec<LookSoFar> = Vec::new();
    while rows.advance()? {
        let label = String::from_utf8_lossy(rows.cell(look)).trim().to_owned();
        let arms = PerArm {
            control: moments(rows, &columns.0[1..4], (&mut readers[1..4], &rules))?,
            treated: moments(rows, &columns.0[4..7], (&mut readers[4..7], &rules))?,
        };
        if let Some(LookSoFar { arms: before, .. }) = looks.last() {
            let shrinks = arms.control.count < before.control.count || arms.treated.count < before.treated.count;
            if shrinks {
                let hint = "each row counts everything that had arrived by then: add the earlier rows up";
                return Err(told(rows, columns.0[1], "counts fall from one look to the next", "at least as many units", hint));
            }
        }
        looks.push(LookSoFar { label, arms, events: None });
    }
    super::refuse_no_rows(rows, looks.len())?;
    for reader in &readers[1..] {
        reader.finish(rows)?;
    }
    let sums = [LookSums { outcome: "outcome".to_owned(), arm: "treatment".to_owned(), looks }];
    let judged = super::judged(&sums, arguments, level);
    let design = DesignRow {
        file: rows.file.clone(),
        unit: "unit".to_owned(),
        treatment: "arm".to_owned(),
        control: "control".to_owned(),
        treated: "treatment".to_owned(),
        level: level.share(),
        ..DesignRow::default()
    };
    Ok(TrialReport::of_looks(TrialFrame { design, ..TrialFrame::default() }, &judged))
}

fn moments(rows: &Rows, columns: &[usize], (readers, rules): (&mut [NumberColumn], &NumberRules)) -> Result<Moments, Failure> {
    let mut found = [0.0; 3];
    for ((value, column), reader) in found.iter_mut().zip(columns).zip(readers) {
        let hint = "a look has a count, a sum and a sum of squares for each arm";
        let read = reader.read(rows, rules)?;
        *value = read.ok_or_else(|| told(rows, *column, "this look has no value here", "a number", hint))?;
    }
    let [count, sum, square_sum] = found;
    if count < 0.0 || count.fract() != 0.0 {
        return Err(told(
            rows,
            columns[0],
            "a count is no whole number",
            "how many units had arrived",
            "count units, not shares",
        ));
    }
    if count == 0.0 {
        return Ok(Moments::default());
    }
    let centred = square_sum - sum * sum / count;
    if centred < -1e-9 * square_sum.abs() {
        let hint = "the sum of squares adds up the squares of single values; it is not the square of the sum";
        return Err(told(rows, columns[2], "no values have this sum and this sum of squares", "a larger number", hint));
    }
    Ok(Moments { count: count as u64, mean: sum / count, centred_square_sum: centred.max(0.0) })
}

fn told(rows: &Rows, column: usize, message: &str, expected: &str, hint: &str) -> Failure {
    rows.mistake(column, Told { message: message.to_owned(), expected: expected.to_owned(), hint: Some(hint.to_owned()) })
}
