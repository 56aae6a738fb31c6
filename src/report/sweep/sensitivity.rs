//! The chart of many fields: rank coefficients with their intervals, for the lift of the last phase and for net value; below, the lift of
//! every cell over every field.

use super::plot::{Along, FOOT, HEAD, HEADING, Plot, TEXT, muted, thin, write};
use super::view::{last_phase, lifts, short_names, unit_words, window_words};
use crate::experiment::{NET_VALUE, SweepResult, SweepRow};
use crate::report::ReportError;
use crate::report::chart::{Anchor, Canvas, Frame, GRID, INK, MUTED, Marker, PAPER, Range, SERIES, Stroke, at, cut, text_width};
use crate::report::number::fixed;
use crate::report::wording::metric_words;

/// Height of a field's row of coefficients.
const ROW: f64 = 26.0;
/// Height of a row of small plots.
const SMALL: f64 = 190.0;
const GAP: f64 = 20.0;
/// Distance between the two columns of coefficients.
const BETWEEN: f64 = 34.0;
/// Small plots in a row, and most of them.
const PER_ROW: usize = 4;
const MOST_PLOTS: usize = 8;
/// Room for the axis of the coefficients.
const AXIS: f64 = 34.0;

fn has_coefficients(found: &SweepResult) -> bool {
    !found.sensitivity.is_empty()
}

fn coefficients_height(found: &SweepResult) -> f64 {
    if has_coefficients(found) { HEAD + ROW * found.fields.len() as f64 + AXIS + GAP } else { 0.0 }
}

/// Height of the chart's body.
pub(super) fn height(found: &SweepResult) -> f64 {
    coefficients_height(found) + 4.0 + SMALL * found.fields.len().min(MOST_PLOTS).div_ceil(PER_ROW) as f64
}

/// Draws coefficients and small plots.
pub(super) fn draw(canvas: &Canvas<'_>, found: &SweepResult, block: Frame) -> Result<(), ReportError> {
    let fields = by_strength(found);
    if has_coefficients(found) {
        draw_coefficients(canvas, found, &fields, block)?;
    }
    let below = Frame { top: block.top + coefficients_height(found), ..block };
    draw_scatter(canvas, found, &fields, below)
}

/// Fields, the one that moves the lift most first.
fn by_strength(found: &SweepResult) -> Vec<usize> {
    let strength = |field: &usize| {
        let is_own = |row: &&crate::experiment::Sensitivity| row.output == "lift" && row.field == found.fields[*field].path;
        found.sensitivity.iter().find(is_own).and_then(|row| row.coefficient).map_or(0.0, f64::abs)
    };
    let mut fields: Vec<usize> = (0..found.fields.len()).collect();
    fields.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    fields
}

fn draw_coefficients(canvas: &Canvas<'_>, found: &SweepResult, fields: &[usize], block: Frame) -> Result<(), ReportError> {
    write(canvas, "Standardised rank regression coefficients", (block.left, block.top + 7.0), HEADING, Anchor::Start)?;
    let names = short_names(found);
    let widest = names.iter().map(|name| text_width(name, TEXT)).fold(60.0, f64::max).min(230.0);
    let width = (block.width - widest - 12.0 - BETWEEN) / 2.0;
    let top = block.top + HEAD;
    let height = ROW * fields.len() as f64;
    for (row, field) in fields.iter().enumerate() {
        let y = top + (row as f64 + 0.5) * ROW;
        let name = cut(&names[*field], TEXT, widest);
        write(canvas, &name, (block.left + widest, y), TEXT, Anchor::End)?;
    }
    let lift_words = format!("lift in {}, {}", metric_words(&found.metric), window_words(last_phase(found)));
    let outputs = [("lift", lift_words.as_str()), (NET_VALUE, "net value")];
    for (place, (output, words)) in outputs.into_iter().enumerate() {
        let left = block.left + widest + 12.0 + place as f64 * (width + BETWEEN);
        let panel = Coefficients { found, output, frame: Frame { left, top, width, height } };
        panel.draw(canvas, fields, words)?;
    }
    Ok(())
}

/// The coefficients on one output.
struct Coefficients<'a> {
    found: &'a SweepResult,
    output: &'a str,
    frame: Frame,
}

impl Coefficients<'_> {
    fn draw(&self, canvas: &Canvas<'_>, fields: &[usize], words: &str) -> Result<(), ReportError> {
        let frame = self.frame;
        let explained = self.found.sensitivity.iter().find(|row| row.output == self.output).map(|row| row.explained);
        let explained =
            explained.map_or_else(String::new, |share| format!(" (all fields explain {} %)", fixed(share * 100.0, 0)));
        let caption = cut(&format!("on {words}{explained}"), TEXT, frame.width);
        muted(canvas, &caption, (frame.left, frame.top - 11.0), Anchor::Start)?;
        let x = |value: f64| frame.left + (value.clamp(-1.08, 1.08) + 1.08) / 2.16 * frame.width;
        for value in [-1.0, -0.5, 0.0, 0.5, 1.0] {
            let role = if value == 0.0 { INK } else { GRID };
            thin(canvas, (x(value), frame.top), (x(value), frame.bottom()), role)?;
            write(
                canvas,
                &fixed(value, if value.fract() == 0.0 { 0 } else { 1 }),
                (x(value), frame.bottom() + 10.0),
                TEXT,
                Anchor::Middle,
            )?;
        }
        muted(canvas, "lowers it", (x(-0.1), frame.bottom() + 25.0), Anchor::End)?;
        muted(canvas, "raises it", (x(0.1), frame.bottom() + 25.0), Anchor::Start)?;
        for (row, field) in fields.iter().enumerate() {
            let y = frame.top + (row as f64 + 0.5) * ROW;
            let path = &self.found.fields[*field].path;
            let own = self.found.sensitivity.iter().find(|own| own.output == self.output && own.field == *path);
            let Some((coefficient, low, high)) = own.and_then(|own| Some((own.coefficient?, own.conf_low?, own.conf_high?)))
            else {
                continue;
            };
            let role = SERIES[if coefficient >= 0.0 { 0 } else { 1 }];
            canvas.line(&[at(x(low), y), at(x(high), y)], Stroke { role, width: 2.4, dash: None })?;
            canvas.marker(at(x(coefficient), y), Marker::Circle, 9.0, role)?;
            if low <= 0.0 && high >= 0.0 {
                // Hollow: cannot be told from no influence.
                canvas.marker(at(x(coefficient), y), Marker::Circle, 5.0, PAPER)?;
            }
        }
        Ok(())
    }
}

fn draw_scatter(canvas: &Canvas<'_>, found: &SweepResult, fields: &[usize], block: Frame) -> Result<(), ReportError> {
    let shown = &fields[..fields.len().min(MOST_PLOTS)];
    let left_out = if shown.len() < fields.len() { format!("; the {MOST_PLOTS} strongest fields") } else { String::new() };
    let heading =
        format!("Every cell: lift in {}, {}, %{left_out}", metric_words(&found.metric), window_words(last_phase(found)));
    write(canvas, &cut(&heading, HEADING, block.width), (block.left, block.top + 7.0), HEADING, Anchor::Start)?;
    let rows = lifts(found, last_phase(found));
    let per_row = shown.len().clamp(1, PER_ROW);
    let width = (block.width - GAP * (per_row as f64 - 1.0)) / per_row as f64;
    for (place, field) in shown.iter().enumerate() {
        let left = block.left + (place % per_row) as f64 * (width + GAP);
        let top = block.top - 12.0 + (place / per_row) as f64 * SMALL;
        draw_small(canvas, found, (*field, &rows), Frame { left, top, width, height: SMALL })?;
    }
    Ok(())
}

fn draw_small(
    canvas: &Canvas<'_>,
    found: &SweepResult,
    (field, rows): (usize, &[&SweepRow]),
    block: Frame,
) -> Result<(), ReportError> {
    let known = rows.iter().filter_map(|row| row.value).map(|value| value * 100.0);
    let range = known.fold(Range::ZERO, Range::with);
    // A small plot has no heading of its own: the room for it stays above.
    let plot = Plot::begin(
        canvas,
        Frame { top: block.top - HEAD + 28.0, height: block.height + HEAD - 28.0 - (FOOT - 34.0), ..block },
        "",
        range,
    )?;
    let along = Along::new(found, field);
    let name = format!("{}{}", short_names(found)[field], unit_words(found, field));
    plot.mark_field(canvas, &along, &name)?;
    for (cell, row) in rows.iter().enumerate() {
        let Some(value) = row.value else { continue };
        let middle = at(plot.frame.left + along.cells[cell] * plot.frame.width, plot.y(value * 100.0));
        canvas.marker(middle, Marker::Circle, 4.6, SERIES[0])?;
        canvas.marker(middle, Marker::Circle, 1.6, if found.base == Some(cell) { PAPER } else { MUTED })?;
    }
    Ok(())
}
