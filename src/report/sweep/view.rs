//! What sentences, table and chart look up in the results of a sweep, and how they name fields, values and cells.

use crate::experiment::{LAST_MONTH, NET_VALUE, SweepResult, SweepRow};
use crate::report::number::{Uncertain, count, significant};
use crate::scenario::CellValue;

/// Most letters of a value that is a text.
const LONGEST_VALUE: usize = 24;

/// One figure of the arm that is told about, for all cells in their order.
pub(super) fn figure<'a>(found: &'a SweepResult, metric: &str, window: &str) -> Vec<&'a SweepRow> {
    let is_it = |row: &&SweepRow| row.arm == found.arm && row.metric == metric && row.window == window;
    found.rows.iter().filter(is_it).collect()
}

/// The lift of the main metric in a window, for all cells.
pub(super) fn lifts<'a>(found: &'a SweepResult, window: &str) -> Vec<&'a SweepRow> {
    figure(found, &found.metric, window)
}

/// Net value, for all cells.
pub(super) fn values(found: &SweepResult) -> Vec<&SweepRow> {
    figure(found, NET_VALUE, "trial")
}

/// The phase whose lift is told first: the last.
pub(super) fn last_phase(found: &SweepResult) -> &str {
    found.phases.last().map_or("trial", String::as_str)
}

/// Windows with a lift of their own in table and chart: phases and the last month.
pub(super) fn told_windows(found: &SweepResult) -> Vec<&str> {
    found.phases.iter().map(String::as_str).chain([LAST_MONTH]).collect()
}

/// A window as a reader knows it.
pub(super) fn window_words(window: &str) -> String {
    window.replace('_', " ")
}

/// Largest amount of net value, for its unit.
pub(super) fn most_value(found: &SweepResult) -> f64 {
    values(found).iter().filter_map(|row| row.value).map(f64::abs).fold(0.0, f64::max)
}

/// The figure and its error, in percent.
pub(super) fn percent(row: &SweepRow) -> Option<Uncertain> {
    row.value.map(|estimate| Uncertain { estimate, std_error: row.std_error }.percent())
}

/// A value as it is read: numbers with a true minus sign, long texts cut.
pub(super) fn value_text(value: &CellValue) -> String {
    match value {
        CellValue::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{}{}", if *number < 0.0 { "−" } else { "" }, count(number.abs() as u64))
        }
        CellValue::Number(number) => number.to_string().replace('-', "−"),
        CellValue::Text(text) => {
            // Long values of one list begin alike and differ in the end.
            let (letters, end): (Vec<char>, usize) = (text.chars().collect(), LONGEST_VALUE / 2);
            match letters.len() {
                length if length > LONGEST_VALUE => {
                    let (first, last) = (&letters[..end - 1], &letters[length - end..]);
                    format!("{}…{}", first.iter().collect::<String>(), last.iter().collect::<String>())
                }
                _ => text.clone(),
            }
        }
    }
}

/// A cell's value of one field: what was drawn from a range with four digits, all of them are in the files.
pub(super) fn drawn_text(found: &SweepResult, cell: usize, field: usize) -> String {
    match &found.cells[cell].values[field] {
        CellValue::Number(number) if found.fields[field].range.is_some() && number.fract() != 0.0 => significant(*number, 4),
        value => value_text(value),
    }
}

/// Every field by the shortest end of its path that no other field shares.
pub(super) fn short_names(found: &SweepResult) -> Vec<String> {
    let paths: Vec<Vec<&str>> = found.fields.iter().map(|field| field.path.split('.').collect()).collect();
    let short = |own: &Vec<&str>| {
        let is_alone = |taken: &usize| {
            let end = &own[own.len() - taken..];
            paths.iter().filter(|other| other.ends_with(end)).count() == 1
        };
        let taken = (1..=own.len()).find(is_alone).unwrap_or(own.len());
        own[own.len() - taken..].join(".")
    };
    paths.iter().map(short).collect()
}

/// `half_life_days = 400, skill = 0.5`.
pub(super) fn cell_words(found: &SweepResult, cell: usize) -> String {
    let names = short_names(found);
    let word = |(field, name): (usize, &String)| format!("{name} = {}", drawn_text(found, cell, field));
    names.iter().enumerate().map(word).collect::<Vec<_>>().join(", ")
}

/// The unit of a field in parentheses, where it has one.
pub(super) fn unit_words(found: &SweepResult, field: usize) -> String {
    found.fields[field].unit.as_ref().map_or_else(String::new, |unit| format!(" ({unit})"))
}
