"""What a process hands back through the files that its environment names: output, writes to variables, progress."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from math import isnan, nan
from pathlib import Path
from typing import Any

from wflow.errors import WflowError
from wflow.runtimes.masking import Masker
from wflow.runtimes.output import plain
from wflow.runtimes.variables import Variables
from wflow.runtimes.work import Work

__all__ = ["LARGEST_FILE", "Exchange", "HandedBackWrong", "parse_json", "read_regular", "tail"]

#: Bytes that a script may hand back in one file, or print to have it parsed.
LARGEST_FILE = 16 << 20

_OPERATIONS = ("set", "add", "append", "merge", "delete")


class HandedBackWrong(WflowError):
    """What a script wrote for the engine cannot be understood; the message names the file and the line."""


class Exchange:
    """The files of one attempt, in its scratch folder: ``names`` are their environment names and paths."""

    def __init__(self, work: Work, masker: Masker | None = None) -> None:
        folder = work.scratch
        self._work = work
        self._masker = masker
        self._read = 0
        self.warnings: list[str] = []
        self.names = {
            "WFLOW_WORK": folder,
            "WFLOW_INPUT": f"{folder}/input.json",
            "WFLOW_OUTPUT": f"{folder}/output",
            "WFLOW_VARIABLES": f"{folder}/variables",
            "WFLOW_PROGRESS": f"{folder}/progress",
        }

    def output(self) -> dict[str, Any]:
        """What stands in ``$WFLOW_OUTPUT``: ``key=value`` lines as strings, lines that are JSON objects as they say.

        Raises HandedBackWrong for any other line, ValueNotJson for what is no JSON value.
        """
        out: dict[str, Any] = {}
        for number, line in self._lines("WFLOW_OUTPUT"):
            if line.startswith("{"):
                out.update(_object(line, "WFLOW_OUTPUT", number))
                continue
            key, equals, value = line.partition("=")
            key = key.strip()
            if not equals or not key:
                raise HandedBackWrong(
                    f"line {number} of $WFLOW_OUTPUT is neither `key=value` nor a JSON object: {_shown(line)}"
                )
            out[key] = value
        written: dict[str, Any] = plain(out, "") if out else out
        return written

    def operations(self) -> tuple[tuple[str, str, Any], ...]:
        """The writes in ``$WFLOW_VARIABLES``, each line such as ``{"add": {"loaded": 1}}``.

        Raises HandedBackWrong for a line that is none, or names no declared variable, or does not fit its value.
        """
        variables: Variables | None = None
        for number, line in self._lines("WFLOW_VARIABLES"):
            if variables is None:
                variables = Variables(self._work.variables)
            for operation, changes in _object(line, "WFLOW_VARIABLES", number).items():
                try:
                    _apply(variables, operation, changes)
                except (KeyError, TypeError, WflowError) as error:
                    raise HandedBackWrong(f"line {number} of $WFLOW_VARIABLES: {error}") from None
        return tuple(variables.operations) if variables is not None else ()

    def report_progress(self) -> None:
        """Report the last line that was added to ``$WFLOW_PROGRESS`` since the last call: a percentage, and a text."""
        try:
            size = Path(self.names["WFLOW_PROGRESS"]).stat().st_size
        except OSError:
            return
        if size == self._read:
            return
        # A file that was written anew, not appended to, may be shorter now; only its end matters.
        start = max(self._read if size > self._read else 0, size - 4096)
        self._read = size
        lines = read_regular(self.names["WFLOW_PROGRESS"], start, 4096).decode("utf-8", "replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), None)
        if last is None:
            return
        percent, _, message = last.strip().partition(" ")
        try:
            number = float(percent.removesuffix("%"))
        except ValueError:
            number = nan
        if isnan(number):
            if not self.warnings:
                self.warnings.append(f"a line of $WFLOW_PROGRESS begins with no number: {_shown(last)}")
            return
        message = message.strip()
        self._work.progress(min(100.0, max(0.0, number)), self._masker.text(message) if self._masker else message)

    def _lines(self, name: str) -> Iterator[tuple[int, str]]:
        data = read_regular(self.names[name], 0, LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise HandedBackWrong(f"the script wrote more than {LARGEST_FILE >> 20} MiB to ${name}")
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
            line = line.removesuffix("\r")
            if line.strip():
                yield number, line


def _apply(variables: Variables, operation: str, changes: Any) -> None:
    if operation not in _OPERATIONS:
        raise TypeError(f"`{operation}` is none of {', '.join(_OPERATIONS)}")
    if operation == "delete" and isinstance(changes, str):
        variables.delete(changes)
        return
    if not isinstance(changes, dict):
        raise TypeError(f'`{operation}` takes a mapping, such as {{"{operation}": {{"name": value}}}}')
    for name, value in changes.items():
        getattr(variables, operation)(name, value)


def _object(line: str, name: str, number: int) -> dict[str, Any]:
    try:
        value = parse_json(line)
    except ValueError as error:
        raise HandedBackWrong(f"line {number} of ${name} is no JSON: {error}: {_shown(line)}") from None
    if not isinstance(value, dict):
        raise HandedBackWrong(f"line {number} of ${name} is no JSON object: {_shown(line)}")
    return value


def parse_json(text: str) -> Any:
    """The value of a JSON text. Raises ValueError, whose message is half a sentence."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise ValueError(f"{error.msg} at {place}") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _shown(line: str) -> str:
    line = line.strip()
    return f"`{line}`" if len(line) <= 120 else f"`{line[:117]}…`"


def read_regular(path: str, start: int, most: int) -> bytes:
    """At most ``most`` bytes of a file from ``start``; empty where there is none, or it is no plain file (a script may
    have put a pipe there, which would be waited on for ever).
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return b""
        parts = []
        while most > 0 and (part := os.pread(file, min(most, 1 << 20), start)):
            parts.append(part)
            start += len(part)
            most -= len(part)
        return b"".join(parts)
    finally:
        os.close(file)


def tail(path: str, start: int, most: int) -> str:
    """The last ``most`` bytes of what a file holds from ``start``, as text: no character is cut in half at its
    beginning, and what is no UTF-8 is replaced.
    """
    try:
        size = Path(path).stat().st_size
    except OSError:
        return ""
    begin = max(start, size - most)
    data = read_regular(path, begin, most)
    if begin > start:
        # Three bytes of a character, at most, stand before the next.
        cut = 0
        while cut < min(3, len(data)) and 0x80 <= data[cut] < 0xC0:
            cut += 1
        data = data[cut:]
    return data.decode("utf-8", "replace")
