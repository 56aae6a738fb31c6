//! Words for people: metrics, estimators, months, and the two plain sentences of an arm. No numbers are computed here.

use super::contents::{Cell, Report, ResultRow, Volume};
use super::context::PhaseNote;
use super::number::{Uncertain, fixed, significant};
use crate::experiment::{DecayRow, rests_on_pre_period};

/// A metric as a reader knows it: `direct app opens`.
pub(crate) fn metric_words(metric: &str) -> String {
    if let Some(vertical) = metric.strip_prefix("conversions:") {
        return format!("conversions ({})", vertical.replace('_', " "));
    }
    match metric {
        "lapsed" => "lapsed customers".to_owned(),
        "messages" => "messages sent".to_owned(),
        other => other.replace('_', " "),
    }
}

/// What one unit of the metric's mean is counted per.
pub(crate) fn per_unit(metric: &str) -> &'static str {
    if metric == "direct_opens_per_message" { "" } else { " per customer" }
}

/// An estimator as a reader knows it.
pub(crate) fn estimator_words(estimator: &str) -> String {
    match estimator {
        "cuped" => "CUPED".to_owned(),
        "ancova" => "ANCOVA".to_owned(),
        "lin" => "Lin's regression".to_owned(),
        "ml_rate" => "ML-RATE".to_owned(),
        "two_way_fixed_effects" => "two-way fixed effects".to_owned(),
        "truth" => "the truth (twins)".to_owned(),
        other => other.replace('_', " "),
    }
}

/// A short mark for an estimator in a narrow column.
pub(crate) fn estimator_mark(estimator: &str) -> String {
    match estimator {
        "difference_in_means" => "DIM".to_owned(),
        "difference_in_differences" => "DID".to_owned(),
        "cuped" => "CUPED".to_owned(),
        "ancova" => "ANCOVA".to_owned(),
        "lin" => "Lin".to_owned(),
        "ml_rate" => "ML-RATE".to_owned(),
        "two_way_fixed_effects" => "TWFE".to_owned(),
        other => other.to_owned(),
    }
}

/// A half-life in months with its interval, or why there is none.
pub(crate) fn half_life_words(row: &DecayRow) -> String {
    match (row.half_life_months, row.identification.as_str()) {
        (Some(months), _) => {
            let (low, high) = (row.half_life_months_conf_low, row.half_life_months_conf_high);
            let end = |end: Option<f64>| end.map_or("open".to_owned(), |months| significant(months, 2));
            if row.not_identified_share.is_none() {
                return significant(months, 2);
            }
            format!("{} [{}, {}]", significant(months, 2), end(low), end(high))
        }
        (None, "too_slow") => "not identified: no plateau in sight".to_owned(),
        (None, "too_fast") => "not identified: over within a month".to_owned(),
        (None, "open") => "not identified: open at both ends".to_owned(),
        (None, "flat") => "not identified: no decay".to_owned(),
        (None, _) => "not identified".to_owned(),
    }
}

/// Why some estimators have no estimate in this trial; `None` where all have one.
pub(crate) fn absence_words(report: &Report) -> Option<String> {
    let is_absent = |name: &&String| name.parse().is_ok_and(rests_on_pre_period);
    let absent: Vec<String> = report.estimators.iter().filter(is_absent).map(|name| estimator_words(name)).collect();
    (report.context.pre_period_days == 0 && !absent.is_empty()).then(|| {
        format!("No estimate by {}: without a pre-period there is nothing to set the outcome against.", absent.join(" or by "))
    })
}

/// `month 3` or `months 1–4`, for months `first..end` counted from 0.
pub(crate) fn month_span(first: u32, end: u32) -> String {
    if end == first + 1 { format!("month {end}") } else { format!("months {}–{end}", first + 1) }
}

/// The first letter as a capital.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// That replicates vary the world, and over which fields; empty where they do not.
pub(crate) fn varied_words(fields: &[String]) -> String {
    match fields.split_last() {
        None => String::new(),
        Some((last, before)) => {
            let listed = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
            format!(
                "Replicates also vary the world: each draws its own {listed} (uncertainty.csv), so spreads and standard errors \
                 also hold what is not known about {}.",
                if before.is_empty() { "it" } else { "them" }
            )
        }
    }
}

/// A text as one word of a shell's command line.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || "_-.,:/+=".contains(letter));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The words of a text as a line break may separate them: a percent sign stays with its number.
pub(crate) fn unbroken(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(number) if word.starts_with('%') => {
                number.push(' ');
                number.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// What an arm did, and at what message volume, in two plain sentences.
pub(super) fn two_sentences(report: &Report, arm: &str) -> [String; 2] {
    let Some(metric) = report.shown_metrics().first().copied() else {
        return [format!("The {arm} arm has no results."), volume_sentence(report, arm)];
    };
    [lift_sentence(report, metric, arm), volume_sentence(report, arm)]
}

fn lift_sentence(report: &Report, metric: &str, arm: &str) -> String {
    let control = report.context.control();
    let rows = || report.context.phases.iter().filter_map(|phase| report.main_row(Cell { metric, window: &phase.name, arm }));
    if report.context.phases.len() > 1 && rows().count() > 0 && rows().all(|row| !difference_words(report, row, false).1) {
        let span = month_span(0, report.context.months());
        return format!("The {arm} arm had no measurable change in {} in any phase ({span}).", metric_words(metric));
    }
    let mut parts: Vec<String> = Vec::new();
    let mut compared = false;
    for phase in &report.context.phases {
        let row = report.main_row(Cell { metric, window: &phase.name, arm });
        let (mut words, is_difference) =
            row.map_or(("no results".to_owned(), false), |row| difference_words(report, row, compared));
        if is_difference && !compared {
            words.push_str(&format!("{} than the {control} arm", per_unit(metric)));
            compared = true;
        }
        let when = phase_words(report, arm, phase);
        parts.push(if parts.is_empty() { format!("{when}, the {arm} arm had {words}") } else { format!("{when}, {words}") });
    }
    let ending = month_by_month_words(report, metric, arm);
    let all = format!("{}{}.", parts.join("; "), ending.unwrap_or_default());
    // One trial has no Monte-Carlo error: nothing tells its numbers from chance.
    if report.run.replicates == 1 { format!("In one trial alone, chance included: {all}") } else { capitalised(&all) }
}

/// From the last month with people to the last of all: while agents learn the lift climbs, afterwards it fades, so means of phases hide
/// how far it has come down. Nothing for an arm that people never left, or where neither month can be told from zero.
fn month_by_month_words(report: &Report, metric: &str, arm: &str) -> Option<String> {
    let handoff = report.context.treated().find(|note| note.name == arm).and_then(|note| report.context.handoff_of(note))?;
    let lift_in = |month: u32| {
        let row = report.main_row(Cell { metric, window: &format!("month_{month:02}"), arm });
        let lift = row.and_then(ResultRow::lift_percent)?;
        Some(lift.is_clear(report.run.replicates).then(|| signed_percent(lift)))
    };
    let last = report.context.months();
    let nothing = || "none that could be told from zero".to_owned();
    let (before, after) = (lift_in(handoff)?, lift_in(last)?);
    let is_known = before.is_some() || after.is_some();
    let (before, after) = (before.unwrap_or_else(nothing), after.unwrap_or_else(nothing));
    is_known.then(|| format!(": from {before} in month {handoff}, the last with people, it came to {after} in month {last}"))
}

/// `+105 %` or `−11.9 %`.
fn signed_percent(lift: Uncertain) -> String {
    format!("{}{} %", if lift.estimate > 0.0 { "+" } else { "" }, lift.spoken())
}

/// Where, in time and in terms of who was there.
fn phase_words(report: &Report, arm: &str, phase: &PhaseNote) -> String {
    let context = &report.context;
    let span = month_span(phase.first, phase.end);
    let note = context.treated().find(|note| note.name == arm);
    let is_agent = note.is_some_and(|note| note.is_agent);
    if !is_agent {
        return format!("in the {} phase ({span})", phase.name);
    }
    let is_curated = |phase: &PhaseNote| note.is_some_and(|note| note.has_people(phase));
    let had_people = context.phases.iter().any(|earlier| earlier.end <= phase.first && is_curated(earlier));
    let previous = context.phases.iter().find(|earlier| earlier.end == phase.first);
    let is_like_previous = previous.is_some_and(|previous| is_curated(previous) == is_curated(phase));
    match (is_curated(phase), had_people) {
        (true, _) if is_like_previous => format!("still with people ({span})"),
        (false, _) if is_like_previous => format!("later ({span})"),
        (true, _) => format!("while people curated the library ({span})"),
        (false, true) => format!("after the people had left ({span})"),
        (false, false) => format!("with no people involved ({span})"),
    }
}

/// `65.3 % more direct app opens`, and whether this states a difference; later mentions leave the metric out.
fn difference_words(report: &Report, row: &ResultRow, is_later: bool) -> (String, bool) {
    let replicates = report.run.replicates;
    let metric = metric_words(&row.effect.metric);
    let noun = if is_later { String::new() } else { format!(" {metric}") };
    match row.lift_percent() {
        Some(lift) if lift.is_clear(replicates) => {
            let direction = if lift.estimate > 0.0 { "more" } else { less(&row.effect.metric) };
            let size = Uncertain { estimate: lift.estimate.abs(), ..lift };
            (format!("{} % {direction}{noun}", size.spoken()), true)
        }
        Some(_) => (format!("no measurable change in {metric}"), false),
        None => match row.effect_per_customer().filter(|effect| effect.is_clear(replicates)) {
            Some(effect) => {
                let direction = if effect.estimate > 0.0 { "more" } else { less(&row.effect.metric) };
                let size = Uncertain { estimate: effect.estimate.abs(), ..effect };
                (format!("{} {direction}{noun}", size.spoken()), true)
            }
            None => (format!("no measurable change in {metric}"), false),
        },
    }
}

fn less(metric: &str) -> &'static str {
    if matches!(metric, "revenue" | "margin" | "discount_spend") { "less" } else { "fewer" }
}

fn volume_sentence(report: &Report, arm: &str) -> String {
    let control = report.context.control();
    let Some(volume) = report.volume(arm, "trial") else {
        return "How many messages were sent is not recorded.".to_owned();
    };
    let sent =
        format!("{} messages per customer over the trial against {}", volume_number(volume.arm), volume_number(volume.versus));
    match relative_volume(volume) {
        None if volume.arm == 0.0 => format!("Neither the {arm} arm nor the {control} arm sent messages."),
        None => format!(
            "The {arm} arm sent {} messages per customer over the trial, the {control} arm none.",
            volume_number(volume.arm)
        ),
        Some(ratio) if ratio.abs() <= 0.1 => {
            format!("Message volume was about the same: {sent} in the {control} arm ({}).", volume_difference(ratio))
        }
        Some(ratio) => format!(
            "Message volume was not the same: {sent} in the {control} arm ({}), so part of any difference may come from volume.",
            volume_difference(ratio)
        ),
    }
}

/// Messages per customer, short.
pub(crate) fn volume_number(messages: f64) -> String {
    significant(messages, 3)
}

/// Volume of the arm relative to the other, minus 1; `None` if the other sent nothing.
pub(crate) fn relative_volume(volume: Volume) -> Option<f64> {
    (volume.versus > 0.0).then(|| volume.arm / volume.versus - 1.0)
}

fn volume_difference(ratio: f64) -> String {
    let percent = fixed(ratio.abs() * 100.0, if ratio.abs() < 0.1 { 1 } else { 0 });
    if percent.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        "no difference".to_owned()
    } else if ratio > 0.0 {
        format!("{percent} % more")
    } else {
        format!("{percent} % fewer")
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn a_word_for_the_shell_is_quoted_where_it_must_be() {
        assert_eq!(["abc", "", "a b", "it's", "#N/A"].map(shell_word), ["abc", "''", "'a b'", r"'it'\''s'", "'#N/A'"]);
    }
}
