//! Reward books: what has to be remembered of a person when the reward is more than a direct open.
//!
//! Assumption: a message's reward is what happens in its own span, whoever else wrote in it; overlapping spans share credit. A book
//! exists only in arms whose policy learns from such rewards.

use crate::domain::{MessageReport, RewardRule};
use crate::kernel::SimTime;
use crate::world::crowd::Body;
use crate::world::passage::Passage;
use crate::world::person::{Pending, PendingKind};
use crate::world::response::Message;

/// Days of sessions and contacts that a book remembers.
const DAYS: usize = 32;

/// The outstanding messages of one person and its recent days.
#[derive(Clone, Debug, Default)]
pub struct RewardBook {
    outstanding: Vec<Outstanding>,
    sessions: [u8; DAYS],
    /// Bit `day % DAYS` is set where a message was sent.
    contacts: u32,
    last_day: u32,
}

#[derive(Clone, Debug)]
struct Outstanding {
    report: MessageReport,
    due: SimTime,
    credit: f32,
    opened: bool,
}

impl Passage<'_> {
    /// Opens an account for a message that has just been sent.
    pub(super) fn book_outstanding(&mut self, body: &mut Body<'_>, message: &Message) {
        let Some(rule) = self.reward else { return };
        let cost = self.message_costs[usize::from(message.channel)];
        let Some(book) = body.book.as_deref_mut() else { return };
        let (due, credit) = book.open_account(rule, message.sent, cost);
        book.outstanding.push(Outstanding { report: message.report(false, 0.0), due, credit, opened: false });
        let event = Pending { at: due, value: 0, extra: 0, kind: PendingKind::Reward, vertical: 0 };
        if due < self.laws.end {
            body.person.expect(event, body.seat, body.spill);
        }
    }

    /// Reports the messages whose span is over.
    #[inline(never)]
    pub(super) fn observe_reward(&mut self, body: &mut Body<'_>, now: SimTime) {
        let Some(rule) = self.reward else { return };
        let ready = match body.book.as_deref_mut() {
            Some(book) => book.settle(rule, now),
            None => return,
        };
        for report in ready {
            self.file_report(body, report, now);
        }
    }
}

impl RewardBook {
    /// Due date and opening credit of a message.
    fn open_account(&mut self, rule: RewardRule, sent: SimTime, cost: f32) -> (SimTime, f32) {
        let day = sent.day();
        self.roll_to(day);
        self.contacts |= 1 << (day as usize % DAYS);
        match rule {
            RewardRule::DirectOpen => (sent, 0.0),
            RewardRule::Session { within } | RewardRule::Conversion { within, .. } | RewardRule::Value { within } => {
                (sent + within, 0.0)
            }
            RewardRule::Margin { within } => (sent + within, -cost),
            RewardRule::DifferenceInDifferences { days, .. } => (SimTime::at_day(day + days), 0.0),
        }
    }

    /// Takes the accounts that are due, with their rewards; the pool's change of a difference-in-differences is not subtracted yet.
    fn settle(&mut self, rule: RewardRule, now: SimTime) -> Vec<MessageReport> {
        let mut ready: Vec<MessageReport> = Vec::new();
        let mut kept = Vec::with_capacity(self.outstanding.len());
        for account in std::mem::take(&mut self.outstanding) {
            if account.due > now {
                kept.push(account);
                continue;
            }
            let reward = match rule {
                RewardRule::Session { .. } | RewardRule::Conversion { .. } => account.credit.min(1.0),
                RewardRule::DifferenceInDifferences { days, .. } => self.change_around(account.report.sent.day(), days),
                RewardRule::DirectOpen | RewardRule::Value { .. } | RewardRule::Margin { .. } => account.credit,
            };
            ready.push(MessageReport { reward, opened: account.opened, ..account.report });
        }
        self.outstanding = kept;
        ready
    }

    /// Notes whether a message was opened.
    pub fn remember_open(&mut self, sent: SimTime, opened: bool) {
        for account in self.outstanding.iter_mut().filter(|account| account.report.sent == sent) {
            account.opened = opened;
        }
    }

    /// Notes a session.
    pub fn session(&mut self, rule: RewardRule, now: SimTime) {
        self.roll_to(now.day());
        let today = &mut self.sessions[now.day() as usize % DAYS];
        *today = today.saturating_add(1);
        if matches!(rule, RewardRule::Session { .. }) {
            for account in self.outstanding.iter_mut().filter(|account| account.report.sent < now && now <= account.due) {
                account.credit += 1.0;
            }
        }
    }

    /// Notes a conversion that arrived.
    pub fn conversion(&mut self, rule: RewardRule, event: &Pending, revenue: f32, margin: f32) {
        let credit = match rule {
            RewardRule::Conversion { vertical, .. } if vertical.is_none_or(|only| only == event.vertical) => 1.0,
            RewardRule::Value { .. } => revenue,
            RewardRule::Margin { .. } => margin,
            _ => return,
        };
        for account in self.outstanding.iter_mut().filter(|account| account.report.sent < event.at && event.at <= account.due) {
            account.credit += credit;
        }
    }

    /// Sessions on `days` days from `day` less those on the `days` days before it.
    pub fn change_around(&self, day: u32, days: u32) -> f32 {
        let count = |from: u32, to: u32| (from..to).map(|day| self.sessions_on(day)).sum::<u32>() as f32;
        count(day, day + days) - count(day.saturating_sub(days), day)
    }

    /// Whether a message was sent on `day`, which must lie within the last month.
    pub fn contacted_on(&self, day: u32) -> bool {
        day <= self.last_day && self.last_day - day < DAYS as u32 && self.contacts >> (day as usize % DAYS) & 1 == 1
    }

    fn sessions_on(&self, day: u32) -> u32 {
        let known = day <= self.last_day && self.last_day - day < DAYS as u32;
        if known { u32::from(self.sessions[day as usize % DAYS]) } else { 0 }
    }

    fn roll_to(&mut self, day: u32) {
        for new in (self.last_day + 1..=day).rev().take(DAYS) {
            self.sessions[new as usize % DAYS] = 0;
            self.contacts &= !(1 << (new as usize % DAYS));
        }
        self.last_day = self.last_day.max(day);
    }
}
