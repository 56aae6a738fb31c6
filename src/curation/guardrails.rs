//! Guardrails: the rules every message passes, whatever the policy that wants to send it.

use crate::curation::GuardrailParams;
use crate::domain::{Gate, MAX_CHANNELS, Refusal, SendRequest};

/// The scenario's rules, ready for use. No cap is ever exceeded: counts are those of messages already sent.
#[derive(Clone, Debug)]
pub struct Guardrails {
    weekly_caps: [u8; MAX_CHANNELS],
    weekly_cap_total: Option<u32>,
    /// Bit by hour of the day.
    quiet: u32,
    minimum_brand_safety: f32,
}

impl Guardrails {
    /// Guardrails with valid parameters; `channels` are the scenario's channel names.
    pub fn new(params: &GuardrailParams, channels: &[&str]) -> Self {
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
            weekly_cap_total: params.weekly_cap_total,
            quiet,
            minimum_brand_safety: params.minimum_brand_safety as f32,
        }
    }

    /// First and last hour of the day at which messages may go out; 0 and 23 if all may (or none).
    pub fn open_hours(&self) -> (u32, u32) {
        let open = |hour: &u32| self.quiet >> hour & 1 == 0;
        ((0..24).find(open).unwrap_or(0), (0..24).rev().find(open).unwrap_or(23))
    }
}

fn total(sent: &[u8; MAX_CHANNELS]) -> u32 {
    sent.iter().map(|count| u32::from(*count)).sum()
}

impl Gate for Guardrails {
    fn review(&self, request: &SendRequest<'_>) -> Result<(), Refusal> {
        let channel = usize::from(request.channel);
        if request.reachable >> request.channel & 1 == 0 {
            Err(Refusal::NoConsent)
        } else if request.sent_this_week[channel] >= self.weekly_caps[channel] {
            Err(Refusal::WeeklyCap)
        } else if self.weekly_cap_total.is_some_and(|cap| total(request.sent_this_week) >= cap) {
            Err(Refusal::WeeklyCapTotal)
        } else if self.quiet >> request.now.hour() & 1 == 1 {
            Err(Refusal::QuietHours)
        } else if request.brand_safety < self.minimum_brand_safety {
            Err(Refusal::BrandSafety)
        } else if request.channel_used_this_hour {
            Err(Refusal::SameHour)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curation::{QuietHoursParams, WeeklyCapParams};
    use crate::kernel::{HOUR, SimTime};

    #[test]
    fn every_rule_refuses_what_it_forbids_and_nothing_else() {
        let params = GuardrailParams {
            weekly_caps: vec![WeeklyCapParams { channel: "push".to_owned(), per_week: 2 }],
            weekly_cap_total: Some(3),
            quiet_hours: Some(QuietHoursParams { from: 22, to: 7 }),
            minimum_brand_safety: 0.5,
        };
        let gate = Guardrails::new(&params, &["push", "email"]);
        let mut sent = [0; MAX_CHANNELS];
        let request = |sent: &[u8; MAX_CHANNELS], hour: u32, channel, safety, used| {
            let now = SimTime(hour * HOUR);
            gate.review(&SendRequest {
                channel,
                now,
                reachable: 0b11,
                sent_this_week: sent,
                channel_used_this_hour: used,
                brand_safety: safety,
            })
        };
        assert_eq!(request(&sent, 7, 0, 0.5, false), Ok(()));
        assert_eq!(request(&sent, 6, 0, 0.5, false), Err(Refusal::QuietHours));
        assert_eq!(request(&sent, 22, 0, 0.5, false), Err(Refusal::QuietHours));
        assert_eq!(request(&sent, 21, 0, 0.49, false), Err(Refusal::BrandSafety));
        assert_eq!(request(&sent, 21, 0, 0.5, true), Err(Refusal::SameHour));
        assert_eq!(request(&sent, 21, 2, 0.5, false), Err(Refusal::NoConsent));
        sent[0] = 2;
        assert_eq!(request(&sent, 12, 0, 0.5, false), Err(Refusal::WeeklyCap));
        assert_eq!(request(&sent, 12, 1, 0.5, false), Ok(()));
        sent[1] = 1;
        assert_eq!(request(&sent, 12, 1, 0.5, false), Err(Refusal::WeeklyCapTotal));
        assert_eq!(gate.open_hours(), (7, 21));
    }
}
