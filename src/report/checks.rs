//! Checks of a study as lines to show: what was looked at and how it came out. Runs no check itself.

use super::number::significant;
use super::wording::metric_words;
use crate::experiment::DesignCheck;

/// Adjusted p-value of a placebo test below which a reader is warned.
const WARNS_BELOW: f64 = 0.01;

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

impl Check {
    /// Words a check of the design.
    pub fn of_design(check: &DesignCheck) -> Self {
        match check {
            DesignCheck::SampleRatio { p_value, blocks, .. } => {
                let found = if *blocks { "do not have" } else { "have" };
                Self {
                    outcome: if *blocks { CheckOutcome::Failed } else { CheckOutcome::Passed },
                    finding: format!(
                        "arms {found} the sizes that their shares promise (sample ratio, p = {}).",
                        significant(*p_value, 2)
                    ),
                    hint: blocks.then(|| "customers were lost or misassigned: no result can be trusted".to_owned()),
                }
            }
            DesignCheck::Placebo { metric, arm, rejected, replicates, adjusted_p_value } => {
                let is_odd = *adjusted_p_value < WARNS_BELOW;
                let hint = "arms differ before the start, or errors are too small: be wary of this metric";
                Self {
                    outcome: if is_odd { CheckOutcome::Warned } else { CheckOutcome::Passed },
                    finding: format!(
                        "{}, {arm}: in the pre-period, where there is no effect, {rejected} of {replicates} single trials find one at \
                         the 5 % level (placebo, adjusted p = {}).",
                        metric_words(metric),
                        significant(*adjusted_p_value, 2)
                    ),
                    hint: is_odd.then(|| hint.to_owned()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placebo_that_rejects_too_often_is_warned_of_with_a_hint() {
        let placebo = |rejected, adjusted_p_value| {
            let (metric, arm) = ("sessions".to_owned(), "agents".to_owned());
            Check::of_design(&DesignCheck::Placebo { metric, arm, rejected, replicates: 100, adjusted_p_value })
        };
        assert_eq!((placebo(6, 0.6).outcome, placebo(6, 0.6).hint), (CheckOutcome::Passed, None));
        let odd = placebo(20, 1e-6);
        assert_eq!(odd.outcome, CheckOutcome::Warned);
        assert!(odd.hint.is_some() && odd.finding.contains("20 of 100"), "{}", odd.finding);
    }
}
