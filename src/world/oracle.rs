//! The oracle: the one decider that reads latent state. It lives here, with the latent state, and not among the agents.
//!
//! What: at a given number of messages a week it writes at the customer's preferred hour, on the best channel, with the best live
//! component in every slot as of the moment (taste, appeal, novelty, wear-out, discount). Assumption: it is myopic; it maximises the
//! chance that *this* message is opened and does not save content or attention for later. Use: an upper bound for what agents
//! can learn about content, channel and hour at the same volume.

use crate::domain::{Choice, Context, MAX_SLOTS, PlannedSend, Positions, WeekPlan};
use crate::kernel::{HOUR, SimTime};
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
        let positions = Worth::new(passage, body, context.now).best()?;
        Some(Choice { channel, positions, discount: 0.0 })
    }
}

/// What the components that can be sent are worth to one customer at one moment. Taste and fading state must stand at that moment.
pub(super) struct Worth<'a> {
    passage: &'a Passage<'a>,
    body: &'a Body<'a>,
    /// First place of the customer's segment in the day's table.
    row: usize,
    /// What a stored exposure is worth now.
    fade: f32,
    price_sensitivity: f32,
    /// What remembered offers leave of a discount.
    memory: f32,
}

impl<'a> Worth<'a> {
    pub(super) fn new(passage: &'a Passage<'a>, body: &'a Body<'a>, now: SimTime) -> Self {
        let customer = passage.customer(body.person);
        Self {
            passage,
            body,
            row: usize::from(customer.segment) * passage.table.places,
            fade: passage.exposure_decay.deflate(now),
            price_sensitivity: customer.price_sensitivity,
            memory: (1.0 - passage.laws.offer_fatigue * body.person.fading[OFFERS]).max(0.0),
        }
    }

    /// Log-odds that the component at a place adds to an open, its discount left out.
    #[inline]
    pub(super) fn content(&self, place: usize) -> f32 {
        let table = self.passage.table;
        let own: f32 = table.vector(place).iter().zip(&*self.body.deviation).map(|(a, b)| a * b).sum();
        table.worth[self.row + place] + own - self.passage.laws.wear_out_penalty * self.body.exposures[place] * self.fade
    }

    /// Log-odds that a discount adds.
    #[inline]
    pub(super) fn discount(&self, depth: f32) -> f32 {
        self.price_sensitivity * depth * self.memory
    }

    /// Log-odds that the component at a position of a slot adds to an open.
    #[inline]
    pub(super) fn of(&self, slot: usize, position: u8) -> f32 {
        let place = self.passage.table.place(slot, position);
        self.content(place) + self.discount(self.passage.table.discounts[place])
    }

    /// The best live component of every slot; `None` if a slot has none.
    fn best(&self) -> Option<Positions> {
        let mut positions = [0; MAX_SLOTS];
        for (slot, shelf) in self.passage.library.shelves.iter().enumerate() {
            let worth = |position: &u8| self.of(slot, *position);
            positions[slot] = shelf.live.iter().copied().max_by(|a, b| worth(a).total_cmp(&worth(b)))?;
        }
        Some(positions)
    }
}
