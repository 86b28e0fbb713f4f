"""Clusters, task definitions and schedules: made, changed, drifted from, destroyed."""

import json

import pytest
from botocore.exceptions import ClientError
from stacks import report, resources

STACK = """
provider "aws" {
  region = "us-east-1"
}

locals {
  trust = { for service in ["ecs-tasks", "scheduler"] : service => jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "${service}.amazonaws.com" } }]
  }) }
}

resource "aws_iam_role" "each" {
  for_each           = local.trust
  name               = "nightly-${each.key}"
  assume_role_policy = each.value
}

resource "aws_ecs_cluster" "main" {
  name = "nightly"
}

resource "aws_ecs_task_definition" "main" {
  family                   = "nightly"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "0.5 GB"
  task_role_arn            = aws_iam_role.each["ecs-tasks"].arn
  execution_role_arn       = aws_iam_role.each["ecs-tasks"].arn
  skip_destroy             = SKIP
  container_definitions = jsonencode([{
    name         = "main"
    image        = "registry.example.com/main:IMAGE"
    portMappings = [{ containerPort = 8080 }]
    environment  = [{ name = "B", value = "2" }, { name = "A", value = "1" }]
  }])

  lifecycle {
    create_before_destroy = FIRST
  }
}

resource "aws_scheduler_schedule" "main" {
  name_prefix         = "nightly-"
  schedule_expression = "cron(0 3 * * ? *)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_ecs_cluster.main.arn
    role_arn = aws_iam_role.each["scheduler"].arn

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.main.arn
      launch_type         = "FARGATE"

      network_configuration {
        subnets = ["subnet-12345678"]
      }
    }
  }
}
"""


def text(image="1", first="true", skip="false"):
    return STACK.replace("IMAGE", image).replace("FIRST", first).replace("SKIP", skip)


def without(block):
    """The stack without one of its blocks, and what refers to it."""
    head, _, tail = text().partition(f'resource "{block}" "main"')
    return head + tail.partition("\n}\n")[2]


def revisions(world, status="ACTIVE"):
    arns = world.client("ecs").list_task_definitions(familyPrefix="nightly", status=status)["taskDefinitionArns"]
    return [int(arn.rpartition(":")[2]) for arn in arns]


def schedules(world):
    return [s["Name"] for s in world.client("scheduler").list_schedules()["Schedules"]]


def kinds(world, stack):
    """What drift finds, by address."""
    [one] = report(world, stack)["stacks"]
    return {f["address"]: f["kind"] for f in one["findings"]}


def test_from_nothing_to_nothing(world, folder):
    stack = folder(text())
    world.apply(stack)
    values = resources(world, stack)
    task, nightly = values["aws_ecs_task_definition.main"], values["aws_scheduler_schedule.main"]
    assert (task["revision"], task["id"]) == (1, task["arn"])
    assert task["arn_without_revision"] == f"arn:aws:ecs:us-east-1:{world.account}:task-definition/nightly"
    assert nightly["name"].startswith("nightly-") and nightly["id"] == f"default/{nightly['name']}"
    assert nightly["target"][0]["retry_policy"] == [{"maximum_event_age_in_seconds": 86400, "maximum_retry_attempts": 185}]
    world.cairn(stack, "destroy", "-auto-approve")
    assert revisions(world) == [] and schedules(world) == []
    # A second start finds neither the cluster that is INACTIVE nor the revision that is.
    world.apply(stack)
    assert revisions(world) == [2] and revisions(world, "INACTIVE") == [1]
    world.cairn(stack, "destroy", "-auto-approve")
    assert revisions(world) == [] and schedules(world) == []


@pytest.mark.parametrize("first", ["true", "false"])
def test_a_change_registers_a_revision_and_the_schedule_follows(world, folder, first):
    world.apply(folder(text(first=first)))
    # What AWS has in another order, or fills in, is no change.
    same = text(first=first).replace("containerPort = 8080", 'containerPort = 8080, hostPort = 8080, protocol = "tcp"')
    variables = [f'{{ name = "{name}", value = "{value}" }}' for name, value in (("B", 2), ("A", 1))]
    assert ", ".join(variables) in same
    world.settled(folder(same.replace(", ".join(variables), ", ".join(reversed(variables)))))
    stack = folder(text("2", first))
    world.apply(stack)
    assert revisions(world) == [2] and revisions(world, "INACTIVE") == [1]
    [name] = schedules(world)
    target = world.client("scheduler").get_schedule(Name=name)["Target"]
    assert target["EcsParameters"]["TaskDefinitionArn"].endswith("nightly:2")


def test_a_revision_that_is_kept_is_nobodys(world, folder):
    world.apply(folder(text(skip="true")))
    world.apply(folder(text("2", skip="true")))
    assert revisions(world) == [1, 2]
    world.cairn(folder(text("2", skip="true")), "destroy", "-auto-approve")
    assert revisions(world) == [1, 2]
    world.apply(folder(text("3")))
    assert revisions(world) == [1, 2, 3]


def test_what_was_done_by_hand_is_found_and_mended(world, folder):
    stack = folder(text())
    world.apply(stack)
    ecs, scheduler = world.client("ecs"), world.client("scheduler")
    [name] = schedules(world)
    scheduler.delete_schedule(Name=name)
    ecs.deregister_task_definition(taskDefinition="nightly:1")
    ecs.update_cluster(cluster="nightly", settings=[{"name": "containerInsights", "value": "enhanced"}])
    # A revision that somebody else registers is somebody else's.
    ecs.register_task_definition(family="nightly", containerDefinitions=[{"name": "other", "image": "i", "memory": 128}])
    assert kinds(world, stack) == {"aws_scheduler_schedule.main": "missing", "aws_ecs_task_definition.main": "missing"}
    world.apply(stack)
    assert revisions(world) == [2, 3] and schedules(world) == [name]
    world.cairn(stack, "destroy", "-auto-approve")
    assert revisions(world) == [2]


def test_retries_that_nobody_asked_for_are_drift(world, folder):
    stack = folder(text())
    world.apply(stack)
    scheduler = world.client("scheduler")
    [name] = schedules(world)
    have = scheduler.get_schedule(Name=name)
    have["Target"]["RetryPolicy"] = {"MaximumRetryAttempts": 0}
    scheduler.update_schedule(**{k: have[k] for k in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")})
    [one] = report(world, stack)["stacks"]
    differences = [d["attribute"] for f in one["findings"] for d in f["differences"]]
    assert differences == ["target[0].retry_policy[0].maximum_retry_attempts"]
    world.apply(stack)


@pytest.mark.parametrize("block", ["aws_scheduler_schedule", "aws_ecs_task_definition", "aws_ecs_cluster"])
def test_what_lost_its_block_is_destroyed(world, folder, block):
    world.apply(folder(text()))
    rest = without("aws_scheduler_schedule")
    if block != "aws_scheduler_schedule":
        rest = rest.partition(f'resource "{block}" "main"')[0] + rest.partition(f'resource "{block}" "main"')[2].partition("\n}\n")[2]
    world.apply(folder(rest))
    assert schedules(world) == []
    assert revisions(world) == ([] if block == "aws_ecs_task_definition" else [1])
    [found] = world.client("ecs").describe_clusters(clusters=["nightly"])["clusters"]
    assert found["status"] == ("INACTIVE" if block == "aws_ecs_cluster" else "ACTIVE")


def test_somebody_elses_names_are_refused(world, folder):
    ecs = world.client("ecs")
    ecs.create_cluster(clusterName="nightly")
    assert "nightly" in world.cairn(folder(text()), "plan", exit=1)
    ecs.delete_cluster(cluster="nightly")
    target = {"Arn": f"arn:aws:sqs:us-east-1:{world.account}:q", "RoleArn": f"arn:aws:iam::{world.account}:role/r"}
    theirs = dict(Name="theirs", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target)
    world.client("scheduler").create_schedule(**theirs)
    stack = folder(text().replace('name_prefix         = "nightly-"', 'name = "theirs"'))
    assert "theirs" in world.cairn(stack, "plan", exit=1)
    assert world.client("scheduler").get_schedule(Name="theirs")["Target"]["Arn"] == target["Arn"]


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('cpu                      = "256"', 'cpu = "300"', "does not go with 300 CPU units"),
        ('network_mode             = "awsvpc"', 'network_mode = "bridge"', 'must be "awsvpc" for Fargate'),
        ('image        = "', 'Image        = "', "unknown field `Image`"),
        ("skip_destroy             = false", "track_latest = true", "knows its revision by its mark"),
        ('mode = "OFF"', 'mode = "FLEXIBLE"', 'is needed where mode is "FLEXIBLE"'),
        ("cron(0 3 * * ? *)", "daily", "must be cron"),
    ],
)
def test_what_aws_would_refuse_is_refused_at_plan(world, folder, old, new, said):
    assert old in text()
    printed = world.cairn(folder(text().replace(old, new)), "plan", exit=1)
    assert said in printed and "main.tf:" in printed


def test_a_cluster_is_left_when_somebodys_service_runs_in_it(world, folder):
    stack = folder(text())
    world.apply(stack)
    ecs, ec2 = world.client("ecs"), world.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/25")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="s", Description="d")["GroupId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    ecs.create_service(cluster="nightly", serviceName="s", taskDefinition="nightly:1", desiredCount=0, launchType="FARGATE", networkConfiguration=network)
    assert "ClusterContainsServicesException" in world.cairn(stack, "destroy", "-auto-approve", exit=1)
    ecs.delete_service(cluster="nightly", service="s", force=True)
    world.cairn(stack, "destroy", "-auto-approve")
    with pytest.raises(ClientError, match="ClusterNotFound"):
        ecs.update_cluster(cluster="nightly", settings=[])


def test_the_containers_are_as_they_were_written(world, folder):
    world.apply(folder(text()))
    [container] = world.client("ecs").describe_task_definition(taskDefinition="nightly")["taskDefinition"]["containerDefinitions"]
    assert container["image"] == "registry.example.com/main:1" and container["portMappings"][0]["hostPort"] == 8080
    assert json.dumps(container["environment"]) == json.dumps([{"name": "B", "value": "2"}, {"name": "A", "value": "1"}])
