//! IAM: roles and what hangs on them. `GetAccountAuthorizationDetails` lists every role of an account with its tags, its
//! inline and attached policies and its instance profiles, and every managed policy with its document, in pages. It
//! leaves out a role's description and session length, which `ListRoles` has, and the tags of policies and profiles:
//! those are asked for one by one, of the stack's only. IAM is eventually consistent: what the list lacks or has in another form than the
//! configuration is read directly before it counts.

pub mod instance_profile;
pub mod policy;
pub mod policy_document;
pub mod role;
pub mod role_policy;
pub mod role_policy_attachment;

use crate::client::Aws;
use crate::failure::failed;
use crate::resource::Tags;
use crate::scope::Scope;
use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, Role, RoleDetail, Tag};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::TAG_STACK;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// How long a new role or policy may stay unknown to other parts of AWS.
pub const PROPAGATION: Duration = Duration::from_secs(180);

/// Everything that the account's authorization details say of roles and customer managed policies.
#[derive(Debug, Default)]
pub struct Details {
    /// Roles by name.
    pub roles: HashMap<String, RoleDetail>,
    /// Customer managed policies by ARN.
    pub policies: HashMap<String, ManagedPolicyDetail>,
}

impl Details {
    /// The stack's roles.
    pub fn marked<'a>(&'a self, scope: &'a Scope<'_>) -> impl Iterator<Item = &'a RoleDetail> {
        self.roles.values().filter(|r| r.tags().iter().any(|t| t.key() == TAG_STACK && scope.reads(t.value())))
    }
}

/// Reads them, once a reading of the stack.
pub async fn details(aws: &Aws, scope: &Scope<'_>) -> Result<Arc<Details>, Failure> {
    scope
        .once("iam:GetAccountAuthorizationDetails", || async {
            let kinds = vec![EntityType::Role, EntityType::LocalManagedPolicy];
            let mut pages = aws.iam.get_account_authorization_details().set_filter(Some(kinds)).max_items(PAGE).into_paginator().send();
            let mut details = Details::default();
            while let Some(page) = pages.next().await {
                let page = page.map_err(failed("iam:GetAccountAuthorizationDetails"))?;
                details
                    .roles
                    .extend(page.role_detail_list.unwrap_or_default().into_iter().map(|r| (r.role_name.clone().unwrap_or_default(), r)));
                details.policies.extend(page.policies.unwrap_or_default().into_iter().map(|p| (p.arn.clone().unwrap_or_default(), p)));
            }
            Ok(details)
        })
        .await
}

/// Most roles on a page (`ListRoles`).
const PAGE: i32 = 1000;

/// The account's roles as `ListRoles` has them, by name: with description and session length, without tags and
/// permissions boundary.
pub async fn listed_roles(aws: &Aws, scope: &Scope<'_>) -> Result<Arc<HashMap<String, Role>>, Failure> {
    scope
        .once("iam:ListRoles", || async {
            let mut pages = aws.iam.list_roles().max_items(PAGE).into_paginator().send();
            let mut roles = HashMap::new();
            while let Some(page) = pages.next().await {
                roles.extend(page.map_err(failed("iam:ListRoles"))?.roles.into_iter().map(|r| (r.role_name.clone(), r)));
            }
            Ok(roles)
        })
        .await
}

/// The names of the stack's roles, and those that the configuration names under an argument of a type that hangs on roles.
pub async fn role_names(aws: &Aws, scope: &Scope<'_>) -> Result<BTreeSet<String>, Failure> {
    let roles = scope.of::<role::Role>(aws).await?;
    Ok(roles.iter().filter(|r| scope.owns(&r.tags)).map(|r| r.id.clone()).collect())
}

/// A policy document as IAM gives it: percent-encoded (RFC 3986).
pub fn document(text: Option<String>) -> Option<String> {
    let text = text?;
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).ok().or(Some(text))
}

/// Tags for a request.
pub fn to_tags(tags: &Tags) -> Result<Vec<Tag>, Failure> {
    let tag = |(k, v): (&String, &String)| Tag::builder().key(k).value(v).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(|e| Failure::new(FailureKind::Invalid, e.to_string()))
}

/// Tags of an answer.
pub fn from_tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect()
}

/// A time in RFC 3339.
pub fn time(date: &DateTime) -> Option<String> {
    date.fmt(Format::DateTime).ok()
}

/// A principal or role that was just made is not known everywhere yet.
pub fn not_known_yet(failure: &Failure) -> bool {
    failure.code.starts_with("MalformedPolicyDocument") && failure.message.to_lowercase().contains("invalid principal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(document(Some("%7B%22a%22%3A%20%22b+c%22%7D".into())).as_deref(), Some("{\"a\": \"b+c\"}"));
        assert_eq!(document(Some("{\"plain\": \"100%\"}".into())).as_deref(), Some("{\"plain\": \"100%\"}"));
        assert_eq!(document(None), None);
    }
}
