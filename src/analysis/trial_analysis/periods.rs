//! A panel period by period: plain differences in means, and the event study with its alternatives. No formula.

use super::{OutcomeColumns, TrialColumns};
use crate::analysis::difference_in_means::DifferenceInMeans;
use crate::analysis::estimate::{ConfidenceLevel, Estimate};
use crate::analysis::estimator::Estimator;
use crate::analysis::event_study::{EventStudy, PeriodPanel, event_study};
use crate::analysis::sample::Sample;
use crate::stats::clustered::ClusterCorrection;

/// The difference in means of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodMean {
    /// Name of the period.
    pub period: String,
    /// Whether it lies before the start.
    pub is_before: bool,
    /// Difference in means.
    pub estimate: Estimate,
}

/// An event study with CR2 covariances, and what the same effects have with other ones.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodStudy {
    /// Names of all periods, in time order.
    pub labels: Vec<String>,
    /// Position of the reference, the last period before the start.
    pub reference: usize,
    /// With CR2 (without clusters: HC2).
    pub study: EventStudy,
    /// With CR1, as fixed-effects programs have it.
    pub with_cr1: Option<EventStudy>,
    /// Without any small-sample correction.
    pub with_cr0: Option<EventStudy>,
}

/// Differences in means of all periods; none without a panel.
pub(super) fn by_period(columns: &TrialColumns, outcome: &OutcomeColumns, level: ConfidenceLevel) -> Vec<PeriodMean> {
    let Some(timeline) = &columns.timeline else { return Vec::new() };
    let estimate = |values: &[f64]| {
        let mut sample = Sample::new(values, &columns.treated);
        sample.clusters = columns.clusters.as_deref();
        DifferenceInMeans.estimate(&sample, level).ok()
    };
    let named = timeline.labels.iter().zip(&outcome.periods).enumerate();
    named
        .filter_map(|(index, (label, values))| {
            let is_before = index < timeline.before;
            estimate(values).map(|estimate| PeriodMean { period: label.clone(), is_before, estimate })
        })
        .collect()
}

/// The event study; none without a panel.
pub(super) fn study(columns: &TrialColumns, outcome: &OutcomeColumns, level: ConfidenceLevel) -> Option<PeriodStudy> {
    let timeline = columns.timeline.as_ref()?;
    let outcomes: Vec<&[f64]> = outcome.periods.iter().map(Vec::as_slice).collect();
    let reference = timeline.before.checked_sub(1)?;
    let with = |correction| {
        let clusters = columns.clusters.as_deref();
        event_study(&PeriodPanel { outcomes: &outcomes, treated: &columns.treated, clusters, reference, correction }, level).ok()
    };
    Some(PeriodStudy {
        labels: timeline.labels.clone(),
        reference,
        study: with(ClusterCorrection::Cr2)?,
        with_cr1: with(ClusterCorrection::Cr1),
        with_cr0: with(ClusterCorrection::Cr0),
    })
}
