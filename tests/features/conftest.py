"""What features are told with: a project folder, a real store, runs of the real engine. Here are Given and When."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pytest_bdd import given, parsers, when

from wflow.clock import Clock, SystemClock
from wflow.engine.events import Event, NodeCancelled, NodeCompleted, NodeFailed, RunResumed, RunStarted
from wflow.errors import DefinitionError, UsageError
from wflow.loading.parameters import bind
from wflow.progress import View
from wflow.runner.definitions import read
from wflow.runner.inspect import NodeReport, inspect_node
from wflow.runner.requests import ask_run
from wflow.runner.result import RunResult
from wflow.runner.run import Options, resume_run, start_run
from wflow.store.disk import DiskStore
from wflow.testing import FakeClock

#: A module of the project whose function returns once so many nodes are in it at the same time, and fails otherwise.
MEETING = """\
from threading import Barrier

everybody = Barrier({count})


def here(context):
    everybody.wait(timeout=20)
"""


class Stretch(NamedTuple):
    """An attempt that ended: where, and from when to when (seconds since the epoch)."""

    address: str
    began: float
    ended: float


@dataclass
class Ran:
    """What one process did of a run: how it came out, and every event that it told of, in order."""

    result: RunResult
    events: list[Event]

    def stretches(self, types: frozenset[str] | set[str] = frozenset()) -> list[Stretch]:
        """The time that each activation took, in the order of their ends; of nodes of those types, or of all."""
        return [
            Stretch(event.address, event.at - event.duration, event.at)
            for event in self.events
            if isinstance(event, NodeCompleted | NodeFailed | NodeCancelled) and (not types or event.type in types)
        ]


class _Noting:
    """A watcher that keeps every event, and leaves in the run's letter box what is to be asked once a node completed.

    ``asking`` holds, by address, the requests as other processes make them.
    """

    def __init__(self, store: DiskStore, asking: dict[str, list[dict[str, Any]]]) -> None:
        self.events: list[Event] = []
        self.run = ""
        self._store = store
        self._asking = asking

    def start(self, view: View) -> None:
        pass

    def event(self, event: Event, view: View) -> None:
        self.events.append(event)
        if isinstance(event, RunStarted | RunResumed):
            self.run = event.run
        elif isinstance(event, NodeCompleted):
            for request in self._asking.pop(event.address, ()):
                self._store.open(self.run).post(request)

    def tick(self, view: View, now: float) -> None:
        pass

    def finish(self, view: View) -> None:
        pass


@dataclass
class Story:
    """One scenario: a project's files, a store, the runs there were, and the refusal if there was one.

    ``asking`` is what is asked of the run once a node has completed, by that node's address. ``synced`` says of each
    time that the journal was put on the disk, if that is watched, how many bytes it had and when that was (seconds on
    a clock that never goes back).
    """

    folder: Path
    store: DiskStore
    runs: list[Ran] = field(default_factory=list)
    asking: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refusal: str = ""
    synced: list[tuple[int, float]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """The workflow's file."""
        return self.folder / "workflow.yaml"

    @property
    def last(self) -> Ran:
        """The run that is spoken of: the last one."""
        assert self.runs, f"nothing ran: {self.refusal or 'there is no When'}"
        return self.runs[-1]

    def write(self, name: str, text: str) -> None:
        """Put a file into the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")

    def run(self, parameters: dict[str, Any], *, workers: int | None = None, clock: Clock | None = None) -> None:
        """Start the workflow and wait for its end. A file or a parameter that is not valid is a refusal."""
        loaded = read(self.file)
        noting = _Noting(self.store, self.asking)
        options = Options(workers=workers, watchers=(noting,), clock=clock or SystemClock())
        try:
            if loaded.workflow is None:
                raise DefinitionError("not valid", problems=loaded.problems)
            result = start_run(self.file, loaded, bind(loaded.workflow, parameters), self.store, options)
        except DefinitionError as error:
            self.refusal = "\n".join(f"{one.message} [{one.code}]" for one in error.problems)
        except UsageError as error:
            self.refusal = error.message
        else:
            self.runs.append(Ran(result, noting.events))

    def resume(self, **options: Any) -> None:
        """Take the last run up again."""
        noting = _Noting(self.store, self.asking)
        result = resume_run(self.last.result.run_id, self.store, Options(watchers=(noting,), **options))
        self.runs.append(Ran(result, noting.events))

    def node(self, address: str) -> NodeReport:
        """Everything that the run's journal says of a node."""
        run = self.store.open(self.last.result.run_id)
        try:
            report = inspect_node(run, address)
        finally:
            run.close()
        assert report.type, f"there is no node {address}; there are {', '.join(report.known)}"
        return report

    def journal(self) -> list[tuple[int, dict[str, Any]]]:
        """The records of the last run's journal, each with where in the file it begins, in bytes."""
        run = self.store.open(self.last.result.run_id)
        path = run.folder / "journal"
        run.close()
        found, at = [], 0
        for line in path.read_bytes().splitlines(keepends=True):
            found.append((at, json.loads(line)))
            at += len(line)
        return found


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A scenario about to be told."""
    store = DiskStore(tmp_path / "home")
    yield Story(tmp_path / "project", store)
    store.close()


def assignments(text: str) -> dict[str, Any]:
    """``limit = 3 and name = "x"`` as a mapping: JSON values by name."""
    decoder = json.JSONDecoder()
    found: dict[str, Any] = {}
    at = 0
    while at < len(text):
        name = re.compile(r"(?: and )?([\w-]+) = ").match(text, at)
        assert name, f"`{text[at:]}` is not written as `name = value`"
        found[name[1]], at = decoder.raw_decode(text, name.end())
    return found


@given("the workflow:")
def _(story: Story, docstring: str) -> None:
    story.write("workflow.yaml", docstring)


@given(parsers.parse('the file "{name}":'))
def _(story: Story, name: str, docstring: str) -> None:
    story.write(name, docstring)


@given(parsers.parse('"{name}.here" returns once {count:d} nodes are there'))
def _(story: Story, name: str, count: int) -> None:
    story.write(f"{name}.py", MEETING.format(count=count))


@given(parsers.re(r'once "(?P<address>[^"]+)" is completed, the signal "(?P<name>\w+)" comes with (?P<data>.+)'))
def _(story: Story, address: str, name: str, data: str) -> None:
    story.asking.setdefault(address, []).append({"what": "signal", "name": name, "data": json.loads(data)})


@given(parsers.re(r'once "(?P<address>[^"]+)" is completed, a (?P<what>pause|cancel) is asked for'))
def _(story: Story, address: str, what: str) -> None:
    story.asking.setdefault(address, []).append({"what": what})


@given(parsers.re(r'once "(?P<address>[^"]+)" is completed, "(?P<node>[^"]+)" is (?P<what>tried again|requeued)'))
def _(story: Story, address: str, node: str, what: str) -> None:
    request = {"what": "retry", "address": node} if what == "tried again" else {"what": "requeue", "letters": [1]}
    story.asking.setdefault(address, []).append(request)


@given(parsers.re(r'once "(?P<address>[^"]+)" is completed, "(?P<node>[^"]+)" is set to (?P<output>\{.*\})'))
def _(story: Story, address: str, node: str, output: str) -> None:
    request = {"what": "set", "address": node, "output": json.loads(output)}
    story.asking.setdefault(address, []).append(request)


@given("the disk is watched")
def _(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fdatasync

    def watched(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "journal":
            story.synced.append((os.fstat(descriptor).st_size, SystemClock.monotonic()))
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", watched)


@when("it runs")
@when("it runs again")
def _(story: Story) -> None:
    story.run({})


@when(parsers.re(r"it runs with (?P<given>[\w-]+ = .+)"))
@when(parsers.re(r"it runs again with (?P<given>[\w-]+ = .+)"))
def _(story: Story, given: str) -> None:
    story.run(assignments(given))


@when(parsers.re(r"it runs on (?P<workers>\d+) workers?(?: with (?P<given>[\w-]+ = .+))?"))
def _(story: Story, workers: str, given: str | None) -> None:
    story.run(assignments(given or ""), workers=int(workers))


@when(parsers.re(r"it runs (?:again )?at (?P<moment>\d{4}-\d\d-\d\dT\S+)(?: with (?P<given>[\w-]+ = .+))?"))
def _(story: Story, moment: str, given: str | None) -> None:
    story.run(assignments(given or ""), clock=FakeClock(datetime.fromisoformat(moment).timestamp()))


@when("it is resumed")
def _(story: Story) -> None:
    story.resume()


@when(parsers.parse("its dead letter {number:d} is requeued"))
def _(story: Story, number: int) -> None:
    story.resume(letters=(number,))


@when(parsers.parse("its dead letter {number:d} is dropped"))
def _(story: Story, number: int) -> None:
    ask_run(story.store, story.last.result.run_id, {"what": "drop", "letters": [number]})


@when(parsers.re(r'"(?P<node>[^"]+)" is set to (?P<output>\{.*\})'))
def _(story: Story, node: str, output: str) -> None:
    request = {"what": "set", "address": node, "output": json.loads(output)}
    ask_run(story.store, story.last.result.run_id, request)


@when(parsers.parse('"{node}" alone is tried again'))
def _(story: Story, node: str) -> None:
    story.resume(again=(node,))


@when(parsers.re(r'its engine had died (?P<when>once|while) "(?P<address>[^"]+)" (?:was recorded|ran)'))
def _(story: Story, when: str, address: str) -> None:
    """The journal as a kill at that moment leaves it: nothing after that record, and no snapshot beyond."""
    begins = "node_started" if when == "while" else "node_completed"
    end = next(
        at
        for at, record in story.journal()
        if record["event"] == begins and f"{address}#1" in (record.get("ids") or [record.get("id")])
    )
    path = story.store.open(story.last.result.run_id).folder / "journal"
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"\n", end) + 1])
    story.store.close()
    shutil.rmtree(story.store.home / "cache")


@when(parsers.parse('the file "{name}" is there'))
@when(parsers.parse('the file "{name}" is emptied'))
def _(story: Story, name: str) -> None:
    story.write(name, "")
