//! How a delivered message is received: novelty, wear-out, fatigue, discounts.

use crate::domain::{Bounds, Faults};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The pull of new content, fading from a component's launch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NoveltyParams {
    /// log-odds: boost of a component on the day of its launch. Assumed.
    pub boost: f64,
    /// days: half-life of the boost. Assumed: Hohnhold et al. (KDD 2015) saw user learning with about 60 days.
    pub half_life_days: f64,
}

/// Recovering wear-out: each exposure to a component makes the next one weaker for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WearOutParams {
    /// log-odds: loss per remembered exposure to the same component. Assumed: four slots at 0.05 lose 45 % of openings by the fourth exposure, as ads do.
    pub penalty: f64,
    /// days: half-life of the memory of an exposure (Yancey & Settles, KDD 2020: 15 days).
    pub half_life_days: f64,
}

/// Fatigue from messages of any kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FatigueParams {
    /// days: half-life of fatigue. Assumed.
    pub half_life_days: f64,
    /// log-odds: loss of openings per unit of fatigue (a delivery adds its channel's `fatigue_weight`). Assumed: Wohllebe (2021) found fewer direct opens with more pushes.
    pub open_penalty: f64,
    /// log: growth of the unsubscribe chance per unit of fatigue. Assumed.
    pub unsubscribe_growth: f64,
    /// log: fall of the unsubscribe chance per unit of fit between message and taste. Assumed.
    pub unsubscribe_relief: f64,
}

/// Response to discounts, and its own fatigue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OfferParams {
    /// log-odds per unit of discount depth (0.1 = 10 %): mean price sensitivity. Assumed.
    pub sensitivity_mean: f64,
    /// log-odds per unit of discount depth: standard deviation over customers. Assumed.
    pub sensitivity_spread: f64,
    /// share: how much of the response to a discount is lost per remembered discount; capped at all of it. Assumed: reference-price effect.
    pub fatigue_per_offer: f64,
    /// days: half-life of the memory of a discount. Assumed.
    pub fatigue_half_life_days: f64,
}

impl Default for NoveltyParams {
    fn default() -> Self {
        Self { boost: 0.15, half_life_days: 60.0 }
    }
}

impl Default for WearOutParams {
    fn default() -> Self {
        Self { penalty: 0.05, half_life_days: 15.0 }
    }
}

impl Default for FatigueParams {
    fn default() -> Self {
        Self { half_life_days: 7.0, open_penalty: 0.1, unsubscribe_growth: 0.2, unsubscribe_relief: 0.5 }
    }
}

impl Default for OfferParams {
    fn default() -> Self {
        Self { sensitivity_mean: 1.5, sensitivity_spread: 0.5, fatigue_per_offer: 0.15, fatigue_half_life_days: 30.0 }
    }
}

impl NoveltyParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        faults.number("boost", self.boost, Bounds::between(-10.0, 10.0));
        faults.number("half_life_days", self.half_life_days, Bounds::POSITIVE);
    }
}

impl WearOutParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        faults.number("penalty", self.penalty, Bounds::between(0.0, 10.0));
        faults.number("half_life_days", self.half_life_days, Bounds::POSITIVE);
    }
}

impl FatigueParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        faults.number("half_life_days", self.half_life_days, Bounds::POSITIVE);
        faults.number("open_penalty", self.open_penalty, Bounds::between(0.0, 10.0));
        faults.number("unsubscribe_growth", self.unsubscribe_growth, Bounds::between(0.0, 10.0));
        faults.number("unsubscribe_relief", self.unsubscribe_relief, Bounds::between(0.0, 10.0));
    }
}

impl OfferParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        faults.number("sensitivity_mean", self.sensitivity_mean, Bounds::between(-50.0, 50.0));
        faults.number("sensitivity_spread", self.sensitivity_spread, Bounds::between(0.0, 50.0));
        faults.number("fatigue_per_offer", self.fatigue_per_offer, Bounds::SHARE);
        faults.number("fatigue_half_life_days", self.fatigue_half_life_days, Bounds::POSITIVE);
    }
}
