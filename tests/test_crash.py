"""An apply is killed at instants spread over its run; the next one finds all that was made."""

import collections
import random
import subprocess
import time

import pytest
from conftest import World
from test_iam_policy import Held, policies

WAY = "--workspace=dev"
INSTANTS = 20


def addresses(world):
    """How often each address is marked in EC2, corpses left out."""
    ec2 = world.client("ec2")
    kinds = {
        "vpcs": ec2.describe_vpcs()["Vpcs"],
        "subnets": ec2.describe_subnets()["Subnets"],
        "gateways": ec2.describe_internet_gateways()["InternetGateways"],
        "addresses": ec2.describe_addresses()["Addresses"],
        "nat": [n for n in ec2.describe_nat_gateways()["NatGateways"] if n["State"] not in ("deleted", "deleting", "failed")],
        "tables": ec2.describe_route_tables()["RouteTables"],
        "groups": ec2.describe_security_groups()["SecurityGroups"],
        "rules": ec2.describe_security_group_rules()["SecurityGroupRules"],
        "endpoints": ec2.describe_vpc_endpoints()["VpcEndpoints"],
        "templates": ec2.describe_launch_templates()["LaunchTemplates"],
    }
    tags = (tag for kind in kinds.values() for thing in kind for tag in thing.get("Tags", []))
    return collections.Counter(tag["Value"] for tag in tags if tag["Key"] == "cairn:address")


def lines(log):
    return log.read_bytes().count(b"\n")


def test_killed_at_twenty_instants(world, moodle, capsys):
    log = moodle / "log"

    def start(world):
        with open(log, "w") as file:
            return world.start(moodle, WAY, "apply", "-auto-approve", stdout=subprocess.DEVNULL, stderr=file)

    assert start(world).wait() == 0, log.read_text()
    length = lines(log)
    whole, marked = addresses(world), len(world.marked())
    assert set(whole.values()) == {1}
    killed = 0
    for i in range(INSTANTS):
        fresh = World(str(random.randrange(10**11, 10**12)))
        run = start(fresh)
        # An instant of the run is told by how much of its progress is written, whatever the machine's speed.
        while run.poll() is None and lines(log) < length * i // INSTANTS:
            time.sleep(0.002)
        killed += run.poll() is None
        run.kill()
        run.wait()
        fresh.cairn(moodle, WAY, "apply", "-auto-approve")
        fresh.settled(moodle, WAY)
        assert addresses(fresh) == whole, f"after a kill at {i + 1} of {INSTANTS}"
        assert len(fresh.marked()) == marked
    with capsys.disabled():
        print(f" {killed} of {INSTANTS} runs were still going when they were killed ", end="")
    assert killed >= INSTANTS * 3 // 4, f"only {killed} of {INSTANTS} runs were still going when they were killed"


GROUP = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.1.0.0/24"
}

data "aws_ami" "any" {
  most_recent = true
  owners      = ["amazon"]
}

resource "aws_launch_template" "main" {
  name          = "crash"
  image_id      = data.aws_ami.any.id
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "main" {
  name                = "crash"
  min_size            = 1
  max_size            = 1
  default_cooldown    = COOLDOWN
  vpc_zone_identifier = [aws_subnet.main.id]

  launch_template {
    id      = aws_launch_template.main.id
    version = "1"
  }

  instance_refresh {
    strategy = "Rolling"
    triggers = ["default_cooldown"]
    preferences {
      min_healthy_percentage = 0
    }
  }
}
"""


def without(documents, action):
    """The policies, without one action."""
    statements = [dict(s, Action=[a for a in s["Action"] if a != action]) for document in documents for s in document["Statement"]]
    return [{"Version": "2012-10-17", "Statement": [s for s in statements if s["Action"]]}]


@pytest.mark.parametrize("call", ["CreateOrUpdateTags", "UpdateAutoScalingGroup", "StartInstanceRefresh", "DeleteTags"])
def test_a_refresh_that_was_triggered_is_not_forgotten(world, folder, call):
    def refreshes():
        return world.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName="crash")["InstanceRefreshes"]

    world.apply(folder(GROUP.replace("COOLDOWN", "300")))
    stack = folder(GROUP.replace("COOLDOWN", "200"))
    # Nothing is taken back after a call that is refused: the run ends as if it had been killed there.
    held = Held(world)
    held.to(without(policies(world, stack, "apply"), f"autoscaling:{call}"))
    world.cairn(stack, "apply", "-auto-approve", exit=1)
    assert [a["operation"] for a in held.asked() if not a["allowed"]] == [f"autoscaling:{call}"]
    held.to(None)
    assert len(refreshes()) == (call == "DeleteTags")
    world.cairn(stack, "plan", "-detailed-exitcode", exit=2)
    world.cairn(stack, "drift", exit=2)
    world.apply(stack)
    assert {r["Status"] for r in refreshes()} == {"Successful"}
    [group] = world.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["DefaultCooldown"] == 200 and {t["Key"] for t in group["Tags"]} == {"cairn:stack", "cairn:address"}


def test_a_refresh_that_nobody_wants_any_more_is_not_due(world, folder):
    stack = folder(GROUP.replace("COOLDOWN", "300"))
    world.apply(stack)
    due = {"ResourceType": "auto-scaling-group", "ResourceId": "crash", "Key": "cairn:refresh-due", "Value": "true", "PropagateAtLaunch": False}
    world.client("autoscaling").create_or_update_tags(Tags=[due])
    start, end = GROUP.index("  instance_refresh"), GROUP.rindex("}")
    world.apply(folder(GROUP[:start].replace("COOLDOWN", "300") + GROUP[end:]))
    assert world.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName="crash")["InstanceRefreshes"] == []
