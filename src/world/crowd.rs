//! All persons of one arm, side by side, and the loop that runs those who are due.

use crate::kernel::{DAY, ForwardDecay, SimTime, Streams};
use crate::world::laws::Laws;
use crate::world::passage::Passage;
use crate::world::person::{NOTHING, Person, Spill, Tally, Waiting};
use crate::world::population::Customer;
use crate::world::rewards::RewardBook;
use crate::world::taste::first_deviation;

/// All persons of one arm. A person's seat is its index here; seats are in customer order.
#[derive(Clone, Debug)]
pub struct Crowd {
    people: Vec<Person>,
    /// When each person has to be run next.
    dues: Vec<SimTime>,
    /// Taste deviations, `stride` numbers a person.
    deviations: Vec<f32>,
    stride: usize,
    /// Remembered exposures by place, inflated to the landmark of `exposure_decay`.
    exposures: Vec<f32>,
    places: usize,
    exposure_decay: ForwardDecay,
    /// Messages waiting inside the app; empty where no channel works that way.
    waiting: Vec<Waiting>,
    /// Reward books; empty where the reward is the direct open.
    books: Vec<RewardBook>,
    spill: Spill,
}

/// One person with all that belongs to it, borrowed from the crowd.
pub struct Body<'a> {
    /// Seat.
    pub seat: u32,
    /// State.
    pub person: &'a mut Person,
    /// Own taste deviation.
    pub deviation: &'a mut [f32],
    /// Remembered exposures by place.
    pub exposures: &'a mut [f32],
    /// The message waiting inside the app.
    pub waiting: Option<&'a mut Waiting>,
    /// Reward book.
    pub book: Option<&'a mut RewardBook>,
    /// Pending events beyond the inline ones, of all persons.
    pub spill: &'a mut Spill,
}

/// What an arm's persons have to remember, beyond what all have.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Places of the arm's library.
    pub places: usize,
    /// Whether some channel shows messages in the next session.
    pub waits: bool,
    /// Whether rewards are more than direct opens.
    pub books: bool,
}

const NO_MESSAGE: Waiting = Waiting {
    channel: NOTHING,
    positions: [0; crate::domain::MAX_SLOTS],
    tag: 0,
    triggered: false,
    sent: SimTime(0),
    expires: SimTime(0),
    discount: 0,
};

impl Crowd {
    /// All customers at the start of the simulation, before anything happened to them.
    pub fn gather(customers: &[Customer], dimensions: usize, laws: &Laws, streams: &Streams, memory: Memory) -> Self {
        let mut deviations = vec![0.0; customers.len() * laws.stride];
        let mut people: Vec<Person> = Vec::with_capacity(customers.len());
        for (number, customer) in customers.iter().enumerate() {
            let deviation = &mut deviations[number * laws.stride..(number + 1) * laws.stride];
            first_deviation(deviation, dimensions, laws, streams, number as u32);
            let mut person = Person::new(number as u32, customer.observables.audience, customer.starts_lapsed);
            person.schedule_first(customer, laws, streams);
            people.push(person);
        }
        let mut crowd = Self {
            dues: vec![SimTime(0); people.len()],
            people,
            deviations,
            stride: laws.stride,
            exposures: vec![0.0; customers.len() * memory.places],
            places: memory.places,
            exposure_decay: laws.exposure_decay(SimTime(0)),
            waiting: Vec::new(),
            books: Vec::new(),
            spill: Spill::new(),
        };
        crowd.remember(memory);
        crowd
    }

    /// The persons in `seats` of this crowd as a crowd of their own, for another arm; `twin[k]` marks those that are twins.
    ///
    /// Exposures keep their places: the new arm's library starts as a copy of this one's.
    pub fn fork(&self, seats: &[u32], twin: impl Fn(u32) -> bool, memory: Memory) -> Self {
        let pick = |all: &[f32], width: usize| -> Vec<f32> {
            seats.iter().flat_map(|seat| &all[*seat as usize * width..(*seat as usize + 1) * width]).copied().collect()
        };
        let mut people: Vec<Person> = Vec::with_capacity(seats.len());
        let mut spill = Spill::new();
        for (seat, old) in seats.iter().enumerate() {
            let mut person = self.people[*old as usize];
            person.twin = twin(person.customer);
            people.push(person);
            if let Some(events) = self.spill.get(old) {
                spill.insert(seat as u32, events.clone());
            }
        }
        let mut crowd = Self {
            dues: vec![SimTime(0); people.len()],
            people,
            deviations: pick(&self.deviations, self.stride),
            stride: self.stride,
            exposures: pick(&self.exposures, self.places),
            places: self.places,
            exposure_decay: self.exposure_decay,
            waiting: if self.waiting.is_empty() { Vec::new() } else { seats.iter().map(|s| self.waiting[*s as usize]).collect() },
            books: Vec::new(),
            spill,
        };
        crowd.remember(memory);
        crowd
    }

    fn remember(&mut self, memory: Memory) {
        if memory.waits && self.waiting.is_empty() {
            self.waiting = vec![NO_MESSAGE; self.people.len()];
        }
        if memory.books {
            self.books = vec![RewardBook::default(); self.people.len()];
        }
    }

    /// Persons.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Number of persons.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody is here.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// How exposures are stored.
    pub fn exposure_decay(&self) -> ForwardDecay {
        self.exposure_decay
    }

    /// Reward books.
    pub fn books(&self) -> &[RewardBook] {
        &self.books
    }

    /// Makes everybody due at once, after something outside changed what they wait for.
    pub fn wake_all(&mut self) {
        self.dues.fill(SimTime(0));
    }

    /// Runs everybody who is due before `until` up to `until`, in seat order.
    ///
    /// A person is due when it decides something or a reward of its is observed; what happens to it in between waits until then, and is run at
    /// the time it happens. Before a window closes everybody has to be woken, so that nothing is counted too late.
    pub fn advance(&mut self, passage: &mut Passage<'_>, until: SimTime) {
        for seat in 0..self.people.len() {
            if self.dues[seat] < until {
                self.run(seat, passage, until);
            }
        }
    }

    #[inline]
    fn run(&mut self, seat: usize, passage: &mut Passage<'_>, until: SimTime) {
        let due = passage.live_until(&mut self.body(seat), until);
        self.dues[seat] = due;
    }

    /// One person with all that belongs to it.
    #[inline(always)]
    pub(super) fn body(&mut self, seat: usize) -> Body<'_> {
        Body {
            seat: seat as u32,
            person: &mut self.people[seat],
            deviation: &mut self.deviations[seat * self.stride..(seat + 1) * self.stride],
            exposures: &mut self.exposures[seat * self.places..(seat + 1) * self.places],
            waiting: self.waiting.get_mut(seat),
            book: self.books.get_mut(seat),
            spill: &mut self.spill,
        }
    }

    /// Hands over everybody's outcomes of the window that closes, in seat order, and starts the next window.
    pub fn close_window(&mut self, mut record: impl FnMut(&Person, &Tally)) {
        for person in &mut self.people {
            record(person, &person.tally);
            person.tally = Tally::default();
        }
    }

    /// A component took a place that another one may have held: nobody has been exposed to it.
    pub fn forget_place(&mut self, place: usize) {
        self.exposures.iter_mut().skip(place).step_by(self.places).for_each(|exposure| *exposure = 0.0);
    }

    /// Keeps stored exposures within the range of their numbers.
    pub fn rebase(&mut self, now: SimTime) {
        if let Some(factor) = self.exposure_decay.rebase(now) {
            self.exposures.iter_mut().for_each(|exposure| *exposure *= factor);
        }
    }

    /// Bytes held per person, panel and policy excluded.
    pub fn bytes_per_person(&self) -> usize {
        size_of::<Person>()
            + size_of::<SimTime>()
            + (self.stride + self.places) * size_of::<f32>()
            + if self.waiting.is_empty() { 0 } else { size_of::<Waiting>() }
            + if self.books.is_empty() { 0 } else { size_of::<RewardBook>() }
    }

    /// Mean over real persons who got no message on day `day` of the sessions on `days` days from it less those on `days` days before it.
    pub fn change_of_not_contacted(&self, day: u32, days: u32) -> f32 {
        let (mut sum, mut count) = (0.0_f64, 0_u32);
        for (person, book) in self.people.iter().zip(&self.books) {
            if !person.twin && !book.contacted_on(day) {
                sum += f64::from(book.change_around(day, days));
                count += 1;
            }
        }
        if count == 0 { 0.0 } else { (sum / f64::from(count)) as f32 }
    }

    /// Customers belong to these audiences from now on, by seat.
    pub fn regroup(&mut self, audiences: &[u8]) {
        self.people.iter_mut().zip(audiences).for_each(|(person, audience)| person.audience = *audience);
    }

    /// Sets the first plan and the first look at the idle trigger, when a policy takes over at `now`.
    pub fn hand_to_policy(&mut self, now: SimTime, sends: bool, trigger: Option<crate::domain::IdleTrigger>) {
        for person in &mut self.people {
            person.send_count = 0;
            person.send_next = 0;
            person.frequency = u8::MAX;
            person.sent_since_plan = 0;
            person.next_plan = if sends { now } else { SimTime::NEVER };
            person.next_trigger = trigger.map_or(SimTime::NEVER, |rule| {
                crate::world::messages::next_trigger_after(person.last_session + rule.after_days * DAY, rule.hour).max(now)
            });
        }
        self.wake_all();
    }
}
