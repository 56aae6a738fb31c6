//! Reports: what a study found, for people and for programs.
//!
//! 1. [`ReportContext`] takes from a scenario what a reader must know: title, phases, who curates when, arms.
//! 2. [`Report::new`] selects and words what a `Study` and its `Summary` found; it is plain records and computes no estimate.
//! 3. One renderer per file turns it into bytes: [`terminal_table`], [`uplift_png`], [`uplift_csv`], [`beliefs_png`], [`beliefs_csv`], [`report_html`], [`effects_csv`],
//!    [`summary_json`], [`replicates_parquet`], [`ledger_parquet`], [`manifest_json`].
//!
//! Renderers return bytes; only `cli` and `experiment` write files. Equal input gives equal bytes.

mod attribution;
mod beliefs;
mod chart;
mod checks;
mod contents;
mod context;
mod diagnosis;
mod error;
mod files;
mod handoff;
mod html;
mod kept;
mod number;
mod output;
mod sweep;
mod terminal;
mod trial;
mod uncertainty_csv;
mod uplift_png;
mod wording;

pub use attribution::{
    attribution_coalitions_csv, attribution_csv, attribution_curve_csv, attribution_json, attribution_png, attribution_svg,
    attribution_table,
};
pub use beliefs::{beliefs_csv, beliefs_png, beliefs_svg};
pub use checks::{Check, CheckOutcome};
pub use contents::{Cell, Curve, CurvePoint, KeptRow, Report, ResultRow, RunNote, Volume};
pub use context::{ArmNote, PhaseNote, ReportContext};
pub use diagnosis::{diagnosis_csv, diagnosis_json, diagnosis_png, diagnosis_svg, diagnosis_table};
pub use error::ReportError;
pub use files::{
    Manifest, effects_csv, ledger_parquet, manifest_json, replicates_parquet, study_from_parquet, summary_json, uplift_csv,
};
pub use handoff::{handoff_csv, handoff_curve_csv, handoff_html, handoff_json, handoff_png, handoff_svg, handoff_table};
pub use html::report_html;
pub use kept::KeptShare;
pub use number::Uncertain;
pub(crate) use number::count;
pub use output::{Findings, OutputFile};
pub use sweep::{sweep_csv, sweep_json, sweep_png, sweep_svg, sweep_table};
pub use terminal::{TableOptions, terminal_table};
pub use trial::{
    ArmRow, CheckRow, DesignRow, EffectRow, EventStudyRow, LeftOutRow, LookRow, OutcomeLooks, PeriodEffectRow, PeriodRow,
    PreTrendRow, QuantileRow, TrialFile, TrialFrame, TrialReport, trial_files, trial_table,
};
pub use uncertainty_csv::uncertainty_csv;
pub use uplift_png::{uplift_png, uplift_svg};

pub(crate) use wording::shell_word;

/// A number for messages, to four digits.
pub(crate) fn number_words(value: f64) -> String {
    number::significant(value, 4)
}
