//! `aws_ssm_parameter`.

use super::{tag, tags_of, to_tags};
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::{once, register};
use aws_sdk_ssm::types::{
    Parameter as SsmParameter, ParameterMetadata, ParameterStringFilter, ParameterTier, ParameterType, ResourceTypeForTagging,
};
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::TAG_STACK;
use cairn_model::{Type, Value, length, one_of};
use std::collections::BTreeMap;

/// A setting or secret under a name or path. One that somebody else made is never written over, whatever `overwrite`
/// says: it has to be imported.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_ssm_parameter", tags, unsupported = "value_wo value_wo_version", unread = "has_value_wo")]
pub struct Parameter {
    /// Name of the parameter, or its path.
    #[attr(required, force_new, key, check = name)]
    name: String,
    /// What its value is.
    #[attr(required, name = "type", check = one_of!("String", "StringList", "SecureString"))]
    kind: String,
    /// The value, never shown.
    #[attr(optional, computed, sensitive)]
    value: Option<String>,
    /// The value, where it is no secret. AWS does not remember which of the two words was used: changes show in `value`.
    #[attr(optional, computed, config_only)]
    insecure_value: Option<String>,
    /// What the parameter is for.
    #[attr(optional, check = length!(0, 1024))]
    description: Option<String>,
    /// Expression that values have to match.
    #[attr(optional, check = length!(0, 1024))]
    allowed_pattern: Option<String>,
    /// What the text stands for.
    #[attr(optional, computed, check = one_of!("text", "aws:ec2:image", "aws:ssm:integration"))]
    data_type: Option<String>,
    /// Key that encrypts a `SecureString`: id, ARN or alias.
    #[attr(optional, computed)]
    key_id: Option<String>,
    /// Size and price: `Standard`, `Advanced`, or what fits with `Intelligent-Tiering`.
    #[attr(optional, computed, check = one_of!("Standard", "Advanced", "Intelligent-Tiering"), equal = tier)]
    tier: Option<String>,
    /// Without effect: Cairn always writes over its own parameters, and never over others.
    #[attr(optional, config_only)]
    overwrite: Option<bool>,
    /// ARN of the parameter.
    #[attr(optional, computed)]
    arn: Option<String>,
    /// Version of the value.
    #[attr(computed, volatile)]
    version: Option<i64>,
}

/// Most names of one filter of DescribeParameters, and of one GetParameters.
const FILTERED: usize = 50;
const GOT: usize = 10;

impl Resource for Parameter {
    const CONSOLE: Option<&'static str> = Some("systems-manager/parameters/{name:twice}/description?region={region}");
    const SERVICE: &'static str = "ssm";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ssm", "parameter/"));
    const EFFECTS: Effects = Effects { serves: Some("whoever reads it"), ..Effects::NONE };
    const IAM: Iam = Iam::named("name", "", "");
    const CALLS: Calls = Calls {
        read: &["ssm:DescribeParameters", "ssm:GetParameters", "ssm:ListTagsForResource", "kms:Decrypt"],
        create: &["ssm:PutParameter", "ssm:AddTagsToResource", "kms:Encrypt"],
        update: &["ssm:PutParameter", "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource", "kms:Encrypt"],
        delete: &["ssm:DeleteParameter"],
        read_cost: "1 per 50 that carry the stack's mark, entries of its register included, 1 per 50 others under names that are wanted, 1 per 10 for their values (GetParameters), and 1 per parameter whose tags the tag index does not settle: ListTagsForResource takes one name",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("insecure_value", "AWS does not remember which of the two words was used: changes show in `value`"),
        ("overwrite", "it has no effect"),
        ("arn", "AWS decides it"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Parameter>>, Failure> {
        let filter =
            |key: &str, values: Vec<String>| ParameterStringFilter::builder().key(key).option("Equals").set_values(Some(values)).build();
        let mut described: BTreeMap<String, ParameterMetadata> = BTreeMap::new();
        let mut missing: Vec<String> = match scope.only() {
            Some(id) => vec![id.to_string()],
            None => {
                let mark = ParameterStringFilter::builder().key(format!("tag:{TAG_STACK}")).set_values(Some(scope.stacks())).build();
                described.extend(describe(aws, mark.map_err(unbuilt)?).await?);
                scope.wanted_texts("name").into_iter().collect()
            }
        };
        missing.retain(|name| !described.contains_key(name));
        for some in missing.chunks(FILTERED) {
            described.extend(describe(aws, filter("Name", some.to_vec()).map_err(unbuilt)?).await?);
        }
        described.retain(|name, _| !register::is_entry(name));
        let names: Vec<&String> = described.keys().collect();
        let values =
            futures::future::try_join_all(names.chunks(GOT).map(|some| values(aws, some.iter().map(ToString::to_string).collect())))
                .await?;
        let values: BTreeMap<String, SsmParameter> = values.into_iter().flatten().filter_map(|p| Some((p.name.clone()?, p))).collect();
        // What has no value has gone since.
        let both = described.into_iter().filter_map(|(name, d)| Some((d, values.get(&name)?)));
        let read = futures::future::try_join_all(both.map(|(described, got)| async move {
            let tags = match scope.settled_tags(aws, got.arn().unwrap_or_default()).await? {
                Some(tags) => Some(tags),
                None => tags_of(aws, ResourceTypeForTagging::Parameter, got.name().unwrap_or_default()).await?,
            };
            Ok::<_, Failure>(tags.map(|tags| Found::new(got.name().unwrap_or_default(), value(described, got), tags)))
        }));
        Ok(read.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &Parameter, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws
            .ssm
            .put_parameter()
            .name(&want.name)
            .r#type(ParameterType::from(want.kind.as_str()))
            .set_value(want.value.clone())
            .set_description(want.description.clone())
            .set_allowed_pattern(want.allowed_pattern.clone())
            .set_data_type(want.data_type.clone())
            .set_key_id(want.key_id.clone())
            .set_tier(want.tier.as_deref().map(ParameterTier::from))
            .overwrite(false)
            .set_tags(Some(to_tags(&making.tags)?));
        once!(aws_sdk_ssm, request).await.map_err(failed("ssm:PutParameter"))?;
        Ok(want.name.clone())
    }

    async fn update(aws: &Aws, have: &Found<Parameter>, want: &Parameter, changing: &Changing<'_>) -> Result<(), Failure> {
        // PutParameter writes the value each time, and leaves alone what it is not told.
        let mut call = aws
            .ssm
            .put_parameter()
            .name(&have.id)
            .overwrite(true)
            .r#type(ParameterType::from(want.kind.as_str()))
            .set_value(want.value.clone());
        if changing.any(&["description"]) {
            call = call.description(want.description.clone().unwrap_or_default());
        }
        if changing.any(&["allowed_pattern"]) {
            call = call.allowed_pattern(want.allowed_pattern.clone().unwrap_or_default());
        }
        if want.kind == "SecureString" {
            call = call.set_key_id(want.key_id.clone());
        }
        let call = call.set_data_type(want.data_type.clone()).set_tier(want.tier.as_deref().map(ParameterTier::from));
        call.send().await.map_err(failed("ssm:PutParameter")).map(|_| ())
    }

    async fn delete(aws: &Aws, have: &Found<Parameter>, _: &Removing<'_, Parameter>) -> Result<(), Failure> {
        gone(aws.ssm.delete_parameter().name(&have.id).send().await.map_err(failed("ssm:DeleteParameter")))
    }

    async fn tag(aws: &Aws, have: &Found<Parameter>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, ResourceTypeForTagging::Parameter, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut refuse = |attribute: &str, message: &str| refusals.push(Refusal { attribute: attribute.into(), message: message.into() });
        let given = |name: &str| config.get(name).filter(|v| !v.is_null());
        let kind = config.get_str("type");
        match (given("value"), given("insecure_value")) {
            (Some(_), Some(_)) => refuse("insecure_value", "can't be set beside `value`"),
            (None, None) => refuse("value", "must be set, or `insecure_value`"),
            (None, Some(_)) if kind == Some("SecureString") => refuse("insecure_value", "is not for a `SecureString`"),
            (None, Some(value)) => planned = planned.with("value", value.clone()),
            (Some(_), None) => planned = planned.with("insecure_value", Value::null()),
        }
        if given("key_id").is_some() && kind.is_some_and(|k| k != "SecureString") {
            refuse("key_id", "is for a `SecureString`");
        }
        if given("arn").is_some() {
            refuse("arn", "is decided by AWS");
        }
        if let (Some("Advanced"), Some("Standard")) = (live.and_then(|l| l.get_str("tier")), config.get_str("tier")) {
            refuse("tier", "can't go back from `Advanced` to `Standard` in place: replace the parameter (`-replace`)");
        }
        if let (Some(live), Some(kind)) = (live, kind)
            && live.get_str("type").is_some_and(|have| have != kind)
            && given("key_id").is_none()
        {
            // The key comes and goes with the secret.
            let key = if kind == "SecureString" { Value::unknown(Type::String) } else { Value::null() };
            planned = planned.with("key_id", key);
        }
        if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
    }
}

/// AWS chooses between the two others for `Intelligent-Tiering`.
fn tier(have: &Value, want: &Value) -> bool {
    have == want || want.as_str() == Some("Intelligent-Tiering")
}

/// Systems Manager user guide, "Requirements and constraints for parameter names".
fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if text.is_empty() || text.len() > 2048 || !text.chars().all(fits) {
        return Err(format!("must be letters, digits and . - _ /, not \"{text}\""));
    }
    let first = text.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return Err(format!("can't begin with aws or ssm, which are AWS's own: \"{text}\""));
    }
    if text.starts_with("/cairn/") && register::is_entry(text) {
        return Err(format!("is kept for Cairn's own notes: \"{text}\""));
    }
    if text.contains('/') && !text.starts_with('/') {
        return Err(format!("must begin with a slash when it holds one: \"/{text}\""));
    }
    Ok(())
}

/// Parameters by a filter, each with its name.
async fn describe(aws: &Aws, filter: ParameterStringFilter) -> Result<Vec<(String, ParameterMetadata)>, Failure> {
    let mut pages = aws.ssm.describe_parameters().parameter_filters(filter).max_results(50).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("ssm:DescribeParameters"))?.parameters.unwrap_or_default();
        all.extend(page.into_iter().filter_map(|p| Some((p.name.clone()?, p))));
    }
    Ok(all)
}

fn unbuilt(error: aws_smithy_types::error::operation::BuildError) -> Failure {
    Failure::new(FailureKind::Invalid, error.to_string())
}

async fn values(aws: &Aws, names: Vec<String>) -> Result<Vec<SsmParameter>, Failure> {
    let call = aws.ssm.get_parameters().set_names(Some(names)).with_decryption(true);
    Ok(call.send().await.map_err(failed("ssm:GetParameters"))?.parameters.unwrap_or_default())
}

fn value(described: ParameterMetadata, got: &SsmParameter) -> Parameter {
    let text = |t: Option<String>| t.filter(|t| !t.is_empty());
    let kind = described.r#type.or_else(|| got.r#type.clone());
    Parameter {
        name: described.name.unwrap_or_default(),
        kind: kind.map(|t| t.as_str().to_string()).unwrap_or_default(),
        value: got.value.clone(),
        insecure_value: None,
        description: text(described.description),
        allowed_pattern: text(described.allowed_pattern),
        data_type: text(described.data_type).or_else(|| text(got.data_type.clone())),
        key_id: text(described.key_id),
        tier: described.tier.map(|t| t.as_str().to_string()),
        overwrite: None,
        arn: got.arn.clone(),
        version: Some(got.version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_aws_refuses() {
        for good in ["db-host", "/moodle/production/db/host", "/cairn/a"] {
            assert_eq!(name(&Value::from(good)), Ok(()), "{good}");
        }
        for bad in ["", "aws-thing", "/ssm/thing", "a b", "moodle/db"] {
            assert!(name(&Value::from(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_insecure_value_is_compared_as_the_value() {
        let config = Value::object_of([("type", Value::from("String")), ("insecure_value", Value::from("b"))]);
        let planned = Value::object_of([("value", Value::from("a")), ("insecure_value", Value::null())]);
        let adjusted = Parameter::adjust(None, &config, planned).expect("it is allowed");
        assert_eq!(adjusted.get_str("value"), Some("b"));
    }
}
