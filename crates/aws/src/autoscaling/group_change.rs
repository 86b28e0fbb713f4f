//! How an Auto Scaling group is made and changed.

use super::group::{Group, MixedInstances, TagBlock, TemplateSpecification, look};
use super::refresh::DUE;
use super::tag;
use crate::client::Aws;
use crate::failure::{absent, failed};
use crate::resource::{Changing, Found, Run};
use crate::wait::{self, Look};
use aws_sdk_autoscaling::operation::create_auto_scaling_group::builders::CreateAutoScalingGroupFluentBuilder;
use aws_sdk_autoscaling::types as sdk;
use cairn_engine::{Failure, FailureKind};
use std::collections::BTreeSet;
use std::time::Duration;

/// A duration as Go writes it: `1h30m`, `600s`, `0`.
pub fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = 0f64;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, next) = tail.split_at(unit_end);
        let seconds = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = next;
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(total).ok()).flatten()
}

fn specification(id: Option<&String>, name: Option<&String>, version: Option<&String>) -> sdk::LaunchTemplateSpecification {
    // Either the id or the name: AWS refuses both.
    sdk::LaunchTemplateSpecification::builder()
        .set_launch_template_id(id.cloned())
        .set_launch_template_name(name.filter(|_| id.is_none()).cloned())
        .set_version(version.cloned())
        .build()
}

/// The launch template that a group is to use.
pub fn template(want: &Group) -> Option<sdk::LaunchTemplateSpecification> {
    want.launch_template.as_ref().map(|t| specification(t.id.as_ref(), t.name.as_ref(), t.version.as_ref()))
}

/// The mix of instances that a group is to have.
pub fn mixed(want: &Group) -> Option<sdk::MixedInstancesPolicy> {
    want.mixed_instances_policy.as_ref().map(mix)
}

fn mix(want: &MixedInstances) -> sdk::MixedInstancesPolicy {
    let from =
        |s: &TemplateSpecification| specification(s.launch_template_id.as_ref(), s.launch_template_name.as_ref(), s.version.as_ref());
    let template = want.launch_template.as_ref().map(|t| {
        let overrides = t.overrides.iter().map(|o| {
            sdk::LaunchTemplateOverrides::builder()
                .set_instance_type(o.instance_type.clone())
                .set_weighted_capacity(o.weighted_capacity.clone())
                .set_launch_template_specification(o.launch_template_specification.as_ref().map(from))
                .build()
        });
        sdk::LaunchTemplate::builder()
            .set_launch_template_specification(t.launch_template_specification.as_ref().map(from))
            .set_overrides(Some(overrides.collect()))
            .build()
    });
    let distribution = want.instances_distribution.as_ref().map(|d| {
        sdk::InstancesDistribution::builder()
            .set_on_demand_allocation_strategy(d.on_demand_allocation_strategy.clone())
            .set_on_demand_base_capacity(d.on_demand_base_capacity)
            .set_on_demand_percentage_above_base_capacity(d.on_demand_percentage_above_base_capacity)
            .set_spot_allocation_strategy(d.spot_allocation_strategy.clone())
            // Only the strategy `lowest-price` takes a number of pools.
            .set_spot_instance_pools(d.spot_instance_pools.filter(|_| d.spot_allocation_strategy.as_deref() == Some("lowest-price")))
            .set_spot_max_price(d.spot_max_price.clone())
            .build()
    });
    sdk::MixedInstancesPolicy::builder().set_launch_template(template).set_instances_distribution(distribution).build()
}

fn joined(set: &BTreeSet<String>) -> Option<String> {
    (!set.is_empty()).then(|| set.iter().cloned().collect::<Vec<_>>().join(","))
}

fn list(set: &BTreeSet<String>) -> Option<Vec<String>> {
    (!set.is_empty()).then(|| set.iter().cloned().collect())
}

fn maintenance(want: &Group) -> Option<sdk::InstanceMaintenancePolicy> {
    want.instance_maintenance_policy.as_ref().map(|p| {
        sdk::InstanceMaintenancePolicy::builder()
            .min_healthy_percentage(p.min_healthy_percentage)
            .max_healthy_percentage(p.max_healthy_percentage)
            .build()
    })
}

fn distribution(want: &Group) -> Option<sdk::AvailabilityZoneDistribution> {
    want.availability_zone_distribution.as_ref().map(|d| {
        let strategy = sdk::CapacityDistributionStrategy::from(d.capacity_distribution_strategy.as_str());
        sdk::AvailabilityZoneDistribution::builder().capacity_distribution_strategy(strategy).build()
    })
}

/// The tags of a configuration in the form of AWS.
pub fn request_tags<'a>(name: &'a str, tags: &'a BTreeSet<TagBlock>) -> impl Iterator<Item = sdk::Tag> + 'a {
    tags.iter().map(move |t| tag(name, &t.key, &t.value, t.propagate_at_launch))
}

/// The call that makes a group.
pub fn create(aws: &Aws, name: &str, want: &Group) -> CreateAutoScalingGroupFluentBuilder {
    let hooks: Vec<_> = want
        .initial_lifecycle_hook
        .iter()
        .map(|h| {
            sdk::LifecycleHookSpecification::builder()
                .lifecycle_hook_name(&h.name)
                .lifecycle_transition(&h.lifecycle_transition)
                .set_default_result(h.default_result.clone())
                .set_heartbeat_timeout(h.heartbeat_timeout)
                .set_notification_metadata(h.notification_metadata.clone())
                .set_notification_target_arn(h.notification_target_arn.clone())
                .set_role_arn(h.role_arn.clone())
                .build()
        })
        .collect();
    aws.autoscaling
        .create_auto_scaling_group()
        .auto_scaling_group_name(name)
        .min_size(want.min_size)
        .max_size(want.max_size)
        .set_desired_capacity(want.desired_capacity)
        .set_desired_capacity_type(want.desired_capacity_type.clone())
        .set_launch_template(template(want))
        .set_mixed_instances_policy(mixed(want))
        .set_vpc_zone_identifier(joined(&want.vpc_zone_identifier))
        .set_availability_zones(list(&want.availability_zones))
        .set_target_group_arns(list(&want.target_group_arns))
        .set_health_check_type(want.health_check_type.clone())
        .health_check_grace_period(want.health_check_grace_period)
        .set_default_cooldown(want.default_cooldown)
        .set_default_instance_warmup(want.default_instance_warmup)
        .set_max_instance_lifetime(want.max_instance_lifetime.filter(|n| *n != 0))
        .set_capacity_rebalance(want.capacity_rebalance.then_some(true))
        .set_new_instances_protected_from_scale_in(want.protect_from_scale_in.then_some(true))
        .set_termination_policies((!want.termination_policies.is_empty()).then(|| want.termination_policies.clone()))
        .set_placement_group(want.placement_group.clone())
        .set_service_linked_role_arn(want.service_linked_role_arn.clone())
        .set_context(want.context.clone())
        .set_lifecycle_hook_specification_list((!hooks.is_empty()).then_some(hooks))
        .set_instance_maintenance_policy(maintenance(want))
        .set_availability_zone_distribution(distribution(want))
}

/// Everything that changes but tags and the refresh.
pub async fn update(aws: &Aws, have: &Found<Group>, want: &Group, changing: &Changing<'_>, launches: bool) -> Result<(), Failure> {
    let name = &have.id;
    let changed = |name: &str| changing.any(&[name]);
    const BY_ONE_CALL: &[&str] = &[
        "min_size",
        "max_size",
        "desired_capacity",
        "desired_capacity_type",
        "vpc_zone_identifier",
        "availability_zones",
        "health_check_type",
        "health_check_grace_period",
        "default_cooldown",
        "default_instance_warmup",
        "max_instance_lifetime",
        "capacity_rebalance",
        "protect_from_scale_in",
        "termination_policies",
        "placement_group",
        "service_linked_role_arn",
        "context",
        "instance_maintenance_policy",
        "availability_zone_distribution",
    ];
    if launches || changing.any(BY_ONE_CALL) {
        // Values that take a setting away are those that UpdateAutoScalingGroup documents: -1, 0, or nothing in it.
        let none = || sdk::InstanceMaintenancePolicy::builder().min_healthy_percentage(-1).max_healthy_percentage(-1).build();
        let policies = if want.termination_policies.is_empty() { vec!["Default".to_string()] } else { want.termination_policies.clone() };
        let call = aws
            .autoscaling
            .update_auto_scaling_group()
            .auto_scaling_group_name(name)
            .set_min_size(changed("min_size").then_some(want.min_size))
            .set_max_size(changed("max_size").then_some(want.max_size))
            .set_desired_capacity(want.desired_capacity.filter(|_| changed("desired_capacity")))
            .set_desired_capacity_type(want.desired_capacity_type.clone().filter(|_| changed("desired_capacity_type")))
            .set_launch_template(template(want).filter(|_| launches))
            .set_mixed_instances_policy(mixed(want).filter(|_| launches))
            .set_vpc_zone_identifier(joined(&want.vpc_zone_identifier).filter(|_| changed("vpc_zone_identifier")))
            .set_availability_zones(list(&want.availability_zones).filter(|_| changed("availability_zones")))
            .set_health_check_type(want.health_check_type.clone().filter(|_| changed("health_check_type")))
            .set_health_check_grace_period(changed("health_check_grace_period").then_some(want.health_check_grace_period))
            .set_default_cooldown(want.default_cooldown.filter(|_| changed("default_cooldown")))
            .set_default_instance_warmup(changed("default_instance_warmup").then(|| want.default_instance_warmup.unwrap_or(-1)))
            .set_max_instance_lifetime(changed("max_instance_lifetime").then(|| want.max_instance_lifetime.unwrap_or(0)))
            .set_capacity_rebalance(changed("capacity_rebalance").then_some(want.capacity_rebalance))
            .set_new_instances_protected_from_scale_in(changed("protect_from_scale_in").then_some(want.protect_from_scale_in))
            .set_termination_policies(changed("termination_policies").then_some(policies))
            .set_placement_group(changed("placement_group").then(|| want.placement_group.clone().unwrap_or_default()))
            .set_service_linked_role_arn(want.service_linked_role_arn.clone().filter(|_| changed("service_linked_role_arn")))
            .set_context(changed("context").then(|| want.context.clone().unwrap_or_default()))
            .set_instance_maintenance_policy(changed("instance_maintenance_policy").then(|| maintenance(want).unwrap_or_else(none)))
            .set_availability_zone_distribution(distribution(want).filter(|_| changed("availability_zone_distribution")));
        call.send().await.map_err(failed("autoscaling:UpdateAutoScalingGroup"))?;
    }
    if changed("target_group_arns") {
        targets(aws, name, &have.value.target_group_arns, &want.target_group_arns).await?;
    }
    if changed("suspended_processes") {
        let (have, want) = (&have.value.suspended_processes, &want.suspended_processes);
        suspend(aws, name, &want.difference(have).cloned().collect()).await?;
        let resumed: Vec<String> = have.difference(want).cloned().collect();
        if !resumed.is_empty() {
            let call = aws.autoscaling.resume_processes().auto_scaling_group_name(name).set_scaling_processes(Some(resumed));
            call.send().await.map_err(failed("autoscaling:ResumeProcesses"))?;
        }
    }
    if changing.any(&["enabled_metrics", "metrics_granularity"]) {
        let stopped: Vec<String> = have.value.enabled_metrics.difference(&want.enabled_metrics).cloned().collect();
        if !stopped.is_empty() {
            let call = aws.autoscaling.disable_metrics_collection().auto_scaling_group_name(name).set_metrics(Some(stopped));
            call.send().await.map_err(failed("autoscaling:DisableMetricsCollection"))?;
        }
        collect(aws, name, &want.enabled_metrics, &want.metrics_granularity).await?;
    }
    Ok(())
}

/// Attaches and detaches target groups, ten a call at most (AttachLoadBalancerTargetGroups).
async fn targets(aws: &Aws, name: &str, have: &BTreeSet<String>, want: &BTreeSet<String>) -> Result<(), Failure> {
    let more: Vec<String> = want.difference(have).cloned().collect();
    let less: Vec<String> = have.difference(want).cloned().collect();
    for arns in more.chunks(10) {
        let call = aws.autoscaling.attach_load_balancer_target_groups().auto_scaling_group_name(name);
        call.set_target_group_arns(Some(arns.to_vec())).send().await.map_err(failed("autoscaling:AttachLoadBalancerTargetGroups"))?;
    }
    for arns in less.chunks(10) {
        let call = aws.autoscaling.detach_load_balancer_target_groups().auto_scaling_group_name(name);
        call.set_target_group_arns(Some(arns.to_vec())).send().await.map_err(failed("autoscaling:DetachLoadBalancerTargetGroups"))?;
    }
    Ok(())
}

/// Suspends processes, when any are named.
pub async fn suspend(aws: &Aws, name: &str, processes: &BTreeSet<String>) -> Result<(), Failure> {
    let Some(processes) = list(processes) else { return Ok(()) };
    let call = aws.autoscaling.suspend_processes().auto_scaling_group_name(name).set_scaling_processes(Some(processes));
    call.send().await.map_err(failed("autoscaling:SuspendProcesses")).map(|_| ())
}

/// Collects metrics, when any are named.
pub async fn collect(aws: &Aws, name: &str, metrics: &BTreeSet<String>, granularity: &str) -> Result<(), Failure> {
    let Some(metrics) = list(metrics) else { return Ok(()) };
    let call =
        aws.autoscaling.enable_metrics_collection().auto_scaling_group_name(name).set_metrics(Some(metrics)).granularity(granularity);
    call.send().await.map_err(failed("autoscaling:EnableMetricsCollection")).map(|_| ())
}

/// Sets and removes the tags of `tag` blocks, but for the one that says that a refresh is due.
pub async fn tags(aws: &Aws, name: &str, have: &BTreeSet<TagBlock>, want: &BTreeSet<TagBlock>) -> Result<(), Failure> {
    let set: Vec<_> = want.difference(have).map(|t| tag(name, &t.key, &t.value, t.propagate_at_launch)).collect();
    let goes = |t: &&TagBlock| t.key != DUE && !want.iter().any(|w| w.key == t.key);
    let removed: Vec<_> = have.iter().filter(goes).map(|t| tag(name, &t.key, &t.value, t.propagate_at_launch)).collect();
    if !set.is_empty() {
        aws.autoscaling.create_or_update_tags().set_tags(Some(set)).send().await.map_err(failed("autoscaling:CreateOrUpdateTags"))?;
    }
    if !removed.is_empty() {
        aws.autoscaling.delete_tags().set_tags(Some(removed)).send().await.map_err(failed("autoscaling:DeleteTags"))?;
    }
    Ok(())
}

/// Brings a group down to no instances before it is deleted, so that load balancers drain them. False when the group is
/// gone already.
pub async fn drain(aws: &Aws, name: &str, run: Run<'_>) -> Result<bool, Failure> {
    let call = aws.autoscaling.update_auto_scaling_group().auto_scaling_group_name(name).min_size(0).max_size(0).desired_capacity(0);
    let passing = |f: &Failure| f.kind == FailureKind::InUse;
    let zero = wait::while_failing(run, "scaling activities to end", Duration::from_secs(600), passing, || async {
        absent(call.clone().send().await.map_err(failed("autoscaling:UpdateAutoScalingGroup")))
    });
    if zero.await?.is_none() {
        return Ok(false);
    }
    wait::until(run, &format!("instances of {name} to be drained"), Duration::from_secs(900), || async {
        let Some(group) = look(aws, name).await? else { return Ok(Look::Ready(false)) };
        let protected: Vec<String> = group
            .instances()
            .iter()
            .filter(|i| i.protected_from_scale_in() == Some(true))
            .filter(|i| i.lifecycle_state() == Some(&sdk::LifecycleState::InService))
            .filter_map(|i| i.instance_id.clone())
            .collect();
        // Protected instances would stay for ever; 50 a call at most (SetInstanceProtection).
        for ids in protected.chunks(50) {
            let call = aws.autoscaling.set_instance_protection().auto_scaling_group_name(name).set_instance_ids(Some(ids.to_vec()));
            absent(call.protected_from_scale_in(false).send().await.map_err(failed("autoscaling:SetInstanceProtection")))?;
        }
        Ok(match group.instances().len() {
            0 => Look::Ready(true),
            n => Look::NotYet(format!("{n} left")),
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("10m"), Some(Duration::from_secs(600)));
        assert_eq!(duration("1h30m"), Some(Duration::from_secs(5_400)));
        assert_eq!(duration("0"), Some(Duration::ZERO));
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("ten"), None);
        assert_eq!(duration("10"), None);
        assert_eq!(duration(""), None);
    }
}
