//! What can go wrong while a report is rendered or read back. Nothing here is a user's mistake except a damaged file.

/// A renderer or reader failed.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The chart could not be drawn.
    #[error("the chart could not be drawn: {reason}")]
    Drawing {
        /// What the drawing library said.
        reason: String,
    },
    /// The drawn chart could not be read for rasterising.
    #[error("the chart could not be rasterised")]
    Svg(#[from] resvg::usvg::Error),
    /// The image could not be made at this size.
    #[error("an image of {width} × {height} pixels could not be made")]
    Image {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The image could not be encoded.
    #[error("the image could not be encoded: {reason}")]
    Encoding {
        /// What the encoder said.
        reason: String,
    },
    /// JSON could not be written.
    #[error("json could not be written")]
    Json(#[from] serde_json::Error),
    /// CSV could not be written.
    #[error("csv could not be written")]
    Csv(#[from] csv::Error),
    /// Parquet could not be written or read.
    #[error("parquet could not be written or read")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A file read back has no such column, or of another type.
    #[error("column `{column}` is missing or of another type")]
    Column {
        /// Name of the column.
        column: String,
    },
    /// A file read back lacks the names its rows refer to.
    #[error("the file does not name its {what}")]
    Names {
        /// `metrics`, `windows`, `arms`, `estimators` or `replicates`.
        what: String,
    },
    /// A file read back has a row for something the file does not name.
    #[error("row {row} has {what} `{value}`, which the file does not name")]
    UnknownName {
        /// Row, from 0.
        row: usize,
        /// What kind of thing.
        what: &'static str,
        /// The value found.
        value: String,
    },
}
