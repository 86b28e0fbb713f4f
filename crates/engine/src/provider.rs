//! What the engine asks of the world. `aws` implements it; tests implement it in memory.

use crate::event::Waiting;
use crate::impact::{Effects, Spared, Typical};
use crate::plan::{Action, Change};
use crate::snapshot::{DataKey, Live, Unchecked};
use cairn_model::instance::Schemas;
use cairn_model::{Address, Mark, Schema, StackId, Value};
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What the engine needs to know of a type beyond its schema.
#[derive(Clone, Copy, Debug)]
pub struct TypeFacts {
    /// The service whose limits it falls under, such as `ec2`.
    pub service: &'static str,
    /// The resources it can be a part of: found through them, and theirs when it carries no mark.
    pub parents: &'static [Parent],
    /// It can carry a mark (tags, or an entry in the stack's register).
    pub marked: bool,
    /// How long its verbs typically take; orders ready steps by the longest way to the end.
    pub typical: Typical,
    /// What its users notice of changes.
    pub effects: Effects,
}

/// That a type is a part of another.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    /// The parent's type.
    pub type_name: &'static str,
    /// The attribute of the part that names the parent.
    pub attribute: &'static str,
    /// The attribute of the parent that it holds: `id`, `arn`, `name` …
    pub names: &'static str,
    /// An attribute or block of the parent that lists the same parts inline. When the parent's
    /// configuration sets it, parts without a mark are the parent's affair and not strays.
    pub inline: Option<&'static str>,
}

/// What the configuration wants of one instance, as far as it is known before anything was read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its address.
    pub address: Address,
    /// Key of its provider configuration.
    pub provider: String,
    /// Its arguments; unknown where they hang on what was not read yet.
    pub config: Value,
}

/// What is to be read for a plan.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The stack whose marks count.
    pub stack: StackId,
    /// Every managed instance of the configuration.
    pub wanted: Vec<Wanted>,
}

/// What the plan does with the other resources, for types of which one can be in another's way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Others<'a>(pub &'a [Change]);

/// What the plan does with a resource that is there.
#[derive(Clone, Copy, Debug)]
pub enum Fate<'a> {
    /// It is changed in place to this.
    Changes(&'a Value),
    /// It is destroyed, and nothing waits for that. As it was when that was planned.
    Goes(&'a Live),
}

impl<'a> Others<'a> {
    /// What becomes of a resource of a type; nothing when it is left as it is, or has to stay until another is made.
    pub fn fate(&self, type_name: &str, id: &str) -> Option<Fate<'a>> {
        let planned = self.0.iter().filter(|c| c.schema.name == type_name).filter_map(|c| Some((c, c.live.as_ref()?)));
        planned.filter(|(_, live)| live.id == id).find_map(|(change, live)| match change.action {
            Action::Update => Some(Fate::Changes(&change.after)),
            Action::Delete | Action::DeleteThenCreate => Some(Fate::Goes(live)),
            Action::NoOp | Action::Create | Action::Read | Action::CreateThenDelete => None,
        })
    }
}

/// One resource to make.
pub struct Create<'a> {
    /// Its type.
    pub schema: &'static Schema,
    /// Key of its provider configuration.
    pub provider: &'a str,
    /// The mark it must carry from its first instant.
    pub mark: Mark,
    /// Every attribute and block, all known but for what AWS decides (unknown); `tags_all` is what is to
    /// be on it besides the mark.
    pub want: &'a Value,
    /// Which replacement this is: 0 for the first of its address. Names made up by Cairn differ by it.
    pub generation: u32,
    /// What else is planned.
    pub others: Others<'a>,
    /// The longest it may take.
    pub deadline: Option<Duration>,
    /// To be told what is waited for.
    pub waiting: &'a dyn Waiting,
}

/// One resource to change in place.
pub struct Update<'a> {
    /// As it was read just before.
    pub live: &'a Live,
    /// The mark it must carry.
    pub mark: Mark,
    /// Every attribute and block, as in [`Create`].
    pub want: &'a Value,
    /// What else is planned.
    pub others: Others<'a>,
    /// The longest it may take.
    pub deadline: Option<Duration>,
    /// To be told what is waited for.
    pub waiting: &'a dyn Waiting,
}

/// One resource to destroy.
pub struct Delete<'a> {
    /// As it was read just before.
    pub live: &'a Live,
    /// The arguments that steer how it is destroyed (`force_destroy`, `skip_final_snapshot`): its
    /// configuration, when that still stands.
    pub config: Option<&'a Value>,
    /// The longest it may take.
    pub deadline: Option<Duration>,
    /// To be told what is waited for.
    pub waiting: &'a dyn Waiting,
}

/// What went wrong with a call, as far as it steers what is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The reply never came: the call may or may not have been carried out.
    ReplyLost,
    /// Refused for its rate; not carried out.
    Throttled,
    /// The caller may not.
    Denied,
    /// What it names is not there.
    NotFound,
    /// What it would make is there already.
    AlreadyExists,
    /// Something else still hangs on it.
    InUse,
    /// The arguments are wrong.
    Invalid,
    /// No usable credentials.
    Credentials,
    /// No answer from the endpoint at all; not carried out.
    Unreachable,
    /// It did not get there before the deadline.
    Deadline,
    /// Anything else.
    Other,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it means for what is done next.
    pub kind: FailureKind,
    /// The operation as AWS names it, such as `ec2:CreateVpc`; empty when no call was made.
    pub operation: String,
    /// AWS's error code; empty when none came.
    pub code: String,
    /// AWS's message, or ours.
    pub message: String,
    /// AWS's request id, for its support; empty when none came.
    pub request_id: String,
}

impl Failure {
    /// A failure that no AWS error stands behind.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Failure {
        Failure { kind, operation: String::new(), code: String::new(), message: message.into(), request_id: String::new() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.operation.is_empty() {
            write!(f, "{}: ", self.operation)?;
        }
        if !self.code.is_empty() {
            write!(f, "{}: ", self.code)?;
        }
        f.write_str(&self.message)?;
        if !self.request_id.is_empty() {
            write!(f, " (request {})", self.request_id)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// What one reading gave.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The live resources.
    pub live: Vec<Live>,
    /// Types that could not be read.
    pub unchecked: Vec<Unchecked>,
}

/// A world of resources.
pub trait Provider: Send + Sync {
    /// The schemas of its types.
    fn schemas(&self) -> &dyn Schemas;

    /// What the engine needs to know of a type.
    fn facts(&self, type_name: &str) -> Option<TypeFacts>;

    /// Arguments and planned values that only this type can judge: called with known and unknown
    /// values, before anything is changed. May set planned computed values (a value that a change of
    /// another argument makes known or unknown), and refuses what AWS would refuse (a shrink of a
    /// database's storage). `live` is nothing for a create. Pure.
    fn adjust(&self, schema: &'static Schema, live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>>;

    /// True for a part that is as AWS makes it by itself, or that nobody can remove: no stray, though no
    /// block declares it. A block that declares it finds it all the same. Pure.
    fn rests(&self, live: &Live) -> bool {
        let _ = live;
        false
    }

    /// Why AWS would refuse to destroy a resource, such as its deletion protection, unless `config`
    /// takes that off; nothing when it would not. Such a destruction is refused at plan. Pure.
    fn protected(&self, live: &Live, config: Option<&Value>) -> Option<String> {
        let _ = (live, config);
        None
    }

    /// What keeps the data of a resource that is destroyed, such as a final snapshot. `config` as in
    /// [`Delete`]. Pure.
    fn spared(&self, live: &Live, config: Option<&Value>) -> Option<Spared> {
        let _ = (live, config);
        None
    }

    /// When AWS carries out a change of the type that interrupts, if not at once. Pure.
    fn postponed(&self, type_name: &str, config: &Value) -> Option<String> {
        let _ = (type_name, config);
        None
    }

    /// True for a data source that asks AWS. The answer of any other follows from its arguments alone, so
    /// it waits for nothing but those. Pure.
    fn asks(&self, type_name: &str) -> bool {
        let _ = type_name;
        true
    }

    /// Reads everything that the survey asks for, in few calls. What fails is listed as unchecked;
    /// only what concerns all types (credentials, endpoint) fails the whole.
    fn read<'a>(&'a self, survey: &'a Survey) -> BoxFuture<'a, Result<Reading, Failure>>;

    /// Reads data sources.
    fn read_data<'a>(&'a self, keys: &'a [DataKey]) -> BoxFuture<'a, Vec<Result<Value, Failure>>>;

    /// Reads one resource again; nothing when it is gone.
    fn refresh<'a>(&'a self, live: &'a Live) -> BoxFuture<'a, Result<Option<Live>, Failure>>;

    /// Looks for what a create whose reply was lost may have made, and where there is something, waits as
    /// [`Provider::create`] does until what depends on it can be made.
    fn find<'a>(&'a self, create: &'a Create<'a>) -> BoxFuture<'a, Result<Option<Live>, Failure>>;

    /// Makes a resource and waits until what depends on it can be made.
    fn create<'a>(&'a self, create: &'a Create<'a>) -> BoxFuture<'a, Result<Live, Failure>>;

    /// Changes a resource in place, tags and mark included.
    fn update<'a>(&'a self, update: &'a Update<'a>) -> BoxFuture<'a, Result<Live, Failure>>;

    /// Destroys a resource and waits until what it depends on can be destroyed.
    fn delete<'a>(&'a self, delete: &'a Delete<'a>) -> BoxFuture<'a, Result<(), Failure>>;

    /// Marks a resource as deposed, before its replacement is made under the same address.
    fn depose<'a>(&'a self, live: &'a Live, mark: Mark) -> BoxFuture<'a, Result<(), Failure>>;

    /// The tags that a provider configuration puts on everything.
    fn default_tags(&self, provider: &str) -> BTreeMap<String, Value>;
}

/// A plan that a type refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The argument at fault; empty for the resource as a whole.
    pub attribute: String,
    /// What is wrong and what to do.
    pub message: String,
}
