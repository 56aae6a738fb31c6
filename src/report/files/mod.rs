//! Result files for programs: one renderer per file, each returning bytes. Nothing here writes to disk.

mod effects_csv;
mod ledger_parquet;
mod manifest;
mod parquet_columns;
mod replicates_parquet;
mod summary_json;
mod uplift_csv;

pub use effects_csv::effects_csv;
pub use ledger_parquet::ledger_parquet;
pub use manifest::{Manifest, manifest_json};
pub use replicates_parquet::{replicates_parquet, study_from_parquet};
pub use summary_json::summary_json;
pub use uplift_csv::uplift_csv;
