//! A table with one row per unit and period, read into one row per unit.
//!
//! The outcome of a unit is its mean over the periods from the start on that it has, its baseline the mean over those before. Estimators that
//! need every period say how many units have them; two-way fixed effects uses all rows. Covariates count as they were before the start (their
//! mean, for numbers that move), so nothing that treatment could have changed gets in; given predictions are averaged from the start on.

use super::arguments::{AnalyzeArguments, MissingChoice};
use super::arms::{Arms, Asked, Compared};
use super::covariate::{self, Covariate, CovariateCell};
use super::cross_section::clusters_by_arm;
use super::reading::{Filled, Gathered, NumberReader, UnitNames, case_note, name_in, winsorize};
use super::roles::{Quantity, Roles};
use super::table::interner::{Interner, hash_of};
use super::table::order::{LabelPlan, Labels};
use super::table::rows::{Place, Rows, Told};
use crate::analysis::trial_analysis::{NamedColumn, OutcomeColumns, Timeline, TrialColumns};
use crate::cli::failure::Failure;
use std::collections::BTreeSet;

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
    strata: Option<(Interner, Vec<u32>)>,
    fold_keys: Vec<u64>,
    labels: Labels,
    reader: NumberReader,
    periods: Vec<Period>,
    covariates: Vec<Covariate>,
    /// By covariate, then by unit: before the start.
    covariates_before: Vec<Vec<Seen>>,
    /// Where a text of a covariate first changed within a unit before the start.
    changes: Vec<Option<Place>>,
    /// By given prediction, then by unit: from the start on.
    predictions: Vec<Vec<Mean>>,
    /// Units and outcomes of rows whose missing value counts as 0.
    filled: BTreeSet<(usize, usize)>,
}

/// One period's rows, by unit; shorter than the list of units if its last units have no row.
struct Period {
    is_before: bool,
    /// Line of each unit's row; 0 without one.
    lines: Vec<u64>,
    /// By number of [`Roles::numbers`]; NaN without a value.
    values: Vec<Vec<f64>>,
}

/// A running mean.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    count: u32,
    mean: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.mean += (value - self.mean) / f64::from(self.count);
    }

    fn value(self) -> f64 {
        if self.count > 0 { self.mean } else { f64::NAN }
    }
}

/// A covariate of a unit over several rows.
#[derive(Clone, Copy, Debug)]
struct Seen {
    numbers: Mean,
    code: u32,
}

/// Reads all rows.
///
/// # Errors
/// Any mistake in the table, with its place.
pub(super) fn read(rows: &mut Rows, roles: &Roles, time: usize, arguments: &AnalyzeArguments) -> Result<Gathered, Failure> {
    let plan = LabelPlan { order: &arguments.order, start: arguments.start.as_deref(), most: MOST_PERIODS };
    let labels = || (Interner::default(), Vec::new());
    let mut table = PanelTable {
        units: Interner::default(),
        lines: Vec::new(),
        arms: Arms::new(Asked { control: arguments.control.as_deref(), treated: &arguments.treated }),
        arm_of: Vec::new(),
        clusters: roles.cluster.map(|_| labels()),
        strata: roles.strata.map(|_| labels()),
        fold_keys: Vec::new(),
        labels: Labels::new(plan)?,
        reader: NumberReader::new(roles),
        periods: Vec::new(),
        covariates: roles.covariates.iter().copied().map(Covariate::new).collect(),
        covariates_before: vec![Vec::new(); roles.covariates.len()],
        changes: vec![None; roles.covariates.len()],
        predictions: vec![Vec::new(); roles.predictions.len()],
        filled: BTreeSet::new(),
    };
    while rows.advance()? {
        table.read_row(rows, roles, time)?;
    }
    table.gathered(rows, roles, time, arguments)
}

impl PanelTable {
    fn read_row(&mut self, rows: &Rows, roles: &Roles, time: usize) -> Result<(), Failure> {
        let arm = self.arms.read(rows, roles.treatment, &roles.rules)?;
        let unit = self.read_unit(rows, roles, arm)?;
        same_label(rows, roles, (&mut self.clusters, roles.cluster), (unit, &self.lines), "cluster")?;
        same_label(rows, roles, (&mut self.strata, roles.strata), (unit, &self.lines), "stratum")?;
        if super::table::cells::is_missing(rows.cell(time), &roles.rules) {
            let told = Told {
                message: format!("`{}` names no period here", rows.name(time)),
                expected: "the period of this row".to_owned(),
                hint: None,
            };
            return Err(rows.mistake(time, told));
        }
        let label = self.labels.read(rows, time)?;
        let is_before = self.labels.is_before_start(label);
        if label == self.periods.len() {
            self.periods.push(Period { is_before, lines: Vec::new(), values: vec![Vec::new(); roles.numbers.len()] });
        }
        self.take_place(rows, time, unit, label)?;
        self.reader.read(rows, roles)?;
        self.filled.extend(self.reader.filled_outcomes(roles).map(|outcome| (outcome, unit)));
        for (values, value) in self.periods[label].values.iter_mut().zip(&self.reader.row) {
            values[unit] = *value;
        }
        if !is_before {
            for (means, number) in self.predictions.iter_mut().zip(&roles.predictions) {
                let value = self.reader.row[*number];
                if !value.is_nan() {
                    means[unit].add(value);
                }
            }
        }
        self.read_covariates(rows, roles, unit, is_before)
    }

    /// The unit of the current row; it must be in the same arm in all its rows.
    fn read_unit(&mut self, rows: &Rows, roles: &Roles, arm: u32) -> Result<usize, Failure> {
        let column = roles.unit.unwrap_or_default();
        let name = name_in(rows, column, roles, "the name of a unit")?;
        let unit = self.units.intern(name);
        let index = unit.number as usize;
        if unit.is_new {
            self.lines.push(rows.line());
            self.arm_of.push(arm);
            let key = match roles.cluster {
                Some(cluster) => hash_of(super::table::text::identity(rows.cell(cluster))),
                None => hash_of(name),
            };
            self.fold_keys.push(key);
            let nothing = Seen { numbers: Mean::default(), code: covariate::NO_CODE };
            self.covariates_before.iter_mut().for_each(|seen| seen.push(nothing));
            self.predictions.iter_mut().for_each(|means| means.push(Mean::default()));
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

    fn read_covariates(&mut self, rows: &Rows, roles: &Roles, unit: usize, is_before: bool) -> Result<(), Failure> {
        let each = self.covariates.iter_mut().zip(&mut self.covariates_before).zip(&mut self.changes);
        for ((covariate, seen), change) in each {
            let CovariateCell { number, code } = covariate.read(rows, &roles.rules)?;
            if !is_before {
                continue;
            }
            let seen = &mut seen[unit];
            if !number.is_nan() {
                seen.numbers.add(number);
            }
            if seen.code == covariate::NO_CODE {
                seen.code = code;
            } else if code != covariate::NO_CODE && change.is_none() && !covariate.is_same(code, seen.code) {
                *change = Some(rows.place(covariate.column));
            }
        }
        Ok(())
    }

    /// Turns periods into columns with one row per unit of a compared arm.
    fn gathered(mut self, rows: &Rows, roles: &Roles, time: usize, arguments: &AnalyzeArguments) -> Result<Gathered, Failure> {
        let units = self.units.len();
        super::refuse_no_rows(rows, units)?;
        let asked = Asked { control: arguments.control.as_deref(), treated: &arguments.treated };
        let arms = self.arms.compared(rows, roles.treatment, asked)?;
        let order = self.labels.finish(rows, time)?;
        let mut notes = self.reader.finish(rows)?;
        notes.extend(self.labels.notes());
        for (labels, column, what) in [(&self.clusters, roles.cluster, "clusters"), (&self.strata, roles.strata, "strata")] {
            let note = labels.as_ref().zip(column).and_then(|((names, _), column)| case_note(names, rows.name(column), what));
            notes.extend(note);
        }
        notes.extend(roles.unit.and_then(|column| case_note(&self.units, rows.name(column), "units")));
        let timeline = self.timeline(&order, arguments)?;
        notes.push(order_note(rows.name(time), &timeline));
        let positions: Vec<u32> = self.arm_of.iter().map(|arm| arms.position(*arm)).collect();
        let kept: Vec<usize> = (0..units).filter(|unit| positions[*unit] < arms.count).collect();
        let (filled, told) = self.fill(roles, units, &arms);
        notes.extend(told);
        notes.extend(self.cap(rows, roles, arguments)?);
        let mut covariates = Vec::new();
        for ((covariate, seen), change) in self.covariates.iter().zip(&self.covariates_before).zip(&self.changes) {
            let (decided, told) = covariate.decide(rows)?;
            if let (covariate::Decided::Categories { .. }, Some(place)) = (&decided, change) {
                return Err(changed(rows, covariate.column, place));
            }
            let numbers = kept.iter().map(|unit| seen[*unit].numbers.value()).collect();
            let codes: Vec<u32> = kept.iter().map(|unit| seen[*unit].code).collect();
            covariates.extend(covariate::columns(rows.name(covariate.column), &decided, numbers, &codes));
            notes.extend(told);
        }
        let outcomes = roles.outcomes.iter().enumerate();
        let outcomes = outcomes.map(|outcome| self.outcome(outcome, (rows, roles), &order, &timeline, &kept)).collect();
        let pick = |values: &[u32]| super::renumbered(&kept.iter().map(|unit| values[*unit]).collect::<Vec<u32>>());
        let mut assigned = vec![0; arms.names.len()];
        positions.iter().for_each(|arm| assigned[*arm as usize] += 1);
        let columns = TrialColumns {
            outcomes,
            covariates,
            assigned_clusters: self.clusters.as_ref().map(|(_, labels)| clusters_by_arm(labels, &positions, arms.names.len())),
            clusters: self.clusters.map(|(_, labels)| pick(&labels)),
            strata: self.strata.map(|(_, labels)| pick(&labels)),
            looks: None,
            fold_keys: kept.iter().map(|unit| self.fold_keys[*unit]).collect(),
            arm_of: kept.iter().map(|unit| positions[*unit]).collect(),
            arms: arms.count,
            timeline: Some(timeline),
            assigned,
        };
        let names = UnitNames::Named(self.units, kept.iter().map(|unit| *unit as u32).collect());
        Ok(Gathered { columns, arms, notes, looks: Vec::new(), names, filled })
    }

    /// Gives every period a value for every unit: NaN, or 0 where no row means that nothing happened. Names of outcomes filled, and notes.
    fn fill(&mut self, roles: &Roles, units: usize, arms: &Compared) -> (Vec<String>, Vec<String>) {
        let is_zero = roles.missing == MissingChoice::Zero;
        for (outcome, quantity) in roles.outcomes.iter().enumerate().filter(|_| is_zero) {
            let has_row =
                |period: &Period, unit: usize| period.values[quantity.above].get(unit).is_some_and(|value| !value.is_nan());
            let lacking = (0..units).filter(|unit| !self.periods.iter().all(|period| has_row(period, *unit)));
            self.filled.extend(lacking.map(|unit| (outcome, unit)));
        }
        let mut filled = Filled::default();
        self.filled.iter().for_each(|(outcome, unit)| filled.add(*outcome, self.arm_of[*unit]));
        for period in &mut self.periods {
            for (number, values) in period.values.iter_mut().enumerate() {
                values.resize(units, f64::NAN);
                if roles.missing == MissingChoice::Zero && roles.is_outcome(number) {
                    values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = 0.0);
                }
            }
        }
        let (names, mut notes) = filled.told(roles, arms);
        if is_zero {
            notes.push("units without any row are not in the file and count nowhere".to_owned());
        }
        (names, notes)
    }

    /// Caps the rows of every outcome, if that was asked for.
    fn cap(&mut self, rows: &Rows, roles: &Roles, arguments: &AnalyzeArguments) -> Result<Vec<String>, Failure> {
        let mut notes = Vec::new();
        for number in (0..roles.numbers.len()).filter(|number| roles.is_outcome(*number)) {
            let mut columns: Vec<&mut Vec<f64>> = self.periods.iter_mut().map(|period| &mut period.values[number]).collect();
            notes.extend(winsorize(rows.name(roles.numbers[number]), &mut columns, arguments)?);
        }
        Ok(notes)
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

    fn outcome(
        &self,
        (index, quantity): (usize, &Quantity),
        (rows, roles): (&Rows, &Roles),
        order: &[(usize, String)],
        timeline: &Timeline,
        kept: &[usize],
    ) -> OutcomeColumns {
        // Of a ratio a period counts where both parts are known.
        let is_known = |period: &Period, unit: usize| {
            !period.values[quantity.above][unit].is_nan()
                && !quantity.below.is_some_and(|below| period.values[below][unit].is_nan())
        };
        let values = |number: usize| -> Vec<Vec<f64>> {
            let of_period = |label: usize| {
                let period = &self.periods[label];
                let value = |unit: &usize| if is_known(period, *unit) { period.values[number][*unit] } else { f64::NAN };
                kept.iter().map(value).collect()
            };
            order.iter().map(|(label, _)| of_period(*label)).collect()
        };
        let named = |name: String, values: Vec<f64>| NamedColumn { name, values };
        let name_of = |number: usize| rows.name(roles.numbers[number]).to_owned();
        let periods = values(quantity.above);
        let (before, after) = periods.split_at(timeline.before);
        let below = quantity.below.map(|number| (name_of(number), values(number)));
        let side = |is_before: bool| {
            let below = below.as_ref()?;
            let (before, after) = below.1.split_at(timeline.before);
            Some(named(below.0.clone(), means(if is_before { before } else { after })))
        };
        OutcomeColumns {
            outcome: named(quantity.name.clone(), means(after)),
            denominator: side(false),
            baseline: Some(named(format!("{} before the start", quantity.name), means(before))),
            baseline_denominator: side(true),
            predictions: roles
                .predictions
                .get(index)
                .map(|number| named(name_of(*number), kept.iter().map(|unit| self.predictions[index][*unit].value()).collect())),
            period_denominators: below.map(|below| below.1).unwrap_or_default(),
            periods,
        }
    }
}

/// Each unit's mean over the periods it has.
fn means(periods: &[Vec<f64>]) -> Vec<f64> {
    let units = periods.first().map_or(0, Vec::len);
    let mut means = vec![Mean::default(); units];
    for period in periods {
        means.iter_mut().zip(period).filter(|(_, value)| !value.is_nan()).for_each(|(mean, value)| mean.add(*value));
    }
    means.into_iter().map(Mean::value).collect()
}

/// Numbers the cluster or stratum of the current row's unit; it must be the same in all its rows.
fn same_label(
    rows: &Rows,
    roles: &Roles,
    (labels, column): (&mut Option<(Interner, Vec<u32>)>, Option<usize>),
    (unit, lines): (usize, &[u64]),
    what: &str,
) -> Result<(), Failure> {
    let (Some((names, labels)), Some(column)) = (labels, column) else { return Ok(()) };
    let label = names.intern(name_in(rows, column, roles, &format!("the name of a {what}"))?).number;
    if unit == labels.len() {
        labels.push(label);
    } else if labels[unit] != label {
        let told = Told {
            message: format!("this unit is in another `{}` here than in line {}", rows.name(column), lines[unit]),
            expected: format!("the same {what} in all rows of a unit"),
            hint: Some(format!("use the {what} as it was at assignment")),
        };
        return Err(rows.mistake(column, told));
    }
    Ok(())
}

fn changed(rows: &Rows, column: usize, place: &Place) -> Failure {
    let told = Told {
        message: format!("`{}` changes within a unit before the start", rows.name(column)),
        expected: "the same category in all rows of a unit before the start".to_owned(),
        hint: Some("use the category as it was at assignment".to_owned()),
    };
    rows.mistake_at(place, told)
}

/// How periods were ordered, for everybody to see.
fn order_note(name: &str, timeline: &Timeline) -> String {
    let (before, after) = timeline.labels.split_at(timeline.before);
    let span = |labels: &[String]| match labels {
        [] => String::new(),
        [only] => only.clone(),
        [first, .., last] => format!("{first} to {last}"),
    };
    format!(
        "`{name}` runs from {} ({} before the start) and from {} ({} after it)",
        span(before),
        before.len(),
        span(after),
        after.len()
    )
}
