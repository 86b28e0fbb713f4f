//! What a configuration hands to the engine: instances, and the traits between the two.

use crate::address::Address;
use crate::condition::Checked;
use crate::diagnostic::{Diagnostics, Span};
use crate::path::Path;
use crate::schema::{Block, Schema};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Resource or data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A `resource` block: ours to change.
    Managed,
    /// A `data` block: only read.
    Data,
}

/// The `lifecycle` block of a resource, evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// Make the replacement before the old one is destroyed.
    pub create_before_destroy: bool,
    /// Refuse a plan that destroys it.
    pub prevent_destroy: bool,
    /// Arguments whose live value is kept.
    pub ignore_changes: Vec<Path>,
    /// `ignore_changes = all`.
    pub ignore_all_changes: bool,
    /// What `replace_triggered_by` watches, with the value of each now.
    pub replace_triggered_by: Vec<(String, Value)>,
}

/// One instance of a resource or data block, its arguments evaluated.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its address.
    pub address: Address,
    /// Key of the provider configuration: `aws`, or `aws.ALIAS`.
    pub provider: String,
    /// Its arguments: an object with every attribute and block of the schema, absent ones `null`
    /// (absent blocks: an empty list or set). May hold unknowns.
    pub config: Value,
    /// The instances that its arguments, `depends_on` or its module's `depends_on` refer to.
    pub depends_on: BTreeSet<Address>,
    /// Its lifecycle.
    pub lifecycle: Lifecycle,
    /// Where the block is.
    pub span: Span,
    /// Where each top-level argument or block is, by name.
    pub spans: BTreeMap<String, Span>,
}

impl Instance {
    /// Where a path of the arguments is written: the argument, or else the block.
    pub fn span_of(&self, path: &Path) -> &Span {
        self.spans.get(path.root()).unwrap_or(&self.span)
    }
}

/// Finds the schemas of types by name.
pub trait Schemas: Send + Sync {
    /// The schema of a resource type.
    fn resource(&self, type_name: &str) -> Option<&'static Schema>;
    /// The schema of a data source.
    fn data_source(&self, type_name: &str) -> Option<&'static Schema>;
    /// The schema of a `provider` block.
    fn provider(&self, name: &str) -> Option<&'static Block>;
    /// The names of all types of a mode, for "did you mean".
    fn names(&self, mode: Mode) -> Vec<&'static str>;
}

/// Takes instances in dependency order and says what value each has, or will have.
pub trait Resolver {
    /// The value of an instance: everything its schema lists, unknown where only apply can tell.
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics>;

    /// Whether one instance may stand for those of a block whose `count` or `for_each` is not known. Who plans has to know
    /// each; who only looks at the configuration does not.
    fn takes_one_for_all(&self) -> bool {
        false
    }
}

/// The values that instances have by now.
pub trait Values: Sync {
    /// The value of an instance; nothing when it has none yet.
    fn value(&self, address: &Address) -> Option<Value>;
}

/// An evaluated `output` block of the root module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its value; marked sensitive where it is.
    pub value: Value,
    /// True when the block says `sensitive = true`.
    pub sensitive: bool,
    /// Its description; may be empty.
    pub description: String,
}

/// What a configuration came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// The root outputs.
    pub outputs: BTreeMap<String, Output>,
    /// What became of its conditions.
    pub checks: Vec<Checked>,
}

/// What is asked for what it is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Instances of resources and data sources. One that no block declares is made from nothing.
    pub instances: Vec<Address>,
    /// The names of root outputs.
    pub outputs: Vec<String>,
}

/// An attribute of a resource that something is made from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relevant {
    /// The resource; without a key where all its instances count, or where the key is not written down.
    pub resource: Address,
    /// The attribute; empty where the whole resource counts.
    pub attribute: Path,
}

/// A `provider` block, evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderConfig {
    /// `aws`, or `aws.ALIAS`.
    pub key: String,
    /// Its arguments, per the provider's schema.
    pub config: Value,
    /// Where the block is; nothing for a provider that no block configures.
    pub span: Option<Span>,
}

/// A configuration that has been loaded and can be evaluated as often as needed.
pub trait Configuration: Send + Sync {
    /// The provider configurations in use, evaluated without resources.
    fn providers(&self) -> Result<Vec<ProviderConfig>, Diagnostics>;

    /// Evaluates everything. Each instance is handed to the resolver once, after all those that it
    /// depends on; what the resolver answers is its value in the rest of the configuration.
    fn walk(&self, resolver: &mut dyn Resolver) -> Result<Walked, Diagnostics>;

    /// Evaluates the arguments of one instance again, with the values that others have by now.
    fn instance(&self, address: &Address, values: &dyn Values) -> Result<Value, Diagnostics>;

    /// Evaluates the root outputs again.
    fn outputs(&self, values: &dyn Values) -> Result<BTreeMap<String, Output>, Diagnostics>;

    /// The attributes of resources that instances and root outputs are made from, directly or not; sorted.
    fn relevant(&self, sought: &Sought) -> Vec<Relevant>;
}
