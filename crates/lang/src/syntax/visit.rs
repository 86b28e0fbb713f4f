//! Going through all expressions inside an expression or template.

use super::ast::{Expr, ExprKind, Key, Part, Step};

/// Calls `f` for each expression in the parts of a template.
pub(crate) fn parts(parts_: &[Part], f: &mut dyn FnMut(&Expr)) {
    for part in parts_ {
        match part {
            Part::Text(_) => {}
            Part::Interpolation(e) => expression(e, f),
            Part::If { condition, then, otherwise } => {
                expression(condition, f);
                parts(then, f);
                parts(otherwise, f);
            }
            Part::For { collection, body, .. } => {
                expression(collection, f);
                parts(body, f);
            }
        }
    }
}

fn steps(steps_: &[Step], f: &mut dyn FnMut(&Expr)) {
    for s in steps_ {
        match s {
            Step::Attribute(_) => {}
            Step::Index(e, _) => expression(e, f),
            Step::Splat(inner, _) => steps(inner, f),
        }
    }
}

/// Calls `f` for an expression and each one inside it.
pub(crate) fn expression(expr: &Expr, f: &mut dyn FnMut(&Expr)) {
    f(expr);
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Name(_) => {}
        ExprKind::Template(p) => parts(p, f),
        ExprKind::Wrapped(e) | ExprKind::Parenthesis(e) | ExprKind::Unary(_, e) => expression(e, f),
        ExprKind::Traversal(root, s) => {
            expression(root, f);
            steps(s, f);
        }
        ExprKind::Call(c) => c.arguments.iter().for_each(|e| expression(e, f)),
        ExprKind::Tuple(e) => e.iter().for_each(|e| expression(e, f)),
        ExprKind::Object(items) => {
            for (key, value) in items {
                if let Key::Expr(e) = key {
                    expression(e, f);
                }
                expression(value, f);
            }
        }
        ExprKind::Binary(_, l, r) => {
            expression(l, f);
            expression(r, f);
        }
        ExprKind::Conditional(c) => [&c.condition, &c.then, &c.otherwise].into_iter().for_each(|e| expression(e, f)),
        ExprKind::For(x) => {
            expression(&x.collection, f);
            x.key.iter().for_each(|e| expression(e, f));
            expression(&x.value, f);
            x.condition.iter().for_each(|e| expression(e, f));
        }
    });
}
