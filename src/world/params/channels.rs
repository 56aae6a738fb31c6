//! Channels: how messages reach customers and how these answer there.

use crate::domain::{Bounds, Faults, MAX_CHANNELS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A channel messages are sent through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelParams {
    /// Name of the channel.
    pub name: String,
    /// log-odds: level of P(direct open) for content that fits nobody; taste, appeal, novelty and discounts add to it. Assumed: with the default tastes business as usual gets four to five direct opens per hundred messages (Airship 2025 push medians: 3.1 to 3.4 %, best tenth 8 to 11 %).
    pub base_log_odds: f64,
    /// log-odds: standard deviation over customers of their own affinity to the channel. Assumed.
    pub affinity_spread: f64,
    /// share: customers who accept messages on this channel. Push: about 60 % on Android, 49 % on iOS.
    pub opt_in: f64,
    /// Opt-in on particular platforms, where it differs from `opt_in`.
    pub opt_in_by_platform: Vec<PlatformOptIn>,
    /// share: sent messages that are delivered. Assumed.
    pub delivered: f64,
    /// fatigue: what one delivery adds. Push is the unit; others assumed.
    pub fatigue_weight: f64,
    /// share: probability that a delivery to a rested customer makes it leave the channel. E-mail: about 0.2 %; push: no published value.
    pub unsubscribe: f64,
    /// money: cost of one message. Assumed.
    pub cost_per_message: f64,
    /// When the customer sees the message.
    pub shown: Shown,
    /// How long opens take.
    pub open_delay: OpenDelayParams,
}

/// When a message is seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Shown {
    /// On the customer's device as soon as it is sent (push, e-mail, SMS). Opening it starts a session: a direct app open.
    OnSend,
    /// Inside the app in the customer's next session, if that comes in time; tapping it is not an app open (the app is open already).
    InNextSession {
        /// days: the message is withdrawn when no session came by then.
        expires_after_days: f64,
    },
}

/// Opt-in on one platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlatformOptIn {
    /// Name of the platform.
    pub platform: String,
    /// share: customers of the platform who accept messages on the channel. Push: about 60 % on Android, 49 % on iOS.
    pub opt_in: f64,
}

/// Log-normal delay between delivery and open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OpenDelayParams {
    /// minutes: median delay. Android push: 48 minutes (published median).
    pub median_minutes: f64,
    /// log: standard deviation of the logarithm of the delay; large means a heavy tail. Assumed.
    pub log_spread: f64,
}

impl ChannelParams {
    /// Push notifications with their default parameters.
    pub fn push() -> Self {
        Self {
            name: "push".to_owned(),
            base_log_odds: -5.3,
            affinity_spread: 0.3,
            opt_in: 0.60,
            opt_in_by_platform: vec![PlatformOptIn { platform: "ios".to_owned(), opt_in: 0.49 }],
            delivered: 0.97,
            fatigue_weight: 1.0,
            unsubscribe: 0.001,
            cost_per_message: 0.0005,
            shown: Shown::OnSend,
            open_delay: OpenDelayParams::default(),
        }
    }

    /// E-mail with its default parameters: clicks that open the app (2.0 %), not the inflated opens of the mail itself.
    pub fn email() -> Self {
        Self {
            name: "email".to_owned(),
            base_log_odds: -5.7,
            opt_in: 0.80,
            opt_in_by_platform: Vec::new(),
            delivered: 0.98,
            fatigue_weight: 0.6,
            unsubscribe: 0.002,
            cost_per_message: 0.001,
            open_delay: OpenDelayParams { median_minutes: 180.0, log_spread: 1.5 },
            ..Self::push()
        }
    }

    /// Messages inside the app with their default parameters.
    pub fn in_app() -> Self {
        Self {
            name: "in_app".to_owned(),
            base_log_odds: -4.0,
            opt_in: 1.0,
            opt_in_by_platform: Vec::new(),
            delivered: 1.0,
            fatigue_weight: 0.5,
            unsubscribe: 0.0,
            cost_per_message: 0.0001,
            shown: Shown::InNextSession { expires_after_days: 3.0 },
            ..Self::push()
        }
    }

    /// Records everything that is wrong with a list of channels.
    pub fn validate_all(channels: &[Self], platforms: &[&str], faults: &mut Faults) {
        if channels.is_empty() || channels.len() > MAX_CHANNELS {
            faults.add("channels", format!("{} channels", channels.len()), format!("between 1 and {MAX_CHANNELS} channels"));
        }
        faults.distinct_names("channels", channels.iter().map(|channel| channel.name.as_str()));
        faults.each("channels", channels, |faults, channel| channel.validate(platforms, faults));
    }

    fn validate(&self, platforms: &[&str], faults: &mut Faults) {
        faults.number("base_log_odds", self.base_log_odds, Bounds::between(-20.0, 20.0));
        faults.number("affinity_spread", self.affinity_spread, Bounds::between(0.0, 10.0));
        faults.number("opt_in", self.opt_in, Bounds::SHARE);
        faults.each("opt_in_by_platform", &self.opt_in_by_platform, |faults, entry| {
            faults.known_name("platform", &entry.platform, platforms, "platform");
            faults.number("opt_in", entry.opt_in, Bounds::SHARE);
        });
        faults.number("delivered", self.delivered, Bounds::SHARE);
        faults.number("fatigue_weight", self.fatigue_weight, Bounds::between(0.0, 100.0));
        faults.number("unsubscribe", self.unsubscribe, Bounds::SHARE);
        faults.number("cost_per_message", self.cost_per_message, Bounds::NOT_NEGATIVE);
        if let Shown::InNextSession { expires_after_days } = self.shown {
            faults.within("shown", |faults| {
                faults.number("expires_after_days", expires_after_days, Bounds::above(0.0, 365.0));
            });
        }
        faults.within("open_delay", |faults| {
            faults.number("median_minutes", self.open_delay.median_minutes, Bounds::above(0.0, 1e6));
            faults.number("log_spread", self.open_delay.log_spread, Bounds::between(0.0, 5.0));
        });
    }
}

#[expect(clippy::derivable_impls, reason = "a nameless push channel, not an empty one")]
impl Default for ChannelParams {
    fn default() -> Self {
        Self { name: String::new(), ..Self::push() }
    }
}

impl Default for PlatformOptIn {
    fn default() -> Self {
        Self { platform: String::new(), opt_in: 0.6 }
    }
}

impl Default for OpenDelayParams {
    fn default() -> Self {
        Self { median_minutes: 48.0, log_spread: 1.3 }
    }
}
