//! Every field of a scenario with type, unit, default and meaning: what `longgame fields` prints.
//!
//! Built from the parameter structs' own documentation: "unit: meaning. Source or *assumed*."

use crate::scenario::shape::{Catalogue, FieldShape, Payload, Shape, describe, variant_sketch};
use serde::Serialize;
use serde_json::Value;

/// A field, explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldEntry {
    /// Path with `[]` for list items: `arms[].policy.reward`.
    pub path: String,
    /// The variants it belongs to, from the outside in: `Thompson`.
    pub variant: Option<String>,
    /// Kind of value.
    #[serde(rename = "type")]
    pub kind: String,
    /// Unit of a number.
    pub unit: Option<String>,
    /// Default as it would be written; `None` if the field must be given.
    pub default: Option<String>,
    /// Meaning, then where the default comes from.
    pub meaning: String,
    /// The variants to choose from, each with its meaning.
    pub variants: Vec<VariantEntry>,
}

/// A variant, explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantEntry {
    /// As it is written.
    pub name: String,
    /// Meaning.
    pub meaning: String,
}

/// All fields, each group followed by its own fields.
pub fn field_entries() -> Vec<FieldEntry> {
    let mut entries = Vec::new();
    if let Shape::Group(root) = Catalogue::root() {
        list_fields(Catalogue::get().group(&root), "", None, &mut entries);
    }
    entries
}

/// The fields at or below `prefix`; list positions and names in the prefix are ignored.
pub fn fields_below(prefix: &str) -> Vec<FieldEntry> {
    let wanted = without_positions(prefix);
    let below = |path: &str| {
        let path = path.replace("[]", "");
        path == wanted || path.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('.'))
    };
    field_entries().into_iter().filter(|entry| wanted.is_empty() || below(&entry.path)).collect()
}

/// Paths that may have been meant by `prefix`, most likely first.
pub fn similar_fields(prefix: &str) -> Vec<String> {
    let wanted = without_positions(prefix).to_lowercase();
    let last = wanted.rsplit('.').next().unwrap_or("").to_owned();
    let mut scored: Vec<(f64, String)> = field_entries()
        .into_iter()
        .map(|entry| {
            let path = entry.path.replace("[]", "");
            let name = path.rsplit('.').next().unwrap_or("").to_owned();
            let contained = if last.len() >= 3 && name.contains(&last) { 0.7 } else { 0.0 };
            let likeness = strsim::normalized_damerau_levenshtein(&path, &wanted);
            (likeness.max(strsim::normalized_damerau_levenshtein(&name, &last)).max(contained), entry.path)
        })
        .filter(|(likeness, _)| *likeness >= 0.6)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.truncate(5);
    scored.into_iter().map(|(_, path)| path).collect()
}

fn without_positions(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.trim().chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.trim_matches('.').to_owned()
}

fn list_fields(fields: &[FieldShape], path: &str, variant: Option<&str>, entries: &mut Vec<FieldEntry>) {
    for field in fields {
        let path = if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) };
        let (unit, meaning) = split_unit(&field.doc);
        entries.push(FieldEntry {
            path: path.clone(),
            variant: variant.map(str::to_owned),
            kind: kind_of(&field.shape),
            unit,
            default: field.default.as_ref().map(|value| write_default(value, &field.shape)),
            meaning,
            variants: variants_of(&field.shape),
        });
        descend(&field.shape, &path, variant, entries);
    }
}

fn descend(shape: &Shape, path: &str, variant: Option<&str>, entries: &mut Vec<FieldEntry>) {
    match shape {
        Shape::Optional(inner) => descend(inner, path, variant, entries),
        Shape::List(inner) => descend(inner, &format!("{path}[]"), variant, entries),
        Shape::Group(group) => list_fields(Catalogue::get().group(group), path, variant, entries),
        Shape::Choice(choice) => {
            for option in Catalogue::get().choice(choice) {
                if let Payload::Fields(fields) = &option.payload {
                    let name = variant.map_or_else(|| option.name.clone(), |outer| format!("{outer}, {}", option.name));
                    list_fields(fields, path, Some(&name), entries);
                }
            }
        }
        Shape::Whole { .. } | Shape::Number | Shape::Flag | Shape::Text => {}
    }
}

fn variants_of(shape: &Shape) -> Vec<VariantEntry> {
    match shape {
        Shape::Optional(inner) | Shape::List(inner) => variants_of(inner),
        Shape::Choice(choice) => Catalogue::get()
            .choice(choice)
            .iter()
            .map(|variant| VariantEntry { name: variant_sketch(variant), meaning: variant.doc.clone() })
            .collect(),
        _ => Vec::new(),
    }
}

fn kind_of(shape: &Shape) -> String {
    match shape {
        Shape::Whole { low: 0, .. } => "whole number".to_owned(),
        Shape::Whole { .. } => "whole number, may be negative".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Text => "text".to_owned(),
        Shape::Flag => "true or false".to_owned(),
        Shape::Group(_) => "group of fields".to_owned(),
        Shape::Choice(_) => describe(shape),
        Shape::Optional(inner) => format!("{}, optional", kind_of(inner)),
        Shape::List(inner) => match inner.as_ref() {
            Shape::Group(_) => "list of groups".to_owned(),
            Shape::Text => "list of texts".to_owned(),
            Shape::Whole { .. } => "list of whole numbers".to_owned(),
            inner => format!("list of {}s", kind_of(inner)),
        },
    }
}

/// Splits "unit: meaning": a unit starts in lower case, meanings without unit in upper case.
fn split_unit(doc: &str) -> (Option<String>, String) {
    match doc.split_once(": ") {
        Some((unit, meaning)) if doc.starts_with(|c: char| c.is_lowercase()) && !unit.contains(". ") => {
            (Some(unit.to_owned()), meaning.to_owned())
        }
        _ => (None, doc.to_owned()),
    }
}

/// A default as it would be written in a scenario; lists of groups only by their names.
fn write_default(value: &Value, shape: &Shape) -> String {
    match (value, shape) {
        (Value::Null, _) => "not given".to_owned(),
        (value, Shape::Optional(inner)) => write_default(value, inner),
        (Value::Array(items), Shape::List(inner)) => match inner.as_ref() {
            Shape::Group(_) => {
                let names: Vec<&str> = items.iter().filter_map(|item| item.get("name").and_then(Value::as_str)).collect();
                if items.is_empty() { "[]".to_owned() } else { format!("{} items: {}", items.len(), names.join(", ")) }
            }
            inner => {
                let items: Vec<String> = items.iter().map(|item| write_default(item, inner)).collect();
                format!("[{}]", items.join(", "))
            }
        },
        (Value::String(word), Shape::Choice(_)) => word.clone(),
        (Value::Object(variant), Shape::Choice(_)) => variant.keys().next().map_or_else(String::new, |name| format!("{name}(…)")),
        (Value::Object(_), _) => "the defaults of its fields".to_owned(),
        (value, _) => value.to_string(),
    }
}
