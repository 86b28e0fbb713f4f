//! `aws_iam_role_policy`.

use super::{PROPAGATION, details, document, not_known_yet, role_names};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait;
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Parent;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::json;
use cairn_model::{Value, equality, length};

/// A policy that is written into a role. It can carry no mark: its name is how it is found again, so it is required.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_iam_role_policy", unread = "name_prefix")]
pub struct RolePolicy {
    /// Name of the policy, in the role.
    #[attr(required, force_new, key, check = length!(1, 128))]
    name: String,
    /// What the role may do, in JSON.
    #[attr(required, check = json, equal = equality::policy)]
    policy: String,
    /// Name of the role.
    #[attr(required, force_new, key)]
    role: String,
}

impl Resource for RolePolicy {
    const CONSOLE: Option<&'static str> = Some("iam/home#/roles/details/{role}");
    const SERVICE: &'static str = "iam";
    const PARENTS: &'static [Parent] =
        &[Parent { type_name: "aws_iam_role", attribute: "role", names: "name", inline: Some("inline_policy") }];
    const EFFECTS: Effects = Effects { serves: Some("what only it allows"), ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["iam:GetAccountAuthorizationDetails", "iam:GetRolePolicy"],
        create: &["iam:PutRolePolicy"],
        update: &["iam:PutRolePolicy"],
        delete: &["iam:DeleteRolePolicy"],
        read_cost: "1 per page of the account's, shared with roles; 1 for each that differs from the configuration, to be sure",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<RolePolicy>>, Failure> {
        if let Some((role, name)) = scope.only().and_then(|id| id.split_once(':')) {
            return Ok(one(aws, role, name).await?.into_iter().collect());
        }
        let (details, ours) = futures::try_join!(details(aws, scope), role_names(aws, scope))?;
        let mut found = Vec::new();
        for role in &ours {
            for policy in details.roles.get(role).map(|r| r.role_policy_list()).unwrap_or_default() {
                let Some(name) = policy.policy_name() else { continue };
                found.push(part(role, name, document(policy.policy_document.clone()).unwrap_or_default()));
            }
        }
        // The list lags behind what was just written.
        for wanted in scope.wanted() {
            let (Some(role), Some(name)) = (wanted.config.get_str("role"), wanted.config.get_str("name")) else { continue };
            if !ours.contains(role) {
                continue;
            }
            let id = id(role, name);
            let at = found.iter().position(|f| f.id == id);
            let same = at.and_then(|at| found.get(at)).is_some_and(|have| {
                wanted.config.get_str("policy").is_none_or(|p| equality::policy(&Value::from(have.value.policy.as_str()), &Value::from(p)))
            });
            if !same {
                if let Some(at) = at {
                    found.swap_remove(at);
                }
                found.extend(one(aws, role, name).await?);
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &RolePolicy, making: &Making<'_>) -> Result<String, Failure> {
        put(aws, &want.role, &want.name, &want.policy, making.run).await?;
        Ok(id(&want.role, &want.name))
    }

    async fn update(aws: &Aws, have: &Found<RolePolicy>, want: &RolePolicy, changing: &Changing<'_>) -> Result<(), Failure> {
        put(aws, &have.value.role, &have.value.name, &want.policy, changing.run).await
    }

    async fn delete(aws: &Aws, have: &Found<RolePolicy>, _: &Removing<'_, RolePolicy>) -> Result<(), Failure> {
        let call = aws.iam.delete_role_policy().role_name(&have.value.role).policy_name(&have.value.name);
        gone(call.send().await.map_err(failed("iam:DeleteRolePolicy")))
    }
}

fn id(role: &str, name: &str) -> String {
    format!("{role}:{name}")
}

fn part(role: &str, name: &str, policy: String) -> Found<RolePolicy> {
    let value = RolePolicy { name: name.into(), policy, role: role.into() };
    Found::part(id(role, name), value, Tags::new(), "aws_iam_role", role)
}

async fn one(aws: &Aws, role: &str, name: &str) -> Result<Option<Found<RolePolicy>>, Failure> {
    let answer = absent(aws.iam.get_role_policy().role_name(role).policy_name(name).send().await.map_err(failed("iam:GetRolePolicy")))?;
    Ok(answer.map(|a| part(role, name, document(Some(a.policy_document)).unwrap_or_default())))
}

/// Writes a policy: `PutRolePolicy` can be repeated.
async fn put(aws: &Aws, role: &str, name: &str, policy: &str, run: Run<'_>) -> Result<(), Failure> {
    let call = aws.iam.put_role_policy().role_name(role).policy_name(name).policy_document(policy);
    // So may be the role to this part of IAM.
    let passing = |f: &Failure| not_known_yet(f) || f.kind == FailureKind::NotFound;
    wait::while_failing(run, "the role to be known", PROPAGATION / 6, passing, || async {
        call.clone().send().await.map_err(failed("iam:PutRolePolicy")).map(|_| ())
    })
    .await
}
