//! The public tag index (Resource Groups Tagging API). It lags and leaves types out: a hint for finding
//! what the configuration no longer mentions, never the truth.

use crate::client::Aws;
use crate::failure::failed;
use crate::register;
use crate::resource::Tags;
use cairn_engine::Failure;
use cairn_model::StackId;
use cairn_model::mark::TAG_STACK;
use std::collections::BTreeMap;

/// Most values of one filter (`GetResources`).
pub const STACKS: usize = 20;

/// What the index has of one stack, or of several.
#[derive(Debug, Default)]
pub struct TagIndex(BTreeMap<String, Tags>);

/// Reads it: `tag:GetResources`, 100 resources a page.
pub async fn read(aws: &Aws, stacks: Vec<String>) -> Result<TagIndex, Failure> {
    let filter = aws_sdk_resourcegroupstagging::types::TagFilter::builder().key(TAG_STACK).set_values(Some(stacks)).build();
    let mut pages = aws.tagging.get_resources().tag_filters(filter).resources_per_page(100).into_paginator().send();
    let mut index = BTreeMap::new();
    while let Some(page) = pages.next().await {
        for resource in page.map_err(failed("tag:GetResources"))?.resource_tag_mapping_list.unwrap_or_default() {
            let tags = resource.tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect();
            if let Some(arn) = resource.resource_arn.filter(|arn| !is_note(arn)) {
                index.insert(arn, tags);
            }
        }
    }
    Ok(TagIndex(index))
}

impl TagIndex {
    /// The ARNs of a service whose resource part begins so.
    pub fn arns(&self, service: &str, resource: &str) -> Vec<String> {
        self.0.keys().filter(|arn| belongs(arn, service, resource)).cloned().collect()
    }

    /// True when the index has any such ARN of a stack's.
    pub fn any(&self, stack: &StackId, service: &str, resource: &str) -> bool {
        let stack = stack.to_string();
        self.0.iter().any(|(arn, tags)| belongs(arn, service, resource) && tags.get(TAG_STACK) == Some(&stack))
    }

    /// The tags of an ARN.
    pub fn tags(&self, arn: &str) -> Option<Tags> {
        self.0.get(arn).cloned()
    }
}

/// True for an entry of a register: it carries the mark of what it stands for, and is no resource of the stack's.
fn is_note(arn: &str) -> bool {
    let name = arn.split_once(":parameter/").map(|(_, name)| name);
    belongs(arn, "ssm", "parameter/") && name.is_some_and(|name| register::is_entry(&format!("/{name}")))
}

/// `arn:partition:service:region:account:resource`
fn belongs(arn: &str, service: &str, resource: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    parts.next() == Some(service) && parts.nth(2).is_some_and(|r| r.starts_with(resource))
}

#[cfg(test)]
mod tests {
    use super::{belongs, is_note};

    #[test]
    fn arns_are_told_apart() {
        let arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef";
        assert!(belongs(arn, "elasticloadbalancing", "targetgroup/"));
        assert!(!belongs(arn, "elasticloadbalancing", "loadbalancer/"));
        assert!(!belongs(arn, "ec2", ""));
        assert!(belongs("arn:aws:s3:::bucket", "s3", ""));
    }

    #[test]
    fn entries_of_a_register_are_no_parameters_of_the_stack() {
        let arn = |name: &str| format!("arn:aws:ssm:us-east-1:123456789012:parameter/{name}");
        assert!(is_note(&arn("cairn/shop/production/register/aws_iam_role/node")));
        assert!(!is_note(&arn("cairn/shop/production/settings")) && !is_note(&arn("shop/note")));
        assert!(!is_note("arn:aws:s3:::cairn/shop/production/register/aws_iam_role/node"));
    }
}
