"""What AWS shows late: new roles, new resources, the tag index, and calls above the rates."""

import json

import pytest
from conftest import code_of, later, seconds, tags

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


def role(aws, name="r"):
    return aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]


def names(arn):
    """A policy document that lets a principal do something."""
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def flow_log(aws):
    vpc, arn = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"], role(aws)
    aws.logs.create_log_group(logGroupName="flow")
    call = dict(ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogGroupName="flow", DeliverLogsPermissionArn=arn)
    return aws.ec2.create_flow_logs, call, "InvalidParameter"


def database(aws):
    call = dict(DBInstanceIdentifier="db", DBInstanceClass="db.t4g.micro", Engine="postgres", AllocatedStorage=20, MasterUsername="u",
                MasterUserPassword="password1", MonitoringInterval=60, MonitoringRoleArn=role(aws))  # fmt: skip
    return aws.rds.create_db_instance, call, "InvalidParameterValue"


def selection(aws):
    aws.backup.create_backup_vault(BackupVaultName="v")
    rule = {"RuleName": "daily", "TargetBackupVaultName": "v"}
    plan = aws.backup.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": [rule]})["BackupPlanId"]
    what = {"SelectionName": "s", "IamRoleArn": role(aws), "Resources": ["*"]}
    return aws.backup.create_backup_selection, dict(BackupPlanId=plan, BackupSelection=what), "InvalidParameterValueException"


def trail(aws):
    aws.s3.create_bucket(Bucket=f"t{aws.id}")
    group = f"arn:aws:logs:us-east-1:{aws.id}:log-group:t:*"
    call = dict(Name="trail", S3BucketName=f"t{aws.id}", CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role(aws))
    return aws.cloudtrail.create_trail, call, "InvalidCloudWatchLogsRoleArnException"


def task(aws):
    container = {"name": "main", "image": "registry.example.org/main:1", "memory": 128}
    return aws.ecs.register_task_definition, dict(family="main", taskRoleArn=role(aws), containerDefinitions=[container]), "ClientException"


def schedule(aws):
    target = {"Arn": f"arn:aws:sqs:us-east-1:{aws.id}:q", "RoleArn": role(aws)}
    call = dict(Name="nightly", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target)
    return aws.scheduler.create_schedule, call, "ValidationException"


def key(aws):
    return aws.kms.create_key, dict(Policy=names(role(aws))), "MalformedPolicyDocumentException"


def bucket(aws):
    aws.s3.create_bucket(Bucket=f"b{aws.id}")
    policy = json.loads(names(role(aws)))
    policy["Statement"][0].update(Action="s3:GetObject", Resource=f"arn:aws:s3:::b{aws.id}/*")
    return aws.s3.put_bucket_policy, dict(Bucket=f"b{aws.id}", Policy=json.dumps(policy)), "MalformedPolicy"


def trusting(aws):
    policy = json.loads(names(role(aws)))
    del policy["Statement"][0]["Resource"]
    return aws.iam.create_role, dict(RoleName="s", AssumeRolePolicyDocument=json.dumps(policy)), "MalformedPolicyDocument"


@pytest.mark.parametrize("make", [flow_log, database, selection, trail, task, schedule, key, bucket, trusting], ids=lambda f: f.__name__)
def test_new_role(aws, make):
    function, call, code = make(aws)
    assert code_of(function, **call) == code
    later(seconds("aws_iam", "propagate"))
    assert code_of(function, **call) is None


def test_new_instance_profile(aws):
    net = aws.network()
    role(aws)
    aws.iam.create_instance_profile(InstanceProfileName="p")
    later(seconds("aws_iam", "propagate"))
    aws.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "p"}}
    aws.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    group = dict(
        AutoScalingGroupName="web", MinSize=0, MaxSize=1, VPCZoneIdentifier=net.subnets[0],
        LaunchTemplate={"LaunchTemplateName": "web", "Version": "1"},
    )  # fmt: skip
    one = dict(ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=net.subnets[0], IamInstanceProfile={"Name": "p"})
    assert code_of(aws.autoscaling.create_auto_scaling_group, **group) == "ValidationError"
    assert code_of(aws.ec2.run_instances, **one) == "InvalidParameterValue"
    later(seconds("aws_iam", "propagate"))
    assert code_of(aws.autoscaling.create_auto_scaling_group, **group) is None
    assert code_of(aws.ec2.run_instances, **one) is None


def test_lags_can_be_switched_off(aws, settings):
    settings(lag="none")
    function, call, _ = trusting(aws)
    assert code_of(function, **call) is None


def test_reads_are_behind(aws, settings):
    settings(lag="reads")
    ec2 = aws.ec2
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", a="1"))["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    by_tag = lambda: ec2.describe_vpcs(Filters=[{"Name": "tag:a", "Values": ["1"]}])["Vpcs"]  # noqa: E731
    assert by_tag() == []
    assert code_of(ec2.describe_vpcs, VpcIds=[vpc]) == "InvalidVpcID.NotFound"
    assert code_of(ec2.describe_security_groups, GroupIds=[group]) == "InvalidGroup.NotFound"
    assert code_of(ec2.modify_vpc_attribute, VpcId=vpc, EnableDnsHostnames={"Value": True}) == "InvalidVpcID.NotFound"
    assert code_of(ec2.create_tags, Resources=[vpc], Tags=[{"Key": "b", "Value": "2"}]) == "InvalidVpcID.NotFound"
    later(seconds("aws_ec2", "visible"))
    assert [v["VpcId"] for v in by_tag()] == [vpc]
    assert code_of(ec2.describe_security_groups, GroupIds=[group]) is None
    aws.iam.create_role(RoleName="new", AssumeRolePolicyDocument=TRUST)
    assert code_of(aws.iam.get_role, RoleName="new") == "NoSuchEntity"
    later(seconds("aws_ec2", "visible"))
    assert aws.iam.get_role(RoleName="new")["Role"]["RoleName"] == "new"


def test_throttling(aws, settings):
    settings(throttle=True)
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    endpoint = dict(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")
    codes = [code_of(aws.ec2.create_vpc_endpoint, **endpoint) for _ in range(8)]
    assert codes[:4] == [None] * 4 and "RequestLimitExceeded" in codes
    codes = [code_of(aws.wafv2.list_web_acls, Scope="REGIONAL") for _ in range(30)]
    assert codes[0] is None and "ThrottlingException" in codes
    codes = [code_of(aws.iam.create_user, UserName=f"u{i}") for i in range(300)]
    assert codes[0] is None and "Throttling" in codes
    codes = [code_of(aws.elbv2.describe_load_balancers) for _ in range(120)]
    assert codes[:40] == [None] * 40 and "ThrottlingException" in codes
    # Of Route 53 all calls of an account share a bucket.
    calls = [aws.route53.list_hosted_zones, aws.route53.list_health_checks] * 60
    codes = [code_of(call) for call in calls]
    assert codes[:50] == [None] * 50 and "Throttling" in codes
    settings(throttle=False)
    assert code_of(aws.iam.create_user, UserName="last") is None
