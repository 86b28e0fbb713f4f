//! SNS: topics are found by their names, subscriptions through their topics.

pub mod topic;
pub mod topic_subscription;
