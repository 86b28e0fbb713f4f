//! How plans, drift and outputs are drawn as text. Pure: the same plan gives the same bytes.

pub mod drift;
pub mod outputs;
pub mod plan;
mod resource;
mod values;
