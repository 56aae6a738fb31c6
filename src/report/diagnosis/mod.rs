//! How a diagnosis is told: table, chart, and files for programs.

mod chart;
mod files;
mod sentences;
mod table;

pub use chart::{diagnosis_png, diagnosis_svg};
pub use files::{diagnosis_csv, diagnosis_json};
pub use table::diagnosis_table;
