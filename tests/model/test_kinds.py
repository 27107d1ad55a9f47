from __future__ import annotations

from typing import Any

import pytest

from wflow.model import COMMON_KEYS, KINDS, SCOPE_TYPES, WORK_TYPES, ports_of
from wflow.model.kinds import can_break


def test_the_node_types_are_those_of_the_format() -> None:
    assert set(KINDS) == {
        *("python", "shell", "csharp", "powershell", "if", "switch", "foreach", "while", "container", "subflow"),
        *("timer", "wait", "end", "cancel", "noop"),
    }


def test_what_runs_on_a_worker_owns_no_scope() -> None:
    assert set() == WORK_TYPES & SCOPE_TYPES
    assert {"python", "shell", "csharp", "powershell"} == WORK_TYPES
    assert {"foreach", "while", "container", "subflow"} == SCOPE_TYPES


def test_a_breaker_means_something_where_something_is_called_or_waited_for() -> None:
    assert {name for name in KINDS if can_break(name)} == WORK_TYPES | SCOPE_TYPES | {"wait"}
    assert can_break("http-of-a-package")


@pytest.mark.parametrize("name", KINDS)
def test_a_type_speaks_only_of_keys_that_it_has(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    for group in (kind.required, kind.one_of, kind.expressions, kind.durations):
        assert set(group) <= set(kind.keys)
    # `max_concurrent` is every node's, and of a foreach the limit of its iterations.
    assert set(kind.keys) & set(COMMON_KEYS) <= {"max_concurrent"}


@pytest.mark.parametrize(
    ("node_type", "settings", "ports"),
    [
        ("if", {}, ("true", "false")),
        ("python", {}, ()),
        ("container", {}, ()),
        ("a.plug-in", {}, ()),
        ("switch", {"cases": {"red": "stop", "green": None}}, ("stop", "green", "default")),
        ("switch", {"cases": {1: "one", "uno": "one", "else": "default"}}, ("one", "default")),
        ("switch", {"cases": None}, ("default",)),
        ("switch", {}, ("default",)),
    ],
)
def test_a_node_has_the_ports_that_its_type_and_its_settings_give(
    node_type: str, settings: dict[str, Any], ports: tuple[str, ...]
) -> None:
    assert ports_of(node_type, settings) == ports
