//! When what AWS has and what the configuration wants are the same, by the schema's rules.
//! Everything here works on values without marks.

use cairn_model::{AttrType, Attribute, Block, Kind, NestedBlock, Nesting, Value};

/// True for `null`, the empty text and the empty collection: Terraform's SDK takes them for one.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value.kind() {
        Kind::Null => true,
        Kind::String(s) => s.is_empty(),
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => e.is_empty(),
        Kind::Map(e) => e.is_empty(),
        _ => false,
    }
}

/// An attribute of an object; `null` where it has none.
pub(crate) fn part(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or_else(Value::null)
}

/// True when two values of an attribute mean the same. An unknown is never the same as anything.
pub(crate) fn same(attribute: &Attribute, have: &Value, want: &Value) -> bool {
    if is_empty(have) && is_empty(want) {
        return true;
    }
    if !have.is_wholly_known() || !want.is_wholly_known() {
        return false;
    }
    if have == want {
        return true;
    }
    match attribute.equal {
        Some(equal) if !have.is_null() && !want.is_null() => equal(have, want),
        _ => same_type(&attribute.ty, have, want),
    }
}

/// The same for values of a type, inside an attribute.
pub(crate) fn same_type(ty: &AttrType, have: &Value, want: &Value) -> bool {
    if have == want {
        return true;
    }
    match ty {
        AttrType::Object(attributes) => {
            !have.is_null()
                && !want.is_null()
                && attributes.iter().filter(|a| !a.config_only).all(|a| same(a, &part(have, a.name), &part(want, a.name)))
        }
        AttrType::List(inner) => match (have.elements(), want.elements()) {
            (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_type(inner, a, b)),
            _ => false,
        },
        AttrType::Set(inner) => match (have.elements(), want.elements()) {
            (Some(a), Some(b)) => same_elements(a, b, |a, b| same_type(inner, a, b)),
            _ => false,
        },
        AttrType::Map(inner) => match (have.entries(), want.entries()) {
            // A key with `null` is a key that is not there; one with an empty text is there.
            (Some(a), Some(b)) => a.keys().chain(b.keys()).all(|k| same_type(inner, &part(have, k), &part(want, k))),
            _ => false,
        },
        _ => false,
    }
}

/// True when the blocks of one name mean the same.
pub(crate) fn same_blocks(nested: &NestedBlock, have: &Value, want: &Value) -> bool {
    if is_empty(have) && is_empty(want) {
        return true;
    }
    match (have.elements(), want.elements()) {
        (Some(a), Some(b)) => match nested.nesting {
            Nesting::List => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_block(nested.block, a, b)),
            Nesting::Set => same_elements(a, b, |a, b| same_block(nested.block, a, b)),
        },
        _ => false,
    }
}

/// True when the insides of two blocks mean the same.
pub(crate) fn same_block(block: &Block, have: &Value, want: &Value) -> bool {
    if have.is_unknown() || want.is_unknown() {
        return false;
    }
    block.attributes.iter().filter(|a| !a.config_only).all(|a| same(a, &part(have, a.name), &part(want, a.name)))
        && block.blocks.iter().filter(|b| !b.config_only).all(|b| same_blocks(b, &part(have, b.name), &part(want, b.name)))
}

fn same_elements(a: &[Value], b: &[Value], same: impl Fn(&Value, &Value) -> bool) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut left: Vec<&Value> = b.iter().collect();
    a.iter().all(|a| match left.iter().position(|b| same(a, b)) {
        Some(at) => {
            left.swap_remove(at);
            true
        }
        None => false,
    })
}

/// Finds for each wanted element of a set the live one that it most likely is: first those that
/// differ in nothing that is configured, then those that have most in common.
pub(crate) fn pair(block: &Block, want: &[Value], live: &[Value]) -> Vec<Option<usize>> {
    let mut scores = Vec::new();
    for (i, w) in want.iter().enumerate() {
        for (j, l) in live.iter().enumerate() {
            let (equal, different) = compare(block, w, l);
            if different == 0 || equal > 0 {
                scores.push((different > 0, std::cmp::Reverse(equal), different, i, j));
            }
        }
    }
    scores.sort();
    let mut pairs = vec![None; want.len()];
    let mut taken = vec![false; live.len()];
    for (_, _, _, i, j) in scores {
        if let (Some(pair @ None), Some(taken @ false)) = (pairs.get_mut(i), taken.get_mut(j)) {
            *pair = Some(j);
            *taken = true;
        }
    }
    pairs
}

/// How many configured arguments are equal and how many differ. An unknown counts as neither.
fn compare(block: &Block, want: &Value, live: &Value) -> (usize, usize) {
    let (mut equal, mut different) = (0, 0);
    for a in block.attributes.iter().filter(|a| !a.config_only) {
        let (mut w, l) = (part(want, a.name), part(live, a.name));
        if w.is_null() {
            if let Some(default) = &a.default {
                w = default.value();
            } else if a.computed {
                continue;
            }
        }
        match () {
            () if is_empty(&w) && is_empty(&l) || !w.is_wholly_known() => {}
            () if same(a, &l, &w) => equal += 1,
            () => different += 1,
        }
    }
    for b in block.blocks.iter().filter(|b| !b.config_only) {
        let (w, l) = (part(want, b.name), part(live, b.name));
        let (Some(w), Some(l)) = (w.elements().or(w.is_null().then_some(&[])), l.elements().or(l.is_null().then_some(&[]))) else {
            continue;
        };
        if w.is_empty() && (b.computed || l.is_empty()) {
            continue;
        }
        let inner: Vec<_> = match b.nesting {
            Nesting::List => (0..w.len()).map(|i| (i < l.len()).then_some(i)).collect(),
            Nesting::Set => pair(b.block, w, l),
        };
        let good = inner.iter().zip(w).all(|(j, w)| j.and_then(|j| l.get(j)).is_some_and(|l| compare(b.block, w, l).1 == 0));
        if good && w.len() == l.len() {
            equal += 1;
        } else {
            different += 1;
        }
    }
    (equal, different)
}
