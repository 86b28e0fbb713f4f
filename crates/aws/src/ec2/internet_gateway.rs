//! `aws_internet_gateway`.

use super::shared::{naming_users, own_vpcs};
use super::{PAGE, filter, filters, from_tags, specification};
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types::{AttachmentStatus, Filter, ResourceType};
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::{Failure, FailureKind};
use std::collections::BTreeSet;
use std::time::Duration;

/// A way between a VPC and the internet.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_internet_gateway", tags, timeouts = "create update delete")]
pub struct InternetGateway {
    /// VPC that it is attached to. A VPC has at most one.
    #[attr(optional, computed, key)]
    vpc_id: Option<String>,
    /// ARN of the gateway.
    #[attr(computed)]
    arn: Option<String>,
    /// Account that owns the gateway.
    #[attr(computed)]
    owner_id: Option<String>,
}

impl Resource for InternetGateway {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#InternetGateway:internetGatewayId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "internet-gateway/"));
    const TYPICAL_UPDATE_SECONDS: u64 = 10;
    const TYPICAL_DELETE_SECONDS: u64 = 15;
    const EFFECTS: Effects = Effects {
        serves: Some("traffic between the VPC and the internet"),
        in_place: &[InPlace {
            arguments: &["vpc_id"],
            does: Does::Interrupts,
            what: "traffic between the VPC it leaves and the internet",
            when: impact::taken_away,
            source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html",
        }],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeInternetGateways", "ec2:DescribeVpcs"],
        create: &["ec2:CreateInternetGateway", "ec2:AttachInternetGateway", "ec2:CreateTags"],
        update: &["ec2:AttachInternetGateway", "ec2:DetachInternetGateway", "ec2:CreateTags", "ec2:DeleteTags"],
        delete: &["ec2:DetachInternetGateway", "ec2:DeleteInternetGateway", "ec2:DescribeNetworkInterfaces"],
        read_cost: "1 per 1,000; while some are yet to be made 2, to see whether their VPCs have one",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<InternetGateway>>, Failure> {
        let mut found = describe(aws, filters(scope, "internet-gateway-id")).await?;
        if scope.unmarked(&found).is_empty() {
            return Ok(found);
        }
        let own = own_vpcs(aws, scope).await?;
        let vpcs: BTreeSet<String> = own.iter().filter_map(|v| v.vpc_id.clone()).chain(scope.wanted_texts("vpc_id")).collect();
        if !vpcs.is_empty() {
            let there = describe(aws, Some(vec![filter("attachment.vpc-id", vpcs)])).await?;
            let known: BTreeSet<String> = found.iter().map(|f| f.id.clone()).collect();
            found.extend(there.into_iter().filter(|f| !known.contains(&f.id)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &InternetGateway, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws.ec2.create_internet_gateway().tag_specifications(specification(ResourceType::InternetGateway, &making.tags));
        let made = once!(aws_sdk_ec2, request).await.map_err(failed("ec2:CreateInternetGateway"))?;
        let id = made
            .internet_gateway
            .and_then(|g| g.internet_gateway_id)
            .ok_or_else(|| missing("ec2:CreateInternetGateway", "InternetGatewayId"))?;
        if let Some(vpc) = &want.vpc_id {
            attach(aws, &id, vpc, making.run).await?;
        }
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<InternetGateway>, want: &InternetGateway, changing: &Changing<'_>) -> Result<(), Failure> {
        if !changing.any(&["vpc_id"]) {
            return Ok(());
        }
        if let Some(old) = &have.value.vpc_id {
            detach(aws, &have.id, old).await?;
        }
        match &want.vpc_id {
            Some(new) => attach(aws, &have.id, new, changing.run).await,
            None => Ok(()),
        }
    }

    async fn delete(aws: &Aws, have: &Found<InternetGateway>, _: &Removing<'_, InternetGateway>) -> Result<(), Failure> {
        if let Some(vpc) = &have.value.vpc_id {
            detach(aws, &have.id, vpc).await?;
        }
        gone(aws.ec2.delete_internet_gateway().internet_gateway_id(&have.id).send().await.map_err(failed("ec2:DeleteInternetGateway")))
    }

    async fn tag(aws: &Aws, have: &Found<InternetGateway>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }
}

async fn describe(aws: &Aws, filters: Option<Vec<Filter>>) -> Result<Vec<Found<InternetGateway>>, Failure> {
    let mut pages = aws.ec2.describe_internet_gateways().set_filters(filters).max_results(PAGE).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        for gateway in page.map_err(failed("ec2:DescribeInternetGateways"))?.internet_gateways.unwrap_or_default() {
            let id = gateway.internet_gateway_id.unwrap_or_default();
            let owner = gateway.owner_id.unwrap_or_default();
            let attached =
                |state: Option<&AttachmentStatus>| !matches!(state, Some(AttachmentStatus::Detached | AttachmentStatus::Detaching));
            let value = InternetGateway {
                vpc_id: gateway.attachments.unwrap_or_default().into_iter().find(|a| attached(a.state.as_ref())).and_then(|a| a.vpc_id),
                arn: Some(format!("arn:{}:ec2:{}:{owner}:internet-gateway/{id}", aws.partition(), aws.region)),
                owner_id: Some(owner),
            };
            found.push(Found::new(id, value, from_tags(gateway.tags)));
        }
    }
    Ok(found)
}

/// Attaches and waits until it is: addresses can only be mapped then.
async fn attach(aws: &Aws, id: &str, vpc: &str, run: Run<'_>) -> Result<(), Failure> {
    wait::while_failing(
        run,
        &format!("internet gateway {id} to become visible"),
        Duration::from_secs(120),
        |f| f.code == "InvalidInternetGatewayID.NotFound",
        || async {
            let sent = aws.ec2.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send().await;
            sent.map_err(failed("ec2:AttachInternetGateway"))
        },
    )
    .await?;
    wait::until(run, &format!("internet gateway {id} to be attached"), Duration::from_secs(300), || async {
        let now = describe(aws, Some(vec![filter("internet-gateway-id", [id])])).await?;
        let attached = now.first().is_some_and(|g| g.value.vpc_id.as_deref() == Some(vpc));
        Ok(if attached { Look::Ready(()) } else { Look::NotYet(String::new()) })
    })
    .await
}

/// Detaches. AWS refuses while the VPC has mapped public addresses (`DependencyViolation`).
async fn detach(aws: &Aws, id: &str, vpc: &str) -> Result<(), Failure> {
    let sent =
        aws.ec2.detach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send().await.map_err(failed("ec2:DetachInternetGateway"));
    match naming_users(aws, filter("vpc-id", [vpc]), true, sent).await {
        Err(failure) if failure.kind == FailureKind::NotFound || failure.code == "Gateway.NotAttached" => Ok(()),
        other => other.map(|_| ()),
    }
}
