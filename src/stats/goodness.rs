//! Tests of whether counts and p-values look as they should: Pearson's chi-squared, the exact binomial test, and
//! Kolmogorov–Smirnov against the uniform distribution.
//!
//! Not here: what the counts are (sample ratios, coverage: see `analysis`).

use super::distributions::ChiSquared;
use statrs::function::gamma::ln_gamma;

/// A statistic with its p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom or sample size behind it.
    pub degrees_of_freedom: f64,
    /// Its p-value.
    pub p_value: f64,
}

/// Pearson's chi-squared test of counts against expected shares (any positive weights).
///
/// `None` for fewer than two cells, unequal lengths, nothing counted, or a weight that is not above zero.
#[must_use]
pub fn chi_squared_against_shares(counts: &[u64], weights: &[f64]) -> Option<TestResult> {
    let total = counts.iter().sum::<u64>() as f64;
    let weight_total: f64 = weights.iter().sum();
    let valid = weights.iter().all(|weight| *weight > 0.0 && weight.is_finite());
    if counts.len() < 2 || counts.len() != weights.len() || total == 0.0 || !valid {
        return None;
    }
    let statistic = counts
        .iter()
        .zip(weights)
        .map(|(count, weight)| {
            let expected = total * weight / weight_total;
            (*count as f64 - expected).powi(2) / expected
        })
        .sum();
    let degrees_of_freedom = (counts.len() - 1) as f64;
    let p_value = ChiSquared::new(degrees_of_freedom)?.upper_tail(statistic)?;
    Some(TestResult { statistic, degrees_of_freedom, p_value })
}

/// Pearson's chi-squared test that events are equally frequent in all groups, from the events and the sizes of groups.
///
/// `None` for fewer than two groups, an empty group, more events than units, or events that happened to nobody or to all.
#[must_use]
pub fn independence(events: &[u64], sizes: &[u64]) -> Option<TestResult> {
    let (happened, total) = (events.iter().sum::<u64>() as f64, sizes.iter().sum::<u64>() as f64);
    let valid = events.len() == sizes.len() && events.iter().zip(sizes).all(|(events, size)| *size > 0 && events <= size);
    if events.len() < 2 || !valid || happened == 0.0 || happened == total {
        return None;
    }
    let share = happened / total;
    let term = |(events, size): (&u64, &u64)| {
        let gap = *events as f64 - *size as f64 * share;
        gap * gap / (*size as f64 * share * (1.0 - share))
    };
    let statistic = events.iter().zip(sizes).map(term).sum();
    let degrees_of_freedom = (events.len() - 1) as f64;
    let p_value = ChiSquared::new(degrees_of_freedom)?.upper_tail(statistic)?;
    Some(TestResult { statistic, degrees_of_freedom, p_value })
}

/// How many of how many, against a probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinomialCount {
    /// Successes.
    pub successes: u64,
    /// Trials.
    pub trials: u64,
    /// Probability of success to be tested.
    pub probability: f64,
}

impl BinomialCount {
    /// Exact two-sided p-value: the chance of all outcomes no likelier than the one seen (as R's `binom.test`).
    ///
    /// `None` without trials, with more successes than trials, or with a probability outside 0 to 1.
    #[must_use]
    pub fn exact_p_value(&self) -> Option<f64> {
        let Self { successes, trials, probability } = *self;
        if trials == 0 || successes > trials || !(0.0..=1.0).contains(&probability) {
            return None;
        }
        if probability == 0.0 || probability == 1.0 {
            let certain = if probability == 0.0 { 0 } else { trials };
            return Some(if successes == certain { 1.0 } else { 0.0 });
        }
        let n = trials as f64;
        let ln_mass = |k: u64| {
            let k = k as f64;
            ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
                + k * probability.ln()
                + (n - k) * (-probability).ln_1p()
        };
        // A relative allowance of 1e-7 for ties, as R has it.
        let threshold = ln_mass(successes) + 1e-7;
        let sum: f64 = (0..=trials).map(ln_mass).filter(|mass| *mass <= threshold).map(f64::exp).sum();
        Some(sum.min(1.0))
    }
}

/// Kolmogorov–Smirnov test of values in 0 to 1 against the uniform distribution, with Stephens' 1970 small-sample correction
/// of the asymptotic p-value.
///
/// `None` without values or with one outside 0 to 1.
#[must_use]
pub fn kolmogorov_smirnov_uniform(values: &[f64]) -> Option<TestResult> {
    if values.is_empty() || values.iter().any(|value| !(0.0..=1.0).contains(value)) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let statistic = sorted.iter().enumerate().fold(0.0_f64, |largest, (rank, value)| {
        largest.max((rank as f64 + 1.0) / count - value).max(value - rank as f64 / count)
    });
    let scaled = (count.sqrt() + 0.12 + 0.11 / count.sqrt()) * statistic;
    let tail: f64 = (1..=100_i32)
        .map(|k| {
            let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
            sign * (-2.0 * f64::from(k * k) * scaled * scaled).exp()
        })
        .sum();
    // The alternating series does not converge for tiny statistics, whose p-value is one.
    let p_value = if scaled < 0.2 { 1.0 } else { tail.clamp(0.0, 1.0) };
    Some(TestResult { statistic, degrees_of_freedom: count, p_value })
}

/// Wilson's score interval of a share found in `trials` trials, reaching `reach` standard errors (JASA 22, 1927): it stays within 0 and 1
/// and has a width at both.
#[must_use]
pub fn wilson_interval(share: f64, trials: f64, reach: f64) -> (f64, f64) {
    let square = reach * reach / trials;
    let middle = (share + square / 2.0) / (1.0 + square);
    let reach = reach * (share * (1.0 - share) / trials + square / (4.0 * trials)).sqrt() / (1.0 + square);
    ((middle - reach).max(0.0), (middle + reach).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_binomial_matches_r() {
        // R: binom.test(682, 925, p = 0.75)$p.value = 0.3825; binom.test(3, 10)$p.value = 0.34375.
        let peas = BinomialCount { successes: 682, trials: 925, probability: 0.75 };
        assert!((peas.exact_p_value().unwrap() - 0.382_491_6).abs() < 1e-6);
        let coin = BinomialCount { successes: 3, trials: 10, probability: 0.5 };
        assert!((coin.exact_p_value().unwrap() - 0.343_75).abs() < 1e-12);
        assert_eq!(BinomialCount { successes: 2, trials: 1, probability: 0.5 }.exact_p_value(), None);
        assert_eq!(BinomialCount { successes: 0, trials: 4, probability: 0.0 }.exact_p_value(), Some(1.0));
    }

    #[test]
    fn even_values_pass_and_crowded_values_fail_the_uniformity_test() {
        let even: Vec<f64> = (0..1000).map(|rank| (f64::from(rank) + 0.5) / 1000.0).collect();
        assert!(kolmogorov_smirnov_uniform(&even).unwrap().p_value > 0.999);
        let crowded: Vec<f64> = even.iter().map(|value| value.powf(1.2)).collect();
        let found = kolmogorov_smirnov_uniform(&crowded).unwrap();
        assert!(found.p_value < 0.001, "{found:?}");
        // Critical value at 5 % for n = 100 (Miller 1956): 0.13403.
        let shifted: Vec<f64> = (0..100).map(|rank| ((f64::from(rank) + 1.0) / 100.0 - 0.13403).max(0.0)).collect();
        assert!((kolmogorov_smirnov_uniform(&shifted).unwrap().p_value - 0.05).abs() < 0.002);
        assert_eq!(kolmogorov_smirnov_uniform(&[1.5]), None);
    }

    #[test]
    fn impossible_shares_are_refused() {
        assert_eq!(chi_squared_against_shares(&[1, 2], &[0.5]), None);
        assert_eq!(chi_squared_against_shares(&[0, 0], &[0.5, 0.5]), None);
        assert_eq!(chi_squared_against_shares(&[1, 2], &[0.0, 1.0]), None);
    }

    #[test]
    fn a_share_of_all_or_none_still_has_an_interval() {
        // Wilson's upper end after n successes of n is 1 and the lower one n/(n + z^2): 100 trials, z = 1.96.
        let (low, high) = wilson_interval(1.0, 100.0, 1.96);
        assert!((low - 100.0 / (100.0 + 1.96 * 1.96)).abs() < 1e-12 && (high - 1.0).abs() < 1e-12, "{low} {high}");
        let (none_low, none_high) = wilson_interval(0.0, 100.0, 1.96);
        assert!(none_low.abs() < 1e-12 && (none_high - (1.0 - low)).abs() < 1e-12);
    }
}
