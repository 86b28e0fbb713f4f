"""CloudTrail's event history."""

import json
import os
from datetime import datetime, timedelta, timezone

import boto3
from conftest import code_of, later, seconds


def lookup(aws, key, value, **more):
    wanted = [{"AttributeKey": key, "AttributeValue": value}]
    return aws.cloudtrail.lookup_events(LookupAttributes=wanted, **more)["Events"]


def delivered():
    later(seconds("aws_cloudtrail", "deliver"))


def test_who_did_what_and_when(aws):
    before = datetime.now(timezone.utc) - timedelta(seconds=2)
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    aws.ec2.describe_vpcs(VpcIds=[vpc])
    assert lookup(aws, "ResourceName", vpc) == []
    delivered()
    events = lookup(aws, "ResourceName", vpc)
    assert {e["EventName"] for e in events} == {"CreateVpc", "ModifyVpcAttribute", "DescribeVpcs"}
    assert [e["EventTime"] for e in events] == sorted((e["EventTime"] for e in events), reverse=True)
    event = lookup(aws, "EventName", "CreateVpc")[0]
    assert before <= event["EventTime"] <= datetime.now(timezone.utc)
    assert (event["Username"], event["EventSource"], event["ReadOnly"]) == ("root", "ec2.amazonaws.com", "false")
    assert {"ResourceName": vpc, "ResourceType": "AWS::EC2::VPC"} in event["Resources"]
    detail = json.loads(event["CloudTrailEvent"])
    assert detail["sourceIPAddress"] == "127.0.0.1" and "boto" in detail["userAgent"].lower()
    assert detail["requestParameters"]["cidrBlock"] == "10.0.0.0/16"
    assert detail["responseElements"]["vpc"]["vpcId"] == vpc
    assert (detail["awsRegion"], detail["recipientAccountId"]) == ("us-east-1", aws.id)


def test_refused_calls_are_there_too(aws):
    code_of(aws.ec2.delete_vpc, VpcId="vpc-0123456789abcdef0")
    delivered()
    detail = json.loads(lookup(aws, "ResourceName", "vpc-0123456789abcdef0")[0]["CloudTrailEvent"])
    assert (detail["eventName"], detail["errorCode"]) == ("DeleteVpc", "Client.InvalidVpcID.NotFound")
    code_of(aws.iam.delete_role, RoleName="nobody")
    delivered()
    detail = json.loads(lookup(aws, "ResourceName", "nobody")[0]["CloudTrailEvent"])
    assert (detail["eventName"], detail["errorCode"]) == ("DeleteRole", "NoSuchEntity")


def test_what_is_tagged_is_named(aws):
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws.ec2.create_tags(Resources=[vpc], Tags=[{"Key": "a", "Value": "b"}])
    aws.ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "a"}])
    delivered()
    assert {e["EventName"] for e in lookup(aws, "ResourceName", vpc)} == {"CreateVpc", "CreateTags", "DeleteTags"}


def client(service, key, secret, token=None):
    return boto3.client(
        service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1",
        aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
    )  # fmt: skip


def test_users_and_sessions(aws):
    aws.iam.create_user(UserName="ops")
    key = aws.iam.create_access_key(UserName="ops")["AccessKey"]
    client("ec2", key["AccessKeyId"], key["SecretAccessKey"]).create_vpc(CidrBlock="10.1.0.0/16")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": aws.id}, "Action": "sts:AssumeRole"}]}
    arn = aws.iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    lent = aws.sts.assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    client("ec2", lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"]).create_vpc(CidrBlock="10.2.0.0/16")
    delivered()
    kinds = {}
    for name in ("ops", "ci"):
        event = next(e for e in lookup(aws, "Username", name) if e["EventName"] == "CreateVpc")
        kinds[name] = json.loads(event["CloudTrailEvent"])["userIdentity"]
    assert (kinds["ops"]["type"], kinds["ops"]["userName"]) == ("IAMUser", "ops")
    assert kinds["ci"]["type"] == "AssumedRole" and kinds["ci"]["arn"].endswith("assumed-role/deploy/ci")


def test_secrets_are_hidden_and_data_is_left_out(aws):
    aws.secretsmanager.create_secret(Name="s", SecretString="do-not-show")
    aws.s3.create_bucket(Bucket=f"b{aws.id}")
    aws.s3.put_object(Bucket=f"b{aws.id}", Key="k", Body=b"data")
    delivered()
    event = lookup(aws, "EventName", "CreateSecret")[0]
    assert "do-not-show" not in event["CloudTrailEvent"] and event["Resources"][0]["ResourceName"] == "s"
    assert [e["EventName"] for e in lookup(aws, "ResourceName", f"b{aws.id}")] == ["CreateBucket"]


def test_pages_times_and_mistakes(aws):
    for i in range(5):
        aws.sns.create_topic(Name=f"t{i}")
    delivered()
    first = aws.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateTopic"}], MaxResults=3)
    assert len(first["Events"]) == 3
    rest = lookup(aws, "EventName", "CreateTopic", MaxResults=3, NextToken=first["NextToken"])
    assert len(rest) == 2
    now = datetime.now(timezone.utc)
    assert lookup(aws, "EventName", "CreateTopic", EndTime=now - timedelta(hours=1)) == []
    assert lookup(aws, "EventName", "CreateTopic", StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1))
    find = aws.cloudtrail.lookup_events
    assert code_of(find, StartTime=now, EndTime=now - timedelta(hours=1)) == "InvalidTimeRangeException"
    both = [{"AttributeKey": k, "AttributeValue": "x"} for k in ("EventName", "Username")]
    assert code_of(find, LookupAttributes=both) == "InvalidLookupAttributesException"


def test_history_without_delay(aws, settings):
    settings(lag="none")
    aws.sns.create_topic(Name="t")
    assert len(lookup(aws, "EventName", "CreateTopic")) == 1
