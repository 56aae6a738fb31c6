//! How a study of fading is told: verdict, table, chart, and files for programs.

mod chart;
mod files;
mod sentences;
mod table;

pub use chart::{attribution_png, attribution_svg};
pub use files::{attribution_coalitions_csv, attribution_csv, attribution_curve_csv, attribution_json};
pub use table::attribution_table;
