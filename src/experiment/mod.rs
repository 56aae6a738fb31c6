//! Trials, replicates (the only threads), studies.

mod adjustment;
mod arm;
mod assignment;
mod attribution;
mod beliefs;
mod coalitions;
mod course;
mod decay;
mod design_checks;
mod diagnosis;
mod estimates;
mod everybody;
mod futures;
mod handoff;
mod insight;
mod journal;
mod judgement;
mod ledger;
mod mechanisms;
mod progress;
mod records;
mod shard;
mod stages;
mod study;
mod summary;
mod sweep;
mod sweep_summary;
mod timings;
mod trap_costs;
mod traps;
mod trial;
mod work;
mod worth;

pub use assignment::arm_sizes;
pub use attribution::{Attribution, AttributionCurvePoint, CoalitionRow, MechanismRow, NoLift, PartRow, summarise_attribution};
pub use beliefs::{
    BeliefCellRow, BeliefRow, BeliefSummaryRow, Cause, CellSummary, OverReplicates, SlotSummary, Turn, summarise_beliefs,
};
pub use coalitions::{
    ATTRIBUTION_JOURNAL, AbsentMechanism, AttributionStudy, NoAttribution, TrialMeans, TwinMeans, WorldAccount,
    coalition_scenario, run_attribution,
};
pub use decay::TRUTH;
pub use design_checks::{DesignCheck, design_checks};
pub use diagnosis::{Diagnosand, Diagnosis, Evidence, Gap, Precision, diagnose, null_scenario};
pub use estimates::{estimate_replicate, rests_on_pre_period};
pub use everybody::{GlobalEffects, run_everybody};
pub use futures::{Fork, Future};
pub use handoff::{BestTiming, Handoff, HandoffCurvePoint, LiftTrend, TimingRow, summarise_handoff};
pub use journal::{JOURNAL, Journal};
pub use judgement::{JudgedRow, Question};
pub use mechanisms::Mechanism;
pub use progress::{Progress, SilentProgress};
pub use records::{
    DecayPoint, DecayRow, EffectRow, EstimateRow, LedgerRow, LedgerSummaryRow, ReplicateResult, RuleCount, Study, Summary,
    TruthCell, TruthRow, WorkSum,
};
pub use shard::{NoShard, Shard};
pub use study::{ShardRun, StudyError, StudyOptions, StudyRun, run_shard, run_study};
pub use summary::{program, summarise_study};
pub use sweep::{
    LAST_CURATED_MONTH, LAST_MONTH, SWEEP_JOURNAL, SweepStudy, SweptArm, SweptTrial, SweptWindow, TooManyTrials, run_sweep,
    swept_windows,
};
pub use sweep_summary::{
    BestCell, CellRow, LAST_MONTH_SHARE, MainEffect, NET_VALUE, Sensitivity, SweepResult, SweepRow, summarise_sweep,
};
pub use timings::{
    ArmAccount, HANDOFF_JOURNAL, HandoffStudy, NoTimings, TimingAccount, TimingsReplicate, handoff_scenario, run_handoff,
};
pub use trap_costs::TrapCost;
pub use traps::{TrapKind, TrapRow, trap_metric};
pub use trial::{Handoffs, Simulated, Stage, TrialOutcome};
pub use worth::{NetValueRow, net_values};
