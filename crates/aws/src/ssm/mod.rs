//! Systems Manager.

pub mod parameter_data;
