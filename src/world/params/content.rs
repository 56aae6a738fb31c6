//! Content: slots and the initial library of components.

use crate::domain::{Bounds, Faults, MAX_SLOTS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The slots of a message and the library every arm starts from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContentParams {
    /// Slots; a message has one component in each.
    pub slots: Vec<SlotParams>,
    /// log-odds: standard deviation of the appeal that a component has for everybody. Assumed.
    pub appeal_spread: f64,
    /// from 0 to 1: how well the components of the initial library are aimed at the taste of some segment (0 at random, 1 exactly). Assumed.
    pub initial_aim: f64,
    /// days: age of the oldest component of the initial library at the start of the pre-period; ages are spread evenly. Assumed.
    pub initial_age_days: f64,
    /// Brand-safety scores of components, evenly spread.
    pub brand_safety: BrandSafetyParams,
}

/// One slot of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SlotParams {
    /// Name of the slot (theme, tone, offer, call to action…).
    pub name: String,
    /// components: the slot's part of the initial library. Assumed.
    pub components: u32,
    /// components: how many the slot can hold at once; launching more needs a retirement first. Default: half as many again as `components`.
    pub capacity: Option<u32>,
    /// log-odds: how strongly the slot's content speaks to taste (norm of its vectors). Assumed: 1 unless some slots matter more than others.
    pub weight: f64,
    /// shares of the price: discount depths handed to the slot's components in turn; empty means no discounts.
    pub discounts: Vec<f64>,
    /// Verticals promoted by the slot's components, in turn; `""` promotes none.
    pub promotes: Vec<String>,
}

/// Range of brand-safety scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BrandSafetyParams {
    /// score from 0 to 1: lowest score of a component. Assumed.
    pub low: f64,
    /// score from 0 to 1: highest score of a component. Assumed.
    pub high: f64,
}

impl SlotParams {
    /// Largest number of live components.
    pub fn capacity(&self) -> u32 {
        self.capacity.unwrap_or(self.components + self.components.div_ceil(2))
    }
}

impl Default for ContentParams {
    fn default() -> Self {
        let slot = |name: &str, components| SlotParams { name: name.to_owned(), components, ..SlotParams::default() };
        Self {
            slots: vec![
                slot("theme", 8),
                slot("tone", 5),
                SlotParams { promotes: vec!["strategic".to_owned(), String::new()], ..slot("offer", 4) },
            ],
            appeal_spread: 0.15,
            initial_aim: 0.3,
            initial_age_days: 90.0,
            brand_safety: BrandSafetyParams::default(),
        }
    }
}

impl Default for SlotParams {
    fn default() -> Self {
        Self { name: String::new(), components: 5, capacity: None, weight: 1.0, discounts: Vec::new(), promotes: Vec::new() }
    }
}

impl Default for BrandSafetyParams {
    fn default() -> Self {
        Self { low: 0.9, high: 1.0 }
    }
}

impl ContentParams {
    /// Records everything that is wrong with these parameters; `verticals` are the names of the scenario's verticals.
    pub fn validate(&self, verticals: &[&str], faults: &mut Faults) {
        if self.slots.is_empty() || self.slots.len() > MAX_SLOTS {
            faults.add("slots", format!("{} slots", self.slots.len()), format!("between 1 and {MAX_SLOTS} slots"));
        }
        faults.distinct_names("slots", self.slots.iter().map(|slot| slot.name.as_str()));
        faults.each("slots", &self.slots, |faults, slot| slot.validate(verticals, faults));
        faults.number("appeal_spread", self.appeal_spread, Bounds::between(0.0, 10.0));
        faults.number("initial_aim", self.initial_aim, Bounds::SHARE);
        faults.number("initial_age_days", self.initial_age_days, Bounds::between(0.0, 3650.0));
        faults.within("brand_safety", |faults| {
            faults.number("low", self.brand_safety.low, Bounds::SHARE);
            faults.number("high", self.brand_safety.high, Bounds::SHARE);
            if self.brand_safety.low > self.brand_safety.high {
                faults.add("low", self.brand_safety.low, format!("a score no higher than `high` ({})", self.brand_safety.high));
            }
        });
    }
}

impl SlotParams {
    fn validate(&self, verticals: &[&str], faults: &mut Faults) {
        if self.components == 0 {
            faults.add_with_hint(
                "components",
                0,
                "at least 1 component: a message needs one in every slot",
                "an empty library cannot send anything; remove the slot or give it a component",
            );
        }
        faults.count("components", self.components.max(1).into(), 1, 200);
        if let Some(capacity) = self.capacity {
            faults.count("capacity", capacity.into(), self.components.into(), 250);
        }
        faults.number("weight", self.weight, Bounds::between(0.0, 20.0));
        for (index, discount) in self.discounts.iter().enumerate() {
            faults.number(&format!("discounts[{index}]"), *discount, Bounds::between(0.0, 0.95));
        }
        for (index, vertical) in self.promotes.iter().enumerate().filter(|(_, vertical)| !vertical.is_empty()) {
            faults.known_name(&format!("promotes[{index}]"), vertical, verticals, "vertical");
        }
    }
}
