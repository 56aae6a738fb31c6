//! The truth recorder's look at decisions: whether a message holds what is truly best for this customer at this moment, and what it gives
//! away where it does not.
//!
//! What: of every message that passed the gate, to a customer whose number is a multiple of `ONE_IN`: which of its components no live
//! component of the same slot exceeds in worth (taste, appeal, novelty, wear-out, discount), what share of the live components a random
//! choice would hit that with, and the chance of an open beside that of the message which the oracle would put together from the
//! same library for the same moment, channel and discount rule. A message shown inside the app is judged as if it were seen on sending.
//! Assumption: customers are chosen by their number, never by the order of events, so what is judged does not depend on anything else.
//! Failure: components are best one by one; where several carry discounts, of which only the deepest counts, another message may beat the
//! oracle's. Nothing outside the truth recorder reads this, and it draws no random number.

use crate::domain::{Choice, MAX_SLOTS};
use crate::kernel::SimTime;
use crate::kernel::portable::logistic;
use crate::world::crowd::Body;
use crate::world::oracle::Worth;
use crate::world::passage::Passage;
use crate::world::person::FATIGUE;

/// Customers from one that is watched to the next. Assumed: keeps the cost of judging near one in a hundred instructions.
const ONE_IN: u32 = 8;

/// What became of the decisions that were judged, as sums; twins are not judged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Decisions {
    /// Messages.
    pub messages: u64,
    /// Messages whose component is truly the best, by slot; one of several equally good ones counts.
    pub on_best: [u64; MAX_SLOTS],
    /// The same as a random choice among the live components would have it on average.
    pub by_chance: [f64; MAX_SLOTS],
    /// Chances that the messages are opened.
    pub open: f64,
    /// Chances of the best messages in their places.
    pub best_open: f64,
}

/// A live component as one customer sees it.
#[derive(Clone, Copy)]
struct Component {
    /// Log-odds it adds to an open.
    worth: f32,
    /// The same without its discount.
    content: f32,
    discount: f32,
}

/// The components of a message together.
#[derive(Clone, Copy)]
struct Content {
    worth: f32,
    /// The deepest discount.
    discount: f32,
}

impl Content {
    fn new(discount: f32) -> Self {
        Self { worth: 0.0, discount }
    }

    fn add(&mut self, component: Component) {
        self.worth += component.content;
        self.discount = self.discount.max(component.discount);
    }
}

impl Passage<'_> {
    /// Judges a message that is about to be sent, if its customer is one of the watched. `fading` must stand at `now`.
    #[inline(always)]
    pub(super) fn judge(&mut self, body: &mut Body<'_>, choice: &Choice, now: SimTime) {
        if self.out.decisions.is_some() && body.person.customer.is_multiple_of(ONE_IN) && !body.person.twin {
            self.judge_watched(body, choice, now);
        }
    }

    #[inline(never)]
    fn judge_watched(&mut self, body: &mut Body<'_>, choice: &Choice, now: SimTime) {
        self.advance_taste(body, now);
        let mut noted = self.out.decisions.unwrap_or_default();
        let worth = Worth::new(self, body, now);
        let (mut chosen, mut best) = (Content::new(choice.discount), Content::new(choice.discount));
        for (slot, shelf) in self.library.shelves.iter().enumerate() {
            let mut leader = Component { worth: f32::NEG_INFINITY, content: 0.0, discount: 0.0 };
            let (mut own, mut equals) = (leader, 0_u32);
            for position in &shelf.live {
                let place = self.table.place(slot, *position);
                let (content, discount) = (worth.content(place), self.table.discounts[place]);
                let component = Component { worth: content + worth.discount(discount), content, discount };
                if *position == choice.positions[slot] {
                    own = component;
                }
                if component.worth > leader.worth {
                    (leader, equals) = (component, 0);
                }
                equals += u32::from(component.worth == leader.worth);
            }
            chosen.add(own);
            best.add(leader);
            noted.on_best[slot] += u64::from(own.worth >= leader.worth);
            noted.by_chance[slot] += f64::from(equals) / shelf.live.len() as f64;
        }
        let ready = self.readiness(self.customer(body.person), choice.channel, now)
            - self.laws.fatigue_open_penalty * body.person.fading[FATIGUE];
        let open = |message: Content| f64::from(logistic(ready + message.worth + worth.discount(message.discount)));
        noted.messages += 1;
        noted.open += open(chosen);
        noted.best_open += open(best);
        self.out.decisions = Some(noted);
    }
}
