//! The stage of every replicate: one for all of them where the scenario is the same in each, one of its own where the world varies.

use crate::experiment::Stage;
use crate::scenario::Scenario;

/// Gives every replicate its stage.
pub(super) struct Stages<'a> {
    scenario: &'a Scenario,
    /// `None` where every replicate has a world of its own.
    shared: Option<Stage<'a>>,
}

impl<'a> Stages<'a> {
    /// The stages of a scenario's replicates.
    pub(super) fn new(scenario: &'a Scenario) -> Self {
        Self { scenario, shared: scenario.worlds.is_empty().then(|| Stage::new(scenario)) }
    }

    /// Does something on the stage of replicate `replicate`.
    pub(super) fn with<T>(&self, replicate: u32, act: impl FnOnce(&Stage<'_>) -> T) -> T {
        match &self.shared {
            Some(stage) => act(stage),
            // A stage costs little beside a trial, and is not kept longer than one.
            None => act(&Stage::new(&self.scenario.in_replicate(replicate))),
        }
    }
}
