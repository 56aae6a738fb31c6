//! Event study: the effect in every period relative to a reference period, with a band that covers all periods at once.
//!
//! **What**: `d_t = (Ȳ_T,t − Ȳ_T,ref) − (Ȳ_C,t − Ȳ_C,ref)` for every period but the reference; a joint test that the periods
//! before the start show nothing.
//! **Assumptions**: random assignment (or parallel trends), a balanced panel, one start date.
//! **Formula**: the slopes of `Y_t − Y_ref ~ 1 + Z`, equal to two-way fixed effects with period × treatment dummies. Their full
//! covariance is `Σ_g s_g s_g'` over scores of units or clusters: CR2 by default (per unit: HC2, t(n − 2); per cluster:
//! Satterthwaite's degrees of freedom), CR0, or CR1 as fixed-effects programs have it, with `K` counting the slopes and all
//! periods but no unit effects and t(G − 1). Pointwise intervals use t; the simultaneous band uses the quantile of
//! `max_t |N(0, corr V)|`. The pre-trend test is the Wald test of all leads being zero.
//! **Reference**: Freyaldenhoven, Hansen, Pérez & Shapiro 2021; Montiel Olea & Plagborg-Møller 2019 for the band.
//! **Failure**: fewer than two periods, no such reference, an arm with fewer than two units, values that are not finite. A
//! period whose change does not vary has an effect but no interval and is left out of the band's critical value. A pre-trend
//! test that does not reject is no proof of parallel trends.

use super::estimate::ConfidenceLevel;
use super::sample::{Column, NotEstimable, PerArm, enough_units, first_not_finite, same_length};
use crate::stats::clustered::{ClusterCorrection, ClusteredDesign};
use crate::stats::distributions::{ChiSquared, FisherF, StudentT};
use crate::stats::least_squares::{Design, dot};
use crate::stats::moments::Moments;
use crate::stats::simultaneous::{MaxT, Sides};
use nalgebra::{DMatrix, DVector};

/// One column of outcomes per period, one row per unit.
#[derive(Debug, Clone, Copy)]
pub struct PeriodPanel<'a> {
    /// Outcomes by period, in time order.
    pub outcomes: &'a [&'a [f64]],
    /// Whether the unit was assigned to the treated arm.
    pub treated: &'a [bool],
    /// Cluster of each unit, if units come in clusters.
    pub clusters: Option<&'a [u32]>,
    /// The period that the others are compared with, the last one before the start.
    pub reference: usize,
    /// Small-sample correction of the covariance.
    pub correction: ClusterCorrection,
}

/// The effect in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodEffect {
    /// Position of the period.
    pub period: usize,
    /// Effect relative to the reference period.
    pub effect: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Pointwise interval; `None` without variation.
    pub pointwise: Option<(f64, f64)>,
    /// Simultaneous interval; `None` without variation.
    pub simultaneous: Option<(f64, f64)>,
}

/// A joint test that several effects are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaldTest {
    /// `b' V⁻¹ b`.
    pub chi_squared: f64,
    /// Number of effects tested.
    pub restrictions: usize,
    /// p-value from the chi-squared distribution.
    pub chi_squared_p_value: f64,
    /// p-value of `chi_squared / restrictions` from the F distribution with the study's degrees of freedom.
    pub f_p_value: f64,
}

/// All periods together.
#[derive(Debug, Clone, PartialEq)]
pub struct EventStudy {
    /// Every period but the reference, in time order.
    pub periods: Vec<PeriodEffect>,
    /// Covariance of the effects, rows and columns as `periods`.
    pub covariance: Vec<Vec<f64>>,
    /// Degrees of freedom of the pointwise intervals.
    pub degrees_of_freedom: f64,
    /// Half-width of the band in standard errors; `None` if no period varies.
    pub simultaneous_critical_value: Option<f64>,
    /// Test of the periods before the reference; `None` without any or if they do not vary independently.
    pub pre_trend: Option<WaldTest>,
}

/// Runs the event study.
///
/// # Errors
/// See the module's failures.
pub fn event_study(panel: &PeriodPanel<'_>, level: ConfidenceLevel) -> Result<EventStudy, NotEstimable> {
    check(panel)?;
    let reference = panel.outcomes[panel.reference];
    let periods: Vec<usize> = (0..panel.outcomes.len()).filter(|period| *period != panel.reference).collect();
    let changes: Vec<Vec<f64>> = periods
        .iter()
        .map(|period| panel.outcomes[*period].iter().zip(reference).map(|(now, then)| now - then).collect())
        .collect();
    let Scored { effects, scores, degrees_of_freedom } = match panel.clusters {
        None => by_unit(panel, &changes)?,
        Some(clusters) => by_cluster(panel, &changes, clusters)?,
    };
    let covariance: Vec<Vec<f64>> = scores.iter().map(|a| scores.iter().map(|b| dot(a, b)).collect()).collect();
    let critical = StudentT::new(degrees_of_freedom).and_then(|t| t.quantile(level.upper_probability()));
    let simultaneous_critical_value = band_critical_value(&covariance, level);
    let leads = periods.iter().filter(|period| **period < panel.reference).count();
    let effects_of = |index: usize| {
        let std_error = covariance[index][index].sqrt();
        let around = |critical: f64| (effects[index] - critical * std_error, effects[index] + critical * std_error);
        PeriodEffect {
            period: periods[index],
            effect: effects[index],
            std_error,
            pointwise: critical.filter(|_| std_error > 0.0).map(around),
            simultaneous: simultaneous_critical_value.filter(|_| std_error > 0.0).map(around),
        }
    };
    Ok(EventStudy {
        periods: (0..periods.len()).map(effects_of).collect(),
        degrees_of_freedom,
        simultaneous_critical_value,
        pre_trend: wald_test(&effects[..leads], &covariance, degrees_of_freedom),
        covariance,
    })
}

fn check(panel: &PeriodPanel<'_>) -> Result<(), NotEstimable> {
    if panel.outcomes.len() < 2 || panel.reference >= panel.outcomes.len() {
        return Err(NotEstimable::NoReferencePeriod { periods: panel.outcomes.len(), reference: panel.reference });
    }
    for outcomes in panel.outcomes {
        same_length(Column::Outcome, outcomes.len(), panel.treated.len())?;
        if let Some(error) = first_not_finite(Column::Outcome, outcomes) {
            return Err(error);
        }
    }
    let treated = panel.treated.iter().filter(|treated| **treated).count() as u64;
    enough_units(PerArm { control: panel.treated.len() as u64 - treated, treated })
}

struct Scored {
    effects: Vec<f64>,
    /// One list per period, one entry per unit or cluster.
    scores: Vec<Vec<f64>>,
    degrees_of_freedom: f64,
}

/// The factor of CR1 as fixed-effects programs count: unit effects are nested in clusters and free.
fn cr1_factor(panel: &PeriodPanel<'_>, clusters: usize) -> f64 {
    let (groups, periods) = (clusters as f64, panel.outcomes.len() as f64);
    let rows = panel.treated.len() as f64 * periods;
    groups / (groups - 1.0) * (rows - 1.0) / (rows - (2.0 * periods - 1.0))
}

fn by_unit(panel: &PeriodPanel<'_>, changes: &[Vec<f64>]) -> Result<Scored, NotEstimable> {
    let units = panel.treated.len();
    let overall = if panel.correction == ClusterCorrection::Cr1 { cr1_factor(panel, units).sqrt() } else { 1.0 };
    let mut effects = Vec::with_capacity(changes.len());
    let mut scores = Vec::with_capacity(changes.len());
    for change in changes {
        let arms = PerArm::<Moments>::of(change, panel.treated)?;
        let scale = |arm: Moments, sign: f64| {
            let count = arm.count as f64;
            let small_sample = if panel.correction == ClusterCorrection::Cr2 { (count / (count - 1.0)).sqrt() } else { 1.0 };
            sign * overall * small_sample / count
        };
        let (control, treated) = (scale(arms.control, -1.0), scale(arms.treated, 1.0));
        effects.push(arms.treated.mean - arms.control.mean);
        let score = |(value, is_treated): (&f64, &bool)| {
            if *is_treated { treated * (value - arms.treated.mean) } else { control * (value - arms.control.mean) }
        };
        scores.push(change.iter().zip(panel.treated).map(score).collect());
    }
    let lost = if panel.correction == ClusterCorrection::Cr2 { 2 } else { 1 };
    Ok(Scored { effects, scores, degrees_of_freedom: (units - lost) as f64 })
}

fn by_cluster(panel: &PeriodPanel<'_>, changes: &[Vec<f64>], clusters: &[u32]) -> Result<Scored, NotEstimable> {
    same_length(Column::Clusters, clusters.len(), panel.treated.len())?;
    let mut design = Design::new(panel.treated.len());
    design.push(|_| 1.0);
    let treatment = design.push(|row| f64::from(u8::from(panel.treated[row]))).ok_or(NotEstimable::TreatmentNotIdentified)?;
    let clustered = ClusteredDesign::new(&design, clusters).ok_or(NotEstimable::TooFewClusters { clusters: 1 })?;
    let (correction, factor) = match panel.correction {
        ClusterCorrection::Cr1 => (ClusterCorrection::Cr0, cr1_factor(panel, clustered.clusters()).sqrt()),
        other => (other, 1.0),
    };
    let mut effects = Vec::with_capacity(changes.len());
    let mut scores = Vec::with_capacity(changes.len());
    for change in changes {
        let fit = design.fit(change).ok_or(NotEstimable::Overflow)?;
        effects.push(fit.coefficients[treatment]);
        let mut of_period = clustered.scores(&fit, correction).of_coefficient(&design, treatment);
        of_period.iter_mut().for_each(|score| *score *= factor);
        scores.push(of_period);
    }
    let plain = (clustered.clusters() - 1) as f64;
    let degrees_of_freedom = match panel.correction {
        ClusterCorrection::Cr2 => clustered.satterthwaite_degrees_of_freedom(treatment).unwrap_or(plain),
        ClusterCorrection::Cr0 | ClusterCorrection::Cr1 => plain,
    };
    Ok(Scored { effects, scores, degrees_of_freedom })
}

fn band_critical_value(covariance: &[Vec<f64>], level: ConfidenceLevel) -> Option<f64> {
    let varying: Vec<usize> = (0..covariance.len()).filter(|index| covariance[*index][*index] > 0.0).collect();
    let correlation = |i: usize, j: usize| {
        if i == j { 1.0 } else { covariance[i][j] / (covariance[i][i].sqrt() * covariance[j][j].sqrt()) }
    };
    let correlations: Vec<Vec<f64>> = varying.iter().map(|&i| varying.iter().map(|&j| correlation(i, j)).collect()).collect();
    MaxT::new(&correlations, Sides::Two)?.critical_value(level.share(), f64::INFINITY)
}

/// Wald test that `effects`, whose covariance is the upper left block of `covariance`, are all zero.
#[must_use]
pub fn wald_test(effects: &[f64], covariance: &[Vec<f64>], degrees_of_freedom: f64) -> Option<WaldTest> {
    let restrictions = effects.len();
    if restrictions == 0 || covariance.len() < restrictions {
        return None;
    }
    // Scaling to correlations first keeps the factorisation well conditioned.
    let scales: Vec<f64> = (0..restrictions).map(|index| covariance[index][index].sqrt()).collect();
    if scales.iter().any(|scale| scale.is_nan() || *scale <= 0.0) {
        return None;
    }
    let correlations = DMatrix::from_fn(restrictions, restrictions, |i, j| covariance[i][j] / (scales[i] * scales[j]));
    let scaled = DVector::from_iterator(restrictions, effects.iter().zip(&scales).map(|(effect, scale)| effect / scale));
    let solved = correlations.cholesky()?.solve(&scaled);
    let chi_squared = scaled.dot(&solved);
    let count = restrictions as f64;
    let f = FisherF { numerator_degrees_of_freedom: count, denominator_degrees_of_freedom: degrees_of_freedom };
    Some(WaldTest {
        chi_squared,
        restrictions,
        chi_squared_p_value: ChiSquared::new(count)?.upper_tail(chi_squared)?,
        f_p_value: f.upper_tail(chi_squared / count)?,
    })
}
