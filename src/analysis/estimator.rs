//! The estimators by name, and the trait they share.
//!
//! Adding one is one file with its `Estimator`, one variant here and its line in `implementation`.

use super::ancova::Ancova;
use super::cuped::Cuped;
use super::difference_in_differences::DifferenceInDifferences;
use super::difference_in_means::DifferenceInMeans;
use super::estimate::{ConfidenceLevel, Estimate};
use super::lin::{Estimand, Lin};
use super::ml_rate::MlRate;
use super::sample::{NotEstimable, Sample};
use serde::{Deserialize, Serialize};

/// A pure function from a sample to an effect.
pub trait Estimator: Sync {
    /// Estimates the effect of assignment on the outcome.
    ///
    /// # Errors
    /// A column that the estimator needs is missing, has another length or holds a value that is not finite; an arm is too
    /// small; the regression is not identified.
    fn estimate(&self, sample: &Sample<'_>, level: ConfidenceLevel) -> Result<Estimate, NotEstimable>;
}

/// An estimator's name, as scenarios, command lines and results spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EstimatorName {
    /// Treated mean − control mean.
    DifferenceInMeans,
    /// Difference between arms of the change since the pre-period.
    DifferenceInDifferences,
    /// Difference in means of outcomes adjusted by the pooled slope on the pre-period outcome.
    Cuped,
    /// Regression on treatment and pre-assignment columns with common slopes.
    Ancova,
    /// Regression on treatment and pre-assignment columns with a slope per arm.
    Lin,
    /// Lin's regression on out-of-fold machine-learning predictions.
    MlRate,
    /// Regression of all rows of a panel, complete or not, on effects of units and periods; on one value before and one after it is the
    /// difference in differences.
    TwoWayFixedEffects,
}

impl EstimatorName {
    /// Every estimator of one row per unit, in the order of tables.
    pub const ALL: &'static [Self] =
        &[Self::DifferenceInMeans, Self::DifferenceInDifferences, Self::Cuped, Self::Ancova, Self::Lin, Self::MlRate];

    /// Every estimator of a trial from a file, where panels may lack rows, in the order of tables.
    pub const OF_FILES: &'static [Self] = &[
        Self::DifferenceInMeans,
        Self::DifferenceInDifferences,
        Self::TwoWayFixedEffects,
        Self::Cuped,
        Self::Ancova,
        Self::Lin,
        Self::MlRate,
    ];

    /// The estimator that speaks for a trial where only one can: by what the trial is, never by what was found. Where a panel lacks rows, two-way
    /// fixed effects, which alone compares like periods with like; with strata Lin's regression, which weights them by their size; else
    /// analysis of covariance, or the first there is.
    #[must_use]
    pub fn speaking(there: &[Self], lacks_rows: bool, has_strata: bool) -> Option<Self> {
        let mut order: Vec<Self> = Vec::new();
        order.extend(lacks_rows.then_some(Self::TwoWayFixedEffects));
        order.extend(has_strata.then_some(Self::Lin));
        order.push(Self::Ancova);
        order.extend(has_strata.then_some(Self::MlRate));
        order.into_iter().find(|name| there.contains(name)).or_else(|| there.first().copied())
    }

    /// The name as users type it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DifferenceInMeans => "difference_in_means",
            Self::DifferenceInDifferences => "difference_in_differences",
            Self::Cuped => "cuped",
            Self::Ancova => "ancova",
            Self::Lin => "lin",
            Self::MlRate => "ml_rate",
            Self::TwoWayFixedEffects => "two_way_fixed_effects",
        }
    }

    /// The estimator itself.
    #[must_use]
    pub fn implementation(self) -> &'static dyn Estimator {
        match self {
            Self::DifferenceInMeans => &DifferenceInMeans,
            Self::DifferenceInDifferences | Self::TwoWayFixedEffects => &DifferenceInDifferences,
            Self::Cuped => &Cuped,
            Self::Ancova => &Ancova,
            Self::Lin => &Lin { estimand: Estimand::Sample },
            Self::MlRate => &MlRate { estimand: Estimand::Sample },
        }
    }
}

impl std::fmt::Display for EstimatorName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text names no estimator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown estimator `{0}`")]
pub struct UnknownEstimator(
    /// What was typed.
    pub String,
);

impl std::str::FromStr for EstimatorName {
    type Err = UnknownEstimator;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::OF_FILES.iter().copied().find(|name| name.as_str() == text).ok_or_else(|| UnknownEstimator(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        for name in EstimatorName::OF_FILES {
            assert_eq!(name.as_str().parse(), Ok(*name));
            assert_eq!(serde_json::to_string(name).unwrap(), format!("\"{name}\""));
        }
        assert!("t_test".parse::<EstimatorName>().is_err());
    }
}
