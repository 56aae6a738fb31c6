//! Why the lift fades: that shared pasts change nothing, that switches do what they say, that parts add up, and what programs read.

use crate::cli_commands::run_in;
use longgame::experiment::{
    Attribution, AttributionStudy, Fork, Future, Mechanism, NoAttribution, SilentProgress, Stage, StudyOptions, TrialMeans,
    TrialOutcome, TwinMeans, coalition_scenario, run_attribution, summarise_attribution,
};
use longgame::report::{attribution_csv, attribution_json, attribution_svg, attribution_table};
use longgame::scenario::{Overrides, Scenario, Source};
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;

const TWO_ARMS: &str = "(name: \"control\", share: 0.5, policy: BusinessAsUsual()), (name: \"agents\", share: 0.5, policy: Thompson(frequencies: [3]))";

/// Three months, of which people curate the second; briefs take five weeks, so that some are under way at the handoff.
fn load_with(arms: &str, population: &str, last: &str) -> Scenario {
    let text = format!(
        "(name: \"small\", pre_period_days: 21, population: (size: 160{population}),
          phases: [(name: \"early\", months: 1), (name: \"active\", months: 1, curation: (minimum_sample: 10, production_lag_days: 12)),
                   (name: \"passive\", months: 1{last})],
          arms: [{arms}], study: (replicates: 2, seed: 5))"
    );
    Scenario::load(&Source::new("test.ron", &text), &Overrides::new()).expect("a valid scenario")
}

fn load(arms: &str) -> Scenario {
    load_with(arms, ", drift: (segment_half_life_days: 30)", "")
}

fn assert_same(one: &TrialOutcome, other: &TrialOutcome, what: &str) {
    assert!(one.panel == other.panel, "the panel: {what}");
    assert!(one.truth == other.truth, "the truth: {what}");
    for (one, other) in one.ledgers.iter().zip(&other.ledgers) {
        assert_eq!(one.closed, other.closed, "the ledger: {what}");
    }
    assert_eq!((one.events, one.customer_days), (other.events, other.customer_days), "{what}");
}

const FUTURES: [Future; 4] = [
    Future { curation_goes_on: false, learning_stops: false },
    Future { curation_goes_on: true, learning_stops: false },
    Future { curation_goes_on: false, learning_stops: true },
    Future { curation_goes_on: true, learning_stops: true },
];

/// The scenario with twins, and the same with its curation going on.
fn pair(scenario: &Scenario) -> [Scenario; 2] {
    [0b1, 0b0].map(|on| coalition_scenario(scenario, &[Mechanism::EndOfCuration], on).expect("a scenario"))
}

#[test]
fn futures_of_one_past_have_the_bytes_of_trials_run_alone() {
    // The last phase of the second has a small team of its own.
    for last in ["", ", curation: (hours_per_week: 8)"] {
        let [as_written, curated_on] = pair(&load_with(TWO_ARMS, "", last));
        let (as_written, curated_on) = (Stage::new(&as_written), Stage::new(&curated_on));
        let fork = Fork { as_written: &as_written, curated_on: &curated_on, handoff_month: 2 };
        let mut shared = Vec::new();
        let simulated = fork.run(1, &FUTURES, &mut |_, trial| shared.push(trial));
        for (future, shared) in FUTURES.iter().zip(&shared) {
            // A single future is no copy of anything.
            fork.run(1, &[*future], &mut |_, alone| assert_same(shared, &alone, &format!("{future:?}")));
        }
        assert_same(&shared[0], &as_written.run(1), "as written");
        assert_same(&shared[1], &curated_on.run(1), "curated to the end");
        for (one, other) in [(0, 1), (0, 2), (2, 3)] {
            assert!(shared[one].truth != shared[other].truth, "futures {one} and {other}, {last:?}");
        }
        let apart: u64 = shared.iter().map(|trial| trial.customer_days).sum();
        assert!(simulated.customer_days < apart * 6 / 10, "{} of {apart}", simulated.customer_days);
    }
}

#[test]
fn before_the_handoff_all_futures_are_the_same_and_frozen_agents_go_on_sending() {
    let [as_written, curated_on] = pair(&load(TWO_ARMS));
    let (as_written, curated_on) = (Stage::new(&as_written), Stage::new(&curated_on));
    let fork = Fork { as_written: &as_written, curated_on: &curated_on, handoff_month: 2 };
    let mut panels = Vec::new();
    fork.run(0, &FUTURES, &mut |_, trial| panels.push(trial.panel));
    let metrics = panels[0].metrics().to_vec();
    for panel in &panels[1..] {
        let same =
            |window: usize| metrics.iter().all(|metric| panel.column(window, *metric) == panels[0].column(window, *metric));
        assert!(same(0) && same(1) && same(2) && !same(3));
    }
    let sent = |window: usize| -> f32 { panels[3].column(window, longgame::domain::Metric::Messages).iter().sum() };
    assert!(sent(3) > 0.8 * sent(2), "{} after {}", sent(3), sent(2));
}

#[test]
fn an_agent_that_absorbs_nothing_and_forgets_nothing_cannot_be_frozen_any_further() {
    // Its first batch would come after the end, and without evidence there is nothing to forget.
    let arms = TWO_ARMS.replace("frequencies: [3]", "frequencies: [3], learning_interval_days: 365");
    let [as_written, curated_on] = pair(&load(&arms));
    let (as_written, curated_on) = (Stage::new(&as_written), Stage::new(&curated_on));
    let fork = Fork { as_written: &as_written, curated_on: &curated_on, handoff_month: 2 };
    let mut trials = Vec::new();
    fork.run(0, &FUTURES, &mut |_, trial| trials.push(trial));
    assert_same(&trials[0], &trials[2], "people gone");
    assert_same(&trials[1], &trials[3], "people there");
}

#[test]
fn with_drift_off_everybody_keeps_the_taste_of_the_first_day() {
    // No drift in the pre-period either: what is left of it cannot depend on how fast tastes would have moved or turned.
    let off = |population: &str| {
        let scenario = load_with(TWO_ARMS, population, "");
        let still = coalition_scenario(&scenario, &[Mechanism::TasteDrift], 0).expect("a scenario");
        Stage::new(&still).run(0).panel
    };
    let slow = off("");
    assert!(
        slow == off(", drift: (segment_half_life_days: 3, customer_half_life_days: 2, breaks: [(day: 5, angle_degrees: 120)])")
    );
    // Slower and slower drift comes nearer and nearer to none.
    let scenario = load_with(TWO_ARMS, ", drift: (segment_half_life_days: 1e30, customer_half_life_days: 1e30)", "");
    let nearly = coalition_scenario(&scenario, &[Mechanism::TasteDrift], 1).expect("a scenario");
    assert!(slow == Stage::new(&nearly).run(0).panel, "initial tastes are as they were");
}

#[test]
fn coalitions_count_worlds_first_and_give_the_trials_they_stand_for() {
    let scenario = load(TWO_ARMS);
    let study = AttributionStudy::new(&scenario).expect("a study");
    assert_eq!((study.mechanisms.as_slice(), study.absent.len()), (Mechanism::ALL.as_slice(), 0));
    assert_eq!((study.coalitions(), study.pasts(), study.trials()), (64, 16, 128));
    assert_eq!((study.curated_from, study.handoff_month), (1, 2));
    let options = StudyOptions { threads: 2, kept_in: None };
    let found = run_attribution(&study, options, &SilentProgress, &AtomicBool::new(false)).expect("a study");
    // Learning is bit 5; the others are fields of a scenario. Trials with learning, run alone:
    for coalition in [0b111111, 0b100000, 0b101010, 0b110101] {
        let alone = Stage::new(&coalition_scenario(&scenario, &study.mechanisms, coalition).expect("a scenario")).run(1);
        let truth = alone.truth.expect("twins");
        let effect = truth.effect(1, 2..3, study.metric()).expect("recorded");
        let kept = &found[1][coalition].active;
        assert_eq!((kept.control, kept.treated), (effect.without, effect.without + effect.effect), "{coalition:b}");
        let effect = truth.effect(1, 3..4, study.metric()).expect("recorded");
        assert_eq!(found[1][coalition].passive.control, effect.without, "{coalition:b}");
    }
    // Before the handoff the mechanisms of the trial make no difference.
    for world in 0..16 {
        assert!((1..4).all(|future| found[0][world].active == found[0][world | future << 4].active));
    }
}

#[test]
fn results_are_the_same_for_any_number_of_threads_and_when_continued() {
    let scenario = load_with(TWO_ARMS, ", novelty: (boost: 0), wear_out: (penalty: 0)", "");
    let study = AttributionStudy::new(&scenario).expect("a study");
    assert_eq!((study.mechanisms.len(), study.coalitions(), study.pasts()), (4, 16, 4));
    let folder = tempfile::tempdir().expect("a folder");
    let run = |study: &AttributionStudy, threads: usize, kept_in| {
        run_attribution(study, StudyOptions { threads, kept_in }, &SilentProgress, &AtomicBool::new(false)).expect("a study")
    };
    let bytes =
        |trials: &[Vec<TrialMeans>]| attribution_json(&summarise_attribution(&study, trials).expect("a lift")).expect("JSON");
    let whole = run(&study, 1, None);
    let mut begun = study.clone();
    begun.scenario.file.study.replicates = 1;
    assert_eq!(run(&begun, 1, Some(folder.path())), whole[..1]);
    assert_eq!(bytes(&run(&study, 7, Some(folder.path()))), bytes(&whole));
    assert_eq!(bytes(&run(&study, 2, None)), bytes(&whole));
}

#[test]
fn scenarios_in_which_nobody_leaves_are_refused_with_a_hint() {
    let told = |change: fn(&mut Scenario)| {
        let mut scenario = load(TWO_ARMS);
        change(&mut scenario);
        AttributionStudy::new(&scenario).expect_err("refused")
    };
    let nobody = told(|scenario| scenario.file.phases.iter_mut().for_each(|phase| phase.curation = None));
    assert!(matches!(nobody, NoAttribution::NobodyCurates));
    let for_ever = told(|scenario| {
        scenario.file.phases.truncate(2);
        scenario.file.phases[1].months = 2;
    });
    assert!(matches!(for_ever, NoAttribution::NobodyLeaves { .. }) && for_ever.hint().contains("follow active"));
    let (_folder, output) = run_in(&[], &["run", "no_humans", "--attribute", "--quiet"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("hint: "));
}

/// Trials made by hand: control 2 before and after in every trial; the lift before is 0.6, that after it `0.6 − loss(coalition)`.
fn by_hand(loss: impl Fn(usize, usize) -> f64, noise: &[f64]) -> (AttributionStudy, Vec<Vec<TrialMeans>>) {
    let scenario = load_with(
        TWO_ARMS,
        ", novelty: (boost: 0), fatigue: (open_penalty: 0, unsubscribe_growth: 0), lapse: (fatigue_growth: 0)",
        "",
    );
    let study = AttributionStudy::new(&scenario).expect("a study");
    let twins = |lift: f64| TwinMeans { control: 2.0, treated: 2.0 * (1.0 + lift) };
    let trial = |coalition: usize, number: usize| {
        let (before, after) = (twins(0.6 + noise[number]), twins(0.6 + noise[number] - loss(coalition, number)));
        TrialMeans { active: before, passive: after, months: vec![before, before, after] }
    };
    let replicates = (0..noise.len()).map(|number| (0..study.coalitions()).map(|coalition| trial(coalition, number)).collect());
    (study.clone(), replicates.collect())
}

/// Taste drift takes 10 points, the end of curation 5 and 4 more together with drift, learning gives back 6; wear-out does nothing that is
/// not chance; 1 point is lost in any case.
fn told_by_hand() -> Attribution {
    let loss = |coalition: usize, number: usize| {
        let on = |bit: usize| (coalition >> bit & 1) as f64;
        // Replicates differ, in the effect of drift on that of curation too.
        let (wobble, other) = ([0.0026, -0.0013, -0.0013][number], [0.0013, -0.0026, 0.0013][number]);
        let chance = wobble * (1.0 + on(0) + on(1) + 0.6 * on(2) - on(3)) + other * (on(0) + on(3)) * (on(2) + on(1));
        0.01 + 0.10 * on(0) + 0.05 * on(2) + 0.04 * on(0) * on(2) - 0.06 * on(3) + chance
    };
    let (study, replicates) = by_hand(loss, &[0.05, -0.02, -0.03]);
    let mut found = summarise_attribution(&study, &replicates).expect("a lift");
    (found.digest, found.program) = ("0123456789abcdef".to_owned(), "longgame".to_owned());
    found
}

#[test]
fn parts_are_those_of_a_loss_made_by_hand() {
    let found = told_by_hand();
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    let row = |mechanism: Mechanism| found.mechanisms.iter().find(|row| row.mechanism == mechanism).expect("there");
    assert_eq!(found.mechanisms[0].mechanism, Mechanism::TasteDrift, "the largest first");
    close(row(Mechanism::TasteDrift).part.points, 12.0);
    close(row(Mechanism::EndOfCuration).part.points, 7.0);
    close(row(Mechanism::Learning).part.points, -6.0);
    close(row(Mechanism::WearOut).part.points, 0.0);
    close(found.remainder.points, 1.0);
    close(found.loss.points, 14.0);
    let drift = row(Mechanism::TasteDrift);
    close(drift.alone_points, 10.0);
    close(drift.last_points, 14.0);
    close(drift.gap_points, 4.0);
    close(found.interaction_points, 4.0);
    close(drift.part.share.expect("a clear loss"), 12.0 / 14.0);
    // Alone, wear-out differs by 0.26, −0.13 and −0.13 points between replicates: standard deviation 0.13 √3, standard error 0.13.
    close(row(Mechanism::WearOut).alone_points_std_error.expect("three"), 0.13);
    assert_eq!(found.absent.iter().map(|absent| absent.mechanism).collect::<Vec<_>>(), [Mechanism::Novelty, Mechanism::Fatigue]);
}

#[test]
fn the_table_opens_with_what_the_loss_is_due_to() {
    let table = attribution_table(&told_by_hand());
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    insta::assert_snapshot!(table);
}

#[test]
fn a_loss_that_may_be_chance_has_points_but_no_shares() {
    let (study, replicates) = by_hand(|coalition, number| [0.3, -0.3, 0.01][number] * (coalition >> 3 & 1) as f64, &[0.0; 3]);
    let found = summarise_attribution(&study, &replicates).expect("a lift");
    assert!(!found.is_loss_clear && found.mechanisms.iter().all(|row| row.part.share.is_none()));
    let table = attribution_table(&found);
    assert!(table.contains("is not clearly different from that before it"), "{table}");
    assert!(!table.contains("NaN"));
}

#[test]
fn a_lift_that_grows_after_the_handoff_is_told_as_growth() {
    let (study, replicates) =
        by_hand(|coalition, number| -0.1 * (coalition >> 3 & 1) as f64 + 0.0001 * number as f64, &[0.0, 0.01, 0.02]);
    let table = attribution_table(&summarise_attribution(&study, &replicates).expect("a lift"));
    assert!(table.contains("did not fade but grew by"), "{table}");
    assert!(table.contains("come from learning"), "{table}");
}

#[test]
fn a_single_replicate_tells_points_without_errors_and_nothing_beyond_doubt() {
    let (study, replicates) = by_hand(|coalition, _| 0.01 * coalition as f64, &[0.0]);
    let found = summarise_attribution(&study, &replicates).expect("a lift");
    assert!(!found.is_loss_clear && found.mechanisms.iter().all(|row| row.p_holm.is_none()));
    assert!(!attribution_table(&found).contains("NaN"));
    assert!(attribution_svg(&found).is_ok_and(|svg| !svg.contains("NaN")));
}

#[test]
fn without_anything_in_the_control_arm_there_is_no_lift_to_split() {
    let (study, mut replicates) = by_hand(|_, _| 0.1, &[0.0, 0.1]);
    replicates.iter_mut().flatten().for_each(|trial| trial.passive = TwinMeans { control: 0.0, treated: 0.1 });
    let told = summarise_attribution(&study, &replicates).expect_err("no lift").to_string();
    assert_eq!(told, "there is no lift in direct_app_opens: its mean in the control arm is 0 or not known");
}

proptest! {
    #[test]
    fn parts_and_remainder_add_up_to_the_loss(numbers in proptest::collection::vec((0.5..3.0_f64, 0.5..3.0_f64, 0.5..3.0_f64, 0.5..3.0_f64), 32)) {
        let (study, mut replicates) = by_hand(|_, _| 0.0, &[0.0; 2]);
        for (trial, (a, b, c, d)) in replicates.iter_mut().flatten().zip(numbers) {
            (trial.active, trial.passive) = (TwinMeans { control: a, treated: b }, TwinMeans { control: c, treated: d });
        }
        let found = summarise_attribution(&study, &replicates).expect("a lift");
        let parts: f64 = found.mechanisms.iter().map(|row| row.part.points).sum();
        prop_assert!((parts + found.remainder.points - found.loss.points).abs() < 1e-9);
        prop_assert!((100.0 * (found.active_lift - found.passive_lift) - found.loss.points).abs() < 1e-9);
        let alone: f64 = found.mechanisms.iter().map(|row| row.alone_points).sum();
        prop_assert!((alone + found.interaction_points + found.remainder.points - found.loss.points).abs() < 1e-9);
    }
}

#[test]
fn json_goes_to_stdout_with_what_programs_rely_on() {
    let small = ["run", "quick", "--attribute", "--customers", "120", "--replicates", "2", "--set", "pre_period_days=14"];
    let changes = ["--set", "phases[0].months=1", "--set", "phases[1].months=1", "--set", "population.novelty.boost=0"];
    let (folder, output) = run_in(&[], &[&small[..], &changes, &["--json", "--out", "here"]].concat());
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{talk}");
    assert!(talk.starts_with("quick, attribution in 64 trials: 16 shared pasts\n"), "{talk}");
    let names = ["json", "csv", "png", "journal"].map(|ending| format!("attribution.{ending}"));
    let names = names.into_iter().chain(["attribution_coalitions.csv".to_owned(), "attribution_curve.csv".to_owned()]);
    for name in names {
        assert!(folder.path().join("here").join(&name).is_file(), "{name}");
    }
    assert_eq!(output.stdout, std::fs::read(folder.path().join("here/attribution.json")).expect("the results"));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&found["schema"], &found["scenario"], &found["coalitions"]), (&1.into(), &"quick".into(), &32.into()));
    let rows = found["mechanisms"].as_array().expect("rows");
    assert_eq!(rows.len(), 5);
    for row in rows {
        for name in
            ["points", "points_std_error", "points_conf_low", "points_conf_high", "alone_points", "last_points", "gap_points"]
        {
            assert!(row[name].is_number(), "{name}: {row}");
        }
    }
    assert_eq!(found["absent"][0]["mechanism"], "novelty");
    assert!(found["verdict"].as_array().is_some_and(|sentences| sentences.len() == 2));
    assert_eq!(found["by_coalition"].as_array().map(Vec::len), Some(32));
    assert_eq!(found["curve"].as_array().map(Vec::len), Some(7 * 2));
    let csv = attribution_csv(&told_by_hand()).expect("rendered");
    assert!(csv.starts_with(
        b"part,points,points_std_error,points_conf_low,points_conf_high,share,share_std_error,p_holm,alone_points,"
    ));
}
