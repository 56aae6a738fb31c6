//! The uplift chart: title, legend, one panel per headline metric (at most four), footnote. What a panel shows is `panel`'s.

use super::canvas::{Anchor, Canvas, Fill, Frame, Label, Point, Stroke, at, draw_svg};
use super::palette::{CURATED_STRIP, INK, MUTED, NEUTRAL, PAPER, Role};
use super::panel::{DECAY_BAND, DECAY_LINE, SMALL, arm_look, draw_panel};
use super::text_width::{Type, cut, text_width, wrap};
use crate::report::ReportError;
use crate::report::contents::Report;
use crate::report::number::count;
use crate::report::wording::{estimator_words, volume_number};

const TITLE: Type = Type { size: 17.0, is_bold: true };
const SUBTITLE: Type = Type { size: 11.5, is_bold: false };
const LEGEND: Type = Type { size: 10.5, is_bold: false };

/// Chart units from edge to edge, and the white around the chart.
const WIDTH: f64 = 800.0;
const MARGIN: f64 = 22.0;
const INNER: f64 = WIDTH - 2.0 * MARGIN;
/// White between panels.
const GUTTER: f64 = 26.0;
/// Most metrics one chart shows.
const MOST_PANELS: usize = 4;

/// The whole chart as SVG.
pub(crate) fn uplift_svg(report: &Report) -> Result<String, ReportError> {
    let metrics: Vec<&str> = report.shown_metrics().into_iter().take(MOST_PANELS).collect();
    let title = wrap(&report.context.title, TITLE, INNER, 2);
    let subtitle = subtitle(report);
    let footnote = wrap(&footnote(report), SMALL, INNER, 4);
    let legend = place_legend(legend_entries(report));
    let legend_top = MARGIN + 22.0 * title.len() as f64 + 16.0 * subtitle.len() as f64 + 8.0;
    let legend_rows = legend.iter().map(|(place, _)| place.y).fold(0.0, f64::max) / 16.0 + 1.0;
    let top = legend_top + 16.0 * legend_rows + 10.0;
    let (frames, bottom) = panel_frames(metrics.len(), top);
    let footnote_top = bottom + 18.0;
    let height = footnote_top + 14.0 * footnote.len() as f64 + MARGIN - 8.0;
    draw_svg((WIDTH as u32, height.ceil() as u32), |canvas| {
        let all = Frame { left: 0.0, top: 0.0, width: WIDTH, height: height.ceil() };
        canvas.rectangle(all, Fill { role: PAPER, opacity: 1.0 })?;
        lines(canvas, &title, at(MARGIN, MARGIN + 8.0), (TITLE, INK, 22.0))?;
        lines(canvas, &subtitle, at(MARGIN, MARGIN + 22.0 * title.len() as f64 + 6.0), (SUBTITLE, INK, 16.0))?;
        for (place, entry) in &legend {
            draw_entry(canvas, at(MARGIN + place.x, legend_top + 8.0 + place.y), entry)?;
        }
        for (metric, frame) in metrics.iter().zip(frames) {
            draw_panel(canvas, report, metric, frame)?;
        }
        lines(canvas, &footnote, at(MARGIN, footnote_top), (SMALL, MUTED, 14.0))
    })
}

/// One panel alone, for pages that lay panels out themselves; no ground, no legend.
pub(crate) fn panel_svg(report: &Report, metric: &str) -> Result<String, ReportError> {
    let (width, height) = (390.0, 290.0);
    draw_svg((width as u32, height as u32), |canvas| {
        draw_panel(canvas, report, metric, Frame { left: 2.0, top: 4.0, width: width - 6.0, height: height - 6.0 })
    })
}

/// The legend alone, one entry per row of `Entry`, for pages that lay it out themselves.
pub(crate) fn legend_svgs(report: &Report) -> Result<Vec<(String, String)>, ReportError> {
    let entries = legend_entries(report).into_iter();
    let drawn = entries.map(|entry| {
        let sample = draw_svg((SAMPLE as u32, 14), |canvas| draw_sample(canvas, at(0.0, 7.0), entry.sample))?;
        Ok((sample, entry.text))
    });
    drawn.collect()
}

fn lines(canvas: &Canvas<'_>, texts: &[String], first: Point, (kind, role, step): (Type, Role, f64)) -> Result<(), ReportError> {
    for (row, text) in texts.iter().enumerate() {
        let place = at(first.x, first.y + step * row as f64);
        canvas.label(&Label { text, at: place, kind, role, anchor: Anchor::Start, is_upright: false })?;
    }
    Ok(())
}

/// The first plain sentence where one arm is compared and it is short enough; otherwise what the chart shows.
fn subtitle(report: &Report) -> Vec<String> {
    let control = report.context.control();
    let sentence = report.sentences.first().filter(|_| report.sentences.len() == 1);
    let lines = sentence.map(|[lift, _]| wrap(lift, SUBTITLE, INNER, usize::MAX)).filter(|lines| lines.len() <= 3);
    lines.unwrap_or_else(|| {
        wrap(&format!("Lift over the {control} arm by month of the trial, {}.", lift_of(report)), SUBTITLE, INNER, 2)
    })
}

/// What the lift in the chart is the lift of.
fn lift_of(report: &Report) -> String {
    match report.run.replicates {
        1 => "in one replicate".to_owned(),
        more => format!("over {} replicates", count(more.into())),
    }
}

fn footnote(report: &Report) -> String {
    let run = &report.run;
    let volumes: Vec<String> = report
        .context
        .arms
        .iter()
        .filter_map(|arm| {
            let sent = report.ledger.iter().find(|row| row.arm == arm.name && row.window == "trial")?;
            Some(format!("{} {}", arm.name, volume_number(sent.messages_per_customer)))
        })
        .collect();
    let volumes = if volumes.is_empty() {
        String::new()
    } else {
        format!(" Messages per customer over the trial: {}.", volumes.join(", "))
    };
    let size =
        if run.replicates == 1 { "1 replicate".to_owned() } else { format!("{} replicates", count(run.replicates.into())) };
    format!(
        "{size} of {} simulated customers, seed {}. Intention to treat: every assigned customer counts; estimator: {}; lift is \
         relative to the {} arm.{volumes} Scenario {}, digest {}, {}.",
        count(run.customers.into()),
        run.seed,
        estimator_words(report.main_estimator()),
        report.context.control(),
        report.context.scenario,
        short_digest(&run.digest),
        run.program,
    )
}

/// The first characters of a digest, enough to tell runs apart.
pub(crate) fn short_digest(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// Where panels lie, and where the lowest ends.
fn panel_frames(panels: usize, top: f64) -> (Vec<Frame>, f64) {
    let half = (INNER - GUTTER) / 2.0;
    let frame = |left: f64, top: f64, width: f64, height: f64| Frame { left: MARGIN + left, top, width, height };
    match panels {
        0 => (Vec::new(), top),
        1 => (vec![frame(0.0, top, INNER, 360.0)], top + 360.0),
        2 => (vec![frame(0.0, top, half, 320.0), frame(half + GUTTER, top, half, 320.0)], top + 320.0),
        3 => {
            let (wide, small) = (INNER * 0.56 - GUTTER / 2.0, INNER * 0.44 - GUTTER / 2.0);
            let (row, left) = (232.0, wide + GUTTER);
            let frames = vec![
                frame(0.0, top, wide, 2.0 * row + 14.0),
                frame(left, top, small, row),
                frame(left, top + row + 14.0, small, row),
            ];
            (frames, top + 2.0 * row + 14.0)
        }
        _ => {
            let row = 250.0;
            let second = top + row + 14.0;
            let frames = vec![
                frame(0.0, top, half, row),
                frame(half + GUTTER, top, half, row),
                frame(0.0, second, half, row),
                frame(half + GUTTER, second, half, row),
            ];
            (frames, second + row)
        }
    }
}

/// What a legend entry shows beside its words.
#[derive(Clone, Copy, Debug)]
enum Sample {
    Arm(usize),
    Band(Role, f64),
    Truth,
    Decay,
    DecayBand,
    Curated,
}

struct Entry {
    sample: Sample,
    text: String,
}

/// Width of a legend sample.
const SAMPLE: f64 = 26.0;

fn legend_entries(report: &Report) -> Vec<Entry> {
    let arms: Vec<&str> = report.context.treated().map(|arm| arm.name.as_str()).collect();
    let mut entries: Vec<Entry> = arms
        .iter()
        .enumerate()
        .map(|(position, arm)| Entry {
            sample: Sample::Arm(position),
            text: if arms.len() == 1 { format!("{arm}: lift {}", lift_of(report)) } else { (*arm).to_owned() },
        })
        .collect();
    let band = if arms.len() == 1 { arm_look(0).0 } else { NEUTRAL };
    let points = || report.curves.iter().flat_map(|curve| &curve.points);
    if points().any(|point| point.monte_carlo.is_some()) {
        entries.push(Entry { sample: Sample::Band(band, 0.45), text: "95 % Monte-Carlo interval of that lift".to_owned() });
    }
    if points().any(|point| point.spread.is_some_and(|(low, high)| low < high)) {
        entries.push(Entry { sample: Sample::Band(band, 0.18), text: "single trials: 5 to 95 % of them".to_owned() });
    }
    if points().any(|point| point.true_lift.is_some()) {
        entries.push(Entry { sample: Sample::Truth, text: "true lift, from twins".to_owned() });
    }
    if let [curve, ..] = report.curves.as_slice()
        && let (1, Some(decay)) = (arms.len(), &curve.decay)
    {
        entries.push(Entry { sample: Sample::Decay, text: "decay fitted to the lift since the handoff".to_owned() });
        if decay.curve.iter().any(|point| point.conf_low.is_some()) {
            entries.push(Entry { sample: Sample::DecayBand, text: "its 95 % interval over resampled replicates".to_owned() });
        }
    }
    if report.context.phases.iter().any(|phase| report.context.is_curated(phase)) {
        entries.push(Entry { sample: Sample::Curated, text: "people curate".to_owned() });
    }
    entries
}

/// Places entries in rows, relative to the upper left corner of the legend.
fn place_legend(entries: Vec<Entry>) -> Vec<(Point, Entry)> {
    let (mut x, mut y) = (0.0, 0.0);
    let mut placed = Vec::new();
    for mut entry in entries {
        entry.text = cut(&entry.text, LEGEND, INNER - SAMPLE - 6.0);
        let width = SAMPLE + 6.0 + text_width(&entry.text, LEGEND);
        if x > 0.0 && x + width > INNER {
            (x, y) = (0.0, y + 16.0);
        }
        placed.push((at(x, y), entry));
        x += width + 18.0;
    }
    placed
}

fn draw_entry(canvas: &Canvas<'_>, place: Point, entry: &Entry) -> Result<(), ReportError> {
    draw_sample(canvas, place, entry.sample)?;
    let beside = at(place.x + SAMPLE + 6.0, place.y);
    canvas.label(&Label { text: &entry.text, at: beside, kind: LEGEND, role: INK, anchor: Anchor::Start, is_upright: false })
}

fn draw_sample(canvas: &Canvas<'_>, place: Point, sample: Sample) -> Result<(), ReportError> {
    let ends = [place, at(place.x + SAMPLE, place.y)];
    let block = Frame { left: place.x, top: place.y - 5.0, width: SAMPLE, height: 10.0 };
    match sample {
        Sample::Arm(position) => {
            let (role, marker, dash) = arm_look(position);
            canvas.line(&ends, Stroke { role, width: 1.8, dash })?;
            canvas.marker(at(place.x + SAMPLE / 2.0, place.y), marker, 6.0, role)
        }
        Sample::Band(role, opacity) => canvas.rectangle(block, Fill { role, opacity }),
        Sample::Truth => canvas.line(&ends, Stroke { role: INK, width: 1.1, dash: Some((2.0, 2.0)) }),
        Sample::Decay => canvas.line(&ends, DECAY_LINE),
        Sample::DecayBand => canvas.line(&ends, DECAY_BAND),
        Sample::Curated => canvas.rectangle(block, Fill { role: CURATED_STRIP, opacity: 1.0 }),
    }
}
