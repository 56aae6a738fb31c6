//! The ground truth: customers, tastes, content, responses. Nothing but the oracle and the truth recorder may read it.

pub mod params;
