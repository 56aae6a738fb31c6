//! Balance and placebo: whether arms were alike before the start.
//!
//! **What**: for each column fixed before assignment the standardised difference of means and a test; over all columns a joint
//! test. On outcomes of the pre-period this is the placebo test: an estimator must find no effect before there was one.
//! **Assumptions**: random assignment is what is tested. One p-value in twenty falls below 0.05 by chance: judge by the
//! adjusted and the joint p-value.
//! **Formula**: standardised difference `(x̄_T − x̄_C)/√((s²_T + s²_C)/2)`; Welch's test per column, Holm over columns; joint
//! `F = (R²/k)/((1 − R²)/(n − k − 1))` of `Z ~ 1 + X`.
//! **Reference**: Imbens & Rubin 2015, chapter 14.
//! **Failure**: columns of unequal length or not finite, arms with fewer than two units. A constant column has no test.

use super::difference_in_means::difference_in_means;
use super::estimate::{ConfidenceLevel, Estimate};
use super::sample::{Column, NotEstimable, PerArm, first_not_finite, same_length};
use crate::stats::distributions::FisherF;
use crate::stats::least_squares::Design;
use crate::stats::moments::Moments;
use crate::stats::multiplicity::holm;

/// One column before the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnBalance {
    /// Difference in means with interval and p-value.
    pub difference: Estimate,
    /// Difference in units of the pooled standard deviation; `None` for a constant column.
    pub standardised_difference: Option<f64>,
    /// p-value adjusted for the number of columns (Holm).
    pub adjusted_p_value: Option<f64>,
}

/// All columns before the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// In the order given.
    pub columns: Vec<ColumnBalance>,
    /// p-value of all columns together; `None` if none varies or there are too few units.
    pub joint_p_value: Option<f64>,
}

impl Balance {
    /// Whether the columns give reason to doubt the assignment at this level: the joint or an adjusted p-value is below it.
    #[must_use]
    pub fn doubts_assignment(&self, level: f64) -> bool {
        let adjusted = self.columns.iter().filter_map(|column| column.adjusted_p_value);
        adjusted.chain(self.joint_p_value).any(|p_value| p_value < level)
    }
}

/// Compares columns fixed before assignment between arms.
///
/// # Errors
/// See the module's failures.
pub fn balance(columns: &[&[f64]], treated: &[bool], level: ConfidenceLevel) -> Result<Balance, NotEstimable> {
    let mut compared = Vec::with_capacity(columns.len());
    for (index, values) in columns.iter().enumerate() {
        let column = Column::Covariate(index);
        same_length(column, values.len(), treated.len())?;
        if let Some(error) = first_not_finite(column, values) {
            return Err(error);
        }
        let arms = PerArm::<Moments>::of(values, treated)?;
        let difference = difference_in_means(arms, level)?;
        let pooled = arms.control.variance().zip(arms.treated.variance()).map(|(control, treated)| 0.5 * (control + treated));
        let standardised_difference =
            pooled.filter(|variance| *variance > 0.0).map(|variance| difference.effect / variance.sqrt());
        compared.push(ColumnBalance { difference, standardised_difference, adjusted_p_value: None });
    }
    let p_values: Vec<Option<f64>> = compared.iter().map(|column| column.difference.p_value).collect();
    for (column, adjusted) in compared.iter_mut().zip(holm(&p_values)) {
        column.adjusted_p_value = adjusted;
    }
    Ok(Balance { columns: compared, joint_p_value: joint_p_value(columns, treated) })
}

fn joint_p_value(columns: &[&[f64]], treated: &[bool]) -> Option<f64> {
    let mut design = Design::new(treated.len());
    design.push(|_| 1.0);
    for values in columns {
        let mean = Moments::of(values).mean;
        design.push(|row| values[row] - mean);
    }
    let indicator: Vec<f64> = treated.iter().map(|treated| f64::from(u8::from(*treated))).collect();
    let total = Moments::of(&indicator).centred_square_sum;
    let explanatory = design.coefficients() - 1;
    if explanatory == 0 || total == 0.0 || treated.len() <= design.coefficients() {
        return None;
    }
    let freedom = (treated.len() - design.coefficients()) as f64;
    let left = design.fit(&indicator)?.residual_square_sum;
    let f = ((total - left).max(0.0) / explanatory as f64) / (left / freedom);
    FisherF { numerator_degrees_of_freedom: explanatory as f64, denominator_degrees_of_freedom: freedom }.upper_tail(f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_column_has_the_same_joint_test_as_the_pooled_t_test() {
        // R: t.test(x ~ z, var.equal = TRUE) on these numbers gives t² = F; F = 2.4 with (1, 4) degrees of freedom by hand:
        // means 2 and 4, pooled variance 2.5 → F = 4/(2.5·(1/3 + 1/3)) = 2.4.
        let column = [1.0, 2.0, 3.0, 2.0, 4.0, 6.0];
        let treated = [false, false, false, true, true, true];
        let found = balance(&[&column], &treated, ConfidenceLevel::default()).unwrap();
        let f = FisherF { numerator_degrees_of_freedom: 1.0, denominator_degrees_of_freedom: 4.0 };
        assert!((found.joint_p_value.unwrap() - f.upper_tail(2.4).unwrap()).abs() < 1e-12);
        assert!((found.columns[0].standardised_difference.unwrap() - 2.0 / 2.5_f64.sqrt()).abs() < 1e-12);
        assert!(!found.doubts_assignment(0.05));
    }

    #[test]
    fn a_constant_column_has_no_test() {
        let found = balance(&[&[1.0; 4]], &[true, true, false, false], ConfidenceLevel::default()).unwrap();
        assert_eq!((found.joint_p_value, found.columns[0].standardised_difference), (None, None));
        assert!(balance(&[&[f64::NAN; 4]], &[true, true, false, false], ConfidenceLevel::default()).is_err());
    }
}
