//! What one reading is to give, and what its types share while it lasts.

use crate::client::Aws;
use crate::register::{self, Entry};
use crate::resource::{Found, Resource};
use crate::tag_index::{self, TagIndex};
use cairn_engine::{Failure, Wanted};
use cairn_model::{Mark, StackId, Value};
use futures::future::BoxFuture;
use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

type Memo = Arc<OnceCell<Arc<dyn Any + Send + Sync>>>;

/// One reading through one provider configuration. Calls that several types need are made once.
pub struct Session {
    /// The stack whose marks count.
    pub stack: StackId,
    wanted: HashMap<String, Vec<Wanted>>,
    memo: Mutex<HashMap<String, Memo>>,
    index: OnceCell<TagIndex>,
    register: OnceCell<Vec<Entry>>,
}

impl Session {
    /// A reading of a stack, for these instances.
    pub fn new(stack: StackId, wanted: Vec<Wanted>) -> Session {
        let mut by_type: HashMap<String, Vec<Wanted>> = HashMap::new();
        for w in wanted {
            by_type.entry(w.address.type_name.to_string()).or_default().push(w);
        }
        Session { stack, wanted: by_type, memo: Mutex::default(), index: OnceCell::new(), register: OnceCell::new() }
    }

    /// The public tag index's view of the stack.
    pub async fn index(&self, aws: &Aws) -> Result<&TagIndex, Failure> {
        self.index.get_or_try_init(|| tag_index::read(aws, &self.stack)).await
    }

    /// The stack's register.
    pub async fn register(&self, aws: &Aws) -> Result<&[Entry], Failure> {
        self.register.get_or_try_init(|| register::read(aws, &self.stack)).await.map(Vec::as_slice)
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
    /// Everything of the stack's.
    Stack(&'a Session, &'static str),
    /// One resource.
    One(&'a str, Box<Session>),
}

impl<'a> Scope<'a> {
    /// Everything of a type that is the stack's.
    pub fn stack(session: &'a Session, type_name: &'static str) -> Scope<'a> {
        Scope { kind: Kind::Stack(session, type_name) }
    }

    /// One resource, by its id.
    pub fn one(stack: &StackId, id: &'a str) -> Scope<'a> {
        Scope { kind: Kind::One(id, Box::new(Session::new(stack.clone(), Vec::new()))) }
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

    /// The stack whose marks count.
    pub fn stack_id(&self) -> &StackId {
        &self.session().stack
    }

    /// The instances of this type in the configuration.
    pub fn wanted(&self) -> &[Wanted] {
        self.session().wanted.get(self.type_name()).map_or(&[], Vec::as_slice)
    }

    /// The known texts that the configuration gives for an argument of this type: names to look for.
    pub fn wanted_texts(&self, attribute: &str) -> BTreeSet<String> {
        self.wanted().iter().filter_map(|w| w.config.get_str(attribute)).map(str::to_string).collect()
    }

    /// The known texts that the configuration gives for an argument of another type.
    pub fn wanted_texts_of(&self, type_name: &str, attribute: &str) -> BTreeSet<String> {
        let wanted = self.session().wanted.get(type_name).map_or(&[][..], Vec::as_slice);
        wanted.iter().filter_map(|w| w.config.get_str(attribute)).map(str::to_string).collect()
    }

    /// The names to look for of a type whose name may be given, made from a prefix, or made up: as
    /// [`Making::generated_name`](crate::resource::Making::generated_name) makes them, for the first
    /// generations. An unknown name may be one that is made up: what is looked for after a lost reply.
    pub fn wanted_names(&self, name: &str, prefix: &str, fallback_prefix: &str, max: usize) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for w in self.wanted() {
            match w.config.get(name) {
                Some(v) if v.as_str().is_some() => names.extend(v.as_str().map(str::to_string)),
                // Unknown too: a name that AWS would decide is one that Cairn makes up.
                _ => {
                    let prefix = w.config.get_str(prefix).unwrap_or(fallback_prefix);
                    names.extend((0..2).map(|g| crate::names::generated(prefix, self.stack_id(), &w.address, g, max)));
                }
            }
        }
        names
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
    pub async fn indexed_tags(&self, aws: &Aws, arn: &str) -> Result<Option<crate::resource::Tags>, Failure> {
        match &self.kind {
            Kind::Stack(session, _) => Ok(session.index(aws).await?.tags(arn)),
            Kind::One(..) => Ok(None),
        }
    }

    /// The tags of an ARN as the public tag index has them, when they are what the configuration wants of
    /// the instance that they mark. Nothing when the index lags or something differs: the service itself
    /// has to be asked then.
    pub async fn settled_tags(&self, aws: &Aws, arn: &str) -> Result<Option<crate::resource::Tags>, Failure> {
        Ok(self.indexed_tags(aws, arn).await?.filter(|tags| self.tagged_as_wanted(aws, tags).is_some()))
    }

    /// The instance of the configuration that tags mark, when they are what it wants. Nothing when something differs or
    /// is not known yet.
    pub fn tagged_as_wanted(&self, aws: &Aws, tags: &crate::resource::Tags) -> Option<&Wanted> {
        let (Some(mark), user) = Mark::split(tags.clone()) else { return None };
        let wanted = self.wanted().iter().find(|w| w.address.to_tag() == mark.address)?;
        let own = wanted.config.get("tags").and_then(Value::entries).into_iter().flatten();
        let mut all = std::collections::BTreeMap::new();
        for (key, value) in aws.settings.default_tags.iter().chain(own) {
            all.insert(key.clone(), value.as_str()?.to_string());
        }
        let plain = mark.stack == self.stack_id().to_string()
            && !mark.deposed
            && wanted.config.get("tags").is_none_or(|t| t.is_null() || t.is_wholly_known());
        (plain && all == user).then_some(wanted)
    }

    /// The tags of an ARN: the tag index's where they are settled, else those that the service gives when it is asked.
    pub async fn tags(
        &self,
        aws: &Aws,
        arn: &str,
        asked: impl Future<Output = Result<crate::resource::Tags, Failure>>,
    ) -> Result<crate::resource::Tags, Failure> {
        match self.settled_tags(aws, arn).await? {
            Some(tags) => Ok(tags),
            None => asked.await,
        }
    }

    /// The ids of this type in the stack's register, each with the mark that its entry stands for.
    pub async fn registered(&self, aws: &Aws) -> Result<Vec<(String, Mark)>, Failure> {
        match &self.kind {
            Kind::Stack(session, name) => {
                let entries = session.register(aws).await?;
                Ok(entries.iter().filter(|e| e.type_name == *name).map(|e| (e.id.clone(), e.mark(&session.stack))).collect())
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
