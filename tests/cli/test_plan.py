"""The plan tells each node's wave, what it runs, and after what."""

from __future__ import annotations

import pytest

from wflow.cli.plan import plan_text, waves
from wflow.model import Edge, Graph, Node, Retry, Workflow


def graph(nodes: str, *edges: str) -> Graph:
    return Graph(
        nodes=tuple(Node(id=name, type="noop") for name in nodes),
        edges=tuple(Edge(source=edge[0], target=edge[1]) for edge in edges),
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (graph("abc"), "1a 1b 1c"),
        (graph("abc", "ab", "bc"), "1a 2b 3c"),
        (graph("cba", "ab", "bc"), "1a 2b 3c"),
        (graph("abcd", "ab", "ac", "bd", "cd"), "1a 2b 2c 3d"),
        (graph("abcd", "ad", "ab", "bc", "cd"), "1a 2b 3c 4d"),
    ],
)
def test_a_wave_is_one_more_than_the_highest_that_leads_to_it(one: Graph, expected: str) -> None:
    assert " ".join(f"{wave}{node.id}" for wave, node in waves(one)) == expected


def test_in_a_sequence_every_node_has_a_wave_of_its_own() -> None:
    assert [wave for wave, _ in waves(graph("abc"), sequential=True)] == [1, 2, 3]


def test_each_node_is_told_with_what_it_runs_and_after_what() -> None:
    body = Graph(nodes=(Node(id="inner", type="shell", settings={"command": ["echo", "x"]}),))
    workflow = Workflow(
        name="x",
        graph=Graph(
            nodes=(
                Node(id="a", type="python", settings={"script": "\nfirst()\nsecond()\n"}, retry=Retry(max_attempts=3)),
                Node(id="b", type="if", settings={"condition": "input.n > 1"}, timeout=5.0),
                Node(id="c", type="container", settings={"mode": "sequential"}, graph=body, fallback="d"),
                Node(id="d", type="wait", settings={"for": 90.0}, pool="p"),
            ),
            edges=(
                Edge(source="a", target="b"),
                Edge(source="b", target="c", port="true", condition="output.n > 2"),
                Edge(source="a", target="c", trigger="fail", enabled=False),
            ),
        ),
    )
    assert plan_text(workflow, parameters={"n": 1, "s": "x"}).splitlines() == [
        "plan of x",
        "  n = 1",
        '  s = "x"',
        "  1  a (python)  first() …  up to 3 attempts",
        "  -  d (wait)  for 1m30s  in pool p  only in place of another, or to undo it",
        "  2  b (if)  condition: input.n > 1  at most 5.0s  after a",
        "  3  c (container)  mode: sequential  after b.true if output.n > 2, a (fail) (disabled)",
        "     1  inner (shell)  echo x",
    ]


def test_only_the_nodes_that_take_part_are_told() -> None:
    workflow = Workflow(name="x", graph=graph("abc", "ab", "bc"))
    assert plan_text(workflow, only=frozenset("bc")).splitlines() == [
        "plan of x",
        "  2  b (noop)",
        "  3  c (noop)  after b",
    ]


def test_a_script_cannot_act_on_the_terminal() -> None:
    node = Node(id="a", type="python", settings={"script": "x = '\x1b[2J\u202e'"})
    assert "\x1b" not in plan_text(Workflow(name="x", graph=Graph(nodes=(node,))))
