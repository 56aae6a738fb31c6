//! Sweeps: that designs are what they promise, that cells are the trials they would be alone, that sums are what they say, and how mistakes
//! are told.

use crate::cli_commands::run_in;
use longgame::experiment::{
    Progress, SilentProgress, StudyError, StudyOptions, SweepResult, SweepRow, SweepStudy, SweptArm, SweptTrial, run_study,
    run_sweep, summarise_study, summarise_sweep, swept_windows,
};
use longgame::report::{sweep_csv, sweep_json, sweep_svg, sweep_table};
use longgame::scenario::{CellValue, Machine, Overrides, Scenario, ScenarioError, Source, Sweep, SweepRequest};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const SMALL: &str =
    "(name: \"small\", title: \"A small trial\", pre_period_days: 14, population: (size: 120, represents: 1000.0),
    phases: [(name: \"active\", months: 1, curation: (minimum_sample: 10)), (name: \"passive\", months: 1)],
    arms: [(name: \"control\", share: 0.5, policy: BusinessAsUsual()), (name: \"agents\", share: 0.5, policy: Thompson())],
    study: (replicates: 3, seed: 5, metrics: [\"direct_app_opens\", \"sessions\"], estimators: [\"difference_in_means\"]))";

fn load(over: &[&str], samples: Option<u32>, changes: &[&str]) -> Result<Sweep, ScenarioError> {
    let overrides = changes.iter().fold(Overrides::new(), |overrides, change| overrides.set(change));
    let request = SweepRequest { over: over.iter().map(|text| (*text).to_owned()).collect(), samples };
    Sweep::load_for(&Machine::default(), &Source::new("small.ron", SMALL), &overrides, &request)
}

fn study(over: &[&str], samples: Option<u32>, changes: &[&str]) -> SweepStudy {
    SweepStudy::new(load(over, samples, changes).expect("a sweep")).expect("few trials")
}

fn run(study: &SweepStudy, threads: usize, kept_in: Option<&Path>) -> Vec<Vec<SweptTrial>> {
    run_sweep(study, StudyOptions { threads, kept_in }, &SilentProgress, &AtomicBool::new(false)).expect("a sweep")
}

fn number(value: &CellValue) -> f64 {
    match value {
        CellValue::Number(number) => *number,
        CellValue::Text(text) => panic!("{text} is no number"),
    }
}

#[test]
fn a_grid_takes_every_combination_and_knows_the_scenario_as_it_stands() {
    let sweep =
        load(&["population.fatigue.half_life_days=3,7", "arms[agents].policy=Silent,Thompson()"], None, &[]).expect("a sweep");
    let words = |value: &CellValue| match value {
        CellValue::Number(number) => number.to_string(),
        CellValue::Text(text) => text.clone(),
    };
    let cells: Vec<String> = sweep.cells.iter().map(|cell| cell.values.iter().map(words).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(cells, ["3 Silent", "3 Thompson()", "7 Silent", "7 Thompson()"]);
    assert_eq!(sweep.own, Some(3), "seven days is the default");
    assert_eq!(
        (sweep.fields[0].unit.as_deref(), sweep.fields[0].is_numeric, sweep.fields[1].is_numeric),
        (Some("days"), true, false)
    );
    let alone = Scenario::load(&Source::new("small.ron", SMALL), &Overrides::new().set("population.fatigue.half_life_days=3"));
    assert_eq!(sweep.cells[1].scenario, alone.expect("a scenario"), "a cell is the scenario with its values set");
}

#[test]
fn a_latin_hypercube_puts_one_cell_into_every_part_of_each_range_and_every_listed_value_equally_often() {
    let over =
        ["population.fatigue.half_life_days=2..12", "arms[agents].policy.frequencies=[1],[2],[3]", "pre_period_days=10..40"];
    let sweep = load(&over, Some(30), &[]).expect("a sweep");
    let strata = |field: usize, low: f64, high: f64| {
        let mut strata: Vec<i64> =
            sweep.cells.iter().map(|cell| ((number(&cell.values[field]) - low) / (high - low) * 30.0).floor() as i64).collect();
        strata.sort_unstable();
        strata
    };
    assert_eq!(strata(0, 2.0, 12.0), (0..30).collect::<Vec<_>>());
    for value in ["[1]", "[2]", "[3]"] {
        let count = sweep.cells.iter().filter(|cell| cell.values[1] == CellValue::Text(value.to_owned())).count();
        assert_eq!(count, 10, "{value}");
    }
    // Whole numbers are rounded, and the scenario has what the cell says.
    for cell in &sweep.cells {
        assert_eq!(f64::from(cell.scenario.file.pre_period_days), number(&cell.values[2]));
        assert_eq!(cell.scenario.file.population.fatigue.half_life_days, number(&cell.values[0]));
    }
    let column = |sweep: &Sweep| sweep.cells.iter().map(|cell| number(&cell.values[0])).collect::<Vec<_>>();
    assert_eq!(column(&load(&over[..2], Some(30), &[]).expect("a sweep")), column(&sweep), "a further field moves no other draw");
    assert_ne!(column(&load(&over, Some(30), &["study.seed=6"]).expect("a sweep")), column(&sweep));
}

fn row<'a>(found: &'a SweepResult, cell: usize, (metric, window): (&str, &str)) -> &'a SweepRow {
    let is_it = |row: &&SweepRow| row.cell == cell && row.metric == metric && row.window == window;
    found.rows.iter().find(is_it).expect("a row")
}

#[test]
fn a_cell_says_what_a_run_of_its_scenario_alone_says() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} is not {b}");
    for truth in ["true", "false"] {
        let study = study(&["population.fatigue.half_life_days=3,9"], None, &[&format!("study.truth={truth}")]);
        let found = summarise_sweep(&study, &run(&study, 2, None));
        assert_eq!(found.effects_by, if truth == "true" { "twins" } else { "difference_in_means" });
        let scenario = &study.sweep.cells[1].scenario;
        let alone = run_study(scenario, StudyOptions { threads: 2, kept_in: None }, &SilentProgress, &AtomicBool::new(false));
        let alone = summarise_study(scenario, &alone.expect("a study").study);
        for (metric, window, name) in
            [("direct_app_opens", "passive", "passive"), ("sessions", "trial", "trial"), ("sessions", "last_month", "month_02")]
        {
            let own = row(&found, 1, (metric, window));
            let (lift, error, denominator) = if truth == "true" {
                let row = alone.truth.iter().find(|row| row.metric == metric && row.window == name).expect("a row");
                (row.lift, row.lift_std_error, row.denominator)
            } else {
                let row = alone.effects.iter().find(|row| row.metric == metric && row.window == name).expect("a row");
                (row.lift, row.lift_std_error, row.denominator)
            };
            close(own.value.expect("a lift"), lift.expect("a lift"));
            close(own.std_error.expect("three replicates"), error.expect("three replicates"));
            close(own.versus_mean.expect("a mean"), denominator.expect("a mean"));
        }
        let hours = |name: &str| {
            alone.arms_ledger.iter().find(|row| row.arm == name && row.window == "trial").expect("a row").human_hours
        };
        close(row(&found, 1, ("human_hours", "trial")).value.expect("hours"), hours("agents") - hours("control"));
    }
}

/// Two cells of two replicates, made by hand: two phases of which the last is the last month as well, one metric more that is left alone.
fn by_hand() -> SweepResult {
    let mut study = study(&["population.fatigue.half_life_days=3,9"], None, &[]);
    study.replicates = 2;
    let windows = swept_windows(&study.sweep.cells[0].scenario);
    assert_eq!(
        windows.iter().map(|window| window.name.as_str()).collect::<Vec<_>>(),
        ["active", "passive", "last_month", "trial", "last_curated_month"]
    );
    let arm = |opens: [f64; 2], margin: f64, hours: f64| SweptArm {
        outcomes: [opens[0], opens[1], opens[1], opens[0] + opens[1], opens[0]]
            .iter()
            .flat_map(|value| [Some(*value), None])
            .collect(),
        margin,
        message_cost: 0.5,
        messages: 20.0,
        human_hours: hours,
        human_cost: hours * 40.0,
        content_cost: 0.0,
        represents: 1000.0,
    };
    let trial = |trial: u32, opens: [f64; 2], margin: f64, hours: f64| SweptTrial {
        trial,
        arms: vec![arm([1.0, 1.0], 10.0, 0.0), arm(opens, margin, hours)],
    };
    let cells = vec![
        vec![trial(0, [1.45, 1.12], 11.9, 10.0), trial(2, [1.55, 1.3], 12.1, 10.0)],
        vec![trial(1, [1.4, 1.4], 12.9, 5.0), trial(3, [1.6, 1.62], 13.2, 5.0)],
    ];
    let mut found = summarise_sweep(&study, &cells);
    // The digest changes with every new field of a scenario, the program with every release.
    (found.digest, found.program) = ("0123456789abcdef".to_owned(), "longgame".to_owned());
    found
}

#[test]
fn lifts_values_and_changes_are_the_paired_sums_they_promise() {
    let found = by_hand();
    let close = |a: Option<f64>, b: f64| assert!((a.expect("known") - b).abs() < 1e-9, "{a:?} is not {b}");
    close(row(&found, 0, ("direct_app_opens", "passive")).value, 0.21);
    close(row(&found, 0, ("direct_app_opens", "passive")).std_error, 0.09);
    let change = row(&found, 1, ("direct_app_opens", "passive"));
    close(change.change, 0.3);
    close(change.change_std_error, 0.02);
    // t = 15 on one degree of freedom, the only test of its family: 2 atan(1/15)/π.
    close(change.change_p_holm, 2.0 * (1.0_f64 / 15.0).atan() / std::f64::consts::PI);
    close(row(&found, 0, ("last_month_share", "last_month")).value, 0.42);
    // Margin 2 × 1000, equal messages, 10 hours × 40 not scaled.
    close(row(&found, 0, ("net_value", "trial")).value, 2000.0 - 400.0);
    close(row(&found, 1, ("net_value", "trial")).value, 3050.0 - 200.0);
    close(row(&found, 1, ("net_value", "trial")).std_error, 150.0);
    close(row(&found, 1, ("net_value", "trial")).change, 1250.0);
    assert_eq!((found.base, found.best_on_value.as_ref().map(|best| best.cell)), (Some(0), Some(1)));
    assert!(found.best_on_value.as_ref().is_some_and(|best| best.not_distinguishable_from.is_empty()));
    close(found.main_effects.first().map(|effect| effect.span), 0.3);
    assert!(row(&found, 0, ("sessions", "passive")).value.is_none(), "one replicate does not know it");
    assert!(row(&found, 0, ("net_value", "trial")).change.is_none(), "the base is not compared with itself");
}

#[test]
fn the_table_opens_with_the_verdict_and_says_what_each_cell_changes() {
    let table = sweep_table(&by_hand());
    insta::assert_snapshot!(table);
}

#[test]
fn files_have_a_row_for_every_figure_and_never_a_number_that_is_none() {
    let found = by_hand();
    let csv = String::from_utf8(sweep_csv(&found).expect("rendered")).expect("UTF-8");
    assert!(csv.starts_with("cell,population.fatigue.half_life_days,arm,versus,metric,window,measure,"));
    assert_eq!(csv.lines().count(), 1 + found.rows.len());
    // Two metrics in five windows, the share, seven accounts; in two cells.
    assert_eq!(found.rows.len(), 2 * (2 * 5 + 1 + 7));
    let json = String::from_utf8(sweep_json(&found).expect("rendered")).expect("UTF-8");
    assert!(!csv.contains("NaN") && !json.contains("NaN"));
}

#[test]
fn every_kind_of_sweep_has_its_chart() {
    let chart = |over: &[&str], samples: Option<u32>| {
        let study = study(over, samples, &["study.replicates=2", "population.size=60", "study.truth=false"]);
        let found = summarise_sweep(&study, &run(&study, 2, None));
        (sweep_svg(&found).expect("a chart"), sweep_table(&found).replace('\n', " "))
    };
    let (hours, fatigue) = ("phases[0].curation.hours_per_week=5,40", "population.fatigue.half_life_days=3,9");
    assert!(chart(&[fatigue], None).0.contains("(base)"));
    assert!(chart(&["arms[agents].policy=Silent,Random()"], None).0.contains("Random()"));
    let (map, table) = chart(&[fatigue, hours], None);
    assert!(map.contains("framed: highest") && table.contains("averaged over"));
    let (many, table) = chart(&[fatigue, hours, "arms[agents].policy.personal=true,false"], None);
    assert!(many.contains("rank regression") && table.contains("rank coefficient"));
    let drawn = ["population.fatigue.half_life_days=3..9", hours];
    assert!(chart(&drawn, Some(6)).0.contains("rank regression"));
    let (few, table) = chart(&drawn, Some(3));
    assert!(!few.contains("rank regression") && table.contains("need at least 4 cells"), "{table}");
}

/// Interrupts a sweep after so many trials.
struct Interrupter<'a> {
    after: u32,
    flag: &'a AtomicBool,
    done: AtomicU32,
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
fn the_same_bytes_come_out_for_any_number_of_threads_and_after_an_interruption() {
    let study = study(&["population.fatigue.half_life_days=3,9", "pre_period_days=7,14"], None, &[]);
    let bytes = |trials: &[Vec<SweptTrial>]| sweep_json(&summarise_sweep(&study, trials)).expect("rendered");
    let whole = run(&study, 1, None);
    assert_eq!(bytes(&run(&study, 2, None)), bytes(&whole));
    assert_eq!(bytes(&run(&study, 7, None)), bytes(&whole));
    let folder = tempfile::tempdir().expect("a folder");
    let flag = AtomicBool::new(false);
    let interrupter = Interrupter { after: 5, flag: &flag, done: AtomicU32::new(0) };
    let options = StudyOptions { threads: 1, kept_in: Some(folder.path()) };
    let stopped = run_sweep(&study, options, &interrupter, &flag).expect_err("interrupted");
    assert!(matches!(stopped, StudyError::Interrupted { finished: 5, total: 12 }), "{stopped}");
    assert_eq!(run(&study, 2, Some(folder.path())), whole, "finished trials are kept, the others run");
    let mut longer = study.clone();
    longer.replicates = 4;
    assert_eq!(run(&longer, 2, Some(folder.path())).iter().map(|cell| cell[..3].to_vec()).collect::<Vec<_>>(), whole);
}

#[test]
fn a_single_replicate_tells_no_cell_apart() {
    let study = study(&["population.fatigue.half_life_days=3,9"], None, &["study.replicates=1"]);
    let found = summarise_sweep(&study, &run(&study, 1, None));
    assert_eq!(found.best_on_value.as_ref().map(|best| best.not_distinguishable_from.len()), Some(1));
    assert!(found.rows.iter().all(|row| row.conf_low.is_none() && row.change_p_holm.is_none()));
    assert!(!sweep_table(&found).contains("NaN"));
}

#[test]
fn mistakes_in_what_is_swept() {
    let mut transcript = String::new();
    let cases: &[&[&str]] = &[
        &["--over", "population.drift.segment_half_lif_days=100,200"],
        &["--over", "population.fatigue.half_life_days"],
        &["--over", "population.fatigue.half_life_days=3,,9"],
        &["--over", "population.fatigue.half_life_days=3,many"],
        &["--over", "phases[0].curation.skill=0.5,1.5", "--over", "pre_period_days=14,28"],
        &["--over", "arms[control].share=0.3,0.4"],
        &["--over", "population.fatigue.half_life_days=3..9"],
        &["--over", "population.fatigue.half_life_days=3,9", "--samples", "20"],
        &["--over", "population.fatigue.half_life_days=9..3", "--samples", "20"],
        &["--over", "population.fatigue.half_life_days=-5..9", "--samples", "20"],
        &["--over", "arms[agents].policy=a..b", "--samples", "20"],
        &["--over", "study.seed=1,2"],
        &["--over", "pre_period_days=14,28", "--over", "pre_period_days=7"],
        &["--over", "pre_period_days=14,14"],
        &["--over", "phases=[(name: \"a\")],[(name: \"b\")]"],
        &[
            "--over",
            "pre_period_days=1,2,3,4,5,6,7,8,9,10",
            "--over",
            "population.fatigue.half_life_days=1,2,3,4,5,6,7,8,9,10",
            "--over",
            "population.wear_out.half_life_days=1,2,3,4,5,6,7,8,9,10",
            "--over",
            "population.taste.spread=1,2,3,4,5,6,7,8,9,10,11",
        ],
    ];
    for flags in cases {
        let arguments: Vec<&str> = ["sweep", "small.ron", "--quiet"].iter().chain(flags.iter()).copied().collect();
        let (folder, output) = run_in(&[("small.ron", SMALL.as_bytes())], &arguments);
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(output.stdout.is_empty(), "{flags:?}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1, "{flags:?} left something behind");
        transcript.push_str(&format!("=== {}\n{}\n", flags.join(" "), String::from_utf8_lossy(&output.stderr)));
    }
    insta::assert_snapshot!(transcript);
}

#[test]
fn the_command_leaves_chart_tables_and_what_programs_rely_on() {
    let flags = ["sweep", "small.ron", "--over", "population.fatigue.half_life_days=3,9", "--quiet", "--json"];
    let (folder, output) = run_in(&[("small.ron", SMALL.as_bytes())], &flags);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    let place = folder.path().join("output/small/sweep");
    assert!(["sweep.json", "sweep.csv", "sweep.png", "sweep.journal"].iter().all(|name| place.join(name).is_file()));
    assert!(!place.join("uncertainty.csv").exists(), "nothing is left open");
    assert_eq!(output.stdout, std::fs::read(place.join("sweep.json")).expect("the results"));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((found["schema"].as_u64(), found["replicates"].as_u64(), found["seed"].as_u64()), (Some(1), Some(3), Some(5)));
    assert_eq!(found["fields"][0]["path"], "population.fatigue.half_life_days");
    assert_eq!(found["cells"].as_array().map(Vec::len), Some(2));
    assert_eq!(found["cells"][1]["values"][0].as_f64(), Some(9.0));
    for name in [
        "cell",
        "arm",
        "versus",
        "metric",
        "window",
        "measure",
        "value",
        "std_error",
        "conf_low",
        "conf_high",
        "change",
        "change_p_holm",
    ] {
        assert!(found["rows"][0].get(name).is_some(), "{name}");
    }
    assert!(found["verdict"].as_array().is_some_and(|sentences| sentences.len() == 2));
}
