//! Scenarios: from a file as typed (`ScenarioFile`) to a valid one (`Scenario`).

mod file;

pub use file::{ArmParams, OracleParams, PhaseParams, PolicyParams, ScenarioFile, StudyParams};
