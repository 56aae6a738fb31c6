//! The kernel: time, calendar, the world agenda, addressed randomness. Knows nothing of customers or messages.

mod agenda;
mod calendar;
mod fading;
pub mod portable;
mod random;
mod time;

pub use agenda::{Agenda, Instant};
pub use calendar::{Calendar, MonthDay, parse_date};
pub use fading::ForwardDecay;
pub use jiff::civil::Date;
pub use random::{Address, Draws, Purpose, Streams};
pub use time::{DAY, HOUR, SimTime};
