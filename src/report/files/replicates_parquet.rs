//! `replicates.parquet`: one row per replicate × window × metric × arm × estimator, and the way back into a `Study`.
//!
//! The names that a study's positions stand for, and what belongs to a replicate rather than to an estimate (events,
//! customer-days), are notes in the file's footer, as JSON.

use super::ledger_parquet::ledgers_from_parquet;
use super::parquet_columns::{Column, Columns, Table};
use crate::experiment::{EstimateRow, ReplicateResult, Study, TruthCell};
use crate::report::ReportError;
use serde::de::DeserializeOwned;
use std::fs::File;

/// Renders `replicates.parquet`; same study, same bytes.
///
/// Columns: `replicate`; `window`, `metric`, `arm`, `versus`, `estimator` as text; `effect`, `std_error`, `df`, `denominator`,
/// `lift`, `lift_conf_low`, `lift_conf_high`, null where unknown; `lift_unbounded`; `true_effect`, `true_denominator`, `true_lift`, the
/// same for all estimators, null where truth is not recorded.
///
/// # Errors
/// If the Parquet writer fails.
pub fn replicates_parquet(study: &Study) -> Result<Vec<u8>, ReportError> {
    let rows: Vec<(u32, &EstimateRow)> =
        study.replicates.iter().flat_map(|result| result.estimates.iter().map(|row| (result.replicate, row))).collect();
    let number = |value: fn(&EstimateRow) -> Option<f64>| Column::Number(rows.iter().map(|(_, row)| value(row)).collect());
    let truth = |value: fn(&TruthCell) -> Option<f64>| {
        let cells = study.replicates.iter().flat_map(|result| {
            let cell = |row: usize| result.truth.get(row / study.estimators.len().max(1)).and_then(value);
            (0..result.estimates.len()).map(cell)
        });
        Column::Number(cells.collect())
    };
    let name = |names: &[String], value: fn(&EstimateRow) -> u16| Column::Name {
        names: names.to_vec(),
        rows: rows.iter().map(|(_, row)| value(row)).collect(),
    };
    let columns = vec![
        ("replicate", Column::Int(rows.iter().map(|(replicate, _)| *replicate as i32).collect())),
        ("window", name(&study.windows, |row| row.window)),
        ("metric", name(&study.metrics, |row| row.metric)),
        ("arm", name(&study.arms, |row| row.arm)),
        ("versus", name(&study.arms, |_| 0)),
        ("estimator", name(&study.estimators, |row| row.estimator)),
        ("effect", number(|row| row.effect)),
        ("std_error", number(|row| row.std_error)),
        ("df", number(|row| row.degrees_of_freedom)),
        ("denominator", number(|row| row.denominator)),
        ("lift", number(|row| row.lift)),
        ("lift_conf_low", number(|row| row.lift_conf_low)),
        ("lift_conf_high", number(|row| row.lift_conf_high)),
        ("lift_unbounded", Column::Flag(rows.iter().map(|(_, row)| row.lift_unbounded).collect())),
        ("true_effect", truth(|cell| cell.effect)),
        ("true_denominator", truth(|cell| cell.denominator)),
        ("true_lift", truth(TruthCell::lift)),
    ];
    let per_replicate: Vec<(u32, u64, u64)> =
        study.replicates.iter().map(|result| (result.replicate, result.events, result.customer_days)).collect();
    let notes = vec![
        ("longgame.metrics", serde_json::to_string(&study.metrics)?),
        ("longgame.windows", serde_json::to_string(&study.windows)?),
        ("longgame.arms", serde_json::to_string(&study.arms)?),
        ("longgame.estimators", serde_json::to_string(&study.estimators)?),
        ("longgame.truth", serde_json::to_string(&study.replicates.iter().any(|result| !result.truth.is_empty()))?),
        ("longgame.replicates", serde_json::to_string(&per_replicate)?),
    ];
    let columns = columns.into_iter().map(|(name, column)| (name.into(), column)).collect();
    Table { columns, notes }.to_parquet()
}

/// Reads `replicates.parquet` and `ledger.parquet` back into the study they were written from, row for row.
///
/// # Errors
/// If a file is not Parquet, lacks a column or a note, or has a row for a name or replicate it does not declare.
pub fn study_from_parquet(replicates: File, ledger: File) -> Result<Study, ReportError> {
    let file = Columns::open(replicates)?;
    let mut study = Study {
        metrics: note(&file, "metrics")?,
        windows: note(&file, "windows")?,
        arms: note(&file, "arms")?,
        estimators: note(&file, "estimators")?,
        replicates: Vec::new(),
    };
    let declared: Vec<(u32, u64, u64)> = note(&file, "replicates")?;
    study.replicates = declared
        .into_iter()
        .map(|(replicate, events, customer_days)| ReplicateResult {
            traps: Vec::new(),
            beliefs: Vec::new(),
            replicate,
            estimates: Vec::new(),
            truth: Vec::new(),
            ledger: Vec::new(),
            events,
            customer_days,
        })
        .collect();
    add_estimates(&mut study, &file)?;
    for (row, (replicate, ledger)) in ledgers_from_parquet(ledger, &study)?.into_iter().enumerate() {
        result_of(&mut study.replicates, replicate, row)?.ledger.push(ledger);
    }
    Ok(study)
}

fn add_estimates(study: &mut Study, file: &Columns) -> Result<(), ReportError> {
    let replicates = file.ints("replicate")?;
    let windows = file.names("window", &study.windows)?;
    let metrics = file.names("metric", &study.metrics)?;
    let arms = file.names("arm", &study.arms)?;
    let estimators = file.names("estimator", &study.estimators)?;
    let (effects, std_errors) = (file.numbers("effect")?, file.numbers("std_error")?);
    let (degrees, denominators) = (file.numbers("df")?, file.numbers("denominator")?);
    let lifts = file.numbers("lift")?;
    let (lows, highs) = (file.numbers("lift_conf_low")?, file.numbers("lift_conf_high")?);
    let unbounded = file.flags("lift_unbounded")?;
    let (true_effects, true_denominators) = (file.numbers("true_effect")?, file.numbers("true_denominator")?);
    let has_truth: bool = note(file, "truth")?;
    for (row, replicate) in replicates.iter().enumerate() {
        let estimate = EstimateRow {
            metric: metrics[row],
            window: windows[row],
            arm: arms[row],
            estimator: estimators[row],
            effect: effects[row],
            std_error: std_errors[row],
            degrees_of_freedom: degrees[row],
            denominator: denominators[row],
            lift: lifts[row],
            lift_conf_low: lows[row],
            lift_conf_high: highs[row],
            lift_unbounded: unbounded[row],
        };
        let result = result_of(&mut study.replicates, *replicate, row)?;
        if has_truth && estimate.estimator == 0 {
            let EstimateRow { metric, window, arm, .. } = estimate;
            let (effect, denominator) = (true_effects[row], true_denominators[row]);
            result.truth.push(TruthCell { metric, window, arm, effect, denominator, effect_variance: None });
        }
        result.estimates.push(estimate);
    }
    Ok(())
}

fn result_of(results: &mut [ReplicateResult], replicate: i32, row: usize) -> Result<&mut ReplicateResult, ReportError> {
    let unknown = || ReportError::UnknownName { row, what: "replicate", value: replicate.to_string() };
    let number = u32::try_from(replicate).map_err(|_| unknown())?;
    let place = results.binary_search_by_key(&number, |result| result.replicate).map_err(|_| unknown())?;
    Ok(&mut results[place])
}

fn note<T: DeserializeOwned>(file: &Columns, what: &str) -> Result<T, ReportError> {
    let text = file.note(&format!("longgame.{what}")).ok_or_else(|| ReportError::Names { what: what.to_owned() })?;
    Ok(serde_json::from_str(text)?)
}
