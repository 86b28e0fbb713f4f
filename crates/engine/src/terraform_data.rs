//! `terraform_data`: the one type that is built in. It has no home in AWS, so there is nothing to
//! make, read or destroy: its output is its input, and its `id` a digest of its address and its
//! triggers. A plan lists it as unchanged.

use cairn_model::instance::Schemas;
use cairn_model::{Address, AttrType, Attribute, Block, Mode, Schema, StackId, Type, Value};
use std::ops::Deref;

/// The type's name.
pub const TERRAFORM_DATA: &str = "terraform_data";

const fn attribute(name: &'static str, doc: &'static str, optional: bool) -> Attribute {
    Attribute {
        name,
        doc,
        ty: AttrType::Dynamic,
        required: false,
        optional,
        computed: !optional,
        force_new: false,
        sensitive: false,
        config_only: false,
        volatile: false,
        key: false,
        default: None,
        checks: &[],
        equal: None,
    }
}

static BLOCK: Block = Block {
    attributes: &[
        attribute("input", "A value of any type, given back as `output`.", true),
        attribute("output", "The input.", false),
        attribute("triggers_replace", "A value of any type; another one gives another `id`.", true),
    ],
    blocks: &[],
};

/// The schema of `terraform_data`.
pub static SCHEMA: Schema = Schema {
    name: TERRAFORM_DATA,
    doc: "Keeps a value, and passes it on.",
    block: &BLOCK,
    tags: false,
    timeouts: &[],
    unsupported: &[],
    unsupported_blocks: &[],
    unread: &[],
};

/// The value that an instance has.
pub(crate) fn value(stack: &StackId, address: &Address, config: &Value) -> Value {
    let part = |name: &str| config.get(name).cloned().unwrap_or_else(Value::null);
    let (input, triggers) = (part("input"), part("triggers_replace"));
    let id = if triggers.is_wholly_known() {
        let plain = triggers.deep_unmarked();
        let text = format!("{stack}\n{}\n{}", address.to_tag(), cairn_model::json::to_json(&plain));
        // What is hidden stays hidden: a digest of it is not shown either.
        Value::string(blake3::hash(text.as_bytes()).to_hex().get(..32).unwrap_or_default()).with_sensitive(triggers.contains_sensitive())
    } else {
        Value::unknown(Type::String)
    };
    Value::object_of([("id", id), ("input", input.clone()), ("output", input), ("triggers_replace", triggers)])
}

/// The schemas of a provider and those that are built in. `S` is any pointer to schemas, such as
/// `&dyn Schemas` or `Arc<dyn Schemas>`.
pub struct BuiltIn<S>(pub S);

impl<S> Schemas for BuiltIn<S>
where
    S: Deref + Send + Sync,
    S::Target: Schemas,
{
    fn resource(&self, type_name: &str) -> Option<&'static Schema> {
        if type_name == TERRAFORM_DATA { Some(&SCHEMA) } else { self.0.resource(type_name) }
    }

    fn data_source(&self, type_name: &str) -> Option<&'static Schema> {
        self.0.data_source(type_name)
    }

    fn provider(&self, name: &str) -> Option<&'static Block> {
        self.0.provider(name)
    }

    fn names(&self, mode: Mode) -> Vec<&'static str> {
        let mut names = self.0.names(mode);
        if mode == Mode::Managed {
            names.push(TERRAFORM_DATA);
        }
        names
    }
}
