//! When to hand over: what each timing is worth in money and keeps in lift, with intervals from paired replicates.
//!
//! **Net value** = Δ margin − Δ human cost − Δ message cost, treated arm against control, over the whole trial. Margin and message cost
//! are differences in means per simulated customer × the customers they stand for (`population.represents`, else `population.size`): both
//! arms are scaled to the same population. Human hours and their cost are not scaled: a team curates a library, not customers.
//!
//! Intervals are mean ± t × standard error over replicates. Timings share their random numbers and their past, so they are compared by paired
//! differences; those whose difference to the best is not significant at 5 % after Holm's adjustment over all timings cannot be told from it.

use crate::experiment::summary::program;
use crate::experiment::timings::{ArmAccount, HandoffStudy, TimingAccount, TimingsReplicate};
use crate::stats::influence::Influenced;
use crate::stats::multiplicity::holm;
use serde::Serialize;

/// Level of the family of comparisons with the best.
const LEVEL: f64 = 0.05;

/// What a study of handoffs found. A pure function of scenario, seed, timings and version.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Handoff {
    /// Version of these records.
    pub schema: u32,
    /// Program and version.
    pub program: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its heading.
    pub title: String,
    /// Digest of the study: scenario, seed and timings.
    pub digest: String,
    /// Seed.
    pub seed: u64,
    /// Replicates.
    pub replicates: u32,
    /// Simulated customers per replicate.
    pub customers: u32,
    /// Customers they stand for where money is concerned.
    pub represents: f64,
    /// Fields whose values differ between replicates, `represents` perhaps among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub varied: Vec<String>,
    /// Months of the trial.
    pub months: u32,
    /// Metric of all lifts.
    pub metric: String,
    /// The arm that is handed over.
    pub arm: String,
    /// The arm it is compared with.
    pub versus: String,
    /// Phase whose curation goes on until the handoff.
    pub curated_as: String,
    /// Phase whose upkeep comes after the handoff; `None` where the arm is left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continued_as: Option<String>,
    /// One row per timing, ascending.
    pub timings: Vec<TimingRow>,
    /// The best on net value.
    pub best: BestTiming,
    /// The best on the lift of the last month.
    pub best_on_lift: BestTiming,
    /// How the lift of the last month goes with the month of the handoff; `None` for a single timing.
    pub lift_trend: Option<LiftTrend>,
    /// Lift by month for every timing.
    pub curve: Vec<HandoffCurvePoint>,
}

/// One timing. Money is in the scenario's money over the whole trial; differences are treated less control.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimingRow {
    /// Months of curation before the handoff.
    pub handoff_month: u32,
    /// money: margin − human cost − message cost, against control.
    pub net_value: f64,
    /// Monte-Carlo standard error.
    pub net_value_std_error: Option<f64>,
    /// 95 % interval of the mean over replicates.
    pub net_value_conf_low: Option<f64>,
    /// Its upper end.
    pub net_value_conf_high: Option<f64>,
    /// money: net value less that of the best timing, on the same replicates.
    pub against_best: f64,
    /// Its standard error, from paired differences.
    pub against_best_std_error: Option<f64>,
    /// 95 % interval of it, not adjusted.
    pub against_best_conf_low: Option<f64>,
    /// Its upper end.
    pub against_best_conf_high: Option<f64>,
    /// p-value of no difference, adjusted by Holm over the timings; `None` for the best itself.
    pub against_best_p_holm: Option<f64>,
    /// money: margin against control, scaled.
    pub margin: f64,
    /// Its standard error.
    pub margin_std_error: Option<f64>,
    /// money: message cost against control, scaled.
    pub message_cost: f64,
    /// Its standard error.
    pub message_cost_std_error: Option<f64>,
    /// hours of human work in the treated arm.
    pub human_hours: f64,
    /// money: their cost.
    pub human_cost: f64,
    /// What generated components of the arm cost.
    pub content_cost: f64,
    /// hours of human work in the control arm.
    pub control_human_hours: f64,
    /// money: their cost.
    pub control_human_cost: f64,
    /// Briefs cancelled at the handoff.
    pub cancelled_briefs: f64,
    /// Messages per customer of the treated arm.
    pub messages_per_customer: f64,
    /// Lift over the whole trial, a fraction.
    pub lift_trial: Option<f64>,
    /// Its standard error.
    pub lift_trial_std_error: Option<f64>,
    /// Lift in the last month, a fraction.
    pub lift_last_month: Option<f64>,
    /// Its standard error.
    pub lift_last_month_std_error: Option<f64>,
    /// Lift in the last month less that of the trial never curated, on the same replicates: what curation retained.
    pub lift_retained: Option<f64>,
    /// Its standard error.
    pub lift_retained_std_error: Option<f64>,
    /// Lift in the last month as a share of that in the last curated month; `None` if nobody ever curated.
    pub last_month_share: Option<f64>,
    /// Its standard error.
    pub last_month_share_std_error: Option<f64>,
    /// Months of curation per percentage point of `lift_retained`; `None` where that is not clearly above 0.
    pub months_per_point: Option<f64>,
    /// Hours of human work in the treated arm per percentage point of `lift_retained`; `None` as above.
    pub hours_per_point: Option<f64>,
}

/// A best timing and those that cannot be told from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BestTiming {
    /// Months of curation before the handoff.
    pub handoff_month: u32,
    /// Other timings whose paired difference is not significant at 5 % (Holm over timings), ascending.
    pub not_distinguishable_from: Vec<u32>,
}

/// Least-squares slope of the last month's lift over the month of the handoff.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LiftTrend {
    /// Lift (a fraction) per month of curation.
    pub slope: f64,
    /// Its standard error, from paired replicates.
    pub std_error: Option<f64>,
    /// 95 % interval.
    pub conf_low: Option<f64>,
    /// Its upper end.
    pub conf_high: Option<f64>,
}

/// The lift of one timing in one month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HandoffCurvePoint {
    /// Months of curation before the handoff.
    pub handoff_month: u32,
    /// Month of the trial, from 1.
    pub month: u32,
    /// Lift, a fraction.
    pub lift: Option<f64>,
    /// Its standard error.
    pub std_error: Option<f64>,
    /// 95 % interval of the mean over replicates.
    pub conf_low: Option<f64>,
    /// Its upper end.
    pub conf_high: Option<f64>,
}

/// What the replicates say about one timing.
struct Timing {
    month: u32,
    net_value: Influenced,
    margin: Influenced,
    message_cost: Influenced,
    lift_trial: Option<Influenced>,
    /// By month.
    lifts: Vec<Option<Influenced>>,
}

impl Timing {
    fn lift_last_month(&self) -> Option<&Influenced> {
        self.lifts.last().and_then(Option::as_ref)
    }
}

/// One timing's accounts, replicate by replicate.
struct Accounts<'a> {
    all: Vec<&'a TimingAccount>,
}

impl Accounts<'_> {
    fn mean(&self, of: impl Fn(&ArmAccount) -> f64, arm: impl Fn(&TimingAccount) -> &ArmAccount) -> f64 {
        Influenced::mean(&self.all.iter().map(|account| of(arm(account))).collect::<Vec<_>>()).value
    }

    /// Mean over replicates of what a trial says.
    fn influenced(&self, of: impl Fn(&TimingAccount) -> f64) -> Influenced {
        Influenced::mean(&self.all.iter().map(|account| of(account)).collect::<Vec<_>>())
    }

    /// Mean effect divided by mean outcome of the control arm.
    fn lift(&self, of: impl Fn(&ArmAccount) -> f64) -> Option<Influenced> {
        let effect = self.influenced(|account| of(&account.treated) - of(&account.control));
        effect.over(&self.influenced(|account| of(&account.control)))
    }
}

/// Summarises the replicates of a study of handoffs; at least one replicate.
pub fn summarise_handoff(study: &HandoffStudy, replicates: &[TimingsReplicate]) -> Handoff {
    let file = &study.scenario.file;
    let represents: Vec<f64> =
        replicates.iter().map(|replicate| study.scenario.in_replicate(replicate.replicate).represented()).collect();
    let accounts: Vec<Accounts<'_>> = (0..study.handoffs.len())
        .map(|place| Accounts { all: replicates.iter().map(|replicate| &replicate.timings[place]).collect() })
        .collect();
    let timings: Vec<Timing> =
        study.handoffs.iter().zip(&accounts).map(|(month, accounts)| timing(*month, accounts, &represents)).collect();
    let best = best_of(&timings, |timing| Some(&timing.net_value));
    let best_on_lift = best_of(&timings, Timing::lift_last_month);
    let comparison =
        Comparison { timings: &timings, best: best.place, adjusted: &best.adjusted, months: study.scenario.calendar.months() };
    let rows = accounts.iter().enumerate().map(|(place, accounts)| comparison.row(place, accounts)).collect();
    Handoff {
        schema: 1,
        program: program(),
        scenario: file.name.clone(),
        title: file.title.clone(),
        digest: study.digest.clone(),
        seed: file.study.seed,
        replicates: replicates.len() as u32,
        customers: file.population.size,
        represents: study.scenario.represented(),
        varied: study.scenario.worlds.fields.clone(),
        months: study.scenario.calendar.months(),
        metric: study.metric().name(&study.scenario.verticals),
        arm: file.arms[1].name.clone(),
        versus: file.arms[0].name.clone(),
        curated_as: study.phase.clone(),
        continued_as: study.continued_as(),
        timings: rows,
        best: best.told(&timings),
        best_on_lift: best_on_lift.told(&timings),
        lift_trend: lift_trend(&timings),
        curve: timings.iter().flat_map(curve).collect(),
    }
}

fn timing(month: u32, accounts: &Accounts<'_>, represents: &[f64]) -> Timing {
    let difference = |of: fn(&ArmAccount) -> f64| accounts.influenced(move |account| of(&account.treated) - of(&account.control));
    // Scaled replicate by replicate: how many customers they stand for may be among what replicates vary.
    let scaled = |of: fn(&ArmAccount) -> f64| {
        let all = accounts.all.iter().zip(represents);
        let differences = all.map(|(account, represents)| (of(&account.treated) - of(&account.control)) * represents);
        Influenced::mean(&differences.collect::<Vec<_>>())
    };
    let margin = scaled(|arm| arm.margin);
    let message_cost = scaled(|arm| arm.message_cost);
    let human_cost = difference(|arm| arm.human_cost);
    let months = accounts.all.first().map_or(0, |account| account.control.outcomes.len());
    Timing {
        month,
        net_value: margin.minus(&message_cost).minus(&human_cost).minus(&difference(|arm| arm.content_cost)),
        margin,
        message_cost,
        lift_trial: accounts.lift(|arm| arm.outcomes.iter().sum()),
        lifts: (0..months).map(|month| accounts.lift(|arm| arm.outcomes[month])).collect(),
    }
}

/// The best place, and Holm-adjusted p-values of the differences of all places to it.
struct Best {
    place: usize,
    adjusted: Vec<Option<f64>>,
}

impl Best {
    fn told(&self, timings: &[Timing]) -> BestTiming {
        let is_close = |place: &usize| *place != self.place && self.adjusted[*place].is_none_or(|p_value| p_value >= LEVEL);
        BestTiming {
            handoff_month: timings[self.place].month,
            not_distinguishable_from: (0..timings.len()).filter(is_close).map(|place| timings[place].month).collect(),
        }
    }
}

/// The earliest of the timings with the highest value.
fn best_of(timings: &[Timing], value: impl Fn(&Timing) -> Option<&Influenced>) -> Best {
    let value_at = |place: usize| value(&timings[place]).map_or(f64::NEG_INFINITY, |found| found.value);
    let place = (1..timings.len()).fold(0, |best, place| if value_at(place) > value_at(best) { place } else { best });
    let best = value(&timings[place]);
    let p_value = |(own, timing): (usize, &Timing)| {
        if own == place {
            return None;
        }
        value(timing).zip(best).and_then(|(own, best)| own.minus(best).p_value())
    };
    Best { place, adjusted: holm(&timings.iter().enumerate().map(p_value).collect::<Vec<_>>()) }
}

/// All timings against the best of them.
struct Comparison<'a> {
    timings: &'a [Timing],
    best: usize,
    adjusted: &'a [Option<f64>],
    months: u32,
}

impl Comparison<'_> {
    fn row(&self, place: usize, accounts: &Accounts<'_>) -> TimingRow {
        let timing = &self.timings[place];
        let (net, against) = (&timing.net_value, timing.net_value.minus(&self.timings[self.best].net_value));
        let treated = |of: fn(&ArmAccount) -> f64| accounts.mean(of, |account| &account.treated);
        let control = |of: fn(&ArmAccount) -> f64| accounts.mean(of, |account| &account.control);
        let (share, retained) = (self.last_month_share(timing), self.retained(timing));
        let points = retained.as_ref().filter(|gain| gain.interval().is_some_and(|interval| interval.low > 0.0));
        let points = points.map(|gain| gain.value * 100.0);
        let human_hours = treated(|arm| arm.human_hours);
        let error = |found: &Option<Influenced>| found.as_ref().and_then(Influenced::std_error);
        let value = |found: &Option<Influenced>| found.as_ref().map(|found| found.value);
        let last = timing.lift_last_month().cloned();
        TimingRow {
            handoff_month: timing.month,
            net_value: net.value,
            net_value_std_error: net.std_error(),
            net_value_conf_low: net.interval().map(|interval| interval.low),
            net_value_conf_high: net.interval().map(|interval| interval.high),
            against_best: against.value,
            against_best_std_error: against.std_error(),
            against_best_conf_low: against.interval().map(|interval| interval.low),
            against_best_conf_high: against.interval().map(|interval| interval.high),
            against_best_p_holm: self.adjusted[place],
            margin: timing.margin.value,
            margin_std_error: timing.margin.std_error(),
            message_cost: timing.message_cost.value,
            message_cost_std_error: timing.message_cost.std_error(),
            human_hours,
            human_cost: treated(|arm| arm.human_cost),
            content_cost: treated(|arm| arm.content_cost),
            control_human_hours: control(|arm| arm.human_hours),
            control_human_cost: control(|arm| arm.human_cost),
            cancelled_briefs: treated(|arm| arm.cancelled_briefs as f64),
            messages_per_customer: treated(|arm| arm.messages),
            lift_trial: value(&timing.lift_trial),
            lift_trial_std_error: error(&timing.lift_trial),
            lift_last_month: value(&last),
            lift_last_month_std_error: error(&last),
            lift_retained: value(&retained),
            lift_retained_std_error: error(&retained),
            last_month_share: value(&share),
            last_month_share_std_error: error(&share),
            months_per_point: points.map(|points| f64::from(timing.month) / points),
            hours_per_point: points.map(|points| human_hours / points),
        }
    }

    fn last_month_share(&self, timing: &Timing) -> Option<Influenced> {
        let curated = timing.month.min(self.months).checked_sub(1)?;
        timing.lift_last_month()?.over(timing.lifts.get(curated as usize)?.as_ref()?)
    }

    /// What curation left of the lift in the last month; unknown where no trial without curation was run.
    fn retained(&self, timing: &Timing) -> Option<Influenced> {
        let never = self.timings.iter().find(|timing| timing.month == 0).filter(|_| timing.month > 0)?;
        Some(timing.lift_last_month()?.minus(never.lift_last_month()?))
    }
}

fn lift_trend(timings: &[Timing]) -> Option<LiftTrend> {
    let lifts: Vec<(f64, &Influenced)> =
        timings.iter().map(|timing| Some((f64::from(timing.month), timing.lift_last_month()?))).collect::<Option<_>>()?;
    let middle = lifts.iter().map(|(month, _)| month).sum::<f64>() / lifts.len().max(1) as f64;
    let squares: f64 = lifts.iter().map(|(month, _)| (month - middle).powi(2)).sum();
    let weighted = lifts.iter().map(|(month, lift)| lift.times((month - middle) / squares));
    let slope = weighted.reduce(|sum, own| sum.plus(&own)).filter(|_| squares > 0.0)?;
    let interval = slope.interval();
    Some(LiftTrend {
        slope: slope.value,
        std_error: slope.std_error(),
        conf_low: interval.map(|interval| interval.low),
        conf_high: interval.map(|interval| interval.high),
    })
}

fn curve(timing: &Timing) -> impl Iterator<Item = HandoffCurvePoint> {
    timing.lifts.iter().enumerate().map(|(month, lift)| {
        let interval = lift.as_ref().and_then(Influenced::interval);
        HandoffCurvePoint {
            handoff_month: timing.month,
            month: month as u32 + 1,
            lift: lift.as_ref().map(|lift| lift.value),
            std_error: lift.as_ref().and_then(Influenced::std_error),
            conf_low: interval.map(|interval| interval.low),
            conf_high: interval.map(|interval| interval.high),
        }
    })
}
