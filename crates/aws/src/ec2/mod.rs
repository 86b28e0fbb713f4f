//! EC2 and VPC: tags go into the create call, reads filter by tag on the server, so one paged call
//! reads everything of a type that is the stack's.

pub mod default_security_group;
pub mod eip;
pub mod internet_gateway;
pub mod nat_gateway;
pub mod route;
pub mod route_table;
pub mod route_table_association;
pub mod security_group;
pub mod security_group_egress_rule;
pub mod security_group_ingress_rule;
mod security_group_rules;
mod shared;
pub mod subnet;
pub mod vpc;
pub mod vpc_endpoint;

use crate::client::Aws;
use crate::failure::failed;
use crate::resource::Tags;
use crate::scope::Scope;
use aws_sdk_ec2::types::{Filter, ResourceType, RouteTable, Tag, TagSpecification};
use cairn_engine::Failure;
use cairn_model::Value;
use cairn_model::check::cidr6;
use cairn_model::mark::TAG_STACK;

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
        None => filter(&format!("tag:{TAG_STACK}"), [scope.stack_id().to_string()]),
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

/// VPCs and subnets have from 16 to 65,536 addresses (VPC user guide, "VPC CIDR blocks").
pub fn network_size(value: &Value) -> Result<(), String> {
    let length = value.as_str().and_then(|t| t.split_once('/')).and_then(|(_, l)| l.parse::<u8>().ok());
    match length {
        Some(n) if !(16..=28).contains(&n) => Err(format!("must be a network from /16 to /28, not /{n}")),
        _ => Ok(()),
    }
}

/// An IPv6 network written as AWS gives it back: short, in lower case, without host bits.
pub fn canonical6(value: &Value) -> Result<(), String> {
    cidr6(value)?;
    let Some((address, length)) = value.as_str().and_then(|t| t.split_once('/')) else { return Ok(()) };
    let (Ok(address), Ok(bits)) = (address.parse::<std::net::Ipv6Addr>(), length.parse::<u32>()) else { return Ok(()) };
    let mask = u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0);
    let canonical = format!("{}/{bits}", std::net::Ipv6Addr::from(u128::from(address) & mask));
    if value.as_str() == Some(canonical.as_str()) { Ok(()) } else { Err(format!("should be written \"{canonical}\"")) }
}

/// True for the route table that subnets without an association use.
pub fn is_main(table: &RouteTable) -> bool {
    table.associations().iter().any(|a| a.main() == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        assert!(network_size(&"10.0.0.0/16".into()).is_ok());
        assert!(network_size(&"10.0.0.0/8".into()).is_err());
        assert!(canonical6(&"::/0".into()).is_ok());
        assert!(canonical6(&"2001:DB8::1/56".into()).is_err());
        assert!(canonical6(&"2001:db8::/56".into()).is_ok());
    }
}
