//! Differences of paired runs on common random numbers.
//!
//! **What**: the mean difference of two configurations run on the same random numbers, its interval, and how much the pairing
//! was worth.
//! **Assumptions**: pairs are independent of one another and equally distributed.
//! **Formula**: `D̄ ± t_{R−1} s_D/√R`; variance reduction factor `(s_1² + s_0²)/(s_1² + s_0² − 2 ρ s_1 s_0)`.
//! **Reference**: Glasserman & Yao 1992; Law 2015, section 11.2.
//! **Failure**: fewer than two pairs, unequal lengths, values that are not finite: nothing is said.

use super::estimate::ConfidenceLevel;
use crate::stats::distributions::StudentT;
use crate::stats::moments::{Moments, PairMoments};

/// What paired runs say about the difference, first minus second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// Number of pairs.
    pub pairs: u64,
    /// Mean difference.
    pub mean: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Lower end of its interval.
    pub conf_low: f64,
    /// Upper end of its interval.
    pub conf_high: f64,
    /// Correlation of the two runs; `None` when one of them does not vary.
    pub correlation: Option<f64>,
    /// Variance of a difference of independent runs over that of paired ones; `None` when differences do not vary.
    pub variance_reduction: Option<f64>,
}

/// Compares paired runs; see the module's failures for `None`.
#[must_use]
pub fn paired_difference(first: &[f64], second: &[f64], level: ConfidenceLevel) -> Option<PairedDifference> {
    if first.len() != second.len() || first.len() < 2 {
        return None;
    }
    let differences: Vec<f64> = first.iter().zip(second).map(|(first, second)| first - second).collect();
    let moments = Moments::of(&differences);
    let mut pair = PairMoments::default();
    for (first, second) in first.iter().zip(second) {
        pair.add(*first, *second);
    }
    let std_error = moments.mean_variance().filter(|variance| variance.is_finite())?.sqrt();
    let half_width = StudentT::new((moments.count - 1) as f64)?.quantile(level.upper_probability())? * std_error;
    let variance = moments.variance()?;
    let independent = pair.first().variance()? + pair.second().variance()?;
    Some(PairedDifference {
        pairs: moments.count,
        mean: moments.mean,
        std_error,
        conf_low: moments.mean - half_width,
        conf_high: moments.mean + half_width,
        correlation: pair.correlation(),
        variance_reduction: (variance > 0.0).then(|| independent / variance),
    })
}
