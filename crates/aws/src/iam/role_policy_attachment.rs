//! `aws_iam_role_policy_attachment`.

use super::{PROPAGATION, details, role_names};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::resource::{Calls, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Parent;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::arn;
use std::collections::{BTreeMap, BTreeSet};

/// Gives a role a managed policy.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_iam_role_policy_attachment")]
pub struct RolePolicyAttachment {
    /// ARN of the policy.
    #[attr(required, force_new, key, check = arn)]
    policy_arn: String,
    /// Name of the role.
    #[attr(required, force_new, key)]
    role: String,
}

impl Resource for RolePolicyAttachment {
    const CONSOLE: Option<&'static str> = Some("iam/home#/roles/details/{role}");
    const SERVICE: &'static str = "iam";
    const PARENTS: &'static [Parent] =
        &[Parent { type_name: "aws_iam_role", attribute: "role", names: "name", inline: Some("managed_policy_arns") }];
    const EFFECTS: Effects = Effects { serves: Some("what only it allows"), ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["iam:GetAccountAuthorizationDetails", "iam:ListAttachedRolePolicies"],
        create: &["iam:AttachRolePolicy"],
        update: &[],
        delete: &["iam:DetachRolePolicy"],
        read_cost: "1 per page of the account's, shared with roles; 1 for each role that lacks one of the configuration's, to be sure",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<RolePolicyAttachment>>, Failure> {
        if let Some((role, arn)) = scope.only().and_then(|id| id.split_once('/')) {
            let attached = attached(aws, role).await?;
            return Ok(attached.into_iter().filter(|a| a == arn).map(|a| part(role, a)).collect());
        }
        let (details, ours) = futures::try_join!(details(aws, scope), role_names(aws, scope))?;
        let mut by_role: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for role in &ours {
            let listed = details.roles.get(role).map(|r| r.attached_managed_policies()).unwrap_or_default();
            by_role.insert(role, listed.iter().filter_map(|p| p.policy_arn.clone()).collect());
        }
        // The list lags behind what was just attached.
        for wanted in scope.wanted() {
            let (Some(role), Some(arn)) = (wanted.config.get_str("role"), wanted.config.get_str("policy_arn")) else { continue };
            if let Some(have) = by_role.get_mut(role).filter(|have| !have.contains(arn)) {
                *have = attached(aws, role).await?;
            }
        }
        Ok(by_role.into_iter().flat_map(|(role, arns)| arns.into_iter().map(move |arn| part(role, arn))).collect())
    }

    async fn create(aws: &Aws, want: &RolePolicyAttachment, making: &Making<'_>) -> Result<String, Failure> {
        // Role or policy may be so new that this part of IAM does not know them yet.
        let passing = |f: &Failure| f.kind == FailureKind::NotFound;
        wait::while_failing(making.run, "role and policy to be known", PROPAGATION / 6, passing, || async {
            let call = aws.iam.attach_role_policy().role_name(&want.role).policy_arn(&want.policy_arn);
            call.send().await.map_err(failed("iam:AttachRolePolicy"))
        })
        .await?;
        Ok(format!("{}/{}", want.role, want.policy_arn))
    }

    async fn delete(aws: &Aws, have: &Found<RolePolicyAttachment>, _: &Removing<'_, RolePolicyAttachment>) -> Result<(), Failure> {
        let call = aws.iam.detach_role_policy().role_name(&have.value.role).policy_arn(&have.value.policy_arn);
        gone(call.send().await.map_err(failed("iam:DetachRolePolicy")))
    }
}

fn part(role: &str, arn: String) -> Found<RolePolicyAttachment> {
    let value = RolePolicyAttachment { policy_arn: arn, role: role.into() };
    Found::part(format!("{role}/{}", value.policy_arn), value, Tags::new(), "aws_iam_role", role)
}

async fn attached(aws: &Aws, role: &str) -> Result<BTreeSet<String>, Failure> {
    let mut pages = aws.iam.list_attached_role_policies().role_name(role).into_paginator().send();
    let mut arns = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let Some(page) = absent(page.map_err(failed("iam:ListAttachedRolePolicies")))? else { break };
        arns.extend(page.attached_policies.unwrap_or_default().into_iter().filter_map(|p| p.policy_arn));
    }
    Ok(arns)
}
