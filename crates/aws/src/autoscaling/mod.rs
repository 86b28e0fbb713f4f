//! Auto Scaling: groups carry their tags as blocks, and the marks beside them; policies are parts of groups.

pub mod group;
mod group_change;
mod group_wait;
pub mod policy;
mod refresh;

use crate::resource::Tags;
use aws_sdk_autoscaling::types::Tag;

/// Tags of a group in the form of AWS.
fn to_tags<'a>(group: &'a str, tags: &'a Tags, propagate: bool) -> impl Iterator<Item = Tag> + 'a {
    tags.iter().map(move |(key, value)| tag(group, key, value, propagate))
}

fn tag(group: &str, key: &str, value: &str, propagate: bool) -> Tag {
    Tag::builder().resource_id(group).resource_type("auto-scaling-group").key(key).value(value).propagate_at_launch(propagate).build()
}
