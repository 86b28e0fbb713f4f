"""Accounts that are held to IAM policies: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"""

import urllib.error

import pytest
from conftest import code_of, control, tags

KINDS = {
    "ec2:CreateVpc": {"ec2:${Region}:${Account}:vpc/${VpcId}": "nq"},
    "ec2:CreateTags": {"ec2:${Region}:${Account}:vpc/${VpcId}": "qr", "ec2:${Region}:${Account}:subnet/${SubnetId}": "qr"},
    "ec2:CreateSubnet": {"ec2:${Region}:${Account}:vpc/${VpcId}": "nr", "ec2:${Region}:${Account}:subnet/${SubnetId}": "nq"},
    "ec2:DeleteVpc": {"ec2:${Region}:${Account}:vpc/${VpcId}": "nr"},
    "ec2:DisassociateRouteTable": {
        "ec2:${Region}:${Account}:route-table/${RouteTableId}": "r",
        "ec2:${Region}:${Account}:subnet/${SubnetId}": "r",
    },
    "s3:CreateBucket": {"s3:::${BucketName}": "n"},
    "s3:ListBucket": {"s3:::${BucketName}": "n"},
    "iam:PassRole": {"iam::${Account}:role/${RoleNameWithPath}": "n"},
    "iam:AddRoleToInstanceProfile": {"iam::${Account}:instance-profile/${InstanceProfileNameWithPath}": "nr"},
    "rds:DescribeDBInstances": {"rds:${Region}:${Account}:db:${DbInstanceName}": "n"},
}


def hold(account, *statements):
    documents = [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s}]} for s in statements]
    control("policy", account=account, documents=documents, kinds=KINDS)


@pytest.fixture
def held(aws):
    yield lambda *statements: hold(aws.id, *statements)
    hold(aws.id)


def asked(aws):
    return [(a["action"], a["resources"], a["allowed"]) for a in control(f"policy?account={aws.id}")]


def arn(aws, kind, name="*"):
    return f"arn:aws:ec2:us-east-1:{aws.id}:{kind}/{name}"


def test_what_no_statement_allows_is_refused(aws, held):
    held({"Action": ["ec2:DescribeVpcs"], "Resource": "*"})
    aws.ec2.describe_vpcs()
    assert code_of(aws.ec2.describe_subnets) == "UnauthorizedOperation"
    assert code_of(aws.iam.list_roles) == "AccessDenied"
    assert asked(aws) == [("ec2:DescribeVpcs", ["*"], True), ("ec2:DescribeSubnets", ["*"], False), ("iam:ListRoles", ["*"], False)]
    held()
    aws.ec2.describe_subnets()
    assert asked(aws) == []


def test_resources_are_those_that_the_request_names(aws, held):
    held({"Action": ["s3:CreateBucket", "s3:ListBucket"], "Resource": [f"arn:aws:s3:::mine-{aws.id}"]})
    aws.s3.create_bucket(Bucket=f"mine-{aws.id}")
    aws.s3.head_bucket(Bucket=f"mine-{aws.id}")
    assert code_of(aws.s3.create_bucket, Bucket=f"other-{aws.id}") == "AccessDenied"


def test_a_list_is_of_all(aws, held):
    held({"Action": "rds:DescribeDBInstances", "Resource": f"arn:aws:rds:us-east-1:{aws.id}:db:mine"})
    assert code_of(aws.rds.describe_db_instances) == "AccessDenied"
    held({"Action": "rds:DescribeDBInstances", "Resource": f"arn:aws:rds:us-east-1:{aws.id}:db:*"})
    aws.rds.describe_db_instances()


def test_the_tags_of_a_request(aws, held):
    wanted = {"StringEquals": {"aws:RequestTag/team": "blue"}}
    held(
        {"Action": "ec2:CreateVpc", "Resource": arn(aws, "vpc"), "Condition": wanted},
        {"Action": "ec2:CreateTags", "Resource": arn(aws, "vpc"), "Condition": {"StringEquals": {"ec2:CreateAction": ["CreateVpc"]}}},
    )
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", team="blue"))["Vpc"]["VpcId"]
    assert code_of(aws.ec2.create_vpc, CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", team="red")) == "UnauthorizedOperation"
    assert code_of(aws.ec2.create_vpc, CidrBlock="10.0.0.0/16") == "UnauthorizedOperation"
    # The tags come with the call that makes it, or not at all.
    assert code_of(aws.ec2.create_tags, Resources=[vpc], Tags=[{"Key": "more", "Value": "1"}]) == "UnauthorizedOperation"


def test_the_tags_of_a_resource(aws, held):
    mine = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", team="blue"))["Vpc"]["VpcId"]
    other = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    blue = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    held({"Action": ["ec2:DeleteVpc", "ec2:CreateSubnet"], "Resource": [arn(aws, "vpc")], "Condition": blue})
    # The subnet that is to be made has to be allowed too.
    assert code_of(aws.ec2.create_subnet, VpcId=mine, CidrBlock="10.0.0.0/24") == "UnauthorizedOperation"
    assert code_of(aws.ec2.delete_vpc, VpcId=other) == "UnauthorizedOperation"
    aws.ec2.delete_vpc(VpcId=mine)


def test_an_association_is_what_it_connects(aws, held):
    network = aws.network()
    table = aws.ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    made = aws.ec2.associate_route_table(RouteTableId=table, SubnetId=network.subnets[0])["AssociationId"]
    held({"Action": "ec2:DisassociateRouteTable", "Resource": arn(aws, "subnet", network.subnets[0])})
    assert code_of(aws.ec2.disassociate_route_table, AssociationId=made) == "UnauthorizedOperation"
    held({"Action": "ec2:DisassociateRouteTable", "Resource": [arn(aws, "subnet", network.subnets[0]), arn(aws, "route-table", table)]})
    aws.ec2.disassociate_route_table(AssociationId=made)


def test_a_role_that_is_handed_on(aws, held):
    aws.iam.create_role(RoleName="node", AssumeRolePolicyDocument="{}")
    aws.iam.create_instance_profile(InstanceProfileName="node")
    add = {"Action": "iam:AddRoleToInstanceProfile", "Resource": f"arn:aws:iam::{aws.id}:instance-profile/node"}
    role = {"Action": "iam:PassRole", "Resource": f"arn:aws:iam::{aws.id}:role/node"}
    held(add, {**role, "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}})
    assert code_of(aws.iam.add_role_to_instance_profile, InstanceProfileName="node", RoleName="node") == "AccessDenied"
    held(add, {**role, "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}})
    aws.iam.add_role_to_instance_profile(InstanceProfileName="node", RoleName="node")


@pytest.mark.parametrize(
    "statement",
    [{"NotAction": "ec2:*", "Resource": "*"}, {"Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}],
)
def test_what_is_not_evaluated_is_refused_at_once(aws, statement):
    with pytest.raises(urllib.error.HTTPError) as problem:
        hold(aws.id, statement)
    assert problem.value.code == 400
