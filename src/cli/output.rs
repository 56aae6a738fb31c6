//! Writing to stdout, where a reader that has left is no failure.

use crate::cli::failure::{Failure, describe_io};
use std::io::{self, Write};

/// Writes a result to stdout.
///
/// # Errors
/// `ClosedPipe` if the reader has left, `Run` for anything else.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Run { message: format!("cannot write to stdout: {}", describe_io(&error)), hint: None },
    })
}

/// Writes a value to stdout as indented JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::Run { message: format!("cannot write JSON: {error}"), hint: None })?;
    print(&format!("{text}\n"))
}
