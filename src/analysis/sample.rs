//! What an estimator reads: plain columns of one randomised trial, one row per randomised unit; and why it may refuse.
//!
//! A `Sample` borrows slices and knows nothing of where they come from: a panel, a window of it, or somebody's CSV file.
//! Rows are units of randomisation. Rows that are not (customer-days, messages) need `clusters`.
//! Not here: reading files, choosing windows.

use crate::stats::moments::{Moments, PairMoments, by_group, pairs_by_group};
use thiserror::Error;

/// One value for each arm.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PerArm<T> {
    /// The arm that effects are measured against.
    pub control: T,
    /// The arm whose effect is asked for.
    pub treated: T,
}

/// The columns of one trial, one row per unit of randomisation.
///
/// All columns have as many rows as `outcome`; estimators check this, and that every value is finite.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The outcome after assignment.
    pub outcome: &'a [f64],
    /// Whether the unit was assigned to the treated arm.
    pub treated: &'a [bool],
    /// The same outcome before assignment, per unit of the same time: what difference-in-differences subtracts and CUPED
    /// adjusts for.
    pub baseline: Option<&'a [f64]>,
    /// Further columns fixed before assignment.
    pub covariates: &'a [&'a [f64]],
    /// Predictions of the outcome from what was known before assignment, made for each unit by a model that never saw it.
    pub predictions: Option<&'a [f64]>,
    /// Cluster of each unit, when clusters rather than units were randomised or outcomes are dependent within them.
    pub clusters: Option<&'a [u32]>,
}

impl<'a> Sample<'a> {
    /// A sample with an outcome and an assignment and nothing else.
    #[must_use]
    pub fn new(outcome: &'a [f64], treated: &'a [bool]) -> Self {
        Self { outcome, treated, baseline: None, covariates: &[], predictions: None, clusters: None }
    }

    /// The same sample with its pre-period outcome.
    #[must_use]
    pub fn with_baseline(self, baseline: &'a [f64]) -> Self {
        Self { baseline: Some(baseline), ..self }
    }

    /// The same sample with further pre-assignment columns.
    #[must_use]
    pub fn with_covariates(self, covariates: &'a [&'a [f64]]) -> Self {
        Self { covariates, ..self }
    }

    /// The same sample with out-of-fold predictions.
    #[must_use]
    pub fn with_predictions(self, predictions: &'a [f64]) -> Self {
        Self { predictions: Some(predictions), ..self }
    }

    /// The same sample with clusters.
    #[must_use]
    pub fn with_clusters(self, clusters: &'a [u32]) -> Self {
        Self { clusters: Some(clusters), ..self }
    }
}

/// A column of a sample, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// `Sample::outcome`.
    Outcome,
    /// `Sample::treated`.
    Treated,
    /// `Sample::baseline`.
    Baseline,
    /// The covariate with this index.
    Covariate(usize),
    /// `Sample::predictions`.
    Predictions,
    /// `Sample::clusters`.
    Clusters,
    /// Unit of each row of a panel.
    Unit,
    /// Period of each row of a panel.
    Period,
    /// Stratum of each unit, within which assignment was random.
    Strata,
}

impl std::fmt::Display for Column {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Outcome => formatter.write_str("outcome"),
            Self::Treated => formatter.write_str("treatment"),
            Self::Baseline => formatter.write_str("pre-period outcome"),
            Self::Covariate(index) => write!(formatter, "covariate {}", index + 1),
            Self::Predictions => formatter.write_str("predictions"),
            Self::Clusters => formatter.write_str("clusters"),
            Self::Unit => formatter.write_str("units"),
            Self::Period => formatter.write_str("periods"),
            Self::Strata => formatter.write_str("strata"),
        }
    }
}

/// Why there is no estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotEstimable {
    /// A column has another number of rows than the outcome.
    #[error("{column} has {rows} rows where the outcome has {expected}")]
    UnequalLengths {
        /// The column.
        column: Column,
        /// Its rows.
        rows: usize,
        /// Rows of the outcome.
        expected: usize,
    },
    /// A value is NaN or infinite.
    #[error("{column} is not a finite number in row {row}")]
    NotFinite {
        /// The column.
        column: Column,
        /// The first such row, counted from 0.
        row: usize,
    },
    /// An arm has too few units for a variance.
    #[error("{control} control and {treated} treated units, at least {needed} are needed in each arm")]
    TooFewUnits {
        /// Units in the control arm.
        control: u64,
        /// Units in the treated arm.
        treated: u64,
        /// The least number that works.
        needed: u64,
    },
    /// The estimator needs a column that the sample does not have.
    #[error("needs {column}")]
    Missing {
        /// The column.
        column: Column,
    },
    /// The regression has no more units than coefficients.
    #[error("{units} units cannot determine {coefficients} coefficients and a variance")]
    TooManyCoefficients {
        /// Rows.
        units: usize,
        /// Columns of the regression.
        coefficients: usize,
    },
    /// The regression has no more clusters than coefficients.
    #[error("{clusters} clusters cannot determine {coefficients} coefficients and a variance")]
    TooManyCoefficientsForClusters {
        /// Distinct clusters.
        clusters: usize,
        /// Columns of the regression.
        coefficients: usize,
    },
    /// A cluster-robust variance needs at least two clusters.
    #[error("{clusters} clusters, at least two are needed")]
    TooFewClusters {
        /// Distinct clusters.
        clusters: usize,
    },
    /// Cross-fitting needs at least two folds.
    #[error("{folds} folds, at least two are needed")]
    TooFewFolds {
        /// Distinct folds.
        folds: usize,
    },
    /// The treatment itself is a linear combination of the other columns.
    #[error("the treatment cannot be told apart from the other columns")]
    TreatmentNotIdentified,
    /// An arm of a panel was never seen before the start, or never after it.
    #[error("arm {arm} has no rows {} the start (arm 0 is control)", if *.before { "before" } else { "after" })]
    NoRowsInPhase {
        /// The arm, 0 for control.
        arm: u32,
        /// Whether rows before the start are missing, otherwise rows from the start on.
        before: bool,
    },
    /// A quantile's probability must lie between 0 and 1.
    #[error("a quantile lies strictly between 0 and 1")]
    NoSuchQuantile,
    /// An event study needs at least two periods and a reference among them.
    #[error("period {reference} cannot be the reference among {periods} periods")]
    NoReferencePeriod {
        /// Periods given.
        periods: usize,
        /// Position of the reference, counted from 0.
        reference: usize,
    },
    /// A ratio whose denominator is 0 in some arm.
    #[error("the denominator of the ratio is zero in an arm")]
    ZeroDenominator,
    /// Sums overflowed although every single value is finite.
    #[error("values are too large to be summed")]
    Overflow,
}

impl PerArm<Moments> {
    /// Moments of `outcome` in both arms. Two passes, no allocation.
    ///
    /// # Errors
    /// Columns of different length, values that are not finite.
    pub fn of<T: Copy + Into<f64>>(outcome: &[T], treated: &[bool]) -> Result<Self, NotEstimable> {
        same_length(Column::Treated, treated.len(), outcome.len())?;
        let [control, treated] = by_group(outcome, treated);
        let arms = Self { control, treated };
        if arms.control.centred_square_sum.is_finite() && arms.treated.centred_square_sum.is_finite() {
            Ok(arms)
        } else {
            Err(first_not_finite(Column::Outcome, outcome).unwrap_or(NotEstimable::Overflow))
        }
    }
}

impl PerArm<PairMoments> {
    /// Moments of the outcome (first) and of its change since the baseline (second) in both arms. Two passes, no
    /// allocation.
    ///
    /// # Errors
    /// Columns of different length, values that are not finite.
    pub fn of_outcome_and_change<T: Copy + Into<f64>>(
        outcome: &[T],
        baseline: &[T],
        treated: &[bool],
    ) -> Result<Self, NotEstimable> {
        same_length(Column::Treated, treated.len(), outcome.len())?;
        same_length(Column::Baseline, baseline.len(), outcome.len())?;
        let groups = pairs_by_group([outcome, baseline], treated, |[after, before]| [after, after - before]);
        Self::finite(groups).ok_or_else(|| {
            first_not_finite(Column::Outcome, outcome)
                .or_else(|| first_not_finite(Column::Baseline, baseline))
                .unwrap_or(NotEstimable::Overflow)
        })
    }

    /// Moments of the outcome (first) and of a column fixed before assignment (second) in both arms.
    ///
    /// # Errors
    /// Columns of different length, values that are not finite.
    pub fn of_outcome_and_baseline<T: Copy + Into<f64>>(
        outcome: &[T],
        baseline: &[T],
        treated: &[bool],
    ) -> Result<Self, NotEstimable> {
        same_length(Column::Treated, treated.len(), outcome.len())?;
        same_length(Column::Baseline, baseline.len(), outcome.len())?;
        let groups = pairs_by_group([outcome, baseline], treated, |row| row);
        Self::finite(groups).ok_or_else(|| {
            first_not_finite(Column::Outcome, outcome)
                .or_else(|| first_not_finite(Column::Baseline, baseline))
                .unwrap_or(NotEstimable::Overflow)
        })
    }

    fn finite([control, treated]: [PairMoments; 2]) -> Option<Self> {
        let sums = |arm: PairMoments| arm.first_square_sum + arm.second_square_sum + arm.product_sum.abs();
        (sums(control) + sums(treated)).is_finite().then_some(Self { control, treated })
    }
}

pub(crate) fn same_length(column: Column, rows: usize, expected: usize) -> Result<(), NotEstimable> {
    if rows == expected { Ok(()) } else { Err(NotEstimable::UnequalLengths { column, rows, expected }) }
}

pub(crate) fn first_not_finite<T: Copy + Into<f64>>(column: Column, values: &[T]) -> Option<NotEstimable> {
    values.iter().position(|value| !(*value).into().is_finite()).map(|row| NotEstimable::NotFinite { column, row })
}

/// Refuses arms with fewer than two units.
pub(crate) fn enough_units(counts: PerArm<u64>) -> Result<(), NotEstimable> {
    let needed = 2;
    if counts.control >= needed && counts.treated >= needed {
        Ok(())
    } else {
        Err(NotEstimable::TooFewUnits { control: counts.control, treated: counts.treated, needed })
    }
}
