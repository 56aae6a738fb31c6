//! Reads the committed oracle files and compares numbers with a relative tolerance.

use serde_json::Value;
use std::path::Path;

/// Relative tolerance of closed forms.
pub(crate) const CLOSED_FORM: f64 = 1e-10;
/// Relative tolerance of p-values and of quantiles of t.
pub(crate) const P_VALUE: f64 = 1e-9;

/// The text of a committed file.
pub(crate) fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An oracle's answers.
pub(crate) fn answers(name: &str) -> Value {
    serde_json::from_str(&text(name)).expect("oracle files are JSON")
}

/// The number at a slash-separated path.
pub(crate) fn number(answers: &Value, path: &str) -> f64 {
    let value = answers.pointer(&format!("/{path}")).unwrap_or_else(|| panic!("no {path}"));
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{path} is no number"))
}

/// The list of numbers at a slash-separated path, matrices flattened by rows.
pub(crate) fn numbers(answers: &Value, path: &str) -> Vec<f64> {
    fn flatten(value: &Value, into: &mut Vec<f64>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| flatten(value, into)),
            other => into.push(other.as_f64().expect("a number")),
        }
    }
    let mut found = Vec::new();
    flatten(answers.pointer(&format!("/{path}")).unwrap_or_else(|| panic!("no {path}")), &mut found);
    found
}

/// A CSV file as named columns of numbers.
pub(crate) struct Table {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Table {
    pub(crate) fn read(name: &str) -> Self {
        let text = text(name);
        let mut lines = text.lines();
        let names: Vec<String> = lines.next().expect("a header").split(',').map(str::to_owned).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for line in lines {
            for (column, cell) in columns.iter_mut().zip(line.split(',')) {
                column.push(cell.parse().expect("a number"));
            }
        }
        Self { names, columns }
    }

    pub(crate) fn column(&self, name: &str) -> &[f64] {
        let index = self.names.iter().position(|known| known == name).unwrap_or_else(|| panic!("no column {name}"));
        &self.columns[index]
    }

    pub(crate) fn mask(&self, name: &str) -> Vec<bool> {
        self.column(name).iter().map(|value| *value == 1.0).collect()
    }
}

/// Fails unless `found` is within `tolerance` of `wanted`, relative to it.
#[track_caller]
pub(crate) fn close(found: f64, wanted: f64, tolerance: f64) {
    let scale = wanted.abs().max(f64::MIN_POSITIVE);
    assert!((found - wanted).abs() <= tolerance * scale, "found {found:.17e}, wanted {wanted:.17e}");
}

/// [`close`] for whole lists.
#[track_caller]
pub(crate) fn all_close(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        close(*found, *wanted, tolerance);
    }
}
