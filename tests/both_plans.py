"""The plan JSON of the Moodle stack on an empty account, by Cairn and by real Terraform."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from importlib.machinery import SourceFileLoader

import plan_json
import real_terraform

ROOT = pathlib.Path(__file__).resolve().parent.parent
CAIRN = pathlib.Path(os.environ.get("CAIRN_BIN", ROOT / "target/debug/cairn"))
WORKSPACES = ("dev", "staging", "production")


def require():
    """Starts the program again with an emulated AWS where there is none, and ends it where Terraform is missing."""
    if not os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://127.0.0.1:"):
        os.execv(ROOT / "localstack/with", ["with", sys.executable, *sys.argv])
    real_terraform.require()


def theirs(workspace):
    """Terraform's plan JSON."""
    return SourceFileLoader("recorder", str(ROOT / "tests/record-terraform-plan")).load_module().planned(workspace)[0]


def ours(workspace):
    """Cairn's plan JSON."""
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": plan_json.ACCOUNT, "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/plan"
        cairn = [CAIRN, f"-chdir={real_terraform.STACK}", f"--workspace={workspace}"]
        for arguments in (["plan", f"-out={file}"], ["show", "-json", file]):
            done = subprocess.run([*cairn, *arguments], env=environment, stdin=subprocess.DEVNULL, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)
