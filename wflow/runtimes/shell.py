"""Node type ``shell``: a script, or a command with its arguments, as a process.

A script is written into a file of the scratch folder and run as ``<shell> file``, plainly: without ``-e``, so that its
exit code is that of its last command, as in any script (write ``set -e`` for more, or ``shell: bash -euo pipefail``).
"""

from __future__ import annotations

import json
import os
import shlex
import signal
from typing import Any

from wflow.runtimes.environment import Environment, as_text, build_environment
from wflow.runtimes.exchange import LARGEST_FILE, Exchange, HandedBackWrong, parse_json, read_regular, tail
from wflow.runtimes.masking import Masker
from wflow.runtimes.output import plain
from wflow.runtimes.process import Ended, Processes
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.scratch import attempt_in_scratch, write_private
from wflow.runtimes.work import Failure, Outcome, Runtime, Work

__all__ = ["STDOUT_TAIL", "ShellRuntime", "exit_failure"]

#: Bytes of standard output that are kept as the output ``stdout``.
STDOUT_TAIL = 65_536


class ShellRuntime(Runtime):
    """Runs the ``shell`` nodes of a run."""

    def __init__(self) -> None:
        self._processes = Processes()

    def run(self, work: Work) -> Outcome:
        """Execute one attempt; blocks until its process, and all that it left running, has ended."""
        return attempt_in_scratch(work, self._attempt)

    def _attempt(self, work: Work, masker: Masker | None) -> Outcome:
        exchange = Exchange(work, masker)
        write_private(exchange.names["WFLOW_INPUT"], json.dumps(dict(work.input), ensure_ascii=False))
        argv = _argv(work)
        environment = build_environment(work, argv, exchange.names)
        if environment.left_out:
            _write_left_out(work, environment)
        folder = str((work.run.cwd or work.run.home) / as_text(work.settings.get("cwd") or ""))
        ended = self._processes.run(
            work, argv, folder=folder, environment=environment.entries, tick=exchange.report_progress
        )
        if work.stop.asked:
            return Outcome("cancelled")
        exchange.report_progress()
        warnings = (*environment.warnings, *exchange.warnings)
        if ended.code != 0:
            return Outcome("failed", failure=exit_failure(work, ended, masker), warnings=warnings)
        output = _output(work, ended)
        output.update(exchange.output())
        operations = exchange.operations()
        if masker is not None:
            output = masker.value(output)
            operations = tuple((op, name, masker.value(change)) for op, name, change in operations)
        return Outcome("completed", output, operations, warnings=warnings)

    def abandon(self, work: Work) -> None:
        """KILL now, without the rest of the grace."""
        self._processes.abandon(work)

    def close(self) -> None:
        """Stop being the parent of orphaned processes."""
        self._processes.close()


def _argv(work: Work) -> list[str]:
    """What is executed. The script's text goes into a file: no length is too much, and `ps` does not show it."""
    command = work.settings.get("command")
    if command:
        return [as_text(argument) for argument in command]
    path = f"{work.scratch}/script"
    write_private(path, str(work.settings.get("script", "")))
    shell = work.settings.get("shell") or "sh"
    try:
        words = shlex.split(str(shell))
    except ValueError:
        words = []
    if not words:
        raise NotStarted(f"`shell: {shell}` names no shell", cure="write `sh`, `bash`, or `bash -euo pipefail`")
    return [*words, path]


def _write_left_out(work: Work, environment: Environment) -> None:
    """Parameters and variables that the environment could not hold stand in files that it names instead."""
    for prefix, name, values in (
        ("WFLOW_PARAM_", "WFLOW_PARAMS", work.params),
        ("WFLOW_VAR_", "WFLOW_VARS", work.variables),
    ):
        if prefix in environment.left_out:
            path = f"{work.scratch}/{name.lower()}.json"
            write_private(path, json.dumps(dict(values), ensure_ascii=False))
            environment.entries[name.encode()] = os.fsencode(path)


def _output(work: Work, ended: Ended) -> dict[str, Any]:
    """``stdout`` and ``exit_code``, and what was printed as ``parse`` says."""
    log = work.log + ".out"
    output: dict[str, Any] = {"stdout": tail(log, ended.printed, STDOUT_TAIL), "exit_code": ended.code}
    parse = work.settings.get("parse") or "text"
    if parse == "text":
        return output
    data = read_regular(log, ended.printed, LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise HandedBackWrong(f"the script printed more than {LARGEST_FILE >> 20} MiB, too much for `parse: {parse}`")
    text = data.decode("utf-8", "replace")
    if parse == "lines":
        output["lines"] = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []
        return output
    try:
        value = plain(parse_json(text), "")
    except ValueError as error:
        raise HandedBackWrong(f"what the script printed is no JSON: {error}") from None
    if isinstance(value, dict):
        output.update(value)
    else:
        output["result"] = value
    return output


def exit_failure(work: Work, ended: Ended, masker: Masker | None) -> Failure:
    """The failure of a process that ended with an exit code other than 0, or by a signal (then 128 + its number)."""
    lines = tail(work.log + ".err", ended.complained, 4096).rstrip().splitlines()
    last = lines[-1].strip()[:1000] if lines else ""
    if masker is not None:
        last = masker.text(last)
    if ended.code >= 0:
        what, code = f"exit code {ended.code}", ended.code
    else:
        what, code = f"killed by signal {-ended.code} ({_signal(-ended.code)})", 128 - ended.code
    return Failure("ExitCode", f"{what}: {last}" if last else what, "", code)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "a real-time signal"
