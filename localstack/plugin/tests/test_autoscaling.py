import pytest
from conftest import code_of, later, seconds, until


def template(aws, net, name="web"):
    made = aws.ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={
            "ImageId": "ami-12345678", "InstanceType": "m7g.large", "SecurityGroupIds": [net.group],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}],
        },
    )  # fmt: skip
    return made["LaunchTemplate"]["LaunchTemplateId"]


def group(aws, net, lt, **more):
    call = dict(
        AutoScalingGroupName="web", MinSize=2, MaxSize=6, DesiredCapacity=2, VPCZoneIdentifier=",".join(net.subnets),
        LaunchTemplate={"LaunchTemplateId": lt, "Version": "1"}, HealthCheckType="ELB", HealthCheckGracePeriod=120,
        Tags=[{"Key": "a", "Value": "1", "PropagateAtLaunch": True}],
    )  # fmt: skip
    aws.autoscaling.create_auto_scaling_group(**{**call, **more})
    return call


def read(aws):
    return aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"][0]


def instances(aws):
    names = [i["InstanceId"] for i in read(aws)["Instances"]]
    reply = aws.ec2.describe_instances(InstanceIds=names)
    return [i for r in reply["Reservations"] for i in r["Instances"]]


def test_instances_spread_and_carry_tags(aws):
    net = aws.network()
    group(aws, net, template(aws, net))
    found = instances(aws)
    assert sorted(i["SubnetId"] for i in found) == sorted(net.subnets)
    for item in found:
        marks = {t["Key"]: t["Value"] for t in item["Tags"]}
        assert (marks["a"], marks["Name"], marks["aws:autoscaling:groupName"]) == ("1", "web", "web")
        assert [g["GroupId"] for g in item["SecurityGroups"]] == [net.group]
    shown = {i["InstanceId"]: i for i in read(aws)["Instances"]}
    zones = {i["InstanceId"]: i["Placement"]["AvailabilityZone"] for i in found}
    assert {n: i["AvailabilityZone"] for n, i in shown.items()} == zones
    assert {i["LaunchTemplate"]["Version"] for i in shown.values()} == {"1"}


def test_settings_read_back(aws):
    net = aws.network()
    given = dict(
        DefaultInstanceWarmup=180, AvailabilityZoneDistribution={"CapacityDistributionStrategy": "balanced-only"}, MaxInstanceLifetime=604800,
        InstanceMaintenancePolicy={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200}, TerminationPolicies=["OldestInstance"],
    )  # fmt: skip
    call = group(aws, net, template(aws, net), **given)
    assert {k: read(aws)[k] for k in given} == given
    assert code_of(aws.autoscaling.create_auto_scaling_group, **call) == "AlreadyExists"
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", DefaultInstanceWarmup=60, HealthCheckGracePeriod=30, MaxSize=8)
    assert (read(aws)["DefaultInstanceWarmup"], read(aws)["HealthCheckGracePeriod"], read(aws)["MaxSize"]) == (60, 30, 8)


def test_delete(aws):
    net = aws.network()
    group(aws, net, template(aws, net))
    names = [i["InstanceId"] for i in instances(aws)]
    assert code_of(aws.autoscaling.delete_auto_scaling_group, AutoScalingGroupName="web") == "ResourceInUse"
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    states = lambda: {  # noqa: E731
        i["State"]["Name"] for r in aws.ec2.describe_instances(InstanceIds=names)["Reservations"] for i in r["Instances"]
    }
    assert states() == {"shutting-down"}
    assert read(aws)["Status"] == "Delete in progress"
    assert code_of(group, aws=aws, net=net, lt=template(aws, net, "other")) == "AlreadyExists"
    assert code_of(aws.ec2.delete_subnet, SubnetId=net.subnets[0]) == "DependencyViolation"
    later(seconds("aws_autoscaling_group", "delete"))
    assert states() == {"terminated"}
    assert aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert aws.ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    aws.ec2.delete_subnet(SubnetId=net.subnets[0])
    later(seconds("aws_instance", "linger"))
    assert aws.ec2.describe_instances()["Reservations"] == []


def test_instance_refresh(aws):
    net, asg = aws.network(), aws.autoscaling
    lt = template(aws, net)
    group(aws, net, lt)
    aws.ec2.create_launch_template_version(LaunchTemplateId=lt, SourceVersion="1", LaunchTemplateData={"InstanceType": "m7g.xlarge"})
    before = {i["InstanceId"] for i in instances(aws)}
    start = lambda: asg.start_instance_refresh(  # noqa: E731
        AutoScalingGroupName="web",
        DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateId": lt, "Version": "2"}},
        Preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, "AutoRollback": True},
    )["InstanceRefreshId"]
    status = lambda: asg.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"][0]  # noqa: E731
    name = start()
    assert code_of(lambda: start()) == "InstanceRefreshInProgress"
    assert status()["InstanceRefreshId"] == name and status()["Status"] in ("Pending", "InProgress")
    assert read(aws)["LaunchTemplate"]["Version"] == "1"
    assert until(lambda: status()["Status"] == "Successful")
    assert (status()["PercentageComplete"], read(aws)["LaunchTemplate"]["Version"]) == (100, "2")
    after = instances(aws)
    assert {i["InstanceType"] for i in after} == {"m7g.xlarge"} and not before & {i["InstanceId"] for i in after}
    assert sorted(i["SubnetId"] for i in after) == sorted(net.subnets)


class Refreshing:
    """A group of two that is being refreshed to version 2 of its launch template."""

    def __init__(self, aws, data=None, **preferences):
        net, self.aws = aws.network(), aws
        lt = template(aws, net)
        group(aws, net, lt)
        aws.ec2.create_launch_template_version(
            LaunchTemplateId=lt, SourceVersion="1", LaunchTemplateData=data or {"InstanceType": "m7g.xlarge"}
        )
        self.wanted = {"LaunchTemplate": {"LaunchTemplateId": lt, "Version": "2"}}
        self.start(DesiredConfiguration=self.wanted, Preferences=preferences)

    def start(self, **values):
        self.aws.autoscaling.start_instance_refresh(AutoScalingGroupName="web", **values)

    def shown(self):
        return self.aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"][0]

    def ends(self, status):
        """Whether the refresh comes to that status."""
        return until(lambda: self.shown()["Status"] == status, step=60, most=7200)

    def versions(self):
        return sorted(i["LaunchTemplate"]["Version"] for i in read(self.aws)["Instances"])


def test_refresh_is_rolled_back_by_hand(aws):
    run = Refreshing(aws, MinHealthyPercentage=50)
    assert run.ends("InProgress")
    assert until(lambda: run.versions() == ["1", "2"], step=20)
    aws.autoscaling.rollback_instance_refresh(AutoScalingGroupName="web")
    assert run.shown()["Status"] == "RollbackInProgress" and run.shown()["RollbackDetails"]["InstancesToUpdateOnRollback"] == 1
    assert run.ends("RollbackSuccessful")
    assert run.versions() == ["1", "1"] and read(aws)["LaunchTemplate"]["Version"] == "1"
    run.start()
    assert code_of(aws.autoscaling.rollback_instance_refresh, AutoScalingGroupName="web") == "IrreversibleInstanceRefresh"


def test_refresh_is_cancelled(aws):
    run = Refreshing(aws, MinHealthyPercentage=50)
    assert run.ends("InProgress")
    aws.autoscaling.cancel_instance_refresh(AutoScalingGroupName="web")
    assert run.shown()["Status"] == "Cancelling"
    assert run.ends("Cancelled")
    assert code_of(aws.autoscaling.cancel_instance_refresh, AutoScalingGroupName="web") == "ActiveInstanceRefreshNotFound"
    assert read(aws)["LaunchTemplate"]["Version"] == "1" and run.versions() == ["1", "2"]


@pytest.mark.parametrize("rollback", [False, True])
def test_refresh_fails_when_an_alarm_rings(aws, rollback):
    aws.cloudwatch.put_metric_alarm(
        AlarmName="errors", Namespace="n", MetricName="m", Period=60, EvaluationPeriods=1, Threshold=1, Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    run = Refreshing(aws, MinHealthyPercentage=50, AutoRollback=rollback, AlarmSpecification={"Alarms": ["errors"]})
    assert run.ends("InProgress")
    aws.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    assert run.ends("RollbackSuccessful" if rollback else "Failed")
    assert "errors" in (run.shown()["RollbackDetails"]["RollbackReason"] if rollback else run.shown()["StatusReason"])
    assert run.versions() == (["1", "1"] if rollback else ["1", "2"])
    assert read(aws)["LaunchTemplate"]["Version"] == "1"


@pytest.mark.parametrize("rollback", [False, True])
def test_refresh_fails_when_nothing_can_be_launched(aws, rollback):
    image = aws.ec2.register_image(Name="gone", RootDeviceName="/dev/xvda")["ImageId"]
    aws.ec2.deregister_image(ImageId=image)
    run = Refreshing(aws, {"ImageId": image}, AutoRollback=rollback)
    assert run.ends("RollbackSuccessful" if rollback else "Failed")
    assert run.versions() == ["1", "1"] and read(aws)["LaunchTemplate"]["Version"] == "1"


def test_refresh_fails_when_instances_stay_unhealthy(aws):
    run = Refreshing(aws)

    def failed():
        for item in read(aws)["Instances"]:
            if item["LaunchTemplate"]["Version"] == "2":
                aws.autoscaling.set_instance_health(InstanceId=item["InstanceId"], HealthStatus="Unhealthy")
        return run.shown()["Status"] == "Failed"

    assert until(failed, step=60, most=7200)
    assert "healthy" in run.shown()["StatusReason"]


def test_refresh_bakes_and_stops_at_checkpoints(aws):
    run = Refreshing(aws, MinHealthyPercentage=50, BakeTime=600, CheckpointPercentages=[50, 100], CheckpointDelay=1200)
    assert until(lambda: run.shown()["PercentageComplete"] == 50 and "checkpoint" in run.shown().get("StatusReason", ""))
    later(600)
    assert run.versions() == ["1", "2"]
    assert run.ends("Baking")
    assert run.versions() == ["2", "2"] and read(aws)["LaunchTemplate"]["Version"] == "1"
    assert run.ends("Successful")
    assert read(aws)["LaunchTemplate"]["Version"] == "2"


def test_refresh_preferences(aws):
    run = Refreshing(aws)
    assert run.ends("Successful")
    bad = [{"AutoRollback": True}, {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 200}, {"MaxHealthyPercentage": 300}]
    for preferences in bad:
        assert code_of(run.start, Preferences=preferences) == "ValidationError"
    run.start(DesiredConfiguration=run.wanted, Preferences={"SkipMatching": True})
    before = {i["InstanceId"] for i in instances(aws)}
    assert run.ends("Successful") and before == {i["InstanceId"] for i in instances(aws)}


def test_instances_are_pending_first(aws):
    net = aws.network()
    group(aws, net, template(aws, net))
    states = lambda: {i["LifecycleState"] for i in read(aws)["Instances"]}  # noqa: E731
    assert states() == {"Pending"}
    shown = aws.autoscaling.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert {i["LifecycleState"] for i in shown} == {"Pending"}
    later(seconds("aws_autoscaling_group", "create"))
    assert states() == {"InService"}


def test_metrics_collection(aws):
    net = aws.network()
    group(aws, net, template(aws, net))
    metrics = lambda: [m["Metric"] for m in read(aws).get("EnabledMetrics", [])]  # noqa: E731
    aws.autoscaling.enable_metrics_collection(AutoScalingGroupName="web", Granularity="1Minute", Metrics=["GroupMinSize", "GroupMaxSize"])
    aws.autoscaling.disable_metrics_collection(AutoScalingGroupName="web", Metrics=["GroupMinSize"])
    assert metrics() == ["GroupMaxSize"]
    aws.autoscaling.enable_metrics_collection(AutoScalingGroupName="web", Granularity="1Minute")
    assert len(metrics()) > 10
    aws.autoscaling.disable_metrics_collection(AutoScalingGroupName="web")
    assert metrics() == []


def test_policies_belong_to_their_group(aws):
    net = aws.network()
    lt = template(aws, net)
    for name in ("web", "cron"):
        group(aws, net, lt, AutoScalingGroupName=name)
        aws.autoscaling.put_scaling_policy(
            AutoScalingGroupName=name, PolicyName="up", AdjustmentType="ExactCapacity", ScalingAdjustment=3 if name == "web" else 4
        )
    read_all = lambda: {p["AutoScalingGroupName"]: p["ScalingAdjustment"] for p in aws.autoscaling.describe_policies()["ScalingPolicies"]}  # noqa: E731
    assert read_all() == {"web": 3, "cron": 4}
    aws.autoscaling.execute_policy(AutoScalingGroupName="web", PolicyName="up")
    assert read(aws)["DesiredCapacity"] == 3
    aws.autoscaling.delete_policy(AutoScalingGroupName="web", PolicyName="up")
    assert read_all() == {"cron": 4}
    assert code_of(aws.autoscaling.delete_policy, AutoScalingGroupName="web", PolicyName="up") == "ValidationError"


def test_targets_follow_the_instances(aws):
    net, asg = aws.network(), aws.autoscaling
    arn = aws.elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=net.vpc)["TargetGroups"][0]["TargetGroupArn"]
    group(aws, net, template(aws, net), TargetGroupARNs=[arn])
    health = lambda: aws.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]  # noqa: E731
    targets = lambda: {t["Target"]["Id"] for t in health() if t["TargetHealth"]["State"] != "draining"}  # noqa: E731
    assert targets() == {i["InstanceId"] for i in instances(aws)}
    asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    assert len(targets()) == 3
    asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=2)
    assert targets() == {i["InstanceId"] for i in read(aws)["Instances"] if i["LifecycleState"] != "Terminating"}


def test_a_simple_policy_has_no_cooldown_of_its_own(aws):
    net = aws.network()
    group(aws, net, template(aws, net))
    for name, more in (("plain", {}), ("slow", {"Cooldown": 60})):
        aws.autoscaling.put_scaling_policy(AutoScalingGroupName="web", PolicyName=name, AdjustmentType="ChangeInCapacity", ScalingAdjustment=1, **more)
    policies = aws.autoscaling.describe_policies(AutoScalingGroupName="web")["ScalingPolicies"]
    assert {p["PolicyName"]: p.get("Cooldown") for p in policies} == {"plain": None, "slow": 60}


def test_target_tracking_policy(aws):
    net = aws.network()
    group(aws, net, template(aws, net))
    config = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 55.0, "DisableScaleIn": False}
    aws.autoscaling.put_scaling_policy(AutoScalingGroupName="web", PolicyName="cpu", PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=config)
    item = aws.autoscaling.describe_policies(AutoScalingGroupName="web")["ScalingPolicies"][0]
    assert item["TargetTrackingConfiguration"] == config and item["Enabled"] is True
    assert "PredictiveScalingConfiguration" not in item and len(item["Alarms"]) == 2


def test_instances_that_are_taken_away_stay_for_a_while(aws):
    net, asg = aws.network(), aws.autoscaling
    group(aws, net, template(aws, net))
    later(seconds("aws_autoscaling_group", "create"))
    asg.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=0, MaxSize=0, DesiredCapacity=0)
    assert [i["LifecycleState"] for i in read(aws)["Instances"]] == ["Terminating"] * 2
    assert code_of(asg.delete_auto_scaling_group, AutoScalingGroupName="web") == "ResourceInUse"
    later(seconds("aws_autoscaling_group", "delete"))
    assert read(aws)["Instances"] == []
    assert code_of(asg.delete_auto_scaling_group, AutoScalingGroupName="web") is None
    assert asg.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"] == []
