//! What depends on what, told from the text alone: checks references, finds cycles, and gives the
//! order in which everything is evaluated.

use crate::arguments::is_readable;
use crate::load::Loading;
use crate::load::config::{ModuleConfig, Repetition, ResourceBlock};
use crate::program::Module;
use crate::references::{Allowed, Subject, each_reference, subject};
use crate::source::At;
use crate::suggest;
use crate::syntax::ast::{Block, Body, Expr, ExprKind, Ident, Key, Step};
use crate::syntax::visit;
use cairn_model::Diagnostic;
use indexmap::IndexMap;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Something in a module that is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Item {
    Variable(usize),
    Local(usize),
    Output(usize),
    Resource(usize),
    /// Which instances of a module there are.
    Call(usize),
    /// Everything inside a module, as `depends_on` means it.
    Inside(usize),
    /// What a module call's `depends_on` names.
    DependsOn(usize),
}

/// An item of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Node {
    pub module: usize,
    pub item: Item,
}

/// The order of evaluation.
#[derive(Default)]
pub(crate) struct Order {
    /// Each after those that it depends on.
    pub nodes: Vec<Node>,
    /// Those that no resource or data source has a part in.
    pub pure: HashSet<Node>,
    /// What each depends on directly.
    pub edges: HashMap<Node, Vec<Node>>,
}

/// Checks every reference and finds the order.
pub(crate) fn analyse(l: &mut Loading<'_>, modules: &[Module]) -> Order {
    for (i, module) in modules.iter().enumerate() {
        check_module(l, modules, i, module);
    }
    let mut graph: DiGraph<Node, ()> = DiGraph::new();
    let mut index: IndexMap<Node, NodeIndex> = IndexMap::new();
    for (m, module) in modules.iter().enumerate() {
        for item in items(&module.config) {
            let node = Node { module: m, item };
            index.insert(node, graph.add_node(node));
        }
    }
    let mut itself = Vec::new();
    for (node, from) in &index {
        for (target, at) in dependencies(l, modules, *node) {
            if target == *node {
                itself.push((target, at));
            } else if let Some(to) = index.get(&target) {
                graph.update_edge(*from, *to, ());
            }
        }
    }
    itself.sort();
    for (node, at) in itself {
        let name = name(modules, node);
        l.report(at, "Reference to itself", format!("{name} refers to itself, so it can't be evaluated."));
    }
    // Iterative, so that a long chain doesn't use up the stack; gives dependencies first.
    let mut order = Order::default();
    let mut components = kosaraju_scc(&graph);
    for component in &mut components {
        let mut nodes: Vec<Node> = component.iter().filter_map(|i| graph.node_weight(*i).copied()).collect();
        if nodes.len() > 1 {
            nodes.sort();
            let d = cycle(l, modules, &nodes);
            l.problems.push(d);
        }
        for node in nodes {
            let from = index.get(&node).copied();
            let pure = !matches!(node.item, Item::Resource(_) | Item::Inside(_) | Item::DependsOn(_))
                && !asks_the_time(modules, node)
                && from.is_some_and(|from| graph.neighbors(from).all(|to| graph.node_weight(to).is_some_and(|n| order.pure.contains(n))));
            if pure {
                order.pure.insert(node);
            }
            let next = from.map(|from| graph.neighbors(from).filter_map(|to| graph.node_weight(to).copied()).collect());
            order.edges.insert(node, next.unwrap_or_default());
            order.nodes.push(node);
        }
    }
    order
}

/// Whether an item's own expression calls `timestamp`, which is not known while planning.
fn asks_the_time(modules: &[Module], node: Node) -> bool {
    let Some(module) = modules.get(node.module) else { return false };
    let c = &module.config;
    let expr = match node.item {
        Item::Variable(i) => module.parent.and_then(|(parent, call)| {
            let (name, _) = c.variables.get_index(i)?;
            let (_, call) = modules.get(parent)?.config.calls.get_index(call)?;
            call.arguments.get(name).map(|a| &a.value)
        }),
        Item::Local(i) => c.locals.get_index(i).map(|(_, local)| &local.value),
        Item::Output(i) => c.outputs.get_index(i).map(|(_, output)| &output.value),
        Item::Call(i) => c.calls.get_index(i).and_then(|(_, call)| call.repetition.expr()),
        _ => None,
    };
    let mut found = false;
    if let Some(expr) = expr {
        visit::expression(expr, &mut |e| {
            found |= matches!(&e.kind, ExprKind::Call(call) if matches!(&*call.name.name, "timestamp" | "core::timestamp"));
        });
    }
    found
}

fn cycle(l: &Loading<'_>, modules: &[Module], nodes: &[Node]) -> Diagnostic {
    // What stands for several things in the configuration has no line of its own.
    let members: Vec<&Node> = nodes.iter().filter(|n| !matches!(n.item, Item::Inside(_) | Item::DependsOn(_))).collect();
    let names: Vec<String> = members.iter().map(|n| name(modules, **n)).collect();
    let mut d =
        Diagnostic::error("Cycle").detail(format!("These depend on each other, so none of them can be first: {}.", names.join(", ")));
    for (node, name) in members.iter().zip(&names).take(20) {
        if let Some(at) = place(modules, **node) {
            d = d.at(&l.context.sources.span(at), format!("{name} is part of the cycle"));
        }
    }
    d
}

/// Every item of a module.
fn items(config: &ModuleConfig) -> Vec<Item> {
    let calls = config.calls.len();
    (0..config.variables.len())
        .map(Item::Variable)
        .chain((0..config.locals.len()).map(Item::Local))
        .chain((0..config.outputs.len()).map(Item::Output))
        .chain((0..config.resources.len()).map(Item::Resource))
        .chain((0..calls).map(Item::Call))
        .chain((0..calls).map(Item::Inside))
        .chain((0..calls).map(Item::DependsOn))
        .collect()
}

/// How messages name an item.
pub(crate) fn name(modules: &[Module], node: Node) -> String {
    let Some(module) = modules.get(node.module) else { return String::new() };
    let c = &module.config;
    let prefix: String = module.names.iter().map(|n| format!("module.{n}.")).collect();
    let key = |k: Option<&Arc<str>>| k.map(|k| k.to_string()).unwrap_or_default();
    let own = match node.item {
        Item::Variable(i) => format!("var.{}", key(c.variables.get_index(i).map(|x| x.0))),
        Item::Local(i) => format!("local.{}", key(c.locals.get_index(i).map(|x| x.0))),
        Item::Output(i) => format!("output.{}", key(c.outputs.get_index(i).map(|x| x.0))),
        Item::Resource(i) => c.resources.get_index(i).map_or_else(String::new, |(k, _)| {
            format!("{}{}.{}", if k.mode == cairn_model::instance::Mode::Data { "data." } else { "" }, k.type_name, k.name)
        }),
        Item::Call(i) | Item::Inside(i) | Item::DependsOn(i) => format!("module.{}", key(c.calls.get_index(i).map(|x| x.0))),
    };
    prefix + &own
}

fn place(modules: &[Module], node: Node) -> Option<At> {
    let c = &modules.get(node.module)?.config;
    match node.item {
        Item::Variable(i) => c.variables.get_index(i).map(|x| x.1.at),
        Item::Local(i) => c.locals.get_index(i).map(|x| x.1.name.at),
        Item::Output(i) => c.outputs.get_index(i).map(|x| x.1.at),
        Item::Resource(i) => c.resources.get_index(i).map(|x| x.1.at),
        Item::Call(i) | Item::Inside(i) | Item::DependsOn(i) => c.calls.get_index(i).map(|x| x.1.at),
    }
}

/// What an item depends on, and where that is written.
fn dependencies(l: &Loading<'_>, modules: &[Module], node: Node) -> Vec<(Node, At)> {
    let mut out = Vec::new();
    let Some(module) = modules.get(node.module) else { return out };
    let config = &module.config;
    let nowhere = At { file: 0, start: 0, end: 0 };
    // Inside a module nothing can be evaluated before its instances are known.
    if let Some((parent, call)) = module.parent {
        out.push((Node { module: parent, item: Item::Call(call) }, nowhere));
    }
    let mut find = |m: usize, root: &Ident, steps: &[Step], at: At, allowed: Allowed, inside: bool| {
        targets(l, modules, m, root, steps, at, allowed, inside, &mut out)
    };
    match node.item {
        Item::Variable(i) => {
            if let Some((parent, call)) = module.parent
                && let Some((name, _)) = config.variables.get_index(i)
                && let Some((_, call)) = modules.get(parent).and_then(|p| p.config.calls.get_index(call))
                && let Some(argument) = call.arguments.get(name)
            {
                let allowed = allowed(&call.repetition);
                each_reference(&argument.value, &mut Vec::new(), &mut |r, s, at| find(parent, r, s, at, allowed, false));
            }
        }
        Item::Local(i) => {
            if let Some((_, local)) = config.locals.get_index(i) {
                each_reference(&local.value, &mut Vec::new(), &mut |r, s, at| find(node.module, r, s, at, Allowed::default(), false));
            }
        }
        Item::Output(i) => {
            if let Some((_, output)) = config.outputs.get_index(i) {
                let conditions = output.preconditions.iter().flat_map(|c| [&c.condition, &c.message]);
                for expr in [&output.value].into_iter().chain(conditions) {
                    each_reference(expr, &mut Vec::new(), &mut |r, s, at| find(node.module, r, s, at, Allowed::default(), false));
                }
                depends_on(&output.depends_on, &mut |r, s, at| find(node.module, r, s, at, Allowed::default(), true));
            }
        }
        Item::Resource(i) => {
            if let Some((_, resource)) = config.resources.get_index(i) {
                each_resource_reference(resource, &mut |r, s, at, allowed| find(node.module, r, s, at, allowed, false));
                depends_on(&resource.depends_on, &mut |r, s, at| find(node.module, r, s, at, Allowed::default(), true));
            }
            if let Some((parent, call)) = module.parent {
                out.push((Node { module: parent, item: Item::DependsOn(call) }, nowhere));
            }
        }
        Item::Call(i) => {
            if let Some(expr) = config.calls.get_index(i).and_then(|(_, c)| c.repetition.expr()) {
                each_reference(expr, &mut Vec::new(), &mut |r, s, at| find(node.module, r, s, at, Allowed::default(), false));
            }
        }
        Item::Inside(i) => {
            if let Some(Some(child)) = module.children.get(i)
                && let Some(c) = modules.get(*child)
            {
                let inner = items(&c.config).into_iter().filter(|x| matches!(x, Item::Resource(_) | Item::Output(_) | Item::Inside(_)));
                out.extend(inner.map(|item| (Node { module: *child, item }, nowhere)));
            }
        }
        Item::DependsOn(i) => {
            if let Some((_, call)) = config.calls.get_index(i) {
                depends_on(&call.depends_on, &mut |r, s, at| find(node.module, r, s, at, Allowed::default(), true));
            }
            if let Some((parent, call)) = module.parent {
                out.push((Node { module: parent, item: Item::DependsOn(call) }, nowhere));
            }
        }
    }
    out
}

fn depends_on<'e>(expressions: &'e [Expr], f: &mut dyn FnMut(&'e Ident, &'e [Step], At)) {
    for expr in expressions {
        if let Some((root, steps)) = expr.as_reference() {
            f(root, steps, expr.at);
        }
    }
}

/// The items that a reference means. `inside`: a module stands for everything in it.
#[allow(clippy::too_many_arguments)]
fn targets(
    l: &Loading<'_>,
    modules: &[Module],
    m: usize,
    root: &Ident,
    steps: &[Step],
    at: At,
    allowed: Allowed,
    inside: bool,
    out: &mut Vec<(Node, At)>,
) {
    let Some(module) = modules.get(m) else { return };
    let Ok((subject, used)) = subject(&l.context.sources, &module.config, root, steps, allowed) else { return };
    let item = match subject {
        Subject::Variable(i) => Item::Variable(i),
        Subject::Local(i) => Item::Local(i),
        Subject::Resource(i) => Item::Resource(i),
        Subject::Call(i) if inside => Item::Inside(i),
        Subject::Call(i) => {
            out.push((Node { module: m, item: Item::Call(i) }, at));
            let Some(Some(child)) = module.children.get(i) else { return };
            let Some(config) = modules.get(*child).map(|c| &c.config) else { return };
            match output_name(steps, used).and_then(|name| config.outputs.get_index_of(&name.name)) {
                Some(o) => out.push((Node { module: *child, item: Item::Output(o) }, at)),
                None => out.extend((0..config.outputs.len()).map(|o| (Node { module: *child, item: Item::Output(o) }, at))),
            }
            return;
        }
        _ => return,
    };
    out.push((Node { module: m, item }, at));
}

/// The output that a reference to a module names: after its key, where there is one.
fn output_name(steps: &[Step], used: usize) -> Option<&Ident> {
    match steps.get(used..)? {
        [Step::Attribute(name), ..] | [Step::Index(..), Step::Attribute(name), ..] => Some(name),
        [Step::Splat(inner, _), ..] => match inner.as_slice() {
            [Step::Attribute(name), ..] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

pub(crate) fn allowed(repetition: &Repetition) -> Allowed {
    Allowed { each: matches!(repetition, Repetition::ForEach(_)), count: matches!(repetition, Repetition::Count(_)), itself: false }
}

/// Calls `f` with each reference of a resource block, but for those of `depends_on`.
fn each_resource_reference<'e>(resource: &'e ResourceBlock, f: &mut dyn FnMut(&'e Ident, &'e [Step], At, Allowed)) {
    let inner = allowed(&resource.repetition);
    if let Some(expr) = resource.repetition.expr() {
        each_reference(expr, &mut Vec::new(), &mut |r, s, at| f(r, s, at, Allowed::default()));
    }
    each_body_reference(&resource.body, &mut Vec::new(), &mut |r, s, at| f(r, s, at, inner));
    let lifecycle = &resource.lifecycle;
    for expr in lifecycle.replace_triggered_by.iter().chain(lifecycle.preconditions.iter().flat_map(|c| [&c.condition, &c.message])) {
        each_reference(expr, &mut Vec::new(), &mut |r, s, at| f(r, s, at, inner));
    }
    let after = Allowed { itself: true, ..inner };
    for expr in lifecycle.postconditions.iter().flat_map(|c| [&c.condition, &c.message]) {
        each_reference(expr, &mut Vec::new(), &mut |r, s, at| f(r, s, at, after));
    }
}

/// Calls `f` with each reference in a body; iterators of dynamic blocks are left out.
pub(crate) fn each_body_reference<'e>(body: &'e Body, bound: &mut Vec<Arc<str>>, f: &mut dyn FnMut(&'e Ident, &'e [Step], At)) {
    for attribute in body.attributes.values() {
        each_reference(&attribute.value, bound, f);
    }
    for block in &body.blocks {
        each_block_reference(block, bound, f);
    }
}

/// Calls `f` with each reference in a block, which may be a dynamic one.
pub(crate) fn each_block_reference<'e>(block: &'e Block, bound: &mut Vec<Arc<str>>, f: &mut dyn FnMut(&'e Ident, &'e [Step], At)) {
    if &*block.kind.name != "dynamic" {
        return each_body_reference(&block.body, bound, f);
    }
    if let Some(for_each) = block.body.attributes.get("for_each") {
        each_reference(&for_each.value, bound, f);
    }
    let iterator = block.body.attributes.get("iterator").and_then(|a| a.value.as_keyword()).or(block.labels.first());
    let before = bound.len();
    bound.extend(iterator.map(|i| i.name.clone()));
    for inner in &block.body.blocks {
        each_body_reference(&inner.body, bound, f);
    }
    bound.truncate(before);
}

/// Calls `f` with every expression in a body but the iterators of dynamic blocks.
fn each_body_expression<'e>(body: &'e Body, f: &mut dyn FnMut(&'e Expr)) {
    for attribute in body.attributes.values() {
        f(&attribute.value);
    }
    for block in &body.blocks {
        each_body_expression(&block.body, f);
    }
}

/// Reports references to nothing, and calls of functions that are not there.
fn check_module(l: &mut Loading<'_>, modules: &[Module], m: usize, module: &Module) {
    let c = &module.config;
    let mut problems = Vec::new();
    {
        let mut check = |root: &Ident, steps: &[Step], _: At, allowed: Allowed| {
            if let Err(d) = check_reference(l, modules, m, root, steps, allowed) {
                problems.push(d);
            }
        };
        let none = Allowed::default();
        for variable in c.variables.values() {
            for expr in variable.validations.iter().flat_map(|v| [&v.condition, &v.message]) {
                each_reference(expr, &mut Vec::new(), &mut |r, s, at| check(r, s, at, none));
            }
        }
        for local in c.locals.values() {
            each_reference(&local.value, &mut Vec::new(), &mut |r, s, at| check(r, s, at, none));
        }
        for output in c.outputs.values() {
            let conditions = output.preconditions.iter().flat_map(|c| [&c.condition, &c.message]);
            for expr in [&output.value].into_iter().chain(conditions).chain(&output.depends_on) {
                each_reference(expr, &mut Vec::new(), &mut |r, s, at| check(r, s, at, none));
            }
        }
        for resource in c.resources.values() {
            each_resource_reference(resource, &mut check);
            for expr in &resource.depends_on {
                each_reference(expr, &mut Vec::new(), &mut |r, s, at| check(r, s, at, none));
            }
        }
        for call in c.calls.values() {
            for expr in call.repetition.expr().into_iter().chain(&call.depends_on) {
                each_reference(expr, &mut Vec::new(), &mut |r, s, at| check(r, s, at, none));
            }
            for argument in call.arguments.values() {
                each_reference(&argument.value, &mut Vec::new(), &mut |r, s, at| check(r, s, at, allowed(&call.repetition)));
            }
        }
        for provider in c.providers.values() {
            each_body_reference(&provider.body, &mut Vec::new(), &mut |r, s, at| check(r, s, at, none));
        }
    }
    for expr in expressions(c) {
        visit::expression(expr, &mut |e| match &e.kind {
            ExprKind::Call(call) => {
                let bare = call.name.name.strip_prefix("core::").unwrap_or(&call.name.name);
                if !matches!(bare, "try" | "can") && crate::functions::find(bare).is_none() {
                    problems.push(crate::eval::unknown_function(l.context, &call.name));
                }
            }
            ExprKind::Object(items) => {
                for (key, _) in items {
                    if let Key::Expr(k) = key
                        && k.as_reference().is_some()
                    {
                        let detail = "A key that is a reference must be put in parentheses, so that its value is used, or in quotes, so that its text is.";
                        problems.push(l.error(k.at, "Ambiguous key", detail));
                    }
                }
            }
            _ => {}
        });
    }
    for d in problems {
        l.problems.push(d);
    }
}

/// Every expression of a module.
fn expressions(c: &ModuleConfig) -> Vec<&Expr> {
    let mut out: Vec<&Expr> = Vec::new();
    out.extend(c.variables.values().flat_map(|v| &v.validations).flat_map(|v| [&v.condition, &v.message]));
    out.extend(c.locals.values().map(|x| &x.value));
    out.extend(c.outputs.values().map(|x| &x.value));
    for resource in c.resources.values() {
        out.extend(resource.repetition.expr());
        each_body_expression(&resource.body, &mut |e| out.push(e));
        let conditions = resource.lifecycle.preconditions.iter().chain(&resource.lifecycle.postconditions);
        out.extend(conditions.flat_map(|c| [&c.condition, &c.message]));
    }
    for call in c.calls.values() {
        out.extend(call.repetition.expr());
        out.extend(call.arguments.values().map(|a| &a.value));
    }
    for provider in c.providers.values() {
        each_body_expression(&provider.body, &mut |e| out.push(e));
    }
    out
}

fn check_reference(
    l: &Loading<'_>,
    modules: &[Module],
    m: usize,
    root: &Ident,
    steps: &[Step],
    allowed: Allowed,
) -> Result<(), Diagnostic> {
    let Some(module) = modules.get(m) else { return Ok(()) };
    let (subject, used) = subject(&l.context.sources, &module.config, root, steps, allowed)?;
    match subject {
        Subject::Call(i) => {
            let Some(Some(child)) = module.children.get(i) else { return Ok(()) };
            let (Some(config), Some(name)) = (modules.get(*child).map(|c| &c.config), output_name(steps, used)) else { return Ok(()) };
            if config.outputs.contains_key(&name.name) {
                return Ok(());
            }
            let call = module.config.calls.get_index(i).map(|c| c.0.to_string()).unwrap_or_default();
            let mut d = l.error(name.at, "Unsupported attribute", format!("The module \"{call}\" has no output named \"{}\".", name.name));
            d.help = suggest::did_you_mean(&name.name, config.outputs.keys().map(|k| &**k));
            Err(d)
        }
        Subject::Resource(i) => {
            let Some((key, resource)) = module.config.resources.get_index(i) else { return Ok(()) };
            let repeated = resource.repetition.expr().is_some();
            let attribute = match steps.get(used..).unwrap_or(&[]) {
                [Step::Attribute(name), ..] if repeated => {
                    let example = if matches!(resource.repetition, Repetition::Count(_)) { "[0]" } else { "[\"KEY\"]" };
                    let kind = if matches!(resource.repetition, Repetition::Count(_)) { "count" } else { "for_each" };
                    return Err(l
                        .error(
                            root.at.to(name.at),
                            "Missing instance key",
                            format!("{}.{} has {kind}, so it must be said which of its instances is meant.", key.type_name, key.name),
                        )
                        .help(format!("write {}.{}{example}.{}", key.type_name, key.name, name.name)));
                }
                [Step::Attribute(name), ..] if !repeated => Some(name),
                [Step::Index(..), Step::Attribute(name), ..] if repeated => Some(name),
                [Step::Splat(inner, _), ..] => match inner.as_slice() {
                    [Step::Attribute(name), ..] => Some(name),
                    _ => None,
                },
                _ => None,
            };
            let (Some(name), Ok(schema)) = (attribute, &resource.schema) else { return Ok(()) };
            if schema.attribute(&name.name).is_some()
                || schema.block.nested(&name.name).is_some()
                || (&*name.name == crate::arguments::TIMEOUTS && !schema.timeouts.is_empty())
                || is_readable(schema, &name.name)
            {
                return Ok(());
            }
            if schema.unread.contains(&&*name.name) {
                let detail = format!("\"{}\" is an attribute of {} that Cairn doesn't read yet.", name.name, schema.name);
                return Err(l.error(name.at, "Unsupported attribute", detail));
            }
            let mut d = l.error(name.at, "Unsupported attribute", format!("{} has no attribute named \"{}\".", schema.name, name.name));
            d.help =
                suggest::did_you_mean(&name.name, schema.attributes().map(|a| a.name).chain(schema.block.blocks.iter().map(|b| b.name)));
            Err(d)
        }
        _ => Ok(()),
    }
}

/// For each block of a resource or data source, the blocks that it refers to.
pub(crate) fn between_resources(modules: &[Module], order: &Order) -> std::collections::BTreeMap<String, Vec<String>> {
    use std::collections::{BTreeMap, BTreeSet};
    let mut reached: HashMap<Node, BTreeSet<Node>> = HashMap::new();
    let mut out = BTreeMap::new();
    for node in &order.nodes {
        let mut set = BTreeSet::new();
        for next in order.edges.get(node).into_iter().flatten() {
            if matches!(next.item, Item::Resource(_)) {
                set.insert(*next);
            } else if let Some(through) = reached.get(next) {
                set.extend(through.iter().copied());
            }
        }
        if matches!(node.item, Item::Resource(_)) {
            out.insert(name(modules, *node), set.iter().map(|n| name(modules, *n)).collect());
        }
        reached.insert(*node, set);
    }
    out
}
