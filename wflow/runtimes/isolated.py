"""Python in an interpreter of its own: the attempt goes there as a JSON file, and its outcome comes back as one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from wflow.runtimes.environment import build_environment
from wflow.runtimes.exchange import Exchange, parse_json, read_regular
from wflow.runtimes.masking import Masker
from wflow.runtimes.output import plain
from wflow.runtimes.process import Ended, Processes
from wflow.runtimes.scratch import attempt_in_scratch
from wflow.runtimes.shell import exit_failure
from wflow.runtimes.work import Failure, Outcome, Work

__all__ = ["JOB", "RESULT", "IsolatedPython"]

#: Names of the two files in the scratch folder.
JOB = "job.json"
RESULT = "result.json"

#: Bytes that an outcome may have; more would not fit a run's memory either.
_LARGEST = 1 << 30

# -P keeps the current folder out of the import path, and wflow is looked for first where it is: what lies beside a
# workflow must not stand in for a library.
_ROOT = str(Path(__file__).resolve().parent.parent.parent)
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from wflow.runtimes.child import main; del sys.path[0];"
    "main(sys.argv[2])"
)


class IsolatedPython:
    """Runs attempts at ``python`` nodes with ``isolation: process``."""

    def __init__(self) -> None:
        self._processes = Processes()

    def run(self, work: Work) -> Outcome:
        """Execute one attempt; blocks until its interpreter, and all that it left running, has ended."""
        return attempt_in_scratch(work, self._attempt)

    def _attempt(self, work: Work, masker: Masker | None) -> Outcome:
        exchange = Exchange(work, masker)
        for path, content in ((exchange.names["WFLOW_INPUT"], dict(work.input)), (f"{work.scratch}/{JOB}", _job(work))):
            with open(path, "w", encoding="utf-8", opener=_private) as file:
                json.dump(content, file, ensure_ascii=False)
        argv = [sys.executable, "-P", "-c", _START, _ROOT, f"{work.scratch}/{JOB}"]
        environment = build_environment(work, argv, exchange.names)
        ended = self._processes.run(
            work,
            argv,
            folder=str(work.run.cwd or work.run.home),
            environment=environment.entries,
            tick=exchange.report_progress,
        )
        if work.stop.asked:
            return Outcome("cancelled")
        exchange.report_progress()
        return _outcome(work, ended, masker)

    def abandon(self, work: Work) -> None:
        """KILL the interpreter now."""
        self._processes.abandon(work)

    def close(self) -> None:
        """Stop being the parent of orphaned processes."""
        self._processes.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _job(work: Work) -> dict[str, Any]:
    run = work.run
    return {
        "run": {
            "id": run.id,
            "workflow": run.workflow,
            "home": str(run.home.absolute()),
            "folder": str(run.folder.absolute()),
            "secrets": list(run.secrets),
            "stop_grace": run.stop_grace,
        },
        "activation": work.activation,
        "address": work.address,
        "attempt": work.attempt,
        "settings": {key: value for key, value in work.settings.items() if key != "isolation"},
        "input": dict(work.input),
        "inputs": {source: dict(values) for source, values in work.inputs.items()},
        "variables": dict(work.variables),
        "params": dict(work.params),
        "env": dict(work.env),
        "idempotency_key": work.idempotency_key,
        "log": str(Path(work.log).absolute()),
        "scratch": str(Path(work.scratch).absolute()),
    }


def _outcome(work: Work, ended: Ended, masker: Masker | None) -> Outcome:
    data = read_regular(f"{work.scratch}/{RESULT}", 0, _LARGEST)
    if not data or ended.code != 0:
        if ended.code == 0:
            return Outcome("failed", failure=Failure("ExitCode", "the script ended its process by itself", "", 0))
        return Outcome("failed", failure=exit_failure(work, ended, masker))
    try:
        result = plain(parse_json(data.decode("utf-8", "replace")), "")
        return Outcome(
            result["status"],
            result["output"],
            tuple((op, name, value) for op, name, value in result["operations"]),
            Failure(*result["failure"]) if result["failure"] is not None else None,
            tuple(result["warnings"]),
        )
    except (ValueError, KeyError, TypeError):
        return Outcome("failed", failure=Failure("ExitCode", "the script destroyed its result", "", 0))
