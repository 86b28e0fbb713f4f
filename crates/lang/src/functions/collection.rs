//! Functions on lists, maps and objects.

use super::*;
use crate::eval::operators::equal;
use cairn_model::Kind;
use cairn_model::convert::{convert, unify};
use std::collections::BTreeMap;
use unicode_segmentation::UnicodeSegmentation;

const ANY_MARKED: Param = param("value", ANY).marks().unknowns();

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "alltrue",
        doc: "Whether all elements are true.",
        params: &[param("list", ParamType::List(&ParamType::Bool))],
        variadic: None,
        returns: bool,
        call: |_, a| Ok(quantify(a, true)),
    },
    Function {
        name: "anytrue",
        doc: "Whether an element is true.",
        params: &[param("list", ParamType::List(&ParamType::Bool))],
        variadic: None,
        returns: bool,
        call: |_, a| Ok(quantify(a, false)),
    },
    Function {
        name: "chunklist",
        doc: "A list cut into lists of a size.",
        params: &[param("list", LIST).marks(), param("size", NUMBER).marks()],
        variadic: None,
        returns: |a| Type::list(argument(a, 0).ty()),
        call: chunklist,
    },
    Function {
        name: "coalesce",
        doc: "The first argument that is neither null nor empty text.",
        params: &[],
        variadic: Some(param("vals", ANY).nulls().unknowns().marks()),
        returns: any,
        call: coalesce,
    },
    Function {
        name: "coalescelist",
        doc: "The first list that is not empty.",
        params: &[],
        variadic: Some(param("vals", ANY).unknowns().marks()),
        returns: any,
        call: coalescelist,
    },
    Function {
        name: "compact",
        doc: "A list of text without null and empty elements.",
        params: &[param("list", STRINGS)],
        variadic: None,
        returns: strings,
        call: compact,
    },
    Function {
        name: "concat",
        doc: "Several lists one after the other.",
        params: &[],
        variadic: Some(param("seqs", ANY).marks()),
        returns: any,
        call: concat,
    },
    Function {
        name: "contains",
        doc: "Whether a list, set or tuple holds a value.",
        params: &[param("list", ANY), param("value", ANY)],
        variadic: None,
        returns: bool,
        call: contains,
    },
    Function {
        name: "distinct",
        doc: "A list without what is there twice.",
        params: &[param("list", LIST)],
        variadic: None,
        returns: |a| argument(a, 0).ty(),
        call: distinct,
    },
    Function {
        name: "element",
        doc: "The element at a place, counted round and round.",
        params: &[param("list", ANY).marks(), param("index", NUMBER)],
        variadic: None,
        returns: any,
        call: element,
    },
    Function {
        name: "flatten",
        doc: "The elements of nested lists as one list.",
        params: &[param("list", ANY).marks()],
        variadic: None,
        returns: any,
        call: flatten,
    },
    Function {
        name: "index",
        doc: "The place of a value in a list.",
        params: &[param("list", ANY), param("value", ANY)],
        variadic: None,
        returns: number,
        call: index,
    },
    Function {
        name: "keys",
        doc: "The keys of a map or object, sorted.",
        params: &[param("inputMap", ANY).marks().unknowns()],
        variadic: None,
        returns: strings,
        call: keys,
    },
    Function {
        name: "length",
        doc: "How many elements or characters there are.",
        params: &[ANY_MARKED],
        variadic: None,
        returns: number,
        call: length,
    },
    Function {
        name: "lookup",
        doc: "The value under a key, or else a default.",
        params: &[param("inputMap", ANY).marks(), param("key", STRING).marks()],
        variadic: Some(param("default", ANY).nulls().unknowns().marks()),
        returns: any,
        call: lookup,
    },
    Function {
        name: "matchkeys",
        doc: "The values whose keys are in a list.",
        params: &[param("values", LIST), param("keys", LIST), param("searchset", LIST)],
        variadic: None,
        returns: |a| argument(a, 0).ty(),
        call: matchkeys,
    },
    Function {
        name: "merge",
        doc: "Maps or objects as one; later ones win.",
        params: &[],
        variadic: Some(param("maps", ANY).nulls().marks()),
        returns: any,
        call: merge,
    },
    Function {
        name: "one",
        doc: "The only element; null where there is none.",
        params: &[param("list", ANY).marks()],
        variadic: None,
        returns: any,
        call: one,
    },
    Function {
        name: "reverse",
        doc: "A list back to front.",
        params: &[param("list", ANY).marks()],
        variadic: None,
        returns: |a| argument(a, 0).ty(),
        call: reverse,
    },
    Function {
        name: "slice",
        doc: "The elements from a place up to another.",
        params: &[param("list", ANY).marks(), param("start_index", NUMBER), param("end_index", NUMBER)],
        variadic: None,
        returns: any,
        call: slice,
    },
    Function {
        name: "sort",
        doc: "A list of text in order.",
        params: &[param("list", STRINGS)],
        variadic: None,
        returns: strings,
        call: sort,
    },
    Function {
        name: "transpose",
        doc: "A map of lists with keys and elements exchanged.",
        params: &[param("values", ParamType::Map(&STRINGS))],
        variadic: None,
        returns: |_| Type::map(Type::list(Type::String)),
        call: transpose,
    },
    Function {
        name: "values",
        doc: "The values of a map or object, in the order of their keys.",
        params: &[param("mapping", ANY).marks()],
        variadic: None,
        returns: any,
        call: values,
    },
    Function {
        name: "zipmap",
        doc: "A map of keys and values from two lists.",
        params: &[param("keys", STRINGS).marks(), param("values", ANY).marks()],
        variadic: None,
        returns: any,
        call: zipmap,
    },
];

/// All true (or, with `all` false, any true) where unknown elements may still decide.
fn quantify(a: &[Value], all: bool) -> Value {
    let mut unknown = false;
    for element in elements(a, 0) {
        match element.as_bool() {
            Some(b) if b != all => return (!all).into(),
            Some(_) => {}
            None if element.is_unknown() => unknown = true,
            // A null is not true.
            None if all => return false.into(),
            None => {}
        }
    }
    if unknown { Value::unknown(Type::Bool) } else { all.into() }
}

/// The same container with other elements: a list stays a list, anything else becomes a tuple.
fn like(container: &Value, elements: Vec<Value>) -> Value {
    match container.kind() {
        Kind::List(_) | Kind::Set(_) => Value::list(elements),
        _ => Value::tuple(elements),
    }
    .marked_like(&[container])
}

fn sequence(a: &[Value], i: usize, sets: bool) -> Result<&[Value], Failure> {
    match a.get(i).map(Value::kind) {
        Some(Kind::List(e) | Kind::Tuple(e)) => Ok(e),
        Some(Kind::Set(e)) if sets => Ok(e),
        Some(Kind::Set(_)) => Err(Failure::Argument(i, "a set has no order; make it a list with tolist() first".into())),
        _ => Err(Failure::Argument(i, if sets { "a list, set or tuple is required" } else { "a list or tuple is required" }.into())),
    }
}

fn chunklist(_: &Context, a: &[Value]) -> Outcome {
    let size = usize::try_from(whole(a, 1)?).map_err(|_| Failure::Argument(1, "must not be negative".into()))?;
    let all = elements(a, 0);
    let chunks = match size {
        _ if all.is_empty() => Vec::new(),
        0 => vec![Value::list(all.to_vec())],
        n => all.chunks(n).map(|c| Value::list(c.to_vec())).collect(),
    };
    Ok(Value::list(chunks).marked_like(&a.iter().collect::<Vec<_>>()))
}

/// The one type of the arguments that say one.
fn common(a: &[Value]) -> Result<Type, Failure> {
    if a.is_empty() {
        return Err("at least one argument is required".into());
    }
    unify(&a.iter().map(Value::ty).collect::<Vec<_>>()).ok_or_else(|| "all arguments must be of one type".into())
}

fn coalesce(_: &Context, a: &[Value]) -> Outcome {
    let ty = common(a)?;
    let marks: Vec<&Value> = a.iter().collect();
    for value in a {
        if value.is_unknown() {
            return Ok(Value::unknown(ty).marked_like(&marks));
        }
        let empty = value.is_null() || value.as_str() == Some("");
        if !empty {
            return convert(value, &ty).map(|v| v.marked_like(&marks)).map_err(|e| e.to_string().into());
        }
    }
    Err("no argument is both not null and not empty".into())
}

fn coalescelist(_: &Context, a: &[Value]) -> Outcome {
    if a.is_empty() {
        return Err("at least one argument is required".into());
    }
    for (i, value) in a.iter().enumerate() {
        if value.is_unknown() {
            return Ok(Value::unknown(Type::Dynamic).marked_like(&[value]));
        }
        if value.elements().is_none() {
            return Err(Failure::Argument(i, "a list, set or tuple is required".into()));
        }
        if value.elements().is_some_and(|e| !e.is_empty()) {
            return Ok(value.clone());
        }
    }
    Err("all lists are empty".into())
}

fn compact(_: &Context, a: &[Value]) -> Outcome {
    let list = argument(a, 0);
    if !list.is_wholly_known() {
        return Ok(Value::unknown(Type::list(Type::String)));
    }
    Ok(Value::list(elements(a, 0).iter().filter(|v| !v.is_null() && v.as_str() != Some("")).cloned().collect()))
}

fn concat(_: &Context, a: &[Value]) -> Outcome {
    if a.is_empty() {
        return Err("at least one argument is required".into());
    }
    let mut out = Vec::new();
    for i in 0..a.len() {
        out.extend(sequence(a, i, true)?.iter().cloned());
    }
    let marks: Vec<&Value> = a.iter().collect();
    let lists = a.iter().all(|v| matches!(v.kind(), Kind::List(_) | Kind::Set(_)));
    let uniform = lists.then(|| unify(&a.iter().map(Value::ty).collect::<Vec<_>>())).flatten();
    if let Some(Type::List(element) | Type::Set(element)) = uniform {
        let converted: Option<Vec<Value>> = out.iter().map(|v| convert(v, &element).ok()).collect();
        if let Some(converted) = converted {
            return Ok(Value::list(converted).marked_like(&marks));
        }
    }
    Ok(Value::tuple(out).marked_like(&marks))
}

fn contains(_: &Context, a: &[Value]) -> Outcome {
    let wanted = argument(a, 1);
    let mut unknown = false;
    for element in sequence(a, 0, true)? {
        match equal(element, &wanted) {
            Some(true) => return Ok(true.into()),
            Some(false) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Value::unknown(Type::Bool) } else { false.into() })
}

fn distinct(_: &Context, a: &[Value]) -> Outcome {
    let list = argument(a, 0);
    if !list.is_wholly_known() {
        return Ok(Value::unknown(list.ty()));
    }
    let mut seen = std::collections::HashSet::new();
    Ok(Value::list(elements(a, 0).iter().filter(|v| seen.insert((*v).clone())).cloned().collect()))
}

fn element(_: &Context, a: &[Value]) -> Outcome {
    let all = sequence(a, 0, false)?;
    let i = whole(a, 1)?;
    if i < 0 {
        return Err(Failure::Argument(1, "must not be negative".into()));
    }
    if all.is_empty() {
        return Err("an empty list has no elements".into());
    }
    let i = i.rem_euclid(all.len() as i64) as usize;
    Ok(all.get(i).cloned().unwrap_or_else(Value::null).marked_like(&[&argument(a, 0)]))
}

fn flatten(_: &Context, a: &[Value]) -> Outcome {
    /// False when a part is not known, so that nobody knows how many elements there will be.
    fn go(value: &Value, out: &mut Vec<Value>, sensitive: &mut bool) -> bool {
        *sensitive |= value.is_sensitive();
        value.elements().unwrap_or_default().iter().all(|element| match element.kind() {
            Kind::List(_) | Kind::Set(_) | Kind::Tuple(_) => go(element, out, sensitive),
            Kind::Unknown(Type::List(_) | Type::Set(_) | Type::Dynamic) => {
                *sensitive |= element.is_sensitive();
                false
            }
            _ => {
                out.push(element.clone());
                true
            }
        })
    }
    sequence(a, 0, true)?;
    let (mut out, mut sensitive) = (Vec::new(), false);
    let known = go(&argument(a, 0), &mut out, &mut sensitive);
    let made = if known { Value::tuple(out) } else { Value::unknown(Type::Dynamic) };
    Ok(made.with_sensitive(sensitive))
}

fn index(_: &Context, a: &[Value]) -> Outcome {
    let wanted = argument(a, 1);
    for (i, element) in sequence(a, 0, false)?.iter().enumerate() {
        match equal(element, &wanted) {
            Some(true) => return Ok(Value::number(i as i64)),
            Some(false) => {}
            None => return Ok(Value::unknown(Type::Number)),
        }
    }
    Err("the list doesn't hold this value".into())
}

fn keys(_: &Context, a: &[Value]) -> Outcome {
    let given = argument(a, 0);
    let made = match given.kind() {
        Kind::Map(e) => Value::list(e.keys().map(|k| k.as_str().into()).collect()),
        Kind::Object(e) => Value::tuple(e.keys().map(|k| k.as_str().into()).collect()),
        Kind::Unknown(Type::Object(e, _)) => Value::tuple(e.keys().map(|k| k.as_str().into()).collect()),
        Kind::Unknown(Type::Map(_) | Type::Dynamic) => Value::unknown(Type::list(Type::String)),
        _ => return Err(Failure::Argument(0, "a map or object is required".into())),
    };
    Ok(made.marked_like(&[&given]))
}

fn length(_: &Context, a: &[Value]) -> Outcome {
    let given = argument(a, 0);
    let count = match given.kind() {
        Kind::String(s) => Some(s.graphemes(true).count()),
        Kind::List(e) | Kind::Tuple(e) => Some(e.len()),
        // Elements that are not known yet may turn out to be the same.
        Kind::Set(e) => (given.is_wholly_known() || e.len() == 1).then_some(e.len()),
        Kind::Map(e) | Kind::Object(e) => Some(e.len()),
        Kind::Unknown(Type::Tuple(e)) => Some(e.len()),
        Kind::Unknown(Type::Object(e, _)) => Some(e.len()),
        Kind::Unknown(Type::Bool | Type::Number) | Kind::Bool(_) | Kind::Number(_) | Kind::Null => {
            return Err(Failure::Argument(0, "text, a list, a set, a map or an object is required".into()));
        }
        Kind::Unknown(_) => None,
    };
    Ok(count.map_or(Value::unknown(Type::Number), |n| Value::number(n as i64)).marked_like(&[&given]))
}

fn lookup(_: &Context, a: &[Value]) -> Outcome {
    let (map, key) = (argument(a, 0), argument(a, 1));
    if a.len() > 3 {
        return Err("two or three arguments are required".into());
    }
    let Some(entries) = map.entries() else { return Err(Failure::Argument(0, "a map or object is required".into())) };
    let name = key.as_str().unwrap_or_default();
    let default = a.get(2);
    let element = matches!(map.kind(), Kind::Map(_)).then(|| unify(&entries.values().map(Value::ty).collect::<Vec<_>>())).flatten();
    let found = match (entries.get(name), default) {
        (Some(found), _) => found.clone(),
        (None, Some(default)) => match element {
            Some(ty) => convert(default, &ty).map_err(|_| {
                Failure::Argument(2, format!("the default must be of the same type as the map's elements, {}", ty.friendly()))
            })?,
            None => default.clone(),
        },
        (None, None) if map.is_sensitive() || key.is_sensitive() => return Err("there is no such key, and no default".into()),
        (None, None) => return Err(format!("there is no key \"{name}\", and no default").into()),
    };
    Ok(found.marked_like(&[&map, &key]))
}

fn matchkeys(_: &Context, a: &[Value]) -> Outcome {
    let (values, keys, wanted) = (elements(a, 0), elements(a, 1), elements(a, 2));
    if values.len() != keys.len() {
        return Err("values and keys must be of the same length".into());
    }
    if a.iter().any(|v| !v.is_wholly_known()) {
        return Ok(Value::unknown(argument(a, 0).ty()));
    }
    Ok(Value::list(
        values.iter().zip(keys).filter(|(_, k)| wanted.iter().any(|w| equal(w, k) == Some(true))).map(|(v, _)| v.clone()).collect(),
    ))
}

fn merge(_: &Context, a: &[Value]) -> Outcome {
    let mut out: BTreeMap<String, Value> = BTreeMap::new();
    for (i, value) in a.iter().enumerate() {
        if value.is_null() {
            continue;
        }
        let Some(entries) = value.entries() else { return Err(Failure::Argument(i, "a map or object is required".into())) };
        out.extend(entries.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    let marks: Vec<&Value> = a.iter().collect();
    // Maps of one type give a map; everything else gives an object.
    let maps = a.iter().filter(|v| !v.is_null()).all(|v| matches!(v.kind(), Kind::Map(_)));
    let types: Vec<Type> = a.iter().filter(|v| !v.is_null() && v.entries().is_some_and(|e| !e.is_empty())).map(Value::ty).collect();
    let one_type = types.windows(2).all(|w| w.first() == w.get(1));
    let made = if maps && one_type && a.iter().any(|v| !v.is_null()) { Value::map(out) } else { Value::object(out) };
    Ok(made.marked_like(&marks))
}

fn one(_: &Context, a: &[Value]) -> Outcome {
    let given = argument(a, 0);
    let all = sequence(a, 0, true)?;
    match all {
        [] => Ok(Value::null().marked_like(&[&given])),
        [only] => Ok(only.clone().marked_like(&[&given])),
        _ => Err(Failure::Argument(0, "a list, set or tuple of no or one element is required".into())),
    }
}

fn reverse(_: &Context, a: &[Value]) -> Outcome {
    let given = argument(a, 0);
    let made = sequence(a, 0, true)?.iter().rev().cloned().collect();
    Ok(like(&given, made))
}

fn slice(_: &Context, a: &[Value]) -> Outcome {
    let given = argument(a, 0);
    let all = sequence(a, 0, false)?;
    let (start, end) = (whole(a, 1)?, whole(a, 2)?);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let Some(part) = range.filter(|(s, e)| s <= e).and_then(|(s, e)| all.get(s..e)) else {
        let which = if end < 0 || end as usize > all.len() { 2 } else { 1 };
        return Err(Failure::Argument(
            which,
            format!("there are {} elements; the start must not lie after the end, and neither outside the list", all.len()),
        ));
    };
    Ok(like(&given, part.to_vec()))
}

fn sort(_: &Context, a: &[Value]) -> Outcome {
    let list = argument(a, 0);
    if !list.is_wholly_known() {
        // How many there are is known, but not which comes where.
        return Ok(Value::list(vec![Value::unknown(Type::String); elements(a, 0).len()]));
    }
    if let Some(i) = elements(a, 0).iter().position(Value::is_null) {
        return Err(Failure::Argument(0, format!("element {i} is null; null can't be sorted")));
    }
    let mut all = elements(a, 0).to_vec();
    all.sort_by(|x, y| x.as_str().cmp(&y.as_str()));
    Ok(Value::list(all))
}

fn transpose(_: &Context, a: &[Value]) -> Outcome {
    let given = argument(a, 0);
    if !given.is_wholly_known() {
        return Ok(Value::unknown(Type::map(Type::list(Type::String))));
    }
    let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, list) in given.entries().into_iter().flatten() {
        for element in list.elements().unwrap_or_default() {
            let Some(name) = element.as_str() else { return Err("an element is null".into()) };
            out.entry(name.to_string()).or_default().push(key.as_str().into());
        }
    }
    Ok(Value::map(out.into_iter().map(|(k, v)| (k, Value::list(v))).collect()))
}

fn values(_: &Context, a: &[Value]) -> Outcome {
    let given = argument(a, 0);
    let made = match given.kind() {
        Kind::Map(e) => Value::list(e.values().cloned().collect()),
        Kind::Object(e) => Value::tuple(e.values().cloned().collect()),
        _ => return Err(Failure::Argument(0, "a map or object is required".into())),
    };
    Ok(made.marked_like(&[&given]))
}

fn zipmap(_: &Context, a: &[Value]) -> Outcome {
    let (keys, values) = (argument(a, 0), argument(a, 1));
    let (names, all) = (elements(a, 0), sequence(a, 1, false)?);
    if names.len() != all.len() {
        return Err(format!("there are {} keys and {} values; there must be as many of both", names.len(), all.len()).into());
    }
    let mut out = BTreeMap::new();
    let mut sensitive = false;
    for (name, value) in names.iter().zip(all) {
        sensitive |= name.is_sensitive();
        match name.as_str() {
            Some(name) => out.insert(name.to_string(), value.clone()),
            None if name.is_unknown() => return Ok(Value::unknown(Type::Dynamic).marked_like(&[&keys, &values])),
            None => return Err(Failure::Argument(0, "a key is null".into())),
        };
    }
    let made = if matches!(values.kind(), Kind::List(_)) { Value::map(out) } else { Value::object(out) };
    let marked = sensitive || keys.is_sensitive() || values.is_sensitive();
    Ok(made.with_sensitive(marked))
}
