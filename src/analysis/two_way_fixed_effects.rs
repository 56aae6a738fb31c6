//! Two-way fixed effects on all rows of an unbalanced panel: one effect per arm, all of them with their joint uncertainty.
//!
//! **What**: the coefficients of `arm k × after the start`, next to an effect of every unit and of every period.
//! **Assumptions**: random assignment (or parallel trends); one start date; whether a row is missing does not depend on its
//! outcome given unit and period. A unit seen only before or only after the start helps with the periods, not with its arm.
//! **Formula**: `y_it = a_i + g_t + Σ_k b_k [arm_i = k, t ≥ start] + e_it`. Outcome and treatments are demeaned by unit, then
//! regressed on the demeaned periods through their normal equations, one period of each connected set left out, and the
//! treatments' residuals explain the outcome's (Frisch & Waugh 1933, Lovell 1963). CR1 by unit or cluster, with the factor
//! `G/(G−1) · (N−1)/(N−K)`, K counting treatments and periods but no units, as fixest and pyfixest count nested effects; t with
//! G − 1 degrees of freedom; what the errors are with `G/(G−1)` alone (clubSandwich's CR1) stands beside them. The lift of arm k divides by the mean of its rows from the start on less `b_k`; its scores carry
//! the same factor. Units of one row are kept and counted, though they tell nothing about effects.
//! **Reference**: Angrist & Pischke 2009, section 5.2; Cameron & Miller 2015, section II.
//! **Failure**: an arm without rows before or after the start, fewer than two units in an arm or two clusters, values that
//! are not finite, an arm none of whose units is seen on both sides. Few clusters reject too often. Without variation around
//! the fit there are no degrees of freedom.

use super::estimate::{ConfidenceLevel, EffectParts, Estimate};
use super::sample::{Column, NotEstimable, PerArm, enough_units, first_not_finite, same_length};
use crate::stats::least_squares::dot;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// Residuals smaller than this share of the outcome's size are rounding, not variation.
const ROUNDING: f64 = 1e-24;
/// What is left of a treatment after units and periods, as a share of its squares, below which it is not identified.
const NOT_IDENTIFIED_BELOW: f64 = 1e-9;

/// The rows of a panel, in any order, and what is known of its units.
#[derive(Debug, Clone, Copy)]
pub struct PanelRows<'a> {
    /// Outcome of each row.
    pub outcome: &'a [f64],
    /// Unit of each row, numbered from 0.
    pub unit: &'a [u32],
    /// Period of each row, numbered from 0 in time order.
    pub period: &'a [u32],
    /// Arm of each unit, 0 for control.
    pub arm_of_unit: &'a [u32],
    /// The first period of treatment.
    pub starts_at: u32,
    /// Cluster of each unit, if units come in clusters.
    pub cluster_of_unit: Option<&'a [u32]>,
    /// Number of arms, control among them.
    pub arms: usize,
}

/// Effects of all arms but control, in order, and what each unit or cluster contributes to their uncertainty.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedEffectsFit {
    /// One per arm.
    pub effects: Vec<f64>,
    /// By arm and cluster: sums of products over clusters are CR1 variances and covariances.
    pub scores: Vec<Vec<f64>>,
    /// What the lift of each arm divides by.
    pub denominators: Vec<f64>,
    /// As `scores`.
    pub denominator_scores: Vec<Vec<f64>>,
    /// Clusters less one; `None` when nothing varies around the fit.
    pub degrees_of_freedom: Option<f64>,
    /// Rows.
    pub rows: usize,
    /// Units with rows by arm, control first.
    pub units_per_arm: Vec<u64>,
    /// Times this, standard errors have the factor `G/(G−1)` alone, as clubSandwich's CR1.
    pub uncounted: f64,
}

impl FixedEffectsFit {
    /// Draws the intervals of one arm's effect, 1 being the first after control.
    ///
    /// # Errors
    /// Overflow; no such arm.
    pub fn estimate(&self, arm: usize, level: ConfidenceLevel) -> Result<Estimate, NotEstimable> {
        let is_there = (1..=self.effects.len()).contains(&arm);
        if is_there { self.parts(arm).estimate(level) } else { Err(NotEstimable::Missing { column: Column::Treated }) }
    }

    /// One arm's effect before intervals are drawn, 1 being the first after control.
    pub(crate) fn parts(&self, arm: usize) -> EffectParts {
        let at = arm - 1;
        let (scores, denominator_scores) = (&self.scores[at], &self.denominator_scores[at]);
        EffectParts {
            effect: self.effects[at],
            effect_variance: dot(scores, scores),
            denominator: self.denominators[at],
            denominator_variance: dot(denominator_scores, denominator_scores),
            covariance: dot(scores, denominator_scores),
            degrees_of_freedom: self.degrees_of_freedom,
            units: PerArm { control: self.units_per_arm[0], treated: self.units_per_arm[arm] },
        }
    }
}

/// Fits the model.
///
/// # Errors
/// See the module's failures; columns of different length; a unit or arm that is numbered beyond its list.
pub fn two_way_fixed_effects(panel: &PanelRows<'_>) -> Result<FixedEffectsFit, NotEstimable> {
    let units_per_arm = checked_units(panel)?;
    let by_unit = ByUnit::new(panel);
    let periods = PeriodEffects::new(&by_unit);
    let clusters = Clusters::new(&by_unit)?;
    let (rows, coefficients) = (panel.outcome.len(), panel.arms - 1 + by_unit.periods);
    if rows <= coefficients {
        return Err(NotEstimable::TooManyCoefficients { units: rows, coefficients });
    }
    let groups = clusters.count as f64;
    let factor = groups / (groups - 1.0) * (rows - 1) as f64 / (rows - coefficients) as f64;
    let (bread, effects) = periods.effects(&by_unit)?;
    let Scored { mut scores, mut mean_scores, means, residual_squares } = periods.scored(&by_unit, &clusters, &bread, &effects);
    for score in scores.iter_mut().chain(&mut mean_scores).flatten() {
        *score *= factor.sqrt();
    }
    for (mean, effect) in mean_scores.iter_mut().zip(&scores) {
        mean.iter_mut().zip(effect).for_each(|(mean, effect)| *mean -= effect);
    }
    let varies = residual_squares > ROUNDING * dot(panel.outcome, panel.outcome);
    if !residual_squares.is_finite() {
        return Err(NotEstimable::Overflow);
    }
    Ok(FixedEffectsFit {
        denominators: means.iter().zip(&effects).map(|(mean, effect)| mean - effect).collect(),
        effects,
        scores,
        denominator_scores: mean_scores,
        degrees_of_freedom: varies.then_some(groups - 1.0),
        rows,
        units_per_arm,
        uncounted: ((rows - coefficients) as f64 / (rows - 1) as f64).sqrt(),
    })
}

/// Units with rows in each arm, after all checks.
fn checked_units(panel: &PanelRows<'_>) -> Result<Vec<u64>, NotEstimable> {
    same_length(Column::Unit, panel.unit.len(), panel.outcome.len())?;
    same_length(Column::Period, panel.period.len(), panel.outcome.len())?;
    if let Some(clusters) = panel.cluster_of_unit {
        same_length(Column::Clusters, clusters.len(), panel.arm_of_unit.len())?;
    }
    if let Some(error) = first_not_finite(Column::Outcome, panel.outcome) {
        return Err(error);
    }
    if panel.arms < 2 || panel.arm_of_unit.iter().any(|arm| *arm as usize >= panel.arms) {
        return Err(NotEstimable::Missing { column: Column::Treated });
    }
    let units = panel.arm_of_unit.len();
    if panel.unit.iter().any(|unit| *unit as usize >= units) {
        return Err(NotEstimable::Missing { column: Column::Unit });
    }
    let mut seen = vec![false; units];
    let mut rows = vec![[0_u64; 2]; panel.arms];
    for (unit, period) in panel.unit.iter().zip(panel.period) {
        let arm = panel.arm_of_unit[*unit as usize] as usize;
        rows[arm][usize::from(*period >= panel.starts_at)] += 1;
        seen[*unit as usize] = true;
    }
    for (arm, [before, after]) in (0_u32..).zip(&rows) {
        if *before == 0 || *after == 0 {
            return Err(NotEstimable::NoRowsInPhase { arm, before: *before == 0 });
        }
    }
    let mut units_per_arm = vec![0; panel.arms];
    for (arm, _) in panel.arm_of_unit.iter().zip(seen).filter(|(_, seen)| *seen) {
        units_per_arm[*arm as usize] += 1;
    }
    for treated in &units_per_arm[1..] {
        enough_units(PerArm { control: units_per_arm[0], treated: *treated })?;
    }
    Ok(units_per_arm)
}

/// The rows gathered by unit.
struct ByUnit<'a> {
    panel: &'a PanelRows<'a>,
    /// Position of the period among those seen and outcome of each row, unit by unit.
    rows: Vec<(usize, f64)>,
    /// Where each unit begins in `rows`, and the end.
    starts: Vec<usize>,
    /// Periods seen.
    periods: usize,
    /// Position of the first of them from the start on.
    start_position: usize,
}

/// One unit's rows.
struct Unit<'a> {
    number: usize,
    arm: usize,
    rows: &'a [(usize, f64)],
    mean: f64,
    /// Share of rows from the start on.
    share_after: f64,
}

impl<'a> ByUnit<'a> {
    fn new(panel: &'a PanelRows<'a>) -> Self {
        let mut starts = vec![0_usize; panel.arm_of_unit.len() + 1];
        for unit in panel.unit {
            starts[*unit as usize + 1] += 1;
        }
        for unit in 1..starts.len() {
            starts[unit] += starts[unit - 1];
        }
        let mut seen = panel.period.to_vec();
        seen.sort_unstable();
        seen.dedup();
        let position = |period: u32| seen.partition_point(|other| *other < period);
        let mut next = starts.clone();
        let mut rows = vec![(0, 0.0); panel.outcome.len()];
        for ((unit, period), outcome) in panel.unit.iter().zip(panel.period).zip(panel.outcome) {
            let place = &mut next[*unit as usize];
            rows[*place] = (position(*period), *outcome);
            *place += 1;
        }
        Self { panel, rows, starts, periods: seen.len(), start_position: position(panel.starts_at) }
    }

    /// Units with rows, in order.
    fn units(&self) -> impl Iterator<Item = Unit<'_>> {
        let of_unit = |(number, ends): (usize, &[usize])| {
            let rows = &self.rows[ends[0]..ends[1]];
            let count = rows.len() as f64;
            let after = rows.iter().filter(|(period, _)| self.is_after(*period)).count() as f64;
            let mean = rows.iter().map(|(_, outcome)| outcome).sum::<f64>() / count;
            Unit { number, arm: self.panel.arm_of_unit[number] as usize, rows, mean, share_after: after / count }
        };
        self.starts.windows(2).enumerate().filter(|(_, ends)| ends[1] > ends[0]).map(of_unit)
    }

    fn is_after(&self, position: usize) -> bool {
        position >= self.start_position
    }
}

/// Which cluster each unit belongs to, numbered from 0.
struct Clusters {
    of_unit: Vec<usize>,
    count: usize,
}

impl Clusters {
    fn new(by_unit: &ByUnit<'_>) -> Result<Self, NotEstimable> {
        let label = |unit: usize| by_unit.panel.cluster_of_unit.map_or(unit, |clusters| clusters[unit] as usize);
        let mut labels: Vec<usize> = by_unit.units().map(|unit| label(unit.number)).collect();
        labels.sort_unstable();
        labels.dedup();
        if labels.len() < 2 {
            return Err(NotEstimable::TooFewClusters { clusters: labels.len() });
        }
        // A unit without rows is never asked for.
        let of_unit = (0..by_unit.panel.arm_of_unit.len()).map(|unit| labels.binary_search(&label(unit)).unwrap_or(0)).collect();
        Ok(Self { of_unit, count: labels.len() })
    }
}

/// The period effects of the outcome (first) and of every treatment, all demeaned by unit.
struct PeriodEffects {
    /// By variable and position of the period.
    of_variable: Vec<DVector<f64>>,
}

/// What the last pass over the rows gathers.
struct Scored {
    scores: Vec<Vec<f64>>,
    mean_scores: Vec<Vec<f64>>,
    /// Mean outcome of each arm from the start on.
    means: Vec<f64>,
    residual_squares: f64,
}

impl PeriodEffects {
    fn new(by_unit: &ByUnit<'_>) -> Self {
        let seen = by_unit.periods;
        let variables = by_unit.panel.arms;
        let mut normal = DMatrix::<f64>::zeros(seen, seen);
        let mut products = vec![DVector::<f64>::zeros(seen); variables];
        let mut sets = Sets::new(seen);
        for unit in by_unit.units() {
            let weight = (unit.rows.len() as f64).recip();
            for &(at, outcome) in unit.rows {
                sets.join(unit.rows[0].0, at);
                normal[(at, at)] += 1.0;
                for &(other, _) in unit.rows {
                    normal[(other, at)] -= weight;
                }
                products[0][at] += outcome - unit.mean;
                if unit.arm > 0 {
                    products[unit.arm][at] += f64::from(u8::from(by_unit.is_after(at))) - unit.share_after;
                }
            }
        }
        Self { of_variable: solved(&normal, &products, &sets.first_of_each()) }
    }

    /// Residuals of outcome (first) and treatments in every row of a unit, handed on with the row.
    fn residuals(&self, by_unit: &ByUnit<'_>, unit: &Unit<'_>, mut visit: impl FnMut(&(usize, f64), &[f64])) {
        let count = unit.rows.len() as f64;
        let means: Vec<f64> =
            self.of_variable.iter().map(|effects| unit.rows.iter().map(|row| effects[row.0]).sum::<f64>() / count).collect();
        let mut residuals = vec![0.0; means.len()];
        for row in unit.rows {
            for ((residual, effects), mean) in residuals.iter_mut().zip(&self.of_variable).zip(&means) {
                *residual = mean - effects[row.0];
            }
            residuals[0] += row.1 - unit.mean;
            if unit.arm > 0 {
                residuals[unit.arm] += f64::from(u8::from(by_unit.is_after(row.0))) - unit.share_after;
            }
            visit(row, &residuals);
        }
    }

    /// The inverse of the treatments' cross products and the effects.
    fn effects(&self, by_unit: &ByUnit<'_>) -> Result<(DMatrix<f64>, Vec<f64>), NotEstimable> {
        let treatments = self.of_variable.len() - 1;
        let mut cross = DMatrix::<f64>::zeros(treatments, treatments);
        let mut with_outcome = DVector::<f64>::zeros(treatments);
        let mut rows_after = vec![0.0; treatments];
        for unit in by_unit.units() {
            if unit.arm > 0 {
                rows_after[unit.arm - 1] += unit.share_after * unit.rows.len() as f64;
            }
            self.residuals(by_unit, &unit, |_, residuals| {
                for i in 0..treatments {
                    with_outcome[i] += residuals[i + 1] * residuals[0];
                    for j in 0..=i {
                        cross[(i, j)] += residuals[i + 1] * residuals[j + 1];
                    }
                }
            });
        }
        cross.fill_upper_triangle_with_lower_triangle();
        // What is left of each treatment after units, periods and the treatments before it.
        let factor = Cholesky::new(cross).ok_or(NotEstimable::TreatmentNotIdentified)?;
        let left = factor.l_dirty().diagonal();
        if left.iter().zip(rows_after).any(|(left, rows)| left * left < NOT_IDENTIFIED_BELOW * rows) {
            return Err(NotEstimable::TreatmentNotIdentified);
        }
        Ok((factor.inverse(), factor.solve(&with_outcome).as_slice().to_vec()))
    }

    fn scored(&self, by_unit: &ByUnit<'_>, clusters: &Clusters, bread: &DMatrix<f64>, effects: &[f64]) -> Scored {
        let treatments = effects.len();
        let (mut counts, mut means) = (vec![0.0; treatments], vec![0.0; treatments]);
        for unit in by_unit.units().filter(|unit| unit.arm > 0) {
            for (_, outcome) in unit.rows.iter().filter(|(period, _)| by_unit.is_after(*period)) {
                counts[unit.arm - 1] += 1.0;
                means[unit.arm - 1] += (outcome - means[unit.arm - 1]) / counts[unit.arm - 1];
            }
        }
        let mut raw = vec![DVector::<f64>::zeros(treatments); clusters.count];
        let mut mean_scores = vec![vec![0.0; clusters.count]; treatments];
        let mut residual_squares = 0.0;
        for unit in by_unit.units() {
            let cluster = clusters.of_unit[unit.number];
            self.residuals(by_unit, &unit, |(period, outcome), residuals| {
                let error = residuals[0] - dot(effects, &residuals[1..]);
                residual_squares += error * error;
                raw[cluster].iter_mut().zip(&residuals[1..]).for_each(|(score, residual)| *score += residual * error);
                if unit.arm > 0 && by_unit.is_after(*period) {
                    let at = unit.arm - 1;
                    mean_scores[at][cluster] += (outcome - means[at]) / counts[at];
                }
            });
        }
        let mut scores = vec![vec![0.0; clusters.count]; treatments];
        for (cluster, raw) in raw.iter().enumerate() {
            for (arm, score) in (bread * raw).iter().enumerate() {
                scores[arm][cluster] = *score;
            }
        }
        Scored { scores, mean_scores, means, residual_squares }
    }
}

/// Solutions of the normal equations with the effects of the periods `left_out` at zero.
fn solved(normal: &DMatrix<f64>, products: &[DVector<f64>], left_out: &[bool]) -> Vec<DVector<f64>> {
    let kept: Vec<usize> = (0..left_out.len()).filter(|at| !left_out[*at]).collect();
    let factor: Option<Cholesky<f64, Dyn>> = Cholesky::new(normal.select_rows(&kept).select_columns(&kept));
    let solve = |product: &DVector<f64>| {
        let mut effects = DVector::zeros(left_out.len());
        // With one period of each connected set left out the matrix is positive definite, save for overflow.
        let solution = factor.as_ref().map(|factor| factor.solve(&product.select_rows(&kept)));
        for (index, at) in kept.iter().enumerate() {
            effects[*at] = solution.as_ref().map_or(f64::NAN, |solution| solution[index]);
        }
        effects
    };
    products.iter().map(solve).collect()
}

/// Sets of periods that units connect.
struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    fn new(members: usize) -> Self {
        Self { parent: (0..members).collect() }
    }

    fn root(&self, mut member: usize) -> usize {
        while self.parent[member] != member {
            member = self.parent[member];
        }
        member
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// Whether each member is the first of its set.
    fn first_of_each(&self) -> Vec<bool> {
        (0..self.parent.len()).map(|member| self.parent[member] == member).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Rows {
        outcome: Vec<f64>,
        unit: Vec<u32>,
        period: Vec<u32>,
        arm_of_unit: Vec<u32>,
        cluster_of_unit: Vec<u32>,
    }

    impl Rows {
        fn panel(&self, starts_at: u32, arms: usize) -> PanelRows<'_> {
            let Self { outcome, unit, period, arm_of_unit, .. } = self;
            PanelRows { outcome, unit, period, arm_of_unit, starts_at, cluster_of_unit: None, arms }
        }
    }

    /// Three arms, 32 of 41 units with one to five rows, no row in period 3; `keep` thins it out further.
    fn example(keep: impl Fn(u32, u32) -> bool) -> Rows {
        let mut rows = Rows::default();
        for u in 0..41 {
            let arm = u % 3;
            rows.arm_of_unit.push(arm);
            rows.cluster_of_unit.push(if u < 36 { u / 3 } else { u / 2 });
            for t in 0..7 {
                let absent = (u * 7 + t * 5 + u * t) % 5 < 2 || ([3, 17].contains(&u) && t != 4) || (u == 8 && t > 2);
                if absent || !keep(u, t) {
                    continue;
                }
                let whole = f64::from((u * 37) % 23) + f64::from((t * 11) % 7) * 0.5;
                let effect = if t >= 3 { 1.5 * f64::from(arm) } else { 0.0 };
                rows.outcome.push(whole + f64::from((u * 13 + t * 29 + u * t * 3) % 17) * 0.25 + effect);
                rows.unit.push(u);
                rows.period.push(t);
            }
        }
        rows
    }

    #[track_caller]
    fn close(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-9 * wanted.abs(), "found {found}, wanted {wanted}");
    }

    /// `feols("y ~ d1 + d2 | u + t", vcov={"CRV1": …}, fixef_rm="none", fixef_tol=1e-13)` of pyfixest 0.60.0 where it counts
    /// `K = 2 + periods`; its test of nesting races and now and then takes the periods for nested as well.
    #[test]
    fn pyfixests_effects_and_covariances() {
        let rows = example(|_, _| true);
        let by_unit = two_way_fixed_effects(&rows.panel(3, 3)).unwrap();
        let clustered = PanelRows { cluster_of_unit: Some(&rows.cluster_of_unit), ..rows.panel(3, 3) };
        let by_cluster = two_way_fixed_effects(&clustered).unwrap();
        assert_eq!((by_unit.rows, by_unit.degrees_of_freedom, by_cluster.degrees_of_freedom), (136, Some(31.0), Some(13.0)));
        for (fit, errors, covariance) in [
            (by_unit, [0.411_281_955_846_016_6, 0.341_402_060_556_226_9], 0.062_087_531_687_053_84),
            (by_cluster, [0.469_832_818_700_353_15, 0.359_118_388_600_733_8], 0.075_124_592_651_247_55),
        ] {
            for (arm, effect) in [(1, 2.137_891_151_663_719), (2, 3.957_549_548_727_939_7)] {
                close(fit.effects[arm - 1], effect);
                close(fit.estimate(arm, ConfidenceLevel::default()).unwrap().std_error, errors[arm - 1]);
            }
            close(dot(&fit.scores[0], &fit.scores[1]), covariance);
        }
    }

    /// As above, on two sets of units that share no period.
    #[test]
    fn disconnected_periods_are_no_obstacle() {
        let rows = example(|u, t| [0, 1, 4].contains(&t) == (u < 20));
        let fit = two_way_fixed_effects(&rows.panel(3, 3)).unwrap();
        for (arm, effect, std_error) in
            [(1, 3.095_210_994_003_236, 0.909_621_891_324_294_6), (2, 3.550_547_929_876_585, 0.761_381_895_722_646_8)]
        {
            close(fit.effects[arm - 1], effect);
            close(fit.estimate(arm, ConfidenceLevel::default()).unwrap().std_error, std_error);
        }
    }

    /// `did.twfe_unbalanced_keep1` of tests/oracles/python.json.
    #[test]
    fn the_golden_panel() {
        let table = include_str!("../../tests/oracles/panel.csv");
        let mut rows = Rows::default();
        for line in table.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()) {
            let (unit, month): (u32, i32) = (line[0].parse().unwrap(), line[1].parse().unwrap());
            if rows.arm_of_unit.len() <= unit as usize {
                rows.arm_of_unit.push(line[2].parse().unwrap());
            }
            if line[4] == "1" {
                rows.outcome.push(line[3].parse().unwrap());
                rows.unit.push(unit);
                rows.period.push((month + 3).try_into().unwrap());
            }
        }
        let fit = two_way_fixed_effects(&rows.panel(3, 2)).unwrap();
        let found = fit.estimate(1, ConfidenceLevel::default()).unwrap();
        assert_eq!((fit.rows, found.n_control + found.n_treated), (426, 60));
        close(found.effect, 2.624_379_717_696_512_7);
        close(found.std_error, 1.050_922_649_384_193);
        close(fit.uncounted, (417.0_f64 / 425.0).sqrt());
    }

    /// On a balanced panel the model is the difference-in-differences of unit means.
    #[test]
    fn a_balanced_panel_is_the_change_score() {
        let mut rows = Rows::default();
        let value = |u: u32, t: u32| f64::from((u * 31 + t * 17 + u * t * 5) % 29) + f64::from(t);
        rows.arm_of_unit.extend((0..30).map(|u| u % 2));
        for t in (0..4).rev() {
            for u in 0..30 {
                rows.outcome.push(value(u, t));
                rows.unit.push(u);
                rows.period.push(t);
            }
        }
        let found = two_way_fixed_effects(&rows.panel(2, 2)).unwrap().estimate(1, ConfidenceLevel::default()).unwrap();
        let mean = |arm: u32, periods: [u32; 2]| {
            let units = (0..30).filter(|u| u % 2 == arm);
            units.map(|u| periods.iter().map(|t| value(u, *t)).sum::<f64>()).sum::<f64>() / 30.0
        };
        let counterfactual = mean(1, [0, 1]) + mean(0, [2, 3]) - mean(0, [0, 1]);
        close(found.effect, mean(1, [2, 3]) - counterfactual);
        close(found.denominator, counterfactual);
    }

    #[test]
    fn what_cannot_be_estimated_is_refused() {
        let refused = |rows: &Rows, arms| two_way_fixed_effects(&rows.panel(3, arms)).unwrap_err();
        let arm_1_late = example(|u, t| u % 3 != 1 || t >= 3);
        assert_eq!(refused(&arm_1_late, 3), NotEstimable::NoRowsInPhase { arm: 1, before: true });
        let control_early = example(|u, t| u % 3 != 0 || t < 3);
        assert_eq!(refused(&control_early, 3), NotEstimable::NoRowsInPhase { arm: 0, before: false });
        // Every unit of arm 2 is seen on one side only.
        let torn = example(|u, t| u % 3 != 2 || (t >= 3) == (u % 2 == 0));
        assert_eq!(refused(&torn, 3), NotEstimable::TreatmentNotIdentified);
        assert_eq!(refused(&example(|_, _| true), 2), NotEstimable::Missing { column: Column::Treated });
        assert!(two_way_fixed_effects(&Rows::default().panel(0, 2)).is_err());
        let mut broken = example(|_, _| true);
        broken.outcome[5] = f64::NAN;
        assert_eq!(refused(&broken, 3), NotEstimable::NotFinite { column: Column::Outcome, row: 5 });
        // Only units and periods: nothing varies around the fit.
        let mut flat = example(|_, _| true);
        flat.outcome = flat.unit.iter().zip(&flat.period).map(|(u, t)| f64::from(*u) + f64::from(*t)).collect();
        let found = two_way_fixed_effects(&flat.panel(3, 3)).unwrap().estimate(1, ConfidenceLevel::default()).unwrap();
        assert!(found.effect.abs() < 1e-12 && found.p_value.is_none());
    }
}
