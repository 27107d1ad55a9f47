"""Runs of the real command, measured from outside: wall time, peak memory, and what the run says of itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    """``wall`` seconds of the process, ``inside`` seconds from the run's start to its end as it recorded them,
    ``peak`` bytes of memory that the engine's process held at most."""

    wall: float
    inside: float
    peak: int


class Bench:
    """A home for runs in a folder, and the command on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._count = 0

    @property
    def environment(self) -> dict[str, str]:
        search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        return {**os.environ, "PYTHONPATH": search, "WFLOW_HOME": str(self.home)}

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "wflow", *map(str, arguments)]

    def call(self, *arguments: object) -> str:
        """What the command prints. Raises CalledProcessError where it fails."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def script(self, text: str, *arguments: object) -> str:
        """What a Python script prints that is run in a fresh process beside the engine's modules."""
        command = [sys.executable, "-c", text, *map(str, arguments)]
        return subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    def timed(self, *arguments: object) -> tuple[float, int]:
        """Seconds and peak bytes of one command. Raises RuntimeError where it fails."""
        start = time.perf_counter()
        with subprocess.Popen(
            self.command(*arguments), env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"wflow {' '.join(map(str, arguments))} ended with {process.returncode}")
        scale = 1 if sys.platform == "darwin" else 1024
        return wall, usage.ru_maxrss * scale

    def run(self, file: Path, *arguments: object) -> Ran:
        """One run of a file, quiet."""
        self._count += 1
        name = f"bench-{self._count}"
        wall, peak = self.timed("run", file, "--id", name, "--output", "quiet", *arguments)
        status = json.loads(self.call("status", name, "--json"))
        inside = datetime.fromisoformat(status["ended_at"]) - datetime.fromisoformat(status["started_at"])
        return Ran(wall, inside.total_seconds(), peak)
