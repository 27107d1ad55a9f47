"""`wflow.runner.items`: what is noted of a run while its journal is read."""

from __future__ import annotations

import pytest

from wflow.engine.simulate import Simulation
from wflow.graph.plan import NodePlan
from wflow.model import Node
from wflow.runner.items import Final, Item, Seen

PLAN = NodePlan(0, Node(id="a", type="noop"), (), ())


@pytest.mark.parametrize(
    ("status", "item", "finished"),
    [
        ("completed", None, True),
        ("failed", None, False),
        ("failed", Item((1, 0), "a", None, kept=True), True),
        ("failed", Item((1, 0), "a", None), False),
        ("started", None, False),
    ],
)
def test_a_node_is_finished_by_a_completion_or_an_end_that_stays(
    status: str, item: Item | None, finished: bool
) -> None:
    assert Final(status, PLAN, several=False, item=item).finished is finished


def test_activations_that_are_gone_are_known_until_the_decision_they_ended_in_was_looked_at() -> None:
    run = Simulation({"name": "w", "nodes": {"a": {"type": "python"}, "b": {"type": "python"}}})
    first, second = run.state.activations.values()
    seen = Seen()
    seen["a#1"] = first
    seen["b#1"] = second
    assert seen.fresh == [first, second]
    del seen["a#1"]
    assert ("a#1" in seen, seen.known["a#1"]) == (False, first)
    seen.forget()
    assert (list(seen.known), seen.fresh, seen.gone) == (["b#1"], [], [])


def test_one_that_came_again_meanwhile_stays_known() -> None:
    run = Simulation({"name": "w", "nodes": {"a": {"type": "python"}}})
    (activation,) = run.state.activations.values()
    seen = Seen()
    seen["a#1"] = activation
    del seen["a#1"]
    seen["a#1"] = activation
    seen.forget()
    assert seen.known == {"a#1": activation}
