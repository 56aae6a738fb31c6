//! From a finished trial to the numbers an analyst would report: every estimator on every metric, window and arm, and the arms' ledger.

use crate::analysis::{ConfidenceLevel, Estimate, EstimatorName, NotEstimable, PerArm, Sample, difference_in_ratios};
use crate::domain::{Metric, Window};
use crate::experiment::TrialOutcome;
use crate::experiment::records::{EstimateRow, LedgerRow, ReplicateResult, TruthCell};
use crate::kernel::Calendar;
use crate::panel::Panel;
use crate::scenario::Scenario;
use crate::stats::moments::PairMoments;
use crate::stats::ratio::RatioInterval;

/// All estimates and ledgers of one replicate, in the order of result files.
pub fn estimate_replicate(
    scenario: &Scenario,
    estimators: &[EstimatorName],
    replicate: u32,
    trial: &TrialOutcome,
) -> ReplicateResult {
    let arms = scenario.file.arms.len();
    let comparisons: Vec<Comparison> = (1..arms).map(|arm| Comparison::new(&trial.panel, arm)).collect();
    let mut columns = Columns::default();
    let mut estimates = Vec::new();
    let mut ledger = Vec::new();
    let mut truth = Vec::new();
    for (window_number, window) in scenario.windows.iter().enumerate() {
        for (metric_number, metric) in scenario.metrics.iter().enumerate() {
            if let Some(recorded) = &trial.truth {
                truth.extend((1..arms).map(|arm| {
                    let known = recorded.effect(arm, Panel::basic_windows(window), *metric);
                    TruthCell {
                        metric: metric_number as u16,
                        window: window_number as u16,
                        arm: arm as u16,
                        effect: known.map(|known| known.effect),
                        denominator: known.map(|known| known.without),
                    }
                }));
            }
            columns.load(&trial.panel, &scenario.calendar, window, *metric);
            for (number, comparison) in comparisons.iter().enumerate() {
                for (estimator_number, estimator) in estimators.iter().enumerate() {
                    let mut row = row_of(comparison.estimate(*estimator, *metric, window, &columns).ok().as_ref());
                    row.metric = metric_number as u16;
                    row.window = window_number as u16;
                    row.arm = number as u16 + 1;
                    row.estimator = estimator_number as u16;
                    estimates.push(row);
                }
            }
        }
        for arm in 0..arms {
            ledger.push(ledger_row(trial, (window_number, window), arm));
        }
    }
    ReplicateResult { replicate, estimates, truth, ledger, events: trial.events, customer_days: trial.customer_days }
}

/// One metric over one window, for all customers.
#[derive(Default)]
struct Columns {
    outcome: Vec<f64>,
    /// The same metric before assignment, scaled to the length of the window where it is a sum over time.
    baseline: Vec<f64>,
    /// Denominator of a ratio metric.
    denominator: Vec<f64>,
}

impl Columns {
    fn load(&mut self, panel: &Panel, calendar: &Calendar, window: &Window, metric: Metric) {
        let windows = Panel::basic_windows(window);
        let ratio = metric == Metric::DirectOpensPerMessage;
        let numerator = if ratio { Metric::DirectAppOpens } else { metric };
        panel.sum(windows.clone(), numerator, &mut self.outcome);
        panel.sum(0..1, numerator, &mut self.baseline);
        if let Some(months) = window.months().filter(|_| metric != Metric::Lapsed && calendar.pre_days() > 0) {
            let days = calendar.month_start(months.end) - calendar.month_start(months.start);
            let scale = f64::from(days) / f64::from(calendar.pre_days());
            self.baseline.iter_mut().for_each(|value| *value *= scale);
        }
        if ratio {
            panel.sum(windows, Metric::Messages, &mut self.denominator);
        }
    }
}

/// The customers of the control arm and of one other arm.
struct Comparison {
    /// Their numbers; empty if they are all customers.
    members: Vec<u32>,
    treated: Vec<bool>,
}

impl Comparison {
    fn new(panel: &Panel, arm: usize) -> Self {
        let taking_part = |assigned: &u8| *assigned == 0 || usize::from(*assigned) == arm;
        let everybody = panel.assignment.iter().all(taking_part);
        let all = panel.assignment.iter().enumerate();
        Self {
            members: if everybody { Vec::new() } else { all.filter(|(_, a)| taking_part(a)).map(|(c, _)| c as u32).collect() },
            treated: panel.assignment.iter().filter(|a| taking_part(a)).map(|assigned| *assigned != 0).collect(),
        }
    }

    fn estimate(
        &self,
        estimator: EstimatorName,
        metric: Metric,
        window: &Window,
        columns: &Columns,
    ) -> Result<Estimate, NotEstimable> {
        let level = ConfidenceLevel::NINETY_FIVE_PERCENT;
        let needs_history = estimator != EstimatorName::DifferenceInMeans;
        if metric == Metric::DirectOpensPerMessage {
            if needs_history {
                return Err(NotEstimable::ZeroDenominator);
            }
            return difference_in_ratios(self.pairs(columns), level);
        }
        if needs_history && window.months().is_none() {
            // The pre-period cannot be compared with itself.
            return Err(NotEstimable::Missing { column: crate::analysis::Column::Baseline });
        }
        let (outcome, baseline) = (self.pick(&columns.outcome), self.pick(&columns.baseline));
        let sample = Sample::new(&outcome, &self.treated).with_baseline(&baseline);
        estimator.implementation().estimate(&sample, level)
    }

    fn pick<'c>(&self, column: &'c [f64]) -> std::borrow::Cow<'c, [f64]> {
        if self.members.is_empty() {
            column.into()
        } else {
            self.members.iter().map(|customer| column[*customer as usize]).collect()
        }
    }

    fn pairs(&self, columns: &Columns) -> PerArm<PairMoments> {
        let (numerator, denominator) = (self.pick(&columns.outcome), self.pick(&columns.denominator));
        let mut arms = PerArm { control: PairMoments::default(), treated: PairMoments::default() };
        for ((above, below), treated) in numerator.iter().zip(denominator.iter()).zip(&self.treated) {
            let arm = if *treated { &mut arms.treated } else { &mut arms.control };
            arm.add(*above, *below);
        }
        arms
    }
}

fn row_of(estimate: Option<&Estimate>) -> EstimateRow {
    EstimateRow {
        metric: 0,
        window: 0,
        arm: 0,
        estimator: 0,
        effect: estimate.map(|e| e.effect),
        std_error: estimate.map(|e| e.std_error),
        degrees_of_freedom: estimate.and_then(|e| e.degrees_of_freedom),
        denominator: estimate.map(|e| e.denominator),
        lift: estimate.and_then(|e| e.lift),
        lift_conf_low: estimate.and_then(Estimate::lift_low),
        lift_conf_high: estimate.and_then(Estimate::lift_high),
        lift_unbounded: estimate.is_some_and(|e| e.lift_interval == RatioInterval::Unbounded),
    }
}

fn ledger_row(trial: &TrialOutcome, (window_number, window): (usize, &Window), arm: usize) -> LedgerRow {
    let entry = trial.ledgers[arm].sum(Panel::basic_windows(window));
    let customers = trial.panel.assignment.iter().filter(|assigned| usize::from(**assigned) == arm).count();
    let (mut opens, mut messages) = (Vec::new(), Vec::new());
    trial.panel.sum(Panel::basic_windows(window), Metric::DirectAppOpens, &mut opens);
    trial.panel.sum(Panel::basic_windows(window), Metric::Messages, &mut messages);
    let total = |column: &[f64]| {
        let of_arm = column.iter().zip(&trial.panel.assignment).filter(|(_, assigned)| usize::from(**assigned) == arm);
        of_arm.map(|(value, _)| value).sum::<f64>()
    };
    let (opens, messages) = (total(&opens), total(&messages));
    LedgerRow {
        window: window_number as u16,
        arm: arm as u16,
        customers: customers as u64,
        messages_per_customer: messages / customers.max(1) as f64,
        direct_opens_per_message: (messages > 0.0).then(|| opens / messages),
        human_hours: entry.human_hours,
        human_cost: entry.human_cost,
        message_cost: entry.message_cost,
        library_size: entry.library_size as u64,
        launched: entry.launched,
        retired: entry.retired,
        cancelled_briefs: entry.cancelled_briefs,
        refused: entry.refused.iter().sum(),
    }
}
