//! Truth from twins: what it is, and that recording it moves nothing else.

use longgame::analysis::EstimatorName;
use longgame::domain::Metric;
use longgame::experiment::{SilentProgress, Stage, StudyOptions, estimate_replicate, run_study, summarise_study};
use longgame::panel::Panel;
use longgame::scenario::{Overrides, Scenario, Source};
use std::sync::atomic::AtomicBool;

/// Four months around a handoff, in small.
fn load(fields: &str, truth: &str) -> Scenario {
    let text = format!(
        "(name: \"small\", pre_period_days: 28, phases: [(name: \"active\", months: 2, curation: ()), (name: \"passive\", months: 2)],
          study: (truth: {truth}), {fields})"
    );
    Scenario::load(&Source::new("test.ron", &text), &Overrides::new()).expect("a valid scenario")
}

fn two_arms(policy: &str) -> String {
    format!(
        "population: (size: 300),
         arms: [(name: \"control\", share: 0.3, policy: BusinessAsUsual()), (name: \"agents\", share: 0.7, policy: {policy})]"
    )
}

/// Trials that between them hold every policy, reward, kind of draw and channel, and everything that customers share.
fn everything_shared() -> Vec<String> {
    let policies = [
        "Thompson()",
        "Thompson(frequencies: [1, 2, 3], forgetting_half_life_days: 20)",
        "Thompson(warm_start: true, learning_interval_days: 3)",
        "Thompson(personal: false, draws: Pooled(64))",
        "Thompson(draws: Exact, reward: Session(within_hours: 24))",
        "Thompson(reward: Margin(within_days: 3))",
        "Thompson(reward: DifferenceInDifferences(days: 2, pool: Control))",
        "Thompson(reward: DifferenceInDifferences(days: 2, pool: NotContacted))",
        "Random()",
        "Oracle()",
        "Silent",
        "BusinessAsUsual(by_audience: true, idle_trigger: (after_days: 2, cooldown_days: 3, discount: 0.1))",
    ];
    let mut fields: Vec<String> = policies.iter().map(|policy| two_arms(policy)).collect();
    fields.push(
        "population: (size: 300), arms: [(name: \"control\", share: 0.2, policy: BusinessAsUsual(), curated: true),
         (name: \"learning\", share: 0.5, policy: Thompson()), (name: \"nobody\", share: 0.3, policy: Silent)]"
            .to_owned(),
    );
    fields.push(format!(
        "channels: [(name: \"push\"), (name: \"app\", shown: InNextSession(expires_after_days: 7.0))], {}",
        two_arms("Thompson()")
    ));
    fields
}

#[test]
fn recording_the_truth_moves_no_estimate_by_a_byte() {
    for fields in everything_shared() {
        let [on, off] = ["true", "false"].map(|truth| load(&fields, truth));
        let (with, without) = (Stage::new(&on).run(0), Stage::new(&off).run(0));
        assert!(with.truth.is_some() && without.truth.is_none());
        assert!(with.panel == without.panel, "outcomes: {fields}");
        let rows = |scenario: &Scenario, trial| estimate_replicate(scenario, EstimatorName::ALL, 0, trial);
        let (with, without) = (rows(&on, &with), rows(&off, &without));
        assert!(with.estimates.iter().any(|row| row.effect.is_some_and(|effect| effect != 0.0)), "{fields}");
        assert!(with.estimates == without.estimates, "estimates: {fields}");
        assert!(with.ledger == without.ledger, "ledger: {fields}");
    }
}

#[test]
fn under_equal_arms_every_twin_difference_is_exactly_nil() {
    let changes = Overrides::new().customers("400").set("phases=[(name: \"early\", months: 2), (name: \"late\", months: 1)]");
    let text = include_str!("../../scenarios/a_a.ron");
    let scenario = Scenario::load(&Source::new("a_a.ron", text), &changes).expect("a valid scenario");
    let trial = Stage::new(&scenario).run(0);
    let truth = trial.truth.expect("truth is recorded by default");
    for metric in &scenario.metrics {
        for window in &scenario.windows {
            let effect = truth.effect(1, Panel::basic_windows(window), *metric).expect("recorded");
            assert_eq!(effect.effect, 0.0, "{metric:?} in {}", window.name);
        }
    }
    for month in 1..=3 {
        for metric in scenario.metrics.iter().filter(|metric| **metric != Metric::DirectOpensPerMessage) {
            // A sum of squares is nil only if every customer's difference is.
            assert_eq!(truth.mean_squared_effect(1, month, *metric), Some(0.0), "{metric:?} in month {month}");
        }
        let opens = truth.effect(1, month..month + 1, Metric::DirectAppOpens).expect("recorded");
        assert!(opens.without > 0.0, "something happened");
    }
}

#[test]
fn the_truth_agrees_with_what_was_observed_of_those_assigned() {
    // An arm of nearly everybody: its own mean is nearly the mean over all, twins included.
    let scenario = load(
        "population: (size: 2000), arms: [(name: \"control\", share: 0.002, policy: BusinessAsUsual()),
         (name: \"agents\", share: 0.998, policy: Thompson())]",
        "true",
    );
    let trial = Stage::new(&scenario).run(0);
    let truth = trial.truth.expect("truth is recorded");
    for metric in [Metric::DirectAppOpens, Metric::Sessions, Metric::Messages] {
        let mut outcome = Vec::new();
        trial.panel.sum(1..5, metric, &mut outcome);
        let assigned = outcome.iter().zip(&trial.panel.assignment).filter(|(_, arm)| **arm == 1).map(|(value, _)| *value);
        let seen = assigned.sum::<f64>() / 1996.0;
        let known = truth.effect(1, 1..5, metric).expect("recorded");
        let everybody = known.effect + known.without;
        let largest = outcome.iter().copied().fold(0.0, f64::max);
        assert!((seen - everybody).abs() <= 4.0 * largest / 2000.0, "{metric:?}: {seen} of those assigned, {everybody} of all");
        assert!(known.effect != 0.0);
    }
}

#[test]
fn truth_is_recorded_by_default_where_it_is_affordable_and_always_when_asked_for() {
    let recorded = |size: u32, arms: usize, truth: &str| {
        let share = 1.0 / arms as f64;
        let arms: Vec<String> = (0..arms).map(|arm| format!("(name: \"arm {arm}\", share: {share}, policy: Silent)")).collect();
        let study = if truth.is_empty() { String::new() } else { format!("study: (truth: {truth}),") };
        let text = format!("(name: \"size\", population: (size: {size}), arms: [{}], {study})", arms.join(", "));
        let scenario = Scenario::load(&Source::new("test.ron", &text), &Overrides::new()).expect("a valid scenario");
        let lives = if scenario.file.records_truth() { arms.len() as u64 } else { 1 };
        assert_eq!(scenario.memory().persons, u64::from(size) * lives, "twins take memory");
        scenario.file.records_truth()
    };
    assert!(recorded(200_000, 2, "") && recorded(1000, 3, ""));
    assert!(!recorded(200_001, 2, "") && !recorded(1000, 4, ""));
    assert!(recorded(200_001, 2, "true") && recorded(1000, 4, "true") && !recorded(1000, 2, "false"));
}

#[test]
fn the_summary_carries_true_effects_and_how_often_intervals_hold_them() {
    let scenario = load(&two_arms("Thompson()"), "true, replicates: 6");
    let options = StudyOptions { threads: 1, kept_in: None };
    let study = run_study(&scenario, options, &SilentProgress, &AtomicBool::new(false)).expect("a study").study;
    let summary = summarise_study(&scenario, &study);
    let opens = |window: &str| {
        let mut rows = summary.truth.iter().filter(|row| row.metric == "direct_app_opens" && row.window == window);
        rows.next().expect("a row").clone()
    };
    assert_eq!((opens("pre").effect, opens("pre").lift), (Some(0.0), Some(0.0)), "before the start there is no effect");
    let [active, passive, trial] = ["active", "passive", "trial"].map(|window| opens(window).effect.expect("known"));
    assert!((active + passive - trial).abs() < 1e-9 * trial.abs(), "counts of phases add up");
    let covered = summary.effects.iter().filter(|row| row.metric == "direct_app_opens" && row.window == "trial");
    let covered: Vec<f64> = covered.map(|row| row.coverage.expect("truth is known")).collect();
    assert_eq!(covered.len(), 5, "one for every estimator");
    // Six intervals of 95 %: that half of them miss has a chance of about two in a thousand for one estimator.
    assert!(covered.iter().all(|share| (0.5..=1.0).contains(share)), "{covered:?}");
    assert!(summary.decay.is_empty(), "two months after the handoff are too few");
}

#[test]
fn what_estimators_adjust_for_is_fixed_before_assignment() {
    let before = |fields: &str| {
        let panel = Stage::new(&load(fields, "false")).run(0).panel;
        let columns: Vec<Vec<f32>> = panel.metrics().iter().map(|metric| panel.column(0, *metric).to_vec()).collect();
        (panel.profiles, columns)
    };
    let reference = before(&two_arms("Silent"));
    assert!(reference.0.iter().any(|profile| profile.idle_days > 0 && profile.reachable > 0));
    assert!(before(&two_arms("Thompson()")) == reference && before(&two_arms("Oracle()")) == reference);
}
