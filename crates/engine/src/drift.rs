//! Drift: what somebody changed in the world, told apart from what merely follows from a change.

use crate::plan::{Action, Change, Difference, Misplaced, Misplacement, Plan, Reason};
use crate::snapshot::Live;
use crate::terraform_data::TERRAFORM_DATA;
use cairn_model::{Address, Value};

/// One thing that is not as the configuration says.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The resource; for a stray, an address made up of its parent's module and its id.
    pub address: Address,
    /// Its type.
    pub type_name: &'static str,
    /// Its id; nothing for one that is missing.
    pub id: Option<String>,
    /// Key of the provider configuration.
    pub provider: String,
    /// Its attributes: as AWS has them, or as the configuration says of one that is missing.
    pub value: Value,
    /// What is the matter.
    pub kind: FindingKind,
}

/// A call that changed something, as a history of calls tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Who called.
    pub user: String,
    /// When, in RFC 3339.
    pub time: String,
    /// Where the call came from: an IP address or a service.
    pub source: String,
    /// The call, such as `ec2:ModifyVpcAttribute`.
    pub call: String,
    /// What the history knows it by.
    pub event_id: String,
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
    /// Others carry its mark too.
    Twice {
        /// Their ids.
        others: Vec<String>,
        /// What differs on the one that is taken for it.
        differences: Vec<Difference>,
    },
    /// What has its name does not carry its mark.
    Unmarked {
        /// Whose it is.
        whose: String,
        /// What differs.
        differences: Vec<Difference>,
    },
    /// It carries the stack's mark, and is not what the mark says: nothing is done with it.
    Foreign {
        /// What the mark says.
        mark: String,
    },
}

impl FindingKind {
    /// The values that differ.
    pub fn differences(&self) -> &[Difference] {
        match self {
            FindingKind::Changed(differences) | FindingKind::Twice { differences, .. } | FindingKind::Unmarked { differences, .. } => {
                differences
            }
            FindingKind::Missing | FindingKind::Stray | FindingKind::Orphaned | FindingKind::Foreign { .. } => &[],
        }
    }

    /// The same with other differences, as far as it has any.
    #[must_use]
    pub fn with_differences(self, anew: Vec<Difference>) -> FindingKind {
        match self {
            FindingKind::Changed(_) => FindingKind::Changed(anew),
            FindingKind::Twice { others, .. } => FindingKind::Twice { others, differences: anew },
            FindingKind::Unmarked { whose, .. } => FindingKind::Unmarked { whose, differences: anew },
            other => other,
        }
    }
}

/// What drifted, in the order of the plan, and marks on foreign resources. Types that could not be read are in
/// `plan.unchecked`.
pub fn drift(plan: &Plan) -> Vec<Finding> {
    let changes = plan.changes.iter().filter_map(|change| Some(finding(change, judged(plan, change)?)));
    changes.chain(plan.misplaced.iter().filter_map(foreign)).collect()
}

fn finding(change: &Change, kind: FindingKind) -> Finding {
    let value = change.live.as_ref().map(|l: &Live| l.value.clone()).or_else(|| change.config.clone()).unwrap_or_else(Value::null);
    Finding {
        address: change.address.clone(),
        type_name: change.schema.name,
        id: change.live.as_ref().map(|l| l.id.clone()),
        provider: change.provider.clone(),
        value,
        kind,
    }
}

fn foreign(misplaced: &Misplaced) -> Option<Finding> {
    let Misplacement::Foreign(mark) = &misplaced.how else { return None };
    Some(Finding {
        address: misplaced.address.clone(),
        type_name: misplaced.live.schema.name,
        id: Some(misplaced.live.id.clone()),
        provider: misplaced.live.provider.clone(),
        value: misplaced.live.value.clone(),
        kind: FindingKind::Foreign { mark: mark.clone() },
    })
}

/// What is the matter with a resource, its mark included.
fn judged(plan: &Plan, change: &Change) -> Option<FindingKind> {
    let kind = kind(change);
    let misplaced = plan.misplaced.iter().find(|m| m.address == change.address && change.config.is_some());
    let Some(misplaced) = misplaced else { return kind };
    let differences = kind.as_ref().map(|k| k.differences().to_vec()).unwrap_or_default();
    match &misplaced.how {
        Misplacement::Twice(others) => Some(FindingKind::Twice { others: others.clone(), differences }),
        Misplacement::Absent(whose) => Some(FindingKind::Unmarked { whose: whose.clone(), differences }),
        Misplacement::Foreign(_) => kind,
    }
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
