//! How a running study tells that it lives. Whoever shows it is above this layer; nothing here prints or reads a clock.

/// Listens to a running study. Calls may come from any thread, one at a time or not.
pub trait Progress: Sync {
    /// The study begins: `total` replicates in all, of which `already` were finished by an earlier run.
    fn started(&self, total: u32, already: u32);
    /// A replicate is finished: how many events it simulated, and how many customer-days (persons × days).
    fn replicate_done(&self, replicate: u32, events: u64, customer_days: u64);
    /// The study is over or was interrupted.
    fn finished(&self);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct SilentProgress;

impl Progress for SilentProgress {
    fn started(&self, _total: u32, _already: u32) {}
    fn replicate_done(&self, _replicate: u32, _events: u64, _customer_days: u64) {}
    fn finished(&self) {}
}
