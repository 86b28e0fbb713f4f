"""Many stacks in one look for drift: read together, told apart."""

import collections
import concurrent.futures
import http.server
import json
import socket
import threading

import pytest

STACK = """
provider "aws" {
  region = "REGION"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/NAME/log"
  retention_in_days = 30
}

resource "aws_cloudwatch_metric_alarm" "main" {
  alarm_name          = "NAME-busy"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "CPUUtilization"
  namespace           = "AWS/EC2"
  period              = 60
  statistic           = "Average"
  threshold           = 80
}

resource "aws_iam_role" "main" {
  name = "NAME"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_s3_bucket" "main" {
  bucket = "ACCOUNT-NAME"
}
"""

SILENT = """
provider "aws" {
  region = "us-east-1"
  endpoints {
    ec2                      = "ENDPOINT"
    resourcegroupstaggingapi = "ENDPOINT"
    ssm                      = "ENDPOINT"
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}
"""

STRANGER = SILENT.replace(
    'region = "us-east-1"',
    'region                   = "us-east-1"\n  profile                  = "nightly"\n  shared_credentials_files = ["CREDENTIALS"]',
)


# No call of AWS gives these of several buckets or VPCs.
ONE_AT_A_TIME = {
    "DescribeVpcAttribute",
    "GetBucketEncryption",
    "GetBucketLifecycleConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketVersioning",
    "GetObjectLockConfiguration",
    "GetPublicAccessBlock",
}


def make(folder, text, settings="", **values):
    """A stack of the folder's name."""
    folder.mkdir(parents=True)
    (folder / "cairn.toml").write_text(f'name = "{folder.name}"\n{settings}')
    for key, value in {"name": folder.name, **values}.items():
        text = text.replace(key.upper(), str(value))
    (folder / "main.tf").write_text(text)
    return folder


class Run:
    """What a run printed, and what it asked of AWS."""

    def __init__(self, world, folder, *args, exit):
        calls = folder / "calls.jsonl"
        process = world.start(folder, "drift", "--format=json", f"--calls={calls}", *args, stdout=-1, stderr=-1, text=True)
        out, self.errors = process.communicate(timeout=300)
        assert process.returncode == exit, f"{process.returncode}\n{out}\n{self.errors}"
        self.report = json.loads(out)
        self.stacks = {f"{s['stack']}/{s['workspace']}": s for s in self.report["stacks"]}
        self.calls = collections.Counter()
        for call in map(json.loads, calls.read_text().splitlines()):
            self.calls[call["operation"]] += 1


def alone(world, folder, workspace="default"):
    """What a run for one stack says of it, whether or not it drifted."""
    calls = folder / "calls.jsonl"
    args = ("drift", "--format=json", f"--calls={calls}", f"--workspace={workspace}")
    out, _ = world.start(folder, *args, stdout=-1, stderr=-1, text=True).communicate(timeout=300)
    (stack,) = json.loads(out)["stacks"]
    return stack, len(calls.read_text().splitlines())


@pytest.fixture
def stranger():
    """A server that knows no credentials but refuses them all, as AWS words it, and remembers whose they were."""
    seen = set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            seen.add(self.headers["Authorization"].split("Credential=")[1].split("/")[0])
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}'
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()


@pytest.fixture
def silence():
    """An endpoint where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_twenty_stacks_at_once(world, tmp_path, stranger, silence):
    stacks = tmp_path / "stacks"
    good = [(make(stacks / f"stack{n:02}", STACK, region="us-east-1", account=world.account), "default") for n in range(15)]
    regions = '[workspace.here]\nregion = "us-east-1"\n[workspace.there]\nregion = "eu-west-1"\n'
    text = STACK.replace('  region = "REGION"\n', "").replace("NAME", "NAME-${terraform.workspace}")
    pair = make(stacks / "pair", text, regions, account=world.account)
    good += [(pair, "here"), (pair, "there")]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda g: world.cairn(g[0], "apply", "-auto-approve", f"--workspace={g[1]}"), good))
    logs, cloudwatch, ec2 = world.client("logs"), world.client("cloudwatch"), world.client("ec2")
    logs.put_retention_policy(logGroupName="/stack03/log", retentionInDays=7)
    cloudwatch.delete_alarms(AlarmNames=["stack05-busy"])
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "tag:cairn:stack", "Values": ["stack07/default"]}])["Vpcs"]
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["RouteTables"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    credentials = tmp_path / "credentials"
    credentials.write_text("[nightly]\naws_access_key_id = AKIAWRONGKEY\naws_secret_access_key = wrong\n")
    make(stacks / "silent", SILENT, endpoint=silence)
    make(stacks / "stranger", STRANGER, endpoint=stranger[0], credentials=credentials)
    make(stacks / "broken", 'resource "aws_vpc" "main" {\n  cidr_blok = "10.0.0.0/16"\n}\n')

    fleet = Run(world, tmp_path, "stacks/*", "--all-workspaces", exit=1)
    assert len(fleet.stacks) == 20 and fleet.report["verdict"] == "unknown"
    verdicts = collections.Counter(s["verdict"] for s in fleet.stacks.values())
    assert verdicts == {"no_drift": 14, "drift": 3, "unknown": 3}
    found = {name: [(f["address"].split(".")[0], f["kind"]) for f in s["findings"]] for name, s in fleet.stacks.items() if s["findings"]}
    assert found == {
        "stack03/default": [("aws_cloudwatch_log_group", "changed")],
        "stack05/default": [("aws_cloudwatch_metric_alarm", "missing")],
        "stack07/default": [("aws_route", "stray")],
    }

    # Each reason is in the report, in the summary for people, and in the line that is printed when the stack is done with.
    reasons = {
        "silent/default": "nothing has answered at " + silence.removeprefix("http://"),
        "stranger/default": "There are no usable AWS credentials",
        "broken/default": "cidr_blok",
    }
    printed = world.cairn(tmp_path, "drift", "stacks/*", "--all-workspaces", exit=1)
    summary = printed.split("Summary:")[1]
    for name, reason in reasons.items():
        assert reason in fleet.stacks[name]["error"], fleet.stacks[name]
        assert f"  {name}: could not be looked at: " in summary and reason in summary
        assert any(name in line and reason in line for line in fleet.errors.splitlines()), fleet.errors
    assert "  stack03/default: 1 drifted\n" in summary

    # Read together they are what each is alone, for far fewer calls.
    singles = 0
    for folder, workspace in good:
        stack, calls = alone(world, folder, workspace)
        assert fleet.stacks[f"{folder.name}/{workspace}"] == stack
        singles += calls
    for name in ("silent", "stranger", "broken"):
        singles += alone(world, stacks / name)[1]
    total, floor = fleet.calls.total(), sum(n for operation, n in fleet.calls.items() if operation in ONE_AT_A_TIME)
    print(f"{singles} calls in 20 single runs, {total} in one, {floor} of them for settings that AWS gives one at a time")
    assert (total - floor) * 5 <= singles - floor, (total, floor, singles, fleet.calls)
    # What is read for many at once is read once for all in each of the two regions, but for what lists the stacks in pages;
    # the route tables of an account are asked for by VPC and by mark.
    for operation, count in fleet.calls.items():
        if operation not in ONE_AT_A_TIME | {"GetResources", "GetParametersByPath"}:
            assert count <= (4 if operation == "DescribeRouteTables" else 2), (operation, fleet.calls)
    for operation in ("DescribeVpcs", "DescribeAlarms", "GetAccountAuthorizationDetails", "DescribeAutoScalingGroups"):
        assert fleet.calls[operation] == 2, fleet.calls
    assert all(o.startswith(("Get", "Describe", "List", "Head")) for o in fleet.calls), fleet.calls
    # The profile that a provider block names counts more than the credentials of the environment.
    assert stranger[1] == {"AKIAWRONGKEY"}


TOUCHING = """
provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = { team = "NAME" }
  }
}

data "aws_caller_identity" "me" {}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
  tags       = { account = data.aws_caller_identity.me.account_id }
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.1.1.0/24"
}

resource "aws_route_table" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.main.id
  service_name    = "com.amazonaws.us-east-1.s3"
  route_table_ids = [aws_route_table.main.id]
}

resource "aws_cloudwatch_log_group" "main" {
  name = "/shared/NAME"
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "NAME"
  dashboard_body = jsonencode({ widgets = [] })
}
"""


def test_stacks_that_touch_each_other_are_seen_as_each_alone(world, tmp_path):
    a, b = (make(tmp_path / name, TOUCHING) for name in "ab")
    for stack in (a, b):
        world.apply(stack)
    ec2, ssm, cloudwatch = world.client("ec2"), world.client("ssm"), world.client("cloudwatch")

    def of(stack, what, key):
        filters = [{"Name": "tag:cairn:stack", "Values": [f"{stack}/default"]}]
        return getattr(ec2, f"describe_{what}")(Filters=filters)[key][0]

    # A table with the mark of one in the VPC of another, and the other's subnet in it: a stray of both.
    marks = [{"Key": "cairn:stack", "Value": "b/default"}, {"Key": "cairn:address", "Value": "aws_route_table.old"}]
    vpc, subnet = of("a", "vpcs", "Vpcs")["VpcId"], of("a", "subnets", "Subnets")["SubnetId"]
    tags = [{"ResourceType": "route-table", "Tags": marks}]
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tags)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    # What one stack's default tag says is no news to the other.
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "team", "Value": "b"}])
    # A register that can't be read any more is one stack's trouble.
    (entry,) = ssm.get_parameters_by_path(Path="/cairn/a/default/register", Recursive=True)["Parameters"]
    ssm.put_parameter(Name=entry["Name"], Value="scribbled over", Overwrite=True)
    cloudwatch.put_dashboard(DashboardName="b", DashboardBody='{"widgets": [], "start": "-PT1H"}')

    fleet = Run(world, tmp_path, "a", "b", exit=1)
    assert {s["verdict"] for s in fleet.stacks.values()} == {"drift", "unknown"}
    assert [u["type"] for u in fleet.stacks["a/default"]["unchecked"]] and not fleet.stacks["b/default"]["unchecked"]
    kinds = {name: sorted((f["type"], f["kind"]) for f in s["findings"]) for name, s in fleet.stacks.items()}
    assert ("aws_route_table_association", "stray") in kinds["a/default"] and ("aws_vpc", "changed") in kinds["a/default"]
    strays = [("aws_route_table", "orphaned"), ("aws_route_table_association", "stray")]
    assert kinds["b/default"] == [("aws_cloudwatch_dashboard", "changed"), *strays]
    for folder in (a, b):
        stack, _ = alone(world, folder)
        assert fleet.stacks[f"{folder.name}/default"] == stack
    # What both ask alike is asked once.
    assert fleet.calls["GetCallerIdentity"] == 1 and fleet.calls["DescribeVpcs"] == 1, fleet.calls


def test_shards_are_all_stacks_together(world, tmp_path):
    for n in range(5):
        make(tmp_path / f"stack{n}", 'provider "aws" {\n  region = "us-east-1"\n}\n')
    seen = [list(Run(world, tmp_path, "stack*", f"--shard={index}/3", exit=0).stacks) for index in range(3)]
    assert sorted(sum(seen, [])) == [f"stack{n}/default" for n in range(5)] and all(seen)
    assert Run(world, tmp_path, "stack0", "--shard=1/2", exit=0).stacks == {}
    assert "no shard 3 of 3" in world.cairn(tmp_path, "drift", "stack*", "--shard=3/3", exit=1)
    assert "matches no stack" in world.cairn(tmp_path, "drift", "nothing*", exit=1)


def test_all_workspaces_are_all_whatever_the_environment_says(world, tmp_path):
    make(tmp_path / "web", STACK, settings="[workspace.dev]\n[workspace.production]\n", region="us-east-1", account=world.account)
    world.environment["TF_WORKSPACE"] = "dev"
    assert set(Run(world, tmp_path, "web", "--all-workspaces", exit=2).stacks) == {"web/dev", "web/production"}
    assert set(Run(world, tmp_path, "web", exit=2).stacks) == {"web/dev"}
    for flags in (["drift", "--workspace=dev", "web", "--all-workspaces"], ["--workspace=dev", "drift", "web", "--all-workspaces"]):
        assert "--all-workspaces and --workspace cannot be used together" in world.cairn(tmp_path, *flags, exit=1)
