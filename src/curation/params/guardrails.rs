//! Parameters of governance: the rules every message passes in one place, whatever the policy, and the gates new content passes.

use crate::domain::{Bounds, Faults};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rules enforced in the one place every message passes, whatever the policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GuardrailParams {
    /// Upper limits on messages per customer and week, by channel; no limit for channels not named.
    pub weekly_caps: Vec<WeeklyCapParams>,
    /// messages per customer and week: the cap over all channels together; no limit if not given. Assumed: one a day.
    pub weekly_cap_total: Option<u32>,
    /// No messages on any channel between these hours of the day.
    pub quiet_hours: Option<QuietHoursParams>,
    /// score from 0 to 1: components with a lower brand-safety score are never sent; 0 lets all pass.
    pub minimum_brand_safety: f64,
    /// What discounts may cost; no limit if not given.
    pub discount_budget: Option<DiscountBudgetParams>,
    /// People who approve every new component before it can be sent, those of campaigns included; nobody if not given.
    pub approval: Option<ApprovalParams>,
    /// Stops a channel when too many customers leave it; never if not given.
    pub kill_switch: Option<KillSwitchParams>,
}

/// Weekly cap of one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeeklyCapParams {
    /// Name of the channel.
    pub channel: String,
    /// messages per customer and week: the cap; weeks are calendar weeks, Monday to Sunday. Assumed.
    pub per_week: u32,
}

/// Hours in which nothing is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuietHoursParams {
    /// hour of the day: when they begin. Assumed.
    pub from: u32,
    /// hour of the day: when they end; may lie on the next day. Assumed.
    pub to: u32,
}

/// A budget for discounts, an arm's own. It never overruns: a message with a discount reserves the most it can cost until it expires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DiscountBudgetParams {
    /// money per customer of the arm and calendar month: what discounts may cost; what is left lapses. Assumed.
    pub per_customer_month: f64,
    /// money: the most a single discount can cost, as printed on the voucher. Assumed.
    pub most_per_message: f64,
}

/// People who approve new content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApprovalParams {
    /// days: how long new components wait for it. Assumed.
    pub lag_days: u32,
    /// hours: work per component. Assumed.
    pub hours_per_component: f64,
    /// money per hour: cost of work. About 38 USD.
    pub cost_per_hour: f64,
    /// share from 0 to 1: how many of the components that would harm the brand are recognised and turned down. Assumed.
    pub detection: f64,
}

/// A switch that stops a channel by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KillSwitchParams {
    /// customers who leave the channel per 1,000 messages on it: above this it stops. Assumed: several times a usual rate.
    pub unsubscribes_per_thousand: f64,
    /// days: how far it looks back. Assumed.
    pub over_days: u32,
    /// messages: with fewer on the channel in that time it does not judge. Assumed.
    pub minimum_messages: u32,
    /// days: how long the channel stays silent, unless people who curate the arm look into it earlier. Assumed.
    pub pause_days: u32,
}

impl Default for GuardrailParams {
    fn default() -> Self {
        Self {
            weekly_caps: Vec::new(),
            weekly_cap_total: Some(7),
            quiet_hours: Some(QuietHoursParams::default()),
            minimum_brand_safety: 0.0,
            discount_budget: None,
            approval: None,
            kill_switch: None,
        }
    }
}

impl Default for WeeklyCapParams {
    fn default() -> Self {
        Self { channel: String::new(), per_week: 3 }
    }
}

impl Default for QuietHoursParams {
    fn default() -> Self {
        Self { from: 22, to: 7 }
    }
}

impl Default for DiscountBudgetParams {
    fn default() -> Self {
        Self { per_customer_month: 0.5, most_per_message: 20.0 }
    }
}

impl Default for ApprovalParams {
    fn default() -> Self {
        Self { lag_days: 3, hours_per_component: 0.5, cost_per_hour: 38.0, detection: 0.95 }
    }
}

impl Default for KillSwitchParams {
    fn default() -> Self {
        Self { unsubscribes_per_thousand: 20.0, over_days: 7, minimum_messages: 1000, pause_days: 7 }
    }
}

impl GuardrailParams {
    /// Records everything that is wrong with these parameters; `channels` are the names of the scenario's channels.
    pub fn validate(&self, channels: &[&str], faults: &mut Faults) {
        faults.each("weekly_caps", &self.weekly_caps, |faults, cap| {
            faults.known_name("channel", &cap.channel, channels, "channel");
            faults.count("per_week", cap.per_week.into(), 0, 255);
        });
        if let Some(cap) = self.weekly_cap_total {
            faults.count("weekly_cap_total", cap.into(), 0, 255);
        }
        if let Some(quiet) = &self.quiet_hours {
            faults.within("quiet_hours", |faults| {
                faults.count("from", quiet.from.into(), 0, 24);
                faults.count("to", quiet.to.into(), 0, 24);
            });
        }
        faults.number("minimum_brand_safety", self.minimum_brand_safety, Bounds::SHARE);
        if let Some(budget) = &self.discount_budget {
            faults.within("discount_budget", |faults| {
                faults.number("per_customer_month", budget.per_customer_month, Bounds::NOT_NEGATIVE);
                faults.number("most_per_message", budget.most_per_message, Bounds::above(0.0, 1e9));
            });
        }
        if let Some(approval) = &self.approval {
            faults.within("approval", |faults| approval.validate(faults));
        }
        if let Some(switch) = &self.kill_switch {
            faults.within("kill_switch", |faults| {
                faults.number("unsubscribes_per_thousand", switch.unsubscribes_per_thousand, Bounds::between(0.0, 1000.0));
                faults.count("over_days", switch.over_days.into(), 1, 365);
                faults.count("minimum_messages", switch.minimum_messages.into(), 1, u32::MAX.into());
                faults.count("pause_days", switch.pause_days.into(), 1, 365);
            });
        }
    }
}

impl ApprovalParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        faults.count("lag_days", self.lag_days.into(), 0, 365);
        faults.number("hours_per_component", self.hours_per_component, Bounds::between(0.0, 10_000.0));
        faults.number("cost_per_hour", self.cost_per_hour, Bounds::NOT_NEGATIVE);
        faults.number("detection", self.detection, Bounds::SHARE);
    }
}
