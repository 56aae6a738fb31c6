//! A table with one row per unit and period, read into one row per unit.
//!
//! The outcome of a unit is its mean over the periods from the start on, its baseline the mean over the periods before.
//! A unit that lacks a period is left out unless missing means zero: means over different months are not comparable, and
//! comparing them would mix the calendar into the effect. Covariates count as they were before the start (their mean, for
//! numbers that move), so nothing that treatment could have changed gets in; given predictions are averaged from the start on.

use super::arguments::{AnalyzeArguments, MissingChoice};
use super::arms::{Arms, Compared};
use super::covariate::{Covariate, Value};
use super::interner::{Interner, hash_of};
use super::labels::{Labels, Place, Shape};
use super::reading::{CountsByArm, Gathered, Losses};
use super::roles::Roles;
use super::rows::{Rows, Told};
use crate::analysis::trial_analysis::{NamedColumn, OutcomeColumns, Timeline, TrialColumns};
use crate::cli::failure::Failure;

/// Most periods; an event study's covariance grows with their square.
const MOST_PERIODS: usize = 400;

/// What has been read so far.
struct PanelTable {
    units: Interner,
    /// First line of each unit.
    lines: Vec<u64>,
    arms: Arms,
    arm_of: Vec<u32>,
    clusters: Option<(Interner, Vec<u32>)>,
    fold_keys: Vec<u64>,
    labels: Labels,
    start: Place,
    periods: Vec<Period>,
    covariates: Vec<Covariate>,
    /// By covariate, then by unit: before the start.
    covariates_before: Vec<Vec<Seen>>,
    /// By given prediction, then by unit: from the start on.
    predictions: Vec<Vec<Seen>>,
    losses: Losses,
}

/// One period's rows, by unit; shorter than the list of units if its last units have no row.
struct Period {
    is_before: bool,
    /// Line of each unit's row; 0 without one.
    lines: Vec<u64>,
    /// By outcome; NaN without a value.
    values: Vec<Vec<f64>>,
}

/// A unit's value over several rows.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    rows: u32,
    mean: f64,
    level: Option<u32>,
}

impl Seen {
    fn add(&mut self, value: f64) {
        self.rows += 1;
        self.mean += (value - self.mean) / f64::from(self.rows);
    }
}

/// Reads all rows.
///
/// # Errors
/// Any mistake in the table, with its place.
pub(super) fn read(rows: &mut Rows, roles: &Roles, time: usize, arguments: &AnalyzeArguments) -> Result<Gathered, Failure> {
    let start_text = arguments.start.as_deref().unwrap_or_default().trim();
    let start = Shape::of(start_text).and_then(|shape| shape.place(start_text)).ok_or_else(|| {
        let hint = "write it as in the --time column: a number, or a date such as 2025-03 or 2025-03-01";
        Failure::input(format!("--start `{start_text}` is neither a number nor a date"), Some(hint.to_owned()))
    })?;
    let mut table = PanelTable {
        units: Interner::default(),
        lines: Vec::new(),
        arms: Arms::default(),
        arm_of: Vec::new(),
        clusters: roles.cluster.map(|_| (Interner::default(), Vec::new())),
        fold_keys: Vec::new(),
        labels: Labels::new(Some(start_text), MOST_PERIODS),
        start,
        periods: Vec::new(),
        covariates: roles.covariates.iter().copied().map(Covariate::new).collect(),
        covariates_before: vec![Vec::new(); roles.covariates.len()],
        predictions: vec![Vec::new(); roles.predictions.len()],
        losses: Losses::default(),
    };
    while rows.advance()? {
        table.read_row(rows, roles, time)?;
    }
    table.gathered(rows, roles, arguments)
}

impl PanelTable {
    fn read_row(&mut self, rows: &Rows, roles: &Roles, time: usize) -> Result<(), Failure> {
        let arm = self.arms.read(rows, roles.treatment, rows.cell(roles.treatment))?;
        let unit = self.read_unit(rows, roles, arm)?;
        self.read_cluster(rows, roles, unit)?;
        if super::cells::is_missing(rows.cell(time)) {
            let told = Told {
                message: format!("`{}` names no period here", rows.name(time)),
                expected: "the period of this row".to_owned(),
                hint: None,
            };
            return Err(rows.mistake(time, told));
        }
        let label = self.labels.read(rows, time)?;
        if label == self.periods.len() {
            let is_before = self.labels.place(label) < &self.start;
            self.periods.push(Period { is_before, lines: Vec::new(), values: vec![Vec::new(); roles.outcomes.len()] });
        }
        self.take_place(rows, time, unit, label)?;
        for (index, column) in roles.outcomes.iter().enumerate() {
            let value = super::number(rows, *column)?;
            if value.is_none() && roles.missing != MissingChoice::Zero {
                self.losses.note(rows, *column, arm, roles)?;
            }
            self.periods[label].values[index][unit] = value.unwrap_or(f64::NAN);
        }
        let is_before = self.periods[label].is_before;
        if !is_before {
            for (seen, column) in self.predictions.iter_mut().zip(&roles.predictions) {
                if let Some(value) = super::number(rows, *column)? {
                    seen[unit].add(value);
                }
            }
        }
        self.read_covariates(rows, unit, is_before)
    }

    /// The unit of the current row; it must be in the same arm in all its rows.
    fn read_unit(&mut self, rows: &Rows, roles: &Roles, arm: u32) -> Result<usize, Failure> {
        let unit = self.units.intern(super::name_in(rows, roles.unit, "the name of a unit")?);
        let index = unit.number as usize;
        if unit.is_new {
            self.lines.push(rows.line());
            self.arm_of.push(arm);
            let key = roles.cluster.unwrap_or(roles.unit);
            self.fold_keys.push(hash_of(rows.cell(key).trim_ascii()));
            self.covariates_before.iter_mut().chain(&mut self.predictions).for_each(|seen| seen.push(Seen::default()));
            return Ok(index);
        }
        if self.arm_of[index] == arm {
            return Ok(index);
        }
        let name = self.units.text_of(unit.number);
        let told = Told {
            message: format!(
                "unit `{name}` has another `{}` here than in line {}",
                rows.name(roles.treatment),
                self.lines[index]
            ),
            expected: "the arm the unit was assigned to, in all its rows".to_owned(),
            hint: Some(
                "a column that switches on at the start says when, not who: make one that holds the assigned arm from the \
                 first period on, before the start too"
                    .to_owned(),
            ),
        };
        Err(rows.mistake(roles.treatment, told))
    }

    fn read_cluster(&mut self, rows: &Rows, roles: &Roles, unit: usize) -> Result<(), Failure> {
        let (Some((names, labels)), Some(column)) = (&mut self.clusters, roles.cluster) else { return Ok(()) };
        let cluster = names.intern(super::name_in(rows, column, "the name of a cluster")?).number;
        if unit == labels.len() {
            labels.push(cluster);
        } else if labels[unit] != cluster {
            let told = Told {
                message: format!("this unit is in another `{}` here than in line {}", rows.name(column), self.lines[unit]),
                expected: "the same cluster in all rows of a unit".to_owned(),
                hint: Some("use the cluster as it was at assignment".to_owned()),
            };
            return Err(rows.mistake(column, told));
        }
        Ok(())
    }

    /// Makes room for the unit in its period, once.
    fn take_place(&mut self, rows: &Rows, time: usize, unit: usize, label: usize) -> Result<(), Failure> {
        let period = &mut self.periods[label];
        if period.lines.len() <= unit {
            period.lines.resize(unit + 1, 0);
            period.values.iter_mut().for_each(|values| values.resize(unit + 1, f64::NAN));
        }
        let first = std::mem::replace(&mut period.lines[unit], rows.line());
        if first == 0 {
            return Ok(());
        }
        let (name, period) = (self.units.text_of(unit as u32), String::from_utf8_lossy(rows.cell(time)).into_owned());
        let told = Told {
            message: format!("unit `{name}` has a second row for period {period}; the first is in line {first}"),
            expected: "one row per unit and period".to_owned(),
            hint: Some("add up rows of the same unit and period first".to_owned()),
        };
        Err(rows.mistake(time, told))
    }

    fn read_covariates(&mut self, rows: &Rows, unit: usize, is_before: bool) -> Result<(), Failure> {
        for (covariate, seen) in self.covariates.iter_mut().zip(&mut self.covariates_before) {
            let value = covariate.read(rows, rows.cell(covariate.column))?;
            let seen = &mut seen[unit];
            match value {
                _ if !is_before => {}
                Value::Missing => {}
                Value::Number(value) => seen.add(value),
                Value::Level(level) if seen.level.is_none_or(|known| known == level) => {
                    (seen.rows, seen.level) = (seen.rows + 1, Some(level));
                }
                Value::Level(_) => {
                    let name = rows.name(covariate.column).to_owned();
                    let told = Told {
                        message: format!("`{name}` changes within a unit before the start"),
                        expected: "the same category in all rows of a unit before the start".to_owned(),
                        hint: Some("use the category as it was at assignment".to_owned()),
                    };
                    return Err(rows.mistake(covariate.column, told));
                }
            }
        }
        Ok(())
    }

    /// Turns periods into columns of the units that have all of them.
    fn gathered(mut self, rows: &Rows, roles: &Roles, arguments: &AnalyzeArguments) -> Result<Gathered, Failure> {
        let units = self.units.len();
        super::refuse_no_rows(rows, units)?;
        let asked = (arguments.control.as_deref(), arguments.treated.as_deref());
        let arms = self.arms.compared(rows, roles.treatment, asked)?;
        let order = self.labels.in_order();
        let timeline = self.timeline(&order, arguments)?;
        let fill = if roles.missing == MissingChoice::Zero { 0.0 } else { f64::NAN };
        for period in &mut self.periods {
            for values in &mut period.values {
                values.resize(units, f64::NAN);
                values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = fill);
            }
        }
        let (keep, mut losses) = self.kept_units(roles, &arms);
        let kept: Vec<usize> = (0..units).filter(|unit| keep[*unit]).collect();
        if kept.is_empty() {
            let hint = "if a period without a row means that nothing happened, use --missing zero";
            let message = format!("{}: no unit has a value in every one of the {} periods", rows.file, timeline.labels.len());
            return Err(Failure::input(message, Some(hint.to_owned())));
        }
        losses.extend(self.losses.sentences(rows, &arms));
        let treated: Vec<bool> = kept.iter().map(|unit| self.arm_of[*unit] == arms.treated).collect();
        let outcomes: Vec<OutcomeColumns> = (0..roles.outcomes.len())
            .map(|outcome| self.outcome(rows.name(roles.outcomes[outcome]), (outcome, roles), &order, &timeline, &kept, rows))
            .collect();
        let (mut covariates, mut notes) = (Vec::new(), Vec::new());
        for (mut covariate, seen) in self.covariates.into_iter().zip(self.covariates_before) {
            for unit in &kept {
                covariate.push(seen[*unit].level.map_or(Value::Number(seen[*unit].mean), Value::Level));
            }
            let column = covariate.column;
            let (columns, note) = covariate.columns(rows.name(column), |_| true);
            covariates.extend(columns);
            notes.extend(note);
        }
        let pick = |values: &[u32]| kept.iter().map(|unit| values[*unit]).collect::<Vec<u32>>();
        let mut dropped = CountsByArm::default();
        (0..units).filter(|unit| !keep[*unit]).for_each(|unit| dropped.add(self.arm_of[unit]));
        let columns = TrialColumns {
            outcomes,
            covariates,
            clusters: self.clusters.map(|(_, labels)| super::renumbered(&pick(&labels))),
            fold_keys: kept.iter().map(|unit| self.fold_keys[*unit]).collect(),
            treated,
            timeline: Some(timeline),
            dropped: dropped.of(&arms),
        };
        Ok(Gathered { columns, arms, notes, losses, looks: Vec::new() })
    }

    fn timeline(&self, order: &[(usize, String)], arguments: &AnalyzeArguments) -> Result<Timeline, Failure> {
        let labels: Vec<String> = order.iter().map(|(_, text)| text.clone()).collect();
        let before = order.iter().filter(|(label, _)| self.periods[*label].is_before).count();
        if before > 0 && before < labels.len() {
            return Ok(Timeline { labels, before });
        }
        let start = arguments.start.as_deref().unwrap_or_default();
        let side = if before == 0 { "before" } else { "from" };
        let ends = format!("periods run from {} to {}", labels[0], labels[labels.len() - 1]);
        Err(Failure::input(
            format!("there is no period {side} --start {start}"),
            Some(format!("{ends}; a panel needs periods on both sides. Without a past use one row per unit and no --time")),
        ))
    }

    /// Units of the compared arms that have everything, and what the others lack.
    fn kept_units(&self, roles: &Roles, arms: &Compared) -> (Vec<bool>, Vec<String>) {
        let (mut lacking_periods, mut lacking_columns) = (CountsByArm::default(), CountsByArm::default());
        let is_compared = |unit: usize| self.arm_of[unit] == arms.control || self.arm_of[unit] == arms.treated;
        let keep: Vec<bool> = (0..self.units.len())
            .map(|unit| {
                let has_periods = self.periods.iter().all(|period| period.values.iter().all(|values| !values[unit].is_nan()));
                let has_columns = self.covariates_before.iter().chain(&self.predictions).all(|seen| seen[unit].rows > 0);
                if is_compared(unit) && !has_periods {
                    lacking_periods.add(self.arm_of[unit]);
                } else if is_compared(unit) && !has_columns {
                    lacking_columns.add(self.arm_of[unit]);
                }
                is_compared(unit) && has_periods && has_columns
            })
            .collect();
        let mut sentences = Vec::new();
        let told = [
            (lacking_periods, "have no row or no value in some period", roles.missing != MissingChoice::Zero),
            (lacking_columns, "have no value of a covariate before the start or no prediction after it", true),
        ];
        for (counts, words, is_possible) in told {
            let counts = counts.of(arms);
            if is_possible && counts.control + counts.treated > 0 {
                let (control, treated) = (&arms.control_name, &arms.treated_name);
                sentences
                    .push(format!("{} units of arm {control} and {} of arm {treated} {words}", counts.control, counts.treated));
            }
        }
        (keep, sentences)
    }

    fn outcome(
        &self,
        name: &str,
        (outcome, roles): (usize, &Roles),
        order: &[(usize, String)],
        timeline: &Timeline,
        kept: &[usize],
        rows: &Rows,
    ) -> OutcomeColumns {
        let of_period = |label: usize| kept.iter().map(|unit| self.periods[label].values[outcome][*unit]).collect();
        let periods: Vec<Vec<f64>> = order.iter().map(|(label, _)| of_period(*label)).collect();
        let mean_over = |periods: &[Vec<f64>]| {
            let mut means = vec![0.0; kept.len()];
            for (index, period) in periods.iter().enumerate() {
                means.iter_mut().zip(period).for_each(|(mean, value)| *mean += (value - *mean) / (index + 1) as f64);
            }
            means
        };
        let predictions = roles.predictions.get(outcome).map(|column| NamedColumn {
            name: rows.name(*column).to_owned(),
            values: kept.iter().map(|unit| self.predictions[outcome][*unit].mean).collect(),
        });
        let (before, after) = periods.split_at(timeline.before);
        OutcomeColumns {
            outcome: NamedColumn { name: name.to_owned(), values: mean_over(after) },
            baseline: Some(NamedColumn { name: format!("{name} before the start"), values: mean_over(before) }),
            predictions,
            periods,
        }
    }
}
