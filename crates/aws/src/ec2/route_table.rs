//! `aws_route_table`.

use super::route::{self, Route};
use super::shared::{canonical6, describe_route_tables, ours, route_tables, tags_of};
use super::{filter, specification};
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_ec2::types::{self, ResourceType};
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::Value;
use cairn_model::check::cidr4;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A table of routes that subnets or gateways use.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(
    name = "aws_route_table",
    tags,
    timeouts = "create update delete",
    unsupported = "route.carrier_gateway_id route.core_network_arn route.local_gateway_id"
)]
pub struct RouteTable {
    /// VPC that the table belongs to.
    #[attr(required, force_new)]
    vpc_id: String,
    /// The routes, all of them, besides those that AWS makes. Left out, routes are resources of their own.
    #[attr(optional, computed)]
    route: BTreeSet<InlineRoute>,
    /// Virtual private gateways that put the routes they learn into the table.
    #[attr(optional, computed)]
    propagating_vgws: BTreeSet<String>,
    /// ARN of the table.
    #[attr(computed)]
    arn: Option<String>,
    /// Account that owns the table.
    #[attr(computed)]
    owner_id: Option<String>,
}

/// One route inside a route table.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InlineRoute {
    /// Where it leads: an IPv4 range.
    #[attr(optional)]
    cidr_block: Option<String>,
    /// Where it leads: an IPv6 range.
    #[attr(optional)]
    ipv6_cidr_block: Option<String>,
    /// Where it leads: the ranges of a prefix list.
    #[attr(optional)]
    destination_prefix_list_id: Option<String>,
    /// By way of an internet or virtual private gateway.
    #[attr(optional)]
    gateway_id: Option<String>,
    /// By way of a NAT gateway.
    #[attr(optional)]
    nat_gateway_id: Option<String>,
    /// By way of a network interface.
    #[attr(optional)]
    network_interface_id: Option<String>,
    /// By way of a transit gateway.
    #[attr(optional)]
    transit_gateway_id: Option<String>,
    /// By way of a peering connection.
    #[attr(optional)]
    vpc_peering_connection_id: Option<String>,
    /// By way of a gateway load balancer's endpoint.
    #[attr(optional)]
    vpc_endpoint_id: Option<String>,
    /// By way of an egress-only internet gateway, for IPv6.
    #[attr(optional)]
    egress_only_gateway_id: Option<String>,
}

impl InlineRoute {
    fn from_route(route: Route) -> InlineRoute {
        InlineRoute {
            cidr_block: route.destination_cidr_block,
            ipv6_cidr_block: route.destination_ipv6_cidr_block,
            destination_prefix_list_id: route.destination_prefix_list_id,
            gateway_id: route.gateway_id,
            nat_gateway_id: route.nat_gateway_id,
            network_interface_id: route.network_interface_id,
            transit_gateway_id: route.transit_gateway_id,
            vpc_peering_connection_id: route.vpc_peering_connection_id,
            vpc_endpoint_id: route.vpc_endpoint_id,
            egress_only_gateway_id: route.egress_only_gateway_id,
        }
    }

    fn to_route(&self, table: &str) -> Route {
        let mut route = Route::from_aws(table, &types::Route::builder().build());
        let some = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
        route.destination_cidr_block = some(&self.cidr_block);
        route.destination_ipv6_cidr_block = some(&self.ipv6_cidr_block);
        route.destination_prefix_list_id = some(&self.destination_prefix_list_id);
        route.gateway_id = some(&self.gateway_id);
        route.nat_gateway_id = some(&self.nat_gateway_id);
        route.network_interface_id = some(&self.network_interface_id);
        route.transit_gateway_id = some(&self.transit_gateway_id);
        route.vpc_peering_connection_id = some(&self.vpc_peering_connection_id);
        route.vpc_endpoint_id = some(&self.vpc_endpoint_id);
        route.egress_only_gateway_id = some(&self.egress_only_gateway_id);
        route
    }
}

/// Inline routes lead somewhere, by one way, and are written as AWS writes them.
fn routes(value: &Value) -> Result<(), String> {
    for block in value.elements().unwrap_or_default().iter().filter(|b| b.is_wholly_known()) {
        let texts = |names: &[&str]| names.iter().filter(|n| block.get_str(n).is_some_and(|t| !t.is_empty())).count();
        if texts(&["cidr_block", "ipv6_cidr_block", "destination_prefix_list_id"]) != 1 {
            return Err("a route needs one of cidr_block, ipv6_cidr_block and destination_prefix_list_id".into());
        }
        let targets = block.entries().map_or(0, |e| {
            let is_target = |k: &str| !matches!(k, "cidr_block" | "ipv6_cidr_block" | "destination_prefix_list_id");
            e.iter().filter(|(k, v)| is_target(k) && v.as_str().is_some_and(|t| !t.is_empty())).count()
        });
        if targets != 1 {
            return Err("a route needs one thing to go by way of, such as gateway_id or nat_gateway_id".into());
        }
        if block.get_str("gateway_id") == Some("local") {
            return Err("AWS makes the \"local\" route itself: leave it out".into());
        }
        if let Some(cidr) = block.get("cidr_block").filter(|c| c.as_str() != Some("")) {
            cidr4(cidr).map_err(|e| format!("cidr_block of a route {e}"))?;
        }
        if let Some(cidr) = block.get("ipv6_cidr_block").filter(|c| c.as_str() != Some("")) {
            canonical6(cidr).map_err(|e| format!("ipv6_cidr_block of a route {e}"))?;
        }
    }
    Ok(())
}

impl Resource for RouteTable {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#RouteTableDetails:RouteTableId={id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "route-table/"));
    const EFFECTS: Effects = Effects { serves: Some("what its routes lead to"), ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeRouteTables", "ec2:DescribeVpcs", "ec2:DescribeSubnets"],
        create: &["ec2:CreateRouteTable", "ec2:CreateRoute", "ec2:EnableVgwRoutePropagation", "ec2:CreateTags"],
        update: &[
            "ec2:CreateRoute",
            "ec2:ReplaceRoute",
            "ec2:DeleteRoute",
            "ec2:EnableVgwRoutePropagation",
            "ec2:DisableVgwRoutePropagation",
            "ec2:CreateTags",
            "ec2:DeleteTags",
        ],
        delete: &["ec2:DeleteRouteTable"],
        read_cost: "2 per 100: those with the stack's mark, and all in its VPCs for main tables, routes and associations",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<RouteTable>>, Failure> {
        let tables = match scope.only() {
            Some(id) => Arc::new(describe_route_tables(aws, vec![filter("route-table-id", [id])]).await?),
            None => route_tables(aws, scope).await?,
        };
        let wanted = tables.iter().filter(|t| scope.only().is_some() || ours(scope, t.tags.as_deref()));
        let found = wanted.map(|table| {
            let id = table.route_table_id.clone().unwrap_or_default();
            let owner = table.owner_id.clone().unwrap_or_default();
            let value = RouteTable {
                vpc_id: table.vpc_id.clone().unwrap_or_default(),
                route: table
                    .routes()
                    .iter()
                    .filter(|r| route::is_part(r))
                    .map(|r| InlineRoute::from_route(Route::from_aws(&id, r)))
                    .collect(),
                propagating_vgws: table.propagating_vgws().iter().filter_map(|g| g.gateway_id.clone()).collect(),
                arn: Some(format!("arn:{}:ec2:{}:{owner}:route-table/{id}", aws.partition(), aws.region)),
                owner_id: Some(owner),
            };
            Found::new(id, value, tags_of(&table.tags))
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, want: &RouteTable, making: &Making<'_>) -> Result<String, Failure> {
        let request =
            aws.ec2.create_route_table().vpc_id(&want.vpc_id).tag_specifications(specification(ResourceType::RouteTable, &making.tags));
        let made = request.send().await.map_err(failed("ec2:CreateRouteTable"))?;
        let id = made.route_table.and_then(|t| t.route_table_id).ok_or_else(|| missing("ec2:CreateRouteTable", "RouteTableId"))?;
        settle_routes(aws, &id, &BTreeSet::new(), &want.route, making.run).await?;
        settle_propagation(aws, &id, &BTreeSet::new(), &want.propagating_vgws, making.run).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<RouteTable>, want: &RouteTable, changing: &Changing<'_>) -> Result<(), Failure> {
        if changing.any(&["route"]) {
            settle_routes(aws, &have.id, &have.value.route, &want.route, changing.run).await?;
        }
        if changing.any(&["propagating_vgws"]) {
            settle_propagation(aws, &have.id, &have.value.propagating_vgws, &want.propagating_vgws, changing.run).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<RouteTable>, _: &Removing<'_, RouteTable>) -> Result<(), Failure> {
        gone(aws.ec2.delete_route_table().route_table_id(&have.id).send().await.map_err(failed("ec2:DeleteRouteTable")))
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let judged = config.get("route").map_or(Ok(()), routes);
        judged.map(|()| planned).map_err(|message| vec![Refusal { attribute: "route".into(), message }])
    }

    async fn tag(aws: &Aws, have: &Found<RouteTable>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }
}

/// How long what was just made may stay invisible to the calls that name it.
const VISIBLE_WITHIN: Duration = Duration::from_secs(60);

async fn settle_routes(
    aws: &Aws,
    id: &str,
    have: &BTreeSet<InlineRoute>,
    want: &BTreeSet<InlineRoute>,
    run: Run<'_>,
) -> Result<(), Failure> {
    let by_destination = |routes: &BTreeSet<InlineRoute>| -> BTreeMap<String, Route> {
        routes.iter().map(|r| r.to_route(id)).map(|r| (r.destination(), r)).collect()
    };
    let (have, want) = (by_destination(have), by_destination(want));
    for (destination, new) in &want {
        match have.get(destination) {
            Some(old) if old == new => {}
            Some(_) => route::replace(aws, new).await?,
            None => {
                let what = format!("what the route to {destination} names to become visible");
                wait::while_failing(run, &what, VISIBLE_WITHIN, |f| f.kind == FailureKind::NotFound, || route::add(aws, new)).await?;
            }
        }
    }
    for (_, old) in have.iter().filter(|(destination, _)| !want.contains_key(*destination)) {
        route::remove(aws, old).await?;
    }
    Ok(())
}

async fn settle_propagation(aws: &Aws, id: &str, have: &BTreeSet<String>, want: &BTreeSet<String>, run: Run<'_>) -> Result<(), Failure> {
    for gateway in want.difference(have) {
        let what = format!("route table {id} and gateway {gateway} to become visible");
        wait::while_failing(
            run,
            &what,
            VISIBLE_WITHIN,
            |f| f.kind == FailureKind::NotFound,
            || async {
                let call = aws.ec2.enable_vgw_route_propagation().route_table_id(id).gateway_id(gateway);
                call.send().await.map_err(failed("ec2:EnableVgwRoutePropagation"))
            },
        )
        .await?;
    }
    for gateway in have.difference(want) {
        let call = aws.ec2.disable_vgw_route_propagation().route_table_id(id).gateway_id(gateway);
        gone(call.send().await.map_err(failed("ec2:DisableVgwRoutePropagation")))?;
    }
    Ok(())
}
