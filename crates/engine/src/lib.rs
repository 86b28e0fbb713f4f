//! Values to changes: what differs between a configuration and the live world, in which order that
//! is mended, and the mending. It knows neither HCL nor AWS: it sees schemas, values and a provider.

pub mod apply;
pub mod declared;
pub mod digest;
pub mod drift;
pub mod driver;
pub mod event;
pub mod impact;
pub mod plan;
pub mod planning;
pub mod provider;
pub mod references;
pub mod saved;
pub mod snapshot;
mod terraform_checks;
pub mod terraform_data;
mod terraform_drift;
pub mod terraform_json;
mod wholly_unknown;

pub use apply::{Applied, ApplyOptions, Backoff, Cycle, Stop, apply, critical_path, pause_after};
pub use declared::{declared, declared_value};
pub use drift::{Finding, FindingKind, drift};
pub use driver::{Asked, Both, BothError, PrepareError, Side, ask, observe, prepare, prepare_both, settle};
pub use event::{Event, Events};
pub use impact::{Does, Effect, Effects, Impact, InPlace, Spared, Typical};
pub use plan::{Action, Change, Difference, Leg, Misplaced, Misplacement, Plan, Reason};
pub use planning::{PlanMode, PlanOptions, Planned, Surveyed, TargetAddress, plan, survey};
pub use provider::{Create, Delete, Failure, FailureKind, Provider, Survey, TypeFacts, Update, Wanted};
pub use saved::{PlanMeta, SavedBase, SavedChange, SavedPlan, load, moved, save};
pub use snapshot::{DataKey, Live, Owner, Snapshot, Unchecked};
pub use terraform_data::BuiltIn;
