//! Names of periods and looks, and their order: numbers by size, dates and the like by their text, which must be of one shape.

use super::interner::Interner;
use super::rows::{Rows, Told};
use crate::cli::failure::Failure;

/// How labels are ordered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// As numbers.
    Number,
    /// As texts of this shape, every digit written as 9: `9999-99-99`.
    Text(String),
}

/// A label's place in the order.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Place {
    Number(f64),
    Text(String),
}

impl Shape {
    /// The shape of a label; `None` for a text without any digit, which has no order in time.
    pub(super) fn of(label: &str) -> Option<Self> {
        if label.parse::<f64>().is_ok_and(f64::is_finite) {
            return Some(Self::Number);
        }
        let shape: String = label.chars().map(|letter| if letter.is_ascii_digit() { '9' } else { letter }).collect();
        shape.contains('9').then_some(Self::Text(shape))
    }

    /// Where a label lies, if it has this shape.
    pub(super) fn place(&self, label: &str) -> Option<Place> {
        match (self, Self::of(label)?) {
            (Self::Number, Self::Number) => label.parse().ok().map(Place::Number),
            (Self::Text(wanted), Self::Text(found)) if *wanted == found => Some(Place::Text(label.to_owned())),
            _ => None,
        }
    }

    /// What a label of this shape looks like, for messages.
    pub(super) fn words(&self, example: &str) -> String {
        match self {
            Self::Number => format!("a number like {example}"),
            Self::Text(_) => format!("a value written like {example}"),
        }
    }
}

/// Labels met so far.
#[derive(Debug)]
pub(super) struct Labels {
    texts: Interner,
    shape: Option<Shape>,
    example: String,
    places: Vec<Place>,
    most: usize,
}

impl Labels {
    /// No labels yet; they shall have the shape of `example` if there is one, and be no more than `most`.
    pub(super) fn new(example: Option<&str>, most: usize) -> Self {
        let example = example.map(str::trim).unwrap_or_default();
        Self { texts: Interner::default(), shape: Shape::of(example), example: example.to_owned(), places: Vec::new(), most }
    }

    /// The number of the label in a cell of the current row.
    ///
    /// # Errors
    /// A cell without a label, of another shape than the ones before, or too many labels.
    pub(super) fn read(&mut self, rows: &Rows, column: usize) -> Result<usize, Failure> {
        let cell = rows.cell(column).trim_ascii();
        let found = self.texts.intern(cell);
        if !found.is_new {
            return Ok(found.number as usize);
        }
        let text = String::from_utf8_lossy(cell).into_owned();
        if self.shape.is_none() {
            self.shape = Shape::of(&text);
            self.example.clone_from(&text);
        }
        let told = |message: String, expected: String, hint: &str| Told { message, expected, hint: Some(hint.to_owned()) };
        let name = rows.name(column);
        let Some(place) = self.shape.as_ref().and_then(|shape| shape.place(&text)) else {
            let expected = self.shape.as_ref().map_or("a number or a date".to_owned(), |shape| shape.words(&self.example));
            let hint = "write all of them alike, so that they can be put in order: 7, 2025-03 or 2025-03-01";
            return Err(rows.mistake(column, told(format!("`{name}` cannot be put in order"), expected, hint)));
        };
        if self.texts.len() > self.most {
            let message = format!("`{name}` has more than {} different values", self.most);
            let hint = "group them into longer ones first: months or weeks";
            return Err(rows.mistake(column, told(message, "one of few periods".to_owned(), hint)));
        }
        self.places.push(place);
        Ok(found.number as usize)
    }

    /// Where a label lies.
    pub(super) fn place(&self, label: usize) -> &Place {
        &self.places[label]
    }

    /// Labels in order: their numbers and their texts.
    pub(super) fn in_order(&self) -> Vec<(usize, String)> {
        let mut order: Vec<usize> = (0..self.places.len()).collect();
        order.sort_by(|a, b| self.places[*a].partial_cmp(&self.places[*b]).unwrap_or(std::cmp::Ordering::Equal));
        order.into_iter().map(|label| (label, self.texts.text_of(label as u32))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_by_size_and_dates_by_their_text() {
        let number = Shape::of("-3").unwrap();
        assert!(number.place("10") > number.place("9") && number.place("2025-03").is_none());
        let date = Shape::of("2025-03-01").unwrap();
        assert!(date.place("2025-10-01") > date.place("2025-09-30"));
        assert_eq!((date.place("2025-3-1"), date.place("7"), Shape::of("March")), (None, None, None));
    }
}
