//! Identity and Access Management.

pub mod policy_document;
