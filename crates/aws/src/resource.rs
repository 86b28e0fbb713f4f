//! How a resource type is declared: a typed struct with a schema, and what to call for each verb.

use crate::client::Aws;
use crate::permissions::Iam;
use crate::scope::Scope;
use cairn_engine::event::Waiting;
use cairn_engine::impact::{Effects, Spared};
use cairn_engine::provider::{Others, Parent, Refusal};
use cairn_engine::{Failure, FailureKind};
use cairn_model::model::TypeModel;
use cairn_model::{Address, StackId, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

/// Tags as a resource has them.
pub type Tags = BTreeMap<String, String>;

/// One resource as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<T> {
    /// Its `id`, as the public provider writes it.
    pub id: String,
    /// Its attributes. Fields that AWS does not give back (`config_only`) hold anything.
    pub value: T,
    /// All its tags, marks included. Empty for a type without tags.
    pub tags: Tags,
    /// The resource that it is a part of, for a type that has parents: type and `id`.
    pub parent: Option<(&'static str, String)>,
}

impl<T> Found<T> {
    /// A resource that is nobody's part.
    pub fn new(id: impl Into<String>, value: T, tags: Tags) -> Found<T> {
        Found { id: id.into(), value, tags, parent: None }
    }

    /// A resource without tags, or with, that is a part of another.
    pub fn part(id: impl Into<String>, value: T, tags: Tags, parent_type: &'static str, parent_id: impl Into<String>) -> Found<T> {
        Found { id: id.into(), value, tags, parent: Some((parent_type, parent_id.into())) }
    }
}

/// The operations that a type calls, as AWS names them (`ec2:CreateVpc`), per verb. IAM policies and
/// the table of read costs follow from this.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calls {
    /// To read.
    pub read: &'static [&'static str],
    /// To make.
    pub create: &'static [&'static str],
    /// To change.
    pub update: &'static [&'static str],
    /// To destroy.
    pub delete: &'static [&'static str],
    /// How many calls a read of all of the stack's takes, such as `1 per page`, and why fewer is impossible.
    pub read_cost: &'static str,
}

/// What surrounds the making of a resource.
pub struct Making<'a> {
    /// Whose it will be.
    pub stack: StackId,
    /// Its address.
    pub address: Address,
    /// Every tag it must carry from its first instant, marks included.
    pub tags: Tags,
    /// Which replacement this is; 0 for the first.
    pub generation: u32,
    /// What else is planned.
    pub others: Others<'a>,
    /// What waits.
    pub run: Run<'a>,
}

impl Making<'_> {
    /// The name for a resource whose configuration names only a prefix, or nothing: the prefix and a
    /// digest of stack and address, at most `max` characters. The same again in the next run.
    pub fn generated_name(&self, prefix: &str, max: usize) -> String {
        crate::names::generated(prefix, &self.stack, &self.address, self.generation, max)
    }

    /// A token that AWS takes to recognise a create that is tried again.
    pub fn token(&self) -> String {
        crate::names::token(&self.stack, &self.address, self.generation)
    }
}

/// What surrounds the changing of a resource.
pub struct Changing<'a> {
    /// The top-level arguments that differ, tags left out.
    pub changed: BTreeSet<String>,
    /// What else is planned.
    pub others: Others<'a>,
    /// What waits.
    pub run: Run<'a>,
    /// The id that the change has given it; see [`Changing::now_called`].
    pub new_id: OnceLock<String>,
}

impl Changing<'_> {
    /// True when any of these arguments differs.
    pub fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|n| self.changed.contains(*n))
    }

    /// Says that the change has given the resource another id.
    pub fn now_called(&self, id: impl Into<String>) {
        let _ = self.new_id.set(id.into());
    }
}

/// What surrounds the destroying of a resource.
pub struct Removing<'a, T> {
    /// Its configuration, when it still stands: the arguments that steer how it is destroyed.
    pub config: Option<T>,
    /// What waits.
    pub run: Run<'a>,
}

/// The deadline of a step, and who is told what it waits for.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The longest the step may take; the type's own limit when the configuration names none.
    pub deadline: Option<Duration>,
    /// To be told what is waited for.
    pub waiting: &'a dyn Waiting,
}

/// A resource type. All of a type is in its file; the registry has a line for it.
pub trait Resource: TypeModel + Clone + Send + Sync + 'static {
    /// The service it belongs to, such as `ec2`.
    const SERVICE: &'static str;
    /// What it calls.
    const CALLS: Calls;
    /// What it can be a part of.
    const PARENTS: &'static [Parent] = &[];
    /// It has neither tags nor a parent, or AWS's tag index leaves it out: Cairn writes it in the stack's
    /// register before it makes it.
    const REGISTERED: bool = false;
    /// It can carry tags: those of `tags` and the marks, or the marks alone where its schema has other words for
    /// tags (the `tag` blocks of an Auto Scaling group). `read` gives the marks in `Found::tags`, and `tag` sets them.
    const TAGGABLE: bool = Self::SCHEMA.tags;
    /// How its ARNs begin after the account in the tag index, such as `elasticloadbalancing` and
    /// `targetgroup/`: finds resources whose block is gone. `None` for a type that is not in the index.
    const INDEX: Option<(&'static str, &'static str)> = None;
    /// What IAM policies have to know of it, besides what it calls.
    const IAM: Iam = Iam::NONE;
    /// The argument that protects it from deletion, if it has one: while AWS has it set, and the
    /// configuration does not take it off, a plan that destroys the resource is refused.
    const PROTECTION: Option<&'static str> = None;
    /// Its page in the AWS console, after the host: a template, as `console.rs` has it. `None` where there is none.
    const CONSOLE: Option<&'static str> = None;
    /// Arguments, with their path, whose change from outside no look at AWS can show, and why: one that AWS does not
    /// tell (every `config_only` one), and one that AWS lets nobody change though the schema lets it be set.
    const UNSEEN: &'static [(&'static str, &'static str)] = &[];
    /// How long a create typically takes on AWS, in seconds: an estimate, as the two below, from what public
    /// logs of applies show.
    const TYPICAL_CREATE_SECONDS: u64 = 2;
    /// How long a change in place typically takes.
    const TYPICAL_UPDATE_SECONDS: u64 = 2;
    /// How long a destruction typically takes.
    const TYPICAL_DELETE_SECONDS: u64 = 2;
    /// What those who use it notice of changes, as AWS documents it.
    const EFFECTS: Effects = Effects::NONE;

    /// Reads what the scope asks for. What is not there is simply not in the answer; corpses (states like
    /// `deleted`) are left out.
    fn read(aws: &Aws, scope: &Scope<'_>) -> impl Future<Output = Result<Vec<Found<Self>>, Failure>> + Send;

    /// Makes one in one call where AWS allows it, tags included, waits until dependents can use it, and
    /// gives its id. `want` holds known values; what AWS decides is `None`.
    fn create(aws: &Aws, want: &Self, making: &Making<'_>) -> impl Future<Output = Result<String, Failure>> + Send;

    /// Changes one in place. Tags are not its affair.
    fn update(aws: &Aws, have: &Found<Self>, want: &Self, changing: &Changing<'_>) -> impl Future<Output = Result<(), Failure>> + Send {
        let (_, _, _, changed) = (aws, have, want, changing.changed.iter().cloned().collect::<Vec<_>>().join(", "));
        async move { Err(Failure::new(FailureKind::Other, format!("{} can't be changed in place ({changed})", Self::SCHEMA.name))) }
    }

    /// Destroys one and waits until what it depends on can be destroyed. One that is gone already is no error.
    fn delete(aws: &Aws, have: &Found<Self>, removing: &Removing<'_, Self>) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Sets and removes tags.
    fn tag(aws: &Aws, have: &Found<Self>, set: &Tags, remove: &[String]) -> impl Future<Output = Result<(), Failure>> + Send {
        let _ = (aws, have, set, remove);
        async { Err(Failure::new(FailureKind::Other, format!("{} has no tags", Self::SCHEMA.name))) }
    }

    /// Judges and completes a planned value: cross-argument checks, values that other arguments make
    /// known, changes that AWS refuses. Pure. Values may be unknown. `live` is nothing for a create.
    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let _ = (live, config);
        Ok(planned)
    }

    /// True for a part that is as AWS makes it by itself, or that nobody can remove: no stray, though no
    /// block declares it. Pure.
    fn rests(&self) -> bool {
        false
    }

    /// What keeps the data of one that is destroyed. `config` is its configuration, when that still stands. Pure.
    fn spared(have: &Value, config: Option<&Value>) -> Option<Spared> {
        let _ = (have, config);
        None
    }

    /// When AWS carries out a change that interrupts, if not at once. Pure.
    fn postponed(config: &Value) -> Option<&'static str> {
        let _ = config;
        None
    }

    /// The id that a configuration determines before the resource is made, for a type in the register.
    fn registered_id(aws: &Aws, want: &Self, making: &Making<'_>) -> impl Future<Output = Result<Option<String>, Failure>> + Send {
        let _ = (aws, want, making);
        async { Ok(None) }
    }
}

/// A data source.
pub trait DataSource: TypeModel + Clone + Send + Sync + 'static {
    /// The operations it calls.
    const CALLS: &'static [&'static str];
    /// The argument that names what it reads, where IAM policies can be limited to that.
    const NAMED: Option<&'static str> = None;

    /// Answers the question: the same struct with its computed fields filled in. `id` is a field of the
    /// struct where the public provider has one.
    fn read(aws: &Aws, question: &Self) -> impl Future<Output = Result<Self, Failure>> + Send;

    /// Checks of the question that concern several arguments. Pure.
    fn check(config: &Value) -> Result<(), Vec<Refusal>> {
        let _ = config;
        Ok(())
    }
}
