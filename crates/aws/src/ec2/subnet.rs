//! `aws_subnet`.

use super::shared::{naming_users, vpcs_to_search};
use super::{PAGE, filter, filters, from_tags, specification};
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, HostnameType, ResourceType, SubnetState};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_model::Value;
use cairn_model::check::cidr4;
use cairn_model::one_of;
use std::collections::BTreeSet;
use std::time::Duration;

/// A range of addresses inside a VPC, bound to one availability zone.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_subnet",
    tags,
    timeouts = "create delete",
    unsupported = "customer_owned_ipv4_pool enable_lni_at_device_index ipv6_cidr_block outpost_arn",
    unread = "map_customer_owned_ip_on_launch ipv6_cidr_block_association_id"
)]
pub struct Subnet {
    /// VPC that the subnet belongs to.
    #[attr(required, force_new, key)]
    pub(super) vpc_id: String,
    /// IPv4 range in CIDR notation, inside the VPC's range.
    #[attr(optional, force_new, key, check = cidr4, check = super::shared::network_size)]
    cidr_block: Option<String>,
    /// Availability zone by name, such as `us-east-1a`.
    #[attr(optional, computed, force_new)]
    availability_zone: Option<String>,
    /// Availability zone by id, such as `use1-az1`: the same place in every account.
    #[attr(optional, computed, force_new)]
    availability_zone_id: Option<String>,
    /// Give instances that are launched here a public IPv4 address.
    #[attr(default = false)]
    map_public_ip_on_launch: bool,
    /// Answer DNS queries for the resource name of instances with their IPv4 address.
    #[attr(default = false)]
    enable_resource_name_dns_a_record_on_launch: bool,
    /// Whether private DNS names come from the IP address or the instance id: `ip-name` or `resource-name`.
    #[attr(optional, computed, check = one_of!("ip-name", "resource-name"))]
    private_dns_hostname_type_on_launch: Option<String>,
    /// Give interfaces that are made here an IPv6 address. Only `false` is supported yet.
    #[attr(default = false)]
    assign_ipv6_address_on_creation: bool,
    /// Answer DNS queries for IPv4 hosts with IPv6 addresses too. Only `false` is supported yet.
    #[attr(default = false)]
    enable_dns64: bool,
    /// Answer DNS queries for the resource name of instances with their IPv6 address. Only `false` is supported yet.
    #[attr(default = false)]
    enable_resource_name_dns_aaaa_record_on_launch: bool,
    /// Have IPv6 addresses only. Only `false` is supported yet.
    #[attr(default = false, force_new)]
    ipv6_native: bool,
    /// ARN of the subnet.
    #[attr(computed)]
    arn: Option<String>,
    /// Account that owns the subnet.
    #[attr(computed)]
    owner_id: Option<String>,
}

impl Resource for Subnet {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#SubnetDetails:subnetId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "subnet/"));
    const TYPICAL_DELETE_SECONDS: u64 = 10;
    const EFFECTS: Effects = Effects { serves: Some("everything in it"), ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeSubnets", "ec2:DescribeVpcs"],
        create: &["ec2:CreateSubnet", "ec2:ModifySubnetAttribute", "ec2:CreateTags"],
        update: &["ec2:ModifySubnetAttribute", "ec2:CreateTags", "ec2:DeleteTags"],
        delete: &["ec2:DeleteSubnet", "ec2:DescribeNetworkInterfaces"],
        read_cost: "1 per 1,000; while some are yet to be made 2, to see whether their ranges are taken",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Subnet>>, Failure> {
        let mut found = describe(aws, filters(scope, "subnet-id")).await?;
        let cidrs: BTreeSet<String> =
            scope.unmarked(&found).iter().filter_map(|w| w.config.get_str("cidr_block")).map(str::to_string).collect();
        let vpcs = if cidrs.is_empty() { BTreeSet::new() } else { vpcs_to_search(aws, scope).await? };
        if !vpcs.is_empty() {
            let there = describe(aws, Some(vec![filter("vpc-id", vpcs), filter("cidr-block", cidrs)])).await?;
            let known: BTreeSet<String> = found.iter().map(|f| f.id.clone()).collect();
            found.extend(there.into_iter().filter(|f| !known.contains(&f.id)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Subnet, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws
            .ec2
            .create_subnet()
            .vpc_id(&want.vpc_id)
            .set_cidr_block(want.cidr_block.clone())
            .set_availability_zone(want.availability_zone.clone())
            .set_availability_zone_id(want.availability_zone_id.clone())
            .tag_specifications(specification(ResourceType::Subnet, &making.tags));
        let made = once!(aws_sdk_ec2, request).await.map_err(failed("ec2:CreateSubnet"))?;
        let id = made.subnet.and_then(|s| s.subnet_id).ok_or_else(|| missing("ec2:CreateSubnet", "SubnetId"))?;
        wait::until(making.run, &format!("subnet {id} to become available"), Duration::from_secs(600), || async {
            let answer =
                aws.ec2.describe_subnets().filters(filter("subnet-id", [&id])).send().await.map_err(failed("ec2:DescribeSubnets"))?;
            Ok(match answer.subnets().first().and_then(|s| s.state()) {
                Some(SubnetState::Available) => Look::Ready(()),
                Some(state) => Look::NotYet(state.as_str().to_string()),
                None => Look::NotYet("not visible yet".into()),
            })
        })
        .await?;
        set_attributes(aws, &id, want, |name| match name {
            "map_public_ip_on_launch" => want.map_public_ip_on_launch,
            "enable_resource_name_dns_a_record_on_launch" => want.enable_resource_name_dns_a_record_on_launch,
            // A new subnet has nothing of IPv6.
            name if IPV6.contains(&name) => false,
            _ => want.private_dns_hostname_type_on_launch.is_some(),
        })
        .await?;
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<Subnet>, want: &Subnet, changing: &Changing<'_>) -> Result<(), Failure> {
        set_attributes(aws, &have.id, want, |name| changing.any(&[name])).await
    }

    async fn delete(aws: &Aws, have: &Found<Subnet>, _: &Removing<'_, Subnet>) -> Result<(), Failure> {
        let deleted = aws.ec2.delete_subnet().subnet_id(&have.id).send().await.map_err(failed("ec2:DeleteSubnet"));
        gone(naming_users(aws, filter("subnet-id", [&have.id]), false, deleted).await)
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let set = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        if set("availability_zone") && set("availability_zone_id") {
            let message = "the zone is named twice: set either availability_zone or availability_zone_id".to_string();
            return Err(vec![Refusal { attribute: "availability_zone_id".into(), message }]);
        }
        if live.is_none() && !set("cidr_block") {
            let message = "cidr_block is needed: subnets without an IPv4 range are not supported yet".to_string();
            return Err(vec![Refusal { attribute: "cidr_block".into(), message }]);
        }
        let wanted = IPV6.iter().find(|name| planned.get(name).and_then(Value::as_bool) == Some(true));
        if let Some(name) = wanted {
            let message = format!("{name} needs an IPv6 range, and Cairn doesn't support those of subnets yet: it may only be false");
            return Err(vec![Refusal { attribute: (*name).into(), message }]);
        }
        Ok(planned)
    }

    async fn tag(aws: &Aws, have: &Found<Subnet>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }
}

/// What AWS takes of a subnet with an IPv6 range only (VPC user guide, "Modify the IP addressing attributes of your subnet").
const IPV6: &[&str] = &["assign_ipv6_address_on_creation", "enable_dns64", "enable_resource_name_dns_aaaa_record_on_launch", "ipv6_native"];

/// Subnets by filters.
pub(super) async fn describe(aws: &Aws, filters: Option<Vec<Filter>>) -> Result<Vec<Found<Subnet>>, Failure> {
    let mut pages = aws.ec2.describe_subnets().set_filters(filters).max_results(PAGE).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        for subnet in page.map_err(failed("ec2:DescribeSubnets"))?.subnets.unwrap_or_default() {
            let dns = subnet.private_dns_name_options_on_launch;
            let value = Subnet {
                vpc_id: subnet.vpc_id.unwrap_or_default(),
                cidr_block: subnet.cidr_block,
                availability_zone: subnet.availability_zone,
                availability_zone_id: subnet.availability_zone_id,
                map_public_ip_on_launch: subnet.map_public_ip_on_launch.unwrap_or_default(),
                enable_resource_name_dns_a_record_on_launch: dns
                    .as_ref()
                    .and_then(|d| d.enable_resource_name_dns_a_record)
                    .unwrap_or_default(),
                enable_resource_name_dns_aaaa_record_on_launch: dns
                    .as_ref()
                    .and_then(|d| d.enable_resource_name_dns_aaaa_record)
                    .unwrap_or_default(),
                assign_ipv6_address_on_creation: subnet.assign_ipv6_address_on_creation.unwrap_or_default(),
                enable_dns64: subnet.enable_dns64.unwrap_or_default(),
                ipv6_native: subnet.ipv6_native.unwrap_or_default(),
                private_dns_hostname_type_on_launch: dns.and_then(|d| d.hostname_type).map(|t| t.as_str().to_string()),
                arn: subnet.subnet_arn,
                owner_id: subnet.owner_id,
            };
            found.push(Found::new(subnet.subnet_id.unwrap_or_default(), value, from_tags(subnet.tags)));
        }
    }
    Ok(found)
}

/// Sets the attributes that `needed` names, one call each (`ModifySubnetAttribute` takes one at a time).
async fn set_attributes(aws: &Aws, id: &str, want: &Subnet, needed: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let value = |v: bool| AttributeBooleanValue::builder().value(v).build();
    let modify = || aws.ec2.modify_subnet_attribute().subnet_id(id);
    let mut calls = Vec::new();
    if needed("map_public_ip_on_launch") {
        calls.push(modify().map_public_ip_on_launch(value(want.map_public_ip_on_launch)));
    }
    if needed("enable_resource_name_dns_a_record_on_launch") {
        calls.push(modify().enable_resource_name_dns_a_record_on_launch(value(want.enable_resource_name_dns_a_record_on_launch)));
    }
    if needed("assign_ipv6_address_on_creation") {
        calls.push(modify().assign_ipv6_address_on_creation(value(want.assign_ipv6_address_on_creation)));
    }
    if needed("enable_dns64") {
        calls.push(modify().enable_dns64(value(want.enable_dns64)));
    }
    if needed("enable_resource_name_dns_aaaa_record_on_launch") {
        calls.push(modify().enable_resource_name_dns_aaaa_record_on_launch(value(want.enable_resource_name_dns_aaaa_record_on_launch)));
    }
    if let (true, Some(kind)) = (needed("private_dns_hostname_type_on_launch"), &want.private_dns_hostname_type_on_launch) {
        calls.push(modify().private_dns_hostname_type_on_launch(HostnameType::from(kind.as_str())));
    }
    for call in calls {
        call.send().await.map_err(failed("ec2:ModifySubnetAttribute"))?;
    }
    Ok(())
}
