//! A column of numbers: what its cells mean one by one, and what only all of them together can prove.
//!
//! `1.234` may mean 1234. A column in which every number with a point looks so, beside others of 100 and more, is refused once
//! it is read; so is one that mixes words such as `yes` with numbers other than 0 and 1.

use super::cells::{self, Absence, Fold, Form, Meaning, NumberRules, Reading};
use super::rows::{Place, Rows, Told};
use super::text;
use crate::cli::failure::Failure;

/// Whole numbers from here on make it likely that `1.234` means thousands.
const LARGE: f64 = 100.0;

/// What is known of a column.
#[derive(Debug, Clone)]
pub(in crate::cli::analyze) struct NumberColumn {
    column: usize,
    /// The first cell like `1.234`.
    point_before_three: Option<Box<Example>>,
    /// Whether a point was met that can only be a decimal one.
    has_decimal_point: bool,
    has_large_whole: bool,
    /// The first `yes`, `t` and the like.
    truth: Option<Box<Example>>,
    /// A number other than 0 and 1.
    other_number: Option<f64>,
    brackets: Option<String>,
    typeset_minus: Option<String>,
    groups: Option<(String, f64)>,
    dash: Option<String>,
}

/// A cell met before.
#[derive(Debug, Clone)]
struct Example {
    place: Place,
    text: String,
}

impl NumberColumn {
    /// Nothing read yet.
    pub(in crate::cli::analyze) fn new(column: usize) -> Self {
        Self {
            column,
            point_before_three: None,
            has_decimal_point: false,
            has_large_whole: false,
            truth: None,
            other_number: None,
            brackets: None,
            typeset_minus: None,
            groups: None,
            dash: None,
        }
    }

    /// The number in this column of the current row; `None` where there is none.
    ///
    /// # Errors
    /// A text, or an infinite number.
    pub(in crate::cli::analyze) fn read(&mut self, rows: &Rows, rules: &NumberRules) -> Result<Option<f64>, Failure> {
        let cell = text::trimmed(rows.cell(self.column));
        match cells::read(cell, rules) {
            Reading::Number(written) => {
                self.note_form(rows, written.form, written.value);
                if let Some(fold) = written.fold {
                    self.note_fold(cell, fold, written.value);
                }
                Ok(Some(written.value))
            }
            Reading::Missing(absence) => {
                if absence == Absence::Dash && self.dash.is_none() {
                    self.dash = Some(text::shown(cell).into_owned());
                }
                Ok(None)
            }
            Reading::Truth(is_true) => {
                if self.truth.is_none() {
                    self.truth = Some(Box::new(self.example(rows)));
                }
                Ok(Some(f64::from(u8::from(is_true))))
            }
            Reading::Infinite => Err(self.infinite(rows)),
            Reading::Text => Err(self.no_number(rows, rules)),
        }
    }

    /// What a cell of the current row means in a column that may hold numbers or categories. Yes and no are texts here.
    pub(in crate::cli::analyze) fn meaning(&mut self, rows: &Rows, rules: &NumberRules) -> Meaning {
        let cell = text::trimmed(rows.cell(self.column));
        let reading = cells::read(cell, rules);
        if let Reading::Number(written) = &reading {
            self.note_form(rows, written.form, written.value);
            if let Some(fold) = written.fold {
                self.note_fold(cell, fold, written.value);
            }
        }
        reading.meaning()
    }

    fn note_form(&mut self, rows: &Rows, form: Form, value: f64) {
        match form {
            Form::Whole => self.has_large_whole |= value.abs() >= LARGE,
            Form::Decimal => self.has_decimal_point = true,
            Form::PointBeforeThree if self.point_before_three.is_none() => {
                self.point_before_three = Some(Box::new(self.example(rows)));
            }
            Form::PointBeforeThree => {}
        }
        if self.other_number.is_none() && value != 0.0 && value != 1.0 {
            self.other_number = Some(value);
        }
    }

    fn note_fold(&mut self, cell: &[u8], fold: Fold, value: f64) {
        let text = || text::shown(cell).into_owned();
        match fold {
            Fold::Brackets => _ = self.brackets.get_or_insert_with(text),
            Fold::TypesetMinus => _ = self.typeset_minus.get_or_insert_with(text),
            Fold::Groups => _ = self.groups.get_or_insert_with(|| (text(), value)),
        }
    }

    fn example(&self, rows: &Rows) -> Example {
        Example { place: rows.place(self.column), text: text::shown(rows.cell(self.column)).into_owned() }
    }

    /// What was read into the column, for the user to know, once all rows are read.
    ///
    /// # Errors
    /// A column that may mean something else than was read.
    pub(in crate::cli::analyze) fn finish(&self, rows: &Rows) -> Result<Vec<String>, Failure> {
        let name = rows.name(self.column);
        if let (Some(example), false, true) = (&self.point_before_three, self.has_decimal_point, self.has_large_whole) {
            return Err(open_thousands(rows, name, example));
        }
        if let (Some(example), Some(other)) = (&self.truth, self.other_number) {
            let told = Told {
                message: format!("`{name}` mixes words like `{}` with numbers like {other}", example.text),
                expected: "a number, as in other rows".to_owned(),
                hint: Some(format!(
                    "write 1 or 0 if these words mean yes or no; if `{}` means that there is no value: --na {}",
                    example.text,
                    crate::report::shell_word(&example.text)
                )),
            };
            return Err(rows.mistake_at(&example.place, told));
        }
        let mut notes = Vec::new();
        if let Some(example) = &self.truth {
            notes.push(format!("`{name}` holds words like `{}`: yes, true and t count as 1, their opposites as 0", example.text));
        }
        if let Some(text) = &self.brackets {
            notes.push(format!("brackets in `{name}` mean negative numbers: `{text}`"));
        }
        if let Some(text) = &self.typeset_minus {
            notes.push(format!("a dash before a number in `{name}` means minus: `{text}`"));
        }
        if let Some((text, value)) = &self.groups {
            notes.push(format!("`{name}` has thousands in groups: `{text}` is read as {value}"));
        }
        if let Some(text) = &self.dash {
            notes.push(format!("a cell of `{name}` that holds `{text}` alone counts as missing, not as 0"));
        }
        Ok(notes)
    }

    fn no_number(&self, rows: &Rows, rules: &NumberRules) -> Failure {
        let hint = cells::hint_for(text::trimmed(rows.cell(self.column)), rules);
        let told = Told {
            message: format!("`{}` is not a number", rows.name(self.column)),
            expected: "a number".to_owned(),
            hint: Some(hint),
        };
        rows.mistake(self.column, told)
    }

    fn infinite(&self, rows: &Rows) -> Failure {
        let text = text::shown(rows.cell(self.column));
        let told = Told {
            message: format!("`{}` is infinite", rows.name(self.column)),
            expected: "a finite number".to_owned(),
            hint: Some(format!(
                "infinities mostly come from a division by zero; if `{text}` means that there is no value: --na {}",
                crate::report::shell_word(&text)
            )),
        };
        rows.mistake(self.column, told)
    }
}

fn open_thousands(rows: &Rows, name: &str, example: &Example) -> Failure {
    let text = &example.text;
    let told = Told {
        message: format!("`{name}` does not say whether `{text}` has a decimal point or a point between thousands"),
        expected: "points that can mean one thing only".to_owned(),
        hint: Some(format!(
            "every number with a point has exactly three digits after it: `--decimal ,` reads `{text}` as {}, `--decimal .` as {text}",
            text.replace('.', "")
        )),
    };
    rows.mistake_at(&example.place, told)
}

#[cfg(test)]
mod tests {
    use super::super::cells::DecimalMark;
    use super::super::rows::RowOptions;
    use super::*;

    /// Values and notes.
    type Found = (Vec<Option<f64>>, Vec<String>);

    /// The values and notes of a column with these cells, or what went wrong and its hint.
    fn column(cells: &[&str], decimal: Option<DecimalMark>) -> Result<Found, (String, String)> {
        let lines: String = cells.iter().map(|cell| format!("u;{cell}\n")).collect();
        let table = format!("id;y\n{lines}");
        let told = |failure: Failure| match failure {
            Failure::Table(mistake) => {
                let line = mistake.line.number;
                (format!("{line}: {mistake}"), mistake.hint.clone().unwrap_or_default())
            }
            other => (other.to_string(), String::new()),
        };
        let mut rows =
            Rows::over("t.csv", Box::new(std::io::Cursor::new(table.into_bytes())), &RowOptions::default()).map_err(told)?;
        let rules = NumberRules { missing_words: Vec::new(), decimal };
        let mut column = NumberColumn::new(1);
        let mut values = Vec::new();
        while rows.advance().map_err(told)? {
            values.push(column.read(&rows, &rules).map_err(told)?);
        }
        column.finish(&rows).map(|notes| (values, notes)).map_err(told)
    }

    #[test]
    fn points_that_may_separate_thousands_are_refused_once_all_is_read() {
        let (message, hint) = column(&["780", "1.645", "535"], None).expect_err("open");
        assert_eq!(message, "3: `y` does not say whether `1.645` has a decimal point or a point between thousands");
        assert!(hint.contains("`--decimal ,` reads `1.645` as 1645, `--decimal .` as 1.645"), "{hint}");
        assert_eq!(column(&["780", "1.645"], Some(DecimalMark::Comma)).map(|found| found.0), Ok(vec![Some(780.0), Some(1645.0)]));
        assert_eq!(column(&["780", "1.645"], Some(DecimalMark::Point)).map(|found| found.0), Ok(vec![Some(780.0), Some(1.645)]));
        for proof in ["0.645", "1.5", "1234.567", "1.2e3"] {
            assert!(column(&["780", "1.645", proof], None).is_ok(), "{proof}");
        }
        assert!(column(&["1.645", "12.345", "3"], None).is_ok());
        let (_, hint) = column(&["1.234.567"], None).expect_err("two points");
        assert_eq!(hint, "`--decimal ,` reads it as 1234567; that holds for all numbers of the file");
    }

    #[test]
    fn words_are_ones_and_zeros_but_not_among_other_numbers() {
        let (values, notes) = column(&["t", "F", "Yes", "n", "TRUE", "1", "0"], None).expect("words");
        assert_eq!(values, [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0].map(Some));
        assert_eq!(notes, ["`y` holds words like `t`: yes, true and t count as 1, their opposites as 0"]);
        let (message, hint) = column(&["3.5", "n", "0"], None).expect_err("mixed");
        assert_eq!(message, "3: `y` mixes words like `n` with numbers like 3.5");
        assert!(hint.ends_with("--na n"), "{hint}");
    }

    #[test]
    fn what_is_read_into_cells_is_told() {
        let (values, notes) = column(&["(3.60)", "\u{2212}1", "-", "--", "", "2"], None).expect("folded");
        assert_eq!(values, [Some(-3.6), Some(-1.0), None, None, None, Some(2.0)]);
        assert_eq!(
            notes,
            [
                "brackets in `y` mean negative numbers: `(3.60)`",
                "a dash before a number in `y` means minus: `\u{2212}1`",
                "a cell of `y` that holds `-` alone counts as missing, not as 0",
            ]
        );
        let (_, notes) = column(&["1.234,5"], Some(DecimalMark::Comma)).expect("groups");
        assert_eq!(notes, ["`y` has thousands in groups: `1.234,5` is read as 1234.5"]);
    }

    #[test]
    fn a_word_that_is_no_number_has_its_place_and_a_way_out() {
        let (message, hint) = column(&["1", "abc"], None).expect_err("a word");
        assert_eq!(
            (message.as_str(), hint.as_str()),
            ("3: `y` is not a number", "if `abc` means that there is no value: --na abc")
        );
        let (message, hint) = column(&["inf"], None).expect_err("infinite");
        assert_eq!(message, "2: `y` is infinite");
        assert!(hint.ends_with("--na inf"), "{hint}");
    }
}
