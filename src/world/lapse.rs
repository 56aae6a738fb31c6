//! Lapse and return: chances at a constant rate, each thinned by the hazard of the moment.
//!
//! What: an active customer lapses at hazard h·exp(a·fatigue − b·habit), limited from above; a lapsed one returns at a small rate
//! of its own, or at once through a direct open. Assumption: the limit is the rate of chances, so thinning is exact. Failure: with all
//! rates 0 there are no chances and nobody ever changes by itself.

use crate::kernel::portable::{exp, exponential, unit};
use crate::kernel::{Address, Purpose, SimTime, Streams};
use crate::world::crowd::Body;
use crate::world::laws::Laws;
use crate::world::passage::Passage;
use crate::world::person::{FATIGUE, HABIT, Person};

impl Passage<'_> {
    /// A chance of lapse or return.
    #[inline(never)]
    pub(super) fn turn(&mut self, body: &mut Body<'_>, now: SimTime) {
        let mark = unit(body.person.turn_mark);
        if body.person.lapsed {
            body.person.lapsed = mark >= self.laws.return_share;
        } else {
            body.person.fade(now, self.laws);
            let push = self.laws.lapse_fatigue_growth * body.person.fading[FATIGUE];
            let pull = self.laws.lapse_habit_relief * body.person.fading[HABIT];
            let share = (self.laws.lapse_share * exp(push - pull)).min(self.laws.lapse_share_limit);
            body.person.lapsed = mark < share;
        }
        body.person.schedule_turn(now, self.laws, self.streams);
    }
}

impl Person {
    /// Schedules the next chance after `now`.
    pub fn schedule_turn(&mut self, now: SimTime, laws: &Laws, streams: &Streams) {
        if laws.turn_gap.is_finite() {
            self.turn += 1;
            let words = streams.block(Purpose::Turn, Address { unit: self.customer, counter: self.turn }, 0);
            self.next_turn = now + (exponential(words[0]) * laws.turn_gap) as u32;
            self.turn_mark = words[1];
        }
    }
}
