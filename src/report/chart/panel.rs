//! One panel of an uplift chart: the lift of one metric by month, for one or more arms. The frame around panels is `uplift`'s.
//!
//! What is drawn, from back to front: ground of curated phases; grid; spread of single trials (light band); Monte-Carlo interval
//! of the mean (dark band); zero line; handoff line; true lift (dashed); mean (line and points). The three kinds of uncertainty
//! are never mixed: each has its own look and its own word in the legend.

use super::axis::{Range, month_stride, shown_range, ticks};
use super::canvas::{Anchor, Canvas, Fill, Frame, Label, Marker, Point, Stroke, at};
use super::palette::{self, CURATED, CURATED_STRIP, GRID, INK, MUTED, Role, SERIES, STRIP};
use super::text_width::{Type, cut, text_width};
use crate::experiment::DecayPoint;
use crate::report::contents::{Cell, Curve, CurvePoint, Report};
use crate::report::number::{Uncertain, fixed, significant};
use crate::report::wording::{capitalised, metric_words, per_unit};
use crate::report::{PhaseNote, ReportError};

pub(super) const SMALL: Type = Type { size: 9.5, is_bold: false };
const TICK: Type = Type { size: 10.0, is_bold: false };
const STRIP_TEXT: Type = Type { size: 9.5, is_bold: true };
const HEADING: Type = Type { size: 13.0, is_bold: true };

/// Heights of the rows above and below the plot.
const HEADING_HEIGHT: f64 = 17.0;
const CAPTION_HEIGHT: f64 = 15.0;
const HANDOFF_HEIGHT: f64 = 13.0;
const STRIP_HEIGHT: f64 = 15.0;
const BELOW: f64 = 31.0;

/// Look of a fitted decay, and of the ends of its band.
pub(super) const DECAY_LINE: Stroke = Stroke { role: palette::FIT, width: 1.6, dash: None };
pub(super) const DECAY_BAND: Stroke = Stroke { role: palette::FIT, width: 0.9, dash: Some((1.5, 2.0)) };

/// Look of the arm at this position among the compared arms.
pub(crate) fn arm_look(position: usize) -> (Role, Marker, Option<(f64, f64)>) {
    const MARKERS: [Marker; 4] = [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond];
    const DASHES: [Option<(f64, f64)>; 4] = [None, Some((7.0, 2.5)), Some((3.0, 2.0)), Some((10.0, 2.0))];
    (SERIES[position % SERIES.len()], MARKERS[position % MARKERS.len()], DASHES[position % DASHES.len()])
}

/// A panel: the curves of one metric, in percent, and the paper they are drawn on.
struct Panel<'a> {
    report: &'a Report,
    metric: &'a str,
    curves: Vec<&'a Curve>,
    plot: Frame,
    values: Range,
    months: Range,
    is_cut: bool,
}

/// Draws the panel of `metric` into `frame`.
pub(super) fn draw_panel(canvas: &Canvas<'_>, report: &Report, metric: &str, frame: Frame) -> Result<(), ReportError> {
    let curves: Vec<&Curve> = report.curves.iter().filter(|curve| curve.metric == metric).collect();
    let (values, is_cut) = value_range(&curves);
    let (tick_values, decimals) = ticks(values, (frame.height / 38.0) as usize);
    let has_lift = curves.iter().flat_map(|curve| &curve.points).any(|point| point.lift.is_some());
    let tick_values = if has_lift { tick_values } else { Vec::new() };
    let tick_text = |value: &f64| if *value == 0.0 { "0".to_owned() } else { fixed(*value, decimals) };
    let tick_texts: Vec<String> = tick_values.iter().map(tick_text).collect();
    let widest = tick_texts.iter().map(|text| text_width(text, TICK)).fold(0.0, f64::max);
    let left = frame.left + 16.0 + widest + 6.0;
    let top = frame.top + HEADING_HEIGHT + CAPTION_HEIGHT + HANDOFF_HEIGHT + STRIP_HEIGHT;
    let plot = Frame { left, top, width: frame.right() - left, height: frame.bottom() - BELOW - top };
    let has_pre = curves.iter().any(|curve| curve.points.iter().any(|point| point.month.is_none()));
    let months = Range { low: if has_pre { -1.0 } else { 0.0 }, high: f64::from(report.context.months().max(1)) };
    let panel = Panel { report, metric, curves, plot, values, months, is_cut };
    panel.draw_head(canvas, frame)?;
    panel.draw_phases(canvas)?;
    for (value, text) in tick_values.iter().zip(&tick_texts) {
        panel.draw_value_tick(canvas, *value, text)?;
    }
    panel.draw_month_axis(canvas)?;
    panel.draw_value_title(canvas, frame)?;
    panel.draw_bands(canvas)?;
    let zero = Stroke { role: INK, width: 1.0, dash: None };
    canvas.line(&[at(plot.left, panel.y(0.0)), at(plot.right(), panel.y(0.0))], zero)?;
    panel.draw_handoffs(canvas)?;
    panel.draw_decay(canvas)?;
    panel.draw_lines(canvas)?;
    panel.draw_notes(canvas)
}

fn value_range(curves: &[&Curve]) -> (Range, bool) {
    let (mut means, mut spread) = (Range::ZERO, Range::ZERO);
    for point in curves.iter().flat_map(|curve| &curve.points) {
        let known = [point.lift, point.true_lift, point.monte_carlo.map(|band| band.0), point.monte_carlo.map(|band| band.1)];
        means = known.into_iter().flatten().fold(means, |range, value| range.with(value * 100.0));
        if let Some((low, high)) = point.spread {
            spread = spread.with(low * 100.0).with(high * 100.0);
        }
    }
    shown_range(means, spread)
}

impl Panel<'_> {
    /// Paper height of a lift in percent; values outside the panel lie on its edge.
    fn y(&self, percent: f64) -> f64 {
        self.plot.bottom() - self.values.share(self.values.clamp(percent)) * self.plot.height
    }

    /// Paper position of an instant, in months since the start of the trial.
    fn x(&self, months: f64) -> f64 {
        self.plot.left + self.months.share(months) * self.plot.width
    }

    /// Paper position of the middle of a point's window.
    fn point_x(&self, point: &CurvePoint) -> f64 {
        self.x(point.month.map_or(-0.5, |month| f64::from(month) - 0.5))
    }

    fn draw_head(&self, canvas: &Canvas<'_>, frame: Frame) -> Result<(), ReportError> {
        let heading = cut(&capitalised(&metric_words(self.metric)), HEADING, frame.width);
        let put = |text: &str, y: f64, kind: Type, role: Role| {
            let anchor = Anchor::Start;
            canvas.label(&Label { text, at: at(frame.left, y), kind, role, anchor, is_upright: false })
        };
        put(&heading, frame.top + 7.0, HEADING, INK)?;
        let caption = cut(&self.control_caption(), SMALL, frame.width);
        put(&caption, frame.top + HEADING_HEIGHT + 5.5, SMALL, MUTED)
    }

    /// The mean of the arm that others are compared with, over the months.
    fn control_caption(&self) -> String {
        let control = self.report.context.control();
        let known: Vec<f64> = self.curves.first().map_or(Vec::new(), |curve| {
            curve.points.iter().filter(|point| point.month.is_some()).filter_map(|point| point.denominator).collect()
        });
        if known.is_empty() {
            return format!("mean of the {control} arm: not known");
        }
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let unit = per_unit(self.metric);
        let unit = if unit.is_empty() { String::new() } else { format!("{unit} and month") };
        format!("mean of the {control} arm: {}{unit}", significant(mean, 3))
    }

    fn draw_phases(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        for (position, phase) in self.report.context.phases.iter().enumerate() {
            let (left, right) = (self.x(f64::from(phase.first)), self.x(f64::from(phase.end)));
            let is_curated = self.report.context.is_curated(phase);
            if is_curated && !self.report.context.is_curated_in_part(phase) {
                let ground = Frame { left, width: right - left, ..self.plot };
                canvas.rectangle(ground, Fill { role: CURATED, opacity: 1.0 })?;
            }
            let gap = if position == 0 { 0.0 } else { 1.0 };
            let strip = Frame {
                left: left + gap,
                top: self.plot.top - STRIP_HEIGHT,
                width: right - left - gap,
                height: STRIP_HEIGHT - 1.0,
            };
            canvas.rectangle(strip, Fill { role: if is_curated { CURATED_STRIP } else { STRIP }, opacity: 1.0 })?;
            let text = self.phase_text(phase, strip.width - 6.0);
            let middle = at(left + (right - left) / 2.0, strip.top + strip.height / 2.0 + 0.5);
            let (kind, anchor) = (STRIP_TEXT, Anchor::Middle);
            canvas.label(&Label { text: &text, at: middle, kind, role: INK, anchor, is_upright: false })?;
        }
        Ok(())
    }

    /// The longest of several ways to name a phase that fits into `width`; empty if none does.
    fn phase_text(&self, phase: &PhaseNote, width: f64) -> String {
        let context = &self.report.context;
        let has_agents = context.treated().any(|arm| arm.is_agent);
        let who = match (context.is_curated(phase), has_agents) {
            (true, _) if context.is_curated_in_part(phase) => ": people at some arms",
            (true, _) => ": people curate",
            (false, true) => ": agents alone",
            (false, false) => "",
        };
        let lift = self.phase_lift(phase).map(|lift| format!(", {lift}")).unwrap_or_default();
        let name = &phase.name;
        let ways = [format!("{name}{who}{lift}"), format!("{name}{lift}"), name.clone(), cut(name, STRIP_TEXT, width)];
        let fits = |way: &String| text_width(way, STRIP_TEXT) <= width;
        ways.into_iter().find(fits).filter(|way| way != "…").unwrap_or_default()
    }

    /// The lift over the whole phase, where there is one compared arm to speak of.
    fn phase_lift(&self, phase: &PhaseNote) -> Option<String> {
        let [curve] = self.curves.as_slice() else { return None };
        let row = self.report.main_row(Cell { metric: self.metric, window: &phase.name, arm: &curve.arm })?;
        let lift = row.lift_percent()?;
        let sign = if lift.estimate > 0.0 { "+" } else { "" };
        Some(format!("{sign}{} %", Uncertain::spoken(lift)))
    }

    fn draw_value_tick(&self, canvas: &Canvas<'_>, value: f64, text: &str) -> Result<(), ReportError> {
        let y = self.y(value);
        let stroke = Stroke { role: GRID, width: 0.7, dash: None };
        canvas.line(&[at(self.plot.left, y), at(self.plot.right(), y)], stroke)?;
        let (place, anchor) = (at(self.plot.left - 5.0, y), Anchor::End);
        canvas.label(&Label { text, at: place, kind: TICK, role: INK, anchor, is_upright: false })
    }

    fn draw_month_axis(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        let units_per_month = self.plot.width / self.months.length();
        let last = self.months.high as u32;
        let stride = month_stride(units_per_month, text_width(&last.to_string(), TICK) + 5.0);
        let baseline = self.plot.bottom();
        canvas.line(
            &[at(self.plot.left, baseline), at(self.plot.right(), baseline)],
            Stroke { role: MUTED, width: 0.8, dash: None },
        )?;
        let mark = |text: &str, x: f64| {
            canvas.line(&[at(x, baseline), at(x, baseline + 3.0)], Stroke { role: MUTED, width: 0.8, dash: None })?;
            let (place, anchor) = (at(x, baseline + 10.0), Anchor::Middle);
            canvas.label(&Label { text, at: place, kind: TICK, role: INK, anchor, is_upright: false })
        };
        for month in (1..=last).filter(|month| month % stride == 0) {
            mark(&month.to_string(), self.x(f64::from(month) - 0.5))?;
        }
        if self.months.low < 0.0 {
            mark("pre", self.x(-0.5))?;
        }
        let place = at(self.x(self.months.high / 2.0), baseline + 24.0);
        let text = "month of the trial";
        canvas.label(&Label { text, at: place, kind: TICK, role: MUTED, anchor: Anchor::Middle, is_upright: false })
    }

    fn draw_value_title(&self, canvas: &Canvas<'_>, frame: Frame) -> Result<(), ReportError> {
        let text = format!("lift over {}, %", self.report.context.control());
        let text = cut(&text, TICK, self.plot.height + STRIP_HEIGHT);
        let place = at(frame.left + 5.0, self.plot.top + self.plot.height / 2.0);
        let (role, anchor) = (MUTED, Anchor::Middle);
        canvas.label(&Label { text: &text, at: place, kind: TICK, role, anchor, is_upright: true })
    }

    fn draw_bands(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        let crowded = self.curves.len() > 2;
        for (position, curve) in self.curves.iter().enumerate() {
            let (role, ..) = arm_look(position);
            self.draw_band(canvas, curve, |point| point.spread, Fill { role, opacity: if crowded { 0.10 } else { 0.18 } })?;
        }
        for (position, curve) in self.curves.iter().enumerate() {
            let (role, ..) = arm_look(position);
            self.draw_band(canvas, curve, |point| point.monte_carlo, Fill { role, opacity: 0.45 })?;
        }
        Ok(())
    }

    /// A band over each unbroken run of months; a month without neighbours gets a bar.
    fn draw_band(
        &self,
        canvas: &Canvas<'_>,
        curve: &Curve,
        ends: impl Fn(&CurvePoint) -> Option<(f64, f64)>,
        fill: Fill,
    ) -> Result<(), ReportError> {
        for run in runs(&curve.points, |point| ends(point).map(|ends| (self.point_x(point), ends))) {
            let height = |fraction: f64| self.y(fraction * 100.0);
            if let [(x, (low, high))] = run.as_slice() {
                let (top, bottom) = (height(*high), height(*low));
                canvas.rectangle(Frame { left: x - 3.0, top, width: 6.0, height: bottom - top }, fill)?;
                continue;
            }
            let upper = run.iter().map(|(x, (_, high))| at(*x, height(*high)));
            let lower = run.iter().rev().map(|(x, (low, _))| at(*x, height(*low)));
            canvas.area(&upper.chain(lower).collect::<Vec<Point>>(), fill)?;
        }
        Ok(())
    }

    fn draw_handoffs(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        let label_row = self.plot.top - STRIP_HEIGHT - HANDOFF_HEIGHT / 2.0;
        let mut free_from = self.plot.left;
        for month in self.report.context.handoff_months() {
            let x = self.x(f64::from(month));
            let top = self.plot.top - STRIP_HEIGHT;
            canvas.line(&[at(x, top), at(x, self.plot.bottom())], Stroke { role: INK, width: 1.2, dash: Some((4.0, 3.0)) })?;
            let half = text_width("handoff", STRIP_TEXT) / 2.0;
            let middle = x.max(self.plot.left + half).min(self.plot.right() - half);
            if middle - half >= free_from {
                let (place, anchor) = (at(middle, label_row), Anchor::Middle);
                canvas.label(&Label { text: "handoff", at: place, kind: STRIP_TEXT, role: INK, anchor, is_upright: false })?;
                free_from = middle + half + 6.0;
            }
        }
        Ok(())
    }

    /// The fitted decay with its band; only where one arm is compared, for more the panel would be unreadable.
    fn draw_decay(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        let [Curve { decay: Some(decay), .. }] = self.curves.as_slice() else { return Ok(()) };
        let place = |months: f64, lift: f64| at(self.x(f64::from(decay.handoff_month) + months), self.y(lift * 100.0));
        // Where the months cannot tell the start, nothing is drawn before the middle of the first month.
        let from = |is_start_known: bool| {
            let first = if is_start_known { 0.0 } else { 0.5 };
            decay.curve.iter().filter(move |point| point.months >= first)
        };
        for end in [|point: &DecayPoint| point.conf_low, |point: &DecayPoint| point.conf_high] {
            let known = from(decay.start_conf_low.is_some());
            let line: Vec<Point> = known.filter_map(|point| end(point).map(|lift| place(point.months, lift))).collect();
            canvas.line(&line, DECAY_BAND)?;
        }
        let line: Vec<Point> = from(decay.start.is_some()).map(|point| place(point.months, point.lift)).collect();
        canvas.line(&line, DECAY_LINE)
    }

    fn draw_lines(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        let size = if self.plot.width / self.months.length() < 14.0 { 4.4 } else { 6.0 };
        for (position, curve) in self.curves.iter().enumerate() {
            let (role, marker, dash) = arm_look(position);
            let truth = |point: &CurvePoint| point.true_lift.map(|lift| at(self.point_x(point), self.y(lift * 100.0)));
            for run in runs(&curve.points, truth) {
                canvas.line(&run, Stroke { role: INK, width: 1.1, dash: Some((2.0, 2.0)) })?;
            }
            let mean = |point: &CurvePoint| point.lift.map(|lift| at(self.point_x(point), self.y(lift * 100.0)));
            for run in runs(&curve.points, mean) {
                canvas.line(&run, Stroke { role, width: 1.8, dash })?;
                for point in run {
                    canvas.marker(point, marker, size, role)?;
                }
            }
        }
        Ok(())
    }

    /// What the panel does not show, said in the panel.
    fn draw_notes(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let text = if points().all(|point| point.lift.is_none()) {
            format!("no lift: the mean of the {} arm is 0 or not known", self.report.context.control())
        } else if self.is_cut {
            let ends =
                points().filter_map(|point| point.spread).fold(Range::ZERO, |range, (low, high)| range.with(low).with(high));
            let (low, high) = (fixed(ends.low * 100.0, 0), fixed(ends.high * 100.0, 0));
            format!("single trials spread beyond this panel: {low} to {high} %")
        } else {
            return Ok(());
        };
        let text = cut(&text, SMALL, self.plot.width - 8.0);
        let width = text_width(&text, SMALL);
        let place = at(self.plot.right() - 5.0, self.plot.bottom() - 9.0);
        let ground = Frame { left: place.x - width - 3.0, top: place.y - 7.0, width: width + 6.0, height: 14.0 };
        canvas.rectangle(ground, Fill { role: palette::PAPER, opacity: 0.8 })?;
        canvas.label(&Label { text: &text, at: place, kind: SMALL, role: INK, anchor: Anchor::End, is_upright: false })
    }
}

/// Unbroken runs of months that `value` exists for; the pre-period is never joined to the first month.
fn runs<T>(points: &[CurvePoint], value: impl Fn(&CurvePoint) -> Option<T>) -> Vec<Vec<T>> {
    let mut found: Vec<Vec<T>> = Vec::new();
    let mut next_month = None;
    for point in points {
        let Some(known) = value(point) else { continue };
        match found.last_mut() {
            Some(run) if point.month.is_some() && point.month == next_month => run.push(known),
            _ => found.push(vec![known]),
        }
        next_month = point.month.map(|month| month + 1);
    }
    found
}
