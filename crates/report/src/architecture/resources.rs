//! A plan's resources as the drawing needs them: found by type, by what others know them by, and
//! with who names whom.

use super::effect::Tally;
use cairn_engine::SavedPlan;
use cairn_engine::saved::SavedChange;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What others know a resource by.
const NAMING: &[&str] = &["id", "arn", "name"];

/// The resources of a plan; a number is a place in its `changes`.
pub struct Resources<'p> {
    plan: &'p SavedPlan,
    by_name: HashMap<&'p str, Vec<usize>>,
    by_address: HashMap<&'p str, usize>,
    by_type: BTreeMap<&'p str, Vec<usize>>,
}

impl<'p> Resources<'p> {
    /// Of a plan.
    pub fn new(plan: &'p SavedPlan) -> Resources<'p> {
        let mut found = Resources { plan, by_name: HashMap::new(), by_address: HashMap::new(), by_type: BTreeMap::new() };
        for (i, change) in plan.changes.iter().enumerate() {
            found.by_address.entry(&change.address).or_insert(i);
            found.by_type.entry(&change.type_name).or_default().push(i);
            let mut names: Vec<&str> = [&change.after, &change.before]
                .into_iter()
                .flat_map(|side| NAMING.iter().filter_map(|n| side.get(n).and_then(Json::as_str)))
                .chain(change.id.as_deref())
                .filter(|n| !n.is_empty())
                .collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                found.by_name.entry(name).or_default().push(i);
            }
        }
        found
    }

    /// What happens to some of them, with what drifted of all.
    pub fn tally(&self, drifted: &BTreeSet<usize>, of: impl IntoIterator<Item = usize>) -> Tally {
        Tally::of(self.plan, drifted, of)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.plan.changes.len()
    }

    /// One of them.
    pub fn change(&self, i: usize) -> &'p SavedChange {
        &self.plan.changes[i]
    }

    /// Its type.
    pub fn type_name(&self, i: usize) -> &'p str {
        &self.change(i).type_name
    }

    /// All of a type.
    pub fn of_type(&self, type_name: &str) -> &[usize] {
        self.by_type.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// The types that there are.
    pub fn types(&self) -> impl Iterator<Item = &'p str> + '_ {
        self.by_type.keys().copied()
    }

    /// A value as it will be; as it is where it goes, or where only apply can tell.
    pub fn value(&self, i: usize, name: &str) -> Option<&'p Json> {
        let change = self.change(i);
        let there = |side: &'p Json| side.get(name).filter(|v| !v.is_null());
        there(&change.after).or_else(|| there(&change.before))
    }

    /// Text of it; empty text is none.
    pub fn text(&self, i: usize, name: &str) -> Option<&'p str> {
        self.value(i, name).and_then(Json::as_str).filter(|t| !t.is_empty())
    }

    /// A tag of it, whatever the case of its key.
    pub fn tag(&self, i: usize, key: &str) -> Option<&'p str> {
        let tags = self.value(i, "tags").and_then(Json::as_object)?;
        tags.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).and_then(|(_, v)| v.as_str()).filter(|t| !t.is_empty())
    }

    /// The resources of some types that arguments of this one name, without itself, in the order of the plan.
    pub fn named(&self, i: usize, arguments: &[&str], types: &[&str]) -> Vec<usize> {
        let found: BTreeSet<usize> = arguments.iter().flat_map(|a| self.named_by(i, a)).collect();
        found.into_iter().filter(|other| *other != i && types.contains(&self.type_name(*other))).collect()
    }

    /// The resources of a type that this one names anywhere.
    pub fn named_anywhere(&self, i: usize, type_name: &str) -> Vec<usize> {
        let change = self.change(i);
        let sides = [&change.after, &change.before];
        let mut arguments: Vec<&str> =
            sides.iter().filter_map(|s| s.as_object()).flat_map(|s| s.keys()).map(String::as_str).filter(|a| !NAMING.contains(a)).collect();
        arguments.extend(self.plan.references.get(&change.address).into_iter().flat_map(|r| r.keys()).map(String::as_str));
        arguments.extend(change.after_unknown.as_object().into_iter().flat_map(|o| o.keys()).map(String::as_str));
        self.named(i, &arguments, &[type_name])
    }

    fn named_by(&self, i: usize, argument: &str) -> Vec<usize> {
        let change = self.change(i);
        let mut found = self.mentioned(change.after.get(argument));
        let references = self.plan.references.get(&change.address);
        if let Some(addresses) = references.and_then(|r| r.get(argument)) {
            found.extend(addresses.iter().filter_map(|a| self.by_address.get(a.as_str())));
        }
        if found.is_empty() {
            found = self.mentioned(change.before.get(argument));
        }
        // A plan without references says only what a resource depends on.
        if found.is_empty() && self.plan.references.is_empty() && holds_true(change.after_unknown.get(argument)) {
            found = change.depends_on.iter().filter_map(|a| self.by_address.get(a.as_str()).copied()).collect();
        }
        found
    }

    fn mentioned(&self, value: Option<&Json>) -> Vec<usize> {
        match value {
            Some(Json::String(text)) => self.by_name.get(text.as_str()).cloned().unwrap_or_default(),
            Some(Json::Array(all)) => all.iter().flat_map(|v| self.mentioned(Some(v))).collect(),
            Some(Json::Object(all)) => all.values().flat_map(|v| self.mentioned(Some(v))).collect(),
            _ => Vec::new(),
        }
    }

    /// What people call it: its `Name` tag or name, or else its address.
    pub fn label(&self, i: usize) -> String {
        let change = self.change(i);
        let named = ["name", "identifier", "bucket", "function_name", "alias", "domain_name"].into_iter().find_map(|n| self.text(i, n));
        named.or_else(|| self.tag(i, "Name")).map_or_else(|| local_name(change), str::to_string)
    }
}

/// The block's name and its key, without type and module.
pub fn local_name(change: &SavedChange) -> String {
    match &change.index {
        None => change.name.clone(),
        Some(Json::String(key)) => format!("{} {key}", change.name),
        Some(key) => format!("{} {key}", change.name),
    }
}

fn holds_true(shape: Option<&Json>) -> bool {
    match shape {
        Some(Json::Bool(b)) => *b,
        Some(Json::Array(all)) => all.iter().any(|v| holds_true(Some(v))),
        Some(Json::Object(all)) => all.values().any(|v| holds_true(Some(v))),
        _ => false,
    }
}
