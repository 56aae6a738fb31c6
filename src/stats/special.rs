//! Special functions behind the distributions: the regularised incomplete beta function for any size of its
//! parameters, with tails that keep their relative accuracy.
//!
//! Not here: distributions (see `distributions`), the gamma and error functions (taken from `statrs` and `libm`).
//!
//! Why our own: a trial has millions of customers, hence millions of degrees of freedom. There
//! `ln Γ(a + b) − ln Γ(a)` loses nine digits by cancellation and a continued fraction cut at a fixed small number of
//! terms has not converged. The logarithm of the beta function is therefore formed from the Stirling corrections,
//! whose large parts cancel on paper (Didonato & Morris 1992, ACM TOMS 18, section 2), and the fraction runs until it
//! has converged.

use statrs::function::gamma::ln_gamma;

/// `ln √(2π)`.
const LN_SQRT_TWO_PI: f64 = 0.918_938_533_204_672_7;
/// From here on six terms of Stirling's series are exact to double precision.
const STIRLING_FROM: f64 = 10.0;
/// Enough for parameters of 10¹⁰: the fraction needs about the square root of the larger one.
const MOST_TERMS: u32 = 200_000;

/// The point and shape of an incomplete beta function; `x` and `complement` are both given because `1 − x` cannot be
/// recovered from an `x` near one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct IncompleteBeta {
    /// First shape, above zero.
    pub(crate) a: f64,
    /// Second shape, above zero.
    pub(crate) b: f64,
    /// Upper limit of the integral, 0 to 1.
    pub(crate) x: f64,
    /// `1 − x`, computed without cancellation.
    pub(crate) complement: f64,
}

impl IncompleteBeta {
    /// `I_x(a, b)`, the regularised lower incomplete beta function.
    pub(crate) fn regularized(self) -> f64 {
        if self.x <= 0.0 {
            return 0.0;
        }
        if self.complement <= 0.0 {
            return 1.0;
        }
        if self.x > (self.a + 1.0) / (self.a + self.b + 2.0) {
            1.0 - self.mirrored().by_continued_fraction()
        } else {
            self.by_continued_fraction()
        }
    }

    fn mirrored(self) -> Self {
        Self { a: self.b, b: self.a, x: self.complement, complement: self.x }
    }

    /// `x^a (1 − x)^b / B(a, b)` over the continued fraction of Didonato & Morris 1992, section 4, by the modified Lentz
    /// method. Its terms hold `a(1 − x) − bx` as one number, so nothing cancels however large `a` and `b` are.
    fn by_continued_fraction(self) -> f64 {
        let Self { a, b, x, complement } = self;
        // The logarithm of whichever of the two is near one comes from its small complement.
        let ln_x = if x > 0.5 { (-complement).ln_1p() } else { x.ln() };
        let ln_complement = if complement > 0.5 { (-x).ln_1p() } else { complement.ln() };
        let front = (a * ln_x + b * ln_complement - ln_beta(a, b)).exp();
        let balance = a * complement - b * x + 1.0;
        let mut fraction = away_from_zero(a * balance / (a + 1.0));
        let mut c = fraction;
        let mut d = 0.0;
        for term in 1..MOST_TERMS {
            let m = f64::from(term);
            let spread = a + 2.0 * m - 1.0;
            let above = (a + m - 1.0) / spread * ((a + b + m - 1.0) / spread) * (m * (b - m) * x * x);
            let below = m + m * (b - m) * x / spread + (a + m) * (balance + m * (2.0 - x)) / (spread + 2.0);
            d = away_from_zero(below + above * d).recip();
            c = away_from_zero(below + above / c);
            let factor = c * d;
            fraction *= factor;
            if (factor - 1.0).abs() <= f64::EPSILON {
                break;
            }
        }
        front / fraction
    }
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < 1e-300 { 1e-300 } else { value }
}

/// `ln B(a, b)` for positive `a` and `b`, without the cancellation of three log-gammas.
fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a <= b { (a, b) } else { (b, a) };
    let sum = small + large;
    if small >= STIRLING_FROM {
        let correction = stirling_correction(small) + stirling_correction(large) - stirling_correction(sum);
        LN_SQRT_TWO_PI - 0.5 * large.ln() + correction + (small - 0.5) * (small / sum).ln() + large * (-small / sum).ln_1p()
    } else if large >= STIRLING_FROM {
        let correction = stirling_correction(large) - stirling_correction(sum);
        ln_gamma(small) + correction + small - small * sum.ln() + (large - 0.5) * (-small / sum).ln_1p()
    } else {
        ln_gamma(small) + ln_gamma(large) - ln_gamma(sum)
    }
}

/// `ln Γ(x) − [(x − ½) ln x − x + ln √(2π)]` for `x ≥ 10` (DLMF 5.11.1).
fn stirling_correction(x: f64) -> f64 {
    let inverse = x.recip();
    let square = inverse * inverse;
    inverse
        * (1.0 / 12.0
            + square
                * (-1.0 / 360.0
                    + square
                        * (1.0 / 1260.0 + square * (-1.0 / 1680.0 + square * (1.0 / 1188.0 - square * (691.0 / 360_360.0))))))
}
