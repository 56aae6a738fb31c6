//! A table with one row per unit, read into columns. Only asked columns are kept, as numbers.
//!
//! A row with a missing value is left out of everything, so that all estimators see the same units; how many per arm is
//! counted, because arms that lose units differently are no longer comparable.

use super::arguments::{AnalyzeArguments, MissingChoice};
use super::arms::Arms;
use super::covariate::{Covariate, Value};
use super::interner::{Interner, hash_of};
use super::labels::Labels;
use super::reading::{Gathered, LookSums, Losses};
use super::roles::Roles;
use super::rows::{Rows, Told};
use crate::analysis::PerArm;
use crate::analysis::trial_analysis::{NamedColumn, OutcomeColumns, TrialColumns};
use crate::cli::failure::Failure;
use crate::stats::moments::Moments;

/// Most looks at one trial.
const MOST_LOOKS: usize = 10_000;

/// What has been read so far.
struct CrossSection {
    units: Interner,
    /// Line of each unit, in the order of `units`.
    lines: Vec<u64>,
    arms: Arms,
    arm_of: Vec<u32>,
    clusters: Option<(Interner, Vec<u32>)>,
    fold_keys: Vec<u64>,
    /// One per asked column of numbers, in the order of [`Roles::numbers`].
    numbers: Vec<Vec<f64>>,
    covariates: Vec<Covariate>,
    looks: Option<(Labels, Vec<u32>)>,
    losses: Losses,
}

/// Reads all rows.
///
/// # Errors
/// Any mistake in the table, with its place.
pub(super) fn read(rows: &mut Rows, roles: &Roles, arguments: &AnalyzeArguments) -> Result<Gathered, Failure> {
    let mut table = CrossSection {
        units: Interner::default(),
        lines: Vec::new(),
        arms: Arms::default(),
        arm_of: Vec::new(),
        clusters: roles.cluster.map(|_| (Interner::default(), Vec::new())),
        fold_keys: Vec::new(),
        numbers: vec![Vec::new(); roles.numbers().len()],
        covariates: roles.covariates.iter().copied().map(Covariate::new).collect(),
        looks: roles.look.map(|_| (Labels::new(None, MOST_LOOKS), Vec::new())),
        losses: Losses::default(),
    };
    let numbers = roles.numbers();
    let mut found = vec![0.0; numbers.len()];
    let mut values = vec![Value::Missing; roles.covariates.len()];
    while rows.advance()? {
        table.read_row(rows, roles, (&numbers, &mut found), &mut values)?;
    }
    table.gathered(rows, roles, arguments)
}

impl CrossSection {
    fn read_row(
        &mut self,
        rows: &Rows,
        roles: &Roles,
        (numbers, found): (&[usize], &mut [f64]),
        values: &mut [Value],
    ) -> Result<(), Failure> {
        self.read_unit(rows, roles.unit)?;
        let arm = self.arms.read(rows, roles.treatment, rows.cell(roles.treatment))?;
        let fillable = roles.outcomes.len() + roles.pre.len();
        let mut lacking = None;
        for (index, column) in numbers.iter().enumerate() {
            found[index] = match super::number(rows, *column)? {
                Some(value) => value,
                None if roles.missing == MissingChoice::Zero && index < fillable => 0.0,
                None => {
                    self.losses.note(rows, *column, arm, roles)?;
                    lacking = Some(());
                    0.0
                }
            };
        }
        for (value, covariate) in values.iter_mut().zip(&mut self.covariates) {
            *value = covariate.read(rows, rows.cell(covariate.column))?;
            if *value == Value::Missing {
                self.losses.note(rows, covariate.column, arm, roles)?;
                lacking = Some(());
            }
        }
        let cluster = self.read_cluster(rows, roles)?;
        let look = match (&mut self.looks, roles.look) {
            (Some((labels, _)), Some(column)) => labels.read(rows, column)? as u32,
            _ => 0,
        };
        if lacking.is_some() {
            self.losses.drop_unit(arm);
            return Ok(());
        }
        self.arm_of.push(arm);
        for (column, value) in self.numbers.iter_mut().zip(found) {
            column.push(*value);
        }
        for (covariate, value) in self.covariates.iter_mut().zip(values) {
            covariate.push(*value);
        }
        let key = roles.cluster.unwrap_or(roles.unit);
        self.fold_keys.push(hash_of(rows.cell(key).trim_ascii()));
        if let (Some((_, labels)), Some(cluster)) = (&mut self.clusters, cluster) {
            labels.push(cluster);
        }
        self.looks.iter_mut().for_each(|(_, looks)| looks.push(look));
        Ok(())
    }

    fn read_unit(&mut self, rows: &Rows, column: usize) -> Result<(), Failure> {
        let cell = super::name_in(rows, column, "the name of a unit")?;
        let unit = self.units.intern(cell);
        if unit.is_new {
            self.lines.push(rows.line());
            return Ok(());
        }
        let first = self.lines[unit.number as usize];
        let name = self.units.text_of(unit.number);
        Err(rows.mistake(
            column,
            Told {
                message: format!("unit `{name}` has a second row in line {}; the first is in line {first}", rows.line()),
                expected: "one row per unit".to_owned(),
                hint: Some(
                    "for one row per unit and period use --time and --start; for rows below the unit that was assigned, such as \
                     orders, give --unit a column that names the row and --cluster the one that names the unit"
                        .to_owned(),
                ),
            },
        ))
    }

    fn read_cluster(&mut self, rows: &Rows, roles: &Roles) -> Result<Option<u32>, Failure> {
        let (Some((names, _)), Some(column)) = (&mut self.clusters, roles.cluster) else { return Ok(None) };
        let cell = super::name_in(rows, column, "the name of a cluster")?;
        Ok(Some(names.intern(cell).number))
    }

    /// Decides which arms are compared and keeps their rows.
    fn gathered(self, rows: &Rows, roles: &Roles, arguments: &AnalyzeArguments) -> Result<Gathered, Failure> {
        super::refuse_no_rows(rows, self.units.len())?;
        let asked = (arguments.control.as_deref(), arguments.treated.as_deref());
        let arms = self.arms.compared(rows, roles.treatment, asked)?;
        let is_kept = |row: usize| self.arm_of[row] == arms.control || self.arm_of[row] == arms.treated;
        let treated: Vec<bool> = self
            .arm_of
            .iter()
            .filter(|arm| **arm == arms.control || **arm == arms.treated)
            .map(|arm| *arm == arms.treated)
            .collect();
        let mut notes = Vec::new();
        let mut numbers = self
            .numbers
            .into_iter()
            .zip(roles.numbers())
            .map(|(values, column)| NamedColumn { name: rows.name(column).to_owned(), values: filtered(values, is_kept) });
        let outcomes: Vec<NamedColumn> = numbers.by_ref().take(roles.outcomes.len()).collect();
        let mut pre: Vec<Option<NamedColumn>> = numbers.by_ref().take(roles.pre.len()).map(Some).collect();
        let mut predictions: Vec<Option<NamedColumn>> = numbers.map(Some).collect();
        pre.resize(outcomes.len(), None);
        predictions.resize(outcomes.len(), None);
        let mut covariates = Vec::new();
        for covariate in self.covariates {
            let column = covariate.column;
            let (columns, note) = covariate.columns(rows.name(column), is_kept);
            covariates.extend(columns);
            notes.extend(note);
        }
        let looks = self.looks.map(|(labels, of_rows)| look_sums(&labels, &filtered(of_rows, is_kept), &treated, &outcomes));
        let outcomes = outcomes.into_iter().zip(pre).zip(predictions).map(|((outcome, baseline), predictions)| OutcomeColumns {
            outcome,
            baseline,
            predictions,
            periods: Vec::new(),
        });
        let dropped = self.losses.dropped(&arms);
        let columns = TrialColumns {
            outcomes: outcomes.collect(),
            covariates,
            clusters: self.clusters.map(|(_, labels)| super::renumbered(&filtered(labels, is_kept))),
            fold_keys: filtered(self.fold_keys, is_kept),
            treated,
            timeline: None,
            dropped,
        };
        let losses = self.losses.sentences(rows, &arms);
        Ok(Gathered { columns, arms, notes, losses, looks: looks.unwrap_or_default() })
    }
}

fn filtered<T>(values: Vec<T>, keep: impl Fn(usize) -> bool) -> Vec<T> {
    values.into_iter().enumerate().filter(|(row, _)| keep(*row)).map(|(_, value)| value).collect()
}

/// Sums of everything that had arrived by each look.
fn look_sums(labels: &Labels, of_rows: &[u32], treated: &[bool], outcomes: &[NamedColumn]) -> Vec<LookSums> {
    let order = labels.in_order();
    let of_outcome = |outcome: &NamedColumn| {
        let mut alone = vec![PerArm::<Moments>::default(); order.len()];
        for ((look, treated), value) in of_rows.iter().zip(treated).zip(&outcome.values) {
            let arms = &mut alone[*look as usize];
            if *treated { arms.treated.add(*value) } else { arms.control.add(*value) }
        }
        let mut so_far = PerArm::<Moments>::default();
        let looks = order.iter().map(|(label, text)| {
            let now = alone[*label];
            so_far = PerArm { control: so_far.control.merged(now.control), treated: so_far.treated.merged(now.treated) };
            (text.clone(), so_far)
        });
        LookSums { outcome: outcome.name.clone(), looks: looks.collect() }
    };
    outcomes.iter().map(of_outcome).collect()
}
