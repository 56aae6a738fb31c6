//! One outcome's rows: the units that have a value of it, with everything estimators need, and nothing copied where nobody lacks one.
//!
//! A ratio of sums becomes an ordinary outcome here. **Formula**: with r_a = ΣN/ΣD over the units of arm a, each unit's linear part is
//! `r_a + (N − r_a D)/D̄_a`; its mean is r_a and its variance over n is the delta method's (Deng, Knoblich & Lu 2018, section 3), so the
//! difference in means of linear parts is the difference in ratios with its standard error, also by cluster, and adjusting works as for
//! any outcome.
//! Not here: filling gaps (see [`super::adjusters`]).

use super::adjusters::{Adjusters, Filled};
use super::columns::{OutcomeColumns, TrialColumns};
use crate::analysis::several_arms::moments_by_arm;
use crate::stats::moments::Moments;
use std::borrow::Cow;

/// The rows of one outcome.
pub(super) struct OutcomeFrame<'a> {
    pub(super) name: &'a str,
    pub(super) trial: &'a TrialColumns,
    pub(super) columns: &'a OutcomeColumns,
    /// The trial's rows that have a value; `None` for all of them.
    pub(super) rows: Option<Vec<u32>>,
    pub(super) outcome: Cow<'a, [f64]>,
    pub(super) arm_of: Cow<'a, [u32]>,
    /// Of the outcome, by arm.
    pub(super) moments: Vec<Moments>,
    pub(super) clusters: Option<Cow<'a, [u32]>>,
    pub(super) baseline: Option<Cow<'a, [f64]>>,
    pub(super) baseline_missing: Option<Cow<'a, [f64]>>,
    /// Covariates and indicators of their gaps.
    pub(super) covariates: Vec<Cow<'a, [f64]>>,
}

/// The rows that difference in differences rests on.
pub(super) struct ChangeRows<'a> {
    pub(super) after: Cow<'a, [f64]>,
    pub(super) before: Cow<'a, [f64]>,
    pub(super) arm_of: Cow<'a, [u32]>,
    pub(super) clusters: Option<Cow<'a, [u32]>>,
}

impl<'a> OutcomeFrame<'a> {
    pub(super) fn of(trial: &'a TrialColumns, adjusters: &'a Adjusters<'_>, index: usize) -> Self {
        let columns = &trial.outcomes[index];
        let below = columns.denominator.as_ref().map(|below| below.values.as_slice());
        let has_value = |row: usize| !columns.outcome.values[row].is_nan() && !below.is_some_and(|below| below[row].is_nan());
        let rows = kept_rows(trial.units(), has_value);
        let kept = rows.as_deref();
        let arm_of = picked(&trial.arm_of, kept);
        let above = picked(&columns.outcome.values, kept);
        let outcome = match below {
            None => above,
            // A ratio without a denominator somewhere is not finite, and every estimator refuses it by that.
            Some(below) => {
                let linear = linearised(&above, &picked(below, kept), |row| arm_of[row], trial.arms);
                Cow::Owned(linear.unwrap_or_else(|| vec![f64::INFINITY; above.len()]))
            }
        };
        let pick = |filled: &'a Filled<'_>| {
            let missing = filled.missing.as_deref().map(|missing| picked(missing, kept));
            (picked(&filled.values, kept), missing)
        };
        let (baseline, baseline_missing) = adjusters.baselines[index].as_ref().map(pick).unzip();
        let covariates =
            adjusters.covariates.iter().map(pick).flat_map(|(values, missing)| std::iter::once(values).chain(missing));
        Self {
            name: &columns.outcome.name,
            trial,
            columns,
            moments: moments_by_arm(&outcome, &arm_of, trial.arms),
            outcome,
            arm_of,
            clusters: trial.clusters.as_ref().map(|labels| picked(labels, kept)),
            baseline,
            baseline_missing: baseline_missing.flatten(),
            covariates: covariates.collect(),
            rows,
        }
    }

    /// Plain means by arm.
    pub(super) fn means(&self) -> Vec<f64> {
        self.moments.iter().map(|arm| arm.mean).collect()
    }

    /// Units with a value by arm.
    pub(super) fn kept(&self) -> Vec<u64> {
        self.moments.iter().map(|arm| arm.count).collect()
    }

    /// Units without a value by arm.
    pub(super) fn lost(&self) -> Vec<u64> {
        self.trial.units_per_arm().iter().zip(self.kept()).map(|(all, kept)| all - kept).collect()
    }

    /// Units with a change since the baseline, if fewer than have an outcome; `None` too where there is no baseline.
    pub(super) fn change_units(&self) -> Option<u64> {
        let rows = self.change_rows()?;
        (rows.after.len() < self.outcome.len()).then_some(rows.after.len() as u64)
    }

    /// Outcome and baseline of the units that have both; in a panel, of those that have every period.
    pub(super) fn change_rows(&self) -> Option<ChangeRows<'_>> {
        let baseline = self.columns.baseline.as_ref()?;
        let is_complete = |row: usize| {
            let below = self.columns.baseline_denominator.as_ref();
            let has_past = !baseline.values[row].is_nan() && !below.is_some_and(|below| below.values[row].is_nan());
            has_past && self.has_every_period(row)
        };
        let of_trial = |position: usize| self.rows.as_ref().map_or(position, |rows| rows[position] as usize);
        let rows = kept_rows(self.outcome.len(), |position| is_complete(of_trial(position)));
        let kept = rows.as_deref();
        let arm_of = picked(&self.arm_of, kept);
        let before = picked(&baseline.values, self.rows.as_deref());
        let before = match &self.columns.baseline_denominator {
            None => picked_from(before, kept),
            Some(below) => {
                let below = picked_from(picked(&below.values, self.rows.as_deref()), kept);
                Cow::Owned(linearised(&picked_from(before, kept), &below, |row| arm_of[row], self.trial.arms)?)
            }
        };
        Some(ChangeRows {
            after: picked(&self.outcome, kept),
            before,
            clusters: self.clusters.as_ref().map(|labels| picked(labels, kept)),
            arm_of,
        })
    }

    /// Whether a panel lacks rows or values.
    pub(super) fn lacks_rows(&self) -> bool {
        !self.columns.periods.is_empty() && (0..self.trial.units()).any(|row| !self.has_every_period(row))
    }

    /// Whether a unit has a value in every period of a panel.
    pub(super) fn has_every_period(&self, row: usize) -> bool {
        self.columns.periods.iter().chain(&self.columns.period_denominators).all(|period| !period[row].is_nan())
    }
}

/// Rows that `keep` accepts; `None` if it accepts all.
pub(super) fn kept_rows(rows: usize, keep: impl Fn(usize) -> bool) -> Option<Vec<u32>> {
    if (0..rows).all(&keep) { None } else { Some((0..rows).filter(|row| keep(*row)).map(|row| row as u32).collect()) }
}

/// These rows of a column; the column itself where all are meant.
pub(super) fn picked<'a, T: Copy>(values: &'a [T], rows: Option<&[u32]>) -> Cow<'a, [T]> {
    match rows {
        None => Cow::Borrowed(values),
        Some(rows) => Cow::Owned(rows.iter().map(|row| values[*row as usize]).collect()),
    }
}

fn picked_from<'a>(values: Cow<'a, [f64]>, rows: Option<&[u32]>) -> Cow<'a, [f64]> {
    match rows {
        None => values,
        Some(rows) => Cow::Owned(rows.iter().map(|row| values[*row as usize]).collect()),
    }
}

/// Each unit's linear part of its group's ratio of sums; gaps stay gaps. `None` if a group's denominator adds up to 0.
pub(super) fn linearised(above: &[f64], below: &[f64], group_of: impl Fn(usize) -> u32, groups: u32) -> Option<Vec<f64>> {
    let mut sums = vec![(0.0, 0.0, 0_u64); groups as usize];
    let is_known = |row: usize| !above[row].is_nan() && !below[row].is_nan();
    for row in (0..above.len()).filter(|row| is_known(*row)) {
        let sum = &mut sums[group_of(row) as usize];
        *sum = (sum.0 + above[row], sum.1 + below[row], sum.2 + 1);
    }
    if sums.iter().any(|(_, below, count)| *count > 0 && *below == 0.0) {
        return None;
    }
    let linear = |row: usize| {
        let (sum_above, sum_below, count) = sums[group_of(row) as usize];
        let ratio = sum_above / sum_below;
        ratio + (above[row] - ratio * below[row]) * count as f64 / sum_below
    };
    Some((0..above.len()).map(|row| if is_known(row) { linear(row) } else { f64::NAN }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{ConfidenceLevel, PerArm, difference_in_means, difference_in_ratios};
    use crate::stats::moments::PairMoments;

    #[test]
    fn linear_parts_have_the_ratios_and_the_delta_methods_errors() {
        let above: Vec<f64> = (0..60).map(|row| f64::from(row * 7 % 13)).collect();
        let below: Vec<f64> = (0..60).map(|row| f64::from(1 + row * 5 % 7)).collect();
        let linear = linearised(&above, &below, |row| row as u32 % 2, 2).expect("no empty denominator");
        let (mut plain, mut pairs) = (PerArm::<Moments>::default(), PerArm::<PairMoments>::default());
        for row in 0..60 {
            let (plain, pairs) =
                if row % 2 == 0 { (&mut plain.control, &mut pairs.control) } else { (&mut plain.treated, &mut pairs.treated) };
            plain.add(linear[row]);
            pairs.add(above[row], below[row]);
        }
        let level = ConfidenceLevel::default();
        let (found, wanted) = (difference_in_means(plain, level).unwrap(), difference_in_ratios(pairs, level).unwrap());
        assert!((found.effect - wanted.effect).abs() < 1e-13 && (found.std_error - wanted.std_error).abs() < 1e-13);
        assert!((found.denominator - wanted.denominator).abs() < 1e-13);
    }

    #[test]
    fn a_group_without_denominator_has_no_ratio_and_gaps_stay_gaps() {
        assert_eq!(linearised(&[1.0, 2.0], &[0.0, 0.0], |_| 0, 1), None);
        let linear = linearised(&[1.0, f64::NAN, 3.0], &[1.0, 1.0, 1.0], |_| 0, 1).unwrap();
        assert!(linear[1].is_nan() && linear[0] == 1.0 && linear[2] == 3.0);
    }
}
