"""Every rule says what it does and where AWS documents it, stands in the README, and is asked by some test."""

import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.error

import pytest
from conftest import control

PLUGIN = pathlib.Path(__file__).parents[1]
README = PLUGIN / "README.md"


def printed(module):
    """What a module of the plug-in prints, from the source beside these tests."""
    environment = {**os.environ, "PYTHONPATH": str(PLUGIN / "src")}
    command = [sys.executable, "-m", f"cairn_localstack.{module}"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_readme_has_the_rules_of_now():
    listed = printed("rulebook").strip()
    assert listed in README.read_text(), "run: python -m cairn_localstack.rulebook --write README.md"
    rows = [line for line in listed.splitlines() if line.startswith("| ") and "](" in line]
    assert len(rows) > 100
    for row in rows:
        assert "](https://docs.aws.amazon.com/" in row and not row.endswith("|  |"), row


def test_every_error_code_is_expected_by_a_test():
    """A code that a rule refuses with is one that a test gets from boto3."""
    modules = (PLUGIN / "src/cairn_localstack").glob("*.py")
    codes = {code for module in modules for code in re.findall(r'error\(\s*"([A-Za-z][\w.]+)"', module.read_text())}
    expected = "".join(test.read_text() for test in (PLUGIN / "tests").glob("*.py"))
    missing = sorted(code for code in codes if f'"{code}"' not in expected)
    assert len(codes) > 60 and not missing, ", ".join(missing)


def test_durations_are_printed():
    assert json.loads(printed("durations"))["types"] == control("durations")["types"]
    assert control("durations")["types"]["aws_db_instance"]["create-multi-az"]["seconds"] > 600


def test_settings_are_checked(settings):
    for wrong in ({"lag": "nonsense"}, {"colour": "red"}):
        with pytest.raises(urllib.error.HTTPError):
            settings(**wrong)


@pytest.mark.last
def test_every_rule_was_asked():
    """Runs after all others, and only when all others ran."""
    listed = control("rules")
    never = {r["name"] for r in listed} - {r["name"] for r in listed if r["calls"]}
    assert not never, ", ".join(sorted(never))
