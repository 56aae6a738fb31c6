//! Simultaneous tests and intervals ("single-step max-t", "sup-t"): how far the largest of several correlated t statistics
//! strays when nothing is there.
//!
//! **What**: for T multivariate t with given correlations, the c with `P(max_k |T_k| ≤ c) = level`, and the adjusted p-value
//! `P(max_k |T_k| ≥ |t|)` of a statistic t, for two tails or one.
//! **Assumptions**: joint normality of the estimates; one variance estimate of `degrees_of_freedom`, infinite for a known one.
//! Contrasts with degrees of freedom of their own each ask with theirs (Hasler & Hothorn 2008, Int. J. Biostat. 4, 11).
//! **Formula**: normals divided by a common `√(χ²_ν/ν)`, integrated over a fixed lattice with the chi variable as one more
//! dimension (Genz & Bretz 1999, J. Stat. Comput. Simul. 63, 361–378; see `box_probability`). The p-value is kept between
//! that of one test and Bonferroni's for all; the critical value is where this same p-value crosses `1 − level`, so that
//! p-values and intervals agree about every statistic. A single test has the closed form.
//! **Reference**: Dunnett 1955; Hothorn, Bretz & Westfall 2008; Montiel Olea & Plagborg-Møller 2019 for bands over time.
//! **Failure**: a matrix that is not square, symmetric, finite and positive semi-definite with ones on its diagonal; degrees
//! of freedom not above zero. Singular matrices are fine. P-values of
//! up to forty comparisons with one control are within 1e-5, relatively within 2 % down to 1e-8; of other correlations within
//! 2e-4 (see the tests). A critical value is off by its p-value's error over the density there.

use super::box_probability::{Lattice, Normals, wide_normal};
use super::distributions::{Normal, StudentT};
use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur, ln_gamma};

pub use super::box_probability::Sides;

/// Lattice points of the search's beginning.
const COARSE_POINTS: u32 = 1_024;
/// Lattice points of every number that is given out, on each copy of the lattice.
const FINE_POINTS: u32 = 8_192;
/// From so many degrees of freedom on, Wilson and Hilferty's chi quantile is exact enough.
const MANY_DEGREES_OF_FREEDOM: f64 = 1_000.0;

/// The distribution of the largest of several t statistics.
#[derive(Debug, Clone)]
pub struct MaxT {
    normals: Normals,
    sides: Sides,
    coarse: Lattice,
    fine: Lattice,
}

impl MaxT {
    /// The largest of t statistics with these correlations (rows of a square matrix).
    ///
    /// `None` for an empty matrix or one that is no correlation matrix.
    #[must_use]
    pub fn new(correlations: &[Vec<f64>], sides: Sides) -> Option<Self> {
        let normals = Normals::new(correlations, sides)?;
        // The first coordinate is the chi variable's; without one it goes unused.
        let dimensions = normals.dimensions() + 1;
        let copies = match normals.dimensions() {
            _ if normals.one_factor() => 1,
            ..=10 => 4,
            _ => 2,
        };
        let (coarse, fine) = (Lattice::new(dimensions, COARSE_POINTS, 1), Lattice::new(dimensions, FINE_POINTS, copies));
        Some(Self { normals, sides, coarse, fine })
    }

    /// The c beyond which a statistic is significant at `1 − level`: `P(max_k |T_k| ≤ c) = level`; of one side
    /// `P(max_k T_k ≤ c)` or, for the lower one, `P(min_k T_k ≥ −c)`.
    ///
    /// `degrees_of_freedom` may be infinite. `None` for a level outside 0 to 1 or degrees of freedom that are not above zero.
    #[must_use]
    pub fn critical_value(&self, level: f64, degrees_of_freedom: f64) -> Option<f64> {
        if !(level > 0.0 && level < 1.0) {
            return None;
        }
        let reference = Reference::new(degrees_of_freedom)?;
        let wanted = 1.0 - level;
        // Between one test's critical value and Bonferroni's for all of them.
        let tail = if self.sides == Sides::Two { 0.5 * wanted } else { wanted };
        let least = reference.upper_quantile(tail)?;
        let tests = self.normals.dimensions();
        if tests == 1 {
            return Some(least);
        }
        let most = reference.upper_quantile(tail / tests as f64)?;
        let excess =
            |lattice: &Lattice, scales: Option<&[(f64, f64)]>, c| self.exceedance(lattice, scales, reference, c) - wanted;
        let scales = reference.chi_scales(&self.coarse);
        let search = Search { low: least, high: most, slope: -2.0 * wanted, tolerance: 1e-4 };
        let (rough, slope) = search.crossing(0.5 * (least + most), |c| excess(&self.coarse, scales.as_deref(), c));
        let scales = reference.chi_scales(&self.fine);
        let search = Search { slope, tolerance: 4.0 * f64::EPSILON * (1.0 + most.abs()), ..search };
        Some(search.crossing(rough, |c| excess(&self.fine, scales.as_deref(), c)).0)
    }

    /// The adjusted p-value of one statistic: `P(max_k |T_k| ≥ |statistic|)`; of one side `P(max_k T_k ≥ statistic)` or, for the
    /// lower one, `P(min_k T_k ≤ statistic)`.
    ///
    /// `degrees_of_freedom` may be infinite. `None` for a statistic that is NaN or degrees of freedom that are not above zero.
    #[must_use]
    pub fn p_value(&self, statistic: f64, degrees_of_freedom: f64) -> Option<f64> {
        let reference = Reference::new(degrees_of_freedom)?;
        let bound = match self.sides {
            Sides::Two => statistic.abs(),
            Sides::Upper => statistic,
            Sides::Lower => -statistic,
        };
        if bound.is_nan() {
            return None;
        }
        let scales = if self.normals.dimensions() == 1 { None } else { reference.chi_scales(&self.fine) };
        Some(self.exceedance(&self.fine, scales.as_deref(), reference, bound))
    }

    /// The chance that the largest statistic exceeds `bound`, no less than one test's and no more than Bonferroni's.
    fn exceedance(&self, lattice: &Lattice, scales: Option<&[(f64, f64)]>, reference: Reference, bound: f64) -> f64 {
        let tests = self.normals.dimensions();
        let tails = if self.sides == Sides::Two { 2.0 } else { 1.0 };
        let single = tails * reference.upper_tail(bound);
        if tests == 1 || bound.is_infinite() {
            return single;
        }
        self.normals.exceedance(lattice, scales, bound).max(single).min((single * tests as f64).min(1.0))
    }
}

/// What one statistic is referred to.
#[derive(Debug, Clone, Copy)]
enum Reference {
    Normal,
    Student(StudentT, f64),
}

impl Reference {
    fn new(degrees_of_freedom: f64) -> Option<Self> {
        if degrees_of_freedom == f64::INFINITY {
            return Some(Self::Normal);
        }
        StudentT::new(degrees_of_freedom).map(|student| Self::Student(student, degrees_of_freedom))
    }

    fn upper_tail(self, statistic: f64) -> f64 {
        match self {
            Self::Normal => Normal.upper_tail(statistic),
            Self::Student(student, _) => student.upper_tail(statistic),
        }
    }

    fn upper_quantile(self, tail: f64) -> Option<f64> {
        match self {
            Self::Normal => Normal.quantile(tail),
            Self::Student(student, _) => student.quantile(tail),
        }
        .map(|quantile| -quantile)
    }

    /// `√(χ²_ν/ν)` and its weight at the first coordinate of every point; `None` for known variances.
    fn chi_scales(self, lattice: &Lattice) -> Option<Vec<(f64, f64)>> {
        let Self::Student(_, degrees_of_freedom) = self else { return None };
        let chi = ChiScale::new(degrees_of_freedom);
        let scale = |position: f64| {
            let (score, weight) = wide_normal(position);
            (chi.at(score), weight)
        };
        Some(lattice.first_coordinates().map(scale).collect())
    }
}

/// `√(χ²_ν/ν)` as a function of the normal score z of its probability: a table of its logarithm in z, joined by cubics.
struct ChiScale {
    degrees_of_freedom: f64,
    /// Logarithm and its slope at `−LARGEST_SCORE + index/STEPS_PER_SCORE`; empty for many degrees of freedom.
    nodes: Vec<(f64, f64)>,
}

/// Beyond it a score weighs nothing.
const LARGEST_SCORE: f64 = 9.0;
const STEPS_PER_SCORE: f64 = 8.0;

impl ChiScale {
    fn new(degrees_of_freedom: f64) -> Self {
        let steps =
            if degrees_of_freedom >= MANY_DEGREES_OF_FREEDOM { 0 } else { (2.0 * LARGEST_SCORE * STEPS_PER_SCORE) as u32 + 1 };
        let mut start = None;
        let nodes = (0..steps).map(|step| {
            let node = chi_node(degrees_of_freedom, f64::from(step) / STEPS_PER_SCORE - LARGEST_SCORE, start);
            start = Some(node.0 + node.1 / STEPS_PER_SCORE);
            node
        });
        Self { degrees_of_freedom, nodes: nodes.collect() }
    }

    fn at(&self, score: f64) -> f64 {
        if self.nodes.is_empty() {
            let spread = 2.0 / (9.0 * self.degrees_of_freedom);
            return (1.0 - spread + score * spread.sqrt()).max(0.0).powf(1.5);
        }
        let position = ((score + LARGEST_SCORE) * STEPS_PER_SCORE).clamp(0.0, (self.nodes.len() - 1) as f64);
        let below = (position as usize).min(self.nodes.len() - 2);
        let x = position - below as f64;
        let ((y0, slope0), (y1, slope1)) = (self.nodes[below], self.nodes[below + 1]);
        // Hermite's cubic.
        let (m0, m1, gap) = (slope0 / STEPS_PER_SCORE, slope1 / STEPS_PER_SCORE, y1 - y0);
        libm::exp(y0 + x * (m0 + x * (3.0 * gap - 2.0 * m0 - m1 + x * (m0 + m1 - 2.0 * gap))))
    }
}

/// `ln √(χ²_ν/ν)` where the probability's normal score is `score`, and its slope in the score: Newton steps on the logarithm
/// of the smaller tail, which is concave in `ln χ²`, kept inside a bracket.
fn chi_node(degrees_of_freedom: f64, score: f64, start: Option<f64>) -> (f64, f64) {
    let shape = 0.5 * degrees_of_freedom;
    let tail = Normal.upper_tail(score.abs());
    // In y = ln(χ²/2).
    let (mut low, mut high) = (-2e3 / degrees_of_freedom.min(1.0) - 1e2, 7e2);
    let smallest = (tail.ln() + ln_gamma(shape + 1.0)) / shape;
    let mut y = start.map_or(smallest, |log_scale| 2.0 * log_scale + shape.ln()).clamp(low, high);
    let mut log_density = 0.0;
    for _ in 0..200 {
        let x = y.exp();
        log_density = shape * y - x - ln_gamma(shape);
        let reached = if score < 0.0 { checked_gamma_lr(shape, x) } else { checked_gamma_ur(shape, x) }.unwrap_or(f64::NAN);
        let short = if score < 0.0 { reached < tail } else { reached > tail };
        if short {
            low = y;
        } else {
            high = y;
        }
        let step = (tail / reached).ln() * reached * (-log_density).exp();
        if step.abs() < 1e-11 * (1.0 + y.abs()) || high - low < 1e-11 {
            break;
        }
        let next = if score < 0.0 { y + step } else { y - step };
        y = if next > low && next < high { next } else { 0.5 * (low + high) };
    }
    let normal_log_density = -0.5 * score * score - 0.5 * (2.0 * std::f64::consts::PI).ln();
    (0.5 * (y - shape.ln()), 0.5 * (normal_log_density - log_density).exp())
}

/// Where a falling function crosses zero.
#[derive(Debug, Clone, Copy)]
struct Search {
    low: f64,
    high: f64,
    /// A first guess of the function's slope.
    slope: f64,
    tolerance: f64,
}

impl Search {
    /// Secant steps from `start` inside the bracket, which is halved where they do not end soon; the slope there as well.
    fn crossing(self, start: f64, function: impl Fn(f64) -> f64) -> (f64, f64) {
        let Self { mut low, mut high, mut slope, tolerance } = self;
        let mut at = start.max(low).min(high);
        let mut value = function(at);
        for round in 0..100 {
            if value > 0.0 {
                low = low.max(at);
            } else {
                high = high.min(at);
            }
            let mut next = at - value / slope;
            if !(next >= low && next <= high) || (round > 10 && round % 2 == 1) {
                next = 0.5 * (low + high);
            }
            let moved = next - at;
            at = next;
            if moved.abs() <= tolerance {
                break;
            }
            let before = value;
            value = function(at);
            let secant = (value - before) / moved;
            slope = if secant < 0.0 { secant } else { slope };
        }
        (at, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equicorrelated(dimensions: usize, correlation: f64) -> Vec<Vec<f64>> {
        (0..dimensions).map(|i| (0..dimensions).map(|j| if i == j { 1.0 } else { correlation }).collect()).collect()
    }

    fn two_sided(correlations: &[Vec<f64>]) -> MaxT {
        MaxT::new(correlations, Sides::Two).unwrap()
    }

    #[track_caller]
    fn close(found: Option<f64>, wanted: f64, tolerance: f64) {
        let found = found.unwrap();
        assert!((found - wanted).abs() <= tolerance, "found {found}, wanted {wanted}");
    }

    /// Roots of the two-dimensional integral over the common factor and the chi variable (4001-point trapezoid, 300-point
    /// Gauss–Legendre, scipy 1.17.1). Dunnett (1964) prints the two-sided ones as 2.38, 3.29, 2.41.
    #[test]
    fn dunnetts_critical_values() {
        for (arms, degrees_of_freedom, level, sides, wanted) in [
            (2, 20.0, 0.95, Sides::Two, 2.378_689_980_2),
            (3, 5.0, 0.95, Sides::Two, 3.293_154_650_8),
            (3, 60.0, 0.95, Sides::Two, 2.409_942_125_0),
            (6, 10.0, 0.99, Sides::Two, 4.083_738_151_9),
            (10, 30.0, 0.95, Sides::Two, 2.889_928_422_4),
            (10, 3.0, 0.95, Sides::Two, 5.372_365_537_8),
            (3, 20.0, 0.95, Sides::Upper, 2.192_283_462_4),
            (9, 120.0, 0.95, Sides::Lower, 2.446_209_791_8),
        ] {
            let found = MaxT::new(&equicorrelated(arms, 0.5), sides).unwrap().critical_value(level, degrees_of_freedom);
            close(found, wanted, 1e-4);
        }
    }

    /// P-values by the same integral, its tails added up.
    #[test]
    fn p_values_keep_their_digits_far_out() {
        for (arms, correlation, degrees_of_freedom, statistic, wanted) in [
            (10, 0.9, 30.0, 2.4, 0.061_965_877_1),
            (10, 0.5, 10.0, 3.0, 0.078_500_592_5),
            (13, 0.7, f64::INFINITY, 2.6, 0.059_566_698_1),
            (40, 0.7, f64::INFINITY, 2.9, 0.051_079_208_4),
            (3, 0.5, 20.0, 6.0, 2.088_264_081_98e-5),
            (5, 0.5, 8.0, 8.0, 1.753_685_880_3e-4),
            (5, 0.5, f64::INFINITY, 4.5, 3.353_179_816_1e-5),
            (3, 0.5, 20.0, 9.0, 5.278_326_085_2e-8),
        ] {
            let found = two_sided(&equicorrelated(arms, correlation)).p_value(statistic, degrees_of_freedom);
            close(found, wanted, f64::min(1e-5, 0.03 * wanted));
        }
    }

    /// Control of 10, arms of 20, 5 and 12: the three-dimensional product by the same integral.
    #[test]
    fn unequal_arms_share_their_control_unequally() {
        let with_control = |arm: f64| (0.1 / (0.1 + arm.recip())).sqrt();
        let loadings = [20.0, 5.0, 12.0].map(with_control);
        let entry = |i: usize, j: usize| if i == j { 1.0 } else { loadings[i] * loadings[j] };
        let correlations: Vec<Vec<f64>> = (0..3).map(|i| (0..3).map(|j| entry(i, j)).collect()).collect();
        for (statistic, wanted) in [(2.0, 0.127_489_783_7), (-2.5, 0.042_718_848_0), (3.1, 0.009_378_963_0)] {
            close(two_sided(&correlations).p_value(statistic, 43.0), wanted, 1e-5);
        }
    }

    /// All pairs of arms, a singular matrix: `q/√2` and tails of the studentised range of scipy 1.17.1.
    #[test]
    fn all_pairs_are_tukeys() {
        for (arms, degrees_of_freedom, critical, tails) in [
            (4, 12.0, 2.968_901_121_5, [0.241_149_902_4, 0.047_383_957_95]),
            (5, 40.0, 2.856_091_285_4, [0.284_588_850_6, 0.035_339_352_8]),
        ] {
            let pairs: Vec<(usize, usize)> = (0..arms).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
            let shared = |a: usize, b: usize| f64::from(u8::from(a == b));
            let entry = |(a, b): (usize, usize), (c, d)| 0.5 * (shared(a, c) + shared(b, d) - shared(a, d) - shared(b, c));
            let correlations: Vec<Vec<f64>> =
                pairs.iter().map(|one| pairs.iter().map(|other| entry(*one, *other)).collect()).collect();
            let found = two_sided(&correlations);
            close(found.critical_value(0.95, degrees_of_freedom), critical, 1e-3);
            close(found.p_value(2.0, degrees_of_freedom), tails[0], 2e-4);
            close(found.p_value(3.0, degrees_of_freedom), tails[1], 2e-4);
        }
    }

    /// scipy 1.17.1's `multivariate_t.cdf` and `multivariate_normal.cdf` with three million points.
    #[test]
    fn correlations_without_structure() {
        let correlations =
            [[1.0, 0.5, -0.3, 0.1], [0.5, 1.0, 0.2, -0.2], [-0.3, 0.2, 1.0, 0.4], [0.1, -0.2, 0.4, 1.0]].map(Vec::from);
        let upper = MaxT::new(&correlations, Sides::Upper).unwrap();
        for (statistic, both, one) in [(2.0, 0.245_791, 0.137_375), (3.0, 0.063_638, 0.034_165)] {
            close(two_sided(&correlations).p_value(statistic, 7.0), both, 2e-4);
            close(upper.p_value(statistic, 7.0), one, 2e-4);
        }
        let fading: Vec<Vec<f64>> = (0..12_i32).map(|i| (0..12).map(|j| 0.8_f64.powi((i - j).abs())).collect()).collect();
        close(two_sided(&fading).p_value(2.6, f64::INFINITY), 0.069_750, 1e-4);
    }

    #[test]
    fn independent_estimates_need_sidaks_value() {
        for dimensions in [2, 5, 12] {
            let wanted = Normal.quantile(0.5 + 0.5 * 0.95_f64.powf(1.0 / dimensions as f64)).unwrap();
            close(two_sided(&equicorrelated(dimensions, 0.0)).critical_value(0.95, f64::INFINITY), wanted, 2e-6);
        }
    }

    #[test]
    fn one_test_is_students_and_copies_add_nothing() {
        let one = two_sided(&equicorrelated(1, 1.0));
        close(one.critical_value(0.95, f64::INFINITY), 1.959_963_984_540_054, 1e-12);
        close(one.critical_value(0.95, 23.0), 2.068_657_610_419_048_7, 1e-12);
        close(one.p_value(-4.2, 200.0), 2.0 * 0.000_020_087_757_452_116_05, 1e-15);
        let lower = MaxT::new(&[vec![1.0]], Sides::Lower).unwrap();
        close(lower.p_value(-2.5, 7.0), 0.020_496_109_292_876_447, 1e-13);
        close(lower.p_value(2.5, 7.0), 1.0 - 0.020_496_109_292_876_447, 1e-13);
        let copies = two_sided(&equicorrelated(4, 1.0));
        close(copies.critical_value(0.95, f64::INFINITY), 1.959_963_984_540_054, 1e-3);
        close(copies.p_value(2.0, 10.0), 0.073_388_034_770_740_2, 2e-4);
    }

    #[test]
    fn p_values_and_critical_values_never_disagree() {
        let ar1: Vec<Vec<f64>> = (0..6_i32).map(|i| (0..6).map(|j| 0.8_f64.powi((i - j).abs())).collect()).collect();
        for correlations in [equicorrelated(2, 0.5), equicorrelated(5, -0.2), ar1, equicorrelated(3, 1.0)] {
            for (sides, sign) in [(Sides::Two, -1.0), (Sides::Upper, 1.0), (Sides::Lower, -1.0)] {
                let distribution = MaxT::new(&correlations, sides).unwrap();
                for (level, degrees_of_freedom) in [(0.95, 14.7), (0.9, f64::INFINITY), (0.999, 3.0)] {
                    let critical = distribution.critical_value(level, degrees_of_freedom).unwrap();
                    for step in [1e-12, 1e-6, 1e-2] {
                        let beyond = distribution.p_value(sign * critical * (1.0 + step), degrees_of_freedom).unwrap();
                        let within = distribution.p_value(sign * critical * (1.0 - step), degrees_of_freedom).unwrap();
                        assert!(beyond < 1.0 - level && within > 1.0 - level, "{sides:?} {level} {step}: {within} {beyond}");
                    }
                }
            }
        }
    }

    #[test]
    fn chi_scales_match_scipys_quantiles() {
        // sqrt(chi2.ppf(norm.cdf(z), nu)/nu), scipy 1.17.1.
        for (degrees_of_freedom, score, wanted) in [
            (1.0, -8.0, 7.796_817_8e-16),
            (1.0, -5.0, 3.592_645e-7),
            (1.0, 0.0, 0.674_489_8),
            (20.0, -2.03, 0.682_842_2),
            (20.0, 5.0, 1.854_593),
        ] {
            let found = ChiScale::new(degrees_of_freedom).at(score);
            assert!((found / wanted - 1.0).abs() < 5e-7, "{degrees_of_freedom} {score}: {found} {wanted}");
        }
        // Both ways to a scale agree where one takes over.
        let (below, above) = (ChiScale::new(999.999), ChiScale::new(1_000.0));
        for score in [-4.0, -1.03, 0.0, 2.71, 4.0] {
            assert!((below.at(score) / above.at(score) - 1.0).abs() < 3e-5, "{score}");
        }
    }

    #[test]
    fn impossible_correlations_are_refused() {
        assert!(MaxT::new(&[], Sides::Two).is_none());
        assert!(MaxT::new(&equicorrelated(3, -0.9), Sides::Two).is_none());
        assert!(MaxT::new(&equicorrelated(2, f64::NAN), Sides::Two).is_none());
        assert!(MaxT::new(&[vec![1.0], vec![0.0, 1.0]], Sides::Two).is_none());
        assert!(MaxT::new(&[vec![1.0, 0.2], vec![0.0, 1.0]], Sides::Two).is_none());
        let pair = two_sided(&equicorrelated(2, 0.1));
        assert_eq!(pair.critical_value(1.0, 5.0), None);
        assert_eq!(pair.critical_value(0.95, 0.0), None);
        assert_eq!(pair.p_value(f64::NAN, 5.0), None);
        assert_eq!(pair.p_value(f64::INFINITY, 5.0), Some(0.0));
        assert_eq!(pair.p_value(0.0, 5.0), Some(1.0));
    }
}
