//! Nobody writes: the no-message holdout.

use crate::domain::{Choice, Context, Occasion, Policy, WeekPlan};
use crate::kernel::Draws;

/// Sends nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Policy for Silent {
    fn boxed(&self) -> Box<dyn Policy> {
        Box::new(*self)
    }

    fn plan(&self, _context: &Context<'_>, _draws: &mut Draws, _plan: &mut WeekPlan) {}

    fn compose(&self, _context: &Context<'_>, _occasion: Occasion, _draws: &mut Draws) -> Option<Choice> {
        None
    }

    fn sends(&self) -> bool {
        false
    }
}
