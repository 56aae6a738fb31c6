//! The table on stdout: plain sentences first, then the numbers, then what the numbers are. Plain UTF-8, at most 100 columns
//! wide unless numbers need more, no colour.

use super::chart::short_digest;
use super::contents::{Cell, Report, ResultRow, true_effect_and_lift};
use super::number::{Uncertain, count, decimals_for, fixed, money, significant};
use super::wording::{
    absence_words, capitalised, estimator_mark, estimator_words, half_life_words, metric_words, unbroken, varied_words,
    volume_number,
};
use crate::domain::WindowKind;
use crate::experiment::{DecayRow, EffectRow, NetValueRow, TRUTH};

/// Columns of a terminal that the table is made for.
const WIDTH: usize = 100;
/// Longest name of a window or an arm before it is cut.
const LONGEST_NAME: usize = 14;
/// White between columns, and what remains of it when numbers are long.
const GAPS: [&str; 2] = ["  ", " "];

/// What the table shows beyond phases and the whole trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// Rows for every month too.
    pub months: bool,
}

/// A line of the table before it is aligned.
enum Line {
    Heading(String),
    Cells([String; COLUMNS]),
}

const COLUMNS: usize = 8;

/// How wide columns are and what lies between them.
struct Layout {
    widths: [usize; COLUMNS],
    gap: &'static str,
}

/// Renders the table: title, plain sentences, one line per headline metric, window, arm and estimator, and a footnote.
pub fn terminal_table(report: &Report, options: TableOptions) -> String {
    let mut text = String::new();
    push_wrapped(&mut text, &report.context.title);
    text.push('\n');
    for sentences in &report.sentences {
        push_wrapped(&mut text, &sentences[0]);
        push_wrapped(&mut text, &sentences[1]);
        text.push('\n');
    }
    let control = shortened(report.context.control());
    let heads = [
        ["", "", "", "effect per", "lift over", "single trials,", "control", "messages per"].map(str::to_owned),
        ["window", "arm", "by", "customer", &format!("{control}, %"), "5 to 95 %", "mean", "customer"].map(str::to_owned),
    ];
    push_table(&mut text, &heads, &table_lines(report, options));
    let decay = decay_lines(report);
    if !decay.is_empty() {
        text.push('\n');
        let heads = [
            ["fading", "", "", "start,", "plateau,", "half-life, months", "plateau /", "last month /"].map(str::to_owned),
            ["since", "arm", "by", "%", "%", "[95 % interval]", "start, %", "start, %"].map(str::to_owned),
        ];
        push_table(&mut text, &heads, &decay);
    }
    if let Some(worth) = worth(report) {
        push_wrapped(&mut text, &worth);
    }
    for note in footnotes(report, options) {
        push_wrapped(&mut text, &note);
    }
    text
}

fn table_lines(report: &Report, options: TableOptions) -> Vec<Line> {
    let mut lines = Vec::new();
    for metric in report.shown_metrics() {
        lines.push(Line::Heading(capitalised(&metric_words(metric))));
        let rows: Vec<&ResultRow> =
            report.rows.iter().filter(|row| row.effect.metric == metric && is_shown(report, row, options)).collect();
        for (position, row) in rows.iter().enumerate() {
            lines.push(Line::Cells(cells(row)));
            let place = |row: &ResultRow| (row.effect.window.clone(), row.effect.arm.clone());
            // The truth stands below the estimates of it.
            if rows.get(position + 1).is_none_or(|next| place(next) != place(row)) {
                lines.extend(true_cells(report, row).map(Line::Cells));
            }
        }
        for kept in report.kept.iter().filter(|kept| kept.metric == metric && kept.estimator == report.main_estimator()) {
            let share = Uncertain { estimate: kept.kept.share, std_error: kept.kept.std_error }.percent();
            let ratio = format!("{} / {}", shortened(&kept.after), shortened(&kept.before));
            let mut cells = [const { String::new() }; COLUMNS];
            cells[0] = "kept".to_owned();
            cells[1] = shortened(&kept.arm);
            cells[2] = estimator_mark(&kept.estimator);
            cells[3] = ratio;
            cells[4] = share.text();
            lines.push(Line::Cells(cells));
        }
    }
    lines
}

/// Estimators the table has room for; a table of five is no table for a terminal.
const MOST_ESTIMATORS: usize = 3;

/// Whether the table shows an estimator: each of a few, of more the plain one and the most adjusted one, which come first and last.
fn is_named(report: &Report, estimator: &str) -> bool {
    let all = &report.estimators;
    all.len() <= MOST_ESTIMATORS || [all.first(), all.last()].into_iter().flatten().any(|shown| shown == estimator)
}

fn is_shown(report: &Report, row: &ResultRow, options: TableOptions) -> bool {
    if !is_named(report, &row.effect.estimator) {
        return false;
    }
    match row.window {
        Some(WindowKind::Phase { .. } | WindowKind::Trial { .. }) => true,
        Some(WindowKind::Month(_)) => options.months,
        Some(WindowKind::Pre) | None => false,
    }
}

fn cells(row: &ResultRow) -> [String; COLUMNS] {
    let unknown = || "–".to_owned();
    let is_unbounded = row.effect.unbounded_share.is_some_and(|share| share > 0.0);
    let spread = row.spread_percent().map_or_else(unknown, spread_text);
    [
        shortened(&row.effect.window),
        shortened(&row.effect.arm),
        estimator_mark(&row.effect.estimator),
        row.effect_per_customer().map_or_else(unknown, Uncertain::text),
        row.lift_percent().map_or_else(unknown, Uncertain::text),
        if is_unbounded { format!("{spread} *") } else { spread },
        row.effect.denominator.map_or_else(unknown, |mean| significant(mean, 4)),
        row.volume.map_or_else(unknown, |volume| format!("{} vs {}", volume_number(volume.arm), volume_number(volume.versus))),
    ]
}

/// The line of the true effect in the cell of an estimate.
fn true_cells(report: &Report, row: &ResultRow) -> Option<[String; COLUMNS]> {
    let EffectRow { metric, window, arm, .. } = &row.effect;
    let truth = report.true_row(Cell { metric, window, arm })?;
    let (effect, lift) = true_effect_and_lift(truth);
    let unknown = || "–".to_owned();
    let spread = truth.lift_p05.zip(truth.lift_p95).map(|(low, high)| spread_text((low * 100.0, high * 100.0)));
    let mut cells = cells(row);
    cells[2] = "truth".to_owned();
    cells[3] = effect.map_or_else(unknown, Uncertain::text);
    cells[4] = lift.map_or_else(unknown, Uncertain::text);
    cells[5] = spread.unwrap_or_else(unknown);
    cells[6] = truth.denominator.map_or_else(unknown, |mean| significant(mean, 4));
    Some(cells)
}

/// How the lift fades after the handoff, by the main estimator and in truth.
fn decay_lines(report: &Report) -> Vec<Line> {
    let percent = |value: Option<f64>| value.map_or("–".to_owned(), |value| significant(value * 100.0, 3));
    let is_shown = |row: &&DecayRow| row.estimator == report.main_estimator() || row.estimator == TRUTH;
    let mut lines = Vec::new();
    let mut before = "";
    for row in report.decay.iter().filter(is_shown) {
        if row.metric != before {
            lines.push(Line::Heading(capitalised(&metric_words(&row.metric))));
            before = &row.metric;
        }
        lines.push(Line::Cells([
            format!("month {}", row.handoff_month + 1),
            shortened(&row.arm),
            if row.estimator == TRUTH { TRUTH.to_owned() } else { estimator_mark(&row.estimator) },
            percent(row.start),
            percent(row.plateau),
            if row.identified { half_life_words(row) } else { "not identified".to_owned() },
            percent(row.plateau_share),
            percent(row.last_month_share),
        ]));
    }
    lines
}

/// `60.1 to 71.2`, with digits that fit the distance between the two.
pub(super) fn spread_text((low, high): (f64, f64)) -> String {
    let decimals = decimals_for((high - low) / 2.0, 2).min(decimals_for(low.abs().max(high.abs()), 4));
    format!("{} to {}", fixed(low, decimals), fixed(high, decimals))
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

fn push_table(text: &mut String, heads: &[[String; COLUMNS]; 2], lines: &[Line]) {
    let rows = || {
        heads.iter().chain(lines.iter().filter_map(|line| match line {
            Line::Cells(cells) => Some(cells),
            Line::Heading(_) => None,
        }))
    };
    let mut widths = [0; COLUMNS];
    for cells in rows() {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let total = |gap: &str| widths.iter().sum::<usize>() + gap.len() * (COLUMNS - 1);
    let gap = if total(GAPS[0]) <= WIDTH { GAPS[0] } else { GAPS[1] };
    let layout = Layout { widths, gap };
    let rule = "─".repeat(total(gap));
    for head in heads {
        push_cells(text, head, &layout);
    }
    push_line(text, &rule);
    for line in lines {
        match line {
            Line::Heading(heading) => push_line(text, heading),
            Line::Cells(cells) => push_cells(text, cells, &layout),
        }
    }
    push_line(text, &rule);
}

/// Names to the left, numbers to the right.
fn push_cells(text: &mut String, cells: &[String; COLUMNS], layout: &Layout) {
    let padded: Vec<String> = cells
        .iter()
        .zip(layout.widths)
        .enumerate()
        .map(|(column, (cell, width))| if column < 3 { format!("{cell:<width$}") } else { format!("{cell:>width$}") })
        .collect();
    push_line(text, padded.join(layout.gap).trim_end());
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

pub(super) fn push_wrapped(text: &mut String, paragraph: &str) {
    let mut line = String::new();
    for word in unbroken(paragraph) {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            push_line(text, &line);
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    push_line(text, &line);
}

/// What the arms are worth over the whole trial; `None` where nobody knows.
fn worth(report: &Report) -> Option<String> {
    let trial = report.context.windows.iter().find(|window| matches!(window.kind, WindowKind::Trial { .. }))?;
    let rows = report.net_value.iter().filter(|row| row.window == trial.name);
    let one = |row: &NetValueRow| {
        let interval = row.net_value_conf_low.zip(row.net_value_conf_high);
        let interval =
            interval.map_or(String::new(), |(low, high)| format!(" (95 % interval {} to {})", money(low), money(high)));
        format!("{} {}{interval}", row.arm, money(row.net_value))
    };
    let worth: Vec<String> = rows.map(one).collect();
    (!worth.is_empty()).then(|| {
        format!(
            "Worth in money against {} over the whole trial, margin less messages, people and content: {}.",
            report.context.control(),
            worth.join("; ")
        )
    })
}

fn footnotes(report: &Report, options: TableOptions) -> Vec<String> {
    let run = &report.run;
    let control = report.context.control();
    let marks: Vec<String> = report
        .estimators
        .iter()
        .filter(|name| is_named(report, name) && estimator_mark(name) != estimator_words(name))
        .map(|name| format!("{} = {}", estimator_mark(name), estimator_words(name)))
        .collect();
    let by = if marks.is_empty() { String::new() } else { format!(" {}.", marks.join(", ")) };
    let mut notes = vec![format!(
        "Intention to treat, unit customer: everyone assigned counts. ± is the Monte-Carlo standard error of the mean over \
         {} replicates; \"single trials\" is where the lifts (%) of nine in ten single trials lie. Lift = effect / control mean; \
         for adjusted estimators the control mean is the one they imply.{by}",
        count(run.replicates.into())
    )];
    let others: Vec<String> =
        report.estimators.iter().filter(|name| !is_named(report, name)).map(|name| estimator_words(name)).collect();
    if !others.is_empty() {
        notes.push(format!("By {} as well in effects.csv and report.html.", others.join(", ")));
    }
    notes.extend(absence_words(report));
    if !report.truth.is_empty() {
        notes.push(
            "truth = the effect on all customers of a trial, known from their twins in the other arm: what the estimates estimate. Even \
             that differs between trials, because people, tastes and what the agents learn do."
                .to_owned(),
        );
    }
    if !report.decay.is_empty() {
        notes.push(
            "Half-life: time in which half of what lies above the plateau is lost; interval over resampled replicates."
                .to_owned(),
        );
    }
    let marked = |row: &ResultRow| row.effect.unbounded_share.is_some_and(|share| share > 0.0) && is_shown(report, row, options);
    let shown = report.shown_metrics();
    let worst = report.rows.iter().filter(|row| shown.contains(&row.effect.metric.as_str()) && marked(row));
    let worst = worst.filter_map(|row| row.effect.unbounded_share).fold(0.0, f64::max);
    if worst > 0.0 {
        notes.push(format!(
            "* In up to {} % of single trials the Fieller interval of this lift has no end: too few outcomes in the {control} arm.",
            Uncertain { estimate: worst * 100.0, std_error: None }.spoken()
        ));
    }
    if !report.context.varied.is_empty() {
        notes.push(varied_words(&report.context.varied));
    }
    if run.replicates == 1 {
        notes.push("One replicate only: nothing here says how far chance alone can carry such a trial.".to_owned());
    }
    notes.push(format!(
        "{} replicates of {} customers, seed {}; scenario {}, digest {}; {}.",
        count(run.replicates.into()),
        count(run.customers.into()),
        run.seed,
        report.context.scenario,
        short_digest(&run.digest),
        run.program
    ));
    notes
}
