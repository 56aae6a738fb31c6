//! One comparison in words: an outcome in one arm against control.

use super::super::check_words::arm_of;
use super::super::records::{CheckRow, EffectRow, TrialReport};
use super::super::words::{joined, p_words};
use crate::report::number::{Uncertain, decimals_for, fixed};

/// The difference without any judgement.
pub(super) fn bare(row: &EffectRow, report: &TrialReport, arm: usize) -> String {
    let design = &report.design;
    let decimals = row.std_error.map_or(2, |error| decimals_for(error, 2));
    format!(
        "{} differed by {} between {} and {}",
        outcome_words(row, report),
        fixed(row.effect, decimals),
        arm_of(design, arm),
        arm_of(design, 0)
    )
}

/// Names of the compared arms in a sentence. Where an outcome's losses were told, arms are called by their values: what is left of them is
/// not what was assigned.
struct Arms {
    treated: String,
    control: String,
    /// Whether units are left out.
    is_partial: bool,
}

/// An outcome as a sentence names it: what it is a mean of, and what was done to its values.
fn outcome_words(row: &EffectRow, report: &TrialReport) -> String {
    let design = &report.design;
    let what = if design.ratios.contains(&row.outcome) { "the ratio" } else { "mean" };
    let capped = if design.winsorize.is_some() { " (capped)" } else { "" };
    let filled = if design.filled.contains(&row.outcome) { " (blanks as 0)" } else { "" };
    format!("{what} `{}`{capped}{filled}", row.outcome)
}

/// Whether an estimate says no more than that nothing was found.
pub(super) fn is_plainly_unclear(row: &EffectRow, report: &TrialReport) -> bool {
    let has_own_rule = row.df.is_none() || row.margin_holds.is_some() || row.randomization_p_value.is_some();
    let below = |p_value: Option<f64>| p_value.is_some_and(|p_value| p_value < 1.0 - report.design.level);
    !has_own_rule && !below(row.p_value) && report.design.alternative == "two-sided"
}

/// Several arms of one outcome that cannot be told apart from control.
pub(super) fn unclear_together(
    row: &EffectRow,
    report: &TrialReport,
    (arms, is_partial): (&[usize], bool),
    doubts: &[String],
) -> String {
    let design = &report.design;
    let name = |arm: usize| if is_partial { arm_of(design, arm) } else { design.arm_words(arm).to_owned() };
    let names: Vec<String> = arms.iter().map(|arm| name(*arm)).collect();
    let what = outcome_words(row, report);
    let lost = lost_words(doubts);
    if arms.len() + 1 == design.compared_arms() && arms.len() > 3 {
        return format!("{what} in none of the {} arms can be told apart from that in {}{lost}", arms.len(), name(0));
    }
    format!("{what} in {} cannot be told apart from that in {}{lost}", joined(&names, "or"), name(0))
}

/// That arms lost units differently, for an outcome in which nothing was found: that may hide an effect as well as make one.
fn lost_words(doubts: &[String]) -> String {
    let lost = doubts.iter().find(|doubt| doubt.as_str() == "the arms lost units differently");
    lost.map(|doubt| format!(", but {doubt}")).unwrap_or_default()
}

/// What the trial says about one comparison.
pub(super) fn words(row: &EffectRow, report: &TrialReport, (arm, doubts, is_partial): (usize, &[String], bool)) -> String {
    let design = &report.design;
    let name = |arm: usize| if is_partial { arm_of(design, arm) } else { design.arm_words(arm).to_owned() };
    let arms = Arms { treated: name(arm), control: name(0), is_partial };
    if row.df.is_none() {
        let is_flat = |check: &CheckRow| {
            matches!(check.name, "constant_outcome" | "no_variation_within_arms") && check.column.as_deref() == Some(&row.outcome)
        };
        if !report.checks.iter().any(is_flat) {
            let name = &row.outcome;
            return format!(
                "`{name}` follows exactly from the columns adjusted for, so nothing can be said: is one of them a copy of it?"
            );
        }
        return without_interval(row, &arms);
    }
    if let Some(p_value) = row.randomization_p_holm.or(row.randomization_p_value) {
        return by_randomization(row, report, (&arms, doubts), p_value);
    }
    if let Some(holds) = row.margin_holds {
        return of_margin(row, report, (&arms, doubts), holds);
    }
    if design.margin.is_some() {
        return format!(
            "{}, and a margin in % of the control mean means nothing where that mean is not above zero: give it in units of the outcome",
            bare(row, report, arm)
        );
    }
    let is_clear = row.p_holm.or(row.p_value).is_some_and(|p_value| p_value < 1.0 - design.level);
    let interval = interval_words(row, report);
    let (what, treated, control) = (outcome_words(row, report), &arms.treated, &arms.control);
    if is_clear {
        let conclusion = conclusion(report, doubts, arms.is_partial);
        return format!("{what} was {} in {treated} than in {control} ({interval}), {conclusion}", size_words(row));
    }
    // One interval may leave out zero where all outcomes together are not clear.
    let alone = row.p_value.is_some_and(|p_value| p_value < 1.0 - design.level);
    let family = match row.p_holm.filter(|_| alone) {
        Some(p_value) => format!("; leaves out zero by itself, but not counting all outcomes, {}", p_words(p_value)),
        None => String::new(),
    };
    let lost = lost_words(doubts);
    match design.alternative {
        "greater" => format!("{what} is not shown to be higher in {treated} than in {control} ({interval}{family}){lost}"),
        "less" => format!("{what} is not shown to be lower in {treated} than in {control} ({interval}{family}){lost}"),
        _ => format!("{what} in {treated} cannot be told apart from that in {control} ({interval}{family}){lost}"),
    }
}

fn without_interval(row: &EffectRow, arms: &Arms) -> String {
    let name = &row.outcome;
    let (control, treated) = (row.control_mean_unadjusted, row.treatment_mean_unadjusted);
    if row.effect == 0.0 || control == treated {
        return format!("`{name}` does not vary, so nothing can be said about it");
    }
    format!(
        "every unit in {} has a `{name}` of {} and every unit in {} one of {}: nothing varies within the arms, so no interval can be drawn \
         around the difference, and it may well be how the column was made",
        arms.control,
        short(control),
        arms.treated,
        short(treated)
    )
}

fn short(value: f64) -> String {
    crate::report::number::significant(value, 4)
}

/// `more than chance explains`, unless something else may.
fn conclusion(report: &TrialReport, doubts: &[String], is_partial: bool) -> String {
    if doubts.is_empty() {
        let several = (report.outcomes().len() > 1, report.design.compared_arms() > 2);
        let family = match several {
            (false, false) => "",
            (true, false) => ", also counting all outcomes",
            (false, true) => ", also counting all arms",
            (true, true) => ", also counting all arms and outcomes",
        };
        let among = if is_partial { " among those" } else { "" };
        return format!("more than chance explains{among}{family}");
    }
    format!("but {}: that is no proof of an effect", joined(doubts, "and"))
}

fn by_randomization(row: &EffectRow, report: &TrialReport, (arms, doubts): (&Arms, &[String]), p_value: f64) -> String {
    let all = match (row.randomization_is_exact, row.randomization_assignments) {
        (Some(true), Some(assignments)) => format!(", exact over {} assignments", crate::report::number::count(assignments)),
        _ => String::new(),
    };
    let what = match row.randomization_of {
        Some("clusters") => format!("randomisation of whole clusters{all}"),
        _ => format!("randomisation{all}"),
    };
    let p_value_words = p_words(p_value);
    let (outcome, treated, control) = (outcome_words(row, report), &arms.treated, &arms.control);
    if p_value < 1.0 - report.design.level {
        let conclusion = conclusion(report, doubts, arms.is_partial);
        return format!(
            "{outcome} was {} in {treated} than in {control} ({p_value_words} by {what}), {conclusion}",
            size_words(row)
        );
    }
    let lost = lost_words(doubts);
    match report.design.alternative {
        "greater" => {
            format!("{outcome} is not shown to be higher in {treated} than in {control} ({p_value_words} by {what}){lost}")
        }
        "less" => format!("{outcome} is not shown to be lower in {treated} than in {control} ({p_value_words} by {what}){lost}"),
        _ => format!("{outcome} in {treated} cannot be told apart from that in {control} ({p_value_words} by {what}){lost}"),
    }
}

fn of_margin(row: &EffectRow, report: &TrialReport, (arms, doubts): (&Arms, &[String]), holds: bool) -> String {
    let design = &report.design;
    let margin = design.margin.unwrap_or_default();
    let size = if design.margin_is_relative {
        format!(
            "{} %",
            fixed(
                margin.abs() * 100.0,
                decimals_for(margin.abs() * 100.0, 1).max(usize::from(margin.abs() * 100.0 % 1.0 != 0.0))
            )
        )
    } else {
        fixed(margin.abs(), decimals_for(margin.abs(), 2))
    };
    let side = if margin < 0.0 { "lower" } else { "higher" };
    let (what, treated, control) = (outcome_words(row, report), &arms.treated, &arms.control);
    let interval = if design.margin_is_relative { interval_words(row, report) } else { absolute_interval(row, report) };
    let p_value = row.margin_p_value.map(|p_value| format!("; {} one-sided", p_words(p_value))).unwrap_or_default();
    let found = format!("{what} was {} in {treated} than in {control} ({interval}{p_value})", size_words(row));
    // The end of the interval on the far side of the margin: beyond it, the loss is larger than would be accepted.
    let ends = if design.margin_is_relative { [row.lift_conf_low, row.lift_conf_high] } else { [row.conf_low, row.conf_high] };
    let is_beyond =
        if margin < 0.0 { ends[1].is_some_and(|high| high < margin) } else { ends[0].is_some_and(|low| low > margin) };
    let verdict = match (holds, is_beyond) {
        (true, _) => format!("not {side} by {size} or more, so non-inferior within that margin"),
        (false, true) => format!("{side} by more than {size}, so worse than that margin allows"),
        (false, false) => format!("it may be {side} by {size} or more, so non-inferiority within that margin is not shown"),
    };
    if doubts.is_empty() || !(holds || is_beyond) {
        format!("{found}: {verdict}")
    } else {
        format!("{found}: {verdict}, but {}: that is no proof", joined(doubts, "and"))
    }
}

/// `19 % higher`, or the difference itself where there is no lift.
fn size_words(row: &EffectRow) -> String {
    let direction = if row.effect > 0.0 { "higher" } else { "lower" };
    let spread = row.lift.and_then(|lift| {
        let ends = [row.lift_conf_low, row.lift_conf_high].into_iter().flatten();
        ends.map(|end| (end - lift).abs()).reduce(f64::max)
    });
    match (row.lift, spread) {
        (Some(lift), Some(spread)) => {
            let size = Uncertain { estimate: lift.abs() * 100.0, std_error: Some(spread * 50.0) }.spoken();
            format!("{size} % {direction}")
        }
        _ => format!("{} {direction}", fixed(row.effect.abs(), row.std_error.map_or(2, |error| decimals_for(error, 2)))),
    }
}

/// `95 % interval 10 % to 28 %`, of the lift where it has one; one end only where the other was not asked for.
fn interval_words(row: &EffectRow, report: &TrialReport) -> String {
    if row.lift.is_none() || !matches!(row.lift_interval, "bounded" | "one_sided") {
        return absolute_interval(row, report);
    }
    let ends = [row.lift_conf_low, row.lift_conf_high];
    let shown = ends.into_iter().flatten();
    // An end that is not zero must not be shown as zero.
    let needed = shown.clone().map(|end| decimals_for(end * 100.0, 1)).max().unwrap_or(0);
    let spread = shown.map(|end| (end - row.lift.unwrap_or_default()).abs()).fold(0.0, f64::max) * 50.0;
    let decimals = (usize::from(spread < 1.0) + usize::from(spread < 0.1)).max(needed.min(2));
    spelt(report, ends.map(|end| end.map(|end| format!("{} %", fixed(end * 100.0, decimals)))))
}

fn absolute_interval(row: &EffectRow, report: &TrialReport) -> String {
    let decimals = row.std_error.map_or(2, |error| decimals_for(error, 2));
    let of_difference = [row.conf_low, row.conf_high].map(|end| end.map(|end| fixed(end, decimals)));
    spelt(report, of_difference).replacen("interval", "interval of the difference", 1)
}

fn spelt(report: &TrialReport, ends: [Option<String>; 2]) -> String {
    let percent = fixed(report.design.level * 100.0, crate::report::trial::words::level_decimals(report.design.level));
    match ends {
        [Some(low), Some(high)] => format!("{percent} % interval {low} to {high}"),
        [Some(low), None] => format!("one-sided {percent} % interval from {low}"),
        [None, Some(high)] => format!("one-sided {percent} % interval up to {high}"),
        [None, None] => "no interval".to_owned(),
    }
}
