//! What components are really like, how they are made, and the day's table of what they are worth to each segment.

use crate::domain::{Component, ComponentId, Library, Origin};
use crate::kernel::portable::exp2;
use crate::kernel::{Draws, SimTime};
use crate::world::blueprint::Blueprint;
use crate::world::laws::{LANES, Laws};
use crate::world::taste::{SegmentTastes, dot};

/// Latent traits of the components of one library, by component number.
#[derive(Clone, Debug, Default)]
pub struct LatentContent {
    vectors: Vec<f32>,
    appeal: Vec<f32>,
    /// Whether the component harms the brand, whatever its score says.
    harmful: Vec<bool>,
    stride: usize,
}

/// Whose taste a component is aimed at.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// The average customer's.
    Everybody,
    /// The segment's that an audience of this number is named after.
    Segment(u8),
    /// The mean of an audience's members: the share of each segment in it.
    Members(&'a [f32]),
}

/// What whoever makes a component wants it to be.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    /// Slot.
    pub slot: usize,
    /// Where it comes from.
    pub origin: Origin,
    /// Audience it is for; everybody if `None`.
    pub audience: Option<u8>,
    /// Whose taste it is aimed at.
    pub target: Target<'a>,
    /// How well it is aimed at the target's taste, 0 to 1.
    pub aim: f32,
    /// Day of its launch since day 0.
    pub launched_day: f32,
    /// Number of the component among its kind, for handing out discounts and verticals in turn.
    pub turn: usize,
}

/// Makes components: the scenario's content parameters, ready for use.
#[derive(Clone, Debug)]
pub struct Workshop {
    dimensions: usize,
    stride: usize,
    appeal_spread: f32,
    safety_low: f32,
    safety_range: f32,
    slots: Vec<SlotRule>,
    segment_weights: Vec<f32>,
}

#[derive(Clone, Debug)]
struct SlotRule {
    weight: f32,
    discounts: Vec<f32>,
    promotes: Vec<Option<u8>>,
}

impl Workshop {
    /// The workshop of a scenario.
    pub fn new(blueprint: &Blueprint<'_>, laws: &Laws) -> Self {
        let content = blueprint.content;
        let vertical = |name: &String| blueprint.verticals.iter().position(|v| v.name == *name).map(|number| number as u8);
        Self {
            dimensions: blueprint.population.taste.dimensions as usize,
            stride: laws.stride,
            appeal_spread: content.appeal_spread as f32,
            safety_low: content.brand_safety.low as f32,
            safety_range: (content.brand_safety.high - content.brand_safety.low) as f32,
            slots: content
                .slots
                .iter()
                .map(|slot| SlotRule {
                    weight: slot.weight as f32,
                    discounts: slot.discounts.iter().map(|discount| *discount as f32).collect(),
                    promotes: slot.promotes.iter().map(vertical).collect(),
                })
                .collect(),
            segment_weights: blueprint.population.segments.iter().map(|segment| segment.weight as f32).collect(),
        }
    }

    /// Makes a component to a brief: its vector is the `aim`-weighted mix of the target's taste direction and a random direction,
    /// scaled to the slot's weight.
    ///
    /// The same number of draws is used whatever the brief, so that changing an aim changes nothing else.
    pub fn make(&self, brief: &Brief<'_>, tastes: &SegmentTastes, draws: &mut Draws) -> Made {
        let noise: Vec<f32> = (0..self.dimensions).map(|_| draws.normal()).collect();
        let appeal = self.appeal_spread * draws.normal();
        let brand_safety = self.safety_low + self.safety_range * draws.unit();
        let mut target = match brief.target {
            Target::Segment(segment) => tastes.of(usize::from(segment))[..self.dimensions].to_vec(),
            Target::Everybody => self.mean_taste(&self.segment_weights, tastes),
            Target::Members(shares) => self.mean_taste(shares, tastes),
        };
        normalise(&mut target);
        let mut vector = noise;
        normalise(&mut vector);
        vector.iter_mut().zip(&target).for_each(|(own, aimed)| *own = brief.aim * aimed + (1.0 - brief.aim) * *own);
        normalise(&mut vector);
        let rule = &self.slots[brief.slot];
        vector.iter_mut().for_each(|value| *value *= rule.weight);
        vector.resize(self.stride, 0.0);
        let in_turn = |count: usize| brief.turn % count.max(1);
        let component = Component {
            slot: brief.slot as u8,
            position: 0,
            origin: brief.origin,
            audience: brief.audience,
            discount: rule.discounts.get(in_turn(rule.discounts.len())).copied().unwrap_or(0.0),
            promotes: rule.promotes.get(in_turn(rule.promotes.len())).copied().flatten(),
            brand_safety,
            approved: true,
            launched_day: brief.launched_day,
            retired: None,
        };
        Made { component, vector, appeal, harmful: false }
    }

    fn mean_taste(&self, shares: &[f32], tastes: &SegmentTastes) -> Vec<f32> {
        let mut average = vec![0.0; self.dimensions];
        for (segment, weight) in shares.iter().enumerate() {
            average.iter_mut().zip(tastes.of(segment)).for_each(|(sum, value)| *sum += weight * value);
        }
        average
    }
}

/// A component that is made and not launched yet.
#[derive(Clone, Debug)]
pub struct Made {
    /// What everybody will see.
    pub component: Component,
    /// Whether it harms the brand, whatever its score says.
    pub harmful: bool,
    vector: Vec<f32>,
    appeal: f32,
}

impl LatentContent {
    /// No components, for vectors of `stride` numbers.
    pub fn new(stride: usize) -> Self {
        Self { stride, ..Self::default() }
    }

    /// Launches a component on a position of its slot.
    pub fn launch(&mut self, library: &mut Library, mut made: Made, position: u8, now: SimTime) -> ComponentId {
        made.component.position = position;
        if made.component.origin != Origin::Initial {
            made.component.launched_day = now.days_exact();
        }
        self.vectors.extend_from_slice(&made.vector);
        self.appeal.push(made.appeal);
        self.harmful.push(made.harmful);
        library.launch(made.component)
    }

    /// Taste vector of a component.
    pub fn vector(&self, id: ComponentId) -> &[f32] {
        let start = usize::from(id.0) * self.stride;
        &self.vectors[start..start + self.stride]
    }

    /// Appeal of a component.
    pub fn appeal(&self, id: ComponentId) -> f32 {
        self.appeal[usize::from(id.0)]
    }
}

/// What the live components of a library are worth on one day, by place.
///
/// Constant during the day, as segment tastes are; a component's age is taken at the start of the day.
#[derive(Clone, Debug, Default)]
pub struct DayTable {
    /// Log-odds by segment × place: fit to the segment's taste, appeal and novelty.
    pub worth: Vec<f32>,
    /// Fit alone (taste), by segment × place.
    pub fit: Vec<f32>,
    /// Taste vectors by place.
    pub vectors: Vec<f32>,
    /// Discounts by place.
    pub discounts: Vec<f32>,
    /// Promoted verticals by place, `NONE` if none.
    pub promotes: Vec<u8>,
    /// Brand safety by place.
    pub safety: Vec<f32>,
    /// `UNAPPROVED` and `UNSAFE` by place.
    pub marks: Vec<u8>,
    /// Number of places.
    pub places: usize,
    /// Number of each slot's first place.
    pub first_places: Vec<u16>,
    stride: usize,
}

/// Mark of a component that is not approved.
pub const UNAPPROVED: u8 = 1;
/// Mark of a component that harms the brand.
pub const UNSAFE: u8 = 2;

/// No vertical.
pub const NONE: u8 = u8::MAX;

/// The pull of new content.
#[derive(Clone, Copy, Debug)]
pub struct Novelty {
    /// Log-odds on the day of the launch.
    pub boost: f32,
    /// Half-life in days.
    pub half_life_days: f32,
}

impl DayTable {
    /// Makes the table of day `day`.
    pub fn build(&mut self, day: u32, library: &Library, latent: &LatentContent, tastes: &SegmentTastes, novelty: Novelty) {
        let (places, stride) = (library.place_count(), latent.stride);
        self.places = places;
        self.stride = stride;
        self.first_places = library.shelves.iter().map(|shelf| shelf.first_place).collect();
        self.worth.clear();
        self.worth.resize(places * tastes.count(), 0.0);
        self.fit.clear();
        self.fit.resize(places * tastes.count(), 0.0);
        self.vectors.clear();
        self.vectors.resize(places * stride, 0.0);
        self.discounts.clear();
        self.discounts.resize(places, 0.0);
        self.promotes.clear();
        self.promotes.resize(places, NONE);
        self.safety.clear();
        self.safety.resize(places, 1.0);
        self.marks.clear();
        self.marks.resize(places, 0);
        for id in library.live() {
            let card = library.card(id);
            let place = usize::from(self.first_places[usize::from(card.slot)]) + usize::from(card.position);
            let age = (day as f32 - card.launched_day).max(0.0);
            let pull = novelty.boost * exp2(-age / novelty.half_life_days);
            self.vectors[place * stride..(place + 1) * stride].copy_from_slice(latent.vector(id));
            self.discounts[place] = card.discount;
            self.promotes[place] = card.promotes.unwrap_or(NONE);
            self.safety[place] = card.brand_safety;
            self.marks[place] = u8::from(!card.approved) * UNAPPROVED + u8::from(latent.harmful[usize::from(id.0)]) * UNSAFE;
            for segment in 0..tastes.count() {
                let fit = dot(tastes.of(segment), latent.vector(id));
                self.fit[segment * places + place] = fit;
                self.worth[segment * places + place] = fit + latent.appeal(id) + pull;
            }
        }
    }

    /// Taste vector of the component at a place.
    #[inline(always)]
    pub fn vector(&self, place: usize) -> &[f32] {
        &self.vectors[place * self.stride..(place + 1) * self.stride]
    }

    /// Place of a position of a slot.
    #[inline(always)]
    pub fn place(&self, slot: usize, position: u8) -> usize {
        usize::from(self.first_places[slot]) + usize::from(position)
    }
}

fn normalise(vector: &mut [f32]) {
    let norm = dot(vector, vector).sqrt();
    if norm > 0.0 {
        vector.iter_mut().for_each(|value| *value /= norm);
    }
}

/// Adds `b` to `a`, lane by lane.
#[inline(always)]
pub fn accumulate(a: &mut [f32; LANES], b: &[f32]) {
    for (sum, value) in a.iter_mut().zip(b) {
        *sum += value;
    }
}
