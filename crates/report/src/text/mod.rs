//! Plans, drift and outputs as text for a terminal or a log, in Terraform's words and symbols.

pub mod drift;
pub mod outputs;
pub mod plan;
pub mod policies;
pub(crate) mod resource;
mod style;
mod values;

pub use style::{Colour, Style, harmless};
pub use values::quoted;
