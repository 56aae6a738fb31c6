//! Long Game.

pub mod agents;
pub mod analysis;
pub mod cli;
pub mod curation;
pub mod domain;
pub mod experiment;
pub mod kernel;
pub mod panel;
pub mod report;
pub mod scenario;
pub mod stats;
pub mod world;
