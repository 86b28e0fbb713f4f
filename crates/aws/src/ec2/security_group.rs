//! `aws_security_group`.

use super::security_group_rules::{
    InlineRule, RULES_TAKEN_AWAY, Rules, authorize, collect, expand, inline_rules, revoke, revoke_default_egress, same_rules, settle,
};
use super::shared::{describe_groups, describe_rules, naming_users, own_groups, own_rules, tags_of, vpcs_to_search};
use super::{filter, specification};
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_ec2::types::{self, ResourceType};
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::types::Type;
use cairn_model::{Value, length};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A set of rules for what may reach a network interface and what it may reach.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_security_group", tags, timeouts = "create delete")]
pub struct SecurityGroup {
    /// Name, unique in the VPC. Made up when neither it nor `name_prefix` is set.
    #[attr(optional, computed, force_new, key, check = length!(1, 255), check = not_reserved)]
    name: Option<String>,
    /// What a made-up name begins with.
    #[attr(optional, config_only, check = length!(1, 243), check = not_reserved)]
    name_prefix: Option<String>,
    /// What the group is for. Can't be changed.
    #[attr(default = "Managed by Terraform", force_new, check = length!(0, 255))]
    description: String,
    /// VPC that it belongs to; the default VPC when left out.
    #[attr(optional, computed, force_new, key)]
    vpc_id: Option<String>,
    /// What may come in, all of it. Left out, rules are resources of their own.
    #[attr(optional, computed, equal = same_rules)]
    ingress: BTreeSet<InlineRule>,
    /// What may go out, all of it. Left out, rules are resources of their own.
    #[attr(optional, computed, equal = same_rules)]
    egress: BTreeSet<InlineRule>,
    /// Take all rules out of the group before it is destroyed: for groups that refer to each other.
    #[attr(default = false, config_only)]
    revoke_rules_on_delete: bool,
    /// ARN of the group.
    #[attr(computed)]
    arn: Option<String>,
    /// Account that owns the group.
    #[attr(computed)]
    owner_id: Option<String>,
}

/// What a name begins with that neither the configuration nor a prefix gives.
const MADE_UP: &str = "cairn-";
/// Longest name (`CreateSecurityGroup`).
const NAME_MAX: usize = 255;

impl Resource for SecurityGroup {
    const CONSOLE: Option<&'static str> = Some("ec2/home?region={region}#SecurityGroup:groupId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "security-group/"));
    const EFFECTS: Effects =
        Effects { serves: Some("every connection that its rules allow"), in_place: &[RULES_TAKEN_AWAY], ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules", "ec2:DescribeVpcs"],
        create: &[
            "ec2:CreateSecurityGroup",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:CreateTags",
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
        delete: &[
            "ec2:DeleteSecurityGroup",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:DescribeNetworkInterfaces",
        ],
        read_cost: "1 per 1,000; the rules that rules need too; while some are yet to be made 2, to see whether their names are taken",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("name_prefix", "AWS keeps the whole name only"),
        ("revoke_rules_on_delete", "it steers how Cairn works; AWS keeps nothing of it"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<SecurityGroup>>, Failure> {
        if let Some(id) = scope.only() {
            let groups = describe_groups(aws, vec![filter("group-id", [id])]);
            let (groups, rules) = futures::try_join!(groups, describe_rules(aws, vec![filter("group-id", [id])]))?;
            return Ok(groups.iter().map(|g| from_aws(g, &rules)).collect());
        }
        let (groups, rules): (Arc<Vec<_>>, Arc<Vec<_>>) = futures::try_join!(own_groups(aws, scope), own_rules(aws, scope))?;
        let mut found: Vec<_> = groups.iter().filter(|g| g.group_name() != Some("default")).map(|g| from_aws(g, &rules)).collect();
        if scope.unmarked(&found).is_empty() {
            return Ok(found);
        }
        let names = scope.wanted_names("name", "name_prefix", MADE_UP, NAME_MAX);
        let vpcs = vpcs_to_search(aws, scope).await?;
        if !names.is_empty() && !vpcs.is_empty() {
            let there = describe_groups(aws, vec![filter("vpc-id", vpcs), filter("group-name", names)]).await?;
            let known: BTreeSet<String> = found.iter().map(|f| f.id.clone()).collect();
            found.extend(there.iter().map(|g| from_aws(g, &[])).filter(|f| !known.contains(&f.id)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &SecurityGroup, making: &Making<'_>) -> Result<String, Failure> {
        let name = match want.name.as_ref().filter(|n| !n.is_empty()) {
            Some(name) => name.clone(),
            None => making.generated_name(want.name_prefix.as_deref().unwrap_or(MADE_UP), NAME_MAX),
        };
        let request = aws
            .ec2
            .create_security_group()
            .group_name(name)
            .description(&want.description)
            .set_vpc_id(want.vpc_id.clone())
            .tag_specifications(specification(ResourceType::SecurityGroup, &making.tags));
        let made = once!(aws_sdk_ec2, request).await.map_err(failed("ec2:CreateSecurityGroup"))?;
        let id = made.group_id.ok_or_else(|| missing("ec2:CreateSecurityGroup", "GroupId"))?;
        let (ingress, egress) = (expand(&want.ingress), expand(&want.egress));
        let what = format!("security group {id} to become visible");
        let fresh = |f: &Failure| f.code == "InvalidGroup.NotFound" || f.code == "InvalidGroupId.NotFound";
        // A crash before this leaves AWS's own rule, which the next plan finds: it is no declared one.
        wait::while_failing(making.run, &what, Duration::from_secs(60), fresh, || revoke_default_egress(aws, &id, &egress)).await?;
        let everything = super::security_group_rules::default_egress();
        let rest: Rules = egress.into_iter().filter(|(t, d)| !(d.is_none() && *t == everything)).collect();
        for (egress, rules) in [(false, ingress), (true, rest)] {
            if !rules.is_empty() {
                authorize(aws, &id, egress, &rules, &Tags::new()).await?;
            }
        }
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<SecurityGroup>, want: &SecurityGroup, changing: &Changing<'_>) -> Result<(), Failure> {
        for (name, egress, blocks) in [("ingress", false, &want.ingress), ("egress", true, &want.egress)] {
            if changing.any(&[name]) {
                settle(aws, &have.id, egress, &expand(blocks)).await?;
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<SecurityGroup>, removing: &Removing<'_, SecurityGroup>) -> Result<(), Failure> {
        if removing.config.as_ref().is_some_and(|c| c.revoke_rules_on_delete) {
            let rules = describe_rules(aws, vec![filter("group-id", [&have.id])]).await?;
            for egress in [false, true] {
                revoke(aws, &have.id, egress, rules.iter().filter(|r| r.egress == egress).map(|r| r.id.clone()).collect()).await?;
            }
        }
        let deleted = aws.ec2.delete_security_group().group_id(&have.id).send().await.map_err(failed("ec2:DeleteSecurityGroup"));
        let deleted = naming_users(aws, filter("group-id", [&have.id]), false, gone(deleted)).await;
        match deleted {
            Err(failure) if failure.kind == FailureKind::InUse => {
                Err(Failure { message: format!("{}{}", failure.message, referrers(aws, &have.id).await), ..failure })
            }
            other => other,
        }
    }

    async fn tag(aws: &Aws, have: &Found<SecurityGroup>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let set = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        if set("name") && set("name_prefix") {
            let message = "a group that has a name takes no name_prefix: set either".to_string();
            return Err(vec![Refusal { attribute: "name_prefix".into(), message }]);
        }
        inline_rules(config)?;
        // A prefix that the name does not have asks for another name.
        if let (Some(name), Some(prefix)) = (live.and_then(|l| l.get_str("name")), config.get_str("name_prefix"))
            && !name.starts_with(prefix)
        {
            planned = planned.with("name", Value::unknown(Type::String));
        }
        Ok(planned)
    }
}

/// Names that begin like ids are AWS's (`CreateSecurityGroup`), and every VPC has its group `default`.
fn not_reserved(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if text.starts_with("sg-") => Err("must not begin with \"sg-\": ids do".into()),
        Some("default") => Err("must not be \"default\": the VPC has one of that name, see aws_default_security_group".into()),
        _ => Ok(()),
    }
}

fn from_aws(group: &types::SecurityGroup, rules: &[super::security_group_rules::SecurityGroupRule]) -> Found<SecurityGroup> {
    let id = group.group_id.clone().unwrap_or_default();
    let value = SecurityGroup {
        name: group.group_name.clone(),
        name_prefix: None,
        description: group.description.clone().unwrap_or_default(),
        vpc_id: group.vpc_id.clone(),
        ingress: collect(rules, &id, false),
        egress: collect(rules, &id, true),
        revoke_rules_on_delete: false,
        arn: group.security_group_arn.clone(),
        owner_id: group.owner_id.clone(),
    };
    Found::new(id, value, tags_of(&group.tags))
}

/// Who refers to a group in its rules, to say why it can't be deleted.
async fn referrers(aws: &Aws, id: &str) -> String {
    let (from, to) = futures::join!(
        describe_groups(aws, vec![filter("ip-permission.group-id", [id])]),
        describe_groups(aws, vec![filter("egress.ip-permission.group-id", [id])]),
    );
    let groups = [from, to].into_iter().flatten().flatten();
    let names: BTreeSet<String> = groups.filter_map(|g| g.group_id).filter(|g| g != id).collect();
    if names.is_empty() { String::new() } else { format!("; rules of {} refer to it", names.into_iter().collect::<Vec<_>>().join(", ")) }
}
