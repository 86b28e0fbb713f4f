//! What the public provider's types have and Cairn's don't: it may stand in a configuration as long as it does nothing.

use cairn_model::{Kind, Schema, Type, Value};

/// What each type of the public provider takes from version 6 on, and Cairn doesn't: an alias of the provider names another region.
const EVERYWHERE: &[&str] = &["region"];

/// The names that Cairn refuses, as far as they stand in one block.
#[derive(Default)]
pub(crate) struct Unsupported {
    names: Vec<&'static str>,
    /// Whether they stand where a dynamic block may make nothing of them.
    in_dynamic: bool,
}

impl Unsupported {
    pub fn of(schema: &Schema) -> Unsupported {
        let everywhere = EVERYWHERE.iter().filter(|_| schema.name.starts_with("aws_"));
        let own = schema.unsupported.iter().chain(schema.unsupported_blocks).chain(schema.unread);
        Unsupported { names: own.chain(everywhere).copied().collect(), in_dynamic: false }
    }

    /// Those of a block inside.
    pub fn inside(&self, block: &str) -> Unsupported {
        let names = self.names.iter().filter_map(|name| name.strip_prefix(block)?.strip_prefix('.')).collect();
        Unsupported { names, in_dynamic: self.in_dynamic }
    }

    /// The same, where a dynamic block says how often they stand.
    pub fn in_dynamic(&self) -> Unsupported {
        Unsupported { names: self.names.clone(), in_dynamic: true }
    }

    /// Whether only evaluation can tell that something that Cairn refuses is asked for.
    pub fn waits(&self, name: &str) -> bool {
        self.in_dynamic && self.names(name)
    }

    pub fn names(&self, argument: &str) -> bool {
        self.names.contains(&argument)
    }
}

/// The arguments and blocks of a type that can be read though they can't be set, and what they are: none is set.
fn unset(schema: &Schema) -> impl Iterator<Item = (&'static str, Value)> {
    let own = |name: &&&str| !name.contains('.') && schema.attribute(name).is_none();
    let arguments = schema.unsupported.iter().filter(own).map(|name| (*name, Value::null()));
    arguments.chain(schema.unsupported_blocks.iter().filter(own).map(|name| (*name, Value::list(Vec::new()))))
}

/// Whether it is a name of the public provider's type that Cairn refuses.
pub(crate) fn is_unsupported(schema: &Schema, name: &str) -> bool {
    Unsupported::of(schema).names(name)
}

/// Whether a reference to what Cairn refuses to set has a value all the same.
pub(crate) fn is_readable(schema: &Schema, name: &str) -> bool {
    unset(schema).any(|(known, _)| known == name)
}

/// The value of an instance, with what the type has in the public provider and nobody can have set.
pub(crate) fn with_unset(schema: &Schema, value: Value) -> Value {
    match value.kind() {
        Kind::Object(_) => unset(schema).fold(value, |value, (name, none)| value.with(name, none)),
        Kind::Unknown(Type::Object(attributes, optional)) if unset(schema).next().is_some() => {
            let mut attributes = attributes.clone();
            attributes.extend(unset(schema).map(|(name, _)| (name.to_string(), Type::Dynamic)));
            Value::unknown(Type::Object(attributes, optional.clone())).marked_like(&[&value])
        }
        _ => value,
    }
}
