//! What a study yields, as flat serialisable records: the rows of `summary.json`, of `replicates.parquet` and of the arm ledger.

use crate::domain::{Refusal, Work};
use crate::experiment::beliefs::BeliefRow;
use crate::experiment::traps::TrapRow;
use crate::experiment::worth::NetValueRow;
use serde::{Deserialize, Serialize};

/// One estimate in one replicate: a row of `replicates.parquet`. Numbers that do not exist are `None`, never NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EstimateRow {
    /// Metric, by position in `Study::metrics`.
    pub metric: u16,
    /// Window, by position in `Study::windows`.
    pub window: u16,
    /// Arm, by position in `Study::arms`.
    pub arm: u16,
    /// Estimator, by position in `Study::estimators`.
    pub estimator: u16,
    /// Estimated effect per customer, in units of the metric.
    pub effect: Option<f64>,
    /// Standard error of `effect`.
    pub std_error: Option<f64>,
    /// Degrees of freedom of the t interval.
    pub degrees_of_freedom: Option<f64>,
    /// What the lift is relative to, in units of the metric.
    pub denominator: Option<f64>,
    /// Lift as a fraction.
    pub lift: Option<f64>,
    /// Lower end of the 95 % Fieller interval of the lift.
    pub lift_conf_low: Option<f64>,
    /// Upper end.
    pub lift_conf_high: Option<f64>,
    /// Whether the Fieller interval is unbounded (the denominator is not clearly away from 0).
    pub lift_unbounded: bool,
}

/// The true effect in one replicate: the sample average over all its customers, from twins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthCell {
    /// Metric, by position in `Study::metrics`.
    pub metric: u16,
    /// Window, by position in `Study::windows`.
    pub window: u16,
    /// Arm, by position in `Study::arms`.
    pub arm: u16,
    /// Mean difference between the customer's outcomes in this arm and in the first, in units of the metric.
    pub effect: Option<f64>,
    /// Mean outcome in the first arm, in units of the metric.
    pub denominator: Option<f64>,
    /// Variance of individual effects over customers; known for the whole trial only.
    pub effect_variance: Option<f64>,
}

impl TruthCell {
    /// Lift as a fraction; `None` where the mean outcome in the first arm is 0 or not known.
    pub fn lift(&self) -> Option<f64> {
        self.effect.zip(self.denominator).map(|(effect, without)| effect / without).filter(|lift| lift.is_finite())
    }
}

/// What an arm did and cost in one window of one replicate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// Window, by position in `Study::windows`.
    pub window: u16,
    /// Arm, by position in `Study::arms`.
    pub arm: u16,
    /// Customers assigned to the arm.
    pub customers: u64,
    /// Messages sent per assigned customer.
    pub messages_per_customer: f64,
    /// Direct opens per message sent; `None` if nothing was sent.
    pub direct_opens_per_message: Option<f64>,
    /// Hours of human work.
    pub human_hours: f64,
    /// Money paid for human work.
    pub human_cost: f64,
    /// Money paid for messages to the simulated customers (not scaled by `represents`).
    pub message_cost: f64,
    /// Live components in the arm's library at the end of the window.
    pub library_size: u64,
    /// Components launched in the window.
    pub launched: u64,
    /// Components retired in the window.
    pub retired: u64,
    /// Briefs cancelled at the handoff because they were not launched yet.
    pub cancelled_briefs: u64,
    /// Messages refused by guardrails, by rule in the order of `Refusal::ALL`.
    pub refused: [u64; Refusal::COUNT],
    /// How often people did what, in the order of `Work::ALL`.
    pub work_count: [u64; Work::COUNT],
    /// Hours it took them, in the same order.
    pub work_hours: [f64; Work::COUNT],
    /// Money paid for generated components.
    pub content_cost: f64,
    /// Components that were not approved.
    pub turned_down: u64,
    /// Times that the kill switch stopped a channel.
    pub alerts: u64,
    /// Messages sent with a component that harms the brand.
    pub unsafe_messages: u64,
}

/// Everything one finished replicate contributes to the study; what the journal keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplicateResult {
    /// Number of the replicate, from 0.
    pub replicate: u32,
    /// Estimates, in the order window, metric, arm, estimator.
    pub estimates: Vec<EstimateRow>,
    /// True effects, in the order window, metric, arm; empty where truth is not recorded.
    pub truth: Vec<TruthCell>,
    /// Ledger, in the order window, arm.
    pub ledger: Vec<LedgerRow>,
    /// What wrong analyses would have found; empty where they are not asked for.
    pub traps: Vec<TrapRow>,
    /// What arms decided and believed against what is truly best, in the order arm, month; empty where truth is not recorded.
    pub beliefs: Vec<BeliefRow>,
    /// Events simulated: sessions, sends, opens, conversions, plans, lapses and returns.
    pub events: u64,
    /// Customer-days simulated (persons × days; twins count).
    pub customer_days: u64,
}

/// All replicates of a scenario, in index order, with the words their row numbers stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Names of the metrics.
    pub metrics: Vec<String>,
    /// Names of the windows.
    pub windows: Vec<String>,
    /// Names of the arms; the first is what the others are compared with.
    pub arms: Vec<String>,
    /// Names of the estimators.
    pub estimators: Vec<String>,
    /// Results in the order of their replicate numbers.
    pub replicates: Vec<ReplicateResult>,
}

/// `summary.json`, schema 1: a pure function of scenario, seed and version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of this layout.
    pub schema: u32,
    /// Program and version.
    pub program: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Digest of the resolved scenario.
    pub digest: String,
    /// Seed.
    pub seed: u64,
    /// Number of replicates.
    pub replicates: u32,
    /// Simulated customers per replicate.
    pub customers: u32,
    /// Names of the arms.
    pub arms: Vec<String>,
    /// Estimates over all replicates.
    pub effects: Vec<EffectRow>,
    /// True effects over all replicates; empty where truth is not recorded.
    pub truth: Vec<TruthRow>,
    /// Decay of the lift after the handoff; empty where it is not fitted.
    pub decay: Vec<DecayRow>,
    /// Means over replicates of what the arms did and cost.
    pub arms_ledger: Vec<LedgerSummaryRow>,
    /// What the arms are worth in money, by phase and for the trial.
    pub net_value: Vec<NetValueRow>,
}

/// One estimate over all replicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectRow {
    /// Metric.
    pub metric: String,
    /// Window.
    pub window: String,
    /// Arm.
    pub arm: String,
    /// Arm it is compared with.
    pub versus: String,
    /// Estimator.
    pub estimator: String,
    /// Mean effect per customer.
    pub effect: Option<f64>,
    /// Monte-Carlo standard error of `effect`.
    pub effect_std_error: Option<f64>,
    /// Mean over replicates of what the lift is relative to, in units of the metric (for differences in means, the control mean).
    pub denominator: Option<f64>,
    /// Mean effect divided by mean denominator, a fraction.
    pub lift: Option<f64>,
    /// Monte-Carlo standard error of `lift` (delta method).
    pub lift_std_error: Option<f64>,
    /// Mean of the lifts of single replicates (biased upwards in small control arms).
    pub lift_replicate_mean: Option<f64>,
    /// 5 % quantile of the lifts of single replicates.
    pub lift_p05: Option<f64>,
    /// 95 % quantile of the lifts of single replicates.
    pub lift_p95: Option<f64>,
    /// Share of replicates whose Fieller interval holds the true lift of that replicate; `None` where truth is not recorded.
    pub coverage: Option<f64>,
    /// Share of replicates whose Fieller interval is unbounded.
    pub unbounded_share: Option<f64>,
}

/// One true effect over all replicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthRow {
    /// Metric.
    pub metric: String,
    /// Window.
    pub window: String,
    /// Arm.
    pub arm: String,
    /// Arm it is compared with.
    pub versus: String,
    /// Mean true effect per customer, over all customers of a trial.
    pub effect: Option<f64>,
    /// Monte-Carlo standard error of `effect`.
    pub effect_std_error: Option<f64>,
    /// Mean outcome per customer without it.
    pub denominator: Option<f64>,
    /// Mean true effect divided by mean outcome without it.
    pub lift: Option<f64>,
    /// Monte-Carlo standard error of `lift` (delta method).
    pub lift_std_error: Option<f64>,
    /// 5 % quantile of the true lifts of single replicates.
    pub lift_p05: Option<f64>,
    /// 95 % quantile of the true lifts of single replicates.
    pub lift_p95: Option<f64>,
}

/// A decay curve fitted to the monthly lifts after the handoff; times are months since then. Intervals are 95 % percentile intervals over
/// resampled replicates; an end that replicates do not bound is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DecayRow {
    /// Metric.
    pub metric: String,
    /// Arm.
    pub arm: String,
    /// Arm it is compared with.
    pub versus: String,
    /// Estimator; `truth` where the true lift is fitted.
    pub estimator: String,
    /// Month of the trial, from 0, at whose beginning people left.
    pub handoff_month: u32,
    /// Lift at the handoff; `None` if it fell before the first month was over.
    pub start: Option<f64>,
    /// Lower end.
    pub start_conf_low: Option<f64>,
    /// Upper end.
    pub start_conf_high: Option<f64>,
    /// Lift it tends to; `None` if it lies beyond the observed time.
    pub plateau: Option<f64>,
    /// Lower end.
    pub plateau_conf_low: Option<f64>,
    /// Upper end.
    pub plateau_conf_high: Option<f64>,
    /// Months in which half of the excess over the plateau is lost; `None` if not identified.
    pub half_life_months: Option<f64>,
    /// Lower end.
    pub half_life_months_conf_low: Option<f64>,
    /// Upper end.
    pub half_life_months_conf_high: Option<f64>,
    /// Months until half of the start is left; `None` if that never happens or is not identified.
    pub half_of_start_months: Option<f64>,
    /// Plateau as a share of the start.
    pub plateau_share: Option<f64>,
    /// Lower end.
    pub plateau_share_conf_low: Option<f64>,
    /// Upper end.
    pub plateau_share_conf_high: Option<f64>,
    /// Fitted lift in the middle of the last month as a share of the start.
    pub last_month_share: Option<f64>,
    /// Whether the months tell the half-life.
    pub identified: bool,
    /// How: `identified`; `too_slow`: as good as a straight line, the plateau lies beyond the observed time; `too_fast`: at the plateau by
    /// the second month; `flat`: no change at all.
    pub identification: String,
    /// Share of resamples whose half-life is not identified; `None` for one replicate.
    pub not_identified_share: Option<f64>,
    /// The fitted curve every half month.
    pub curve: Vec<DecayPoint>,
}

/// One point of a fitted decay curve, with its pointwise 95 % interval over resampled replicates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecayPoint {
    /// Months since the handoff.
    pub months: f64,
    /// Fitted lift.
    pub lift: f64,
    /// Lower end.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
}

/// What an arm did and cost in one window, averaged over replicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerSummaryRow {
    /// Window.
    pub window: String,
    /// Arm.
    pub arm: String,
    /// Messages sent per assigned customer.
    pub messages_per_customer: f64,
    /// Direct opens per message sent.
    pub direct_opens_per_message: Option<f64>,
    /// Hours of human work.
    pub human_hours: f64,
    /// Money paid for human work.
    pub human_cost: f64,
    /// Money paid for messages to the simulated customers.
    pub message_cost: f64,
    /// Live components at the end of the window.
    pub library_size: f64,
    /// Components launched.
    pub launched: f64,
    /// Components retired.
    pub retired: f64,
    /// Briefs cancelled at the handoff.
    pub cancelled_briefs: f64,
    /// Messages that were to be sent: those sent and those refused.
    pub attempts: f64,
    /// Messages refused by guardrails.
    pub refused: f64,
    /// The same by rule, for every rule that refused any.
    pub refused_by: Vec<RuleCount>,
    /// What people did, for every kind of work that was done.
    pub work: Vec<WorkSum>,
    /// Money paid for generated components.
    pub content_cost: f64,
    /// Components that were not approved.
    pub turned_down: f64,
    /// Times that the kill switch stopped a channel.
    pub alerts: f64,
    /// Messages sent with a component that harms the brand.
    pub unsafe_messages: f64,
}

/// How many messages a rule refused, averaged over replicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleCount {
    /// The rule.
    pub rule: String,
    /// Messages.
    pub count: f64,
}

/// One kind of human work, averaged over replicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkSum {
    /// The kind.
    pub kind: String,
    /// How often it was done.
    pub count: f64,
    /// Hours it took.
    pub hours: f64,
}
