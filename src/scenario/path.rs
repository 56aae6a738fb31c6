//! Paths of fields as users write them for `--set`, and finding them in scanned text.
//!
//! `phases[0].months`, `arms[agents].share` (list items by position or by their `name`), and
//! `arms[1].policy.forgetting_half_life_days`: the fields of an enum's payload are reached directly.

use crate::scenario::scan::{Form, Node};
use std::fmt;
use std::ops::Range;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into a field of a group, or of a variant's payload.
    Field(String),
    /// Into a list's item at a position, from 0.
    Index(usize),
    /// Into the list's item whose `name` is this.
    Named(String),
}

/// A path from the root of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldPath(pub(crate) Vec<Step>);

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if index == 0 => write!(f, "{name}")?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(position) => write!(f, "[{position}]")?,
                Step::Named(name) => write!(f, "[{name}]")?,
            }
        }
        Ok(())
    }
}

impl FieldPath {
    /// Reads a path; `None` if it is not written as one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        for part in text.replace('[', ".[").split('.').filter(|part| !part.is_empty()) {
            match part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) {
                Some(inside) => {
                    let inside = inside.trim_matches(['"', '\'']);
                    let index = inside.parse().map(Step::Index);
                    steps.push(index.unwrap_or_else(|_| Step::Named(inside.to_owned())));
                }
                None => steps.push(Step::Field(part.to_owned())),
            }
        }
        let well_formed = !steps.is_empty()
            && steps.iter().all(|step| match step {
                Step::Field(name) => !name.is_empty() && name.chars().all(|c| c == '_' || c.is_alphanumeric()),
                Step::Index(_) => true,
                Step::Named(name) => !name.is_empty() && !name.contains(['[', ']']),
            });
        let rebuilt = Self(steps);
        let plain = text.replace(['"', '\''], "");
        (well_formed && rebuilt.to_string() == plain).then_some(rebuilt)
    }

    /// Whether `self` is `other` or an ancestor of it.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The path without list positions, as the catalogue of fields writes it: `arms[].policy.reward`.
    pub(crate) fn catalogue_form(&self) -> String {
        let mut out = String::new();
        for step in &self.0 {
            match step {
                Step::Field(name) if out.is_empty() => out.push_str(name),
                Step::Field(name) => {
                    out.push('.');
                    out.push_str(name);
                }
                Step::Index(_) | Step::Named(_) => out.push_str("[]"),
            }
        }
        out
    }
}

/// Where a path leads in a scanned text.
pub(crate) struct Found<'a> {
    /// The value.
    pub(crate) node: &'a Node,
    /// Place of the field's name, where it has one.
    pub(crate) name: Option<Range<usize>>,
}

/// How far a path leads in a scanned text.
pub(crate) struct Walk<'a> {
    /// Where it led last.
    pub(crate) last: Found<'a>,
    /// Steps taken.
    pub(crate) taken: usize,
    /// The steps taken, list items by position.
    pub(crate) resolved: FieldPath,
}

/// Follows `path` from `root` as far as the text goes.
pub(crate) fn walk<'a>(root: &'a Node, text: &str, path: &FieldPath) -> Walk<'a> {
    let mut walk = Walk { last: Found { node: root, name: None }, taken: 0, resolved: FieldPath::default() };
    for step in &path.0 {
        let Some((found, resolved)) = child(walk.last.node, text, step) else {
            break;
        };
        walk.last = found;
        walk.resolved.0.push(resolved);
        walk.taken += 1;
    }
    walk
}

fn child<'a>(node: &'a Node, text: &str, step: &Step) -> Option<(Found<'a>, Step)> {
    match (step, &node.form) {
        (Step::Field(name), Form::Group { fields, .. }) => {
            let field = fields.iter().find(|field| &text[field.name.clone()] == name)?;
            Some((Found { node: &field.value, name: Some(field.name.clone()) }, step.clone()))
        }
        (Step::Index(index), Form::List(items)) => {
            let node = items.get(*index)?;
            Some((Found { node, name: None }, step.clone()))
        }
        (Step::Named(name), Form::List(items)) => {
            let index = item_names(items, text).position(|found| found == Some(name))?;
            Some((Found { node: &items[index], name: None }, Step::Index(index)))
        }
        _ => None,
    }
}

/// The `name` of every item of a list, where it has one.
pub(crate) fn item_names<'a>(items: &'a [Node], text: &'a str) -> impl Iterator<Item = Option<&'a str>> {
    items.iter().map(move |item| {
        let Form::Group { fields, .. } = &item.form else { return None };
        let field = fields.iter().find(|field| &text[field.name.clone()] == "name")?;
        Some(text[field.value.span.clone()].trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::scan::scan;

    #[test]
    fn paths_read_back_as_they_are_written() {
        for text in ["name", "phases[0].months", "arms[agents].policy.reward", "population.drift.breaks[3].day"] {
            assert_eq!(FieldPath::parse(text).expect(text).to_string(), text);
        }
        for text in ["", ".", "a..b", "a[", "a[]", "a[0", "a]b", "a b", "[0].", "a.[0]"] {
            assert_eq!(FieldPath::parse(text), None, "{text}");
        }
    }

    #[test]
    fn paths_lead_into_payloads_and_named_items() {
        let text = "(arms: [(name: \"a\"), (name: \"b\", policy: Thompson(reward: Session(within_hours: 5)))])";
        let root = scan(text).expect("valid RON");
        let path = FieldPath::parse("arms[b].policy.reward.within_hours").expect("a path");
        let walk = walk(&root, text, &path);
        assert_eq!(&text[walk.last.node.span.clone()], "5");
        assert_eq!(walk.resolved.to_string(), "arms[1].policy.reward.within_hours");
    }
}
