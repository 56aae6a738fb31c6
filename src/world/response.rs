//! How a customer responds to a delivered message.
//!
//! What: the log-odds of an open are the sum of channel, receptiveness, affinity, hour, season, the worth of every component to this
//! customer now (taste, appeal, novelty, less wear-out), discount (less its own fatigue) and less fatigue. The chance to leave the
//! channel grows with fatigue and falls with fit. Assumption: components add up on the scale of log-odds. A delivery then leaves its
//! marks: fatigue, one exposure per component, one remembered discount.

use crate::domain::{MessageReport, Positions};
use crate::kernel::portable::{cos_turns, exp, logistic};
use crate::kernel::{SimTime, Streams};
use crate::world::content::{NONE, accumulate};
use crate::world::crowd::Body;
use crate::world::laws::{LANES, Laws};
use crate::world::passage::Passage;
use crate::world::person::{FATIGUE, OFFERS, Waiting};
use crate::world::population::Customer;
use crate::world::taste::{Walk, advance_deviation, dot_lanes};

/// A message on its way.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// Channel.
    pub channel: u8,
    /// Components.
    pub positions: Positions,
    /// Tag of its timing; `None` for triggered messages.
    pub tag: Option<u16>,
    /// When it was sent.
    pub sent: SimTime,
    /// Discount added by a rule.
    pub discount: f32,
}

/// What a delivery does to a customer.
#[derive(Clone, Copy, Debug)]
pub struct Response {
    /// Chance that it is opened.
    pub open: f32,
    /// Chance that the customer leaves the channel.
    pub leave: f32,
    /// Discount it carries, a share of the price.
    pub discount: f32,
    /// Vertical it promotes, `content::NONE` if none.
    pub promoted: u8,
}

impl Message {
    /// What the policy will be told.
    pub fn report(&self, opened: bool, reward: f32) -> MessageReport {
        MessageReport { tag: self.tag, channel: self.channel, positions: self.positions, sent: self.sent, opened, reward }
    }
}

impl From<Waiting> for Message {
    fn from(waiting: Waiting) -> Self {
        Self {
            channel: waiting.channel,
            positions: waiting.positions,
            tag: (!waiting.triggered).then_some(waiting.tag),
            sent: waiting.sent,
            discount: f32::from(waiting.discount) / 10_000.0,
        }
    }
}

impl Passage<'_> {
    /// The response to a message seen at `now`, and the marks it leaves. `fading` must stand at `now`.
    pub(super) fn respond(&self, body: &mut Body<'_>, message: &Message, now: SimTime) -> Response {
        let laws = self.laws;
        let customer = &self.customers[body.person.customer as usize];
        let law = &laws.channels[usize::from(message.channel)];
        let content = self.receive(body, message, now);
        let memory = (1.0 - laws.offer_fatigue * body.person.fading[OFFERS]).max(0.0);
        let fatigue = body.person.fading[FATIGUE];
        let u = self.readiness(customer, message.channel, now)
            + content.worth
            + customer.price_sensitivity * content.discount * memory
            - laws.fatigue_open_penalty * fatigue;
        let leave = law.unsubscribe * exp(laws.unsubscribe_growth * fatigue - laws.unsubscribe_relief * content.fit);
        body.person.fading[FATIGUE] += law.fatigue_weight;
        if content.discount > 0.0 {
            body.person.fading[OFFERS] += 1.0;
        }
        body.person.tally.delivered += 1;
        Response { open: logistic(u), leave: leave.min(1.0), discount: content.discount, promoted: content.promoted }
    }

    /// Log-odds of an open before content, discount and fatigue count.
    #[inline(always)]
    pub(super) fn readiness(&self, customer: &Customer, channel: u8, now: SimTime) -> f32 {
        let laws = self.laws;
        laws.channels[usize::from(channel)].base
            + customer.receptiveness
            + customer.affinity[usize::from(channel)]
            + laws.rhythm_amplitude * cos_turns(now.hour_exact() / 24.0 - customer.preferred_time)
            + laws.open_season[now.day() as usize]
    }

    /// Adds up the components and leaves one exposure on each.
    fn receive(&self, body: &mut Body<'_>, message: &Message, now: SimTime) -> Received {
        let (laws, table) = (self.laws, self.table);
        let customer = &self.customers[body.person.customer as usize];
        self.advance_taste(body, now);
        let row = usize::from(customer.segment) * table.places;
        let wears = laws.wear_out_penalty > 0.0;
        let (mark, fade) = if wears { (self.exposure_decay.inflate(now), self.exposure_decay.deflate(now)) } else { (0.0, 0.0) };
        let mut received = Received { worth: 0.0, fit: 0.0, discount: message.discount, promoted: NONE };
        let mut worn = 0.0;
        for slot in 0..self.library.slot_count() {
            let place = table.place(slot, message.positions[slot]);
            received.worth += table.worth[row + place];
            received.fit += table.fit[row + place];
            received.discount = received.discount.max(table.discounts[place]);
            if table.promotes[place] != NONE {
                received.promoted = table.promotes[place];
            }
            if wears {
                worn += body.exposures[place];
                body.exposures[place] += mark;
            }
        }
        let own = self.own_fit(body, &message.positions);
        received.worth += own - laws.wear_out_penalty * worn * fade;
        received.fit += own;
        received
    }

    /// How well the components fit what sets this customer apart from its segment.
    pub(super) fn own_fit(&self, body: &Body<'_>, positions: &Positions) -> f32 {
        let mut fit = 0.0;
        for (chunk, deviation) in body.deviation.as_chunks().0.iter().enumerate() {
            let mut sum = [0.0; LANES];
            for (slot, position) in positions.iter().enumerate().take(self.library.slot_count()) {
                let vector = self.table.vector(self.table.place(slot, *position));
                accumulate(&mut sum, &vector[chunk * LANES..(chunk + 1) * LANES]);
            }
            fit += dot_lanes(&sum, deviation);
        }
        fit
    }

    /// Applies the knots of the customer's taste that have passed.
    pub(super) fn advance_taste(&self, body: &mut Body<'_>, now: SimTime) {
        advance_taste(body, self.laws, self.streams, now);
    }
}

/// Applies the knots of a customer's taste that have passed. It makes no difference when, or how often, this is done.
#[inline]
pub(super) fn advance_taste(body: &mut Body<'_>, laws: &Laws, streams: &Streams, now: SimTime) {
    let knot = now.day() / laws.knot_days;
    if body.person.knot < knot {
        let (persistence, innovation) = (laws.knot_persistence, laws.knot_innovation);
        let walk = Walk { streams, customer: body.person.customer, persistence, innovation };
        advance_deviation(body.deviation, &mut body.person.knot, knot, &walk);
    }
}

struct Received {
    worth: f32,
    fit: f32,
    discount: f32,
    promoted: u8,
}
