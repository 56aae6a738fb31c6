//! How wide a text is in the shipped fonts, and breaking it into lines. No kerning: widths are upper estimates within a few percent.

use crate::report::wording::unbroken;

/// Advance widths of the characters U+0020 to U+007E in Open Sans Regular, in 1/2048 em (its `hmtx` table).
const REGULAR: [u16; 95] = [
    532, 547, 821, 1323, 1171, 1686, 1495, 453, 606, 606, 1130, 1171, 502, 659, 545, 752, 1171, 1171, 1171, 1171, 1171, 1171,
    1171, 1171, 1171, 1171, 545, 545, 1171, 1171, 1171, 879, 1841, 1296, 1327, 1292, 1493, 1139, 1057, 1491, 1511, 571, 547,
    1257, 1063, 1849, 1544, 1595, 1233, 1595, 1266, 1124, 1133, 1491, 1219, 1896, 1182, 1147, 1169, 674, 752, 674, 1110, 918,
    1182, 1139, 1255, 975, 1255, 1149, 694, 1122, 1257, 518, 518, 1075, 518, 1905, 1257, 1237, 1255, 1255, 836, 977, 723, 1257,
    1026, 1593, 1073, 1032, 958, 776, 1128, 776, 1171,
];

/// Units per em of the shipped fonts.
const UNITS_PER_EM: f64 = 2048.0;
/// Width assumed for characters outside the table: that of a digit, which the minus sign, ± and × share.
const OTHER: u16 = 1171;
/// Open Sans Semibold is wider than Regular by at most this factor in running text.
const SEMIBOLD: f64 = 1.05;

/// A size and weight of type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Type {
    /// Size of the em, in chart units.
    pub(crate) size: f64,
    /// Semibold instead of regular.
    pub(crate) is_bold: bool,
}

/// Width of one line of text, in chart units.
pub(crate) fn text_width(text: &str, kind: Type) -> f64 {
    let units: u32 = text.chars().map(|letter| u32::from(advance(letter))).sum();
    f64::from(units) / UNITS_PER_EM * kind.size * if kind.is_bold { SEMIBOLD } else { 1.0 }
}

fn advance(letter: char) -> u16 {
    let index = (letter as usize).wrapping_sub(0x20);
    REGULAR.get(index).copied().unwrap_or(OTHER)
}

/// Breaks a text at spaces into lines no wider than `width`; at most `most_lines`, the last one cut with an ellipsis.
pub(crate) fn wrap(text: &str, kind: Type, width: f64, most_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in unbroken(text) {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer {
            Some(longer) if text_width(&longer, kind) <= width => {
                let last = lines.len() - 1;
                lines[last] = longer;
            }
            _ => lines.push(word),
        }
    }
    if lines.len() > most_lines {
        let rest = lines.split_off(most_lines.saturating_sub(1)).join(" ");
        lines.push(rest);
    }
    lines.into_iter().map(|line| cut(&line, kind, width)).collect()
}

/// The text, or as much of it as fits with an ellipsis behind.
pub(crate) fn cut(text: &str, kind: Type, width: f64) -> String {
    if text_width(text, kind) <= width {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while kept.pop().is_some() {
        let candidate = format!("{}…", kept.trim_end());
        if text_width(&candidate, kind) <= width {
            return candidate;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: Type = Type { size: 10.0, is_bold: false };

    #[test]
    fn no_line_is_wider_than_asked() {
        let text = "Sustained impact of agentic personalisation: 4 months active, 7 passive, and a veryveryveryverylongword";
        for width in [40.0, 90.0, 200.0, 1000.0] {
            for line in wrap(text, TYPE, width, 3) {
                assert!(text_width(&line, TYPE) <= width, "{line:?} at {width}");
            }
        }
        assert_eq!(wrap(text, TYPE, 1000.0, 3).join(" "), text);
    }
}
