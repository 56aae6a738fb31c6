//! Latin hypercubes: points spread evenly over several ranges at once.
//!
//! **What**: of `n` numbers between 0 and 1 exactly one lies in each of the `n` equal parts, in random order and at a random place in its
//! part; one such list per field gives `n` points whose every coordinate covers its range evenly.
//! **Formula**: `u_i = (π(i) + v_i) / n` with `π` a random permutation and `v_i` uniform in (0, 1).
//! **Reference**: McKay, Beckman & Conover 1979.
//! **Failure**: evenness holds for each field alone; two fields of a small design may still be correlated by chance.

use crate::kernel::{Address, Purpose, Streams};

/// The coordinates of one field. A pure function of the streams, the field's number and `samples`.
pub(crate) fn stratified(streams: &Streams, field: u32, samples: u32) -> Vec<f64> {
    let mut order: Vec<u32> = (0..samples).collect();
    let mut shuffle = streams.draws(Purpose::LatinHypercube, Address { unit: field, counter: 0 });
    for last in (1..order.len()).rev() {
        order.swap(last, shuffle.below(last + 1));
    }
    let mut place = streams.draws(Purpose::LatinHypercube, Address { unit: field, counter: 1 });
    // A word's middle: never 0 and never 1.
    let within = |word: u32| (f64::from(word) + 0.5) / 4_294_967_296.0;
    order.into_iter().map(|stratum| (f64::from(stratum) + within(place.word())) / f64::from(samples)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_range_holds_exactly_one_point() {
        for samples in [1, 2, 7, 100] {
            for field in 0..4 {
                let points = stratified(&Streams::new(9, 0), field, samples);
                let mut strata: Vec<u32> = points.iter().map(|point| (point * f64::from(samples)).floor() as u32).collect();
                strata.sort_unstable();
                assert_eq!(strata, (0..samples).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn fields_and_seeds_have_orders_of_their_own() {
        let of = |seed, field| stratified(&Streams::new(seed, 0), field, 50);
        assert_eq!(of(1, 0), of(1, 0));
        assert!(of(1, 0) != of(1, 1) && of(1, 0) != of(2, 0));
        // The correlation of two independent orders has a standard error of 1/√(n − 1).
        let (a, b) = (of(3, 0), of(3, 1));
        let product: f64 = a.iter().zip(&b).map(|(a, b)| (a - 0.5) * (b - 0.5)).sum::<f64>() * 12.0 / 50.0;
        assert!(product.abs() < 4.0 / f64::sqrt(49.0), "correlation {product}");
    }
}
