//! Conversion between types, by Terraform's rules.

use crate::number::Number;
use crate::path::Path;
use crate::types::Type;
use crate::value::{Kind, Value};
use std::collections::BTreeMap;
use std::fmt;

/// A value that can't be made one of the wanted type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertError {
    /// Where inside the value.
    pub path: Path,
    /// What is wanted, such as `string required`.
    pub message: String,
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.0.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

/// Converts a value to a type. Marks and unknowns stay; `null` stays `null`.
pub fn convert(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    go(value, ty, &Path::default())
}

fn go(value: &Value, ty: &Type, path: &Path) -> Result<Value, ConvertError> {
    let fail = |message: String| Err(ConvertError { path: path.clone(), message });
    let required = || format!("{} required", ty.friendly());
    let converted = match (value.kind(), ty) {
        (_, Type::Dynamic) | (Kind::Null, _) => return Ok(value.clone()),
        (Kind::Unknown(from), _) if unknown_fits(from, ty) => Value::unknown(ty.clone()),
        (Kind::Unknown(_), _) => return fail(required()),
        (Kind::Bool(_), Type::Bool) | (Kind::Number(_), Type::Number) | (Kind::String(_), Type::String) => return Ok(value.clone()),
        (Kind::Bool(b), Type::String) => Value::from(if *b { "true" } else { "false" }),
        (Kind::Number(n), Type::String) => Value::string(n.to_string()),
        (Kind::String(s), Type::Bool) => match &**s {
            "true" | "1" => Value::bool(true),
            "false" | "0" => Value::bool(false),
            "True" | "TRUE" | "False" | "FALSE" => {
                return fail(format!("a bool is required; to convert from string, use \"true\" or \"false\", not \"{s}\""));
            }
            _ => return fail("a bool is required".into()),
        },
        (Kind::String(s), Type::Number) => match Number::parse(s) {
            Some(n) => Value::number(n),
            None => return fail("a number is required".into()),
        },
        (Kind::List(e) | Kind::Set(e) | Kind::Tuple(e), Type::List(t)) => Value::list(unified(elements(e, t, path)?, t)),
        (Kind::List(e) | Kind::Set(e) | Kind::Tuple(e), Type::Set(t)) => Value::set(unified(elements(e, t, path)?, t)),
        (Kind::List(e) | Kind::Tuple(e), Type::Tuple(types)) => {
            if e.len() != types.len() {
                return fail(format!("tuple of {} elements required, not {}", types.len(), e.len()));
            }
            Value::tuple(e.iter().zip(types).enumerate().map(|(i, (v, t))| go(v, t, &path.index(i))).collect::<Result<_, _>>()?)
        }
        (Kind::Map(e) | Kind::Object(e), Type::Map(t)) => {
            let (names, values): (Vec<_>, Vec<_>) = e
                .iter()
                .map(|(k, v)| Ok((k.clone(), go(v, t, &path.join(k))?)))
                .collect::<Result<Vec<_>, ConvertError>>()?
                .into_iter()
                .unzip();
            Value::map(names.into_iter().zip(unified(values, t)).collect())
        }
        (Kind::Map(e) | Kind::Object(e), Type::Object(types, optional)) => {
            let mut out = BTreeMap::new();
            for (name, t) in types {
                match e.get(name) {
                    Some(v) => out.insert(name.clone(), go(v, t, &path.join(name))?),
                    None if optional.contains(name) => out.insert(name.clone(), Value::null()),
                    None => return fail(format!("attribute \"{name}\" is required")),
                };
            }
            Value::object(out)
        }
        _ => return fail(required()),
    };
    Ok(converted.marked_like(&[value]))
}

/// Whether an unknown of a type may turn out to fit another.
fn unknown_fits(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => true,
        (a, b) if a.is_primitive() && b.is_primitive() => a == b || *a == Type::String || *b == Type::String,
        (Type::List(a) | Type::Set(a), Type::List(b) | Type::Set(b)) | (Type::Map(a), Type::Map(b)) => unknown_fits(a, b),
        (Type::Tuple(a), Type::List(b) | Type::Set(b)) => a.iter().all(|a| unknown_fits(a, b)),
        (Type::List(_) | Type::Tuple(_), Type::Tuple(_)) => true,
        (Type::Object(a, _), Type::Map(b)) => a.values().all(|a| unknown_fits(a, b)),
        (Type::Object(a, _), Type::Object(b, optional)) => {
            b.iter().all(|(name, t)| a.get(name).map_or(optional.contains(name), |a| unknown_fits(a, t)))
        }
        (Type::Map(_), Type::Object(..)) => true,
        _ => false,
    }
}

fn elements(elements: &[Value], ty: &Type, path: &Path) -> Result<Vec<Value>, ConvertError> {
    elements.iter().enumerate().map(|(i, v)| go(v, ty, &path.index(i))).collect()
}

/// Makes elements of `any` all of one type where there is one.
fn unified(values: Vec<Value>, ty: &Type) -> Vec<Value> {
    if *ty != Type::Dynamic {
        return values;
    }
    unify(&values.iter().map(Value::ty).collect::<Vec<_>>())
        .and_then(|t| values.iter().map(|v| convert(v, &t).ok()).collect::<Option<Vec<_>>>())
        .unwrap_or(values)
}

/// The one type that values of all these types can be converted to, if there is one.
pub fn unify(types: &[Type]) -> Option<Type> {
    let mut known = types.iter().filter(|t| **t != Type::Dynamic);
    let Some(first) = known.next() else { return Some(Type::Dynamic) };
    known.try_fold(first.clone(), |a, b| unify_two(&a, b))
}

fn unify_two(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (a, b) if a == b => Some(a.clone()),
        (Type::Dynamic, t) | (t, Type::Dynamic) => Some(t.clone()),
        (a, b) if a.is_primitive() && b.is_primitive() => match (a, b) {
            (Type::String, _) | (_, Type::String) => Some(Type::String),
            _ => None,
        },
        (Type::List(a), Type::List(b)) => Some(Type::list(unify_two(a, b)?)),
        (Type::Set(a), Type::Set(b)) => Some(Type::set(unify_two(a, b)?)),
        (Type::List(a), Type::Set(b)) | (Type::Set(a), Type::List(b)) => Some(Type::list(unify_two(a, b)?)),
        (Type::Map(a), Type::Map(b)) => Some(Type::map(unify_two(a, b)?)),
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            Some(Type::Tuple(a.iter().zip(b).map(|(a, b)| unify_two(a, b)).collect::<Option<_>>()?))
        }
        (Type::Tuple(a), Type::Tuple(b)) => unify(&a.iter().chain(b).cloned().collect::<Vec<_>>()).map(Type::list),
        (Type::Tuple(e), Type::List(t)) | (Type::List(t), Type::Tuple(e)) => {
            unify(&e.iter().chain([t.as_ref()]).cloned().collect::<Vec<_>>()).map(Type::list)
        }
        (Type::Tuple(e), Type::Set(t)) | (Type::Set(t), Type::Tuple(e)) => {
            unify(&e.iter().chain([t.as_ref()]).cloned().collect::<Vec<_>>()).map(Type::set)
        }
        (Type::Object(a, oa), Type::Object(b, ob)) => {
            if a.keys().eq(b.keys()) {
                let attributes = a.iter().map(|(k, t)| Some((k.clone(), unify_two(t, &b[k])?))).collect::<Option<_>>()?;
                Some(Type::Object(attributes, oa.union(ob).cloned().collect()))
            } else {
                unify(&a.values().chain(b.values()).cloned().collect::<Vec<_>>()).map(Type::map)
            }
        }
        (Type::Object(o, _), Type::Map(t)) | (Type::Map(t), Type::Object(o, _)) => {
            unify(&o.values().chain([t.as_ref()]).cloned().collect::<Vec<_>>()).map(Type::map)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_as_terraform_does() {
        let strings = Type::list(Type::String);
        let tuple = Value::tuple(vec!["a".into(), Value::number(1), Value::bool(true)]);
        assert_eq!(convert(&tuple, &strings), Ok(Value::list(vec!["a".into(), "1".into(), "true".into()])));
        assert_eq!(convert(&tuple, &Type::list(Type::Dynamic)).map(|v| v.ty()), Ok(strings.clone()));
        assert!(convert(&"yes".into(), &Type::Bool).is_err());
        assert!(convert(&Value::bool(true), &Type::Number).is_err());
        let set = convert(&Value::tuple(vec!["b".into(), "a".into(), "b".into()]), &Type::set(Type::String));
        assert_eq!(set.map(|v| v.elements().map(<[_]>::len)), Ok(Some(2)));
    }

    #[test]
    fn unknowns_and_marks_stay() {
        let v = convert(&Value::unknown(Type::String).sensitive(), &Type::Number);
        assert_eq!(v, Ok(Value::unknown(Type::Number).sensitive()));
        assert!(convert(&Value::unknown(Type::Bool), &Type::list(Type::String)).is_err());
    }
}
