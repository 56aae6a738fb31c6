//! Simulated time: whole seconds since the start of the simulation.
//!
//! Nothing here knows of dates; see `calendar`.

use std::ops::{Add, Sub};

/// Seconds in a day.
pub const DAY: u32 = 86_400;
/// Seconds in an hour.
pub const HOUR: u32 = 3_600;

/// An instant: whole seconds since local midnight of the first day of the pre-period. Never wraps within a trial: the
/// scenario layer limits trials to 60 years, and `u32` holds 136.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(pub u32);

impl SimTime {
    /// Later than every instant of every trial.
    pub const NEVER: Self = Self(u32::MAX);

    /// Local midnight at the start of day `day` (0 is the first day of the pre-period).
    pub const fn at_day(day: u32) -> Self {
        Self(day * DAY)
    }

    /// The day this instant lies in.
    pub const fn day(self) -> u32 {
        self.0 / DAY
    }

    /// Hour of the day, 0 to 23.
    pub const fn hour(self) -> u32 {
        self.0 % DAY / HOUR
    }

    /// Hour of the day with its fraction.
    pub fn hour_exact(self) -> f32 {
        (self.0 % DAY) as f32 / HOUR as f32
    }

    /// Days since the start of the simulation with their fraction.
    pub fn days_exact(self) -> f32 {
        self.0 as f32 / DAY as f32
    }

    /// Days that passed since `earlier`; 0 if it is later.
    pub fn days_since(self, earlier: Self) -> f32 {
        self.0.saturating_sub(earlier.0) as f32 / DAY as f32
    }

    /// This instant plus `days`, to the nearest second above; `NEVER` if that is past the end of time.
    pub fn after_days(self, days: f64) -> Self {
        let seconds = (days * f64::from(DAY)).ceil();
        if seconds >= f64::from(u32::MAX - self.0) { Self::NEVER } else { Self(self.0 + seconds as u32) }
    }
}

impl Add<u32> for SimTime {
    type Output = Self;
    /// Seconds later; stops at `NEVER`.
    fn add(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

impl Sub for SimTime {
    type Output = u32;
    /// Seconds between; 0 if `other` is later.
    fn sub(self, other: Self) -> u32 {
        self.0.saturating_sub(other.0)
    }
}
