//! `sweep.json`, with the verdict in words, and `sweep.csv` with a row per cell, arm, metric and window. Unknown values are `null` or empty.

use super::sentences::verdict;
use crate::experiment::{SweepResult, SweepRow};
use crate::report::ReportError;
use crate::scenario::CellValue;
use serde::Serialize;

/// The results and what they say.
#[derive(Serialize)]
struct WithVerdict<'a> {
    verdict: [String; 2],
    #[serde(flatten)]
    found: &'a SweepResult,
}

/// Renders `sweep.json`.
///
/// # Errors
/// Only if the serialiser fails, which it does for no results.
pub fn sweep_json(found: &SweepResult) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(&WithVerdict { verdict: verdict(found), found })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Columns of `sweep.csv` behind the cell's number and one column per field, which is named by its path.
const COLUMNS: [&str; 16] = [
    "arm",
    "versus",
    "metric",
    "window",
    "measure",
    "arm_mean",
    "versus_mean",
    "value",
    "std_error",
    "conf_low",
    "conf_high",
    "change",
    "change_std_error",
    "change_conf_low",
    "change_conf_high",
    "change_p_holm",
];

/// Renders `sweep.csv`: UTF-8, commas, a header, `\n` line ends; cells are counted from 1, as in the table.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn sweep_csv(found: &SweepResult) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    {
        let mut writer = csv::Writer::from_writer(&mut bytes);
        let fields = found.fields.iter().map(|field| field.path.as_str());
        writer.write_record(["cell"].into_iter().chain(fields).chain(COLUMNS))?;
        for row in &found.rows {
            writer.write_record(record(found, row))?;
        }
        writer.flush().map_err(csv::Error::from)?;
    }
    Ok(bytes)
}

fn record(found: &SweepResult, row: &SweepRow) -> Vec<String> {
    let mut record = vec![(row.cell + 1).to_string()];
    record.extend(found.cells[row.cell].values.iter().map(|value| match value {
        CellValue::Number(number) => number.to_string(),
        CellValue::Text(text) => text.clone(),
    }));
    record.extend([&row.arm, &row.versus, &row.metric, &row.window].map(Clone::clone));
    record.push(row.measure.to_owned());
    let numbers = [
        row.arm_mean,
        row.versus_mean,
        row.value,
        row.std_error,
        row.conf_low,
        row.conf_high,
        row.change,
        row.change_std_error,
        row.change_conf_low,
        row.change_conf_high,
        row.change_p_holm,
    ];
    record.extend(numbers.map(|number| number.map_or_else(String::new, |number| number.to_string())));
    record
}
