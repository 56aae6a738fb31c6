//! The ground truth: customers, tastes, content, responses. Nothing but the oracle and the truth recorder may read it.
//!
//! One mechanism per file, each opening with what it does, assumes and fails at. `passage` holds the life of one person, `crowd`
//! everybody in an arm.

mod blueprint;
mod content;
mod conversion;
mod crowd;
mod decisions;
mod lapse;
mod laws;
mod messages;
mod oracle;
pub mod params;
mod passage;
mod person;
mod population;
mod response;
mod rewards;
mod sessions;
mod taste;
mod understanding;

pub use blueprint::Blueprint;
pub use content::{Brief, DayTable, LatentContent, Made, Novelty, Target, Workshop};
pub use crowd::{Body, Crowd, Memory};
pub use decisions::Decisions;
pub use laws::Laws;
pub use oracle::Oracle;
pub use passage::{Mind, Outbox, Passage};
pub use person::{Person, Tally};
pub use population::{Customer, draw_customers};
pub use taste::SegmentTastes;
pub use understanding::{Observer, Understanding, understanding};
