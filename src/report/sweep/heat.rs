//! The chart of two fields: a heat map of the lift of the last phase and one of net value, numbers printed in their cells. Colours are Cividis
//! (Nuñez, Anderton & Renslow 2018): perceptually even, and alike for colour-blind readers.

use super::plot::{HEAD, HEADING, TEXT, muted, write};
use super::view::{last_phase, lifts, most_value, short_names, unit_words, value_text, values, window_words};
use crate::experiment::{SweepResult, SweepRow};
use crate::report::ReportError;
use crate::report::chart::palette::Role;
use crate::report::chart::{Anchor, Canvas, Fill, Frame, INK, Label, PAPER, Range, Stroke, Type, at, cut, text_width};
use crate::report::number::{decimals_for, fixed, money_unit_for};
use crate::report::wording::{capitalised, metric_words};
use crate::scenario::CellValue;
use plotters::style::RGBColor;

/// Cividis at ten even steps.
const RAMP: [(u8, u8, u8); 10] = [
    (0x00, 0x20, 0x4D),
    (0x00, 0x33, 0x6F),
    (0x39, 0x48, 0x6B),
    (0x57, 0x5C, 0x6D),
    (0x70, 0x71, 0x73),
    (0x8A, 0x87, 0x79),
    (0xA6, 0x9D, 0x75),
    (0xC4, 0xB5, 0x6C),
    (0xE4, 0xCF, 0x5B),
    (0xFF, 0xEA, 0x46),
];
/// Columns up to which the two maps stand side by side.
const SIDE_BY_SIDE: usize = 7;
const ROW_HEIGHT: f64 = 44.0;
const GAP: f64 = 26.0;
/// Width of the scale of colours with its numbers.
const SCALE: f64 = 62.0;
/// Height below a map: values, and the name of the field.
const FOOT: f64 = 36.0;

/// Height of one map.
fn map_height(found: &SweepResult) -> f64 {
    let rows = found.fields[0].values.len() as f64;
    HEAD + (rows * ROW_HEIGHT).clamp(150.0, 520.0) + FOOT
}

fn is_side_by_side(found: &SweepResult) -> bool {
    found.fields[1].values.len() <= SIDE_BY_SIDE
}

/// Height of the chart's body.
pub(super) fn height(found: &SweepResult) -> f64 {
    if is_side_by_side(found) { map_height(found) } else { 2.0 * map_height(found) + GAP }
}

/// Draws both maps.
pub(super) fn draw(canvas: &Canvas<'_>, found: &SweepResult, block: Frame) -> Result<(), ReportError> {
    let (first, second) = if is_side_by_side(found) {
        let width = (block.width - GAP) / 2.0;
        (Frame { width, ..block }, Frame { left: block.left + width + GAP, width, ..block })
    } else {
        let height = map_height(found);
        (Frame { height, ..block }, Frame { top: block.top + height + GAP, height, ..block })
    };
    let metric = capitalised(&metric_words(&found.metric));
    let lift = Map {
        found,
        rows: lifts(found, last_phase(found)),
        heading: format!("{metric}: lift, {}, %", window_words(last_phase(found))),
        scale: 100.0,
        unit: " %",
        best: found.best_on_lift.as_ref().map(|best| best.cell),
    };
    lift.draw(canvas, first)?;
    let (scale, unit) = money_unit_for(most_value(found));
    let value = Map {
        found,
        rows: values(found),
        heading: format!("Net value over the trial, {unit}"),
        scale,
        unit: match unit {
            "millions of money" => " M",
            "thousands of money" => " k",
            _ => "",
        },
        best: found.best_on_value.as_ref().map(|best| best.cell),
    };
    value.draw(canvas, second)
}

/// One heat map.
struct Map<'a> {
    found: &'a SweepResult,
    rows: Vec<&'a SweepRow>,
    heading: String,
    scale: f64,
    /// What stands behind a number in a cell.
    unit: &'static str,
    best: Option<usize>,
}

/// The colour of a share of the way from low to high.
fn colour(share: f64) -> Role {
    let place = share.clamp(0.0, 1.0) * (RAMP.len() - 1) as f64;
    let lower = (place.floor() as usize).min(RAMP.len() - 2);
    let part = place - lower as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + part * (f64::from(b) - f64::from(a))).round() as u8;
    let (from, to) = (RAMP[lower], RAMP[lower + 1]);
    Role { paper: RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2)), dark: "#ececec" }
}

/// The order in which values lie along an axis: numbers ascending, others as listed.
fn order(values: &[CellValue]) -> Vec<&CellValue> {
    let mut order: Vec<&CellValue> = values.iter().collect();
    order.sort_by(|a, b| match (a, b) {
        (CellValue::Number(a), CellValue::Number(b)) => a.total_cmp(b),
        _ => std::cmp::Ordering::Equal,
    });
    order
}

impl Map<'_> {
    fn draw(&self, canvas: &Canvas<'_>, block: Frame) -> Result<(), ReportError> {
        let found = self.found;
        let (upward, along) = (order(&found.fields[0].values), order(&found.fields[1].values));
        write(canvas, &cut(&self.heading, HEADING, block.width), (block.left, block.top + 7.0), HEADING, Anchor::Start)?;
        muted(canvas, "framed: highest; dashed: base; ± one standard error", (block.left, block.top + 23.0), Anchor::Start)?;
        let labels: Vec<String> = upward.iter().map(|value| cut(&value_text(value), TEXT, 90.0)).collect();
        let axis = 18.0 + labels.iter().map(|text| text_width(text, TEXT)).fold(0.0, f64::max) + 8.0;
        let frame = Frame {
            left: block.left + axis,
            top: block.top + HEAD,
            width: block.width - axis - SCALE,
            height: map_height(found) - HEAD - FOOT,
        };
        let size = (frame.width / along.len() as f64, frame.height / upward.len() as f64);
        let known = self.rows.iter().filter_map(|row| row.value).map(|value| value * self.scale);
        let range = known.clone().fold(None, |range: Option<Range>, value| {
            Some(range.map_or(Range { low: value, high: value }, |range| range.with(value)))
        });
        let range = range.unwrap_or(Range::ZERO);
        for (place, text) in labels.iter().enumerate() {
            let y = frame.bottom() - (place as f64 + 0.5) * size.1;
            write(canvas, text, (frame.left - 6.0, y), TEXT, Anchor::End)?;
        }
        for (place, value) in along.iter().enumerate() {
            let x = frame.left + (place as f64 + 0.5) * size.0;
            write(canvas, &cut(&value_text(value), TEXT, size.0 - 3.0), (x, frame.bottom() + 10.0), TEXT, Anchor::Middle)?;
        }
        self.draw_names(canvas, block, frame)?;
        let place_of = |cell: usize| {
            let values = &found.cells[cell].values;
            let row = upward.iter().position(|value| **value == values[0]).unwrap_or(0);
            let column = along.iter().position(|value| **value == values[1]).unwrap_or(0);
            let (left, top) = (frame.left + column as f64 * size.0, frame.bottom() - (row as f64 + 1.0) * size.1);
            Frame { left, top, width: size.0, height: size.1 }
        };
        for (cell, row) in self.rows.iter().enumerate() {
            self.draw_cell(canvas, row, place_of(cell), range)?;
        }
        let frames = [
            (self.best, Stroke { role: INK, width: 2.4, dash: None }),
            (found.base, Stroke { role: PAPER, width: 1.6, dash: Some((4.0, 3.0)) }),
        ];
        for (cell, stroke) in frames {
            if let Some(place) = cell.map(place_of) {
                outline(canvas, place, stroke)?;
            }
        }
        self.draw_scale(canvas, frame, range)
    }

    /// Names of both fields beside their axes.
    fn draw_names(&self, canvas: &Canvas<'_>, block: Frame, frame: Frame) -> Result<(), ReportError> {
        let name = |field: usize| format!("{}{}", self.found.fields[field].path, unit_words(self.found, field));
        let middle = (frame.left + frame.width / 2.0, frame.top + frame.height / 2.0);
        let below = cut(&name(1), TEXT, frame.width + 2.0 * SCALE);
        write(canvas, &below, (middle.0, frame.bottom() + 26.0), TEXT, Anchor::Middle)?;
        // Beside a low map a long path gives way to its last part.
        let short = || format!("{}{}", short_names(self.found)[0], unit_words(self.found, 0));
        let beside = if text_width(&name(0), TEXT) <= frame.height { name(0) } else { cut(&short(), TEXT, frame.height) };
        let (place, anchor) = (at(block.left + 6.0, middle.1), Anchor::Middle);
        canvas.label(&Label { text: &beside, at: place, kind: TEXT, role: INK, anchor, is_upright: true })
    }

    fn draw_cell(&self, canvas: &Canvas<'_>, row: &SweepRow, place: Frame, range: Range) -> Result<(), ReportError> {
        let Some(value) = row.value.map(|value| value * self.scale) else { return Ok(()) };
        let role = colour(if range.length() > 0.0 { range.share(value) } else { 0.5 });
        // Half a unit over the edge, so that no seam shows between cells.
        let filled = Frame { width: place.width + 0.4, height: place.height + 0.4, ..place };
        canvas.rectangle(filled, Fill { role, opacity: 1.0 })?;
        let error = row.std_error.map(|error| error * self.scale).filter(|error| *error > 0.0);
        let decimals = error.map_or_else(|| decimals_for(value, 3), |error| decimals_for(error, 2));
        let text = format!("{}{}", fixed(value, decimals), self.unit);
        let size = fitting(&text, place.width - 4.0);
        let middle = (place.left + place.width / 2.0, place.top + place.height / 2.0);
        let ink = if is_light(role) { INK } else { PAPER };
        let put = |text: &str, y: f64, kind: Type| {
            canvas.label(&Label { text, at: at(middle.0, y), kind, role: ink, anchor: Anchor::Middle, is_upright: false })
        };
        match error.filter(|_| place.height >= 30.0) {
            Some(error) => {
                put(&text, middle.1 - 6.0, Type { size, is_bold: true })?;
                let beneath = format!("± {}", fixed(error, decimals));
                put(&beneath, middle.1 + 8.0, Type { size: (size - 1.5).max(5.5), is_bold: false })
            }
            None => put(&text, middle.1, Type { size: size.min(place.height * 0.7), is_bold: true }),
        }
    }

    /// The scale of colours with its ends.
    fn draw_scale(&self, canvas: &Canvas<'_>, frame: Frame, range: Range) -> Result<(), ReportError> {
        const STEPS: usize = 48;
        let (left, height) = (frame.right() + 12.0, frame.height / STEPS as f64);
        for step in 0..STEPS {
            let top = frame.bottom() - (step as f64 + 1.0) * height;
            let role = colour((step as f64 + 0.5) / STEPS as f64);
            canvas.rectangle(Frame { left, top, width: 11.0, height: height + 0.4 }, Fill { role, opacity: 1.0 })?;
        }
        let decimals = decimals_for(range.length().max(f64::MIN_POSITIVE), 2).min(3);
        for (value, y) in [(range.high, frame.top + 5.0), (range.low, frame.bottom() - 5.0)] {
            let text = cut(&fixed(value, decimals), TEXT, SCALE - 28.0);
            write(canvas, &text, (left + 15.0, y), TEXT, Anchor::Start)?;
        }
        Ok(())
    }
}

/// The largest size of type at which a number fits into a cell.
fn fitting(text: &str, width: f64) -> f64 {
    let at_ten = text_width(text, Type { size: 10.0, is_bold: true });
    (10.0 * width / at_ten.max(1.0)).clamp(5.5, 11.5)
}

/// Whether dark ink reads better on a colour: its relative luminance (WCAG 2) is above that at which both inks contrast alike.
fn is_light(role: Role) -> bool {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { libm::pow((part + 0.055) / 1.055, 2.4) }
    };
    0.2126 * linear(role.paper.0) + 0.7152 * linear(role.paper.1) + 0.0722 * linear(role.paper.2) > 0.2
}

fn outline(canvas: &Canvas<'_>, place: Frame, stroke: Stroke) -> Result<(), ReportError> {
    let inset = stroke.width / 2.0 + 0.6;
    let (left, top) = (place.left + inset, place.top + inset);
    let (right, bottom) = (place.right() - inset, place.bottom() - inset);
    canvas.line(&[at(left, top), at(right, top), at(right, bottom), at(left, bottom), at(left, top - stroke.width / 2.0)], stroke)
}
