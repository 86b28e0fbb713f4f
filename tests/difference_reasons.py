"""Why plans differ from Terraform's: a few rules that hold for every type, and the reasons given by hand for the rest."""

import collections
import tomllib

from plan_differences import KNOWN_TO_CAIRN, KNOWN_TO_TERRAFORM, NOT_IN_CAIRN, NOT_IN_TERRAFORM, OTHERWISE, SENSITIVE
from plan_json import SET, UNKNOWN

# The ways to differ that reasons are given for by hand, and their tables' names.
TABLES = {
    OTHERWISE: "otherwise",
    KNOWN_TO_TERRAFORM: "known_to_terraform",
    KNOWN_TO_CAIRN: "known_to_cairn",
    NOT_IN_CAIRN: "not_in_cairn",
    NOT_IN_TERRAFORM: "not_in_terraform",
}

SECRET = "Terraform's JSON shows it beside the mark that it is sensitive; Cairn gives null with the same mark, since it never writes a secret"
TIMEOUTS = "Cairn takes the block and keeps to it, but it is no value of the resource"
NOTHING = "Cairn does not have it: to set it is an error that names the line. Terraform plans nothing for it, or leaves it to AWS"

EMPTY = (None, "", [], {}, {SET: []})


def rule(path, differences):
    """The reason that holds by itself, whatever the type; nothing for a difference that needs a reason of its own."""
    if all(d.way == SENSITIVE for d in differences):
        return SECRET
    if all(d.way == NOT_IN_CAIRN and (d.terraform == UNKNOWN or d.terraform in EMPTY) for d in differences):
        return TIMEOUTS if path == "timeouts" else NOTHING
    return None


def given(file):
    """The reasons given by hand, by way and by `type.attribute`."""
    tables = tomllib.loads(file.read_text())
    unknown = tables.keys() - set(TABLES.values())
    assert not unknown, f"{file.name}: no way to differ is called {unknown}"
    lines = [(way, attribute, why) for way, name in TABLES.items() for why, of in tables.get(name, {}).items() for attribute in of]
    twice = [attribute for (_, attribute), count in collections.Counter(line[:2] for line in lines).items() if count > 1]
    assert not twice, f"{file.name} gives two reasons for {twice}"
    return {(way, attribute): why for way, attribute, why in lines}
