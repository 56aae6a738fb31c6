//! Faults of meaning in a scenario: where, what stood there, what was expected, and a hint.
//!
//! A value can parse and still make no sense (a negative half-life, shares that do not sum to 1). Parameter structs check
//! themselves with `validate(&self, &mut Faults)`; all faults of a file are gathered and reported together. This file knows
//! nothing of files or lines: the scenario layer turns a `path` into a place.

use std::fmt::Display;

/// One thing that is wrong: `path` is the field's path as a user would write it for `--set` (`population.drift.knot_days`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path of the field, in the notation of `--set`.
    pub path: String,
    /// The value found there, as text.
    pub value: String,
    /// What was expected instead, as a fragment that follows "expected".
    pub expected: String,
    /// How to mend it, where something can be said beyond `expected`.
    pub hint: Option<String>,
}

/// Gathers faults while walking down a tree of parameters; remembers the path walked so far.
#[derive(Debug, Default)]
pub struct Faults {
    prefix: String,
    found: Vec<Fault>,
}

impl Faults {
    /// An empty collection at the root of the tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `check` one level down, at field `field`.
    pub fn within(&mut self, field: &str, check: impl FnOnce(&mut Self)) {
        let length = self.prefix.len();
        if length > 0 {
            self.prefix.push('.');
        }
        self.prefix.push_str(field);
        check(self);
        self.prefix.truncate(length);
    }

    /// Runs `check` for every item of the list at `field`, one level down at `field[index]`.
    pub fn each<T>(&mut self, field: &str, items: &[T], mut check: impl FnMut(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            self.within(&format!("{field}[{index}]"), |faults| check(faults, item));
        }
    }

    /// Records a fault at `field` of the current level.
    pub fn add(&mut self, field: &str, value: impl Display, expected: impl Into<String>) {
        let path = self.path_of(field);
        self.found.push(Fault { path, value: value.to_string(), expected: expected.into(), hint: None });
    }

    /// Records a fault with a hint.
    pub fn add_with_hint(&mut self, field: &str, value: impl Display, expected: impl Into<String>, hint: impl Into<String>) {
        self.add(field, value, expected);
        if let Some(last) = self.found.last_mut() {
            last.hint = Some(hint.into());
        }
    }

    /// Records a fault unless `value` lies within `bounds`; NaN and infinities never do.
    pub fn number(&mut self, field: &str, value: f64, bounds: Bounds) {
        if !bounds.hold(value) {
            self.add(field, value, bounds.describe());
        }
    }

    /// Records a fault unless the whole number `value` lies in `low..=high`.
    pub fn count(&mut self, field: &str, value: u64, low: u64, high: u64) {
        if value < low || value > high {
            self.add(field, value, format!("a whole number from {low} to {high}"));
        }
    }

    /// Records a fault for every name that occurs a second time; `items` are the names of the list at `field`.
    pub fn distinct_names<'a>(&mut self, field: &str, names: impl Iterator<Item = &'a str>) {
        let names: Vec<&str> = names.collect();
        for (index, name) in names.iter().enumerate() {
            let place = format!("{field}[{index}]");
            if name.is_empty() {
                self.within(&place, |faults| faults.add("name", "\"\"", "a name"));
            } else if let Some(first) = names[..index].iter().position(|earlier| earlier == name) {
                let hint = format!("{field}[{first}] has this name already");
                self.within(&place, |faults| faults.add_with_hint("name", format!("{name:?}"), "a name used only once", hint));
            }
        }
    }

    /// Records a fault at `field` unless `name` is one of `known`; the hint names the nearest known one.
    pub fn known_name(&mut self, field: &str, name: &str, known: &[&str], what: &str) {
        if known.contains(&name) {
            return;
        }
        let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let expected = match known {
            [] => format!("the name of {article} {what}, but there is none"),
            known => format!("the name of {article} {what}: {}", known.join(", ")),
        };
        match nearest(name, known) {
            Some(near) => self.add_with_hint(field, format!("{name:?}"), expected, format!("did you mean \"{near}\"?")),
            None => self.add(field, format!("{name:?}"), expected),
        }
    }

    /// All faults found, in the order of the walk.
    pub fn into_found(self) -> Vec<Fault> {
        self.found
    }

    /// How many faults were found so far.
    pub fn found_so_far(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    fn path_of(&self, field: &str) -> String {
        match (self.prefix.is_empty(), field.is_empty()) {
            (true, _) => field.to_owned(),
            (false, true) => self.prefix.clone(),
            (false, false) => format!("{}.{field}", self.prefix),
        }
    }
}

/// The known word nearest to `word`, if any is near enough to be a slip of the keyboard.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), *candidate))
        .filter(|(similarity, _)| *similarity >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// An interval that a finite number must lie in; each end is inclusive or exclusive.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    low: f64,
    high: f64,
    low_inclusive: bool,
}

impl Bounds {
    /// Above 0.
    pub const POSITIVE: Self = Self { low: 0.0, high: f64::MAX, low_inclusive: false };
    /// 0 or more.
    pub const NOT_NEGATIVE: Self = Self { low: 0.0, high: f64::MAX, low_inclusive: true };
    /// From 0 to 1.
    pub const SHARE: Self = Self { low: 0.0, high: 1.0, low_inclusive: true };
    /// Any finite number.
    pub const FINITE: Self = Self { low: -f64::MAX, high: f64::MAX, low_inclusive: true };

    /// From `low` to `high`, both included.
    pub const fn between(low: f64, high: f64) -> Self {
        Self { low, high, low_inclusive: true }
    }

    /// Above `low`, up to and including `high`.
    pub const fn above(low: f64, high: f64) -> Self {
        Self { low, high, low_inclusive: false }
    }

    fn hold(self, value: f64) -> bool {
        value.is_finite() && value <= self.high && (value > self.low || (self.low_inclusive && value == self.low))
    }

    fn describe(self) -> String {
        match (self.low == -f64::MAX, self.high == f64::MAX, self.low_inclusive) {
            (true, true, _) => "a finite number".to_owned(),
            (true, false, _) => format!("a finite number up to {}", self.high),
            (false, true, true) => format!("a finite number, {} or more", self.low),
            (false, true, false) => format!("a finite number above {}", self.low),
            (false, false, true) => format!("a number from {} to {}", self.low, self.high),
            (false, false, false) => format!("a number above {} and up to {}", self.low, self.high),
        }
    }
}
