//! A panel period by period: plain differences in means, and the event study with its alternatives. No formula.

use super::AnalysisPlan;
use super::frame::{OutcomeFrame, kept_rows, linearised, picked};
use crate::analysis::estimate::Estimate;
use crate::analysis::estimator::EstimatorName;
use crate::analysis::event_study::{EventStudy, PeriodPanel, event_study};
use crate::analysis::several_arms::ArmsSample;
use crate::stats::clustered::ClusterCorrection;
use std::borrow::Cow;

/// The difference in means of one period and one arm.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodMean {
    /// Name of the period.
    pub period: String,
    /// Which arm against control, from 1 on.
    pub arm: u32,
    /// Whether it lies before the start.
    pub is_before: bool,
    /// Difference in means of the units with a value in this period.
    pub estimate: Estimate,
}

/// An event study with CR2 covariances, and what the same effects have with other ones.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodStudy {
    /// Which arm against control, from 1 on.
    pub arm: u32,
    /// Names of all periods, in time order.
    pub labels: Vec<String>,
    /// Position of the reference, the last period before the start.
    pub reference: usize,
    /// Units with every period.
    pub units: u64,
    /// With CR2 (without clusters: HC2).
    pub study: EventStudy,
    /// With CR1, as fixed-effects programs have it.
    pub with_cr1: Option<EventStudy>,
    /// Without any small-sample correction.
    pub with_cr0: Option<EventStudy>,
}

/// The values of one period for some of the trial's rows; of a ratio their linear parts.
fn period_values<'a>(frame: &'a OutcomeFrame<'_>, period: usize, rows: Option<&[u32]>, arm_of: &[u32]) -> Option<Cow<'a, [f64]>> {
    let above = picked(&frame.columns.periods[period], rows);
    match frame.columns.period_denominators.get(period) {
        None => Some(above),
        Some(below) => linearised(&above, &picked(below, rows), |row| arm_of[row], frame.trial.arms).map(Cow::Owned),
    }
}

/// Differences in means of all periods; none without a panel.
pub(super) fn by_period(frame: &OutcomeFrame<'_>, plan: &AnalysisPlan) -> Vec<PeriodMean> {
    let Some(timeline) = &frame.trial.timeline else { return Vec::new() };
    let of_period = |(period, label): (usize, &String)| {
        let below = frame.columns.period_denominators.get(period);
        let has_value =
            |row: usize| !frame.columns.periods[period][row].is_nan() && !below.is_some_and(|below| below[row].is_nan());
        let rows = kept_rows(frame.trial.units(), has_value);
        let kept = rows.as_deref();
        let arm_of = picked(&frame.trial.arm_of, kept);
        let clusters = frame.trial.clusters.as_ref().map(|labels| picked(labels, kept));
        let values = period_values(frame, period, kept, &arm_of)?;
        let sample = ArmsSample::unadjusted(&values, &arm_of, frame.trial.arms, clusters.as_deref());
        let found = sample.estimate(EstimatorName::DifferenceInMeans, &plan.judgement).ok()?;
        let mean = |(arm, found): (u32, &crate::analysis::several_arms::ArmEstimate)| PeriodMean {
            period: label.clone(),
            arm,
            is_before: period < timeline.before,
            estimate: found.estimate,
        };
        Some((1..).zip(&found).map(mean).collect::<Vec<_>>())
    };
    timeline.labels.iter().enumerate().filter_map(of_period).flatten().collect()
}

/// The event study of each arm against control, on units with every period; none without a panel.
pub(super) fn studies(frame: &OutcomeFrame<'_>, plan: &AnalysisPlan) -> Vec<PeriodStudy> {
    (1..frame.trial.arms).filter_map(|arm| study(frame, plan, arm)).collect()
}

fn study(frame: &OutcomeFrame<'_>, plan: &AnalysisPlan, arm: u32) -> Option<PeriodStudy> {
    let timeline = frame.trial.timeline.as_ref()?;
    let reference = timeline.before.checked_sub(1)?;
    let arm_of = &frame.trial.arm_of;
    let rows = kept_rows(arm_of.len(), |row| (arm_of[row] == 0 || arm_of[row] == arm) && frame.has_every_period(row));
    let kept = rows.as_deref();
    let arms = picked(arm_of, kept);
    let treated: Vec<bool> = arms.iter().map(|own| *own == arm).collect();
    let clusters = frame.trial.clusters.as_ref().map(|labels| picked(labels, kept));
    let periods = (0..timeline.labels.len()).map(|period| period_values(frame, period, kept, &arms));
    let outcomes: Vec<Cow<'_, [f64]>> = periods.collect::<Option<_>>()?;
    let outcomes: Vec<&[f64]> = outcomes.iter().map(|values| &**values).collect();
    let with = |correction| {
        let clusters = clusters.as_deref();
        let panel = PeriodPanel { outcomes: &outcomes, treated: &treated, clusters, reference, correction };
        event_study(&panel, plan.judgement.level).ok()
    };
    Some(PeriodStudy {
        arm,
        labels: timeline.labels.clone(),
        reference,
        units: treated.len() as u64,
        study: with(ClusterCorrection::Cr2)?,
        with_cr1: with(ClusterCorrection::Cr1),
        with_cr0: with(ClusterCorrection::Cr0),
    })
}
