//! Effects with intervals, one block per outcome and one line per estimator; each outcome has an axis of its own.

use super::axis::{Range, shown_range, ticks};
use super::canvas::{Anchor, Canvas, Frame, Marker, Point, Stroke, at};
use super::palette::{GRID, INK, MUTED, SERIES};
use super::text_width::{cut, text_width};
use super::trial_paper::{HEADING, Paper, SAMPLE, TEXT, TICK, tick_text, write};
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
    let paper = Paper {
        title: if arms.len() > 1 {
            format!("Effect of every arm against {control}")
        } else {
            format!("Effect of {treated} against {control}")
        },
        report,
        legend: vec![(
            &sample,
            format!("effect and its {sided}{percent} % interval{}", if arms.len() > 1 { ", for all arms together" } else { "" }),
        )],
        note: format!("Intention to treat{}. Every outcome has its own axis.", estimator_note(&blocks, arms.len())),
    };
    paper.svg(&heights, |canvas, index, frame| draw_outcome(canvas, outcomes[index], &blocks[index], (frame, arms.len() > 1)))
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
    (frame, by_arm): (Frame, bool),
) -> Result<(), ReportError> {
    write(canvas, &cut(outcome, HEADING, frame.width), at(frame.left, frame.top + 7.0), (HEADING, INK, Anchor::Start))?;
    let plot = Frame {
        left: frame.left + NAMES,
        top: frame.top + ABOVE,
        width: frame.width - NAMES - NUMBERS,
        height: ROW * rows.len() as f64,
    };
    let known = rows.iter().flat_map(|row| [Some(row.effect), row.conf_low, row.conf_high]).flatten();
    let values = known.fold(Range::ZERO, Range::with);
    let (values, _) = shown_range(values, values);
    let x = |value: f64| plot.left + values.share(values.clamp(value)) * plot.width;
    let (tick_values, decimals) = ticks(values, (plot.width / 60.0) as usize);
    for value in &tick_values {
        let stroke = Stroke { role: GRID, width: 0.7, dash: None };
        canvas.line(&[at(x(*value), plot.top), at(x(*value), plot.bottom())], stroke)?;
        write(canvas, &tick_text(*value, decimals), at(x(*value), plot.bottom() + 9.0), (TICK, INK, Anchor::Middle))?;
    }
    canvas.line(&[at(x(0.0), plot.top), at(x(0.0), plot.bottom())], Stroke { role: INK, width: 1.0, dash: None })?;
    let title = cut(&format!("effect on mean {outcome} per unit"), TICK, plot.width);
    write(canvas, &title, at(plot.left + plot.width / 2.0, plot.bottom() + 24.0), (TICK, MUTED, Anchor::Middle))?;
    for (index, row) in rows.iter().enumerate() {
        let y = plot.top + ROW * (index as f64 + 0.5);
        let name = if by_arm { row.arm.clone() } else { capitalised(&estimator_words(row.estimator.as_str())) };
        write(canvas, &cut(&name, TEXT, NAMES - 10.0), at(frame.left, y), (TEXT, INK, Anchor::Start))?;
        // An end that was not asked for runs to the edge.
        let open = |edge: f64| if row.conf_low.is_some() || row.conf_high.is_some() { edge } else { x(row.effect) };
        let ends = (row.conf_low.map_or(open(plot.left), x), row.conf_high.map_or(open(plot.left + plot.width), x));
        draw_interval(canvas, at(x(row.effect) - SAMPLE / 2.0, y), ends)?;
        let numbers = numbers_of(row);
        let width = text_width(&numbers, TEXT).min(NUMBERS - 8.0);
        write(canvas, &cut(&numbers, TEXT, width + 0.5), at(frame.right(), y), (TEXT, INK, Anchor::End))?;
    }
    Ok(())
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
