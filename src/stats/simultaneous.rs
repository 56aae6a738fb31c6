//! Simultaneous ("sup-t") critical values: how far every one of several correlated normal estimates stays within bounds at once.
//!
//! **What**: the c for which `P(max_t |Z_t| ≤ c) = level`, Z normal with the given correlations.
//! **Assumptions**: joint normality of the estimates.
//! **Formula**: the probability of the box is integrated by separation of variables (Genz 1992, J. Comput. Graph. Stat. 1,
//! 141–149) over a fixed Richtmyer lattice with the tent transformation and its mirror image, and c is found by bisection
//! and secant steps. The lattice is fixed, so no random numbers are drawn and the same correlations give the same bits.
//! **Reference**: Montiel Olea & Plagborg-Møller 2019 for the band.
//! **Failure**: a matrix that is not square, finite and positive semi-definite with ones on its diagonal. Singular matrices are
//! fine. Accuracy of c is about 1e-4.

use super::distributions::Normal;

/// Lattice points; the error in c falls almost in proportion to their number.
const POINTS: u32 = 8_000;
/// A conditional standard deviation below this is zero.
const SINGULAR: f64 = 1e-7;

/// The critical value at `level` for standard normals with these correlations (rows of a square matrix).
///
/// `None` for an empty or invalid matrix or a level outside 0 to 1.
#[must_use]
pub fn simultaneous_critical_value(correlations: &[Vec<f64>], level: f64) -> Option<f64> {
    let dimensions = correlations.len();
    if !(level > 0.0 && level < 1.0) || dimensions == 0 || correlations.iter().any(|row| row.len() != dimensions) {
        return None;
    }
    let triangle = pivoted_cholesky(correlations)?;
    let points = lattice(dimensions);
    // Between one estimate's critical value and Šidák's or Bonferroni's for all of them.
    let tail = 0.5 * (1.0 - level);
    let mut low = -Normal.quantile(tail)?;
    if dimensions == 1 {
        return Some(low);
    }
    let mut high = -Normal.quantile(tail / dimensions as f64)?;
    let mut low_gap = box_probability(&triangle, &points, low) - level;
    let mut high_gap = box_probability(&triangle, &points, high) - level;
    for round in 0..60 {
        if high - low < 1e-7 || low_gap >= 0.0 {
            break;
        }
        let secant = high - high_gap * (high - low) / (high_gap - low_gap);
        let middle = if round % 3 == 2 || !(secant > low && secant < high) { 0.5 * (low + high) } else { secant };
        let gap = box_probability(&triangle, &points, middle) - level;
        if gap < 0.0 {
            (low, low_gap) = (middle, gap);
        } else {
            (high, high_gap) = (middle, gap);
        }
        if gap.abs() < 1e-9 {
            return Some(middle);
        }
    }
    Some(if low_gap >= 0.0 { low } else { 0.5 * (low + high) })
}

/// Rows of a lower triangle L with LL' = correlations, largest remaining variance first; `None` unless positive
/// semi-definite with a unit diagonal.
fn pivoted_cholesky(correlations: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let dimensions = correlations.len();
    let mut order: Vec<usize> = (0..dimensions).collect();
    let mut rows = vec![Vec::with_capacity(dimensions); dimensions];
    let mut left: Vec<f64> = (0..dimensions).map(|i| correlations[i][i]).collect();
    if left.iter().any(|diagonal| !((diagonal - 1.0).abs() < 1e-8)) {
        return None;
    }
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
            let entry = if diagonal > SINGULAR { (correlations[other][pivot] - explained) / diagonal } else { 0.0 };
            if !entry.is_finite() {
                return None;
            }
            rows[other].push(entry);
            left[other] -= entry * entry;
        }
    }
    Some(order.into_iter().map(|index| std::mem::take(&mut rows[index])).collect())
}

/// Points of the unit cube with one dimension fewer than the box: the last variable is integrated exactly.
fn lattice(dimensions: usize) -> Vec<f64> {
    let mut generators = Vec::with_capacity(dimensions);
    let mut candidate = 2_u32;
    while generators.len() + 1 < dimensions {
        if (2..candidate).take_while(|factor| factor * factor <= candidate).all(|factor| candidate % factor != 0) {
            generators.push(f64::from(candidate).sqrt().fract());
        }
        candidate += 1;
    }
    let mut points = Vec::with_capacity(generators.len() * POINTS as usize);
    for point in 1..=POINTS {
        for generator in &generators {
            let position = (f64::from(point) * generator).fract();
            points.push((2.0 * position - 1.0).abs());
        }
    }
    points
}

/// `P(|Z_t| ≤ bound for all t)`.
fn box_probability(triangle: &[Vec<f64>], points: &[f64], bound: f64) -> f64 {
    let per_point = triangle.len() - 1;
    let mut sum = 0.0;
    let mut coordinates = vec![0.0; triangle.len()];
    for point in points.chunks_exact(per_point) {
        sum += point_probability(triangle, point, bound, &mut coordinates);
    }
    sum / (points.len() / per_point) as f64
}

fn point_probability(triangle: &[Vec<f64>], point: &[f64], bound: f64, coordinates: &mut [f64]) -> f64 {
    let mut probability = 1.0;
    for (index, row) in triangle.iter().enumerate() {
        let shift: f64 = row[..index].iter().zip(coordinates.iter()).map(|(weight, coordinate)| weight * coordinate).sum();
        let scale = row[index];
        if scale <= SINGULAR {
            coordinates[index] = 0.0;
            if shift.abs() > bound {
                return 0.0;
            }
            continue;
        }
        let below = Normal.upper_tail((bound + shift) / scale);
        let above = Normal.upper_tail((bound - shift) / scale);
        let inside = 1.0 - below - above;
        probability *= inside;
        if let Some(position) = point.get(index) {
            coordinates[index] = Normal.quantile((below + position * inside).clamp(1e-300, 1.0 - 1e-16)).unwrap_or(0.0);
        }
    }
    probability
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equicorrelated(dimensions: usize, correlation: f64) -> Vec<Vec<f64>> {
        (0..dimensions).map(|i| (0..dimensions).map(|j| if i == j { 1.0 } else { correlation }).collect()).collect()
    }

    #[test]
    fn independent_estimates_need_sidaks_value() {
        for dimensions in [2, 5, 12] {
            let wanted = Normal.quantile(0.5 + 0.5 * 0.95_f64.powf(1.0 / dimensions as f64)).unwrap();
            let found = simultaneous_critical_value(&equicorrelated(dimensions, 0.0), 0.95).unwrap();
            assert!((found - wanted).abs() < 2e-5, "{dimensions}: {found} {wanted}");
        }
    }

    #[test]
    fn equicorrelated_estimates_match_the_one_dimensional_integral() {
        // P = E[(Φ((c − √ρ x)/√(1−ρ)) − Φ((−c − √ρ x)/√(1−ρ)))^d] over x ~ N(0, 1), by the trapezoidal rule.
        for (dimensions, correlation) in [(3, 0.5), (7, 0.7), (13, 0.3)] {
            let c = simultaneous_critical_value(&equicorrelated(dimensions, correlation), 0.95).unwrap();
            let (root, rest) = (correlation.sqrt(), (1.0 - correlation).sqrt());
            let probability: f64 = (-800..=800)
                .map(|step| {
                    let x = f64::from(step) / 100.0;
                    let inside = 1.0 - Normal.upper_tail((c - root * x) / rest) - Normal.upper_tail((c + root * x) / rest);
                    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt() * 0.01 * inside.powi(dimensions as i32)
                })
                .sum();
            assert!((probability - 0.95).abs() < 3e-5, "{dimensions} {correlation}: {probability}");
        }
    }

    #[test]
    fn one_estimate_needs_the_ordinary_value_and_copies_add_nothing() {
        let single = simultaneous_critical_value(&equicorrelated(1, 0.0), 0.95).unwrap();
        assert!((single - 1.959_963_984_540_054).abs() < 1e-12);
        let copies = simultaneous_critical_value(&equicorrelated(4, 1.0), 0.95).unwrap();
        assert!((copies - single).abs() < 1e-6);
    }

    #[test]
    fn impossible_correlations_are_refused() {
        assert_eq!(simultaneous_critical_value(&[], 0.95), None);
        assert_eq!(simultaneous_critical_value(&equicorrelated(3, -0.9), 0.95), None);
        assert_eq!(simultaneous_critical_value(&equicorrelated(2, f64::NAN), 0.95), None);
        assert_eq!(simultaneous_critical_value(&equicorrelated(2, 0.1), 1.0), None);
        assert_eq!(simultaneous_critical_value(&[vec![1.0], vec![0.0, 1.0]], 0.95), None);
    }
}
