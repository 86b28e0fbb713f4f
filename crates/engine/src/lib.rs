//! Values to changes: what differs between a configuration and the live world, in which order that
//! is mended, and the mending. It knows neither HCL nor AWS: it sees schemas, values and a provider.

pub mod event;
pub mod plan;
pub mod provider;
pub mod snapshot;

pub use event::{Event, Events};
pub use plan::{Action, Change, Difference, Plan, Reason};
pub use provider::{Create, Delete, Failure, FailureKind, Provider, Survey, TypeFacts, Update, Wanted};
pub use snapshot::{DataKey, Live, Owner, Snapshot, Unchecked};
