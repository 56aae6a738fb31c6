//! `longgame fields`: every field of a scenario with type, unit, default and meaning.

use crate::cli::failure::Failure;
use crate::cli::output;
use crate::scenario::{FieldEntry, fields_below, similar_fields};

/// Columns of the text.
const WIDTH: usize = 100;

/// Prints the fields at or below `path`, or all.
pub(super) fn fields(path: Option<&str>, json: bool) -> Result<(), Failure> {
    let path = path.unwrap_or("");
    let entries = fields_below(path);
    if entries.is_empty() {
        let similar = similar_fields(path);
        let hint = match similar.as_slice() {
            [] => "`longgame fields` lists them all".to_owned(),
            [one] => format!("did you mean {one}?"),
            several => format!("did you mean one of {}?", several.join(", ")),
        };
        return Err(Failure::input(format!("a scenario has no field {path}"), Some(hint)));
    }
    if json {
        return output::print_json(&entries);
    }
    output::print(&entries.iter().map(describe).collect::<Vec<_>>().join("\n"))
}

fn describe(entry: &FieldEntry) -> String {
    let mut text = entry.path.clone();
    if let Some(variant) = &entry.variant {
        text.push_str(&format!("   (of {variant})"));
    }
    text.push('\n');
    let mut facts = vec![entry.kind.clone()];
    facts.extend(entry.unit.iter().map(|unit| format!("unit: {unit}")));
    facts.push(match &entry.default {
        Some(default) => format!("default: {default}"),
        None => "must be given".to_owned(),
    });
    text.push_str(&wrapped(&facts.join("  ·  "), 4));
    text.push_str(&wrapped(&entry.meaning, 4));
    for variant in &entry.variants {
        text.push_str(&wrapped(&format!("{}: {}", variant.name, variant.meaning), 8));
    }
    text
}

/// A paragraph within the width, indented.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH - indent {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.iter().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}
