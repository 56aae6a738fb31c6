//! How a study of handoffs is told: verdict, table, chart, and files for programs.

mod chart;
mod files;
mod page;
mod sentences;
mod table;

pub use chart::{handoff_png, handoff_svg};
pub use files::{handoff_csv, handoff_curve_csv, handoff_json};
pub use page::handoff_html;
pub use table::handoff_table;
