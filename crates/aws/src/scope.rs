//! What one reading is to give, and what its types share while it lasts.

use crate::client::Aws;
use crate::register::{self, Entry, Registers};
use crate::resource::{Found, Resource, Tags};
use crate::tag_index::{self, TagIndex};
use cairn_engine::{Failure, Wanted};
use cairn_model::mark::{TAG_ADDRESS, TAG_STACK};
use cairn_model::{Mark, StackId, Value};
use futures::future::BoxFuture;
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

type Memo = Arc<OnceCell<Arc<dyn Any + Send + Sync>>>;

/// A stack that a reading is for.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Its identity.
    pub stack: StackId,
    /// The tags that its provider configuration puts on everything.
    pub default_tags: BTreeMap<String, Value>,
    /// Its instances.
    pub wanted: Vec<Wanted>,
}

/// An instance that is looked for.
#[derive(Debug)]
pub struct Sought {
    /// The stack that wants it.
    pub stack: Arc<StackId>,
    default_tags: Arc<BTreeMap<String, Value>>,
    wanted: Wanted,
}

impl Deref for Sought {
    type Target = Wanted;

    fn deref(&self) -> &Wanted {
        &self.wanted
    }
}

impl Sought {
    /// The names that it may have: see [`Scope::wanted_names`].
    pub fn names(&self, name: &str, prefix: &str, fallback_prefix: &str, max: usize) -> Vec<String> {
        match self.config.get_str(name) {
            Some(name) => vec![name.to_string()],
            // Unknown too: a name that AWS would decide is one that Cairn makes up.
            None => {
                let prefix = self.config.get_str(prefix).unwrap_or(fallback_prefix);
                (0..2).map(|g| crate::names::generated(prefix, &self.stack, &self.address, g, max)).collect()
            }
        }
    }
}

/// One reading through one provider configuration, of one stack or of several that go the same way. Calls that several
/// types or stacks need are made once.
pub struct Session {
    stacks: Vec<StackId>,
    sought: HashMap<String, Vec<Sought>>,
    memo: Mutex<HashMap<String, Memo>>,
    index: OnceCell<TagIndex>,
    registers: OnceCell<Registers>,
}

impl Session {
    /// A reading for these stacks.
    pub fn new(askers: Vec<Asker>) -> Session {
        // One stack may go the same way under two provider configurations.
        let stacks: BTreeSet<StackId> = askers.iter().map(|a| a.stack.clone()).collect();
        let mut session = Session {
            stacks: stacks.into_iter().collect(),
            sought: HashMap::new(),
            memo: Mutex::default(),
            index: OnceCell::new(),
            registers: OnceCell::new(),
        };
        for asker in askers {
            let (stack, default_tags) = (Arc::new(asker.stack), Arc::new(asker.default_tags));
            for wanted in asker.wanted {
                let sought = Sought { stack: stack.clone(), default_tags: default_tags.clone(), wanted };
                session.sought.entry(sought.address.type_name.to_string()).or_default().push(sought);
            }
        }
        session
    }

    /// The stacks whose marks count.
    fn stacks(&self) -> Vec<String> {
        self.stacks.iter().map(ToString::to_string).collect()
    }

    /// The public tag index's view of the stacks.
    pub async fn index(&self, aws: &Aws) -> Result<&TagIndex, Failure> {
        self.index.get_or_try_init(|| tag_index::read(aws, self.stacks())).await
    }

    /// The register of a stack.
    pub async fn register(&self, aws: &Aws, stack: &StackId) -> Result<&[Entry], Failure> {
        let registers = self.registers.get_or_init(|| register::read(aws, &self.stacks)).await;
        registers.get(stack).map_or(Ok(&[]), |register| register.as_deref().map_err(Failure::clone))
    }

    async fn once<T, F>(&self, key: String, make: impl FnOnce() -> F) -> Result<Arc<T>, Failure>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, Failure>>,
    {
        let cell = match self.memo.lock() {
            Ok(mut memo) => memo.entry(key).or_default().clone(),
            Err(poisoned) => poisoned.into_inner().entry(key).or_default().clone(),
        };
        let any = cell.get_or_try_init(|| async { make().await.map(|v| Arc::new(v) as Arc<dyn Any + Send + Sync>) }).await?;
        any.clone().downcast::<T>().map_err(|_| Failure::new(cairn_engine::FailureKind::Other, "two readings under one key"))
    }
}

/// What a type's `read` is asked for.
pub struct Scope<'a> {
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// Everything of the stacks'.
    Stack(&'a Session, &'static str),
    /// One resource.
    One(&'a str, Box<Session>),
}

impl<'a> Scope<'a> {
    /// Everything of a type that is the stacks'.
    pub fn stack(session: &'a Session, type_name: &'static str) -> Scope<'a> {
        Scope { kind: Kind::Stack(session, type_name) }
    }

    /// One resource, by its id.
    pub fn one(stack: &StackId, id: &'a str) -> Scope<'a> {
        Scope {
            kind: Kind::One(
                id,
                Box::new(Session::new(vec![Asker { stack: stack.clone(), default_tags: BTreeMap::new(), wanted: Vec::new() }])),
            ),
        }
    }

    /// The id of the one resource that is wanted; nothing when everything of the stack's is.
    pub fn only(&self) -> Option<&str> {
        match &self.kind {
            Kind::One(id, _) => Some(id),
            Kind::Stack(..) => None,
        }
    }

    fn session(&self) -> &Session {
        match &self.kind {
            Kind::Stack(session, _) => session,
            Kind::One(_, session) => session,
        }
    }

    fn type_name(&self) -> &str {
        match &self.kind {
            Kind::Stack(_, name) => name,
            Kind::One(..) => "",
        }
    }

    /// The stacks whose marks count, as marks write them. Several stacks of one account and region are read together.
    pub fn stacks(&self) -> Vec<String> {
        self.session().stacks()
    }

    /// True for a stack, as marks write it, whose marks count.
    pub fn reads(&self, stack: &str) -> bool {
        self.session().stacks.iter().any(|s| s.to_string() == stack)
    }

    /// True when tags carry a mark that counts.
    pub fn owns(&self, tags: &Tags) -> bool {
        tags.get(TAG_STACK).is_some_and(|stack| self.reads(stack))
    }

    /// The instances of this type in the configurations.
    pub fn wanted(&self) -> &[Sought] {
        self.wanted_of(self.type_name())
    }

    fn wanted_of(&self, type_name: &str) -> &[Sought] {
        self.session().sought.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// The wanted instances that none of those found carries the mark of: what is looked for by its natural key.
    pub fn unmarked<T>(&self, found: &[Found<T>]) -> Vec<&Sought> {
        let marks: BTreeSet<(&str, &str)> =
            found.iter().filter_map(|f| Some((f.tags.get(TAG_STACK)?.as_str(), f.tags.get(TAG_ADDRESS)?.as_str()))).collect();
        let is_there = |w: &&Sought| marks.contains(&(w.stack.to_string().as_str(), w.address.to_tag().as_str()));
        self.wanted().iter().filter(|w| !is_there(w)).collect()
    }

    /// The known texts that the configuration gives for an argument of this type: names to look for.
    pub fn wanted_texts(&self, attribute: &str) -> BTreeSet<String> {
        self.wanted().iter().filter_map(|w| w.config.get_str(attribute)).map(str::to_string).collect()
    }

    /// The known texts that the configuration gives for an argument of another type.
    pub fn wanted_texts_of(&self, type_name: &str, attribute: &str) -> BTreeSet<String> {
        self.wanted_of(type_name).iter().filter_map(|w| w.config.get_str(attribute)).map(str::to_string).collect()
    }

    /// The names to look for of a type whose name may be given, made from a prefix, or made up: as
    /// [`Making::generated_name`](crate::resource::Making::generated_name) makes them, for the first
    /// generations. An unknown name may be one that is made up: what is looked for after a lost reply.
    pub fn wanted_names(&self, name: &str, prefix: &str, fallback_prefix: &str, max: usize) -> BTreeSet<String> {
        self.wanted().iter().flat_map(|w| w.names(name, prefix, fallback_prefix, max)).collect()
    }

    /// The ARNs of this type in the public tag index that carry the stack's mark, per `Resource::INDEX`.
    /// A hint: the index lags.
    pub async fn indexed<T: Resource>(&self, aws: &Aws) -> Result<Vec<String>, Failure> {
        match (&self.kind, T::INDEX) {
            (Kind::Stack(session, _), Some((service, resource))) => Ok(session.index(aws).await?.arns(service, resource)),
            _ => Ok(Vec::new()),
        }
    }

    /// The tags of an ARN as the public tag index has them, marks included. A hint: the index lags.
    pub async fn indexed_tags(&self, aws: &Aws, arn: &str) -> Result<Option<Tags>, Failure> {
        match &self.kind {
            Kind::Stack(session, _) => Ok(session.index(aws).await?.tags(arn)),
            Kind::One(..) => Ok(None),
        }
    }

    /// The tags of an ARN as the public tag index has them, when they are what the configuration wants of
    /// the instance that they mark. Nothing when the index lags or something differs: the service itself
    /// has to be asked then.
    pub async fn settled_tags(&self, aws: &Aws, arn: &str) -> Result<Option<Tags>, Failure> {
        Ok(self.indexed_tags(aws, arn).await?.filter(|tags| self.tagged_as_wanted(tags).is_some()))
    }

    /// The instance of the configuration that tags mark, when they are what it wants. Nothing when something differs or
    /// is not known yet.
    pub fn tagged_as_wanted(&self, tags: &Tags) -> Option<&Wanted> {
        let (Some(mark), user) = Mark::split(tags.clone()) else { return None };
        let wanted = self.wanted().iter().find(|w| w.stack.to_string() == mark.stack && w.address.to_tag() == mark.address)?;
        let own = wanted.config.get("tags").and_then(Value::entries).into_iter().flatten();
        let mut all = BTreeMap::new();
        for (key, value) in wanted.default_tags.iter().chain(own) {
            all.insert(key.clone(), value.as_str()?.to_string());
        }
        let plain = !mark.deposed && wanted.config.get("tags").is_none_or(|t| t.is_null() || t.is_wholly_known());
        (plain && all == user).then_some(&wanted.wanted)
    }

    /// The tags of an ARN: the tag index's where they are settled, else those that the service gives when it is asked.
    pub async fn tags(&self, aws: &Aws, arn: &str, asked: impl Future<Output = Result<Tags, Failure>>) -> Result<Tags, Failure> {
        match self.settled_tags(aws, arn).await? {
            Some(tags) => Ok(tags),
            None => asked.await,
        }
    }

    /// The ids of this type in the stacks' registers, each with the mark that its entry stands for.
    pub async fn registered(&self, aws: &Aws) -> Result<Vec<(String, Mark)>, Failure> {
        match &self.kind {
            Kind::Stack(session, name) => {
                let read = session.stacks.iter().map(|stack| async move { Ok((stack, session.register(aws, stack).await?)) });
                let registers = futures::future::try_join_all(read).await?;
                let entries = registers.iter().flat_map(|(stack, entries)| entries.iter().map(move |entry| (stack, entry)));
                Ok(entries.filter(|(_, e)| e.type_name == *name).map(|(stack, e)| (e.id.clone(), e.mark(stack))).collect())
            }
            Kind::One(..) => Ok(Vec::new()),
        }
    }

    /// Everything of another type that is the stack's, read at most once a session: how the parts of
    /// something are found. Of a scope of one resource this is empty.
    pub async fn of<T: Resource>(&self, aws: &Aws) -> Result<Arc<Vec<Found<T>>>, Failure> {
        match &self.kind {
            Kind::One(..) => Ok(Arc::default()),
            Kind::Stack(session, _) => all::<T>(aws, session).await,
        }
    }

    /// The answer of a call that several types need, made at most once a session under this key.
    pub async fn once<T, F>(&self, key: &str, make: impl FnOnce() -> F) -> Result<Arc<T>, Failure>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, Failure>>,
    {
        self.session().once(format!("call:{key}"), make).await
    }
}

/// Everything of a type that is the stack's, read at most once a session.
pub async fn all<T: Resource>(aws: &Aws, session: &Session) -> Result<Arc<Vec<Found<T>>>, Failure> {
    let key = format!("type:{:?}", TypeId::of::<T>());
    session
        .once(key, || async move {
            let scope = Scope::stack(session, T::SCHEMA.name);
            // Boxed: reading one type may read another, and so on.
            let read: BoxFuture<'_, Result<Vec<Found<T>>, Failure>> = Box::pin(T::read(aws, &scope));
            read.await
        })
        .await
}
