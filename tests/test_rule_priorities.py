"""Rules of a listener that take each other's places."""

import subprocess
import time

import pytest

TEXT = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "one" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.${count.index}.0/24"
  availability_zone = ["us-east-1a", "us-east-1b"][count.index]
}

resource "aws_lb" "main" {
  name     = "places"
  internal = true
  subnets  = aws_subnet.one[*].id
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}
"""

RULE = """
resource "aws_lb_listener_rule" "NAME" {
  listener_arn = aws_lb_listener.http.arn
  priority     = PRIORITY

  condition {
    path_pattern {
      values = ["/NAME"]
    }
  }

  action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}
"""

BEFORE = {"a": 1, "b": 2, "c": 3}
CHANGES = {
    "two change places": {"a": 2, "b": 1, "c": 3},
    "three go round": {"a": 2, "b": 3, "c": 1},
    "each takes the next one's": {"a": 2, "b": 3, "c": 4},
    "one takes the place of one that goes": {"a": 1, "b": 3},
    "a row ends at one that goes": {"a": 2, "b": 3},
    "a new one takes the place of one that moves": {"new": 1, "a": 2, "b": 3, "c": 4},
    "a new one takes the place of one that goes": {"a": 1, "b": 2, "new": 3},
}


def text(priorities):
    return TEXT + "".join(RULE.replace("NAME", name).replace("PRIORITY", str(priority)) for name, priority in priorities.items())


def places(world):
    """What is at which place, by the path that each rule is for."""
    elb = world.client("elbv2")
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
    rules = elb.describe_rules(ListenerArn=listener)["Rules"]
    return {r["Conditions"][0]["PathPatternConfig"]["Values"][0][1:]: int(r["Priority"]) for r in rules if not r["IsDefault"]}


@pytest.mark.parametrize("parallelism", (1, 24))
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_places_is_one_apply(world, folder, change, parallelism):
    world.apply(folder(text(BEFORE)))
    after = CHANGES[change]
    stack = folder(text(after))
    steps = {
        "to add": len(after.keys() - BEFORE.keys()),
        "to change": sum(BEFORE[name] != priority for name, priority in after.items() if name in BEFORE),
        "to destroy": len(BEFORE.keys() - after.keys()),
    }
    printed = world.cairn(stack, "plan")
    assert ", ".join(f"{number} {word}" for word, number in steps.items()) in printed, printed
    printed = world.apply(stack, f"-parallelism={parallelism}")
    done = dict(zip(("added", "changed", "destroyed"), steps.values()))
    assert ", ".join(f"{number} {word}" for word, number in done.items()) in printed, printed
    assert places(world) == after


def test_a_place_that_is_not_left_is_not_taken(world, folder):
    stack = folder(text(BEFORE))
    world.apply(stack)
    folder(text({"a": 2, "b": 4, "c": 3}))
    printed = world.cairn(stack, "apply", "-auto-approve", "-target=aws_lb_listener_rule.a", exit=1)
    assert "PriorityInUse" in printed
    assert places(world) == BEFORE
    world.apply(stack)


def test_a_run_that_is_killed_is_made_up_for(world, folder, tmp_path):
    orders = [{"a": 2, "b": 3}, {"b": 2, "c": 3, "a": 4}, {"c": 2, "b": 3, "a": 1}]
    stack, log = folder(text(BEFORE)), tmp_path / "log"
    world.apply(stack)
    for number in range(9):
        after = orders[number % len(orders)]
        folder(text(after))
        with open(log, "w") as file:
            run = world.start(stack, "apply", "-auto-approve", "-parallelism=2", stdout=subprocess.DEVNULL, stderr=file)
        # The number of lines of progress tells an instant of the run.
        while run.poll() is None and log.read_bytes().count(b"\n") < number:
            time.sleep(0.002)
        run.kill()
        run.wait()
        world.apply(stack)
        assert places(world) == after
