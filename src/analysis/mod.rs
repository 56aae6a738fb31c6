//! From outcomes to effects: estimators, intervals, and what replicates say together.
//!
//! Estimators are pure functions of a [`Sample`], plain columns of one trial with one row per randomised unit, so they work
//! on a simulated panel and on anybody's CSV file alike. They never see the simulated world. One estimator per file, each
//! opening with the same headings: what, assumptions, formula, reference, failure.

pub mod alternative;
pub mod always_valid;
pub mod ancova;
pub mod balance;
pub mod common_random_numbers;
pub mod cross_fit;
pub mod cuped;
pub mod decay;
pub mod decay_bootstrap;
pub mod difference_in_differences;
pub mod difference_in_means;
pub mod difference_in_ratios;
pub mod estimate;
pub mod estimator;
pub mod event_study;
pub mod lin;
pub mod margin;
pub mod ml_rate;
pub mod monte_carlo;
pub mod performance;
pub mod power;
pub mod quantile_effects;
pub mod randomization;
mod regression;
pub mod sample;
pub mod sample_ratio;
pub mod several_arms;
pub mod trial_analysis;
pub mod two_way_fixed_effects;
pub mod winsorize;

pub use difference_in_differences::difference_in_differences;
pub use difference_in_means::difference_in_means;
pub use difference_in_ratios::difference_in_ratios;
pub use estimate::{ConfidenceLevel, Estimate};
pub use estimator::{Estimator, EstimatorName};
pub use sample::{Column, NotEstimable, PerArm, Sample};
