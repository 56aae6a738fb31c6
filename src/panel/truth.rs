//! Truth: what every customer would have done in every arm, summed up. No estimator may see it; it is what estimates are judged by.
//!
//! What is kept are totals over all customers by arm, basic window and metric, and the sum of squared individual effects: enough for
//! the sample average effect of every window, and for how far single customers differ in it. Sums are taken in customer order, so they
//! do not depend on threads.

use crate::domain::Metric;
use crate::panel::Outcome;
use std::ops::Range;

/// Potential outcomes of all customers, as sums.
///
/// Memory: 16 bytes × arms × metrics × (months + 1), and 4 bytes × customers × metrics for every arm but the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    customers: usize,
    arms: usize,
    metrics: Vec<Metric>,
    /// Totals, window by window, arm by arm, metric by metric.
    totals: Vec<f64>,
    /// Sums of squared differences from the first arm, in the same order.
    effect_squares: Vec<f64>,
    /// Individual effects over the whole trial, arm by arm from the second, metric by metric, customer by customer.
    whole_trial: Vec<f32>,
}

/// The effect of one arm against the first, averaged over all customers of the trial (not only those assigned to either).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrueEffect {
    /// Mean difference of the two potential outcomes, in units of the metric.
    pub effect: f64,
    /// Mean outcome in the first arm, in units of the metric.
    pub without: f64,
}

impl TrueEffect {
    /// The effect as a fraction of the mean outcome in the first arm; `None` where that is 0.
    pub fn lift(&self) -> Option<f64> {
        Some(self.effect / self.without).filter(|lift| lift.is_finite())
    }
}

impl Truth {
    /// Nothing recorded yet, for so many customers, arms and basic windows (as in `Panel`).
    pub fn new(customers: usize, arms: usize, basic_windows: usize, metrics: &[Metric]) -> Self {
        let metrics: Vec<Metric> = metrics.iter().copied().filter(|metric| *metric != Metric::DirectOpensPerMessage).collect();
        let cells = basic_windows * arms * metrics.len();
        let whole_trial = vec![0.0; arms.saturating_sub(1) * metrics.len() * customers];
        Self { customers, arms, totals: vec![0.0; cells], effect_squares: vec![0.0; cells], whole_trial, metrics }
    }

    /// Adds one customer's outcomes in a basic window, one for each arm.
    pub fn record(&mut self, basic_window: usize, customer: usize, outcomes: &[Outcome]) {
        for (arm, outcome) in outcomes.iter().enumerate() {
            let first = (basic_window * self.arms + arm) * self.metrics.len();
            for (number, metric) in self.metrics.iter().enumerate() {
                let (value, without) = (f64::from(outcome.of(*metric)), f64::from(outcomes[0].of(*metric)));
                self.totals[first + number] += value;
                self.effect_squares[first + number] += (value - without) * (value - without);
                if arm > 0 && basic_window > 0 {
                    self.whole_trial[((arm - 1) * self.metrics.len() + number) * self.customers + customer] +=
                        (value - without) as f32;
                }
            }
        }
    }

    /// The true effect of `arm` on a metric over basic windows; for `DirectOpensPerMessage` the difference between the ratios of totals.
    /// `None` for a metric that was not recorded, or a ratio without messages.
    pub fn effect(&self, arm: usize, basic_windows: Range<usize>, metric: Metric) -> Option<TrueEffect> {
        let means = if metric == Metric::DirectOpensPerMessage {
            let ratio = |arm: usize| -> Option<f64> {
                let opens = self.total(arm, basic_windows.clone(), Metric::DirectAppOpens)?;
                let messages = self.total(arm, basic_windows.clone(), Metric::Messages)?;
                Some(opens / messages).filter(|ratio| ratio.is_finite())
            };
            (ratio(arm)?, ratio(0)?)
        } else {
            // A state is averaged over windows, a count is summed.
            let windows = if metric == Metric::Lapsed { basic_windows.len().max(1) as f64 } else { 1.0 };
            let share = 1.0 / (self.customers.max(1) as f64 * windows);
            (self.total(arm, basic_windows.clone(), metric)? * share, self.total(0, basic_windows, metric)? * share)
        };
        Some(TrueEffect { effect: means.0 - means.1, without: means.1 })
    }

    /// Mean over customers of the squared individual effect of `arm` in one basic window; 0 exactly if nobody's outcome differs.
    pub fn mean_squared_effect(&self, arm: usize, basic_window: usize, metric: Metric) -> Option<f64> {
        let number = self.metrics.iter().position(|known| *known == metric)?;
        let cell = (basic_window * self.arms + arm) * self.metrics.len() + number;
        Some(self.effect_squares[cell] / self.customers.max(1) as f64)
    }

    /// Variance over customers of the individual effect of `arm` over the whole trial: what no trial can know, and what makes standard
    /// errors of the effect on its own customers too large (Neyman 1923).
    pub fn effect_variance(&self, arm: usize, metric: Metric) -> Option<f64> {
        let number = self.metrics.iter().position(|known| *known == metric)?;
        let first = (arm.checked_sub(1)? * self.metrics.len() + number) * self.customers;
        let effects = self.whole_trial.get(first..first + self.customers)?;
        let mean = effects.iter().map(|effect| f64::from(*effect)).sum::<f64>() / self.customers as f64;
        let squares: f64 = effects.iter().map(|effect| (f64::from(*effect) - mean).powi(2)).sum();
        (self.customers > 1).then(|| squares / (self.customers - 1) as f64)
    }

    fn total(&self, arm: usize, basic_windows: Range<usize>, metric: Metric) -> Option<f64> {
        let number = self.metrics.iter().position(|known| *known == metric)?;
        Some(basic_windows.map(|window| self.totals[(window * self.arms + arm) * self.metrics.len() + number]).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_means_over_all_customers_and_ratios_are_of_totals() {
        let metrics = [Metric::DirectAppOpens, Metric::Messages, Metric::Lapsed, Metric::DirectOpensPerMessage];
        let mut truth = Truth::new(2, 2, 3, &metrics);
        let outcome =
            |opens: f32, messages: f32, lapsed: f32| Outcome { direct_app_opens: opens, messages, lapsed, ..Outcome::default() };
        for window in 1..3 {
            truth.record(window, 0, &[outcome(1.0, 4.0, 1.0), outcome(3.0, 4.0, 0.0)]);
            truth.record(window, 1, &[outcome(0.0, 4.0, 1.0), outcome(0.0, 8.0, 1.0)]);
        }
        assert_eq!(truth.effect(1, 1..3, Metric::DirectAppOpens), Some(TrueEffect { effect: 2.0, without: 1.0 }));
        assert_eq!(truth.effect(1, 1..3, Metric::Lapsed), Some(TrueEffect { effect: -0.5, without: 1.0 }));
        assert_eq!(truth.effect(1, 1..3, Metric::DirectOpensPerMessage).and_then(|effect| effect.lift()), Some(1.0));
        assert_eq!(truth.mean_squared_effect(1, 1, Metric::DirectAppOpens), Some(2.0));
        // Individual effects of 4 and 0 over both months.
        assert_eq!(truth.effect_variance(1, Metric::DirectAppOpens), Some(8.0));
        assert_eq!(truth.effect(1, 0..1, Metric::DirectOpensPerMessage), None, "nothing was sent");
        assert_eq!(truth.effect(1, 0..1, Metric::Revenue), None, "not recorded");
        assert_eq!(truth.effect(1, 0..1, Metric::Messages).and_then(|effect| effect.lift()), None, "no lift over nothing");
    }
}
