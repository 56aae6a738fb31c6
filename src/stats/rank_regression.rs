//! Standardised rank regression coefficients: how strongly, and in which direction, each of several inputs moves an output.
//!
//! **What**: inputs and output are replaced by their ranks (ties by the mean of theirs), ranks are standardised to mean 0 and variance 1, and
//! the output's are regressed on all inputs' at once. A coefficient is by how many standard deviations of its rank the output moves when the
//! input moves by one of its own, the others held; 0 no monotone influence, ±1 all of it.
//! **Assumptions**: influence is monotone in each input and additive in ranks; rows are independent. No assumption on shapes: ranks see no
//! curvature and no outliers.
//! **Formula**: least squares of `R(y)` on `R(x_1) … R(x_k)`; standard errors HC2, intervals with Student's t on `n − k − 1` degrees of freedom;
//! the scale of the ranks counts as known.
//! **Reference**: Iman & Conover 1979 (rank transform in regression); Saltelli et al. 2008, section 1.2.5 (SRC and SRRC); MacKinnon & White 1985.
//! **Failure**: interactions and influences that turn lower what is explained, `R²` of the ranks, which is given beside them; below `k + 2` rows
//! there is nothing to tell; an input that never varies has no coefficient.

use crate::stats::distributions::StudentT;
use crate::stats::least_squares::{Design, Heteroskedasticity};

/// The coefficient of one input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankCoefficient {
    /// Standardised rank regression coefficient.
    pub value: f64,
    /// Standard error.
    pub std_error: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// All inputs together.
#[derive(Clone, Debug, PartialEq)]
pub struct RankRegression {
    /// One per input; `None` for one that never varies or is a combination of earlier ones.
    pub coefficients: Vec<Option<RankCoefficient>>,
    /// Share of the variance of the output's ranks that they explain.
    pub explained: f64,
}

/// Regresses the ranks of `output` on those of `inputs`, columns of the same length; `None` if there are too few rows or the output never varies.
#[must_use]
pub fn rank_regression(inputs: &[Vec<f64>], output: &[f64]) -> Option<RankRegression> {
    let rows = output.len();
    if rows < inputs.len() + 2 || inputs.iter().any(|input| input.len() != rows) {
        return None;
    }
    let outcome = standard_ranks(output)?;
    let mut design = Design::new(rows);
    design.push(|_| 1.0)?;
    let places: Vec<Option<usize>> =
        inputs.iter().map(|input| standard_ranks(input).and_then(|ranks| design.push(|row| ranks[row]))).collect();
    let fit = design.fit(&outcome)?;
    let errors = fit.covariance(&design, Heteroskedasticity::Hc2)?.std_errors();
    let reach = StudentT::new((rows - design.coefficients()) as f64)?.quantile(0.975)?;
    let coefficient = |place: &Option<usize>| {
        let (value, std_error) = (fit.coefficients[(*place)?], errors[(*place)?]);
        Some(RankCoefficient { value, std_error, low: value - reach * std_error, high: value + reach * std_error })
    };
    let total: f64 = outcome.iter().map(|rank| rank * rank).sum();
    Some(RankRegression {
        coefficients: places.iter().map(coefficient).collect(),
        explained: (1.0 - fit.residual_square_sum / total).clamp(0.0, 1.0),
    })
}

/// Ranks from 1, equal values sharing the mean of theirs.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for run in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = before as f64 + (run.len() as f64 + 1.0) / 2.0;
        run.iter().for_each(|own| ranks[*own] = rank);
        before += run.len();
    }
    ranks
}

/// Ranks with mean 0 and variance 1; `None` if all are equal.
fn standard_ranks(values: &[f64]) -> Option<Vec<f64>> {
    let ranks = ranks(values);
    let count = ranks.len() as f64;
    let mean = ranks.iter().sum::<f64>() / count;
    let variance = ranks.iter().map(|rank| (rank - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (variance > 0.0).then(|| ranks.iter().map(|rank| (rank - mean) / variance.sqrt()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_the_mean_of_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, -2.0, 3.0]), [4.0, 2.0, 4.0, 1.0, 4.0]);
    }

    #[test]
    fn one_input_gives_spearmans_correlation() {
        // Spearman by hand: ranks of y are 1 3 2 5 4, differences 0 −1 1 −1 1, 1 − 6 × 4 / (5 × 24) = 0.8.
        let found = rank_regression(&[vec![1.0, 2.0, 30.0, 40.0, 500.0]], &[0.1, 0.3, 0.2, 9.0, 0.4]).expect("five rows");
        let only = found.coefficients[0].expect("it varies");
        assert!((only.value - 0.8).abs() < 1e-12 && (found.explained - 0.64).abs() < 1e-12, "{found:?}");
        assert!(only.low < only.value && only.value < only.high);
    }

    #[test]
    fn independent_inputs_keep_their_own_coefficients_whatever_the_shape() {
        // A balanced grid: y grows with the exponential of a and falls with the cube of b, and c never varies.
        let cells: Vec<(f64, f64)> = (0..7).flat_map(|a| (0..7).map(move |b| (f64::from(a), f64::from(b)))).collect();
        let inputs =
            [cells.iter().map(|cell| cell.0).collect(), cells.iter().map(|cell| cell.1).collect(), vec![4.0; cells.len()]];
        let output: Vec<f64> = cells.iter().map(|(a, b)| a.exp() - 0.02 * b.powi(3)).collect();
        let found = rank_regression(&inputs, &output).expect("49 rows");
        let (a, b) = (found.coefficients[0].expect("varies").value, found.coefficients[1].expect("varies").value);
        assert!(a > 0.9 && b < 0.0 && b > -0.4 && found.coefficients[2].is_none(), "{found:?}");
        assert!(rank_regression(&inputs, &[1.0; 49]).is_none() && rank_regression(&inputs[..2], &output[..3]).is_none());
    }
}
