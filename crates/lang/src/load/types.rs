//! Type constraints of variables, with the defaults of optional attributes.

use super::Loading;
use crate::eval::{Fault, Names, NoScope, evaluate};
use crate::syntax::ast::{Call, Expr, ExprKind, Key};
use cairn_model::convert::convert;
use cairn_model::{Diagnostic, Kind, Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A type and the defaults inside it.
#[derive(Clone, Debug)]
pub(crate) struct TypeConstraint {
    pub ty: Type,
    defaults: Defaults,
}

/// Where in a type there are defaults.
#[derive(Clone, Debug, PartialEq)]
enum Defaults {
    None,
    Object { values: BTreeMap<String, Value>, inside: BTreeMap<String, Defaults> },
    Elements(Box<Defaults>),
    Tuple(Vec<Defaults>),
}

impl TypeConstraint {
    /// Any type.
    pub fn any() -> TypeConstraint {
        TypeConstraint { ty: Type::Dynamic, defaults: Defaults::None }
    }

    /// Puts in the defaults of attributes that are left out, then converts.
    pub fn apply(&self, value: &Value) -> Result<Value, String> {
        convert(&fill(value, &self.defaults), &self.ty).map_err(|e| e.to_string())
    }
}

fn fill(value: &Value, defaults: &Defaults) -> Value {
    if value.is_null() || value.is_unknown() {
        return value.clone();
    }
    let filled = match (defaults, value.kind()) {
        (Defaults::Object { values, inside }, Kind::Object(entries) | Kind::Map(entries)) => {
            let mut out = entries.as_ref().clone();
            for (name, default) in values {
                if out.get(name).is_none_or(Value::is_null) {
                    out.insert(name.clone(), default.clone());
                }
            }
            for (name, inner) in inside {
                if let Some(value) = out.get(name) {
                    let value = fill(value, inner);
                    out.insert(name.clone(), value);
                }
            }
            Value::object(out)
        }
        (Defaults::Elements(inner), Kind::List(e) | Kind::Set(e) | Kind::Tuple(e)) => {
            Value::tuple(e.iter().map(|v| fill(v, inner)).collect())
        }
        (Defaults::Elements(inner), Kind::Map(e) | Kind::Object(e)) => {
            Value::object(e.iter().map(|(k, v)| (k.clone(), fill(v, inner))).collect())
        }
        (Defaults::Tuple(inner), Kind::List(e) | Kind::Tuple(e)) => {
            Value::tuple(e.iter().enumerate().map(|(i, v)| inner.get(i).map_or_else(|| v.clone(), |d| fill(v, d))).collect())
        }
        _ => return value.clone(),
    };
    filled.marked_like(&[value])
}

/// Reads a type constraint.
pub(super) fn parse(l: &Loading<'_>, expr: &Expr) -> Result<TypeConstraint, Diagnostic> {
    let (ty, defaults) = constraint(l, expr)?;
    Ok(TypeConstraint { ty, defaults })
}

fn constraint(l: &Loading<'_>, expr: &Expr) -> Result<(Type, Defaults), Diagnostic> {
    match &expr.kind {
        ExprKind::Name(name) => {
            let ty = match &*name.name {
                "any" => Type::Dynamic,
                "string" => Type::String,
                "number" => Type::Number,
                "bool" => Type::Bool,
                "list" => Type::list(Type::Dynamic),
                "map" => Type::map(Type::Dynamic),
                "set" => Type::set(Type::Dynamic),
                other => {
                    let known = ["any", "string", "number", "bool", "list", "map", "set", "object", "tuple"];
                    let mut d = l.error(expr.at, "Invalid type", format!("\"{other}\" is no type."));
                    d.help = crate::suggest::did_you_mean(other, known)
                        .or(Some("a type is string, number, bool, any, list(…), set(…), map(…), object({…}) or tuple([…])".into()));
                    return Err(d);
                }
            };
            Ok((ty, Defaults::None))
        }
        ExprKind::Call(call) => complex(l, call, expr),
        ExprKind::Literal(v) if v.as_str().is_some() => {
            let text = v.as_str().unwrap_or_default();
            Err(l.error(expr.at, "Invalid type", "A type is written without quotes.").help(format!("write {text}")))
        }
        _ => Err(l.error(
            expr.at,
            "Invalid type",
            "A type is string, number, bool, any, list(…), set(…), map(…), object({…}) or tuple([…]).",
        )),
    }
}

fn complex(l: &Loading<'_>, call: &Call, expr: &Expr) -> Result<(Type, Defaults), Diagnostic> {
    let name = &*call.name.name;
    let [argument] = call.arguments.as_slice() else {
        return Err(l.error(expr.at, "Invalid type", format!("{name}(…) takes one argument.")));
    };
    match name {
        "list" | "set" | "map" => {
            let (element, defaults) = constraint(l, argument)?;
            let ty = match name {
                "list" => Type::list(element),
                "set" => Type::set(element),
                _ => Type::map(element),
            };
            Ok((ty, if defaults == Defaults::None { Defaults::None } else { Defaults::Elements(Box::new(defaults)) }))
        }
        "tuple" => {
            let ExprKind::Tuple(elements) = &argument.kind else {
                return Err(l.error(argument.at, "Invalid type", "tuple(…) takes a list of types in brackets."));
            };
            let (types, defaults): (Vec<_>, Vec<_>) =
                elements.iter().map(|e| constraint(l, e)).collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
            let plain = defaults.iter().all(|d| *d == Defaults::None);
            Ok((Type::Tuple(types), if plain { Defaults::None } else { Defaults::Tuple(defaults) }))
        }
        "object" => object(l, argument),
        "optional" => Err(l.error(expr.at, "Invalid type", "optional(…) marks an attribute of an object; it can't stand here.")),
        other => Err(l.error(call.name.at, "Invalid type", format!("\"{other}\" is no type."))),
    }
}

fn object(l: &Loading<'_>, argument: &Expr) -> Result<(Type, Defaults), Diagnostic> {
    let ExprKind::Object(items) = &argument.kind else {
        return Err(l.error(argument.at, "Invalid type", "object(…) takes the names and types of attributes in braces."));
    };
    let mut types = BTreeMap::new();
    let mut optional = BTreeSet::new();
    let mut values = BTreeMap::new();
    let mut inside = BTreeMap::new();
    for (key, item) in items {
        let name = match key {
            Key::Name(name) => name.name.to_string(),
            Key::Expr(e) => match e.as_text() {
                Some(text) => text.to_string(),
                None => return Err(l.error(e.at, "Invalid type", "The name of an attribute must be written out.")),
            },
        };
        let (type_expr, default) = match &item.kind {
            ExprKind::Call(c) if &*c.name.name == "optional" => {
                optional.insert(name.clone());
                match c.arguments.as_slice() {
                    [ty] => (ty, None),
                    [ty, default] => (ty, Some(default)),
                    _ => return Err(l.error(item.at, "Invalid type", "optional(…) takes a type, and a default if there is one.")),
                }
            }
            _ => (item, None),
        };
        let (ty, defaults) = constraint(l, type_expr)?;
        if let Some(expr) = default {
            let mut scope = NoScope(l.context, "a default is a value that is written out");
            let value = evaluate(&mut scope, expr, &Names::Empty).map_err(|f| match f {
                Fault::Error(d) => *d,
                Fault::Failed => l.error(expr.at, "Invalid default", "The default can't be evaluated."),
            })?;
            let value = convert(&fill(&value, &defaults), &ty)
                .map_err(|e| l.error(expr.at, "Invalid default", format!("The default of \"{name}\" doesn't fit its type: {e}.")))?;
            values.insert(name.clone(), value);
        }
        if defaults != Defaults::None {
            inside.insert(name.clone(), defaults);
        }
        types.insert(name, ty);
    }
    let plain = values.is_empty() && inside.is_empty();
    Ok((Type::Object(types, optional), if plain { Defaults::None } else { Defaults::Object { values, inside } }))
}
