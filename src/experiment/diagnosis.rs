//! Diagnosis: how every estimator performs on a scenario whose truth is known, with the Monte-Carlo error of every figure.
//!
//! Aims, estimands, estimators and performance measures are apart (ADEMP; Morris, White & Crowther 2019). Estimands:
//! - `sate`: the effect on the customers of the trial, replicate by replicate, from twins;
//! - `pate`: the effect on customers and worlds like these, the mean of the former over replicates;
//! - `gate`: everybody treated against nobody, from paired runs; it also moves what agents learn.
//!
//! Type-I errors come from an A/A study: the same scenario with the control's policy in every arm, where the truth is exactly 0.

use crate::analysis::performance::{JudgedEstimate, Measure, Performance, compare, performance};
use crate::domain::{Fault, Metric};
use crate::experiment::everybody::GlobalEffects;
use crate::experiment::judgement::{JudgedRow, judge};
use crate::experiment::records::{EstimateRow, LedgerRow, ReplicateResult, Study};
use crate::experiment::trap_costs::{TrapCost, trap_costs};
use crate::scenario::Scenario;
use crate::stats::distributions::{Normal, StudentT};
use crate::stats::moments::Moments;
use serde::Serialize;

/// What is to be diagnosed.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The scenario; its truth is recorded.
    pub scenario: &'a Scenario,
    /// Its study.
    pub study: &'a Study,
    /// The study of the A/A scenario, if there is one.
    pub null: Option<&'a Study>,
    /// Effects of everybody against nobody, if they were asked for.
    pub everybody: Option<&'a [GlobalEffects]>,
    /// Monte-Carlo standard error that coverage is asked for with, as a share.
    pub precision: f64,
}

/// Everything `diagnose` finds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// Version of this layout.
    pub schema: u32,
    /// Program and version.
    pub program: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Digest of the resolved scenario.
    pub digest: String,
    /// Replicates.
    pub replicates: u32,
    /// Simulated customers per replicate.
    pub customers: u32,
    /// Monte-Carlo standard error of a coverage of 95 % with these replicates, and how many replicates the asked one needs.
    pub precision: Precision,
    /// Performance of every estimator on every headline metric, phase and the whole trial.
    pub diagnosands: Vec<Diagnosand>,
    /// Tests of coverage and of type-I errors on the primary cells.
    pub judged: Vec<JudgedRow>,
    /// How far the effect of treating everybody is from the effect in the trial.
    pub gaps: Vec<Gap>,
    /// What wrong analyses cost.
    pub traps: Vec<TrapCost>,
}

/// How precise shares are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Precision {
    /// Monte-Carlo standard error of a share of 95 % with the replicates at hand.
    pub coverage_mcse: f64,
    /// What was asked for.
    pub asked: f64,
    /// Replicates that the asked one needs.
    pub replicates_needed: Option<u64>,
}

/// Performance of one estimator on one cell. Errors are taken against the truth of each replicate; every figure has its Monte-Carlo
/// standard error beside it. Unknown values are `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diagnosand {
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
    /// Estimand: `sate`, `pate` or `gate`.
    pub estimand: String,
    /// Replicates with an estimate.
    pub replicates: u32,
    /// Replicates without.
    pub failures: u32,
    /// Mean of the true effect.
    pub truth: Option<f64>,
    /// Mean error.
    pub bias: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub bias_mcse: Option<f64>,
    /// Standard deviation of errors.
    pub empirical_std_error: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub empirical_std_error_mcse: Option<f64>,
    /// Root of the mean squared reported standard error.
    pub model_std_error: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub model_std_error_mcse: Option<f64>,
    /// How much the model standard error exceeds the empirical one, a share.
    pub model_excess: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub model_excess_mcse: Option<f64>,
    /// Root of the mean squared error.
    pub rmse: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub rmse_mcse: Option<f64>,
    /// Share of 95 % intervals that hold the truth.
    pub coverage: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub coverage_mcse: Option<f64>,
    /// The same if the variance of individual effects, which only a simulation knows, were taken out of the standard error; for the difference in
    /// means over the whole trial, where the formula is exact.
    pub coverage_with_known_effects: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub coverage_with_known_effects_mcse: Option<f64>,
    /// Share of 95 % intervals without 0 where there is an effect.
    pub power: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub power_mcse: Option<f64>,
    /// Share of wrong signs among intervals without 0.
    pub type_s: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub type_s_mcse: Option<f64>,
    /// Mean of estimate over truth among intervals without 0; unknown where the 95 % interval of the mean truth holds 0.
    pub exaggeration: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub exaggeration_mcse: Option<f64>,
    /// Share of 95 % intervals without 0, whatever the truth.
    pub rejection_rate: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub rejection_rate_mcse: Option<f64>,
    /// Share of 95 % intervals without 0 in the A/A study.
    pub type_i_error: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub type_i_error_mcse: Option<f64>,
    /// How much less the errors vary than those of the difference in means on the same replicates, a share.
    pub variance_reduction: Option<f64>,
    /// Its paired Monte-Carlo standard error.
    pub variance_reduction_mcse: Option<f64>,
    /// The same against CUPED.
    pub variance_reduction_over_cuped: Option<f64>,
    /// Its paired Monte-Carlo standard error.
    pub variance_reduction_over_cuped_mcse: Option<f64>,
}

/// The effect of treating everybody beside the effect in the trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Metric.
    pub metric: String,
    /// Window.
    pub window: String,
    /// Arm.
    pub arm: String,
    /// Mean sample effect in the trial.
    pub sate: Option<f64>,
    /// Mean effect of everybody against nobody.
    pub gate: Option<f64>,
    /// Mean of their paired differences.
    pub gap: Option<f64>,
    /// Its Monte-Carlo standard error.
    pub gap_mcse: Option<f64>,
}

/// The A/A scenario: every arm lives under the first arm's policy and humans, so no arm has an effect. With a policy that does not learn the
/// true effect is exactly 0 in every replicate; where it learns, arms learn apart, and it is 0 on average.
///
/// # Errors
/// The faults of a scenario in which every arm has the first arm's policy.
pub fn null_scenario(scenario: &Scenario) -> Result<Scenario, Vec<Fault>> {
    let mut file = scenario.file.clone();
    let first = file.arms[0].clone();
    for arm in &mut file.arms[1..] {
        arm.policy = first.policy.clone();
        arm.curated = Some(first.is_curated());
    }
    file.arms[0].curated = Some(first.is_curated());
    file.study.truth = Some(false);
    Scenario::from_file(file)
}

/// Diagnoses a study.
pub fn diagnose(evidence: &Evidence<'_>) -> Diagnosis {
    let cells = Cells::new(evidence.scenario, evidence.study);
    let mut diagnosands = Vec::new();
    for cell in cells.shown() {
        diagnosands.extend(cell_diagnosands(evidence, &cells, cell));
    }
    let replicates = evidence.study.replicates.len();
    let coverage_mcse = (0.95 * 0.05 / replicates.max(1) as f64).sqrt();
    Diagnosis {
        schema: 1,
        program: crate::experiment::program(),
        scenario: evidence.scenario.file.name.clone(),
        digest: evidence.scenario.digest.clone(),
        replicates: replicates as u32,
        customers: evidence.scenario.file.population.size,
        precision: Precision {
            coverage_mcse,
            asked: evidence.precision,
            replicates_needed: crate::analysis::performance::replicates_for_share(0.95, evidence.precision),
        },
        judged: judge(evidence, &cells),
        gaps: gaps(evidence, &cells),
        traps: trap_costs(evidence),
        diagnosands,
    }
}

/// One metric in one window for one arm, by position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) metric: usize,
    pub(super) window: usize,
    pub(super) arm: usize,
}

/// Where cells stand in a replicate's rows.
pub(super) struct Cells {
    pub(super) metrics: usize,
    pub(super) arms: usize,
    pub(super) estimators: usize,
    headline: Vec<usize>,
    windows: Vec<usize>,
}

impl Cells {
    fn new(scenario: &Scenario, study: &Study) -> Self {
        let position = |metric: &Metric| scenario.metrics.iter().position(|known| known == metric);
        let is_long = |name: &String| *name != "pre" && !name.starts_with("month_");
        Self {
            metrics: study.metrics.len(),
            arms: study.arms.len(),
            estimators: study.estimators.len(),
            headline: scenario.headline.iter().filter_map(position).collect(),
            windows: (0..study.windows.len()).filter(|window| is_long(&study.windows[*window])).collect(),
        }
    }

    /// Headline metrics in phases and the whole trial.
    pub(super) fn shown(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for metric in &self.headline {
            for window in &self.windows {
                cells.extend((1..self.arms).map(|arm| Cell { metric: *metric, window: *window, arm }));
            }
        }
        cells
    }

    fn place(&self, cell: Cell) -> usize {
        (cell.window * self.metrics + cell.metric) * (self.arms - 1) + cell.arm - 1
    }

    /// A replicate's estimate of a cell.
    pub(super) fn estimate<'r>(&self, replicate: &'r ReplicateResult, cell: Cell, estimator: usize) -> Option<&'r EstimateRow> {
        replicate.estimates.get(self.place(cell) * self.estimators + estimator)
    }

    /// A replicate's variance of individual effects.
    fn effect_variance(&self, replicate: &ReplicateResult, cell: Cell) -> Option<f64> {
        replicate.truth.get(self.place(cell)).and_then(|truth| truth.effect_variance)
    }

    /// A replicate's true effect.
    pub(super) fn truth(&self, replicate: &ReplicateResult, cell: Cell) -> Option<f64> {
        replicate.truth.get(self.place(cell)).and_then(|truth| truth.effect)
    }
}

/// An estimate with its 95 % t interval, to be judged by `truth`.
pub(super) fn judged(row: &EstimateRow, truth: f64) -> Option<JudgedEstimate> {
    let (estimate, std_error) = row.effect.zip(row.std_error)?;
    let t = row.degrees_of_freedom.and_then(StudentT::new).and_then(|law| law.quantile(0.975));
    let reach = t.or_else(|| Normal.quantile(0.975))? * std_error;
    Some(JudgedEstimate { estimate, std_error, conf_low: estimate - reach, conf_high: estimate + reach, truth })
}

/// Two-sided p-value of no effect.
pub(super) fn p_value(row: &EstimateRow) -> Option<f64> {
    let (effect, std_error) = row.effect.zip(row.std_error).filter(|(_, std_error)| *std_error > 0.0)?;
    let z = effect / std_error;
    Some(row.degrees_of_freedom.and_then(StudentT::new).map_or_else(|| Normal.two_sided_p(z), |law| law.two_sided_p(z)))
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// All estimators and estimands of one cell.
fn cell_diagnosands(evidence: &Evidence<'_>, cells: &Cells, cell: Cell) -> Vec<Diagnosand> {
    let study = evidence.study;
    let sample: Vec<Option<f64>> = study.replicates.iter().map(|replicate| cells.truth(replicate, cell)).collect();
    let population = mean(&sample.iter().flatten().copied().collect::<Vec<f64>>());
    let mut estimands = vec![("sate", sample.clone()), ("pate", vec![population; sample.len()])];
    if let Some(everybody) = evidence.everybody {
        let effect = |effects: &GlobalEffects| effects.effects.get(cells.place(cell)).and_then(|found| found.effect);
        estimands.push(("gate", everybody.iter().map(effect).collect()));
    }
    let mut rows: Vec<Diagnosand> = Vec::new();
    for (estimand, truths) in estimands {
        // The population's effect is known as well as the mean over replicates is.
        let is_clear = is_clear_of_zero(if estimand == "pate" { &sample } else { &truths });
        let judge_all = |estimator: usize| -> Vec<JudgedEstimate> {
            let pairs = study.replicates.iter().zip(&truths);
            let one = |(replicate, truth): (&ReplicateResult, &Option<f64>)| {
                // A failure takes a place, so that estimators are compared on the same replicates.
                let found = cells.estimate(replicate, cell, estimator).zip(*truth).and_then(|(row, truth)| judged(row, truth));
                let nothing = f64::NAN;
                found.unwrap_or(JudgedEstimate {
                    estimate: nothing,
                    std_error: nothing,
                    conf_low: nothing,
                    conf_high: nothing,
                    truth: nothing,
                })
            };
            pairs.map(one).collect()
        };
        let by_name = |name: &str| study.estimators.iter().position(|known| known == name).map(judge_all);
        let (plain, cuped) = (by_name("difference_in_means"), by_name("cuped"));
        for (estimator, name) in study.estimators.iter().enumerate() {
            let all = judge_all(estimator);
            let Some(found) = performance(&all) else { continue };
            let gain = |other: &Option<Vec<JudgedEstimate>>| {
                other
                    .as_ref()
                    .and_then(|other| compare(other, &all))
                    .map_or_else(Measure::default, |found| found.variance_reduction)
            };
            let null =
                (estimand == "sate").then(|| evidence.null.and_then(|null| null_rate(null, cells, (cell, estimator)))).flatten();
            let mut row = figures(&found, mean(&truths.iter().flatten().copied().collect::<Vec<f64>>()), is_clear);
            (row.metric, row.window) = (study.metrics[cell.metric].clone(), study.windows[cell.window].clone());
            (row.arm, row.versus) = (study.arms[cell.arm].clone(), study.arms[0].clone());
            (row.estimator, row.estimand) = (name.clone(), estimand.to_owned());
            let (reduction, over_cuped) = (gain(&plain), gain(&cuped));
            (row.variance_reduction, row.variance_reduction_mcse) = (reduction.value, reduction.std_error);
            (row.variance_reduction_over_cuped, row.variance_reduction_over_cuped_mcse) =
                (over_cuped.value, over_cuped.std_error);
            if estimand == "sate" && name == "difference_in_means" {
                let known = known_effects(evidence, cells, (cell, estimator));
                (row.coverage_with_known_effects, row.coverage_with_known_effects_mcse) = (known.value, known.std_error);
            }
            if estimand == "pate" {
                // The mean error is that of the sample effect, and so is its Monte-Carlo error: their common truth is no constant of nature.
                let same = |other: &&Diagnosand| other.estimand == "sate" && other.estimator == *name;
                row.bias_mcse = rows.iter().find(same).and_then(|sample| sample.bias_mcse);
            }
            let null = null.unwrap_or_default();
            (row.type_i_error, row.type_i_error_mcse) = (null.value, null.std_error);
            rows.push(row);
        }
    }
    rows
}

/// Coverage with the exact variance of the difference in means over re-randomisations, `s1²/n1 + s0²/n0 − Sτ²/n` (Neyman 1923).
fn known_effects(evidence: &Evidence<'_>, cells: &Cells, (cell, estimator): (Cell, usize)) -> Measure {
    let customers = |replicate: &ReplicateResult| -> f64 {
        let of_arms = |row: &&LedgerRow| usize::from(row.window) == cell.window && [0, cell.arm].contains(&usize::from(row.arm));
        replicate.ledger.iter().filter(of_arms).map(|row| row.customers as f64).sum()
    };
    let corrected = evidence.study.replicates.iter().filter_map(|replicate| {
        let row = cells.estimate(replicate, cell, estimator)?;
        let (variance, truth) = cells.effect_variance(replicate, cell).zip(cells.truth(replicate, cell))?;
        let std_error = (row.std_error?.powi(2) - variance / customers(replicate)).max(0.0).sqrt();
        judged(&EstimateRow { std_error: Some(std_error), ..row.clone() }, truth)
    });
    performance(&corrected.collect::<Vec<JudgedEstimate>>()).map_or_else(Measure::default, |found| found.coverage)
}

/// Share of A/A replicates in which an estimator finds an effect.
fn null_rate(null: &Study, cells: &Cells, (cell, estimator): (Cell, usize)) -> Option<Measure> {
    let rows = null.replicates.iter().filter_map(|replicate| cells.estimate(replicate, cell, estimator));
    let all: Vec<JudgedEstimate> = rows.filter_map(|row| judged(row, 0.0)).collect();
    performance(&all).map(|found| found.rejection_rate)
}

/// Whether the 95 % interval of the mean truth leaves 0 out; a truth without spread is known exactly.
fn is_clear_of_zero(truths: &[Option<f64>]) -> bool {
    let moments = Moments::of(&truths.iter().flatten().copied().collect::<Vec<f64>>());
    let t = StudentT::new(moments.count as f64 - 1.0).and_then(|law| law.quantile(0.975)).unwrap_or(f64::INFINITY);
    let std_error = moments.mean_variance().map_or(0.0, f64::sqrt);
    moments.mean != 0.0 && (std_error == 0.0 || moments.mean.abs() > t * std_error)
}

/// The figures of one estimator; a ratio to the truth is told only where that `is_clear` of zero.
fn figures(found: &Performance, truth: Option<f64>, is_clear: bool) -> Diagnosand {
    let has_effect = truth.is_some_and(|truth| truth != 0.0);
    let only_if = |holds: bool, measure: Measure| if holds { measure } else { Measure::default() };
    let (power, type_s) = (only_if(has_effect, found.rejection_rate), only_if(has_effect, found.type_s));
    let exaggeration = only_if(has_effect && is_clear, found.exaggeration);
    let hundredth = |number: Option<f64>| number.map(|number| number / 100.0);
    Diagnosand {
        replicates: found.replicates as u32,
        failures: found.left_out as u32,
        truth,
        bias: found.bias.value,
        bias_mcse: found.bias.std_error,
        empirical_std_error: found.empirical_std_error.value,
        empirical_std_error_mcse: found.empirical_std_error.std_error,
        model_std_error: found.model_std_error.value,
        model_std_error_mcse: found.model_std_error.std_error,
        model_excess: hundredth(found.model_excess_percent.value),
        model_excess_mcse: hundredth(found.model_excess_percent.std_error),
        rmse: found.root_mean_squared_error.value,
        rmse_mcse: found.root_mean_squared_error.std_error,
        coverage: found.coverage.value,
        coverage_mcse: found.coverage.std_error,
        power: power.value,
        power_mcse: power.std_error,
        type_s: type_s.value,
        type_s_mcse: type_s.std_error,
        exaggeration: exaggeration.value,
        exaggeration_mcse: exaggeration.std_error,
        rejection_rate: found.rejection_rate.value,
        rejection_rate_mcse: found.rejection_rate.std_error,
        ..Diagnosand::default()
    }
}

fn gaps(evidence: &Evidence<'_>, cells: &Cells) -> Vec<Gap> {
    let Some(everybody) = evidence.everybody else { return Vec::new() };
    let study = evidence.study;
    let gap = |cell: Cell| {
        let pairs: Vec<(f64, f64)> = study
            .replicates
            .iter()
            .zip(everybody)
            .filter_map(|(replicate, global)| {
                let global = global.effects.get(cells.place(cell)).and_then(|found| found.effect);
                cells.truth(replicate, cell).zip(global)
            })
            .collect();
        let differences: Vec<f64> = pairs.iter().map(|(sample, global)| global - sample).collect();
        let moments = Moments::of(&differences);
        Gap {
            metric: study.metrics[cell.metric].clone(),
            window: study.windows[cell.window].clone(),
            arm: study.arms[cell.arm].clone(),
            sate: mean(&pairs.iter().map(|pair| pair.0).collect::<Vec<f64>>()),
            gate: mean(&pairs.iter().map(|pair| pair.1).collect::<Vec<f64>>()),
            gap: (!pairs.is_empty()).then_some(moments.mean),
            gap_mcse: moments.mean_variance().map(f64::sqrt),
        }
    };
    cells.shown().into_iter().map(gap).collect()
}
