//! Elastic Load Balancing, version 2: tags go into the create call and are read for 20 ARNs at a time. AWS's filters take
//! names and ARNs that must all exist, so lists are read by page and filtered here.

pub mod action;
pub mod listener;
pub mod listener_rule;
pub mod load_balancer;
mod rule_place;
pub mod target_group;

use crate::client::Aws;
use crate::failure::{absent, failed};
use crate::resource::Tags;
use aws_sdk_elasticloadbalancingv2::types::Tag;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::TAG_STACK;
use cairn_model::{StackId, Value};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::{BTreeMap, HashMap};

/// Largest page of the Describe operations (ELB API reference).
pub const PAGE: i32 = 400;
/// ARNs that `DescribeTags` takes at once.
const TAGS_AT_ONCE: usize = 20;
/// Calls for single resources that run side by side.
pub const SIDE_BY_SIDE: usize = 8;

/// Attributes of a load balancer, target group or listener, by AWS's keys.
pub type Attributes = BTreeMap<String, String>;

/// The tags of a call.
pub fn to_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

async fn batch(aws: &Aws, arns: &[String]) -> Result<HashMap<String, Tags>, Failure> {
    let answer = aws
        .elbv2
        .describe_tags()
        .set_resource_arns(Some(arns.to_vec()))
        .send()
        .await
        .map_err(failed("elasticloadbalancing:DescribeTags"))?;
    let described = answer.tag_descriptions.unwrap_or_default().into_iter().map(|d| {
        let tags = d.tags.unwrap_or_default().into_iter().map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())).collect();
        (d.resource_arn.unwrap_or_default(), tags)
    });
    Ok(described.collect())
}

/// The tags of ARNs of one kind (`DescribeTags` takes 20, of one kind). What is gone meanwhile is left out.
pub async fn tags_of(aws: &Aws, arns: &[String]) -> Result<HashMap<String, Tags>, Failure> {
    let batches = stream::iter(arns.chunks(TAGS_AT_ONCE).map(<[String]>::to_vec)).map(|arns| async move {
        match absent(batch(aws, &arns).await)? {
            Some(tags) => Ok(tags),
            // One that is gone fails the whole batch.
            None => {
                let single = stream::iter(arns.into_iter().map(|arn| async move { absent(batch(aws, &[arn]).await) }));
                let single: Vec<_> = single.buffered(SIDE_BY_SIDE).try_collect().await?;
                Ok::<_, Failure>(single.into_iter().flatten().flatten().collect())
            }
        }
    });
    let all: Vec<HashMap<String, Tags>> = batches.buffered(SIDE_BY_SIDE).try_collect().await?;
    Ok(all.into_iter().flatten().collect())
}

/// Sets and removes tags of anything in ELB.
pub async fn tag(aws: &Aws, arn: &str, set: &Tags, remove: &[String]) -> Result<(), Failure> {
    if !set.is_empty() {
        let call = aws.elbv2.add_tags().resource_arns(arn).set_tags(Some(to_tags(set)));
        call.send().await.map_err(failed("elasticloadbalancing:AddTags"))?;
    }
    if !remove.is_empty() {
        let call = aws.elbv2.remove_tags().resource_arns(arn).set_tag_keys(Some(remove.to_vec()));
        call.send().await.map_err(failed("elasticloadbalancing:RemoveTags"))?;
    }
    Ok(())
}

/// Makes sure that what a create call gave is the stack's: the create operations of ELB answer with the resource that is there
/// already when all settings are the same ("each call succeeds"), whoever made it.
pub async fn made(aws: &Aws, arn: &str, stack: &StackId) -> Result<(), Failure> {
    let tags = tags_of(aws, &[arn.to_string()]).await?.remove(arn);
    match tags {
        Some(tags) if !marked_by(&tags, stack) => Err(Failure::new(
            FailureKind::AlreadyExists,
            format!("{arn} was there already and is not this stack's; import it or choose another name"),
        )),
        _ => Ok(()),
    }
}

/// True when the tags carry the mark of a stack.
pub fn marked_by(tags: &Tags, stack: &StackId) -> bool {
    tags.get(TAG_STACK).is_some_and(|s| *s == stack.to_string())
}

/// What an attribute's value says: a truth value, a number, or the text; nothing when AWS does not have it.
pub fn flag(attributes: &Attributes, key: &str, default: bool) -> bool {
    attributes.get(key).map_or(default, |v| v == "true")
}

/// A whole number of an attribute.
pub fn whole(attributes: &Attributes, key: &str, default: i64) -> i64 {
    attributes.get(key).and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// The text of an attribute; nothing for an empty one.
pub fn text(attributes: &Attributes, key: &str) -> Option<String> {
    attributes.get(key).filter(|v| !v.is_empty()).cloned()
}

/// The name of a load balancer or target group: up to 32 letters, digits and hyphens, none at the ends (ELB API reference).
pub fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    if text.is_empty() || text.len() > 32 {
        return Err(format!("must be 1 to 32 characters long, and \"{text}\" has {}", text.len()));
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') || text.starts_with('-') || text.ends_with('-') {
        return Err(format!("must be of letters, digits and hyphens with no hyphen at its ends, not \"{text}\""));
    }
    if text.starts_with("internal-") {
        return Err("must not begin with \"internal-\", which AWS keeps for itself".into());
    }
    Ok(())
}

/// The beginning of a name that is made up: what a digest of 12 characters leaves of 32.
pub fn name_prefix(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    if text.len() > 20 {
        return Err(format!("must be at most 20 characters long, and \"{text}\" has {}", text.len()));
    }
    name(&Value::string(format!("{text}0")))
}

/// The ARN of what something in ELB is a part of: `listener/app/NAME/LB/LISTENER` is a part of `loadbalancer/app/NAME/LB`, and
/// `listener-rule/app/NAME/LB/LISTENER/RULE` of `listener/app/NAME/LB/LISTENER`.
pub fn whole_of(arn: &str) -> Option<String> {
    let (rest, _) = arn.rsplit_once('/')?;
    if let Some((head, tail)) = rest.split_once(":listener-rule/") {
        return Some(format!("{head}:listener/{tail}"));
    }
    let (head, tail) = rest.split_once(":listener/")?;
    Some(format!("{head}:loadbalancer/{tail}"))
}

/// The part of an ARN that metrics know a resource by.
pub fn suffix(arn: &str, kind: &str) -> Option<String> {
    arn.split_once(kind).map(|(_, rest)| rest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_know_what_they_are_parts_of() {
        let rule = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/web/1111/2222/3333";
        let listener = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/web/1111/2222";
        let balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/1111";
        assert_eq!(whole_of(rule).as_deref(), Some(listener));
        assert_eq!(whole_of(listener).as_deref(), Some(balancer));
        assert_eq!(whole_of(balancer), None);
        assert_eq!(suffix(balancer, ":loadbalancer/").as_deref(), Some("app/web/1111"));
    }

    #[test]
    fn names() {
        assert!(name(&"web-1".into()).is_ok());
        assert!(name(&"-web".into()).is_err());
        assert!(name(&"internal-web".into()).is_err());
        assert!(name(&"a".repeat(33).into()).is_err());
        assert!(name_prefix(&"web-".into()).is_ok());
    }
}
