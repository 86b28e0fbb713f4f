"""`cairn iam-policy`: enough for the verb and no more, and taken by a linter."""

import functools
import json
import os
import pathlib
import re
import subprocess
import urllib.request
import venv

import pytest
from test_moodle import unprotect

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
REFERENCE = json.loads((ROOT / "crates/aws/src/permissions/reference.json").read_text())
WORKSPACES = ("dev", "staging", "production")
LONGEST = 6144


def policies(world, folder, verb, *args):
    """The documents that are printed."""
    printed = world.cairn(folder, "iam-policy", f"--for={verb}", *args, stderr=False)
    documents = json.loads(printed)
    return documents if isinstance(documents, list) else [documents]


def page(query=""):
    return f"{os.environ['AWS_ENDPOINT_URL']}/_cairn/policy{query}"


class Held:
    """An account that the emulator holds to policies."""

    def __init__(self, world):
        self.world = world

    def to(self, documents):
        """Holds it to these, or to none."""
        kinds = {action: facts["on"] for action, facts in REFERENCE.items()}
        values = {"account": self.world.account, "documents": documents, "kinds": kinds}
        request = urllib.request.Request(page(), json.dumps(values).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()

    def asked(self):
        """Every action since, in order."""
        with urllib.request.urlopen(page(f"?account={self.world.account}"), timeout=30) as answer:
            return json.load(answer)


@pytest.fixture
def held(world):
    held = Held(world)
    yield held
    held.to(None)


@functools.cache
def linter():
    """parliament's Python, as it is pinned."""
    place, pinned = HERE / ".venv-parliament", (HERE / "parliament.txt").read_text()
    stamp = place / "installed.txt"
    if not stamp.exists() or stamp.read_text() != pinned:
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([place / "bin/pip", "install", "--quiet", "--require-hashes", "-r", HERE / "parliament.txt"], check=True)
        stamp.write_text(pinned)
    return place / "bin/python"


def linted(documents):
    """parliament's findings, and the access level that it has for each action."""
    done = subprocess.run([linter(), HERE / "parliament_findings.py"], input=json.dumps(documents), capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    return said["findings"], said["levels"]


def only_reads(held, levels):
    """Insists that nothing but reads was asked for, and that something was."""
    asked = held.asked()
    assert len(asked) > 10
    assert {(a["action"], levels[a["action"]]) for a in asked if levels[a["action"]] not in ("Read", "List")} == set()
    return {a["operation"] for a in asked}


def recorded(file):
    """The operations in a record of calls, as the emulator names them."""
    calls = [json.loads(line) for line in file.read_text().splitlines()]
    services = {
        "Auto Scaling": "autoscaling",
        "CloudWatch Logs": "logs",
        "Elastic Load Balancing v2": "elbv2",
        "Resource Groups Tagging API": "resourcegroupstaggingapi",
    }
    return {f"{services.get(c['service'], c['service'].lower())}:{c['operation']}" for c in calls}


def goes_by_its_policies(world, held, folder, tmp_path, unprotected, *args):
    """Applies, plans, looks for drift and destroys, each with no more than its own policies."""
    levels = linted([])[1]
    held.to(policies(world, folder, "apply", *args))
    world.cairn(folder, "apply", "-auto-approve", *args)
    for verb in ("plan", "drift"):
        held.to(policies(world, folder, verb, *args))
        calls = tmp_path / f"calls-{verb}"
        world.cairn(folder, verb, *(["-detailed-exitcode"] if verb == "plan" else []), f"--calls={calls}", *args)
        # The emulator has seen what Cairn says that it has called.
        assert only_reads(held, levels) == recorded(calls)
    unprotected()
    held.to(policies(world, folder, "apply", *args))
    world.cairn(folder, "apply", "-auto-approve", *args)
    held.to(policies(world, folder, "destroy", *args))
    world.cairn(folder, "destroy", "-auto-approve", *args)
    held.to(None)
    assert world.marked() == []


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_the_policies_are_enough_for_moodle(world, held, moodle, tmp_path, workspace):
    unprotected = (lambda: None) if workspace == "dev" else lambda: unprotect(moodle, workspace)
    goes_by_its_policies(world, held, moodle, tmp_path, unprotected, f"--workspace={workspace}")


def test_the_policies_are_enough_for_every_type(world, held, folder, tmp_path):
    stack = folder((HERE / "read_costs.tf").read_text())
    world.client("shield").create_subscription()
    goes_by_its_policies(world, held, stack, tmp_path, lambda: None, "-var=n=2", f"-var=account={world.account}")


SMALL = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id
}

resource "aws_ssm_parameter" "note" {
  name  = "/NAME/note"
  type  = "String"
  value = "VALUE"
}
"""


def small(folder, name, value="one"):
    return folder(SMALL.replace("NAME", name).replace("VALUE", value), name=name)


def test_a_policy_that_reads_changes_nothing(world, held, folder):
    stack = small(folder, "mine")
    held.to(policies(world, stack, "plan"))
    printed = world.cairn(stack, "apply", "-auto-approve", exit=1)
    assert "not authorized to perform" in printed
    assert [a["operation"] for a in held.asked() if not a["allowed"]]
    held.to(None)
    assert world.marked() == []


def test_a_policy_is_for_one_stack(world, held, folder):
    # What another stack's policies allow is of no use here: its marks and names are others.
    others = policies(world, small(folder, "other"), "destroy") + policies(world, small(folder, "other"), "apply")
    stack = small(folder, "mine")
    world.apply(stack)
    before = world.marked()
    held.to(others)
    world.cairn(stack, "destroy", "-auto-approve", exit=1)
    refused = {a["action"] for a in held.asked() if not a["allowed"]}
    assert refused and not any(a["allowed"] for a in held.asked() if REFERENCE[a["action"]]["level"] not in ("Read", "List"))
    held.to(None)
    assert world.marked() == before
    # Its own are.
    held.to(policies(world, stack, "destroy"))
    world.cairn(stack, "destroy", "-auto-approve")


def telling(topic):
    """The settings of a stack that tells a topic of drift."""
    return f'\n[[notify]]\nkind = "sns"\ntopic_arn = "{topic}"\n[[notify]]\nkind = "slack"\nurl_env = "HOOK"\n'


def test_drift_may_ask_who_it_was_and_tell_a_topic(world, held, folder):
    sns, sqs = world.client("sns"), world.client("sqs")
    topic, other = (sns.create_topic(Name=name)["TopicArn"] for name in ("drift", "other"))
    queue = sqs.create_queue(QueueName="drift")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
    stack = folder(SMALL.replace("NAME", "mine").replace("VALUE", "one"), name="mine", settings=telling(topic))
    world.apply(stack)
    world.client("ssm").put_parameter(Name="/mine/note", Value="by hand", Overwrite=True)
    world.let_pass(15 * 60)

    documents = policies(world, stack, "drift", "--who")
    held.to(documents)
    [finding] = json.loads(world.output(stack, "drift", "--who", "--format=json", exit=2))["stacks"][0]["findings"]
    assert finding["who"]["call"] == "ssm:PutParameter"
    asked = held.asked()
    held.to(None)
    assert len(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]) == 1
    assert [a for a in asked if not a["allowed"]] == []
    assert {"cloudtrail:LookupEvents", "sns:Publish"} <= {a["action"] for a in asked}
    findings = linted(documents)[0]
    assert [f for f in findings if f["severity"] not in ("LOW", "MUTED")] == []

    # Who did it is only for who asks, and another topic is another's.
    held.to(policies(world, stack, "drift"))
    folder(SMALL.replace("NAME", "mine").replace("VALUE", "one"), name="mine", settings=telling(other))
    printed = world.cairn(stack, "drift", "--who", exit=2)
    assert "could not be asked: cloudtrail:LookupEvents" in printed and f"the topic {other} could not be told: sns:Publish" in printed
    assert {a["action"] for a in held.asked() if not a["allowed"]} == {"cloudtrail:LookupEvents", "sns:Publish"}


def test_only_drift_asks_who_it_was_and_tells_topics(world, folder):
    stack = folder(SMALL.replace("NAME", "mine"), settings=telling("arn:aws:sns:us-east-1:111122223333:drift"))
    for verb in ("plan", "apply", "destroy"):
        printed = world.cairn(stack, "iam-policy", f"--for={verb}")
        assert "LookupEvents" not in printed and "Publish" not in printed
        assert "--who is for drift alone" in world.cairn(stack, "iam-policy", f"--for={verb}", "--who", exit=1)


def test_what_lost_its_block_is_destroyed_by_its_mark(world, held, folder):
    world.apply(small(folder, "mine"))
    rest = folder(SMALL.split('resource "aws_ssm_parameter"')[0] + PARAMETER, name="mine")
    held.to(policies(world, rest, "apply"))
    printed = world.cairn(rest, "apply", "-auto-approve")
    assert "1 added, 0 changed, 1 destroyed" in printed
    assert [p["Name"] for p in world.client("ssm").describe_parameters()["Parameters"]] == ["/mine/another"]


PARAMETER = """
resource "aws_ssm_parameter" "another" {
  name  = "/mine/another"
  type  = "String"
  value = "two"
}
"""

#: What parliament says against any policy that sets bucket policies, and that no policy can avoid: who sets them can let himself in.
BUCKET_POLICIES = re.compile(r"Possible resource policy privilege escalation on arn:aws:s3:::moodle-\w+-\w+-.* does allow s3:PutBucketPolicy")


@pytest.mark.parametrize("workspace", WORKSPACES)
@pytest.mark.parametrize("verb", ["plan", "drift", "apply", "destroy"])
def test_parliament_takes_them(world, moodle, verb, workspace):
    documents = policies(world, moodle, verb, f"--workspace={workspace}")
    findings, levels = linted(documents)
    wrong = [f for f in findings if f["severity"] not in ("LOW", "MUTED") and not (verb == "apply" and BUCKET_POLICIES.match(f["detail"]))]
    assert wrong == []
    actions = {a for d in documents for s in d["Statement"] for a in s["Action"]}
    assert actions <= levels.keys()
    if verb in ("plan", "drift"):
        # Decrypting is how a secure string is read; AWS counts it among the writes.
        assert {a for a in actions if levels[a] not in ("Read", "List")} == {"kms:Decrypt"}


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_documents_are_as_long_as_iam_takes(world, moodle, workspace):
    for verb in ("plan", "apply", "destroy"):
        for document in policies(world, moodle, verb, f"--workspace={workspace}"):
            assert len("".join(json.dumps(document, separators=(",", ":")).split())) <= LONGEST
            sids = [s["Sid"] for s in document["Statement"]]
            assert len(sids) == len(set(sids))


def test_files_hold_what_is_printed(world, moodle, tmp_path):
    out, way = tmp_path / "policies", "--workspace=production"
    for verb in ("apply", "drift"):
        world.cairn(moodle, way, "iam-policy", f"--for={verb}", f"--out={out}")
        files = sorted(out.glob(f"moodle-production-{verb}-*.json"))
        assert [json.loads(f.read_text()) for f in files] == policies(world, moodle, verb, way)
    # Fewer than before: none is left of those that were more. What else is there stays.
    (out / "moodle-production-drift-99.json").write_text("{}")
    (out / "moodle-production-drift-mine.json").write_text("{}")
    world.cairn(moodle, way, "iam-policy", "--for=drift", f"--out={out}")
    assert not (out / "moodle-production-drift-99.json").exists()
    assert (out / "moodle-production-drift-mine.json").exists()


def test_one_document_is_printed_as_it_is(world, folder):
    printed = json.loads(world.cairn(small(folder, "mine"), "iam-policy", "--for=drift", stderr=False))
    assert printed["Version"] == "2012-10-17"


SCOPED = """
provider "aws" {
  region = "eu-central-1"
}

data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "named" {
  bucket = "files-${data.aws_caller_identity.current.account_id}"
}

resource "aws_sns_topic" "prefixed" {
  name_prefix = "alarms-"
}

resource "aws_iam_role" "node" {
  name               = "node"
  path               = "/app/"
  assume_role_policy = "{}"
}

resource "aws_iam_instance_profile" "node" {
  role = aws_iam_role.node.name
}

resource "aws_cloudwatch_log_group" "app" {
  name = "/app"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "own" {
  vpc_id     = VPC
  cidr_block = "10.1.1.0/24"
}
"""


def statements(world, folder, verb, text, settings=""):
    return [s for d in policies(world, folder(text, name="scoped", settings=settings), verb) for s in d["Statement"]]


def allowed(found, action):
    """Where an action is allowed: resources and conditions."""
    return sorted((resource, json.dumps(s.get("Condition"))) for s in found if action in s["Action"] for resource in s["Resource"])


def test_resources_are_those_that_the_configuration_names(world, folder):
    marked = json.dumps({"StringEquals": {"aws:ResourceTag/cairn:stack": "scoped/default"}})
    marking = json.dumps({"StringEquals": {"aws:RequestTag/cairn:stack": "scoped/default"}})
    for settings, account in (("", "*"), ('[workspace.default]\naccount = "111122223333"\n', "111122223333")):
        found = statements(world, folder, "apply", SCOPED.replace("VPC", "aws_vpc.main.id"), settings)
        assert allowed(found, "s3:CreateBucket")[0] == (f"arn:aws:s3:::files-{account}", "null")
        assert allowed(found, "sns:CreateTopic") == [(f"arn:aws:sns:eu-central-1:{account}:alarms-*", "null")]
        assert (f"arn:aws:iam::{account}:role/app/node", "null") in allowed(found, "iam:DeleteRole")
        assert (f"arn:aws:iam::{account}:role/*", marked) in allowed(found, "iam:DeleteRole")
        assert [r for r, _ in allowed(found, "iam:PassRole")] == [f"arn:aws:iam::{account}:role/app/node"]
        assert all(json.loads(c) == {"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "sns.amazonaws.com"]}} for _, c in allowed(found, "iam:PassRole"))
        assert (f"arn:aws:logs:eu-central-1:{account}:log-group:/app:*", "null") in allowed(found, "logs:CreateLogGroup")
        assert (f"arn:aws:ec2:eu-central-1:{account}:vpc/*", marked) in allowed(found, "ec2:DeleteVpc")
        assert (f"arn:aws:ec2:eu-central-1:{account}:subnet/*", marking) in allowed(found, "ec2:CreateSubnet")
        # A subnet of the stack stands in a VPC of the stack.
        assert {c for r, c in allowed(found, "ec2:CreateSubnet") if ":vpc/" in r} == {marked, marking}


def test_what_others_made_can_be_referred_to(world, folder):
    found = statements(world, folder, "apply", SCOPED.replace("VPC", '"vpc-0123456789abcdef0"'))
    assert ("arn:aws:ec2:eu-central-1:*:vpc/*", "null") in allowed(found, "ec2:CreateSubnet")
    assert ("arn:aws:ec2:eu-central-1:*:vpc/*", "null") not in allowed(found, "ec2:DeleteVpc")


def test_an_error_names_its_place(world, folder):
    printed = world.cairn(folder('resource "aws_vpc" "main" {\n  cidr = 1\n}\n'), "iam-policy", "--for=plan", exit=1)
    assert "main.tf:2" in printed
