//! Trials, replicates (the only threads), studies.

mod arm;
mod assignment;
mod ledger;
mod progress;
mod records;
mod trial;

pub use assignment::arm_sizes;
pub use progress::{Progress, SilentProgress};
pub use records::{DecayRow, EffectRow, EstimateRow, LedgerRow, LedgerSummaryRow, ReplicateResult, Study, Summary, TruthRow};
pub use trial::{Stage, TrialOutcome};
