//! What traps cost: peeking without correction, and adjusting for what the treatment moves, beside what would have been right.
//!
//! Assumption: planned looks take a month's information to be its share of the months, as if months were independent. What a customer does
//! in one month resembles the next, so looks are more alike than planned for and the boundaries err on the safe side.

use crate::analysis::performance::{JudgedEstimate, Measure, performance};
use crate::experiment::diagnosis::Evidence;
use crate::experiment::records::{ReplicateResult, Study};
use crate::experiment::traps::{TrapKind, trap_metric};
use crate::stats::alpha_spending::{Spending, boundaries};
use serde::Serialize;

/// Critical value of a single two-sided look at 5 %.
const SINGLE_LOOK: f64 = 1.959_963_984_540_054;

/// One way to analyse, and what it leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrapCost {
    /// Short name: `peeking`, `planned_looks`, `single_look`, `post_treatment_covariate`.
    pub name: String,
    /// Metric.
    pub metric: String,
    /// Arm.
    pub arm: String,
    /// What is measured: `type_i_error`, or `bias_in_std_errors` (bias over the empirical standard error).
    pub figure: String,
    /// Its value.
    pub value: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub mcse: Option<f64>,
    /// What it should be.
    pub should_be: f64,
}

/// All traps of a study.
pub(super) fn trap_costs(evidence: &Evidence<'_>) -> Vec<TrapCost> {
    let Some(metric) = trap_metric(evidence.scenario) else { return Vec::new() };
    let name = metric.name(&evidence.scenario.verticals);
    let mut costs = Vec::new();
    for (arm, arm_name) in evidence.study.arms.iter().enumerate().skip(1) {
        let mut push = |trap: &str, figure: &str, measure: Option<Measure>, should_be: f64| {
            costs.extend(measure.map(|measure| TrapCost {
                name: trap.to_owned(),
                metric: name.clone(),
                arm: arm_name.clone(),
                figure: figure.to_owned(),
                value: measure.value,
                mcse: measure.std_error,
                should_be,
            }));
        };
        if let Some(null) = evidence.null {
            let months = evidence.scenario.calendar.months();
            let information: Vec<f64> = (1..=months).map(|month| f64::from(month) / f64::from(months)).collect();
            let naive = vec![SINGLE_LOOK; months as usize];
            let mut last = vec![f64::INFINITY; months as usize];
            last.iter_mut().last().into_iter().for_each(|bound| *bound = SINGLE_LOOK);
            push("peeking", "type_i_error", crossings(null, arm, &naive), 0.05);
            let planned = boundaries(Spending::OBrienFleming, 0.05, &information);
            push("planned_looks", "type_i_error", planned.and_then(|bounds| crossings(null, arm, &bounds)), 0.05);
            push("single_look", "type_i_error", crossings(null, arm, &last), 0.05);
        }
        push("post_treatment_covariate", "bias_in_std_errors", bias_of_covariate(evidence, (arm, &name)), 0.0);
    }
    costs
}

/// Share of replicates in which some look crosses its bound.
fn crossings(null: &Study, arm: usize, bounds: &[f64]) -> Option<Measure> {
    let crosses = |replicate: &ReplicateResult| {
        let looks = replicate.traps.iter().filter(|row| usize::from(row.arm) == arm);
        let found: Vec<bool> = looks
            .filter_map(|row| match row.kind {
                TrapKind::LookAfterMonths(month) => Some((row, bounds.get(usize::from(month) - 1)?)),
                TrapKind::PostTreatmentCovariate => None,
            })
            .map(|(row, bound)| row.effect.zip(row.std_error).is_some_and(|(effect, error)| (effect / error).abs() > *bound))
            .collect();
        (!found.is_empty()).then(|| found.contains(&true))
    };
    let answers: Vec<bool> = null.replicates.iter().filter_map(crosses).collect();
    let count = answers.len() as f64;
    let share = answers.iter().filter(|crossed| **crossed).count() as f64 / count;
    (!answers.is_empty()).then(|| Measure { value: Some(share), std_error: Some((share * (1.0 - share) / count).sqrt()) })
}

/// Bias of the adjustment for a consequence, in its own empirical standard errors.
fn bias_of_covariate(evidence: &Evidence<'_>, (arm, metric): (usize, &str)) -> Option<Measure> {
    let study = evidence.study;
    let metric = study.metrics.iter().position(|known| known == metric)?;
    let window = study.windows.iter().position(|window| window == "trial")?;
    let all: Vec<JudgedEstimate> = study
        .replicates
        .iter()
        .filter_map(|replicate| {
            let is_cell = |row: &&crate::experiment::TruthCell| {
                (usize::from(row.metric), usize::from(row.window), usize::from(row.arm)) == (metric, window, arm)
            };
            let truth = replicate.truth.iter().find(is_cell)?.effect?;
            let is_trap =
                |row: &&crate::experiment::TrapRow| usize::from(row.arm) == arm && row.kind == TrapKind::PostTreatmentCovariate;
            let (estimate, std_error) = replicate.traps.iter().find(is_trap).and_then(|row| row.effect.zip(row.std_error))?;
            let reach = SINGLE_LOOK * std_error;
            Some(JudgedEstimate { estimate, std_error, conf_low: estimate - reach, conf_high: estimate + reach, truth })
        })
        .collect();
    let found = performance(&all)?;
    let spread = found.empirical_std_error.value.filter(|spread| *spread > 0.0)?;
    Some(Measure {
        value: found.bias.value.map(|bias| bias / spread),
        std_error: found.bias.std_error.map(|error| error / spread),
    })
}
