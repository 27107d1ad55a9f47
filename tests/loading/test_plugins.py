from __future__ import annotations

from wflow.loading.build import build
from wflow.loading.plugins import check_types, plugin_types
from wflow.model import Diagnostic

FLOW = build(
    {"name": "w", "nodes": {"a": {"type": "pyton"}, "b": {"type": "mail"}, "c": {"type": "noop"}, "d": {}}}, []
)


def test_a_type_that_nobody_has_is_told_with_the_nearest() -> None:
    diagnostics: list[Diagnostic] = []
    check_types(FLOW, lambda: frozenset({"mail"}), diagnostics)
    assert [(found.code, found.path, found.cure) for found in diagnostics] == [
        ("unknown-type", ("nodes", "a", "type"), "did you mean `python`?")
    ]


def test_an_installed_type_may_be_the_nearest() -> None:
    diagnostics: list[Diagnostic] = []
    check_types(FLOW, lambda: frozenset({"maill", "pyton"}), diagnostics)
    assert [found.cure for found in diagnostics] == ["did you mean `maill`?"]


def test_what_is_installed_is_asked_for_only_when_it_matters() -> None:
    def never() -> frozenset[str]:
        raise AssertionError

    check_types(build({"name": "w", "nodes": {"a": {"type": "noop"}}}, []), never, [])
    assert isinstance(plugin_types()(), frozenset)
