//! The stage of every replicate: one for all of them where the scenario is the same in each, one of its own where the world varies.

use crate::experiment::Stage;
use crate::scenario::Scenario;

/// Gives every replicate its stage.
pub(super) struct Stages<'a> {
    shared: Stage<'a>,
}

impl<'a> Stages<'a> {
    /// The stages of a scenario's replicates.
    pub(super) fn new(scenario: &'a Scenario) -> Self {
        Self { shared: Stage::new(scenario) }
    }

    /// Does something on the stage of replicate `replicate`.
    pub(super) fn with<T>(&self, _replicate: u32, act: impl FnOnce(&Stage<'_>) -> T) -> T {
        act(&self.shared)
    }
}
