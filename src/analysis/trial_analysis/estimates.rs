//! Every estimator that the columns allow, for one outcome and every arm; and why others are left out. No formula.

use super::checks::Assignment;
use super::frame::OutcomeFrame;
use super::{AnalysisPlan, FEWEST_UNITS_FOR_TREES, MOST_UNITS_FOR_TREES, RandomizedArm};
use crate::analysis::cross_fit::CrossFitter;
use crate::analysis::estimate::Estimate;
use crate::analysis::estimator::EstimatorName;
use crate::analysis::margin::MarginTest;
use crate::analysis::quantile_effects::{QuantileEffect, QuantileSample, quantile_effects};
use crate::analysis::randomization::{ArmTest, RandomizedTrial, randomization_test};
use crate::analysis::sample::NotEstimable;
use crate::analysis::several_arms::{ArmEstimate, ArmsFit, ArmsSample};
use crate::analysis::two_way_fixed_effects::{PanelRows, two_way_fixed_effects};
use crate::stats::boosted_trees::BoostingParams;
use crate::stats::ratio::RatioInterval;
use std::borrow::Cow;

/// One estimator's estimate for one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedEstimate {
    /// Whose.
    pub name: EstimatorName,
    /// Which arm against control, from 1 on.
    pub arm: u32,
    /// What it says; interval and p-value hold for all arms together.
    pub estimate: Estimate,
    /// p-value of this arm alone.
    pub pointwise_p_value: Option<f64>,
    /// p-value adjusted for the number of outcomes (Holm).
    pub holm_p_value: Option<f64>,
    /// p-value adjusted for the number of outcomes and arms (Benjamini–Hochberg).
    pub q_value: Option<f64>,
    /// The test of the margin, if there is one.
    pub margin: Option<MarginTest>,
    /// Of two-way fixed effects, the standard error that counts no coefficients.
    pub uncounted_std_error: Option<f64>,
}

/// An estimator without an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub name: EstimatorName,
    /// Why.
    pub why: WhyLeftOut,
}

/// Why an estimator has no estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyLeftOut {
    /// Needs the outcome before assignment.
    NoBaseline,
    /// Has the outcome before assignment, but it may not be adjusted for.
    BaselineLeftOut,
    /// Needs a column known before assignment.
    NothingToAdjustFor,
    /// Needs predictions, or columns to predict from.
    NothingToPredictFrom,
    /// Needs a prediction for every unit.
    PredictionsLack,
    /// Needs a panel.
    NoPanel,
    /// Needs an outcome that is no ratio.
    NotOfRatios,
    /// Too few units to fit trees.
    TooFewUnitsForTrees,
    /// Too many units to fit trees.
    TooManyUnitsForTrees,
    /// It was tried and refused.
    Refused(NotEstimable),
}

impl NamedEstimate {
    fn of(name: EstimatorName, (index, found): (usize, ArmEstimate)) -> Self {
        Self {
            name,
            arm: index as u32 + 1,
            estimate: found.estimate,
            pointwise_p_value: found.pointwise_p_value,
            holm_p_value: None,
            q_value: None,
            margin: found.margin,
            uncounted_std_error: found.uncounted_std_error,
        }
    }

    /// Takes away what rests on a standard error that does not exist.
    pub(super) fn without_uncertainty(&mut self) {
        let estimate = &mut self.estimate;
        (estimate.conf_low, estimate.conf_high, estimate.p_value, estimate.degrees_of_freedom) = (None, None, None, None);
        (estimate.lift_interval, estimate.lift_interval_log_delta) = (RatioInterval::Undefined, RatioInterval::Undefined);
        (estimate.std_error, estimate.denominator_std_error) = (0.0, 0.0);
        (self.pointwise_p_value, self.margin, self.uncounted_std_error) = (None, None, None);
    }
}

/// The machine behind ML-RATE, made when first needed and shared by all outcomes with the same rows.
pub(super) struct Trees<'a> {
    features: Vec<&'a [f64]>,
    folds: &'a [u32],
    of_all_rows: Option<Result<CrossFitter, NotEstimable>>,
}

impl<'a> Trees<'a> {
    pub(super) fn new(adjusters: &'a super::adjusters::Adjusters<'_>, folds: &'a [u32]) -> Self {
        let features = adjusters.all().into_iter().map(|(_, values)| values).collect();
        Self { features, folds, of_all_rows: None }
    }

    fn predict(&mut self, frame: &OutcomeFrame<'_>) -> Result<Vec<f64>, NotEstimable> {
        let params = BoostingParams::default();
        let Some(rows) = &frame.rows else {
            let fitter = self.of_all_rows.get_or_insert_with(|| CrossFitter::new(&self.features, self.folds));
            return fitter.as_ref().map_err(|error| *error)?.predict(&frame.outcome, &params);
        };
        let pick = |column: &&[f64]| rows.iter().map(|row| column[*row as usize]).collect::<Vec<f64>>();
        let features: Vec<Vec<f64>> = self.features.iter().map(pick).collect();
        let features: Vec<&[f64]> = features.iter().map(Vec::as_slice).collect();
        let folds: Vec<u32> = rows.iter().map(|row| self.folds[*row as usize]).collect();
        CrossFitter::new(&features, &folds)?.predict(&frame.outcome, &params)
    }
}

/// Estimates of one outcome, and the estimators left out.
pub(super) fn all_of(frame: &OutcomeFrame<'_>, plan: &AnalysisPlan, trees: &mut Trees<'_>) -> (Vec<NamedEstimate>, Vec<LeftOut>) {
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for name in EstimatorName::OF_FILES.iter().copied().filter(|name| is_wanted(frame, plan, *name)) {
        if let Some(why) = lacking(frame, plan, name) {
            left_out.push(LeftOut { name, why });
            continue;
        }
        match estimate(frame, plan, trees, name) {
            Ok(arms) => found.extend(arms.into_iter().enumerate().map(|arm| NamedEstimate::of(name, arm))),
            Err(error) => left_out.push(LeftOut { name, why: WhyLeftOut::Refused(error) }),
        }
    }
    (found, left_out)
}

/// An estimator that was asked for, or that the trial has a use for: on complete panels two-way fixed effects is difference in differences.
fn is_wanted(frame: &OutcomeFrame<'_>, plan: &AnalysisPlan, name: EstimatorName) -> bool {
    match &plan.estimators {
        // Where rows are lacking, complete units and all rows stand side by side.
        Some(wanted) if name == EstimatorName::TwoWayFixedEffects => {
            wanted.contains(&name) || (wanted.contains(&EstimatorName::DifferenceInDifferences) && frame.lacks_rows())
        }
        Some(wanted) => wanted.contains(&name),
        None => name != EstimatorName::TwoWayFixedEffects || frame.lacks_rows(),
    }
}

fn estimate(
    frame: &OutcomeFrame<'_>,
    plan: &AnalysisPlan,
    trees: &mut Trees<'_>,
    name: EstimatorName,
) -> Result<Vec<ArmEstimate>, NotEstimable> {
    let judgement = &plan.judgement;
    if name == EstimatorName::TwoWayFixedEffects {
        return judgement.draw(on_all_rows(frame)?);
    }
    if name == EstimatorName::DifferenceInDifferences {
        let rows = frame.change_rows().ok_or(NotEstimable::ZeroDenominator)?;
        return ArmsSample {
            outcome: &rows.after,
            arm_of: &rows.arm_of,
            arms: frame.trial.arms,
            baseline: Some(&rows.before),
            baseline_missing: None,
            covariates: &[],
            predictions: None,
            clusters: rows.clusters.as_deref(),
        }
        .estimate(name, judgement);
    }
    let covariates: Vec<&[f64]> = frame.covariates.iter().map(|column| &**column).collect();
    let predictions = match (name, &frame.columns.predictions) {
        (EstimatorName::MlRate, Some(given)) => Some(super::frame::picked(&given.values, frame.rows.as_deref())),
        (EstimatorName::MlRate, None) => Some(Cow::Owned(trees.predict(frame)?)),
        _ => None,
    };
    ArmsSample {
        outcome: &frame.outcome,
        arm_of: &frame.arm_of,
        arms: frame.trial.arms,
        baseline: frame.baseline.as_deref(),
        baseline_missing: frame.baseline_missing.as_deref(),
        covariates: &covariates,
        predictions: predictions.as_deref(),
        clusters: frame.clusters.as_deref(),
    }
    .estimate(name, judgement)
}

/// Two-way fixed effects on every row of the panel.
fn on_all_rows(frame: &OutcomeFrame<'_>) -> Result<ArmsFit, NotEstimable> {
    let trial = frame.trial;
    let (mut outcome, mut unit, mut period) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..trial.units() {
        for (number, values) in (0..).zip(&frame.columns.periods) {
            if !values[row].is_nan() {
                outcome.push(values[row]);
                unit.push(row as u32);
                period.push(number);
            }
        }
    }
    let fit = two_way_fixed_effects(&PanelRows {
        outcome: &outcome,
        unit: &unit,
        period: &period,
        arm_of_unit: &trial.arm_of,
        arms: trial.arms as usize,
        starts_at: trial.timeline.as_ref().map_or(0, |timeline| timeline.before as u32),
        cluster_of_unit: trial.clusters.as_deref(),
    })?;
    Ok(ArmsFit {
        parts: (1..trial.arms as usize).map(|arm| fit.parts(arm)).collect(),
        scores: fit.scores,
        uncounted: Some(fit.uncounted),
    })
}

/// What an estimator would need and the trial does not have.
fn lacking(frame: &OutcomeFrame<'_>, plan: &AnalysisPlan, name: EstimatorName) -> Option<WhyLeftOut> {
    let adjusts = frame.baseline.is_some() || !frame.covariates.is_empty();
    // What leaves learn from are independent: clusters, where there are any.
    let units = frame.clusters.as_ref().map_or(frame.outcome.len(), |labels| super::columns::distinct(labels) as usize);
    if frame.columns.denominator.is_some() && frame.outcome.iter().any(|value| value.is_infinite()) {
        return Some(WhyLeftOut::Refused(NotEstimable::ZeroDenominator));
    }
    match name {
        EstimatorName::DifferenceInMeans => None,
        EstimatorName::TwoWayFixedEffects if frame.trial.timeline.is_none() => Some(WhyLeftOut::NoPanel),
        EstimatorName::TwoWayFixedEffects => frame.columns.denominator.is_some().then_some(WhyLeftOut::NotOfRatios),
        EstimatorName::DifferenceInDifferences | EstimatorName::Cuped if frame.baseline.is_none() => {
            Some(if frame.columns.baseline.is_some() { WhyLeftOut::BaselineLeftOut } else { WhyLeftOut::NoBaseline })
        }
        EstimatorName::DifferenceInDifferences | EstimatorName::Cuped => None,
        EstimatorName::Ancova | EstimatorName::Lin => (!adjusts).then_some(WhyLeftOut::NothingToAdjustFor),
        EstimatorName::MlRate => match &frame.columns.predictions {
            Some(given) if given.values.iter().any(|value| value.is_nan()) => Some(WhyLeftOut::PredictionsLack),
            Some(_) => None,
            None if !adjusts => Some(WhyLeftOut::NothingToPredictFrom),
            None if units > MOST_UNITS_FOR_TREES => Some(WhyLeftOut::TooManyUnitsForTrees),
            None if plan.estimators.is_none() && units < FEWEST_UNITS_FOR_TREES => Some(WhyLeftOut::TooFewUnitsForTrees),
            None => None,
        },
    }
}

/// p-values by randomisation, arm by arm, if they were asked for: of the estimator that speaks for the outcome, on its rows and with what it
/// adjusts for. Two-way fixed effects has none.
pub(super) fn by_randomization(
    frame: &OutcomeFrame<'_>,
    plan: &AnalysisPlan,
    (assignment, found): (&Assignment, &[NamedEstimate]),
) -> Vec<RandomizedArm> {
    let Some(wanted) = &plan.randomization else { return Vec::new() };
    let there: Vec<EstimatorName> = found.iter().map(|found| found.name).collect();
    let Some(name) = EstimatorName::speaking(&there, frame.lacks_rows(), frame.trial.strata.is_some()) else { return Vec::new() };
    let covariates = || frame.covariates.iter().map(|column| &**column);
    let past = || frame.baseline.iter().chain(&frame.baseline_missing).map(|column| &**column);
    let strata = |rows: Option<&[u32]>| frame.trial.strata.as_ref().map(|strata| super::frame::picked(strata, rows).into_owned());
    let (changes, columns): (_, Vec<&[f64]>) = match name {
        EstimatorName::TwoWayFixedEffects => return Vec::new(),
        EstimatorName::DifferenceInMeans => (None, Vec::new()),
        EstimatorName::DifferenceInDifferences => (frame.change_rows(), Vec::new()),
        EstimatorName::Cuped => (None, past().collect()),
        EstimatorName::Ancova | EstimatorName::Lin | EstimatorName::MlRate => (None, past().chain(covariates()).collect()),
    };
    let change: Option<Vec<f64>> =
        changes.as_ref().map(|rows| rows.after.iter().zip(&*rows.before).map(|(after, before)| after - before).collect());
    // Rows of changes are fewer, and strata are not known for them by themselves.
    let strata = if changes.is_some() { None } else { strata(frame.rows.as_deref()) };
    let (outcome, arm, clusters) = match (&changes, &change) {
        (Some(rows), Some(change)) => (change.as_slice(), &*rows.arm_of, rows.clusters.as_deref()),
        _ => (&*frame.outcome, &*frame.arm_of, frame.clusters.as_deref()),
    };
    let clusters = clusters.filter(|_| assignment.of_clusters());
    let trial = RandomizedTrial { outcome, arm, clusters, strata: strata.as_deref(), covariates: &columns };
    let Ok(tested) = randomization_test(&trial, *wanted, plan.judgement.alternative.sides()) else { return Vec::new() };
    if tested.assignments < 2 {
        // The only assignment there could have been proves nothing.
        return Vec::new();
    }
    let of_arm = |(arm, test): (u32, &ArmTest)| RandomizedArm {
        arm,
        estimator: name,
        p_value: test.p_value,
        holm_p_value: None,
        of_clusters: assignment.of_clusters(),
        is_exact: tested.exact,
        assignments: tested.assignments,
    };
    (1..).zip(&tested.arms).map(of_arm).collect()
}

/// Differences of the quantiles that were asked for; none for ratios, whose units have no value of their own.
pub(super) fn on_quantiles(frame: &OutcomeFrame<'_>, plan: &AnalysisPlan) -> Vec<QuantileEffect> {
    if plan.quantiles.is_empty() || frame.columns.denominator.is_some() {
        return Vec::new();
    }
    let sample = QuantileSample { outcome: &frame.outcome, arm: &frame.arm_of, clusters: frame.clusters.as_deref() };
    quantile_effects(&sample, &plan.quantiles, plan.judgement.level).unwrap_or_default()
}
