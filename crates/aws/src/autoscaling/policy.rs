//! `aws_autoscaling_policy`.

use super::group::Group;
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::permissions::{Iam, Named};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_autoscaling::types as sdk;
use cairn_derive::Model;
use cairn_engine::provider::{Parent, Refusal};
use cairn_engine::{Failure, FailureKind};
use cairn_model::{Value, length, one_of};
use std::collections::BTreeSet;

/// A rule that changes how many instances an Auto Scaling group has. The alarms of a target tracking policy are AWS's.
///
/// The `id` is the group's name and the policy's, `GROUP/POLICY`: a policy's name alone may stand in several groups.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_autoscaling_policy", unsupported_blocks = "predictive_scaling_configuration")]
pub struct Policy {
    /// Group that it belongs to.
    #[attr(required, force_new, key)]
    autoscaling_group_name: String,
    /// Name of the policy.
    #[attr(required, force_new, key, check = length!(1, 255))]
    name: String,
    /// `SimpleScaling`, `StepScaling` or `TargetTrackingScaling`.
    #[attr(default = "SimpleScaling", force_new, check = one_of!("SimpleScaling", "StepScaling", "TargetTrackingScaling"))]
    policy_type: String,
    /// Whether it counts.
    #[attr(default = true)]
    enabled: bool,
    /// What an adjustment means: `ChangeInCapacity`, `ExactCapacity` or `PercentChangeInCapacity`.
    #[attr(optional, check = one_of!("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"))]
    adjustment_type: Option<String>,
    /// Adjustment of a simple policy.
    #[attr(optional)]
    scaling_adjustment: Option<i32>,
    /// Seconds after an adjustment of a simple policy before the next.
    #[attr(optional)]
    cooldown: Option<i32>,
    /// Smallest change of an adjustment in percent.
    #[attr(optional)]
    min_adjustment_magnitude: Option<i32>,
    /// How a step policy aggregates the metric: `Minimum`, `Maximum` or `Average`.
    #[attr(optional, computed, check = one_of!("Minimum", "Maximum", "Average"))]
    metric_aggregation_type: Option<String>,
    /// Seconds before a new instance's metrics count.
    #[attr(optional)]
    estimated_instance_warmup: Option<i32>,
    /// ARN of the policy.
    #[attr(computed)]
    arn: Option<String>,
    /// Steps of a step policy.
    #[block]
    step_adjustment: BTreeSet<Step>,
    /// Goal of a target tracking policy.
    #[block]
    target_tracking_configuration: Option<Tracking>,
}

/// A step.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// Where it begins, above the alarm's threshold; nothing for minus infinity.
    #[attr(optional, equal = same_number)]
    metric_interval_lower_bound: Option<String>,
    /// Where it ends; nothing for infinity.
    #[attr(optional, equal = same_number)]
    metric_interval_upper_bound: Option<String>,
    /// The adjustment.
    #[attr(required)]
    scaling_adjustment: i32,
}

/// Goal of a target tracking policy.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Tracking {
    /// Value that the metric is kept at.
    #[attr(required)]
    target_value: f64,
    /// Never take instances away.
    #[attr(default = false)]
    disable_scale_in: bool,
    /// A metric that AWS knows.
    #[block]
    predefined_metric_specification: Option<Predefined>,
    /// A metric of one's own.
    #[block]
    customized_metric_specification: Option<Customized>,
}

/// A metric that AWS knows.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Predefined {
    /// `ASGAverageCPUUtilization`, `ASGAverageNetworkIn`, `ASGAverageNetworkOut` or `ALBRequestCountPerTarget`.
    #[attr(
        required,
        check = one_of!("ASGAverageCPUUtilization", "ASGAverageNetworkIn", "ASGAverageNetworkOut", "ALBRequestCountPerTarget")
    )]
    predefined_metric_type: String,
    /// For `ALBRequestCountPerTarget`: the load balancer's and the target group's ARN suffixes.
    #[attr(optional)]
    resource_label: Option<String>,
}

/// A metric of one's own.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Customized {
    /// Name of the metric.
    #[attr(optional)]
    metric_name: Option<String>,
    /// Namespace of the metric.
    #[attr(optional)]
    namespace: Option<String>,
    /// Seconds of a data point.
    #[attr(optional)]
    period: Option<i32>,
    /// `Average`, `Minimum`, `Maximum`, `SampleCount` or `Sum`.
    #[attr(optional, check = one_of!("Average", "Minimum", "Maximum", "SampleCount", "Sum"))]
    statistic: Option<String>,
    /// Unit of the metric.
    #[attr(optional)]
    unit: Option<String>,
    /// Dimensions of the metric.
    #[block]
    metric_dimension: Vec<Dimension>,
    /// Several metrics and a formula.
    #[block]
    metrics: BTreeSet<Query>,
}

/// A dimension of a metric.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dimension {
    /// Its name.
    #[attr(required)]
    name: String,
    /// Its value.
    #[attr(required)]
    value: String,
}

/// A metric or a formula.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// Name in formulas.
    #[attr(required)]
    id: String,
    /// Formula over other metrics.
    #[attr(optional)]
    expression: Option<String>,
    /// What people call it.
    #[attr(optional)]
    label: Option<String>,
    /// It is the value that counts.
    #[attr(default = true)]
    return_data: bool,
    /// A metric.
    #[block]
    metric_stat: Option<Stat>,
}

/// A metric and its statistic.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stat {
    /// Seconds of a data point.
    #[attr(optional)]
    period: Option<i32>,
    /// The statistic.
    #[attr(required)]
    stat: String,
    /// Unit.
    #[attr(optional)]
    unit: Option<String>,
    /// The metric.
    #[block(required)]
    metric: Option<Metric>,
}

/// A metric.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// Its name.
    #[attr(required)]
    metric_name: String,
    /// Its namespace.
    #[attr(required)]
    namespace: String,
    /// Its dimensions.
    #[block]
    dimensions: BTreeSet<Dimension>,
}

/// `10` and `10.0` are one number.
fn same_number(have: &Value, want: &Value) -> bool {
    let number = |v: &Value| v.as_str().and_then(|t| t.parse::<f64>().ok());
    match (number(have), number(want)) {
        (Some(a), Some(b)) => a == b,
        _ => have == want,
    }
}

impl Resource for Policy {
    const CONSOLE: Option<&'static str> = Some("ec2/home?region={region}#AutoScalingGroupDetails:id={autoscaling_group_name};view=scaling");
    const SERVICE: &'static str = "autoscaling";
    const PARENTS: &'static [Parent] =
        &[Parent { type_name: "aws_autoscaling_group", attribute: "autoscaling_group_name", names: "name", inline: None }];
    // The alarms of a target tracking policy; the policies themselves go by their groups.
    const IAM: Iam = Iam {
        arn: Some(("cloudwatch", "alarm:")),
        named: Some(Named { argument: "", prefix: "", made_up: "TargetTracking-", path: None }),
        ..Iam::NONE
    };
    const CALLS: Calls = Calls {
        read: &["autoscaling:DescribePolicies"],
        create: &["autoscaling:PutScalingPolicy", "cloudwatch:PutMetricAlarm"],
        update: &["autoscaling:PutScalingPolicy"],
        delete: &["autoscaling:DeletePolicy", "cloudwatch:DeleteAlarms"],
        read_cost: "1 per 100 of the account's: DescribePolicies takes one group or none",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Policy>>, Failure> {
        if let Some((group, name)) = scope.only().and_then(|id| id.rsplit_once('/')) {
            let request = aws.autoscaling.describe_policies().auto_scaling_group_name(group).policy_names(name);
            // A group that is gone is an error here.
            let answer = absent(request.send().await.map_err(failed("autoscaling:DescribePolicies")))?;
            return Ok(answer.and_then(|a| a.scaling_policies).unwrap_or_default().into_iter().map(from_raw).collect());
        }
        let groups = scope.of::<Group>(aws).await?;
        let ours: BTreeSet<&str> = groups.iter().map(|g| g.id.as_str()).collect();
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        let mut pages = aws.autoscaling.describe_policies().max_records(100).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let policies = page.map_err(failed("autoscaling:DescribePolicies"))?.scaling_policies.unwrap_or_default();
            let of_ours = |p: &sdk::ScalingPolicy| p.auto_scaling_group_name().is_some_and(|g| ours.contains(g));
            // Predictive policies can't be described here; they are left to those who made them.
            let known = |p: &sdk::ScalingPolicy| p.policy_type() != Some("PredictiveScaling");
            found.extend(policies.into_iter().filter(|p| of_ours(p) && known(p)).map(from_raw));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Policy, _: &Making<'_>) -> Result<String, Failure> {
        put(aws, want).await?;
        Ok(format!("{}/{}", want.autoscaling_group_name, want.name))
    }

    async fn update(aws: &Aws, _: &Found<Policy>, want: &Policy, _: &Changing<'_>) -> Result<(), Failure> {
        put(aws, want).await
    }

    async fn delete(aws: &Aws, have: &Found<Policy>, _: &Removing<'_, Policy>) -> Result<(), Failure> {
        let call =
            aws.autoscaling.delete_policy().auto_scaling_group_name(&have.value.autoscaling_group_name).policy_name(&have.value.name);
        gone(call.send().await.map_err(failed("autoscaling:DeletePolicy")))
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let given = |name: &str| config.get(name).is_some_and(|v| v.is_unknown() || v.elements().map_or(!v.is_null(), |e| !e.is_empty()));
        let refuse = |attribute: &str, message: String| Err(vec![Refusal { attribute: attribute.into(), message }]);
        let Some(kind) = planned.get_str("policy_type").map(str::to_string) else { return Ok(planned) };
        let (needed, foreign): (&[&str], &[&str]) = match kind.as_str() {
            "TargetTrackingScaling" => (
                &["target_tracking_configuration"],
                &[
                    "adjustment_type",
                    "scaling_adjustment",
                    "cooldown",
                    "min_adjustment_magnitude",
                    "metric_aggregation_type",
                    "step_adjustment",
                ],
            ),
            "StepScaling" => {
                (&["step_adjustment", "adjustment_type"], &["scaling_adjustment", "cooldown", "target_tracking_configuration"])
            }
            _ => (
                &["scaling_adjustment", "adjustment_type"],
                &["step_adjustment", "target_tracking_configuration", "metric_aggregation_type", "estimated_instance_warmup"],
            ),
        };
        if let Some(name) = needed.iter().find(|n| !given(n)) {
            return refuse(name, format!("is needed by a policy of type {kind}"));
        }
        if let Some(name) = foreign.iter().find(|n| given(n)) {
            return refuse(name, format!("does not belong to a policy of type {kind}"));
        }
        Ok(planned)
    }
}

fn from_raw(raw: sdk::ScalingPolicy) -> Found<Policy> {
    let some = |text: Option<String>| text.filter(|t| !t.is_empty());
    let (group, name) = (raw.auto_scaling_group_name.unwrap_or_default(), raw.policy_name.unwrap_or_default());
    let kind = some(raw.policy_type).unwrap_or_else(|| "SimpleScaling".into());
    let tracks = kind == "TargetTrackingScaling";
    let steps = raw.step_adjustments.unwrap_or_default().into_iter().map(|s| Step {
        metric_interval_lower_bound: s.metric_interval_lower_bound.map(|n| n.to_string()),
        metric_interval_upper_bound: s.metric_interval_upper_bound.map(|n| n.to_string()),
        scaling_adjustment: s.scaling_adjustment.unwrap_or_default(),
    });
    let value = Policy {
        adjustment_type: some(raw.adjustment_type).filter(|_| !tracks),
        scaling_adjustment: raw.scaling_adjustment.filter(|_| kind == "SimpleScaling"),
        cooldown: raw.cooldown.filter(|_| kind == "SimpleScaling"),
        min_adjustment_magnitude: raw.min_adjustment_magnitude.or(raw.min_adjustment_step).filter(|n| *n != 0),
        metric_aggregation_type: some(raw.metric_aggregation_type).filter(|_| kind == "StepScaling"),
        estimated_instance_warmup: raw.estimated_instance_warmup,
        enabled: raw.enabled.unwrap_or(true),
        arn: raw.policy_arn,
        step_adjustment: steps.collect(),
        target_tracking_configuration: raw.target_tracking_configuration.filter(|_| tracks).map(from_tracking),
        autoscaling_group_name: group.clone(),
        name: name.clone(),
        policy_type: kind,
    };
    Found::part(format!("{group}/{name}"), value, Tags::new(), "aws_autoscaling_group", group)
}

fn from_tracking(raw: sdk::TargetTrackingConfiguration) -> Tracking {
    let some = |text: Option<String>| text.filter(|t| !t.is_empty());
    let dimension = |d: sdk::MetricDimension| Dimension { name: d.name.unwrap_or_default(), value: d.value.unwrap_or_default() };
    Tracking {
        target_value: raw.target_value.unwrap_or_default(),
        disable_scale_in: raw.disable_scale_in.unwrap_or_default(),
        predefined_metric_specification: raw.predefined_metric_specification.map(|p| Predefined {
            predefined_metric_type: p.predefined_metric_type.map_or_else(String::new, |t| t.as_str().to_string()),
            resource_label: some(p.resource_label),
        }),
        customized_metric_specification: raw.customized_metric_specification.map(|c| Customized {
            metric_name: some(c.metric_name),
            namespace: some(c.namespace),
            period: c.period.filter(|n| *n != 0),
            statistic: c.statistic.map(|s| s.as_str().to_string()).filter(|s| !s.is_empty()),
            unit: some(c.unit),
            metric_dimension: c.dimensions.unwrap_or_default().into_iter().map(dimension).collect(),
            metrics: c
                .metrics
                .unwrap_or_default()
                .into_iter()
                .map(|q| Query {
                    id: q.id.unwrap_or_default(),
                    expression: some(q.expression),
                    label: some(q.label),
                    return_data: q.return_data.unwrap_or(true),
                    metric_stat: q.metric_stat.map(|s| Stat {
                        period: s.period.filter(|n| *n != 0),
                        stat: s.stat.unwrap_or_default(),
                        unit: some(s.unit),
                        metric: s.metric.map(|m| Metric {
                            metric_name: m.metric_name.unwrap_or_default(),
                            namespace: m.namespace.unwrap_or_default(),
                            dimensions: m.dimensions.unwrap_or_default().into_iter().map(dimension).collect(),
                        }),
                    }),
                })
                .collect(),
        }),
    }
}

fn dimensions<'a>(all: impl Iterator<Item = &'a Dimension>) -> Option<Vec<sdk::MetricDimension>> {
    let all: Vec<_> = all.map(|d| sdk::MetricDimension::builder().name(&d.name).value(&d.value).build()).collect();
    (!all.is_empty()).then_some(all)
}

fn query(q: &Query) -> sdk::TargetTrackingMetricDataQuery {
    let stat = q.metric_stat.as_ref().map(|s| {
        let metric = s.metric.as_ref().map(|m| {
            let dimensions = dimensions(m.dimensions.iter());
            sdk::Metric::builder().metric_name(&m.metric_name).namespace(&m.namespace).set_dimensions(dimensions).build()
        });
        sdk::TargetTrackingMetricStat::builder().stat(&s.stat).set_unit(s.unit.clone()).set_period(s.period).set_metric(metric).build()
    });
    sdk::TargetTrackingMetricDataQuery::builder()
        .id(&q.id)
        .set_expression(q.expression.clone())
        .set_label(q.label.clone())
        .return_data(q.return_data)
        .set_metric_stat(stat)
        .build()
}

fn tracking(t: &Tracking) -> sdk::TargetTrackingConfiguration {
    let predefined = t.predefined_metric_specification.as_ref().map(|p| {
        sdk::PredefinedMetricSpecification::builder()
            .predefined_metric_type(sdk::MetricType::from(p.predefined_metric_type.as_str()))
            .set_resource_label(p.resource_label.clone())
            .build()
    });
    let customized = t.customized_metric_specification.as_ref().map(|c| {
        let queries: Vec<_> = c.metrics.iter().map(query).collect();
        sdk::CustomizedMetricSpecification::builder()
            .set_metric_name(c.metric_name.clone())
            .set_namespace(c.namespace.clone())
            .set_period(c.period)
            .set_statistic(c.statistic.as_deref().map(sdk::MetricStatistic::from))
            .set_unit(c.unit.clone())
            .set_dimensions(dimensions(c.metric_dimension.iter()))
            .set_metrics((!queries.is_empty()).then_some(queries))
            .build()
    });
    sdk::TargetTrackingConfiguration::builder()
        .target_value(t.target_value)
        .disable_scale_in(t.disable_scale_in)
        .set_predefined_metric_specification(predefined)
        .set_customized_metric_specification(customized)
        .build()
}

/// Makes or replaces a policy: `PutScalingPolicy` can be repeated.
async fn put(aws: &Aws, want: &Policy) -> Result<(), Failure> {
    let bound = |text: &Option<String>| {
        let parsed = text.as_deref().filter(|t| !t.is_empty()).map(str::parse::<f64>).transpose();
        parsed.map_err(|_| Failure::new(FailureKind::Invalid, "the bounds of a step are numbers"))
    };
    let mut steps = Vec::new();
    for s in &want.step_adjustment {
        let step = sdk::StepAdjustment::builder()
            .scaling_adjustment(s.scaling_adjustment)
            .set_metric_interval_lower_bound(bound(&s.metric_interval_lower_bound)?)
            .set_metric_interval_upper_bound(bound(&s.metric_interval_upper_bound)?);
        steps.push(step.build());
    }
    let simple = want.policy_type == "SimpleScaling";
    let request = aws
        .autoscaling
        .put_scaling_policy()
        .auto_scaling_group_name(&want.autoscaling_group_name)
        .policy_name(&want.name)
        .policy_type(&want.policy_type)
        .enabled(want.enabled)
        .set_adjustment_type(want.adjustment_type.clone())
        .set_scaling_adjustment(want.scaling_adjustment)
        .set_cooldown(want.cooldown.filter(|_| simple))
        .set_min_adjustment_magnitude(want.min_adjustment_magnitude)
        .set_metric_aggregation_type(want.metric_aggregation_type.clone().filter(|_| want.policy_type == "StepScaling"))
        .set_estimated_instance_warmup(want.estimated_instance_warmup)
        .set_step_adjustments((!steps.is_empty()).then_some(steps))
        .set_target_tracking_configuration(want.target_tracking_configuration.as_ref().map(tracking));
    request.send().await.map_err(failed("autoscaling:PutScalingPolicy")).map(|_| ())
}
