//! Tables that stand for mistakes and situations from the field, with the answers of other software: `tests/field_cases`.

use crate::analyze_run::words;
use crate::cli_commands::run_in;
use crate::oracle::{close, number};
use serde_json::Value;
use std::path::Path;

/// The text of one of the tables.
#[track_caller]
pub(crate) fn table(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/field_cases/{name}.csv"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What other software found in them.
pub(crate) fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/field_cases/reference.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the reference")).expect("JSON")
}

/// The answer as JSON.
#[track_caller]
pub(crate) fn json(table: &str, flags: &str) -> Value {
    let arguments: Vec<&str> = ["analyze", "t.csv", "--json"].into_iter().chain(words(flags)).collect();
    let (_folder, output) = run_in(&[("t.csv", table.as_bytes())], &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The row of an estimator of the first outcome, or of `outcome arm`.
#[track_caller]
pub(crate) fn effect<'a>(analysis: &'a Value, estimator: &str, (outcome, arm): (&str, &str)) -> &'a Value {
    let is_asked = |row: &&Value| {
        row["estimator"] == estimator
            && (outcome.is_empty() || row["outcome"] == outcome)
            && (arm.is_empty() || row["arm"] == arm)
    };
    analysis["effects"].as_array().expect("rows").iter().find(is_asked).unwrap_or_else(|| panic!("no {estimator}"))
}

/// A number of a row.
#[track_caller]
pub(crate) fn field(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or_else(|| panic!("{name} is {}", row[name]))
}

/// Fails unless a row has the numbers of the reference at a path, whichever of them it holds.
#[track_caller]
pub(crate) fn same(row: &Value, path: &str, tolerance: f64) {
    let wanted = reference();
    let at = wanted.pointer(&format!("/{path}")).unwrap_or_else(|| panic!("no {path}"));
    for (name, ours) in [
        ("effect", "effect"),
        ("std_error", "std_error"),
        ("df", "df"),
        ("p", "p_value_alone"),
        ("low", "conf_low"),
        ("high", "conf_high"),
    ] {
        if at[name].is_null() {
            continue;
        }
        let (found, wanted) = (field(row, ours), number(at, name));
        // The digits of a p-value far out in a tail are noise.
        let is_noise = name == "p" && found.abs().max(wanted.abs()) < 1e-30;
        if !is_noise {
            close(found, wanted, tolerance);
        }
    }
}

/// The first sentence of an answer as JSON.
pub(crate) fn said(analysis: &Value) -> &str {
    analysis["sentences"][0].as_str().expect("a sentence")
}

/// The verdict of a check, if it was made.
pub(crate) fn verdict<'a>(analysis: &'a Value, name: &str) -> Option<&'a str> {
    let checks = analysis["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == name)?["verdict"].as_str()
}
