from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.display.epilogue import epilogue, epilogue_of, first_fault, stopped_node
from wflow.engine.events import Fault

Command = Callable[..., "subprocess.CompletedProcess[str]"]

RUN = "20261123-120304-000-k3f9"


def _failed(node: Any, story: Any, fault: Fault | None, **more: Any) -> Any:
    told = story(node("a"), node("b"))
    told.begin()
    told.fail("a", "first")
    told.fail("b", "second")
    told.finish("failed", fault, **more)
    return told.view


def test_a_failed_run_names_its_failure_its_log_and_how_to_go_on(node: Any, story: Any) -> None:
    view = _failed(node, story, Fault("load[17]/insert", "ValueError", "bad\x1b[31m row\nat line 3"))
    assert epilogue(view, RUN, "/runs/logs/insert-1.err") == [
        "etl failed at load[17]/insert: ValueError: bad row\\nat line 3",
        "  its log: /runs/logs/insert-1.err",
        f"  continue with: wflow resume {RUN}",
    ]


def test_without_an_error_of_the_run_it_is_the_first_that_nothing_handled(node: Any, story: Any) -> None:
    view = _failed(node, story, None)
    assert first_fault(view) == view.rows["a"].error
    assert epilogue(view, RUN, None)[0] == "etl failed at a: ValueError: first"


def test_a_run_out_of_time_says_so(node: Any, story: Any) -> None:
    view = _failed(node, story, Fault("", "TimeoutError", "the run timed out after 600 s"), timed_out=True)
    assert epilogue(view, RUN, None) == [
        "etl timed out: TimeoutError: the run timed out after 600 s",
        f"  continue with: wflow resume {RUN}",
    ]


def test_a_run_out_of_time_names_the_node_that_was_stopped_last_and_its_log(node: Any, story: Any) -> None:
    told = story(node("early"), node("a"), node("b"), node("never"), node("done"))
    told.begin()
    for address in ("early", "a", "b", "done"):
        told.start(address)
    told.complete("done")
    for told.at, address in ((1.0, "early"), (9.0, "b"), (9.1, "a")):
        told.cancel(address)
    told.skip("never")
    told.finish("failed", Fault("", "TimeoutError", "the run timed out after 9 s"), timed_out=True)
    assert stopped_node(told.view) == "a"
    assert epilogue_of(told.view, lambda address: f"/logs/{address}.out") == [
        "etl timed out: TimeoutError: the run timed out after 9 s",
        "  still running then: a",
        "  its log: /logs/a.out",
        f"  continue with: wflow resume {RUN}",
    ]


@pytest.mark.parametrize("status", ["completed", "running"])
def test_there_is_nothing_to_say_of_a_run_that_completed_or_still_runs(node: Any, story: Any, status: str) -> None:
    told = story(node("a"))
    told.begin()
    if status == "completed":
        told.finish()
    assert epilogue(told.view, RUN, None) == []


def test_a_paused_and_a_cancelled_run_say_how_to_go_on(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.pause()
    assert epilogue(told.view, RUN, None) == ["etl is paused", f"  continue with: wflow resume {RUN}"]
    told.resume()
    told.finish("cancelled")
    assert epilogue(told.view, RUN, None)[0] == "etl cancelled"


def test_the_log_is_looked_up_for_the_node_that_failed(node: Any, story: Any) -> None:
    view = _failed(node, story, Fault("a", "E", ""))
    assert epilogue_of(view, lambda address: f"/logs/{address}")[:2] == ["etl failed at a: E", "  its log: /logs/a"]
    assert epilogue_of(view, lambda address: None) == ["etl failed at a: E", f"  continue with: wflow resume {RUN}"]
    view = _failed(node, story, Fault("", "E", "m"))
    assert epilogue_of(view, lambda address: "never asked for") == epilogue_of(view, None)


BELOW = """\
name: below
nodes:
  ok: {type: noop}
  deep: {type: shell, script: 'echo printed; echo deep trouble >&2; exit 7'}
edges: [ok -> deep]
"""

FAILED = {
    "a script": (
        "nodes: {a: {type: shell, script: 'echo why >&2; exit 3'}, b: {type: shell, script: 'sleep 0.2; exit 4'}}",
        ["flow failed at a: ExitCode: exit code 3: why", "  its log: LOGS/a#1.1.err"],
    ),
    "a python script that prints nothing": (
        "nodes: {a: {type: python, script: 'raise ValueError(\"no\")'}}",
        ["flow failed at a: ValueError: no", "  its log: LOGS/a#1.1.err"],
    ),
    "the last attempt": (
        "nodes: {a: {type: shell, script: 'echo try; exit 3', retry: {max_attempts: 2, initial_delay: 10ms}}}",
        ["flow failed at a: ExitCode: exit code 3", "  its log: LOGS/a#1.2.out"],
    ),
    "an iteration": (
        """
nodes:
  load:
    type: foreach
    items: range(4)
    nodes:
      put: {type: shell, script: 'echo row $WFLOW_INPUT_ITEM >&2; [ "$WFLOW_INPUT_ITEM" != 3 ]'}
""",
        ["flow failed at load[3]/put: ExitCode: exit code 1: row 3", "  its log: LOGS/load[3]/put#1.1.err"],
    ),
    "a subflow in a container in an iteration": (
        """
nodes:
  each:
    type: foreach
    items: '[1]'
    nodes:
      box: {type: container, nodes: {sub: {type: subflow, file: below.yaml}}}
""",
        [
            "flow failed at each[0]/box/sub/deep: ExitCode: exit code 7: deep trouble",
            "  its log: LOGS/each[0]/box/sub/deep#1.1.err",
        ],
    ),
    "a node out of time": (
        "nodes: {a: {type: shell, timeout: 300ms, script: 'echo begun; sleep 61'}}",
        ["flow failed at a: TimeoutError: timed out after 0.3 s", "  its log: LOGS/a#1.1.out"],
    ),
    "a run out of time": (
        "timeout: 500ms\nnodes: {a: {type: shell, script: 'echo begun; sleep 61'}}",
        [
            "flow timed out: TimeoutError: the run timed out after 0.5 s",
            "  still running then: a",
            "  its log: LOGS/a#1.1.out",
        ],
    ),
}


@pytest.mark.parametrize(("text", "told"), FAILED.values(), ids=FAILED)
def test_the_last_lines_of_a_real_run_are_the_same_however_it_is_shown(
    text: str, told: list[str], home: Path, tmp_path: Path, wflow: Command, wflow_environment: dict[str, str]
) -> None:
    (tmp_path / "below.yaml").write_text(BELOW, encoding="utf-8")
    file = tmp_path / "flow.yaml"
    file.write_text(f"name: flow\nmax_concurrency: 1\n{text}\n", encoding="utf-8")
    for output in ("plain", "errors", "quiet", "live"):
        if output == "live":
            shown = on_a_terminal(["run", str(file), "--id", output], wflow_environment)
        else:
            ran = wflow("run", file, "--id", output, "--output", output)
            shown = ran.stdout + ran.stderr
        expected = [line.replace("LOGS", f"{home}/runs/{output}/logs") for line in told]
        expected.append(f"  continue with: wflow resume {output}")
        assert shown.splitlines()[-len(expected) :] == expected
        assert wflow("status", output).stdout.splitlines()[-len(expected) :] == expected


def on_a_terminal(words: list[str], environment: dict[str, str]) -> str:
    """What the command writes on a terminal, without the codes that colour it and move its cursor."""
    ours, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "wflow", *words],
        env={**environment, "TERM": "xterm-256color"},
        stdin=its,
        stdout=its,
        stderr=its,
    ):
        os.close(its)
        written = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            written += part
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode()).replace("\r\n", "\n")
