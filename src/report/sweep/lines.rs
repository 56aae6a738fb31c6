//! The chart of one field: above, the lift by phase and in the last month; below, net value. Numbers are joined by lines with bands, other
//! values are points with bars.

use super::plot::{Along, HEAD, Plot, legend, look, muted};
use super::view::{lifts, most_value, told_windows, unit_words, values, window_words};
use crate::experiment::{SweepResult, SweepRow};
use crate::report::ReportError;
use crate::report::chart::{Anchor, Canvas, Fill, Frame, MUTED, Range, Stroke, at};
use crate::report::number::money_unit_for;
use crate::report::wording::{capitalised, metric_words};

const LIFTS: f64 = 320.0;
const VALUES: f64 = 240.0;
const GAP: f64 = 22.0;
/// Distance between points of the same value, where values are no numbers.
const DODGE: f64 = 11.0;

/// Height of the chart's body.
pub(super) fn height() -> f64 {
    LIFTS + GAP + VALUES
}

/// Draws both plots.
pub(super) fn draw(canvas: &Canvas<'_>, found: &SweepResult, block: Frame) -> Result<(), ReportError> {
    let windows = told_windows(found);
    let series: Vec<Vec<&SweepRow>> = windows.iter().map(|window| lifts(found, window)).collect();
    let heading = format!("{}: lift over {}, %", capitalised(&metric_words(&found.metric)), found.versus);
    let lifts = Sheet { found, series: &series, scale: 100.0, heading: &heading };
    lifts.draw(canvas, Frame { height: LIFTS, ..block })?;
    let names: Vec<String> = windows.iter().map(|window| window_words(window)).collect();
    legend(canvas, &names, (block.left, block.top + 23.0))?;
    let (scale, unit) = money_unit_for(most_value(found));
    let heading = format!("Net value over the trial: {unit} against {}", found.versus);
    let series = [values(found)];
    let below = Frame { top: block.top + LIFTS + GAP, height: VALUES, ..block };
    Sheet { found, series: &series, scale, heading: &heading }.draw(canvas, below)?;
    let words = "Bands and bars: 95 % intervals of the mean over replicates; differences between values are known better, because replicates are paired";
    muted(canvas, words, (below.left, below.top + HEAD - 15.0), Anchor::Start)
}

/// One plot and what is drawn in it.
struct Sheet<'a> {
    found: &'a SweepResult,
    series: &'a [Vec<&'a SweepRow>],
    scale: f64,
    heading: &'a str,
}

impl Sheet<'_> {
    fn draw(&self, canvas: &Canvas<'_>, block: Frame) -> Result<(), ReportError> {
        let known = self.series.iter().flatten().flat_map(|row| [row.value, row.conf_low, row.conf_high]);
        let range = known.flatten().fold(Range::ZERO, |range, value| range.with(value * self.scale));
        let plot = Plot::begin(canvas, block, self.heading, range)?;
        let along = Along::new(self.found, 0);
        let scale = if along.is_logarithmic { ", logarithmic" } else { "" };
        plot.mark_field(canvas, &along, &format!("{}{}{scale}", self.found.fields[0].path, unit_words(self.found, 0)))?;
        self.draw_base(canvas, &plot, &along)?;
        for (place, rows) in self.series.iter().enumerate() {
            if along.is_numeric {
                self.draw_line(canvas, &plot, &along, (place, rows))?;
            } else {
                self.draw_points(canvas, &plot, &along, (place, rows))?;
            }
        }
        Ok(())
    }

    fn draw_base(&self, canvas: &Canvas<'_>, plot: &Plot, along: &Along) -> Result<(), ReportError> {
        let Some(base) = self.found.base.filter(|_| self.found.cells.len() > 1) else { return Ok(()) };
        if !along.is_numeric {
            return Ok(());
        }
        let x = plot.frame.left + along.cells[base] * plot.frame.width;
        let stroke = Stroke { role: MUTED, width: 0.9, dash: Some((3.0, 3.0)) };
        canvas.line(&[at(x, plot.frame.top), at(x, plot.frame.bottom())], stroke)
    }

    /// A line through the cells in the order of their values, with its band.
    fn draw_line(
        &self,
        canvas: &Canvas<'_>,
        plot: &Plot,
        along: &Along,
        (place, rows): (usize, &Vec<&SweepRow>),
    ) -> Result<(), ReportError> {
        let (role, marker, dash) = look(place);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|a, b| along.cells[*a].total_cmp(&along.cells[*b]));
        let x = |cell: usize| plot.frame.left + along.cells[cell] * plot.frame.width;
        let y = |value: f64| plot.y(value * self.scale);
        let band: Vec<(f64, f64, f64)> =
            order.iter().filter_map(|cell| Some((x(*cell), rows[*cell].conf_low?, rows[*cell].conf_high?))).collect();
        let upper = band.iter().map(|(x, _, high)| at(*x, y(*high)));
        let lower = band.iter().rev().map(|(x, low, _)| at(*x, y(*low)));
        if band.len() > 1 {
            canvas.area(&upper.chain(lower).collect::<Vec<_>>(), Fill { role, opacity: 0.16 })?;
        }
        let points: Vec<_> = order.iter().filter_map(|cell| Some(at(x(*cell), y(rows[*cell].value?)))).collect();
        canvas.line(&points, Stroke { role, width: 1.8, dash })?;
        points.iter().try_for_each(|point| canvas.marker(*point, marker, 7.0, role))
    }

    /// A point with its bar for every cell, moved aside a little so that windows do not hide one another.
    fn draw_points(
        &self,
        canvas: &Canvas<'_>,
        plot: &Plot,
        along: &Along,
        (place, rows): (usize, &Vec<&SweepRow>),
    ) -> Result<(), ReportError> {
        let (role, marker, _) = look(place);
        let aside = (place as f64 - (self.series.len() as f64 - 1.0) / 2.0) * DODGE;
        for (cell, row) in rows.iter().enumerate() {
            let x = plot.frame.left + along.cells[cell] * plot.frame.width + aside;
            let y = |value: f64| plot.y(value * self.scale);
            if let (Some(low), Some(high)) = (row.conf_low, row.conf_high) {
                canvas.line(&[at(x, y(low)), at(x, y(high))], Stroke { role, width: 1.6, dash: None })?;
            }
            if let Some(value) = row.value {
                canvas.marker(at(x, y(value)), marker, 8.0, role)?;
            }
        }
        Ok(())
    }
}
