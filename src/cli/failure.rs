//! Why a command ended without success, by whose fault it was. How it is told is `diagnostics`' business.

use crate::cli::analyze::TableMistake;
use crate::scenario::{Mistake, ScenarioError};
use std::io;
use std::path::Path;
use thiserror::Error;

/// Why a command ended without success.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// The user's scenario or flags are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Scenario(Vec<Mistake>),
    /// The user's table is wrong.
    #[error("{0}")]
    Table(Box<TableMistake>),
    /// Something else the user typed is wrong.
    #[error("{message}")]
    Input {
        /// What is wrong.
        message: String,
        /// How to mend it.
        hint: Option<String>,
    },
    /// Already told; only the exit code is left.
    #[error("the input is wrong")]
    Told,
    /// The run itself failed.
    #[error("{message}")]
    Run {
        /// What failed.
        message: String,
        /// What can be done about it.
        hint: Option<String>,
    },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted {
        /// What is kept and how to go on.
        hint: String,
    },
    /// Whoever read our output has left: not a failure.
    #[error("the output was closed")]
    ClosedPipe,
}

impl Failure {
    /// A mistake in what the user typed, apart from scenarios.
    pub(super) fn input(message: impl Into<String>, hint: Option<String>) -> Self {
        Self::Input { message: message.into(), hint }
    }

    /// Something that could not be written to `path`.
    pub(super) fn unwritable(path: &Path, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::PermissionDenied => "choose another place with --out DIR, or change the permissions",
            io::ErrorKind::StorageFull => "the disk is full: free some space, or choose another place with --out DIR",
            _ => "choose another place with --out DIR",
        };
        Self::input(format!("cannot write to {}: {}", path.display(), describe_io(error)), Some(hint.to_owned()))
    }

    /// The program's exit code.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Run { .. } => 1,
            Self::Scenario(_) | Self::Table(_) | Self::Input { .. } | Self::Told => 2,
            Self::Interrupted { .. } => 130,
        }
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        Self::Scenario(error.mistakes)
    }
}

/// An error of the operating system without its number, the same on every system.
pub(super) fn describe_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is a file, not a folder".to_owned(),
        io::ErrorKind::AlreadyExists => "it exists already".to_owned(),
        io::ErrorKind::StorageFull => "no space left".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => error.to_string(),
    }
}
