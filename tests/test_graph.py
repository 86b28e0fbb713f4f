"""The stack drawn without a plan, and what a plan knows of what is not made yet."""

import json
import xml.etree.ElementTree as ET

STACK = """
provider "aws" { region = "us-east-1" }

resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }

resource "aws_subnet" "main" {
  for_each          = { public-a = "us-east-1a", public-b = "us-east-1b", data-a = "us-east-1a" }
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, index(["public-a", "public-b", "data-a"], each.key))
  availability_zone = each.value
  tags              = { Name = each.key, Tier = split("-", each.key)[0] }
}

resource "aws_security_group" "main" {
  for_each = toset(["lb", "db"])
  name     = "shop-${each.key}"
  vpc_id   = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  security_group_id = local.groups["lb"]
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

locals {
  subnets = { for key, subnet in aws_subnet.main : key => subnet.id }
  groups  = { for key, group in aws_security_group.main : key => group.id }
}

resource "aws_lb" "main" {
  name            = "shop"
  subnets         = [local.subnets["public-a"], local.subnets["public-b"]]
  security_groups = [local.groups["lb"]]
}
"""
SVG = "{http://www.w3.org/2000/svg}"


def until(printed, end):
    """What was printed, without what came after on the error output."""
    return printed[: printed.index(end) + len(end)]


def test_a_plan_knows_which_argument_names_what_is_not_made_yet(world, folder):
    stack = folder(STACK)
    world.cairn(stack, "plan", "-out=plan.cairnplan")
    plan = json.loads((stack / "plan.cairnplan").read_text())
    balancer = plan["references"]["aws_lb.main"]
    assert balancer == {
        "security_groups": ['aws_security_group.main["lb"]'],
        "subnets": ['aws_subnet.main["public-a"]', 'aws_subnet.main["public-b"]'],
    }
    changed = next(c for c in plan["changes"] if c["address"] == "aws_lb.main")
    assert 'aws_subnet.main["data-a"]' in changed["depends_on"], "its dependencies alone would not tell"


def test_the_drawing_needs_no_plan(world, folder):
    stack = folder(STACK)
    drawn = ET.fromstring(until(world.cairn(stack, "graph", "-format=svg"), "</svg>").encode())
    assert drawn.tag == f"{SVG}svg"
    titles = [t.text for t in drawn.iter(f"{SVG}title")]
    assert "Load balancer shop: unchanged" in titles, titles
    texts = [t.text for t in drawn.iter(f"{SVG}text")]
    assert {"us-east-1a", "us-east-1b", "Public subnet", "Data subnet", "Internet", "443"} <= set(texts), texts


def test_the_page_needs_no_plan(world, folder):
    page = world.cairn(folder(STACK), "graph", "-format=html")
    assert page.startswith("<!DOCTYPE html>") and page.count('class="resource ') == 8


def test_the_resource_graph_in_two_languages(world, folder):
    stack = folder(STACK)
    dot = world.cairn(stack, "graph")
    assert dot == world.cairn(stack, "graph", "-format=dot")
    assert '  "aws_lb.main" -> "aws_security_group.main[\\"lb\\"]";\n' in dot
    mermaid = world.cairn(stack, "graph", "-format=mermaid")
    assert mermaid.startswith("flowchart RL\n") and '["aws_lb.main"]' in mermaid
    assert mermaid.count(" --> ") == dot.count(" -> ")


def test_the_page_of_a_plan_is_the_same_when_it_was_kept(world, folder):
    stack = folder(STACK)
    drawn = until(world.cairn(stack, "plan", "-format=html", "-out=plan.cairnplan"), "</html>")
    assert drawn == until(world.cairn(stack, "show", "-format=html", "plan.cairnplan"), "</html>")
