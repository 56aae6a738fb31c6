//! Trials, replicates (the only threads), studies.

mod adjustment;
mod arm;
mod assignment;
mod beliefs;
mod course;
mod decay;
mod design_checks;
mod diagnosis;
mod estimates;
mod everybody;
mod handoff;
mod insight;
mod journal;
mod judgement;
mod ledger;
mod progress;
mod records;
mod shard;
mod study;
mod summary;
mod timings;
mod trap_costs;
mod traps;
mod trial;
mod work;

pub use assignment::arm_sizes;
pub use beliefs::{
    BeliefCellRow, BeliefRow, BeliefSummaryRow, Cause, CellSummary, OverReplicates, SlotSummary, Turn, summarise_beliefs,
};
pub use decay::TRUTH;
pub use design_checks::{DesignCheck, design_checks};
pub use diagnosis::{Diagnosand, Diagnosis, Evidence, Gap, Precision, diagnose, null_scenario};
pub use estimates::{estimate_replicate, rests_on_pre_period};
pub use everybody::{GlobalEffects, run_everybody};
pub use handoff::{BestTiming, Handoff, HandoffCurvePoint, LiftTrend, TimingRow, summarise_handoff};
pub use journal::{JOURNAL, Journal};
pub use judgement::{JudgedRow, Question};
pub use progress::{Progress, SilentProgress};
pub use records::{
    DecayPoint, DecayRow, EffectRow, EstimateRow, LedgerRow, LedgerSummaryRow, ReplicateResult, RuleCount, Study, Summary,
    TruthCell, TruthRow, WorkSum,
};
pub use shard::{NoShard, Shard};
pub use study::{ShardRun, StudyError, StudyOptions, StudyRun, run_shard, run_study};
pub use summary::{program, summarise_study};
pub use timings::{
    ArmAccount, HANDOFF_JOURNAL, HandoffStudy, NoTimings, TimingAccount, TimingsReplicate, handoff_scenario, run_handoff,
};
pub use trap_costs::TrapCost;
pub use traps::{TrapKind, TrapRow, trap_metric};
pub use trial::{Handoffs, Simulated, Stage, TrialOutcome};
