//! Every estimator that the columns allow, for one outcome; and why others are left out. No formula.

use super::{AnalysisPlan, FEWEST_UNITS_FOR_TREES, MOST_UNITS_FOR_TREES, OutcomeColumns, TrialColumns};
use crate::analysis::cross_fit::CrossFitter;
use crate::analysis::estimate::Estimate;
use crate::analysis::estimator::EstimatorName;
use crate::analysis::sample::{NotEstimable, Sample};
use crate::stats::boosted_trees::BoostingParams;

/// One estimator's estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedEstimate {
    /// Whose.
    pub name: EstimatorName,
    /// What it says.
    pub estimate: Estimate,
    /// p-value adjusted for the number of outcomes (Holm).
    pub holm_p_value: Option<f64>,
    /// p-value adjusted for the number of outcomes (Benjamini–Hochberg).
    pub q_value: Option<f64>,
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
    /// Needs a column known before assignment.
    NothingToAdjustFor,
    /// Needs predictions, or columns to predict from.
    NothingToPredictFrom,
    /// Too few units to fit trees.
    TooFewUnitsForTrees,
    /// Too many units to fit trees.
    TooManyUnitsForTrees,
    /// It was tried and refused.
    Refused(NotEstimable),
}

/// The machine behind ML-RATE, made when first needed and shared by all outcomes.
pub(super) struct CrossFitting<'a> {
    columns: &'a TrialColumns,
    folds: Vec<u32>,
    fitter: Option<Result<CrossFitter, NotEstimable>>,
}

impl<'a> CrossFitting<'a> {
    pub(super) fn new(columns: &'a TrialColumns, folds: Vec<u32>) -> Self {
        Self { columns, folds, fitter: None }
    }

    fn predict(&mut self, outcome: &[f64]) -> Result<Vec<f64>, NotEstimable> {
        let fitter = self.fitter.get_or_insert_with(|| {
            let features: Vec<&[f64]> = self.columns.before_assignment().iter().map(|column| column.values.as_slice()).collect();
            CrossFitter::new(&features, &self.folds)
        });
        fitter.as_ref().map_err(|error| *error)?.predict(outcome, &BoostingParams::default())
    }
}

/// Estimates of one outcome, and the estimators left out.
pub(super) fn all_of(
    columns: &TrialColumns,
    outcome: &OutcomeColumns,
    plan: &AnalysisPlan,
    cross_fitting: &mut CrossFitting<'_>,
) -> (Vec<NamedEstimate>, Vec<LeftOut>) {
    let covariates: Vec<&[f64]> = columns.covariates.iter().map(|column| column.values.as_slice()).collect();
    let mut sample = Sample::new(&outcome.outcome.values, &columns.treated).with_covariates(&covariates);
    sample.baseline = outcome.baseline.as_ref().map(|baseline| baseline.values.as_slice());
    sample.clusters = columns.clusters.as_deref();
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for name in EstimatorName::ALL.iter().copied().filter(|name| is_wanted(plan, *name)) {
        if let Some(why) = lacking(columns, outcome, plan, name) {
            left_out.push(LeftOut { name, why });
            continue;
        }
        let estimated = match (name, &outcome.predictions) {
            (EstimatorName::MlRate, Some(given)) => {
                name.implementation().estimate(&sample.with_predictions(&given.values), plan.level)
            }
            (EstimatorName::MlRate, None) => cross_fitting
                .predict(&outcome.outcome.values)
                .and_then(|predictions| name.implementation().estimate(&sample.with_predictions(&predictions), plan.level)),
            _ => name.implementation().estimate(&sample, plan.level),
        };
        match estimated {
            Ok(estimate) => found.push(NamedEstimate { name, estimate, holm_p_value: None, q_value: None }),
            Err(error) => left_out.push(LeftOut { name, why: WhyLeftOut::Refused(error) }),
        }
    }
    (found, left_out)
}

fn is_wanted(plan: &AnalysisPlan, name: EstimatorName) -> bool {
    plan.estimators.as_ref().is_none_or(|wanted| wanted.contains(&name))
}

/// What an estimator would need and the trial does not have.
fn lacking(columns: &TrialColumns, outcome: &OutcomeColumns, plan: &AnalysisPlan, name: EstimatorName) -> Option<WhyLeftOut> {
    let adjusts = outcome.baseline.is_some() || !columns.covariates.is_empty();
    match name {
        EstimatorName::DifferenceInMeans => None,
        EstimatorName::DifferenceInDifferences | EstimatorName::Cuped => {
            outcome.baseline.is_none().then_some(WhyLeftOut::NoBaseline)
        }
        EstimatorName::Ancova | EstimatorName::Lin => (!adjusts).then_some(WhyLeftOut::NothingToAdjustFor),
        EstimatorName::MlRate if outcome.predictions.is_some() => None,
        EstimatorName::MlRate if columns.before_assignment().is_empty() => Some(WhyLeftOut::NothingToPredictFrom),
        EstimatorName::MlRate if columns.units() > MOST_UNITS_FOR_TREES => Some(WhyLeftOut::TooManyUnitsForTrees),
        EstimatorName::MlRate if plan.estimators.is_none() && columns.units() < FEWEST_UNITS_FOR_TREES => {
            Some(WhyLeftOut::TooFewUnitsForTrees)
        }
        EstimatorName::MlRate => None,
    }
}
