//! What a change does to those who use a resource: what stops, what is lost, how long it takes. A type
//! says what AWS documents of it; what that means for one change is worked out here.

use crate::plan::{Action, Change, Difference, Reason};
use crate::provider::{Provider, TypeFacts};
use cairn_model::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long the verbs of a type typically take on AWS: estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typical {
    /// To make one.
    pub create: Duration,
    /// To change one.
    pub update: Duration,
    /// To destroy one.
    pub delete: Duration,
}

/// What the users of a type's resources notice when one is changed or destroyed.
#[derive(Clone, Copy, Debug)]
pub struct Effects {
    /// What goes for good with one that is destroyed, such as `every table and row`.
    pub holds: Option<&'static str>,
    /// What stops while there is none, such as `connections to the database`.
    pub serves: Option<&'static str>,
    /// What others may know it by and a replacement has anew, such as `its DNS name`.
    pub known_by: Option<&'static str>,
    /// What changes in place do.
    pub in_place: &'static [InPlace],
}

impl Effects {
    /// Nobody notices anything.
    pub const NONE: Effects = Effects { holds: None, serves: None, known_by: None, in_place: &[] };
}

/// What a change of arguments in place does.
#[derive(Clone, Copy, Debug)]
pub struct InPlace {
    /// The arguments and blocks; `name*` stands for all that begin so.
    pub arguments: &'static [&'static str],
    /// How bad it is.
    pub does: Does,
    /// What is concerned, such as `connections: the instance reboots`.
    pub what: &'static str,
    /// Whether a change from the one value to the other does it. Both are known.
    pub when: fn(&Value, &Value) -> bool,
    /// Where AWS says so.
    pub source: &'static str,
}

/// How bad an effect is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Data is gone for good.
    Loses,
    /// Data may be gone for good.
    MayLose,
    /// Something stops for a while, or until there is another.
    Interrupts,
    /// Something may stop for a while.
    MayInterrupt,
    /// Others know it by something that it has anew.
    Renames,
}

/// What keeps data that a destruction would lose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spared {
    /// Nothing is lost, and why.
    Kept(String),
    /// It is lost later, unless somebody steps in, and how.
    Grace(String),
}

/// One thing that somebody notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// How bad it is.
    pub does: Does,
    /// What is concerned.
    pub what: String,
    /// The arguments whose change does it; none where the destruction does.
    pub arguments: Vec<String>,
    /// What keeps the data, where data would be lost.
    pub spared: Option<Spared>,
    /// When it happens, if not at once.
    pub postponed: Option<String>,
    /// Where AWS says so.
    pub source: Option<String>,
}

/// What a change does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// What somebody notices, the worst first.
    pub effects: Vec<Effect>,
    /// How long it typically takes, in seconds: an estimate.
    pub seconds: u64,
}

/// A change of any kind does it.
pub fn always(_: &Value, _: &Value) -> bool {
    true
}

/// A number is lowered.
pub fn lowered(have: &Value, want: &Value) -> bool {
    matches!((have.as_i64(), want.as_i64()), (Some(have), Some(want)) if want < have)
}

/// A switch is taken off.
pub fn switched_off(have: &Value, want: &Value) -> bool {
    have.as_bool() == Some(true) && want.as_bool() != Some(true)
}

/// Something that was there is not any more: an element of a set, or the whole.
pub fn taken_away(have: &Value, want: &Value) -> bool {
    match (have.elements(), want.elements()) {
        (Some(have), Some(want)) => have.iter().any(|v| !want.contains(v)),
        _ => !have.is_null(),
    }
}

/// What a change does.
pub(crate) fn of(change: &Change, provider: &dyn Provider) -> Impact {
    let Some(facts) = provider.facts(change.schema.name) else { return Impact::default() };
    let mut effects = match change.action {
        Action::NoOp | Action::Read | Action::Create => Vec::new(),
        Action::Update => in_place(change, &facts, provider),
        Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete => destroyed(change, &facts, provider),
    };
    effects.sort_by_key(|e| e.does);
    Impact { effects, seconds: duration(change, &facts.typical).as_secs() }
}

fn duration(change: &Change, typical: &Typical) -> Duration {
    match change.action {
        Action::NoOp | Action::Read => Duration::ZERO,
        Action::Create => typical.create,
        Action::Update if change.differences.iter().all(is_tag) => typical.update.min(Duration::from_secs(2)),
        Action::Update => typical.update,
        Action::Delete => typical.delete,
        Action::DeleteThenCreate | Action::CreateThenDelete => typical.create + typical.delete,
    }
}

/// True for a difference of tags.
fn is_tag(difference: &Difference) -> bool {
    matches!(difference.path.root(), "tags" | "tags_all")
}

fn destroyed(change: &Change, facts: &TypeFacts, provider: &dyn Provider) -> Vec<Effect> {
    let effect =
        |does, what: &str| Effect { does, what: what.to_string(), arguments: Vec::new(), spared: None, postponed: None, source: None };
    let mut out = Vec::new();
    if let Some(what) = facts.effects.holds {
        let spared = change.live.as_ref().and_then(|live| provider.spared(live, change.config.as_ref()));
        out.push(Effect { spared, ..effect(Does::Loses, what) });
    }
    // Where another serves before this one goes, nothing stops.
    let succeeded = change.action == Action::CreateThenDelete || change.reason == Some(Reason::DeleteBecauseDeposed);
    if let Some(what) = facts.effects.serves.filter(|_| !succeeded) {
        // What somebody made by hand, the stack does not rely on.
        let by_hand = change.reason == Some(Reason::DeleteBecauseStray);
        out.push(effect(if by_hand { Does::MayInterrupt } else { Does::Interrupts }, what));
    }
    if let Some(what) = facts.effects.known_by.filter(|_| change.action != Action::Delete) {
        out.push(effect(Does::Renames, what));
    }
    out
}

fn in_place(change: &Change, facts: &TypeFacts, provider: &dyn Provider) -> Vec<Effect> {
    let changed: BTreeSet<&str> = change.differences.iter().map(|d| d.path.root()).collect();
    let postponed = change.config.as_ref().and_then(|config| provider.postponed(change.schema.name, config));
    let effect = |rule: &InPlace| {
        let hit: Vec<(&str, bool)> =
            changed.iter().filter(|name| rule.names(name)).filter_map(|name| Some((*name, rule.certainly(change, name)?))).collect();
        let certain = hit.iter().any(|(_, certain)| *certain);
        (!hit.is_empty()).then(|| Effect {
            does: if certain { rule.does } else { rule.does.possibly() },
            what: rule.what.to_string(),
            arguments: hit.iter().map(|(name, _)| name.to_string()).collect(),
            spared: None,
            postponed: postponed.clone(),
            source: Some(rule.source.to_string()),
        })
    };
    facts.effects.in_place.iter().filter_map(effect).collect()
}

impl InPlace {
    fn names(&self, argument: &str) -> bool {
        self.arguments.iter().any(|a| a.strip_suffix('*').map_or(*a == argument, |start| argument.starts_with(start)))
    }

    /// Whether the change of an argument does it for certain; nothing where it does not.
    fn certainly(&self, change: &Change, argument: &str) -> Option<bool> {
        let part = |value: &Value| value.get(argument).map_or_else(Value::null, Value::deep_unmarked);
        let (have, want) = (part(&change.before), part(&change.after));
        if !want.is_wholly_known() {
            return Some(false);
        }
        (self.when)(&have, &want).then_some(true)
    }
}

impl Does {
    /// The same, where it is not certain.
    fn possibly(self) -> Does {
        match self {
            Does::Loses | Does::MayLose => Does::MayLose,
            Does::Interrupts | Does::MayInterrupt => Does::MayInterrupt,
            Does::Renames => Does::Renames,
        }
    }
}
