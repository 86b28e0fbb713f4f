//! `aws_db_parameter_group`.

use super::{PAGE, group_name, name_in, tag, tags_of, to_tags};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::names::prefix_of;
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_rds::types::{ApplyMethod, DbParameterGroup, Parameter as RdsParameter};
use cairn_derive::Model;
use cairn_engine::{Failure, FailureKind};
use cairn_model::equality::ignore_case;
use cairn_model::one_of;
use std::collections::BTreeSet;
use std::time::Duration;

/// Settings of a database engine.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_db_parameter_group", tags)]
pub struct ParameterGroup {
    /// Name of the group, in lower case.
    #[attr(optional, computed, force_new, key, check = group_name)]
    name: Option<String>,
    /// Beginning of a name that Cairn completes.
    #[attr(optional, computed, force_new, check = group_name)]
    name_prefix: Option<String>,
    /// Engine and major version that it is for, such as `postgres17`.
    #[attr(required, force_new)]
    family: String,
    /// What the group is for.
    #[attr(default = "Managed by Terraform", force_new)]
    description: String,
    /// Leave the group in AWS when it is destroyed here.
    #[attr(default = false, config_only)]
    skip_destroy: bool,
    /// The settings that differ from the engine's own.
    #[block]
    parameter: BTreeSet<Parameter>,
    /// ARN of the group.
    #[attr(computed)]
    arn: Option<String>,
}

/// One setting.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parameter {
    /// Name of the setting.
    #[attr(required, equal = ignore_case)]
    name: String,
    /// Its value.
    #[attr(required)]
    value: String,
    /// Whether a change counts at once (`immediate`) or after the next reboot (`pending-reboot`). It counts
    /// only where the value changes too: AWS uses it for that one change.
    #[attr(default = "immediate", config_only, check = one_of!("immediate", "pending-reboot"))]
    apply_method: String,
}

const LONGEST_NAME: usize = 255;
/// Most parameters of one ModifyDBParameterGroup (RDS API reference).
const BATCH: usize = 20;

impl Resource for ParameterGroup {
    const CONSOLE: Option<&'static str> =
        Some("rds/home?region={region}#parameter-groups-detail:ids={name};type=DbParameterGroup;editing=false");
    const SERVICE: &'static str = "rds";
    const INDEX: Option<(&'static str, &'static str)> = Some(("rds", "pg:"));
    const IAM: Iam = Iam::named("name", "name_prefix", "cairn-");
    const CALLS: Calls = Calls {
        read: &["rds:DescribeDBParameterGroups", "rds:DescribeDBParameters", "rds:ListTagsForResource"],
        create: &["rds:CreateDBParameterGroup", "rds:ModifyDBParameterGroup", "rds:AddTagsToResource"],
        update: &["rds:ModifyDBParameterGroup", "rds:ResetDBParameterGroup", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"],
        delete: &["rds:DeleteDBParameterGroup"],
        read_cost: "1 per 100 groups of the account; 1 per 100 changed settings of each group, since DescribeDBParameters takes one group; and 1 per group whose tags the tag index does not settle",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("skip_destroy", "it steers how Cairn works; AWS keeps nothing of it"),
        ("parameter.apply_method", "AWS uses it for one change and keeps nothing of it"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<ParameterGroup>>, Failure> {
        let mut names = scope.wanted_names("name", "name_prefix", "cairn-", LONGEST_NAME);
        names.extend(scope.indexed::<ParameterGroup>(aws).await?.iter().filter_map(|arn| name_in(arn)));
        names.extend(scope.only().map(str::to_string));
        let request = aws.rds.describe_db_parameter_groups().set_db_parameter_group_name(scope.only().map(str::to_string));
        let mut pages = request.max_records(PAGE).into_paginator().send();
        let mut groups = Vec::new();
        while let Some(page) = pages.next().await {
            let Some(page) = absent(page.map_err(failed("rds:DescribeDBParameterGroups")))? else { break };
            groups.extend(page.db_parameter_groups.unwrap_or_default());
        }
        groups.retain(|g| g.db_parameter_group_name.as_ref().is_some_and(|n| names.contains(n)));
        let read = groups.iter().map(|group| async {
            let arn = group.db_parameter_group_arn.as_deref().unwrap_or_default();
            absent(async { futures::try_join!(parameters(aws, group.db_parameter_group_name()), tags_of(aws, scope, arn)) }.await)
        });
        let read = futures::future::try_join_all(read).await?;
        let found = groups.iter().zip(read).filter_map(|(group, read)| {
            let (parameter, tags) = read?;
            Some(Found::new(group.db_parameter_group_name.clone()?, value(group, parameter), tags))
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, want: &ParameterGroup, making: &Making<'_>) -> Result<String, Failure> {
        let name =
            want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("cairn-"), LONGEST_NAME));
        let request = aws
            .rds
            .create_db_parameter_group()
            .db_parameter_group_name(&name)
            .db_parameter_group_family(&want.family)
            .description(&want.description)
            .set_tags(Some(to_tags(&making.tags)));
        once!(aws_sdk_rds, request).await.map_err(failed("rds:CreateDBParameterGroup"))?;
        modify(aws, &name, want.parameter.iter()).await?;
        Ok(name)
    }

    async fn update(aws: &Aws, have: &Found<ParameterGroup>, want: &ParameterGroup, _: &Changing<'_>) -> Result<(), Failure> {
        let names = |p: &Parameter, q: &Parameter| p.name.eq_ignore_ascii_case(&q.name);
        let stands = |p: &Parameter| have.value.parameter.iter().any(|h| names(h, p) && h.value == p.value);
        let dropped = have.value.parameter.iter().filter(|h| !want.parameter.iter().any(|w| names(w, h))).collect::<Vec<_>>();
        for batch in dropped.chunks(BATCH) {
            let parameters = batch.iter().map(|p| parameter(p)).collect();
            let call = aws.rds.reset_db_parameter_group().db_parameter_group_name(&have.id).set_parameters(Some(parameters));
            call.send().await.map_err(failed("rds:ResetDBParameterGroup"))?;
        }
        modify(aws, &have.id, want.parameter.iter().filter(|p| !stands(p))).await
    }

    async fn delete(aws: &Aws, have: &Found<ParameterGroup>, removing: &Removing<'_, ParameterGroup>) -> Result<(), Failure> {
        if removing.config.as_ref().is_some_and(|c| c.skip_destroy) {
            return Ok(());
        }
        // A database that has just gone is forgotten by its group a little later (InvalidDBParameterGroupState).
        let what = format!("parameter group {} to be out of use", have.id);
        let in_use = |f: &Failure| f.kind == FailureKind::InUse || f.code.starts_with("InvalidDBParameterGroupState");
        wait::while_failing(removing.run, &what, Duration::from_secs(600), in_use, || async {
            gone(
                aws.rds
                    .delete_db_parameter_group()
                    .db_parameter_group_name(&have.id)
                    .send()
                    .await
                    .map_err(failed("rds:DeleteDBParameterGroup")),
            )
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<ParameterGroup>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, have.value.arn.as_deref().unwrap_or_default(), set, remove).await
    }
}

fn value(group: &DbParameterGroup, parameter: BTreeSet<Parameter>) -> ParameterGroup {
    ParameterGroup {
        name: group.db_parameter_group_name.clone(),
        name_prefix: group.db_parameter_group_name.as_deref().and_then(prefix_of),
        family: group.db_parameter_group_family.clone().unwrap_or_default(),
        description: group.description.clone().unwrap_or_default(),
        skip_destroy: false,
        parameter,
        arn: group.db_parameter_group_arn.clone(),
    }
}

/// The settings that somebody has changed from the engine's own.
async fn parameters(aws: &Aws, group: Option<&str>) -> Result<BTreeSet<Parameter>, Failure> {
    let request = aws.rds.describe_db_parameters().set_db_parameter_group_name(group.map(str::to_string)).source("user");
    let mut pages = request.max_records(PAGE).into_paginator().send();
    let mut found = BTreeSet::new();
    while let Some(page) = pages.next().await {
        for p in page.map_err(failed("rds:DescribeDBParameters"))?.parameters.unwrap_or_default() {
            if let (Some(name), Some(value)) = (p.parameter_name, p.parameter_value) {
                found.insert(Parameter {
                    name,
                    value,
                    apply_method: p.apply_method.map_or_else(|| "immediate".into(), |m| m.as_str().to_string()),
                });
            }
        }
    }
    Ok(found)
}

fn parameter(p: &Parameter) -> RdsParameter {
    let method = ApplyMethod::from(p.apply_method.as_str());
    RdsParameter::builder().parameter_name(p.name.to_ascii_lowercase()).parameter_value(&p.value).apply_method(method).build()
}

async fn modify(aws: &Aws, group: &str, parameters: impl Iterator<Item = &Parameter>) -> Result<(), Failure> {
    let parameters = parameters.map(parameter).collect::<Vec<_>>();
    for batch in parameters.chunks(BATCH) {
        let call = aws.rds.modify_db_parameter_group().db_parameter_group_name(group).set_parameters(Some(batch.to_vec()));
        call.send().await.map_err(failed("rds:ModifyDBParameterGroup"))?;
    }
    Ok(())
}
