//! A panel over the months of the trial: heading, key, phases, handoff, axes. What is drawn into it is `chart`'s.

use crate::report::ReportError;
use crate::report::chart::palette::{CURATED, CURATED_STRIP, STRIP};
use crate::report::chart::{
    Anchor, Canvas, Fill, Frame, GRID, INK, Label, MUTED, PAPER, Range, Role, SERIES, Stroke, Type, at, cut, month_stride,
    text_width, ticks,
};
use crate::report::contents::Report;
use crate::report::number::fixed;

pub(super) const HEADING: Type = Type { size: 13.0, is_bold: true };
pub(super) const TEXT: Type = Type { size: 10.0, is_bold: false };
const SMALL: Type = Type { size: 9.5, is_bold: false };
const STRIP_TEXT: Type = Type { size: 9.5, is_bold: true };
/// Heights above the plot: heading, key, handoff, strip; and below it.
const ABOVE: f64 = 17.0 + 17.0 + 13.0 + 15.0;
const BELOW: f64 = 31.0;
const STRIP_HEIGHT: f64 = 15.0;
const SAMPLE: f64 = 20.0;

/// An entry of a panel's key.
pub(super) struct Key {
    pub(super) words: String,
    pub(super) role: Role,
    /// A line with this dash, or a block if `None`.
    pub(super) line: Option<Option<(f64, f64)>>,
}

/// A panel's paper: where its plot lies and what it shows.
pub(super) struct Plot<'a> {
    report: &'a Report,
    pub(super) frame: Frame,
    values: Range,
}

impl<'a> Plot<'a> {
    /// Draws everything but the values: into `block`, `margin` wide for what stands left of the plot.
    pub(super) fn begin(
        canvas: &Canvas<'_>,
        report: &'a Report,
        (block, margin): (Frame, f64),
        (heading, keys): (&str, &[Key]),
        values: Range,
    ) -> Result<Self, ReportError> {
        let frame = Frame {
            left: block.left + margin,
            top: block.top + ABOVE,
            width: block.width - margin,
            height: block.height - ABOVE - BELOW,
        };
        let plot = Self { report, frame, values };
        put(canvas, &cut(heading, HEADING, block.width), (block.left, block.top + 7.0), HEADING, Anchor::Start)?;
        draw_keys(canvas, keys, (block.left, block.top + 24.0))?;
        plot.draw_phases(canvas)?;
        Ok(plot)
    }

    /// The middle of a month, from 1.
    pub(super) fn x(&self, month: u32) -> f64 {
        self.edge(month) - self.month_width() / 2.0
    }

    /// The end of a month.
    fn edge(&self, month: u32) -> f64 {
        self.frame.left + f64::from(month) * self.month_width()
    }

    pub(super) fn month_width(&self) -> f64 {
        self.frame.width / f64::from(self.report.context.months().max(1))
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.frame.bottom() - self.values.share(self.values.clamp(value)) * self.frame.height
    }

    fn draw_phases(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        for phase in &self.report.context.phases {
            let (left, right) = (self.edge(phase.first), self.edge(phase.end));
            let is_curated = self.report.context.is_curated(phase);
            if is_curated {
                canvas.rectangle(Frame { left, width: right - left, ..self.frame }, Fill { role: CURATED, opacity: 1.0 })?;
            }
            let gap = if phase.first == 0 { 0.0 } else { 1.0 };
            let top = self.frame.top - STRIP_HEIGHT;
            let strip = Frame { left: left + gap, top, width: right - left - gap, height: STRIP_HEIGHT - 1.0 };
            canvas.rectangle(strip, Fill { role: if is_curated { CURATED_STRIP } else { STRIP }, opacity: 1.0 })?;
            let words = if is_curated { format!("{}: people curate", phase.name) } else { phase.name.clone() };
            let fits = |words: &String| text_width(words, STRIP_TEXT) <= strip.width - 6.0;
            let words = [words, phase.name.clone()].into_iter().find(fits).unwrap_or_default();
            put(canvas, &words, ((left + right) / 2.0, top + STRIP_HEIGHT / 2.0), STRIP_TEXT, Anchor::Middle)?;
        }
        Ok(())
    }

    /// Handoffs, drawn over everything that lies behind.
    pub(super) fn draw_handoffs(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        for month in self.report.context.handoff_months() {
            let (x, top) = (self.edge(month), self.frame.top - STRIP_HEIGHT);
            canvas.line(&[at(x, top), at(x, self.frame.bottom())], Stroke { role: INK, width: 1.2, dash: Some((4.0, 3.0)) })?;
            put(canvas, "handoff", (x, top - 6.0), STRIP_TEXT, Anchor::Middle)?;
        }
        Ok(())
    }

    /// Grid and numbers of the value axis; the line at 0 where the range goes below it.
    pub(super) fn draw_values(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        let (marks, decimals) = ticks(self.values, (self.frame.height / 24.0) as usize);
        for value in marks {
            let y = self.y(value);
            canvas.line(&[at(self.frame.left, y), at(self.frame.right(), y)], Stroke { role: GRID, width: 0.7, dash: None })?;
            let words = if value.abs() < 1e-12 { "0".to_owned() } else { fixed(value, decimals) };
            put(canvas, &words, (self.frame.left - 5.0, y), TEXT, Anchor::End)?;
        }
        if self.values.low < 0.0 {
            let zero = self.y(0.0);
            canvas
                .line(&[at(self.frame.left, zero), at(self.frame.right(), zero)], Stroke { role: INK, width: 1.0, dash: None })?;
        }
        Ok(())
    }

    /// The axis of months.
    pub(super) fn draw_months(&self, canvas: &Canvas<'_>) -> Result<(), ReportError> {
        let base = self.frame.bottom();
        let thin = Stroke { role: MUTED, width: 0.8, dash: None };
        canvas.line(&[at(self.frame.left, base), at(self.frame.right(), base)], thin)?;
        let last = self.report.context.months();
        let stride = month_stride(self.month_width(), text_width(&last.to_string(), TEXT) + 5.0);
        for month in (1..=last).filter(|month| month % stride == 0) {
            let x = self.x(month);
            canvas.line(&[at(x, base), at(x, base + 3.0)], thin)?;
            put(canvas, &month.to_string(), (x, base + 10.0), TEXT, Anchor::Middle)?;
        }
        let middle = self.frame.left + self.frame.width / 2.0;
        put_in(canvas, "month of the trial", (middle, base + 24.0), (TEXT, MUTED), Anchor::Middle)
    }
}

fn draw_keys(canvas: &Canvas<'_>, keys: &[Key], (mut x, y): (f64, f64)) -> Result<(), ReportError> {
    for key in keys {
        match key.line {
            Some(dash) => {
                canvas.line(&[at(x, y), at(x + SAMPLE, y)], Stroke { role: key.role, width: 1.8, dash })?;
            }
            None => {
                let block = Frame { left: x, top: y - 4.5, width: SAMPLE / 2.0, height: 9.0 };
                canvas.rectangle(block, Fill { role: key.role, opacity: 1.0 })?;
            }
        }
        x += if key.line.is_some() { SAMPLE } else { SAMPLE / 2.0 } + 5.0;
        put(canvas, &key.words, (x, y), SMALL, Anchor::Start)?;
        x += text_width(&key.words, SMALL) + 12.0;
    }
    Ok(())
}

/// Writes in ink.
pub(super) fn put(canvas: &Canvas<'_>, text: &str, place: (f64, f64), kind: Type, anchor: Anchor) -> Result<(), ReportError> {
    put_in(canvas, text, place, (kind, INK), anchor)
}

/// Writes in a colour.
pub(super) fn put_in(
    canvas: &Canvas<'_>,
    text: &str,
    (x, y): (f64, f64),
    (kind, role): (Type, Role),
    anchor: Anchor,
) -> Result<(), ReportError> {
    canvas.label(&Label { text, at: at(x, y), kind, role, anchor, is_upright: false })
}

/// A share as a shade of one colour, with its number where there is room.
pub(super) fn shade(canvas: &Canvas<'_>, frame: Frame, share: f64) -> Result<(), ReportError> {
    canvas.rectangle(frame, Fill { role: PAPER, opacity: 1.0 })?;
    canvas.rectangle(frame, Fill { role: SERIES[0], opacity: share.clamp(0.0, 1.0) })?;
    let words = fixed(share * 100.0, 0);
    if text_width(&words, SMALL) + 3.0 > frame.width {
        return Ok(());
    }
    let role = if share > 0.6 { PAPER } else { INK };
    put_in(canvas, &words, (frame.left + frame.width / 2.0, frame.top + frame.height / 2.0), (SMALL, role), Anchor::Middle)
}
