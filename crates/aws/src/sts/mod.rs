//! Who and where we are: data sources that the way in itself answers.

pub mod caller_identity;
pub mod partition;
pub mod region;
