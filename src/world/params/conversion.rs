//! Conversions: verticals with need, seasons, deadlines, competitors, baskets and delays.

use crate::domain::{Bounds, Faults, MAX_VERTICALS};
use crate::kernel::{MonthDay, parse_date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something customers can buy or file: a line of business with its own conversion rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VerticalParams {
    /// Name of the vertical.
    pub name: String,
    /// log-odds: level of the conversion chance per session. Assumed.
    pub base_log_odds: f64,
    /// log-odds: standard deviation over customers of their own propensity. Assumed.
    pub propensity_spread: f64,
    /// Need, dropping at a purchase.
    pub need: NeedParams,
    /// log-odds: gain in a session that began with a direct open of a message promoting this vertical. Assumed.
    pub message_lift: f64,
    /// Basket values.
    pub basket: BasketParams,
    /// share of the undiscounted price: margin before discounts. Assumed.
    pub margin_rate: f64,
    /// How late conversions arrive.
    pub delay: ConversionDelayParams,
    /// Seasons of demand.
    pub seasons: Vec<VerticalSeasonParams>,
    /// Deadlines that pull demand forward (tax day, ticket sale).
    pub deadlines: Vec<DeadlineParams>,
}

/// Need falls when a customer converts and recovers by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NeedParams {
    /// log-odds: fall at a conversion. Assumed.
    pub drop: f64,
    /// days: half-life of the recovery. Assumed.
    pub half_life_days: f64,
}

/// Log-normal basket values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BasketParams {
    /// money: median basket before discount. Assumed.
    pub median: f64,
    /// log: standard deviation of the logarithm. Assumed.
    pub log_spread: f64,
}

/// Delay of the conversion event after its session: a part within the hour, the rest exponential and cut off (Chapelle 2014).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConversionDelayParams {
    /// share of conversions that arrive within an hour (Chapelle 2014: about 35 %).
    pub within_hour: f64,
    /// days: mean delay of the others. The default gives half of all within a day (Chapelle 2014).
    pub mean_days: f64,
    /// days: the longest delay (Chapelle 2014: 30 days).
    pub limit_days: f64,
}

/// A part of the year with more or less demand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VerticalSeasonParams {
    /// month and day, `MM-DD`: first day.
    pub from: String,
    /// month and day, `MM-DD`: last day; may lie in the next year.
    pub to: String,
    /// log-odds: change of the conversion chance; 0 changes nothing.
    pub log_odds: f64,
}

/// A date before which demand rises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeadlineParams {
    /// date, `YYYY-MM-DD`: the last day of the pull.
    pub on: String,
    /// log-odds: gain on the day itself. Assumed.
    pub log_odds: f64,
    /// days: the gain halves for every so many days before the deadline. Assumed.
    pub half_life_days: f64,
}

/// A competitor that takes conversions away while it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompetitorParams {
    /// Name of the competitor.
    pub name: String,
    /// Vertical it competes in; all of them if not given.
    pub vertical: Option<String>,
    /// days after the start: when it enters; negative during the pre-period.
    pub enters_day: i32,
    /// days after the start: when it leaves; never if not given.
    pub leaves_day: Option<i32>,
    /// log-odds: loss of the conversion chance while it is there. Assumed.
    pub strength: f64,
    /// Whether agents and marketers can see that it is there.
    pub observed: bool,
}

impl Default for VerticalParams {
    fn default() -> Self {
        Self {
            name: "strategic".to_owned(),
            base_log_odds: -3.6,
            propensity_spread: 0.7,
            need: NeedParams::default(),
            message_lift: 0.3,
            basket: BasketParams::default(),
            margin_rate: 0.3,
            delay: ConversionDelayParams::default(),
            seasons: Vec::new(),
            deadlines: Vec::new(),
        }
    }
}

impl Default for NeedParams {
    fn default() -> Self {
        Self { drop: 2.0, half_life_days: 30.0 }
    }
}

impl Default for BasketParams {
    fn default() -> Self {
        Self { median: 30.0, log_spread: 0.6 }
    }
}

impl Default for ConversionDelayParams {
    fn default() -> Self {
        Self { within_hour: 0.35, mean_days: 3.8, limit_days: 30.0 }
    }
}

impl Default for VerticalSeasonParams {
    fn default() -> Self {
        Self { from: "12-01".to_owned(), to: "12-31".to_owned(), log_odds: 0.0 }
    }
}

impl Default for DeadlineParams {
    fn default() -> Self {
        Self { on: "2025-04-15".to_owned(), log_odds: 1.0, half_life_days: 10.0 }
    }
}

impl Default for CompetitorParams {
    fn default() -> Self {
        Self { name: String::new(), vertical: None, enters_day: 0, leaves_day: None, strength: 0.5, observed: true }
    }
}

impl VerticalParams {
    /// Records everything that is wrong with a list of verticals.
    pub fn validate_all(verticals: &[Self], faults: &mut Faults) {
        if verticals.len() > MAX_VERTICALS {
            faults.add("verticals", format!("{} verticals", verticals.len()), format!("at most {MAX_VERTICALS} verticals"));
        }
        faults.distinct_names("verticals", verticals.iter().map(|vertical| vertical.name.as_str()));
        faults.each("verticals", verticals, |faults, vertical| vertical.validate(faults));
    }

    fn validate(&self, faults: &mut Faults) {
        faults.number("base_log_odds", self.base_log_odds, Bounds::between(-20.0, 20.0));
        faults.number("propensity_spread", self.propensity_spread, Bounds::between(0.0, 10.0));
        faults.within("need", |faults| {
            faults.number("drop", self.need.drop, Bounds::between(0.0, 20.0));
            faults.number("half_life_days", self.need.half_life_days, Bounds::POSITIVE);
        });
        faults.number("message_lift", self.message_lift, Bounds::between(-10.0, 10.0));
        faults.within("basket", |faults| {
            faults.number("median", self.basket.median, Bounds::POSITIVE);
            faults.number("log_spread", self.basket.log_spread, Bounds::between(0.0, 3.0));
        });
        faults.number("margin_rate", self.margin_rate, Bounds::between(-1.0, 1.0));
        faults.within("delay", |faults| {
            faults.number("within_hour", self.delay.within_hour, Bounds::SHARE);
            faults.number("mean_days", self.delay.mean_days, Bounds::above(0.0, 365.0));
            faults.number("limit_days", self.delay.limit_days, Bounds::between(0.05, 365.0));
        });
        faults.each("seasons", &self.seasons, |faults, season| {
            for (field, day) in [("from", &season.from), ("to", &season.to)] {
                if MonthDay::parse(day).is_none() {
                    faults.add(field, format!("{day:?}"), "a month and day such as \"12-24\"");
                }
            }
            faults.number("log_odds", season.log_odds, Bounds::between(-20.0, 20.0));
        });
        faults.each("deadlines", &self.deadlines, |faults, deadline| {
            if parse_date(&deadline.on).is_none() {
                faults.add("on", format!("{:?}", deadline.on), "a date such as \"2025-04-15\"");
            }
            faults.number("log_odds", deadline.log_odds, Bounds::between(-20.0, 20.0));
            faults.number("half_life_days", deadline.half_life_days, Bounds::POSITIVE);
        });
    }
}

impl CompetitorParams {
    /// Records everything that is wrong with a list of competitors.
    pub fn validate_all(competitors: &[Self], verticals: &[&str], faults: &mut Faults) {
        faults.distinct_names("competitors", competitors.iter().map(|competitor| competitor.name.as_str()));
        faults.each("competitors", competitors, |faults, competitor| {
            if let Some(vertical) = &competitor.vertical {
                faults.known_name("vertical", vertical, verticals, "vertical");
            }
            if let Some(leaves) = competitor.leaves_day.filter(|leaves| *leaves <= competitor.enters_day) {
                faults.add("leaves_day", leaves, format!("a day after it enters ({})", competitor.enters_day));
            }
            faults.number("strength", competitor.strength, Bounds::between(-20.0, 20.0));
        });
    }
}
