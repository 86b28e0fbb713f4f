//! What a plan means to the one who reads it, and how it is drawn: pure functions of a plan.

pub mod drift;
pub mod text;
