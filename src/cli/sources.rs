//! Finding the scenario that a name on the command line means: a file, or one that comes with the program.

use crate::cli::failure::{Failure, describe_io};
use crate::domain::nearest;
use crate::scenario::{BUNDLED, Source, bundled};
use std::fs;
use std::io;
use std::path::Path;

/// Reads the scenario file called `name`, or else the bundled scenario of that name.
///
/// # Errors
/// A file that cannot be read or is not text; a name that means nothing.
pub(super) fn open(name: &str) -> Result<Source, Failure> {
    let path = Path::new(name);
    let bare = !name.contains(['/', '\\']);
    if let (true, false, Some(scenario)) = (bare, path.is_file(), bundled(name)) {
        return Ok(Source::new(&format!("{}.ron (bundled)", scenario.name), scenario.text));
    }
    match fs::read(path) {
        Ok(bytes) => read_text(name, bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::input(
            format!("there is no scenario {name}: neither a file nor a bundled scenario"),
            Some(suggestion(name)),
        )),
        Err(error) => {
            let hint = path.is_dir().then(|| format!("name a file: {}", path.join("scenario.ron").display()));
            Err(Failure::input(format!("cannot read {name}: {}", describe_io(&error)), hint))
        }
    }
}

fn read_text(name: &str, bytes: Vec<u8>) -> Result<Source, Failure> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, &text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            let message = format!("cannot read {name}: line {line} is not UTF-8 text");
            Err(Failure::input(message, Some("save the file as UTF-8; scenarios are plain text in RON notation".to_owned())))
        }
    }
}

/// What may have been meant: a bundled scenario or a file beside the one named.
fn suggestion(name: &str) -> String {
    let with_ending = format!("{name}.ron");
    if Path::new(&with_ending).is_file() {
        return format!("did you mean {with_ending}?");
    }
    let folder = Path::new(name).parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut files: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "ron"))
        .map(|path| path.strip_prefix("./").unwrap_or(&path).display().to_string())
        .collect();
    files.sort();
    let bundled_names = BUNDLED.map(|scenario| scenario.name);
    let known: Vec<&str> = files.iter().map(String::as_str).chain(bundled_names).collect();
    match nearest(name, &known) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("bundled scenarios: {}; `longgame new {}` writes a file to start from", bundled_names.join(", "), "NAME"),
    }
}
