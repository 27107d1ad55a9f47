"""What a command asks of a run in another process is in that run's journal in less than half a second."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]

#: Seconds from the start of the command to the record in the journal, and to the command's end, on a machine that needs
#: `USUAL` seconds to start an interpreter with typer; on one that is busy, and needs longer, so much longer.
BOUND = 0.5
USUAL = 0.15

#: Runs that are asked, of which the median counts, and how often that is tried.
TRIES = 3
ROUNDS = 3

WORKFLOW = """
name: long
nodes:
  first: {type: noop}
  a: {type: shell, script: sleep 61}
  b: {type: python, script: 'while not cancelled(): __import__("time").sleep(0.05)'}
  c: {type: wait, for: 10m}
edges: ["first -> [a, b, c]"]
"""

#: What is asked, as words of the command with RUN for the run's id, and the `what` of the request.
REQUESTS = {
    "pause": (["pause", "RUN"], "pause"),
    "pause at once": (["pause", "--now", "RUN"], "pause"),
    "cancel": (["cancel", "RUN"], "cancel"),
}


class Times(NamedTuple):
    """Seconds from the start of the command: to the request's file, to its record, to the command's end."""

    posted: float
    recorded: float
    ended: float


@contextmanager
def owners(file: Path, home: Path, environment: dict[str, str], name: str) -> Iterator[list[str]]:
    """The ids of runs that each sleep in a process of their own."""
    ids = [f"{name}-{number}" for number in range(TRIES)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "wflow", "run", str(file), "--id", run, "--output", "quiet"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for run in ids
    ]
    try:
        for run in ids:
            until(partial(holds, home, run, b'"a#1"'))
        yield ids
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=30)


def holds(home: Path, run: str, part: bytes) -> bool:
    return part in journal(home, run)


def journal(home: Path, run: str) -> bytes:
    path = home / "runs" / run / "journal"
    return path.read_bytes() if path.exists() else b""


def until(came: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not came():
        assert time.monotonic() < limit
        time.sleep(0.005)


@pytest.mark.parametrize(("words", "what"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_in_the_journal_of_another_process_at_once(
    words: list[str], what: str, home: Path, tmp_path: Path, wflow: Command, wflow_environment: dict[str, str]
) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(WORKFLOW, encoding="utf-8")
    told = []
    for number in range(ROUNDS):
        with owners(file, home, wflow_environment, f"round-{number}") as runs:
            probes, times = [], []
            for run in runs:
                probes.append(seconds_to_start())
                times.append(asked([run if word == "RUN" else word for word in words], what, run, home, wflow))
        bound = BOUND * max(1.0, median(probes) / USUAL)
        if median(max(one.recorded, one.ended) for one in times) < bound:
            return
        told.append((bound, times))
    pytest.fail(f"the median of each round is above the bound: {told}")


def seconds_to_start() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import typer"], check=True)
    return time.monotonic() - began


def asked(words: list[str], what: str, run: str, home: Path, wflow: Command) -> Times:
    began = time.time()
    said = wflow(*words)
    ended = time.time()
    assert said.returncode == 0, said.stderr
    until(partial(holds, home, run, f'"what":"{what}"'.encode()))
    (record,) = [line for line in map(json.loads, journal(home, run).splitlines()) if line.get("what") == what]
    posted = int(record["arguments"]["id"].partition("-")[0]) / 1e6
    return Times(posted - began, record["at"] - began, ended - began)
