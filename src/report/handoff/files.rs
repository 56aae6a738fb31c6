//! `handoff.json`, with the verdict in words; `handoff.csv` with a row per timing, and `handoff_curve.csv` with a row per timing and month.
//! Unknown values are `null` or empty.

use super::sentences::verdict;
use crate::experiment::Handoff;
use crate::report::ReportError;
use serde::Serialize;

/// The results and what they say.
#[derive(Serialize)]
struct WithVerdict<'a> {
    verdict: [String; 2],
    #[serde(flatten)]
    found: &'a Handoff,
}

/// Renders `handoff.json`.
///
/// # Errors
/// Only if the serialiser fails, which it does for no results.
pub fn handoff_json(found: &Handoff) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(&WithVerdict { verdict: verdict(found), found })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Renders `handoff.csv`: UTF-8, commas, a header, `\n` line ends.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn handoff_csv(found: &Handoff) -> Result<Vec<u8>, ReportError> {
    csv_of(&found.timings)
}

/// Renders `handoff_curve.csv`, in the same form.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn handoff_curve_csv(found: &Handoff) -> Result<Vec<u8>, ReportError> {
    csv_of(&found.curve)
}

fn csv_of(rows: &[impl Serialize]) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    {
        let mut writer = csv::Writer::from_writer(&mut bytes);
        for row in rows {
            writer.serialize(row)?;
        }
        writer.flush().map_err(csv::Error::from)?;
    }
    Ok(bytes)
}
