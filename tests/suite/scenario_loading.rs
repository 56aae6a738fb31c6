//! Loading scenarios: what is valid, what changes mean, what the digest covers, what `fields` knows.

use longgame::domain::Metric;
use longgame::scenario::{BUNDLED, Machine, Overrides, Scenario, Source, field_entries, fields_below, similar_fields, starter};

fn load(text: &str) -> Scenario {
    load_with(text, &Overrides::new())
}

fn load_with(text: &str, overrides: &Overrides) -> Scenario {
    Scenario::load(&Source::new("test.ron", text), overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn told(text: &str, overrides: &Overrides) -> String {
    Scenario::load(&Source::new("test.ron", text), overrides).expect_err("a mistake").to_string()
}

#[test]
fn a_name_alone_is_a_scenario() {
    let scenario = load("(name: \"x\")");
    assert_eq!(scenario.calendar.months(), 11, "the reference trial's length");
    assert_eq!(scenario.file.arms.len(), 2);
    assert_eq!(scenario.metrics, Metric::all(1));
}

#[test]
fn every_bundled_scenario_is_valid_and_asks_a_question() {
    for bundled in BUNDLED {
        let scenario = load(bundled.text);
        assert_eq!(scenario.file.name, bundled.name);
        assert!(!scenario.file.title.is_empty(), "{} has no title", bundled.name);
        let comment: Vec<&str> = bundled.text.lines().take_while(|line| line.starts_with("//")).collect();
        assert!(comment.iter().any(|line| line.ends_with('?')), "{} asks nothing", bundled.name);
    }
}

#[test]
fn the_starter_changes_no_default() {
    assert_eq!(load(&starter("mine")).file, load("(name: \"mine\")").file);
}

#[test]
fn the_resolved_scenario_loads_as_the_same_scenario() {
    for bundled in BUNDLED {
        let scenario = load(bundled.text);
        assert_eq!(load(&scenario.resolved()), scenario, "{}", bundled.name);
    }
}

#[test]
fn a_change_means_what_writing_it_in_the_file_means() {
    let base = "(name: \"x\", arms: [(name: \"control\", share: 0.5, policy: BusinessAsUsual()), (name: \"agents\", share: 0.5, policy: Thompson())])";
    let cases = [
        ("arms[agents].policy.forgetting_half_life_days=30", "Thompson()", "Thompson(forgetting_half_life_days: 30)"),
        ("arms[1].policy.reward=Session(within_hours: 6)", "Thompson()", "Thompson(reward: Session(within_hours: 6))"),
        ("arms[1].policy=Random()", "Thompson()", "Random()"),
        ("arms[control].policy.idle_trigger.after_days=5", "BusinessAsUsual()", "BusinessAsUsual(idle_trigger: (after_days: 5))"),
        ("title=a title = without quotes", "name: \"x\"", "name: \"x\", title: \"a title = without quotes\""),
        ("population.represents=1e6", "name: \"x\"", "name: \"x\", population: (represents: 1_000_000)"),
        ("phases=[(name: \"only\", months: 3)]", "name: \"x\"", "name: \"x\", phases: [(name: \"only\", months: 3)]"),
        ("guardrails.quiet_hours=None", "name: \"x\"", "name: \"x\", guardrails: (quiet_hours: None)"),
        ("start=2024-02-29", "name: \"x\"", "name: \"x\", start: \"2024-02-29\""),
    ];
    for (change, from, to) in cases {
        let edited = load(&base.replacen(from, to, 1));
        assert_eq!(load_with(base, &Overrides::new().set(change)), edited, "{change}");
    }
}

#[test]
fn later_changes_build_on_earlier_ones_and_short_flags_are_changes() {
    let overrides = Overrides::new()
        .seed("7")
        .replicates("3")
        .customers("5000")
        .set("arms[1].policy=Random()")
        .set("arms[1].policy.frequencies=[1, 2]");
    let scenario = load_with("(name: \"x\")", &overrides);
    let study = &scenario.file.study;
    assert_eq!((study.seed, study.replicates, scenario.file.population.size), (7, 3, 5000));
    assert!(scenario.resolved().contains("Random("));
}

#[test]
fn the_digest_covers_what_can_change_a_replicate() {
    let digest = |changes: &[&str]| {
        load_with("(name: \"x\")", &changes.iter().fold(Overrides::new(), |all, change| all.set(change))).digest
    };
    let plain = digest(&[]);
    assert_eq!(plain.len(), 16);
    for same in ["title=other", "description=other", "study.replicates=7"] {
        assert_eq!(digest(&[same]), plain, "{same}");
    }
    for other in ["study.seed=2", "population.size=20001", "arms[1].policy.contact_cost=0.031", "name=y"] {
        assert_ne!(digest(&[other]), plain, "{other}");
    }
}

#[test]
fn a_population_that_does_not_fit_is_told_what_it_needs() {
    let machine = Machine { memory_bytes: Some(16_000_000_000) };
    let source = Source::new("test.ron", "(name: \"x\", population: (size: 40_000_000))");
    let error = Scenario::load_for(&machine, &source, &Overrides::new()).expect_err("too large").to_string();
    insta::assert_snapshot!(error, @"test.ron:1:32: `population.size` is 40000000; expected a population that fits into memory: this one needs 62 GB, this machine has 16 GB; hint: about 10309278 customers would fit; `population.represents` scales money to the real population without simulating it");
    let paper = Source::new("test.ron", "(name: \"x\", population: (size: 8_800_000))");
    Scenario::load_for(&machine, &paper, &Overrides::new()).expect("the paper's customers fit an ordinary machine");
    // With twins every one of them lives in both arms.
    let error = Scenario::load_for(&machine, &paper, &Overrides::new().set("study.truth=true")).expect_err("too large");
    assert!(error.to_string().contains("more without twins: `study.truth: false`"), "{error}");
}

#[test]
fn mistakes_of_meaning_are_all_reported_at_once_in_the_order_of_the_text() {
    let text = "(\n  name: \"x y\",\n  start: \"2025-02-30\",\n  population: (size: 0, taste: (strength: -1)),\n  study: (replicates: 0),\n)";
    insta::assert_snapshot!(told(text, &Overrides::new()), @r#"
    test.ron:2:9: `name` is "x y"; expected a name usable for a folder: 1 to 100 letters, digits, `_`, `-` or `.`, not beginning with `.`; hint: use "x_y"; `title` takes any text
    test.ron:3:10: `start` is "2025-02-30"; expected a date such as "2025-02-01"; hint: year, month and day, as in the calendar: "YYYY-MM-DD"
    test.ron:4:22: `population.size` is 0; expected a whole number from 1 to 50000000
    test.ron:4:43: `population.taste.strength` is -1; expected a number from 0 to 20
    test.ron:5:23: `study.replicates` is 0; expected a whole number from 1 to 1000000
    "#);
}

#[test]
fn every_field_is_explained_with_unit_and_origin() {
    let mut wanting = Vec::new();
    for entry in field_entries() {
        let number = entry.kind.contains("number");
        if entry.meaning.is_empty() || (number && entry.unit.is_none() && entry.default.is_some()) {
            wanting.push(format!("{}: no unit or no meaning", entry.path));
        }
    }
    assert!(wanting.is_empty(), "{}", wanting.join("\n"));
}

#[test]
fn fields_are_found_by_prefix_and_by_likeness() {
    let below = fields_below("arms[1].policy");
    assert!(below.iter().any(|entry| entry.path == "arms[].policy.forgetting_half_life_days"));
    assert!(below.iter().all(|entry| entry.path.starts_with("arms[].policy")));
    assert!(fields_below("population.drif").is_empty());
    assert_eq!(similar_fields("populaton.drift").first().map(String::as_str), Some("population.drift"));
    assert!(similar_fields("forgetting").contains(&"arms[].policy.forgetting_half_life_days".to_owned()));
}

#[test]
fn the_scenario_in_the_readme_is_valid() {
    let readme = include_str!("../../README.md");
    let text = readme.split("```ron\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a scenario in the README");
    let scenario = load(text);
    assert_eq!(scenario.calendar.months(), 11);
}
