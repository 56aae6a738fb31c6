//! Sweeps: one scenario in many cells that differ in a few fields, every cell checked before anything runs.
//!
//! Lists of values make a full grid, the last field varying fastest; with ranges among them a Latin hypercube takes so many points, and every
//! value of a list comes up equally often (up to one). Cells keep the seed and the number of replicates, so they share their random numbers.

use crate::kernel::Streams;
use crate::scenario::latin_hypercube::stratified;
use crate::scenario::over::{Axis, Levels, Words, number};
use crate::scenario::overrides::{Applied, Placed};
use crate::scenario::path::FieldPath;
use crate::scenario::valid::Typed;
use crate::scenario::{Machine, Mistake, Overrides, Scenario, ScenarioError, Source, SweepRequest, fields_below};
use serde::Serialize;

/// Most cells of a sweep.
const MOST_CELLS: usize = 10_000;
/// Most mistakes that are told at once.
const MOST_MISTAKES: usize = 8;
/// Significant digits of drawn values: enough to tell cells apart, few enough to read.
const DRAWN_DIGITS: i32 = 6;
/// Fields that no cell may have of its own, and why.
const REFUSED: [(&str, &str); 9] = [
    ("name", "cells are one study under one name"),
    ("title", "it changes no result"),
    ("description", "it changes no result"),
    ("study.replicates", "cells are compared replicate by replicate; use --replicates for all of them"),
    ("study.seed", "cells share their random numbers; use --seed for all of them"),
    ("study.metrics", "cells are compared by the same metrics; use --set for all of them"),
    ("study.estimators", "a sweep compares arms by their means and by twins only"),
    ("study.truth", "cells are compared by the same kind of evidence; use --set for all of them"),
    ("uncertainty", "use --set for all cells"),
];

/// What a field is in a cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CellValue {
    /// A number.
    Number(f64),
    /// Anything else, as it was typed.
    Text(String),
}

/// A field that is swept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweptField {
    /// Path, as typed.
    pub path: String,
    /// Unit of its numbers, where the field has one.
    pub unit: Option<String>,
    /// Whether all its values are numbers.
    pub is_numeric: bool,
    /// Ends of its range; `None` for a list.
    pub range: Option<(f64, f64)>,
    /// Its values in the order they are listed; of a range, those drawn, by cell.
    pub values: Vec<CellValue>,
}

/// A cell of a sweep.
#[derive(Clone, Debug)]
pub struct SweepCell {
    /// One value per field.
    pub values: Vec<CellValue>,
    /// The scenario with these values.
    pub scenario: Scenario,
}

/// A sweep that makes sense.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// The fields, in the order they were named.
    pub fields: Vec<SweptField>,
    /// The cells; at least one.
    pub cells: Vec<SweepCell>,
    /// Points of the Latin hypercube; `None` for a full grid.
    pub samples: Option<u32>,
    /// The cell that is the scenario as it stands, where there is one.
    pub own: Option<usize>,
}

/// Where a cell's value of one field comes from.
#[derive(Clone, Copy, Debug)]
enum Pick {
    /// The value at this position of the list.
    Listed(usize),
    /// A number from the range.
    Drawn(f64),
}

impl Sweep {
    /// Reads and checks all cells of a sweep for `machine`.
    ///
    /// # Errors
    /// Mistakes in the flags, or those of the cells; a mistake that only some cells make names the first of them.
    pub fn load_for(
        machine: &Machine,
        source: &Source,
        overrides: &Overrides,
        request: &SweepRequest,
    ) -> Result<Self, ScenarioError> {
        let fail = |mistakes| ScenarioError { mistakes };
        let axes = request.axes().map_err(fail)?;
        let refused: Vec<Mistake> = axes.iter().filter_map(refusal).collect();
        if !refused.is_empty() {
            return Err(fail(refused));
        }
        let typed = Typed::read(source, overrides).map_err(fail)?;
        let picks = match request.samples {
            Some(samples) => hypercube(&axes, samples, typed.file.study.seed),
            None => grid(&axes).map_err(|mistake| fail(vec![*mistake]))?,
        };
        let mut checked = Checked::default();
        for (place, picks) in picks.iter().enumerate() {
            let changes =
                axes.iter().zip(picks).fold(Overrides::new(), |changes, (axis, pick)| changes.placed(placed(axis, *pick)));
            match typed.finish(machine, &changes) {
                Ok((scenario, applied)) => {
                    checked.overlap =
                        checked.overlap.or_else(|| overlap(&axes, &applied)).or_else(|| left_open(&axes, &applied, &scenario));
                    let values = axes.iter().zip(&applied).map(|(axis, applied)| value_of(axis, applied)).collect();
                    checked.cells.push(SweepCell { values, scenario });
                }
                Err(found) => found.into_iter().for_each(|mistake| checked.add(mistake, (place, cell_words(&axes, picks)))),
            }
        }
        let cells = checked.finish(picks.len()).map_err(fail)?;
        differing_shape(&axes, &cells).map_err(|mistake| fail(vec![*mistake]))?;
        let as_it_stands = typed.finish(machine, &Overrides::new()).ok().map(|(scenario, _)| scenario.digest);
        let own = as_it_stands.and_then(|digest| cells.iter().position(|cell| cell.scenario.digest == digest));
        let fields = axes.iter().enumerate().map(|(place, axis)| field(axis, place, &cells)).collect();
        Ok(Self { fields, cells, samples: request.samples, own })
    }
}

fn refusal(axis: &Axis) -> Option<Mistake> {
    let path = FieldPath::parse(&axis.path)?;
    let matching = |(refused, _): &&(&str, &str)| {
        FieldPath::parse(refused).is_some_and(|refused| refused.holds(&path) || path.holds(&refused))
    };
    let (_, reason) = REFUSED.iter().find(matching)?;
    let words = Words {
        message: format!("`{}` cannot be swept", axis.path),
        expected: "a field of the trial".to_owned(),
        hint: Some((*reason).to_owned()),
    };
    Some(axis.mistake(axis.path_span.clone(), words))
}

/// Every combination of listed values, the last field varying fastest.
fn grid(axes: &[Axis]) -> Result<Vec<Vec<Pick>>, Box<Mistake>> {
    let mut cells: Vec<Vec<Pick>> = vec![Vec::new()];
    for axis in axes {
        let count = match &axis.levels {
            Levels::Listed(values) => values.len(),
            Levels::Between { .. } => 0,
        };
        if cells.len().saturating_mul(count) > MOST_CELLS {
            let words = Words {
                message: format!("these values make more than {MOST_CELLS} cells"),
                expected: format!("a grid of at most {MOST_CELLS} cells"),
                hint: Some("name fewer values, or draw cells from ranges: PATH=LOW..HIGH with --samples".to_owned()),
            };
            return Err(Box::new(axis.mistake(axis.whole_span(), words)));
        }
        let longer = |cell: &Vec<Pick>| {
            let cell = cell.clone();
            (0..count).map(move |value| cell.iter().copied().chain([Pick::Listed(value)]).collect::<Vec<_>>())
        };
        cells = cells.iter().flat_map(longer).collect();
    }
    Ok(cells)
}

/// So many points of a Latin hypercube.
fn hypercube(axes: &[Axis], samples: u32, seed: u64) -> Vec<Vec<Pick>> {
    let streams = Streams::new(seed, 0);
    let column = |(number, axis): (usize, &Axis)| -> Vec<Pick> {
        let points = stratified(&streams, number as u32, samples).into_iter();
        match &axis.levels {
            Levels::Listed(values) => points.map(|u| Pick::Listed((u * values.len() as f64) as usize)).collect(),
            Levels::Between { low, high, .. } => {
                points.map(|u| Pick::Drawn(readable(low + u * (high - low), DRAWN_DIGITS).clamp(*low, *high))).collect()
            }
        }
    };
    let columns: Vec<Vec<Pick>> = axes.iter().enumerate().map(column).collect();
    (0..samples as usize).map(|sample| columns.iter().map(|column| column[sample]).collect()).collect()
}

/// A number with so many significant digits.
pub(crate) fn readable(number: f64, digits: i32) -> f64 {
    // Through text: the decimal that is nearest, on every machine.
    format!("{number:.*e}", digits.max(1) as usize - 1).parse().unwrap_or(number)
}

fn placed(axis: &Axis, pick: Pick) -> Placed {
    let (value_span, drawn) = match (pick, &axis.levels) {
        (Pick::Listed(value), Levels::Listed(values)) => (values[value].clone(), None),
        (Pick::Drawn(number), _) => (axis.whole_span(), Some(number)),
        (Pick::Listed(_), Levels::Between { span, .. }) => (span.clone(), None),
    };
    Placed { flag: axis.flag.clone(), path: axis.path.clone(), path_span: axis.path_span.clone(), value_span, drawn }
}

/// `population.size=0, pre_period_days=14`.
fn cell_words(axes: &[Axis], picks: &[Pick]) -> String {
    let word = |(axis, pick): (&Axis, &Pick)| {
        let Placed { value_span, drawn, .. } = placed(axis, *pick);
        let value = drawn.map_or_else(|| axis.flag.slice(&value_span).to_owned(), |number| number.to_string());
        format!("{}={value}", axis.path)
    };
    axes.iter().zip(picks).map(word).collect::<Vec<_>>().join(", ")
}

/// Cells so far, and mistakes with the cells that make them.
#[derive(Default)]
struct Checked {
    cells: Vec<SweepCell>,
    overlap: Option<Mistake>,
    /// A mistake, the first cell that makes it, and how many do.
    mistakes: Vec<(Mistake, (usize, String), usize)>,
}

impl Checked {
    fn add(&mut self, mistake: Mistake, cell: (usize, String)) {
        // Draws from one range are one mistake, whatever their values.
        let same = |(known, ..): &&mut (Mistake, (usize, String), usize)| {
            (&known.path, &known.span, &known.source, &known.expected)
                == (&mistake.path, &mistake.span, &mistake.source, &mistake.expected)
        };
        match self.mistakes.iter_mut().find(same) {
            Some((.., count)) => *count += 1,
            None => self.mistakes.push((mistake, cell, 1)),
        }
    }

    fn finish(self, cells: usize) -> Result<Vec<SweepCell>, Vec<Mistake>> {
        if self.mistakes.is_empty() {
            return match self.overlap {
                Some(mistake) => Err(vec![mistake]),
                None => Ok(self.cells),
            };
        }
        let told = self.mistakes.into_iter().take(MOST_MISTAKES).map(|(mistake, (place, words), count)| {
            if count == cells && cells > 1 {
                return mistake;
            }
            let others = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
            Mistake { message: format!("{} in cell {} of {cells}{others} ({words})", mistake.message, place + 1), ..mistake }
        });
        Err(told.collect())
    }
}

/// Two flags that change the same field, or one that lies in the other.
fn overlap(axes: &[Axis], applied: &[Applied]) -> Option<Mistake> {
    for (later, own) in applied.iter().enumerate() {
        for (earlier, other) in applied[..later].iter().enumerate() {
            if own.path.holds(&other.path) || other.path.holds(&own.path) {
                let words = Words {
                    message: format!(
                        "`{}` and `{}` are the same field or lie in one another",
                        axes[later].path, axes[earlier].path
                    ),
                    expected: "every field once".to_owned(),
                    hint: Some("put all values of a field into one --over".to_owned()),
                };
                return Some(axes[later].mistake(axes[later].path_span.clone(), words));
            }
        }
    }
    None
}

/// A flag that changes a field which every replicate draws anew.
fn left_open(axes: &[Axis], applied: &[Applied], scenario: &Scenario) -> Option<Mistake> {
    let (axis, _) = axes.iter().zip(applied).find(|(_, applied)| scenario.worlds.touch(&applied.path))?;
    let words = Words {
        message: format!("`{}` is drawn anew in every replicate", axis.path),
        expected: "a field that the scenario's `uncertainty` leaves alone".to_owned(),
        hint: Some("remove its entry from `uncertainty`, or do not sweep it".to_owned()),
    };
    Some(axis.mistake(axis.path_span.clone(), words))
}

/// Cells can be compared only if arms and phases have the same names in all of them.
fn differing_shape(axes: &[Axis], cells: &[SweepCell]) -> Result<(), Box<Mistake>> {
    let names = |scenario: &Scenario| -> (Vec<String>, Vec<String>) {
        let file = &scenario.file;
        (file.arms.iter().map(|arm| arm.name.clone()).collect(), file.phases.iter().map(|phase| phase.name.clone()).collect())
    };
    let Some(first) = cells.first() else { return Ok(()) };
    let Some(place) = cells.iter().position(|cell| names(&cell.scenario) != names(&first.scenario)) else { return Ok(()) };
    let changed = (0..axes.len()).find(|axis| cells[place].values[*axis] != first.values[*axis]).unwrap_or(0);
    let words = Words {
        message: format!("cell {} of {} has other arms or phases than cell 1", place + 1, cells.len()),
        expected: "arms and phases of the same names in all cells, so that cells can be compared".to_owned(),
        hint: Some("sweep a field of an arm or phase, such as phases[0].months".to_owned()),
    };
    Err(Box::new(axes[changed].mistake(axes[changed].whole_span(), words)))
}

fn value_of(axis: &Axis, applied: &Applied) -> CellValue {
    let text = match &axis.levels {
        Levels::Listed(_) => axis.flag.slice(&applied.span),
        Levels::Between { .. } => &applied.value,
    };
    let bare = text.trim().trim_matches('"').to_owned();
    number(text).map_or(CellValue::Text(bare), CellValue::Number)
}

fn field(axis: &Axis, place: usize, cells: &[SweepCell]) -> SweptField {
    let mut values: Vec<CellValue> = Vec::new();
    for cell in cells {
        if !values.contains(&cell.values[place]) {
            values.push(cell.values[place].clone());
        }
    }
    let range = match axis.levels {
        Levels::Between { low, high, .. } => Some((low, high)),
        Levels::Listed(_) => None,
    };
    if let Levels::Listed(spans) = &axis.levels {
        // In the order they are listed, which a hypercube does not keep.
        let written = |value: &CellValue| {
            let own = |span: &std::ops::Range<usize>| {
                let text = axis.flag.slice(span);
                number(text).map_or_else(|| CellValue::Text(text.trim_matches('"').to_owned()), CellValue::Number) == *value
            };
            spans.iter().position(own)
        };
        values.sort_by_key(written);
    }
    let form = FieldPath::parse(&axis.path).map_or_else(String::new, |path| path.catalogue_form());
    let unit = fields_below(&axis.path).into_iter().find(|entry| entry.path == form).and_then(|entry| entry.unit);
    SweptField {
        path: axis.path.clone(),
        unit,
        is_numeric: values.iter().all(|value| matches!(value, CellValue::Number(_))),
        range,
        values,
    }
}
