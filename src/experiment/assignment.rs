//! Assignment: a seeded, permanent randomisation of customers to arms.
//!
//! What: customers are ranked by a random word of their own, and the ranking is cut at the arms' shares, so that every arm has its exact
//! share of the customers (largest remainders). Assumption: complete randomisation; customers do not influence one another.

use crate::kernel::{Address, Purpose, Streams};

/// The arm of each customer.
pub fn assign(customers: u32, shares: &[f64], streams: &Streams) -> Vec<u8> {
    let sizes = arm_sizes(customers, shares);
    let mut ranking: Vec<(u32, u32, u32)> = (0..customers)
        .map(|unit| {
            let words = streams.block(Purpose::Assignment, Address { unit, counter: 0 }, 0);
            (words[0], words[1], unit)
        })
        .collect();
    ranking.sort_unstable();
    let mut arms = vec![0; customers as usize];
    let mut next = ranking.into_iter();
    for (arm, size) in sizes.into_iter().enumerate() {
        for (_, _, customer) in next.by_ref().take(size as usize) {
            arms[customer as usize] = arm as u8;
        }
    }
    arms
}

/// How many customers each arm gets: shares rounded by largest remainders, so that they sum to all.
pub fn arm_sizes(customers: u32, shares: &[f64]) -> Vec<u32> {
    let exact: Vec<f64> = shares.iter().map(|share| share * f64::from(customers)).collect();
    let mut sizes: Vec<u32> = exact.iter().map(|size| size.floor() as u32).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| (exact[*b] - exact[*b].floor()).total_cmp(&(exact[*a] - exact[*a].floor())));
    let missing = customers.saturating_sub(sizes.iter().sum());
    for arm in order.into_iter().cycle().take(missing as usize) {
        sizes[arm] += 1;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn everybody_is_assigned_and_arms_have_their_shares(customers in 1..3_000_u32, cut in 0.01..0.99_f64) {
            let shares = [cut, 1.0 - cut];
            let sizes = arm_sizes(customers, &shares);
            prop_assert_eq!(sizes.iter().sum::<u32>(), customers);
            prop_assert!((f64::from(sizes[0]) - cut * f64::from(customers)).abs() < 1.0);
            let arms = assign(customers, &shares, &Streams::new(3, 1));
            prop_assert_eq!(arms.iter().filter(|arm| **arm == 0).count() as u32, sizes[0]);
        }
    }
}
