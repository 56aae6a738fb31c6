//! Periods and looks in their order, which is proven or refused, never guessed.
//!
//! Whole numbers and dates with the year first order themselves, as long as all labels are of one kind; `--order` names any
//! others in their order. Two spellings of one place (`2025-3` and `2025-03`) are one label. What can only be judged from all
//! labels (numbers that hide a calendar, labels of no known order) is refused in [`Labels::finish`], so that the refusal can
//! show them.

use super::cells::{self, NumberRules};
use super::interner::Interner;
use super::moment::{Kind, Label, Moment};
use super::numbers_as_dates::{hidden_calendar, new_year};
use super::rows::{Place, Rows, Told};
use super::text;
use crate::cli::failure::Failure;
use std::collections::BTreeMap;

/// Most labels that a hint lists.
const MOST_SHOWN: usize = 12;
/// Labels that order themselves, for messages.
const EXAMPLES: &str = "a value such as 7, 2025-03, 2025-03-01, 2025-W10 or 2025-Q1";

/// What the user said about labels.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli::analyze) struct LabelPlan<'a> {
    /// All labels in order: one text split at commas, or several texts as they are; none to let labels order themselves.
    pub(in crate::cli::analyze) order: &'a [String],
    /// The first label of treatment, or a coarser one.
    pub(in crate::cli::analyze) start: Option<&'a str>,
    /// Most labels.
    pub(in crate::cli::analyze) most: usize,
}

/// Labels met so far.
#[derive(Debug)]
pub(in crate::cli::analyze) struct Labels {
    texts: Interner,
    /// By number of the text.
    label_of_text: Vec<usize>,
    /// In order of first sight.
    labels: Vec<Met>,
    by_place: BTreeMap<i128, usize>,
    names: Vec<Name>,
    start_text: Option<String>,
    start: Option<Start>,
    kind: Option<Kind>,
    /// The first label of no known order.
    unproven: Option<usize>,
    most: usize,
}

/// A label.
#[derive(Debug)]
struct Met {
    text: String,
    place: i128,
    is_before: bool,
    first_seen: Place,
}

/// A label that `--order` names.
#[derive(Debug)]
struct Name {
    text: String,
    key: Vec<u8>,
    is_met: bool,
}

/// Where treatment starts.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// Places from here on.
    Place(i128),
    /// Clocks on the wall from here on.
    Local(i128),
}

impl Labels {
    /// No labels yet.
    ///
    /// # Errors
    /// An order that names a label twice, or without the start.
    pub(in crate::cli::analyze) fn new(plan: LabelPlan<'_>) -> Result<Self, Failure> {
        let names = names_in(plan.order)?;
        let start_text = plan.start.map(|start| text::shown(start.as_bytes()).into_owned());
        let start = match &start_text {
            Some(start) if !names.is_empty() => Some(named_start(&names, start)?),
            _ => None,
        };
        Ok(Self {
            texts: Interner::default(),
            label_of_text: Vec::new(),
            labels: Vec::new(),
            by_place: BTreeMap::new(),
            names,
            start_text,
            start,
            kind: None,
            unproven: None,
            most: plan.most,
        })
    }

    /// The number of the label in a cell of the current row, in order of first sight.
    ///
    /// # Errors
    /// A cell without a label, of another kind than the ones before, a day that does not exist, a start that does not fit the
    /// first label, or too many labels.
    pub(in crate::cli::analyze) fn read(&mut self, rows: &Rows, column: usize) -> Result<usize, Failure> {
        let cell = text::trimmed(rows.cell(column));
        let found = self.texts.intern(cell);
        let label = match self.label_of_text.get(found.number as usize) {
            Some(label) => *label,
            None => {
                let label = self.meet(rows, column, cell)?;
                self.label_of_text.push(label);
                label
            }
        };
        Ok(label)
    }

    /// Whether a label comes before the start.
    pub(in crate::cli::analyze) fn is_before_start(&self, label: usize) -> bool {
        self.labels[label].is_before
    }

    /// Takes in a text that was not met before.
    fn meet(&mut self, rows: &Rows, column: usize, cell: &[u8]) -> Result<usize, Failure> {
        let shown = text::shown(cell).into_owned();
        if !self.names.is_empty() {
            let place = self.named_place(rows, column, &shown)?;
            let is_before = matches!(self.start, Some(Start::Place(start)) if place < start);
            return self.keep(rows, column, (shown, place, is_before));
        }
        if cells::is_missing(cell, &NumberRules::default()) {
            let hint = "every row needs the period or look it belongs to";
            return Err(told(rows, column, ("has no value here".to_owned(), "a period or look".to_owned(), hint.to_owned())));
        }
        match Label::of(&shown) {
            Label::Moment(moment) if self.unproven.is_none() => {
                self.check_kind(rows, column, (&shown, moment.kind))?;
                if self.start.is_none() {
                    self.start = self.start_text.as_ref().map(|start| resolved_start(start, moment.kind, &shown)).transpose()?;
                }
                let is_before = match self.start {
                    Some(Start::Place(start)) => moment.place < start,
                    Some(Start::Local(start)) => moment.local < start,
                    None => false,
                };
                self.keep(rows, column, (shown, moment.place, is_before))
            }
            Label::Invalid(what) => {
                let words = format!("cannot be put in order: there is no {what} `{shown}`");
                let hint = "dates are written year, month, day: 2025-03-31";
                Err(told(rows, column, (words, EXAMPLES.to_owned(), hint.to_owned())))
            }
            Label::Moment(_) | Label::Unknown if rows.is_header_again() => {
                Err(told(rows, column, (String::new(), String::new(), String::new())))
            }
            Label::Moment(_) | Label::Unknown => {
                // Told at the end, when the hint can name all labels.
                self.unproven.get_or_insert(self.labels.len());
                let place = i128::MAX - self.labels.len() as i128;
                self.keep(rows, column, (shown, place, false))
            }
        }
    }

    /// The label at a place, new or known under another spelling.
    fn keep(&mut self, rows: &Rows, column: usize, (text, place, is_before): (String, i128, bool)) -> Result<usize, Failure> {
        if let Some(known) = self.by_place.get(&place) {
            if self.labels[*known].is_before != is_before {
                return Err(self.start_between_clocks(rows));
            }
            return Ok(*known);
        }
        if self.labels.len() == self.most {
            if let Some(first) = self.unproven {
                return Err(self.no_order(rows, column, first));
            }
            let words = format!("has more than {} different values", self.most);
            let hint = "group them into longer ones first: months or weeks";
            return Err(told(rows, column, (words, "one of few periods".to_owned(), hint.to_owned())));
        }
        self.by_place.insert(place, self.labels.len());
        self.labels.push(Met { text, place, is_before, first_seen: rows.place(column) });
        Ok(self.labels.len() - 1)
    }

    fn check_kind(&mut self, rows: &Rows, column: usize, (text, kind): (&str, Kind)) -> Result<(), Failure> {
        let known = *self.kind.get_or_insert(kind);
        let Some(first) = self.labels.first().filter(|_| known != kind) else { return Ok(()) };
        let words = format!("cannot be put in order: `{text}` is {} and `{}` is {}", kind.words(), first.text, known.words());
        let hint = "write all of them alike, or name all of them in their order: --order 'A,B,…'";
        Err(told(rows, column, (words, format!("{} like {}", known.words(), first.text), hint.to_owned())))
    }

    fn named_place(&mut self, rows: &Rows, column: usize, shown: &str) -> Result<i128, Failure> {
        let key = text::fold(shown.as_bytes());
        if let Some(place) = self.names.iter().position(|name| name.key == key) {
            self.names[place].is_met = true;
            return Ok(place as i128);
        }
        let known: Vec<&str> = self.names.iter().map(|name| name.text.as_str()).collect();
        let near = crate::domain::nearest(shown, &known).map(|near| format!("did you mean {near}? ")).unwrap_or_default();
        let words = "has a value that --order does not name".to_owned();
        let hint = format!("{near}--order must name every one of them in order, now it names {}", listed(&known));
        Err(told(rows, column, (words, "one of the values of --order".to_owned(), hint)))
    }

    /// Labels in order: their numbers and their texts, once all rows are read.
    ///
    /// # Errors
    /// Labels whose order cannot be proven.
    pub(in crate::cli::analyze) fn finish(&self, rows: &Rows, column: usize) -> Result<Vec<(usize, String)>, Failure> {
        if let Some(first) = self.unproven {
            return Err(self.no_order(rows, column, first));
        }
        if self.names.is_empty() && self.kind == Some(Kind::Number) {
            self.check_numbers(rows, column)?;
        }
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by_key(|label| self.labels[*label].place);
        let is_split = order.windows(2).any(|pair| !self.labels[pair[0]].is_before && self.labels[pair[1]].is_before);
        if is_split {
            return Err(self.start_between_clocks(rows));
        }
        Ok(order.into_iter().map(|label| (label, self.labels[label].text.clone())).collect())
    }

    /// What the user should know about the order.
    pub(in crate::cli::analyze) fn notes(&self) -> Vec<String> {
        let unmet: Vec<&str> = self.names.iter().filter(|name| !name.is_met).map(|name| name.text.as_str()).collect();
        if unmet.is_empty() { Vec::new() } else { vec![format!("--order names values that no row has: {}", listed(&unmet))] }
    }

    /// Refuses whole numbers that seem to be something else.
    fn check_numbers(&self, rows: &Rows, column: usize) -> Result<(), Failure> {
        let digits: Vec<&str> = self.labels.iter().map(|label| label.text.split('.').next().unwrap_or_default()).collect();
        let name = rows.name(column);
        let hint = |advice: &str| Some(format!("{advice}, or name all of them in their order: {}", self.order_example()));
        if let Some(words) = hidden_calendar(&digits) {
            let told = Told {
                message: format!("`{name}` cannot be put in order: these numbers look like {words}"),
                expected: "the year first, as in 202412 or 2024-12".to_owned(),
                hint: hint("write the year first"),
            };
            return Err(rows.mistake_at(&self.labels[0].first_seen, told));
        }
        let numbers: Vec<i64> = self.labels.iter().map(|label| i64::try_from(label.place).unwrap_or(i64::MAX)).collect();
        let Some(first) = new_year(&numbers) else { return Ok(()) };
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        order.sort_by_key(|label| numbers[*label]);
        let by_size = order_of(order.iter().map(|label| self.labels[*label].text.as_str()));
        order.sort_by_key(|label| (numbers[*label] < first, numbers[*label]));
        let over_the_end = order_of(order.iter().map(|label| self.labels[*label].text.as_str()));
        let least = order.iter().find(|label| numbers[**label] < first).copied().unwrap_or(0);
        let told = Told {
            message: format!("`{name}` does not say whether its numbers begin anew, as months, weeks and hours do"),
            expected: "numbers that only rise with time".to_owned(),
            hint: Some(format!("if they run over the end of a year or day: {over_the_end}; if not: {by_size}")),
        };
        Err(rows.mistake_at(&self.labels[least].first_seen, told))
    }

    fn no_order(&self, rows: &Rows, column: usize, first: usize) -> Failure {
        let label = &self.labels[first];
        let name = rows.name(column);
        let told = Told {
            message: format!(
                "`{name}` cannot be put in order: `{}` is neither a whole number nor a date with the year first",
                label.text
            ),
            expected: EXAMPLES.to_owned(),
            hint: Some(format!("write the year first, or name all of them in their order, such as {}", self.order_example())),
        };
        rows.mistake_at(&label.first_seen, told)
    }

    /// `--order` with the labels as they were met.
    fn order_example(&self) -> String {
        order_of(self.labels.iter().map(|label| label.text.as_str()))
    }

    fn start_between_clocks(&self, rows: &Rows) -> Failure {
        let start = self.start_text.as_deref().unwrap_or_default();
        let hint = "give --start as an instant, with its zone: 2025-03-01T00:00:00+01:00";
        let message = format!(
            "{}: clocks of different zones pass --start {start} in another order than time itself, so it is not clear what came before",
            rows.file
        );
        Failure::input(message, Some(hint.to_owned()))
    }
}

/// `--order` with some labels.
fn order_of<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = labels.collect();
    let shown = &all[..all.len().min(MOST_SHOWN)];
    let more = if all.len() > MOST_SHOWN { ",…" } else { "" };
    if shown.iter().any(|text| text.contains(',')) {
        let flags: Vec<String> = shown.iter().map(|text| format!("--order {}", quoted(text))).collect();
        return format!("{}{}", flags.join(" "), if more.is_empty() { "" } else { " …" });
    }
    format!("--order {}", quoted(&format!("{}{more}", shown.join(","))))
}

/// A text in quotation marks for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn listed(texts: &[&str]) -> String {
    let more = if texts.len() > MOST_SHOWN { ", …" } else { "" };
    format!("{}{more}", texts[..texts.len().min(MOST_SHOWN)].join(", "))
}

fn told(rows: &Rows, column: usize, (words, expected, hint): (String, String, String)) -> Failure {
    rows.mistake(column, Told { message: format!("`{}` {words}", rows.name(column)), expected, hint: Some(hint) })
}

fn names_in(order: &[String]) -> Result<Vec<Name>, Failure> {
    let texts: Vec<&str> = match order {
        [one] => one.split(',').collect(),
        several => several.iter().map(String::as_str).collect(),
    };
    let mut names: Vec<Name> = Vec::new();
    for text in texts.into_iter().map(|text| text::shown(text.as_bytes()).into_owned()).filter(|text| !text.is_empty()) {
        let key = text::fold(text.as_bytes());
        if names.iter().any(|name| name.key == key) {
            let hint = "name every period or look once, in their order";
            return Err(Failure::input(format!("--order names `{text}` twice"), Some(hint.to_owned())));
        }
        names.push(Name { text, key, is_met: false });
    }
    if names.is_empty() && !order.is_empty() {
        let hint = "name the periods or looks in their order: --order 'A,B,C'";
        return Err(Failure::input("--order names nothing", Some(hint.to_owned())));
    }
    Ok(names)
}

fn named_start(names: &[Name], start: &str) -> Result<Start, Failure> {
    let key = text::fold(start.as_bytes());
    let place = names.iter().position(|name| name.key == key);
    place.map(|place| Start::Place(place as i128)).ok_or_else(|| {
        let known: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
        let hint = format!("--order names {}", listed(&known));
        Failure::input(format!("--start `{start}` is not one of the values of --order"), Some(hint))
    })
}

/// Where treatment starts among labels of a kind.
fn resolved_start(start: &str, labels: Kind, example: &str) -> Result<Start, Failure> {
    let refused = |message: String, advice: &str| {
        Err(Failure::input(message, Some(format!("{advice}: the column has values like {example}"))))
    };
    let moment = match Label::of(start) {
        Label::Moment(moment) => moment,
        Label::Invalid(_) => return refused(format!("--start `{start}` is not in the calendar"), "write it as in the column"),
        Label::Unknown => {
            let message = format!("--start `{start}` is neither a whole number nor a date with the year first");
            return refused(message, "write it as in the column");
        }
    };
    let moment = match (moment.kind, labels) {
        (Kind::Number, Kind::Number) => return Ok(Start::Place(moment.place)),
        (Kind::Number, _) if start.len() == 4 => Moment::of_year(moment.place, labels),
        (Kind::Number, _) | (_, Kind::Number) => None,
        _ => Some(moment),
    };
    let Some(moment) = moment else {
        return refused(format!("--start `{start}` cannot be compared with `{example}`"), "write it as in the column");
    };
    match (moment.kind, labels) {
        (Kind::ZonedTime, Kind::ZonedTime) => Ok(Start::Place(moment.place)),
        (Kind::ZonedTime, _) => {
            let message = format!("--start `{start}` has a zone, and `{example}` has none");
            refused(message, "write it without a zone, by the clock that the column has")
        }
        _ if moment.begins(labels) => Ok(Start::Local(moment.local)),
        _ => {
            let message = format!("--start `{start}` lies within {}, not at its beginning", labels.words());
            refused(message, "name the first one that is all treatment")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::RowOptions;
    use super::*;
    use jiff::civil::DateTime;
    use proptest::prelude::*;

    /// Labels in order and which of them come before the start, or what went wrong.
    fn ordered(labels: &[&str], order: &[&str], start: Option<&str>) -> Result<(Vec<String>, usize), (String, String)> {
        let told = |failure: Failure| match failure {
            Failure::Table(mistake) => {
                let line = mistake.line.number;
                (format!("{line}: {mistake}"), mistake.hint.clone().unwrap_or_default())
            }
            Failure::Input { message, hint } => (message, hint.unwrap_or_default()),
            other => (other.to_string(), String::new()),
        };
        let lines: String = labels.iter().map(|label| format!("u;{label}\n")).collect();
        let table = std::io::Cursor::new(format!("id;t\n{lines}").into_bytes());
        let mut rows = Rows::over("t.csv", Box::new(table), &RowOptions::default()).map_err(told)?;
        let order: Vec<String> = order.iter().map(|text| (*text).to_owned()).collect();
        let mut found = Labels::new(LabelPlan { order: &order, start, most: 400 }).map_err(told)?;
        while rows.advance().map_err(told)? {
            found.read(&rows, 1).map_err(told)?;
        }
        let order = found.finish(&rows, 1).map_err(told)?;
        let before = order.iter().filter(|(label, _)| found.is_before_start(*label)).count();
        Ok((order.into_iter().map(|(_, text)| text).collect(), before))
    }

    fn texts(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn labels_that_order_themselves_are_put_in_order() {
        for (labels, wanted) in [
            (&["10", "9", "-3", "9.0"][..], &["-3", "9", "10"][..]),
            (&["2025-3", "2024-12", "2025-03"], &["2024-12", "2025-3"]),
            (&["2025/3/1", "2025-02-28"], &["2025-02-28", "2025/3/1"]),
            (&["2025-W01", "2024W52"], &["2024W52", "2025-W01"]),
            (&["2024-Q2", "2023Q4"], &["2023Q4", "2024-Q2"]),
            (&["2025-03-01 10:00", "2025-03-01T09:59:59.5"], &["2025-03-01T09:59:59.5", "2025-03-01 10:00"]),
            (
                &["2025-10-26T02:30+01:00", "2025-10-26T02:30+02:00", "2025-10-26T00:30Z"],
                &["2025-10-26T02:30+02:00", "2025-10-26T02:30+01:00"],
            ),
            (&["202501", "202412"], &["202412", "202501"]),
        ] {
            assert_eq!(ordered(labels, &[], None), Ok((texts(wanted), 0)), "{labels:?}");
        }
    }

    #[test]
    fn labels_of_no_known_order_are_refused_and_all_named() {
        for labels in [
            ["Q2 2024", "Q3 2023"],
            ["03.03.2025", "01.04.2024"],
            ["12/2024", "01/2025"],
            ["Mar 2024", "Apr 2024"],
            ["week 3", "week 12"],
            ["2024.1", "2024.10"],
            ["7", "7.5"],
        ] {
            let (message, hint) = ordered(&labels, &[], None).expect_err("no order");
            assert!(message.contains("neither a whole number nor a date with the year first"), "{message}");
            assert!(hint.ends_with(&format!("--order '{},{}'", labels[0], labels[1])), "{hint}");
        }
        let (_, hint) = ordered(&["1, a", "2, b"], &[], None).expect_err("no order");
        assert!(hint.ends_with("--order '1, a' --order '2, b'"), "{hint}");
        let many: Vec<String> = (0..30).map(|number| format!("week {number}")).collect();
        let (message, hint) = ordered(&many.iter().map(String::as_str).collect::<Vec<_>>(), &[], None).expect_err("no order");
        assert!(message.starts_with("2: ") && hint.ends_with("week 10,week 11,…'"), "{message} {hint}");
    }

    #[test]
    fn labels_of_two_kinds_or_of_no_calendar_are_refused_where_they_stand() {
        let (message, _) = ordered(&["2025-03", "2025-03-01"], &[], None).expect_err("two kinds");
        assert_eq!(message, "3: `t` cannot be put in order: `2025-03-01` is a day and `2025-03` is a month");
        let (message, _) = ordered(&["2025-03", "7"], &[], None).expect_err("two kinds");
        assert_eq!(message, "3: `t` cannot be put in order: `7` is a whole number and `2025-03` is a month");
        let (message, _) = ordered(&["2025-03", "2025-13"], &[], None).expect_err("no month");
        assert_eq!(message, "3: `t` cannot be put in order: there is no month `2025-13`");
        let (message, _) = ordered(&["2025-03", ""], &[], None).expect_err("empty");
        assert_eq!(message, "3: `t` has no value here");
        let (message, _) = ordered(&["2025-03-01T10:00", "2025-03-01T10:00Z"], &[], None).expect_err("zones");
        assert!(message.contains("is a day and time with a zone"), "{message}");
    }

    #[test]
    fn numbers_that_hide_a_calendar_are_refused() {
        for labels in [&["122024", "012025"][..], &["31122024", "01012025"], &["9", "10", "11", "12", "1", "2"], &["52", "1"]] {
            let (message, hint) = ordered(labels, &[], None).expect_err("a calendar");
            assert!(message.contains("cannot be put in order"), "{message}");
            assert!(hint.ends_with(&format!("--order '{}'", labels.join(","))), "{hint}");
            assert_eq!(ordered(labels, labels, None), Ok((texts(labels), 0)));
        }
    }

    #[test]
    fn a_named_order_holds_whatever_the_labels_are() {
        let labels = ["Mar", "jan", "Feb", "Mar"];
        assert_eq!(ordered(&labels, &["Jan, Feb ,Mar,Apr"], Some("Feb")), Ok((texts(&["jan", "Feb", "Mar"]), 1)));
        assert_eq!(ordered(&["1, b", "1, a"], &["1, a", "1, b"], Some("1, b")), Ok((texts(&["1, a", "1, b"]), 1)));
        let (message, hint) = ordered(&labels, &["Jan,Mar"], None).expect_err("not named");
        assert_eq!(message, "4: `t` has a value that --order does not name");
        assert!(hint.contains("now it names Jan, Mar"), "{hint}");
        assert_eq!(
            ordered(&labels, &["Jan,Feb,Mar"], Some("May")).expect_err("start").0,
            "--start `May` is not one of the values of --order"
        );
        assert_eq!(ordered(&labels, &["Jan,Feb,jan"], None).expect_err("twice").0, "--order names `jan` twice");
    }

    #[test]
    fn names_that_no_row_has_become_a_note() {
        let table = std::io::Cursor::new(b"id,t\nu,B\n".to_vec());
        let mut rows = Rows::over("t.csv", Box::new(table), &RowOptions::default()).unwrap_or_else(|_| panic!());
        let order = ["A,B,C".to_owned()];
        let mut labels = Labels::new(LabelPlan { order: &order, start: None, most: 9 }).unwrap_or_else(|_| panic!());
        while rows.advance().unwrap_or_else(|_| panic!()) {
            assert!(labels.read(&rows, 1).is_ok_and(|label| label == 0));
        }
        assert_eq!(labels.notes(), ["--order names values that no row has: A, C"]);
    }

    #[test]
    fn a_start_may_be_coarser_than_labels_or_their_first_instant() {
        let days = &["2025-02-27", "2025-02-28", "2025-03-01", "2025-03-10"][..];
        let months = &["2024-12", "2025-01", "2025-04"][..];
        let zoned = &["2025-02-28T23:30+01:00", "2025-03-01T00:00+01:00", "2025-03-01T08:00+01:00"][..];
        for (labels, start, before) in [
            (days, "2025-03", 2),
            (days, "2025", 0),
            (days, "2025-Q1", 0),
            (days, "2025-W10", 3),
            (days, "2025-3-1", 2),
            (days, "2025-03-01T00:00", 2),
            (months, "2025", 1),
            (months, "2025-Q2", 2),
            (months, "2025-01-01", 1),
            (&["2024-W52", "2025-W01", "2025-W02"], "2025", 1),
            (&["2024-W52", "2025-W01", "2025-W02"], "2025-01-06", 2),
            (&["2024-Q4", "2025-Q1"], "2025", 1),
            (&["2024-Q4", "2025-Q1"], "2025-01", 1),
            (zoned, "2025-03", 1),
            (zoned, "2025-03-01 00:00", 1),
            (zoned, "2025-03-01T07:00Z", 2),
            (&["1", "2", "3"], "2.0", 1),
            (&["2023", "2024"], "2024", 1),
        ] {
            assert_eq!(ordered(labels, &[], Some(start)).map(|found| found.1), Ok(before), "{labels:?} {start}");
        }
        for (labels, start) in [
            (months, "2025-01-15"),
            (months, "202501"),
            (&["2024-Q4", "2025-Q1"][..], "2025-02"),
            (&["2024-W52", "2025-W02"][..], "2025-01"),
            (&["1", "2"][..], "2025-01"),
            (&["202412", "202501"][..], "2025-01"),
            (days, "2025-03-01T00:00Z"),
            (days, "2025-03-32"),
            (days, "March"),
        ] {
            let (message, hint) = ordered(labels, &[], Some(start)).expect_err(start);
            assert!(message.contains(start) && hint.contains(labels[0]), "{message} {hint}");
        }
    }

    #[test]
    fn a_start_that_clocks_pass_in_another_order_than_time_is_refused() {
        let labels = ["2025-10-26T02:50+02:00", "2025-10-26T02:30+01:00", "2025-10-26T03:00+01:00"];
        let (message, hint) = ordered(&labels, &[], Some("2025-10-26T02:45")).expect_err("twice the same hour");
        assert!(message.contains("clocks of different zones") && hint.contains("with its zone"), "{message}");
        assert_eq!(ordered(&labels, &[], Some("2025-10-26T02:45+02:00")).map(|found| found.1), Ok(0));
    }

    proptest! {
        #[test]
        fn valid_labels_are_ordered_as_jiff_orders_them(
            moments in proptest::collection::vec((1_i16..=9999, 1_i8..=12, 1_i8..=31, 0_i8..24, 0_i8..60), 1..40),
            kind in 0_usize..5,
        ) {
            let mut wanted: Vec<(DateTime, String)> = Vec::new();
            for (year, month, day, hour, minute) in moments {
                let Ok(at) = DateTime::new(year, month, day, hour, minute, 0, 0) else { continue };
                let date = at.date();
                let week = date.iso_week_date();
                if kind == 3 && !(1..=9999).contains(&week.year()) {
                    continue;
                }
                let first = |month: i8| DateTime::new(year, month, 1, 0, 0, 0, 0).expect("a month");
                wanted.push(match kind {
                    0 => (at, format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}")),
                    1 => (date.at(0, 0, 0, 0), format!("{year:04}/{month}/{day}")),
                    2 => (first(month), format!("{year:04}-{month}")),
                    3 => {
                        let monday = jiff::civil::ISOWeekDate::new(week.year(), week.week(), jiff::civil::Weekday::Monday);
                        let Ok(monday) = monday else { continue };
                        (monday.date().at(0, 0, 0, 0), format!("{:04}-W{:02}", week.year(), week.week()))
                    }
                    _ => (first((month - 1) / 3 * 3 + 1), format!("{year:04}-Q{}", (month - 1) / 3 + 1)),
                });
            }
            let labels: Vec<&str> = wanted.iter().map(|(_, text)| text.as_str()).collect();
            let found = ordered(&labels, &[], None).map(|found| found.0);
            let mut sorted = wanted.clone();
            sorted.sort();
            sorted.dedup();
            prop_assert_eq!(found, Ok(sorted.into_iter().map(|(_, text)| text).collect::<Vec<_>>()));
        }
    }
}
