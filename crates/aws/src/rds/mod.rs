//! RDS: tags go into the create calls. Instances come with their tags; groups are listed by page and
//! their tags asked for one by one where the tag index does not settle them.

pub mod db_instance;
pub mod parameter_group;
pub mod subnet_group;

use crate::client::Aws;
use crate::failure::failed;
use crate::resource::Tags;
use crate::scope::Scope;
use aws_sdk_rds::types::Tag;
use cairn_engine::Failure;
use cairn_model::Value;

/// Largest page of the Describe operations (RDS API reference, `MaxRecords`).
pub const PAGE: i32 = 100;

/// The tags of a create call.
pub fn to_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

/// The tags of an answer.
pub fn from_tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())).collect()
}

/// The tags of a group: from the tag index where it agrees with the configuration, else from RDS.
pub async fn tags_of(aws: &Aws, scope: &Scope<'_>, arn: &str) -> Result<Tags, Failure> {
    if let Some(tags) = scope.settled_tags(aws, arn).await? {
        return Ok(tags);
    }
    let answer = aws.rds.list_tags_for_resource().resource_name(arn).send().await.map_err(failed("rds:ListTagsForResource"))?;
    Ok(from_tags(answer.tag_list))
}

/// Sets and removes tags of anything in RDS.
pub async fn tag(aws: &Aws, arn: &str, set: &Tags, remove: &[String]) -> Result<(), Failure> {
    if !set.is_empty() {
        let call = aws.rds.add_tags_to_resource().resource_name(arn).set_tags(Some(to_tags(set)));
        call.send().await.map_err(failed("rds:AddTagsToResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.rds.remove_tags_from_resource().resource_name(arn).set_tag_keys(Some(remove.to_vec()));
        call.send().await.map_err(failed("rds:RemoveTagsFromResource"))?;
    }
    Ok(())
}

/// The name that ends an ARN such as `arn:aws:rds:eu-west-1:123456789012:subgrp:main`.
pub fn name_in(arn: &str) -> Option<String> {
    arn.rsplit(':').next().map(str::to_string)
}

/// A name as RDS keeps it: lower case, so that what is read is what was written.
pub fn group_name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ' ');
    if text.is_empty() || text.len() > 255 || !text.chars().all(fits) {
        return Err(format!("must be 1 to 255 lower-case letters, digits, hyphens, underscores, periods and spaces, not \"{text}\""));
    }
    if text == "default" || text.starts_with("default.") {
        return Err(format!("can't be \"{text}\": such groups are AWS's own"));
    }
    Ok(())
}
