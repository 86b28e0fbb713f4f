//! Which parts of a value are sensitive: those that the schema says, and those that the
//! configuration takes from something sensitive.

use super::equal::part;
use cairn_model::{AttrType, Attribute, Block, Kind, Path, Schema, Step, Value};
use std::sync::Arc;

/// The value with every sensitive part marked.
pub(crate) fn marked(schema: &Schema, value: &Value, config: Option<&Value>) -> Value {
    let mut out = by_schema(schema, value);
    if let Some(config) = config {
        out = like(&out, config);
        if let (true, Some(all), Some(tags)) = (schema.tags, out.get("tags_all").cloned(), config.get("tags")) {
            out = out.with("tags_all", like(&all, tags));
        }
    }
    out
}

fn by_schema(schema: &Schema, value: &Value) -> Value {
    if value.entries().is_none() {
        return value.clone();
    }
    let mut out = value.clone();
    for a in schema.attributes().filter(|a| a.sensitive || holds_sensitive(&a.ty)) {
        out = out.with(a.name, attribute(a, part(value, a.name)));
    }
    for b in schema.block.blocks.iter().filter(|b| block_sensitive(b.block)) {
        out = out.with(b.name, elements(&part(value, b.name), &|v| block(b.block, v)));
    }
    out
}

fn attribute(a: &Attribute, value: Value) -> Value {
    if a.sensitive { value.sensitive() } else { typed(&a.ty, &value) }
}

fn typed(ty: &AttrType, value: &Value) -> Value {
    match ty {
        _ if !holds_sensitive(ty) || value.is_null() || value.is_unknown() => value.clone(),
        AttrType::Object(attributes) => block(&Block { attributes, blocks: &[] }, value),
        AttrType::List(inner) | AttrType::Set(inner) => elements(value, &|v| typed(inner, v)),
        AttrType::Map(inner) => value.entries().map_or_else(
            || value.clone(),
            |e| Value::map(e.iter().map(|(k, v)| (k.clone(), typed(inner, v))).collect()).with_sensitive(value.is_sensitive()),
        ),
        _ => value.clone(),
    }
}

fn block(block_: &Block, value: &Value) -> Value {
    if value.entries().is_none() {
        return value.clone();
    }
    let mut out = value.clone();
    for a in block_.attributes.iter().filter(|a| a.sensitive || holds_sensitive(&a.ty)) {
        out = out.with(a.name, attribute(a, part(value, a.name)));
    }
    for b in block_.blocks.iter().filter(|b| block_sensitive(b.block)) {
        out = out.with(b.name, elements(&part(value, b.name), &|v| block(b.block, v)));
    }
    out
}

fn elements(value: &Value, f: &dyn Fn(&Value) -> Value) -> Value {
    let all = |e: &Arc<Vec<Value>>| e.iter().map(f).collect::<Vec<_>>();
    let made = match value.kind() {
        Kind::List(e) => Value::list(all(e)),
        Kind::Tuple(e) => Value::tuple(all(e)),
        // A part of a set would tell by its place: the set takes the mark.
        Kind::Set(e) => {
            let made = all(e);
            let hidden = made.iter().any(Value::contains_sensitive);
            Value::set(made.iter().map(Value::deep_unmarked).collect()).with_sensitive(hidden)
        }
        _ => return value.clone(),
    };
    made.marked_like(&[value])
}

fn holds_sensitive(ty: &AttrType) -> bool {
    match ty {
        AttrType::Object(attributes) => attributes.iter().any(|a| a.sensitive || holds_sensitive(&a.ty)),
        AttrType::List(t) | AttrType::Set(t) | AttrType::Map(t) => holds_sensitive(t),
        _ => false,
    }
}

fn block_sensitive(block: &Block) -> bool {
    block.attributes.iter().any(|a| a.sensitive || holds_sensitive(&a.ty)) || block.blocks.iter().any(|b| block_sensitive(b.block))
}

/// The value with the marks that a pattern has at the same places.
pub(crate) fn like(value: &Value, pattern: &Value) -> Value {
    if pattern.is_sensitive() {
        return value.clone().sensitive();
    }
    if !pattern.contains_sensitive() {
        return value.clone();
    }
    let made = match (value.kind(), pattern.kind()) {
        (Kind::Object(e) | Kind::Map(e), Kind::Object(p) | Kind::Map(p)) => {
            let entries = e.iter().map(|(k, v)| (k.clone(), p.get(k).map_or_else(|| v.clone(), |p| like(v, p)))).collect();
            if matches!(value.kind(), Kind::Map(_)) { Value::map(entries) } else { Value::object(entries) }
        }
        (Kind::List(e) | Kind::Tuple(e), Kind::List(p) | Kind::Tuple(p)) => {
            let all = e.iter().enumerate().map(|(i, v)| p.get(i).map_or_else(|| v.clone(), |p| like(v, p))).collect();
            if matches!(value.kind(), Kind::List(_)) { Value::list(all) } else { Value::tuple(all) }
        }
        (Kind::Set(_), _) => return value.clone().sensitive(),
        _ => return value.clone(),
    };
    made.marked_like(&[value])
}

/// True when what a path leads to, or anything on the way there, is marked.
pub(crate) fn hidden_at(value: &Value, path: &Path) -> bool {
    let mut at = Some(value);
    for step in &path.0 {
        let Some(value) = at else { return false };
        if value.is_sensitive() {
            return true;
        }
        at = match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => value.elements().and_then(|e| e.get(*index)),
        };
    }
    at.is_some_and(Value::is_sensitive)
}
