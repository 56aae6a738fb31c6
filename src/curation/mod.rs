//! The human side: curating teams and what they see, people on call, generated content, governance. Never sees `world`.

mod audiences;
mod campaigns;
mod discount_budget;
mod generator;
mod guardrails;
mod kill_switch;
mod on_call;
mod params;
mod report;
mod team;

pub use audiences::{Behaviour, draw_audiences};
pub use campaigns::{CampaignOrder, CampaignTeam};
pub use discount_budget::SeatToday;
pub use generator::{GeneratedOrder, Generator};
pub use guardrails::Guardrails;
pub use on_call::{Evidence, OnCall};
pub use params::{
    ApprovalParams, CurationParams, DiscountBudgetParams, GenerationParams, GuardrailParams, KillSwitchParams, OnCallParams,
    QuietHoursParams, RedrawParams, TightenCapsParams, WeeklyCapParams,
};
pub use report::{Response, ResponseLog};
pub use team::{Decisions, Table, Team};
