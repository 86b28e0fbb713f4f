"""A pull request played through: what it does, what had drifted before it, and what it only writes down."""

import json
import subprocess

SHOP = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
  tags       = { Name = "main" }
}

resource "aws_security_group" "app" {
  name        = "app"
  description = "The shop."
  vpc_id      = aws_vpc.main.id
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "/shop/web"
  retention_in_days = 90
}

resource "aws_cloudwatch_log_group" "jobs" {
  name              = "/shop/jobs"
  retention_in_days = 90
}

resource "aws_cloudwatch_log_group" "gone" {
  name = "/shop/gone"
}

resource "aws_cloudwatch_log_group" "both" {
  name              = "/shop/both"
  retention_in_days = 90
  tags              = { Owner = "shop" }
}
"""


def git(folder, *args):
    identity = ["-c", "user.name=shop", "-c", "user.email=shop@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def edit(stack, old, new):
    text = (stack / "main.tf").read_text()
    assert old in text
    (stack / "main.tf").write_text(text.replace(old, new))


def operations(file):
    calls = [json.loads(line) for line in file.read_text().splitlines()]
    return sorted(f"{c['service']}:{c['operation']}" for c in calls)


def parts(printed):
    """The three parts of the text: what the change does, what had drifted, what follows AWS."""
    does, rest = printed.split("What had already drifted", 1)
    drifted, follows = rest.split("What this change writes down", 1)
    return does, drifted, follows


def test_a_pull_request_is_told_from_drift(world, folder, tmp_path_factory):
    stack = folder(SHOP, settings=f'[workspace.default]\naccount = "{world.account}"\n')
    git(stack, "init")
    git(stack, "add", "main.tf", "cairn.toml")
    git(stack, "commit", "-m", "The shop")
    world.apply(stack)

    # By hand: a rule is opened, one setting is changed that nobody wants, one that the branch takes up, and
    # one of the resource whose other setting the branch changes.
    ec2, logs = world.client("ec2"), world.client("logs")
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["app"]}])["SecurityGroups"][0]["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    logs.put_retention_policy(logGroupName="/shop/jobs", retentionInDays=30)
    logs.put_retention_policy(logGroupName="/shop/both", retentionInDays=7)
    logs.delete_log_group(logGroupName="/shop/gone")

    # The branch, not committed: the working tree is what counts.
    git(stack, "checkout", "-b", "branch")
    edit(stack, 'tags       = { Name = "main" }', 'tags       = { Name = "renamed" }')
    edit(stack, 'name              = "/shop/jobs"\n  retention_in_days = 90', 'name              = "/shop/jobs"\n  retention_in_days = 30')
    edit(stack, 'Owner = "shop"', 'Owner = "checkout"')
    edit(stack, 'resource "aws_cloudwatch_log_group" "gone" {\n  name = "/shop/gone"\n}\n', "")
    before = git(stack, "status", "--porcelain")

    elsewhere = tmp_path_factory.mktemp("elsewhere")
    calls, both = elsewhere / "calls", elsewhere / "both"
    world.cairn(stack, "plan", f"-calls={calls}")
    printed = world.cairn(stack, "plan", "-base=main", "-out=reviewed.cairnplan", f"-calls={both}")
    assert operations(both) == operations(calls), "one reading of AWS serves both revisions"
    does, drifted, follows = parts(printed)
    assert "aws_vpc.main" in does and '"main" -> "renamed"' in does and "tags" in does and "main.tf:8:3" in does
    assert "aws_cloudwatch_log_group.both" in does and '"shop" -> "checkout"' in does
    assert "7" not in does.split("aws_cloudwatch_log_group.both", 1)[1].split("Owner")[0], "what drifted is no part of the change"
    assert "aws_cloudwatch_log_group.both" in drifted and "7 -> 90" in drifted and "checkout" not in drifted
    assert "will be destroyed" in drifted and "no block declares it" in drifted and "0.0.0.0/0" in drifted
    assert "aws_vpc.main" not in drifted
    assert "aws_cloudwatch_log_group.jobs is now declared as it is in AWS: retention_in_days" in follows
    assert "aws_cloudwatch_log_group.jobs" not in does + drifted
    assert "aws_cloudwatch_log_group.gone is not in AWS any more, and is no longer declared" in follows
    assert "Plan: 0 to add, 2 to change, 1 to destroy." in follows

    # The working tree and git's index are as they were, and what was written is gone.
    (stack / "reviewed.cairnplan").rename(elsewhere / "kept.cairnplan")
    assert git(stack, "status", "--porcelain") == before
    assert git(stack, "branch", "--show-current") == "branch\n"

    # The comment says the same, from the plan that was kept as well.
    comment = world.cairn(stack, "plan", "-base=main", "-format=markdown")
    first = comment.splitlines()[0]
    assert "this change has 0 to add, 2 to change, 0 to replace, 0 to destroy" in first
    assert "Drifted before it: 2." in first and "Follows AWS: 2." in first
    kept = world.cairn(stack, "show", "-format=markdown", str(elsewhere / "kept.cairnplan"))
    plain = lambda text: [line for line in text.splitlines() if not line.startswith("Planned by") and "AWS call" not in line]
    assert plain(kept) == plain(comment)

    # So does Terraform's JSON: of each resource that had drifted, what the base wants and what there is.
    shown = json.loads(world.output(stack, "show", "-json", str(elsewhere / "kept.cairnplan"), exit=0))
    changes = {r["address"].split(".")[1]: r["change"] for r in shown["resource_drift"]}
    assert {name: change["actions"] for name, change in changes.items()} == {"both": ["update"], "gone": ["delete"], "jobs": ["update"]}
    for name, found in (("both", 7), ("jobs", 30)):
        before, after = changes[name]["before"], changes[name]["after"]
        differ = {k: (before.get(k), after.get(k)) for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
        assert differ == {"retention_in_days": (90, found)}
    assert changes["gone"]["before"]["name"] == "/shop/gone" and changes["gone"]["after"] is None
    assert "resource_drift" not in json.loads(world.output(stack, "plan", "-format=json", exit=0))

    # A kept plan with a base is applied like any other.
    world.cairn(stack, "apply", str(elsewhere / "kept.cairnplan"))
    printed = world.cairn(stack, "plan", "-base=main")
    assert "Plan: 0 to add, 0 to change, 0 to destroy." in printed


def test_a_stack_in_a_folder_of_a_repository_with_modules_beside_it(world, tmp_path):
    stack, module = tmp_path / "stacks/shop", tmp_path / "modules/net"
    stack.mkdir(parents=True)
    module.mkdir(parents=True)
    (module / "main.tf").write_text('variable "cidr" {}\nresource "aws_vpc" "this" {\n  cidr_block = var.cidr\n}\n')
    (stack / "cairn.toml").write_text('name = "shop"\n')
    main = 'provider "aws" {\n  region = "us-east-1"\n}\nmodule "net" {\n  source = "../../modules/net"\n  cidr   = "10.1.0.0/16"\n}\n'
    (stack / "main.tf").write_text(main)
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "One network")
    world.apply(stack)
    # The variable is new on the branch, and so is its value on the command line.
    (stack / "main.tf").write_text(main + 'variable "name" {}\nresource "aws_cloudwatch_log_group" "new" {\n  name = var.name\n}\n')
    printed = world.cairn(stack, "plan", "-base=HEAD", "-var=name=/shop/new")
    does, drifted = printed.split("What had already drifted", 1)
    assert "aws_cloudwatch_log_group.new will be created" in does and "aws_vpc" not in printed
    assert "Nothing." in drifted

    # A stack that the base does not hold is new altogether.
    fresh = tmp_path / "stacks/fresh"
    fresh.mkdir()
    (fresh / "cairn.toml").write_text('name = "fresh"\n')
    (fresh / "main.tf").write_text('provider "aws" {\n  region = "us-east-1"\n}\nresource "aws_cloudwatch_log_group" "a" {\n  name = "/fresh"\n}\n')
    printed = world.cairn(fresh, "plan", "-base=HEAD", "-format=markdown")
    assert "this change has 1 to add, 0 to change, 0 to replace, 0 to destroy" in printed.splitlines()[0]


def test_default_tags_that_change_are_the_change(world, folder):
    stack = folder(SHOP.replace('region = "us-east-1"', 'region = "us-east-1"\n  default_tags {\n    tags = { Team = "shop" }\n  }'))
    git(stack, "init")
    git(stack, "add", "main.tf", "cairn.toml")
    git(stack, "commit", "-m", "The shop")
    world.apply(stack)
    edit(stack, 'Team = "shop"', 'Team = "checkout"')
    does, drifted = world.cairn(stack, "plan", "-base=HEAD").split("What had already drifted", 1)
    assert does.count("will be updated in-place") == 6 and '"shop" -> "checkout"' in does
    assert "Nothing." in drifted and "will be" not in drifted


def test_what_can_not_be_compared_with_says_why(world, folder):
    stack = folder(SHOP)
    assert "not a git repository" in world.cairn(stack, "plan", "-base=main", exit=1)
    git(stack, "init")
    git(stack, "add", "main.tf", "cairn.toml")
    git(stack, "commit", "-m", "The shop")
    assert "git knows no such commit" in world.cairn(stack, "plan", "-base=nowhere", exit=1)
    assert "It is no name of a revision" in world.cairn(stack, "plan", "-base=--output=x", exit=1)
    assert "There is no git" in world.cairn(stack, "plan", "-base=main", exit=1, env={"PATH": "/nonexistent"})
    edit(stack, 'cidr_block = "10.1.0.0/16"', 'cidr = "10.1.0.0/16"')
    git(stack, "commit", "-am", "Broken")
    edit(stack, 'cidr = "10.1.0.0/16"', 'cidr_block = "10.1.0.0/16"')
    printed = world.cairn(stack, "plan", "-base=HEAD", exit=1)
    assert "In the revision HEAD" in printed and "HEAD:main.tf:7:3" in printed


def test_a_comment_says_why_there_is_no_plan(world, folder):
    stack = folder(SHOP.replace("cidr_block", "cidr"))
    printed = world.cairn(stack, "plan", "-format=markdown", exit=1)
    assert printed.startswith("### No plan of `test/default`: 2 errors.") or printed.startswith("### No plan of `test/default`: 1 error.")
    assert "main.tf:7:3" in printed and "cidr" in printed


def test_formats(world, folder):
    stack = folder(SHOP)
    plan = json.loads(world.cairn(stack, "plan", "-format=json", "-out=a.cairnplan").splitlines()[0])
    assert plan["format_version"] == "1.2"
    shown = world.cairn(stack, "show", "-json", "a.cairnplan").splitlines()[0]
    assert json.loads(shown) == plan
    assert world.cairn(stack, "show", "-format=json", "a.cairnplan").splitlines()[0] == shown
    assert "needs a saved plan" in world.cairn(stack, "show", "-format=markdown", exit=1)
    assert world.cairn(stack, "show", "-format=markdown", "a.cairnplan").startswith("### Plan of `test/default`: 6 to add")
