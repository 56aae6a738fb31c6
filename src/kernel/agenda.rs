//! The world agenda: events that concern everybody, in order of time, then phase of the instant, then insertion.
//!
//! Customers' own events are not here: they live with the customers and run between two world events.

use crate::kernel::SimTime;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Where in its instant a world event stands: same-instant events fire in the order of these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instant {
    /// Close the outcome window that ends now.
    CloseWindow,
    /// Policies absorb the feedback observed before now.
    Learn,
    /// A phase ends and the next begins; the handoff is one of these.
    ChangePhase,
    /// Marketers meet.
    Review,
    /// Components are retired and launched.
    Publish,
    /// Tastes move and the day's tables are made.
    Drift,
    /// The trial is over.
    End,
}

/// Events in their order; FIFO among equals.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    queue: BinaryHeap<Reverse<Entry<E>>>,
    inserted: u64,
}

#[derive(Clone, Debug)]
struct Entry<E> {
    at: SimTime,
    instant: Instant,
    number: u64,
    event: E,
}

impl<E> Agenda<E> {
    /// An empty agenda.
    pub fn new() -> Self {
        Self { queue: BinaryHeap::new(), inserted: 0 }
    }

    /// Adds an event.
    pub fn schedule(&mut self, at: SimTime, instant: Instant, event: E) {
        self.queue.push(Reverse(Entry { at, instant, number: self.inserted, event }));
        self.inserted += 1;
    }

    /// When the next event fires: time, and phase of the instant.
    pub fn next_moment(&self) -> Option<(SimTime, Instant)> {
        self.queue.peek().map(|Reverse(entry)| (entry.at, entry.instant))
    }

    /// Removes all events that `keep` does not want; the others keep their order.
    pub fn retain(&mut self, mut keep: impl FnMut(&E) -> bool) {
        self.queue.retain(|Reverse(entry)| keep(&entry.event));
    }

    /// Removes the next event.
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.queue.pop().map(|Reverse(entry)| (entry.at, entry.event))
    }
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> Entry<E> {
    fn key(&self) -> (SimTime, Instant, u64) {
        (self.at, self.instant, self.number)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl<E> Eq for Entry<E> {}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_instant_events_fire_by_name_then_first_in_first_out() {
        let mut agenda = Agenda::new();
        agenda.schedule(SimTime(10), Instant::Drift, "drift");
        agenda.schedule(SimTime(10), Instant::Learn, "learn a");
        agenda.schedule(SimTime(5), Instant::End, "early");
        agenda.schedule(SimTime(10), Instant::Learn, "learn b");
        agenda.schedule(SimTime(10), Instant::CloseWindow, "close");
        let order: Vec<&str> = std::iter::from_fn(|| agenda.pop()).map(|(_, event)| event).collect();
        assert_eq!(order, ["early", "close", "learn a", "learn b", "drift"]);
    }

    #[test]
    fn events_that_stay_keep_their_order() {
        let mut agenda = Agenda::new();
        for number in 0..20 {
            agenda.schedule(SimTime(number % 3), Instant::Learn, number);
        }
        agenda.retain(|number| number % 2 == 1);
        assert_eq!(agenda.next_moment(), Some((SimTime(0), Instant::Learn)));
        let order: Vec<u32> = std::iter::from_fn(|| agenda.pop()).map(|(_, event)| event).collect();
        assert_eq!(order, [3, 9, 15, 1, 7, 13, 19, 5, 11, 17]);
    }
}
