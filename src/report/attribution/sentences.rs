//! The verdict in two plain sentences: what the loss is due to, and what is left of it when every mechanism is off.

use crate::experiment::{Attribution, Mechanism, MechanismRow, PartRow};
use crate::report::number::Uncertain;
use crate::report::wording::metric_words;

/// Level at which a mechanism's part counts as clear, after Holm's adjustment over mechanisms.
const LEVEL: f64 = 0.05;

/// Two sentences for a strategist.
pub(super) fn verdict(found: &Attribution) -> [String; 2] {
    [causes(found), rest(found)]
}

/// A mechanism as a reader knows it.
pub(super) fn words(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::TasteDrift => "taste drift",
        Mechanism::Novelty => "fading novelty",
        Mechanism::WearOut => "wear-out",
        Mechanism::Fatigue => "fatigue",
        Mechanism::EndOfCuration => "the end of curation",
        Mechanism::Learning => "learning",
    }
}

/// Whether a mechanism's part can be told from chance.
pub(super) fn is_clear(row: &MechanismRow) -> bool {
    row.p_holm.is_some_and(|p_value| p_value < LEVEL)
}

/// Points with their standard error.
pub(super) fn points(part: &PartRow) -> Uncertain {
    Uncertain { estimate: part.points, std_error: part.points_std_error }
}

fn size(part: &PartRow) -> String {
    Uncertain { estimate: part.points.abs(), std_error: part.points_std_error }.text()
}

/// `a`, `a and b`, `a, b and c`.
fn joined(parts: &[String]) -> String {
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// Clear parts in one direction: `6.1 ± 0.9 are due to taste drift, 4.0 ± 0.5 to the end of curation`; the verb and its preposition once.
fn listed(rows: &[&MechanismRow], verb: &str, preposition: &str) -> String {
    let first = |row: &&MechanismRow| format!("{} {verb} {preposition} {}", size(&row.part), words(row.mechanism));
    let next = |row: &&MechanismRow| format!("{} {preposition} {}", size(&row.part), words(row.mechanism));
    let parts: Vec<String> = rows.first().map(first).into_iter().chain(rows.iter().skip(1).map(next)).collect();
    joined(&parts)
}

fn causes(found: &Attribution) -> String {
    let metric = metric_words(&found.metric);
    let percent = |estimate: f64, std_error: Option<f64>| Uncertain { estimate, std_error }.percent().spoken();
    let before = percent(found.active_lift, found.active_lift_std_error);
    let after = percent(found.passive_lift, found.passive_lift_std_error);
    let clear = |sign: f64| found.mechanisms.iter().filter(move |row| is_clear(row) && row.part.points * sign > 0.0);
    let (takes, gives): (Vec<&MechanismRow>, Vec<&MechanismRow>) = (clear(1.0).collect(), clear(-1.0).collect());
    let losses = listed(&takes, "are due", "to");
    let gains = listed(&gives, "are given back", "by");
    let told = match (takes.is_empty(), gives.is_empty()) {
        (true, true) => "no mechanism has a part that can be told from chance".to_owned(),
        (false, true) => losses,
        (true, false) => format!("no mechanism clearly takes any, and {gains}"),
        (false, false) => format!("{losses}, while {gains}"),
    };
    if found.is_loss_clear && found.loss.points > 0.0 {
        let lost = size(&found.loss);
        return format!(
            "Of the {lost} points of lift in {metric} lost after the handoff ({before} % before it, {after} % after), {told}."
        );
    }
    if found.is_loss_clear {
        let (gained, taken) = (listed(&gives, "come", "from"), listed(&takes, "are lost", "to"));
        let told = match (gives.is_empty(), takes.is_empty()) {
            (true, true) => "no mechanism has a part that can be told from chance".to_owned(),
            (true, false) => format!("against them {taken}"),
            (false, true) => gained,
            (false, false) => format!("{gained}, while {taken}"),
        };
        let grown = size(&found.loss);
        return format!(
            "After the handoff the lift in {metric} did not fade but grew by {grown} points ({before} % before it, {after} % after): {told}."
        );
    }
    let lost = points(&found.loss).text();
    format!(
        "The lift in {metric} after the handoff ({after} %) is not clearly different from that before it ({before} %): {lost} points were \
         lost, so there are points but no shares to tell; {told}."
    )
}

fn rest(found: &Attribution) -> String {
    let remainder = &found.remainder;
    let is_sure = remainder.points_conf_low.zip(remainder.points_conf_high).is_some_and(|(low, high)| low > 0.0 || high < 0.0);
    let lead = match (is_sure, remainder.points > 0.0) {
        (true, true) => format!("With every mechanism switched off {} points are still lost", size(remainder)),
        (true, false) => format!("With every mechanism switched off {} points are gained instead", size(remainder)),
        (false, _) => {
            format!("With every mechanism switched off nothing is clearly lost or gained ({} points)", points(remainder).text())
        }
    };
    let unclear: Vec<String> =
        found.mechanisms.iter().filter(|row| !is_clear(row)).map(|row| words(row.mechanism).to_owned()).collect();
    if unclear.is_empty() || unclear.len() == found.mechanisms.len() {
        return format!("{lead}.");
    }
    let verb = if unclear.len() == 1 { "has" } else { "have" };
    format!("{lead}; {} {verb} no part that can be told from chance.", joined(&unclear))
}
