"""`wflow.runner.amend`: a patch file checked against a run, and the request that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import definition_of
from tests.engine.conftest import simulate as simulate  # noqa: PLC0414 - a fixture of the engine's tests
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Requested
from wflow.errors import UsageError
from wflow.loading.render import render_problem
from wflow.runner.amend import Patch, is_amended, read_patch, taken_up

Works = Callable[..., Simulation]
Read = Callable[..., Patch]

RUN = """
    variables: {count: 0}
    nodes:
      a: {type: python, script: pass}
      b: {type: python, script: pass}
      c: {type: noop}
      bad: {type: python, script: pass}
    edges: [a -> b -> c]
    """


@pytest.fixture
def run(simulate: Works, tmp_path: Path) -> Simulation:
    """``a`` has completed, ``bad`` has failed, ``b`` runs, ``c`` is to come."""
    made = simulate(RUN, bad=Did("failed"))
    made.state.options["file"] = str(tmp_path / "home" / "flow.yaml")
    (tmp_path / "home").mkdir()
    made.step()
    made.step()
    made.hand_out()
    return made


@pytest.fixture
def read(run: Simulation, tmp_path: Path) -> Read:
    """Read a patch of this text for the run."""

    def reading(text: str, name: str = "patch.yaml") -> Patch:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_patch(path, run.state)

    return reading


def told(patch: Patch, tmp_path: Path) -> list[str]:
    """The first line of each problem, as it is printed."""
    return [
        render_problem(one).split("\n")[0].removeprefix(f"{tmp_path}/").replace(" error:", "")
        for one in patch.loaded.problems
    ]


def feed(run: Simulation, request: dict[str, Any]) -> None:
    run.feed(taken_up(run.state, without_what(request), {}, run.state.now))


def without_what(request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "what"}


def test_a_sound_patch_becomes_a_request_that_the_run_takes(run: Simulation, read: Read) -> None:
    patch = read("variables: {n: 1}\nnodes:\n  d: {type: python, script: pass}\nedges: [a -> d -> c]\n")
    assert [node.id for node in patch.graph.nodes] == ["d"]
    assert patch.request["what"] == "amend"
    assert not is_amended(run.state, patch.request)
    feed(run, patch.request)
    assert is_amended(run.state, patch.request)
    run.run()
    assert run.order()[-1] == "c"
    assert run.statuses()["d"] == "completed"


def test_json_is_a_patch_too(read: Read) -> None:
    assert [node.id for node in read('{"nodes": {"d": {"type": "noop"}}}', "patch.json").graph.nodes] == ["d"]


def test_every_problem_is_told_at_once_in_the_places_of_the_patch(read: Read, tmp_path: Path) -> None:
    text = """\
variables: {count: 1}
nodes:
  a: {type: noop}
  d: {type: python, script: 'def', pool: q}
  e: {type: python, file: nowhere.py}
  f: {type: nop}
  g: {type: if, condition: variables.cuont > 1}
edges:
  - a -> b
  - c -> a
  - c -> bad
  - d -> nowhere
  - {from: a, to: d, condition: input.x == 1}
  - g.true -> d
"""
    assert told(read(text), tmp_path) == [
        "patch.yaml:1:13: the run has a variable `count` already [already-there]",
        "patch.yaml:3:3: the run has a node `a` already [already-there]",
        "patch.yaml:4:32: the script is not Python: invalid syntax (its line 1) [python-syntax]",
        "patch.yaml:4:42: there is no pool `q` [unknown-pool]",
        "patch.yaml:5:27: there is no file `nowhere.py` [missing-file]",
        "patch.yaml:6:13: `nop` is no node type, and no installed package brings one of that name [unknown-type]",
        "patch.yaml:7:28: there is no variable `cuont` [unknown-variable]",
        "patch.yaml:9:10: the run has the edge `a -> b` already [already-there]",
        "patch.yaml:10:10: the nodes form a cycle: a -> b -> c -> a [cycle]",
        "patch.yaml:10:10: `a` has completed: what the edge brings would be dropped [too-late]",
        "patch.yaml:11:10: `bad` has failed: what the edge brings would be dropped [too-late]",
        "patch.yaml:12:10: there is no node `nowhere` in this graph [unknown-node]",
        "patch.yaml:13:33: `a` has completed: the input that the condition reads is not kept [too-late]",
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty-file"),
        ("{}", "empty"),
        ("- a -> b", "wrong-type"),
        ("name: flow\nnodes: {d: {type: noop}}", "unknown-key"),
        ("outputs: {x: 1}", "unknown-key"),
        ("nodes: {d: &d {type: noop}, e: *d, d: *d}", "duplicate-key"),
        ("nodes: {d: &d {type: container, nodes: {x: *d}}}", "recursive-alias"),
        ("nodes: {'../x': {type: noop}}", "bad-id"),
        ("nodes: {d: {type: foreach, items: range(2), nodes: {a: {type: noop}}, edges: [a -> a]}}", "cycle"),
        ("nodes: {d: {type: timer, schedule: '* * * *'}}", "bad-schedule"),
        ("edges: [" + "a -> " * 3000 + "c]", "duplicate-edge"),
        ("[" * 300, "too-deep"),
        ("\x00", "binary"),
    ],
)
def test_a_hostile_patch_is_told_and_adds_nothing(text: str, code: str, run: Simulation, read: Read) -> None:
    patch = read(text)
    assert patch.loaded.workflow is None
    assert code in {one.code for one in patch.loaded.problems if one.severity == "error"}
    assert patch.request == {}


def test_a_new_node_may_read_what_completed_before_it(read: Read) -> None:
    assert read(
        "nodes: {d: {type: if, condition: nodes.a.output.x == 1}, e: {type: noop}}\nedges: [a -> d, d.true -> e]"
    ).request
    codes = [one.code for one in read("nodes: {d: {type: wait, until: nodes.a.output.x == 1}}").loaded.problems]
    assert codes == ["not-an-ancestor"]


def test_a_warning_stops_nothing(read: Read) -> None:
    patch = read("nodes: {d: {type: while, condition: 'true', nodes: {x: {type: noop}}}}")
    assert [one.severity for one in patch.loaded.problems] == ["warning"]
    assert patch.request


def test_files_are_those_beside_the_runs_own_and_are_known_from_then_on(
    run: Simulation, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "home" / "work.py").write_text("x = 1\n")
    patch = read("nodes: {d: {type: python, file: work.py}}")
    assert list(patch.request["files"]) == ["work.py"]
    feed(run, patch.request)
    assert list(run.state.files) == ["work.py"]


def test_a_run_that_is_over_takes_no_patch(read: Read, run: Simulation) -> None:
    run.run()
    with pytest.raises(UsageError) as refusal:
        read("nodes: {d: {type: noop}}")
    assert refusal.value.message == "nothing can be added to run simulated: it has failed"
    assert refusal.value.cure == "`wflow resume simulated --updated FILE` goes on with another definition"


def test_what_came_too_late_is_refused_with_a_warning_and_on_record(
    run: Simulation, read: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    patch = read("nodes: {d: {type: noop}}\nedges: [d -> c]")
    run.run()
    recorded = taken_up(run.state, {**without_what(patch.request), "id": "17"}, {}, 5.0)
    assert recorded == Requested(5.0, "refused", {"request": "amend", "why": "it has failed", "id": "17"})
    assert capsys.readouterr().err == "wflow: warning: a request to add to the run was refused: it has failed\n"


def test_names_of_environment_that_new_expressions_read_are_recorded_with_their_values(
    run: Simulation, read: Read
) -> None:
    patch = read('nodes: {d: {type: if, condition: \'env("PLACE") == "here"\'}, e: {type: noop}}\nedges: [d.true -> e]')
    recorded = taken_up(run.state, without_what(patch.request), {"PLACE": "here", "OTHER": "x"}, run.state.now)
    assert recorded.arguments["env"] == {"PLACE": "here"}
    run.feed(recorded)
    run.crash()
    run.run()
    assert run.statuses()["e"] == "completed"


def test_a_patch_that_somebody_else_added_first_is_none_of_ours(run: Simulation, read: Read, tmp_path: Path) -> None:
    ours = read("nodes: {d: {type: noop}}")
    theirs = read("nodes: {d: {type: python, script: pass}}")
    feed(run, theirs.request)
    feed(run, ours.request)
    assert is_amended(run.state, theirs.request)
    assert not is_amended(run.state, ours.request)
    later = read("nodes: {e: {type: noop}}")
    feed(run, later.request)
    assert is_amended(run.state, theirs.request)
    assert definition_of(RUN, tmp_path) != later.request["definition"]
