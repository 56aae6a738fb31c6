//! What a policy is: it plans a customer's week, fills in the content at send time, and learns in batches.

use crate::domain::{Library, Positions};
use crate::kernel::{Draws, SimTime};

/// Observable facts about a customer that never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observables {
    /// Audience label: the latent segment, seen with limited accuracy.
    pub audience: u8,
    /// Platform.
    pub platform: u8,
    /// Region.
    pub region: u8,
    /// Age band.
    pub age_band: u8,
    /// Days since sign-up at the start of the simulation.
    pub tenure_days: u16,
}

/// What a policy may know when it decides about a customer.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The customer's number within the arm; beliefs are kept by it.
    pub seat: u32,
    /// Now.
    pub now: SimTime,
    /// Weekday of today, 0 = Monday.
    pub weekday: u32,
    /// Fixed facts.
    pub observables: Observables,
    /// Loyalty tier, as of this week.
    pub tier: u8,
    /// Sessions of late, fading with a half-life of 30 days.
    pub recent_sessions: f32,
    /// Channels (bit by number) on which the customer accepts messages.
    pub reachable: u8,
    /// What may be sent.
    pub library: &'a Library,
}

impl Context<'_> {
    /// Local midnight at the start of weekday `weekday` (0 = Monday) of this calendar week; `None` if that day is over.
    pub fn this_week(&self, weekday: u32) -> Option<SimTime> {
        (weekday >= self.weekday).then(|| SimTime::at_day(self.now.day() + weekday - self.weekday))
    }

    /// How many of a full week's messages belong into what is left of this calendar week, rounded up.
    pub fn share_of_week(&self, per_week: u32) -> u32 {
        (per_week * (7 - self.weekday)).div_ceil(7)
    }
}

/// Most messages a plan can hold.
pub const MAX_PLANNED: usize = 7;

/// A policy's plan for one customer and week.
#[derive(Clone, Copy, Debug, Default)]
pub struct WeekPlan {
    /// Which of its frequencies the policy chose (its own numbering).
    pub frequency: u8,
    count: u8,
    sends: [PlannedSend; MAX_PLANNED],
}

/// A planned message.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlannedSend {
    /// When it is sent.
    pub at: SimTime,
    /// The policy's own mark for the timing it chose, handed back with the feedback.
    pub tag: u16,
}

impl WeekPlan {
    /// Adds a message; more than `MAX_PLANNED` are ignored.
    pub fn add(&mut self, send: PlannedSend) {
        if usize::from(self.count) < MAX_PLANNED {
            self.sends[usize::from(self.count)] = send;
            self.count += 1;
        }
    }

    /// The planned messages in order of time.
    pub fn in_order(&mut self) -> &[PlannedSend] {
        let sends = &mut self.sends[..usize::from(self.count)];
        sends.sort_by_key(|send| send.at);
        sends
    }
}

/// What counts as the reward of a message. Spans are in seconds from the moment it was sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RewardRule {
    /// 1 if it was opened directly (or tapped, inside the app).
    DirectOpen,
    /// 1 if a session came within the span.
    Session {
        /// Span.
        within: u32,
    },
    /// 1 if a conversion arrived within the span.
    Conversion {
        /// Span.
        within: u32,
        /// Vertical that counts; any if `None`.
        vertical: Option<u8>,
    },
    /// Revenue that arrived within the span.
    Value {
        /// Span.
        within: u32,
    },
    /// Margin that arrived within the span, less the message's cost.
    Margin {
        /// Span.
        within: u32,
    },
    /// Sessions on the message's day and the `days - 1` days after it, less those on the `days` days before it; less the same of a pool.
    DifferenceInDifferences {
        /// Closed local days on either side.
        days: u32,
        /// Whether the pool is the arm's own customers who were not contacted on the message's day (else the control arm).
        own_pool: bool,
    },
}

/// Why a message is composed now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Occasion {
    /// It was planned, with this tag.
    Planned(u16),
    /// The customer has been idle.
    Idle,
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Channel.
    pub channel: u8,
    /// One live component per slot; entries beyond the scenario's slots are 0.
    pub positions: Positions,
    /// Discount added by a rule, beyond what the components carry.
    pub discount: f32,
}

/// A rule that messages customers who stayed away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdleTrigger {
    /// Days without a session after which it fires.
    pub after_days: u32,
    /// Days before it can fire again for the same customer.
    pub cooldown_days: u32,
    /// Hour of the day at which it fires.
    pub hour: u32,
}

/// What became of a message or a week, as a policy learns it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feedback {
    /// The customer's number within the arm.
    pub seat: u32,
    /// Audience of the customer.
    pub audience: u8,
    /// Whether the customer is a twin: it teaches only its own beliefs, nothing that is shared.
    pub twin: bool,
    /// What is reported.
    pub report: Report,
}

/// The content of a feedback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Report {
    /// A message's reward is known.
    Message(MessageReport),
    /// A week is over.
    Week {
        /// The plan's frequency.
        frequency: u8,
        /// Messages that were sent.
        messages: u8,
    },
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MessageReport {
    /// Tag of its timing; `None` for triggered messages.
    pub tag: Option<u16>,
    /// Channel.
    pub channel: u8,
    /// Components by position.
    pub positions: Positions,
    /// When it was sent.
    pub sent: SimTime,
    /// Whether it was opened directly (or tapped, inside the app).
    pub opened: bool,
    /// The reward, in the scenario's reward units.
    pub reward: f32,
}

/// Which belief is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeliefCell {
    /// Audience.
    pub audience: u8,
    /// Slot.
    pub slot: u8,
    /// Position of a live component in it.
    pub position: u8,
}

/// What a policy believes about a component and the customers of an audience.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief {
    /// Expected reward of a message with this component, in the policy's reward units; larger is better.
    pub mean: f32,
    /// Evidence behind it in messages, faded as the policy fades it.
    pub evidence: f32,
    /// Days since the evidence came in: its mean, weighted as the policy weights it; 0 without evidence.
    pub age_days: f32,
}

/// Who decides about an arm's messages. Read-only while customers run; it learns between windows.
///
/// No implementation but the oracle can see latent state: a `Context` holds none.
pub trait Policy: Send + Sync {
    /// A copy with all its beliefs, for a future of its own.
    fn boxed(&self) -> Box<dyn Policy>;

    /// Plans the customer's week from now on.
    fn plan(&self, context: &Context<'_>, draws: &mut Draws, plan: &mut WeekPlan);

    /// Chooses channel and content of a message that is due; `None` is to wait.
    fn compose(&self, context: &Context<'_>, occasion: Occasion, draws: &mut Draws) -> Option<Choice>;

    /// Absorbs a batch of feedback, in its order, at `now`.
    fn learn(&mut self, _batch: &[Feedback], _now: SimTime) {}

    /// A component took a place that another one may have held before: beliefs about the place start anew.
    fn launched(&mut self, _slot: usize, _position: u8, _now: SimTime) {}

    /// Makes ready for the days until the next call, after feedback or the library changed. `draws` gives addressed randomness by a
    /// unit of the policy's choice.
    fn prepare<'d>(&mut self, _library: &Library, _now: SimTime, _draws: &dyn Fn(u32) -> Draws<'d>) {}

    /// A rule for idle customers, if the policy has one.
    fn idle_trigger(&self) -> Option<IdleTrigger> {
        None
    }

    /// What it is rewarded for; `None` if it does not learn.
    fn reward(&self) -> Option<RewardRule> {
        None
    }

    /// What it believes on the whole about a live component, as it would use it now; `None` if it holds no beliefs.
    fn believed(&self, _cell: BeliefCell, _now: SimTime) -> Option<Belief> {
        None
    }

    /// Days between two batches of feedback.
    fn learning_interval_days(&self) -> u32 {
        1
    }

    /// Whether it ever sends anything.
    fn sends(&self) -> bool {
        true
    }

    /// Makes room for the beliefs about `seats` customers.
    fn seat(&mut self, _seats: usize) {}

    /// What marketers expect of a component that was just launched: its mean reward, worth so many messages of evidence.
    fn expect(&mut self, _slot: usize, _position: u8, _expectation: Expectation) {}

    /// Customers belong to other audiences from now on: beliefs about audiences are made anew from what is known of their members.
    fn regroup(&mut self, _regrouping: &Regrouping<'_>) {}

    /// Bytes of belief kept per customer, for the memory budget.
    fn bytes_per_seat(&self) -> usize {
        0
    }
}

/// What somebody expects of an action before it was tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// Mean reward, in reward units.
    pub mean: f32,
    /// messages: how much evidence the word is worth.
    pub weight: f32,
}

/// How customers moved to new audiences.
#[derive(Clone, Copy, Debug)]
pub struct Regrouping<'a> {
    /// Old and new audience of every seat.
    pub moves: &'a [(u8, u8)],
    /// Seats that are twins: they teach nothing that is shared.
    pub twins: &'a [bool],
    /// Number of new audiences.
    pub audiences: usize,
}
