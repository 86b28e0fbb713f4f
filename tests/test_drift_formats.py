"""Drift as reports for other programs, and over several stacks at once."""

import json
import pathlib
import xml.etree.ElementTree as xml

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
STACK = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_security_group" "web" {
  name        = "NAME-web"
  description = "The web"
  vpc_id      = aws_vpc.main.id
}

resource "aws_ssm_parameter" "note" {
  name  = "/NAME/note"
  type  = "String"
  value = "wanted"
}
"""


def make(folder, name, text=STACK):
    folder.mkdir()
    (folder / "cairn.toml").write_text(f'name = "{name}"\n')
    (folder / "main.tf").write_text(text.replace("NAME", name))
    return folder


@pytest.fixture
def drifted(world, tmp_path):
    """A stack with a value, a stray and a missing resource that are not as it says."""
    stack = make(tmp_path / "drifted", "drifted")
    world.apply(stack)
    world.client("ssm").put_parameter(Name="/drifted/note", Value="found", Overwrite=True)
    return stack


def test_every_format_names_the_finding(world, drifted):
    report = json.loads(world.output(drifted, "drift", "--format=json", exit=2))
    jsonschema.validate(report, json.loads((ROOT / "docs/drift.schema.json").read_text()))
    (stack,) = report["stacks"]
    (finding,) = stack["findings"]
    assert (report["verdict"], finding["address"], finding["kind"]) == ("drift", "aws_ssm_parameter.note", "changed")
    assert finding["declared"]["line"] == 16
    assert [d["attribute"] for d in finding["differences"]] == ["value"]
    assert len(stack["checked"]) == 3
    suite = xml.fromstring(world.output(drifted, "drift", "--format=junit", exit=2)).find("testsuite")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("drifted/default", "3", "1", "0")
    sarif = json.loads(world.output(drifted, "drift", "--format=sarif", exit=2))
    (result,) = sarif["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 16
    metrics = world.output(drifted, "drift", "--format=prometheus", exit=2).splitlines()
    assert 'cairn_drift_findings{stack="drifted",workspace="default",kind="changed"} 1' in metrics
    markdown = world.output(drifted, "drift", "--format=markdown", exit=2)
    assert markdown.startswith("## Drift: 1 resource has drifted\n")


def test_a_secret_is_in_no_report(world, tmp_path):
    secret = STACK.replace('type  = "String"', 'type  = "SecureString"').replace('"wanted"', '"hunter2-wanted"')
    stack = make(tmp_path / "secret", "secret", secret)
    world.apply(stack)
    world.client("ssm").put_parameter(Name="/secret/note", Value="hunter2-found", Overwrite=True)
    for form in ("text", "json", "markdown", "junit", "prometheus", "sarif"):
        printed = world.cairn(stack, "drift", f"--format={form}", exit=2)
        assert "hunter2" not in printed, form


def test_several_stacks_give_one_report_and_one_exit_code(world, drifted, tmp_path):
    quiet = make(tmp_path / "quiet", "quiet")
    world.apply(quiet)
    broken = make(tmp_path / "broken", "broken", 'resource "aws_vpc" "main" {\n  cidr_blok = "10.0.0.0/16"\n}\n')
    (tmp_path / "nothing").mkdir()
    calls = tmp_path / "calls"
    report = json.loads(world.output(tmp_path, "drift", "--format=json", f"--calls={calls}", "drifted", "quiet", "broken", "nothing", exit=1))
    verdicts = [(s["stack"], s["verdict"], s.get("error", "")) for s in report["stacks"]]
    assert verdicts[:2] == [("drifted", "drift", ""), ("quiet", "no_drift", "")]
    assert verdicts[2][:2] == ("broken", "unknown") and "cidr_blok" in verdicts[2][2]
    assert verdicts[3][1] == "unknown" and "cairn.toml" in verdicts[3][2]
    operations = {json.loads(line)["operation"] for line in calls.read_text().splitlines()}
    assert operations and all(o.startswith(("Get", "Describe", "List")) for o in operations), operations
    text = world.output(tmp_path, "drift", "drifted", "quiet", exit=2)
    assert "  drifted/default: 1 drifted\n  quiet/default: no drift\n" in text
