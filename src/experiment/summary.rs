//! A study's summary: what all replicates say together. A pure function of the replicates, in index order.

use crate::analysis::monte_carlo::{ReplicateEffect, summarise};
use crate::domain::{Refusal, Work};
use crate::experiment::decay::decay_rows;
use crate::experiment::records::{
    EffectRow, LedgerRow, LedgerSummaryRow, RuleCount, Study, Summary, TruthCell, TruthRow, WorkSum,
};
use crate::experiment::worth::net_values;
use crate::scenario::Scenario;
use crate::stats::ratio::RatioInterval;

/// Version of the layout of `summary.json`.
const SCHEMA: u32 = 1;

/// Program and version, as results name it.
pub fn program() -> String {
    format!("longgame {}", env!("CARGO_PKG_VERSION"))
}

/// Summarises a study.
pub fn summarise_study(scenario: &Scenario, study: &Study) -> Summary {
    Summary {
        schema: SCHEMA,
        program: program(),
        scenario: scenario.file.name.clone(),
        digest: scenario.digest.clone(),
        seed: scenario.file.study.seed,
        replicates: study.replicates.len() as u32,
        customers: scenario.file.population.size,
        arms: study.arms.clone(),
        effects: effects(study),
        truth: truth(study),
        decay: decay_rows(scenario, study),
        arms_ledger: ledger(study),
        net_value: net_values(scenario, study),
    }
}

fn effects(study: &Study) -> Vec<EffectRow> {
    let Some(first) = study.replicates.first() else { return Vec::new() };
    let rows = first.estimates.iter().enumerate();
    // Truth has one row where estimates have one per estimator; both are in the order window, metric, arm.
    let estimators = study.estimators.len().max(1);
    rows.map(|(number, place)| {
        let replicates: Vec<ReplicateEffect> = study
            .replicates
            .iter()
            .filter_map(|replicate| {
                let row = &replicate.estimates[number];
                let lift_interval = match (row.lift_conf_low, row.lift_conf_high, row.lift_unbounded) {
                    (_, _, true) => RatioInterval::Unbounded,
                    (Some(low), Some(high), _) => RatioInterval::Bounded { low, high },
                    _ => RatioInterval::Undefined,
                };
                let true_lift = replicate.truth.get(number / estimators).and_then(TruthCell::lift);
                Some(ReplicateEffect { effect: row.effect?, denominator: row.denominator?, lift_interval, true_lift })
            })
            .collect();
        let summary = summarise(&replicates);
        EffectRow {
            metric: study.metrics[usize::from(place.metric)].clone(),
            window: study.windows[usize::from(place.window)].clone(),
            arm: study.arms[usize::from(place.arm)].clone(),
            versus: study.arms[0].clone(),
            estimator: study.estimators[usize::from(place.estimator)].clone(),
            effect: summary.map(|s| s.effect),
            effect_std_error: summary.and_then(|s| s.effect_std_error),
            denominator: mean_denominator(&replicates),
            lift: summary.and_then(|s| s.lift),
            lift_std_error: summary.and_then(|s| s.lift_std_error),
            lift_replicate_mean: summary.and_then(|s| s.lift_replicate_mean),
            lift_p05: summary.and_then(|s| s.lift_p05),
            lift_p95: summary.and_then(|s| s.lift_p95),
            coverage: summary.and_then(|s| s.coverage),
            unbounded_share: summary.map(|s| s.unbounded_share),
        }
    })
    .filter(|row| row.effect.is_some())
    .collect()
}

fn truth(study: &Study) -> Vec<TruthRow> {
    let Some(first) = study.replicates.first() else { return Vec::new() };
    let rows = first.truth.iter().enumerate();
    rows.map(|(number, place)| {
        let cells = study.replicates.iter().filter_map(|replicate| replicate.truth.get(number));
        let known = cells.filter_map(|cell| {
            let lift_interval = RatioInterval::Undefined;
            Some(ReplicateEffect { effect: cell.effect?, denominator: cell.denominator?, lift_interval, true_lift: None })
        });
        let known: Vec<ReplicateEffect> = known.collect();
        let summary = summarise(&known);
        TruthRow {
            metric: study.metrics[usize::from(place.metric)].clone(),
            window: study.windows[usize::from(place.window)].clone(),
            arm: study.arms[usize::from(place.arm)].clone(),
            versus: study.arms[0].clone(),
            effect: summary.map(|s| s.effect),
            effect_std_error: summary.and_then(|s| s.effect_std_error),
            denominator: mean_denominator(&known),
            lift: summary.and_then(|s| s.lift),
            lift_std_error: summary.and_then(|s| s.lift_std_error),
            lift_p05: summary.and_then(|s| s.lift_p05),
            lift_p95: summary.and_then(|s| s.lift_p95),
        }
    })
    .filter(|row| row.effect.is_some())
    .collect()
}

/// Mean of what lifts are relative to.
fn mean_denominator(replicates: &[ReplicateEffect]) -> Option<f64> {
    (!replicates.is_empty()).then(|| replicates.iter().map(|r| r.denominator).sum::<f64>() / replicates.len() as f64)
}

fn ledger(study: &Study) -> Vec<LedgerSummaryRow> {
    let Some(first) = study.replicates.first() else { return Vec::new() };
    let rows = first.ledger.iter().enumerate();
    rows.map(|(number, place)| {
        let count = study.replicates.len() as f64;
        let mean =
            |field: &dyn Fn(&LedgerRow) -> f64| study.replicates.iter().map(|r| field(&r.ledger[number])).sum::<f64>() / count;
        let rates: Vec<f64> = study.replicates.iter().filter_map(|r| r.ledger[number].direct_opens_per_message).collect();
        LedgerSummaryRow {
            window: study.windows[usize::from(place.window)].clone(),
            arm: study.arms[usize::from(place.arm)].clone(),
            messages_per_customer: mean(&|row| row.messages_per_customer),
            direct_opens_per_message: (!rates.is_empty()).then(|| rates.iter().sum::<f64>() / rates.len() as f64),
            human_hours: mean(&|row| row.human_hours),
            human_cost: mean(&|row| row.human_cost),
            message_cost: mean(&|row| row.message_cost),
            library_size: mean(&|row| row.library_size as f64),
            launched: mean(&|row| row.launched as f64),
            retired: mean(&|row| row.retired as f64),
            cancelled_briefs: mean(&|row| row.cancelled_briefs as f64),
            attempts: mean(&|row| row.messages_per_customer * row.customers as f64 + refused(row)),
            refused: mean(&refused),
            refused_by: Refusal::ALL
                .iter()
                .map(|rule| RuleCount { rule: rule.name().to_owned(), count: mean(&|row| row.refused[*rule as usize] as f64) })
                .filter(|rule| rule.count > 0.0)
                .collect(),
            work: Work::ALL.iter().map(|kind| work_sum(*kind, &mean)).filter(|work| work.count > 0.0).collect(),
            content_cost: mean(&|row| row.content_cost),
            turned_down: mean(&|row| row.turned_down as f64),
            alerts: mean(&|row| row.alerts as f64),
            unsafe_messages: mean(&|row| row.unsafe_messages as f64),
        }
    })
    .collect()
}

fn refused(row: &LedgerRow) -> f64 {
    row.refused.iter().sum::<u64>() as f64
}

/// Mean over replicates of a figure of the same row.
type Mean<'a> = dyn Fn(&dyn Fn(&LedgerRow) -> f64) -> f64 + 'a;

fn work_sum(kind: Work, mean: &Mean<'_>) -> WorkSum {
    WorkSum {
        kind: kind.name().to_owned(),
        count: mean(&|row| row.work_count[kind as usize] as f64),
        hours: mean(&|row| row.work_hours[kind as usize]),
    }
}
