//! Guardrails: the rules every message of an arm passes, whatever the policy that wants to send it.
//!
//! What: consent, kill switch, weekly caps, quiet hours, brand safety, approval, discount budget, one message per channel and hour. Rules are
//! fixed while customers run; between days people tighten caps, and kill switch and budget look at what happened. No cap is ever
//! exceeded: counts are those of messages already sent.

use crate::curation::GuardrailParams;
use crate::curation::discount_budget::{DiscountBudget, SeatToday};
use crate::curation::kill_switch::KillSwitch;
use crate::domain::{DayCounts, Gate, MAX_CHANNELS, Refusal, SendRequest};

/// The rules of one arm.
#[derive(Clone, Debug)]
pub struct Guardrails {
    weekly_caps: [u8; MAX_CHANNELS],
    /// The caps of the scenario, which people may tighten and not widen.
    given_caps: [u8; MAX_CHANNELS],
    weekly_cap_total: Option<u32>,
    /// Bit by hour of the day.
    quiet: u32,
    minimum_brand_safety: f32,
    budget: Option<DiscountBudget>,
    kill_switch: Option<KillSwitch>,
    /// Channels that the kill switch stopped, bit by channel.
    stopped: u8,
}

impl Guardrails {
    /// Guardrails with valid parameters; `channels` are the scenario's channel names, `voucher_days` the days a discount stays valid after the
    /// one on which it was sent.
    pub fn new(params: &GuardrailParams, channels: &[&str], voucher_days: u32) -> Self {
        let mut weekly_caps = [u8::MAX; MAX_CHANNELS];
        for cap in &params.weekly_caps {
            if let Some(channel) = channels.iter().position(|name| *name == cap.channel) {
                weekly_caps[channel] = weekly_caps[channel].min(cap.per_week.min(255) as u8);
            }
        }
        let mut quiet = 0;
        if let Some(hours) = &params.quiet_hours {
            let mut hour = hours.from % 24;
            while hour != hours.to % 24 {
                quiet |= 1 << hour;
                hour = (hour + 1) % 24;
            }
        }
        Self {
            weekly_caps,
            given_caps: weekly_caps,
            weekly_cap_total: params.weekly_cap_total,
            quiet,
            minimum_brand_safety: params.minimum_brand_safety as f32,
            budget: params.discount_budget.as_ref().map(|budget| DiscountBudget::new(budget, voucher_days)),
            kill_switch: params.kill_switch.as_ref().map(KillSwitch::new),
            stopped: 0,
        }
    }

    /// First and last hour of the day at which messages may go out; 0 and 23 if all may (or none).
    pub fn open_hours(&self) -> (u32, u32) {
        let open = |hour: &u32| self.quiet >> hour & 1 == 0;
        ((0..24).find(open).unwrap_or(0), (0..24).rev().find(open).unwrap_or(23))
    }

    /// Whether discounts have a budget.
    pub fn has_budget(&self) -> bool {
        self.budget.is_some()
    }

    /// The morning of `day`: the kill switch and the budget look at yesterday. `seats` are asked for only where there is a budget; `month` is
    /// any number that changes with the calendar month. Gives the number of channels stopped now.
    pub fn begin_day(&mut self, (day, month): (u32, u32), yesterday: &DayCounts, seats: impl FnOnce() -> Vec<SeatToday>) -> u32 {
        if let Some(budget) = &mut self.budget {
            budget.begin_day(day, month, &yesterday.discounts, &seats());
        }
        let Some(switch) = &mut self.kill_switch else { return 0 };
        let stopped = switch.begin_day(day, &yesterday.channels);
        self.stopped = switch.stopped();
        stopped
    }

    /// People looked into all stopped channels and opened them.
    pub fn reopen_all(&mut self) {
        if let Some(switch) = &mut self.kill_switch {
            (0..MAX_CHANNELS).filter(|channel| self.stopped >> channel & 1 == 1).for_each(|channel| switch.reopen(channel));
            self.stopped = switch.stopped();
        }
    }

    /// Weekly cap of a channel; `u8::MAX` is none.
    pub fn weekly_cap(&self, channel: usize) -> u8 {
        self.weekly_caps[channel]
    }

    /// Whether people have tightened a channel's cap.
    pub fn is_tightened(&self, channel: usize) -> bool {
        self.weekly_caps[channel] < self.given_caps[channel]
    }

    /// Sets the weekly cap of a channel, at most the scenario's.
    pub fn set_weekly_cap(&mut self, channel: usize, cap: u8) {
        self.weekly_caps[channel] = cap.min(self.given_caps[channel]);
    }
}

fn total(sent: &[u8; MAX_CHANNELS]) -> u32 {
    sent.iter().map(|count| u32::from(*count)).sum()
}

impl Gate for Guardrails {
    #[inline]
    fn review(&self, request: &SendRequest<'_>) -> Result<(), Refusal> {
        let channel = usize::from(request.channel);
        if request.reachable >> request.channel & 1 == 0 {
            Err(Refusal::NoConsent)
        } else if self.stopped >> request.channel & 1 == 1 {
            Err(Refusal::KillSwitch)
        } else if request.sent_this_week[channel] >= self.weekly_caps[channel] {
            Err(Refusal::WeeklyCap)
        } else if self.weekly_cap_total.is_some_and(|cap| total(request.sent_this_week) >= cap) {
            Err(Refusal::WeeklyCapTotal)
        } else if self.quiet >> request.now.hour() & 1 == 1 {
            Err(Refusal::QuietHours)
        } else if request.brand_safety < self.minimum_brand_safety {
            Err(Refusal::BrandSafety)
        } else if !request.approved {
            Err(Refusal::NotApproved)
        } else if request.channel_used_this_hour {
            Err(Refusal::SameHour)
        } else if request.discount > 0.0
            && let Some(budget) = &self.budget
            && (request.discounted_today || !budget.allows(request.seat))
        {
            Err(Refusal::DiscountBudget)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curation::{DiscountBudgetParams, KillSwitchParams, QuietHoursParams, WeeklyCapParams};
    use crate::domain::ChannelCount;
    use crate::kernel::{HOUR, SimTime};

    const FINE: SendRequest<'_> = SendRequest {
        channel: 0,
        now: SimTime(12 * HOUR),
        reachable: 0b11,
        sent_this_week: &[0; MAX_CHANNELS],
        channel_used_this_hour: false,
        brand_safety: 0.5,
        approved: true,
        discount: 0.0,
        seat: 1,
        discounted_today: false,
    };

    fn rules() -> GuardrailParams {
        GuardrailParams {
            weekly_caps: vec![WeeklyCapParams { channel: "push".to_owned(), per_week: 2 }],
            weekly_cap_total: Some(3),
            quiet_hours: Some(QuietHoursParams { from: 22, to: 7 }),
            minimum_brand_safety: 0.5,
            discount_budget: Some(DiscountBudgetParams { per_customer_month: 5.0, most_per_message: 10.0 }),
            approval: None,
            kill_switch: Some(KillSwitchParams { minimum_messages: 10, ..KillSwitchParams::default() }),
        }
    }

    #[test]
    fn every_rule_refuses_what_it_forbids_and_nothing_else() {
        let gate = Guardrails::new(&rules(), &["push", "email"], 1);
        let at = |hour: u32| SimTime(hour * HOUR);
        assert_eq!(gate.review(&SendRequest { now: at(7), ..FINE }), Ok(()));
        assert_eq!(gate.review(&SendRequest { now: at(6), ..FINE }), Err(Refusal::QuietHours));
        assert_eq!(gate.review(&SendRequest { now: at(22), ..FINE }), Err(Refusal::QuietHours));
        assert_eq!(gate.review(&SendRequest { brand_safety: 0.49, ..FINE }), Err(Refusal::BrandSafety));
        assert_eq!(gate.review(&SendRequest { channel_used_this_hour: true, ..FINE }), Err(Refusal::SameHour));
        assert_eq!(gate.review(&SendRequest { channel: 2, ..FINE }), Err(Refusal::NoConsent));
        assert_eq!(gate.review(&SendRequest { approved: false, ..FINE }), Err(Refusal::NotApproved));
        assert_eq!(gate.review(&SendRequest { discount: 0.1, ..FINE }), Err(Refusal::DiscountBudget), "no quota was handed out");
        let mut sent = [0; MAX_CHANNELS];
        sent[0] = 2;
        assert_eq!(gate.review(&SendRequest { sent_this_week: &sent, ..FINE }), Err(Refusal::WeeklyCap));
        assert_eq!(gate.review(&SendRequest { sent_this_week: &sent, channel: 1, ..FINE }), Ok(()));
        sent[1] = 1;
        assert_eq!(gate.review(&SendRequest { sent_this_week: &sent, channel: 1, ..FINE }), Err(Refusal::WeeklyCapTotal));
        assert_eq!(gate.open_hours(), (7, 21));
    }

    #[test]
    fn the_morning_hands_out_quotas_and_stops_channels_that_customers_leave() {
        let mut gate = Guardrails::new(&rules(), &["push", "email"], 1);
        let mut yesterday = DayCounts::default();
        yesterday.channels[0] = ChannelCount { sent: 100, left: 50 };
        let seats = || vec![SeatToday { twin: false, decides: true }; 2];
        assert_eq!(gate.begin_day((5, 0), &yesterday, seats), 1);
        assert_eq!(gate.review(&FINE), Err(Refusal::KillSwitch));
        gate.reopen_all();
        assert_eq!(gate.review(&FINE), Ok(()));
        let discounted = SendRequest { discount: 0.1, seat: 0, ..FINE };
        assert_eq!(gate.review(&discounted), Ok(()), "two customers at 5 buy one voucher of 10");
        assert_eq!(gate.review(&SendRequest { discounted_today: true, ..discounted }), Err(Refusal::DiscountBudget));
        assert_eq!(gate.review(&SendRequest { seat: 1, ..discounted }), Err(Refusal::DiscountBudget));
    }

    #[test]
    fn people_tighten_caps_and_never_widen_what_the_scenario_allows() {
        let mut gate = Guardrails::new(&rules(), &["push", "email"], 1);
        gate.set_weekly_cap(0, 1);
        assert!(gate.is_tightened(0) && gate.weekly_cap(0) == 1);
        gate.set_weekly_cap(0, 9);
        assert!(!gate.is_tightened(0) && gate.weekly_cap(0) == 2);
    }
}
