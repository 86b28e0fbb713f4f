//! `aws_shield_protection`.

use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_shield::types::{self, Tag};
use cairn_derive::Model;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::arn;
use cairn_model::length;
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;

/// Protection of a resource by Shield Advanced, to which the account must have subscribed. Shield is one for all regions.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_shield_protection", tags)]
pub struct Protection {
    /// Name.
    #[attr(required, force_new, check = length!(1, 128))]
    name: String,
    /// ARN of what is protected; a resource has one protection at most.
    #[attr(required, force_new, key, check = arn)]
    resource_arn: String,
    /// ARN of the protection.
    #[attr(computed)]
    arn: Option<String>,
}

impl Resource for Protection {
    const CONSOLE: Option<&'static str> = Some("wafv2/shieldv2#/protected_resources");
    const SERVICE: &'static str = "shield";
    const INDEX: Option<(&'static str, &'static str)> = Some(("shield", "protection/"));
    const CALLS: Calls = Calls {
        read: &["shield:ListProtections", "shield:DescribeProtection", "shield:ListTagsForResource"],
        create: &["shield:CreateProtection", "shield:TagResource"],
        update: &["shield:TagResource", "shield:UntagResource"],
        delete: &["shield:DeleteProtection"],
        read_cost: "1 per page of the account's protections, and 1 per protection whose tags the tag index does not settle: ListTagsForResource takes one",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Protection>>, Failure> {
        if let Some(id) = scope.only() {
            let call = aws.shield.describe_protection().protection_id(id).send().await;
            let protection = absent(call.map_err(failed("shield:DescribeProtection")))?.and_then(|a| a.protection);
            return Ok(match protection {
                Some(p) => one(aws, scope, p).await?.into_iter().collect(),
                None => Vec::new(),
            });
        }
        let resources = scope.wanted_texts("resource_arn");
        let indexed: BTreeSet<String> = scope.indexed::<Protection>(aws).await?.into_iter().collect();
        // What protects a resource that is not known yet can only be found by its name.
        let names = scope.wanted_texts("name");
        if names.is_empty() && indexed.is_empty() {
            return Ok(Vec::new());
        }
        let mut pages = aws.shield.list_protections().into_paginator().send();
        let mut chosen = Vec::new();
        while let Some(page) = pages.next().await {
            // Without a subscription there are none.
            let Some(page) = absent(page.map_err(failed("shield:ListProtections")))? else { break };
            chosen.extend(page.protections.unwrap_or_default().into_iter().filter(|p| {
                p.resource_arn().is_some_and(|r| resources.contains(r))
                    || p.name().is_some_and(|n| names.contains(n))
                    || p.protection_arn().is_some_and(|a| indexed.contains(a))
            }));
        }
        let read: Vec<Option<Found<Protection>>> = stream::iter(chosen).map(|p| one(aws, scope, p)).buffered(4).try_collect().await?;
        let counts = |f: &Found<Protection>| resources.contains(&f.value.resource_arn) || scope.owns(&f.tags);
        Ok(read.into_iter().flatten().filter(counts).collect())
    }

    async fn create(aws: &Aws, want: &Protection, making: &Making<'_>) -> Result<String, Failure> {
        let tags = making.tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect();
        let request = aws.shield.create_protection().name(&want.name).resource_arn(&want.resource_arn).set_tags(Some(tags));
        let made = once!(aws_sdk_shield, request).await.map_err(failed("shield:CreateProtection")).map_err(|f| {
            // The same code stands for a resource that is not there and for an account without a subscription.
            if f.kind == FailureKind::NotFound && f.message.to_lowercase().contains("subscription") {
                let message = "this account has no subscription to Shield Advanced; Cairn never makes one, since it is a paid commitment for a year: subscribe by hand, or leave the protection out";
                Failure { kind: FailureKind::Invalid, message: message.into(), ..f }
            } else {
                f
            }
        })?;
        made.protection_id.ok_or_else(|| missing("shield:CreateProtection", "ProtectionId"))
    }

    async fn delete(aws: &Aws, have: &Found<Protection>, _: &Removing<'_, Protection>) -> Result<(), Failure> {
        gone(aws.shield.delete_protection().protection_id(&have.id).send().await.map_err(failed("shield:DeleteProtection")))
    }

    async fn tag(aws: &Aws, have: &Found<Protection>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        let arn = have.value.arn.clone().unwrap_or_default();
        if !set.is_empty() {
            let tags = set.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect();
            aws.shield.tag_resource().resource_arn(&arn).set_tags(Some(tags)).send().await.map_err(failed("shield:TagResource"))?;
        }
        if !remove.is_empty() {
            let call = aws.shield.untag_resource().resource_arn(&arn).set_tag_keys(Some(remove.to_vec()));
            call.send().await.map_err(failed("shield:UntagResource"))?;
        }
        Ok(())
    }
}

async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags, Failure> {
    let answer = aws.shield.list_tags_for_resource().resource_arn(arn).send().await.map_err(failed("shield:ListTagsForResource"))?;
    Ok(answer.tags.unwrap_or_default().into_iter().map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default())).collect())
}

async fn one(aws: &Aws, scope: &Scope<'_>, p: types::Protection) -> Result<Option<Found<Protection>>, Failure> {
    let arn = p.protection_arn.unwrap_or_default();
    let Some(tags) = absent(scope.tags(aws, &arn, tags_of(aws, &arn)).await)? else { return Ok(None) };
    let value = Protection { name: p.name.unwrap_or_default(), resource_arn: p.resource_arn.unwrap_or_default(), arn: Some(arn) };
    Ok(Some(Found::new(p.id.unwrap_or_default(), value, tags)))
}
