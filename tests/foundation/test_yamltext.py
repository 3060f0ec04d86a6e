"""YAML is read with every key once, and says where a key stands twice."""

from datetime import date

import pytest
import yaml

from tongban.foundation import yamltext
from tongban.foundation.yamltext import RepeatedKeyError, read_yaml


@pytest.fixture(params=["in C", "in Python"], autouse=True)
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in Python":
        monkeypatch.setattr(yamltext, "LOADER", yaml.SafeLoader)


@pytest.mark.parametrize(
    ("text", "key", "line", "first"),
    [
        ("start: submitted\nname: x\nstart: received\n", "start", 3, 1),
        ("actions:\n  grant: {to: a}\n  deny: {to: b}\n  grant: {to: c}\n", "grant", 4, 2),
        ("rules:\n  - {when: {}, then: y}\n  - when: {}\n    then: y\n    then: n\n", "then", 5, 4),
        ("{a: 1, 'a': 2}", "a", 1, 1),
        ("1: x\n0x1: y\n", "0x1", 2, 1),
        ("yes: x\ntrue: y\n", "true", 2, 1),
        ("a: &x {k: 1,\n  k: 2}\nb: *x\n", "k", 2, 1),
        ("x: &x {a: 1}\ny: &y {b: 1}\nz:\n  <<: *x\n  <<: *y\n", "<<", 5, 4),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_lines(text: str, key: str, line: int, first: int) -> None:
    with pytest.raises(RepeatedKeyError) as refused:
        read_yaml(text)
    assert (refused.value.key, refused.value.line, refused.value.first_line) == (key, line, first)
    assert f"key {key!r} stands in line {first} already" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("", None),
        ("a: {b: 1}\nc: {b: 2}\n", {"a": {"b": 1}, "c": {"b": 2}}),
        ("1: x\n'1': y\n", {1: "x", "1": "y"}),
        # What is merged in is a default; the same mapping may be merged into others that override it.
        (
            "a: &a {k: 1}\nb: &b {<<: *a, k: 2}\nc: {<<: *b, k: 3}\n",
            {"a": {"k": 1}, "b": {"k": 2}, "c": {"k": 3}},
        ),
        ("c:\n  <<: [{k: 1}, {k: 2}]\nd: 2026-06-15\n", {"c": {"k": 1}, "d": date(2026, 6, 15)}),
    ],
)
def test_what_stands_once_is_read(text: str, held: object) -> None:
    assert read_yaml(text) == held


def test_in_what_is_kept_the_last_of_two_equal_keys_wins() -> None:
    assert read_yaml("a: 1\na: 2\n", may_repeat=True) == {"a": 2}


def test_a_mapping_that_holds_itself_is_no_endless_search() -> None:
    held = read_yaml("&a {self: *a}")
    assert held["self"] is held


@pytest.mark.parametrize(
    "text", ["a: [", "a: b: c", "{[1]: x}", "--- a\n--- b\n", "a: 2026-13-45", f"a: {'9' * 5000}", "[" * 5000]
)
def test_what_is_no_yaml_stays_no_yaml(text: str) -> None:
    with pytest.raises(yaml.YAMLError) as refused:
        read_yaml(text)
    assert not isinstance(refused.value, RepeatedKeyError)
