//! One plain sentence on what the first agent arm decided and believed.

use crate::experiment::{BeliefSummaryRow, OverReplicates};
use crate::report::contents::Report;
use crate::report::number::{Uncertain, fixed};

/// From the last month with people (or the first month, where nobody left) to the last; `None` where nothing was recorded.
pub(in crate::report) fn sentence(report: &Report) -> Option<String> {
    let arm = report.context.treated().find(|arm| report.beliefs.iter().any(|row| row.arm == arm.name && is_known(row)))?;
    let handoff = report.context.handoff_of(arm);
    let rows = || report.beliefs.iter().filter(|row| row.arm == arm.name && is_known(row));
    let before = rows().find(|row| handoff.is_none_or(|month| row.month == month))?;
    let after = rows().next_back()?;
    let share = |value: OverReplicates| value.mean.map(|mean| format!("{} %", fixed(mean * 100.0, 0)));
    let points =
        |value: OverReplicates| value.mean.map(|estimate| Uncertain { estimate, std_error: value.std_error }.percent().spoken());
    let people = if handoff.is_some() { ", the last with people," } else { "" };
    let chance = share(after.by_chance)?;
    let opening = format!("In month {}{people} the {} arm chose the truly best component", before.month, arm.name);
    let (first, regret) = (share(before.on_best)?, points(before.regret)?);
    if before.month == after.month {
        return Some(format!(
            "{opening} in {first} of its choices (chance alone: {chance}); a message gave away {regret} points of open rate."
        ));
    }
    Some(format!(
        "{opening} in {first} of its choices and in month {} in {} (chance alone: {chance}); against the best possible message each one sent gave \
         away {regret} points of open rate, then {}.",
        after.month,
        share(after.on_best)?,
        points(after.regret)?,
    ))
}

fn is_known(row: &BeliefSummaryRow) -> bool {
    row.on_best.mean.is_some()
}
