//! From the body of a block to an object with everything that its schema lists.

use super::{Shape, TIMEOUTS, argument_type, objects_inside};
use crate::eval::{Evaluated, Fault, Names, Scope, evaluate, items};
use crate::functions::is_duration;
use crate::source::At;
use crate::syntax::ast::{Attribute as Argument, Block, Body};
use cairn_model::convert::convert;
use cairn_model::schema::{AttrType, Attribute, Nesting};
use cairn_model::{Block as SchemaBlock, Diagnostic, Kind, Schema, Type, Value};
use std::collections::BTreeMap;

/// The arguments of a resource or data source.
pub(crate) fn decode_body(scope: &mut dyn Scope, schema: &'static Schema, body: &Body, at: At) -> (Value, Decoder) {
    let mut decoder = Decoder::default();
    let mut object = decoder.object(scope, Shape::Type(schema), body, &Names::Empty, at);
    if !schema.timeouts.is_empty() && schema.block.nested(TIMEOUTS).is_none() && schema.attribute(TIMEOUTS).is_none() {
        let block = body.blocks.iter().find(|b| &*b.kind.name == TIMEOUTS);
        let value = block.map_or_else(Value::null, |b| decoder.timeouts(scope, schema, &b.body));
        object.insert(TIMEOUTS.to_string(), value);
    }
    (Value::object(object), decoder)
}

/// The arguments of a provider block.
pub(crate) fn decode_provider(scope: &mut dyn Scope, block: &'static SchemaBlock, body: &Body, at: At) -> (Value, Decoder) {
    let mut decoder = Decoder::default();
    let object = decoder.object(scope, Shape::Block(block), body, &Names::Empty, at);
    (Value::object(object), decoder)
}

/// What went wrong while decoding.
#[derive(Default)]
pub(crate) struct Decoder {
    pub problems: Vec<Diagnostic>,
    /// Something that is needed failed, and has been reported.
    pub failed: bool,
}

impl Decoder {
    /// True when there was no problem.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty() && !self.failed
    }

    fn error(&mut self, scope: &dyn Scope, at: At, summary: &str, detail: String) {
        self.problems.push(Diagnostic::error(summary).detail(detail).at(&scope.context().sources.span(at), ""));
    }

    /// The value, or nothing when there is none; the reason is kept.
    fn take(&mut self, evaluated: Evaluated) -> Option<Value> {
        match evaluated {
            Ok(value) => Some(value),
            Err(Fault::Error(d)) => {
                self.problems.push(*d);
                None
            }
            Err(Fault::Failed) => {
                self.failed = true;
                None
            }
        }
    }

    fn object(&mut self, scope: &mut dyn Scope, shape: Shape, body: &Body, names: &Names<'_>, at: At) -> BTreeMap<String, Value> {
        self.left_unset(scope, shape, body, names);
        let mut out = BTreeMap::new();
        for attribute in shape.attributes() {
            let value = match body.attributes.get(attribute.name) {
                Some(argument) => self.argument(scope, attribute, argument, names),
                None => match objects_inside(attribute) {
                    Some((inner, nesting)) if body.blocks.iter().any(|b| subject(b) == attribute.name) => {
                        self.blocks(scope, attribute.name, Shape::Attributes(inner), nesting, &|| argument_type(&attribute.ty), body, names)
                            .0
                    }
                    _ => Value::null(),
                },
            };
            out.insert(attribute.name.to_string(), value);
        }
        for nested in shape.blocks() {
            let (value, count) = self.blocks(scope, nested.name, Shape::Block(nested.block), nested.nesting, &|| nested.ty(), body, names);
            // Blocks that are written out were counted when the file was read.
            let dynamic = body.blocks.iter().any(|b| &*b.kind.name == "dynamic" && subject(b) == nested.name);
            if let Some(count) = count.filter(|_| dynamic) {
                if count < nested.min {
                    self.error(
                        scope,
                        at,
                        "Missing required block",
                        format!(
                            "There must be at least {} \"{}\" block{}, and there {} {count}.",
                            nested.min,
                            nested.name,
                            plural(nested.min),
                            are(count)
                        ),
                    );
                }
                if nested.max > 0 && count > nested.max {
                    self.error(
                        scope,
                        at,
                        "Too many blocks",
                        format!("There may be {} \"{}\" block{}, and there are {count}.", nested.max, nested.name, plural(nested.max)),
                    );
                }
            }
            out.insert(nested.name.to_string(), value);
        }
        out
    }

    /// Arguments and dynamic blocks that Cairn doesn't support were let through when the file was read: they may be null, or
    /// make no blocks.
    fn left_unset(&mut self, scope: &mut dyn Scope, shape: Shape, body: &Body, names: &Names<'_>) {
        let taken = |name: &str| shape.attribute(name).is_some_and(|a| a.required || a.optional);
        for argument in body.attributes.values().filter(|a| !taken(&a.name.name)) {
            let evaluated = evaluate(scope, &argument.value, names);
            if self.take(evaluated).is_some_and(|value| !value.is_null()) {
                let detail = format!("\"{}\" is an argument that Cairn doesn't support yet: it may only be null.", argument.name.name);
                self.error(scope, argument.name.at, "Unsupported argument", detail);
            }
        }
        let known = |name: &str| name == TIMEOUTS || shape.nested(name).is_some() || shape.attribute(name).is_some();
        for block in body.blocks.iter().filter(|b| !known(subject(b))) {
            let dynamic = &*block.kind.name == "dynamic";
            if !dynamic || self.elements(scope, block, names).is_none_or(|elements| !elements.is_empty()) {
                let detail = format!("\"{}\" is a block that Cairn doesn't support yet: there may be none.", subject(block));
                self.error(scope, block.at, "Unsupported block", detail);
            }
        }
    }

    /// The blocks of one kind, and how many there are where that is known.
    #[allow(clippy::too_many_arguments)]
    fn blocks(
        &mut self,
        scope: &mut dyn Scope,
        name: &str,
        inside: Shape,
        nesting: Nesting,
        ty: &dyn Fn() -> Type,
        body: &Body,
        names: &Names<'_>,
    ) -> (Value, Option<usize>) {
        let mut made = Vec::new();
        let mut unknown = false;
        for block in body.blocks.iter().filter(|b| subject(b) == name) {
            if &*block.kind.name == "dynamic" {
                unknown |= !self.dynamic(scope, block, inside, names, &mut made);
            } else {
                let object = stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.object(scope, inside, &block.body, names, block.at));
                made.push(Value::object(object));
            }
        }
        if unknown {
            return (Value::unknown(ty()), None);
        }
        let count = made.len();
        let value = match nesting {
            Nesting::List => Value::list(made),
            Nesting::Set => Value::set(made),
        };
        (value, Some(count))
    }

    /// What a dynamic block makes. False when that is not known yet.
    fn dynamic(&mut self, scope: &mut dyn Scope, block: &Block, inside: Shape, names: &Names<'_>, made: &mut Vec<Value>) -> bool {
        let Some(content) = block.body.blocks.iter().find(|b| &*b.kind.name == "content") else { return true };
        let Some(elements) = self.elements(scope, block, names) else { return false };
        let iterator = block.body.attributes.get("iterator").and_then(|a| a.value.as_keyword()).or(block.labels.first());
        let Some(iterator) = iterator else { return true };
        for (key, value) in elements {
            let element = Value::object_of([("key", key), ("value", value)]);
            let names = names.bind(&iterator.name, element);
            let object = stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.object(scope, inside, &content.body, &names, block.at));
            made.push(Value::object(object));
        }
        true
    }

    /// The keys and values that a dynamic block goes through; nothing when they are not known yet.
    fn elements(&mut self, scope: &mut dyn Scope, block: &Block, names: &Names<'_>) -> Option<Vec<(Value, Value)>> {
        let Some(for_each) = block.body.attributes.get("for_each") else { return Some(Vec::new()) };
        let collection = evaluate(scope, &for_each.value, names);
        let Some(collection) = self.take(collection) else { return Some(Vec::new()) };
        match items(scope, &collection, for_each.value.at) {
            Ok(elements) => {
                let marked = |v: Value| v.marked_like(&[&collection]);
                elements.map(|all| all.into_iter().map(|(key, value)| (marked(key), marked(value))).collect())
            }
            Err(fault) => {
                let _ = self.take(Err(fault));
                Some(Vec::new())
            }
        }
    }

    fn argument(&mut self, scope: &mut dyn Scope, attribute: &Attribute, argument: &Argument, names: &Names<'_>) -> Value {
        let evaluated = evaluate(scope, &argument.value, names);
        let Some(value) = self.take(evaluated) else { return Value::unknown(argument_type(&attribute.ty)) };
        let value = match convert(&value, &argument_type(&attribute.ty)) {
            Ok(value) => value,
            Err(e) => {
                let at = argument.value.at;
                let given = if value.contains_sensitive() { String::new() } else { format!(", and this is {}", friendly(&value)) };
                let detail = if e.path.0.is_empty() {
                    format!("The argument \"{}\" must be {}{given}.", attribute.name, wanted(&attribute.ty))
                } else {
                    format!("The argument \"{}\" must be {}; at {}: {}.", attribute.name, wanted(&attribute.ty), e.path, e.message)
                };
                self.error(scope, at, "Wrong type", detail);
                if let Some(last) = self.problems.last_mut() {
                    last.help = type_help(&value, &attribute.ty);
                }
                return Value::unknown(argument_type(&attribute.ty));
            }
        };
        if attribute.required && value.is_null() {
            self.error(
                scope,
                argument.value.at,
                "Missing required argument",
                format!("The argument \"{}\" is required, and its value is null.", attribute.name),
            );
            return value;
        }
        self.checks(scope, attribute, &value, argument.value.at);
        value
    }

    /// Runs the checks of an attribute, and of those inside the objects that it holds.
    fn checks(&mut self, scope: &dyn Scope, attribute: &Attribute, value: &Value, at: At) {
        if value.is_null() {
            return;
        }
        if value.is_wholly_known() {
            let plain = value.deep_unmarked();
            for check in attribute.checks {
                if let Err(message) = check(&plain) {
                    // The message may quote the value.
                    let message = if value.contains_sensitive() {
                        "has a value that is not allowed; it is sensitive, so it isn't shown".into()
                    } else {
                        message
                    };
                    self.error(scope, at, "Invalid value", format!("The argument \"{}\" {message}.", attribute.name));
                    return;
                }
            }
        }
        match attribute.ty {
            AttrType::Object(inner) => self.checks_inside(scope, inner, value, at),
            AttrType::List(AttrType::Object(inner)) | AttrType::Set(AttrType::Object(inner)) | AttrType::Map(AttrType::Object(inner)) => {
                for element in value.children() {
                    self.checks_inside(scope, inner, element, at);
                }
            }
            _ => {}
        }
    }

    fn checks_inside(&mut self, scope: &dyn Scope, inner: &[Attribute], value: &Value, at: At) {
        for attribute in inner {
            if let Some(value) = value.get(attribute.name) {
                self.checks(scope, attribute, value, at);
            }
        }
    }

    fn timeouts(&mut self, scope: &mut dyn Scope, schema: &Schema, body: &Body) -> Value {
        let mut out = BTreeMap::new();
        for name in schema.timeouts {
            let mut made = Value::null();
            if let Some(argument) = body.attributes.get(*name) {
                let evaluated = evaluate(scope, &argument.value, &Names::Empty);
                if let Some(value) = self.take(evaluated) {
                    let text = convert(&value, &Type::String).unwrap_or_else(|_| Value::null());
                    match text.as_str() {
                        Some(text) if !is_duration(text) => {
                            self.error(
                                scope,
                                argument.value.at,
                                "Invalid value",
                                format!("The timeout \"{name}\" must be a duration such as 60m or 1h30m, not \"{text}\"."),
                            );
                        }
                        _ => made = text,
                    }
                }
            }
            out.insert((*name).to_string(), made);
        }
        Value::object(out)
    }
}

/// What a block is about: its kind, or what a dynamic block makes.
fn subject(block: &Block) -> &str {
    match block.labels.first() {
        Some(label) if &*block.kind.name == "dynamic" => &label.name,
        _ => &block.kind.name,
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

fn friendly(value: &Value) -> String {
    let what = value.friendly_type();
    match value.kind() {
        Kind::Object(_) => "an object".into(),
        _ if what == "null" => what,
        _ => format!("a {what}"),
    }
}

/// What an argument must be, in words.
fn wanted(ty: &AttrType) -> String {
    match ty {
        AttrType::Object(_) => "an object".into(),
        AttrType::Dynamic => "any value".into(),
        other => format!("a {}", other.ty().friendly()),
    }
}

/// A hint for the two slips that are common: one element where a list is wanted, and the reverse.
fn type_help(value: &Value, ty: &AttrType) -> Option<String> {
    let single = matches!(value.kind(), Kind::String(_) | Kind::Number(_) | Kind::Bool(_));
    match ty {
        AttrType::List(_) | AttrType::Set(_) if single => Some("put it in brackets: [ … ]".into()),
        AttrType::String | AttrType::Number | AttrType::Bool if value.elements().is_some() => Some("name one element, as in [0]".into()),
        _ => None,
    }
}
