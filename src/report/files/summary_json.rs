//! `summary.json`, schema 1: what a program reads. A pure function of scenario, seed and version; nothing of the machine is in it.

use crate::experiment::Summary;
use crate::report::ReportError;

/// Renders `summary.json`: indented, fields in the order of `Summary`, unknown values `null`, a line end at the end.
///
/// # Errors
/// Only if the JSON writer fails, which memory does not. Numbers that are not finite become `null`.
pub fn summary_json(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(summary)?;
    bytes.push(b'\n');
    Ok(bytes)
}
