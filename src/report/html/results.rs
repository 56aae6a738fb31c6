//! The page's tables: results as an economist reads them, what was kept, what it took, and all metrics.

use super::markup::{HtmlTable, TableCell, cell, safe, styled};
use crate::domain::WindowKind;
use crate::experiment::{LedgerSummaryRow, TruthRow};
use crate::report::contents::{Cell, Report, ResultRow, true_effect_and_lift};
use crate::report::number::{Uncertain, count, decimals_for, fixed, significant};
use crate::report::terminal::spread_text;
use crate::report::wording::{
    absence_words, capitalised, estimator_words, half_life_words, metric_words, month_span, volume_number,
};

const UNKNOWN: &str = "–";

/// One table per headline metric: columns are arms by estimators, rows are windows.
pub(super) fn results(report: &Report) -> String {
    let mut html = String::from("<section>\n<h2>Results</h2>\n");
    html.push_str("<div class=\"tables\">\n");
    for metric in report.shown_metrics() {
        html.push_str(&metric_table(report, metric).html());
    }
    html.push_str("</div>\n");
    let unbounded = report.rows.iter().filter_map(|row| row.effect.unbounded_share).fold(0.0, f64::max);
    let note = format!(
        "Intention to treat: everyone assigned counts. Unit: customer. Lifts and effects are means over {} replicates, with their \
         Monte-Carlo standard errors in parentheses; in brackets, where the lifts of nine in ten single trials lie (5 and 95 % \
         quantiles). A lift is the effect divided by the control mean; for adjusted estimators that is the mean they imply for the \
         treated arm without treatment. {}Intervals of single trials (Fieller) are in replicates.parquet{}. No significance stars: \
         replicates can make any difference significant.",
        count(report.run.replicates.into()),
        if report.truth.is_empty() {
            ""
        } else {
            "The true lift is that of all customers of a trial, known from their twins in the other arm; below it, the share of single \
             trials whose 95 % interval holds the true lift of that trial. "
        },
        if unbounded > 0.0 {
            format!(
                "; up to {} % of them have no end in some cell",
                Uncertain { estimate: unbounded * 100.0, std_error: None }.spoken()
            )
        } else {
            String::new()
        }
    );
    let note = format!("{note} {}", absence_words(report).unwrap_or_default());
    html.push_str(&format!("<p class=\"note\">{}</p>\n</section>\n", safe(note.trim_end())));
    html
}

fn metric_table(report: &Report, metric: &str) -> HtmlTable {
    let columns: Vec<(&str, &str)> = report
        .context
        .treated()
        .flat_map(|arm| report.estimators.iter().map(move |estimator| (arm.name.as_str(), estimator.as_str())))
        .collect();
    let numbers = (1..=columns.len()).map(|number| cell(&format!("({number})")));
    let names = columns.iter().map(|(_, estimator)| styled(&estimator_words(estimator), "wrap"));
    let arms = report.context.treated().map(|arm| {
        let words = format!("{} vs {}", arm.name, report.context.control());
        TableCell { columns: report.estimators.len(), ..styled(&words, "span") }
    });
    let head = |cells: &mut dyn Iterator<Item = TableCell>| std::iter::once(cell("")).chain(cells).collect::<Vec<TableCell>>();
    let heads = vec![head(&mut arms.into_iter()), head(&mut names.into_iter()), head(&mut numbers.into_iter())];
    let mut rows = Vec::new();
    for (window, words) in shown_windows(report) {
        let found: Vec<Option<&ResultRow>> =
            columns.iter().map(|(arm, estimator)| find(report, [metric, &window, arm, estimator])).collect();
        let line = |name: &str, class: &'static str, text: &dyn Fn(&ResultRow) -> Option<String>| {
            let known = |row: &Option<&ResultRow>| row.and_then(text).unwrap_or_else(|| UNKNOWN.to_owned());
            std::iter::once(styled(name, class))
                .chain(found.iter().map(|row| styled(&known(row), class)))
                .collect::<Vec<TableCell>>()
        };
        rows.push(("group", vec![TableCell { columns: columns.len() + 1, ..cell(&words) }]));
        rows.push(("", line("lift, %", "", &|row| row.lift_percent().map(|lift| parts(lift).0))));
        rows.push(("", line("", "quiet", &|row| row.lift_percent().and_then(|lift| parts(lift).1))));
        rows.push((
            "",
            line("single trials", "quiet", &|row| row.spread_percent().map(|spread| format!("[{}]", spread_text(spread)))),
        ));
        rows.push(("", line("effect per customer", "", &|row| row.effect_per_customer().map(|effect| parts(effect).0))));
        rows.push(("", line("", "quiet", &|row| row.effect_per_customer().and_then(|effect| parts(effect).1))));
        rows.push(("", line("control mean", "", &|row| row.effect.denominator.map(|mean| significant(mean, 4)))));
        rows.push(("", volume_cells(report, &window)));
        rows.extend(true_lift_cells(report, metric, &window));
        if found.iter().flatten().any(|row| row.effect.coverage.is_some()) {
            rows.push((
                "",
                line("intervals that hold it, %", "", &|row| row.effect.coverage.map(|share| fixed(share * 100.0, 1))),
            ));
        }
    }
    let caption = capitalised(&metric_words(metric));
    HtmlTable { caption, heads, rows }
}

/// Messages per customer in one window, one cell per arm: volume does not depend on the estimator.
fn volume_cells(report: &Report, window: &str) -> Vec<TableCell> {
    let arms = report.context.treated().map(|arm| {
        let words = report
            .volume(&arm.name, window)
            .map(|volume| format!("{} vs {}", volume_number(volume.arm), volume_number(volume.versus)));
        TableCell { columns: report.estimators.len(), ..cell(words.as_deref().unwrap_or(UNKNOWN)) }
    });
    std::iter::once(cell("messages per customer")).chain(arms).collect()
}

/// The true lift in one window, one cell per arm; nothing where truth is not recorded.
fn true_lift_cells(report: &Report, metric: &str, window: &str) -> Option<(&'static str, Vec<TableCell>)> {
    let arms: Vec<Option<&TruthRow>> =
        report.context.treated().map(|arm| report.true_row(Cell { metric, window, arm: &arm.name })).collect();
    if arms.iter().all(Option::is_none) {
        return None;
    }
    let cells = arms.into_iter().map(|row| {
        let lift = row.and_then(|row| true_effect_and_lift(row).1);
        TableCell { columns: report.estimators.len(), ..cell(&lift.map_or(UNKNOWN.to_owned(), Uncertain::text)) }
    });
    Some(("", std::iter::once(cell("true lift, %")).chain(cells).collect()))
}

/// An estimate to the digits of its error, and the error in parentheses.
fn parts(value: Uncertain) -> (String, Option<String>) {
    match value.std_error {
        Some(error) if error > 0.0 => {
            let decimals = decimals_for(error, 2);
            (fixed(value.estimate, decimals), Some(format!("({})", fixed(error, decimals))))
        }
        other => (significant(value.estimate, 4), other.map(|_| "(0)".to_owned())),
    }
}

/// Phases and the whole trial, with words for them.
pub(super) fn shown_windows(report: &Report) -> Vec<(String, String)> {
    let windows = report.context.windows.iter().filter_map(|window| {
        let words = match window.kind {
            WindowKind::Phase { first, end } => format!("{}, {}", capitalised(&window.name), month_span(first, end)),
            WindowKind::Trial { months } => format!("Whole trial, {}", month_span(0, months)),
            WindowKind::Pre | WindowKind::Month(_) => return None,
        };
        Some((window.name.clone(), words))
    });
    windows.collect()
}

fn find<'a>(report: &'a Report, [metric, window, arm, estimator]: [&str; 4]) -> Option<&'a ResultRow> {
    report.rows.iter().find(|row| {
        let effect = &row.effect;
        effect.metric == metric && effect.window == window && effect.arm == arm && effect.estimator == estimator
    })
}

/// What was kept after the handoff, and the fitted decay, as far as there is either.
pub(super) fn kept(report: &Report) -> String {
    if report.kept.is_empty() && report.decay.is_empty() {
        return String::new();
    }
    let mut html = String::from("<section>\n<h2>What was kept after the handoff</h2>\n");
    if let Some(first) = report.kept.first() {
        let heads = ["metric", "arm", "estimator", "share kept, %"].map(cell).to_vec();
        let rows = report.kept.iter().map(|row| {
            let share = Uncertain { estimate: row.kept.share, std_error: row.kept.std_error }.percent();
            let (estimate, error) = parts(share);
            let text = format!("{estimate} {}", error.unwrap_or_default());
            (
                "",
                vec![
                    styled(&metric_words(&row.metric), "wrap"),
                    cell(&row.arm),
                    styled(&estimator_words(&row.estimator), "wrap"),
                    cell(text.trim_end()),
                ],
            )
        });
        let caption = format!("Lift in the {} phase as a share of the lift in the {} phase", first.after, first.before);
        html.push_str(&HtmlTable { caption, heads: vec![heads], rows: rows.collect() }.html());
    }
    if !report.decay.is_empty() {
        html.push_str(&decay_table(report).html());
        html.push_str(
            "<p class=\"note\">A curve that falls from a start towards a plateau, fitted to the monthly lifts after the handoff. \
             The half-life is the time in which half of what lies above the plateau is lost. In brackets, 95 % intervals over resampled \
             replicates; an open end is one that they do not bound, and what the months cannot tell is not given.</p>\n",
        );
    }
    html.push_str("</section>\n");
    html
}

fn decay_table(report: &Report) -> HtmlTable {
    let percent = |value: Option<f64>| value.map_or(UNKNOWN.to_owned(), |value| significant(value * 100.0, 3));
    let with_ends = |value: Option<f64>, low: Option<f64>, high: Option<f64>| match (low, high) {
        (Some(low), Some(high)) => format!("{} [{}]", percent(value), spread_text((low * 100.0, high * 100.0))),
        _ => percent(value),
    };
    let months = |value: Option<f64>| value.map_or(UNKNOWN.to_owned(), |months| significant(months, 3));
    let heads = [
        styled("estimator", "left"),
        cell("start, %"),
        cell("plateau, %"),
        cell("half-life, months"),
        styled("months to half of start", "wrap"),
        styled("plateau / start, %", "wrap"),
        styled("last month / start, %", "wrap"),
    ];
    let mut rows = Vec::new();
    let mut before = ("", "");
    for row in &report.decay {
        if before != (row.metric.as_str(), row.arm.as_str()) {
            before = (&row.metric, &row.arm);
            let words = format!("{}, {} vs {}", capitalised(&metric_words(&row.metric)), row.arm, row.versus);
            rows.push(("group", vec![TableCell { columns: heads.len(), ..cell(&words) }]));
        }
        let cells = vec![
            styled(&estimator_words(&row.estimator), "left"),
            cell(&with_ends(row.start, row.start_conf_low, row.start_conf_high)),
            cell(&with_ends(row.plateau, row.plateau_conf_low, row.plateau_conf_high)),
            styled(&half_life_words(row), if row.identified { "" } else { "wrap" }),
            cell(&months(row.half_of_start_months)),
            cell(&with_ends(row.plateau_share, row.plateau_share_conf_low, row.plateau_share_conf_high)),
            cell(&percent(row.last_month_share)),
        ];
        rows.push(("", cells));
    }
    HtmlTable { caption: "Decay of the lift".to_owned(), heads: vec![heads.to_vec()], rows }
}

/// Messages, work and money, by phase and arm.
pub(super) fn ledger(report: &Report) -> String {
    if report.ledger.is_empty() {
        return String::new();
    }
    type Column = (&'static str, fn(&LedgerSummaryRow) -> Option<f64>);
    let columns: [Column; 10] = [
        ("messages per customer", |row| Some(row.messages_per_customer)),
        ("direct opens per message, %", |row| row.direct_opens_per_message.map(|share| share * 100.0)),
        ("hours of work", |row| Some(row.human_hours)),
        ("cost of work", |row| Some(row.human_cost)),
        ("cost of messages", |row| Some(row.message_cost)),
        ("components at the end", |row| Some(row.library_size)),
        ("launched", |row| Some(row.launched)),
        ("retired", |row| Some(row.retired)),
        ("briefs cancelled", |row| Some(row.cancelled_briefs)),
        ("messages refused", |row| Some(row.refused)),
    ];
    let heads = ["", "arm"].map(cell).into_iter().chain(columns.iter().map(|(name, _)| styled(name, "wrap"))).collect();
    let mut rows = Vec::new();
    for (window, words) in shown_windows(report) {
        for (position, row) in report.ledger.iter().filter(|row| row.window == window).enumerate() {
            let numbers = columns.iter().map(|(_, value)| cell(&value(row).map_or(UNKNOWN.to_owned(), ledger_number)));
            let name = if position == 0 { words.as_str() } else { "" };
            let class = if position == 0 { "rule" } else { "" };
            rows.push((class, [cell(name), cell(&row.arm)].into_iter().chain(numbers).collect()));
        }
    }
    let table = HtmlTable { caption: "Mean over replicates".to_owned(), heads: vec![heads], rows };
    format!("<section>\n<h2>What it took</h2>\n{}</section>\n", table.html())
}

fn ledger_number(value: f64) -> String {
    if value.abs() >= 1000.0 { fixed(value, 0) } else { significant(value, 3) }
}

/// Every metric that is not a headline, by the main estimator, folded away.
pub(super) fn all_metrics(report: &Report) -> String {
    let shown = report.shown_metrics();
    let is_window = |row: &&ResultRow| matches!(row.window, Some(WindowKind::Phase { .. } | WindowKind::Trial { .. }));
    let others: Vec<&ResultRow> = report
        .rows
        .iter()
        .filter(|row| !shown.contains(&row.effect.metric.as_str()) && row.effect.estimator == report.main_estimator())
        .filter(is_window)
        .collect();
    if others.is_empty() {
        return String::new();
    }
    let heads = ["metric", "window", "arm", "effect per customer", "lift, %", "control mean"].map(cell).to_vec();
    let rows = others.iter().map(|row| {
        let unknown = || UNKNOWN.to_owned();
        let cells = [
            metric_words(&row.effect.metric),
            row.effect.window.clone(),
            row.effect.arm.clone(),
            row.effect_per_customer().map_or_else(unknown, Uncertain::text),
            row.lift_percent().map_or_else(unknown, Uncertain::text),
            row.effect.denominator.map_or_else(unknown, |mean| significant(mean, 4)),
        ];
        ("", cells.iter().map(|text| cell(text)).collect())
    });
    let caption = format!("Other metrics, {}", estimator_words(report.main_estimator()));
    let table = HtmlTable { caption, heads: vec![heads], rows: rows.collect() };
    format!(
        "<section>\n<h2>Other metrics</h2>\n<details>\n<summary>Show all of them</summary>\n{}</details>\n</section>\n",
        table.html()
    )
}
