//! Reports on a trial from a file: flat records that serialise as they are, and their renderers.
//!
//! [`TrialReport::new`] words and flattens what `analysis::trial_analysis` found; it computes no estimate. Renderers return
//! text or bytes. Not here: studies of many replicates (the rest of `report`).

mod check_words;
mod files;
mod flatten;
mod records;
mod sentences;
mod terminal;
mod words;

pub use files::{TrialFile, trial_files};
pub use flatten::OutcomeLooks;
pub use records::{
    ArmRow, CheckRow, DesignRow, EffectRow, EventStudyRow, LeftOutRow, LookRow, PeriodEffectRow, PeriodRow, PreTrendRow,
    QuantileRow, TrialFrame, TrialReport,
};
pub use terminal::trial_table;
