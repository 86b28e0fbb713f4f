//! Outputs as text.

use super::style::{Colour, Style};
use super::values::{Drawer, Pair};
use cairn_engine::saved::SavedPlan;
use cairn_model::instance::Output;
use cairn_model::json::{sensitive_shape, to_json, to_json_shown};
use serde_json::Value as Json;
use std::collections::BTreeMap;

static NULL: Json = Json::Null;
static NO: Json = Json::Bool(false);

/// The names of outputs whose value only apply can tell: without a state file that is what is known to change.
pub fn changes(plan: &SavedPlan) -> Vec<&str> {
    plan.outputs
        .iter()
        .filter(|(_, o)| o.unknown != NO && o.unknown != Json::Object(Default::default()))
        .filter(|(_, o)| any(&o.unknown))
        .map(|(n, _)| n.as_str())
        .collect()
}

fn any(json: &Json) -> bool {
    match json {
        Json::Bool(b) => *b,
        Json::Array(e) => e.iter().any(any),
        Json::Object(e) => e.values().any(any),
        _ => false,
    }
}

/// `Changes to Outputs:`, or nothing.
pub fn draw_changes(plan: &SavedPlan, style: Style) -> String {
    let names = changes(plan);
    if names.is_empty() {
        return String::new();
    }
    let drawer = Drawer { style, whole: true };
    let pad = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
    let mut out = format!("{}\n", style.paint(Colour::Bold, "Changes to Outputs:"));
    for name in names {
        let Some(output) = plan.outputs.get(name) else { continue };
        let sensitive = Json::Bool(output.sensitive);
        let pair =
            Pair { before: &NULL, after: &output.value, unknown: &output.unknown, sensitive_before: &NO, sensitive_after: &sensitive };
        for line in drawer.attribute(2, name, pad, pair, "") {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

/// Every output, `NAME = VALUE`.
pub fn draw(outputs: &BTreeMap<String, Output>, style: Style) -> String {
    let mut out = String::new();
    for (name, output) in outputs {
        for line in one(name, output, style) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

fn one(name: &str, output: &Output, style: Style) -> Vec<String> {
    if output.sensitive || output.value.is_sensitive() {
        return vec![format!("{name} = <sensitive>")];
    }
    let value = to_json_shown(&output.value);
    let sensitive = sensitive_shape(&output.value);
    let pair = Pair { before: &value, after: &value, unknown: &NO, sensitive_before: &sensitive, sensitive_after: &sensitive };
    // Two columns for the symbol that the drawer puts before each name.
    Drawer { style, whole: true }
        .attribute(0, name, 0, pair, "")
        .into_iter()
        .map(|l| l.strip_prefix("  ").map_or(l.clone(), str::to_string))
        .collect()
}

/// Every output in the JSON of `terraform output -json`, sensitive values included.
pub fn json(outputs: &BTreeMap<String, Output>) -> Json {
    let entries = outputs.iter().map(|(name, output)| {
        let entry = serde_json::json!({
            "sensitive": output.sensitive,
            "type": cairn_model::json::type_to_json(&output.value.ty()),
            "value": to_json(&output.value),
        });
        (name.clone(), entry)
    });
    Json::Object(entries.collect())
}
