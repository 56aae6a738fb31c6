//! Handoffs: that a shared past changes nothing, that sums of money are what they say, and that what programs read is complete.

use crate::cli_commands::run_in;
use longgame::experiment::{
    ArmAccount, Handoff, HandoffStudy, NoTimings, SilentProgress, Stage, StudyOptions, TimingAccount, TimingsReplicate,
    TrialOutcome, handoff_scenario, run_handoff, summarise_handoff,
};
use longgame::report::{handoff_csv, handoff_json, handoff_table};
use longgame::scenario::{Overrides, Scenario, Source};
use std::sync::atomic::AtomicBool;

/// Three months; the team's briefs take five weeks, so that some are under way at every handoff.
fn load(arms: &str, more: &str) -> Scenario {
    let text = format!(
        "(name: \"small\", pre_period_days: 21, population: (size: 120{more}),
          channels: [(name: \"push\"), (name: \"app\", shown: InNextSession(expires_after_days: 7))],
          phases: [(name: \"active\", months: 2, curation: (minimum_sample: 10, production_lag_days: 35)), (name: \"passive\", months: 1)],
          arms: [{arms}], study: (replicates: 3, seed: 5))"
    );
    Scenario::load(&Source::new("test.ron", &text), &Overrides::new()).expect("a valid scenario")
}

/// Every kind of policy, among them one that learns about its own customers and one whose reward looks at the control arm's days.
const ARMS: &str = "(name: \"control\", share: 0.2, policy: BusinessAsUsual()), (name: \"agents\", share: 0.2, policy: Thompson(warm_start: true)),
    (name: \"differences\", share: 0.2, policy: Thompson(personal: false, draws: Pooled(16), reward: DifferenceInDifferences(days: 3, pool: Control))),
    (name: \"random\", share: 0.2, policy: Random()), (name: \"oracle\", share: 0.1, policy: Oracle()), (name: \"nobody\", share: 0.1, policy: Silent)";
const TWO_ARMS: &str =
    "(name: \"control\", share: 0.5, policy: BusinessAsUsual()), (name: \"agents\", share: 0.5, policy: Thompson())";

fn assert_same(shared: &TrialOutcome, alone: &TrialOutcome, month: u32) {
    assert!(shared.panel == alone.panel, "the panel of a handoff after {month} months");
    assert_eq!(shared.ledgers.len(), alone.ledgers.len());
    for (shared, alone) in shared.ledgers.iter().zip(&alone.ledgers) {
        assert_eq!(shared.closed, alone.closed, "the ledger of a handoff after {month} months");
    }
    assert_eq!((shared.events, shared.customer_days), (alone.events, alone.customer_days));
}

#[test]
fn a_shared_past_gives_every_handoff_the_bytes_of_a_trial_run_alone() {
    let scenario = load(ARMS, "");
    let study = HandoffStudy::new(&scenario, &[]).expect("a study");
    assert_eq!(study.handoffs, [0, 1, 2, 3]);
    let (mut seen, mut cancelled) = (Vec::new(), Vec::new());
    let mut whole_days = 0;
    let simulated = Stage::new(&study.scenario).run_timings(1, &study.plan(), &mut |month, shared| {
        let alone = Stage::new(&handoff_scenario(&scenario, month).expect("a scenario")).run(1);
        assert_same(&shared, &alone, month);
        seen.push(month);
        cancelled.push(shared.ledgers[1].sum(1..4).cancelled_briefs);
        whole_days += shared.customer_days;
    });
    assert_eq!(seen, study.handoffs);
    assert!(cancelled[0] == 0 && cancelled[1] > 0 && cancelled[2] > 0 && cancelled[3] == 0, "{cancelled:?}");
    assert!(simulated.customer_days < whole_days * 3 / 4, "{} of {whole_days}", simulated.customer_days);
}

#[test]
fn the_original_phases_are_the_handoff_after_their_curated_months() {
    let mut scenario = load(TWO_ARMS, "");
    scenario.file.study.truth = Some(false);
    let rewritten = handoff_scenario(&scenario, 2).expect("a scenario");
    assert_same(&Stage::new(&rewritten).run(0), &Stage::new(&scenario).run(0), 2);
}

#[test]
fn before_their_handoffs_all_timings_share_their_bytes() {
    let scenario = load(TWO_ARMS, "");
    let study = HandoffStudy::new(&scenario, &[2, 1, 1]).expect("a study");
    assert_eq!(study.handoffs, [1, 2], "ascending, each once");
    let mut panels = Vec::new();
    Stage::new(&study.scenario).run_timings(0, &study.plan(), &mut |_, trial| panels.push(trial.panel));
    let metrics = panels[0].metrics().to_vec();
    let same =
        |window: usize| metrics.iter().all(|metric| panels[0].column(window, *metric) == panels[1].column(window, *metric));
    assert!(same(0) && same(1) && !same(3), "windows 0 and 1 lie before both handoffs");
}

#[test]
fn scenarios_without_a_handoff_to_time_are_refused_with_a_hint() {
    let told = |scenario: &Scenario, at: &[u32]| HandoffStudy::new(scenario, at).expect_err("refused");
    let mut nobody = load(TWO_ARMS, "");
    nobody.file.phases.iter_mut().for_each(|phase| phase.curation = None);
    assert!(matches!(told(&nobody, &[]), NoTimings::NobodyCurates));
    let mut uncurated = load(TWO_ARMS, "");
    uncurated.file.arms[1].curated = Some(false);
    assert!(told(&uncurated, &[]).hint().contains("arms[agents].curated=true"));
    assert!(matches!(told(&load(TWO_ARMS, ""), &[1, 4]), NoTimings::TooLate { month: 4, months: 3 }));
    let (_folder, output) = run_in(&[], &["handoff", "no_humans", "--quiet"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("hint: "));
}

fn account(margin: f64, opens: [f64; 3], hours: f64) -> ArmAccount {
    ArmAccount {
        outcomes: opens.to_vec(),
        margin,
        message_cost: 0.5,
        messages: 20.0,
        human_hours: hours,
        human_cost: hours * 40.0,
        content_cost: 0.0,
        cancelled_briefs: 1,
    }
}

/// Two replicates of three timings, made by hand. Control: margin 10, opens 1, no hours.
fn by_hand() -> Handoff {
    let scenario = load(TWO_ARMS, ", represents: 1000.0");
    let study = HandoffStudy::new(&scenario, &[0, 1, 3]).expect("a study");
    let timing = |handoff_month, margin, opens, hours| TimingAccount {
        handoff_month,
        control: account(10.0, [1.0; 3], 0.0),
        treated: ArmAccount { message_cost: 0.75, ..account(margin, opens, hours) },
    };
    let replicate = |replicate: u32, noise: f64| TimingsReplicate {
        replicate,
        timings: vec![
            timing(0, 10.0 + noise, [1.2, 1.1, 1.0 + noise], 0.0),
            timing(1, 12.0 + noise, [1.5, 1.4, 1.3 + noise], 10.0),
            timing(3, 13.0 + 1.5 * noise, [1.5, 1.6, 1.8 + 1.2 * noise], 50.0),
        ],
    };
    let mut found = summarise_handoff(&study, &[replicate(0, -0.1), replicate(1, 0.1)]);
    // The digest changes with every new field of a scenario, the program with every release.
    (found.digest, found.program) = ("0123456789abcdef".to_owned(), "longgame".to_owned());
    found
}

#[test]
fn net_value_is_margin_less_human_and_message_cost_for_the_customers_stood_for() {
    let found = by_hand();
    // Margin 2 × 1000, messages 0.25 × 1000, hours 10 × 40 unscaled.
    let row = &found.timings[1];
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    close(row.margin, 2000.0);
    close(row.message_cost, 250.0);
    close(row.net_value, 2000.0 - 250.0 - 400.0);
    // Replicates differ by ±0.1 × 1000: standard error 100; differences between timings are the same in both.
    close(row.net_value_std_error.expect("two replicates"), 100.0);
    close(found.timings[0].against_best, -250.0 - 1350.0);
    close(found.timings[0].against_best_std_error.expect("two replicates"), 0.0);
    // −600 ± 50 on one degree of freedom has p = 0.053; −1600 ± 0 is beyond doubt.
    assert_eq!((found.best.handoff_month, found.best.not_distinguishable_from.as_slice()), (1, [3].as_slice()));
    assert_eq!(found.best_on_lift.handoff_month, 3);
    close(row.lift_last_month.expect("known"), 0.3);
    close(row.lift_retained.expect("known"), 0.3);
    close(row.months_per_point.expect("known"), 1.0 / 30.0);
    close(row.hours_per_point.expect("known"), 10.0 / 30.0);
    close(row.last_month_share.expect("known"), 0.6);
    close(found.timings[2].last_month_share.expect("known"), 1.0);
    assert_eq!(found.timings[0].last_month_share, None, "nobody ever curated");
    // Lifts 0, 0.3, 0.8 at 0, 1, 3 months: slope Σ (m − 4/3) L / Σ (m − 4/3)² = (0.8 × 5/3 − 0.3 × 1/3) / (14/3).
    close(found.lift_trend.expect("three timings").slope, (0.8 * 5.0 - 0.3) / 14.0);
}

#[test]
fn the_table_opens_with_the_verdict_and_says_why_value_and_lift_disagree() {
    let table = handoff_table(&by_hand());
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    insta::assert_snapshot!(table);
}

#[test]
fn fewer_than_two_replicates_tell_no_timing_apart() {
    let study = HandoffStudy::new(&load(TWO_ARMS, ""), &[0, 3]).expect("a study");
    let one = TimingAccount { handoff_month: 0, control: account(10.0, [1.0; 3], 0.0), treated: account(10.0, [1.0; 3], 0.0) };
    let other = TimingAccount { handoff_month: 3, treated: account(11.0, [1.0; 3], 9.0), ..one.clone() };
    let found = summarise_handoff(&study, &[TimingsReplicate { replicate: 0, timings: vec![one, other] }]);
    assert_eq!(found.best.not_distinguishable_from.len(), 1);
    assert!(found.timings.iter().all(|row| row.net_value_conf_low.is_none()));
    assert!(!handoff_table(&found).contains("NaN"));
}

#[test]
fn results_are_the_same_for_any_number_of_threads_and_when_continued() {
    let study = HandoffStudy::new(&load(TWO_ARMS, ""), &[0, 2]).expect("a study");
    let folder = tempfile::tempdir().expect("a folder");
    let run = |study: &HandoffStudy, threads: usize, kept_in| {
        run_handoff(study, StudyOptions { threads, kept_in }, &SilentProgress, &AtomicBool::new(false)).expect("a study")
    };
    let whole = run(&study, 1, None);
    let mut begun = study.clone();
    begun.scenario.file.study.replicates = 1;
    assert_eq!(run(&begun, 1, Some(folder.path())), whole[..1]);
    assert_eq!(run(&study, 2, Some(folder.path())), whole);
    let csv = handoff_csv(&summarise_handoff(&study, &whole)).expect("rendered");
    assert!(csv.starts_with(b"handoff_month,net_value,net_value_std_error,net_value_conf_low,net_value_conf_high,"));
}

#[test]
fn json_goes_to_stdout_with_what_programs_rely_on() {
    let small = [
        "handoff",
        "quick",
        "--customers",
        "150",
        "--replicates",
        "2",
        "--set",
        "pre_period_days=14",
        "--at",
        "0,2,5",
        "--quiet",
    ];
    let (folder, output) = run_in(&[], &[&small[..], &["--json", "--out", "here"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    let files = ["handoff.json", "handoff.csv", "handoff_curve.csv", "handoff.png", "handoff.journal"];
    assert!(files.iter().all(|name| folder.path().join("here").join(name).is_file()));
    assert_eq!(output.stdout, std::fs::read(folder.path().join("here/handoff.json")).expect("the results"));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = found["timings"].as_array().expect("rows");
    assert_eq!(rows.iter().map(|row| row["handoff_month"].as_u64()).collect::<Vec<_>>(), [Some(0), Some(2), Some(5)]);
    for row in rows {
        for name in ["net_value", "net_value_conf_low", "net_value_conf_high", "human_hours", "human_cost", "lift_last_month"] {
            assert!(row[name].is_number(), "{name}: {row}");
        }
        assert!(row.get("last_month_share").is_some());
    }
    assert!(found["best"]["handoff_month"].is_number() && found["best"]["not_distinguishable_from"].is_array());
    assert!(found["verdict"].as_array().is_some_and(|sentences| sentences.len() == 2));
    assert_eq!(found["curve"].as_array().map(Vec::len), Some(3 * 5));
    assert!(handoff_json(&by_hand()).is_ok_and(|bytes| !String::from_utf8_lossy(&bytes).contains("NaN")));
}
