//! The loss and its parts as text: verdict, a row per mechanism, and what the figures rest on.

use super::sentences::{is_clear, points, verdict, words};
use crate::experiment::{Attribution, MechanismRow, PartRow};
use crate::report::number::{Uncertain, count, decimals_for, fixed};
use crate::report::terminal::push_wrapped;
use crate::report::wording::{capitalised, metric_words, month_span};

const COLUMNS: usize = 7;
const HEADS: [[&str; 2]; COLUMNS] = [
    ["lift lost", "to"],
    ["points", ""],
    ["95 % interval", ""],
    ["share of", "loss, %"],
    ["alone,", "points"],
    ["last,", "points"],
    ["last −", "alone"],
];

/// Renders the table.
pub fn attribution_table(found: &Attribution) -> String {
    let mut text = String::new();
    if !found.title.is_empty() {
        text.push_str(&format!("{}\n\n", found.title));
    }
    for sentence in verdict(found) {
        push_wrapped(&mut text, &sentence);
    }
    text.push('\n');
    push_rows(&mut text, found);
    for note in notes(found) {
        push_wrapped(&mut text, &note);
    }
    text
}

fn push_rows(text: &mut String, found: &Attribution) {
    let mechanisms: Vec<[String; COLUMNS]> = found.mechanisms.iter().map(mechanism_cells).collect();
    let others = [part_cells("remainder", &found.remainder), part_cells("all", &found.loss)];
    let mut widths = HEADS.map(|[upper, lower]| upper.chars().count().max(lower.chars().count()));
    for line in mechanisms.iter().chain(&others) {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let aligned = |line: &[String; COLUMNS]| {
        let cells = line.iter().zip(widths).enumerate();
        let padded =
            cells.map(|(column, (cell, width))| if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (COLUMNS - 1));
    for part in 0..2 {
        text.push_str(&format!("{}\n", aligned(&HEADS.map(|head| head[part].to_owned()))));
    }
    text.push_str(&format!("{rule}\n"));
    mechanisms.iter().for_each(|line| text.push_str(&format!("{}\n", aligned(line))));
    text.push_str(&format!("{rule}\n"));
    others.iter().for_each(|line| text.push_str(&format!("{}\n", aligned(line))));
    text.push_str(&format!("{rule}\n"));
}

fn part_cells(name: &str, part: &PartRow) -> [String; COLUMNS] {
    let decimals = part.points_std_error.filter(|error| *error > 0.0).map_or(1, |error| decimals_for(error, 1));
    let interval = match (part.points_conf_low, part.points_conf_high) {
        (Some(low), Some(high)) => format!("{} to {}", fixed(low, decimals), fixed(high, decimals)),
        _ => unknown(),
    };
    let share = part.share.map(|estimate| Uncertain { estimate, std_error: part.share_std_error }.percent());
    // The whole is all of itself, without error.
    let share = share.map_or_else(unknown, |share| if name == "all" { fixed(share.estimate, 0) } else { short(share) });
    let empty = String::new;
    [name.to_owned(), points(part).text(), interval, share, empty(), empty(), empty()]
}

fn mechanism_cells(row: &MechanismRow) -> [String; COLUMNS] {
    let mark = if is_clear(row) { "" } else { " ~" };
    let [name, points, interval, share, ..] = part_cells(&format!("{}{mark}", words(row.mechanism)), &row.part);
    let text = |estimate: f64, std_error: Option<f64>| short(Uncertain { estimate, std_error });
    [
        name,
        points,
        interval,
        share,
        text(row.alone_points, row.alone_points_std_error),
        text(row.last_points, row.last_points_std_error),
        text(row.gap_points, row.gap_points_std_error),
    ]
}

/// An estimate with one digit of its error, so that a row fits the page.
fn short(number: Uncertain) -> String {
    match number.std_error.filter(|error| *error > 0.0) {
        Some(error) => {
            let decimals = decimals_for(error, 1);
            format!("{} ± {}", fixed(number.estimate, decimals), fixed(error, decimals))
        }
        None => number.text(),
    }
}

fn unknown() -> String {
    "–".to_owned()
}

fn notes(found: &Attribution) -> Vec<String> {
    let interaction = Uncertain { estimate: found.interaction_points, std_error: found.interaction_points_std_error };
    let mut notes = vec![format!(
        "Each mechanism alone, with all others off, takes what stands under \"alone\"; these do not add up to what all take together, \
         the difference is {} points. Points (Shapley values) are the mean of what a mechanism takes when it joins the others in every \
         order, and add up; \"last\" is what it takes with all others on.",
        interaction.text()
    )];
    if !found.absent.is_empty() {
        let reason = |absent: &crate::experiment::AbsentMechanism| format!("{} ({})", words(absent.mechanism), absent.reason);
        let told: Vec<String> = found.absent.iter().map(reason).collect();
        notes.push(format!("Absent in this scenario: {}.", told.join(", ")));
    }
    notes.push(format!(
        "{}: points are percentage points of the {} arm's lift over {}, {} less {}, as twins know it; negative ones are gained after \
         the handoff. Off from the first day: drift, novelty, wear-out, fatigue; off from the handoff on: the end of curation (the team goes on) and \
         learning (beliefs stay as they are, so that what was new at the handoff stays untested). ± is the standard error over replicates; ~ marks parts that cannot be told from 0 (5 %, Holm). \
         {} replicates of {} customers in {} combinations on common random numbers, seed {}; scenario {}, digest {}; {}.",
        capitalised(&metric_words(&found.metric)),
        found.arm,
        found.versus,
        month_span(found.curated_from, found.handoff_month),
        month_span(found.handoff_month, found.months),
        count(found.replicates.into()),
        count(found.customers.into()),
        found.coalitions,
        found.seed,
        found.scenario,
        found.digest.chars().take(12).collect::<String>(),
        found.program,
    ));
    notes
}
