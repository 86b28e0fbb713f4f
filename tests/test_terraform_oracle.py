"""What `cairn plan` of the Moodle stack says on an empty account, against what real Terraform says there.

Terraform's word is recorded in `oracle` (tests/record-terraform-plan). With UPDATE=1 the page that lists the differences
is written again; a reason for each is written by hand, in oracle/moodle_differences.toml.
"""

import collections
import functools
import json
import os

import difference_reasons
import plan_json
import pytest
from conftest import ROOT, STACK, World
from difference_page import page, shown
from plan_differences import Comparison, compare

WORKSPACES = ("dev", "staging", "production")
ORACLE = ROOT / "tests/oracle"
PAGE = ROOT / "docs/terraform-differences.md"
OUTPUTS = "output"


@functools.cache
def recorded(workspace):
    """What Terraform said of the stack as it is now."""
    record = json.loads((ORACLE / f"moodle_plan_{workspace}.json").read_text())
    assert record["stack"] == plan_json.digest(STACK), "stacks/moodle has changed since Terraform planned it: run tests/record-terraform-plan"
    return record["resources"], record["outputs"]


@functools.cache
def planned(workspace, folder):
    """What Cairn says."""
    world = World(plan_json.ACCOUNT)
    file = folder / f"{workspace}.plan"
    world.cairn(STACK, f"--workspace={workspace}", "plan", f"-out={file}")
    # What is told on standard error follows the JSON, which is a line.
    plan = json.loads(world.cairn(STACK, f"--workspace={workspace}", "show", "-json", str(file)).splitlines()[0])
    return plan_json.resources(plan), plan_json.outputs(plan)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("plans")


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_the_same_addresses_types_and_actions(workspace, folder):
    theirs, ours = ({a: (r["type"], r["actions"]) for a, r in side[0].items()} for side in (recorded(workspace), planned(workspace, folder)))
    assert ours == theirs


@pytest.fixture(scope="module")
def compared(folder):
    """By workspace: a comparison of each type's values, and of the outputs."""
    found = {}
    for workspace in WORKSPACES:
        by_type = found[workspace] = collections.defaultdict(Comparison)
        (theirs, their_outputs), (ours, our_outputs) = recorded(workspace), planned(workspace, folder)
        for address in theirs.keys() & ours.keys():
            by_type[theirs[address]["type"]].add(compare(theirs[address]["values"], ours[address]["values"]))
        by_type[OUTPUTS].add(compare(their_outputs, our_outputs))
    return found


@pytest.fixture(scope="module")
def differences(compared):
    """By way, type and attribute: the differences of all workspaces."""
    found = collections.defaultdict(list)
    for by_type in compared.values():
        for kind, comparison in by_type.items():
            for d in comparison.differences:
                found[d.way, kind, d.path].append(d)
    return dict(sorted(found.items()))


@pytest.fixture(scope="module")
def reasons():
    return difference_reasons.given(ORACLE / "moodle_differences.toml")


def test_every_difference_has_its_reason(differences, reasons):
    needed = {(way, f"{kind}.{path}"): found for (way, kind, path), found in differences.items() if not difference_reasons.rule(path, found)}
    unexplained = [f"{way}: {attribute}: {shown(found)}" for (way, attribute), found in needed.items() if (way, attribute) not in reasons]
    assert not unexplained, "mend Cairn, or give a reason:\n" + "\n".join(unexplained)
    idle = [f"{way}: {attribute}" for way, attribute in reasons if (way, attribute) not in needed]
    assert not idle, "reasons for what does not differ so, or what a rule explains:\n" + "\n".join(idle)


def test_the_page_lists_the_differences(compared, differences, reasons):
    text = page(compared, differences, reasons)
    if os.environ.get("UPDATE"):
        PAGE.write_text(text)
    assert PAGE.read_text() == text, f"docs/{PAGE.name} is out of date: run this test with UPDATE=1"
