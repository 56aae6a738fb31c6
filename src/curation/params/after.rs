//! Parameters of what keeps an arm going without a team at hand: people on call, and generated content.

use crate::curation::params::{ApprovalParams, CurationParams};
use crate::domain::{Bounds, Faults};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// People who come back when the lift is no longer what it should be, and leave again.
///
/// They watch the lift over a holdout arm at planned looks. At each the hypothesis is tested that the lift is still `least_lift` or more, one-sided,
/// by group-sequential boundaries (Lan & DeMets 1983, of O'Brien–Fleming type), over all months since the watch began. When it is rejected they
/// are called. After they left, the watch begins anew with fresh alpha.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnCallParams {
    /// Name of the arm the lift is measured against. Default: the first arm.
    pub holdout: Option<String>,
    /// Metric of the lift.
    pub metric: String,
    /// lift, a fraction: people are called when it is clearly below this. Assumed.
    pub least_lift: f64,
    /// share from 0 to 1: chance to be called in vain in one watch. Assumed: the customary 5 %.
    pub alpha: f64,
    /// looks: how many are planned in one watch; one a month.
    pub looks: u32,
    /// days: time from the call to the first review. Assumed.
    pub lag_days: u32,
    /// days: how long they stay. Assumed.
    pub stay_days: u32,
    /// Who comes.
    pub team: CurationParams,
}

/// Components that a generative model makes, week after week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GenerationParams {
    /// components per week: how many are made, over the slots and audiences in turn. Assumed.
    pub components_per_week: f64,
    /// from 0 to 1: how well a component is aimed on average at what its audience wants now (as `skill` of people). Assumed: no published value.
    pub aim: f64,
    /// from 0 to 1: standard deviation of the aim between components; what falls outside 0 to 1 is moved there. Assumed.
    pub aim_spread: f64,
    /// share from 0 to 1: components that would harm the brand if they were sent. Assumed.
    pub unsafe_share: f64,
    /// share from 0 to 1: unsafe components that the automatic brand-safety score recognises, scoring them 0. Assumed.
    pub screening: f64,
    /// money per component: what making one costs. Assumed.
    pub cost_per_component: f64,
    /// People who approve generated components; without them they are launched at once. Ignored where the guardrails ask for approval of everything.
    pub approval: Option<ApprovalParams>,
}

impl Default for OnCallParams {
    fn default() -> Self {
        Self {
            holdout: None,
            metric: "direct_app_opens".to_owned(),
            least_lift: 0.3,
            alpha: 0.05,
            looks: 6,
            lag_days: 7,
            stay_days: 56,
            team: CurationParams::default(),
        }
    }
}

impl Default for GenerationParams {
    fn default() -> Self {
        Self {
            components_per_week: 3.0,
            aim: 0.5,
            aim_spread: 0.2,
            unsafe_share: 0.03,
            screening: 0.8,
            cost_per_component: 1.0,
            approval: None,
        }
    }
}

impl OnCallParams {
    /// Records everything that is wrong with these parameters; `arms` and `metrics` are the names that the scenario knows.
    pub fn validate(&self, arms: &[&str], metrics: &[&str], faults: &mut Faults) {
        if let Some(holdout) = &self.holdout {
            faults.known_name("holdout", holdout, arms, "arm");
        }
        faults.known_name("metric", &self.metric, metrics, "metric");
        faults.number("least_lift", self.least_lift, Bounds::between(-1.0, 100.0));
        faults.number("alpha", self.alpha, Bounds::above(0.0, 0.5));
        faults.count("looks", self.looks.into(), 1, 120);
        faults.count("lag_days", self.lag_days.into(), 0, 365);
        faults.count("stay_days", self.stay_days.into(), 1, 3650);
        faults.within("team", |faults| self.team.validate(faults));
    }
}

impl GenerationParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        faults.number("components_per_week", self.components_per_week, Bounds::between(0.0, 1000.0));
        faults.number("aim", self.aim, Bounds::SHARE);
        faults.number("aim_spread", self.aim_spread, Bounds::between(0.0, 1.0));
        faults.number("unsafe_share", self.unsafe_share, Bounds::SHARE);
        faults.number("screening", self.screening, Bounds::SHARE);
        faults.number("cost_per_component", self.cost_per_component, Bounds::NOT_NEGATIVE);
        if let Some(approval) = &self.approval {
            faults.within("approval", |faults| approval.validate(faults));
        }
    }
}
