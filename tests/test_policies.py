"""Policies in Rego on a plan: what they refuse and warn of, and the starter set on small plans and on the Moodle stack."""

import json
import pathlib
import shutil

import pytest

STARTER = pathlib.Path(__file__).resolve().parent.parent / "examples/policies"
PROVIDER = 'provider "aws" {\n  region = "us-east-1"\n}\n'
VPC = PROVIDER + '\nresource "aws_vpc" "main" {\n  cidr_block = "10.1.0.0/16"\n}\n'
NO_VPC = """package main

deny contains {"msg": "no networks, please", "address": change.address} if {
	some change in input.resource_changes
	change.type == "aws_vpc"
}
"""
WARN = "package advice\n\nwarn contains sprintf(\"%s has no name\", [c.address]) if {\n\tsome c in input.resource_changes\n}\n"


def policy(folder, text, name="policy/own.rego"):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return (folder / name).parent


def test_a_denial_refuses_plan_and_apply(world, folder):
    stack = folder(VPC, settings='policies = ["policy"]\n')
    policy(stack, NO_VPC)
    printed = world.cairn(stack, "plan", exit=1)
    assert "Policies refuse this plan:" in printed and "1 to add" in printed
    assert f"aws_vpc.main: no networks, please (main.deny, {stack}/main.tf:5:1)" in printed
    printed = world.cairn(stack, "apply", "-auto-approve", exit=1)
    assert "A policy refuses this plan" in printed and world.marked() == []
    comment = world.cairn(stack, "plan", "-format=markdown", exit=1)
    assert comment.index("**Policies refuse this plan:**") < comment.index("1 to add\n" if "1 to add\n" in comment else "</details>")
    assert "`no networks, please`" in comment
    assert "A policy refuses: " in world.cairn(stack, "plan", "-format=html", exit=1)
    lines = [json.loads(line) for line in world.cairn(stack, "plan", "-json", exit=1).splitlines() if line.startswith("{")]
    assert [line["@level"] for line in lines if "no networks, please" in line["@message"]] == ["error"]


def test_a_saved_plan_is_held_against_the_policies_again(world, folder):
    stack = folder(VPC)
    world.cairn(stack, "plan", "-out=p")
    (stack / "cairn.toml").write_text('name = "test"\npolicies = ["policy"]\n')
    policy(stack, NO_VPC)
    printed = world.cairn(stack, "apply", "p", exit=1)
    assert "no networks, please" in printed and world.marked() == []


def test_a_warning_is_shown_and_hinders_nothing(world, folder):
    stack = folder(VPC)
    policy(stack, WARN)
    printed = world.cairn(stack, "plan", "-policy=policy", "-detailed-exitcode", "-out=p", exit=2)
    assert "Policies warn:" in printed and "aws_vpc.main has no name (advice.warn, " in printed
    assert "aws_vpc.main has no name" in world.cairn(stack, "show", "p"), "the saved plan keeps what they said"
    shown = json.loads(world.cairn(stack, "show", "-json", "p").splitlines()[0])
    assert "findings" not in shown, "Terraform's format has no such key"
    assert "warn" not in world.cairn(stack, "plan", "-detailed-exitcode", exit=2), "cairn.toml names no policies"


def test_wrong_rego_and_missing_folders_are_errors(world, folder):
    stack = folder(VPC)
    policy(stack, "package main\n\ndeny contains msg if {\n\tmsg := := 1\n}\n")
    printed = world.cairn(stack, "plan", "-policy=policy", exit=1)
    assert "policy/own.rego:4:9" in printed and "A policy can't be evaluated" in printed
    assert "can't be read" in world.cairn(stack, "plan", "-policy=nowhere", exit=1)
    (stack / "empty").mkdir()
    assert "There is no policy in empty" in world.cairn(stack, "plan", "-policy=empty", exit=1)


def group(rule):
    return VPC + 'resource "aws_security_group" "main" {\n  name   = "main"\n  vpc_id = aws_vpc.main.id\n%s\n}\n' % rule


def ingress(ports, range='cidr_blocks = ["0.0.0.0/0"]'):
    return "ingress {\n  from_port = %s\n  to_port = %s\n  protocol = \"%s\"\n  %s\n}" % (*ports, range)


def rule(ports, range='cidr_ipv4 = "0.0.0.0/0"'):
    ports = "\n".join(f"  {name} = {value}" for name, value in zip(("ip_protocol", "from_port", "to_port"), ports))
    return group("") + 'resource "aws_vpc_security_group_ingress_rule" "main" {\n  security_group_id = aws_security_group.main.id\n  %s\n%s\n}\n' % (range, ports)


def bucket(*parts):
    text = PROVIDER + 'resource "aws_s3_bucket" "main" {\n  bucket_prefix = "files"\n}\nresource "aws_s3_bucket" "other" {\n  bucket_prefix = "other"\n}\n'
    blocks = {"aws_s3_bucket_server_side_encryption_configuration": 'rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm = "AES256"\n    }\n  }'}
    blocks["aws_s3_bucket_public_access_block"] = "\n  ".join(f"{s} = true" for s in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"))
    for name in ("main", "other"):
        for kind, block in blocks.items():
            if (name, kind) not in parts:
                text += 'resource "%s" "%s" {\n  bucket = aws_s3_bucket.%s.id\n  %s\n}\n' % (kind, name, name, block)
    return text


def template(metadata='"required"', encrypted="true"):
    return PROVIDER + (
        'resource "aws_launch_template" "main" {\n  image_id = "ami-12345678"\n  instance_type = "t4g.micro"\n'
        "  metadata_options {\n    http_tokens = %s\n  }\n"
        '  block_device_mappings {\n    device_name = "/dev/xvda"\n    ebs {\n      encrypted = %s\n      volume_size = 8\n    }\n  }\n}\n' % (metadata, encrypted)
    )


def database(environment="production", **settings):
    settings = {"storage_encrypted": "true", "multi_az": "true", "deletion_protection": "true", **settings}
    return PROVIDER + 'resource "aws_db_instance" "main" {\n%s\n}\n' % "\n".join(
        [
            '  identifier = "main"',
            '  engine = "postgres"',
            '  instance_class = "db.t4g.micro"',
            "  allocated_storage = 20",
            '  username = "moodle"',
            "  manage_master_user_password = true",
            "  skip_final_snapshot = true",
            f'  tags = {{ Environment = "{environment}" }}',
            *(f"  {name} = {value}" for name, value in settings.items()),
        ]
    )


def balancer(listener, protection="true"):
    return (
        VPC
        + 'resource "aws_subnet" "main" {\n  count = 2\n  vpc_id = aws_vpc.main.id\n  cidr_block = "10.1.${count.index}.0/24"\n'
        + '  availability_zone = ["us-east-1a", "us-east-1b"][count.index]\n}\n'
        + 'resource "aws_lb" "main" {\n  name = "main"\n  internal = true\n  subnets = aws_subnet.main[*].id\n'
        + f'  enable_deletion_protection = {protection}\n  tags = {{ Environment = "production" }}\n}}\n'
        + f'resource "aws_lb_listener" "main" {{\n  load_balancer_arn = aws_lb.main.arn\n{listener}\n}}\n'
    )


FIXED = 'default_action {\n  type = "fixed-response"\n  fixed_response {\n    content_type = "text/plain"\n  }\n}'
REDIRECT = 'default_action {\n  type = "redirect"\n  redirect {\n    protocol = "HTTPS"\n    port = "443"\n    status_code = "HTTP_301"\n  }\n}'


def https(policy):
    certificate = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    return f'port = 443\nprotocol = "HTTPS"\nssl_policy = "{policy}"\ncertificate_arn = "{certificate}"\n{FIXED}'


def http(action):
    return f'port = 80\nprotocol = "HTTP"\n{action}'


PART = "aws_s3_bucket_"
# What the starter set denies: the stack, the rule and the resource.
DENIED = {
    "ssh-inline": (group(ingress((22, 22, "tcp"))), "deny_open_ssh", "aws_security_group.main"),
    "ssh-inline-range": (group(ingress((20, 30, "tcp"))), "deny_open_ssh", "aws_security_group.main"),
    "ssh-inline-ipv6": (group(ingress((22, 22, "tcp"), 'ipv6_cidr_blocks = ["::/0"]')), "deny_open_ssh", "aws_security_group.main"),
    "ssh-inline-all": (group(ingress((0, 0, "-1"))), "deny_open_ssh", "aws_security_group.main"),
    "ssh-rule": (rule(('"tcp"', 22, 22)), "deny_open_ssh", "aws_vpc_security_group_ingress_rule.main"),
    "ssh-rule-range": (rule(('"tcp"', 0, 65535)), "deny_open_ssh", "aws_vpc_security_group_ingress_rule.main"),
    "ssh-rule-ipv6": (rule(('"tcp"', 22, 22), 'cidr_ipv6 = "::/0"'), "deny_open_ssh", "aws_vpc_security_group_ingress_rule.main"),
    "ssh-rule-all": (rule(('"-1"',)), "deny_open_ssh", "aws_vpc_security_group_ingress_rule.main"),
    "database-unencrypted": (database(storage_encrypted="false"), "deny_unencrypted", "aws_db_instance.main"),
    "volume-unencrypted": (template(encrypted="false"), "deny_unencrypted", "aws_launch_template.main"),
    "bucket-unencrypted": (bucket(("other", PART + "server_side_encryption_configuration")), "deny_unencrypted", "aws_s3_bucket.other"),
    "bucket-public": (bucket(("other", PART + "public_access_block")), "deny_public_bucket", "aws_s3_bucket.other"),
    "bucket-half-public": (
        bucket().replace("restrict_public_buckets = true", "restrict_public_buckets = false", 1),
        "deny_public_bucket",
        "aws_s3_bucket_public_access_block.main",
    ),
    "database-unprotected": (database(deletion_protection="false"), "deny_unprotected", "aws_db_instance.main"),
    "database-single-zone": (database(multi_az="false"), "deny_single_zone", "aws_db_instance.main"),
    "balancer-unprotected": (balancer(http(REDIRECT), "false"), "deny_unprotected", "aws_lb.main"),
    "tls-old": (balancer(https("ELBSecurityPolicy-2016-08")), "deny_weak_tls", "aws_lb_listener.main"),
    "tls-clear": (balancer(http(FIXED)), "deny_weak_tls", "aws_lb_listener.main"),
    "imdsv1": (template(metadata='"optional"'), "deny_imdsv1", "aws_launch_template.main"),
}
# What it has nothing against.
ALLOWED = {
    "https-inline": group(ingress((443, 443, "tcp"))),
    "ssh-from-one-network": group(ingress((22, 22, "tcp"), 'cidr_blocks = ["10.0.0.0/8"]')),
    "https-rule": rule(('"tcp"', 443, 443)),
    "udp-rule": rule(('"udp"', 22, 22)),
    "database": database(),
    "test-database": database("test", multi_az="false", deletion_protection="false"),
    "buckets": bucket(),
    "template": template(),
    "balancer": balancer(https("ELBSecurityPolicy-TLS13-1-2-2021-06")),
    "redirect": balancer(http(REDIRECT)),
}


@pytest.mark.parametrize("case", DENIED)
def test_the_starter_set_denies(world, folder, case):
    text, rule, address = DENIED[case]
    printed = world.cairn(folder(text), "plan", f"-policy={STARTER}", exit=1)
    denials = [line for line in printed.splitlines() if line.startswith("  - ") and "(main.deny" in line]
    assert [line for line in denials if line.startswith(f"  - {address}: ") and f"(main.{rule}, " in line], printed
    assert len(denials) == 1, "nothing else is wrong with it"


@pytest.mark.parametrize("case", ALLOWED)
def test_the_starter_set_allows(world, folder, case):
    assert "Policies" not in world.cairn(folder(ALLOWED[case]), "plan", f"-policy={STARTER}", exit=0)


@pytest.mark.parametrize("workspace", ["dev", "staging", "production"])
def test_moodle_passes_the_starter_set(world, moodle, workspace):
    shutil.copytree(STARTER, moodle / "policies")
    assert "Policies" not in world.cairn(moodle, "--workspace", workspace, "plan", "-policy=policies", exit=0)
