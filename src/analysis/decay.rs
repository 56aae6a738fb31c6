//! Decay of an effect to a plateau: `u(t) = a + (u₀ − a) e^(−kt)`.
//!
//! **What**: start u₀ (at time 0), plateau a and rate k of a curve of effects; the half-life of the excess over the plateau,
//! the time to half of the start, and the share that stays.
//! **Assumptions**: the effect decays exponentially towards a constant. Whether it does is for [`compare`] to say.
//! **Formula**: variable projection: for each k the best a and u₀ − a solve a straight regression on `e^(−kt)`, so one
//! dimension is searched (a grid over ln k, then golden sections), and Gauss–Newton steps on all three polish the end.
//! Standard errors: from residuals, `s² (J'WJ)⁻¹`, or from the covariance Ω of the points across replicates,
//! `(J'WJ)⁻¹ J'WΩWJ (J'WJ)⁻¹`. Model choice by AICc, `n ln(RSS/n) + 2K + 2K(K+1)/(n − K − 1)`.
//! **Reference**: Golub & Pereyra 1973; Hurvich & Tsai 1989.
//! **Failure**: fewer than four points, times that are not distinct, numbers that are not finite. A rate at the edge of what
//! the times can tell, or a flat curve, is fitted but flagged as not identified.
//! Not here: the uncertainty of whole curves (see `decay_bootstrap`).

use nalgebra::{Matrix3, Vector3};

/// Rates searched, times the length of observation: below the first the curve is a straight line, above the second it has
/// fallen before the second point.
const LEAST_RATE_TIMES_SPAN: f64 = 0.1;
const MOST_RATE_TIMES_SPAN: f64 = 60.0;
/// Points of the grid over the logarithm of the rate.
const GRID: usize = 200;
/// A sum of squares below this share of the values' size is rounding.
const ROUNDING: f64 = 1e-26;

/// A curve of effects over time.
#[derive(Debug, Clone, Copy)]
pub struct Curve<'a> {
    /// Times since the start of decay, in months, ascending.
    pub times: &'a [f64],
    /// The effect at each time.
    pub values: &'a [f64],
    /// Weight of each point (one over its variance); `None` for equal weights.
    pub weights: Option<&'a [f64]>,
}

/// Whether the points tell the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identification {
    /// They do.
    Identified,
    /// The curve is as good as straight: the plateau lies beyond the observed time.
    RateTooSlow,
    /// The curve has reached its plateau by the second point.
    RateTooFast,
    /// The curve is constant: there is no decay to have a rate.
    Flat,
}

/// A fitted curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecayFit {
    /// Effect at time 0.
    pub start: f64,
    /// Effect in the long run.
    pub plateau: f64,
    /// Rate k per month.
    pub rate: f64,
    /// Weighted sum of squared residuals.
    pub residual_square_sum: f64,
    /// Whether rate, and with it start and plateau, are told by the points.
    pub identification: Identification,
}

/// Why there is no fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoFit {
    /// Times, values and weights differ in number.
    #[error("times, values and weights differ in number")]
    UnequalLengths,
    /// Fewer than four points.
    #[error("{points} points, at least four are needed")]
    TooFewPoints {
        /// Points given.
        points: usize,
    },
    /// A number is not finite, a weight is not above zero, or times do not ascend.
    #[error("times must ascend, values be finite and weights above zero")]
    Invalid,
}

/// Standard errors of a fit, in the order of its fields.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecayStdErrors {
    /// Of the start.
    pub start: f64,
    /// Of the plateau.
    pub plateau: f64,
    /// Of the rate.
    pub rate: f64,
}

impl DecayFit {
    /// The fitted effect at a time.
    #[must_use]
    pub fn at(&self, time: f64) -> f64 {
        self.plateau + (self.start - self.plateau) * (-self.rate * time).exp()
    }

    /// Time in which the excess over the plateau halves, `ln 2 / k`; `None` if the rate is not identified.
    #[must_use]
    pub fn half_life(&self) -> Option<f64> {
        (self.identification == Identification::Identified).then(|| std::f64::consts::LN_2 / self.rate)
    }

    /// Time at which half of the start is left; `None` if the plateau lies above that or the rate is not identified.
    #[must_use]
    pub fn time_to_half_of_start(&self) -> Option<f64> {
        let left = (0.5 * self.start - self.plateau) / (self.start - self.plateau);
        let reached = self.identification == Identification::Identified && left > 0.0 && left <= 1.0;
        reached.then(|| -left.ln() / self.rate)
    }

    /// Share of the start that stays, `a/u₀`; `None` for a start of zero.
    #[must_use]
    pub fn plateau_share(&self) -> Option<f64> {
        Some(self.plateau / self.start).filter(|share| share.is_finite())
    }

    /// Share of the start that is left at a time; `None` for a start of zero.
    #[must_use]
    pub fn share_at(&self, time: f64) -> Option<f64> {
        Some(self.at(time) / self.start).filter(|share| share.is_finite())
    }

    /// Derivatives of the fitted effect at a time by plateau, start and rate.
    fn gradient(&self, time: f64) -> Vector3<f64> {
        let left = (-self.rate * time).exp();
        Vector3::new(1.0 - left, left, -(self.start - self.plateau) * time * left)
    }

    fn information(&self, curve: &Curve<'_>) -> Matrix3<f64> {
        let mut information = Matrix3::zeros();
        for (index, &time) in curve.times.iter().enumerate() {
            let gradient = self.gradient(time);
            information += curve.weight(index) * gradient * gradient.transpose();
        }
        information
    }

    /// Standard errors from the residuals around the curve; `None` unless identified.
    #[must_use]
    pub fn residual_std_errors(&self, curve: &Curve<'_>) -> Option<DecayStdErrors> {
        let freedom = curve.times.len().checked_sub(3).filter(|freedom| *freedom > 0)? as f64;
        let inverse = self.identified_information(curve)?.try_inverse()?;
        std_errors(inverse * (self.residual_square_sum / freedom))
    }

    /// Standard errors from the covariance of the curve's points, as it is across replicates; `None` unless identified.
    #[must_use]
    pub fn sandwich_std_errors(&self, curve: &Curve<'_>, covariance: &[Vec<f64>]) -> Option<DecayStdErrors> {
        let points = curve.times.len();
        if covariance.len() != points || covariance.iter().any(|row| row.len() != points) {
            return None;
        }
        let inverse = self.identified_information(curve)?.try_inverse()?;
        let mut middle = Matrix3::zeros();
        for (i, row) in covariance.iter().enumerate() {
            for (j, entry) in row.iter().enumerate() {
                let outer = self.gradient(curve.times[i]) * self.gradient(curve.times[j]).transpose();
                middle += curve.weight(i) * curve.weight(j) * *entry * outer;
            }
        }
        std_errors(inverse * middle * inverse)
    }

    fn identified_information(&self, curve: &Curve<'_>) -> Option<Matrix3<f64>> {
        (self.identification == Identification::Identified).then(|| self.information(curve))
    }
}

fn std_errors(covariance: Matrix3<f64>) -> Option<DecayStdErrors> {
    let [plateau, start, rate] = [0, 1, 2].map(|index| covariance[(index, index)].sqrt());
    let found = DecayStdErrors { start, plateau, rate };
    [start, plateau, rate].iter().all(|error| error.is_finite()).then_some(found)
}

impl Curve<'_> {
    fn weight(&self, index: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[index])
    }

    fn check(&self) -> Result<(), NoFit> {
        let points = self.times.len();
        if self.values.len() != points || self.weights.is_some_and(|weights| weights.len() != points) {
            return Err(NoFit::UnequalLengths);
        }
        if points < 4 {
            return Err(NoFit::TooFewPoints { points });
        }
        let ascending = self.times.windows(2).all(|pair| pair[0] < pair[1]);
        let finite = self.times.iter().chain(self.values).all(|number| number.is_finite());
        let weighted = self.weights.is_none_or(|weights| weights.iter().all(|weight| *weight > 0.0 && weight.is_finite()));
        if ascending && finite && weighted { Ok(()) } else { Err(NoFit::Invalid) }
    }

    /// Weighted least squares of the values on `regressor`: intercept, slope and what is left.
    fn straight(&self, regressor: impl Fn(f64) -> f64) -> (f64, f64, f64) {
        let weighted = |term: &dyn Fn(usize) -> f64| (0..self.times.len()).map(|i| self.weight(i) * term(i)).sum::<f64>();
        let total = weighted(&|_| 1.0);
        let centre = weighted(&|i| regressor(self.times[i])) / total;
        let level = weighted(&|i| self.values[i]) / total;
        let square = weighted(&|i| (regressor(self.times[i]) - centre).powi(2));
        let product = weighted(&|i| (regressor(self.times[i]) - centre) * (self.values[i] - level));
        let slope = if square > 0.0 { product / square } else { 0.0 };
        let left = weighted(&|i| (self.values[i] - level - slope * (regressor(self.times[i]) - centre)).powi(2));
        (level - slope * centre, slope, left)
    }

    fn fit_at(&self, rate: f64) -> DecayFit {
        let (plateau, excess, left) = self.straight(|time| (-rate * time).exp());
        let identification = Identification::Identified;
        DecayFit { start: plateau + excess, plateau, rate, residual_square_sum: left, identification }
    }

    fn size(&self) -> f64 {
        (0..self.values.len()).map(|i| self.weight(i) * self.values[i].powi(2)).sum()
    }
}

/// Fits exponential decay to a plateau.
///
/// # Errors
/// See [`NoFit`].
pub fn fit(curve: &Curve<'_>) -> Result<DecayFit, NoFit> {
    curve.check()?;
    let (level, _, spread) = curve.straight(|_| 0.0);
    let span = curve.times[curve.times.len() - 1] - curve.times[0];
    let (least, most) = ((LEAST_RATE_TIMES_SPAN / span).ln(), (MOST_RATE_TIMES_SPAN / span).ln());
    if spread <= ROUNDING * curve.size() {
        let identification = Identification::Flat;
        return Ok(DecayFit { start: level, plateau: level, rate: least.exp(), residual_square_sum: spread, identification });
    }
    let step = (most - least) / (GRID - 1) as f64;
    let left = |ln_rate: f64| curve.fit_at(ln_rate.exp()).residual_square_sum;
    let squares: Vec<f64> = (0..GRID).map(|index| left(least + step * index as f64)).collect();
    let best = (0..GRID).fold(0, |best, index| if squares[index] < squares[best] { index } else { best });
    let at_edge = match best {
        0 => Some(Identification::RateTooSlow),
        last if last == GRID - 1 => Some(Identification::RateTooFast),
        _ => None,
    };
    if let Some(identification) = at_edge {
        let rate = (least + step * best as f64).exp();
        return Ok(DecayFit { identification, ..curve.fit_at(rate) });
    }
    let centre = least + step * best as f64;
    let rate = golden_section(left, centre - step, centre + step).exp();
    Ok(polished(curve, curve.fit_at(rate), (centre - step).exp()..(centre + step).exp()))
}

/// The minimum of a function with one minimum between `low` and `high`.
fn golden_section(function: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let share = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut left, mut right) = (high - share * (high - low), low + share * (high - low));
    let (mut at_left, mut at_right) = (function(left), function(right));
    for _ in 0..60 {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - share * (high - low);
            at_left = function(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + share * (high - low);
            at_right = function(right);
        }
    }
    0.5 * (low + high)
}

/// Gauss–Newton steps on plateau, start and rate, as long as they stay near.
fn polished(curve: &Curve<'_>, found: DecayFit, near: std::ops::Range<f64>) -> DecayFit {
    let mut fit = found;
    for _ in 0..200 {
        let mut towards = Vector3::zeros();
        for (index, (&time, &value)) in curve.times.iter().zip(curve.values).enumerate() {
            towards += curve.weight(index) * (value - fit.at(time)) * fit.gradient(time);
        }
        let Some(step) = fit.information(curve).lu().solve(&towards) else { return found };
        let next = DecayFit { plateau: fit.plateau + step[0], start: fit.start + step[1], rate: fit.rate + step[2], ..fit };
        if !near.contains(&next.rate) {
            return found;
        }
        fit = next;
        let size = fit.plateau.abs() + fit.start.abs();
        if (step[0].abs() + step[1].abs()) <= 1e-15 * size && step[2].abs() <= 1e-15 * fit.rate {
            break;
        }
    }
    let left = |(index, &time): (usize, &f64)| curve.weight(index) * (curve.values[index] - fit.at(time)).powi(2);
    let residual_square_sum: f64 = curve.times.iter().enumerate().map(left).sum();
    // Steps that wandered off the minimum are discarded.
    if residual_square_sum <= found.residual_square_sum * (1.0 + 1e-9) + ROUNDING * curve.size() {
        DecayFit { residual_square_sum, ..fit }
    } else {
        found
    }
}

/// The three shapes a curve may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// No change over time.
    Constant,
    /// A straight line.
    Linear,
    /// Exponential decay to a plateau.
    Exponential,
}

/// AICc of each shape; smaller is better, differences below 2 say little.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShapeComparison {
    /// Of no change.
    pub constant: Option<f64>,
    /// Of a straight line.
    pub linear: Option<f64>,
    /// Of exponential decay; `None` when there are too few points to judge it.
    pub exponential: Option<f64>,
    /// The shape with the smallest one.
    pub best: Option<Shape>,
}

/// Compares exponential decay with no change and with a straight line.
///
/// # Errors
/// See [`NoFit`].
pub fn compare(curve: &Curve<'_>) -> Result<ShapeComparison, NoFit> {
    let exponential = fit(curve)?;
    // Exact fits would have a criterion of minus infinity: squares below rounding count as rounding.
    let floor = ROUNDING * curve.size().max(f64::MIN_POSITIVE);
    let criterion = |left: f64, parameters: usize| {
        let (points, counted) = (curve.times.len() as f64, (parameters + 1) as f64);
        let correction = points - counted - 1.0;
        (correction > 0.0)
            .then(|| points * (left.max(floor) / points).ln() + 2.0 * counted + 2.0 * counted * (counted + 1.0) / correction)
    };
    let constant = criterion(curve.straight(|_| 0.0).2, 1);
    let linear = criterion(curve.straight(|time| time).2, 2);
    let exponential = criterion(exponential.residual_square_sum, 3);
    let candidates = [(constant, Shape::Constant), (linear, Shape::Linear), (exponential, Shape::Exponential)];
    let best = candidates
        .into_iter()
        .filter_map(|(criterion, shape)| criterion.map(|criterion| (criterion, shape)))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, shape)| shape);
    Ok(ShapeComparison { constant, linear, exponential, best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_curve_is_recovered() {
        let times: Vec<f64> = (0..11).map(|month| f64::from(month) + 0.5).collect();
        let values: Vec<f64> = times.iter().map(|time| 0.3 + 0.5 * (-0.4 * time).exp()).collect();
        let curve = Curve { times: &times, values: &values, weights: None };
        let found = fit(&curve).unwrap();
        assert!((found.start - 0.8).abs() < 1e-11 && (found.plateau - 0.3).abs() < 1e-11 && (found.rate - 0.4).abs() < 1e-11);
        assert_eq!(found.identification, Identification::Identified);
        assert!((found.half_life().unwrap() - std::f64::consts::LN_2 / 0.4).abs() < 1e-9);
        assert_eq!(compare(&curve).unwrap().best, Some(Shape::Exponential));
    }

    #[test]
    fn curves_that_do_not_tell_a_rate_say_so() {
        let times: Vec<f64> = (0..8).map(f64::from).collect();
        let judge = |values: &[f64]| fit(&Curve { times: &times, values, weights: None }).unwrap();
        let flat = judge(&[0.57; 8]);
        assert_eq!((flat.identification, flat.half_life(), flat.plateau_share()), (Identification::Flat, None, Some(1.0)));
        let straight: Vec<f64> = times.iter().map(|time| 1.0 - 0.1 * time).collect();
        assert_eq!(judge(&straight).identification, Identification::RateTooSlow);
        let mut sudden = vec![0.2; 8];
        sudden[0] = 1.0;
        assert_eq!(judge(&sudden).identification, Identification::RateTooFast);
        assert_eq!(judge(&[0.0; 8]).plateau_share(), None);
    }

    #[test]
    fn bad_curves_are_refused() {
        let refused = |times: &[f64], values: &[f64]| fit(&Curve { times, values, weights: None }).unwrap_err();
        assert_eq!(refused(&[0.0, 1.0, 2.0], &[1.0; 3]), NoFit::TooFewPoints { points: 3 });
        assert_eq!(refused(&[0.0, 1.0, 1.0, 2.0], &[1.0; 4]), NoFit::Invalid);
        assert_eq!(refused(&[0.0, 1.0, 2.0, 3.0], &[1.0, f64::NAN, 1.0, 1.0]), NoFit::Invalid);
        assert_eq!(refused(&[0.0, 1.0], &[1.0]), NoFit::UnequalLengths);
    }
}
