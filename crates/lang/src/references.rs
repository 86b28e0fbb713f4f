//! What names in expressions refer to.

use crate::load::config::{ModuleConfig, ResourceKey};
use crate::source::{At, SourceMap};
use crate::suggest;
use crate::syntax::ast::{Expr, ExprKind, Ident, Key, Part, Step};
use cairn_model::Diagnostic;
use cairn_model::instance::Mode;
use std::sync::Arc;

/// What a reference is about, before anything that it accesses inside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subject {
    Variable(usize),
    Local(usize),
    Resource(usize),
    /// A module call, by its position.
    Call(usize),
    Each(bool),
    Count,
    Itself,
    PathModule,
    PathRoot,
    PathCwd,
    Workspace,
}

/// Which names mean something where an expression stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowed {
    pub each: bool,
    pub count: bool,
    pub itself: bool,
}

/// What a reference is about, and how many steps that takes.
pub(crate) fn subject(
    sources: &SourceMap,
    module: &ModuleConfig,
    root: &Ident,
    steps: &[Step],
    allowed: Allowed,
) -> Result<(Subject, usize), Diagnostic> {
    let error = |at: At, summary: &str, detail: String| Diagnostic::error(summary).detail(detail).at(&sources.span(at), "");
    let attribute = |i: usize| match steps.get(i) {
        Some(Step::Attribute(name)) => Some(name),
        _ => None,
    };
    let need = |what: &str, example: &str| match attribute(0) {
        Some(name) => Ok(name),
        None => Err(error(root.at, "Invalid reference", format!("\"{}\" must be followed by {what}, as in {example}.", root.name))),
    };
    fn undeclared<'n>(d: Diagnostic, name: &str, names: impl Iterator<Item = &'n str>) -> Diagnostic {
        let mut d = d;
        d.help = suggest::did_you_mean(name, names);
        d
    }
    match &*root.name {
        "var" => {
            let name = need("the name of a variable", "var.region")?;
            match module.variables.get_index_of(&name.name) {
                Some(i) => Ok((Subject::Variable(i), 1)),
                None => Err(undeclared(
                    error(
                        root.at.to(name.at),
                        "Reference to an undeclared variable",
                        format!("There is no variable \"{}\" in this module.", name.name),
                    ),
                    &name.name,
                    module.variables.keys().map(|k| &**k),
                )),
            }
        }
        "local" => {
            let name = need("the name of a local value", "local.tags")?;
            match module.locals.get_index_of(&name.name) {
                Some(i) => Ok((Subject::Local(i), 1)),
                None => Err(undeclared(
                    error(
                        root.at.to(name.at),
                        "Reference to an undeclared local value",
                        format!("There is no local value \"{}\" in this module.", name.name),
                    ),
                    &name.name,
                    module.locals.keys().map(|k| &**k),
                )),
            }
        }
        "module" => {
            let name = need("the name of a module call", "module.network")?;
            match module.calls.get_index_of(&name.name) {
                Some(i) => Ok((Subject::Call(i), 1)),
                None => Err(undeclared(
                    error(
                        root.at.to(name.at),
                        "Reference to an undeclared module",
                        format!("This module calls no module \"{}\".", name.name),
                    ),
                    &name.name,
                    module.calls.keys().map(|k| &**k),
                )),
            }
        }
        "each" => match attribute(0).map(|n| &*n.name) {
            Some(which @ ("key" | "value")) if allowed.each => Ok((Subject::Each(which == "key"), 1)),
            Some("key" | "value") => Err(error(
                root.at,
                "Reference to \"each\" without for_each",
                "\"each\" means something only inside a block that has the argument for_each.".into(),
            )),
            _ => Err(error(root.at, "Invalid reference", "\"each\" has the attributes \"key\" and \"value\".".into())),
        },
        "count" => match attribute(0).map(|n| &*n.name) {
            Some("index") if allowed.count => Ok((Subject::Count, 1)),
            Some("index") => Err(error(
                root.at,
                "Reference to \"count\" without count",
                "\"count.index\" means something only inside a block that has the argument count.".into(),
            )),
            _ => Err(error(root.at, "Invalid reference", "\"count\" has the attribute \"index\".".into())),
        },
        "self" if allowed.itself => Ok((Subject::Itself, 0)),
        "self" => Err(error(root.at, "Invalid reference", "\"self\" means something only in a postcondition.".into())),
        "path" => match attribute(0).map(|n| &*n.name) {
            Some("module") => Ok((Subject::PathModule, 1)),
            Some("root") => Ok((Subject::PathRoot, 1)),
            Some("cwd") => Ok((Subject::PathCwd, 1)),
            _ => Err(error(root.at, "Invalid reference", "\"path\" has the attributes \"module\", \"root\" and \"cwd\".".into())),
        },
        "terraform" => match attribute(0).map(|n| &*n.name) {
            Some("workspace") => Ok((Subject::Workspace, 1)),
            _ => Err(error(root.at, "Invalid reference", "\"terraform\" has the attribute \"workspace\".".into())),
        },
        "ephemeral" => Err(error(root.at, "Not supported yet", "Cairn doesn't support ephemeral resources yet.".into())),
        "data" => {
            let (Some(type_name), Some(name)) = (attribute(0), attribute(1)) else {
                return Err(error(
                    root.at,
                    "Invalid reference",
                    "\"data\" must be followed by a type and a name, as in data.aws_region.current.".into(),
                ));
            };
            resource(sources, module, root, type_name, name, Mode::Data).map(|i| (Subject::Resource(i), 2))
        }
        _ => match attribute(0) {
            Some(name) => resource(sources, module, root, root, name, Mode::Managed).map(|i| (Subject::Resource(i), 1)),
            None => {
                let mut d = error(
                    root.at,
                    "Invalid reference",
                    format!(
                        "\"{}\" is not a name that means anything here. A reference to a resource is its type and its name.",
                        root.name
                    ),
                );
                d.help = suggest::did_you_mean(&root.name, ["var", "local", "module", "data", "each", "count", "path", "terraform"])
                    .or_else(|| module.variables.contains_key(&root.name).then(|| format!("write var.{}", root.name)))
                    .or_else(|| module.locals.contains_key(&root.name).then(|| format!("write local.{}", root.name)))
                    .or_else(|| Some(format!("for text, write \"{}\" in quotes", root.name)));
                Err(d)
            }
        },
    }
}

fn resource(
    sources: &SourceMap,
    module: &ModuleConfig,
    root: &Ident,
    type_name: &Ident,
    name: &Ident,
    mode: Mode,
) -> Result<usize, Diagnostic> {
    let key = ResourceKey::new(mode, &type_name.name, &name.name);
    if let Some(i) = module.resources.get_index_of(&key) {
        return Ok(i);
    }
    let (what, prefix) = if mode == Mode::Data { ("data source", "data.") } else { ("resource", "") };
    let written = format!("{}.{}", type_name.name, name.name);
    let mut d = Diagnostic::error(format!("Reference to an undeclared {what}"))
        .detail(format!("There is no {what} {prefix}{written} in this module."))
        .at(&sources.span(root.at.to(name.at)), "");
    let known: Vec<String> = module.resources.keys().filter(|k| k.mode == mode).map(|k| format!("{}.{}", k.type_name, k.name)).collect();
    let other = module.resources.keys().any(|k| k.mode != mode && k.type_name == type_name.name && k.name == name.name);
    d.help = if other {
        Some(if mode == Mode::Data {
            format!("there is a resource of this name: write {written}")
        } else {
            format!("there is a data source of this name: write data.{written}")
        })
    } else {
        let same_type = module.resources.keys().filter(|k| k.mode == mode && k.type_name == type_name.name).map(|k| &*k.name);
        suggest::nearest(&name.name, same_type)
            .map(|n| format!("did you mean {prefix}{}.{n}?", type_name.name))
            .or_else(|| suggest::nearest(&written, known.iter().map(String::as_str)).map(|n| format!("did you mean {prefix}{n}?")))
    };
    Err(d)
}

/// Calls `f` with each reference in an expression: its root, its steps and its place. Names that the
/// expression itself brings in are left out.
pub(crate) fn each_reference<'e>(expr: &'e Expr, bound: &mut Vec<Arc<str>>, f: &mut dyn FnMut(&'e Ident, &'e [Step], At)) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || walk(expr, bound, f));
}

fn walk<'e>(expr: &'e Expr, bound: &mut Vec<Arc<str>>, f: &mut dyn FnMut(&'e Ident, &'e [Step], At)) {
    match &expr.kind {
        ExprKind::Literal(_) => {}
        ExprKind::Name(name) => {
            if !bound.contains(&name.name) {
                f(name, &[], expr.at);
            }
        }
        ExprKind::Traversal(root, steps) => {
            match root.as_keyword() {
                Some(name) if bound.contains(&name.name) => {}
                Some(name) => f(name, steps, expr.at),
                None => each_reference(root, bound, f),
            }
            walk_steps(steps, bound, f);
        }
        ExprKind::Template(parts) => walk_parts(parts, bound, f),
        ExprKind::Wrapped(e) | ExprKind::Parenthesis(e) | ExprKind::Unary(_, e) => each_reference(e, bound, f),
        ExprKind::Call(c) => c.arguments.iter().for_each(|e| each_reference(e, bound, f)),
        ExprKind::Tuple(e) => e.iter().for_each(|e| each_reference(e, bound, f)),
        ExprKind::Object(items) => {
            for (key, value) in items {
                if let Key::Expr(e) = key {
                    each_reference(e, bound, f);
                }
                each_reference(value, bound, f);
            }
        }
        ExprKind::Binary(_, l, r) => {
            each_reference(l, bound, f);
            each_reference(r, bound, f);
        }
        ExprKind::Conditional(c) => [&c.condition, &c.then, &c.otherwise].into_iter().for_each(|e| each_reference(e, bound, f)),
        ExprKind::For(x) => {
            each_reference(&x.collection, bound, f);
            let before = bound.len();
            bound.extend(x.key_name.iter().chain([&x.value_name]).map(|n| n.name.clone()));
            x.key.iter().chain([&x.value]).chain(&x.condition).for_each(|e| each_reference(e, bound, f));
            bound.truncate(before);
        }
    }
}

fn walk_steps<'e>(steps: &'e [Step], bound: &mut Vec<Arc<str>>, f: &mut dyn FnMut(&'e Ident, &'e [Step], At)) {
    for step in steps {
        match step {
            Step::Attribute(_) => {}
            Step::Index(e, _) => each_reference(e, bound, f),
            Step::Splat(inner, _) => walk_steps(inner, bound, f),
        }
    }
}

fn walk_parts<'e>(parts: &'e [Part], bound: &mut Vec<Arc<str>>, f: &mut dyn FnMut(&'e Ident, &'e [Step], At)) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Interpolation(e) => each_reference(e, bound, f),
            Part::If { condition, then, otherwise } => {
                each_reference(condition, bound, f);
                walk_parts(then, bound, f);
                walk_parts(otherwise, bound, f);
            }
            Part::For { key_name, value_name, collection, body } => {
                each_reference(collection, bound, f);
                let before = bound.len();
                bound.extend(key_name.iter().chain([value_name]).map(|n| n.name.clone()));
                walk_parts(body, bound, f);
                bound.truncate(before);
            }
        }
    }
}
