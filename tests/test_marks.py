"""Marks that are not where they belong: drift tells each, and an apply is refused or leaves it alone."""

import json

TEXT = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "app" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.1.1.0/24"
}

resource "aws_s3_bucket" "data" {
  bucket = "marks-ACCOUNT"
}

resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id

  versioning_configuration {
    status = "Enabled"
  }
}
"""
MARK = [{"Key": "cairn:stack", "Value": "marks/default"}, {"Key": "cairn:address", "Value": "aws_vpc.main"}]


def applied(world, folder):
    stack = folder(TEXT.replace("ACCOUNT", world.account), "marks")
    world.apply(stack)
    return stack


def found(world, stack):
    report = json.loads(world.output(stack, "drift", "--format=json", exit=2))
    return [(f["address"], f["kind"], f["id"]) for f in report["stacks"][0]["findings"]]


def own_vpc(world):
    filters = [{"Name": "tag:cairn:address", "Values": ["aws_vpc.main"]}, {"Name": "tag:cairn:stack", "Values": ["marks/default"]}]
    return world.client("ec2").describe_vpcs(Filters=filters)["Vpcs"][0]["VpcId"]


def test_two_with_one_mark(world, folder):
    stack = applied(world, folder)
    own = own_vpc(world)
    other = world.client("ec2").create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    world.client("ec2").create_tags(Resources=[other], Tags=MARK)
    assert found(world, stack) == [("aws_vpc.main", "marked_twice", own)]
    assert f"{other} carries its mark too" in world.cairn(stack, "drift", exit=2)
    world.let_pass(15 * 60)
    assert "with ec2:CreateTags" in world.cairn(stack, "drift", "--who", exit=2)
    refused = world.cairn(stack, "apply", "-auto-approve", exit=1)
    assert own in refused and other in refused


def test_a_mark_that_was_removed_from_what_has_a_name(world, folder):
    stack = applied(world, folder)
    bucket = f"marks-{world.account}"
    world.client("s3").delete_bucket_tagging(Bucket=bucket)
    assert found(world, stack) == [("aws_s3_bucket.data", "unmarked", bucket)]
    assert "is unmarked" in world.cairn(stack, "drift", exit=2)
    assert "carries no mark of this stack" in world.cairn(stack, "apply", "-auto-approve", exit=1)


def test_a_mark_that_was_removed_from_what_has_none(world, folder):
    stack = applied(world, folder)
    vpc = own_vpc(world)
    world.client("ec2").delete_tags(Resources=[vpc], Tags=MARK)
    assert ("aws_vpc.main", "missing", None) in found(world, stack)
    assert "nothing in AWS carries its mark" in world.cairn(stack, "drift", exit=2)
    world.let_pass(15 * 60)
    text = world.cairn(stack, "drift", "--who", exit=2)
    assert "with ec2:DeleteTags" in text, text


def test_a_mark_on_a_foreign_resource(world, folder):
    stack = applied(world, folder)
    ec2 = world.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.create_tags(Resources=[gateway], Tags=MARK)
    unknown = ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[unknown], Tags=[MARK[0], {"Key": "cairn:address", "Value": "aws_vpc.nobody"}])
    kinds = {id: kind for _, kind, id in found(world, stack)}
    assert kinds == {gateway: "foreign", unknown: "orphaned"}
    world.cairn(stack, "apply", "-auto-approve")
    assert ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"], "what is not the stack's is left alone"
    assert found(world, stack) == [(f"aws_internet_gateway.{gateway}", "foreign", gateway)]
