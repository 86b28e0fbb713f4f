//! `ignore_changes`: what stays as AWS has it.

use cairn_model::{Kind, Lifecycle, Path, Schema, Step, Value};
use std::collections::BTreeMap;

/// The planned value with every ignored argument as it is before.
pub(crate) fn keep(schema: &Schema, lifecycle: &Lifecycle, before: &Value, planned: Value) -> Value {
    if lifecycle.ignore_all_changes {
        // What only steers Cairn is no change to ignore.
        return schema
            .attributes()
            .filter(|a| a.config_only)
            .fold(before.clone(), |kept, a| kept.with(a.name, planned.get(a.name).cloned().unwrap_or_else(Value::null)));
    }
    lifecycle.ignore_changes.iter().fold(planned, |planned, path| put(&path.0, planned, path.find(before).cloned()))
}

/// True when an ignored path leads to or into an attribute.
pub(crate) fn touches(lifecycle: &Lifecycle, attribute: &str) -> bool {
    lifecycle.ignore_all_changes || lifecycle.ignore_changes.iter().any(|p: &Path| p.root() == attribute)
}

fn put(steps: &[Step], value: Value, new: Option<Value>) -> Value {
    let Some((first, rest)) = steps.split_first() else { return new.unwrap_or(value) };
    match (first, value.kind()) {
        (Step::Name(name), Kind::Map(entries)) if rest.is_empty() => {
            let mut entries: BTreeMap<String, Value> = entries.as_ref().clone();
            match new {
                Some(new) => entries.insert(name.clone(), new),
                None => entries.remove(name),
            };
            Value::map(entries)
        }
        (Step::Name(name), Kind::Null) if rest.is_empty() => match new {
            Some(new) => Value::map(BTreeMap::from([(name.clone(), new)])),
            None => value,
        },
        (Step::Name(name), Kind::Object(_) | Kind::Map(_)) => match value.get(name).cloned() {
            Some(inner) => value.with(name, put(rest, inner, new)),
            None => value,
        },
        (Step::Index(index), Kind::List(elements) | Kind::Tuple(elements)) => {
            let mut elements = elements.as_ref().clone();
            if let Some(element) = elements.get_mut(*index) {
                *element = put(rest, element.clone(), new);
            }
            Value::list(elements)
        }
        _ => value,
    }
}
