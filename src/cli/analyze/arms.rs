//! Which value of the treatment column means control and which arms are compared with it. Never a guess that could be wrong.

use super::table::cells;
use super::table::interner::Interner;
use super::table::rows::{Rows, Told};
use super::table::text::{fold, trimmed};
use crate::analysis::trial_analysis::ExpectedShares;
use crate::cli::failure::Failure;
use crate::domain::nearest;
use crate::report::shell_word;

/// Most different values before a treatment column is taken for something else.
const MOST_ARMS: usize = 20;
/// Words that mean control where there are two arms, folded. No single letter: `C` is an arm of A, B and C.
const CONTROL_WORDS: [&str; 21] = [
    "0",
    "false",
    "no",
    "control",
    "control group",
    "ctrl",
    "placebo",
    "holdout",
    "hold-out",
    "hold out",
    "baseline",
    "bau",
    "business as usual",
    "off",
    "untreated",
    "unexposed",
    "status quo",
    "original",
    "default",
    "kontrolle",
    "kontrollgruppe",
];
/// Letters that often stand for control, folded: good enough for a hint, never for a guess.
const LIKELY_LETTERS: [&str; 4] = ["a", "c", "f", "n"];
/// Values that say yes or no to the column's name.
const CODES: [&str; 6] = ["0", "1", "false", "true", "no", "yes"];

/// Arms as they are met while reading.
#[derive(Debug, Default)]
pub(super) struct Arms {
    /// As written, trimmed.
    spellings: Interner,
    /// By number of the spelling.
    arm_of_spelling: Vec<u32>,
    /// Folded: spellings of one arm share it.
    keys: Interner,
    /// By arm: the spelling met first.
    first_spelling: Vec<u32>,
    /// Folded names of arms that the user spoke of: none of them means "no arm".
    asked: Vec<Vec<u8>>,
}

/// The arms that are compared, and those that are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compared {
    /// Numbers of arms as read: control first, then those compared with it, then those left out.
    order: Vec<u32>,
    /// How many of them are compared.
    pub(super) count: u32,
    /// Names in the same order.
    pub(super) names: Vec<String>,
    /// Which spellings were taken as one.
    pub(super) notes: Vec<String>,
}

/// What the user said about arms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) control: Option<&'a str>,
    pub(super) treated: &'a [String],
}

impl Compared {
    /// Position of an arm, as read, in [`Compared::names`].
    pub(super) fn position(&self, arm: u32) -> u32 {
        self.order.iter().position(|known| *known == arm).unwrap_or(0) as u32
    }

    /// Names of arms that are left out.
    pub(super) fn others(&self) -> &[String] {
        &self.names[self.count as usize..]
    }

    /// The shares that arms were meant to have, from what was typed.
    ///
    /// # Errors
    /// What is no share, or does not name every arm of the file once.
    pub(super) fn expected_shares(&self, text: &str) -> Result<ExpectedShares, Failure> {
        let example: Vec<String> = self.names.iter().map(|name| format!("{name}=1")).collect();
        let all_arms = format!("name every arm of the file: --expected-share {}", shell_word(&example.join(",")));
        if let Ok(share) = text.trim().parse::<f64>() {
            if !(share > 0.0 && share < 1.0) {
                let message = format!("--expected-share {text} is no share strictly between 0 and 1");
                return Err(Failure::input(message, Some("such as 0.5, or A=1,B=1".to_owned())));
            }
            if self.count > 2 {
                let message =
                    format!("--expected-share {text} is one share, but {} arms are compared with control", self.count - 1);
                return Err(Failure::input(message, Some(all_arms)));
            }
            return Ok(ExpectedShares::OfTreated(share));
        }
        let mut weights: Vec<Option<f64>> = vec![None; self.names.len()];
        for part in self.parts(text) {
            let (name, weight) = part.rsplit_once('=').unwrap_or((part.as_str(), ""));
            let weight = weight.trim().parse::<f64>().ok().filter(|weight| *weight > 0.0 && weight.is_finite());
            let Some(weight) = weight else {
                let message = format!("--expected-share has no share above 0 in `{part}`");
                return Err(Failure::input(message, Some("write a share such as 0.5, or A=1,B=1".to_owned())));
            };
            let key = fold(name.as_bytes());
            let Some(arm) = self.names.iter().position(|known| fold(known.as_bytes()) == key) else {
                let message = format!("--expected-share names `{}`, which is no arm of the file", name.trim());
                return Err(Failure::input(message, Some(format!("the arms are {}", self.names.join(", ")))));
            };
            if weights[arm].replace(weight).is_some() {
                return Err(Failure::input(format!("--expected-share names `{}` twice", name.trim()), Some(all_arms)));
            }
        }
        if let Some(lacking) = weights.iter().position(Option::is_none) {
            let message = format!("--expected-share has no share for arm `{}`", self.names[lacking]);
            return Err(Failure::input(message, Some(all_arms)));
        }
        Ok(ExpectedShares::OfArms(weights.into_iter().flatten().collect()))
    }

    /// The list's parts; a name may itself hold a comma, so a part without a share belongs to the next one.
    fn parts(&self, text: &str) -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        let mut begun = String::new();
        for piece in text.split(',') {
            begun = if begun.is_empty() { piece.to_owned() } else { format!("{begun},{piece}") };
            if begun.contains('=') {
                parts.push(std::mem::take(&mut begun));
            }
        }
        parts.extend(Some(begun).filter(|rest| !rest.trim().is_empty()));
        parts
    }
}

impl Arms {
    /// No arms yet; those that the user spoke of are arms whatever they are called.
    pub(super) fn new(asked: Asked<'_>) -> Self {
        let names = asked.control.into_iter().chain(asked.treated.iter().flat_map(|text| text.split(',')));
        Self { asked: names.map(|name| fold(name.as_bytes())).filter(|key| !key.is_empty()).collect(), ..Self::default() }
    }

    /// The number of the arm that a cell of the current row names.
    ///
    /// # Errors
    /// An empty cell, or more different values than a trial has arms.
    pub(super) fn read(&mut self, rows: &Rows, column: usize, rules: &cells::NumberRules) -> Result<u32, Failure> {
        let cell = trimmed(rows.cell(column));
        let found = self.spellings.intern(cell);
        if !found.is_new {
            return Ok(self.arm_of_spelling[found.number as usize]);
        }
        let key = fold(cell);
        let is_name = cell.eq_ignore_ascii_case(b"none") || self.asked.contains(&key);
        if rows.is_header_again() || (cells::is_missing(cell, rules) && !is_name) {
            return Err(rows.mistake(
                column,
                Told {
                    message: format!("`{}` says no arm here", rows.name(column)),
                    expected: "the arm this unit was assigned to".to_owned(),
                    hint: Some(
                        "if it is the name of an arm, name it in --control or --treated; rows of units that were never assigned do not \
                         belong into the file"
                            .to_owned(),
                    ),
                },
            ));
        }
        let arm = self.keys.intern(&key);
        if arm.is_new {
            self.first_spelling.push(found.number);
        }
        self.arm_of_spelling.push(arm.number);
        if self.keys.len() > MOST_ARMS {
            let seen: Vec<String> = (0..3).map(|arm| self.name(arm)).collect();
            return Err(rows.mistake(
                column,
                Told {
                    message: format!(
                        "`{}` has more than {MOST_ARMS} different values: {}, …",
                        rows.name(column),
                        seen.join(", ")
                    ),
                    expected: "one of a few arms".to_owned(),
                    hint: Some("--treatment names the column with the assigned arm".to_owned()),
                },
            ));
        }
        Ok(arm.number)
    }

    /// An arm as it was written first.
    fn name(&self, arm: u32) -> String {
        self.spellings.text_of(self.first_spelling[arm as usize])
    }

    /// Decides, once all rows are read.
    ///
    /// # Errors
    /// Fewer than two arms; no telling which one is control; an arm asked for that is not there.
    pub(super) fn compared(&self, rows: &Rows, column: usize, asked: Asked<'_>) -> Result<Compared, Failure> {
        let names: Vec<String> = (0..self.keys.len() as u32).map(|arm| self.name(arm)).collect();
        let title = format!("{}: `{}`", rows.file, rows.name(column));
        if let [only] = names.as_slice() {
            let hint = "a comparison needs units of two arms: does --treatment name the assigned arm, and does the file hold all of them?";
            return Err(Failure::input(format!("{title} has one value only, `{only}`"), Some(hint.to_owned())));
        }
        let position = |wanted: &str, flag: &str| self.position(wanted).ok_or_else(|| unknown_arm(&title, &names, wanted, flag));
        let treated =
            self.named(asked.treated).into_iter().map(|name| position(&name, "--treated")).collect::<Result<Vec<u32>, _>>()?;
        let control = match asked.control {
            Some(wanted) => position(wanted, "--control")?,
            None => guessed_control(&names, &treated, rows.name(column))
                .ok_or_else(|| unclear_control(&title, &names, (&treated, rows.name(column))))?,
        };
        if treated.contains(&control) {
            return Err(Failure::input(format!("`{}` cannot be both --control and --treated", names[control as usize]), None));
        }
        if let Some(twice) = (1..treated.len()).find(|index| treated[..*index].contains(&treated[*index])) {
            return Err(Failure::input(format!("--treated names `{}` twice", names[treated[twice] as usize]), None));
        }
        let all = 0..names.len() as u32;
        let compared =
            if treated.is_empty() { in_order(&names, all.clone().filter(|arm| *arm != control).collect()) } else { treated };
        let others = all.filter(|arm| *arm != control && !compared.contains(arm));
        let order: Vec<u32> = std::iter::once(control).chain(compared.iter().copied()).chain(others).collect();
        Ok(Compared {
            count: compared.len() as u32 + 1,
            names: order.iter().map(|arm| names[*arm as usize].clone()).collect(),
            order,
            notes: self.notes(),
        })
    }

    fn position(&self, wanted: &str) -> Option<u32> {
        let key = fold(wanted.as_bytes());
        (0..self.keys.len() as u32).find(|arm| self.keys.bytes_of(*arm) == key)
    }

    /// Names in a list; one that holds a comma itself is tried whole first.
    fn named(&self, texts: &[String]) -> Vec<String> {
        let split = |text: &String| -> Vec<String> {
            if self.position(text).is_some() || !text.contains(',') {
                return vec![text.clone()];
            }
            text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
        };
        texts.iter().flat_map(split).collect()
    }

    /// Spellings that were taken as one arm.
    fn notes(&self) -> Vec<String> {
        let of_arm = |arm: u32| {
            let spellings: Vec<String> = (0..self.spellings.len() as u32)
                .filter(|spelling| self.arm_of_spelling[*spelling as usize] == arm)
                .map(|spelling| format!("`{}`", self.spellings.text_of(spelling)))
                .collect();
            (spellings.len() > 1).then(|| format!("{} are taken as one arm", spellings.join(" and ")))
        };
        (0..self.keys.len() as u32).filter_map(of_arm).collect()
    }
}

/// Arms by name, numbers by size, so that tables do not depend on the order of rows.
fn in_order(names: &[String], mut arms: Vec<u32>) -> Vec<u32> {
    let name = |arm: &u32| names[*arm as usize].as_str();
    let numbers: Option<Vec<f64>> = names.iter().map(|name| name.parse::<f64>().ok()).collect();
    match numbers {
        Some(numbers) => arms.sort_by(|a, b| numbers[*a as usize].total_cmp(&numbers[*b as usize])),
        None => arms.sort_by(|a, b| name(a).cmp(name(b))),
    }
    arms
}

fn unknown_arm(title: &str, names: &[String], wanted: &str, flag: &str) -> Failure {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let near = nearest(wanted, &known).map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    let message = format!("{title} has no value `{wanted}` for {flag}");
    Failure::input(message, Some(format!("{near}the values are {}", names.join(", "))))
}

fn unclear_control(title: &str, names: &[String], (treated, column): (&[u32], &str)) -> Failure {
    let message = format!("{title} does not say which of {} is control", names.join(", "));
    let is_yes = |name: &&String| ["1", "true", "yes"].contains(&String::from_utf8_lossy(&fold(name.as_bytes())).as_ref());
    if let (true, Some(yes)) = (is_about_control(column), names.iter().find(is_yes)) {
        let hint = format!("--control {} if `{column}` says so of control units, else name the other one", shell_word(yes));
        return Failure::input(message, Some(hint));
    }
    let also = if names.len() > 2 && treated.is_empty() { "; all others are then compared with it at once" } else { "" };
    let open: Vec<&String> = (0..).zip(names).filter(|(arm, _)| !treated.contains(arm)).map(|(_, name)| name).collect();
    let is_among = |name: &String, words: &[&str]| words.contains(&String::from_utf8_lossy(&fold(name.as_bytes())).as_ref());
    let likely = open.iter().find(|name| is_among(name, &CONTROL_WORDS));
    let likely = likely.or_else(|| LIKELY_LETTERS.iter().find_map(|letter| open.iter().find(|name| is_among(name, &[letter]))));
    let hint = match likely {
        Some(name) => format!("--control {} if that is the one{also}", shell_word(name)),
        None => {
            let names: Vec<String> = open.iter().map(|name| shell_word(name)).collect();
            format!("--control VALUE, VALUE being one of {}{also}", names.join(", "))
        }
    };
    Failure::input(message, Some(hint))
}

/// Whether a column's name may ask "is it control?", so that 1 would mean that it is.
fn is_about_control(column: &str) -> bool {
    const PARTS: [&str; 20] = [
        "control",
        "kontroll",
        "placebo",
        "holdout",
        "hold_out",
        "hold-out",
        "heldout",
        "held_out",
        "withheld",
        "suppress",
        "exclu",
        "untreat",
        "unexpos",
        "baseline",
        "status_quo",
        "status quo",
        "optout",
        "opt_out",
        "as_usual",
        "as usual",
    ];
    const WORDS: [&str; 12] = ["no", "not", "non", "off", "bau", "ctl", "ctrl", "ohne", "without", "kg", "out", "never"];
    let column = column.to_lowercase();
    PARTS.iter().any(|part| column.contains(part))
        || column.split(|letter: char| !letter.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

/// The control arm, where a word leaves no doubt: two arms, one of which is called like a control, in a column that is not itself about
/// control (where `1` would mean "yes, control").
fn guessed_control(names: &[String], treated: &[u32], column: &str) -> Option<u32> {
    if names.len() != 2 {
        return None;
    }
    if let [treated] = treated {
        return Some(1 - treated);
    }
    let keys: Vec<String> = names.iter().map(|name| String::from_utf8_lossy(&fold(name.as_bytes())).into_owned()).collect();
    let is_code = |key: &String| CODES.contains(&key.as_str());
    if keys.iter().all(is_code) && is_about_control(column) {
        return None;
    }
    let candidates: Vec<u32> = (0..2).filter(|arm| CONTROL_WORDS.contains(&keys[*arm as usize].as_str())).collect();
    if let [only] = candidates.as_slice() { Some(*only) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn control_is_guessed_only_where_a_word_leaves_no_doubt() {
        for (arms, column, wanted) in [
            (vec!["1", "0"], "arm", Some(1)),
            (vec!["Control", "B"], "arm", Some(0)),
            (vec!["A", "B", "C"], "arm", None),
            (vec!["A", "C"], "arm", None),
            (vec!["control", "x", "y"], "arm", None),
            (vec!["0", "1"], "is_control", None),
            (vec!["no", "yes"], "holdout", None),
            (vec!["holdout", "live"], "holdout_or_live", Some(0)),
            (vec!["control", "placebo"], "arm", None),
            (vec!["t", "f"], "arm", None),
        ] {
            assert_eq!(guessed_control(&names(&arms), &[], column), wanted, "{arms:?} {column}");
        }
        assert_eq!(guessed_control(&names(&["A", "B"]), &[0], "arm"), Some(1));
    }

    #[test]
    fn shares_name_every_arm_once() {
        let arms = Compared { order: vec![0, 1, 2], count: 2, names: names(&["A", "B", "x, y"]), notes: Vec::new() };
        assert_eq!(arms.expected_shares("0.25").ok(), Some(ExpectedShares::OfTreated(0.25)));
        assert_eq!(arms.expected_shares("b=1,A=2,x, y=3").ok(), Some(ExpectedShares::OfArms(vec![2.0, 1.0, 3.0])));
        for wrong in ["1.5", "A=1,B=1", "A=1,B=1,C=1", "A=1,A=1,B=1", "A=0,B=1,x, y=1", "A", ""] {
            assert!(arms.expected_shares(wrong).is_err(), "{wrong}");
        }
    }
}
