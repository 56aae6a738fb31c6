//! Scenarios: from a file as typed (`ScenarioFile`) to a valid one (`Scenario`).
//!
//! 1. `scan` finds where everything stands, and mistakes of syntax;
//! 2. `check` compares names and kinds of values with the catalogue of `shape`s;
//! 3. `ron` and `serde` turn the text into a `ScenarioFile`;
//! 4. `overrides` apply the command line's changes by the same three steps;
//! 5. `validate` checks meaning, and `valid` turns every fault's path into a place;
//! 6. `worlds` draws what the scenario leaves open (`uncertainty`) for every replicate, and checks each.
//!
//! `over` and `sweep` make many cells of one scenario by steps 4 to 6. After that nothing is checked twice. Nothing here reads files, prints or simulates.

mod bundled;
mod check;
mod fields;
mod file;
mod latin_hypercube;
mod memory;
mod mistake;
mod over;
mod overrides;
mod path;
mod scan;
mod shape;
mod source;
mod sweep;
mod text;
mod uncertainty;
mod valid;
mod validate;
mod worlds;

pub use bundled::{BUNDLED, BundledScenario, bundled, starter};
pub use fields::{FieldEntry, VariantEntry, field_entries, fields_below, similar_fields};
pub use file::{ArmParams, ArmPhaseParams, OracleParams, PhaseParams, PolicyParams, ScenarioFile, StudyParams, Upkeep};
pub use memory::{BYTES_PER_PERSON, MemoryEstimate, describe_bytes};
pub use mistake::{Mistake, MistakeRecord, ScenarioError};
pub use over::SweepRequest;
pub use overrides::Overrides;
pub use source::{Position, Source};
pub use sweep::{CellValue, Sweep, SweepCell, SweptField};
pub use uncertainty::{Distribution, UncertainField};
pub use valid::{Machine, Scenario};
pub use worlds::Worlds;
