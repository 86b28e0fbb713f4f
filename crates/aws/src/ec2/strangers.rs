//! What sits in a VPC and is not the stack's: it is never deleted, but named when it keeps the VPC from going.

use super::shared::{describe_groups, describe_interfaces, describe_route_tables, is_main};
use super::{filter, from_tags, subnet};
use crate::client::Aws;
use aws_sdk_ec2::types::{NetworkInterfaceStatus, Tag};
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::TAG_STACK;

/// A delete of a VPC that AWS refuses (`DependencyViolation`) is hopeless while somebody else's things are in
/// it: then the failure names them, and is none to be waited for.
pub async fn named(aws: &Aws, vpc: &str, stack: Option<&String>, refused: Failure) -> Failure {
    if refused.kind != FailureKind::InUse {
        return refused;
    }
    match strangers(aws, vpc, stack).await {
        Ok(ids) if !ids.is_empty() => {
            let message =
                format!("{vpc} holds what is not this stack's and is left alone: {}. Remove it, then destroy again", ids.join(", "));
            Failure { kind: FailureKind::Other, message, ..refused }
        }
        _ => refused,
    }
}

async fn strangers(aws: &Aws, vpc: &str, stack: Option<&String>) -> Result<Vec<String>, Failure> {
    let here = || filter("vpc-id", [vpc]);
    let foreign = |tags: &Option<Vec<Tag>>| from_tags(tags.clone()).get(TAG_STACK) != stack;
    let (subnets, groups, tables, interfaces) = futures::try_join!(
        subnet::describe(aws, Some(vec![here()])),
        describe_groups(aws, vec![here()]),
        describe_route_tables(aws, vec![here()]),
        describe_interfaces(aws, vec![here()]),
    )?;
    let mut ids: Vec<String> = Vec::new();
    ids.extend(subnets.into_iter().filter(|s| s.tags.get(TAG_STACK) != stack).map(|s| s.id));
    // The default group and the main route table go with the VPC.
    let groups = groups.iter().filter(|g| g.group_name() != Some("default") && foreign(&g.tags));
    ids.extend(groups.filter_map(|g| g.group_id.clone()));
    ids.extend(tables.iter().filter(|t| !is_main(t) && foreign(&t.tags)).filter_map(|t| t.route_table_id.clone()));
    // Interfaces in use go with what uses them; those of AWS's services outlive it by minutes.
    let idle = interfaces.iter().filter(|i| i.status() == Some(&NetworkInterfaceStatus::Available));
    ids.extend(idle.filter(|i| i.requester_managed() != Some(true) && foreign(&i.tag_set)).filter_map(|i| i.network_interface_id.clone()));
    Ok(ids)
}
