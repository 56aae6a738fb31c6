//! A table with one row per unit, read into columns. Only asked columns are kept, as numbers; a missing value is NaN.

use super::arguments::{AnalyzeArguments, MissingChoice};
use super::arms::{Arms, Asked, Compared};
use super::covariate::{self, Covariate, CovariateCell};
use super::reading::{Filled, Gathered, LookSums, NumberReader, UnitNames, case_note, name_in, refused, winsorize};
use super::roles::{Quantity, Roles};
use super::table::interner::{Interner, hash_of};
use super::table::order::{LabelPlan, Labels};
use super::table::rows::{Rows, Told};
use crate::analysis::PerArm;
use crate::analysis::trial_analysis::{LookSoFar, NamedColumn, OutcomeColumns, TrialColumns};
use crate::cli::failure::Failure;
use crate::stats::moments::Moments;
use crate::stats::quantile::quantiles;

/// Most looks at one trial.
const MOST_LOOKS: usize = 10_000;

/// What has been read so far.
struct CrossSection {
    /// `None` where every row is a unit.
    units: Option<Interner>,
    /// Line of each row.
    lines: Vec<u64>,
    arms: Arms,
    arm_of: Vec<u32>,
    clusters: Option<(Interner, Vec<u32>)>,
    strata: Option<(Interner, Vec<u32>)>,
    fold_keys: Vec<u64>,
    reader: NumberReader,
    /// One per asked column of numbers.
    numbers: Vec<Vec<f64>>,
    covariates: Vec<(Covariate, Vec<f64>, Vec<u32>)>,
    looks: Option<(Labels, Vec<u32>)>,
    filled: Filled,
}

/// Reads all rows.
///
/// # Errors
/// Any mistake in the table, with its place.
pub(super) fn read(rows: &mut Rows, roles: &Roles, arguments: &AnalyzeArguments) -> Result<Gathered, Failure> {
    let plan = LabelPlan { order: &arguments.order, start: None, most: MOST_LOOKS };
    let labels = || (Interner::default(), Vec::new());
    let mut table = CrossSection {
        units: roles.unit.map(|_| Interner::default()),
        lines: Vec::new(),
        arms: Arms::new(Asked { control: arguments.control.as_deref(), treated: &arguments.treated }),
        arm_of: Vec::new(),
        clusters: roles.cluster.map(|_| labels()),
        strata: roles.strata.map(|_| labels()),
        fold_keys: Vec::new(),
        reader: NumberReader::new(roles),
        numbers: vec![Vec::new(); roles.numbers.len()],
        covariates: roles.covariates.iter().map(|found| (Covariate::new(*found), Vec::new(), Vec::new())).collect(),
        looks: roles.look.map(|_| Labels::new(plan)).transpose()?.map(|labels| (labels, Vec::new())),
        filled: Filled::default(),
    };
    while rows.advance()? {
        table.read_row(rows, roles)?;
    }
    table.gathered(rows, roles, arguments)
}

impl CrossSection {
    fn read_row(&mut self, rows: &Rows, roles: &Roles) -> Result<(), Failure> {
        self.read_unit(rows, roles)?;
        let arm = self.arms.read(rows, roles.treatment, &roles.rules)?;
        self.arm_of.push(arm);
        self.reader.read(rows, roles)?;
        self.reader.filled_outcomes(roles).for_each(|outcome| self.filled.add(outcome, arm));
        for (column, value) in self.numbers.iter_mut().zip(&self.reader.row) {
            column.push(*value);
        }
        for (covariate, numbers, codes) in &mut self.covariates {
            let CovariateCell { number, code } = covariate.read(rows, &roles.rules)?;
            if roles.missing == MissingChoice::Refuse && number.is_nan() && code == covariate::NO_CODE && covariate.keeps_codes()
            {
                return Err(refused(rows, covariate.column));
            }
            numbers.push(number);
            if covariate.keeps_codes() {
                codes.push(code);
            } else if !codes.is_empty() {
                *codes = Vec::new();
            }
        }
        let cluster = read_label(rows, roles, (&mut self.clusters, roles.cluster), "the name of a cluster")?;
        read_label(rows, roles, (&mut self.strata, roles.strata), "the name of a stratum")?;
        // Whoever belongs together is predicted by the same fold.
        let row = self.lines.len() as u64;
        self.fold_keys.push(match (cluster, roles.unit) {
            (Some(key), _) => key,
            (None, Some(unit)) => hash_of(super::table::text::identity(rows.cell(unit))),
            (None, None) => hash_of(&row.to_le_bytes()),
        });
        if let (Some((labels, looks)), Some(column)) = (&mut self.looks, roles.look) {
            looks.push(labels.read(rows, column)? as u32);
        }
        Ok(())
    }

    fn read_unit(&mut self, rows: &Rows, roles: &Roles) -> Result<(), Failure> {
        self.lines.push(rows.line());
        let (Some(units), Some(column)) = (&mut self.units, roles.unit) else { return Ok(()) };
        let cell = name_in(rows, column, roles, "the name of a unit")?;
        let unit = units.intern(cell);
        if unit.is_new {
            return Ok(());
        }
        let first = self.lines[unit.number as usize];
        let name = units.text_of(unit.number);
        Err(rows.mistake(
            column,
            Told {
                message: format!("unit `{name}` has a second row in line {}; the first is in line {first}", rows.line()),
                expected: "one row per unit".to_owned(),
                hint: Some(
                    "for one row per unit and period use --time and --start; for rows below the unit that was assigned, such as \
                     orders, leave --unit out and give --cluster the column that names the unit"
                        .to_owned(),
                ),
            },
        ))
    }

    /// Decides which arms are compared and keeps their rows.
    fn gathered(self, rows: &Rows, roles: &Roles, arguments: &AnalyzeArguments) -> Result<Gathered, Failure> {
        super::refuse_no_rows(rows, self.arm_of.len())?;
        let asked = Asked { control: arguments.control.as_deref(), treated: &arguments.treated };
        let arms = self.arms.compared(rows, roles.treatment, asked)?;
        let positions: Vec<u32> = self.arm_of.iter().map(|arm| arms.position(*arm)).collect();
        let is_kept = |row: usize| positions[row] < arms.count;
        let mut notes = self.reader.finish(rows)?;
        let assigned = counted(&positions, arms.names.len());
        for (labels, column, what) in [(&self.clusters, roles.cluster, "clusters"), (&self.strata, roles.strata, "strata")] {
            let note = labels.as_ref().zip(column).and_then(|((names, _), column)| case_note(names, rows.name(column), what));
            notes.extend(note);
        }
        let clusters = self.clusters.map(|(_, labels)| labels);
        let assigned_clusters = clusters.as_ref().map(|labels| clusters_by_arm(labels, &positions, arms.names.len()));
        let arm_of: Vec<u32> = filtered(&positions, is_kept);
        let mut numbers: Vec<Vec<f64>> = self.numbers.into_iter().map(|values| kept(values, is_kept)).collect();
        notes.extend(cap_numbers(&mut numbers, rows, roles, arguments)?);
        let mut covariates = Vec::new();
        for (covariate, numbers, codes) in self.covariates {
            let (decided, told) = covariate.decide(rows)?;
            let name = rows.name(covariate.column);
            covariates.extend(covariate::columns(name, &decided, kept(numbers, is_kept), &filtered(&codes, is_kept)));
            notes.extend(told);
        }
        let outcomes = outcome_columns(&numbers, rows, roles);
        let mut looks = Vec::new();
        if let (Some((labels, of_rows)), Some(column)) = (&self.looks, roles.look) {
            let order = labels.finish(rows, column)?;
            notes.extend(labels.notes());
            looks = look_sums(&order, &filtered(of_rows, is_kept), (&arm_of, &arms), &outcomes);
        }
        let names = match self.units {
            Some(units) => UnitNames::Named(units, (0..positions.len() as u32).filter(|row| is_kept(*row as usize)).collect()),
            None => UnitNames::Lines(filtered(&self.lines, is_kept)),
        };
        let columns = TrialColumns {
            outcomes,
            covariates,
            clusters: clusters.map(|labels| super::renumbered(&filtered(&labels, is_kept))),
            strata: self.strata.map(|(_, labels)| super::renumbered(&filtered(&labels, is_kept))),
            looks: self.looks.map(|(_, of_rows)| super::renumbered(&filtered(&of_rows, is_kept))),
            fold_keys: kept(self.fold_keys, is_kept),
            arm_of,
            arms: arms.count,
            timeline: None,
            assigned,
            assigned_clusters,
        };
        let (filled, told) = self.filled.told(roles, &arms);
        notes.extend(told);
        Ok(Gathered { columns, arms, notes, looks, names, filled })
    }
}

/// Numbers the cluster or stratum of the current row; its hash.
fn read_label(
    rows: &Rows,
    roles: &Roles,
    (labels, column): (&mut Option<(Interner, Vec<u32>)>, Option<usize>),
    expected: &str,
) -> Result<Option<u64>, Failure> {
    let (Some((names, labels)), Some(column)) = (labels, column) else { return Ok(None) };
    let cell = name_in(rows, column, roles, expected)?;
    labels.push(names.intern(cell).number);
    Ok(Some(hash_of(cell)))
}

/// Rows that `keep` accepts.
fn filtered<T: Copy>(values: &[T], keep: impl Fn(usize) -> bool) -> Vec<T> {
    values.iter().enumerate().filter(|(row, _)| keep(*row)).map(|(_, value)| *value).collect()
}

/// The same in place, for columns that nobody else needs.
fn kept<T: Copy>(mut values: Vec<T>, keep: impl Fn(usize) -> bool) -> Vec<T> {
    let mut row = 0;
    values.retain(|_| {
        row += 1;
        keep(row - 1)
    });
    values
}

/// How many rows each arm has.
fn counted(positions: &[u32], arms: usize) -> Vec<u64> {
    let mut counts = vec![0; arms];
    positions.iter().for_each(|arm| counts[*arm as usize] += 1);
    counts
}

/// How many clusters hold units of each arm.
pub(super) fn clusters_by_arm(labels: &[u32], positions: &[u32], arms: usize) -> Vec<u64> {
    let size = labels.iter().max().map_or(0, |largest| *largest as usize + 1);
    let mut holds = vec![false; size * arms];
    labels.iter().zip(positions).for_each(|(label, arm)| holds[*label as usize * arms + *arm as usize] = true);
    (0..arms).map(|arm| holds.iter().skip(arm).step_by(arms).filter(|holds| **holds).count() as u64).collect()
}

/// Caps every column that is part of an outcome or of its past, if that was asked for.
fn cap_numbers(
    numbers: &mut [Vec<f64>],
    rows: &Rows,
    roles: &Roles,
    arguments: &AnalyzeArguments,
) -> Result<Vec<String>, Failure> {
    let is_quantity = |number: usize| {
        roles.outcomes.iter().chain(&roles.pre).any(|quantity| quantity.above == number || quantity.below == Some(number))
    };
    let mut notes = Vec::new();
    for (number, values) in numbers.iter_mut().enumerate().filter(|(number, _)| is_quantity(*number)) {
        notes.extend(winsorize(rows.name(roles.numbers[number]), &mut [values], arguments)?);
    }
    Ok(notes)
}

fn outcome_columns(numbers: &[Vec<f64>], rows: &Rows, roles: &Roles) -> Vec<OutcomeColumns> {
    let column = |number: usize, name: &str| NamedColumn { name: name.to_owned(), values: numbers[number].clone() };
    let below = |quantity: &Quantity| quantity.below.map(|number| column(number, rows.name(roles.numbers[number])));
    let outcome = |(index, quantity): (usize, &Quantity)| {
        let pre = roles.pre.get(index);
        OutcomeColumns {
            outcome: column(quantity.above, &quantity.name),
            denominator: below(quantity),
            baseline: pre.map(|pre| column(pre.above, &pre.name)),
            baseline_denominator: pre.and_then(below),
            predictions: roles.predictions.get(index).map(|number| column(*number, rows.name(roles.numbers[*number]))),
            periods: Vec::new(),
            period_denominators: Vec::new(),
        }
    };
    roles.outcomes.iter().enumerate().map(outcome).collect()
}

/// Sums of everything that had arrived by each look, outcome by outcome and arm by arm; ratios have none.
fn look_sums(
    order: &[(usize, String)],
    of_rows: &[u32],
    (arm_of, arms): (&[u32], &Compared),
    outcomes: &[OutcomeColumns],
) -> Vec<LookSums> {
    let of_arm = |outcome: &OutcomeColumns, arm: u32| {
        let known: Vec<f64> = outcome.outcome.values.iter().copied().filter(|value| !value.is_nan()).collect();
        let median = quantiles(&known, [0.5]).map(|[median]| median);
        let mut alone = vec![(PerArm::<Moments>::default(), PerArm::<u64>::default()); order.len()];
        for ((look, own), value) in of_rows.iter().zip(arm_of).zip(&outcome.outcome.values).filter(|(_, value)| !value.is_nan()) {
            let (moments, events) = &mut alone[*look as usize];
            let (moments, events) = match own {
                0 => (&mut moments.control, &mut events.control),
                own if *own == arm => (&mut moments.treated, &mut events.treated),
                _ => continue,
            };
            moments.add(*value);
            *events += u64::from(Some(*value) != median);
        }
        let mut so_far = PerArm::<Moments>::default();
        let mut events = PerArm::<u64>::default();
        let looks = order.iter().map(|(label, text)| {
            let (now, happened) = alone[*label];
            events = PerArm { control: events.control + happened.control, treated: events.treated + happened.treated };
            so_far = PerArm { control: so_far.control.merged(now.control), treated: so_far.treated.merged(now.treated) };
            LookSoFar { label: text.clone(), arms: so_far, events: Some(events) }
        });
        LookSums { outcome: outcome.outcome.name.clone(), arm: arms.names[arm as usize].clone(), looks: looks.collect() }
    };
    let plain = outcomes.iter().filter(|outcome| outcome.denominator.is_none());
    plain.flat_map(|outcome| (1..arms.count).map(move |arm| of_arm(outcome, arm))).collect()
}
