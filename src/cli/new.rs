//! `longgame new NAME`: writes a commented scenario that runs as it is. Never overwrites.

use crate::cli::failure::Failure;
use crate::cli::output;
use crate::scenario::{Overrides, Scenario, Source, starter};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// Writes `NAME.ron`.
///
/// # Errors
/// A name that no scenario can have, a file that exists, a place that cannot be written to.
pub(super) fn new(name: &str) -> Result<(), Failure> {
    let typed = PathBuf::from(name);
    let folder = typed.parent().map(PathBuf::from).unwrap_or_default();
    let file_name = typed.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = file_name.strip_suffix(".ron").unwrap_or(&file_name).to_owned();
    let text = starter(&stem);
    // What is written must run: a name that breaks the text or the rules is refused before anything is created.
    if let Err(error) = Scenario::load(&Source::new(&format!("{stem}.ron"), &text), &Overrides::new()) {
        let expected = error.mistakes.first().and_then(|mistake| mistake.expected.clone());
        let message = format!("`{name}` cannot be the name of a scenario");
        return Err(Failure::input(message, expected.map(|expected| format!("expected {expected}"))));
    }
    let path = folder.join(format!("{stem}.ron"));
    let created = OpenOptions::new().write(true).create_new(true).open(&path);
    let written = created.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::input(
            format!("{} exists already", path.display()),
            Some("choose another name, or remove it first".to_owned()),
        ),
        _ => Failure::input(format!("cannot write {}: {}", path.display(), crate::cli::failure::describe_io(&error)), None),
    })?;
    output::print(&format!("wrote {0}\nnext: longgame run {0}\n", path.display()))
}
