"""The examples for CI systems: what their steps do, and that their roles can be made."""

import re
import subprocess

import ci_hosts
import ci_workflows
import pytest
from conftest import CAIRN, ROOT

STACK = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "/shop/web"
  retention_in_days = 90
}
"""
POLICY = """package main

deny contains "logs are kept for a week at least" if {
	some change in input.resource_changes
	change.change.after.retention_in_days < 7
}
"""
SETTINGS = 'name = "shop"\npolicies = ["policy"]\n[workspace.production]\n'


def git(folder, *arguments):
    identity = ["-c", "user.name=shop", "-c", "user.email=shop@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


class Project:
    """A repository with a stack that is applied, and branches that change it. Its host is one of the two."""

    def __init__(self, world, folder):
        self.world, self.folder, self.origin = world, folder, folder / "origin"
        self.stack = self.origin / "stacks/moodle"
        (self.stack / "policy").mkdir(parents=True)
        (self.stack / "main.tf").write_text(STACK)
        (self.stack / "cairn.toml").write_text(SETTINGS)
        (self.stack / "policy/own.rego").write_text(POLICY)
        git(self.origin, "init")
        self.main = self.commit("The shop")
        world.cairn(self.stack, "--workspace=production", "apply", "-auto-approve")
        git(self.origin, "checkout", "-b", "branch")

    def commit(self, message):
        git(self.origin, "add", ".")
        git(self.origin, "commit", "-m", message)
        return git(self.origin, "rev-parse", "HEAD")

    def change(self, old, new):
        """A commit on the branch."""
        text = (self.stack / "main.tf").read_text()
        assert old in text
        (self.stack / "main.tf").write_text(text.replace(old, new))
        return self.commit(new)

    def merge(self):
        """Merges the branch and gives the merge's commit."""
        git(self.origin, "checkout", "main")
        git(self.origin, "merge", "--no-ff", "branch")
        return git(self.origin, "rev-parse", "HEAD")

    def retention(self):
        """How long logs are kept, and whether they are."""
        groups = self.world.client("logs").describe_log_groups()["logGroups"]
        return {g["logGroupName"]: g.get("retentionInDays") for g in groups}

    def environment(self):
        """The environment of a runner: nothing of this one's but where AWS is."""
        kept = {k: v for k, v in self.world.environment.items() if k == "PATH" or k.startswith("AWS_ENDPOINT_URL")}
        return {**kept, "HOME": str(self.folder), "GIT_CONFIG_GLOBAL": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true"}

    def role(self, name):
        return f"arn:aws:iam::{self.world.account}:role/{name}"


class OnGitHub(Project):
    NAME, OTHER = "GitHub", "somebody"

    def host(self):
        return ci_hosts.GitHub(CAIRN)

    def plan(self, host, head):
        """What happens when a pull request is opened, or pushed to."""
        tree = ci_workflows.clone(self.origin, self.folder / "tree", ["checkout", "--detach", head])
        context = {
            "github.event.pull_request.number": "7",
            "github.event.pull_request.head.sha": head,
            "vars.CAIRN_PLAN_ROLE": self.role("plan"),
        }
        return self.run(host, "plan.yml", tree, context, {"GITHUB_BASE_REF": "main"}, host.keep(head))

    def apply(self, host, commit):
        """What happens when something is pushed to main."""
        tree = ci_workflows.clone(self.origin, self.folder / "tree", ["checkout", "--detach", commit])
        return self.run(host, "apply.yml", tree, {"vars.CAIRN_APPLY_ROLE": self.role("apply")}, {"GITHUB_SHA": commit}, None)

    def run(self, host, name, tree, context, environment, keep):
        temp = self.folder / "temp"
        temp.mkdir(exist_ok=True)
        environment = {
            **self.environment(),
            "GITHUB_API_URL": host.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "owner/repository",
            "GITHUB_RUN_ID": "1",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{host.url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ci_hosts.TOKEN,
            **environment,
        }
        context = {**context, "github.token": ci_hosts.TOKEN, "vars.CAIRN_URL": f"{host.url}/cairn", "vars.CAIRN_SHA256": host.digest}
        file = ROOT / "examples/github-actions" / name
        return ci_workflows.GitHubRunner(file, tree, temp, environment, context, keep).run()

    def kept(self, host):
        return len(host.artifacts)


class OnGitLab(Project):
    NAME, OTHER = "GitLab", 1

    def host(self):
        return ci_hosts.GitLab(CAIRN)

    def plan(self, host, head):
        tree = ci_workflows.clone(self.origin, self.folder / "tree", ["checkout", "--detach", head])
        return self.run(host, "plan", tree, {"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}, host.keep(head))

    def apply(self, host, commit):
        tree = ci_workflows.clone(self.origin, self.folder / "tree", ["checkout", "--detach", commit])
        return self.run(host, "apply", tree, {"CI_COMMIT_SHA": commit}, lambda files: None)

    def run(self, host, job, tree, environment, keep):
        # The image's package manager is not this machine's.
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "apt-get").write_text("#!/bin/sh\n")
        (tools / "apt-get").chmod(0o755)
        common = self.environment()
        environment = {
            **common,
            "PATH": f"{tools}:{common['PATH']}",
            "CI_API_V4_URL": f"{host.url}/api/v4",
            "CI_PROJECT_ID": "11",
            "CI_PROJECT_DIR": str(tree),
            "CI_JOB_ID": "5",
            "CI_JOB_URL": "https://gitlab.com/group/project/-/jobs/5",
            "CAIRN_GITLAB_TOKEN": ci_hosts.TOKEN,
            "CAIRN_URL": f"{host.url}/cairn",
            "CAIRN_SHA256": host.digest,
            "CAIRN_PLAN_ROLE": self.role("plan"),
            "CAIRN_APPLY_ROLE": self.role("apply"),
            **environment,
        }
        return ci_workflows.GitLabRunner(ROOT / "examples/gitlab-ci/gitlab-ci.yml", tree, environment, keep).run(job)

    def kept(self, host):
        return len(host.pipelines)


@pytest.fixture(params=[OnGitHub, OnGitLab], ids=lambda kind: kind.NAME)
def project(request, world, tmp_path):
    return request.param(world, tmp_path)


MARKER = "<!-- cairn stacks/moodle production -->"


def test_a_request_is_planned_and_applied(project):
    with project.host() as host:
        # Somebody copies the marker, and so many talk that the comments have two pages.
        host.comment(project.OTHER, f"{MARKER}\nmine\n")
        for number in range(120):
            host.comment(project.OTHER, f"comment {number}")
        project.plan(host, project.change("= 90", "= 30"))
        (body,) = host.ours()
        assert body.startswith(f"{MARKER}\n### Plan of `shop/production`: this change has 0 to add, 1 to change"), body
        head = project.change("= 30", "= 60")
        project.plan(host, head)
        assert len(host.notes) == 122, "the comment is brought up to date"
        (body,) = host.ours()
        # The page names a commit and a time as well, which may hold any digits.
        told = " ".join(line for line in body.splitlines() if "retention_in_days" in line)
        assert "60" in told and "30" not in told, body
        assert "main.tf:8:3" in body and "[The page of this plan, and its log](https://" in body
        assert host.notes[0]["body"].endswith("mine\n")
        assert project.retention() == {"/shop/web": 90}, "a plan changes nothing"

        commit = project.merge()
        with pytest.raises(ci_workflows.Ended, match="no reviewed plan, so nothing is applied"):
            project.apply(host, commit)
        host.merges[commit] = head
        assert "1 changed" in project.apply(host, commit)
        assert project.retention() == {"/shop/web": 60}


def test_what_was_not_reviewed_is_not_applied(project):
    with project.host() as host:
        head = project.change("= 90", "= 30")
        project.plan(host, head)
        commit = project.merge()
        host.merges[commit] = head
        # The world moves between review and merge.
        project.world.client("logs").delete_log_group(logGroupName="/shop/web")
        with pytest.raises(ci_workflows.Ended, match="the world has moved since it was made"):
            project.apply(host, commit)
        assert project.retention() == {}
        # So does the branch: the plan that is kept is of another commit.
        host.merges[commit] = project.main
        with pytest.raises(ci_workflows.Ended, match="was kept: nothing is applied"):
            project.apply(host, commit)


def test_a_refused_plan_is_told_and_not_kept(project):
    with project.host() as host:
        with pytest.raises(ci_workflows.Ended, match="The plan ended with 1"):
            project.plan(host, project.change("= 90", "= 1"))
        assert "logs are kept for a week at least" in host.ours()[0] and project.kept(host) == 0
        with pytest.raises(ci_workflows.Ended, match="The plan ended with 1"):
            project.plan(host, project.change("= 1", "= nonsense"))
        (body,) = host.ours()
        assert "No plan of" in body and project.kept(host) == 0


def test_another_binary_is_not_run(project):
    with project.host() as host:
        host.digest = "0" * 64
        with pytest.raises(ci_workflows.Ended, match="computed checksum did NOT match"):
            project.plan(host, project.change("= 90", "= 30"))
        assert host.notes == []


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_the_roles_can_be_made(world, moodle, tmp_path, host):
    """IAM takes the documents as the roles' page says, with what stands for one's own names filled in."""
    iam = world.client("iam")
    for verb in ("plan", "apply"):
        trust = (ROOT / f"examples/roles/trust-{host}-{verb}.json").read_text()
        assert set(re.findall(r"[A-Z]{4,}", trust)) <= {"ACCOUNT", "OWNER", "REPOSITORY", "GROUP", "PROJECT"}
        iam.create_role(RoleName=f"cairn-{verb}", AssumeRolePolicyDocument=trust.replace("ACCOUNT", world.account))
        folder = tmp_path / verb
        world.cairn(moodle, "--workspace=production", "iam-policy", f"--for={verb}", f"--out={folder}")
        assert list(folder.iterdir())
        for file in folder.iterdir():
            policy = iam.create_policy(PolicyName=file.stem, PolicyDocument=file.read_text())["Policy"]["Arn"]
            iam.attach_role_policy(RoleName=f"cairn-{verb}", PolicyArn=policy)
