//! Systems Manager.

pub mod document;
pub mod parameter;
pub mod parameter_data;

use crate::client::Aws;
use crate::failure::failed;
use crate::resource::Tags;
use aws_sdk_ssm::types::{ResourceTypeForTagging, Tag};
use cairn_engine::Failure;

/// Tags as Systems Manager has them.
pub fn from_tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect()
}

/// Tags for Systems Manager.
pub fn to_tags(tags: &Tags) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| tags.iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect())
}

/// Sets and removes tags.
pub async fn tag(aws: &Aws, kind: ResourceTypeForTagging, id: &str, set: &Tags, remove: &[String]) -> Result<(), Failure> {
    if !remove.is_empty() {
        let call = aws.ssm.remove_tags_from_resource().resource_type(kind.clone()).resource_id(id).set_tag_keys(Some(remove.to_vec()));
        call.send().await.map_err(failed("ssm:RemoveTagsFromResource"))?;
    }
    if !set.is_empty() {
        let call = aws.ssm.add_tags_to_resource().resource_type(kind).resource_id(id).set_tags(to_tags(set));
        call.send().await.map_err(failed("ssm:AddTagsToResource"))?;
    }
    Ok(())
}
