//! A change under review: what it does by itself, what had drifted before it, and where it only follows the world.
//! Both revisions were planned on one reading of AWS.

use crate::impact::destroys;
use cairn_engine::saved::{SavedBase, SavedChange, SavedDifference, SavedPlan};
use cairn_engine::{Action, Reason};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The parts of a reviewed plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// What this change does: the head's plan without what the base's plan does as well.
    pub change: SavedPlan,
    /// What had drifted: what the base's plan would do, but for what the head no longer wants.
    pub drift: SavedPlan,
    /// What the head writes down as AWS already has it.
    pub follows: Vec<Following>,
}

/// A resource of which the head says what AWS already has.
#[derive(Clone, Debug, PartialEq)]
pub struct Following {
    /// Its address.
    pub address: String,
    /// What the base would have done to it.
    pub instead_of: Action,
    /// The differences that there no longer are.
    pub differences: Vec<SavedDifference>,
    /// Where it is declared now; nothing where it no longer is.
    pub declared_at: Option<String>,
}

/// Takes a plan apart that was made with a base.
pub fn review(head: &SavedPlan) -> Option<Review> {
    let SavedBase { plan: base, .. } = head.base.as_ref()?;
    let (mut change, mut drift, mut follows) = (Vec::new(), Vec::new(), Vec::new());
    let old = by_key(base);
    let new = by_key(head);
    for (key, h) in &new {
        match (acts(h), old.get(key).filter(|b| acts(b))) {
            (false, None) => {}
            (false, Some(b)) => follows.push(following(b, Some(h), b.differences.clone())),
            (true, None) => change.push((*h).clone()),
            (true, Some(b)) if h.action == b.action && h.after_digest == b.after_digest => drift.push((*b).clone()),
            (true, Some(b)) if h.action == Action::Update && b.action == Action::Update => {
                let parts = apart(h, b);
                change.extend(parts.0);
                drift.extend(parts.1);
                follows.extend(parts.2);
            }
            (true, Some(b)) => {
                change.push((*h).clone());
                drift.push((*b).clone());
            }
        }
    }
    follows.extend(old.iter().filter(|(key, b)| acts(b) && !new.contains_key(key)).map(|(_, b)| following(b, None, b.differences.clone())));
    let data = head.data.clone();
    Some(Review {
        change: SavedPlan { changes: change, data, base: None, ..head.clone() },
        drift: SavedPlan { changes: drift, data: Vec::new(), base: None, ..(**base).clone() },
        follows,
    })
}

type Place<'a> = (&'a str, Option<&'a str>);

fn by_key(plan: &SavedPlan) -> BTreeMap<Place<'_>, &SavedChange> {
    let deposed = |c: &SavedChange| c.reason == Some(Reason::DeleteBecauseDeposed);
    plan.changes.iter().map(|c| ((c.address.as_str(), c.id.as_deref().filter(|_| deposed(c))), c)).collect()
}

fn acts(change: &SavedChange) -> bool {
    !matches!(change.action, Action::NoOp | Action::Read)
}

fn following(base: &SavedChange, head: Option<&SavedChange>, differences: Vec<SavedDifference>) -> Following {
    Following { address: base.address.clone(), instead_of: base.action, differences, declared_at: head.and_then(|h| h.declared_at.clone()) }
}

/// An update of both, difference by difference.
fn apart(head: &SavedChange, base: &SavedChange) -> (Option<SavedChange>, Option<SavedChange>, Option<Following>) {
    let there = |d: &SavedDifference| base.differences.iter().find(|b| b.steps == d.steps);
    let same = |a: &SavedDifference, b: &SavedDifference| a.want == b.want && a.want_unknown == b.want_unknown;
    let mut own: Vec<SavedDifference> = head.differences.iter().filter(|d| there(d).is_none_or(|b| !same(d, b))).cloned().collect();
    for d in &mut own {
        if let Some(b) = there(d).filter(|b| !crate::cause::any(&b.want_unknown)) {
            d.have = b.want.clone();
        }
    }
    let (drifted, followed): (Vec<_>, Vec<_>) =
        base.differences.iter().cloned().partition(|b| head.differences.iter().any(|d| d.steps == b.steps));
    // A hand that changed nothing but what follows from it changed nothing.
    let told = |all: &[SavedDifference]| all.iter().any(|d| d.drift);
    let change = (!own.is_empty()).then(|| narrowed(head, own, patched(&base.after, &head.before), head.after.clone()));
    let after = back(&base.after, &followed);
    let drift = told(&drifted).then(|| narrowed(base, drifted, base.before.clone(), after));
    let follows = told(&followed).then(|| following(base, Some(head), followed));
    (change, drift, follows)
}

/// A change with but these differences, and the effects that they have.
fn narrowed(change: &SavedChange, differences: Vec<SavedDifference>, before: Json, after: Json) -> SavedChange {
    let roots: Vec<&str> = differences.iter().filter_map(|d| d.steps.first()?.as_str()).collect();
    let mut impact = change.impact.clone();
    impact.effects.retain(|e| e.arguments.is_empty() || e.arguments.iter().any(|a| roots.contains(&a.as_str())));
    SavedChange { differences: differences.clone(), impact, before, after, ..change.clone() }
}

/// What is planned, and where that is unknown what there is.
fn patched(planned: &Json, live: &Json) -> Json {
    match (planned, live) {
        (Json::Object(p), Json::Object(l)) => {
            let rest = l.iter().filter(|(k, _)| !p.contains_key(*k)).map(|(k, v)| (k.clone(), v.clone()));
            Json::Object(p.iter().map(|(k, v)| (k.clone(), v.clone())).chain(rest).collect())
        }
        (Json::Null, live) => live.clone(),
        (planned, _) => planned.clone(),
    }
}

/// A planned value with these differences taken back.
fn back(planned: &Json, differences: &[SavedDifference]) -> Json {
    let mut value = planned.clone();
    for d in differences {
        let mut place = Some(&mut value);
        for step in &d.steps {
            place = match (step.as_str(), step.as_u64()) {
                (Some(name), _) => place.and_then(|p| p.get_mut(name)),
                (None, Some(index)) => place.and_then(|p| p.get_mut(usize::try_from(index).unwrap_or(usize::MAX))),
                _ => None,
            };
        }
        if let Some(place) = place {
            *place = d.have.clone();
        }
    }
    value
}

impl Following {
    /// What the base would have done, and is not done now.
    pub fn words(&self) -> &'static str {
        match self.instead_of {
            Action::Create => "is not in AWS any more, and is no longer declared",
            action if destroys(action) => "is in AWS, and is now declared so",
            _ => "is now declared as it is in AWS",
        }
    }
}
