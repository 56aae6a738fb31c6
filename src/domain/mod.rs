//! Words that all layers share, as plain data.

mod fault;
mod governance;
mod library;
mod limits;
mod metric;
mod policy;
mod work;

pub use fault::{Bounds, Fault, Faults, nearest};
pub use governance::{ChannelCount, ChannelCounts, DayCounts, DiscountUse, Gate, Refusal, SendRequest, SentMessage};
pub use library::{Component, ComponentId, Library, Origin, Positions, Shelf};
pub use limits::{MAX_CHANNELS, MAX_SLOTS, MAX_VERTICALS};
pub use metric::{Metric, Window, WindowKind};
pub use policy::{
    Belief, BeliefCell, Choice, Context, Expectation, Feedback, IdleTrigger, MAX_PLANNED, MessageReport, Observables, Occasion,
    PlannedSend, Policy, Regrouping, Report, RewardRule, WeekPlan,
};
pub use work::{Done, Work, WorkAccount};
