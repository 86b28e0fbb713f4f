//! Why a change happens, as far as can be told: which argument, where it is written, which other change makes it.

use cairn_engine::saved::{SavedChange, SavedDifference, SavedPlan};
use cairn_engine::{Action, Reason};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// One reason for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause<'a> {
    /// What AWS has is not what the configuration says.
    Differs(&'a str, Option<&'a str>),
    /// The same, and it can't be changed in place.
    Forces(&'a str, Option<&'a str>),
    /// A value will be another because these resources change.
    Follows(&'a str, Vec<&'a str>),
    /// A value will be another because of the other changes of the same resource.
    Itself(&'a str),
    /// No block declares it.
    Undeclared(Reason),
    /// Somebody asked for it.
    Asked(Reason),
    /// It is not there.
    Absent,
    /// Everything is destroyed.
    Destroy,
}

/// Why a change happens, the weightiest reason first.
pub fn causes<'a>(plan: &'a SavedPlan, change: &'a SavedChange) -> Vec<Cause<'a>> {
    match (change.action, change.reason) {
        (Action::Create, _) => return vec![Cause::Absent],
        (Action::Delete, Some(reason)) => return vec![Cause::Undeclared(reason)],
        (Action::Delete, None) => return vec![Cause::Destroy],
        _ => {}
    }
    let mut out: Vec<Cause<'_>> = match change.reason {
        Some(reason @ (Reason::ReplaceByRequest | Reason::ReplaceByTriggers)) => vec![Cause::Asked(reason)],
        _ => Vec::new(),
    };
    let replaced = matches!(change.action, Action::DeleteThenCreate | Action::CreateThenDelete);
    let mut differences: Vec<&SavedDifference> = change.differences.iter().collect();
    differences.sort_by_key(|d| !(replaced && d.force_new));
    out.extend(differences.into_iter().map(|d| cause(plan, change, d, replaced)));
    out
}

fn cause<'a>(plan: &'a SavedPlan, change: &'a SavedChange, d: &'a SavedDifference, replaced: bool) -> Cause<'a> {
    let at = d.written_at.as_deref();
    if replaced && d.force_new {
        return Cause::Forces(&d.path, at);
    }
    if d.drift || !any(&d.want_unknown) {
        return Cause::Differs(&d.path, at);
    }
    let makers = makers(plan, change);
    if makers.is_empty() || at.is_none() { Cause::Itself(&d.path) } else { Cause::Follows(&d.path, makers) }
}

/// The changes that make a value unknown: those that it depends on, or that what it depends on does.
fn makers<'a>(plan: &'a SavedPlan, change: &'a SavedChange) -> Vec<&'a str> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut near: Vec<&str> = change.depends_on.iter().map(String::as_str).collect();
    while !near.is_empty() {
        let found: BTreeSet<&str> =
            near.iter().copied().filter(|a| plan.changes.iter().any(|c| c.address == *a && makes(c.action))).collect();
        if !found.is_empty() {
            return found.into_iter().collect();
        }
        seen.extend(near.iter());
        let behind = plan.changes.iter().filter(|c| near.contains(&c.address.as_str())).flat_map(|c| c.depends_on.iter());
        near = behind.map(String::as_str).filter(|a| !seen.contains(a)).collect::<BTreeSet<_>>().into_iter().collect();
    }
    Vec::new()
}

fn makes(action: Action) -> bool {
    matches!(action, Action::Create | Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete)
}

/// True when a shape marks anything.
pub(crate) fn any(shape: &Json) -> bool {
    match shape {
        Json::Bool(b) => *b,
        Json::Array(e) => e.iter().any(any),
        Json::Object(e) => e.values().any(any),
        _ => false,
    }
}
