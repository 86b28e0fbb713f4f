//! What happens during a run, as it happens. Renderers only consume this.

use crate::plan::Action;
use cairn_model::Address;
use std::time::Duration;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Reading the live world began.
    ReadStarted,
    /// Reading ended.
    ReadDone {
        /// How many live resources were found.
        resources: usize,
        /// How long it took.
        elapsed: Duration,
    },
    /// A change can start as soon as these are done.
    Blocked {
        /// Of which resource.
        address: Address,
        /// The resources it waits for.
        by: Vec<Address>,
    },
    /// A step of a change began.
    Started {
        /// Of which resource.
        address: Address,
        /// Which step: create, update or delete.
        action: Action,
        /// Its id, when it has one.
        id: Option<String>,
    },
    /// A step waits for something in the world.
    Waiting {
        /// Of which resource.
        address: Address,
        /// For what, such as `NAT gateway nat-1 to become available (pending)`.
        what: String,
    },
    /// A step ended well.
    Done {
        /// Of which resource.
        address: Address,
        /// Which step.
        action: Action,
        /// Its id.
        id: String,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step failed.
    Failed {
        /// Of which resource.
        address: Address,
        /// Which step.
        action: Action,
        /// Why.
        message: String,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step was not tried.
    Skipped {
        /// Of which resource.
        address: Address,
        /// Which step.
        action: Action,
        /// The step that failed before it, or why else.
        because: String,
    },
}

/// Takes events.
pub trait Events: Send + Sync {
    /// One more.
    fn event(&self, event: Event);
}

/// Takes word of what a step waits for.
pub trait Waiting: Send + Sync {
    /// Waits for this now.
    fn waiting(&self, what: &str);
}
