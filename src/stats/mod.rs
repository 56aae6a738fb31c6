//! Pure numerics: moments, distributions, ratios, quantiles, small linear algebra, regression arithmetic.
//!
//! Knows nothing of trials, customers or arms; imports nothing from the rest of the crate; draws no random numbers of its
//! own. Everything is deterministic: sums run in a fixed order. What cannot be computed is `None` or a named variant,
//! never NaN.

pub mod alpha_spending;
pub mod boosted_trees;
mod box_probability;
pub mod clustered;
pub mod distributions;
pub mod goodness;
pub mod influence;
pub mod least_squares;
pub mod moments;
pub mod multiplicity;
pub mod quantile;
pub mod rank_regression;
pub mod ratio;
pub mod shapley;
pub mod simultaneous;
mod special;
