//! Doses and responses: each knob of the model moves the true lift the way the model says, in paired replicates on common random numbers;
//! and a mechanism without strength changes nothing, byte for byte, whatever its other parameters are.
//!
//! What is compared is the lift of twins, mean effect over replicates / mean outcome in the control arm, under two doses of one knob. A
//! response is asserted if the 99 % interval of the paired difference, from the replicates themselves, lies beyond 0. Trials are small:
//! 600 customers, two curated months and three alone; the control arm brings its own fresh campaigns every two weeks throughout.

use longgame::domain::Metric;
use longgame::experiment::{HandoffStudy, SilentProgress, Stage, StudyOptions, TrialOutcome, run_handoff};
use longgame::scenario::{Overrides, Scenario, Source};
use longgame::stats::distributions::StudentT;
use longgame::stats::influence::Influenced;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::AtomicBool;

const REPLICATES: u32 = 16;
/// Months, from 0.
const ACTIVE: Range<usize> = 0..2;
const PASSIVE: Range<usize> = 2..5;
const LAST: Range<usize> = 4..5;

/// One dose: the parts of a scenario in which doses differ.
#[derive(Clone, Copy)]
struct Dose {
    population: &'static str,
    curation: &'static str,
    agent: &'static str,
}

const PLAIN: Dose = Dose { population: "", curation: "", agent: "frequencies: [2]" };

fn load(text: &str) -> Scenario {
    Scenario::load(&Source::new("dose.ron", text), &Overrides::new()).expect("a valid scenario")
}

fn scenario(dose: &Dose) -> Scenario {
    let Dose { population, curation, agent } = dose;
    load(&format!(
        "(name: \"dose\", pre_period_days: 14, population: (size: 600, {population}),
          phases: [(name: \"active\", months: 2, curation: (minimum_sample: 50, {curation})), (name: \"passive\", months: 3)],
          arms: [(name: \"control\", share: 0.2, policy: BusinessAsUsual(messages_per_week: 2)),
                 (name: \"agents\", share: 0.8, policy: Thompson({agent}))],
          study: (seed: 20260409, truth: true))"
    ))
}

/// The true lift over some months under one dose.
fn lift(dose: &Dose, months: &Range<usize>) -> Influenced {
    let scenario = scenario(dose);
    let stage = Stage::new(&scenario);
    let effect = |replicate: u32| {
        let truth = stage.run(replicate).truth.expect("twins");
        let effect = truth.effect(1, months.start + 1..months.end + 1, Metric::DirectAppOpens).expect("recorded");
        [effect.effect, effect.without]
    };
    let effects: Vec<[f64; 2]> = (0..REPLICATES).into_par_iter().map(effect).collect();
    let [above, below] = [0, 1].map(|part| Influenced::mean(&effects.iter().map(|own| own[part]).collect::<Vec<_>>()));
    above.over(&below).expect("somebody opens")
}

/// The value, with the ends of its 99 % interval.
fn interval(found: &Influenced) -> [f64; 3] {
    let reach = StudentT::new(f64::from(REPLICATES) - 1.0).and_then(|student| student.quantile(0.995)).expect("a quantile")
        * found.std_error().expect("replicates");
    [found.value, found.value - reach, found.value + reach]
}

/// Asserts that the lift is higher under `high` than under `low`.
fn assert_raises(low: &Dose, high: &Dose, months: Range<usize>) {
    let (low, high) = (lift(low, &months), lift(high, &months));
    let [gain, least, most] = interval(&high.minus(&low));
    assert!(least > 0.0, "{:.3} against {:.3}: {gain:.3} in [{least:.3}, {most:.3}]", high.value, low.value);
}

#[test]
fn faster_drift_leaves_less_of_the_lift_after_the_handoff() {
    // A frozen library loses its fit by 2^(−time / half-life); the control's campaigns follow.
    let dose = |population| Dose { population, ..PLAIN };
    assert_raises(&dose("drift: (segment_half_life_days: 60)"), &dose("drift: (segment_half_life_days: 1000)"), LAST);
}

#[test]
fn a_stronger_pull_of_the_new_takes_from_a_library_that_ages() {
    // The boost of a frozen library fades, that of fresh campaigns does not.
    let dose = |population| Dose { population, ..PLAIN };
    assert_raises(&dose("novelty: (boost: 0.5, half_life_days: 20)"), &dose("novelty: (boost: 0)"), LAST);
}

#[test]
fn novelty_that_lasts_longer_leaves_more_of_the_lift_after_the_handoff() {
    // The same boost, faded to 2^(−9) or to 2^(−0.5) after three months.
    let dose = |population| Dose { population, ..PLAIN };
    let (short, long) = ("novelty: (boost: 0.5, half_life_days: 10)", "novelty: (boost: 0.5, half_life_days: 200)");
    assert_raises(&dose(short), &dose(long), LAST);
}

#[test]
fn wear_out_takes_from_a_library_that_nobody_renews() {
    // Agents come back to what works, and wear it out; a campaign is gone before it is worn.
    let dose = |population| Dose { population, ..PLAIN };
    assert_raises(&dose("wear_out: (penalty: 0.15)"), &dose("wear_out: (penalty: 0)"), LAST);
}

#[test]
fn fatigue_takes_from_whoever_sends_more() {
    // At equal volume it would lower both arms alike; here agents send five messages a week, the control two.
    let dose = |population| Dose { population, agent: "frequencies: [5]", ..PLAIN };
    assert_raises(&dose("fatigue: (open_penalty: 0.2)"), &dose("fatigue: (open_penalty: 0)"), ACTIVE);
}

#[test]
fn more_skilled_curators_raise_the_lift_while_they_curate() {
    // Their components are aimed at what an audience wants now; without skill they are noise.
    let dose = |curation| Dose { curation, ..PLAIN };
    assert_raises(&dose("skill: 0"), &dose("skill: 0.9"), ACTIVE);
}

#[test]
fn more_hours_of_skilled_curators_raise_the_lift_while_they_curate() {
    let dose = |curation| Dose { curation, ..PLAIN };
    assert_raises(&dose("skill: 0.9, hours_per_week: 0"), &dose("skill: 0.9, hours_per_week: 20"), ACTIVE);
}

#[test]
fn forgetting_only_costs_where_tastes_stand_still() {
    // Old evidence stays true; to forget it is to explore anew.
    let still = "drift: (segment_half_life_days: 1e9, customer_half_life_days: 1e9)";
    let dose = |agent| Dose { population: still, agent, ..PLAIN };
    let (short, long) = ("frequencies: [2], forgetting_half_life_days: 4", "frequencies: [2], forgetting_half_life_days: 365");
    assert_raises(&dose(short), &dose(long), PASSIVE);
}

#[test]
fn in_a_world_without_noise_a_later_handoff_never_leaves_less_at_the_end() {
    // Curators who know what an audience wants (skill 1) and read their reports without noise, audiences that are what they seem, and agents
    // that need not explore much: they share beliefs within an audience and expect new content to be as good as the old.
    let scenario = load(&format!(
        "(name: \"noiseless\", pre_period_days: 14,
          population: (size: 1200, audience_accuracy: 1, taste: (spread: 0), drift: (segment_half_life_days: 90),
                       novelty: (boost: 0), wear_out: (penalty: 0), receptiveness: (spread: 0)),
          channels: [(name: \"push\", opt_in: 1, opt_in_by_platform: [], affinity_spread: 0, base_log_odds: -3)],
          content: (appeal_spread: 0, slots: [(name: \"theme\", components: 4)]),
          phases: [(name: \"curated\", months: 6, curation: (skill: 1, noise: 0, minimum_sample: 100, production_lag_days: 0, report_lag_days: 0))],
          arms: [(name: \"control\", share: 0.5, policy: BusinessAsUsual(messages_per_week: 3)),
                 (name: \"agents\", share: 0.5, policy: Thompson(frequencies: [3], personal: false))],
          study: (seed: 20260409, replicates: {REPLICATES}, metrics: [\"direct_app_opens\"]))"
    ));
    let study = HandoffStudy::new(&scenario, &[0, 2, 4, 6]).expect("a study");
    let options = StudyOptions { threads: 2, kept_in: None };
    let found = run_handoff(&study, options, &SilentProgress, &AtomicBool::new(false)).expect("a study");
    let last = |timing: usize, treated: bool| {
        let of = |arm: &longgame::experiment::ArmAccount| arm.outcomes[5];
        let all = found.iter().map(|own| &own.timings[timing]);
        Influenced::mean(&all.map(|own| if treated { of(&own.treated) } else { of(&own.control) }).collect::<Vec<_>>())
    };
    let lift = |timing: usize| last(timing, true).minus(&last(timing, false)).over(&last(timing, false)).expect("opens");
    let lifts: Vec<Influenced> = (0..study.handoffs.len()).map(lift).collect();
    for (earlier, later) in lifts.iter().zip(&lifts[1..]) {
        let [gain, _, most] = interval(&later.minus(earlier));
        assert!(most > 0.0, "{:.3} after {:.3}: {gain:.3}, at most {most:.3}", later.value, earlier.value);
    }
    let [gain, least, _] = interval(&lifts[lifts.len() - 1].minus(&lifts[0]));
    assert!(least > 0.0, "always curated against never: {gain:.3}, at least {least:.3}");
}

/// A small trial with discounts, so that everything that can tire does.
fn small(population: &str) -> TrialOutcome {
    let scenario = load(&format!(
        "(name: \"small\", pre_period_days: 14, population: (size: 80, {population}),
          content: (slots: [(name: \"theme\", components: 4), (name: \"offer\", components: 3, discounts: [0, 0.1, 0.3])]),
          phases: [(name: \"active\", months: 1, curation: (minimum_sample: 10)), (name: \"passive\", months: 1)],
          arms: [(name: \"control\", share: 0.5, policy: BusinessAsUsual()), (name: \"agents\", share: 0.5, policy: Thompson(frequencies: [5]))],
          study: (truth: true))"
    ));
    Stage::new(&scenario).run(0)
}

/// Asserts that with these strengths the other parameters change no byte, and that with strength they would.
fn assert_nothing_changes(off: &str, on: &str, others: [&str; 2]) {
    let run = |strength: &str, other: &str| small(&strength.replace("OTHER", other));
    let same = |strength: &str| {
        let [one, other] = others.map(|other| run(strength, other));
        one.panel == other.panel && one.truth == other.truth && one.events == other.events
    };
    assert!(same(off), "{off}: {others:?}");
    assert!(!same(on), "{on}: {others:?} should differ, or nothing is tested");
}

#[test]
fn novelty_without_boost_has_no_half_life() {
    assert_nothing_changes(
        "novelty: (boost: 0, half_life_days: OTHER)",
        "novelty: (boost: 2, half_life_days: OTHER)",
        ["1", "1000"],
    );
}

#[test]
fn wear_out_without_penalty_has_no_half_life() {
    assert_nothing_changes(
        "wear_out: (penalty: 0, half_life_days: OTHER)",
        "wear_out: (penalty: 0.3, half_life_days: OTHER)",
        ["1", "1000"],
    );
}

#[test]
fn fatigue_without_penalties_has_no_half_life() {
    let free = "fatigue: (open_penalty: 0, unsubscribe_growth: 0, half_life_days: OTHER), lapse: (fatigue_growth: 0)";
    let costly = "fatigue: (open_penalty: 0.5, half_life_days: OTHER)";
    assert_nothing_changes(free, costly, ["1", "1000"]);
}

#[test]
fn discounts_that_do_not_tire_have_no_memory() {
    assert_nothing_changes(
        "offers: (sensitivity_mean: 9, fatigue_per_offer: 0, fatigue_half_life_days: OTHER)",
        "offers: (sensitivity_mean: 9, fatigue_per_offer: 0.5, fatigue_half_life_days: OTHER)",
        ["1", "1000"],
    );
}

#[test]
fn tastes_of_segments_without_strength_neither_drift_nor_turn() {
    let others = ["segment_half_life_days: 2", "segment_half_life_days: 1000, breaks: [(day: 5, angle_degrees: 150)]"];
    assert_nothing_changes("taste: (strength: 0), drift: (OTHER)", "taste: (strength: 3), drift: (OTHER)", others);
}

#[test]
fn tastes_of_customers_without_spread_do_not_drift() {
    let others = ["customer_half_life_days: 2, knot_days: 3", "customer_half_life_days: 1000"];
    assert_nothing_changes("taste: (spread: 0), drift: (OTHER)", "taste: (spread: 1), drift: (OTHER)", others);
}

#[test]
fn a_team_without_hours_has_no_skill_and_no_handoff() {
    let run = |curation: &str, months: u32| {
        let scenario = load(&format!(
            "(name: \"small\", pre_period_days: 14, population: (size: 80),
              phases: [(name: \"active\", months: {months}, curation: (hours_per_week: 0, {curation})), (name: \"passive\", months: {})],
              study: (truth: true))",
            3 - months
        ));
        let trial = Stage::new(&scenario).run(0);
        (trial.panel, trial.truth)
    };
    let one = run("skill: 1, noise: 0", 1);
    assert!(one == run("skill: 0, noise: 2, review_every_days: 3", 1));
    assert!(one == run("", 2));
}
