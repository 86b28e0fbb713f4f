//! What had drifted before a change, as Terraform's plan JSON has it under `resource_drift`: from what the base's
//! configuration wants to AWS as it is. What somebody made by hand is not among it: Terraform knows no word for that.

use crate::plan::Action;
use crate::saved::SavedChange;
use serde_json::{Map, Value as Json, json};

/// How AWS differs from what the base wants of a resource, given what the base would do about it. Nothing where that
/// only follows from another change.
pub(crate) fn drifted(base: &SavedChange) -> Option<SavedChange> {
    let changed = base.differences.iter().any(|d| d.drift);
    let action = match base.action {
        Action::Create => Action::Delete,
        Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete if changed => Action::Update,
        _ => return None,
    };
    Some(SavedChange {
        action,
        reason: None,
        before: known(&base.after, &base.after_unknown, &base.before),
        before_sensitive: base.after_sensitive.clone(),
        after: base.before.clone(),
        after_sensitive: base.before_sensitive.clone(),
        after_unknown: json!({}),
        differences: Vec::new(),
        ..base.clone()
    })
}

/// What is wanted, and where only apply could tell that, what there is.
fn known(wanted: &Json, unknown: &Json, live: &Json) -> Json {
    match wanted {
        _ if *unknown == json!(true) => live.clone(),
        Json::Object(fields) => {
            let unknown_fields = unknown.as_object().into_iter().flat_map(Map::keys);
            let left_out = unknown_fields.filter(|name| !fields.contains_key(*name) && live.get(name.as_str()).is_some());
            let names = fields.keys().chain(left_out);
            names
                .map(|name| (name.clone(), known(&part(wanted, name), &part(unknown, name), &part(live, name))))
                .collect::<Map<_, _>>()
                .into()
        }
        Json::Array(elements) => elements.iter().enumerate().map(|(i, e)| known(e, &part(unknown, i), &part(live, i))).collect(),
        _ => wanted.clone(),
    }
}

fn part(of: &Json, at: impl serde_json::value::Index) -> Json {
    of.get(at).cloned().unwrap_or(Json::Null)
}
