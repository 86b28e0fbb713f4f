"""Plans in Terraform's JSON as plain trees that can be recorded and compared.

A tree holds what a plan says of one resource. Where a plan does not say, a mark stands: `UNKNOWN` for what is known
only after apply, `HIDDEN` for what is sensitive, so that no secret gets into a tree.
"""

import hashlib
import re

# The account that both plan for: some values, such as a policy's checksum, hang on its number.
ACCOUNT = "111122223333"
UNKNOWN = {"$": "unknown"}
HIDDEN = {"$": "sensitive"}
SET = "$set"


def resources(plan):
    """By address: the type, the actions and the planned values of all that the plan makes or reads."""
    found = {}
    for r in plan["resource_changes"]:
        change = r["change"]
        values = tree(change["after"], change["after_unknown"], change["after_sensitive"])
        found[r["address"]] = {"type": kind(r), "actions": change["actions"], "values": values}
    for r in in_modules(plan["prior_state"]["values"]["root_module"]):
        assert r["mode"] == "data", f"{r['address']} is there already: the account is not empty"
        # Terraform has no word for what it read while it planned.
        found[r["address"]] = {"type": kind(r), "actions": ["read at plan"], "values": tree(r["values"], False, r["sensitive_values"])}
    return {address: neutral(found[address]) for address in sorted(found)}


def outputs(plan):
    """By name: the planned value of each root output."""
    found = {name: tree(o.get("after"), o["after_unknown"], o["after_sensitive"]) for name, o in plan["output_changes"].items()}
    return {name: neutral(found[name]) for name in sorted(found)}


def configuration(plan):
    """The configuration without what the comparison's own override file says, and without the schemas' versions."""
    found = plan["configuration"]
    expressions = found["provider_config"]["aws"]["expressions"]
    for name in ("s3_use_path_style", "skip_credentials_validation", "skip_metadata_api_check"):
        expressions.pop(name, None)
    return without(found, "schema_version")


def frame(plan):
    """What stands around the values: where each resource is, what it is called and what happens to it, the variables, what became of
    conditions and what the changes are made from."""
    parts = {"planned": plan["planned_values"]["root_module"], "prior": plan["prior_state"]["values"]["root_module"]}
    found = {name: dict(sorted(heads(module))) for name, module in parts.items()}
    found["changes"] = {r["address"]: [r.get("module_address"), *head(r), *r["change"]["actions"]] for r in plan["resource_changes"]}
    hidden = {name for name, v in plan["configuration"]["root_module"]["variables"].items() if v.get("sensitive")}
    found["checks"] = plan["checks"]
    found["relevant"] = relevant(plan)
    found["variables"] = {name: v.get("value") for name, v in plan["variables"].items() if name not in hidden}
    return found


def relevant(plan):
    """What a plan's changes are made from: resources, each with the steps to an attribute."""
    return sorted([r["resource"], *r["attribute"]] for r in plan["relevant_attributes"])


def heads(module):
    """By address: the module that lists a resource, and what it is called."""
    for r in module.get("resources", []):
        yield r["address"], [module.get("address"), *head(r)]
    for child in module.get("child_modules", []):
        yield from heads(child)


def head(resource):
    return [resource["mode"], resource["type"], resource["name"], resource.get("index"), resource["provider_name"]]


def without(value, name):
    """The tree without all that has a name."""
    if isinstance(value, list):
        return [without(v, name) for v in value]
    if isinstance(value, dict):
        return {k: without(v, name) for k, v in value.items() if k != name}
    return value


def kind(resource):
    """The type as a reference names it."""
    return ("data." if resource["mode"] == "data" else "") + resource["type"]


def in_modules(module):
    """The resources of a module and of those inside it."""
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from in_modules(child)


def tree(value, unknown, sensitive):
    """One tree of a value and of the shapes of what is unknown and what is sensitive in it."""
    if unknown is True:
        return UNKNOWN
    if sensitive is True:
        return HIDDEN
    if isinstance(value, list):
        return [tree(v, at(unknown, i), at(sensitive, i)) for i, v in enumerate(value)]
    if isinstance(value, dict):
        names = value.keys() | (unknown.keys() if isinstance(unknown, dict) else set())
        return {n: tree(value.get(n), at(unknown, n), at(sensitive, n)) for n in sorted(names)}
    return value


def at(shape, step):
    """What a shape says of a part of its value."""
    if isinstance(shape, dict):
        return shape.get(step, False)
    if isinstance(shape, list) and isinstance(step, int):
        return shape[step] if step < len(shape) else False
    return False


def neutral(value):
    """The same without the ids of images, which each version of the emulator has its own of."""
    if isinstance(value, str):
        return re.sub(r"\bami-[0-9a-f]{8,17}\b", "ami-00000000", value)
    if isinstance(value, list):
        return [neutral(v) for v in value]
    if isinstance(value, dict):
        return {k: neutral(v) for k, v in value.items()}
    return value


def digest(stack):
    """A digest of the files that Terraform plans from: all of the stack's but its page and Cairn's own settings."""
    whole = hashlib.sha256()
    for file in sorted(f for f in stack.rglob("*") if f.is_file()):
        name = file.relative_to(stack)
        if name.name in ("README.md", "cairn.toml") or any(part.startswith(".") for part in name.parts):
            continue
        whole.update(f"{name}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return whole.hexdigest()
