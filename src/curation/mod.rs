//! The human side: curating teams, guardrails.

mod params;

pub use params::{CurationParams, GuardrailParams, QuietHoursParams, WeeklyCapParams};
