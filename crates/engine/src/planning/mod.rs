//! Planning: a pure function of a configuration, a live snapshot and a few options. It does no I/O,
//! and the same inputs give the same plan.

pub(crate) mod compose;
mod data;
pub(crate) mod differ;
pub(crate) mod equal;
pub(crate) mod evaluate;
mod finish;
mod ignore;
pub(crate) mod marks;
mod misplaced;
mod orphans;
mod planner;
mod selection;
mod survey;
mod tags;
mod target;
pub(crate) mod world;

pub use survey::{Surveyed, survey};
pub use target::TargetAddress;

pub(crate) use data::key as data_key;
pub(crate) use planner::Planner as Walk;

use crate::plan::Plan;
use crate::provider::Provider;
use crate::snapshot::{DataKey, Snapshot};
use cairn_model::instance::Configuration;
use cairn_model::{Address, Diagnostics, StackId};

/// What kind of plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanMode {
    /// Makes the world what the configuration says.
    #[default]
    Normal,
    /// Destroys everything of the stack.
    Destroy,
    /// Says what differs and changes nothing.
    RefreshOnly,
    /// As [`PlanMode::Normal`], but only to be looked at: what would make an apply impossible (a mark that is
    /// not where it belongs, a replacement that is not allowed) is noted rather than refused.
    Drift,
}

/// What to plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanOptions {
    /// The stack whose marks count.
    pub stack: StackId,
    /// What kind of plan.
    pub mode: PlanMode,
    /// Only these and what they depend on; empty for all.
    pub targets: Vec<TargetAddress>,
    /// All but these and what depends on them.
    pub excludes: Vec<TargetAddress>,
    /// Replace these, though nothing forces it.
    pub replace: Vec<Address>,
}

impl PlanOptions {
    /// A plan that makes the world what the configuration says.
    pub fn new(stack: StackId) -> PlanOptions {
        PlanOptions { stack, mode: PlanMode::Normal, targets: Vec::new(), excludes: Vec::new(), replace: Vec::new() }
    }
}

/// What planning came to.
#[derive(Clone, Debug)]
pub enum Planned {
    /// The plan.
    Plan(Box<Plan>),
    /// These data sources must be read first; then plan again.
    NeedsData(Vec<DataKey>),
}

/// The summary of the warning that comes with `-target` and `-exclude`.
pub(crate) const TARGETED: &str = "the plan is incomplete: -target or -exclude leaves things out";

/// Plans.
pub fn plan(
    configuration: &dyn Configuration,
    provider: &dyn Provider,
    snapshot: &Snapshot,
    options: &PlanOptions,
) -> Result<Planned, Diagnostics> {
    plan_and_wanted(configuration, provider, snapshot, options).map(|(planned, _)| planned)
}

/// Plans, and says which instances it met, to tell whether all of them had been looked for.
pub(crate) fn plan_and_wanted(
    configuration: &dyn Configuration,
    provider: &dyn Provider,
    snapshot: &Snapshot,
    options: &PlanOptions,
) -> Result<(Planned, Vec<crate::provider::Wanted>), Diagnostics> {
    let mut planner = planner::Planner::new(provider, snapshot, options);
    let walked = configuration.walk(&mut planner);
    let wanted = planner.take_wanted();
    Ok((planner.finish(walked)?, wanted))
}
