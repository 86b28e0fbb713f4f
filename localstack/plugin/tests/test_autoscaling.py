from conftest import code_of, until


def template(aws, net):
    made = aws.ec2.create_launch_template(
        LaunchTemplateName="web",
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
    reply = aws.ec2.describe_instances(InstanceIds=names)
    assert {i["State"]["Name"] for r in reply["Reservations"] for i in r["Instances"]} == {"terminated"}
    assert aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    aws.ec2.delete_subnet(SubnetId=net.subnets[0])


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


def test_refresh_is_cancelled_or_rolled_back(aws):
    net, asg = aws.network(), aws.autoscaling
    lt = template(aws, net)
    group(aws, net, lt)
    aws.ec2.create_launch_template_version(LaunchTemplateId=lt, SourceVersion="1", LaunchTemplateData={"InstanceType": "m7g.xlarge"})
    wanted = {"LaunchTemplate": {"LaunchTemplateId": lt, "Version": "2"}}
    status = lambda: asg.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"][0]["Status"]  # noqa: E731
    asg.start_instance_refresh(AutoScalingGroupName="web", DesiredConfiguration=wanted)
    asg.rollback_instance_refresh(AutoScalingGroupName="web")
    assert status() == "RollbackInProgress"
    assert until(lambda: status() == "RollbackSuccessful")
    assert read(aws)["LaunchTemplate"]["Version"] == "1"
    asg.start_instance_refresh(AutoScalingGroupName="web", DesiredConfiguration=wanted)
    asg.cancel_instance_refresh(AutoScalingGroupName="web")
    assert until(lambda: status() == "Cancelled")
    assert code_of(asg.cancel_instance_refresh, AutoScalingGroupName="web") == "ActiveInstanceRefreshNotFound"
    asg.start_instance_refresh(AutoScalingGroupName="web")
    assert code_of(asg.rollback_instance_refresh, AutoScalingGroupName="web") == "IrreversibleInstanceRefresh"


def test_targets_follow_the_instances(aws):
    net, asg = aws.network(), aws.autoscaling
    arn = aws.elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=net.vpc)["TargetGroups"][0]["TargetGroupArn"]
    group(aws, net, template(aws, net), TargetGroupARNs=[arn])
    targets = lambda: {t["Target"]["Id"] for t in aws.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]}  # noqa: E731
    assert targets() == {i["InstanceId"] for i in instances(aws)}
    asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    assert len(targets()) == 3
    asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=2)
    assert targets() == {i["InstanceId"] for i in instances(aws)}


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
