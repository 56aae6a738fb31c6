//! One past with several futures: a trial up to its handoff, copied for what may happen afterwards.
//!
//! What may differ after the handoff is whether curation goes on or what the scenario says takes place instead, and whether agents go on
//! learning. The past is simulated once; every future is a copy of it that goes on under its own rules, and equals a trial that
//! had these rules from its start (randomness is addressed, not drawn in order).

use crate::experiment::TrialOutcome;
use crate::experiment::trial::{Simulated, Stage};
use crate::kernel::{Instant, SimTime};

/// What happens after the handoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Future {
    /// Whether the curation of the phase before the handoff goes on to the end of the trial.
    pub curation_goes_on: bool,
    /// Whether agents keep the beliefs they have at the handoff, neither learning nor forgetting.
    pub learning_stops: bool,
}

/// A trial that can go on in different ways.
#[derive(Clone, Copy, Debug)]
pub struct Fork<'a> {
    /// The trial as it is written.
    pub as_written: &'a Stage<'a>,
    /// The same trial with its curation going on to the end.
    pub curated_on: &'a Stage<'a>,
    /// Months before the handoff.
    pub handoff_month: u32,
}

impl Fork<'_> {
    /// Runs replicate `replicate` up to the handoff, and from there each of `futures`; every finished trial is shown to `finished`.
    pub fn run(&self, replicate: u32, futures: &[Future], finished: &mut dyn FnMut(Future, TrialOutcome)) -> Simulated {
        let scenario = self.as_written.scenario();
        let calendar = &scenario.calendar;
        let shares: Vec<f64> = scenario.file.arms.iter().map(|arm| arm.share).collect();
        let people = self.curated_on.people(replicate);
        let mut past = self.curated_on.start(&people, &shares);
        let handoff = SimTime::at_day(calendar.month_start(self.handoff_month));
        past.advance(Some((handoff, Instant::ChangePhase)));
        let (persons, events) = (past.persons(), past.events());
        let days = |from: u32, to: u32| u64::from(calendar.month_start(to) - calendar.month_start(from));
        let before = people.count() * u64::from(calendar.pre_days());
        let mut simulated = Simulated { events, customer_days: before + persons * days(0, self.handoff_month) };
        let mut past = Some(past);
        for (place, future) in futures.iter().enumerate() {
            // The last future needs no copy.
            let own = if place + 1 == futures.len() { past.take() } else { past.clone() };
            let Some(mut course) = own else { break };
            if !future.curation_goes_on {
                course.go_on_as(self.as_written, self.handoff_month);
            }
            if future.learning_stops {
                course.freeze_beliefs(handoff);
            }
            course.advance(None);
            simulated.add(course.events() - events, persons * days(self.handoff_month, calendar.months()));
            finished(*future, course.finish());
        }
        simulated
    }
}
