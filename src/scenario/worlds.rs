//! The worlds of a scenario that leaves fields open: what every replicate draws for them, all drawn and checked before anything runs.

use crate::domain::{Fault, Faults};
use crate::kernel::{Address, Purpose, Streams};
use crate::scenario::overrides::{Applied, Placed};
use crate::scenario::path::FieldPath;
use crate::scenario::uncertainty::{Drawn, UncertainField};
use crate::scenario::validate::validate;
use crate::scenario::{Machine, Mistake, Overrides, ScenarioFile, Source};
use std::sync::Arc;

/// What every replicate of a study draws. Empty for a scenario that leaves nothing open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worlds {
    /// The fields left open, as typed, in the order of the section.
    pub fields: Vec<String>,
    /// The same with list items by position.
    resolved: Vec<FieldPath>,
    /// By replicate.
    worlds: Arc<[World]>,
}

/// The world of one replicate.
#[derive(Clone, Debug, PartialEq)]
struct World {
    /// One per field, as written into the scenario.
    values: Vec<String>,
    /// The whole scenario with these values.
    file: ScenarioFile,
}

impl Worlds {
    /// Draws and checks the worlds of all replicates of `file`.
    ///
    /// # Errors
    /// Entries whose field does not exist or whose draws do not fit, with the first replicate that finds it.
    pub(crate) fn draw(file: &ScenarioFile, machine: &Machine) -> Result<Self, Vec<Fault>> {
        if file.uncertainty.is_empty() {
            return Ok(Self::default());
        }
        let open = ScenarioFile { uncertainty: Vec::new(), ..file.clone() };
        let (mut worlds, mut resolved, mut unfit) = (Vec::new(), Vec::new(), Unfit::default());
        for replicate in 0..file.study.replicates {
            let streams = Streams::new(file.study.seed, replicate);
            let drawn: Vec<Drawn> =
                file.uncertainty.iter().enumerate().map(|(entry, field)| field.distribution.at(unit(&streams, entry))).collect();
            let changes = file
                .uncertainty
                .iter()
                .zip(&drawn)
                .fold(Overrides::new(), |changes, (entry, drawn)| changes.placed(placed(entry, drawn)));
            match changes.apply(open.clone()) {
                Ok((world, applied)) => {
                    let mut faults = Faults::new();
                    validate(&world, machine, &mut faults);
                    faults.into_found().into_iter().for_each(|fault| unfit.add_fault(file, &applied, fault, replicate));
                    let values = applied.iter().map(|applied| applied.value.clone()).collect();
                    resolved = applied.into_iter().map(|applied| applied.path).collect();
                    worlds.push(World { values, file: world });
                }
                Err(mistakes) => mistakes.into_iter().for_each(|mistake| unfit.add_mistake(file, mistake, replicate)),
            }
        }
        let faults = unfit.told(file.study.replicates);
        let fields = file.uncertainty.iter().map(|entry| entry.field.trim().to_owned()).collect();
        if faults.is_empty() { Ok(Self { fields, resolved, worlds: worlds.into() }) } else { Err(faults) }
    }

    /// Whether the scenario leaves nothing open.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// What replicate `replicate` drew, one value per field; `None` beyond the replicates of the study.
    pub fn values(&self, replicate: u32) -> Option<&[String]> {
        self.worlds.get(replicate as usize).map(|world| world.values.as_slice())
    }

    /// Whether `path` is drawn anew in every replicate, or a part of it is, or what holds it.
    pub(crate) fn touch(&self, path: &FieldPath) -> bool {
        self.resolved.iter().any(|open| open.holds(path) || path.holds(open))
    }

    /// The parameters in replicate `replicate`.
    pub(crate) fn file(&self, replicate: u32) -> Option<&ScenarioFile> {
        self.worlds.get(replicate as usize).map(|world| &world.file)
    }
}

/// The number between 0 and 1 of an entry: 53 bits, never an end.
fn unit(streams: &Streams, entry: usize) -> f64 {
    let words = streams.block(Purpose::Uncertainty, Address { unit: entry as u32, counter: 0 }, 0);
    let bits = u64::from(words[0]) << 21 | u64::from(words[1]) >> 11;
    (bits as f64 + 0.5) / 9_007_199_254_740_992.0
}

fn placed(entry: &UncertainField, drawn: &Drawn) -> Placed {
    let (value, drawn) = match drawn {
        Drawn::Number(number) => (number.to_string(), Some(*number)),
        Drawn::Text(text) => (text.clone(), None),
    };
    let path = entry.field.trim().to_owned();
    let flag = Source::new("uncertainty", &format!("{path}={value}"));
    Placed { path_span: 0..path.len(), value_span: path.len() + 1..flag.text().len(), flag, path, drawn }
}

/// Draws that do not fit: the first fault of every entry, and how many replicates have one.
#[derive(Default)]
struct Unfit {
    found: Vec<(usize, Fault, u32)>,
}

impl Unfit {
    fn add(&mut self, entry: usize, fault: Fault) {
        match self.found.iter_mut().find(|(known, first, _)| *known == entry && first.path == fault.path) {
            Some((.., count)) => *count += 1,
            None => self.found.push((entry, fault, 1)),
        }
    }

    /// A draw that cannot be written into the scenario at all.
    fn add_mistake(&mut self, file: &ScenarioFile, mistake: Mistake, replicate: u32) {
        let own = |entry: &UncertainField| mistake.source.text().starts_with(&format!("{}=", entry.field.trim()));
        let entry = file.uncertainty.iter().position(own).unwrap_or(0);
        let field = &file.uncertainty[entry].field;
        let value = mistake.source.text().get(field.trim().len() + 1..).unwrap_or("");
        let expected = mistake.expected.clone().unwrap_or_else(|| "a field of a scenario".to_owned());
        let is_value = mistake.span.start > field.trim().len();
        let (place, value) = match is_value {
            true => ("distribution", drawn_words(value, field, replicate)),
            false => ("field", format!("{field:?}")),
        };
        let path = format!("uncertainty[{entry}].{place}");
        self.add(entry, Fault { path, value, expected, hint: mistake.hint });
    }

    /// A draw that makes no sense, alone or with the rest of the scenario.
    fn add_fault(&mut self, file: &ScenarioFile, applied: &[Applied], fault: Fault, replicate: u32) {
        let path = FieldPath::parse(&fault.path).unwrap_or_default();
        let holds = |applied: &Applied| applied.path.holds(&path) || path.holds(&applied.path);
        let entry = applied.iter().rposition(holds).unwrap_or(0);
        let field = &file.uncertainty[entry].field;
        let mut value = drawn_words(&applied[entry].value, field, replicate);
        if path != applied[entry].path {
            value.push_str(&format!(", so that `{}` is {}", fault.path, fault.value));
        }
        self.add(entry, Fault { path: format!("uncertainty[{entry}].distribution"), value, ..fault });
    }

    fn told(self, replicates: u32) -> Vec<Fault> {
        let told = |(_, fault, count): (usize, Fault, u32)| {
            let is_draw = fault.path.ends_with("distribution");
            let also =
                if count > 1 && is_draw { format!(" ({count} of {replicates} replicates do not fit)") } else { String::new() };
            Fault { value: format!("{}{also}", fault.value), ..fault }
        };
        self.found.into_iter().map(told).collect()
    }
}

/// `drawn 1.7 for population.drift.knot_days in replicate 3`.
fn drawn_words(value: &str, field: &str, replicate: u32) -> String {
    format!("drawn {value} for {field} in replicate {replicate}")
}
