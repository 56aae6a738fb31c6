//! `longgame diagnose`: the scenario's study with its truth, the A/A study, everybody against nobody if asked for, and what they say about the
//! estimators. Replicates are kept as those of `run`, in the same folder, so either continues what the other finished.

use crate::cli::arguments::DiagnoseArguments;
use crate::cli::failure::Failure;
use crate::cli::results::{keep_earlier, make_writable};
use crate::cli::study::{Plan, Rendered, failure_of, hand_out, plan, reporter, watch_for_interrupt};
use crate::cli::{diagnostics, results};
use crate::domain::Fault;
use crate::experiment::{
    Evidence, GlobalEffects, Study, StudyOptions, diagnose as diagnose_study, null_scenario, run_everybody, run_study,
};
use crate::report::{diagnosis_csv, diagnosis_json, diagnosis_png, diagnosis_table};
use std::sync::atomic::AtomicBool;

/// Folder of the A/A study within the results.
const NULL_FOLDER: &str = "a_a";

/// Diagnoses the estimators of a scenario.
pub(super) fn diagnose(arguments: &DiagnoseArguments) -> Result<(), Failure> {
    let mut plan = plan(&arguments.study, arguments.study.changes.overrides())?;
    if plan.scenario.file.study.replicates < 2 {
        let message = "diagnose compares replicates and cannot judge a single one".to_owned();
        return Err(Failure::Input { message, hint: Some("ask for more: --replicates 100".to_owned()) });
    }
    if !plan.scenario.file.records_truth() {
        diagnostics::talk("note: estimators are judged by the truth, so it is recorded: study.truth=true\n");
        plan = self::plan(&arguments.study, arguments.study.changes.overrides().set("study.truth=true"))?;
    }
    keep_earlier(&plan.folder, &plan.scenario.digest, &results::RUN)?;
    let interrupted = watch_for_interrupt()?;
    let simulated = simulate(arguments, &plan, &interrupted)?;
    let evidence = Evidence {
        scenario: &plan.scenario,
        study: &simulated.study,
        null: simulated.null.as_ref(),
        everybody: simulated.everybody.as_deref(),
        precision: arguments.precision,
    };
    let diagnosis = diagnose_study(&evidence);
    results::write_worlds(&plan.folder, &plan.scenario)?;
    let files = vec![
        ("diagnosis.json", diagnosis_json(&diagnosis)),
        ("diagnosis.csv", diagnosis_csv(&diagnosis)),
        ("diagnosis.png", diagnosis_png(&diagnosis)),
    ];
    hand_out(Rendered { files, table: diagnosis_table(&diagnosis) }, &plan.folder, arguments.study.json)
}

/// The scenario with the first arm's policy everywhere makes no sense.
fn no_null(faults: &[Fault]) -> Failure {
    let reasons: Vec<String> =
        faults.iter().map(|fault| format!("{} is {}, expected {}", fault.path, fault.value, fault.expected)).collect();
    let message = format!("there is no A/A study of this scenario: {}", reasons.join("; "));
    Failure::Input { message, hint: Some("leave it out with --no-null".to_owned()) }
}

/// The studies a diagnosis rests on.
struct Simulated {
    study: Study,
    null: Option<Study>,
    everybody: Option<Vec<GlobalEffects>>,
}

/// Simulates whatever is not kept yet.
fn simulate(arguments: &DiagnoseArguments, plan: &Plan, interrupted: &AtomicBool) -> Result<Simulated, Failure> {
    let name = &plan.scenario.file.name;
    let reporter = |what: &str| reporter(&arguments.study, &format!("{name}{what}"));
    let options = StudyOptions { threads: plan.threads, kept_in: Some(&plan.folder) };
    let study = run_study(&plan.scenario, options, reporter("").as_ref(), interrupted).map_err(|error| failure_of(&error))?.study;
    let null = if arguments.no_null {
        None
    } else {
        let scenario = null_scenario(&plan.scenario).map_err(|faults| no_null(&faults))?;
        let folder = plan.folder.join(NULL_FOLDER);
        make_writable(&folder)?;
        let options = StudyOptions { kept_in: Some(&folder), ..options };
        let run = run_study(&scenario, options, reporter(", A/A").as_ref(), interrupted);
        Some(run.map_err(|error| failure_of(&error))?.study)
    };
    let everybody = if arguments.gate {
        let run = run_everybody(&plan.scenario, options, reporter(", everybody and nobody").as_ref(), interrupted);
        Some(run.map_err(|error| failure_of(&error))?)
    } else {
        None
    };
    Ok(Simulated { study, null, everybody })
}
