//! The guarantees of a trial, each as a test named after it: determinism, independence of draws, conservation, guardrails, memory.

use longgame::domain::Metric;
use longgame::experiment::{Progress, SilentProgress, Stage, StudyOptions, TrialOutcome, run_shard, run_study, summarise_study};
use longgame::report::summary_json;
use longgame::scenario::{Overrides, Scenario, Source};
use proptest::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

const POLICIES: [&str; 6] = [
    // Its pool makes the control arm run day by day instead of when it decides: nothing may come of that.
    "Thompson(frequencies: [7], reward: DifferenceInDifferences(days: 2, pool: Control))",
    "BusinessAsUsual(messages_per_week: 7, idle_trigger: (after_days: 2, cooldown_days: 3, discount: 0.1))",
    "Thompson(frequencies: [7])",
    "Random(frequencies: [7])",
    "Oracle(messages_per_week: 7)",
    "Silent",
];

fn scenario(text: &str) -> Scenario {
    Scenario::load(&Source::new("test.ron", text), &Overrides::new()).expect("a valid scenario")
}

/// A small trial: `fields` are put at the end of the scenario, `population` into its population.
fn small(size: u32, population: &str, fields: &str) -> Scenario {
    scenario(&format!(
        "(name: \"small\", pre_period_days: 20, population: (size: {size}, {population}),
          phases: [(name: \"active\", months: 1, curation: ()), (name: \"passive\", months: 2)], {fields})"
    ))
}

fn arms(policy: &str, shares: (f64, f64)) -> String {
    format!(
        "arms: [(name: \"control\", share: {}, policy: BusinessAsUsual()), (name: \"agents\", share: {}, policy: {policy})],",
        shares.0, shares.1
    )
}

fn run(scenario: &Scenario) -> TrialOutcome {
    Stage::new(scenario).run(0)
}

fn summary_bytes(scenario: &Scenario, threads: usize) -> Vec<u8> {
    let options = StudyOptions { threads, kept_in: None };
    let run = run_study(scenario, options, &SilentProgress, &AtomicBool::new(false)).expect("a study");
    summary_json(&summarise_study(scenario, &run.study)).expect("a summary")
}

#[test]
fn the_same_bits_come_out_for_one_two_and_seven_threads() {
    let scenario = small(400, "", "study: (replicates: 9),");
    let one = summary_bytes(&scenario, 1);
    assert_eq!(one, summary_bytes(&scenario, 2));
    assert_eq!(one, summary_bytes(&scenario, 7));
}

/// Interrupts the study after so many replicates.
struct Interrupter<'a> {
    after: u32,
    flag: &'a AtomicBool,
    done: std::sync::atomic::AtomicU32,
}

impl Progress for Interrupter<'_> {
    fn started(&self, _total: u32, _already: u32) {}
    fn replicate_done(&self, _replicate: u32, _events: u64, _customer_days: u64) {
        if self.done.fetch_add(1, Ordering::SeqCst) + 1 >= self.after {
            self.flag.store(true, Ordering::SeqCst);
        }
    }
    fn finished(&self) {}
}

#[test]
fn an_interrupted_study_continues_and_ends_in_the_same_bytes() {
    let scenario = small(300, "", "study: (replicates: 8),");
    let folder = tempfile::tempdir().expect("a folder");
    for (threads, after) in [(1, 3), (2, 2)] {
        let flag = AtomicBool::new(false);
        let interrupter = Interrupter { after, flag: &flag, done: 0.into() };
        let options = StudyOptions { threads, kept_in: Some(folder.path()) };
        run_study(&scenario, options, &interrupter, &flag).expect_err("interrupted");
    }
    let options = StudyOptions { threads: 2, kept_in: Some(folder.path()) };
    let resumed = run_study(&scenario, options, &SilentProgress, &AtomicBool::new(false)).expect("a study");
    assert!(resumed.simulated < 8, "something was kept");
    let bytes = summary_json(&summarise_study(&scenario, &resumed.study)).expect("a summary");
    assert_eq!(bytes, summary_bytes(&scenario, 1));
}

#[test]
fn any_split_into_shards_ends_in_the_same_bytes() {
    let scenario = small(300, "", "study: (replicates: 5),");
    let whole = summary_bytes(&scenario, 2);
    for shards in [vec!["2/2", "1/2"], vec!["3/7", "1/7", "2/7", "7/7", "5/7", "4/7", "6/7"]] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut finished = 0;
        for text in shards {
            let (shard, never) = (text.parse().expect("a shard"), AtomicBool::new(false));
            let done = run_shard(&scenario, shard, (folder.path(), 1), &SilentProgress, &never).expect("a shard's run");
            finished += done.simulated;
            assert_eq!((done.finished, done.total), (finished, 5), "{text}");
        }
        let options = StudyOptions { threads: 1, kept_in: Some(folder.path()) };
        let run = run_study(&scenario, options, &SilentProgress, &AtomicBool::new(false)).expect("a study");
        assert_eq!(run.simulated, 0);
        assert_eq!(summary_json(&summarise_study(&scenario, &run.study)).expect("a summary"), whole);
    }
}

/// Every number of the customers for whom `keep` holds, window by window.
fn numbers(trial: &TrialOutcome, windows: usize, keep: impl Fn(usize) -> bool) -> Vec<f32> {
    let mut all = Vec::new();
    for window in 0..windows {
        for metric in Metric::all(1).into_iter().filter(|metric| *metric != Metric::DirectOpensPerMessage) {
            let column = trial.panel.column(window, metric).iter().enumerate();
            all.extend(column.filter(|(customer, _)| keep(*customer)).map(|(_, value)| *value));
        }
    }
    all
}

#[test]
fn changing_one_arm_leaves_the_other_as_it_was() {
    let control = |policy: &str| {
        let trial = run(&small(500, "", &arms(policy, (0.4, 0.6))));
        let assignment = trial.panel.assignment.clone();
        numbers(&trial, 4, |customer| assignment[customer] == 0)
    };
    let reference = control(POLICIES[2]);
    assert!(reference.iter().any(|value| *value > 0.0));
    for policy in POLICIES {
        assert!(control(policy) == reference, "{policy}");
    }
}

#[test]
fn adding_a_customer_leaves_every_other_as_it_was() {
    let pre = |size: u32| numbers(&run(&small(size, "", "")), 1, |customer| customer < 200);
    assert!(pre(200) == pre(201) && pre(200) == pre(350));
}

#[test]
fn under_equal_arms_nobody_s_outcome_depends_on_the_arm() {
    let everybody = |shares| numbers(&run(&small(400, "", &arms("BusinessAsUsual()", shares))), 4, |_| true);
    assert!(everybody((0.5, 0.5)) == everybody((0.1, 0.9)));
}

#[test]
fn mechanisms_of_zero_strength_change_nothing() {
    let of = |population: &str| numbers(&run(&small(300, population, "")), 4, |_| true);
    let pairs = [
        ("wear_out: (penalty: 0.0, half_life_days: 2.0)", "wear_out: (penalty: 0.0, half_life_days: 200.0)"),
        ("novelty: (boost: 0.0, half_life_days: 2.0)", "novelty: (boost: 0.0, half_life_days: 200.0)"),
        ("drift: (breaks: [])", "drift: (breaks: [(day: 10, angle_degrees: 0.0)])"),
    ];
    for (one, other) in pairs {
        assert!(of(one) == of(other), "{one} against {other}");
    }
    // And the same mechanisms at work do change something: the comparison can fail.
    assert!(of("wear_out: (penalty: 0.3)") != of("wear_out: (penalty: 0.0)"));
}

/// Checks what must hold for every customer and window.
fn check_conservation(trial: &TrialOutcome, scenario: &Scenario) {
    for window in 0..=scenario.calendar.months() as usize {
        let column = |metric| trial.panel.column(window, metric);
        let days = match window {
            0 => scenario.calendar.pre_days(),
            month => scenario.calendar.month_start(month as u32) - scenario.calendar.month_start(month as u32 - 1),
        };
        for customer in 0..trial.panel.customers() {
            let of = |metric| column(metric)[customer];
            assert!(of(Metric::DirectAppOpens) <= of(Metric::Messages), "opens ≤ sends");
            assert!(of(Metric::DaysWithEngagement) <= days as f32 && of(Metric::DaysWithEngagement) <= of(Metric::Sessions));
            assert_eq!(of(Metric::Conversions), of(Metric::ConversionsIn(0)));
            assert!(of(Metric::Revenue) >= 0.0 && of(Metric::DiscountSpend) >= 0.0);
            let gross = of(Metric::Revenue) + of(Metric::DiscountSpend);
            let margin = gross * 0.3 - of(Metric::DiscountSpend);
            assert!((of(Metric::Margin) - margin).abs() <= 1e-3 * (1.0 + gross), "money adds up");
            assert!(of(Metric::Conversions) > 0.0 || gross == 0.0);
            assert!(of(Metric::Unsubscribes) <= scenario.file.channels.len() as f32);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn conservation_holds_and_no_cap_is_exceeded_under_any_policy(
        policy in 0..POLICIES.len(), cap in 0..5_u32, total in 0..6_u32, seed in 0..1_000_u64, in_app in any::<bool>(),
    ) {
        let channels = if in_app {
            "channels: [(name: \"push\"), (name: \"in_app\", opt_in: 1.0, opt_in_by_platform: [], shown: InNextSession(expires_after_days: 2))],"
        } else {
            "channels: [(name: \"push\", opt_in: 1.0, opt_in_by_platform: []), (name: \"email\", opt_in: 0.5, opt_in_by_platform: [])],"
        };
        let fields = format!(
            "{} {channels} content: (slots: [(name: \"theme\", components: 3), (name: \"offer\", components: 3, discounts: [0.0, 0.1, 0.2])]),
             guardrails: (weekly_caps: [(channel: \"push\", per_week: {cap})], weekly_cap_total: {total}), study: (seed: {seed}),",
            arms(POLICIES[policy], (0.5, 0.5))
        );
        let scenario = small(150, "", &fields);
        let trial = run(&scenario);
        check_conservation(&trial, &scenario);
        for month in 1..=scenario.calendar.months() {
            let (first, last) = (scenario.calendar.month_start(month - 1), scenario.calendar.month_start(month) - 1);
            let weeks = scenario.calendar.week(last) - scenario.calendar.week(first) + 1;
            let most = trial.panel.column(month as usize, Metric::Messages).iter().copied().fold(0.0, f32::max);
            prop_assert!(most <= (weeks * total) as f32, "{most} messages in {weeks} weeks under a cap of {total}");
        }
    }
}

#[test]
fn every_kind_of_reward_is_learned_from() {
    let rewards = [
        "DirectOpen",
        "Session(within_hours: 24)",
        "Conversion(within_days: 3)",
        "Value(within_days: 3)",
        "Margin(within_days: 3)",
        "DifferenceInDifferences(days: 2, pool: Control)",
        "DifferenceInDifferences(days: 2, pool: NotContacted)",
    ];
    let outcomes: Vec<Vec<f32>> = rewards
        .iter()
        .map(|reward| {
            let trial = run(&small(300, "", &arms(&format!("Thompson(reward: {reward}, prior_mean: 0.05)"), (0.3, 0.7))));
            let assignment = trial.panel.assignment.clone();
            numbers(&trial, 4, |customer| assignment[customer] == 1)
        })
        .collect();
    for (number, outcome) in outcomes.iter().enumerate() {
        assert!(outcome.iter().any(|value| *value > 0.0), "{}", rewards[number]);
        assert!(outcomes[..number].iter().all(|other| other != outcome), "{} learns something of its own", rewards[number]);
    }
}

#[test]
fn a_warm_start_changes_what_agents_do_and_a_cold_one_learns_nothing_before_the_start() {
    let agents = |policy: &str| {
        let trial = run(&small(400, "", &arms(policy, (0.3, 0.7))));
        let assignment = trial.panel.assignment.clone();
        let pre = numbers(&trial, 1, |_| true);
        (pre, numbers(&trial, 2, |customer| assignment[customer] == 1))
    };
    let (cold_pre, cold) = agents("Thompson()");
    let (warm_pre, warm) = agents("Thompson(warm_start: true)");
    assert!(cold_pre == warm_pre, "nobody acts on what it learns before the start");
    assert!(cold != warm);
}

/// Direct opens of the agents' arm per customer over the trial, replicate by replicate.
fn opens_by_replicate(draws: &str, replicates: u32) -> Vec<f64> {
    let policy = format!("Thompson(draws: {draws})");
    let scenario = small(600, "", &arms(&policy, (0.2, 0.8)));
    let stage = Stage::new(&scenario);
    (0..replicates)
        .map(|replicate| {
            let trial = stage.run(replicate);
            let mut opens = Vec::new();
            trial.panel.sum(1..4, Metric::DirectAppOpens, &mut opens);
            let of_agents = opens.iter().zip(&trial.panel.assignment).filter(|(_, arm)| **arm == 1);
            of_agents.map(|(opens, _)| opens).sum::<f64>() / 480.0
        })
        .collect()
}

#[test]
fn fast_draws_change_neither_the_mean_nor_the_spread_between_replicates() {
    let replicates = 120;
    let (exact, fast) = (opens_by_replicate("Exact", replicates), opens_by_replicate("Fast", replicates));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / f64::from(replicates);
    // The same replicates with the same customers: differences are paired.
    let differences: Vec<f64> = exact.iter().zip(&fast).map(|(one, other)| other - one).collect();
    let spread = |values: &[f64]| {
        let centre = mean(values);
        (values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / f64::from(replicates - 1)).sqrt()
    };
    let standard_error = spread(&differences) / f64::from(replicates).sqrt();
    assert!(mean(&differences).abs() < 4.0 * standard_error, "{} ± {standard_error}", mean(&differences));
    // The logarithm of a ratio of two spreads has a standard error of about sqrt(1 / (R - 1)) when they are independent, less when paired.
    let ratio = (spread(&fast) / spread(&exact)).ln();
    assert!(ratio.abs() < 4.0 / f64::from(replicates - 1).sqrt(), "spreads {} and {}", spread(&exact), spread(&fast));
}

#[test]
fn a_person_takes_at_most_one_kibibyte_with_the_reference_agents() {
    let text = include_str!("../../scenarios/paper.ron");
    let overrides = Overrides::new().customers("200");
    let scenario = Scenario::load(&Source::new("paper.ron", text), &overrides).expect("valid");
    let bytes = run(&scenario).bytes_per_person;
    assert!(bytes <= 1024, "{bytes} bytes per person");
}
