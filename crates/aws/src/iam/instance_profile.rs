//! `aws_iam_instance_profile`.

use super::{details, from_tags, time, to_tags};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::names;
use crate::once;
use crate::permissions::{Iam, Named};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_iam::types;
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::{Parent, Refusal};
use cairn_engine::{Failure, FailureKind};
use cairn_model::{Value, length};
use std::collections::BTreeSet;
use std::time::Duration;

/// What gives an EC2 instance its role.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_iam_instance_profile", tags)]
pub struct InstanceProfile {
    /// Name of the profile.
    #[attr(optional, computed, force_new, key, check = length!(1, 128))]
    name: Option<String>,
    /// Beginning of a name that Cairn makes up.
    #[attr(optional, config_only, check = length!(1, 102))]
    name_prefix: Option<String>,
    /// Folder of the profile, such as `/moodle/`.
    #[attr(default = "/", force_new)]
    path: String,
    /// Name of the role.
    #[attr(optional)]
    role: Option<String>,
    /// ARN of the profile.
    #[attr(computed)]
    arn: Option<String>,
    /// When it was made.
    #[attr(computed)]
    create_date: Option<String>,
    /// Id that no other profile ever has.
    #[attr(computed)]
    unique_id: Option<String>,
}

const MAX_NAME: usize = 128;

impl Resource for InstanceProfile {
    const CONSOLE: Option<&'static str> = Some("iam/home#/roles/details/{role}");
    const SERVICE: &'static str = "iam";
    /// It carries a mark of its own; that it names a role says which of the two is destroyed first.
    const PARENTS: &'static [Parent] = &[Parent { type_name: "aws_iam_role", attribute: "role", names: "name", inline: None }];
    /// Outside the region in which the tag index has what is global.
    const REGISTERED: bool = true;
    const INDEX: Option<(&'static str, &'static str)> = Some(("iam", "instance-profile/"));
    const TYPICAL_CREATE_SECONDS: u64 = 10;
    const EFFECTS: Effects = Effects { serves: Some("the credentials of instances that use it"), ..Effects::NONE };
    const IAM: Iam = Iam {
        passes_roles_to: &["ec2.amazonaws.com"],
        named: Some(Named { argument: "name", prefix: "name_prefix", made_up: "terraform-", path: Some("path") }),
        ..Iam::NONE
    };
    const CALLS: Calls = Calls {
        read: &["iam:GetAccountAuthorizationDetails", "iam:GetInstanceProfile"],
        create: &["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile", "iam:TagInstanceProfile"],
        update: &[
            "iam:AddRoleToInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:TagInstanceProfile",
            "iam:UntagInstanceProfile",
        ],
        delete: &["iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile"],
        read_cost: "none of its own where the roles' list (GetAccountAuthorizationDetails) and the tag index agree with the configuration; 1 for each other: GetInstanceProfile takes one, and no list gives tags",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[("name_prefix", "AWS keeps the whole name only")];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<InstanceProfile>>, Failure> {
        let names: BTreeSet<String> = match scope.only() {
            Some(name) => BTreeSet::from([name.to_string()]),
            None => {
                let mut names = scope.wanted_names("name", "name_prefix", "terraform-", MAX_NAME);
                let last = |arn: String| arn.rsplit('/').next().map(str::to_string);
                names.extend(scope.indexed::<InstanceProfile>(aws).await?.into_iter().filter_map(last));
                names
            }
        };
        let claimed = names.clone();
        let mut names = names;
        let mut found = Vec::new();
        if scope.only().is_none() {
            names.extend(scope.registered(aws).await?.into_iter().map(|(name, _)| name));
            // The tag index has profiles in one region only; those of the stack's roles are looked at as well.
            let details = details(aws, scope).await?;
            let of_roles: Vec<&types::InstanceProfile> = details.marked(scope).flat_map(|r| r.instance_profile_list()).collect();
            names.extend(of_roles.iter().map(|p| p.instance_profile_name.clone()));
            found = settled(aws, scope, &of_roles).await?;
            names.retain(|name| !found.iter().any(|f| f.id == *name));
        }
        let read = futures::future::try_join_all(names.iter().map(|name| one(aws, name))).await?;
        let ours = |f: &Found<InstanceProfile>| claimed.contains(&f.id) || scope.owns(&f.tags);
        found.extend(read.into_iter().flatten().filter(ours));
        Ok(found)
    }

    async fn create(aws: &Aws, want: &InstanceProfile, making: &Making<'_>) -> Result<String, Failure> {
        let name = name_of(want, making);
        let request =
            aws.iam.create_instance_profile().instance_profile_name(&name).path(&want.path).set_tags(Some(to_tags(&making.tags)?));
        once!(aws_sdk_iam, request).await.map_err(failed("iam:CreateInstanceProfile"))?;
        // A crash before this leaves a profile without role, which the next plan finds and mends.
        if let Some(role) = &want.role {
            add(aws, &name, role, making.run).await?;
        }
        Ok(name)
    }

    async fn update(aws: &Aws, have: &Found<InstanceProfile>, want: &InstanceProfile, changing: &Changing<'_>) -> Result<(), Failure> {
        if changing.any(&["role"]) {
            if let Some(role) = &have.value.role {
                remove(aws, &have.id, role).await?;
            }
            if let Some(role) = &want.role {
                add(aws, &have.id, role, changing.run).await?;
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<InstanceProfile>, _: &Removing<'_, InstanceProfile>) -> Result<(), Failure> {
        if let Some(role) = &have.value.role {
            remove(aws, &have.id, role).await?;
        }
        gone(aws.iam.delete_instance_profile().instance_profile_name(&have.id).send().await.map_err(failed("iam:DeleteInstanceProfile")))
    }

    async fn tag(aws: &Aws, have: &Found<InstanceProfile>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        if !set.is_empty() {
            let call = aws.iam.tag_instance_profile().instance_profile_name(&have.id).set_tags(Some(to_tags(set)?));
            call.send().await.map_err(failed("iam:TagInstanceProfile"))?;
        }
        if !remove.is_empty() {
            let call = aws.iam.untag_instance_profile().instance_profile_name(&have.id).set_tag_keys(Some(remove.to_vec()));
            call.send().await.map_err(failed("iam:UntagInstanceProfile"))?;
        }
        Ok(())
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        Ok(names::follow_prefix(live, config, planned))
    }

    async fn registered_id(_: &Aws, want: &InstanceProfile, making: &Making<'_>) -> Result<Option<String>, Failure> {
        Ok(Some(name_of(want, making)))
    }
}

fn name_of(want: &InstanceProfile, making: &Making<'_>) -> String {
    want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("terraform-"), MAX_NAME))
}

async fn one(aws: &Aws, name: &str) -> Result<Option<Found<InstanceProfile>>, Failure> {
    let call = aws.iam.get_instance_profile().instance_profile_name(name);
    let answer = absent(call.send().await.map_err(failed("iam:GetInstanceProfile")))?;
    Ok(answer.and_then(|a| a.instance_profile).map(from_aws))
}

fn from_aws(profile: types::InstanceProfile) -> Found<InstanceProfile> {
    let value = InstanceProfile {
        name: Some(profile.instance_profile_name.clone()),
        name_prefix: None,
        path: profile.path,
        role: profile.roles.into_iter().next().map(|r| r.role_name),
        arn: Some(profile.arn),
        create_date: time(&profile.create_date),
        unique_id: Some(profile.instance_profile_id),
    };
    Found::new(profile.instance_profile_name, value, from_tags(profile.tags))
}

/// The profiles that the list of their roles and the tag index have just as the configuration wants them. Both lag: what
/// differs is read directly before it counts.
async fn settled(aws: &Aws, scope: &Scope<'_>, listed: &[&types::InstanceProfile]) -> Result<Vec<Found<InstanceProfile>>, Failure> {
    let mut found = Vec::new();
    for profile in listed {
        let Some(tags) = scope.settled_tags(aws, &profile.arn).await? else { continue };
        let Some(wanted) = scope.tagged_as_wanted(&tags) else { continue };
        let have = Found { tags: tags.clone(), ..from_aws((*profile).clone()) };
        let text = |name: &str| wanted.config.get_str(name);
        if text("role") == have.value.role.as_deref() && text("path").unwrap_or("/") == have.value.path {
            found.push(have);
        }
    }
    Ok(found)
}

/// A role or profile that was just made is not known everywhere yet.
async fn add(aws: &Aws, name: &str, role: &str, run: Run<'_>) -> Result<(), Failure> {
    let passing = |f: &Failure| f.kind == FailureKind::NotFound || f.message.contains("Invalid IAM Role");
    wait::while_failing(run, "the role to be known", Duration::from_secs(30), passing, || async {
        let call = aws.iam.add_role_to_instance_profile().instance_profile_name(name).role_name(role);
        call.send().await.map_err(failed("iam:AddRoleToInstanceProfile")).map(|_| ())
    })
    .await
}

async fn remove(aws: &Aws, name: &str, role: &str) -> Result<(), Failure> {
    let call = aws.iam.remove_role_from_instance_profile().instance_profile_name(name).role_name(role);
    gone(call.send().await.map_err(failed("iam:RemoveRoleFromInstanceProfile")))
}
