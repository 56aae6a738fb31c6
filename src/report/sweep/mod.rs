//! How a sweep is told: verdict, table, chart, and files for programs.

mod chart;
mod files;
mod heat;
mod lines;
mod plot;
mod sensitivity;
mod sentences;
mod table;
mod view;

pub use chart::{sweep_png, sweep_svg};
pub use files::{sweep_csv, sweep_json};
pub use table::sweep_table;
