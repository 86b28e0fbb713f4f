//! `aws_wafv2_web_acl_logging_configuration`.

use super::field::SingleHeader;
use super::web_acl::WebAcl;
use super::when_spread;
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run};
use crate::scope::Scope;
use crate::wait;
use crate::wire::{Empty, Wire, unbuilt, wire};
use aws_sdk_wafv2::types::{self, Scope as AclScope};
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::provider::Parent;
use cairn_model::check::arn;
use cairn_model::{Value, one_of};
use std::collections::BTreeSet;
use std::time::Duration;

wire! {
    /// A part of requests that the log leaves out. One of these stands.
    RedactedField => plain FieldToMatch {
        /// The method.
        #[block]
        method: Option<Empty> => (empty Method) method set_method,
        /// The query string.
        #[block]
        query_string: Option<Empty> => (empty QueryString) query_string set_query_string,
        /// A header.
        #[block]
        single_header: Option<SingleHeader> => one single_header set_single_header,
        /// The path.
        #[block]
        uri_path: Option<Empty> => (empty UriPath) uri_path set_uri_path,
    }
}

wire! {
    /// What was done with a request.
    ActionCondition => try ActionCondition {
        /// The action.
        #[attr(required, check = one_of!("ALLOW", "BLOCK", "COUNT", "CAPTCHA", "CHALLENGE", "EXCLUDED_AS_COUNT"))]
        action: String => text action set_action,
    }
}

wire! {
    /// A label on a request.
    LabelCondition => try LabelNameCondition {
        /// The label.
        #[attr(required)]
        label_name: String => text label_name set_label_name,
    }
}

wire! {
    /// A condition. One of these stands.
    Condition => plain Condition {
        /// What was done with the request.
        #[block]
        action_condition: Option<ActionCondition> => one action_condition set_action_condition,
        /// A label on the request.
        #[block]
        label_name_condition: Option<LabelCondition> => one label_name_condition set_label_name_condition,
    }
}

wire! {
    /// What is done with some of the entries.
    Filter => try Filter {
        /// `KEEP` or `DROP`.
        #[attr(required, check = one_of!("KEEP", "DROP"))]
        behavior: String => text behavior set_behavior,
        /// How many conditions must hold: `MEETS_ALL` or `MEETS_ANY`.
        #[attr(required, check = one_of!("MEETS_ALL", "MEETS_ANY"))]
        requirement: String => text requirement set_requirement,
        /// Conditions.
        #[block(required)]
        condition: BTreeSet<Condition> => many conditions set_conditions,
    }
}

wire! {
    /// Which entries are written.
    LoggingFilter => try LoggingFilter {
        /// What is done with entries that no filter takes: `KEEP` or `DROP`.
        #[attr(required, check = one_of!("KEEP", "DROP"))]
        default_behavior: String => text default_behavior set_default_behavior,
        /// Filters.
        #[block(required)]
        filter: BTreeSet<Filter> => many filters set_filters,
    }
}

/// Where the log of a web ACL goes and what is in it.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_wafv2_web_acl_logging_configuration")]
pub struct LoggingConfiguration {
    /// ARN of a log group, bucket or Firehose stream whose name begins with `aws-waf-logs-`.
    #[attr(required, equal = same_destinations)]
    log_destination_configs: BTreeSet<String>,
    /// ARN of the web ACL.
    #[attr(required, force_new, key, check = arn)]
    resource_arn: String,
    /// Which entries are written.
    #[block]
    logging_filter: Option<LoggingFilter>,
    /// Parts of requests that the log leaves out.
    #[block(max = 100)]
    redacted_fields: Vec<RedactedField>,
}

/// AWS takes the ARN of a log group with and without `:*` at its end.
fn same_destinations(have: &Value, want: &Value) -> bool {
    let bare = |v: &Value| {
        let texts = v.elements().unwrap_or(&[]).iter().filter_map(Value::as_str);
        texts.map(|t| t.trim_end_matches(":*").to_string()).collect::<BTreeSet<_>>()
    };
    bare(have) == bare(want)
}

impl Resource for LoggingConfiguration {
    const CONSOLE: Option<&'static str> = Some("wafv2/homev2/web-acls?region={region}");
    const SERVICE: &'static str = "wafv2";
    const PARENTS: &'static [Parent] = &[Parent { type_name: "aws_wafv2_web_acl", attribute: "resource_arn", names: "arn", inline: None }];
    const IAM: Iam = Iam { service_role: Some("wafv2.amazonaws.com"), ..Iam::NONE };
    const CALLS: Calls = Calls {
        read: &["wafv2:ListLoggingConfigurations", "wafv2:GetLoggingConfiguration"],
        create: &[
            "wafv2:PutLoggingConfiguration",
            "logs:CreateLogDelivery",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ],
        update: &["wafv2:PutLoggingConfiguration"],
        delete: &["wafv2:DeleteLoggingConfiguration", "logs:DeleteLogDelivery"],
        read_cost: "1 per 100 of the account and scope (ListLoggingConfigurations) where the stack has several web ACLs; 1 (GetLoggingConfiguration) where it has one",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<LoggingConfiguration>>, Failure> {
        if let Some(acl) = scope.only() {
            return Ok(one(aws, acl).await?.into_iter().collect());
        }
        let acls = scope.of::<WebAcl>(aws).await?;
        let mut found = Vec::new();
        for kind in [AclScope::Regional, AclScope::Cloudfront] {
            let of_kind = acls.iter().filter(|f| f.value.scope == kind.as_str()).filter_map(|f| f.value.arn.as_deref());
            let arns: BTreeSet<&str> = of_kind.collect();
            match arns.first() {
                None => {}
                Some(acl) if arns.len() == 1 => found.extend(one(aws, acl).await?),
                Some(_) => found.extend(list(aws, &kind).await?.into_iter().filter(|f| arns.contains(f.id.as_str()))),
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &LoggingConfiguration, making: &Making<'_>) -> Result<String, Failure> {
        put(aws, want, making.run).await?;
        Ok(want.resource_arn.clone())
    }

    async fn update(
        aws: &Aws,
        _: &Found<LoggingConfiguration>,
        want: &LoggingConfiguration,
        changing: &Changing<'_>,
    ) -> Result<(), Failure> {
        put(aws, want, changing.run).await
    }

    async fn delete(aws: &Aws, have: &Found<LoggingConfiguration>, _: &Removing<'_, LoggingConfiguration>) -> Result<(), Failure> {
        gone(
            aws.wafv2
                .delete_logging_configuration()
                .resource_arn(&have.id)
                .send()
                .await
                .map_err(failed("wafv2:DeleteLoggingConfiguration")),
        )
    }
}

async fn one(aws: &Aws, acl: &str) -> Result<Option<Found<LoggingConfiguration>>, Failure> {
    let answer =
        absent(aws.wafv2.get_logging_configuration().resource_arn(acl).send().await.map_err(failed("wafv2:GetLoggingConfiguration")))?;
    Ok(answer.and_then(|a| a.logging_configuration).map(from_aws))
}

/// Those of every web ACL of the account and scope, 100 a page.
async fn list(aws: &Aws, kind: &AclScope) -> Result<Vec<Found<LoggingConfiguration>>, Failure> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let call = aws.wafv2.list_logging_configurations().scope(kind.clone()).limit(100).set_next_marker(next);
        let page = call.send().await.map_err(failed("wafv2:ListLoggingConfigurations"))?;
        let configs = page.logging_configurations.unwrap_or_default();
        next = page.next_marker.filter(|m| !m.is_empty() && !configs.is_empty());
        found.extend(configs.into_iter().map(from_aws));
        if next.is_none() {
            return Ok(found);
        }
    }
}

fn from_aws(config: types::LoggingConfiguration) -> Found<LoggingConfiguration> {
    let acl = config.resource_arn;
    let value = LoggingConfiguration {
        log_destination_configs: config.log_destination_configs.into_iter().collect(),
        resource_arn: acl.clone(),
        logging_filter: config.logging_filter.as_ref().map(Wire::take),
        redacted_fields: config.redacted_fields.unwrap_or_default().iter().map(Wire::take).collect(),
    };
    let parent = acl.rsplit('/').next().unwrap_or_default();
    Found::part(acl.clone(), value, Default::default(), "aws_wafv2_web_acl", parent)
}

/// Writes the whole configuration: the same again does no harm. The right to write to a destination, and the service-linked
/// role, take a while to be known everywhere.
async fn put(aws: &Aws, want: &LoggingConfiguration, run: Run<'_>) -> Result<(), Failure> {
    let config = types::LoggingConfiguration::builder()
        .resource_arn(&want.resource_arn)
        .set_log_destination_configs(Some(want.log_destination_configs.iter().cloned().collect()))
        .set_redacted_fields(crate::wire::sent(&want.redacted_fields)?)
        .set_logging_filter(want.logging_filter.as_ref().map(Wire::send).transpose()?)
        .build()
        .map_err(unbuilt)?;
    let passing = |f: &Failure| f.code.contains("WAFLogDestinationPermissionIssue") || f.code.contains("WAFServiceLinkedRoleError");
    wait::while_failing(run, "the right to write the log to be known", Duration::from_secs(180), passing, || {
        when_spread(run, "the web ACL to be known", || async {
            let call = aws.wafv2.put_logging_configuration().logging_configuration(config.clone());
            call.send().await.map_err(failed("wafv2:PutLoggingConfiguration"))
        })
    })
    .await?;
    Ok(())
}
