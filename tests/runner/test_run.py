"""`wflow.runner.run`: runs started, and taken up again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.engine.events import Event, NodeCancelled, RunFinished, RunPaused
from wflow.engine.simulate import Did
from wflow.engine.stimuli import Paused, Released
from wflow.errors import AlreadyRunning, DefinitionError, UsageError
from wflow.ids import RUN_ID
from wflow.loading.parameters import bind
from wflow.progress import View
from wflow.runner.definitions import read
from wflow.runner.requests import ask_run
from wflow.runner.result import RunResult
from wflow.runner.run import Options, default_workers, resume_run, start_run
from wflow.store.disk import DiskStore
from wflow.store.memory import MemoryStore

Left = Callable[..., MemoryStore]
Start = Callable[..., RunResult]


class Watching:
    """A watcher that notes what it is told."""

    def __init__(self, on_event: Callable[[Event], object] | None = None) -> None:
        self.notes: list[str] = []
        self.events: list[Event] = []
        self.on_event = on_event

    def start(self, view: View) -> None:
        self.notes.append("start")

    def event(self, event: Event, view: View) -> None:
        self.events.append(event)
        if self.on_event is not None:
            self.on_event(event)

    def tick(self, view: View, now: float) -> None:
        pass

    def finish(self, view: View) -> None:
        self.notes.append(view.status)


@pytest.fixture
def start(tmp_path: Path, store: DiskStore) -> Start:
    """``start("nodes: …", {parameters}, run_id="r", …)``: write the file, and run it with those options."""

    def go(text: str, parameters: dict[str, Any] | None = None, **options: Any) -> RunResult:
        file = tmp_path / "flow.yaml"
        file.write_text(f"name: flow\n{text}", encoding="utf-8")
        loaded = read(file)
        assert loaded.workflow is not None, loaded.problems
        values = bind(loaded.workflow, parameters or {})
        return start_run(file, loaded, values, store, Options(**{"run_id": "r", **options}))

    return go


def records(store: DiskStore, event: str) -> list[dict[str, Any]]:
    return [record.data for record in store.open("r").records() if record.data["event"] == event]


REPAIRABLE = """
nodes:
  a: {type: python, script: "output['n'] = 1"}
  b: {type: shell, script: 'test -e repaired'}
  c: {type: python, script: "output['seen'] = inputs['b']['exit_code']"}
edges: [a -> b -> c]
outputs: {seen: nodes.c.output.seen}
"""


def test_a_run_comes_to_its_result_and_the_index_knows_it(start: Start, store: DiskStore) -> None:
    watching = Watching()
    text = "parameters: {n: {type: integer}}\nnodes: {a: {type: python, script: \"output['n'] = params['n'] * 2\"}}"
    result = start(text + "\noutputs: {n: nodes.a.output.n}", {"n": 21}, watchers=(watching,))
    assert (result.status, result.outputs, result.exit_code()) == ("completed", {"n": 42}, 0)
    assert watching.notes == ["start", "completed"]
    assert isinstance(watching.events[-1], RunFinished)
    kept = store.summary("r")
    assert kept is not None
    assert (kept["status"], kept["outputs"], kept["records"]) == ("completed", {"n": 42}, 4)


def test_a_run_makes_an_id_of_its_own_where_none_is_given(start: Start) -> None:
    text = "nodes: {a: {type: noop}}"
    one, other = start(text, run_id=None), start(text, run_id=None)
    assert RUN_ID.match(one.run_id)
    assert one.run_id < other.run_id


def test_an_id_is_used_once(start: Start) -> None:
    start("nodes: {a: {type: noop}}")
    with pytest.raises(AlreadyRunning):
        start("nodes: {a: {type: noop}}")


def test_what_is_not_valid_is_not_run(tmp_path: Path, store: DiskStore) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("name: x\nnodes: {}\n")
    with pytest.raises(DefinitionError):
        start_run(file, read(file), {}, store, Options(run_id="r"))
    assert store.run_ids() == []


def test_the_first_record_holds_the_definition_the_parameters_and_the_hashes(
    start: Start, store: DiskStore, tmp_path: Path
) -> None:
    (tmp_path / "work.py").write_text("output['x'] = 1")
    start(
        "parameters: {p: {default: 5}}\nnodes: {a: {type: python, file: work.py}, b: {type: if, "
        "condition: \"env('WHO') == 'me'\"}, c: {type: noop}}\nedges: [b.true -> c]",
        environ={"WHO": "me", "OTHER": "x"},
    )
    (began,) = records(store, "run_started")
    assert began["parameters"] == {"p": 5}
    assert list(began["files"]) == ["work.py"]
    assert began["env"] == {"WHO": "me"}
    assert began["definition"]["nodes"]["a"]["settings"] == {"file": "work.py"}


@pytest.mark.parametrize(
    ("keys", "given", "workers"),
    [("", None, default_workers()), ("", 3, 3), ("max_concurrency: 2", None, 2), ("max_concurrency: 2", 5, 2)],
)
def test_the_number_of_workers_is_what_was_asked_for_as_far_as_the_workflow_allows(
    start: Start, store: DiskStore, keys: str, given: int | None, workers: int
) -> None:
    start(f"{keys}\nnodes: {{a: {{type: noop}}}}", workers=given)
    assert records(store, "run_started")[0]["options"]["workers"] == workers


def test_a_part_of_a_workflow_can_be_run_alone(start: Start) -> None:
    watching = Watching()
    start(REPAIRABLE, only=frozenset({"a"}), watchers=(watching,))
    assert {event[1] for event in watching.events if type(event).__name__ == "NodeCompleted"} == {"a"}


def test_scripts_run_in_the_folder_of_the_file_or_in_another(start: Start, tmp_path: Path) -> None:
    text = "nodes: {a: {type: shell, script: pwd}}\noutputs: {cwd: nodes.a.output.stdout}"
    assert start(text).outputs["cwd"].strip() == str(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    assert start(text, run_id="s", cwd=other).outputs["cwd"].strip() == str(other)


def test_a_failed_run_is_repaired_and_goes_on_without_repeating_what_completed(
    start: Start, store: DiskStore, tmp_path: Path
) -> None:
    assert start(REPAIRABLE).status == "failed"
    (tmp_path / "repaired").touch()
    result = resume_run("r", store, Options())
    assert (result.status, result.outputs) == ("completed", {"seen": 0})
    assert [record["id"] for record in records(store, "node_completed")] == ["a#1", "b#2", "c#1"]
    (resumed,) = records(store, "run_resumed")
    assert resumed["crashed"] is False


def test_a_completed_run_is_its_result_again_and_records_nothing(start: Start, store: DiskStore) -> None:
    start("nodes: {a: {type: noop}}\noutputs: {x: '5'}")
    before = len(list(store.open("r").records()))
    assert resume_run("r", store, Options()).outputs == {"x": 5}
    assert len(list(store.open("r").records())) == before


def test_a_file_that_changed_since_is_refused_by_name(start: Start, store: DiskStore, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("raise ValueError('no')")
    start("nodes: {a: {type: python, file: work.py}}")
    (tmp_path / "work.py").write_text("output['x'] = 1")
    with pytest.raises(UsageError, match=r"work\.py changed since run r started"):
        resume_run("r", store, Options())
    (tmp_path / "work.py").write_text("raise ValueError('no')")
    assert resume_run("r", store, Options()).status == "failed"


def test_a_run_that_somebody_owns_is_left_alone(start: Start, store: DiskStore, home: Path) -> None:
    start(REPAIRABLE)
    owned = store.open("r", own=True)
    with DiskStoreOf(home) as other, pytest.raises(AlreadyRunning):
        resume_run("r", other, Options())
    owned.close()


class DiskStoreOf:
    """Another store of the same home."""

    def __init__(self, home: Path) -> None:
        self.store = DiskStore(home)

    def __enter__(self) -> DiskStore:
        return self.store

    def __exit__(self, *error: object) -> None:
        self.store.close()


def test_a_pause_that_is_asked_for_drains_and_a_resume_goes_on(start: Start, store: DiskStore) -> None:
    def ask(event: Event) -> None:
        if type(event).__name__ == "NodeStarted" and not asked:
            asked.append(store.open("r").post({"what": "pause"}))

    asked: list[str] = []
    watching = Watching(ask)
    text = "\n".join(f"  n{number}: {{type: shell, script: 'sleep 0.15'}}" for number in range(4))
    result = start(f"nodes:\n{text}\nedges: [n0 -> n1 -> n2 -> n3]", watchers=(watching,))
    assert (result.status, result.exit_code()) == ("paused", 5)
    assert isinstance(watching.events[-1], RunPaused)
    done = {record["id"] for record in records(store, "node_completed")}
    assert "n0#1" in done
    assert "n3#1" not in done
    assert resume_run("r", store, Options()).status == "completed"
    ended = [record["id"] for record in records(store, "node_completed")]
    assert sorted(ended) == ["n0#1", "n1#1", "n2#1", "n3#1"]


def test_a_cancel_that_is_asked_for_cleans_up_and_ends_as_cancelled(start: Start, store: DiskStore) -> None:
    def ask(event: Event) -> None:
        if type(event).__name__ == "NodeStarted" and not asked:
            asked.append(store.open("r").post({"what": "cancel"}))

    asked: list[str] = []
    result = start(
        "nodes: {a: {type: shell, script: 'sleep 30'}, clean: {type: shell, script: 'echo x > cleaned'}}\n"
        "edges: [{from: a, to: clean, trigger: cancel}]",
        watchers=(Watching(ask),),
    )
    assert (result.status, result.exit_code()) == ("cancelled", 4)
    assert {record["id"] for record in records(store, "node_completed")} == {"clean#1"}


CLEANED_UP = """
nodes:
  a: {type: shell, script: 'echo a >> ran'}
  b: {type: shell, script: 'echo b >> ran'}
  c: {type: shell, script: 'echo c >> ran'}
  tidy: {type: shell, script: 'echo tidy >> ran'}
edges: [a -> b -> c, {from: b, to: tidy, trigger: cancel}]
"""


def journal(store: MemoryStore) -> list[str]:
    """What happened to run ``r``, a word each; of requests what was asked."""
    return [str(data.get("what", data["event"])) for _, data in store.open("r").records()]


@pytest.mark.parametrize("by_letter", [True, False])
def test_a_cancel_is_heard_before_anything_starts_and_what_was_out_is_not_started_again(
    left: Left, tmp_path: Path, by_letter: bool
) -> None:
    store = left(CLEANED_UP, steps=1)
    if by_letter:
        store.open("r").post({"what": "cancel"})
    watching = Watching()
    result = resume_run("r", store, Options(watchers=(watching,)), requests=() if by_letter else [{"what": "cancel"}])
    assert (result.status, result.exit_code()) == ("cancelled", 4)
    assert (tmp_path / "ran").read_text() == "tidy\n"
    assert [event[1] for event in watching.events if isinstance(event, NodeCancelled)] == ["b"]
    assert journal(store)[-5:] == ["cancel", "run_resumed", "node_started", "node_completed", "run_finished"]


def test_a_pause_that_an_interrupted_run_did_not_hear_keeps_it_from_starting_and_the_next_resume_goes_on(
    left: Left, tmp_path: Path
) -> None:
    store = left(CLEANED_UP, steps=1)
    store.open("r").post({"what": "pause"})
    watching = Watching()
    result = resume_run("r", store, Options(watchers=(watching,)))
    assert (result.status, result.exit_code()) == ("paused", 5)
    assert watching.notes == ["start", "paused"]
    assert [type(event) for event in watching.events] == [RunPaused]
    assert journal(store)[-2:] == ["pause", "run_paused"]
    assert not (tmp_path / "ran").exists()
    assert resume_run("r", store, Options()).status == "completed"
    assert (tmp_path / "ran").read_text() == "b\nc\n"
    (resumed,) = [data for _, data in store.open("r").records() if data["event"] == "run_resumed"]
    assert resumed["crashed"], "work that was out when its engine died is a delivery spent, pause or not"
    assert resumed["options"]["left_at"] == pytest.approx(1000.001)


def test_a_pause_that_a_paused_run_did_not_hear_is_no_news_to_it(left: Left) -> None:
    store = left(CLEANED_UP, then=[Released(1001.0, ("a#1",)), Paused(1001.0)])
    store.open("r").post({"what": "pause"})
    assert resume_run("r", store, Options()).status == "completed"


def test_what_followed_from_a_letter_is_told_before_the_resume(left: Left) -> None:
    store = left("nodes: {w: {type: wait, signal: go}, a: {type: noop}}\nedges: [w -> a]")
    store.open("r").post({"what": "signal", "name": "go"})
    watching = Watching()
    assert resume_run("r", store, Options(watchers=(watching,))).status == "completed"
    assert [type(event).__name__ for event in watching.events][:3] == ["NodeCompleted", "RunResumed", "NodeStarted"]
    store.open("r").post({"what": "signal", "name": "go"})
    assert resume_run("r", store, Options()).status == "completed"


def test_a_run_that_ends_by_a_letter_is_not_run_again(left: Left) -> None:
    store = left("nodes: {w: {type: wait, signal: go}}")
    store.open("r").post({"what": "signal", "name": "go"})
    assert resume_run("r", store, Options()).status == "completed"
    assert journal(store)[-2:] == ["signal", "run_finished"]


def test_a_signal_that_waits_for_the_retry_of_a_failed_run_reaches_its_wait(left: Left) -> None:
    text = "nodes: {a: {type: python, script: pass}, w: {type: wait, signal: go}}\nedges: [a -> w]"
    store = left(text, steps=1, work=lambda activation, given: Did("failed"))
    store.open("r").post({"what": "signal", "name": "go"})
    assert resume_run("r", store, Options()).status == "completed"


def test_the_check_sees_how_the_run_stands_and_what_it_raises_leaves_all_as_it_was(left: Left) -> None:
    def refuse(status: str) -> None:
        raise UsageError(f"not of one that is {status}")

    store = left(CLEANED_UP, steps=1)
    store.open("r").post({"what": "cancel"})
    before = journal(store)
    with pytest.raises(UsageError, match="interrupted"):
        resume_run("r", store, Options(), check=refuse)
    assert journal(store) == before
    assert not store.is_alive("r")
    assert resume_run("r", store, Options()).status == "cancelled"


def test_a_run_whose_working_directory_is_gone_is_not_asked_anything(left: Left, tmp_path: Path) -> None:
    store = left(CLEANED_UP, steps=1, cwd=tmp_path / "gone")
    before = journal(store)
    with pytest.raises(UsageError, match="working directory"):
        resume_run("r", store, Options(), requests=[{"what": "cancel"}])
    assert journal(store) == before


def test_the_time_that_an_interrupted_run_waited_counts_against_no_time_out_though_it_was_paused_then(
    left: Left,
) -> None:
    store = left("timeout: 10s\nnodes: {a: {type: python, script: pass}}")
    ask_run(store, "r", {"what": "pause"})
    assert resume_run("r", store, Options()).status == "completed"


def test_secrets_are_written_nowhere_in_the_journal(start: Start, store: DiskStore, home: Path) -> None:
    script = "import os\noutput['told'] = 'it is ' + os.environ['TOKEN_FOR_TEST']"
    os.environ["TOKEN_FOR_TEST"] = "hunter2-and-more"
    try:
        start(
            f"secrets: [TOKEN_FOR_TEST]\nnodes: {{a: {{type: python, script: {script!r}}}}}".replace(
                "'import", '"import'
            ).replace("TEST']'", "TEST']\"")
        )
    finally:
        del os.environ["TOKEN_FOR_TEST"]
    (ended,) = records(store, "node_completed")
    assert ended["output"] == {"told": "it is ***"}
    assert not [path for path in (home / "runs").rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
