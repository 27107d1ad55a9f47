"""A run is read as it stands, and a node with everything that happened to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.errors import JournalDamaged, RunNotFound
from wflow.progress import status_json
from wflow.runner.inspect import inspect_node, read_run
from wflow.store.disk import DiskStore

Ran = Callable[..., None]

ALL = """\
name: x
parameters: {n: {type: integer, default: 7}}
variables: {count: 0}
nodes:
  first: {type: noop}
  choose: {type: if, condition: input.n > 5}
  box:
    type: container
    nodes:
      inner: {type: noop}
  each:
    type: foreach
    items: "['a', 'b']"
    nodes:
      work: {type: python, script: "variables.add('count', 1); output['got'] = input['item']"}
  reads: {type: python, join: each, script: "output['i'] = input['item_index']"}
  flaky: {type: python, retry: {max_attempts: 2, initial_delay: 1ms, jitter: 0}, script: raise ValueError(run.attempt)}
  unused: {type: noop}
edges:
  - first -> choose
  - choose.true -> box -> each
  - choose.false -> unused
  - {from: each, to: reads, trigger: next}
"""


def test_a_run_is_read_with_its_status_and_its_facts(ran: Ran, store: DiskStore, tmp_path: Path) -> None:
    ran(ALL)
    reading = read_run(store, "r")
    assert (reading.status, reading.damage) == ("failed", None)
    assert reading.facts() == {
        "file": str(tmp_path / "r.yaml"),
        "parameters": {"n": 7},
        "variables": {"count": 2},
        "status": "failed",
    }
    assert reading.view is not None
    statuses = {node["address"]: node["status"] for node in status_json(reading.view)["nodes"]}
    assert statuses["each[1]/work"] == "completed"
    assert statuses["unused"] == "skipped"


def test_a_run_at_rest_has_nothing_more_to_follow(ran: Ran, store: DiskStore) -> None:
    ran(ALL)
    reading = read_run(store, "r")
    assert not reading.follow()


def test_a_run_that_is_not_there_is_told(store: DiskStore) -> None:
    with pytest.raises(RunNotFound):
        read_run(store, "nosuch")


def test_the_lock_says_whether_a_run_goes_on_and_a_reader_follows_it(ran: Ran, store: DiskStore, home: Path) -> None:
    ran("name: x\nnodes:\n  a: {type: python, script: pass}\n")
    journal = home / "runs/r/journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    store.put_summary("r", {})
    journal.write_bytes(b"".join(lines[:2]))
    owned = store.open("r", own=True)
    reading = read_run(store, "r")
    assert reading.status == "running"

    journal.write_bytes(b"".join(lines[:3]))
    seen: list[str] = []
    assert reading.follow(lambda event: seen.append(type(event).__name__))
    assert seen == ["NodeCompleted", "RunFinished"]
    owned.close()
    reading.follow()
    assert reading.status == "completed"


def test_a_run_that_nobody_ended_is_interrupted(ran: Ran, store: DiskStore, home: Path) -> None:
    ran("name: x\nnodes:\n  a: {type: python, script: pass}\n")
    journal = home / "runs/r/journal"
    store.put_summary("r", {})
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:2]))
    reading = read_run(store, "r")
    assert reading.status == "interrupted"
    assert reading.view is not None
    assert reading.view.status == "interrupted"


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("first", {"n": 7}),
        ("choose", {"n": 7}),
        ("box", {"n": 7, "branch_taken": "true", "condition_result": True}),
        ("box/inner", {"n": 7, "branch_taken": "true", "condition_result": True}),
    ],
)
def test_control_nodes_that_are_decided_at_once_are_told_with_their_input(
    address: str, given: dict[str, object], ran: Ran, store: DiskStore
) -> None:
    ran(ALL)
    report = inspect_node(store.open("r"), address)
    (only,) = report.activations
    assert (report.status, only.status, only.attempts, only.input) == ("completed", "completed", 1, given)


def test_each_iteration_and_each_activation_has_its_own_input_and_output(ran: Ran, store: DiskStore) -> None:
    ran(ALL)
    run = store.open("r")
    (work,) = inspect_node(run, "each[1]/work").activations
    assert (work.input["item"], work.output) == ("b", {"got": "b"})
    reads = inspect_node(run, "reads")
    assert [one.number for one in reads.activations] == [1, 2]
    assert sorted(one.output["i"] for one in reads.activations) == [0, 1]
    assert reads.output == reads.activations[-1].output


def test_attempts_are_counted_and_the_last_error_is_told(ran: Ran, store: DiskStore) -> None:
    ran(ALL)
    (flaky,) = inspect_node(store.open("r"), "flaky").activations
    assert (flaky.status, flaky.attempts, flaky.output) == ("failed", 2, None)
    assert flaky.error is not None
    assert (flaky.error.type, flaky.error.message) == ("ValueError", "2")
    assert "ValueError" in flaky.error.traceback
    assert flaky.started_at is not None
    assert flaky.ended_at is not None
    assert flaky.ended_at - flaky.started_at >= 0.001


def test_a_node_that_was_skipped_has_no_activations(ran: Ran, store: DiskStore) -> None:
    ran(ALL)
    report = inspect_node(store.open("r"), "unused")
    assert (report.type, report.status, report.activations, report.output) == ("noop", "skipped", [], None)


def test_an_unknown_address_comes_with_those_that_there_are(ran: Ran, store: DiskStore) -> None:
    ran(ALL)
    report = inspect_node(store.open("r"), "each[9]/work")
    assert report.type == ""
    assert {"first", "each[0]/work"} <= set(report.known)


def test_a_large_output_is_read_from_its_file(ran: Ran, store: DiskStore) -> None:
    ran("name: x\nnodes:\n  a: {type: python, script: \"output['t'] = 'x' * 100_000\"}\n")
    assert inspect_node(store.open("r"), "a").output == {"t": "x" * 100_000}


def test_a_damaged_journal_is_read_up_to_the_damage(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(ALL)
    journal = home / "runs/r/journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:-1], b"{rubbish}\n"]))
    reading = read_run(store, "r")
    assert reading.status == "damaged"
    assert reading.damage is not None
    assert reading.view is not None
    report = inspect_node(store.open("r"), "first")
    assert report.status == "completed"
    assert report.damage is not None


def test_nothing_can_be_told_of_a_run_without_its_first_record(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(ALL)
    (home / "runs/r/journal").write_bytes(b"{rubbish}\n")
    reading = read_run(store, "r")
    assert (reading.status, reading.view, reading.facts()) == ("damaged", None, {"status": "damaged"})
    with pytest.raises(JournalDamaged):
        inspect_node(store.open("r"), "first")
