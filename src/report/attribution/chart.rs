//! `attribution.png`: above, the way from the lift before the handoff to the lift after it, a bar for each mechanism with its interval,
//! the largest first; below, the lift by month as it is, and with mechanisms off. Losses and gains differ in colour, direction and sign;
//! what cannot be told from chance is pale.

use super::sentences::{is_clear, points, verdict, words};
use crate::experiment::{Attribution, AttributionCurvePoint, PartRow};
use crate::report::ReportError;
use crate::report::chart::palette::{NEUTRAL, Role};
use crate::report::chart::{
    Anchor, Canvas, Fill, Frame, GRID, INK, Label, MUTED, Marker, PAPER, Range, SERIES, Stroke, Type, at, draw_svg, png, ticks,
    wrap,
};
use crate::report::number::{Uncertain, count, fixed};
use crate::report::wording::{capitalised, metric_words, month_span};

const WIDTH: f64 = 860.0;
const MARGIN: f64 = 22.0;
/// Room for names at the left of the bars, and for figures at their right.
const NAMES: f64 = 150.0;
const FIGURES: f64 = 150.0;
/// Height of a bar's row, and of the bar in it.
const ROW: f64 = 29.0;
const BAR: f64 = 15.0;
const CURVES: f64 = 290.0;
const AXIS: f64 = 62.0;
const ENDS: f64 = 168.0;
const TITLE: Type = Type { size: 17.0, is_bold: true };
const SUBTITLE: Type = Type { size: 11.5, is_bold: false };
const HEADING: Type = Type { size: 13.0, is_bold: true };
const TEXT: Type = Type { size: 10.5, is_bold: false };
const STRONG: Type = Type { size: 10.5, is_bold: true };
/// Losses and gains, in Okabe and Ito's vermilion and blue.
const LOSS: Role = SERIES[1];
const GAIN: Role = SERIES[0];
/// Least distance between two labels at the ends of curves.
const LABEL_STEP: f64 = 13.0;

/// Draws the chart as SVG.
///
/// # Errors
/// If the drawing library fails.
pub fn attribution_svg(found: &Attribution) -> Result<String, ReportError> {
    let inner = WIDTH - 2.0 * MARGIN;
    let subtitle = wrap(&verdict(found).join(" "), SUBTITLE, inner, 6);
    let footnote = wrap(&footnote(found), TEXT, inner, 5);
    let first = MARGIN + 22.0 + 16.0 * subtitle.len() as f64 + 12.0;
    let bars = 40.0 + ROW * (found.mechanisms.len() + 3) as f64 + 40.0;
    let second = first + bars + 16.0;
    let below = second + CURVES + 18.0;
    let height = (below + 14.0 * footnote.len() as f64 + MARGIN - 6.0).ceil();
    draw_svg((WIDTH as u32, height as u32), |canvas| {
        canvas.rectangle(Frame { left: 0.0, top: 0.0, width: WIDTH, height }, Fill { role: PAPER, opacity: 1.0 })?;
        write(canvas, "Why the lift fades after the handoff", (MARGIN, MARGIN + 8.0), TITLE, Anchor::Start)?;
        for (number, line) in subtitle.iter().enumerate() {
            write(canvas, line, (MARGIN, MARGIN + 28.0 + 16.0 * number as f64), SUBTITLE, Anchor::Start)?;
        }
        draw_way(canvas, found, Frame { left: MARGIN, top: first, width: inner, height: bars })?;
        draw_curves(canvas, found, Frame { left: MARGIN, top: second, width: inner, height: CURVES })?;
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
pub fn attribution_png(found: &Attribution) -> Result<Vec<u8>, ReportError> {
    png(&attribution_svg(found)?)
}

fn write(canvas: &Canvas<'_>, text: &str, (x, y): (f64, f64), kind: Type, anchor: Anchor) -> Result<(), ReportError> {
    canvas.label(&Label { text, at: at(x, y), kind, role: INK, anchor, is_upright: false })
}

fn muted(canvas: &Canvas<'_>, text: &str, (x, y): (f64, f64), anchor: Anchor) -> Result<(), ReportError> {
    canvas.label(&Label { text, at: at(x, y), kind: TEXT, role: MUTED, anchor, is_upright: false })
}

/// A step on the way from one lift to the other.
struct Step {
    name: String,
    /// Lift in percent before and after the step.
    from: f64,
    to: f64,
    part: PartRow,
    role: Role,
    is_sure: bool,
}

impl Step {
    /// Where the step may end, as far as its own interval says.
    fn reach(&self) -> Option<(f64, f64)> {
        let (low, high) = self.part.points_conf_low.zip(self.part.points_conf_high)?;
        Some((self.from - high, self.from - low))
    }
}

/// Mechanisms in the order of their size, then the remainder: together they lead from the lift before to the lift after.
fn steps(found: &Attribution) -> Vec<Step> {
    let mut level = found.active_lift * 100.0;
    let mut step = |name: String, part: &PartRow, is_sure: bool, role: Option<Role>| {
        let from = level;
        level -= part.points;
        let role = role.unwrap_or(if part.points < 0.0 { GAIN } else { LOSS });
        Step { name, from, to: level, part: *part, role, is_sure }
    };
    let mut all: Vec<Step> =
        found.mechanisms.iter().map(|row| step(capitalised(words(row.mechanism)), &row.part, is_clear(row), None)).collect();
    all.push(step("Remainder".to_owned(), &found.remainder, true, Some(NEUTRAL)));
    all
}

fn draw_way(canvas: &Canvas<'_>, found: &Attribution, block: Frame) -> Result<(), ReportError> {
    let metric = capitalised(&metric_words(&found.metric));
    let heading = format!("{metric}: from the lift before the handoff to the lift after it, % over {}", found.versus);
    write(canvas, &heading, (block.left, block.top + 7.0), HEADING, Anchor::Start)?;
    let words = "Bars to the left are points lost, to the right gained; whiskers are 95 % intervals over replicates; pale: not told from chance";
    muted(canvas, words, (block.left, block.top + 23.0), Anchor::Start)?;
    let steps = steps(found);
    let (before, after) = (found.active_lift * 100.0, found.passive_lift * 100.0);
    let levels =
        steps.iter().flat_map(|step| step.reach().map_or([step.to; 2], |(low, high)| [low, high]).into_iter().chain([step.to]));
    let whole = levels.fold(Range { low: before, high: before }, Range::with);
    let room = 0.05 * whole.length().max(1.0);
    let values = Range { low: whole.low - room, high: whole.high + room };
    let frame = Frame {
        left: block.left + NAMES,
        top: block.top + 36.0,
        width: block.width - NAMES - FIGURES,
        height: ROW * (steps.len() + 2) as f64,
    };
    let x = |value: f64| frame.left + values.share(value) * frame.width;
    let (marks, decimals) = ticks(values, 9);
    for value in marks {
        canvas.line(&[at(x(value), frame.top), at(x(value), frame.bottom())], Stroke { role: GRID, width: 0.7, dash: None })?;
        write(canvas, &fixed(value, decimals), (x(value), frame.bottom() + 10.0), TEXT, Anchor::Middle)?;
    }
    muted(canvas, "lift, %", (frame.left + frame.width / 2.0, frame.bottom() + 25.0), Anchor::Middle)?;
    let row = |number: usize| frame.top + ROW * (number as f64 + 0.5);
    let level = |number: usize, name: &str, value: f64, error: Option<f64>| {
        let y = row(number);
        write(canvas, name, (frame.left - 8.0, y), STRONG, Anchor::End)?;
        canvas.marker(at(x(value), y), Marker::Diamond, 9.0, INK)?;
        let text = format!("{} %", Uncertain { estimate: value, std_error: error.map(|error| error * 100.0) }.text());
        write(canvas, &text, (frame.right() + 10.0, y), STRONG, Anchor::Start)
    };
    level(0, &format!("Before, {}", month_span(found.curated_from, found.handoff_month)), before, found.active_lift_std_error)?;
    for (number, step) in steps.iter().enumerate() {
        draw_step(canvas, step, &x, (row(number), row(number + 1)), frame)?;
    }
    let last = row(steps.len());
    let end = row(steps.len() + 1);
    canvas.line(&[at(x(after), last), at(x(after), end)], Stroke { role: MUTED, width: 0.8, dash: Some((2.0, 2.0)) })?;
    level(
        steps.len() + 1,
        &format!("After, {}", month_span(found.handoff_month, found.months)),
        after,
        found.passive_lift_std_error,
    )
}

/// A bar with its whisker, its name and its points, and the line that leads to it from the row above.
fn draw_step(
    canvas: &Canvas<'_>,
    step: &Step,
    x: &impl Fn(f64) -> f64,
    (above, y): (f64, f64),
    frame: Frame,
) -> Result<(), ReportError> {
    let lead = Stroke { role: MUTED, width: 0.8, dash: Some((2.0, 2.0)) };
    canvas.line(&[at(x(step.from), above), at(x(step.from), y)], lead)?;
    write(canvas, &step.name, (frame.left - 8.0, y), TEXT, Anchor::End)?;
    let (left, right) = (x(step.from.min(step.to)), x(step.from.max(step.to)));
    let bar = Frame { left, top: y - BAR / 2.0, width: (right - left).max(1.0), height: BAR };
    canvas.rectangle(bar, Fill { role: step.role, opacity: if step.is_sure { 0.9 } else { 0.35 } })?;
    if let Some((low, high)) = step.reach() {
        let whisker = Stroke { role: INK, width: 1.2, dash: None };
        canvas.line(&[at(x(low), y), at(x(high), y)], whisker)?;
        for end in [low, high] {
            canvas.line(&[at(x(end), y - 4.0), at(x(end), y + 4.0)], whisker)?;
        }
    }
    // Lost points count down, as the bar goes.
    let change = Uncertain { estimate: -step.part.points, std_error: points(&step.part).std_error }.text();
    let sign = if step.part.points < 0.0 { "+" } else { "" };
    let share = step.part.share.map_or_else(String::new, |share| format!("  ({} %)", fixed(share * 100.0, 0)));
    write(canvas, &format!("{sign}{change}{share}"), (frame.right() + 10.0, y), TEXT, Anchor::Start)
}

/// A curve of the lower plot.
struct Line<'a> {
    on: String,
    name: String,
    role: Role,
    dash: Option<(f64, f64)>,
    points: Vec<&'a AttributionCurvePoint>,
}

/// As it is, with nothing on, and without the two largest mechanisms.
fn lines(found: &Attribution) -> Vec<Line<'_>> {
    let mut shown = vec![("all".to_owned(), "as it is".to_owned(), INK, None)];
    let dashes = [Some((6.0, 3.0)), Some((2.0, 2.5))];
    for ((row, role), dash) in found.mechanisms.iter().zip([SERIES[0], SERIES[2]]).zip(dashes) {
        let name = format!("without {}", words(row.mechanism));
        shown.push((format!("without {}", row.mechanism.as_str()), name, role, dash));
    }
    shown.push(("none".to_owned(), "all mechanisms off".to_owned(), NEUTRAL, Some((8.0, 3.0))));
    let of = |on: &str| found.curve.iter().filter(|point| point.on == on).collect();
    shown.into_iter().map(|(on, name, role, dash)| Line { points: of(&on), on, name, role, dash }).collect()
}

fn draw_curves(canvas: &Canvas<'_>, found: &Attribution, block: Frame) -> Result<(), ReportError> {
    let lines = lines(found);
    let heading = format!("Lift over {} by month, %", found.versus);
    write(canvas, &heading, (block.left, block.top + 7.0), HEADING, Anchor::Start)?;
    let words = "With everything on, without each of the two largest, and with every mechanism off; the band is the 95 % interval of the lift as it is";
    muted(canvas, words, (block.left, block.top + 23.0), Anchor::Start)?;
    let ends = |point: &AttributionCurvePoint| if point.on == "all" { [point.conf_low, point.conf_high] } else { [None, None] };
    let all = lines.iter().flat_map(|line| line.points.iter().flat_map(|point| ends(point).into_iter().chain([point.lift])));
    let range = all.flatten().fold(Range::ZERO, |range, lift| range.with(lift * 100.0));
    let room = 0.06 * range.length().max(1.0);
    let values = Range { low: range.low - if range.low < 0.0 { room } else { 0.0 }, high: range.high + room };
    let frame = Frame {
        left: block.left + AXIS,
        top: block.top + 36.0,
        width: block.width - AXIS - ENDS,
        height: block.height - 36.0 - 34.0,
    };
    let x = |month: f64| frame.left + month / f64::from(found.months.max(1)) * frame.width;
    let y = |percent: f64| frame.bottom() - values.share(percent) * frame.height;
    let (marks, decimals) = ticks(values, (frame.height / 30.0) as usize);
    for value in marks {
        canvas.line(&[at(frame.left, y(value)), at(frame.right(), y(value))], Stroke { role: GRID, width: 0.7, dash: None })?;
        write(canvas, &fixed(value, decimals), (frame.left - 5.0, y(value)), TEXT, Anchor::End)?;
    }
    canvas.line(&[at(frame.left, y(0.0)), at(frame.right(), y(0.0))], Stroke { role: INK, width: 1.0, dash: None })?;
    let stride = (found.months as usize).div_ceil(24).max(1);
    for month in (1..=found.months).step_by(stride) {
        write(canvas, &month.to_string(), (x(f64::from(month) - 0.5), frame.bottom() + 10.0), TEXT, Anchor::Middle)?;
    }
    muted(canvas, "month of the trial", (frame.left + frame.width / 2.0, frame.bottom() + 25.0), Anchor::Middle)?;
    let handoff = x(f64::from(found.handoff_month));
    canvas
        .line(&[at(handoff, frame.top), at(handoff, frame.bottom())], Stroke { role: INK, width: 1.2, dash: Some((4.0, 3.0)) })?;
    write(canvas, "handoff", (handoff + 5.0, frame.top + 6.0), TEXT, Anchor::Start)?;
    let place = |point: &&AttributionCurvePoint| Some(at(x(f64::from(point.month) - 0.5), y(point.lift? * 100.0)));
    draw_band(canvas, &lines[0], &|point, lift| at(x(f64::from(point.month) - 0.5), y(lift * 100.0)))?;
    let mut labels = Vec::new();
    for line in lines.iter().rev() {
        let path: Vec<_> = line.points.iter().filter_map(place).collect();
        let width = if line.on == "all" { 2.4 } else { 1.6 };
        canvas.line(&path, Stroke { role: line.role, width, dash: line.dash })?;
        labels.extend(path.last().map(|end| (end.y, line)));
    }
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = frame.top;
    for (height, line) in labels {
        let own = height.max(free);
        free = own + LABEL_STEP;
        let key = [at(frame.right() + 6.0, own), at(frame.right() + 26.0, own)];
        canvas.line(&key, Stroke { role: line.role, width: 1.8, dash: line.dash })?;
        let kind = if line.on == "all" { STRONG } else { TEXT };
        write(canvas, &line.name, (frame.right() + 31.0, own), kind, Anchor::Start)?;
    }
    Ok(())
}

/// The interval of a curve, over the months that have one.
fn draw_band(
    canvas: &Canvas<'_>,
    line: &Line<'_>,
    place: &impl Fn(&AttributionCurvePoint, f64) -> crate::report::chart::Point,
) -> Result<(), ReportError> {
    let upper = line.points.iter().filter_map(|point| Some(place(point, point.conf_high?)));
    let lower = line.points.iter().rev().filter_map(|point| Some(place(point, point.conf_low?)));
    let area: Vec<_> = upper.chain(lower).collect();
    if area.len() > 2 { canvas.area(&area, Fill { role: NEUTRAL, opacity: 0.18 }) } else { Ok(()) }
}

fn footnote(found: &Attribution) -> String {
    let absent: Vec<&str> = found.absent.iter().map(|absent| words(absent.mechanism)).collect();
    let absent = if absent.is_empty() { String::new() } else { format!(" Absent here: {}.", absent.join(", ")) };
    format!(
        "Shapley values over all {} combinations of mechanisms, lifts as twins know them, {} replicates of {} customers on common random numbers, seed {}; \
         ± is the standard error. Remainder: what is lost with every mechanism off.{absent} Scenario {}, digest {}, {}.",
        found.coalitions,
        count(found.replicates.into()),
        count(found.customers.into()),
        found.seed,
        found.scenario,
        found.digest.chars().take(12).collect::<String>(),
        found.program,
    )
}
