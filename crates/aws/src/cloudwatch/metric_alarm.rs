//! `aws_cloudwatch_metric_alarm`.

use super::{tag, tags_of, to_tags};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Tags};
use crate::scope::Scope;
use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{self as cw, AlarmType, ComparisonOperator, Dimension, StandardUnit, Statistic};
use cairn_derive::Model;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::{TAG_ADDRESS, TAG_STACK};
use cairn_model::{Value, length, one_of};
use std::collections::{BTreeMap, BTreeSet};

/// A metric, or a formula over several, that is watched.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_cloudwatch_metric_alarm", tags)]
pub struct MetricAlarm {
    /// Name of the alarm.
    #[attr(required, force_new, key, check = length!(1, 255))]
    alarm_name: String,
    /// What it means.
    #[attr(optional, check = length!(0, 1024))]
    alarm_description: Option<String>,
    /// How value and threshold are compared.
    #[attr(required, check = one_of!("GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"))]
    comparison_operator: String,
    /// Periods that are looked at.
    #[attr(required)]
    evaluation_periods: i32,
    /// How many of them must be past the threshold; all when left out.
    #[attr(optional)]
    datapoints_to_alarm: Option<i32>,
    /// The threshold.
    #[attr(optional)]
    threshold: Option<f64>,
    /// The `metric_query` whose band is the threshold, of an anomaly alarm.
    #[attr(optional)]
    threshold_metric_id: Option<String>,
    /// Name of the metric.
    #[attr(optional)]
    metric_name: Option<String>,
    /// Namespace of the metric, such as `AWS/RDS`.
    #[attr(optional)]
    namespace: Option<String>,
    /// Dimensions of the metric.
    #[attr(optional)]
    dimensions: BTreeMap<String, String>,
    /// Seconds of a period.
    #[attr(optional, check = period)]
    period: Option<i32>,
    /// `Average`, `Sum`, `Minimum`, `Maximum` or `SampleCount`.
    #[attr(optional, check = one_of!("SampleCount", "Average", "Sum", "Minimum", "Maximum"))]
    statistic: Option<String>,
    /// A percentile and the like, such as `p95`.
    #[attr(optional)]
    extended_statistic: Option<String>,
    /// Unit of the metric.
    #[attr(optional)]
    unit: Option<String>,
    /// What data that is not there counts as.
    #[attr(default = "missing", check = one_of!("breaching", "notBreaching", "ignore", "missing"))]
    treat_missing_data: String,
    /// `ignore` for no alarm while there is too little data for a percentile, or `evaluate`.
    #[attr(optional, computed, check = one_of!("evaluate", "ignore"))]
    evaluate_low_sample_count_percentiles: Option<String>,
    /// Whether anything is done when the state changes.
    #[attr(default = true)]
    actions_enabled: bool,
    /// ARNs of what is done on the way into `ALARM`.
    #[attr(optional)]
    alarm_actions: BTreeSet<String>,
    /// ARNs of what is done on the way into `OK`.
    #[attr(optional)]
    ok_actions: BTreeSet<String>,
    /// ARNs of what is done on the way into `INSUFFICIENT_DATA`.
    #[attr(optional)]
    insufficient_data_actions: BTreeSet<String>,
    /// Metrics and formulas, of an alarm over several.
    #[block]
    metric_query: BTreeSet<MetricQuery>,
    /// ARN of the alarm.
    #[attr(computed)]
    arn: Option<String>,
}

/// A metric or a formula.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricQuery {
    /// Name that formulas know it by.
    #[attr(required)]
    id: String,
    /// Account of the metric.
    #[attr(optional)]
    account_id: Option<String>,
    /// The formula.
    #[attr(optional)]
    expression: Option<String>,
    /// What people read.
    #[attr(optional)]
    label: Option<String>,
    /// Seconds of a period.
    #[attr(optional, check = period)]
    period: Option<i32>,
    /// Whether this is what the alarm watches.
    #[attr(default = false)]
    return_data: bool,
    /// The metric.
    #[block]
    metric: Option<Metric>,
}

/// A metric.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// Name of the metric.
    #[attr(required)]
    metric_name: String,
    /// Namespace of the metric.
    #[attr(optional)]
    namespace: Option<String>,
    /// Dimensions of the metric.
    #[attr(optional)]
    dimensions: BTreeMap<String, String>,
    /// Seconds of a period.
    #[attr(required, check = period)]
    period: i32,
    /// Statistic, such as `Sum` or `p95`.
    #[attr(required)]
    stat: String,
    /// Unit of the metric.
    #[attr(optional)]
    unit: Option<String>,
}

/// Most names of one DescribeAlarms.
const BATCH: usize = 100;

impl Resource for MetricAlarm {
    const CONSOLE: Option<&'static str> = Some("cloudwatch/home?region={region}#alarmsV2:alarm/{alarm_name}");
    const SERVICE: &'static str = "cloudwatch";
    const INDEX: Option<(&'static str, &'static str)> = Some(("cloudwatch", "alarm:"));
    const IAM: Iam = Iam::named("alarm_name", "", "");
    const CALLS: Calls = Calls {
        read: &["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"],
        create: &["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
        update: &["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"],
        delete: &["cloudwatch:DeleteAlarms"],
        read_cost: "1 per 100 alarms, and 1 per alarm whose tags the tag index does not settle: ListTagsForResource takes one ARN",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<MetricAlarm>>, Failure> {
        let mut names = scope.wanted_texts("alarm_name");
        names.extend(scope.indexed::<MetricAlarm>(aws).await?.iter().filter_map(|arn| arn.splitn(7, ':').nth(6).map(str::to_string)));
        names.extend(scope.only().map(str::to_string));
        let read = describe(aws, names).await?.into_iter().map(|alarm| async move {
            let arn = alarm.alarm_arn.clone().unwrap_or_default();
            // Gone since it was listed.
            let tags = absent(tags_of(aws, scope, &arn).await)?;
            Ok(tags.map(|tags| Found::new(alarm.alarm_name.clone().unwrap_or_default(), value(alarm), tags)))
        });
        Ok(futures::future::try_join_all(read).await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &MetricAlarm, making: &Making<'_>) -> Result<String, Failure> {
        // PutMetricAlarm would write over somebody else's.
        for have in describe(aws, BTreeSet::from([want.alarm_name.clone()])).await? {
            let scope = Scope::one(&making.stack, &want.alarm_name);
            let tags = tags_of(aws, &scope, have.alarm_arn().unwrap_or_default()).await?;
            if [TAG_STACK, TAG_ADDRESS].iter().any(|t| tags.get(*t) != making.tags.get(*t)) {
                return Err(Failure::new(FailureKind::AlreadyExists, format!("the alarm {} exists already", want.alarm_name)));
            }
        }
        put(aws, want).set_tags(Some(to_tags(&making.tags))).send().await.map_err(failed("cloudwatch:PutMetricAlarm"))?;
        Ok(want.alarm_name.clone())
    }

    async fn update(aws: &Aws, _: &Found<MetricAlarm>, want: &MetricAlarm, _: &Changing<'_>) -> Result<(), Failure> {
        // The whole alarm each time; tags are left as they are (PutMetricAlarm, `Tags`).
        put(aws, want).send().await.map_err(failed("cloudwatch:PutMetricAlarm")).map(|_| ())
    }

    async fn delete(aws: &Aws, have: &Found<MetricAlarm>, _: &Removing<'_, MetricAlarm>) -> Result<(), Failure> {
        gone(aws.cloudwatch.delete_alarms().alarm_names(&have.id).send().await.map_err(failed("cloudwatch:DeleteAlarms")))
    }

    async fn tag(aws: &Aws, have: &Found<MetricAlarm>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, have.value.arn.as_deref().unwrap_or_default(), set, remove).await
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut refuse = |attribute: &str, message: &str| refusals.push(Refusal { attribute: attribute.into(), message: message.into() });
        let given = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        let queries = config.get("metric_query").is_some_and(|q| q.is_unknown() || q.elements().is_some_and(|e| !e.is_empty()));
        if queries && given("metric_name") {
            refuse("metric_name", "`metric_name` and `metric_query` exclude each other");
        }
        if !queries && !given("metric_name") {
            refuse("metric_name", "an alarm watches a `metric_name` or a `metric_query`");
        }
        if given("statistic") && given("extended_statistic") {
            refuse("extended_statistic", "`statistic` and `extended_statistic` exclude each other");
        }
        if !queries && !given("statistic") && !given("extended_statistic") {
            refuse("statistic", "an alarm on a metric needs a `statistic` or an `extended_statistic`");
        }
        if given("threshold") == given("threshold_metric_id") {
            refuse("threshold", "an alarm has either a `threshold` or a `threshold_metric_id`");
        }
        if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
    }
}

async fn describe(aws: &Aws, names: BTreeSet<String>) -> Result<Vec<cw::MetricAlarm>, Failure> {
    let names = names.into_iter().collect::<Vec<_>>();
    let pages = names.chunks(BATCH).map(|names| {
        let call =
            aws.cloudwatch.describe_alarms().set_alarm_names(Some(names.to_vec())).alarm_types(AlarmType::MetricAlarm).max_records(100);
        async { call.send().await.map_err(failed("cloudwatch:DescribeAlarms")) }
    });
    Ok(futures::future::try_join_all(pages).await?.into_iter().flat_map(|a| a.metric_alarms.unwrap_or_default()).collect())
}

fn dimensions(dimensions: Option<Vec<Dimension>>) -> BTreeMap<String, String> {
    dimensions.unwrap_or_default().into_iter().map(|d| (d.name.unwrap_or_default(), d.value.unwrap_or_default())).collect()
}

fn to_dimensions(dimensions: &BTreeMap<String, String>) -> Option<Vec<Dimension>> {
    (!dimensions.is_empty()).then(|| dimensions.iter().map(|(k, v)| Dimension::builder().name(k).value(v).build()).collect())
}

fn value(a: cw::MetricAlarm) -> MetricAlarm {
    let text = |t: Option<String>| t.filter(|t| !t.is_empty());
    let set = |s: Option<Vec<String>>| s.unwrap_or_default().into_iter().collect();
    MetricAlarm {
        alarm_name: a.alarm_name.unwrap_or_default(),
        alarm_description: text(a.alarm_description),
        comparison_operator: a.comparison_operator.map(|c| c.as_str().to_string()).unwrap_or_default(),
        evaluation_periods: a.evaluation_periods.unwrap_or_default(),
        datapoints_to_alarm: a.datapoints_to_alarm.filter(|d| *d > 0),
        threshold: a.threshold.filter(|_| a.threshold_metric_id.is_none()),
        threshold_metric_id: text(a.threshold_metric_id),
        metric_name: text(a.metric_name),
        namespace: text(a.namespace),
        dimensions: dimensions(a.dimensions),
        period: a.period.filter(|p| *p > 0),
        statistic: a.statistic.map(|s| s.as_str().to_string()),
        extended_statistic: text(a.extended_statistic),
        unit: a.unit.map(|u| u.as_str().to_string()),
        treat_missing_data: text(a.treat_missing_data).unwrap_or_else(|| "missing".into()),
        evaluate_low_sample_count_percentiles: text(a.evaluate_low_sample_count_percentile),
        actions_enabled: a.actions_enabled.unwrap_or(true),
        alarm_actions: set(a.alarm_actions),
        ok_actions: set(a.ok_actions),
        insufficient_data_actions: set(a.insufficient_data_actions),
        metric_query: a.metrics.unwrap_or_default().into_iter().map(query).collect(),
        arn: a.alarm_arn,
    }
}

fn query(q: cw::MetricDataQuery) -> MetricQuery {
    let text = |t: Option<String>| t.filter(|t| !t.is_empty());
    MetricQuery {
        id: q.id.unwrap_or_default(),
        account_id: text(q.account_id),
        expression: text(q.expression),
        label: text(q.label),
        period: q.period.filter(|p| *p > 0),
        // Left out it is true (MetricDataQuery, `ReturnData`).
        return_data: q.return_data.unwrap_or(true),
        metric: q.metric_stat.map(|stat| {
            let metric = stat.metric.unwrap_or_else(|| cw::Metric::builder().build());
            Metric {
                metric_name: metric.metric_name.unwrap_or_default(),
                namespace: text(metric.namespace),
                dimensions: dimensions(metric.dimensions),
                period: stat.period.unwrap_or_default(),
                stat: stat.stat.unwrap_or_default(),
                unit: stat.unit.map(|u| u.as_str().to_string()),
            }
        }),
    }
}

fn to_query(q: &MetricQuery) -> cw::MetricDataQuery {
    let stat = q.metric.as_ref().map(|m| {
        let metric = cw::Metric::builder()
            .metric_name(&m.metric_name)
            .set_namespace(m.namespace.clone())
            .set_dimensions(to_dimensions(&m.dimensions));
        cw::MetricStat::builder()
            .metric(metric.build())
            .period(m.period)
            .stat(&m.stat)
            .set_unit(m.unit.as_deref().map(StandardUnit::from))
            .build()
    });
    cw::MetricDataQuery::builder()
        .id(&q.id)
        .set_account_id(q.account_id.clone())
        .set_expression(q.expression.clone())
        .set_label(q.label.clone())
        .set_period(q.period)
        .return_data(q.return_data)
        .set_metric_stat(stat)
        .build()
}

fn put(aws: &Aws, want: &MetricAlarm) -> PutMetricAlarmFluentBuilder {
    let list = |set: &BTreeSet<String>| Some(set.iter().cloned().collect::<Vec<_>>());
    let queries = want.metric_query.iter().map(to_query).collect::<Vec<_>>();
    aws.cloudwatch
        .put_metric_alarm()
        .alarm_name(&want.alarm_name)
        .set_alarm_description(want.alarm_description.clone())
        .comparison_operator(ComparisonOperator::from(want.comparison_operator.as_str()))
        .evaluation_periods(want.evaluation_periods)
        .set_datapoints_to_alarm(want.datapoints_to_alarm)
        .set_threshold(want.threshold)
        .set_threshold_metric_id(want.threshold_metric_id.clone())
        .set_metric_name(want.metric_name.clone())
        .set_namespace(want.namespace.clone())
        .set_dimensions(to_dimensions(&want.dimensions))
        .set_period(want.period)
        .set_statistic(want.statistic.as_deref().map(Statistic::from))
        .set_extended_statistic(want.extended_statistic.clone())
        .set_unit(want.unit.as_deref().map(StandardUnit::from))
        .treat_missing_data(&want.treat_missing_data)
        .set_evaluate_low_sample_count_percentile(
            want.evaluate_low_sample_count_percentiles.clone().filter(|_| want.extended_statistic.is_some()),
        )
        .actions_enabled(want.actions_enabled)
        .set_alarm_actions(list(&want.alarm_actions))
        .set_ok_actions(list(&want.ok_actions))
        .set_insufficient_data_actions(list(&want.insufficient_data_actions))
        .set_metrics((!queries.is_empty()).then_some(queries))
}

fn period(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(n) if ![1, 5, 10, 20, 30].contains(&n) && (n <= 0 || n % 60 != 0) => {
            Err(format!("must be 1, 5, 10, 20, 30 or a multiple of 60, not {n}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_the_way_to_cloudwatch_and_back() {
        let metric = Metric {
            metric_name: "RequestCount".into(),
            namespace: Some("AWS/ApplicationELB".into()),
            dimensions: BTreeMap::from([("LoadBalancer".into(), "app/main/1".into())]),
            period: 60,
            stat: "Sum".into(),
            unit: None,
        };
        let wanted = MetricQuery {
            id: "requests".into(),
            account_id: None,
            expression: None,
            label: Some("Requests".into()),
            period: None,
            return_data: false,
            metric: Some(metric),
        };
        assert_eq!(query(to_query(&wanted)), wanted);
    }
}
