//! `aws_vpc_endpoint`.

use super::shared::by_mark;
use super::{PAGE, filter, from_tags, specification};
use crate::client::Aws;
use crate::failure::{absent, failed, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types::{
    DnsEntry as DescribedDnsEntry, Filter, IpAddressType, PrefixList, ResourceType, State, VpcEndpoint as Described, VpcEndpointType,
};
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::json;
use cairn_model::{Value, equality, one_of};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A private way from a VPC to a service of AWS.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_vpc_endpoint",
    tags,
    timeouts = "create update delete",
    unsupported = "resource_configuration_arn service_network_arn",
    unread = "auto_accept service_region dns_options subnet_configuration"
)]
pub struct VpcEndpoint {
    /// VPC that it is in.
    #[attr(required, force_new)]
    vpc_id: String,
    /// Service that it leads to, such as `com.amazonaws.us-east-1.s3`.
    #[attr(required, force_new)]
    service_name: String,
    /// `Gateway` for S3 and DynamoDB by way of route tables, `Interface` for network interfaces in subnets, or
    /// `GatewayLoadBalancer`.
    #[attr(default = "Gateway", force_new, check = one_of!("Gateway", "Interface", "GatewayLoadBalancer"))]
    vpc_endpoint_type: String,
    /// What may be done through it, as an IAM policy. Everything, when left out.
    #[attr(optional, computed, check = json, equal = equality::policy)]
    policy: Option<String>,
    /// Route tables that lead to it. For `Gateway`.
    #[attr(optional, computed)]
    route_table_ids: BTreeSet<String>,
    /// Subnets that it has an interface in, one to each zone. Not for `Gateway`.
    #[attr(optional, computed)]
    subnet_ids: BTreeSet<String>,
    /// Security groups of its interfaces. For `Interface`; the VPC's default group when left out.
    #[attr(optional, computed)]
    security_group_ids: BTreeSet<String>,
    /// Answer the service's public DNS names with the endpoint's addresses. For `Interface`.
    #[attr(optional, computed)]
    private_dns_enabled: Option<bool>,
    /// `ipv4`, `dualstack` or `ipv6`.
    #[attr(optional, computed, check = one_of!("ipv4", "dualstack", "ipv6"))]
    ip_address_type: Option<String>,
    /// ARN of the endpoint.
    #[attr(computed)]
    arn: Option<String>,
    /// Ranges of the service. For `Gateway`.
    #[attr(computed)]
    cidr_blocks: Vec<String>,
    /// Prefix list of the service, for rules of security groups. For `Gateway`.
    #[attr(computed)]
    prefix_list_id: Option<String>,
    /// DNS names of the endpoint. For `Interface`.
    #[attr(computed)]
    dns_entry: Vec<DnsEntry>,
    /// Its network interfaces.
    #[attr(computed)]
    network_interface_ids: BTreeSet<String>,
    /// Account that owns the endpoint.
    #[attr(computed)]
    owner_id: Option<String>,
    /// True when a service of AWS made it.
    #[attr(computed)]
    requester_managed: Option<bool>,
    /// `available`, `pendingAcceptance` …
    #[attr(computed)]
    state: Option<String>,
}

/// A DNS name of an endpoint.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct DnsEntry {
    /// The name.
    #[attr(computed)]
    dns_name: Option<String>,
    /// Hosted zone that it is in.
    #[attr(computed)]
    hosted_zone_id: Option<String>,
}

impl Resource for VpcEndpoint {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#EndpointDetails:vpcEndpointId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "vpc-endpoint/"));
    const TYPICAL_CREATE_SECONDS: u64 = 110;
    const TYPICAL_UPDATE_SECONDS: u64 = 30;
    const TYPICAL_DELETE_SECONDS: u64 = 60;
    const EFFECTS: Effects = Effects {
        serves: Some("calls to the service through it"),
        known_by: Some("its id and addresses"),
        in_place: &[
            InPlace {
                arguments: &["private_dns_enabled"],
                does: Does::MayInterrupt,
                what: "calls by the service's usual name, which leads elsewhere",
                when: impact::always,
                source: "https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html",
            },
            InPlace {
                arguments: &["route_table_ids", "subnet_ids", "security_group_ids"],
                does: Does::MayInterrupt,
                what: "calls through what is taken away",
                when: impact::taken_away,
                source: "https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html",
            },
        ],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists"],
        create: &["ec2:CreateVpcEndpoint", "ec2:CreateTags", "route53:AssociateVPCWithHostedZone"],
        update: &["ec2:ModifyVpcEndpoint", "ec2:CreateTags", "ec2:DeleteTags"],
        delete: &["ec2:DeleteVpcEndpoints"],
        read_cost: "1 per 1,000, and 1 for the prefix lists of gateways",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<VpcEndpoint>>, Failure> {
        let endpoints = match scope.only() {
            Some(id) => describe(aws, id).await?.into_iter().collect(),
            None => describe_all(aws, by_mark(scope)).await?,
        };
        let endpoints: Vec<Described> = endpoints.into_iter().filter(|e| !is_corpse(e.state.as_ref())).collect();
        let lists = prefix_lists(aws, &endpoints).await?;
        let found = endpoints.into_iter().map(|endpoint| {
            let id = endpoint.vpc_endpoint_id.unwrap_or_default();
            let owner = endpoint.owner_id.unwrap_or_default();
            let service_name = endpoint.service_name.unwrap_or_default();
            let list = lists.get(&service_name).filter(|_| endpoint.vpc_endpoint_type == Some(VpcEndpointType::Gateway));
            let set = |ids: Option<Vec<String>>| ids.unwrap_or_default().into_iter().collect::<BTreeSet<_>>();
            let value = VpcEndpoint {
                vpc_id: endpoint.vpc_id.unwrap_or_default(),
                vpc_endpoint_type: endpoint.vpc_endpoint_type.map_or_else(|| "Gateway".into(), |t| t.as_str().to_string()),
                policy: endpoint.policy_document.filter(|p| !p.is_empty()),
                route_table_ids: set(endpoint.route_table_ids),
                subnet_ids: set(endpoint.subnet_ids),
                security_group_ids: endpoint.groups.unwrap_or_default().into_iter().filter_map(|g| g.group_id).collect(),
                private_dns_enabled: Some(endpoint.private_dns_enabled.unwrap_or_default()),
                ip_address_type: endpoint.ip_address_type.map(|t| t.as_str().to_string()),
                arn: Some(format!("arn:{}:ec2:{}:{owner}:vpc-endpoint/{id}", aws.partition(), aws.region)),
                cidr_blocks: list.and_then(|l| l.cidrs.clone()).unwrap_or_default(),
                prefix_list_id: list.and_then(|l| l.prefix_list_id.clone()),
                dns_entry: endpoint.dns_entries.unwrap_or_default().into_iter().map(DnsEntry::from_aws).collect(),
                network_interface_ids: set(endpoint.network_interface_ids),
                owner_id: Some(owner),
                requester_managed: Some(endpoint.requester_managed.unwrap_or_default()),
                state: endpoint.state.map(state_name),
                service_name,
            };
            Found::new(id, value, from_tags(endpoint.tags))
        });
        Ok(found.collect())
    }

    /// Without a client token: one derived from the address would, after a delete, bring back the deleted
    /// endpoint for as long as AWS remembers the token.
    async fn create(aws: &Aws, want: &VpcEndpoint, making: &Making<'_>) -> Result<String, Failure> {
        let list = |ids: &BTreeSet<String>| (!ids.is_empty()).then(|| ids.iter().cloned().collect::<Vec<_>>());
        let interface = want.vpc_endpoint_type == "Interface";
        let request = aws
            .ec2
            .create_vpc_endpoint()
            .vpc_id(&want.vpc_id)
            .service_name(&want.service_name)
            .vpc_endpoint_type(VpcEndpointType::from(want.vpc_endpoint_type.as_str()))
            .set_policy_document(want.policy.clone().filter(|p| !p.is_empty()))
            .set_route_table_ids(list(&want.route_table_ids))
            .set_subnet_ids(list(&want.subnet_ids))
            .set_security_group_ids(list(&want.security_group_ids))
            // AWS's own default is true, the public provider's false.
            .set_private_dns_enabled(want.private_dns_enabled.or(interface.then_some(false)))
            .set_ip_address_type(want.ip_address_type.as_deref().map(IpAddressType::from))
            .tag_specifications(specification(ResourceType::VpcEndpoint, &making.tags));
        let made = once!(aws_sdk_ec2, request).await.map_err(failed("ec2:CreateVpcEndpoint"))?;
        let id = made.vpc_endpoint.and_then(|e| e.vpc_endpoint_id).ok_or_else(|| missing("ec2:CreateVpcEndpoint", "VpcEndpointId"))?;
        available(aws, &id, making.run).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<VpcEndpoint>, want: &VpcEndpoint, changing: &Changing<'_>) -> Result<(), Failure> {
        let mut call = aws.ec2.modify_vpc_endpoint().vpc_endpoint_id(&have.id);
        let minus =
            |a: &BTreeSet<String>, b: &BTreeSet<String>| Some(a.difference(b).cloned().collect::<Vec<_>>()).filter(|d| !d.is_empty());
        if changing.any(&["policy"]) {
            call = match want.policy.as_deref() {
                Some(policy) if !policy.is_empty() => call.policy_document(policy),
                _ => call.reset_policy(true),
            };
        }
        if changing.any(&["route_table_ids"]) {
            let (new, old) = (&want.route_table_ids, &have.value.route_table_ids);
            call = call.set_add_route_table_ids(minus(new, old)).set_remove_route_table_ids(minus(old, new));
        }
        if changing.any(&["subnet_ids"]) {
            let (new, old) = (&want.subnet_ids, &have.value.subnet_ids);
            call = call.set_add_subnet_ids(minus(new, old)).set_remove_subnet_ids(minus(old, new));
        }
        if changing.any(&["security_group_ids"]) {
            let (new, old) = (&want.security_group_ids, &have.value.security_group_ids);
            call = call.set_add_security_group_ids(minus(new, old)).set_remove_security_group_ids(minus(old, new));
        }
        if changing.any(&["private_dns_enabled"]) {
            call = call.set_private_dns_enabled(want.private_dns_enabled);
        }
        if changing.any(&["ip_address_type"]) {
            call = call.set_ip_address_type(want.ip_address_type.as_deref().map(IpAddressType::from));
        }
        call.send().await.map_err(failed("ec2:ModifyVpcEndpoint"))?;
        available(aws, &have.id, changing.run).await
    }

    /// Waits until it is gone: its interfaces hold subnets and security groups, its routes the tables.
    async fn delete(aws: &Aws, have: &Found<VpcEndpoint>, removing: &Removing<'_, VpcEndpoint>) -> Result<(), Failure> {
        let answer = aws.ec2.delete_vpc_endpoints().vpc_endpoint_ids(&have.id).send().await;
        // What it could not delete AWS says in an answer that counts as a success.
        let refused = match absent(answer.map_err(failed("ec2:DeleteVpcEndpoints")))? {
            Some(answer) => answer.unsuccessful.unwrap_or_default().into_iter().find_map(|u| u.error),
            None => None,
        };
        if let Some(error) = refused {
            let code = error.code.unwrap_or_default();
            if !code.contains("NotFound") {
                let message = error.message.unwrap_or_default();
                return Err(Failure { operation: "ec2:DeleteVpcEndpoints".into(), code, ..Failure::new(FailureKind::Other, message) });
            }
        }
        wait::until(removing.run, &format!("VPC endpoint {} to be deleted", have.id), Duration::from_secs(600), || async {
            match describe(aws, &have.id).await?.map(|e| e.state) {
                None | Some(Some(State::Deleted)) => Ok(Look::Ready(())),
                Some(state) => Ok(Look::NotYet(state.map(state_name).unwrap_or_default())),
            }
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<VpcEndpoint>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let set = |name: &str| config.get(name).is_some_and(|v| !v.is_null() && v.elements() != Some(&[]) && v.as_bool() != Some(false));
        let strangers: &[&str] = match planned.get_str("vpc_endpoint_type") {
            Some("Gateway") => &["subnet_ids", "security_group_ids", "private_dns_enabled"],
            Some("Interface") => &["route_table_ids"],
            Some(_) => &["route_table_ids", "security_group_ids", "private_dns_enabled"],
            None => &[],
        };
        if let Some(name) = strangers.iter().find(|n| set(n)) {
            let kind = planned.get_str("vpc_endpoint_type").unwrap_or_default();
            return Err(vec![Refusal {
                attribute: name.to_string(),
                message: format!("{name} is not for an endpoint of the type {kind}"),
            }]);
        }
        // Interfaces come and go with subnets, names with private DNS.
        let moves = |name: &str| live.is_some_and(|l| planned.get(name) != l.get(name));
        let (subnets, names) = (moves("subnet_ids"), moves("private_dns_enabled") || moves("ip_address_type") || moves("subnet_ids"));
        let computed = [("network_interface_ids", subnets), ("dns_entry", names)];
        for (name, _) in computed.into_iter().filter(|(_, moved)| *moved) {
            if let Some(attribute) = <VpcEndpoint as cairn_model::model::TypeModel>::SCHEMA.attribute(name) {
                planned = planned.with(name, Value::unknown(attribute.ty.ty()));
            }
        }
        Ok(planned)
    }
}

impl DnsEntry {
    fn from_aws(entry: DescribedDnsEntry) -> DnsEntry {
        DnsEntry { dns_name: entry.dns_name, hosted_zone_id: entry.hosted_zone_id }
    }
}

fn is_corpse(state: Option<&State>) -> bool {
    matches!(state, Some(State::Deleting | State::Deleted))
}

/// The API reference writes states with a small first letter, older answers with a capital.
fn state_name(state: State) -> String {
    let text = state.as_str();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The prefix lists of the services that gateways lead to, by service.
async fn prefix_lists(aws: &Aws, endpoints: &[Described]) -> Result<BTreeMap<String, PrefixList>, Failure> {
    let gateways = endpoints.iter().filter(|e| e.vpc_endpoint_type == Some(VpcEndpointType::Gateway));
    let services: BTreeSet<String> = gateways.filter_map(|e| e.service_name.clone()).collect();
    if services.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut pages = aws.ec2.describe_prefix_lists().filters(filter("prefix-list-name", services)).into_paginator().send();
    let mut lists = BTreeMap::new();
    while let Some(page) = pages.next().await {
        for list in page.map_err(failed("ec2:DescribePrefixLists"))?.prefix_lists.unwrap_or_default() {
            lists.insert(list.prefix_list_name.clone().unwrap_or_default(), list);
        }
    }
    Ok(lists)
}

async fn describe_all(aws: &Aws, filter: Filter) -> Result<Vec<Described>, Failure> {
    let mut pages = aws.ec2.describe_vpc_endpoints().filters(filter).max_results(PAGE).into_paginator().send();
    let mut endpoints = Vec::new();
    while let Some(page) = pages.next().await {
        endpoints.extend(page.map_err(failed("ec2:DescribeVpcEndpoints"))?.vpc_endpoints.unwrap_or_default());
    }
    Ok(endpoints)
}

async fn describe(aws: &Aws, id: &str) -> Result<Option<Described>, Failure> {
    let answer = aws.ec2.describe_vpc_endpoints().vpc_endpoint_ids(id).send().await.map_err(failed("ec2:DescribeVpcEndpoints"));
    let Some(answer) = absent(answer)? else { return Ok(None) };
    Ok(answer.vpc_endpoints.unwrap_or_default().into_iter().next())
}

/// Waits until it works, or until only the service's owner has to accept it.
async fn available(aws: &Aws, id: &str, run: Run<'_>) -> Result<(), Failure> {
    wait::until(run, &format!("VPC endpoint {id} to become available"), Duration::from_secs(600), || async {
        let Some(endpoint) = describe(aws, id).await? else { return Ok(Look::NotYet("not visible yet".into())) };
        let state = endpoint.state.map(state_name).unwrap_or_default();
        match state.as_str() {
            "available" | "pendingAcceptance" => Ok(Look::Ready(())),
            "failed" | "rejected" | "expired" | "deleted" | "deleting" => {
                let why = endpoint.last_error.and_then(|e| e.message).or(endpoint.failure_reason);
                let why = why.unwrap_or_else(|| format!("it is {state}"));
                Err(Failure::new(FailureKind::Other, format!("VPC endpoint {id}: {why}")))
            }
            _ => Ok(Look::NotYet(state)),
        }
    })
    .await
}
