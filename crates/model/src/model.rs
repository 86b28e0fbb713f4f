//! Between typed structs and values: only known values ever reach typed code.

use crate::number::Number;
use crate::schema::{AttrType, Block, Schema};
use crate::value::{Kind, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A value that does not fit the field it is for. Where this reaches a user it is a defect of ours:
/// values are checked against the schema long before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, from the outside in.
    pub path: String,
    /// What was wanted and what came.
    pub message: String,
}

impl FieldError {
    /// A wrong kind of value.
    pub fn wanted(what: &str, got: &Value) -> FieldError {
        FieldError { path: String::new(), message: format!("wanted {what}, got {}", got.friendly_type()) }
    }

    /// The same error, seen from one field further out.
    pub fn inside(mut self, name: &str) -> FieldError {
        self.path = if self.path.is_empty() { name.to_string() } else { format!("{name}.{}", self.path) };
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for FieldError {}

/// The type of a field of a typed struct.
pub trait Field: Sized {
    /// The type that the schema shows.
    const TYPE: AttrType;
    /// From a value. `null` and unknown are only for `Option`.
    fn from_value(value: &Value) -> Result<Self, FieldError>;
    /// To a value.
    fn to_value(&self) -> Value;
}

/// A typed struct that stands for a block: what the derive implements.
pub trait Model: Sized {
    /// The block's table.
    const BLOCK: Block;
    /// The same, to point at.
    const BLOCK_REF: &'static Block = &Self::BLOCK;
    /// From an object.
    fn from_object(value: &Value) -> Result<Self, FieldError>;
    /// To an object with every attribute and block.
    fn to_object(&self) -> Value;
}

/// A typed struct that stands for a whole resource type or data source.
pub trait TypeModel: Model {
    /// The type's table.
    const SCHEMA: Schema;
    /// The same, to point at.
    const SCHEMA_REF: &'static Schema = &Self::SCHEMA;
}

impl Field for bool {
    const TYPE: AttrType = AttrType::Bool;
    fn from_value(value: &Value) -> Result<bool, FieldError> {
        value.as_bool().ok_or_else(|| FieldError::wanted("bool", value))
    }
    fn to_value(&self) -> Value {
        Value::bool(*self)
    }
}

impl Field for String {
    const TYPE: AttrType = AttrType::String;
    fn from_value(value: &Value) -> Result<String, FieldError> {
        value.as_str().map(str::to_string).ok_or_else(|| FieldError::wanted("string", value))
    }
    fn to_value(&self) -> Value {
        Value::string(self.as_str())
    }
}

macro_rules! whole_numbers {
    ($($t:ty),*) => {$(
        impl Field for $t {
            const TYPE: AttrType = AttrType::Number;
            fn from_value(value: &Value) -> Result<$t, FieldError> {
                value
                    .as_i64()
                    .and_then(|n| <$t>::try_from(n).ok())
                    .ok_or_else(|| FieldError::wanted(concat!("a whole number (", stringify!($t), ")"), value))
            }
            fn to_value(&self) -> Value {
                Value::number(i64::from(*self))
            }
        }
    )*};
}
whole_numbers!(i32, i64);

impl Field for f64 {
    const TYPE: AttrType = AttrType::Number;
    fn from_value(value: &Value) -> Result<f64, FieldError> {
        value.as_number().map(Number::as_f64).ok_or_else(|| FieldError::wanted("number", value))
    }
    fn to_value(&self) -> Value {
        Number::from_f64(*self).map_or_else(Value::null, Value::number)
    }
}

impl<T: Field> Field for Option<T> {
    const TYPE: AttrType = T::TYPE;
    fn from_value(value: &Value) -> Result<Option<T>, FieldError> {
        match value.kind() {
            Kind::Null | Kind::Unknown(_) => Ok(None),
            _ => T::from_value(value).map(Some),
        }
    }
    fn to_value(&self) -> Value {
        self.as_ref().map_or_else(Value::null, T::to_value)
    }
}

fn elements<T: Field>(value: &Value) -> Result<Vec<T>, FieldError> {
    let elements = match value.kind() {
        Kind::Null | Kind::Unknown(_) => return Ok(Vec::new()),
        _ => value.elements().ok_or_else(|| FieldError::wanted("a list", value))?,
    };
    elements.iter().enumerate().map(|(i, v)| T::from_value(v).map_err(|e| e.inside(&i.to_string()))).collect()
}

impl<T: Field> Field for Vec<T> {
    const TYPE: AttrType = AttrType::List(&T::TYPE);
    fn from_value(value: &Value) -> Result<Vec<T>, FieldError> {
        elements(value)
    }
    fn to_value(&self) -> Value {
        Value::list(self.iter().map(T::to_value).collect())
    }
}

impl<T: Field + Ord> Field for BTreeSet<T> {
    const TYPE: AttrType = AttrType::Set(&T::TYPE);
    fn from_value(value: &Value) -> Result<BTreeSet<T>, FieldError> {
        elements(value).map(BTreeSet::from_iter)
    }
    fn to_value(&self) -> Value {
        Value::set(self.iter().map(T::to_value).collect())
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    const TYPE: AttrType = AttrType::Map(&T::TYPE);
    fn from_value(value: &Value) -> Result<BTreeMap<String, T>, FieldError> {
        let entries = match value.kind() {
            Kind::Null | Kind::Unknown(_) => return Ok(BTreeMap::new()),
            _ => value.entries().ok_or_else(|| FieldError::wanted("a map", value))?,
        };
        entries.iter().map(|(k, v)| Ok((k.clone(), T::from_value(v).map_err(|e| e.inside(k))?))).collect()
    }
    fn to_value(&self) -> Value {
        Value::map(self.iter().map(|(k, v)| (k.clone(), v.to_value())).collect())
    }
}

/// What the derive calls to read one field of an object.
pub fn field<T: Field>(object: &Value, name: &str) -> Result<T, FieldError> {
    static NULL: std::sync::LazyLock<Value> = std::sync::LazyLock::new(Value::null);
    T::from_value(object.get(name).unwrap_or(&NULL)).map_err(|e| e.inside(name))
}

/// How a nested block is kept in a struct: `Option<M>`, `Vec<M>` or `BTreeSet<M>`.
pub trait Nested: Sized {
    /// What is inside the block.
    const INNER: &'static Block;
    /// Kept as a set.
    const SET: bool;
    /// At most this many; 0 for any number.
    const MAX: usize;
    /// From the list or set of objects.
    fn from_blocks(value: &Value) -> Result<Self, FieldError>;
    /// To the list or set of objects.
    fn to_blocks(&self) -> Value;
}

fn blocks<M: Model>(value: &Value) -> Result<Vec<M>, FieldError> {
    match value.kind() {
        Kind::Null | Kind::Unknown(_) => Ok(Vec::new()),
        _ => value
            .elements()
            .ok_or_else(|| FieldError::wanted("blocks", value))?
            .iter()
            .enumerate()
            .map(|(i, v)| M::from_object(v).map_err(|e| e.inside(&i.to_string())))
            .collect(),
    }
}

impl<M: Model> Nested for Option<M> {
    const INNER: &'static Block = M::BLOCK_REF;
    const SET: bool = false;
    const MAX: usize = 1;
    fn from_blocks(value: &Value) -> Result<Option<M>, FieldError> {
        Ok(blocks(value)?.into_iter().next())
    }
    fn to_blocks(&self) -> Value {
        Value::list(self.iter().map(M::to_object).collect())
    }
}

impl<M: Model> Nested for Vec<M> {
    const INNER: &'static Block = M::BLOCK_REF;
    const SET: bool = false;
    const MAX: usize = 0;
    fn from_blocks(value: &Value) -> Result<Vec<M>, FieldError> {
        blocks(value)
    }
    fn to_blocks(&self) -> Value {
        Value::list(self.iter().map(M::to_object).collect())
    }
}

impl<M: Model + Ord> Nested for BTreeSet<M> {
    const INNER: &'static Block = M::BLOCK_REF;
    const SET: bool = true;
    const MAX: usize = 0;
    fn from_blocks(value: &Value) -> Result<BTreeSet<M>, FieldError> {
        Ok(blocks(value)?.into_iter().collect())
    }
    fn to_blocks(&self) -> Value {
        Value::set(self.iter().map(M::to_object).collect())
    }
}

/// What the derive calls to read the blocks of one name.
pub fn nested<N: Nested>(object: &Value, name: &str) -> Result<N, FieldError> {
    match object.get(name) {
        Some(value) => N::from_blocks(value).map_err(|e| e.inside(name)),
        None => N::from_blocks(&Value::null()),
    }
}
