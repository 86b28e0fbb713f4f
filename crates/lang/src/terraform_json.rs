//! The configuration as Terraform's plan JSON has it, for programs that read that.

mod expression;

use crate::load::config::{ModuleCall, OutputBlock, Repetition, ResourceBlock, ResourceKey, Variable};
use crate::program::Program;
use crate::syntax::ast::{Attribute, Body, Expr};
use cairn_model::instance::Mode;
use cairn_model::json::to_json_shown;
use cairn_model::schema;
use expression::{expression, path};
use serde_json::{Map, Value as Json, json};

/// Where the public provider is registered.
const AWS: &str = "registry.terraform.io/hashicorp/aws";
/// What `terraform_data` belongs to.
const BUILT_IN: &str = "terraform.io/builtin/terraform";

impl Program {
    /// `configuration`: every module with its blocks, each argument with what it refers to, or its value
    /// where it is written down. The value of a sensitive argument is left out.
    pub fn terraform_configuration(&self) -> Json {
        json!({ "provider_config": self.provider_config(), "root_module": self.module_json(0) })
    }

    /// `variables`: the values of the root module's; of a sensitive one `null`.
    pub fn terraform_variables(&self) -> Json {
        self.variables().into_iter().map(|(name, value)| (name, json!({ "value": to_json_shown(&value) }))).collect::<Map<_, _>>().into()
    }

    fn provider_config(&self) -> Json {
        let root = self.modules.first().map(|m| &m.config);
        let written = root.into_iter().flat_map(|r| r.providers.keys()).map(|k| k.to_string());
        let used = self.modules.iter().enumerate().flat_map(|(i, m)| m.config.resources.values().map(move |r| (i, r)));
        let mut keys: Vec<String> = written.chain(used.map(|(i, r)| self.provider_key(i, &r.provider.name))).collect();
        keys.sort();
        keys.dedup();
        keys.into_iter().map(|key| (key.clone(), self.provider_json(&key))).collect::<Map<_, _>>().into()
    }

    fn provider_json(&self, key: &str) -> Json {
        let (name, alias) = key.split_once('.').map_or((key, None), |(name, alias)| (name, Some(alias)));
        let mut out = Map::new();
        out.insert("name".into(), json!(name));
        out.insert("full_name".into(), json!(if name == "terraform" { BUILT_IN } else { AWS }));
        if let Some(alias) = alias {
            out.insert("alias".into(), json!(alias));
        }
        let Some(root) = self.modules.first().map(|m| &m.config) else { return Json::Object(out) };
        if let Some(version) = root.provider_versions.get(name) {
            out.insert("version_constraint".into(), json!(version));
        }
        if let Some(block) = root.providers.get(key) {
            let mut expressions = self.body_json(&block.body, self.schemas.provider(name));
            expressions.remove("alias");
            put(&mut out, "expressions", expressions);
        }
        Json::Object(out)
    }

    fn module_json(&self, index: usize) -> Json {
        let mut out = Map::new();
        let Some(module) = self.modules.get(index) else { return Json::Object(out) };
        let config = &module.config;
        put(&mut out, "outputs", config.outputs.iter().map(|(name, o)| (name.to_string(), self.output_json(o))).collect());
        let mut resources: Vec<Json> = config.resources.iter().map(|(key, block)| self.resource_json(index, key, block)).collect();
        resources.sort_by_key(|r| r.get("address").and_then(Json::as_str).unwrap_or_default().to_string());
        if !resources.is_empty() {
            out.insert("resources".into(), Json::Array(resources));
        }
        let calls = config.calls.iter().zip(&module.children);
        let calls = calls.map(|((name, call), child)| (name.to_string(), self.call_json(call, *child))).collect();
        put(&mut out, "module_calls", calls);
        put(&mut out, "variables", config.variables.iter().map(|(name, v)| (name.to_string(), variable_json(v))).collect());
        Json::Object(out)
    }

    fn output_json(&self, output: &OutputBlock) -> Json {
        let mut out = Map::new();
        if output.sensitive {
            out.insert("sensitive".into(), json!(true));
        }
        out.insert("expression".into(), expression(&self.context, &output.value, !output.sensitive));
        describe(&mut out, &output.description);
        depends_on(&mut out, &output.depends_on);
        Json::Object(out)
    }

    fn resource_json(&self, module: usize, key: &ResourceKey, block: &ResourceBlock) -> Json {
        let (mode, prefix) = if key.mode == Mode::Data { ("data", "data.") } else { ("managed", "") };
        let mut out = Map::new();
        out.insert("address".into(), json!(format!("{prefix}{}.{}", key.type_name, key.name)));
        out.insert("mode".into(), json!(mode));
        out.insert("type".into(), json!(&*key.type_name));
        out.insert("name".into(), json!(&*key.name));
        out.insert("provider_config_key".into(), json!(self.provider_key(module, &block.provider.name)));
        put(&mut out, "expressions", self.body_json(&block.body, block.schema.as_ref().ok().map(|s| s.block)));
        out.insert("schema_version".into(), json!(0));
        self.repetition(&mut out, &block.repetition);
        depends_on(&mut out, &block.depends_on);
        Json::Object(out)
    }

    fn call_json(&self, call: &ModuleCall, child: Option<usize>) -> Json {
        let mut out = Map::new();
        out.insert("source".into(), json!(&*call.source.name));
        let variables = child.and_then(|c| self.modules.get(c)).map(|m| &m.config.variables);
        let sensitive = |name: &str| variables.and_then(|v| v.get(name)).is_some_and(|v| v.sensitive);
        let arguments = call.arguments.iter().map(|(name, a)| (name.to_string(), self.argument_json(a, !sensitive(name))));
        put(&mut out, "expressions", arguments.collect());
        self.repetition(&mut out, &call.repetition);
        if let Some(child) = child {
            out.insert("module".into(), self.module_json(child));
        }
        depends_on(&mut out, &call.depends_on);
        Json::Object(out)
    }

    fn repetition(&self, out: &mut Map<String, Json>, repetition: &Repetition) {
        let (name, expr) = match repetition {
            Repetition::None => return,
            Repetition::Count(e) => ("count_expression", e),
            Repetition::ForEach(e) => ("for_each_expression", e),
        };
        if let Json::Object(expression) = expression(&self.context, expr, true) {
            put(out, name, expression);
        }
    }

    fn argument_json(&self, attribute: &Attribute, shown: bool) -> Json {
        expression(&self.context, &attribute.value, shown)
    }

    /// Arguments and blocks. As in Terraform's, dynamic blocks are left out.
    fn body_json(&self, body: &Body, block: Option<&schema::Block>) -> Map<String, Json> {
        let sensitive = |name: &str| block.and_then(|b| b.attribute(name)).is_some_and(|a| a.sensitive);
        let mut out: Map<String, Json> =
            body.attributes.iter().map(|(name, a)| (name.to_string(), self.argument_json(a, !sensitive(name)))).collect();
        for inner in &body.blocks {
            let name = &*inner.kind.name;
            if name == "timeouts" {
                out.insert(name.into(), self.body_json(&inner.body, None).into());
            } else if let Some(nested) = block.and_then(|b| b.nested(name)) {
                let json = Json::Object(self.body_json(&inner.body, Some(nested.block)));
                match out.entry(name).or_insert_with(|| json!([])) {
                    Json::Array(all) => all.push(json),
                    other => *other = json,
                }
            }
        }
        out
    }
}

fn variable_json(variable: &Variable) -> Json {
    let mut out = Map::new();
    if let Some(default) = variable.default.as_ref().filter(|_| !variable.sensitive) {
        out.insert("default".into(), to_json_shown(default));
    }
    describe(&mut out, &variable.description);
    if variable.sensitive {
        out.insert("sensitive".into(), json!(true));
    }
    Json::Object(out)
}

fn describe(out: &mut Map<String, Json>, description: &str) {
    if !description.is_empty() {
        out.insert("description".into(), json!(description));
    }
}

fn depends_on(out: &mut Map<String, Json>, on: &[Expr]) {
    let paths: Vec<String> = on.iter().filter_map(path).collect();
    if !paths.is_empty() {
        out.insert("depends_on".into(), json!(paths));
    }
}

/// Terraform leaves out what is empty.
fn put(out: &mut Map<String, Json>, name: &str, value: Map<String, Json>) {
    if !value.is_empty() {
        out.insert(name.into(), Json::Object(value));
    }
}
