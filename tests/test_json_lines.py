"""Runs told in JSON lines have the form of Terraform's.

What Terraform says of the same files is kept in oracle/json_lines.json; RECORD=1 asks it again (as tests/compare does,
with TF_PLUGINS).
"""

import json
import os
import pathlib
import subprocess

import real_terraform

RECORDED = pathlib.Path(__file__).resolve().parent / "oracle/json_lines.json"
PROVIDER = """
provider "aws" {
  region = "us-east-1"
}
"""
STACK = PROVIDER + """
variable "cidr" {
  default = "10.1.0.0/16"
}

resource "aws_vpc" "a" {
  count      = 2
  cidr_block = var.cidr
}

module "m" {
  source = "./m"
}

output "o" {
  value = aws_vpc.a[0].cidr_block
}

output "s" {
  value     = "secret"
  sensitive = true
}
"""
MODULE = """
resource "aws_eip" "b" {
  for_each = { k = 1 }
  domain   = "vpc"
}
"""
VPC = PROVIDER + """
resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}
"""


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def shapes(told):
    """Of each type of line the keys it has, and those of what it holds; of each planned change all but the time."""
    kept = {"planned_change": [], "change_summary": [], "outputs": []}
    for line in told:
        kind = line["type"]
        if kind in ("planned_change", "change_summary", "outputs"):
            kept[kind].append({k: v for k, v in line.items() if k != "@timestamp"})
        inner = line.get("hook") or line.get("diagnostic") or {}
        kept.setdefault("keys", {})[kind] = [sorted(line), sorted(inner), sorted(inner.get("resource", {})), sorted(inner.get("range", {}))]
    kept["planned_change"].sort(key=lambda line: line["change"]["resource"]["addr"])
    return kept


def write(folder):
    (folder / "m").mkdir()
    (folder / "m/main.tf").write_text(MODULE)
    (folder / "main.tf").write_text(STACK)
    (folder / "cairn.toml").write_text('name = "lines"\n')
    wrong = folder / "wrong"
    wrong.mkdir()
    (wrong / "main.tf").write_text('output "z" {\n  value = local.nothing\n}\n')
    (wrong / "cairn.toml").write_text('name = "wrong"\n')


def record(world, folder):
    real_terraform.require()
    env = {**world.environment, **real_terraform.settings(folder)}
    run = lambda where, *args: lines(subprocess.run(["terraform", *args], cwd=where, env=env, capture_output=True, text=True).stdout)
    for where in (folder, folder / "wrong"):
        (where / "zz_override.tf").write_text(real_terraform.OVERRIDE if where == folder else "")
        subprocess.run(["terraform", "init", "-input=false"], cwd=where, env=env, check=True, capture_output=True)
    plan = run(folder, "plan", "-json")
    wrong = run(folder / "wrong", "plan", "-json")
    RECORDED.write_text(json.dumps({"plan": shapes(plan), "wrong": shapes(wrong)["keys"]["diagnostic"]}, indent=1) + "\n")
    (folder / "zz_override.tf").unlink()


def output(world, folder, *args, exit=0):
    process = world.start(folder, *args, stdout=-1, stderr=-1, text=True)
    out, err = process.communicate(timeout=300)
    assert process.returncode == exit, f"{process.returncode}\n{out}\n{err}"
    return lines(out)


def test_a_plan_is_told_as_terraform_tells_it(world, tmp_path):
    write(tmp_path)
    if os.environ.get("RECORD"):
        record(world, tmp_path)
    recorded = json.loads(RECORDED.read_text())["plan"]
    told = shapes(output(world, tmp_path, "plan", "-json"))
    for kind in ("planned_change", "change_summary", "outputs"):
        assert told[kind] == recorded[kind]
    del recorded["keys"]["version"], told["keys"]["version"]
    assert told["keys"] == recorded["keys"]


def test_an_error_is_told_with_its_place(world, tmp_path):
    write(tmp_path)
    version, error = output(world, tmp_path / "wrong", "plan", "-json", exit=1)
    assert (version["type"], version["ui"], error["type"], error["@level"]) == ("version", "1.2", "diagnostic", "error")
    assert error["diagnostic"]["range"]["filename"].endswith("main.tf")
    start, end = error["diagnostic"]["range"]["start"], error["diagnostic"]["range"]["end"]
    assert (start["line"], start["column"]) == (2, 11)
    assert end["column"] - start["column"] == end["byte"] - start["byte"]
    _, inner, _, place = json.loads(RECORDED.read_text())["wrong"]
    # The snippet is left out: the range says what it shows.
    assert sorted(error["diagnostic"]) == [k for k in inner if k != "snippet"]
    assert sorted(error["diagnostic"]["range"]) == place


def test_a_run_is_told_from_start_to_end(world, folder):
    stack = folder(VPC)
    told = output(world, stack, "apply", "-json", "-auto-approve")
    kinds = [line["type"] for line in told]
    assert kinds == ["version", "planned_change", "change_summary", "apply_start", "apply_complete", "change_summary"]
    hook = told[4]["hook"]
    assert hook["resource"]["addr"] == "aws_vpc.main" and hook["id_value"].startswith("vpc-") and hook["elapsed_seconds"] >= 0
    assert told[-1]["changes"] == {"add": 1, "change": 0, "import": 0, "remove": 0, "operation": "apply"}
    world.client("ec2").modify_vpc_attribute(VpcId=hook["id_value"], EnableDnsSupport={"Value": False})
    told = output(world, stack, "plan", "-json")
    assert [line["type"] for line in told] == ["version", "refresh_start", "refresh_complete", "resource_drift", "planned_change", "change_summary"]
    told = output(world, stack, "destroy", "-json", "-auto-approve")
    assert told[-1]["changes"]["operation"] == "destroy" and told[-1]["changes"]["remove"] == 1


def test_a_run_that_would_ask_is_refused(world, folder):
    told = output(world, folder(VPC), "apply", "-json", exit=1)
    assert "-auto-approve" in told[-1]["diagnostic"]["detail"]
    assert world.marked() == []
