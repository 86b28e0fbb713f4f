//! Digests: whether something is still what it was, without keeping what it was. Sensitive values
//! are left out: a digest of a short secret can be turned back into it.

use crate::planning::equal::part;
use crate::snapshot::{Live, Owner};
use cairn_model::{Kind, Schema, Value};

/// The parts of a live value that a run answers for: arguments, but for those that AWS decides where
/// the configuration leaves them out. The others may change as a consequence of the run itself: a
/// route table lists the routes that another step has just made.
pub(crate) fn covered(schema: &Schema, value: &Value, config: Option<&Value>) -> Value {
    let set = |name: &str| config.is_some_and(|c| !crate::planning::equal::is_empty(&part(c, name)));
    let attributes = schema
        .attributes()
        .filter(|a| !a.config_only && !a.volatile && a.name != "tags")
        .filter(|a| a.name == "id" || a.name == "tags_all" || !a.computed || set(a.name))
        .map(|a| (a.name, part(value, a.name)));
    let blocks =
        schema.block.blocks.iter().filter(|b| !b.config_only && (!b.computed || set(b.name))).map(|b| (b.name, part(value, b.name)));
    Value::object_of(attributes.chain(blocks))
}

/// The digest of a live resource.
pub fn live(live: &Live, config: Option<&Value>) -> String {
    let mut hasher = blake3::Hasher::new();
    text(&mut hasher, live.schema.name);
    text(&mut hasher, &live.id);
    match &live.owner {
        Owner::Mark(mark) => {
            text(&mut hasher, "mark");
            text(&mut hasher, &mark.stack);
            text(&mut hasher, &mark.address);
            text(&mut hasher, if mark.deposed { "deposed" } else { "" });
        }
        Owner::Child { parent_type, parent_id } => {
            text(&mut hasher, "child");
            text(&mut hasher, parent_type);
            text(&mut hasher, parent_id);
        }
        Owner::Nobody => text(&mut hasher, "nobody"),
    }
    let value = crate::planning::marks::marked(live.schema, &covered(live.schema, &live.value, config), config);
    feed(&mut hasher, &value);
    hasher.finalize().to_hex().to_string()
}

/// The digest of a value, unknown parts included.
pub fn value(value: &Value) -> String {
    let mut hasher = blake3::Hasher::new();
    feed(&mut hasher, value);
    hasher.finalize().to_hex().to_string()
}

fn text(hasher: &mut blake3::Hasher, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

fn feed(hasher: &mut blake3::Hasher, value: &Value) {
    if value.is_sensitive() {
        hasher.update(b"!");
        return;
    }
    match value.kind() {
        Kind::Null => {
            hasher.update(b"0");
        }
        Kind::Unknown(ty) => {
            hasher.update(b"?");
            text(hasher, &ty.to_string());
        }
        Kind::Bool(b) => {
            hasher.update(if *b { b"t" } else { b"f" });
        }
        Kind::Number(n) => {
            hasher.update(b"n");
            text(hasher, &n.to_string());
        }
        Kind::String(s) => {
            hasher.update(b"s");
            text(hasher, s);
        }
        Kind::List(e) | Kind::Tuple(e) | Kind::Set(e) => {
            hasher.update(if matches!(value.kind(), Kind::Set(_)) { b"{" } else { b"[" });
            hasher.update(&(e.len() as u64).to_le_bytes());
            for v in e.iter() {
                feed(hasher, v);
            }
        }
        Kind::Map(e) | Kind::Object(e) => {
            hasher.update(b"m");
            hasher.update(&(e.len() as u64).to_le_bytes());
            for (k, v) in e.iter() {
                text(hasher, k);
                feed(hasher, v);
            }
        }
    }
}
