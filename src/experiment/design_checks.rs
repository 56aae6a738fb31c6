//! Checks of the design, before any result is read: arms of the promised size, and no effect before there was one.
//!
//! What: the sizes of arms over all replicates against their shares (`analysis::sample_ratio`), and for every headline metric and arm the
//! placebo test: how often the difference in means of the pre-period is significant at 5 %, against the one in twenty that chance allows
//! (exact binomial test, Holm over tests). Assumption: replicates are independent. Failure: without a pre-period, or where nothing
//! happened in it, there is no placebo test; a handful of replicates can find only gross faults.

use crate::analysis::sample_ratio::sample_ratio;
use crate::experiment::records::Study;
use crate::scenario::Scenario;
use crate::stats::distributions::StudentT;
use crate::stats::goodness::BinomialCount;
use crate::stats::multiplicity::holm;

/// Level of a single placebo test.
const LEVEL: f64 = 0.05;

/// A check of the design and how it came out.
#[derive(Clone, Debug, PartialEq)]
pub enum DesignCheck {
    /// Sizes of the arms against their shares.
    SampleRatio {
        /// Customers by arm, all replicates together.
        counts: Vec<u64>,
        /// Chance of sizes so far from the shares, or farther.
        p_value: f64,
        /// Whether no result may be read.
        blocks: bool,
    },
    /// Effects in the pre-period, where there can be none.
    Placebo {
        /// Metric.
        metric: String,
        /// Arm.
        arm: String,
        /// Replicates in which the difference in means is significant at 5 %.
        rejected: u32,
        /// Replicates that have a test.
        replicates: u32,
        /// Chance of so unlikely a number of them, or a less likely one, adjusted for all placebo tests (Holm).
        adjusted_p_value: f64,
    },
}

/// All checks of a study.
pub fn design_checks(scenario: &Scenario, study: &Study) -> Vec<DesignCheck> {
    let shares: Vec<f64> = scenario.file.arms.iter().map(|arm| arm.share).collect();
    let size = |arm: usize| -> u64 {
        let rows = study.replicates.iter().filter_map(|replicate| replicate.ledger.get(arm));
        rows.map(|row| row.customers).sum()
    };
    let counts: Vec<u64> = (0..shares.len()).map(size).collect();
    let ratio = sample_ratio(&counts, &shares).map(|check| DesignCheck::SampleRatio {
        counts,
        p_value: check.test.p_value,
        blocks: check.blocks,
    });
    ratio.into_iter().chain(placebos(scenario, study)).collect()
}

fn placebos(scenario: &Scenario, study: &Study) -> Vec<DesignCheck> {
    let headline = |metric: usize| scenario.file.study.metrics.contains(&study.metrics[metric]);
    let Some(plain) = study.estimators.iter().position(|name| name == "difference_in_means") else { return Vec::new() };
    let mut tested: Vec<(usize, usize, BinomialCount)> = Vec::new();
    for metric in (0..study.metrics.len()).filter(|metric| headline(*metric)) {
        for arm in 1..study.arms.len() {
            // The pre-period is the first window.
            let place = (metric * (study.arms.len() - 1) + arm - 1) * study.estimators.len() + plain;
            let p_values = study.replicates.iter().filter_map(|replicate| {
                let row = replicate.estimates.get(place)?;
                let t = row.effect? / row.std_error.filter(|error| *error > 0.0)?;
                Some(StudentT::new(row.degrees_of_freedom?)?.two_sided_p(t))
            });
            let p_values: Vec<f64> = p_values.collect();
            let successes = p_values.iter().filter(|p_value| **p_value < LEVEL).count() as u64;
            tested.push((metric, arm, BinomialCount { successes, trials: p_values.len() as u64, probability: LEVEL }));
        }
    }
    let p_values: Vec<Option<f64>> = tested.iter().map(|(.., count)| count.exact_p_value()).collect();
    let rows = tested.iter().zip(holm(&p_values));
    rows.filter_map(|((metric, arm, count), adjusted)| {
        Some(DesignCheck::Placebo {
            metric: study.metrics[*metric].clone(),
            arm: study.arms[*arm].clone(),
            rejected: count.successes as u32,
            replicates: count.trials as u32,
            adjusted_p_value: adjusted?,
        })
    })
    .collect()
}
