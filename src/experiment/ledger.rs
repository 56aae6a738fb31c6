//! An arm's ledger: what it did and cost, one entry per basic window.

use crate::domain::{MAX_CHANNELS, Refusal, WorkAccount};
use crate::world::Outbox;

/// What an arm did and cost in one window; sums add up over windows, `library_size` is the last one's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Messages sent, by channel.
    pub sent: [u64; MAX_CHANNELS],
    /// Messages refused, by reason.
    pub refused: [u64; Refusal::COUNT],
    /// Messages sent with a component that harms the brand.
    pub unsafe_sent: u64,
    /// What people did, its hours and what it cost.
    pub work: WorkAccount,
    /// Money paid for generated components.
    pub content_cost: f64,
    /// Money paid for messages.
    pub message_cost: f64,
    /// Components launched.
    pub launched: u64,
    /// Components retired.
    pub retired: u64,
    /// Briefs cancelled when curation ended.
    pub cancelled_briefs: u64,
    /// Components that were not approved.
    pub turned_down: u64,
    /// Times that the kill switch stopped a channel.
    pub alerts: u64,
    /// Live components at the end.
    pub library_size: usize,
}

/// All windows of one arm.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The open window.
    pub current: Entry,
    /// Closed windows in order.
    pub closed: Vec<Entry>,
    channels: usize,
}

impl Ledger {
    /// An empty ledger for so many channels.
    pub fn new(channels: usize) -> Self {
        Self { channels, ..Self::default() }
    }

    /// Closes the open window, taking over and clearing the counts of messages.
    pub fn close(&mut self, outbox: &mut Outbox, library_size: usize, message_costs: &[f64]) {
        let mut entry = std::mem::take(&mut self.current);
        entry.sent = std::mem::take(&mut outbox.sent);
        entry.refused = std::mem::take(&mut outbox.refused);
        entry.unsafe_sent = std::mem::take(&mut outbox.unsafe_sent);
        entry.message_cost =
            entry.sent[..self.channels].iter().zip(message_costs).map(|(count, cost)| *count as f64 * cost).sum();
        entry.library_size = library_size;
        self.closed.push(entry);
    }

    /// The sum of closed windows `windows`.
    pub fn sum(&self, windows: std::ops::Range<usize>) -> Entry {
        let mut sum = Entry::default();
        for entry in &self.closed[windows] {
            sum.sent.iter_mut().zip(entry.sent).for_each(|(total, count)| *total += count);
            sum.refused.iter_mut().zip(entry.refused).for_each(|(total, count)| *total += count);
            sum.unsafe_sent += entry.unsafe_sent;
            sum.work.add(&entry.work);
            sum.content_cost += entry.content_cost;
            sum.message_cost += entry.message_cost;
            sum.launched += entry.launched;
            sum.retired += entry.retired;
            sum.cancelled_briefs += entry.cancelled_briefs;
            sum.turned_down += entry.turned_down;
            sum.alerts += entry.alerts;
            sum.library_size = entry.library_size;
        }
        sum
    }
}
