//! The passage of one person through time: its next event, again and again, up to the end of the window.
//!
//! A customer's day, as a numbered list. Events of one person at the same second run in this order:
//! 1. a chance of lapse or return (`lapse`),
//! 2. a candidate session of its own accord (`sessions`),
//! 3. a pending event: open, follow-up session, conversion, reward observation (`sessions`, `conversion`, `rewards`),
//! 4. the plan of the week (`messages`),
//! 5. the idle trigger (`messages`),
//! 6. a planned message: compose, pass the gate, deliver, respond (`messages`, `response`).
//!
//! Within a window nothing that is shared changes: policy, library and the day's table are read-only, so people can be run in any
//! order. What they leave behind for others goes to the `Outbox`, in the order in which people are run.

use crate::domain::{DayCounts, Feedback, Gate, Library, MAX_CHANNELS, MAX_PLANNED, Policy, Refusal, RewardRule, SentMessage};
use crate::kernel::{ForwardDecay, SimTime, Streams};
use crate::world::content::DayTable;
use crate::world::crowd::Body;
use crate::world::decisions::Decisions;
use crate::world::laws::Laws;
use crate::world::oracle::Oracle;
use crate::world::person::{PendingKind, Person};
use crate::world::population::Customer;

const _: () = assert!(MAX_PLANNED < 256, "counts of planned messages are bytes");

/// Who decides for an arm: a policy that sees what can be observed, or the oracle, which sees everything.
pub enum Mind {
    /// A policy.
    Policy(Box<dyn Policy>),
    /// The oracle.
    Oracle(Oracle),
}

impl Clone for Mind {
    fn clone(&self) -> Self {
        match self {
            Self::Policy(policy) => Self::Policy(policy.boxed()),
            Self::Oracle(oracle) => Self::Oracle(*oracle),
        }
    }
}

impl std::fmt::Debug for Mind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Policy(_) => "Mind::Policy",
            Self::Oracle(_) => "Mind::Oracle",
        })
    }
}

impl Mind {
    /// The idle trigger, if there is one.
    pub fn idle_trigger(&self) -> Option<crate::domain::IdleTrigger> {
        match self {
            Self::Policy(policy) => policy.idle_trigger(),
            Self::Oracle(_) => None,
        }
    }

    /// Whether anything is ever sent.
    pub fn sends(&self) -> bool {
        match self {
            Self::Policy(policy) => policy.sends(),
            Self::Oracle(_) => true,
        }
    }
}

/// What people leave behind for the world: feedback by the day it can be observed, and counts.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    /// Feedback by day of observation.
    pub feedback: Vec<Vec<Feedback>>,
    /// Messages refused, by reason; twins do not count.
    pub refused: [u64; Refusal::COUNT],
    /// Messages sent by channel; twins do not count.
    pub sent: [u64; MAX_CHANNELS],
    /// Sessions by day; twins do not count.
    pub sessions_by_day: Vec<u64>,
    /// Messages with a component that harms the brand; twins do not count.
    pub unsafe_sent: u64,
    /// Every message that passed the gate, where an audit is kept.
    pub audit: Option<Vec<SentMessage>>,
    /// What the morning's guardrails have to know of the day.
    pub today: DayCounts,
    /// Events that were run, twins' included.
    pub events: u64,
    /// Decisions as the truth recorder judges them; `None` where nothing is recorded.
    pub decisions: Option<Decisions>,
}

impl Outbox {
    /// An empty outbox for a simulation of `days` days.
    pub fn new(days: u32) -> Self {
        let days = days as usize + 2;
        Self { feedback: (0..days).map(|_| Vec::new()).collect(), sessions_by_day: vec![0; days], ..Self::default() }
    }

    /// Files feedback under the day on which it can be observed; what would come after the end is never learned.
    pub fn file(&mut self, observed: SimTime, feedback: Feedback) {
        if let Some(batch) = self.feedback.get_mut(observed.day() as usize) {
            batch.push(feedback);
        }
    }
}

/// Everything a person's events may read, and the outbox they write to.
pub struct Passage<'a> {
    /// Laws of behaviour.
    pub laws: &'a Laws,
    /// Randomness of the replicate.
    pub streams: &'a Streams,
    /// All customers.
    pub customers: &'a [Customer],
    /// Who decides.
    pub mind: &'a Mind,
    /// The guardrails.
    pub gate: &'a dyn Gate,
    /// What may be sent.
    pub library: &'a Library,
    /// What it is worth today.
    pub table: &'a DayTable,
    /// How exposures are stored.
    pub exposure_decay: ForwardDecay,
    /// What counts as reward; `None` if nobody wants feedback.
    pub reward: Option<RewardRule>,
    /// Cost of a message by channel, for margin rewards.
    pub message_costs: [f32; MAX_CHANNELS],
    /// Idle trigger of the policy.
    pub idle_trigger: Option<crate::domain::IdleTrigger>,
    /// Whether people have to be run on every day on which something happens to them, not only when they decide.
    pub eager: bool,
    /// What people leave behind.
    pub out: &'a mut Outbox,
}

impl Passage<'_> {
    /// Runs one person to the end of the window; gives the instant at which it has to be run again.
    pub fn live_until(&mut self, body: &mut Body<'_>, until: SimTime) -> SimTime {
        loop {
            let person = &*body.person;
            let pending = person.next_pending;
            let decides = person.next_plan.min(person.next_trigger).min(person.next_send());
            let happens = person.next_turn.min(person.next_candidate).min(pending);
            let now = decides.min(happens);
            if now >= until {
                return if self.eager { now } else { decides.min(self.next_reward(body)) };
            }
            self.out.events += 1;
            if now == happens {
                self.happen(body, now, pending);
            } else {
                self.decide(body, now);
            }
        }
    }

    // The events that `happen` and `decide` call are kept out of this loop (`inline(never)`): inlined, they would make every visit load
    // what only they need.
    fn happen(&mut self, body: &mut Body<'_>, now: SimTime, pending: SimTime) {
        if body.person.next_turn == now {
            self.turn(body, now);
        } else if body.person.next_candidate == now {
            self.candidate(body, now);
        } else if pending == now
            && let Some(event) = body.person.take_pending(body.seat, body.spill)
        {
            match event.kind {
                PendingKind::DirectOpen => self.direct_open(body, &event),
                PendingKind::LateOpen => self.late_open(body, &event),
                PendingKind::Offspring => self.offspring(body, &event),
                PendingKind::Conversion => self.convert(body, &event),
                PendingKind::Reward => self.observe_reward(body, now),
            }
        }
    }

    fn decide(&mut self, body: &mut Body<'_>, now: SimTime) {
        if body.person.next_plan == now {
            self.plan_week(body, now);
        } else if body.person.next_trigger == now {
            self.idle(body, now);
        } else {
            let send = body.person.sends[usize::from(body.person.send_next)];
            body.person.send_next += 1;
            self.send(body, crate::domain::Occasion::Planned(send.tag), now);
        }
    }

    fn next_reward(&self, body: &Body<'_>) -> SimTime {
        match self.reward {
            None | Some(RewardRule::DirectOpen) => SimTime::NEVER,
            Some(_) => body.person.next_reward(body.seat, body.spill),
        }
    }

    /// The customer a person is.
    #[inline(always)]
    pub fn customer(&self, person: &Person) -> &Customer {
        &self.customers[person.customer as usize]
    }
}
