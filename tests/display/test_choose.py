from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from wflow.display.choose import OUTPUTS, display_for, is_terminal
from wflow.display.json import JsonLines
from wflow.display.live import Live
from wflow.display.plain import Errors, Plain, Quiet
from wflow.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("output", "kind"),
    [(None, Plain), ("live", Plain), ("plain", Plain), ("errors", Errors), ("json", JsonLines), ("quiet", Quiet)],
)
def test_elsewhere_than_on_a_terminal_there_are_lines(output: str | None, kind: type) -> None:
    assert type(display_for(output, io.StringIO(), io.StringIO())) is kind


@pytest.mark.parametrize(
    ("output", "term", "kind"),
    [(None, "xterm", Live), ("live", "xterm", Live), (None, "dumb", Plain), ("plain", "xterm", Plain)],
)
def test_a_terminal_gets_the_live_tree(output: str | None, term: str, kind: type) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        assert type(display_for(output, stream, stream, environ={"TERM": term})) is kind
    os.close(leader)


def test_quiet_and_its_last_lines_are_for_where_errors_go() -> None:
    out, errors = io.StringIO(), io.StringIO()
    display = display_for("quiet", out, errors)
    assert isinstance(display, Quiet)
    assert display._out._stream is errors


def test_another_output_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        display_for("fancy", io.StringIO(), io.StringIO())
    assert caught.value.cure == "choose one of " + ", ".join(OUTPUTS)


def test_a_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    assert not is_terminal(stream, {"TERM": "xterm"})


@pytest.mark.parametrize("output", ["plain", "errors", "json", "quiet"])
def test_lines_need_neither_rich_nor_asyncio(output: str) -> None:
    script = f"""
import sys
from wflow.display import display_for, plain_tree
from wflow.model import Graph, Node, Workflow
from wflow.progress import RunStarted, View, status_json
view = View(Workflow(name="w", graph=Graph(nodes=(Node(id="a", type="noop"),))))
display = display_for({output!r}, sys.stdout, sys.stderr)
display.start(view)
event = RunStarted(1.0, "r", "w")
view.apply(event)
display.event(event, view)
display.tick(view, 2.0)
display.finish(view)
plain_tree(view, 2.0)
status_json(view)
unwanted = {{"rich", "asyncio", "networkx", "jsonschema", "ruamel"}}
sys.exit(", ".join(sorted({{name.split(".")[0] for name in sys.modules}} & unwanted)) or 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")
