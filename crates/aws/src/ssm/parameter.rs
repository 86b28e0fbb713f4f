//! `aws_ssm_parameter`.

use super::{tag, tags_of, to_tags};
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::once;
use crate::register;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_ssm::operation::put_parameter::builders::PutParameterFluentBuilder;
use aws_sdk_ssm::types::{self as ssm, ParameterMetadata, ParameterStringFilter, ParameterTier, ParameterType, ResourceTypeForTagging};
use cairn_derive::Model;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::TAG_STACK;
use cairn_model::{Value, length, one_of};
use std::collections::BTreeMap;

/// A setting in Parameter Store.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_ssm_parameter", tags, unsupported = "has_value_wo overwrite value_wo value_wo_version")]
pub struct Parameter {
    /// Name of the parameter, with its path.
    #[attr(required, force_new, key, check = name)]
    name: String,
    /// `String`, `StringList` or `SecureString`.
    #[attr(required, force_new, check = one_of!("String", "StringList", "SecureString"))]
    r#type: String,
    /// The value; never shown.
    #[attr(optional, computed, sensitive)]
    value: Option<String>,
    /// The value, when it may be shown.
    #[attr(optional, computed, config_only)]
    insecure_value: Option<String>,
    /// What it is for.
    #[attr(optional, check = length!(0, 1024))]
    description: Option<String>,
    /// Regular expression that values must match.
    #[attr(optional, check = length!(0, 1024))]
    allowed_pattern: Option<String>,
    /// `text`, or a kind of value that SSM checks, such as `aws:ec2:image`.
    #[attr(optional, computed, force_new, check = one_of!("text", "aws:ec2:image", "aws:ssm:integration"))]
    data_type: Option<String>,
    /// Key that encrypts a `SecureString`.
    #[attr(optional, computed)]
    key_id: Option<String>,
    /// `Standard` (up to 4 KiB), `Advanced` (up to 8 KiB, for a fee), or `Intelligent-Tiering`.
    #[attr(optional, computed, equal = tiers, check = one_of!("Standard", "Advanced", "Intelligent-Tiering"))]
    tier: Option<String>,
    /// ARN of the parameter.
    #[attr(optional, computed)]
    arn: Option<String>,
    /// Number of the value.
    #[attr(computed, volatile)]
    version: Option<i64>,
}

/// Largest page of DescribeParameters, and most names in one of its filters.
const PAGE: usize = 50;
/// Most names of one GetParameters.
const BATCH: usize = 10;

impl Resource for Parameter {
    const SERVICE: &'static str = "ssm";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ssm", "parameter/"));
    const CALLS: Calls = Calls {
        read: &["ssm:DescribeParameters", "ssm:GetParameters", "ssm:ListTagsForResource"],
        create: &["ssm:PutParameter", "ssm:AddTagsToResource"],
        update: &["ssm:PutParameter", "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource"],
        delete: &["ssm:DeleteParameter"],
        read_cost: "1 per 50 parameters of the stack and 1 per 50 names, 1 per 10 for the values, and 1 per parameter whose tags the tag index does not settle: ListTagsForResource takes one name",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Parameter>>, Failure> {
        let mut metadata = BTreeMap::new();
        if scope.only().is_none() {
            let stack = filter(&format!("tag:{TAG_STACK}"), vec![scope.stack_id().to_string()])?;
            metadata.extend(describe(aws, stack).await?);
        }
        let mut names = scope.wanted_texts("name");
        names.extend(scope.only().map(str::to_string));
        let missing = names.into_iter().filter(|n| !metadata.contains_key(n)).collect::<Vec<_>>();
        for names in missing.chunks(PAGE) {
            metadata.extend(describe(aws, filter("Name", names.to_vec())?).await?);
        }
        metadata.retain(|name, _| !register::is_entry(name));
        let names = metadata.keys().cloned().collect::<Vec<_>>();
        let values = futures::future::try_join_all(names.chunks(BATCH).map(|names| async {
            let call = aws.ssm.get_parameters().set_names(Some(names.to_vec())).with_decryption(true);
            call.send().await.map_err(failed("ssm:GetParameters"))
        }))
        .await?;
        let read = values.into_iter().flat_map(|v| v.parameters.unwrap_or_default()).filter_map(|p| Some((metadata.get(p.name()?)?, p)));
        let found = futures::future::try_join_all(read.map(|(about, p)| async move {
            let name = p.name.clone().unwrap_or_default();
            let tags = match scope.settled_tags(aws, p.arn().unwrap_or_default()).await? {
                Some(tags) => Some(tags),
                None => tags_of(aws, ResourceTypeForTagging::Parameter, &name).await?,
            };
            Ok::<_, Failure>(tags.map(|tags| Found::new(name, value(about, p), tags)))
        }))
        .await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &Parameter, making: &Making<'_>) -> Result<String, Failure> {
        let request = put(aws, want).overwrite(false).set_data_type(want.data_type.clone()).set_tags(Some(to_tags(&making.tags)?));
        once!(aws_sdk_ssm, request).await.map_err(failed("ssm:PutParameter"))?;
        Ok(want.name.clone())
    }

    async fn update(aws: &Aws, _: &Found<Parameter>, want: &Parameter, _: &Changing<'_>) -> Result<(), Failure> {
        // Text that is left out stays as it was (PutParameter, `Description`): the empty text takes it away.
        let request = put(aws, want)
            .overwrite(true)
            .description(want.description.clone().unwrap_or_default())
            .allowed_pattern(want.allowed_pattern.clone().unwrap_or_default());
        request.send().await.map_err(failed("ssm:PutParameter")).map(|_| ())
    }

    async fn delete(aws: &Aws, have: &Found<Parameter>, _: &Removing<'_, Parameter>) -> Result<(), Failure> {
        gone(aws.ssm.delete_parameter().name(&have.id).send().await.map_err(failed("ssm:DeleteParameter")))
    }

    async fn tag(aws: &Aws, have: &Found<Parameter>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, ResourceTypeForTagging::Parameter, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let refuse = |attribute: &str, message: &str| Err(vec![Refusal { attribute: attribute.into(), message: message.into() }]);
        let given = |name: &str| config.get(name).filter(|v| !v.is_null());
        let secure = config.get_str("type") == Some("SecureString");
        match (given("value"), given("insecure_value")) {
            (Some(_), Some(_)) => return refuse("insecure_value", "`value` and `insecure_value` exclude each other"),
            (None, None) => return refuse("value", "a parameter needs a `value` or an `insecure_value`"),
            (None, Some(_)) if secure => return refuse("insecure_value", "the value of a SecureString is a secret: use `value`"),
            // There is one value; what may be shown of it is the configuration's affair.
            (None, Some(value)) => planned = planned.with("value", value.clone()),
            (Some(_), None) => {}
        }
        if given("key_id").is_some() && config.get_str("type").is_some() && !secure {
            return refuse("key_id", "only a SecureString is encrypted");
        }
        if given("arn").is_some() {
            return refuse("arn", "AWS decides the ARN of a parameter");
        }
        if live.and_then(|l| l.get_str("tier")) == Some("Advanced") && planned.get_str("tier") == Some("Standard") {
            return refuse("tier", "AWS can't make an advanced parameter a standard one: replace it with `cairn apply -replace=ADDRESS`");
        }
        Ok(planned)
    }
}

fn filter(key: &str, values: Vec<String>) -> Result<ParameterStringFilter, Failure> {
    let filter = ParameterStringFilter::builder().key(key).set_values(Some(values));
    filter.build().map_err(|e| Failure::new(FailureKind::Other, e.to_string()))
}

async fn describe(aws: &Aws, filter: ParameterStringFilter) -> Result<Vec<(String, ParameterMetadata)>, Failure> {
    let size = i32::try_from(PAGE).unwrap_or(50);
    let mut pages = aws.ssm.describe_parameters().parameter_filters(filter).max_results(size).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        for p in page.map_err(failed("ssm:DescribeParameters"))?.parameters.unwrap_or_default() {
            found.push((p.name.clone().unwrap_or_default(), p));
        }
    }
    Ok(found)
}

fn value(about: &ParameterMetadata, p: ssm::Parameter) -> Parameter {
    let text = |t: &Option<String>| t.clone().filter(|t| !t.is_empty());
    Parameter {
        name: p.name.unwrap_or_default(),
        r#type: p.r#type.map(|t| t.as_str().to_string()).unwrap_or_default(),
        value: p.value,
        insecure_value: None,
        description: text(&about.description),
        allowed_pattern: text(&about.allowed_pattern),
        data_type: p.data_type,
        key_id: text(&about.key_id),
        tier: about.tier.as_ref().map(|t| t.as_str().to_string()),
        arn: p.arn,
        version: Some(p.version),
    }
}

fn put(aws: &Aws, want: &Parameter) -> PutParameterFluentBuilder {
    let secure = want.r#type == "SecureString";
    aws.ssm
        .put_parameter()
        .name(&want.name)
        .r#type(ParameterType::from(want.r#type.as_str()))
        .set_value(want.value.clone())
        .set_description(want.description.clone())
        .set_allowed_pattern(want.allowed_pattern.clone())
        .set_key_id(want.key_id.clone().filter(|_| secure))
        .set_tier(want.tier.as_deref().map(ParameterTier::from))
}

/// `Intelligent-Tiering` takes whichever tier fits.
fn tiers(have: &Value, want: &Value) -> bool {
    have == want || want.as_str() == Some("Intelligent-Tiering")
}

fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if text.is_empty() || text.len() > 1011 || !text.chars().all(fits) {
        return Err(format!("must be 1 to 1011 letters, digits and . - _ /, not \"{text}\""));
    }
    if text.contains('/') && !text.starts_with('/') {
        return Err(format!("must begin with a slash when it holds one, and \"{text}\" does not"));
    }
    if register::is_entry(text) {
        return Err(format!("can't be \"{text}\": Cairn keeps its register there"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_register_is_nobodys_parameter() {
        assert!(name(&"/cairn/moodle/dev/register/aws_x/0123".into()).is_err());
        assert!(name(&"/cairn/moodle/dev/database".into()).is_ok());
        assert!(name(&"a/b".into()).is_err());
    }

    #[test]
    fn a_value_that_may_be_shown_is_the_value() {
        let config = Value::object_of([("type", "String".into()), ("insecure_value", "x".into())] as [(&str, Value); 2]);
        let planned = Value::object_of([("value", "old".into())] as [(&str, Value); 1]);
        let adjusted = Parameter::adjust(None, &config, planned).expect("it stands");
        assert_eq!(adjusted.get_str("value"), Some("x"));
    }
}
