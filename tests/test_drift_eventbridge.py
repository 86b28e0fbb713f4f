"""The example of a nightly look for drift on Fargate: it is made, does what it says, and goes."""

import json
import re
import shutil
import subprocess

import pytest
from conftest import CAIRN, ROOT
from test_iam_policy import goes_by_its_policies, held, linted, policies  # noqa: F401  (held is a fixture)

EXAMPLE = ROOT / "examples/drift-eventbridge"
WATCHED = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/watched"
  retention_in_days = 30
}
"""


@pytest.fixture
def stacks(world, tmp_path):
    """What is watched: one stack, which is there."""
    folder = tmp_path / "stacks/shop"
    folder.mkdir(parents=True)
    (folder / "cairn.toml").write_text('name = "shop"\n[workspace.production]\n')
    (folder / "main.tf").write_text(WATCHED)
    world.cairn(folder, "apply", "-auto-approve", "--workspace=production")
    return folder.parent


@pytest.fixture
def example(world, stacks, tmp_path):
    """The example with what a user has to bring: an image's name, a network, policies."""
    stack = tmp_path / "watcher"
    shutil.copytree(EXAMPLE, stack)
    ec2 = world.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.0.{n}/25")["Subnet"]["SubnetId"] for n in (0, 128)]
    settings = {"image": "registry.example.com/stacks:main", "vpc_id": vpc, "subnet_ids": subnets}
    (stack / "settings.tfvars").write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
    shop = stacks / "shop"
    world.cairn(shop, "--workspace=production", "iam-policy", "--for=drift", f"--out={stack / 'policies'}")
    return stack


def started(world):
    """The container of the task that the schedule starts, and the schedule's target."""
    target = world.client("scheduler").get_schedule(Name="drift-watcher")["Target"]
    name = target["EcsParameters"]["TaskDefinitionArn"]
    task = world.client("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"]
    assert task["status"] == "ACTIVE"
    [container] = task["containerDefinitions"]
    return target, task, container


def look(world, stacks, container):
    """What the container's command gives in the folder of the stacks: its exit code and the report."""
    done = subprocess.run(
        [CAIRN, *container["command"]], cwd=stacks, env=world.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )
    return done.returncode, json.loads(done.stdout)


def inline(world, role):
    iam = world.client("iam")
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def test_it_looks_for_drift(world, stacks, example):
    world.apply(example)
    _, _, container = started(world)
    code, report = look(world, stacks, container)
    assert (code, report["stacks"][0]["findings"]) == (0, [])
    world.client("logs").put_retention_policy(logGroupName="/watched", retentionInDays=7)
    code, report = look(world, stacks, container)
    assert code == 2
    assert [f["address"] for s in report["stacks"] for f in s["findings"]] == ["aws_cloudwatch_log_group.main"]


def test_the_task_may_read_the_stacks_and_no_more(world, held, stacks, example):  # noqa: F811
    world.apply(example)
    _, task, container = started(world)
    iam, role = world.client("iam"), task["taskRoleArn"].rpartition("/")[2]
    attached = [p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]]
    documents = [iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] for arn in attached]
    assert documents == policies(world, stacks / "shop", "drift", "--workspace=production")
    held.to([*documents, inline(world, role)])
    code, report = look(world, stacks, container)
    assert code == 0 and not report["stacks"][0]["unchecked"]


def test_the_schedule_may_start_this_task_and_no_other(world, example):
    world.apply(example)
    target, task, _ = started(world)
    run, hand_over = inline(world, target["RoleArn"].rpartition("/")[2])["Statement"]
    assert (run["Action"], run["Condition"]) == ("ecs:RunTask", {"ArnEquals": {"ecs:cluster": target["Arn"]}})
    assert re.fullmatch(run["Resource"].replace("*", r"\d+"), target["EcsParameters"]["TaskDefinitionArn"])
    assert sorted(hand_over["Resource"]) == sorted([task["taskRoleArn"], task["executionRoleArn"]])
    assert hand_over["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    findings, _ = linted([inline(world, name) for name in ("drift-watcher-task", "drift-watcher-execution", "drift-watcher-schedule")])
    assert [f for f in findings if f["severity"] not in ("LOW", "MUTED")] == []


def test_another_image_is_what_the_schedule_starts(world, example):
    world.apply(example)
    before = started(world)[0]["EcsParameters"]["TaskDefinitionArn"]
    settings = example / "settings.tfvars"
    settings.write_text(settings.read_text().replace("stacks:main", "stacks:next"))
    world.apply(example)
    target, _, container = started(world)
    assert container["image"].endswith("stacks:next") and target["EcsParameters"]["TaskDefinitionArn"] != before
    assert world.client("ecs").describe_task_definition(taskDefinition=before)["taskDefinition"]["status"] == "INACTIVE"


def test_it_goes_by_its_own_policies_and_leaves_nothing(world, held, stacks, example, tmp_path):  # noqa: F811
    world.cairn(stacks / "shop", "destroy", "-auto-approve", "--workspace=production")
    goes_by_its_policies(world, held, example, tmp_path, lambda: None)
    assert world.client("scheduler").list_schedules()["Schedules"] == []


def test_it_is_made_without_policies_too(world, example):
    shutil.rmtree(example / "policies")
    world.apply(example)
    assert world.client("iam").list_attached_role_policies(RoleName="drift-watcher-task")["AttachedPolicies"] == []
