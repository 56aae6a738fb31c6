//! `diagnosis.png`: one row per headline metric and estimator over the whole trial, four figures side by side, each with its 95 % Monte-Carlo
//! interval and a line where it should be. A lollipop plot after Morris, White & Crowther 2019.

use crate::experiment::{Diagnosand, Diagnosis};
use crate::report::ReportError;
use crate::report::chart::{
    Anchor, Canvas, Fill, Frame, GRID, INK, Label, MUTED, Marker, PAPER, Range, SERIES, Stroke, Type, at, cut, draw_svg, png,
    ticks, wrap,
};
use crate::report::number::{count, fixed};
use crate::report::wording::{capitalised, estimator_words, metric_words};
use crate::stats::goodness::wilson_interval;

const WIDTH: f64 = 860.0;
const MARGIN: f64 = 22.0;
const NAMES: f64 = 176.0;
const GUTTER: f64 = 20.0;
const ROW: f64 = 19.0;
const HEADING_ROW: f64 = 24.0;
const TITLE: Type = Type { size: 17.0, is_bold: true };
const TEXT: Type = Type { size: 10.5, is_bold: false };
const STRONG: Type = Type { size: 10.5, is_bold: true };
/// Ends of a 95 % interval, in Monte-Carlo standard errors.
const REACH: f64 = 1.96;

/// A figure of the chart: its heading, where it should be, and how it is read from a row.
struct Figure {
    heading: &'static str,
    target: Option<f64>,
    /// Smallest value the axis shows; what lies below is drawn at the edge.
    least: f64,
    read: fn(&Diagnosand) -> Option<Reading>,
}

/// A value with the ends of its 95 % Monte-Carlo interval.
#[derive(Clone, Copy)]
struct Reading {
    value: f64,
    low: f64,
    high: f64,
}

const FIGURES: [Figure; 4] = [
    Figure {
        heading: "bias, in standard errors",
        target: Some(0.0),
        least: f64::NEG_INFINITY,
        read: |row| scaled(row.bias, row.bias_mcse, 1.0 / row.empirical_std_error?),
    },
    Figure {
        heading: "model SE off, %",
        target: Some(0.0),
        least: f64::NEG_INFINITY,
        read: |row| scaled(row.model_excess, row.model_excess_mcse, 100.0),
    },
    Figure { heading: "coverage of 95 % intervals, %", target: Some(95.0), least: 0.0, read: coverage },
    Figure {
        heading: "error variance saved, %",
        target: None,
        least: -100.0,
        read: |row| scaled(row.variance_reduction, row.variance_reduction_mcse, 100.0),
    },
];

fn scaled(value: Option<f64>, std_error: Option<f64>, scale: f64) -> Option<Reading> {
    let (value, error) = (value? * scale, std_error.unwrap_or(0.0) * scale);
    let reading = Reading { value, low: value - REACH * error, high: value + REACH * error };
    (reading.low.is_finite() && reading.high.is_finite()).then_some(reading)
}

/// Coverage with Wilson's score interval.
fn coverage(row: &Diagnosand) -> Option<Reading> {
    let share = row.coverage?;
    let (low, high) = wilson_interval(share, row.replicates.into(), REACH);
    Some(Reading { value: share * 100.0, low: low * 100.0, high: high * 100.0 })
}

/// A line of the chart.
enum Line<'a> {
    Heading(String),
    Row(&'a Diagnosand),
}

/// Draws the chart as SVG.
///
/// # Errors
/// If the drawing library fails.
pub fn diagnosis_svg(diagnosis: &Diagnosis) -> Result<String, ReportError> {
    let lines = lines(diagnosis);
    let heights = lines.iter().map(|line| if matches!(line, Line::Heading(_)) { HEADING_ROW } else { ROW });
    let body: f64 = heights.sum();
    let top = MARGIN + 66.0;
    let footnote = wrap(&footnote(diagnosis), TEXT, WIDTH - 2.0 * MARGIN, 4);
    let height = top + body + 40.0 + 14.0 * footnote.len() as f64 + MARGIN;
    draw_svg((WIDTH as u32, height.ceil() as u32), |canvas| {
        let all = Frame { left: 0.0, top: 0.0, width: WIDTH, height: height.ceil() };
        canvas.rectangle(all, Fill { role: PAPER, opacity: 1.0 })?;
        text(canvas, "How estimators perform against the known truth", (MARGIN, MARGIN + 8.0), TITLE, Anchor::Start)?;
        let under = format!("Scenario {}, whole trial, effect on the customers of each trial", diagnosis.scenario);
        text(canvas, &under, (MARGIN, MARGIN + 29.0), TEXT, Anchor::Start)?;
        let width = (WIDTH - 2.0 * MARGIN - NAMES - GUTTER * FIGURES.len() as f64) / FIGURES.len() as f64;
        for (number, figure) in FIGURES.iter().enumerate() {
            let left = MARGIN + NAMES + GUTTER + number as f64 * (width + GUTTER);
            draw_figure(canvas, figure, &lines, Frame { left, top, width, height: body })?;
        }
        draw_names(canvas, &lines, top)?;
        for (row, line) in footnote.iter().enumerate() {
            text(canvas, line, (MARGIN, top + body + 46.0 + 14.0 * row as f64), TEXT, Anchor::Start)?;
        }
        Ok(())
    })
}

/// The same chart as a PNG; same diagnosis, same bytes.
///
/// # Errors
/// If drawing, rasterising or encoding fails.
pub fn diagnosis_png(diagnosis: &Diagnosis) -> Result<Vec<u8>, ReportError> {
    png(&diagnosis_svg(diagnosis)?)
}

fn lines(diagnosis: &Diagnosis) -> Vec<Line<'_>> {
    let rows = diagnosis.diagnosands.iter().filter(|row| row.window == "trial" && row.estimand == "sate");
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut before = String::new();
    for row in rows {
        let heading = format!("{}, {}", capitalised(&metric_words(&row.metric)), row.arm);
        if heading != before {
            lines.push(Line::Heading(heading.clone()));
            before = heading;
        }
        lines.push(Line::Row(row));
    }
    lines
}

fn text(canvas: &Canvas<'_>, text: &str, (x, y): (f64, f64), kind: Type, anchor: Anchor) -> Result<(), ReportError> {
    canvas.label(&Label { text, at: at(x, y), kind, role: INK, anchor, is_upright: false })
}

fn draw_names(canvas: &Canvas<'_>, lines: &[Line<'_>], top: f64) -> Result<(), ReportError> {
    let mut y = top;
    for line in lines {
        match line {
            Line::Heading(heading) => {
                text(
                    canvas,
                    &cut(heading, STRONG, WIDTH - 2.0 * MARGIN),
                    (MARGIN, y + HEADING_ROW - 9.0),
                    STRONG,
                    Anchor::Start,
                )?;
                y += HEADING_ROW;
            }
            Line::Row(row) => {
                let name = cut(&estimator_words(&row.estimator), TEXT, NAMES);
                text(canvas, &name, (MARGIN + 8.0, y + ROW / 2.0), TEXT, Anchor::Start)?;
                y += ROW;
            }
        }
    }
    Ok(())
}

fn draw_figure(canvas: &Canvas<'_>, figure: &Figure, lines: &[Line<'_>], frame: Frame) -> Result<(), ReportError> {
    let known = lines.iter().filter_map(|line| match line {
        Line::Row(row) => (figure.read)(row),
        Line::Heading(_) => None,
    });
    let start = figure.target.unwrap_or(0.0);
    let range = known.fold(Range { low: start, high: start }, |range, reading| range.with(reading.low).with(reading.high));
    let range = Range { low: range.low.max(figure.least), ..range };
    let room = if range.length() > 0.0 { 0.06 * range.length() } else { 1.0 };
    let range = Range { low: range.low - room, high: range.high + room };
    let x = |value: f64| frame.left + range.share(range.clamp(value)) * frame.width;
    text(canvas, figure.heading, (frame.left + frame.width / 2.0, frame.top - 12.0), TEXT, Anchor::Middle)?;
    let (values, decimals) = ticks(range, 4);
    for value in values {
        canvas.line(&[at(x(value), frame.top), at(x(value), frame.bottom())], Stroke { role: GRID, width: 0.7, dash: None })?;
        text(canvas, &fixed(value, decimals), (x(value), frame.bottom() + 11.0), TEXT, Anchor::Middle)?;
    }
    if let Some(target) = figure.target {
        canvas.line(
            &[at(x(target), frame.top), at(x(target), frame.bottom())],
            Stroke { role: INK, width: 1.1, dash: Some((4.0, 3.0)) },
        )?;
    }
    let mut y = frame.top;
    for line in lines {
        let Line::Row(row) = line else {
            y += HEADING_ROW;
            continue;
        };
        if let Some(Reading { value, low, high }) = (figure.read)(row) {
            let middle = y + ROW / 2.0;
            canvas.line(&[at(x(start), middle), at(x(value), middle)], Stroke { role: MUTED, width: 0.8, dash: None })?;
            canvas.line(&[at(x(low), middle), at(x(high), middle)], Stroke { role: SERIES[0], width: 2.2, dash: None })?;
            canvas.marker(at(x(value), middle), Marker::Circle, 6.0, SERIES[0])?;
        }
        y += ROW;
    }
    Ok(())
}

fn footnote(diagnosis: &Diagnosis) -> String {
    format!(
        "Points: {} replicates of {} customers; bars: 95 % Monte-Carlo intervals (cut at the edge); dashed lines: where a figure should be. Error variance saved is \
         relative to the difference in means on the same replicates. Digest {}, {}.",
        count(diagnosis.replicates.into()),
        count(diagnosis.customers.into()),
        diagnosis.digest.chars().take(12).collect::<String>(),
        diagnosis.program,
    )
}
