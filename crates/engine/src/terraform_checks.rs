//! What became of conditions, in Terraform's plan JSON: the key `checks`.

use crate::saved::{index, mode_word};
use cairn_model::condition::{Checked, CheckedBlock, CheckedInstance};
use cairn_model::{Key, Mode, ModuleStep};
use serde_json::{Map, Value as Json, json};

/// `checks`; `null` where no block has conditions.
pub(crate) fn checks(checked: &[Checked]) -> Json {
    if checked.is_empty() {
        return Json::Null;
    }
    Json::Array(sorted(checked.iter().map(block).collect()))
}

fn block(checked: &Checked) -> Json {
    let module: Vec<ModuleStep> = checked.module.iter().map(|name| ModuleStep { name: name.clone(), key: Key::None }).collect();
    let mut address = address(checked, &module, &Key::None);
    address.insert("name".into(), json!(&*checked.name));
    match &checked.block {
        CheckedBlock::Variable => address.insert("kind".into(), json!("var")),
        CheckedBlock::Output => address.insert("kind".into(), json!("output_value")),
        CheckedBlock::Resource { mode, type_name } => {
            address.insert("mode".into(), json!(mode_word(*mode)));
            address.insert("type".into(), json!(&**type_name));
            address.insert("kind".into(), json!("resource"))
        }
    };
    let mut out = Map::new();
    out.insert("address".into(), Json::Object(address));
    out.insert("status".into(), status(checked.instances.iter().all(|i| i.holds)));
    if !checked.instances.is_empty() {
        out.insert("instances".into(), Json::Array(sorted(checked.instances.iter().map(|i| instance(checked, i)).collect())));
    }
    Json::Object(out)
}

fn instance(checked: &Checked, instance: &CheckedInstance) -> Json {
    let mut address = address(checked, &instance.module, &instance.key);
    if let Some(key) = index(&instance.key) {
        address.insert("instance_key".into(), key);
    }
    json!({ "address": address, "status": status(instance.holds) })
}

/// What a block's address and an instance's have in common.
fn address(checked: &Checked, module: &[ModuleStep], key: &Key) -> Map<String, Json> {
    let mut out = Map::new();
    let path = module.iter().map(|step| format!("module.{}{}", step.name, step.key)).collect::<Vec<_>>().join(".");
    let own = match &checked.block {
        CheckedBlock::Variable => format!("var.{}", checked.name),
        CheckedBlock::Output => format!("output.{}", checked.name),
        CheckedBlock::Resource { mode: Mode::Managed, type_name } => format!("{type_name}.{}{key}", checked.name),
        CheckedBlock::Resource { mode: Mode::Data, type_name } => format!("data.{type_name}.{}{key}", checked.name),
    };
    if path.is_empty() {
        out.insert("to_display".into(), json!(own));
    } else {
        out.insert("to_display".into(), json!(format!("{path}.{own}")));
        out.insert("module".into(), json!(path));
    }
    out
}

fn status(holds: bool) -> Json {
    json!(if holds { "pass" } else { "unknown" })
}

fn sorted(mut entries: Vec<Json>) -> Vec<Json> {
    entries.sort_by_cached_key(|e| e.pointer("/address/to_display").and_then(Json::as_str).unwrap_or_default().to_string());
    entries
}
