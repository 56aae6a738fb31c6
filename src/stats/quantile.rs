//! Sample quantiles by linear interpolation between order statistics (type 7 of Hyndman & Fan 1996, the default of R and
//! NumPy).
//!
//! Not here: quantiles of distributions (see `distributions`).

/// The type-7 quantiles of `values` at each of `probabilities`.
///
/// `None` when there are no values, one of them is NaN, or a probability lies outside 0 to 1.
#[must_use]
pub fn quantiles<const K: usize>(values: &[f64], probabilities: [f64; K]) -> Option<[f64; K]> {
    if values.is_empty() || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    if probabilities.iter().any(|probability| !(0.0..=1.0).contains(probability)) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(probabilities.map(|probability| quantile_of_sorted(&sorted, probability)))
}

/// The same of values in ascending order, at least one and none of them NaN, at a probability of 0 to 1.
pub(crate) fn quantile_of_sorted(sorted: &[f64], probability: f64) -> f64 {
    let position = probability * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let fraction = position - below as f64;
    if fraction == 0.0 { sorted[below] } else { sorted[below] + fraction * (sorted[above] - sorted[below]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolates_between_order_statistics() {
        assert_eq!(quantiles(&[4.0, 1.0, 2.0, 3.0], [0.0, 0.25, 0.5, 1.0]), Some([1.0, 1.75, 2.5, 4.0]));
        assert_eq!(quantiles(&[7.0], [0.05, 0.95]), Some([7.0, 7.0]));
    }

    #[test]
    fn nothing_and_nan_have_no_quantile() {
        assert_eq!(quantiles(&[], [0.5]), None);
        assert_eq!(quantiles(&[1.0, f64::NAN], [0.5]), None);
        assert_eq!(quantiles(&[1.0], [1.5]), None);
    }
}
