//! CloudWatch: alarms and dashboards, found by their names.

pub mod dashboard;
pub mod metric_alarm;

use crate::client::Aws;
use crate::failure::failed;
use crate::resource::Tags;
use crate::scope::Scope;
use aws_sdk_cloudwatch::types::Tag;
use cairn_engine::Failure;

/// The tags of a create call.
pub fn to_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

/// The tags of an alarm: from the tag index where it agrees with the configuration, else from CloudWatch.
pub async fn tags_of(aws: &Aws, scope: &Scope<'_>, arn: &str) -> Result<Tags, Failure> {
    if let Some(tags) = scope.settled_tags(aws, arn).await? {
        return Ok(tags);
    }
    let answer =
        aws.cloudwatch.list_tags_for_resource().resource_arn(arn).send().await.map_err(failed("cloudwatch:ListTagsForResource"))?;
    Ok(answer.tags.unwrap_or_default().into_iter().map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())).collect())
}

/// Sets and removes tags.
pub async fn tag(aws: &Aws, arn: &str, set: &Tags, remove: &[String]) -> Result<(), Failure> {
    if !set.is_empty() {
        let call = aws.cloudwatch.tag_resource().resource_arn(arn).set_tags(Some(to_tags(set)));
        call.send().await.map_err(failed("cloudwatch:TagResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.cloudwatch.untag_resource().resource_arn(arn).set_tag_keys(Some(remove.to_vec()));
        call.send().await.map_err(failed("cloudwatch:UntagResource"))?;
    }
    Ok(())
}
