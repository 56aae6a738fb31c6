//! Conversions: considered in every session, arriving late, with a basket.
//!
//! What: in a session, vertical v converts with σ(propensity + need + season + deadlines − competitors), plus, in the log-odds of a
//! session that began with a message promoting v, a lift and price sensitivity × discount. Assumptions: verticals are independent given these; the discount of a message holds for
//! conversions of the session it opened. The delay is a mixture (within the hour, or exponential and cut off; Chapelle 2014).

use crate::domain::MAX_VERTICALS;
use crate::kernel::portable::{exp, exp2, ln, logistic, unit};
use crate::kernel::{Address, HOUR, SimTime};
use crate::world::crowd::Body;
use crate::world::laws::VerticalLaw;
use crate::world::passage::Passage;
use crate::world::person::{Pending, PendingKind};
use crate::world::sessions::Occasion;

impl Passage<'_> {
    /// Looks in a session whether the customer converts in any vertical.
    pub(super) fn consider_converting(&mut self, body: &mut Body<'_>, now: SimTime, occasion: &Occasion) {
        body.person.recover_need(now, self.laws);
        let customer = &self.customers[body.person.customer as usize];
        let calendar = now.day() as usize * MAX_VERTICALS;
        let mut converted = false;
        for vertical in 0..self.laws.vertical_count {
            let law = &self.laws.verticals[vertical];
            let mut log_odds =
                customer.propensity[vertical] + body.person.need[vertical] + self.laws.conversion_calendar[calendar + vertical];
            let promoted = usize::from(occasion.promoted) == vertical;
            if promoted {
                log_odds += law.message_lift + customer.price_sensitivity * occasion.discount;
            }
            let address = Address { unit: body.person.customer, counter: occasion.counter };
            let words = self.streams.block(occasion.purpose, address, vertical as u32);
            if unit(words[0]) < logistic(log_odds) {
                converted = true;
                body.person.need[vertical] -= law.need_drop;
                body.person.needs_recover = true;
                body.person.need_at = now;
                let basket = law.basket_median * exp2(law.basket_spread_log2 * self.streams.normal(words[1]));
                let voucher = if promoted { (occasion.discount * 10_000.0).round() as u16 } else { 0 };
                let conversion = Pending {
                    at: now + delay(law, unit(words[2]), unit(words[3])),
                    value: basket.to_bits(),
                    extra: voucher,
                    kind: PendingKind::Conversion,
                    vertical: vertical as u8,
                };
                // The money is gone when the voucher is used, though the conversion arrives later.
                let spent = f64::from(self.laws.discount(basket, voucher));
                self.out.today.discounts.spent[usize::from(body.person.twin)] += spent;
                if conversion.at < self.laws.end {
                    body.person.expect(conversion, body.seat, body.spill);
                }
            }
        }
        body.person.browse_only = if converted { 0 } else { body.person.browse_only.saturating_add(1) };
    }

    /// A conversion arrives: it is counted and paid.
    #[inline(never)]
    pub(super) fn convert(&mut self, body: &mut Body<'_>, event: &Pending) {
        let law = &self.laws.verticals[usize::from(event.vertical)];
        let basket = f32::from_bits(event.value);
        let discount = self.laws.discount(basket, event.extra);
        let (revenue, margin) = (basket - discount, basket * law.margin_rate - discount);
        let tally = &mut body.person.tally;
        tally.conversions[usize::from(event.vertical)] += 1;
        tally.revenue += revenue;
        tally.margin += margin;
        tally.discount_spend += discount;
        if let (Some(book), Some(rule)) = (body.book.as_deref_mut(), self.reward) {
            book.conversion(rule, event, revenue, margin);
        }
    }
}

/// Seconds until a conversion arrives.
fn delay(law: &VerticalLaw, kind: f32, amount: f32) -> u32 {
    if kind < law.within_hour {
        return (amount * HOUR as f32) as u32;
    }
    // Inverse of the exponential distribution cut off at the limit.
    let kept = 1.0 - exp(-law.delay_limit / law.delay_mean);
    (-law.delay_mean * ln(1.0 - amount * kept)) as u32
}
