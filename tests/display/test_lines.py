from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from wflow.display.lines import event_line
from wflow.display.marks import ASCII
from wflow.engine.events import Fault, MessageDeadLettered, NodeCompleted, RunAmended
from wflow.model import Edge, Graph, Node


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _one_item(told: Any) -> None:
    told.start("load", "foreach", items=1)


def _attempt_two(told: Any) -> None:
    told.start("load/insert", attempt=2)


def _completed(told: Any) -> None:
    told.start("load/insert")
    told.at = 0.503
    told.complete("load/insert")


def _failed(told: Any) -> None:
    told.start("a")
    told.at = 2.0
    told.fail("a", "bad\n\x1b[2Jrow")


def _wait(told: Any) -> None:
    told.start("w", "wait", waiting=True)


def _resumed(told: Any) -> None:
    told.pause()
    told.at = 60.0
    told.resume()


def _amended(told: Any) -> None:
    nodes = tuple(Node(id=name, type="noop") for name in "bc")
    told.tell(RunAmended(told.now, "r", Graph(nodes=nodes, edges=(Edge(source="a", target="b"),))))


def _amended_much(told: Any) -> None:
    told.tell(RunAmended(told.now, "r", Graph(nodes=tuple(Node(id=f"n{n}", type="noop") for n in range(1000)))))


def _only_edges(told: Any) -> None:
    told.tell(RunAmended(told.now, "r", Graph(edges=(Edge(source="a", target="w"),))))


def _finished(told: Any) -> None:
    told.at = 75.0
    told.finish(tolerated=2)


def _went_wrong(told: Any) -> None:
    told.at = 1.0
    told.finish("failed", Fault("a", "ValueError", "bad"))


def _timed_out(told: Any) -> None:
    told.at = 1.0
    told.finish("failed", None, timed_out=True)


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (lambda told: None, "12:03:04 ● etl started as 20261123-120304-000-k3f9"),
        (lambda told: told.start("load/insert"), "12:03:04 ● load/insert started"),
        (_attempt_two, "12:03:04 ● load/insert started, attempt 2"),
        (_one_item, "12:03:04 ● load started, 1 item"),
        (lambda told: told.start("load", "foreach", items=48_000), "12:03:04 ● load started, 48,000 items"),
        (_wait, "12:03:04 ◔ w waits"),
        (_completed, "12:03:04 ✓ load/insert completed in 503ms"),
        (_failed, "12:03:06 ✗ a failed, in 2.0s: ValueError: bad\\nrow"),
        (lambda told: told.fail("a", handled=True), "12:03:04 ✗ a failed, handled, in 0ms: ValueError: bad row"),
        (lambda told: told.retry("a", due=4.0), "12:03:04 ↻ a attempt 1/3 failed, next in 4.0s: ValueError: not yet"),
        (lambda told: told.report("a", 50.4, "half\x07"), "12:03:04 ● a 50% half\\x07"),
        (lambda told: told.skip("a"), "12:03:04 ⊘ a skipped, not taken"),
        (lambda told: told.cancel("a"), "12:03:04 ⊗ a cancelled"),
        (lambda told: told.pause(), "12:03:04 ◔ etl paused"),
        (_amended, "12:03:04 ● etl amended, 2 nodes and 1 edge added: b, c"),
        (
            _amended_much,
            "12:03:04 ● etl amended, 1,000 nodes and 0 edges added: n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, …",
        ),
        (_only_edges, "12:03:04 ● etl amended, 0 nodes and 1 edge added"),
        (_resumed, "12:04:04 ● etl resumed as 20261123-120304-000-k3f9"),
        (_finished, "12:04:19 ✓ etl completed in 1m 15s, 2 failed items tolerated"),
        (_went_wrong, "12:03:05 ✗ etl failed in 1.0s: ValueError: bad"),
        (_timed_out, "12:03:05 ✗ etl timed out in 1.0s"),
    ],
)
def test_an_event_is_one_plain_line(node: Any, story: Any, what: Callable[[Any], None], line: str) -> None:
    told = story(node("a"), node("w", "wait"))
    told.begin()
    what(told)
    assert event_line(told.events[-1], told.view) == line


def test_a_dead_letter_is_told_with_its_error(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.tell(MessageDeadLettered(told.now, "a", 1, Fault("a", "DeadLetter", "")))
    assert event_line(told.events[-1], told.view) == "12:03:04 ✗ a message set aside as a dead letter: DeadLetter"


def test_an_address_cannot_break_its_line(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.tell(NodeCompleted(told.now, "load[\x1b[2J\r\nfake]/x", "python", 1, 1, 0.0, {}))
    assert event_line(told.events[-1], told.view, ASCII) == "12:03:04 + load[\\nfake]/x completed in 0ms"
