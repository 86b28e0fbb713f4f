//! The planned value of a resource: what the configuration says, and where it says nothing the
//! default, what AWS has, or unknown. Everything here works on values without marks.

use super::equal::{is_empty, pair, part, same};
use cairn_model::{AttrType, Attribute, Block, NestedBlock, Nesting, Schema, Value};
use std::collections::BTreeMap;

/// The planned value of a resource, but for `tags_all` and what `ignore_changes` keeps. A live value
/// that means the same as the wanted one is kept as it stands.
pub(crate) fn compose(schema: &Schema, config: &Value, live: Option<&Value>) -> Value {
    let attributes = schema.attributes().map(|a| (a.name.to_string(), attribute(a, &part(config, a.name), inside(live, a.name).as_ref())));
    let blocks = schema.block.blocks.iter().map(|b| (b.name.to_string(), blocks(b, &part(config, b.name), inside(live, b.name).as_ref())));
    Value::object(attributes.chain(blocks).collect())
}

fn object(block: &Block, config: &Value, live: Option<&Value>) -> Value {
    if config.is_unknown() {
        return config.clone();
    }
    let attributes =
        block.attributes.iter().map(|a| (a.name.to_string(), attribute(a, &part(config, a.name), inside(live, a.name).as_ref())));
    let blocks = block.blocks.iter().map(|b| (b.name.to_string(), blocks(b, &part(config, b.name), inside(live, b.name).as_ref())));
    Value::object(attributes.chain(blocks).collect())
}

/// Inside something live everything is live, `null` where it has no such part.
fn inside(live: Option<&Value>, name: &str) -> Option<Value> {
    live.map(|l| part(l, name))
}

fn attribute(attribute: &Attribute, config: &Value, live: Option<&Value>) -> Value {
    let want = match (&attribute.default, config.is_null()) {
        (_, false) => config.clone(),
        (Some(default), true) => default.value(),
        (None, true) if attribute.computed && !attribute.config_only => {
            return live.cloned().unwrap_or_else(|| Value::unknown(attribute.ty.ty()));
        }
        (None, true) => Value::null(),
    };
    match live {
        Some(live) if !attribute.config_only && same(attribute, live, &want) => live.clone(),
        _ if attribute.config_only => nested(&attribute.ty, &want, Some(&Value::null())),
        live => nested(&attribute.ty, &want, live),
    }
}

/// Objects inside attributes have attributes of their own.
fn nested(ty: &AttrType, want: &Value, live: Option<&Value>) -> Value {
    let (AttrType::Object(_) | AttrType::List(_) | AttrType::Set(_) | AttrType::Map(_)) = ty else { return want.clone() };
    if want.is_null() || want.is_unknown() || !holds_objects(ty) {
        return want.clone();
    }
    match ty {
        AttrType::Object(attributes) => object(&Block { attributes, blocks: &[] }, want, live),
        AttrType::Map(inner) => match want.entries() {
            Some(e) => {
                Value::map(e.iter().map(|(k, v)| (k.clone(), nested(inner, v, inside(live, k).as_ref()))).collect::<BTreeMap<_, _>>())
            }
            None => want.clone(),
        },
        AttrType::List(inner) | AttrType::Set(inner) => {
            let Some(wanted) = want.elements() else { return want.clone() };
            let lives = live.map(|l| l.elements().unwrap_or(&[]));
            if let (AttrType::Set(_), AttrType::Object(attributes)) = (ty, inner) {
                return Value::set(in_set(&Block { attributes, blocks: &[] }, wanted, lives));
            }
            let made = wanted.iter().enumerate().map(|(i, w)| nested(inner, w, lives.and_then(|l| l.get(i)))).collect();
            if matches!(ty, AttrType::Set(_)) { Value::set(made) } else { Value::list(made) }
        }
        _ => want.clone(),
    }
}

/// True when there is an object somewhere inside values of a type.
pub(crate) fn holds_objects(ty: &AttrType) -> bool {
    match ty {
        AttrType::Object(_) => true,
        AttrType::List(t) | AttrType::Set(t) | AttrType::Map(t) => holds_objects(t),
        _ => false,
    }
}

/// No block of a name.
pub(crate) fn no_blocks(nested: &NestedBlock) -> Value {
    match nested.nesting {
        Nesting::List => Value::list(Vec::new()),
        Nesting::Set => Value::set(Vec::new()),
    }
}

fn blocks(nested: &NestedBlock, config: &Value, live: Option<&Value>) -> Value {
    if config.is_unknown() {
        return config.clone();
    }
    if is_empty(config) {
        return match live {
            _ if nested.config_only || !nested.computed => no_blocks(nested),
            Some(live) => live.clone(),
            None => Value::unknown(nested.ty()),
        };
    }
    let nothing = Value::null();
    let live = if nested.config_only { Some(&nothing) } else { live };
    let wanted = config.elements().unwrap_or(&[]);
    let lives = live.map(|l| l.elements().unwrap_or(&[]));
    match nested.nesting {
        Nesting::List if nested.config_only => Value::list(wanted.iter().map(|w| object(nested.block, w, live)).collect()),
        Nesting::List => {
            Value::list(wanted.iter().enumerate().map(|(i, w)| object(nested.block, w, lives.and_then(|l| l.get(i)))).collect())
        }
        Nesting::Set if nested.config_only => Value::set(wanted.iter().map(|w| object(nested.block, w, live)).collect()),
        Nesting::Set => Value::set(in_set(nested.block, wanted, lives)),
    }
}

fn in_set(block: &Block, wanted: &[Value], lives: Option<&[Value]>) -> Vec<Value> {
    let pairs = lives.map(|l| pair(block, wanted, l)).unwrap_or_default();
    let live = |i: usize| pairs.get(i).copied().flatten().and_then(|j| lives.and_then(|l| l.get(j)));
    wanted.iter().enumerate().map(|(i, w)| object(block, w, live(i))).collect()
}

/// The value that the rest of the configuration sees: as planned, but where AWS writes what the
/// configuration says in another form, the configuration's. So it is the same before, during and
/// after an apply, and nothing that refers to it changes for AWS's way of writing.
pub(crate) fn reference(schema: &Schema, planned: &Value, config: &Value) -> Value {
    if planned.entries().is_none() || config.entries().is_none() {
        return planned.clone();
    }
    let attributes =
        schema.attributes().map(|a| (a.name.to_string(), reference_attribute(a, &part(planned, a.name), &part(config, a.name))));
    let blocks =
        schema.block.blocks.iter().map(|b| (b.name.to_string(), reference_blocks(b, &part(planned, b.name), &part(config, b.name))));
    Value::object(attributes.chain(blocks).collect())
}

fn reference_attribute(attribute: &Attribute, planned: &Value, config: &Value) -> Value {
    if attribute.config_only || planned.is_unknown() {
        return planned.clone();
    }
    let want = match (&attribute.default, config.is_null()) {
        (_, false) => config.clone(),
        (Some(default), true) => default.value(),
        (None, true) if attribute.computed => return planned.clone(),
        (None, true) => Value::null(),
    };
    if same(attribute, planned, &want) { want } else { planned.clone() }
}

fn reference_object(block: &Block, planned: &Value, config: &Value) -> Value {
    if planned.entries().is_none() || config.entries().is_none() {
        return planned.clone();
    }
    let attributes =
        block.attributes.iter().map(|a| (a.name.to_string(), reference_attribute(a, &part(planned, a.name), &part(config, a.name))));
    let blocks = block.blocks.iter().map(|b| (b.name.to_string(), reference_blocks(b, &part(planned, b.name), &part(config, b.name))));
    Value::object(attributes.chain(blocks).collect())
}

fn reference_blocks(nested: &NestedBlock, planned: &Value, config: &Value) -> Value {
    let (Some(p), Some(c)) = (planned.elements(), config.elements()) else { return planned.clone() };
    if p.len() != c.len() || nested.config_only {
        return planned.clone();
    }
    match nested.nesting {
        Nesting::List => Value::list(p.iter().zip(c).map(|(p, c)| reference_object(nested.block, p, c)).collect()),
        Nesting::Set => {
            let pairs = pair(nested.block, c, p);
            let mut made = p.to_vec();
            for (c, at) in c.iter().zip(pairs) {
                if let Some(p) = at.and_then(|at| made.get_mut(at)) {
                    *p = reference_object(nested.block, p, c);
                }
            }
            Value::set(made)
        }
    }
}

/// What AWS has, as a plan shows it: arguments that AWS does not give back look as they will, so
/// that they are no difference.
pub(crate) fn before(schema: &Schema, live: &Value, planned: &Value) -> Value {
    let mut out = live.clone();
    for a in schema.attributes() {
        out = out.with(a.name, before_attribute(a, &part(live, a.name), &part(planned, a.name)));
    }
    for b in schema.block.blocks {
        out = out.with(b.name, before_blocks(b, &part(live, b.name), &part(planned, b.name)));
    }
    out
}

fn before_attribute(attribute: &Attribute, live: &Value, planned: &Value) -> Value {
    if !attribute.config_only {
        return live.clone();
    }
    if planned.is_wholly_known() { planned.clone() } else { Value::null() }
}

fn before_blocks(nested: &NestedBlock, live: &Value, planned: &Value) -> Value {
    if nested.config_only {
        return if planned.is_wholly_known() { planned.clone() } else { no_blocks(nested) };
    }
    let (Some(l), Some(p)) = (live.elements(), planned.elements()) else { return live.clone() };
    if !holds_config_only(nested.block) {
        return live.clone();
    }
    match nested.nesting {
        Nesting::List => Value::list(
            l.iter().enumerate().map(|(i, l)| p.get(i).map_or_else(|| l.clone(), |p| before_object(nested.block, l, p))).collect(),
        ),
        Nesting::Set => {
            let mut made = l.to_vec();
            for (p, at) in p.iter().zip(pair(nested.block, p, l)) {
                if let Some(l) = at.and_then(|at| made.get_mut(at)) {
                    *l = before_object(nested.block, l, p);
                }
            }
            Value::set(made)
        }
    }
}

fn before_object(block: &Block, live: &Value, planned: &Value) -> Value {
    let attributes =
        block.attributes.iter().map(|a| (a.name.to_string(), before_attribute(a, &part(live, a.name), &part(planned, a.name))));
    let blocks = block.blocks.iter().map(|b| (b.name.to_string(), before_blocks(b, &part(live, b.name), &part(planned, b.name))));
    Value::object(attributes.chain(blocks).collect())
}

fn holds_config_only(block: &Block) -> bool {
    block.attributes.iter().any(|a| a.config_only) || block.blocks.iter().any(|b| b.config_only || holds_config_only(b.block))
}
