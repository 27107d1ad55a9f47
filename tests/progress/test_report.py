from __future__ import annotations

import json
from typing import Any

import pytest

from wflow.engine.events import (
    Fault,
    MessageDeadLettered,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    RunAmended,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
)
from wflow.engine.values import Stored
from wflow.model import Edge, Graph, Node
from wflow.progress.report import events_json, iso, runs_json, status_json, summary

NOON = 1_795_435_384.0


def test_times_are_utc_with_six_digits() -> None:
    assert iso(NOON) == "2026-11-23T12:03:04.000000Z"
    assert iso(NOON + 0.5) == "2026-11-23T12:03:04.500000Z"
    assert iso(None) is None


def test_a_run_is_told_with_its_nodes(node: Any, story: Any) -> None:
    told = story(node("a"), node("load", "foreach", node("insert")), node("never"))
    told.begin()
    told.start("a")
    told.at = 0.5
    told.complete("a")
    told.start("load", "foreach", items=4)
    told.start("load[x y]/insert")
    told.at = 1.0
    told.fail("load[x y]/insert")
    shape = status_json(told.view, file="etl.yaml", parameters={"n": 1}, variables={"loaded": 2}, status="interrupted")
    nodes = shape.pop("nodes")
    assert shape == {
        "version": 1,
        "id": "20261123-120304-000-k3f9",
        "workflow": "etl",
        "file": "etl.yaml",
        "status": "interrupted",
        "started_at": "2026-11-23T12:03:04.000000Z",
        "ended_at": None,
        "parameters": {"n": 1},
        "variables": {"loaded": 2},
        "outputs": {},
        "progress": 0.4167,
        "error": None,
        "counts": {
            "pending": 1,
            "running": 1,
            "waiting": 0,
            "retrying": 0,
            "completed": 1,
            "failed": 1,
            "cancelled": 0,
            "skipped": 0,
            "tolerated": 0,
        },
    }
    assert [one["address"] for one in nodes] == ["a", "load", "load[x y]/insert", "never"]
    assert nodes[2] == {
        "address": "load[x y]/insert",
        "type": "python",
        "status": "failed",
        "activations": 1,
        "attempts": 1,
        "started_at": "2026-11-23T12:03:04.500000Z",
        "ended_at": "2026-11-23T12:03:05.000000Z",
        "duration": 0.5,
        "progress": 0.0,
        "error": {"address": "load[x y]/insert", "type": "ValueError", "message": "bad row"},
    }
    assert nodes[0]["progress"] == 1.0
    assert nodes[3]["duration"] is None


def test_a_summary_is_the_same_without_nodes(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.finish("failed", Fault("a", "E", "m", "Traceback"), outputs={"x": None})
    one = summary(told.view, file="f")
    whole = status_json(told.view, file="f")
    del whole["nodes"]
    assert one == whole
    assert one["error"] == {"address": "a", "type": "E", "message": "m"}
    assert runs_json([one]) == {"version": 1, "runs": [one]}


FAULT = Fault("a", "E", "m", "t")
TOLD = {"address": "a", "type": "E", "message": "m"}


@pytest.mark.parametrize(
    ("event", "name", "rest"),
    [
        (RunStarted(NOON, "r", "w"), "run_started", {"run": "r", "workflow": "w"}),
        (
            RunAmended(
                NOON,
                "r",
                Graph(nodes=(Node(id="b", type="noop"),), edges=(Edge(source="a", target="b", port="true"),)),
                ("a",),
            ),
            "run_amended",
            {"run": "r", "nodes": ["b"], "edges": ["a.true -> b"], "handled": ("a",)},
        ),
        (RunPaused(NOON, "r"), "run_paused", {"run": "r"}),
        (RunResumed(NOON, "r", 2), "run_resumed", {"run": "r", "resumes": 2}),
        (
            RunFinished(NOON, "r", "failed", {"x": 1}, FAULT, True, 3),
            "run_finished",
            {"run": "r", "status": "failed", "outputs": {"x": 1}, "error": TOLD, "timed_out": True, "tolerated": 3},
        ),
        (
            NodeStarted(NOON, "a", "foreach", 1, 2, False, 7),
            "node_started",
            {"address": "a", "type": "foreach", "number": 1, "attempt": 2, "waiting": False, "items": 7},
        ),
        (NodeProgress(NOON, "a", 50.0, "half"), "node_progress", {"address": "a", "percent": 50.0, "message": "half"}),
        (
            NodeCompleted(NOON, "a", "python", 1, 1, 0.25, {"k": [1]}),
            "node_completed",
            {"address": "a", "type": "python", "number": 1, "attempt": 1, "duration": 0.25, "output": {"k": [1]}},
        ),
        (
            NodeFailed(NOON, "a", "python", 1, 1, 0.25, FAULT, True),
            "node_failed",
            {
                "address": "a",
                "type": "python",
                "number": 1,
                "attempt": 1,
                "duration": 0.25,
                "error": TOLD,
                "handled": True,
                "tolerated": False,
            },
        ),
        (
            NodeRetrying(NOON, "a", "python", 1, 1, 3, NOON + 4, FAULT),
            "node_retrying",
            {
                "address": "a",
                "type": "python",
                "number": 1,
                "attempt": 1,
                "max_attempts": 3,
                "due": "2026-11-23T12:03:08.000000Z",
                "error": TOLD,
            },
        ),
        (NodeSkipped(NOON, "a", "if", "broken"), "node_skipped", {"address": "a", "type": "if", "reason": "broken"}),
        (
            NodeCancelled(NOON, "a", "if", 0, 0, 0.0),
            "node_cancelled",
            {"address": "a", "type": "if", "number": 0, "attempt": 0, "duration": 0.0},
        ),
        (
            MessageDeadLettered(NOON, "a", 1, FAULT),
            "message_dead_lettered",
            {"address": "a", "number": 1, "error": TOLD},
        ),
    ],
)
def test_each_event_is_a_json_object(event: Any, name: str, rest: dict[str, Any]) -> None:
    told = events_json(event, 5)
    assert told == {"event": name, "at": "2026-11-23T12:03:04.000000Z", "seq": 5, "version": 1, **rest}
    assert list(told)[:3] == ["event", "at", "seq"]
    json.dumps(told, allow_nan=False)


def test_an_output_that_is_kept_in_a_file_is_read() -> None:
    stored = Stored("abc", 40_000, lambda digest: {"digest": digest})
    assert events_json(NodeCompleted(NOON, "a", "python", 1, 1, 0.1, stored), 1)["output"] == {"digest": "abc"}
