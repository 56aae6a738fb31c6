//! The plain sentences that come first: what the trial says and what that rests on. No numbers are computed here.

use super::records::{EffectRow, TrialReport};
use crate::report::number::{Uncertain, count, decimals_for, fixed};
use crate::report::wording::{capitalised, estimator_words};

/// Most outcomes that sentences name.
const MOST_NAMED: usize = 3;

/// `p = 0.021`.
pub(super) fn p_words(p_value: f64) -> String {
    if p_value < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", p_text(p_value)) }
}

/// `0.021`, `< 0.001`.
pub(super) fn p_text(p_value: f64) -> String {
    if p_value < 0.001 {
        "< 0.001".to_owned()
    } else if p_value < 0.1 {
        fixed(p_value, 3)
    } else {
        fixed(p_value, 2)
    }
}

/// Two sentences on the effects.
pub(super) fn of_effects(report: &TrialReport) -> Vec<String> {
    let outcomes = report.outcomes();
    let rows: Vec<&EffectRow> = outcomes.iter().filter_map(|outcome| report.main_row(outcome)).collect();
    if rows.is_empty() {
        return vec!["No estimator could say anything about this trial; the reasons stand below.".to_owned()];
    }
    let several = rows.len() > 1;
    let mut parts: Vec<String> = rows.iter().take(MOST_NAMED).map(|row| effect_words(row, report, several)).collect();
    if rows.len() > MOST_NAMED {
        parts.push(format!("{} more outcomes stand in the table", rows.len() - MOST_NAMED));
    }
    vec![format!("{}.", capitalised(&parts.join("; "))), rests_on(report, rows[0])]
}

fn effect_words(row: &EffectRow, report: &TrialReport, several: bool) -> String {
    let design = &report.design;
    let (name, treated, control) = (&row.outcome, design.treated_words(), design.control_words());
    let percent = fixed(design.level * 100.0, 0);
    let Some((low, high)) = row.conf_low.zip(row.conf_high) else {
        return format!("`{name}` does not vary around its mean, so nothing can be said about it");
    };
    let is_clear = row.p_holm.or(row.p_value).is_some_and(|p_value| p_value < 1.0 - design.level);
    let (size, interval) = match (row.lift, row.lift_conf_low.zip(row.lift_conf_high)) {
        (Some(lift), Some((low, high))) if row.control_mean > 0.0 => {
            let spread = (high - low) * 25.0;
            let size = Uncertain { estimate: lift.abs() * 100.0, std_error: Some(spread) }.spoken();
            // An end that is not zero must not be shown as zero.
            let needed = [low, high].into_iter().map(|end| decimals_for(end * 100.0, 1)).max().unwrap_or(0);
            let decimals = (usize::from(spread < 1.0) + usize::from(spread < 0.1)).max(needed.min(2));
            (format!("{size} %"), format!("{} % to {} %", fixed(low * 100.0, decimals), fixed(high * 100.0, decimals)))
        }
        _ => {
            let decimals = decimals_for(row.std_error, 2);
            (fixed(row.effect.abs(), decimals), format!("{} to {}", fixed(low, decimals), fixed(high, decimals)))
        }
    };
    let direction = if row.effect > 0.0 { "higher" } else { "lower" };
    if is_clear {
        let family = if several { ", also counting all outcomes" } else { "" };
        format!(
            "mean `{name}` was {size} {direction} in {treated} than in {control} ({percent} % interval {interval}), more than chance explains{family}"
        )
    } else {
        format!("mean `{name}` in {treated} cannot be told apart from that in {control} ({percent} % interval {interval})")
    }
}

fn rests_on(report: &TrialReport, row: &EffectRow) -> String {
    let design = &report.design;
    let by = estimator_words(row.estimator.as_str());
    let clusters = design.n_clusters.map(|clusters| format!(" in {} clusters", count(clusters))).unwrap_or_default();
    let verdicts = |wanted: &str| report.checks.iter().filter(|check| check.verdict == wanted).count();
    let checks = match (verdicts("failed"), verdicts("warning")) {
        (0, 0) if verdicts("passed") == 0 => "no check of the trial itself could be made".to_owned(),
        (0, 0) => "no check gives reason to doubt the trial".to_owned(),
        (0, 1) => "but one check below warns: read it first".to_owned(),
        (0, more) => format!("but {more} checks below warn: read them first"),
        _ => "but the sizes of the arms are wrong: do not use these numbers before the reason is found".to_owned(),
    };
    format!(
        "This rests on {} {} and {} {} units{clusters} and on {by}; {checks}.",
        count(row.n_control),
        design.control_words(),
        count(row.n_treatment),
        design.treated_words()
    )
}

/// Two sentences where only looks are known.
pub(super) fn of_looks(report: &TrialReport) -> Vec<String> {
    let Some(last) = report.looks.last() else { return Vec::new() };
    let alpha = 1.0 - report.design.level;
    let first = report.looks.iter().find(|look| look.always_valid_p_value.is_some_and(|p_value| p_value < alpha));
    let naive = report.looks.iter().filter(|look| look.p_value.is_some_and(|p_value| p_value < alpha)).count();
    let found = match first {
        Some(look) => format!("Looking as often as one likes, an effect shows from look {} on.", look.look),
        None => format!("Looking as often as one likes, no effect shows up to look {}.", last.look),
    };
    let total = report.looks.len();
    let ordinary =
        format!("The ordinary interval, which holds for one planned look only, excludes zero at {naive} of {total} looks.");
    vec![found, ordinary]
}
