//! What sits in a VPC and is not the stack's: it is never deleted, but named when it keeps the VPC from going.

use super::shared::is_main;
use super::{filter, from_tags};
use crate::client::Aws;
use crate::failure::failed;
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
        async { aws.ec2.describe_subnets().filters(here()).send().await.map_err(failed("ec2:DescribeSubnets")) },
        async { aws.ec2.describe_security_groups().filters(here()).send().await.map_err(failed("ec2:DescribeSecurityGroups")) },
        async { aws.ec2.describe_route_tables().filters(here()).send().await.map_err(failed("ec2:DescribeRouteTables")) },
        async { aws.ec2.describe_network_interfaces().filters(here()).send().await.map_err(failed("ec2:DescribeNetworkInterfaces")) },
    )?;
    let mut ids: Vec<String> = Vec::new();
    ids.extend(subnets.subnets().iter().filter(|s| foreign(&s.tags)).filter_map(|s| s.subnet_id.clone()));
    // The default group and the main route table go with the VPC.
    let groups = groups.security_groups().iter().filter(|g| g.group_name() != Some("default") && foreign(&g.tags));
    ids.extend(groups.filter_map(|g| g.group_id.clone()));
    ids.extend(tables.route_tables().iter().filter(|t| !is_main(t) && foreign(&t.tags)).filter_map(|t| t.route_table_id.clone()));
    // Interfaces in use go with what uses them; those of AWS's services outlive it by minutes.
    let idle = interfaces.network_interfaces().iter().filter(|i| i.status() == Some(&NetworkInterfaceStatus::Available));
    ids.extend(idle.filter(|i| i.requester_managed() != Some(true) && foreign(&i.tag_set)).filter_map(|i| i.network_interface_id.clone()));
    Ok(ids)
}
