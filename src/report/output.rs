//! The files of an output folder, by name. `manifest.json` is apart: it tells of the machine, not of the results.

use super::beliefs::{beliefs_csv, beliefs_png};
use super::contents::Report;
use super::error::ReportError;
use super::files::{effects_csv, ledger_parquet, replicates_parquet, summary_json, uplift_csv};
use super::html::report_html;
use super::uplift_png::uplift_png;
use crate::experiment::{Study, Summary};

/// What a study found, in the three forms that renderers need.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'a> {
    /// The study.
    pub study: &'a Study,
    /// Its summary.
    pub summary: &'a Summary,
    /// Its report.
    pub report: &'a Report,
}

/// A file of the output folder that is a pure function of the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFile {
    /// `summary.json`.
    SummaryJson,
    /// `effects.csv`.
    EffectsCsv,
    /// `replicates.parquet`.
    ReplicatesParquet,
    /// `ledger.parquet`.
    LedgerParquet,
    /// `uplift.csv`.
    UpliftCsv,
    /// `uplift.png`.
    UpliftPng,
    /// `beliefs.csv`.
    BeliefsCsv,
    /// `beliefs.png`.
    BeliefsPng,
    /// `report.html`.
    ReportHtml,
}

impl OutputFile {
    /// All of them, in the order they are written: what programs read comes first.
    pub const ALL: [Self; 9] = [
        Self::SummaryJson,
        Self::EffectsCsv,
        Self::ReplicatesParquet,
        Self::LedgerParquet,
        Self::UpliftCsv,
        Self::UpliftPng,
        Self::BeliefsCsv,
        Self::BeliefsPng,
        Self::ReportHtml,
    ];

    /// Name in the output folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SummaryJson => "summary.json",
            Self::EffectsCsv => "effects.csv",
            Self::ReplicatesParquet => "replicates.parquet",
            Self::LedgerParquet => "ledger.parquet",
            Self::UpliftCsv => "uplift.csv",
            Self::UpliftPng => "uplift.png",
            Self::BeliefsCsv => "beliefs.csv",
            Self::BeliefsPng => "beliefs.png",
            Self::ReportHtml => "report.html",
        }
    }

    /// Whether there is anything to put into it: what arms believe is known only where truth is recorded.
    pub fn is_written(self, findings: Findings<'_>) -> bool {
        !matches!(self, Self::BeliefsCsv | Self::BeliefsPng) || !findings.report.beliefs.is_empty()
    }

    /// Its content; equal findings give equal bytes.
    ///
    /// # Errors
    /// If the renderer fails; none does for want of results.
    pub fn render(self, findings: Findings<'_>) -> Result<Vec<u8>, ReportError> {
        match self {
            Self::SummaryJson => summary_json(findings.summary),
            Self::EffectsCsv => effects_csv(findings.summary),
            Self::ReplicatesParquet => replicates_parquet(findings.study),
            Self::LedgerParquet => ledger_parquet(findings.study),
            Self::UpliftCsv => uplift_csv(findings.report),
            Self::UpliftPng => uplift_png(findings.report),
            Self::BeliefsCsv => beliefs_csv(findings.report),
            Self::BeliefsPng => beliefs_png(findings.report),
            Self::ReportHtml => report_html(findings.report),
        }
    }
}
