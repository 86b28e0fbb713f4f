//! The Elastic Container Service: tags go into the create call, are read along, and are changed by ARN.

pub mod cluster;
mod container_definitions;
pub mod task_definition;
mod task_parts;

use crate::client::Aws;
use crate::failure::failed;
use crate::resource::Tags;
use aws_sdk_ecs::types::Tag;
use cairn_engine::Failure;

fn to_tags(tags: &Tags) -> Option<Vec<Tag>> {
    // "Tags can not be empty": https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    (!tags.is_empty()).then(|| tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect())
}

fn from_tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().filter_map(|t| Some((t.key?, t.value.unwrap_or_default()))).collect()
}

/// Sets and removes tags of one ARN.
async fn tag(aws: &Aws, arn: &str, set: &Tags, remove: &[String]) -> Result<(), Failure> {
    if let Some(tags) = to_tags(set) {
        aws.ecs.tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await.map_err(failed("ecs:TagResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.ecs.untag_resource().resource_arn(arn).set_tag_keys(Some(remove.to_vec()));
        call.send().await.map_err(failed("ecs:UntagResource"))?;
    }
    Ok(())
}
