"""A run that retries and compensates, killed with -9 at fifty moments: no attempt too many, each undo once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]

STEPS = 6
ATTEMPTS = 3
RUNS = 10
KILLS = 5  # of each run: fifty in all


def node(name: str, kind: str, **keys: Any) -> dict[str, Any]:
    """A node that says that it begins, and with which attempt, in one append."""
    if kind == "shell":
        script = f'echo "{name} $WFLOW_ATTEMPT" >> "$WFLOW_PARAM_LOG"; sleep 0.02'
    else:
        script = (
            "import os, time\n"
            'file = os.open(params["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)\n'
            f'os.write(file, f"{name} {{run.attempt}}\\n".encode())\n'
            "os.close(file)\n"
            "time.sleep(0.02)\n"
        )
    return {"type": kind, "script": script, **keys}


def workflow() -> dict[str, Any]:
    """A chain of steps that can be undone, a loop of such, and at its end a node that fails each time."""
    kinds = ["python", "shell"]
    nodes: dict[str, Any] = {}
    for number in range(STEPS):
        nodes[f"do{number}"] = node(f"do{number}", kinds[number % 2], compensate=f"undo{number}")
        nodes[f"undo{number}"] = node(f"undo{number}", kinds[number % 2])
    nodes["each"] = {
        "type": "foreach",
        "items": "range(3)",
        "max_concurrent": 1,
        "nodes": {
            "put": node("put{input['item']}", "python", compensate="take"),
            "take": node("take{input['item']}", "python"),
        },
    }
    nodes["bad"] = node("bad", "shell", retry={"max_attempts": ATTEMPTS, "initial_delay": "30ms", "jitter": 0})
    nodes["bad"]["script"] += "; exit 9"
    chain = [f"do{number}" for number in range(STEPS)] + ["each", "bad"]
    edges = [{"from": a, "to": b, "max_deliveries": 100} for a, b in pairwise(chain)]
    return {"name": "saga", "parameters": {"log": {"type": "string"}}, "nodes": nodes, "edges": edges}


def begun(log: Path) -> list[tuple[str, int]]:
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [(name, int(attempt)) for name, attempt in (line.split() for line in lines)]


def killed(command: list[str], log: Path, more: int, wait: float, environment: dict[str, str]) -> bool:
    """Run the command and kill it once ``more`` nodes have begun, and a while has passed; False if it ended before."""
    limit = len(begun(log)) + more
    engine = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while len(begun(log)) < limit and engine.poll() is None and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(wait)
        return engine.poll() is None
    finally:
        if engine.poll() is None:
            os.kill(engine.pid, signal.SIGKILL)
        engine.wait()


def journal(home: Path) -> list[dict[str, Any]]:
    text = (home / "runs/saga/journal").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("seed", range(RUNS))
def test_attempts_stay_within_their_maximum_and_each_undo_that_finished_is_done_once(
    seed: int, wflow: Command, home: Path, tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    random = Random(seed)
    file, log = tmp_path / "saga.json", tmp_path / "begun.log"
    file.write_text(json.dumps(workflow()), encoding="utf-8")
    start = [sys.executable, "-m", "wflow", "run", str(file), "--id", "saga", "-p", f"log={log}", "--output", "quiet"]
    again = [sys.executable, "-m", "wflow", "resume", "saga", "--output", "quiet"]
    kills = 0
    for number in range(KILLS):
        # At least two begin each time, so that no node is in flight in three crashes: it would be given up. And at most
        # four, so that after five times there is something left of the twenty-one.
        more = random.randint(2, 4)
        kills += killed(again if number else start, log, more, random.random() * 0.03, wflow_environment)
    assert kills == KILLS

    resumed = wflow("resume", "saga", "--output", "quiet")
    assert resumed.returncode == 1, resumed.stdout + resumed.stderr
    ended = json.loads(wflow("status", "saga", "--json").stdout)
    assert (ended["status"], ended["error"]["address"]) == ("failed", "bad")
    (bad,) = [one for one in ended["nodes"] if one["address"] == "bad"]
    assert (bad["status"], bad["attempts"], bad["activations"]) == ("failed", ATTEMPTS, 1)
    assert {attempt for name, attempt in begun(log) if name == "bad"} == {1, 2, 3}
    assert max(attempt for name, attempt in begun(log) if name != "bad") == 1

    records = journal(home)
    completed = [record["id"].split("#")[0] for record in records if record["event"] == "node_completed"]
    assert max(Counter(completed).values()) == 1
    done = [f"do{number}" for number in range(STEPS)] + [f"each[{item}]/put" for item in range(3)]
    undone = [f"each[{item}]/take" for item in reversed(range(3))] + [f"undo{n}" for n in reversed(range(STEPS))]
    assert completed == done + undone
    failures = [record["attempt"] for record in records if record["event"] == "node_failed"]
    assert failures == [1, 2, 3]

    # Whatever had been recorded as completed when a later engine began was not begun again by it.
    order = [name for name, _ in begun(log)]
    for earlier, later in pairwise(undone):
        assert last(order, earlier) < first(order, later)


def name_in_log(address: str) -> str:
    """What the script at this address writes: of an iteration's node its name and its item."""
    if "[" not in address:
        return address
    return f"{address.rsplit('/', 1)[1]}{address[len('each[')]}"


def first(order: list[str], address: str) -> int:
    return order.index(name_in_log(address))


def last(order: list[str], address: str) -> int:
    return len(order) - 1 - order[::-1].index(name_in_log(address))
