"""Two trees of `plan_json` compared, Terraform's and Cairn's: which leaves are equal, and how the others differ."""

import collections
import json

from plan_json import HIDDEN, SET, UNKNOWN

# The ways to differ.
OTHERWISE = "both know it, and say otherwise"
KNOWN_TO_TERRAFORM = "Terraform knows it, Cairn does not"
KNOWN_TO_CAIRN = "Cairn knows it, Terraform does not"
NOT_IN_CAIRN = "Cairn's values do not have it"
NOT_IN_TERRAFORM = "Terraform's values do not have it"
SENSITIVE = "sensitive, so not compared"

ABSENT = object()

Difference = collections.namedtuple("Difference", "path way terraform cairn")


class Comparison:
    """What was found in a pair of trees: how many leaves both know and are equal, how many neither knows, and the differences."""

    def __init__(self):
        self.equal = 0
        self.unknown = 0
        self.differences = []

    def add(self, other):
        self.equal += other.equal
        self.unknown += other.unknown
        self.differences += other.differences


def compare(terraform, cairn, path=""):
    """Compares strictly: types matter, and what is empty in two ways differs. Sets have no order; a text that holds a
    JSON object means what the object means. In a path `*` stands for every element of a list or set and every key of a map."""
    found = Comparison()
    if terraform == UNKNOWN and cairn == UNKNOWN:
        found.unknown += 1
    elif is_leaf(terraform) or is_leaf(cairn) or shape(terraform) != shape(cairn):
        compare_leaves(found, terraform, cairn, path)
    elif isinstance(terraform, dict) and SET in terraform:
        compare_sets(found, terraform[SET], cairn, path)
    elif isinstance(terraform, dict):
        for name in sorted(terraform.keys() | cairn.keys()):
            found.add(compare(terraform.get(name, ABSENT), cairn.get(name, ABSENT), f"{path}.{name}".removeprefix(".")))
    elif len(terraform) == len(cairn):
        for theirs, ours in zip(terraform, cairn):
            found.add(compare(theirs, ours, f"{path}.*"))
    else:
        differ(found, OTHERWISE, terraform, cairn, path)
    return found


def shape(value):
    """What a value can be compared with part by part; Cairn writes sets as lists."""
    return list if isinstance(value, dict) and SET in value else type(value)


def is_leaf(value):
    return not isinstance(value, (dict, list)) or not value or value in (UNKNOWN, HIDDEN)


def compare_leaves(found, terraform, cairn, path):
    if cairn is ABSENT:
        differ(found, NOT_IN_CAIRN, terraform, cairn, path)
    elif terraform is ABSENT:
        differ(found, NOT_IN_TERRAFORM, terraform, cairn, path)
    elif terraform == HIDDEN == cairn:
        differ(found, SENSITIVE, terraform, cairn, path)
    elif terraform == UNKNOWN:
        differ(found, KNOWN_TO_CAIRN, terraform, cairn, path)
    elif cairn == UNKNOWN:
        differ(found, KNOWN_TO_TERRAFORM, terraform, cairn, path)
    elif same(terraform, cairn):
        found.equal += 1
    else:
        differ(found, OTHERWISE, terraform, cairn, path)


def differ(found, way, terraform, cairn, path):
    found.differences.append(Difference(path, way, terraform, cairn))


def same(terraform, cairn):
    """Whether two leaves are equal."""
    if terraform == {SET: []}:
        return cairn == []
    if type(terraform) is not type(cairn):
        return False
    return terraform == cairn or None is not meaning(terraform) == meaning(cairn)


def meaning(text):
    """The object that a text holds as JSON, in one way of writing it; nothing where it holds none."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        return None
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else None


def compare_sets(found, terraform, cairn, path):
    """Compares each element with the one that is nearest to it."""
    if len(terraform) != len(cairn):
        differ(found, OTHERWISE, terraform, cairn, path)
        return
    left = list(cairn)
    for element in terraform:
        tried = [compare(element, other, f"{path}.*") for other in left]
        best = min(range(len(tried)), key=lambda i: distance(tried[i]))
        found.add(tried[best])
        del left[best]


def distance(comparison):
    """How far two elements are from each other: contradictions count before all else."""
    otherwise = sum(d.way == OTHERWISE for d in comparison.differences)
    return otherwise, len(comparison.differences), -comparison.equal
