//! Checks a scanned text against the catalogue of shapes: unknown and repeated fields, unknown variants, wrong types, missing
//! fields. Finds all of them in one walk; what the values mean is `validate`'s business.

use crate::domain::nearest;
use crate::scenario::scan::{Field, Form, Node};
use crate::scenario::shape::{Catalogue, FieldShape, Payload, Shape, VariantShape, describe};
use crate::scenario::{Mistake, Source};
use std::ops::Range;

/// All mistakes of shape in a text, in its order.
pub(crate) fn check_shape(source: &Source, root: &Node, shape: &Shape) -> Vec<Mistake> {
    let mut checker = Checker { source, found: Vec::new() };
    checker.value(root, shape, "");
    checker.found.sort_by_key(|mistake| mistake.span.start);
    checker.found
}

struct Checker<'a> {
    source: &'a Source,
    found: Vec<Mistake>,
}

/// What was wrong and what was expected, in words.
struct Words {
    message: String,
    expected: Option<String>,
    hint: Option<String>,
}

impl Checker<'_> {
    fn add(&mut self, span: &Range<usize>, path: &str, words: Words) {
        let value = self.source.slice(span);
        self.found.push(Mistake {
            message: words.message,
            path: path.to_owned(),
            value: Some(shorten(value)),
            expected: words.expected,
            hint: words.hint,
            source: self.source.clone(),
            span: span.clone(),
            also: None,
        });
    }

    fn wrong_kind(&mut self, node: &Node, shape: &Shape, path: &str, hint: Option<String>) {
        let what = if path.is_empty() { "the scenario".to_owned() } else { format!("`{path}`") };
        let message = format!("{what} cannot be {}", shorten(self.source.slice(&node.span)));
        self.add(&node.span, path, Words { message, expected: Some(describe(shape)), hint });
    }

    fn value(&mut self, node: &Node, shape: &Shape, path: &str) {
        let text = self.source.slice(&node.span);
        match (shape, &node.form) {
            (Shape::Optional(_), Form::Word) if text == "None" => {}
            (_, Form::Group { name: Some(name), .. } | Form::Tuple { name: Some(name), .. })
                if self.source.slice(name) == "Some" =>
            {
                let hint = "leave out `Some`: the value alone is enough".to_owned();
                self.wrong_kind(node, shape, path, Some(hint));
            }
            (Shape::Optional(inner), _) => self.value(node, inner, path),
            (Shape::Whole { .. } | Shape::Number, Form::Number | Form::Word) => {
                if let Err(hint) = check_number(text, shape) {
                    self.wrong_kind(node, shape, path, hint);
                }
            }
            (Shape::Flag, Form::Word) if matches!(text, "true" | "false") => {}
            (Shape::Flag, Form::Word) => {
                let near = nearest(text, &["true", "false"]).map(|near| format!("did you mean `{near}`?"));
                self.wrong_kind(node, shape, path, near);
            }
            (Shape::Text, Form::Text) => {}
            (Shape::Text, Form::Character) => {
                self.wrong_kind(node, shape, path, Some("texts stand in double quotes: \"…\"".to_owned()));
            }
            (Shape::Text, Form::Word) => self.wrong_kind(node, shape, path, Some(format!("put it in quotes: \"{text}\""))),
            (Shape::List(item), Form::List(items)) => {
                for (index, node) in items.iter().enumerate() {
                    self.value(node, item, &format!("{path}[{index}]"));
                }
            }
            (Shape::List(_), _) => self.wrong_kind(node, shape, path, Some("lists stand in square brackets".to_owned())),
            (Shape::Group(group), Form::Group { name: None, fields }) => {
                self.fields(node, fields, Catalogue::get().group(group), path);
            }
            (Shape::Group(_), Form::Group { name: Some(name), .. }) => {
                let hint = format!("leave out `{}`: the parentheses alone are enough", self.source.slice(name));
                self.wrong_kind(node, shape, path, Some(hint));
            }
            (Shape::Choice(choice), _) => self.choice(node, choice, path),
            _ => self.wrong_kind(node, shape, path, None),
        }
    }

    fn fields(&mut self, whole: &Node, fields: &[Field], known: &[FieldShape], path: &str) {
        let names: Vec<&str> = known.iter().map(|field| field.name.as_str()).collect();
        let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for (index, field) in fields.iter().enumerate() {
            let name = self.source.slice(&field.name).to_owned();
            let Some(shape) = known.iter().find(|known| known.name == name) else {
                self.unknown_field(field, &names, path);
                continue;
            };
            if let Some(first) = fields[..index].iter().find(|earlier| self.source.slice(&earlier.name) == name) {
                let words = Words {
                    message: format!("`{}` is given twice", inside(&name)),
                    expected: Some("every field once".to_owned()),
                    hint: Some("remove one of the two".to_owned()),
                };
                self.add(&field.name, &inside(&name), words);
                if let Some(mistake) = self.found.last_mut() {
                    mistake.also = Some((first.name.clone(), "given here first".to_owned()));
                }
            }
            self.value(&field.value, &shape.shape, &inside(&name));
        }
        for missing in known.iter().filter(|known| known.default.is_none()) {
            // A misspelt name is reported as such; that it is missing as well says nothing new.
            let meant = |field: &Field| {
                let name = self.source.slice(&field.name);
                name == missing.name || nearest(name, &names) == Some(missing.name.as_str())
            };
            if !fields.iter().any(meant) {
                let words = Words {
                    message: format!("`{}` is missing", inside(&missing.name)),
                    expected: Some(format!("`{}: …`, {}", missing.name, describe(&missing.shape))),
                    hint: Some(missing.doc.clone()),
                };
                let open = whole.span.start..(whole.span.start + 1).min(whole.span.end);
                self.add(&open, &inside(&missing.name), words);
            }
        }
    }

    fn unknown_field(&mut self, field: &Field, known: &[&str], path: &str) {
        let name = self.source.slice(&field.name);
        let place = if path.is_empty() { "a scenario".to_owned() } else { format!("`{path}`") };
        let hint = match nearest(name, known).or_else(|| part_of(name, known)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "it has no fields".to_owned(),
            None => format!("its fields are {}", known.join(", ")),
        };
        let words =
            Words { message: format!("unknown field `{name}`"), expected: Some(format!("a field of {place}")), hint: Some(hint) };
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        self.add(&field.name, &path, words);
    }

    fn choice(&mut self, node: &Node, choice: &str, path: &str) {
        let shape = Shape::Choice(choice.to_owned());
        let variants = Catalogue::get().choice(choice);
        let name = match &node.form {
            Form::Word => node.span.clone(),
            Form::Group { name: Some(name), .. } | Form::Tuple { name: Some(name), .. } => name.clone(),
            Form::Text => {
                let word = self.source.slice(&node.span).trim_matches('"').to_owned();
                let hint = variants.iter().any(|variant| variant.name == word).then(|| format!("leave out the quotes: {word}"));
                return self.wrong_kind(node, &shape, path, hint);
            }
            _ => return self.wrong_kind(node, &shape, path, None),
        };
        let word = self.source.slice(&name).to_owned();
        let Some(variant) = variants.iter().find(|variant| variant.name == word) else {
            let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
            let near = nearest(&word, &names).or_else(|| part_of(&word, &names));
            let words = Words {
                message: format!("unknown variant `{word}`"),
                expected: Some(describe(&shape)),
                hint: near.map(|near| format!("did you mean `{near}`?")),
            };
            return self.add(&name, path, words);
        };
        self.payload(node, variant, path);
    }

    fn payload(&mut self, node: &Node, variant: &VariantShape, path: &str) {
        let wrong = |expected: &str, hint: Option<String>| Words {
            message: format!("`{}` is not written like this", variant.name),
            expected: Some(expected.to_owned()),
            hint,
        };
        match (&variant.payload, &node.form) {
            (Payload::Nothing, Form::Word) => {}
            (Payload::Nothing, _) => self.add(&node.span, path, wrong(&format!("`{}` alone", variant.name), None)),
            (Payload::Fields(known), Form::Group { fields, .. }) => self.fields(node, fields, known, path),
            (Payload::Fields(known), Form::Word) => {
                let required = known.iter().any(|field| field.default.is_none());
                let hint = if required { None } else { Some(format!("write `{}()` for its defaults", variant.name)) };
                self.add(&node.span, path, wrong(&format!("`{}(field: value, …)`", variant.name), hint));
            }
            (Payload::Fields(_), Form::Tuple { items, .. }) => {
                let doubled = items.len() == 1 && matches!(items[0].form, Form::Group { .. });
                let hint = doubled.then(|| "one pair of parentheses is enough".to_owned());
                self.add(&node.span, path, wrong(&format!("`{}(field: value, …)`", variant.name), hint));
            }
            (Payload::Single(shape), Form::Tuple { items, .. }) if items.len() == 1 => self.value(&items[0], shape, path),
            (Payload::Single(shape), _) => {
                let expected = format!("`{}(…)` with {}", variant.name, describe(shape));
                self.add(&node.span, path, wrong(&expected, None));
            }
            (Payload::Fields(_), _) => self.add(&node.span, path, wrong("fields in parentheses", None)),
        }
    }
}

/// A known word that begins or ends with `word`, or the other way round: `half_life` for `half_life_days`.
fn part_of<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let (long, short) = if candidate.len() > word.len() { (&candidate, &word) } else { (&word, &candidate) };
        short.len() >= 3 && (long.starts_with(short.as_str()) || long.ends_with(short.as_str()))
    };
    known.iter().copied().find(|candidate| near(candidate))
}

/// Whether `text` is a number of this shape; the error is a hint.
fn check_number(text: &str, shape: &Shape) -> Result<(), Option<String>> {
    let digits = text.replace('_', "");
    let number: Option<f64> = match digits.trim_start_matches('+') {
        "inf" | "NaN" | "-inf" | "-NaN" => Some(f64::NAN),
        plain if plain.starts_with(|c: char| c.is_alphabetic()) => None,
        plain => plain.parse().ok(),
    };
    match shape {
        Shape::Number => number.map(|_| ()).ok_or(None),
        Shape::Whole { low, high } => {
            if let Ok(whole) = digits.trim_start_matches('+').parse::<i128>() {
                if whole > i128::from(*high) {
                    return Err(Some(format!("the largest possible value is {high}")));
                }
                return if whole >= i128::from(*low) { Ok(()) } else { Err(None) };
            }
            // 2e4 and 20000.0 are whole, but not written as one.
            let written = number.filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
            Err(written.map(|number| format!("write {number}")))
        }
        _ => Err(None),
    }
}

/// A value as one short line.
pub(crate) fn shorten(value: &str) -> String {
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 40 { line } else { format!("{}…", line.chars().take(39).collect::<String>()) }
}
