//! Ordinary least squares on an orthonormal basis: coefficients, residuals, leverages, and heteroskedasticity-consistent
//! covariances.
//!
//! Invariant: the basis spans the columns that were kept and its vectors are orthonormal to rounding, because each column is
//! orthogonalised twice (Gram–Schmidt with reorthogonalisation: Giraud, Langou & Rozložník 2005). No normal equations are
//! formed, so accuracy depends on the condition of the columns and not on its square. A column that is, within `1e-9` of its
//! length, a combination of earlier ones is dropped, as R and Stata do.
//!
//! A design is prepared once and fits any number of outcomes: a fit costs four operations per row and column.
//! Not here: clusters (see `clustered`), which coefficient means what (see `analysis`).

use std::fmt;

/// What is left of a column after projection, relative to its length, below which it counts as dependent.
const DEPENDENT_BELOW: f64 = 1e-9;

/// An orthonormal basis of the design's columns, and the triangle that leads back to them.
#[derive(Clone)]
pub struct Design {
    rows: usize,
    /// Which of the pushed columns were kept, in order.
    kept: Vec<usize>,
    pushed: usize,
    /// Basis vectors, one after the other.
    basis: Vec<Vec<f64>>,
    /// `inverse[j][i]`, `i ≤ j`: entry (i, j) of the inverse of the upper triangle R in X = QR.
    inverse: Vec<Vec<f64>>,
}

impl fmt::Debug for Design {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Design({} rows, {} of {} columns)", self.rows, self.kept.len(), self.pushed)
    }
}

impl Design {
    /// A design without columns.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        Self { rows, kept: Vec::new(), pushed: 0, basis: Vec::new(), inverse: Vec::new() }
    }

    /// Appends the column `value(0..rows)`; returns its coefficient's position, or `None` if it is a combination of earlier
    /// columns (or not finite) and was dropped.
    pub fn push(&mut self, value: impl Fn(usize) -> f64) -> Option<usize> {
        let index = self.pushed;
        self.pushed += 1;
        let mut column: Vec<f64> = (0..self.rows).map(value).collect();
        let length = norm(&column);
        let mut coordinates = vec![0.0; self.basis.len()];
        for _ in 0..2 {
            for (coordinate, vector) in coordinates.iter_mut().zip(&self.basis) {
                let along = dot(vector, &column);
                subtract_scaled(&mut column, along, vector);
                *coordinate += along;
            }
        }
        let rest = norm(&column);
        if !(rest.is_finite() && length > 0.0 && rest > DEPENDENT_BELOW * length) {
            return None;
        }
        for entry in &mut column {
            *entry /= rest;
        }
        self.inverse.push(self.inverse_column(&coordinates, rest));
        self.basis.push(column);
        self.kept.push(index);
        Some(self.basis.len() - 1)
    }

    /// The new column of R⁻¹ when R gains the column `(coordinates, rest)`.
    fn inverse_column(&self, coordinates: &[f64], rest: f64) -> Vec<f64> {
        let size = coordinates.len();
        let mut column = vec![0.0; size + 1];
        for (j, inverse) in self.inverse.iter().enumerate() {
            for (entry, coefficient) in column.iter_mut().zip(inverse) {
                *entry -= coefficient * coordinates[j] / rest;
            }
        }
        column[size] = rest.recip();
        column
    }

    /// Rows of the design.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns kept, which is the number of coefficients.
    #[must_use]
    pub fn coefficients(&self) -> usize {
        self.basis.len()
    }

    /// Positions, among all pushed columns, of those kept.
    #[must_use]
    pub fn kept(&self) -> &[usize] {
        &self.kept
    }

    /// The rows of the basis, one vector per kept column.
    pub(super) fn basis(&self) -> &[Vec<f64>] {
        &self.basis
    }

    /// Turns a vector in basis coordinates into coefficients: `R⁻¹ v`.
    pub(super) fn to_coefficients(&self, in_basis: &[f64]) -> Vec<f64> {
        let mut coefficients = vec![0.0; in_basis.len()];
        for (column, value) in self.inverse.iter().zip(in_basis) {
            for (coefficient, entry) in coefficients.iter_mut().zip(column) {
                *coefficient += entry * value;
            }
        }
        coefficients
    }

    /// Row `coefficient` of R⁻¹: the coefficient's contrast in basis coordinates.
    pub(super) fn contrast(&self, coefficient: usize) -> Vec<f64> {
        self.inverse.iter().map(|column| column.get(coefficient).copied().unwrap_or(0.0)).collect()
    }

    /// Diagonal of the hat matrix, one entry per row, between 0 and 1.
    #[must_use]
    pub fn leverages(&self) -> Vec<f64> {
        let mut leverages = vec![0.0; self.rows];
        for vector in &self.basis {
            for (leverage, entry) in leverages.iter_mut().zip(vector) {
                *leverage += entry * entry;
            }
        }
        leverages
    }

    /// `aᵢ²/(1 − hᵢ)` for one coefficient: its HC2 variance is the sum of these times squared residuals.
    #[must_use]
    pub fn hc2_weights(&self, coefficient: usize) -> Vec<f64> {
        let mut weights = vec![0.0; self.rows];
        for (scale, vector) in self.contrast(coefficient).iter().zip(&self.basis) {
            subtract_scaled(&mut weights, -scale, vector);
        }
        for (weight, leverage) in weights.iter_mut().zip(self.leverages()) {
            *weight = *weight * *weight * complement_power(leverage, 1);
        }
        weights
    }

    /// Regresses `outcome` on the design; `None` if it has another number of rows or the fit is not finite.
    #[must_use]
    pub fn fit(&self, outcome: &[f64]) -> Option<Fit> {
        if outcome.len() != self.rows {
            return None;
        }
        let mut residuals = outcome.to_vec();
        let mut in_basis = vec![0.0; self.basis.len()];
        // The second round removes what rounding left of the columns in the residuals.
        for _ in 0..2 {
            for (coordinate, vector) in in_basis.iter_mut().zip(&self.basis) {
                let along = dot(vector, &residuals);
                subtract_scaled(&mut residuals, along, vector);
                *coordinate += along;
            }
        }
        let coefficients = self.to_coefficients(&in_basis);
        let residual_square_sum = dot(&residuals, &residuals);
        let finite = residual_square_sum.is_finite() && coefficients.iter().all(|coefficient| coefficient.is_finite());
        finite.then_some(Fit { coefficients, residuals, residual_square_sum })
    }
}

/// One outcome regressed on a design.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// One per kept column.
    pub coefficients: Vec<f64>,
    /// One per row.
    pub residuals: Vec<f64>,
    /// `Σ e²`.
    pub residual_square_sum: f64,
}

/// How squared residuals estimate the variance of each row's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heteroskedasticity {
    /// One common variance, `Σ e² / (n − k)`.
    Classical,
    /// `e²` (White 1980).
    Hc0,
    /// `e² n/(n − k)`.
    Hc1,
    /// `e²/(1 − h)`: unbiased when variances are equal (MacKinnon & White 1985).
    Hc2,
    /// `e²/(1 − h)²`: close to the jackknife.
    Hc3,
}

/// A symmetric matrix over the kept coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    size: usize,
    entries: Vec<f64>,
}

impl Covariance {
    pub(super) fn from_entries(size: usize, entries: Vec<f64>) -> Self {
        Self { size, entries }
    }

    /// Number of coefficients.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Entry of row `i` and column `j`; zero outside.
    #[must_use]
    pub fn entry(&self, i: usize, j: usize) -> f64 {
        if i < self.size && j < self.size { self.entries[i * self.size + j] } else { 0.0 }
    }

    /// Square roots of the diagonal.
    #[must_use]
    pub fn std_errors(&self) -> Vec<f64> {
        (0..self.size).map(|i| self.entry(i, i).max(0.0).sqrt()).collect()
    }
}

impl Fit {
    /// Covariance of the coefficients, `R⁻¹ (Σ wᵢ qᵢ qᵢ') R⁻ᵀ` with the weights that `kind` names.
    ///
    /// `None` without residual degrees of freedom. A row of leverage one fits exactly and adds nothing under HC2 and HC3.
    #[must_use]
    pub fn covariance(&self, design: &Design, kind: Heteroskedasticity) -> Option<Covariance> {
        let (rows, columns) = (design.rows(), design.coefficients());
        if rows <= columns || self.residuals.len() != rows {
            return None;
        }
        let degrees_of_freedom = (rows - columns) as f64;
        let leverages = design.leverages();
        let common = self.residual_square_sum / degrees_of_freedom;
        let weights: Vec<f64> = self
            .residuals
            .iter()
            .zip(&leverages)
            .map(|(residual, leverage)| match kind {
                Heteroskedasticity::Classical => common,
                Heteroskedasticity::Hc0 => residual * residual,
                Heteroskedasticity::Hc1 => residual * residual * rows as f64 / degrees_of_freedom,
                Heteroskedasticity::Hc2 => residual * residual * complement_power(*leverage, 1),
                Heteroskedasticity::Hc3 => residual * residual * complement_power(*leverage, 2),
            })
            .collect();
        Some(sandwich(design, &weights))
    }
}

impl Fit {
    /// What each row contributes to one coefficient under HC2, `aᵢ eᵢ/√(1 − hᵢ)`: sums of products of these over rows are HC2
    /// variances and covariances, also between coefficients and between outcomes of one design.
    #[must_use]
    pub fn hc2_scores(&self, design: &Design, coefficient: usize) -> Vec<f64> {
        let mut scores = vec![0.0; self.residuals.len()];
        for (weight, vector) in design.contrast(coefficient).iter().zip(design.basis()) {
            subtract_scaled(&mut scores, -weight, vector);
        }
        for ((score, residual), leverage) in scores.iter_mut().zip(&self.residuals).zip(design.leverages()) {
            *score *= residual * complement_power(leverage, 1).sqrt();
        }
        scores
    }
}

/// `(1 − h)^−power`, zero where `h` is one.
fn complement_power(leverage: f64, power: i32) -> f64 {
    let complement = 1.0 - leverage;
    if complement <= 1e-12 { 0.0 } else { complement.powi(-power) }
}

fn sandwich(design: &Design, weights: &[f64]) -> Covariance {
    let size = design.coefficients();
    let basis = design.basis();
    let meat: Vec<Vec<f64>> =
        basis.iter().map(|left| basis.iter().map(|right| weighted_dot(left, right, weights)).collect()).collect();
    // R⁻¹ M R⁻ᵀ: once over the columns, once over the rows.
    let half: Vec<Vec<f64>> = meat.iter().map(|row| design.to_coefficients(row)).collect();
    let mut entries = vec![0.0; size * size];
    for j in 0..size {
        let column: Vec<f64> = half.iter().map(|row| row[j]).collect();
        for (i, value) in design.to_coefficients(&column).into_iter().enumerate() {
            entries[i * size + j] = value;
        }
    }
    Covariance { size, entries }
}

/// Σ a·b over eight accumulators, in a fixed order.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_blocks, a_rest) = a.as_chunks::<8>();
    let (b_blocks, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

fn weighted_dot(a: &[f64], b: &[f64], weights: &[f64]) -> f64 {
    let (a_blocks, a_rest) = a.as_chunks::<8>();
    let (b_blocks, b_rest) = b.as_chunks::<8>();
    let (weight_blocks, weight_rest) = weights.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for ((a, b), weight) in a_blocks.iter().zip(b_blocks).zip(weight_blocks) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane] * weight[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).zip(weight_rest).map(|((a, b), weight)| a * b * weight).sum();
    sums.iter().sum::<f64>() + rest
}

fn subtract_scaled(from: &mut [f64], scale: f64, vector: &[f64]) {
    for (entry, other) in from.iter_mut().zip(vector) {
        *entry -= scale * other;
    }
}

/// Euclidean length, safe from overflow and underflow.
fn norm(vector: &[f64]) -> f64 {
    let largest = vector.iter().fold(0.0_f64, |largest, entry| if entry.is_nan() { f64::NAN } else { largest.max(entry.abs()) });
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    if (1e-140..1e140).contains(&largest) {
        return dot(vector, vector).sqrt();
    }
    let scaled: Vec<f64> = vector.iter().map(|entry| entry / largest).collect();
    largest * dot(&scaled, &scaled).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longley_survives_its_collinearity() {
        // NIST StRD "Longley": certified coefficients, condition number about 5·10⁹.
        let rows = [
            [60323.0, 83.0, 234289.0, 2356.0, 1590.0, 107608.0, 1947.0],
            [61122.0, 88.5, 259426.0, 2325.0, 1456.0, 108632.0, 1948.0],
            [60171.0, 88.2, 258054.0, 3682.0, 1616.0, 109773.0, 1949.0],
            [61187.0, 89.5, 284599.0, 3351.0, 1650.0, 110929.0, 1950.0],
            [63221.0, 96.2, 328975.0, 2099.0, 3099.0, 112075.0, 1951.0],
            [63639.0, 98.1, 346999.0, 1932.0, 3594.0, 113270.0, 1952.0],
            [64989.0, 99.0, 365385.0, 1870.0, 3547.0, 115094.0, 1953.0],
            [63761.0, 100.0, 363112.0, 3578.0, 3350.0, 116219.0, 1954.0],
            [66019.0, 101.2, 397469.0, 2904.0, 3048.0, 117388.0, 1955.0],
            [67857.0, 104.6, 419180.0, 2822.0, 2857.0, 118734.0, 1956.0],
            [68169.0, 108.4, 442769.0, 2936.0, 2798.0, 120445.0, 1957.0],
            [66513.0, 110.8, 444546.0, 4681.0, 2637.0, 121950.0, 1958.0],
            [68655.0, 112.6, 482704.0, 3813.0, 2552.0, 123366.0, 1959.0],
            [69564.0, 114.2, 502601.0, 3931.0, 2514.0, 125368.0, 1960.0],
            [69331.0, 115.7, 518173.0, 4806.0, 2572.0, 127852.0, 1961.0],
            [70551.0, 116.9, 554894.0, 4007.0, 2827.0, 130081.0, 1962.0],
        ];
        let mut design = Design::new(rows.len());
        assert_eq!(design.push(|_| 1.0), Some(0));
        (1..7).for_each(|column| assert_eq!(design.push(|row| rows[row][column]), Some(column)));
        let outcome: Vec<f64> = rows.iter().map(|row| row[0]).collect();
        let fit = design.fit(&outcome).unwrap();
        let certified = [
            (-3482258.63459582, 890420.383607373),
            (15.0618722713733, 84.9149257747669),
            (-0.358191792925910e-1, 0.334910077722432e-1),
            (-2.02022980381683, 0.488399681651699),
            (-1.03322686717359, 0.214274163161675),
            (-0.511041056535807e-1, 0.226073200069370),
            (1829.15146461355, 455.478499142212),
        ];
        let errors = fit.covariance(&design, Heteroskedasticity::Classical).unwrap().std_errors();
        for (k, (coefficient, std_error)) in certified.into_iter().enumerate() {
            assert!((fit.coefficients[k] - coefficient).abs() < 1e-8 * coefficient.abs(), "{k}: {}", fit.coefficients[k]);
            assert!((errors[k] - std_error).abs() < 1e-8 * std_error, "{k}: {}", errors[k]);
        }
    }

    #[test]
    fn dependent_columns_are_dropped_and_change_nothing() {
        let x = [1.0, 2.0, 4.0, 7.0, 11.0];
        let y = [2.0, 3.0, 3.5, 9.0, 10.0];
        let mut plain = Design::new(5);
        plain.push(|_| 1.0);
        plain.push(|row| x[row]);
        let mut repeated = Design::new(5);
        repeated.push(|_| 1.0);
        assert_eq!(repeated.push(|_| 3.0), None);
        assert_eq!(repeated.push(|row| x[row]), Some(1));
        assert_eq!(repeated.push(|row| 2.0 - x[row]), None);
        assert_eq!(repeated.push(|_| 0.0), None);
        assert_eq!(repeated.kept(), [0, 2]);
        assert_eq!(plain.fit(&y), repeated.fit(&y));
    }

    #[test]
    fn leverages_sum_to_the_number_of_coefficients() {
        let mut design = Design::new(9);
        design.push(|_| 1.0);
        design.push(|row| (row * row) as f64);
        let leverages = design.leverages();
        assert!((leverages.iter().sum::<f64>() - 2.0).abs() < 1e-14);
    }

    #[test]
    fn no_residual_freedom_has_no_covariance_and_nan_has_no_fit() {
        let mut design = Design::new(2);
        design.push(|_| 1.0);
        design.push(|row| row as f64);
        let fit = design.fit(&[1.0, 2.0]).unwrap();
        assert_eq!(fit.covariance(&design, Heteroskedasticity::Hc2), None);
        assert_eq!(design.fit(&[1.0, f64::NAN]), None);
        assert_eq!(design.push(|_| f64::NAN), None);
    }
}
