//! Effects with intervals, one block per outcome and one line per estimator; each outcome has an axis of its own.

use super::axis::{Range, shown_range, ticks};
use super::canvas::{Anchor, Canvas, Frame, Marker, Point, Stroke, at};
use super::palette::{GRID, INK, MUTED, SERIES};
use super::text_width::{cut, text_width};
use super::trial_paper::{Entry, HEADING, Paper, SAMPLE, TEXT, TICK, tick_text, write};
use crate::report::ReportError;
use crate::report::number::{decimals_for, fixed};
use crate::report::trial::{EffectRow, TrialReport};
use crate::report::wording::{capitalised, estimator_words};

/// Height of an estimator's line.
const ROW: f64 = 24.0;
/// Heading above and axis below the lines.
const ABOVE: f64 = 20.0;
const BELOW: f64 = 36.0;
/// Width of names on the left and of numbers on the right.
const NAMES: f64 = 168.0;
const NUMBERS: f64 = 206.0;
/// Most outcomes of one chart; the files beside it have all.
const MOST_OUTCOMES: usize = 6;

/// The chart of effects as SVG.
pub(crate) fn trial_effects_svg(report: &TrialReport) -> Result<String, ReportError> {
    let outcomes: Vec<&str> = report.outcomes().into_iter().take(MOST_OUTCOMES).collect();
    let arms = report.treated_arms();
    let of_outcome = |outcome: &&str| -> Vec<&EffectRow> {
        let own = report.effects.iter().filter(|row| row.outcome == **outcome);
        // With several arms one line per arm says enough; the table has every estimator.
        if arms.len() > 1 { own.filter(|row| is_main(report, row)).collect() } else { own.collect() }
    };
    let blocks: Vec<Vec<&EffectRow>> = outcomes.iter().map(of_outcome).collect();
    let heights: Vec<f64> = blocks.iter().map(|rows| ABOVE + ROW * rows.len() as f64 + BELOW).collect();
    let percent = fixed(report.design.level * 100.0, 0);
    let sample = |canvas: &Canvas<'_>, place: Point| draw_interval(canvas, place, (place.x, place.x + SAMPLE));
    let (control, treated) = (report.design.control_words(), report.design.treated_words());
    let sided = if report.design.alternative == "two-sided" { "" } else { "one-sided " };
    let planned = if report.looks.is_empty() { "" } else { " of one planned look" };
    let interval_words = format!(
        "effect and its {sided}{percent} % interval{planned}{}",
        if arms.len() > 1 { ", for all arms together" } else { "" }
    );
    let margin = (report.design.margin, report.design.margin_is_relative);
    let margin_sample = |canvas: &Canvas<'_>, place: Point| {
        let middle = place.x + SAMPLE / 2.0;
        canvas.line(&[at(middle, place.y - 8.0), at(middle, place.y + 8.0)], margin_line())
    };
    let mut legend: Vec<Entry<'_>> = vec![(&sample, interval_words)];
    if margin.0.is_some() {
        legend.push((&margin_sample, "margin".to_owned()));
    }
    let paper = Paper {
        title: if arms.len() > 1 {
            format!("Effect of every arm against {control}")
        } else {
            format!("Effect of {treated} against {control}")
        },
        report,
        legend,
        note: format!(
            "Intention to treat{}.{}",
            estimator_note(&blocks, arms.len()),
            if blocks.len() > 1 { " Every outcome has its own axis." } else { "" }
        ),
    };
    paper.svg(&heights, |canvas, index, frame| {
        let is_ratio = report.design.ratios.iter().any(|ratio| ratio == outcomes[index]);
        draw_outcome(canvas, outcomes[index], &blocks[index], (frame, arms.len() > 1, is_ratio), margin)
    })
}

/// Whether a row stands for its outcome and arm.
fn is_main(report: &TrialReport, row: &EffectRow) -> bool {
    report.main_row(&row.outcome, &row.arm).is_some_and(|main| main.estimator == row.estimator)
}

/// Which estimator the lines show, where they are named after arms.
fn estimator_note(blocks: &[Vec<&EffectRow>], arms: usize) -> String {
    let first = blocks.iter().flatten().next();
    first.filter(|_| arms > 1).map_or(String::new(), |row| format!("; {}", estimator_words(row.estimator.as_str())))
}

fn draw_outcome(
    canvas: &Canvas<'_>,
    outcome: &str,
    rows: &[&EffectRow],
    (frame, by_arm, is_ratio): (Frame, bool, bool),
    margin: (Option<f64>, bool),
) -> Result<(), ReportError> {
    write(canvas, &cut(outcome, HEADING, frame.width), at(frame.left, frame.top + 7.0), (HEADING, INK, Anchor::Start))?;
    let plot = Frame {
        left: frame.left + NAMES,
        top: frame.top + ABOVE,
        width: frame.width - NAMES - NUMBERS,
        height: ROW * rows.len() as f64,
    };
    // An open end is shown as far as the other end reaches.
    let mirrored = |row: &EffectRow| match (row.conf_low, row.conf_high) {
        (Some(end), None) | (None, Some(end)) => Some(2.0 * row.effect - end),
        _ => None,
    };
    let margin_of = |row: &EffectRow| if margin.1 { margin.0.map(|share| share * row.control_mean) } else { margin.0 };
    let known = rows.iter().flat_map(|row| [Some(row.effect), row.conf_low, row.conf_high, mirrored(row), margin_of(row)]);
    let values = known.flatten().fold(Range::ZERO, Range::with);
    let (values, _) = shown_range(values, values);
    let x = |value: f64| plot.left + values.share(values.clamp(value)) * plot.width;
    let (tick_values, decimals) = ticks(values, (plot.width / 60.0) as usize);
    for value in &tick_values {
        let stroke = Stroke { role: GRID, width: 0.7, dash: None };
        canvas.line(&[at(x(*value), plot.top), at(x(*value), plot.bottom())], stroke)?;
        write(canvas, &tick_text(*value, decimals), at(x(*value), plot.bottom() + 9.0), (TICK, INK, Anchor::Middle))?;
    }
    canvas.line(&[at(x(0.0), plot.top), at(x(0.0), plot.bottom())], Stroke { role: INK, width: 1.0, dash: None })?;
    let what = if is_ratio { outcome.to_owned() } else { format!("mean {outcome} per unit") };
    let title = cut(&format!("effect on {what}"), TICK, plot.width);
    write(canvas, &title, at(plot.left + plot.width / 2.0, plot.bottom() + 24.0), (TICK, MUTED, Anchor::Middle))?;
    for (index, row) in rows.iter().enumerate() {
        let y = plot.top + ROW * (index as f64 + 0.5);
        let name = if by_arm { row.arm.clone() } else { capitalised(&estimator_words(row.estimator.as_str())) };
        write(canvas, &cut(&name, TEXT, NAMES - 10.0), at(frame.left, y), (TEXT, INK, Anchor::Start))?;
        draw_row(canvas, row, (plot, y), &x)?;
        if let Some(margin) = margin_of(row) {
            canvas.line(&[at(x(margin), y - ROW / 2.0), at(x(margin), y + ROW / 2.0)], margin_line())?;
        }
        let numbers = numbers_of(row);
        let width = text_width(&numbers, TEXT).min(NUMBERS - 8.0);
        write(canvas, &cut(&numbers, TEXT, width + 0.5), at(frame.right(), y), (TEXT, INK, Anchor::End))?;
    }
    Ok(())
}

fn margin_line() -> Stroke {
    Stroke { role: INK, width: 1.4, dash: Some((4.0, 3.0)) }
}

/// A row's interval; an end that was not asked for runs to the edge and ends in an arrow.
fn draw_row(canvas: &Canvas<'_>, row: &EffectRow, (plot, y): (Frame, f64), x: &dyn Fn(f64) -> f64) -> Result<(), ReportError> {
    let is_drawn = row.conf_low.is_some() || row.conf_high.is_some();
    let ends = (row.conf_low.map(x), row.conf_high.map(x));
    let edge = |edge: f64| if is_drawn { edge } else { x(row.effect) };
    let (low, high) = (ends.0.unwrap_or(edge(plot.left)), ends.1.unwrap_or(edge(plot.right())));
    let arrow = Stroke { role: SERIES[0], width: 2.0, dash: None };
    for (at_end, inwards) in [(low, 5.0), (high, -5.0)]
        .into_iter()
        .zip([ends.0, ends.1])
        .filter(|(_, end)| is_drawn && end.is_none())
        .map(|(end, _)| end)
    {
        canvas.line(&[at(at_end + inwards, y - 4.0), at(at_end, y), at(at_end + inwards, y + 4.0)], arrow)?;
    }
    draw_interval(canvas, at(x(row.effect) - SAMPLE / 2.0, y), (low, high))
}

/// An interval with its estimate, half a sample to the right of `place`.
fn draw_interval(canvas: &Canvas<'_>, place: Point, (low, high): (f64, f64)) -> Result<(), ReportError> {
    let role = SERIES[0];
    canvas.line(&[at(low, place.y), at(high, place.y)], Stroke { role, width: 2.0, dash: None })?;
    canvas.marker(at(place.x + SAMPLE / 2.0, place.y), Marker::Circle, 7.0, role)
}

/// `5.7 [3.0, 9.0]; lift 17 %`.
fn numbers_of(row: &EffectRow) -> String {
    let decimals = row.std_error.map_or(2, |error| decimals_for(error, 2));
    let end = |end: Option<f64>, open: &str| end.map_or_else(|| open.to_owned(), |end| fixed(end, decimals));
    let interval = (row.conf_low.is_some() || row.conf_high.is_some())
        .then(|| format!(" [{}, {}]", end(row.conf_low, "−∞"), end(row.conf_high, "∞")));
    let lift = row.lift.map(|lift| format!("; lift {} %", fixed(lift * 100.0, usize::from(lift.abs() < 0.1))));
    format!("{}{}{}", fixed(row.effect, decimals), interval.unwrap_or_default(), lift.unwrap_or_default())
}
