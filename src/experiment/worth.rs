//! What an arm is worth in money: margin less what messages, people and generated content cost, against the first arm.
//!
//! What: net value = Δ margin − Δ message cost − Δ human cost − Δ content cost, by window and arm. Margin and messages are per simulated customer times
//! the customers they stand for (`population.represents`, else `population.size`); people's hours and generated content are not scaled, since they
//! are the same for any number of customers. The margin's effect is the true one where it is recorded, else the difference in means. Intervals
//! are of the mean over replicates.

use crate::domain::Metric;
use crate::experiment::decay::TRUTH;
use crate::experiment::records::{LedgerRow, ReplicateResult, Study};
use crate::scenario::Scenario;
use crate::stats::influence::Influenced;
use serde::{Deserialize, Serialize};

/// What an arm is worth over a window, averaged over replicates. Money; differences are arm less first arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetValueRow {
    /// Window.
    pub window: String,
    /// Arm.
    pub arm: String,
    /// Arm it is compared with.
    pub versus: String,
    /// Whose effect on margin it is: `truth` or an estimator.
    pub by: String,
    /// Margin net of discounts.
    pub margin: f64,
    /// What messages cost.
    pub message_cost: f64,
    /// What people cost.
    pub human_cost: f64,
    /// What generated components cost.
    pub content_cost: f64,
    /// Margin less all costs.
    pub net_value: f64,
    /// Its standard error over replicates; `None` for one.
    pub net_value_std_error: Option<f64>,
    /// Lower end of its 95 % interval.
    pub net_value_conf_low: Option<f64>,
    /// Upper end.
    pub net_value_conf_high: Option<f64>,
}

/// One row per window but the pre-period and months, and arm beside the first.
pub fn net_values(scenario: &Scenario, study: &Study) -> Vec<NetValueRow> {
    let windows = scenario.windows.iter().enumerate();
    let spans = windows.filter(|(_, window)| {
        use crate::domain::WindowKind;
        matches!(window.kind, WindowKind::Phase { .. } | WindowKind::Trial { .. })
    });
    let arms = scenario.file.arms.len();
    spans.flat_map(|(window, _)| (1..arms).filter_map(move |arm| net_value(scenario, study, Cell { window, arm }))).collect()
}

#[derive(Clone, Copy)]
struct Cell {
    window: usize,
    arm: usize,
}

fn net_value(scenario: &Scenario, study: &Study, cell: Cell) -> Option<NetValueRow> {
    let metric = study.metrics.iter().position(|name| *name == Metric::Margin.name(&scenario.verticals))?;
    let has_truth = study.replicates.iter().any(|replicate| !replicate.truth.is_empty());
    let estimator = study.estimators.first()?;
    let mut margins = Vec::new();
    for replicate in &study.replicates {
        let effect = if has_truth { true_margin(replicate, metric, cell) } else { estimated_margin(replicate, metric, cell) };
        margins.push(effect? * represented(scenario, replicate.replicate));
    }
    let difference = |of: &dyn Fn(&LedgerRow) -> f64, is_scaled: bool| {
        let one = |replicate: &ReplicateResult| -> Option<f64> {
            let scale = if is_scaled { represented(scenario, replicate.replicate) } else { 1.0 };
            let row = |arm: usize| {
                replicate.ledger.iter().find(|row| usize::from(row.window) == cell.window && usize::from(row.arm) == arm)
            };
            Some((of(row(cell.arm)?) - of(row(0)?)) * scale)
        };
        let all: Option<Vec<f64>> = study.replicates.iter().map(one).collect();
        all.map(|values| Influenced::mean(&values))
    };
    let margin = Influenced::mean(&margins);
    let message_cost = difference(&|row| row.message_cost / (row.customers.max(1)) as f64, true)?;
    let human_cost = difference(&|row| row.human_cost, false)?;
    let content_cost = difference(&|row| row.content_cost, false)?;
    let net = margin.minus(&message_cost).minus(&human_cost).minus(&content_cost);
    let interval = net.interval();
    Some(NetValueRow {
        window: study.windows[cell.window].clone(),
        arm: study.arms[cell.arm].clone(),
        versus: study.arms[0].clone(),
        by: if has_truth { TRUTH.to_owned() } else { estimator.clone() },
        margin: margin.value,
        message_cost: message_cost.value,
        human_cost: human_cost.value,
        content_cost: content_cost.value,
        net_value: net.value,
        net_value_std_error: net.std_error(),
        net_value_conf_low: interval.map(|interval| interval.low),
        net_value_conf_high: interval.map(|interval| interval.high),
    })
}

/// Customers that those of a replicate stand for: replicates may vary the world.
fn represented(scenario: &Scenario, replicate: u32) -> f64 {
    scenario.in_replicate(replicate).represented()
}

fn true_margin(replicate: &ReplicateResult, metric: usize, cell: Cell) -> Option<f64> {
    let found = replicate
        .truth
        .iter()
        .find(|row| (usize::from(row.window), usize::from(row.metric), usize::from(row.arm)) == (cell.window, metric, cell.arm));
    found?.effect
}

/// By the first estimator.
fn estimated_margin(replicate: &ReplicateResult, metric: usize, cell: Cell) -> Option<f64> {
    let found = replicate.estimates.iter().find(|row| {
        (usize::from(row.window), usize::from(row.metric), usize::from(row.arm), row.estimator)
            == (cell.window, metric, cell.arm, 0)
    });
    found?.effect
}
