//! Columns to adjust for, without losing a unit to them: missing values are filled and an indicator says where.
//!
//! **What**: every baseline and covariate as a column without gaps. A gap gets the column's mean, and a second column is 1 where there was
//! one, so the filled number itself does not matter. Left out, with the reason: columns that do not vary, that are a combination of earlier
//! ones, or whose gaps are not equally frequent in all arms.
//! **Assumptions**: columns, and whether they are missing, were fixed before assignment. A frequency of gaps that differs between arms
//! (p < 0.001) speaks against that, and adjusting for such a column would bias the effect.
//! **Formula**: missingness-indicator method; Pearson's chi-squared of arm by gap (with clusters a Wald test with CR2).
//! **Reference**: Zhao & Ding 2022, "To adjust or not to adjust? Estimating the average treatment effect in randomized experiments with
//! missing covariates".
//! **Failure**: none; the worst that can happen is that nothing is left to adjust for.

use super::columns::{OutcomeColumns, TrialColumns, missing_by_arm};
use super::frame::linearised;
use crate::analysis::several_arms::arms_differ;
use crate::stats::goodness::independence;
use crate::stats::least_squares::Design;
use std::borrow::Cow;

/// Gaps that differ between arms with a p-value below this take the column out.
pub const GAPS_DIFFER_BELOW: f64 = 0.001;
/// Rows on which columns are first searched for combinations: what is independent on some rows is so on all.
const ROWS_LOOKED_AT: usize = 2_000;

/// A column that is not adjusted for.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOutColumn {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: WhyColumnLeftOut,
}

/// Why a column is not adjusted for.
#[derive(Debug, Clone, PartialEq)]
pub enum WhyColumnLeftOut {
    /// It is the same for every unit, or has no value at all.
    Constant,
    /// Columns before it determine it.
    Combination,
    /// Arms do not lack it equally often.
    GapsDiffer {
        /// Units without a value, by arm.
        missing: Vec<u64>,
        /// Of equal frequency.
        p_value: f64,
    },
}

/// A column without gaps.
pub(super) struct Filled<'a> {
    /// The column of the file.
    source: String,
    pub(super) name: String,
    pub(super) values: Cow<'a, [f64]>,
    /// 1 where the value was missing; `None` if it was nowhere.
    pub(super) missing: Option<Vec<f64>>,
}

/// All columns that a trial may be adjusted for, one row per unit.
pub(super) struct Adjusters<'a> {
    /// By outcome.
    pub(super) baselines: Vec<Option<Filled<'a>>>,
    pub(super) covariates: Vec<Filled<'a>>,
    pub(super) left_out: Vec<LeftOutColumn>,
    /// Names of columns with gaps, and how many.
    pub(super) filled: Vec<(String, u64)>,
}

impl<'a> Adjusters<'a> {
    pub(super) fn of(columns: &'a TrialColumns) -> Self {
        let mut found = Self { baselines: Vec::new(), covariates: Vec::new(), left_out: Vec::new(), filled: Vec::new() };
        for outcome in &columns.outcomes {
            let baseline = baseline_values(outcome).and_then(|(name, values)| found.admitted((name, name), values, columns));
            found.baselines.push(baseline);
        }
        for (index, covariate) in columns.covariates.iter().enumerate() {
            let is_first = index == 0 || columns.covariates[index - 1].source != covariate.source;
            let gone =
                |left: &LeftOutColumn| left.name == covariate.source && matches!(left.why, WhyColumnLeftOut::GapsDiffer { .. });
            if !is_first && found.left_out.iter().any(gone) {
                continue;
            }
            let mut admitted = found.admitted((&covariate.source, &covariate.name), Cow::Borrowed(&covariate.values), columns);
            if let (false, Some(column)) = (is_first, &mut admitted) {
                // Indicators of one category lack a value together: one column says where.
                column.missing = None;
            }
            found.covariates.extend(admitted);
        }
        found.drop_combinations(columns.units());
        found
    }

    /// The column without gaps, unless something speaks against it; gaps are told of the column of the file.
    fn admitted(&mut self, (source, name): (&str, &str), values: Cow<'a, [f64]>, columns: &TrialColumns) -> Option<Filled<'a>> {
        let name = name.to_owned();
        let gaps = missing_by_arm(&values, &columns.arm_of, columns.arms);
        let missing = gaps.as_ref().map(|_| values.iter().map(|value| f64::from(u8::from(value.is_nan()))).collect::<Vec<f64>>());
        if let (Some(gaps), Some(indicator)) = (&gaps, &missing)
            && let Some(p_value) = gaps_differ(gaps, indicator, columns).filter(|p_value| *p_value < GAPS_DIFFER_BELOW)
        {
            let why = WhyColumnLeftOut::GapsDiffer { missing: gaps.clone(), p_value };
            self.left_out.push(LeftOutColumn { name: source.to_owned(), why });
            return None;
        }
        let mut known = values.iter().filter(|value| !value.is_nan());
        let first = known.next().copied();
        let varies = first.is_some_and(|first| known.any(|value| *value != first));
        if !varies && (missing.is_none() || first.is_none()) {
            self.left_out.push(LeftOutColumn { name, why: WhyColumnLeftOut::Constant });
            return None;
        }
        let values = match gaps {
            None => values,
            Some(gaps) => {
                if self.filled.last().is_none_or(|(known, _)| known != source) {
                    self.filled.push((source.to_owned(), gaps.iter().sum()));
                }
                filled(values)
            }
        };
        Some(Filled { source: source.to_owned(), name, values, missing })
    }

    /// Takes out covariates that earlier columns determine.
    fn drop_combinations(&mut self, units: usize) {
        let dependent_on = |rows: usize, covariates: &[Filled<'a>], baseline: Option<&Filled<'a>>| -> Vec<usize> {
            let mut design = Design::new(rows);
            design.push(|_| 1.0);
            baseline.and_then(|baseline| centred(&mut design, &baseline.values[..rows]));
            let is_dependent = |(_, covariate): &(usize, &Filled<'a>)| centred(&mut design, &covariate.values[..rows]).is_none();
            covariates.iter().enumerate().filter(is_dependent).map(|(index, _)| index).collect()
        };
        let baseline = self.baselines.first().and_then(Option::as_ref);
        if dependent_on(units.min(ROWS_LOOKED_AT), &self.covariates, baseline).is_empty() {
            return;
        }
        let mut dependent = dependent_on(units, &self.covariates, baseline);
        while let Some(index) = dependent.pop() {
            // A column with gaps keeps its indicator's information only as a whole.
            if self.covariates[index].missing.is_none() {
                let name = self.covariates.remove(index).name;
                self.left_out.push(LeftOutColumn { name, why: WhyColumnLeftOut::Combination });
            }
        }
    }

    /// Every column in order, gaps' indicators behind their columns: baselines of all outcomes, then covariates.
    pub(super) fn all(&self) -> Vec<(String, &[f64])> {
        let columns = self.baselines.iter().flatten().chain(&self.covariates);
        columns
            .flat_map(|column| {
                let filled = (column.name.clone(), &*column.values);
                let gaps = column.missing.as_deref().map(|missing| (format!("{} (missing)", column.source), missing));
                std::iter::once(filled).chain(gaps)
            })
            .collect()
    }
}

fn centred(design: &mut Design, values: &[f64]) -> Option<usize> {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    design.push(|row| values[row] - mean)
}

/// An outcome's past as one number per unit; of a ratio its linear part about the ratio of all units.
fn baseline_values(outcome: &OutcomeColumns) -> Option<(&str, Cow<'_, [f64]>)> {
    let baseline = outcome.baseline.as_ref()?;
    let values = match &outcome.baseline_denominator {
        None => Cow::Borrowed(baseline.values.as_slice()),
        Some(below) => Cow::Owned(linearised(&baseline.values, &below.values, |_| 0, 1)?),
    };
    Some((&baseline.name, values))
}

/// p-value of equally frequent gaps in all arms.
fn gaps_differ(gaps: &[u64], indicator: &[f64], columns: &TrialColumns) -> Option<f64> {
    match &columns.clusters {
        None => independence(gaps, &columns.units_per_arm()).map(|test| test.p_value),
        Some(clusters) => arms_differ(indicator, &columns.arm_of, columns.arms, Some(clusters)),
    }
}

fn filled(values: Cow<'_, [f64]>) -> Cow<'_, [f64]> {
    let known = values.iter().filter(|value| !value.is_nan());
    let (count, sum) = known.fold((0_u64, 0.0), |(count, sum), value| (count + 1, sum + value));
    let mean = if count > 0 { sum / count as f64 } else { 0.0 };
    Cow::Owned(values.iter().map(|value| if value.is_nan() { mean } else { *value }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::trial_analysis::{CovariateColumn, NamedColumn};

    fn trial(covariates: Vec<CovariateColumn>) -> TrialColumns {
        let units = covariates[0].values.len();
        let outcome = NamedColumn { name: "y".to_owned(), values: (0..units).map(|row| (row % 7) as f64).collect() };
        TrialColumns {
            outcomes: vec![OutcomeColumns::plain(outcome)],
            covariates,
            arm_of: (0..units).map(|row| (row % 2) as u32).collect(),
            arms: 2,
            clusters: None,
            strata: None,
            looks: None,
            fold_keys: vec![0; units],
            timeline: None,
            assigned: vec![units as u64 / 2; 2],
            assigned_clusters: None,
        }
    }

    fn column(name: &str, value: impl Fn(usize) -> f64) -> CovariateColumn {
        CovariateColumn { source: name.to_owned(), name: name.to_owned(), values: (0..200).map(value).collect() }
    }

    #[test]
    fn gaps_are_filled_with_the_mean_and_marked() {
        let columns = trial(vec![column("x", |row| if row % 10 < 2 { f64::NAN } else { row as f64 })]);
        let found = Adjusters::of(&columns);
        let x = &found.covariates[0];
        let missing = x.missing.as_ref().expect("gaps");
        assert_eq!(missing.iter().sum::<f64>(), 40.0);
        assert!((x.values[0] - x.values[11]).abs() < 1e-12 && x.values[5] == 5.0 && missing[0] == 1.0);
        assert_eq!(found.filled, [("x".to_owned(), 40)]);
    }

    #[test]
    fn a_column_whose_gaps_differ_between_arms_is_named_and_not_used() {
        let columns = trial(vec![column("x", |row| if row % 2 == 1 && row % 3 == 0 { f64::NAN } else { row as f64 })]);
        let found = Adjusters::of(&columns);
        assert!(found.covariates.is_empty());
        assert!(matches!(&found.left_out[0].why, WhyColumnLeftOut::GapsDiffer { missing, .. } if *missing == [0, 33]));
    }

    #[test]
    fn columns_that_add_nothing_are_named() {
        let columns = trial(vec![
            column("a", |row| (row % 5) as f64),
            column("flat", |_| 3.0),
            column("cents", |row| 100.0 * (row % 5) as f64 + 7.0),
            column("empty", |_| f64::NAN),
        ]);
        let found = Adjusters::of(&columns);
        let names: Vec<(&str, &WhyColumnLeftOut)> = found.left_out.iter().map(|left| (left.name.as_str(), &left.why)).collect();
        assert_eq!(found.covariates.len(), 1);
        assert_eq!(
            names,
            [
                ("flat", &WhyColumnLeftOut::Constant),
                ("empty", &WhyColumnLeftOut::Constant),
                ("cents", &WhyColumnLeftOut::Combination)
            ]
        );
    }
}
