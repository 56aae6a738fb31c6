//! Upper limits that let a person's state live inline, without heap allocation.

/// Most channels a scenario can have.
pub const MAX_CHANNELS: usize = 6;
/// Most slots a message can have.
pub const MAX_SLOTS: usize = 6;
/// Most verticals a scenario can have.
pub const MAX_VERTICALS: usize = 4;
