//! Effects on quantiles: by how much treatment shifts the median, or the best tenth, of an outcome.
//!
//! **What**: the q-quantile of each arm less that of control, both by linear interpolation (type 7).
//! **Assumptions**: random assignment; an outcome whose density near the quantile is above zero. Clusters may span arms.
//! **Formula**: the share of values up to the quantile has variance `q(1 − q)/n`, or with clusters `G/(G−1) Σ_g d_g²`, `d_g` the
//! cluster's sum of `(1[Y ≤ Q] − mean)/n`. The quantiles at `q ± z` of its standard errors are that interval's ends on the
//! outcome's scale, and their distance over its width turns standard errors of shares into those of quantiles. Normal reference.
//! **Reference**: Woodruff 1952; Price & Bonett 2002 for differences; Deng, Knoblich & Lu 2018, section 4 for clusters.
//! **Failure**: fewer than two units in an arm, values that are not finite, a quantile outside 0 to 1. Where many values are
//! equal to the quantile there may be no spread and hence no interval, and none should be believed. Quantiles with fewer than
//! about ten values beyond them are not well served by a normal reference.

use super::estimate::ConfidenceLevel;
use super::sample::{Column, NotEstimable, PerArm, enough_units, first_not_finite, same_length};
use crate::stats::distributions::Normal;
use crate::stats::least_squares::dot;
use crate::stats::quantile::quantile_of_sorted;

/// What the ranks of the interval are away from the quantile, in standard errors of the share below it.
const RANK_SCORE: f64 = 1.959_963_984_540_054;

/// The effect of one arm on one quantile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileEffect {
    /// The arm, 1 being the first after control.
    pub arm: usize,
    /// Which quantile: 0.5 is the median.
    pub probability: f64,
    /// The quantile in the control arm.
    pub control: f64,
    /// The quantile in the arm.
    pub treated: f64,
    /// Difference of the two.
    pub effect: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Lower end of the interval; `None` without spread.
    pub conf_low: Option<f64>,
    /// Upper end of the interval; `None` without spread.
    pub conf_high: Option<f64>,
    /// Two-sided p-value of no effect; `None` without spread.
    pub p_value: Option<f64>,
}

/// Outcomes with the arm (0 for control) and possibly the cluster of each unit.
#[derive(Debug, Clone, Copy)]
pub struct QuantileSample<'a> {
    /// Outcome of each unit.
    pub outcome: &'a [f64],
    /// Arm of each unit, 0 for control.
    pub arm: &'a [u32],
    /// Cluster of each unit, if units come in clusters.
    pub clusters: Option<&'a [u32]>,
}

/// Effects of every arm on the quantiles at `probabilities`: by arm, then in the order given.
///
/// # Errors
/// See the module's failures.
pub fn quantile_effects(
    sample: &QuantileSample<'_>,
    probabilities: &[f64],
    level: ConfidenceLevel,
) -> Result<Vec<QuantileEffect>, NotEstimable> {
    let arms = arms_of(sample)?;
    if !probabilities.iter().all(|probability| *probability > 0.0 && *probability < 1.0) {
        return Err(NotEstimable::NoSuchQuantile);
    }
    let critical = Normal.quantile(level.upper_probability()).unwrap_or(RANK_SCORE);
    let mut effects = Vec::new();
    for (arm, treated) in arms.iter().enumerate().skip(1) {
        for &probability in probabilities {
            let (control, treated) = (arms[0].quantile(probability), treated.quantile(probability));
            let shared = 2.0 * dot(&control.scores, &treated.scores);
            let std_error = (control.variance + treated.variance - shared).max(0.0).sqrt();
            let effect = treated.value - control.value;
            let spread = (std_error > 0.0).then_some(std_error);
            effects.push(QuantileEffect {
                arm,
                probability,
                control: control.value,
                treated: treated.value,
                effect,
                std_error,
                conf_low: spread.map(|spread| effect - critical * spread),
                conf_high: spread.map(|spread| effect + critical * spread),
                p_value: spread.map(|spread| Normal.two_sided_p(effect / spread)),
            });
        }
    }
    Ok(effects)
}

/// One arm's outcomes in ascending order, with clusters numbered from 0.
struct Arm {
    sorted: Vec<f64>,
    /// Cluster of each outcome, in the same order, and the number of clusters in all arms.
    clusters: Option<(Vec<usize>, usize)>,
}

fn arms_of(sample: &QuantileSample<'_>) -> Result<Vec<Arm>, NotEstimable> {
    same_length(Column::Treated, sample.arm.len(), sample.outcome.len())?;
    if let Some(error) = first_not_finite(Column::Outcome, sample.outcome) {
        return Err(error);
    }
    let mut labels = sample.clusters.unwrap_or_default().to_vec();
    labels.sort_unstable();
    labels.dedup();
    if let Some(clusters) = sample.clusters {
        same_length(Column::Clusters, clusters.len(), sample.outcome.len())?;
    }
    let arms = sample.arm.iter().max().map_or(0, |last| *last as usize + 1).max(2);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); arms];
    for (row, arm) in sample.arm.iter().enumerate() {
        rows[*arm as usize].push(row);
    }
    for treated in &rows[1..] {
        enough_units(PerArm { control: rows[0].len() as u64, treated: treated.len() as u64 })?;
    }
    let arm = |mut rows: Vec<usize>| {
        rows.sort_by(|a, b| sample.outcome[*a].total_cmp(&sample.outcome[*b]));
        let number = |row: &usize, clusters: &[u32]| labels.partition_point(|label| *label < clusters[*row]);
        let clusters = sample.clusters.map(|clusters| rows.iter().map(|row| number(row, clusters)).collect());
        Arm {
            sorted: rows.iter().map(|row| sample.outcome[*row]).collect(),
            clusters: clusters.map(|clusters| (clusters, labels.len())),
        }
    };
    Ok(rows.into_iter().map(arm).collect())
}

/// A quantile of one arm with its uncertainty.
struct ArmQuantile {
    value: f64,
    variance: f64,
    /// What each cluster contributes; empty without clusters.
    scores: Vec<f64>,
}

impl Arm {
    fn quantile(&self, probability: f64) -> ArmQuantile {
        let value = quantile_of_sorted(&self.sorted, probability);
        let (share_variance, mut scores) = self.share_below(value, probability);
        let share_error = share_variance.sqrt();
        let low = (probability - RANK_SCORE * share_error).max(0.0);
        let high = (probability + RANK_SCORE * share_error).min(1.0);
        let distance = quantile_of_sorted(&self.sorted, high) - quantile_of_sorted(&self.sorted, low);
        let per_share = if high > low { distance / (high - low) } else { 0.0 };
        scores.iter_mut().for_each(|score| *score *= per_share);
        ArmQuantile { value, variance: share_variance * per_share * per_share, scores }
    }

    /// Variance of the share of values up to `value`, and what each cluster contributes to it.
    fn share_below(&self, value: f64, probability: f64) -> (f64, Vec<f64>) {
        let count = self.sorted.len() as f64;
        let Some((clusters, total)) = &self.clusters else { return (probability * (1.0 - probability) / count, Vec::new()) };
        let up_to = self.sorted.partition_point(|other| *other <= value);
        let share = up_to as f64 / count;
        let (mut sums, mut seen) = (vec![0.0; *total], vec![false; *total]);
        for (rank, cluster) in clusters.iter().enumerate() {
            sums[*cluster] += (f64::from(u8::from(rank < up_to)) - share) / count;
            seen[*cluster] = true;
        }
        let groups = seen.iter().filter(|seen| **seen).count() as f64;
        let factor = if groups > 1.0 { (groups / (groups - 1.0)).sqrt() } else { 1.0 };
        sums.iter_mut().for_each(|sum| *sum *= factor);
        (dot(&sums, &sums), sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn exponential(draws: &mut ChaCha8Rng) -> f64 {
        -(1.0 - f64::from(draws.next_u32()) / 4_294_967_296.0).ln()
    }

    #[test]
    fn quantiles_and_errors_by_hand() {
        // 0, 1, …, 100 and twice that: at the median ±1.96 · 0.5/√101 of a uniform's slope 100 and 200.
        let outcome: Vec<f64> = (0..101).map(f64::from).chain((0..101).map(|value| 2.0 * f64::from(value))).collect();
        let arm: Vec<u32> = (0..202).map(|row| u32::from(row >= 101)).collect();
        let sample = QuantileSample { outcome: &outcome, arm: &arm, clusters: None };
        let found = quantile_effects(&sample, &[0.5, 0.25], ConfidenceLevel::default()).unwrap();
        assert_eq!((found[0].control, found[0].treated, found[0].effect), (50.0, 100.0, 50.0));
        assert_eq!((found[1].control, found[1].treated, found[1].probability), (25.0, 50.0, 0.25));
        let wanted = 0.5 / 101_f64.sqrt() * (100_f64.powi(2) + 200_f64.powi(2)).sqrt();
        assert!((found[0].std_error / wanted - 1.0).abs() < 1e-12);
        let low = found[0].conf_low.unwrap();
        assert!((low - (50.0 - 1.959_963_984_540_054 * wanted)).abs() < 1e-9);
    }

    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let mut draws = ChaCha8Rng::seed_from_u64(11);
        let (trials, units) = (2_000, 400);
        for clustered in [false, true] {
            let mut covered = [0.0; 2];
            for _ in 0..trials {
                let mut outcome = Vec::with_capacity(2 * units);
                for row in 0..2 * units {
                    // In clusters of four most units do as the first one does.
                    let value = if clustered && row % 4 != 0 && draws.next_u32() % 4 != 0 {
                        outcome[row - row % 4]
                    } else {
                        exponential(&mut draws)
                    };
                    outcome.push(value);
                }
                outcome[units..].iter_mut().for_each(|value| *value *= 1.5);
                let arm: Vec<u32> = (0..2 * units).map(|row| u32::from(row >= units)).collect();
                let clusters: Vec<u32> = (0..2 * units as u32).map(|row| row / 4).collect();
                let sample = QuantileSample { outcome: &outcome, arm: &arm, clusters: clustered.then_some(&clusters) };
                let found = quantile_effects(&sample, &[0.5, 0.9], ConfidenceLevel::default()).unwrap();
                for (covered, found) in covered.iter_mut().zip(found) {
                    let truth = -0.5 * (1.0 - found.probability).ln();
                    if found.conf_low.unwrap() <= truth && truth <= found.conf_high.unwrap() {
                        *covered += 1.0 / f64::from(trials);
                    }
                }
            }
            // Three Monte-Carlo standard errors.
            let error = 3.0 * (0.95 * 0.05 / f64::from(trials)).sqrt();
            assert!(covered.iter().all(|share| (share - 0.95).abs() < error), "{clustered} {covered:?}");
        }
    }

    #[test]
    fn clusters_of_one_change_next_to_nothing_and_copies_widen() {
        let mut draws = ChaCha8Rng::seed_from_u64(5);
        let outcome: Vec<f64> = (0..400).map(|_| exponential(&mut draws)).collect();
        let arm: Vec<u32> = (0..400).map(|row| row % 2).collect();
        let own: Vec<u32> = (0..400).rev().collect();
        let error = |outcome: &[f64], arm: &[u32], clusters: Option<&[u32]>| {
            let sample = QuantileSample { outcome, arm, clusters };
            quantile_effects(&sample, &[0.5], ConfidenceLevel::default()).unwrap()[0].std_error
        };
        let plain = error(&outcome, &arm, None);
        assert!((error(&outcome, &arm, Some(&own)) / plain - 1.0).abs() < 0.02);
        // Everybody four times is no more evidence than once.
        let (four, four_arms, four_clusters) = (outcome.repeat(4), arm.repeat(4), own.repeat(4));
        assert!((error(&four, &four_arms, Some(&four_clusters)) / plain - 1.0).abs() < 0.05);
        assert!((error(&four, &four_arms, None) / plain - 0.5).abs() < 0.1);
    }

    #[test]
    fn no_spread_has_no_interval_and_bad_input_is_refused() {
        let arm = [0, 0, 0, 1, 1, 1];
        let flat = QuantileSample { outcome: &[1.0; 6], arm: &arm, clusters: None };
        let found = quantile_effects(&flat, &[0.5], ConfidenceLevel::default()).unwrap()[0];
        assert_eq!((found.effect, found.std_error, found.p_value), (0.0, 0.0, None));
        assert!(quantile_effects(&flat, &[1.0], ConfidenceLevel::default()).is_err());
        let alone = QuantileSample { outcome: &[1.0, 2.0, 3.0], arm: &[0, 0, 1], clusters: None };
        assert!(quantile_effects(&alone, &[0.5], ConfidenceLevel::default()).is_err());
        let broken = QuantileSample { outcome: &[1.0, f64::NAN], arm: &[0, 1], clusters: None };
        assert!(quantile_effects(&broken, &[0.5], ConfidenceLevel::default()).is_err());
    }
}
