"""`wflow.runner.workers`: threads that run attempts, and the order in which their ends are recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from wflow.clock import SystemClock
from wflow.engine.state import Activation
from wflow.engine.stimuli import Due, Ended, Progressed, Released
from wflow.engine.values import STORED_ABOVE, Stored
from wflow.runner.attempt import Attempts
from wflow.runner.stored import loader
from wflow.runner.workers import Recorder, Workers
from wflow.runtimes.masking import MASK, Masker
from wflow.runtimes.work import Stop
from wflow.store.codec import decode
from wflow.store.interface import RunStore
from wflow.store.memory import MemoryStore

Body = Callable[[str, Stop], tuple[str, dict[str, Any]]]


class Activated:
    """As much of an activation as the workers look at."""

    def __init__(self, ident: str) -> None:
        self.id = ident
        self.attempt = 1


class Attempted:
    """Attempts whose work is a function."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.abandoned: list[str] = []

    def run(self, activation: Any, attempt: int, stop: Stop, now: Callable[[], float]) -> Ended:
        status, output = self.body(activation.id, stop)
        return Ended(now(), activation.id, attempt, status, output, (), None, now())

    def abandon(self, activation: Any) -> None:
        self.abandoned.append(activation.id)


@pytest.fixture
def run(tmp_path: Path) -> RunStore:
    return MemoryStore(tmp_path).create("r")


@pytest.fixture
def make(run: RunStore) -> Iterator[Callable[..., tuple[Workers, Recorder, Attempted]]]:
    """``make(body, size=2)``: workers whose attempts do what ``body(id, stop)`` does."""
    opened: list[Workers] = []

    def workers(body: Body, *, size: int = 2) -> tuple[Workers, Recorder, Attempted]:
        recorder = Recorder(run, loader(run), None)
        attempted = Attempted(body)
        made = Workers(size, cast("Attempts", attempted), recorder, SystemClock())
        opened.append(made)
        return made, recorder, attempted

    yield workers
    for one in opened:
        one.close()


def hand_out(workers: Workers, *idents: str) -> None:
    for ident in idents:
        workers.hand_out(cast("Activation", Activated(ident)))
    workers.grow(len(idents))


def come(recorder: Recorder, count: int = 1) -> list[Any]:
    found = [recorder.inbox.get(timeout=5) for _ in range(count)]
    for number, stimulus in found:
        if number == 0 and stimulus is not None:
            raise stimulus
    return [stimulus for _, stimulus in found]


def test_every_attempt_ends_in_the_journal_and_the_inbox_in_one_order(
    run: RunStore, make: Callable[..., tuple[Workers, Recorder, Attempted]]
) -> None:
    workers, recorder, _ = make(lambda ident, stop: ("completed", {"x": ident}), size=4)
    idents = [f"n{number}#1" for number in range(200)]
    hand_out(workers, *idents)
    told = [recorder.inbox.get(timeout=5) for _ in idents]
    assert [number for number, _ in told] == list(range(1, 201))
    written = [decode(record.data, loader(run)) for record in run.records()]
    assert written == [stimulus for _, stimulus in told]
    assert {stimulus.activation for _, stimulus in told} == set(idents)


def test_there_are_never_more_threads_than_the_size(make: Callable[..., tuple[Workers, Recorder, Attempted]]) -> None:
    running, most = [0], [0]
    lock = threading.Lock()
    together = threading.Barrier(3, timeout=5)

    def body(ident: str, stop: Stop) -> tuple[str, dict[str, Any]]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        together.wait()
        with lock:
            running[0] -= 1
        return "completed", {}

    workers, recorder, _ = make(body, size=3)
    hand_out(workers, *(f"n{number}#1" for number in range(9)))
    come(recorder, 9)
    assert (most[0], workers.threads) == (3, 3)


def test_a_stop_reaches_the_attempt_that_runs_and_one_that_has_not_begun(
    make: Callable[..., tuple[Workers, Recorder, Attempted]],
) -> None:
    begun = threading.Event()

    def body(ident: str, stop: Stop) -> tuple[str, dict[str, Any]]:
        begun.set()
        asked = threading.Event()
        stop.on_ask(asked.set)
        assert asked.wait(5)
        return "cancelled", {"why": stop.reason}

    workers, recorder, _ = make(body, size=1)
    hand_out(workers, "a#1", "b#1")
    assert begun.wait(5)
    workers.stop("b#1", "timeout")
    workers.stop("a#1", "cancel")
    first, second = come(recorder, 2)
    assert [(one.activation, one.output) for one in (first, second)] == [
        ("a#1", {"why": "cancel"}),
        ("b#1", {"why": "timeout"}),
    ]


def test_what_no_worker_has_begun_is_given_back_when_recalled(
    make: Callable[..., tuple[Workers, Recorder, Attempted]],
) -> None:
    begun, go = threading.Event(), threading.Event()

    def body(ident: str, stop: Stop) -> tuple[str, dict[str, Any]]:
        begun.set()
        assert go.wait(5)
        return "completed", {}

    workers, recorder, _ = make(body, size=1)
    hand_out(workers, "a#1", "b#1", "c#1")
    assert begun.wait(5)
    workers.recall()
    go.set()
    first, *rest = come(recorder, 3)
    assert (type(first), first.activation) == (Ended, "a#1")
    assert [one.activations for one in rest if isinstance(one, Released)] == [("b#1",), ("c#1",)]
    workers.resume()
    hand_out(workers, "b#1")
    assert isinstance(come(recorder)[0], Ended)


def test_a_shutdown_releases_what_it_stopped_and_keeps_what_completed(
    make: Callable[..., tuple[Workers, Recorder, Attempted]],
) -> None:
    both = threading.Barrier(3, timeout=5)

    def body(ident: str, stop: Stop) -> tuple[str, dict[str, Any]]:
        asked = threading.Event()
        stop.on_ask(asked.set)
        both.wait()
        assert asked.wait(5)
        return ("completed" if ident == "a#1" else "cancelled"), {}

    workers, recorder, _ = make(body, size=2)
    hand_out(workers, "a#1", "b#1")
    both.wait()
    workers.stop_all("shutdown")
    told = {type(one): one for one in come(recorder, 2)}
    assert told[Ended].activation == "a#1"
    assert told[Released].activations == ("b#1",)


def test_an_attempt_that_is_given_up_tells_nothing_any_more_and_its_place_is_filled(
    make: Callable[..., tuple[Workers, Recorder, Attempted]],
) -> None:
    begun, go = threading.Event(), threading.Event()

    def body(ident: str, stop: Stop) -> tuple[str, dict[str, Any]]:
        if ident == "stuck#1":
            begun.set()
            assert go.wait(5)
        return "completed", {}

    workers, recorder, attempted = make(body, size=1)
    hand_out(workers, "stuck#1")
    assert begun.wait(5)
    workers.abandon(cast("Activation", Activated("stuck#1")))
    assert attempted.abandoned == ["stuck#1"]
    hand_out(workers, "next#1")
    assert come(recorder)[0].activation == "next#1"
    go.set()
    recorder.record(Due(1.0))
    assert come(recorder) == [Due(1.0)]


def test_progress_is_recorded_ten_times_a_second_at_most_and_at_its_end(
    make: Callable[..., tuple[Workers, Recorder, Attempted]],
) -> None:
    workers, recorder, _ = make(lambda ident, stop: ("completed", {}))
    for percent in (10, 20, 30, 250):
        workers.progress("a#1", percent, "m" * 1000)
    told = come(recorder, 2)
    assert [(type(one), one.percent, len(one.message)) for one in told] == [
        (Progressed, 10.0, 500),
        (Progressed, 100.0, 500),
    ]
    assert recorder.inbox.empty()


def test_a_large_output_goes_into_a_file_and_the_state_gets_the_reference(run: RunStore) -> None:
    recorder = Recorder(run, loader(run), None)
    output = {"x": "y" * STORED_ABOVE}
    recorder.record(Ended(1.0, "a#1", 1, "completed", output, (), None, 0.5))
    (ended,) = come(recorder)
    assert isinstance(ended.output, Stored)
    assert ended.output.load() == output


def test_secrets_are_masked_in_the_journal_and_in_what_the_loop_sees(run: RunStore) -> None:
    recorder = Recorder(run, loader(run), Masker(["hunter2"]))
    recorder.record(Ended(1.0, "a#1", 1, "completed", {"x": "hunter2"}, (), None, 0.5))
    (ended,) = come(recorder)
    assert ended.output == {"x": MASK}
    assert next(iter(run.records())).data["output"] == {"x": MASK}


def test_an_error_of_the_journal_reaches_the_loop(run: RunStore) -> None:
    recorder = Recorder(run, loader(run), None)
    run.close()
    recorder.record(Due(1.0))
    number, error = recorder.inbox.get(timeout=5)
    assert number == 0
    assert isinstance(error, RuntimeError)


def test_a_wake_comes_without_a_record(run: RunStore) -> None:
    recorder = Recorder(run, loader(run), None)
    recorder.wake()
    assert recorder.inbox.get(timeout=5) == (0, None)
    assert not list(run.records())
