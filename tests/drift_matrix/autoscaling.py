"""Auto Scaling groups and their policies."""

import copy

from .matrix import case, cases

MAIN, MIXED, BY_NAME = (f"aws_autoscaling_group.{name}" for name in ("main", "mixed", "mixed_by_name"))


def group(aws, values, change):
    data = {}
    change(data)
    aws.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=values["name"], **data)


def mixed(aws, values, change):
    """AWS takes the whole policy only."""
    client = aws.client("autoscaling")
    [found] = client.describe_auto_scaling_groups(AutoScalingGroupNames=[values["name"]])["AutoScalingGroups"]
    policy = found["MixedInstancesPolicy"]
    for specification in [policy["LaunchTemplate"]["LaunchTemplateSpecification"], *(o.get("LaunchTemplateSpecification", {}) for o in policy["LaunchTemplate"]["Overrides"])]:
        # A request names a template by one of the two.
        specification.pop("LaunchTemplateName", None)
    change(policy)
    client.update_auto_scaling_group(AutoScalingGroupName=values["name"], MixedInstancesPolicy=policy)


def tagged(change):
    def make(aws, values):
        tag = {"ResourceId": values["name"], "ResourceType": "auto-scaling-group", "Key": "Name", "Value": "declared", "PropagateAtLaunch": True}
        aws.client("autoscaling").create_or_update_tags(Tags=[tag | change])

    return make


KEPT = ["AutoScalingGroupName", "PolicyName", "PolicyType", "AdjustmentType", "MinAdjustmentMagnitude", "ScalingAdjustment", "Cooldown"]
KEPT += ["MetricAggregationType", "StepAdjustments", "EstimatedInstanceWarmup", "TargetTrackingConfiguration", "Enabled"]


def policy(aws, values, change):
    client = aws.client("autoscaling")
    [found] = client.describe_policies(AutoScalingGroupName=values["autoscaling_group_name"], PolicyNames=[values["name"]])["ScalingPolicies"]
    data = copy.deepcopy({k: v for k, v in found.items() if k in KEPT and v != []})
    change(data)
    client.put_scaling_policy(**data)


def metrics(change):
    """A case's change of one of the metrics by its id."""

    def make(which, edit):
        def at(data):
            [one] = [m for m in data["TargetTrackingConfiguration"]["CustomizedMetricSpecification"]["Metrics"] if m["Id"] == which]
            edit(one)

        return at

    return lambda aws, values: policy(aws, values, make(*change))


def other_subnet(aws, values):
    found = aws.client("ec2").describe_subnets()["Subnets"]
    return ",".join(s["SubnetId"] for s in found if s["CidrBlock"] in ("10.0.0.0/24", "10.0.1.0/24"))


def other_template(aws, values):
    [found] = aws.client("ec2").describe_launch_templates(LaunchTemplateNames=["autoscaling-1"])["LaunchTemplates"]
    return found["LaunchTemplateId"]


@case(MAIN, "target_group_arns")
def other_target_group(aws, values):
    [other] = aws.client("elbv2").describe_target_groups(Names=["autoscaling-1"])["TargetGroups"]
    aws.client("autoscaling").attach_load_balancer_target_groups(AutoScalingGroupName=values["name"], TargetGroupARNs=[other["TargetGroupArn"]])


@case(MAIN, "vpc_zone_identifier")
def more_subnets(aws, values):
    group(aws, values, lambda data: data.update(VPCZoneIdentifier=other_subnet(aws, values)))


@case(MAIN, "suspended_processes")
def suspend(aws, values):
    aws.client("autoscaling").suspend_processes(AutoScalingGroupName=values["name"], ScalingProcesses=["Launch"])


@case(MAIN, "enabled_metrics")
def collect(aws, values):
    aws.client("autoscaling").enable_metrics_collection(AutoScalingGroupName=values["name"], Metrics=["GroupMaxSize"], Granularity="1Minute")


@case(MAIN, "launch_template.id")
def launch_otherwise(aws, values):
    group(aws, values, lambda data: data.update(LaunchTemplate={"LaunchTemplateId": other_template(aws, values), "Version": "1"}))


@case(MAIN, "launch_template.version")
def launch_latest(aws, values):
    group(aws, values, lambda data: data.update(LaunchTemplate={"LaunchTemplateId": values["launch_template"][0]["id"], "Version": "$Latest"}))


@case("aws_autoscaling_group.zoned", "availability_zones")
def other_zone(aws, values):
    group(aws, values, lambda data: data.update(AvailabilityZones=["us-east-1a", "us-east-1b"]))


@case("aws_autoscaling_group.zoned", "launch_template.name")
def launch_another(aws, values):
    group(aws, values, lambda data: data.update(LaunchTemplate={"LaunchTemplateId": other_template(aws, values), "Version": "$Latest"}))


POLICY = "aws_autoscaling_policy"
TRACKING, CUSTOM = "TargetTrackingConfiguration", "TargetTrackingConfiguration.CustomizedMetricSpecification"
SPEC, OVERRIDE = "LaunchTemplate.LaunchTemplateSpecification", "LaunchTemplate.Overrides"
IN_SPEC = "mixed_instances_policy.launch_template.launch_template_specification"
IN_OVERRIDE = "mixed_instances_policy.launch_template.override"
STAT = "target_tracking_configuration.customized_metric_specification.metrics"


def metric(argument, which, edit):
    return case(f"{POLICY}.metrics", f"{STAT}.{argument}")(metrics((which, edit)))


def launches_another(address, argument, holder):
    """Another launch template, in the part of the policy that `holder` gives."""

    def change(aws, values):
        other = other_template(aws, values)
        mixed(aws, values, lambda policy: holder(policy["LaunchTemplate"])["LaunchTemplateSpecification"].update(LaunchTemplateId=other))

    return case(address, argument)(change)


CASES = [
    other_target_group,
    more_subnets,
    suspend,
    collect,
    launch_otherwise,
    launch_latest,
    other_zone,
    launch_another,
    *cases(
        MAIN,
        group,
        {
            "min_size": 1,
            "max_size": 5,
            "desired_capacity": 2,
            "desired_capacity_type": "vcpu",
            "health_check_type": "ELB",
            "health_check_grace_period": 60,
            "default_cooldown": 60,
            "default_instance_warmup": 90,
            "max_instance_lifetime": 172800,
            "capacity_rebalance": True,
            "protect_from_scale_in": ("NewInstancesProtectedFromScaleIn", True),
            "termination_policies": ["NewestInstance"],
            "placement_group": "by-hand",
            "service_linked_role_arn": ("ServiceLinkedRoleARN", "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/by-hand"),
            "context": "by-hand",
            "instance_maintenance_policy.min_healthy_percentage": (
                "InstanceMaintenancePolicy",
                {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 120},
            ),
            "instance_maintenance_policy.max_healthy_percentage": (
                "InstanceMaintenancePolicy",
                {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 150},
            ),
            "availability_zone_distribution.capacity_distribution_strategy": "balanced-only",
        },
    ),
    case(MAIN, "tag.value")(tagged({"Value": "by hand"})),
    case(MAIN, "tag.propagate_at_launch")(tagged({"PropagateAtLaunch": False})),
    case(MAIN, "tag.key")(tagged({"Key": "Edited"})),
    *cases(
        MIXED,
        mixed,
        {
            f"mixed_instances_policy.instances_distribution.{argument}": (f"InstancesDistribution.{wire}", new)
            for argument, wire, new in (
                ("on_demand_allocation_strategy", "OnDemandAllocationStrategy", "lowest-price"),
                ("on_demand_base_capacity", "OnDemandBaseCapacity", 2),
                ("on_demand_percentage_above_base_capacity", "OnDemandPercentageAboveBaseCapacity", 100),
                ("spot_instance_pools", "SpotInstancePools", 3),
                ("spot_max_price", "SpotMaxPrice", "0.06"),
            )
        }
        | {
            f"{IN_SPEC}.version": (f"{SPEC}.Version", "$Latest"),
            f"{IN_OVERRIDE}.instance_type": (f"{OVERRIDE}.InstanceType", "t3.small"),
            f"{IN_OVERRIDE}.weighted_capacity": (f"{OVERRIDE}.WeightedCapacity", "2"),
            f"{IN_OVERRIDE}.launch_template_specification.version": (f"{OVERRIDE}.LaunchTemplateSpecification.Version", "$Latest"),
        },
    ),
    case(
        MIXED,
        "mixed_instances_policy.instances_distribution.spot_allocation_strategy",
        "mixed_instances_policy.instances_distribution.spot_instance_pools",
    )(
        lambda aws, values: mixed(
            aws, values, lambda data: data["InstancesDistribution"].update(SpotAllocationStrategy="capacity-optimized", SpotInstancePools=0)
        )
    ),
    launches_another(BY_NAME, f"{IN_SPEC}.launch_template_name", lambda template: template),
    launches_another(BY_NAME, f"{IN_OVERRIDE}.launch_template_specification.launch_template_name", lambda template: template["Overrides"][0]),
    launches_another(MIXED, f"{IN_SPEC}.launch_template_id", lambda template: template),
    launches_another(MIXED, f"{IN_OVERRIDE}.launch_template_specification.launch_template_id", lambda template: template["Overrides"][0]),
    *cases(
        f"{POLICY}.simple",
        policy,
        {
            "enabled": False,
            "adjustment_type": "ExactCapacity",
            "scaling_adjustment": 20,
            "cooldown": 120,
            "min_adjustment_magnitude": 2,
        },
    ),
    *cases(
        f"{POLICY}.step",
        policy,
        {
            "metric_aggregation_type": "Maximum",
            "estimated_instance_warmup": 90,
            "step_adjustment.scaling_adjustment": ("StepAdjustments.ScalingAdjustment", 3),
        },
    ),
    case(f"{POLICY}.step", "step_adjustment.metric_interval_lower_bound", "step_adjustment.metric_interval_upper_bound")(
        lambda aws, values: policy(
            aws,
            values,
            lambda data: data.update(
                StepAdjustments=[
                    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
                    {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 2},
                ]
            ),
        )
    ),
    *cases(
        f"{POLICY}.predefined",
        policy,
        {
            "target_tracking_configuration.target_value": (f"{TRACKING}.TargetValue", 60),
            "target_tracking_configuration.disable_scale_in": (f"{TRACKING}.DisableScaleIn", True),
            "target_tracking_configuration.predefined_metric_specification.resource_label": (
                f"{TRACKING}.PredefinedMetricSpecification.ResourceLabel",
                "app/other/2222222222222222/targetgroup/other/2222222222222222",
            ),
        },
    ),
    case(
        f"{POLICY}.predefined",
        "target_tracking_configuration.predefined_metric_specification.predefined_metric_type",
        "target_tracking_configuration.predefined_metric_specification.resource_label",
    )(
        lambda aws, values: policy(
            aws, values, lambda data: data[TRACKING].update(PredefinedMetricSpecification={"PredefinedMetricType": "ASGAverageCPUUtilization"})
        )
    ),
    *cases(
        f"{POLICY}.customized",
        policy,
        {
            f"target_tracking_configuration.customized_metric_specification.{argument}": (f"{CUSTOM}.{wire}", new)
            for argument, wire, new in (
                ("metric_name", "MetricName", "Other"),
                ("namespace", "Namespace", "Other"),
                ("period", "Period", 30),
                ("statistic", "Statistic", "Maximum"),
                ("unit", "Unit", "Count"),
                ("metric_dimension.name", "Dimensions.Name", "Other"),
                ("metric_dimension.value", "Dimensions.Value", "other"),
            )
        },
    ),
    metric("id", "half", lambda m: m.update(Id="other")),
    metric("expression", "half", lambda m: m.update(Expression="whole / 3")),
    metric("label", "half", lambda m: m.update(Label="by hand")),
    metric("return_data", "half", lambda m: m.update(ReturnData=False)),
    metric("metric_stat.period", "whole", lambda m: m["MetricStat"].update(Period=30)),
    metric("metric_stat.stat", "whole", lambda m: m["MetricStat"].update(Stat="Maximum")),
    metric("metric_stat.unit", "whole", lambda m: m["MetricStat"].update(Unit="Count")),
    metric("metric_stat.metric.metric_name", "whole", lambda m: m["MetricStat"]["Metric"].update(MetricName="Other")),
    metric("metric_stat.metric.namespace", "whole", lambda m: m["MetricStat"]["Metric"].update(Namespace="Other")),
    metric("metric_stat.metric.dimensions.name", "whole", lambda m: m["MetricStat"]["Metric"].update(Dimensions=[{"Name": "Other", "Value": "declared"}])),
    metric("metric_stat.metric.dimensions.value", "whole", lambda m: m["MetricStat"]["Metric"].update(Dimensions=[{"Name": "Declared", "Value": "other"}])),
]
