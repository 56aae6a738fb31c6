//! A pool of posterior draws, made once per learning step: each decision picks one of them.
//!
//! Cheap where all members of an audience share one posterior. Within a day, decisions that pick the same entry agree in everything,
//! so the pool should be large against what one day can tell; its size is the scenario's choice.

use crate::agents::thompson::beliefs::Who;
use crate::agents::thompson::{Thompson, best_channel};
use crate::domain::{Choice, Context, MAX_CHANNELS, Positions, WeekPlan};
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
    days: [(f32, u16); 7],
    channels: [f32; MAX_CHANNELS],
    positions: Positions,
}

impl Pool {
    /// An empty pool of `size` draws per audience.
    pub fn new(size: usize) -> Self {
        Self { size, entries: Vec::new() }
    }

    /// Draws anew from the beliefs of `agent`.
    pub fn fill<'d>(&mut self, agent: &Thompson, draws: &dyn Fn(u32) -> Draws<'d>) {
        let audiences = agent.audience_count();
        self.entries.clear();
        for audience in 0..audiences {
            let mut source = draws(audience as u32);
            let who = Who { seat: 0, audience, twin: false };
            self.entries.extend((0..self.size).map(|_| entry(agent, who, &mut source)));
        }
    }

    fn pick(&self, audience: usize, draws: &mut Draws) -> Option<&Entry> {
        let number = draws.below(self.size);
        self.entries.get(audience * self.size + number)
    }

    /// Plans a week from one entry.
    pub fn plan(&self, agent: &Thompson, audience: usize, context: &Context<'_>, draws: &mut Draws, plan: &mut WeekPlan) {
        let Some(entry) = self.pick(audience, draws) else { return };
        let mut days = entry.days;
        days[..context.weekday as usize].fill((f32::NEG_INFINITY, 0));
        agent.plan_days(context, days, usize::from(entry.frequency), draws, plan);
    }

    /// Composes a message from one entry.
    pub fn compose(&self, audience: usize, context: &Context<'_>, draws: &mut Draws) -> Option<Choice> {
        let entry = self.pick(audience, draws)?;
        let channel = best_channel(&entry.channels, context.reachable)?;
        Some(Choice { channel, positions: entry.positions, discount: 0.0 })
    }
}

fn entry(agent: &Thompson, who: Who, draws: &mut Draws) -> Entry {
    let frequency = agent.draw_frequency(who, draws) as u8;
    let days = agent.draw_days(who, 0, draws);
    let mut channels = [0.0; MAX_CHANNELS];
    if agent.layout.channels.len() > 1 {
        agent.actions.draw(who, agent.layout.channels.clone(), false, draws, &mut channels);
    }
    Entry { frequency, days, channels, positions: agent.draw_components(who, draws) }
}

impl Thompson {
    fn audience_count(&self) -> usize {
        self.actions.audiences()
    }
}
