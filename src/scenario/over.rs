//! `--over PATH=V1,V2,…` and `--over PATH=LOW..HIGH`: what a sweep varies, as typed. Which cells come of it is `sweep`'s business.

use crate::scenario::{Mistake, Source};
use std::ops::Range;

/// Name of the flags' text in messages.
const COMMAND_LINE: &str = "command line";
/// What a flag looks like.
const FORM: &str = "PATH=V1,V2,… or PATH=LOW..HIGH";

/// The fields of a sweep as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepRequest {
    /// What stands behind each `--over`.
    pub over: Vec<String>,
    /// `--samples`: points of a Latin hypercube.
    pub samples: Option<u32>,
}

/// One field and what it takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    /// The whole flag.
    pub(crate) flag: Source,
    /// Path of the field.
    pub(crate) path: String,
    /// Where the path stands.
    pub(crate) path_span: Range<usize>,
    /// What it takes.
    pub(crate) levels: Levels,
}

/// What a field takes, by places in the flag.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Levels {
    /// Each of these values.
    Listed(Vec<Range<usize>>),
    /// Any number between these ends.
    Between {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// Both of them in the flag.
        span: Range<usize>,
    },
}

impl SweepRequest {
    /// Reads every flag.
    ///
    /// # Errors
    /// All flags that cannot be read, and ranges without samples or samples without ranges.
    pub(crate) fn axes(&self) -> Result<Vec<Axis>, Vec<Mistake>> {
        let (mut axes, mut mistakes) = (Vec::new(), Vec::new());
        for text in &self.over {
            match Axis::parse(text) {
                Ok(axis) => axes.push(axis),
                Err(mistake) => mistakes.push(*mistake),
            }
        }
        if mistakes.is_empty() {
            mistakes.extend(self.mismatch(&axes));
        }
        if mistakes.is_empty() { Ok(axes) } else { Err(mistakes) }
    }

    /// Ranges need samples, samples need a range, and lists as many samples as they have values.
    fn mismatch(&self, axes: &[Axis]) -> Vec<Mistake> {
        let is_range = |axis: &&Axis| matches!(axis.levels, Levels::Between { .. });
        let Some(samples) = self.samples else {
            let refused = |axis: &Axis| {
                let words = Words {
                    message: format!("`{}` is given a range, which has no grid", axis.path),
                    expected: "--samples N beside a range".to_owned(),
                    hint: Some("add --samples 50 for a Latin hypercube, or list values: V1,V2,…".to_owned()),
                };
                axis.mistake(axis.whole_span(), words)
            };
            return axes.iter().filter(is_range).map(refused).collect();
        };
        let flag = Source::new(COMMAND_LINE, &format!("--samples {samples}"));
        if !axes.iter().any(|axis| is_range(&axis)) {
            let span = 0..flag.text().len();
            let words = Words {
                message: format!("`{}` has no range to draw from", flag.text()),
                expected: "at least one --over PATH=LOW..HIGH".to_owned(),
                hint: Some("leave it out: lists of values make a full grid".to_owned()),
            };
            return vec![mistake_in(&flag, "", span, words)];
        }
        let too_many = |axis: &&Axis| matches!(&axis.levels, Levels::Listed(values) if values.len() > samples as usize);
        let refused = |axis: &Axis| {
            let words = Words {
                message: format!("{samples} samples cannot take every value of `{}`", axis.path),
                expected: format!("at most {samples} values"),
                hint: Some("name fewer values or ask for more --samples".to_owned()),
            };
            axis.mistake(axis.whole_span(), words)
        };
        axes.iter().filter(too_many).map(refused).collect()
    }
}

/// What was wrong, what was expected, how to mend it.
pub(crate) struct Words {
    pub(crate) message: String,
    pub(crate) expected: String,
    pub(crate) hint: Option<String>,
}

impl Axis {
    fn parse(text: &str) -> Result<Self, Box<Mistake>> {
        let flag = Source::new(COMMAND_LINE, &format!("--over {text}"));
        let (start, end) = ("--over ".len(), flag.text().len());
        let told = |span: Range<usize>, message: String, expected: &str, hint: Option<String>| {
            let words = Words { message, expected: expected.to_owned(), hint };
            Box::new(mistake_in(&flag, flag.slice(&(start..end)).split('=').next().unwrap_or(""), span, words))
        };
        let Some(equals) = flag.text().find('=') else {
            let hint = format!("write {}=…", flag.text());
            return Err(told(start..end, format!("`{}` names no values", flag.text()), FORM, Some(hint)));
        };
        let path_span = trimmed(&flag, start..equals);
        let path = flag.slice(&path_span).to_owned();
        let spans: Vec<Range<usize>> = parts(&flag, equals + 1..end).into_iter().map(|part| trimmed(&flag, part)).collect();
        if let Some(empty) = spans.iter().find(|span| span.is_empty()) {
            let place = empty.start.saturating_sub(1)..empty.start.min(end);
            return Err(told(place, "a value is missing".to_owned(), FORM, None));
        }
        if let [only] = spans.as_slice()
            && let Some((low, high)) = flag.slice(only).split_once("..")
        {
            let span = only.clone();
            let (Some(low), Some(high)) = (number(low), number(high)) else {
                let hint = "texts and variants are listed: V1,V2,…".to_owned();
                return Err(told(span, format!("`{}` is not a range", flag.slice(only)), "two numbers: LOW..HIGH", Some(hint)));
            };
            if low >= high {
                let hint = if low > high { format!("write {high}..{low}") } else { format!("write {low} for one value") };
                let message = format!("the range `{}` holds nothing", flag.slice(only));
                return Err(told(span, message, "the lower end first", Some(hint)));
            }
            return Ok(Self { path, path_span, levels: Levels::Between { low, high, span }, flag: flag.clone() });
        }
        for (place, span) in spans.iter().enumerate() {
            let value = flag.slice(span);
            let is_same = |earlier: &Range<usize>| {
                let earlier = flag.slice(earlier);
                earlier == value || number(value).is_some_and(|own| number(earlier) == Some(own))
            };
            if spans[..place].iter().any(is_same) {
                return Err(told(span.clone(), format!("`{value}` is listed twice"), "every value once", None));
            }
            if value.split_once("..").is_some_and(|(low, high)| number(low).is_some() && number(high).is_some()) {
                let hint = "give the field a range or a list, not both".to_owned();
                return Err(told(
                    span.clone(),
                    format!("`{value}` stands in a list"),
                    "a range alone: PATH=LOW..HIGH",
                    Some(hint),
                ));
            }
        }
        Ok(Self { path, path_span, levels: Levels::Listed(spans), flag: flag.clone() })
    }

    /// Where all values stand.
    pub(crate) fn whole_span(&self) -> Range<usize> {
        match &self.levels {
            Levels::Between { span, .. } => span.clone(),
            Levels::Listed(spans) => {
                let end = self.flag.text().len();
                spans.first().map_or(end, |first| first.start)..spans.last().map_or(end, |last| last.end)
            }
        }
    }

    /// A mistake in this flag.
    pub(crate) fn mistake(&self, span: Range<usize>, words: Words) -> Mistake {
        mistake_in(&self.flag, &self.path, span, words)
    }
}

fn mistake_in(flag: &Source, path: &str, span: Range<usize>, words: Words) -> Mistake {
    Mistake {
        message: words.message,
        path: path.trim().to_owned(),
        value: Some(flag.slice(&span).to_owned()),
        expected: Some(words.expected),
        hint: words.hint,
        source: flag.clone(),
        span,
        also: None,
    }
}

/// A finite number as scenarios write them, underscores included.
pub(crate) fn number(text: &str) -> Option<f64> {
    let digits = text.trim().replace('_', "");
    let starts_like_one = digits.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    digits.parse().ok().filter(|number: &f64| starts_like_one && number.is_finite())
}

fn trimmed(flag: &Source, span: Range<usize>) -> Range<usize> {
    let text = flag.slice(&span);
    let start = span.start + text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

/// The parts between commas that stand outside brackets and quotes.
fn parts(flag: &Source, span: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut depth, mut quoted, mut escaped) = (span.start, 0_i32, false, false);
    for (offset, letter) in flag.slice(&span).char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth <= 0 => {
                found.push(start..span.start + offset);
                start = span.start + offset + 1;
            }
            _ => {}
        }
    }
    found.push(start..span.end);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        let axis = Axis::parse(text).expect("an axis");
        let Levels::Listed(spans) = &axis.levels else { panic!("{text} is no list") };
        spans.iter().map(|span| axis.flag.slice(span).to_owned()).collect()
    }

    #[test]
    fn commas_inside_brackets_and_quotes_part_nothing() {
        assert_eq!(values("a.b=1, 2 ,3"), ["1", "2", "3"]);
        assert_eq!(values("arms[1].policy=Thompson(frequencies: [1, 2]),Silent"), ["Thompson(frequencies: [1, 2])", "Silent"]);
        assert_eq!(values("title=\"a, \\\"b\",c"), ["\"a, \\\"b\"", "c"]);
    }

    #[test]
    fn ranges_are_two_numbers_with_the_lower_first() {
        let axis = Axis::parse("x = -1_0..2.5e1").expect("an axis");
        assert_eq!((axis.path.as_str(), axis.whole_span()), ("x", 11..22));
        assert!(matches!(axis.levels, Levels::Between { low: -10.0, high: 25.0, .. }));
        for wrong in ["x=5..1", "x=1..1", "x=a..b", "x=1..inf", "x=1..2,3", "x", "x=", "x=1,,2", "x=1,1", "x=1000,1_000"] {
            assert!(Axis::parse(wrong).is_err(), "{wrong}");
        }
    }
}
