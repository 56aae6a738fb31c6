//! Everything the world is built from: the scenario's world parameters, its calendar and its names, borrowed together.

use crate::kernel::Calendar;
use crate::world::params::{ChannelParams, CompetitorParams, ContentParams, PopulationParams, VerticalParams};

/// What a world is built from.
#[derive(Clone, Copy, Debug)]
pub struct Blueprint<'a> {
    /// Customers and the laws of their behaviour.
    pub population: &'a PopulationParams,
    /// Channels.
    pub channels: &'a [ChannelParams],
    /// Slots and initial library.
    pub content: &'a ContentParams,
    /// Verticals.
    pub verticals: &'a [VerticalParams],
    /// Competitors.
    pub competitors: &'a [CompetitorParams],
    /// Calendar.
    pub calendar: &'a Calendar,
    /// Hours within which an open counts as direct.
    pub attribution_window_hours: f64,
    /// money: the most a single discount can cost, where discounts have a budget; vouchers then end with the attribution window.
    pub most_per_discount: Option<f64>,
}
