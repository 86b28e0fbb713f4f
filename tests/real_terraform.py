"""Real Terraform on a copy of the Moodle stack, for what compares with it."""

import os
import pathlib
import shutil
import sys

STACK = pathlib.Path(__file__).resolve().parent.parent / "stacks/moodle"
# A stack with every kind of condition.
CONDITIONS = pathlib.Path(__file__).resolve().parent / "conditions"
OVERRIDE = """
provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = "true"
  s3_use_path_style           = true
}
"""


def require():
    """Ends the program where Terraform or its AWS provider is missing."""
    if not shutil.which("terraform") or not os.environ.get("TF_PLUGINS"):
        sys.exit("this needs real Terraform: install terraform 1.11, and set TF_PLUGINS to the folder of the AWS provider's plug-in")


def copy_stack(folder, source=STACK):
    """Copies a stack into a folder, ready for `terraform init`. Gives the copy and what has to be in the environment."""
    stack = pathlib.Path(folder, "terraform")
    shutil.copytree(source, stack, ignore=shutil.ignore_patterns(".*"))
    (stack / "zz_override.tf").write_text(OVERRIDE)
    return stack, settings(folder)


def settings(folder):
    """Writes Terraform's settings into a folder: the provider comes from TF_PLUGINS. Gives what has to be in the environment."""
    file = pathlib.Path(folder, "terraform.rc")
    file.write_text('provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' % os.environ["TF_PLUGINS"])
    return {"TF_CLI_CONFIG_FILE": str(file), "NO_COLOR": "1", "TF_IN_AUTOMATION": "1"}
