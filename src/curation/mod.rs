//! The human side: curating teams and what they see, guardrails. Never sees `world`.

mod campaigns;
mod guardrails;
mod params;
mod report;
mod team;

pub use campaigns::{CampaignOrder, CampaignTeam};
pub use guardrails::Guardrails;
pub use params::{CurationParams, GuardrailParams, QuietHoursParams, WeeklyCapParams};
pub use report::{Response, ResponseLog};
pub use team::{Decisions, Team};
