//! The kernel: time, calendar, the world agenda and addressed randomness. Knows nothing of customers or messages.

mod calendar;
mod time;

pub use calendar::{Calendar, MonthDay, parse_date};
pub use jiff::civil::Date;
pub use time::{DAY, HOUR, SimTime};
