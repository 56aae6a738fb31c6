//! `longgame run` from outside: streams, exit codes, interruption. What the numbers are is tested elsewhere.

use crate::cli_commands::run_in;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A trial of a fraction of a second.
const SMALL: [&str; 7] = ["run", "quick", "--customers", "200", "--set", "pre_period_days=14", "--set"];
const SHORT: &str = "phases=[(name: \"only\", months: 1)]";

fn small<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SMALL.iter().chain([SHORT].iter()).chain(more).copied().collect()
}

#[test]
fn json_goes_to_stdout_and_is_the_summary_file() {
    let (folder, output) = run_in(&[], &small(&["--replicates", "2", "--json", "--out", "here"]));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout, fs::read(folder.path().join("here/summary.json")).expect("the summary"));
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(talk.starts_with("quick: 2 replicates\n"), "plain lines where no terminal is: {talk}");
}

#[test]
fn without_a_pre_period_estimators_that_rest_on_it_have_no_estimate_and_the_table_says_why() {
    let flags =
        ["run", "quick", "--customers", "200", "--replicates", "2", "--quiet", "--set", "pre_period_days=0", "--out", "here"];
    let (folder, output) = run_in(&[], &flags);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8_lossy(&output.stdout).replace('\n', " ");
    let why =
        "No estimate by difference in differences or by CUPED: without a pre-period there is nothing to set the outcome against.";
    assert!(table.contains(why), "{table}");
    assert!(fs::read_to_string(folder.path().join("here/report.html")).expect("a page").contains(why));
    let summary = fs::read(folder.path().join("here/summary.json")).expect("a summary");
    let summary: serde_json::Value = serde_json::from_slice(&summary).expect("JSON");
    for row in summary["effects"].as_array().expect("rows").iter().filter(|row| row["window"] == "trial") {
        let rests = ["difference_in_differences", "cuped"].iter().any(|name| row["estimator"] == *name);
        assert!(!rests || row["effect"].is_null(), "{row}");
        assert!(row["estimator"] != "difference_in_means" || row["metric"] == "lapsed" || row["effect"].is_number(), "{row}");
    }
}

#[test]
fn quiet_says_nothing_but_the_result() {
    let (_folder, output) = run_in(&[], &small(&["--replicates", "2", "--quiet"]));
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.stdout.is_empty());
}

#[test]
fn shards_of_a_run_meet_in_one_folder() {
    let (folder, first) = run_in(&[], &small(&["--replicates", "3", "--quiet", "--out", "here", "--shard", "2/2"]));
    let told = String::from_utf8_lossy(&first.stdout);
    assert!(told.starts_with("Shard 2/2 is done: 1 of 3 replicates are finished in here.\n"), "{told}");
    assert!(!folder.path().join("here/summary.json").exists());
    let again = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_longgame"));
        command.current_dir(folder.path()).args(small(&["--replicates", "3", "--quiet", "--out", "here"])).args(more);
        command.output().expect("it runs")
    };
    let last = again(&["--shard", "1/2"]);
    assert_eq!(last.status.code(), Some(0), "{}", String::from_utf8_lossy(&last.stderr));
    assert!(folder.path().join("here/summary.json").exists(), "the shard that completes the study ends it");
    assert_eq!(again(&["--shard", "3/2"]).status.code(), Some(2));
}

/// Waits until `done` or gives up after half a minute.
fn wait_until(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_exits_with_130_and_continues_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = |out: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_longgame"));
        command.current_dir(folder.path()).args(small(&["--replicates", "400", "--out"])).arg(out);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    };
    let child = run("interrupted").spawn().expect("the program starts");
    let journal = folder.path().join("interrupted/replicates.journal");
    wait_until(|| fs::metadata(&journal).is_ok_and(|found| found.len() > 2_000));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!folder.path().join("interrupted/summary.json").exists(), "nothing half-written");
    for out in ["interrupted", "whole"] {
        assert_eq!(run(out).status().expect("runs").code(), Some(0));
    }
    let summary = |out: &str| fs::read(folder.path().join(Path::new(out)).join("summary.json")).expect("a summary");
    assert!(summary("interrupted") == summary("whole"), "the same command continues to the same bytes");
}
