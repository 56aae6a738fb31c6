//! `Report`: everything the renderers show, as plain records. Computes no estimate; it selects, pairs and words what a study found.

use super::checks::Check;
use super::context::ReportContext;
use super::kept::{KeptQuestion, KeptShare, kept_share};
use super::number::{Uncertain, two_sided_95};
use super::wording;
use crate::domain::WindowKind;
use crate::experiment::{
    BeliefSummaryRow, DecayRow, EffectRow, LedgerSummaryRow, NetValueRow, Study, Summary, TruthRow, summarise_beliefs,
};

/// What was run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunNote {
    /// Program and version.
    pub program: String,
    /// Digest of the resolved scenario.
    pub digest: String,
    /// Seed.
    pub seed: u64,
    /// Replicates.
    pub replicates: u32,
    /// Simulated customers per replicate.
    pub customers: u32,
}

/// Messages sent per assigned customer in one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volume {
    /// In the compared arm.
    pub arm: f64,
    /// In the arm it is compared with.
    pub versus: f64,
}

/// One line of the results: an estimate with the message volume it came with.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultRow {
    /// The estimate.
    pub effect: EffectRow,
    /// What the window spans; `None` for a window the scenario does not define.
    pub window: Option<WindowKind>,
    /// Message volume in the window.
    pub volume: Option<Volume>,
}

impl ResultRow {
    /// The effect per customer with its Monte-Carlo error, in units of the metric.
    pub fn effect_per_customer(&self) -> Option<Uncertain> {
        self.effect.effect.map(|estimate| Uncertain { estimate, std_error: self.effect.effect_std_error })
    }

    /// The lift with its Monte-Carlo error, in percent.
    pub fn lift_percent(&self) -> Option<Uncertain> {
        self.effect.lift.map(|estimate| Uncertain { estimate, std_error: self.effect.lift_std_error }.percent())
    }

    /// 5 and 95 % quantiles of the lifts of single trials, in percent.
    pub fn spread_percent(&self) -> Option<(f64, f64)> {
        self.effect.lift_p05.zip(self.effect.lift_p95).map(|(low, high)| (low * 100.0, high * 100.0))
    }
}

/// One point of an uplift curve. Lifts are fractions; what is unknown is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePoint {
    /// Name of the window.
    pub window: String,
    /// Month of the trial from 1; `None` for the pre-period.
    pub month: Option<u32>,
    /// Lift over all replicates.
    pub lift: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub lift_std_error: Option<f64>,
    /// 95 % Monte-Carlo interval of the lift (Student's t with replicates − 1 degrees of freedom).
    pub monte_carlo: Option<(f64, f64)>,
    /// 5 and 95 % quantiles of the lifts of single trials.
    pub spread: Option<(f64, f64)>,
    /// What the lift is relative to, in units of the metric per customer.
    pub denominator: Option<f64>,
    /// Message volume in the window.
    pub volume: Option<Volume>,
    /// True lift, where the study records it.
    pub true_lift: Option<f64>,
}

/// Lift by month of one metric in one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Metric.
    pub metric: String,
    /// Arm.
    pub arm: String,
    /// Arm it is compared with.
    pub versus: String,
    /// Estimator.
    pub estimator: String,
    /// The pre-period, where it was estimated, then the months in order.
    pub points: Vec<CurvePoint>,
    /// Decay fitted to the months after the handoff, where there is one.
    pub decay: Option<DecayRow>,
}

/// The share of an arm's lift that was kept after people had left.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRow {
    /// Metric.
    pub metric: String,
    /// Arm.
    pub arm: String,
    /// Estimator.
    pub estimator: String,
    /// The last curated phase.
    pub before: String,
    /// The last phase.
    pub after: String,
    /// The share.
    pub kept: KeptShare,
}

/// Everything the renderers show.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The scenario in the reader's words.
    pub context: ReportContext,
    /// What was run.
    pub run: RunNote,
    /// Names of the estimators, in the order of the study; the first is the one that sentences and charts use.
    pub estimators: Vec<String>,
    /// Two plain sentences for every compared arm: the lift, and the message volume it came with.
    pub sentences: Vec<[String; 2]>,
    /// Every estimate, in the order of `summary.json`.
    pub rows: Vec<ResultRow>,
    /// The true effects, in the order of `summary.json`; empty where truth is not recorded.
    pub truth: Vec<TruthRow>,
    /// Lift by month of the headline metrics, by metric, then by arm.
    pub curves: Vec<Curve>,
    /// Shares kept of the headline metrics; none where nobody left, or where the interval of the earlier lift holds 0.
    pub kept: Vec<KeptRow>,
    /// Decay fits, as far as the study has them.
    pub decay: Vec<DecayRow>,
    /// What arms decided and believed against what is truly best, by arm and month; empty where truth is not recorded.
    pub beliefs: Vec<BeliefSummaryRow>,
    /// What the arms did and cost.
    pub ledger: Vec<LedgerSummaryRow>,
    /// What the arms are worth in money, by phase and for the trial.
    pub net_value: Vec<NetValueRow>,
    /// Checks of the study, as lines to show; empty until the caller adds them.
    pub checks: Vec<Check>,
}

impl Report {
    /// Selects and words what `study`, summarised as `summary`, found in the scenario of `context`.
    pub fn new(context: &ReportContext, summary: &Summary, study: &Study) -> Self {
        let rows: Vec<ResultRow> = summary.effects.iter().map(|effect| result_row(context, summary, effect)).collect();
        let mut report = Self {
            context: context.clone(),
            run: RunNote {
                program: summary.program.clone(),
                digest: summary.digest.clone(),
                seed: summary.seed,
                replicates: summary.replicates,
                customers: summary.customers,
            },
            estimators: study.estimators.clone(),
            sentences: Vec::new(),
            rows,
            truth: summary.truth.clone(),
            curves: Vec::new(),
            kept: kept_rows(context, study),
            decay: summary.decay.clone(),
            beliefs: summarise_beliefs(study),
            ledger: summary.arms_ledger.clone(),
            net_value: summary.net_value.clone(),
            checks: Vec::new(),
        };
        report.kept.retain(|kept| report.rows.iter().any(|row| is_clear_start(row, kept, summary.replicates)));
        report.curves = curves(&report);
        report.sentences = context.treated().map(|arm| wording::two_sentences(&report, &arm.name)).collect();
        report
    }

    /// The estimator that sentences and charts use: the first of the study.
    pub fn main_estimator(&self) -> &str {
        self.estimators.first().map_or("", String::as_str)
    }

    /// The true effect in this metric, window and arm, where it is known.
    pub fn true_row(&self, cell: Cell<'_>) -> Option<&TruthRow> {
        self.truth.iter().find(|row| row.metric == cell.metric && row.window == cell.window && row.arm == cell.arm)
    }

    /// The decay fitted to this metric and arm by the main estimator.
    pub fn main_decay(&self, metric: &str, arm: &str) -> Option<&DecayRow> {
        self.decay.iter().find(|row| row.metric == metric && row.arm == arm && row.estimator == self.main_estimator())
    }

    /// The row of this metric, window and arm by the main estimator.
    pub fn main_row(&self, cell: Cell<'_>) -> Option<&ResultRow> {
        self.rows.iter().find(|row| {
            row.effect.metric == cell.metric
                && row.effect.window == cell.window
                && row.effect.arm == cell.arm
                && row.effect.estimator == self.main_estimator()
        })
    }

    /// Message volume of `arm` in `window`.
    pub fn volume(&self, arm: &str, window: &str) -> Option<Volume> {
        volume(&self.ledger, self.context.control(), (arm, window))
    }

    /// Headline metrics that have results, in the scenario's order.
    pub fn shown_metrics(&self) -> Vec<&str> {
        let has_rows = |metric: &&str| self.rows.iter().any(|row| row.effect.metric == **metric);
        self.context.headline_metrics.iter().map(String::as_str).filter(has_rows).collect()
    }
}

/// Effect per customer and lift in percent of a true effect, with their Monte-Carlo errors.
pub(super) fn true_effect_and_lift(row: &TruthRow) -> (Option<Uncertain>, Option<Uncertain>) {
    let with = |estimate: Option<f64>, std_error| estimate.map(|estimate| Uncertain { estimate, std_error });
    (with(row.effect, row.effect_std_error), with(row.lift, row.lift_std_error).map(Uncertain::percent))
}

/// One cell of the results.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// Metric.
    pub metric: &'a str,
    /// Window.
    pub window: &'a str,
    /// Arm.
    pub arm: &'a str,
}

fn result_row(context: &ReportContext, summary: &Summary, effect: &EffectRow) -> ResultRow {
    ResultRow {
        window: context.window(&effect.window).map(|window| window.kind),
        volume: volume(&summary.arms_ledger, &effect.versus, (&effect.arm, &effect.window)),
        effect: effect.clone(),
    }
}

fn volume(ledger: &[LedgerSummaryRow], versus: &str, (arm, window): (&str, &str)) -> Option<Volume> {
    let of = |arm: &str| ledger.iter().find(|row| row.arm == arm && row.window == window).map(|row| row.messages_per_customer);
    Some(Volume { arm: of(arm)?, versus: of(versus)? })
}

/// Whether this is the row of the earlier lift, and it is far enough from 0 for a share of it to mean something.
fn is_clear_start(row: &ResultRow, kept: &KeptRow, replicates: u32) -> bool {
    let effect = &row.effect;
    effect.metric == kept.metric
        && effect.window == kept.before
        && effect.arm == kept.arm
        && effect.estimator == kept.estimator
        && row.lift_percent().is_some_and(|lift| lift.is_clear(replicates))
}

fn kept_rows(context: &ReportContext, study: &Study) -> Vec<KeptRow> {
    let Some(handoff) = context.handoff_months().last().copied() else { return Vec::new() };
    let before = context.phases.iter().find(|phase| phase.end == handoff);
    let (Some(before), Some(after)) = (before, context.phases.last()) else { return Vec::new() };
    let position = |names: &[String], name: &str| names.iter().position(|known| known == name);
    let (Some(from), Some(to)) = (position(&study.windows, &before.name), position(&study.windows, &after.name)) else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for metric in &context.headline_metrics {
        for arm in context.treated() {
            for (estimator, estimator_name) in study.estimators.iter().enumerate() {
                let indices = position(&study.metrics, metric).zip(position(&study.arms, &arm.name));
                let question = indices.map(|(metric, arm)| KeptQuestion { metric, arm, estimator, before: from, after: to });
                rows.extend(question.and_then(|question| kept_share(study, question)).map(|kept| KeptRow {
                    metric: metric.clone(),
                    arm: arm.name.clone(),
                    estimator: estimator_name.clone(),
                    before: before.name.clone(),
                    after: after.name.clone(),
                    kept,
                }));
            }
        }
    }
    rows
}

fn curves(report: &Report) -> Vec<Curve> {
    let mut curves = Vec::new();
    let metrics: Vec<String> = report.shown_metrics().into_iter().map(str::to_owned).collect();
    for metric in metrics {
        for arm in report.context.treated() {
            let cells = report.context.windows.iter().filter_map(|window| {
                let month = match window.kind {
                    WindowKind::Pre => None,
                    WindowKind::Month(month) => Some(month + 1),
                    WindowKind::Phase { .. } | WindowKind::Trial { .. } => return None,
                };
                report.main_row(Cell { metric: &metric, window: &window.name, arm: &arm.name }).map(|row| (month, row))
            });
            let points: Vec<CurvePoint> = cells
                .filter(|(month, row)| month.is_some() || row.effect.lift.is_some())
                .map(|(month, row)| curve_point(month, row, report))
                .collect();
            curves.push(Curve {
                metric: metric.clone(),
                arm: arm.name.clone(),
                versus: report.context.control().to_owned(),
                estimator: report.main_estimator().to_owned(),
                points,
                decay: report.main_decay(&metric, &arm.name).cloned(),
            });
        }
    }
    curves
}

fn curve_point(month: Option<u32>, row: &ResultRow, report: &Report) -> CurvePoint {
    let effect = &row.effect;
    let known = report.true_row(Cell { metric: &effect.metric, window: &effect.window, arm: &effect.arm });
    let reach = effect.lift_std_error.map(|error| error * two_sided_95(report.run.replicates));
    CurvePoint {
        window: effect.window.clone(),
        month,
        lift: effect.lift,
        lift_std_error: effect.lift_std_error,
        monte_carlo: effect.lift.zip(reach).map(|(lift, reach)| (lift - reach, lift + reach)),
        spread: effect.lift_p05.zip(effect.lift_p95),
        denominator: effect.denominator,
        volume: row.volume,
        true_lift: known.and_then(|truth| truth.lift),
    }
}
