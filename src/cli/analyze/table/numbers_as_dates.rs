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
    let week_year = |text: &str| part(text, 6, 0..2).is_some_and(is_week) && part(text, 6, 2..6).is_some_and(is_year);
    let year_first = |text: &str| text.get(0..4).and_then(|year| year.parse().ok()).is_some_and(is_year);
    let full = |day: std::ops::Range<usize>, month: std::ops::Range<usize>| {
        move |text: &str| {
            part(text, 8, day.clone()).is_some_and(is_day)
                && part(text, 8, month.clone()).is_some_and(is_month)
                && part(text, 8, 4..8).is_some_and(is_year)
        }
    };
    if all(5..=6, &week_year) {
        return Some("months or weeks followed by their years");
    }
    let day_year =
        |text: &str| part(text, 7, 0..3).is_some_and(|day| (1..=366).contains(&day)) && part(text, 7, 3..7).is_some_and(is_year);
    if all(5..=7, &day_year) {
        return Some("days of a year followed by it");
    }
    let week_short_year = |text: &str| {
        part(text, 4, 0..2).is_some_and(is_week) && part(text, 4, 2..4).is_some_and(|year| (10..=60).contains(&year))
    };
    if all(4..=4, &week_short_year) && digits.iter().any(|text| text.starts_with('0')) {
        return Some("weeks or months followed by their years");
    }
    if all(5..=6, &year_first) && digits.iter().any(|text| text.len() == 5) && digits.iter().any(|text| text.len() == 6) {
        return Some("years with months or weeks of one digit and of two");
    }
    if hides_days(digits) {
        return Some("days without their year, or times of a day");
    }
    if all(2..=2, &|_| true) && digits.iter().any(|text| text.starts_with('0')) && digits.iter().any(|text| *text >= "90") {
        return Some("years without their century");
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

/// Days of months, or times of a day, of which those after midnight or new year would come first.
fn hides_days(digits: &[&str]) -> bool {
    let first = |text: &&str| part(text, 4, 0..2);
    let second = |text: &&str| part(text, 4, 2..4);
    let are = |halves: [fn(i64) -> bool; 2]| {
        digits.iter().all(|text| {
            (3..=4).contains(&text.len()) && first(text).is_some_and(halves[0]) && second(text).is_some_and(halves[1])
        })
    };
    let is_padded = digits.iter().all(|text| text.len() == 4) && digits.iter().any(|text| text.starts_with('0'));
    let months: Vec<i64> = digits.iter().filter_map(first).collect();
    let reads = are([is_month, is_day])
        || are([is_day, is_month])
        || are([|hour| (0..24).contains(&hour), |minute| (0..60).contains(&minute)]);
    (is_padded && reads) || (are([is_month, is_day]) && new_year(&months).is_some())
}

fn is_month(number: i64) -> bool {
    (1..=12).contains(&number)
}

fn is_week(number: i64) -> bool {
    (1..=53).contains(&number)
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

/// Where numbers may begin anew, as months, weeks and hours do: the first one after the widest gap, if they reach from one end of a year (or
/// a day) to the other and that gap is wider than the step from the last to the first. Numbers are in order of first sight, which decides
/// only where all of a year's are there.
pub(super) fn new_year(numbers: &[i64]) -> Option<i64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let (Some(least), Some(most)) = (sorted.first().copied(), sorted.last().copied()) else { return None };
    [(1, 12), (1, 52), (1, 53), (0, 24)].into_iter().find_map(|(low, size)| {
        let reaches = least >= low && least <= low + 1 && most < low + size && most >= low + size - 2;
        let over_the_end = least + size - most;
        let (gap, after) =
            sorted.windows(2).map(|pair| (pair[1] - pair[0], pair[1])).max_by_key(|(gap, after)| (*gap, -after))?;
        if !reaches {
            return None;
        }
        if sorted.len() as i64 == size && low == 1 {
            let falls: Vec<usize> = (1..numbers.len()).filter(|index| numbers[*index] < numbers[*index - 1]).collect();
            return (falls.len() == 1 && numbers.last() < numbers.first()).then_some(numbers[0]);
        }
        (gap > over_the_end).then_some(after)
    })
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
    fn calendars_in_numbers_are_found_whatever_their_width() {
        for labels in [
            &["202410", "202411", "202412", "20251"][..],
            &["522024", "012025"],
            &["1231", "0101"],
            &["1230", "1231", "101"],
            &["2300", "2330", "0000"],
            &["3662024", "0012025"],
            &["5224", "0125"],
            &["98", "99", "00"],
        ] {
            assert!(hidden_calendar(labels).is_some(), "{labels:?}");
        }
        for labels in
            [&["01", "02", "12"][..], &["001", "002", "010"], &["20241", "20242"], &["101", "102", "301"], &["10", "20", "90"]]
        {
            assert_eq!(hidden_calendar(labels), None, "{labels:?}");
        }
    }

    #[test]
    fn numbers_that_run_through_new_year_are_found() {
        for (numbers, first) in [
            (&[9, 10, 11, 12, 1, 2][..], 9),
            (&[2, 1, 12, 11, 10, 9], 9),
            (&[51, 52, 1], 51),
            (&[12, 1], 12),
            (&[2, 11, 12], 11),
            (&[22, 23, 0, 1], 22),
            (&[7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6], 7),
        ] {
            assert_eq!(new_year(numbers), Some(first), "{numbers:?}");
        }
        for numbers in [
            &[1, 2, 3][..],
            &[2, 1],
            &[2, 3, 4, 5, 6, 1],
            &[0, 7, 14, 21],
            &[0, 30, 60, 90],
            &[1, 4, 7, 10],
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
            &[100, 101, 1],
            &[0, 1, 2],
        ] {
            assert_eq!(new_year(numbers), None, "{numbers:?}");
        }
    }
}
