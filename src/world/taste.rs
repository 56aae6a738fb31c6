//! Tastes and how they drift: segments day by day, customers knot by knot, both by exact Ornstein–Uhlenbeck transitions.

use crate::kernel::portable::cos_turns;
use crate::kernel::{Address, Draws, Purpose, Streams};
use crate::world::blueprint::Blueprint;
use crate::world::laws::{LANES, Laws};

/// Tastes of the segments on one day: `vectors[segment * stride ..]`.
///
/// Stationary: each dimension has standard deviation `strength / sqrt(dimensions)`, so that the expected squared norm is `strength`².
#[derive(Clone, Debug)]
pub struct SegmentTastes {
    vectors: Vec<f32>,
    stride: usize,
    dimensions: usize,
    persistence: f32,
    innovation: f32,
    turns: Vec<Turn>,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    day: u32,
    angle_turns: f32,
    segment: Option<usize>,
}

impl SegmentTastes {
    /// Tastes on day 0, drawn from the stationary law.
    pub fn new(blueprint: &Blueprint<'_>, laws: &Laws, streams: &Streams) -> Self {
        let population = blueprint.population;
        let dimensions = population.taste.dimensions as usize;
        let spread = population.taste.strength / (dimensions as f64).sqrt();
        let persistence = (-1.0 / population.drift.segment_half_life_days).exp2();
        let mut tastes = Self {
            vectors: vec![0.0; population.segments.len() * laws.stride],
            stride: laws.stride,
            dimensions,
            persistence: persistence as f32,
            innovation: (spread * (1.0 - persistence * persistence).sqrt()) as f32,
            turns: population
                .drift
                .breaks
                .iter()
                .map(|turn| Turn {
                    day: blueprint.calendar.pre_days() + turn.day,
                    angle_turns: (turn.angle_degrees / 360.0) as f32,
                    segment: turn.segment.as_ref().and_then(|name| population.segments.iter().position(|s| s.name == *name)),
                })
                .collect(),
        };
        for segment in 0..population.segments.len() {
            let mut draws = streams.draws(Purpose::SegmentTaste, Address { unit: segment as u32, counter: 0 });
            tastes.of_mut(segment)[..dimensions].fill_with(|| spread as f32 * draws.normal());
        }
        tastes
    }

    /// Taste of a segment today.
    pub fn of(&self, segment: usize) -> &[f32] {
        &self.vectors[segment * self.stride..(segment + 1) * self.stride]
    }

    /// Number of segments.
    pub fn count(&self) -> usize {
        self.vectors.len() / self.stride
    }

    fn of_mut(&mut self, segment: usize) -> &mut [f32] {
        &mut self.vectors[segment * self.stride..(segment + 1) * self.stride]
    }

    /// Steps from day `day - 1` to `day`, scheduled turns included.
    pub fn step(&mut self, day: u32, streams: &Streams) {
        let (dimensions, persistence, innovation) = (self.dimensions, self.persistence, self.innovation);
        for segment in 0..self.count() {
            let mut draws = streams.draws(Purpose::SegmentTaste, Address { unit: segment as u32, counter: day });
            for value in &mut self.of_mut(segment)[..dimensions] {
                *value = persistence * *value + innovation * draws.normal();
            }
        }
        for (number, turn) in self.turns.clone().into_iter().enumerate().filter(|(_, turn)| turn.day == day) {
            for segment in (0..self.count()).filter(|segment| turn.segment.is_none_or(|only| only == *segment)) {
                let draws = streams.draws(Purpose::TrendBreak, Address { unit: segment as u32, counter: number as u32 });
                rotate(&mut self.of_mut(segment)[..dimensions], turn.angle_turns, draws);
            }
        }
    }
}

/// Turns `taste` by an angle within the plane it spans with a random direction; its norm stays. With one dimension the sign turns at half a turn.
fn rotate(taste: &mut [f32], angle_turns: f32, mut draws: Draws) {
    let norm = dot(taste, taste).sqrt();
    if norm == 0.0 {
        return;
    }
    let mut other: Vec<f32> = taste.iter().map(|_| draws.normal()).collect();
    let along = dot(&other, taste) / (norm * norm);
    other.iter_mut().zip(&*taste).for_each(|(value, own)| *value -= along * own);
    let length = dot(&other, &other).sqrt().max(1e-12);
    let (cosine, sine) = (cos_turns(angle_turns), cos_turns(angle_turns - 0.25));
    for (own, side) in taste.iter_mut().zip(&other) {
        *own = cosine * *own + sine * norm * side / length;
    }
}

/// Sum of products.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Sum of products of full lanes, added up pairwise: the same order on every machine, and one that vector registers can follow.
#[inline(always)]
pub fn dot_lanes(a: &[f32; LANES], b: &[f32; LANES]) -> f32 {
    let p: [f32; LANES] = std::array::from_fn(|lane| a[lane] * b[lane]);
    let q: [f32; LANES / 2] = std::array::from_fn(|lane| p[lane] + p[lane + LANES / 2]);
    (q[0] + q[2]) + (q[1] + q[3])
}

/// A customer's own taste deviation at the knot it starts from, drawn from the stationary law.
pub fn first_deviation(deviation: &mut [f32], dimensions: usize, laws: &Laws, streams: &Streams, customer: u32) {
    let mut draws = streams.draws(Purpose::Taste, Address { unit: customer, counter: 0 });
    deviation[..dimensions].fill_with(|| laws.taste_spread * draws.normal());
}

/// Applies all knots up to and including `knot` to a customer's deviation that stands at `*at_knot`.
///
/// Whether they are applied one by one as time goes by or all at once makes no difference to the result.
#[inline]
pub fn advance_deviation(deviation: &mut [f32], at_knot: &mut u32, knot: u32, walk: &Walk<'_>) {
    while *at_knot < knot {
        *at_knot += 1;
        let address = Address { unit: walk.customer, counter: *at_knot };
        for (part, lane) in deviation.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let normals = walk.streams.eight_normals(Purpose::Taste, address, part as u32);
            for (value, normal) in lane.iter_mut().zip(normals) {
                *value = walk.persistence * *value + walk.innovation * normal;
            }
        }
    }
}

/// The law and the randomness of a customer's taste walk.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    /// Randomness.
    pub streams: &'a Streams,
    /// Customer.
    pub customer: u32,
    /// Autocorrelation between knots.
    pub persistence: f32,
    /// Standard deviation of a knot's innovation.
    pub innovation: f32,
}
