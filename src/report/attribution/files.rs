//! `attribution.json`, with the verdict in words; `attribution.csv` with a row per mechanism, the remainder and the whole loss;
//! `attribution_coalitions.csv` with a row per set of mechanisms, and `attribution_curve.csv` with the lift by month. Unknown values are
//! `null` or empty.

use super::sentences::verdict;
use crate::experiment::{Attribution, MechanismRow, PartRow};
use crate::report::ReportError;
use serde::Serialize;

/// The results and what they say.
#[derive(Serialize)]
struct WithVerdict<'a> {
    verdict: [String; 2],
    #[serde(flatten)]
    found: &'a Attribution,
}

/// A row of `attribution.csv`: a mechanism, `remainder`, or `loss` for all that is lost.
#[derive(Serialize)]
struct Row {
    part: &'static str,
    points: f64,
    points_std_error: Option<f64>,
    points_conf_low: Option<f64>,
    points_conf_high: Option<f64>,
    share: Option<f64>,
    share_std_error: Option<f64>,
    p_holm: Option<f64>,
    alone_points: Option<f64>,
    alone_points_std_error: Option<f64>,
    last_points: Option<f64>,
    last_points_std_error: Option<f64>,
    gap_points: Option<f64>,
    gap_points_std_error: Option<f64>,
}

impl Row {
    fn of_part(part: &'static str, row: &PartRow) -> Self {
        Self {
            part,
            points: row.points,
            points_std_error: row.points_std_error,
            points_conf_low: row.points_conf_low,
            points_conf_high: row.points_conf_high,
            share: row.share,
            share_std_error: row.share_std_error,
            p_holm: None,
            alone_points: None,
            alone_points_std_error: None,
            last_points: None,
            last_points_std_error: None,
            gap_points: None,
            gap_points_std_error: None,
        }
    }

    fn of_mechanism(row: &MechanismRow) -> Self {
        Self {
            p_holm: row.p_holm,
            alone_points: Some(row.alone_points),
            alone_points_std_error: row.alone_points_std_error,
            last_points: Some(row.last_points),
            last_points_std_error: row.last_points_std_error,
            gap_points: Some(row.gap_points),
            gap_points_std_error: row.gap_points_std_error,
            ..Self::of_part(row.mechanism.as_str(), &row.part)
        }
    }
}

/// Renders `attribution.json`.
///
/// # Errors
/// Only if the serialiser fails, which it does for no results.
pub fn attribution_json(found: &Attribution) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(&WithVerdict { verdict: verdict(found), found })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Renders `attribution.csv`: UTF-8, commas, a header, `\n` line ends.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn attribution_csv(found: &Attribution) -> Result<Vec<u8>, ReportError> {
    let mechanisms = found.mechanisms.iter().map(Row::of_mechanism);
    let others = [Row::of_part("remainder", &found.remainder), Row::of_part("loss", &found.loss)];
    csv_of(&mechanisms.chain(others).collect::<Vec<Row>>())
}

/// Renders `attribution_coalitions.csv`, in the same form.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn attribution_coalitions_csv(found: &Attribution) -> Result<Vec<u8>, ReportError> {
    csv_of(&found.by_coalition)
}

/// Renders `attribution_curve.csv`, in the same form.
///
/// # Errors
/// Only if the CSV writer fails, which memory does not.
pub fn attribution_curve_csv(found: &Attribution) -> Result<Vec<u8>, ReportError> {
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
