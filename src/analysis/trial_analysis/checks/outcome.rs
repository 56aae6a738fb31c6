//! What one outcome's values can carry: who lacks one, whether it varies, whether one unit makes the result.

use super::before::compared;
use super::{CheckKind, DesignCheck, Verdict, WARNS_BELOW, below};
use crate::analysis::several_arms::arms_differ;
use crate::analysis::trial_analysis::OutcomeAnalysis;
use crate::analysis::trial_analysis::frame::{OutcomeFrame, picked};
use crate::stats::goodness::independence;
use crate::stats::moments::Moments;
use crate::stats::multiplicity::holm;

/// A larger loss than this in any arm is said first of all.
pub const LARGE_LOSS: f64 = 0.05;
/// A unit with a larger share of an arm's sum of squares may make the result alone.
const LARGE_SHARE: f64 = 0.25;
/// A difference in means with a larger skewness than this is not near enough to normal.
const LARGE_SKEWNESS: f64 = 0.3;
/// Shares of units at which values may be capped.
const CAPS: [f64; 4] = [0.9999, 0.999, 0.995, 0.99];
/// Fewer units of an arm than this that can be expected to differ from the median of all, and no interval holds.
const FEW_EVENTS: f64 = 5.0;

/// Units without a value: how many, and whether arms differ in that.
pub(super) fn attrition(frame: &OutcomeFrame<'_>, found: &OutcomeAnalysis) -> Option<DesignCheck> {
    let rows = frame.rows.as_ref()?;
    let trial = frame.trial;
    let units = trial.units_per_arm();
    let (statistic, p_value) = match &trial.clusters {
        None => independence(&found.lost, &units).map(|test| (test.statistic, test.p_value)).unzip(),
        Some(clusters) => {
            let mut is_lost = vec![1.0; trial.units()];
            rows.iter().for_each(|row| is_lost[*row as usize] = 0.0);
            (None, arms_differ(&is_lost, &trial.arm_of, trial.arms, Some(clusters)))
        }
    };
    let is_large = found.lost.iter().zip(&units).any(|(lost, all)| *lost as f64 > LARGE_LOSS * *all as f64);
    let verdict = if is_large { Verdict::Warning } else { below(p_value, WARNS_BELOW, Verdict::Warning) };
    let kind = CheckKind::Attrition { outcome: frame.name.to_owned(), lost: found.lost.clone(), kept: found.kept.clone() };
    Some(DesignCheck { kind, verdict, statistic, p_value })
}

/// Periods that units lack, and whether arms differ in how many.
pub(super) fn panel_gaps(frame: &OutcomeFrame<'_>) -> Option<DesignCheck> {
    let trial = frame.trial;
    trial.timeline.as_ref()?;
    let mut complete = vec![0; trial.arms as usize];
    (0..trial.units()).filter(|row| frame.has_every_period(*row)).for_each(|row| complete[trial.arm_of[row] as usize] += 1);
    let units = trial.units_per_arm();
    if complete == units {
        return None;
    }
    // Period by period: arms that lack different ones compare one time with another, however many each has.
    let lacking = frame.columns.periods.iter().filter(|period| period.iter().any(|value| value.is_nan()));
    let presence =
        lacking.map(|period| -> Vec<f64> { period.iter().map(|value| f64::from(u8::from(!value.is_nan()))).collect() });
    let p_values: Vec<Option<f64>> =
        presence.map(|present| compared(&present, &trial.arm_of, trial.arms, trial.clusters.as_deref()).1).collect();
    let p_value = holm(&p_values).into_iter().flatten().reduce(f64::min);
    let kind = CheckKind::PanelGaps { outcome: frame.name.to_owned(), complete, units };
    Some(DesignCheck { kind, verdict: below(p_value, WARNS_BELOW, Verdict::Warning), statistic: None, p_value })
}

/// Given predictions must be alike in all arms.
pub(super) fn predictions(frame: &OutcomeFrame<'_>) -> Option<DesignCheck> {
    let given = frame.columns.predictions.as_ref()?;
    if given.values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let trial = frame.trial;
    let (standardised_difference, p_value) = compared(&given.values, &trial.arm_of, trial.arms, trial.clusters.as_deref());
    Some(DesignCheck {
        kind: CheckKind::Predictions { column: given.name.clone(), standardised_difference },
        verdict: below(p_value, WARNS_BELOW, Verdict::Warning),
        statistic: None,
        p_value,
    })
}

/// An outcome that does not vary, at all or within arms.
pub(super) fn variation(frame: &OutcomeFrame<'_>) -> Option<DesignCheck> {
    let moments = &frame.moments;
    if moments.iter().any(|arm| arm.centred_square_sum != 0.0) {
        return constant_arm(frame);
    }
    let outcome = frame.name.to_owned();
    let is_one = moments.iter().all(|arm| arm.mean == moments[0].mean);
    let kind = if is_one { CheckKind::ConstantOutcome { outcome } } else { CheckKind::NoVariationWithinArms { outcome } };
    Some(DesignCheck { kind, verdict: Verdict::Warning, statistic: None, p_value: None })
}

/// The value in the middle, without sorting the rest; `None` of none.
fn median_of(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    let middle = values.len() / 2;
    (middle < values.len()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// An arm of ten units or more whose one value is not what most units have: nothing happening to anybody is another check's.
fn constant_arm(frame: &OutcomeFrame<'_>) -> Option<DesignCheck> {
    let median = median_of(&frame.outcome)?;
    let is_constant = |arm: &Moments| arm.centred_square_sum == 0.0 && arm.count >= 10 && arm.mean != median && arm.mean != 0.0;
    let arm = frame.moments.iter().position(is_constant)? as u32;
    let kind = CheckKind::ConstantArm { outcome: frame.name.to_owned(), arm };
    Some(DesignCheck { kind, verdict: Verdict::Warning, statistic: None, p_value: None })
}

/// Whether treatment moves what a ratio divides by.
pub(super) fn ratio_denominator(frame: &OutcomeFrame<'_>) -> Option<DesignCheck> {
    let below_column = frame.columns.denominator.as_ref()?;
    let values = picked(&below_column.values, frame.rows.as_deref());
    let p_value = arms_differ(&values, &frame.arm_of, frame.trial.arms, frame.clusters.as_deref());
    let kind = CheckKind::RatioDenominator { column: below_column.name.clone() };
    Some(DesignCheck { kind, verdict: below(p_value, WARNS_BELOW, Verdict::Warning), statistic: None, p_value })
}

/// The unit with the largest share of its arm's sum of squares, if that is more than a well-behaved outcome would show.
///
/// The largest of n normal deviations has a square of about 2 ln n, so its share is about 2 ln n / n; twice that, or a quarter, is the bound.
/// An outcome of two values has no outliers: a rare one is not capped.
pub(super) fn one_unit(frame: &OutcomeFrame<'_>) -> Option<DesignCheck> {
    if has_two_values(&frame.outcome) {
        return None;
    }
    let moments = &frame.moments;
    let share = |row: usize| {
        let arm = &moments[frame.arm_of[row] as usize];
        (frame.outcome[row] - arm.mean).powi(2) / arm.centred_square_sum
    };
    let mut largest = vec![(0.0, 0); moments.len()];
    for row in 0..frame.outcome.len() {
        let best = &mut largest[frame.arm_of[row] as usize];
        let share = share(row);
        if share > best.0 {
            *best = (share, row);
        }
    }
    let bound = |arm: usize| {
        let count = moments[arm].count as f64;
        LARGE_SHARE.max(4.0 * count.ln() / count)
    };
    let (arm, (share_of_squares, position)) = largest
        .into_iter()
        .enumerate()
        .filter(|(arm, (share, _))| *share > bound(*arm))
        .max_by(|a, b| a.1.0.total_cmp(&b.1.0))?;
    let of_arm = || frame.outcome.iter().zip(&*frame.arm_of).filter(|(_, own)| **own == arm as u32).map(|(value, _)| *value);
    let one_sign = of_arm().all(|value| value >= 0.0) || of_arm().all(|value| value <= 0.0);
    let total: f64 = of_arm().sum();
    let kind = CheckKind::OneUnit {
        outcome: frame.name.to_owned(),
        row: frame.rows.as_ref().map_or(position, |rows| rows[position] as usize),
        arm: arm as u32,
        share_of_total: (one_sign && total != 0.0 && frame.columns.denominator.is_none())
            .then(|| frame.outcome[position] / total),
        share_of_squares,
        cap_at: cap_for(&frame.outcome),
    };
    Some(DesignCheck { kind, verdict: Verdict::Warning, statistic: None, p_value: None })
}

/// Whether an arm could be expected to hold hardly any unit (or cluster with one) that differs from what most units have, such as conversions
/// that nearly nobody makes: none at all is then luck, and has no variance.
///
/// Expected are as many as the arm's share of all, which is Cochran's rule for tables of counts (1954).
pub(super) fn few_events(frame: &OutcomeFrame<'_>) -> Option<DesignCheck> {
    // Of a ratio the part above: its linear parts differ for everybody.
    let values = picked(&frame.columns.outcome.values, frame.rows.as_deref());
    let median = median_of(&values)?;
    let arms = frame.trial.arms as usize;
    let (mut events, mut sizes) = (vec![0_u64; arms], vec![0_u64; arms]);
    match &frame.clusters {
        None => {
            for (value, arm) in values.iter().zip(&*frame.arm_of) {
                events[*arm as usize] += u64::from(*value != median);
                sizes[*arm as usize] += 1;
            }
        }
        Some(clusters) => {
            let size = clusters.iter().max().map_or(0, |largest| *largest as usize + 1);
            let mut has_event: Vec<Option<bool>> = vec![None; size * arms];
            for ((value, arm), cluster) in values.iter().zip(&*frame.arm_of).zip(&**clusters) {
                *has_event[*cluster as usize * arms + *arm as usize].get_or_insert(false) |= *value != median;
            }
            for (at, has_event) in has_event.iter().enumerate().filter_map(|(at, has_event)| Some((at, (*has_event)?))) {
                events[at % arms] += u64::from(has_event);
                sizes[at % arms] += 1;
            }
        }
    }
    let (happened, all) = (events.iter().sum::<u64>(), sizes.iter().sum::<u64>());
    let expected = |size: &u64| happened as f64 * *size as f64 / all.max(1) as f64;
    // In an arm of few units few can be expected whatever happens: that is another check's.
    let is_few = sizes.iter().any(|size| expected(size) < FEW_EVENTS && *size as f64 > 2.0 * FEW_EVENTS);
    let kind = CheckKind::FewEvents { outcome: frame.name.to_owned(), events };
    (happened > 0 && is_few).then_some(DesignCheck { kind, verdict: Verdict::Warning, statistic: None, p_value: None })
}

/// Whether the outcome is too skewed for the ordinary interval of arms so unequal in size.
///
/// Skewness cancels between arms of one size. Otherwise the studentised difference has, where arms do not differ, about the skewness
/// `κ₃ (1/n_T² − 1/n_C²) / (s² (1/n_T + 1/n_C))^(3/2)` with moments within arms, and the error of its two tails grows with it (Hall 1992,
/// section 2.6): at 0.3 a test at 5 % rejects about 7 %, at 0.45 about 13 %.
pub(super) fn skewness(frame: &OutcomeFrame<'_>) -> Option<DesignCheck> {
    if frame.clusters.is_some() {
        return None;
    }
    let moments = &frame.moments;
    let count: f64 = moments.iter().map(|arm| arm.count as f64).sum();
    let variance = moments.iter().map(|arm| arm.centred_square_sum).sum::<f64>() / count;
    let cubes = frame.outcome.iter().zip(&*frame.arm_of).map(|(value, arm)| (value - moments[*arm as usize].mean).powi(3));
    let third = cubes.sum::<f64>() / count;
    let of_arm = |arm: &Moments| {
        let (control, treated) = ((moments[0].count as f64).recip(), (arm.count as f64).recip());
        third * (treated * treated - control * control) / (variance * (treated + control)).powf(1.5)
    };
    let skewness =
        moments[1..].iter().map(of_arm).fold(0.0, |largest: f64, own| if own.abs() > largest.abs() { own } else { largest });
    let verdict = if skewness.abs() > LARGE_SKEWNESS { Verdict::Warning } else { Verdict::Passed };
    let kind = CheckKind::Skewness { outcome: frame.name.to_owned(), skewness };
    (verdict == Verdict::Warning).then_some(DesignCheck { kind, verdict, statistic: Some(skewness), p_value: None })
}

fn has_two_values(values: &[f64]) -> bool {
    let Some(first) = values.first() else { return true };
    let Some(second) = values.iter().find(|value| *value != first) else { return true };
    values.iter().all(|value| value == first || value == second)
}

/// The mildest of the usual caps that touches at least one unit; none that would touch half of the units above the minimum.
fn cap_for(values: &[f64]) -> Option<f64> {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let above = values.iter().filter(|value| **value > lowest).count() as f64;
    let count = values.len() as f64;
    CAPS.into_iter().find(|cap| {
        let capped = (1.0 - cap) * count;
        capped >= 1.0 && capped <= 0.5 * above
    })
}

/// Effects before the start, arm by arm.
pub(super) fn pre_trends(found: &OutcomeAnalysis) -> Vec<DesignCheck> {
    let check = |study: &crate::analysis::trial_analysis::PeriodStudy| {
        let test = study.study.pre_trend;
        let restrictions = test.map_or(0, |test| test.restrictions);
        let p_value = test.map(|test| test.f_p_value);
        DesignCheck {
            kind: CheckKind::PreTrend { outcome: found.outcome.clone(), arm: study.arm, restrictions },
            verdict: below(p_value, WARNS_BELOW, Verdict::Warning),
            statistic: test.map(|test| test.chi_squared),
            p_value,
        }
    };
    found.event_studies.iter().map(check).collect()
}
