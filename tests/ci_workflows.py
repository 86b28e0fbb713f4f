"""Runs the examples for CI systems as their runners do: the steps of a workflow, one after the other, in a shell."""

import os
import pathlib
import re
import shutil
import subprocess
import zipfile

import yaml


class Ended(Exception):
    """A step ended with an error. Says which, and what it printed."""


def shell(text, folder, environment, name):
    """Runs a step's text as both systems do, and gives what it printed."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise Ended(f"{name} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr


class GitHubRunner:
    """Runs the only job of a workflow. `context` holds what the workflow's expressions stand for; an expression that it lacks
    is an error. Of the actions it knows checkout, for which the folder is taken as it is, and upload-artifact."""

    def __init__(self, file, folder, temp, environment, context, keep):
        self.workflow = yaml.safe_load(pathlib.Path(file).read_text())
        self.folder, self.temp, self.context, self.keep = folder, temp, {**context, "runner.temp": str(temp)}, keep
        (self.job,) = self.workflow["jobs"].values()
        self.files = {name: temp / name.lower() for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in self.files.values():
            file.write_text("")
        self.environment = {**environment, "RUNNER_TEMP": str(temp), **{name: str(file) for name, file in self.files.items()}}
        for level in (self.workflow, self.job):
            self.environment |= self.filled(level.get("env", {}))

    def run(self):
        """Runs it and gives what it printed."""
        return "".join(self.step(step) for step in self.job["steps"])

    def step(self, step):
        if "uses" in step:
            action = step["uses"].split("@")[0]
            return {"actions/checkout": lambda _: "", "actions/upload-artifact": self.upload}[action](self.filled(step.get("with", {})))
        assert "${{" not in step["run"], "an expression in a script is how strings from outside become commands"
        printed = shell(step["run"], self.folder, {**self.environment, **self.filled(step.get("env", {}))}, step["name"])
        self.environment |= dict(line.split("=", 1) for line in self.files["GITHUB_ENV"].read_text().splitlines())
        for line in self.files["GITHUB_PATH"].read_text().splitlines():
            self.environment["PATH"] = f"{line}:{self.environment['PATH']}"
        self.files["GITHUB_PATH"].write_text("")
        return printed

    def upload(self, wanted):
        folder, archive = pathlib.Path(wanted["path"]), self.temp / "artifact.zip"
        with zipfile.ZipFile(archive, "w") as packed:
            for file in sorted(folder.rglob("*")):
                packed.write(file, file.relative_to(folder))
        self.keep(wanted["name"], archive.read_bytes())
        return ""

    def filled(self, values):
        return {name: re.sub(r"\$\{\{ (.*?) \}\}", lambda m: self.context[m.group(1)], str(value)) for name, value in values.items()}


class GitLabRunner:
    """Runs one job of a pipeline, `extends` followed one step. `keep` is given the artifacts of a job that succeeds."""

    def __init__(self, file, folder, environment, keep):
        self.pipeline = yaml.safe_load(pathlib.Path(file).read_text())
        self.folder, self.environment, self.keep = folder, environment, keep

    def run(self, name):
        """Runs it and gives what it printed."""
        job = self.pipeline[name]
        job = {**self.pipeline[job["extends"]], **job}
        environment = {**self.environment, **{token: "a-token-of-the-job" for token in job.get("id_tokens", {})}}
        for level in (self.pipeline, job):
            environment |= {k: re.sub(r"\$(\w+)", lambda m: environment[m.group(1)], v) for k, v in level.get("variables", {}).items()}
        # A runner's lines share one shell.
        printed = shell("\n".join([*job["before_script"], *job["script"]]), self.folder, environment, name)
        paths = job.get("artifacts", {}).get("paths", [])
        self.keep({path: (self.folder / path).read_bytes() for path in paths})
        return printed


def clone(origin, target, *commands):
    """A fresh clone of a repository, as a runner makes it, with git commands run in it."""
    shutil.rmtree(target, ignore_errors=True)
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run(["git", "clone", "--quiet", origin, target], check=True, env=environment)
    for command in commands:
        subprocess.run(["git", *command], cwd=target, check=True, capture_output=True, env=environment)
    return target
