"""What follows a run knows its view, and finds its logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.cli.watching import RunSeen, watchers
from wflow.errors import UsageError
from wflow.model import Graph, Node, Workflow
from wflow.progress import Fault, NodeFailed, NodeStarted, RunFinished, RunStarted, View


def test_no_view_was_seen_before_a_run() -> None:
    assert RunSeen().view is None


def test_the_display_finds_the_log_of_what_failed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = home / "runs" / "r" / "logs" / "a#1.1.err"
    log.parent.mkdir(parents=True)
    log.touch()
    seen, display = watchers("quiet", home)
    view = View(Workflow(name="x", graph=Graph(nodes=(Node(id="a", type="python"),))))
    fault = Fault("a", "ValueError", "no")
    for watcher in (seen, display):
        watcher.start(view)
    for event in (
        RunStarted(1.0, "r", "x"),
        NodeStarted(1.0, "a", "python", 1, 1),
        NodeFailed(2.0, "a", "python", 1, 1, 1.0, fault, False),
        RunFinished(2.0, "r", "failed", {}, fault),
    ):
        view.apply(event)
        display.event(event, view)
    display.finish(view)
    assert seen.view is view
    assert f"its log: {log}" in capsys.readouterr().err


def test_an_output_that_there_is_not_is_refused(home: Path) -> None:
    with pytest.raises(UsageError):
        watchers("loud", home)


def test_one_keeper_follows_one_run_after_another(home: Path) -> None:
    seen = RunSeen()
    for name in ("x", "y"):
        kept, _ = watchers("quiet", home, seen)
        assert kept is seen
        kept.start(View(Workflow(name=name, graph=Graph(nodes=(Node(id="a", type="python"),)))))
        assert seen.view is not None
        assert seen.view.workflow == name
