//! The reference agent: hierarchical Thompson sampling over modular actions.
//!
//! What: each week it draws a frequency and, from one posterior draw of all day × window pairs, the best distinct days; at send time it draws
//! a channel and one component per slot. A message's reward updates its timing, channel and every component; the week's summed reward,
//! less a cost per message, updates the frequency. Assumptions: actions of different kinds are credited as if they were independent;
//! a customer's prior is its audience's mean with bounded weight; old evidence fades; exploration never stops.
//! Reference: Thompson (Biometrika 25, 1933); Russo et al., "A tutorial on Thompson sampling" (2018); modular actions as in arXiv 2506.16429.
//! Failure: a reward that depends on combinations of components is learned only as their sum.

mod beliefs;
mod pool;
mod sampling;

use crate::agents::random::at_random_within;
use crate::agents::{DrawKind, ThompsonParams};
use crate::domain::{
    Belief, BeliefCell, Choice, Context, Expectation, Feedback, Library, MAX_CHANNELS, MAX_SLOTS, MessageReport, Occasion,
    PlannedSend, Policy, Positions, Regrouping, Report, RewardRule, WeekPlan,
};
use crate::kernel::{Draws, SimTime};
use beliefs::{BeliefRules, Beliefs, Who};
use pool::Pool;
use sampling::Sums;
use std::ops::Range;

/// The reference agent.
#[derive(Clone, Debug)]
pub struct Thompson {
    params: ThompsonParams,
    reward: RewardRule,
    layout: Layout,
    /// Timing, channels and components.
    actions: Beliefs,
    /// Frequencies, always by real rewards: a week's sum.
    frequencies: Beliefs,
    /// Reward summed since a customer's week was planned, by seat.
    week_rewards: Vec<f32>,
    /// When the component at each place was launched: earlier messages say nothing about it.
    launched: Vec<SimTime>,
    /// What can be sent, by place.
    live: Vec<Live>,
    pool: Option<Pool>,
}

/// A live component: where it stands among all places, and where in its slot.
#[derive(Clone, Copy, Debug)]
struct Live {
    place: u16,
    slot: u8,
    position: u8,
}

/// Where each kind of action stands among all.
#[derive(Clone, Debug)]
struct Layout {
    windows: usize,
    timing: Range<usize>,
    channels: Range<usize>,
    slots: Vec<Range<usize>>,
}

impl Layout {
    fn new(windows: usize, channels: usize, capacities: &[u32]) -> Self {
        let timing = 0..7 * windows;
        let channels = timing.end..timing.end + channels;
        let mut slots = Vec::new();
        let mut next = channels.end;
        for capacity in capacities {
            slots.push(next..next + *capacity as usize);
            next += *capacity as usize;
        }
        Self { windows, timing, channels, slots }
    }

    fn count(&self) -> usize {
        self.slots.last().map_or(self.channels.end, |slot| slot.end)
    }

    fn groups(&self) -> Vec<Range<usize>> {
        [self.timing.clone(), self.channels.clone()].into_iter().chain(self.slots.iter().cloned()).collect()
    }
}

/// What surrounds the agent: sizes it has to know.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Channels.
    pub channels: usize,
    /// Capacity of every slot.
    pub capacities: &'a [u32],
    /// Audiences.
    pub audiences: usize,
}

impl Thompson {
    /// The agent with valid parameters; `reward` is what `params.reward` means in this scenario.
    pub fn new(params: &ThompsonParams, reward: RewardRule, surroundings: &Surroundings<'_>) -> Self {
        let layout = Layout::new(params.window_starts.len(), surroundings.channels, surroundings.capacities);
        let places = surroundings.capacities.iter().sum::<u32>() as usize;
        let rules = BeliefRules {
            actions: layout.count(),
            audiences: if params.by_audience { surroundings.audiences } else { 1 },
            binary: params.reward.is_binary(),
            personal: params.personal,
            prior_cap: params.prior_cap as f32,
            prior_weight: params.prior_weight as f32,
            prior_mean: params.prior_mean as f32,
            half_life_days: params.forgetting_half_life_days,
        };
        let weekly = BeliefRules { actions: params.frequencies.len(), binary: false, prior_mean: 0.0, ..rules };
        Self {
            actions: Beliefs::new(rules),
            frequencies: Beliefs::new(weekly),
            week_rewards: Vec::new(),
            launched: vec![SimTime(0); places],
            live: Vec::new(),
            pool: match params.draws {
                DrawKind::Pooled(size) => Some(Pool::new(size as usize)),
                DrawKind::Exact | DrawKind::Fast => None,
            },
            params: params.clone(),
            reward,
            layout,
        }
    }

    fn who(&self, context: &Context<'_>) -> Who {
        let audience = if self.params.by_audience { usize::from(context.observables.audience) } else { 0 };
        Who { seat: context.seat as usize, audience, twin: false }
    }

    fn exact(&self) -> bool {
        self.params.draws == DrawKind::Exact
    }

    fn draw_frequency(&self, who: Who, draws: &mut Draws) -> usize {
        if self.params.frequencies.len() == 1 {
            return 0;
        }
        let mut scores = [0.0; 8];
        let count = self.params.frequencies.len();
        self.frequencies.draw(who, 0..count, true, draws, &mut scores);
        best(&scores[..count])
    }

    fn draw_channel(&self, who: Who, reachable: u8, draws: &mut Draws) -> Option<u8> {
        if reachable.count_ones() == 1 {
            return Some(reachable.trailing_zeros() as u8);
        }
        let mut scores = [0.0; MAX_CHANNELS];
        self.actions.draw(who, self.layout.channels.clone(), self.exact(), draws, &mut scores);
        best_channel(&scores, reachable)
    }

    /// The live position with the best draw, for every slot.
    fn draw_components(&self, who: Who, draws: &mut Draws) -> Positions {
        const AT_ONCE: usize = 32;
        let first = self.layout.channels.end;
        // Places beyond the last live one are empty: no need to draw for them.
        let count = self.live.last().map_or(0, |last| usize::from(last.place) + 1);
        let mut positions = [0; MAX_SLOTS];
        let mut best = [f32::NEG_INFINITY; MAX_SLOTS];
        let mut live = self.live.as_slice();
        for start in (0..count).step_by(AT_ONCE) {
            let end = count.min(start + AT_ONCE);
            let mut scores = [0.0; AT_ONCE];
            self.actions.draw(who, first + start..first + end, self.exact(), draws, &mut scores);
            while let [next, rest @ ..] = live
                && usize::from(next.place) < end
            {
                let (slot, score) = (usize::from(next.slot), scores[usize::from(next.place) - start]);
                if score > best[slot] {
                    (best[slot], positions[slot]) = (score, next.position);
                }
                live = rest;
            }
        }
        positions
    }

    /// The best window of every weekday from `first` on, with its score.
    fn draw_days(&self, who: Who, first: u32, draws: &mut Draws) -> [(f32, u16); 7] {
        let windows = self.layout.windows;
        let mut scores = [0.0; 56];
        self.actions.draw(who, self.layout.timing.clone(), self.exact(), draws, &mut scores);
        let mut days = [(f32::NEG_INFINITY, 0); 7];
        for weekday in first as usize..7 {
            let of_day = &scores[weekday * windows..(weekday + 1) * windows];
            let window = best(of_day);
            days[weekday] = (of_day[window], (weekday * windows + window) as u16);
        }
        days
    }

    /// Plans as many messages as the frequency asks for on the best days, one a day.
    fn plan_days(
        &self,
        context: &Context<'_>,
        mut days: [(f32, u16); 7],
        frequency: usize,
        draws: &mut Draws,
        plan: &mut WeekPlan,
    ) {
        plan.frequency = frequency as u8;
        for _ in 0..context.share_of_week(self.params.frequencies[frequency]) {
            let weekday = best(&days.map(|day| day.0));
            let (score, tag) = std::mem::replace(&mut days[weekday], (f32::NEG_INFINITY, 0));
            if score == f32::NEG_INFINITY {
                break;
            }
            let start = self.params.window_starts[usize::from(tag) - weekday * self.layout.windows];
            if let Some(at) = at_random_within(context, weekday as u32, start, draws) {
                plan.add(PlannedSend { at, tag });
            }
        }
    }

    fn launched_at(&self, slot: usize, position: u8) -> SimTime {
        self.launched[self.layout.slots[slot].start + usize::from(position) - self.layout.channels.end]
    }

    fn learn_message(&mut self, who: Who, report: &MessageReport, inflate: f32) {
        let reward = report.reward;
        if let Some(sum) = self.week_rewards.get_mut(who.seat) {
            *sum += reward;
        }
        if let Some(tag) = report.tag {
            self.actions.add(who, self.layout.timing.start + usize::from(tag), reward, inflate);
        }
        self.actions.add(who, self.layout.channels.start + usize::from(report.channel), reward, inflate);
        let first = self.layout.channels.end;
        for (slot, range) in self.layout.slots.clone().into_iter().enumerate() {
            let action = range.start + usize::from(report.positions[slot]);
            if self.launched[action - first] <= report.sent {
                self.actions.add(who, action, reward, inflate);
            }
        }
    }
}

impl Policy for Thompson {
    fn boxed(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }

    fn plan(&self, context: &Context<'_>, draws: &mut Draws, plan: &mut WeekPlan) {
        if context.reachable == 0 {
            return;
        }
        let who = self.who(context);
        if let Some(pool) = &self.pool {
            return pool.plan(self, who.audience, context, draws, plan);
        }
        let frequency = self.draw_frequency(who, draws);
        let days = self.draw_days(who, context.weekday, draws);
        self.plan_days(context, days, frequency, draws, plan);
    }

    fn compose(&self, context: &Context<'_>, _occasion: Occasion, draws: &mut Draws) -> Option<Choice> {
        if context.reachable == 0 {
            return None;
        }
        let who = self.who(context);
        if let Some(pool) = &self.pool {
            return pool.compose(who.audience, context, draws);
        }
        let channel = self.draw_channel(who, context.reachable, draws)?;
        Some(Choice { channel, positions: self.draw_components(who, draws), discount: 0.0 })
    }

    fn learn(&mut self, batch: &[Feedback], now: SimTime) {
        let inflate = self.actions.inflate(now);
        for feedback in batch {
            let audience = if self.params.by_audience { usize::from(feedback.audience) } else { 0 };
            let who = Who { seat: feedback.seat as usize, audience, twin: feedback.twin };
            match &feedback.report {
                Report::Message(report) => self.learn_message(who, report, inflate),
                Report::Week { frequency, messages } => {
                    let earned = self.week_rewards.get_mut(who.seat).map_or(0.0, std::mem::take);
                    let reward = earned - self.params.contact_cost as f32 * f32::from(*messages);
                    let inflate = self.frequencies.inflate(now);
                    if usize::from(*frequency) < self.params.frequencies.len() {
                        self.frequencies.add(who, usize::from(*frequency), reward, inflate);
                    }
                }
            }
        }
        self.actions.date(now);
    }

    fn launched(&mut self, slot: usize, position: u8, now: SimTime) {
        let action = self.layout.slots[slot].start + usize::from(position);
        self.launched[action - self.layout.channels.end] = now;
        self.actions.forget(action);
    }

    fn expect(&mut self, slot: usize, position: u8, expectation: Expectation) {
        // The word of marketers is about opens; where something else is rewarded it says nothing.
        if self.reward == RewardRule::DirectOpen {
            let count = expectation.weight * self.actions.inflate(self.launched_at(slot, position));
            let sum = count * expectation.mean;
            self.actions.add_to_all(self.layout.slots[slot].start + usize::from(position), Sums { count, sum, squares: sum });
        }
    }

    fn regroup(&mut self, regrouping: &Regrouping<'_>) {
        if self.params.by_audience {
            self.actions.regroup(regrouping);
            self.frequencies.regroup(regrouping);
        }
    }

    fn prepare<'d>(&mut self, library: &Library, now: SimTime, draws: &dyn Fn(u32) -> Draws<'d>) {
        self.live.clear();
        for (slot, shelf) in library.shelves.iter().enumerate() {
            let of_slot =
                |position: &u8| Live { place: shelf.first_place + u16::from(*position), slot: slot as u8, position: *position };
            self.live.extend(shelf.live.iter().map(of_slot));
        }
        self.actions.prepare(&self.layout.groups(), now);
        self.frequencies.prepare(std::slice::from_ref(&(0..self.params.frequencies.len())), now);
        if let Some(mut pool) = self.pool.take() {
            pool.fill(self, draws);
            self.pool = Some(pool);
        }
    }

    fn reward(&self) -> Option<RewardRule> {
        Some(self.reward)
    }

    fn believed(&self, cell: BeliefCell, now: SimTime) -> Option<Belief> {
        let audience = if self.params.by_audience { usize::from(cell.audience) } else { 0 };
        let action = self.layout.slots[usize::from(cell.slot)].start + usize::from(cell.position);
        Some(self.actions.of_audience(audience, action, now))
    }

    fn learning_interval_days(&self) -> u32 {
        self.params.learning_interval_days
    }

    fn seat(&mut self, seats: usize) {
        self.actions.seat(seats);
        self.frequencies.seat(seats);
        self.week_rewards = vec![0.0; seats];
    }

    fn bytes_per_seat(&self) -> usize {
        self.actions.bytes_per_seat() + self.frequencies.bytes_per_seat() + size_of::<f32>()
    }
}

/// Index of the largest score, the first among equals.
fn best(scores: &[f32]) -> usize {
    let mut best = 0;
    for (index, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = index;
        }
    }
    best
}

/// The reachable channel with the largest score.
fn best_channel(scores: &[f32; MAX_CHANNELS], reachable: u8) -> Option<u8> {
    let reached = (0..MAX_CHANNELS as u8).filter(|channel| reachable >> channel & 1 == 1);
    reached.max_by(|a, b| scores[usize::from(*a)].total_cmp(&scores[usize::from(*b)]))
}
