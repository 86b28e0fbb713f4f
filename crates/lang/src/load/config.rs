//! What the files of one module say, block by block.

use super::types::TypeConstraint;
use crate::source::At;
use crate::syntax::ast::{Attribute, Body, Expr, Ident};
use cairn_model::instance::Mode;
use cairn_model::{Diagnostic, Path, Schema, Value};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The blocks of a module.
pub(crate) struct ModuleConfig {
    /// Where its files are.
    pub directory: PathBuf,
    /// What `path.module` is in it.
    pub path: String,
    pub variables: IndexMap<Arc<str>, Variable>,
    pub locals: IndexMap<Arc<str>, Attribute>,
    pub outputs: IndexMap<Arc<str>, OutputBlock>,
    pub resources: IndexMap<ResourceKey, ResourceBlock>,
    pub calls: IndexMap<Arc<str>, ModuleCall>,
    pub providers: IndexMap<Arc<str>, ProviderBlock>,
    /// Provider keys that the module expects its caller to hand over.
    pub provider_aliases: Vec<Ident>,
    /// The version constraints of required providers.
    pub provider_versions: BTreeMap<Arc<str>, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ResourceKey {
    pub mode: Mode,
    pub type_name: Arc<str>,
    pub name: Arc<str>,
}

/// A condition with the message for when it doesn't hold.
pub(crate) struct Condition {
    pub condition: Expr,
    pub message: Expr,
}

pub(crate) struct Variable {
    pub at: At,
    pub ty: TypeConstraint,
    pub default: Option<Value>,
    pub sensitive: bool,
    /// It may hold nothing but null: Cairn takes no ephemeral values yet.
    pub ephemeral: bool,
    pub description: String,
    pub nullable: bool,
    pub validations: Vec<Condition>,
}

pub(crate) struct OutputBlock {
    pub at: At,
    pub value: Expr,
    pub sensitive: bool,
    pub description: String,
    pub depends_on: Vec<Expr>,
    pub preconditions: Vec<Condition>,
}

/// How many instances a block has.
pub(crate) enum Repetition {
    None,
    Count(Expr),
    ForEach(Expr),
}

impl Repetition {
    /// The expression, where there is one.
    pub fn expr(&self) -> Option<&Expr> {
        match self {
            Repetition::None => None,
            Repetition::Count(e) | Repetition::ForEach(e) => Some(e),
        }
    }
}

pub(crate) struct ResourceBlock {
    pub at: At,
    pub repetition: Repetition,
    /// `aws`, or `aws.ALIAS`, in the module's own terms.
    pub provider: Ident,
    pub depends_on: Vec<Expr>,
    pub lifecycle: LifecycleBlock,
    /// Arguments and blocks without meta-arguments.
    pub body: Body,
    /// What the type's arguments are, or what to say of an instance of a type that Cairn doesn't have.
    pub schema: Result<&'static Schema, Box<Diagnostic>>,
}

#[derive(Default)]
pub(crate) struct LifecycleBlock {
    pub create_before_destroy: bool,
    pub prevent_destroy: bool,
    pub ignore_changes: Vec<Path>,
    pub ignore_all_changes: bool,
    pub replace_triggered_by: Vec<Expr>,
    pub preconditions: Vec<Condition>,
    pub postconditions: Vec<Condition>,
}

pub(crate) struct ModuleCall {
    pub name: Ident,
    pub at: At,
    pub source: Ident,
    /// Where a version is asked for.
    pub version: Option<At>,
    pub repetition: Repetition,
    pub depends_on: Vec<Expr>,
    /// The module's provider key, and which of ours it is.
    pub providers: BTreeMap<Arc<str>, Ident>,
    pub arguments: IndexMap<Arc<str>, Attribute>,
}

pub(crate) struct ProviderBlock {
    pub name: Ident,
    pub at: At,
    pub body: Body,
}

impl ResourceKey {
    pub fn new(mode: Mode, type_name: &str, name: &str) -> ResourceKey {
        ResourceKey { mode, type_name: type_name.into(), name: name.into() }
    }
}
