//! A policy that has stopped learning.
//!
//! What: it decides as the policy it holds would decide with the beliefs it had at one instant. No feedback reaches it any more, and what
//! it knows does not fade either: evidence weighs for ever what it weighed then. It still draws from its posterior, so it goes on
//! exploring; and it still sees which components are live, so that a new one starts from the flat prior, or from what marketers
//! expect of it, and stays there. Where audiences are redrawn its beliefs about them are made anew from those about their members.
//! Assumption: beliefs change by `learn`, and by the time that `prepare` is told, and by nothing else.
//! Failure: a policy with another way to learn would go on learning.

use crate::domain::{
    Belief, BeliefCell, Choice, Context, Expectation, Feedback, IdleTrigger, Library, Occasion, Policy, Regrouping, RewardRule,
    WeekPlan,
};
use crate::kernel::{Draws, SimTime};

/// A policy with the beliefs of one instant.
pub struct Frozen {
    policy: Box<dyn Policy>,
    since: SimTime,
}

impl Frozen {
    /// Freezes `policy` as it is at `now`.
    pub fn new(policy: Box<dyn Policy>, now: SimTime) -> Self {
        Self { policy, since: now }
    }
}

impl Policy for Frozen {
    fn boxed(&self) -> Box<dyn Policy> {
        Box::new(Self { policy: self.policy.boxed(), since: self.since })
    }

    fn plan(&self, context: &Context<'_>, draws: &mut Draws, plan: &mut WeekPlan) {
        self.policy.plan(context, draws, plan);
    }

    fn compose(&self, context: &Context<'_>, occasion: Occasion, draws: &mut Draws) -> Option<Choice> {
        self.policy.compose(context, occasion, draws)
    }

    fn learn(&mut self, _batch: &[Feedback], _now: SimTime) {}

    fn launched(&mut self, slot: usize, position: u8, now: SimTime) {
        self.policy.launched(slot, position, now);
    }

    fn expect(&mut self, slot: usize, position: u8, expectation: Expectation) {
        self.policy.expect(slot, position, expectation);
    }

    fn regroup(&mut self, regrouping: &Regrouping<'_>) {
        self.policy.regroup(regrouping);
    }

    fn prepare<'d>(&mut self, library: &Library, _now: SimTime, draws: &dyn Fn(u32) -> Draws<'d>) {
        self.policy.prepare(library, self.since, draws);
    }

    fn believed(&self, cell: BeliefCell, _now: SimTime) -> Option<Belief> {
        self.policy.believed(cell, self.since)
    }

    fn idle_trigger(&self) -> Option<IdleTrigger> {
        self.policy.idle_trigger()
    }

    fn reward(&self) -> Option<RewardRule> {
        self.policy.reward()
    }

    fn learning_interval_days(&self) -> u32 {
        self.policy.learning_interval_days()
    }

    fn sends(&self) -> bool {
        self.policy.sends()
    }

    fn seat(&mut self, seats: usize) {
        self.policy.seat(seats);
    }

    fn bytes_per_seat(&self) -> usize {
        self.policy.bytes_per_seat()
    }
}
