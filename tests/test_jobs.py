"""The examples of scheduled jobs: what their commands do."""

import os
import shlex
import subprocess

import pytest
import yaml
from conftest import CAIRN, ROOT

EXAMPLES = ROOT / "examples"
STACK = """
provider "aws" {
  region = "us-east-1"
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/${terraform.workspace}/NAME"
  retention_in_days = 30
}
"""
PAIRS = [f"{name}/{workspace}" for name in ("shop", "wiki") for workspace in ("dev", "production")]


@pytest.fixture
def stacks(world, tmp_path):
    """Two stacks with two workspaces each; one of the four has drifted."""
    for name in ("shop", "wiki"):
        folder = tmp_path / "stacks" / name
        folder.mkdir(parents=True)
        (folder / "cairn.toml").write_text(f'name = "{name}"\n[workspace.dev]\n[workspace.production]\n')
        (folder / "main.tf").write_text(STACK.replace("NAME", name))
        for workspace in ("dev", "production"):
            world.cairn(folder, "apply", "-auto-approve", f"--workspace={workspace}")
    world.client("logs").put_retention_policy(logGroupName="/production/wiki", retentionInDays=7)
    return tmp_path / "stacks"


def run(world, command, folder, **environment):
    """Runs a command; its exit code and what it printed."""
    environment = {**world.environment, "PATH": f"{CAIRN.parent}:{os.environ['PATH']}", **environment}
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def container(file):
    """The container of a manifest, whatever is around its pod."""
    spec = yaml.safe_load((EXAMPLES / "drift-kubernetes" / file).read_text())["spec"]
    job = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
    (container,) = job["template"]["spec"]["containers"]
    return job, [a.replace("/stacks", "stacks") for a in container["args"]]


def seen(printed):
    return [pair for pair in PAIRS if f"  {pair}: " in printed.split("Summary:")[-1] or f"\n{pair}\n" in printed]


def test_the_cron_job_looks_at_every_workspace_of_every_stack(world, stacks):
    _, args = container("cronjob.yaml")
    code, printed = run(world, [CAIRN, *args], stacks.parent)
    assert (code, seen(printed)) == (2, PAIRS), printed
    assert "  wiki/production: 1 drifted\n" in printed


def test_the_pods_of_the_indexed_job_share_the_stacks(world, stacks):
    job, args = container("fleet.yaml")
    count = job["completions"]
    assert job["parallelism"] == count and job["maxFailedIndexes"] == count
    assert args[-1] == f"$(SHARD)/{count}"
    codes, lines = [], []
    for index in range(count):
        code, printed = run(world, [CAIRN, *args[:-1], args[-1].replace("$(SHARD)", str(index)), "--format=prometheus"], stacks.parent)
        codes.append(code)
        lines += [line for line in printed.splitlines() if line.startswith("cairn_drift_verdict{") or line.startswith("cairn_drift_findings{")]
    assert sorted(codes) == [0, 0, 0, 2]
    assert all(any(f'stack="{n}",workspace="{w}"' in line for line in lines) for n, w in (p.split("/") for p in PAIRS))


def test_the_service_looks_at_every_workspace_of_every_stack(world, stacks):
    unit = (EXAMPLES / "drift-systemd/cairn-drift.service").read_text()
    (line,) = [line.removeprefix("ExecStart=") for line in unit.splitlines() if line.startswith("ExecStart=")]
    program, *args = shlex.split(line)
    assert program == "/usr/local/bin/cairn"
    code, printed = run(world, [CAIRN, *[a.replace("/srv/stacks", "stacks") for a in args]], stacks.parent)
    assert (code, seen(printed)) == (2, PAIRS), printed


def test_the_workflow_writes_a_summary_and_fails_where_there_is_drift(world, stacks, tmp_path):
    workflow = yaml.safe_load((EXAMPLES / "drift-github-actions/drift.yml").read_text())
    (job,) = workflow["jobs"].values()
    (step,) = [s for s in job["steps"] if s.get("name") == "Look for drift"]
    parts = job["strategy"]["matrix"]["part"]
    assert step["env"] == {"CAIRN_SHARD": "${{ strategy.job-index }}/${{ strategy.job-total }}"}
    codes, summary = [], tmp_path / "summary"
    for index in range(len(parts)):
        environment = {"CAIRN_SHARD": f"{index}/{len(parts)}", "RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(summary)}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        code, printed = run(world, command, stacks.parent, **workflow["env"], **environment)
        codes.append(code)
    text = summary.read_text()
    assert sorted(codes) == [0, 2] and [text.count(pair) for pair in PAIRS] == [1, 1, 1, 1], text
