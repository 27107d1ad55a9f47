"""`wflow.engine.values`: outputs that live in a file, opened when something looks into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Ended
from wflow.engine.values import Stored, opened

Works = Callable[..., Simulation]


def test_what_is_no_reference_is_itself() -> None:
    value = {"x": 1}
    assert opened(value) is value
    assert opened(None) is None


def test_a_reference_is_read_when_it_is_opened() -> None:
    asked: list[str] = []

    def load(digest: str) -> dict[str, Any]:
        asked.append(digest)
        return {"rows": [1, 2]}

    stored = Stored("abc", 40_000, load)
    assert not asked
    assert opened(stored) == {"rows": [1, 2]}
    assert (asked, stored.size) == (["abc"], 40_000)


def test_a_stored_output_reads_the_same_in_inputs_conditions_and_outputs(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          t: {type: python, script: pass}
          box: {type: container, nodes: {inner: {type: python, script: pass}}}
        edges: [{from: a, to: t, condition: output.rows == 3}, a -> box]
        outputs: {rows: nodes.a.output.rows}
        """
    run = simulate(text, inner=Did(output={"y": 1}))
    run.hand_out()
    run.running.clear()
    stored = Stored("abc", 40_000, lambda digest: {"rows": 3})
    run.feed(Ended(1001.0, "a#1", 1, "completed", stored, (), None, 1000.0))
    run.run()
    assert run.inputs["t#1"] == run.inputs["box/inner#1"] == {"rows": 3}
    assert run.state.outputs == {"rows": 3}
