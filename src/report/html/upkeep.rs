//! The page's sections on money, people and rules: what arms are worth, what guardrails refused, what people did, and the operating loop phase by phase.

use super::markup::{HtmlTable, TableCell, cell, safe, styled};
use super::results::shown_windows;
use crate::experiment::{LedgerSummaryRow, TRUTH};
use crate::report::contents::Report;
use crate::report::number::{fixed, money, significant};

/// What the arms are worth, by phase and in all.
pub(super) fn worth(report: &Report) -> String {
    if report.net_value.is_empty() {
        return String::new();
    }
    let names = ["", "arm", "margin", "− messages", "− people", "− content", "= net value", "95 % interval"];
    let mut table = HtmlTable {
        caption: format!("Money against {}, mean over replicates", report.context.control()),
        heads: vec![names.map(|name| styled(name, "wrap")).to_vec()],
        rows: Vec::new(),
    };
    for (window, words) in shown_windows(report) {
        for (position, row) in report.net_value.iter().filter(|row| row.window == window).enumerate() {
            let (class, name) = if position == 0 { ("rule", words.as_str()) } else { ("", "") };
            let interval = match (row.net_value_conf_low, row.net_value_conf_high) {
                (Some(low), Some(high)) => format!("{} to {}", money(low), money(high)),
                _ => "–".to_owned(),
            };
            let amounts = [row.margin, row.message_cost, row.human_cost, row.content_cost, row.net_value].map(money);
            let mut cells = vec![cell(name), cell(&row.arm)];
            cells.extend(amounts.iter().map(|amount| cell(amount)));
            cells.push(cell(&interval));
            table.rows.push((class, cells));
        }
    }
    let scaled = report.context.represents.unwrap_or_else(|| f64::from(report.run.customers));
    let words = format!(
        "Margin and messages are per customer × the {} customers they stand for; people and generated content cost the same for any number of \
         customers. The effect on margin is {}.",
        fixed(scaled, 0),
        if report.net_value.iter().any(|row| row.by == TRUTH) { "the true one, from twins" } else { "the difference in means" }
    );
    format!("<section>\n<h2>What it is worth</h2>\n{}<p class=\"note\">{}</p>\n</section>\n", table.html(), safe(&words))
}

/// The section; empty where nothing was sent and nobody worked.
pub(super) fn upkeep(report: &Report) -> String {
    if report.ledger.iter().all(|row| row.attempts == 0.0 && row.work.is_empty()) {
        return String::new();
    }
    let mut html = String::from("<section>\n<h2>People and rules</h2>\n");
    html.push_str(&refusals(report).html());
    html.push_str(&work(report).html());
    let loop_words = "How an arm is run, step by step: means over replicates.";
    html.push_str(&format!("<h3>The operating loop</h3>\n<p>{}</p>\n{}", safe(loop_words), operating_loop(report).html()));
    html.push_str("</section>\n");
    html
}

/// Rows of the ledger by phase and arm, with the words of the phase in front of its first arm.
fn by_phase(report: &Report) -> Vec<(&'static str, String, &LedgerSummaryRow)> {
    let mut rows = Vec::new();
    for (window, words) in shown_windows(report) {
        for (position, row) in report.ledger.iter().filter(|row| row.window == window).enumerate() {
            let (class, name) = if position == 0 { ("rule", words.clone()) } else { ("", String::new()) };
            rows.push((class, name, row));
        }
    }
    rows
}

fn refusals(report: &Report) -> HtmlTable {
    let mut rules: Vec<&str> = Vec::new();
    for rule in report.ledger.iter().flat_map(|row| &row.refused_by) {
        if !rules.contains(&rule.rule.as_str()) {
            rules.push(&rule.rule);
        }
    }
    let names = rules.iter().map(|rule| styled(&rule_words(rule), "wrap"));
    let head =
        ["", "arm", "messages attempted", "refused, %"].map(|name| styled(name, "wrap")).into_iter().chain(names).collect();
    let mut table = HtmlTable {
        caption: "What guardrails refused: messages by the first rule that forbade them".to_owned(),
        heads: vec![head],
        rows: Vec::new(),
    };
    for (class, name, row) in by_phase(report) {
        let share = if row.attempts > 0.0 { significant(row.refused / row.attempts * 100.0, 3) } else { "–".to_owned() };
        let of_rule = |rule: &&str| row.refused_by.iter().find(|own| own.rule == **rule).map_or(0.0, |own| own.count);
        let mut cells = vec![cell(&name), cell(&row.arm), cell(&fixed(row.attempts, 0)), cell(&share)];
        cells.extend(rules.iter().map(|rule| cell(&amount(of_rule(rule)))));
        table.rows.push((class, cells));
    }
    table
}

fn work(report: &Report) -> HtmlTable {
    let mut kinds: Vec<&str> = Vec::new();
    for work in report.ledger.iter().flat_map(|row| &row.work) {
        if !kinds.contains(&work.kind.as_str()) {
            kinds.push(&work.kind);
        }
    }
    let names = kinds.iter().map(|kind| styled(&format!("{}, h", work_words(kind)), "wrap"));
    let head = ["", "arm", "hours"].map(cell).into_iter().chain(names).collect();
    let mut table = HtmlTable {
        caption: "What people did: hours, with how often in parentheses".to_owned(),
        heads: vec![head],
        rows: Vec::new(),
    };
    for (class, name, row) in by_phase(report) {
        let of_kind = |kind: &&str| {
            let done = row.work.iter().find(|own| own.kind == **kind);
            done.map_or("0".to_owned(), |done| format!("{} ({})", amount(done.hours), amount(done.count)))
        };
        let mut cells = vec![cell(&name), cell(&row.arm), cell(&amount(row.human_hours))];
        cells.extend(kinds.iter().map(|kind| cell(&of_kind(kind))));
        table.rows.push((class, cells));
    }
    table
}

/// Sense, optimise, coordinate, govern, execute, measure: one row a step, one column a phase and arm beside the control.
fn operating_loop(report: &Report) -> HtmlTable {
    let control = report.context.control();
    let columns: Vec<(String, &LedgerSummaryRow)> = shown_windows(report)
        .into_iter()
        .filter(|(window, _)| window != "trial")
        .flat_map(|(window, _)| report.ledger.iter().filter(move |row| row.window == window && row.arm != control))
        .map(|row| (format!("{}, {}", row.window, row.arm), row))
        .collect();
    let mut table = HtmlTable {
        heads: vec![std::iter::once(cell("")).chain(columns.iter().map(|(name, _)| styled(name, "left wrap"))).collect()],
        ..HtmlTable::default()
    };
    for (step, words) in STEPS {
        let cells = columns.iter().map(|(_, row)| styled(&words(row), "left wrap"));
        table.rows.push(("", std::iter::once(cell(step)).chain(cells).collect::<Vec<TableCell>>()));
    }
    table
}

type Step = (&'static str, fn(&LedgerSummaryRow) -> String);

const STEPS: [Step; 6] = [
    ("sense", |row| {
        let reviews = format!("{} reviews of reports", amount(count_of(row, "review")));
        let redraws = count_of(row, "redraw");
        if redraws > 0.0 { format!("{reviews}, audiences drawn anew {} times", amount(redraws)) } else { reviews }
    }),
    ("optimise", |row| {
        format!(
            "{} components launched, {} retired, {} live",
            amount(row.launched),
            amount(row.retired),
            amount(row.library_size)
        )
    }),
    ("coordinate", |row| {
        let approvals = count_of(row, "approval");
        let cancelled = format!("{} briefs cancelled", amount(row.cancelled_briefs));
        if approvals > 0.0 {
            format!("{} components judged, {} turned down; {cancelled}", amount(approvals), amount(row.turned_down))
        } else {
            cancelled
        }
    }),
    ("govern", |row| {
        let alerts = if row.alerts > 0.0 { format!(", {} alerts", amount(row.alerts)) } else { String::new() };
        format!("{} of {} messages refused{alerts}", amount(row.refused), fixed(row.attempts, 0))
    }),
    ("execute", |row| {
        let unsafe_sent =
            if row.unsafe_messages > 0.0 { format!(", {} unsafe", amount(row.unsafe_messages)) } else { String::new() };
        format!("{} messages per customer{unsafe_sent}", significant(row.messages_per_customer, 3))
    }),
    ("measure", |row| {
        let opened = row.direct_opens_per_message.map_or("nothing sent".to_owned(), |share| {
            format!("{} % of messages opened directly", significant(share * 100.0, 3))
        });
        let calls = count_of(row, "call");
        if calls > 0.0 { format!("{opened}; people called back {} times", amount(calls)) } else { opened }
    }),
];

fn count_of(row: &LedgerSummaryRow, kind: &str) -> f64 {
    row.work.iter().find(|work| work.kind == kind).map_or(0.0, |work| work.count)
}

fn amount(value: f64) -> String {
    if value.abs() >= 1000.0 { fixed(value, 0) } else { significant(value, 3) }
}

/// A rule in plain words.
fn rule_words(rule: &str) -> String {
    match rule {
        "weekly_cap" => "weekly cap of the channel".to_owned(),
        "weekly_cap_total" => "weekly cap in all".to_owned(),
        "same_hour" => "second in the hour".to_owned(),
        other => other.replace('_', " "),
    }
}

fn work_words(kind: &str) -> String {
    match kind {
        "component" => "components".to_owned(),
        "review" => "reviews".to_owned(),
        "redraw" => "redrawing audiences".to_owned(),
        "cap" => "caps".to_owned(),
        "alert" => "alerts".to_owned(),
        "approval" => "approvals".to_owned(),
        "campaign" => "campaigns".to_owned(),
        "call" => "calls".to_owned(),
        other => other.to_owned(),
    }
}
