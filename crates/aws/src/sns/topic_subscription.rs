//! `aws_sns_topic_subscription`.

use super::topic::Topic;
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_sns::types::Subscription as SnsSubscription;
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::Effects;
use cairn_engine::provider::{Parent, Refusal};
use cairn_model::{Value, check, equality, one_of};
use std::collections::HashMap;
use std::time::Duration;

/// Who gets what is published to a topic. An address that a person has to confirm (`email`) stays pending until they
/// do: Cairn does not wait for people. SNS tells no ARN of a pending one, so its id is `topic|protocol|endpoint` until
/// it is confirmed, and no setting of it can be read; SNS forgets it by itself when nobody confirms.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_sns_topic_subscription")]
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
    /// The endpoint confirms by itself: wait until it has.
    #[attr(default = false, config_only)]
    endpoint_auto_confirms: bool,
    /// Minutes to wait for an endpoint that confirms by itself.
    #[attr(default = 1, config_only)]
    confirmation_timeout_in_minutes: i32,
    /// How often and when delivery is tried again, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    delivery_policy: Option<String>,
    /// Which messages are delivered, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    filter_policy: Option<String>,
    /// Whether the filter looks at attributes or at the body of messages.
    #[attr(optional, computed, check = one_of!("MessageAttributes", "MessageBody"))]
    filter_policy_scope: Option<String>,
    /// Deliver messages as they are, without JSON around them.
    #[attr(default = false)]
    raw_message_delivery: bool,
    /// Queue that takes what could not be delivered, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    redrive_policy: Option<String>,
    /// From when on kept messages are delivered again, in JSON.
    #[attr(optional, check = check::json, equal = equality::json)]
    replay_policy: Option<String>,
    /// Role that may put records into Firehose.
    #[attr(optional, check = check::arn)]
    subscription_role_arn: Option<String>,
    /// ARN of the subscription; nothing while it is pending.
    #[attr(computed)]
    arn: Option<String>,
    /// Account that owns the subscription.
    #[attr(computed)]
    owner_id: Option<String>,
    /// Nobody has confirmed it yet.
    #[attr(computed)]
    pending_confirmation: Option<bool>,
    /// Unsubscribing needs credentials.
    #[attr(computed)]
    confirmation_was_authenticated: Option<bool>,
}

impl Resource for Subscription {
    const CONSOLE: Option<&'static str> = Some("sns/v3/home?region={region}#/subscription/{arn:raw}");
    const SERVICE: &'static str = "sns";
    const PARENTS: &'static [Parent] = &[Parent { type_name: "aws_sns_topic", attribute: "topic_arn", names: "arn", inline: None }];
    const EFFECTS: Effects = Effects { serves: Some("deliveries to its endpoint; an e-mail address must confirm again"), ..Effects::NONE };
    const IAM: Iam = Iam { passes_roles_to: &["sns.amazonaws.com"], ..Iam::NONE };
    const CALLS: Calls = Calls {
        read: &["sns:ListSubscriptionsByTopic", "sns:GetSubscriptionAttributes"],
        create: &["sns:Subscribe", "sns:ListSubscriptionsByTopic"],
        update: &["sns:SetSubscriptionAttributes"],
        delete: &["sns:Unsubscribe"],
        read_cost: "1 per topic and 100 subscriptions: ListSubscriptionsByTopic takes one topic; and 1 per confirmed subscription: GetSubscriptionAttributes takes one ARN",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("endpoint_auto_confirms", "it steers how Cairn works; AWS keeps nothing of it"),
        ("confirmation_timeout_in_minutes", "it steers how Cairn works; AWS keeps nothing of it"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Subscription>>, Failure> {
        let listed = match scope.only().map(|id| (id, id.split('|').collect::<Vec<_>>())) {
            None => {
                let topics = scope.of::<Topic>(aws).await?;
                let lists = futures::future::try_join_all(topics.iter().map(|t| list(aws, &t.id))).await?;
                lists.into_iter().flatten().collect()
            }
            Some((_, parts)) if parts.len() == 3 => {
                let fits = |s: &SnsSubscription| [s.topic_arn(), s.protocol(), s.endpoint()].into_iter().eq(parts.iter().map(|p| Some(*p)));
                list(aws, parts.first().copied().unwrap_or_default()).await?.into_iter().filter(fits).collect()
            }
            Some((id, _)) => vec![SnsSubscription::builder().subscription_arn(id).build()],
        };
        let read = futures::future::try_join_all(listed.into_iter().map(|s| found(aws, s)));
        Ok(read.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &Subscription, making: &Making<'_>) -> Result<String, Failure> {
        let attributes: HashMap<String, String> =
            settings(want).into_iter().filter_map(|(_, name, value)| Some((name.to_string(), value?))).collect();
        let call = aws.sns.subscribe().topic_arn(&want.topic_arn).protocol(&want.protocol).endpoint(&want.endpoint);
        // The same subscription again is the same subscription (SNS API, `Subscribe`): safe to repeat.
        let made = call.set_attributes(Some(attributes)).send().await.map_err(failed("sns:Subscribe"))?;
        if let Some(arn) = made.subscription_arn.filter(|a| a.starts_with("arn:")) {
            return Ok(arn);
        }
        let limit = Duration::from_secs(u64::try_from(want.confirmation_timeout_in_minutes).unwrap_or(1) * 60);
        wait::until(
            making.run,
            &format!("the subscription of {} to be listed", want.endpoint),
            limit.max(Duration::from_secs(60)),
            || async {
                let listed = list(aws, &want.topic_arn).await?;
                let own = listed
                    .into_iter()
                    .find(|s| s.protocol() == Some(&want.protocol) && s.endpoint().is_some_and(|e| e.eq_ignore_ascii_case(&want.endpoint)));
                Ok(match own {
                    None => Look::NotYet("not visible yet".into()),
                    Some(s) if want.endpoint_auto_confirms && !confirmed(&s) => Look::NotYet("pending".into()),
                    Some(s) => Look::Ready(id(&s)),
                })
            },
        )
        .await
    }

    async fn update(aws: &Aws, have: &Found<Subscription>, want: &Subscription, changing: &Changing<'_>) -> Result<(), Failure> {
        for (argument, name, value) in settings(want) {
            if !changing.any(&[argument]) {
                continue;
            }
            let call = aws.sns.set_subscription_attributes().subscription_arn(&have.id).attribute_name(name);
            // An empty filter is `{}`, and SNS takes no empty text for these two policies.
            let empty = match name {
                "FilterPolicy" => Some("{}".to_string()),
                "RedrivePolicy" | "ReplayPolicy" => None,
                _ => Some(String::new()),
            };
            let call = call.set_attribute_value(value.or(empty));
            call.send().await.map_err(failed("sns:SetSubscriptionAttributes"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<Subscription>, _: &Removing<'_, Subscription>) -> Result<(), Failure> {
        // Nobody can unsubscribe what is pending: it goes with its topic, or by itself (SNS API, `Unsubscribe`).
        if !have.id.starts_with("arn:") || have.id.contains('|') {
            return Ok(());
        }
        gone(aws.sns.unsubscribe().subscription_arn(&have.id).send().await.map_err(failed("sns:Unsubscribe")))
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let given = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        let refuse = |attribute: &str, message: &str| Err(vec![Refusal { attribute: attribute.into(), message: message.into() }]);
        if given("filter_policy_scope") && !given("filter_policy") {
            return refuse("filter_policy_scope", "says how a `filter_policy` is read, and there is none");
        }
        if config.get_str("protocol").is_some_and(|p| given("subscription_role_arn") != (p == "firehose")) {
            return refuse("subscription_role_arn", "is needed for, and only for, the protocol firehose");
        }
        let Some(live) = live else { return Ok(planned) };
        let pending = live.get("pending_confirmation").and_then(Value::as_bool) == Some(true);
        if pending && live.get("arn").is_none_or(Value::is_null) {
            // What a pending subscription was made with nobody can read or change.
            for name in [
                "delivery_policy",
                "filter_policy",
                "filter_policy_scope",
                "raw_message_delivery",
                "redrive_policy",
                "replay_policy",
                "subscription_role_arn",
            ] {
                planned = planned.with(name, live.get(name).cloned().unwrap_or_else(Value::null));
            }
        }
        Ok(planned)
    }

    fn rests(&self) -> bool {
        self.pending_confirmation == Some(true) && self.arn.is_none()
    }
}

/// What SetSubscriptionAttributes sets: argument, attribute, value. The filter's scope goes first: it decides how
/// the filter is read.
fn settings(s: &Subscription) -> Vec<(&'static str, &'static str, Option<String>)> {
    // Other protocols know no raw messages and refuse the very word.
    let raw = s.raw_message_delivery || ["firehose", "http", "https", "sqs"].contains(&s.protocol.as_str());
    vec![
        ("filter_policy_scope", "FilterPolicyScope", s.filter_policy_scope.clone()),
        ("filter_policy", "FilterPolicy", s.filter_policy.clone()),
        ("delivery_policy", "DeliveryPolicy", s.delivery_policy.clone()),
        ("raw_message_delivery", "RawMessageDelivery", raw.then(|| s.raw_message_delivery.to_string())),
        ("redrive_policy", "RedrivePolicy", s.redrive_policy.clone()),
        ("replay_policy", "ReplayPolicy", s.replay_policy.clone()),
        ("subscription_role_arn", "SubscriptionRoleArn", s.subscription_role_arn.clone()),
    ]
}

fn confirmed(s: &SnsSubscription) -> bool {
    s.subscription_arn().is_some_and(|a| a.starts_with("arn:"))
}

fn id(s: &SnsSubscription) -> String {
    match s.subscription_arn() {
        Some(arn) if confirmed(s) => arn.to_string(),
        _ => [s.topic_arn(), s.protocol(), s.endpoint()].map(Option::unwrap_or_default).join("|"),
    }
}

async fn list(aws: &Aws, topic: &str) -> Result<Vec<SnsSubscription>, Failure> {
    let mut pages = aws.sns.list_subscriptions_by_topic().topic_arn(topic).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let Some(page) = absent(page.map_err(failed("sns:ListSubscriptionsByTopic")))? else { break };
        // A subscription that was taken back stays listed for a while, as `Deleted`.
        all.extend(page.subscriptions.unwrap_or_default().into_iter().filter(|s| s.subscription_arn() != Some("Deleted")));
    }
    Ok(all)
}

async fn found(aws: &Aws, s: SnsSubscription) -> Result<Option<Found<Subscription>>, Failure> {
    let mut attributes = HashMap::new();
    if confirmed(&s) {
        let call = aws.sns.get_subscription_attributes().set_subscription_arn(s.subscription_arn.clone());
        let answer = absent(call.send().await.map_err(failed("sns:GetSubscriptionAttributes")))?;
        let Some(known) = answer.and_then(|a| a.attributes) else { return Ok(None) };
        attributes = known;
    }
    let mut text = |name: &str| attributes.remove(name).filter(|v| !v.is_empty());
    let truth = |v: Option<String>| v.as_deref() == Some("true");
    let value = Subscription {
        topic_arn: s.topic_arn.clone().or_else(|| text("TopicArn")).unwrap_or_default(),
        protocol: s.protocol.clone().or_else(|| text("Protocol")).unwrap_or_default(),
        endpoint: s.endpoint.clone().or_else(|| text("Endpoint")).unwrap_or_default(),
        endpoint_auto_confirms: false,
        confirmation_timeout_in_minutes: 1,
        delivery_policy: text("DeliveryPolicy"),
        filter_policy: text("FilterPolicy").filter(|p| p != "{}"),
        filter_policy_scope: text("FilterPolicyScope"),
        raw_message_delivery: truth(text("RawMessageDelivery")),
        redrive_policy: text("RedrivePolicy"),
        replay_policy: text("ReplayPolicy"),
        subscription_role_arn: text("SubscriptionRoleArn"),
        arn: s.subscription_arn.clone().filter(|_| confirmed(&s)),
        owner_id: s.owner.clone().or_else(|| text("Owner")),
        pending_confirmation: Some(!confirmed(&s) || truth(text("PendingConfirmation"))),
        confirmation_was_authenticated: Some(truth(text("ConfirmationWasAuthenticated"))),
    };
    let topic = value.topic_arn.clone();
    Ok(Some(Found::part(id(&s), value, Tags::new(), "aws_sns_topic", topic)))
}
