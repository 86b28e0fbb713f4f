"""One VPC through every verb."""

import json

VPC = """
provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = { Team = "platform" }
  }
}

variable "hostnames" {
  type    = bool
  default = false
}

resource "aws_vpc" "main" {
  cidr_block           = "10.1.0.0/16"
  enable_dns_hostnames = var.hostnames
  tags                 = { Name = "main" }
}

resource "aws_subnet" "app" {
  for_each          = { a = 0, b = 1 }
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, each.value)
  availability_zone = "us-east-1${each.key}"
}

output "vpc_id" {
  value = aws_vpc.main.id
}

output "subnets" {
  value = { for k, s in aws_subnet.app : k => s.id }
}
"""


def test_every_verb(world, folder):
    stack = folder(VPC)
    assert "valid" in world.cairn(stack, "validate")
    printed = world.cairn(stack, "plan", "-detailed-exitcode", exit=2)
    assert "Plan: 3 to add, 0 to change, 0 to destroy." in printed
    assert '# aws_subnet.app["a"] will be created' in printed
    world.apply(stack)
    vpcs = world.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["main"]}])["Vpcs"]
    assert len(vpcs) == 1
    tags = {t["Key"]: t["Value"] for t in vpcs[0]["Tags"]}
    assert tags == {"Name": "main", "Team": "platform", "cairn:stack": "test/default", "cairn:address": "aws_vpc.main"}
    assert world.cairn(stack, "output", "-raw", "vpc_id").startswith(vpcs[0]["VpcId"])
    assert json.loads(world.cairn(stack, "output", "-json", "subnets").splitlines()[0]).keys() == {"a", "b"}
    assert '"aws_subnet.app[\\"a\\"]" -> "aws_vpc.main"' in world.cairn(stack, "graph")
    assert vpcs[0]["VpcId"] in world.cairn(stack, "show")

    # A change of the configuration.
    printed = world.apply(stack, "-var", "hostnames=true")
    assert "1 changed" in printed
    # A change by hand.
    world.client("ec2").create_tags(Resources=[vpcs[0]["VpcId"]], Tags=[{"Key": "Name", "Value": "edited"}])
    printed = world.cairn(stack, "drift", "-var", "hostnames=true", exit=2)
    assert "aws_vpc.main" in printed and '"edited" -> "main"' in printed and "1 changed, 0 missing, 0 stray" in printed
    world.apply(stack, "-var", "hostnames=true")

    printed = world.cairn(stack, "destroy", "-auto-approve", "-var", "hostnames=true")
    assert "3 destroyed" in printed
    assert world.marked() == []
    assert world.client("ec2").describe_vpcs(Filters=[{"Name": "tag-key", "Values": ["cairn:stack"]}])["Vpcs"] == []


def test_a_saved_plan_is_applied_or_refused(world, folder):
    stack = folder(VPC)
    world.cairn(stack, "plan", "-out=first.cairnplan")
    shown = world.cairn(stack, "show", "first.cairnplan")
    assert "Plan: 3 to add" in shown
    plan = json.loads(world.cairn(stack, "show", "-json", "first.cairnplan").splitlines()[0])
    assert plan["format_version"] == "1.2"
    assert {c["address"]: c["change"]["actions"] for c in plan["resource_changes"]} == {
        "aws_vpc.main": ["create"],
        'aws_subnet.app["a"]': ["create"],
        'aws_subnet.app["b"]': ["create"],
    }
    world.cairn(stack, "apply", "first.cairnplan")
    world.settled(stack)
    refused = world.cairn(stack, "apply", "first.cairnplan", exit=1)
    assert "moved" in refused and "aws_vpc.main" in refused


def test_target_replace_and_refresh_only(world, folder):
    stack = folder(VPC)
    printed = world.cairn(stack, "apply", "-auto-approve", "-target=aws_vpc.main")
    assert "1 added" in printed
    world.apply(stack)
    printed = world.cairn(stack, "plan", '-replace=aws_subnet.app["a"]')
    assert "will be replaced, as requested" in printed and "Plan: 1 to add, 0 to change, 1 to destroy." in printed
    world.apply(stack, '-replace=aws_subnet.app["a"]')
    vpc = world.cairn(stack, "output", "-raw", "vpc_id").split("\n")[0][:21]
    world.client("ec2").modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    printed = world.cairn(stack, "plan", "-refresh-only", "-detailed-exitcode", exit=2)
    assert "enable_dns_support" in printed
    world.cairn(stack, "apply", "-refresh-only", "-auto-approve")
    world.cairn(stack, "drift", exit=2)


def test_calls_are_recorded(world, folder, tmp_path):
    stack = folder(VPC)
    world.apply(stack)
    calls = tmp_path / "calls"
    printed = world.cairn(stack, "plan", "--calls", str(calls))
    lines = [json.loads(line) for line in calls.read_text().splitlines()]
    assert f"{len(lines)} AWS calls in" in printed
    assert all(line.keys() == {"service", "operation", "ms", "attempt", "outcome"} for line in lines)
    assert {"service": "EC2", "operation": "DescribeVpcs"}.items() <= next(c for c in lines if c["operation"] == "DescribeVpcs").items()
    assert not [c for c in lines if not c["operation"].startswith(("Describe", "Get", "List"))]


def test_asks_before_it_changes_anything(world, folder):
    stack = folder(VPC)
    printed = world.cairn(stack, "apply", exit=1)
    assert "Only 'yes' will be accepted." in printed and "Nothing was changed" in printed
    assert world.marked() == []


def test_two_with_one_identity_stop_the_run(world, folder):
    stack = folder(VPC)
    world.apply(stack)
    tags = [{"Key": "cairn:stack", "Value": "test/default"}, {"Key": "cairn:address", "Value": "aws_vpc.main"}]
    second = world.client("ec2").create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])["Vpc"]["VpcId"]
    printed = world.cairn(stack, "plan", exit=1)
    assert second in printed and "aws_vpc.main" in printed


def test_a_block_that_is_gone_is_destroyed(world, folder):
    stack = folder(VPC)
    world.apply(stack)
    folder(VPC.replace("{ a = 0, b = 1 }", "{ a = 0 }"))
    printed = world.apply(stack)
    assert "1 destroyed" in printed
    folder('provider "aws" {\n  region = "us-east-1"\n}\n')
    printed = world.apply(stack)
    assert "2 destroyed" in printed
    assert world.marked() == []


IPV6 = """
output "range" {
  value = aws_vpc.main.ipv6_cidr_block
}

output "native" {
  value = [for s in aws_subnet.app : s.ipv6_cidr_block == null && !s.ipv6_native]
}
"""


def test_an_ipv6_range_is_read_though_it_can_not_be_set(world, folder):
    stack = folder(VPC + IPV6)
    world.apply(stack)
    read = lambda name: json.loads(world.cairn(stack, "output", "-json", name).splitlines()[0])
    assert (read("range"), read("native")) == ("", [True, True])
    ec2 = world.client("ec2")
    ec2.associate_vpc_cidr_block(VpcId=read("vpc_id"), AmazonProvidedIpv6CidrBlock=True)
    assert read("range").endswith("::/56")
    main = stack / "main.tf"
    main.write_text(main.read_text().replace('cidr_block           = "10.1.0.0/16"', 'cidr_block           = "10.1.0.0/16"\n  ipv6_cidr_block      = "2600::/56"'))
    assert "that Cairn doesn't support yet" in world.cairn(stack, "plan", exit=1)
