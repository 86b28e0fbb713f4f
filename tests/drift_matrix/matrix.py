"""The arguments of every type, the cases that change them, and the rounds in which cases are tried."""

import collections
import dataclasses
import json
import pathlib
import re
from typing import Callable

HERE = pathlib.Path(__file__).resolve().parent

#: What drift names, by type: path of the argument to the facts that the types declare.
ARGUMENTS = collections.defaultdict(dict)
for _fact in json.loads((HERE / "arguments.json").read_text()):
    ARGUMENTS[_fact["type"]][_fact["argument"]] = _fact


@dataclasses.dataclass(frozen=True)
class Case:
    """A change of arguments from outside."""

    #: The resource, without its index where there are several of it.
    address: str
    #: What the one call changes: mostly one argument.
    arguments: tuple
    #: Makes the change, given another client and the values of the resource.
    change: Callable
    #: What drift says of it, where that is not the arguments' own names.
    said: tuple = ()
    #: An apply can take it back; AWS lets nobody take some things back, such as the growth of a database.
    mends: bool = True

    @property
    def type(self):
        return type_of(self.address)

    def names(self):
        """What drift must name."""
        return set(self.said) or {ARGUMENTS[self.type][a].get("named", a) for a in self.arguments}


def type_of(address):
    return re.search(r"(aws_\w+)\.", address)[1]


def camel(name):
    """The word as most of AWS's APIs write it."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def put(data, path, value):
    """Sets what stands at a path; in a list, in its first element. `None` takes it out."""
    *way, last = path.split(".")
    for step in way:
        data = data[0] if isinstance(data, list) else data
        data = data.setdefault(step, {})
    data = data[0] if isinstance(data, list) else data
    if value is None:
        del data[last]
    else:
        data[last] = value


def cases(address, edit, table, word=camel):
    """A case per line of a table: the argument, and its new value or a pair of the API's path and the new value.

    `edit(aws, values, change)` lets `change` work on what the API has of the resource.
    """
    out = []
    for arguments, new in table.items():
        arguments = (arguments,) if isinstance(arguments, str) else arguments
        path, value = new if isinstance(new, tuple) else (".".join(word(n) for n in arguments[0].split(".")), new)
        out.append(Case(address, arguments, _editing(edit, path, value)))
    return out


def _editing(edit, path, value):
    def change(aws, values):
        made = value(values) if callable(value) else value
        edit(aws, values, lambda data: put(data, path, made))

    return change


def case(address, *arguments):
    """Makes a function a case."""
    return lambda change: Case(address, arguments, change)


def switched(address, argument, change):
    """A case of the argument that switches its block off: then AWS has no such block, and drift names the block."""
    return Case(address, (argument,), change, (argument.rpartition(".")[0],))


def tagging(address, tag):
    """A case of a type's tags. `tag(aws, values, key, value)` puts one on."""
    return Case(address, ("tags",), lambda aws, values: tag(aws, values, "Edited", "by hand"))


def lasting(one):
    """The same case, that no apply takes back."""
    return dataclasses.replace(one, mends=False)


def rounds(cases, addresses):
    """Puts every case on a resource of its own as long as there are some left, and the rest into later rounds; what no
    apply takes back into the last. Gives lists of pairs of address and case."""
    free = collections.defaultdict(list)
    for address in addresses:
        free[re.sub(r"\[[^\]]*\]$", "", address)].append(address)
    by_resource = collections.defaultdict(list)
    for one in (c for c in cases if c.mends):
        by_resource[one.address].append(one)
    out = collections.defaultdict(list)
    for base, mine in by_resource.items():
        assert free[base], f"no resource {base} in the configuration"
        for n, one in enumerate(mine):
            out[n // len(free[base])].append((free[base][n % len(free[base])], one))
    lasting = [(free[c.address].pop(), c) for c in cases if not c.mends]
    return [*(out[n] for n in sorted(out)), *([lasting] if lasting else [])]


def named(type_name, attribute):
    """The argument that a path of the report belongs to, as drift names arguments: without places and keys."""
    path = re.sub(r"\[\d+\]", "", attribute)
    known = {fact.get("named", argument) for argument, fact in ARGUMENTS[type_name].items()}
    # A block that comes or goes is named itself.
    known |= {".".join(k.split(".")[:n]) for k in known for n in range(1, k.count(".") + 1)}
    while path not in known and "." in path:
        path = path.rpartition(".")[0]
    return path


def findings(report):
    """What a report in JSON names: pairs of address and argument, or of address and what else is the matter."""
    out = set()
    for stack in report["stacks"]:
        assert not stack["unchecked"] and not stack.get("error"), stack
        for finding in stack["findings"]:
            if finding["kind"] == "changed":
                out |= {(finding["address"], named(finding["type"], d["attribute"])) for d in finding["differences"]}
            else:
                out.add((finding["address"], finding["kind"]))
    return out
