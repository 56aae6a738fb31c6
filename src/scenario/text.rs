//! Scenario files as RON text: the dialect, reading and writing.

use crate::scenario::check::shorten;
use crate::scenario::scan::{Form, Node};
use crate::scenario::{Mistake, ScenarioFile, Source};
use ron::extensions::Extensions;
use ron::ser::PrettyConfig;

/// The dialect of scenario files: `Some` is left out, and a variant's fields stand in one pair of parentheses.
fn dialect() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES)
}

/// Reads a scenario from a text whose shape has been checked; `root` are its places.
///
/// # Errors
/// What `ron` or a number's parser still objects to, at the smallest value it concerns.
pub(crate) fn parse_ron(source: &Source, root: &Node) -> Result<ScenarioFile, Box<Mistake>> {
    dialect().from_str(source.text()).map_err(|error| {
        let at = source.offset(crate::scenario::Position { line: error.span.end.line, column: error.span.end.col });
        let node = smallest_at(root, at.saturating_sub(1)).unwrap_or(root);
        Box::new(Mistake {
            message: lowercase_start(&error.code.to_string()),
            path: String::new(),
            value: Some(shorten(source.slice(&node.span))),
            expected: None,
            hint: None,
            source: source.clone(),
            span: if source.slice(&node.span).contains('\n') { at..at } else { node.span.clone() },
            also: None,
        })
    })
}

/// Writes a scenario with every field visible.
pub(crate) fn write_ron(file: &ScenarioFile) -> String {
    let layout = PrettyConfig::new().struct_names(false).indentor("    ").compact_arrays(false);
    // Writing plain structs to a string cannot fail; an empty text would fail to parse and be reported.
    let mut text = dialect().to_string_pretty(file, layout).unwrap_or_default();
    if file.uncertainty.is_empty() && text.ends_with(')') {
        // Left out of what digests and manifests see, so that a scenario that leaves nothing open is the one it always was.
        text.truncate(text.len() - 1);
        text.push_str("    uncertainty: [],\n)");
    }
    text
}

/// Writes a scenario on one line, for digests.
pub(crate) fn write_canonical(file: &ScenarioFile) -> String {
    dialect().to_string(file).unwrap_or_default()
}

fn smallest_at(node: &Node, at: usize) -> Option<&Node> {
    if !node.span.contains(&at) {
        return None;
    }
    let inner = match &node.form {
        Form::Group { fields, .. } => fields.iter().find_map(|field| smallest_at(&field.value, at)),
        Form::Tuple { items, .. } | Form::List(items) => items.iter().find_map(|item| smallest_at(item, at)),
        Form::Map(entries) => entries.iter().find_map(|(key, value)| smallest_at(key, at).or_else(|| smallest_at(value, at))),
        Form::Number | Form::Text | Form::Character | Form::Word => None,
    };
    inner.or(Some(node))
}

fn lowercase_start(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::scan::scan;

    #[test]
    fn what_is_written_reads_back_equal() {
        let source = Source::new("x", "(name: \"x\", phases: [(name: \"p\", months: 3, curation: (skill: 0.123456789))])");
        let file = parse_ron(&source, &scan(source.text()).expect("RON")).expect("a scenario");
        for text in [write_ron(&file), write_canonical(&file)] {
            let again = Source::new("again", &text);
            let root = scan(&text).expect("RON");
            assert_eq!(parse_ron(&again, &root).expect("a scenario"), file);
        }
    }
}
