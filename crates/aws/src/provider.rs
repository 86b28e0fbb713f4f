//! AWS as the engine sees it.

use crate::adapter::{DataType, ResourceType};
use crate::calls::CallLog;
use crate::client::{Aws, Settings};
use crate::registry;
use crate::scope::Session;
use cairn_engine::impact::Spared;
use cairn_engine::provider::{Provider, Reading, Refusal};
use cairn_engine::{Create, DataKey, Delete, Failure, FailureKind, Live, Survey, TypeFacts, Unchecked, Update, Wanted};
use cairn_model::instance::{ProviderConfig, Schemas};
use cairn_model::{Block, Mark, Mode, Schema, StackId, Value};
use futures::future::{BoxFuture, join_all};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The schemas of every type that Cairn knows on AWS.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsSchemas;

impl Schemas for AwsSchemas {
    fn resource(&self, type_name: &str) -> Option<&'static Schema> {
        registry::resource(type_name).map(ResourceType::schema)
    }

    fn data_source(&self, type_name: &str) -> Option<&'static Schema> {
        registry::data_source(type_name).map(DataType::schema)
    }

    fn provider(&self, name: &str) -> Option<&'static Block> {
        (name == "aws").then_some(crate::provider_block::BLOCK)
    }

    fn names(&self, mode: Mode) -> Vec<&'static str> {
        match mode {
            Mode::Managed => registry::RESOURCES.iter().map(|t| t.schema().name).collect(),
            Mode::Data => registry::DATA_SOURCES.iter().map(|t| t.schema().name).collect(),
        }
    }
}

/// AWS, through one or more provider configurations.
pub struct AwsProvider {
    stack: StackId,
    ways: HashMap<String, Arc<Aws>>,
    log: CallLog,
}

impl AwsProvider {
    /// Connects every provider configuration. `region` counts where a block names none; each has at most
    /// `in_flight` requests under way at once.
    pub async fn connect(
        stack: StackId,
        configs: &[ProviderConfig],
        region: Option<&str>,
        in_flight: usize,
        log: CallLog,
    ) -> Result<AwsProvider, Failure> {
        let mut ways = HashMap::new();
        for config in configs {
            let mut settings = crate::provider_block::settings(&config.config);
            settings.region = settings.region.or_else(|| region.map(str::to_string));
            ways.insert(config.key.clone(), Arc::new(Aws::connect(settings, in_flight, log.clone()).await?));
        }
        if ways.is_empty() {
            let settings = Settings { region: region.map(str::to_string), ..Settings::default() };
            ways.insert("aws".to_string(), Arc::new(Aws::connect(settings, in_flight, log.clone()).await?));
        }
        Ok(AwsProvider { stack, ways, log })
    }

    /// Every provider configuration by its key.
    pub fn ways(&self) -> impl Iterator<Item = (&str, &Arc<Aws>)> {
        self.ways.iter().map(|(k, a)| (k.as_str(), a))
    }

    /// Every call so far.
    pub fn log(&self) -> &CallLog {
        &self.log
    }

    fn way(&self, key: &str) -> Result<&Aws, Failure> {
        self.ways
            .get(key)
            .map(Arc::as_ref)
            .ok_or_else(|| Failure::new(FailureKind::Invalid, format!("no provider configuration \"{key}\"")))
    }

    fn kind(&self, name: &str) -> Result<&'static dyn ResourceType, Failure> {
        registry::resource(name).ok_or_else(|| Failure::new(FailureKind::Other, format!("no resource type {name}")))
    }

    async fn read_way(&self, key: &str, aws: &Aws, wanted: Vec<Wanted>) -> Result<Reading, Failure> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for w in &wanted {
            if let Some(kind) = registry::resource(&w.address.type_name) {
                names.insert(kind.schema().name);
            }
        }
        let session = Session::new(self.stack.clone(), wanted);
        let mut reading = Reading::default();
        // Credentials and endpoint concern every type: the first two calls find that out.
        let (index, register) = futures::join!(session.index(aws), session.register(aws));
        for (what, failure) in [("tag index", index.as_ref().err()), ("register", register.as_ref().err())] {
            match failure {
                Some(f) if matches!(f.kind, FailureKind::Credentials | FailureKind::Unreachable) => return Err((*f).clone()),
                Some(f) => {
                    reading.unchecked.push(Unchecked { type_name: format!("({what})"), provider: key.to_string(), reason: f.to_string() })
                }
                None => {}
            }
        }
        for kind in registry::RESOURCES {
            let indexed = match (kind.index(), &index) {
                (Some((service, resource)), Ok(index)) => index.any(service, resource),
                _ => false,
            };
            let registered = register.as_ref().is_ok_and(|r| r.iter().any(|e| e.type_name == kind.schema().name));
            if indexed || registered || registry::ALWAYS_READ.contains(&kind.schema().name) {
                names.insert(kind.schema().name);
            }
        }
        // Parts are read wherever what they are parts of is, so that strays are found.
        loop {
            let before = names.len();
            for kind in registry::RESOURCES {
                if kind.facts().parents.iter().any(|p| names.contains(p.type_name)) {
                    names.insert(kind.schema().name);
                }
            }
            if names.len() == before {
                break;
            }
        }
        let kinds: Vec<&dyn ResourceType> = names.iter().filter_map(|n| registry::resource(n)).collect();
        let read = join_all(kinds.iter().map(|kind| kind.read(aws, key, &session))).await;
        for (kind, result) in kinds.iter().zip(read) {
            match result {
                Ok(live) => reading.live.extend(live),
                Err(f) if matches!(f.kind, FailureKind::Credentials | FailureKind::Unreachable) => return Err(f),
                Err(f) => reading.unchecked.push(Unchecked {
                    type_name: kind.schema().name.to_string(),
                    provider: key.to_string(),
                    reason: f.to_string(),
                }),
            }
        }
        Ok(reading)
    }
}

impl Provider for AwsProvider {
    fn schemas(&self) -> &dyn Schemas {
        &AwsSchemas
    }

    fn facts(&self, type_name: &str) -> Option<TypeFacts> {
        registry::resource(type_name).map(ResourceType::facts)
    }

    fn adjust(&self, schema: &'static Schema, live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        match registry::resource(schema.name) {
            Some(kind) => kind.adjust(live, config, planned),
            None => Ok(planned),
        }
    }

    fn rests(&self, live: &Live) -> bool {
        registry::resource(live.schema.name).is_some_and(|kind| kind.rests(live))
    }

    fn protected(&self, live: &Live, config: Option<&Value>) -> Option<String> {
        registry::resource(live.schema.name).and_then(|kind| kind.protected(live, config))
    }

    fn spared(&self, live: &Live, config: Option<&Value>) -> Option<Spared> {
        registry::resource(live.schema.name).and_then(|kind| kind.spared(live, config))
    }

    fn postponed(&self, type_name: &str, config: &Value) -> Option<String> {
        registry::resource(type_name).and_then(|kind| kind.postponed(config)).map(str::to_string)
    }

    fn asks(&self, type_name: &str) -> bool {
        registry::data_source(type_name).is_none_or(|kind| !kind.calls().is_empty())
    }

    fn read<'a>(&'a self, survey: &'a Survey) -> BoxFuture<'a, Result<Reading, Failure>> {
        Box::pin(async move {
            let readings = join_all(self.ways.iter().map(|(key, aws)| {
                let wanted = survey.wanted.iter().filter(|w| w.provider == *key).cloned().collect();
                self.read_way(key, aws, wanted)
            }))
            .await;
            let mut whole = Reading::default();
            for reading in readings {
                let reading = reading?;
                whole.live.extend(reading.live);
                whole.unchecked.extend(reading.unchecked);
            }
            // Two configurations may look at one account and region.
            whole.live.sort_by(|a, b| (a.schema.name, &a.id, &a.provider).cmp(&(b.schema.name, &b.id, &b.provider)));
            Ok(whole)
        })
    }

    fn read_data<'a>(&'a self, keys: &'a [DataKey]) -> BoxFuture<'a, Vec<Result<Value, Failure>>> {
        Box::pin(join_all(keys.iter().map(|key| async move {
            let kind = registry::data_source(&key.type_name)
                .ok_or_else(|| Failure::new(FailureKind::Other, format!("no data source {}", key.type_name)))?;
            if let Err(refusals) = kind.check(&key.config) {
                let text = refusals.into_iter().map(|r| format!("{} {}", r.attribute, r.message)).collect::<Vec<_>>().join("; ");
                return Err(Failure::new(FailureKind::Invalid, text.trim().to_string()));
            }
            kind.read(self.way(&key.provider)?, &key.config).await
        })))
    }

    fn refresh<'a>(&'a self, live: &'a Live) -> BoxFuture<'a, Result<Option<Live>, Failure>> {
        Box::pin(async move { self.kind(live.schema.name)?.refresh(self.way(&live.provider)?, &self.stack, live).await })
    }

    fn find<'a>(&'a self, create: &'a Create<'a>) -> BoxFuture<'a, Result<Option<Live>, Failure>> {
        Box::pin(async move {
            let kind = self.kind(create.schema.name)?;
            let aws = self.way(create.provider)?;
            let address = create.mark.address().ok_or_else(|| Failure::new(FailureKind::Other, "the mark holds no address"))?;
            let wanted = vec![Wanted { address, provider: create.provider.to_string(), config: create.want.clone() }];
            let session = Session::new(self.stack.clone(), wanted);
            let key = cairn_engine::snapshot::key_of(create.schema, create.want);
            let live = kind.read(aws, create.provider, &session).await?;
            Ok(live.into_iter().find(|l| match &l.owner {
                cairn_engine::Owner::Mark(mark) => *mark == create.mark,
                cairn_engine::Owner::Child { .. } => key.is_some() && l.key() == key,
                cairn_engine::Owner::Nobody => false,
            }))
        })
    }

    fn create<'a>(&'a self, create: &'a Create<'a>) -> BoxFuture<'a, Result<Live, Failure>> {
        Box::pin(async move { self.kind(create.schema.name)?.create(self.way(create.provider)?, &self.stack, create).await })
    }

    fn update<'a>(&'a self, update: &'a Update<'a>) -> BoxFuture<'a, Result<Live, Failure>> {
        Box::pin(async move { self.kind(update.live.schema.name)?.update(self.way(&update.live.provider)?, &self.stack, update).await })
    }

    fn delete<'a>(&'a self, delete: &'a Delete<'a>) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { self.kind(delete.live.schema.name)?.delete(self.way(&delete.live.provider)?, &self.stack, delete).await })
    }

    fn depose<'a>(&'a self, live: &'a Live, mark: Mark) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { self.kind(live.schema.name)?.remark(self.way(&live.provider)?, live, &Mark { deposed: true, ..mark }).await })
    }

    fn default_tags(&self, provider: &str) -> BTreeMap<String, Value> {
        self.ways.get(provider).map(|a| a.settings.default_tags.clone()).unwrap_or_default()
    }
}
