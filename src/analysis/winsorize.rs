//! Winsorising: values beyond two quantiles become those quantiles.
//!
//! **What**: limits what single units can do to a mean, at the price of another estimand: the effect on the capped outcome.
//! **Assumptions**: the quantile was chosen before the data were seen; it is taken over all arms together, so both are capped alike.
//! **Formula**: type-7 quantiles at the share and at its mirror image, missing values aside.
//! **Reference**: Tukey 1962; Dixon 1960. **Failure**: no values.

use crate::stats::quantile::quantiles;

/// Where values are capped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Caps {
    /// Nothing is below.
    pub low: f64,
    /// Nothing is above.
    pub high: f64,
}

impl Caps {
    /// The quantiles at `1 − share` and `share`; `None` without values.
    #[must_use]
    pub fn at(values: impl Iterator<Item = f64>, share: f64) -> Option<Self> {
        let known: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
        let [low, high] = quantiles(&known, [1.0 - share, share])?;
        Some(Self { low, high })
    }

    /// Caps values and counts those that changed.
    pub fn apply(&self, values: &mut [f64]) -> u64 {
        let mut changed = 0;
        for value in values.iter_mut().filter(|value| !value.is_nan()) {
            let capped = value.clamp(self.low, self.high);
            changed += u64::from(capped != *value);
            *value = capped;
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_capped_and_gaps_stay() {
        let mut values: Vec<f64> = (0..=100).map(f64::from).chain([f64::NAN]).collect();
        let caps = Caps::at(values.iter().copied(), 0.99).expect("values");
        assert!((caps.low - 1.0).abs() < 1e-12 && (caps.high - 99.0).abs() < 1e-12);
        assert!(caps.apply(&mut values) >= 2);
        assert_eq!((values[0], values[100], values[50]), (caps.low, caps.high, 50.0));
        assert!(values[101].is_nan() && Caps::at([f64::NAN].into_iter(), 0.9).is_none());
    }
}
