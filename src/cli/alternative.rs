//! `--alternative`, as every command that tests effects reads it.

use crate::analysis::alternative::Alternative;
use clap::ValueEnum;

/// Which effects count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AlternativeChoice {
    /// Those in both directions
    TwoSided,
    /// Those above zero
    Greater,
    /// Those below zero
    Less,
}

impl AlternativeChoice {
    /// What was typed, as the analysis has it.
    pub(super) fn meant(self) -> Alternative {
        match self {
            Self::TwoSided => Alternative::TwoSided,
            Self::Greater => Alternative::Greater,
            Self::Less => Alternative::Less,
        }
    }
}
