//! Fields that a scenario leaves open: that draws follow their distributions and nothing else moves, that replicates live in what they drew,
//! and how mistakes are told.

use crate::cli_commands::run_in;
use longgame::experiment::{
    ArmAccount, HandoffStudy, SilentProgress, Stage, StudyOptions, TimingAccount, TimingsReplicate, estimate_replicate,
    run_handoff, run_shard, run_study, summarise_handoff, summarise_study,
};
use longgame::report::{summary_json, uncertainty_csv};
use longgame::scenario::{Overrides, Scenario, Source};
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn text(uncertainty: &str, replicates: u32) -> String {
    format!(
        "(name: \"small\", pre_period_days: 14, population: (size: 120),
          phases: [(name: \"active\", months: 1, curation: (minimum_sample: 10)), (name: \"passive\", months: 1)],
          arms: [(name: \"control\", share: 0.5, policy: BusinessAsUsual()), (name: \"agents\", share: 0.5, policy: Thompson())],
          study: (replicates: {replicates}, seed: 5, estimators: [\"difference_in_means\"]){uncertainty})"
    )
}

fn load(uncertainty: &str, replicates: u32) -> Scenario {
    Scenario::load(&Source::new("test.ron", &text(uncertainty, replicates)), &Overrides::new()).expect("a valid scenario")
}

const TWO_FIELDS: &str = ", uncertainty: [
    (field: \"population.fatigue.half_life_days\", distribution: LogNormal(median: 7, spread: 2.0)),
    (field: \"arms[agents].policy.frequencies\", distribution: Choice(values: [\"[1]\", \"[7]\"]))]";

fn run(scenario: &Scenario, threads: usize, kept_in: Option<&Path>) -> Vec<u8> {
    let run = run_study(scenario, StudyOptions { threads, kept_in }, &SilentProgress, &AtomicBool::new(false)).expect("a study");
    summary_json(&summarise_study(scenario, &run.study)).expect("a summary")
}

#[test]
fn an_empty_section_leaves_every_byte_as_it_was() {
    let (without, with) = (load("", 3), load(", uncertainty: []", 3));
    assert_eq!(without, with);
    assert!(!serde_json::to_string(&with.file).expect("JSON").contains("uncertainty"), "nor does a manifest or a digest see it");
    assert_eq!(run(&without, 2, None), run(&with, 2, None));
    assert_eq!(uncertainty_csv(&with).expect("rendered"), None);
    // Written out, it can still be found and changed.
    let change = "uncertainty=[(field: \"population.fatigue.half_life_days\", distribution: Uniform(low: 5, high: 9))]";
    let changed = Scenario::load(&Source::new("test.ron", &text("", 3)), &Overrides::new().set(change)).expect("a scenario");
    assert_eq!(changed.worlds.fields, ["population.fatigue.half_life_days"]);
}

/// What all replicates draw for field `field`.
fn draws(scenario: &Scenario, field: usize) -> Vec<f64> {
    let values = (0..scenario.file.study.replicates).map(|replicate| &scenario.worlds.values(replicate).expect("a world")[field]);
    values.map(|value| value.parse().expect("a number")).collect()
}

#[test]
fn draws_follow_their_distributions() {
    let open = ", uncertainty: [
        (field: \"population.fatigue.half_life_days\", distribution: Uniform(low: 4, high: 10)),
        (field: \"population.wear_out.half_life_days\", distribution: Normal(mean: 15, sd: 2)),
        (field: \"population.drift.segment_half_life_days\", distribution: LogNormal(median: 400, spread: 2.0)),
        (field: \"pre_policy.messages_per_week\", distribution: Triangular(low: 1, mode: 2, high: 6)),
        (field: \"population.drift.customer_half_life_days\", distribution: Choice(values: [\"30\", \"60\", \"60\", \"90\"]))]";
    let scenario = load(open, 1200);
    // Mean and standard deviation of each, and the fourth moment's share of the error of a variance where it is simple.
    let check = |values: &[f64], (mean, sd): (f64, f64)| {
        let count = values.len() as f64;
        let found = values.iter().sum::<f64>() / count;
        assert!((found - mean).abs() < 4.0 * sd / count.sqrt(), "mean {found}, not {mean}");
        let squares: Vec<f64> = values.iter().map(|value| (value - mean).powi(2)).collect();
        let variance = squares.iter().sum::<f64>() / count;
        let spread = (squares.iter().map(|square| (square - variance).powi(2)).sum::<f64>() / count).sqrt();
        assert!((variance - sd * sd).abs() < 4.0 * spread / count.sqrt(), "variance {variance}, not {}", sd * sd);
    };
    check(&draws(&scenario, 0), (7.0, 6.0 / 12_f64.sqrt()));
    check(&draws(&scenario, 1), (15.0, 2.0));
    let logs: Vec<f64> = draws(&scenario, 2).iter().map(|value| value.ln()).collect();
    check(&logs, (400_f64.ln(), 2_f64.ln()));
    // A whole number is rounded.
    let whole = draws(&scenario, 3);
    assert!(whole.iter().all(|value| value.fract() == 0.0 && (1.0..=6.0).contains(value)));
    check(&draws(&scenario, 4), (60.0, 450_f64.sqrt()));
    // Entries do not go together: correlation of two independent columns.
    let (a, b) = (draws(&scenario, 0), draws(&scenario, 1));
    let product: f64 = a.iter().zip(&b).map(|(a, b)| (a - 7.0) / 3_f64.sqrt() * (b - 15.0) / 2.0).sum::<f64>() / 1200.0;
    assert!(product.abs() < 4.0 / 1200_f64.sqrt(), "correlation {product}");
}

#[test]
fn a_draw_depends_on_seed_replicate_and_entry_and_on_nothing_else() {
    let one = ", uncertainty: [(field: \"population.fatigue.half_life_days\", distribution: LogNormal(median: 7, spread: 2.0))]";
    let (alone, more) = (load(one, 4), load(TWO_FIELDS, 9));
    assert_eq!(draws(&alone, 0), draws(&more, 0)[..4]);
    let seeded = Scenario::load(&Source::new("test.ron", &text(one, 4)), &Overrides::new().seed("6")).expect("a scenario");
    assert_ne!(draws(&alone, 0), draws(&seeded, 0));
}

#[test]
fn every_replicate_lives_in_the_world_it_drew() {
    let scenario = load(TWO_FIELDS, 3);
    let study = run_study(&scenario, StudyOptions { threads: 2, kept_in: None }, &SilentProgress, &AtomicBool::new(false));
    let study = study.expect("a study").study;
    for replicate in 0..3 {
        let values = scenario.worlds.values(replicate).expect("a world");
        let changes = scenario.worlds.fields.iter().zip(values);
        let changes = changes.fold(Overrides::new(), |changes, (field, value)| changes.set(&format!("{field}={value}")));
        let set = Scenario::load(&Source::new("test.ron", &text("", 3)), &changes).expect("a scenario");
        let alone = Stage::new(&set).run(replicate);
        assert!(Stage::new(&scenario.in_replicate(replicate)).run(replicate).panel == alone.panel, "replicate {replicate}");
        assert_eq!(study.replicates[replicate as usize], estimate_replicate(&set, &set.estimators, replicate, &alone));
    }
    let values: Vec<_> = (0..3).map(|replicate| scenario.worlds.values(replicate).expect("a world")).collect();
    assert!(values[0] != values[1] || values[1] != values[2]);
}

#[test]
fn a_field_that_is_drawn_as_it_was_moves_nothing() {
    let certain = ", uncertainty: [(field: \"population.fatigue.half_life_days\", distribution: Choice(values: [\"7\"]))]";
    let (with, without) = (load(certain, 2), load("", 2));
    let of = |scenario: &Scenario| {
        let run = run_study(scenario, StudyOptions { threads: 1, kept_in: None }, &SilentProgress, &AtomicBool::new(false));
        run.expect("a study").study.replicates
    };
    assert_eq!(of(&with), of(&without));
    assert_ne!(with.digest, without.digest, "but it is another scenario");
}

#[test]
fn varied_worlds_come_out_the_same_for_threads_interruptions_and_shards() {
    let scenario = load(TWO_FIELDS, 5);
    let whole = run(&scenario, 1, None);
    assert_eq!(run(&scenario, 2, None), whole);
    let folder = tempfile::tempdir().expect("a folder");
    for shard in ["2/3", "1/3", "3/3"] {
        let shard = shard.parse().expect("a shard");
        run_shard(&scenario, shard, (folder.path(), 1), &SilentProgress, &AtomicBool::new(false)).expect("a shard");
    }
    assert_eq!(run(&scenario, 1, Some(folder.path())), whole);
}

#[test]
fn handoffs_live_in_the_same_worlds_and_scale_money_by_what_each_drew() {
    let open = ", uncertainty: [(field: \"population.represents\", distribution: Choice(values: [\"1000\", \"3000\"])),
        (field: \"population.fatigue.half_life_days\", distribution: Uniform(low: 3, high: 12))]";
    let scenario = load(open, 4);
    let study = HandoffStudy::new(&scenario, &[0, 2]).expect("a study");
    assert_eq!(study.scenario.worlds.values(3), scenario.worlds.values(3));
    let account = |margin: f64| ArmAccount { outcomes: vec![1.0; 2], margin, ..ArmAccount::default() };
    let timing = |handoff_month, margin| TimingAccount { handoff_month, control: account(10.0), treated: account(margin) };
    let gains = [1.0, 2.0, 3.0, 4.0];
    let replicate = |replicate: u32| TimingsReplicate {
        replicate,
        timings: vec![timing(0, 10.0), timing(2, 10.0 + gains[replicate as usize])],
    };
    let found = summarise_handoff(&study, &[0, 1, 2, 3].map(replicate));
    let by_hand: f64 = (0..4).map(|replicate| gains[replicate] * draws(&scenario, 0)[replicate]).sum::<f64>() / 4.0;
    assert!((found.timings[1].margin - by_hand).abs() < 1e-9, "{} is not {by_hand}", found.timings[1].margin);
    let options = StudyOptions { threads: 2, kept_in: None };
    let run = run_handoff(&study, options, &SilentProgress, &AtomicBool::new(false)).expect("a study");
    let mut trials = Vec::new();
    let world = study.scenario.in_replicate(1);
    Stage::new(&world).run_timings(1, &study.plan(), &mut |_, trial| trials.push(trial.ledgers[1].sum(1..3).work.total_hours()));
    assert_eq!(run[1].timings.iter().map(|timing| timing.treated.human_hours).collect::<Vec<_>>(), trials);
}

#[test]
fn mistakes_in_what_is_left_open() {
    let mut transcript = String::new();
    let cases = [
        ("no such field", "(field: \"population.drift.segment_half_lif_days\", distribution: Uniform(low: 1, high: 2))"),
        ("no path", "(field: \"population..x\", distribution: Uniform(low: 1, high: 2))"),
        ("out of bounds in some replicates", "(field: \"phases[0].curation.skill\", distribution: Normal(mean: 0.5, sd: 0.5))"),
        ("negative whole number", "(field: \"pre_policy.messages_per_week\", distribution: Uniform(low: -9, high: -5))"),
        ("text for a number", "(field: \"population.fatigue.half_life_days\", distribution: Choice(values: [\"many\"]))"),
        ("ends that cross", "(field: \"population.fatigue.half_life_days\", distribution: Uniform(low: 9, high: 5))"),
        ("a mode outside", "(field: \"population.fatigue.half_life_days\", distribution: Triangular(low: 5, mode: 12, high: 9))"),
        ("a spread below one", "(field: \"population.fatigue.half_life_days\", distribution: LogNormal(median: 9, spread: 0.5))"),
        ("nothing to choose from", "(field: \"population.fatigue.half_life_days\", distribution: Choice(values: []))"),
        ("a field that replicates share", "(field: \"population.size\", distribution: Uniform(low: 100, high: 200))"),
        ("the study itself", "(field: \"study.seed\", distribution: Uniform(low: 1, high: 9))"),
        ("unknown distribution", "(field: \"population.fatigue.half_life_days\", distribution: Gauss(mean: 5, sd: 1))"),
    ];
    for (title, entry) in cases {
        let scenario = format!("(\n    name: \"x\",\n    uncertainty: [\n        {entry},\n    ],\n)");
        let (_folder, output) = run_in(&[("bad.ron", scenario.as_bytes())], &["check", "bad.ron"]);
        assert_eq!(output.status.code(), Some(2), "{title}");
        transcript.push_str(&format!("=== {title}\n{entry}\n{}\n", String::from_utf8_lossy(&output.stderr)));
    }
    let open = text(TWO_FIELDS, 3);
    let flags = ["sweep", "open.ron", "--over", "population.fatigue.half_life_days=3,9"];
    let (_folder, output) = run_in(&[("open.ron", open.as_bytes())], &flags);
    assert_eq!(output.status.code(), Some(2));
    transcript.push_str(&format!("=== swept and drawn\n{}\n", String::from_utf8_lossy(&output.stderr)));
    insta::assert_snapshot!(transcript);
}

#[test]
fn results_say_that_replicates_vary_the_world_and_how() {
    let open = text(TWO_FIELDS, 3);
    for (command, place) in [("run", "output/small"), ("handoff", "output/small/handoff"), ("sweep", "output/small/sweep")] {
        let mut flags = vec![command, "open.ron", "--quiet"];
        if command == "sweep" {
            flags.extend(["--over", "population.wear_out.half_life_days=5,15"]);
        }
        let (folder, output) = run_in(&[("open.ron", open.as_bytes())], &flags);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let csv = std::fs::read_to_string(folder.path().join(place).join("uncertainty.csv")).expect("the draws");
        assert!(csv.starts_with("replicate,population.fatigue.half_life_days,arms[agents].policy.frequencies\n0,"), "{csv}");
        assert_eq!(csv.lines().count(), 4);
        let table = String::from_utf8(output.stdout).expect("UTF-8").replace('\n', " ");
        assert!(
            table.contains("Replicates also vary the world: each draws its own population.fatigue.half_life_days and"),
            "{table}"
        );
        if command == "run" {
            let page = std::fs::read_to_string(folder.path().join(place).join("report.html")).expect("the page");
            assert!(page.contains("Replicates also vary the world"));
        }
    }
}
