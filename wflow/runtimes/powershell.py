"""Node type ``powershell``: a script that `powershell.ps1` runs in a ``pwsh`` of its own.

Values go in as JSON in a file and come back as lines of JSON, never as text of a command. A script's error that nothing
caught is a failure with the type and message of its exception and PowerShell's own stack; ``exit n`` is one of type
``ExitCode`` as for any process.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from wflow.runtimes.environment import build_environment
from wflow.runtimes.exchange import LARGEST_FILE, Exchange, parse_json, read_regular
from wflow.runtimes.masking import Masker
from wflow.runtimes.powershell_program import find_pwsh
from wflow.runtimes.process import Processes
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.scratch import attempt_in_scratch, write_private
from wflow.runtimes.shell import exit_failure
from wflow.runtimes.work import Failure, Outcome, Runtime, Work

__all__ = ["ERROR", "JOB", "MARK", "WRAPPER", "PowerShellRuntime"]

#: What runs a script, and says in its comments what it expects.
WRAPPER = Path(__file__).with_name("powershell.ps1")

#: Names of two files in the scratch folder.
JOB = "job.json"
ERROR = "error.json"

#: Put before a text that PowerShell's JSON reader would take for a date, and taken away again by the wrapper.
MARK = "wflow-text:"
_LIKE_A_DATE = re.compile(rf"[0-9].{{9}}T|/Date\(|{MARK}", re.DOTALL)

#: Set unless they are set: no message to anyone, and no look for a newer version, from a node.
_QUIET = {b"POWERSHELL_TELEMETRY_OPTOUT": b"1", b"POWERSHELL_UPDATECHECK": b"Off"}

#: A line of PowerShell's stack.
_FRAME = re.compile(r"^at .*?, (/.*): line ([0-9]+)$")

#: Characters of a message and of a stack that are kept.
_LONGEST = 65_536


class PowerShellRuntime(Runtime):
    """Runs the ``powershell`` nodes of a run."""

    def __init__(self) -> None:
        self._processes = Processes()

    def run(self, work: Work) -> Outcome:
        """Execute one attempt; blocks until its process, and all that it left running, has ended."""
        return attempt_in_scratch(work, self._attempt)

    def _attempt(self, work: Work, masker: Masker | None) -> Outcome:
        exchange = Exchange(work, masker)
        folder = str(Path(work.scratch).absolute())
        program = find_pwsh({**os.environ, **work.env})
        script = _script(work, folder)
        write_private(exchange.names["WFLOW_INPUT"], json.dumps(dict(work.input), ensure_ascii=False))
        write_private(f"{folder}/{JOB}", json.dumps(_job(work, script), ensure_ascii=False))
        argv = [program, "-NoLogo", "-NoProfile", "-NonInteractive", "-File", str(WRAPPER), folder]
        environment = build_environment(work, argv, exchange.names)
        for name, value in _QUIET.items():
            environment.entries.setdefault(name, value)
        # Errors are coloured wherever the terminal is not this one, in a file as well.
        if "TERM" not in work.env:
            environment.entries[b"TERM"] = b"dumb"
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
        warnings = (*environment.warnings, *exchange.warnings)
        failure = _thrown(work, folder, script, masker)
        if failure is None and ended.code != 0:
            failure = exit_failure(work, ended, masker)
        if failure is not None:
            return Outcome("failed", failure=failure, warnings=warnings)
        return _completed(exchange, masker, warnings)

    def abandon(self, work: Work) -> None:
        """KILL now, without the rest of the grace."""
        self._processes.abandon(work)

    def close(self) -> None:
        """Stop being the parent of orphaned processes."""
        self._processes.close()


def _script(work: Work, folder: str) -> str:
    """The path of the script: its file, or one in the scratch folder that its text is written into."""
    name = work.settings.get("file")
    if name is None:
        path = f"{folder}/script.ps1"
        write_private(path, str(work.settings.get("script", "")))
        return path
    path = str((work.run.home / str(name)).absolute())
    if not Path(path).is_file():
        raise NotStarted(f"there is no script `{name}`", cure="paths are read from the folder of the workflow file")
    return path


def _job(work: Work, script: str) -> dict[str, Any]:
    """What the wrapper reads. ``marked`` says whether `MARK` stands before a text in it."""
    values: dict[str, Any] = {
        "input": dict(work.input),
        "inputs": {source: dict(entries) for source, entries in work.inputs.items()},
        "variables": dict(work.variables),
        "params": dict(work.params),
    }
    found: list[bool] = []
    values = _marked(values, found)
    home = work.run.home.absolute()
    return {
        **values,
        "marked": bool(found),
        "script": script,
        "run_id": work.run.id,
        "modules": [_module(home, str(name)) for name in work.settings.get("modules") or ()],
        "module_paths": [str(home / str(path)) for path in work.settings.get("module_paths") or ()],
    }


def _marked(value: Any, found: list[bool]) -> Any:
    if isinstance(value, str):
        if not _LIKE_A_DATE.match(value):
            return value
        found.append(True)
        return MARK + value
    if isinstance(value, dict):
        return {key: _marked(item, found) for key, item in value.items()}
    return [_marked(item, found) for item in value] if isinstance(value, list) else value


def _module(home: Path, name: str) -> str:
    """A module by its name, or by its path, which counts from the workflow's folder."""
    return str(home / name) if "/" in name or name.endswith((".psm1", ".psd1", ".ps1", ".dll")) else name


def _completed(exchange: Exchange, masker: Masker | None, warnings: tuple[str, ...]) -> Outcome:
    output, operations = exchange.output(), exchange.operations()
    if masker is not None:
        output = masker.value(output)
        operations = tuple((op, name, masker.value(change)) for op, name, change in operations)
    return Outcome("completed", output, operations, warnings=warnings)


def _thrown(work: Work, folder: str, script: str, masker: Masker | None) -> Failure | None:
    """The failure of a script that ended by an error, from what the wrapper wrote about it; None where it wrote nothing
    that can be understood.
    """
    data = read_regular(f"{folder}/{ERROR}", 0, LARGEST_FILE)
    try:
        told = parse_json(data.decode("utf-8", "replace"))
        kind, message = str(told["type"]), str(told["message"])
        stack = [line for line in str(told.get("stack") or "").splitlines() if str(WRAPPER) not in line]
        lines = _place(told.get("file"), told.get("line"), stack)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    traceback = "\n".join([*lines, *(f"    {line}" for line in stack)])
    if script.startswith(folder):
        traceback = traceback.replace(script, f"<{work.address}>")
    if masker is not None:
        message, traceback = masker.text(message), masker.text(traceback)
    return Failure(kind, message[:_LONGEST], traceback[:_LONGEST])


def _place(file: Any, number: Any, stack: list[str]) -> list[str]:
    """Where it went wrong, with the text of that line; of an error within the wrapper, the line that called it."""
    if not file or file == str(WRAPPER):
        frame = next(filter(None, map(_FRAME.search, stack)), None)
        if frame is None:
            return []
        file, number = frame[1], int(frame[2])
    source = read_regular(file, 0, LARGEST_FILE).decode("utf-8", "replace").split("\n")
    text = source[number - 1].strip() if 0 < number <= len(source) else ""
    return [f"{file}:{number}" + (f": {text}" if text else "")]
