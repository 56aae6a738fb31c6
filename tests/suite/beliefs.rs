//! What arms decide and believe, held against the truth: that the record says what it claims, and that it moves nothing.

use crate::cli_commands::run_in;
use longgame::experiment::{BeliefRow, SilentProgress, Stage, StudyOptions, run_study, summarise_beliefs};
use longgame::scenario::{Overrides, Scenario, Source};
use std::sync::atomic::AtomicBool;

fn load(policies: [&str; 2], more: &str, truth: bool) -> Scenario {
    let [control, agents] = policies;
    let text = format!(
        "(name: \"small\", pre_period_days: 21, phases: [(name: \"active\", months: 2, curation: ()), (name: \"passive\", months: 2)], {more}
          arms: [(name: \"control\", share: 0.3, policy: {control}), (name: \"agents\", share: 0.7, policy: {agents})],
          study: (replicates: 2, truth: {truth}))"
    );
    Scenario::load(&Source::new("test.ron", &text), &Overrides::new()).expect("a valid scenario")
}

fn months_of(rows: &[BeliefRow], arm: u16) -> Vec<&BeliefRow> {
    rows.iter().filter(|row| row.arm == arm).collect()
}

#[test]
fn the_oracle_always_chooses_the_best_and_gives_nothing_away() {
    let trial = Stage::new(&load(["BusinessAsUsual()", "Oracle()"], "population: (size: 800),", true)).run(0);
    let months = months_of(&trial.beliefs, 1);
    assert_eq!(months.iter().map(|row| row.month).collect::<Vec<_>>(), [0, 1, 2, 3]);
    for row in months {
        assert!(row.messages > 0 && row.on_best.iter().all(|hits| *hits == row.messages), "{row:?}");
        assert_eq!(row.open, row.best_open);
        assert!(row.cells.is_empty(), "it holds no beliefs: it knows");
    }
    let control = months_of(&trial.beliefs, 0);
    assert!(control.iter().all(|row| row.best_open > row.open), "business as usual gives something away");
}

#[test]
fn random_choices_hit_as_often_as_chance() {
    let trial = Stage::new(&load(["BusinessAsUsual()", "Random()"], "population: (size: 3000),", true)).run(0);
    let rows = months_of(&trial.beliefs, 1);
    let messages: f64 = rows.iter().map(|row| row.messages as f64).sum();
    for slot in 0..rows[0].on_best.len() {
        let hits: f64 = rows.iter().map(|row| row.on_best[slot] as f64).sum();
        let expected: f64 = rows.iter().map(|row| row.by_chance[slot]).sum();
        let share = expected / messages;
        // Choices are independent draws given what is best.
        let std_error = (share * (1.0 - share) * messages).sqrt();
        assert!(messages > 1000.0 && (hits - expected).abs() < 4.0 * std_error, "slot {slot}: {hits} against {expected}");
    }
}

#[test]
fn a_world_that_stands_still_is_learned_and_stays_learned() {
    // Everybody of a segment wants the same and goes on wanting it; content neither ages nor wears out, and nobody touches the library.
    let still =
        "content: (initial_aim: 0.0), population: (size: 4000, audience_accuracy: 1.0, taste: (strength: 2.0, spread: 0.0),
        drift: (segment_half_life_days: 1e9, customer_half_life_days: 1e9), novelty: (boost: 0.0), wear_out: (penalty: 0.0)),";
    let scenario = load(["BusinessAsUsual()", "Thompson(forgetting_half_life_days: 400), curated: false"], still, true);
    let trial = Stage::new(&scenario).run(0);
    let rows = months_of(&trial.beliefs, 1);
    let right = |row: &BeliefRow| row.cells.iter().filter(|cell| cell.is_right).count() as f64 / row.cells.len() as f64;
    let (first, last) = (rows[0], rows[3]);
    assert!(right(last) > 0.5 && right(last) >= right(first), "{} then {}", right(first), right(last));
    let hits = |row: &BeliefRow| row.on_best.iter().sum::<u64>() as f64 / (row.messages as f64 * row.on_best.len() as f64);
    let chance = |row: &BeliefRow| row.by_chance.iter().sum::<f64>() / (row.messages as f64 * row.on_best.len() as f64);
    assert!(hits(last) > hits(first) && hits(last) > 1.5 * chance(last), "{} of {}", hits(last), chance(last));
    assert!((last.best_open - last.open) / last.messages as f64 <= (first.best_open - first.open) / first.messages as f64);
}

#[test]
fn evidence_ages_by_what_is_forgotten() {
    // Evidence that comes in evenly and fades with half-life h has a mean age of h / ln 2 in the long run, and half of the time passed if
    // nothing fades.
    let age = |half_life: &str| {
        let policy = format!("Thompson(forgetting_half_life_days: {half_life}), curated: false");
        let more = "population: (size: 1500, lapse: (hazard_per_day: 0.0)), ";
        let trial = Stage::new(&load(["BusinessAsUsual()", &policy], more, true)).run(0);
        let rows = months_of(&trial.beliefs, 1);
        let cells = &rows[3].cells;
        let evidence: f64 = cells.iter().map(|cell| f64::from(cell.evidence)).sum();
        cells.iter().filter_map(|cell| Some(f64::from(cell.evidence) * f64::from(cell.age_days?))).sum::<f64>() / evidence
    };
    let fresh = age("7");
    assert!((fresh - 7.0 / std::f64::consts::LN_2).abs() < 1.5, "{fresh}");
    let whole = age("100000");
    // 120 days; a little more than half of them, as some customers leave their channels on the way.
    assert!(whole > 55.0 && whole < 70.0, "{whole}");
}

#[test]
fn records_are_kept_only_where_truth_is_and_move_nothing() {
    let policies = ["BusinessAsUsual()", "Thompson()"];
    let [on, off] = [true, false].map(|truth| Stage::new(&load(policies, "population: (size: 400),", truth)).run(1));
    assert!(!on.beliefs.is_empty() && off.beliefs.is_empty());
    assert!(on.panel == off.panel, "outcomes are the same");
}

#[test]
fn a_summary_adds_up() {
    let scenario = load(["BusinessAsUsual()", "Thompson()"], "population: (size: 600),", true);
    let options = StudyOptions { threads: 2, kept_in: None };
    let study = run_study(&scenario, options, &SilentProgress, &AtomicBool::new(false)).expect("a study").study;
    let rows = summarise_beliefs(&study);
    assert_eq!(rows.len(), 2 * 4);
    let agents: Vec<_> = rows.iter().filter(|row| row.arm == "agents").collect();
    let mut right = 0.0;
    for row in &agents {
        let sum = |values: [longgame::experiment::OverReplicates; 3]| values.iter().filter_map(|value| value.mean).sum::<f64>();
        right += sum(row.learned) - sum(row.unlearned);
        assert!((row.right.mean.expect("a map") - right).abs() < 1e-9, "what is right is what was learned and not unlearned");
        let by_slot: f64 = row.slots.iter().filter_map(|slot| slot.on_best.mean).sum::<f64>() / row.slots.len() as f64;
        assert!((by_slot - row.on_best.mean.expect("messages")).abs() < 1e-9);
        assert!(row.regret.mean.expect("messages") > 0.0 && row.regret.std_error.is_some());
    }
}

#[test]
fn the_chart_and_its_table_are_written_only_where_truth_is_recorded() {
    let run = |truth: &str| {
        let truth = format!("study.truth={truth}");
        let flags =
            ["run", "quick", "--customers", "300", "--replicates", "2", "--quiet", "--out", "here", "--set", truth.as_str()];
        let (folder, output) = run_in(&[], &flags);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let page = std::fs::read_to_string(folder.path().join("here/report.html")).expect("a page");
        (folder, page)
    };
    let (folder, page) = run("true");
    let png = std::fs::read(folder.path().join("here/beliefs.png")).expect("a chart");
    assert!(png.starts_with(b"\x89PNG"));
    let table = std::fs::read_to_string(folder.path().join("here/beliefs.csv")).expect("a table");
    assert!(table.starts_with("arm,month,audience,slot,on_best,") && table.lines().count() > 20, "{table}");
    assert!(page.contains("<h2>What agents believe</h2>") && page.contains("chose the truly best component in"));
    let (folder, page) = run("false");
    assert!(!folder.path().join("here/beliefs.png").exists() && !folder.path().join("here/beliefs.csv").exists());
    assert!(!page.contains("What agents believe"));
}
