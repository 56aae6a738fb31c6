//! Truth from twins: what it is, and that recording it moves nothing else.

use longgame::analysis::EstimatorName;
use longgame::domain::Metric;
use longgame::experiment::{Stage, estimate_replicate};
use longgame::panel::Panel;
use longgame::scenario::{Overrides, Scenario, Source};

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
