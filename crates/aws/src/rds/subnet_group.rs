//! `aws_db_subnet_group`.

use super::{PAGE, group_name, name_in, tag, tags_of, to_tags};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::names::prefix_of;
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_rds::types::DbSubnetGroup;
use cairn_derive::Model;
use cairn_engine::{Failure, FailureKind};
use std::collections::BTreeSet;
use std::time::Duration;

/// The subnets that databases may be placed in.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_db_subnet_group", tags)]
pub struct SubnetGroup {
    /// Name of the group, in lower case.
    #[attr(optional, computed, force_new, key, check = group_name)]
    name: Option<String>,
    /// Beginning of a name that Cairn completes.
    #[attr(optional, computed, force_new, check = group_name)]
    name_prefix: Option<String>,
    /// What the group is for.
    #[attr(default = "Managed by Terraform")]
    description: String,
    /// Subnets in at least two availability zones.
    #[attr(required)]
    subnet_ids: BTreeSet<String>,
    /// ARN of the group.
    #[attr(computed)]
    arn: Option<String>,
    /// VPC of the subnets.
    #[attr(computed)]
    vpc_id: Option<String>,
    /// Kinds of addresses that the subnets have: `IPV4`, `DUAL`.
    #[attr(computed)]
    supported_network_types: BTreeSet<String>,
}

const LONGEST_NAME: usize = 255;

impl Resource for SubnetGroup {
    const CONSOLE: Option<&'static str> = Some("rds/home?region={region}#db-subnet-group:id={name}");
    const SERVICE: &'static str = "rds";
    const INDEX: Option<(&'static str, &'static str)> = Some(("rds", "subgrp:"));
    const IAM: Iam = Iam::named("name", "name_prefix", "cairn-");
    const CALLS: Calls = Calls {
        read: &["rds:DescribeDBSubnetGroups", "rds:ListTagsForResource"],
        create: &["rds:CreateDBSubnetGroup", "rds:AddTagsToResource"],
        update: &["rds:ModifyDBSubnetGroup", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"],
        delete: &["rds:DeleteDBSubnetGroup"],
        read_cost: "1 per 100 groups of the account, and 1 per group whose tags the tag index does not settle: ListTagsForResource takes one ARN",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<SubnetGroup>>, Failure> {
        let mut names = scope.wanted_names("name", "name_prefix", "cairn-", LONGEST_NAME);
        names.extend(scope.indexed::<SubnetGroup>(aws).await?.iter().filter_map(|arn| name_in(arn)));
        names.extend(scope.only().map(str::to_string));
        let mut pages = aws
            .rds
            .describe_db_subnet_groups()
            .set_db_subnet_group_name(scope.only().map(str::to_string))
            .max_records(PAGE)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let Some(page) = absent(page.map_err(failed("rds:DescribeDBSubnetGroups")))? else { break };
            for group in page.db_subnet_groups.unwrap_or_default() {
                let (value, name) = (value(&group), group.db_subnet_group_name.unwrap_or_default());
                if names.contains(&name) {
                    let Some(tags) = absent(tags_of(aws, scope, value.arn.as_deref().unwrap_or_default()).await)? else { continue };
                    found.push(Found::new(name, value, tags));
                }
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &SubnetGroup, making: &Making<'_>) -> Result<String, Failure> {
        let name =
            want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("cairn-"), LONGEST_NAME));
        let request = aws
            .rds
            .create_db_subnet_group()
            .db_subnet_group_name(&name)
            .db_subnet_group_description(&want.description)
            .set_subnet_ids(Some(want.subnet_ids.iter().cloned().collect()))
            .set_tags(Some(to_tags(&making.tags)));
        once!(aws_sdk_rds, request).await.map_err(failed("rds:CreateDBSubnetGroup"))?;
        Ok(name)
    }

    async fn update(aws: &Aws, have: &Found<SubnetGroup>, want: &SubnetGroup, _: &Changing<'_>) -> Result<(), Failure> {
        let call = aws
            .rds
            .modify_db_subnet_group()
            .db_subnet_group_name(&have.id)
            .db_subnet_group_description(&want.description)
            .set_subnet_ids(Some(want.subnet_ids.iter().cloned().collect()));
        call.send().await.map_err(failed("rds:ModifyDBSubnetGroup")).map(|_| ())
    }

    async fn delete(aws: &Aws, have: &Found<SubnetGroup>, removing: &Removing<'_, SubnetGroup>) -> Result<(), Failure> {
        // A database that has just gone is forgotten by its group a little later (InvalidDBSubnetGroupStateFault).
        let what = format!("subnet group {} to be out of use", have.id);
        let in_use = |f: &Failure| f.kind == FailureKind::InUse || f.code.starts_with("InvalidDBSubnetGroupState");
        wait::while_failing(removing.run, &what, Duration::from_secs(600), in_use, || async {
            gone(aws.rds.delete_db_subnet_group().db_subnet_group_name(&have.id).send().await.map_err(failed("rds:DeleteDBSubnetGroup")))
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<SubnetGroup>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, have.value.arn.as_deref().unwrap_or_default(), set, remove).await
    }
}

fn value(group: &DbSubnetGroup) -> SubnetGroup {
    SubnetGroup {
        name: group.db_subnet_group_name.clone(),
        name_prefix: group.db_subnet_group_name.as_deref().and_then(prefix_of),
        description: group.db_subnet_group_description.clone().unwrap_or_default(),
        subnet_ids: group.subnets().iter().filter_map(|s| s.subnet_identifier.clone()).collect(),
        arn: group.db_subnet_group_arn.clone(),
        vpc_id: group.vpc_id.clone(),
        supported_network_types: group.supported_network_types().iter().cloned().collect(),
    }
}
