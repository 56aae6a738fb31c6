//! How much memory a trial needs: an upper estimate made before anything runs. Measures nothing.

use crate::domain::Metric;
use crate::scenario::ScenarioFile;

/// Resident bytes per simulated person with the reference agents: the budget that the engine keeps to.
pub const BYTES_PER_PERSON: u64 = 1024;
/// Bytes per customer, window and metric of the panel.
const BYTES_PER_OUTCOME: u64 = 4;

/// Upper estimate of the memory of one replicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryEstimate {
    /// Customers of the trial.
    pub customers: u64,
    /// Simulated persons: the customers, or all of them once per arm where truth is recorded.
    pub persons: u64,
    /// Bytes of persons with their agents' beliefs about them.
    pub person_bytes: u64,
    /// Bytes of the panel of outcomes.
    pub panel_bytes: u64,
}

/// What a trial's memory depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrialSize {
    pub(crate) customers: u64,
    /// Arms that every customer lives in: 1, or all of them where truth is recorded.
    pub(crate) lives: u64,
    pub(crate) months: u64,
    pub(crate) verticals: usize,
}

impl TrialSize {
    pub(crate) fn of(file: &ScenarioFile, months: u64) -> Self {
        let lives = if file.records_truth() { file.arms.len() as u64 } else { 1 };
        Self { customers: file.population.size.into(), lives, months, verticals: file.verticals.len() }
    }
}

impl MemoryEstimate {
    pub(crate) fn of(size: TrialSize) -> Self {
        // One window for the pre-period and one per month; longer windows are sums of these.
        // The last metric is a ratio of arm totals and takes no room.
        let metrics = Metric::all(size.verticals).len() as u64 - 1;
        // Truth keeps the individual effects of every arm but the first, over the whole trial.
        let outcomes = (size.months + size.lives).saturating_mul(metrics);
        let panel_bytes = size.customers.saturating_mul(outcomes).saturating_mul(BYTES_PER_OUTCOME);
        let persons = size.customers.saturating_mul(size.lives);
        Self { customers: size.customers, persons, person_bytes: persons.saturating_mul(BYTES_PER_PERSON), panel_bytes }
    }

    /// Bytes of one replicate.
    pub fn replicate_bytes(&self) -> u64 {
        self.person_bytes.saturating_add(self.panel_bytes)
    }

    /// The memory of so many trials held side by side.
    #[must_use]
    pub fn times(&self, trials: u64) -> Self {
        Self {
            customers: self.customers,
            persons: self.persons.saturating_mul(trials),
            person_bytes: self.person_bytes.saturating_mul(trials),
            panel_bytes: self.panel_bytes.saturating_mul(trials),
        }
    }

    /// How many replicates fit into `memory_bytes` at the same time.
    pub fn replicates_that_fit(&self, memory_bytes: u64) -> u64 {
        memory_bytes / self.replicate_bytes().max(1)
    }
}

/// Bytes in the unit people use: `9.0 GB`, `31 MB`.
pub fn describe_bytes(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        b if b >= 9.95e9 => format!("{:.0} GB", b / 1e9),
        b if b >= 1e9 => format!("{:.1} GB", b / 1e9),
        b if b >= 1e6 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.0} kB", (b / 1e3).ceil()),
    }
}
