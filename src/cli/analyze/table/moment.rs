//! One period's label as a place in time: whole numbers, and dates that begin with their year. Everything else has no place.

use jiff::civil::{Date, ISOWeekDate, Weekday};

/// Nanoseconds of a day.
const DAY: i128 = 86_400_000_000_000;

/// What a label names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Quarter,
    Month,
    Week,
    Day,
    /// A day and a time of day, without a zone.
    Time,
    /// A day and a time of day in a zone: an instant.
    ZonedTime,
}

impl Kind {
    /// The kind in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Number => "a whole number",
            Self::Quarter => "a quarter",
            Self::Month => "a month",
            Self::Week => "a week",
            Self::Day => "a day",
            Self::Time => "a day and time without a zone",
            Self::ZonedTime => "a day and time with a zone",
        }
    }
}

/// A label's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) kind: Kind,
    /// What labels of this kind are ordered by: the number, or nanoseconds, of the first instant.
    pub(super) place: i128,
    /// Nanoseconds by the clock on the wall where the label was written, of its first instant.
    pub(super) local: i128,
    date: Date,
}

/// What a text is as a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Moment(Moment),
    /// Written well, but the calendar has no such one: which it lacks.
    Invalid(&'static str),
    /// Of no kind whose order is known.
    Unknown,
}

impl Label {
    /// What a trimmed text is.
    pub(super) fn of(text: &str) -> Self {
        if let Some(number) = whole_number(text) {
            return Self::Moment(Moment { kind: Kind::Number, place: number.into(), local: 0, date: Date::ZERO });
        }
        let Some((year, rest)) = year_first(text) else { return Self::Unknown };
        if let Some(label) = quarter(year, rest).or_else(|| week(year, rest)) {
            return label;
        }
        match dated(year, rest) {
            Some(label) => label,
            None => Self::Unknown,
        }
    }
}

impl Moment {
    fn on(kind: Kind, date: Date) -> Self {
        let local = i128::from(date.duration_since(Date::new(1970, 1, 1).unwrap_or(Date::ZERO)).as_secs()) * 1_000_000_000;
        Self { kind, place: local, local, date }
    }

    /// The first instant of a year, where a year is a start: of its first week, if labels are weeks.
    pub(super) fn of_year(year: i128, labels: Kind) -> Option<Self> {
        let year = i16::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
        let date = match labels {
            Kind::Week => ISOWeekDate::new(year, 1, Weekday::Monday).ok()?.date(),
            _ => Date::new(year, 1, 1).ok()?,
        };
        Some(Self::on(Kind::Day, date))
    }

    /// Whether a period of this kind begins at the first instant of this moment.
    pub(super) fn begins(self, kind: Kind) -> bool {
        let is_midnight = self.local.rem_euclid(DAY) == 0;
        match kind {
            Kind::Number => self.kind == Kind::Number,
            Kind::Time | Kind::ZonedTime => true,
            Kind::Day => is_midnight,
            Kind::Week => is_midnight && self.date.weekday() == Weekday::Monday,
            Kind::Month => is_midnight && self.date.day() == 1,
            Kind::Quarter => is_midnight && self.date.day() == 1 && self.date.month() % 3 == 1,
        }
    }
}

/// `7`, `-3` and `7.0`.
fn whole_number(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    // `2024.0` is a number, `2024.10` is not.
    (are_digits && is_whole && digits.len() <= 18).then(|| whole.parse().ok())?
}

/// A year of four digits and what follows.
fn year_first(text: &str) -> Option<(i16, &str)> {
    let (year, rest) = text.split_at_checked(4)?;
    let is_year = year.bytes().all(|byte| byte.is_ascii_digit()) && !rest.starts_with(|letter: char| letter.is_ascii_digit());
    is_year.then(|| year.parse().ok().map(|year| (year, rest)))?
}

/// `2024-Q2`, `2024Q2`, `2024 Q2`.
fn quarter(year: i16, rest: &str) -> Option<Label> {
    let rest = rest.strip_prefix(['-', ' ', '/']).unwrap_or(rest);
    let digits = rest.strip_prefix(['Q', 'q'])?;
    let [digit @ b'0'..=b'9'] = digits.as_bytes() else { return None };
    let date = match i8::try_from(digit - b'0').ok()? {
        quarter @ 1..=4 => new_date(year, quarter * 3 - 2, 1),
        _ => None,
    };
    Some(date.map_or(Label::Invalid("quarter"), |date| Label::Moment(Moment::on(Kind::Quarter, date))))
}

/// `2024-W07`, `2024W07`, `2024-W07-1`.
fn week(year: i16, rest: &str) -> Option<Label> {
    let rest = rest.strip_prefix(['-', ' ']).unwrap_or(rest);
    let rest = rest.strip_prefix(['W', 'w'])?;
    let (week, rest) = digits(rest, 2)?;
    let (kind, weekday) = match rest.strip_prefix('-') {
        None if rest.is_empty() => (Kind::Week, 1),
        Some(day) => match digits(day, 1)? {
            (weekday, "") => (Kind::Day, weekday),
            _ => return None,
        },
        None => return None,
    };
    let date = Weekday::from_monday_one_offset(weekday as i8)
        .and_then(|weekday| ISOWeekDate::new(year, week as i8, weekday))
        .ok()
        .filter(|_| year > 0);
    Some(date.map_or(Label::Invalid("week"), |date| Label::Moment(Moment::on(kind, date.date()))))
}

/// `2025-03`, `2025/3/1`, `2025.03.01`, and days with a time.
fn dated(year: i16, rest: &str) -> Option<Label> {
    let separator = rest.chars().next().filter(|letter| matches!(letter, '-' | '/' | '.'))?;
    let (month, rest) = digits(&rest[1..], 2)?;
    if rest.is_empty() {
        // `2024.1` and `2024.10` are one number to a spreadsheet.
        let date = new_date(year, month as i8, 1);
        return (separator != '.')
            .then(|| date.map_or(Label::Invalid("month"), |date| Label::Moment(Moment::on(Kind::Month, date))));
    }
    let (day, rest) = digits(rest.strip_prefix(separator)?, 2)?;
    let date = new_date(year, month as i8, day as i8);
    let with_date =
        |label: &dyn Fn(Moment) -> Label| Some(date.map_or(Label::Invalid("day"), |date| label(Moment::on(Kind::Day, date))));
    if rest.is_empty() {
        return with_date(&Label::Moment);
    }
    let time = rest.strip_prefix(['T', 't']).unwrap_or_else(|| rest.trim_start());
    if time.len() == rest.len() {
        return None;
    }
    let clock = clock(time)?;
    with_date(&|day| match clock {
        Some((nanoseconds, None)) => {
            let local = day.local + nanoseconds;
            Label::Moment(Moment { kind: Kind::Time, place: local, local, ..day })
        }
        Some((nanoseconds, Some(offset))) => {
            let local = day.local + nanoseconds;
            Label::Moment(Moment { kind: Kind::ZonedTime, place: local - offset, local, ..day })
        }
        None => Label::Invalid("time of day"),
    })
}

/// Nanoseconds since midnight and the zone's offset; the inner `None` for a time that does not exist.
fn clock(text: &str) -> Option<Option<(i128, Option<i128>)>> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, mut rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (mut second, mut nanosecond) = (0, 0);
    if let Some(seconds) = rest.strip_prefix(':') {
        (second, rest) = digits(seconds, 2)?;
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let (fraction, after) = fraction.split_at(length);
            let value: i128 = (1..=9).contains(&length).then(|| fraction.parse().ok())??;
            nanosecond = value * 10_i128.pow(9 - length as u32);
            rest = after;
        }
    }
    let zone = rest.trim_start();
    let offset = match zone {
        "" if rest.is_empty() => None,
        "Z" | "z" | "UTC" | "GMT" => Some(0),
        zone => Some(offset(zone)?),
    };
    let exists = hour < 24 && minute < 60 && second < 60;
    let seconds = i128::from(hour * 3600 + minute * 60 + second);
    Some(exists.then_some((seconds * 1_000_000_000 + nanosecond, offset)))
}

/// `+01:00`, `+0100`, `-05`, in nanoseconds.
fn offset(zone: &str) -> Option<i128> {
    let digits_of = zone.strip_prefix(['+', '-'])?;
    let digits: String = digits_of.chars().filter(|letter| *letter != ':').collect();
    let is_written_well = matches!(digits_of.len(), 2 | 4) || (digits_of.len() == 5 && digits_of.as_bytes()[2] == b':');
    let number: i128 = (is_written_well && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())??;
    let (hours, minutes) = if digits.len() == 2 { (number, 0) } else { (number / 100, number % 100) };
    let size = (hours < 24 && minutes < 60).then_some((hours * 60 + minutes) * 60_000_000_000)?;
    Some(if zone.starts_with('-') { -size } else { size })
}

/// One to so many digits at the start of a text, and what follows.
fn digits(text: &str, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(length);
    (1..=most).contains(&length).then(|| digits.parse().ok().map(|value| (value, rest)))?
}

/// A date in the years 1 to 9999.
fn new_date(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok().filter(|_| year > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<Kind> {
        match Label::of(text) {
            Label::Moment(moment) => Some(moment.kind),
            _ => None,
        }
    }

    #[test]
    fn integers_and_dates_with_the_year_first_have_a_place() {
        for (texts, wanted) in [
            (&["7", "7.0", "-3", "0012", "20250301"][..], Kind::Number),
            (&["2024-Q2", "2024Q2", "2024 Q2", "2024q2"], Kind::Quarter),
            (&["2025-03", "2025-3", "2025/03", "0001-01", "9999-12"], Kind::Month),
            (&["2024-W07", "2024W07", "2024-W7", "2020-W53"], Kind::Week),
            (&["2025-03-01", "2025-3-1", "2025/03/01", "2025.03.01", "2024-W07-1", "2024-02-29"], Kind::Day),
            (&["2025-03-01T10:00", "2025-03-01 10:00:30", "2025-03-01 9:00:00.123456"], Kind::Time),
            (
                &["2025-03-01T10:00Z", "2025-03-01 10:00:00+01:00", "2025-03-01 10:00:00.5-0500", "2025-03-01 10:00:00 UTC"],
                Kind::ZonedTime,
            ),
        ] {
            for text in texts {
                assert_eq!(kind(text), Some(wanted), "{text}");
            }
        }
    }

    #[test]
    fn everything_else_has_none() {
        for text in [
            "Q2 2024",
            "03.03.2025",
            "12/2024",
            "Mar 2024",
            "week 3",
            "2024.1",
            "2024.10",
            "7.5",
            "1e3",
            "",
            "-",
            "2025-03/01",
            "2025-060",
            "25-03-01",
            "2025-Mar",
            "2025-03-01 10:00 AM",
            "2025-03-01T",
            "2024-W",
            "2024-Q",
            "12025-01",
            "2025-03-01x",
            "2025-03-01 10",
            "٢٠٢٥-03",
            "2024-W07-12",
            "1234567890123456789",
        ] {
            assert_eq!(Label::of(text), Label::Unknown, "{text}");
        }
    }

    #[test]
    fn what_is_not_in_the_calendar_is_told_apart() {
        for text in [
            "2025-13",
            "2025-00",
            "2025-02-29",
            "2025-3-32",
            "0000-01",
            "2021-W53",
            "2024-W07-8",
            "2024-Q5",
            "2024-Q0",
            "2025-03-01T24:00",
            "2025-03-01 10:61",
        ] {
            assert!(matches!(Label::of(text), Label::Invalid(_)), "{text}: {:?}", Label::of(text));
        }
    }

    #[test]
    fn spellings_of_one_moment_have_one_place() {
        let place = |text: &str| match Label::of(text) {
            Label::Moment(moment) => moment.place,
            other => panic!("{text}: {other:?}"),
        };
        for (one, other) in [
            ("7", "7.0"),
            ("2025-3", "2025-03"),
            ("2025-03-01", "2025/3/1"),
            ("2024-W07-1", "2024-02-12"),
            ("2025-03-01T10:00Z", "2025-03-01 11:00:00.000+01:00"),
            ("2025-03-30T03:00+02:00", "2025-03-30T02:00+01:00"),
        ] {
            assert_eq!(place(one), place(other), "{one} {other}");
        }
        assert!(place("2025-10-26T02:30+02:00") < place("2025-10-26T02:30+01:00"));
    }
}
