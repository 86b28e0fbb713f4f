//! `aws_vpn_connection`.

use super::{filter, filters, from_tags, specification};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types as ec2;
use aws_smithy_types::date_time::Format;
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::cidr4;
use cairn_model::model::{FieldError, Model as _};
use cairn_model::{Value, between, one_of};
use std::collections::BTreeSet;
use std::time::Duration;

/// A site-to-site VPN: two encrypted tunnels between a customer gateway and a VPN gateway.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_vpn_connection",
    tags,
    unsupported = "transit_gateway_id transport_transit_gateway_attachment_id",
    unread = "core_network_arn core_network_attachment_arn enable_acceleration local_ipv6_network_cidr outside_ip_address_type preshared_key_arn preshared_key_storage remote_ipv6_network_cidr tunnel_inside_ip_version tunnel1_inside_ipv6_cidr tunnel2_inside_ipv6_cidr"
)]
pub struct VpnConnection {
    /// The customer's end. Another one takes the connection over in place, with a short outage.
    #[attr(required)]
    customer_gateway_id: String,
    /// Amazon's end.
    #[attr(required)]
    vpn_gateway_id: String,
    /// Kind of VPN: `ipsec.1`.
    #[attr(name = "type", required, force_new, check = one_of!("ipsec.1"))]
    kind: String,
    /// Routes are written by hand, and not learnt through BGP.
    #[attr(optional, computed, force_new)]
    static_routes_only: Option<bool>,
    /// IPv4 range on the customer's side that may pass.
    #[attr(optional, computed, check = cidr4)]
    local_ipv4_network_cidr: Option<String>,
    /// IPv4 range on Amazon's side that may pass.
    #[attr(optional, computed, check = cidr4)]
    remote_ipv4_network_cidr: Option<String>,
    /// ARN of the connection.
    #[attr(computed)]
    arn: Option<String>,
    /// What the customer's device is configured from, as XML; holds the keys.
    #[attr(computed, sensitive)]
    customer_gateway_configuration: Option<String>,
    /// Attachment to the transit gateway that somebody moved it to.
    #[attr(computed)]
    transit_gateway_attachment_id: Option<String>,
    /// Static routes of the connection.
    #[attr(computed)]
    routes: BTreeSet<Route>,
    /// How the tunnels are at the moment.
    #[attr(computed)]
    vgw_telemetry: BTreeSet<Telemetry>,
    /// Log of tunnel 1.
    #[block(computed)]
    tunnel1_log_options: Option<LogOptions>,
    /// Log of tunnel 2.
    #[block(computed)]
    tunnel2_log_options: Option<LogOptions>,
    /// Tunnel 1: Public address of Amazon's end of the tunnel.
    #[attr(computed)]
    tunnel1_address: Option<String>,
    /// Tunnel 1: Inner address of the customer's end of the tunnel.
    #[attr(computed)]
    tunnel1_cgw_inside_address: Option<String>,
    /// Tunnel 1: Inner address of Amazon's end of the tunnel.
    #[attr(computed)]
    tunnel1_vgw_inside_address: Option<String>,
    /// Tunnel 1: BGP number of Amazon's end of the tunnel.
    #[attr(computed)]
    tunnel1_bgp_asn: Option<String>,
    /// Tunnel 1: BGP hold time of the tunnel, in seconds.
    #[attr(computed)]
    tunnel1_bgp_holdtime: Option<i64>,
    /// Tunnel 1: Range of the tunnel's inner addresses: a /30 of 169.254.0.0/16.
    #[attr(optional, computed, check = cidr4)]
    tunnel1_inside_cidr: Option<String>,
    /// Tunnel 1: Key of the tunnel that both ends know; AWS makes one when nothing is said.
    #[attr(optional, computed, sensitive, check = preshared_key)]
    tunnel1_preshared_key: Option<String>,
    /// Tunnel 1: What happens when the other end of the tunnel is dead: `clear`, `none` or `restart`.
    #[attr(default = "clear", check = one_of!("clear", "none", "restart"))]
    tunnel1_dpd_timeout_action: String,
    /// Tunnel 1: After how many seconds of silence the other end of the tunnel is taken for dead: at least 30.
    #[attr(optional, computed, check = at_least_30)]
    tunnel1_dpd_timeout_seconds: Option<i32>,
    /// Tunnel 1: Let maintenance of the tunnel's end wait for the customer.
    #[attr(default = false)]
    tunnel1_enable_tunnel_lifecycle_control: bool,
    /// Tunnel 1: Versions of IKE that the tunnel may use: `ikev1`, `ikev2`; both when nothing is said.
    #[attr(optional, equal = same_ike)]
    tunnel1_ike_versions: BTreeSet<String>,
    /// Tunnel 1: Diffie-Hellman groups for phase 1 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_groups1)]
    tunnel1_phase1_dh_group_numbers: BTreeSet<i64>,
    /// Tunnel 1: Encryption algorithms for phase 1 of the tunnel, such as `AES256-GCM-16`; all when nothing is said.
    #[attr(optional, equal = same_encryption)]
    tunnel1_phase1_encryption_algorithms: BTreeSet<String>,
    /// Tunnel 1: Integrity algorithms for phase 1 of the tunnel, such as `SHA2-256`; all when nothing is said.
    #[attr(optional, equal = same_integrity)]
    tunnel1_phase1_integrity_algorithms: BTreeSet<String>,
    /// Tunnel 1: How long phase 1 of the tunnel lasts.
    #[attr(default = 28800, check = between!(900, 28800))]
    tunnel1_phase1_lifetime_seconds: i32,
    /// Tunnel 1: Diffie-Hellman groups for phase 2 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_groups2)]
    tunnel1_phase2_dh_group_numbers: BTreeSet<i64>,
    /// Tunnel 1: Encryption algorithms for phase 2 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_encryption)]
    tunnel1_phase2_encryption_algorithms: BTreeSet<String>,
    /// Tunnel 1: Integrity algorithms for phase 2 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_integrity)]
    tunnel1_phase2_integrity_algorithms: BTreeSet<String>,
    /// Tunnel 1: How long phase 2 of the tunnel lasts: less than phase 1.
    #[attr(default = 3600, check = between!(900, 3600))]
    tunnel1_phase2_lifetime_seconds: i32,
    /// Tunnel 1: Share of the rekey margin in which the tunnel's rekey is placed at random.
    #[attr(default = 100, check = between!(0, 100))]
    tunnel1_rekey_fuzz_percentage: i32,
    /// Tunnel 1: How long before the end of phase 2 Amazon's end of the tunnel makes a new key.
    #[attr(default = 270, check = between!(60, 1800))]
    tunnel1_rekey_margin_time_seconds: i32,
    /// Tunnel 1: Packets in the replay window of the tunnel.
    #[attr(default = 1024, check = between!(64, 2048))]
    tunnel1_replay_window_size: i32,
    /// Tunnel 1: Who begins the tunnel: the customer (`add`) or Amazon (`start`).
    #[attr(default = "add", check = one_of!("add", "start"))]
    tunnel1_startup_action: String,
    /// Tunnel 2: Public address of Amazon's end of the tunnel.
    #[attr(computed)]
    tunnel2_address: Option<String>,
    /// Tunnel 2: Inner address of the customer's end of the tunnel.
    #[attr(computed)]
    tunnel2_cgw_inside_address: Option<String>,
    /// Tunnel 2: Inner address of Amazon's end of the tunnel.
    #[attr(computed)]
    tunnel2_vgw_inside_address: Option<String>,
    /// Tunnel 2: BGP number of Amazon's end of the tunnel.
    #[attr(computed)]
    tunnel2_bgp_asn: Option<String>,
    /// Tunnel 2: BGP hold time of the tunnel, in seconds.
    #[attr(computed)]
    tunnel2_bgp_holdtime: Option<i64>,
    /// Tunnel 2: Range of the tunnel's inner addresses: a /30 of 169.254.0.0/16.
    #[attr(optional, computed, check = cidr4)]
    tunnel2_inside_cidr: Option<String>,
    /// Tunnel 2: Key of the tunnel that both ends know; AWS makes one when nothing is said.
    #[attr(optional, computed, sensitive, check = preshared_key)]
    tunnel2_preshared_key: Option<String>,
    /// Tunnel 2: What happens when the other end of the tunnel is dead: `clear`, `none` or `restart`.
    #[attr(default = "clear", check = one_of!("clear", "none", "restart"))]
    tunnel2_dpd_timeout_action: String,
    /// Tunnel 2: After how many seconds of silence the other end of the tunnel is taken for dead: at least 30.
    #[attr(optional, computed, check = at_least_30)]
    tunnel2_dpd_timeout_seconds: Option<i32>,
    /// Tunnel 2: Let maintenance of the tunnel's end wait for the customer.
    #[attr(default = false)]
    tunnel2_enable_tunnel_lifecycle_control: bool,
    /// Tunnel 2: Versions of IKE that the tunnel may use: `ikev1`, `ikev2`; both when nothing is said.
    #[attr(optional, equal = same_ike)]
    tunnel2_ike_versions: BTreeSet<String>,
    /// Tunnel 2: Diffie-Hellman groups for phase 1 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_groups1)]
    tunnel2_phase1_dh_group_numbers: BTreeSet<i64>,
    /// Tunnel 2: Encryption algorithms for phase 1 of the tunnel, such as `AES256-GCM-16`; all when nothing is said.
    #[attr(optional, equal = same_encryption)]
    tunnel2_phase1_encryption_algorithms: BTreeSet<String>,
    /// Tunnel 2: Integrity algorithms for phase 1 of the tunnel, such as `SHA2-256`; all when nothing is said.
    #[attr(optional, equal = same_integrity)]
    tunnel2_phase1_integrity_algorithms: BTreeSet<String>,
    /// Tunnel 2: How long phase 1 of the tunnel lasts.
    #[attr(default = 28800, check = between!(900, 28800))]
    tunnel2_phase1_lifetime_seconds: i32,
    /// Tunnel 2: Diffie-Hellman groups for phase 2 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_groups2)]
    tunnel2_phase2_dh_group_numbers: BTreeSet<i64>,
    /// Tunnel 2: Encryption algorithms for phase 2 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_encryption)]
    tunnel2_phase2_encryption_algorithms: BTreeSet<String>,
    /// Tunnel 2: Integrity algorithms for phase 2 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_integrity)]
    tunnel2_phase2_integrity_algorithms: BTreeSet<String>,
    /// Tunnel 2: How long phase 2 of the tunnel lasts: less than phase 1.
    #[attr(default = 3600, check = between!(900, 3600))]
    tunnel2_phase2_lifetime_seconds: i32,
    /// Tunnel 2: Share of the rekey margin in which the tunnel's rekey is placed at random.
    #[attr(default = 100, check = between!(0, 100))]
    tunnel2_rekey_fuzz_percentage: i32,
    /// Tunnel 2: How long before the end of phase 2 Amazon's end of the tunnel makes a new key.
    #[attr(default = 270, check = between!(60, 1800))]
    tunnel2_rekey_margin_time_seconds: i32,
    /// Tunnel 2: Packets in the replay window of the tunnel.
    #[attr(default = 1024, check = between!(64, 2048))]
    tunnel2_replay_window_size: i32,
    /// Tunnel 2: Who begins the tunnel: the customer (`add`) or Amazon (`start`).
    #[attr(default = "add", check = one_of!("add", "start"))]
    tunnel2_startup_action: String,
}

/// One of the two tunnels: the arguments that begin with `tunnel1_` or `tunnel2_`, without that.
#[derive(Model, Clone, Debug, PartialEq)]
struct Tunnel {
    /// Log of the tunnel.
    #[block(computed)]
    log_options: Option<LogOptions>,
    /// Public address of Amazon's end of the tunnel.
    #[attr(computed)]
    address: Option<String>,
    /// Inner address of the customer's end of the tunnel.
    #[attr(computed)]
    cgw_inside_address: Option<String>,
    /// Inner address of Amazon's end of the tunnel.
    #[attr(computed)]
    vgw_inside_address: Option<String>,
    /// BGP number of Amazon's end of the tunnel.
    #[attr(computed)]
    bgp_asn: Option<String>,
    /// BGP hold time of the tunnel, in seconds.
    #[attr(computed)]
    bgp_holdtime: Option<i64>,
    /// Range of the tunnel's inner addresses: a /30 of 169.254.0.0/16.
    #[attr(optional, computed, check = cidr4)]
    inside_cidr: Option<String>,
    /// Key of the tunnel that both ends know; AWS makes one when nothing is said.
    #[attr(optional, computed, sensitive, check = preshared_key)]
    preshared_key: Option<String>,
    /// What happens when the other end of the tunnel is dead: `clear`, `none` or `restart`.
    #[attr(default = "clear", check = one_of!("clear", "none", "restart"))]
    dpd_timeout_action: String,
    /// After how many seconds of silence the other end of the tunnel is taken for dead: at least 30.
    #[attr(optional, computed, check = at_least_30)]
    dpd_timeout_seconds: Option<i32>,
    /// Let maintenance of the tunnel's end wait for the customer.
    #[attr(default = false)]
    enable_tunnel_lifecycle_control: bool,
    /// Versions of IKE that the tunnel may use: `ikev1`, `ikev2`; both when nothing is said.
    #[attr(optional, equal = same_ike)]
    ike_versions: BTreeSet<String>,
    /// Diffie-Hellman groups for phase 1 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_groups1)]
    phase1_dh_group_numbers: BTreeSet<i64>,
    /// Encryption algorithms for phase 1 of the tunnel, such as `AES256-GCM-16`; all when nothing is said.
    #[attr(optional, equal = same_encryption)]
    phase1_encryption_algorithms: BTreeSet<String>,
    /// Integrity algorithms for phase 1 of the tunnel, such as `SHA2-256`; all when nothing is said.
    #[attr(optional, equal = same_integrity)]
    phase1_integrity_algorithms: BTreeSet<String>,
    /// How long phase 1 of the tunnel lasts.
    #[attr(default = 28800, check = between!(900, 28800))]
    phase1_lifetime_seconds: i32,
    /// Diffie-Hellman groups for phase 2 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_groups2)]
    phase2_dh_group_numbers: BTreeSet<i64>,
    /// Encryption algorithms for phase 2 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_encryption)]
    phase2_encryption_algorithms: BTreeSet<String>,
    /// Integrity algorithms for phase 2 of the tunnel; all when nothing is said.
    #[attr(optional, equal = same_integrity)]
    phase2_integrity_algorithms: BTreeSet<String>,
    /// How long phase 2 of the tunnel lasts: less than phase 1.
    #[attr(default = 3600, check = between!(900, 3600))]
    phase2_lifetime_seconds: i32,
    /// Share of the rekey margin in which the tunnel's rekey is placed at random.
    #[attr(default = 100, check = between!(0, 100))]
    rekey_fuzz_percentage: i32,
    /// How long before the end of phase 2 Amazon's end of the tunnel makes a new key.
    #[attr(default = 270, check = between!(60, 1800))]
    rekey_margin_time_seconds: i32,
    /// Packets in the replay window of the tunnel.
    #[attr(default = 1024, check = between!(64, 2048))]
    replay_window_size: i32,
    /// Who begins the tunnel: the customer (`add`) or Amazon (`start`).
    #[attr(default = "add", check = one_of!("add", "start"))]
    startup_action: String,
}

/// A static route.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// Range on the customer's side.
    #[attr(computed)]
    destination_cidr_block: Option<String>,
    /// How it came to be.
    #[attr(computed)]
    source: Option<String>,
    /// Its state.
    #[attr(computed)]
    state: Option<String>,
}

/// How a tunnel is at the moment.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Telemetry {
    /// Routes that it brought.
    #[attr(computed)]
    accepted_route_count: Option<i32>,
    /// ARN of its certificate.
    #[attr(computed)]
    certificate_arn: Option<String>,
    /// When its status changed last.
    #[attr(computed)]
    last_status_change: Option<String>,
    /// Public address of Amazon's end.
    #[attr(computed)]
    outside_ip_address: Option<String>,
    /// `UP` or `DOWN`.
    #[attr(computed)]
    status: Option<String>,
    /// Why it is down.
    #[attr(computed)]
    status_message: Option<String>,
}

/// Log of a tunnel.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct LogOptions {
    /// Log in CloudWatch.
    #[block]
    cloudwatch_log_options: Option<CloudwatchLogOptions>,
}

/// Log of a tunnel in CloudWatch.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct CloudwatchLogOptions {
    /// Write it.
    #[attr(default = false)]
    log_enabled: bool,
    /// ARN of the log group.
    #[attr(optional)]
    log_group_arn: Option<String>,
    /// `json` or `text`; AWS takes `json` when nothing is said.
    #[attr(optional, computed, check = one_of!("json", "text"))]
    log_output_format: Option<String>,
}

/// 8 to 64 letters, digits, dots and underscores, the first no zero (ModifyVpnTunnelOptionsSpecification).
fn preshared_key(value: &Value) -> Result<(), String> {
    let Some(key) = value.as_str() else { return Ok(()) };
    let fits =
        (8..=64).contains(&key.len()) && !key.starts_with('0') && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_');
    if fits { Ok(()) } else { Err("must be 8 to 64 letters, digits, dots and underscores, and not begin with 0".into()) }
}

fn at_least_30(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(n) if n < 30 => Err(format!("must be 30 or more, not {n}")),
        _ => Ok(()),
    }
}

/// What AWS allows where nothing is said (ModifyVpnTunnelOptionsSpecification).
const IKE: &[&str] = &["ikev1", "ikev2"];
const ENCRYPTION: &[&str] = &["AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16"];
const INTEGRITY: &[&str] = &["SHA1", "SHA2-256", "SHA2-384", "SHA2-512"];
const GROUPS1: &[i32] = &[2, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24];
const GROUPS2: &[i32] = &[2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24];

/// Naming everything that AWS allows is the same as naming nothing.
fn same_choice(have: &Value, want: &Value, all: usize) -> bool {
    let free = |v: &Value| matches!(v.elements().map_or(0, <[Value]>::len), n if n == 0 || n == all);
    have == want || (free(have) && free(want))
}

fn same_ike(have: &Value, want: &Value) -> bool {
    same_choice(have, want, IKE.len())
}

fn same_encryption(have: &Value, want: &Value) -> bool {
    same_choice(have, want, ENCRYPTION.len())
}

fn same_integrity(have: &Value, want: &Value) -> bool {
    same_choice(have, want, INTEGRITY.len())
}

fn same_groups1(have: &Value, want: &Value) -> bool {
    same_choice(have, want, GROUPS1.len())
}

fn same_groups2(have: &Value, want: &Value) -> bool {
    same_choice(have, want, GROUPS2.len())
}

/// AWS took up to seven minutes when it was measured.
const LIMIT: Duration = Duration::from_secs(2400);

/// AWS's table of changes and the tunnels that they interrupt.
const ENDPOINTS: &str = "https://docs.aws.amazon.com/vpn/latest/s2svpn/endpoint-replacements.html";

impl Resource for VpnConnection {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#VpnConnectionDetails:VpnConnectionId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "vpn-connection/"));
    const TYPICAL_CREATE_SECONDS: u64 = 300;
    const TYPICAL_UPDATE_SECONDS: u64 = 300;
    const TYPICAL_DELETE_SECONDS: u64 = 60;
    const EFFECTS: Effects = Effects {
        serves: Some("traffic through both tunnels"),
        known_by: Some("its outside addresses and pre-shared keys"),
        in_place: &[
            InPlace {
                arguments: &["customer_gateway_id", "vpn_gateway_id", "local_ipv4_network_cidr", "remote_ipv4_network_cidr"],
                does: Does::Interrupts,
                what: "traffic through both tunnels while new endpoints are made",
                when: impact::always,
                source: ENDPOINTS,
            },
            InPlace {
                arguments: &["tunnel1_*"],
                does: Does::Interrupts,
                what: "traffic through the first tunnel while it is changed",
                when: impact::always,
                source: ENDPOINTS,
            },
            InPlace {
                arguments: &["tunnel2_*"],
                does: Does::Interrupts,
                what: "traffic through the second tunnel while it is changed",
                when: impact::always,
                source: ENDPOINTS,
            },
        ],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeVpnConnections", "ec2:DescribeTransitGatewayAttachments"],
        create: &["ec2:CreateVpnConnection", "ec2:CreateTags"],
        update: &[
            "ec2:ModifyVpnConnection",
            "ec2:ModifyVpnConnectionOptions",
            "ec2:ModifyVpnTunnelOptions",
            "ec2:CreateTags",
            "ec2:DeleteTags",
        ],
        delete: &["ec2:DeleteVpnConnection"],
        read_cost: "1, and 1 for each that somebody moved to a transit gateway",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<VpnConnection>>, Failure> {
        let request = match scope.only() {
            Some(id) => aws.ec2.describe_vpn_connections().vpn_connection_ids(id),
            None => aws.ec2.describe_vpn_connections().set_filters(filters(scope, "")),
        };
        let answer = request.send().await.map_err(failed("ec2:DescribeVpnConnections"))?;
        let mut found = Vec::new();
        for raw in answer.vpn_connections.unwrap_or_default() {
            // A deleted one keeps its tags for about an hour.
            if matches!(raw.state, Some(ec2::VpnState::Deleted | ec2::VpnState::Deleting)) {
                continue;
            }
            let id = raw.vpn_connection_id.clone().unwrap_or_default();
            let arn = aws.arn("ec2", &format!("vpn-connection/{id}")).await?;
            let tags = from_tags(raw.tags.clone());
            let attachment = match &raw.transit_gateway_id {
                Some(gateway) if !gateway.is_empty() => attachment(aws, &id).await?,
                _ => None,
            };
            let value =
                connection(raw, arn, attachment).map_err(|e| Failure::new(FailureKind::Other, format!("VPN connection {id}: {e}")))?;
            found.push(Found::new(id, value, tags));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &VpnConnection, making: &Making<'_>) -> Result<String, Failure> {
        let options = ec2::VpnConnectionOptionsSpecification::builder()
            .set_static_routes_only(want.static_routes_only)
            .set_local_ipv4_network_cidr(want.local_ipv4_network_cidr.clone())
            .set_remote_ipv4_network_cidr(want.remote_ipv4_network_cidr.clone())
            .tunnel_options(want.tunnel(1)?.made())
            .tunnel_options(want.tunnel(2)?.made())
            .build();
        let request = aws
            .ec2
            .create_vpn_connection()
            .r#type(&want.kind)
            .customer_gateway_id(&want.customer_gateway_id)
            .vpn_gateway_id(&want.vpn_gateway_id)
            .options(options)
            .tag_specifications(specification(ec2::ResourceType::VpnConnection, &making.tags));
        let made = once!(aws_sdk_ec2, request).await.map_err(failed("ec2:CreateVpnConnection"))?;
        let id =
            made.vpn_connection.and_then(|c| c.vpn_connection_id).ok_or_else(|| missing("ec2:CreateVpnConnection", "VpnConnectionId"))?;
        available(aws, &id, making.run).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<VpnConnection>, want: &VpnConnection, changing: &Changing<'_>) -> Result<(), Failure> {
        // One modification at a time: AWS refuses a second while the state is `modifying`.
        available(aws, &have.id, changing.run).await?;
        if changing.any(&["customer_gateway_id", "vpn_gateway_id"]) {
            let other = |name: &str, id: &String| changing.any(&[name]).then(|| id.clone());
            let call = aws
                .ec2
                .modify_vpn_connection()
                .vpn_connection_id(&have.id)
                .set_customer_gateway_id(other("customer_gateway_id", &want.customer_gateway_id))
                .set_vpn_gateway_id(other("vpn_gateway_id", &want.vpn_gateway_id));
            call.send().await.map_err(failed("ec2:ModifyVpnConnection"))?;
            available(aws, &have.id, changing.run).await?;
        }
        if changing.any(&["local_ipv4_network_cidr", "remote_ipv4_network_cidr"]) {
            let call = aws
                .ec2
                .modify_vpn_connection_options()
                .vpn_connection_id(&have.id)
                .set_local_ipv4_network_cidr(want.local_ipv4_network_cidr.clone())
                .set_remote_ipv4_network_cidr(want.remote_ipv4_network_cidr.clone());
            call.send().await.map_err(failed("ec2:ModifyVpnConnectionOptions"))?;
            available(aws, &have.id, changing.run).await?;
        }
        // One tunnel after the other, so that one carries the traffic meanwhile.
        for number in [1, 2] {
            let changed = |name: &str| changing.any(&[&format!("tunnel{number}_{name}")]);
            let Some(options) = want.tunnel(number)?.changed(changed) else { continue };
            let address = have.value.tunnel(number)?.address;
            let call = aws.ec2.modify_vpn_tunnel_options().vpn_connection_id(&have.id).set_vpn_tunnel_outside_ip_address(address);
            call.tunnel_options(options).send().await.map_err(failed("ec2:ModifyVpnTunnelOptions"))?;
            available(aws, &have.id, changing.run).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<VpnConnection>, removing: &Removing<'_, VpnConnection>) -> Result<(), Failure> {
        gone(aws.ec2.delete_vpn_connection().vpn_connection_id(&have.id).send().await.map_err(failed("ec2:DeleteVpnConnection")))?;
        // The gateways at both ends can't be deleted before it is gone.
        wait::until(removing.run, &format!("VPN connection {} to be deleted", have.id), LIMIT, || async {
            Ok(match state(aws, &have.id).await?.as_deref() {
                None | Some("deleted") => Look::Ready(()),
                Some(state) => Look::NotYet(state.to_string()),
            })
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<VpnConnection>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(live: Option<&Value>, _: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let Some(live) = live else { return Ok(planned) };
        let mut planned = planned;
        let differs = |planned: &Value, name: &str| planned.get(name) != live.get(name);
        // What the device is configured from follows what it is made of.
        let ends = differs(&planned, "customer_gateway_id") || differs(&planned, "vpn_gateway_id");
        let mut any = ends;
        for n in [1, 2] {
            let inside = differs(&planned, &format!("tunnel{n}_inside_cidr"));
            any |= inside || differs(&planned, &format!("tunnel{n}_preshared_key"));
            for name in ["cgw_inside_address", "vgw_inside_address"] {
                planned = unknown_if(inside, planned, &format!("tunnel{n}_{name}"));
            }
            planned = unknown_if(differs(&planned, "vpn_gateway_id"), planned, &format!("tunnel{n}_bgp_asn"));
        }
        Ok(unknown_if(any, planned, "customer_gateway_configuration"))
    }
}

fn unknown_if(changes: bool, planned: Value, name: &str) -> Value {
    if !changes {
        return planned;
    }
    planned.with(name, Value::unknown(cairn_model::Type::String))
}

async fn state(aws: &Aws, id: &str) -> Result<Option<String>, Failure> {
    let request = aws.ec2.describe_vpn_connections().vpn_connection_ids(id);
    // What is not visible yet, or not any more, is an error here.
    let answer = absent(request.send().await.map_err(failed("ec2:DescribeVpnConnections")))?;
    Ok(answer.iter().flat_map(|a| a.vpn_connections()).next().and_then(|c| c.state()).map(|s| s.as_str().to_string()))
}

async fn available(aws: &Aws, id: &str, run: Run<'_>) -> Result<(), Failure> {
    wait::until(run, &format!("VPN connection {id} to become available"), LIMIT, || async {
        Ok(match state(aws, id).await? {
            Some(state) if state == "available" => Look::Ready(()),
            Some(state) if state == "deleted" => {
                return Err(Failure::new(FailureKind::Other, format!("VPN connection {id} was deleted meanwhile")));
            }
            Some(state) => Look::NotYet(state),
            None => Look::NotYet("not visible yet".into()),
        })
    })
    .await
}

impl VpnConnection {
    /// One of the tunnels.
    fn tunnel(&self, number: usize) -> Result<Tunnel, Failure> {
        let whole = self.to_object();
        let names = Tunnel::BLOCK.attributes.iter().map(|a| a.name).chain(Tunnel::BLOCK.blocks.iter().map(|b| b.name));
        let parts = names.map(|n| (n, whole.get(&format!("tunnel{number}_{n}")).cloned().unwrap_or_else(Value::null)));
        Tunnel::from_object(&Value::object_of(parts)).map_err(|e| Failure::new(FailureKind::Other, e.to_string()))
    }
}

/// The attachment of a VPN connection to the transit gateway that somebody moved it to.
async fn attachment(aws: &Aws, id: &str) -> Result<Option<String>, Failure> {
    let call =
        aws.ec2.describe_transit_gateway_attachments().filters(filter("resource-type", ["vpn"])).filters(filter("resource-id", [id]));
    let answer = call.send().await.map_err(failed("ec2:DescribeTransitGatewayAttachments"))?;
    let attachments = answer.transit_gateway_attachments.unwrap_or_default();
    Ok(attachments.into_iter().find_map(|a| a.transit_gateway_attachment_id))
}

/// A connection as AWS gives it.
fn connection(raw: ec2::VpnConnection, arn: String, attachment: Option<String>) -> Result<VpnConnection, FieldError> {
    let options = raw.options;
    let text = raw.customer_gateway_configuration;
    let mut tunnels = options.as_ref().and_then(|o| o.tunnel_options.clone()).unwrap_or_default().into_iter();
    let routes = raw.routes.unwrap_or_default().into_iter().map(|r| Route {
        destination_cidr_block: r.destination_cidr_block,
        source: r.source.map(|s| s.as_str().to_string()),
        state: r.state.map(|s| s.as_str().to_string()),
    });
    let telemetry = raw.vgw_telemetry.unwrap_or_default().into_iter().map(|t| Telemetry {
        accepted_route_count: t.accepted_route_count,
        certificate_arn: t.certificate_arn,
        last_status_change: t.last_status_change.and_then(|d| d.fmt(Format::DateTime).ok()),
        outside_ip_address: t.outside_ip_address,
        status: t.status.map(|s| s.as_str().to_string()),
        status_message: t.status_message,
    });
    let routes: BTreeSet<Route> = routes.collect();
    let telemetry: BTreeSet<Telemetry> = telemetry.collect();
    let text_of = |v: Option<String>| v.map_or_else(Value::null, Value::from);
    let mut parts = vec![
        ("customer_gateway_id".to_string(), text_of(raw.customer_gateway_id)),
        ("vpn_gateway_id".to_string(), Value::from(raw.vpn_gateway_id.unwrap_or_default())),
        ("type".to_string(), Value::from(raw.r#type.map_or_else(|| "ipsec.1".to_string(), |t| t.as_str().to_string()))),
        ("static_routes_only".to_string(), options.as_ref().and_then(|o| o.static_routes_only).map_or_else(Value::null, Value::bool)),
        ("local_ipv4_network_cidr".to_string(), text_of(options.as_ref().and_then(|o| o.local_ipv4_network_cidr.clone()))),
        ("remote_ipv4_network_cidr".to_string(), text_of(options.as_ref().and_then(|o| o.remote_ipv4_network_cidr.clone()))),
        ("arn".to_string(), Value::from(arn)),
        ("transit_gateway_attachment_id".to_string(), text_of(attachment)),
        ("routes".to_string(), cairn_model::model::Field::to_value(&routes)),
        ("vgw_telemetry".to_string(), cairn_model::model::Field::to_value(&telemetry)),
    ];
    for number in [1, 2] {
        let tunnel = Tunnel::read(tunnels.next(), text.as_deref()).to_object();
        let entries = tunnel.entries().into_iter().flatten();
        parts.extend(entries.map(|(name, value)| (format!("tunnel{number}_{name}"), value.clone())));
    }
    parts.push(("customer_gateway_configuration".to_string(), text_of(text)));
    VpnConnection::from_object(&Value::object_of(parts))
}

impl Tunnel {
    /// From what AWS lists of its options and what the device's configuration says of it. AWS leaves out options that were
    /// never set: they are at their defaults (ModifyVpnTunnelOptionsSpecification).
    fn read(option: Option<ec2::TunnelOption>, configuration: Option<&str>) -> Tunnel {
        let option = option.unwrap_or_else(|| ec2::TunnelOption::builder().build());
        let about = option.outside_ip_address.as_deref().and_then(|address| described(configuration?, address));
        let of = |side: &str, path: &[&str]| about.and_then(|t| find(t, &[&[side], path].concat())).map(str::to_string);
        let log = option.log_options.and_then(|l| l.cloud_watch_log_options);
        let numbers = |values: Vec<Option<i32>>, all: &[i32]| -> BTreeSet<i64> {
            let named: BTreeSet<i32> = values.into_iter().flatten().collect();
            if all.iter().all(|n| named.contains(n)) { BTreeSet::new() } else { named.into_iter().map(i64::from).collect() }
        };
        let words = |values: Vec<Option<String>>, all: &[&str]| -> BTreeSet<String> {
            let named: BTreeSet<String> = values.into_iter().flatten().collect();
            if all.iter().all(|w| named.contains(*w)) { BTreeSet::new() } else { named }
        };
        Tunnel {
            cgw_inside_address: of("customer_gateway", &["tunnel_inside_address", "ip_address"]),
            vgw_inside_address: of("vpn_gateway", &["tunnel_inside_address", "ip_address"]),
            bgp_asn: of("vpn_gateway", &["bgp", "asn"]),
            bgp_holdtime: of("vpn_gateway", &["bgp", "hold_time"]).and_then(|t| t.parse().ok()),
            preshared_key: option.pre_shared_key.or_else(|| about.and_then(|t| find(t, &["ike", "pre_shared_key"])).map(str::to_string)),
            address: option.outside_ip_address,
            inside_cidr: option.tunnel_inside_cidr,
            dpd_timeout_action: option.dpd_timeout_action.filter(|a| !a.is_empty()).unwrap_or_else(|| "clear".into()),
            dpd_timeout_seconds: option.dpd_timeout_seconds,
            enable_tunnel_lifecycle_control: option.enable_tunnel_lifecycle_control.unwrap_or_default(),
            ike_versions: words(option.ike_versions.unwrap_or_default().into_iter().map(|v| v.value).collect(), IKE),
            phase1_dh_group_numbers: numbers(
                option.phase1_dh_group_numbers.unwrap_or_default().into_iter().map(|v| v.value).collect(),
                GROUPS1,
            ),
            phase1_encryption_algorithms: words(
                option.phase1_encryption_algorithms.unwrap_or_default().into_iter().map(|v| v.value).collect(),
                ENCRYPTION,
            ),
            phase1_integrity_algorithms: words(
                option.phase1_integrity_algorithms.unwrap_or_default().into_iter().map(|v| v.value).collect(),
                INTEGRITY,
            ),
            phase1_lifetime_seconds: option.phase1_lifetime_seconds.unwrap_or(28_800),
            phase2_dh_group_numbers: numbers(
                option.phase2_dh_group_numbers.unwrap_or_default().into_iter().map(|v| v.value).collect(),
                GROUPS2,
            ),
            phase2_encryption_algorithms: words(
                option.phase2_encryption_algorithms.unwrap_or_default().into_iter().map(|v| v.value).collect(),
                ENCRYPTION,
            ),
            phase2_integrity_algorithms: words(
                option.phase2_integrity_algorithms.unwrap_or_default().into_iter().map(|v| v.value).collect(),
                INTEGRITY,
            ),
            phase2_lifetime_seconds: option.phase2_lifetime_seconds.unwrap_or(3_600),
            rekey_fuzz_percentage: option.rekey_fuzz_percentage.unwrap_or(100),
            rekey_margin_time_seconds: option.rekey_margin_time_seconds.unwrap_or(270),
            replay_window_size: option.replay_window_size.unwrap_or(1_024),
            startup_action: option.startup_action.filter(|a| !a.is_empty()).unwrap_or_else(|| "add".into()),
            log_options: Some(LogOptions {
                cloudwatch_log_options: Some(CloudwatchLogOptions {
                    log_enabled: log.as_ref().and_then(|l| l.log_enabled).unwrap_or_default(),
                    log_group_arn: log.as_ref().and_then(|l| l.log_group_arn.clone()).filter(|a| !a.is_empty()),
                    log_output_format: log.and_then(|l| l.log_output_format).filter(|f| !f.is_empty()),
                }),
            }),
        }
    }

    fn log(&self) -> Option<ec2::VpnTunnelLogOptionsSpecification> {
        let log = self.log_options.as_ref()?.cloudwatch_log_options.as_ref()?;
        let options = ec2::CloudWatchLogOptionsSpecification::builder()
            .log_enabled(log.log_enabled)
            .set_log_group_arn(log.log_group_arn.clone())
            .set_log_output_format(log.log_output_format.clone());
        Some(ec2::VpnTunnelLogOptionsSpecification::builder().cloud_watch_log_options(options.build()).build())
    }

    /// The options of a new tunnel: what is not at its default.
    fn made(&self) -> ec2::VpnTunnelOptionsSpecification {
        ec2::VpnTunnelOptionsSpecification::builder()
            .set_tunnel_inside_cidr(self.inside_cidr.clone())
            .set_pre_shared_key(self.preshared_key.clone())
            .set_dpd_timeout_seconds(self.dpd_timeout_seconds)
            .set_phase1_lifetime_seconds((self.phase1_lifetime_seconds != 28_800).then_some(self.phase1_lifetime_seconds))
            .set_phase2_lifetime_seconds((self.phase2_lifetime_seconds != 3_600).then_some(self.phase2_lifetime_seconds))
            .set_rekey_margin_time_seconds((self.rekey_margin_time_seconds != 270).then_some(self.rekey_margin_time_seconds))
            .set_rekey_fuzz_percentage((self.rekey_fuzz_percentage != 100).then_some(self.rekey_fuzz_percentage))
            .set_replay_window_size((self.replay_window_size != 1_024).then_some(self.replay_window_size))
            .set_dpd_timeout_action((self.dpd_timeout_action != "clear").then(|| self.dpd_timeout_action.clone()))
            .set_startup_action((self.startup_action != "add").then(|| self.startup_action.clone()))
            .set_enable_tunnel_lifecycle_control(self.enable_tunnel_lifecycle_control.then_some(true))
            .set_phase1_encryption_algorithms((!self.phase1_encryption_algorithms.is_empty()).then(|| {
                self.phase1_encryption_algorithms
                    .iter()
                    .cloned()
                    .map(|v| ec2::Phase1EncryptionAlgorithmsRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase2_encryption_algorithms((!self.phase2_encryption_algorithms.is_empty()).then(|| {
                self.phase2_encryption_algorithms
                    .iter()
                    .cloned()
                    .map(|v| ec2::Phase2EncryptionAlgorithmsRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase1_integrity_algorithms((!self.phase1_integrity_algorithms.is_empty()).then(|| {
                self.phase1_integrity_algorithms
                    .iter()
                    .cloned()
                    .map(|v| ec2::Phase1IntegrityAlgorithmsRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase2_integrity_algorithms((!self.phase2_integrity_algorithms.is_empty()).then(|| {
                self.phase2_integrity_algorithms
                    .iter()
                    .cloned()
                    .map(|v| ec2::Phase2IntegrityAlgorithmsRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase1_dh_group_numbers((!self.phase1_dh_group_numbers.is_empty()).then(|| {
                self.phase1_dh_group_numbers
                    .iter()
                    .filter_map(|n| i32::try_from(*n).ok())
                    .map(|v| ec2::Phase1DhGroupNumbersRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase2_dh_group_numbers((!self.phase2_dh_group_numbers.is_empty()).then(|| {
                self.phase2_dh_group_numbers
                    .iter()
                    .filter_map(|n| i32::try_from(*n).ok())
                    .map(|v| ec2::Phase2DhGroupNumbersRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_ike_versions(
                (!self.ike_versions.is_empty()).then(|| {
                    self.ike_versions.iter().cloned().map(|v| ec2::IkeVersionsRequestListValue::builder().value(v).build()).collect()
                }),
            )
            .set_log_options(self.log().filter(|_| self.logs()))
            .build()
    }

    fn logs(&self) -> bool {
        self.log_options.as_ref().and_then(|l| l.cloudwatch_log_options.as_ref()).is_some_and(|l| l.log_enabled)
    }

    /// The options of a tunnel that change; nothing when none does. A set that is no longer given goes back to everything
    /// that AWS allows.
    fn changed(&self, changed: impl Fn(&str) -> bool) -> Option<ec2::ModifyVpnTunnelOptionsSpecification> {
        let numbers = |have: &BTreeSet<i64>, all: &[i32]| match have.is_empty() {
            true => all.to_vec(),
            false => have.iter().filter_map(|n| i32::try_from(*n).ok()).collect::<Vec<_>>(),
        };
        let words = |have: &BTreeSet<String>, all: &[&str]| match have.is_empty() {
            true => all.iter().map(ToString::to_string).collect::<Vec<_>>(),
            false => have.iter().cloned().collect(),
        };
        let attributes = Tunnel::BLOCK.attributes.iter().filter(|a| a.optional).map(|a| a.name);
        if !attributes.chain(["log_options"]).any(&changed) {
            return None;
        }
        let options = ec2::ModifyVpnTunnelOptionsSpecification::builder()
            .set_tunnel_inside_cidr(self.inside_cidr.clone().filter(|_| changed("inside_cidr")))
            .set_pre_shared_key(self.preshared_key.clone().filter(|_| changed("preshared_key")))
            .set_dpd_timeout_seconds(self.dpd_timeout_seconds.filter(|_| changed("dpd_timeout_seconds")))
            .set_phase1_lifetime_seconds(changed("phase1_lifetime_seconds").then_some(self.phase1_lifetime_seconds))
            .set_phase2_lifetime_seconds(changed("phase2_lifetime_seconds").then_some(self.phase2_lifetime_seconds))
            .set_rekey_margin_time_seconds(changed("rekey_margin_time_seconds").then_some(self.rekey_margin_time_seconds))
            .set_rekey_fuzz_percentage(changed("rekey_fuzz_percentage").then_some(self.rekey_fuzz_percentage))
            .set_replay_window_size(changed("replay_window_size").then_some(self.replay_window_size))
            .set_dpd_timeout_action(changed("dpd_timeout_action").then(|| self.dpd_timeout_action.clone()))
            .set_startup_action(changed("startup_action").then(|| self.startup_action.clone()))
            .set_enable_tunnel_lifecycle_control(changed("enable_tunnel_lifecycle_control").then_some(self.enable_tunnel_lifecycle_control))
            .set_phase1_encryption_algorithms(changed("phase1_encryption_algorithms").then(|| {
                words(&self.phase1_encryption_algorithms, ENCRYPTION)
                    .into_iter()
                    .map(|v| ec2::Phase1EncryptionAlgorithmsRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase2_encryption_algorithms(changed("phase2_encryption_algorithms").then(|| {
                words(&self.phase2_encryption_algorithms, ENCRYPTION)
                    .into_iter()
                    .map(|v| ec2::Phase2EncryptionAlgorithmsRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase1_integrity_algorithms(changed("phase1_integrity_algorithms").then(|| {
                words(&self.phase1_integrity_algorithms, INTEGRITY)
                    .into_iter()
                    .map(|v| ec2::Phase1IntegrityAlgorithmsRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase2_integrity_algorithms(changed("phase2_integrity_algorithms").then(|| {
                words(&self.phase2_integrity_algorithms, INTEGRITY)
                    .into_iter()
                    .map(|v| ec2::Phase2IntegrityAlgorithmsRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase1_dh_group_numbers(changed("phase1_dh_group_numbers").then(|| {
                numbers(&self.phase1_dh_group_numbers, GROUPS1)
                    .into_iter()
                    .map(|v| ec2::Phase1DhGroupNumbersRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_phase2_dh_group_numbers(changed("phase2_dh_group_numbers").then(|| {
                numbers(&self.phase2_dh_group_numbers, GROUPS2)
                    .into_iter()
                    .map(|v| ec2::Phase2DhGroupNumbersRequestListValue::builder().value(v).build())
                    .collect()
            }))
            .set_ike_versions(changed("ike_versions").then(|| {
                words(&self.ike_versions, IKE).into_iter().map(|v| ec2::IkeVersionsRequestListValue::builder().value(v).build()).collect()
            }))
            .set_log_options(self.log().filter(|_| changed("log_options")));
        Some(options.build())
    }
}

/// What the configuration of the device says of the tunnel whose end at Amazon has an address.
fn described<'a>(configuration: &'a str, address: &str) -> Option<&'a str> {
    let tunnels = configuration.split("<ipsec_tunnel>").skip(1);
    tunnels.into_iter().find(|t| find(t, &["vpn_gateway", "tunnel_outside_address", "ip_address"]) == Some(address))
}

/// The text inside nested elements of XML without attributes, such as AWS writes it here.
fn find<'a>(xml: &'a str, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(xml, |inside, name| {
        let (_, rest) = inside.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str = "<vpn_connection id=\"vpn-1\"><ipsec_tunnel><customer_gateway><tunnel_outside_address>\
        <ip_address>198.51.100.1</ip_address></tunnel_outside_address><tunnel_inside_address><ip_address>169.254.9.2</ip_address>\
        </tunnel_inside_address><bgp><asn>65000</asn><hold_time>30</hold_time></bgp></customer_gateway><vpn_gateway>\
        <tunnel_outside_address><ip_address>203.0.113.7</ip_address></tunnel_outside_address><tunnel_inside_address>\
        <ip_address>169.254.9.1</ip_address></tunnel_inside_address><bgp><asn>64512</asn><hold_time>30</hold_time></bgp>\
        </vpn_gateway><ike><pre_shared_key>secret.key</pre_shared_key></ike></ipsec_tunnel></vpn_connection>";

    #[test]
    fn a_tunnel_is_found_by_its_outer_address() {
        let option = ec2::TunnelOption::builder().outside_ip_address("203.0.113.7").build();
        let tunnel = Tunnel::read(Some(option), Some(CONFIGURATION));
        assert_eq!(tunnel.cgw_inside_address.as_deref(), Some("169.254.9.2"));
        assert_eq!(tunnel.vgw_inside_address.as_deref(), Some("169.254.9.1"));
        assert_eq!(tunnel.bgp_asn.as_deref(), Some("64512"));
        assert_eq!(tunnel.bgp_holdtime, Some(30));
        assert_eq!(tunnel.preshared_key.as_deref(), Some("secret.key"));
        let other = Tunnel::read(Some(ec2::TunnelOption::builder().outside_ip_address("203.0.113.8").build()), Some(CONFIGURATION));
        assert_eq!(other.cgw_inside_address, None);
    }

    #[test]
    fn a_new_tunnel_sends_only_what_is_not_the_default() {
        let mut tunnel = Tunnel::read(None, None);
        assert_eq!(tunnel.made(), ec2::VpnTunnelOptionsSpecification::builder().build());
        tunnel.phase1_lifetime_seconds = 3_600;
        assert_eq!(tunnel.made().phase1_lifetime_seconds(), Some(3_600));
        assert!(tunnel.changed(|_| false).is_none());
    }
}
