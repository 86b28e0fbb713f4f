//! `aws_sns_topic`.

use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::names::prefix_of;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_sns::types::Tag;
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::{TAG_ADDRESS, TAG_STACK};
use cairn_model::{Value, between, check, equality, length, one_of};
use std::collections::{BTreeSet, HashMap};

/// A topic: what is published to it goes to all who subscribe.
#[derive(Model, Clone, Debug, Default, PartialEq)]
#[resource(name = "aws_sns_topic", tags)]
pub struct Topic {
    /// Name of the topic; one that keeps order ends in `.fifo`.
    #[attr(optional, computed, force_new, key, check = name)]
    name: Option<String>,
    /// Beginning of a name that Cairn completes.
    #[attr(optional, computed, force_new, check = name)]
    name_prefix: Option<String>,
    /// Name that people read as the sender.
    #[attr(optional, check = length!(0, 100))]
    display_name: Option<String>,
    /// Who may publish and subscribe: a policy in JSON.
    #[attr(optional, computed, check = check::json, equal = equality::policy)]
    policy: Option<String>,
    /// How often and when delivery is tried again, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    delivery_policy: Option<String>,
    /// Key that encrypts messages: id, ARN or alias.
    #[attr(optional)]
    kms_master_key_id: Option<String>,
    /// Keep the order of messages, and deliver each once.
    #[attr(default = false, force_new)]
    fifo_topic: bool,
    /// Tell duplicates by the content of messages.
    #[attr(default = false)]
    content_based_deduplication: bool,
    /// What the throughput of a topic that keeps order is counted by.
    #[attr(optional, computed, check = one_of!("Topic", "MessageGroup"))]
    fifo_throughput_scope: Option<String>,
    /// How long a topic that keeps order keeps messages, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    archive_policy: Option<String>,
    /// Version of the signature on messages, 1 or 2.
    #[attr(optional, computed, check = between!(1, 2))]
    signature_version: Option<i32>,
    /// Whether traces are passed on or begun here.
    #[attr(optional, computed, check = one_of!("PassThrough", "Active"))]
    tracing_config: Option<String>,
    /// Role that logs what mobile applications failed to take.
    #[attr(optional, check = check::arn)]
    application_failure_feedback_role_arn: Option<String>,
    /// Role that logs what mobile applications took.
    #[attr(optional, check = check::arn)]
    application_success_feedback_role_arn: Option<String>,
    /// Per cent of successes that are logged for mobile applications.
    #[attr(optional, check = between!(0, 100))]
    application_success_feedback_sample_rate: Option<i32>,
    /// Role that logs what Firehose failed to take.
    #[attr(optional, check = check::arn)]
    firehose_failure_feedback_role_arn: Option<String>,
    /// Role that logs what Firehose took.
    #[attr(optional, check = check::arn)]
    firehose_success_feedback_role_arn: Option<String>,
    /// Per cent of successes that are logged for Firehose.
    #[attr(optional, check = between!(0, 100))]
    firehose_success_feedback_sample_rate: Option<i32>,
    /// Role that logs what HTTP endpoints failed to take.
    #[attr(optional, check = check::arn)]
    http_failure_feedback_role_arn: Option<String>,
    /// Role that logs what HTTP endpoints took.
    #[attr(optional, check = check::arn)]
    http_success_feedback_role_arn: Option<String>,
    /// Per cent of successes that are logged for HTTP endpoints.
    #[attr(optional, check = between!(0, 100))]
    http_success_feedback_sample_rate: Option<i32>,
    /// Role that logs what Lambda functions failed to take.
    #[attr(optional, check = check::arn)]
    lambda_failure_feedback_role_arn: Option<String>,
    /// Role that logs what Lambda functions took.
    #[attr(optional, check = check::arn)]
    lambda_success_feedback_role_arn: Option<String>,
    /// Per cent of successes that are logged for Lambda functions.
    #[attr(optional, check = between!(0, 100))]
    lambda_success_feedback_sample_rate: Option<i32>,
    /// Role that logs what queues failed to take.
    #[attr(optional, check = check::arn)]
    sqs_failure_feedback_role_arn: Option<String>,
    /// Role that logs what queues took.
    #[attr(optional, check = check::arn)]
    sqs_success_feedback_role_arn: Option<String>,
    /// Per cent of successes that are logged for queues.
    #[attr(optional, check = between!(0, 100))]
    sqs_success_feedback_sample_rate: Option<i32>,
    /// ARN of the topic.
    #[attr(computed)]
    arn: Option<String>,
    /// Since when messages are kept.
    #[attr(computed)]
    beginning_archive_time: Option<String>,
    /// Account that owns the topic.
    #[attr(computed)]
    owner: Option<String>,
}

const LONGEST_NAME: usize = 256;
const PREFIX: &str = "cairn-";
const FIFO: &str = ".fifo";

impl Resource for Topic {
    const CONSOLE: Option<&'static str> = Some("sns/v3/home?region={region}#/topic/{arn:raw}");
    const SERVICE: &'static str = "sns";
    const INDEX: Option<(&'static str, &'static str)> = Some(("sns", ""));
    const EFFECTS: Effects = Effects { serves: Some("messages to it; its subscriptions go with it"), ..Effects::NONE };
    const IAM: Iam = Iam { passes_roles_to: &["sns.amazonaws.com"], ..Iam::named("name", "name_prefix", "cairn-") };
    const CALLS: Calls = Calls {
        read: &["sns:GetTopicAttributes", "sns:ListTagsForResource"],
        create: &["sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:CreateTopic", "sns:TagResource", "sns:SetTopicAttributes"],
        update: &["sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"],
        delete: &["sns:DeleteTopic"],
        read_cost: "1 per topic, and 1 per topic whose tags the tag index does not settle: GetTopicAttributes and ListTagsForResource take one ARN",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Topic>>, Failure> {
        let mut arns = BTreeSet::new();
        if let Some(id) = scope.only() {
            arns.insert(id.to_string());
        }
        for name in wanted(scope) {
            arns.insert(aws.arn("sns", &name).await?);
        }
        // The ARN of a subscription has one part more, and is not in the index.
        arns.extend(scope.indexed::<Topic>(aws).await?.into_iter().filter(|arn| arn.split(':').count() == 6));
        let read = futures::future::try_join_all(arns.into_iter().map(|arn| async move {
            let Some(attributes) = attributes(aws, &arn).await? else { return Ok(None) };
            let settled = scope.settled_tags(aws, &arn).await?;
            let tags = match settled {
                Some(tags) => Some(tags),
                None => absent(tags_of(aws, &arn).await)?,
            };
            Ok::<_, Failure>(tags.map(|tags| Found::new(arn.clone(), value(&arn, attributes), tags)))
        }));
        Ok(read.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &Topic, making: &Making<'_>) -> Result<String, Failure> {
        let name = match &want.name {
            Some(name) => name.clone(),
            None => completed(want.fifo_topic, |max| making.generated_name(want.name_prefix.as_deref().unwrap_or(PREFIX), max)),
        };
        // CreateTopic gives the ARN of a topic that is there already, as if it had made it.
        let arn = aws.arn("sns", &name).await?;
        if attributes(aws, &arn).await?.is_some() {
            let tags = tags_of(aws, &arn).await?;
            if [TAG_STACK, TAG_ADDRESS].iter().any(|t| tags.get(*t) != making.tags.get(*t)) {
                return Err(Failure::new(FailureKind::AlreadyExists, format!("the topic {arn} exists already")));
            }
        }
        let given = settings(want).into_iter().filter_map(|(_, name, value)| Some((name, value?)));
        let (at_once, later): (Vec<_>, Vec<_>) = given.partition(|(name, _)| !name.contains("Feedback"));
        let fifo = want.fifo_topic.then(|| ("FifoTopic".to_string(), "true".to_string()));
        let made = aws
            .sns
            .create_topic()
            .name(&name)
            .set_attributes(Some(at_once.into_iter().map(|(n, v)| (n.to_string(), v)).chain(fifo).collect()))
            .set_tags(Some(to_tags(&making.tags)))
            .send()
            .await
            .map_err(failed("sns:CreateTopic"))?;
        let arn = made.topic_arn.ok_or_else(|| missing("sns:CreateTopic", "TopicArn"))?;
        for (name, value) in later {
            set(aws, &arn, name, value).await?;
        }
        Ok(arn)
    }

    async fn update(aws: &Aws, have: &Found<Topic>, want: &Topic, changing: &Changing<'_>) -> Result<(), Failure> {
        for (argument, name, value) in settings(want) {
            if changing.any(&[argument]) {
                set(aws, &have.id, name, value.unwrap_or_default()).await?;
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<Topic>, _: &Removing<'_, Topic>) -> Result<(), Failure> {
        gone(aws.sns.delete_topic().topic_arn(&have.id).send().await.map_err(failed("sns:DeleteTopic")))
    }

    async fn tag(aws: &Aws, have: &Found<Topic>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        if !remove.is_empty() {
            let call = aws.sns.untag_resource().resource_arn(&have.id).set_tag_keys(Some(remove.to_vec()));
            call.send().await.map_err(failed("sns:UntagResource"))?;
        }
        if !set.is_empty() {
            let call = aws.sns.tag_resource().resource_arn(&have.id).set_tags(Some(to_tags(set)));
            call.send().await.map_err(failed("sns:TagResource"))?;
        }
        Ok(())
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut refuse = |attribute: &str, message: &str| refusals.push(Refusal { attribute: attribute.into(), message: message.into() });
        let given = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        let fifo = config.get("fifo_topic").map_or(Some(false), |v| if v.is_null() { Some(false) } else { v.as_bool() });
        if given("name") && given("name_prefix") {
            refuse("name_prefix", "can't be set beside `name`");
        }
        if let (Some(fifo), Some(name)) = (fifo, config.get_str("name"))
            && fifo != name.ends_with(FIFO)
        {
            refuse("name", "ends in `.fifo` if, and only if, `fifo_topic` is true");
        }
        if fifo == Some(false) {
            for name in ["archive_policy", "fifo_throughput_scope"].into_iter().filter(|n| given(n)) {
                refuse(name, "is for a topic with `fifo_topic = true`");
            }
            if config.get("content_based_deduplication").and_then(Value::as_bool) == Some(true) {
                refuse("content_based_deduplication", "is for a topic with `fifo_topic = true`");
            }
        }
        if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
    }
}

/// A made-up name with the ending that the topic needs.
fn completed(fifo: bool, generated: impl Fn(usize) -> String) -> String {
    if fifo { format!("{}{FIFO}", generated(LONGEST_NAME - FIFO.len())) } else { generated(LONGEST_NAME) }
}

/// SNS API, `CreateTopic`.
fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let bare = text.strip_suffix(FIFO).unwrap_or(text);
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if bare.is_empty() || text.len() > LONGEST_NAME || !bare.chars().all(fits) {
        return Err(format!("must be 1 to 256 letters, digits, hyphens and underscores, not \"{text}\""));
    }
    Ok(())
}

/// The names that the configuration determines.
fn wanted(scope: &Scope<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for w in scope.wanted() {
        match w.config.get_str("name") {
            Some(name) => {
                names.insert(name.to_string());
            }
            None => {
                let fifo = w.config.get("fifo_topic").and_then(Value::as_bool).unwrap_or_default();
                let prefix = w.config.get_str("name_prefix").unwrap_or(PREFIX);
                let made = |g| completed(fifo, |max| crate::names::generated(prefix, &w.stack, &w.address, g, max));
                names.extend((0..2).map(made));
            }
        }
    }
    names
}

/// What SetTopicAttributes sets: argument, attribute, value.
fn settings(t: &Topic) -> Vec<(&'static str, &'static str, Option<String>)> {
    let number = |n: Option<i32>| n.map(|n| n.to_string());
    let mut all = vec![
        ("display_name", "DisplayName", t.display_name.clone()),
        ("policy", "Policy", t.policy.clone()),
        ("delivery_policy", "DeliveryPolicy", t.delivery_policy.clone()),
        ("kms_master_key_id", "KmsMasterKeyId", t.kms_master_key_id.clone()),
        ("signature_version", "SignatureVersion", number(t.signature_version)),
        ("tracing_config", "TracingConfig", t.tracing_config.clone()),
        ("application_failure_feedback_role_arn", "ApplicationFailureFeedbackRoleArn", t.application_failure_feedback_role_arn.clone()),
        ("application_success_feedback_role_arn", "ApplicationSuccessFeedbackRoleArn", t.application_success_feedback_role_arn.clone()),
        (
            "application_success_feedback_sample_rate",
            "ApplicationSuccessFeedbackSampleRate",
            number(t.application_success_feedback_sample_rate),
        ),
        ("firehose_failure_feedback_role_arn", "FirehoseFailureFeedbackRoleArn", t.firehose_failure_feedback_role_arn.clone()),
        ("firehose_success_feedback_role_arn", "FirehoseSuccessFeedbackRoleArn", t.firehose_success_feedback_role_arn.clone()),
        ("firehose_success_feedback_sample_rate", "FirehoseSuccessFeedbackSampleRate", number(t.firehose_success_feedback_sample_rate)),
        ("http_failure_feedback_role_arn", "HTTPFailureFeedbackRoleArn", t.http_failure_feedback_role_arn.clone()),
        ("http_success_feedback_role_arn", "HTTPSuccessFeedbackRoleArn", t.http_success_feedback_role_arn.clone()),
        ("http_success_feedback_sample_rate", "HTTPSuccessFeedbackSampleRate", number(t.http_success_feedback_sample_rate)),
        ("lambda_failure_feedback_role_arn", "LambdaFailureFeedbackRoleArn", t.lambda_failure_feedback_role_arn.clone()),
        ("lambda_success_feedback_role_arn", "LambdaSuccessFeedbackRoleArn", t.lambda_success_feedback_role_arn.clone()),
        ("lambda_success_feedback_sample_rate", "LambdaSuccessFeedbackSampleRate", number(t.lambda_success_feedback_sample_rate)),
        ("sqs_failure_feedback_role_arn", "SQSFailureFeedbackRoleArn", t.sqs_failure_feedback_role_arn.clone()),
        ("sqs_success_feedback_role_arn", "SQSSuccessFeedbackRoleArn", t.sqs_success_feedback_role_arn.clone()),
        ("sqs_success_feedback_sample_rate", "SQSSuccessFeedbackSampleRate", number(t.sqs_success_feedback_sample_rate)),
    ];
    if t.fifo_topic {
        all.extend([
            ("content_based_deduplication", "ContentBasedDeduplication", Some(t.content_based_deduplication.to_string())),
            ("fifo_throughput_scope", "FifoThroughputScope", t.fifo_throughput_scope.clone()),
            ("archive_policy", "ArchivePolicy", t.archive_policy.clone()),
        ]);
    }
    all
}

fn value(arn: &str, mut attributes: HashMap<String, String>) -> Topic {
    let name = arn.rsplit(':').next().unwrap_or_default().to_string();
    let mut text = |name: &str| attributes.remove(name).filter(|v| !v.is_empty());
    let truth = |v: Option<String>| v.as_deref() == Some("true");
    let number = |v: Option<String>| v.and_then(|v| v.parse().ok());
    Topic {
        name_prefix: prefix_of(name.strip_suffix(FIFO).unwrap_or(&name)),
        name: Some(name),
        display_name: text("DisplayName"),
        policy: text("Policy"),
        delivery_policy: text("DeliveryPolicy"),
        kms_master_key_id: text("KmsMasterKeyId"),
        fifo_topic: truth(text("FifoTopic")),
        content_based_deduplication: truth(text("ContentBasedDeduplication")),
        fifo_throughput_scope: text("FifoThroughputScope"),
        archive_policy: text("ArchivePolicy").filter(|p| p != "{}"),
        signature_version: number(text("SignatureVersion")),
        tracing_config: text("TracingConfig"),
        application_failure_feedback_role_arn: text("ApplicationFailureFeedbackRoleArn"),
        application_success_feedback_role_arn: text("ApplicationSuccessFeedbackRoleArn"),
        application_success_feedback_sample_rate: number(text("ApplicationSuccessFeedbackSampleRate")),
        firehose_failure_feedback_role_arn: text("FirehoseFailureFeedbackRoleArn"),
        firehose_success_feedback_role_arn: text("FirehoseSuccessFeedbackRoleArn"),
        firehose_success_feedback_sample_rate: number(text("FirehoseSuccessFeedbackSampleRate")),
        http_failure_feedback_role_arn: text("HTTPFailureFeedbackRoleArn"),
        http_success_feedback_role_arn: text("HTTPSuccessFeedbackRoleArn"),
        http_success_feedback_sample_rate: number(text("HTTPSuccessFeedbackSampleRate")),
        lambda_failure_feedback_role_arn: text("LambdaFailureFeedbackRoleArn"),
        lambda_success_feedback_role_arn: text("LambdaSuccessFeedbackRoleArn"),
        lambda_success_feedback_sample_rate: number(text("LambdaSuccessFeedbackSampleRate")),
        sqs_failure_feedback_role_arn: text("SQSFailureFeedbackRoleArn"),
        sqs_success_feedback_role_arn: text("SQSSuccessFeedbackRoleArn"),
        sqs_success_feedback_sample_rate: number(text("SQSSuccessFeedbackSampleRate")),
        arn: Some(arn.to_string()),
        beginning_archive_time: text("BeginningArchiveTime"),
        owner: text("Owner"),
    }
}

async fn attributes(aws: &Aws, arn: &str) -> Result<Option<HashMap<String, String>>, Failure> {
    let answer = absent(aws.sns.get_topic_attributes().topic_arn(arn).send().await.map_err(failed("sns:GetTopicAttributes")))?;
    Ok(answer.and_then(|a| a.attributes))
}

async fn set(aws: &Aws, arn: &str, name: &str, value: String) -> Result<(), Failure> {
    let call = aws.sns.set_topic_attributes().topic_arn(arn).attribute_name(name).attribute_value(value);
    call.send().await.map_err(failed("sns:SetTopicAttributes")).map(|_| ())
}

async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags, Failure> {
    let answer = aws.sns.list_tags_for_resource().resource_arn(arn).send().await.map_err(failed("sns:ListTagsForResource"))?;
    Ok(answer.tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect())
}

fn to_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_read_back() {
        let arn = "arn:aws:sns:eu-west-1:123456789012:orders.fifo";
        let wanted = Topic {
            name: Some("orders.fifo".into()),
            arn: Some(arn.into()),
            fifo_topic: true,
            content_based_deduplication: true,
            signature_version: Some(2),
            display_name: Some("Orders".into()),
            http_success_feedback_sample_rate: Some(10),
            sqs_failure_feedback_role_arn: Some("arn:aws:iam::123456789012:role/a".into()),
            ..Topic::default()
        };
        let sent = settings(&wanted).into_iter().filter_map(|(_, name, value)| Some((name.to_string(), value?)));
        let sent = sent.chain([("FifoTopic".to_string(), "true".to_string())]).collect();
        assert_eq!(value(arn, sent), wanted);
    }
}
