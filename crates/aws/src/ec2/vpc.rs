//! `aws_vpc`.

use super::shared::is_main;
use super::shared::{FILTER_VALUES, describe_groups, describe_route_tables, describe_vpcs, naming_users, own_vpcs, route_tables, tags_of};
use super::{filter, specification};
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types::{self, AttributeBooleanValue, ResourceType, Tenancy, VpcAttributeName, VpcCidrBlockStateCode, VpcState};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::Refusal;
use cairn_model::Value;
use cairn_model::check::cidr4;
use cairn_model::mark::TAG_STACK;
use cairn_model::one_of;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A virtual private cloud: an isolated network with a range of addresses.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_vpc",
    tags,
    unsupported = "ipv6_cidr_block ipv4_ipam_pool_id ipv4_netmask_length ipv6_ipam_pool_id ipv6_netmask_length",
    unread = "ipv6_cidr_block_network_border_group assign_generated_ipv6_cidr_block enable_network_address_usage_metrics"
)]
pub struct Vpc {
    /// IPv4 range in CIDR notation, from /16 to /28.
    #[attr(required, force_new, check = cidr4, check = super::shared::network_size)]
    cidr_block: String,
    /// Whether instances run on shared hardware (`default`) or on their own (`dedicated`).
    #[attr(default = "default", force_new, check = one_of!("default", "dedicated"))]
    instance_tenancy: String,
    /// Answer DNS queries at the VPC's resolver.
    #[attr(default = true)]
    enable_dns_support: bool,
    /// Give instances with public addresses public DNS names.
    #[attr(default = false)]
    enable_dns_hostnames: bool,
    /// ARN of the VPC.
    #[attr(computed)]
    arn: Option<String>,
    /// Account that owns the VPC.
    #[attr(computed)]
    owner_id: Option<String>,
    /// Set of DHCP options in use.
    #[attr(computed)]
    dhcp_options_id: Option<String>,
    /// Network ACL that AWS made with the VPC.
    #[attr(computed)]
    default_network_acl_id: Option<String>,
    /// Route table that AWS made with the VPC.
    #[attr(computed)]
    default_route_table_id: Option<String>,
    /// Security group that AWS made with the VPC.
    #[attr(computed)]
    default_security_group_id: Option<String>,
    /// Route table that subnets without an association use.
    #[attr(computed)]
    main_route_table_id: Option<String>,
    /// Association of its IPv6 range, if it has one.
    #[attr(computed)]
    ipv6_association_id: Option<String>,
    /// IPv6 range that somebody gave it.
    #[attr(computed)]
    ipv6_cidr_block: Option<String>,
}

impl Resource for Vpc {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#VpcDetails:VpcId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "vpc/"));
    const TYPICAL_CREATE_SECONDS: u64 = 10;
    const EFFECTS: Effects = Effects {
        serves: Some("everything in it"),
        in_place: &[
            InPlace {
                arguments: &["enable_dns_support"],
                does: Does::Interrupts,
                what: "names that are resolved through the VPC",
                when: impact::switched_off,
                source: "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
            },
            InPlace {
                arguments: &["enable_dns_hostnames"],
                does: Does::MayInterrupt,
                what: "private names of endpoints and public names of instances",
                when: impact::switched_off,
                source: "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
            },
        ],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &[
            "ec2:DescribeVpcs",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeNetworkAcls",
        ],
        create: &["ec2:CreateVpc", "ec2:ModifyVpcAttribute", "ec2:CreateTags"],
        update: &["ec2:ModifyVpcAttribute", "ec2:CreateTags", "ec2:DeleteTags"],
        delete: &[
            "ec2:DeleteVpc",
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeRouteTables",
            "ec2:DescribeNetworkInterfaces",
        ],
        read_cost: "1 per 1,000, 2 per 200 for what AWS makes with them, the route tables that routes need too, and 2 per VPC: DescribeVpcs leaves the DNS attributes out, and DescribeVpcAttribute gives one attribute of one VPC",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Vpc>>, Failure> {
        let vpcs = match scope.only() {
            Some(id) => Arc::new(describe_vpcs(aws, vec![filter("vpc-id", [id])]).await?),
            None => own_vpcs(aws, scope).await?,
        };
        let ids: Vec<String> = vpcs.iter().filter_map(|v| v.vpc_id.clone()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let dns = futures::future::try_join_all(ids.iter().map(|id| dns_attributes(aws, id)));
        let tables = async {
            match scope.only() {
                Some(id) => {
                    describe_route_tables(aws, vec![filter("vpc-id", [id]), filter("association.main", ["true"])]).await.map(Arc::new)
                }
                None => route_tables(aws, scope).await,
            }
        };
        let (dns, tables, groups, acls) = futures::try_join!(dns, tables, default_groups(aws, &ids), default_acls(aws, &ids))?;
        let mut found = Vec::new();
        for (vpc, (support, hostnames)) in vpcs.iter().zip(dns) {
            let id = vpc.vpc_id.clone().unwrap_or_default();
            let owner = vpc.owner_id.clone().unwrap_or_default();
            let main = tables.iter().find(|t| t.vpc_id.as_ref() == Some(&id) && is_main(t)).and_then(|t| t.route_table_id.clone());
            let (ipv6_association_id, ipv6_cidr_block) = ipv6_range(vpc);
            let value = Vpc {
                cidr_block: vpc.cidr_block.clone().unwrap_or_default(),
                instance_tenancy: vpc.instance_tenancy.as_ref().map_or_else(|| "default".into(), |t| t.as_str().to_string()),
                enable_dns_support: support,
                enable_dns_hostnames: hostnames,
                arn: Some(format!("arn:{}:ec2:{}:{owner}:vpc/{id}", aws.partition(), aws.region)),
                owner_id: Some(owner),
                dhcp_options_id: vpc.dhcp_options_id.clone(),
                default_network_acl_id: acls.get(&id).cloned(),
                // AWS does not tell which table it made; like the public provider, the main one is taken for it.
                default_route_table_id: main.clone(),
                default_security_group_id: groups.get(&id).cloned(),
                main_route_table_id: main,
                ipv6_association_id,
                ipv6_cidr_block,
            };
            found.push(Found::new(id, value, tags_of(&vpc.tags)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Vpc, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws
            .ec2
            .create_vpc()
            .cidr_block(&want.cidr_block)
            .instance_tenancy(Tenancy::from(want.instance_tenancy.as_str()))
            .tag_specifications(specification(ResourceType::Vpc, &making.tags));
        let made = once!(aws_sdk_ec2, request).await.map_err(failed("ec2:CreateVpc"))?;
        let id = made.vpc.and_then(|v| v.vpc_id).ok_or_else(|| missing("ec2:CreateVpc", "VpcId"))?;
        wait::until(making.run, &format!("VPC {id} to become available"), Duration::from_secs(300), || async {
            let answer = aws.ec2.describe_vpcs().filters(filter("vpc-id", [&id])).send().await.map_err(failed("ec2:DescribeVpcs"))?;
            Ok(match answer.vpcs().first().and_then(|v| v.state()) {
                Some(VpcState::Available) => Look::Ready(()),
                Some(state) => Look::NotYet(state.as_str().to_string()),
                None => Look::NotYet("not visible yet".into()),
            })
        })
        .await?;
        let ids = [id.clone()];
        wait::until(making.run, &format!("what AWS makes with VPC {id}"), Duration::from_secs(120), || async {
            let main = describe_route_tables(aws, vec![filter("vpc-id", &ids), filter("association.main", ["true"])]);
            let (groups, acls, main) = futures::try_join!(default_groups(aws, &ids), default_acls(aws, &ids), main)?;
            let there = !groups.is_empty() && !acls.is_empty() && !main.is_empty();
            Ok(if there {
                Look::Ready(())
            } else {
                Look::NotYet("its default security group, network ACL or route table is not visible yet".into())
            })
        })
        .await?;
        // A new VPC has DNS support and no DNS host names (VPC user guide, "DNS attributes").
        set_dns(aws, &id, want, !want.enable_dns_support, want.enable_dns_hostnames).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<Vpc>, want: &Vpc, changing: &Changing<'_>) -> Result<(), Failure> {
        set_dns(aws, &have.id, want, changing.any(&["enable_dns_support"]), changing.any(&["enable_dns_hostnames"])).await
    }

    async fn delete(aws: &Aws, have: &Found<Vpc>, _: &Removing<'_, Vpc>) -> Result<(), Failure> {
        let deleted = aws.ec2.delete_vpc().vpc_id(&have.id).send().await.map_err(failed("ec2:DeleteVpc"));
        let deleted = match deleted {
            Err(refused) => Err(super::strangers::named(aws, &have.id, have.tags.get(TAG_STACK), refused).await),
            done => done,
        };
        gone(naming_users(aws, filter("vpc-id", [&have.id]), false, deleted).await)
    }

    fn adjust(_: Option<&Value>, _: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let is = |name: &str| planned.get(name).and_then(Value::as_bool);
        if (is("enable_dns_support"), is("enable_dns_hostnames")) == (Some(false), Some(true)) {
            let message = "DNS host names need DNS support: set enable_dns_support = true".to_string();
            return Err(vec![Refusal { attribute: "enable_dns_hostnames".into(), message }]);
        }
        Ok(planned)
    }

    async fn tag(aws: &Aws, have: &Found<Vpc>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }
}

/// The association of the IPv6 range that a VPC has, and the range; empty texts where it has none, as in the public provider.
pub fn ipv6_range(vpc: &types::Vpc) -> (Option<String>, Option<String>) {
    let there = |a: &&types::VpcIpv6CidrBlockAssociation| {
        let state = a.ipv6_cidr_block_state().and_then(|s| s.state());
        matches!(state, Some(VpcCidrBlockStateCode::Associating | VpcCidrBlockStateCode::Associated))
    };
    let association = vpc.ipv6_cidr_block_association_set().iter().find(there);
    let text = |of: fn(&types::VpcIpv6CidrBlockAssociation) -> Option<&str>| Some(association.and_then(of).unwrap_or_default().to_string());
    (text(|a| a.association_id()), text(|a| a.ipv6_cidr_block()))
}

async fn dns_attributes(aws: &Aws, id: &str) -> Result<(bool, bool), Failure> {
    futures::try_join!(
        dns_attribute(aws, id, VpcAttributeName::EnableDnsSupport),
        dns_attribute(aws, id, VpcAttributeName::EnableDnsHostnames)
    )
}

/// The default security groups of VPCs, by VPC.
async fn default_groups(aws: &Aws, vpcs: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut ids = BTreeMap::new();
    for chunk in vpcs.chunks(FILTER_VALUES) {
        let groups = describe_groups(aws, vec![filter("vpc-id", chunk), filter("group-name", ["default"])]).await?;
        ids.extend(groups.into_iter().filter_map(|g| Some((g.vpc_id?, g.group_id?))));
    }
    Ok(ids)
}

/// The default network ACLs of VPCs, by VPC.
async fn default_acls(aws: &Aws, vpcs: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut ids = BTreeMap::new();
    for chunk in vpcs.chunks(FILTER_VALUES) {
        let call = aws.ec2.describe_network_acls().filters(filter("vpc-id", chunk)).filters(filter("default", ["true"]));
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let acls = page.map_err(failed("ec2:DescribeNetworkAcls"))?.network_acls.unwrap_or_default();
            ids.extend(acls.into_iter().filter_map(|a| Some((a.vpc_id?, a.network_acl_id?))));
        }
    }
    Ok(ids)
}

/// One of the DNS attributes of a VPC.
pub async fn dns_attribute(aws: &Aws, id: &str, name: VpcAttributeName) -> Result<bool, Failure> {
    let answer =
        aws.ec2.describe_vpc_attribute().vpc_id(id).attribute(name.clone()).send().await.map_err(failed("ec2:DescribeVpcAttribute"))?;
    let value = if name == VpcAttributeName::EnableDnsSupport { answer.enable_dns_support } else { answer.enable_dns_hostnames };
    Ok(value.and_then(|v| v.value).unwrap_or_default())
}

/// Sets the DNS attributes, one call each (`ModifyVpcAttribute` takes one at a time). Host names need support, so support
/// is switched on first and off last.
async fn set_dns(aws: &Aws, id: &str, want: &Vpc, support: bool, hostnames: bool) -> Result<(), Failure> {
    let value = |v: bool| AttributeBooleanValue::builder().value(v).build();
    let set_support = async || {
        let call = aws.ec2.modify_vpc_attribute().vpc_id(id).enable_dns_support(value(want.enable_dns_support));
        call.send().await.map_err(failed("ec2:ModifyVpcAttribute")).map(|_| ())
    };
    if support && want.enable_dns_support {
        set_support().await?;
    }
    if hostnames {
        let call = aws.ec2.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(value(want.enable_dns_hostnames));
        call.send().await.map_err(failed("ec2:ModifyVpcAttribute"))?;
    }
    if support && !want.enable_dns_support {
        set_support().await?;
    }
    Ok(())
}
