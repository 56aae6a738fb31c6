//! How the lift fades once people have left: a decay fit per headline metric, arm and estimator, and one of the truth.
//!
//! What: the mean lift of each month alone, at the month's midpoint in months since the handoff, falls from a start towards a plateau
//! (`analysis::decay`). Intervals come from resampling whole replicates (`analysis::decay_bootstrap`); the same resamples serve all rows.
//! Assumption: a replicate enters the average with its linearised lift, L + (effect − L · denominator) / mean denominator, whose mean over
//! replicates is the ratio of means L, and whose resampled means follow the resampled ratio to first order (delta method).
//! Failure: where people never left, or stayed away less than four months, there is nothing to fit and no row.

use crate::analysis::ConfidenceLevel;
use crate::analysis::decay::{Curve, DecayFit, Identification, fit};
use crate::analysis::decay_bootstrap::{DecayBootstrap, Ends, bootstrap};
use crate::experiment::records::{DecayPoint, DecayRow, Study};
use crate::kernel::{Address, Purpose, Streams};
use crate::scenario::Scenario;

/// Resamples of the replicates; enough for ends of 95 % intervals to a few hundredths of their width.
const RESAMPLES: u32 = 400;
/// Share of resamples beyond which an end of a 95 % interval is open.
const OPEN_BEYOND: f64 = 0.025;
/// What stands for an estimator where the true lift is fitted.
pub const TRUTH: &str = "truth";

/// All decay fits of a study; empty where nobody left.
pub fn decay_rows(scenario: &Scenario, study: &Study) -> Vec<DecayRow> {
    let resamples = resamples(scenario.file.study.seed, study.replicates.len());
    let mut rows = Vec::new();
    for metric in &scenario.file.study.metrics {
        let Some(metric) = study.metrics.iter().position(|known| known == metric) else { continue };
        for (arm, params) in scenario.file.arms.iter().enumerate().skip(1) {
            let Some(alone) = scenario.file.months_alone(params) else { continue };
            let names = study.estimators.iter().map(String::as_str).enumerate().map(|(number, name)| (Some(number), name));
            for (estimator, name) in names.chain([(None, TRUTH)]) {
                // The pre-period is the first window, months follow.
                let windows: Vec<usize> = alone.clone().map(|month| month as usize + 1).collect();
                let curves = curves(study, Cell { metric, arm, estimator }, &windows);
                rows.extend(row(&curves, &resamples).map(|row| DecayRow {
                    metric: study.metrics[metric].clone(),
                    arm: study.arms[arm].clone(),
                    versus: study.arms[0].clone(),
                    estimator: name.to_owned(),
                    handoff_month: alone.start,
                    ..row
                }));
            }
        }
    }
    rows
}

/// Which curve, by position in the lists of `Study`.
#[derive(Clone, Copy)]
struct Cell {
    metric: usize,
    arm: usize,
    /// The truth if `None`.
    estimator: Option<usize>,
}

/// Linearised lifts by window, one curve per replicate; `None` for a replicate in which a window has no lift.
fn curves(study: &Study, cell: Cell, windows: &[usize]) -> Vec<Option<Vec<f64>>> {
    let known: Vec<Option<Vec<(f64, f64)>>> = study
        .replicates
        .iter()
        .map(|replicate| {
            windows
                .iter()
                .map(|window| {
                    let place = (window * study.metrics.len() + cell.metric) * (study.arms.len() - 1) + cell.arm - 1;
                    match cell.estimator {
                        Some(estimator) => {
                            let row = replicate.estimates.get(place * study.estimators.len() + estimator)?;
                            row.effect.zip(row.denominator)
                        }
                        None => replicate.truth.get(place).and_then(|row| row.effect.zip(row.denominator)),
                    }
                })
                .collect()
        })
        .collect();
    let sums = |number: usize| {
        known
            .iter()
            .flatten()
            .fold((0.0, 0.0), |(effect, denominator), curve| (effect + curve[number].0, denominator + curve[number].1))
    };
    let sums: Vec<(f64, f64)> = (0..windows.len()).map(sums).collect();
    let count = known.iter().flatten().count() as f64;
    let linearised = |(number, (effect, denominator)): (usize, &(f64, f64))| {
        let lift = sums[number].0 / sums[number].1;
        lift + (effect - lift * denominator) * count / sums[number].1
    };
    known.iter().map(|curve| curve.as_ref().map(|curve| curve.iter().enumerate().map(linearised).collect())).collect()
}

/// Positions of replicates, drawn with replacement.
fn resamples(seed: u64, replicates: usize) -> Vec<Vec<u32>> {
    if replicates < 2 {
        return Vec::new();
    }
    let streams = Streams::new(seed, 0);
    let resample = |unit: u32| {
        let mut draws = streams.draws(Purpose::Resample, Address { unit, counter: 0 });
        (0..replicates).map(|_| draws.below(replicates) as u32).collect()
    };
    (0..RESAMPLES).map(resample).collect()
}

/// Fits the average of the curves, one place per replicate; `None` if there is none, or they are too short or not finite.
fn row(by_replicate: &[Option<Vec<f64>>], resamples: &[Vec<u32>]) -> Option<DecayRow> {
    // A replicate keeps its number in every resample, whichever others have no curve.
    let mut places = Vec::with_capacity(by_replicate.len());
    let mut curves = Vec::new();
    for curve in by_replicate {
        places.push(curve.is_some().then_some(curves.len()));
        curves.extend(curve.clone());
    }
    let months = curves.first()?.len();
    let times: Vec<f64> = (0..months).map(|month| month as f64 + 0.5).collect();
    let mean = |month: usize| curves.iter().map(|curve| curve[month]).sum::<f64>() / curves.len() as f64;
    let values: Vec<f64> = (0..months).map(mean).collect();
    let fitted = fit(&Curve { times: &times, values: &values, weights: None }).ok()?;
    // Replicates without a curve of their own are passed over in a resample.
    let positions: Vec<Vec<usize>> =
        resamples.iter().map(|resample| resample.iter().filter_map(|replicate| places[*replicate as usize]).collect()).collect();
    let positions = positions.iter().map(Vec::as_slice).filter(|positions| !positions.is_empty());
    let resampled = bootstrap(&times, &curves, positions, ConfidenceLevel::NINETY_FIVE_PERCENT);
    Some(worded(&fitted, &resampled, months))
}

/// What the fit says, and what it cannot say left out.
fn worded(fitted: &DecayFit, resampled: &DecayBootstrap, months: usize) -> DecayRow {
    let share_of = |kind: Identification| {
        let count = resampled.fits.iter().filter(|fit| fit.identification == kind).count();
        count as f64 / resampled.fits.len().max(1) as f64
    };
    // A rate at the slow edge leaves the plateau open, one at the fast edge the start.
    let slow = share_of(Identification::RateTooSlow) + share_of(Identification::Flat) > OPEN_BEYOND;
    let fast = share_of(Identification::RateTooFast) > OPEN_BEYOND;
    let kind = fitted.identification;
    // An interval without ends tells nothing: as good as no half-life at all.
    let is_open = kind == Identification::Identified && slow && fast;
    let (has_start, has_plateau) = (kind != Identification::RateTooFast, kind != Identification::RateTooSlow);
    let last = months as f64 - 0.5;
    let ends = |ends: Option<Ends>, known: bool| ends.filter(|_| known);
    let start = ends(resampled.start, has_start && !fast);
    let plateau = ends(resampled.plateau, has_plateau && !slow);
    let half_life = ends(resampled.half_life, kind == Identification::Identified);
    let plateau_share = ends(resampled.plateau_share, has_start && has_plateau && !slow && !fast);
    let point = |step: usize| {
        let months = step as f64 * 0.5;
        let band = resampled.band_at(months);
        DecayPoint { months, lift: fitted.at(months), conf_low: band.map(|band| band.0), conf_high: band.map(|band| band.1) }
    };
    DecayRow {
        start: has_start.then_some(fitted.start),
        start_conf_low: start.map(|ends| ends.0),
        start_conf_high: start.map(|ends| ends.1),
        plateau: has_plateau.then_some(fitted.plateau),
        plateau_conf_low: plateau.map(|ends| ends.0),
        plateau_conf_high: plateau.map(|ends| ends.1),
        half_life_months: fitted.half_life().filter(|_| !is_open),
        half_life_months_conf_low: half_life.map(|ends| ends.0).filter(|_| !fast),
        half_life_months_conf_high: half_life.map(|ends| ends.1).filter(|_| !slow),
        half_of_start_months: fitted.time_to_half_of_start().filter(|_| !is_open),
        plateau_share: fitted.plateau_share().filter(|_| has_start && has_plateau),
        plateau_share_conf_low: plateau_share.map(|ends| ends.0),
        plateau_share_conf_high: plateau_share.map(|ends| ends.1),
        last_month_share: fitted.share_at(last).filter(|_| has_start),
        identified: kind == Identification::Identified && !is_open,
        identification: match kind {
            Identification::Identified if is_open => "open",
            Identification::Identified => "identified",
            Identification::RateTooSlow => "too_slow",
            Identification::RateTooFast => "too_fast",
            Identification::Flat => "flat",
        }
        .to_owned(),
        not_identified_share: (!resampled.fits.is_empty()).then_some(resampled.not_identified_share),
        curve: (0..=2 * months).map(point).collect(),
        ..DecayRow::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_hold_the_curve_that_replicates_scatter_around() {
        let truth = |time: f64| 0.2 + 0.4 * (-0.5 * time).exp();
        let streams = Streams::new(3, 0);
        let curves: Vec<Option<Vec<f64>>> = (0..40)
            .map(|unit| {
                let mut draws = streams.draws(Purpose::Resample, Address { unit, counter: 1 });
                Some((0..7).map(|month| truth(f64::from(month) + 0.5) + 0.01 * f64::from(draws.normal())).collect())
            })
            .collect();
        let found = row(&curves, &resamples(1, 40)).expect("seven months");
        assert!(found.identified);
        let holds = |low: Option<f64>, value: f64, high: Option<f64>| low < Some(value) && Some(value) < high;
        assert!(holds(found.start_conf_low, 0.6, found.start_conf_high), "{found:?}");
        assert!(holds(found.plateau_conf_low, 0.2, found.plateau_conf_high), "{found:?}");
        let half_life = std::f64::consts::LN_2 / 0.5;
        assert!(holds(found.half_life_months_conf_low, half_life, found.half_life_months_conf_high), "{found:?}");
        assert!(found.curve.iter().all(|point| holds(point.conf_low, point.lift, point.conf_high)));
        assert_eq!(found.curve.last().map(|point| point.months), Some(7.0));
    }

    #[test]
    fn a_straight_fall_has_a_start_but_no_plateau_and_no_half_life() {
        let curves = vec![Some((0..7).map(|month| 0.5 - 0.05 * (f64::from(month) + 0.5)).collect::<Vec<f64>>()); 3];
        let found = row(&curves, &resamples(1, 3)).expect("seven months");
        assert_eq!((found.identified, found.identification.as_str()), (false, "too_slow"));
        assert!(found.start.is_some_and(|start| (start - 0.5).abs() < 0.01));
        assert_eq!((found.plateau, found.half_life_months, found.plateau_share), (None, None, None));
        assert_eq!(row(&[Some(vec![0.5, 0.4, 0.3])], &[]), None, "three months are too few");
    }

    fn sampled(curve: impl Fn(f64) -> f64) -> Option<Vec<f64>> {
        Some((0..7).map(|month| curve(f64::from(month) + 0.5)).collect())
    }

    fn fading(start: f64) -> Option<Vec<f64>> {
        sampled(|time| 0.3 + start * (-0.6 * time).exp())
    }

    #[test]
    fn a_replicate_keeps_its_number_in_every_resample_whichever_others_have_no_curve() {
        let whole: Vec<Option<Vec<f64>>> = [0.3, 0.9, 0.4, 0.35, 0.2].map(fading).to_vec();
        let mut holed = whole.clone();
        holed[1] = None;
        let kept: Vec<Option<Vec<f64>>> = [0, 2, 3, 4].map(|replicate: usize| whole[replicate].clone()).to_vec();
        let found = row(&holed, &[vec![0, 1, 4, 4, 3], vec![2, 2, 1, 0, 4]]);
        assert!(found.is_some());
        assert_eq!(found, row(&kept, &[vec![0, 3, 3, 2], vec![1, 1, 0, 3]]));
    }

    #[test]
    fn a_half_life_whose_interval_is_open_at_both_ends_is_not_identified() {
        // Most replicates fade within months, one over a year, one within days: resamples that hold only one of these are at either edge.
        let mut curves = vec![fading(0.4); 8];
        curves.push(sampled(|time| 0.7 - 0.05 * time));
        curves.push(sampled(|time| if time < 1.0 { 0.6 } else { 0.3 }));
        let identified = row(&curves, &[vec![0; 10], vec![1; 10]]).expect("seven months");
        assert!(identified.identified && identified.half_life_months.is_some(), "{identified:?}");
        let found = row(&curves, &[vec![0; 10], vec![8; 10], vec![9; 10]]).expect("seven months");
        assert_eq!((found.half_life_months_conf_low, found.half_life_months_conf_high), (None, None), "{found:?}");
        assert_eq!((found.identified, found.identification.as_str(), found.half_life_months), (false, "open", None), "{found:?}");
    }
}
