//! The library of an arm as everybody may see it: slots, places, components. What a component is *like* is latent and lives in `world`.

use crate::domain::MAX_SLOTS;
use crate::kernel::SimTime;

/// A component's number within its arm's library; components keep theirs for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComponentId(pub u16);

/// Where a component came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The initial library.
    Initial,
    /// A campaign of business as usual.
    Campaign,
    /// A curating team.
    Team,
    /// A generative model.
    Generated,
}

/// What is known about a component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Component {
    /// Slot it belongs to.
    pub slot: u8,
    /// Place within the slot while it is live.
    pub position: u8,
    /// Where it came from.
    pub origin: Origin,
    /// Audience it was made for; everybody if `None`.
    pub audience: Option<u8>,
    /// Discount it carries, a share of the price.
    pub discount: f32,
    /// Vertical it promotes.
    pub promotes: Option<u8>,
    /// Brand-safety score, 0 to 1.
    pub brand_safety: f32,
    /// Whether it may be sent as far as approval goes.
    pub approved: bool,
    /// Days since day 0 at its launch; negative for components older than the simulation.
    pub launched_day: f32,
    /// When it was retired.
    pub retired: Option<SimTime>,
}

/// One slot: a fixed number of places, each empty or held by a live component.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelf {
    /// Number of this slot's first place among all places.
    pub first_place: u16,
    /// The places.
    pub places: Vec<Option<ComponentId>>,
    /// Positions of live components, in ascending order.
    pub live: Vec<u8>,
}

/// What an arm may send from. Every slot has at least one live component.
#[derive(Clone, Debug, PartialEq)]
pub struct Library {
    /// The slots.
    pub shelves: Vec<Shelf>,
    /// All components ever, live or retired, by number.
    pub components: Vec<Component>,
}

impl Library {
    /// An empty library with these capacities.
    pub fn new(capacities: &[u32]) -> Self {
        let mut first_place = 0;
        let shelves = capacities
            .iter()
            .map(|capacity| {
                let shelf = Shelf { first_place, places: vec![None; *capacity as usize], live: Vec::new() };
                first_place += *capacity as u16;
                shelf
            })
            .collect();
        Self { shelves, components: Vec::new() }
    }

    /// Number of places over all slots.
    pub fn place_count(&self) -> usize {
        self.shelves.iter().map(|shelf| shelf.places.len()).sum()
    }

    /// Number of live components.
    pub fn live_count(&self) -> usize {
        self.shelves.iter().map(|shelf| shelf.live.len()).sum()
    }

    /// Number of slots.
    pub fn slot_count(&self) -> usize {
        self.shelves.len()
    }

    /// The component at a position of a slot.
    #[inline]
    pub fn at(&self, slot: usize, position: u8) -> Option<ComponentId> {
        self.shelves[slot].places[usize::from(position)]
    }

    /// What is known about a component.
    #[inline]
    pub fn card(&self, id: ComponentId) -> &Component {
        &self.components[usize::from(id.0)]
    }

    /// All live components, slot by slot.
    pub fn live(&self) -> impl Iterator<Item = ComponentId> + '_ {
        self.shelves.iter().flat_map(|shelf| shelf.live.iter().filter_map(|position| shelf.places[usize::from(*position)]))
    }

    /// The first free position of a slot.
    pub fn free_position(&self, slot: usize) -> Option<u8> {
        self.shelves[slot].places.iter().position(Option::is_none).map(|position| position as u8)
    }

    /// Puts a component on a free position of its slot, as its `position` says, and gives its number.
    pub fn launch(&mut self, component: Component) -> ComponentId {
        let id = ComponentId(self.components.len() as u16);
        let shelf = &mut self.shelves[usize::from(component.slot)];
        debug_assert!(shelf.places[usize::from(component.position)].is_none(), "launched onto a free place");
        shelf.places[usize::from(component.position)] = Some(id);
        shelf.live = live_positions(&shelf.places);
        self.components.push(component);
        id
    }

    /// Takes a live component off its place. Refused, and `false`, if it is the last of its slot.
    pub fn retire(&mut self, id: ComponentId, now: SimTime) -> bool {
        let card = &mut self.components[usize::from(id.0)];
        let shelf = &mut self.shelves[usize::from(card.slot)];
        if shelf.live.len() < 2 || shelf.places[usize::from(card.position)] != Some(id) {
            return false;
        }
        shelf.places[usize::from(card.position)] = None;
        shelf.live = live_positions(&shelf.places);
        card.retired = Some(now);
        true
    }
}

fn live_positions(places: &[Option<ComponentId>]) -> Vec<u8> {
    (0..places.len()).filter(|position| places[*position].is_some()).map(|position| position as u8).collect()
}

/// The components of a message: one position per slot.
pub type Positions = [u8; MAX_SLOTS];
