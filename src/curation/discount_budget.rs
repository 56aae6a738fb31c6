//! A budget for discounts that never overruns, although nobody knows when a voucher is used.
//!
//! What: every morning the money that is neither spent this month nor reserved is split into quotas of one voucher each, in customer order among
//! those who decide today, going on where yesterday's left off. A message with a discount needs a quota and reserves the most its voucher can
//! cost; the reservation ends when the voucher has expired. Twins have a shadow budget of their own, the same per head. Quotas are fixed while
//! customers run, so the budget couples nobody within a day. Assumption: an unused quota is worth nothing tomorrow, its money is. Failure: a budget below the
//! cost of one voucher buys none.

use crate::curation::DiscountBudgetParams;
use crate::domain::DiscountUse;
use std::collections::VecDeque;

/// A seat in the morning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatToday {
    /// Whether it is a twin.
    pub twin: bool,
    /// Whether a message may be sent to it today.
    pub decides: bool,
}

/// The budget of one arm.
#[derive(Clone, Debug)]
pub struct DiscountBudget {
    params: DiscountBudgetParams,
    /// Days after which a voucher sent on a day has expired.
    valid_days: u32,
    /// Who may be sent a discount today, by seat.
    quotas: Vec<bool>,
    /// Of real customers and of twins.
    books: [Book; 2],
    month: Option<u32>,
}

#[derive(Clone, Debug, Default)]
struct Book {
    /// Money spent this month.
    spent: f64,
    /// Vouchers under way: the day on which they have expired, and how many.
    reserved: VecDeque<(u32, u32)>,
    /// The seat to go on with.
    next: usize,
}

impl DiscountBudget {
    /// An unspent budget; vouchers are valid for `valid_days` after the day on which they are sent.
    pub fn new(params: &DiscountBudgetParams, valid_days: u32) -> Self {
        Self { params: params.clone(), valid_days, quotas: Vec::new(), books: Default::default(), month: None }
    }

    /// The morning of `day` in calendar month `month` (any number that changes with it).
    pub fn begin_day(&mut self, day: u32, month: u32, yesterday: &DiscountUse, seats: &[SeatToday]) {
        self.quotas.clear();
        self.quotas.resize(seats.len(), false);
        let begins_month = self.month.replace(month) != Some(month);
        for (kind, book) in self.books.iter_mut().enumerate() {
            book.spent += yesterday.spent[kind];
            if yesterday.promised[kind] > 0 {
                book.reserved.push_back((day + self.valid_days, yesterday.promised[kind]));
            }
            while book.reserved.front().is_some_and(|(expired, _)| *expired <= day) {
                book.reserved.pop_front();
            }
            if begins_month {
                book.spent = 0.0;
            }
            let customers = seats.iter().filter(|seat| usize::from(seat.twin) == kind).count();
            let reserved = book.reserved.iter().map(|(_, count)| f64::from(*count)).sum::<f64>() * self.params.most_per_message;
            let free = self.params.per_customer_month * customers as f64 - book.spent - reserved;
            let vouchers = (free / self.params.most_per_message).floor().max(0.0) as usize;
            book.hand_out(vouchers, kind, seats, &mut self.quotas);
        }
    }

    /// Whether a seat may be sent a discount today.
    pub fn allows(&self, seat: u32) -> bool {
        self.quotas.get(seat as usize).copied().unwrap_or(false)
    }
}

impl Book {
    fn hand_out(&mut self, vouchers: usize, kind: usize, seats: &[SeatToday], quotas: &mut [bool]) {
        let order = (0..seats.len()).map(|step| (self.next + step) % seats.len());
        let eligible = order.filter(|seat| seats[*seat].decides && usize::from(seats[*seat].twin) == kind);
        let mut next = self.next;
        for seat in eligible.take(vouchers) {
            quotas[seat] = true;
            next = seat + 1;
        }
        self.next = next % seats.len().max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever customers do with their vouchers, within what each can cost, no month costs more than its budget.
        #[test]
        fn a_budget_never_overruns(
            per_customer in 0.1_f64..5.0,
            most in 1.0_f64..30.0,
            valid in 1_u32..5,
            uses in proptest::collection::vec((0.0_f64..1.0, 0.0_f64..1.0), 120),
        ) {
            let params = DiscountBudgetParams { per_customer_month: per_customer, most_per_message: most };
            let mut budget = DiscountBudget::new(&params, valid);
            let seats = vec![SeatToday { twin: false, decides: true }; 50];
            let (mut month_spent, mut open) = (0.0, VecDeque::new());
            let mut yesterday = DiscountUse::default();
            for (day, (share, cost)) in uses.iter().enumerate() {
                let day = day as u32;
                if day.is_multiple_of(30) {
                    month_spent = 0.0;
                }
                budget.begin_day(day, day / 30, &yesterday, &seats);
                let quotas = (0..50).filter(|seat| budget.allows(*seat)).count();
                let sent = (quotas as f64 * share) as u32;
                open.push_back((day, sent));
                // Every voucher is used on its last day or before, at up to its full worth.
                let (_, used) = if open.len() as u32 >= valid { open.pop_front().unwrap_or((0, 0)) } else { (0, 0) };
                let spent = f64::from(used) * cost * most;
                month_spent += spent;
                prop_assert!(month_spent <= per_customer * 50.0 + 1e-9, "day {day}: {month_spent}");
                yesterday = DiscountUse { promised: [sent, 0], spent: [spent, 0.0] };
            }
        }
    }

    #[test]
    fn quotas_go_on_where_they_left_off_and_twins_have_their_own() {
        let params = DiscountBudgetParams { per_customer_month: 5.0, most_per_message: 10.0 };
        let mut budget = DiscountBudget::new(&params, 1);
        let seats: Vec<SeatToday> = (0..8).map(|seat| SeatToday { twin: seat % 2 == 1, decides: true }).collect();
        budget.begin_day(0, 0, &DiscountUse::default(), &seats);
        assert_eq!((0..8).filter(|seat| budget.allows(*seat)).collect::<Vec<_>>(), [0, 1, 2, 3], "two vouchers for each kind");
        budget.begin_day(1, 0, &DiscountUse::default(), &seats);
        assert_eq!((0..8).filter(|seat| budget.allows(*seat)).collect::<Vec<_>>(), [4, 5, 6, 7]);
    }
}
