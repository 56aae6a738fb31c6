//! A trial's columns, one row per unit of randomisation. A missing value is NaN.

/// A column with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedColumn {
    /// As users know it.
    pub name: String,
    /// One value per unit; NaN where there is none.
    pub values: Vec<f64>,
}

/// A column fixed before assignment, or one of several that stand for it.
#[derive(Debug, Clone, PartialEq)]
pub struct CovariateColumn {
    /// The column of the file: indicators of one category share it, and lack a value together.
    pub source: String,
    /// As users know it: the column, or `column=level`.
    pub name: String,
    /// One value per unit; NaN where there is none.
    pub values: Vec<f64>,
}

/// What is known of one outcome, one value per unit in every column.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeColumns {
    /// The outcome after assignment; in a panel each unit's mean over the periods from the start on that it has. Of a ratio the part above.
    pub outcome: NamedColumn,
    /// Of a ratio of sums the part below.
    pub denominator: Option<NamedColumn>,
    /// The outcome before assignment; in a panel each unit's mean over the periods before the start that it has.
    pub baseline: Option<NamedColumn>,
    /// Of a ratio the part of the baseline below.
    pub baseline_denominator: Option<NamedColumn>,
    /// Given out-of-fold predictions.
    pub predictions: Option<NamedColumn>,
    /// In a panel: one column per period, in time order. Of a ratio the part above.
    pub periods: Vec<Vec<f64>>,
    /// In a panel, of a ratio the parts below.
    pub period_denominators: Vec<Vec<f64>>,
}

impl OutcomeColumns {
    /// An outcome of which nothing else is known.
    #[must_use]
    pub fn plain(outcome: NamedColumn) -> Self {
        Self {
            outcome,
            denominator: None,
            baseline: None,
            baseline_denominator: None,
            predictions: None,
            periods: Vec::new(),
            period_denominators: Vec::new(),
        }
    }
}

/// The periods of a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Names in time order.
    pub labels: Vec<String>,
    /// How many of them lie before the start: at least one, and not all.
    pub before: usize,
}

/// A trial's columns; all of them have one row per unit of a compared arm.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialColumns {
    /// At least one.
    pub outcomes: Vec<OutcomeColumns>,
    /// Further columns fixed before assignment; categories as indicators.
    pub covariates: Vec<CovariateColumn>,
    /// Arm of each unit: 0 is control.
    pub arm_of: Vec<u32>,
    /// Number of compared arms, control among them.
    pub arms: u32,
    /// Cluster of each unit, numbered from 0.
    pub clusters: Option<Vec<u32>>,
    /// Stratum within which each unit was assigned, numbered from 0.
    pub strata: Option<Vec<u32>>,
    /// Look at which each unit arrived, numbered from 0.
    pub looks: Option<Vec<u32>>,
    /// A number for each unit, or for its cluster, that splits units into folds: unrelated to any outcome.
    pub fold_keys: Vec<u64>,
    /// In a panel, its periods.
    pub timeline: Option<Timeline>,
    /// Units of every arm of the file, compared or not: compared arms first, in their order.
    pub assigned: Vec<u64>,
    /// Clusters of every arm of the file, in the same order.
    pub assigned_clusters: Option<Vec<u64>>,
}

impl TrialColumns {
    /// Rows.
    #[must_use]
    pub fn units(&self) -> usize {
        self.arm_of.len()
    }

    /// Units in each compared arm.
    #[must_use]
    pub fn units_per_arm(&self) -> Vec<u64> {
        let mut counts = vec![0; self.arms as usize];
        self.arm_of.iter().for_each(|arm| counts[*arm as usize] += 1);
        counts
    }
}

pub(super) fn distinct(labels: &[u32]) -> u64 {
    let mut is_seen = vec![false; labels.iter().max().map_or(0, |largest| *largest as usize + 1)];
    labels.iter().for_each(|label| is_seen[*label as usize] = true);
    is_seen.iter().filter(|seen| **seen).count() as u64
}

/// Units without a value, by arm; `None` if all have one.
pub(super) fn missing_by_arm(values: &[f64], arm_of: &[u32], arms: u32) -> Option<Vec<u64>> {
    if !values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut counts = vec![0; arms as usize];
    values.iter().zip(arm_of).filter(|(value, _)| value.is_nan()).for_each(|(_, arm)| counts[*arm as usize] += 1);
    Some(counts)
}
