//! `longgame run --attribute`: why the lift fades after the handoff, and the files that say so. Shared pasts are kept one by one in a folder
//! of their own; the same command continues.

use crate::cli::arguments::StudyArguments;
use crate::cli::failure::Failure;
use crate::cli::machine;
use crate::cli::results::{self, keep_earlier, make_writable};
use crate::cli::study::{Rendered, failure_of, hand_out, load, reporter_of, watch_for_interrupt};
use crate::experiment::{AttributionStudy, StudyError, StudyOptions, run_attribution, summarise_attribution};
use crate::report::count;
use crate::report::{
    attribution_coalitions_csv, attribution_csv, attribution_curve_csv, attribution_json, attribution_png, attribution_table,
};
use std::path::Path;

/// A past that is copied for a future of its own lies in memory beside its copy.
const TRIALS_HELD: u64 = 2;

/// Splits the lift that is lost after the handoff among the mechanisms.
pub(super) fn attribute(arguments: &StudyArguments) -> Result<(), Failure> {
    let scenario = load(arguments, arguments.changes.overrides())?;
    let study = AttributionStudy::new(&scenario)
        .map_err(|error| Failure::Input { message: error.to_string(), hint: Some(error.hint()) })?;
    let name = &scenario.file.name;
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("output").join(name).join("attribution"));
    make_writable(&folder)?;
    keep_earlier(&folder, &study.digest, &results::ATTRIBUTION)?;
    let memory = study.scenario.memory().times(TRIALS_HELD);
    let threads = machine::threads(arguments.threads, machine::this_machine(), memory);
    let work = format!("{name}, attribution in {} trials", count(study.trials()));
    let progress = reporter_of(arguments, &work, "shared pasts");
    let interrupted = watch_for_interrupt()?;
    let options = StudyOptions { threads, kept_in: Some(&folder) };
    let replicates = run_attribution(&study, options, progress.as_ref(), &interrupted).map_err(|error| told(&error))?;
    let found = summarise_attribution(&study, &replicates).map_err(|error| Failure::Run {
        message: error.to_string(),
        hint: Some("name another metric first, such as `--set study.metrics=[\"days_with_engagement\"]`".to_owned()),
    })?;
    let files = vec![
        (results::ATTRIBUTION.file, attribution_json(&found)),
        ("attribution.csv", attribution_csv(&found)),
        ("attribution_coalitions.csv", attribution_coalitions_csv(&found)),
        ("attribution_curve.csv", attribution_curve_csv(&found)),
        ("attribution.png", attribution_png(&found)),
    ];
    hand_out(Rendered { files, table: attribution_table(&found) }, &folder, arguments.json)
}

/// How a failure is told; what is counted here are shared pasts.
fn told(error: &StudyError) -> Failure {
    match error {
        StudyError::Interrupted { finished, total } => Failure::Interrupted {
            hint: format!("{finished} of {total} shared pasts are finished and kept; the same command continues"),
        },
        other => failure_of(other),
    }
}
