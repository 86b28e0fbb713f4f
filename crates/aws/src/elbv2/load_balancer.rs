//! `aws_lb`.

use super::{Attributes, PAGE, SIDE_BY_SIDE, flag, made, name, name_prefix, suffix, tags_of, text, to_tags, whole};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::names::prefix_of;
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_elasticloadbalancingv2::types::{
    self, LoadBalancerAttribute, LoadBalancerSchemeEnum, LoadBalancerStateEnum, LoadBalancerTypeEnum,
};
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::{Value, between, one_of};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;
use std::time::Duration;

/// A bucket that logs are written to. A block with `enabled = false` is the same as none.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Logs {
    /// Name of the bucket; its policy must let the load balancer write.
    #[attr(required)]
    bucket: String,
    /// Write them.
    #[attr(default = false)]
    enabled: bool,
    /// Folder inside the bucket.
    #[attr(optional)]
    prefix: Option<String>,
}

/// A subnet with an address of its own for a network load balancer.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubnetMapping {
    /// Elastic IP for an internet-facing load balancer.
    #[attr(optional, force_new)]
    allocation_id: Option<String>,
    /// IPv6 address.
    #[attr(optional, force_new)]
    ipv6_address: Option<String>,
    /// Private address for an internal load balancer.
    #[attr(optional, force_new)]
    private_ipv4_address: Option<String>,
    /// The subnet.
    #[attr(required)]
    subnet_id: String,
}

/// A load balancer: application (HTTP) or network (TCP, UDP, TLS).
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_lb",
    tags,
    timeouts = "create update delete",
    unsupported = "customer_owned_ipv4_pool",
    unsupported_blocks = "health_check_logs ipam_pools",
    unread = "subnet_mapping.outpost_id minimum_load_balancer_capacity"
)]
pub struct LoadBalancer {
    /// Name, once in the account and region.
    #[attr(optional, computed, force_new, key, check = name)]
    name: Option<String>,
    /// Beginning of a name that is made up.
    #[attr(optional, computed, force_new, check = name_prefix)]
    name_prefix: Option<String>,
    /// `application` or `network`.
    #[attr(default = "application", force_new, check = one_of!("application", "network"))]
    load_balancer_type: String,
    /// Reachable from inside the VPC only.
    #[attr(optional, computed, force_new)]
    internal: Option<bool>,
    /// `ipv4`, `dualstack` or `dualstack-without-public-ipv4`.
    #[attr(optional, computed, check = one_of!("ipv4", "dualstack", "dualstack-without-public-ipv4"))]
    ip_address_type: Option<String>,
    /// Security groups.
    #[attr(optional, computed)]
    security_groups: Option<BTreeSet<String>>,
    /// Subnets, one per availability zone.
    #[attr(optional, computed)]
    subnets: Option<BTreeSet<String>>,
    /// Seconds that a client's idle connection is kept.
    #[attr(default = 3600, check = between!(60, 604_800))]
    client_keep_alive: i64,
    /// What is done with requests that may smuggle others: `monitor`, `defensive` or `strictest`.
    #[attr(default = "defensive", check = one_of!("monitor", "defensive", "strictest"))]
    desync_mitigation_mode: String,
    /// How clients are spread over zones (network load balancers).
    #[attr(default = "any_availability_zone", check = one_of!("any_availability_zone", "availability_zone_affinity", "partial_availability_zone_affinity"))]
    dns_record_client_routing_policy: Option<String>,
    /// Drop headers whose names are invalid.
    #[attr(default = false)]
    drop_invalid_header_fields: bool,
    /// Send requests to targets in every zone. Always so for an application load balancer.
    #[attr(default = false)]
    enable_cross_zone_load_balancing: bool,
    /// Refuse to delete it.
    #[attr(default = false)]
    enable_deletion_protection: bool,
    /// Speak HTTP/2.
    #[attr(default = true)]
    enable_http2: bool,
    /// Tell targets the TLS version and cipher in headers.
    #[attr(default = false)]
    enable_tls_version_and_cipher_suite_headers: bool,
    /// Let requests through when the web application firewall does not answer.
    #[attr(default = false)]
    enable_waf_fail_open: bool,
    /// Keep the client's port in `X-Forwarded-For`.
    #[attr(default = false)]
    enable_xff_client_port: bool,
    /// Take part in zonal shifts.
    #[attr(default = false)]
    enable_zonal_shift: bool,
    /// Apply the groups' inbound rules to traffic from PrivateLink: `on` or `off` (network load balancers).
    #[attr(optional, computed, check = one_of!("on", "off"))]
    enforce_security_group_inbound_rules_on_private_link_traffic: Option<String>,
    /// Seconds that an idle connection is kept.
    #[attr(default = 60, check = between!(1, 4000))]
    idle_timeout: i64,
    /// Give targets the `Host` header unchanged.
    #[attr(default = false)]
    preserve_host_header: bool,
    /// What is done with `X-Forwarded-For`: `append`, `preserve` or `remove`.
    #[attr(default = "append", check = one_of!("append", "preserve", "remove"))]
    xff_header_processing_mode: String,
    /// ARN of the load balancer.
    #[attr(computed)]
    pub arn: Option<String>,
    /// The part of the ARN that metrics know it by.
    #[attr(computed)]
    arn_suffix: Option<String>,
    /// Its host name.
    #[attr(computed)]
    dns_name: Option<String>,
    /// VPC of its subnets.
    #[attr(computed)]
    vpc_id: Option<String>,
    /// Hosted zone of its host name, for alias records.
    #[attr(computed)]
    zone_id: Option<String>,
    /// Log of requests.
    #[block]
    access_logs: Option<Logs>,
    /// Log of connections.
    #[block]
    connection_logs: Option<Logs>,
    /// Subnets with addresses of their own.
    #[block(computed)]
    subnet_mapping: BTreeSet<SubnetMapping>,
}

/// Which kinds of load balancer have an attribute (ELB API reference, `LoadBalancerAttribute`).
#[derive(Clone, Copy, PartialEq)]
enum For {
    Any,
    Application,
    Network,
}

impl For {
    fn fits(self, kind: &str) -> bool {
        match self {
            For::Any => true,
            For::Application => kind == "application",
            For::Network => kind == "network",
        }
    }
}

/// Arguments that are attributes in AWS: key there, and whose they are. Their defaults are AWS's own.
const ATTRIBUTES: &[(&str, &str, For)] = &[
    ("client_keep_alive", "client_keep_alive.seconds", For::Application),
    ("desync_mitigation_mode", "routing.http.desync_mitigation_mode", For::Application),
    ("dns_record_client_routing_policy", "dns_record.client_routing_policy", For::Network),
    ("drop_invalid_header_fields", "routing.http.drop_invalid_header_fields.enabled", For::Application),
    ("enable_cross_zone_load_balancing", "load_balancing.cross_zone.enabled", For::Network),
    ("enable_deletion_protection", "deletion_protection.enabled", For::Any),
    ("enable_http2", "routing.http2.enabled", For::Application),
    ("enable_tls_version_and_cipher_suite_headers", "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", For::Application),
    ("enable_waf_fail_open", "waf.fail_open.enabled", For::Application),
    ("enable_xff_client_port", "routing.http.xff_client_port.enabled", For::Application),
    ("enable_zonal_shift", "zonal_shift.config.enabled", For::Any),
    ("idle_timeout", "idle_timeout.timeout_seconds", For::Application),
    ("preserve_host_header", "routing.http.preserve_host_header.enabled", For::Application),
    ("xff_header_processing_mode", "routing.http.xff_header_processing.mode", For::Application),
];

impl LoadBalancer {
    fn attribute(&self, argument: &str) -> Option<String> {
        Some(match argument {
            "client_keep_alive" => self.client_keep_alive.to_string(),
            "desync_mitigation_mode" => self.desync_mitigation_mode.clone(),
            "dns_record_client_routing_policy" => self.dns_record_client_routing_policy.clone()?,
            "drop_invalid_header_fields" => self.drop_invalid_header_fields.to_string(),
            "enable_cross_zone_load_balancing" => self.enable_cross_zone_load_balancing.to_string(),
            "enable_deletion_protection" => self.enable_deletion_protection.to_string(),
            "enable_http2" => self.enable_http2.to_string(),
            "enable_tls_version_and_cipher_suite_headers" => self.enable_tls_version_and_cipher_suite_headers.to_string(),
            "enable_waf_fail_open" => self.enable_waf_fail_open.to_string(),
            "enable_xff_client_port" => self.enable_xff_client_port.to_string(),
            "enable_zonal_shift" => self.enable_zonal_shift.to_string(),
            "idle_timeout" => self.idle_timeout.to_string(),
            "preserve_host_header" => self.preserve_host_header.to_string(),
            "xff_header_processing_mode" => self.xff_header_processing_mode.clone(),
            _ => return None,
        })
    }

    /// The attributes of the arguments that `needed` names.
    fn attributes(&self, needed: impl Fn(&str) -> bool) -> Attributes {
        let fits = ATTRIBUTES.iter().filter(|(argument, _, whose)| whose.fits(&self.load_balancer_type) && needed(argument));
        let mut all: Attributes = fits.filter_map(|(argument, key, _)| Some(((*key).to_string(), self.attribute(argument)?))).collect();
        for (argument, logs) in [("access_logs", &self.access_logs), ("connection_logs", &self.connection_logs)] {
            if !needed(argument) || (argument == "connection_logs" && self.load_balancer_type != "application") {
                continue;
            }
            let logs = logs.as_ref().filter(|l| l.enabled);
            all.insert(format!("{argument}.s3.enabled"), logs.is_some().to_string());
            if let Some(logs) = logs {
                all.insert(format!("{argument}.s3.bucket"), logs.bucket.clone());
                all.insert(format!("{argument}.s3.prefix"), logs.prefix.clone().unwrap_or_default());
            }
        }
        all
    }

    fn mappings(&self) -> Option<Vec<types::SubnetMapping>> {
        let addressed = |m: &&SubnetMapping| m.allocation_id.is_some() || m.ipv6_address.is_some() || m.private_ipv4_address.is_some();
        let needed = self.subnets.as_ref().is_none_or(BTreeSet::is_empty) || self.subnet_mapping.iter().any(|m| addressed(&m));
        let sdk = |m: &SubnetMapping| {
            types::SubnetMapping::builder()
                .subnet_id(&m.subnet_id)
                .set_allocation_id(m.allocation_id.clone())
                .set_ipv6_address(m.ipv6_address.clone())
                .set_private_ipv4_address(m.private_ipv4_address.clone())
                .build()
        };
        (needed && !self.subnet_mapping.is_empty()).then(|| self.subnet_mapping.iter().map(sdk).collect())
    }

    /// The subnets of a call that takes either these or mappings.
    fn plain_subnets(&self) -> Option<Vec<String>> {
        match self.mappings() {
            Some(_) => None,
            None => self.subnets.as_ref().map(|s| s.iter().cloned().collect()),
        }
    }
}

/// The prefix of the type's ARNs after the account.
const IN_ARN: &str = "loadbalancer/";

impl Resource for LoadBalancer {
    const CONSOLE: Option<&'static str> = Some("ec2/home?region={region}#LoadBalancer:loadBalancerArn={arn:raw}");
    const SERVICE: &'static str = "elasticloadbalancing";
    const PROTECTION: Option<&'static str> = Some("enable_deletion_protection");
    const INDEX: Option<(&'static str, &'static str)> = Some(("elasticloadbalancing", IN_ARN));
    const TYPICAL_CREATE_SECONDS: u64 = 160;
    const TYPICAL_UPDATE_SECONDS: u64 = 5;
    const TYPICAL_DELETE_SECONDS: u64 = 20;
    const EFFECTS: Effects = Effects {
        serves: Some("every request through it"),
        known_by: Some("its DNS name and addresses"),
        in_place: &[
            InPlace {
                arguments: &["subnets", "subnet_mapping"],
                does: Does::MayInterrupt,
                what: "connections through zones that are taken away",
                when: impact::taken_away,
                source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-subnets.html",
            },
            InPlace {
                arguments: &["security_groups"],
                does: Does::MayInterrupt,
                what: "connections that only a group allowed which is taken away",
                when: impact::taken_away,
                source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
            },
            InPlace {
                arguments: &["ip_address_type"],
                does: Does::MayInterrupt,
                what: "clients whose kind of address is no longer served",
                when: impact::always,
                source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-ip-address-type.html",
            },
        ],
        ..Effects::NONE
    };
    const IAM: Iam = Iam { service_role: Some("elasticloadbalancing.amazonaws.com"), ..Iam::NONE };
    const CALLS: Calls = Calls {
        read: &[
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
        ],
        create: &[
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "elasticloadbalancing:AddTags",
            "ec2:DescribeAccountAttributes",
            "ec2:DescribeAddresses",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVpcs",
        ],
        update: &[
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "elasticloadbalancing:SetSubnets",
            "elasticloadbalancing:SetSecurityGroups",
            "elasticloadbalancing:SetIpAddressType",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
        ],
        delete: &["elasticloadbalancing:DeleteLoadBalancer"],
        read_cost: "1 per 400 load balancers of the account, 1 per 20 of the stack's for tags, and 1 per load balancer of the stack: DescribeLoadBalancerAttributes takes one",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<LoadBalancer>>, Failure> {
        let chosen = match scope.only() {
            Some(arn) => by_arn(aws, arn).await?.into_iter().collect(),
            None => {
                let names = scope.wanted_names("name", "name_prefix", "cairn-", 32);
                let indexed: BTreeSet<String> = scope.indexed::<LoadBalancer>(aws).await?.into_iter().collect();
                if names.is_empty() && indexed.is_empty() {
                    return Ok(Vec::new());
                }
                let mut pages = aws.elbv2.describe_load_balancers().page_size(PAGE).into_paginator().send();
                let mut chosen = Vec::new();
                while let Some(page) = pages.next().await {
                    let page = page.map_err(failed("elasticloadbalancing:DescribeLoadBalancers"))?.load_balancers.unwrap_or_default();
                    chosen.extend(page.into_iter().filter(|lb| {
                        lb.load_balancer_name().is_some_and(|n| names.contains(n))
                            || lb.load_balancer_arn().is_some_and(|a| indexed.contains(a))
                    }));
                }
                chosen
            }
        };
        let arns: Vec<String> = chosen.iter().filter_map(|lb| lb.load_balancer_arn.clone()).collect();
        let mut tags = tags_of(aws, &arns).await?;
        let owned = chosen.into_iter().filter_map(|lb| tags.remove(lb.load_balancer_arn()?).map(|t| (lb, t)));
        let read = stream::iter(owned.collect::<Vec<_>>()).map(|(lb, tags)| one(aws, lb, tags));
        let read: Vec<Option<Found<LoadBalancer>>> = read.buffered(SIDE_BY_SIDE).try_collect().await?;
        Ok(read.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &LoadBalancer, making: &Making<'_>) -> Result<String, Failure> {
        let name = want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("cairn-"), 32));
        let scheme = if want.internal == Some(true) { LoadBalancerSchemeEnum::Internal } else { LoadBalancerSchemeEnum::InternetFacing };
        let request = aws
            .elbv2
            .create_load_balancer()
            .name(&name)
            .r#type(LoadBalancerTypeEnum::from(want.load_balancer_type.as_str()))
            .scheme(scheme)
            .set_subnets(want.plain_subnets())
            .set_subnet_mappings(want.mappings())
            .set_security_groups(want.security_groups.as_ref().filter(|g| !g.is_empty()).map(|g| g.iter().cloned().collect()))
            .set_ip_address_type(want.ip_address_type.as_deref().map(Into::into))
            .set_tags(Some(to_tags(&making.tags)));
        let answer = once!(aws_sdk_elasticloadbalancingv2, request).await.map_err(failed("elasticloadbalancing:CreateLoadBalancer"))?;
        let arn = answer
            .load_balancers
            .and_then(|l| l.into_iter().next())
            .and_then(|l| l.load_balancer_arn)
            .ok_or_else(|| missing("elasticloadbalancing:CreateLoadBalancer", "LoadBalancerArn"))?;
        made(aws, &arn, &making.stack).await?;
        active(aws, &arn, making.run).await?;
        // A new one has the defaults of the schema, which are AWS's; what is still missing after a crash the next plan sees.
        let ours = want.attributes(|_| true);
        let defaults = LoadBalancer::defaults(want).attributes(|_| true);
        set_attributes(aws, &arn, ours.into_iter().filter(|(k, v)| defaults.get(k) != Some(v)).collect(), making.run).await?;
        if let Some(enforce) = &want.enforce_security_group_inbound_rules_on_private_link_traffic {
            set_security_groups(aws, &arn, want, enforce).await?;
        }
        Ok(arn)
    }

    async fn update(aws: &Aws, have: &Found<LoadBalancer>, want: &LoadBalancer, changing: &Changing<'_>) -> Result<(), Failure> {
        let arn = &have.id;
        if changing.any(&["subnets", "subnet_mapping"]) {
            let call =
                aws.elbv2.set_subnets().load_balancer_arn(arn).set_subnets(want.plain_subnets()).set_subnet_mappings(want.mappings());
            call.send().await.map_err(failed("elasticloadbalancing:SetSubnets"))?;
        }
        if changing.any(&["security_groups", "enforce_security_group_inbound_rules_on_private_link_traffic"]) {
            let enforce = want.enforce_security_group_inbound_rules_on_private_link_traffic.as_deref().unwrap_or_default();
            set_security_groups(aws, arn, want, enforce).await?;
        }
        if let (true, Some(kind)) = (changing.any(&["ip_address_type"]), &want.ip_address_type) {
            let call = aws.elbv2.set_ip_address_type().load_balancer_arn(arn).ip_address_type(kind.as_str().into());
            call.send().await.map_err(failed("elasticloadbalancing:SetIpAddressType"))?;
        }
        set_attributes(aws, arn, want.attributes(|argument| changing.any(&[argument])), changing.run).await?;
        active(aws, arn, changing.run).await
    }

    async fn delete(aws: &Aws, have: &Found<LoadBalancer>, removing: &Removing<'_, LoadBalancer>) -> Result<(), Failure> {
        let name = have.value.name.as_deref().unwrap_or(&have.id);
        if have.value.enable_deletion_protection {
            // What the configuration has already given up may be switched off on the way.
            if removing.config.as_ref().is_none_or(|c| c.enable_deletion_protection) {
                return Err(Failure::new(
                    FailureKind::Invalid,
                    format!(
                        "load balancer {name} is protected from being deleted; set `enable_deletion_protection = false` and apply that first"
                    ),
                ));
            }
            set_attributes(aws, &have.id, [("deletion_protection.enabled".to_string(), "false".to_string())].into(), removing.run).await?;
        }
        gone(
            aws.elbv2
                .delete_load_balancer()
                .load_balancer_arn(&have.id)
                .send()
                .await
                .map_err(failed("elasticloadbalancing:DeleteLoadBalancer")),
        )?;
        // Its network interfaces outlive it by minutes: what they hold (groups, subnets) is tried again by whoever deletes that.
        wait::until(removing.run, &format!("load balancer {name} to be gone"), Duration::from_secs(600), || async {
            Ok(match by_arn(aws, &have.id).await? {
                None => Look::Ready(()),
                Some(_) => Look::NotYet("still there".into()),
            })
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<LoadBalancer>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut refuse = |attribute: &str, message: String| refusals.push(Refusal { attribute: attribute.into(), message });
        let kind = planned.get_str("load_balancer_type").unwrap_or("application").to_string();
        let given = |name: &str| config.get(name).filter(|v| !v.is_null() && !v.is_unknown());
        for (argument, _, whose) in ATTRIBUTES.iter().filter(|(_, _, whose)| !whose.fits(&kind)) {
            let default = <LoadBalancer as cairn_model::model::TypeModel>::SCHEMA_REF.attribute(argument).and_then(|a| a.default);
            let default = default.map(|d| d.value());
            if *argument == "enable_cross_zone_load_balancing" {
                if given(argument).is_some_and(|v| v.as_bool() == Some(false)) {
                    refuse(argument, "can't be switched off for an application load balancer: leave it out".into());
                }
                planned = planned.with(argument, Value::bool(true));
            } else if given(argument).is_some() && given(argument) != default.as_ref() {
                let whose = if *whose == For::Network { "a network" } else { "an application" };
                refuse(argument, format!("is for {whose} load balancer only"));
            } else if *argument == "dns_record_client_routing_policy" {
                planned = planned.with(argument, Value::null());
            }
        }
        for logs in ["access_logs", "connection_logs"] {
            let Some([block]) = planned.get(logs).and_then(Value::elements) else { continue };
            if block.get("enabled").and_then(Value::as_bool) == Some(false) {
                planned = planned.with(logs, Value::list(Vec::new()));
            } else if logs == "connection_logs" && kind != "application" {
                refuse(logs, "is for an application load balancer only".into());
            }
        }
        let blocks = |name: &str| config.get(name).and_then(Value::elements).map_or(0, <[Value]>::len);
        let some_subnets = given("subnets").is_some() || config.get("subnets").is_some_and(Value::is_unknown);
        if some_subnets && blocks("subnet_mapping") > 0 {
            refuse("subnets", "stands beside `subnet_mapping`: use one of the two".into());
        }
        if live.is_none() && !some_subnets && blocks("subnet_mapping") == 0 && !config.get("subnet_mapping").is_some_and(Value::is_unknown)
        {
            refuse("subnets", "is missing: name the subnets of at least two availability zones".into());
        }
        let Some(live) = live else { return if refusals.is_empty() { Ok(planned) } else { Err(refusals) } };
        let differs = |name: &str| live.get(name) != planned.get(name);
        let texts = |object: &Value, name: &str| -> BTreeSet<String> {
            object.get(name).and_then(Value::elements).unwrap_or(&[]).iter().filter_map(Value::as_str).map(str::to_string).collect()
        };
        if kind == "network" {
            let known = planned.get("subnets").is_some_and(Value::is_wholly_known);
            if known && !texts(live, "subnets").is_subset(&texts(&planned, "subnets")) {
                refuse("subnets", "takes a subnet away: AWS only adds subnets to a network load balancer; replace it instead".into());
            }
            let groups = planned.get("security_groups").filter(|g| g.is_wholly_known()).map(|_| texts(&planned, "security_groups"));
            if groups.is_some_and(|g| g.is_empty() != texts(live, "security_groups").is_empty()) {
                refuse(
                    "security_groups",
                    "can't go from none to some or back: a network load balancer is made with or without; replace it instead".into(),
                );
            }
        }
        // The one follows from the other.
        if differs("subnets") && blocks("subnet_mapping") == 0 {
            planned = planned
                .with("subnet_mapping", Value::unknown(live.get("subnet_mapping").map(Value::ty).unwrap_or(cairn_model::Type::Dynamic)));
        } else if differs("subnet_mapping") && !some_subnets {
            planned = planned.with("subnets", Value::unknown(cairn_model::Type::set(cairn_model::Type::String)));
        }
        if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
    }
}

impl LoadBalancer {
    /// The same load balancer with the defaults of every attribute.
    fn defaults(of: &LoadBalancer) -> LoadBalancer {
        LoadBalancer {
            client_keep_alive: 3600,
            desync_mitigation_mode: "defensive".into(),
            dns_record_client_routing_policy: Some("any_availability_zone".into()),
            drop_invalid_header_fields: false,
            enable_cross_zone_load_balancing: false,
            enable_deletion_protection: false,
            enable_http2: true,
            enable_tls_version_and_cipher_suite_headers: false,
            enable_waf_fail_open: false,
            enable_xff_client_port: false,
            enable_zonal_shift: false,
            idle_timeout: 60,
            preserve_host_header: false,
            xff_header_processing_mode: "append".into(),
            access_logs: None,
            connection_logs: None,
            ..of.clone()
        }
    }
}

async fn by_arn(aws: &Aws, arn: &str) -> Result<Option<types::LoadBalancer>, Failure> {
    let call = aws.elbv2.describe_load_balancers().load_balancer_arns(arn).send().await;
    let answer = absent(call.map_err(failed("elasticloadbalancing:DescribeLoadBalancers")))?;
    Ok(answer.and_then(|a| a.load_balancers).and_then(|l| l.into_iter().next()))
}

/// Waits until a load balancer is `active`.
async fn active(aws: &Aws, arn: &str, run: Run<'_>) -> Result<(), Failure> {
    let what = format!("load balancer {} to become active", suffix(arn, IN_ARN).unwrap_or_default());
    wait::until(run, &what, Duration::from_secs(600), || async {
        let state = by_arn(aws, arn).await?.and_then(|lb| lb.state);
        let reason = state.as_ref().and_then(|s| s.reason.clone()).unwrap_or_default();
        match state.and_then(|s| s.code) {
            Some(LoadBalancerStateEnum::Active | LoadBalancerStateEnum::ActiveImpaired) => Ok(Look::Ready(())),
            Some(LoadBalancerStateEnum::Failed) => {
                Err(Failure::new(FailureKind::Other, format!("load balancer {arn} failed to start: {reason}")))
            }
            Some(state) => Ok(Look::NotYet(state.as_str().to_string())),
            None => Ok(Look::NotYet("not visible yet".into())),
        }
    })
    .await
}

async fn attributes_of(aws: &Aws, arn: &str) -> Result<Option<Attributes>, Failure> {
    let call = aws.elbv2.describe_load_balancer_attributes().load_balancer_arn(arn).send().await;
    let answer = absent(call.map_err(failed("elasticloadbalancing:DescribeLoadBalancerAttributes")))?;
    let pairs = answer.map(|a| a.attributes.unwrap_or_default());
    Ok(pairs.map(|p| p.into_iter().map(|a| (a.key.unwrap_or_default(), a.value.unwrap_or_default())).collect()))
}

async fn set_attributes(aws: &Aws, arn: &str, attributes: Attributes, run: Run<'_>) -> Result<(), Failure> {
    if attributes.is_empty() {
        return Ok(());
    }
    let attributes: Vec<_> = attributes.iter().map(|(k, v)| LoadBalancerAttribute::builder().key(k).value(v).build()).collect();
    // AWS tries to write to the bucket at once; a policy that was just put takes a moment to count.
    let passing = |f: &Failure| f.code.contains("InvalidConfigurationRequest") && f.message.contains("Access Denied");
    wait::while_failing(run, "the log bucket's policy to count", Duration::from_secs(120), passing, || async {
        let call = aws.elbv2.modify_load_balancer_attributes().load_balancer_arn(arn).set_attributes(Some(attributes.clone()));
        call.send().await.map_err(failed("elasticloadbalancing:ModifyLoadBalancerAttributes"))
    })
    .await
    .map(|_| ())
}

async fn set_security_groups(aws: &Aws, arn: &str, want: &LoadBalancer, enforce: &str) -> Result<(), Failure> {
    let groups = want.security_groups.iter().flatten().cloned().collect();
    let enforce = Some(enforce).filter(|e| want.load_balancer_type == "network" && !e.is_empty());
    let call = aws.elbv2.set_security_groups().load_balancer_arn(arn).set_security_groups(Some(groups));
    let call = call.set_enforce_security_group_inbound_rules_on_private_link_traffic(enforce.map(Into::into));
    call.send().await.map_err(failed("elasticloadbalancing:SetSecurityGroups")).map(|_| ())
}

async fn one(aws: &Aws, lb: types::LoadBalancer, tags: Tags) -> Result<Option<Found<LoadBalancer>>, Failure> {
    let arn = lb.load_balancer_arn.clone().unwrap_or_default();
    let Some(a) = attributes_of(aws, &arn).await? else { return Ok(None) };
    let kind = lb.r#type.as_ref().map_or("application", LoadBalancerTypeEnum::as_str).to_string();
    let zones = lb.availability_zones.unwrap_or_default();
    let logs = |name: &str| {
        let key = |part: &str| format!("{name}.s3.{part}");
        flag(&a, &key("enabled"), false).then(|| Logs {
            bucket: text(&a, &key("bucket")).unwrap_or_default(),
            enabled: true,
            prefix: text(&a, &key("prefix")),
        })
    };
    let mapping = |z: &types::AvailabilityZone| {
        let address = z.load_balancer_addresses().first();
        Some(SubnetMapping {
            allocation_id: address.and_then(|a| a.allocation_id.clone()),
            ipv6_address: address.and_then(|a| a.ipv6_address.clone()),
            private_ipv4_address: address.and_then(|a| a.private_ipv4_address.clone()),
            subnet_id: z.subnet_id.clone()?,
        })
    };
    let cross_zone = kind == "application" || flag(&a, "load_balancing.cross_zone.enabled", false);
    let routing_policy = text(&a, "dns_record.client_routing_policy").or_else(|| Some("any_availability_zone".into()));
    let routing_policy = routing_policy.filter(|_| kind == "network");
    let value = LoadBalancer {
        name_prefix: lb.load_balancer_name.as_deref().and_then(prefix_of),
        name: lb.load_balancer_name,
        load_balancer_type: kind,
        internal: lb.scheme.map(|s| s == LoadBalancerSchemeEnum::Internal),
        ip_address_type: lb.ip_address_type.map(|t| t.as_str().to_string()),
        security_groups: Some(lb.security_groups.unwrap_or_default().into_iter().collect()),
        subnets: Some(zones.iter().filter_map(|z| z.subnet_id.clone()).collect()),
        client_keep_alive: whole(&a, "client_keep_alive.seconds", 3600),
        desync_mitigation_mode: text(&a, "routing.http.desync_mitigation_mode").unwrap_or_else(|| "defensive".into()),
        dns_record_client_routing_policy: routing_policy,
        drop_invalid_header_fields: flag(&a, "routing.http.drop_invalid_header_fields.enabled", false),
        enable_cross_zone_load_balancing: cross_zone,
        enable_deletion_protection: flag(&a, "deletion_protection.enabled", false),
        enable_http2: flag(&a, "routing.http2.enabled", true),
        enable_tls_version_and_cipher_suite_headers: flag(&a, "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", false),
        enable_waf_fail_open: flag(&a, "waf.fail_open.enabled", false),
        enable_xff_client_port: flag(&a, "routing.http.xff_client_port.enabled", false),
        enable_zonal_shift: flag(&a, "zonal_shift.config.enabled", false),
        enforce_security_group_inbound_rules_on_private_link_traffic: lb.enforce_security_group_inbound_rules_on_private_link_traffic,
        idle_timeout: whole(&a, "idle_timeout.timeout_seconds", 60),
        preserve_host_header: flag(&a, "routing.http.preserve_host_header.enabled", false),
        xff_header_processing_mode: text(&a, "routing.http.xff_header_processing.mode").unwrap_or_else(|| "append".into()),
        arn_suffix: suffix(&arn, IN_ARN),
        arn: Some(arn.clone()),
        dns_name: lb.dns_name,
        vpc_id: lb.vpc_id,
        zone_id: lb.canonical_hosted_zone_id,
        access_logs: logs("access_logs"),
        connection_logs: logs("connection_logs"),
        subnet_mapping: zones.iter().filter_map(mapping).collect(),
    };
    Ok(Some(Found::new(arn, value, tags)))
}

/// The load balancers of the stack, and no others.
pub async fn owned(aws: &Aws, scope: &Scope<'_>) -> Result<BTreeSet<String>, Failure> {
    let all = scope.of::<LoadBalancer>(aws).await?;
    Ok(all.iter().filter(|f| scope.owns(&f.tags)).map(|f| f.id.clone()).collect())
}
