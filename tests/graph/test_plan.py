"""`wflow.graph.plan`: graphs as adjacency."""

from __future__ import annotations

import pytest

from wflow.graph.plan import ALL, ANY, COUNT, EACH, EdgePlan, GraphPlan, Plan
from wflow.model import Breaker, Edge, Graph, Node, Rate, Workflow


def graph(names: str, *edges: Edge | str, **joins: str | int) -> Graph:
    """A graph of python nodes with one-letter names; ``"ab"`` is the edge a -> b."""
    return Graph(
        nodes=tuple(Node(id=name, type="python", join=joins.get(name, "all")) for name in names),
        edges=tuple(edge if isinstance(edge, Edge) else Edge(source=edge[0], target=edge[1]) for edge in edges),
    )


def test_a_graph_knows_its_entries_and_how_many_nodes_are_in_its_flow() -> None:
    plan = GraphPlan(graph("abcd", "ab", "ac"))
    assert [node.id for node in plan.entries] == ["a", "d"]
    assert plan.flow_size == 4
    assert [edge.target for edge in plan.node("a").out] == [1, 2]
    assert [edge.source for edge in plan.node("c").inbound] == [0]


def test_a_disabled_edge_still_counts_as_one() -> None:
    plan = GraphPlan(graph("ab", Edge(source="a", target="b", enabled=False)))
    assert [node.id for node in plan.entries] == ["a"]


@pytest.mark.parametrize("key", ["fallback", "compensate"])
def test_what_only_stands_in_for_another_is_no_part_of_the_flow(key: str) -> None:
    nodes = (Node(id="a", type="python", **{key: "b"}), Node(id="b", type="python"))  # type: ignore[arg-type]
    plan = GraphPlan(Graph(nodes=nodes))
    assert [node.id for node in plan.entries] == ["a"]
    assert plan.flow_size == 1
    assert plan.node("b").aside


@pytest.mark.parametrize(
    ("join", "kind", "need"), [("all", ALL, 1), ("any", ANY, 1), ("each", EACH, 1), (1, COUNT, 1), (3, COUNT, 3)]
)
def test_a_join_is_a_small_number_and_what_it_waits_for(join: str | int, kind: int, need: int) -> None:
    plan = GraphPlan(graph("ab", "ab", b=join)).node("b")
    assert (plan.join, plan.need) == (kind, need)


def test_edges_of_a_node_stand_by_falling_priority_then_in_the_order_of_the_file() -> None:
    edges = [
        Edge(source="a", target=target, priority=rank) for target, rank in (("b", 0), ("c", 5), ("d", 0), ("e", -1))
    ]
    plan = GraphPlan(graph("abcde", *edges))
    assert [plan.nodes[edge.target].id for edge in plan.node("a").out] == ["c", "b", "d", "e"]
    assert plan.node("a").on_complete == plan.node("a").out


def test_edges_are_told_apart_by_trigger() -> None:
    edges = [Edge(source="a", target="b", trigger=name) for name in ("complete", "fail", "cancel", "next", "always")]
    node = GraphPlan(graph("ab", *edges)).node("a")
    found = [node.on_complete, node.on_fail, node.on_cancel, node.on_next]
    assert [[edge.trigger for edge in some] for some in found] == [["complete"], ["fail"], ["cancel"], ["next"]]
    assert len(node.out) == 5


@pytest.mark.parametrize(
    ("names", "edges", "join", "feeders"),
    [
        ("abt", ["at", "bt"], "t", "ab"),
        ("abct", ["ab", "bt", "ct"], "t", "abc"),
        ("abst", ["at", "as", "bt"], "t", "b"),
        ("abcst", ["ab", "bt", "bs", "ct"], "t", "c"),
        ("abcdt", ["ab", "ac", "bd", "cd", "dt"], "t", "abcd"),
        ("abcdst", ["ab", "ac", "bd", "cd", "dt", "cs"], "t", "bd"),
        ("abt", ["ta", "ab"], "t", ""),
    ],
)
def test_feeders_are_the_nodes_all_of_whose_paths_lead_to_the_join(
    names: str, edges: list[str], join: str, feeders: str
) -> None:
    plan = GraphPlan(graph(names, *edges))
    assert "".join(plan.nodes[index].id for index in plan.feeders(plan.index_of[join])) == feeders


@pytest.mark.parametrize(("on_failure", "trigger"), [("stop", "complete"), ("continue", "always")])
def test_a_sequence_is_a_chain_of_the_flow_in_the_order_of_the_file(on_failure: str, trigger: str) -> None:
    nodes = (
        Node(id="a", type="python", fallback="b"),
        Node(id="b", type="python"),
        Node(id="c", type="python"),
        Node(id="d", type="python"),
    )
    owner = Node(id="box", type="container", settings={"mode": "sequential", "on_failure": on_failure})
    plan = GraphPlan(Graph(nodes=nodes), mode="sequential", owner=owner)
    assert [(edge.edge.source, edge.edge.target, edge.trigger, edge.order) for edge in plan.edges] == [
        ("a", "c", trigger, True),
        ("c", "d", trigger, True),
    ]
    assert [edge.index for edge in plan.edges] == [0, 1]


@pytest.mark.parametrize(
    ("node", "limited"),
    [
        (Node(id="a", type="python"), False),
        (Node(id="a", type="python", pool="p"), True),
        (Node(id="a", type="python", max_concurrent=1), True),
        (Node(id="a", type="container", max_concurrent=1, graph=Graph()), True),
        (Node(id="a", type="foreach", max_concurrent=1, graph=Graph()), False),
        (Node(id="a", type="python", rate=Rate(count=1, per=1)), True),
        (Node(id="a", type="python", breaker=Breaker(name="api")), True),
        (Node(id="a", type="wait", breaker=Breaker(name="api")), True),
        (Node(id="a", type="noop", breaker=Breaker(name="api")), False),
    ],
)
def test_a_node_says_whether_it_needs_more_than_a_worker(node: Node, limited: bool) -> None:
    assert GraphPlan(Graph(nodes=(node,))).nodes[0].limited is limited


def test_a_node_that_sends_to_a_bounded_queue_knows_it() -> None:
    plan = GraphPlan(graph("xabc", "xa", "ab", "bc", a="each", b="each"))
    assert [edge.name for edge in plan.node("a").feeds] == ["a -> b"]
    assert plan.node("a").limited
    assert not plan.node("x").limited
    assert plan.node("c").feeds == plan.node("b").feeds == ()


def test_expressions_are_compiled_when_they_are_asked_for_and_once() -> None:
    nodes = (
        Node(id="a", type="if", settings={"condition": "1 +"}),
        Node(id="b", type="if", settings={"condition": "true"}),
    )
    edge = Edge(source="b", target="a", port="true", condition="variables.x > 1")
    plan = GraphPlan(Graph(nodes=nodes, edges=(edge,)))
    assert plan.node("b").expression("condition") is plan.node("b").expression("condition")
    assert plan.edges[0].condition is plan.edges[0].condition
    assert plan.edges[0].name == "b.true -> a"
    with pytest.raises(KeyError):
        plan.node("b").expression("value")


def test_a_plan_finds_nodes_by_their_ids_from_the_root_down() -> None:
    inner = Node(id="box", type="container", graph=graph("ab"))
    plan = Plan(Workflow(name="w", graph=Graph(nodes=(inner,)), outputs={"x": "1 + 1"}))
    assert plan.find(["box", "b"]).id == "b"
    assert plan.outputs["x"].evaluate({}, now=0.0, env={}) == 2
    for path in (["nowhere"], ["box", "c"], ["box", "a", "deeper"], []):
        with pytest.raises(KeyError):
            plan.find(path)


def shape(plan: GraphPlan) -> list[tuple[object, ...]]:
    """All that the engine reads of a graph, without the objects themselves."""

    def indexes(edges: tuple[EdgePlan, ...]) -> list[int]:
        return [edge.index for edge in edges]

    return [
        (
            node.id,
            node.index,
            node.aside,
            node.limited,
            sorted(indexes(node.feeds)),
            *(indexes(edges) for edges in (node.inbound, node.out, node.on_complete, node.on_fail, node.on_next)),
        )
        for node in plan.nodes
    ] + [([node.id for node in plan.entries], plan.flow_size, indexes(plan.edges), plan.index_of)]


def test_an_amended_plan_is_the_plan_of_the_whole_with_the_objects_that_were_there() -> None:
    first = graph("abc", "ab", Edge(source="a", target="c", priority=-1), b="each", c="each")
    nodes = (
        *first.nodes,
        Node(id="d", type="python", join="each", fallback="f"),
        Node(id="e", type="python"),
        Node(id="f", type="python"),
    )
    added = (
        Edge(source="a", target="d", priority=1),
        Edge(source="b", target="c"),
        Edge(source="b", target="e", trigger="fail"),
        Edge(source="e", target="d"),
    )
    whole = Graph(nodes=nodes, edges=(*first.edges, *added))
    before = GraphPlan(first)
    known = list(before.nodes)
    amended = before.amended(whole)
    assert shape(amended) == shape(GraphPlan(whole))
    assert list(amended.nodes[:3]) == known
    assert known[0].out[0].target == 3, "what runs knows of the new edge"
    assert amended.edges[:2] == before.edges


def test_a_plan_takes_the_plan_of_its_graph_ready_made() -> None:
    root = GraphPlan(graph("a"))
    assert Plan(Workflow(name="w", graph=root.graph), root).root is root
