//! `aws_sns_topic_subscription`.

use super::topic::Topic;
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_sns::types::Subscription as SnsSubscription;
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::provider::{Parent, Refusal};
use cairn_model::{Value, check, equality, one_of};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Somebody that a topic's messages go to.
///
/// Until the other side has confirmed, which for mail is a human, AWS tells no ARN, and the
/// subscription can neither be changed nor removed; AWS drops it after two days.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_sns_topic_subscription", unsupported = "replay_policy")]
pub struct Subscription {
    /// ARN of the topic.
    #[attr(required, force_new, key, check = check::arn)]
    topic_arn: String,
    /// How messages are delivered.
    #[attr(required, force_new, key, check = one_of!("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"))]
    protocol: String,
    /// Where to: an address, a number, a URL or an ARN.
    #[attr(required, force_new, key)]
    endpoint: String,
    /// Wait until an HTTP endpoint has confirmed by itself.
    #[attr(default = false, config_only)]
    endpoint_auto_confirms: bool,
    /// How long to wait for that.
    #[attr(default = 1, config_only)]
    confirmation_timeout_in_minutes: i32,
    /// How deliveries are tried again, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    delivery_policy: Option<String>,
    /// Which messages are delivered, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    filter_policy: Option<String>,
    /// Whether the filter looks at `MessageAttributes` or the `MessageBody`.
    #[attr(optional, computed, check = one_of!("MessageAttributes", "MessageBody"))]
    filter_policy_scope: Option<String>,
    /// Deliver the message alone, without SNS's envelope.
    #[attr(default = false)]
    raw_message_delivery: bool,
    /// Where messages go that can't be delivered, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    redrive_policy: Option<String>,
    /// Role that writes to a Firehose stream.
    #[attr(optional, check = check::arn)]
    subscription_role_arn: Option<String>,
    /// ARN of the subscription.
    #[attr(computed)]
    arn: Option<String>,
    /// Whether the confirmation was signed.
    #[attr(computed)]
    confirmation_was_authenticated: Option<bool>,
    /// Account that owns the subscription.
    #[attr(computed)]
    owner_id: Option<String>,
    /// Whether the other side has yet to confirm.
    #[attr(computed)]
    pending_confirmation: Option<bool>,
}

/// An argument and the subscription attribute that it is. The scope goes before the policy that is read by it.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("subscription_role_arn", "SubscriptionRoleArn"),
    ("delivery_policy", "DeliveryPolicy"),
    ("filter_policy_scope", "FilterPolicyScope"),
    ("filter_policy", "FilterPolicy"),
    ("raw_message_delivery", "RawMessageDelivery"),
    ("redrive_policy", "RedrivePolicy"),
];
/// What AWS writes for the ARN of a subscription that nobody has confirmed.
const PENDING: &str = "PendingConfirmation";

impl Resource for Subscription {
    const SERVICE: &'static str = "sns";
    const PARENTS: &'static [Parent] = &[Parent { type_name: "aws_sns_topic", attribute: "topic_arn", names: "arn", inline: None }];
    const CALLS: Calls = Calls {
        read: &["sns:ListSubscriptionsByTopic", "sns:GetSubscriptionAttributes"],
        create: &["sns:Subscribe", "sns:ListSubscriptionsByTopic"],
        update: &["sns:SetSubscriptionAttributes"],
        delete: &["sns:Unsubscribe"],
        read_cost: "1 per 100 subscriptions of each topic, and 1 per confirmed subscription: GetSubscriptionAttributes takes one ARN",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Subscription>>, Failure> {
        if let Some(id) = scope.only() {
            return Ok(one(aws, id).await?.into_iter().collect());
        }
        let mut topics: BTreeSet<String> = scope.of::<Topic>(aws).await?.iter().map(|t| t.id.clone()).collect();
        topics.extend(scope.wanted_texts("topic_arn"));
        let listed = futures::future::try_join_all(topics.iter().map(|arn| list(aws, arn))).await?;
        let read = futures::future::try_join_all(listed.into_iter().flatten().map(|s| attributes(aws, s))).await?;
        Ok(read.into_iter().flatten().map(|v| found(id_of(&v), v)).collect())
    }

    async fn create(aws: &Aws, want: &Subscription, making: &Making<'_>) -> Result<String, Failure> {
        let attributes: HashMap<String, String> = ATTRIBUTES
            .iter()
            .filter(|(argument, _)| *argument != "raw_message_delivery" || want.raw_message_delivery)
            .filter_map(|(argument, attribute)| Some((attribute.to_string(), text(want, argument)?)))
            .collect();
        let request = aws
            .sns
            .subscribe()
            .topic_arn(&want.topic_arn)
            .protocol(&want.protocol)
            .endpoint(&want.endpoint)
            .set_attributes(Some(attributes).filter(|a| !a.is_empty()))
            .return_subscription_arn(true);
        let made = once!(aws_sdk_sns, request).await.map_err(failed("sns:Subscribe"))?;
        let arn = made.subscription_arn.ok_or_else(|| missing("sns:Subscribe", "SubscriptionArn"))?;
        let limit = Duration::from_secs(u64::try_from(want.confirmation_timeout_in_minutes).unwrap_or(1) * 60);
        let must = want.endpoint_auto_confirms;
        // Listed it is at once; only an endpoint that is said to confirm by itself is waited for.
        let what = if must { format!("{} to confirm the subscription", want.endpoint) } else { format!("the subscription of {} to be listed", want.endpoint) };
        wait::until(making.run, &what, if must { limit } else { Duration::from_secs(60) }, || async {
            let listed = list(aws, &want.topic_arn).await?;
            let Some(s) = listed.into_iter().find(|s| is(s, want)) else { return Ok(Look::NotYet("not visible yet".into())) };
            let pending = !s.subscription_arn().is_some_and(|a| a.starts_with("arn:"));
            Ok(match (pending, must) {
                (true, true) => Look::NotYet(PENDING.into()),
                (true, false) => Look::Ready(pending_id(&want.topic_arn, &want.protocol, &want.endpoint)),
                (false, _) => Look::Ready(arn.clone()),
            })
        })
        .await
    }

    async fn update(aws: &Aws, have: &Found<Subscription>, want: &Subscription, changing: &Changing<'_>) -> Result<(), Failure> {
        let Some(arn) = have.value.arn.as_deref().filter(|a| a.starts_with("arn:")) else { return Ok(()) };
        for (argument, attribute) in ATTRIBUTES.iter().filter(|(argument, _)| changing.any(&[argument])) {
            // A filter is taken off by the empty filter (SetSubscriptionAttributes, `FilterPolicy`).
            let value = text(want, argument).unwrap_or_else(|| if *argument == "filter_policy" { "{}".into() } else { String::new() });
            let call = aws.sns.set_subscription_attributes().subscription_arn(arn).attribute_name(*attribute).attribute_value(value);
            call.send().await.map_err(failed("sns:SetSubscriptionAttributes"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<Subscription>, _: &Removing<'_, Subscription>) -> Result<(), Failure> {
        match have.value.arn.as_deref().filter(|a| a.starts_with("arn:")) {
            Some(arn) => gone(aws.sns.unsubscribe().subscription_arn(arn).send().await.map_err(failed("sns:Unsubscribe"))),
            None => Ok(()),
        }
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let given = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        if given("filter_policy_scope") && !given("filter_policy") {
            return Err(vec![Refusal { attribute: "filter_policy_scope".into(), message: "it says how a `filter_policy` is read, and there is none".into() }]);
        }
        if given("subscription_role_arn") != (config.get_str("protocol") == Some("firehose")) && config.get_str("protocol").is_some() {
            return Err(vec![Refusal { attribute: "subscription_role_arn".into(), message: "it is needed for, and only for, the protocol firehose".into() }]);
        }
        // What was asked for at first is in force once the other side confirms; until then nothing of it
        // can be read or changed.
        if let Some(live) = live.filter(|l| l.get("pending_confirmation").and_then(Value::as_bool) == Some(true)) {
            for (argument, _) in ATTRIBUTES {
                planned = planned.with(argument, live.get(argument).cloned().unwrap_or_else(Value::null));
            }
        }
        Ok(planned)
    }

    fn rests(&self) -> bool {
        self.pending_confirmation == Some(true)
    }
}

fn text(want: &Subscription, argument: &str) -> Option<String> {
    match argument {
        "subscription_role_arn" => want.subscription_role_arn.clone(),
        "delivery_policy" => want.delivery_policy.clone(),
        "filter_policy" => want.filter_policy.clone(),
        "filter_policy_scope" => want.filter_policy_scope.clone(),
        "raw_message_delivery" => Some(want.raw_message_delivery.to_string()),
        "redrive_policy" => want.redrive_policy.clone(),
        _ => None,
    }
}

/// Id of a subscription without an ARN.
fn pending_id(topic: &str, protocol: &str, endpoint: &str) -> String {
    format!("{PENDING},{topic},{protocol},{endpoint}")
}

fn id_of(value: &Subscription) -> String {
    match value.arn.as_deref() {
        Some(arn) if arn.starts_with("arn:") => arn.to_string(),
        _ => pending_id(&value.topic_arn, &value.protocol, &value.endpoint),
    }
}

fn found(id: String, value: Subscription) -> Found<Subscription> {
    let topic = value.topic_arn.clone();
    Found::part(id, value, Tags::new(), "aws_sns_topic", topic)
}

fn is(listed: &SnsSubscription, want: &Subscription) -> bool {
    // SNS hides most of a telephone number or a password in a URL from nobody but writes both in lower case.
    listed.protocol() == Some(&want.protocol) && listed.endpoint().is_some_and(|e| e.eq_ignore_ascii_case(&want.endpoint))
}

async fn list(aws: &Aws, topic: &str) -> Result<Vec<SnsSubscription>, Failure> {
    let mut pages = aws.sns.list_subscriptions_by_topic().topic_arn(topic).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let Some(page) = absent(page.map_err(failed("sns:ListSubscriptionsByTopic")))? else { break };
        found.extend(page.subscriptions.unwrap_or_default());
    }
    found.retain(|s| s.subscription_arn() != Some("Deleted"));
    Ok(found)
}

/// Fills in what the list leaves out.
async fn attributes(aws: &Aws, listed: SnsSubscription) -> Result<Option<Subscription>, Failure> {
    let arn = listed.subscription_arn.clone().unwrap_or_default();
    let mut value = Subscription {
        topic_arn: listed.topic_arn.unwrap_or_default(),
        protocol: listed.protocol.unwrap_or_default(),
        endpoint: listed.endpoint.unwrap_or_default(),
        endpoint_auto_confirms: false,
        confirmation_timeout_in_minutes: 1,
        delivery_policy: None,
        filter_policy: None,
        filter_policy_scope: None,
        raw_message_delivery: false,
        redrive_policy: None,
        subscription_role_arn: None,
        arn: Some(arn.clone()),
        confirmation_was_authenticated: Some(false),
        owner_id: listed.owner,
        pending_confirmation: Some(true),
    };
    if arn.starts_with("arn:") {
        let answer = absent(aws.sns.get_subscription_attributes().subscription_arn(&arn).send().await.map_err(failed("sns:GetSubscriptionAttributes")))?;
        let Some(mut attributes) = answer.and_then(|a| a.attributes) else { return Ok(None) };
        fill(&mut value, |name| attributes.remove(name).filter(|t| !t.is_empty()));
    }
    Ok(Some(value))
}

fn fill(value: &mut Subscription, mut take: impl FnMut(&str) -> Option<String>) {
    value.delivery_policy = take("DeliveryPolicy");
    value.filter_policy = take("FilterPolicy").filter(|f| f != "{}");
    value.filter_policy_scope = take("FilterPolicyScope");
    value.raw_message_delivery = take("RawMessageDelivery").as_deref() == Some("true");
    value.redrive_policy = take("RedrivePolicy");
    value.subscription_role_arn = take("SubscriptionRoleArn");
    value.confirmation_was_authenticated = Some(take("ConfirmationWasAuthenticated").as_deref() == Some("true"));
    value.pending_confirmation = Some(take("PendingConfirmation").as_deref() == Some("true"));
    value.owner_id = take("Owner").or(value.owner_id.take());
}

/// The one with an id: by its ARN, or in the list of its topic while it has none.
async fn one(aws: &Aws, id: &str) -> Result<Option<Found<Subscription>>, Failure> {
    if let Some(pending) = id.strip_prefix(PENDING).and_then(|rest| rest.strip_prefix(',')) {
        let mut parts = pending.splitn(3, ',');
        let (Some(topic), Some(protocol), Some(endpoint)) = (parts.next(), parts.next(), parts.next()) else { return Ok(None) };
        let listed = list(aws, topic).await?.into_iter().find(|s| s.protocol() == Some(protocol) && s.endpoint().is_some_and(|e| e.eq_ignore_ascii_case(endpoint)));
        let Some(listed) = listed else { return Ok(None) };
        // Confirmed meanwhile, it is still what this id stands for.
        return Ok(attributes(aws, listed).await?.map(|v| found(id.to_string(), v)));
    }
    let answer = absent(aws.sns.get_subscription_attributes().subscription_arn(id).send().await.map_err(failed("sns:GetSubscriptionAttributes")))?;
    let Some(mut given) = answer.and_then(|a| a.attributes) else { return Ok(None) };
    let listed = SnsSubscription::builder()
        .subscription_arn(id)
        .set_topic_arn(given.remove("TopicArn"))
        .set_protocol(given.remove("Protocol"))
        .set_endpoint(given.remove("Endpoint"))
        .set_owner(given.get("Owner").cloned())
        .build();
    let bare = SnsSubscription::builder().set_topic_arn(listed.topic_arn.clone()).set_protocol(listed.protocol.clone()).set_endpoint(listed.endpoint.clone());
    let Some(mut value) = attributes(aws, bare.set_owner(listed.owner).build()).await? else { return Ok(None) };
    value.arn = Some(id.to_string());
    fill(&mut value, |name| given.remove(name).filter(|t| !t.is_empty()));
    Ok(Some(found(id.to_string(), value)))
}
