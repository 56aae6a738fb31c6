//! Messages: planned by the week, triggered by idleness, composed at send time, passed through the gate, delivered.

use crate::domain::{
    Choice, Context, Feedback, MessageReport, Observables, Occasion, Report, RewardRule, SendRequest, SentMessage, WeekPlan,
};
use crate::kernel::portable::unit;
use crate::kernel::{Address, DAY, HOUR, Purpose, SimTime};
use crate::world::content::{NONE, UNAPPROVED, UNSAFE};
use crate::world::crowd::Body;
use crate::world::laws::Laws;
use crate::world::passage::{Mind, Passage};
use crate::world::person::{NOTHING, Pending, PendingKind, RECENT, Waiting};
use crate::world::response::Message;
use crate::world::sessions;

/// Number of channels that a calendar slot has room for.
const CHANNELS_PER_HOUR: u32 = 8;

/// The calendar slot of a message: one per hour and channel. Two messages to one customer never share one, and messages of
/// different arms in the same slot share their draws.
fn slot_of(sent: SimTime, channel: u8) -> u32 {
    sent.0 / HOUR * CHANNELS_PER_HOUR + u32::from(channel)
}

impl Passage<'_> {
    /// Plans the customer's calendar week from now on.
    #[inline(never)]
    pub(super) fn plan_week(&mut self, body: &mut Body<'_>, now: SimTime) {
        self.report_week(body, now);
        let week = (now.day() + self.laws.first_weekday) / 7;
        body.person.fade(now, self.laws);
        body.person.tier = tier(self.laws, body.person.fading[RECENT]);
        let context = self.context(body, now);
        let mut plan = WeekPlan::default();
        match self.mind {
            Mind::Policy(policy) => {
                let mut draws = self.streams.draws(Purpose::Plan, Address { unit: body.person.customer, counter: week });
                policy.plan(&context, &mut draws, &mut plan);
            }
            Mind::Oracle(oracle) => oracle.plan(&context, self.customer(body.person), &mut plan),
        }
        let person = &mut *body.person;
        person.frequency = plan.frequency;
        person.sent_since_plan = 0;
        person.send_next = 0;
        person.send_count = 0;
        for send in plan.in_order().iter().filter(|send| send.at >= now && send.at < self.laws.end) {
            person.sends[usize::from(person.send_count)] = *send;
            person.send_count += 1;
        }
        person.next_plan = SimTime::at_day((week + 1) * 7 - self.laws.first_weekday);
    }

    /// Tells the policy that a week is over.
    fn report_week(&mut self, body: &mut Body<'_>, now: SimTime) {
        let person = &*body.person;
        if self.reward.is_some() && person.frequency != u8::MAX {
            let report = Report::Week { frequency: person.frequency, messages: person.sent_since_plan };
            self.out.file(now, Feedback { seat: body.seat, audience: person.audience, twin: person.twin, report });
        }
    }

    /// Looks whether an idle customer is to be messaged.
    #[inline(never)]
    pub(super) fn idle(&mut self, body: &mut Body<'_>, now: SimTime) {
        let Some(rule) = self.idle_trigger else {
            body.person.next_trigger = SimTime::NEVER;
            return;
        };
        let ripe = next_trigger_after(body.person.last_session + rule.after_days * DAY, rule.hour);
        if now >= ripe {
            body.person.next_trigger = next_trigger_after(now + rule.cooldown_days * DAY, rule.hour);
            self.send(body, Occasion::Idle, now);
        } else {
            body.person.next_trigger = ripe;
        }
    }

    fn context(&self, body: &Body<'_>, now: SimTime) -> Context<'_> {
        let customer = self.customer(body.person);
        Context {
            seat: body.seat,
            now,
            weekday: (now.day() + self.laws.first_weekday) % 7,
            observables: Observables { audience: body.person.audience, ..customer.observables },
            tier: body.person.tier,
            recent_sessions: body.person.fading[RECENT],
            reachable: customer.opt_in & !body.person.left_channels,
            library: self.library,
        }
    }

    /// Composes a message that is due and sends it, if policy and gate let it.
    pub(super) fn send(&mut self, body: &mut Body<'_>, occasion: Occasion, now: SimTime) {
        body.person.fade(now, self.laws);
        let context = self.context(body, now);
        let choice = match self.mind {
            Mind::Policy(policy) => {
                let mut draws =
                    self.streams.draws(Purpose::Compose, Address { unit: body.person.customer, counter: now.0 / HOUR });
                policy.compose(&context, occasion, &mut draws)
            }
            Mind::Oracle(oracle) => oracle.compose(&context, self, body),
        };
        let Some(choice) = choice else { return };
        let reachable = context.reachable;
        if self.passes(body, &choice, reachable, now) {
            self.judge(body, &choice, now);
            self.dispatch(body, &choice, occasion, now);
        }
    }

    /// The one place every message passes: asks the gate, and counts refusals.
    fn passes(&mut self, body: &mut Body<'_>, choice: &Choice, reachable: u8, now: SimTime) -> bool {
        let person = &mut *body.person;
        let week = ((now.day() + self.laws.first_weekday) / 7) as u16;
        if person.week != week {
            person.week = week;
            person.sent_this_week = Default::default();
        }
        if person.last_hour != now.0 / HOUR {
            person.last_hour = now.0 / HOUR;
            person.hour_channels = 0;
        }
        let slots = self.library.slot_count();
        let mut request = SendRequest {
            channel: choice.channel,
            now,
            reachable,
            sent_this_week: &person.sent_this_week,
            channel_used_this_hour: person.hour_channels >> choice.channel & 1 == 1,
            brand_safety: 1.0,
            approved: true,
            discount: choice.discount,
            seat: body.seat,
            discounted_today: person.discounted_day == now.day() as u16,
        };
        let mut is_unsafe = false;
        for slot in 0..slots {
            let place = self.table.place(slot, choice.positions[slot]);
            let marks = self.table.marks[place];
            request.brand_safety = request.brand_safety.min(self.table.safety[place]);
            request.discount = request.discount.max(self.table.discounts[place]);
            request.approved &= marks & UNAPPROVED == 0;
            is_unsafe |= marks & UNSAFE != 0;
        }
        let verdict = self.gate.review(&request);
        let message = SentMessage {
            customer: person.customer,
            twin: person.twin,
            at: now,
            channel: choice.channel,
            brand_safety: request.brand_safety,
            approved: request.approved,
            discount: request.discount,
        };
        match verdict {
            Ok(()) => {
                if let Some(audit) = &mut self.out.audit {
                    audit.push(message);
                }
                if message.discount > 0.0 {
                    person.discounted_day = now.day() as u16;
                    self.out.today.discounts.promised[usize::from(person.twin)] += 1;
                }
                self.out.unsafe_sent += u64::from(is_unsafe && !person.twin);
                true
            }
            Err(refusal) => {
                if !person.twin {
                    self.out.refused[refusal as usize] += 1;
                }
                false
            }
        }
    }

    fn dispatch(&mut self, body: &mut Body<'_>, choice: &Choice, occasion: Occasion, now: SimTime) {
        let person = &mut *body.person;
        person.sent_this_week[usize::from(choice.channel)] += 1;
        person.hour_channels |= 1 << choice.channel;
        person.sent_since_plan = person.sent_since_plan.saturating_add(1);
        person.tally.sent += 1;
        if !person.twin {
            self.out.sent[usize::from(choice.channel)] += 1;
            self.out.today.channels[usize::from(choice.channel)].sent += 1;
        }
        let message = Message {
            channel: choice.channel,
            positions: choice.positions,
            tag: match occasion {
                Occasion::Planned(tag) => Some(tag),
                Occasion::Idle => None,
            },
            sent: now,
            discount: choice.discount,
        };
        self.book_outstanding(body, &message);
        match (self.laws.channels[usize::from(choice.channel)].waits, body.waiting.is_some()) {
            (Some(wait), true) => self.let_wait(body, &message, now + wait),
            _ => self.deliver(body, &message),
        }
    }

    /// Delivers a message that is seen on sending, decides at once what comes of it, and lets the open follow in its time.
    fn deliver(&mut self, body: &mut Body<'_>, message: &Message) {
        let slot = slot_of(message.sent, message.channel);
        let words = self.streams.block(Purpose::Send, Address { unit: body.person.customer, counter: slot }, 0);
        let law = self.laws.channels[usize::from(message.channel)];
        let delivered = ((words[3] >> 16) as f32 + 0.5) / 65_536.0 < law.delivered;
        let mut observed = message.sent + self.laws.attribution_window;
        let mut direct = false;
        if delivered {
            let response = self.respond(body, message, message.sent);
            if unit(words[0]) < response.open {
                let delay =
                    law.delay_median * crate::kernel::portable::exp2(law.delay_spread_log2 * self.streams.normal(words[2]));
                let at = message.sent + delay as u32;
                direct = at <= observed;
                let open = Pending {
                    at,
                    value: slot,
                    // Where discounts have a budget a voucher ends with the attribution window.
                    extra: if direct || self.laws.vouchers_last { (response.discount * 10_000.0).round() as u16 } else { 0 },
                    kind: if direct { PendingKind::DirectOpen } else { PendingKind::LateOpen },
                    vertical: response.promoted,
                };
                if at < self.laws.end {
                    body.person.expect(open, body.seat, body.spill);
                } else {
                    // The trial ends first: nobody gets to see this open.
                    direct = false;
                }
                if direct {
                    observed = at;
                }
            }
            self.leave_perhaps(body, message.channel, unit(words[1]), response.leave);
        }
        body.person.tally.direct_opens += u16::from(direct);
        self.report_message(body, message, direct, observed);
    }

    /// Leaves a message inside the app for the next session; one that was still waiting is gone.
    fn let_wait(&mut self, body: &mut Body<'_>, message: &Message, expires: SimTime) {
        let waiting = Waiting {
            channel: message.channel,
            positions: message.positions,
            tag: message.tag.unwrap_or(0),
            triggered: message.tag.is_none(),
            sent: message.sent,
            expires,
            discount: (message.discount * 10_000.0).round() as u16,
        };
        let before = body.waiting.as_deref_mut().map(|place| std::mem::replace(place, waiting));
        if let Some(old) = before.filter(|old| old.channel != NOTHING) {
            self.report_message(body, &Message::from(old), false, message.sent);
        }
    }

    /// A session begins: a message waiting inside the app is seen.
    pub(super) fn show_waiting(&mut self, body: &mut Body<'_>, now: SimTime, occasion: &mut sessions::Occasion) {
        let Some(waiting) = body.waiting.as_deref_mut().filter(|waiting| waiting.channel != NOTHING) else { return };
        let old = std::mem::replace(&mut waiting.channel, NOTHING);
        let message = Message::from(Waiting { channel: old, ..*waiting });
        let expired = waiting.expires < now || body.person.left_channels >> old & 1 == 1;
        let mut tapped = false;
        if !expired {
            body.person.fade(now, self.laws);
            let slot = slot_of(message.sent, message.channel);
            let words = self.streams.block(Purpose::Send, Address { unit: body.person.customer, counter: slot }, 0);
            let response = self.respond(body, &message, now);
            tapped = unit(words[0]) < response.open;
            if tapped && occasion.promoted == NONE {
                occasion.promoted = response.promoted;
                occasion.discount = response.discount;
            }
            self.leave_perhaps(body, message.channel, unit(words[1]), response.leave);
        }
        self.report_message(body, &message, tapped, now);
    }

    fn leave_perhaps(&mut self, body: &mut Body<'_>, channel: u8, u: f32, chance: f32) {
        let bit = 1 << channel;
        if u < chance && body.person.left_channels & bit == 0 {
            body.person.left_channels |= bit;
            body.person.tally.unsubscribes += 1;
            if !body.person.twin {
                self.out.today.channels[usize::from(channel)].left += 1;
            }
        }
    }

    /// Reports a message whose reward is the direct open; other rewards are reported when they can be observed.
    fn report_message(&mut self, body: &mut Body<'_>, message: &Message, opened: bool, observed: SimTime) {
        if self.reward == Some(RewardRule::DirectOpen) {
            let report = message.report(opened, f32::from(u8::from(opened)));
            self.file_report(body, report, observed);
        } else if let Some(book) = body.book.as_deref_mut() {
            book.remember_open(message.sent, opened);
        }
    }

    /// Files a message's report.
    pub(super) fn file_report(&mut self, body: &Body<'_>, report: MessageReport, observed: SimTime) {
        let (audience, twin) = (body.person.audience, body.person.twin);
        let feedback = Feedback { seat: body.seat, audience, twin, report: Report::Message(report) };
        self.out.file(observed, feedback);
    }
}

/// The first instant at hour `hour` of a day that is not before `earliest`.
pub fn next_trigger_after(earliest: SimTime, hour: u32) -> SimTime {
    let today = SimTime::at_day(earliest.day()) + hour * HOUR;
    if today >= earliest { today } else { today + DAY }
}

fn tier(laws: &Laws, recent_sessions: f32) -> u8 {
    laws.tier_thresholds.iter().filter(|threshold| recent_sessions >= **threshold).count().saturating_sub(1) as u8
}
