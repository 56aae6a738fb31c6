//! Sessions: of the customer's own accord, after a direct open, and as a direct open.
//!
//! What: a self-exciting point process with intensity [λ + Σ k(t − t_j)]·m(t)·L(t), simulated exactly in cluster form (Hawkes & Oakes 1974):
//! base candidates at the constant rate λ·m_max numbered in time, and a Poisson number of candidates after each direct open, all
//! thinned by their own marks against m and L (Lewis & Shedler 1979). Assumption: m is constant within an hour. The numbers, times and
//! marks of base candidates are the same in every arm.

use crate::kernel::portable::{exp, exponential, unit};
use crate::kernel::{Address, DAY, Purpose, SimTime, Streams};
use crate::world::crowd::Body;
use crate::world::laws::Laws;
use crate::world::passage::Passage;
use crate::world::person::{HABIT, Pending, PendingKind, Person, RECENT};
use crate::world::population::Customer;

/// How a session came about: what its conversions are addressed by, and what the message that led to it promised.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// Purpose of its conversions' draws.
    pub purpose: Purpose,
    /// Counter of its conversions' draws.
    pub counter: u32,
    /// Vertical promoted by the message that was opened; `content::NONE` if there was none.
    pub promoted: u8,
    /// Discount of that message.
    pub discount: f32,
}

/// Most follow-up candidates of one open; with a mean of a few the excess has no probability worth the name.
const MAX_OFFSPRING: u32 = 15;

impl Passage<'_> {
    /// A base candidate: a session unless thinned or replaced.
    #[inline]
    pub(super) fn candidate(&mut self, body: &mut Body<'_>, now: SimTime) {
        let (number, mark) = (body.person.candidate, body.person.candidate_mark);
        let customer = &self.customers[body.person.customer as usize];
        body.person.schedule_candidate(now, customer, self.streams);
        self.organic(body, now, unit(mark), Purpose::ConversionBase, number);
    }

    /// A candidate that follows a direct open.
    #[inline(never)]
    pub(super) fn offspring(&mut self, body: &mut Body<'_>, event: &Pending) {
        let mark = (f32::from(event.extra) + 0.5) / 65_536.0;
        self.organic(body, event.at, mark, Purpose::ConversionOffspring, event.value);
    }

    #[inline]
    fn organic(&mut self, body: &mut Body<'_>, now: SimTime, mark: f32, purpose: Purpose, counter: u32) {
        let activity = if body.person.lapsed { self.laws.lapsed_activity } else { 1.0 };
        if mark >= self.laws.session_profile(now) * activity {
            return;
        }
        if now < body.person.replaced_until {
            // Cannibalisation: the direct open of the last day was this session, only earlier.
            body.person.replaced_until = SimTime(0);
            return;
        }
        self.session(body, now, &Occasion { purpose, counter, promoted: crate::world::content::NONE, discount: 0.0 });
    }

    /// A direct open: the customer is back, uses the app, and may follow up in the days to come.
    #[inline(never)]
    pub(super) fn direct_open(&mut self, body: &mut Body<'_>, event: &Pending) {
        let now = event.at;
        body.person.lapsed = false;
        body.person.fade(now, self.laws);
        body.person.fading[HABIT] += 1.0;
        let address = Address { unit: body.person.customer, counter: event.value };
        let words = self.streams.block(Purpose::Offspring, address, 0);
        if unit(words[1]) < self.laws.cannibalisation {
            body.person.replaced_until = now + DAY;
        }
        let followers = poisson(unit(words[0]), self.laws.offspring_mean);
        for number in 0..followers {
            let own = self.streams.block(Purpose::Offspring, address, 1 + number);
            let delay = exponential(own[0]) * self.laws.offspring_delay_mean;
            let follower = Pending {
                at: now + delay as u32,
                value: event.value * (MAX_OFFSPRING + 1) + number,
                extra: (own[1] >> 16) as u16,
                kind: PendingKind::Offspring,
                vertical: 0,
            };
            if follower.at < self.laws.end {
                body.person.expect(follower, body.seat, body.spill);
            }
        }
        self.late_open(body, event);
    }

    /// An open too late to be a direct one: a session all the same.
    #[inline(never)]
    pub(super) fn late_open(&mut self, body: &mut Body<'_>, event: &Pending) {
        let occasion = Occasion {
            purpose: Purpose::ConversionOpen,
            counter: event.value,
            promoted: event.vertical,
            discount: f32::from(event.extra) / 10_000.0,
        };
        self.session(body, event.at, &occasion);
    }

    /// A session, however it came about.
    #[inline]
    fn session(&mut self, body: &mut Body<'_>, now: SimTime, occasion: &Occasion) {
        let mut occasion = *occasion;
        if body.waiting.is_some() {
            self.show_waiting(body, now, &mut occasion);
        }
        let person = &mut *body.person;
        person.last_session = now;
        person.fade(now, self.laws);
        person.fading[RECENT] += 1.0;
        person.tally.sessions += 1;
        let day = now.day() as u16;
        if person.last_day != day {
            person.last_day = day;
            person.tally.days_engaged += 1;
        }
        if !person.twin {
            self.out.sessions_by_day[usize::from(day)] += 1;
        }
        if let (Some(book), Some(rule)) = (body.book.as_deref_mut(), self.reward) {
            book.session(rule, now);
        }
        if self.laws.vertical_count > 0 {
            self.consider_converting(body, now, &occasion);
        }
    }
}

impl Person {
    /// Schedules the first candidate session and the first chance of lapse or return.
    pub fn schedule_first(&mut self, customer: &Customer, laws: &Laws, streams: &Streams) {
        let [_, _, gap, mark] = streams.block(Purpose::BaseSession, Address { unit: self.customer, counter: 0 }, 0);
        self.odd_candidate = [gap, mark];
        self.schedule_candidate(SimTime(0), customer, streams);
        self.schedule_turn(SimTime(0), laws, streams);
    }

    /// Schedules the next base candidate after `now`. A block serves two candidates: the even one and the odd one after it.
    #[inline(always)]
    pub fn schedule_candidate(&mut self, now: SimTime, customer: &Customer, streams: &Streams) {
        self.candidate += 1;
        let gap = if self.candidate & 1 == 0 {
            let address = Address { unit: self.customer, counter: self.candidate / 2 };
            let [gap, mark, odd_gap, odd_mark] = streams.block(Purpose::BaseSession, address, 0);
            self.odd_candidate = [odd_gap, odd_mark];
            self.candidate_mark = mark;
            gap
        } else {
            self.candidate_mark = self.odd_candidate[1];
            self.odd_candidate[0]
        };
        // The conversion to whole seconds saturates, and so does the sum: rates of 0 mean never.
        self.next_candidate = now + (exponential(gap) * customer.candidate_gap) as u32;
    }
}

/// A Poisson number by inversion of one uniform number; for small means.
fn poisson(u: f32, mean: f32) -> u32 {
    let mut probability = exp(-mean);
    let mut sum = probability;
    let mut count = 0;
    while u > sum && count < MAX_OFFSPRING {
        count += 1;
        probability *= mean / count as f32;
        sum += probability;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follow_up_numbers_are_poisson() {
        for mean in [0.1_f32, 0.7, 3.0] {
            let draws = 200_000;
            let counts: Vec<f64> = (0..draws).map(|k| f64::from(poisson((k as f32 + 0.5) / draws as f32, mean))).collect();
            let average = counts.iter().sum::<f64>() / f64::from(draws);
            let variance = counts.iter().map(|count| (count - average).powi(2)).sum::<f64>() / f64::from(draws);
            assert!(
                (average - f64::from(mean)).abs() < 1e-3 && (variance - f64::from(mean)).abs() < 2e-2,
                "{mean}: {average}, {variance}"
            );
        }
    }
}
