"""`wflow status`: the runs there are, and how one of them stands."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.store.disk import DiskStore

GOOD = "name: good\nparameters: {n: {type: integer, default: 1}}\nvariables: {v: 2}\nnodes: {a: {type: noop}}\n"
BAD = "name: bad\nnodes:\n  a: {type: python, script: 'raise ValueError(\"no\")'}\n"


def test_no_run_yet_is_told_so(cli: Any, home: Path) -> None:
    assert cli("status").out == "no runs yet; start one with: wflow run FILE\n"
    assert json.loads(cli("status", "--json").out) == {"version": 1, "runs": []}
    assert not home.exists()


def test_the_runs_are_listed_newest_first(cli: Any, write: Callable[..., Path]) -> None:
    cli("run", write(GOOD), "--id", "one", "--output", "quiet")
    cli("run", write(BAD), "--id", "two", "--output", "quiet")
    said = cli("status")
    assert said.code == 0
    lines = said.out.splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "two", "one"]
    assert "failed" in lines[1]
    assert "completed" in lines[2]


def test_the_list_can_be_cut_to_the_newest_and_to_those_that_failed(cli: Any, write: Callable[..., Path]) -> None:
    for name, text in (("one", BAD), ("two", GOOD), ("three", BAD)):
        cli("run", write(text), "--id", name, "--output", "quiet")

    def listed(*options: str) -> list[str]:
        return [run["id"] for run in json.loads(cli("status", "--json", *options).out)["runs"]]

    assert listed() == ["three", "two", "one"]
    assert listed("--last", "2") == ["three", "two"]
    assert listed("--failed") == ["three", "one"]
    assert listed("--failed", "--last", "1") == ["three"]


def test_one_run_is_told_as_in_the_list_and_with_its_nodes(cli: Any, write: Callable[..., Path]) -> None:
    file = write(GOOD)
    cli("run", file, "--id", "one", "-p", "n=7", "--output", "quiet")
    told = json.loads(cli("status", "one", "--json").out)
    assert [node["address"] for node in told.pop("nodes")] == ["a"]
    listed = json.loads(cli("status", "--json").out)["runs"]
    assert listed == [told]
    assert (told["file"], told["parameters"], told["variables"]) == (str(file), {"n": 7}, {"v": 2})


def test_one_run_is_drawn_as_a_tree_with_what_to_do_next(cli: Any, write: Callable[..., Path]) -> None:
    file = write(BAD)
    cli("run", file, "--id", "one", "--output", "quiet")
    said = cli("status", "last")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == f"run one of {file}: failed"
    assert "✗ bad" in lines[1]
    assert "✗ a" in lines[2]
    assert lines[-1].strip() == "continue with: wflow resume one"


def test_the_failed_nodes_of_a_run_are_told_with_why(cli: Any, write: Callable[..., Path]) -> None:
    cli("run", write(BAD), "--id", "one", "--output", "quiet")
    assert cli("status", "one", "--failed").out == "a: ValueError: no\n"
    assert [node["address"] for node in json.loads(cli("status", "one", "--failed", "--json").out)["nodes"]] == ["a"]
    cli("run", write(GOOD), "--id", "two", "--output", "quiet")
    assert cli("status", "two", "--failed").out == "no node failed\n"


CALLS = """\
name: calls
nodes:
  call: {type: python, script: 'raise ConnectionError("down")', breaker: {name: api, minimum_calls: 1, open_for: 1h}}
"""


def test_breakers_are_listed_with_how_they_stand_and_closed_by_hand(
    cli: Any, write: Callable[..., Path], home: Path
) -> None:
    assert cli("status", "--breakers").out == "no run has used a breaker yet\n"
    assert json.loads(cli("status", "--breakers", "--json").out) == {"version": 1, "breakers": []}
    assert not home.exists()
    cli("run", write(CALLS), "--output", "quiet")
    lines = cli("status", "--breakers").out.splitlines()
    assert lines[0].split() == ["BREAKER", "STATE", "FAILED", "OPEN", "UNTIL", "CHANGED"]
    assert lines[1].split()[:3] == ["api", "open", "1/1"]
    told = json.loads(cli("status", "--breakers", "--json").out)
    assert [one["state"] for one in told["breakers"]] == ["open"]
    assert cli("status", "--breakers", "--reset", "api").out.splitlines()[1].split()[:3] == ["api", "closed", "0/0"]
    told = json.loads(cli("status", "--breakers", "--reset", "api", "--json").out)
    assert [(one["name"], one["state"]) for one in told["breakers"]] == [("api", "closed")]


def test_a_breaker_that_is_not_there_cannot_be_closed(cli: Any, write: Callable[..., Path]) -> None:
    said = cli("status", "--breakers", "--reset", "api\x1b[31m")
    assert (said.code, said.out) == (2, "")
    assert "there is no breaker `api" in said.err
    assert "\x1b" not in said.err
    assert "no run has used a breaker yet" in said.err
    cli("run", write(CALLS), "--output", "quiet")
    said = cli("status", "--breakers", "--reset", "ap")
    assert said.code == 2
    assert "did you mean `api`?" in said.err


def test_ten_thousand_breakers_are_listed(cli: Any, home: Path) -> None:
    store = DiskStore(home)
    with store.shared().transact():
        for number in range(10_000):
            store.shared().put(f"breaker:b{number:05}", {"state": "open", "until": 9e9, "changed": 1.5})
    store.close()
    lines = cli("status", "--breakers").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [f"b{number:05}" for number in range(10_000)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--reset", "api"],
        ["one", "--reset", "api"],
        ["one", "--breakers"],
        ["--breakers", "--watch"],
        ["--breakers", "--failed"],
        ["--breakers", "--last", "3"],
    ],
)
def test_what_speaks_of_runs_does_not_go_with_breakers(arguments: list[str], cli: Any, home: Path) -> None:
    said = cli("status", *arguments)
    assert (said.code, said.out) == (2, "")
    assert "--breakers" in said.err
    assert not home.exists()


@pytest.mark.parametrize("arguments", [["nosuch"], ["one", "--last", "1"], ["one", "--watch", "--json"]])
def test_what_cannot_be_asked_is_misuse(arguments: list[str], cli: Any, write: Callable[..., Path]) -> None:
    cli("run", write(GOOD), "--id", "one", "--output", "quiet")
    assert cli("status", *arguments).code == 2


def test_a_damaged_run_is_told_as_far_as_it_goes(cli: Any, write: Callable[..., Path], home: Path) -> None:
    file = write(
        "name: two\nnodes:\n  a: {type: python, script: pass}\n  b: {type: python, script: pass}\nedges: [a -> b]\n"
    )
    cli("run", file, "--id", "one", "--output", "quiet")
    journal = home / "runs" / "one" / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3]) + b"{rubbish}\n" + b"".join(lines[4:]))

    listed = cli("status", "--json")
    assert listed.code == 0
    (told,) = json.loads(listed.out)["runs"]
    assert (told["id"], told["workflow"], told["status"]) == ("one", "two", "damaged")
    assert told["error"]["type"] == "JournalDamaged"

    said = cli("status", "one", "--json")
    assert said.code == 8
    assert "wflow resume one --accept-loss" in said.err
    statuses = {node["address"]: node["status"] for node in json.loads(said.out)["nodes"]}
    assert statuses == {"a": "completed", "b": "pending"}
    assert cli("status", "one").code == 8


def test_a_run_without_a_first_record_is_damaged_too(cli: Any, write: Callable[..., Path], home: Path) -> None:
    cli("run", write(GOOD), "--id", "one", "--output", "quiet")
    (home / "runs" / "one" / "journal").write_bytes(b"rubbish\n")
    assert [run["status"] for run in json.loads(cli("status", "--json").out)["runs"]] == ["damaged"]
    said = cli("status", "one", "--json")
    assert said.code == 8
    assert json.loads(said.out)["nodes"] == []
    assert cli("status", "one").code == 8


SLOW = """\
name: slow
nodes:
  a: {type: shell, script: 'touch started; while [ ! -e go ]; do sleep 0.02; done'}
  b: {type: noop}
edges: [a -> b]
"""


@pytest.fixture
def slow(write: Callable[..., Path], tmp_path: Path, wflow_environment: dict[str, str]) -> Any:
    """A run ``slow`` in a process of its own that goes on until the file ``go`` is there."""
    command = [sys.executable, "-m", "wflow", "run", str(write(SLOW)), "--id", "slow", "--output", "quiet"]
    with subprocess.Popen(command, env=wflow_environment) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        yield process
        (tmp_path / "go").touch()
        process.wait(20)


def test_a_run_is_running_while_its_process_lives_and_interrupted_when_that_has_died(cli: Any, slow: Any) -> None:
    assert json.loads(cli("status", "slow", "--json").out)["status"] == "running"
    assert "running" in cli("status").out
    assert cli("resume", "slow").code == 7
    slow.kill()
    slow.wait()
    told = json.loads(cli("status", "slow", "--json").out)
    assert (told["status"], told["ended_at"]) == ("interrupted", None)
    assert [run["status"] for run in json.loads(cli("status", "--json").out)["runs"]] == ["interrupted"]
    said = cli("status", "slow")
    assert "interrupted" in said.out.splitlines()[0]
    assert "wflow resume slow" in said.out


@pytest.mark.usefixtures("slow")
def test_another_process_can_follow_a_run_to_its_end(cli: Any, tmp_path: Path) -> None:
    go = threading.Timer(0.3, (tmp_path / "go").touch)
    go.start()
    said = cli("status", "--watch")
    go.join()
    assert said.code == 0
    told = [line.split(" ", 2)[2] for line in said.out.splitlines()]
    assert told[0].startswith("a completed")
    assert told[-1].startswith("slow completed")


def test_watching_a_run_at_rest_shows_it_once(cli: Any, write: Callable[..., Path]) -> None:
    cli("run", write(GOOD), "--id", "one", "--output", "quiet")
    assert cli("status", "one", "--watch") == cli("status", "one")
