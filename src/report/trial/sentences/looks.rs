//! Sentences of a trial that is looked at while units arrive: the always-valid rule decides, whatever the ordinary interval says.

use super::super::records::{LookRow, TrialReport};
use super::super::words::{joined, p_words};
use crate::report::number::{decimals_for, fixed};
use crate::report::wording::capitalised;

/// What is said of an outcome besides its looks: who is left out, and what speaks against reading an effect.
pub(super) struct Reservations {
    pub(super) loss: Option<String>,
    pub(super) doubts: Vec<String>,
}

/// Two sentences where only looks are known.
pub(in crate::report::trial) fn of_looks(report: &TrialReport) -> Vec<String> {
    with_reservations(report, &|_, _| Reservations { loss: None, doubts: Vec::new() })
}

/// Two sentences: what holds however often one looks, and what the ordinary interval would have said; by outcome and arm with what else is
/// known of them.
pub(super) fn with_reservations(report: &TrialReport, of: &dyn Fn(&str, &str) -> Reservations) -> Vec<String> {
    if report.looks.is_empty() {
        return Vec::new();
    }
    let alpha = 1.0 - report.design.level;
    let mut series: Vec<(&str, &str)> = report.looks.iter().map(|look| (look.outcome.as_str(), look.arm.as_str())).collect();
    series.dedup();
    let looks = |of: &(&str, &str)| -> Vec<&LookRow> {
        report.looks.iter().filter(|look| (look.outcome.as_str(), look.arm.as_str()) == *of).collect()
    };
    let several = series.len() > 1;
    let said = |series: &(&str, &str)| verdict(&looks(series), report, (alpha, several), &of(series.0, series.1));
    let found: Vec<String> = series.iter().map(said).collect();
    let naive = report.looks.iter().filter(|look| look.p_value.is_some_and(|p_value| p_value < alpha)).count();
    let total = report.looks.len();
    let ordinary =
        format!("The ordinary interval, which holds for one planned look only, excludes zero at {naive} of {total} looks.");
    vec![format!("{}.", capitalised(&found.join("; "))), ordinary]
}

fn verdict(looks: &[&LookRow], report: &TrialReport, (alpha, several): (f64, bool), reservations: &Reservations) -> String {
    let verdict = by_looks(looks, report, (alpha, several), &reservations.doubts);
    match &reservations.loss {
        Some(loss) => format!("{loss}; {verdict}"),
        None => verdict,
    }
}

fn by_looks(looks: &[&LookRow], report: &TrialReport, (alpha, several): (f64, bool), doubts: &[String]) -> String {
    let Some(last) = looks.last() else { return "there is no look".to_owned() };
    let p_value = |look: &LookRow| look.always_valid_p_holm.or(look.always_valid_p_value);
    let of = match (last.outcome.as_str(), several || !report.effects.is_empty()) {
        ("outcome", _) | (_, false) => String::new(),
        (outcome, true) if report.design.compared_arms() > 2 => format!(" on `{outcome}` in {}", last.arm),
        (outcome, true) => format!(" on `{outcome}`"),
    };
    if let Some(look) = looks.iter().find(|look| p_value(look).is_some_and(|p_value| p_value < alpha)) {
        let when = format!(
            "looking as often as one likes, {}{of} first shows at look {}",
            if doubts.is_empty() { "an effect" } else { "a difference" },
            look.look
        );
        let size = look.effect.zip(look.always_valid_low.zip(look.always_valid_high)).map(|(effect, (low, high))| {
            let decimals = look.std_error.map_or(2, |error| decimals_for(error, 2));
            let direction = if effect > 0.0 { "higher" } else { "lower" };
            let (control, treated) =
                (report.design.control_words(), if several { look.arm.clone() } else { report.design.treated_words() });
            let percent = fixed(report.design.level * 100.0, 0);
            format!(
                ", where the mean was {} {direction} in {treated} than in {control} (always-valid {percent} % interval {} to {})",
                fixed(effect.abs(), decimals),
                fixed(low, decimals),
                fixed(high, decimals)
            )
        });
        let doubt = if doubts.is_empty() {
            String::new()
        } else {
            format!(", but {}: that is no proof of an effect", joined(doubts, "and"))
        };
        return format!("{when}{}{doubt}", size.unwrap_or_default());
    }
    let decimals = last.std_error.map_or(2, |error| decimals_for(error, 2));
    let interval = last
        .always_valid_low
        .zip(last.always_valid_high)
        .map(|(low, high)| {
            let percent = fixed(report.design.level * 100.0, 0);
            format!(" (always-valid {percent} % interval {} to {}", fixed(low, decimals), fixed(high, decimals))
        })
        .unwrap_or_else(|| " (no interval yet".to_owned());
    let p_value = p_value(last).map(|p_value| format!("; {}", p_words(p_value))).unwrap_or_default();
    format!("looking as often as one likes, no effect{of} shows up to look {}{interval}{p_value})", last.look)
}
