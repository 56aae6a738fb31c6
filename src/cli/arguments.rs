//! The arguments of every command, as clap reads them. Values that belong to a scenario stay text here: the scenario layer
//! checks them and points at the flag.

use crate::cli::analyze::arguments::AnalyzeArguments;
use crate::cli::power::PowerArguments;
use crate::experiment::Shard;
use crate::scenario::Overrides;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "longgame",
    version,
    about = "Simulates marketing trials: what happens to an agent's uplift after the humans leave.",
    after_help = "Start with:  longgame run quick      (bundled scenarios: longgame list)\n             longgame new mine && longgame run mine.ron",
    max_term_width = 110
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorChoice,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On terminals, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run all replicates of a trial: table on stdout, files in the output folder
    Run(RunArguments),
    /// Judge every estimator against the known truth: bias, standard errors, coverage, power, type-I error
    Diagnose(DiagnoseArguments),
    /// The same trial with the handoff after each number of months: value net of human work, and when to hand over
    Handoff(HandoffArguments),
    /// The same trial in many cells that differ in a few fields: what each of them does to the lift and the value
    Sweep(SweepArguments),
    /// Analyse anybody's trial from a CSV file: checks, effects with intervals, table, JSON and charts
    Analyze(Box<AnalyzeArguments>),
    /// Plan a trial of two arms: the units it needs to find a lift, or the lift that so many units find
    Power(PowerArguments),
    /// Validate scenarios and say what each of them is, without running them
    Check(CheckArguments),
    /// Write a commented scenario NAME.ron that runs as it is
    New {
        /// Name of the new scenario
        name: String,
    },
    /// List the bundled scenarios
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Explain every field of a scenario: type, unit, default, meaning
    Fields {
        /// Only this field and what is below it, such as population.drift
        path: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page (roff)
    Man,
}

/// Arguments of every command that simulates.
#[derive(Debug, Args)]
pub(super) struct StudyArguments {
    /// A scenario file, or the name of a bundled scenario
    pub(super) scenario: String,
    #[command(flatten)]
    pub(super) changes: ChangeArguments,
    /// Threads that run replicates (default: one per core)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(super) threads: Option<u16>,
    /// Folder for the results (default: output/<scenario name>; for handoff, sweep and run --attribute, the folder handoff, sweep or attribution in it)
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Print the results as JSON instead of the table
    #[arg(long)]
    pub(super) json: bool,
    /// No progress
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) study: StudyArguments,
    /// Only one part of the replicates, such as 2/5 for the second of five, for another machine or another day to do the rest
    #[arg(long, value_name = "NUMBER/COUNT")]
    pub(super) shard: Option<Shard>,
    /// Instead of the results of the trial: why its lift fades after the handoff
    ///
    /// Switches taste drift, novelty, wear-out, fatigue, the end of curation and learning off in every combination, on common random
    /// numbers, and splits the lift lost after the handoff among them (Shapley values). With all six that is 64 trials per replicate, run
    /// as 16 shared pasts with 4 futures each, at the cost of about 45 trials with twins. Some 20 to 40 replicates of 2,000 customers tell the large
    /// parts from chance, in a few minutes: --replicates 20 --customers 2000. Results are in the folder attribution of the
    /// scenario's.
    #[arg(long, conflicts_with = "shard")]
    pub(super) attribute: bool,
}

/// Arguments of `diagnose`.
#[derive(Debug, Args)]
pub(super) struct DiagnoseArguments {
    #[command(flatten)]
    pub(super) study: StudyArguments,
    /// Also treat everybody and nobody in paired runs, and tell how far that effect is from the one in the trial
    #[arg(long)]
    pub(super) gate: bool,
    /// Leave out the A/A study that type-I errors come from
    #[arg(long)]
    pub(super) no_null: bool,
    /// Monte-Carlo standard error wanted for coverage, as a share; the answer says how many replicates it needs
    #[arg(long, value_name = "SHARE", default_value = "0.005", value_parser = share)]
    pub(super) precision: f64,
}

/// Arguments of `handoff`.
#[derive(Debug, Args)]
pub(super) struct HandoffArguments {
    #[command(flatten)]
    pub(super) study: StudyArguments,
    /// Months of curation before the handoff, such as 0,2,4 (default: every number from 0, never curated, to all, always curated)
    #[arg(long, value_name = "MONTHS", value_delimiter = ',')]
    pub(super) at: Vec<u32>,
}

/// Arguments of `sweep`.
#[derive(Debug, Args)]
pub(super) struct SweepArguments {
    #[command(flatten)]
    pub(super) study: StudyArguments,
    /// A field and its values, such as population.drift.segment_half_life_days=100,200,400, or a range LOW..HIGH to draw from (repeatable; all lists together make a grid)
    #[arg(long, value_name = "PATH=V1,V2,…", required = true, allow_hyphen_values = true)]
    pub(super) over: Vec<String>,
    /// Cells of a Latin hypercube over the ranges, instead of a full grid; lists may be mixed in
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub(super) samples: Option<u32>,
}

fn share(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if number > 0.0 && number < 1.0 { Ok(number) } else { Err("a share between 0 and 1 is expected, such as 0.005".to_owned()) }
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Scenario files, or names of bundled scenarios
    #[arg(required = true)]
    pub(super) scenarios: Vec<String>,
    #[command(flatten)]
    pub(super) changes: ChangeArguments,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Changes to a scenario.
#[derive(Debug, Default, Args)]
pub(super) struct ChangeArguments {
    /// Seed of all randomness
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    seed: Option<String>,
    /// Number of replicates
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    replicates: Option<String>,
    /// Simulated customers per replicate
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    customers: Option<String>,
    /// Change any field, such as population.drift.segment_half_life_days=200 or arms[agents].share=0.5 (repeatable)
    #[arg(long, value_name = "PATH=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
}

impl ChangeArguments {
    /// The changes for the scenario layer; `--set` comes last and wins.
    pub(super) fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::new();
        if let Some(seed) = &self.seed {
            overrides = overrides.seed(seed);
        }
        if let Some(replicates) = &self.replicates {
            overrides = overrides.replicates(replicates);
        }
        if let Some(customers) = &self.customers {
            overrides = overrides.customers(customers);
        }
        self.set.iter().fold(overrides, |overrides, change| overrides.set(change))
    }
}
