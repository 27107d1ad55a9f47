"""A run told by hand: events one after another, on a clock that is set."""

from __future__ import annotations

from typing import Any

import pytest

from wflow.engine.events import (
    Event,
    Fault,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
)
from wflow.model import Graph, Node, Workflow
from wflow.progress import View

#: 2026-11-23T12:03:04Z
NOON = 1_795_435_384.0

RUN = "20261123-120304-000-k3f9"


class Story:
    """A view of the workflow ``etl`` with these nodes, and its events so far. ``at`` is seconds after `NOON`."""

    def __init__(self, *nodes: Node, rows_kept: int = 2_000) -> None:
        self.workflow = Workflow(name="etl", graph=Graph(nodes=nodes))
        self.view = View(self.workflow, rows_kept=rows_kept)
        self.events: list[Event] = []
        self.at = 0.0
        self._started: dict[str, float] = {}

    @property
    def now(self) -> float:
        return NOON + self.at

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self.view.apply(event)

    def begin(self) -> None:
        self.tell(RunStarted(self.now, RUN, "etl"))

    def start(self, address: str, type: str = "python", number: int = 1, attempt: int = 1, **more: Any) -> None:
        self._started[address] = self.at
        self.tell(NodeStarted(self.now, address, type, number, attempt, **more))

    def report(self, address: str, percent: float, message: str = "") -> None:
        self.tell(NodeProgress(self.now, address, percent, message))

    def complete(
        self, address: str, type: str = "python", number: int = 1, attempt: int = 1, output: Any = None
    ) -> None:
        took = self.at - self._started.get(address, self.at)
        self.tell(NodeCompleted(self.now, address, type, number, attempt, took, output or {}))

    def fail(
        self, address: str, message: str = "bad row", *, type: str = "python", number: int = 1, handled: bool = False
    ) -> None:
        took = self.at - self._started.get(address, self.at)
        fault = Fault(address, "ValueError", message, "Traceback …")
        self.tell(NodeFailed(self.now, address, type, number, 1, took, fault, handled))

    def retry(self, address: str, due: float, attempt: int = 1, most: int = 3) -> None:
        fault = Fault(address, "ValueError", "not yet")
        self.tell(NodeRetrying(self.now, address, "python", 1, attempt, most, NOON + due, fault))

    def skip(self, address: str, reason: str = "not taken") -> None:
        self.tell(NodeSkipped(self.now, address, "python", reason))

    def cancel(self, address: str, number: int = 1) -> None:
        self.tell(NodeCancelled(self.now, address, "python", number, number, 0.0))

    def pause(self) -> None:
        self.tell(RunPaused(self.now, RUN))

    def resume(self, resumes: int = 1) -> None:
        self.tell(RunResumed(self.now, RUN, resumes))

    def finish(self, status: str = "completed", error: Fault | None = None, **more: Any) -> None:
        self.tell(RunFinished(self.now, RUN, status, more.pop("outputs", {}), error, **more))

    def iterations(self, loop: str, numbers: range, inner: str = "insert") -> None:
        """Run these iterations of a loop, each of one node, to their end."""
        for number in numbers:
            self.start(f"{loop}[{number}]/{inner}")
            self.complete(f"{loop}[{number}]/{inner}")


def _node(id: str, type: str = "python", *nodes: Node, **keys: Any) -> Node:
    names = {"title", "fallback", "compensate", "join"}
    own = {name: keys.pop(name) for name in list(keys) if name in names}
    return Node(id=id, type=type, graph=Graph(nodes=nodes) if nodes else None, settings=keys, **own)


@pytest.fixture
def node() -> Any:
    """Makes a node: ``node(id, type, *its_nodes, **settings)``."""
    return _node


@pytest.fixture
def story() -> type[Story]:
    """Makes a `Story` of nodes."""
    return Story
