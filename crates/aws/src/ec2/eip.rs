//! `aws_eip`.

use super::shared::naming_users;
use super::{filter, filters, from_tags, specification};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_ec2::types::{DomainType, ResourceType};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::Refusal;
use cairn_model::types::Type;
use cairn_model::{Value, one_of};

/// A fixed public IPv4 address.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_eip",
    tags,
    timeouts = "read update delete",
    unsupported = "address associate_with_private_ip customer_owned_ipv4_pool",
    unread = "carrier_ip customer_owned_ip ipam_pool_id ptr_record vpc"
)]
pub struct Eip {
    /// Where the address is for; AWS offers only `vpc`.
    #[attr(default = "vpc", force_new, check = one_of!("vpc"))]
    domain: String,
    /// Instance that has the address.
    #[attr(optional, computed)]
    instance: Option<String>,
    /// Network interface that has the address.
    #[attr(optional, computed)]
    network_interface: Option<String>,
    /// Group of zones that AWS announces the address from.
    #[attr(optional, computed, force_new)]
    network_border_group: Option<String>,
    /// Pool that the address comes from: `amazon` for AWS's own.
    #[attr(optional, computed, force_new)]
    public_ipv4_pool: Option<String>,
    /// Id by which gateways and associations name the address.
    #[attr(computed)]
    allocation_id: Option<String>,
    /// ARN of the address.
    #[attr(computed)]
    arn: Option<String>,
    /// Id of its association with an instance or interface.
    #[attr(computed)]
    association_id: Option<String>,
    /// The address.
    #[attr(computed)]
    public_ip: Option<String>,
    /// DNS name of the address.
    #[attr(computed)]
    public_dns: Option<String>,
    /// Private address that it stands for.
    #[attr(computed)]
    private_ip: Option<String>,
    /// DNS name of that private address.
    #[attr(computed)]
    private_dns: Option<String>,
}

impl Resource for Eip {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#ElasticIpDetails:AllocationId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "elastic-ip/"));
    const EFFECTS: Effects = Effects {
        serves: Some("every connection to and from its address, which goes back to AWS"),
        known_by: Some("its public address"),
        in_place: &[InPlace {
            arguments: &["instance", "network_interface"],
            does: Does::Interrupts,
            what: "connections to and from the address",
            when: impact::taken_away,
            source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/working-with-eips.html",
        }],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeAddresses"],
        create: &["ec2:AllocateAddress", "ec2:AssociateAddress", "ec2:CreateTags"],
        update: &["ec2:AssociateAddress", "ec2:DisassociateAddress", "ec2:CreateTags", "ec2:DeleteTags"],
        delete: &["ec2:DisassociateAddress", "ec2:ReleaseAddress", "ec2:DescribeNetworkInterfaces"],
        read_cost: "1: DescribeAddresses has no pages",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Eip>>, Failure> {
        let answer = aws
            .ec2
            .describe_addresses()
            .set_filters(filters(scope, "allocation-id"))
            .send()
            .await
            .map_err(failed("ec2:DescribeAddresses"))?;
        let mut found = Vec::new();
        for address in answer.addresses.unwrap_or_default() {
            let id = address.allocation_id.unwrap_or_default();
            let value = Eip {
                domain: address.domain.map_or_else(|| "vpc".into(), |d| d.as_str().to_string()),
                instance: some(address.instance_id),
                network_interface: some(address.network_interface_id),
                network_border_group: some(address.network_border_group),
                public_ipv4_pool: some(address.public_ipv4_pool),
                allocation_id: Some(id.clone()),
                arn: Some(aws.arn("ec2", &format!("elastic-ip/{id}")).await?),
                association_id: some(address.association_id),
                public_dns: address.public_ip.as_deref().map(|ip| dns_name(aws, "ec2", ip)),
                public_ip: address.public_ip,
                private_dns: address.private_ip_address.as_deref().filter(|ip| !ip.is_empty()).map(|ip| dns_name(aws, "ip", ip)),
                private_ip: some(address.private_ip_address),
            };
            found.push(Found::new(id, value, from_tags(address.tags)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Eip, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws
            .ec2
            .allocate_address()
            .domain(DomainType::from(want.domain.as_str()))
            .set_network_border_group(want.network_border_group.clone())
            .set_public_ipv4_pool(want.public_ipv4_pool.clone())
            .tag_specifications(specification(ResourceType::ElasticIp, &making.tags));
        let made = once!(aws_sdk_ec2, request).await.map_err(failed("ec2:AllocateAddress"))?;
        let id = made.allocation_id.ok_or_else(|| missing("ec2:AllocateAddress", "AllocationId"))?;
        associate(aws, &id, want.instance.as_deref(), want.network_interface.as_deref()).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<Eip>, want: &Eip, changing: &Changing<'_>) -> Result<(), Failure> {
        if !changing.any(&["instance", "network_interface"]) {
            return Ok(());
        }
        if let Some(association) = &have.value.association_id {
            disassociate(aws, association).await?;
        }
        // What the configuration leaves out still holds what the address leaves.
        let instance = want.instance.as_deref().filter(|_| changing.any(&["instance"]) || want.network_interface.is_none());
        let interface = want.network_interface.as_deref().filter(|_| changing.any(&["network_interface"]));
        associate(aws, &have.id, instance, interface).await
    }

    /// An address that an instance has is taken from it first. One that AWS itself uses (a NAT gateway, a load
    /// balancer) is waited for.
    async fn delete(aws: &Aws, have: &Found<Eip>, _: &Removing<'_, Eip>) -> Result<(), Failure> {
        if let (Some(association), Some(_)) = (&have.value.association_id, &have.value.instance) {
            disassociate(aws, association).await?;
        }
        let released = aws.ec2.release_address().allocation_id(&have.id).send().await.map_err(failed("ec2:ReleaseAddress"));
        gone(naming_users(aws, filter("association.allocation-id", [&have.id]), false, released).await)
    }

    async fn tag(aws: &Aws, have: &Found<Eip>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let moves = |name: &str| live.is_some_and(|l| planned.get(name) != l.get(name));
        if moves("instance") || moves("network_interface") {
            let free = |name: &str| config.get(name).is_none_or(Value::is_null);
            let decided = ["association_id", "private_ip", "private_dns", "instance", "network_interface"];
            for name in decided.into_iter().filter(|n| free(n)) {
                planned = planned.with(name, Value::unknown(Type::String));
            }
        }
        Ok(planned)
    }
}

fn some(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.is_empty())
}

/// The DNS name that AWS gives an address (VPC user guide, "DNS hostnames").
fn dns_name(aws: &Aws, kind: &str, ip: &str) -> String {
    let ip = ip.replace('.', "-");
    match (kind, aws.region.as_str()) {
        ("ec2", "us-east-1") => format!("ec2-{ip}.compute-1.{}", aws.dns_suffix()),
        ("ec2", region) => format!("ec2-{ip}.{region}.compute.{}", aws.dns_suffix()),
        (_, "us-east-1") => format!("ip-{ip}.ec2.internal"),
        (_, region) => format!("ip-{ip}.{region}.compute.internal"),
    }
}

async fn associate(aws: &Aws, id: &str, instance: Option<&str>, interface: Option<&str>) -> Result<(), Failure> {
    if instance.is_none() && interface.is_none() {
        return Ok(());
    }
    let request = aws
        .ec2
        .associate_address()
        .allocation_id(id)
        .set_instance_id(instance.map(str::to_string))
        .set_network_interface_id(interface.map(str::to_string));
    request.send().await.map_err(failed("ec2:AssociateAddress")).map(|_| ())
}

async fn disassociate(aws: &Aws, association: &str) -> Result<(), Failure> {
    absent(aws.ec2.disassociate_address().association_id(association).send().await.map_err(failed("ec2:DisassociateAddress"))).map(|_| ())
}
