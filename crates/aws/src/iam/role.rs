//! `aws_iam_role`.

use super::{Details, PAGE, PROPAGATION, details, document, from_tags, listed_roles, not_known_yet, time, to_tags};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::names;
use crate::once;
use crate::permissions::{Iam, Named};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_iam::types;
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_model::check::{arn, json};
use cairn_model::{Value, between, equality, length};
use std::collections::BTreeSet;

/// An identity that services and people take on for a while.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_iam_role", tags, unread = "managed_policy_arns inline_policy")]
pub struct Role {
    /// Name of the role.
    #[attr(optional, computed, force_new, key, check = length!(1, 64))]
    name: Option<String>,
    /// Beginning of a name that Cairn makes up.
    #[attr(optional, config_only, check = length!(1, 38))]
    name_prefix: Option<String>,
    /// Who may take it on, as a policy in JSON.
    #[attr(required, check = json, equal = equality::policy)]
    assume_role_policy: String,
    /// What it is for.
    #[attr(optional, check = length!(0, 1000))]
    description: Option<String>,
    /// Seconds that it may be taken on for.
    #[attr(default = 3600, check = between!(3600, 43200))]
    max_session_duration: i32,
    /// Folder of the role, such as `/moodle/`.
    #[attr(default = "/", force_new)]
    path: String,
    /// ARN of the policy that bounds what it may do.
    #[attr(optional, check = arn)]
    permissions_boundary: Option<String>,
    /// Take its policies off before it is deleted, also those that others put on it.
    #[attr(default = false, config_only)]
    force_detach_policies: bool,
    /// ARN of the role.
    #[attr(computed)]
    arn: Option<String>,
    /// When it was made.
    #[attr(computed)]
    create_date: Option<String>,
    /// Id that no other role ever has.
    #[attr(computed)]
    unique_id: Option<String>,
}

const MAX_NAME: usize = 64;
/// Seconds that a role may be taken on for when nobody says otherwise.
const SESSION: i32 = 3600;

impl Resource for Role {
    const CONSOLE: Option<&'static str> = Some("iam/home#/roles/details/{name}");
    const SERVICE: &'static str = "iam";
    /// The tag index leaves roles out. Without an entry, finding those whose block is gone would take a look at all
    /// roles of the account for every plan of every stack, and the right to it.
    const REGISTERED: bool = true;
    const TYPICAL_CREATE_SECONDS: u64 = 10;
    const EFFECTS: Effects = Effects { serves: Some("whoever assumes it"), ..Effects::NONE };
    const IAM: Iam = Iam {
        arn: Some(("iam", "role/")),
        named: Some(Named { argument: "name", prefix: "name_prefix", made_up: "terraform-", path: Some("path") }),
        ..Iam::NONE
    };
    const CALLS: Calls = Calls {
        read: &["iam:GetAccountAuthorizationDetails", "iam:ListRoles", "iam:GetRole"],
        create: &["iam:CreateRole", "iam:TagRole"],
        update: &[
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
            "iam:PutRolePermissionsBoundary",
            "iam:DeleteRolePermissionsBoundary",
            "iam:TagRole",
            "iam:UntagRole",
        ],
        delete: &["iam:DeleteRole", "iam:ListAttachedRolePolicies", "iam:DetachRolePolicy", "iam:ListRolePolicies", "iam:DeleteRolePolicy"],
        read_cost: "1 per page of the account's (GetAccountAuthorizationDetails, shared with policies), and 1 per 1,000 roles of the account (ListRoles, for description and session length) or 1 per role of the stack (GetRole), whichever is fewer; 1 for each that differs from the configuration, to be sure",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("name_prefix", "AWS keeps the whole name only"),
        ("force_detach_policies", "it steers how Cairn works; AWS keeps nothing of it"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Role>>, Failure> {
        let wanted = match scope.only() {
            Some(name) => BTreeSet::from([name.to_string()]),
            None => scope.wanted_names("name", "name_prefix", "terraform-", MAX_NAME),
        };
        let mut names = wanted.clone();
        let mut found = Vec::new();
        if scope.only().is_none() {
            names.extend(scope.registered(aws).await?.into_iter().map(|(name, _)| name));
            let details = details(aws, scope).await?;
            names.extend(details.marked(scope).filter_map(|r| r.role_name.clone()));
            found = settled(aws, scope, &details, &names).await?;
            names.retain(|name| !found.iter().any(|f| f.id == *name));
        }
        let read = futures::future::try_join_all(names.iter().map(|name| one(aws, name))).await?;
        // Somebody may have made another role under a name of the register.
        let ours = |f: &Found<Role>| wanted.contains(&f.id) || scope.owns(&f.tags);
        found.extend(read.into_iter().flatten().filter(ours));
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Role, making: &Making<'_>) -> Result<String, Failure> {
        let name = name_of(want, making);
        let tags = to_tags(&making.tags)?;
        let request = || {
            aws.iam
                .create_role()
                .role_name(&name)
                .path(&want.path)
                .assume_role_policy_document(&want.assume_role_policy)
                .set_description(want.description.clone())
                .max_session_duration(want.max_session_duration)
                .set_permissions_boundary(want.permissions_boundary.clone())
                .set_tags(Some(tags.clone()))
        };
        wait::while_failing(making.run, "principals to be known", PROPAGATION, not_known_yet, || async {
            once!(aws_sdk_iam, request()).await.map_err(failed("iam:CreateRole"))
        })
        .await?;
        Ok(name)
    }

    async fn update(aws: &Aws, have: &Found<Role>, want: &Role, changing: &Changing<'_>) -> Result<(), Failure> {
        let name = &have.id;
        if changing.any(&["assume_role_policy"]) {
            let call = aws.iam.update_assume_role_policy().role_name(name).policy_document(&want.assume_role_policy);
            wait::while_failing(changing.run, "principals to be known", PROPAGATION, not_known_yet, || async {
                call.clone().send().await.map_err(failed("iam:UpdateAssumeRolePolicy"))
            })
            .await?;
        }
        if changing.any(&["description", "max_session_duration"]) {
            let description = want.description.clone().unwrap_or_default();
            let call = aws.iam.update_role().role_name(name).description(description).max_session_duration(want.max_session_duration);
            call.send().await.map_err(failed("iam:UpdateRole"))?;
        }
        if changing.any(&["permissions_boundary"]) {
            match want.permissions_boundary.as_ref().filter(|b| !b.is_empty()) {
                Some(boundary) => {
                    let call = aws.iam.put_role_permissions_boundary().role_name(name).permissions_boundary(boundary);
                    call.send().await.map_err(failed("iam:PutRolePermissionsBoundary"))?;
                }
                None => {
                    let call = aws.iam.delete_role_permissions_boundary().role_name(name);
                    gone(call.send().await.map_err(failed("iam:DeleteRolePermissionsBoundary")))?;
                }
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<Role>, removing: &Removing<'_, Role>) -> Result<(), Failure> {
        let name = &have.id;
        // The stack's own instance profiles and policies are off it by now. What others put it into keeps it
        // (DeleteConflict).
        if removing.config.as_ref().is_some_and(|c| c.force_detach_policies) {
            strip(aws, name).await?;
        }
        gone(aws.iam.delete_role().role_name(name).send().await.map_err(failed("iam:DeleteRole")))
    }

    async fn tag(aws: &Aws, have: &Found<Role>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        if !set.is_empty() {
            let call = aws.iam.tag_role().role_name(&have.id).set_tags(Some(to_tags(set)?));
            call.send().await.map_err(failed("iam:TagRole"))?;
        }
        if !remove.is_empty() {
            let call = aws.iam.untag_role().role_name(&have.id).set_tag_keys(Some(remove.to_vec()));
            call.send().await.map_err(failed("iam:UntagRole"))?;
        }
        Ok(())
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        Ok(names::follow_prefix(live, config, planned))
    }

    async fn registered_id(_: &Aws, want: &Role, making: &Making<'_>) -> Result<Option<String>, Failure> {
        Ok(Some(name_of(want, making)))
    }
}

fn name_of(want: &Role, making: &Making<'_>) -> String {
    want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("terraform-"), MAX_NAME))
}

async fn one(aws: &Aws, name: &str) -> Result<Option<Found<Role>>, Failure> {
    let answer = absent(aws.iam.get_role().role_name(name).send().await.map_err(failed("iam:GetRole")))?;
    Ok(answer.and_then(|a| a.role).map(from_aws))
}

fn from_aws(role: types::Role) -> Found<Role> {
    let value = Role {
        name: Some(role.role_name.clone()),
        name_prefix: None,
        assume_role_policy: document(role.assume_role_policy_document).unwrap_or_default(),
        description: role.description.filter(|d| !d.is_empty()),
        max_session_duration: role.max_session_duration.unwrap_or(SESSION),
        path: role.path,
        permissions_boundary: role.permissions_boundary.and_then(|b| b.permissions_boundary_arn).filter(|a| !a.is_empty()),
        force_detach_policies: false,
        arn: Some(role.arn),
        create_date: time(&role.create_date),
        unique_id: Some(role.role_id),
    };
    Found::new(role.role_name, value, from_tags(role.tags))
}

/// The roles that the account's two lists have just as the configuration wants them. The lists lag: what differs is read
/// directly before it counts. Nothing where reading the list would take more calls than the roles themselves.
async fn settled(aws: &Aws, scope: &Scope<'_>, details: &Details, names: &BTreeSet<String>) -> Result<Vec<Found<Role>>, Failure> {
    let pages = details.roles.len().div_ceil(usize::try_from(PAGE).unwrap_or(usize::MAX));
    if pages >= names.len() {
        return Ok(Vec::new());
    }
    let listed = listed_roles(aws, scope).await?;
    let both = names.iter().filter_map(|name| Some((listed.get(name)?.clone(), details.roles.get(name)?)));
    let whole = both.map(|(mut role, detail)| {
        role.tags.clone_from(&detail.tags);
        role.permissions_boundary.clone_from(&detail.permissions_boundary);
        from_aws(role)
    });
    let as_wanted = |f: &Found<Role>| scope.tagged_as_wanted(&f.tags).is_some_and(|w| is_as(&f.value, &w.config));
    Ok(whole.filter(as_wanted).collect())
}

/// True when a role is what the configuration says, as far as it is known.
fn is_as(have: &Role, config: &Value) -> bool {
    let text = |name: &str, otherwise: &str, have: &str| match config.get(name) {
        Some(value) if !value.is_null() => value.as_str() == Some(have),
        _ => have == otherwise,
    };
    let policy = config
        .get_str("assume_role_policy")
        .is_some_and(|want| equality::policy(&Value::from(have.assume_role_policy.as_str()), &Value::from(want)));
    let session = match config.get("max_session_duration") {
        Some(value) if !value.is_null() => value.as_i64() == Some(i64::from(have.max_session_duration)),
        _ => have.max_session_duration == SESSION,
    };
    policy
        && session
        && text("description", "", have.description.as_deref().unwrap_or_default())
        && text("path", "/", &have.path)
        && text("permissions_boundary", "", have.permissions_boundary.as_deref().unwrap_or_default())
}

/// Takes every policy off.
async fn strip(aws: &Aws, name: &str) -> Result<(), Failure> {
    let mut attached = aws.iam.list_attached_role_policies().role_name(name).into_paginator().send();
    while let Some(page) = attached.next().await {
        let Some(page) = absent(page.map_err(failed("iam:ListAttachedRolePolicies")))? else { return Ok(()) };
        for arn in page.attached_policies.unwrap_or_default().into_iter().filter_map(|p| p.policy_arn) {
            gone(aws.iam.detach_role_policy().role_name(name).policy_arn(arn).send().await.map_err(failed("iam:DetachRolePolicy")))?;
        }
    }
    let mut inline = aws.iam.list_role_policies().role_name(name).into_paginator().send();
    while let Some(page) = inline.next().await {
        let Some(page) = absent(page.map_err(failed("iam:ListRolePolicies")))? else { return Ok(()) };
        for policy in page.policy_names {
            gone(aws.iam.delete_role_policy().role_name(name).policy_name(policy).send().await.map_err(failed("iam:DeleteRolePolicy")))?;
        }
    }
    Ok(())
}
