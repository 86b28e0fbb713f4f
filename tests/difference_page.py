"""The page that lists how plans differ from Terraform's."""

import collections
import json

from difference_reasons import TABLES, rule
from plan_differences import ABSENT, SENSITIVE
from plan_json import HIDDEN, UNKNOWN

HEAD = """# How a plan differs from Terraform's

Generated from a comparison with real Terraform's plan of `stacks/moodle` on an empty account of the emulated AWS; \
`UPDATE=1 localstack/with localstack/.venv/bin/python -m pytest tests/test_terraform_oracle.py` writes it again, and \
`tests/record-terraform-plan` records Terraform's plan again.

Addresses, types and actions are the same, and so is what is read while planning and what at apply. The values are \
compared leaf by leaf: types matter, what is empty in two ways differs, sets have no order, and a JSON text is what it means.
"""


def page(compared, differences, reasons):
    """The page, from the comparisons by workspace and type, the differences by way, type and path, and the reasons given."""
    ways = [way for way in (*TABLES, SENSITIVE) if any(w == way for w, _, _ in differences)]
    sections = [HEAD, *counts(compared, ways)]
    for way in ways:
        found = {(kind, path): d for (w, kind, path), d in differences.items() if w == way}
        sections += ["", f"## {way[0].upper()}{way[1:]}", *one_by_one(way, found, reasons), *by_rule(found)]
    return "\n".join(sections) + "\n"


def counts(compared, ways):
    """How many leaves are equal, and how many differ in which way."""

    def row(title, count):
        numbers = (sum(count(c) for c in by_type.values()) for by_type in compared.values())
        return f"| {title} | " + " | ".join(f"{n:,}" for n in numbers) + " |"

    yield "| leaves | " + " | ".join(compared) + " |"
    yield "|---|" + "---:|" * len(compared)
    yield row("both know it, and it is equal", lambda c: c.equal)
    yield row("neither knows it before apply", lambda c: c.unknown)
    for way in ways:
        yield row(way, lambda c: sum(d.way == way for d in c.differences))


def one_by_one(way, found, reasons):
    """The differences that have reasons of their own."""
    own = {place: d for place, d in found.items() if not rule(place[1], d)}
    if own:
        yield from ("", "| type | attribute | Terraform and Cairn | reason |", "|---|---|---|---|")
    for (kind, path), differences in own.items():
        # The page is written where a reason is missing too; another test names it.
        yield f"| `{kind}` | `{path}` | {shown(differences)} | {reasons.get((way, f'{kind}.{path}'), '')} |"


def by_rule(found):
    """The differences that a rule explains."""
    explained = collections.defaultdict(lambda: collections.defaultdict(list))
    for (kind, path), differences in found.items():
        if why := rule(path, differences):
            explained[why][kind].append(f"`{path}`")
    for why, kinds in explained.items():
        yield from ("", f"{why}:", "", "| type | attributes |", "|---|---|")
        for kind, paths in kinds.items():
            yield f"| `{kind}` | {', '.join(paths)} |"


def shown(differences):
    """The pairs of values, each once."""
    return ", ".join(sorted({f"`{text(d.terraform)}` and `{text(d.cairn)}`" for d in differences}))


def text(value):
    if value is ABSENT:
        return "nothing"
    if value == UNKNOWN:
        return "(known after apply)"
    if value == HIDDEN:
        return "(sensitive value)"
    return json.dumps(value)
