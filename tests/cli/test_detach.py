"""`wflow run --detach`: what is printed, and what every other option does then."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_a_detached_run_is_named_and_goes_on(cli: Any, write: Callable[..., Path], wflow_environment: Any) -> None:
    file = write("name: x\nparameters: {n: {type: integer}}\nnodes: {a: {type: wait, signal: go}, b: {type: noop}}\n")
    started = subprocess.run(
        [sys.executable, "-m", "wflow", "run", file, "--detach", "-p", "n=3", "--only", "a", "--id", "mine"],
        env=wflow_environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (started.returncode, started.stdout, started.stderr) == (0, "mine\n", "")
    told = json.loads(cli("status", "mine", "--json").out)
    assert (told["status"], told["parameters"], [node["address"] for node in told["nodes"]]) == (
        "running", {"n": 3}, ["a"],
    )  # fmt: skip
    assert cli("cancel", "mine").code == 0
    deadline = time.monotonic() + 30
    while json.loads(cli("status", "mine", "--json").out)["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--output", "json"], 2, "wflow: error: a detached run prints nothing\n"),
        (["-p", "m=1"], 2, "wflow: error: workflow `x` has no parameter `m`\n"),
        (["--id", "a/b"], 2, "wflow: error: a run cannot be called 'a/b'"),
    ],
)
def test_what_keeps_a_detached_run_from_beginning_is_told(
    cli: Any, write: Callable[..., Path], arguments: list[str], code: int, said: str
) -> None:
    told = cli("run", write("name: x\nnodes: {a: {type: noop}}\n"), "--detach", *arguments)
    assert (told.code, told.out) == (code, "")
    assert told.err.startswith(said)
