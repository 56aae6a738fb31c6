//! The laws of behaviour, ready for use: parameters turned into single-precision constants and daily tables once per scenario.
//!
//! Nothing here is random and nothing changes during a trial.

use crate::domain::{MAX_CHANNELS, MAX_VERTICALS};
use crate::kernel::{Calendar, DAY, ForwardDecay, HOUR, MonthDay, SimTime, parse_date};
use crate::world::blueprint::Blueprint;
use crate::world::params::{ChannelParams, Shown, VerticalParams};

/// Constants of one channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelLaw {
    /// Log-odds of an open for average content and customers.
    pub base: f32,
    /// Share of sent messages that are delivered.
    pub delivered: f32,
    /// Fatigue of one delivery.
    pub fatigue_weight: f32,
    /// Unsubscribe chance of a rested customer.
    pub unsubscribe: f32,
    /// Median open delay in seconds.
    pub delay_median: f32,
    /// Standard deviation of its logarithm to base 2.
    pub delay_spread_log2: f32,
    /// Seconds an in-app message waits for a session; `None` for channels seen on sending.
    pub waits: Option<u32>,
}

/// Constants of one vertical.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerticalLaw {
    /// Fall of need at a conversion.
    pub need_drop: f32,
    /// Gain from a direct open of a message that promotes it.
    pub message_lift: f32,
    /// Median basket.
    pub basket_median: f32,
    /// Standard deviation of its logarithm to base 2.
    pub basket_spread_log2: f32,
    /// Margin before discount as a share of the basket.
    pub margin_rate: f32,
    /// Share of conversions that arrive within an hour.
    pub within_hour: f32,
    /// Mean delay of the others, seconds.
    pub delay_mean: f32,
    /// Longest delay, seconds.
    pub delay_limit: f32,
}

/// What fades together in a person, in this order: fatigue, habit, recent sessions, remembered discounts.
pub const FADING: usize = 4;
/// Half-life of the observable `recent_sessions`.
const RECENT_SESSIONS_HALF_LIFE_DAYS: f64 = 30.0;

/// All laws of one scenario.
#[derive(Clone, Debug)]
pub struct Laws {
    /// When the simulation ends.
    pub end: SimTime,
    /// Weekday of day 0, 0 = Monday.
    pub first_weekday: u32,
    /// Channels.
    pub channels: [ChannelLaw; MAX_CHANNELS],
    /// Verticals in use.
    pub vertical_count: usize,
    /// Verticals.
    pub verticals: [VerticalLaw; MAX_VERTICALS],
    /// Amplitude of the daily rhythm of openness.
    pub rhythm_amplitude: f32,
    /// Loss per remembered exposure.
    pub wear_out_penalty: f32,
    /// How exposures fade.
    pub wear_out_half_life_days: f64,
    /// Loss of opens per unit of fatigue.
    pub fatigue_open_penalty: f32,
    /// Growth of unsubscribing per unit of fatigue.
    pub unsubscribe_growth: f32,
    /// Fall of unsubscribing per unit of fit.
    pub unsubscribe_relief: f32,
    /// Share of discount response lost per remembered discount.
    pub offer_fatigue: f32,
    /// Half-lives per second of what fades in a person.
    pub fading_rates: [f32; FADING],
    /// Half-lives per second of the recovery of need, by vertical.
    pub need_rates: [f32; MAX_VERTICALS],
    /// Probability of accepting a candidate session, by hour of the week (before the season).
    pub week_profile: Vec<f32>,
    /// Season's factor on the probability of accepting a candidate, by day; at most 1.
    pub season_profile: Vec<f32>,
    /// Rate of candidates per unit of a customer's session rate (m_max in the model).
    pub candidate_factor: f64,
    /// Season's log-odds of opening, by day.
    pub open_season: Vec<f32>,
    /// Log-odds of converting from season, deadlines and competitors, by day × `MAX_VERTICALS` + vertical.
    pub conversion_calendar: Vec<f32>,
    /// Expected candidates of follow-up sessions per direct open.
    pub offspring_mean: f32,
    /// Mean delay of follow-up sessions, seconds.
    pub offspring_delay_mean: f32,
    /// Probability that a direct open replaces an organic session due within a day.
    pub cannibalisation: f32,
    /// Activity while lapsed.
    pub lapsed_activity: f32,
    /// Mean seconds between chances of lapse or return; infinite if there are none.
    pub turn_gap: f32,
    /// Lapse hazard of a rested customer without habit, as a share of the rate of chances.
    pub lapse_share: f32,
    /// Upper limit of the same.
    pub lapse_share_limit: f32,
    /// Growth of the lapse hazard per unit of fatigue.
    pub lapse_fatigue_growth: f32,
    /// Fall of the lapse hazard per remembered open.
    pub lapse_habit_relief: f32,
    /// Return rate as a share of the rate of chances.
    pub return_share: f32,
    /// Seconds within which an open is direct.
    pub attribution_window: u32,
    /// Days between knots of a customer's taste.
    pub knot_days: u32,
    /// Autocorrelation between knots.
    pub knot_persistence: f32,
    /// Standard deviation of a knot's innovation.
    pub knot_innovation: f32,
    /// Stationary standard deviation of a customer's own taste.
    pub taste_spread: f32,
    /// Taste dimensions rounded up to whole vectors of `LANES`; the rest stays 0.
    pub stride: usize,
    /// Most that a single discount can cost.
    pub discount_limit: f32,
    /// Whether the discount of a message still holds when it is opened after the attribution window.
    pub vouchers_last: bool,
    /// Loyalty tiers' thresholds, ascending.
    pub tier_thresholds: Vec<f32>,
}

/// Taste vectors are padded to whole multiples of this, so that their arithmetic is done in full vector registers.
pub const LANES: usize = 8;

impl Laws {
    /// Prepares the laws of a scenario whose parameters are valid.
    pub fn new(blueprint: &Blueprint<'_>) -> Self {
        let (population, calendar) = (blueprint.population, blueprint.calendar);
        let (week_profile, season_profile, candidate_factor) = session_profiles(blueprint);
        let lapse = &population.lapse;
        let turn_rate = lapse.hazard_limit_per_day.max(lapse.return_per_day);
        let share_of_turns = |rate: f64| if turn_rate > 0.0 { (rate / turn_rate) as f32 } else { 0.0 };
        let habit = &population.sessions.habit;
        let persistence = (-f64::from(population.drift.knot_days) / population.drift.customer_half_life_days).exp2();
        let mut tiers: Vec<f32> = population.loyalty_tiers.iter().map(|tier| tier.from_recent_sessions as f32).collect();
        tiers.sort_by(f32::total_cmp);
        Self {
            end: calendar.end(),
            first_weekday: calendar.weekday(0),
            channels: table(blueprint.channels.iter().map(channel_law)),
            vertical_count: blueprint.verticals.len(),
            verticals: table(blueprint.verticals.iter().map(vertical_law)),
            rhythm_amplitude: population.rhythm.amplitude as f32,
            wear_out_penalty: population.wear_out.penalty as f32,
            wear_out_half_life_days: population.wear_out.half_life_days,
            fatigue_open_penalty: population.fatigue.open_penalty as f32,
            unsubscribe_growth: population.fatigue.unsubscribe_growth as f32,
            unsubscribe_relief: population.fatigue.unsubscribe_relief as f32,
            offer_fatigue: population.offers.fatigue_per_offer as f32,
            fading_rates: [
                per_second(population.fatigue.half_life_days),
                per_second(habit.half_life_days),
                per_second(RECENT_SESSIONS_HALF_LIFE_DAYS),
                per_second(population.offers.fatigue_half_life_days),
            ],
            need_rates: table(blueprint.verticals.iter().map(|vertical| per_second(vertical.need.half_life_days))),
            week_profile,
            season_profile,
            candidate_factor,
            open_season: daily(calendar, |date| {
                let seasons = population.sessions.seasons.iter();
                seasons.filter(|season| holds(&season.from, &season.to, date)).map(|season| season.open_log_odds).sum()
            }),
            conversion_calendar: conversion_calendar(blueprint),
            offspring_mean: (habit.sessions_per_open * candidate_factor) as f32,
            offspring_delay_mean: (habit.half_life_days * f64::from(DAY) / std::f64::consts::LN_2) as f32,
            cannibalisation: population.sessions.cannibalisation as f32,
            lapsed_activity: lapse.lapsed_activity as f32,
            turn_gap: (f64::from(DAY) / turn_rate) as f32,
            lapse_share: share_of_turns(lapse.hazard_per_day),
            lapse_share_limit: share_of_turns(lapse.hazard_limit_per_day),
            lapse_fatigue_growth: lapse.fatigue_growth as f32,
            lapse_habit_relief: lapse.habit_relief as f32,
            return_share: share_of_turns(lapse.return_per_day),
            attribution_window: (blueprint.attribution_window_hours * f64::from(HOUR)) as u32,
            knot_days: population.drift.knot_days,
            knot_persistence: persistence as f32,
            knot_innovation: (population.taste.spread * (1.0 - persistence * persistence).sqrt()) as f32,
            taste_spread: population.taste.spread as f32,
            stride: (population.taste.dimensions as usize).next_multiple_of(LANES),
            discount_limit: blueprint.most_per_discount.map_or(f32::INFINITY, |most| most as f32),
            vouchers_last: blueprint.most_per_discount.is_none(),
            tier_thresholds: tiers,
        }
    }

    /// Probability of accepting a candidate session of an active customer at `at`.
    #[inline(always)]
    pub fn session_profile(&self, at: SimTime) -> f32 {
        let hour_of_week = (at.0 / HOUR + self.first_weekday * 24) % 168;
        self.week_profile[hour_of_week as usize] * self.season_profile[at.day() as usize]
    }

    /// Money that a discount of `voucher` 10,000ths of the price takes off a basket.
    pub fn discount(&self, basket: f32, voucher: u16) -> f32 {
        (basket * f32::from(voucher) / 10_000.0).min(self.discount_limit)
    }

    /// Days after the day on which a message is sent on which its discount can still be used, where discounts end with the attribution window.
    pub fn voucher_days(&self) -> u32 {
        let waits = self.channels.iter().filter_map(|channel| channel.waits).max().unwrap_or(0);
        self.attribution_window.max(waits).div_ceil(DAY)
    }

    /// How exposures fade, counted from `landmark`.
    pub fn exposure_decay(&self, landmark: SimTime) -> ForwardDecay {
        ForwardDecay::new(self.wear_out_half_life_days, landmark)
    }
}

fn table<T: Copy + Default, const N: usize>(items: impl Iterator<Item = T>) -> [T; N] {
    let mut table = [T::default(); N];
    for (entry, item) in table.iter_mut().zip(items) {
        *entry = item;
    }
    table
}

fn per_second(half_life_days: f64) -> f32 {
    (1.0 / (half_life_days * f64::from(DAY))) as f32
}

fn channel_law(params: &ChannelParams) -> ChannelLaw {
    ChannelLaw {
        base: params.base_log_odds as f32,
        delivered: params.delivered as f32,
        fatigue_weight: params.fatigue_weight as f32,
        unsubscribe: params.unsubscribe as f32,
        delay_median: (params.open_delay.median_minutes * 60.0) as f32,
        delay_spread_log2: (params.open_delay.log_spread * std::f64::consts::LOG2_E) as f32,
        waits: match params.shown {
            Shown::OnSend => None,
            Shown::InNextSession { expires_after_days } => Some((expires_after_days * f64::from(DAY)) as u32),
        },
    }
}

fn vertical_law(params: &VerticalParams) -> VerticalLaw {
    VerticalLaw {
        need_drop: params.need.drop as f32,
        message_lift: params.message_lift as f32,
        basket_median: params.basket.median as f32,
        basket_spread_log2: (params.basket.log_spread * std::f64::consts::LOG2_E) as f32,
        margin_rate: params.margin_rate as f32,
        within_hour: params.delay.within_hour as f32,
        delay_mean: (params.delay.mean_days * f64::from(DAY)) as f32,
        delay_limit: (params.delay.limit_days * f64::from(DAY)) as f32,
    }
}

/// Acceptance probabilities by hour of the week and by day, and the factor by which candidates outnumber sessions.
fn session_profiles(blueprint: &Blueprint<'_>) -> (Vec<f32>, Vec<f32>, f64) {
    let sessions = &blueprint.population.sessions;
    let mean = |profile: &[f64]| profile.iter().sum::<f64>() / profile.len() as f64;
    let (weekday_mean, hour_mean) = (mean(&sessions.weekday_profile), mean(&sessions.hour_profile));
    let week: Vec<f64> = sessions
        .weekday_profile
        .iter()
        .flat_map(|weekday| sessions.hour_profile.iter().map(move |hour| weekday / weekday_mean * hour / hour_mean))
        .collect();
    let season: Vec<f64> = (0..=blueprint.calendar.total_days())
        .map(|day| {
            let date = blueprint.calendar.date(day);
            sessions.seasons.iter().filter(|season| holds(&season.from, &season.to, date)).map(|season| season.factor).product()
        })
        .collect();
    let season_mean = mean(&season[..season.len() - 1]);
    let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let (week_max, season_max) = (largest(&week), largest(&season));
    let scaled = |values: &[f64], by: f64| values.iter().map(|value| (value / by) as f32).collect();
    (scaled(&week, week_max), scaled(&season, season_max), week_max * season_max / season_mean)
}

fn conversion_calendar(blueprint: &Blueprint<'_>) -> Vec<f32> {
    let calendar = blueprint.calendar;
    let mut table = vec![0.0; (calendar.total_days() as usize + 1) * MAX_VERTICALS];
    for day in 0..=calendar.total_days() {
        for (number, vertical) in blueprint.verticals.iter().enumerate() {
            let date = calendar.date(day);
            let mut log_odds: f64 = vertical
                .seasons
                .iter()
                .filter(|season| holds(&season.from, &season.to, date))
                .map(|season| season.log_odds)
                .sum();
            for deadline in &vertical.deadlines {
                let days_left = parse_date(&deadline.on).map(|on| (on - date).get_days());
                if let Some(days_left) = days_left.filter(|days| *days >= 0) {
                    log_odds += deadline.log_odds * (-f64::from(days_left) / deadline.half_life_days).exp2();
                }
            }
            let trial_day = i64::from(day) - i64::from(calendar.pre_days());
            for competitor in blueprint.competitors {
                let here = competitor.vertical.as_ref().is_none_or(|name| *name == vertical.name);
                let from = i64::from(competitor.enters_day);
                let until = competitor.leaves_day.map_or(i64::MAX, i64::from);
                if here && from <= trial_day && trial_day < until {
                    log_odds -= competitor.strength;
                }
            }
            table[day as usize * MAX_VERTICALS + number] = log_odds as f32;
        }
    }
    table
}

fn daily(calendar: &Calendar, value: impl Fn(crate::kernel::Date) -> f64) -> Vec<f32> {
    (0..=calendar.total_days()).map(|day| value(calendar.date(day)) as f32).collect()
}

fn holds(from: &str, to: &str, date: crate::kernel::Date) -> bool {
    match (MonthDay::parse(from), MonthDay::parse(to)) {
        (Some(from), Some(to)) => from.range_holds(to, date),
        _ => false,
    }
}
