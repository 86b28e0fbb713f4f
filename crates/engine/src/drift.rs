//! Drift: what somebody changed in the world, told apart from what merely follows from a change.

use crate::plan::{Action, Change, Difference, Plan, Reason};
use crate::terraform_data::TERRAFORM_DATA;
use cairn_model::Address;

/// One thing that is not as the configuration says.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The resource; for a stray, an address made up of its parent's module and its id.
    pub address: Address,
    /// Its type.
    pub type_name: &'static str,
    /// Its id; nothing for one that is missing.
    pub id: Option<String>,
    /// What is the matter.
    pub kind: FindingKind,
}

/// What is the matter with a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum FindingKind {
    /// These values are not what the configuration says.
    Changed(Vec<Difference>),
    /// It is declared and not there.
    Missing,
    /// It is part of something of the stack's, and no block declares it.
    Stray,
    /// It carries the stack's mark, and no block declares it any more.
    Orphaned,
}

/// What drifted, in the order of the plan. Types that could not be read are in `plan.unchecked`.
pub fn drift(plan: &Plan) -> Vec<Finding> {
    plan.changes.iter().filter_map(|change| Some(finding(change, kind(change)?))).collect()
}

fn finding(change: &Change, kind: FindingKind) -> Finding {
    Finding { address: change.address.clone(), type_name: change.schema.name, id: change.live.as_ref().map(|l| l.id.clone()), kind }
}

fn kind(change: &Change) -> Option<FindingKind> {
    match change.reason {
        Some(Reason::DeleteBecauseStray) => return Some(FindingKind::Stray),
        Some(
            Reason::DeleteBecauseNoResourceConfig
            | Reason::DeleteBecauseCountIndex
            | Reason::DeleteBecauseEachKey
            | Reason::DeleteBecauseNoModule
            | Reason::DeleteBecauseDeposed,
        ) => return Some(FindingKind::Orphaned),
        _ => {}
    }
    if change.schema.name == TERRAFORM_DATA {
        return None;
    }
    if change.live.is_none() {
        let missing = change.config.is_some() && matches!(change.action, Action::Create | Action::NoOp) && !follows(change);
        return missing.then_some(FindingKind::Missing);
    }
    let drifted: Vec<Difference> = change.differences.iter().filter(|d| d.drift).cloned().collect();
    (!drifted.is_empty()).then_some(FindingKind::Changed(drifted))
}

/// True for a part that is not there because its whole is not: what would tell it from others is
/// known only when that is made.
fn follows(change: &Change) -> bool {
    let Some(config) = &change.config else { return false };
    change.schema.keys().any(|a| config.get(a.name).is_some_and(|v| !v.is_wholly_known()))
}
