//! EventBridge Scheduler. A schedule takes no tags, only its group does: it stands in the stack's register.

pub mod schedule;
mod target;
