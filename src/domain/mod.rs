//! Words that all layers share, as plain data.

mod fault;
mod library;
mod limits;
mod metric;
mod policy;

pub use fault::{Bounds, Fault, Faults, nearest};
pub use library::{Component, ComponentId, Library, Origin, Positions, Shelf};
pub use limits::{MAX_CHANNELS, MAX_SLOTS, MAX_VERTICALS};
pub use metric::{Metric, Window, WindowKind};
pub use policy::{
    Choice, Context, Feedback, Gate, IdleTrigger, MAX_PLANNED, MessageReport, Observables, Occasion, PlannedSend, Policy,
    Refusal, Report, RewardRule, SendRequest, WeekPlan,
};
