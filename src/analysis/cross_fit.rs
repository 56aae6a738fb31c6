//! Out-of-fold predictions of an outcome from what was known before assignment, for ML-RATE.
//!
//! **What**: units are split into folds; each fold is predicted by boosted trees that saw the other folds only.
//! **Assumptions**: features were fixed before assignment. Both arms are pooled and the treatment is no feature; this is the
//! caller's to keep, and a feature that tells the arms apart is caught only by the balance check.
//! **Formula**: within the training folds a fifth of the units decides the number of trees, so nothing of a unit's own fold
//! enters its prediction. Features are binned on all units, which uses no outcome.
//! **Reference**: Guo et al. 2021, section 3; Chernozhukov et al. 2018 for cross-fitting.
//! **Failure**: columns of unequal length or not finite, fewer than two folds.

use super::sample::{Column, NotEstimable, first_not_finite, same_length};
use crate::stats::boosted_trees::{BinnedFeatures, BoostedTrees, BoostingParams, TrainingRows};

/// One in this many training units decides when to stop.
const STOPPING_SHARE: u64 = 5;

/// Features of a trial's units, ready for any number of outcomes.
#[derive(Debug, Clone)]
pub struct CrossFitter {
    features: BinnedFeatures,
    folds: Vec<FoldRows>,
}

#[derive(Debug, Clone, Default)]
struct FoldRows {
    held_out: Vec<u32>,
    grown_on: Vec<u32>,
    stopped_by: Vec<u32>,
}

impl CrossFitter {
    /// Prepares features (columns) with the fold of each unit; see [`fold_of`].
    ///
    /// # Errors
    /// See the module's failures.
    pub fn new(features: &[&[f64]], folds: &[u32]) -> Result<Self, NotEstimable> {
        for (index, values) in features.iter().enumerate() {
            let column = Column::Covariate(index);
            same_length(column, values.len(), folds.len())?;
            if let Some(error) = first_not_finite(column, values) {
                return Err(error);
            }
        }
        if features.is_empty() {
            return Err(NotEstimable::Missing { column: Column::Covariate(0) });
        }
        let mut labels = folds.to_vec();
        labels.sort_unstable();
        labels.dedup();
        if labels.len() < 2 {
            return Err(NotEstimable::TooFewFolds { folds: labels.len() });
        }
        let binned = BinnedFeatures::new(features).ok_or(NotEstimable::Overflow)?;
        let folds = labels.into_iter().map(|label| fold_rows(folds, label)).collect();
        Ok(Self { features: binned, folds })
    }

    /// Predicts every unit's outcome from the other folds.
    ///
    /// # Errors
    /// An outcome of another length or not finite.
    pub fn predict(&self, outcome: &[f64], params: &BoostingParams) -> Result<Vec<f64>, NotEstimable> {
        same_length(Column::Outcome, outcome.len(), self.features.rows())?;
        if let Some(error) = first_not_finite(Column::Outcome, outcome) {
            return Err(error);
        }
        let mut predictions = vec![0.0; outcome.len()];
        for fold in &self.folds {
            let rows = TrainingRows { grown_on: &fold.grown_on, stopped_by: &fold.stopped_by };
            let model = BoostedTrees::fit(&self.features, outcome, rows, params).ok_or(NotEstimable::Overflow)?;
            for row in &fold.held_out {
                predictions[*row as usize] = model.predict(&self.features, *row);
            }
        }
        Ok(predictions)
    }
}

fn fold_rows(folds: &[u32], label: u32) -> FoldRows {
    let mut rows = FoldRows::default();
    for (row, fold) in (0..).zip(folds) {
        let part = if *fold == label {
            &mut rows.held_out
        } else if scrambled(u64::from(row) ^ 0x5EED).is_multiple_of(STOPPING_SHARE) {
            &mut rows.stopped_by
        } else {
            &mut rows.grown_on
        };
        part.push(row);
    }
    // With very few units the stopping part may be all there is.
    if rows.grown_on.is_empty() {
        std::mem::swap(&mut rows.grown_on, &mut rows.stopped_by);
    }
    rows
}

/// The fold, 0 to `folds − 1`, of a unit (or of its cluster) by its number: fixed, and unrelated to any outcome.
#[must_use]
pub fn fold_of(unit: u64, folds: std::num::NonZeroU32) -> u32 {
    (scrambled(unit) % u64::from(folds.get())) as u32
}

/// `SplitMix64`'s finaliser (Steele, Lea & Flood 2014).
fn scrambled(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    fn folds(units: u64) -> Vec<u32> {
        (0..units).map(|unit| fold_of(unit, NonZeroU32::new(4).unwrap())).collect()
    }

    #[test]
    fn a_units_own_outcome_never_enters_its_prediction() {
        let feature: Vec<f64> = (0..800).map(|row| f64::from(row * 37 % 101)).collect();
        let outcome: Vec<f64> = feature.iter().map(|value| value * value / 100.0).collect();
        let folds = folds(800);
        let fitter = CrossFitter::new(&[&feature], &folds).unwrap();
        let before = fitter.predict(&outcome, &BoostingParams::default()).unwrap();
        let fold = folds[5];
        // Change every outcome of the fold: the fold's predictions must stay, others' may move.
        let moved: Vec<f64> =
            outcome.iter().zip(&folds).map(|(value, own)| if *own == fold { 1e3 - value } else { *value }).collect();
        let after = fitter.predict(&moved, &BoostingParams::default()).unwrap();
        let mut others_moved = false;
        for row in 0..800 {
            if folds[row] == fold {
                assert_eq!(before[row].to_bits(), after[row].to_bits());
            } else {
                others_moved |= before[row] != after[row];
            }
        }
        assert!(others_moved);
    }

    #[test]
    fn folds_have_about_equal_sizes() {
        let folds = folds(8000);
        for label in 0..4 {
            let size = folds.iter().filter(|fold| **fold == label).count();
            assert!((1850..2150).contains(&size), "{size}");
        }
    }

    #[test]
    fn bad_tables_are_refused() {
        let feature = [1.0, 2.0, 3.0, 4.0];
        assert!(matches!(CrossFitter::new(&[&feature], &[1, 1, 1, 1]), Err(NotEstimable::TooFewFolds { folds: 1 })));
        assert!(CrossFitter::new(&[&feature], &[0, 1]).is_err());
        assert!(CrossFitter::new(&[], &[0, 1]).is_err());
        assert!(CrossFitter::new(&[&[1.0, f64::NAN]], &[0, 1]).is_err());
        let fitter = CrossFitter::new(&[&feature], &[0, 1, 0, 1]).unwrap();
        assert!(fitter.predict(&[1.0; 3], &BoostingParams::default()).is_err());
        assert!(fitter.predict(&[1.0; 4], &BoostingParams::default()).unwrap().iter().all(|value| *value == 1.0));
    }
}
