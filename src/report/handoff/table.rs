//! The comparison of handoffs as text: verdict, a row per timing, and what the figures rest on.

use super::sentences::{listed, money_unit, verdict};
use crate::experiment::{Handoff, TimingRow};
use crate::report::number::{Uncertain, count, decimals_for, fixed, significant};
use crate::report::terminal::push_wrapped;
use crate::report::wording::{capitalised, metric_words, varied_words};

const COLUMNS: usize = 10;
pub(super) const HEADS: [[&str; 2]; COLUMNS] = [
    ["months", "curated"],
    ["net value", ""],
    ["95 % interval", ""],
    ["against best", "(paired)"],
    ["margin", ""],
    ["human", "hours"],
    ["human", "cost"],
    ["lift last", "month, %"],
    ["months", "/ point"],
    ["hours", "/ point"],
];

/// Renders the table.
pub fn handoff_table(found: &Handoff) -> String {
    let mut text = String::new();
    if !found.title.is_empty() {
        text.push_str(&format!("{}\n\n", found.title));
    }
    for sentence in verdict(found) {
        push_wrapped(&mut text, &sentence);
    }
    text.push('\n');
    push_rows(&mut text, found);
    push_wrapped(&mut text, &trend(found));
    if !found.varied.is_empty() {
        push_wrapped(&mut text, &varied_words(&found.varied));
    }
    push_wrapped(&mut text, &note(found));
    text
}

fn push_rows(text: &mut String, found: &Handoff) {
    let body: Vec<[String; COLUMNS]> = found.timings.iter().map(|row| cells(found, row)).collect();
    let mut widths = HEADS.map(|[upper, lower]| upper.chars().count().max(lower.chars().count()));
    for line in &body {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let aligned = |line: &[String; COLUMNS]| {
        let padded: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (COLUMNS - 1));
    for part in 0..2 {
        text.push_str(&format!("{}\n", aligned(&HEADS.map(|head| head[part].to_owned()))));
    }
    text.push_str(&format!("{rule}\n"));
    for line in &body {
        text.push_str(&format!("{}\n", aligned(line)));
    }
    text.push_str(&format!("{rule}\n"));
}

pub(super) fn cells(found: &Handoff, row: &TimingRow) -> [String; COLUMNS] {
    let is_best = row.handoff_month == found.best.handoff_month;
    let is_close = found.best.not_distinguishable_from.contains(&row.handoff_month);
    let mark = if is_best {
        "best "
    } else if is_close {
        "~ "
    } else {
        ""
    };
    let (scale, _) = money_unit(found);
    // Amounts of a row have the digits that its standard error supports.
    let decimals = row.net_value_std_error.filter(|error| *error > 0.0).map_or(1, |error| decimals_for(error * scale, 2));
    let amount = |value: f64| fixed(value * scale, decimals);
    let interval = match (row.net_value_conf_low, row.net_value_conf_high) {
        (Some(low), Some(high)) => format!("{} to {}", amount(low), amount(high)),
        _ => unknown(),
    };
    let against = match row.against_best_std_error {
        _ if is_best => unknown(),
        Some(error) => format!("{} ± {}", amount(row.against_best), amount(error)),
        None => amount(row.against_best),
    };
    let lift =
        row.lift_last_month.map(|estimate| Uncertain { estimate, std_error: row.lift_last_month_std_error }.percent().text());
    [
        format!("{mark}{}", row.handoff_month),
        amount(row.net_value),
        interval,
        against,
        amount(row.margin),
        fixed(row.human_hours, 0),
        significant(row.human_cost * scale, 3),
        lift.unwrap_or_else(unknown),
        row.months_per_point.map_or_else(unknown, |months| significant(months, 2)),
        row.hours_per_point.map_or_else(unknown, |hours| significant(hours, 2)),
    ]
}

fn unknown() -> String {
    "–".to_owned()
}

pub(super) fn trend(found: &Handoff) -> String {
    let metric = capitalised(&metric_words(&found.metric));
    let place = format!("{metric}, month {}", found.months);
    let close = match found.best_on_lift.not_distinguishable_from.as_slice() {
        [] => String::new(),
        months => format!(" (not told apart from {})", listed(months)),
    };
    let best = format!("{place}: the lift is highest with {} months of curation{close}", found.best_on_lift.handoff_month);
    match found.lift_trend {
        Some(trend) => {
            let slope = Uncertain { estimate: trend.slope, std_error: trend.std_error }.percent().text();
            format!("{best}; over all timings it changes by {slope} points per month of curation.")
        }
        None => format!("{best}."),
    }
}

pub(super) fn note(found: &Handoff) -> String {
    let control = found.timings.first().map_or_else(String::new, |row| {
        format!(
            " The {} arm's own campaigns cost {} for {} hours.",
            found.versus,
            fixed(row.control_human_cost, 0),
            fixed(row.control_human_hours, 0)
        )
    });
    let after = found.continued_as.as_ref().map_or_else(String::new, |phase| format!(", after it as in phase {phase}"));
    let content = if found.timings.iter().any(|row| row.content_cost > 0.0) { " − cost of generated content" } else { "" };
    format!(
        "In {}. Net value = margin − human cost − message cost{content} of the {} arm against {}, over {} months. Margin and messages: difference in means per \
         customer × {} customers they stand for; human hours are not scaled.{control} Until the handoff curation is as in phase {}{after}. Intervals are \
         over replicates; \"against best\" is ± the standard error of paired differences; ~ marks timings that cannot be told from the best \
         (5 %, Holm). Per point: months of curation, and \
         hours of work, per percentage point of last-month lift beyond that of no curation, where that is clearly above 0. {} replicates of {} customers, seed {}; scenario {}, digest {}; {}.",
        money_unit(found).1,
        found.arm,
        found.versus,
        found.months,
        fixed(found.represents, 0),
        found.curated_as,
        count(found.replicates.into()),
        count(found.customers.into()),
        found.seed,
        found.scenario,
        found.digest.chars().take(12).collect::<String>(),
        found.program,
    )
}
