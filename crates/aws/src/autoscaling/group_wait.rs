//! What is waited for at an Auto Scaling group.

use super::group::{Group, is_about_a_role, look};
use super::group_change::duration;
use crate::client::Aws;
use crate::failure::{absent, failed};
use crate::resource::Run;
use crate::wait::{self, Look};
use aws_sdk_autoscaling::types::{LifecycleState, ScalingActivityStatusCode};
use cairn_engine::{Failure, FailureKind};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Waits until the group has as many healthy instances in service as it should, and so many at its target groups.
/// A launch that failed since `began` ends the waiting.
pub async fn capacity(
    aws: &Aws,
    name: &str,
    want: &Group,
    at_targets: Option<i32>,
    began: SystemTime,
    run: Run<'_>,
) -> Result<(), Failure> {
    let limit = duration(&want.wait_for_capacity_timeout).unwrap_or(Duration::from_secs(600));
    if limit.is_zero() {
        return Ok(());
    }
    let what = format!("instances of {name} to be in service");
    wait::until(run, &what, limit, || async {
        let Some(group) = look(aws, name).await? else { return Ok(Look::NotYet("not visible yet".into())) };
        let desired = group.desired_capacity().unwrap_or(want.min_size);
        let weights = group
            .instances()
            .iter()
            .filter(|i| i.lifecycle_state() == Some(&LifecycleState::InService) && i.health_status() == Some("Healthy"));
        let ready: i32 = weights.map(|i| i.weighted_capacity().and_then(|w| w.parse().ok()).unwrap_or(1)).sum();
        let mut now = format!("{ready} of {desired}");
        let mut enough = ready >= desired;
        if let (true, Some(wanted)) = (enough, at_targets.filter(|n| *n > 0)) {
            let healthy = healthy(aws, group.target_group_arns()).await?;
            enough = healthy >= wanted;
            now = format!("{healthy} of {wanted} healthy at the load balancer");
        }
        if enough {
            return Ok(Look::Ready(()));
        }
        if !want.ignore_failed_scaling_activities {
            failed_launch(aws, name, began).await?;
        }
        Ok(Look::NotYet(now))
    })
    .await
}

/// Instances that every target group has for healthy.
async fn healthy(aws: &Aws, target_groups: &[String]) -> Result<i32, Failure> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for arn in target_groups {
        let answer = aws
            .elbv2
            .describe_target_health()
            .target_group_arn(arn)
            .send()
            .await
            .map_err(failed("elasticloadbalancing:DescribeTargetHealth"))?;
        for description in answer.target_health_descriptions() {
            let state = description.target_health().and_then(|h| h.state()).map(|s| s.as_str());
            if let (Some("healthy"), Some(id)) = (state, description.target().and_then(|t| t.id())) {
                *counts.entry(id.to_string()).or_default() += 1;
            }
        }
    }
    let everywhere = counts.values().filter(|n| **n == target_groups.len()).count();
    Ok(i32::try_from(everywhere).unwrap_or(i32::MAX))
}

/// An error when the newest activity since `began` failed for a reason that does not pass by itself.
async fn failed_launch(aws: &Aws, name: &str, began: SystemTime) -> Result<(), Failure> {
    let call = aws.autoscaling.describe_scaling_activities().auto_scaling_group_name(name).max_records(10);
    let answer = call.send().await.map_err(failed("autoscaling:DescribeScalingActivities"))?;
    // Clocks differ: a little earlier counts too.
    let since = began.checked_sub(Duration::from_secs(5)).unwrap_or(began);
    let newest = answer.activities().first().filter(|a| {
        let start = a.start_time().and_then(|t| SystemTime::try_from(*t).ok());
        start.is_some_and(|s| s >= since) && a.status_code() == Some(&ScalingActivityStatusCode::Failed)
    });
    match newest {
        Some(activity) => {
            let message = activity.status_message().unwrap_or("no reason given").to_string();
            if is_about_a_role(&message) && SystemTime::now().duration_since(began).unwrap_or_default() < Duration::from_secs(180) {
                return Ok(());
            }
            Err(Failure::new(FailureKind::Other, format!("Auto Scaling group {name} can't launch instances: {message}")))
        }
        None => Ok(()),
    }
}

/// Waits until the group is gone; instances go with it.
pub async fn gone_with_instances(aws: &Aws, name: &str, run: Run<'_>) -> Result<(), Failure> {
    let last = std::sync::Mutex::new(Vec::new());
    wait::until(run, &format!("Auto Scaling group {name} to be gone"), Duration::from_secs(900), || async {
        let Some(group) = look(aws, name).await? else { return Ok(Look::Ready(())) };
        if let Ok(mut last) = last.lock() {
            *last = group.instances().iter().filter_map(|i| i.instance_id.clone()).collect();
        }
        Ok(Look::NotYet(group.status().unwrap_or("deleting").to_string()))
    })
    .await?;
    let ids = last.into_inner().unwrap_or_default();
    if ids.is_empty() {
        return Ok(());
    }
    wait::until(run, &format!("the last instances of {name} to be terminated"), Duration::from_secs(900), || async {
        let request = aws.ec2.describe_instances().set_instance_ids(Some(ids.clone()));
        let answer = absent(request.send().await.map_err(failed("ec2:DescribeInstances")))?;
        let left = answer.iter().flat_map(|a| a.reservations()).flat_map(|r| r.instances()).filter(|i| {
            let state = i.state().and_then(|s| s.name()).map(|n| n.as_str());
            !matches!(state, Some("terminated") | None)
        });
        Ok(match left.count() {
            0 => Look::Ready(()),
            n => Look::NotYet(format!("{n} left")),
        })
    })
    .await
}
