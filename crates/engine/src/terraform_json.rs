//! Plans in Terraform's JSON, plan format 1.2, so that what reads those reads ours unchanged. Two
//! things differ: what is sensitive is `null`, and `resource_drift` is there only for a plan with a base, since
//! Terraform means by it how the world differs from a state file. Where Cairn keeps the known parts of a set or a
//! map, the whole is unknown here, as it is to Terraform's provider.

use crate::plan::{Action, Reason};
use crate::saved::{SavedChange, SavedData, SavedPlan, mode_word};
use crate::terraform_drift::drifted;
use crate::wholly_unknown::as_terraform_has_it;
use cairn_model::instance::Schemas;
use cairn_model::{Mode, ModuleStep};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The Terraform version that the format is of.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// The plan in Terraform's JSON.
pub fn terraform_json(plan: &SavedPlan, schemas: &dyn Schemas) -> Json {
    let as_it_has = |c: &SavedChange| schemas.resource(&c.type_name).map_or_else(|| c.clone(), |s| as_terraform_has_it(c, s));
    let base = plan.base.iter().flat_map(|base| &base.plan.changes);
    let drift: Vec<Json> = base.filter_map(|c| drifted(&as_it_has(c))).map(|c| resource_change(&c)).collect();
    let plan = &SavedPlan { changes: plan.changes.iter().map(as_it_has).collect(), base: None, ..plan.clone() };
    let mut out = Map::new();
    out.insert("format_version".into(), json!("1.2"));
    out.insert("terraform_version".into(), json!(TERRAFORM_VERSION));
    if !plan.variables.is_null() {
        out.insert("variables".into(), plan.variables.clone());
    }
    out.insert("planned_values".into(), planned_values(plan));
    if !drift.is_empty() {
        out.insert("resource_drift".into(), Json::Array(drift));
    }
    let mut changes: Vec<Json> = plan.changes.iter().map(resource_change).collect();
    changes.extend(plan.data.iter().filter(|d| d.deferred).map(data_change));
    out.insert("resource_changes".into(), Json::Array(changes));
    out.insert("output_changes".into(), output_changes(plan));
    if let Some(prior) = prior_state(plan) {
        out.insert("prior_state".into(), prior);
    }
    let configuration = if plan.configuration.is_null() { json!({ "root_module": {} }) } else { plan.configuration.clone() };
    out.insert("configuration".into(), configuration);
    for (name, value) in [("relevant_attributes", &plan.relevant_attributes), ("checks", &plan.checks)] {
        if !value.is_null() {
            out.insert(name.into(), value.clone());
        }
    }
    out.insert("timestamp".into(), json!(plan.timestamp));
    out.insert("applyable".into(), json!(plan.counts() != Default::default()));
    out.insert("complete".into(), json!(plan.unchecked.is_empty() && !plan.targeted));
    out.insert("errored".into(), json!(false));
    Json::Object(out)
}

/// The provider as Terraform names it.
fn provider_name(type_name: &str) -> &'static str {
    if type_name == crate::terraform_data::TERRAFORM_DATA {
        "terraform.io/builtin/terraform"
    } else {
        "registry.terraform.io/hashicorp/aws"
    }
}

fn head(mode: Mode, address: &str, module: Option<&str>, type_name: &str, name: &str, index: Option<&Json>) -> Map<String, Json> {
    let mut out = Map::new();
    out.insert("address".into(), json!(address));
    if let Some(module) = module {
        out.insert("module_address".into(), json!(module));
    }
    out.insert("mode".into(), json!(mode_word(mode)));
    out.insert("type".into(), json!(type_name));
    out.insert("name".into(), json!(name));
    if let Some(index) = index {
        out.insert("index".into(), index.clone());
    }
    out.insert("provider_name".into(), json!(provider_name(type_name)));
    out
}

fn actions(action: Action) -> Json {
    match action {
        Action::NoOp => json!(["no-op"]),
        Action::Create => json!(["create"]),
        Action::Read => json!(["read"]),
        Action::Update => json!(["update"]),
        Action::DeleteThenCreate => json!(["delete", "create"]),
        Action::CreateThenDelete => json!(["create", "delete"]),
        Action::Delete => json!(["delete"]),
    }
}

/// The reason in Terraform's words. It knows no strays: for its readers they have no block.
fn action_reason(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::ReplaceBecauseCannotUpdate => "replace_because_cannot_update",
        Reason::ReplaceByRequest => "replace_by_request",
        Reason::ReplaceByTriggers => "replace_by_triggers",
        Reason::DeleteBecauseNoResourceConfig | Reason::DeleteBecauseStray => "delete_because_no_resource_config",
        Reason::DeleteBecauseCountIndex => "delete_because_count_index",
        Reason::DeleteBecauseEachKey => "delete_because_each_key",
        Reason::DeleteBecauseNoModule => "delete_because_no_module",
        Reason::DeleteBecauseDeposed => return None,
    })
}

fn resource_change(c: &SavedChange) -> Json {
    let mut out = head(Mode::Managed, &c.address, c.module_address.as_deref(), &c.type_name, &c.name, c.index.as_ref());
    if c.reason == Some(Reason::DeleteBecauseDeposed) {
        let key = blake3::hash(c.id.as_deref().unwrap_or_default().as_bytes()).to_hex();
        out.insert("deposed".into(), json!(key.get(..8).unwrap_or_default()));
    }
    let mut change = Map::new();
    change.insert("actions".into(), actions(c.action));
    change.insert("before".into(), c.before.clone());
    change.insert("after".into(), c.after.clone());
    change.insert("after_unknown".into(), c.after_unknown.clone());
    change.insert("before_sensitive".into(), c.before_sensitive.clone());
    change.insert("after_sensitive".into(), c.after_sensitive.clone());
    if matches!(c.action, Action::DeleteThenCreate | Action::CreateThenDelete) {
        let paths: Vec<Json> = c.differences.iter().filter(|d| d.force_new).map(|d| Json::Array(d.steps.clone())).collect();
        if !paths.is_empty() {
            change.insert("replace_paths".into(), Json::Array(paths));
        }
    }
    out.insert("change".into(), Json::Object(change));
    if let Some(reason) = c.reason.and_then(action_reason) {
        out.insert("action_reason".into(), json!(reason));
    }
    Json::Object(out)
}

fn data_change(d: &SavedData) -> Json {
    let mut out = head(Mode::Data, &d.address, d.module_address.as_deref(), &d.type_name, &d.name, d.index.as_ref());
    out.insert(
        "change".into(),
        json!({
            "actions": actions(Action::Read),
            "before": null,
            "after": d.value,
            "after_unknown": d.unknown,
            "before_sensitive": false,
            "after_sensitive": d.sensitive,
        }),
    );
    let reason = if d.config_known { "read_because_dependency_pending" } else { "read_because_config_unknown" };
    out.insert("action_reason".into(), json!(reason));
    Json::Object(out)
}

/// One resource of a state: its module, and its JSON.
type InModule = (Option<String>, Json);

fn in_state(mut head: Map<String, Json>, values: &Json, sensitive: &Json) -> InModule {
    let module = head.remove("module_address").and_then(|m| m.as_str().map(str::to_string));
    head.insert("schema_version".into(), json!(0));
    head.insert("values".into(), values.clone());
    head.insert("sensitive_values".into(), if sensitive.is_object() { sensitive.clone() } else { json!({}) });
    (module, Json::Object(head))
}

fn planned_values(plan: &SavedPlan) -> Json {
    let mut out = Map::new();
    let outputs: Map<String, Json> = plan
        .outputs
        .iter()
        .map(|(name, o)| {
            let mut output = Map::new();
            output.insert("sensitive".into(), json!(o.sensitive));
            if o.known {
                output.insert("type".into(), o.ty.clone());
                output.insert("value".into(), o.value.clone());
            }
            (name.clone(), Json::Object(output))
        })
        .collect();
    if !outputs.is_empty() {
        out.insert("outputs".into(), Json::Object(outputs));
    }
    let managed = plan.changes.iter().filter(|c| !c.after.is_null()).map(|c| {
        let head = head(Mode::Managed, &c.address, c.module_address.as_deref(), &c.type_name, &c.name, c.index.as_ref());
        in_state(head, &c.after, &c.after_sensitive)
    });
    let data = plan.data.iter().filter(|d| d.deferred).map(data_in_state);
    out.insert("root_module".into(), modules(managed.chain(data).collect()));
    Json::Object(out)
}

fn data_in_state(d: &SavedData) -> InModule {
    in_state(head(Mode::Data, &d.address, d.module_address.as_deref(), &d.type_name, &d.name, d.index.as_ref()), &d.value, &d.sensitive)
}

fn prior_state(plan: &SavedPlan) -> Option<Json> {
    let managed = plan.changes.iter().filter(|c| !c.before.is_null()).map(|c| {
        let mut head = head(Mode::Managed, &c.address, c.module_address.as_deref(), &c.type_name, &c.name, c.index.as_ref());
        if !c.depends_on.is_empty() {
            head.insert("depends_on".into(), json!(c.depends_on));
        }
        in_state(head, &c.before, &c.before_sensitive)
    });
    let data = plan.data.iter().filter(|d| !d.deferred).map(data_in_state);
    let all: Vec<InModule> = managed.chain(data).collect();
    (!all.is_empty())
        .then(|| json!({ "format_version": "1.0", "terraform_version": TERRAFORM_VERSION, "values": { "root_module": modules(all) } }))
}

#[derive(Default)]
struct Module {
    resources: Vec<Json>,
    children: BTreeMap<String, Module>,
}

/// The tree of modules that resources lie in.
fn modules(resources: Vec<InModule>) -> Json {
    let mut root = Module::default();
    for (module, resource) in resources {
        let mut at = &mut root;
        for step in module.as_deref().map(module_steps).unwrap_or_default() {
            at = at.children.entry(step).or_default();
        }
        at.resources.push(resource);
    }
    module_json(root, None)
}

/// The addresses of a module and of those around it, from the outside in.
fn module_steps(path: &str) -> Vec<String> {
    let steps: Vec<ModuleStep> = format!("{path}.aws_any.any").parse::<cairn_model::Address>().map(|a| a.module).unwrap_or_default();
    let mut out: Vec<String> = Vec::new();
    for step in steps {
        let own = format!("module.{}{}", step.name, step.key);
        let whole = out.last().map_or_else(|| own.clone(), |outer| format!("{outer}.{own}"));
        out.push(whole);
    }
    out
}

fn module_json(module: Module, address: Option<String>) -> Json {
    let mut out = Map::new();
    if !module.resources.is_empty() {
        out.insert("resources".into(), Json::Array(module.resources));
    }
    if let Some(address) = address {
        out.insert("address".into(), json!(address));
    }
    if !module.children.is_empty() {
        let children = module.children.into_iter().map(|(address, m)| module_json(m, Some(address))).collect();
        out.insert("child_modules".into(), Json::Array(children));
    }
    Json::Object(out)
}

/// Nothing is kept of earlier outputs. Where nothing of the stack is there yet they are new; else
/// what is known stays, and what is unknown changes.
fn output_changes(plan: &SavedPlan) -> Json {
    let new = plan.changes.iter().all(|c| c.before.is_null());
    let changes = plan.outputs.iter().map(|(name, o)| {
        let action = match (new, o.known) {
            (true, _) => Action::Create,
            (false, true) => Action::NoOp,
            (false, false) => Action::Update,
        };
        let mut change = Map::new();
        change.insert("actions".into(), actions(action));
        change.insert("before".into(), if action == Action::NoOp { o.value.clone() } else { Json::Null });
        if o.unknown != json!(true) {
            change.insert("after".into(), o.value.clone());
        }
        change.insert("after_unknown".into(), if o.known { json!(false) } else { o.unknown.clone() });
        change.insert("before_sensitive".into(), json!(o.sensitive));
        change.insert("after_sensitive".into(), json!(o.sensitive));
        (name.clone(), Json::Object(change))
    });
    Json::Object(changes.collect())
}
