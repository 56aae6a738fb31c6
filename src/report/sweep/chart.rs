//! `sweep.png`: lines for one field, heat maps for two, sensitivities for more or for a Latin hypercube. Here is the paper around them:
//! title, verdict, footnote.

use super::plot::{TEXT, write};
use super::sentences::verdict;
use super::view::{most_value, short_names};
use super::{heat, lines, sensitivity};
use crate::experiment::SweepResult;
use crate::report::ReportError;
use crate::report::chart::{Anchor, Canvas, Fill, Frame, PAPER, Type, draw_svg, png, wrap};
use crate::report::number::{count, money_unit_for};

const WIDTH: f64 = 860.0;
const MARGIN: f64 = 22.0;
const TITLE: Type = Type { size: 17.0, is_bold: true };
const SUBTITLE: Type = Type { size: 11.5, is_bold: false };

/// What is drawn.
#[derive(Clone, Copy)]
enum Kind {
    Lines,
    Heat,
    Sensitivity,
}

fn kind(found: &SweepResult) -> Kind {
    match (found.samples, found.fields.len()) {
        (None, 1) => Kind::Lines,
        (None, 2) => Kind::Heat,
        _ => Kind::Sensitivity,
    }
}

/// Draws the chart as SVG.
///
/// # Errors
/// If the drawing library fails.
pub fn sweep_svg(found: &SweepResult) -> Result<String, ReportError> {
    let kind = kind(found);
    let inner = WIDTH - 2.0 * MARGIN;
    let names = short_names(found);
    let fields = match names.as_slice() {
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        more => format!("{} fields", more.len()),
    };
    let title = wrap(&format!("What if? The lift and the value by {fields}"), TITLE, inner, 2);
    let subtitle = wrap(&verdict(found).join(" "), SUBTITLE, inner, 6);
    let footnote = wrap(&footnote(found), TEXT, inner, 6);
    let body = match kind {
        Kind::Lines => lines::height(),
        Kind::Heat => heat::height(found),
        Kind::Sensitivity => sensitivity::height(found),
    };
    let heads = MARGIN + 22.0 * title.len() as f64;
    let first = heads + 16.0 * subtitle.len() as f64 + 14.0;
    let below = first + body + 20.0;
    let height = (below + 14.0 * footnote.len() as f64 + MARGIN - 6.0).ceil();
    draw_svg((WIDTH as u32, height as u32), |canvas| {
        canvas.rectangle(Frame { left: 0.0, top: 0.0, width: WIDTH, height }, Fill { role: PAPER, opacity: 1.0 })?;
        write_lines(canvas, &title, (MARGIN + 8.0, 22.0), TITLE)?;
        write_lines(canvas, &subtitle, (heads + 6.0, 16.0), SUBTITLE)?;
        let block = Frame { left: MARGIN, top: first, width: inner, height: body };
        match kind {
            Kind::Lines => lines::draw(canvas, found, block)?,
            Kind::Heat => heat::draw(canvas, found, block)?,
            Kind::Sensitivity => sensitivity::draw(canvas, found, block)?,
        }
        write_lines(canvas, &footnote, (below, 14.0), TEXT)
    })
}

/// The same chart as a PNG; same results, same bytes.
///
/// # Errors
/// If drawing, rasterising or encoding fails.
pub fn sweep_png(found: &SweepResult) -> Result<Vec<u8>, ReportError> {
    png(&sweep_svg(found)?)
}

fn write_lines(canvas: &Canvas<'_>, lines: &[String], (top, step): (f64, f64), kind: Type) -> Result<(), ReportError> {
    let mut numbered = lines.iter().enumerate();
    numbered.try_for_each(|(number, line)| write(canvas, line, (MARGIN, top + step * number as f64), kind, Anchor::Start))
}

fn footnote(found: &SweepResult) -> String {
    let by = if found.effects_by == "twins" {
        "effects are the true ones on all customers, from twins"
    } else {
        "effects are differences in means"
    };
    let coefficients = match found.sensitivity.is_empty() {
        true => "",
        false => {
            " Rank coefficient: how many standard deviations of its rank the output moves when a field moves by one of its own (Iman & Conover \
                  1979; Saltelli et al. 2008); bars are 95 % intervals (HC2), hollow points cannot be told from 0."
        }
    };
    let base = if found.base.is_some() {
        " Base: the scenario as it stands where it is among the cells, else the first cell."
    } else {
        ""
    };
    format!(
        "{} cells, {} replicates of {} customers each on common random numbers, seed {}. Lift: mean effect / mean of {} ({by}). Net value: {} against {} \
         over the trial, margin less the cost of messages, human work and generated content; only margin and messages are scaled.{coefficients}{base} Scenario {}, digest {}, {}.",
        found.cells.len(),
        count(found.replicates.into()),
        count(found.customers.into()),
        found.seed,
        found.versus,
        money_unit_for(most_value(found)).1,
        found.versus,
        found.scenario,
        found.digest.chars().take(12).collect::<String>(),
        found.program,
    )
}
