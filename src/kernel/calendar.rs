//! The civil calendar of a trial: dates, weekdays, months. Local time without daylight-saving jumps: a customer's day has 24 hours.

use crate::kernel::SimTime;
use jiff::ToSpan;
use jiff::civil::Date;

/// A day of the year such as 12-24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    month: i8,
    day: i8,
}

impl MonthDay {
    /// Reads `MM-DD`; `None` if there is no such day in any year.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-')?;
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        Date::new(2024, month, day).ok().map(|_| Self { month, day })
    }

    /// Whether `date` lies between `self` and `last`, both included; a range may pass the turn of the year.
    pub fn range_holds(self, last: Self, date: Date) -> bool {
        let day = Self { month: date.month(), day: date.day() };
        if self <= last { self <= day && day <= last } else { day >= self || day <= last }
    }
}

/// Reads a date `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// The days of one trial: a pre-period of whole days, then calendar months from the start date on.
///
/// Day 0 is the first day of the pre-period; all instants count from its local midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    first: Date,
    start: Date,
    pre_days: u32,
    /// Day on which each month begins, and, last, the day after the trial.
    month_starts: Vec<u32>,
}

impl Calendar {
    /// A trial that starts at `start`, `pre_days` after day 0, and lasts `months` calendar months.
    ///
    /// `None` if dates leave the range of the civil calendar.
    pub fn new(start: Date, pre_days: u32, months: u32) -> Option<Self> {
        let first = start.checked_sub(i64::from(pre_days).days()).ok()?;
        let month_starts = (0..=months)
            .map(|month| {
                let date = start.checked_add(i64::from(month).months()).ok()?;
                let days = first.until((jiff::Unit::Day, date)).ok()?.get_days();
                u32::try_from(days).ok()
            })
            .collect::<Option<Vec<u32>>>()?;
        Some(Self { first, start, pre_days, month_starts })
    }

    /// Date of the start of the trial, after the pre-period.
    pub fn start(&self) -> Date {
        self.start
    }

    /// Days of the pre-period.
    pub fn pre_days(&self) -> u32 {
        self.pre_days
    }

    /// Calendar months after the start.
    pub fn months(&self) -> u32 {
        self.month_starts.len() as u32 - 1
    }

    /// Day on which month `month` begins (0 is the first after the pre-period; `months()` gives the day after the trial).
    pub fn month_start(&self, month: u32) -> u32 {
        self.month_starts[month as usize]
    }

    /// Days of the whole simulation, the pre-period included.
    pub fn total_days(&self) -> u32 {
        self.month_starts[self.month_starts.len() - 1]
    }

    /// The instant at which the simulation ends.
    pub fn end(&self) -> SimTime {
        SimTime::at_day(self.total_days())
    }

    /// Date of day `day`.
    pub fn date(&self, day: u32) -> Date {
        self.first.saturating_add(i64::from(day).days())
    }

    /// Weekday of day `day`, 0 = Monday.
    pub fn weekday(&self, day: u32) -> u32 {
        let first = self.first.weekday().to_monday_zero_offset() as u32;
        (first + day) % 7
    }

    /// The calendar week day `day` lies in, counted from the week of day 0; weeks begin on Monday.
    pub fn week(&self, day: u32) -> u32 {
        (day + self.weekday(0)) / 7
    }

    /// The first day of week `week`; before day 0 for week 0 that began earlier, then 0.
    pub fn week_start(&self, week: u32) -> u32 {
        (week * 7).saturating_sub(self.weekday(0))
    }

    /// The window `date` falls into: `None` in the pre-period, then the month counted from 0.
    pub fn month_of(&self, day: u32) -> Option<u32> {
        let after = self.month_starts.partition_point(|start| *start <= day);
        after.checked_sub(1).map(|month| month as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_have_their_real_lengths_in_leap_years_too() {
        let calendar = Calendar::new(date(2024, 1, 31), 56, 3).expect("dates in range");
        let lengths: Vec<u32> = (0..3).map(|month| calendar.month_start(month + 1) - calendar.month_start(month)).collect();
        assert_eq!(lengths, [29, 31, 30], "31 January to 29 February, to 31 March, to 30 April");
        assert_eq!(calendar.date(calendar.month_start(1)), date(2024, 2, 29));
    }

    #[test]
    fn weekdays_and_weeks_follow_the_civil_calendar() {
        let calendar = Calendar::new(date(2025, 2, 1), 56, 11).expect("dates in range");
        assert_eq!(calendar.total_days(), 56 + 334);
        assert_eq!(calendar.weekday(56), 5, "1 February 2025 is a Saturday");
        for day in 0..calendar.total_days() {
            let week = calendar.week(day);
            assert!(calendar.week_start(week) <= day && day < calendar.week_start(week + 1), "day {day}");
            assert_eq!(calendar.weekday(day), calendar.date(day).weekday().to_monday_zero_offset() as u32);
        }
    }

    #[test]
    fn ranges_of_the_year_may_pass_its_turn() {
        let (from, to) = (MonthDay::parse("12-20").expect("a day"), MonthDay::parse("01-06").expect("a day"));
        assert!(from.range_holds(to, date(2025, 12, 31)) && from.range_holds(to, date(2026, 1, 6)));
        assert!(!from.range_holds(to, date(2026, 1, 7)));
        assert_eq!(MonthDay::parse("02-30"), None);
    }
}
