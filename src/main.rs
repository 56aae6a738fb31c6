//! The `longgame` binary: hands the command line to the library and exits with its code.

use std::process::ExitCode;

fn main() -> ExitCode {
    longgame::cli::run_program(std::env::args_os())
}
