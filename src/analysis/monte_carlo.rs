//! What many replicates of one trial say together about one effect: its mean, its lift, their Monte-Carlo errors, and how far
//! single trials scatter.
//!
//! **What**: `lift` is the mean effect over the mean denominator; the mean of per-replicate lifts is biased upwards in small
//! control arms and given beside it.
//! **Assumptions**: replicates are independent and equally distributed.
//! **Formula**: effect ± s/√R; lift = ē/d̄ with the delta variance `[s²_e/d̄² + ē² s²_d/d̄⁴ − 2 ē s_ed/d̄³]/R` (Deng, Knoblich & Lu
//! 2018); percentiles of per-replicate lifts are type-7 quantiles; coverage is the share of Fieller intervals that hold the
//! replicate's own true lift.
//! **Failure**: replicates that are not finite are left out and counted; one replicate has no Monte-Carlo error; a replicate
//! with a zero denominator has no lift of its own but still counts in the ratio of means.
//! Not here: bias, power and the other measures against the truth (see `performance`).

use super::estimate::Estimate;
use crate::stats::moments::{Moments, PairMoments};
use crate::stats::quantile::quantiles;
use crate::stats::ratio::{RatioInterval, RatioTerms};

/// One replicate's contribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplicateEffect {
    /// Effect in this replicate.
    pub effect: f64,
    /// What its lift divides by.
    pub denominator: f64,
    /// Interval of the lift.
    pub lift_interval: RatioInterval,
    /// The true lift of this replicate, if it is known.
    pub true_lift: Option<f64>,
}

impl ReplicateEffect {
    /// An estimate with the truth of its replicate.
    #[must_use]
    pub fn new(estimate: &Estimate, true_lift: Option<f64>) -> Self {
        Self { effect: estimate.effect, denominator: estimate.denominator, lift_interval: estimate.lift_interval, true_lift }
    }
}

/// Effect and lift over all replicates. Lifts are fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonteCarloSummary {
    /// Replicates that entered.
    pub replicates: usize,
    /// Replicates left out because a number was not finite.
    pub left_out: usize,
    /// Mean effect.
    pub effect: f64,
    /// Monte-Carlo standard error of the mean effect; `None` for one replicate.
    pub effect_std_error: Option<f64>,
    /// Mean effect over mean denominator; `None` when the latter is zero.
    pub lift: Option<f64>,
    /// Monte-Carlo standard error of `lift`; `None` for one replicate.
    pub lift_std_error: Option<f64>,
    /// Mean of per-replicate lifts, over replicates that have one.
    pub lift_replicate_mean: Option<f64>,
    /// 5 % quantile of per-replicate lifts.
    pub lift_p05: Option<f64>,
    /// 95 % quantile of per-replicate lifts.
    pub lift_p95: Option<f64>,
    /// Share of lift intervals that hold the true lift, among replicates with both; an unbounded interval holds everything.
    pub coverage: Option<f64>,
    /// Share of replicates whose lift interval is unbounded.
    pub unbounded_share: f64,
}

/// Summarises replicates; `None` when none is finite.
#[must_use]
pub fn summarise(replicates: &[ReplicateEffect]) -> Option<MonteCarloSummary> {
    let kept: Vec<&ReplicateEffect> =
        replicates.iter().filter(|replicate| replicate.effect.is_finite() && replicate.denominator.is_finite()).collect();
    let mut pairs = PairMoments::default();
    for replicate in &kept {
        pairs.add(replicate.effect, replicate.denominator);
    }
    if kept.is_empty() {
        return None;
    }
    let (lift, lift_std_error) = ratio_of_means(&pairs);
    let lifts: Vec<f64> = kept.iter().filter_map(|replicate| finite_ratio(replicate)).collect();
    let [p05, p95] = quantiles(&lifts, [0.05, 0.95]).map_or([None; 2], |ends| ends.map(Some));
    let unbounded = kept.iter().filter(|replicate| replicate.lift_interval == RatioInterval::Unbounded).count();
    Some(MonteCarloSummary {
        replicates: kept.len(),
        left_out: replicates.len() - kept.len(),
        effect: pairs.first_mean,
        effect_std_error: pairs.first().mean_variance().map(f64::sqrt),
        lift,
        lift_std_error,
        lift_replicate_mean: (!lifts.is_empty()).then(|| Moments::of(&lifts).mean),
        lift_p05: p05,
        lift_p95: p95,
        coverage: coverage(&kept),
        unbounded_share: unbounded as f64 / kept.len() as f64,
    })
}

fn ratio_of_means(pairs: &PairMoments) -> (Option<f64>, Option<f64>) {
    let count = pairs.count as f64;
    let variances = pairs.first().mean_variance().zip(pairs.second().mean_variance()).zip(pairs.covariance());
    let terms = RatioTerms {
        numerator: pairs.first_mean,
        denominator: pairs.second_mean,
        numerator_variance: variances.map_or(0.0, |((effect, _), _)| effect),
        denominator_variance: variances.map_or(0.0, |((_, denominator), _)| denominator),
        covariance: variances.map_or(0.0, |(_, covariance)| covariance / count),
    };
    (terms.ratio(), variances.and_then(|_| terms.delta_variance()).map(f64::sqrt))
}

fn finite_ratio(replicate: &ReplicateEffect) -> Option<f64> {
    let lift = replicate.effect / replicate.denominator;
    lift.is_finite().then_some(lift)
}

fn coverage(kept: &[&ReplicateEffect]) -> Option<f64> {
    let judged: Vec<bool> = kept
        .iter()
        .filter_map(|replicate| {
            replicate.true_lift.filter(|truth| truth.is_finite()).and_then(|truth| replicate.lift_interval.contains(truth))
        })
        .collect();
    (!judged.is_empty()).then(|| judged.iter().filter(|held| **held).count() as f64 / judged.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replicate(effect: f64, denominator: f64) -> ReplicateEffect {
        let lift = effect / denominator;
        let lift_interval = RatioInterval::Bounded { low: lift - 0.1, high: lift + 0.1 };
        ReplicateEffect { effect, denominator, lift_interval, true_lift: Some(0.5) }
    }

    #[test]
    fn lift_is_the_ratio_of_means_and_not_the_mean_of_ratios() {
        let summary = summarise(&[replicate(1.0, 2.0), replicate(1.0, 1.0), replicate(1.0, 3.0)]).unwrap();
        assert_eq!(summary.lift, Some(0.5));
        assert!((summary.lift_replicate_mean.unwrap() - (0.5 + 1.0 + 1.0 / 3.0) / 3.0).abs() < 1e-15);
        // Effect constant, denominators 2, 1, 3: variance 1, so the delta error is 1/2² · √(1/3).
        assert!((summary.lift_std_error.unwrap() - 0.25 * (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(summary.effect_std_error, Some(0.0));
        assert_eq!(summary.coverage, Some(1.0 / 3.0));
    }

    #[test]
    fn a_lift_proportional_to_its_denominator_has_no_monte_carlo_error() {
        let summary = summarise(&[replicate(0.2, 2.0), replicate(0.1, 1.0), replicate(0.5, 5.0)]).unwrap();
        assert!((summary.lift.unwrap() - 0.1).abs() < 1e-15);
        assert!(summary.lift_std_error.unwrap() < 1e-9);
    }

    #[test]
    fn degenerate_replicates_never_become_nan() {
        assert_eq!(summarise(&[]), None);
        let zero = ReplicateEffect { effect: 0.0, denominator: 0.0, lift_interval: RatioInterval::Undefined, true_lift: None };
        let summary = summarise(&[zero, ReplicateEffect { effect: f64::NAN, ..zero }]).unwrap();
        assert_eq!((summary.replicates, summary.left_out), (1, 1));
        assert_eq!((summary.lift, summary.lift_std_error, summary.lift_p05, summary.coverage), (None, None, None, None));
        let unbounded = ReplicateEffect { lift_interval: RatioInterval::Unbounded, ..replicate(1.0, 1.0) };
        let summary = summarise(&[unbounded, replicate(1.0, 1.0)]).unwrap();
        assert_eq!((summary.unbounded_share, summary.coverage), (0.5, Some(0.5)));
    }
}
