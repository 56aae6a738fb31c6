//! Content that a generative model makes, week after week.
//!
//! What: components come at a steady rate, slot by slot and audience by audience in turn, aimed well or badly by chance. Some would harm the
//! brand; an automatic score recognises most of these and gives them the lowest brand safety. What no reader and no score recognises can be sent.
//! Assumption: nobody looks at responses before making the next one; agents sort out what works. Failure: a full slot gives up its oldest
//! generated component, however good.

use crate::curation::GenerationParams;
use crate::kernel::Draws;

/// A generative model at work in one phase.
#[derive(Clone, Debug)]
pub struct Generator {
    params: GenerationParams,
    first_day: u32,
    made: u32,
}

/// A component that the model makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneratedOrder {
    /// Slot.
    pub slot: usize,
    /// Audience.
    pub audience: u8,
    /// How well it is aimed at what the audience wants.
    pub aim: f32,
    /// Whether it would harm the brand.
    pub is_unsafe: bool,
    /// Whether the automatic score recognises that.
    pub is_screened: bool,
}

impl Generator {
    /// A model with valid parameters that begins its work on `day`.
    pub fn new(params: &GenerationParams, day: u32) -> Self {
        Self { params: params.clone(), first_day: day, made: 0 }
    }

    /// The parameters.
    pub fn params(&self) -> &GenerationParams {
        &self.params
    }

    /// Number of components due on `day` beyond those made so far.
    pub fn due(&mut self, day: u32) -> u32 {
        let all = (f64::from(day + 1 - self.first_day) * self.params.components_per_week / 7.0).floor() as u32;
        let due = all.saturating_sub(self.made);
        self.made += due;
        due
    }

    /// The component number `number` of the arm. Always the same number of draws, so that no share moves another's chance.
    pub fn order(&self, number: u32, slots: usize, audiences: usize, draws: &mut Draws) -> GeneratedOrder {
        let aim = (self.params.aim as f32 + self.params.aim_spread as f32 * draws.normal()).clamp(0.0, 1.0);
        let is_unsafe = f64::from(draws.unit()) < self.params.unsafe_share;
        let is_screened = f64::from(draws.unit()) < self.params.screening;
        let number = number as usize;
        GeneratedOrder {
            slot: number % slots,
            audience: (number / slots % audiences) as u8,
            aim,
            is_unsafe,
            is_screened: is_unsafe && is_screened,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Address, Purpose, Streams};

    #[test]
    fn components_come_at_their_rate_and_as_safe_as_they_are_said_to_be() {
        let params =
            GenerationParams { components_per_week: 2.5, unsafe_share: 0.2, screening: 0.75, ..GenerationParams::default() };
        let mut generator = Generator::new(&params, 100);
        let made: u32 = (100..170).map(|day| generator.due(day)).sum();
        assert_eq!(made, 25, "2.5 a week in ten weeks");
        let streams = Streams::new(3, 0);
        let orders: Vec<GeneratedOrder> = (0..4000)
            .map(|number| {
                let mut draws = streams.draws(Purpose::GeneratedComponent, Address { unit: 0, counter: number });
                generator.order(number, 3, 4, &mut draws)
            })
            .collect();
        let count = |is: fn(&GeneratedOrder) -> bool| orders.iter().filter(|order| is(order)).count() as f64;
        let unsafe_count = count(|order| order.is_unsafe);
        assert!((unsafe_count / 4000.0 - 0.2).abs() < 4.0 * (0.16_f64 / 4000.0).sqrt());
        let screened = count(|order| order.is_screened) / unsafe_count;
        assert!((screened - 0.75).abs() < 4.0 * (0.1875 / unsafe_count).sqrt());
        assert_eq!((orders[5].slot, orders[5].audience), (2, 1));
    }
}
