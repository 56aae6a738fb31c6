//! Looking at any time: asymptotic confidence sequences and the mixture sequential probability ratio test.
//!
//! **What**: intervals and p-values that stay valid however often and whenever one looks.
//! **Assumptions**: new independent units keep arriving between looks. On a fixed cohort looked at month after month n does not
//! grow and these do not cover; there use simultaneous bands over the planned looks or alpha spending.
//! **Formula**: with `s² = n·se²`, half-width `√(s² · 2(nρ²+1)/(nρ)² · ln(√(nρ²+1)/α))`, e-value
//! `exp(nρ² z²/(2(nρ²+1)))/√(nρ²+1)` with `z = δ̂/se`, and `p = min(1, 1/e)`. The mixture test with prior variance τ² and `V = se²`:
//! `Λ = √(V/(V+τ²)) exp(τ²δ̂²/(2V(V+τ²)))`, half-width `√(V(V+τ²)/τ² · (2 ln(1/α) + ln((V+τ²)/V)))`. They are the same thing at
//! `ρ² = τ²/s²`.
//! **Reference**: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024, eq. 9 (sequence) and 161 (tuning); Johari, Koomen,
//! Pekelis & Walsh 2022.
//! **Failure**: a standard error that is not above zero, no units.

/// An effect as seen at one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Units in both arms so far.
    pub units: u64,
    /// Effect so far.
    pub effect: f64,
    /// Its standard error.
    pub std_error: f64,
}

/// What can be said at one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlwaysValid {
    /// The interval is the effect ± this.
    pub half_width: f64,
    /// Evidence against no effect: under it, the chance of ever exceeding 1/α is at most α.
    pub e_value: f64,
    /// `min(1, 1/e_value)`; the smallest one over all looks so far is valid too.
    pub p_value: f64,
}

impl Look {
    fn is_defined(&self) -> bool {
        self.units > 0 && self.effect.is_finite() && self.std_error > 0.0 && self.std_error.is_finite()
    }
}

/// An asymptotic confidence sequence, tight around a chosen number of units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfidenceSequence {
    /// Error probability over all looks.
    alpha: f64,
    /// The tuning parameter ρ².
    rho_squared: f64,
}

impl ConfidenceSequence {
    /// A sequence with a given ρ²; `None` unless `0 < alpha < 1` and ρ² is above zero and finite.
    #[must_use]
    pub fn new(alpha: f64, rho_squared: f64) -> Option<Self> {
        let valid = alpha > 0.0 && alpha < 1.0 && rho_squared > 0.0 && rho_squared.is_finite();
        valid.then_some(Self { alpha, rho_squared })
    }

    /// The sequence that is narrowest at `units`: `ρ² = (−W₋₁(−α²/e) − 1)/n`, the exact optimum.
    #[must_use]
    pub fn tightest_at(alpha: f64, units: u64) -> Option<Self> {
        if !(alpha > 0.0 && alpha < 1.0) || units == 0 {
            return None;
        }
        // −W₋₁(−α²/e) is the root v > 1 of v − ln v = 1 − 2 ln α.
        let target = 1.0 - 2.0 * alpha.ln();
        let mut root = target + target.ln();
        for _ in 0..50 {
            let step = (root - root.ln() - target) / (1.0 - root.recip());
            root -= step;
            if step.abs() <= f64::EPSILON * root {
                break;
            }
        }
        Self::new(alpha, (root - 1.0) / units as f64)
    }

    /// The published approximation of [`tightest_at`](Self::tightest_at): `ρ² = (−2 ln α + ln(1 − 2 ln α))/n`.
    #[must_use]
    pub fn approximately_tightest_at(alpha: f64, units: u64) -> Option<Self> {
        if !(alpha > 0.0 && alpha < 1.0) || units == 0 {
            return None;
        }
        let twice = -2.0 * alpha.ln();
        Self::new(alpha, (twice + twice.ln_1p()) / units as f64)
    }

    /// The tuning parameter ρ².
    #[must_use]
    pub fn rho_squared(&self) -> f64 {
        self.rho_squared
    }

    /// Interval, e-value and p-value at a look; `None` for a look without units or standard error.
    #[must_use]
    pub fn at(&self, look: Look) -> Option<AlwaysValid> {
        if !look.is_defined() {
            return None;
        }
        let units = look.units as f64;
        let grown = units * self.rho_squared + 1.0;
        let variance = look.std_error * look.std_error;
        let width = 2.0 * grown / (units * self.rho_squared) * (0.5 * grown.ln() - self.alpha.ln());
        let z_squared = look.effect * look.effect / variance;
        let e_value = (0.5 * units * self.rho_squared * z_squared / grown - 0.5 * grown.ln()).exp();
        Some(AlwaysValid { half_width: (variance * width).sqrt(), e_value, p_value: e_value.recip().min(1.0) })
    }
}

/// The mixture sequential probability ratio test with a normal prior on the effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixtureTest {
    alpha: f64,
    /// Prior variance τ² of the effect.
    prior_variance: f64,
}

impl MixtureTest {
    /// `None` unless `0 < alpha < 1` and the prior variance is above zero and finite.
    #[must_use]
    pub fn new(alpha: f64, prior_variance: f64) -> Option<Self> {
        let valid = alpha > 0.0 && alpha < 1.0 && prior_variance > 0.0 && prior_variance.is_finite();
        valid.then_some(Self { alpha, prior_variance })
    }

    /// Interval, likelihood ratio (as e-value) and p-value at a look; `None` for a look without units or standard error.
    #[must_use]
    pub fn at(&self, look: Look) -> Option<AlwaysValid> {
        if !look.is_defined() {
            return None;
        }
        let variance = look.std_error * look.std_error;
        let total = variance + self.prior_variance;
        let spread = (total / variance).ln();
        let exponent = self.prior_variance * look.effect * look.effect / (2.0 * variance * total);
        let e_value = (exponent - 0.5 * spread).exp();
        let half_width = (variance * total / self.prior_variance * (spread - 2.0 * self.alpha.ln())).sqrt();
        Some(AlwaysValid { half_width, e_value, p_value: e_value.recip().min(1.0) })
    }
}

/// Running minimum of p-values: what may be reported after each look.
#[must_use]
pub fn running_p_values(looks: &[AlwaysValid]) -> Vec<f64> {
    let mut smallest = 1.0_f64;
    looks
        .iter()
        .map(|look| {
            smallest = smallest.min(look.p_value);
            smallest
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tuned_sequence_is_narrowest_where_it_was_tuned() {
        let tuned = ConfidenceSequence::tightest_at(0.05, 2000).unwrap();
        let look = Look { units: 2000, effect: 0.0, std_error: 1.0 };
        let width = tuned.at(look).unwrap().half_width;
        for factor in [0.98, 1.02] {
            let other = ConfidenceSequence::new(0.05, tuned.rho_squared() * factor).unwrap();
            assert!(other.at(look).unwrap().half_width > width);
        }
    }

    #[test]
    fn an_interval_without_zero_goes_with_a_small_p_value() {
        let sequence = ConfidenceSequence::tightest_at(0.05, 500).unwrap();
        let test = MixtureTest::new(0.05, 0.3).unwrap();
        for step in 0..60 {
            let look = Look { units: 400, effect: f64::from(step) * 0.1, std_error: 1.0 };
            for found in [sequence.at(look).unwrap(), test.at(look).unwrap()] {
                assert_eq!(look.effect.abs() >= found.half_width, found.p_value <= 0.05, "{look:?}");
            }
        }
    }

    #[test]
    fn looks_without_variation_are_not_judged() {
        let sequence = ConfidenceSequence::tightest_at(0.05, 500).unwrap();
        assert_eq!(sequence.at(Look { units: 0, effect: 0.0, std_error: 1.0 }), None);
        assert_eq!(sequence.at(Look { units: 5, effect: 0.0, std_error: 0.0 }), None);
        assert_eq!(MixtureTest::new(0.05, 0.0), None);
        assert_eq!(ConfidenceSequence::tightest_at(1.0, 500), None);
    }
}
