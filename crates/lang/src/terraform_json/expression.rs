//! An expression in Terraform's plan JSON: its value where it is constant, and what it refers to.

use crate::context::Context;
use crate::eval::{Names, NoScope, evaluate};
use crate::references::each_reference;
use crate::syntax::ast::{Expr, ExprKind, Ident, Step};
use crate::syntax::visit;
use cairn_model::json::to_json_shown;
use cairn_model::{Kind, Value};
use serde_json::{Map, Value as Json, json};

/// The expression. Its value stands there only when it may be shown.
pub(super) fn expression(context: &Context, expr: &Expr, shown: bool) -> Json {
    let mut out = Map::new();
    let mut references = Vec::new();
    each_reference(expr, &mut Vec::new(), &mut |root, steps, _| references.extend(names(root, steps)));
    if references.is_empty() {
        if let Some(value) = constant(context, expr).filter(|_| shown) {
            out.insert("constant_value".into(), to_json_shown(&value));
        }
    } else {
        out.insert("references".into(), json!(references));
    }
    Json::Object(out)
}

/// A reference as it is written.
pub(super) fn path(expr: &Expr) -> Option<String> {
    expr.as_reference().map(|(root, steps)| format!("{}{}", root.name, written(steps).concat()))
}

/// The value of an expression that refers to nothing. Terraform calls no function for it.
fn constant(context: &Context, expr: &Expr) -> Option<Value> {
    let mut calls = false;
    visit::expression(expr, &mut |e| calls |= matches!(e.kind, ExprKind::Call(_)));
    if calls {
        return None;
    }
    evaluate(&mut NoScope(context, "it stands for itself"), expr, &Names::Empty).ok().filter(Value::is_wholly_known)
}

/// The steps that are written down as names and keys, up to the first that is not.
fn written(steps: &[Step]) -> Vec<String> {
    let one = |step: &Step| match step {
        Step::Attribute(name) => Some(format!(".{}", name.name)),
        Step::Index(e, _) => match &e.bare().kind {
            ExprKind::Literal(v) => key(v).map(|k| format!("[{k}]")),
            _ => None,
        },
        Step::Splat(..) => None,
    };
    steps.iter().map_while(one).collect()
}

fn key(value: &Value) -> Option<String> {
    match value.kind() {
        Kind::String(_) | Kind::Number(_) => Some(to_json_shown(value).to_string()),
        _ => None,
    }
}

/// A reference with everything that it is a part of, from the inside out, as far as there is an address:
/// `aws_vpc.main[0].id`, `aws_vpc.main[0]`, `aws_vpc.main`. Of a module's output the call as it is written
/// is the last: `module.app["a"].name`, `module.app["a"]`.
fn names(root: &Ident, steps: &[Step]) -> Vec<String> {
    let written = written(steps);
    let block = match &*root.name {
        "self" => 0,
        "data" => 2,
        _ => 1,
    };
    let keyed = written.get(block).is_some_and(|part| part.starts_with('['));
    let last = if keyed && &*root.name == "module" && written.len() > block + 1 { block + 1 } else { block };
    let name = |parts: usize| format!("{}{}", root.name, written.iter().take(parts).map(String::as_str).collect::<String>());
    (last..=written.len()).rev().map(name).collect()
}
