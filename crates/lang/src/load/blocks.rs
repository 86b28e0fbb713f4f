//! Top-level blocks.

use super::config::*;
use super::{Loading, resource_block, settings, types, variables};
use crate::eval::{Fault, Names, NoScope, evaluate};
use crate::suggest;
use crate::syntax::ast::{Attribute, Block, Body, Expr, ExprKind, Ident, Key};
use crate::syntax::is_identifier;
use cairn_model::convert::convert;
use cairn_model::instance::Mode;
use cairn_model::{Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

const KINDS: &[&str] = &["terraform", "provider", "variable", "locals", "output", "resource", "data", "module"];
const NOT_YET: &[&str] = &["check", "moved", "removed", "import", "ephemeral"];

/// Puts a block where it belongs.
pub(super) fn declare(l: &mut Loading<'_>, config: &mut ModuleConfig, block: Block) {
    let labels = match &*block.kind.name {
        "terraform" | "locals" => 0,
        "provider" | "variable" | "output" | "module" => 1,
        "resource" | "data" => 2,
        other if NOT_YET.contains(&other) => {
            return l.report(block.at, "Block not supported yet", format!("Cairn doesn't support \"{other}\" blocks yet."));
        }
        other => {
            let mut d = l.error(block.at, "Unsupported block", format!("\"{other}\" is no block of the language."));
            d.help = suggest::did_you_mean(other, KINDS.iter().chain(NOT_YET).copied());
            return l.problems.push(d);
        }
    };
    if block.labels.len() != labels {
        let what = ["no label", "one label, its name", "two labels, a type and a name"].get(labels).copied().unwrap_or("");
        return l.report(block.at, "Wrong number of labels", format!("A {} block has {what}.", block.kind.name));
    }
    if let Some(label) = block.labels.iter().find(|label| !is_identifier(&label.name)) {
        return l.report(
            label.at,
            "Invalid name",
            format!(
                "\"{}\" can't be a name: it must begin with a letter or \"_\" and hold letters, digits, \"_\" and \"-\" only.",
                label.name
            ),
        );
    }
    match &*block.kind.name {
        "terraform" => settings::terraform(l, config, block),
        "locals" => locals(l, config, block),
        "provider" => provider(l, config, block),
        "variable" => variable(l, config, block),
        "output" => output(l, config, block),
        "module" => module(l, config, block),
        "resource" => resource_block::declare(l, config, block, Mode::Managed),
        _ => resource_block::declare(l, config, block, Mode::Data),
    }
}

/// Reports a second block of one name.
pub(super) fn duplicate(l: &mut Loading<'_>, at: crate::source::At, first: crate::source::At, what: String) {
    let d = l
        .error(at, "Declared twice", format!("There is a {what} already in this module."))
        .at(&l.context.sources.span(first), "the first one is here");
    l.problems.push(d);
}

/// Reports arguments and blocks that are not among the known ones.
pub(super) fn only(l: &mut Loading<'_>, body: &Body, what: &str, arguments: &[&str], blocks: &[&str]) {
    for attribute in body.attributes.values().filter(|a| !arguments.contains(&&*a.name.name)) {
        let mut d =
            l.error(attribute.name.at, "Unsupported argument", format!("A {what} has no argument named \"{}\".", attribute.name.name));
        d.help = suggest::did_you_mean(&attribute.name.name, arguments.iter().copied());
        l.problems.push(d);
    }
    for block in body.blocks.iter().filter(|b| !blocks.contains(&&*b.kind.name)) {
        let mut d = l.error(block.at, "Unsupported block", format!("A {what} has no block named \"{}\".", block.kind.name));
        d.help = suggest::did_you_mean(&block.kind.name, blocks.iter().copied());
        l.problems.push(d);
    }
}

/// The value of an expression that may hold no references.
pub(super) fn constant(l: &mut Loading<'_>, expr: &Expr, ty: &Type) -> Option<Value> {
    let mut scope = NoScope(l.context, "this is read before anything is evaluated, so it must be written out");
    let value = match evaluate(&mut scope, expr, &Names::Empty) {
        Ok(value) => value,
        Err(Fault::Error(d)) => {
            l.problems.push(*d);
            return None;
        }
        Err(Fault::Failed) => return None,
    };
    match convert(&value, ty) {
        Ok(value) => Some(value),
        Err(e) => {
            l.report(expr.at, "Invalid value", format!("{e}."));
            None
        }
    }
}

/// The truth value of an argument that is written out.
pub(super) fn flag(l: &mut Loading<'_>, body: &Body, name: &str, default: bool) -> bool {
    let Some(attribute) = body.attributes.get(name) else { return default };
    constant(l, &attribute.value, &Type::Bool).and_then(|v| v.as_bool()).unwrap_or(default)
}

fn text(l: &mut Loading<'_>, body: &Body, name: &str) -> String {
    let Some(attribute) = body.attributes.get(name) else { return String::new() };
    constant(l, &attribute.value, &Type::String).and_then(|v| v.as_str().map(str::to_string)).unwrap_or_default()
}

fn locals(l: &mut Loading<'_>, config: &mut ModuleConfig, block: Block) {
    if let Some(inner) = block.body.blocks.first() {
        let at = inner.at;
        l.report(
            at,
            "Unsupported block",
            "A locals block holds arguments only. To give a local value that is an object, put \"=\" before the brace.",
        );
    }
    for (name, attribute) in block.body.attributes {
        if let Some(first) = config.locals.get(&name) {
            duplicate(l, attribute.name.at, first.name.at, format!("local value \"{name}\""));
            continue;
        }
        config.locals.insert(name, attribute);
    }
}

fn provider(l: &mut Loading<'_>, config: &mut ModuleConfig, mut block: Block) {
    let Some(name) = block.labels.first().cloned() else { return };
    let alias = block.body.attributes.shift_remove("alias");
    if let Some(version) = block.body.attributes.shift_remove("version") {
        l.report(
            version.name.at,
            "Unsupported argument",
            "The version of a provider belongs into required_providers, in a terraform block.",
        );
    }
    let key: Arc<str> = match alias {
        Some(alias) => match alias.value.as_text() {
            Some(text) if is_identifier(text) => format!("{}.{text}", name.name).into(),
            _ => return l.report(alias.value.at, "Invalid alias", "An alias is a name in quotes."),
        },
        None => name.name.clone(),
    };
    if let Some(first) = config.providers.get(&key) {
        let at = first.at;
        return duplicate(l, block.at, at, format!("configuration of provider \"{key}\""));
    }
    config.providers.insert(key, ProviderBlock { name, at: block.at, body: block.body });
}

fn variable(l: &mut Loading<'_>, config: &mut ModuleConfig, block: Block) {
    let Some(name) = block.labels.first() else { return };
    if let Some(first) = config.variables.get(&name.name) {
        let at = first.at;
        return duplicate(l, block.at, at, format!("variable \"{}\"", name.name));
    }
    const RESERVED: &[&str] = &["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];
    if RESERVED.contains(&&*name.name) {
        return l.report(
            name.at,
            "Invalid variable name",
            format!("\"{}\" has a meaning of its own in module blocks, so no variable can have this name.", name.name),
        );
    }
    let body = &block.body;
    only(l, body, "variable", &["type", "default", "description", "sensitive", "nullable", "ephemeral"], &["validation"]);
    let ephemeral = flag(l, body, "ephemeral", false);
    let ty = match body.attributes.get("type").map(|a| types::parse(l, &a.value)) {
        Some(Ok(ty)) => ty,
        Some(Err(d)) => {
            l.problems.push(d);
            types::TypeConstraint::any()
        }
        None => types::TypeConstraint::any(),
    };
    let nullable = flag(l, body, "nullable", true);
    let default = body.attributes.get("default").and_then(|a| {
        let value = constant(l, &a.value, &Type::Dynamic)?;
        if value.is_null() && !nullable {
            l.report(a.value.at, "Invalid default", "The variable is not nullable, so its default can't be null.");
            return None;
        }
        if ephemeral && !value.is_null() {
            l.report(a.value.at, "Invalid default", format!("{}.", variables::NOT_EPHEMERAL));
            return Some(Value::null());
        }
        match ty.apply(&value) {
            Ok(value) => Some(value),
            Err(e) => {
                l.report(a.value.at, "Invalid default", format!("The default doesn't fit the variable's type: {e}."));
                // So that the missing default isn't reported too.
                Some(Value::unknown(ty.ty.clone()))
            }
        }
    });
    let variable = Variable {
        at: block.at,
        description: text(l, body, "description"),
        default,
        sensitive: flag(l, body, "sensitive", false),
        ephemeral,
        nullable,
        validations: conditions(l, body, "validation"),
        ty,
    };
    config.variables.insert(name.name.clone(), variable);
}

/// Blocks with `condition` and `error_message`.
pub(super) fn conditions(l: &mut Loading<'_>, body: &Body, kind: &str) -> Vec<Condition> {
    let mut out = Vec::new();
    for block in body.blocks.iter().filter(|b| &*b.kind.name == kind) {
        only(l, &block.body, &format!("{kind} block"), &["condition", "error_message"], &[]);
        match (block.body.attributes.get("condition"), block.body.attributes.get("error_message")) {
            (Some(condition), Some(message)) => {
                out.push(Condition { condition: condition.value.clone(), message: message.value.clone() });
            }
            (condition, _) => {
                let missing = if condition.is_none() { "condition" } else { "error_message" };
                l.report(block.at, "Missing required argument", format!("A {kind} block needs the argument \"{missing}\"."));
            }
        }
    }
    out
}

/// The references that `depends_on` or a similar argument lists.
pub(super) fn reference_list(l: &mut Loading<'_>, attribute: Option<&Attribute>) -> Vec<Expr> {
    let Some(attribute) = attribute else { return Vec::new() };
    let ExprKind::Tuple(elements) = &attribute.value.kind else {
        l.report(
            attribute.value.at,
            "Invalid list of references",
            format!("\"{}\" is a list of references in brackets.", attribute.name.name),
        );
        return Vec::new();
    };
    let mut out = Vec::new();
    for element in elements {
        if element.as_reference().is_some() {
            out.push(element.clone());
        } else {
            l.report(element.at, "Invalid reference", format!("\"{}\" lists references, such as aws_vpc.main.", attribute.name.name));
        }
    }
    out
}

fn output(l: &mut Loading<'_>, config: &mut ModuleConfig, block: Block) {
    let Some(name) = block.labels.first() else { return };
    if let Some(first) = config.outputs.get(&name.name) {
        let at = first.at;
        return duplicate(l, block.at, at, format!("output \"{}\"", name.name));
    }
    let body = &block.body;
    only(l, body, "output", &["value", "sensitive", "description", "depends_on", "ephemeral"], &["precondition"]);
    if flag(l, body, "ephemeral", false) {
        l.report(block.at, "Argument not supported yet", "Cairn doesn't support ephemeral outputs yet.");
    }
    let Some(value) = body.attributes.get("value") else {
        return l.report(block.at, "Missing required argument", "An output needs the argument \"value\".");
    };
    let output = OutputBlock {
        at: block.at,
        value: value.value.clone(),
        sensitive: flag(l, body, "sensitive", false),
        description: text(l, body, "description"),
        depends_on: reference_list(l, body.attributes.get("depends_on")),
        preconditions: conditions(l, body, "precondition"),
    };
    config.outputs.insert(name.name.clone(), output);
}

/// `count` and `for_each`, taken out of a body.
pub(super) fn repetition(l: &mut Loading<'_>, body: &mut Body) -> Repetition {
    let count = body.attributes.shift_remove("count");
    let for_each = body.attributes.shift_remove("for_each");
    match (count, for_each) {
        (Some(_), Some(for_each)) => {
            l.report(for_each.name.at, "Both count and for_each", "A block may have \"count\" or \"for_each\", not both.");
            Repetition::ForEach(for_each.value)
        }
        (Some(count), None) => Repetition::Count(count.value),
        (None, Some(for_each)) => Repetition::ForEach(for_each.value),
        (None, None) => Repetition::None,
    }
}

/// A provider key such as `aws` or `aws.west`.
pub(super) fn provider_key(l: &mut Loading<'_>, expr: &Expr) -> Option<Ident> {
    let (root, steps) = match (expr.as_reference(), expr.as_text()) {
        (Some(found), _) => found,
        (None, Some(text)) => {
            let d = l.error(expr.at, "Invalid provider reference", "A provider is named without quotes.").help(format!("write {text}"));
            l.problems.push(d);
            return None;
        }
        _ => {
            l.report(expr.at, "Invalid provider reference", "A provider is named as in aws, or aws.ALIAS.");
            return None;
        }
    };
    let name = match steps {
        [] => root.name.clone(),
        [crate::syntax::ast::Step::Attribute(alias)] => format!("{}.{}", root.name, alias.name).into(),
        _ => {
            l.report(expr.at, "Invalid provider reference", "A provider is named as in aws, or aws.ALIAS.");
            return None;
        }
    };
    Some(Ident { name, at: expr.at })
}

fn module(l: &mut Loading<'_>, config: &mut ModuleConfig, mut block: Block) {
    let Some(name) = block.labels.first().cloned() else { return };
    if let Some(first) = config.calls.get(&name.name) {
        let at = first.at;
        return duplicate(l, block.at, at, format!("module call \"{}\"", name.name));
    }
    if let Some(inner) = block.body.blocks.first() {
        let at = inner.at;
        l.report(at, "Unsupported block", "A module block holds arguments only.");
    }
    let repetition = repetition(l, &mut block.body);
    let depends_on = block.body.attributes.shift_remove("depends_on");
    let depends_on = reference_list(l, depends_on.as_ref());
    let version = block.body.attributes.shift_remove("version").map(|v| v.name.at);
    let mut providers = BTreeMap::new();
    if let Some(map) = block.body.attributes.shift_remove("providers") {
        match &map.value.kind {
            ExprKind::Object(items) => {
                for (key, value) in items {
                    let child = match key {
                        Key::Name(name) => Some(name.name.clone()),
                        // `aws.west` as a key is read as an ambiguous one, unless it is in quotes.
                        Key::Expr(e) => e.as_text().map(Into::into).or_else(|| provider_key(l, e.bare()).map(|k| k.name)),
                    };
                    if let (Some(child), Some(ours)) = (child, provider_key(l, value)) {
                        providers.insert(child, ours);
                    }
                }
            }
            _ => l.report(map.value.at, "Invalid providers", "\"providers\" is a map of provider names in braces."),
        }
    }
    let Some(source) = block.body.attributes.shift_remove("source") else {
        return l.report(block.at, "Missing required argument", "A module block needs the argument \"source\".");
    };
    let Some(path) = source.value.as_text() else {
        return l.report(source.value.at, "Invalid module source", "The source of a module is a path in quotes, written out.");
    };
    let source = Ident { name: path.into(), at: source.value.at };
    let arguments = block.body.attributes;
    let call = ModuleCall { name: name.clone(), at: block.at, source, version, repetition, depends_on, providers, arguments };
    config.calls.insert(name.name, call);
}
