//! The command line: arguments, progress, diagnostics, exit codes. The only layer that prints, reads clocks and files.
//!
//! Exit codes: 0 done, 1 the run failed, 2 the user's input is wrong, 130 interrupted. stdout is results, stderr is talk.

mod about;
mod alternative;
mod analyze;
mod arguments;
mod attribute;
mod check;
mod diagnose;
mod diagnostics;
mod failure;
mod fields;
mod handoff;
mod machine;
mod new;
mod output;
mod power;
mod progress;
mod results;
mod run;
mod sources;
mod study;
mod sweep;

use arguments::{Arguments, Command};
use clap::{CommandFactory, FromArgMatches};
use failure::Failure;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with these arguments, the program's name first, and returns its exit code.
pub fn run_program(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = match Arguments::command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        // Help and version go to stdout with code 0, mistakes to stderr with code 2. A closed pipe cannot be told anything.
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            return error.print().map_or(ExitCode::SUCCESS, |()| ExitCode::from(code));
        }
    };
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let color = arguments.color;
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            diagnostics::report(&failure, color);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// What `analyze` prints about a table given as bytes, without reading or writing anything else; `flags` are those of the command, without
/// the file. This is the way in for fuzzers and for programs that have no file.
///
/// # Errors
/// What the command would have said on stderr, without colour.
pub fn analyze_bytes(flags: &[&str], table: Vec<u8>) -> Result<String, String> {
    let words = ["longgame", "analyze", "-"].into_iter().chain(flags.iter().copied());
    let arguments = Arguments::command().try_get_matches_from(words).and_then(|matches| Arguments::from_arg_matches(&matches));
    match arguments.map_err(|error| error.to_string())?.command {
        Command::Analyze(arguments) => {
            analyze::analyze_bytes(&arguments, table).map_err(|failure| diagnostics::plain_text(&failure))
        }
        _ => Err("analyze only".to_owned()),
    }
}

fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Run(run) if run.attribute => attribute::attribute(&run.study),
        Command::Run(run) => run::run(&run),
        Command::Diagnose(diagnose) => diagnose::diagnose(&diagnose),
        Command::Handoff(handoff) => handoff::handoff(&handoff),
        Command::Sweep(sweep) => sweep::sweep(&sweep),
        Command::Check(check) => check::check(&check, arguments.color),
        Command::Analyze(analyze) => analyze::analyze(&analyze),
        Command::Power(power) => power::power(&power),
        Command::New { name } => new::new(&name),
        Command::List { json } => about::list(json),
        Command::Fields { path, json } => fields::fields(path.as_deref(), json),
        Command::Completions { shell } => about::completions(shell),
        Command::Man => about::man(),
    }
}
