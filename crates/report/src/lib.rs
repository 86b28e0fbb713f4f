//! What a plan means to the one who reads it, and how it is drawn: pure functions of a plan.

pub mod cause;
pub mod drift;
pub mod finding;
pub mod impact;
pub mod markdown;
pub mod review;
pub mod text;
pub mod ui;
pub mod verbs;
