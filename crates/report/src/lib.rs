//! What a plan means to the one who reads it, and how it is drawn: pure functions of a plan.

pub mod architecture;
pub mod drawing;
pub mod html;
pub mod text;
