//! Uncertainty of a fitted decay from whole replicate curves.
//!
//! **What**: percentile intervals of start, plateau, rate and half-life, and a band around the fitted curve.
//! **Assumptions**: replicates are independent; months within a replicate may depend on one another, which is why whole curves
//! are resampled.
//! **Formula**: each resample averages the chosen replicates' curves and fits the average; ends are type-7 quantiles of the
//! fits.
//! **Reference**: Efron & Tibshirani 1993, chapter 13.
//! **Failure**: resamples without a fit are left out; those whose rate is not identified enter with the rate at the edge and
//! are counted, so an interval that should be open ends at the edge instead: read it with `not_identified_share`.
//! Not here: drawing the resamples; randomness is the caller's.

use super::decay::{Curve, DecayFit, Identification, fit};
use super::estimate::ConfidenceLevel;
use crate::stats::quantile::quantiles;

/// Lower and upper end.
pub type Ends = (f64, f64);

/// Fits of all resamples and what they say together.
#[derive(Debug, Clone, PartialEq)]
pub struct DecayBootstrap {
    /// One fit per resample that has one.
    pub fits: Vec<DecayFit>,
    /// Interval of the start.
    pub start: Option<Ends>,
    /// Interval of the plateau.
    pub plateau: Option<Ends>,
    /// Interval of the rate.
    pub rate: Option<Ends>,
    /// Interval of the half-life of the excess.
    pub half_life: Option<Ends>,
    /// Interval of the plateau's share of the start.
    pub plateau_share: Option<Ends>,
    /// Share of fits whose rate is not identified.
    pub not_identified_share: f64,
    level: ConfidenceLevel,
}

/// Fits the average curve of each resample, a list of positions in `curves` (one curve per replicate, one value per time).
#[must_use]
pub fn bootstrap<'r>(
    times: &[f64],
    curves: &[Vec<f64>],
    resamples: impl IntoIterator<Item = &'r [usize]>,
    level: ConfidenceLevel,
) -> DecayBootstrap {
    let fits: Vec<DecayFit> = resamples.into_iter().filter_map(|resample| fit_average(times, curves, resample)).collect();
    let not_identified = fits.iter().filter(|fit| fit.identification != Identification::Identified).count();
    let ends = |value: &dyn Fn(&DecayFit) -> f64| ends_of(fits.iter().map(value), level);
    DecayBootstrap {
        start: ends(&|fit| fit.start),
        plateau: ends(&|fit| fit.plateau),
        rate: ends(&|fit| fit.rate),
        half_life: ends(&|fit| std::f64::consts::LN_2 / fit.rate),
        plateau_share: ends_of(fits.iter().filter_map(DecayFit::plateau_share), level),
        not_identified_share: if fits.is_empty() { 0.0 } else { not_identified as f64 / fits.len() as f64 },
        fits,
        level,
    }
}

impl DecayBootstrap {
    /// Pointwise band of the fitted curve at a time.
    #[must_use]
    pub fn band_at(&self, time: f64) -> Option<Ends> {
        ends_of(self.fits.iter().map(|fit| fit.at(time)), self.level)
    }
}

fn fit_average(times: &[f64], curves: &[Vec<f64>], resample: &[usize]) -> Option<DecayFit> {
    let mut average = vec![0.0; times.len()];
    for position in resample {
        let curve = curves.get(*position)?;
        for (sum, value) in average.iter_mut().zip(curve) {
            *sum += value / resample.len() as f64;
        }
    }
    fit(&Curve { times, values: &average, weights: None }).ok()
}

fn ends_of(values: impl Iterator<Item = f64>, level: ConfidenceLevel) -> Option<Ends> {
    let values: Vec<f64> = values.collect();
    let upper = level.upper_probability();
    quantiles(&values, [1.0 - upper, upper]).map(|[low, high]| (low, high))
}
