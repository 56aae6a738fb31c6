//! Adjusted p-values for several tests at once: Holm and Benjamini–Hochberg.
//!
//! **What**: p-values that may be compared with the level of the whole family. Holm bounds the chance of any false rejection
//! and fits a primary family; Benjamini–Hochberg bounds the expected share of false ones among rejections and fits exploration.
//! **Assumptions**: Holm none; Benjamini–Hochberg independent or positively dependent tests.
//! [`holm_over_families`] does as Holm does where each outcome has several contrasts whose p-values are already adjusted for
//! one another.
//! **Formula**: sorted ascending, Holm `max_{j≤i} min(1, (m − j + 1) p_(j))`, Benjamini–Hochberg `min_{j≥i} min(1, m p_(j)/j)`.
//! Over families: an intersection of hypotheses is rejected at Bonferroni's share by the smallest adjusted p-value that it
//! contains of any family it touches, and a hypothesis when all intersections that contain it are (Marcus, Peritz & Gabriel
//! 1976). The worst intersection holds `(o, k)` and of `j − 1` other families only their largest p-value: the adjusted
//! p-value is `max_j min(1, j · min(p_ok, M_(j−1)))`, `M_(1) ≥ M_(2) ≥ …` the other families' largest, `M_(0) = ∞`.
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

/// Adjusted p-values over families (outcomes), each with the single-step adjusted p-values of its members (contrasts): bounds
/// the chance of any false rejection in any family. Families of one are Holm's; a family without p-values does not count.
#[must_use]
pub fn holm_over_families(families: &[Vec<Option<f64>>]) -> Vec<Vec<Option<f64>>> {
    let present = |p_value: &Option<f64>| p_value.filter(|p_value| !p_value.is_nan());
    let largest: Vec<Option<f64>> =
        families.iter().map(|family| family.iter().filter_map(present).max_by(f64::total_cmp)).collect();
    let adjusted = |own: usize| {
        let mut others: Vec<f64> =
            largest.iter().enumerate().filter(|(family, _)| *family != own).filter_map(|(_, largest)| *largest).collect();
        others.sort_by(|a, b| b.total_cmp(a));
        families[own]
            .iter()
            .map(|p_value| {
                let own = present(p_value)?;
                let of_intersection = |(index, other): (usize, &f64)| (index + 2) as f64 * own.min(*other);
                Some(others.iter().enumerate().map(of_intersection).fold(own, f64::max).min(1.0))
            })
            .collect()
    };
    (0..families.len()).map(adjusted).collect()
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

    #[test]
    fn families_of_one_are_holms() {
        let grid = [None, Some(0.0), Some(0.01), Some(0.02), Some(0.02), Some(0.4), Some(1.0)];
        let size = grid.len();
        for number in 0..size.pow(4) {
            let p_values: Vec<Option<f64>> = (0..4).map(|place| grid[number / size.pow(place) % size]).collect();
            let families: Vec<Vec<Option<f64>>> = p_values.iter().map(|p_value| vec![*p_value]).collect();
            let found: Vec<Option<f64>> = holm_over_families(&families).into_iter().flatten().collect();
            for (found, wanted) in found.iter().zip(holm(&p_values)) {
                assert_eq!(found.is_some(), wanted.is_some(), "{p_values:?}");
                assert!((found.unwrap_or(0.0) - wanted.unwrap_or(0.0)).abs() < 1e-15, "{p_values:?}");
            }
        }
    }

    /// The closed test written out: every set of hypotheses, Bonferroni over the families that it touches.
    fn closed_test(families: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let members: Vec<(usize, usize)> =
            families.iter().enumerate().flat_map(|(family, of)| (0..of.len()).map(move |member| (family, member))).collect();
        let mut adjusted: Vec<Vec<f64>> = families.iter().map(|family| vec![0.0; family.len()]).collect();
        for set in 1_u32..1 << members.len() {
            let inside: Vec<(usize, usize)> =
                members.iter().enumerate().filter(|(index, _)| set >> index & 1 == 1).map(|(_, member)| *member).collect();
            let touched = (0..families.len()).filter(|family| inside.iter().any(|(of, _)| of == family)).count() as f64;
            let smallest = inside.iter().map(|(family, member)| families[*family][*member]).fold(1.0, f64::min);
            for (family, member) in inside {
                adjusted[family][member] = adjusted[family][member].max((touched * smallest).min(1.0));
            }
        }
        adjusted
    }

    #[test]
    fn families_are_the_closed_test() {
        let grid = [0.001, 0.012, 0.02, 0.3];
        for number in 0..grid.len().pow(6) {
            let p_value = |place: u32| grid[number / grid.len().pow(place) % grid.len()];
            let families = [vec![p_value(0), p_value(1)], vec![p_value(2)], vec![p_value(3), p_value(4), p_value(5)]];
            let optional: Vec<Vec<Option<f64>>> =
                families.iter().map(|family| family.iter().copied().map(Some).collect()).collect();
            for (found, wanted) in holm_over_families(&optional).iter().flatten().zip(closed_test(&families).iter().flatten()) {
                assert!((found.unwrap() - wanted).abs() < 1e-15, "{families:?}");
            }
        }
    }
}
