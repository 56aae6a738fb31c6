//! `ledger.parquet`: what every arm did and cost, one row per replicate × window × arm, and the way back.

use super::parquet_columns::{Column, Columns, Table};
use crate::domain::{Refusal, Work};
use crate::experiment::{LedgerRow, Study};
use crate::report::ReportError;
use std::borrow::Cow;
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
        ("content_cost", number(|row| row.content_cost)),
        ("turned_down", count(|row| row.turned_down)),
        ("alerts", count(|row| row.alerts)),
        ("unsafe_messages", count(|row| row.unsafe_messages)),
    ];
    let mut columns: Vec<(Cow<'static, str>, Column)> = columns.into_iter().map(|(name, column)| (name.into(), column)).collect();
    for rule in Refusal::ALL {
        let counts = rows.iter().map(|(_, row)| row.refused[rule as usize] as i64).collect();
        columns.push((refused_column(rule).into(), Column::Long(counts)));
    }
    for kind in Work::ALL {
        let counts = rows.iter().map(|(_, row)| row.work_count[kind as usize] as i64).collect();
        let hours = rows.iter().map(|(_, row)| Some(row.work_hours[kind as usize])).collect();
        let [count, hours_of] = work_columns(kind);
        columns.push((count.into(), Column::Long(counts)));
        columns.push((hours_of.into(), Column::Number(hours)));
    }
    Table { columns, notes: Vec::new() }.to_parquet()
}

fn refused_column(rule: Refusal) -> String {
    format!("refused_{}", rule.name())
}

/// Columns of how often a kind of work was done and of its hours.
fn work_columns(kind: Work) -> [String; 2] {
    [format!("{}_count", kind.name()), format!("{}_hours", kind.name())]
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
    let (cancelled, turned_down) = (count("cancelled_briefs")?, count("turned_down")?);
    let (alerts, unsafe_messages, content_cost) = (count("alerts")?, count("unsafe_messages")?, number("content_cost")?);
    let refused = Refusal::ALL.iter().map(|rule| count(&refused_column(*rule))).collect::<Result<Vec<_>, _>>()?;
    let work = Work::ALL.iter().map(|kind| {
        let [counts, hours] = work_columns(*kind);
        Ok((count(&counts)?, number(&hours)?))
    });
    let work = work.collect::<Result<Vec<_>, ReportError>>()?;
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
        refused: std::array::from_fn(|rule| refused[rule][row]),
        work_count: std::array::from_fn(|kind| work[kind].0[row]),
        work_hours: std::array::from_fn(|kind| work[kind].1[row]),
        content_cost: content_cost[row],
        turned_down: turned_down[row],
        alerts: alerts[row],
        unsafe_messages: unsafe_messages[row],
    };
    Ok(replicates.iter().enumerate().map(|(index, replicate)| (*replicate, row(index))).collect())
}
