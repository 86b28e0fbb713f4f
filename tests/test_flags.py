"""Terraform's flags and verbs: each does what its name says, or says what to do instead."""

import json

import pytest

STACK = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "app" {
  count      = 12
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}

resource "aws_ssm_parameter" "note" {
  name  = "/flags/note"
  type  = "String"
  value = "x"
}
"""

# A verb, its exit code, a word of what it says.
STATELESS = [
    (["init", "-upgrade"], 0, "nothing to initialise"),
    (["get"], 0, "nothing to fetch"),
    (["refresh"], 0, "cairn drift"),
    (["state", "list"], 0, "cairn show"),
    (["force-unlock", "-force", "1"], 0, "no lock"),
    (["workspace", "select", "dev"], 0, "--workspace"),
    (["providers"], 0, "part of Cairn"),
    (["import", "aws_vpc.main", "vpc-1"], 1, "can't import"),
    (["fmt", "-check"], 1, "terraform fmt"),
    (["console"], 1, "terraform console"),
    (["test"], 1, ".tftest.hcl"),
]


@pytest.mark.parametrize("verb, exit, word", STATELESS)
def test_verbs_without_a_state(world, folder, verb, exit, word):
    printed = world.cairn(folder(STACK), *verb, exit=exit)
    assert word in printed and len(printed.splitlines()) == 1


def test_exclude(world, folder):
    stack = folder(STACK)
    printed = world.cairn(stack, "plan", "-exclude=aws_vpc.main")
    assert "Plan: 1 to add" in printed and "aws_ssm_parameter.note" in printed
    world.cairn(stack, "apply", "-auto-approve", "-lock=false", "-lock-timeout=5m", "-input=false")
    printed = world.cairn(stack, "destroy", "-auto-approve", "-exclude=aws_subnet.app[3]")
    assert "12 destroyed" in printed
    printed = world.cairn(stack, "plan")
    assert "Plan: 12 to add" in printed, "the excluded subnet and the network that it lies in are there"


def test_a_lock_is_refused_and_not_ignored(world, folder):
    assert "takes no lock" in world.cairn(folder(STACK), "apply", "-auto-approve", "-lock=true", exit=1)
    assert world.marked() == []


def test_compact_warnings(world, folder):
    stack = folder(STACK)
    wordy = world.cairn(stack, "plan", "-target=aws_vpc.main", "-target=aws_vpc.other")
    compact = world.cairn(stack, "plan", "-target=aws_vpc.main", "-target=aws_vpc.other", "-compact-warnings")
    assert "names nothing" in wordy and "names nothing" not in compact
    assert "2 warnings" in compact


def test_one_at_a_time_is_enough(world, folder):
    stack = folder(STACK)
    calls = stack / "calls"
    world.cairn(stack, "apply", "-auto-approve", "-parallelism=1", f"--calls={calls}")
    operations = [json.loads(line)["operation"] for line in calls.read_text().splitlines()]
    assert operations.count("CreateSubnet") == 12
    world.cairn(stack, "plan", "-parallelism=1", "-detailed-exitcode")
    assert "0 is not in" in world.cairn(stack, "plan", "-parallelism=0", exit=1)
