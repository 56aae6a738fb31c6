//! Result files: whole, readable by others, and the same for the same study.

use crate::report_fixture::{Made, Toy};
use longgame::report::{
    Findings, Manifest, OutputFile, effects_csv, ledger_parquet, manifest_json, replicates_parquet, study_from_parquet,
    summary_json, uplift_csv,
};
use std::fs::File;
use std::io::{Seek, Write};

fn on_disk(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("room on the disk");
    file.rewind().expect("a file that can be read");
    file
}

fn small() -> Made {
    let mut toy = Toy { replicates: 7, has_truth: true, ..Toy::paper() };
    toy.metrics[2].monthly_mean = -1.0;
    toy.make()
}

#[test]
fn a_study_comes_back_from_its_parquet_files_row_for_row() {
    let study = small().study;
    let unknown = study.replicates.iter().flat_map(|result| &result.estimates).filter(|row| row.lift.is_none()).count();
    assert!(unknown > 0, "the study must hold unknown values to test them");
    let replicates = replicates_parquet(&study).expect("parquet");
    let ledger = ledger_parquet(&study).expect("parquet");
    let back = study_from_parquet(on_disk(&replicates), on_disk(&ledger)).expect("the files just written");
    assert_eq!(back, study);
    assert_eq!(replicates_parquet(&back).expect("parquet"), replicates, "rewriting gives the same bytes");
}

#[test]
fn every_file_is_the_same_for_the_same_study() {
    let (first, second) = (small(), small());
    for file in OutputFile::ALL {
        let render = |made: &Made| {
            let findings = Findings { study: &made.study, summary: &made.summary, report: &made.report };
            file.render(findings).expect("a file")
        };
        assert_eq!(render(&first), render(&second), "{}", file.name());
    }
}

#[test]
fn a_file_that_is_no_study_is_refused_with_what_is_missing() {
    let study = small().study;
    let (replicates, ledger) = (replicates_parquet(&study).expect("parquet"), ledger_parquet(&study).expect("parquet"));
    let cut = study_from_parquet(on_disk(&replicates[..replicates.len() / 2]), on_disk(&ledger));
    assert!(cut.is_err(), "half a file");
    let swapped = study_from_parquet(on_disk(&ledger), on_disk(&ledger)).expect_err("the ledger holds no estimates");
    assert_eq!(swapped.to_string(), "the file does not name its metrics");
    let swapped = study_from_parquet(on_disk(&replicates), on_disk(&replicates)).expect_err("estimates are no ledger");
    assert_eq!(swapped.to_string(), "column `direct_opens_per_message` is missing or of another type");
}

#[test]
fn tables_for_programs_have_a_cell_for_every_column_and_none_for_what_is_unknown() {
    let made = small();
    let effects = String::from_utf8(effects_csv(&made.summary).expect("csv")).expect("UTF-8");
    let json: serde_json::Value = serde_json::from_slice(&summary_json(&made.summary).expect("json")).expect("json");
    let first = json["effects"][0].as_object().expect("an object");
    let header: Vec<&str> = effects.lines().next().expect("a header").split(',').collect();
    assert_eq!(header, first.keys().map(String::as_str).collect::<Vec<_>>(), "columns are the fields of summary.json");
    assert_eq!(effects.lines().count(), 1 + made.summary.effects.len());
    for text in [effects, String::from_utf8(uplift_csv(&made.report).expect("csv")).expect("UTF-8")] {
        let columns = text.lines().next().expect("a header").split(',').count();
        assert!(text.lines().all(|line| line.split(',').count() == columns));
        assert!(!text.contains("NaN") && !text.contains("inf"));
        assert!(text.contains(",,"), "unknown values are empty cells");
    }
}

#[test]
fn the_uplift_table_holds_every_month_of_every_headline_metric() {
    let made = Toy::paper().make();
    let text = String::from_utf8(uplift_csv(&made.report).expect("csv")).expect("UTF-8");
    for metric in &made.context.headline_metrics {
        let months = text.lines().filter(|line| line.starts_with(metric.as_str()) && line.contains(",month_"));
        assert_eq!(months.count(), 11, "{metric}");
    }
}

#[test]
fn the_manifest_reads_back_as_it_was_written() {
    let manifest = Manifest {
        schema: 1,
        program: "longgame 0.1.0".to_owned(),
        scenario: "toy".to_owned(),
        digest: "3f9ad2c41b7e5a60".to_owned(),
        seed: 20_260_409,
        replicates: 7,
        started: "2026-04-09T08:00:00Z".to_owned(),
        finished: "2026-04-09T08:02:03Z".to_owned(),
        wall_seconds: 123.4,
        replicates_simulated: 5,
        events: 7_000_021,
        customer_days: 54_600_000,
        peak_memory_bytes: None,
        threads: 2,
        resolved_scenario: Toy::paper().scenario(),
    };
    let bytes = manifest_json(&manifest).expect("json");
    let back: Manifest = serde_json::from_slice(&bytes).expect("the manifest just written");
    assert_eq!(back, manifest);
}
