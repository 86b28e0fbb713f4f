//! `aws_sns_topic`.

use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::names::prefix_of;
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_sns::types::Tag;
use cairn_derive::Model;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::{TAG_ADDRESS, TAG_STACK};
use cairn_model::{Value, check, equality, length, one_of};
use std::collections::{BTreeSet, HashMap};

/// A channel that messages are published to.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_sns_topic",
    tags,
    unsupported = "application_failure_feedback_role_arn application_success_feedback_role_arn application_success_feedback_sample_rate archive_policy beginning_archive_time firehose_failure_feedback_role_arn firehose_success_feedback_role_arn firehose_success_feedback_sample_rate http_failure_feedback_role_arn http_success_feedback_role_arn http_success_feedback_sample_rate lambda_failure_feedback_role_arn lambda_success_feedback_role_arn lambda_success_feedback_sample_rate sqs_failure_feedback_role_arn sqs_success_feedback_role_arn sqs_success_feedback_sample_rate"
)]
pub struct Topic {
    /// Name of the topic. That of a FIFO topic ends in `.fifo`.
    #[attr(optional, computed, force_new, key, check = name)]
    name: Option<String>,
    /// Beginning of a name that Cairn completes.
    #[attr(optional, computed, force_new, check = name)]
    name_prefix: Option<String>,
    /// Keep the order of messages and deliver each once.
    #[attr(default = false, force_new)]
    fifo_topic: bool,
    /// Tell equal messages by their content.
    #[attr(default = false)]
    content_based_deduplication: bool,
    /// Whether throughput is limited by `Topic` or by `MessageGroup`.
    #[attr(optional, computed, check = one_of!("Topic", "MessageGroup"))]
    fifo_throughput_scope: Option<String>,
    /// Name that text messages come from.
    #[attr(optional, check = length!(0, 100))]
    display_name: Option<String>,
    /// Who may do what with the topic, in JSON.
    #[attr(optional, computed, check = check::json, equal = equality::policy)]
    policy: Option<String>,
    /// How deliveries are tried again, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    delivery_policy: Option<String>,
    /// Key that encrypts messages: ARN, id or alias.
    #[attr(optional)]
    kms_master_key_id: Option<String>,
    /// Version of the signature of messages: 1 or 2.
    #[attr(optional, computed)]
    signature_version: Option<i32>,
    /// Whether traces are passed on: `PassThrough` or `Active`.
    #[attr(optional, computed, check = one_of!("PassThrough", "Active"))]
    tracing_config: Option<String>,
    /// ARN of the topic.
    #[attr(computed)]
    arn: Option<String>,
    /// Account that owns the topic.
    #[attr(computed)]
    owner: Option<String>,
}

const LONGEST_NAME: usize = 256;
/// An argument and the topic attribute that it is.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("content_based_deduplication", "ContentBasedDeduplication"),
    ("fifo_throughput_scope", "FifoThroughputScope"),
    ("display_name", "DisplayName"),
    ("policy", "Policy"),
    ("delivery_policy", "DeliveryPolicy"),
    ("kms_master_key_id", "KmsMasterKeyId"),
    ("signature_version", "SignatureVersion"),
    ("tracing_config", "TracingConfig"),
];

impl Resource for Topic {
    const SERVICE: &'static str = "sns";
    const INDEX: Option<(&'static str, &'static str)> = Some(("sns", ""));
    const CALLS: Calls = Calls {
        read: &["sns:GetTopicAttributes", "sns:ListTagsForResource"],
        create: &["sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:CreateTopic", "sns:TagResource"],
        update: &["sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"],
        delete: &["sns:DeleteTopic"],
        read_cost: "1 per topic, and 1 more per topic whose tags the tag index does not settle: GetTopicAttributes and ListTagsForResource take one ARN",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Topic>>, Failure> {
        let mut arns: BTreeSet<String> = scope.indexed::<Topic>(aws).await?.into_iter().collect();
        arns.extend(scope.only().map(str::to_string));
        for name in scope.wanted_names("name", "name_prefix", "cairn-", LONGEST_NAME) {
            arns.insert(aws.arn("sns", &name).await?);
        }
        let read = arns.into_iter().map(|arn| async move {
            let Some(value) = get(aws, &arn).await? else { return Ok(None) };
            let tags = match scope.settled_tags(aws, &arn).await? {
                Some(tags) => tags,
                None => tags_of(aws, &arn).await?,
            };
            Ok(Some(Found::new(arn, value, tags)))
        });
        Ok(futures::future::try_join_all(read).await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &Topic, making: &Making<'_>) -> Result<String, Failure> {
        let name = want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("cairn-"), LONGEST_NAME));
        // CreateTopic of a name that is taken gives the topic that has it (CreateTopic): look first.
        let arn = aws.arn("sns", &name).await?;
        if get(aws, &arn).await?.is_some() {
            let tags = tags_of(aws, &arn).await?;
            if [TAG_STACK, TAG_ADDRESS].iter().all(|t| tags.get(*t) == making.tags.get(*t)) {
                return Ok(arn);
            }
            return Err(Failure::new(FailureKind::AlreadyExists, format!("the topic {name} exists already")));
        }
        let mut attributes: HashMap<String, String> =
            ATTRIBUTES.iter().filter_map(|(argument, attribute)| Some((attribute.to_string(), text(want, argument)?))).collect();
        if !want.fifo_topic {
            attributes.retain(|k, _| k != "ContentBasedDeduplication" && k != "FifoThroughputScope");
        } else {
            attributes.insert("FifoTopic".into(), "true".into());
        }
        let request = aws.sns.create_topic().name(&name).set_attributes(Some(attributes)).set_tags(Some(to_tags(&making.tags)?));
        let made = once!(aws_sdk_sns, request).await.map_err(failed("sns:CreateTopic"))?;
        made.topic_arn.ok_or_else(|| missing("sns:CreateTopic", "TopicArn"))
    }

    async fn update(aws: &Aws, have: &Found<Topic>, want: &Topic, changing: &Changing<'_>) -> Result<(), Failure> {
        for (argument, attribute) in ATTRIBUTES.iter().filter(|(argument, _)| changing.any(&[argument])) {
            let value = text(want, argument).unwrap_or_default();
            let call = aws.sns.set_topic_attributes().topic_arn(&have.id).attribute_name(*attribute).attribute_value(value);
            call.send().await.map_err(failed("sns:SetTopicAttributes"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<Topic>, _: &Removing<'_, Topic>) -> Result<(), Failure> {
        gone(aws.sns.delete_topic().topic_arn(&have.id).send().await.map_err(failed("sns:DeleteTopic")))
    }

    async fn tag(aws: &Aws, have: &Found<Topic>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        if !set.is_empty() {
            let call = aws.sns.tag_resource().resource_arn(&have.id).set_tags(Some(to_tags(set)?));
            call.send().await.map_err(failed("sns:TagResource"))?;
        }
        if !remove.is_empty() {
            let call = aws.sns.untag_resource().resource_arn(&have.id).set_tag_keys(Some(remove.to_vec()));
            call.send().await.map_err(failed("sns:UntagResource"))?;
        }
        Ok(())
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let fifo = config.get("fifo_topic").and_then(Value::as_bool) == Some(true);
        let given = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        let name = config.get_str("name");
        let refusal = match () {
            () if given("name") && given("name_prefix") => Some(("name_prefix", "`name` and `name_prefix` exclude each other")),
            () if fifo && !given("name") => Some(("name", "Cairn makes up no names for FIFO topics: give it a `name` that ends in `.fifo`")),
            () if name.is_some_and(|n| n.ends_with(".fifo") != fifo) => Some(("name", "a name ends in `.fifo` when, and only when, `fifo_topic = true`")),
            () if !fifo && config.get("content_based_deduplication").and_then(Value::as_bool) == Some(true) => {
                Some(("content_based_deduplication", "only a FIFO topic can tell equal messages by their content"))
            }
            () => None,
        };
        match refusal {
            Some((attribute, message)) => Err(vec![Refusal { attribute: attribute.into(), message: message.into() }]),
            None => Ok(planned),
        }
    }
}

/// What an argument is as a topic attribute; nothing when AWS decides or nothing is set.
fn text(want: &Topic, argument: &str) -> Option<String> {
    match argument {
        "content_based_deduplication" => Some(want.content_based_deduplication.to_string()),
        "fifo_throughput_scope" => want.fifo_throughput_scope.clone(),
        "display_name" => want.display_name.clone(),
        "policy" => want.policy.clone(),
        "delivery_policy" => want.delivery_policy.clone(),
        "kms_master_key_id" => want.kms_master_key_id.clone(),
        "signature_version" => want.signature_version.map(|v| v.to_string()),
        "tracing_config" => want.tracing_config.clone(),
        _ => None,
    }
}

async fn get(aws: &Aws, arn: &str) -> Result<Option<Topic>, Failure> {
    let answer = absent(aws.sns.get_topic_attributes().topic_arn(arn).send().await.map_err(failed("sns:GetTopicAttributes")))?;
    let Some(mut attributes) = answer.and_then(|a| a.attributes) else { return Ok(None) };
    let mut take = |name: &str| attributes.remove(name).filter(|t| !t.is_empty());
    let name = arn.rsplit(':').next().map(str::to_string);
    Ok(Some(Topic {
        name_prefix: name.as_deref().and_then(prefix_of),
        name,
        fifo_topic: take("FifoTopic").as_deref() == Some("true"),
        content_based_deduplication: take("ContentBasedDeduplication").as_deref() == Some("true"),
        fifo_throughput_scope: take("FifoThroughputScope"),
        display_name: take("DisplayName"),
        policy: take("Policy"),
        delivery_policy: take("DeliveryPolicy"),
        kms_master_key_id: take("KmsMasterKeyId"),
        signature_version: take("SignatureVersion").and_then(|v| v.parse().ok()),
        tracing_config: take("TracingConfig"),
        arn: Some(arn.to_string()),
        owner: take("Owner"),
    }))
}

async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags, Failure> {
    let answer = absent(aws.sns.list_tags_for_resource().resource_arn(arn).send().await.map_err(failed("sns:ListTagsForResource")))?;
    Ok(answer.and_then(|a| a.tags).unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect())
}

fn to_tags(tags: &Tags) -> Result<Vec<Tag>, Failure> {
    let tag = |(k, v): (&String, &String)| Tag::builder().key(k).value(v).build().map_err(|e| Failure::new(FailureKind::Other, e.to_string()));
    tags.iter().map(tag).collect()
}

fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let bare = text.strip_suffix(".fifo").unwrap_or(text);
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if bare.is_empty() || text.len() > LONGEST_NAME || !bare.chars().all(fits) {
        return Err(format!("must be 1 to 256 letters, digits, hyphens and underscores, not \"{text}\""));
    }
    Ok(())
}
