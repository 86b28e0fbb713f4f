"""Roles, policies and instance profiles: every argument, changed by configuration and by hand."""

import json

TRUST = '{ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "%s" } }] }'
MAY = '{ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:%s", Resource = "*" }] }'

PROVIDER = 'provider "aws" {\n  region = "us-east-1"\n}\n'


def stack(service="ec2.amazonaws.com", may="GetObject", description="first", hours=1, boundary="", attached="a", role="node", tag="one"):
    return (
        PROVIDER
        + f"""
resource "aws_iam_role" "node" {{
  name                  = "node"
  path                  = "/moodle/"
  description           = "{description}"
  max_session_duration  = {hours * 3600}
  assume_role_policy    = jsonencode({TRUST % service})
  force_detach_policies = true
  {boundary}
  tags = {{ Tag = "{tag}" }}
}}

resource "aws_iam_role" "other" {{
  name_prefix        = "other-"
  assume_role_policy = jsonencode({TRUST % "ec2.amazonaws.com"})
}}

resource "aws_iam_role_policy" "node" {{
  name   = "node"
  role   = aws_iam_role.node.id
  policy = jsonencode({MAY % may})
}}

resource "aws_iam_policy" "shared" {{
  for_each    = toset(["a", "b"])
  name_prefix = "shared-${{each.key}}-"
  description = "shared"
  policy      = jsonencode({MAY % may})
  tags        = {{ Tag = "{tag}" }}
}}

resource "aws_iam_role_policy_attachment" "node" {{
  for_each   = {{ shared = aws_iam_policy.shared["{attached}"].arn, aws = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy" }}
  role       = aws_iam_role.node.name
  policy_arn = each.value
}}

resource "aws_iam_instance_profile" "node" {{
  name = "node"
  role = aws_iam_role.{role}.name
  tags = {{ Tag = "{tag}" }}
}}
"""
    )


def write(folder, text):
    (folder / "main.tf").write_text(text)


def test_every_argument(world, folder):
    where = folder(stack())
    assert "8 added" in world.apply(where)
    iam = world.client("iam")
    role = iam.get_role(RoleName="node")["Role"]
    assert {t["Key"] for t in role["Tags"]} == {"Tag", "cairn:stack", "cairn:address"}
    boundary = 'permissions_boundary = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"'
    for change in [
        dict(service="ssm.amazonaws.com"),
        dict(description="second", hours=2),
        dict(boundary=boundary),
        dict(),
        dict(attached="b"),
        dict(role="other"),
        dict(tag="two"),
    ]:
        write(where, stack(**change))
        world.apply(where)
    # IAM keeps five versions of a policy.
    for may in ["PutObject", "DeleteObject", "ListBucket", "GetObjectTagging", "GetBucketAcl", "PutBucketAcl", "GetObject"]:
        write(where, stack(may=may))
        assert "3 changed" in world.cairn(where, "apply", "-auto-approve") or may == "PutObject"
    world.settled(where)

    # By hand.
    arn = next(p["Arn"] for p in iam.list_policies(Scope="Local")["Policies"] if p["PolicyName"].startswith("shared-a-"))
    other = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})
    iam.update_role(RoleName="node", Description="by hand", MaxSessionDuration=3600)
    iam.put_role_policy(RoleName="node", PolicyName="node", PolicyDocument=other)
    iam.put_role_policy(RoleName="node", PolicyName="stray", PolicyDocument=other)
    iam.detach_role_policy(RoleName="node", PolicyArn=arn)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    iam.delete_policy_version(PolicyArn=arn, VersionId=next(v["VersionId"] for v in versions if not v["IsDefaultVersion"]))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=other, SetAsDefault=True)
    iam.remove_role_from_instance_profile(InstanceProfileName="node", RoleName="node")
    drift = world.cairn(where, "drift", exit=2)
    for name in ["aws_iam_role.node", "aws_iam_role_policy.node", 'aws_iam_role_policy_attachment.node["shared"]', 'aws_iam_policy.shared["a"]', "aws_iam_instance_profile.node", "stray"]:
        assert name in drift, f"{name}\n{drift}"
    assert "4 changed, 1 missing, 1 stray" in drift, drift
    world.apply(where)

    # Names made from a prefix follow it.
    write(where, stack().replace('"other-"', '"another-"'))
    world.apply(where)
    assert len([r for r in iam.list_roles()["Roles"] if r["RoleName"].startswith(("other-", "another-"))]) == 1

    # A block that is gone, then all.
    write(where, stack().replace('"other-"', '"another-"').replace('toset(["a", "b"])', 'toset(["a"])'))
    assert "1 destroyed" in world.apply(where)
    write(where, PROVIDER)
    assert "7 destroyed" in world.apply(where)
    assert iam.list_roles()["Roles"] == [] and iam.list_policies(Scope="Local")["Policies"] == []
    assert iam.list_instance_profiles()["InstanceProfiles"] == []
    assert world.client("ssm").describe_parameters()["Parameters"] == []


def test_somebody_elses_role_is_refused(world, folder):
    iam = world.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="node", Path="/moodle/", AssumeRolePolicyDocument=trust)
    where = folder(stack())
    printed = world.cairn(where, "plan", exit=1)
    assert "aws_iam_role.node" in printed and "import" in printed


def test_a_destroy_leaves_nothing(world, folder):
    where = folder(stack(role="other"))
    world.apply(where)
    assert "8 destroyed" in world.cairn(where, "destroy", "-auto-approve")
    iam = world.client("iam")
    assert iam.list_roles()["Roles"] == [] and iam.list_policies(Scope="Local")["Policies"] == []
    assert world.client("ssm").describe_parameters()["Parameters"] == []
