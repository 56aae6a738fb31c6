//! `uncertainty.csv`: what every replicate drew for the fields that the scenario leaves open. Exists only where it leaves some.

use super::error::ReportError;
use crate::scenario::Scenario;

/// Renders the file: a row per replicate, a column per field under its path, values as they were written into the scenario; `None` for a
/// scenario that leaves nothing open.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn uncertainty_csv(scenario: &Scenario) -> Result<Option<Vec<u8>>, ReportError> {
    let worlds = &scenario.worlds;
    if worlds.is_empty() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    {
        let mut writer = csv::Writer::from_writer(&mut bytes);
        writer.write_record(std::iter::once("replicate").chain(worlds.fields.iter().map(String::as_str)))?;
        for replicate in 0..scenario.file.study.replicates {
            let Some(values) = worlds.values(replicate) else { break };
            let number = replicate.to_string();
            writer.write_record(std::iter::once(number.as_str()).chain(values.iter().map(String::as_str)))?;
        }
        writer.flush().map_err(csv::Error::from)?;
    }
    Ok(Some(bytes))
}
