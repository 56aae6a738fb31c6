//! Trials, replicates (the only threads), studies.

mod progress;
mod records;

pub use progress::{Progress, SilentProgress};
pub use records::{DecayRow, EffectRow, EstimateRow, LedgerRow, LedgerSummaryRow, ReplicateResult, Study, Summary, TruthRow};
