//! Audiences drawn anew from what is seen of customers' behaviour: micro-segments by k-means.
//!
//! What: k-means (Lloyd 1982, seeded by k-means++, Arthur & Vassilvitskii 2007; the `linfa-clustering` crate) on standardised behaviour of at most
//! some thousand customers; everybody joins the nearest centre. Assumption: what can be seen (activity, opens, idleness, tenure) tells
//! something of what people want. Failure: with less variety than audiences some stay empty; their customers are all in the others.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::Array2;

/// Figures of behaviour per customer.
pub const FEATURES: usize = 5;
/// What is seen of one customer: recent sessions and recent direct opens (both fading), days idle, days since sign-up, channels that reach it.
pub type Behaviour = [f32; FEATURES];

/// Customers that centres are found from; more tell nothing new.
const SAMPLE: usize = 4000;
/// Starts of k-means, of which the best counts.
const STARTS: usize = 3;
/// Rounds of one start.
const ROUNDS: u64 = 60;
/// Movement of the centres below which they stand still, in standard deviations.
const TOLERANCE: f64 = 1e-3;

/// The new audience of everybody, in order; `teaches` tells whose behaviour centres are found from. `None` if there is nobody.
pub fn draw_audiences(behaviour: &[Behaviour], teaches: &[bool], audiences: usize) -> Option<Vec<u8>> {
    let observed: Vec<&Behaviour> = behaviour.iter().zip(teaches).filter(|(_, teaches)| **teaches).map(|(own, _)| own).collect();
    let scale = Scale::of(&observed)?;
    let step = observed.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<[f64; FEATURES]> = observed.iter().step_by(step).map(|own| scale.apply(own)).collect();
    let audiences = audiences.clamp(1, sample.len());
    let rows = Array2::from_shape_vec((sample.len(), FEATURES), sample.concat()).ok()?;
    // The crate seeds its own generator with a constant: the same behaviour gives the same audiences.
    let found = KMeans::params(audiences)
        .init_method(KMeansInit::KMeansPlusPlus)
        .n_runs(STARTS)
        .max_n_iterations(ROUNDS)
        .tolerance(TOLERANCE)
        .fit(&DatasetBase::from(rows))
        .ok()?;
    let mut centres: Vec<Vec<f64>> = found.centroids().rows().into_iter().map(|row| row.to_vec()).collect();
    // By activity, so that numbers mean something to a reader.
    centres.sort_by(|a, b| a[0].total_cmp(&b[0]));
    Some(behaviour.iter().map(|own| nearest(&centres, &scale.apply(own))).collect())
}

fn nearest(centres: &[Vec<f64>], own: &[f64; FEATURES]) -> u8 {
    let distance = |centre: &[f64]| centre.iter().zip(own).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let by_distance = |(_, a): &(usize, &Vec<f64>), (_, b): &(usize, &Vec<f64>)| distance(a).total_cmp(&distance(b));
    centres.iter().enumerate().min_by(by_distance).map_or(0, |(number, _)| number as u8)
}

/// Means and standard deviations of the logarithms, which all these skewed figures are compared by.
struct Scale {
    mean: [f64; FEATURES],
    spread: [f64; FEATURES],
}

impl Scale {
    fn of(observed: &[&Behaviour]) -> Option<Self> {
        let count = observed.len() as f64;
        let mut scale = Self { mean: [0.0; FEATURES], spread: [1.0; FEATURES] };
        for feature in 0..FEATURES {
            let values = || observed.iter().map(|own| logarithm(own[feature]));
            let mean = values().sum::<f64>() / count;
            let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
            scale.mean[feature] = mean;
            scale.spread[feature] = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        }
        (count > 0.0).then_some(scale)
    }

    fn apply(&self, own: &Behaviour) -> [f64; FEATURES] {
        std::array::from_fn(|feature| (logarithm(own[feature]) - self.mean[feature]) / self.spread[feature])
    }
}

/// Portable, so that audiences are the same everywhere.
fn logarithm(value: f32) -> f64 {
    f64::from(crate::kernel::portable::ln(0.1 + value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Address, Purpose, Streams};

    /// Customers of three kinds, far apart in activity and idleness.
    fn three_kinds() -> (Vec<Behaviour>, Vec<usize>) {
        let streams = Streams::new(5, 0);
        let one = |customer: usize| {
            let mut draws = streams.draws(Purpose::Person, Address { unit: customer as u32, counter: 0 });
            let kind = customer % 3;
            let sessions = [0.2, 3.0, 20.0][kind] * (1.0 + 0.1 * draws.normal());
            let idle = [60.0, 5.0, 0.5][kind] * (1.0 + 0.1 * draws.normal());
            ([sessions, 0.1 * sessions, idle, 400.0, 2.0], kind)
        };
        (0..900).map(one).unzip()
    }

    #[test]
    fn behaviour_that_falls_into_kinds_is_found_and_numbered_by_activity() {
        let (behaviour, kinds) = three_kinds();
        let audiences = draw_audiences(&behaviour, &vec![true; 900], 3).unwrap();
        assert!(audiences.iter().zip(&kinds).all(|(audience, kind)| usize::from(*audience) == *kind));
    }

    #[test]
    fn who_does_not_teach_moves_no_audience() {
        let (behaviour, _) = three_kinds();
        let alone = draw_audiences(&behaviour, &vec![true; 900], 4).unwrap();
        let (mut more, mut teaches) = (behaviour.clone(), vec![true; 900]);
        more.extend(vec![[500.0, 400.0, 0.0, 1.0, 1.0]; 300]);
        teaches.extend(vec![false; 300]);
        assert_eq!(draw_audiences(&more, &teaches, 4).unwrap()[..900], alone);
    }
}
