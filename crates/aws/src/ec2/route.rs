//! `aws_route`, and what a route table's inline routes share with it.

use super::filter;
use super::shared::{canonical6, describe_route_tables, own_vpcs, route_tables, wholes};
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_ec2::types::{self, RouteOrigin};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::{Parent, Refusal};
use cairn_model::Value;
use cairn_model::check::cidr4;
use cairn_model::types::Type;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// One route of a route table.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_route", timeouts = "create update delete", unsupported = "carrier_gateway_id core_network_arn local_gateway_id")]
pub struct Route {
    /// Route table that it is in.
    #[attr(required, force_new, key)]
    pub(super) route_table_id: String,
    /// Where it leads: an IPv4 range.
    #[attr(optional, force_new, key, check = cidr4)]
    pub(super) destination_cidr_block: Option<String>,
    /// Where it leads: an IPv6 range.
    #[attr(optional, force_new, key, check = canonical6)]
    pub(super) destination_ipv6_cidr_block: Option<String>,
    /// Where it leads: the ranges of a prefix list.
    #[attr(optional, force_new, key)]
    pub(super) destination_prefix_list_id: Option<String>,
    /// By way of an internet or virtual private gateway.
    #[attr(optional)]
    pub(super) gateway_id: Option<String>,
    /// By way of a NAT gateway.
    #[attr(optional)]
    pub(super) nat_gateway_id: Option<String>,
    /// By way of a network interface.
    #[attr(optional, computed)]
    pub(super) network_interface_id: Option<String>,
    /// By way of a transit gateway.
    #[attr(optional)]
    pub(super) transit_gateway_id: Option<String>,
    /// By way of a peering connection.
    #[attr(optional)]
    pub(super) vpc_peering_connection_id: Option<String>,
    /// By way of a gateway load balancer's endpoint.
    #[attr(optional)]
    pub(super) vpc_endpoint_id: Option<String>,
    /// By way of an egress-only internet gateway, for IPv6.
    #[attr(optional)]
    pub(super) egress_only_gateway_id: Option<String>,
    /// Instance that has the network interface.
    #[attr(computed)]
    instance_id: Option<String>,
    /// Account that owns that instance.
    #[attr(computed)]
    instance_owner_id: Option<String>,
    /// How it came to be in the table.
    #[attr(computed)]
    origin: Option<String>,
    /// `active`, or `blackhole` when what it goes by way of is gone.
    #[attr(computed)]
    state: Option<String>,
}

/// The arguments of which a route has one.
const TARGETS: &[&str] = &[
    "gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_peering_connection_id",
    "vpc_endpoint_id",
    "egress_only_gateway_id",
];
const DESTINATIONS: &[&str] = &["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];

/// `CreateRoute` and `ReplaceRoute` take the same arguments.
macro_rules! with_arguments {
    ($call:expr, $route:expr) => {
        $call
            .route_table_id(&$route.route_table_id)
            .set_destination_cidr_block(some(&$route.destination_cidr_block))
            .set_destination_ipv6_cidr_block(some(&$route.destination_ipv6_cidr_block))
            .set_destination_prefix_list_id(some(&$route.destination_prefix_list_id))
            .set_gateway_id(some(&$route.gateway_id))
            .set_nat_gateway_id(some(&$route.nat_gateway_id))
            .set_network_interface_id(some(&$route.network_interface_id))
            .set_transit_gateway_id(some(&$route.transit_gateway_id))
            .set_vpc_peering_connection_id(some(&$route.vpc_peering_connection_id))
            .set_vpc_endpoint_id(some(&$route.vpc_endpoint_id))
            .set_egress_only_internet_gateway_id(some(&$route.egress_only_gateway_id))
    };
}

fn some(text: &Option<String>) -> Option<String> {
    text.clone().filter(|t| !t.is_empty())
}

impl Resource for Route {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#RouteTableDetails:RouteTableId={route_table_id}");
    const SERVICE: &'static str = "ec2";
    const PARENTS: &'static [Parent] = &[
        Parent { type_name: "aws_route_table", attribute: "route_table_id", names: "id", inline: Some("route") },
        Parent { type_name: "aws_vpc", attribute: "route_table_id", names: "main_route_table_id", inline: None },
    ];
    const EFFECTS: Effects = Effects {
        serves: Some("traffic to its destination"),
        in_place: &[InPlace {
            arguments: TARGETS,
            does: Does::MayInterrupt,
            what: "open connections through the old target",
            when: impact::taken_away,
            source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html",
        }],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeRouteTables", "ec2:DescribeVpcs", "ec2:DescribeSubnets"],
        create: &["ec2:CreateRoute"],
        update: &["ec2:ReplaceRoute"],
        delete: &["ec2:DeleteRoute"],
        read_cost: "none of its own: the route tables hold them",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Route>>, Failure> {
        let (tables, vpcs) = match scope.only() {
            Some(id) => {
                let tables = describe_route_tables(aws, vec![filter("route-table-id", tables_in(id))]).await?;
                (Arc::new(tables), Arc::default())
            }
            None => futures::try_join!(route_tables(aws, scope), own_vpcs(aws, scope))?,
        };
        let prefixes: BTreeSet<(String, &str)> =
            scope.wanted().iter().filter_map(|w| Some((w.stack.to_string(), w.config.get_str("destination_prefix_list_id")?))).collect();
        let mut found = Vec::new();
        for table in tables.iter() {
            let id = table.route_table_id.clone().unwrap_or_default();
            for whole in wholes(scope, table, &vpcs) {
                let stack = whole.stack.unwrap_or_default();
                for route in table.routes() {
                    let configured = route.destination_prefix_list_id().is_some_and(|p| prefixes.contains(&(stack.clone(), p)));
                    if !is_part(route) && !configured && scope.only().is_none() {
                        continue;
                    }
                    let value = Route::from_aws(&id, route);
                    found.push(Found { id: value.identifier(), value, tags: Default::default(), parent: whole.parent.clone() });
                }
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Route, making: &Making<'_>) -> Result<String, Failure> {
        // What the route names may just have been made, and not be visible everywhere yet.
        let what = format!("what the route in {} names to become visible", want.route_table_id);
        let fresh = |f: &Failure| f.kind == cairn_engine::FailureKind::NotFound && f.operation == "ec2:CreateRoute";
        wait::while_failing(making.run, &what, Duration::from_secs(60), fresh, || add(aws, want)).await?;
        Ok(want.identifier())
    }

    /// In place: there is no moment without the route.
    async fn update(aws: &Aws, _: &Found<Route>, want: &Route, _: &Changing<'_>) -> Result<(), Failure> {
        replace(aws, want).await
    }

    async fn delete(aws: &Aws, have: &Found<Route>, _: &Removing<'_, Route>) -> Result<(), Failure> {
        remove(aws, &have.value).await
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        one_of(config, DESTINATIONS, "a destination")?;
        one_of(config, TARGETS, "something to go by way of")?;
        if is_set(config, "gateway_id") && planned.get_str("gateway_id") == Some("local") {
            let message = "gateway_id can't be \"local\": AWS makes that route itself".to_string();
            return Err(vec![Refusal { attribute: "gateway_id".into(), message }]);
        }
        if live.is_some() && !is_set(config, "network_interface_id") {
            planned = planned.with("network_interface_id", Value::null());
        }
        let moves = |name: &&str| live.is_some_and(|l| planned.get(name).filter(|v| !is_empty(v)) != l.get(name).filter(|v| !is_empty(v)));
        if TARGETS.iter().any(moves) {
            for name in ["state", "instance_id", "instance_owner_id"] {
                planned = planned.with(name, Value::unknown(Type::String));
            }
        }
        Ok(planned)
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn is_set(config: &Value, name: &str) -> bool {
    config.get(name).is_some_and(|v| !is_empty(v))
}

fn one_of(config: &Value, names: &[&str], what: &str) -> Result<(), Vec<Refusal>> {
    let set: Vec<&&str> = names.iter().filter(|n| is_set(config, n)).collect();
    // What is unknown may turn out to be null.
    let sure = set.iter().filter(|n| config.get(n).is_some_and(|v| !v.is_unknown())).count();
    match (set.len(), sure) {
        (0, _) => Err(vec![Refusal { attribute: String::new(), message: format!("a route needs {what}: one of {}", names.join(", ")) }]),
        (_, 2..) => {
            let attribute = set.last().map(|n| n.to_string()).unwrap_or_default();
            Err(vec![Refusal { attribute, message: format!("a route has only one of {}", names.join(", ")) }])
        }
        _ => Ok(()),
    }
}

impl Route {
    /// From a describe answer. A gateway load balancer's endpoint stands where gateways stand.
    pub(super) fn from_aws(table: &str, route: &types::Route) -> Route {
        let (endpoint, gateway) = match route.gateway_id.clone() {
            Some(id) if id.starts_with("vpce-") => (Some(id), None),
            id => (None, id),
        };
        Route {
            route_table_id: table.to_string(),
            destination_cidr_block: some(&route.destination_cidr_block),
            destination_ipv6_cidr_block: some(&route.destination_ipv6_cidr_block),
            destination_prefix_list_id: some(&route.destination_prefix_list_id),
            gateway_id: some(&gateway),
            nat_gateway_id: some(&route.nat_gateway_id),
            network_interface_id: some(&route.network_interface_id),
            transit_gateway_id: some(&route.transit_gateway_id),
            vpc_peering_connection_id: some(&route.vpc_peering_connection_id),
            vpc_endpoint_id: endpoint,
            egress_only_gateway_id: some(&route.egress_only_internet_gateway_id),
            instance_id: some(&route.instance_id),
            instance_owner_id: some(&route.instance_owner_id),
            origin: route.origin.as_ref().map(|o| o.as_str().to_string()),
            state: route.state.as_ref().map(|s| s.as_str().to_string()),
        }
    }

    /// Where it leads, as text: with the table, what tells it from every other route.
    pub(super) fn destination(&self) -> String {
        [&self.destination_cidr_block, &self.destination_ipv6_cidr_block, &self.destination_prefix_list_id]
            .into_iter()
            .find_map(some)
            .unwrap_or_default()
    }

    /// As the public provider makes it: the table and the CRC-32 of the destination.
    fn identifier(&self) -> String {
        format!("r-{}{}", self.route_table_id, crc32(self.destination().as_bytes()))
    }
}

/// True for a route that somebody put into the table: not the VPC's own, none that a gateway propagates, and
/// none that AWS made for a gateway endpoint.
pub(super) fn is_part(route: &types::Route) -> bool {
    let target = route.gateway_id().unwrap_or_default();
    let made = route.origin().is_none_or(|o| *o == RouteOrigin::CreateRoute);
    made && target != "local" && !(target.starts_with("vpce-") && route.destination_prefix_list_id().is_some())
}

/// The tables that an identifier may name: their ids have 8 or 17 digits, and the number follows at once.
fn tables_in(id: &str) -> Vec<String> {
    let table = id.strip_prefix("r-").unwrap_or(id);
    [12, 21].into_iter().filter_map(|n| table.get(..n)).map(str::to_string).collect()
}

/// CRC-32 as in IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xEDB8_8320 * (c & 1))))
}

/// Puts a route into its table.
pub(super) async fn add(aws: &Aws, route: &Route) -> Result<(), Failure> {
    once!(aws_sdk_ec2, with_arguments!(aws.ec2.create_route(), route)).await.map_err(failed("ec2:CreateRoute")).map(|_| ())
}

/// Gives a route another target.
pub(super) async fn replace(aws: &Aws, route: &Route) -> Result<(), Failure> {
    with_arguments!(aws.ec2.replace_route(), route).send().await.map_err(failed("ec2:ReplaceRoute")).map(|_| ())
}

/// Takes a route out of its table.
pub(super) async fn remove(aws: &Aws, route: &Route) -> Result<(), Failure> {
    let call = aws
        .ec2
        .delete_route()
        .route_table_id(&route.route_table_id)
        .set_destination_cidr_block(route.destination_cidr_block.clone())
        .set_destination_ipv6_cidr_block(route.destination_ipv6_cidr_block.clone())
        .set_destination_prefix_list_id(route.destination_prefix_list_id.clone());
    gone(call.send().await.map_err(failed("ec2:DeleteRoute")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_the_public_providers() {
        let route = Route::from_aws("rtb-656C65616E6F72", &types::Route::builder().destination_cidr_block("0.0.0.0/0").build());
        assert_eq!(route.identifier(), "r-rtb-656C65616E6F721080289494");
    }

    #[test]
    fn tables_are_found_in_identifiers() {
        assert_eq!(tables_in("r-rtb-0123456789abcdef01080289494"), ["rtb-01234567", "rtb-0123456789abcdef0"]);
    }

    #[test]
    fn what_aws_makes_is_no_part() {
        let route = |gateway: &str, origin| types::Route::builder().gateway_id(gateway).origin(origin);
        assert!(is_part(&route("igw-1", RouteOrigin::CreateRoute).build()));
        assert!(!is_part(&route("local", RouteOrigin::CreateRouteTable).build()));
        assert!(!is_part(&route("vgw-1", RouteOrigin::EnableVgwRoutePropagation).build()));
        assert!(!is_part(&route("vpce-1", RouteOrigin::CreateRoute).destination_prefix_list_id("pl-1").build()));
        assert!(is_part(&route("vpce-1", RouteOrigin::CreateRoute).destination_cidr_block("0.0.0.0/0").build()));
    }
}
