//! What several types of a VPC need: answers that are asked for once a reading, and rules for networks.

use super::security_group_rules::SecurityGroupRule;
use super::subnet::Subnet;
use super::{PAGE, filter, from_tags};
use crate::client::Aws;
use crate::failure::failed;
use crate::scope::Scope;
use aws_sdk_ec2::types::{self, Filter, Tag};
use cairn_engine::{Failure, FailureKind};
use cairn_model::Value;
use cairn_model::check::cidr6;
use cairn_model::mark::TAG_STACK;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most values that one filter takes (EC2 API reference, "Filtering your resources").
pub const FILTER_VALUES: usize = 200;

/// The filter that gives what carries the mark of a stack that is read.
pub fn by_mark(scope: &Scope<'_>) -> Filter {
    filter(&format!("tag:{TAG_STACK}"), scope.stacks())
}

/// The stack whose mark tags carry, when it is one that is read.
pub fn stack_of(scope: &Scope<'_>, tags: Option<&[Tag]>) -> Option<String> {
    let stack = tags.unwrap_or_default().iter().find(|t| t.key() == Some(TAG_STACK))?.value()?;
    scope.reads(stack).then(|| stack.to_string())
}

/// True when tags carry the mark of a stack that is read.
pub fn ours(scope: &Scope<'_>, tags: Option<&[Tag]>) -> bool {
    stack_of(scope, tags).is_some()
}

/// The VPCs to look in for something by its natural key: the stack's own, and those that the configuration names.
pub async fn vpcs_to_search(aws: &Aws, scope: &Scope<'_>) -> Result<BTreeSet<String>, Failure> {
    let own = own_vpcs(aws, scope).await?;
    Ok(own.iter().filter_map(|v| v.vpc_id.clone()).chain(scope.wanted_texts("vpc_id")).collect())
}

/// VPCs by filters.
pub async fn describe_vpcs(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<types::Vpc>, Failure> {
    let mut pages = aws.ec2.describe_vpcs().set_filters(Some(filters)).max_results(PAGE).into_paginator().send();
    let mut vpcs = Vec::new();
    while let Some(page) = pages.next().await {
        vpcs.extend(page.map_err(failed("ec2:DescribeVpcs"))?.vpcs.unwrap_or_default());
    }
    Ok(vpcs)
}

/// The stack's VPCs as AWS describes them.
pub async fn own_vpcs(aws: &Aws, scope: &Scope<'_>) -> Result<Arc<Vec<types::Vpc>>, Failure> {
    scope.once("ec2:DescribeVpcs", || describe_vpcs(aws, vec![by_mark(scope)])).await
}

/// Route tables by filters: 100 a page is the most (`DescribeRouteTables`).
pub async fn describe_route_tables(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<types::RouteTable>, Failure> {
    let mut pages = aws.ec2.describe_route_tables().set_filters(Some(filters)).max_results(100).into_paginator().send();
    let mut tables = Vec::new();
    while let Some(page) = pages.next().await {
        tables.extend(page.map_err(failed("ec2:DescribeRouteTables"))?.route_tables.unwrap_or_default());
    }
    Ok(tables)
}

/// The stack's route tables, and every other in its VPCs and in the VPCs of its subnets: the main tables, and
/// those that its subnets may have been associated with by hand.
pub async fn route_tables(aws: &Aws, scope: &Scope<'_>) -> Result<Arc<Vec<types::RouteTable>>, Failure> {
    scope
        .once("ec2:DescribeRouteTables", || async {
            let (vpcs, subnets) = futures::try_join!(own_vpcs(aws, scope), scope.of::<Subnet>(aws))?;
            let ids: BTreeSet<String> =
                vpcs.iter().filter_map(|v| v.vpc_id.clone()).chain(subnets.iter().map(|s| s.value.vpc_id.clone())).collect();
            let ids: Vec<String> = ids.into_iter().collect();
            let mut tables = describe_route_tables(aws, vec![by_mark(scope)]).await?;
            let mut known: BTreeSet<String> = tables.iter().filter_map(|t| t.route_table_id.clone()).collect();
            for chunk in ids.chunks(FILTER_VALUES) {
                let there = describe_route_tables(aws, vec![filter("vpc-id", chunk.to_vec())]).await?;
                tables.extend(there.into_iter().filter(|t| t.route_table_id.clone().is_some_and(|id| known.insert(id))));
            }
            Ok(tables)
        })
        .await
}

/// What the parts that sit in a route table are part of.
pub struct Whole {
    /// Type and id; nothing where that can't be told.
    pub parent: Option<(&'static str, String)>,
    /// The stack that owns it, of those that are read.
    pub stack: Option<String>,
}

/// The wholes of a route table's parts: the table, and the VPC whose main table it is where that is another stack's. None
/// where neither belongs to a stack that is read.
pub fn wholes(scope: &Scope<'_>, table: &types::RouteTable, vpcs: &[types::Vpc]) -> Vec<Whole> {
    let of_table = stack_of(scope, table.tags.as_deref());
    let vpc = vpcs.iter().find(|v| v.vpc_id == table.vpc_id).filter(|_| is_main(table));
    let of_vpc = vpc.and_then(|v| stack_of(scope, v.tags.as_deref()));
    let whole =
        |type_name: &'static str, id: &Option<String>, stack| Whole { parent: Some((type_name, id.clone().unwrap_or_default())), stack };
    let mut wholes = Vec::new();
    if of_vpc.is_some() && of_vpc != of_table {
        wholes.push(whole("aws_vpc", &table.vpc_id, of_vpc));
    }
    if of_table.is_some() {
        wholes.push(whole("aws_route_table", &table.route_table_id, of_table));
    }
    if wholes.is_empty() && scope.only().is_some() {
        // Read alone: a main table without the stack's mark can only be one of its VPCs' own.
        wholes.push(if is_main(table) { whole("aws_vpc", &table.vpc_id, None) } else { Whole { parent: None, stack: None } });
    }
    wholes
}

/// Security groups by filters.
pub async fn describe_groups(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<types::SecurityGroup>, Failure> {
    let mut pages = aws.ec2.describe_security_groups().set_filters(Some(filters)).max_results(PAGE).into_paginator().send();
    let mut groups = Vec::new();
    while let Some(page) = pages.next().await {
        groups.extend(page.map_err(failed("ec2:DescribeSecurityGroups"))?.security_groups.unwrap_or_default());
    }
    Ok(groups)
}

/// The stack's security groups, default groups that it has adopted included.
pub async fn own_groups(aws: &Aws, scope: &Scope<'_>) -> Result<Arc<Vec<types::SecurityGroup>>, Failure> {
    scope.once("ec2:DescribeSecurityGroups", || describe_groups(aws, vec![by_mark(scope)])).await
}

/// Rules of security groups by filters.
pub async fn describe_rules(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<SecurityGroupRule>, Failure> {
    let mut pages = aws.ec2.describe_security_group_rules().set_filters(Some(filters)).max_results(PAGE).into_paginator().send();
    let mut rules = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("ec2:DescribeSecurityGroupRules"))?.security_group_rules.unwrap_or_default();
        rules.extend(page.into_iter().map(SecurityGroupRule::from_aws));
    }
    Ok(rules)
}

/// The rules that carry the stack's mark, and every rule in its groups.
pub async fn own_rules(aws: &Aws, scope: &Scope<'_>) -> Result<Arc<Vec<SecurityGroupRule>>, Failure> {
    scope
        .once("ec2:DescribeSecurityGroupRules", || async {
            let groups = own_groups(aws, scope).await?;
            let ids: Vec<String> = groups.iter().filter_map(|g| g.group_id.clone()).collect();
            let mut rules = describe_rules(aws, vec![by_mark(scope)]).await?;
            let mut known: BTreeSet<String> = rules.iter().map(|r| r.id.clone()).collect();
            for chunk in ids.chunks(FILTER_VALUES) {
                let there = describe_rules(aws, vec![filter("group-id", chunk.to_vec())]).await?;
                rules.extend(there.into_iter().filter(|r| known.insert(r.id.clone())));
            }
            Ok(rules)
        })
        .await
}

/// Network interfaces by filters.
pub async fn describe_interfaces(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<types::NetworkInterface>, Failure> {
    let mut pages = aws.ec2.describe_network_interfaces().set_filters(Some(filters)).max_results(PAGE).into_paginator().send();
    let mut interfaces = Vec::new();
    while let Some(page) = pages.next().await {
        interfaces.extend(page.map_err(failed("ec2:DescribeNetworkInterfaces"))?.network_interfaces.unwrap_or_default());
    }
    Ok(interfaces)
}

/// Says on which network interfaces a delete failed that AWS refuses because something still hangs on it
/// (`DependencyViolation`). `public` counts only interfaces with a public address.
pub async fn naming_users<T>(aws: &Aws, interfaces: Filter, public: bool, result: Result<T, Failure>) -> Result<T, Failure> {
    let failure = match result {
        Err(failure) if failure.kind == FailureKind::InUse => failure,
        other => return other,
    };
    let Ok(interfaces) = describe_interfaces(aws, vec![interfaces]).await else { return Err(failure) };
    let using = interfaces.iter().filter(|i| !public || i.association().is_some());
    let names: Vec<String> = using
        .map(|i| match i.description() {
            Some(text) if !text.is_empty() => format!("{} ({text})", i.network_interface_id().unwrap_or_default()),
            _ => i.network_interface_id().unwrap_or_default().to_string(),
        })
        .collect();
    let by = if names.is_empty() { String::new() } else { format!("; used by {}", names.join(", ")) };
    Err(Failure { message: format!("{}{by}", failure.message), ..failure })
}

/// The user's tags and the marks of a describe answer that is shared.
pub fn tags_of(tags: &Option<Vec<Tag>>) -> crate::resource::Tags {
    from_tags(tags.clone())
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
pub fn is_main(table: &types::RouteTable) -> bool {
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
