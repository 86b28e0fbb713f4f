//! The web application firewall, version 2: tags go into the create call and are read one ARN at a time, updates replace the
//! whole and carry the lock token of what they replace.

pub mod action;
pub mod field;
pub mod managed;
pub mod statement;
pub mod web_acl;
pub mod web_acl_association;
pub mod web_acl_logging_configuration;

use crate::client::Aws;
use crate::failure::{failed, missing};
use crate::resource::{Run, Tags};
use crate::wait;
use crate::wire::unbuilt;
use aws_sdk_wafv2::types::Tag;
use cairn_engine::Failure;
use std::future::Future;
use std::time::Duration;

/// Calls again while the firewall is still spreading what the call refers to (`WAFUnavailableEntityException`: "wait a few
/// minutes"), at most ten minutes.
pub async fn when_spread<T, F, C>(run: Run<'_>, what: &str, call: C) -> Result<T, Failure>
where
    C: FnMut() -> F,
    F: Future<Output = Result<T, Failure>>,
{
    wait::while_failing(run, what, Duration::from_secs(600), |f| f.code.contains("WAFUnavailableEntity"), call).await
}

fn to_tags(tags: &Tags) -> Result<Vec<Tag>, Failure> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build().map_err(unbuilt)).collect()
}

/// The tags of one ARN: `ListTagsForResource` takes one, 100 tags a page.
pub async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags, Failure> {
    let answer =
        aws.wafv2.list_tags_for_resource().resource_arn(arn).limit(100).send().await.map_err(failed("wafv2:ListTagsForResource"))?;
    let info = answer.tag_info_for_resource.ok_or_else(|| missing("wafv2:ListTagsForResource", "TagInfoForResource"))?;
    Ok(info.tag_list.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect())
}

/// Sets and removes tags.
pub async fn tag(aws: &Aws, arn: &str, set: &Tags, remove: &[String]) -> Result<(), Failure> {
    if !set.is_empty() {
        aws.wafv2.tag_resource().resource_arn(arn).set_tags(Some(to_tags(set)?)).send().await.map_err(failed("wafv2:TagResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.wafv2.untag_resource().resource_arn(arn).set_tag_keys(Some(remove.to_vec()));
        call.send().await.map_err(failed("wafv2:UntagResource"))?;
    }
    Ok(())
}
