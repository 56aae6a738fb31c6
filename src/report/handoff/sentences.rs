//! The verdict in two plain sentences: which timing is worth most, and how that goes with the lift it keeps.

use crate::experiment::{BestTiming, Handoff, TimingRow};
use crate::report::number::{Uncertain, fixed, money, money_unit_for};
use crate::report::wording::metric_words;

/// Two sentences for a strategist.
pub(super) fn verdict(found: &Handoff) -> [String; 2] {
    [worth(found), lift(found)]
}

/// The row of a timing. Best timings come from the rows, so there is one; the first stands in for none.
pub(super) fn row(found: &Handoff, month: u32) -> &TimingRow {
    found.timings.iter().find(|row| row.handoff_month == month).unwrap_or(&found.timings[0])
}

/// `after 4 months`, `before the first month`, `never`.
fn when(found: &Handoff, month: u32) -> String {
    match month {
        0 => "at the start, with no curation at all,".to_owned(),
        1 => "after 1 month".to_owned(),
        all if all == found.months => format!("never, so that people curate all {all} months,"),
        months => format!("after {months} months"),
    }
}

/// The unit of money in tables and charts, so that numbers stay short: what amounts are multiplied by, and its words.
pub(super) fn money_unit(found: &Handoff) -> (f64, &'static str) {
    money_unit_for(found.timings.iter().map(|row| row.net_value.abs()).fold(0.0, f64::max))
}

fn worth(found: &Handoff) -> String {
    let best = row(found, found.best.handoff_month);
    let interval = match (best.net_value_conf_low, best.net_value_conf_high) {
        (Some(low), Some(high)) => format!(" (95 % interval {} to {})", money(low), money(high)),
        _ => String::new(),
    };
    let verb = if best.net_value > 0.0 { "is worth most" } else { "loses least" };
    let others = match others(&found.best, found) {
        Others::All => "; no other timing can be told apart from it".to_owned(),
        Others::None => "; every other timing is worse by more than chance".to_owned(),
        Others::Some(months) => format!("; handing over after {months} months cannot be told apart from it"),
    };
    let lead = match found.best.handoff_month {
        all if all == found.months => format!("Never handing over {verb}"),
        month => format!("Handing over {} {verb}", when(found, month)),
    };
    format!(
        "{lead}: {} against {} over {} months, net of human work and messages{interval}{others}.",
        money(best.net_value),
        found.versus,
        found.months
    )
}

enum Others {
    None,
    All,
    Some(String),
}

/// Whom the best cannot be told from.
fn others(best: &BestTiming, found: &Handoff) -> Others {
    let close = &best.not_distinguishable_from;
    if close.is_empty() {
        return Others::None;
    }
    if close.len() + 1 == found.timings.len() {
        return Others::All;
    }
    Others::Some(listed(close).replace(" and ", " or "))
}

/// `3, 4 and 6`; runs of three and more as `3 to 6`.
pub(super) fn listed(months: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for month in months.iter().copied() {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == month => *last = month,
            _ => runs.push((month, month)),
        }
    }
    let words: Vec<String> = runs
        .iter()
        .flat_map(|(first, last)| match last - first {
            0 => vec![first.to_string()],
            1 => vec![first.to_string(), last.to_string()],
            _ => vec![format!("{first} to {last}")],
        })
        .collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// Why the best on lift is or is not the best on value.
fn lift(found: &Handoff) -> String {
    let metric = metric_words(&found.metric);
    let (value, lift) = (row(found, found.best.handoff_month), row(found, found.best_on_lift.handoff_month));
    let percent = |row: &TimingRow| {
        let estimate = row.lift_last_month.unwrap_or(f64::NAN);
        Uncertain { estimate, std_error: row.lift_last_month_std_error }.percent().spoken()
    };
    let place = format!("the lift in {metric} in month {}", found.months);
    if value.handoff_month == lift.handoff_month {
        let step = trend(found);
        return format!("It also keeps the most of {place}, {} %{step}.", percent(value));
    }
    let is_close = found.best_on_lift.not_distinguishable_from.contains(&value.handoff_month);
    let hours = lift.human_hours - value.human_hours;
    let (cost, gain) = (lift.human_cost - value.human_cost, lift.margin - value.margin);
    let lead = match lift.handoff_month {
        all if all == found.months => format!("Never handing over keeps more of {place}"),
        month => format!("Handing over {} keeps more of {place}", when(found, month)),
    };
    let sure = if is_close { ", a difference that may be chance," } else { "" };
    let why = if hours > 0.0 {
        let bought =
            if gain > 0.0 { format!("bring only {} more margin", money(gain)) } else { "bring no more margin".to_owned() };
        format!("but its {} further hours of work cost {} and {bought}", fixed(hours, 0), money(cost))
    } else {
        format!("but brings {} less margin over the whole trial", money(-gain))
    };
    format!("{lead} ({} % instead of {} %){sure} {why}.", percent(lift), percent(value)).replace(",,", ",")
}

/// What a further month of curation adds to the last month's lift.
fn trend(found: &Handoff) -> String {
    found.lift_trend.map_or_else(String::new, |trend| {
        let slope = Uncertain { estimate: trend.slope, std_error: trend.std_error }.percent();
        let direction = if trend.slope < 0.0 { "fewer" } else { "more" };
        let size = Uncertain { estimate: slope.estimate.abs(), ..slope };
        format!(", and every further month of curation keeps {} {direction} points of it on average", size.text())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_read_as_people_say_them() {
        assert_eq!(listed(&[3, 4, 6]), "3, 4 and 6");
        assert_eq!(listed(&[0, 3, 4, 5, 11]), "0, 3 to 5 and 11");
        assert_eq!(listed(&[7]), "7");
    }
}
