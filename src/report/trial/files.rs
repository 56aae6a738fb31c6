//! The files of an analysed trial, by name: JSON, CSV, charts and the table. Equal reports give equal bytes.

use super::records::TrialReport;
use super::terminal::trial_table;
use crate::report::ReportError;
use crate::report::chart;
use csv::Writer;
use serde::Serialize;

/// A file and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialFile {
    /// Name in the output folder.
    pub name: &'static str,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Every file that the report has something for.
///
/// # Errors
/// If a renderer fails; none does for want of results.
pub fn trial_files(report: &TrialReport) -> Result<Vec<TrialFile>, ReportError> {
    let mut json = serde_json::to_vec_pretty(report)?;
    json.push(b'\n');
    let mut files = vec![
        TrialFile { name: "analysis.json", bytes: json },
        TrialFile { name: "analysis.txt", bytes: trial_table(report).into_bytes() },
    ];
    if !report.effects.is_empty() {
        files.push(TrialFile { name: "effects.csv", bytes: rows(&report.effects)? });
        files.push(TrialFile { name: "checks.csv", bytes: rows(&report.checks)? });
        files.push(TrialFile { name: "effects.png", bytes: chart::png(&chart::trial_effects_svg(report)?)? });
    }
    if !report.quantiles.is_empty() {
        files.push(TrialFile { name: "quantiles.csv", bytes: rows(&report.quantiles)? });
    }
    if !report.event_study.is_empty() {
        files.push(TrialFile { name: "event_study.csv", bytes: event_study_csv(report)? });
        files.push(TrialFile { name: "event_study.png", bytes: chart::png(&chart::trial_periods_svg(report)?)? });
    }
    if !report.looks.is_empty() {
        files.push(TrialFile { name: "looks.csv", bytes: rows(&report.looks)? });
        files.push(TrialFile { name: "looks.png", bytes: chart::png(&chart::trial_looks_svg(report)?)? });
    }
    Ok(files)
}

fn rows<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, ReportError> {
    let mut writer = Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    finished(writer)
}

fn finished(writer: Writer<Vec<u8>>) -> Result<Vec<u8>, ReportError> {
    writer.into_inner().map_err(|error| ReportError::Encoding { reason: error.error().to_string() })
}

/// The periods of all event studies, each row with its outcome.
fn event_study_csv(report: &TrialReport) -> Result<Vec<u8>, ReportError> {
    // The head is written by hand: rows within rows have none of their own.
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    for study in &report.event_study {
        for period in &study.periods {
            writer.serialize((&study.outcome, &study.arm, &study.reference, period))?;
        }
    }
    let body = finished(writer)?;
    let head = "outcome,arm,reference,period,before_start,effect,std_error,conf_low,conf_high,simultaneous_low,simultaneous_high,\
                std_error_cr1,std_error_cr0\n";
    Ok([head.as_bytes(), &body].concat())
}
