"""What a plan with nothing to do asks of AWS: just what docs/read-costs.md says, as a function of how many there are."""

import collections
import json
import math
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parent / "docs/read-costs.md"
STACK = (HERE / "read_costs.tf").read_text()
FEW, MANY = 3, 13


def once(*operations):
    """The same however many there are."""
    return {operation: lambda n: 1 for operation in operations}


def twice(*operations):
    return {operation: lambda n: 2 for operation in operations}


def each(*operations, times=1, beside=0):
    """AWS answers for one at a time. `beside` are those of the type that the stack has whatever `n` is."""
    return {operation: lambda n: times * (n + beside) for operation in operations}


def paged(operation, size, times=1):
    """So many on a page; `times` are those on it for each of the type."""
    return {operation: lambda n: math.ceil(times * n / size)}


#: The calls of each type's read in a stack with `n` of it. A call that several types need is counted with one of them.
COSTS = {
    "aws_acm_certificate": once("acm:ListCertificates") | each("acm:DescribeCertificate"),
    "aws_autoscaling_group": once("autoscaling:DescribeAutoScalingGroups"),
    "aws_autoscaling_policy": once("autoscaling:DescribePolicies"),
    "aws_cloudwatch_dashboard": each("cloudwatch:GetDashboard"),
    # Two folders.
    "aws_cloudwatch_log_group": twice("logs:DescribeLogGroups"),
    "aws_cloudwatch_metric_alarm": once("cloudwatch:DescribeAlarms"),
    "aws_customer_gateway": once("ec2:DescribeCustomerGateways"),
    "aws_db_instance": once("rds:DescribeDBInstances"),
    "aws_db_parameter_group": once("rds:DescribeDBParameterGroups") | each("rds:DescribeDBParameters"),
    "aws_db_subnet_group": once("rds:DescribeDBSubnetGroups"),
    "aws_default_security_group": {},
    "aws_ecs_cluster": once("ecs:DescribeClusters"),
    "aws_ecs_task_definition": each("ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"),
    "aws_eip": once("ec2:DescribeAddresses"),
    "aws_flow_log": once("ec2:DescribeFlowLogs"),
    "aws_iam_instance_profile": {},
    "aws_iam_policy": {},
    "aws_iam_role": once("iam:GetAccountAuthorizationDetails", "iam:ListRoles"),
    "aws_iam_role_policy": {},
    "aws_iam_role_policy_attachment": {},
    "aws_internet_gateway": once("ec2:DescribeInternetGateways"),
    "aws_kms_alias": once("kms:ListAliases"),
    "aws_kms_key": each("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"),
    "aws_launch_template": once("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
    "aws_lb": once("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags") | each("elasticloadbalancing:DescribeLoadBalancerAttributes"),
    "aws_lb_listener": once("elasticloadbalancing:DescribeTags")
    | each("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeListenerAttributes"),
    "aws_lb_listener_rule": once("elasticloadbalancing:DescribeTags") | each("elasticloadbalancing:DescribeRules"),
    "aws_lb_target_group": once("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTags")
    | each("elasticloadbalancing:DescribeTargetGroupAttributes"),
    "aws_nat_gateway": once("ec2:DescribeNatGateways"),
    "aws_route": {},
    "aws_route_table": twice("ec2:DescribeRouteTables"),
    "aws_route_table_association": {},
    "aws_s3_bucket": each("s3:GetObjectLockConfiguration"),
    "aws_s3_bucket_lifecycle_configuration": each("s3:GetBucketLifecycleConfiguration"),
    "aws_s3_bucket_ownership_controls": each("s3:GetBucketOwnershipControls"),
    "aws_s3_bucket_policy": each("s3:GetBucketPolicy"),
    "aws_s3_bucket_public_access_block": each("s3:GetPublicAccessBlock"),
    "aws_s3_bucket_server_side_encryption_configuration": each("s3:GetBucketEncryption"),
    "aws_s3_bucket_versioning": each("s3:GetBucketVersioning"),
    "aws_scheduler_schedule": each("scheduler:GetSchedule"),
    # Those with the mark, and the VPCs' default groups.
    "aws_security_group": twice("ec2:DescribeSecurityGroups"),
    "aws_shield_protection": once("shield:ListProtections"),
    "aws_sns_topic": each("sns:GetTopicAttributes"),
    "aws_sns_topic_subscription": each("sns:ListSubscriptionsByTopic", "sns:GetSubscriptionAttributes"),
    "aws_ssm_document": once("ssm:ListDocuments") | each("ssm:DescribeDocument", "ssm:GetDocument"),
    # The entries of the register carry the mark too: roles, policies, profiles, dashboards and schedules have one each.
    "aws_ssm_parameter": paged("ssm:DescribeParameters", 50, times=6) | paged("ssm:GetParameters", 10),
    "aws_subnet": once("ec2:DescribeSubnets"),
    # One VPC more holds the subnets.
    "aws_vpc": once("ec2:DescribeVpcs", "ec2:DescribeNetworkAcls") | each("ec2:DescribeVpcAttribute", times=2, beside=1),
    "aws_vpc_endpoint": once("ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists"),
    "aws_vpc_security_group_egress_rule": {},
    "aws_vpc_security_group_ingress_rule": twice("ec2:DescribeSecurityGroupRules"),
    "aws_vpn_connection": once("ec2:DescribeVpnConnections"),
    "aws_vpn_gateway": once("ec2:DescribeVpnGateways"),
    "aws_vpn_gateway_route_propagation": {},
    "aws_wafv2_web_acl": once("wafv2:ListWebACLs") | each("wafv2:GetWebACL"),
    "aws_wafv2_web_acl_association": each("wafv2:ListResourcesForWebACL", times=6),
    "aws_wafv2_web_acl_logging_configuration": once("wafv2:ListLoggingConfigurations"),
}

#: What no type's read makes: the account guard, the data source of the stack.
BESIDE = once("sts:GetCallerIdentity", "ec2:DescribeImages")

#: Services as the SDK names them, by their prefix in IAM.
SERVICES = {
    "ACM": "acm",
    "Auto Scaling": "autoscaling",
    "CloudWatch": "cloudwatch",
    "CloudWatch Logs": "logs",
    "Elastic Load Balancing v2": "elasticloadbalancing",
    "Resource Groups Tagging API": "tag",
}


def documented():
    """The rows of the table: type, operations, how many calls."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", TABLE.read_text(), re.M)
    return {name: (operations.split(", "), calls) for name, operations, calls in rows}


def made(file):
    """How often each operation was called, as IAM names them."""
    calls = [json.loads(line) for line in file.read_text().splitlines()]
    return collections.Counter(f"{SERVICES.get(c['service'], c['service'].lower())}:{c['operation']}" for c in calls)


def expected(world, n):
    total = collections.Counter({operation: count(n) for operation, count in BESIDE.items()})
    for costs in COSTS.values():
        total.update({operation: count(n) for operation, count in costs.items()})
    # What the table says of every plan: one call per 100 resources of the tag index, one per ten entries of the register.
    entries = world.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/cairn/test/default/register", Recursive=True)
    total["ssm:GetParametersByPath"] = math.ceil(sum(len(page["Parameters"]) for page in entries) / 10)
    index = world.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=[{"Key": "cairn:stack"}])
    total["tag:GetResources"] = math.ceil(sum(len(page["ResourceTagMappingList"]) for page in index) / 100)
    return total


def test_the_table_has_every_cost():
    table = documented()
    assert table.keys() == COSTS.keys()
    for name, costs in COSTS.items():
        operations, calls = table[name]
        assert costs.keys() <= set(operations), name
        for operation, count in costs.items():
            if count(MANY) - count(FEW) >= MANY - FEW:
                assert operation.split(":")[1] in calls, f"{name}: {operation} is called for each, and the table does not say why"
    assert set(re.findall(r'^resource "(\w+)"', STACK, re.M)) | PARTS_OF_BUCKETS == COSTS.keys()


#: Read with every bucket, so that what was set by hand is seen: the stack need not have them.
PARTS_OF_BUCKETS = {
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_server_side_encryption_configuration",
}


def test_a_plan_makes_the_calls_that_the_table_says(world, folder, tmp_path):
    stack, calls = folder(STACK), tmp_path / "calls"
    # Cairn never subscribes: it is a paid commitment.
    world.client("shield").create_subscription()
    for n in (FEW, MANY):
        settings = ("-var", f"n={n}", "-var", f"account={world.account}")
        world.cairn(stack, "apply", "-auto-approve", *settings)
        world.cairn(stack, "plan", "-detailed-exitcode", f"--calls={calls}", *settings)
        assert made(calls) == expected(world, n)


MANY_PAGES = """
provider "aws" {
  region = "us-east-1"
}

variable "more" {
  type    = number
  default = 0
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_route_table" "main" {
  count  = 101 + var.more
  vpc_id = aws_vpc.main.id
}

resource "aws_cloudwatch_log_group" "main" {
  count = 51 + var.more
  name  = "/pages/${count.index}"
}

resource "aws_ssm_parameter" "main" {
  count = 51 + var.more
  name  = "/pages/${count.index}"
  type  = "String"
  value = "v"
}

resource "aws_cloudwatch_metric_alarm" "main" {
  count               = 101 + var.more
  alarm_name          = "pages-${count.index}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "CPUUtilization"
  namespace           = "AWS/EC2"
  period              = 60
  statistic           = "Average"
  threshold           = 80
}

resource "aws_lb_target_group" "main" {
  count    = 401 + var.more
  name     = "pages-${count.index}"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id
}
"""


def test_reads_go_on_to_the_last_page(world, folder, tmp_path):
    stack, calls = folder(MANY_PAGES), tmp_path / "calls"
    world.cairn(stack, "apply", "-auto-approve")
    world.cairn(stack, "plan", "-detailed-exitcode", f"--calls={calls}")
    count = made(calls)
    pages = {
        "ec2:DescribeRouteTables": 4,
        "logs:DescribeLogGroups": 2,
        "ssm:DescribeParameters": 2,
        "ssm:GetParameters": 6,
        "cloudwatch:DescribeAlarms": 2,
        "elasticloadbalancing:DescribeTargetGroups": 2,
        "tag:GetResources": 8,
    }
    assert {operation: count[operation] for operation in pages} == pages
    # What is on the last page is found by an apply too, and destroyed.
    assert "0 destroyed" in world.cairn(stack, "apply", "-auto-approve", "-var", "more=1")
    world.cairn(stack, "destroy", "-auto-approve", "-var", "more=1")
    assert world.marked() == []
