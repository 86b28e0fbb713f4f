//! EC2 and VPC: tags go into the create call, reads filter by tag on the server, so one paged call
//! reads everything of a type that is the stack's.

pub mod ami;
pub mod availability_zones;
pub mod customer_gateway;
pub mod default_security_group;
pub mod eip;
pub mod flow_log;
pub mod internet_gateway;
pub mod launch_template;
mod launch_template_data;
pub mod nat_gateway;
pub mod route;
pub mod route_table;
pub mod route_table_association;
pub mod security_group;
pub mod security_group_egress_rule;
pub mod security_group_ingress_rule;
mod security_group_rules;
mod shared;
mod strangers;
pub mod subnet;
pub mod subnets_data;
pub mod vpc;
pub mod vpc_data;
pub mod vpc_endpoint;
pub mod vpn_connection;
pub mod vpn_gateway;
pub mod vpn_gateway_route_propagation;

use crate::client::Aws;
use crate::failure::failed;
use crate::resource::Tags;
use crate::scope::Scope;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use cairn_derive::Model;
use cairn_engine::Failure;
use std::collections::{BTreeMap, BTreeSet};

/// Largest page of the Describe operations (EC2 API reference).
pub const PAGE: i32 = 1000;

/// A filter by name.
pub fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// The filters that give what the scope asks for: by the id filter of the type (`vpc-id`), or by the
/// stack's mark.
pub fn filters(scope: &Scope<'_>, id_filter: &str) -> Option<Vec<Filter>> {
    Some(vec![match scope.only() {
        Some(id) => filter(id_filter, [id]),
        None => shared::by_mark(scope),
    }])
}

/// The tags of a create call.
pub fn specification(kind: ResourceType, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(kind).set_tags(Some(to_tags(tags))).build()
}

fn to_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

/// The tags of a describe answer.
pub fn from_tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())).collect()
}

/// Sets and removes tags of anything in EC2 (`CreateTags`, `DeleteTags`).
pub async fn tag(aws: &Aws, id: &str, set: &Tags, remove: &[String]) -> Result<(), Failure> {
    if !set.is_empty() {
        aws.ec2.create_tags().resources(id).set_tags(Some(to_tags(set))).send().await.map_err(failed("ec2:CreateTags"))?;
    }
    if !remove.is_empty() {
        let keys = remove.iter().map(|k| Tag::builder().key(k).build()).collect();
        aws.ec2.delete_tags().resources(id).set_tags(Some(keys)).send().await.map_err(failed("ec2:DeleteTags"))?;
    }
    Ok(())
}

/// A `filter` block of a data source.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataFilter {
    /// Name of the filter, as the Describe operation has it.
    #[attr(required)]
    name: String,
    /// Values, of which one must match.
    #[attr(required)]
    values: BTreeSet<String>,
}

/// The filters of `filter` blocks.
pub fn to_filters(blocks: &BTreeSet<DataFilter>) -> Vec<Filter> {
    blocks.iter().map(|b| filter(&b.name, &b.values)).collect()
}

/// The filters that let only what carries these tags through.
pub fn tag_filters(tags: &BTreeMap<String, String>) -> Vec<Filter> {
    tags.iter().map(|(k, v)| filter(&format!("tag:{k}"), [v])).collect()
}
