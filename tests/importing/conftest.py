"""What the tests of imports share: a workflow of the ExecutionEngine, imported, with what was said of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from wflow.importing.conversion import Source
from wflow.importing.workflow import import_workflow
from wflow.loading.comments import comments_of
from wflow.loading.place import place
from wflow.loading.refusal import Found
from wflow.loading.yamltext import parse_yaml


class Result(NamedTuple):
    """``tree`` is what the result's text holds; ``told`` is ``(severity, code, line)`` of everything said."""

    text: str
    tree: dict[str, Any]
    told: list[tuple[str, str, int]]
    messages: list[str]

    @property
    def nodes(self) -> dict[str, Any]:
        nodes: dict[str, Any] = self.tree["nodes"]
        return nodes

    @property
    def edges(self) -> list[Any]:
        edges: list[Any] = self.tree.get("edges", [])
        return edges


Import = Callable[..., Result]


@pytest.fixture
def imported() -> Import:
    """Import YAML text, or nodes and connections; ``files`` are scripts that there are, ``flows`` called workflows."""

    def run(
        nodes: str | list[Any],
        connections: list[Any] | None = None,
        *,
        files: Mapping[str, str] | None = None,
        flows: Mapping[str, str] | None = None,
        given: frozenset[str] = frozenset(),
        **top: Any,
    ) -> Result:
        text = nodes
        if not isinstance(text, str):
            value = {"workflowId": "flow", **top, "nodes": nodes, "connections": connections or []}
            text = json.dumps(value, indent=1)
        found: list[Found] = []
        tree = parse_yaml(text, found)
        comments = comments_of(text)
        there = files or {}
        source = Source(
            tree,
            comments.at,
            comments.last,
            read=there.get,
            place=lambda name: name.replace("\\", "/") if name in there else None,
            subflow=lambda name, _: (flows or {}).get(name),
            given=given,
        )
        made = import_workflow(source)
        problems = place("flow.yaml", text, tree, list(made.diagnostics), found)
        said = [(problem.severity, problem.code, problem.line) for problem in problems]
        assert made.text is not None
        return Result(made.text, parse_yaml(made.text, []), said, [problem.message for problem in problems])

    return run


def node(ident: str, kind: str = "Noop", **keys: Any) -> dict[str, Any]:
    """A node of theirs."""
    return {"nodeId": ident, "runtimeType": kind, **keys}


def link(source: str, target: str, **keys: Any) -> dict[str, Any]:
    """A connection of theirs."""
    return {"sourceNodeId": source, "targetNodeId": target, **keys}
