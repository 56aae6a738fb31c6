//! Why the lift fades: how much of what is lost after the handoff is due to each mechanism, with intervals over replicates.
//!
//! For a coalition `S` of mechanisms that are on, `v(S)` = lift of the phase before the handoff − lift of all months after it, in percentage
//! points; each lift is that of twins, mean effect over replicates / mean outcome in the control arm. The Shapley values of this game split
//! `v(all) − v(none)` among the mechanisms; `v(none)` is the remainder, what is lost with every mechanism off. Beside a mechanism's value
//! stand `v({i}) − v(none)`, its effect alone, and `v(all) − v(all but i)`, its effect as the last to be switched on.
//!
//! Lifts are ratios of means, everything after is linear: intervals follow from the influences of replicates (delta method) and are exact
//! to first order. All coalitions share their random numbers, which is what makes differences between them precise.

use crate::experiment::coalitions::{AbsentMechanism, AttributionStudy, TREATED, TrialMeans, TwinMeans};
use crate::experiment::mechanisms::Mechanism;
use crate::experiment::summary::program;
use crate::stats::influence::Influenced;
use crate::stats::multiplicity::holm;
use crate::stats::shapley::Game;
use serde::Serialize;

/// What a study of fading found. A pure function of scenario, seed and version.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attribution {
    /// Version of these records.
    pub schema: u32,
    /// Program and version.
    pub program: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its heading.
    pub title: String,
    /// Digest of the study: scenario, seed and mechanisms.
    pub digest: String,
    /// Seed.
    pub seed: u64,
    /// Replicates.
    pub replicates: u32,
    /// Simulated customers per replicate.
    pub customers: u32,
    /// Trials per replicate: one for each coalition.
    pub coalitions: u32,
    /// Months of the trial.
    pub months: u32,
    /// First month of the phase before the handoff, from 0.
    pub curated_from: u32,
    /// Months before the handoff.
    pub handoff_month: u32,
    /// Metric of all lifts.
    pub metric: String,
    /// The arm whose lift it is.
    pub arm: String,
    /// The arm it is compared with.
    pub versus: String,
    /// Lift before the handoff with everything on, a fraction.
    pub active_lift: f64,
    /// Its standard error.
    pub active_lift_std_error: Option<f64>,
    /// Lift after the handoff with everything on, a fraction.
    pub passive_lift: f64,
    /// Its standard error.
    pub passive_lift_std_error: Option<f64>,
    /// Whether the 95 % interval of the loss leaves out 0; only then are there shares of it.
    pub is_loss_clear: bool,
    /// What is lost with everything on.
    pub loss: PartRow,
    /// What is lost with every mechanism off.
    pub remainder: PartRow,
    /// One row per mechanism, the largest first.
    pub mechanisms: Vec<MechanismRow>,
    /// percentage points that mechanisms take together beyond the sum of what each takes alone.
    pub interaction_points: f64,
    /// Its standard error.
    pub interaction_points_std_error: Option<f64>,
    /// Mechanisms without strength in this scenario.
    pub absent: Vec<AbsentMechanism>,
    /// One row per coalition.
    pub by_coalition: Vec<CoalitionRow>,
    /// Lift by month with all mechanisms on, with none, and with each one off.
    pub curve: Vec<AttributionCurvePoint>,
}

/// A part of the loss. Positive is lost, negative is gained after the handoff.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PartRow {
    /// percentage points of lift.
    pub points: f64,
    /// Monte-Carlo standard error.
    pub points_std_error: Option<f64>,
    /// 95 % interval.
    pub points_conf_low: Option<f64>,
    /// Its upper end.
    pub points_conf_high: Option<f64>,
    /// Share of the loss; `None` where the loss is not clearly different from 0.
    pub share: Option<f64>,
    /// Its standard error.
    pub share_std_error: Option<f64>,
}

/// What is due to one mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MechanismRow {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// Its Shapley value.
    #[serde(flatten)]
    pub part: PartRow,
    /// p-value of no effect, adjusted by Holm over the mechanisms.
    pub p_holm: Option<f64>,
    /// percentage points it takes alone, with all others off.
    pub alone_points: f64,
    /// Its standard error.
    pub alone_points_std_error: Option<f64>,
    /// percentage points it takes as the last, with all others on.
    pub last_points: f64,
    /// Its standard error.
    pub last_points_std_error: Option<f64>,
    /// percentage points that the others change of its effect: last − alone.
    pub gap_points: f64,
    /// Its standard error.
    pub gap_points_std_error: Option<f64>,
}

/// The trials with one set of mechanisms on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CoalitionRow {
    /// Names of the mechanisms that are on, joined by `+`; `none` if none is.
    pub on: String,
    /// Lift before the handoff, a fraction.
    pub active_lift: f64,
    /// Its standard error.
    pub active_lift_std_error: Option<f64>,
    /// Lift after it, a fraction.
    pub passive_lift: f64,
    /// Its standard error.
    pub passive_lift_std_error: Option<f64>,
    /// percentage points lost.
    pub loss_points: f64,
    /// Its standard error.
    pub loss_points_std_error: Option<f64>,
}

/// The lift in one month with some mechanisms on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributionCurvePoint {
    /// `all`, `none`, or `without` and the mechanism that is off.
    pub on: String,
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

/// There is no lift to speak of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no lift in {metric}: its mean in the {versus} arm is 0 or not known")]
pub struct NoLift {
    /// The metric.
    pub metric: String,
    /// The control arm.
    pub versus: String,
}

/// What all replicates say of one coalition.
struct Coalition {
    active: Influenced,
    passive: Influenced,
    loss: Influenced,
}

/// Summarises the replicates of a study, each with the trials of all coalitions in their order; at least one replicate.
///
/// # Errors
/// If nothing happens in the control arm that a lift could be over.
pub fn summarise_attribution(study: &AttributionStudy, replicates: &[Vec<TrialMeans>]) -> Result<Attribution, NoLift> {
    let file = &study.scenario.file;
    let (metric, versus) = (study.metric().name(&study.scenario.verticals), file.arms[0].name.clone());
    let no_lift = || NoLift { metric: metric.clone(), versus: versus.clone() };
    let coalitions: Vec<Coalition> =
        (0..study.coalitions()).map(|place| coalition(replicates, place)).collect::<Option<_>>().ok_or_else(no_lift)?;
    let game = Game::new(coalitions.iter().map(|own| own.loss.clone()).collect()).ok_or_else(no_lift)?;
    let whole = &coalitions[coalitions.len() - 1];
    let of_loss = game.whole().interval().filter(|ends| ends.low > 0.0 || ends.high < 0.0).map(|_| game.whole());
    let interaction = game.interaction();
    Ok(Attribution {
        schema: 1,
        program: program(),
        scenario: file.name.clone(),
        title: file.title.clone(),
        digest: study.digest.clone(),
        seed: file.study.seed,
        replicates: replicates.len() as u32,
        customers: file.population.size,
        coalitions: coalitions.len() as u32,
        months: study.scenario.calendar.months(),
        curated_from: study.curated_from,
        handoff_month: study.handoff_month,
        arm: file.arms[TREATED].name.clone(),
        active_lift: whole.active.value,
        active_lift_std_error: whole.active.std_error(),
        passive_lift: whole.passive.value,
        passive_lift_std_error: whole.passive.std_error(),
        is_loss_clear: of_loss.is_some(),
        loss: part(game.whole(), of_loss),
        remainder: part(game.nobody(), of_loss),
        mechanisms: mechanism_rows(study, &game, of_loss),
        interaction_points: interaction.value,
        interaction_points_std_error: interaction.std_error(),
        absent: study.absent.clone(),
        by_coalition: coalitions.iter().enumerate().map(|(place, own)| coalition_row(study, place, own)).collect(),
        curve: curve(study, replicates),
        metric,
        versus,
    })
}

/// Mean effect over replicates / mean outcome in the control arm.
fn lift(replicates: &[Vec<TrialMeans>], place: usize, of: impl Fn(&TrialMeans) -> TwinMeans) -> Option<Influenced> {
    let mean = |number: fn(TwinMeans) -> f64| {
        Influenced::mean(&replicates.iter().map(|trials| number(of(&trials[place]))).collect::<Vec<f64>>())
    };
    mean(|twins| twins.treated - twins.control).over(&mean(|twins| twins.control))
}

fn coalition(replicates: &[Vec<TrialMeans>], place: usize) -> Option<Coalition> {
    let (active, passive) = (lift(replicates, place, |trial| trial.active)?, lift(replicates, place, |trial| trial.passive)?);
    let loss = active.minus(&passive).times(100.0);
    Some(Coalition { active, passive, loss })
}

fn part(points: &Influenced, of_loss: Option<&Influenced>) -> PartRow {
    let (interval, share) = (points.interval(), of_loss.and_then(|loss| points.over(loss)));
    PartRow {
        points: points.value,
        points_std_error: points.std_error(),
        points_conf_low: interval.map(|ends| ends.low),
        points_conf_high: interval.map(|ends| ends.high),
        share: share.as_ref().map(|share| share.value),
        share_std_error: share.as_ref().and_then(Influenced::std_error),
    }
}

fn mechanism_rows(study: &AttributionStudy, game: &Game, of_loss: Option<&Influenced>) -> Vec<MechanismRow> {
    let values: Vec<Influenced> = (0..game.players()).map(|player| game.shapley(player)).collect();
    let adjusted = holm(&values.iter().map(Influenced::p_value).collect::<Vec<_>>());
    let row = |player: usize| {
        let (alone, last) = (game.alone(player), game.last(player));
        let gap = last.minus(&alone);
        MechanismRow {
            mechanism: study.mechanisms[player],
            part: part(&values[player], of_loss),
            p_holm: adjusted[player],
            alone_points: alone.value,
            alone_points_std_error: alone.std_error(),
            last_points: last.value,
            last_points_std_error: last.std_error(),
            gap_points: gap.value,
            gap_points_std_error: gap.std_error(),
        }
    };
    let mut rows: Vec<MechanismRow> = (0..game.players()).map(row).collect();
    rows.sort_by(|a, b| b.part.points.abs().total_cmp(&a.part.points.abs()));
    rows
}

fn coalition_row(study: &AttributionStudy, place: usize, own: &Coalition) -> CoalitionRow {
    let is_on = |(bit, _): &(usize, &Mechanism)| place >> bit & 1 == 1;
    let names: Vec<&str> = study.mechanisms.iter().enumerate().filter(is_on).map(|(_, mechanism)| mechanism.as_str()).collect();
    CoalitionRow {
        on: if names.is_empty() { "none".to_owned() } else { names.join("+") },
        active_lift: own.active.value,
        active_lift_std_error: own.active.std_error(),
        passive_lift: own.passive.value,
        passive_lift_std_error: own.passive.std_error(),
        loss_points: own.loss.value,
        loss_points_std_error: own.loss.std_error(),
    }
}

fn curve(study: &AttributionStudy, replicates: &[Vec<TrialMeans>]) -> Vec<AttributionCurvePoint> {
    let all = study.coalitions() - 1;
    let without = |(bit, mechanism): (usize, &Mechanism)| (format!("without {}", mechanism.as_str()), all & !(1 << bit));
    let mut shown = vec![("all".to_owned(), all), ("none".to_owned(), 0)];
    shown.extend(study.mechanisms.iter().enumerate().map(without));
    let mut points = Vec::new();
    for (on, place) in shown {
        for month in 0..study.scenario.calendar.months() {
            let lift = lift(replicates, place, |trial| trial.months[month as usize]);
            let interval = lift.as_ref().and_then(Influenced::interval);
            points.push(AttributionCurvePoint {
                on: on.clone(),
                month: month + 1,
                lift: lift.as_ref().map(|lift| lift.value),
                std_error: lift.as_ref().and_then(Influenced::std_error),
                conf_low: interval.map(|ends| ends.low),
                conf_high: interval.map(|ends| ends.high),
            });
        }
    }
    points
}
