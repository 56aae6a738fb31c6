//! The arguments of `analyze`, as clap reads them. Names of columns stay text here: the table's header decides what they mean.

use crate::analysis::EstimatorName;
use clap::{Args, ValueEnum};
use std::num::NonZeroU32;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  A trial with one row per customer, its outcome before the start and two further columns:
    longgame analyze trial.csv --unit customer --treatment arm --outcome orders --pre orders_before \\
        --covariates tenure_days,segment
  Several outcomes, whole households assigned, arms called `old` and `new`:
    longgame analyze trial.csv --unit customer --treatment arm --control old --outcome orders,revenue \\
        --pre orders_before,revenue_before --cluster household
  A panel with one row per customer and month, treated from March on:
    longgame analyze panel.csv --unit customer --treatment arm --outcome opens --time month --start 2025-03
  A trial that is looked at while customers keep arriving, week by week:
    longgame analyze trial.csv --unit customer --treatment arm --outcome orders --look week --planned-units 20000

Exit codes: 0 done, 1 the program failed, 2 the file or a flag is wrong.";

/// Arguments of `analyze`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES, after_help = "Examples: longgame analyze --help")]
pub(in crate::cli) struct AnalyzeArguments {
    /// A CSV file with a header line, or - for stdin
    #[arg(value_name = "FILE.csv")]
    pub(super) file: String,
    /// Column that names the unit that was assigned: a customer, a household, a shop
    #[arg(long, value_name = "C", help_heading = "Columns")]
    pub(super) unit: Option<String>,
    /// Column that says which arm a unit was assigned to (assigned, not reached)
    #[arg(long, value_name = "C", help_heading = "Columns")]
    pub(super) treatment: Option<String>,
    /// Column or columns that hold what the trial is to change
    #[arg(long, value_name = "C,…", help_heading = "Columns")]
    pub(super) outcome: Vec<String>,
    /// The same outcomes before assignment, one for each --outcome in the same order
    #[arg(long, value_name = "C,…", help_heading = "Columns")]
    pub(super) pre: Vec<String>,
    /// Further columns fixed before assignment: numbers, or texts that become one indicator per value
    #[arg(long, value_name = "C,…", help_heading = "Columns")]
    pub(super) covariates: Vec<String>,
    /// Covariates whose numbers are only names, such as a segment's code: one indicator per value
    #[arg(long, value_name = "C,…", help_heading = "Columns")]
    pub(super) categorical: Vec<String>,
    /// Column with the cluster of each unit, if clusters were assigned or units in them depend on one another
    #[arg(long, value_name = "C", help_heading = "Columns")]
    pub(super) cluster: Option<String>,
    /// Column with the period: the file is a panel with one row per unit and period
    #[arg(long, value_name = "C", requires = "start", help_heading = "Columns")]
    pub(super) time: Option<String>,
    /// First period of treatment, written as in the --time column: a number, or a date such as 2025-03 or 2025-03-01
    #[arg(long, value_name = "VALUE", requires = "time", allow_hyphen_values = true, help_heading = "Columns")]
    pub(super) start: Option<String>,
    /// Predictions of each --outcome for ML-RATE, made for each unit by a model that saw neither it nor the assignment
    /// (default: boosted trees on --pre and --covariates, cross-fitted)
    #[arg(long, value_name = "C,…", help_heading = "Columns")]
    pub(super) predictions: Vec<String>,
    /// Column with the look at which a unit arrived, in the order of looks: adds intervals that stay valid however often
    /// one looks
    #[arg(long, value_name = "C", conflicts_with_all = ["time", "cluster"], help_heading = "Columns")]
    pub(super) look: Option<String>,
    /// Value of --treatment that means control (default: 0, false, no, control, placebo, holdout and the like)
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, help_heading = "Arms")]
    pub(super) control: Option<String>,
    /// Value of --treatment to compare with control, if there are more than two arms; other arms are left out
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, help_heading = "Arms")]
    pub(super) treated: Option<String>,
    /// Share of units that treatment was meant to get, such as 0.5: arms are checked against it
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Arms")]
    pub(super) expected_share: Option<f64>,
    /// Estimators, such as lin,ml_rate (default: all that the columns allow)
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = estimator, help_heading = "Analysis")]
    pub(super) estimators: Vec<EstimatorName>,
    /// What to do with missing values of asked columns, and in a panel with periods without a row
    #[arg(long, value_name = "WHAT", default_value = "drop", help_heading = "Analysis")]
    pub(super) missing: MissingChoice,
    /// Coverage of intervals
    #[arg(long, value_name = "SHARE", default_value = "0.95", value_parser = share, help_heading = "Analysis")]
    pub(super) level: f64,
    /// Folds of ML-RATE's cross-fitting; units (or clusters) are split by their names
    #[arg(long, value_name = "N", default_value = "5", value_parser = folds, help_heading = "Analysis")]
    pub(super) folds: NonZeroU32,
    /// Another split into folds, to see how much ML-RATE depends on it
    #[arg(long, value_name = "N", default_value = "0", help_heading = "Analysis")]
    pub(super) seed: u64,
    /// Number of units at which always-valid intervals are tightest; choose it before the first look
    #[arg(long, value_name = "N", default_value = "5000", value_parser = clap::value_parser!(u64).range(2..), help_heading = "Analysis")]
    pub(super) planned_units: u64,
    /// Prior variance of the effect, for the mixture sequential test beside the always-valid intervals
    #[arg(long, value_name = "V", value_parser = positive, help_heading = "Analysis")]
    pub(super) prior_variance: Option<f64>,
    /// Folder for the results as files: JSON, CSV and charts
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) out: Option<PathBuf>,
    /// Print the results as JSON instead of the table
    #[arg(long, help_heading = "Output")]
    pub(super) json: bool,
    /// No progress and no notes on stderr
    #[arg(long, short, help_heading = "Output")]
    pub(super) quiet: bool,
}

/// What to do with missing values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MissingChoice {
    /// Leave the unit out of everything, say how many per arm, and test whether the arms differ in it
    Drop,
    /// Missing outcomes (and periods without a row) mean that nothing happened: 0
    Zero,
    /// Stop at the first one
    Refuse,
}

fn share(text: &str) -> Result<f64, String> {
    let value = text.parse::<f64>().map_err(|_| "expected a share such as 0.5".to_owned())?;
    let is_valid = value > 0.0 && value < 1.0;
    if is_valid { Ok(value) } else { Err("expected a share strictly between 0 and 1, such as 0.5".to_owned()) }
}

fn positive(text: &str) -> Result<f64, String> {
    let value = text.parse::<f64>().ok().filter(|value| *value > 0.0 && value.is_finite());
    value.ok_or_else(|| "expected a number above 0".to_owned())
}

fn folds(text: &str) -> Result<NonZeroU32, String> {
    let value = text.parse::<NonZeroU32>().ok().filter(|folds| (2..=100).contains(&folds.get()));
    value.ok_or_else(|| "expected a whole number from 2 to 100".to_owned())
}

fn estimator(text: &str) -> Result<EstimatorName, String> {
    let spelt = text.trim().to_lowercase().replace('-', "_");
    let name = match spelt.as_str() {
        "dim" => "difference_in_means",
        "did" => "difference_in_differences",
        "mlrate" => "ml_rate",
        other => other,
    };
    name.parse().map_err(|_| {
        let known: Vec<&str> = EstimatorName::ALL.iter().map(|name| name.as_str()).collect();
        let near = crate::domain::nearest(name, &known).map(|near| format!("did you mean {near}? ")).unwrap_or_default();
        format!("{near}estimators are {}", known.join(", "))
    })
}
