//! `for` expressions, and going through the elements of any collection.

use super::expression::article;
use super::{Evaluated, Fault, Names, Scope, evaluate, fault};
use crate::source::At;
use crate::syntax::ast::For;
use cairn_model::convert::convert;
use cairn_model::{Kind, Type, Value};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Keys and values of a collection: positions for lists and tuples, the element itself for sets.
/// Nothing when the collection is not known.
pub(crate) fn items(scope: &dyn Scope, collection: &Value, at: At) -> Result<Option<Vec<(Value, Value)>>, Fault> {
    Ok(Some(match collection.kind() {
        Kind::Null => return Err(fault(scope, at, "Iteration over null", "A null value has no elements to go through.")),
        Kind::Unknown(Type::Bool | Type::Number | Type::String) => return Err(not_iterable(scope, collection, at)),
        Kind::Unknown(_) => return Ok(None),
        Kind::List(e) | Kind::Tuple(e) => e.iter().enumerate().map(|(i, v)| (Value::number(i as i64), v.clone())).collect(),
        Kind::Set(e) => e.iter().map(|v| (v.clone(), v.clone())).collect(),
        Kind::Map(e) | Kind::Object(e) => e.iter().map(|(k, v)| (Value::from(k.as_str()), v.clone())).collect(),
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => return Err(not_iterable(scope, collection, at)),
    }))
}

fn not_iterable(scope: &dyn Scope, collection: &Value, at: At) -> Fault {
    let detail =
        format!("A list, set, map, tuple or object is needed to go through, and this is {}.", article(&collection.friendly_type()));
    fault(scope, at, "Iteration over a value without elements", detail)
}

pub(super) fn for_expression(scope: &mut dyn Scope, f: &For, names: &Names<'_>) -> Evaluated {
    let collection = evaluate(scope, &f.collection, names)?;
    let mut sensitive = collection.is_sensitive();
    let Some(items) = items(scope, &collection, f.collection.at)? else {
        return Ok(Value::unknown(Type::Dynamic).with_sensitive(sensitive));
    };
    let mut unknown = false;
    let mut tuple = Vec::new();
    let mut object: BTreeMap<String, Value> = BTreeMap::new();
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, value) in items {
        let with_key;
        let outer = match &f.key_name {
            Some(name) => {
                with_key = names.bind(&name.name, key);
                &with_key
            }
            None => names,
        };
        let inner = outer.bind(&f.value_name.name, value);
        if let Some(condition) = &f.condition {
            let c = evaluate(scope, condition, &inner)?;
            sensitive |= c.is_sensitive();
            if c.is_null() {
                return Err(fault(
                    scope,
                    condition.at,
                    "Invalid condition",
                    "The condition after \"if\" is null. It must be true or false.",
                ));
            }
            let Ok(c) = convert(&c, &Type::Bool) else {
                let what = article(&c.friendly_type());
                return Err(fault(
                    scope,
                    condition.at,
                    "Invalid condition",
                    format!("The condition after \"if\" must be a bool, and this is {what}."),
                ));
            };
            match c.as_bool() {
                Some(true) => {}
                Some(false) => continue,
                None => {
                    unknown = true;
                    continue;
                }
            }
        }
        let Some(key_expr) = &f.key else {
            tuple.push(evaluate(scope, &f.value, &inner)?);
            continue;
        };
        let key = evaluate(scope, key_expr, &inner)?;
        sensitive |= key.is_sensitive();
        if key.is_null() {
            return Err(fault(scope, key_expr.at, "Invalid key", "A key of an object can't be null."));
        }
        let Ok(key) = convert(&key, &Type::String) else {
            let what = article(&key.friendly_type());
            return Err(fault(scope, key_expr.at, "Invalid key", format!("A key of an object is text, and this is {what}.")));
        };
        let value = evaluate(scope, &f.value, &inner)?;
        let Some(key) = key.as_str() else {
            unknown = true;
            continue;
        };
        if f.group {
            groups.entry(key.to_string()).or_default().push(value);
            continue;
        }
        match object.entry(key.to_string()) {
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
            Entry::Occupied(_) => {
                let detail = format!("Two elements give the key \"{key}\". Write \"...\" after the value to group them under one key.");
                return Err(fault(scope, key_expr.at, "Duplicate object key", detail));
            }
        }
    }
    let made = match (&f.key, unknown) {
        (_, true) => Value::unknown(Type::Dynamic),
        (None, _) => Value::tuple(tuple),
        (Some(_), _) if f.group => Value::object(groups.into_iter().map(|(k, v)| (k, Value::tuple(v))).collect()),
        (Some(_), _) => Value::object(object),
    };
    Ok(made.with_sensitive(sensitive))
}
