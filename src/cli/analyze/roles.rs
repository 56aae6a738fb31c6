//! Which column plays which part: flags and header together. Everything that can be wrong before the first row is told here.

use super::arguments::{AnalyzeArguments, MissingChoice};
use super::table::cells::NumberRules;
use super::table::rows::Rows;
use crate::cli::failure::Failure;

/// Positions of the columns that are read; all others are skipped.
pub(super) struct Roles {
    /// `None` where every row is a unit.
    pub(super) unit: Option<usize>,
    pub(super) treatment: usize,
    pub(super) outcomes: Vec<Quantity>,
    /// As many as outcomes, or none.
    pub(super) pre: Vec<Quantity>,
    /// With whether their numbers are only names.
    pub(super) covariates: Vec<(usize, bool)>,
    pub(super) cluster: Option<usize>,
    pub(super) strata: Option<usize>,
    /// Positions in `numbers`, as many as outcomes, or none.
    pub(super) predictions: Vec<usize>,
    pub(super) time: Option<usize>,
    pub(super) look: Option<usize>,
    pub(super) missing: MissingChoice,
    pub(super) rules: NumberRules,
    /// Columns that must hold numbers, each once.
    pub(super) numbers: Vec<usize>,
}

/// A column of numbers, or the ratio of the sums of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quantity {
    pub(super) name: String,
    /// Position in [`Roles::numbers`].
    pub(super) above: usize,
    /// Of a ratio the position of what is below.
    pub(super) below: Option<usize>,
}

/// Columns found for a name, before they are numbered.
type Found = (String, usize, Option<usize>);

impl Roles {
    /// Finds every column that a flag names.
    ///
    /// # Errors
    /// A flag that is missing, a column that does not exist or is asked for twice, lists of different length.
    pub(super) fn new(arguments: &AnalyzeArguments, rows: &Rows) -> Result<Self, Failure> {
        let (Some(treatment), false) = (&arguments.treatment, arguments.outcome.is_empty()) else {
            return Err(not_told(arguments, rows));
        };
        let one = |name: &Option<String>, flag: &str| name.as_ref().map(|name| rows.column(name, flag)).transpose();
        let numeric = listed(rows, &arguments.covariates, "--covariates")?;
        let named = listed(rows, &arguments.categorical, "--categorical")?;
        let strata = one(&arguments.strata, "--strata")?;
        let outcomes = quantities(rows, &arguments.outcome, "--outcome")?;
        let pre = quantities(rows, &arguments.pre, "--pre")?;
        let predictions = listed(rows, &arguments.predictions, "--predictions")?;
        let covariates = numeric
            .iter()
            .filter(|column| !named.contains(column))
            .map(|column| (*column, false))
            .chain(named.iter().map(|column| (*column, true)))
            .chain(strata.filter(|column| !numeric.contains(column) && !named.contains(column)).map(|column| (column, true)));
        let mut roles = Self {
            unit: one(&arguments.unit, "--unit")?,
            treatment: rows.column(treatment, "--treatment")?,
            outcomes: Vec::new(),
            pre: Vec::new(),
            covariates: covariates.collect(),
            cluster: one(&arguments.cluster, "--cluster")?,
            strata,
            predictions: Vec::new(),
            time: one(&arguments.time, "--time")?,
            look: one(&arguments.look, "--look")?,
            missing: arguments.missing,
            rules: NumberRules {
                missing_words: arguments.na.iter().map(|word| word.as_bytes().to_vec()).collect(),
                decimal: arguments.decimal,
            },
            numbers: Vec::new(),
        };
        roles.check(rows, &outcomes, (&pre, &predictions))?;
        roles.outcomes = outcomes.into_iter().map(|found| roles.quantity(found)).collect();
        roles.pre = pre.into_iter().map(|found| roles.quantity(found)).collect();
        roles.predictions = predictions.into_iter().map(|column| roles.number(column)).collect();
        Ok(roles)
    }

    /// The position of a column among those that hold numbers.
    fn number(&mut self, column: usize) -> usize {
        self.numbers.iter().position(|known| *known == column).unwrap_or_else(|| {
            self.numbers.push(column);
            self.numbers.len() - 1
        })
    }

    fn quantity(&mut self, (name, above, below): Found) -> Quantity {
        Quantity { name, above: self.number(above), below: below.map(|below| self.number(below)) }
    }

    fn check(&self, rows: &Rows, outcomes: &[Found], (pre, predictions): (&[Found], &[usize])) -> Result<(), Failure> {
        for (length, flag) in [(pre.len(), "--pre"), (predictions.len(), "--predictions")] {
            if length > 0 && length != outcomes.len() {
                let message = format!("{flag} has {} and --outcome {}", count(length), count(outcomes.len()));
                return Err(Failure::input(message, Some(format!("give one {flag} column for each outcome, in the same order"))));
            }
        }
        if let Some((outcome, before)) =
            outcomes.iter().zip(pre).find(|(outcome, before)| outcome.2.is_some() != before.2.is_some())
        {
            let message = format!("`{}` and its past `{}` are not the same kind of number", outcome.0, before.0);
            let hint =
                "the past of a ratio is a ratio too: --pre revenue_before/orders_before; another column goes into --covariates";
            return Err(Failure::input(message, Some(hint.to_owned())));
        }
        if let (Some(ratio), true) = (outcomes.iter().find(|outcome| outcome.2.is_some()), self.look.is_some()) {
            let hint = "looks are judged by means: give its two parts as outcomes, or leave --look out";
            return Err(Failure::input(format!("--look cannot judge the ratio `{}`", ratio.0), Some(hint.to_owned())));
        }
        if self.time.is_some() && !pre.is_empty() {
            let hint = "leave --pre out: a panel has the outcome before the start in its own rows";
            return Err(Failure::input("--pre and --time exclude one another", Some(hint.to_owned())));
        }
        if self.time.is_some() && self.unit.is_none() {
            let hint = "a panel has several rows per unit: say which column names it";
            return Err(Failure::input("--time needs --unit", Some(hint.to_owned())));
        }
        self.check_parts(rows, outcomes, (pre, predictions))
    }

    /// Every column has one part to play; only the two parts of ratios may also be outcomes of their own.
    fn check_parts(&self, rows: &Rows, outcomes: &[Found], (pre, predictions): (&[Found], &[usize])) -> Result<(), Failure> {
        let mut taken: Vec<(usize, &str)> = vec![(self.treatment, "--treatment")];
        taken.extend(self.unit.map(|column| (column, "--unit")));
        taken.extend(self.strata.map(|column| (column, "--strata")));
        let columns = |found: &[Found]| -> Vec<usize> {
            let mut columns: Vec<usize> =
                found.iter().flat_map(|(_, above, below)| std::iter::once(*above).chain(*below)).collect();
            columns.sort_unstable();
            columns.dedup();
            columns
        };
        for (found, flag) in [(outcomes, "--outcome"), (pre, "--pre")] {
            for (index, (name, ..)) in found.iter().enumerate() {
                if found[..index].iter().any(|(other, ..)| other == name) {
                    let message = format!("column `{name}` is given twice in {flag}");
                    return Err(Failure::input(message, Some("every column has one part to play".to_owned())));
                }
            }
            taken.extend(columns(found).into_iter().map(|column| (column, flag)));
        }
        let own_strata = |column: &usize| Some(*column) != self.strata;
        taken.extend(self.covariates.iter().map(|(column, _)| *column).filter(own_strata).map(|column| (column, "--covariates")));
        taken.extend(predictions.iter().map(|column| (*column, "--predictions")));
        taken.extend(self.time.map(|column| (column, "--time")));
        taken.extend(self.look.map(|column| (column, "--look")));
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

    /// Whether a column of numbers is part of an outcome.
    pub(super) fn is_outcome(&self, number: usize) -> bool {
        self.outcomes.iter().any(|outcome| outcome.above == number || outcome.below == Some(number))
    }
}

fn count(number: usize) -> String {
    if number == 1 { "1 column".to_owned() } else { format!("{number} columns") }
}

/// Positions of the columns in a list. A name may itself contain a comma: the whole text is tried first.
fn listed(rows: &Rows, texts: &[String], flag: &str) -> Result<Vec<usize>, Failure> {
    let named = |name: &str| rows.column(name, flag);
    parts(rows, texts).iter().map(|name| named(name)).collect()
}

fn parts(rows: &Rows, texts: &[String]) -> Vec<String> {
    let split = |text: &String| -> Vec<String> {
        if rows.header.contains(text) {
            return vec![text.clone()];
        }
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    texts.iter().flat_map(split).collect()
}

/// Columns, or ratios of two written `above/below`. A name may itself contain a stroke: the whole text is tried first.
fn quantities(rows: &Rows, texts: &[String], flag: &str) -> Result<Vec<Found>, Failure> {
    let known = |name: &str| rows.header.iter().any(|column| column == name);
    let found = |text: &String| {
        let name = text.as_str();
        let mut strokes = name.match_indices('/').map(|(at, _)| (name[..at].trim(), name[at + 1..].trim()));
        if !known(name)
            && let Some((above, below)) = strokes.find(|(above, below)| known(above) && known(below))
        {
            let parts = (rows.column(above, flag)?, rows.column(below, flag)?);
            if parts.0 == parts.1 {
                let hint = "a ratio has two different columns";
                return Err(Failure::input(format!("`{name}` divides a column by itself"), Some(hint.to_owned())));
            }
            return Ok((format!("{above}/{below}"), parts.0, Some(parts.1)));
        }
        if !known(name)
            && let Some((above, below)) = name.split_once('/')
            && (known(above.trim()) || known(below.trim()))
        {
            // One of the two is there: the other is what is misspelt.
            let lacking = if known(above.trim()) { below.trim() } else { above.trim() };
            return rows.column(lacking, flag).map(|column| (name.to_owned(), column, None));
        }
        Ok((name.to_owned(), rows.column(name, flag)?, None))
    };
    parts(rows, texts).iter().map(found).collect()
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
