//! The event study of a panel: the effect in every period relative to the last one before the start, with the interval of the
//! single period and the band that holds for all of them.

use super::axis::Range;
use super::canvas::{Anchor, Canvas, Fill, Frame, Marker, Point, Stroke, at};
use super::palette::{INK, MUTED, SERIES};
use super::panel::SMALL;
use super::text_width::text_width;
use super::trial_paper::{Paper, SAMPLE, TICK, ValuePlot, write};
use crate::report::ReportError;
use crate::report::number::fixed;
use crate::report::trial::{EventStudyRow, PeriodEffectRow, TrialReport};

/// Height of an outcome's block.
const BLOCK: f64 = 300.0;
/// Most outcomes of one chart; the file beside it has all.
const MOST_OUTCOMES: usize = 4;

/// The chart of event studies as SVG.
pub(crate) fn trial_periods_svg(report: &TrialReport) -> Result<String, ReportError> {
    let studies: Vec<&EventStudyRow> = report.event_study.iter().take(MOST_OUTCOMES).collect();
    let percent = fixed(report.design.level * 100.0, 0);
    let bar = |canvas: &Canvas<'_>, place: Point| {
        let middle = at(place.x + SAMPLE / 2.0, place.y);
        canvas.line(&[at(middle.x, middle.y - 7.0), at(middle.x, middle.y + 7.0)], pointwise())?;
        canvas.marker(middle, Marker::Circle, 6.0, SERIES[0])
    };
    let band = |canvas: &Canvas<'_>, place: Point| {
        canvas.rectangle(Frame { left: place.x + 8.0, top: place.y - 7.0, width: 10.0, height: 14.0 }, simultaneous())
    };
    let reference =
        |canvas: &Canvas<'_>, place: Point| canvas.marker(at(place.x + SAMPLE / 2.0, place.y), Marker::Diamond, 6.0, MUTED);
    let paper = Paper {
        title: format!("Effect of {} by period", report.design.treated_words()),
        report,
        legend: vec![
            (&bar, format!("effect, {percent} % interval of one period")),
            (&band, format!("{percent} % band for all periods together")),
            (&reference, "reference period".to_owned()),
        ],
        note: "Difference in differences of every period against the reference; sup-t band.".to_owned(),
    };
    let heights = vec![BLOCK; studies.len()];
    let time = report.design.time.as_deref().unwrap_or("period");
    paper.svg(&heights, |canvas, index, frame| {
        draw_study(canvas, studies[index], (time, report.design.compared_arms() > 2), frame)
    })
}

fn pointwise() -> Stroke {
    Stroke { role: SERIES[0], width: 1.6, dash: None }
}

fn simultaneous() -> Fill {
    Fill { role: SERIES[0], opacity: 0.22 }
}

fn draw_study(canvas: &Canvas<'_>, study: &EventStudyRow, (time, by_arm): (&str, bool), frame: Frame) -> Result<(), ReportError> {
    let known = study.periods.iter().flat_map(|period| {
        [Some(period.effect), period.conf_low, period.conf_high, period.simultaneous_low, period.simultaneous_high]
    });
    let arm = if by_arm { format!(" in {}", study.arm) } else { String::new() };
    let heading = format!("{}{arm}: effect relative to {time} {}", study.outcome, study.reference);
    let plot = ValuePlot::begin(canvas, frame, &heading, known.flatten().fold(Range::ZERO, Range::with))?;
    let leads = study.periods.iter().filter(|period| period.before_start).count();
    // The reference stands between the periods before and those after.
    let slots = study.periods.len() + 1;
    let width = plot.plot.width / slots as f64;
    let x = |slot: usize| plot.plot.left + width * (slot as f64 + 0.5);
    let start = plot.plot.left + width * (leads + 1) as f64;
    plot.zero_line(canvas)?;
    let dashed = Stroke { role: INK, width: 1.2, dash: Some((4.0, 3.0)) };
    canvas.line(&[at(start, plot.plot.top), at(start, plot.plot.bottom())], dashed)?;
    write(canvas, "start", at(start + 5.0, plot.plot.top + 6.0), (TICK, INK, Anchor::Start))?;
    for (index, period) in study.periods.iter().enumerate() {
        let slot = if index < leads { index } else { index + 1 };
        draw_period(canvas, &plot, x(slot), period, (width * 0.5).min(10.0))?;
    }
    canvas.marker(at(x(leads), plot.y(0.0)), Marker::Diamond, 7.0, MUTED)?;
    let mut names: Vec<&str> = study.periods.iter().map(|period| period.period.as_str()).collect();
    names.insert(leads, &study.reference);
    let widest = names.iter().map(|name| text_width(name, TICK)).fold(0.0, f64::max) + 6.0;
    let stride = (widest / width).ceil().max(1.0) as usize;
    for (slot, name) in names.iter().enumerate().filter(|(slot, _)| slot % stride == 0) {
        plot.mark(canvas, x(slot), name)?;
    }
    plot.base_line(canvas, time)?;
    let test = study.pre_trend.map_or("no test of the time before the start".to_owned(), |test| {
        format!("test that effects before the start are zero: p = {}", fixed(test.p_value, 2))
    });
    write(canvas, &test, at(plot.plot.right(), frame.top + 8.0), (SMALL, MUTED, Anchor::End))
}

fn draw_period(canvas: &Canvas<'_>, plot: &ValuePlot, x: f64, period: &PeriodEffectRow, width: f64) -> Result<(), ReportError> {
    if let (Some(low), Some(high)) = (period.simultaneous_low, period.simultaneous_high) {
        let (top, bottom) = (plot.y(high), plot.y(low));
        canvas.rectangle(Frame { left: x - width / 2.0, top, width, height: bottom - top }, simultaneous())?;
    }
    if let (Some(low), Some(high)) = (period.conf_low, period.conf_high) {
        canvas.line(&[at(x, plot.y(low)), at(x, plot.y(high))], pointwise())?;
    }
    canvas.marker(at(x, plot.y(period.effect)), Marker::Circle, 6.0, SERIES[0])
}
