//! The oracle: the one decider that reads latent state. It lives here, with the latent state, and not among the agents.
//!
//! What: at a given number of messages a week it writes at the customer's preferred hour, on the best channel, with the best live
//! component in every slot as of the moment (taste, appeal, novelty, wear-out, discount). Assumption: it is myopic; it maximises the
//! chance that *this* message is opened and does not save content or attention for later. Use: an upper bound for what agents
//! can learn about content, channel and hour at the same volume.

use crate::domain::{Choice, Context, MAX_SLOTS, PlannedSend, WeekPlan};
use crate::kernel::HOUR;
use crate::world::crowd::Body;
use crate::world::passage::Passage;
use crate::world::person::OFFERS;
use crate::world::population::Customer;

/// Knows everything, sends a fixed number of messages a week.
#[derive(Clone, Copy, Debug)]
pub struct Oracle {
    /// Messages per customer and week.
    pub messages_per_week: u32,
    /// First and last hour of the day at which it writes (outside quiet hours).
    pub hours: (u32, u32),
}

impl Oracle {
    /// Spreads the week's messages over the days, at the preferred hour.
    pub fn plan(&self, context: &Context<'_>, customer: &Customer, plan: &mut WeekPlan) {
        let hour = ((customer.preferred_time * 24.0) as u32).clamp(self.hours.0, self.hours.1);
        for number in 0..self.messages_per_week {
            let weekday = (2 * number + 1) * 7 / (2 * self.messages_per_week);
            if let Some(day) = context.this_week(weekday) {
                plan.add(PlannedSend { at: day + hour * HOUR, tag: 0 });
            }
        }
    }

    /// The best message of the moment.
    pub fn compose(&self, context: &Context<'_>, passage: &Passage<'_>, body: &mut Body<'_>) -> Option<Choice> {
        passage.advance_taste(body, context.now);
        let customer = passage.customer(body.person);
        let channels = (0..8_u8).filter(|channel| context.reachable >> channel & 1 == 1);
        let pull = |channel: &u8| {
            let number = usize::from(*channel);
            passage.laws.channels[number].base + customer.affinity[number]
        };
        let channel = channels.max_by(|a, b| pull(a).total_cmp(&pull(b)))?;
        let fade = passage.exposure_decay.deflate(context.now);
        let memory = (1.0 - passage.laws.offer_fatigue * body.person.fading[OFFERS]).max(0.0);
        let row = usize::from(customer.segment) * passage.table.places;
        let mut positions = [0; MAX_SLOTS];
        for (slot, shelf) in context.library.shelves.iter().enumerate() {
            let worth = |position: u8| {
                let place = passage.table.place(slot, position);
                let own: f32 = passage.table.vector(place).iter().zip(&*body.deviation).map(|(a, b)| a * b).sum();
                passage.table.worth[row + place] + own - passage.laws.wear_out_penalty * body.exposures[place] * fade
                    + customer.price_sensitivity * passage.table.discounts[place] * memory
            };
            positions[slot] = shelf.live.iter().copied().max_by(|a, b| worth(*a).total_cmp(&worth(*b)))?;
        }
        Some(Choice { channel, positions, discount: 0.0 })
    }
}
