//! Colours of charts: Okabe and Ito's palette for series (safe for colour-blind readers), greys for the rest, and their
//! counterparts on a dark page. Every role has a colour of its own, so that a stylesheet can replace one by one.

use plotters::style::RGBColor;

/// A role in a chart: its colour on paper and its colour on a dark page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role {
    /// Colour on paper.
    pub(crate) paper: RGBColor,
    /// Colour on a dark page, as in a stylesheet.
    pub(crate) dark: &'static str,
}

const fn role(paper: (u8, u8, u8), dark: &'static str) -> Role {
    Role { paper: RGBColor(paper.0, paper.1, paper.2), dark }
}

/// Titles, tick labels, the zero line.
pub(crate) const INK: Role = role((0x1F, 0x1F, 0x1F), "#ececec");
/// Captions and footnotes.
pub(crate) const MUTED: Role = role((0x59, 0x5E, 0x63), "#aab0b6");
/// Grid lines.
pub(crate) const GRID: Role = role((0xDF, 0xDF, 0xDF), "#3a3d41");
/// Ground of phases in which people curate.
pub(crate) const CURATED: Role = role((0xF6, 0xF0, 0xDE), "#302c21");
/// The strip above curated phases.
pub(crate) const CURATED_STRIP: Role = role((0xE8, 0xDB, 0xB4), "#574d31");
/// The strip above other phases.
pub(crate) const STRIP: Role = role((0xE9, 0xEA, 0xEB), "#34373b");
/// Bands in the legend when several arms share their meaning.
pub(crate) const NEUTRAL: Role = role((0x6E, 0x73, 0x78), "#b6bbc0");
/// A fitted decay.
pub(crate) const FIT: Role = role((0xA8, 0x32, 0x4A), "#ff8fa3");
/// The white of a chart on paper.
pub(crate) const PAPER: Role = role((0xFF, 0xFF, 0xFF), "#1b1d1f");

/// One colour per compared arm; used again from the start when there are more arms.
pub(crate) const SERIES: [Role; 6] = [
    role((0x00, 0x72, 0xB2), "#56b4e9"),
    role((0xD5, 0x5E, 0x00), "#f08a4b"),
    role((0x00, 0x9E, 0x73), "#3cc79d"),
    role((0xCC, 0x79, 0xA7), "#e9a9cb"),
    role((0xE6, 0x9F, 0x00), "#f5bb3d"),
    role((0x56, 0xB4, 0xE9), "#a5d8f7"),
];

/// Every role, for the stylesheet of the page.
pub(crate) fn roles() -> impl Iterator<Item = Role> {
    [INK, MUTED, GRID, CURATED, CURATED_STRIP, STRIP, NEUTRAL, FIT, PAPER].into_iter().chain(SERIES)
}

/// A colour as SVG writes it.
pub(crate) fn hex(colour: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}
