"""What the modes of a server change: each runs a server of its own."""

import os
import pathlib
import subprocess
import sys

WITH = pathlib.Path(__file__).parents[2] / "with.py"

PROGRAM = """
import json, os, urllib.request
import boto3
from botocore.exceptions import ClientError
ec2, rds = boto3.client("ec2"), boto3.client("rds")
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone="us-east-1" + z)["Subnet"]["SubnetId"] for i, z in enumerate("ab")]
group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
nat = ec2.create_nat_gateway(SubnetId=subnets[0], ConnectivityType="private")["NatGateway"]
print("nat", nat["State"])
rds.create_db_subnet_group(DBSubnetGroupName="g", DBSubnetGroupDescription="d", SubnetIds=subnets)
made = rds.create_db_instance(DBInstanceIdentifier="db", DBInstanceClass="db.t4g.micro", Engine="postgres", AllocatedStorage=20, MasterUsername="u", MasterUserPassword="password1", DBSubnetGroupName="g", VpcSecurityGroupIds=[group])
print("db", made["DBInstance"]["DBInstanceStatus"])
try:
    ec2.delete_subnet(SubnetId=subnets[0])
    print("subnet gone")
except ClientError as problem:
    print("subnet", problem.response["Error"]["Code"])
rules = json.load(urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_cairn/rules"))
print("strict rules", any(r["calls"] for r in rules if r["strict"]))
"""


def printed(*options):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CAIRN_AWS_")}
    command = [sys.executable, "-I", str(WITH), *options, sys.executable, "-c", PROGRAM]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()


def test_lenient_takes_everything_at_once():
    assert printed("--lenient") == ["nat available", "db available", "subnet gone", "strict rules False"]


def test_without_time_the_guards_stay():
    assert printed("--time", "0") == ["nat pending", "db creating", "subnet DependencyViolation", "strict rules True"]


def test_a_wrong_lag_stops_the_server():
    command = [sys.executable, "-I", str(WITH), "--lag", "nonsense", "true"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode != 0 and "unknown lag nonsense" in result.stderr
