//! What a policy says of a plan: saved with it, drawn with it.

pub use cairn_model::finding::{Finding, Severity};
