//! The evaluator's centre: one kind of expression after the other.

use super::operators::{binary, unary, unified};
use super::{Evaluated, Names, Scope, access, call, collection, fault, template};
use crate::syntax::ast::{Conditional, Expr, ExprKind, Key};
use cairn_model::convert::convert;
use cairn_model::{Type, Value};
use std::collections::BTreeMap;

/// Evaluates an expression.
pub(crate) fn evaluate(scope: &mut dyn Scope, expr: &Expr, names: &Names<'_>) -> Evaluated {
    match &expr.kind {
        ExprKind::Literal(value) => Ok(value.clone()),
        ExprKind::Name(_) => access::traversal(scope, expr, &[], names),
        ExprKind::Parenthesis(inner) | ExprKind::Wrapped(inner) => deeper(scope, inner, names),
        // Every other kind may hold expressions that hold expressions.
        _ => stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || compound(scope, expr, names)),
    }
}

fn deeper(scope: &mut dyn Scope, expr: &Expr, names: &Names<'_>) -> Evaluated {
    stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || evaluate(scope, expr, names))
}

fn compound(scope: &mut dyn Scope, expr: &Expr, names: &Names<'_>) -> Evaluated {
    match &expr.kind {
        ExprKind::Template(parts) => template::render(scope, parts, names),
        ExprKind::Traversal(root, steps) => access::traversal(scope, root, steps, names),
        ExprKind::Call(c) => call::call(scope, c, expr.at, names),
        ExprKind::Tuple(elements) => Ok(Value::tuple(elements.iter().map(|e| evaluate(scope, e, names)).collect::<Result<_, _>>()?)),
        ExprKind::Object(items) => object(scope, items, names),
        ExprKind::Unary(op, operand) => {
            let value = evaluate(scope, operand, names)?;
            unary(*op, &value).map_err(|m| fault(scope, operand.at, "Invalid operand", m))
        }
        ExprKind::Binary(op, left, right) => {
            let l = evaluate(scope, left, names)?;
            let r = evaluate(scope, right, names)?;
            binary(*op, &l, &r).map_err(|(is_left, m)| {
                let at = match is_left {
                    Some(true) => left.at,
                    Some(false) => right.at,
                    None => expr.at,
                };
                fault(scope, at, "Invalid operand", m)
            })
        }
        ExprKind::Conditional(c) => conditional(scope, c, expr, names),
        ExprKind::For(f) => collection::for_expression(scope, f, names),
        ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Parenthesis(_) | ExprKind::Wrapped(_) => evaluate(scope, expr, names),
    }
}

fn object(scope: &mut dyn Scope, items: &[(Key, Expr)], names: &Names<'_>) -> Evaluated {
    let mut out = BTreeMap::new();
    let mut unknown_key = false;
    let mut sensitive = false;
    for (key, value) in items {
        let name = match key {
            Key::Name(name) => name.name.to_string(),
            // `{ aws.west = … }` is meant for `providers` only.
            Key::Expr(expr) if expr.as_reference().is_some() => {
                let detail =
                    "A key that is a reference must be put in parentheses, so that its value is used, or in quotes, so that its text is.";
                return Err(fault(scope, expr.at, "Ambiguous key", detail));
            }
            Key::Expr(expr) => {
                let key = evaluate(scope, expr, names)?;
                sensitive |= key.is_sensitive();
                if key.is_null() {
                    return Err(fault(scope, expr.at, "Null value as key", "A key of an object can't be null."));
                }
                let Ok(key) = convert(&key, &Type::String) else {
                    let what = key.friendly_type();
                    return Err(fault(
                        scope,
                        expr.at,
                        "Incorrect key type",
                        format!("A key of an object is text, and this is {}.", article(&what)),
                    ));
                };
                if key.is_unknown() {
                    unknown_key = true;
                }
                key.as_str().unwrap_or_default().to_string()
            }
        };
        let value = evaluate(scope, value, names)?;
        out.insert(name, value);
    }
    let made = if unknown_key { Value::unknown(Type::Dynamic) } else { Value::object(out) };
    Ok(made.with_sensitive(sensitive))
}

/// The type's word with "a" or "an".
pub(super) fn article(what: &str) -> String {
    match what.chars().next() {
        _ if what == "null" => "null".into(),
        Some('a' | 'e' | 'i' | 'o' | 'u') => format!("an {what}"),
        _ => format!("a {what}"),
    }
}

fn conditional(scope: &mut dyn Scope, c: &Conditional, expr: &Expr, names: &Names<'_>) -> Evaluated {
    let condition = evaluate(scope, &c.condition, names)?;
    if condition.is_null() {
        return Err(fault(scope, c.condition.at, "Null condition", "The condition is null. It must be true or false."));
    }
    let Ok(chosen) = convert(&condition, &Type::Bool) else {
        let what = condition.friendly_type();
        return Err(fault(
            scope,
            c.condition.at,
            "Incorrect condition type",
            format!("The condition must be a bool, and this is {}.", article(&what)),
        ));
    };
    let sensitive = condition.is_sensitive();
    // Both sides are evaluated, since the result's type comes from both; but what is wrong with
    // the side that is not taken is of no interest.
    let then = evaluate(scope, &c.then, names);
    let otherwise = evaluate(scope, &c.otherwise, names);
    let Some(chosen) = chosen.as_bool() else {
        let (then, otherwise) = (then?, otherwise?);
        let Some(ty) = unified(&then, &otherwise) else {
            return Err(inconsistent(scope, expr, &then, &otherwise));
        };
        return Ok(Value::unknown(ty).with_sensitive(sensitive || then.is_sensitive() || otherwise.is_sensitive()));
    };
    let (taken, other) = if chosen { (then?, otherwise) } else { (otherwise?, then) };
    let Ok(other) = other else { return Ok(mark(taken, sensitive)) };
    let ty = unified(&taken, &other);
    match ty.and_then(|ty| convert(&taken, &ty).ok()) {
        Some(value) => Ok(mark(value, sensitive)),
        None => {
            let (then, otherwise) = if chosen { (&taken, &other) } else { (&other, &taken) };
            Err(inconsistent(scope, expr, then, otherwise))
        }
    }
}

fn inconsistent(scope: &dyn Scope, expr: &Expr, then: &Value, otherwise: &Value) -> super::Fault {
    let detail = format!(
        "Both results of a conditional must be of one type; the true case is {}, and the false case is {}.",
        article(&then.friendly_type()),
        article(&otherwise.friendly_type())
    );
    fault(scope, expr.at, "Inconsistent conditional result types", detail)
}

fn mark(value: Value, sensitive: bool) -> Value {
    let sensitive = sensitive || value.is_sensitive();
    value.with_sensitive(sensitive)
}
