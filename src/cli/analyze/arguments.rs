//! The arguments of `analyze`, as clap reads them. Names of columns stay text here: the table's header decides what they mean.

use super::table::cells::DecimalMark;
use crate::analysis::EstimatorName;
use crate::analysis::margin::Margin;
use crate::cli::alternative::AlternativeChoice;
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
  An A/B/C test, every arm against A at once, with the split that was planned:
    longgame analyze trial.csv --unit customer --treatment variant --control A --outcome visits,revenue/orders \\
        --expected-share A=1,B=1,C=1
  A few shops assigned as a whole, with a p-value that holds for few:
    longgame analyze trial.csv --treatment arm --outcome sales --cluster shop --randomization
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
    /// Column that names the unit that was assigned: a customer, a household, a shop (default: every row is a unit)
    #[arg(long, value_name = "C", help_heading = "Columns")]
    pub(super) unit: Option<String>,
    /// Column that says which arm a unit was assigned to (assigned, not reached)
    #[arg(long, value_name = "C", help_heading = "Columns")]
    pub(super) treatment: Option<String>,
    /// Column or columns that hold what the trial is to change; revenue/orders is the ratio of their sums (delta method)
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
    /// Column with the stratum within which units were assigned: adjusted for, and kept together by --randomization
    #[arg(long, value_name = "C", help_heading = "Columns")]
    pub(super) strata: Option<String>,
    /// Column with the period: the file is a panel with one row per unit and period
    #[arg(long, value_name = "C", requires = "start", help_heading = "Columns")]
    pub(super) time: Option<String>,
    /// First period of treatment: a whole number, or a year-first date such as 2025-03 or 2025-03-01
    #[arg(long, value_name = "VALUE", requires = "time", allow_hyphen_values = true, help_heading = "Columns")]
    pub(super) start: Option<String>,
    /// All values of --time or --look in their order, if they are no whole numbers or year-first dates: 'Q4 2024,Q1 2025'
    #[arg(long, value_name = "A,B,…", allow_hyphen_values = true, help_heading = "Columns")]
    pub(super) order: Vec<String>,
    /// Predictions of each --outcome for ML-RATE, made for each unit by a model that saw neither it nor the assignment
    /// (default: boosted trees on --pre and --covariates, cross-fitted)
    #[arg(long, value_name = "C,…", help_heading = "Columns")]
    pub(super) predictions: Vec<String>,
    /// Column with the look at which a unit arrived, in the order of looks: adds intervals that stay valid however often
    /// one looks
    #[arg(long, value_name = "C", conflicts_with_all = ["time", "cluster"], help_heading = "Columns")]
    pub(super) look: Option<String>,
    /// Value of --treatment that means control (default, with two arms: 0, false, no, control, placebo, holdout and the like)
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, help_heading = "Arms")]
    pub(super) control: Option<String>,
    /// Values of --treatment to compare with control (default: all others, at once); arms that are not named are left out
    #[arg(long, value_name = "VALUE,…", allow_hyphen_values = true, help_heading = "Arms")]
    pub(super) treated: Vec<String>,
    /// Share of all units that treatment was meant to get, such as 0.5; of several arms all shares: A=1,B=1,C=2
    #[arg(long, value_name = "SHARE", help_heading = "Arms")]
    pub(super) expected_share: Option<String>,
    /// What was assigned, where --cluster is given (default: whole clusters, unless most of them hold several arms)
    #[arg(long, value_name = "WHAT", requires = "cluster", help_heading = "Arms")]
    pub(super) assigned: Option<AssignedChoice>,
    /// Estimators, such as lin,ml_rate (default: all that the columns allow). The first sentence rests on ANCOVA, or else on the first
    /// in the table; with --strata on Lin's regression
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = estimator, help_heading = "Analysis")]
    pub(super) estimators: Vec<EstimatorName>,
    /// What a missing outcome means, and in a panel a period without a row
    #[arg(long, value_name = "WHAT", default_value = "drop", help_heading = "Analysis")]
    pub(super) missing: MissingChoice,
    /// Further texts that mean a missing value in every asked column, such as unknown or -999
    #[arg(long, value_name = "TEXT,…", value_delimiter = ',', allow_hyphen_values = true, help_heading = "Reading")]
    pub(super) na: Vec<String>,
    /// What stands before decimals, if a number could be read in two ways: . or ,
    #[arg(long, value_name = "MARK", value_parser = decimal, help_heading = "Reading")]
    pub(super) decimal: Option<DecimalMark>,
    /// What stands between cells: a character, or tab (default: what header and rows agree on)
    #[arg(long, value_name = "CHAR", value_parser = delimiter, help_heading = "Reading")]
    pub(super) delimiter: Option<u8>,
    /// Caps outcomes at this quantile over all units, and at its mirror image below, such as 0.99
    #[arg(long, value_name = "SHARE", value_parser = winsorize, help_heading = "Analysis")]
    pub(super) winsorize: Option<f64>,
    /// Which effects count: greater or less make p-values and intervals one-sided
    #[arg(long, value_name = "WHICH", default_value = "two-sided", conflicts_with = "look", help_heading = "Analysis")]
    pub(super) alternative: AlternativeChoice,
    /// Non-inferiority: the largest loss to be ruled out, in units of the outcome (-0.02) or of the control mean (-2%); above zero
    /// where less is better
    #[arg(long, value_name = "M", value_parser = margin, allow_hyphen_values = true, conflicts_with = "look", help_heading = "Analysis")]
    pub(super) margin: Option<Margin>,
    /// p-values by randomisation: units, or whole clusters, are reassigned N times (9999) within strata; exact where there are few
    /// ways to
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "9999",
        value_parser = clap::value_parser!(u32).range(99..=1_000_000),
        conflicts_with_all = ["look", "margin"],
        help_heading = "Analysis"
    )]
    pub(super) randomization: Option<u32>,
    /// Effects on these quantiles of every outcome too, such as 0.5,0.9
    #[arg(long, value_name = "Q,…", value_delimiter = ',', value_parser = share, help_heading = "Analysis")]
    pub(super) quantiles: Vec<f64>,
    /// Coverage of intervals
    #[arg(long, value_name = "SHARE", default_value = "0.95", value_parser = level, help_heading = "Analysis")]
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

impl MissingChoice {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Zero => "zero",
            Self::Refuse => "refuse",
        }
    }
}

/// What was assigned where units come in clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AssignedChoice {
    /// Units, one by one within clusters
    Units,
    /// Whole clusters
    Clusters,
}

/// What to do with missing values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MissingChoice {
    /// Leave the unit out of this outcome, say how many per arm, and test whether the arms differ in it
    Drop,
    /// Missing outcomes (and periods without a row) mean that nothing happened: 0
    Zero,
    /// Stop at the first missing value of any asked column
    Refuse,
}

fn share(text: &str) -> Result<f64, String> {
    let asked = "expected a share strictly between 0 and 1 or a percentage, such as 0.95 or 95%";
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim(), 100.0),
        None => (text.trim(), 1.0),
    };
    let value = number.parse::<f64>().map_err(|_| asked.to_owned())? / unit;
    let is_valid = value > 0.0 && value < 1.0;
    if is_valid { Ok(value) } else { Err(asked.to_owned()) }
}

fn level(text: &str) -> Result<f64, String> {
    let value = share(text)?;
    let meant = (1.0 - value) as f32;
    if value >= 0.5 { Ok(value) } else { Err(format!("expected the coverage of intervals: {meant} instead of {text}?")) }
}

fn winsorize(text: &str) -> Result<f64, String> {
    let value = share(text)?;
    if value > 0.5 { Ok(value) } else { Err("expected the quantile at which large values are capped, such as 0.99".to_owned()) }
}

fn decimal(text: &str) -> Result<DecimalMark, String> {
    match text {
        "." | "point" => Ok(DecimalMark::Point),
        "," | "comma" => Ok(DecimalMark::Comma),
        _ => Err("expected . (1.5 is one and a half) or , (1,5 is one and a half)".to_owned()),
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" | "\t" => Ok(b'\t'),
        "comma" => Ok(b','),
        "semicolon" => Ok(b';'),
        "pipe" => Ok(b'|'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => Ok(*byte),
            _ => Err("expected one character such as ; or |, or the word tab".to_owned()),
        },
    }
}

fn margin(text: &str) -> Result<Margin, String> {
    let asked = "expected a number such as -0.02 (in units of the outcome) or a share such as -2% (of the control mean)";
    let (number, is_share) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim(), true),
        None => (text.trim(), false),
    };
    let value = number.replace('\u{2212}', "-").parse::<f64>().ok().filter(|value| value.is_finite());
    let value = value.ok_or_else(|| asked.to_owned())?;
    if value == 0.0 {
        return Err("a margin of 0 is the one-sided test: --alternative greater (or less)".to_owned());
    }
    Ok(if is_share { Margin::Relative(value / 100.0) } else { Margin::Absolute(value) })
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
        "twfe" => "two_way_fixed_effects",
        other => other,
    };
    name.parse().map_err(|_| {
        let known: Vec<&str> = EstimatorName::OF_FILES.iter().map(|name| name.as_str()).collect();
        let near = crate::domain::nearest(name, &known).map(|near| format!("did you mean {near}? ")).unwrap_or_default();
        format!("{near}estimators are {}", known.join(", "))
    })
}
