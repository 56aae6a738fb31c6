//! What a cell of a table means: a number, a missing value, or something else. No places, no messages but one hint.

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// Empty or one of the usual words for it.
    Missing,
    /// A finite number; `true` is 1 and `false` is 0.
    Number(f64),
    /// Infinite, or too large for a double.
    Infinite,
    /// Anything else.
    Text,
}

/// Words for a missing value, in small letters.
const MISSING: [&[u8]; 7] = [b"na", b"n/a", b"nan", b"null", b"none", b".", b"#n/a"];

/// Whether a cell says that there is no value.
pub(super) fn is_missing(cell: &[u8]) -> bool {
    let trimmed = cell.trim_ascii();
    trimmed.is_empty() || (trimmed.len() <= 4 && MISSING.iter().any(|word| trimmed.eq_ignore_ascii_case(word)))
}

/// Reads a cell as a number.
pub(super) fn read(cell: &[u8]) -> Cell {
    let trimmed = cell.trim_ascii();
    if let Some(value) = whole_number(trimmed) {
        return Cell::Number(value);
    }
    match std::str::from_utf8(trimmed).ok().and_then(|text| text.parse::<f64>().ok()) {
        Some(value) if value.is_finite() => Cell::Number(value),
        Some(value) if value.is_nan() => Cell::Missing,
        Some(_) => Cell::Infinite,
        None if is_missing(trimmed) => Cell::Missing,
        None if trimmed.eq_ignore_ascii_case(b"true") => Cell::Number(1.0),
        None if trimmed.eq_ignore_ascii_case(b"false") => Cell::Number(0.0),
        None => Cell::Text,
    }
}

/// A short run of digits, the commonest cell of all.
fn whole_number(cell: &[u8]) -> Option<f64> {
    if cell.is_empty() || cell.len() > 9 {
        return None;
    }
    let mut value = 0_u32;
    for byte in cell {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u32::from(digit);
    }
    Some(f64::from(value))
}

/// How a cell that is no number could become one.
pub(super) fn hint_for(cell: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(cell);
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        "leave the cell empty if the value is missing"
    } else if text.contains('%') {
        "write shares as plain numbers: 0.25 instead of 25%"
    } else if text.contains(['$', '€', '£', '¥']) {
        "write amounts without a currency sign"
    } else if text.contains(',') {
        "write numbers with a decimal point and without separators between thousands: 1234.5"
    } else if text.contains(' ') || text.contains('\u{a0}') || text.contains('\'') {
        "write numbers without spaces or separators between thousands: 1234.5"
    } else {
        "leave the cell empty if the value is missing"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_mean_what_they_say() {
        for (text, value) in [("7", 7.0), (" 3.5 ", 3.5), ("-1e-3", -0.001), ("TRUE", 1.0), ("false", 0.0), ("+2", 2.0)] {
            assert_eq!(read(text.as_bytes()), Cell::Number(value), "{text}");
        }
        for text in ["", "  ", "NA", "n/a", "NaN", "null", "None", ".", "#N/A"] {
            assert_eq!(read(text.as_bytes()), Cell::Missing, "{text}");
            assert!(is_missing(text.as_bytes()), "{text}");
        }
        for text in ["inf", "-Infinity", "1e400"] {
            assert_eq!(read(text.as_bytes()), Cell::Infinite, "{text}");
        }
        for text in ["abc", "1,5", "12%", "0x10", "1_000", "--1"] {
            assert_eq!(read(text.as_bytes()), Cell::Text, "{text}");
        }
        assert_eq!(read(b"4294967296"), Cell::Number(4_294_967_296.0));
        assert_eq!(read(b"\xff"), Cell::Text);
    }
}
