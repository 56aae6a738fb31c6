//! `effects.csv`: the rows of `summary.json` `effects`, one line each. Unknown values are empty cells.

use crate::experiment::Summary;
use crate::report::ReportError;

/// Columns, in order; the fields of `EffectRow`.
const COLUMNS: [&str; 15] = [
    "metric",
    "window",
    "arm",
    "versus",
    "estimator",
    "effect",
    "effect_std_error",
    "denominator",
    "lift",
    "lift_std_error",
    "lift_replicate_mean",
    "lift_p05",
    "lift_p95",
    "coverage",
    "unbounded_share",
];

/// Renders `effects.csv`: UTF-8, commas, a header, `\n` line ends; numbers as the shortest text that reads back to the same value.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn effects_csv(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(&mut bytes);
        writer.write_record(COLUMNS)?;
        for row in &summary.effects {
            writer.serialize(row)?;
        }
        writer.flush().map_err(csv::Error::from)?;
    }
    Ok(bytes)
}
