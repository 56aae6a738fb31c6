//! The truth recorder's map of an arm's understanding: for every audience and slot, which component the policy believes best and which one
//! truly is, for the mean customer of the audience.
//!
//! What: worth adds up on the scale of log-odds, so that of the mean customer is the mean over the arm's own customers with this label:
//! their segments' tastes, their own deviations, what they remember of components and offers, all at the close of the month on the library
//! and the beliefs of its last day. Assumption: a policy acts on its audience's mean where it knows no more of a customer. Failure:
//! where the personal differs much, no component is best for all, and a map that is right says little about single decisions.

use crate::domain::{BeliefCell, ComponentId, Library, Policy};
use crate::kernel::{ForwardDecay, SimTime, Streams};
use crate::world::content::DayTable;
use crate::world::crowd::Crowd;
use crate::world::laws::Laws;
use crate::world::person::OFFERS;
use crate::world::population::Customer;
use crate::world::response::advance_taste;

/// Everything the recorder looks at beside the people.
#[derive(Clone, Copy)]
pub struct Observer<'a> {
    /// Laws of behaviour.
    pub laws: &'a Laws,
    /// Randomness of the replicate, for tastes that have not been touched for a while.
    pub streams: &'a Streams,
    /// All customers.
    pub customers: &'a [Customer],
    /// What may be sent.
    pub library: &'a Library,
    /// What it is worth on the last day.
    pub table: &'a DayTable,
    /// How exposures are stored.
    pub exposure_decay: ForwardDecay,
    /// Now.
    pub now: SimTime,
}

/// One cell of the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Understanding {
    /// Audience.
    pub audience: u8,
    /// Slot.
    pub slot: u8,
    /// The component that is believed best; of several, the first.
    pub believed: ComponentId,
    /// The one that truly is; of several, the first.
    pub best: ComponentId,
    /// Whether none is truly better than the one that is believed best.
    pub is_right: bool,
    /// Evidence behind the beliefs about the slot's live components, in messages, faded as the policy fades it.
    pub evidence: f32,
    /// Its mean age in days, weighted in the same way; `None` without evidence.
    pub age_days: Option<f32>,
}

/// The mean over customers of what makes content worth something to them.
#[derive(Clone, Debug)]
struct MeanCustomer {
    members: f64,
    /// Members by segment.
    segments: Vec<f64>,
    deviation: Vec<f64>,
    exposures: Vec<f64>,
    /// Price sensitivity × what remembered offers leave of a discount.
    price: f64,
}

/// The map of a policy that holds beliefs; empty for one that holds none. An audience without customers has no cells.
pub fn understanding(policy: &dyn Policy, crowd: &mut Crowd, observer: &Observer<'_>) -> Vec<Understanding> {
    let shelves = &observer.library.shelves;
    let first = shelves.first().and_then(|shelf| shelf.live.first());
    let probe = first.map(|position| BeliefCell { audience: 0, slot: 0, position: *position });
    if probe.and_then(|cell| policy.believed(cell, observer.now)).is_none() {
        return Vec::new();
    }
    let means = mean_customers(crowd, observer);
    let mut cells = Vec::new();
    for (audience, mean) in means.iter().enumerate().filter(|(_, mean)| mean.members > 0.0) {
        cells.extend((0..shelves.len()).filter_map(|slot| observer.cell(policy, mean, (audience as u8, slot))));
    }
    cells
}

/// The mean customer of every audience, over the arm's own customers.
fn mean_customers(crowd: &mut Crowd, observer: &Observer<'_>) -> Vec<MeanCustomer> {
    let (laws, table) = (observer.laws, observer.table);
    let segments = table.worth.len() / table.places.max(1);
    let nobody = MeanCustomer {
        members: 0.0,
        segments: vec![0.0; segments],
        deviation: vec![0.0; laws.stride],
        exposures: vec![0.0; table.places],
        price: 0.0,
    };
    let audiences = crowd.people().iter().map(|person| usize::from(person.audience) + 1).max().unwrap_or(0);
    let mut means = vec![nobody; audiences];
    for seat in 0..crowd.len() {
        let mut body = crowd.body(seat);
        if body.person.twin {
            continue;
        }
        let customer = &observer.customers[body.person.customer as usize];
        advance_taste(&mut body, laws, observer.streams, observer.now);
        // Fading state is read off a copy: fading it twice would round it twice, and the trial must not move.
        let mut person = *body.person;
        person.fade(observer.now, laws);
        let memory = (1.0 - laws.offer_fatigue * person.fading[OFFERS]).max(0.0);
        let mean = &mut means[usize::from(person.audience)];
        mean.members += 1.0;
        mean.segments[usize::from(customer.segment)] += 1.0;
        mean.price += f64::from(customer.price_sensitivity * memory);
        mean.deviation.iter_mut().zip(&*body.deviation).for_each(|(sum, own)| *sum += f64::from(*own));
        mean.exposures.iter_mut().zip(&*body.exposures).for_each(|(sum, own)| *sum += f64::from(*own));
    }
    for mean in means.iter_mut().filter(|mean| mean.members > 0.0) {
        let all = mean.segments.iter_mut().chain(&mut mean.deviation).chain(&mut mean.exposures);
        all.for_each(|sum| *sum /= mean.members);
        mean.price /= mean.members;
    }
    means
}

impl Observer<'_> {
    /// What a place's component is worth to the mean customer, in log-odds.
    fn worth(&self, mean: &MeanCustomer, place: usize, fade: f64) -> f64 {
        let table = self.table;
        let shares = mean.segments.iter().enumerate();
        let shared: f64 = shares.map(|(segment, share)| share * f64::from(table.worth[segment * table.places + place])).sum();
        let own: f64 = table.vector(place).iter().zip(&mean.deviation).map(|(a, b)| f64::from(*a) * b).sum();
        let worn = f64::from(self.laws.wear_out_penalty) * mean.exposures[place] * fade;
        shared + own - worn + mean.price * f64::from(table.discounts[place])
    }

    fn cell(&self, policy: &dyn Policy, mean: &MeanCustomer, (audience, slot): (u8, usize)) -> Option<Understanding> {
        let fade = f64::from(self.exposure_decay.deflate(self.now));
        let mut believed: Option<(f32, ComponentId, f64)> = None;
        let mut best: Option<(f64, ComponentId)> = None;
        let (mut evidence, mut ages) = (0.0_f32, 0.0_f32);
        for position in &self.library.shelves[slot].live {
            let id = self.library.at(slot, *position)?;
            let worth = self.worth(mean, self.table.place(slot, *position), fade);
            let belief = policy.believed(BeliefCell { audience, slot: slot as u8, position: *position }, self.now)?;
            evidence += belief.evidence;
            ages += belief.evidence * belief.age_days;
            if believed.is_none_or(|(mean, ..)| belief.mean > mean) {
                believed = Some((belief.mean, id, worth));
            }
            if best.is_none_or(|(most, _)| worth > most) {
                best = Some((worth, id));
            }
        }
        let ((_, believed, has), (most, best)) = believed.zip(best)?;
        Some(Understanding {
            audience,
            slot: slot as u8,
            believed,
            best,
            is_right: has >= most,
            evidence,
            age_days: (evidence > 0.0).then(|| ages / evidence),
        })
    }
}
