//! Pure numerics: moments, distributions, ratios, quantiles, small linear algebra, regression arithmetic.
//!
//! Knows nothing of trials, customers or arms; imports nothing from the rest of the crate; draws no random numbers of its
//! own. Everything is deterministic: sums run in a fixed order. What cannot be computed is `None` or a named variant,
//! never NaN.

pub mod clustered;
pub mod distributions;
pub mod least_squares;
pub mod moments;
pub mod quantile;
pub mod ratio;
mod special;
