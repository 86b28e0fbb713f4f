"""What the end-to-end tests share: the binary, accounts of their own, another client."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = pathlib.Path(__file__).resolve().parent.parent
CAIRN = pathlib.Path(os.environ.get("CAIRN_BIN", ROOT / "target/debug/cairn"))
STACK = ROOT / "stacks/moodle"

# These have an environment of their own: tests/page/run.
collect_ignore = ["page"]


def pytest_configure(config):
    if not os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://127.0.0.1:"):
        raise pytest.UsageError("these tests run against an emulated AWS: localstack/with localstack/.venv/bin/python -m pytest tests")
    if not CAIRN.exists():
        raise pytest.UsageError(f"{CAIRN} is not there: make build")


class World:
    """An account of its own on the emulated AWS, seen through Cairn and through another client."""

    def __init__(self, account):
        self.account = account
        self.environment = {**os.environ, "AWS_ACCESS_KEY_ID": account, "NO_COLOR": "1", "AWS_EC2_METADATA_DISABLED": "true"}
        for name in ("TF_WORKSPACE", "TF_CLI_CONFIG_FILE"):
            self.environment.pop(name, None)

    def client(self, service, region="us-east-1"):
        config = Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"})
        return boto3.client(service, region_name=region, aws_access_key_id=self.account, aws_secret_access_key="test", config=config)

    def start(self, folder, *args, **options):
        """Starts Cairn and does not wait for it."""
        command = [str(CAIRN), f"-chdir={folder}", *args]
        return subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, **options)

    def cairn(self, folder, *args, exit=0, env=None, stderr=True):
        """Runs Cairn and insists on how it ends. Gives what it printed, errors after the rest unless they are not wanted."""
        command = [str(CAIRN), f"-chdir={folder}", *args]
        done = subprocess.run(command, env={**self.environment, **(env or {})}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
        assert done.returncode == exit, f"{' '.join(args)} ended with {done.returncode}, not {exit}\n{done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if stderr else "")

    def output(self, folder, *args, exit, env=None):
        """What a run prints on standard output alone."""
        command = [str(CAIRN), f"-chdir={folder}", *args]
        environment = {**self.environment, **(env or {})}
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        assert done.returncode == exit, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def apply(self, folder, *args):
        """Applies, and insists that a second plan is empty."""
        printed = self.cairn(folder, "apply", "-auto-approve", *args)
        self.settled(folder, *args)
        return printed

    def settled(self, folder, *args):
        """Insists that there is nothing to do, and no drift."""
        args = [a for a in args if not a.startswith("-replace")]
        self.cairn(folder, "plan", "-detailed-exitcode", *args, exit=0)
        self.cairn(folder, "drift", *args, exit=0)

    def marked(self):
        """The ARNs of all that carries a mark of Cairn; corpses, which keep their tags, left out."""
        self.let_pass(60)  # The tag index is behind by less.
        pages = self.client("resourcegroupstaggingapi").get_paginator("get_resources")
        found = pages.paginate(TagFilters=[{"Key": "cairn:stack"}]).search("ResourceTagMappingList[].ResourceARN")
        return sorted(arn for arn in found if not self.is_corpse(arn))

    def let_pass(self, seconds):
        """Moves AWS's clock."""
        url = os.environ["AWS_ENDPOINT_URL"] + "/_cairn/clock"
        request = urllib.request.Request(url, json.dumps({"advance": seconds}).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()

    def is_corpse(self, arn):
        """What was deleted and lingers, a key that only waits to be, the final snapshot of a database."""
        service, kind, name = arn.split(":")[2], arn.split(":")[5].split("/")[0], arn.split("/")[-1]
        ec2 = self.client("ec2")
        states = {
            "natgateway": lambda: ec2.describe_nat_gateways(NatGatewayIds=[name])["NatGateways"],
            "vpn-connection": lambda: ec2.describe_vpn_connections(VpnConnectionIds=[name])["VpnConnections"],
            "vpn-gateway": lambda: ec2.describe_vpn_gateways(VpnGatewayIds=[name])["VpnGateways"],
            "customer-gateway": lambda: ec2.describe_customer_gateways(CustomerGatewayIds=[name])["CustomerGateways"],
        }
        if service == "kms":
            return self.client("kms").describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "PendingDeletion"
        if service == "rds":
            return kind == "snapshot"
        if service == "ec2" and kind in states:
            try:
                return all(thing["State"] == "deleted" for thing in states[kind]())
            except ClientError as problem:
                # It has lingered for long enough.
                return "NotFound" in problem.response["Error"]["Code"]
        if service == "ecs":
            return self.is_inactive(kind, arn)
        if (service, kind) == ("ec2", "vpc-endpoint"):
            return name not in [e["VpcEndpointId"] for e in ec2.describe_vpc_endpoints()["VpcEndpoints"]]
        return False

    def is_inactive(self, kind, arn):
        """A cluster that was deleted, a revision that was deregistered: both keep their tags."""
        ecs = self.client("ecs")
        if kind == "cluster":
            return all(c["status"] == "INACTIVE" for c in ecs.describe_clusters(clusters=[arn])["clusters"])
        return ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["status"] == "INACTIVE"


@pytest.fixture
def world():
    """A fresh account."""
    return World(str(random.randrange(10**11, 10**12)))


@pytest.fixture
def folder(tmp_path):
    """Makes a stack of one's own from the text of its main.tf."""

    def make(text, name="test", settings=""):
        (tmp_path / "cairn.toml").write_text(f'name = "{name}"\n{settings}')
        (tmp_path / "main.tf").write_text(text)
        return tmp_path

    return make


@pytest.fixture
def moodle(tmp_path):
    """A copy of the Moodle stack that a test may change."""
    copy = tmp_path / "moodle"
    shutil.copytree(STACK, copy)
    return copy
