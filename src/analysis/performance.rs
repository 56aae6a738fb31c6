//! How an estimator performs over replicates whose truth is known: bias, standard errors, coverage, power and their
//! Monte-Carlo errors.
//!
//! **What**: the diagnosands of a simulation study, each with its Monte-Carlo standard error.
//! **Assumptions**: replicates are independent. The truth may differ between replicates, so errors `e_r = estimate_r − truth_r`
//! are judged; the scatter of estimates alone would mix in the scatter of the truth.
//! **Formula** (n replicates): bias ē ± s_e/√n; empirical standard error s_e ± s_e/√(2(n − 1)); model standard error
//! √(mean se²) ± √(Var(se²)/(4 n mod²)); their relative difference in percent ± `100 (mod/s_e) √(Var(se²)/(4 n mod⁴) +
//! 1/(2(n − 1)))`; mean squared error ± `√(Σ(e² − MSE)²/(n(n − 1)))` and its root by the delta method; shares p (coverage,
//! rejections) ± √(p(1 − p)/n). Type S: share of wrong signs among rejections; exaggeration: mean |estimate/truth| among
//! rejections.
//! **Reference**: Morris, White & Crowther 2019, table 6, with errors in the place of estimates; Gelman & Carlin 2014.
//! **Failure**: fewer than two finite replicates: nothing is said. Exaggeration needs a truth that is not zero, type S one
//! with a sign.

use crate::stats::moments::{Moments, PairMoments};

/// One replicate's estimate with its interval and the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JudgedEstimate {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Lower end of its interval.
    pub conf_low: f64,
    /// Upper end of its interval.
    pub conf_high: f64,
    /// What it should have been in this replicate.
    pub truth: f64,
}

/// A measure with its Monte-Carlo standard error; `None` where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measure {
    /// The measure.
    pub value: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub std_error: Option<f64>,
}

/// All measures of one estimator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Performance {
    /// Replicates that entered.
    pub replicates: usize,
    /// Replicates left out because a number was not finite.
    pub left_out: usize,
    /// Mean error.
    pub bias: Measure,
    /// Mean of error over truth, over replicates whose truth is not zero.
    pub relative_bias: Measure,
    /// Standard deviation of errors.
    pub empirical_std_error: Measure,
    /// Root of the mean squared reported standard error.
    pub model_std_error: Measure,
    /// How much the model standard error exceeds the empirical one, in percent.
    pub model_excess_percent: Measure,
    /// Mean squared error.
    pub mean_squared_error: Measure,
    /// Its root.
    pub root_mean_squared_error: Measure,
    /// Share of intervals that hold the truth.
    pub coverage: Measure,
    /// Share of intervals moved by the bias that hold the truth: coverage if the bias were removed.
    pub bias_eliminated_coverage: Measure,
    /// Share of intervals without zero: power, or type-I error where the truth is zero.
    pub rejection_rate: Measure,
    /// Share of wrong signs among rejections.
    pub type_s: Measure,
    /// Mean of |estimate/truth| among rejections.
    pub exaggeration: Measure,
    /// Mean width of intervals.
    pub interval_width: Measure,
}

/// Judges replicates; `None` for fewer than two finite ones.
#[must_use]
pub fn performance(replicates: &[JudgedEstimate]) -> Option<Performance> {
    let kept: Vec<JudgedEstimate> = replicates.iter().copied().filter(JudgedEstimate::is_finite).collect();
    if kept.len() < 2 {
        return None;
    }
    let errors = Moments::of(&over(&kept, JudgedEstimate::error));
    let rejected: Vec<JudgedEstimate> = kept.iter().copied().filter(JudgedEstimate::rejects_zero).collect();
    let signed: Vec<JudgedEstimate> = rejected.iter().copied().filter(|replicate| replicate.truth != 0.0).collect();
    let with_truth: Vec<JudgedEstimate> = kept.iter().copied().filter(|replicate| replicate.truth != 0.0).collect();
    let (model_std_error, model_excess_percent) = model_measures(&kept, errors);
    let (mean_squared_error, root_mean_squared_error) = squared_measures(&kept);
    Some(Performance {
        replicates: kept.len(),
        left_out: replicates.len() - kept.len(),
        bias: mean_measure(errors),
        relative_bias: mean_measure(Moments::of(&over(&with_truth, |replicate| replicate.error() / replicate.truth))),
        empirical_std_error: deviation_measure(errors),
        model_std_error,
        model_excess_percent,
        mean_squared_error,
        root_mean_squared_error,
        coverage: share_measure(&kept, JudgedEstimate::covers),
        bias_eliminated_coverage: share_measure(&kept, |replicate| replicate.covers_shifted_by(errors.mean)),
        rejection_rate: share_measure(&kept, JudgedEstimate::rejects_zero),
        type_s: share_measure(&signed, |replicate| replicate.estimate.signum() != replicate.truth.signum()),
        exaggeration: mean_measure(Moments::of(&over(&signed, |replicate| (replicate.estimate / replicate.truth).abs()))),
        interval_width: mean_measure(Moments::of(&over(&kept, |replicate| replicate.conf_high - replicate.conf_low))),
    })
}

impl JudgedEstimate {
    fn is_finite(&self) -> bool {
        [self.estimate, self.std_error, self.conf_low, self.conf_high, self.truth].iter().all(|number| number.is_finite())
    }

    fn error(&self) -> f64 {
        self.estimate - self.truth
    }

    fn covers(&self) -> bool {
        self.conf_low <= self.truth && self.truth <= self.conf_high
    }

    fn covers_shifted_by(&self, bias: f64) -> bool {
        self.conf_low <= self.truth + bias && self.truth + bias <= self.conf_high
    }

    fn rejects_zero(&self) -> bool {
        self.conf_low >= 0.0 && self.estimate > 0.0 || self.conf_high <= 0.0 && self.estimate < 0.0
    }
}

fn over(replicates: &[JudgedEstimate], value: impl Fn(&JudgedEstimate) -> f64) -> Vec<f64> {
    replicates.iter().map(value).collect()
}

fn mean_measure(moments: Moments) -> Measure {
    Measure { value: (moments.count > 0).then_some(moments.mean), std_error: moments.mean_variance().map(f64::sqrt) }
}

fn deviation_measure(moments: Moments) -> Measure {
    let deviation = moments.variance().map(f64::sqrt);
    let scale = (2.0 * (moments.count as f64 - 1.0)).sqrt();
    Measure { value: deviation, std_error: deviation.map(|deviation| deviation / scale) }
}

fn share_measure(replicates: &[JudgedEstimate], holds: impl Fn(&JudgedEstimate) -> bool) -> Measure {
    if replicates.is_empty() {
        return Measure::default();
    }
    let count = replicates.len() as f64;
    let share = replicates.iter().filter(|replicate| holds(replicate)).count() as f64 / count;
    Measure { value: Some(share), std_error: Some((share * (1.0 - share) / count).sqrt()) }
}

/// The model standard error and its excess over the empirical one.
fn model_measures(kept: &[JudgedEstimate], errors: Moments) -> (Measure, Measure) {
    let squares = Moments::of(&over(kept, |replicate| replicate.std_error * replicate.std_error));
    let (count, model) = (squares.count as f64, squares.mean.sqrt());
    let (Some(spread), Some(empirical)) = (squares.variance(), errors.variance().map(f64::sqrt)) else {
        return (Measure::default(), Measure::default());
    };
    let std_error = (model > 0.0).then(|| (spread / (4.0 * count)).sqrt() / model);
    let excess = (empirical > 0.0 && model > 0.0).then(|| model / empirical);
    let relative_spread = spread / (4.0 * count * model.powi(4)) + 1.0 / (2.0 * (count - 1.0));
    (
        Measure { value: Some(model), std_error },
        Measure {
            value: excess.map(|ratio| 100.0 * (ratio - 1.0)),
            std_error: excess.map(|ratio| 100.0 * ratio * relative_spread.sqrt()),
        },
    )
}

/// The mean squared error and its root.
fn squared_measures(kept: &[JudgedEstimate]) -> (Measure, Measure) {
    let squares = Moments::of(&over(kept, |replicate| replicate.error().powi(2)));
    let mean = mean_measure(squares);
    let root = squares.mean.sqrt();
    let root_error = mean.std_error.filter(|_| root > 0.0).map(|error| error / (2.0 * root));
    (mean, Measure { value: Some(root), std_error: root_error })
}

/// Two estimators on the same replicates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Mean of the second's error minus the first's.
    pub bias_difference: Measure,
    /// How much more precise the second is, `100 ((s_first/s_second)² − 1)` in percent.
    pub precision_gain_percent: Measure,
    /// How much less the second's errors vary, `1 − (s_second/s_first)²`, a share.
    pub variance_reduction: Measure,
    /// Correlation of their errors.
    pub correlation: Option<f64>,
}

/// Compares the errors of two estimators replicate by replicate, `200 k √((1 − ρ²)/(n − 1))` with `k = (s_first/s_second)²` for the
/// Monte-Carlo error of the gain; `None` for unequal numbers or fewer than two finite pairs.
#[must_use]
pub fn compare(first: &[JudgedEstimate], second: &[JudgedEstimate]) -> Option<Comparison> {
    if first.len() != second.len() {
        return None;
    }
    let (mut errors, mut differences) = (PairMoments::default(), Moments::default());
    for (first, second) in first.iter().zip(second).filter(|(first, second)| first.is_finite() && second.is_finite()) {
        errors.add(first.error(), second.error());
        differences.add(second.error() - first.error());
    }
    let (first_variance, second_variance) = errors.first().variance().zip(errors.second().variance())?;
    let correlation = errors.correlation();
    let unshared = correlation.map(|rho| ((1.0 - rho * rho) / (errors.count as f64 - 1.0)).sqrt());
    let gain = (second_variance > 0.0).then(|| first_variance / second_variance);
    let kept = (first_variance > 0.0).then(|| second_variance / first_variance);
    let scaled = |ratio: Option<f64>, scale: f64| ratio.zip(unshared).map(|(ratio, unshared)| scale * ratio * unshared);
    Some(Comparison {
        bias_difference: mean_measure(differences),
        precision_gain_percent: Measure { value: gain.map(|gain| 100.0 * (gain - 1.0)), std_error: scaled(gain, 200.0) },
        variance_reduction: Measure { value: kept.map(|kept| 1.0 - kept), std_error: scaled(kept, 2.0) },
        correlation,
    })
}

/// Replicates that bring the Monte-Carlo standard error of a share down to `std_error`: `p(1 − p)/error²`, rounded up.
#[must_use]
pub fn replicates_for_share(share: f64, std_error: f64) -> Option<u64> {
    let needed = share * (1.0 - share) / (std_error * std_error);
    // A hair below, so that a quotient meant to be whole is not rounded up.
    needed.is_finite().then(|| (needed - 1e-9 * needed).ceil().max(0.0) as u64)
}

/// Replicates that bring the Monte-Carlo standard error of a mean down to `std_error`, given the deviation of single errors.
#[must_use]
pub fn replicates_for_mean(deviation: f64, std_error: f64) -> Option<u64> {
    let needed = (deviation / std_error).powi(2);
    needed.is_finite().then(|| (needed - 1e-9 * needed).ceil().max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asked_precision_names_its_replicates() {
        assert_eq!(replicates_for_share(0.95, 0.005), Some(1900));
        assert_eq!(replicates_for_share(0.5, 0.01), Some(2500));
        assert_eq!(replicates_for_mean(2.0, 0.1), Some(400));
        assert_eq!(replicates_for_share(0.5, 0.0), None);
    }

    #[test]
    fn degenerate_replicates_never_become_nan() {
        let zero = JudgedEstimate { estimate: 0.0, std_error: 0.0, conf_low: 0.0, conf_high: 0.0, truth: 0.0 };
        assert_eq!(performance(&[zero]), None);
        let found = performance(&[zero, zero, JudgedEstimate { truth: f64::NAN, ..zero }]).unwrap();
        assert_eq!((found.replicates, found.left_out), (2, 1));
        assert_eq!((found.coverage.value, found.rejection_rate.value, found.type_s.value), (Some(1.0), Some(0.0), None));
        assert_eq!((found.model_excess_percent.value, found.relative_bias.value, found.exaggeration.value), (None, None, None));
        assert_eq!(compare(&[zero; 3], &[zero; 3]).unwrap().precision_gain_percent, Measure::default());
    }
}
