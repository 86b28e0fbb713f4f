//! `aws_lb_target_group`.

use super::{Attributes, PAGE, SIDE_BY_SIDE, flag, made, name, name_prefix, tags_of, text, to_tags, whole};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::names::prefix_of;
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_elasticloadbalancingv2::types::{self, Matcher, TargetGroupAttribute};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_model::check::port;
use cairn_model::{Value, between, one_of};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;

/// How targets are asked whether they are well.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct HealthCheck {
    /// Ask at all; only a group of functions need not.
    #[attr(default = true)]
    enabled: bool,
    /// Good answers in a row that make a target healthy.
    #[attr(default = 3, check = between!(2, 10))]
    healthy_threshold: i32,
    /// Seconds between two questions.
    #[attr(default = 30, check = between!(5, 300))]
    interval: i32,
    /// Statuses of a good answer, such as `200` or `200-299`.
    #[attr(optional, computed)]
    matcher: Option<String>,
    /// Path that is asked for.
    #[attr(optional, computed, check = cairn_model::length!(1, 1024))]
    path: Option<String>,
    /// Port, or `traffic-port` for that of the target.
    #[attr(default = "traffic-port")]
    port: String,
    /// `HTTP`, `HTTPS` or `TCP`.
    #[attr(default = "HTTP", check = one_of!("HTTP", "HTTPS", "TCP"), equal = cairn_model::equality::ignore_case)]
    protocol: String,
    /// Seconds without an answer that count as a bad one.
    #[attr(optional, computed, check = between!(2, 120))]
    timeout: Option<i32>,
    /// Bad answers in a row that make a target unhealthy.
    #[attr(default = 3, check = between!(2, 10))]
    unhealthy_threshold: i32,
}

/// A client kept at one target.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Stickiness {
    /// Seconds.
    #[attr(default = 86_400, check = between!(1, 604_800))]
    cookie_duration: i64,
    /// Name of the application's cookie, for `app_cookie`.
    #[attr(optional)]
    cookie_name: Option<String>,
    /// It counts.
    #[attr(default = true)]
    enabled: bool,
    /// `lb_cookie` or `app_cookie`; `source_ip` with a network load balancer.
    #[attr(required, name = "type", check = one_of!("lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"))]
    kind: String,
}

/// When a zone is taken out of DNS.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct DnsFailover {
    /// Healthy targets that there must be, or `off`.
    #[attr(default = "1")]
    minimum_healthy_targets_count: String,
    /// Healthy targets that there must be in percent, or `off`.
    #[attr(default = "off")]
    minimum_healthy_targets_percentage: String,
}

/// When requests go to unhealthy targets too.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct UnhealthyRouting {
    /// Healthy targets that there must be.
    #[attr(default = 1)]
    minimum_healthy_targets_count: i64,
    /// Healthy targets that there must be in percent, or `off`.
    #[attr(default = "off")]
    minimum_healthy_targets_percentage: String,
}

/// How many healthy targets the group needs.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct GroupHealth {
    /// When a zone is taken out of DNS.
    #[block(computed)]
    dns_failover: Option<DnsFailover>,
    /// When requests go to unhealthy targets too.
    #[block(computed)]
    unhealthy_state_routing: Option<UnhealthyRouting>,
}

/// What happens to connections of unhealthy targets (network load balancers).
#[derive(Model, Clone, Debug, PartialEq)]
pub struct HealthState {
    /// Cut them.
    #[attr(required)]
    enable_unhealthy_connection_termination: bool,
    /// Seconds that they are let go on, where they are not cut.
    #[attr(default = 0, check = between!(0, 360_000))]
    unhealthy_draining_interval: i64,
}

/// A target group: where a load balancer sends requests, and how it knows who is well.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_lb_target_group", tags, unread = "target_failover")]
pub struct TargetGroup {
    /// Name, once in the account and region.
    #[attr(optional, computed, force_new, key, check = name)]
    name: Option<String>,
    /// Beginning of a name that is made up.
    #[attr(optional, computed, force_new, check = name_prefix)]
    name_prefix: Option<String>,
    /// Port of the targets; not for functions.
    #[attr(optional, force_new, check = port)]
    port: Option<i32>,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP` or `TCP_UDP`; not for functions.
    #[attr(optional, force_new, check = one_of!("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"))]
    protocol: Option<String>,
    /// `HTTP1`, `HTTP2` or `GRPC`.
    #[attr(optional, computed, force_new, check = one_of!("HTTP1", "HTTP2", "GRPC"))]
    protocol_version: Option<String>,
    /// What is registered: `instance`, `ip`, `lambda` or `alb`.
    #[attr(default = "instance", force_new, check = one_of!("instance", "ip", "lambda", "alb"))]
    target_type: String,
    /// VPC of the targets; not for functions.
    #[attr(optional, force_new)]
    vpc_id: Option<String>,
    /// `ipv4` or `ipv6`.
    #[attr(optional, computed, force_new, check = one_of!("ipv4", "ipv6"))]
    ip_address_type: Option<String>,
    /// Cut connections at the end of the deregistration delay (network load balancers).
    #[attr(optional, computed)]
    connection_termination: Option<bool>,
    /// Seconds that a target which is taken out may finish what it has, from 0 to 3600.
    #[attr(default = "300", check = delay)]
    deregistration_delay: String,
    /// Give functions headers with several values as lists.
    #[attr(default = false)]
    lambda_multi_value_headers_enabled: bool,
    /// How a target is chosen: `round_robin`, `least_outstanding_requests` or `weighted_random`.
    #[attr(optional, computed, check = one_of!("round_robin", "least_outstanding_requests", "weighted_random"))]
    load_balancing_algorithm_type: Option<String>,
    /// Send fewer requests to targets that behave oddly: `on` or `off`; only for `weighted_random`.
    #[attr(optional, computed, check = one_of!("on", "off"))]
    load_balancing_anomaly_mitigation: Option<String>,
    /// Send requests to every zone: `true`, `false` or `use_load_balancer_configuration`.
    #[attr(optional, computed, check = one_of!("true", "false", "use_load_balancer_configuration"))]
    load_balancing_cross_zone_enabled: Option<String>,
    /// Let targets see the client's address: `true` or `false` (network load balancers).
    #[attr(optional, computed, check = one_of!("true", "false"))]
    preserve_client_ip: Option<String>,
    /// Tell targets the client's address by the proxy protocol (network load balancers).
    #[attr(default = false)]
    proxy_protocol_v2: bool,
    /// Seconds in which a new target gets a growing share, from 30 to 900; 0 for at once.
    #[attr(default = 0, check = slow_start)]
    slow_start: i64,
    /// ARN of the target group.
    #[attr(computed)]
    arn: Option<String>,
    /// The part of the ARN that metrics know it by.
    #[attr(computed)]
    arn_suffix: Option<String>,
    /// Load balancers that send requests here.
    #[attr(computed)]
    load_balancer_arns: Option<BTreeSet<String>>,
    /// How targets are asked whether they are well.
    #[block(computed)]
    health_check: Option<HealthCheck>,
    /// A client kept at one target.
    #[block(computed)]
    stickiness: Option<Stickiness>,
    /// How many healthy targets the group needs.
    #[block(computed)]
    target_group_health: Option<GroupHealth>,
    /// What happens to connections of unhealthy targets.
    #[block(computed)]
    target_health_state: Vec<HealthState>,
}

fn delay(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    match text.parse::<u16>() {
        Ok(n) if n <= 3600 => Ok(()),
        _ => Err(format!("must be a whole number of seconds from 0 to 3600, not \"{text}\"")),
    }
}

fn slow_start(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(n) if n != 0 && !(30..=900).contains(&n) => Err(format!("must be 0, or from 30 to 900 seconds, not {n}")),
        _ => Ok(()),
    }
}

const DELAY: &str = "deregistration_delay.timeout_seconds";
const TERMINATION: &str = "deregistration_delay.connection_termination.enabled";
const MULTI_VALUE: &str = "lambda.multi_value_headers.enabled";
const ALGORITHM: &str = "load_balancing.algorithm.type";
const MITIGATION: &str = "load_balancing.algorithm.anomaly_mitigation";
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
const CLIENT_IP: &str = "preserve_client_ip.enabled";
const PROXY: &str = "proxy_protocol_v2.enabled";
const SLOW_START: &str = "slow_start.duration_seconds";
const DNS_COUNT: &str = "target_group_health.dns_failover.minimum_healthy_targets.count";
const DNS_PERCENTAGE: &str = "target_group_health.dns_failover.minimum_healthy_targets.percentage";
const ROUTING_COUNT: &str = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count";
const ROUTING_PERCENTAGE: &str = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage";
const UNHEALTHY_CUT: &str = "target_health_state.unhealthy.connection_termination.enabled";
const UNHEALTHY_DRAIN: &str = "target_health_state.unhealthy.draining_interval_seconds";

impl TargetGroup {
    /// The attributes of the arguments that `needed` names.
    fn attributes(&self, needed: impl Fn(&str) -> bool) -> Attributes {
        let mut all = Attributes::new();
        let mut put = |argument: &str, key: &str, value: Option<String>| {
            if let (true, Some(value)) = (needed(argument), value) {
                all.insert(key.to_string(), value);
            }
        };
        put("deregistration_delay", DELAY, Some(self.deregistration_delay.clone()));
        put("connection_termination", TERMINATION, self.connection_termination.map(|v| v.to_string()));
        put("lambda_multi_value_headers_enabled", MULTI_VALUE, Some(self.lambda_multi_value_headers_enabled.to_string()));
        put("load_balancing_algorithm_type", ALGORITHM, self.load_balancing_algorithm_type.clone());
        put("load_balancing_anomaly_mitigation", MITIGATION, self.load_balancing_anomaly_mitigation.clone());
        put("load_balancing_cross_zone_enabled", CROSS_ZONE, self.load_balancing_cross_zone_enabled.clone());
        put("preserve_client_ip", CLIENT_IP, self.preserve_client_ip.clone());
        put("proxy_protocol_v2", PROXY, Some(self.proxy_protocol_v2.to_string()));
        put("slow_start", SLOW_START, Some(self.slow_start.to_string()));
        if let Some(s) = &self.stickiness {
            put("stickiness", "stickiness.enabled", Some(s.enabled.to_string()));
            put("stickiness", "stickiness.type", Some(s.kind.clone()));
            let cookie = ["lb_cookie", "app_cookie"].contains(&s.kind.as_str());
            let duration = cookie.then(|| s.cookie_duration.to_string());
            put("stickiness", &format!("stickiness.{}.duration_seconds", s.kind), duration);
            put("stickiness", "stickiness.app_cookie.cookie_name", s.cookie_name.clone().filter(|_| s.kind == "app_cookie"));
        }
        let health = self.target_group_health.as_ref();
        if let Some(dns) = health.and_then(|h| h.dns_failover.as_ref()) {
            put("target_group_health", DNS_COUNT, Some(dns.minimum_healthy_targets_count.clone()));
            put("target_group_health", DNS_PERCENTAGE, Some(dns.minimum_healthy_targets_percentage.clone()));
        }
        if let Some(routing) = health.and_then(|h| h.unhealthy_state_routing.as_ref()) {
            put("target_group_health", ROUTING_COUNT, Some(routing.minimum_healthy_targets_count.to_string()));
            put("target_group_health", ROUTING_PERCENTAGE, Some(routing.minimum_healthy_targets_percentage.clone()));
        }
        if let Some(state) = self.target_health_state.first() {
            put("target_health_state", UNHEALTHY_CUT, Some(state.enable_unhealthy_connection_termination.to_string()));
            let drain = (!state.enable_unhealthy_connection_termination).then(|| state.unhealthy_draining_interval.to_string());
            put("target_health_state", UNHEALTHY_DRAIN, drain);
        }
        all
    }

    fn matcher(&self) -> Option<Matcher> {
        let codes = self.health_check.as_ref()?.matcher.clone().filter(|m| !m.is_empty())?;
        let grpc = self.protocol_version.as_deref() == Some("GRPC");
        let matcher = Matcher::builder();
        Some(if grpc { matcher.grpc_code(codes) } else { matcher.http_code(codes) }.build())
    }
}

/// What a new group has (ELB API reference, `TargetGroupAttribute`): not said again.
const NEW: &[(&str, &str)] = &[(DELAY, "300"), (MULTI_VALUE, "false"), (PROXY, "false"), (SLOW_START, "0")];

impl Resource for TargetGroup {
    const CONSOLE: Option<&'static str> = Some("ec2/home?region={region}#TargetGroup:targetGroupArn={arn:raw}");
    const SERVICE: &'static str = "elasticloadbalancing";
    const INDEX: Option<(&'static str, &'static str)> = Some(("elasticloadbalancing", "targetgroup/"));
    const EFFECTS: Effects = Effects { serves: Some("requests that are routed to it"), known_by: Some("its ARN"), ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &[
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
        ],
        create: &[
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
            "elasticloadbalancing:AddTags",
            "ec2:DescribeVpcs",
        ],
        update: &[
            "elasticloadbalancing:ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
        ],
        delete: &["elasticloadbalancing:DeleteTargetGroup"],
        read_cost: "1 per 400 target groups of the account, 1 per 20 of the stack's for tags, and 1 per target group of the stack: DescribeTargetGroupAttributes takes one",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<TargetGroup>>, Failure> {
        let chosen = match scope.only() {
            Some(arn) => {
                let call = aws.elbv2.describe_target_groups().target_group_arns(arn).send().await;
                absent(call.map_err(failed("elasticloadbalancing:DescribeTargetGroups")))?.and_then(|a| a.target_groups).unwrap_or_default()
            }
            None => {
                let names = scope.wanted_names("name", "name_prefix", "cairn-", 32);
                let indexed: BTreeSet<String> = scope.indexed::<TargetGroup>(aws).await?.into_iter().collect();
                if names.is_empty() && indexed.is_empty() {
                    return Ok(Vec::new());
                }
                let mut pages = aws.elbv2.describe_target_groups().page_size(PAGE).into_paginator().send();
                let mut chosen = Vec::new();
                while let Some(page) = pages.next().await {
                    let page = page.map_err(failed("elasticloadbalancing:DescribeTargetGroups"))?.target_groups.unwrap_or_default();
                    chosen.extend(page.into_iter().filter(|g| {
                        g.target_group_name().is_some_and(|n| names.contains(n))
                            || g.target_group_arn().is_some_and(|a| indexed.contains(a))
                    }));
                }
                chosen
            }
        };
        let arns: Vec<String> = chosen.iter().filter_map(|g| g.target_group_arn.clone()).collect();
        let mut tags = tags_of(aws, &arns).await?;
        let owned = chosen.into_iter().filter_map(|g| tags.remove(g.target_group_arn()?).map(|t| (g, t)));
        let read = stream::iter(owned.collect::<Vec<_>>()).map(|(g, tags)| one(aws, g, tags));
        let read: Vec<Option<Found<TargetGroup>>> = read.buffered(SIDE_BY_SIDE).try_collect().await?;
        Ok(read.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &TargetGroup, making: &Making<'_>) -> Result<String, Failure> {
        let name = want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("cairn-"), 32));
        let check = want.health_check.as_ref();
        let request = aws
            .elbv2
            .create_target_group()
            .name(&name)
            .target_type(want.target_type.as_str().into())
            .set_port(want.port)
            .set_protocol(want.protocol.as_deref().map(Into::into))
            .set_protocol_version(want.protocol_version.clone())
            .set_vpc_id(want.vpc_id.clone())
            .set_ip_address_type(want.ip_address_type.as_deref().map(Into::into))
            .set_health_check_enabled(check.map(|c| c.enabled))
            .set_healthy_threshold_count(check.map(|c| c.healthy_threshold))
            .set_unhealthy_threshold_count(check.map(|c| c.unhealthy_threshold))
            .set_health_check_interval_seconds(check.map(|c| c.interval))
            .set_health_check_timeout_seconds(check.and_then(|c| c.timeout))
            .set_health_check_path(check.and_then(|c| c.path.clone()))
            .set_matcher(want.matcher())
            .set_tags(Some(to_tags(&making.tags)));
        // Functions are asked by invoking them: neither port nor protocol counts.
        let request = match check.filter(|_| want.target_type != "lambda") {
            Some(c) => request.health_check_port(&c.port).health_check_protocol(c.protocol.to_uppercase().as_str().into()),
            None => request,
        };
        let answer = once!(aws_sdk_elasticloadbalancingv2, request).await.map_err(failed("elasticloadbalancing:CreateTargetGroup"))?;
        let arn = answer
            .target_groups
            .and_then(|g| g.into_iter().next())
            .and_then(|g| g.target_group_arn)
            .ok_or_else(|| missing("elasticloadbalancing:CreateTargetGroup", "TargetGroupArn"))?;
        made(aws, &arn, &making.stack).await?;
        let mut attributes = want.attributes(|_| true);
        attributes.retain(|k, v| !NEW.contains(&(k.as_str(), v.as_str())));
        set_attributes(aws, &arn, &attributes).await?;
        Ok(arn)
    }

    async fn update(aws: &Aws, have: &Found<TargetGroup>, want: &TargetGroup, changing: &Changing<'_>) -> Result<(), Failure> {
        if let (true, Some(c)) = (changing.any(&["health_check"]), &want.health_check) {
            let http = c.protocol.to_uppercase().starts_with("HTTP");
            let call = aws
                .elbv2
                .modify_target_group()
                .target_group_arn(&have.id)
                .health_check_enabled(c.enabled)
                .healthy_threshold_count(c.healthy_threshold)
                .unhealthy_threshold_count(c.unhealthy_threshold)
                .health_check_interval_seconds(c.interval)
                .set_health_check_timeout_seconds(c.timeout)
                .set_health_check_path(c.path.clone().filter(|p| http && !p.is_empty()))
                .set_matcher(want.matcher().filter(|_| http));
            let call = if want.target_type == "lambda" {
                call
            } else {
                call.health_check_port(&c.port).health_check_protocol(c.protocol.to_uppercase().as_str().into())
            };
            call.send().await.map_err(failed("elasticloadbalancing:ModifyTargetGroup"))?;
        }
        set_attributes(aws, &have.id, &want.attributes(|argument| changing.any(&[argument]))).await
    }

    async fn delete(aws: &Aws, have: &Found<TargetGroup>, _: &Removing<'_, TargetGroup>) -> Result<(), Failure> {
        gone(
            aws.elbv2
                .delete_target_group()
                .target_group_arn(&have.id)
                .send()
                .await
                .map_err(failed("elasticloadbalancing:DeleteTargetGroup")),
        )
    }

    async fn tag(aws: &Aws, have: &Found<TargetGroup>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut refuse = |attribute: &str, message: &str| refusals.push(Refusal { attribute: attribute.into(), message: message.into() });
        let kind = planned.get_str("target_type").unwrap_or("instance");
        let set = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        if config.get("target_type").is_none_or(|t| !t.is_unknown()) && live.is_none() {
            for argument in ["port", "protocol", "vpc_id"] {
                match (kind, set(argument)) {
                    ("lambda", true) => refuse(argument, "is not for a group of functions"),
                    ("lambda", false) | (_, true) => {}
                    (_, false) => refuse(argument, "is missing: every group but one of functions needs it"),
                }
            }
        }
        if kind != "lambda" && planned.get("lambda_multi_value_headers_enabled").and_then(Value::as_bool) == Some(true) {
            refuse("lambda_multi_value_headers_enabled", "is for a group of functions only");
        }
        if kind == "lambda" && set("deregistration_delay") && planned.get_str("deregistration_delay") != Some("300") {
            refuse("deregistration_delay", "is not for a group of functions");
        }
        let http = planned.get_str("protocol").is_none_or(|p| p.starts_with("HTTP"));
        if http && planned.get("proxy_protocol_v2").and_then(Value::as_bool) == Some(true) {
            refuse("proxy_protocol_v2", "is for a group of a network load balancer only");
        }
        if (!http || kind == "lambda") && planned.get("slow_start").and_then(Value::as_i64).is_some_and(|n| n != 0) {
            refuse("slow_start", "is for a group of instances or addresses behind an application load balancer only");
        }
        if planned.get("target_health_state").and_then(Value::elements).is_some_and(|e| e.len() > 1) {
            refuse("target_health_state", "may stand once");
        }
        if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
    }
}

async fn set_attributes(aws: &Aws, arn: &str, attributes: &Attributes) -> Result<(), Failure> {
    if attributes.is_empty() {
        return Ok(());
    }
    let attributes = attributes.iter().map(|(k, v)| TargetGroupAttribute::builder().key(k).value(v).build()).collect();
    let call = aws.elbv2.modify_target_group_attributes().target_group_arn(arn).set_attributes(Some(attributes));
    call.send().await.map_err(failed("elasticloadbalancing:ModifyTargetGroupAttributes")).map(|_| ())
}

async fn one(aws: &Aws, group: types::TargetGroup, tags: Tags) -> Result<Option<Found<TargetGroup>>, Failure> {
    let arn = group.target_group_arn.unwrap_or_default();
    let call = aws.elbv2.describe_target_group_attributes().target_group_arn(&arn).send().await;
    let Some(answer) = absent(call.map_err(failed("elasticloadbalancing:DescribeTargetGroupAttributes")))? else { return Ok(None) };
    let pairs = answer.attributes.unwrap_or_default();
    let a: Attributes = pairs.into_iter().map(|a| (a.key.unwrap_or_default(), a.value.unwrap_or_default())).collect();
    let health_check = HealthCheck {
        enabled: group.health_check_enabled.unwrap_or(true),
        healthy_threshold: group.healthy_threshold_count.unwrap_or(5),
        interval: group.health_check_interval_seconds.unwrap_or(30),
        matcher: group.matcher.and_then(|m| m.http_code.or(m.grpc_code)),
        path: group.health_check_path,
        port: group.health_check_port.unwrap_or_else(|| "traffic-port".into()),
        protocol: group.health_check_protocol.map_or_else(|| "HTTP".into(), |p| p.as_str().to_string()),
        timeout: group.health_check_timeout_seconds,
        unhealthy_threshold: group.unhealthy_threshold_count.unwrap_or(2),
    };
    let stickiness = text(&a, "stickiness.type").map(|kind| Stickiness {
        cookie_duration: whole(&a, &format!("stickiness.{kind}.duration_seconds"), 86_400),
        cookie_name: text(&a, "stickiness.app_cookie.cookie_name").filter(|_| kind == "app_cookie"),
        enabled: flag(&a, "stickiness.enabled", false),
        kind,
    });
    let or = |key: &str, default: &str| text(&a, key).unwrap_or_else(|| default.to_string());
    let failover = a.contains_key(DNS_COUNT).then(|| DnsFailover {
        minimum_healthy_targets_count: or(DNS_COUNT, "1"),
        minimum_healthy_targets_percentage: or(DNS_PERCENTAGE, "off"),
    });
    let routing = a.contains_key(ROUTING_COUNT).then(|| UnhealthyRouting {
        minimum_healthy_targets_count: whole(&a, ROUTING_COUNT, 1),
        minimum_healthy_targets_percentage: or(ROUTING_PERCENTAGE, "off"),
    });
    let state = a.contains_key(UNHEALTHY_CUT).then(|| HealthState {
        enable_unhealthy_connection_termination: flag(&a, UNHEALTHY_CUT, true),
        unhealthy_draining_interval: whole(&a, UNHEALTHY_DRAIN, 0),
    });
    let has_health = failover.is_some() || routing.is_some();
    let value = TargetGroup {
        name_prefix: group.target_group_name.as_deref().and_then(prefix_of),
        name: group.target_group_name,
        port: group.port,
        protocol: group.protocol.map(|p| p.as_str().to_string()),
        protocol_version: group.protocol_version,
        target_type: group.target_type.map_or_else(|| "instance".into(), |t| t.as_str().to_string()),
        vpc_id: group.vpc_id.filter(|v| !v.is_empty()),
        ip_address_type: group.ip_address_type.map(|t| t.as_str().to_string()),
        connection_termination: a.get(TERMINATION).map(|v| v == "true"),
        deregistration_delay: or(DELAY, "300"),
        lambda_multi_value_headers_enabled: flag(&a, MULTI_VALUE, false),
        load_balancing_algorithm_type: text(&a, ALGORITHM),
        load_balancing_anomaly_mitigation: text(&a, MITIGATION),
        load_balancing_cross_zone_enabled: text(&a, CROSS_ZONE),
        preserve_client_ip: text(&a, CLIENT_IP),
        proxy_protocol_v2: flag(&a, PROXY, false),
        slow_start: whole(&a, SLOW_START, 0),
        arn_suffix: arn.split_once(":targetgroup/").map(|(_, rest)| format!("targetgroup/{rest}")),
        arn: Some(arn.clone()),
        load_balancer_arns: Some(group.load_balancer_arns.unwrap_or_default().into_iter().collect()),
        health_check: Some(health_check),
        stickiness,
        target_group_health: has_health.then_some(GroupHealth { dns_failover: failover, unhealthy_state_routing: routing }),
        target_health_state: state.into_iter().collect(),
    };
    Ok(Some(Found::new(arn, value, tags)))
}
