"""The longest way through a plan when each resource takes what the emulated AWS takes for it.

It knows nothing of Cairn's own order: what waits for what is what the configuration says (`cairn graph`), and how long
each takes is the emulator's table (/_cairn/durations).
"""

import re
from typing import NamedTuple

#: what a service holds network interfaces in, and with, after it has said that something is gone
HELD = ("aws_security_group", "aws_subnet")


class Durations:
    """The emulator's table, asked for resources of a plan; in seconds of the run."""

    def __init__(self, table, lags):
        self.factor = table["factor"]
        self.types = table["types"]
        self.lags = lags

    def _of(self, kind, transition):
        return self.types.get(kind, {}).get(transition, {}).get("seconds", 0) * self.factor

    def create(self, change):
        """Until a new resource can be used."""
        kind, after = change["type"], change["after"] or {}
        if kind == "aws_db_instance":
            return self._of(kind, "create-multi-az" if after.get("multi_az") else "create")
        if kind == "aws_vpc_endpoint":
            return self._of(kind, self._endpoint("create", after))
        if kind == "aws_vpn_gateway":
            return self._of(kind, "attach")
        if kind == "aws_acm_certificate_validation":
            return self._of("aws_acm_certificate", "validate")
        if kind in ("aws_iam_role", "aws_iam_instance_profile"):
            return self._of("aws_iam", "propagate") if "iam" in self.lags else 0
        if kind == "aws_wafv2_web_acl":
            return self._of(kind, "propagate") if "waf" in self.lags else 0
        return self._of(kind, "create")

    def delete(self, change):
        """Until a resource is gone."""
        kind, before = change["type"], change["before"] or {}
        if kind == "aws_vpc_endpoint":
            return self._of(kind, self._endpoint("delete", before))
        if kind == "aws_vpn_gateway":
            return self._of(kind, "detach")
        return self._of(kind, "delete")

    def release(self, change):
        """How much longer its network interfaces are there."""
        return self._of(change["type"], "release-network")

    @staticmethod
    def _endpoint(verb, values):
        return f"{verb}-{(values.get('vpc_endpoint_type') or 'Gateway').lower()}"


class Leg(NamedTuple):
    """A resource on the path: what it waits for besides those before it, and how long it takes itself."""

    address: str
    waits: float
    takes: float


def dependencies(dot):
    """From a graph in Graphviz's language: for each resource and data source what it depends on."""
    found = {}
    for name, on in re.findall(r'^  "(.*?)"(?: -> "(.*?)")?(?: \[.*\])?;$', dot, re.M):
        known = found.setdefault(name.replace('\\"', '"'), set())
        if on:
            known.add(on.replace('\\"', '"'))
    return found


def applying(plan, depends, durations):
    """The path of a plan that makes everything."""
    changes = {c["address"]: c for c in plan["changes"] if c["action"] == "create"}
    first = {a: [(on, 0) for on in behind] for a, behind in depends.items()}
    return _longest(first, {a: durations.create(changes[a]) if a in changes else 0 for a in first})


def destroying(plan, depends, durations):
    """The path of a plan that destroys everything."""
    changes = {c["address"]: c for c in plan["changes"] if c["action"] == "delete"}
    first = {a: [] for a in depends}
    for address, behind in depends.items():
        for on in behind:
            first[on].append((address, 0))
    for address, change in changes.items():
        for on in _all_behind(depends, address) if durations.release(change) else ():
            if on in changes and changes[on]["type"] in HELD:
                first[on].append((address, durations.release(change)))
    return _longest(first, {a: durations.delete(changes[a]) if a in changes else 0 for a in first})


def _all_behind(depends, address):
    found, todo = set(), [address]
    while todo:
        new = depends[todo.pop()] - found
        found |= new
        todo += new
    return found


def _longest(first, takes):
    """The path that ends last, from its start: `first` says for each which others it waits for, and how much longer."""
    ends, because = {}, {}

    def end(address):
        if address not in ends:
            waits = [(end(before) + longer, before, longer) for before, longer in first[address]]
            start, before, longer = max(waits, default=(0, None, 0))
            because[address] = (before, longer)
            ends[address] = start + takes[address]
        return ends[address]

    at = max(first, key=end)
    path = []
    while at is not None:
        before, longer = because[at]
        path.append(Leg(at, longer, takes[at]))
        at = before
    return path[::-1]


def length(path):
    """How long a path takes."""
    return sum(leg.waits + leg.takes for leg in path)
