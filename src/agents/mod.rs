//! Policies that know only what can be observed. None of them can see `world`.

mod bau;
mod frozen;
mod params;
mod random;
mod silent;
mod thompson;

pub use bau::BusinessAsUsual;
pub use frozen::Frozen;
pub use params::{BusinessAsUsualParams, DrawKind, IdleTriggerParams, PoolKind, RandomParams, RewardKind, ThompsonParams};
pub use random::Random;
pub use silent::Silent;
pub use thompson::{Surroundings, Thompson};
