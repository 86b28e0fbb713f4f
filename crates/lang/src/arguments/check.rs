//! What can be told about a body without evaluating anything.

use super::{Shape, TIMEOUTS, Unsupported, objects_inside};
use crate::load::Loading;
use crate::source::At;
use crate::suggest;
use crate::syntax::ast::{Block, Body};
use cairn_model::instance::Mode;
use cairn_model::{Block as SchemaBlock, Schema};

/// Checks the body of a resource or data source.
pub(crate) fn check_body(l: &mut Loading<'_>, schema: &'static Schema, body: &Body, mode: Mode, at: At) {
    let what = if mode == Mode::Data { format!("data source {}", schema.name) } else { schema.name.to_string() };
    check(l, Shape::Type(schema), body, &what, at, &Unsupported::of(schema));
}

/// Checks the body of a provider block.
pub(crate) fn check_block(l: &mut Loading<'_>, block: &'static SchemaBlock, body: &Body, what: &str, at: At) {
    check(l, Shape::Block(block), body, what, at, &Unsupported::default());
}

fn check(l: &mut Loading<'_>, shape: Shape, body: &Body, what: &str, at: At, unsupported: &Unsupported) {
    for attribute in body.attributes.values() {
        let name = &*attribute.name.name;
        let place = attribute.name.at;
        match shape.attribute(name) {
            Some(found) if !found.required && !found.optional && !unsupported.names(name) => {
                let d = l
                    .error(place, "Argument can't be set", format!("\"{name}\" of {what} is decided by AWS; it can be read, not set."))
                    .help("remove this argument");
                l.problems.push(d);
            }
            Some(found) if found.required || found.optional => {}
            None if shape.nested(name).is_some() => {
                let d = l
                    .error(place, "Unsupported argument", format!("\"{name}\" of {what} is a block, not an argument."))
                    .help(format!("write {name} {{ … }} without \"=\""));
                l.problems.push(d);
            }
            // Null is no value: modules for everyone hand on arguments that few set. Evaluation sees to it.
            _ if unsupported.waits(name) || (unsupported.names(name) && !attribute.value.is_set_literal()) => {}
            _ => {
                let d = unknown(l, shape, what, name, place, "argument", unsupported);
                l.problems.push(d);
            }
        }
    }
    for block in &body.blocks {
        check_inner(l, shape, block, what, unsupported);
    }
    for attribute in shape.attributes() {
        let as_block = body.blocks.iter().any(|b| subject(b) == attribute.name);
        if attribute.required && !body.attributes.contains_key(attribute.name) && !as_block {
            let d = l
                .error(
                    at,
                    "Missing required argument",
                    format!("The argument \"{}\" of {what} is required, and is not set.", attribute.name),
                )
                .help(attribute.doc);
            l.problems.push(d);
        }
    }
    for nested in shape.blocks() {
        let standing: Vec<&Block> = body.blocks.iter().filter(|b| *b.kind.name == *nested.name).collect();
        let dynamic = body.blocks.iter().any(|b| &*b.kind.name == "dynamic" && subject(b) == nested.name);
        if standing.len() < nested.min && !dynamic {
            let count = if nested.min == 1 { "a".to_string() } else { format!("at least {}", nested.min) };
            let plural = if nested.min == 1 { "" } else { "s" };
            l.report(at, "Missing required block", format!("{what} needs {count} \"{}\" block{plural}.", nested.name));
        }
        if let Some(extra) = standing.get(nested.max).filter(|_| nested.max > 0) {
            let plural = if nested.max == 1 { "" } else { "s" };
            l.report(extra.at, "Too many blocks", format!("{what} may have {} \"{}\" block{plural}.", nested.max, nested.name));
        }
    }
}

/// What a block is about: its kind, or what a dynamic block makes.
fn subject(block: &Block) -> &str {
    match block.labels.first() {
        Some(label) if &*block.kind.name == "dynamic" => &label.name,
        _ => &block.kind.name,
    }
}

fn check_inner(l: &mut Loading<'_>, shape: Shape, block: &Block, what: &str, unsupported: &Unsupported) {
    if &*block.kind.name == "dynamic" {
        return check_dynamic(l, shape, block, what, unsupported);
    }
    if let Some(label) = block.labels.first() {
        l.report(label.at, "Unexpected label", format!("A \"{}\" block has no label.", block.kind.name));
    }
    check_content(l, shape, &block.kind.name, block.kind.at, &block.body, what, block.at, unsupported);
}

#[allow(clippy::too_many_arguments)]
fn check_content(l: &mut Loading<'_>, shape: Shape, name: &str, place: At, body: &Body, what: &str, at: At, unsupported: &Unsupported) {
    let inside = format!("{what}, block \"{name}\"");
    if let Some(nested) = shape.nested(name) {
        return stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            check(l, Shape::Block(nested.block), body, &inside, at, &unsupported.inside(name))
        });
    }
    match (shape.attribute(name), shape) {
        (None, _) if unsupported.waits(name) => {}
        (Some(attribute), _) => match objects_inside(attribute) {
            Some((inner, _)) => check(l, Shape::Attributes(inner), body, &inside, at, &unsupported.inside(name)),
            None => {
                let d = l
                    .error(place, "Unsupported block", format!("\"{name}\" of {what} is an argument, not a block."))
                    .help(format!("write {name} = … with \"=\""));
                l.problems.push(d);
            }
        },
        (None, Shape::Type(schema)) if name == TIMEOUTS && !schema.timeouts.is_empty() => timeouts(l, schema, body),
        (None, _) => {
            let d = unknown(l, shape, what, name, place, "block", unsupported);
            l.problems.push(d);
        }
    }
}

fn check_dynamic(l: &mut Loading<'_>, shape: Shape, block: &Block, what: &str, unsupported: &Unsupported) {
    let [label] = block.labels.as_slice() else {
        return l.report(block.at, "Wrong number of labels", "A dynamic block has one label: the kind of block that it makes.");
    };
    for attribute in block.body.attributes.values() {
        match &*attribute.name.name {
            "for_each" => {}
            "iterator" => {
                if attribute.value.as_keyword().is_none() {
                    l.report(attribute.value.at, "Invalid iterator", "An iterator is a name without quotes.");
                }
            }
            "labels" => {
                l.report(attribute.name.at, "Unsupported argument", "No block of a resource has labels, so a dynamic block makes none.")
            }
            other => {
                let mut d =
                    l.error(attribute.name.at, "Unsupported argument", format!("A dynamic block has no argument named \"{other}\"."));
                d.help = suggest::did_you_mean(other, ["for_each", "iterator"])
                    .or(Some("arguments of the blocks that it makes stand in its content block".into()));
                l.problems.push(d);
            }
        }
    }
    if !block.body.attributes.contains_key("for_each") {
        l.report(block.at, "Missing required argument", "A dynamic block needs the argument \"for_each\".");
    }
    let mut contents = block.body.blocks.iter();
    match (contents.next(), contents.next()) {
        (Some(content), None) if &*content.kind.name == "content" => {
            check_content(l, shape, &label.name, label.at, &content.body, what, block.at, &unsupported.in_dynamic());
        }
        (Some(other), _) if &*other.kind.name != "content" => {
            l.report(other.at, "Unsupported block", "A dynamic block holds one content block and nothing else.");
        }
        _ => l.report(
            block.at,
            "Missing content block",
            "A dynamic block needs one content block, which says what is in the blocks that it makes.",
        ),
    }
}

fn timeouts(l: &mut Loading<'_>, schema: &Schema, body: &Body) {
    for attribute in body.attributes.values() {
        let name = &*attribute.name.name;
        if !schema.timeouts.contains(&name) {
            let mut d = l.error(attribute.name.at, "Unsupported argument", format!("{} has no timeout \"{name}\".", schema.name));
            d.help = Some(format!("it has: {}", schema.timeouts.join(", ")));
            l.problems.push(d);
        }
    }
    if let Some(block) = body.blocks.first() {
        l.report(block.at, "Unsupported block", "A timeouts block holds arguments only.");
    }
}

fn unknown(
    l: &Loading<'_>,
    shape: Shape,
    what: &str,
    name: &str,
    at: At,
    kind: &str,
    unsupported: &Unsupported,
) -> cairn_model::Diagnostic {
    if unsupported.names(name) {
        return l.error(
            at,
            &format!("Unsupported {kind}"),
            format!("\"{name}\" is an {kind} of {what} that Cairn doesn't support yet.").replace("an block", "a block"),
        );
    }
    let mut d = l.error(at, &format!("Unsupported {kind}"), format!("{what} has no {kind} named \"{name}\"."));
    let settable = shape.attributes().into_iter().filter(|a| a.required || a.optional).map(|a| a.name);
    d.help = suggest::did_you_mean(name, settable.chain(shape.blocks().iter().map(|b| b.name)));
    d
}
