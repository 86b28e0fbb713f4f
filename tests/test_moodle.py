"""The Moodle stack: applied, drifted, mended, destroyed."""

import re

import pytest
from moodle_settings import unprotect


def findings(printed):
    """What drift names: address and first word of what is the matter."""
    return sorted(re.findall(r"^[~+-] (\S+)(?: \[id=[^\]]*\])? (?:was|is) (an? \w+|\w+)", printed, re.M))


@pytest.mark.parametrize("workspace", ["dev", "staging"])
def test_applies_and_settles_and_goes(world, moodle, workspace):
    world.cairn(moodle, f"--workspace={workspace}", "apply", "-auto-approve")
    world.settled(moodle, f"--workspace={workspace}")
    if workspace == "staging":
        unprotect(moodle, workspace)
        world.apply(moodle, f"--workspace={workspace}")
    world.cairn(moodle, f"--workspace={workspace}", "destroy", "-auto-approve")
    assert world.marked() == []


def test_production(world, moodle):
    way = "--workspace=production"
    world.apply(moodle, way)
    ec2, elb = world.client("ec2"), world.client("elbv2")

    def address(name):
        return [{"Name": "tag:cairn:address", "Values": [name]}]

    # Network: a stray rule, a stray route, a NAT gateway that is gone.
    group = ec2.describe_security_groups(Filters=address("module.network.aws_security_group.tier:app"))["SecurityGroups"]
    if not group:
        group = [g for g in ec2.describe_security_groups(Filters=[{"Name": "tag-key", "Values": ["cairn:address"]}])["SecurityGroups"] if "app" in g["GroupName"]]
    ec2.authorize_security_group_ingress(GroupId=group[0]["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    nats = ec2.describe_nat_gateways(Filter=[{"Name": "tag-key", "Values": ["cairn:address"]}, {"Name": "state", "Values": ["available"]}])["NatGateways"]
    nats.sort(key=lambda n: n["SubnetId"])
    tables = ec2.describe_route_tables(Filters=[{"Name": "tag-key", "Values": ["cairn:address"]}])["RouteTables"]
    through = [t for t in tables if any(r.get("NatGatewayId") == nats[0]["NatGatewayId"] for r in t["Routes"])]
    ec2.create_route(RouteTableId=through[0]["RouteTableId"], DestinationCidrBlock="10.99.0.0/16", NatGatewayId=nats[0]["NatGatewayId"])
    ec2.delete_nat_gateway(NatGatewayId=nats[1]["NatGatewayId"])
    # Edge: an edited firewall rule, a tag.
    waf = world.client("wafv2")
    acl = waf.list_web_acls(Scope="REGIONAL")["WebACLs"][0]
    whole = waf.get_web_acl(Name=acl["Name"], Scope="REGIONAL", Id=acl["Id"])
    rules = whole["WebACL"]["Rules"]
    limited = next(r for r in rules if "RateBasedStatement" in r["Statement"])
    limited["Statement"]["RateBasedStatement"]["Limit"] = 99999
    waf.update_web_acl(
        Name=acl["Name"],
        Scope="REGIONAL",
        Id=acl["Id"],
        LockToken=whole["LockToken"],
        DefaultAction=whole["WebACL"]["DefaultAction"],
        VisibilityConfig=whole["WebACL"]["VisibilityConfig"],
        Rules=rules,
    )
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]
    elb.add_tags(ResourceArns=[balancer["LoadBalancerArn"]], Tags=[{"Key": "Edited", "Value": "by hand"}])
    # App: a launch template's new version, a policy that is no longer attached.
    template = ec2.describe_launch_templates()["LaunchTemplates"][0]
    ec2.create_launch_template_version(
        LaunchTemplateId=template["LaunchTemplateId"], SourceVersion=str(template["LatestVersionNumber"]), LaunchTemplateData={"InstanceType": "t3.nano"}
    )
    iam = world.client("iam")
    role, policy = next(
        (r["RoleName"], p["PolicyArn"])
        for r in iam.list_roles()["Roles"]
        for p in iam.list_attached_role_policies(RoleName=r["RoleName"])["AttachedPolicies"]
    )
    iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    # Data: backups kept for shorter, versions no longer kept.
    rds = world.client("rds")
    database = rds.describe_db_instances()["DBInstances"][0]["DBInstanceIdentifier"]
    rds.modify_db_instance(DBInstanceIdentifier=database, BackupRetentionPeriod=1, ApplyImmediately=True)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=database, WaiterConfig={"Delay": 1})
    bucket = next(b["Name"] for b in world.client("s3").list_buckets()["Buckets"] if "moodledata" in b["Name"])
    world.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    # Operations: an alarm's threshold.
    cloudwatch = world.client("cloudwatch")
    alarm = next(a for a in cloudwatch.describe_alarms()["MetricAlarms"] if "MetricName" in a and not a["AlarmName"].startswith("TargetTracking"))
    keep = ["AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName", "Namespace"]
    keep += ["Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator"]
    keep += ["TreatMissingData", "EvaluateLowSampleCountPercentile"]
    cloudwatch.put_metric_alarm(**{k: v for k, v in alarm.items() if k in keep}, Threshold=123456.0)

    printed = world.cairn(moodle, way, "drift", exit=2)
    found = findings(printed)
    assert len(found) == 10, printed
    kinds = sorted((a.split("[")[0].split(".")[-2] if "stray" not in w else a.split(".")[-2], w) for a, w in found)
    assert kinds == sorted(
        [
            ("aws_vpc_security_group_ingress_rule", "a stray"),
            ("aws_route", "a stray"),
            ("aws_nat_gateway", "missing"),
            ("aws_wafv2_web_acl", "changed"),
            ("aws_lb", "changed"),
            ("aws_launch_template", "changed"),
            ("aws_iam_role_policy_attachment", "missing"),
            ("aws_db_instance", "changed"),
            ("aws_s3_bucket_versioning", "changed"),
            ("aws_cloudwatch_metric_alarm", "changed"),
        ]
    ), printed
    for attribute in ("backup_retention_period", "threshold", "99999", "t3.nano", "Edited", "Suspended"):
        assert attribute in printed, f"no {attribute} in:\n{printed}"

    world.apply(moodle, way)

    # Protected: refused, and nothing is gone.
    printed = world.cairn(moodle, way, "destroy", "-auto-approve", exit=1)
    assert "protect" in printed
    unprotect(moodle, "production")
    world.apply(moodle, way)
    vpc = ec2.describe_vpcs(Filters=[{"Name": "tag-key", "Values": ["cairn:address"]}])["Vpcs"][0]["VpcId"]
    stranger = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.200.0/24")["Subnet"]["SubnetId"]
    printed = world.cairn(moodle, way, "destroy", "-auto-approve", exit=1)
    assert stranger in printed
    assert ec2.describe_subnets(SubnetIds=[stranger])["Subnets"]
    ec2.delete_subnet(SubnetId=stranger)
    world.cairn(moodle, way, "destroy", "-auto-approve")
    assert world.marked() == []
    left = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]
    assert left == []
    assert not [g for g in ec2.describe_security_groups()["SecurityGroups"] if g["GroupName"] != "default"]
    assert not world.client("s3").list_buckets()["Buckets"]
    assert not cloudwatch.list_dashboards()["DashboardEntries"]
    assert not [r for r in iam.list_roles()["Roles"] if "moodle" in r["RoleName"]]
    assert not world.client("ssm").get_parameters_by_path(Path="/cairn", Recursive=True)["Parameters"]
