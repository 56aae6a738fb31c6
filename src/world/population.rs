//! The customers: who they are, drawn once per replicate, the same in every arm.

use crate::domain::{MAX_CHANNELS, MAX_VERTICALS, Observables};
use crate::kernel::{Address, DAY, Draws, Purpose, Streams};
use crate::world::blueprint::Blueprint;
use crate::world::laws::Laws;
use rand_distr::{Distribution, Exp, Gamma};

/// What never changes about a customer, latent and observable.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    /// Mean seconds between candidate sessions; infinite for customers without any.
    pub candidate_gap: f32,
    /// Readiness to open, log-odds.
    pub receptiveness: f32,
    /// Preferred hour as a fraction of the day.
    pub preferred_time: f32,
    /// Log-odds per unit of discount.
    pub price_sensitivity: f32,
    /// Log-odds of opening on each channel, beyond the channel's base.
    pub affinity: [f32; MAX_CHANNELS],
    /// Log-odds of converting per session in each vertical, base included.
    pub propensity: [f32; MAX_VERTICALS],
    /// Channels accepted at the start, bit by channel.
    pub opt_in: u8,
    /// Latent segment.
    pub segment: u8,
    /// Whether the customer starts lapsed.
    pub starts_lapsed: bool,
    /// What everybody may see.
    pub observables: Observables,
}

/// Draws all customers of a replicate. Customer `i` is the same whatever the size of the population.
pub fn draw_customers(blueprint: &Blueprint<'_>, laws: &Laws, streams: &Streams) -> Vec<Customer> {
    let size = blueprint.population.size;
    (0..size).map(|unit| draw_customer(blueprint, laws, streams.draws(Purpose::Person, Address { unit, counter: 0 }))).collect()
}

fn draw_customer(blueprint: &Blueprint<'_>, laws: &Laws, mut draws: Draws) -> Customer {
    let population = blueprint.population;
    // Draws of fixed appetite come first, so that adding a channel or a vertical moves as little as possible.
    let segment = pick(draws.unit(), population.segments.iter().map(|segment| segment.weight));
    let params = &population.segments[segment];
    let audience = if f64::from(draws.unit()) < population.audience_accuracy || population.segments.len() == 1 {
        segment
    } else {
        (segment + 1 + draws.below(population.segments.len() - 1)) % population.segments.len()
    };
    let starts_lapsed = f64::from(draws.unit()) < params.initially_lapsed;
    let platform = pick(draws.unit(), population.platforms.iter().map(|platform| platform.share));
    let region = draws.below(population.regions.len());
    let age_band = draws.below(population.age_bands.len());
    let hour = population.rhythm.preferred_hour_mean + population.rhythm.preferred_hour_spread * f64::from(draws.normal());
    let receptiveness = population.receptiveness.spread as f32 * draws.normal();
    let price_sensitivity =
        (population.offers.sensitivity_mean + population.offers.sensitivity_spread * f64::from(draws.normal())) as f32;
    let mut opt_in = 0;
    let mut affinity = [0.0; MAX_CHANNELS];
    for (number, channel) in blueprint.channels.iter().enumerate() {
        let name = &population.platforms[platform].name;
        let own = channel.opt_in_by_platform.iter().find(|entry| entry.platform == *name).map(|entry| entry.opt_in);
        opt_in |= u8::from(f64::from(draws.unit()) < own.unwrap_or(channel.opt_in)) << number;
        affinity[number] = channel.affinity_spread as f32 * draws.normal();
    }
    let mut propensity = [0.0; MAX_VERTICALS];
    for (number, vertical) in blueprint.verticals.iter().enumerate() {
        propensity[number] = (vertical.base_log_odds + vertical.propensity_spread * f64::from(draws.normal())) as f32;
    }
    let rate = gamma(params.sessions_per_day.shape, &mut draws) * params.sessions_per_day.mean / params.sessions_per_day.shape;
    let tenure_days = Exp::new(1.0 / population.tenure_mean_days.max(1e-9)).map_or(0.0, |law| law.sample(&mut draws));
    Customer {
        candidate_gap: (f64::from(DAY) / (rate * laws.candidate_factor)) as f32,
        receptiveness,
        preferred_time: (hour / 24.0).rem_euclid(1.0) as f32,
        price_sensitivity,
        affinity,
        propensity,
        opt_in,
        segment: segment as u8,
        starts_lapsed,
        observables: Observables {
            audience: audience as u8,
            platform: platform as u8,
            region: region as u8,
            age_band: age_band as u8,
            tenure_days: tenure_days.min(65_535.0) as u16,
        },
    }
}

/// A Gamma draw with mean `shape`.
fn gamma(shape: f64, draws: &mut Draws) -> f64 {
    Gamma::new(shape, 1.0).map_or(0.0, |law| law.sample(draws))
}

/// The index whose cumulated share first exceeds `u`.
fn pick(u: f32, shares: impl Iterator<Item = f64>) -> usize {
    let mut sum = 0.0;
    let mut last = 0;
    for (index, share) in shares.enumerate() {
        sum += share;
        if share > 0.0 {
            last = index;
        }
        if f64::from(u) < sum {
            return index;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a over the bits of a thousand samples.
    fn fingerprint(mut sample: impl FnMut(&mut Draws<'_>) -> f64) -> u64 {
        let streams = Streams::new(5, 0);
        let mut draws = streams.draws(Purpose::Person, Address { unit: 1, counter: 0 });
        (0..1000).fold(0xcbf2_9ce4_8422_2325, |hash: u64, _| (hash ^ sample(&mut draws).to_bits()).wrapping_mul(0x0100_0000_01b3))
    }

    /// A dependency that changes its samples, or a feature that switches its mathematics, moves every result: it has to be seen here first.
    #[test]
    fn samples_of_the_distribution_library_stay_put() {
        let found = [
            fingerprint(|draws| gamma(0.8, draws)),
            fingerprint(|draws| gamma(1.5, draws)),
            fingerprint(|draws| Exp::new(0.01).expect("a rate").sample(draws)),
        ];
        assert_eq!(found, [9_978_239_810_539_441_431, 10_060_372_853_856_943_327, 7_178_050_371_408_721_314]);
    }
}
