//! Parameters of the world: plain structs, one file per mechanism, each with its defaults, sources and `validate`.
//!
//! Doc comments of fields are what `longgame fields` prints: unit first, then meaning, then where the default comes from
//! (a source, or the word *assumed*). Nothing here computes.

mod activity;
mod channels;
mod content;
mod conversion;
mod people;
mod response;

pub use activity::{HabitParams, LapseParams, SeasonParams, SessionParams};
pub use channels::{ChannelParams, OpenDelayParams, PlatformOptIn, Shown};
pub use content::{BrandSafetyParams, ContentParams, SlotParams};
pub use conversion::{
    BasketParams, CompetitorParams, ConversionDelayParams, DeadlineParams, NeedParams, VerticalParams, VerticalSeasonParams,
};
pub use people::{
    DriftParams, LoyaltyTierParams, PlatformParams, PopulationParams, RateParams, ReceptivenessParams, RhythmParams,
    SegmentParams, TasteParams, TrendBreakParams,
};
pub use response::{FatigueParams, NoveltyParams, OfferParams, WearOutParams};
