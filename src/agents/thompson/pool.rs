//! A pool of posterior draws, made once per learning step: each decision picks one of them.
//!
//! Cheap where all members of an audience share one posterior. Within a day, decisions that pick the same entry agree in everything,
//! so the pool should be large against what one day can tell; its size is the scenario's choice.

use crate::agents::ThompsonParams;
use crate::agents::random::at_random_within;
use crate::agents::thompson::beliefs::Who;
use crate::agents::thompson::{Thompson, best, best_channel};
use crate::domain::{Choice, Context, Library, MAX_CHANNELS, MAX_PLANNED, PlannedSend, Positions, WeekPlan};
use crate::kernel::Draws;

/// Draws of all audiences.
#[derive(Clone, Debug)]
pub struct Pool {
    size: usize,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    frequency: u8,
    /// Best timing of each weekday with its score.
    timing: [(f32, u16); MAX_PLANNED],
    channels: [f32; MAX_CHANNELS],
    positions: Positions,
}

impl Pool {
    /// An empty pool of `size` draws per audience.
    pub fn new(size: usize) -> Self {
        Self { size, entries: Vec::new() }
    }

    /// Draws anew from the beliefs of `agent`.
    pub fn fill(&mut self, agent: &Thompson, library: &Library, draws: &dyn Fn(u32) -> Draws) {
        let audiences = agent.audience_count();
        self.entries.clear();
        for audience in 0..audiences {
            let mut source = draws(audience as u32);
            let who = Who { seat: 0, audience, twin: false };
            self.entries.extend((0..self.size).map(|_| entry(agent, who, library, &mut source)));
        }
    }

    fn pick(&self, audience: usize, draws: &mut Draws) -> Option<&Entry> {
        let number = draws.below(self.size);
        self.entries.get(audience * self.size + number)
    }

    /// Plans a week from one entry.
    pub fn plan(&self, audience: usize, context: &Context<'_>, params: &ThompsonParams, draws: &mut Draws, plan: &mut WeekPlan) {
        let Some(entry) = self.pick(audience, draws) else { return };
        plan.frequency = entry.frequency;
        let mut timing = entry.timing;
        for (weekday, day) in timing.iter_mut().enumerate() {
            if weekday < context.weekday as usize {
                day.0 = f32::NEG_INFINITY;
            }
        }
        for _ in 0..context.share_of_week(params.frequencies[usize::from(entry.frequency)]) {
            let scores = timing.map(|day| day.0);
            let weekday = best(&scores);
            let (score, tag) = timing[weekday];
            if score == f32::NEG_INFINITY {
                break;
            }
            timing[weekday].0 = f32::NEG_INFINITY;
            let start = params.window_starts[usize::from(tag) % params.window_starts.len()];
            if let Some(at) = at_random_within(context, weekday as u32, start, draws) {
                plan.add(PlannedSend { at, tag });
            }
        }
    }

    /// Composes a message from one entry.
    pub fn compose(&self, audience: usize, context: &Context<'_>, draws: &mut Draws) -> Option<Choice> {
        let entry = self.pick(audience, draws)?;
        let channel = best_channel(&entry.channels, context.reachable)?;
        Some(Choice { channel, positions: entry.positions, discount: 0.0 })
    }
}

fn entry(agent: &Thompson, who: Who, library: &Library, draws: &mut Draws) -> Entry {
    let mut entry =
        Entry { frequency: 0, timing: Default::default(), channels: Default::default(), positions: Default::default() };
    entry.frequency = agent.draw_frequency(who, draws) as u8;
    let mut scores = [0.0; 56];
    agent.draw_timing(who, draws, &mut scores);
    let windows = agent.layout.windows;
    for (weekday, day) in entry.timing.iter_mut().enumerate() {
        let of_day = &scores[weekday * windows..(weekday + 1) * windows];
        let window = best(of_day);
        *day = (of_day[window], (weekday * windows + window) as u16);
    }
    if agent.layout.channels.len() > 1 {
        agent.actions.draw(who, agent.layout.channels.clone(), false, draws, &mut entry.channels);
    }
    for (slot, shelf) in library.shelves.iter().enumerate() {
        entry.positions[slot] = agent.draw_component(who, slot, &shelf.live, draws);
    }
    entry
}

impl Thompson {
    fn audience_count(&self) -> usize {
        self.actions.audiences()
    }
}
