//! When customers use the app: sessions, habit, seasons, lapse and return.

use crate::domain::{Bounds, Faults};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sessions: profiles over the week and the year, habit, cannibalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SessionParams {
    /// relative rates: seven, Monday first; scaled to mean 1. Assumed.
    pub weekday_profile: Vec<f64>,
    /// relative rates: twenty-four, by hour of the day; scaled to mean 1. Assumed.
    pub hour_profile: Vec<f64>,
    /// Seasons of the year that raise or lower activity; the whole trial is scaled to mean 1.
    pub seasons: Vec<SeasonParams>,
    /// Sessions that follow a direct open.
    pub habit: HabitParams,
    /// share: probability that a direct open replaces an organic session due within a day. Assumed.
    pub cannibalisation: f64,
}

/// A part of the year with its own level of activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeasonParams {
    /// Name of the season.
    pub name: String,
    /// month and day, `MM-DD`: first day.
    pub from: String,
    /// month and day, `MM-DD`: last day; may lie in the next year.
    pub to: String,
    /// factor: what the rate of sessions is multiplied by; 1 changes nothing.
    pub factor: f64,
    /// log-odds: how much readier customers are to open a message; 0 changes nothing.
    pub open_log_odds: f64,
}

/// Habit: every direct open brings further sessions for a while (a self-exciting process).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HabitParams {
    /// sessions: expected further sessions per direct open. Assumed.
    pub sessions_per_open: f64,
    /// days: half-life of their delay. Assumed: shorter than the 66 days a habit takes to form (Lally 2010).
    pub half_life_days: f64,
}

/// Lapse and return.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LapseParams {
    /// per day: hazard of lapsing without fatigue or habit. Assumed.
    pub hazard_per_day: f64,
    /// log: growth of the hazard per unit of fatigue. Assumed.
    pub fatigue_growth: f64,
    /// log: fall of the hazard per remembered direct open (memory fades as habit does). Assumed.
    pub habit_relief: f64,
    /// per day: upper limit of the hazard. Assumed.
    pub hazard_limit_per_day: f64,
    /// per day: rate at which lapsed customers return by themselves. Assumed.
    pub return_per_day: f64,
    /// share: rate of sessions of a lapsed customer, as a part of its active rate. Assumed.
    pub lapsed_activity: f64,
}

impl Default for SessionParams {
    fn default() -> Self {
        Self {
            weekday_profile: vec![1.0, 1.0, 1.0, 1.0, 0.95, 0.95, 1.1],
            hour_profile: vec![
                0.25, 0.15, 0.10, 0.10, 0.15, 0.30, 0.70, 1.05, 1.20, 1.20, 1.15, 1.20, 1.35, 1.30, 1.15, 1.10, 1.15, 1.30, 1.50,
                1.65, 1.75, 1.65, 1.20, 0.65,
            ],
            seasons: Vec::new(),
            habit: HabitParams::default(),
            cannibalisation: 0.3,
        }
    }
}

impl Default for SeasonParams {
    fn default() -> Self {
        Self { name: String::new(), from: "12-01".to_owned(), to: "12-31".to_owned(), factor: 1.0, open_log_odds: 0.0 }
    }
}

impl Default for HabitParams {
    fn default() -> Self {
        Self { sessions_per_open: 0.25, half_life_days: 5.0 }
    }
}

impl Default for LapseParams {
    fn default() -> Self {
        Self {
            hazard_per_day: 0.004,
            fatigue_growth: 0.1,
            habit_relief: 0.5,
            hazard_limit_per_day: 0.02,
            return_per_day: 0.004,
            lapsed_activity: 0.1,
        }
    }
}

impl SessionParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        for (field, profile, length) in [("weekday_profile", &self.weekday_profile, 7), ("hour_profile", &self.hour_profile, 24)]
        {
            if profile.len() != length {
                faults.add(field, format!("{} numbers", profile.len()), format!("{length} numbers"));
            }
            for (index, rate) in profile.iter().enumerate() {
                faults.number(&format!("{field}[{index}]"), *rate, Bounds::between(0.0, 1000.0));
            }
            if !profile.is_empty() && profile.iter().all(|rate| *rate == 0.0) {
                faults.add(field, "only zeros", "at least one number above 0");
            }
        }
        faults.each("seasons", &self.seasons, |faults, season| {
            for (field, day) in [("from", &season.from), ("to", &season.to)] {
                if crate::kernel::MonthDay::parse(day).is_none() {
                    faults.add(field, format!("{day:?}"), "a month and day such as \"12-24\"");
                }
            }
            faults.number("factor", season.factor, Bounds::above(0.0, 100.0));
            faults.number("open_log_odds", season.open_log_odds, Bounds::between(-10.0, 10.0));
        });
        faults.within("habit", |faults| {
            faults.number("sessions_per_open", self.habit.sessions_per_open, Bounds::between(0.0, 10.0));
            faults.number("half_life_days", self.habit.half_life_days, Bounds::POSITIVE);
        });
        faults.number("cannibalisation", self.cannibalisation, Bounds::SHARE);
    }
}

impl LapseParams {
    /// Records everything that is wrong with these parameters.
    pub fn validate(&self, faults: &mut Faults) {
        faults.number("hazard_per_day", self.hazard_per_day, Bounds::between(0.0, 1.0));
        faults.number("fatigue_growth", self.fatigue_growth, Bounds::between(0.0, 10.0));
        faults.number("habit_relief", self.habit_relief, Bounds::between(0.0, 10.0));
        faults.number("hazard_limit_per_day", self.hazard_limit_per_day, Bounds::between(0.0, 1.0));
        faults.number("return_per_day", self.return_per_day, Bounds::between(0.0, 1.0));
        faults.number("lapsed_activity", self.lapsed_activity, Bounds::SHARE);
    }
}
