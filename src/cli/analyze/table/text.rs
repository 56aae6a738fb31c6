//! Texts of cells: what surrounds them, and when two of them mean the same arm, category or unit. Bytes in, bytes out; no file.

use std::borrow::Cow;

/// A text without white space, no-break spaces and zero-width marks at its ends.
#[inline]
pub(in crate::cli::analyze) fn trimmed(cell: &[u8]) -> &[u8] {
    match cell {
        [] => cell,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
        [only] if only.is_ascii_graphic() => cell,
        _ => trimmed_slowly(cell),
    }
}

fn trimmed_slowly(mut cell: &[u8]) -> &[u8] {
    while let Some(length) = blank_at_start(cell) {
        cell = &cell[length..];
    }
    while let Some(length) = blank_at_end(cell) {
        cell = &cell[..cell.len() - length];
    }
    cell
}

/// Bytes of the blank that a text begins with.
fn blank_at_start(cell: &[u8]) -> Option<usize> {
    let length = match *cell.first()? {
        byte if byte.is_ascii() => return is_blank(char::from(byte)).then_some(1),
        // A no-break space of Latin-1: no letter of UTF-8 begins with it.
        0xa0 => return Some(1),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => return None,
    };
    blank_letter(cell.get(..length)?)
}

/// Bytes of the blank that a text ends with.
fn blank_at_end(cell: &[u8]) -> Option<usize> {
    let last = *cell.last()?;
    if last.is_ascii() {
        return is_blank(char::from(last)).then_some(1);
    }
    let start = cell.iter().rposition(|byte| byte & 0xc0 != 0x80);
    match start {
        Some(start) if !cell[start].is_ascii() => blank_letter(&cell[start..]),
        // A continuation byte that continues nothing: a no-break space of Latin-1.
        Some(start) if cell[start + 1..] == [0xa0] => Some(1),
        None if cell == [0xa0] => Some(1),
        _ => None,
    }
}

fn blank_letter(bytes: &[u8]) -> Option<usize> {
    let mut letters = std::str::from_utf8(bytes).ok()?.chars();
    let blank = letters.next().is_some_and(is_blank) && letters.next().is_none();
    blank.then_some(bytes.len())
}

/// White space of any kind, or a mark without width.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || is_without_width(letter)
}

/// Zero-width space and joiners, marks of direction, and the byte-order mark.
fn is_without_width(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// The key under which two spellings are one arm or category: trimmed, inner white space as one space, small letters, and
/// numbers in one spelling (`1`, `1.` and `1.0`; but `01` is another name).
pub(in crate::cli::analyze) fn fold(cell: &[u8]) -> Vec<u8> {
    let cell = trimmed(cell);
    if let Some(number) = canonical_number(cell) {
        return number.to_vec();
    }
    let Ok(text) = std::str::from_utf8(cell) else { return cell.to_ascii_lowercase() };
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !is_without_width(*letter)) {
        match letter {
            blank if blank.is_whitespace() && folded.ends_with(' ') => {}
            blank if blank.is_whitespace() => folded.push(' '),
            other => folded.extend(other.to_lowercase()),
        }
    }
    folded.into_bytes()
}

/// A decimal number without a plus sign and without zeros that end its fraction; `None` for anything else.
fn canonical_number(cell: &[u8]) -> Option<&[u8]> {
    let unsigned = cell.strip_prefix(b"-").or(cell.strip_prefix(b"+")).unwrap_or(cell);
    let point = unsigned.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = point.map_or((unsigned, None), |point| (&unsigned[..point], Some(&unsigned[point + 1..])));
    let are_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if whole.is_empty() || !are_digits(whole) || !are_digits(fraction.unwrap_or_default()) {
        return None;
    }
    let cell = cell.strip_prefix(b"+").unwrap_or(cell);
    let Some(fraction) = fraction else { return Some(cell) };
    let zeros = fraction.iter().rev().take_while(|byte| **byte == b'0').count();
    let end = cell.len() - zeros;
    Some(if zeros == fraction.len() { &cell[..end - 1] } else { &cell[..end] })
}

/// The key of a unit or cluster: trimmed; a whole number loses the `.0` that programs put behind it. Its case is kept.
pub(in crate::cli::analyze) fn identity(cell: &[u8]) -> &[u8] {
    let cell = trimmed(cell);
    if !cell.ends_with(b"0") && !cell.ends_with(b".") {
        return cell;
    }
    let without_zeros = cell.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
    match cell[..without_zeros].split_last() {
        Some((b'.', whole)) if !whole.is_empty() && whole.iter().all(u8::is_ascii_digit) => whole,
        _ => cell,
    }
}

/// Whether a text is what spreadsheets make of a long number, such as `1.23457E+18`: its last digits are lost.
pub(in crate::cli::analyze) fn is_mangled_number(cell: &[u8]) -> bool {
    let cell = trimmed(cell);
    let Some(letter) = cell.iter().position(|byte| matches!(byte, b'e' | b'E')) else { return false };
    let (mantissa, exponent) = (&cell[..letter], &cell[letter + 1..]);
    let are_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let mut parts = mantissa.splitn(2, |byte| matches!(byte, b'.' | b','));
    exponent.strip_prefix(b"+").is_some_and(are_digits) && parts.all(are_digits)
}

/// A text for messages.
pub(in crate::cli::analyze) fn shown(cell: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(trimmed(cell))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_of_every_kind_go_from_both_ends_and_nothing_else() {
        let cells: [(&[u8], &[u8]); 11] = [
            (b"", b""),
            (b" \t\r\n ", b""),
            (b"a", b"a"),
            (b" a b ", b"a b"),
            ("\u{a0}1\u{202f}".as_bytes(), b"1"),
            ("\u{feff}\u{200b}1\u{200b}".as_bytes(), b"1"),
            ("\u{3000}é à".as_bytes(), "é à".as_bytes()),
            (b"\xa01\xa0", b"1"),
            (b"\xa0", b""),
            (b"\xff\xfe", b"\xff\xfe"),
            (b"\xe2\x80", b"\xe2\x80"),
        ];
        for (cell, wanted) in cells {
            assert_eq!(trimmed(cell), wanted, "{cell:?}");
        }
    }

    #[test]
    fn spellings_of_one_arm_fold_together_and_others_stay_apart() {
        for (one, other) in [
            ("Treatment", " treatment "),
            ("status\u{a0} quo", "Status Quo"),
            ("1", "1.0"),
            ("1.", "1.00"),
            ("+1", "1"),
            ("1.50", "1.5"),
            ("ÄRA", "ära"),
            ("-3.0", "-3"),
            ("a\u{200b}b", "ab"),
        ] {
            assert_eq!(fold(one.as_bytes()), fold(other.as_bytes()), "{one} {other}");
        }
        for (one, other) in [("01", "1"), ("1,0", "1"), ("a b", "ab"), ("10", "1"), ("100", "1"), ("1.5", "15"), ("-1", "1")] {
            assert_ne!(fold(one.as_bytes()), fold(other.as_bytes()), "{one} {other}");
        }
    }

    #[test]
    fn a_whole_number_as_a_name_loses_its_empty_fraction() {
        for (cell, wanted) in [
            ("17.0", "17"),
            (" 17.00", "17"),
            ("17.", "17"),
            ("170", "170"),
            ("1.50", "1.50"),
            ("A.0", "A.0"),
            (".0", ".0"),
            ("0", "0"),
            ("0.0", "0"),
            ("Ab", "Ab"),
            ("000", "000"),
        ] {
            assert_eq!(identity(cell.as_bytes()), wanted.as_bytes(), "{cell}");
        }
    }

    #[test]
    fn what_spreadsheets_make_of_long_names_is_known() {
        for cell in ["1.23457E+18", "1.2e+05", "1E+18", "1,23457E+18", " 9.9E+11 "] {
            assert!(is_mangled_number(cell.as_bytes()), "{cell}");
        }
        for cell in ["1e5", "1.2E-5", "E+5", "1.E+5", "abcE+12", "12", "1.2.3E+4", ""] {
            assert!(!is_mangled_number(cell.as_bytes()), "{cell}");
        }
    }
}
