//! Between the engine's dynamic values and the typed resource types.

use crate::client::Aws;
use crate::permissions::Iam;
use crate::register;
use crate::resource::{Calls, Changing, DataSource, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::{Scope, Session, all};
use crate::wait::{self, Look};
use cairn_engine::impact::{Spared, Typical};
use cairn_engine::provider::Refusal;
use cairn_engine::{Create, Delete, Failure, FailureKind, Live, Owner, TypeFacts, Update};
use cairn_model::model::FieldError;
use cairn_model::{Block, Mark, Nesting, Schema, StackId, Value};
use futures::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::time::Duration;

/// A resource type behind one object-safe face.
pub trait ResourceType: Send + Sync {
    /// Its schema.
    fn schema(&self) -> &'static Schema;
    /// What the engine needs to know of it.
    fn facts(&self) -> TypeFacts;
    /// What it calls.
    fn calls(&self) -> Calls;
    /// What IAM policies have to know of it.
    fn iam(&self) -> Iam;
    /// Service and beginning of its ARNs.
    fn arn(&self) -> Option<(&'static str, &'static str)> {
        self.iam().arn.or(self.index())
    }
    /// Service and beginning of its ARNs in the public tag index.
    fn index(&self) -> Option<(&'static str, &'static str)>;
    /// See [`Resource::CONSOLE`].
    fn console(&self) -> Option<&'static str>;
    /// See [`Resource::UNSEEN`].
    fn unseen(&self) -> &'static [(&'static str, &'static str)];
    /// It is written in the stack's register.
    fn registered(&self) -> bool;
    /// It carries its mark itself.
    fn taggable(&self) -> bool;
    /// See [`Resource::adjust`].
    fn adjust(&self, live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>>;
    /// See [`Resource::rests`].
    fn rests(&self, live: &Live) -> bool;
    /// See [`Resource::PROTECTION`].
    fn protected(&self, live: &Live, config: Option<&Value>) -> Option<String>;
    /// See [`Resource::spared`].
    fn spared(&self, live: &Live, config: Option<&Value>) -> Option<Spared>;
    /// See [`Resource::postponed`].
    fn postponed(&self, config: &Value) -> Option<&'static str>;
    /// Reads everything of the stack's.
    fn read<'a>(&'a self, aws: &'a Aws, provider: &'a str, session: &'a Session) -> BoxFuture<'a, Result<Vec<Live>, Failure>>;
    /// Reads one again.
    fn refresh<'a>(&'a self, aws: &'a Aws, stack: &'a StackId, live: &'a Live) -> BoxFuture<'a, Result<Option<Live>, Failure>>;
    /// Makes one.
    fn create<'a>(&'a self, aws: &'a Aws, stack: &'a StackId, create: &'a Create<'a>) -> BoxFuture<'a, Result<Live, Failure>>;
    /// Changes one.
    fn update<'a>(&'a self, aws: &'a Aws, stack: &'a StackId, update: &'a Update<'a>) -> BoxFuture<'a, Result<Live, Failure>>;
    /// Destroys one.
    fn delete<'a>(&'a self, aws: &'a Aws, stack: &'a StackId, delete: &'a Delete<'a>) -> BoxFuture<'a, Result<(), Failure>>;
    /// Puts another mark on one.
    fn remark<'a>(&'a self, aws: &'a Aws, live: &'a Live, mark: &'a Mark) -> BoxFuture<'a, Result<(), Failure>>;
}

/// A data source behind one object-safe face.
pub trait DataType: Send + Sync {
    /// Its schema.
    fn schema(&self) -> &'static Schema;
    /// The operations it calls.
    fn calls(&self) -> &'static [&'static str];
    /// See [`DataSource::NAMED`].
    fn named(&self) -> Option<&'static str>;
    /// See [`DataSource::check`].
    fn check(&self, config: &Value) -> Result<(), Vec<Refusal>>;
    /// Answers a question.
    fn read<'a>(&'a self, aws: &'a Aws, config: &'a Value) -> BoxFuture<'a, Result<Value, Failure>>;
}

/// The face of one type.
pub struct Of<T>(PhantomData<fn() -> T>);

impl<T> Of<T> {
    /// The only value there is.
    pub const NEW: Of<T> = Of(PhantomData);
}

/// How long a resource that was just made may stay invisible to reads (EC2 API: eventual consistency).
const VISIBLE_WITHIN: Duration = Duration::from_secs(120);

fn unfit(schema: &Schema, error: &FieldError) -> Failure {
    Failure::new(FailureKind::Other, format!("a value does not fit {}: {error}; this is a defect of Cairn", schema.name))
}

/// The user's tags in a planned or live object.
fn tags_all(value: &Value) -> Tags {
    let entries = value.get("tags_all").and_then(Value::entries);
    entries.into_iter().flatten().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_string()))).collect()
}

impl<T: Resource> Of<T> {
    /// Its mark is its entry in the register. An entry of a type that can carry tags only tells where to look:
    /// somebody may have destroyed the resource and made another of the name since.
    const MARK_IN_REGISTER: bool = T::REGISTERED && !T::TAGGABLE;

    fn typed(&self, value: &Value) -> Result<T, Failure> {
        T::from_object(value).map_err(|e| unfit(T::SCHEMA_REF, &e))
    }

    fn found(&self, live: &Live) -> Result<Found<T>, Failure> {
        let parent = match &live.owner {
            Owner::Child { parent_type, parent_id } => Some((*parent_type, parent_id.clone())),
            _ => None,
        };
        let mut tags = tags_all(&live.value);
        if let Owner::Mark(mark) = &live.owner {
            tags.extend(mark.tags());
        }
        Ok(Found { id: live.id.clone(), value: self.typed(&live.value)?, tags, parent })
    }

    fn live(&self, provider: &str, found: &Found<T>, registered: Option<&Mark>) -> Live {
        let (mark, user) = Mark::split(found.tags.clone());
        let owner = match (mark, registered, &found.parent) {
            (Some(mark), _, _) => Owner::Mark(mark),
            (None, Some(mark), _) => Owner::Mark(mark.clone()),
            (None, None, Some((parent_type, parent_id))) => Owner::Child { parent_type, parent_id: parent_id.clone() },
            (None, None, None) => Owner::Nobody,
        };
        let mut value = found.value.to_object().with("id", Value::string(found.id.as_str()));
        if T::SCHEMA.tags {
            let tags = Value::map(user.into_iter().map(|(k, v)| (k, Value::string(v))).collect());
            value = value.with("tags", tags.clone()).with("tags_all", tags);
        }
        Live { schema: T::SCHEMA_REF, provider: provider.to_string(), id: found.id.clone(), value, owner }
    }

    async fn one(&self, aws: &Aws, stack: &StackId, id: &str) -> Result<Option<Found<T>>, Failure> {
        let scope = Scope::one(stack, id);
        match T::read(aws, &scope).await {
            Ok(found) => Ok(found.into_iter().find(|f| f.id == id)),
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Reads one until it is there: what was just made may stay invisible for a while.
    async fn visible(&self, aws: &Aws, stack: &StackId, id: &str, run: Run<'_>) -> Result<Found<T>, Failure> {
        let run = Run { deadline: None, ..run };
        wait::until(run, &format!("{} {id} to become visible", T::SCHEMA.name), VISIBLE_WITHIN, || async {
            Ok(self.one(aws, stack, id).await?.map_or_else(|| Look::NotYet(String::new()), Look::Ready))
        })
        .await
    }

    /// After a create or update: what AWS gives back, owned as the run knows it to be.
    async fn read_back(&self, aws: &Aws, stack: &StackId, provider: &str, id: &str, mark: &Mark, run: Run<'_>) -> Result<Live, Failure> {
        let found = self.visible(aws, stack, id, run).await?;
        Ok(self.live(provider, &found, Self::MARK_IN_REGISTER.then_some(mark)))
    }
}

impl<T: Resource> ResourceType for Of<T> {
    fn schema(&self) -> &'static Schema {
        T::SCHEMA_REF
    }

    fn facts(&self) -> TypeFacts {
        TypeFacts {
            service: T::SERVICE,
            parents: T::PARENTS,
            marked: T::TAGGABLE || T::REGISTERED || T::PARENTS.is_empty(),
            typical: Typical {
                create: Duration::from_secs(T::TYPICAL_CREATE_SECONDS),
                update: Duration::from_secs(T::TYPICAL_UPDATE_SECONDS),
                delete: Duration::from_secs(T::TYPICAL_DELETE_SECONDS),
            },
            effects: T::EFFECTS,
        }
    }

    fn calls(&self) -> Calls {
        T::CALLS
    }

    fn iam(&self) -> Iam {
        T::IAM
    }

    fn index(&self) -> Option<(&'static str, &'static str)> {
        T::INDEX
    }

    fn console(&self) -> Option<&'static str> {
        T::CONSOLE
    }

    fn unseen(&self) -> &'static [(&'static str, &'static str)] {
        T::UNSEEN
    }

    fn registered(&self) -> bool {
        T::REGISTERED
    }

    fn taggable(&self) -> bool {
        T::TAGGABLE
    }

    fn adjust(&self, live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        T::adjust(live, config, planned)
    }

    fn rests(&self, live: &Live) -> bool {
        self.typed(&live.value).is_ok_and(|v| v.rests())
    }

    fn protected(&self, live: &Live, config: Option<&Value>) -> Option<String> {
        let argument = T::PROTECTION?;
        let on = |value: &Value| value.get(argument).and_then(Value::as_bool) == Some(true);
        // Left out, the argument is false: the configuration takes the protection off.
        (on(&live.value) && config.is_none_or(on)).then(|| format!("it is protected from deletion: apply `{argument} = false` first"))
    }

    fn spared(&self, live: &Live, config: Option<&Value>) -> Option<Spared> {
        T::spared(&live.value, config)
    }

    fn postponed(&self, config: &Value) -> Option<&'static str> {
        T::postponed(config)
    }

    fn read<'a>(&'a self, aws: &'a Aws, provider: &'a str, session: &'a Session) -> BoxFuture<'a, Result<Vec<Live>, Failure>> {
        Box::pin(async move {
            let found = all::<T>(aws, session).await?;
            let mut entries: BTreeMap<String, Vec<Mark>> = BTreeMap::new();
            if Self::MARK_IN_REGISTER {
                for (id, mark) in Scope::stack(session, T::SCHEMA.name).registered(aws).await? {
                    entries.entry(id).or_default().push(mark);
                }
            }
            let mut live = Vec::new();
            for f in found.iter() {
                match entries.get(&f.id) {
                    Some(marks) => live.extend(marks.iter().map(|mark| self.live(provider, f, Some(mark)))),
                    None => live.push(self.live(provider, f, None)),
                }
            }
            Ok(live)
        })
    }

    fn refresh<'a>(&'a self, aws: &'a Aws, stack: &'a StackId, live: &'a Live) -> BoxFuture<'a, Result<Option<Live>, Failure>> {
        Box::pin(async move {
            let registered = match &live.owner {
                Owner::Mark(mark) if Self::MARK_IN_REGISTER => Some(mark),
                _ => None,
            };
            Ok(self.one(aws, stack, &live.id).await?.map(|f| {
                // Read alone, a part does not always tell whose it is.
                let found = Found { parent: f.parent.clone().or_else(|| parent_of(live)), ..f };
                self.live(&live.provider, &found, registered)
            }))
        })
    }

    fn create<'a>(&'a self, aws: &'a Aws, stack: &'a StackId, create: &'a Create<'a>) -> BoxFuture<'a, Result<Live, Failure>> {
        Box::pin(async move {
            let want = self.typed(create.want)?;
            let run = Run { deadline: create.deadline, waiting: create.waiting };
            let address = create.mark.address().ok_or_else(|| Failure::new(FailureKind::Other, "the mark holds no address"))?;
            let mut tags = Tags::new();
            if T::TAGGABLE {
                tags = tags_all(create.want);
                tags.extend(create.mark.tags());
            }
            let making = Making { stack: stack.clone(), address, tags, generation: create.generation, others: create.others, run };
            let mut entered = None;
            if T::REGISTERED {
                let id = T::registered_id(aws, &want, &making)
                    .await?
                    .ok_or_else(|| Failure::new(FailureKind::Other, format!("{} names no id for the register", T::SCHEMA.name)))?;
                register::enter(aws, stack, &create.mark, T::SCHEMA.name, &id).await?;
                entered = Some(id);
            }
            let made = T::create(aws, &want, &making).await;
            if let (Err(failure), Some(id)) = (&made, &entered)
                && failure.kind == FailureKind::AlreadyExists
            {
                // Somebody else's: the entry must not make it ours.
                register::strike(aws, stack, T::SCHEMA.name, id).await?;
            }
            self.read_back(aws, stack, create.provider, &made?, &create.mark, run).await
        })
    }

    fn update<'a>(&'a self, aws: &'a Aws, stack: &'a StackId, update: &'a Update<'a>) -> BoxFuture<'a, Result<Live, Failure>> {
        Box::pin(async move {
            let have = self.found(update.live)?;
            let run = Run { deadline: update.deadline, waiting: update.waiting };
            let changed = changed(T::SCHEMA_REF, &update.live.value, update.want);
            let changing = Changing { changed, others: update.others, run, new_id: OnceLock::new() };
            if !changing.changed.is_empty() {
                let want = self.typed(update.want)?;
                T::update(aws, &have, &want, &changing).await?;
            }
            let have = Found { id: changing.new_id.into_inner().unwrap_or(have.id), ..have };
            if T::REGISTERED && !matches!(&update.live.owner, Owner::Mark(mark) if *mark == update.mark) {
                register::enter(aws, stack, &update.mark, T::SCHEMA.name, &have.id).await?;
            }
            if T::TAGGABLE {
                let mut want = tags_all(update.want);
                want.extend(update.mark.tags());
                let set: Tags = want.iter().filter(|(k, v)| have.tags.get(*k) != Some(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
                let remove: Vec<String> = have.tags.keys().filter(|k| !want.contains_key(*k) && !k.starts_with("aws:")).cloned().collect();
                if !set.is_empty() || !remove.is_empty() {
                    T::tag(aws, &have, &set, &remove).await?;
                }
            }
            self.read_back(aws, stack, &update.live.provider, &have.id, &update.mark, run).await
        })
    }

    fn delete<'a>(&'a self, aws: &'a Aws, stack: &'a StackId, delete: &'a Delete<'a>) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let have = self.found(delete.live)?;
            let config = delete.config.map(|c| self.typed(&complete(T::SCHEMA_REF, c, &delete.live.value))).transpose()?;
            let run = Run { deadline: delete.deadline, waiting: delete.waiting };
            T::delete(aws, &have, &Removing { config, run }).await?;
            if T::REGISTERED {
                register::strike(aws, stack, T::SCHEMA.name, &have.id).await?;
            }
            Ok(())
        })
    }

    fn remark<'a>(&'a self, aws: &'a Aws, live: &'a Live, mark: &'a Mark) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            if let (true, Some((name, workspace))) = (Self::MARK_IN_REGISTER, mark.stack.split_once('/')) {
                let stack = StackId { name: name.into(), workspace: workspace.into() };
                return register::enter(aws, &stack, mark, T::SCHEMA.name, &live.id).await;
            }
            if !T::TAGGABLE {
                return Ok(());
            }
            let have = self.found(live)?;
            T::tag(aws, &have, &mark.tags(), &[]).await
        })
    }
}

fn parent_of(live: &Live) -> Option<(&'static str, String)> {
    match &live.owner {
        Owner::Child { parent_type, parent_id } => Some((parent_type, parent_id.clone())),
        _ => None,
    }
}

/// The arguments and blocks whose wanted value is known and another than the live one, and what AWS is
/// still to fill in (the address of a database that is being made): to be waited for.
fn changed(schema: &Schema, live: &Value, want: &Value) -> BTreeSet<String> {
    let attributes = schema.attributes().filter(|a| !a.config_only && !matches!(a.name, "id" | "tags" | "tags_all"));
    let blocks = schema.block.blocks.iter().filter(|b| !b.config_only);
    let awaited = schema.attributes().filter(|a| a.computed && !a.config_only).map(|a| a.name);
    let awaited =
        awaited.filter(|n| want.get(n).is_some_and(Value::is_unknown) && live.get(n).is_none_or(Value::is_null)).map(str::to_string);
    let names = attributes.filter(|a| a.optional || a.required).map(|a| a.name).chain(blocks.map(|b| b.name));
    names
        .filter(|name| match (live.get(name), want.get(name)) {
            (have, Some(want)) if !want.is_unknown() => have.map_or(!want.is_null(), |h| h.deep_unmarked() != want.deep_unmarked()),
            _ => false,
        })
        .map(str::to_string)
        .chain(awaited)
        .collect()
}

/// The configuration with defaults filled in, and the live value where it says nothing, so that it
/// makes a whole typed struct.
fn complete(schema: &Schema, config: &Value, live: &Value) -> Value {
    let mut whole = live.clone();
    for a in schema.attributes() {
        match config.get(a.name) {
            Some(v) if !v.is_null() && v.is_wholly_known() => whole = whole.with(a.name, v.clone()),
            _ if a.config_only => whole = whole.with(a.name, a.default.map_or_else(Value::null, |d| d.value())),
            _ => {}
        }
    }
    for b in schema.block.blocks.iter().filter(|b| b.config_only) {
        let written = config.get(b.name).filter(|v| v.is_wholly_known()).and_then(Value::elements).unwrap_or_default();
        let filled = written.iter().map(|v| with_defaults(b.block, v)).collect();
        whole = whole.with(b.name, if b.nesting == Nesting::Set { Value::set(filled) } else { Value::list(filled) });
    }
    whole
}

/// A block as it is written, with the defaults of what it leaves out, at every depth.
fn with_defaults(block: &Block, written: &Value) -> Value {
    let mut whole = written.clone();
    for a in block.attributes {
        if let (Some(default), true) = (a.default, written.get(a.name).is_none_or(Value::is_null)) {
            whole = whole.with(a.name, default.value());
        }
    }
    for b in block.blocks {
        let inner = written.get(b.name).and_then(Value::elements).unwrap_or_default();
        let filled = inner.iter().map(|v| with_defaults(b.block, v)).collect();
        whole = whole.with(b.name, if b.nesting == Nesting::Set { Value::set(filled) } else { Value::list(filled) });
    }
    whole
}

impl<T: DataSource> DataType for Of<T> {
    fn schema(&self) -> &'static Schema {
        T::SCHEMA_REF
    }

    fn named(&self) -> Option<&'static str> {
        T::NAMED
    }

    fn calls(&self) -> &'static [&'static str] {
        T::CALLS
    }

    fn check(&self, config: &Value) -> Result<(), Vec<Refusal>> {
        T::check(config)
    }

    fn read<'a>(&'a self, aws: &'a Aws, config: &'a Value) -> BoxFuture<'a, Result<Value, Failure>> {
        Box::pin(async move {
            let mut whole = config.clone();
            for a in T::SCHEMA.block.attributes {
                if let (Some(default), true) = (a.default, config.get(a.name).is_none_or(Value::is_null)) {
                    whole = whole.with(a.name, default.value());
                }
            }
            let question = T::from_object(&whole).map_err(|e| unfit(T::SCHEMA_REF, &e))?;
            let answer = T::read(aws, &question).await?.to_object();
            // What the struct does not hold itself every data source has all the same.
            let id = answer.get("id").cloned().unwrap_or_else(Value::null);
            Ok(answer.with("id", id))
        })
    }
}
