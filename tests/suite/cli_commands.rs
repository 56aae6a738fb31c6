//! The commands that explain and validate, as a user's shell sees them.

use assert_cmd::Command;
use longgame::scenario::BUNDLED;
use serde_json::Value;
use std::fs;
use std::process::{Output, Stdio};

/// Runs the program in a fresh folder with these files.
pub(crate) fn run_in(files: &[(&str, &[u8])], arguments: &[&str]) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    let output = program().current_dir(folder.path()).args(arguments).output().expect("the program starts");
    (folder, output)
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longgame"));
    command.env_remove("NO_COLOR");
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn check_says_what_each_scenario_is() {
    let (_folder, output) = run_in(&[("mine.ron", b"(name: \"mine\")")], &["check", "mine.ron", "paper", "--customers", "500"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(stdout(&output).lines().filter(|line| !line.contains("digest")).collect::<Vec<_>>().join("\n"));
}

#[test]
fn check_looks_at_every_file_and_fails_if_one_is_wrong() {
    let files: &[(&str, &[u8])] = &[("good.ron", b"(name: \"good\")"), ("bad.ron", b"(name: \"bad\", start: \"never\")")];
    let (_folder, output) = run_in(files, &["check", "--json", "bad.ron", "missing.ron", "good.ron"]);
    assert_eq!(output.status.code(), Some(2));
    let verdicts: Value = serde_json::from_str(&stdout(&output)).expect("JSON on stdout whatever is wrong");
    let valid: Vec<&Value> = verdicts.as_array().expect("an array").iter().map(|verdict| &verdict["valid"]).collect();
    assert_eq!(valid, [&Value::Bool(false), &Value::Bool(false), &Value::Bool(true)]);
    assert_eq!(verdicts[0]["mistakes"][0]["path"], "start");
    assert_eq!(verdicts[0]["mistakes"][0]["column"], 22);
    assert_eq!(verdicts[2]["customers"], 20_000);
}

#[test]
fn new_writes_a_scenario_that_checks_and_never_overwrites() {
    let (folder, output) = run_in(&[], &["new", "mine"]);
    assert_eq!(output.status.code(), Some(0));
    let written = fs::read(folder.path().join("mine.ron")).expect("the new scenario");
    let check = program().current_dir(folder.path()).args(["check", "mine.ron"]).output().expect("starts");
    assert_eq!(check.status.code(), Some(0));
    let again = program().current_dir(folder.path()).args(["new", "mine.ron"]).output().expect("starts");
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("mine.ron exists already"));
    assert_eq!(fs::read(folder.path().join("mine.ron")).expect("still there"), written);
}

#[test]
fn new_refuses_names_no_scenario_can_have() {
    for name in ["a b", "", "..", "x\"y"] {
        let (folder, output) = run_in(&[], &["new", name]);
        assert_eq!(output.status.code(), Some(2), "{name:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0, "{name:?} left something behind");
    }
}

#[test]
fn list_shows_every_bundled_scenario() {
    let (_folder, output) = run_in(&[], &["list"]);
    for bundled in BUNDLED {
        assert!(stdout(&output).contains(bundled.name));
    }
    let (_folder, output) = run_in(&[], &["list", "--json"]);
    let listed: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(BUNDLED.len()));
}

#[test]
fn fields_explains_and_guesses() {
    let (_folder, output) = run_in(&[], &["fields", "population.drift"]);
    insta::assert_snapshot!(stdout(&output));
    let (_folder, output) = run_in(&[], &["fields", "populaton.drift"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean"));
    let (_folder, output) = run_in(&[], &["fields", "--json"]);
    let entries: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert!(entries.as_array().is_some_and(|entries| entries.len() > 150));
}

#[test]
fn manual_and_completions_cover_every_command() {
    let (_folder, man) = run_in(&[], &["man"]);
    for command in ["run", "check", "new", "list", "fields"] {
        assert!(
            stdout(&man).contains(&format!("longgame {command}")) || stdout(&man).contains(&format!("longgame\\-{command}")),
            "{command}"
        );
    }
    for shell in ["bash", "zsh", "fish"] {
        let (_folder, script) = run_in(&[], &["completions", shell]);
        assert_eq!(script.status.code(), Some(0));
        assert!(stdout(&script).contains("fields"), "{shell}");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_longgame"))
        .args(["fields"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
