//! `ledger.parquet`: what every arm did and cost, one row per replicate × window × arm, and the way back.

use super::parquet_columns::{Column, Columns, Table};
use crate::experiment::{LedgerRow, Study};
use crate::report::ReportError;
use std::fs::File;

/// Renders `ledger.parquet`; same study, same bytes.
///
/// Columns: `replicate`; `window`, `arm` as text; then the fields of `LedgerRow`, with `direct_opens_per_message` null where
/// nothing was sent.
///
/// # Errors
/// If the Parquet writer fails.
pub fn ledger_parquet(study: &Study) -> Result<Vec<u8>, ReportError> {
    let rows: Vec<(u32, &LedgerRow)> =
        study.replicates.iter().flat_map(|result| result.ledger.iter().map(|row| (result.replicate, row))).collect();
    let number = |value: fn(&LedgerRow) -> f64| Column::Number(rows.iter().map(|(_, row)| Some(value(row))).collect());
    let count = |value: fn(&LedgerRow) -> u64| Column::Long(rows.iter().map(|(_, row)| value(row) as i64).collect());
    let name = |names: &[String], value: fn(&LedgerRow) -> u16| Column::Name {
        names: names.to_vec(),
        rows: rows.iter().map(|(_, row)| value(row)).collect(),
    };
    let opens = rows.iter().map(|(_, row)| row.direct_opens_per_message).collect();
    let columns = vec![
        ("replicate", Column::Int(rows.iter().map(|(replicate, _)| *replicate as i32).collect())),
        ("window", name(&study.windows, |row| row.window)),
        ("arm", name(&study.arms, |row| row.arm)),
        ("customers", count(|row| row.customers)),
        ("messages_per_customer", number(|row| row.messages_per_customer)),
        ("direct_opens_per_message", Column::Number(opens)),
        ("human_hours", number(|row| row.human_hours)),
        ("human_cost", number(|row| row.human_cost)),
        ("message_cost", number(|row| row.message_cost)),
        ("library_size", count(|row| row.library_size)),
        ("launched", count(|row| row.launched)),
        ("retired", count(|row| row.retired)),
        ("cancelled_briefs", count(|row| row.cancelled_briefs)),
        ("refused", count(|row| row.refused)),
    ];
    Table { columns, notes: Vec::new() }.to_parquet()
}

/// The rows of `ledger.parquet` with their replicates; windows and arms by their position in `study`.
pub(super) fn ledgers_from_parquet(file: File, study: &Study) -> Result<Vec<(i32, LedgerRow)>, ReportError> {
    let file = Columns::open(file)?;
    let replicates = file.ints("replicate")?;
    let (windows, arms) = (file.names("window", &study.windows)?, file.names("arm", &study.arms)?);
    let opens = file.numbers("direct_opens_per_message")?;
    let count = |name: &str| file.longs(name).map(|values| values.into_iter().map(|value| value as u64).collect::<Vec<u64>>());
    let number = |name: &str| -> Result<Vec<f64>, ReportError> {
        let known = file.numbers(name)?.into_iter().collect::<Option<Vec<f64>>>();
        known.ok_or_else(|| ReportError::Column { column: name.to_owned() })
    };
    let (customers, messages) = (count("customers")?, number("messages_per_customer")?);
    let (hours, human_cost, message_cost) = (number("human_hours")?, number("human_cost")?, number("message_cost")?);
    let (library, launched, retired) = (count("library_size")?, count("launched")?, count("retired")?);
    let (cancelled, refused) = (count("cancelled_briefs")?, count("refused")?);
    let row = |row: usize| LedgerRow {
        window: windows[row],
        arm: arms[row],
        customers: customers[row],
        messages_per_customer: messages[row],
        direct_opens_per_message: opens[row],
        human_hours: hours[row],
        human_cost: human_cost[row],
        message_cost: message_cost[row],
        library_size: library[row],
        launched: launched[row],
        retired: retired[row],
        cancelled_briefs: cancelled[row],
        refused: refused[row],
    };
    Ok(replicates.iter().enumerate().map(|(index, replicate)| (*replicate, row(index))).collect())
}
