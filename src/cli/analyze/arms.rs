//! Which value of the treatment column means control and which means treatment.

use super::interner::Interner;
use super::rows::{Rows, Told};
use crate::cli::failure::Failure;
use crate::domain::nearest;

/// Most different values before a treatment column is taken for something else.
const MOST_ARMS: usize = 20;
/// Words that mean control, in small letters.
const CONTROL_WORDS: [&str; 17] = [
    "0",
    "0.0",
    "false",
    "f",
    "no",
    "n",
    "control",
    "ctrl",
    "c",
    "placebo",
    "holdout",
    "hold-out",
    "baseline",
    "bau",
    "off",
    "untreated",
    "status quo",
];

/// Arms as they are met while reading.
#[derive(Debug, Default)]
pub(super) struct Arms {
    names: Interner,
}

/// The two arms that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) control: u32,
    pub(super) treated: u32,
    pub(super) control_name: String,
    pub(super) treated_name: String,
    /// Names of arms that are left out.
    pub(super) others: Vec<String>,
}

impl Arms {
    /// The number of the arm that a cell of the current row names.
    ///
    /// # Errors
    /// An empty cell, or more different values than a trial has arms.
    pub(super) fn read(&mut self, rows: &Rows, column: usize, cell: &[u8]) -> Result<u32, Failure> {
        let cell = cell.trim_ascii();
        if super::cells::is_missing(cell) && !cell.eq_ignore_ascii_case(b"none") {
            return Err(rows.mistake(
                column,
                Told {
                    message: format!("`{}` says no arm here", rows.name(column)),
                    expected: "the arm this unit was assigned to".to_owned(),
                    hint: Some("leave rows of units that were never assigned out of the file".to_owned()),
                },
            ));
        }
        let found = self.names.intern(cell);
        if self.names.len() > MOST_ARMS {
            let seen: Vec<String> = (0..3).map(|number| self.names.text_of(number)).collect();
            return Err(rows.mistake(
                column,
                Told {
                    message: format!(
                        "`{}` has more than {MOST_ARMS} different values: {}, …",
                        rows.name(column),
                        seen.join(", ")
                    ),
                    expected: "one of two arms".to_owned(),
                    hint: Some("--treatment names the column with the assigned arm".to_owned()),
                },
            ));
        }
        Ok(found.number)
    }

    /// Decides, once all rows are read.
    ///
    /// # Errors
    /// Fewer than two arms, more without being told which, or no telling which of two is control.
    pub(super) fn compared(&self, rows: &Rows, column: usize, asked: (Option<&str>, Option<&str>)) -> Result<Compared, Failure> {
        let names: Vec<String> = (0..self.names.len() as u32).map(|number| self.names.text_of(number)).collect();
        let title = format!("{}: `{}`", rows.file, rows.name(column));
        let position = |wanted: &str, flag: &str| {
            let same = |name: &&String| *name == wanted || same_number(name, wanted);
            let found = names.iter().position(|name| same(&name));
            found.ok_or_else(|| {
                let known: Vec<&str> = names.iter().map(String::as_str).collect();
                let near = nearest(wanted, &known).map(|near| format!("did you mean {near}? ")).unwrap_or_default();
                Failure::input(
                    format!("{title} has no value `{wanted}` for {flag}"),
                    Some(format!("{near}the values are {}", names.join(", "))),
                )
            })
        };
        if let [only] = names.as_slice() {
            let hint = "a comparison needs units of two arms: does --treatment name the assigned arm, and does the file hold all of them?";
            return Err(Failure::input(format!("{title} has one value only, `{only}`"), Some(hint.to_owned())));
        }
        let treated = asked.1.map(|wanted| position(wanted, "--treated")).transpose()?;
        let control = match asked.0 {
            Some(wanted) => position(wanted, "--control")?,
            None => guessed_control(&names, treated).ok_or_else(|| {
                let message = format!("{title} does not say which of {} is control", names.join(", "));
                Failure::input(message, Some(format!("name it: --control {}", shell_word(&names[0]))))
            })?,
        };
        let others: Vec<usize> = (0..names.len()).filter(|index| *index != control && Some(*index) != treated).collect();
        let treated = match (treated, others.as_slice()) {
            (Some(treated), _) if treated == control => {
                return Err(Failure::input(format!("`{}` cannot be both --control and --treated", names[control]), None));
            }
            (Some(treated), _) => treated,
            (None, [only]) => *only,
            (None, _) => {
                let message = format!("{title} has {} values: {}", names.len(), names.join(", "));
                let hint = format!(
                    "compare two arms at a time: --control {} --treated {}",
                    shell_word(&names[control]),
                    shell_word(&names[others[0]])
                );
                return Err(Failure::input(message, Some(hint)));
            }
        };
        let others = others.into_iter().filter(|index| *index != treated).map(|index| names[index].clone()).collect();
        Ok(Compared {
            control: control as u32,
            treated: treated as u32,
            control_name: names[control].clone(),
            treated_name: names[treated].clone(),
            others,
        })
    }
}

/// `1` and `1.0` mean the same arm when asked for.
fn same_number(name: &str, wanted: &str) -> bool {
    matches!((name.parse::<f64>(), wanted.parse::<f64>()), (Ok(name), Ok(wanted)) if name == wanted)
}

fn guessed_control(names: &[String], treated: Option<usize>) -> Option<usize> {
    let candidates: Vec<usize> = (0..names.len())
        .filter(|index| Some(*index) != treated && CONTROL_WORDS.contains(&names[*index].to_lowercase().as_str()))
        .collect();
    let only_other = |treated: usize| (names.len() == 2).then_some(1 - treated);
    match candidates.as_slice() {
        [only] => Some(*only),
        [] => treated.and_then(only_other),
        _ => None,
    }
}

fn shell_word(text: &str) -> String {
    let is_plain = !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || "_-.".contains(letter));
    if is_plain { text.to_owned() } else { format!("'{text}'") }
}
