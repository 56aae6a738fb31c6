//! What a team sees: messages and opens by component and audience, day by day, with a lag.

use crate::domain::{ComponentId, Library, MessageReport};
use std::collections::VecDeque;

/// Messages and direct opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Messages whose outcome is known.
    pub sent: u32,
    /// Direct opens among them.
    pub opened: u32,
}

impl Response {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { sent: self.sent + other.sent, opened: self.opened + other.opened }
    }

    /// What is left without a part of it.
    #[must_use]
    pub fn without(self, part: Self) -> Self {
        Self { sent: self.sent - part.sent, opened: self.opened - part.opened }
    }

    /// Log-odds of the response rate, with half a message on either side.
    #[must_use]
    pub fn log_odds(self) -> f32 {
        crate::kernel::portable::ln((self.opened as f32 + 0.5) / ((self.sent - self.opened.min(self.sent)) as f32 + 0.5))
    }
}

/// A rolling record of responses by component and audience.
#[derive(Clone, Debug)]
pub struct ResponseLog {
    audiences: usize,
    /// One table of responses by component × audience per day, newest first.
    days: VecDeque<Vec<Response>>,
    keep_days: usize,
    lag_days: usize,
}

impl ResponseLog {
    /// An empty log that looks back `look_back_days` days, `lag_days` late.
    pub fn new(audiences: usize, lag_days: u32, look_back_days: u32) -> Self {
        let keep_days = (lag_days + look_back_days) as usize;
        Self { audiences, days: VecDeque::new(), keep_days, lag_days: lag_days as usize }
    }

    /// Starts the record of a new day.
    pub fn begin_day(&mut self) {
        self.days.push_front(Vec::new());
        self.days.truncate(self.keep_days);
    }

    /// Notes the outcome of a message on the current day.
    pub fn note(&mut self, library: &Library, audience: u8, report: &MessageReport) {
        let Some(today) = self.days.front_mut() else { return };
        for slot in 0..library.slot_count() {
            if let Some(ComponentId(number)) = library.at(slot, report.positions[slot]) {
                let cell = usize::from(number) * self.audiences + usize::from(audience);
                if today.len() <= cell {
                    today.resize(cell + 1, Response::default());
                }
                today[cell].sent += 1;
                today[cell].opened += u32::from(report.opened);
            }
        }
    }

    /// What the team sees today: responses by component and audience (`component × audiences + audience`).
    pub fn visible(&self, library: &Library) -> Vec<Response> {
        let mut table = vec![Response::default(); library.components.len() * self.audiences];
        for day in self.days.iter().skip(self.lag_days) {
            for (sum, seen) in table.iter_mut().zip(day) {
                sum.sent += seen.sent;
                sum.opened += seen.opened;
            }
        }
        table
    }

    /// A component's part of what `visible` gave, by audience.
    pub fn of_component<'a>(&self, visible: &'a [Response], id: ComponentId) -> &'a [Response] {
        let first = usize::from(id.0) * self.audiences;
        &visible[first..first + self.audiences]
    }

    /// Customers belong to other audiences from now on: what was seen of an old one is booked on the new one that most of its members went
    /// to. `heirs` names that one for every old audience.
    pub fn regroup(&mut self, heirs: &[u8], audiences: usize) {
        for day in &mut self.days {
            let mut regrouped = vec![Response::default(); day.len().div_ceil(self.audiences) * audiences];
            for (cell, seen) in day.iter().enumerate() {
                let place = &mut regrouped[cell / self.audiences * audiences + usize::from(heirs[cell % self.audiences])];
                *place = place.and(*seen);
            }
            *day = regrouped;
        }
        self.audiences = audiences;
    }

    /// Number of audiences.
    pub fn audiences(&self) -> usize {
        self.audiences
    }
}
