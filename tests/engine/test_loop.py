"""`wflow.engine.loop`: foreach and while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.events import NodeProgress
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Due, Started

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))
LOOP = """
    variables: {things: [a, b, c, d]}
    nodes:
      loop:
        type: foreach
        items: ITEMS
        KEYS
        nodes: {work: {type: python, script: pass}}
"""


def loop(items: str = "variables.things", *keys: str) -> str:
    return LOOP.replace("ITEMS", items).replace("KEYS", "\n        ".join(keys))


def fails_for(*items: Any) -> Callable[..., Any]:
    return lambda activation, given: FAILS if given["item"] in items else {"done": given["item"]}


@pytest.mark.parametrize(
    ("items", "seen"),
    [
        ("variables.things", ["a", "b", "c", "d"]),
        ("range(2, 8, 3)", [2, 5]),
        ("'{a: 1, b: null}'", [{"key": "a", "value": 1}, {"key": "b", "value": None}]),
        ("[]", []),
        ("range(0)", []),
        ("variables.things | where(it > 'b')", ["c", "d"]),
    ],
)
def test_items_are_a_list_a_range_or_a_mapping(simulate: Works, items: str, seen: list[Any]) -> None:
    run = simulate(loop(items.replace("a:", '"a":').replace("b:", '"b":')))
    run.run()
    assert [given["item"] for given in run.inputs.values()] == seen
    assert [given["item_index"] for given in run.inputs.values()] == list(range(len(seen)))
    assert run.output("loop") == {"items_processed": len(seen), "total_items": len(seen), "failed_items": 0}


@pytest.mark.parametrize(
    ("items", "what"), [("5", "a number"), ("null", "null"), ('"abc"', "a string"), ("true", "a bool")]
)
def test_anything_else_is_no_items(simulate: Works, items: str, what: str) -> None:
    text = loop("input.x").replace("nodes:", "nodes:\n      first: {type: python, script: pass}", 1)
    values = {"5": 5, "null": None, '"abc"': "abc", "true": True}
    run = simulate(text + "    edges: [first -> loop]", first={"x": values[items]})
    run.run()
    assert run.state.error is not None
    assert what in run.state.error.message


def test_no_more_iterations_are_open_than_the_window_has_room_for(simulate: Works) -> None:
    run = simulate(loop("range(9)", "max_concurrent: 3"), workers=100)
    most = 0
    while run.step():
        run.hand_out()
        most = max(most, len(run.running))
    assert most == 3
    assert run.output("loop")["items_processed"] == 9


def test_the_window_is_the_runs_own_limit_where_the_loop_says_nothing(simulate: Works) -> None:
    run = simulate(loop("range(9)"), workers=2)
    run.hand_out()
    assert run.state.activations["loop#1"].loop is not None
    assert len(run.state.activations["loop#1"].loop.unfinished) == 2


def test_results_are_collected_in_the_order_of_the_items_with_null_where_none(simulate: Works) -> None:
    run = simulate(
        loop("variables.things", 'collect: nodes.work.output.done ~ "!"'.replace(' ~ "!"', ""), "tolerate: 1"),
        work=fails_for("b"),
        choose=lambda count: count - 1,
    )
    run.run()
    assert run.output("loop")["results"] == ["a", None, "c", "d"]


def test_a_collect_that_cannot_be_told_fails_its_iteration(simulate: Works) -> None:
    run = simulate(loop("range(2)", "collect: nodes.work.output.nowhere"), work={"x": 1})
    run.run()
    assert run.state.status == "failed"
    assert run.state.error is not None
    assert (run.state.error.address, run.state.error.type) == ("loop[0]", "ExpressionError")


@pytest.mark.parametrize(
    ("tolerate", "failed", "status"),
    [
        ("", 1, "failed"),
        ("tolerate: 2", 2, "completed"),
        ("tolerate: 2", 3, "failed"),
        ('tolerate: "50%"', 2, "completed"),
        ('tolerate: "50%"', 3, "failed"),
        ('tolerate: "49%"', 2, "failed"),
        ('tolerate: "100%"', 4, "completed"),
    ],
)
def test_a_loop_completes_with_as_many_failed_items_as_it_tolerates(
    simulate: Works, tolerate: str, failed: int, status: str
) -> None:
    run = simulate(loop("variables.things", tolerate), work=fails_for(*"abcd"[:failed]))
    run.run()
    assert run.state.status == status
    assert run.state.tolerated == (failed if status == "completed" else 0)
    assert run.order().count("loop") == (status == "completed")
    assert sum(1 for address in run.statuses() if address.endswith("/work")) == 4


def test_on_failure_stop_cancels_the_other_iterations_and_opens_no_more(simulate: Works) -> None:
    run = simulate(loop("variables.things", "on_failure: stop", "max_concurrent: 2"), work=fails_for("a"))
    run.run()
    assert run.statuses() == {"loop": "failed", "loop[0]/work": "failed", "loop[1]/work": "cancelled"}


def test_on_failure_stop_waits_until_more_failed_than_is_tolerated(simulate: Works) -> None:
    run = simulate(
        loop("variables.things", "on_failure: stop", "tolerate: 1", "max_concurrent: 1"), work=fails_for("a", "b")
    )
    run.run()
    assert run.statuses() == {"loop": "failed", "loop[0]/work": "failed", "loop[1]/work": "failed"}


@pytest.mark.parametrize("until", ["completed >= 2", "results | any(it == 'b')", "variables.enough"])
def test_until_ends_the_loop_when_enough_is_done_and_fails_nothing(simulate: Works, until: str) -> None:
    text = loop("variables.things", f"until: {until}", "max_concurrent: 2", "collect: item")
    run = simulate(
        text.replace("variables: {", "variables: {enough: false, "),
        work=lambda activation, given: Did(operations=(("set", "enough", given["item"] == "b"),)),
    )
    run.run()
    assert run.state.status == "completed"
    assert run.output("loop")["items_processed"] == 2
    assert run.output("loop")["total_items"] == 4
    assert "loop[3]/work" not in run.statuses()


def test_an_until_that_cannot_be_told_fails_the_loop(simulate: Works) -> None:
    run = simulate(loop("variables.things", "until: input.nowhere"))
    run.run()
    assert run.state.error is not None
    assert run.state.error.address == "loop"


def test_a_key_names_the_iterations(simulate: Works) -> None:
    run = simulate(loop("variables.things", "key: item"))
    run.run()
    assert [address for address in run.order() if "/" in address] == [f"loop[{key}]/work" for key in "abcd"]


@pytest.mark.parametrize(
    ("things", "reason"),
    [
        ("[a, b, a]", "two items have the key `a`"),
        ('["x/y"]', "this is 'x/y'"),
        ('["x]"]', "this is"),
        ('[""]', "this is ''"),
        ("[true]", "this is True"),
        ("[[1]]", "this is [1]"),
    ],
)
def test_a_key_that_is_none_or_comes_twice_fails_the_loop(simulate: Works, things: str, reason: str) -> None:
    text = loop("variables.things", "key: item").replace("[a, b, c, d]", things)
    run = simulate(text)
    run.run()
    assert run.state.status == "failed"
    assert run.state.error is not None
    assert reason in run.state.error.message


def test_an_item_whose_key_came_twice_is_not_passed_over_by_a_retry(simulate: Works) -> None:
    text = loop("variables.things", "key: item", "retry: {max_attempts: 2}").replace("[a, b, c, d]", "[a, a, b]")
    run = simulate(text)
    run.run()
    assert run.state.status == "failed"


NEXT = """
    nodes:
      loop:
        type: foreach
        items: range(10)
        max_concurrent: 4
        collect: nodes.work.output.v
        nodes: {work: {type: python, script: pass}}
      eat: {type: python, script: pass, join: each}
      after: {type: python, script: pass}
    edges:
      - {from: loop, to: eat, trigger: next, capacity: CAPACITY}
      - eat -> after
"""


def test_next_hands_each_completed_iteration_to_its_reader(simulate: Works) -> None:
    run = simulate(NEXT.replace("CAPACITY", "1000"), work=lambda activation, given: {"v": given["item"] * 2})
    run.run()
    eaten = sorted(
        (given["item"], given["item_index"], given["result"]) for i, given in run.inputs.items() if "eat#" in i
    )
    assert eaten == [(number, number, number * 2) for number in range(10)]
    assert run.order()[-1] == "after"


@pytest.mark.parametrize("capacity", [1, 2, 3, 100])
def test_a_full_queue_holds_the_loop_back_and_loses_nothing(simulate: Works, capacity: int) -> None:
    run = simulate(
        NEXT.replace("CAPACITY", str(capacity)).replace("eat: {", "eat: {priority: low, "), workers=1, work={"v": 1}
    )
    most = 0
    while run.step():
        most = max([most, *run.state.queued.values()])
    assert most <= capacity
    assert run.order().count("eat") == 10
    assert run.state.queued == {}


def test_a_chain_of_each_readers_holds_back_up_to_the_loop(simulate: Works) -> None:
    text = NEXT.replace("CAPACITY", "2").replace("- eat -> after", "- {from: eat, to: after, capacity: 1}")
    text = text.replace("after: {", "after: {join: each, priority: low, ").replace("eat: {", "eat: {priority: high, ")
    run = simulate(text, workers=1, work={"v": 1})
    most: dict[int, int] = {}
    while run.step():
        for (_, edge), count in run.state.queued.items():
            most[edge] = max(most.get(edge, 0), count)
    assert most[1] <= 1
    assert run.order().count("after") == 10


def test_loops_nest_four_deep_with_their_names(simulate: Works) -> None:
    text = """
        nodes:
          a:
            type: foreach
            items: range(2)
            as: w
            nodes:
              b:
                type: foreach
                items: range(2)
                as: x
                nodes:
                  c:
                    type: foreach
                    items: "[w, x]"
                    as: y
                    nodes:
                      d:
                        type: foreach
                        items: range(y + 1)
                        as: z
                        collect: "[w, x, y, z]"
                        nodes: {work: {type: python, script: pass}}
        """
    run = simulate(text, workers=1)
    run.run()
    seen = [(given["w"], given["x"], given["y"], given["z"]) for given in run.inputs.values()]
    assert sorted(seen) == sorted(
        (w, x, y, z) for w in range(2) for x in range(2) for y in (w, x) for z in range(y + 1)
    )
    assert run.output("a[1]/b[0]/c[0]/d")["results"] == [[1, 0, 1, 0], [1, 0, 1, 1]]


def test_a_loop_is_retried_for_its_failed_iterations_only(simulate: Works) -> None:
    run = simulate(
        loop("variables.things", "retry: {max_attempts: 2}", "collect: item"),
        work=lambda activation, given: FAILS if given["item"] == "b" and activation.number == 1 else {},
    )
    run.run()
    assert run.output("loop") == {
        "items_processed": 4,
        "total_items": 4,
        "failed_items": 0,
        "results": ["a", "b", "c", "d"],
    }
    assert run.order().count("loop[0]/work") == 1


def test_a_loop_with_a_pool_and_a_retry_comes_to_its_place_again(simulate: Works) -> None:
    text = """
        pools: {p: 1}
        nodes:
          loop:
            type: foreach
            items: range(2)
            pool: p
            retry: {max_attempts: 2, initial_delay: 1s, jitter: 0}
            nodes: {work: {type: python, script: pass}}
          other: {type: wait, for: 5s, pool: p}
        """
    run = simulate(text, work=lambda activation, given: FAILS if activation.number == 1 else {})
    run.run()
    assert run.state.status == "completed"


def test_a_loop_whose_body_needs_no_worker_gives_requests_their_turn(simulate: Works) -> None:
    text = loop("range(2500)").replace("work: {type: python, script: pass}", "work: {type: noop}")
    run = simulate(text)
    run.run()
    assert run.output("loop")["items_processed"] == 2500
    assert sum(1 for stimulus in run.stimuli if isinstance(stimulus, Due)) == 2
    assert not any(isinstance(stimulus, Started) for stimulus in run.stimuli)


def test_a_loop_tells_its_progress_a_hundred_times_at_most(simulate: Works) -> None:
    run = simulate(loop("range(500)"))
    run.run()
    told = [event.percent for event in run.events if isinstance(event, NodeProgress)]
    assert told == list(range(1, 101))


WHILE = """
    variables: {n: 0}
    nodes:
      loop:
        type: while
        condition: CONDITION
        KEYS
        collect: variables.n
        nodes: {work: {type: python, script: pass}}
      after: {type: python, script: pass}
    edges: [loop -> after]
"""
ADDS = Did(operations=(("add", "n", 1),))


@pytest.mark.parametrize(
    ("condition", "output"),
    [
        ("variables.n < 3", {"iteration_count": 3, "last": 3}),
        ("iteration_index < 2", {"iteration_count": 2, "last": 2}),
        ("variables.n > 5", {"iteration_count": 0, "last": None}),
    ],
)
def test_a_while_reads_its_condition_before_each_iteration(
    simulate: Works, condition: str, output: dict[str, Any]
) -> None:
    run = simulate(WHILE.replace("CONDITION", condition).replace("KEYS", ""), work=ADDS)
    run.run()
    assert run.output("loop") == output
    assert run.inputs["after#1"] == output
    indexes = [given["iteration_index"] for ident, given in run.inputs.items() if "work#" in ident]
    assert indexes == list(range(output["iteration_count"]))


def test_a_while_beyond_its_limit_fails_saying_so(simulate: Works) -> None:
    run = simulate(WHILE.replace("CONDITION", "variables.n >= 0").replace("KEYS", "max_iterations: 3"), work=ADDS)
    run.run()
    assert run.state.error is not None
    assert (run.state.error.type, run.state.error.address) == ("MaxIterationsExceeded", "loop")
    assert "max_iterations: 3" in run.state.error.message
    assert run.state.worlds[0].variables == {"n": 3}


@pytest.mark.parametrize(("keys", "iterations"), [("", 1), ("on_failure: stop", 1), ("on_failure: continue", 3)])
def test_a_failed_iteration_stops_a_while_unless_it_goes_on(simulate: Works, keys: str, iterations: int) -> None:
    run = simulate(
        WHILE.replace("CONDITION", "iteration_index < 3").replace("KEYS", keys),
        work=lambda activation, given: FAILS if given["iteration_index"] == 0 else ADDS,
    )
    run.run()
    assert run.state.status == "failed"
    assert sum(1 for address in run.statuses() if address.endswith("/work")) == iterations


def test_a_while_is_retried_from_its_beginning(simulate: Works) -> None:
    run = simulate(
        WHILE.replace("CONDITION", "iteration_index < 2").replace("KEYS", "retry: {max_attempts: 2}"),
        work=lambda activation, given: FAILS if activation.id == "loop[1]/work#1" else ADDS,
    )
    run.run()
    assert run.output("loop") == {"iteration_count": 2, "last": 3}
    assert list(run.inputs) == [
        "loop[0]/work#1",
        "loop[1]/work#1",
        "loop[0]/work#2",
        "loop[1]/work#2",
        "after#1",
    ]


def test_a_while_condition_that_cannot_be_told_fails_it(simulate: Works) -> None:
    run = simulate(WHILE.replace("CONDITION", "input.nowhere").replace("KEYS", ""))
    run.run()
    assert run.statuses() == {"loop": "failed", "after": "skipped"}
