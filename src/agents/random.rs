//! Uniformly random choices of frequency, timing, channel and components: pure exploration, and the floor for every learner.

use crate::agents::RandomParams;
use crate::domain::{Choice, Context, MAX_SLOTS, Occasion, PlannedSend, Policy, WeekPlan};
use crate::kernel::{Draws, HOUR};

/// Chooses everything at random.
#[derive(Clone, Debug)]
pub struct Random {
    frequencies: Vec<u32>,
    window_starts: Vec<u32>,
}

impl Random {
    /// The random policy with valid parameters.
    pub fn new(params: &RandomParams) -> Self {
        Self { frequencies: params.frequencies.clone(), window_starts: params.window_starts.clone() }
    }
}

impl Policy for Random {
    fn boxed(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }

    fn plan(&self, context: &Context<'_>, draws: &mut Draws, plan: &mut WeekPlan) {
        let frequency = draws.below(self.frequencies.len());
        plan.frequency = frequency as u8;
        let mut weekdays = [0, 1, 2, 3, 4, 5, 6];
        for chosen in 0..self.frequencies[frequency] as usize {
            // A partial Fisher–Yates shuffle: distinct days.
            let other = chosen + draws.below(7 - chosen);
            weekdays.swap(chosen, other);
            let window = draws.below(self.window_starts.len());
            let at = at_random_within(context, weekdays[chosen], self.window_starts[window], draws);
            if let Some(at) = at {
                plan.add(PlannedSend { at, tag: 0 });
            }
        }
    }

    fn compose(&self, context: &Context<'_>, _occasion: Occasion, draws: &mut Draws) -> Option<Choice> {
        let count = context.reachable.count_ones() as usize;
        if count == 0 {
            return None;
        }
        let chosen = draws.below(count);
        let channel = (0..8_u8).filter(|channel| context.reachable >> channel & 1 == 1).nth(chosen)?;
        let mut positions = [0; MAX_SLOTS];
        for (position, shelf) in positions.iter_mut().zip(&context.library.shelves) {
            *position = shelf.live[draws.below(shelf.live.len())];
        }
        Some(Choice { channel, positions, discount: 0.0 })
    }
}

/// A moment within the three hours from `start` on a weekday of this week; `None` if the day is over. Always takes one draw.
pub(crate) fn at_random_within(
    context: &Context<'_>,
    weekday: u32,
    start: u32,
    draws: &mut Draws,
) -> Option<crate::kernel::SimTime> {
    let second = (draws.unit() * (3 * HOUR) as f32) as u32;
    context.this_week(weekday).map(|day| day + start * HOUR + second)
}
