//! `aws_vpn_gateway_route_propagation`.

use super::filter;
use super::shared::{describe_route_tables, own_vpcs, route_tables, wholes};
use crate::client::Aws;
use crate::failure::{failed, gone};
use crate::resource::{Calls, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::Effects;
use cairn_engine::provider::Parent;
use std::sync::Arc;
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
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#RouteTableDetails:RouteTableId={route_table_id}");
    const SERVICE: &'static str = "ec2";
    const PARENTS: &'static [Parent] = &[
        Parent { type_name: "aws_route_table", attribute: "route_table_id", names: "id", inline: Some("propagating_vgws") },
        Parent { type_name: "aws_vpc", attribute: "route_table_id", names: "main_route_table_id", inline: None },
    ];
    const EFFECTS: Effects = Effects { serves: Some("traffic by routes that the gateway has learnt"), ..Effects::NONE };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeRouteTables", "ec2:DescribeVpcs", "ec2:DescribeSubnets"],
        create: &["ec2:EnableVgwRoutePropagation"],
        update: &[],
        delete: &["ec2:DisableVgwRoutePropagation"],
        read_cost: "none of its own: the route tables hold them",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<RoutePropagation>>, Failure> {
        let (tables, vpcs) = match scope.only() {
            Some(id) => {
                let table = id.split_once('_').map_or(id, |(_, table)| table);
                let tables = describe_route_tables(aws, vec![filter("route-table-id", [table])]).await?;
                (Arc::new(tables), Arc::default())
            }
            None => futures::try_join!(route_tables(aws, scope), own_vpcs(aws, scope))?,
        };
        let mut found = Vec::new();
        for table in tables.iter() {
            let table_id = table.route_table_id.clone().unwrap_or_default();
            for whole in wholes(scope, table, &vpcs) {
                for gateway in table.propagating_vgws().iter().filter_map(|p| p.gateway_id()) {
                    let value = RoutePropagation { vpn_gateway_id: gateway.into(), route_table_id: table_id.clone() };
                    found.push(Found { id: id(&value), value, tags: Tags::new(), parent: whole.parent.clone() });
                }
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &RoutePropagation, making: &Making<'_>) -> Result<String, Failure> {
        // The gateway's attachment may not be visible everywhere yet.
        wait::while_failing(
            making.run,
            "the VPN gateway to be attached",
            Duration::from_secs(300),
            |f| f.code == "Gateway.NotAttached",
            || async {
                let call = aws.ec2.enable_vgw_route_propagation().gateway_id(&want.vpn_gateway_id).route_table_id(&want.route_table_id);
                call.send().await.map_err(failed("ec2:EnableVgwRoutePropagation"))
            },
        )
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

async fn wait_for(aws: &Aws, value: &RoutePropagation, there: bool, run: crate::resource::Run<'_>) -> Result<(), Failure> {
    let what = format!("route propagation into {} to {}", value.route_table_id, if there { "begin" } else { "end" });
    wait::until(run, &what, Duration::from_secs(300), || async {
        let tables = describe_route_tables(aws, vec![filter("route-table-id", [&value.route_table_id])]).await?;
        let found = tables.iter().flat_map(|t| t.propagating_vgws()).any(|p| p.gateway_id() == Some(value.vpn_gateway_id.as_str()));
        Ok(if found == there { Look::Ready(()) } else { Look::NotYet(String::new()) })
    })
    .await
}
