//! `aws_lb_listener_rule`.

use super::action::{self, Action, canonical};
use super::listener::Listener;
use super::rule_place::{Places, is_taken};
use super::{PAGE, SIDE_BY_SIDE, made, tags_of, to_tags, whole_of};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_elasticloadbalancingv2::types;
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::Effects;
use cairn_engine::provider::{Parent, Refusal};
use cairn_model::check::arn;
use cairn_model::{Value, between};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;

/// Values of which one must fit.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Values {
    /// The values; `*` and `?` stand for any text and any character.
    #[attr(required)]
    values: BTreeSet<String>,
}

/// A header and values of which one must fit.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpHeader {
    /// Name of the header.
    #[attr(required, check = cairn_model::length!(1, 40))]
    http_header_name: String,
    /// The values; `*` and `?` stand for any text and any character.
    #[attr(required)]
    values: BTreeSet<String>,
}

/// An argument of the query string.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueryString {
    /// Its name; any when left out.
    #[attr(optional)]
    key: Option<String>,
    /// Its value.
    #[attr(required)]
    value: String,
}

/// What must hold of a request. One of these stands.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// The host that is asked for.
    #[block]
    host_header: Option<Values>,
    /// A header.
    #[block]
    http_header: Option<HttpHeader>,
    /// The method.
    #[block]
    http_request_method: Option<Values>,
    /// The path.
    #[block]
    path_pattern: Option<Values>,
    /// Arguments of the query string, of which one must fit.
    #[block]
    query_string: BTreeSet<QueryString>,
    /// Networks that the client may come from.
    #[block]
    source_ip: Option<Values>,
}

/// A rule of a listener: what is done with the requests that fit.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_lb_listener_rule",
    tags,
    unsupported = "condition.host_header.regex_values condition.http_header.regex_values condition.path_pattern.regex_values",
    unsupported_blocks = "action.jwt_validation transform"
)]
pub struct ListenerRule {
    /// ARN of the listener.
    #[attr(required, force_new, key, check = arn)]
    listener_arn: String,
    /// Its place among the listener's rules, lowest first; the next free one when left out.
    #[attr(optional, computed, key, check = between!(1, 50_000))]
    priority: Option<i32>,
    /// ARN of the rule.
    #[attr(computed)]
    arn: Option<String>,
    /// What is done.
    #[block(required, max = 0)]
    action: Vec<Action>,
    /// What must hold.
    #[block(required)]
    condition: BTreeSet<Condition>,
}

impl Resource for ListenerRule {
    const CONSOLE: Option<&'static str> = Some("ec2/home?region={region}#ListenerRuleDetails:ruleArn={arn:raw}");
    const SERVICE: &'static str = "elasticloadbalancing";
    const INDEX: Option<(&'static str, &'static str)> = Some(("elasticloadbalancing", "listener-rule/"));
    const PARENTS: &'static [Parent] = &[Parent { type_name: "aws_lb_listener", attribute: "listener_arn", names: "arn", inline: None }];
    const EFFECTS: Effects = Effects { serves: Some("requests that it alone matches: they fall to later rules"), ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags"],
        create: &[
            "elasticloadbalancing:CreateRule",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:SetRulePriorities",
            "elasticloadbalancing:DeleteRule",
            "elasticloadbalancing:AddTags",
        ],
        update: &[
            "elasticloadbalancing:ModifyRule",
            "elasticloadbalancing:SetRulePriorities",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DeleteRule",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
        ],
        delete: &["elasticloadbalancing:DeleteRule"],
        read_cost: "1 per listener, and 1 per 20 rules for tags: DescribeRules takes one listener",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] =
        &[("action.authenticate_oidc.client_secret", "AWS never gives the secret back")];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<ListenerRule>>, Failure> {
        if let Some(arn) = scope.only() {
            let call = aws.elbv2.describe_rules().rule_arns(arn).send().await;
            let rules = absent(call.map_err(failed("elasticloadbalancing:DescribeRules")))?.and_then(|a| a.rules).unwrap_or_default();
            let mut tags = tags_of(aws, &[arn.to_string()]).await?;
            return Ok(rules.into_iter().filter_map(|r| tags.remove(arn).and_then(|t| found(r, t))).collect());
        }
        let all = scope.of::<Listener>(aws).await?;
        let listeners: BTreeSet<String> = all.iter().map(|f| f.id.clone()).collect();
        let mut ours = super::load_balancer::owned(aws, scope).await?;
        ours.retain(|lb| !lb.is_empty());
        let ours: BTreeSet<&String> = all
            .iter()
            .filter(|f| scope.owns(&f.tags) || f.parent.as_ref().is_some_and(|(_, lb)| ours.contains(lb)))
            .map(|f| &f.id)
            .collect();
        let mut asked = listeners.clone();
        asked.extend(scope.wanted_texts("listener_arn"));
        asked.extend(scope.indexed::<ListenerRule>(aws).await?.iter().filter_map(|arn| whole_of(arn)));
        let read = stream::iter(asked.into_iter().collect::<Vec<_>>()).map(|listener| of_listener(aws, listener));
        let read: Vec<Vec<types::Rule>> = read.buffered(SIDE_BY_SIDE).try_collect().await?;
        let rules: Vec<types::Rule> = read.into_iter().flatten().filter(|r| !r.is_default.unwrap_or_default()).collect();
        let arns: Vec<String> = rules.iter().filter_map(|r| r.rule_arn.clone()).collect();
        let mut tags = tags_of(aws, &arns).await?;
        // Of somebody else's listener only what is the stack's, or in its way.
        let wanted: BTreeSet<(String, i64)> = scope
            .wanted()
            .iter()
            .filter_map(|w| Some((w.config.get_str("listener_arn")?.to_string(), w.config.get("priority")?.as_i64()?)))
            .collect();
        let found = rules.into_iter().filter_map(|r| tags.remove(r.rule_arn()?).and_then(|t| found(r, t)));
        let counts = |f: &Found<ListenerRule>| {
            let place = (f.value.listener_arn.clone(), f.value.priority.map_or(0, i64::from));
            ours.contains(&f.value.listener_arn) || scope.owns(&f.tags) || wanted.contains(&place)
        };
        Ok(found.filter(counts).collect())
    }

    async fn create(aws: &Aws, want: &ListenerRule, making: &Making<'_>) -> Result<String, Failure> {
        let priority = match want.priority {
            Some(priority) => priority,
            None => {
                let rules = of_listener(aws, want.listener_arn.clone()).await?;
                rules.iter().filter_map(|r| r.priority()?.parse::<i32>().ok()).max().unwrap_or_default().saturating_add(1)
            }
        };
        let request = aws
            .elbv2
            .create_rule()
            .listener_arn(&want.listener_arn)
            .priority(priority)
            .set_conditions(Some(conditions(want)))
            .set_actions(Some(action::send(&want.action)))
            .set_tags(Some(to_tags(&making.tags)));
        let places = Places { aws, listener: &want.listener_arn, tags: &making.tags, others: making.others };
        let make = || async {
            let call = once!(aws_sdk_elasticloadbalancingv2, request.clone()).await;
            call.map_err(failed("elasticloadbalancing:CreateRule"))
        };
        let arn = match make().await {
            Err(failure) if is_taken(&failure) && places.free(priority).await? => make().await,
            first => first,
        }?
        .rules
        .and_then(|r| r.into_iter().next())
        .and_then(|r| r.rule_arn)
        .ok_or_else(|| missing("elasticloadbalancing:CreateRule", "RuleArn"))?;
        made(aws, &arn, &making.stack).await?;
        Ok(arn)
    }

    async fn update(aws: &Aws, have: &Found<ListenerRule>, want: &ListenerRule, changing: &Changing<'_>) -> Result<(), Failure> {
        if let (true, Some(priority)) = (changing.any(&["priority"]), want.priority) {
            let places = Places { aws, listener: &have.value.listener_arn, tags: &have.tags, others: changing.others };
            places.take(&have.id, priority).await?;
        }
        if changing.any(&["action", "condition"]) {
            let call = aws
                .elbv2
                .modify_rule()
                .rule_arn(&have.id)
                .set_conditions(changing.any(&["condition"]).then(|| conditions(want)))
                .set_actions(changing.any(&["action"]).then(|| action::send(&want.action)));
            call.send().await.map_err(failed("elasticloadbalancing:ModifyRule"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<ListenerRule>, _: &Removing<'_, ListenerRule>) -> Result<(), Failure> {
        gone(aws.elbv2.delete_rule().rule_arn(&have.id).send().await.map_err(failed("elasticloadbalancing:DeleteRule")))
    }

    async fn tag(aws: &Aws, have: &Found<ListenerRule>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(_: Option<&Value>, _: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let planned = canonical(planned, "action");
        for condition in planned.get("condition").and_then(Value::elements).unwrap_or(&[]) {
            let stands = |name: &&str| condition.get(name).and_then(Value::elements).is_none_or(|e| !e.is_empty());
            let kinds = ["host_header", "http_header", "http_request_method", "path_pattern", "query_string", "source_ip"];
            let count = kinds.iter().filter(|k| stands(k)).count();
            if count != 1 && condition.is_wholly_known() {
                let message = format!("needs exactly one kind of condition in each block, and one block has {count}");
                return Err(vec![Refusal { attribute: "condition".into(), message }]);
            }
        }
        Ok(planned)
    }
}

pub(super) async fn of_listener(aws: &Aws, listener: String) -> Result<Vec<types::Rule>, Failure> {
    let mut rules = Vec::new();
    let mut marker = None;
    loop {
        let call = aws.elbv2.describe_rules().listener_arn(&listener).page_size(PAGE).set_marker(marker).send().await;
        let Some(page) = absent(call.map_err(failed("elasticloadbalancing:DescribeRules")))? else { return Ok(rules) };
        rules.extend(page.rules.unwrap_or_default());
        marker = page.next_marker.filter(|m| !m.is_empty());
        if marker.is_none() {
            return Ok(rules);
        }
    }
}

fn conditions(want: &ListenerRule) -> Vec<types::RuleCondition> {
    let list = |v: &BTreeSet<String>| Some(v.iter().cloned().collect::<Vec<_>>());
    let one = |c: &Condition| {
        let condition = types::RuleCondition::builder();
        if let Some(v) = &c.host_header {
            let config = types::HostHeaderConditionConfig::builder().set_values(list(&v.values)).build();
            condition.field("host-header").host_header_config(config)
        } else if let Some(v) = &c.http_header {
            let config =
                types::HttpHeaderConditionConfig::builder().http_header_name(&v.http_header_name).set_values(list(&v.values)).build();
            condition.field("http-header").http_header_config(config)
        } else if let Some(v) = &c.http_request_method {
            let config = types::HttpRequestMethodConditionConfig::builder().set_values(list(&v.values)).build();
            condition.field("http-request-method").http_request_method_config(config)
        } else if let Some(v) = &c.path_pattern {
            let config = types::PathPatternConditionConfig::builder().set_values(list(&v.values)).build();
            condition.field("path-pattern").path_pattern_config(config)
        } else if let Some(v) = &c.source_ip {
            let config = types::SourceIpConditionConfig::builder().set_values(list(&v.values)).build();
            condition.field("source-ip").source_ip_config(config)
        } else {
            let pair = |q: &QueryString| types::QueryStringKeyValuePair::builder().set_key(q.key.clone()).value(&q.value).build();
            let config = types::QueryStringConditionConfig::builder().set_values(Some(c.query_string.iter().map(pair).collect())).build();
            condition.field("query-string").query_string_config(config)
        }
        .build()
    };
    want.condition.iter().map(one).collect()
}

fn condition(c: types::RuleCondition) -> Condition {
    let field = c.field.unwrap_or_default();
    let plain = c.values.unwrap_or_default();
    // An old form of some conditions has only plain values.
    let values = |name: &str, values: Option<Vec<String>>| {
        let values = values.unwrap_or_else(|| plain.clone());
        (field == name).then(|| Values { values: values.into_iter().collect() })
    };
    let pairs = c.query_string_config.and_then(|q| q.values).unwrap_or_default();
    Condition {
        host_header: values("host-header", c.host_header_config.and_then(|c| c.values)),
        http_header: c.http_header_config.map(|h| HttpHeader {
            http_header_name: h.http_header_name.unwrap_or_default(),
            values: h.values.unwrap_or_default().into_iter().collect(),
        }),
        http_request_method: values("http-request-method", c.http_request_method_config.and_then(|c| c.values)),
        path_pattern: values("path-pattern", c.path_pattern_config.and_then(|c| c.values)),
        query_string: pairs
            .into_iter()
            .map(|p| QueryString { key: p.key.filter(|k| !k.is_empty()), value: p.value.unwrap_or_default() })
            .collect(),
        source_ip: values("source-ip", c.source_ip_config.and_then(|c| c.values)),
    }
}

pub(super) fn found(r: types::Rule, tags: Tags) -> Option<Found<ListenerRule>> {
    let arn = r.rule_arn?;
    let listener = whole_of(&arn)?;
    let value = ListenerRule {
        listener_arn: listener.clone(),
        priority: r.priority.and_then(|p| p.parse().ok()),
        arn: Some(arn.clone()),
        action: action::take(r.actions),
        condition: r.conditions.unwrap_or_default().into_iter().map(condition).collect(),
    };
    Some(Found::part(arn, value, tags, "aws_lb_listener", listener))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_come_back_as_they_were_sent() {
        let none = || Condition {
            host_header: None,
            http_header: None,
            http_request_method: None,
            path_pattern: None,
            query_string: BTreeSet::new(),
            source_ip: None,
        };
        let values = |v: &str| Some(Values { values: [v.to_string()].into() });
        let sent: BTreeSet<Condition> = [
            Condition { host_header: values("a.example.org"), ..none() },
            Condition { http_header: Some(HttpHeader { http_header_name: "X-A".into(), values: ["1".to_string()].into() }), ..none() },
            Condition { http_request_method: values("GET"), ..none() },
            Condition { path_pattern: values("/a*"), ..none() },
            Condition { query_string: [QueryString { key: None, value: "x".into() }].into(), ..none() },
            Condition { source_ip: values("10.0.0.0/8"), ..none() },
        ]
        .into();
        let rule = ListenerRule { listener_arn: String::new(), priority: None, arn: None, action: Vec::new(), condition: sent.clone() };
        assert_eq!(conditions(&rule).into_iter().map(condition).collect::<BTreeSet<_>>(), sent);
    }
}
