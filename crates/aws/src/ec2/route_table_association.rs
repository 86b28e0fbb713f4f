//! `aws_route_table_association`.

use super::filter;
use super::shared::{describe_route_tables, route_tables, stack_of};
use super::subnet::Subnet;
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ec2::types::{RouteTableAssociation as Described, RouteTableAssociationStateCode as State};
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::{Parent, Refusal};
use cairn_engine::{Failure, FailureKind};
use cairn_model::Value;
use cairn_model::mark::TAG_STACK;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// That a subnet or a gateway uses a route table.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_route_table_association", timeouts = "create update delete")]
pub struct RouteTableAssociation {
    /// Route table in use.
    #[attr(required)]
    route_table_id: String,
    /// Subnet that uses it.
    #[attr(optional, force_new, key)]
    subnet_id: Option<String>,
    /// Internet or virtual private gateway that uses it for what comes in.
    #[attr(optional, force_new, key)]
    gateway_id: Option<String>,
}

impl Resource for RouteTableAssociation {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#RouteTableDetails:RouteTableId={route_table_id}");
    const SERVICE: &'static str = "ec2";
    const PARENTS: &'static [Parent] = &[
        Parent { type_name: "aws_route_table", attribute: "route_table_id", names: "id", inline: None },
        Parent { type_name: "aws_subnet", attribute: "subnet_id", names: "id", inline: None },
    ];
    const EFFECTS: Effects = Effects {
        serves: Some("traffic by the routes of the table: the main table's count instead"),
        in_place: &[InPlace {
            arguments: &["route_table_id"],
            does: Does::MayInterrupt,
            what: "open connections that the new table routes otherwise",
            when: impact::always,
            source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html",
        }],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeRouteTables", "ec2:DescribeVpcs", "ec2:DescribeSubnets"],
        create: &["ec2:AssociateRouteTable"],
        update: &["ec2:ReplaceRouteTableAssociation"],
        delete: &["ec2:DisassociateRouteTable"],
        read_cost: "none of its own: the route tables hold them",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<RouteTableAssociation>>, Failure> {
        let (tables, subnets) = match scope.only() {
            Some(id) => {
                let by_id = filter("association.route-table-association-id", [id]);
                (Arc::new(describe_route_tables(aws, vec![by_id]).await?), BTreeMap::new())
            }
            None => {
                let (tables, subnets) = futures::try_join!(route_tables(aws, scope), scope.of::<Subnet>(aws))?;
                let owned = subnets.iter().filter(|s| scope.owns(&s.tags));
                (tables, owned.filter_map(|s| Some((s.id.clone(), s.tags.get(TAG_STACK)?.clone()))).collect::<BTreeMap<_, _>>())
            }
        };
        let mut found = Vec::new();
        for table in tables.iter() {
            let table_id = table.route_table_id.clone().unwrap_or_default();
            let of_table = stack_of(scope, table.tags.as_deref());
            for association in table.associations().iter().filter(|a| is_alive(a)) {
                let id = association.route_table_association_id.clone().unwrap_or_default();
                let subnet = association.subnet_id.clone();
                if scope.only().is_some_and(|only| only != id) {
                    continue;
                }
                let of_subnet = subnet.as_ref().and_then(|s| subnets.get(s));
                let mut parents = Vec::new();
                if of_table.is_some() {
                    parents.push(Some(("aws_route_table", table_id.clone())));
                }
                // Read alone, it was somebody's before: the table is not ours, so it can only be the subnet.
                if of_subnet.is_some() && of_subnet != of_table.as_ref() || parents.is_empty() && scope.only().is_some() {
                    parents.push(subnet.clone().map(|s| ("aws_subnet", s)));
                }
                let value = RouteTableAssociation {
                    route_table_id: table_id.clone(),
                    subnet_id: subnet,
                    gateway_id: association.gateway_id.clone(),
                };
                found.extend(parents.into_iter().map(|parent| Found {
                    id: id.clone(),
                    value: value.clone(),
                    tags: Default::default(),
                    parent,
                }));
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &RouteTableAssociation, making: &Making<'_>) -> Result<String, Failure> {
        let some = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
        let what = format!("route table {} to become visible", want.route_table_id);
        let made = wait::while_failing(
            making.run,
            &what,
            Duration::from_secs(60),
            |f| f.kind == FailureKind::NotFound,
            || async {
                let request = aws
                    .ec2
                    .associate_route_table()
                    .route_table_id(&want.route_table_id)
                    .set_subnet_id(some(&want.subnet_id))
                    .set_gateway_id(some(&want.gateway_id));
                once!(aws_sdk_ec2, request).await.map_err(failed("ec2:AssociateRouteTable"))
            },
        )
        .await?;
        let id = made.association_id.ok_or_else(|| missing("ec2:AssociateRouteTable", "AssociationId"))?;
        associated(aws, &id, making.run).await?;
        Ok(id)
    }

    /// In place: there is no moment in which the main table counts. The association gets another id.
    async fn update(
        aws: &Aws,
        have: &Found<RouteTableAssociation>,
        want: &RouteTableAssociation,
        changing: &Changing<'_>,
    ) -> Result<(), Failure> {
        let call = aws.ec2.replace_route_table_association().association_id(&have.id).route_table_id(&want.route_table_id);
        let made = once!(aws_sdk_ec2, call).await.map_err(failed("ec2:ReplaceRouteTableAssociation"))?;
        let id = made.new_association_id.ok_or_else(|| missing("ec2:ReplaceRouteTableAssociation", "NewAssociationId"))?;
        associated(aws, &id, changing.run).await?;
        changing.now_called(id);
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<RouteTableAssociation>, _: &Removing<'_, RouteTableAssociation>) -> Result<(), Failure> {
        gone(aws.ec2.disassociate_route_table().association_id(&have.id).send().await.map_err(failed("ec2:DisassociateRouteTable")))
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let set = |name: &str| config.get(name).is_some_and(|v| !v.is_null() && v.as_str() != Some(""));
        if set("subnet_id") == set("gateway_id") {
            let message = "an association names either a subnet_id or a gateway_id".to_string();
            return Err(vec![Refusal { attribute: String::new(), message }]);
        }
        Ok(planned)
    }
}

/// The main association is AWS's own; one that is being undone counts no more.
fn is_alive(association: &Described) -> bool {
    let state = association.association_state().and_then(|s| s.state());
    association.main() != Some(true) && !matches!(state, Some(State::Disassociating | State::Disassociated | State::Failed))
}

async fn associated(aws: &Aws, id: &str, run: crate::resource::Run<'_>) -> Result<(), Failure> {
    wait::until(run, &format!("association {id}"), Duration::from_secs(300), || async {
        let tables = describe_route_tables(aws, vec![filter("association.route-table-association-id", [id])]).await?;
        let association = tables.iter().flat_map(|t| t.associations()).find(|a| a.route_table_association_id() == Some(id));
        Ok(match association.map(|a| a.association_state().and_then(|s| s.state())) {
            Some(None | Some(State::Associated)) => Look::Ready(()),
            Some(Some(State::Failed)) => {
                let why = association.and_then(|a| a.association_state()).and_then(|s| s.status_message()).unwrap_or("it failed");
                return Err(Failure::new(FailureKind::Other, format!("association {id}: {why}")));
            }
            Some(Some(state)) => Look::NotYet(state.as_str().to_string()),
            None => Look::NotYet("not visible yet".into()),
        })
    })
    .await
}
