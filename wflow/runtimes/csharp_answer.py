"""What a host answers, or leaves behind when it does not: the outcome of an attempt at a C# node."""

from __future__ import annotations

import os
import re
from typing import Any

from wflow.errors import ValueNotJson, WflowError
from wflow.model.nearest import did_you_mean
from wflow.runtimes.capture import open_log
from wflow.runtimes.faults import cut
from wflow.runtimes.masking import Masker
from wflow.runtimes.output import plain
from wflow.runtimes.process import Ended
from wflow.runtimes.shell import exit_failure
from wflow.runtimes.variables import Variables
from wflow.runtimes.work import Failure, Outcome, Work

__all__ = ["died", "outcome_of"]

#: Characters of a broken host's last words that are kept with the failure.
_KEPT = 16_384

_UNHANDLED = re.compile(r"^Unhandled exception\. (?P<type>[\w.+`]+)(?:: (?P<message>.*))?", re.MULTILINE)
_OVERFLOW = re.compile(r"^(?:Stack overflow|Process is terminating due to StackOverflowException)\.?", re.MULTILINE)
_FATAL = re.compile(r"^Fatal error\. (?P<type>[\w.]+): (?P<message>.*)", re.MULTILINE)
_FAIL_FAST = re.compile(r"^Process terminated\.[ \n]?(?P<message>.*)", re.MULTILINE)


def outcome_of(work: Work, answer: dict[str, Any], masker: Masker | None) -> Outcome:
    """The outcome that the host's answer tells: ``done`` or ``failed``."""
    if "failed" in answer:
        return Outcome("failed", failure=_failure(work, answer["failed"], masker))
    done = answer["done"]
    try:
        output: dict[str, Any] = plain(done["output"], "")
        returned = plain(done.get("returned"), "return")
        operations = _operations(work, done["operations"])
    except (KeyError, TypeError, WflowError) as error:
        return Outcome("failed", failure=Failure(type(error).__name__, str(error)))
    if isinstance(returned, dict):
        output.update(returned)
    elif returned is not None:
        output["result"] = returned
    if masker is not None:
        output = masker.value(output)
        operations = tuple((op, name, masker.value(value)) for op, name, value in operations)
    return Outcome("completed", output, operations)


def _operations(work: Work, written: list[list[Any]]) -> tuple[tuple[str, str, Any], ...]:
    if not written:
        return ()
    variables = Variables(work.variables)
    for operation, name, value in written:
        getattr(variables, operation)(name, value)
    return tuple(variables.operations)


def _failure(work: Work, failed: dict[str, Any], masker: Masker | None) -> Failure:
    kind, message, stack = failed["type"], failed["message"], failed["stack"]
    if "where" in failed:
        error = ValueNotJson(failed["where"], failed["reason"])
        kind, message = type(error).__name__, str(error)
    elif "undeclared" in failed:
        what = f"{failed['undeclared']}s"
        declared = work.params if what == "parameters" else work.variables
        kind = f"Unknown{failed['undeclared'].capitalize()}"
        message += f"; {did_you_mean(failed['name'], declared) or f'declare it under `{what}`'}"
    if masker is not None:
        message, stack = masker.text(message), masker.text(stack)
    return Failure(kind, cut(message), cut(stack))


def died(work: Work, ended: Ended, words: str, masker: Masker | None) -> Failure:
    """Why there is no answer: by ``words``, what .NET wrote when it broke, which go to the log; else by how the process
    ended.
    """
    code = ended.code if ended.code >= 0 else 128 - ended.code
    if words:
        words = masker.text(words) if masker is not None else words
        _log(work, words)
    if found := _OVERFLOW.search(words):
        message = "the script called itself until the stack was full"
        return Failure("StackOverflowException", message, words[found.start() :][:_KEPT], code)
    if found := _UNHANDLED.search(words) or _FATAL.search(words):
        kind = found["type"].rpartition(".")[2].partition("`")[0]
        return Failure(kind, found["message"] or kind, words[found.start() :][:_KEPT], code)
    if found := _FAIL_FAST.search(words):
        message = found["message"] or "the process was terminated"
        return Failure("FailFast", message, words[found.start() :][:_KEPT], code)
    if ended.code == 0:
        return Failure("ExitCode", "the script ended its process by itself", "", 0)
    return exit_failure(work, ended, masker)


def _log(work: Work, words: str) -> None:
    file = open_log(work.log + ".err")
    try:
        os.write(file, (words + "\n").encode())
    finally:
        os.close(file)
