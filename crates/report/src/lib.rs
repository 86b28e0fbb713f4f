//! What a plan means to the one who reads it, and how it is drawn: pure functions of a plan.

pub mod architecture;
pub mod cause;
pub mod drawing;
pub mod drift;
pub mod finding;
pub mod graph;
pub mod html;
pub mod impact;
pub mod markdown;
pub mod review;
pub mod text;
pub mod ui;
pub mod verbs;
