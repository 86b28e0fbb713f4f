//! Saved plans: what a plan says, without secrets. A saved plan is not carried
//! out by itself: the apply plans again and refuses where the two differ. Everything that draws a
//! plan draws it from this, so that a plan looks the same when it is made and when it is shown.

use crate::digest;
use crate::impact::Impact;
use crate::plan::{Action, Change, Counts, DataRead, Difference, Plan, Reason};
use crate::references::References;
use crate::terraform_checks::checks;
use cairn_model::finding::Finding;
use cairn_model::instance::Relevant;
use cairn_model::json::{sensitive_shape, to_json_shown, unknown_shape};
use cairn_model::{Address, Key, Kind, Mode, Path, Step, Type, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The name and version of the format.
pub const FORMAT: &str = "cairn-plan/1";

/// What the caller adds to a saved plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanMeta {
    /// Digest of the configuration's files.
    pub config_digest: String,
    /// When it was made, in RFC 3339.
    pub timestamp: String,
    /// The configuration in Terraform's JSON; `null` where nobody asks for it.
    pub configuration: Json,
    /// The root module's variables in Terraform's JSON; `null` where nobody asks for them.
    pub variables: Json,
}

/// A plan as it is saved and drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// Name and version of this format.
    pub format: String,
    /// The stack: `name/workspace`.
    pub stack: String,
    /// Digest of the configuration's files.
    pub config_digest: String,
    /// When it was made, in RFC 3339.
    pub timestamp: String,
    /// It destroys everything.
    pub destroy: bool,
    /// It only reports.
    pub refresh_only: bool,
    /// Parts were left out by `-target`.
    pub targeted: bool,
    /// Changes, sorted by address.
    pub changes: Vec<SavedChange>,
    /// Data sources, sorted by address.
    pub data: Vec<SavedData>,
    /// Root outputs.
    pub outputs: BTreeMap<String, SavedOutput>,
    /// Which arguments name resources that are not made yet: by address and argument.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Types that could not be read.
    pub unchecked: Vec<SavedUnchecked>,
    /// Warnings, in one line each.
    pub warnings: Vec<String>,
    /// The longest way through it: what the run takes at least.
    #[serde(default)]
    pub critical_path: Vec<SavedLeg>,
    /// The same stack planned from another revision, on the same reading of AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<SavedBase>,
    /// The configuration in Terraform's JSON, for programs that read that.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub configuration: Json,
    /// The root module's variables in Terraform's JSON, sensitive ones `null`.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub variables: Json,
    /// What became of the configuration's conditions, in Terraform's JSON.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub checks: Json,
    /// The attributes that its changes are made from, in Terraform's JSON.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub relevant_attributes: Json,
    /// What policies said of it when it was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What a plan is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedBase {
    /// The revision as it was named, such as `origin/main`.
    pub revision: String,
    /// The commit that it is.
    pub commit: String,
    /// What it would do.
    pub plan: Box<SavedPlan>,
}

/// One step of the longest way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedLeg {
    /// Of which resource.
    pub address: String,
    /// What is done.
    pub action: Action,
    /// How long it typically takes, in seconds: an estimate.
    pub seconds: u64,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedChange {
    /// Its address.
    pub address: String,
    /// The address of its module; nothing for the root.
    pub module_address: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The name of its block.
    pub name: String,
    /// Its index or key.
    pub index: Option<Json>,
    /// Key of its provider configuration.
    pub provider: String,
    /// What happens.
    pub action: Action,
    /// Why.
    pub reason: Option<Reason>,
    /// The live resource's id.
    pub id: Option<String>,
    /// Digest of the live resource.
    pub live_digest: String,
    /// Digest of what it will be.
    pub after_digest: String,
    /// What it is; `null` where it is sensitive.
    pub before: Json,
    /// What it will be; `null` where it is sensitive, left out where it is unknown.
    pub after: Json,
    /// What of it is unknown, in Terraform's shape.
    pub after_unknown: Json,
    /// What is sensitive before, in Terraform's shape.
    pub before_sensitive: Json,
    /// What is sensitive after, in Terraform's shape.
    pub after_sensitive: Json,
    /// What differs.
    pub differences: Vec<SavedDifference>,
    /// The addresses it depends on.
    pub depends_on: Vec<String>,
    /// Where it is declared: `file:line:column`.
    pub declared_at: Option<String>,
    /// What those who use it notice, and how long it takes.
    #[serde(default)]
    pub impact: Impact,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedDifference {
    /// Where, as text.
    pub path: String,
    /// Where, step by step: names and indexes.
    pub steps: Vec<Json>,
    /// What AWS has; `null` where it is sensitive.
    pub have: Json,
    /// What the configuration wants; `null` where it is sensitive or unknown.
    pub want: Json,
    /// What of the wanted value is unknown, in Terraform's shape.
    pub want_unknown: Json,
    /// It is not shown.
    pub sensitive: bool,
    /// It forces a replacement.
    pub force_new: bool,
    /// It was changed in the world.
    pub drift: bool,
    /// Where the argument is written: `file:line:column`; nothing where the configuration does not write it.
    #[serde(default)]
    pub written_at: Option<String>,
}

/// One data source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedData {
    /// Its address.
    pub address: String,
    /// The address of its module; nothing for the root.
    pub module_address: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The name of its block.
    pub name: String,
    /// Its index or key.
    pub index: Option<Json>,
    /// Key of its provider configuration.
    pub provider: String,
    /// What it says.
    pub value: Json,
    /// What of it is unknown.
    pub unknown: Json,
    /// What of it is sensitive.
    pub sensitive: Json,
    /// It can only be read during apply.
    pub deferred: bool,
    /// Its arguments are all known: it waits for what it depends on.
    pub config_known: bool,
}

/// One output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedOutput {
    /// Its value; `null` where it is sensitive or unknown.
    pub value: Json,
    /// What of it is unknown.
    pub unknown: Json,
    /// Nothing of it is unknown.
    pub known: bool,
    /// It is not shown.
    pub sensitive: bool,
    /// Digest of its value.
    pub digest: String,
    /// Its type as Terraform writes it.
    #[serde(rename = "type")]
    pub ty: Json,
}

/// A type that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedUnchecked {
    /// The type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Key of the provider configuration.
    pub provider: String,
    /// Why.
    pub reason: String,
}

impl SavedPlan {
    /// What a plan says.
    pub fn of(plan: &Plan, meta: &PlanMeta) -> SavedPlan {
        SavedPlan {
            format: FORMAT.to_string(),
            stack: plan.stack.to_string(),
            config_digest: meta.config_digest.clone(),
            timestamp: meta.timestamp.clone(),
            destroy: plan.destroy,
            refresh_only: plan.refresh_only,
            targeted: plan.warnings.iter().any(|w| w.summary == crate::planning::TARGETED),
            changes: plan.changes.iter().map(change).collect(),
            data: plan.data.iter().map(data).collect(),
            outputs: plan
                .outputs
                .iter()
                .map(|(name, output)| {
                    let hidden = output.sensitive || output.value.contains_sensitive();
                    let value = output.value.clone().with_sensitive(hidden);
                    let saved = SavedOutput {
                        value: to_json_shown(&value),
                        unknown: unknown_shape(&value),
                        known: value.is_wholly_known(),
                        sensitive: hidden,
                        digest: digest::value(&value),
                        ty: cairn_model::json::type_to_json(&value.ty()),
                    };
                    (name.clone(), saved)
                })
                .collect(),
            references: references(&plan.references),
            unchecked: plan
                .unchecked
                .iter()
                .map(|u| SavedUnchecked { type_name: u.type_name.clone(), provider: u.provider.clone(), reason: u.reason.clone() })
                .collect(),
            warnings: plan.warnings.iter().map(ToString::to_string).collect(),
            critical_path: plan
                .critical_path
                .iter()
                .map(|leg| SavedLeg { address: leg.address.to_string(), action: leg.action, seconds: leg.typical.as_secs() })
                .collect(),
            base: None,
            configuration: meta.configuration.clone(),
            variables: meta.variables.clone(),
            checks: checks(&plan.checks),
            relevant_attributes: relevant(&plan.relevant),
            findings: Vec::new(),
        }
    }

    /// How many resources are made, changed and destroyed.
    pub fn counts(&self) -> Counts {
        Counts::of(self.changes.iter().map(|c| c.action))
    }
}

/// References, with addresses as text.
pub fn references(references: &References) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let text = |named: &BTreeMap<String, BTreeSet<Address>>| {
        named.iter().map(|(argument, of)| (argument.clone(), of.iter().map(ToString::to_string).collect())).collect()
    };
    references.iter().map(|(address, named)| (address.to_string(), text(named))).collect()
}

pub(crate) fn index(key: &Key) -> Option<Json> {
    match key {
        Key::None => None,
        Key::Int(i) => Some(Json::from(*i)),
        Key::String(s) => Some(Json::from(s.as_ref())),
    }
}

fn module(address: &Address) -> Option<String> {
    (!address.module.is_empty()).then(|| address.module_path())
}

/// The shape of nothing is `false` for Terraform where a side is absent, and an object otherwise. An
/// unknown collection has the shape of an empty one.
fn sensitive(value: &Value) -> Json {
    if value.is_null() {
        return Json::Bool(false);
    }
    sensitive_shape(&value.map_leaves(&mut |v| match v.kind() {
        Kind::Unknown(Type::List(_) | Type::Set(_) | Type::Tuple(_)) if !v.is_sensitive() => Value::list(Vec::new()),
        Kind::Unknown(Type::Map(_) | Type::Object(..)) if !v.is_sensitive() => Value::map(BTreeMap::new()),
        _ => v.clone(),
    }))
}

fn change(c: &Change) -> SavedChange {
    SavedChange {
        address: c.address.to_string(),
        module_address: module(&c.address),
        type_name: c.address.type_name.to_string(),
        name: c.address.name.to_string(),
        index: index(&c.address.key),
        provider: c.provider.clone(),
        action: c.action,
        reason: c.reason,
        id: c.live.as_ref().map(|l| l.id.clone()),
        live_digest: c.live_digest.clone(),
        after_digest: digest::value(&c.after),
        before: to_json_shown(&c.before),
        after: to_json_shown(&c.after),
        after_unknown: if c.after.is_null() { Json::Object(Map::new()) } else { unknown_shape(&c.after) },
        before_sensitive: sensitive(&c.before),
        after_sensitive: sensitive(&c.after),
        differences: c.differences.iter().map(difference).collect(),
        depends_on: c.depends_on.iter().map(ToString::to_string).collect(),
        declared_at: c.span.as_ref().map(ToString::to_string),
        impact: c.impact.clone(),
    }
}

fn steps(path: &Path) -> Vec<Json> {
    path.0
        .iter()
        .map(|s| match s {
            Step::Name(n) => Json::from(n.as_str()),
            Step::Index(i) => Json::from(*i),
        })
        .collect()
}

fn difference(d: &Difference) -> SavedDifference {
    SavedDifference {
        path: d.path.to_string(),
        steps: steps(&d.path),
        have: to_json_shown(&d.have),
        want: to_json_shown(&d.want),
        want_unknown: unknown_shape(&d.want),
        sensitive: d.have.is_sensitive() || d.want.is_sensitive(),
        force_new: d.force_new,
        drift: d.drift,
        written_at: d.span.as_ref().map(ToString::to_string),
    }
}

fn relevant(relevant: &[Relevant]) -> Json {
    if relevant.is_empty() {
        return Json::Null;
    }
    relevant.iter().map(|r| json!({ "resource": r.resource.to_string(), "attribute": steps(&r.attribute) })).collect()
}

fn data(d: &DataRead) -> SavedData {
    SavedData {
        address: d.address.to_string(),
        module_address: module(&d.address),
        type_name: d.address.type_name.to_string(),
        name: d.address.name.to_string(),
        index: index(&d.address.key),
        provider: d.provider.clone(),
        value: to_json_shown(&d.value),
        unknown: unknown_shape(&d.value),
        sensitive: sensitive(&d.value),
        deferred: d.deferred,
        config_known: d.config.is_wholly_known(),
    }
}

/// The plan as it is written to a file.
pub fn save(plan: &Plan, meta: &PlanMeta) -> Json {
    // Every field is of a kind that JSON has; there is nothing that could fail to be written.
    serde_json::to_value(SavedPlan::of(plan, meta)).unwrap_or(Json::Null)
}

/// Reads what [`save`] wrote.
pub fn load(json: &Json) -> Result<SavedPlan, String> {
    match json.get("format").and_then(Json::as_str) {
        Some(FORMAT) => {}
        Some(other) => return Err(format!("this plan is of the format \"{other}\"; this version of Cairn reads \"{FORMAT}\"")),
        None => return Err("this is not a plan that Cairn saved".to_string()),
    }
    SavedPlan::deserialize(json).map_err(|e| format!("this plan is damaged: {e}"))
}

/// What a fresh plan says otherwise than a saved one, in a sentence each. Empty when applying the
/// fresh one does what the saved one says.
pub fn moved(saved: &SavedPlan, fresh: &Plan) -> Vec<String> {
    let fresh = SavedPlan::of(fresh, &PlanMeta::default());
    let mut said = Vec::new();
    if saved.stack != fresh.stack {
        said.push(format!("the plan is for the stack {}, not {}", saved.stack, fresh.stack));
        return said;
    }
    if saved.destroy != fresh.destroy {
        said.push("one of the plans destroys everything, the other does not".to_string());
    }
    let key = |c: &SavedChange| (c.address.clone(), c.id.clone().filter(|_| c.reason == Some(Reason::DeleteBecauseDeposed)));
    let mut now: HashMap<_, &SavedChange> = fresh.changes.iter().map(|c| (key(c), c)).collect();
    for then in &saved.changes {
        match now.remove(&key(then)) {
            Some(c) => said.extend(moved_change(then, c)),
            None if then.action == Action::NoOp => {}
            None => said.push(format!("{}: the plan would {} it, and there is nothing of it any more", then.address, verb(then.action))),
        }
    }
    let mut new: Vec<&SavedChange> = now.into_values().filter(|c| c.action != Action::NoOp).collect();
    new.sort_by(|a, b| a.address.cmp(&b.address));
    said.extend(new.iter().map(|c| format!("{}: the plan does not know it, and now it would {} it", c.address, verb(c.action))));
    let deferred = |p: &SavedPlan| -> BTreeMap<String, bool> { p.data.iter().map(|d| (d.address.clone(), d.deferred)).collect() };
    let now = deferred(&fresh);
    for (address, then) in deferred(saved) {
        if now.get(&address).is_some_and(|n| *n != then) {
            said.push(format!("{address}: it can be read at another time than the plan says"));
        }
    }
    said
}

fn moved_change(then: &SavedChange, now: &SavedChange) -> Option<String> {
    let address = &then.address;
    if then.action != now.action {
        let paths: Vec<&str> = now.differences.iter().map(|d| d.path.as_str()).collect();
        let why = if paths.is_empty() { String::new() } else { format!(" ({} differ)", paths.join(", ")) };
        return Some(format!("{address}: the plan would {} it, and now it would {} it{why}", verb(then.action), verb(now.action)));
    }
    if then.action == Action::NoOp {
        return None;
    }
    if then.id != now.id {
        let id = |c: &SavedChange| c.id.clone().unwrap_or_else(|| "nothing".to_string());
        return Some(format!("{address}: the plan is about {}, and now it is {}", id(then), id(now)));
    }
    if then.live_digest != now.live_digest {
        let paths = changed_names(&then.before, &now.before);
        let what = if paths.is_empty() { String::new() } else { format!(": {}", paths.join(", ")) };
        return Some(format!("{address}: it was changed since the plan was made{what}"));
    }
    if then.after_digest != now.after_digest {
        let paths = changed_names(&then.after, &now.after);
        let what = if paths.is_empty() { String::new() } else { format!(": {}", paths.join(", ")) };
        return Some(format!("{address}: it is to become something else than the plan says{what}"));
    }
    None
}

fn changed_names(then: &Json, now: &Json) -> Vec<String> {
    let (Some(then), Some(now)) = (then.as_object(), now.as_object()) else { return Vec::new() };
    let mut names: Vec<String> = then.keys().chain(now.keys()).filter(|k| then.get(*k) != now.get(*k)).cloned().collect();
    names.sort();
    names.dedup();
    names
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::NoOp => "leave",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        Action::Delete => "destroy",
    }
}

/// True for a data source's mode, as Terraform's JSON words it.
pub(crate) fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
    }
}
