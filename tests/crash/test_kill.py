"""The engine killed with -9 at twenty places: each resume completes, and nothing that was recorded runs again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]

WORKERS = 4
NODES = 40
PLACES = range(1, NODES, 2)  # twenty: killed when so many nodes have begun


def python(address: str) -> dict[str, Any]:
    """A node that says that it begins, in one append, and then takes a while."""
    script = (
        "import os, time\n"
        'file = os.open(params["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)\n'
        f'os.write(file, f"{address}\\n".encode())\n'
        "os.close(file)\n"
        "time.sleep(0.02)\n"
    )
    return {"type": "python", "script": script}


def shell(address: str) -> dict[str, Any]:
    return {"type": "shell", "script": f'echo "{address}" >> "$WFLOW_PARAM_LOG"; sleep 0.02'}


def workflow() -> dict[str, Any]:
    """Forty nodes that do something: Python and shell, fanned out and in, in a loop, in containers, in a chain."""
    fan = {f"p{n}": python(f"p{n}") for n in range(8)} | {f"s{n}": shell(f"s{n}") for n in range(6)}
    chain = {f"c{n}": (python if n % 2 else shell)(f"c{n}") for n in range(5)}
    loop = {
        "type": "foreach",
        "items": "range(10)",
        "max_concurrent": 3,
        "nodes": {"work": python("each[{input['item']}]/work")},
    }
    steps = {f"b{n}": (shell if n % 2 else python)(f"box/b{n}") for n in range(4)}
    sides = {f"d{n}": (shell if n % 2 else python)(f"pair/d{n}") for n in range(4)}
    names = ", ".join(fan)
    return {
        "name": "forty",
        "parameters": {"log": {"type": "string"}},
        "nodes": {
            "first": python("first"),
            **fan,
            "gather": python("gather"),
            "each": loop,
            "box": {"type": "container", "mode": "sequential", "nodes": steps},
            "pair": {"type": "container", "mode": "parallel", "nodes": sides},
            **chain,
            "last": python("last"),
        },
        "edges": [f"first -> [{names}] -> gather -> [each, box, pair] -> c0 -> c1 -> c2 -> c3 -> c4 -> last"],
    }


def begun(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").split() if log.exists() else []


def killed_at(place: int, file: Path, log: Path, environment: dict[str, str]) -> None:
    """Start the run and kill its engine, and only that, once ``place`` nodes have begun."""
    command = [sys.executable, "-m", "wflow", "run", str(file), "--id", "forty", "-p", f"log={log}"]
    engine = subprocess.Popen(
        [*command, "--workers", str(WORKERS), "--output", "quiet"], env=environment, stdin=subprocess.DEVNULL
    )
    try:
        limit = time.monotonic() + 30
        while len(begun(log)) < place and engine.poll() is None and time.monotonic() < limit:
            time.sleep(0.001)
        time.sleep(place % 5 * 0.004)  # not always at one point of a node's life
        assert engine.poll() is None, f"the run ended with {engine.returncode} before {place} nodes had begun"
    finally:
        if engine.poll() is None:
            os.kill(engine.pid, signal.SIGKILL)
        engine.wait()


@pytest.mark.parametrize("place", PLACES)
def test_a_killed_run_is_resumed_to_its_end_and_repeats_nothing_that_was_recorded(
    place: int, wflow: Command, home: Path, tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    file, log = tmp_path / "forty.json", tmp_path / "begun.log"
    file.write_text(json.dumps(workflow()), encoding="utf-8")
    killed_at(place, file, log, wflow_environment)

    told = wflow("status", "forty", "--json")
    assert told.returncode == 0, told.stderr
    interrupted = json.loads(told.stdout)
    assert interrupted["status"] == "interrupted"
    recorded = {node["address"] for node in interrupted["nodes"] if node["status"] == "completed"}
    before = Counter(begun(log))
    assert set(before.values()) == {1}

    resumed = wflow("resume", "forty", "--output", "quiet")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr

    after = Counter(begun(log))
    assert len(after) == NODES
    again = {address for address, times in after.items() if times > 1}
    assert not again & recorded, "a node whose completion was recorded ran again"
    assert max(after.values()) <= 2
    assert len(again) <= WORKERS, f"{sorted(again)} ran again, which is more than could be in flight"
    assert set(before) - recorded >= again

    ended = json.loads(wflow("status", "forty", "--json").stdout)
    assert ended["status"] == "completed"
    assert {node["status"] for node in ended["nodes"]} == {"completed"}
    assert wflow("resume", "forty", "--output", "quiet").returncode == 0, "the run is still locked"
    assert Counter(begun(log)) == after, "a completed run ran something again"
    assert not list((home / "runs" / "forty" / "control").glob("*"))
