//! Every mistake in a table, and the whole of what is said about it. Exit code 2, stdout empty, never a number that is wrong.

use crate::cli_commands::run_in;
use serde_json::Value;
use std::fmt::Write as _;

const FLAGS: &str = "--unit id --treatment arm --outcome y";

/// Analyses tables one by one, each expected to be refused.
fn transcript_of(cases: &[(&str, &[u8], &str)]) -> String {
    let mut transcript = String::new();
    for (title, table, flags) in cases {
        let arguments: Vec<&str> = ["analyze", "t.csv"].into_iter().chain(flags.split_whitespace()).collect();
        let (_folder, output) = run_in(&[("t.csv", table)], &arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{title}: {stderr}");
        assert!(output.stdout.is_empty(), "{title}");
        // Writing to a string cannot fail.
        let _ = writeln!(transcript, "=== {title}\n$ longgame {}\n{stderr}", arguments.join(" "));
    }
    transcript
}

#[test]
fn cells_that_cannot_be_used() {
    let typo: String = (0..30).map(|row| format!("{row},{},{row},{}\n", row % 2, if row == 7 { "old" } else { "2" })).collect();
    let typo = format!("id,arm,y,x\n{typo}");
    let transcript = transcript_of(&[
        ("text for a number", b"id,arm,y\n1,0,3\n2,1,abc\n", FLAGS),
        ("decimal comma", b"id;arm;y\n1;0;3,5\n2;1;2,5\n", FLAGS),
        ("percent", b"id,arm,y\n1,0,3%\n", FLAGS),
        ("currency", b"id,arm,y\n1,0,$3\n", FLAGS),
        ("infinite", b"id,arm,y\n1,0,3\n2,1,inf\n", FLAGS),
        ("too large", b"id,arm,y\n1,0,3\n2,1,1e999\n", FLAGS),
        ("no arm", b"id,arm,y\n1,0,3\n2,,4\n", FLAGS),
        ("no unit", b"id,arm,y\n1,0,3\n,1,4\n", FLAGS),
        ("unit twice", b"id,arm,y\n7,0,3\n8,1,4\n7,0,5\n", FLAGS),
        ("missing and refused", b"id,arm,y\n1,0,3\n2,1,NA\n", "--unit id --treatment arm --outcome y --missing refuse"),
        ("too few cells", b"id,arm,y\n1,0,3\n2,1\n", FLAGS),
        ("too many cells", b"id,arm,y\n1,0,3\n2,1,4,5\n", FLAGS),
        ("quotes never closed", b"id,arm,y\n1,0,3\n\"2,1,4\n3,0,5\n", FLAGS),
        ("text in a covariate", typo.as_bytes(), "--unit id --treatment arm --outcome y --covariates x"),
    ]);
    insta::assert_snapshot!(transcript);
}

#[test]
fn tables_that_cannot_be_used() {
    let many: String = (0..30).map(|row| format!("{row},{row},1\n")).collect();
    let many = format!("id,arm,y\n{many}");
    let transcript = transcript_of(&[
        ("empty", b"", FLAGS),
        ("header only", b"id,arm,y\n", FLAGS),
        ("UTF-16", b"\xff\xfei\0d\0", FLAGS),
        ("Excel", b"PK\x03\x04rest", FLAGS),
        ("one arm", b"id,arm,y\n1,0,3\n2,0,4\n", FLAGS),
        ("three arms", b"id,arm,y\n1,0,3\n2,a,4\n3,b,5\n", FLAGS),
        ("unclear control", b"id,arm,y\n1,blue,3\n2,green,4\n", FLAGS),
        (
            "a control that is not there",
            b"id,arm,y\n1,blue,3\n2,green,4\n",
            "--unit id --treatment arm --outcome y --control bleu",
        ),
        ("a column of names as arms", many.as_bytes(), FLAGS),
        ("one unit per arm", b"id,arm,y\n1,0,3\n2,1,4\n", FLAGS),
        ("all missing", b"id,arm,y\n1,0,\n2,1,NA\n3,0,\n4,1,\n", FLAGS),
        ("one cluster", b"id,arm,y,h\n1,0,3,a\n2,1,4,a\n3,0,3,a\n4,1,6,a\n", "--unit id --treatment arm --outcome y --cluster h"),
    ]);
    insta::assert_snapshot!(transcript);
}

#[test]
fn flags_that_do_not_fit_the_table() {
    let table: &[u8] = b"id,arm,orders,revenue,segment,month\n1,0,3,1,a,1\n2,1,4,2,b,2\n3,0,4,1,a,1\n4,1,6,2,b,2\n";
    let transcript = transcript_of(&[
        ("nothing said", table, ""),
        ("unknown column", table, "--unit id --treatment arm --outcome order"),
        ("unlike any column", table, "--unit id --treatment arm --outcome zzz"),
        ("one column twice", table, "--unit id --treatment arm --outcome orders --covariates orders"),
        ("lists of different length", table, "--unit id --treatment arm --outcome orders,revenue --pre segment"),
        ("time without start", table, "--unit id --treatment arm --outcome orders --time month"),
        ("pre in a panel", table, "--unit id --treatment arm --outcome orders --time month --start 2 --pre revenue"),
        ("unknown estimator", table, "--unit id --treatment arm --outcome orders --estimators ttest,lim"),
        ("share", table, "--unit id --treatment arm --outcome orders --expected-share 50"),
        ("nothing that the asked estimator could use", table, "--unit id --treatment arm --outcome orders --estimators lin"),
        ("two columns of one name", b"id,arm,y,y\n1,0,3,3\n", FLAGS),
    ]);
    insta::assert_snapshot!(transcript);
}

#[test]
fn panels_that_cannot_be_used() {
    let flags = "--unit id --treatment arm --outcome y --time t --start 2025-03";
    let start = |start: &'static str| format!("--unit id --treatment arm --outcome y --time t --start {start}");
    let (word, early, late) = (start("March"), start("1"), start("9"));
    let numbered: &[u8] = b"id,arm,t,y\n1,0,1,3\n1,0,2,4\n2,1,1,3\n2,1,2,6\n";
    let transcript = transcript_of(&[
        ("start that is no date", numbered, &word),
        ("nothing before the start", numbered, &early),
        ("nothing from the start on", numbered, &late),
        ("a day among months", b"id,arm,t,y\n1,0,2025-02,3\n1,0,2025-03-01,4\n", flags),
        ("months first", b"id,arm,t,y\n1,0,02/2025,3\n1,0,03/2025,4\n2,1,02/2025,3\n2,1,03/2025,4\n", flags),
        ("period twice", b"id,arm,t,y\n1,0,2025-02,3\n1,0,2025-02,4\n", flags),
        ("an arm that switches on", b"id,arm,t,y\n1,0,2025-02,3\n1,1,2025-03,4\n", flags),
    ]);
    insta::assert_snapshot!(transcript);
}

fn json(table: &str, flags: &str) -> Value {
    let arguments: Vec<&str> = ["analyze", "t.csv", "--json"].into_iter().chain(flags.split_whitespace()).collect();
    let (_folder, output) = run_in(&[("t.csv", table.as_bytes())], &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!text.contains("NaN"), "{text}");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_constant_outcome_is_told_and_has_no_p_value() {
    let found = json("id,arm,y\n1,0,0\n2,1,0\n3,0,0\n4,1,0\n", FLAGS);
    let row = &found["effects"][0];
    assert_eq!(
        (&row["effect"], &row["p_value"], &row["lift"], &row["conf_low"]),
        (&0.0.into(), &Value::Null, &Value::Null, &Value::Null)
    );
    assert!(found["checks"].as_array().unwrap().iter().any(|check| check["name"] == "constant_outcome"));
}

#[test]
fn missing_outcomes_are_left_out_and_counted_by_arm() {
    let mut table = "id,arm,y\n".to_owned();
    for unit in 0..400 {
        let (arm, value) = (unit % 2, unit * 37 % 11);
        let lost = arm == 1 && unit % 8 == 1;
        table.push_str(&format!("u{unit},{arm},{}\n", if lost { String::new() } else { value.to_string() }));
    }
    let found = json(&table, FLAGS);
    assert_eq!((found["design"]["dropped_control"].as_u64(), found["design"]["dropped_treatment"].as_u64()), (Some(0), Some(50)));
    let attrition = found["checks"].as_array().unwrap().iter().find(|check| check["name"] == "attrition").unwrap();
    assert_eq!(attrition["verdict"], "warning");
    // Pearson, by hand: 400·(50·200)²/(50·350·200·200) = 57.142857…
    assert!((attrition["statistic"].as_f64().unwrap() - 400.0 / 7.0).abs() < 1e-9);
}

#[test]
fn arms_are_told_apart_by_their_words() {
    for (control, treated, flags) in [
        ("Control", "New", ""),
        ("FALSE", "TRUE", ""),
        ("0.0", "1.0", ""),
        ("blue", "green", "--control blue"),
        ("b", "a", "--treated a"),
    ] {
        let table = format!("id,arm,y\n1,{treated},5\n2,{control},1\n3,{treated},6\n4,{control},2\n");
        let found = json(&table, &format!("{FLAGS} {flags}"));
        assert_eq!(found["design"]["control"], control);
        assert_eq!(found["effects"][0]["effect"], 4.0);
    }
    let three = "id,arm,y\n1,0,1\n2,1,3\n3,2,9\n4,0,2\n5,1,5\n6,2,9\n";
    let found = json(three, &format!("{FLAGS} --control 0 --treated 1"));
    assert_eq!((&found["effects"][0]["effect"], &found["effects"][0]["n_control"]), (&2.5.into(), &2.into()));
}

#[test]
fn a_column_that_knows_the_assignment_is_told() {
    let mut table = "id,arm,y,leak\n".to_owned();
    for unit in 0..40 {
        table.push_str(&format!("{unit},{},{},{}\n", unit % 2, unit * 7 % 5, unit % 2));
    }
    let found = json(&table, &format!("{FLAGS} --covariates leak"));
    let balance = found["checks"].as_array().unwrap().iter().find(|check| check["name"] == "balance").unwrap();
    assert_eq!(balance["verdict"], "warning");
    let estimators: Vec<&str> =
        found["effects"].as_array().unwrap().iter().map(|row| row["estimator"].as_str().unwrap()).collect();
    assert_eq!(estimators, ["difference_in_means"], "what cannot be told apart is left out, not guessed");
}

#[test]
fn a_mistake_leaves_nothing_behind() {
    let arguments = ["analyze", "t.csv", "--unit", "id", "--treatment", "arm", "--outcome", "y", "--out", "results"];
    let (folder, output) = run_in(&[("t.csv", b"id,arm,y\n1,0,x\n")], &arguments);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1);
}
