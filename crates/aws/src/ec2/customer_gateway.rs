//! `aws_customer_gateway`.

use super::{filter, filters, from_tags, specification};
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types::{GatewayType, ResourceType};
use cairn_derive::Model;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::{arn, ip4};
use cairn_model::{Value, length, one_of};
use std::time::Duration;

/// The customer's end of a VPN: the public address and the BGP number of a device outside of AWS.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_customer_gateway", tags)]
pub struct CustomerGateway {
    /// BGP autonomous system number of the device, up to 2147483647; 65000 when nothing is said.
    #[attr(optional, computed, force_new)]
    bgp_asn: Option<String>,
    /// BGP autonomous system number of the device, from 2147483648 to 4294967295.
    #[attr(optional, force_new)]
    bgp_asn_extended: Option<String>,
    /// ARN of the private certificate that the device shows, instead of a pre-shared key.
    #[attr(optional, force_new, check = arn)]
    certificate_arn: Option<String>,
    /// A name for the device.
    #[attr(optional, force_new, check = length!(1, 255))]
    device_name: Option<String>,
    /// Public IPv4 address of the device.
    #[attr(optional, force_new, check = ip4)]
    ip_address: Option<String>,
    /// Kind of VPN: `ipsec.1`.
    #[attr(name = "type", required, force_new, check = one_of!("ipsec.1"))]
    kind: String,
    /// ARN of the customer gateway.
    #[attr(computed)]
    arn: Option<String>,
}

impl Resource for CustomerGateway {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#CustomerGatewayDetails:CustomerGatewayId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "customer-gateway/"));
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeCustomerGateways"],
        create: &["ec2:CreateCustomerGateway", "ec2:CreateTags"],
        update: &["ec2:CreateTags", "ec2:DeleteTags"],
        delete: &["ec2:DeleteCustomerGateway"],
        read_cost: "1",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<CustomerGateway>>, Failure> {
        let request = aws.ec2.describe_customer_gateways().set_filters(filters(scope, "customer-gateway-id"));
        let answer = request.send().await.map_err(failed("ec2:DescribeCustomerGateways"))?;
        let mut found = Vec::new();
        for gateway in answer.customer_gateways.unwrap_or_default() {
            // A deleted one keeps its tags for about an hour.
            if matches!(gateway.state.as_deref(), Some("deleting" | "deleted")) {
                continue;
            }
            let id = gateway.customer_gateway_id.unwrap_or_default();
            let some = |text: Option<String>| text.filter(|t| !t.is_empty());
            let value = CustomerGateway {
                bgp_asn: some(gateway.bgp_asn),
                bgp_asn_extended: some(gateway.bgp_asn_extended),
                certificate_arn: some(gateway.certificate_arn),
                device_name: some(gateway.device_name),
                ip_address: some(gateway.ip_address),
                kind: gateway.r#type.unwrap_or_else(|| "ipsec.1".into()),
                arn: Some(aws.arn("ec2", &format!("customer-gateway/{id}")).await?),
            };
            found.push(Found::new(id, value, from_tags(gateway.tags)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &CustomerGateway, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws
            .ec2
            .create_customer_gateway()
            .r#type(GatewayType::from(want.kind.as_str()))
            .set_bgp_asn(number(want.bgp_asn.as_deref())?)
            .set_bgp_asn_extended(number(want.bgp_asn_extended.as_deref())?)
            .set_certificate_arn(want.certificate_arn.clone())
            .set_device_name(want.device_name.clone())
            .set_ip_address(want.ip_address.clone())
            .tag_specifications(specification(ResourceType::CustomerGateway, &making.tags));
        let made = once!(aws_sdk_ec2, request).await.map_err(failed("ec2:CreateCustomerGateway"))?;
        let id = made
            .customer_gateway
            .and_then(|g| g.customer_gateway_id)
            .ok_or_else(|| missing("ec2:CreateCustomerGateway", "CustomerGatewayId"))?;
        wait::until(making.run, &format!("customer gateway {id} to become available"), Duration::from_secs(600), || async {
            let request = aws.ec2.describe_customer_gateways().filters(filter("customer-gateway-id", [&id]));
            let answer = request.send().await.map_err(failed("ec2:DescribeCustomerGateways"))?;
            Ok(match answer.customer_gateways().first().and_then(|g| g.state()) {
                Some("available") => Look::Ready(()),
                Some(state) => Look::NotYet(state.to_string()),
                None => Look::NotYet("not visible yet".into()),
            })
        })
        .await?;
        Ok(id)
    }

    async fn delete(aws: &Aws, have: &Found<CustomerGateway>, _: &Removing<'_, CustomerGateway>) -> Result<(), Failure> {
        gone(aws.ec2.delete_customer_gateway().customer_gateway_id(&have.id).send().await.map_err(failed("ec2:DeleteCustomerGateway")))
    }

    async fn tag(aws: &Aws, have: &Found<CustomerGateway>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let given = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        let refuse = |attribute: &str, message: &str| Err(vec![Refusal { attribute: attribute.into(), message: message.into() }]);
        if given("bgp_asn") && given("bgp_asn_extended") {
            return refuse("bgp_asn_extended", "can't be set beside bgp_asn");
        }
        if !given("ip_address") && !given("certificate_arn") {
            return refuse("ip_address", "is needed where there is no certificate_arn");
        }
        let out_of_range = |name: &str, low: i64, high: i64| {
            config.get_str(name).is_some_and(|text| text.parse::<i64>().map_or(true, |n| !(low..=high).contains(&n)))
        };
        if out_of_range("bgp_asn", 1, 2_147_483_647) {
            return refuse("bgp_asn", "must be from 1 to 2147483647; larger ones go into bgp_asn_extended");
        }
        if out_of_range("bgp_asn_extended", 2_147_483_648, 4_294_967_295) {
            return refuse("bgp_asn_extended", "must be from 2147483648 to 4294967295; smaller ones go into bgp_asn");
        }
        Ok(planned)
    }
}

fn number<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, Failure> {
    text.map(|t| t.parse().map_err(|_| Failure::new(FailureKind::Invalid, format!("\"{t}\" is not a BGP number")))).transpose()
}
