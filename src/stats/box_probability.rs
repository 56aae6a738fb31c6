//! The probability that correlated normals leave a box: by how much several estimates stray together.
//!
//! Formula: separation of variables (Genz 1992, J. Comput. Graph. Stat. 1, 141–149) over a fixed rank-1 lattice with the tent
//! transformation. What leaves the box is added up variable by variable, never one minus what stays inside, so that small
//! probabilities keep their digits. A scale per lattice point turns normals into t variables (Genz & Bretz 2002, J. Comput.
//! Graph. Stat. 11, 950–971).
//! A common factor is split off first, `Z_k = λ_k x + rest`: comparisons with one control share little else, and what is left
//! then hardly depends on the order of the variables or on more than two coordinates at once, which is what the lattice is
//! good for. The loadings are Spearman's, shrunk until the rest is a covariance matrix.
//! Invariant: the lattice is fixed; no random numbers are drawn, the same correlations give the same bits.
//! Not here: degrees of freedom, critical values and p-values (see `simultaneous`).

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Which tails count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Both: an estimate may stray either way.
    Two,
    /// The upper tail only.
    Upper,
    /// The lower tail only.
    Lower,
}

/// Generating vector of embedded lattice rules for up to 2²⁰ points (Cools, Kuo & Nuyens 2006, SIAM J. Sci. Comput. 28,
/// 2162–2188; order-2 weights).
const GENERATORS: [u32; 36] = [
    1, 182_667, 469_891, 498_753, 110_745, 446_247, 250_185, 118_627, 245_333, 283_199, 408_519, 391_023, 246_327, 126_539,
    399_185, 461_527, 300_343, 69_681, 516_695, 436_179, 106_383, 238_523, 413_283, 70_841, 47_719, 300_129, 113_029, 123_925,
    410_745, 211_325, 17_489, 511_893, 40_767, 186_077, 519_471, 255_369,
];
/// The golden ratio less one.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
/// Standard deviation of the scores of the common factor and of the chi variable on the lattice.
const WIDENING: f64 = 1.5;
/// A conditional standard deviation below this is zero.
const SINGULAR: f64 = 1e-7;

/// A lattice in the unit cube, point by point.
#[derive(Debug, Clone)]
pub(super) struct Lattice {
    dimensions: usize,
    coordinates: Vec<f64>,
}

impl Lattice {
    /// `copies` lattices of `points` points, a power of two between 2¹⁰ and 2²⁰, each shifted in its own way.
    ///
    /// The generating vector looks after pairs of coordinates. What it does to triples does not fade with more points, but
    /// changes sign with the shift.
    pub(super) fn new(dimensions: usize, points: u32, copies: u32) -> Self {
        let generators: Vec<f64> = (0..dimensions).map(|index| generator(index, points)).collect();
        let mut coordinates = Vec::with_capacity(dimensions * (copies * points) as usize);
        for number in 0..copies * points {
            let (copy, point) = (number / points, number % points);
            for (index, generator) in generators.iter().enumerate() {
                // Any fixed shift does; without one the first point would sit in a corner.
                let along = index as f64 + 0.5;
                let shift = along * GOLDEN + f64::from(copy) * (4.0 * along + 1.0).sqrt();
                let position = (f64::from(point) * generator + shift).fract();
                coordinates.push((2.0 * position - 1.0).abs());
            }
        }
        Self { dimensions, coordinates }
    }

    /// The first coordinate of every point.
    pub(super) fn first_coordinates(&self) -> impl Iterator<Item = f64> {
        self.coordinates.chunks_exact(self.dimensions).map(|point| point[0])
    }
}

/// Step of the lattice along one dimension: Cools, Kuo & Nuyens' vector, beyond it the square roots of odd numbers.
fn generator(index: usize, points: u32) -> f64 {
    match GENERATORS.get(index) {
        Some(generator) => f64::from(*generator) / f64::from(points),
        None => (2.0 * index as f64 + 1.0).sqrt().fract(),
    }
}

/// Standard normals with given correlations and the tails of them that count.
#[derive(Debug, Clone)]
pub(super) struct Normals {
    dimensions: usize,
    /// Whether nothing but the common factor ties the normals together.
    one_factor: bool,
    /// One per independent variable of the triangle: the bounds that its value must keep given those before it.
    levels: Vec<Vec<Constraint>>,
    two_sided: bool,
}

/// One normal: weights of the common factor and of the independent variables before the last that it depends on, and that
/// last one's weight.
#[derive(Debug, Clone)]
struct Constraint {
    before: Vec<f64>,
    last: f64,
}

impl Normals {
    /// `None` for an empty matrix or one that is not square, symmetric, positive semi-definite and of unit diagonal.
    pub(super) fn new(correlations: &[Vec<f64>], sides: Sides) -> Option<Self> {
        let dimensions = correlations.len();
        let square = correlations.iter().all(|row| row.len() == dimensions);
        if dimensions == 0 || !square {
            return None;
        }
        let unit_diagonal = (0..dimensions).all(|i| (correlations[i][i] - 1.0).abs() < 1e-8);
        let symmetric = |i: usize, j: usize| (correlations[i][j] - correlations[j][i]).abs() < 1e-8;
        if !unit_diagonal || !(0..dimensions).all(|i| (0..i).all(|j| symmetric(i, j))) {
            return None;
        }
        let matrix = DMatrix::from_fn(dimensions, dimensions, |i, j| correlations[i][j]);
        let loadings = common_factor(&matrix);
        let rest = &matrix - &loadings * loadings.transpose();
        let one_factor = (0..dimensions).all(|i| (0..i).all(|j| rest[(i, j)].abs() < 1e-4));
        let mut levels: Vec<Vec<Constraint>> = Vec::new();
        for mut row in pivoted_cholesky(&rest, &loadings)? {
            // A normal that is a combination of others bounds the last variable in it (Genz & Kwong 2000).
            let last = (1..row.len()).rev().find(|index| row[*index].abs() > SINGULAR)?;
            row.truncate(last + 1);
            let constraint = Constraint { last: row.pop()?, before: row };
            levels.resize(levels.len().max(last), Vec::new());
            levels[last - 1].push(constraint);
        }
        Some(Self { dimensions, one_factor, levels, two_sided: sides == Sides::Two })
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(super) fn one_factor(&self) -> bool {
        self.one_factor
    }

    /// `P(some |Z_k| > scale · bound)`, or `Z_k` for one side: the mean over the lattice, with one scale and weight per point, or
    /// ones where there are none. The first coordinate of the lattice is the caller's for the scale, the second is the common
    /// factor's, and the last normal needs none because it is integrated exactly: one more dimension than there are normals.
    pub(super) fn exceedance(&self, lattice: &Lattice, scales: Option<&[(f64, f64)]>, bound: f64) -> f64 {
        let mut values = vec![0.0; self.levels.len() + 1];
        let mut sum = 0.0;
        let mut count = 0_u32;
        for (index, point) in lattice.coordinates.chunks_exact(lattice.dimensions).enumerate() {
            let (scale, weight) = scales.map_or((1.0, 1.0), |scales| scales[index]);
            sum += weight * self.point_exceedance(&point[1..], scale * bound, &mut values);
            count += 1;
        }
        sum / f64::from(count)
    }

    fn point_exceedance(&self, point: &[f64], bound: f64, values: &mut [f64]) -> f64 {
        let (factor, weight) = wide_normal(point[0]);
        let (mut outside, mut inside) = (0.0, weight);
        values[0] = factor;
        for (level, constraints) in self.levels.iter().enumerate() {
            let (below, above) = self.tails_outside(constraints, bound, values);
            let within = (1.0 - above - below).max(0.0);
            outside += inside * (above + below).min(1.0);
            inside *= within;
            if inside == 0.0 {
                break;
            }
            if let Some(position) = point.get(level + 1) {
                values[level + 1] = quick_quantile((below + position * within).clamp(1e-300, 1.0 - 1e-16));
            }
        }
        outside
    }

    /// How likely a variable falls below or above what all its constraints leave to it.
    fn tails_outside(&self, constraints: &[Constraint], bound: f64, values: &[f64]) -> (f64, f64) {
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        for Constraint { before, last } in constraints {
            let shift: f64 = before.iter().zip(values).map(|(weight, value)| weight * value).sum();
            let (upper, lower) = ((bound - shift) / last, (-bound - shift) / last);
            if *last > 0.0 {
                high = high.min(upper);
                low = if self.two_sided { low.max(lower) } else { low };
            } else {
                low = low.max(upper);
                high = if self.two_sided { high.min(lower) } else { high };
            }
        }
        let beyond = |z: f64| if z == f64::INFINITY { 0.0 } else { quick_upper_tail(z) };
        (beyond(-low), beyond(high))
    }
}

/// A point of the unit interval as a normal score spread out by [`WIDENING`] and its weight, the ratio of densities: small
/// probabilities come from scores far out, where the lattice would have few points.
pub(super) fn wide_normal(position: f64) -> (f64, f64) {
    let narrow = quick_quantile(position.clamp(1e-16, 1.0 - 1e-16));
    (WIDENING * narrow, WIDENING * libm::exp(0.5 * (1.0 - WIDENING * WIDENING) * narrow * narrow))
}

/// Loadings λ of one common factor: `r_ij ≈ λ_i λ_j`, exactly so for comparisons of independent arms with one control, and the
/// correlations less λλ' positive semi-definite.
fn common_factor(correlations: &DMatrix<f64>) -> DVector<f64> {
    let size = correlations.nrows();
    let eigen = SymmetricEigen::new(correlations.clone());
    let leading = eigen.eigenvectors.column(eigen.eigenvalues.imax());
    let sign = |i: usize| if leading[i] < 0.0 { -1.0 } else { 1.0 };
    let signed = DMatrix::from_fn(size, size, |i, j| if i == j { 0.0 } else { sign(i) * sign(j) * correlations[(i, j)] });
    let total = signed.sum();
    // Spearman (1927): the products of i's correlations with any two others, over the sum of those others' correlations.
    let mut loadings = DVector::from_fn(size, |i, _| {
        let row = signed.row(i);
        let (sum, squares) = (row.sum(), row.norm_squared());
        let square = if size == 2 { sum } else { (sum * sum - squares) / (total - 2.0 * sum) };
        if square > 0.0 { sign(i) * square.min(1.0).sqrt() } else { 0.0 }
    });
    // R − t λλ' is positive semi-definite exactly for t ≤ 1/(λ'R⁻λ), and for no t > 0 if λ is not in the range of R.
    let mut quadratic = 0.0;
    for (eigenvalue, vector) in eigen.eigenvalues.iter().zip(eigen.eigenvectors.column_iter()) {
        let along = vector.dot(&loadings);
        if *eigenvalue > 1e-9 {
            quadratic += along * along / eigenvalue;
        } else if along.abs() > 1e-9 {
            quadratic = f64::INFINITY;
        }
    }
    // Short of the bound, so that rounding does not pass it.
    loadings *= ((1.0 - 1e-6) / quadratic).min(1.0).sqrt();
    loadings
}

/// Rows of a lower triangle L with LL' = `covariance`, largest remaining variance first, each behind its entry of `first`;
/// `None` unless positive semi-definite.
fn pivoted_cholesky(covariance: &DMatrix<f64>, first: &DVector<f64>) -> Option<Vec<Vec<f64>>> {
    let dimensions = covariance.nrows();
    let mut order: Vec<usize> = (0..dimensions).collect();
    let mut rows = vec![Vec::with_capacity(dimensions); dimensions];
    let mut left: Vec<f64> = (0..dimensions).map(|i| covariance[(i, i)]).collect();
    for step in 0..dimensions {
        let largest = (step..dimensions).fold(step, |best, at| if left[order[at]] > left[order[best]] { at } else { best });
        order.swap(step, largest);
        let pivot = order[step];
        if left[pivot] < -1e-8 {
            return None;
        }
        let diagonal = left[pivot].max(0.0).sqrt();
        let pivot_row: Vec<f64> = rows[pivot].clone();
        rows[pivot].push(diagonal);
        for &other in &order[step + 1..] {
            let explained: f64 = pivot_row.iter().zip(&rows[other]).map(|(a, b)| a * b).sum();
            let entry = if diagonal > SINGULAR { (covariance[(other, pivot)] - explained) / diagonal } else { 0.0 };
            if !entry.is_finite() {
                return None;
            }
            rows[other].push(entry);
            left[other] -= entry * entry;
        }
    }
    let behind_first = |index: usize| std::iter::once(first[index]).chain(rows[index].iter().copied()).collect();
    Some(order.into_iter().map(behind_first).collect())
}

/// `P(Z > z)` to 1.2e-7 relative (Press et al. 1992, section 6.2): a tenth of what full precision costs, far below the
/// lattice's error.
fn quick_upper_tail(z: f64) -> f64 {
    const CHEBYSHEV: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let x = z.abs() * std::f64::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let exponent = CHEBYSHEV.iter().fold(0.0, |sum, coefficient| sum * t + coefficient);
    let tail = 0.5 * t * libm::exp(exponent - x * x);
    if z >= 0.0 { tail } else { 1.0 - tail }
}

/// The normal quantile to 1.2e-9 relative (Acklam's rational approximation, 2003).
fn quick_quantile(probability: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0];
    let polynomial = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient);
    let tail = probability.min(1.0 - probability);
    if tail < 0.024_25 {
        let q = (-2.0 * libm::log(tail)).sqrt();
        let magnitude = -polynomial(&C, q) / polynomial(&D, q);
        return if probability < 0.5 { -magnitude } else { magnitude };
    }
    let q = probability - 0.5;
    let r = q * q;
    polynomial(&A, r) * q / polynomial(&B, r)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::distributions::Normal;

    #[test]
    fn quick_functions_agree_with_exact_ones() {
        for step in -80..=80 {
            let z = f64::from(step) / 10.0;
            assert!((quick_upper_tail(z) / Normal.upper_tail(z) - 1.0).abs() < 1.3e-7, "{z}");
        }
        for step in 1..1000 {
            let probability = f64::from(step) / 1000.0;
            let wanted = Normal.quantile(probability).unwrap();
            assert!((quick_quantile(probability) - wanted).abs() < 1.2e-9 * wanted.abs().max(1e-3), "{probability}");
            let wanted = Normal.quantile(probability * 1e-9).unwrap();
            assert!((quick_quantile(probability * 1e-9) / wanted - 1.0).abs() < 1.2e-9, "{probability}");
        }
    }
}
