//! `beliefs.png`: small multiples over the months of the trial.
//!
//! First how often arms choose what is truly best, beside chance (dashed), and what a message gives away in open rate; then how old the
//! evidence behind beliefs is, and the cells of the map that were learned (up) and unlearned (down) since the month before, by cause;
//! below, the map itself: audience by slot, how often what is believed best is. Bands are 95 % Monte-Carlo intervals of means over replicates.

use super::plot::{HEADING, Key, Plot, TEXT, put, put_in, shade};
use super::sentence::sentence;
use crate::experiment::{BeliefSummaryRow, Cause, OverReplicates};
use crate::report::ReportError;
use crate::report::chart::{
    Anchor, Canvas, Fill, Frame, MUTED, NEUTRAL, PAPER, Range, Role, SERIES, Stroke, Type, arm_look, at, cut, draw_svg, png,
    short_digest, text_width, wrap,
};
use crate::report::contents::Report;
use crate::report::number::{count, two_sided_95};

const WIDTH: f64 = 800.0;
const MARGIN: f64 = 22.0;
const GUTTER: f64 = 26.0;
const PANEL: f64 = 226.0;
/// Height of a row of the map, and of what stands above and below its rows.
const ROW: f64 = 17.0;
const MAP_FRAME: f64 = 93.0;
/// Room left of a plot for numbers.
const NUMBERS: f64 = 34.0;
const TITLE: Type = Type { size: 17.0, is_bold: true };
const SUBTITLE: Type = Type { size: 11.5, is_bold: false };
const SMALL: Type = Type { size: 9.5, is_bold: false };
const DASHED: Option<(f64, f64)> = Some((3.0, 2.5));
/// Colours of causes, in the order of `Cause::ALL`.
const CAUSES: [(Cause, Role, &str); 3] = [
    (Cause::Beliefs, SERIES[2], "beliefs changed"),
    (Cause::Library, SERIES[4], "library changed"),
    (Cause::Tastes, SERIES[3], "tastes changed"),
];

/// Draws the chart as SVG.
///
/// # Errors
/// If the drawing library fails.
pub fn beliefs_svg(report: &Report) -> Result<String, ReportError> {
    let inner = WIDTH - 2.0 * MARGIN;
    let subtitle = wrap(&sentence(report).unwrap_or_default(), SUBTITLE, inner, 4);
    let footnote = wrap(&footnote(report), SMALL, inner, 6);
    let half = (inner - GUTTER) / 2.0;
    let first = MARGIN + 28.0 + 16.0 * subtitle.len() as f64;
    let map_top = first + 2.0 * (PANEL + 16.0);
    let map = map_height(report);
    let below = map_top + if map > 0.0 { map + 18.0 } else { 4.0 };
    let height = (below + 14.0 * footnote.len() as f64 + MARGIN - 6.0).ceil();
    draw_svg((WIDTH as u32, height as u32), |canvas| {
        canvas.rectangle(Frame { left: 0.0, top: 0.0, width: WIDTH, height }, Fill { role: PAPER, opacity: 1.0 })?;
        put(canvas, "What arms decide and believe, against what is truly best", (MARGIN, MARGIN + 8.0), TITLE, Anchor::Start)?;
        for (row, line) in subtitle.iter().enumerate() {
            put(canvas, line, (MARGIN, MARGIN + 28.0 + 16.0 * row as f64), SUBTITLE, Anchor::Start)?;
        }
        for (number, panel) in Panel::ALL.into_iter().enumerate() {
            let (column, row) = ((number % 2) as f64, (number / 2) as f64);
            let (left, top) = (MARGIN + column * (half + GUTTER), first + row * (PANEL + 16.0));
            panel.draw(canvas, report, Frame { left, top, width: half, height: PANEL })?;
        }
        draw_map(canvas, report, Frame { left: MARGIN, top: map_top, width: inner, height: map })?;
        for (row, line) in footnote.iter().enumerate() {
            put_in(canvas, line, (MARGIN, below + 14.0 * row as f64), (SMALL, MUTED), Anchor::Start)?;
        }
        Ok(())
    })
}

/// The same chart as a PNG 1600 pixels wide; same report, same bytes.
///
/// # Errors
/// If drawing, rasterising or encoding fails.
pub fn beliefs_png(report: &Report) -> Result<Vec<u8>, ReportError> {
    png(&beliefs_svg(report)?)
}

/// The panels alone with words for them, for pages that lay them out themselves.
pub(in crate::report) fn panel_svgs(report: &Report) -> Result<Vec<(&'static str, String)>, ReportError> {
    let (width, height) = (390.0, PANEL + 24.0);
    let drawn = Panel::ALL.into_iter().map(|panel| {
        let frame = Frame { left: 2.0, top: 4.0, width: width - 6.0, height: height - 6.0 };
        let svg = draw_svg((width as u32, height as u32), |canvas| panel.draw(canvas, report, frame))?;
        Ok((panel.heading(), svg))
    });
    drawn.collect()
}

/// The map alone; `None` where no arm holds beliefs.
pub(in crate::report) fn map_svg(report: &Report) -> Result<Option<String>, ReportError> {
    let (width, height) = (390.0, map_height(report));
    if height == 0.0 {
        return Ok(None);
    }
    let frame = Frame { left: 2.0, top: 4.0, width: width - 6.0, height };
    draw_svg((width as u32, (height + 8.0).ceil() as u32), |canvas| draw_map(canvas, report, frame)).map(Some)
}

/// One of the small multiples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panel {
    OnBest,
    Regret,
    Age,
    Turns,
}

impl Panel {
    const ALL: [Self; 4] = [Self::OnBest, Self::Regret, Self::Age, Self::Turns];

    fn heading(self) -> &'static str {
        match self {
            Self::OnBest => "Choices on the truly best component, %",
            Self::Regret => "Open rate given away per message, points",
            Self::Age => "Age of the evidence behind beliefs, days",
            Self::Turns => "Cells of the map learned and unlearned, %",
        }
    }

    fn value(self, row: &BeliefSummaryRow) -> OverReplicates {
        match self {
            Self::OnBest => scaled(row.on_best, 100.0),
            Self::Regret => scaled(row.regret, 100.0),
            Self::Age => row.age_days,
            Self::Turns => OverReplicates::default(),
        }
    }

    fn draw(self, canvas: &Canvas<'_>, report: &Report, block: Frame) -> Result<(), ReportError> {
        if self == Self::Turns { draw_turns(canvas, report, block) } else { self.draw_lines(canvas, report, block) }
    }

    fn draw_lines(self, canvas: &Canvas<'_>, report: &Report, block: Frame) -> Result<(), ReportError> {
        let lines = lines(report, self);
        let ends = lines.iter().flat_map(|line| &line.points).flat_map(|point| [point.low, point.high]);
        let whole = ends.fold(Range::ZERO, Range::with);
        let mut keys: Vec<Key> =
            lines.iter().map(|line| Key { words: line.arm.to_owned(), role: line.role, line: Some(line.dash) }).collect();
        if self == Self::OnBest {
            keys.push(Key { words: "chance alone".to_owned(), role: MUTED, line: Some(DASHED) });
        }
        let plot = Plot::begin(canvas, report, (block, NUMBERS), (self.heading(), &keys), roomy(whole))?;
        plot.draw_values(canvas)?;
        for line in &lines {
            let upper = line.points.iter().map(|point| at(plot.x(point.month), plot.y(point.high)));
            let lower = line.points.iter().rev().map(|point| at(plot.x(point.month), plot.y(point.low)));
            canvas.area(&upper.chain(lower).collect::<Vec<_>>(), Fill { role: line.role, opacity: 0.25 })?;
        }
        if self == Self::OnBest {
            draw_chance(canvas, report, (&plot, &lines))?;
        }
        for line in &lines {
            let middle: Vec<_> = line.points.iter().map(|point| at(plot.x(point.month), plot.y(point.mean))).collect();
            canvas.line(&middle, Stroke { role: line.role, width: 1.8, dash: line.dash })?;
            for point in middle {
                canvas.marker(point, line.marker, 5.4, line.role)?;
            }
        }
        plot.draw_months(canvas)?;
        plot.draw_handoffs(canvas)
    }
}

fn scaled(value: OverReplicates, scale: f64) -> OverReplicates {
    OverReplicates { mean: value.mean.map(|mean| mean * scale), std_error: value.std_error.map(|error| error * scale) }
}

/// The range with a little room at the ends that are not 0.
fn roomy(whole: Range) -> Range {
    let room = 0.08 * if whole.length() > 0.0 { whole.length() } else { 1.0 };
    Range { low: if whole.low < 0.0 { whole.low - room } else { 0.0 }, high: whole.high + room }
}

/// A mean over replicates in one month, with its interval.
struct Dot {
    month: u32,
    mean: f64,
    low: f64,
    high: f64,
}

struct Line<'a> {
    arm: &'a str,
    role: Role,
    marker: crate::report::chart::Marker,
    dash: Option<(f64, f64)>,
    points: Vec<Dot>,
}

/// One line per arm that has values; the control is grey.
fn lines(report: &Report, panel: Panel) -> Vec<Line<'_>> {
    let reach = two_sided_95(report.run.replicates);
    let line = |(number, arm): (usize, &'_ crate::report::ArmNote)| {
        let dot = |row: &BeliefSummaryRow| {
            let value = panel.value(row);
            let (mean, error) = (value.mean?, value.std_error.unwrap_or(0.0) * reach);
            Some(Dot { month: row.month, mean, low: mean - error, high: mean + error })
        };
        let points: Vec<Dot> = report.beliefs.iter().filter(|row| row.arm == arm.name).filter_map(dot).collect();
        let look = arm_look(number.saturating_sub(1));
        let (role, marker, dash) = if number == 0 { (NEUTRAL, crate::report::chart::Marker::Square, None) } else { look };
        (points, role, marker, dash)
    };
    let arms = report.context.arms.iter().enumerate();
    arms.map(|(number, arm)| {
        let (points, role, marker, dash) = line((number, arm));
        Line { arm: &arm.name, role, marker, dash, points }
    })
    .filter(|line| !line.points.is_empty())
    .collect()
}

fn draw_chance(canvas: &Canvas<'_>, report: &Report, (plot, lines): (&Plot<'_>, &[Line<'_>])) -> Result<(), ReportError> {
    for line in lines {
        let own = report.beliefs.iter().filter(|row| row.arm == line.arm);
        let known = own.filter_map(|row| Some(at(plot.x(row.month), plot.y(row.by_chance.mean? * 100.0))));
        canvas.line(&known.collect::<Vec<_>>(), Stroke { role: line.role, width: 1.2, dash: DASHED })?;
    }
    Ok(())
}

/// Rows of the first arm that holds beliefs: the one whose map is drawn.
fn mapped(report: &Report) -> Vec<&BeliefSummaryRow> {
    let Some(first) = report.beliefs.iter().find(|row| !row.cells.is_empty()) else { return Vec::new() };
    report.beliefs.iter().filter(|row| row.arm == first.arm).collect()
}

fn draw_turns(canvas: &Canvas<'_>, report: &Report, block: Frame) -> Result<(), ReportError> {
    let rows = mapped(report);
    let total = |values: &[OverReplicates; 3]| values.iter().filter_map(|value| value.mean).sum::<f64>() * 100.0;
    let whole = rows.iter().fold(Range::ZERO, |range, row| range.with(total(&row.learned)).with(-total(&row.unlearned)));
    let keys = CAUSES.map(|(_, role, words)| Key { words: words.to_owned(), role, line: None });
    let plot = Plot::begin(canvas, report, (block, NUMBERS), (Panel::Turns.heading(), &keys), roomy(whole))?;
    plot.draw_values(canvas)?;
    for row in &rows {
        let width = (plot.month_width() * 0.6).min(26.0);
        for (sign, values) in [(1.0, &row.learned), (-1.0, &row.unlearned)] {
            let mut reached = 0.0;
            for ((_, role, _), value) in CAUSES.iter().zip(values) {
                let next = reached + sign * value.mean.unwrap_or(0.0) * 100.0;
                let (top, bottom) = (plot.y(next.max(reached)), plot.y(next.min(reached)));
                let bar = Frame { left: plot.x(row.month) - width / 2.0, top, width, height: bottom - top };
                canvas.rectangle(bar, Fill { role: *role, opacity: 1.0 })?;
                reached = next;
            }
        }
    }
    plot.draw_months(canvas)?;
    plot.draw_handoffs(canvas)
}

/// Height of the map; 0 where there is none.
fn map_height(report: &Report) -> f64 {
    match map_places(report).len() {
        0 => 0.0,
        rows => MAP_FRAME + ROW * rows as f64,
    }
}

/// Audience and slot of the map's rows.
fn map_places(report: &Report) -> Vec<(u8, u8)> {
    let mut places: Vec<(u8, u8)> =
        mapped(report).iter().flat_map(|row| row.cells.iter().map(|cell| (cell.audience, cell.slot))).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn draw_map(canvas: &Canvas<'_>, report: &Report, block: Frame) -> Result<(), ReportError> {
    let (rows, places) = (mapped(report), map_places(report));
    let Some(first) = rows.first() else { return Ok(()) };
    let name = |names: &[String], position: u8| names.get(usize::from(position)).cloned().unwrap_or_default();
    let words: Vec<String> = places
        .iter()
        .map(|(audience, slot)| format!("{} · {}", report.context.audience(*audience), name(&report.context.slots, *slot)))
        .collect();
    let widest = words.iter().map(|words| text_width(words, TEXT)).fold(0.0, f64::max);
    let margin = (widest + 8.0).min(block.width * 0.36);
    let heading = format!("The map of the {} arm: how often what is believed best is, % of replicates", first.arm);
    let heading = if text_width(&heading, HEADING) > block.width {
        format!("The map: believed best is best, % ({})", first.arm)
    } else {
        heading
    };
    let plot = Plot::begin(canvas, report, (block, margin), (&heading, &[]), Range { low: 0.0, high: 1.0 })?;
    for (number, (place, words)) in places.iter().zip(&words).enumerate() {
        let top = plot.frame.top + ROW * number as f64;
        put(canvas, &cut(words, TEXT, margin - 8.0), (plot.frame.left - 6.0, top + ROW / 2.0), TEXT, Anchor::End)?;
        for row in &rows {
            let cell = row.cells.iter().find(|cell| (cell.audience, cell.slot) == *place);
            if let Some(share) = cell.and_then(|cell| cell.right.mean) {
                let width = plot.month_width() - 1.0;
                shade(canvas, Frame { left: plot.x(row.month) - width / 2.0, top, width, height: ROW - 1.0 }, share)?;
            }
        }
    }
    plot.draw_months(canvas)?;
    plot.draw_handoffs(canvas)
}

fn footnote(report: &Report) -> String {
    format!(
        "Known to the simulator alone. Truly best: no live component of the slot is worth more to this customer at that moment (taste, appeal, novelty, \
         wear-out, discount). Given away: the chance that the best message of the same library would be opened at the same time and channel, less that of the message \
         sent. One customer in eight is watched. Map: by audience and slot, what the policy believes best against what is best for the mean customer \
         of the audience, at the close of each month; a cell is unlearned when it was right and no longer is. Bands: 95 % Monte-Carlo intervals. {} replicates of {} customers, seed {}; scenario {}, digest {}, {}.",
        count(report.run.replicates.into()),
        count(report.run.customers.into()),
        report.run.seed,
        report.context.scenario,
        short_digest(&report.run.digest),
        report.run.program,
    )
}
