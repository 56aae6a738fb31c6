//! Diagnosis: that faults are found where there are some, that estimands are what they say, and that what programs read is complete.

use crate::cli_commands::run_in;
use longgame::experiment::{
    Diagnosis, Evidence, Question, SilentProgress, Study, StudyOptions, diagnose, null_scenario, run_everybody, run_study,
};
use longgame::scenario::{Overrides, Scenario, Source};
use std::sync::atomic::AtomicBool;

const IN_MEMORY: StudyOptions<'_> = StudyOptions { threads: 2, kept_in: None };

fn load(size: u32, replicates: u32, policy: &str) -> Scenario {
    let text = format!(
        "(name: \"small\", pre_period_days: 28, population: (size: {size}), phases: [(name: \"active\", months: 1, curation: ()), (name: \"passive\", months: 2)],
          arms: [(name: \"control\", share: 0.5, policy: BusinessAsUsual()), (name: \"agents\", share: 0.5, policy: {policy})],
          study: (replicates: {replicates}, truth: true, metrics: [\"direct_app_opens\", \"days_with_engagement\"]))"
    );
    Scenario::load(&Source::new("test.ron", &text), &Overrides::new()).expect("a valid scenario")
}

fn study(scenario: &Scenario) -> Study {
    run_study(scenario, IN_MEMORY, &SilentProgress, &AtomicBool::new(false)).expect("a study").study
}

fn judged(scenario: &Scenario, study: &Study, null: Option<&Study>) -> Diagnosis {
    diagnose(&Evidence { scenario, study, null, everybody: None, precision: 0.01 })
}

#[test]
fn standard_errors_that_are_too_small_are_found_out() {
    let scenario = load(200, 40, "Random()");
    let honest = study(&scenario);
    assert!(judged(&scenario, &honest, None).judged.iter().all(|row| !row.is_fault), "honest intervals are not accused");
    let mut bold = honest;
    for row in bold.replicates.iter_mut().flat_map(|replicate| &mut replicate.estimates) {
        row.std_error = row.std_error.map(|error| error / 3.0);
    }
    let found = judged(&scenario, &bold, None);
    assert!(found.judged.iter().all(|row| row.question == Question::Coverage && row.is_fault && row.found < 0.8));
    assert!(found.diagnosands.iter().filter(|row| row.window == "trial").all(|row| row.model_excess.expect("known") < -0.4));
}

#[test]
fn what_the_trial_learns_from_itself_is_the_gap_between_everybody_and_twins() {
    let gap_of = |policy: &str| {
        let scenario = load(150, 3, policy);
        let study = study(&scenario);
        let everybody = run_everybody(&scenario, IN_MEMORY, &SilentProgress, &AtomicBool::new(false)).expect("everybody");
        let evidence = Evidence { scenario: &scenario, study: &study, null: None, everybody: Some(&everybody), precision: 0.01 };
        diagnose(&evidence).gaps
    };
    // Where nobody learns, treating everybody is what twins live through: the same numbers, up to the order of sums.
    for gap in gap_of("Random()") {
        assert!(gap.sate.expect("known") != 0.0 && gap.gap.expect("known").abs() < 1e-9, "{gap:?}");
    }
    assert!(gap_of("Thompson()").iter().any(|gap| gap.gap.expect("known").abs() > 1e-3), "agents learn more from everybody");
}

#[test]
fn under_a_null_scenario_there_is_no_effect_at_all() {
    let scenario = load(150, 2, "Thompson()");
    let mut null = null_scenario(&scenario).expect("a scenario");
    null.file.study.truth = Some(true);
    let study = study(&null);
    let truths = study.replicates.iter().flat_map(|replicate| &replicate.truth);
    assert!(truths.filter_map(|truth| truth.effect).all(|effect| effect == 0.0));
}

#[test]
fn the_population_effect_is_no_better_known_than_the_sample_effects_it_is_the_mean_of() {
    let scenario = load(150, 6, "Random()");
    let found = judged(&scenario, &study(&scenario), None);
    let of = |estimand: &str| found.diagnosands.iter().filter(|row| row.estimand == estimand).collect::<Vec<_>>();
    let (sample, population) = (of("sate"), of("pate"));
    assert!(!sample.is_empty() && sample.len() == population.len());
    for (sample, population) in sample.iter().zip(population) {
        assert_eq!((&sample.estimator, sample.bias_mcse), (&population.estimator, population.bias_mcse));
        assert!((sample.bias.expect("known") - population.bias.expect("known")).abs() < 1e-12);
    }
}

#[test]
fn nothing_is_divided_by_a_truth_that_may_be_zero() {
    let scenario = load(150, 6, "Random()");
    let mut study = study(&scenario);
    let told = |study: &Study| judged(&scenario, study, None).diagnosands.iter().filter(|row| row.exaggeration.is_some()).count();
    // Estimates that all reject, against a truth that is clear, then against one whose sign changes.
    for (number, replicate) in study.replicates.iter_mut().enumerate() {
        replicate.estimates.iter_mut().for_each(|row| row.effect = row.effect.map(|_| 9.0));
        replicate.truth.iter_mut().for_each(|row| row.effect = Some(2.0 + 0.01 * number as f64));
    }
    assert!(told(&study) > 0);
    for (number, replicate) in study.replicates.iter_mut().enumerate() {
        replicate.truth.iter_mut().for_each(|row| row.effect = Some(if number % 2 == 0 { 1.0 } else { -0.99 }));
    }
    assert_eq!(told(&study), 0);
}

#[test]
fn a_single_replicate_is_not_diagnosed() {
    let (_folder, output) = run_in(&[], &["diagnose", "quick", "--customers", "100", "--replicates", "1", "--quiet"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && String::from_utf8_lossy(&output.stderr).contains("cannot judge a single one"));
}

#[test]
fn json_has_every_figure_with_its_monte_carlo_error() {
    let flags = ["diagnose", "quick", "--customers", "200", "--replicates", "12", "--json", "--quiet", "--gate", "--out", "here"];
    let (folder, output) = run_in(&[], &flags);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = found["diagnosands"].as_array().expect("rows");
    for estimand in ["sate", "pate", "gate"] {
        assert!(rows.iter().any(|row| row["estimand"] == estimand), "{estimand}");
    }
    for row in rows {
        for word in ["metric", "window", "arm", "versus", "estimator"] {
            assert!(row[word].is_string(), "{word}: {row}");
        }
        for figure in ["bias", "empirical_std_error", "model_std_error", "rmse", "coverage", "rejection_rate"] {
            assert!(row[figure].is_number() && row[format!("{figure}_mcse")].is_number(), "{figure}: {row}");
        }
        assert!(["power", "type_s", "type_i_error"].iter().all(|figure| row.get(*figure).is_some()), "{row}");
    }
    for name in ["diagnosis.json", "diagnosis.csv", "diagnosis.png", "a_a/replicates.journal"] {
        assert!(folder.path().join("here").join(name).is_file(), "{name}");
    }
    assert_eq!(found["judged"].as_array().map(Vec::len), Some(3 * 2 * 5), "three questions, two metrics, five estimators");
}

/// The slow statistical part: the primary cells of the reference trial in small, as `diagnose` judges them.
#[test]
#[ignore = "takes minutes; run with `cargo test -- --ignored`"]
fn coverage_and_type_i_errors_of_the_primary_cells_show_no_fault() {
    let changes =
        Overrides::new().customers("2000").replicates("200").set("arms[control].share=0.5").set("arms[agents].share=0.5");
    let source = Source::new("paper.ron", include_str!("../../scenarios/paper.ron"));
    let scenario = Scenario::load(&source, &changes).expect("a valid scenario");
    let null = study(&null_scenario(&scenario).expect("a scenario"));
    let found = judged(&scenario, &study(&scenario), Some(&null));
    let faults: Vec<_> = found.judged.iter().filter(|row| row.is_fault).collect();
    assert!(found.judged.len() == 30 && faults.is_empty(), "{faults:#?}");
}

/// Beside mean and spread (`guarantees`): intervals hold the truth as often with cheap posterior draws as with exact ones.
#[test]
#[ignore = "takes minutes; run with `cargo test -- --ignored`"]
fn fast_draws_change_no_coverage() {
    let replicates = 300;
    let coverage = |draws: &str| {
        let scenario = load(400, replicates, &format!("Thompson(draws: {draws})"));
        judged(&scenario, &study(&scenario), None).judged
    };
    for (exact, fast) in coverage("Exact").iter().zip(coverage("Fast")) {
        let variance = |share: f64| share * (1.0 - share) / f64::from(replicates);
        let standard_error = (variance(exact.found) + variance(fast.found)).sqrt();
        assert!((exact.found - fast.found).abs() < 4.0 * standard_error, "{exact:?}\n{fast:?}");
    }
}
