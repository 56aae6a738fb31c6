//! Adjusted p-values for several tests at once: Holm and Benjamini–Hochberg.
//!
//! **What**: p-values that may be compared with the level of the whole family. Holm bounds the chance of any false rejection
//! and fits a primary family; Benjamini–Hochberg bounds the expected share of false ones among rejections and fits exploration.
//! **Assumptions**: Holm none; Benjamini–Hochberg independent or positively dependent tests.
//! **Formula**: sorted ascending, Holm `max_{j≤i} min(1, (m − j + 1) p_(j))`, Benjamini–Hochberg `min_{j≥i} min(1, m p_(j)/j)`.
//! **Reference**: Holm 1979; Benjamini & Hochberg 1995.
//! **Failure**: a test without a p-value (`None`) stays without one and does not count in the family.

/// Holm's adjusted p-values, in the order given.
#[must_use]
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let order = ascending(p_values);
    let tests = order.len();
    let mut adjusted = vec![None; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, (index, p_value)) in order.into_iter().enumerate() {
        largest = largest.max(((tests - rank) as f64 * p_value).min(1.0));
        adjusted[index] = Some(largest);
    }
    adjusted
}

/// Benjamini and Hochberg's adjusted p-values ("q-values"), in the order given.
#[must_use]
pub fn benjamini_hochberg(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let order = ascending(p_values);
    let tests = order.len();
    let mut adjusted = vec![None; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, (index, p_value)) in order.into_iter().enumerate().rev() {
        smallest = smallest.min(tests as f64 / (rank + 1) as f64 * p_value);
        adjusted[index] = Some(smallest);
    }
    adjusted
}

/// Present p-values with their positions, smallest first.
fn ascending(p_values: &[Option<f64>]) -> Vec<(usize, f64)> {
    let mut order: Vec<(usize, f64)> = p_values
        .iter()
        .enumerate()
        .filter_map(|(index, p_value)| p_value.filter(|p_value| !p_value.is_nan()).map(|p_value| (index, p_value)))
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_tests_do_not_count() {
        let p_values = [Some(0.04), None, Some(0.01), Some(f64::NAN)];
        assert_eq!(holm(&p_values), [Some(0.04), None, Some(0.02), None]);
        assert_eq!(benjamini_hochberg(&p_values), [Some(0.04), None, Some(0.02), None]);
        assert!(holm(&[]).is_empty());
    }
}
