//! `aws_flow_log`.

use super::{PAGE, filters, from_tags, specification};
use crate::client::Aws;
use crate::failure::{failed, gone, missing};
use crate::permissions::Iam;
use crate::resource::{Calls, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use crate::wait;
use aws_sdk_ec2::types::{
    DestinationFileFormat, DestinationOptionsRequest, FlowLogsResourceType, LogDestinationType, ResourceType, TrafficType,
};
use cairn_derive::Model;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::check::arn;
use cairn_model::{Value, one_of};
use std::time::Duration;

/// A record of the traffic of a VPC, a subnet or a network interface.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_flow_log", tags, unsupported = "transit_gateway_attachment_id transit_gateway_id", unread = "log_group_name")]
pub struct FlowLog {
    /// VPC whose traffic is recorded.
    #[attr(optional, force_new)]
    vpc_id: Option<String>,
    /// Subnet whose traffic is recorded.
    #[attr(optional, force_new)]
    subnet_id: Option<String>,
    /// Network interface whose traffic is recorded.
    #[attr(optional, force_new)]
    eni_id: Option<String>,
    /// What is recorded: `ACCEPT`, `REJECT` or `ALL`.
    #[attr(required, force_new, check = one_of!("ACCEPT", "REJECT", "ALL"))]
    traffic_type: String,
    /// Where records go: `cloud-watch-logs`, `s3` or `kinesis-data-firehose`.
    #[attr(default = "cloud-watch-logs", force_new, check = one_of!("cloud-watch-logs", "s3", "kinesis-data-firehose"))]
    log_destination_type: String,
    /// ARN of the log group, the bucket (and a folder in it) or the stream that records go to.
    #[attr(required, force_new, check = arn, equal = same_destination)]
    log_destination: String,
    /// Role that writes to the log group.
    #[attr(optional, force_new, check = arn)]
    iam_role_arn: Option<String>,
    /// Role that writes to what another account owns.
    #[attr(optional, force_new, check = arn)]
    deliver_cross_account_role: Option<String>,
    /// Fields of a record, as `${version} ${account-id} …`.
    #[attr(optional, computed, force_new)]
    log_format: Option<String>,
    /// Over how many seconds traffic is gathered into one record: 60 or 600.
    #[attr(default = 600, force_new, check = interval)]
    max_aggregation_interval: i32,
    /// How files in S3 are written.
    #[block(force_new, computed)]
    destination_options: Option<DestinationOptions>,
    /// ARN of the flow log.
    #[attr(computed)]
    arn: Option<String>,
}

/// How files in S3 are written.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct DestinationOptions {
    /// `plain-text` or `parquet`.
    #[attr(default = "plain-text", force_new, check = one_of!("plain-text", "parquet"))]
    file_format: String,
    /// Names of folders as Hive wants them.
    #[attr(default = false, force_new)]
    hive_compatible_partitions: bool,
    /// One folder an hour.
    #[attr(default = false, force_new)]
    per_hour_partition: bool,
}

fn interval(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(n) if n != 60 && n != 600 => Err(format!("must be 60 or 600, not {n}")),
        _ => Ok(()),
    }
}

/// A log group's ARN may end in `:*`.
fn same_destination(have: &Value, want: &Value) -> bool {
    let plain = |v: &Value| v.as_str().map(|t| t.trim_end_matches(":*").to_string());
    plain(have) == plain(want)
}

impl Resource for FlowLog {
    const CONSOLE: Option<&'static str> = Some("vpcconsole/home?region={region}#VpcDetails:VpcId={vpc_id}");
    const SERVICE: &'static str = "ec2";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ec2", "vpc-flow-log/"));
    const IAM: Iam = Iam { passes_roles_to: &["vpc-flow-logs.amazonaws.com"], ..Iam::NONE };
    const CALLS: Calls = Calls {
        read: &["ec2:DescribeFlowLogs"],
        create: &["ec2:CreateFlowLogs", "ec2:CreateTags", "logs:CreateLogDelivery"],
        update: &["ec2:CreateTags", "ec2:DeleteTags"],
        delete: &["ec2:DeleteFlowLogs", "logs:DeleteLogDelivery"],
        read_cost: "1 per 1,000",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<FlowLog>>, Failure> {
        let request = match scope.only() {
            Some(id) => aws.ec2.describe_flow_logs().flow_log_ids(id),
            None => aws.ec2.describe_flow_logs().set_filter(filters(scope, "")).max_results(PAGE),
        };
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            for log in page.map_err(failed("ec2:DescribeFlowLogs"))?.flow_logs.unwrap_or_default() {
                let id = log.flow_log_id.unwrap_or_default();
                let resource = log.resource_id.unwrap_or_default();
                let of = |prefix: &str| resource.starts_with(prefix).then(|| resource.clone());
                // Of a log group AWS may name only the name.
                let destination = match (log.log_destination.filter(|d| !d.is_empty()), log.log_group_name) {
                    (Some(arn), _) => arn,
                    (None, Some(name)) => aws.arn("logs", &format!("log-group:{name}")).await?,
                    (None, None) => String::new(),
                };
                let value = FlowLog {
                    vpc_id: of("vpc-"),
                    subnet_id: of("subnet-"),
                    eni_id: of("eni-"),
                    traffic_type: log.traffic_type.map_or_else(String::new, |t| t.as_str().to_string()),
                    log_destination_type: log.log_destination_type.map_or_else(|| "cloud-watch-logs".into(), |t| t.as_str().to_string()),
                    log_destination: destination,
                    iam_role_arn: log.deliver_logs_permission_arn.filter(|a| !a.is_empty()),
                    deliver_cross_account_role: log.deliver_cross_account_role.filter(|a| !a.is_empty()),
                    log_format: log.log_format,
                    max_aggregation_interval: log.max_aggregation_interval.unwrap_or(600),
                    destination_options: log.destination_options.map(|o| DestinationOptions {
                        file_format: o.file_format.map_or_else(|| "plain-text".into(), |f| f.as_str().to_string()),
                        hive_compatible_partitions: o.hive_compatible_partitions.unwrap_or_default(),
                        per_hour_partition: o.per_hour_partition.unwrap_or_default(),
                    }),
                    arn: Some(aws.arn("ec2", &format!("vpc-flow-log/{id}")).await?),
                };
                found.push(Found::new(id, value, from_tags(log.tags)));
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &FlowLog, making: &Making<'_>) -> Result<String, Failure> {
        let kinds = [
            (FlowLogsResourceType::Vpc, &want.vpc_id),
            (FlowLogsResourceType::Subnet, &want.subnet_id),
            (FlowLogsResourceType::NetworkInterface, &want.eni_id),
        ];
        let (kind, resource) = kinds
            .into_iter()
            .find_map(|(kind, id)| id.clone().map(|id| (kind, id)))
            .ok_or_else(|| Failure::new(FailureKind::Invalid, "a flow log needs vpc_id, subnet_id or eni_id"))?;
        let options = want.destination_options.as_ref().map(|o| {
            DestinationOptionsRequest::builder()
                .file_format(DestinationFileFormat::from(o.file_format.as_str()))
                .hive_compatible_partitions(o.hive_compatible_partitions)
                .per_hour_partition(o.per_hour_partition)
                .build()
        });
        let request = aws
            .ec2
            .create_flow_logs()
            .client_token(making.token())
            .resource_type(kind)
            .resource_ids(resource)
            .traffic_type(TrafficType::from(want.traffic_type.as_str()))
            .log_destination_type(LogDestinationType::from(want.log_destination_type.as_str()))
            .log_destination(want.log_destination.trim_end_matches(":*"))
            .set_deliver_logs_permission_arn(want.iam_role_arn.clone())
            .set_deliver_cross_account_role(want.deliver_cross_account_role.clone())
            .set_log_format(want.log_format.clone())
            .max_aggregation_interval(want.max_aggregation_interval)
            .set_destination_options(options)
            .tag_specifications(specification(ResourceType::VpcFlowLog, &making.tags));
        // A role that was just made can't be assumed everywhere yet: "Unable to assume given IAM role".
        let passing = |f: &Failure| f.message.contains("assume given IAM role");
        wait::while_failing(making.run, "the role to be usable by flow logs", Duration::from_secs(180), passing, || async {
            let made = request.clone().send().await.map_err(failed("ec2:CreateFlowLogs"))?;
            if let Some(error) = made.unsuccessful().iter().find_map(|u| u.error()) {
                return Err(Failure {
                    operation: "ec2:CreateFlowLogs".into(),
                    code: error.code().unwrap_or_default().into(),
                    ..Failure::new(FailureKind::Invalid, error.message().unwrap_or_default())
                });
            }
            made.flow_log_ids.and_then(|ids| ids.into_iter().next()).ok_or_else(|| missing("ec2:CreateFlowLogs", "FlowLogIds"))
        })
        .await
    }

    async fn delete(aws: &Aws, have: &Found<FlowLog>, _: &Removing<'_, FlowLog>) -> Result<(), Failure> {
        gone(aws.ec2.delete_flow_logs().flow_log_ids(&have.id).send().await.map_err(failed("ec2:DeleteFlowLogs")))
    }

    async fn tag(aws: &Aws, have: &Found<FlowLog>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        super::tag(aws, &have.id, set, remove).await
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let given = ["vpc_id", "subnet_id", "eni_id"].iter().filter(|n| config.get(n).is_some_and(|v| !v.is_null())).count();
        let refuse = |attribute: &str, message: &str| Err(vec![Refusal { attribute: attribute.into(), message: message.into() }]);
        if given != 1 {
            return refuse("vpc_id", "exactly one of vpc_id, subnet_id and eni_id says what is recorded");
        }
        let to_logs = planned.get_str("log_destination_type") == Some("cloud-watch-logs");
        if to_logs && config.get("iam_role_arn").is_none_or(Value::is_null) {
            return refuse("iam_role_arn", "is needed for a log group: the role that writes to it");
        }
        // Only to S3 are files written.
        let files = planned.get("log_destination_type").is_none_or(|t| t.is_unknown() || t.as_str() == Some("s3"));
        let undecided = planned.get("destination_options").is_some_and(Value::is_unknown);
        Ok(if undecided && !files { planned.with("destination_options", Value::list(Vec::new())) } else { planned })
    }
}
