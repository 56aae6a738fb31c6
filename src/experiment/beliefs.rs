//! Records of what arms decide and believe against what is truly best, by month, and what all replicates say of them together.
//!
//! Shares are means over replicates of each replicate's own share, with the standard error of that mean. Computed from the truth
//! recorder's records alone; nothing here enters an estimate or `summary.json`.

use crate::experiment::records::Study;
use crate::stats::moments::Moments;
use serde::{Deserialize, Serialize};

/// What made a belief right or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The library: a component came or went.
    Library,
    /// The policy: it came to believe another component best.
    Beliefs,
    /// The customers: what they like best changed while the belief stayed.
    Tastes,
}

impl Cause {
    /// All causes, in the order of charts.
    pub const ALL: [Self; 3] = [Self::Beliefs, Self::Library, Self::Tastes];
}

/// A change of a cell since the month before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// It was wrong and is right.
    Learned(Cause),
    /// It was right and is wrong.
    Unlearned(Cause),
}

/// What the truth recorder found in one arm and month of one replicate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BeliefRow {
    /// Arm, by position in `Study::arms`.
    pub arm: u16,
    /// Month, from 0.
    pub month: u16,
    /// Messages that were judged: those to one customer in eight, by number.
    pub messages: u64,
    /// Messages among them whose component is truly the best for the customer at that moment, by slot.
    pub on_best: Vec<u64>,
    /// The number a random choice among live components would have on average, by slot.
    pub by_chance: Vec<f64>,
    /// Sum of their chances to be opened.
    pub open: f64,
    /// Sum of the chances of the best messages in their places.
    pub best_open: f64,
    /// The map of what is believed best, by audience and slot, at the close of the month; empty for a policy without beliefs.
    pub cells: Vec<BeliefCellRow>,
}

/// One audience and slot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeliefCellRow {
    /// Audience, by position among the segments.
    pub audience: u8,
    /// Slot, by position.
    pub slot: u8,
    /// Number of the component that is believed best.
    pub believed: u16,
    /// Number of the one that truly is, for the mean customer of the audience.
    pub best: u16,
    /// Whether none is truly better than the one that is believed best.
    pub is_right: bool,
    /// What changed since the month before.
    pub turn: Option<Turn>,
    /// Evidence behind the slot's beliefs, in messages, faded as the policy fades it.
    pub evidence: f32,
    /// Its mean age in days; `None` without evidence.
    pub age_days: Option<f32>,
}

/// A mean over replicates with its Monte-Carlo standard error; both `None` where no replicate has a value, the error below two.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OverReplicates {
    /// The mean.
    pub mean: Option<f64>,
    /// Its standard error.
    pub std_error: Option<f64>,
}

impl OverReplicates {
    fn of(values: impl Iterator<Item = Option<f64>>) -> Self {
        let moments = Moments::of(&values.flatten().collect::<Vec<f64>>());
        Self { mean: (moments.count > 0).then_some(moments.mean), std_error: moments.mean_variance().map(f64::sqrt) }
    }
}

/// What all replicates say of one arm and month. Shares are fractions.
#[derive(Clone, Debug, PartialEq)]
pub struct BeliefSummaryRow {
    /// Arm.
    pub arm: String,
    /// Month, from 1.
    pub month: u32,
    /// Choices of components that are truly the best, a share of all.
    pub on_best: OverReplicates,
    /// What a random choice would reach.
    pub by_chance: OverReplicates,
    /// Chance of an open that a message gives away: that of the best message less its own.
    pub regret: OverReplicates,
    /// Choices by slot.
    pub slots: Vec<SlotSummary>,
    /// Cells of the map that are right, a share of all.
    pub right: OverReplicates,
    /// Cells learned since the month before, a share of all, by cause in the order of `Cause::ALL`.
    pub learned: [OverReplicates; 3],
    /// Cells unlearned, likewise.
    pub unlearned: [OverReplicates; 3],
    /// Mean age in days of the evidence behind beliefs.
    pub age_days: OverReplicates,
    /// The map; empty for a policy without beliefs.
    pub cells: Vec<CellSummary>,
}

/// Choices in one slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotSummary {
    /// Share that is truly the best.
    pub on_best: OverReplicates,
    /// What a random choice would reach.
    pub by_chance: OverReplicates,
}

/// One cell of the map over replicates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellSummary {
    /// Audience, by position.
    pub audience: u8,
    /// Slot, by position.
    pub slot: u8,
    /// Share of replicates in which the cell is right.
    pub right: OverReplicates,
    /// Mean age in days of the evidence behind it.
    pub age_days: OverReplicates,
}

/// Summarises a study's records, in the order arm, month; empty where truth was not recorded.
pub fn summarise_beliefs(study: &Study) -> Vec<BeliefSummaryRow> {
    let Some(first) = study.replicates.first() else { return Vec::new() };
    let place = |row: &BeliefRow| (row.arm, row.month);
    let rows = first.beliefs.iter().map(|row| {
        let same: Vec<&BeliefRow> = study
            .replicates
            .iter()
            .filter_map(|replicate| replicate.beliefs.iter().find(|other| place(other) == place(row)))
            .collect();
        summary_row(study.arms[usize::from(row.arm)].clone(), row, &same)
    });
    rows.collect()
}

fn summary_row(arm: String, first: &BeliefRow, rows: &[&BeliefRow]) -> BeliefSummaryRow {
    let over = |value: &dyn Fn(&BeliefRow) -> Option<f64>| OverReplicates::of(rows.iter().map(|row| value(row)));
    let slots = first.on_best.len();
    let share_of = |hits: f64, choices: f64| (choices > 0.0).then(|| hits / choices);
    let cells = |row: &BeliefRow, holds: &dyn Fn(&BeliefCellRow) -> bool| {
        share_of(row.cells.iter().filter(|cell| holds(cell)).count() as f64, row.cells.len() as f64)
    };
    let turned =
        |turn: fn(Cause) -> Turn| Cause::ALL.map(|cause| over(&|row| cells(row, &|cell| cell.turn == Some(turn(cause)))));
    BeliefSummaryRow {
        arm,
        month: u32::from(first.month) + 1,
        on_best: over(&|row| share_of(row.on_best.iter().sum::<u64>() as f64, row.messages as f64 * slots as f64)),
        by_chance: over(&|row| share_of(row.by_chance.iter().sum(), row.messages as f64 * slots as f64)),
        regret: over(&|row| share_of(row.best_open - row.open, row.messages as f64)),
        slots: (0..slots)
            .map(|slot| SlotSummary {
                on_best: over(&|row| share_of(row.on_best[slot] as f64, row.messages as f64)),
                by_chance: over(&|row| share_of(row.by_chance[slot], row.messages as f64)),
            })
            .collect(),
        right: over(&|row| cells(row, &|cell| cell.is_right)),
        learned: turned(Turn::Learned),
        unlearned: turned(Turn::Unlearned),
        age_days: over(&age_of),
        cells: cell_summaries(rows),
    }
}

/// Mean age over all cells, weighted by their evidence.
fn age_of(row: &BeliefRow) -> Option<f64> {
    let known = || row.cells.iter().filter_map(|cell| cell.age_days.map(|age| (f64::from(cell.evidence), f64::from(age))));
    let evidence: f64 = known().map(|(evidence, _)| evidence).sum();
    (evidence > 0.0).then(|| known().map(|(evidence, age)| evidence * age).sum::<f64>() / evidence)
}

/// The map over replicates; a cell that some replicate lacks, for want of customers, is that of the others.
fn cell_summaries(rows: &[&BeliefRow]) -> Vec<CellSummary> {
    let mut places: Vec<(u8, u8)> = rows.iter().flat_map(|row| row.cells.iter().map(|cell| (cell.audience, cell.slot))).collect();
    places.sort_unstable();
    places.dedup();
    let one = |(audience, slot): (u8, u8)| {
        let found =
            || rows.iter().filter_map(move |row| row.cells.iter().find(|cell| (cell.audience, cell.slot) == (audience, slot)));
        CellSummary {
            audience,
            slot,
            right: OverReplicates::of(found().map(|cell| Some(f64::from(u8::from(cell.is_right))))),
            age_days: OverReplicates::of(found().map(|cell| cell.age_days.map(f64::from))),
        }
    };
    places.into_iter().map(one).collect()
}
