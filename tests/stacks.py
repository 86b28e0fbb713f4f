"""What drift and a plan say of a stack, as data."""

import json


def resources(world, stack, *args):
    """The values of every resource by address."""
    plan = stack / "plan"
    world.cairn(stack, "plan", f"-out={plan}", *args)
    shown = json.loads(world.cairn(stack, "show", "-json", str(plan), *args).splitlines()[0])
    modules, out = [shown["planned_values"]["root_module"]], {}
    while modules:
        module = modules.pop()
        out |= {r["address"]: r["values"] for r in module.get("resources", []) if r["mode"] == "managed"}
        modules += module.get("child_modules", [])
    return out


def report(world, stack, *args):
    """Drift's report; whether there is any is to be seen in it."""
    started = world.start(stack, "drift", "--format=json", *args, stdout=-1, stderr=-1, text=True)
    printed, errors = started.communicate(timeout=300)
    assert started.returncode in (0, 2), f"{printed}\n{errors}"
    return json.loads(printed)
