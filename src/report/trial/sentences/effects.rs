//! One comparison in words: an outcome in one arm against control.

use super::super::check_words::arm_of;
use super::super::records::{EffectRow, TrialReport};
use super::super::words::{joined, p_words};
use crate::report::number::{Uncertain, decimals_for, fixed};

/// The difference without any judgement.
pub(super) fn bare(row: &EffectRow, report: &TrialReport, arm: usize) -> String {
    let design = &report.design;
    let decimals = row.std_error.map_or(2, |error| decimals_for(error, 2));
    format!(
        "mean `{}` differed by {} between {} and {}",
        row.outcome,
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

/// What the trial says about one comparison.
pub(super) fn words(row: &EffectRow, report: &TrialReport, (arm, doubts, is_partial): (usize, &[String], bool)) -> String {
    let design = &report.design;
    let name = |arm: usize| if is_partial { arm_of(design, arm) } else { design.arm_words(arm).to_owned() };
    let arms = Arms { treated: name(arm), control: name(0), is_partial };
    if row.df.is_none() {
        return without_interval(row, &arms);
    }
    if let Some(p_value) = row.randomization_p_holm.or(row.randomization_p_value) {
        return by_randomization(row, report, (&arms, doubts), p_value);
    }
    if let Some(holds) = row.margin_holds {
        return of_margin(row, report, (&arms, doubts), holds);
    }
    let is_clear = row.p_holm.or(row.p_value).is_some_and(|p_value| p_value < 1.0 - design.level);
    let interval = interval_words(row, report);
    let (treated, control) = (&arms.treated, &arms.control);
    if is_clear {
        return format!(
            "mean `{}` was {} in {treated} than in {control} ({interval}), {}",
            row.outcome,
            size_words(row),
            conclusion(report, doubts, arms.is_partial)
        );
    }
    let name = &row.outcome;
    // One interval may leave out zero where all outcomes together are not clear.
    let alone = row.p_value.is_some_and(|p_value| p_value < 1.0 - design.level);
    let family = match row.p_holm.filter(|_| alone) {
        Some(p_value) => format!("; leaves out zero by itself, but not counting all outcomes, {}", p_words(p_value)),
        None => String::new(),
    };
    match design.alternative {
        "greater" => format!("mean `{name}` is not shown to be higher in {treated} than in {control} ({interval}{family})"),
        "less" => format!("mean `{name}` is not shown to be lower in {treated} than in {control} ({interval}{family})"),
        _ => format!("mean `{name}` in {treated} cannot be told apart from that in {control} ({interval}{family})"),
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
    if p_value < 1.0 - report.design.level {
        return format!(
            "mean `{}` was {} in {} than in {} ({p_value_words} by {what}), {}",
            row.outcome,
            size_words(row),
            arms.treated,
            arms.control,
            conclusion(report, doubts, arms.is_partial)
        );
    }
    format!(
        "mean `{}` in {} cannot be told apart from that in {} ({p_value_words} by {what})",
        row.outcome, arms.treated, arms.control
    )
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
    let (name, treated, control) = (&row.outcome, &arms.treated, &arms.control);
    let claim = format!("mean `{name}` in {treated} is not {side} than in {control} by {size} or more");
    let interval = if design.margin_is_relative { interval_words(row, report) } else { absolute_interval(row, report) };
    let p_value = row.margin_p_value.map(|p_value| format!("; {} one-sided", p_words(p_value))).unwrap_or_default();
    match (holds, doubts.is_empty()) {
        (true, true) => format!("{claim} ({interval}{p_value}): non-inferior within that margin"),
        (true, false) => format!("{claim} ({interval}{p_value}), but {}: that is no proof", joined(doubts, "and")),
        (false, _) => format!(
            "mean `{name}` in {treated} may be {side} than in {control} by {size} or more ({interval}{p_value}): non-inferiority within that \
             margin is not shown"
        ),
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
