"""The drift matrix: each argument that can be changed from outside is changed, and drift names it, and nothing else.

The arguments come from the types themselves (drift_matrix/arguments.json). One stack a service; its cases are tried in
rounds, each at most one to a resource. After a round an apply mends everything.
"""

import collections
import importlib
import json
import os
import traceback

import pytest
from drift_matrix import matrix, table
from stacks import report, resources

SERVICES = sorted(file.stem for file in matrix.HERE.glob("*.tf"))
MODULES = {service: importlib.import_module(f"drift_matrix.{service}") for service in SERVICES}
CASES = {service: module.CASES for service, module in MODULES.items()}

#: What this run gave, by service: arguments found, missed and falsely named, by type.
RESULTS = {}


@pytest.mark.parametrize("service", SERVICES)
def test_names_what_was_changed(world, folder, service):
    stack = folder((matrix.HERE / f"{service}.tf").read_text())
    prepare = getattr(MODULES[service], "prepare", lambda aws: None)
    variables = {"account": world.account, **(prepare(world) or {})}
    (stack / "test.auto.tfvars.json").write_text(json.dumps(variables))
    world.cairn(stack, "apply", "-auto-approve")
    outcome, wrong = table.Outcome(), []
    for number, one_round in enumerate(matrix.rounds(CASES[service], sorted(resources(world, stack)))):
        values = resources(world, stack)
        made = set()
        for address, case in one_round:
            try:
                case.change(world, values[address])
            except Exception:
                wrong.append(f"{address} {case.arguments}: the change failed\n{traceback.format_exc(limit=-3)}")
            else:
                made |= {(address, name) for name in case.names()}
                outcome.tried(case)
        found = matrix.findings(report(world, stack))
        for address, argument in sorted(made - found):
            outcome.missed(address, argument)
            wrong.append(f"round {number}: {address} {argument} was not named")
        for address, argument in sorted(found - made):
            outcome.false(address, argument)
            wrong.append(f"round {number}: {address} {argument} was named and not changed")
        if not all(case.mends for _, case in one_round):
            break
        try:
            world.apply(stack)
        except AssertionError as failed:
            # What the next rounds say is of no use; what went before is.
            errors = str(failed).partition("Error:")
            wrong.append(f"round {number}: not mended: {''.join(errors[1:]) or str(failed)[-3000:]}")
            break
    RESULTS[service] = outcome
    outcome.save(service)
    assert not wrong, "\n".join(wrong)


def test_every_argument_has_a_case_or_a_reason():
    covered = collections.defaultdict(set)
    for case in (case for cases in CASES.values() for case in cases):
        assert set(case.arguments) <= set(matrix.ARGUMENTS[case.type]), f"{case.type} has no {case.arguments}"
        covered[case.type] |= set(case.arguments)
    open_ones = [
        f"{name}: {argument}"
        for name, arguments in sorted(matrix.ARGUMENTS.items())
        for argument, fact in arguments.items()
        if argument not in covered[name] and not table.reason(fact) and (name, argument) not in table.OPEN
    ]
    assert not open_ones, "\n".join(open_ones)


def test_the_table_is_what_the_runs_gave():
    """UPDATE=1 writes it again, from the last run of each service."""
    if os.environ.get("UPDATE"):
        table.FILE.write_text(table.draw([table.Outcome.kept(service) for service in SERVICES]))
    elif set(RESULTS) != set(SERVICES):
        pytest.skip("the table is about all services, and not all were run")
    else:
        assert table.FILE.read_text() == table.draw(RESULTS.values()), "docs/drift-matrix.md is not what the runs gave: run with UPDATE=1"
