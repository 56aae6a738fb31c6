//! Policies that know only what can be observed.

mod params;

pub use params::{BusinessAsUsualParams, DrawKind, IdleTriggerParams, PoolKind, RandomParams, RewardKind, ThompsonParams};
