//! Analysis of covariance: one common slope per pre-assignment column.
//!
//! **What**: the effect at the average unit, adjusted for columns fixed before assignment.
//! **Assumptions**: random assignment. The linear model need not hold; with unequal arms and effects that vary with the
//! columns, Lin's estimator is the safer one.
//! **Formula**: the slope of Z in `Y ~ 1 + Z + X_c`, X centred on the whole sample; HC2, t(n − k). The lift divides by μ̂0, the
//! intercept.
//! **Reference**: Fisher 1932; Freedman 2008 for what goes wrong, Lin 2013 for how to mend it; Frison & Pocock 1992 and
//! McKenzie 2012: where spread and correlation are the same in both arms, never a larger variance than either the outcome alone
//! or difference-in-differences.
//! **Failure**: no column to adjust for; a column that tells the arms apart. Dependent columns are dropped.

use super::estimate::{ConfidenceLevel, Estimate};
use super::estimator::Estimator;
use super::regression::{TreatmentDesign, checked_units, covariates_of};
use super::sample::{Column, NotEstimable, Sample};

/// The estimator by its name; see the module.
#[derive(Debug, Clone, Copy)]
pub struct Ancova;

impl Estimator for Ancova {
    fn estimate(&self, sample: &Sample<'_>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        let covariates = covariates_of(sample);
        if covariates.is_empty() {
            return Err(NotEstimable::Missing { column: Column::Baseline });
        }
        let units = checked_units(sample, &covariates)?;
        TreatmentDesign::new(sample.treated, &covariates, false)?.fit(sample.outcome, sample.clusters)?.estimate(units, level)
    }
}
