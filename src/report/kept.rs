//! The share of a lift that is kept from one window to a later one, over replicates. Not a decay curve: two windows, one ratio.

use crate::experiment::{EstimateRow, Study};

/// Which two lifts are compared, by position in the lists of `Study`.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeptQuestion {
    pub(super) metric: usize,
    pub(super) arm: usize,
    pub(super) estimator: usize,
    pub(super) before: usize,
    pub(super) after: usize,
}

/// Lift in the later window divided by lift in the earlier one, with its Monte-Carlo standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeptShare {
    /// The share, a fraction; above 1 where the lift grew.
    pub share: f64,
    /// Standard error by the delete-one jackknife over replicates; `None` below two replicates.
    pub std_error: Option<f64>,
}

/// Sums over replicates of effect and denominator in both windows.
#[derive(Clone, Copy, Default)]
struct Sums {
    effect: [f64; 2],
    denominator: [f64; 2],
}

impl Sums {
    fn share(self) -> Option<f64> {
        let lift = |window: usize| self.effect[window] / self.denominator[window];
        let share = lift(1) / lift(0);
        share.is_finite().then_some(share)
    }

    fn combine(self, other: Self, sign: f64) -> Self {
        let both = |a: [f64; 2], b: [f64; 2]| [a[0] + sign * b[0], a[1] + sign * b[1]];
        Self { effect: both(self.effect, other.effect), denominator: both(self.denominator, other.denominator) }
    }
}

/// Answers the question from the replicates that have both estimates; `None` if none has, or the earlier lift is 0.
pub(super) fn kept_share(study: &Study, question: KeptQuestion) -> Option<KeptShare> {
    let pairs: Vec<Sums> = study.replicates.iter().filter_map(|replicate| pair(&replicate.estimates, question)).collect();
    let total = pairs.iter().fold(Sums::default(), |sum, pair| sum.combine(*pair, 1.0));
    let share = total.share()?;
    let left_out: Option<Vec<f64>> = pairs.iter().map(|pair| total.combine(*pair, -1.0).share()).collect();
    Some(KeptShare { share, std_error: left_out.and_then(|values| jackknife_error(&values)) })
}

fn pair(rows: &[EstimateRow], question: KeptQuestion) -> Option<Sums> {
    let of = |window: usize| {
        let row = rows.iter().find(|row| {
            usize::from(row.window) == window
                && usize::from(row.metric) == question.metric
                && usize::from(row.arm) == question.arm
                && usize::from(row.estimator) == question.estimator
        })?;
        row.effect.zip(row.denominator)
    };
    let (before, after) = (of(question.before)?, of(question.after)?);
    Some(Sums { effect: [before.0, after.0], denominator: [before.1, after.1] })
}

fn jackknife_error(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    if count < 2.0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some(((count - 1.0) / count * squares).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(lifts: &[(f64, f64)]) -> Vec<Sums> {
        lifts.iter().map(|(before, after)| Sums { effect: [*before, *after], denominator: [1.0, 1.0] }).collect()
    }

    #[test]
    fn the_jackknife_error_of_a_mean_is_its_textbook_standard_error() {
        // With a constant earlier lift the share is a mean of the later lifts, whose error is sd / sqrt(n).
        let later = [0.9, 0.7, 0.8, 1.0, 0.6];
        let pairs = left_out(&later.map(|after| (1.0, after)));
        let total = pairs.iter().fold(Sums::default(), |sum, pair| sum.combine(*pair, 1.0));
        let shares: Vec<f64> = pairs.iter().filter_map(|pair| total.combine(*pair, -1.0).share()).collect();
        let error = jackknife_error(&shares).expect("five replicates");
        let textbook = (0.1_f64 / 4.0 / 5.0).sqrt();
        assert!((total.share().expect("a share") - 0.8).abs() < 1e-12);
        assert!((error - textbook).abs() < 1e-12, "{error} against {textbook}");
        assert_eq!(jackknife_error(&shares[..1]), None);
    }

    #[test]
    fn no_share_is_kept_of_a_lift_that_is_exactly_nothing() {
        assert_eq!(Sums { effect: [0.0, 0.1], denominator: [1.0, 1.0] }.share(), None);
    }
}
