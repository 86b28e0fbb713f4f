//! `data.aws_vpc`.

use super::{DataFilter, filter, from_tags, tag_filters, to_filters};
use crate::client::Aws;
use crate::failure::failed;
use crate::resource::DataSource;
use aws_sdk_ec2::types::VpcAttributeName;
use cairn_derive::Model;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::Mark;
use std::collections::{BTreeMap, BTreeSet};

/// One VPC, found by id, range, tags or filters.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_vpc", timeouts = "read", unread = "enable_network_address_usage_metrics")]
pub struct VpcData {
    /// Its id.
    #[attr(optional, computed)]
    id: Option<String>,
    /// Its IPv4 range.
    #[attr(optional, computed)]
    cidr_block: Option<String>,
    /// Whether it is the region's default VPC.
    #[attr(optional, computed)]
    default: Option<bool>,
    /// Its set of DHCP options.
    #[attr(optional, computed)]
    dhcp_options_id: Option<String>,
    /// Its state.
    #[attr(optional, computed)]
    state: Option<String>,
    /// Tags that it carries.
    #[attr(optional, computed)]
    tags: BTreeMap<String, String>,
    /// EC2's own filters.
    #[block]
    filter: BTreeSet<DataFilter>,
    /// Its ARN.
    #[attr(computed)]
    arn: Option<String>,
    /// All its IPv4 ranges.
    #[attr(computed)]
    cidr_block_associations: Vec<Association>,
    /// Instances get public DNS names.
    #[attr(computed)]
    enable_dns_hostnames: Option<bool>,
    /// The VPC's resolver answers.
    #[attr(computed)]
    enable_dns_support: Option<bool>,
    /// Whether instances run on shared hardware.
    #[attr(computed)]
    instance_tenancy: Option<String>,
    /// Route table that subnets without an association use.
    #[attr(computed)]
    main_route_table_id: Option<String>,
    /// Account that owns it.
    #[attr(computed)]
    owner_id: Option<String>,
    /// Association of its IPv6 range, if it has one.
    #[attr(computed)]
    ipv6_association_id: Option<String>,
    /// Its IPv6 range.
    #[attr(computed)]
    ipv6_cidr_block: Option<String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
struct Association {
    /// Id of the association.
    #[attr(computed)]
    association_id: Option<String>,
    /// The range.
    #[attr(computed)]
    cidr_block: Option<String>,
    /// Its state.
    #[attr(computed)]
    state: Option<String>,
}

impl DataSource for VpcData {
    const CALLS: &'static [&'static str] = &["ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeRouteTables"];

    async fn read(aws: &Aws, question: &VpcData) -> Result<VpcData, Failure> {
        let mut filters = to_filters(&question.filter);
        filters.extend(tag_filters(&question.tags));
        let named = [
            ("vpc-id", question.id.clone()),
            ("cidr", question.cidr_block.clone()),
            ("is-default", question.default.map(|d| d.to_string())),
            ("dhcp-options-id", question.dhcp_options_id.clone()),
            ("state", question.state.clone()),
        ];
        filters.extend(named.into_iter().filter_map(|(name, value)| Some(filter(name, [value?]))));
        let answer = aws
            .ec2
            .describe_vpcs()
            .set_filters((!filters.is_empty()).then_some(filters))
            .send()
            .await
            .map_err(failed("ec2:DescribeVpcs"))?;
        let mut vpcs = answer.vpcs.unwrap_or_default();
        let vpc = match (vpcs.pop(), vpcs.len()) {
            (Some(vpc), 0) => vpc,
            (None, _) => return Err(Failure::new(FailureKind::NotFound, "no VPC is like that")),
            (Some(_), more) => return Err(Failure::new(FailureKind::Invalid, format!("{} VPCs are like that; ask for one", more + 1))),
        };
        let id = vpc.vpc_id.clone().unwrap_or_default();
        let (ipv6_association_id, ipv6_cidr_block) = super::vpc::ipv6_range(&vpc);
        let main = aws.ec2.describe_route_tables().filters(filter("vpc-id", [&id])).filters(filter("association.main", ["true"]));
        let (support, hostnames, main) = futures::try_join!(
            super::vpc::dns_attribute(aws, &id, VpcAttributeName::EnableDnsSupport),
            super::vpc::dns_attribute(aws, &id, VpcAttributeName::EnableDnsHostnames),
            async { main.send().await.map_err(failed("ec2:DescribeRouteTables")) },
        )?;
        let owner = vpc.owner_id.unwrap_or_default();
        let associations = vpc.cidr_block_association_set.unwrap_or_default().into_iter().map(|a| Association {
            association_id: a.association_id,
            cidr_block: a.cidr_block,
            state: a.cidr_block_state.and_then(|s| s.state).map(|s| s.as_str().to_string()),
        });
        Ok(VpcData {
            cidr_block: vpc.cidr_block,
            default: vpc.is_default,
            dhcp_options_id: vpc.dhcp_options_id,
            state: vpc.state.map(|s| s.as_str().to_string()),
            tags: Mark::split(from_tags(vpc.tags)).1,
            filter: question.filter.clone(),
            arn: Some(format!("arn:{}:ec2:{}:{owner}:vpc/{id}", aws.partition(), aws.region)),
            cidr_block_associations: associations.collect(),
            enable_dns_hostnames: Some(hostnames),
            enable_dns_support: Some(support),
            instance_tenancy: vpc.instance_tenancy.map(|t| t.as_str().to_string()),
            main_route_table_id: main.route_tables().first().and_then(|t| t.route_table_id.clone()),
            owner_id: Some(owner),
            ipv6_association_id,
            ipv6_cidr_block,
            id: Some(id),
        })
    }
}
