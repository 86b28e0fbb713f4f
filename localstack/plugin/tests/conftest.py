"""Every test has an account of its own; the server is the one that localstack/with started."""

import json
import os
import random
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


class Account:
    def __init__(self):
        self.id = str(random.randrange(10**11, 10**12))
        self._clients = {}

    def __getattr__(self, service):
        service = service.replace("_", "-")
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                region_name="us-east-1",
                aws_access_key_id=self.id,
                aws_secret_access_key="test",
                config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
            )
        return self._clients[service]

    def network(self):
        """A VPC with an internet gateway and subnets in two zones."""
        ec2 = self.ec2
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone="us-east-1" + zone)["Subnet"]["SubnetId"]
            for i, zone in enumerate("ab")
        ]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
        return Network(vpc=vpc, subnets=subnets, gateway=gateway, group=group)


class Network:
    def __init__(self, **values):
        self.__dict__.update(values)


@pytest.fixture
def aws():
    return Account()


def tags(kind, **values):
    return [{"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in values.items()]}]


def code_of(function, **arguments):
    """The code of the error that a call ends with, or None."""
    try:
        function(**arguments)
    except ClientError as problem:
        return problem.response["Error"]["Code"]
    return None


def control(page, **values):
    """The plug-in's own pages: reads one, or changes what is given."""
    url = f"{os.environ['AWS_ENDPOINT_URL']}/_cairn/{page}"
    data = json.dumps(values).encode() if values else None
    return json.load(urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=30))


def later(seconds):
    """Lets so many of AWS's seconds pass."""
    control("clock", advance=seconds)


def seconds(kind, transition):
    """How long AWS takes for something, as the server has it."""
    return control("durations")["types"][kind][transition]["seconds"]


def until(condition, step=10, most=1200):
    """Lets time pass until the condition holds; returns what it returned, and in the end whatever it returns."""
    for _ in range(int(most / step)):
        value = condition()
        if value:
            return value
        later(step)
    return condition()


@pytest.fixture
def settings():
    """Changes settings for one test."""
    before = control("settings")
    yield lambda **values: control("settings", **values)
    control("settings", lag=before["lag"], throttle=before["throttle"])


def pytest_collection_modifyitems(config, items):
    """What looks at the whole run comes last, and only when the whole suite runs."""
    last = [item for item in items if item.get_closest_marker("last")]
    whole = config.args_source == config.ArgsSource.TESTPATHS and not config.option.keyword and not config.option.markexpr
    items[:] = [item for item in items if item not in last] + (last if whole else [])
