//! References and accesses into values: attributes, indexes and splats.

use super::expression::article;
use super::{Evaluated, Fault, Names, Scope, evaluate, fault};
use crate::source::At;
use crate::suggest;
use crate::syntax::ast::{Expr, ExprKind, Ident, Step};
use cairn_model::convert::{convert, unify};
use cairn_model::{Diagnostic, Kind, Type, Value};

/// A root and the steps after it.
pub(super) fn traversal(scope: &mut dyn Scope, root: &Expr, steps: &[Step], names: &Names<'_>) -> Evaluated {
    let (value, used) = match &root.kind {
        ExprKind::Name(name) => match names.find(&name.name) {
            Some(value) => (value.clone(), 0),
            None => scope.reference(name, steps, names)?,
        },
        _ => (evaluate(scope, root, names)?, 0),
    };
    follow(scope, value, steps.get(used..).unwrap_or(&[]), names)
}

/// Takes steps into a value.
fn follow(scope: &mut dyn Scope, mut value: Value, steps: &[Step], names: &Names<'_>) -> Evaluated {
    for s in steps {
        value = step(scope, value, s, names)?;
    }
    Ok(value)
}

/// Takes one step into a value.
fn step(scope: &mut dyn Scope, value: Value, step: &Step, names: &Names<'_>) -> Evaluated {
    match step {
        Step::Attribute(name) => attribute(scope, value, name),
        Step::Index(key, at) => {
            let key = evaluate(scope, key, names)?;
            index(scope, value, &key, *at)
        }
        Step::Splat(inner, _) => splat(scope, value, inner, names),
    }
}

fn attribute(scope: &dyn Scope, value: Value, name: &Ident) -> Evaluated {
    let found = match value.kind() {
        Kind::Null => {
            return Err(fault(
                scope,
                name.at,
                "Attempt to get an attribute from null",
                format!("This value is null, so it has no attribute \"{}\".", name.name),
            ));
        }
        Kind::Object(entries) | Kind::Map(entries) => match entries.get(&*name.name) {
            Some(found) => found.clone(),
            None => {
                let what = if matches!(value.kind(), Kind::Map(_)) { "map has no element" } else { "object has no attribute" };
                return Err(missing(scope, name.at, what, &name.name, entries.keys().map(String::as_str)));
            }
        },
        Kind::Unknown(Type::Dynamic) => Value::unknown(Type::Dynamic),
        Kind::Unknown(Type::Map(element)) => Value::unknown(element.as_ref().clone()),
        Kind::Unknown(Type::Object(attributes, _)) => match attributes.get(&*name.name) {
            Some(ty) => Value::unknown(ty.clone()),
            None => return Err(missing(scope, name.at, "object has no attribute", &name.name, attributes.keys().map(String::as_str))),
        },
        _ => {
            let elements =
                value.elements().is_some() || matches!(value.kind(), Kind::Unknown(Type::List(_) | Type::Set(_) | Type::Tuple(_)));
            let mut d = Diagnostic::error("Unsupported attribute")
                .detail(format!("This value is {}, so it has no attribute \"{}\".", article(&value.friendly_type()), name.name))
                .at(&scope.context().sources.span(name.at), "");
            if elements {
                d = d.help(format!("name one element, as in [0].{0}, or all of them, as in [*].{0}", name.name));
            }
            return Err(d.into());
        }
    };
    Ok(also(found, &value))
}

/// The element, marked when what it was taken from is.
fn also(found: Value, from: &Value) -> Value {
    found.marked_like(&[from])
}

fn missing<'c>(scope: &dyn Scope, at: At, what: &str, name: &str, there: impl Iterator<Item = &'c str> + Clone) -> Fault {
    let mut d = Diagnostic::error("Unsupported attribute")
        .detail(format!("This {what} named \"{name}\"."))
        .at(&scope.context().sources.span(at), "");
    d.help = suggest::did_you_mean(name, there.clone()).or_else(|| {
        let names: Vec<&str> = there.take(21).collect();
        (1..=20).contains(&names.len()).then(|| format!("it has: {}", names.join(", ")))
    });
    d.into()
}

/// The element under a key.
fn index(scope: &dyn Scope, value: Value, key: &Value, at: At) -> Evaluated {
    let wrong = |detail: String| Err(fault(scope, at, "Invalid index", detail));
    if value.is_null() {
        return wrong("This value is null, so it has no elements.".into());
    }
    if key.is_null() {
        return wrong("The index is null; it must name an element.".into());
    }
    let by_position = matches!(value.kind(), Kind::List(_) | Kind::Tuple(_) | Kind::Unknown(Type::List(_) | Type::Tuple(_)));
    let by_name = matches!(value.kind(), Kind::Map(_) | Kind::Object(_) | Kind::Unknown(Type::Map(_) | Type::Object(..)));
    let found = if by_position {
        let Ok(key) = convert(key, &Type::Number) else {
            return wrong(format!(
                "An element of {} is named by a number, not by {}.",
                article(&value.friendly_type()),
                article(&key.friendly_type())
            ));
        };
        position(&value, &key).map_err(|detail| fault(scope, at, "Invalid index", detail))?
    } else if by_name {
        let Ok(key) = convert(key, &Type::String) else {
            return wrong(format!(
                "An element of {} is named by text, not by {}.",
                article(&value.friendly_type()),
                article(&key.friendly_type())
            ));
        };
        match (value.kind(), key.as_str()) {
            (Kind::Map(e) | Kind::Object(e), Some(key)) => match e.get(key) {
                Some(found) => found.clone(),
                None => {
                    let mut d = Diagnostic::error("Invalid index")
                        .detail(format!("The key \"{key}\" names no element of this {}.", value.friendly_type()));
                    if value.is_sensitive() {
                        d.detail = "The key names no element of this value.".into();
                    } else {
                        d.help = suggest::did_you_mean(key, e.keys().map(String::as_str));
                    }
                    return Err(d.at(&scope.context().sources.span(at), "").into());
                }
            },
            (Kind::Map(e), None) => Value::unknown(unify(&e.values().map(Value::ty).collect::<Vec<_>>()).unwrap_or(Type::Dynamic)),
            (Kind::Unknown(Type::Map(element)), _) => Value::unknown(element.as_ref().clone()),
            (Kind::Unknown(Type::Object(attributes, _)), Some(key)) => match attributes.get(key) {
                Some(ty) => Value::unknown(ty.clone()),
                None => return wrong(format!("The key \"{key}\" names no attribute of this object.")),
            },
            _ => Value::unknown(Type::Dynamic),
        }
    } else if matches!(value.kind(), Kind::Unknown(Type::Dynamic)) {
        Value::unknown(Type::Dynamic)
    } else if matches!(value.kind(), Kind::Set(_) | Kind::Unknown(Type::Set(_))) {
        return Err(Diagnostic::error("Invalid index")
            .detail("The elements of a set have no order and no names.")
            .at(&scope.context().sources.span(at), "")
            .help("make it a list with tolist(), or take the only element with one()")
            .into());
    } else {
        return wrong(format!("This value is {}, which has no elements.", article(&value.friendly_type())));
    };
    Ok(found.marked_like(&[&value, key]))
}

fn position(value: &Value, key: &Value) -> Result<Value, String> {
    let Some(number) = key.as_number() else {
        return Ok(Value::unknown(match value.kind() {
            Kind::Unknown(Type::List(element)) => element.as_ref().clone(),
            Kind::List(e) => unify(&e.iter().map(Value::ty).collect::<Vec<_>>()).unwrap_or(Type::Dynamic),
            _ => Type::Dynamic,
        }));
    };
    let Some(i) = number.as_i64() else { return Err(format!("The index {number} is not a whole number.")) };
    let Ok(i) = usize::try_from(i) else {
        return Err(format!("The index {i} is negative; to count from the end, subtract from length()."));
    };
    match value.kind() {
        Kind::List(e) | Kind::Tuple(e) => match e.get(i) {
            Some(found) => Ok(found.clone()),
            None if e.is_empty() => Err("The collection is empty, so no index is valid.".into()),
            None => {
                Err(format!("The index {i} is too large: the collection has {} element{}.", e.len(), if e.len() == 1 { "" } else { "s" }))
            }
        },
        Kind::Unknown(Type::Tuple(types)) => match types.get(i) {
            Some(ty) => Ok(Value::unknown(ty.clone())),
            None => Err(format!("The index {i} is too large: the tuple has {} elements.", types.len())),
        },
        Kind::Unknown(Type::List(element)) => Ok(Value::unknown(element.as_ref().clone())),
        _ => Ok(Value::unknown(Type::Dynamic)),
    }
}

/// Applies steps to each element; what is no list counts as a list of one, and null as an empty one.
fn splat(scope: &mut dyn Scope, value: Value, inner: &[Step], names: &Names<'_>) -> Evaluated {
    let sensitive = value.is_sensitive();
    let source_unknown = |ty: Type| Ok(Value::unknown(ty).with_sensitive(sensitive));
    match value.kind() {
        Kind::Null => Ok(Value::tuple(Vec::new()).with_sensitive(sensitive)),
        Kind::Unknown(Type::List(element) | Type::Set(element)) => {
            let each = follow(scope, Value::unknown(element.as_ref().clone()), inner, names)?;
            source_unknown(Type::list(each.ty()))
        }
        Kind::Unknown(Type::Tuple(types)) => {
            let each = types.iter().map(|t| follow(scope, Value::unknown(t.clone()), inner, names)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::tuple(each).with_sensitive(sensitive))
        }
        Kind::Unknown(Type::Dynamic) => source_unknown(Type::Dynamic),
        Kind::List(elements) | Kind::Set(elements) => {
            let made = elements.iter().map(|e| follow(scope, e.clone(), inner, names)).collect::<Result<Vec<_>, _>>()?;
            // The elements of a list are of one type, so what is taken from each is too, unless
            // the elements' type is not fixed.
            let types: Vec<Type> = made.iter().map(Value::ty).collect();
            let uniform = unify(&types).is_some_and(|t| made.iter().all(|v| v.is_null() || convert(v, &t).as_ref() == Ok(v)));
            let list = if uniform { Value::list(made) } else { Value::tuple(made) };
            Ok(list.with_sensitive(sensitive))
        }
        Kind::Tuple(elements) => {
            let made = elements.iter().map(|e| follow(scope, e.clone(), inner, names)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::tuple(made).with_sensitive(sensitive))
        }
        _ => {
            let one = follow(scope, value.unmarked(), inner, names)?;
            Ok(Value::tuple(vec![one]).with_sensitive(sensitive))
        }
    }
}
