//! `aws_vpn_gateway`.

use super::{filter, filters, from_tags, specification};
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types::{AttachmentStatus, GatewayType, ResourceType, VpnGateway as Raw, VpnState};
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::{Failure, FailureKind};
use std::time::Duration;

/// Amazon's end of a site-to-site VPN, attached to a VPC.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_vpn_gateway", tags, unsupported = "availability_zone")]
pub struct VpnGateway {
    /// BGP autonomous system number of Amazon's side; 64512 when nothing is said.
    #[attr(optional, computed, force_new, check = asn)]
    amazon_side_asn: Option<String>,
    /// VPC that the gateway is attached to.
    #[attr(optional, computed)]
    vpc_id: Option<String>,
    /// ARN of the gateway.
    #[attr(computed)]
    arn: Option<String>,
}

/// Private numbers only: 64512 to 65534 and 4200000000 to 4294967294 (CreateVpnGateway).
fn asn(value: &cairn_model::Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    match text.parse::<u64>() {
        Ok(64_512..=65_534 | 4_200_000_000..=4_294_967_294) => Ok(()),
        _ => Err(format!("must be from 64512 to 65534 or from 4200000000 to 4294967294, not \"{text}\"")),
    }
}

/// AWS takes minutes at most; its own waiters have no limit below this.
const LIMIT: Duration = Duration::from_secs(900);

impl Resource for VpnGateway {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#VpnGatewayDetails:VpnGatewayId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "vpn-gateway/"));
    const TYPICAL_CREATE_SECONDS: u64 = 47;
    const TYPICAL_UPDATE_SECONDS: u64 = 60;
    const TYPICAL_DELETE_SECONDS: u64 = 20;
    const EFFECTS: Effects = Effects {
        serves: Some("traffic of the VPC through its VPN connections"),
        in_place: &[InPlace {
            arguments: &["vpc_id"],
            does: Does::Interrupts,
            what: "traffic between the VPC it leaves and its VPN connections",
            when: impact::taken_away,
            source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachVpnGateway.html",
        }],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeVpnGateways"],
        create: &["ec2:CreateVpnGateway", "ec2:AttachVpnGateway", "ec2:CreateTags"],
        update: &["ec2:AttachVpnGateway", "ec2:DetachVpnGateway", "ec2:CreateTags", "ec2:DeleteTags"],
        delete: &["ec2:DetachVpnGateway", "ec2:DeleteVpnGateway"],
        read_cost: "1",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<VpnGateway>>, Failure> {
        let request = aws.ec2.describe_vpn_gateways().set_filters(filters(scope, "vpn-gateway-id"));
        let answer = request.send().await.map_err(failed("ec2:DescribeVpnGateways"))?;
        let mut found = Vec::new();
        for gateway in answer.vpn_gateways.unwrap_or_default() {
            if is_corpse(&gateway) {
                continue;
            }
            let id = gateway.vpn_gateway_id.clone().unwrap_or_default();
            let value = VpnGateway {
                amazon_side_asn: gateway.amazon_side_asn.map(|n| n.to_string()),
                vpc_id: attached_to(&gateway),
                arn: Some(aws.arn("ec2", &format!("vpn-gateway/{id}")).await?),
            };
            found.push(Found::new(id, value, from_tags(gateway.tags)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &VpnGateway, making: &Making<'_>) -> Result<String, Failure> {
        let number = want.amazon_side_asn.as_ref().and_then(|n| n.parse::<i64>().ok());
        let request = aws
            .ec2
            .create_vpn_gateway()
            .r#type(GatewayType::Ipsec1)
            .set_amazon_side_asn(number)
            .tag_specifications(specification(ResourceType::VpnGateway, &making.tags));
        let made = once!(aws_sdk_ec2, request).await.map_err(failed("ec2:CreateVpnGateway"))?;
        let id = made.vpn_gateway.and_then(|g| g.vpn_gateway_id).ok_or_else(|| missing("ec2:CreateVpnGateway", "VpnGatewayId"))?;
        wait::until(making.run, &format!("VPN gateway {id} to become available"), LIMIT, || async {
            Ok(match look(aws, &id).await?.and_then(|g| g.state) {
                Some(VpnState::Available) => Look::Ready(()),
                Some(state) => Look::NotYet(state.as_str().to_string()),
                None => Look::NotYet("not visible yet".into()),
            })
        })
        .await?;
        // A crash before this leaves a gateway without VPC, which the next plan finds by its mark and attaches.
        if let Some(vpc) = &want.vpc_id {
            attach(aws, &id, vpc, making.run).await?;
        }
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<VpnGateway>, want: &VpnGateway, changing: &Changing<'_>) -> Result<(), Failure> {
        if changing.any(&["vpc_id"]) {
            if let Some(vpc) = &have.value.vpc_id {
                detach(aws, &have.id, vpc, changing.run).await?;
            }
            if let Some(vpc) = &want.vpc_id {
                attach(aws, &have.id, vpc, changing.run).await?;
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<VpnGateway>, removing: &Removing<'_, VpnGateway>) -> Result<(), Failure> {
        if let Some(vpc) = &have.value.vpc_id {
            detach(aws, &have.id, vpc, removing.run).await?;
        }
        // `IncorrectState` while a detachment or a VPN connection is still on its way out.
        wait::while_failing(
            removing.run,
            "the VPN gateway to be free",
            LIMIT,
            |f| f.kind == FailureKind::InUse,
            || async { gone(aws.ec2.delete_vpn_gateway().vpn_gateway_id(&have.id).send().await.map_err(failed("ec2:DeleteVpnGateway"))) },
        )
        .await
    }

    async fn tag(aws: &Aws, have: &Found<VpnGateway>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }
}

fn is_corpse(gateway: &Raw) -> bool {
    matches!(gateway.state, Some(VpnState::Deleted | VpnState::Deleting))
}

/// The VPC of the attachment that counts: former ones stay in the list as `detached`.
fn attached_to(gateway: &Raw) -> Option<String> {
    let counts = |state: Option<&AttachmentStatus>| matches!(state, Some(AttachmentStatus::Attached | AttachmentStatus::Attaching));
    gateway.vpc_attachments().iter().find(|a| counts(a.state())).and_then(|a| a.vpc_id.clone())
}

async fn look(aws: &Aws, id: &str) -> Result<Option<Raw>, Failure> {
    let request = aws.ec2.describe_vpn_gateways().filters(filter("vpn-gateway-id", [id]));
    let answer = request.send().await.map_err(failed("ec2:DescribeVpnGateways"))?;
    Ok(answer.vpn_gateways.unwrap_or_default().into_iter().find(|g| !is_corpse(g)))
}

async fn attach(aws: &Aws, id: &str, vpc: &str, run: Run<'_>) -> Result<(), Failure> {
    // What was just made may not be visible everywhere yet.
    wait::while_failing(
        run,
        "the VPN gateway to be visible",
        Duration::from_secs(120),
        |f| f.code == "InvalidVpnGatewayID.NotFound",
        || async {
            let call = aws.ec2.attach_vpn_gateway().vpn_gateway_id(id).vpc_id(vpc);
            call.send().await.map_err(failed("ec2:AttachVpnGateway"))
        },
    )
    .await?;
    wait::until(run, &format!("VPN gateway {id} to be attached to {vpc}"), LIMIT, || async {
        let gateway = look(aws, id).await?;
        let attachment = gateway.iter().flat_map(|g| g.vpc_attachments()).filter(|a| a.vpc_id() == Some(vpc)).find_map(|a| a.state());
        Ok(match attachment {
            Some(AttachmentStatus::Attached) => Look::Ready(()),
            state => Look::NotYet(state.map_or("", AttachmentStatus::as_str).to_string()),
        })
    })
    .await
}

async fn detach(aws: &Aws, id: &str, vpc: &str, run: Run<'_>) -> Result<(), Failure> {
    let call = aws.ec2.detach_vpn_gateway().vpn_gateway_id(id).vpc_id(vpc);
    match call.send().await.map_err(failed("ec2:DetachVpnGateway")) {
        // Already detached: `InvalidVpnGatewayAttachment.NotFound`.
        Err(failure) if failure.kind != FailureKind::NotFound => return Err(failure),
        _ => {}
    }
    wait::until(run, &format!("VPN gateway {id} to be detached from {vpc}"), LIMIT, || async {
        let gateway = look(aws, id).await?;
        let left = gateway.iter().flat_map(|g| g.vpc_attachments()).filter(|a| a.vpc_id() == Some(vpc)).find_map(|a| a.state());
        Ok(match left {
            None | Some(AttachmentStatus::Detached) => Look::Ready(()),
            Some(state) => Look::NotYet(state.as_str().to_string()),
        })
    })
    .await
}
