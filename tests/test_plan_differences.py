"""The comparison itself: what it takes for equal, and what not."""

import pytest
from plan_differences import KNOWN_TO_CAIRN, KNOWN_TO_TERRAFORM, NOT_IN_CAIRN, NOT_IN_TERRAFORM, OTHERWISE, SENSITIVE, compare
from plan_json import HIDDEN, UNKNOWN, digest, tree


def ways(terraform, cairn):
    return [(d.path, d.way) for d in compare({"a": terraform}, {"a": cairn}).differences]


@pytest.mark.parametrize(
    ("terraform", "cairn"),
    [
        (1, 1),
        (None, None),
        ({"$set": ["x", "y"]}, ["y", "x"]),
        ({"$set": []}, []),
        ({"$set": [{"k": 1, "v": UNKNOWN}, {"k": 2, "v": UNKNOWN}]}, [{"k": 2, "v": UNKNOWN}, {"k": 1, "v": UNKNOWN}]),
        ('{"b": [1], "a": 2}', '{"a":2,"b":[1]}'),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_equal(terraform, cairn):
    assert ways(terraform, cairn) == []


@pytest.mark.parametrize(
    ("terraform", "cairn", "where", "way"),
    [
        (1, "1", "a", OTHERWISE),
        (True, 1, "a", OTHERWISE),
        (None, "", "a", OTHERWISE),
        (None, [], "a", OTHERWISE),
        ([], {}, "a", OTHERWISE),
        (["x", "y"], ["y", "x"], "a.*", OTHERWISE),
        (["x"], ["x", "y"], "a", OTHERWISE),
        ({"$set": ["x", "x"]}, ["x", "y"], "a.*", OTHERWISE),
        ({"$set": ["x"]}, ["x", "x"], "a", OTHERWISE),
        ({"k": "x"}, {"k": "y"}, "a.k", OTHERWISE),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', "a", OTHERWISE),
        ('{"a": true}', '{"a": 1}', "a", OTHERWISE),
        (HIDDEN, None, "a", OTHERWISE),
        (HIDDEN, HIDDEN, "a", SENSITIVE),
        ("x", UNKNOWN, "a", KNOWN_TO_TERRAFORM),
        (UNKNOWN, [UNKNOWN], "a", KNOWN_TO_CAIRN),
        ({"k": None}, {}, "a", OTHERWISE),
        ({"k": None, "l": 1}, {"l": 1}, "a.k", NOT_IN_CAIRN),
        ({"l": 1}, {"k": None, "l": 1}, "a.k", NOT_IN_TERRAFORM),
    ],
)
def test_different(terraform, cairn, where, way):
    assert set(ways(terraform, cairn)) == {(where, way)}


def test_a_tree_holds_no_secret():
    found = tree({"k": "secret", "l": ["secret"], "m": 1}, {"n": True}, {"k": True, "l": [True]})
    assert found == {"k": HIDDEN, "l": [HIDDEN], "m": 1, "n": UNKNOWN}


def test_the_digest_follows_what_terraform_reads(tmp_path):
    (tmp_path / "main.tf").write_text("locals {}")
    first = digest(tmp_path)
    (tmp_path / "README.md").write_text("read me")
    assert digest(tmp_path) == first
    (tmp_path / "main.tf").write_text("locals { }")
    assert digest(tmp_path) != first
