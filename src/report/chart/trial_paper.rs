//! The paper that charts of an analysed trial share: title, plain sentences, legend, footnote, and plots with two axes.

use super::axis::{Range, shown_range, ticks};
use super::canvas::{Anchor, Canvas, Fill, Frame, Label, Point, Stroke, at, draw_svg};
use super::palette::{GRID, INK, MUTED, PAPER, Role};
use super::panel::SMALL;
use super::text_width::{Type, cut, text_width, wrap};
use crate::report::ReportError;
use crate::report::number::fixed;
use crate::report::trial::TrialReport;

const TITLE: Type = Type { size: 17.0, is_bold: true };
const SUBTITLE: Type = Type { size: 11.5, is_bold: false };
pub(super) const HEADING: Type = Type { size: 13.0, is_bold: true };
pub(super) const TEXT: Type = Type { size: 10.5, is_bold: false };
pub(super) const TICK: Type = Type { size: 10.0, is_bold: false };

/// Chart units from edge to edge, and the white around the chart.
const WIDTH: f64 = 800.0;
pub(super) const MARGIN: f64 = 22.0;
pub(super) const INNER: f64 = WIDTH - 2.0 * MARGIN;
/// White between blocks.
const BETWEEN: f64 = 20.0;
/// Width of a legend's sample.
pub(super) const SAMPLE: f64 = 26.0;

/// A legend entry: how its sample is drawn, and its words.
pub(super) type Entry<'a> = (&'a dyn Fn(&Canvas<'_>, Point) -> Result<(), ReportError>, String);

/// Everything around the blocks of a chart.
pub(super) struct Paper<'a> {
    pub(super) title: String,
    pub(super) report: &'a TrialReport,
    pub(super) legend: Vec<Entry<'a>>,
    pub(super) note: String,
}

impl Paper<'_> {
    /// Draws blocks of these heights, one below the other, each by `block`.
    pub(super) fn svg(
        &self,
        heights: &[f64],
        block: impl Fn(&Canvas<'_>, usize, Frame) -> Result<(), ReportError>,
    ) -> Result<String, ReportError> {
        let title = wrap(&self.title, TITLE, INNER, 2);
        let subtitle = wrap(&self.report.sentences.join(" ").replace('`', ""), SUBTITLE, INNER, 5);
        let footnote = wrap(&self.footnote(), SMALL, INNER, 4);
        let legend_top = MARGIN + 22.0 * title.len() as f64 + 16.0 * subtitle.len() as f64 + 10.0;
        let legend = self.placed_legend();
        let legend_rows = legend.last().map_or(0.0, |place| place.y / 16.0 + 1.0);
        let first = legend_top + 16.0 * legend_rows + 10.0;
        let blocks: f64 = heights.iter().map(|height| height + BETWEEN).sum();
        let height = (first + blocks + 14.0 * footnote.len() as f64 + MARGIN - 8.0).ceil();
        draw_svg((WIDTH as u32, height as u32), |canvas| {
            let all = Frame { left: 0.0, top: 0.0, width: WIDTH, height };
            canvas.rectangle(all, Fill { role: PAPER, opacity: 1.0 })?;
            write_lines(canvas, &title, at(MARGIN, MARGIN + 8.0), (TITLE, INK, 22.0))?;
            write_lines(canvas, &subtitle, at(MARGIN, MARGIN + 22.0 * title.len() as f64 + 6.0), (SUBTITLE, INK, 16.0))?;
            for (place, (sample, words)) in legend.iter().zip(&self.legend) {
                let here = at(MARGIN + place.x, legend_top + 8.0 + place.y);
                sample(canvas, here)?;
                write(canvas, words, at(here.x + SAMPLE + 6.0, here.y), (TEXT, INK, Anchor::Start))?;
            }
            let mut top = first;
            for (index, height) in heights.iter().enumerate() {
                block(canvas, index, Frame { left: MARGIN, top, width: INNER, height: *height })?;
                top += height + BETWEEN;
            }
            write_lines(canvas, &footnote, at(MARGIN, top + 4.0), (SMALL, MUTED, 14.0))
        })
    }

    fn placed_legend(&self) -> Vec<Point> {
        let (mut x, mut y) = (0.0, 0.0);
        let place = |(_, words): &Entry<'_>| {
            let width = SAMPLE + 6.0 + text_width(words, TEXT);
            if x > 0.0 && x + width > INNER {
                (x, y) = (0.0, y + 16.0);
            }
            let here = at(x, y);
            x += width + 18.0;
            here
        };
        self.legend.iter().map(place).collect()
    }

    fn footnote(&self) -> String {
        let design = &self.report.design;
        let size = design.sizes_words().map(|sizes| format!(" {sizes} assigned.")).unwrap_or_default();
        let file = design.file.rsplit(['/', '\\']).next().unwrap_or_default();
        format!("{}{size} {file}, {}.", self.note, self.report.program)
    }
}

/// Writes a line of text.
pub(super) fn write(
    canvas: &Canvas<'_>,
    text: &str,
    place: Point,
    (kind, role, anchor): (Type, Role, Anchor),
) -> Result<(), ReportError> {
    canvas.label(&Label { text, at: place, kind, role, anchor, is_upright: false })
}

fn write_lines(
    canvas: &Canvas<'_>,
    texts: &[String],
    first: Point,
    (kind, role, step): (Type, Role, f64),
) -> Result<(), ReportError> {
    texts
        .iter()
        .enumerate()
        .try_for_each(|(row, text)| write(canvas, text, at(first.x, first.y + step * row as f64), (kind, role, Anchor::Start)))
}

/// A plot with values upwards: where a value lies, and its axis.
pub(super) struct ValuePlot {
    pub(super) plot: Frame,
    values: Range,
}

impl ValuePlot {
    /// Draws heading, grid and value axis into a block and gives the plot that is left; the range holds zero.
    pub(super) fn begin(canvas: &Canvas<'_>, block: Frame, heading: &str, values: Range) -> Result<Self, ReportError> {
        write(canvas, &cut(heading, HEADING, block.width), at(block.left, block.top + 7.0), (HEADING, INK, Anchor::Start))?;
        let (values, _) = shown_range(values, values);
        let (tick_values, decimals) = ticks(values, (block.height / 40.0) as usize);
        let texts: Vec<String> = tick_values.iter().map(|value| tick_text(*value, decimals)).collect();
        let widest = texts.iter().map(|text| text_width(text, TICK)).fold(0.0, f64::max);
        let left = block.left + widest + 8.0;
        let plot = Frame { left, top: block.top + 22.0, width: block.right() - left, height: block.height - 22.0 - 34.0 };
        let drawn = Self { plot, values };
        for (value, text) in tick_values.iter().zip(&texts) {
            let y = drawn.y(*value);
            canvas.line(&[at(plot.left, y), at(plot.right(), y)], Stroke { role: GRID, width: 0.7, dash: None })?;
            write(canvas, text, at(plot.left - 5.0, y), (TICK, INK, Anchor::End))?;
        }
        Ok(drawn)
    }

    /// Paper height of a value.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.plot.bottom() - self.values.share(self.values.clamp(value)) * self.plot.height
    }

    /// Draws the line of no effect.
    pub(super) fn zero_line(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        let y = self.y(0.0);
        canvas.line(&[at(self.plot.left, y), at(self.plot.right(), y)], Stroke { role: INK, width: 1.0, dash: None })
    }

    /// Marks a place on the lower axis.
    pub(super) fn mark(&self, canvas: &Canvas<'_>, x: f64, text: &str) -> Result<(), ReportError> {
        let base = self.plot.bottom();
        canvas.line(&[at(x, base), at(x, base + 3.0)], Stroke { role: MUTED, width: 0.8, dash: None })?;
        write(canvas, text, at(x, base + 10.0), (TICK, INK, Anchor::Middle))
    }

    /// Draws the lower axis with its title.
    pub(super) fn base_line(&self, canvas: &Canvas<'_>, title: &str) -> Result<(), ReportError> {
        let base = self.plot.bottom();
        let stroke = Stroke { role: MUTED, width: 0.8, dash: None };
        canvas.line(&[at(self.plot.left, base), at(self.plot.right(), base)], stroke)?;
        let middle = at(self.plot.left + self.plot.width / 2.0, base + 25.0);
        write(canvas, title, middle, (TICK, MUTED, Anchor::Middle))
    }
}

/// A tick's text.
pub(super) fn tick_text(value: f64, decimals: usize) -> String {
    if value == 0.0 { "0".to_owned() } else { fixed(value, decimals) }
}
