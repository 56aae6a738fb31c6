//! What reading a table yields, and the account of what was lost on the way.

use super::arguments::MissingChoice;
use super::arms::Compared;
use super::roles::Roles;
use super::rows::{Rows, Told};
use crate::analysis::PerArm;
use crate::analysis::trial_analysis::TrialColumns;
use crate::cli::failure::Failure;
use crate::stats::moments::Moments;

/// A table as columns.
pub(super) struct Gathered {
    pub(super) columns: TrialColumns,
    pub(super) arms: Compared,
    /// What the reader decided by itself, for the user to know.
    pub(super) notes: Vec<String>,
    /// What was left out, and how many per arm.
    pub(super) losses: Vec<String>,
    /// For each outcome, if looks were asked for.
    pub(super) looks: Vec<LookSums>,
}

/// Sums of one outcome at each look, over everything that had arrived by then.
pub(super) struct LookSums {
    pub(super) outcome: String,
    pub(super) looks: Vec<(String, PerArm<Moments>)>,
}

/// Counts by number of arm.
#[derive(Debug, Clone, Default)]
pub(super) struct CountsByArm(Vec<u64>);

impl CountsByArm {
    pub(super) fn add(&mut self, arm: u32) {
        let arm = arm as usize;
        if self.0.len() <= arm {
            self.0.resize(arm + 1, 0);
        }
        self.0[arm] += 1;
    }

    pub(super) fn of(&self, arms: &Compared) -> PerArm<u64> {
        let of = |arm: u32| self.0.get(arm as usize).copied().unwrap_or(0);
        PerArm { control: of(arms.control), treated: of(arms.treated) }
    }
}

/// Missing values so far.
#[derive(Debug, Default)]
pub(super) struct Losses {
    columns: Vec<ColumnLosses>,
    units: CountsByArm,
}

#[derive(Debug)]
struct ColumnLosses {
    column: usize,
    first_line: u64,
    by_arm: CountsByArm,
}

impl Losses {
    /// Notes a missing value in the current row.
    ///
    /// # Errors
    /// If missing values are refused.
    pub(super) fn note(&mut self, rows: &Rows, column: usize, arm: u32, roles: &Roles) -> Result<(), Failure> {
        if roles.missing == MissingChoice::Refuse {
            return Err(rows.mistake(
                column,
                Told {
                    message: format!("`{}` has no value here", rows.name(column)),
                    expected: "a value, because of --missing refuse".to_owned(),
                    hint: Some("--missing drop leaves the unit out and says so; --missing zero takes it as 0".to_owned()),
                },
            ));
        }
        let index = self.columns.iter().position(|known| known.column == column).unwrap_or_else(|| {
            self.columns.push(ColumnLosses { column, first_line: rows.line(), by_arm: CountsByArm::default() });
            self.columns.len() - 1
        });
        self.columns[index].by_arm.add(arm);
        Ok(())
    }

    /// Counts a unit that is left out.
    pub(super) fn drop_unit(&mut self, arm: u32) {
        self.units.add(arm);
    }

    /// Units left out of the compared arms.
    pub(super) fn dropped(&self, arms: &Compared) -> PerArm<u64> {
        self.units.of(arms)
    }

    /// One sentence for each column with missing values.
    pub(super) fn sentences(&self, rows: &Rows, arms: &Compared) -> Vec<String> {
        let told = self.columns.iter().map(|lost| {
            let counts = lost.by_arm.of(arms);
            format!(
                "`{}` has no value for {} units of arm {} and {} of arm {} (first in line {})",
                rows.name(lost.column),
                counts.control,
                arms.control_name,
                counts.treated,
                arms.treated_name,
                lost.first_line
            )
        });
        told.collect()
    }
}
