//! Systems Manager: parameters and documents, found on the server by the stack's mark.

pub mod document;
pub mod parameter;
pub mod parameter_data;

use crate::client::Aws;
use crate::failure::failed;
use crate::resource::Tags;
use aws_sdk_ssm::types::{ResourceTypeForTagging, Tag};
use cairn_engine::{Failure, FailureKind};

/// The tags of a create call.
pub fn to_tags(tags: &Tags) -> Result<Vec<Tag>, Failure> {
    let tag =
        |(k, v): (&String, &String)| Tag::builder().key(k).value(v).build().map_err(|e| Failure::new(FailureKind::Other, e.to_string()));
    tags.iter().map(tag).collect()
}

/// The tags of an answer.
pub fn from_tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect()
}

/// All tags of a parameter or document; nothing when it is gone.
pub async fn tags_of(aws: &Aws, kind: ResourceTypeForTagging, name: &str) -> Result<Option<Tags>, Failure> {
    let call = aws.ssm.list_tags_for_resource().resource_type(kind).resource_id(name);
    match call.send().await.map_err(failed("ssm:ListTagsForResource")) {
        Ok(answer) => Ok(Some(from_tags(answer.tag_list))),
        // What SSM calls one that is not there (ListTagsForResource, `InvalidResourceId`).
        Err(f) if f.code == "InvalidResourceId" || f.kind == FailureKind::NotFound => Ok(None),
        Err(f) => Err(f),
    }
}

/// Sets and removes tags.
pub async fn tag(aws: &Aws, kind: ResourceTypeForTagging, name: &str, set: &Tags, remove: &[String]) -> Result<(), Failure> {
    if !set.is_empty() {
        let call = aws.ssm.add_tags_to_resource().resource_type(kind.clone()).resource_id(name).set_tags(Some(to_tags(set)?));
        call.send().await.map_err(failed("ssm:AddTagsToResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.ssm.remove_tags_from_resource().resource_type(kind).resource_id(name).set_tag_keys(Some(remove.to_vec()));
        call.send().await.map_err(failed("ssm:RemoveTagsFromResource"))?;
    }
    Ok(())
}
