//! Blocks against schemas: what may stand in them, and the values that they make.

mod check;
mod decode;
mod unsupported;

use cairn_model::schema::{AttrType, Attribute, NestedBlock, Nesting};
use cairn_model::{Block, Schema, Type};

pub(crate) use check::{check_block, check_body};
pub(crate) use decode::{decode_body, decode_provider};
use unsupported::Unsupported;
pub(crate) use unsupported::{is_readable, is_unsupported, with_unset};

/// The name of the block that sets deadlines.
pub(crate) const TIMEOUTS: &str = "timeouts";

/// What may stand in a body, whether a whole type or a nested block.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Type(&'static Schema),
    Block(&'static Block),
    /// An attribute of objects that is written as blocks.
    Attributes(&'static [Attribute]),
}

impl Shape {
    pub fn attribute(self, name: &str) -> Option<&'static Attribute> {
        match self {
            Shape::Type(schema) => schema.attribute(name),
            Shape::Block(block) => block.attribute(name),
            Shape::Attributes(attributes) => attributes.iter().find(|a| a.name == name),
        }
    }

    pub fn attributes(self) -> Vec<&'static Attribute> {
        match self {
            Shape::Type(schema) => schema.attributes().collect(),
            Shape::Block(block) => block.attributes.iter().collect(),
            Shape::Attributes(attributes) => attributes.iter().collect(),
        }
    }

    pub fn blocks(self) -> &'static [NestedBlock] {
        match self {
            Shape::Type(schema) => schema.block.blocks,
            Shape::Block(block) => block.blocks,
            Shape::Attributes(_) => &[],
        }
    }

    pub fn nested(self, name: &str) -> Option<&'static NestedBlock> {
        self.blocks().iter().find(|b| b.name == name)
    }
}

/// An attribute whose values may be written as blocks: what is in one of them, and how they are kept.
pub(crate) fn objects_inside(attribute: &Attribute) -> Option<(&'static [Attribute], Nesting)> {
    match attribute.ty {
        AttrType::List(AttrType::Object(inner)) => Some((inner, Nesting::List)),
        AttrType::Set(AttrType::Object(inner)) => Some((inner, Nesting::Set)),
        _ => None,
    }
}

/// The type that an argument's value is converted to: attributes of objects that need not be given
/// may be left out.
pub(crate) fn argument_type(ty: &AttrType) -> Type {
    match ty {
        AttrType::List(t) => Type::list(argument_type(t)),
        AttrType::Set(t) => Type::set(argument_type(t)),
        AttrType::Map(t) => Type::map(argument_type(t)),
        AttrType::Object(attributes) => Type::Object(
            attributes.iter().map(|a| (a.name.to_string(), argument_type(&a.ty))).collect(),
            attributes.iter().filter(|a| !a.required).map(|a| a.name.to_string()).collect(),
        ),
        plain => plain.ty(),
    }
}
