//! Group-sequential boundaries by alpha spending, for planned looks at one growing or maturing trial.
//!
//! **What**: at each look the critical value of |z| such that the chance of having crossed under no effect follows a spending
//! function of the information gathered so far.
//! **Assumptions**: z-statistics with independent increments of information (for a fixed cohort: cumulative sums of outcomes
//! whose increments are independent, otherwise use simultaneous bands over the looks); the spending function was fixed in
//! advance, the times of looks need not be.
//! **Formula**: two-sided and symmetric, half of the level on each side. O'Brien–Fleming type: each side spends
//! `2 − 2Φ(z_{1−α/4}/√t)`; Pocock type: `(α/2) ln(1 + (e − 1) t)`. Boundaries solve the recursion of Armitage, McPherson & Rowe
//! 1969 by Simpson's rule.
//! **Reference**: Lan & DeMets 1983; Jennison & Turnbull 2000, chapters 7 and 19.
//! **Failure**: information fractions that do not increase from above 0 to at most 1. A look at which nothing may be spent has
//! an infinite boundary.

use super::distributions::Normal;
use std::f64::consts::{E, PI};

/// Points of Simpson's rule over the region of continuation, an odd number.
const POINTS: usize = 801;
/// Beyond this many standard errors the density of z is nil.
const FARTHEST: f64 = 9.0;

/// How the level is spent as information grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spending {
    /// Little early, most at the end: the last boundary is close to the fixed one.
    OBrienFleming,
    /// Nearly constant boundaries.
    Pocock,
}

impl Spending {
    /// Chance of a false crossing, both sides together, spent up to `information` (0 to 1) of a total of `alpha`.
    #[must_use]
    pub fn spent(self, alpha: f64, information: f64) -> f64 {
        if information <= 0.0 {
            return 0.0;
        }
        let information = information.min(1.0);
        match self {
            Self::OBrienFleming => {
                let z = -Normal.quantile(0.25 * alpha).unwrap_or(f64::NEG_INFINITY);
                4.0 * Normal.upper_tail(z / information.sqrt())
            }
            Self::Pocock => alpha * ((E - 1.0) * information).ln_1p(),
        }
    }
}

/// Boundaries of |z| at each look, one per information fraction.
///
/// `None` if the fractions do not increase strictly within (0, 1] or `alpha` lies outside (0, 1).
#[must_use]
pub fn boundaries(spending: Spending, alpha: f64, information: &[f64]) -> Option<Vec<f64>> {
    let increasing = information.windows(2).all(|pair| pair[0] < pair[1]);
    let inside = information.iter().all(|fraction| *fraction > 0.0 && *fraction <= 1.0);
    if !(alpha > 0.0 && alpha < 1.0 && increasing && inside) {
        return None;
    }
    let mut bounds = Vec::with_capacity(information.len());
    let mut density: Option<Density> = None;
    let mut before = 0.0;
    for &fraction in information {
        let spent = spending.spent(alpha, fraction);
        let to_spend = (spent - before).max(0.0);
        before = spent;
        let bound = match &density {
            None => -Normal.quantile(0.5 * to_spend).unwrap_or(f64::NEG_INFINITY),
            Some(density) => density.bound(fraction, to_spend),
        };
        density = Some(Density::after(density.as_ref(), fraction, bound));
        bounds.push(bound);
    }
    Some(bounds)
}

/// Density of z at one look, where no boundary was crossed so far, with Simpson weights multiplied in.
struct Density {
    information: f64,
    nodes: Vec<f64>,
    masses: Vec<f64>,
}

impl Density {
    fn after(earlier: Option<&Self>, information: f64, bound: f64) -> Self {
        let reach = bound.min(FARTHEST);
        let step = 2.0 * reach / (POINTS - 1) as f64;
        let nodes: Vec<f64> = (0..POINTS).map(|point| -reach + step * point as f64).collect();
        let masses = nodes
            .iter()
            .enumerate()
            .map(|(point, &z)| {
                let simpson = match point {
                    0 => 1.0,
                    last if last == POINTS - 1 => 1.0,
                    odd if odd % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                let value = earlier.map_or_else(|| normal_density(z), |earlier| earlier.carried_to(information, z));
                simpson * step / 3.0 * value
            })
            .collect();
        Self { information, nodes, masses }
    }

    /// Density of z at a later look.
    fn carried_to(&self, information: f64, z: f64) -> f64 {
        let gained = information - self.information;
        let (now, then, spread) = (information.sqrt(), self.information.sqrt(), gained.sqrt());
        let terms = self.nodes.iter().zip(&self.masses);
        terms.map(|(node, mass)| mass * normal_density((z * now - node * then) / spread)).sum::<f64>() * now / spread
    }

    /// Chance of `|z| > bound` at a later look without an earlier crossing.
    fn crossing(&self, information: f64, bound: f64) -> f64 {
        let (now, then, spread) = (information.sqrt(), self.information.sqrt(), (information - self.information).sqrt());
        let terms = self.nodes.iter().zip(&self.masses);
        terms
            .map(|(node, mass)| {
                let above = Normal.upper_tail((bound * now - node * then) / spread);
                let below = Normal.upper_tail((bound * now + node * then) / spread);
                mass * (above + below)
            })
            .sum()
    }

    fn bound(&self, information: f64, to_spend: f64) -> f64 {
        let (mut low, mut high) = (0.0, 40.0);
        if to_spend <= 0.0 || self.crossing(information, high) > to_spend {
            return f64::INFINITY;
        }
        while high - low > 1e-12 * high {
            let middle = 0.5 * (low + high);
            if self.crossing(information, middle) > to_spend {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }
}

fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: &[f64], wanted: &[f64], tolerance: f64) {
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < tolerance, "{found} {wanted}");
        }
    }

    #[test]
    fn five_equal_looks_match_published_boundaries() {
        // As printed by R's gsDesign (sfLDOF, sfLDPocock) for alpha 0.05 two-sided.
        let looks = [0.2, 0.4, 0.6, 0.8, 1.0];
        let o_brien_fleming = boundaries(Spending::OBrienFleming, 0.05, &looks).unwrap();
        assert_near(&o_brien_fleming, &[4.8769, 3.3570, 2.6803, 2.2898, 2.0310], 1e-4);
        // The first two by the trapezoidal rule with 100,000 points.
        assert_near(&o_brien_fleming, &[4.876_884_948_790_8, 3.357_011_92], 1e-8);
        let pocock = boundaries(Spending::Pocock, 0.05, &looks).unwrap();
        assert_near(&pocock, &[2.4380, 2.4268, 2.4101, 2.3966, 2.3859], 1e-4);
    }

    #[test]
    fn one_look_is_the_fixed_test() {
        for spending in [Spending::OBrienFleming, Spending::Pocock] {
            assert_near(&boundaries(spending, 0.05, &[1.0]).unwrap(), &[1.959_963_984_540_054], 1e-12);
        }
    }

    #[test]
    fn impossible_plans_are_refused() {
        assert_eq!(boundaries(Spending::Pocock, 0.05, &[0.5, 0.5]), None);
        assert_eq!(boundaries(Spending::Pocock, 0.05, &[0.0, 1.0]), None);
        assert_eq!(boundaries(Spending::Pocock, 0.05, &[0.5, 1.5]), None);
        assert_eq!(boundaries(Spending::Pocock, 1.0, &[1.0]), None);
        assert_eq!(boundaries(Spending::Pocock, 0.05, &[f64::NAN]), None);
    }
}
