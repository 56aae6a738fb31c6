//! What agents decide and believe against what is true: chart, CSV and one plain sentence. Computes no figure.

mod chart;
mod csv;
mod plot;
mod sentence;

pub use chart::{beliefs_png, beliefs_svg};
pub(super) use chart::{map_svg, panel_svgs};
pub use csv::beliefs_csv;
pub(super) use sentence::sentence;
