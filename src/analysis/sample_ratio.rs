//! Sample-ratio mismatch: whether arms have the sizes that their shares promise.
//!
//! **What**: a check before any result. A trial whose arms have the wrong sizes lost or misassigned units, and no estimate of
//! it can be trusted.
//! **Assumptions**: units were assigned independently with the given shares.
//! **Formula**: Pearson's chi-squared over arms.
//! **Reference**: Fabijan et al., KDD 2019.
//! **Failure**: fewer than two arms, shares that are not above zero, nobody assigned: no verdict. Assignment with fixed
//! counts passes always.

use crate::stats::goodness::{TestResult, chi_squared_against_shares};

/// Below this p-value results must not be read.
pub const BLOCKS_BELOW: f64 = 0.001;

/// The sizes of arms against their shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRatioCheck {
    /// Pearson's statistic and its p-value.
    pub test: TestResult,
    /// Whether results must not be read.
    pub blocks: bool,
}

/// Checks counts per arm against shares (any positive weights); `None` where there is nothing to check.
#[must_use]
pub fn sample_ratio(counts: &[u64], shares: &[f64]) -> Option<SampleRatioCheck> {
    let test = chi_squared_against_shares(counts, shares)?;
    Some(SampleRatioCheck { test, blocks: test.p_value < BLOCKS_BELOW })
}
