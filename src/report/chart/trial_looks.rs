//! A trial looked at while units arrive: the effect so far, with the interval of one planned look and the always-valid one.

use super::axis::{Range, ticks};
use super::canvas::{Anchor, Canvas, Fill, Frame, Marker, Point, Stroke, at};
use super::palette::{MUTED, SERIES};
use super::panel::SMALL;
use super::trial_paper::{Paper, SAMPLE, ValuePlot, write};
use crate::report::ReportError;
use crate::report::number::{count, fixed};
use crate::report::trial::{LookRow, TrialReport};

/// Height of an outcome's block.
const BLOCK: f64 = 320.0;
/// Most outcomes and arms of one chart; the file beside it has all.
const MOST_SERIES: usize = 4;
/// How much wider than the narrowest always-valid interval the chart is at most, so that the first looks do not flatten it.
const WIDEST: f64 = 8.0;

/// The chart of looks as SVG.
pub(crate) fn trial_looks_svg(report: &TrialReport) -> Result<String, ReportError> {
    let mut series: Vec<(&str, &str)> = report.looks.iter().map(|look| (look.outcome.as_str(), look.arm.as_str())).collect();
    series.dedup();
    series.truncate(MOST_SERIES);
    let percent = fixed(report.design.level * 100.0, 0);
    let block = |canvas: &Canvas<'_>, place: Point, fill: Fill| {
        canvas.rectangle(Frame { left: place.x, top: place.y - 5.0, width: SAMPLE, height: 10.0 }, fill)
    };
    let line = |canvas: &Canvas<'_>, place: Point| {
        canvas.line(&[place, at(place.x + SAMPLE, place.y)], effect_line())?;
        canvas.marker(at(place.x + SAMPLE / 2.0, place.y), Marker::Circle, 5.0, SERIES[0])
    };
    let planned = |canvas: &Canvas<'_>, place: Point| block(canvas, place, ordinary());
    let always = |canvas: &Canvas<'_>, place: Point| block(canvas, place, always_valid());
    let paper = Paper {
        title: format!("Effect of {} look by look", report.design.treated_words()),
        report,
        legend: vec![
            (&line, "effect so far".to_owned()),
            (&planned, format!("{percent} % interval of one planned look")),
            (&always, format!("{percent} % interval for all looks together")),
        ],
        note: "Difference in means of everything that had arrived; asymptotic confidence sequence.".to_owned(),
    };
    let heights = vec![BLOCK; series.len()];
    paper.svg(&heights, |canvas, index, frame| {
        let (outcome, arm) = series[index];
        let is_own = |look: &&LookRow| look.outcome == outcome && look.arm == arm && look.effect.is_some();
        let looks: Vec<&LookRow> = report.looks.iter().filter(is_own).collect();
        let heading = if report.design.compared_arms() > 2 { format!("{outcome} in {arm}") } else { outcome.to_owned() };
        draw_looks(canvas, &heading, &looks, frame)
    })
}

fn effect_line() -> Stroke {
    Stroke { role: SERIES[0], width: 1.6, dash: None }
}

fn ordinary() -> Fill {
    Fill { role: SERIES[0], opacity: 0.40 }
}

fn always_valid() -> Fill {
    Fill { role: SERIES[0], opacity: 0.16 }
}

fn units(look: &LookRow) -> f64 {
    (look.n_control + look.n_treatment) as f64
}

fn draw_looks(canvas: &Canvas<'_>, outcome: &str, looks: &[&LookRow], frame: Frame) -> Result<(), ReportError> {
    let (values, is_cut) = value_range(looks);
    let plot = ValuePlot::begin(canvas, frame, &format!("{outcome}: difference in means so far"), values)?;
    let last = looks.iter().map(|look| units(look)).fold(1.0, f64::max);
    let x = |look: &LookRow| plot.plot.left + units(look) / last * plot.plot.width;
    let band = |ends: &dyn Fn(&LookRow) -> Option<(f64, f64)>, fill: Fill| {
        let known: Vec<(f64, (f64, f64))> = looks.iter().filter_map(|look| ends(look).map(|ends| (x(look), ends))).collect();
        let upper = known.iter().map(|(x, (_, high))| at(*x, plot.y(*high)));
        let lower = known.iter().rev().map(|(x, (low, _))| at(*x, plot.y(*low)));
        let corners: Vec<Point> = upper.chain(lower).collect();
        if known.len() > 1 { canvas.area(&corners, fill) } else { Ok(()) }
    };
    band(&|look| look.always_valid_low.zip(look.always_valid_high), always_valid())?;
    band(&|look| look.conf_low.zip(look.conf_high), ordinary())?;
    plot.zero_line(canvas)?;
    let points: Vec<Point> = looks.iter().filter_map(|look| look.effect.map(|effect| at(x(look), plot.y(effect)))).collect();
    canvas.line(&points, effect_line())?;
    for point in &points {
        canvas.marker(*point, Marker::Circle, 5.0, SERIES[0])?;
    }
    let (marks, _) = ticks(Range { low: 0.0, high: last }, 8);
    for mark in marks {
        plot.mark(canvas, plot.plot.left + mark / last * plot.plot.width, &count(mark as u64))?;
    }
    if is_cut {
        let place = at(plot.plot.right(), frame.top + 8.0);
        write(canvas, "intervals of the first looks reach beyond the chart", place, (SMALL, MUTED, Anchor::End))?;
    }
    plot.base_line(canvas, "units that had arrived")
}

/// The values shown, and whether early intervals are cut.
fn value_range(looks: &[&LookRow]) -> (Range, bool) {
    let width = |look: &&&LookRow| look.always_valid_low.zip(look.always_valid_high).map(|(low, high)| high - low);
    let narrowest = looks.iter().filter_map(|look| width(&look)).fold(f64::INFINITY, f64::min);
    let effects = looks.iter().filter_map(|look| look.effect).fold(Range::ZERO, Range::with);
    let mut is_cut = false;
    let mut values = effects;
    for look in looks {
        for end in [look.always_valid_low, look.always_valid_high].into_iter().flatten() {
            let limit = WIDEST / 2.0 * narrowest;
            let shown = end.clamp(effects.low - limit, effects.high + limit);
            is_cut |= shown != end;
            values = values.with(shown);
        }
    }
    (values, is_cut)
}
