//! Whole numbers that hide a calendar in another order than by size: 122024 for a month and its year, 9, 10, 11, 12, 1, 2 for
//! months across new year. Years first (202412, 20241231) are in order as they are.

/// Years that a hidden date is believed to have; not 2000, because 12000 is a round number first.
const YEARS: std::ops::RangeInclusive<i64> = 2001..=2060;
/// Most years that hidden dates with years of two digits are believed to span.
const MOST_SHORT_YEARS: i64 = 3;

/// What labels seem to be instead of plain numbers, each with the digits it was written with.
pub(super) fn hidden_calendar(digits: &[&str]) -> Option<&'static str> {
    if digits.is_empty() || digits.iter().any(|text| !text.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let all = |widths: std::ops::RangeInclusive<usize>, reads: &dyn Fn(&str) -> bool| {
        digits.iter().all(|text| widths.contains(&text.len()) && reads(text))
    };
    let month_year = |text: &str| part(text, 6, 0..2).is_some_and(is_month) && part(text, 6, 2..6).is_some_and(is_year);
    let full = |day: std::ops::Range<usize>, month: std::ops::Range<usize>| {
        move |text: &str| {
            part(text, 8, day.clone()).is_some_and(is_day)
                && part(text, 8, month.clone()).is_some_and(is_month)
                && part(text, 8, 4..8).is_some_and(is_year)
        }
    };
    if all(5..=6, &month_year) {
        return Some("months followed by their years");
    }
    if all(7..=8, &full(0..2, 2..4)) || all(7..=8, &full(2..4, 0..2)) {
        return Some("days and months followed by their years");
    }
    let short =
        [short_order(digits, 4, None, 0..2), short_order(digits, 6, Some(0..2), 2..4), short_order(digits, 6, Some(2..4), 0..2)];
    short.contains(&true).then_some("dates with the year at their end")
}

/// The number in a part of a text that is filled up with zeros.
fn part(text: &str, width: usize, range: std::ops::Range<usize>) -> Option<i64> {
    format!("{text:0>width$}").get(range)?.parse().ok()
}

fn is_month(number: i64) -> bool {
    (1..=12).contains(&number)
}

fn is_day(number: i64) -> bool {
    (1..=31).contains(&number)
}

fn is_year(number: i64) -> bool {
    YEARS.contains(&number)
}

/// Whether all labels read as dates that end with a year of two digits, more likely than as dates that begin with one, and
/// these dates have another order than the numbers.
fn short_order(digits: &[&str], width: usize, day: Option<std::ops::Range<usize>>, month: std::ops::Range<usize>) -> bool {
    let date_in = |text: &&str| {
        let has_width = text.len() == width || text.len() + 1 == width;
        let year = part(text, width, width - 2..width).filter(|year| has_width && (10..=60).contains(year))?;
        let month = part(text, width, month.clone()).filter(|month| is_month(*month))?;
        let day = match &day {
            Some(day) => part(text, width, day.clone()).filter(|day| is_day(*day))?,
            None => 1,
        };
        Some((year, month, day))
    };
    let Some(dates) = digits.iter().map(date_in).collect::<Option<Vec<_>>>() else { return false };
    let years = dates.iter().map(|(year, ..)| *year);
    let span = years.clone().max().unwrap_or(0) - years.clone().min().unwrap_or(0);
    let starts = digits.iter().filter_map(|text| part(text, width, 0..2));
    if span >= MOST_SHORT_YEARS || distinct(starts) < distinct(years) {
        return false;
    }
    let mut by_number: Vec<usize> = (0..digits.len()).collect();
    by_number.sort_by_key(|index| digits[*index].parse::<i64>().unwrap_or(0));
    !by_number.windows(2).all(|pair| dates[pair[0]] <= dates[pair[1]])
}

fn distinct(numbers: impl Iterator<Item = i64>) -> usize {
    numbers.collect::<std::collections::BTreeSet<i64>>().len()
}

/// How labels follow one another in the rows of a file, by their numbers in order of first sight.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sequence {
    last: usize,
    rows: u64,
    /// Rows whose label was first seen before that of the row above, but is not the very first: common in shuffled files only.
    steps_back: u64,
}

impl Sequence {
    /// Counts a row.
    pub(super) fn follow(&mut self, label: usize) {
        self.rows += 1;
        self.steps_back += u64::from(label < self.last && label != 0);
        self.last = label;
    }

    /// Whether rows with so many labels are in no order at all, so that first sight tells nothing.
    fn is_shuffled(self, labels: usize) -> bool {
        let labels = labels as f64;
        let if_shuffled = (labels - 1.0) * (labels - 2.0) / (2.0 * labels * labels);
        self.steps_back as f64 > 0.5 * if_shuffled * self.rows as f64
    }

    /// The label, by first sight, with which the numbers begin anew, if they run through the end of a year: first up, then from
    /// the least one on up to below the first.
    pub(super) fn new_year(self, numbers: &[i64]) -> Option<usize> {
        let falls: Vec<usize> = (1..numbers.len()).filter(|index| numbers[*index] < numbers[*index - 1]).collect();
        let [fall] = falls.as_slice() else { return None };
        let is_calendar = numbers.iter().all(|number| (1..=53).contains(number));
        let is_rotation = numbers[numbers.len() - 1] < numbers[0];
        // Two labels in the wrong order are common in any file; only the ends of a year make them suspicious.
        let is_likely = match numbers {
            [last, first] => *first == 1 && matches!(last, 12 | 52 | 53),
            _ => !self.is_shuffled(numbers.len()),
        };
        (is_calendar && is_rotation && is_likely).then_some(*fall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_days_before_their_year_are_found() {
        for labels in [
            &["122024", "012025"][..],
            &["92024", "102024", "12025"],
            &["31122024", "01012025"],
            &["12312024", "1012025"],
            &["1224", "0125", "0225"],
            &["310324", "010424", "020424"],
            &["123124", "10125"],
        ] {
            assert!(hidden_calendar(labels).is_some(), "{labels:?}");
        }
    }

    #[test]
    fn years_first_and_plain_numbers_are_left_alone() {
        for labels in [
            &["202412", "202501"][..],
            &["20241231", "20250101"],
            &["240131", "240201", "240302"],
            &["240110", "240111", "240210"],
            &["2412", "2501"],
            &["1000", "2000", "12000"],
            &["500", "1150", "1200"],
            &["10000", "20000", "30000"],
            &["2023", "2024", "2025"],
            &["1", "2", "3"],
            &["-1", "0", "1"],
            &["1700000000", "1700086400"],
        ] {
            assert_eq!(hidden_calendar(labels), None, "{labels:?}");
        }
    }

    #[test]
    fn numbers_that_run_through_new_year_are_found() {
        let sorted = Sequence { rows: 600, ..Sequence::default() };
        assert_eq!(sorted.new_year(&[9, 10, 11, 12, 1, 2]), Some(4));
        assert_eq!(sorted.new_year(&[51, 52, 1]), Some(2));
        assert_eq!(sorted.new_year(&[12, 1]), Some(1));
        for numbers in [&[1, 2, 3][..], &[2, 1], &[3, 2, 1], &[9, 11, 10, 12, 1], &[100, 101, 1], &[0, 1, 2], &[5, 1, 3, 2]] {
            assert_eq!(sorted.new_year(numbers), None, "{numbers:?}");
        }
        let mut shuffled = Sequence::default();
        (0..600_usize).for_each(|row| shuffled.follow(row * 7919 % 101 % 6));
        assert_eq!(shuffled.new_year(&[9, 10, 11, 12, 1, 2]), None);
    }
}
