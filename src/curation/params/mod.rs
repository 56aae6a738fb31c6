//! Parameters of the human side: teams, people on call, generated content, governance.

mod after;
mod guardrails;
mod team;

pub use after::{GenerationParams, OnCallParams};
pub use guardrails::{
    ApprovalParams, DiscountBudgetParams, GuardrailParams, KillSwitchParams, QuietHoursParams, WeeklyCapParams,
};
pub use team::{CurationParams, RedrawParams, TightenCapsParams};
