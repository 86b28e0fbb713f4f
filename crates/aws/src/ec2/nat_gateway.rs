//! `aws_nat_gateway`.

use super::{PAGE, filter, filters, from_tags, specification};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::resource::{Calls, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types::{ConnectivityType, NatGateway as Described, NatGatewayState, ResourceType};
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::ip4;
use cairn_model::{Value, one_of};
use std::time::Duration;

/// A way out of a VPC's private subnets that nothing can come in by.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_nat_gateway",
    tags,
    timeouts = "create update delete",
    unsupported = "secondary_allocation_ids",
    unread = "secondary_private_ip_address_count secondary_private_ip_addresses"
)]
pub struct NatGateway {
    /// Subnet that it stands in.
    #[attr(required, force_new)]
    subnet_id: String,
    /// Address that it goes out by. Needed when it is public.
    #[attr(optional, force_new)]
    allocation_id: Option<String>,
    /// Whether it leads to the internet (`public`) or to other networks (`private`).
    #[attr(default = "public", force_new, check = one_of!("public", "private"))]
    connectivity_type: String,
    /// Its address in the subnet.
    #[attr(optional, computed, force_new, check = ip4)]
    private_ip: Option<String>,
    /// The address that it goes out by.
    #[attr(computed)]
    public_ip: Option<String>,
    /// Its network interface.
    #[attr(computed)]
    network_interface_id: Option<String>,
    /// Id of its association with the address.
    #[attr(computed)]
    association_id: Option<String>,
}

impl Resource for NatGateway {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#NatGatewayDetails:natGatewayId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "natgateway/"));
    const TYPICAL_CREATE_SECONDS: u64 = 105;
    const TYPICAL_DELETE_SECONDS: u64 = 52;
    const EFFECTS: Effects = Effects {
        serves: Some("connections to the internet from subnets that route through it"),
        known_by: Some("its private address, and its public one where the allocation is another"),
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeNatGateways"],
        create: &["ec2:CreateNatGateway", "ec2:CreateTags"],
        update: &["ec2:CreateTags", "ec2:DeleteTags"],
        delete: &["ec2:DeleteNatGateway"],
        read_cost: "1 per 1,000",
    };

    /// Those that failed or are deleted stay visible for about an hour, tags included ("Delete a NAT gateway",
    /// VPC user guide): they are left out.
    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<NatGateway>>, Failure> {
        let alive = filter("state", ["pending", "available"]);
        let filters = filters(scope, "nat-gateway-id");
        let mut pages = aws.ec2.describe_nat_gateways().set_filter(filters).filter(alive).max_results(PAGE).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            for nat in page.map_err(failed("ec2:DescribeNatGateways"))?.nat_gateways.unwrap_or_default() {
                let addresses = nat.nat_gateway_addresses.unwrap_or_default();
                let primary = addresses.iter().find(|a| a.is_primary == Some(true)).or(addresses.first()).cloned();
                let value = NatGateway {
                    subnet_id: nat.subnet_id.unwrap_or_default(),
                    allocation_id: primary.as_ref().and_then(|a| a.allocation_id.clone()),
                    connectivity_type: nat.connectivity_type.map_or_else(|| "public".into(), |t| t.as_str().to_string()),
                    private_ip: primary.as_ref().and_then(|a| a.private_ip.clone()),
                    public_ip: primary.as_ref().and_then(|a| a.public_ip.clone()),
                    network_interface_id: primary.as_ref().and_then(|a| a.network_interface_id.clone()),
                    association_id: primary.and_then(|a| a.association_id),
                };
                found.push(Found::new(nat.nat_gateway_id.unwrap_or_default(), value, from_tags(nat.tags)));
            }
        }
        Ok(found)
    }

    /// The SDK makes a fresh token for its retries. One derived from the address would, after a delete, bring back
    /// the deleted gateway: AWS remembers tokens longer than gateways.
    async fn create(aws: &Aws, want: &NatGateway, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws
            .ec2
            .create_nat_gateway()
            .subnet_id(&want.subnet_id)
            .set_allocation_id(want.allocation_id.clone())
            .set_private_ip_address(want.private_ip.clone())
            .connectivity_type(ConnectivityType::from(want.connectivity_type.as_str()))
            .tag_specifications(specification(ResourceType::Natgateway, &making.tags));
        let made = request.send().await.map_err(failed("ec2:CreateNatGateway"))?;
        let id = made.nat_gateway.and_then(|n| n.nat_gateway_id).ok_or_else(|| missing("ec2:CreateNatGateway", "NatGatewayId"))?;
        wait::until(making.run, &format!("NAT gateway {id} to become available"), Duration::from_secs(600), || async {
            let Some(nat) = describe(aws, &id).await? else { return Ok(Look::NotYet("not visible yet".into())) };
            match nat.state {
                Some(NatGatewayState::Available) => Ok(Look::Ready(())),
                Some(NatGatewayState::Failed | NatGatewayState::Deleting | NatGatewayState::Deleted) => {
                    let why = nat.failure_message.unwrap_or_else(|| "it was deleted while it was being made".into());
                    let mut failure = Failure::new(FailureKind::Other, format!("NAT gateway {id}: {why}"));
                    failure.operation = "ec2:CreateNatGateway".into();
                    failure.code = nat.failure_code.unwrap_or_default();
                    Err(failure)
                }
                state => Ok(Look::NotYet(state.map(|s| s.as_str().to_string()).unwrap_or_default())),
            }
        })
        .await?;
        Ok(id)
    }

    /// Waits until it is gone: its address and its subnet are free only then.
    async fn delete(aws: &Aws, have: &Found<NatGateway>, removing: &Removing<'_, NatGateway>) -> Result<(), Failure> {
        gone(aws.ec2.delete_nat_gateway().nat_gateway_id(&have.id).send().await.map_err(failed("ec2:DeleteNatGateway")))?;
        wait::until(removing.run, &format!("NAT gateway {} to be deleted", have.id), Duration::from_secs(1800), || async {
            let nat = absent(describe(aws, &have.id).await)?.flatten();
            match nat.and_then(|n| n.state) {
                None | Some(NatGatewayState::Deleted) => Ok(Look::Ready(())),
                Some(state) => Ok(Look::NotYet(state.as_str().to_string())),
            }
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<NatGateway>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let address = config.get("allocation_id").is_some_and(|v| !v.is_null());
        let message = match planned.get_str("connectivity_type") {
            Some("public") if !address => "a public NAT gateway needs allocation_id: the address that it goes out by",
            Some("private") if address => "allocation_id is not for a private NAT gateway",
            _ => return Ok(planned),
        };
        Err(vec![Refusal { attribute: "allocation_id".into(), message: message.into() }])
    }
}

async fn describe(aws: &Aws, id: &str) -> Result<Option<Described>, Failure> {
    let answer =
        aws.ec2.describe_nat_gateways().filter(filter("nat-gateway-id", [id])).send().await.map_err(failed("ec2:DescribeNatGateways"))?;
    Ok(answer.nat_gateways.unwrap_or_default().into_iter().next())
}
