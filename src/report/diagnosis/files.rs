//! `diagnosis.json`, and `diagnosis.csv` with its `diagnosands`, one line each. Unknown values are `null` or empty.

use crate::experiment::Diagnosis;
use crate::report::ReportError;

/// Renders `diagnosis.json`.
///
/// # Errors
/// Only if the serialiser fails, which it does for no diagnosis.
pub fn diagnosis_json(diagnosis: &Diagnosis) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(diagnosis)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Renders `diagnosis.csv`: UTF-8, commas, a header, `\n` line ends.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn diagnosis_csv(diagnosis: &Diagnosis) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    {
        let mut writer = csv::Writer::from_writer(&mut bytes);
        for row in &diagnosis.diagnosands {
            writer.serialize(row)?;
        }
        writer.flush().map_err(csv::Error::from)?;
    }
    Ok(bytes)
}
