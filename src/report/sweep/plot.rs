//! What the charts of a sweep have in common: type, headings, legends, a value axis, and places along a swept field.

use super::view::value_text;
use crate::experiment::SweepResult;
use crate::report::ReportError;
use crate::report::chart::palette::Role;
use crate::report::chart::{
    Anchor, Canvas, Frame, GRID, INK, Label, MUTED, Marker, Range, SERIES, Stroke, Type, at, cut, text_width, ticks,
};
use crate::report::number::fixed;
use crate::scenario::CellValue;

pub(super) const HEADING: Type = Type { size: 13.0, is_bold: true };
pub(super) const TEXT: Type = Type { size: 10.5, is_bold: false };
/// Heights above a plot: heading, and a caption or a legend.
pub(super) const HEAD: f64 = 38.0;
/// Height below a plot: values and the name of the field.
pub(super) const FOOT: f64 = 36.0;
/// Largest over smallest value from which numbers are laid out by their logarithms.
const LOGARITHMIC_FROM: f64 = 20.0;

pub(super) fn write(canvas: &Canvas<'_>, text: &str, (x, y): (f64, f64), kind: Type, anchor: Anchor) -> Result<(), ReportError> {
    canvas.label(&Label { text, at: at(x, y), kind, role: INK, anchor, is_upright: false })
}

pub(super) fn muted(canvas: &Canvas<'_>, text: &str, (x, y): (f64, f64), anchor: Anchor) -> Result<(), ReportError> {
    canvas.label(&Label { text, at: at(x, y), kind: TEXT, role: MUTED, anchor, is_upright: false })
}

pub(super) fn thin(canvas: &Canvas<'_>, from: (f64, f64), to: (f64, f64), role: Role) -> Result<(), ReportError> {
    canvas.line(&[at(from.0, from.1), at(to.0, to.1)], Stroke { role, width: 0.8, dash: None })
}

/// The look of a window's line: colour, marker, dash.
pub(super) fn look(place: usize) -> (Role, Marker, Option<(f64, f64)>) {
    const MARKERS: [Marker; 4] = [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond];
    const DASHES: [Option<(f64, f64)>; 4] = [None, Some((7.0, 2.5)), Some((3.0, 2.0)), Some((10.0, 2.0))];
    (SERIES[place % SERIES.len()], MARKERS[place % MARKERS.len()], DASHES[place % DASHES.len()])
}

/// Names beside their looks, in a row from the left.
pub(super) fn legend(canvas: &Canvas<'_>, names: &[String], (left, y): (f64, f64)) -> Result<(), ReportError> {
    let mut x = left;
    for (place, name) in names.iter().enumerate() {
        let (role, marker, dash) = look(place);
        canvas.line(&[at(x, y), at(x + 24.0, y)], Stroke { role, width: 1.8, dash })?;
        canvas.marker(at(x + 12.0, y), marker, 6.5, role)?;
        write(canvas, name, (x + 29.0, y), TEXT, Anchor::Start)?;
        x += 29.0 + text_width(name, TEXT) + 20.0;
    }
    Ok(())
}

/// A plot with a value axis.
pub(super) struct Plot {
    pub(super) frame: Frame,
    values: Range,
}

impl Plot {
    /// Draws heading, grid and value axis into `block`, which has room for a head and a foot.
    pub(super) fn begin(canvas: &Canvas<'_>, block: Frame, heading: &str, values: Range) -> Result<Self, ReportError> {
        write(canvas, &cut(heading, HEADING, block.width), (block.left, block.top + 7.0), HEADING, Anchor::Start)?;
        let room = if values.length() > 0.0 { 0.07 * values.length() } else { 1.0 };
        let values = Range { low: values.low - room, high: values.high + room };
        let height = block.height - HEAD - FOOT;
        let (marks, decimals) = ticks(values, (height / 30.0) as usize);
        let texts: Vec<String> = marks.iter().map(|value| fixed(*value, decimals)).collect();
        let axis = texts.iter().map(|text| text_width(text, TEXT)).fold(0.0, f64::max) + 8.0;
        let frame = Frame { left: block.left + axis, top: block.top + HEAD, width: block.width - axis, height };
        let plot = Self { frame, values };
        for (value, text) in marks.iter().zip(&texts) {
            let y = plot.y(*value);
            thin(canvas, (frame.left, y), (frame.right(), y), GRID)?;
            write(canvas, text, (frame.left - 5.0, y), TEXT, Anchor::End)?;
        }
        let zero = plot.y(0.0);
        if values.low <= 0.0 && values.high >= 0.0 {
            canvas.line(&[at(frame.left, zero), at(frame.right(), zero)], Stroke { role: INK, width: 1.0, dash: None })?;
        }
        thin(canvas, (frame.left, frame.bottom()), (frame.right(), frame.bottom()), MUTED)?;
        Ok(plot)
    }

    /// Paper height of a value; values outside lie on the edge.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.frame.bottom() - self.values.share(self.values.clamp(value)) * self.frame.height
    }

    /// Marks the values of a field below the plot, as many as fit, and names the field.
    pub(super) fn mark_field(&self, canvas: &Canvas<'_>, along: &Along, name: &str) -> Result<(), ReportError> {
        let base = self.frame.bottom();
        let mut free = f64::NEG_INFINITY;
        for (share, text) in &along.marks {
            let x = self.frame.left + share * self.frame.width;
            let text = cut(text, TEXT, along.room * self.frame.width);
            let half = text_width(&text, TEXT) / 2.0;
            thin(canvas, (x, base), (x, base + 3.0), MUTED)?;
            if x - half > free + 4.0 {
                write(canvas, &text, (x, base + 10.0), TEXT, Anchor::Middle)?;
                free = x + half;
            }
        }
        let middle = self.frame.left + self.frame.width / 2.0;
        muted(canvas, &cut(name, TEXT, self.frame.width), (middle, base + 25.0), Anchor::Middle)
    }
}

/// Places along a swept field, as shares of a length.
pub(super) struct Along {
    /// By cell.
    pub(super) cells: Vec<f64>,
    /// Places and words of the values that are marked, ascending.
    marks: Vec<(f64, String)>,
    /// Share of the length that one mark's words may take.
    room: f64,
    /// Whether the field is a number, so that cells can be joined by lines.
    pub(super) is_numeric: bool,
    /// Whether numbers are laid out by their logarithms.
    pub(super) is_logarithmic: bool,
}

impl Along {
    /// Places of all cells along field `field`, a margin left at both ends.
    pub(super) fn new(found: &SweepResult, field: usize) -> Self {
        let swept = &found.fields[field];
        let count = swept.values.len().max(1) as f64;
        let place_in_list =
            |value: &CellValue| (swept.values.iter().position(|own| own == value).unwrap_or(0) as f64 + 0.5) / count;
        let number = |value: &CellValue| if let CellValue::Number(number) = value { *number } else { 0.0 };
        let numbers: Vec<f64> = swept.values.iter().map(number).collect();
        let (low, high) = swept.range.unwrap_or_else(|| {
            (numbers.iter().copied().fold(f64::INFINITY, f64::min), numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        });
        // A range is drawn evenly, so it is shown evenly.
        let is_logarithmic = swept.is_numeric && swept.range.is_none() && low > 0.0 && high / low >= LOGARITHMIC_FROM;
        let scaled = |value: f64| if is_logarithmic { value.ln() } else { value };
        let share = |value: f64| match scaled(high) - scaled(low) {
            length if length > 0.0 => 0.04 + 0.92 * (scaled(value) - scaled(low)) / length,
            _ => 0.5,
        };
        let place = |value: &CellValue| if swept.is_numeric { share(number(value)) } else { place_in_list(value) };
        let marked: Vec<CellValue> = match swept.range {
            Some((low, high)) => {
                let (marks, _) = ticks(Range { low, high }, 4);
                marks.into_iter().map(CellValue::Number).collect()
            }
            None => swept.values.clone(),
        };
        let base = found.base.filter(|_| found.cells.len() > 1).map(|base| &found.cells[base].values[field]);
        let words = |value: &CellValue| {
            let is_base = base == Some(value) && found.fields.len() == 1;
            format!("{}{}", value_text(value), if is_base { " (base)" } else { "" })
        };
        let mut marks: Vec<(f64, String)> = marked.iter().map(|value| (place(value), words(value))).collect();
        marks.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            cells: found.cells.iter().map(|cell| place(&cell.values[field])).collect(),
            marks,
            room: if swept.is_numeric { 0.3 } else { 0.95 / count },
            is_numeric: swept.is_numeric,
            is_logarithmic,
        }
    }
}
