//! Parameters of the human side: a curating team and the guardrails every message passes.

use crate::domain::{Bounds, Faults};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Marketers who curate the library of an agent arm during a phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CurationParams {
    /// hours per week: what the team can spend on this trial. Assumed.
    pub hours_per_week: f64,
    /// money per hour: cost of work. About 38 USD.
    pub cost_per_hour: f64,
    /// days: time between reviews. Assumed: weekly.
    pub review_every_days: u32,
    /// hours: what one review takes before anything is made. Assumed.
    pub hours_per_review: f64,
    /// hours: work to brief, make and launch one component. Litmus 2017 has 17.7 h for a whole e-mail campaign; a component is about a quarter of one.
    pub hours_per_component: f64,
    /// from 0 to 1: how well new components are aimed at what the audience wants now (0 at random, 1 exactly). Assumed.
    pub skill: f64,
    /// days: time from brief to launch. Assumed.
    pub production_lag_days: u32,
    /// days: how far reports lag behind. Assumed.
    pub report_lag_days: u32,
    /// days: how far a report looks back. Assumed: four weeks.
    pub report_days: u32,
    /// messages: components and audiences with fewer in the report are not judged. Assumed.
    pub minimum_sample: u32,
    /// log-odds: standard deviation of the error in the team's reading of a response rate. Assumed.
    pub noise: f64,
    /// share of a slot's live components: how many may be retired in one review. Assumed.
    pub retire_share: f64,
}

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

impl Default for CurationParams {
    fn default() -> Self {
        Self {
            hours_per_week: 20.0,
            cost_per_hour: 38.0,
            review_every_days: 7,
            hours_per_review: 2.0,
            hours_per_component: 4.5,
            skill: 0.7,
            production_lag_days: 7,
            report_lag_days: 2,
            report_days: 28,
            minimum_sample: 300,
            noise: 0.1,
            retire_share: 0.2,
        }
    }
}

impl Default for GuardrailParams {
    fn default() -> Self {
        Self {
            weekly_caps: Vec::new(),
            weekly_cap_total: Some(7),
            quiet_hours: Some(QuietHoursParams::default()),
            minimum_brand_safety: 0.0,
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

impl CurationParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        faults.number("hours_per_week", self.hours_per_week, Bounds::between(0.0, 10_000.0));
        faults.number("cost_per_hour", self.cost_per_hour, Bounds::NOT_NEGATIVE);
        faults.count("review_every_days", self.review_every_days.into(), 1, 365);
        faults.number("hours_per_review", self.hours_per_review, Bounds::between(0.0, 10_000.0));
        faults.number("hours_per_component", self.hours_per_component, Bounds::above(0.0, 10_000.0));
        faults.number("skill", self.skill, Bounds::SHARE);
        faults.count("production_lag_days", self.production_lag_days.into(), 0, 365);
        faults.count("report_lag_days", self.report_lag_days.into(), 0, 60);
        faults.count("report_days", self.report_days.into(), 1, 365);
        faults.count("minimum_sample", self.minimum_sample.into(), 1, u32::MAX.into());
        faults.number("noise", self.noise, Bounds::between(0.0, 10.0));
        faults.number("retire_share", self.retire_share, Bounds::SHARE);
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
    }
}
