//! `aws_vpn_gateway_route_propagation`.

use super::{PAGE, filter};
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::resource::{Calls, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types::{Filter, RouteTable};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::provider::Parent;
use cairn_model::mark::TAG_STACK;
use std::time::Duration;

/// Puts the routes that a VPN gateway learns into a route table.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_vpn_gateway_route_propagation", timeouts = "create delete")]
pub struct RoutePropagation {
    /// Gateway whose routes are taken.
    #[attr(required, force_new, key)]
    vpn_gateway_id: String,
    /// Route table that they are put into.
    #[attr(required, force_new, key)]
    route_table_id: String,
}

impl Resource for RoutePropagation {
    const SERVICE: &'static str = "ec2";
    const PARENTS: &'static [Parent] =
        &[Parent { type_name: "aws_route_table", attribute: "route_table_id", names: "id", inline: Some("propagating_vgws") }];
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeRouteTables"],
        create: &["ec2:EnableVgwRoutePropagation"],
        update: &[],
        delete: &["ec2:DisableVgwRoutePropagation"],
        read_cost: "1 per 1,000 route tables",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<RoutePropagation>>, Failure> {
        let tables = match scope.only().map(|id| id.split_once('_').unwrap_or(("", id))) {
            Some((_, table)) => tables(aws, filter("route-table-id", [table])).await?,
            None => scope
                .once("ec2:DescribeRouteTables:tag", || tables(aws, filter(&format!("tag:{TAG_STACK}"), [scope.stack_id().to_string()])))
                .await?
                .to_vec(),
        };
        let mut found = Vec::new();
        for table in tables {
            let table_id = table.route_table_id.clone().unwrap_or_default();
            for gateway in table.propagating_vgws().iter().filter_map(|p| p.gateway_id()) {
                let value = RoutePropagation { vpn_gateway_id: gateway.into(), route_table_id: table_id.clone() };
                found.push(Found::part(id(&value), value, Tags::new(), "aws_route_table", &table_id));
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &RoutePropagation, making: &Making<'_>) -> Result<String, Failure> {
        // The gateway's attachment may not be visible everywhere yet.
        wait::while_failing(making.run, "the VPN gateway to be attached", Duration::from_secs(300), |f| f.code == "Gateway.NotAttached", || async {
            let call = aws.ec2.enable_vgw_route_propagation().gateway_id(&want.vpn_gateway_id).route_table_id(&want.route_table_id);
            call.send().await.map_err(failed("ec2:EnableVgwRoutePropagation"))
        })
        .await?;
        wait_for(aws, want, true, making.run).await?;
        Ok(id(want))
    }

    async fn delete(aws: &Aws, have: &Found<RoutePropagation>, removing: &Removing<'_, RoutePropagation>) -> Result<(), Failure> {
        let value = &have.value;
        let call = aws.ec2.disable_vgw_route_propagation().gateway_id(&value.vpn_gateway_id).route_table_id(&value.route_table_id);
        gone(call.send().await.map_err(failed("ec2:DisableVgwRoutePropagation")))?;
        wait_for(aws, value, false, removing.run).await
    }
}

fn id(value: &RoutePropagation) -> String {
    format!("{}_{}", value.vpn_gateway_id, value.route_table_id)
}

async fn tables(aws: &Aws, filter: Filter) -> Result<Vec<RouteTable>, Failure> {
    let mut pages = aws.ec2.describe_route_tables().filters(filter).max_results(PAGE).into_paginator().send();
    let mut tables = Vec::new();
    while let Some(page) = pages.next().await {
        tables.extend(page.map_err(failed("ec2:DescribeRouteTables"))?.route_tables.unwrap_or_default());
    }
    Ok(tables)
}

async fn wait_for(aws: &Aws, value: &RoutePropagation, there: bool, run: crate::resource::Run<'_>) -> Result<(), Failure> {
    let what = format!("route propagation into {} to {}", value.route_table_id, if there { "begin" } else { "end" });
    wait::until(run, &what, Duration::from_secs(300), || async {
        let tables = tables(aws, filter("route-table-id", [&value.route_table_id])).await?;
        let found = tables.iter().flat_map(|t| t.propagating_vgws()).any(|p| p.gateway_id() == Some(value.vpn_gateway_id.as_str()));
        Ok(if found == there { Look::Ready(()) } else { Look::NotYet(String::new()) })
    })
    .await
}
