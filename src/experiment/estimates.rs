//! From a finished trial to the numbers an analyst would report: every estimator on every metric, window and arm, and the arms' ledger.

use crate::analysis::lin::{Estimand, InteractedDesign};
use crate::analysis::{Column, ConfidenceLevel, Estimate, EstimatorName, NotEstimable, PerArm, Sample, difference_in_ratios};
use crate::domain::{Metric, Window, WindowKind};
use crate::experiment::TrialOutcome;
use crate::experiment::adjustment::{Predictions, covariates};
use crate::experiment::records::{EstimateRow, LedgerRow, ReplicateResult, TruthCell};
use crate::experiment::traps::traps_of;
use crate::panel::{Panel, Truth};
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
    let task = Task { scenario, panel: &trial.panel, estimators };
    let mut estimates: Vec<EstimateRow> = (1..arms).flat_map(|arm| task.compare(arm)).collect();
    estimates.sort_by_key(|row| (row.window, row.metric, row.arm, row.estimator));
    let windows = || scenario.windows.iter().enumerate();
    ReplicateResult {
        replicate,
        estimates,
        truth: trial.truth.as_ref().map_or(Vec::new(), |truth| truth_cells(scenario, truth)),
        ledger: windows().flat_map(|window| (0..arms).map(move |arm| ledger_row(trial, window, arm))).collect(),
        traps: traps_of(scenario, trial),
        beliefs: trial.beliefs.clone(),
        events: trial.events,
        customer_days: trial.customer_days,
    }
}

/// True effects in the order window, metric, arm.
fn truth_cells(scenario: &Scenario, truth: &Truth) -> Vec<TruthCell> {
    let mut cells = Vec::new();
    for (window_number, window) in scenario.windows.iter().enumerate() {
        for (metric_number, metric) in scenario.metrics.iter().enumerate() {
            cells.extend((1..scenario.file.arms.len()).map(|arm| {
                let known = truth.effect(arm, Panel::basic_windows(window), *metric);
                TruthCell {
                    metric: metric_number as u16,
                    window: window_number as u16,
                    arm: arm as u16,
                    effect: known.map(|known| known.effect),
                    denominator: known.map(|known| known.without),
                    effect_variance: matches!(window.kind, WindowKind::Trial { .. })
                        .then(|| truth.effect_variance(arm, *metric))
                        .flatten(),
                }
            }));
        }
    }
    cells
}

/// One metric over one window, for the customers of one comparison.
#[derive(Default)]
struct Columns {
    outcome: Vec<f64>,
    /// The same metric before assignment, scaled to the length of the window where it is a sum over time.
    baseline: Vec<f64>,
    /// Denominator of a ratio metric.
    denominator: Vec<f64>,
}

/// What is estimated, from which panel.
#[derive(Clone, Copy)]
struct Task<'a> {
    scenario: &'a Scenario,
    panel: &'a Panel,
    estimators: &'a [EstimatorName],
}

/// The customers of the control arm and of one other arm, with what is adjusted for.
struct Comparison {
    members: Vec<u32>,
    treated: Vec<bool>,
    covariates: Vec<Vec<f64>>,
    predictions: Predictions,
}

impl Comparison {
    fn new(task: Task<'_>, arm: usize) -> Self {
        let panel = task.panel;
        let taking_part = |assigned: u8| assigned == 0 || usize::from(assigned) == arm;
        let everybody = 0..panel.customers() as u32;
        let members: Vec<u32> = everybody.filter(|customer| taking_part(panel.assignment[*customer as usize])).collect();
        let asked = |estimators: &[EstimatorName]| task.estimators.iter().any(|asked| estimators.contains(asked));
        Self {
            treated: members.iter().map(|customer| panel.assignment[*customer as usize] != 0).collect(),
            covariates: match asked(&[EstimatorName::Lin, EstimatorName::Ancova]) {
                true => covariates(panel, &members),
                false => Vec::new(),
            },
            predictions: match asked(&[EstimatorName::MlRate]) {
                true => Predictions::new(task.scenario, panel, &members),
                false => Predictions::default(),
            },
            members,
        }
    }
}

impl Task<'_> {
    /// All estimates of one arm against the control.
    fn compare(self, arm: usize) -> Vec<EstimateRow> {
        let comparison = Comparison::new(self, arm);
        let mut rows = Vec::new();
        let mut columns = Columns::default();
        for (metric_number, metric) in self.scenario.metrics.iter().enumerate() {
            // Lin's columns are the same in every window, and preparing them is most of the work. The unit of the pre-period
            // outcome does not matter to a regression.
            self.sum(&comparison, 0..1, numerator_of(*metric), &mut columns.baseline);
            let before = std::mem::take(&mut columns.baseline);
            let adjusted: Vec<&[f64]> =
                std::iter::once(before.as_slice()).chain(comparison.covariates.iter().map(Vec::as_slice)).collect();
            let has_lin = self.estimators.contains(&EstimatorName::Lin) && *metric != Metric::DirectOpensPerMessage;
            let lin = has_lin.then(|| InteractedDesign::new(&adjusted, &comparison.treated).ok()).flatten();
            for (window_number, window) in self.scenario.windows.iter().enumerate() {
                self.load(&comparison, window, *metric, &mut columns);
                let predictions = comparison.predictions.of(metric_number, &self.scenario.windows, window);
                let has_pre_period = self.scenario.calendar.pre_days() > 0;
                let lin = lin.as_ref();
                let cell = CellToEstimate { metric: *metric, window, columns: &columns, lin, predictions, has_pre_period };
                for (estimator_number, estimator) in self.estimators.iter().enumerate() {
                    let mut row = row_of(cell.estimate(*estimator, &comparison).ok().as_ref());
                    row.metric = metric_number as u16;
                    row.window = window_number as u16;
                    row.arm = arm as u16;
                    row.estimator = estimator_number as u16;
                    rows.push(row);
                }
            }
        }
        rows
    }

    /// Sums a metric over basic windows for the members of a comparison.
    fn sum(self, comparison: &Comparison, basic_windows: std::ops::Range<usize>, metric: Metric, into: &mut Vec<f64>) {
        self.panel.sum(basic_windows, metric, into);
        if comparison.members.len() < into.len() {
            // Members ascend, so nothing is read after it was overwritten.
            for (place, customer) in comparison.members.iter().enumerate() {
                into[place] = into[*customer as usize];
            }
            into.truncate(comparison.members.len());
        }
    }

    fn load(self, comparison: &Comparison, window: &Window, metric: Metric, columns: &mut Columns) {
        let windows = Panel::basic_windows(window);
        let calendar = &self.scenario.calendar;
        self.sum(comparison, windows.clone(), numerator_of(metric), &mut columns.outcome);
        self.sum(comparison, 0..1, numerator_of(metric), &mut columns.baseline);
        if let Some(months) = window.months().filter(|_| metric != Metric::Lapsed && calendar.pre_days() > 0) {
            let days = calendar.month_start(months.end) - calendar.month_start(months.start);
            let scale = f64::from(days) / f64::from(calendar.pre_days());
            columns.baseline.iter_mut().for_each(|value| *value *= scale);
        }
        if metric == Metric::DirectOpensPerMessage {
            self.sum(comparison, windows, Metric::Messages, &mut columns.denominator);
        }
    }
}

/// What a ratio metric is the ratio of; any other metric itself.
fn numerator_of(metric: Metric) -> Metric {
    if metric == Metric::DirectOpensPerMessage { Metric::DirectAppOpens } else { metric }
}

/// Whether an estimator has nothing to go by but the outcome before assignment: without one it would repeat the difference in means
/// under another name. The others also adjust for what is on file about a customer.
pub fn rests_on_pre_period(estimator: EstimatorName) -> bool {
    matches!(estimator, EstimatorName::DifferenceInDifferences | EstimatorName::Cuped)
}

/// One metric in one window, with all that estimators need.
struct CellToEstimate<'a> {
    metric: Metric,
    window: &'a Window,
    columns: &'a Columns,
    lin: Option<&'a InteractedDesign<'a>>,
    predictions: Option<&'a [f64]>,
    has_pre_period: bool,
}

impl CellToEstimate<'_> {
    fn estimate(&self, estimator: EstimatorName, comparison: &Comparison) -> Result<Estimate, NotEstimable> {
        let level = ConfidenceLevel::NINETY_FIVE_PERCENT;
        let needs_history = estimator != EstimatorName::DifferenceInMeans;
        if self.metric == Metric::DirectOpensPerMessage {
            if needs_history {
                return Err(NotEstimable::ZeroDenominator);
            }
            return difference_in_ratios(self.pairs(&comparison.treated), level);
        }
        if needs_history && self.window.months().is_none() {
            // The pre-period cannot be compared with itself.
            return Err(NotEstimable::Missing { column: Column::Baseline });
        }
        if rests_on_pre_period(estimator) && !self.has_pre_period {
            return Err(NotEstimable::Missing { column: Column::Baseline });
        }
        let covariates: Vec<&[f64]> = comparison.covariates.iter().map(Vec::as_slice).collect();
        let mut sample = Sample::new(&self.columns.outcome, &comparison.treated).with_baseline(&self.columns.baseline);
        sample.predictions = self.predictions;
        match (estimator, self.lin) {
            (EstimatorName::Lin, Some(design)) => design.estimate(sample.outcome, Estimand::Sample, level),
            (EstimatorName::Lin, None) => Err(NotEstimable::Missing { column: Column::Baseline }),
            (EstimatorName::Ancova, _) => estimator.implementation().estimate(&sample.with_covariates(&covariates), level),
            _ => estimator.implementation().estimate(&sample, level),
        }
    }

    fn pairs(&self, treated: &[bool]) -> PerArm<PairMoments> {
        let mut arms = PerArm { control: PairMoments::default(), treated: PairMoments::default() };
        let Columns { outcome, denominator, .. } = self.columns;
        for ((above, below), treated) in outcome.iter().zip(denominator).zip(treated) {
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
        human_hours: entry.work.total_hours(),
        human_cost: entry.work.cost,
        message_cost: entry.message_cost,
        library_size: entry.library_size as u64,
        launched: entry.launched,
        retired: entry.retired,
        cancelled_briefs: entry.cancelled_briefs,
        refused: entry.refused,
        work_count: entry.work.count,
        work_hours: entry.work.hours,
        content_cost: entry.content_cost,
        turned_down: entry.turned_down,
        alerts: entry.alerts,
        unsafe_messages: entry.unsafe_sent,
    }
}
