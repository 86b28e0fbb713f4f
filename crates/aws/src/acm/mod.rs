//! Certificate Manager.

pub mod certificate;
