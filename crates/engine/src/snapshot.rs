//! The live world as it was read: the other input of planning.

use cairn_model::{Mark, Schema, StackId, Value};
use std::collections::BTreeMap;

/// Whose a live resource is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// It carries a mark: of this stack or another. A type without tags that is found through the
    /// stack's register counts as marked too.
    Mark(Mark),
    /// It carries none, and is part of another resource: it belongs to whoever owns that.
    Child {
        /// Type of the parent, such as `aws_route_table`.
        parent_type: &'static str,
        /// The parent's `id`.
        parent_id: String,
    },
    /// It carries none and is nobody's part: somebody else's.
    Nobody,
}

/// One live resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Its type.
    pub schema: &'static Schema,
    /// Key of the provider configuration it was read through: `aws`, or `aws.ALIAS`.
    pub provider: String,
    /// Its `id`.
    pub id: String,
    /// Every attribute and block of the type, `id` included, all known. Of tags, `tags_all` holds what is
    /// on the resource without the marks, and `tags` the same.
    pub value: Value,
    /// Whose it is.
    pub owner: Owner,
}

impl Live {
    /// The values of the natural key, in the order of the schema. `None` for a type without one.
    pub fn key(&self) -> Option<Vec<Value>> {
        key_of(self.schema, &self.value)
    }

    /// True when it carries this stack's mark.
    pub fn marked_by(&self, stack: &StackId) -> bool {
        matches!(&self.owner, Owner::Mark(mark) if mark.stack == stack.to_string())
    }
}

/// The natural key in an object of a type; `None` when the type has none.
pub fn key_of(schema: &Schema, object: &Value) -> Option<Vec<Value>> {
    let key: Vec<Value> = schema.keys().map(|a| object.get(a.name).cloned().unwrap_or_else(Value::null)).collect();
    (!key.is_empty()).then_some(key)
}

/// A type that could not be read, wholly or in part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unchecked {
    /// The resource type.
    pub type_name: String,
    /// Key of the provider configuration.
    pub provider: String,
    /// Why, with operation and error code.
    pub reason: String,
}

/// What a data source is asked: its answers are kept under this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataKey {
    /// Key of the provider configuration.
    pub provider: String,
    /// Type of the data source.
    pub type_name: String,
    /// Its arguments, all known.
    pub config: Value,
}

/// All that was read for one plan.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Every live resource that carries the stack's mark, every part of those, and whatever sits under a
    /// name that the configuration claims.
    pub live: Vec<Live>,
    /// Types that could not be read.
    pub unchecked: Vec<Unchecked>,
    /// What data sources answered.
    pub data: BTreeMap<DataKey, Value>,
}
