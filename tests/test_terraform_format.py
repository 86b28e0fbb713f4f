"""The frame of `cairn show -json`: the keys that readers of Terraform's plan JSON go by, such as infracost's parser, and the
configuration, which has to be what real Terraform says of the same files (tests/record-terraform-plan records it).
"""

import json

import plan_json
import pytest
from conftest import ROOT, STACK, World

# What Terraform 1.11 writes, but for `checks` and `relevant_attributes`, which speak of its own run.
KEYS = {
    "format_version", "terraform_version", "variables", "planned_values", "resource_changes", "output_changes",
    "prior_state", "configuration", "timestamp", "applyable", "complete", "errored",
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    world = World(plan_json.ACCOUNT)
    file = tmp_path_factory.mktemp("plan") / "production.plan"
    world.cairn(STACK, "--workspace=production", "plan", f"-out={file}")
    return json.loads(world.cairn(STACK, "--workspace=production", "show", "-json", str(file)).splitlines()[0])


def test_the_frame(plan):
    assert set(plan) == KEYS
    assert (plan["format_version"], plan["applyable"], plan["complete"], plan["errored"]) == ("1.2", True, True, False)
    prior = plan["prior_state"]["values"]["root_module"]
    assert all(r["mode"] == "data" for r in plan_json.in_modules(prior)) and prior["resources"]


def test_the_configuration_is_what_terraform_says(plan):
    assert plan_json.configuration(plan) == json.loads((ROOT / "tests/oracle/moodle_configuration.json").read_text())


def test_every_planned_resource_has_its_block(plan):
    """What infracost and checkov go through: from a planned resource down the modules' calls to its block."""
    for resource in plan_json.in_modules(plan["planned_values"]["root_module"]):
        module = plan["configuration"]["root_module"]
        parts = resource["address"].split(".")
        while parts[0] == "module":
            module = module["module_calls"][parts[1].split("[")[0]]["module"]
            parts = parts[2:]
        block = next(r for r in module["resources"] if (r["mode"], r["type"], r["name"]) == (resource["mode"], resource["type"], resource["name"]))
        assert block["provider_config_key"] in plan["configuration"]["provider_config"]


def test_variables_have_the_values_that_were_given(plan):
    values = {name: v["value"] for name, v in plan["variables"].items()}
    assert (values["environment"], values["domain"], values["database"]["instance_class"]) == ("production", "moodle.example.edu", "db.m7g.large")
