//! `handoff.png`: above, the lift by month, branching off the always-curated trial at each handoff; below, net value by timing with
//! intervals. Timings are told by a sequential palette that colour-blind readers can order, and by the month at the end of each branch.

use super::sentences::{money_unit, row, verdict};
use crate::experiment::{Handoff, HandoffCurvePoint, TimingRow};
use crate::report::ReportError;
use crate::report::chart::palette::Role;
use crate::report::chart::{
    Anchor, Canvas, Fill, Frame, GRID, INK, Label, MUTED, Marker, PAPER, Range, Stroke, Type, at, draw_svg, png, ticks, wrap,
};
use crate::report::number::{count, fixed};
use crate::report::wording::{capitalised, metric_words};
use plotters::style::RGBColor;

const WIDTH: f64 = 860.0;
const MARGIN: f64 = 22.0;
/// Room for the value axis, and for the months at the ends of branches.
const AXIS: f64 = 62.0;
const ENDS: f64 = 70.0;
const CURVES: f64 = 330.0;
const VALUES: f64 = 250.0;
const TITLE: Type = Type { size: 17.0, is_bold: true };
const SUBTITLE: Type = Type { size: 11.5, is_bold: false };
const HEADING: Type = Type { size: 13.0, is_bold: true };
const TEXT: Type = Type { size: 10.5, is_bold: false };
const STRONG: Type = Type { size: 10.5, is_bold: true };
/// Least distance between two months written at the ends of branches.
const LABEL_STEP: f64 = 11.5;

/// Cividis (Nuñez, Anderton & Renslow 2018) at even steps, cut before the yellows that are too light for paper.
const RAMP: [(u8, u8, u8); 6] = [(0, 34, 78), (42, 63, 109), (87, 93, 109), (125, 124, 120), (165, 156, 116), (188, 170, 100)];

/// The colour of a timing: dark for an early handoff, light for a late one.
fn colour(found: &Handoff, month: u32) -> Role {
    let place = f64::from(month) / f64::from(found.months.max(1)) * (RAMP.len() - 1) as f64;
    let lower = (place.floor() as usize).min(RAMP.len() - 2);
    let share = place - lower as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    let (from, to) = (RAMP[lower], RAMP[lower + 1]);
    Role { paper: RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2)), dark: "#ececec" }
}

/// Draws the chart as SVG.
///
/// # Errors
/// If the drawing library fails.
pub fn handoff_svg(found: &Handoff) -> Result<String, ReportError> {
    let inner = WIDTH - 2.0 * MARGIN;
    let title = wrap("When to hand over, and what it takes to keep the gains", TITLE, inner, 1);
    let subtitle = wrap(&verdict(found).join(" "), SUBTITLE, inner, 5);
    let footnote = wrap(&footnote(found), TEXT, inner, 5);
    let first = MARGIN + 22.0 + 16.0 * subtitle.len() as f64 + 12.0;
    let second = first + CURVES + 26.0;
    let below = second + VALUES + 18.0;
    let height = (below + 14.0 * footnote.len() as f64 + MARGIN - 6.0).ceil();
    draw_svg((WIDTH as u32, height as u32), |canvas| {
        canvas.rectangle(Frame { left: 0.0, top: 0.0, width: WIDTH, height }, Fill { role: PAPER, opacity: 1.0 })?;
        for line in &title {
            write(canvas, line, (MARGIN, MARGIN + 8.0), TITLE, Anchor::Start)?;
        }
        for (number, line) in subtitle.iter().enumerate() {
            write(canvas, line, (MARGIN, MARGIN + 28.0 + 16.0 * number as f64), SUBTITLE, Anchor::Start)?;
        }
        draw_curves(canvas, found, Frame { left: MARGIN, top: first, width: inner, height: CURVES })?;
        draw_values(canvas, found, Frame { left: MARGIN, top: second, width: inner, height: VALUES })?;
        for (number, line) in footnote.iter().enumerate() {
            write(canvas, line, (MARGIN, below + 14.0 * number as f64), TEXT, Anchor::Start)?;
        }
        Ok(())
    })
}

/// The same chart as a PNG; same results, same bytes.
///
/// # Errors
/// If drawing, rasterising or encoding fails.
pub fn handoff_png(found: &Handoff) -> Result<Vec<u8>, ReportError> {
    png(&handoff_svg(found)?)
}

fn write(canvas: &Canvas<'_>, text: &str, (x, y): (f64, f64), kind: Type, anchor: Anchor) -> Result<(), ReportError> {
    canvas.label(&Label { text, at: at(x, y), kind, role: INK, anchor, is_upright: false })
}

fn muted(canvas: &Canvas<'_>, text: &str, (x, y): (f64, f64), anchor: Anchor) -> Result<(), ReportError> {
    canvas.label(&Label { text, at: at(x, y), kind: TEXT, role: MUTED, anchor, is_upright: false })
}

/// A plot of values over months.
struct Plot {
    frame: Frame,
    values: Range,
    months: Range,
}

impl Plot {
    /// Draws heading, grid and axes into `block`; values are shown times `scale`.
    fn begin(canvas: &Canvas<'_>, block: Frame, heading: &str, values: Range, months: Range) -> Result<Self, ReportError> {
        write(canvas, heading, (block.left, block.top + 7.0), HEADING, Anchor::Start)?;
        let room = if values.length() > 0.0 { 0.07 * values.length() } else { 1.0 };
        let values = Range { low: values.low - room, high: values.high + room };
        let frame = Frame {
            left: block.left + AXIS,
            top: block.top + 36.0,
            width: block.width - AXIS - ENDS,
            height: block.height - 36.0 - 34.0,
        };
        let plot = Self { frame, values, months };
        let (marks, decimals) = ticks(values, (frame.height / 30.0) as usize);
        for value in marks {
            let y = plot.y(value);
            canvas.line(&[at(frame.left, y), at(frame.right(), y)], Stroke { role: GRID, width: 0.7, dash: None })?;
            write(canvas, &fixed(value, decimals), (frame.left - 5.0, y), TEXT, Anchor::End)?;
        }
        let zero = plot.y(0.0);
        canvas.line(&[at(frame.left, zero), at(frame.right(), zero)], Stroke { role: INK, width: 1.0, dash: None })?;
        Ok(plot)
    }

    fn x(&self, month: f64) -> f64 {
        self.frame.left + self.months.share(month) * self.frame.width
    }

    fn y(&self, value: f64) -> f64 {
        self.frame.bottom() - self.values.share(self.values.clamp(value)) * self.frame.height
    }

    fn mark(&self, canvas: &Canvas<'_>, month: f64, text: &str) -> Result<(), ReportError> {
        let (x, base) = (self.x(month), self.frame.bottom());
        canvas.line(&[at(x, base), at(x, base + 3.0)], Stroke { role: MUTED, width: 0.8, dash: None })?;
        write(canvas, text, (x, base + 10.0), TEXT, Anchor::Middle)
    }

    fn base_line(&self, canvas: &Canvas<'_>, title: &str) -> Result<(), ReportError> {
        let base = self.frame.bottom();
        canvas
            .line(&[at(self.frame.left, base), at(self.frame.right(), base)], Stroke { role: MUTED, width: 0.8, dash: None })?;
        muted(canvas, title, (self.frame.left + self.frame.width / 2.0, base + 25.0), Anchor::Middle)
    }
}

/// Months between two marks so that a few dozen of them fit.
fn stride(months: u32) -> usize {
    (months as usize).div_ceil(24).max(1)
}

fn draw_curves(canvas: &Canvas<'_>, found: &Handoff, block: Frame) -> Result<(), ReportError> {
    let lifts = found.curve.iter().filter_map(|point| point.lift);
    let values = lifts.fold(Range::ZERO, |range, lift| range.with(lift * 100.0));
    let heading = format!("{}: lift over {} by month, %", capitalised(&metric_words(&found.metric)), found.versus);
    let months = Range { low: 0.0, high: f64::from(found.months.max(1)) };
    let plot = Plot::begin(canvas, block, &heading, values, months)?;
    let words = "Every branch is the same trial, left alone from its handoff (diamond) on; the numbers at the right are months of curation";
    muted(canvas, words, (block.left, block.top + 23.0), Anchor::Start)?;
    for month in (1..=found.months).step_by(stride(found.months)) {
        plot.mark(canvas, f64::from(month) - 0.5, &month.to_string())?;
    }
    plot.base_line(canvas, "month of the trial")?;
    let mut ends = Vec::new();
    for timing in found.timings.iter().rev() {
        if let Some(y) = draw_branch(canvas, found, &plot, timing.handoff_month)? {
            ends.push(End { month: timing.handoff_month, y, label_y: y });
        }
    }
    let last = plot.x(f64::from(found.months) - 0.5);
    for End { month, y, label_y } in spread(ends, plot.frame) {
        let is_best = month == found.best.handoff_month;
        let text = if is_best { format!("{month} best") } else { month.to_string() };
        let leader = [at(last + 3.0, y), at(plot.frame.right() + 2.0, label_y)];
        canvas.line(&leader, Stroke { role: colour(found, month), width: 0.7, dash: None })?;
        write(canvas, &text, (plot.frame.right() + 6.0, label_y), if is_best { STRONG } else { TEXT }, Anchor::Start)?;
    }
    Ok(())
}

/// Where a branch ends, and where its month is written.
struct End {
    month: u32,
    y: f64,
    label_y: f64,
}

/// Draws one timing from its handoff on, the always-curated trial whole, and gives the height at which it ends.
fn draw_branch(canvas: &Canvas<'_>, found: &Handoff, plot: &Plot, handoff: u32) -> Result<Option<f64>, ReportError> {
    let is_whole = handoff == found.months;
    let place = |point: &HandoffCurvePoint| Some(at(plot.x(f64::from(point.month) - 0.5), plot.y(point.lift? * 100.0)));
    let own = found.curve.iter().filter(|point| point.handoff_month == handoff && (is_whole || point.month >= handoff));
    let points: Vec<_> = own.filter_map(place).collect();
    let is_best = handoff == found.best.handoff_month;
    let width = if is_best { 2.6 } else { 1.5 };
    let role = colour(found, handoff);
    canvas.line(&points, Stroke { role, width, dash: None })?;
    if let (false, [first, rest @ ..]) = (is_whole, points.as_slice()) {
        let start = match rest.first() {
            Some(second) if handoff > 0 => at((first.x + second.x) / 2.0, (first.y + second.y) / 2.0),
            _ => *first,
        };
        canvas.marker(start, Marker::Diamond, if is_best { 8.5 } else { 6.0 }, role)?;
    }
    Ok(points.last().map(|point| point.y))
}

/// Moves labels apart so that no two of them touch, from the top down, and back up where they would leave the plot.
fn spread(mut ends: Vec<End>, frame: Frame) -> Vec<End> {
    ends.sort_by(|a, b| a.y.total_cmp(&b.y));
    let step = LABEL_STEP.min(frame.height / ends.len().max(1) as f64);
    let mut free = frame.top;
    for end in &mut ends {
        end.label_y = end.y.max(free);
        free = end.label_y + step;
    }
    let mut limit = frame.bottom();
    for end in ends.iter_mut().rev() {
        end.label_y = end.label_y.min(limit);
        limit = end.label_y - step;
    }
    ends
}

/// The interval of the difference to the best, drawn around a timing's own value.
fn paired(row: &TimingRow) -> Option<(f64, f64)> {
    let (low, high) = row.against_best_conf_low.zip(row.against_best_conf_high)?;
    Some((row.net_value + low - row.against_best, row.net_value + high - row.against_best))
}

fn draw_values(canvas: &Canvas<'_>, found: &Handoff, block: Frame) -> Result<(), ReportError> {
    let own = |row: &TimingRow| [Some(row.net_value), row.net_value_conf_low, row.net_value_conf_high];
    let ends =
        |row: &TimingRow| own(row).into_iter().chain(paired(row).into_iter().flat_map(|(low, high)| [Some(low), Some(high)]));
    let values = found.timings.iter().flat_map(ends).flatten().fold(Range::ZERO, Range::with);
    let (scale, unit) = money_unit(found);
    let values = Range { low: values.low * scale, high: values.high * scale };
    let heading = format!("Net value by month of the handoff: {unit} against {}", found.versus);
    let months = Range { low: -0.5, high: f64::from(found.months) + 0.5 };
    let plot = Plot::begin(canvas, block, &heading, values, months)?;
    let words = "Thin: 95 % interval over replicates; thick: that of the paired difference to the best; filled: best, or not told apart from it";
    muted(canvas, words, (block.left, block.top + 23.0), Anchor::Start)?;
    for month in (0..=found.months).step_by(stride(found.months)) {
        plot.mark(canvas, f64::from(month), &month.to_string())?;
    }
    plot.base_line(canvas, "months of curation before the handoff")?;
    for row in &found.timings {
        let (x, y) = (plot.x(f64::from(row.handoff_month)), |value: f64| plot.y(value * scale));
        let role = colour(found, row.handoff_month);
        if let (Some(low), Some(high)) = (row.net_value_conf_low, row.net_value_conf_high) {
            canvas.line(&[at(x, y(low)), at(x, y(high))], Stroke { role: MUTED, width: 1.0, dash: None })?;
        }
        if let Some((low, high)) = paired(row) {
            canvas.line(&[at(x, y(low)), at(x, y(high))], Stroke { role, width: 4.0, dash: None })?;
        }
        let is_best = row.handoff_month == found.best.handoff_month;
        let is_close = found.best.not_distinguishable_from.contains(&row.handoff_month);
        let middle = at(x, y(row.net_value));
        let (marker, size) = if is_best { (Marker::Diamond, 11.0) } else { (Marker::Circle, 8.0) };
        canvas.marker(middle, marker, size, role)?;
        if !is_best && !is_close {
            canvas.marker(middle, marker, 4.6, PAPER)?;
        }
    }
    let best = row(found, found.best.handoff_month);
    let top = best.net_value_conf_high.unwrap_or(best.net_value) * scale;
    write(canvas, "best", (plot.x(f64::from(best.handoff_month)), plot.y(top) - 8.0), STRONG, Anchor::Middle)
}

fn footnote(found: &Handoff) -> String {
    format!(
        "{} replicates of {} customers on common random numbers, seed {}. Net value: margin less human cost and message cost of the {} arm, less those of {}; \
         margin and messages for {} customers, human hours not scaled. Not told apart: paired differences, 5 %, Holm. Scenario {}, digest {}, {}.",
        count(found.replicates.into()),
        count(found.customers.into()),
        found.seed,
        found.arm,
        found.versus,
        fixed(found.represents, 0),
        found.scenario,
        found.digest.chars().take(12).collect::<String>(),
        found.program,
    )
}
