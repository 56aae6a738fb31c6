//! Trials, replicates (the only threads), studies.

mod records;

pub use records::{DecayRow, EffectRow, EstimateRow, LedgerRow, LedgerSummaryRow, ReplicateResult, Study, Summary, TruthRow};
