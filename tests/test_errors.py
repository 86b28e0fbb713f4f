"""Wrong input: what is said, where it points, and that nothing is changed."""

import os

import pytest

GOOD = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}
"""

# What the configuration ends with, the place that the message names, words of the message.
WRONG = {
    "a misspelt argument": ('resource "aws_vpc" "b" {\n  cidr_blok = "10.2.0.0/16"\n}\n', "main.tf:11:3", ["cidr_blok", "cidr_block"]),
    "a wrong type": ('resource "aws_vpc" "b" {\n  cidr_block           = "10.2.0.0/16"\n  enable_dns_hostnames = "maybe"\n}\n', "main.tf:12:26", ["bool"]),
    "a value out of range": ('resource "aws_vpc" "b" {\n  cidr_block = "10.2.0.1/16"\n}\n', "main.tf:11:16", ["10.2.0.0/16"]),
    "an unknown resource type": ('resource "aws_vcp" "b" {\n}\n', "main.tf:10:10", ["aws_vcp", "aws_vpc"]),
    "a reference to nothing": ('output "x" {\n  value = aws_vpc.other.id\n}\n', "main.tf:11:11", ["aws_vpc", "other"]),
    "a cycle": ('locals {\n  a = local.b\n  b = local.a\n}\n', "main.tf:11:", ["ycle", "local.a", "local.b"]),
    "a missing variable": ('variable "name" {\n  type = string\n}\n', "main.tf:10:1", ["name"]),
    "an argument that Cairn does not support": (
        'resource "aws_vpc" "b" {\n  cidr_block        = "10.2.0.0/16"\n  ipv4_ipam_pool_id = "ipam-pool-1"\n}\n',
        "main.tf:12:3",
        ["ipv4_ipam_pool_id", "support"],
    ),
    "an argument that only AWS sets": ('resource "aws_vpc" "b" {\n  cidr_block = "10.2.0.0/16"\n  arn        = "x"\n}\n', "main.tf:12:3", ["arn"]),
    "a missing argument": ('resource "aws_subnet" "b" {\n}\n', "main.tf:10:", ["vpc_id"]),
    "a file that is not HCL": ("<html>\n", "main.tf:10:1", []),
    "a tag of Cairn's own": ('resource "aws_vpc" "b" {\n  cidr_block = "10.2.0.0/16"\n  tags       = { "cairn:stack" = "x" }\n}\n', "main.tf:12:", ["cairn:stack"]),
}


def place(printed):
    return [word.strip() for line in printed.splitlines() if "-->" in line for word in [line.split("-->")[1]]]


@pytest.mark.parametrize("what", WRONG)
def test_names_file_line_and_column(world, folder, what):
    text, where, words = WRONG[what]
    stack = folder(GOOD + "\n" + text)
    verbs = [["validate"], ["plan"], ["apply", "-auto-approve"]]
    if what == "a missing variable":
        # As Terraform's, `validate` takes a variable without a value as unknown.
        assert "Success" in world.cairn(stack, *verbs.pop(0))
    for verb in verbs:
        printed = world.cairn(stack, *verb, exit=1)
        assert any(p.split("/")[-1].startswith(where) for p in place(printed)), f"no {where} in:\n{printed}"
        for word in words:
            assert word in printed, f"no {word} in:\n{printed}"
    assert world.marked() == []


def test_an_account_that_is_not_allowed(world, folder):
    stack = folder(GOOD, settings='[workspace.default]\naccount = "111122223333"\n')
    calls = stack / "calls"
    printed = world.cairn(stack, "apply", "-auto-approve", f"--calls={calls}", exit=1)
    assert "111122223333" in printed and world.account in printed
    assert [line.split('"operation":"')[1].split('"')[0] for line in calls.read_text().splitlines()] == ["GetCallerIdentity"]


def test_a_region_that_is_not_allowed(world, folder):
    stack = folder(GOOD, settings='[workspace.default]\nregion = "eu-west-1"\n')
    printed = world.cairn(stack, "apply", "-auto-approve", exit=1)
    assert "us-east-1" in printed and "eu-west-1" in printed and "0 AWS calls" in printed


def test_no_credentials(world, folder):
    without = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    printed = world.cairn(folder(GOOD), "apply", "-auto-approve", exit=1, env=without)
    assert "credentials" in printed and "AWS_PROFILE" in printed


def test_an_endpoint_that_does_not_answer(world, folder):
    printed = world.cairn(folder(GOOD), "apply", "-auto-approve", exit=1, env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert "does not answer" in printed


def test_an_unlisted_workspace(world, folder):
    stack = folder(GOOD, settings='[workspace.dev]\n')
    printed = world.cairn(stack, "--workspace=prod", "plan", exit=1)
    assert "prod" in printed and "dev" in printed


def test_an_unknown_flag(world, folder):
    printed = world.cairn(folder(GOOD), "plan", "-colour=no", exit=1)
    assert "--colour" in printed


def test_a_folder_without_a_stack(world, tmp_path):
    printed = world.cairn(tmp_path, "plan", exit=1)
    assert "cairn.toml" in printed and "name" in printed
