from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.model import Diagnostic

Judge = Callable[[str], list[Diagnostic]]

NODES = """
nodes:
  a: {type: noop}
  b: {type: noop}
  check: {type: if, condition: input.ok}
  route: {type: switch, value: input.kind, cases: {x: left, right: }}
  loop: {type: foreach, items: [1], nodes: {x: {type: noop}}}
  own: {type: package-type}
  stop: {type: end}
"""
USED = "\n  - check.true -> b\n  - route.left -> b"


@pytest.mark.parametrize(
    ("edge", "code", "at"),
    [
        ("a -> nowhere", "unknown-node", ("to", "nowhere")),
        ("nowhere -> a", "unknown-node", ("from", "nowhere")),
        ("check -> a", "missing-port", ("from", "check")),
        ("route -> a", "missing-port", ("from", "route")),
        ("check.yes -> a", "unknown-port", ("port", "yes")),
        ("route.x -> a", "unknown-port", ("port", "x")),
        ("a.true -> b", "unknown-port", ("port", "true")),
        ("{from: a, to: b, trigger: next}", "next-source", ("trigger",)),
    ],
)
def test_a_wrong_edge_is_told_with_its_place(judged: Judge, edge: str, code: str, at: tuple[str, ...]) -> None:
    found = judged(f"{NODES}edges:{USED}\n  - {edge}")
    assert [(one.code, one.path) for one in found] == [(code, ("edges", 2, *at))]


@pytest.mark.parametrize(
    "edge",
    [
        "check.false -> a",
        "route.default -> a",
        "route.right -> a",
        "own.whatever -> a",
        "own -> a",
        "{from: check, to: a, trigger: fail}",
        "{from: check, to: a, trigger: always}",
        "{from: loop, to: a, trigger: next}",
        "{from: own, to: a, trigger: next}",
        "{from: a, to: b, trigger: fail}",
    ],
)
def test_a_right_edge_is_silent(judged: Judge, edge: str) -> None:
    assert judged(f"{NODES}edges:{USED}\n  - {edge}") == []


def test_the_cure_for_a_missing_port_names_the_ports(judged: Judge) -> None:
    (found,) = judged(f"{NODES}edges:{USED}\n  - route -> a")
    assert found.cure == "write `route.left -> a`; there are `left`, `right` and `default`"


def test_an_edge_stands_once_unless_its_trigger_or_condition_differs(judged: Judge) -> None:
    edges = "edges: [a -> b, a -> b, {from: a, to: b, trigger: fail}, {from: a, to: b, condition: output.x}]"
    found = judged("nodes: {a: {type: noop}, b: {type: noop}}\n" + edges)
    assert [(one.code, one.path[1]) for one in found] == [("duplicate-edge", 1)]


def test_a_decision_without_edges_decides_nothing(judged: Judge) -> None:
    found = judged(
        "nodes: {check: {type: if, condition: input.ok}, route: {type: switch, value: input.x, cases: {a: }}}"
    )
    assert [(one.code, one.path) for one in found] == [("no-edge", ("nodes", "check")), ("no-edge", ("nodes", "route"))]


def test_what_only_an_end_leads_to_is_never_reached(judged: Judge) -> None:
    text = "nodes: {a: {type: noop}, stop: {type: end}, b: {type: noop}, c: {type: noop}, d: {type: noop}}\n"
    found = judged(text + "edges: [a -> stop -> b -> c, b -> d, a -> d]")
    assert [(one.code, one.path[-1]) for one in found] == [("unreachable", "b"), ("unreachable", "c")]


def test_nodes_that_stand_in_for_others_have_no_edges(judged: Judge) -> None:
    text = "nodes: {a: {type: noop, fallback: b, compensate: c}, b: {type: noop}, c: {type: noop}, d: {type: noop}}\n"
    found = judged(text + "edges: [a -> b, c -> d]")
    assert [(one.code, one.path) for one in found] == [
        ("aside-edges", ("edges", 0, "to", "b")),
        ("aside-edges", ("edges", 1, "from", "c")),
    ]


@pytest.mark.parametrize("mode", ["parallel", "sequential"])
def test_edges_belong_to_graphs_only(judged: Judge, mode: str) -> None:
    text = f"""
    nodes:
      all:
        type: container
        mode: {mode}
        nodes: {{a: {{type: noop}}, b: {{type: noop}}}}
        edges: [a -> b]
    """
    (found,) = judged(text)
    assert (found.code, found.path) == ("mode-edges", ("nodes", "all", "edges"))


def test_a_name_is_looked_up_in_its_own_graph_only(judged: Judge) -> None:
    text = """
    nodes:
      outer: {type: noop}
      all: {type: container, nodes: {inner: {type: noop}}, edges: [outer -> inner]}
    edges: [outer -> inner]
    """
    found = judged(text)
    assert [(one.code, one.path[-1]) for one in found] == [("unknown-node", "inner"), ("unknown-node", "outer")]
