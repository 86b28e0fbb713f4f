//! `aws_iam_policy`.

use super::{Details, PROPAGATION, details, document, from_tags, not_known_yet, to_tags};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::names;
use crate::once;
use crate::permissions::{Iam, Named};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_iam::types::{ManagedPolicyDetail, PolicyVersion};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_model::check::json;
use cairn_model::{Value, equality, length};
use std::collections::BTreeSet;

/// A policy that can be given to several roles.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_iam_policy", tags)]
pub struct Policy {
    /// Name of the policy.
    #[attr(optional, computed, force_new, key, check = length!(1, 128))]
    name: Option<String>,
    /// Beginning of a name that Cairn makes up.
    #[attr(optional, config_only, check = length!(1, 102))]
    name_prefix: Option<String>,
    /// What it allows and denies, in JSON.
    #[attr(required, check = json, equal = equality::policy)]
    policy: String,
    /// What it is for.
    #[attr(optional, force_new, check = length!(0, 1000))]
    description: Option<String>,
    /// Folder of the policy, such as `/moodle/`.
    #[attr(default = "/", force_new)]
    path: String,
    /// ARN of the policy.
    #[attr(computed)]
    arn: Option<String>,
    /// How many have it.
    #[attr(computed)]
    attachment_count: Option<i64>,
    /// Id that no other policy ever has.
    #[attr(computed)]
    policy_id: Option<String>,
}

const MAX_NAME: usize = 128;

impl Resource for Policy {
    const CONSOLE: Option<&'static str> = Some("iam/home#/policies/details/{arn}");
    const SERVICE: &'static str = "iam";
    /// Outside the region in which the tag index has what is global.
    const REGISTERED: bool = true;
    const INDEX: Option<(&'static str, &'static str)> = Some(("iam", "policy/"));
    const EFFECTS: Effects = Effects { serves: Some("what only it allows"), ..Effects::NONE };
    const IAM: Iam =
        Iam { named: Some(Named { argument: "name", prefix: "name_prefix", made_up: "terraform-", path: Some("path") }), ..Iam::NONE };
    const CALLS: Calls = Calls {
        read: &["iam:GetAccountAuthorizationDetails", "iam:GetPolicy", "iam:GetPolicyVersion"],
        create: &["iam:CreatePolicy", "iam:TagPolicy"],
        update: &["iam:ListPolicyVersions", "iam:DeletePolicyVersion", "iam:CreatePolicyVersion", "iam:TagPolicy", "iam:UntagPolicy"],
        delete: &["iam:ListPolicyVersions", "iam:DeletePolicyVersion", "iam:DeletePolicy"],
        read_cost: "1 per page of the account's (shared with roles), and 1 for each policy with which list and tag index do not both agree with the configuration: GetPolicy takes one, and no list gives tags",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[("name_prefix", "AWS keeps the whole name only")];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Policy>>, Failure> {
        if let Some(arn) = scope.only() {
            return Ok(one(aws, arn, None).await?.into_iter().collect());
        }
        let names = scope.wanted_names("name", "name_prefix", "terraform-", MAX_NAME);
        let details = details(aws, scope).await?;
        let arns = candidates(aws, scope, &details, &names).await?;
        let read = futures::future::try_join_all(arns.iter().map(|arn| async {
            let listed = details.policies.get(arn);
            match settled(aws, scope, listed).await? {
                Some(found) => Ok(Some(found)),
                None => one(aws, arn, listed).await,
            }
        }));
        let ours = |f: &Found<Policy>| scope.owns(&f.tags) || f.value.name.as_ref().is_some_and(|n| names.contains(n));
        Ok(read.await?.into_iter().flatten().filter(ours).collect())
    }

    async fn create(aws: &Aws, want: &Policy, making: &Making<'_>) -> Result<String, Failure> {
        let name = name_of(want, making);
        let tags = to_tags(&making.tags)?;
        let request = || {
            aws.iam
                .create_policy()
                .policy_name(&name)
                .path(&want.path)
                .policy_document(&want.policy)
                .set_description(want.description.clone())
                .set_tags(Some(tags.clone()))
        };
        let made = wait::while_failing(making.run, "principals to be known", PROPAGATION, not_known_yet, || async {
            once!(aws_sdk_iam, request()).await.map_err(failed("iam:CreatePolicy"))
        })
        .await?;
        made.policy.and_then(|p| p.arn).ok_or_else(|| missing("iam:CreatePolicy", "Arn"))
    }

    async fn update(aws: &Aws, have: &Found<Policy>, want: &Policy, changing: &Changing<'_>) -> Result<(), Failure> {
        if !changing.any(&["policy"]) {
            return Ok(());
        }
        // A policy has five versions at most (IAM quotas): the oldest goes.
        let versions = versions(aws, &have.id).await?;
        let oldest = versions.iter().filter(|v| !v.is_default_version).min_by_key(|v| v.create_date.map(|d| (d.secs(), d.subsec_nanos())));
        if let (true, Some(oldest)) = (versions.len() >= 5, oldest) {
            delete_version(aws, &have.id, oldest).await?;
        }
        let request = aws.iam.create_policy_version().policy_arn(&have.id).policy_document(&want.policy).set_as_default(true);
        once!(aws_sdk_iam, request).await.map_err(failed("iam:CreatePolicyVersion")).map(|_| ())
    }

    async fn delete(aws: &Aws, have: &Found<Policy>, _: &Removing<'_, Policy>) -> Result<(), Failure> {
        for version in versions(aws, &have.id).await?.iter().filter(|v| !v.is_default_version) {
            delete_version(aws, &have.id, version).await?;
        }
        gone(aws.iam.delete_policy().policy_arn(&have.id).send().await.map_err(failed("iam:DeletePolicy")))
    }

    async fn tag(aws: &Aws, have: &Found<Policy>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        if !set.is_empty() {
            let call = aws.iam.tag_policy().policy_arn(&have.id).set_tags(Some(to_tags(set)?));
            call.send().await.map_err(failed("iam:TagPolicy"))?;
        }
        if !remove.is_empty() {
            let call = aws.iam.untag_policy().policy_arn(&have.id).set_tag_keys(Some(remove.to_vec()));
            call.send().await.map_err(failed("iam:UntagPolicy"))?;
        }
        Ok(())
    }

    fn adjust(live: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        Ok(names::follow_prefix(live, config, planned))
    }

    async fn registered_id(aws: &Aws, want: &Policy, making: &Making<'_>) -> Result<Option<String>, Failure> {
        let (partition, account) = (aws.partition(), aws.account().await?);
        Ok(Some(format!("arn:{partition}:iam::{account}:policy{}{}", want.path, name_of(want, making))))
    }
}

fn name_of(want: &Policy, making: &Making<'_>) -> String {
    want.name.clone().unwrap_or_else(|| making.generated_name(want.name_prefix.as_deref().unwrap_or("terraform-"), MAX_NAME))
}

/// The ARNs to look at: those under names that the configuration claims, those of the tag index, which has them in one
/// region only, and those that the stack's roles have.
async fn candidates(aws: &Aws, scope: &Scope<'_>, details: &Details, names: &BTreeSet<String>) -> Result<BTreeSet<String>, Failure> {
    let mut arns: BTreeSet<String> = scope.indexed::<Policy>(aws).await?.into_iter().collect();
    let named = details.policies.values().filter(|p| p.policy_name().is_some_and(|n| names.contains(n)));
    arns.extend(named.filter_map(|p| p.arn.clone()));
    let attached = details.marked(scope).flat_map(|r| r.attached_managed_policies()).filter_map(|p| p.policy_arn.clone());
    arns.extend(attached.filter(|arn| details.policies.contains_key(arn)).collect::<Vec<_>>());
    arns.extend(scope.registered(aws).await?.into_iter().map(|(arn, _)| arn));
    // The list lags behind what was just made: the configuration tells the ARN too.
    let account = aws.account().await?;
    for wanted in scope.wanted() {
        let path = wanted.config.get_str("path").unwrap_or("/");
        if let Some(name) = wanted.config.get_str("name") {
            arns.insert(format!("arn:{}:iam::{account}:policy{path}{name}", aws.partition()));
        }
    }
    Ok(arns)
}

/// A policy that the account's list and the tag index have just as the configuration wants it. Both lag: what differs is
/// read directly before it counts.
async fn settled(aws: &Aws, scope: &Scope<'_>, listed: Option<&ManagedPolicyDetail>) -> Result<Option<Found<Policy>>, Failure> {
    let Some((policy, arn)) = listed.and_then(|l| Some((l, l.arn()?))) else { return Ok(None) };
    let Some(tags) = scope.settled_tags(aws, arn).await? else { return Ok(None) };
    let Some(wanted) = scope.tagged_as_wanted(&tags) else { return Ok(None) };
    let value = Policy {
        name: policy.policy_name.clone(),
        name_prefix: None,
        policy: document(default_version(policy, policy.default_version_id()).and_then(|v| v.document.clone())).unwrap_or_default(),
        description: policy.description.clone().filter(|d| !d.is_empty()),
        path: policy.path.clone().unwrap_or_else(|| "/".into()),
        arn: policy.arn.clone(),
        attachment_count: policy.attachment_count.map(i64::from),
        policy_id: policy.policy_id.clone(),
    };
    let config = &wanted.config;
    let same = |want: &str| equality::policy(&Value::from(value.policy.as_str()), &Value::from(want));
    let as_wanted = config.get_str("policy").is_some_and(same)
        && config.get_str("path").unwrap_or("/") == value.path
        && config.get("description").is_none_or(|d| d.as_str() == value.description.as_deref());
    Ok(as_wanted.then(|| Found::new(arn, value.clone(), tags.clone())))
}

fn default_version<'l>(listed: &'l ManagedPolicyDetail, version: Option<&str>) -> Option<&'l PolicyVersion> {
    listed.policy_version_list().iter().find(|v| version.is_some() && v.version_id() == version)
}

/// `listed` is what the account's list has: its document counts where it is of the version that is the default one now.
async fn one(aws: &Aws, arn: &str, listed: Option<&ManagedPolicyDetail>) -> Result<Option<Found<Policy>>, Failure> {
    let answer = absent(aws.iam.get_policy().policy_arn(arn).send().await.map_err(failed("iam:GetPolicy")))?;
    let Some(policy) = answer.and_then(|a| a.policy) else { return Ok(None) };
    let known = listed.and_then(|l| default_version(l, policy.default_version_id())).and_then(|v| v.document.clone());
    let text = match known {
        Some(text) => Some(text),
        None => {
            let call = aws.iam.get_policy_version().policy_arn(arn).set_version_id(policy.default_version_id);
            let Some(version) = absent(call.send().await.map_err(failed("iam:GetPolicyVersion")))? else { return Ok(None) };
            version.policy_version.and_then(|v| v.document)
        }
    };
    let value = Policy {
        name: policy.policy_name,
        name_prefix: None,
        policy: document(text).unwrap_or_default(),
        description: policy.description.filter(|d| !d.is_empty()),
        path: policy.path.unwrap_or_else(|| "/".into()),
        arn: policy.arn,
        attachment_count: policy.attachment_count.map(i64::from),
        policy_id: policy.policy_id,
    };
    Ok(Some(Found::new(arn, value, from_tags(policy.tags))))
}

async fn versions(aws: &Aws, arn: &str) -> Result<Vec<PolicyVersion>, Failure> {
    let answer = aws.iam.list_policy_versions().policy_arn(arn).send().await.map_err(failed("iam:ListPolicyVersions"));
    Ok(absent(answer)?.and_then(|a| a.versions).unwrap_or_default())
}

async fn delete_version(aws: &Aws, arn: &str, version: &PolicyVersion) -> Result<(), Failure> {
    let call = aws.iam.delete_policy_version().policy_arn(arn).set_version_id(version.version_id.clone());
    gone(call.send().await.map_err(failed("iam:DeletePolicyVersion")))
}
