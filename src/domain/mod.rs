//! Words that all layers share, as plain data.

mod fault;
mod limits;
mod metric;

pub use fault::{Bounds, Fault, Faults, nearest};
pub use limits::{MAX_CHANNELS, MAX_SLOTS, MAX_VERTICALS};
pub use metric::{Metric, Window, WindowKind};
