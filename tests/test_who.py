"""Who changed what drifted, as CloudTrail's event history tells it."""

import json

import boto3
import pytest
from http_server import serve

TEXT = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block         = "10.1.0.0/16"
  enable_dns_support = true
}

resource "aws_subnet" "gone" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.1.1.0/24"
}

resource "aws_internet_gateway" "out" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
}

resource "aws_iam_role" "app" {
  name                 = "who-app"
  max_session_duration = 3600
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_cloudwatch_log_group" "quiet" {
  name              = "who-quiet"
  retention_in_days = 7
}
"""


@pytest.fixture
def as_user(world):
    """Clients of an IAM user."""
    iam = world.client("iam")
    iam.create_user(UserName="night-shift")
    key = iam.create_access_key(UserName="night-shift")["AccessKey"]
    return lambda service: boto3.client(
        service, region_name="us-east-1", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )


def by_address(printed):
    return {f["address"].split(".")[0]: f for f in json.loads(printed)["stacks"][0]["findings"]}


def test_each_finding_says_who_and_how(world, folder, as_user):
    stack = folder(TEXT, "who")
    world.apply(stack)
    ec2, mine = as_user("ec2"), world.client("ec2")
    own = [{"Name": "tag:cairn:stack", "Values": ["who/default"]}]
    vpc = mine.describe_vpcs(Filters=own)["Vpcs"][0]["VpcId"]
    gateway = mine.describe_internet_gateways(Filters=own)["InternetGateways"][0]["InternetGatewayId"]
    table = mine.describe_route_tables(Filters=own)["RouteTables"][0]["RouteTableId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    ec2.delete_subnet(SubnetId=mine.describe_subnets(Filters=own)["Subnets"][0]["SubnetId"])
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.9.0.0/16", GatewayId=gateway)
    # Somebody else's change of something else comes later, and is not taken for it.
    mine.create_route(RouteTableId=table, DestinationCidrBlock="10.8.0.0/16", GatewayId=gateway)
    mine.create_tags(Resources=[vpc], Tags=[{"Key": "cairn:address", "Value": "aws_vpc.main"}])
    as_user("iam").update_role(RoleName="who-app", MaxSessionDuration=7200)
    world.let_pass(15 * 60)

    calls = stack / "calls"
    printed = world.output(stack, "drift", "--format=json", "--who", f"--calls={calls}", exit=2)
    findings = by_address(printed)
    done = {name: findings[name]["who"]["call"] for name in ("aws_vpc", "aws_subnet", "aws_iam_role")}
    assert done == {"aws_vpc": "ec2:ModifyVpcAttribute", "aws_subnet": "ec2:DeleteSubnet", "aws_iam_role": "iam:UpdateRole"}
    routes = {f["id"]: f["who"] for f in json.loads(printed)["stacks"][0]["findings"] if f["type"] == "aws_route"}
    assert sorted(w["user"].split(":")[-1] for w in routes.values()) == ["root", "user/night-shift"]
    history = world.client("cloudtrail")
    for finding in json.loads(printed)["stacks"][0]["findings"]:
        who = finding["who"]
        (event,) = history.lookup_events(LookupAttributes=[{"AttributeKey": "EventId", "AttributeValue": who["event_id"]}])["Events"]
        assert who["time"] == event["EventTime"].strftime("%Y-%m-%dT%H:%M:%SZ") and who["source"] == "127.0.0.1"
    operations = {json.loads(line)["operation"] for line in calls.read_text().splitlines()}
    assert "LookupEvents" in operations and all(o.startswith(("Get", "Describe", "List", "Lookup")) for o in operations), operations
    text = world.cairn(stack, "drift", "--who", exit=2)
    assert f"last changed by arn:aws:iam::{world.account}:user/night-shift at " in text


def test_what_the_history_does_not_tell_is_said(world, folder):
    stack = folder(TEXT, "who")
    world.apply(stack)
    world.client("logs").put_retention_policy(logGroupName="who-quiet", retentionInDays=14)
    with serve(lambda _: (200, {"Events": []})) as silent:
        env = {"AWS_ENDPOINT_URL_CLOUDTRAIL": silent.url}
        finding = by_address(world.output(stack, "drift", "--format=json", "--who", exit=2, env=env))["aws_cloudwatch_log_group"]
        assert "who" not in finding and "CloudTrail's event history tells of no" in finding["who_unknown"]
        assert "who changed it is not known: " in world.cairn(stack, "drift", "--who", exit=2, env=env)
    printed = world.output(stack, "drift", "--format=json", exit=2)
    assert "who" not in by_address(printed)["aws_cloudwatch_log_group"], "it is not asked unless it is wanted"


def test_a_history_that_can_not_be_asked_hides_nothing(world, folder):
    stack = folder(TEXT, "who")
    world.apply(stack)
    world.client("logs").put_retention_policy(logGroupName="who-quiet", retentionInDays=14)
    env = {"AWS_ENDPOINT_URL_CLOUDTRAIL": "http://127.0.0.1:9"}
    finding = by_address(world.output(stack, "drift", "--format=json", "--who", exit=2, env=env))["aws_cloudwatch_log_group"]
    assert "could not be asked: cloudtrail:LookupEvents" in finding["who_unknown"]
