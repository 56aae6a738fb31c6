//! Parameters of a curating team: its hours, what it sees, what it does.

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
    /// share from 0 to 1: retire only components whose response lies below the rest of their slot at this level of a one-sided test of two proportions, as after an A/B test. Not given: the worst by reading.
    pub test_level: Option<f64>,
    /// exponent: an audience gets new components in proportion to its messages to this power; 0 treats all alike, above 1 big ones get more than their share. Assumed.
    pub attention_to_big_audiences: f64,
    /// messages: weight that the team's word has in what agents believe of a new component, by its reading of the slot; 0 leaves it to the agents. Assumed.
    pub prior_weight: f64,
    /// New audiences drawn from behaviour; those of the scenario stay if not given.
    pub redraw: Option<RedrawParams>,
    /// The team tightens weekly caps when customers leave; never if not given.
    pub tighten_caps: Option<TightenCapsParams>,
    /// hours: work to answer an alert of the kill switch. Assumed.
    pub hours_per_alert: f64,
}

/// Audiences drawn anew by k-means from what is seen of customers: recent sessions, recent direct opens, days idle, tenure and channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RedrawParams {
    /// audiences: how many are drawn. Assumed.
    pub audiences: u32,
    /// days: time between two redraws; the first is at the team's first review. Assumed.
    pub every_days: u32,
    /// hours: work per redraw. Assumed.
    pub hours: f64,
}

/// When a team tightens the weekly cap of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TightenCapsParams {
    /// customers who leave a channel per 1,000 messages on it since the last review: above this its weekly cap falls by one; below half of it a tightened cap rises by one. Assumed.
    pub unsubscribes_per_thousand: f64,
    /// messages per customer and week: no cap is tightened below. Assumed.
    pub lowest: u32,
    /// hours: work per change. Assumed.
    pub hours: f64,
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
            test_level: None,
            attention_to_big_audiences: 1.0,
            prior_weight: 0.0,
            redraw: None,
            tighten_caps: None,
            hours_per_alert: 1.0,
        }
    }
}

impl Default for RedrawParams {
    fn default() -> Self {
        Self { audiences: 6, every_days: 56, hours: 6.0 }
    }
}

impl Default for TightenCapsParams {
    fn default() -> Self {
        Self { unsubscribes_per_thousand: 5.0, lowest: 1, hours: 0.5 }
    }
}

/// Most audiences a team can draw.
const MOST_AUDIENCES: u64 = 64;

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
        if let Some(level) = self.test_level {
            faults.number("test_level", level, Bounds::above(0.0, 0.5));
        }
        faults.number("attention_to_big_audiences", self.attention_to_big_audiences, Bounds::between(0.0, 10.0));
        faults.number("prior_weight", self.prior_weight, Bounds::between(0.0, 1e6));
        faults.number("hours_per_alert", self.hours_per_alert, Bounds::between(0.0, 10_000.0));
        if let Some(redraw) = &self.redraw {
            faults.within("redraw", |faults| {
                faults.count("audiences", redraw.audiences.into(), 1, MOST_AUDIENCES);
                faults.count("every_days", redraw.every_days.into(), 1, 3650);
                faults.number("hours", redraw.hours, Bounds::between(0.0, 10_000.0));
            });
        }
        if let Some(rule) = &self.tighten_caps {
            faults.within("tighten_caps", |faults| {
                faults.number("unsubscribes_per_thousand", rule.unsubscribes_per_thousand, Bounds::between(0.0, 1000.0));
                faults.count("lowest", rule.lowest.into(), 0, 255);
                faults.number("hours", rule.hours, Bounds::between(0.0, 10_000.0));
            });
        }
    }
}
