//! Trials, replicates (the only threads), studies.

mod adjustment;
mod arm;
mod assignment;
mod decay;
mod design_checks;
mod diagnosis;
mod estimates;
mod everybody;
mod journal;
mod judgement;
mod ledger;
mod progress;
mod records;
mod shard;
mod study;
mod summary;
mod trap_costs;
mod traps;
mod trial;
mod work;

pub use assignment::arm_sizes;
pub use decay::TRUTH;
pub use design_checks::{DesignCheck, design_checks};
pub use diagnosis::{Diagnosand, Diagnosis, Evidence, Gap, Precision, diagnose};
pub use estimates::estimate_replicate;
pub use everybody::{GlobalEffects, run_everybody};
pub use journal::{JOURNAL, Journal};
pub use judgement::{JudgedRow, Question};
pub use progress::{Progress, SilentProgress};
pub use records::{
    DecayPoint, DecayRow, EffectRow, EstimateRow, LedgerRow, LedgerSummaryRow, ReplicateResult, Study, Summary, TruthCell,
    TruthRow,
};
pub use shard::{NoShard, Shard};
pub use study::{ShardRun, StudyError, StudyOptions, StudyRun, run_shard, run_study};
pub use summary::{program, summarise_study};
pub use trap_costs::TrapCost;
pub use traps::{TrapKind, TrapRow, trap_metric};
pub use trial::{Stage, TrialOutcome};
