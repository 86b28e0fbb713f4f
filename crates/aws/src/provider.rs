//! AWS as the engine sees it.

use crate::adapter::{DataType, ResourceType};
use crate::calls::CallLog;
use crate::client::{Aws, Settings};
use crate::clients::Clients;
use crate::reading::read_together;
use crate::registry;
use crate::scope::{Asker, Session};
use cairn_engine::drift::Finding;
use cairn_engine::impact::Spared;
use cairn_engine::provider::{Provider, Reading, Refusal};
use cairn_engine::{Create, DataKey, Delete, Failure, FailureKind, Live, Survey, TypeFacts, Update, Wanted};
use cairn_model::instance::{ProviderConfig, Schemas};
use cairn_model::{Block, Mark, Mode, Schema, StackId, Value};
use futures::future::{BoxFuture, join_all};
use std::collections::BTreeMap;
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
    /// The stack whose marks count.
    pub(crate) stack: StackId,
    /// Every provider configuration by its key.
    pub(crate) ways: BTreeMap<String, Way>,
    log: CallLog,
}

/// What a provider configuration says, and the clients of its way into AWS.
#[derive(Clone, Debug)]
pub struct Way {
    /// What it says.
    pub settings: Settings,
    /// The clients.
    pub aws: Arc<Aws>,
}

impl AwsProvider {
    /// Connects every provider configuration. `region` counts where a block names none.
    pub async fn connect(
        stack: StackId,
        configs: &[ProviderConfig],
        region: Option<&str>,
        clients: &Clients,
    ) -> Result<AwsProvider, Failure> {
        let mut all: BTreeMap<String, Settings> =
            configs.iter().map(|config| (config.key.clone(), crate::provider_block::settings(&config.config))).collect();
        if all.is_empty() {
            all.insert("aws".to_string(), Settings::default());
        }
        let mut ways = BTreeMap::new();
        for (key, mut settings) in all {
            settings.access.region = settings.access.region.or_else(|| region.map(str::to_string));
            let aws = clients.get(&settings.access).await?;
            ways.insert(key, Way { settings, aws });
        }
        Ok(AwsProvider { stack, ways, log: clients.log().clone() })
    }

    /// Every provider configuration by its key.
    pub fn ways(&self) -> impl Iterator<Item = (&str, &Way)> {
        self.ways.iter().map(|(k, w)| (k.as_str(), w))
    }

    /// The page of a resource in the AWS console, where there is one.
    pub fn console(&self, finding: &Finding) -> Option<String> {
        let template = registry::resource(finding.type_name)?.console()?;
        crate::console::page(&self.ways.get(&finding.provider)?.aws, template, finding.id.as_deref()?, &finding.value)
    }

    /// Every call so far.
    pub fn log(&self) -> &CallLog {
        &self.log
    }

    fn way(&self, key: &str) -> Result<&Aws, Failure> {
        self.ways
            .get(key)
            .map(|way| way.aws.as_ref())
            .ok_or_else(|| Failure::new(FailureKind::Invalid, format!("no provider configuration \"{key}\"")))
    }

    fn kind(&self, name: &str) -> Result<&'static dyn ResourceType, Failure> {
        registry::resource(name).ok_or_else(|| Failure::new(FailureKind::Other, format!("no resource type {name}")))
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
            let mut readings = read_together(&[(self, survey)], self.ways.len()).await;
            readings.pop().unwrap_or_else(|| Ok(Reading::default()))
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
            let aws = self.way(&key.provider)?;
            aws.answer(&key.type_name, &key.config, || kind.read(aws, &key.config)).await
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
            let default_tags = self.default_tags(create.provider);
            let session = Session::new(vec![Asker { stack: self.stack.clone(), default_tags, wanted }]);
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
        self.ways.get(provider).map(|w| w.settings.default_tags.clone()).unwrap_or_default()
    }
}
