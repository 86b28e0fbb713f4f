//! What a configuration tells of its stack without AWS.

use crate::registry;
use crate::{AwsSchemas, provider_block};
use cairn_engine::{BuiltIn, declared_value};
use cairn_model::instance::{Configuration, ProviderConfig};
use cairn_model::{Diagnostics, Instance, Mode, Resolver, StackId, Value};

/// Stands for an account that nobody names, in names that are made from its number.
pub(super) const NO_ACCOUNT: &str = "000000000000";

/// A stack as its configuration declares it.
pub struct PermissionStack {
    /// Whose marks count.
    pub id: StackId,
    /// Where it works.
    pub(super) ways: Vec<Way>,
    /// Its resources and data sources.
    pub(super) declared: Vec<Declared>,
}

/// An account and a region that a provider configuration works in.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// Key of the provider configuration.
    pub key: String,
    /// Region; nothing when it is found only at run time.
    pub region: Option<String>,
    /// Twelve digits; nothing when nobody names them.
    pub account: Option<String>,
}

/// One instance.
pub(super) struct Declared {
    /// Resource or data source.
    pub mode: Mode,
    /// Its type.
    pub type_name: String,
    /// Its arguments.
    pub config: Value,
}

impl PermissionStack {
    /// Evaluates a configuration with everything unknown that AWS decides. `region` and `account` are those that the stack's
    /// settings allow.
    pub fn survey(
        configuration: &dyn Configuration,
        id: StackId,
        region: Option<&str>,
        account: Option<&str>,
    ) -> Result<PermissionStack, Diagnostics> {
        let ways = configuration.providers()?.iter().map(|config| way(config, region, account)).collect();
        let mut stack = PermissionStack { id, ways, declared: Vec::new() };
        if stack.ways.is_empty() {
            let [region, account] = [region, account].map(|o| o.map(str::to_string));
            stack.ways.push(Way { key: "aws".to_string(), region, account });
        }
        configuration.walk(&mut stack)?;
        Ok(stack)
    }

    /// What a data source says that needs no AWS: whose the account is, as far as it is known, and where it works.
    fn answer(&self, instance: &Instance) -> Option<Value> {
        let way = self.ways.iter().find(|w| w.key == instance.provider)?;
        let region = way.region.as_deref();
        let text = |t: &str| Value::string(t);
        match &*instance.address.type_name {
            "aws_caller_identity" => Some(vec![("account_id", text(way.account.as_deref().unwrap_or(NO_ACCOUNT)))]),
            "aws_region" => Some(vec![("name", text(region?)), ("id", text(region?))]),
            "aws_partition" => Some(vec![("partition", text(partition(region))), ("dns_suffix", text(dns_suffix(region)))]),
            _ => None,
        }
        .map(|known| known.into_iter().fold(unknown(instance), |value, (name, v)| value.with(name, v)))
    }
}

/// The attributes of a data source, all unknown.
fn unknown(instance: &Instance) -> Value {
    let schema = registry::data_source(&instance.address.type_name).map(|t| t.schema());
    let attributes = schema.into_iter().flat_map(|s| s.attributes()).map(|a| (a.name, Value::unknown(a.ty.ty())));
    Value::object_of(attributes)
}

fn way(config: &ProviderConfig, region: Option<&str>, account: Option<&str>) -> Way {
    let settings = provider_block::settings(&config.config);
    let elsewhere = settings.access.assume_role.as_ref().and_then(|r| r.role_arn.split(':').nth(4).map(str::to_string));
    let only = match settings.allowed_account_ids.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    Way {
        key: config.key.clone(),
        region: settings.access.region.or_else(|| region.map(str::to_string)),
        account: elsewhere.or(only).or_else(|| account.filter(|_| config.key == "aws").map(str::to_string)),
    }
}

/// The partition of a region (AWS General Reference).
pub(super) fn partition(region: Option<&str>) -> &'static str {
    match region {
        Some(r) if r.starts_with("cn-") => "aws-cn",
        Some(r) if r.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The domain of a region's endpoints.
fn dns_suffix(region: Option<&str>) -> &'static str {
    if partition(region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
}

impl Resolver for PermissionStack {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        let schemas = BuiltIn(&AwsSchemas);
        let value = self.answer(&instance).unwrap_or_else(|| declared_value(&schemas, &instance));
        self.declared.push(Declared {
            mode: instance.address.mode,
            type_name: instance.address.type_name.to_string(),
            config: instance.config.deep_unmarked(),
        });
        Ok(value)
    }

    fn takes_one_for_all(&self) -> bool {
        true
    }
}
