"""Every rule says what it does and where AWS documents it, stands in the README, and is asked by some test."""

import pathlib
import subprocess
import sys

import pytest
from conftest import control

README = pathlib.Path(__file__).parents[1] / "README.md"


def test_readme_has_the_rules_of_now():
    listed = subprocess.run(
        [sys.executable, "-m", "cairn_localstack.rulebook"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert listed in README.read_text(), "run: python -m cairn_localstack.rulebook --write README.md"
    rows = [line for line in listed.splitlines() if line.startswith("| ") and "](" in line]
    assert len(rows) > 100
    for row in rows:
        assert "](https://docs.aws.amazon.com/" in row and not row.endswith("|  |"), row


def test_durations_are_printed():
    import json

    printed = subprocess.run(
        [sys.executable, "-m", "cairn_localstack.durations"], capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(printed)["types"] == control("durations")["types"]
    assert control("durations")["types"]["aws_db_instance"]["create-multi-az"]["seconds"] > 600


def test_settings_are_checked(settings):
    import urllib.error

    for wrong in ({"lag": "nonsense"}, {"colour": "red"}):
        with pytest.raises(urllib.error.HTTPError):
            settings(**wrong)


@pytest.mark.last
def test_every_rule_was_asked():
    """Runs after all others, and only when all others ran."""
    never = sorted({r["name"] for r in control("rules")} - {r["name"] for r in control("rules") if r["calls"]})
    assert never == []
