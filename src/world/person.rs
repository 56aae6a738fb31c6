//! One person: a customer as one arm treats it. Inline state and a small agenda, no heap.
//!
//! Everything that only fades is advanced in closed form when touched. A person is a plain value: copying it at assignment
//! makes the twins.

use crate::domain::{MAX_CHANNELS, MAX_PLANNED, MAX_VERTICALS, PlannedSend, Positions};
use crate::kernel::SimTime;
use crate::kernel::portable::exp2;
use crate::world::laws::{FADING, Laws};
use std::collections::BTreeMap;

/// Index of fatigue in `Person::fading`.
pub const FATIGUE: usize = 0;
/// Index of habit: remembered direct opens.
pub const HABIT: usize = 1;
/// Index of recent sessions, an observable.
pub const RECENT: usize = 2;
/// Index of remembered discounts.
pub const OFFERS: usize = 3;

/// Pending events kept inline; more go to the arm's spill.
const INLINE: usize = 5;

/// Something that will happen to one person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pending {
    /// When.
    pub at: SimTime,
    /// Meaning depends on `kind`: slot of the message, identity of a follow-up session, or basket value as bits.
    pub value: u32,
    /// Mark of a thinned session, or discount in 1/10,000.
    pub extra: u16,
    /// What.
    pub kind: PendingKind,
    /// Promoted vertical, or vertical of the conversion.
    pub vertical: u8,
}

/// Kinds of pending events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingKind {
    /// A direct open: a session that began with a message.
    DirectOpen,
    /// An open after the attribution window: a session, but no direct open.
    LateOpen,
    /// A candidate session that follows a direct open.
    Offspring,
    /// A conversion arrives.
    Conversion,
    /// A message's reward can be observed.
    Reward,
}

/// What happened to a person in the open outcome window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Messages sent.
    pub sent: u16,
    /// Messages delivered.
    pub delivered: u16,
    /// Direct app opens, counted in the window their message was sent in.
    pub direct_opens: u16,
    /// Sessions.
    pub sessions: u16,
    /// Distinct local dates with a session.
    pub days_engaged: u16,
    /// Conversions that arrived, by vertical.
    pub conversions: [u16; MAX_VERTICALS],
    /// Channels left.
    pub unsubscribes: u16,
    /// Revenue that arrived, net of discounts.
    pub revenue: f32,
    /// Margin that arrived, net of discounts.
    pub margin: f32,
    /// Discounts granted on what arrived.
    pub discount_spend: f32,
}

/// A message waiting inside the app.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// Channel; `NOTHING` if none waits.
    pub channel: u8,
    /// Components.
    pub positions: Positions,
    /// Tag of its timing.
    pub tag: u16,
    /// Whether it was triggered rather than planned.
    pub triggered: bool,
    /// When it was sent.
    pub sent: SimTime,
    /// When it is withdrawn.
    pub expires: SimTime,
    /// Discount in 1/10,000 added by a rule.
    pub discount: u16,
}

/// No message waits.
pub const NOTHING: u8 = u8::MAX;

/// A customer in an arm.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The customer.
    pub customer: u32,
    /// When the next candidate session is.
    pub next_candidate: SimTime,
    /// Its number.
    pub candidate: u32,
    /// Its mark.
    pub candidate_mark: u32,
    /// Words of the odd candidate that shares a block with the last even one: gap and mark.
    pub odd_candidate: [u32; 2],
    /// When the next chance of lapse or return is.
    pub next_turn: SimTime,
    /// Its number.
    pub turn: u32,
    /// Its mark.
    pub turn_mark: u32,
    /// When the next week is planned.
    pub next_plan: SimTime,
    /// When the idle trigger is looked at next.
    pub next_trigger: SimTime,
    /// Planned messages of this week, in order of time.
    pub sends: [PlannedSend; MAX_PLANNED],
    /// How many there are.
    pub send_count: u8,
    /// The next one.
    pub send_next: u8,
    /// Which frequency this week's plan has.
    pub frequency: u8,
    /// Messages sent since the week was planned.
    pub sent_since_plan: u8,
    /// Messages sent this calendar week by channel, for the caps.
    pub sent_this_week: [u8; MAX_CHANNELS],
    /// Calendar week these counts belong to.
    pub week: u16,
    /// Channels already used in hour `last_hour`.
    pub hour_channels: u8,
    /// Channels left by unsubscribing, bit by channel.
    pub left_channels: u8,
    /// Hour of the last message.
    pub last_hour: u32,
    /// Knot at which the taste deviation stands.
    pub knot: u32,
    /// Fatigue, habit, recent sessions, remembered discounts, as of `faded_at`.
    pub fading: [f32; FADING],
    /// When `fading` was advanced last.
    pub faded_at: SimTime,
    /// Fall of need by vertical, as of `need_at`.
    pub need: [f32; MAX_VERTICALS],
    /// When `need` was advanced last.
    pub need_at: SimTime,
    /// The last session.
    pub last_session: SimTime,
    /// An organic session up to here is replaced by an earlier direct open.
    pub replaced_until: SimTime,
    /// Sessions without conversion since the last one with.
    pub browse_only: u16,
    /// Day of the last session.
    pub last_day: u16,
    /// Day of the last message with a discount.
    pub discounted_day: u16,
    /// Audience the customer belongs to in this arm; people may draw audiences anew.
    pub audience: u8,
    /// Whether the customer is lapsed.
    pub lapsed: bool,
    /// Loyalty tier, as of this week.
    pub tier: u8,
    /// Whether some need is below its resting level.
    pub needs_recover: bool,
    /// Whether this is a twin.
    pub twin: bool,
    /// When the first pending event is due.
    pub next_pending: SimTime,
    pending_count: u8,
    spilled: bool,
    pending: [Pending; INLINE],
    /// Outcomes of the open window.
    pub tally: Tally,
}

/// Pending events beyond a person's inline ones, by seat. Nothing is ever dropped.
pub type Spill = BTreeMap<u32, Vec<Pending>>;

const EMPTY: Pending = Pending { at: SimTime::NEVER, value: 0, extra: 0, kind: PendingKind::Conversion, vertical: 0 };
/// No day yet.
const NO_DAY: u16 = u16::MAX;

impl Person {
    /// A person at the start of the simulation.
    pub fn new(customer: u32, audience: u8, lapsed: bool) -> Self {
        Self {
            customer,
            next_candidate: SimTime::NEVER,
            candidate: 0,
            candidate_mark: 0,
            odd_candidate: [0; 2],
            next_turn: SimTime::NEVER,
            turn: 0,
            turn_mark: 0,
            next_plan: SimTime::NEVER,
            next_trigger: SimTime::NEVER,
            sends: [PlannedSend { at: SimTime::NEVER, tag: 0 }; MAX_PLANNED],
            send_count: 0,
            send_next: 0,
            frequency: 0,
            sent_since_plan: 0,
            sent_this_week: [0; MAX_CHANNELS],
            week: 0,
            hour_channels: 0,
            left_channels: 0,
            last_hour: u32::MAX,
            knot: 0,
            fading: [0.0; FADING],
            faded_at: SimTime(0),
            need: [0.0; MAX_VERTICALS],
            need_at: SimTime(0),
            last_session: SimTime(0),
            replaced_until: SimTime(0),
            browse_only: 0,
            last_day: NO_DAY,
            discounted_day: NO_DAY,
            audience,
            lapsed,
            tier: 0,
            needs_recover: false,
            twin: false,
            next_pending: SimTime::NEVER,
            pending_count: 0,
            spilled: false,
            pending: [EMPTY; INLINE],
            tally: Tally::default(),
        }
    }

    /// When the next planned message is due.
    #[inline(always)]
    pub fn next_send(&self) -> SimTime {
        if self.send_next < self.send_count { self.sends[usize::from(self.send_next)].at } else { SimTime::NEVER }
    }

    /// When the person decides something next: a plan, a trigger or a message.
    pub fn next_decision(&self) -> SimTime {
        self.next_plan.min(self.next_trigger).min(self.next_send())
    }

    /// Recent sessions and recent direct opens as they stand at `now`.
    pub fn seen_at(&self, now: SimTime, laws: &Laws) -> [f32; 2] {
        let passed = (now - self.faded_at.min(now)) as f32;
        [RECENT, HABIT].map(|kind| self.fading[kind] * exp2(-passed * laws.fading_rates[kind]))
    }

    /// Advances what fades to `now`.
    #[inline(always)]
    pub fn fade(&mut self, now: SimTime, laws: &Laws) {
        let passed = (now - self.faded_at) as f32;
        if passed > 0.0 {
            for (value, rate) in self.fading.iter_mut().zip(laws.fading_rates) {
                *value *= exp2(-passed * rate);
            }
            self.faded_at = now;
        }
    }

    /// Advances the recovery of need to `now`.
    #[inline]
    pub fn recover_need(&mut self, now: SimTime, laws: &Laws) {
        if self.needs_recover {
            let passed = (now - self.need_at) as f32;
            for (value, rate) in self.need.iter_mut().zip(laws.need_rates) {
                *value *= exp2(-passed * rate);
            }
            self.need_at = now;
        }
    }

    /// Adds a pending event.
    #[inline]
    pub fn expect(&mut self, event: Pending, seat: u32, spill: &mut Spill) {
        self.next_pending = self.next_pending.min(event.at);
        let count = usize::from(self.pending_count);
        if count < INLINE {
            self.pending[count] = event;
            self.pending_count += 1;
        } else {
            spill.entry(seat).or_default().push(event);
            self.spilled = true;
        }
    }

    fn first_pending(&self, seat: u32, spill: &Spill) -> SimTime {
        let mut first = SimTime::NEVER;
        for event in &self.pending[..usize::from(self.pending_count)] {
            first = first.min(event.at);
        }
        if self.spilled { first.min(first_spilled(seat, spill)) } else { first }
    }

    /// When the first pending reward observation is due.
    pub fn next_reward(&self, seat: u32, spill: &Spill) -> SimTime {
        let inline = self.pending[..usize::from(self.pending_count)].iter();
        let spilled = spill.get(&seat).into_iter().flatten();
        inline
            .chain(spilled)
            .filter(|event| event.kind == PendingKind::Reward)
            .map(|event| event.at)
            .min()
            .unwrap_or(SimTime::NEVER)
    }

    /// Removes the first pending event; among equals the one that was added first.
    pub fn take_pending(&mut self, seat: u32, spill: &mut Spill) -> Option<Pending> {
        let event = self.remove_first(seat, spill);
        self.next_pending = self.first_pending(seat, spill);
        event
    }

    fn remove_first(&mut self, seat: u32, spill: &mut Spill) -> Option<Pending> {
        let count = usize::from(self.pending_count);
        let first = (0..count).min_by_key(|index| self.pending[*index].at);
        let inline_at = first.map_or(SimTime::NEVER, |index| self.pending[index].at);
        if self.spilled && first_spilled(seat, spill) < inline_at {
            return self.take_spilled(seat, spill);
        }
        let index = first?;
        let event = self.pending[index];
        self.pending.copy_within(index + 1..count, index);
        self.pending_count -= 1;
        Some(event)
    }

    fn take_spilled(&mut self, seat: u32, spill: &mut Spill) -> Option<Pending> {
        let events = spill.get_mut(&seat)?;
        let index = (0..events.len()).min_by_key(|index| events[*index].at)?;
        let event = events.remove(index);
        if events.is_empty() {
            spill.remove(&seat);
            self.spilled = false;
        }
        Some(event)
    }
}

fn first_spilled(seat: u32, spill: &Spill) -> SimTime {
    spill.get(&seat).and_then(|events| events.iter().map(|event| event.at).min()).unwrap_or(SimTime::NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(at: u32, value: u32) -> Pending {
        Pending { at: SimTime(at), value, ..EMPTY }
    }

    proptest! {
        #[test]
        fn pending_events_are_never_dropped_and_come_in_order(times in proptest::collection::vec(0..50_u32, 0..40)) {
            let (mut person, mut spill) = (Person::new(0, 0, false), Spill::new());
            for (number, at) in times.iter().enumerate() {
                person.expect(event(*at, number as u32), 3, &mut spill);
            }
            let mut taken = Vec::new();
            while person.next_pending < SimTime::NEVER {
                let due = person.next_pending;
                let next = person.take_pending(3, &mut spill).expect("one is due");
                prop_assert_eq!(next.at, due);
                taken.push(next.at.0);
            }
            let mut expected = times;
            expected.sort_unstable();
            prop_assert_eq!(taken, expected);
            prop_assert!(spill.is_empty());
        }
    }
}
