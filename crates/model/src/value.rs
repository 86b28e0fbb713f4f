//! Values: what expressions give, what configurations want and what AWS has.

use crate::number::Number;
use crate::types::Type;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value and its mark. Cheap to clone: containers are shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    kind: Kind,
    sensitive: bool,
}

/// What a value is, apart from its mark.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `null`, of any type.
    Null,
    /// Known only after apply; its type, as far as that is known.
    Unknown(Type),
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(Arc<str>),
    /// A list: elements of one type, in order.
    List(Arc<Vec<Value>>),
    /// A set: sorted, no element twice.
    Set(Arc<Vec<Value>>),
    /// A tuple: elements each of its own type.
    Tuple(Arc<Vec<Value>>),
    /// A map: values of one type under names.
    Map(Arc<BTreeMap<String, Value>>),
    /// An object: values each of its own type under names.
    Object(Arc<BTreeMap<String, Value>>),
}

impl Value {
    /// A value of this kind without a mark.
    pub fn new(kind: Kind) -> Value {
        Value { kind, sensitive: false }
    }

    /// `null`.
    pub fn null() -> Value {
        Value::new(Kind::Null)
    }

    /// A value known only after apply.
    pub fn unknown(ty: Type) -> Value {
        Value::new(Kind::Unknown(ty))
    }

    /// Text.
    pub fn string(text: impl Into<Arc<str>>) -> Value {
        Value::new(Kind::String(text.into()))
    }

    /// `true` or `false`.
    pub fn bool(value: bool) -> Value {
        Value::new(Kind::Bool(value))
    }

    /// A number.
    pub fn number(value: impl Into<Number>) -> Value {
        Value::new(Kind::Number(value.into()))
    }

    /// A list. The caller answers for the elements being of one type.
    pub fn list(elements: Vec<Value>) -> Value {
        Value::new(Kind::List(Arc::new(elements)))
    }

    /// A tuple.
    pub fn tuple(elements: Vec<Value>) -> Value {
        Value::new(Kind::Tuple(Arc::new(elements)))
    }

    /// A set: sorts, and removes what is known and there twice. Marks of elements move to the set itself,
    /// since an element's place would tell of its value.
    pub fn set(elements: Vec<Value>) -> Value {
        let sensitive = elements.iter().any(Value::is_sensitive);
        let mut elements: Vec<Value> = elements.into_iter().map(Value::unmarked).collect();
        elements.sort();
        // Two elements that are not known yet may turn out to be different.
        elements.dedup_by(|a, b| a == b && a.is_wholly_known());
        Value { kind: Kind::Set(Arc::new(elements)), sensitive }
    }

    /// A map. The caller answers for the values being of one type.
    pub fn map(entries: BTreeMap<String, Value>) -> Value {
        Value::new(Kind::Map(Arc::new(entries)))
    }

    /// An object.
    pub fn object(attributes: BTreeMap<String, Value>) -> Value {
        Value::new(Kind::Object(Arc::new(attributes)))
    }

    /// An object from pairs.
    pub fn object_of<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::object(attributes.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// The value apart from its mark.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The value apart from its mark, owned.
    pub fn into_kind(self) -> Kind {
        self.kind
    }

    /// True when this value itself is marked sensitive (not whether something inside is).
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// True when this value or anything inside it is marked sensitive.
    pub fn contains_sensitive(&self) -> bool {
        self.sensitive || self.children().any(Value::contains_sensitive)
    }

    /// The same value, marked sensitive.
    pub fn sensitive(mut self) -> Value {
        self.sensitive = true;
        self
    }

    /// The same value with the mark set or not.
    pub fn with_sensitive(mut self, sensitive: bool) -> Value {
        self.sensitive = sensitive;
        self
    }

    /// The same value, marked when any of the others is.
    pub fn marked_like(mut self, others: &[&Value]) -> Value {
        self.sensitive |= others.iter().any(|v| v.sensitive);
        self
    }

    /// The same value without its own mark (marks inside stay).
    pub fn unmarked(mut self) -> Value {
        self.sensitive = false;
        self
    }

    /// The same value without any mark at any depth.
    pub fn deep_unmarked(&self) -> Value {
        self.map_leaves(&mut |v| v.clone().unmarked()).unmarked()
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// True when this value itself is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }

    /// True when nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        !self.is_unknown() && self.children().all(Value::is_wholly_known)
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(s) => Some(s),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The whole number, if it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// The elements of a list, set or tuple.
    pub fn elements(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => Some(e),
            _ => None,
        }
    }

    /// The entries of a map or object.
    pub fn entries(&self) -> Option<&BTreeMap<String, Value>> {
        match &self.kind {
            Kind::Map(e) | Kind::Object(e) => Some(e),
            _ => None,
        }
    }

    /// The entry of a map or attribute of an object.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries().and_then(|e| e.get(name))
    }

    /// The text of an attribute, when it is there, known and text.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// The same object or map with one entry set. Other kinds come back unchanged.
    pub fn with(self, name: &str, value: Value) -> Value {
        let sensitive = self.sensitive;
        let kind = match self.kind {
            Kind::Object(mut e) => {
                Arc::make_mut(&mut e).insert(name.to_string(), value);
                Kind::Object(e)
            }
            Kind::Map(mut e) => {
                Arc::make_mut(&mut e).insert(name.to_string(), value);
                Kind::Map(e)
            }
            other => other,
        };
        Value { kind, sensitive }
    }

    /// What is directly inside.
    pub fn children(&self) -> Box<dyn Iterator<Item = &Value> + '_> {
        match &self.kind {
            Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => Box::new(e.iter()),
            Kind::Map(e) | Kind::Object(e) => Box::new(e.values()),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// The same shape with every value that holds no other put through `f`; marks of containers stay.
    pub fn map_leaves(&self, f: &mut dyn FnMut(&Value) -> Value) -> Value {
        let mut all = |e: &[Value]| e.iter().map(|v| v.map_leaves(f)).collect::<Vec<_>>();
        let kind = match &self.kind {
            Kind::List(e) => Kind::List(Arc::new(all(e))),
            Kind::Tuple(e) => Kind::Tuple(Arc::new(all(e))),
            Kind::Set(e) => return Value::set(all(e)).marked_like(&[self]),
            Kind::Map(e) => Kind::Map(Arc::new(e.iter().map(|(k, v)| (k.clone(), v.map_leaves(f))).collect())),
            Kind::Object(e) => Kind::Object(Arc::new(e.iter().map(|(k, v)| (k.clone(), v.map_leaves(f))).collect())),
            _ => return f(self),
        };
        Value { kind, sensitive: self.sensitive }
    }

    /// The type of the value. `null` is dynamic; a list's element type is that of its first
    /// element that says one.
    pub fn ty(&self) -> Type {
        let element = |e: &mut dyn Iterator<Item = &Value>| e.map(Value::ty).find(|t| *t != Type::Dynamic).unwrap_or(Type::Dynamic);
        match &self.kind {
            Kind::Null => Type::Dynamic,
            Kind::Unknown(t) => t.clone(),
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(e) => Type::list(element(&mut e.iter())),
            Kind::Set(e) => Type::set(element(&mut e.iter())),
            Kind::Map(e) => Type::map(element(&mut e.values())),
            Kind::Tuple(e) => Type::Tuple(e.iter().map(Value::ty).collect()),
            Kind::Object(e) => Type::object(e.iter().map(|(k, v)| (k.clone(), v.ty()))),
        }
    }

    /// The word Terraform's messages use for what this is.
    pub fn friendly_type(&self) -> String {
        if self.is_null() { "null".into() } else { self.ty().friendly() }
    }
}

/// Values print as HCL-like text; sensitive ones never show what they hold.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return f.write_str("(sensitive value)");
        }
        match &self.kind {
            Kind::Null => f.write_str("null"),
            Kind::Unknown(t) => write!(f, "(unknown {t})"),
            Kind::Bool(b) => write!(f, "{b}"),
            Kind::Number(n) => write!(f, "{n}"),
            Kind::String(s) => write!(f, "{s:?}"),
            Kind::List(e) | Kind::Tuple(e) => f.debug_list().entries(e.iter()).finish(),
            Kind::Set(e) => f.debug_set().entries(e.iter()).finish(),
            Kind::Map(e) | Kind::Object(e) => f.debug_map().entries(e.iter()).finish(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::string(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::number(value)
    }
}
