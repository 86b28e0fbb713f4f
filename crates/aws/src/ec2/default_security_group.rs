//! `aws_default_security_group`.

use super::filter;
use super::security_group_rules::{InlineRule, RULES_TAKEN_AWAY, collect, expand, inline_rules, same_rules, settle};
use super::shared::{describe_groups, describe_rules, own_groups, own_rules, tags_of};
use crate::client::Aws;
use crate::failure::gone;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::Value;
use cairn_model::mark::{TAG_PREFIX, TAG_STACK};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The security group that AWS makes with a VPC, for interfaces that name none. It is there before it is
/// declared: declaring it marks it and takes out every rule that is not declared; destroying it takes the
/// mark off and leaves the group as it is.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_default_security_group", tags, unread = "name_prefix revoke_rules_on_delete")]
pub struct DefaultSecurityGroup {
    /// VPC whose group it is; the default VPC when left out.
    #[attr(optional, computed, force_new, key)]
    vpc_id: Option<String>,
    /// What may come in, all of it. Left out, rules are resources of their own.
    #[attr(optional, computed, equal = same_rules)]
    ingress: BTreeSet<InlineRule>,
    /// What may go out, all of it. Left out, rules are resources of their own.
    #[attr(optional, computed, equal = same_rules)]
    egress: BTreeSet<InlineRule>,
    /// Name of the group: `default`.
    #[attr(computed)]
    name: Option<String>,
    /// Description of the group.
    #[attr(computed)]
    description: Option<String>,
    /// ARN of the group.
    #[attr(computed)]
    arn: Option<String>,
    /// Account that owns the group.
    #[attr(computed)]
    owner_id: Option<String>,
}

impl Resource for DefaultSecurityGroup {
    const CONSOLE: Option<&'static str> = Some("ec2/home?region={region}#SecurityGroup:groupId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "security-group/"));
    const EFFECTS: Effects = Effects { in_place: &[RULES_TAKEN_AWAY], ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"],
        create: &[
            "ec2:DescribeVpcs",
            "ec2:CreateTags",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:ModifySecurityGroupRules",
        ],
        update: &[
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:ModifySecurityGroupRules",
            "ec2:CreateTags",
            "ec2:DeleteTags",
        ],
        delete: &["ec2:DeleteTags"],
        read_cost: "none of its own: the security groups and rules hold them",
    };

    /// Only those with a mark: one without is not taken by anybody, it waits to be adopted.
    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<DefaultSecurityGroup>>, Failure> {
        let (groups, rules) = match scope.only() {
            Some(id) => {
                let groups = describe_groups(aws, vec![filter("group-id", [id])]);
                let (groups, rules) = futures::try_join!(groups, describe_rules(aws, vec![filter("group-id", [id])]))?;
                (Arc::new(groups), Arc::new(rules))
            }
            None => futures::try_join!(own_groups(aws, scope), own_rules(aws, scope))?,
        };
        let found = groups.iter().filter(|g| g.group_name() == Some("default")).map(|group| {
            let id = group.group_id.clone().unwrap_or_default();
            let value = DefaultSecurityGroup {
                vpc_id: group.vpc_id.clone(),
                ingress: collect(&rules, &id, false),
                egress: collect(&rules, &id, true),
                name: group.group_name.clone(),
                description: group.description.clone(),
                arn: group.security_group_arn.clone(),
                owner_id: group.owner_id.clone(),
            };
            Found::new(id, value, tags_of(&group.tags))
        });
        Ok(found.collect())
    }

    /// Marks the VPC's default group and settles its rules; after a crash in between the next plan finds rules that
    /// nobody declared.
    async fn create(aws: &Aws, want: &DefaultSecurityGroup, making: &Making<'_>) -> Result<String, Failure> {
        let vpc = match &want.vpc_id {
            Some(id) => id.clone(),
            None => {
                let vpcs = super::shared::describe_vpcs(aws, vec![filter("is-default", ["true"])]).await?;
                let id = vpcs.into_iter().find_map(|v| v.vpc_id);
                id.ok_or_else(|| Failure::new(FailureKind::NotFound, "this region has no default VPC: set vpc_id"))?
            }
        };
        let groups = describe_groups(aws, vec![filter("vpc-id", [&vpc]), filter("group-name", ["default"])]).await?;
        let group = groups
            .into_iter()
            .next()
            .ok_or_else(|| Failure::new(FailureKind::NotFound, format!("VPC {vpc} has no default security group")))?;
        let id = group.group_id.clone().unwrap_or_default();
        let tags = tags_of(&group.tags);
        if let Some(other) = tags.get(TAG_STACK).filter(|s| **s != making.stack.to_string()) {
            return Err(Failure::new(
                FailureKind::AlreadyExists,
                format!("the default security group {id} of VPC {vpc} is held by the stack {other}"),
            ));
        }
        let stale: Vec<String> = tags.into_keys().filter(|k| !making.tags.contains_key(k) && !k.starts_with("aws:")).collect();
        super::tag(aws, &id, &making.tags, &stale).await?;
        settle(aws, &id, false, &expand(&want.ingress)).await?;
        settle(aws, &id, true, &expand(&want.egress)).await?;
        Ok(id)
    }

    async fn update(
        aws: &Aws,
        have: &Found<DefaultSecurityGroup>,
        want: &DefaultSecurityGroup,
        changing: &Changing<'_>,
    ) -> Result<(), Failure> {
        for (name, egress, blocks) in [("ingress", false, &want.ingress), ("egress", true, &want.egress)] {
            if changing.any(&[name]) {
                settle(aws, &have.id, egress, &expand(blocks)).await?;
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<DefaultSecurityGroup>, _: &Removing<'_, DefaultSecurityGroup>) -> Result<(), Failure> {
        let marks: Vec<String> = have.tags.keys().filter(|k| k.starts_with(TAG_PREFIX)).cloned().collect();
        gone(super::tag(aws, &have.id, &Tags::new(), &marks).await)
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        inline_rules(config).map(|()| planned)
    }

    async fn tag(aws: &Aws, have: &Found<DefaultSecurityGroup>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }
}
