//! What one cell means: a number, a missing value, or something else. No places, no memory of other cells.
//!
//! Numbers have a decimal point and no separators between thousands unless the user says otherwise: with a mark named, groups
//! of exactly three digits are read, and nothing else is forgiven.

use super::text;

/// What stands before the decimals of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli::analyze) enum DecimalMark {
    Point,
    Comma,
}

/// What the user said about numbers.
#[derive(Debug, Clone, Default)]
pub(in crate::cli::analyze) struct NumberRules {
    /// Further words for a missing value; numbers among them mean every spelling of that number.
    pub(in crate::cli::analyze) missing_words: Vec<Vec<u8>>,
    /// The decimal mark, if it was named.
    pub(in crate::cli::analyze) decimal: Option<DecimalMark>,
}

/// A cell as a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reading {
    Number(Written),
    /// `yes`, `t` and the like, or their opposites.
    Truth(bool),
    Missing(Absence),
    /// Infinite, or too large for a double.
    Infinite,
    Text,
}

/// A finite number and how it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Written {
    pub(super) value: f64,
    pub(super) form: Form,
    pub(super) fold: Option<Fold>,
}

/// How the digits of a number were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Digits alone.
    Whole,
    /// Up to three digits, a point, three digits: `1.234`, which may mean thousands.
    PointBeforeThree,
    /// A decimal point, or an exponent, that cannot mean thousands.
    Decimal,
}

/// What was read into a number beyond its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// `(3.60)` is negative.
    Brackets,
    /// A minus sign of typesetting.
    TypesetMinus,
    /// Thousands in groups.
    Groups,
}

/// How a cell says that there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// Nothing there, or what a program writes for it.
    Empty,
    /// A word that may also be a category.
    Word,
    /// A dash, which a user should know is not read as 0.
    Dash,
}

/// What a cell of a column means that may hold numbers or categories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::cli::analyze) enum Meaning {
    /// A finite number.
    Number(f64),
    /// Truly no value.
    Empty,
    /// `NA`, `none` and the like: no value among numbers, a category among texts.
    MissingWord,
    /// Infinite, or too large for a double.
    Infinite,
    /// Anything else.
    Text,
}

/// What programs write where there is no value, in small letters.
const EMPTY: [&[u8]; 9] = [b"\\n", b"null", b"nan", b"-nan", b"<na>", b"nat", b"#n/a", b"#na", b"#n/a n/a"];
/// Words for a missing value that may also be a category, in small letters.
const WORDS: [&[u8]; 4] = [b"na", b"n/a", b"none", b"."];
/// Dashes that stand alone.
const DASHES: [&str; 4] = ["-", "--", "\u{2013}", "\u{2014}"];

/// Whether a cell says that there is no value.
pub(in crate::cli::analyze) fn is_missing(cell: &[u8], rules: &NumberRules) -> bool {
    let cell = text::trimmed(cell);
    absence(cell).is_some() || rules.names_missing(cell)
}

impl Reading {
    /// What the cell means in a column that may hold numbers or categories. Yes and no are texts there.
    pub(super) fn meaning(&self) -> Meaning {
        match self {
            Self::Number(written) => Meaning::Number(written.value),
            Self::Missing(Absence::Empty) => Meaning::Empty,
            Self::Missing(_) => Meaning::MissingWord,
            Self::Infinite => Meaning::Infinite,
            Self::Truth(_) | Self::Text => Meaning::Text,
        }
    }
}

impl NumberRules {
    /// Whether the user named this trimmed cell as a word for a missing value, or a number equal to it.
    fn names_missing(&self, cell: &[u8]) -> bool {
        self.missing_words.iter().any(|word| {
            let word = text::trimmed(word);
            word.eq_ignore_ascii_case(cell)
                || matches!((number(word, self.decimal), number(cell, self.decimal)), (Some(word), Some(cell)) if word.value == cell.value)
        })
    }
}

fn absence(cell: &[u8]) -> Option<Absence> {
    let is_among = |words: &[&[u8]]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    match cell.len() {
        0 => Some(Absence::Empty),
        1..=8 if is_among(&EMPTY) => Some(Absence::Empty),
        1..=4 if is_among(&WORDS) => Some(Absence::Word),
        1..=3 if DASHES.iter().any(|dash| dash.as_bytes() == cell) => Some(Absence::Dash),
        _ => None,
    }
}

/// Reads a trimmed cell as a number.
pub(super) fn read(cell: &[u8], rules: &NumberRules) -> Reading {
    if !rules.missing_words.is_empty() && rules.names_missing(cell) {
        return Reading::Missing(Absence::Empty);
    }
    match number(cell, rules.decimal) {
        Some(written) if written.value.is_finite() => Reading::Number(written),
        Some(_) => Reading::Infinite,
        None => word(cell),
    }
}

fn word(cell: &[u8]) -> Reading {
    let is_among = |words: &[&str]| words.iter().any(|word| cell.eq_ignore_ascii_case(word.as_bytes()));
    if let Some(absence) = absence(cell) {
        Reading::Missing(absence)
    } else if is_among(&["true", "t", "yes", "y", "ja", "oui", "si", "sí", "on"]) {
        Reading::Truth(true)
    } else if is_among(&["false", "f", "no", "n", "nein", "non", "off"]) {
        Reading::Truth(false)
    } else if is_among(&["inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"]) {
        Reading::Infinite
    } else {
        Reading::Text
    }
}

/// The number that a trimmed cell holds under a decimal mark; infinite if it is too large.
pub(super) fn number(cell: &[u8], decimal: Option<DecimalMark>) -> Option<Written> {
    match (plain(cell), decimal) {
        (Some(written), None) => Some(written),
        (Some(written), Some(DecimalMark::Point)) => Some(Written { form: decided(written.form), ..written }),
        (Some(written), Some(DecimalMark::Comma)) if written.form == Form::Whole => Some(written),
        _ => folded(cell, decimal),
    }
}

/// A form under a decimal mark that was named: nothing is open any more.
fn decided(form: Form) -> Form {
    if form == Form::PointBeforeThree { Form::Decimal } else { form }
}

/// Digits with or without a point, the commonest cells of all.
fn plain(cell: &[u8]) -> Option<Written> {
    let digits = cell.strip_prefix(b"-").unwrap_or(cell);
    let (mut mantissa, mut point) = (0_u64, None);
    for (index, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
            b'.' if point.is_none() => point = Some(index),
            _ => return None,
        }
    }
    let (before, after) = point.map_or((digits.len(), 0), |point| (point, digits.len() - point - 1));
    if before + after == 0 {
        return None;
    }
    let size = if digits.len() > 16 || mantissa > 1 << 53 {
        std::str::from_utf8(digits).ok()?.parse().ok()?
    } else if after == 0 {
        mantissa as f64
    } else {
        // A quotient of two numbers that doubles hold exactly is rounded once, as it must be.
        mantissa as f64 / POWERS_OF_TEN[after]
    };
    let form = match point {
        None => Form::Whole,
        Some(_) if after == 3 && (1..=3).contains(&before) && digits[0] != b'0' => Form::PointBeforeThree,
        Some(_) => Form::Decimal,
    };
    Some(Written { value: if digits.len() < cell.len() { -size } else { size }, form, fold: None })
}

const POWERS_OF_TEN: [f64; 17] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16];

/// Numbers with signs of every kind, groups of thousands, a decimal comma, or an exponent.
fn folded(cell: &[u8], decimal: Option<DecimalMark>) -> Option<Written> {
    if let Some(inner) = cell.strip_prefix(b"(").and_then(|cell| cell.strip_suffix(b")")) {
        let inner = text::trimmed(inner);
        let written =
            inner.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.').then(|| number(inner, decimal))??;
        return Some(Written { value: -written.value, fold: Some(Fold::Brackets), ..written });
    }
    for minus in ["\u{2212}", "\u{2013}"] {
        if let Some(rest) = cell.strip_prefix(minus.as_bytes()) {
            let written =
                rest.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.').then(|| number(rest, decimal))??;
            return Some(Written { value: -written.value, fold: Some(Fold::TypesetMinus), ..written });
        }
    }
    let text = std::str::from_utf8(cell).ok()?;
    if decimal != Some(DecimalMark::Comma)
        && let Some(written) = parsed(text, false)
    {
        return Some(Written { form: if decimal.is_some() { decided(written.form) } else { written.form }, ..written });
    }
    let (mark, separators) = match decimal? {
        DecimalMark::Point => ('.', [',', ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}']),
        DecimalMark::Comma => (',', ['.', ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}']),
    };
    let (whole, rest) = match text.find([mark, 'e', 'E']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let grouped = without_groups(whole, &separators);
    let digits = grouped.as_deref().unwrap_or(whole);
    let written = parsed(&format!("{digits}{}", rest.replacen(mark, ".", 1)), true)?;
    let is_clean = !digits.contains(['.', ',']) && !rest.get(1..).unwrap_or_default().contains(['.', ',']);
    let form = if written.form == Form::Whole { Form::Whole } else { Form::Decimal };
    is_clean.then_some(Written { value: written.value, form, fold: grouped.map(|_| Fold::Groups) })
}

/// A number as programs write it. Words such as `inf` and `nan` are not numbers here.
fn parsed(text: &str, is_decided: bool) -> Option<Written> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
        return None;
    }
    let value = text.parse::<f64>().ok()?;
    let (before, after) = digits.split_once('.').map_or((digits, None), |(before, after)| (before, Some(after)));
    let is_open = after.is_some_and(|after| after.len() == 3 && after.bytes().all(|byte| byte.is_ascii_digit()))
        && (1..=3).contains(&before.len())
        && !before.starts_with('0');
    let form = match after {
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => Form::Whole,
        Some(_) if is_open && !is_decided => Form::PointBeforeThree,
        _ => Form::Decimal,
    };
    Some(Written { value, form, fold: None })
}

/// Digits without what separates their groups: one to three digits that do not begin with 0, then groups of exactly three,
/// with one separator throughout; `None` for anything else.
fn without_groups(text: &str, separators: &[char]) -> Option<String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let separator = unsigned.chars().find(|letter| separators.contains(letter))?;
    let mut groups = unsigned.split(separator);
    let are_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next()?;
    let is_first = (1..=3).contains(&first.len()) && are_digits(first) && !first.starts_with('0');
    (is_first && groups.all(|group| group.len() == 3 && are_digits(group))).then(|| text.replace(separator, ""))
}

/// How a cell that is no number could be told as one, or as missing. No hint loses a row in silence.
pub(super) fn hint_for(cell: &[u8], rules: &NumberRules) -> String {
    let text = text::shown(cell);
    let has_digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let as_missing = || format!("if `{text}` means that there is no value: --na {}", crate::report::shell_word(&text));
    if !has_digits {
        return as_missing();
    }
    if text.contains('%') {
        return "write shares as plain numbers in the whole column: 0.25 instead of 25%".to_owned();
    }
    if text.contains(['$', '€', '£', '¥']) {
        return "write amounts without a currency sign".to_owned();
    }
    let readings: Vec<String> = [(DecimalMark::Comma, ','), (DecimalMark::Point, '.')]
        .into_iter()
        .filter(|(mark, _)| rules.decimal != Some(*mark))
        .filter_map(|(mark, sign)| {
            number(cell, Some(mark)).map(|written| format!("`--decimal {sign}` reads it as {}", written.value))
        })
        .collect();
    if !readings.is_empty() {
        return format!("{}; that holds for all numbers of the file", readings.join(", "));
    }
    if let Some(digits) = text.strip_suffix('-').filter(|digits| number(digits.as_bytes(), rules.decimal).is_some()) {
        return format!("write the minus sign before the number: -{digits}");
    }
    "write numbers with a decimal point and without units, signs or separators between thousands: 1234.5".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(cell: &[u8], rules: &NumberRules) -> Meaning {
        read(text::trimmed(cell), rules).meaning()
    }
    use proptest::prelude::*;

    fn rules(decimal: Option<DecimalMark>) -> NumberRules {
        NumberRules { missing_words: Vec::new(), decimal }
    }

    fn value(text: &str, decimal: Option<DecimalMark>) -> Option<f64> {
        match read(text::trimmed(text.as_bytes()), &rules(decimal)) {
            Reading::Number(written) => Some(written.value),
            _ => None,
        }
    }

    #[test]
    fn numbers_are_read_as_programs_and_spreadsheets_write_them() {
        for (text, number) in [
            ("3", 3.0),
            (" 3.5 ", 3.5),
            ("-1e-3", -0.001),
            ("+2", 2.0),
            ("1e3", 1000.0),
            ("(3.60)", -3.6),
            ("\u{2212}2", -2.0),
            ("\u{2013}2.5", -2.5),
            ("\u{a0}7\u{202f}", 7.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("4294967296", 4_294_967_296.0),
            ("12345678901234567", 12_345_678_901_234_567.0),
        ] {
            assert_eq!(value(text, None), Some(number), "{text}");
        }
    }

    #[test]
    fn a_named_decimal_mark_decides_and_groups_are_strict() {
        let (comma, point) = (Some(DecimalMark::Comma), Some(DecimalMark::Point));
        for (text, number) in [
            ("1.234,56", 1234.56),
            ("1234,5", 1234.5),
            ("1.234", 1234.0),
            ("1.234.567", 1_234_567.0),
            ("1\u{a0}234,5", 1234.5),
            ("1 234,5", 1234.5),
            ("1'234", 1234.0),
            ("-1.234,5", -1234.5),
            ("(1.234,50)", -1234.5),
            ("12", 12.0),
            ("1,5E+3", 1500.0),
            ("0,234", 0.234),
        ] {
            assert_eq!(value(text, comma), Some(number), "{text}");
        }
        for text in [
            "1.5",
            "1.23",
            "1234.5",
            "0.234",
            "1.234.56",
            "1,2,3",
            "12.34,5",
            "1.5E3",
            "1. 234",
            "1234.567",
            "1.234 567",
            "1,234.5",
        ] {
            assert_eq!(value(text, comma), None, "{text}");
        }
        for (text, number) in
            [("1,234.5", 1234.5), ("1,234", 1234.0), ("1.234", 1.234), ("1'234.5", 1234.5), ("12,345,678", 12_345_678.0)]
        {
            assert_eq!(value(text, point), Some(number), "{text}");
        }
        for text in ["1,5", "1,2345", "12,34.5", "0,123", "1.234,5", "1.2.3"] {
            assert_eq!(value(text, point), None, "{text}");
        }
    }

    #[test]
    fn words_for_a_missing_value_are_known_and_dashes_are_not_zeros() {
        let empty = ["", "  ", "\\N", "NULL", "NaN", "<NA>", "#N/A", "NaT", "\u{a0}"];
        let words = ["NA", "n/a", "None", "."];
        let dashes = ["-", "--", "\u{2014}"];
        for text in empty.iter().chain(&words).chain(&dashes) {
            assert!(is_missing(text.as_bytes(), &rules(None)), "{text}");
        }
        assert!(empty.iter().all(|text| meaning(text.as_bytes(), &rules(None)) == Meaning::Empty));
        assert!(words.iter().chain(&dashes).all(|text| meaning(text.as_bytes(), &rules(None)) == Meaning::MissingWord));
    }

    #[test]
    fn words_of_the_user_mean_every_spelling_of_a_number() {
        let rules = NumberRules { missing_words: vec![b"-999".to_vec(), b"unknown".to_vec()], decimal: None };
        for text in ["-999", "-999.0", " -999.00", "-9.99e2", "Unknown"] {
            assert!(is_missing(text.as_bytes(), &rules), "{text}");
            assert_eq!(meaning(text.as_bytes(), &rules), Meaning::Empty, "{text}");
        }
        assert_eq!(meaning(b"999", &rules), Meaning::Number(999.0));
    }

    #[test]
    fn nothing_else_is_a_number() {
        for text in [
            "abc", "1,5", "12%", "0x10", "1_000", "--1", "1 234", "1.2.3", "(-3)", "()", "-", "$3", "3-", "\u{2212}", "1e", "e5",
            "1/2",
        ] {
            assert_eq!(value(text, None), None, "{text}");
        }
        for text in ["inf", "-Infinity", "1e400", "+inf"] {
            assert_eq!(meaning(text.as_bytes(), &rules(None)), Meaning::Infinite, "{text}");
        }
        assert_eq!(meaning(b"\xff", &rules(None)), Meaning::Text);
        assert_eq!(meaning(b"yes", &rules(None)), Meaning::Text);
    }

    #[test]
    fn hints_name_the_readings_that_are_possible() {
        let hint = |text: &str| hint_for(text.as_bytes(), &rules(None));
        assert_eq!(
            hint("1,234"),
            "`--decimal ,` reads it as 1.234, `--decimal .` reads it as 1234; that holds for all numbers of the file"
        );
        assert_eq!(hint("1,5"), "`--decimal ,` reads it as 1.5; that holds for all numbers of the file");
        assert_eq!(hint("n. a."), "if `n. a.` means that there is no value: --na 'n. a.'");
        assert_eq!(hint("12.5-"), "write the minus sign before the number: -12.5");
        assert!(hint("12%").contains("0.25 instead of 25%") && hint("€ 5").contains("currency"));
    }

    proptest! {
        #[test]
        fn plain_numbers_are_what_the_standard_library_reads(text in "-?[0-9]{0,20}(\\.[0-9]{0,20})?") {
            let ours = number(text.as_bytes(), None).map(|written| written.value);
            prop_assert_eq!(ours, text.parse::<f64>().ok());
        }
    }
}
