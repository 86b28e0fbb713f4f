"""The frame of `cairn show -json`: the keys that readers of Terraform's plan JSON go by, such as infracost's parser, and the
configuration, which has to be what real Terraform says of the same files (tests/record-terraform-plan records it).
"""

import json

import plan_json
import pytest
from conftest import ROOT, STACK, World
from real_terraform import CONDITIONS

WORKSPACES = ("dev", "staging", "production")
# What Terraform lists besides, since only outputs of modules are made from it that nothing in the plan uses.
UNUSED = {
    # There are no alarms and no dashboard in dev, which watch these.
    "dev": [
        ["module.data.aws_db_instance.main", "identifier"],
        ["module.edge.aws_lb.main", "arn_suffix"],
        ["module.edge.aws_lb_target_group.web", "arn_suffix"],
    ],
    "staging": [],
    "production": [],
}
UNUSED_CONDITIONS = [['module.part["one\\""].aws_cloudwatch_log_group.inner', "tags", "given"]]
# What Terraform 1.11 writes; docs/plan-json.md says when there is `resource_drift` besides.
KEYS = {
    "format_version", "terraform_version", "variables", "planned_values", "resource_changes", "output_changes",
    "prior_state", "configuration", "checks", "relevant_attributes", "timestamp", "applyable", "complete", "errored",
}


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """The plan of each workspace of the Moodle stack on an empty account."""
    world, folder = World(plan_json.ACCOUNT), tmp_path_factory.mktemp("plan")

    def planned(workspace):
        world.cairn(STACK, f"--workspace={workspace}", "plan", f"-out={folder / workspace}")
        return json.loads(world.cairn(STACK, f"--workspace={workspace}", "show", "-json", str(folder / workspace)).splitlines()[0])

    return {workspace: planned(workspace) for workspace in WORKSPACES}


@pytest.fixture
def plan(plans):
    return plans["production"]


def given(wanted, value):
    """A value without what was not given: Terraform keeps variables as they were written, Cairn with optional attributes' defaults."""
    if isinstance(wanted, dict) and isinstance(value, dict):
        return {k: given(wanted[k], v) for k, v in value.items() if k in wanted}
    if isinstance(wanted, list) and isinstance(value, list) and len(wanted) == len(value):
        return [given(w, v) for w, v in zip(wanted, value)]
    return value


def test_the_frame(plan):
    assert set(plan) == KEYS
    assert (plan["format_version"], plan["applyable"], plan["complete"], plan["errored"]) == ("1.2", True, True, False)
    prior = plan["prior_state"]["values"]["root_module"]
    assert all(r["mode"] == "data" for r in plan_json.in_modules(prior)) and prior["resources"]


def test_the_configuration_is_what_terraform_says(plan):
    assert plan_json.configuration(plan) == json.loads((ROOT / "tests/oracle/moodle_configuration.json").read_text())


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_what_infracost_reads_is_what_terraform_says(plans, workspace):
    """infracost's parser (internal/providers/terraform/parser.go) goes through planned_values and prior_state by module, and
    takes of each resource its address, type, index, provider_name and values; of the plan resource_changes, variables,
    terraform_version and configuration: there provider_config's region and default_tags, module_calls, and of a block
    provider_config_key and the references of its expressions. Values are compared in test_terraform_oracle.py, the whole
    configuration above."""
    plan = plans[workspace]
    found, recorded = plan_json.frame(plan), json.loads((ROOT / f"tests/oracle/moodle_frame_{workspace}.json").read_text())
    for part in ("planned", "prior", "changes"):
        assert found[part] == recorded[part] and recorded[part]
    assert given(recorded["variables"], found["variables"]) == recorded["variables"]
    assert found["variables"].keys() == recorded["variables"].keys()
    oracle = json.loads((ROOT / f"tests/oracle/moodle_plan_{workspace}.json").read_text())
    assert plan["terraform_version"] == oracle["terraform_version"]


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_the_checks_are_what_terraform_says(plans, workspace):
    recorded = json.loads((ROOT / f"tests/oracle/moodle_frame_{workspace}.json").read_text())["checks"]
    assert plans[workspace]["checks"] == recorded and recorded


def test_every_kind_of_condition_is_what_terraform_says(world, tmp_path):
    """Those that hold and those that only apply can tell; of a saved plan as of one that is shown at once."""
    recorded = json.loads((ROOT / "tests/oracle/conditions.json").read_text())
    assert {check["status"] for check in recorded["checks"]} == {"pass", "unknown"}
    world.cairn(CONDITIONS, "plan", f"-out={tmp_path / 'plan'}")
    for shown in (["show", "-json", str(tmp_path / "plan")], ["plan", "-format=json"]):
        plan = json.loads(world.output(CONDITIONS, *shown, exit=0))
        assert plan["checks"] == recorded["checks"]
        assert sorted(plan_json.relevant(plan) + UNUSED_CONDITIONS) == recorded["relevant"]


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_what_changes_are_made_from_is_what_terraform_says(plans, workspace):
    recorded = json.loads((ROOT / f"tests/oracle/moodle_frame_{workspace}.json").read_text())["relevant"]
    found = plan_json.relevant(plans[workspace])
    assert sorted(found + UNUSED[workspace]) == recorded and found


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
