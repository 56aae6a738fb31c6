//! Changes from the command line: `--set PATH=VALUE`, `--seed`, `--replicates`, `--customers`.
//!
//! There is one mechanism: the parsed scenario is written out as RON with every default visible, the text at the path is
//! replaced, and the result is checked and parsed again. Sweeps over a field use the same door.

use crate::domain::nearest;
use crate::scenario::check::check_shape;
use crate::scenario::path::{FieldPath, Step, item_names, walk};
use crate::scenario::scan::{Form, Node, SyntaxFault, scan};
use crate::scenario::shape::Catalogue;
use crate::scenario::text::{parse_ron, write_ron};
use crate::scenario::{Mistake, ScenarioFile, Source, field_entries};
use std::ops::Range;

/// Changes to a scenario, applied in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    changes: Vec<Change>,
}

/// A change as typed: the whole flag, and where path and value stand in it.
#[derive(Clone, Debug, PartialEq)]
struct Change {
    flag: Source,
    /// Path in the notation of `--set`; the flag's own text for `--set`, implied for the short flags.
    path: String,
    /// Where the path stands in the flag, for `--set`.
    path_span: Range<usize>,
    /// Where the value stands in the flag; `None` if there is no `=`.
    value_span: Option<Range<usize>>,
    /// A number that stands for the text at `value_span`, which says where it was drawn from.
    drawn: Option<f64>,
}

/// A change whose path and value stand somewhere in a longer text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placed {
    /// The text.
    pub(crate) flag: Source,
    /// The path.
    pub(crate) path: String,
    /// Where the path stands.
    pub(crate) path_span: Range<usize>,
    /// Where the value stands.
    pub(crate) value_span: Range<usize>,
    /// A number instead of the text that stands there; rounded where the field takes whole numbers only.
    pub(crate) drawn: Option<f64>,
}

/// A change that was applied: its path by positions, what it set, and where its value stands.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    /// Path, list items by position.
    pub(crate) path: FieldPath,
    /// The value as it was written into the scenario.
    pub(crate) value: String,
    /// The flag.
    pub(crate) flag: Source,
    /// The value in the flag.
    pub(crate) span: Range<usize>,
}

/// Name of the flags' text in messages.
const COMMAND_LINE: &str = "command line";

impl Overrides {
    /// No changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `--set CHANGE`, where `change` reads `PATH=VALUE`. Texts may stand without quotes.
    #[must_use]
    pub fn set(mut self, change: &str) -> Self {
        let flag = Source::new(COMMAND_LINE, &format!("--set {change}"));
        let start = "--set ".len();
        let end = flag.text().len();
        let equals = flag.text().find('=');
        let path_span = start..equals.unwrap_or(end);
        let path = flag.slice(&path_span).trim().to_owned();
        self.changes.push(Change { path, path_span, value_span: equals.map(|equals| equals + 1..end), flag, drawn: None });
        self
    }

    /// Adds `--seed VALUE`.
    #[must_use]
    pub fn seed(self, value: &str) -> Self {
        self.short_flag("--seed", "study.seed", value)
    }

    /// Adds `--replicates VALUE`.
    #[must_use]
    pub fn replicates(self, value: &str) -> Self {
        self.short_flag("--replicates", "study.replicates", value)
    }

    /// Adds `--customers VALUE`.
    #[must_use]
    pub fn customers(self, value: &str) -> Self {
        self.short_flag("--customers", "population.size", value)
    }

    fn short_flag(mut self, name: &str, path: &str, value: &str) -> Self {
        let flag = Source::new(COMMAND_LINE, &format!("{name} {value}"));
        let value_span = Some(name.len() + 1..flag.text().len());
        self.changes.push(Change { path: path.to_owned(), path_span: 0..name.len(), value_span, flag, drawn: None });
        self
    }

    /// Adds a change that stands in a longer text.
    #[must_use]
    pub(crate) fn placed(mut self, placed: Placed) -> Self {
        let Placed { flag, path, path_span, value_span, drawn } = placed;
        self.changes.push(Change { flag, path, path_span, value_span: Some(value_span), drawn });
        self
    }

    /// Applies all changes in their order.
    ///
    /// # Errors
    /// The mistakes of the first change that cannot be applied.
    pub(crate) fn apply(&self, file: ScenarioFile) -> Result<(ScenarioFile, Vec<Applied>), Vec<Mistake>> {
        let mut file = file;
        let mut applied = Vec::new();
        for change in &self.changes {
            let (changed, done) = change.apply(&file)?;
            file = changed;
            applied.push(done);
        }
        Ok((file, applied))
    }
}

/// A text with a value replaced.
struct Patched {
    text: String,
    /// Where the new value stands in it.
    value: Range<usize>,
}

impl Change {
    fn apply(&self, file: &ScenarioFile) -> Result<(ScenarioFile, Applied), Vec<Mistake>> {
        let written = write_ron(file);
        let Ok(root) = scan(&written) else {
            return Err(vec![self.mistake(0..self.flag.text().len(), "this scenario cannot be changed from the command line")]);
        };
        let span = self.value_span.clone().ok_or_else(|| vec![self.without_equals()])?;
        let (target, resolved, wrap) = self.target(&root, &written)?;
        let mut first_mistakes = None;
        for candidate in self.candidates(&span) {
            let scanned = scan(&candidate);
            let patched = patch(&written, &target, &wrap, &candidate);
            let outcome = match scanned {
                Err(fault) => Err(vec![self.syntax(&fault, span.start)]),
                Ok(_) => self.read(&patched, span.start),
            };
            match outcome {
                Ok(changed) => {
                    return Ok((changed, Applied { path: resolved, value: candidate, flag: self.flag.clone(), span }));
                }
                Err(mistakes) => first_mistakes = first_mistakes.or(Some(mistakes)),
            }
        }
        Err(first_mistakes.unwrap_or_default())
    }

    /// What may be meant by the value, to be tried in this order: texts may stand without quotes, draws are rounded for whole numbers.
    fn candidates(&self, span: &Range<usize>) -> [String; 2] {
        let value = self.flag.slice(span);
        match self.drawn {
            Some(number) => [number.to_string(), number.round().to_string()],
            None => [value.to_owned(), format!("{value:?}")],
        }
    }

    /// Where the value goes: its place in the written scenario, the path by positions, and the fields that must be wrapped
    /// around it when an optional group on the way was not given.
    fn target(&self, root: &Node, written: &str) -> Result<(Range<usize>, FieldPath, Vec<String>), Vec<Mistake>> {
        let Some(path) = FieldPath::parse(&self.path) else {
            let mut mistake = self.mistake(self.path_span.clone(), &format!("`{}` is not the path of a field", self.path));
            mistake.expected = Some("a path such as population.size or arms[1].share".to_owned());
            return Err(vec![mistake]);
        };
        let walk = walk(root, written, &path);
        let rest = &path.0[walk.taken..];
        let names: Vec<String> =
            rest.iter().map_while(|step| if let Step::Field(name) = step { Some(name.clone()) } else { None }).collect();
        let absent = walk.last.node.form == Form::Word && &written[walk.last.node.span.clone()] == "None";
        if rest.is_empty() || (absent && names.len() == rest.len()) {
            let mut resolved = walk.resolved.clone();
            resolved.0.extend(rest.iter().cloned());
            return Ok((walk.last.node.span.clone(), resolved, names));
        }
        Err(vec![self.unknown_path(&path, walk.taken, walk.last.node, written)])
    }

    fn read(&self, patched: &Patched, value_start: usize) -> Result<ScenarioFile, Vec<Mistake>> {
        let source = Source::new(COMMAND_LINE, &patched.text);
        let root = scan(&patched.text).map_err(|fault| vec![self.syntax(&fault, 0)])?;
        let found = check_shape(&source, &root, &Catalogue::root());
        if !found.is_empty() {
            return Err(found.into_iter().map(|mistake| self.moved(mistake, patched, value_start)).collect());
        }
        parse_ron(&source, &root).map_err(|mistake| vec![self.moved(*mistake, patched, value_start)])
    }

    /// A mistake in the patched text, shown in the flag instead.
    fn moved(&self, mistake: Mistake, patched: &Patched, value_start: usize) -> Mistake {
        let end = self.flag.text().len();
        let within = mistake.span.start >= patched.value.start && mistake.span.end <= patched.value.end;
        let shift = |at: usize| (at - patched.value.start + value_start).min(end);
        let span = match (&self.value_span, self.drawn) {
            (Some(span), Some(_)) => span.clone(),
            _ if within => shift(mistake.span.start)..shift(mistake.span.end),
            _ => self.path_span.clone(),
        };
        Mistake { source: self.flag.clone(), span, also: None, ..mistake }
    }

    fn syntax(&self, fault: &SyntaxFault, start: usize) -> Mistake {
        let end = self.flag.text().len();
        let span = (fault.span.start + start).min(end)..(fault.span.end + start).min(end);
        let mut mistake = self.mistake(span, &fault.message);
        mistake.expected = Some(fault.expected.clone());
        mistake.hint = fault.hint.clone();
        mistake
    }

    fn without_equals(&self) -> Mistake {
        let mut mistake = self.mistake(self.path_span.clone(), &format!("`{}` changes nothing", self.flag.text()));
        mistake.expected = Some("PATH=VALUE".to_owned());
        mistake.hint = Some(format!("write {}=…", self.flag.text()));
        mistake
    }

    fn unknown_path(&self, path: &FieldPath, taken: usize, last: &Node, written: &str) -> Mistake {
        let reached = FieldPath(path.0[..taken].to_vec()).to_string();
        let place = if reached.is_empty() { "a scenario".to_owned() } else { format!("`{reached}`") };
        let shown = FieldPath(path.0[..=taken].to_vec()).to_string();
        let start = (self.path_span.start + reached.len() + usize::from(taken > 0)).min(self.path_span.end);
        let span = start..(self.path_span.start + shown.len()).clamp(start, self.path_span.end);
        let mut mistake = self.mistake(span, &format!("there is no `{shown}`"));
        let mut known: Vec<&str> = Vec::new();
        match &last.form {
            Form::Group { fields, .. } => {
                known.extend(fields.iter().map(|field| &written[field.name.clone()]));
                mistake.expected = Some(format!("a field of {place}"));
            }
            Form::List(items) => {
                known.extend(item_names(items, written).flatten());
                let positions = if items.is_empty() { "an item, but it is empty" } else { "an item" };
                mistake.expected = Some(format!("{positions} of {place}: {}", item_words(items, written)));
            }
            _ => mistake.expected = Some(format!("nothing below {place}: it has no fields")),
        }
        let near = match &path.0[taken] {
            Step::Field(name) => nearest(name, &known).map(str::to_owned).or_else(|| elsewhere(path, taken)),
            Step::Named(name) => nearest(name, &known).map(str::to_owned),
            Step::Index(_) => None,
        };
        mistake.hint = near.map(|near| format!("did you mean `{near}`?"));
        mistake
    }

    fn mistake(&self, span: Range<usize>, message: &str) -> Mistake {
        Mistake {
            message: message.to_owned(),
            path: self.path.clone(),
            value: self.value_span.as_ref().map(|span| self.candidates(span)[0].clone()),
            expected: None,
            hint: None,
            source: self.flag.clone(),
            span,
            also: None,
        }
    }
}

fn item_words(items: &[Node], written: &str) -> String {
    let word = |(index, name): (usize, Option<&str>)| match name {
        Some(name) if !name.is_empty() => format!("[{index}] or [{name}]"),
        _ => format!("[{index}]"),
    };
    item_names(items, written).enumerate().map(word).collect::<Vec<_>>().join(", ")
}

/// A path that may have been meant where step `taken` leads nowhere: a field of the same name elsewhere, the unknown step's or
/// else the last one's.
fn elsewhere(path: &FieldPath, taken: usize) -> Option<String> {
    let entries = field_entries();
    let typed = path.catalogue_form();
    let likeness = |candidate: &str| strsim::normalized_damerau_levenshtein(candidate, &typed);
    for step in [path.0.get(taken), path.0.last()] {
        let Some(Step::Field(name)) = step else { continue };
        let same_name = entries.iter().map(|entry| entry.path.as_str()).filter(|path| path.rsplit('.').next() == Some(name));
        // `max_by` keeps the last of equals; the catalogue's first is wanted.
        let best = same_name.rev().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        if let Some(best) = best {
            return Some(best.replace("[]", "[0]"));
        }
    }
    None
}

fn patch(written: &str, target: &Range<usize>, wrap: &[String], value: &str) -> Patched {
    let mut text = written[..target.start].to_owned();
    for field in wrap {
        text.push('(');
        text.push_str(field);
        text.push_str(": ");
    }
    let start = text.len();
    text.push_str(value);
    let value = start..text.len();
    text.push_str(&")".repeat(wrap.len()));
    text.push_str(&written[target.end..]);
    Patched { text, value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::scenario::check::check_shape;

    /// Paths and texts of all scalars in a written scenario.
    fn scalars(node: &Node, text: &str, path: &str, found: &mut Vec<(String, String)>) {
        match &node.form {
            Form::Group { fields, .. } => {
                for field in fields {
                    let name = &text[field.name.clone()];
                    let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                    scalars(&field.value, text, &path, found);
                }
            }
            Form::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    scalars(item, text, &format!("{path}[{index}]"), found);
                }
            }
            _ => found.push((path.to_owned(), text[node.span.clone()].to_owned())),
        }
    }

    fn everything() -> ScenarioFile {
        let text = "(name: \"x\", competitors: [(name: \"c\", leaves_day: 9)], population: (represents: 5, drift: (breaks: [()]),
            sessions: (seasons: [(name: \"s\")])), guardrails: (weekly_caps: [(channel: \"push\")]),
            verticals: [(seasons: [()], deadlines: [()])], pre_policy: (idle_trigger: ()), study: (replicates: 1),
            uncertainty: [(field: \"population.fatigue.half_life_days\", distribution: Uniform(low: 5.0, high: 9.0)),
                (field: \"pre_policy.messages_per_week\", distribution: Triangular(low: 1.0, mode: 2.0, high: 3.0)),
                (field: \"population.drift.customer_half_life_days\", distribution: LogNormal(median: 60.0, spread: 1.5)),
                (field: \"population.represents\", distribution: Normal(mean: 900.0, sd: 1.0))])";
        let source = Source::new("x", text);
        let root = scan(text).expect("RON");
        assert_eq!(check_shape(&source, &root, &Catalogue::root()), []);
        parse_ron(&source, &root).expect("a scenario")
    }

    #[test]
    fn every_field_can_be_changed_to_what_it_is() {
        let file = everything();
        let written = write_ron(&file);
        let mut found = Vec::new();
        scalars(&scan(&written).expect("RON"), &written, "", &mut found);
        assert!(found.len() > 150, "{} fields", found.len());
        for (path, value) in found {
            let (changed, _) = Overrides::new().set(&format!("{path}={value}")).apply(file.clone()).expect("applies");
            assert_eq!(changed, file, "{path}");
        }
    }

    #[test]
    fn no_number_anywhere_may_be_nan_or_infinite() {
        let file = everything();
        Scenario::from_file(file.clone()).expect("valid before");
        let written = write_ron(&file);
        let mut found = Vec::new();
        scalars(&scan(&written).expect("RON"), &written, "", &mut found);
        let mut accepted = Vec::new();
        for (path, value) in found.iter().filter(|(_, value)| value.parse::<f64>().is_ok()) {
            for wrong in ["NaN", "inf", "-inf"] {
                let changed = Overrides::new().set(&format!("{path}={wrong}")).apply(file.clone());
                if changed.is_ok_and(|(changed, _)| Scenario::from_file(changed).is_ok()) {
                    accepted.push(format!("{path}: {value} became {wrong}"));
                }
            }
        }
        assert_eq!(accepted, Vec::<String>::new());
    }
}
