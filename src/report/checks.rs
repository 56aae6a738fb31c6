//! Checks of a study as lines to show: what was looked at and how it came out. Runs no check itself.

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// Nothing was found.
    Passed,
    /// Something a reader should know.
    Warned,
    /// Something that puts the results in doubt.
    Failed,
}

/// One check, as a line to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What was looked at and what was found, as a sentence.
    pub finding: String,
    /// What to do about it, where something can be said.
    pub hint: Option<String>,
}
