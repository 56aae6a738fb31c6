//! `uplift.png`: lift by month of the headline metrics, as a picture and as the drawing it is made from.

use super::chart;
use super::contents::Report;
use super::error::ReportError;

/// Draws the uplift chart as SVG, 800 units wide, for paper: mean over replicates, its 95 % Monte-Carlo interval, the 5–95 %
/// spread of single trials, true lift where known, curated phases shaded, handoff marked; at most the first four headline metrics.
///
/// # Errors
/// If the drawing library fails.
pub fn uplift_svg(report: &Report) -> Result<String, ReportError> {
    chart::uplift_svg(report)
}

/// The same chart as a PNG 1600 pixels wide, with the fonts shipped in the crate; same report, same bytes.
///
/// # Errors
/// If drawing, rasterising or encoding fails.
pub fn uplift_png(report: &Report) -> Result<Vec<u8>, ReportError> {
    chart::png(&chart::uplift_svg(report)?)
}
