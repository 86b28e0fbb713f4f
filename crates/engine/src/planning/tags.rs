//! Tags: the resource's own and the provider's defaults, merged in this one place.

use cairn_model::{Kind, Type, Value};
use std::collections::BTreeMap;

/// `tags_all`: the default tags with the resource's own over them. A `null` takes a tag away.
pub(crate) fn merged(defaults: &BTreeMap<String, Value>, tags: &Value) -> Value {
    if tags.is_unknown() {
        return Value::unknown(Type::map(Type::String));
    }
    let mut all: BTreeMap<String, Value> = defaults.iter().map(|(k, v)| (k.clone(), v.deep_unmarked())).collect();
    for (key, value) in tags.entries().into_iter().flatten() {
        all.insert(key.clone(), value.clone());
    }
    all.retain(|_, v| !v.is_null());
    Value::map(all)
}

/// What of the tags on a resource counts as its own: all but default tags that the configuration
/// does not set on the resource itself.
pub(crate) fn own(defaults: &BTreeMap<String, Value>, config: &Value, live_all: &Value) -> Value {
    let Kind::Map(live) = live_all.kind() else { return live_all.clone() };
    let own = |key: &String| !defaults.contains_key(key) || config.get(key).is_some_and(|v| !v.is_null());
    Value::map(live.iter().filter(|(k, _)| own(k)).map(|(k, v)| (k.clone(), v.clone())).collect())
}
