//! `manifest.json`: how a result folder came about. Unlike `summary.json` it tells of the machine and the clock, so it differs
//! from run to run. Reads no clock itself: the caller passes every value.

use crate::report::ReportError;
use crate::scenario::ScenarioFile;
use serde::{Deserialize, Serialize};

/// How a result folder came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this layout.
    pub schema: u32,
    /// Program and version.
    pub program: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Digest of the resolved scenario.
    pub digest: String,
    /// Seed.
    pub seed: u64,
    /// Replicates in the results.
    pub replicates: u32,
    /// When the last run of the command began, RFC 3339 in UTC.
    pub started: String,
    /// When it ended.
    pub finished: String,
    /// seconds: time on the wall clock of the last run.
    pub wall_seconds: f64,
    /// Replicates that the last run simulated; the others were found finished.
    pub replicates_simulated: u32,
    /// Events simulated in all replicates together.
    pub events: u64,
    /// Customer-days simulated in all replicates together.
    pub customer_days: u64,
    /// bytes: largest resident memory of the process, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    /// Threads that simulated.
    pub threads: u32,
    /// The scenario with every default written out.
    pub resolved_scenario: ScenarioFile,
}

/// Renders `manifest.json`, indented, with a line end at the end.
///
/// # Errors
/// Only if the JSON writer fails, which memory does not.
pub fn manifest_json(manifest: &Manifest) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(manifest)?;
    bytes.push(b'\n');
    Ok(bytes)
}
