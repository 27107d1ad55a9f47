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
from wflow.runner.amend import read_patch
from wflow.runner.definitions import read
from wflow.runner.edges import switch_named
from wflow.runner.inspect import NodeReport, inspect_node, read_run
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

    ``asking`` holds, by address, the requests as other processes make them; one with a ``patch`` is what the file of
    that name comes to when it is held against the run.
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
                self._store.open(self.run).post(self._as_asked(request))

    def _as_asked(self, request: dict[str, Any]) -> dict[str, Any]:
        if "patch" not in request:
            return request
        read = read_patch(request["patch"], read_run(self._store, self.run).state)
        assert read.loaded.workflow is not None, read.loaded.problems
        return read.request

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

    def interrupt(self, address: str, *, after: str = "node_started") -> None:
        """Leave the last run as its engine's death would have while that node was out, or after that record of it."""
        run = self.store.open(self.last.result.run_id)
        path = run.folder / "journal"
        lines = path.read_bytes().splitlines(keepends=True)
        out = [n for n, line in enumerate(lines) if f'"{after}"' in line.decode() and f'"{address}#' in line.decode()]
        path.write_bytes(b"".join(lines[: out[-1] + 1]))
        self.store.close()
        shutil.rmtree(self.store.home / "cache")  # which knows of what is not there any more
        self.store = DiskStore(self.store.home)

    def ask(self, request: dict[str, Any]) -> None:
        """Ask something of the last run, which nobody runs."""
        assert ask_run(self.store, self.last.result.run_id, request).how == "recorded"

    def cancel(self) -> None:
        """Cancel the last run, which nobody runs."""
        noting = _Noting(self.store, self.asking)
        run_id = self.last.result.run_id
        result = resume_run(run_id, self.store, Options(watchers=(noting,)), requests=[{"what": "cancel"}])
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
    told = Story(tmp_path / "project", DiskStore(tmp_path / "home"))
    yield told
    told.store.close()


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


@given(
    parsers.re(
        r'once "(?P<address>[^"]+)" is completed, the edge "(?P<text>[^"]+)" (?:that has trigger (?P<trigger>\w+) )?'
        r"is switched (?P<how>on|off)"
    )
)
def _(story: Story, address: str, text: str, trigger: str | None, how: str) -> None:
    named = switch_named(text, trigger)
    story.asking.setdefault(address, []).append({"what": "edge", **named._asdict(), "enabled": how == "on"})


@given(parsers.parse('once "{address}" is completed, the run gets:'))
def _(story: Story, address: str, docstring: str) -> None:
    name = f"patch-{len(story.asking)}.yaml"
    story.write(name, docstring)
    story.asking.setdefault(address, []).append({"what": "amend", "patch": story.folder / name})


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


@when(parsers.parse('its engine dies once "{address}" was recorded'))
def _(story: Story, address: str) -> None:
    story.interrupt(address, after="node_completed")


@when(parsers.parse('its engine dies while "{address}" runs'))
def _(story: Story, address: str) -> None:
    story.interrupt(address)


@when(parsers.parse("a {what} is asked for while nobody runs it"))
def _(story: Story, what: str) -> None:
    story.ask({"what": what})


@when(parsers.re(r'the signal "(?P<name>\w+)" comes with (?P<data>.+) while nobody runs it'))
def _(story: Story, name: str, data: str) -> None:
    story.ask({"what": "signal", "name": name, "data": json.loads(data)})


@when(parsers.parse("a {what} lies in its letter box"))
def _(story: Story, what: str) -> None:
    story.store.open(story.last.result.run_id).post({"what": what})


@when("it is cancelled")
def _(story: Story) -> None:
    story.cancel()


@when(parsers.parse('the file "{name}" is there'))
@when(parsers.parse('the file "{name}" is emptied'))
def _(story: Story, name: str) -> None:
    story.write(name, "")
