//! What differs between what AWS has and what is planned, leaf by leaf.

use super::equal::{is_empty, part, same, same_blocks, same_type};
use crate::plan::Difference;
use cairn_model::{AttrType, Attribute, Block, NestedBlock, Nesting, Path, Schema, Step, Value};
use std::collections::{BTreeSet, HashSet};

/// Every difference, in the order of the schema. Works on values without marks.
pub(crate) fn differences(schema: &Schema, before: &Value, planned: &Value) -> Vec<Difference> {
    let mut out = Vec::new();
    for a in schema.attributes() {
        attribute(a, &part(before, a.name), &part(planned, a.name), &Path::name(a.name), false, &mut out);
    }
    for b in schema.block.blocks {
        blocks(b, &part(before, b.name), &part(planned, b.name), &Path::name(b.name), false, &mut out);
    }
    if schema.tags { each_tag_once(out) } else { out }
}

/// A tag shows under `tags` and `tags_all`; said once, it is said under `tags`.
fn each_tag_once(differences: Vec<Difference>) -> Vec<Difference> {
    let said: HashSet<Vec<Step>> =
        differences.iter().filter(|d| d.path.root() == "tags").map(|d| d.path.0.iter().skip(1).cloned().collect()).collect();
    differences
        .into_iter()
        .filter(|d| {
            let rest: Vec<Step> = d.path.0.iter().skip(1).cloned().collect();
            d.path.root() != "tags_all" || !(said.contains(&rest) || said.contains(&Vec::new()))
        })
        .collect()
}

fn push(path: &Path, have: &Value, want: &Value, force_new: bool, out: &mut Vec<Difference>) {
    let drift = want.is_wholly_known();
    out.push(Difference { path: path.clone(), have: have.clone(), want: want.clone(), force_new, drift, span: None });
}

fn attribute(a: &Attribute, have: &Value, want: &Value, path: &Path, force_new: bool, out: &mut Vec<Difference>) {
    if a.config_only || same(a, have, want) {
        return;
    }
    let force_new = force_new || a.force_new;
    if a.equal.is_some() {
        return push(path, have, want, force_new, out);
    }
    typed(&a.ty, have, want, path, force_new, out);
}

fn typed(ty: &AttrType, have: &Value, want: &Value, path: &Path, force_new: bool, out: &mut Vec<Difference>) {
    if want.is_unknown() {
        return push(path, have, want, force_new, out);
    }
    match ty {
        AttrType::Map(inner) if (have.is_null() || have.entries().is_some()) && (want.is_null() || want.entries().is_some()) => {
            let keys: BTreeSet<&String> = have.entries().into_iter().chain(want.entries()).flat_map(|e| e.keys()).collect();
            for key in keys {
                let (h, w) = (part(have, key), part(want, key));
                if !same_type(inner, &h, &w) {
                    typed(inner, &h, &w, &path.join(key), force_new, out);
                }
            }
        }
        AttrType::List(inner) => match (have.elements(), want.elements()) {
            (Some(h), Some(w)) if !h.is_empty() && !w.is_empty() => {
                for i in 0..h.len().max(w.len()) {
                    let (h, w) = (at(h, i), at(w, i));
                    if !same_type(inner, &h, &w) {
                        typed(inner, &h, &w, &path.index(i), force_new, out);
                    }
                }
            }
            _ => push(path, have, want, force_new, out),
        },
        AttrType::Object(attributes) if !have.is_null() && !want.is_null() => {
            for a in attributes.iter() {
                attribute(a, &part(have, a.name), &part(want, a.name), &path.join(a.name), force_new, out);
            }
        }
        _ => push(path, have, want, force_new, out),
    }
}

fn at(elements: &[Value], index: usize) -> Value {
    elements.get(index).cloned().unwrap_or_else(Value::null)
}

fn blocks(b: &NestedBlock, have: &Value, want: &Value, path: &Path, force_new: bool, out: &mut Vec<Difference>) {
    if b.config_only || same_blocks(b, have, want) {
        return;
    }
    let force_new = force_new || b.force_new;
    if want.is_unknown() || b.nesting == Nesting::Set {
        // A set has no places: the whole of it differs. What a part of it forces, the set forces.
        let force_new = force_new || (b.nesting == Nesting::Set && forces(b.block, have, want));
        return push(path, have, want, force_new, out);
    }
    let (h, w) = (have.elements().unwrap_or(&[]), want.elements().unwrap_or(&[]));
    for i in 0..h.len().max(w.len()) {
        match (h.get(i), w.get(i)) {
            (Some(h), Some(w)) if !w.is_unknown() => object(b.block, h, w, &path.index(i), force_new, out),
            (h, w) => {
                let force_new = force_new || [h, w].into_iter().flatten().any(|v| sets_forcing(b.block, v));
                push(&path.index(i), &h.cloned().unwrap_or_else(Value::null), &w.cloned().unwrap_or_else(Value::null), force_new, out);
            }
        }
    }
}

fn object(block: &Block, have: &Value, want: &Value, path: &Path, force_new: bool, out: &mut Vec<Difference>) {
    for a in block.attributes {
        attribute(a, &part(have, a.name), &part(want, a.name), &path.join(a.name), force_new, out);
    }
    for b in block.blocks {
        blocks(b, &part(have, b.name), &part(want, b.name), &path.join(b.name), force_new, out);
    }
}

/// True when elements that come or go carry an argument that can't be changed in place.
fn forces(block: &Block, have: &Value, want: &Value) -> bool {
    let (h, w) = (have.elements().unwrap_or(&[]), want.elements().unwrap_or(&[]));
    let only = |a: &[Value], b: &[Value]| a.iter().filter(|v| !b.contains(v)).any(|v| sets_forcing(block, v));
    only(h, w) || only(w, h)
}

fn sets_forcing(block: &Block, value: &Value) -> bool {
    block.attributes.iter().any(|a| a.force_new && !is_empty(&part(value, a.name)))
        || block.blocks.iter().any(|b| {
            part(value, b.name).elements().is_some_and(|e| !e.is_empty() && (b.force_new || e.iter().any(|v| sets_forcing(b.block, v))))
        })
}
