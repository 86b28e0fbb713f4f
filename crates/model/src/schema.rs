//! The static tables that describe a type: written by the derive, read by everything else.

use crate::types::Type;
use crate::value::Value;

/// The type of an attribute, in a form that a `const` can hold.
#[derive(Clone, Copy, Debug)]
pub enum AttrType {
    /// `bool`.
    Bool,
    /// `number`.
    Number,
    /// `string`.
    String,
    /// `list(T)`.
    List(&'static AttrType),
    /// `set(T)`.
    Set(&'static AttrType),
    /// `map(T)`.
    Map(&'static AttrType),
    /// An object with these attributes.
    Object(&'static [Attribute]),
    /// `any`: whatever the configuration gives it.
    Dynamic,
}

impl AttrType {
    /// The type as values have it.
    pub fn ty(&self) -> Type {
        match self {
            AttrType::Bool => Type::Bool,
            AttrType::Number => Type::Number,
            AttrType::String => Type::String,
            AttrType::List(t) => Type::list(t.ty()),
            AttrType::Set(t) => Type::set(t.ty()),
            AttrType::Map(t) => Type::map(t.ty()),
            AttrType::Object(attributes) => Type::object(attributes.iter().map(|a| (a.name.to_string(), a.ty.ty()))),
            AttrType::Dynamic => Type::Dynamic,
        }
    }
}

/// The value of an argument that the configuration leaves out.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Str(&'static str),
}

impl Default {
    /// The default as a value.
    pub fn value(&self) -> Value {
        match self {
            Default::Bool(b) => Value::bool(*b),
            Default::Int(i) => Value::number(*i),
            Default::Str(s) => Value::string(*s),
        }
    }
}

/// Says what is wrong with a known value of an argument.
pub type Check = fn(&Value) -> Result<(), String>;

/// True when two known values mean the same to AWS.
pub type Equal = fn(&Value, &Value) -> bool;

/// One attribute of a type.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// Its type.
    pub ty: AttrType,
    /// The configuration must set it.
    pub required: bool,
    /// The configuration may set it.
    pub optional: bool,
    /// AWS decides it where the configuration does not.
    pub computed: bool,
    /// A change replaces the resource.
    pub force_new: bool,
    /// Its value is never shown.
    pub sensitive: bool,
    /// AWS does not give it back: it steers how Cairn works, and is never compared.
    pub config_only: bool,
    /// Computed, and another one after each update of the resource.
    pub volatile: bool,
    /// Part of the natural key: with the others so marked it tells one resource of the type
    /// from every other in an account and region.
    pub key: bool,
    /// What it is when left out.
    pub default: Option<Default>,
    /// What a value must hold to.
    pub checks: &'static [Check],
    /// How values are compared, where `==` would find differences that AWS doesn't.
    pub equal: Option<Equal>,
}

/// How often a nested block may stand, and as what its values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// In order, as a list of objects (also a block that stands at most once).
    List,
    /// Without order, as a set of objects.
    Set,
}

/// A block inside a type or another block.
#[derive(Clone, Copy, Debug)]
pub struct NestedBlock {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// As what its values are kept.
    pub nesting: Nesting,
    /// How many must stand.
    pub min: usize,
    /// How many may stand; 0 for any number.
    pub max: usize,
    /// A change replaces the resource.
    pub force_new: bool,
    /// Left out, it is what AWS has.
    pub computed: bool,
    /// AWS does not give it back.
    pub config_only: bool,
    /// What is inside.
    pub block: &'static Block,
}

/// The inside of a resource type, data source or nested block.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Attributes, in the order of the declaration.
    pub attributes: &'static [Attribute],
    /// Nested blocks.
    pub blocks: &'static [NestedBlock],
}

impl Block {
    /// An attribute by name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// A nested block by name.
    pub fn nested(&self, name: &str) -> Option<&'static NestedBlock> {
        self.blocks.iter().find(|b| b.name == name)
    }
}

/// A whole resource type or data source.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Its name, such as `aws_subnet`.
    pub name: &'static str,
    /// What it is, in a sentence or more.
    pub doc: &'static str,
    /// What it holds, but for what every type has.
    pub block: &'static Block,
    /// It has `tags` and `tags_all`.
    pub tags: bool,
    /// The steps whose deadline a `timeouts` block may set: `create`, `update`, `delete`.
    pub timeouts: &'static [&'static str],
    /// Arguments of the public provider that Cairn refuses with a message of their own; where the configuration doesn't set
    /// them they are null. What stands in a block has the block's name before it, and a dot.
    pub unsupported: &'static [&'static str],
    /// Blocks that Cairn refuses likewise; where there are none they are an empty list.
    pub unsupported_blocks: &'static [&'static str],
    /// Attributes that have a value though the configuration sets none, and that Cairn neither takes nor reads.
    pub unread: &'static [&'static str],
}

const fn computed_string(name: &'static str, doc: &'static str) -> Attribute {
    Attribute {
        name,
        doc,
        ty: AttrType::String,
        required: false,
        optional: false,
        computed: true,
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

static ID: Attribute = computed_string("id", "Identifier that AWS, or the natural key, gives the resource.");
static TAGS: Attribute = Attribute {
    ty: AttrType::Map(&AttrType::String),
    optional: true,
    computed: false,
    checks: &[crate::check::tags],
    ..computed_string("tags", "Tags of the resource, besides the provider's default tags.")
};
static TAGS_ALL: Attribute = Attribute {
    ty: AttrType::Map(&AttrType::String),
    optional: true,
    ..computed_string("tags_all", "All tags of the resource: the provider's default tags and its own.")
};

impl Schema {
    /// Every attribute: those declared, then `id`, `tags` and `tags_all` where the type has them
    /// and does not declare its own.
    pub fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        let block = self.block;
        let tags: &[&'static Attribute] = if self.tags { &[&TAGS, &TAGS_ALL] } else { &[] };
        let implied = [&ID].into_iter().chain(tags.iter().copied()).filter(|a| block.attribute(a.name).is_none()).collect::<Vec<_>>();
        block.attributes.iter().chain(implied)
    }

    /// An attribute by name, also one that every type has.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.block.attribute(name).or(match name {
            "id" => Some(&ID),
            "tags" if self.tags => Some(&TAGS),
            "tags_all" if self.tags => Some(&TAGS_ALL),
            _ => None,
        })
    }

    /// The attributes of the natural key.
    pub fn keys(&self) -> impl Iterator<Item = &'static Attribute> {
        self.block.attributes.iter().filter(|a| a.key)
    }

    /// The type of a value of this resource type: every attribute and block.
    pub fn ty(&self) -> Type {
        Type::object(
            self.attributes()
                .map(|a| (a.name.to_string(), a.ty.ty()))
                .chain(self.block.blocks.iter().map(|b| (b.name.to_string(), b.ty()))),
        )
    }
}

impl NestedBlock {
    /// The type of the values of this block: a list or set of objects.
    pub fn ty(&self) -> Type {
        let object = self.block.ty();
        match self.nesting {
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
        }
    }
}

impl Block {
    /// The type of the object that the block's values are.
    pub fn ty(&self) -> Type {
        Type::object(
            self.attributes.iter().map(|a| (a.name.to_string(), a.ty.ty())).chain(self.blocks.iter().map(|b| (b.name.to_string(), b.ty()))),
        )
    }
}

/// Two schemas are the same when they are of one name: there is one table a type.
impl PartialEq for Schema {
    fn eq(&self, other: &Schema) -> bool {
        self.name == other.name
    }
}
