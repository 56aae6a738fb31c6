//! Every mistake a user can make, and the whole of what is said about it. Exit code 2, stdout empty, nothing left behind.

use crate::cli_commands::run_in;
use std::fmt::Write as _;
use std::process::Output;

/// Appends one case to a transcript: the file, the command, the exit code, what was said.
fn record(transcript: &mut String, title: &str, shown: &str, arguments: &[&str], output: &Output) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let command = arguments.iter().map(|word| if word.contains(' ') { format!("'{word}'") } else { (*word).to_owned() });
    let command = command.collect::<Vec<_>>().join(" ");
    // Writing to a string cannot fail.
    let _ = writeln!(transcript, "=== {title}\n{shown}\n$ longgame {command}\n{stderr}");
}

/// Checks scenario texts one by one, each expected to be wrong.
fn transcript_of(cases: &[(&str, &str)]) -> String {
    let mut transcript = String::new();
    for (title, text) in cases {
        let (_folder, output) = run_in(&[("bad.ron", text.as_bytes())], &["check", "bad.ron"]);
        assert_eq!(output.status.code(), Some(2), "{title}");
        assert!(output.stdout.is_empty(), "{title}");
        record(&mut transcript, title, text, &["check", "bad.ron"], &output);
    }
    transcript
}

#[test]
fn mistakes_of_syntax() {
    let transcript = transcript_of(&[
        ("missing comma", "(\n    name: \"x\"\n    title: \"y\",\n)"),
        ("never closed", "(\n    name: \"x\",\n    population: (size: 5,\n)"),
        ("equals sign", "(name = \"x\")"),
        ("text not closed", "(\n    name: \"x,\n)"),
        ("single quotes", "(name: 'abc')"),
        ("more after the end", "(name: \"x\")\n(name: \"y\")"),
        ("empty file", ""),
        ("field given twice", "(\n    name: \"x\",\n    start: \"2025-02-01\",\n    start: \"2025-03-01\",\n)"),
    ]);
    insta::assert_snapshot!(transcript);
}

#[test]
fn mistakes_of_shape() {
    let transcript = transcript_of(&[
        ("unknown field", "(\n    name: \"x\",\n    population: (drift: (segment_half_life: 400)),\n)"),
        ("unknown variant", "(name: \"x\", arms: [(name: \"a\", share: 0.5, policy: Thomson()), (name: \"b\", share: 0.5)])"),
        ("text for a number", "(name: \"x\", population: (size: \"many\"))"),
        ("fraction for a whole number", "(name: \"x\", population: (size: 20_000.5))"),
        ("exponent for a whole number", "(name: \"x\", population: (size: 2e4))"),
        ("negative count", "(name: \"x\", pre_period_days: -5)"),
        ("too large for its type", "(name: \"x\", study: (replicates: 5_000_000_000))"),
        ("word for a text", "(name: x)"),
        ("variant in quotes", "(name: \"x\", arms: [(name: \"a\", policy: \"Silent\")])"),
        ("variant without parentheses", "(name: \"x\", arms: [(name: \"a\", policy: Thompson)])"),
        ("two pairs of parentheses", "(name: \"x\", arms: [(name: \"a\", policy: Thompson((personal: true)))])"),
        ("Some", "(name: \"x\", population: (represents: Some(5.0)))"),
        ("number for a list", "(name: \"x\", study: (metrics: \"sessions\"))"),
        ("missing name", "(title: \"x\")"),
        ("missing field of a variant", "(name: \"x\", arms: [(name: \"a\", policy: Thompson(reward: Session()))])"),
        (
            "several at once",
            "(\n    nam: \"x\",\n    population: (siz: 5, taste: (strength: \"high\")),\n    study: (seed: 1.5),\n)",
        ),
    ]);
    insta::assert_snapshot!(transcript);
}

#[test]
fn mistakes_of_meaning() {
    let transcript = transcript_of(&[
        ("zero customers", "(name: \"x\", population: (size: 0))"),
        ("out of range", "(name: \"x\", population: (drift: (customer_half_life_days: -60)))"),
        ("not a number", "(name: \"x\", population: (taste: (strength: NaN, spread: inf)))"),
        (
            "shares",
            "(\n    name: \"x\",\n    arms: [\n        (name: \"control\", share: 0.2, policy: BusinessAsUsual()),\n        (name: \"agents\", share: 0.9, policy: Thompson()),\n    ],\n)",
        ),
        ("one arm", "(name: \"x\", arms: [(name: \"agents\", share: 1.0, policy: Thompson())])"),
        ("an arm without customers", "(name: \"x\", population: (size: 15))"),
        (
            "duplicate names",
            "(\n    name: \"x\",\n    phases: [(name: \"a\", months: 1), (name: \"a\", months: 2)],\n    arms: [(name: \"b\", share: 0.5), (name: \"b\", share: 0.5)],\n)",
        ),
        ("names of windows", "(name: \"x\", phases: [(name: \"trial\"), (name: \"month_03\"), (name: \"\")])"),
        ("empty library", "(name: \"x\", content: (slots: [(name: \"theme\", components: 0)]))"),
        ("no slots", "(name: \"x\", content: (slots: []))"),
        ("no phases", "(name: \"x\", phases: [])"),
        ("a phase of no months", "(name: \"x\", phases: [(name: \"active\", months: 0), (name: \"passive\", months: 3)])"),
        ("too long", "(name: \"x\", pre_period_days: 900, phases: [(name: \"active\", months: 800)])"),
        (
            "after the end",
            "(\n    name: \"x\",\n    phases: [(name: \"active\", months: 2)],\n    population: (drift: (breaks: [(day: 70)])),\n    competitors: [(name: \"rival\", enters_day: 400)],\n    verticals: [(name: \"strategic\", deadlines: [(on: \"2031-04-15\")])],\n)",
        ),
        ("dates", "(name: \"x\", start: \"2025-02-30\")"),
        ("a name no folder can have", "(name: \"my trial\")"),
        (
            "unknown metric and estimator",
            "(name: \"x\", study: (metrics: [\"direct_opens\", \"conversions:strategy\"], estimators: [\"did\"]))",
        ),
        ("unknown channel", "(name: \"x\", guardrails: (weekly_caps: [(channel: \"pusch\", per_week: 2)]))"),
        (
            "pool of the control arm",
            "(name: \"x\", arms: [(name: \"a\", share: 0.5, policy: Thompson(prior_mean: 0.0, reward: DifferenceInDifferences(days: 7, pool: Control))), (name: \"b\", share: 0.5)])",
        ),
        (
            "pooled draws of personal beliefs",
            "(name: \"x\", arms: [(name: \"a\", share: 0.5), (name: \"b\", share: 0.5, policy: Thompson(draws: Pooled(256)))])",
        ),
        ("a default that no longer fits", "(name: \"x\", verticals: [])"),
    ]);
    insta::assert_snapshot!(transcript);
}

#[test]
fn mistakes_in_flags() {
    let mut transcript = String::new();
    let cases: &[&[&str]] = &[
        &["--set", "population.sise=5"],
        &["--set", "drift.half_life_days=5"],
        &["--set", "arms[2].share=0.5"],
        &["--set", "arms[agent].share=0.5"],
        &["--set", "population.size.x=5"],
        &["--set", "population.size=many"],
        &["--set", "population.size=0"],
        &["--set", "population.size"],
        &["--set", "population..size=5"],
        &["--set", "arms[0].share=0.5"],
        &["--set", "arms[1].policy=Thomson()"],
        &["--set", "arms[1].policy=Thompson(personel: true)"],
        &["--set", "phases=[(name: \"a\", months: 1]"],
        &["--set", "study.seed=1, replicates: 2"],
        &["--customers", "0"],
        &["--customers", "-3"],
        &["--replicates", "1.5"],
        &["--seed", "abc"],
    ];
    for flags in cases {
        let arguments: Vec<&str> = ["check", "good.ron"].iter().chain(flags.iter()).copied().collect();
        let (_folder, output) = run_in(&[("good.ron", b"(name: \"good\")")], &arguments);
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(output.stdout.is_empty(), "{flags:?}");
        record(&mut transcript, &flags.join(" "), "", &arguments, &output);
    }
    insta::assert_snapshot!(transcript);
}

#[test]
fn files_that_cannot_be_used() {
    let mut transcript = String::new();
    let cases: &[(&str, &[&str])] = &[
        ("no such file", &["run", "missing.ron"]),
        ("a bundled name misspelt", &["run", "papper"]),
        ("without its ending", &["run", "good"]),
        ("a folder", &["check", "."]),
        ("not text", &["check", "binary.ron"]),
        ("output that is a file", &["run", "good.ron", "--out", "binary.ron"]),
        ("output inside a file", &["run", "good.ron", "--out", "binary.ron/here"]),
    ];
    for (title, arguments) in cases {
        let files: &[(&str, &[u8])] = &[("good.ron", b"(name: \"good\")"), ("binary.ron", b"(name:\n\xff\xfe)")];
        let (folder, output) = run_in(files, arguments);
        assert_eq!(output.status.code(), Some(2), "{title}");
        assert!(output.stdout.is_empty(), "{title}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 2, "{title} left something behind");
        record(&mut transcript, title, "", arguments, &output);
    }
    insta::assert_snapshot!(transcript);
}

#[test]
fn colour_is_only_paint() {
    let bad: &[(&str, &[u8])] = &[("bad.ron", b"(nam: \"x\")")];
    let (_folder, plain) = run_in(bad, &["check", "bad.ron", "--color", "never"]);
    let (_folder, painted) = run_in(bad, &["check", "bad.ron", "--color", "always"]);
    let painted = String::from_utf8(painted.stderr).expect("UTF-8");
    assert!(painted.contains('\u{1b}'));
    let mut bare = String::new();
    let mut inside = false;
    for c in painted.chars() {
        match c {
            '\u{1b}' => inside = true,
            'm' if inside => inside = false,
            c if !inside => bare.push(c),
            _ => {}
        }
    }
    assert_eq!(bare, String::from_utf8(plain.stderr).expect("UTF-8"));
}
