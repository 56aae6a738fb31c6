//! Randomisation inference: how often another draw of the assignment would have shown a difference as large.
//!
//! **What**: the p-value of the sharp null that treatment changes nobody's outcome, for every arm against control.
//! **Assumptions**: the assignment was drawn as it is redrawn here: labels change places between units, or between whole
//! clusters, within each stratum. No distribution, no large sample.
//! **Formula**: difference in means over its standard error, with `Σ_g (S_g − n_g m)²/(N² (1 − n_g/N))` in each arm over the
//! sums S and sizes n of clusters, which is Welch's for units and CR2 of the saturated arm model for clusters; plain
//! differences if an arm has a single unit or cluster. Outcomes are centred by stratum and residualised on pre-assignment
//! columns first, both without regard to arms. With several arms the largest statistic of each assignment counts (single
//! step). `p` is the share of assignments whose statistic is no smaller than the observed one, over all assignments where
//! there are at most 20,000 or as many as permutations asked for, otherwise `(1 + b)/(1 + B)` over B random ones.
//! **Reference**: Fisher 1935; Chung & Romano 2013 and Wu & Ding 2021 for studentising, which keeps the level in large samples
//! when arms differ in spread but not in mean; Phipson & Smyth 2010 for the ones; Westfall & Young 1993 for several arms.
//! **Failure**: an arm without units, values that are not finite. With several arms the other arms' labels move too: an arm's
//! p-value rests on nobody being affected by any arm.

use super::sample::{Column, NotEstimable, first_not_finite, same_length};
use crate::stats::least_squares::Design;
use crate::stats::simultaneous::Sides;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// So many assignments are listed in full whatever was asked for.
const LISTED_IN_FULL: u32 = 20_000;
/// Statistics nearer than this share of the observed one are ties, set apart by rounding only.
const TIE: f64 = 1e-9;
/// Variances below this share of the outcome's square are rounding.
const ROUNDING: f64 = 1e-24;

/// How many assignments to draw where there are too many to list, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomizationPlan {
    /// Assignments drawn.
    pub permutations: u32,
    /// Seed of ChaCha8; assignment b is drawn from stream b, so that none depends on another.
    pub seed: u64,
}

/// A trial as its assignment was drawn, one row per unit.
#[derive(Debug, Clone, Copy)]
pub struct RandomizedTrial<'a> {
    /// Outcome of each unit.
    pub outcome: &'a [f64],
    /// Arm of each unit, 0 for control.
    pub arm: &'a [u32],
    /// Cluster of each unit where whole clusters were assigned; all units of a cluster are in one arm and stratum.
    pub clusters: Option<&'a [u32]>,
    /// Stratum of each unit where assignment was drawn within strata.
    pub strata: Option<&'a [u32]>,
    /// Columns fixed before assignment, whose part in the outcome is taken out.
    pub covariates: &'a [&'a [f64]],
}

/// The test of one arm against control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArmTest {
    /// Studentised difference in means, or the plain one; infinite when arms differ and nothing varies within them.
    pub statistic: f64,
    /// p-value of nobody being affected, adjusted for the number of arms.
    pub p_value: f64,
}

/// The tests of all arms.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomizationTest {
    /// Every arm but control, in order.
    pub arms: Vec<ArmTest>,
    /// Whether all assignments were listed, the actual one among them.
    pub exact: bool,
    /// Assignments looked at.
    pub assignments: u64,
    /// Whether statistics are studentised.
    pub studentised: bool,
}

/// Runs the test.
///
/// # Errors
/// See the module's failures; columns of different length.
pub fn randomization_test(
    trial: &RandomizedTrial<'_>,
    plan: RandomizationPlan,
    sides: Sides,
) -> Result<RandomizationTest, NotEstimable> {
    check(trial)?;
    let blocks = Blocks::new(trial, &residuals(trial)?)?;
    let mut statistics = Statistics::new(&blocks);
    let observed = statistics.of(&blocks, &blocks.labels).to_vec();
    let oriented: Vec<f64> = observed.iter().map(|statistic| orient(*statistic, sides)).collect();
    let mut counts = vec![0_u64; oriented.len()];
    let mut count = |labels: &[u32]| {
        let largest =
            statistics.of(&blocks, labels).iter().map(|statistic| orient(*statistic, sides)).fold(f64::NEG_INFINITY, f64::max);
        for (count, observed) in counts.iter_mut().zip(&oriented) {
            *count += u64::from(largest >= *observed || largest >= observed - TIE * observed.abs());
        }
    };
    let limit = u64::from(plan.permutations.max(LISTED_IN_FULL));
    let listed = blocks.assignments_up_to(limit);
    match listed {
        Some(_) => blocks.list(&mut count),
        None => blocks.draw(plan, &mut count),
    }
    let assignments = listed.unwrap_or(u64::from(plan.permutations));
    let p_value = |count: u64| match listed {
        Some(all) => count as f64 / all as f64,
        None => (1 + count) as f64 / (1 + assignments) as f64,
    };
    let arms = observed
        .iter()
        .zip(counts)
        .map(|(statistic, count)| ArmTest { statistic: *statistic, p_value: p_value(count) })
        .collect();
    Ok(RandomizationTest { arms, exact: listed.is_some(), assignments, studentised: blocks.studentised })
}

/// Large where the statistic speaks against the null.
fn orient(statistic: f64, sides: Sides) -> f64 {
    match sides {
        Sides::Two => statistic.abs(),
        Sides::Upper => statistic,
        Sides::Lower => -statistic,
    }
}

fn check(trial: &RandomizedTrial<'_>) -> Result<(), NotEstimable> {
    let rows = trial.outcome.len();
    same_length(Column::Treated, trial.arm.len(), rows)?;
    for (column, labels) in [(Column::Clusters, trial.clusters), (Column::Strata, trial.strata)] {
        labels.map_or(Ok(()), |labels| same_length(column, labels.len(), rows))?;
    }
    if let Some(error) = first_not_finite(Column::Outcome, trial.outcome) {
        return Err(error);
    }
    for (index, values) in trial.covariates.iter().enumerate() {
        same_length(Column::Covariate(index), values.len(), rows)?;
        if let Some(error) = first_not_finite(Column::Covariate(index), values) {
            return Err(error);
        }
    }
    Ok(())
}

/// The outcome less what stratum and pre-assignment columns explain.
fn residuals(trial: &RandomizedTrial<'_>) -> Result<Vec<f64>, NotEstimable> {
    let mut order: Vec<usize> = (0..trial.outcome.len()).collect();
    let stratum = |row: usize| trial.strata.map_or(0, |strata| strata[row]);
    order.sort_by_key(|row| stratum(*row));
    let centred = |values: &[f64]| {
        let mut centred = values.to_vec();
        for rows in order.chunk_by(|a, b| stratum(*a) == stratum(*b)) {
            let mean = rows.iter().map(|row| values[*row]).sum::<f64>() / rows.len() as f64;
            rows.iter().for_each(|row| centred[*row] -= mean);
        }
        centred
    };
    let outcome = centred(trial.outcome);
    if trial.covariates.is_empty() {
        return Ok(outcome);
    }
    let mut design = Design::new(outcome.len());
    for values in trial.covariates {
        let values = centred(values);
        design.push(|row| values[row]);
    }
    Ok(design.fit(&outcome).ok_or(NotEstimable::Overflow)?.residuals)
}

/// What is assigned as one: a unit or a cluster.
#[derive(Debug, Clone, Copy)]
struct Block {
    sum: f64,
    size: f64,
}

/// Everything that is assigned, stratum by stratum, and the actual labels.
struct Blocks {
    blocks: Vec<Block>,
    labels: Vec<u32>,
    /// Where each stratum begins, and the end.
    starts: Vec<usize>,
    arms: usize,
    studentised: bool,
    /// Variances of a mean below this are rounding.
    smallest_variance: f64,
}

impl Blocks {
    fn new(trial: &RandomizedTrial<'_>, residuals: &[f64]) -> Result<Self, NotEstimable> {
        let key = |row: usize| {
            let cluster = trial.clusters.map_or(row, |clusters| clusters[row] as usize);
            (trial.strata.map_or(0, |strata| strata[row]), cluster)
        };
        let mut order: Vec<usize> = (0..residuals.len()).collect();
        order.sort_by_key(|row| key(*row));
        let (mut blocks, mut labels, mut starts) = (Vec::new(), Vec::new(), Vec::new());
        let mut stratum = None;
        for rows in order.chunk_by(|a, b| key(*a) == key(*b)) {
            if stratum != Some(key(rows[0]).0) {
                starts.push(blocks.len());
                stratum = Some(key(rows[0]).0);
            }
            blocks.push(Block { sum: rows.iter().map(|row| residuals[*row]).sum(), size: rows.len() as f64 });
            labels.push(trial.arm[rows[0]]);
        }
        starts.push(blocks.len());
        let arms = labels.iter().max().map_or(0, |last| *last as usize + 1).max(2);
        let mut per_arm = vec![0_u64; arms];
        labels.iter().for_each(|arm| per_arm[*arm as usize] += 1);
        if let Some(treated) = per_arm[1..].iter().find(|treated| **treated == 0 || per_arm[0] == 0) {
            return Err(NotEstimable::TooFewUnits { control: per_arm[0], treated: *treated, needed: 1 });
        }
        let squares = trial.outcome.iter().map(|outcome| outcome * outcome).sum::<f64>() / residuals.len() as f64;
        if !squares.is_finite() {
            return Err(NotEstimable::Overflow);
        }
        let studentised = per_arm.iter().all(|blocks| *blocks >= 2);
        Ok(Self { blocks, labels, starts, arms, studentised, smallest_variance: ROUNDING * squares })
    }

    /// The number of distinct assignments, unless it exceeds `limit`.
    fn assignments_up_to(&self, limit: u64) -> Option<u64> {
        let mut total = 1_u128;
        for ends in self.starts.windows(2) {
            let mut left = (ends[1] - ends[0]) as u128;
            let mut counts = vec![0_u128; self.arms];
            self.labels[ends[0]..ends[1]].iter().for_each(|arm| counts[*arm as usize] += 1);
            for count in counts {
                // "left choose count", which only grows from step to step.
                let mut ways = 1_u128;
                for step in 0..count.min(left - count) {
                    ways = ways * (left - step) / (step + 1);
                    if ways > u128::from(limit) {
                        return None;
                    }
                }
                left -= count;
                total *= ways;
                if total > u128::from(limit) {
                    return None;
                }
            }
        }
        u64::try_from(total).ok()
    }

    /// Visits every distinct assignment: the strata count up like the digits of a number.
    fn list(&self, mut visit: impl FnMut(&[u32])) {
        let mut labels = self.labels.clone();
        for ends in self.starts.windows(2) {
            labels[ends[0]..ends[1]].sort_unstable();
        }
        loop {
            visit(&labels);
            let moved = self.starts.windows(2).any(|ends| next_permutation(&mut labels[ends[0]..ends[1]]));
            if !moved {
                return;
            }
        }
    }

    /// Visits random assignments.
    fn draw(&self, plan: RandomizationPlan, mut visit: impl FnMut(&[u32])) {
        let mut draws = ChaCha8Rng::seed_from_u64(plan.seed);
        let mut labels = self.labels.clone();
        for number in 0..plan.permutations {
            draws.set_stream(u64::from(number));
            draws.set_word_pos(0);
            labels.copy_from_slice(&self.labels);
            for ends in self.starts.windows(2) {
                shuffle(&mut labels[ends[0]..ends[1]], &mut draws);
            }
            visit(&labels);
        }
    }
}

/// The next arrangement in lexicographic order; after the last one the first, and false.
fn next_permutation(labels: &mut [u32]) -> bool {
    let Some(pivot) = labels.windows(2).rposition(|pair| pair[0] < pair[1]) else {
        labels.reverse();
        return false;
    };
    let larger = labels.iter().rposition(|label| *label > labels[pivot]).unwrap_or(pivot);
    labels.swap(pivot, larger);
    labels[pivot + 1..].reverse();
    true
}

/// Fisher and Yates' shuffle with Lemire's unbiased bounded draws (2019), written out because results depend on it.
fn shuffle(labels: &mut [u32], draws: &mut ChaCha8Rng) {
    for last in (1..labels.len()).rev() {
        let bound = last as u32 + 1;
        let mut product = u64::from(draws.next_u32()) * u64::from(bound);
        if (product as u32) < bound {
            let reject_below = bound.wrapping_neg() % bound;
            while (product as u32) < reject_below {
                product = u64::from(draws.next_u32()) * u64::from(bound);
            }
        }
        labels.swap(last, (product >> 32) as usize);
    }
}

/// Sums over the blocks of one arm.
#[derive(Debug, Clone, Copy, Default)]
struct ArmSums {
    size: f64,
    sum: f64,
}

/// Computes the statistics of one assignment after another in the same memory.
struct Statistics {
    sums: Vec<ArmSums>,
    means: Vec<f64>,
    variances: Vec<f64>,
    statistics: Vec<f64>,
}

impl Statistics {
    fn new(blocks: &Blocks) -> Self {
        let zeros = vec![0.0; blocks.arms];
        Self {
            sums: vec![ArmSums::default(); blocks.arms],
            means: zeros.clone(),
            variances: zeros,
            statistics: vec![0.0; blocks.arms - 1],
        }
    }

    /// One statistic per arm but control.
    fn of(&mut self, blocks: &Blocks, labels: &[u32]) -> &[f64] {
        self.sums.fill(ArmSums::default());
        for (block, label) in blocks.blocks.iter().zip(labels) {
            let sums = &mut self.sums[*label as usize];
            sums.size += block.size;
            sums.sum += block.sum;
        }
        for (mean, sums) in self.means.iter_mut().zip(&self.sums) {
            *mean = sums.sum / sums.size;
        }
        if blocks.studentised {
            self.spread(blocks, labels);
        }
        for (arm, statistic) in self.statistics.iter_mut().enumerate() {
            let difference = self.means[arm + 1] - self.means[0];
            let variance = self.variances[0] + self.variances[arm + 1];
            // Differences that are nothing but rounding are none.
            *statistic = if difference * difference <= blocks.smallest_variance {
                0.0
            } else if !blocks.studentised {
                difference
            } else if variance > blocks.smallest_variance {
                difference / variance.sqrt()
            } else {
                difference.signum() * f64::INFINITY
            };
        }
        &self.statistics
    }

    /// Variances of the arms' means.
    fn spread(&mut self, blocks: &Blocks, labels: &[u32]) {
        self.variances.fill(0.0);
        for (block, label) in blocks.blocks.iter().zip(labels) {
            let arm = *label as usize;
            let total = self.sums[arm].size;
            let gap = block.sum - block.size * self.means[arm];
            self.variances[arm] += gap * gap / (total * (total - block.size));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::clustered::{ClusterCorrection, ClusteredDesign};
    use crate::stats::distributions::Normal;

    const PLAN: RandomizationPlan = RandomizationPlan { permutations: 199, seed: 3 };

    fn trial<'a>(outcome: &'a [f64], arm: &'a [u32]) -> RandomizedTrial<'a> {
        RandomizedTrial { outcome, arm, clusters: None, strata: None, covariates: &[] }
    }

    fn normal(draws: &mut ChaCha8Rng) -> f64 {
        Normal.quantile((f64::from(draws.next_u32()) + 0.5) / 4_294_967_296.0).unwrap()
    }

    #[test]
    fn three_against_three_by_hand() {
        // The treated are the three largest: one of 20 assignments is as large, and its mirror image for two sides.
        let (outcome, arm) = ([1.0, 2.0, 3.5, 4.0, 5.0, 7.0], [0, 0, 0, 1, 1, 1]);
        for (sides, wanted) in [(Sides::Two, 0.1), (Sides::Upper, 0.05), (Sides::Lower, 1.0)] {
            let found = randomization_test(&trial(&outcome, &arm), PLAN, sides).unwrap();
            assert_eq!((found.exact, found.assignments, found.studentised), (true, 20, true));
            assert!((found.arms[0].p_value - wanted).abs() < 1e-15, "{sides:?} {found:?}");
        }
        let found = randomization_test(&trial(&outcome, &arm), PLAN, Sides::Two).unwrap().arms[0];
        // Means 13/6 and 16/3, variances 19/12 and 7/3.
        let welch = (16.0 / 3.0 - 13.0 / 6.0) / ((19.0 / 12.0 + 7.0 / 3.0) / 3.0_f64).sqrt();
        assert!((found.statistic - welch).abs() < 1e-12);
    }

    #[test]
    fn one_treated_cluster_of_eight_has_eighths() {
        let clusters: Vec<u32> = (0..24).map(|row| row / 3).collect();
        let arm: Vec<u32> = clusters.iter().map(|cluster| u32::from(*cluster == 5)).collect();
        let mut outcome: Vec<f64> = (0..24).map(|row| f64::from((row * 7) % 5)).collect();
        outcome[15..18].fill(50.0);
        let clustered = RandomizedTrial { clusters: Some(&clusters), ..trial(&outcome, &arm) };
        let found = randomization_test(&clustered, PLAN, Sides::Two).unwrap();
        assert_eq!((found.exact, found.assignments, found.studentised), (true, 8, false));
        assert_eq!(found.arms[0].p_value, 0.125);
        outcome[15..18].fill(-50.0);
        outcome[0..3].fill(-60.0);
        let clustered = RandomizedTrial { clusters: Some(&clusters), ..trial(&outcome, &arm) };
        assert_eq!(randomization_test(&clustered, PLAN, Sides::Lower).unwrap().arms[0].p_value, 0.25);
    }

    #[test]
    fn equal_statistics_are_ties_and_no_difference_is_no_evidence() {
        let arm = [0, 1, 0, 1, 0, 1];
        let found = randomization_test(&trial(&[2.0; 6], &arm), PLAN, Sides::Two).unwrap().arms[0];
        assert_eq!((found.statistic, found.p_value), (0.0, 1.0));
        // Arms that differ and do not vary: only this assignment and its mirror image do so.
        let found = randomization_test(&trial(&[0.1, 0.7, 0.1, 0.7, 0.1, 0.7], &arm), PLAN, Sides::Two).unwrap().arms[0];
        assert_eq!((found.statistic, found.p_value), (f64::INFINITY, 0.1));
    }

    #[test]
    fn the_clustered_statistic_is_cr2() {
        let clusters: Vec<u32> = (0..40).map(|row: u32| row.isqrt()).collect();
        let arm: Vec<u32> = clusters.iter().map(|cluster| cluster % 2).collect();
        let outcome: Vec<f64> =
            (0..40_u32).map(|row| f64::from((row * row * 7) % 31) + 2.0 * f64::from(row.isqrt() % 2)).collect();
        let clustered = RandomizedTrial { clusters: Some(&clusters), ..trial(&outcome, &arm) };
        let found = randomization_test(&clustered, PLAN, Sides::Two).unwrap().arms[0].statistic;
        let mut design = Design::new(40);
        design.push(|_| 1.0);
        design.push(|row| f64::from(arm[row]));
        let fit = design.fit(&outcome).unwrap();
        let scores = ClusteredDesign::new(&design, &clusters).unwrap().scores(&fit, ClusterCorrection::Cr2);
        let std_error = scores.covariance(&design).std_errors()[1];
        assert!((found - fit.coefficients[1] / std_error).abs() < 1e-10);
    }

    #[test]
    fn p_values_are_uniform_when_nothing_happens() {
        let mut draws = ChaCha8Rng::seed_from_u64(21);
        let arm: Vec<u32> = (0..40).map(|row| row % 3).collect();
        let clusters: Vec<u32> = (0..40).map(|row| row % 3 + 3 * (row / 12)).collect();
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let trials = 600;
        for clustered in [false, true] {
            let mut below = [0.0; 4];
            for seed in 0..trials {
                let effects: Vec<f64> = (0..40).map(|_| normal(&mut draws)).collect();
                let outcome: Vec<f64> = (0..40)
                    .map(|row| normal(&mut draws) + 0.2 * x[row] + if clustered { effects[clusters[row] as usize] } else { 0.0 })
                    .collect();
                let covariates: [&[f64]; 1] = [&x];
                let whole = RandomizedTrial {
                    clusters: clustered.then_some(&clusters),
                    covariates: &covariates,
                    ..trial(&outcome, &arm)
                };
                let plan = RandomizationPlan { permutations: 199, seed };
                let found = randomization_test(&whole, plan, Sides::Two).unwrap();
                // The smaller of two adjusted p-values has the uniform law.
                let p_value = found.arms.iter().map(|arm| arm.p_value).fold(1.0, f64::min);
                for (below, level) in below.iter_mut().zip([0.05, 0.2, 0.5, 0.8]) {
                    *below += if p_value <= level { 1.0 / trials as f64 } else { 0.0 };
                }
            }
            for (share, level) in below.into_iter().zip([0.05, 0.2, 0.5, 0.8]) {
                let error = (level * (1.0 - level) / trials as f64).sqrt();
                assert!((share - level).abs() < 3.5 * error, "{clustered} {level}: {share}");
            }
        }
    }

    #[test]
    fn strata_are_respected() {
        // Stratum 1 is mostly treated and its outcomes are ten higher: without strata that looks like an effect.
        let strata: Vec<u32> = (0..40).map(|row| row / 20).collect();
        let arm: Vec<u32> = (0..40).map(|row| u32::from(if row < 20 { row % 5 == 0 } else { row % 5 != 0 })).collect();
        let outcome: Vec<f64> = (0..40).map(|row| f64::from((row * 11) % 7) + if row < 20 { 0.0 } else { 10.0 }).collect();
        let plan = RandomizationPlan { permutations: 999, seed: 1 };
        let without = randomization_test(&trial(&outcome, &arm), plan, Sides::Two).unwrap();
        assert!(without.arms[0].p_value < 0.01);
        let within = RandomizedTrial { strata: Some(&strata), ..trial(&outcome, &arm) };
        let found = randomization_test(&within, plan, Sides::Two).unwrap();
        assert!(found.arms[0].p_value > 0.1 && !found.exact, "{found:?}");
        // Small strata are listed in full: 3 · 3 · 6 assignments.
        let (few, arms, strata) =
            ([1.0, 2.0, 4.0, 9.0, 8.0, 6.0, 1.0, 3.0, 2.0, 7.0], [0, 0, 1, 1, 0, 1, 0, 1, 0, 1], [4, 4, 4, 9, 9, 9, 2, 2, 2, 2]);
        let listed = randomization_test(&RandomizedTrial { strata: Some(&strata), ..trial(&few, &arms) }, plan, Sides::Two);
        assert_eq!(listed.map(|found| (found.exact, found.assignments)), Ok((true, 54)));
    }

    #[test]
    fn unequal_spreads_in_unequal_arms_keep_the_level() {
        let mut draws = ChaCha8Rng::seed_from_u64(8);
        let arm: Vec<u32> = (0..80).map(|row| u32::from(row < 20)).collect();
        let trials = 1_000;
        let mut rejected = 0.0;
        for seed in 0..trials {
            let outcome: Vec<f64> = arm.iter().map(|arm| normal(&mut draws) * if *arm == 1 { 4.0 } else { 1.0 }).collect();
            let plan = RandomizationPlan { permutations: 199, seed };
            let found = randomization_test(&trial(&outcome, &arm), plan, Sides::Two).unwrap();
            rejected += if found.arms[0].p_value <= 0.05 { 1.0 / trials as f64 } else { 0.0 };
        }
        // Without studentising it is about a third.
        assert!((0.03..0.085).contains(&rejected), "{rejected}");
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let outcome: Vec<f64> = (0..60).map(|row| f64::from((row * 17) % 23)).collect();
        let arm: Vec<u32> = (0..60).map(|row| row % 2).collect();
        let run = |seed| randomization_test(&trial(&outcome, &arm), RandomizationPlan { permutations: 500, seed }, Sides::Two);
        let found = run(7).unwrap();
        assert_eq!(run(7).unwrap(), found);
        assert_eq!((found.exact, found.assignments), (false, 500));
        assert_ne!(run(8).unwrap(), found);
        // A permutation is as good as any other: all of three labels come up.
        let mut seen = [0; 6];
        let mut draws = ChaCha8Rng::seed_from_u64(0);
        for _ in 0..6_000 {
            let mut labels = [0, 1, 2];
            shuffle(&mut labels, &mut draws);
            seen[(labels[0] * 2 + u32::from(labels[1] > labels[2])) as usize] += 1;
        }
        assert!(seen.iter().all(|count| (880..1_120).contains(count)), "{seen:?}");
    }

    #[test]
    fn what_cannot_be_tested_is_refused() {
        assert!(randomization_test(&trial(&[], &[]), PLAN, Sides::Two).is_err());
        assert!(randomization_test(&trial(&[1.0, 2.0], &[1, 1]), PLAN, Sides::Two).is_err());
        assert!(randomization_test(&trial(&[1.0, 2.0], &[0, 2]), PLAN, Sides::Two).is_err());
        assert!(randomization_test(&trial(&[1.0, f64::NAN], &[0, 1]), PLAN, Sides::Two).is_err());
        assert!(randomization_test(&trial(&[1.0], &[0, 1]), PLAN, Sides::Two).is_err());
        let found = randomization_test(&trial(&[1.0, 2.0], &[0, 1]), PLAN, Sides::Two).unwrap();
        assert_eq!((found.arms[0].p_value, found.exact), (1.0, true));
    }
}
