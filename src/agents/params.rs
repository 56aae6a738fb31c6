//! Parameters of the policies that know only what can be observed.

use crate::domain::{Bounds, Faults, RewardRule};
use crate::kernel::{DAY, HOUR};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Business as usual: a calendar of campaigns by a competent team, without personalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BusinessAsUsualParams {
    /// messages per customer and week: campaigns. Median of push senders: 6.4 (Android) to 8.3 (iOS) a month.
    pub messages_per_week: u32,
    /// hour of the day: when campaigns go out. Assumed.
    pub hour: u32,
    /// Channels in order of preference: each customer gets the first one it accepts; all channels in their order if empty.
    pub channels: Vec<String>,
    /// days: how long a campaign runs before fresh content replaces it. Assumed.
    pub refresh_every_days: u32,
    /// from 0 to 1: how well campaigns are aimed at the average customer (0 at random, 1 exactly). Assumed.
    pub targeting: f64,
    /// Whether each audience gets its own campaign; otherwise there is one for everybody.
    pub by_audience: bool,
    /// hours: work per campaign. Litmus 2017: 17.7 h per e-mail campaign.
    pub hours_per_campaign: f64,
    /// money per hour: cost of work. About 38 USD.
    pub cost_per_hour: f64,
    /// Messages triggered by inactivity, such as a discount after three idle days.
    pub idle_trigger: Option<IdleTriggerParams>,
}

/// A message to customers who stayed away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IdleTriggerParams {
    /// days: time without a session after which the message is sent. Three in the rule agents are often compared with (a 10 % discount after three idle days).
    pub after_days: u32,
    /// days: time before the same customer can get it again. Assumed.
    pub cooldown_days: u32,
    /// share of the price: the discount it carries. 10 % in the rule agents are often compared with.
    pub discount: f64,
}

/// Thompson sampling: hierarchical beliefs about frequency, timing, channel and components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ThompsonParams {
    /// messages per week: what the agent may choose between. Assumed.
    pub frequencies: Vec<u32>,
    /// reward units: what one message costs the agent when it learns how often to write. Assumed; holds volume near the control's.
    pub contact_cost: f64,
    /// hours of the day: when the three-hour windows begin. The vendor's public pages name five windows on seven days.
    pub window_starts: Vec<u32>,
    /// What counts as success.
    pub reward: RewardKind,
    /// days: time between two absorptions of feedback; beliefs are constant in between. Assumed: daily batches.
    pub learning_interval_days: u32,
    /// days: half-life of evidence. Assumed: no published value.
    pub forgetting_half_life_days: f64,
    /// messages: the most that the audience's evidence can weigh in a customer's prior. Assumed.
    pub prior_cap: f64,
    /// messages: weight of the flat prior that the audience's own beliefs start from. Assumed.
    pub prior_weight: f64,
    /// reward: mean that the flat prior expects. Assumed: about a push direct-open rate.
    pub prior_mean: f64,
    /// Whether every customer has beliefs of its own (with the audience's as prior) or the audience's are used for all its members.
    pub personal: bool,
    /// Whether beliefs are kept by audience or for everybody together.
    pub by_audience: bool,
    /// How posterior draws are made.
    pub draws: DrawKind,
    /// Whether the agent has learned from the messages of the pre-period when the trial starts.
    pub warm_start: bool,
}

/// What an agent is rewarded for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum RewardKind {
    /// 1 if the message was opened directly within the attribution window.
    DirectOpen,
    /// 1 if the customer had a session within so many hours after the message.
    Session {
        /// hours: time after the message in which the session must come.
        within_hours: f64,
    },
    /// 1 if a conversion arrived within so many days after the message.
    Conversion {
        /// days: time after the message in which the conversion must arrive.
        within_days: f64,
        /// Vertical that counts; any if not given.
        vertical: Option<String>,
    },
    /// Revenue net of discounts that arrived within so many days after the message.
    Value {
        /// days: time after the message in which revenue counts.
        within_days: f64,
    },
    /// Margin that arrived within so many days after the message, less the cost of the message.
    Margin {
        /// days: time after the message in which margin counts.
        within_days: f64,
    },
    /// Difference-in-differences of daily sessions: the customer's change from the days before to the days after the message, less the mean change of a pool.
    DifferenceInDifferences {
        /// days: how many closed local days before and after the message are compared.
        days: u32,
        /// Whom the change is compared with.
        pool: PoolKind,
    },
}

/// Whose mean change a difference-in-differences reward subtracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum PoolKind {
    /// The control arm: exogenous.
    Control,
    /// The arm's own customers not contacted that day: endogenous, since the agent chose whom to leave out.
    NotContacted,
}

/// How posterior draws are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum DrawKind {
    /// Exact draws from the posterior.
    Exact,
    /// A cube-root normal approximation to the Gamma draws that make a Beta (Wilson & Hilferty 1931): several times cheaper.
    Fast,
    /// So many fast draws of the whole posterior per learning step; each message picks one. Only without personal beliefs.
    Pooled(u32),
}

/// Uniformly random choices: pure exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RandomParams {
    /// messages per week: what it chooses between. Assumed.
    pub frequencies: Vec<u32>,
    /// hours of the day: when the three-hour windows begin. As for Thompson sampling.
    pub window_starts: Vec<u32>,
}

impl Default for BusinessAsUsualParams {
    fn default() -> Self {
        Self {
            messages_per_week: 2,
            hour: 10,
            channels: Vec::new(),
            refresh_every_days: 14,
            targeting: 0.5,
            by_audience: false,
            hours_per_campaign: 17.7,
            cost_per_hour: 38.0,
            idle_trigger: None,
        }
    }
}

impl Default for IdleTriggerParams {
    fn default() -> Self {
        Self { after_days: 3, cooldown_days: 14, discount: 0.10 }
    }
}

impl Default for ThompsonParams {
    fn default() -> Self {
        Self {
            frequencies: vec![2],
            contact_cost: 0.03,
            window_starts: vec![7, 10, 13, 16, 19],
            reward: RewardKind::DirectOpen,
            learning_interval_days: 1,
            forgetting_half_life_days: 90.0,
            prior_cap: 30.0,
            prior_weight: 2.0,
            prior_mean: 0.04,
            personal: true,
            by_audience: true,
            draws: DrawKind::Fast,
            warm_start: false,
        }
    }
}

impl Default for RandomParams {
    fn default() -> Self {
        Self { frequencies: vec![2], window_starts: vec![7, 10, 13, 16, 19] }
    }
}

impl BusinessAsUsualParams {
    /// Records everything that is wrong with these parameters; `channels` are the names of the scenario's channels.
    pub fn validate(&self, channels: &[&str], faults: &mut Faults) {
        faults.count("messages_per_week", self.messages_per_week.into(), 0, 7);
        faults.count("hour", self.hour.into(), 0, 23);
        for (index, channel) in self.channels.iter().enumerate() {
            faults.known_name(&format!("channels[{index}]"), channel, channels, "channel");
        }
        faults.count("refresh_every_days", self.refresh_every_days.into(), 1, 3650);
        faults.number("targeting", self.targeting, Bounds::SHARE);
        faults.number("hours_per_campaign", self.hours_per_campaign, Bounds::NOT_NEGATIVE);
        faults.number("cost_per_hour", self.cost_per_hour, Bounds::NOT_NEGATIVE);
        if let Some(trigger) = &self.idle_trigger {
            faults.within("idle_trigger", |faults| {
                faults.count("after_days", trigger.after_days.into(), 1, 365);
                faults.count("cooldown_days", trigger.cooldown_days.into(), 1, 3650);
                faults.number("discount", trigger.discount, Bounds::between(0.0, 0.95));
            });
        }
    }
}

impl ThompsonParams {
    /// Records everything that is wrong with these parameters; `verticals` are the names of the scenario's verticals.
    pub fn validate(&self, verticals: &[&str], faults: &mut Faults) {
        validate_frequencies(&self.frequencies, faults);
        validate_windows(&self.window_starts, faults);
        faults.number("contact_cost", self.contact_cost, Bounds::FINITE);
        faults.count("learning_interval_days", self.learning_interval_days.into(), 1, 365);
        faults.number("forgetting_half_life_days", self.forgetting_half_life_days, Bounds::above(0.0, 1e6));
        faults.number("prior_cap", self.prior_cap, Bounds::above(0.0, 1e6));
        faults.number("prior_weight", self.prior_weight, Bounds::above(0.0, 1e6));
        let binary = self.reward.is_binary();
        faults.number("prior_mean", self.prior_mean, if binary { Bounds::above(0.0, 0.999) } else { Bounds::FINITE });
        if self.warm_start && self.reward != RewardKind::DirectOpen {
            let hint = "messages of the pre-period are known by their direct opens; start cold, or reward direct opens";
            faults.add_with_hint("warm_start", true, "false for a reward other than DirectOpen", hint);
        }
        faults.within("reward", |faults| self.reward.validate(verticals, faults));
        if let DrawKind::Pooled(size) = self.draws {
            faults.count("draws", size.into(), 1, 65_536);
            if self.personal {
                let hint = "set `personal: false`, or `draws: Fast`";
                faults.add_with_hint(
                    "draws",
                    format!("Pooled({size})"),
                    "Exact or Fast where customers have beliefs of their own",
                    hint,
                );
            }
        }
    }
}

impl RewardKind {
    /// Whether rewards are 0 or 1 (Beta beliefs) rather than real (Normal–inverse-gamma beliefs).
    pub fn is_binary(&self) -> bool {
        matches!(self, Self::DirectOpen | Self::Session { .. } | Self::Conversion { .. })
    }

    /// The rule people's outcomes are rewarded by, with names resolved and spans in seconds.
    pub fn rule(&self, verticals: &[&str]) -> RewardRule {
        let days = |days: f64| (days * f64::from(DAY)).round() as u32;
        match self {
            Self::DirectOpen => RewardRule::DirectOpen,
            Self::Session { within_hours } => RewardRule::Session { within: (within_hours * f64::from(HOUR)).round() as u32 },
            Self::Conversion { within_days, vertical } => RewardRule::Conversion {
                within: days(*within_days),
                vertical: vertical.as_ref().and_then(|name| verticals.iter().position(|v| v == name)).map(|number| number as u8),
            },
            Self::Value { within_days } => RewardRule::Value { within: days(*within_days) },
            Self::Margin { within_days } => RewardRule::Margin { within: days(*within_days) },
            Self::DifferenceInDifferences { days, pool } => {
                RewardRule::DifferenceInDifferences { days: *days, own_pool: *pool == PoolKind::NotContacted }
            }
        }
    }

    fn validate(&self, verticals: &[&str], faults: &mut Faults) {
        match self {
            Self::DirectOpen => {}
            Self::Session { within_hours } => faults.number("within_hours", *within_hours, Bounds::above(0.0, 24.0 * 28.0)),
            Self::Conversion { within_days, vertical } => {
                faults.number("within_days", *within_days, Bounds::above(0.0, 28.0));
                if let Some(vertical) = vertical {
                    faults.known_name("vertical", vertical, verticals, "vertical");
                }
            }
            Self::Value { within_days } | Self::Margin { within_days } => {
                faults.number("within_days", *within_days, Bounds::above(0.0, 28.0));
            }
            Self::DifferenceInDifferences { days, .. } => faults.count("days", (*days).into(), 1, 14),
        }
    }
}

impl RandomParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        validate_frequencies(&self.frequencies, faults);
        validate_windows(&self.window_starts, faults);
    }
}

fn validate_frequencies(frequencies: &[u32], faults: &mut Faults) {
    if frequencies.is_empty() || frequencies.len() > 8 {
        faults.add("frequencies", format!("{} frequencies", frequencies.len()), "between 1 and 8 frequencies");
    }
    for (index, frequency) in frequencies.iter().enumerate() {
        faults.count(&format!("frequencies[{index}]"), (*frequency).into(), 0, 7);
    }
}

fn validate_windows(window_starts: &[u32], faults: &mut Faults) {
    if window_starts.is_empty() || window_starts.len() > 8 {
        faults.add("window_starts", format!("{} windows", window_starts.len()), "between 1 and 8 windows a day");
    }
    for (index, start) in window_starts.iter().enumerate() {
        faults.count(&format!("window_starts[{index}]"), (*start).into(), 0, 21);
    }
}
