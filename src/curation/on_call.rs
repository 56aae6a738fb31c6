//! People on call: when the lift is tested, and when people are called, arrive and leave again.
//!
//! What: at every planned look the hypothesis that the lift is still at least `least_lift` is tested with all months since the watch began:
//! z = (mean − (1 + least_lift) · holdout mean) / standard error, against the lower group-sequential boundary of its information fraction
//! (looks so far / looks planned), one-sided. Means are per assigned customer, summed over these months. Reference: Lan & DeMets (Biometrika 70,
//! 1983); Jennison & Turnbull 2000. Assumptions: looks were planned; increments of information are about equal. Failure: a watch whose looks are
//! used up without a call watches no more. Only what an analyst may see is used, never the truth.

use crate::curation::OnCallParams;
use crate::stats::alpha_spending::{Spending, boundaries};
use crate::stats::moments::Moments;

/// Where a watch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Looks are taken.
    Watching,
    /// People are called or here; nobody looks.
    Called,
    /// All looks are used up.
    Exhausted,
}

/// A watch over one arm.
#[derive(Clone, Debug)]
pub struct OnCall {
    params: OnCallParams,
    /// Lower boundaries of z, one per planned look.
    boundaries: Vec<f64>,
    /// Months, as windows from 1, from which on outcomes count.
    since_window: usize,
    looks_taken: usize,
    state: State,
}

/// Outcomes per customer, summed over the months of the watch.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Of the watched arm.
    pub watched: Vec<f64>,
    /// Of the holdout arm.
    pub holdout: Vec<f64>,
}

impl OnCall {
    /// A watch that begins with the window `first_window`.
    pub fn new(params: &OnCallParams, first_window: usize) -> Self {
        let looks = params.looks.max(1);
        let information: Vec<f64> = (1..=looks).map(|look| f64::from(look) / f64::from(looks)).collect();
        // Two-sided boundaries at twice the level have the level on each side.
        let boundaries = boundaries(Spending::OBrienFleming, 2.0 * params.alpha, &information).unwrap_or_default();
        Self { params: params.clone(), boundaries, since_window: first_window, looks_taken: 0, state: State::Watching }
    }

    /// The parameters.
    pub fn params(&self) -> &OnCallParams {
        &self.params
    }

    /// Windows that count at a look when `closed` windows are closed; `None` where nobody looks.
    pub fn windows(&self, closed: usize) -> Option<std::ops::RangeInclusive<usize>> {
        (self.state == State::Watching && closed >= self.since_window).then_some(self.since_window..=closed)
    }

    /// Takes the next planned look; gives whether people are called now.
    pub fn look(&mut self, evidence: &Evidence) -> bool {
        let Some(boundary) = self.boundaries.get(self.looks_taken) else { return false };
        self.looks_taken += 1;
        let is_called = statistic(evidence, self.params.least_lift).is_some_and(|z| z < -boundary);
        if is_called {
            self.state = State::Called;
        } else if self.looks_taken == self.boundaries.len() {
            self.state = State::Exhausted;
        }
        is_called
    }

    /// People left again: the watch begins anew with the window `first_window`, with fresh alpha.
    pub fn rearm(&mut self, first_window: usize) {
        (self.since_window, self.looks_taken, self.state) = (first_window, 0, State::Watching);
    }
}

/// z of the hypothesis that the lift is `least_lift`; `None` without variation.
fn statistic(evidence: &Evidence, least_lift: f64) -> Option<f64> {
    let (watched, holdout) = (Moments::of(&evidence.watched), Moments::of(&evidence.holdout));
    let factor = 1.0 + least_lift;
    let variance = watched.mean_variance()? + factor * factor * holdout.mean_variance()?;
    (variance > 0.0).then(|| (watched.mean - factor * holdout.mean) / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Address, Purpose, Streams};

    /// Outcomes of one month of two arms whose means stand in the ratio 1 + lift.
    fn month(streams: &Streams, number: u32, lift: f64) -> Evidence {
        let mut draws = streams.draws(Purpose::Person, Address { unit: number, counter: 0 });
        let mut arm = |mean: f64| (0..300).map(|_| mean + f64::from(draws.normal())).collect();
        Evidence { watched: arm(3.0 * (1.0 + lift)), holdout: arm(3.0) }
    }

    /// How often people are called in a watch of four looks.
    fn calls(lift: f64, watches: u32) -> u32 {
        let params = OnCallParams { least_lift: 0.1, alpha: 0.05, looks: 4, ..OnCallParams::default() };
        // Boundaries take a moment; every watch begins as a copy.
        let begun = OnCall::new(&params, 1);
        let called = |watch: &u32| {
            let streams = Streams::new(7, *watch);
            let mut on_call = begun.clone();
            let mut sum = Evidence { watched: vec![0.0; 300], holdout: vec![0.0; 300] };
            (0..4).any(|number| {
                let month = month(&streams, number, lift);
                sum.watched.iter_mut().zip(&month.watched).for_each(|(sum, own)| *sum += own);
                sum.holdout.iter_mut().zip(&month.holdout).for_each(|(sum, own)| *sum += own);
                on_call.look(&sum)
            })
        };
        (0..watches).filter(called).count() as u32
    }

    #[test]
    fn people_are_called_in_vain_no_more_often_than_alpha_and_come_when_the_lift_is_gone() {
        let watches = 2000;
        let vain = f64::from(calls(0.1, watches)) / f64::from(watches);
        let error = (0.05_f64 * 0.95 / f64::from(watches)).sqrt();
        assert!((vain - 0.05).abs() < 3.5 * error, "called in vain in {vain} of watches");
        assert!(f64::from(calls(0.0, 200)) > 180.0, "a lift of 0 where 10 % is asked for is found out");
    }

    #[test]
    fn a_watch_begins_anew_with_fresh_alpha_after_people_left() {
        let mut on_call = OnCall::new(&OnCallParams { looks: 1, ..OnCallParams::default() }, 5);
        assert_eq!(on_call.windows(4), None);
        assert_eq!(on_call.windows(6), Some(5..=6));
        let gone = Evidence { watched: vec![0.0, 0.1, 0.2], holdout: vec![5.0, 5.1, 5.2] };
        assert!(on_call.look(&gone));
        assert_eq!(on_call.windows(7), None, "nobody looks while people are here");
        on_call.rearm(9);
        assert_eq!(on_call.windows(9), Some(9..=9));
        assert!(on_call.look(&gone));
    }
}
