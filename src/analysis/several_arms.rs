//! Every arm of a trial against control, with what holds for all of them at once.
//!
//! **What**: for each estimator the effects of arms 1, 2, … against arm 0 from one regression on all arms, and p-values and intervals that
//! hold for all arms together. With two arms it is the estimator itself.
//! **Assumptions**: those of the estimator; effects are jointly (approximately) normal with the estimated covariance.
//! **Formula**: one regression `Y ~ 1 + Σ_k Z_k + X_c` (Lin and ML-RATE: also every `Z_k · X_c`; CUPED: Y less the pooled slope on its past;
//! difference in differences: the change since the baseline). Covariances between arms are sums of products of the HC2 or CR2 scores.
//! Single-step: p_k = P(max_j |T_j| ≥ |t_k|) for a multivariate t with these correlations, the interval's critical value from the same
//! distribution. Degrees of freedom are each contrast's own: Welch's for differences in means, n − k for regressions, Satterthwaite's with clusters.
//! **Reference**: Dunnett 1955, whose test this is in large samples of equal variance; Hothorn, Bretz & Westfall 2008 for the covariance; Hasler & Hothorn 2008 for degrees of
//! freedom by contrast.
//! **Failure**: as the estimator's; an arm with fewer than two units.

use super::alternative::Alternative;
use super::cuped::pooled_adjustment;
use super::estimate::{EffectParts, Estimate, Reference, welch_degrees_of_freedom};
use super::estimator::EstimatorName;
use super::event_study::wald_test;
use super::margin::{Margin, MarginTest};
use super::regression::{Covariate, TreatmentDesign};
use super::sample::{Column, NotEstimable, PerArm, Sample, enough_units, first_not_finite, same_length};
use super::{ConfidenceLevel, difference_in_differences};
use crate::stats::least_squares::{Design, dot};
use crate::stats::moments::{Moments, by_group};
use crate::stats::simultaneous::MaxT;

/// The columns of a trial of any number of arms, one row per unit of randomisation; all finite and of one length.
#[derive(Debug, Clone, Copy)]
pub struct ArmsSample<'a> {
    /// The outcome after assignment.
    pub outcome: &'a [f64],
    /// Arm of each unit; 0 is control.
    pub arm_of: &'a [u32],
    /// Number of arms, control among them.
    pub arms: u32,
    /// The outcome before assignment.
    pub baseline: Option<&'a [f64]>,
    /// Where the baseline was missing (1) and has been filled, if anywhere.
    pub baseline_missing: Option<&'a [f64]>,
    /// Further columns fixed before assignment.
    pub covariates: &'a [&'a [f64]],
    /// Out-of-fold predictions.
    pub predictions: Option<&'a [f64]>,
    /// Cluster of each unit.
    pub clusters: Option<&'a [u32]>,
}

/// How intervals and p-values are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// Of every interval.
    pub level: ConfidenceLevel,
    /// Which differences count against no effect.
    pub alternative: Alternative,
    /// The largest loss that would be accepted, if the question is non-inferiority.
    pub margin: Option<Margin>,
}

/// One arm's effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArmEstimate {
    /// With intervals and p-value that hold for all arms together.
    pub estimate: Estimate,
    /// The p-value of this arm alone.
    pub pointwise_p_value: Option<f64>,
    /// The test of the margin, if there is one.
    pub margin: Option<MarginTest>,
    /// Of two-way fixed effects, the standard error that counts no coefficients.
    pub uncounted_std_error: Option<f64>,
}

/// Effects before intervals are drawn, and what rows or clusters contribute to each.
pub(crate) struct ArmsFit {
    pub(crate) parts: Vec<EffectParts>,
    pub(crate) scores: Vec<Vec<f64>>,
    /// What turns standard errors into those that count no coefficients, where that is another convention.
    pub(crate) uncounted: Option<f64>,
}

impl<'a> ArmsSample<'a> {
    /// Outcomes and arms, and nothing to adjust for.
    #[must_use]
    pub fn unadjusted(outcome: &'a [f64], arm_of: &'a [u32], arms: u32, clusters: Option<&'a [u32]>) -> Self {
        Self { outcome, arm_of, arms, baseline: None, baseline_missing: None, covariates: &[], predictions: None, clusters }
    }

    /// Estimates every arm against control.
    ///
    /// # Errors
    /// As the estimator named; an arm with fewer than two units.
    pub fn estimate(&self, name: EstimatorName, judgement: &Judgement) -> Result<Vec<ArmEstimate>, NotEstimable> {
        if self.arms == 2 {
            // The estimator itself looks at what it uses.
            return self.of_two(name, judgement).map(|found| vec![found]);
        }
        self.check()?;
        judgement.draw(self.fit(name)?)
    }

    /// Columns of one length, finite, and two units in every arm.
    fn check(&self) -> Result<(), NotEstimable> {
        let rows = self.outcome.len();
        same_length(Column::Treated, self.arm_of.len(), rows)?;
        let columns = std::iter::once(Covariate { column: Column::Outcome, values: self.outcome }).chain(self.adjusters());
        for covariate in columns {
            same_length(covariate.column, covariate.values.len(), rows)?;
            if let Some(error) = first_not_finite(covariate.column, covariate.values) {
                return Err(error);
            }
        }
        self.units().into_iter().try_for_each(enough_units)
    }

    /// Units of control and of each other arm.
    fn units(&self) -> Vec<PerArm<u64>> {
        let mut counts = vec![0_u64; self.arms as usize];
        self.arm_of.iter().for_each(|arm| counts[*arm as usize] += 1);
        counts[1..].iter().map(|treated| PerArm { control: counts[0], treated: *treated }).collect()
    }

    /// Everything to adjust for: the baseline, where it was filled, and the covariates.
    fn adjusters(&self) -> Vec<Covariate<'a>> {
        let baseline = self.baseline.map(|values| Covariate { column: Column::Baseline, values });
        let filled = self.baseline_missing.map(|values| Covariate { column: Column::Baseline, values });
        let others = self.covariates.iter().enumerate();
        let others = others.map(|(index, values)| Covariate { column: Column::Covariate(index), values });
        baseline.into_iter().chain(filled).chain(others).collect()
    }

    /// The outcome less what its own past predicts, slopes pooled over all arms.
    fn cuped_outcome(&self) -> Result<Vec<f64>, NotEstimable> {
        let baseline = self.baseline.ok_or(NotEstimable::Missing { column: Column::Baseline })?;
        let columns: Vec<&[f64]> = std::iter::once(baseline).chain(self.baseline_missing).collect();
        pooled_adjustment(self.outcome, &columns)
    }

    fn of_two(&self, name: EstimatorName, judgement: &Judgement) -> Result<ArmEstimate, NotEstimable> {
        let treated: Vec<bool> = self.arm_of.iter().map(|arm| *arm == 1).collect();
        let columns: Vec<&[f64]> = self.baseline_missing.into_iter().chain(self.covariates.iter().copied()).collect();
        let mut sample = Sample::new(self.outcome, &treated).with_covariates(&columns);
        (sample.baseline, sample.predictions, sample.clusters) = (self.baseline, self.predictions, self.clusters);
        let adjusted;
        let name = if name == EstimatorName::Cuped && self.baseline_missing.is_some() {
            adjusted = self.cuped_outcome()?;
            sample.outcome = &adjusted;
            EstimatorName::DifferenceInMeans
        } else {
            name
        };
        let level = judgement.alternative.two_sided_level(judgement.level);
        let estimate = judgement.alternative.of_two_sided(name.implementation().estimate(&sample, level)?);
        let margin = judgement.alone().and_then(|student| judgement.margin?.test(&estimate, &student, judgement));
        Ok(ArmEstimate { estimate, pointwise_p_value: estimate.p_value, margin, uncounted_std_error: None })
    }

    /// One regression on all arms.
    fn fit(&self, name: EstimatorName) -> Result<ArmsFit, NotEstimable> {
        let predictions = || -> Result<Vec<Covariate<'a>>, NotEstimable> {
            let values = self.predictions.ok_or(NotEstimable::Missing { column: Column::Predictions })?;
            Ok(vec![Covariate { column: Column::Predictions, values }])
        };
        let adjusters = || -> Result<Vec<Covariate<'a>>, NotEstimable> {
            let columns = self.adjusters();
            if columns.is_empty() { Err(NotEstimable::Missing { column: Column::Baseline }) } else { Ok(columns) }
        };
        match name {
            EstimatorName::DifferenceInMeans => self.regress(self.outcome, &[], false),
            EstimatorName::Cuped => self.regress(&self.cuped_outcome()?, &[], false),
            EstimatorName::Ancova => self.regress(self.outcome, &adjusters()?, false),
            EstimatorName::Lin => self.regress(self.outcome, &adjusters()?, true),
            EstimatorName::MlRate => self.regress(self.outcome, &predictions()?, true),
            EstimatorName::DifferenceInDifferences | EstimatorName::TwoWayFixedEffects => self.changes(),
        }
    }

    fn design(&self, covariates: &[Covariate<'_>], interacted: bool) -> Result<TreatmentDesign, NotEstimable> {
        TreatmentDesign::of_arms(self.arm_of.len(), self.arms, |row, arm| self.arm_of[row] == arm, covariates, interacted)
    }

    fn regress(&self, outcome: &[f64], covariates: &[Covariate<'_>], interacted: bool) -> Result<ArmsFit, NotEstimable> {
        let fits = self.design(covariates, interacted)?.fit_arms(outcome, self.clusters)?;
        let mut parts: Vec<EffectParts> = fits.iter().zip(self.units()).map(|(fit, units)| fit.parts(units)).collect();
        if covariates.is_empty() && self.clusters.is_none() {
            // Each difference has only two arms' variances in it, so only their units count: n − k of all arms rejects too often where
            // spreads differ.
            parts.iter_mut().zip(self.welch(outcome)).for_each(|(parts, freedom)| parts.degrees_of_freedom = freedom);
        }
        Ok(ArmsFit { parts, scores: fits.into_iter().map(|fit| fit.treatment_scores).collect(), uncounted: None })
    }

    /// Difference in differences: the lift divides by the treated mean after less the effect.
    fn changes(&self) -> Result<ArmsFit, NotEstimable> {
        let baseline = self.baseline.ok_or(NotEstimable::Missing { column: Column::Baseline })?;
        let change: Vec<f64> = self.outcome.iter().zip(baseline).map(|(after, before)| after - before).collect();
        let design = self.design(&[], false)?;
        let (after, changes) = (design.fit_arms(self.outcome, self.clusters)?, design.fit_arms(&change, self.clusters)?);
        let mut found = ArmsFit { parts: Vec::new(), scores: Vec::new(), uncounted: None };
        for ((after, change), units) in after.iter().zip(changes).zip(self.units()) {
            found.parts.push(difference_in_differences::of_scores(after, &change, units));
            found.scores.push(change.treatment_scores);
        }
        Ok(found)
    }
}

impl ArmsSample<'_> {
    /// Welch's degrees of freedom of each arm against control.
    fn welch(&self, outcome: &[f64]) -> Vec<Option<f64>> {
        let moments = moments_by_arm(outcome, self.arm_of, self.arms);
        let variance = |arm: &Moments| arm.mean_variance().unwrap_or_default();
        let of_arm = |(arm, units): (&Moments, PerArm<u64>)| {
            welch_degrees_of_freedom(PerArm { control: variance(&moments[0]), treated: variance(arm) }, units)
        };
        moments[1..].iter().zip(self.units()).map(of_arm).collect()
    }
}

impl Judgement {
    /// Draws intervals and p-values that hold for all arms together.
    ///
    /// # Errors
    /// Overflow.
    pub(crate) fn draw(&self, fit: ArmsFit) -> Result<Vec<ArmEstimate>, NotEstimable> {
        let errors: Vec<f64> = fit.parts.iter().map(EffectParts::std_error).collect();
        let varying: Vec<usize> = (0..errors.len()).filter(|arm| errors[*arm] > 0.0).collect();
        let correlation = |a: usize, b: usize| {
            if a == b { 1.0 } else { (dot(&fit.scores[a], &fit.scores[b]) / (errors[a] * errors[b])).clamp(-1.0, 1.0) }
        };
        let correlations: Vec<Vec<f64>> = varying.iter().map(|a| varying.iter().map(|b| correlation(*a, *b)).collect()).collect();
        let together = MaxT::new(&correlations, self.alternative.sides());
        let alone = self.alone();
        let draw = |(parts, error): (EffectParts, f64)| {
            let freedom = parts.degrees_of_freedom.filter(|_| error > 0.0);
            let of = |reference: &Option<MaxT>| {
                let (reference, freedom) = (reference.as_ref()?, freedom?);
                Some(Reference {
                    critical_value: reference.critical_value(self.level.share(), freedom)?,
                    p_value: reference.p_value(parts.effect / error, freedom)?,
                })
            };
            let estimate = self.alternative.opened(parts.with_reference(of(&together))?);
            let margin = together.as_ref().and_then(|reference| self.margin?.test(&estimate, reference, self));
            Ok(ArmEstimate {
                estimate,
                pointwise_p_value: of(&alone).map(|reference| reference.p_value),
                margin,
                uncounted_std_error: fit.uncounted.map(|factor| factor * error),
            })
        };
        fit.parts.into_iter().zip(errors).map(draw).collect()
    }

    /// The reference of one arm alone: Student's t.
    fn alone(&self) -> Option<MaxT> {
        MaxT::new(&[vec![1.0]], self.alternative.sides())
    }
}

/// Moments of each arm.
pub(crate) fn moments_by_arm(values: &[f64], arm_of: &[u32], arms: u32) -> Vec<Moments> {
    if arms == 2 {
        let treated: Vec<bool> = arm_of.iter().map(|arm| *arm == 1).collect();
        return by_group(values, &treated).to_vec();
    }
    let of_arm = |wanted: u32| -> Moments {
        let own: Vec<f64> = values.iter().zip(arm_of).filter(|(_, arm)| **arm == wanted).map(|(value, _)| *value).collect();
        Moments::of(&own)
    };
    (0..arms).map(of_arm).collect()
}

/// p-value that a column fixed before assignment has the same mean in all arms: the two-arm test, or the Wald test of all differences with
/// the smallest of their degrees of freedom. `None` where it does not vary.
#[must_use]
pub fn arms_differ(values: &[f64], arm_of: &[u32], arms: u32, clusters: Option<&[u32]>) -> Option<f64> {
    let sample = ArmsSample::unadjusted(values, arm_of, arms, clusters);
    if arms == 2 {
        let judgement = Judgement { level: ConfidenceLevel::default(), alternative: Alternative::TwoSided, margin: None };
        return sample.estimate(EstimatorName::DifferenceInMeans, &judgement).ok()?.first()?.estimate.p_value;
    }
    sample.check().ok()?;
    joint_wald(&[sample.fit(EstimatorName::DifferenceInMeans).ok()?])
}

/// p-value that several columns together have the same means in all arms, units being independent. Columns that follow from others are left
/// aside; `None` where nothing varies.
#[must_use]
pub fn all_arms_differ(columns: &[&[f64]], arm_of: &[u32], arms: u32) -> Option<f64> {
    let mut independent = Design::new(arm_of.len());
    independent.push(|_| 1.0);
    let mut fits = Vec::with_capacity(columns.len());
    for values in columns {
        let mean = Moments::of(values).mean;
        if independent.push(|row| values[row] - mean).is_some() {
            let sample = ArmsSample::unadjusted(values, arm_of, arms, None);
            sample.check().ok()?;
            fits.push(sample.fit(EstimatorName::DifferenceInMeans).ok()?);
        }
    }
    joint_wald(&fits)
}

fn joint_wald(fits: &[ArmsFit]) -> Option<f64> {
    let parts = || fits.iter().flat_map(|fit| &fit.parts);
    let scores: Vec<&Vec<f64>> = fits.iter().flat_map(|fit| &fit.scores).collect();
    let freedom = parts().filter_map(|parts| parts.degrees_of_freedom).fold(f64::INFINITY, f64::min);
    let effects: Vec<f64> = parts().map(|parts| parts.effect).collect();
    let covariance: Vec<Vec<f64>> = scores.iter().map(|a| scores.iter().map(|b| dot(a, b)).collect()).collect();
    wald_test(&effects, &covariance, freedom).map(|test| test.f_p_value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three arms with 40 units each, a baseline and a covariate.
    struct Trial {
        outcome: Vec<f64>,
        arm_of: Vec<u32>,
        baseline: Vec<f64>,
        covariate: Vec<f64>,
    }

    fn trial(arms: u32) -> Trial {
        let units = 40 * arms as usize;
        let noise = |row: usize, step: usize| ((row * step + 3) % 101) as f64 / 10.0;
        let arm_of: Vec<u32> = (0..units).map(|row| row as u32 % arms).collect();
        let baseline: Vec<f64> = (0..units).map(|row| noise(row, 37)).collect();
        let outcome = (0..units).map(|row| baseline[row] * 0.6 + noise(row, 59) + f64::from(arm_of[row]) * 0.8).collect();
        Trial { outcome, arm_of, baseline, covariate: (0..units).map(|row| noise(row, 17)).collect() }
    }

    fn judgement() -> Judgement {
        Judgement { level: ConfidenceLevel::default(), alternative: Alternative::TwoSided, margin: None }
    }

    const NAMES: [EstimatorName; 6] = [
        EstimatorName::DifferenceInMeans,
        EstimatorName::DifferenceInDifferences,
        EstimatorName::Cuped,
        EstimatorName::Ancova,
        EstimatorName::Lin,
        EstimatorName::MlRate,
    ];

    #[test]
    fn with_two_arms_the_joint_regression_is_every_estimator_itself() {
        let trial = trial(2);
        let clusters: Vec<u32> = (0..80).map(|row| row / 4).collect();
        let covariates: [&[f64]; 1] = [&trial.covariate];
        for clusters in [None, Some(clusters.as_slice())] {
            let sample = ArmsSample {
                outcome: &trial.outcome,
                arm_of: &trial.arm_of,
                arms: 2,
                baseline: Some(&trial.baseline),
                baseline_missing: None,
                covariates: &covariates,
                predictions: Some(&trial.covariate),
                clusters,
            };
            for name in NAMES {
                let itself = sample.estimate(name, &judgement()).unwrap()[0].estimate;
                let joint = judgement().draw(sample.fit(name).unwrap()).unwrap()[0].estimate;
                let pairs = [
                    (itself.effect, joint.effect),
                    (itself.std_error, joint.std_error),
                    (itself.p_value.unwrap(), joint.p_value.unwrap()),
                    (itself.conf_low.unwrap(), joint.conf_low.unwrap()),
                    (itself.lift_low().unwrap(), joint.lift_low().unwrap()),
                ];
                for (wanted, found) in pairs {
                    assert!((wanted - found).abs() < 1e-9 * (1.0 + wanted.abs()), "{name}: {wanted} {found}");
                }
            }
        }
    }

    #[test]
    fn dropping_an_arm_moves_no_unadjusted_effect_and_narrows_its_interval() {
        let trial = trial(3);
        let sample = ArmsSample {
            outcome: &trial.outcome,
            arm_of: &trial.arm_of,
            arms: 3,
            baseline: None,
            baseline_missing: None,
            covariates: &[],
            predictions: None,
            clusters: None,
        };
        let all = sample.estimate(EstimatorName::DifferenceInMeans, &judgement()).unwrap();
        let rows: Vec<usize> = (0..120).filter(|row| trial.arm_of[*row] < 2).collect();
        let outcome: Vec<f64> = rows.iter().map(|row| trial.outcome[*row]).collect();
        let arm_of: Vec<u32> = rows.iter().map(|row| trial.arm_of[*row]).collect();
        let two = ArmsSample { outcome: &outcome, arm_of: &arm_of, arms: 2, ..sample };
        let alone = two.estimate(EstimatorName::DifferenceInMeans, &judgement()).unwrap()[0];
        assert!((all[0].estimate.effect - alone.estimate.effect).abs() < 1e-12);
        assert!((all[0].estimate.std_error - alone.estimate.std_error).abs() < 1e-12);
        assert!((all[0].pointwise_p_value.unwrap() - alone.estimate.p_value.unwrap()).abs() < 1e-9);
        assert!(all[0].estimate.p_value > alone.estimate.p_value && all[0].estimate.conf_low < alone.estimate.conf_low);
    }

    #[test]
    fn arms_of_equal_variance_have_dunnetts_test() {
        // The same noise in three arms of 300: by quadrature, and to its error by SciPy 1.17.1's `dunnett`, p = 0.066567 and 0.017992. Ours counts
        // two arms' units for each difference where Dunnett pools three, which moves the fourth digit.
        let noise: Vec<f64> = (0..300).map(|row| f64::from((row * 37 + 3) % 101) / 10.0).collect();
        let outcome: Vec<f64> = [0.0, 0.5, 0.62].iter().flat_map(|shift| noise.iter().map(move |value| value + shift)).collect();
        let arm_of: Vec<u32> = (0..900).map(|row| row / 300).collect();
        let found =
            ArmsSample::unadjusted(&outcome, &arm_of, 3, None).estimate(EstimatorName::DifferenceInMeans, &judgement()).unwrap();
        for (arm, wanted) in found.iter().zip([0.066_567_256, 0.017_992_020]) {
            let p_value = arm.estimate.p_value.unwrap();
            assert!((p_value / wanted - 1.0).abs() < 0.02, "{p_value} {wanted}");
        }
    }
}
