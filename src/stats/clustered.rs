//! Cluster-robust covariances of least-squares coefficients, CR0 to CR2, with Satterthwaite degrees of freedom.
//!
//! What: errors may be correlated in any way within a cluster and not at all between clusters.
//! Formula: with the orthonormal basis Q of the design, cluster g contributes the score `u_g = Q_g' A_g e_g`, and
//! `V = R⁻¹ (Σ u_g u_g') R⁻ᵀ`. CR0: `A_g = I`. CR1: CR0 times `G/(G−1) · (N−1)/(N−K)`. CR2: `A_g = [(I − H)_gg]^{+1/2}`, which makes
//! V unbiased under equal, independent errors. Since `A_g Q_g = Q_g (I − Q_g'Q_g)^{+1/2}`, the root is taken of the smaller of two
//! matrices, one with the cluster's rows and one with the columns.
//! Reference: Bell & McCaffrey 2002; Pustejovsky & Tipton 2018, eqs 4, 5 and 11 (degrees of freedom, identity working model).
//! Failure: fewer than two clusters. A cluster that determines a coefficient alone adds nothing in that direction.
//! Not here: which rows form a cluster.

use super::least_squares::{Covariance, Design, Fit};
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Eigenvalues of `I − H` in a cluster below this count as zero.
const ZERO_BELOW: f64 = 1e-12;

/// Frobenius norm of a cluster's part of the hat matrix below which the inverse root is a short power series.
const SERIES_BELOW: f64 = 1e-3;

/// Small-sample correction of a cluster-robust covariance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterCorrection {
    /// None.
    Cr0,
    /// The factor `G/(G−1) · (N−1)/(N−K)`; t with G − 1 degrees of freedom.
    Cr1,
    /// Bias-reduced linearisation; t with Satterthwaite's degrees of freedom.
    Cr2,
}

/// A design whose rows are gathered in clusters.
#[derive(Debug, Clone)]
pub struct ClusteredDesign<'a> {
    design: &'a Design,
    /// Row numbers, cluster by cluster in ascending order of label.
    members: Vec<u32>,
    /// Where each cluster begins in `members`, and the end.
    starts: Vec<usize>,
}

/// Scores of one fit: `G` clusters by `K` basis coordinates; `Σ u_g u_g'` is the middle of the sandwich.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    in_basis: Vec<Vec<f64>>,
}

impl<'a> ClusteredDesign<'a> {
    /// Gathers rows of equal label; `None` for another number of labels than rows, fewer than two clusters, or more than
    /// four billion rows.
    #[must_use]
    pub fn new(design: &'a Design, labels: &[u32]) -> Option<Self> {
        if labels.len() != design.rows() {
            return None;
        }
        let rows = u32::try_from(labels.len()).ok()?;
        let mut members: Vec<u32> = (0..rows).collect();
        members.sort_by_key(|row| labels[*row as usize]);
        let mut starts = Vec::new();
        for (position, row) in members.iter().enumerate() {
            if position == 0 || labels[*row as usize] != labels[members[position - 1] as usize] {
                starts.push(position);
            }
        }
        starts.push(members.len());
        (starts.len() > 2).then_some(Self { design, members, starts })
    }

    /// Number of clusters.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.starts.len() - 1
    }

    /// Scores of a fit on this design.
    #[must_use]
    pub fn scores(&self, fit: &Fit, correction: ClusterCorrection) -> Scores {
        let scale = if correction == ClusterCorrection::Cr1 { self.cr1_factor().sqrt() } else { 1.0 };
        let in_basis = self
            .starts
            .windows(2)
            .map(|ends| {
                let rows = &self.members[ends[0]..ends[1]];
                let residuals = DVector::from_iterator(rows.len(), rows.iter().map(|row| fit.residuals[*row as usize]));
                let block = self.block(rows);
                let score = match correction {
                    ClusterCorrection::Cr0 | ClusterCorrection::Cr1 => block.transpose() * residuals * scale,
                    ClusterCorrection::Cr2 => Root::of(&block).adjusted_score(&block, &residuals),
                };
                score.as_slice().to_vec()
            })
            .collect();
        Scores { in_basis }
    }

    /// `G/(G−1) · (N−1)/(N−K)`.
    fn cr1_factor(&self) -> f64 {
        let (clusters, rows, columns) = (self.clusters() as f64, self.design.rows() as f64, self.design.coefficients() as f64);
        clusters / (clusters - 1.0) * (rows - 1.0) / (rows - columns)
    }

    /// Satterthwaite's degrees of freedom of a CR2 variance (Pustejovsky & Tipton 2018, eq. 11); `None` if the variance of
    /// `coefficient` does not depend on the residuals.
    #[must_use]
    pub fn satterthwaite_degrees_of_freedom(&self, coefficient: usize) -> Option<f64> {
        let contrast = DVector::from_vec(self.design.contrast(coefficient));
        let size = contrast.len();
        let (mut trace, mut diagonal) = (0.0, 0.0);
        let mut outer = DMatrix::zeros(size, size);
        for ends in self.starts.windows(2) {
            let block = self.block(&self.members[ends[0]..ends[1]]);
            // w = A_g Q_g a and v = Q_g' w; p_g'p_h = [g = h] w'w − v_g'v_h.
            let (own, shared) = Root::of(&block).working_terms(&block, &contrast);
            let squared = shared.dot(&shared);
            trace += own - squared;
            diagonal += own * own - 2.0 * own * squared;
            outer.syger(1.0, &shared, &shared, 1.0);
        }
        outer.fill_upper_triangle_with_lower_triangle();
        let spread = diagonal + outer.norm_squared();
        let freedom = trace * trace / spread;
        (freedom.is_finite() && freedom > 0.0).then_some(freedom)
    }

    /// The cluster's rows of Q.
    fn block(&self, rows: &[u32]) -> DMatrix<f64> {
        let basis = self.design.basis();
        DMatrix::from_fn(rows.len(), basis.len(), |row, column| basis[column][rows[row] as usize])
    }
}

/// The symmetric inverse root of `I − Q_g Q_g'` or of `I − Q_g'Q_g`, whichever is smaller.
enum Root {
    OfRows(DMatrix<f64>),
    OfColumns(DMatrix<f64>),
}

impl Root {
    fn of(block: &DMatrix<f64>) -> Self {
        if block.nrows() <= block.ncols() {
            Self::OfRows(inverse_root_of_complement(block * block.transpose()))
        } else {
            Self::OfColumns(inverse_root_of_complement(block.transpose() * block))
        }
    }

    fn adjusted_score(&self, block: &DMatrix<f64>, residuals: &DVector<f64>) -> DVector<f64> {
        match self {
            Self::OfRows(root) => block.transpose() * (root * residuals),
            Self::OfColumns(root) => root * (block.transpose() * residuals),
        }
    }

    /// `w'w` and `v`.
    fn working_terms(&self, block: &DMatrix<f64>, contrast: &DVector<f64>) -> (f64, DVector<f64>) {
        let adjusted = match self {
            Self::OfRows(root) => root * (block * contrast),
            Self::OfColumns(root) => block * (root * contrast),
        };
        (adjusted.dot(&adjusted), block.transpose() * &adjusted)
    }
}

fn inverse_root_of_complement(gram: DMatrix<f64>) -> DMatrix<f64> {
    let size = gram.nrows();
    if size == 1 {
        return DMatrix::from_element(1, 1, inverse_root(1.0 - gram[(0, 0)]));
    }
    if gram.norm() < SERIES_BELOW {
        return inverse_root_by_series(&gram);
    }
    let eigen = SymmetricEigen::new(DMatrix::identity(size, size) - gram);
    let roots = eigen.eigenvalues.map(inverse_root);
    let scaled = &eigen.eigenvectors * DMatrix::from_diagonal(&roots);
    scaled * eigen.eigenvectors.transpose()
}

/// `(I − G)^(−1/2) = I + G/2 + 3/8 G² + 5/16 G³ + …`, to rounding for a small G. Clusters of a large trial are small against it, and
/// this costs a few products where eigenvalues cost an iteration each.
fn inverse_root_by_series(gram: &DMatrix<f64>) -> DMatrix<f64> {
    let size = gram.nrows();
    let mut root = DMatrix::identity(size, size);
    let mut term = gram * 0.5;
    let norm = gram.norm();
    let (mut order, mut bound) = (1.0, 0.5 * norm);
    loop {
        root += &term;
        bound *= norm;
        if bound < 0.1 * f64::EPSILON {
            return root;
        }
        order += 1.0;
        term = &term * gram * ((2.0 * order - 1.0) / (2.0 * order));
    }
}

fn inverse_root(eigenvalue: f64) -> f64 {
    if eigenvalue <= ZERO_BELOW { 0.0 } else { eigenvalue.sqrt().recip() }
}

impl Scores {
    /// Covariance of the coefficients.
    #[must_use]
    pub fn covariance(&self, design: &Design) -> Covariance {
        let size = design.coefficients();
        let by_coefficient: Vec<Vec<f64>> = self.in_basis.iter().map(|score| design.to_coefficients(score)).collect();
        let mut entries = vec![0.0; size * size];
        for score in &by_coefficient {
            for i in 0..size {
                for j in 0..size {
                    entries[i * size + j] += score[i] * score[j];
                }
            }
        }
        Covariance::from_entries(size, entries)
    }

    /// What each cluster contributes to one coefficient. Products of these over clusters are covariances, also between the
    /// same coefficient of several outcomes.
    #[must_use]
    pub fn of_coefficient(&self, design: &Design, coefficient: usize) -> Vec<f64> {
        let contrast = design.contrast(coefficient);
        self.in_basis.iter().map(|score| score.iter().zip(&contrast).map(|(score, weight)| score * weight).sum()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::least_squares::Heteroskedasticity;

    fn example(rows: usize) -> (Design, Vec<f64>) {
        let x: Vec<f64> = (0..rows).map(|row| ((row * 7) % 11) as f64).collect();
        let mut design = Design::new(rows);
        design.push(|_| 1.0);
        design.push(|row| x[row]);
        let outcome = (0..rows).map(|row| x[row] + ((row * 13) % 17) as f64).collect();
        (design, outcome)
    }

    #[test]
    fn singleton_clusters_reproduce_hc0_and_hc2() {
        let (design, outcome) = example(30);
        let fit = design.fit(&outcome).unwrap();
        let labels: Vec<u32> = (0..30).rev().collect();
        let clustered = ClusteredDesign::new(&design, &labels).unwrap();
        for (correction, kind) in
            [(ClusterCorrection::Cr0, Heteroskedasticity::Hc0), (ClusterCorrection::Cr2, Heteroskedasticity::Hc2)]
        {
            let by_cluster = clustered.scores(&fit, correction).covariance(&design);
            let by_row = fit.covariance(&design, kind).unwrap();
            for (found, wanted) in by_cluster.std_errors().iter().zip(by_row.std_errors()) {
                assert!((found - wanted).abs() < 1e-13 * wanted);
            }
        }
    }

    #[test]
    fn both_roots_agree() {
        let (design, outcome) = example(40);
        let fit = design.fit(&outcome).unwrap();
        let labels: Vec<u32> = (0..40).map(|row| row % 8).collect();
        let clustered = ClusteredDesign::new(&design, &labels).unwrap();
        let block = clustered.block(&clustered.members[0..5]);
        let residuals = DVector::from_iterator(5, (0..5).map(|row| fit.residuals[clustered.members[row] as usize]));
        let of_rows = Root::OfRows(inverse_root_of_complement(&block * block.transpose()));
        let of_columns = Root::OfColumns(inverse_root_of_complement(block.transpose() * &block));
        let gap = of_rows.adjusted_score(&block, &residuals) - of_columns.adjusted_score(&block, &residuals);
        assert!(gap.norm() < 1e-12);
    }

    #[test]
    fn the_series_is_the_root() {
        let block = DMatrix::from_fn(3, 2, |row, column| ((row * 5 + column * 3) % 7) as f64 * 1e-3 + 2e-3);
        let gram = &block * block.transpose();
        assert!(gram.norm() < SERIES_BELOW && gram.norm() > 1e-5);
        let root = inverse_root_by_series(&gram);
        let product = &root * (DMatrix::identity(3, 3) - &gram) * &root;
        assert!((product - DMatrix::<f64>::identity(3, 3)).norm() < 1e-15 * 4.0);
    }

    #[test]
    fn one_cluster_is_refused() {
        let (design, _) = example(6);
        assert!(ClusteredDesign::new(&design, &[4; 6]).is_none());
        assert!(ClusteredDesign::new(&design, &[1, 2]).is_none());
    }
}
