"""`wflow.runner.breakers`: one state for all runs and processes, and what becomes of it when things go wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from wflow.clock import SystemClock
from wflow.engine.commands import AskBreaker, TellBreaker
from wflow.engine.events import NodeCompleted, NodeStarted
from wflow.engine.stimuli import Permitted
from wflow.errors import UsageError
from wflow.model import Breaker
from wflow.runner.breakers import Breakers, list_breakers, reset_breaker
from wflow.runner.definitions import read
from wflow.runner.run import Options, start_run
from wflow.store.disk import DiskStore
from wflow.store.interface import Shared, Store
from wflow.store.memory import MemoryStore
from wflow.testing import FakeClock

NOON = 1_795_435_200.0
API = Breaker(name="api", minimum_calls=4, open_for=30.0, half_open_successes=2)


@pytest.fixture(params=["memory", "disk"])
def shared(request: pytest.FixtureRequest, home: Path) -> Iterator[Shared]:
    store: Store = MemoryStore() if request.param == "memory" else DiskStore(home)
    yield store.shared()
    store.close()


def asking(*names: str, breaker: Breaker = API) -> list[AskBreaker]:
    return [AskBreaker(f"{name}#1", breaker) for name in names]


def telling(answers: list[Permitted], failed: bool | None, breaker: Breaker = API) -> list[TellBreaker]:
    return [TellBreaker(one.activation, breaker, one.era, failed) for one in answers]


def call(shared: Shared, outcomes: str, now: float = NOON, run: str = "r") -> None:
    """Calls one after the other: ``.`` goes well, ``x`` fails."""
    speak = Breakers(shared, run, FakeClock(now))
    for number, outcome in enumerate(outcomes):
        answers = speak(asking(f"c{number}"), [])
        assert answers[0].refusal is None
        speak([], telling(answers, outcome == "x"))


def allowed(answers: list[Permitted]) -> list[bool]:
    return [one.refusal is None for one in answers]


def test_who_asks_is_answered_in_order_and_closed_it_lets_all_through(shared: Shared) -> None:
    answers = Breakers(shared, "r", FakeClock(NOON))(asking("a", "b", "c"), [])
    assert answers == [Permitted(NOON, f"{name}#1", 0, None) for name in "abc"]


def test_it_opens_for_every_run_and_says_until_when(shared: Shared) -> None:
    call(shared, "xx", run="one")
    call(shared, "xx", NOON + 0.25, run="two")
    (answer,) = Breakers(shared, "three", FakeClock(NOON + 1))(asking("a"), [])
    assert answer.refusal == ("BreakerOpen", "the breaker `api` is open until 2026-11-23T12:00:31Z")


def test_what_is_told_counts_before_what_is_asked(shared: Shared) -> None:
    call(shared, "xxx")
    speak = Breakers(shared, "r", FakeClock(NOON))
    last = speak(asking("last"), [])
    assert allowed(speak(asking("a"), telling(last, True))) == [False]


def test_half_open_its_places_are_those_of_all_runs(shared: Shared) -> None:
    call(shared, "xxxx")
    one, two = (Breakers(shared, run, FakeClock(NOON + 30)) for run in ("one", "two"))
    first = one(asking("a"), [])
    assert allowed(first) == [True]
    second = two(asking("a", "b"), [])
    assert allowed(second) == [True, False]
    assert second[1].refusal is not None
    assert second[1].refusal[1] == (
        "the breaker `api` is half-open: the 2 calls that may try it are out, until 2026-11-23T12:01:00Z at the latest"
    )
    third = two(asking("b"), [])
    assert allowed(third) == [False]
    third = two(asking("b"), [TellBreaker("a#1", API, first[0].era, None)])
    assert allowed(third) == [True], "its own call was given up, which makes room for another"
    one([], telling(first, False))
    assert list_breakers(shared, NOON + 30)[0]["state"] == "half-open"
    two([], telling(third, False))
    assert list_breakers(shared, NOON + 30)[0]["state"] == "closed"


def test_breakers_of_other_names_do_not_hear_of_it(shared: Shared) -> None:
    call(shared, "xxxx")
    other = Breaker(name="other")
    speak = Breakers(shared, "r", FakeClock(NOON))
    assert allowed(speak([*asking("a"), *asking("b", breaker=other)], [])) == [False, True]
    assert [one["name"] for one in list_breakers(shared, NOON)] == ["api", "other"]


def test_a_breaker_that_goes_on_well_is_not_written_again(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    call(shared, "....")
    written: list[str] = []
    put = shared.put

    def noted(key: str, value: Any) -> None:
        written.append(key)
        put(key, value)

    monkeypatch.setattr(shared, "put", noted)
    call(shared, "....", NOON + 60)
    assert written == []
    call(shared, "x", NOON + 60)
    assert written == ["breaker:api"]


def test_a_hundred_that_ask_at_once_are_answered_in_one_transaction(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    transact = shared.transact

    def counted() -> Any:
        begun.append(1)
        return transact()

    monkeypatch.setattr(shared, "transact", counted)
    answers = Breakers(shared, "r", FakeClock(NOON))(asking(*(f"n{number}" for number in range(100))), [])
    assert (len(answers), len(begun)) == (100, 1)


def test_the_list_tells_how_each_stands_at_that_time(shared: Shared) -> None:
    assert list_breakers(shared, NOON) == []
    call(shared, ".xxx")
    told = {
        "name": "api",
        "state": "open",
        "failures": 3,
        "calls": 4,
        "open_until": "2026-11-23T12:00:30.000000Z",
        "changed_at": "2026-11-23T12:00:00.000000Z",
        "trying": 0,
        "successes": 0,
        "failure_threshold": 0.5,
        "minimum_calls": 4,
        "open_for": 30.0,
        "half_open_successes": 2,
    }
    assert list_breakers(shared, NOON + 1) == [told]
    half = {"state": "half-open", "open_until": None, "changed_at": "2026-11-23T12:00:30.000000Z"}
    assert list_breakers(shared, NOON + 31) == [told | half]
    Breakers(shared, "r", FakeClock(NOON + 31))(asking("a"), [])
    assert list_breakers(shared, NOON + 31) == [told | half | {"trying": 1}]


def test_a_breaker_is_closed_by_hand(shared: Shared) -> None:
    call(shared, "xxxx")
    told = reset_breaker(shared, "api", NOON + 1)
    assert (told["state"], told["failures"], told["calls"], told["open_for"]) == ("closed", 0, 0, 30.0)
    assert list_breakers(shared, NOON + 1) == [told]
    assert allowed(Breakers(shared, "r", FakeClock(NOON + 1))(asking("a"), [])) == [True]


@pytest.mark.parametrize(
    ("used", "name", "cure"),
    [
        ([], "api", "no run has used a breaker yet"),
        (["api"], "apo", "did you mean `api`?"),
        (["api", "db"], "elsewhere", "there are `api` and `db`"),
    ],
)
def test_one_that_is_not_there_cannot_be_closed(shared: Shared, used: list[str], name: str, cure: str) -> None:
    for known in used:
        Breakers(shared, "r", FakeClock(NOON))(asking("a", breaker=Breaker(name=known)), [])
    with pytest.raises(UsageError) as raised:
        reset_breaker(shared, name, NOON)
    assert (raised.value.message, raised.value.cure) == (f"there is no breaker `{name}`", cure)


def test_shared_state_that_cannot_be_used_refuses_and_warns(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "shared").mkdir(parents=True)
    (home / "shared" / "cache.db").write_bytes(b"no database" * 1000)
    store = DiskStore(home)
    try:
        speak = Breakers(store.shared(), "r", FakeClock(NOON))
        (answer,) = speak(asking("a"), [])
        assert answer.refusal is not None
        assert answer.refusal[0] == "StoreUnavailable"
        assert "is damaged" in answer.refusal[1]
        assert "move that folder away" in answer.refusal[1]
        assert capsys.readouterr().err == ""
        speak([], telling([answer], True))
        assert "breakers do not learn how 1 calls ended" in capsys.readouterr().err
    finally:
        store.close()


def test_of_ten_that_ask_at_once_on_one_home_only_so_many_try(home: Path) -> None:
    """Ten connections: what is asked and what is remembered of it is one step for all of them."""
    together = Barrier(10)
    first = DiskStore(home)
    call(first.shared(), "xxxx")
    first.close()

    def start(number: int) -> bool:
        store = DiskStore(home)
        try:
            together.wait(timeout=30)
            return allowed(Breakers(store.shared(), f"r{number}", FakeClock(NOON + 30))(asking("a"), [])) == [True]
        finally:
            store.close()

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(start, range(10))) == [False] * 8 + [True] * 2


LOOP = """\
name: loop
nodes:
  calls:
    type: foreach
    items: range(100)
    max_concurrent: 100
    nodes:
      call: {type: python, script: SCRIPT, breaker: {name: api, minimum_calls: 4, open_for: 1h}, fallback: instead}
      instead: {type: python, script: 'output["why"] = input["fallback_reason"]'}
    collect: nodes.call.output.why | default("made")
outputs: {why: nodes.calls.output.results}
"""


def run_loop(tmp_path: Path, store: Store, script: str, workers: int) -> tuple[dict[str, Any], list[Any]]:
    file = tmp_path / "loop.yaml"
    file.write_text(LOOP.replace("SCRIPT", script), encoding="utf-8")
    events: list[Any] = []

    class Noting:
        def start(self, view: Any) -> None: ...
        def event(self, event: Any, view: Any) -> None:
            events.append(event)

        def tick(self, view: Any, now: float) -> None: ...
        def finish(self, view: Any) -> None: ...

    result = start_run(file, read(file), {}, store, Options(workers=workers, watchers=(Noting(),)))
    assert result.status == "completed"
    return result.outputs, events


def test_of_a_hundred_failing_calls_few_are_made_though_they_are_shorter_than_a_sync(tmp_path: Path) -> None:
    """Work so short is otherwise handed out 256 at a time, long before the first of it is known to have failed."""
    store = MemoryStore()
    try:
        outputs, events = run_loop(tmp_path, store, "'raise ConnectionError()'", workers=2)
    finally:
        store.close()
    made = sum(1 for event in events if isinstance(event, NodeStarted) and event.address.endswith("/call"))
    assert 4 <= made <= 5, "four calls open it, and one more may be out with the second worker"
    assert sorted(outputs["why"]) == ["breaker open"] * (100 - made) + ["failed"] * made


def test_a_hundred_good_calls_all_go_through(tmp_path: Path) -> None:
    store = MemoryStore()
    try:
        _, events = run_loop(tmp_path, store, "pass", workers=3)
        (told,) = list_breakers(store.shared(), NOON)
    finally:
        store.close()
    done = [event for event in events if isinstance(event, NodeCompleted) and event.address.endswith("/call")]
    assert len(done) == 100
    assert (told["state"], told["failures"], told["calls"]) == ("closed", 0, 4)


CALLS = """\
name: calls
parameters: {down: {type: boolean, default: false}}
nodes:
  call:
    type: shell
    script: '! [ "$WFLOW_PARAM_DOWN" = true ]'
    breaker: {name: api, minimum_calls: 2, open_for: 1h}
"""


def test_two_runs_on_one_home_share_a_breaker(tmp_path: Path, wflow: Callable[..., Any]) -> None:
    """Real processes: what two runs fail at, a third does not even try."""
    file = tmp_path / "calls.yaml"
    file.write_text(CALLS, encoding="utf-8")
    assert [wflow("run", file, "-p", "down=true", "--id", f"r{n}").returncode for n in range(2)] == [1, 1]
    refused = wflow("run", file, "--id", "third", "--output", "errors")
    assert refused.returncode == 1
    assert re.search(r"BreakerOpen: the breaker `api` is open until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", refused.stdout)
    (told,) = json.loads(wflow("status", "--breakers", "--json").stdout)["breakers"]
    assert (told["state"], told["failures"], told["calls"]) == ("open", 2, 2)
    assert wflow("status", "--breakers", "--reset", "api").returncode == 0
    assert wflow("resume", "third", "--output", "quiet").returncode == 0


def test_ten_runs_at_once_on_one_home_lose_no_outcome(
    tmp_path: Path, wflow_environment: dict[str, str], wflow: Callable[..., Any]
) -> None:
    file = tmp_path / "calls.yaml"
    file.write_text(CALLS.replace("minimum_calls: 2", "minimum_calls: 100"), encoding="utf-8")
    command = [sys.executable, "-m", "wflow", "run", str(file), "--output", "quiet", "-p"]
    runs = [
        subprocess.Popen(
            [*command, f"down={['true', 'false'][n % 2]}"], env=wflow_environment, stdin=subprocess.DEVNULL
        )
        for n in range(10)
    ]
    assert [run.wait(timeout=60) for run in runs] == [1, 0] * 5
    (told,) = json.loads(wflow("status", "--breakers", "--json").stdout)["breakers"]
    assert (told["failures"], told["calls"]) == (5, 10)


PROBE = """\
name: probe
nodes:
  call:
    type: shell
    script: test -e go || { touch began; sleep 60; }
    breaker: {name: api, minimum_calls: 1, open_for: 1h, half_open_successes: 1}
"""


def test_a_call_whose_engine_was_killed_keeps_its_place_for_its_resume(
    tmp_path: Path, home: Path, wflow_environment: dict[str, str], wflow: Callable[..., Any]
) -> None:
    breaker = Breaker(name="api", minimum_calls=1, open_for=3600.0, half_open_successes=1)
    store = DiskStore(home)
    early = Breakers(store.shared(), "early", FakeClock(SystemClock.now() - 3600))
    early([], telling(early(asking("a", breaker=breaker), []), True, breaker))
    file = tmp_path / "probe.yaml"
    file.write_text(PROBE, encoding="utf-8")
    command = [sys.executable, "-m", "wflow", "run", str(file), "--id", "killed", "--output", "quiet"]
    engine = subprocess.Popen(command, env=wflow_environment, stdin=subprocess.DEVNULL)
    try:
        until = SystemClock.monotonic() + 30
        while not (tmp_path / "began").exists():
            assert SystemClock.monotonic() < until
            SystemClock.sleep(0.02)
    finally:
        engine.kill()
        engine.wait()
    (tmp_path / "go").touch()
    now = SystemClock.now()
    assert allowed(Breakers(store.shared(), "r", FakeClock(now))(asking("a", breaker=breaker), [])) == [False]
    store.close()
    assert wflow("resume", "killed", "--output", "quiet").returncode == 0
    (told,) = json.loads(wflow("status", "--breakers", "--json").stdout)["breakers"]
    assert told["state"] == "closed"
