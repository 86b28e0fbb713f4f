//! Simple Notification Service.

pub mod topic;
pub mod topic_subscription;
