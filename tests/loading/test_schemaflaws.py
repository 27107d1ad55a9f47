from __future__ import annotations

from typing import Any

import pytest

from wflow.loading.schemafile import validator
from wflow.loading.schemaflaws import diagnose, without

BASE: dict[str, Any] = {"name": "x", "nodes": {"a": {"type": "noop"}}}


def told(tree: Any) -> list[tuple[str, str, str | None]]:
    return [(found.code, found.message, found.cure) for found in map(diagnose, validator()(tree) or [])]


@pytest.mark.parametrize(
    ("more", "code", "message", "cure"),
    [
        ({"timout": 1}, "unknown-key", "`timout` is no key of a workflow", "did you mean `timeout`?"),
        ({"timeout": True}, "wrong-type", "`timeout` must be text or a number, and is true", None),
        (
            {"timeout": "5 m"},
            "bad-duration",
            "`5 m` is no duration",
            "write `250ms`, `30s`, `5m`, `2h`, `1d`, or a number of seconds",
        ),
        (
            {"overlap": "skp"},
            "bad-value",
            "`overlap` must be `allow`, `skip`, `queue` or `replace`, not `skp`",
            "did you mean `skip`?",
        ),
        ({"max_concurrency": 0}, "out-of-range", "`max_concurrency` must be at least 1, and is 0", None),
        ({"max_concurrency": 1.5}, "wrong-type", "`max_concurrency` must be a whole number, and is 1.5", None),
        ({"version": 1.0}, "wrong-type", "`version` must be text, and is a number", 'put it into quotes: "1.0"'),
        (
            {"secrets": [1]},
            "wrong-type",
            "an item of `secrets` must be text, and is a number",
            'put it into quotes: "1"',
        ),
        (
            {"variables": {"a b": 1}},
            "bad-id",
            "`a b` is no id",
            "an id has letters, digits, `_` and `-`, and begins with a letter or `_`",
        ),
        ({"nodes": {}}, "empty", "`nodes` is empty", "add at least one node"),
        (
            {"nodes": {"a": {"type": "if"}}},
            "missing-key",
            "`condition` is missing: an `if` node needs it",
            "add `condition`: expression: which way?",
        ),
        (
            {"nodes": {"a": {"type": "python", "script": "x", "call": "m:f"}}},
            "one-of",
            "a `python` node takes one of `script`, `file` or `call`, and `a` has `script` and `call`",
            "keep one of them",
        ),
    ],
)
def test_a_flaw_is_a_sentence(more: dict[str, Any], code: str, message: str, cure: str | None) -> None:
    assert told({**BASE, **more}) == [(code, message, cure)]


def test_all_flaws_are_told() -> None:
    tree = {"nodes": {"a": {"type": "shell", "script": 1, "retry": {"x": 1}}}, "y": 1}
    assert sorted(code for code, _, _ in told(tree)) == ["missing-key", "unknown-key", "unknown-key", "wrong-type"]


def cut(tree: Any) -> Any:
    return without(tree, validator()(tree) or [])


def test_what_is_flawed_is_cut_out_and_the_rest_stays() -> None:
    tree = {
        "name": "x",
        "timeout": "soon",
        "nodes": {"a": {"type": "shell", "script": "x", "retry": {"max_attempts": 0, "jitter": 0}}, "b": 3},
        "edges": ["a -> b", 7, {"from": "a", "to": ["b", 1]}],
        "secrets": ["A", 1],
    }
    before = repr(tree)
    assert cut(tree) == {
        "name": "x",
        "nodes": {"a": {"type": "shell", "script": "x", "retry": {"jitter": 0}}, "b": None},
        "edges": ["a -> b", None, {"from": "a"}],
    }
    assert repr(tree) == before


def test_a_value_shared_by_an_anchor_is_cut_once_for_each_place() -> None:
    shared = {"max_attempts": 0}
    tree = {"name": "x", "nodes": {"a": {"type": "noop", "retry": shared}, "b": {"type": "noop", "retry": shared}}}
    assert cut(tree)["nodes"] == {"a": {"type": "noop", "retry": {}}, "b": {"type": "noop", "retry": {}}}


def test_a_file_that_is_no_mapping_is_told_once() -> None:
    assert told([1]) == [("wrong-type", "the file must be a mapping, and is a list", None)]
