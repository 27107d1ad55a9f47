"""`wflow.engine.recall`: results of before are given to what has come in their place, and that is over at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from wflow.engine.events import NodeFailed, NodeStarted
from wflow.engine.recall import fingerprint, kind_of
from wflow.engine.revision import begin_again
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Activation
from wflow.engine.stimuli import Began, Due, Recalled, Requested, Resumed, Revised, Stimulus
from wflow.engine.values import Stored

Works = Callable[..., Simulation]

CHAIN = """
    variables: {left: 0}
    nodes:
      a: {type: python, script: pass, retry: {max_attempts: 3}}
      b: {type: python, script: pass}
      c: {type: python, script: pass}
    edges: [a -> b -> c]
    outputs: {left: variables.left}
    """

ONE_BY_ONE = """
    parameters: {items: {type: array, default: [x, y, z]}}
    nodes:
      each:
        type: foreach
        items: params.items
        max_concurrent: 1
        nodes: {put: {type: python, script: pass}}
    """


def result(activation: str, **given: Any) -> Recalled:
    made = Recalled(1001.0, activation, 1, "", "completed", {}, (), None, 1000.5)
    return made._replace(**given)


def revise(
    run: Simulation,
    told: Iterable[Stimulus],
    *,
    parameters: dict[str, Any] | None = None,
    again: tuple[str, ...] = (),
    begun: tuple[str, ...] = (),
    floors: dict[str, int] | None = None,
) -> None:
    """Have the simulation begin anew with its definition, and tell it this of its past."""
    first = run.stimuli[0]
    assert isinstance(first, Began)
    revised = Revised(
        1001.0, first.definition, parameters or {}, {}, {}, first.options, floors or {}, again, begun, "", {}
    )
    _, run.state, decision = begin_again("simulated", 1000.0, 0, revised)
    run.events, run.inputs, run.running = list(decision.events), {}, []
    for stimulus in told:
        run.feed(stimulus)


def resume(run: Simulation, at: float = 2000.0) -> None:
    run.feed(Resumed(at, crashed=False, options={}))


def printed(prints: dict[str, str]) -> Callable[[Activation, dict[str, Any]], Did]:
    """What a node does that notes down its fingerprint, by activation."""

    def does(activation: Activation, given: dict[str, Any]) -> Did:
        prints[activation.id] = fingerprint(activation, kind_of(activation))
        return Did()

    return does


def test_what_is_told_is_over_without_a_worker_and_its_output_goes_on(simulate: Works) -> None:
    run = simulate(CHAIN)
    revise(run, [result("a#1", output={"x": 1}), result("b#1", output={"y": 2}, operations=(("add", "left", 3),))])
    assert run.order() == ["a", "b"]
    resume(run)
    run.run()
    assert run.inputs == {"c#1": {"y": 2}}
    assert run.state.status == "completed"
    assert run.state.worlds[0].variables == {"left": 3}


def test_it_takes_the_number_the_attempts_and_the_times_of_the_one_of_before(simulate: Works) -> None:
    run = simulate(CHAIN)
    revise(run, [result("a#4", attempt=2)])
    (began,) = [event for event in run.events if isinstance(event, NodeStarted)]
    assert (began.address, began.number, began.attempt, began.at) == ("a", 4, 2, 1000.5)


def test_a_result_is_told_before_its_activation_and_waits_for_it(simulate: Works) -> None:
    run = simulate(CHAIN)
    revise(run, [result("b#1", output={"y": 2}), result("a#1")])
    assert run.order() == ["a", "b"]
    assert run.state.memory is not None
    assert run.state.memory.results == {}


@pytest.mark.parametrize(
    ("told", "status", "handed_out"),
    [
        ({"status": "completed"}, "completed", ["b#1", "c#1"]),
        ({"status": "failed", "failure": ("OSError", "no line", "", 1)}, "failed", []),
        ({"status": "started"}, "completed", ["a#1", "b#1", "c#1"]),
        ({"status": "completed", "operations": (("add", "left", "words"),)}, "failed", []),
    ],
)
def test_it_ends_as_it_did_and_is_not_tried_again(
    simulate: Works, told: dict[str, Any], status: str, handed_out: list[str]
) -> None:
    run = simulate(CHAIN)
    revise(run, [result("a#1", **told)])
    if not run.state.finished:  # else a resume would have what did not complete run again
        resume(run)
        run.run()
    assert run.statuses()["a"] == status
    assert list(run.inputs) == handed_out
    kinds = [event.error.type for event in run.events if isinstance(event, NodeFailed) and event.address == "a"]
    assert kinds == {"failed": ["OSError" if "failure" in told else "OperationError"]}.get(status, [])


def test_one_that_was_cancelled_is_so_again_only_where_something_cancels_it(simulate: Works) -> None:
    told = [result("a#1", status="started"), result("a#1", status="cancelled")]
    run = simulate(CHAIN)
    revise(run, [told[0], Requested(1001.0, "cancel", {}), told[1]])
    assert (run.statuses()["a"], run.state.status) == ("cancelled", "cancelled")
    run = simulate(CHAIN)
    revise(run, told)
    resume(run)
    run.run()
    assert list(run.inputs) == ["a#1", "b#1", "c#1"]
    assert run.state.status == "completed"


def test_an_iteration_that_opens_later_is_over_as_soon_as_it_begins(simulate: Works) -> None:
    prints: dict[str, str] = {}
    run = simulate(ONE_BY_ONE, parameters={"items": ["x", "y", "z"]}, put=printed(prints))
    run.run()
    last = "each[2]/put#1"
    revise(run, [result(last, given=prints[last])], parameters={"items": ["x", "y", "z"]})
    resume(run)
    assert run.order() == []
    run.run()
    assert list(run.inputs) == ["each[0]/put#1", "each[1]/put#1"]
    assert run.state.status == "completed"


def test_an_iteration_about_another_item_runs(simulate: Works) -> None:
    prints: dict[str, str] = {}
    run = simulate(ONE_BY_ONE, parameters={"items": ["x", "y"]}, put=printed(prints))
    run.run()
    told = [result(ident, given=given) for ident, given in prints.items()]
    revise(run, told, parameters={"items": ["x", "other"]})
    resume(run)
    run.run()
    assert list(run.inputs) == ["each[1]/put#1"]


def test_messages_that_a_node_judges_each_by_itself_are_told_apart(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          b: {type: python, script: pass}
          c: {type: python, script: pass, join: each}
        edges: [a -> c, b -> c]
        """
    prints: dict[str, str] = {}
    run = simulate(text, a={"of": "a"}, b={"of": "b"}, c=printed(prints))
    run.run()
    assert len(set(prints.values())) == 2
    (second,) = [ident for ident, given in run.inputs.items() if ident.startswith("c#") and given == {"of": "b"}]
    outputs = [result("a#1", output={"of": "a"}), result("b#1", output={"of": "b"})]
    revise(run, [*outputs, result(second, given=prints[second])])
    resume(run)
    run.run()
    assert list(run.inputs.values()) == [{"of": "a"}]
    assert run.order().count("c") == 2


@pytest.mark.parametrize(
    ("node", "given", "status"),
    [
        ("type: noop", {}, "completed"),
        ("type: noop", {"again": ("n",)}, None),
        ("type: wait, signal: go", {}, None),
        ("type: wait, signal: go", {"begun": ("n",)}, "running"),
    ],
)
def test_control_nodes_that_run_again_or_count_time_are_held_back_while_the_past_is_told(
    simulate: Works, node: str, given: dict[str, Any], status: str | None
) -> None:
    run = simulate(f"nodes: {{n: {{{node}}}}}")
    revise(run, [], **given)
    assert run.statuses().get("n") == status
    resume(run)
    assert run.statuses()["n"] == ("completed" if "noop" in node else "running")


def test_what_is_under_way_has_all_its_time_once_the_past_has_been_told(simulate: Works) -> None:
    run = simulate("timeout: 60\nnodes: {box: {type: container, timeout: 10, nodes: {w: {type: wait, signal: go}}}}")
    revise(run, [Due(5000.0)], begun=("box/w",))
    assert not run.state.finished
    resume(run, 7000.0)
    assert sorted((kind, at) for at, _, kind, *_ in run.state.deadlines) == [("run", 7060.0), ("timeout", 7010.0)]
    run.run()
    assert (run.statuses()["box"], run.state.status, run.state.now) == ("failed", "failed", 7010.0)


def test_a_wait_whose_time_was_over_is_told_to_be_so(simulate: Works) -> None:
    run = simulate("nodes: {w: {type: wait, signal: go, timeout: 10}}")
    revise(run, [result("w#1", status="timeout")], begun=("w",))
    (failed,) = [event for event in run.events if isinstance(event, NodeFailed)]
    assert (failed.address, failed.error.type) == ("w", "TimeoutError")


def test_a_number_that_was_given_back_is_not_left_out(simulate: Works) -> None:
    text = "nodes: {a: {type: python, script: pass, fallback: f}, f: {type: python, script: pass}}"
    run = simulate(text)
    revise(run, [result("a#2", status="failed", attempt=2, failure=("OSError", "gone", "", None))], floors={"a": 3})
    assert run.state.root is not None
    assert run.state.root.nodes[0].number == 3


def test_attempts_that_were_made_are_taken_from_the_budget(simulate: Works) -> None:
    run = simulate(f"{CHAIN}retry_budget: 5")
    revise(run, [result("a#1", attempt=3)])
    assert run.state.retries_left == 3


def test_one_that_was_told_to_stop_while_it_ran_ends_by_what_stopped_it(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          b: {type: python, script: pass}
          stop: {type: cancel, targets: [b]}
        edges: [a -> stop]
        """
    run = simulate(text)
    told = [result("b#1", status="started"), result("a#1"), result("b#1", status="cancelled")]
    revise(run, told[:1])
    assert run.state.running == 1
    run.feed(told[1])
    run.feed(told[2])
    assert run.state.status == "completed"
    assert run.statuses()["b"] == "cancelled"


def test_a_scope_whose_time_was_over_fails_by_that(simulate: Works) -> None:
    run = simulate("nodes: {box: {type: container, timeout: 1s, nodes: {a: {type: python, script: pass}}}}")
    revise(run, [Due(2000.0)])
    assert run.state.status == "running"
    run.feed(result("box#1", status="timeout"))
    assert run.state.error is not None
    assert run.state.error.type == "TimeoutError"


def test_of_an_item_with_a_key_the_place_does_not_count(simulate: Works) -> None:
    text = """
        parameters: {items: {type: array, default: [x, y]}}
        nodes:
          each:
            type: foreach
            items: params.items
            %s
            nodes: {put: {type: python, script: pass}}
        """
    for key, handed_out in (("key: item", ["each[new]/put#1"]), ("as: item", ["each[0]/put#1"])):
        prints: dict[str, str] = {}
        run = simulate(text % key, parameters={"items": ["x", "y"]}, put=printed(prints))
        run.run()
        told = [result(ident, given=given) for ident, given in prints.items()]
        items = ["new", "x", "y"] if "key" in key else ["new", "y"]
        revise(run, told, parameters={"items": items})
        resume(run)
        run.run()
        assert list(run.inputs) == handed_out


def test_equal_input_has_equal_fingerprints_and_a_stored_value_is_not_read(simulate: Works) -> None:
    def unread(digest: str) -> dict[str, Any]:
        raise AssertionError(digest)

    run = simulate(CHAIN)
    prints = set()
    for output in ({"x": 1}, {"x": 1}, {"x": 1.5}, Stored("ab" * 32, 99_999, unread)):
        revise(run, [result("a#1", output=output)])
        prints.add(fingerprint(run.state.activations["b#1"], "all"))
    assert len(prints) == 3


def test_nothing_is_recalled_by_a_run_that_was_not_revised(simulate: Works) -> None:
    run = simulate(CHAIN)
    run.feed(result("a#1"))
    run.run()
    assert list(run.inputs) == ["a#1", "b#1", "c#1"]
