//! Which column plays which part: flags and header together. Everything that can be wrong before the first row is told here.

use super::arguments::{AnalyzeArguments, MissingChoice};
use super::rows::Rows;
use crate::cli::failure::Failure;

/// Positions of the columns that are read; all others are skipped.
pub(super) struct Roles {
    pub(super) unit: usize,
    pub(super) treatment: usize,
    pub(super) outcomes: Vec<usize>,
    /// As many as outcomes, or none.
    pub(super) pre: Vec<usize>,
    /// With whether their numbers are only names.
    pub(super) covariates: Vec<(usize, bool)>,
    pub(super) cluster: Option<usize>,
    /// As many as outcomes, or none.
    pub(super) predictions: Vec<usize>,
    pub(super) time: Option<usize>,
    pub(super) look: Option<usize>,
    pub(super) missing: MissingChoice,
}

impl Roles {
    /// Finds every column that a flag names.
    ///
    /// # Errors
    /// A flag that is missing, a column that does not exist or is asked for twice, lists of different length.
    pub(super) fn new(arguments: &AnalyzeArguments, rows: &Rows) -> Result<Self, Failure> {
        let (Some(unit), Some(treatment), false) = (&arguments.unit, &arguments.treatment, arguments.outcome.is_empty()) else {
            return Err(not_told(arguments, rows));
        };
        let one = |name: &Option<String>, flag: &str| name.as_ref().map(|name| rows.column(name, flag)).transpose();
        let numeric = listed(rows, &arguments.covariates, "--covariates")?;
        let named = listed(rows, &arguments.categorical, "--categorical")?;
        let roles = Self {
            unit: rows.column(unit, "--unit")?,
            treatment: rows.column(treatment, "--treatment")?,
            outcomes: listed(rows, &arguments.outcome, "--outcome")?,
            pre: listed(rows, &arguments.pre, "--pre")?,
            covariates: numeric
                .iter()
                .filter(|column| !named.contains(column))
                .map(|column| (*column, false))
                .chain(named.iter().map(|column| (*column, true)))
                .collect(),
            cluster: one(&arguments.cluster, "--cluster")?,
            predictions: listed(rows, &arguments.predictions, "--predictions")?,
            time: one(&arguments.time, "--time")?,
            look: one(&arguments.look, "--look")?,
            missing: arguments.missing,
        };
        roles.check(rows)?;
        Ok(roles)
    }

    fn check(&self, rows: &Rows) -> Result<(), Failure> {
        for (list, flag) in [(&self.pre, "--pre"), (&self.predictions, "--predictions")] {
            if !list.is_empty() && list.len() != self.outcomes.len() {
                let message = format!("{flag} has {} and --outcome {}", count(list.len()), count(self.outcomes.len()));
                return Err(Failure::input(message, Some(format!("give one {flag} column for each outcome, in the same order"))));
            }
        }
        if self.time.is_some() && !self.pre.is_empty() {
            let hint = "leave --pre out: a panel has the outcome before the start in its own rows";
            return Err(Failure::input("--pre and --time exclude one another", Some(hint.to_owned())));
        }
        let covariates: Vec<usize> = self.covariates.iter().map(|(column, _)| *column).collect();
        let mut taken: Vec<(usize, &str)> = vec![(self.unit, "--unit"), (self.treatment, "--treatment")];
        let rest: [(&[usize], &str); 4] = [
            (&self.outcomes, "--outcome"),
            (&self.pre, "--pre"),
            (&covariates, "--covariates"),
            (&self.predictions, "--predictions"),
        ];
        for (list, flag) in rest {
            taken.extend(list.iter().map(|column| (*column, flag)));
        }
        taken.extend(self.time.map(|column| (column, "--time")));
        for (index, (column, flag)) in taken.iter().enumerate() {
            if let Some((_, before)) = taken[..index].iter().find(|(other, _)| other == column) {
                let name = rows.name(*column);
                let message = if before == flag {
                    format!("column `{name}` is given twice in {flag}")
                } else {
                    format!("column `{name}` is given as {before} and as {flag}")
                };
                return Err(Failure::input(message, Some("every column has one part to play".to_owned())));
            }
        }
        Ok(())
    }

    /// Columns that must hold numbers: outcomes, pre, predictions, in this order.
    pub(super) fn numbers(&self) -> Vec<usize> {
        self.outcomes.iter().chain(&self.pre).chain(&self.predictions).copied().collect()
    }
}

fn count(number: usize) -> String {
    if number == 1 { "1 column".to_owned() } else { format!("{number} columns") }
}

/// Positions of the columns in a list. A name may itself contain a comma: the whole text is tried first.
fn listed(rows: &Rows, texts: &[String], flag: &str) -> Result<Vec<usize>, Failure> {
    let mut found = Vec::new();
    for text in texts {
        if rows.header.contains(text) {
            found.push(rows.column(text, flag)?);
            continue;
        }
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            found.push(rows.column(name, flag)?);
        }
    }
    Ok(found)
}

fn not_told(arguments: &AnalyzeArguments, rows: &Rows) -> Failure {
    let lacking = [
        (arguments.unit.is_none(), "--unit C (who was assigned)"),
        (arguments.treatment.is_none(), "--treatment C (to which arm)"),
        (arguments.outcome.is_empty(), "--outcome C[,…] (what it was to change)"),
    ];
    let lacking: Vec<&str> = lacking.iter().filter(|(lacks, _)| *lacks).map(|(_, flag)| *flag).collect();
    let shown: Vec<&str> = rows.header.iter().take(30).map(String::as_str).collect();
    let hint = format!("the columns of {} are {}", rows.file, shown.join(", "));
    Failure::input(
        format!("say which columns hold what: {} {} missing", lacking.join(", "), if lacking.len() == 1 { "is" } else { "are" }),
        Some(hint),
    )
}
