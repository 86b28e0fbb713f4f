"""Drift as reports for other programs, and over several stacks at once."""

import json
import pathlib
import xml.etree.ElementTree as xml

import format_judges
import jsonschema
import pytest
from http_server import serve

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
    page = "systems-manager/parameters/%252Fdrifted%252Fnote/description?region=us-east-1"
    assert finding["console"] == f"https://us-east-1.console.aws.amazon.com/{page}"
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


DENIED = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>a \"no\" &amp; ]]&gt; \\</Message></Error></Errors></Response>"


def test_judges_accept_every_format(world, drifted, tmp_path):
    """A report that holds all that a report can: findings of many kinds, what is ignored and what expired, what could not be
    read, who changed it, and what changed since."""
    table = make(tmp_path / "table", "table", 'resource "aws_route_table" "main" {\n  vpc_id = aws_vpc.main.id\n}\n' + STACK)
    world.apply(table)
    ec2 = world.client("ec2")
    own = [{"Name": "tag:cairn:stack", "Values": ["table/default"]}]
    group = ec2.describe_security_groups(Filters=own)["SecurityGroups"][0]
    ec2.create_tags(Resources=[group["GroupId"]], Tags=[{"Key": 'a"b\\c', "Value": "<&]]>\u202e"}])
    hand = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[hand], Tags=[{"Key": "cairn:stack", "Value": "table/default"}, {"Key": "cairn:address", "Value": "aws_vpc.main"}])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    routes = ec2.describe_route_tables(Filters=own)["RouteTables"][0]["RouteTableId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=group["VpcId"])
    ec2.create_route(RouteTableId=routes, DestinationCidrBlock="10.9.0.0/16", GatewayId=gateway)
    world.client("ssm").delete_parameter(Name="/table/note")
    entries = "".join(
        f"\n[[ignore]]\naddress = '{address}'\nreason = 'a \"reason\" & <more>'\nexpires = {expires}\n"
        for address, expires in (("aws_ssm_parameter.note", "2999-01-01"), ("aws_route.*", "2020-01-01"), ("aws_vpc.nothing", "2999-01-01"))
    )
    (table / "cairn.toml").write_text('name = "table"\n' + entries)
    quiet = make(tmp_path / "quiet", "quiet")
    world.apply(quiet)
    make(tmp_path / "broken", "broken", 'resource "aws_vpc" "main" {\n  cidr_blok = "10.0.0.0/16"\n}\n')
    stacks = ("drifted", "table", "quiet", "broken")
    since = tmp_path / "since.json"
    since.write_text(world.output(tmp_path, "drift", "--format=json", "drifted", exit=2))
    forms = {"json": "json", "sarif": "sarif", "junit": "xml", "prometheus": "prom"}

    def judged(*args, **more):
        reports = tmp_path / "reports"
        reports.mkdir(exist_ok=True)
        for form, end in forms.items():
            text = world.output(tmp_path, "drift", f"--format={form}", "--who", f"--since={since}", *stacks, *args, exit=1, **more)
            (reports / f"report.{end}").write_text(text)
        said = format_judges.judge(reports)
        assert said.returncode == 0, said.stdout + said.stderr
        return json.loads((reports / "report.json").read_text())

    report = judged()
    told = report["stacks"][1]
    assert {f["kind"] for f in told["findings"]} >= {"changed", "stray", "marked_twice"}
    assert told["ignored"] and told["unmatched_ignores"] and any("expired_ignore" in f for f in told["findings"])
    assert report["since"]["new"] and report["stacks"][3]["error"]
    with serve(lambda _: (403, DENIED)) as ec2:
        report = judged("--allow-unchecked=aws_vpc", env={"AWS_ENDPOINT_URL_EC2": ec2.url})
    assert {u["allowed"] for u in report["stacks"][1]["unchecked"]} == {True, False}


def test_judges_refuse_what_is_wrong(tmp_path):
    """A judge that accepts anything is none."""
    verdicts = {"json": '{"verdict": "maybe"}', "sarif": '{"version": "2.1.0"}', "xml": "<testsuites><test/></testsuites>", "prom": "x{ 1"}
    good = {
        "json": '{"format_version": "1.1", "checked_at": "", "verdict": "no_drift", "stacks": []}',
        "sarif": '{"version": "2.1.0", "runs": []}',
        "xml": "<testsuites/>",
        "prom": "# HELP a b\n# TYPE a gauge\na 1\n",
    }
    for wrong in (None, *verdicts):
        for end in good:
            (tmp_path / f"report.{end}").write_text(verdicts[end] if end == wrong else good[end])
        assert (format_judges.judge(tmp_path).returncode == 0) == (wrong is None), wrong
